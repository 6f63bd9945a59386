"""The reference engine: desk work as SimPy processes, one for each worker, to be read beside `network`.

A case enters an office; the office hands its item to an idle worker or keeps it waiting; the worker serves
it, looks for the next, and what he has finished goes on.

`kernel` is read beside it: functions named alike do alike, and both keep what is known in columns. Cases and
workers stand in the order of their ids, so a smaller row is a smaller id; items 2k and 2k + 1 are the lead
and the companion of case k.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import deque
from collections.abc import Callable, Generator
from heapq import heappop, heappush
from itertools import pairwise
from operator import attrgetter
from typing import Self, TypeVar

import numpy as np
import simpy

from simlib.desks.network import (
    NOBODY,
    Absences,
    DeskMonth,
    Kind,
    MonthDone,
    OpenWork,
    Party,
    Roster,
    Services,
    Skill,
    Standing,
    Steps,
    Whole,
    ascending,
    canonical,
    counties,
)
from simlib.units import SHARE_ONE
from simlib.worktime import DAY_TICKS, HOURS, WORKING, Calendar

_NEVER = 1 << 62
_TO_COME, _WAITING, _IN_HAND, _DONE = (int(standing) for standing in Standing)

_PLACE = attrgetter("kind", "idle_since", "id")
"""Order of idle workers."""

Number = TypeVar("Number", int, Whole)

Key = tuple[int, int, int, int]
"""Order of waiting items: (priority, rank, entry, item); an item is its case and part."""


class Moment(simpy.Event):
    """An event that comes after a time, again and again; of those of one tick the least number is first.

    number: the row of its case or, counted on from all cases, a worker's finish or, from all workers, return.
    """

    _ok, _value = True, None  # it never fails and brings nothing, as a Timeout

    def __init__(self, env: simpy.Environment, number: int) -> None:
        super().__init__(env)
        self.number = number

    def again(self, *then: Callable[[simpy.Event], None]) -> Self:
        """The same moment, to come once more; what is to be done then, besides who awaits it."""
        self.callbacks = list(then)
        return self

    def after(self, ticks: int) -> Self:
        """Let it come so many ticks from now."""
        self.env.schedule(self, self.number, ticks)  # type: ignore[arg-type]  # any number is a priority
        return self


class Worker:
    """Somebody at a desk: serves, is away, comes back, leaves."""

    def __init__(
        self,
        desks: Desks,
        facts: dict[str, int],
        away: list[tuple[int, int]],
        *,
        finish: int,
        comes_back: int,
    ) -> None:
        self.id, self.kind, self.slowness = facts["id"], facts["kind"], facts["slowness"]
        self.hired, self.leaves = facts["present_from"], facts["present_to"]
        self.idle_since, self.away = facts["idle_since"], deque([*away, (_NEVER, _NEVER)])
        self.desks, self.office = desks, desks.offices[facts["office"]]
        self.item: int | None = None
        self.is_here, self.known_until, self.is_armed = False, -_NEVER, False
        self.done = Moment(desks.env, finish)
        self.back = Moment(desks.env, comes_back)

    def work(self) -> Generator[simpy.Event, None, None]:
        """Serve one item after another; the first may be in hand from the month before."""
        while True:
            yield self.done.again()
            item, self.item = self.item, None
            assert item is not None
            self.idle_since = now = self.desks.finish[item]
            self.desks.record(item)
            if not self.takes_next(now):
                self.office.idle.append(self)
            self.desks.go_on(item >> 1)

    def takes_next(self, now: int) -> bool:
        """Whether he found an item to start on."""
        if not self.is_present(now):
            if any(self.office.queues):
                self.arm(now)
            return False
        item = self.office.next_item(self)
        if item is not None:
            self.serve(item, now)
        return item is not None

    def serve(self, item: int, now: int) -> None:
        """Start on an item; its finish is settled here."""
        desks, self.item = self.desks, item
        ticks = -(-desks.step_ticks[desks.row[item >> 1]] * self.slowness // SHARE_ONE)
        desks.standing[item], desks.office[item], desks.worker[item] = _IN_HAND, self.office.number, self.id
        desks.start[item], desks.finish[item] = now, now + ticks
        self.done.after(ticks)

    def may_do(self, item: int) -> bool:
        """Whether an item is within his skill and not the other half of a visit he has part in."""
        skill = self.desks.skill[item]
        return self.kind <= skill <= self.kind + 1 and self.desks.worker[item ^ 1] != self.id

    def is_present(self, now: int) -> bool:
        """Whether employed and not away now."""
        if now >= self.known_until:
            self.look_up(now)
        return self.is_here

    def look_up(self, now: int) -> None:
        """Settle whether he is there now and until when that holds."""
        self.pass_absences(now)
        absent_from, absent_to = self.away[0]
        self.is_here = self.hired <= now < min(self.leaves, absent_from)
        if self.is_here:
            self.known_until = min(self.leaves, absent_from)
        elif now < self.hired:
            self.known_until = self.hired
        else:
            self.known_until = absent_to if now < self.leaves else _NEVER

    def pass_absences(self, now: int) -> None:
        """Let absences that are over be over."""
        while self.away[0][1] <= now:
            self.idle_since = max(self.idle_since, self.away.popleft()[1])

    def arm(self, now: int) -> None:
        """Have this idle worker look for work once he is there, if that is this month."""
        if self.is_armed:
            return
        self.pass_absences(now)
        self.is_armed, at = True, max(now, self.hired)
        for absent_from, absent_to in self.away:
            if at < absent_from:
                break
            at = absent_to
        if at < self.leaves and at < self.desks.end:
            self.back.again(self.come_back).after(at - now)

    def come_back(self, _: simpy.Event) -> None:
        """Look for work at the desk again."""
        self.is_armed = False
        if self.item is None and self.takes_next(int(self.desks.env.now)):
            self.office.idle.remove(self)


class Office:
    """The people of an office and the items that wait for them, a queue for each Skill.

    leaves: when people of each kind leave.
    """

    def __init__(self, desks: Desks, number: int) -> None:
        self.desks, self.number = desks, number
        self.leaves: tuple[list[int], ...] = tuple([] for _ in Kind)
        self.idle: list[Worker] = []
        self.queues: tuple[list[Key], ...] = tuple([] for _ in Skill)

    def receive(self, item: int, now: int) -> None:
        """Hand an item to the idle worker who comes first, or keep it."""
        fit = [worker for worker in self.idle if worker.may_do(item) and worker.is_present(now)]
        if fit:
            first = min(fit, key=_PLACE)
            self.idle.remove(first)
            first.serve(item, now)
            return
        self.keep(item)
        for worker in self.idle:
            if not (worker.is_armed or worker.is_present(now)):
                worker.arm(now)

    def keep(self, item: int) -> None:
        """Let an item wait."""
        desks, case = self.desks, item >> 1
        row = desks.row[case]
        desks.standing[item], desks.office[item] = _WAITING, self.number
        key = (desks.step_priority[row], desks.step_rank[row], desks.entry[case], item)
        heappush(self.queues[desks.skill[item]], key)

    def next_item(self, worker: Worker) -> int | None:
        """Take out the least waiting item that a worker may do, if there is one."""
        best: list[Key] | None = None
        passed: list[tuple[list[Key], Key]] = []
        for queue in self.queues[worker.kind : worker.kind + 2]:
            while queue and not worker.may_do(queue[0][3]):
                passed.append((queue, heappop(queue)))
            if queue and (best is None or queue[0] < best[0]):
                best = queue
        item = heappop(best)[3] if best else None
        for queue, key in passed:
            heappush(queue, key)
        return item

    def count_people(self, now: int, kinds: tuple[Kind, ...]) -> int:
        """How many of this month's people of these kinds have not left."""
        return sum(len(self.leaves[kind]) - bisect_right(self.leaves[kind], now) for kind in kinds)


class Desks:
    """A county's offices through one month.

    first_row, last_row, row: of the steps of each case, and of its current one. entry: as in `OpenWork`.
    standing, office, worker, start, finish: as there, of the lead and the companion of each case in turn;
    skill: of each.
    done: (case, row of its step, part, office, worker, entry, start, finish, completes) of each service that
    has ended.
    """

    def __init__(
        self, steps: Steps, work: OpenWork, calendar: Calendar, *, offices: range, bureau: int, month: range
    ) -> None:
        self.calendar, self.bureau, self.opens, self.end = calendar, bureau, month.start, month.stop
        self.env = simpy.Environment(initial_time=self.opens)
        self.offices = {number: Office(self, number) for number in offices}
        self.step_office = _plain(steps.office)
        self.step_people = _plain(steps.people)
        self.step_ticks = _plain(steps.ticks)
        self.step_payroll = _plain(steps.payroll_only)
        self.step_priority = _plain(steps.priority)
        self.step_rank = _plain(steps.rank)
        self.step_wait_kind = _plain(steps.wait_kind)
        self.step_wait_length = _plain(steps.wait_length)
        first_row = np.searchsorted(steps.case, work.case)
        row = first_row + work.step
        self.first_row, self.row = _plain(first_row), _plain(row)
        self.last_row = _plain(np.searchsorted(steps.case, work.case, side="right"))
        self.entry = _plain(work.entry)
        self.standing = _in_turn(work.standing0, work.standing1)
        self.office = _in_turn(work.office0, work.office1)
        self.worker = _in_turn(work.worker0, work.worker1)
        self.start = _in_turn(work.start0, work.start1)
        self.finish = _in_turn(work.finish0, work.finish1)
        self.skill = _in_turn(*_skills(steps.payroll_only[row], steps.people[row]))
        self.openings: dict[tuple[int, int, int], int] = {}
        self.done: list[tuple[int, ...]] = []

    def door(self, cases: list[int]) -> Generator[simpy.Event, None, None]:
        """Bring in the cases of which it is known when they come, one after the other."""
        for case in cases:
            yield Moment(self.env, case).after(self.entry[case] - int(self.env.now))
            self.enter(case)

    def enter(self, case: int) -> None:
        """Bring the step a case has come to into its office."""
        row, now = self.row[case], self.entry[case]
        party = self.step_people[row]
        is_visit = party != Party.ALONE
        self.skill[2 * case], self.skill[2 * case + 1] = _skills(self.step_payroll[row], party)
        self.standing[2 * case + 1] = _WAITING if is_visit else _DONE
        self.offices[self.step_office[row]].receive(2 * case, now)
        if is_visit:
            self.find_companion(case, now)

    def find_companion(self, case: int, now: int) -> None:
        """Find the second person of a visit: here, from the bureau, or nobody."""
        here, mate = self.step_office[self.row[case]], 2 * case + 1
        for office in (self.offices[here], self.offices[self.bureau]):
            if self.can_accompany(case, office, now):
                office.receive(mate, now)
                return
        self.office[mate], self.start[mate], self.finish[mate] = here, now, now
        self.record(mate)
        self.go_on(case)

    def can_accompany(self, case: int, office: Office, now: int) -> bool:
        """Whether an office has somebody for the second item of a visit, beside him who does the first."""
        row = self.row[case]
        party, is_here = self.step_people[row], office.number == self.step_office[row]
        if is_here and party == Party.LENT:
            return False
        kinds = (Kind.CONTRACT,) if party == Party.BOUGHT else tuple(Kind)
        is_apart = party == Party.BOUGHT and self.step_payroll[row]
        return office.count_people(now, kinds) >= (2 if is_here and not is_apart else 1)

    def record(self, item: int) -> None:
        """Write down a service that has ended."""
        self.standing[item], case, completes = _DONE, item >> 1, self.standing[item ^ 1] == _DONE
        row, entry, start, finish = self.row[case], self.entry[case], self.start[item], self.finish[item]
        served = self.office[item], self.worker[item], entry, start, finish, int(completes)
        self.done.append((case, row, item & 1, *served))

    def go_on(self, case: int) -> None:
        """Send a case to its next step once both parts of this one are done."""
        lead, mate = 2 * case, 2 * case + 1
        if self.standing[lead] != _DONE or self.standing[mate] != _DONE:
            return
        finish = max(self.finish[lead], self.finish[mate])
        self.row[case] += 1
        row = self.row[case]
        if row == self.last_row[case]:
            return
        kind, length = self.step_wait_kind[row], self.step_wait_length[row]
        self.entry[case] = finish
        if kind != WORKING or length:
            self.entry[case] = max(finish, self.entry_after(finish, kind, length))
        self.standing[lead] = self.standing[mate] = _TO_COME
        self.worker[lead] = self.worker[mate] = NOBODY
        self.start[lead] = self.start[mate] = self.finish[lead] = self.finish[mate] = 0
        self.expect(case, finish)

    def entry_after(self, finish: int, kind: int, length: int) -> int:
        """As `Calendar.entry_after`, which is asked once for all finishes of a day unless hours count."""
        finish = finish if kind == HOURS else -(-finish // DAY_TICKS) * DAY_TICKS
        if (finish, kind, length) not in self.openings:
            opening = self.calendar.entry_after(np.array(finish), kind=kind, length=length)
            self.openings[finish, kind, length] = int(opening)
        return self.openings[finish, kind, length]

    def expect(self, case: int, now: int) -> None:
        """Have a case enter when its time comes, if that lies in this month."""
        if self.entry[case] < self.end:
            Moment(self.env, case).again(lambda _: self.enter(case)).after(self.entry[case] - now)


def _skills(payroll_only: Number, party: Number) -> tuple[Number, Number]:
    """The skill of the lead and of the companion of a step."""
    return Skill.ANYBODY + payroll_only, Skill.ANYBODY - (party == Party.BOUGHT)


def _plain(column: Whole) -> list[int]:
    """A column as plain numbers."""
    plain: list[int] = column.tolist()
    return plain


def _whole(plain: list[int]) -> Whole:
    """Plain numbers as a column."""
    return np.array(plain, dtype=np.int64)


def _in_turn(leads: Whole, companions: Whole) -> list[int]:
    """A column of the leads and one of the companions as one, in turn [items]."""
    return _plain(np.stack([leads, companions], axis=1).ravel())


def _employ(desks: Desks, roster: Roster, absences: Absences) -> dict[int, Worker]:
    """The month's workers at their desks, by id."""
    away: dict[int, list[tuple[int, int]]] = {}
    for worker, absent_from, absent_to in zip(
        absences.worker.tolist(), absences.absent_from.tolist(), absences.absent_to.tolist(), strict=True
    ):
        away.setdefault(worker, []).append((absent_from, absent_to))
    workers: dict[int, Worker] = {}
    for values in zip(*(getattr(roster, name).tolist() for name in Roster.names()), strict=True):
        facts = dict(zip(Roster.names(), values, strict=True))
        first = len(desks.row) + len(workers)
        worker = Worker(desks, facts, away.get(facts["id"], []), finish=first, comes_back=first + len(roster))
        insort(worker.office.leaves[worker.kind], worker.leaves)
        workers[worker.id] = worker
    return workers


def _resume(desks: Desks, workers: dict[int, Worker]) -> list[int]:
    """Put every open case back where it stood; gives those whose companion can no longer wait there."""
    stranded, standing = [], _whole(desks.standing)
    for item in np.flatnonzero(standing == _IN_HAND).tolist():
        worker = workers[desks.worker[item]]
        worker.item = item
        worker.done.after(desks.finish[item] - desks.opens)
    for item in np.flatnonzero(standing == _WAITING).tolist():
        case, office = item >> 1, desks.offices[desks.office[item]]
        if item & 1 and not desks.can_accompany(case, office, desks.opens):
            stranded.append(case)
        else:
            office.keep(item)
    for worker in workers.values():
        if worker.item is None:
            worker.office.idle.append(worker)
    return stranded


def _open_doors(desks: Desks, work: OpenWork, stranded: list[int]) -> None:
    """Send companions whose office has shrunk elsewhere; let idle people look at the queues, and cases in."""
    for case in stranded:
        desks.find_companion(case, desks.opens)
    for office in desks.offices.values():
        if any(office.queues):
            for worker in office.idle:
                worker.arm(desks.opens)
    is_known = (work.standing0 == _TO_COME) & (work.standing1 == _TO_COME) & (work.entry < desks.end)
    known = np.flatnonzero(is_known)
    desks.env.process(desks.door(known[np.argsort(work.entry[known], kind="stable")].tolist()))


def _close_doors(desks: Desks, steps: Steps, work: OpenWork, workers: dict[int, Worker]) -> MonthDone:
    """What was done this month, in the order it was written down, and what stays open after it."""
    for worker in workers.values():
        worker.pass_absences(desks.end)
    first_row, last_row, row = _whole(desks.first_row), _whole(desks.last_row), _whole(desks.row)
    case, at, part, *served = np.array(desks.done, dtype=np.int64).reshape(-1, 9).T
    services = Services(
        work.case[case], at - first_row[case], part, served[0], steps.activity[at], *served[1:]
    )
    standing, is_open = _whole(desks.standing), row < last_row
    is_there = (standing == _WAITING) | (standing == _IN_HAND)
    office = np.where(is_there, _whole(desks.office), NOBODY)
    items = [standing, office, _whole(desks.worker), _whole(desks.start), _whole(desks.finish)]
    columns = [work.case, row - first_row, _whole(desks.entry)]
    columns += [column[item::2] for item in (0, 1) for column in items]
    return MonthDone(
        services,
        steps.pick(np.repeat(is_open, last_row - first_row)),
        OpenWork(*(column[is_open] for column in columns)),
        {worker.id: worker.idle_since for worker in workers.values()},
    )


def _run_county(desks: Desks, steps: Steps, work: OpenWork, roster: Roster, absences: Absences) -> MonthDone:
    """The desk work of one county."""
    workers = _employ(desks, roster, absences)
    stranded = _resume(desks, workers)
    for worker in workers.values():
        desks.env.process(worker.work())
    _open_doors(desks, work, stranded)
    desks.env.run(until=desks.end)
    return _close_doors(desks, steps, work, workers)


def _refuse_mixed(steps: Steps, roster: Roster, bureau: Whole) -> None:
    """Refuse cases that leave their county, and workers that do not ascend county by county."""
    if (np.diff(bureau[steps.office])[np.diff(steps.case) == 0] != 0).any():
        raise ValueError("cases stay in their county")
    if (np.diff(bureau[roster.office]) < 0).any():
        raise ValueError("workers ascend county by county")


def run_month(
    steps: Steps,
    work: OpenWork,
    roster: Roster,
    absences: Absences,
    *,
    calendar: Calendar,
    bureau: Whole,
    start: int,
    end: int,
) -> MonthDone:
    """The desk work of every county from `start` to before `end` [tick].

    steps: of every case in `work`, cases ascending. work: cases open at the start and those that come this
    month. bureau: number of the county bureau's office, which lends second people for visits, for each
    office [offices]; see `network.counties`. Workers ascend county by county.
    A worker in `work` with something in hand must stand in the roster.
    Raises ValueError for counties whose offices or workers are mixed, and for cases that leave theirs.
    """
    months, borders = [], counties(bureau)
    _refuse_mixed(steps, roster, bureau)
    work = work.pick(np.argsort(work.case, kind="stable"))
    office_of_case = steps.office[np.searchsorted(steps.case, work.case)]
    for first, last in pairwise(borders.tolist()):
        people = (roster.office >= first) & (roster.office < last)
        own = steps.pick((steps.office >= first) & (steps.office < last))
        cases = work.pick((office_of_case >= first) & (office_of_case < last))
        offices, month = range(first, last), range(start, end)
        desks = Desks(own, cases, calendar, offices=offices, bureau=int(bureau[first]), month=month)
        months.append(
            _run_county(
                desks,
                own,
                cases,
                roster.pick(people),
                absences.pick(np.isin(absences.worker, roster.id[people])),
            )
        )
    return MonthDone(
        canonical(Services.join([month.services for month in months]), bureau),
        ascending(Steps.join([month.steps for month in months])),
        ascending(OpenWork.join([month.work for month in months])),
        {worker: since for month in months for worker, since in month.idle_since.items()},
    )


class Docket:
    """Open cases at the desks as columns, run month after month: see `engines.Docket`."""

    def __init__(self, steps: Steps, work: OpenWork, *, calendar: Calendar, bureau: Whole) -> None:
        self.steps, self.work, self.calendar, self.bureau = steps, work, calendar, bureau

    def month(
        self, steps: Steps, work: OpenWork, roster: Roster, absences: Absences, *, start: int, end: int
    ) -> DeskMonth:
        """Take in cases, and run the desk work of every county from `start` to before `end` [tick]."""
        if len(work) and len(self.work) and work.case.min() <= self.work.case.max():
            raise ValueError("cases ascend in the order in which they come")
        done = run_month(
            Steps.join([self.steps, steps]),
            OpenWork.join([self.work, work]),
            roster,
            absences,
            calendar=self.calendar,
            bureau=self.bureau,
            start=start,
            end=end,
        )
        self.steps, self.work = done.steps, done.work
        waiting, ticks = np.zeros((2, len(self.bureau)), dtype=np.int64)
        at, in_hand = np.searchsorted(done.steps.case, done.work.case) + done.work.step, []
        for standing, office, worker in (
            (done.work.standing0, done.work.office0, done.work.worker0),
            (done.work.standing1, done.work.office1, done.work.worker1),
        ):
            waits = standing == _WAITING
            np.add.at(waiting, office[waits], 1)
            np.add.at(ticks, office[waits], done.steps.ticks[at[waits]])
            in_hand.append(worker[standing == _IN_HAND])
        return DeskMonth(
            done.services,
            done.idle_since,
            in_hand=np.sort(np.concatenate(in_hand)),
            waiting=waiting,
            waiting_ticks=ticks,
        )

    def open_cases(self) -> Whole:
        """Ids of the open cases, ascending."""
        return self.work.case

    def open_work(self) -> OpenWork:
        """Where each open case stands."""
        return self.work

    def open_steps(self) -> Steps:
        """All steps of the open cases."""
        return self.steps

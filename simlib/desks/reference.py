"""The reference engine: desk work as SimPy processes, one for each worker, to be read beside `network`.

A case enters an office; the office hands its item to an idle worker or keeps it waiting; the worker serves
it, looks for the next, and what he has finished goes on.
"""

from __future__ import annotations

from collections.abc import Generator
from heapq import heapify, heappop, heappush
from itertools import pairwise

import numpy as np
import simpy

from simlib.desks.network import (
    NOBODY,
    Absences,
    MonthDone,
    OpenWork,
    Roster,
    Services,
    Standing,
    Steps,
    Whole,
    canonical,
    counties,
)
from simlib.units import SHARE_ONE
from simlib.worktime import WORKING, Calendar

_ENTRY, _FINISH, _RETURN = 1, 2, 3
_KIND_BITS = 62
_NEVER = 1 << 62
_TO_COME, _WAITING, _IN_HAND, _DONE = (int(standing) for standing in Standing)

Key = tuple[int, int, int, int, int]
"""Order of waiting items: (priority, rank, entry, case, part)."""


class Moment(simpy.Event):
    """An event that is set for a tick later; among those of one tick the order is (kind, id)."""

    def set_for(self, tick: int, kind: int, number: int) -> None:
        """Let it happen at `tick`."""
        self._ok, self._value = True, None
        self.env.schedule(self, priority=(kind << _KIND_BITS) + number, delay=tick - self.env.now)  # type: ignore[arg-type]


class Item:
    """One person's part in the step a case has come to."""

    __slots__ = (
        "case",
        "finish",
        "key",
        "office",
        "part",
        "payroll_only",
        "standing",
        "start",
        "ticks",
        "worker",
    )

    def __init__(self, case: Case, part: int) -> None:
        self.case, self.part = case, part
        self.standing, self.worker, self.start, self.finish = _DONE, NOBODY, 0, 0
        self.ticks, self.payroll_only = 0, 0
        self.office: Office
        self.key: Key


class Case:
    """A matter on its way through its steps; `row` is that of its current step."""

    __slots__ = ("entry", "first_row", "id", "last_row", "lead", "mate", "row")

    def __init__(self, number: int, first_row: int, last_row: int, row: int, entry: int) -> None:
        self.id, self.first_row, self.last_row, self.row, self.entry = number, first_row, last_row, row, entry
        self.lead, self.mate = Item(self, 0), Item(self, 1)


class Worker:
    """Somebody at a desk: serves, is away, comes back, leaves."""

    def __init__(
        self, desks: Desks, office: Office, row: dict[str, int], away: list[tuple[int, int]]
    ) -> None:
        self.id, self.kind, self.slowness = row["id"], row["kind"], row["slowness"]
        self.hired, self.leaves, self.idle_since = row["present_from"], row["present_to"], row["idle_since"]
        self.desks, self.office, self.away, self.absences_over = desks, office, away, 0
        self.item: Item | None = None
        self.is_armed = False
        self.done = Moment(desks.env)

    def work(self) -> Generator[simpy.Event, None, None]:
        """Serve one item after another; the first may be in hand from the month before."""
        if self.item is None:
            self.office.idle.append(self)
        while True:
            yield self.done
            item, self.item = self.item, None
            assert item is not None
            self.idle_since, self.done = item.finish, Moment(self.desks.env)
            self.desks.record(item)
            if not self.takes_next(item.finish):
                self.office.idle.append(self)
            self.desks.go_on(item.case)

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

    def serve(self, item: Item, now: int) -> None:
        """Start on an item; its finish is settled here."""
        self.item, item.worker, item.standing, item.start = item, self.id, _IN_HAND, now
        item.finish = now - (-item.ticks * self.slowness // SHARE_ONE)
        self.done.set_for(item.finish, _FINISH, self.id)

    def may_do(self, item: Item) -> bool:
        """Whether an item is within his skill and not the other half of a visit he has part in."""
        other = item.case.mate if item.part == 0 else item.case.lead
        return item.payroll_only <= self.kind and other.worker != self.id

    def is_present(self, now: int) -> bool:
        """Whether employed and not away now."""
        if self.absences_over == len(self.away):
            return self.hired <= now < self.leaves
        return self.present_at(now) == now

    def present_at(self, now: int) -> int:
        """The first tick from now on at which he is there [tick]; passes absences that are over."""
        away = self.away
        while self.absences_over < len(away) and away[self.absences_over][1] <= now:
            self.idle_since = max(self.idle_since, away[self.absences_over][1])
            self.absences_over += 1
        at = max(now, self.hired)
        for absent_from, absent_to in away[self.absences_over :]:
            if at < absent_from:
                break
            at = absent_to
        return at if at < self.leaves else _NEVER

    def arm(self, now: int) -> None:
        """Have this idle worker look for work once he is there."""
        at = self.present_at(now)
        if not self.is_armed and at < self.desks.end:
            self.is_armed = True
            back = Moment(self.desks.env)
            back.callbacks = [self.come_back]
            back.set_for(at, _RETURN, self.id)

    def come_back(self, _: simpy.Event) -> None:
        """Look for work at the desk again."""
        self.is_armed = False
        if self.item is None and self.takes_next(int(self.desks.env.now)):
            self.office.idle.remove(self)


class Office:
    """The people of an office and the items that wait for them; queue 1 is for payroll workers only."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.workers: list[Worker] = []
        self.idle: list[Worker] = []
        self.queues: tuple[list[tuple[Key, Item]], list[tuple[Key, Item]]] = ([], [])

    def receive(self, item: Item, now: int) -> None:
        """Hand an item to the idle worker who comes first, or keep it."""
        item.office = self
        fit = [worker for worker in self.idle if worker.is_present(now) and worker.may_do(item)]
        if fit:
            first = min(fit, key=lambda worker: (worker.kind, worker.idle_since, worker.id))
            self.idle.remove(first)
            first.serve(item, now)
            return
        item.standing = _WAITING
        heappush(self.queues[item.payroll_only], (item.key, item))
        for worker in self.idle:
            if not worker.is_present(now):
                worker.arm(now)

    def next_item(self, worker: Worker) -> Item | None:
        """Take out the least waiting item that a worker may do, if there is one."""
        best: Item | None = None
        passed: list[tuple[Key, Item]] = []
        for queue in self.queues[: worker.kind + 1]:
            while queue and not worker.may_do(queue[0][1]):
                passed.append(heappop(queue))
            if queue and (best is None or queue[0][0] < best.key):
                best = queue[0][1]
        if best is not None:
            heappop(self.queues[best.payroll_only])
        for entry in passed:
            heappush(self.queues[entry[1].payroll_only], entry)
        return best

    def people(self, now: int) -> int:
        """How many of this month's people have not left."""
        return sum(worker.leaves > now for worker in self.workers)


class Desks:
    """A county's offices through one month."""

    def __init__(self, steps: Steps, calendar: Calendar, *, bureau: int, start: int, end: int) -> None:
        self.env = simpy.Environment(initial_time=start)
        self.calendar, self.start, self.end, self.bureau = calendar, start, end, bureau
        self.offices: dict[int, Office] = {}
        self.step_office: list[int] = steps.office.tolist()
        self.step_people: list[int] = steps.people.tolist()
        self.step_ticks: list[int] = steps.ticks.tolist()
        self.step_payroll: list[int] = steps.payroll_only.tolist()
        self.step_place: list[tuple[int, int]] = list(
            zip(steps.priority.tolist(), steps.rank.tolist(), strict=True)
        )
        self.step_wait: list[tuple[int, int]] = list(
            zip(steps.wait_kind.tolist(), steps.wait_length.tolist(), strict=True)
        )
        self.open: dict[int, Case] = {}
        self.stranded: list[Case] = []
        self.records: list[tuple[int, ...]] = []

    def office(self, number: int) -> Office:
        """The office of a number."""
        if number not in self.offices:
            self.offices[number] = Office(number)
        return self.offices[number]

    def employ(self, roster: Roster, absences: Absences) -> dict[int, Worker]:
        """The month's workers at their desks, by id."""
        away: dict[int, list[tuple[int, int]]] = {}
        for worker, absent_from, absent_to in zip(
            absences.worker.tolist(), absences.absent_from.tolist(), absences.absent_to.tolist(), strict=True
        ):
            away.setdefault(worker, []).append((absent_from, absent_to))
        workers = {}
        for values in zip(*(getattr(roster, name).tolist() for name in Roster.names()), strict=True):
            row = dict(zip(Roster.names(), values, strict=True))
            office = self.office(row["office"])
            worker = Worker(self, office, row, away.get(row["id"], []))
            office.workers.append(worker)
            workers[worker.id] = worker
        return workers

    def describe(self, case: Case, part: Item, entry: int) -> None:
        """Fill an item with the facts of its case's current step."""
        row = case.row
        part.ticks = self.step_ticks[row]
        part.payroll_only = self.step_payroll[row] if part.part == 0 else 0
        part.key = (*self.step_place[row], entry, case.id, part.part)

    def enter(self, case: Case) -> None:
        """Bring the step a case has come to into its office."""
        now = case.entry
        office = self.office(self.step_office[case.row])
        self.describe(case, case.lead, now)
        if self.step_people[case.row] == 1:
            case.mate.standing = _DONE
            office.receive(case.lead, now)
            return
        self.describe(case, case.mate, now)
        case.mate.standing = _WAITING
        office.receive(case.lead, now)
        self.find_companion(case, now)

    def find_companion(self, case: Case, now: int) -> None:
        """Find the second person of a visit: here, from the bureau, or nobody."""
        here = self.office(self.step_office[case.row])
        for office in (here, self.office(self.bureau)):
            if self.can_accompany(case, office, now):
                office.receive(case.mate, now)
                return
        case.mate.office, case.mate.start, case.mate.finish = here, now, now
        self.record(case.mate)
        self.go_on(case)

    def can_accompany(self, case: Case, office: Office, now: int) -> bool:
        """Whether an office has somebody for the second item of a visit, beside him who does the first."""
        is_here = office.number == self.step_office[case.row]
        return office.people(now) >= (2 if is_here else 1)

    def record(self, item: Item) -> None:
        """Write down a service that has ended."""
        item.standing, case = _DONE, item.case
        self.records.append(
            (
                case.id,
                case.row,
                item.part,
                item.office.number,
                item.worker,
                item.key[2],
                item.start,
                item.finish,
            )
        )

    def go_on(self, case: Case) -> None:
        """Send a case to its next step once both parts of this one are done."""
        if case.lead.standing != _DONE or case.mate.standing != _DONE:
            return
        finish = max(case.lead.finish, case.mate.finish)
        case.row += 1
        if case.row == case.last_row:
            del self.open[case.id]
            return
        kind, length = self.step_wait[case.row]
        case.entry = finish
        if kind != WORKING or length:
            opening = self.calendar.entry_after(np.array(finish), kind=kind, length=length)
            case.entry = max(finish, int(opening))
        for item in (case.lead, case.mate):
            item.standing, item.worker, item.start, item.finish = _TO_COME, NOBODY, 0, 0
        self.expect(case)

    def expect(self, case: Case) -> None:
        """Have a case enter when its time comes, if that lies in this month."""
        if case.entry < self.end:
            entry = Moment(self.env)
            entry.callbacks = [lambda _: self.enter(case)]
            entry.set_for(case.entry, _ENTRY, case.id)


def _resume(
    desks: Desks, work: OpenWork, first_row: dict[int, tuple[int, int]], workers: dict[int, Worker]
) -> None:
    """Put every open case back where it stood."""
    for values in zip(*(getattr(work, name).tolist() for name in OpenWork.names()), strict=True):
        at = dict(zip(OpenWork.names(), values, strict=True))
        first, last = first_row[at["case"]]
        case = Case(at["case"], first, last, first + at["step"], at["entry"])
        desks.open[case.id] = case
        if at["standing0"] == at["standing1"] == _TO_COME:
            case.lead.standing = case.mate.standing = _TO_COME
            desks.expect(case)
            continue
        for item in (case.lead, case.mate):
            end = str(item.part)
            desks.describe(case, item, case.entry)
            item.standing, item.worker = at["standing" + end], at["worker" + end]
            item.start, item.finish = at["start" + end], at["finish" + end]
            if item.standing in (_WAITING, _IN_HAND):
                item.office = desks.office(at["office" + end])
            if item.standing == _IN_HAND:
                workers[item.worker].item = item
                workers[item.worker].done.set_for(item.finish, _FINISH, item.worker)
            elif item.standing == _WAITING:
                if item.part == 1 and not desks.can_accompany(case, item.office, desks.start):
                    desks.stranded.append(case)
                else:
                    item.office.queues[item.payroll_only].append((item.key, item))
    for office in desks.offices.values():
        for queue in office.queues:
            heapify(queue)


def _open_doors(desks: Desks) -> None:
    """Send companions whose office has shrunk elsewhere; let idle people look at the queues."""
    for case in sorted(desks.stranded, key=lambda case: case.id):
        desks.find_companion(case, desks.start)
    for office in desks.offices.values():
        if any(office.queues):
            for worker in office.idle:
                worker.arm(desks.start)


def _close_doors(desks: Desks, steps: Steps, workers: dict[int, Worker]) -> MonthDone:
    """What was done this month, in the order it was written down, and what stays open after it."""
    for worker in workers.values():
        worker.present_at(desks.end)
    rows = []
    for case in sorted(desks.open.values(), key=lambda case: case.id):
        row: list[int] = [case.id, case.row - case.first_row, case.entry]
        for item in (case.lead, case.mate):
            office = item.office.number if item.standing in (_WAITING, _IN_HAND) else NOBODY
            row += [item.standing, office, item.worker, item.start, item.finish]
        rows.append(row)
    columns = np.array(rows, dtype=np.int64).reshape(-1, len(OpenWork.names())).T
    stays = np.isin(steps.case, columns[0])
    first_row = np.zeros(len(steps), dtype=np.int64)
    starts = np.flatnonzero(np.diff(steps.case, prepend=-1))
    first_row[starts] = starts
    done = np.array(desks.records, dtype=np.int64).reshape(-1, 8).T
    step = done[1] - np.maximum.accumulate(first_row)[done[1]] if len(steps) else done[1]
    return MonthDone(
        Services(done[0], step, done[2], done[3], steps.activity[done[1]], *done[4:]),
        steps.pick(stays),
        OpenWork(*columns),
        {worker.id: worker.idle_since for worker in workers.values()},
    )


def _run_county(desks: Desks, steps: Steps, work: OpenWork, roster: Roster, absences: Absences) -> MonthDone:
    """The desk work of one county."""
    workers = desks.employ(roster, absences)
    edges = [*np.flatnonzero(np.diff(steps.case, prepend=-1)).tolist(), len(steps)]
    rows = {int(steps.case[first]): (first, last) for first, last in pairwise(edges)}
    _resume(desks, work, rows, workers)
    for worker in workers.values():
        desks.env.process(worker.work())
    opening = Moment(desks.env)
    opening.callbacks = [lambda _: _open_doors(desks)]
    opening.set_for(desks.start, 0, 1)
    desks.env.run(until=desks.end)
    return _close_doors(desks, steps, workers)


def _refuse_mixed(steps: Steps, roster: Roster, bureau: Whole) -> None:
    """Refuse cases that leave their county, and cases or workers that do not ascend county by county."""
    border = np.diff(bureau[steps.office])
    if (border < 0).any() or (border[np.diff(steps.case) == 0] != 0).any():
        raise ValueError("cases stay in their county and ascend county by county")
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
    office [offices]; see `network.counties`. Cases and workers ascend county by county.
    A worker in `work` with something in hand must stand in the roster.
    Raises ValueError for counties whose offices, cases or workers are mixed.
    """
    months, borders = [], counties(bureau)
    _refuse_mixed(steps, roster, bureau)
    for first, last in pairwise(borders.tolist()):
        stays = (steps.office >= first) & (steps.office < last)
        people = (roster.office >= first) & (roster.office < last)
        own = steps.pick(stays)
        desks = Desks(own, calendar, bureau=int(bureau[first]), start=start, end=end)
        months.append(
            _run_county(
                desks,
                own,
                work.pick(np.isin(work.case, own.case)),
                roster.pick(people),
                absences.pick(np.isin(absences.worker, roster.id[people])),
            )
        )
    return MonthDone(
        canonical(Services.join([month.services for month in months]), bureau),
        Steps.join([month.steps for month in months]),
        OpenWork.join([month.work for month in months]),
        {worker: since for month in months for worker, since in month.idle_since.items()},
    )

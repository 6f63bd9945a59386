"""The file of one case: every step and wait on its path, its term, and the article that prescribes each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from simlib.desks.network import Party, Services, Steps
from simlib.desks.stops import BEFORE_FIRST, Stops, desk_days, wait_days
from simlib.desks.trace import NO_CLOCK, Cases, Matters, Outcome, Path, TraceMaker
from simlib.policy.procedure import Clock, Route, Step, Stop
from simlib.units import MINUTES_PER_HOUR, TICKS_PER_MINUTE
from simlib.worktime import DAY_TICKS, HOURS, WORKING, Calendar


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A step at a desk, and what must pass before it.

    step: of the route: activity, people, who may do it, article, a term of its own. decides: whether its end
    decides the case. party: a Party, which says who of the desks goes there. office: number.
    minutes: of work for each person. wait: length before it can start, of kind wait_kind; waited_for: the
    wait of the route behind it (None: at once, or handed over to the next opening); assistant_days: of it,
    for the assistant of the village [working day]. within_days: the step's own term from when it comes,
    reached_days: that within which it must come, from acceptance [working day] (0: none). came, started,
    finished, workers: once it is done. stop: by which rule the term stands still during it or the wait before
    it (None: it runs); stopped_days: for how long it did, as far as is known [working day].
    """

    step: Step
    decides: bool
    party: int
    office: int
    minutes: float
    wait: int
    wait_kind: int
    waited_for: Step | None
    assistant_days: int
    within_days: int
    reached_days: int
    came: datetime | None
    started: datetime | None
    finished: datetime | None
    workers: tuple[int, ...]
    stop: Stop | None
    stopped_days: int


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that holds for one case before anyone touches it, and what was done.

    flags: what it turned out to be. came: when the family came. clock: the rule of its term (None: no term
    counts); term: its length in the clock's unit; then: unit and length of the terms that follow it. due: the
    last moment in time, moved on by the days on which the term stood still. settled: when whoever is on duty
    gave the aid. lines: its steps in order. is_open: it was followed, and nobody has decided it yet.
    """

    route: Route
    flags: frozenset[str]
    outcome: Outcome
    came: datetime
    clock: Clock | None
    term: int
    then: tuple[tuple[int, int], ...]
    due: datetime | None
    settled: datetime | None
    lines: tuple[CaseLine, ...]
    is_open: bool


def case_file(maker: TraceMaker, matter: Matters, services: Services | None = None) -> CaseFile:
    """The file of the one case that `matter` becomes; services: those of the case, to fill in what was done.

    Raises ValueError unless `matter` is one row.
    """
    if len(matter) != 1:
        raise ValueError(f"a case file is made of one matter, got {len(matter)}")
    cases, steps = maker.month(matter)
    path = maker.path_of(matter)
    route = path.route
    clock = path.clock if int(cases.due[0]) != NO_CLOCK else None
    term = maker.norms.terms[clock.length] if clock else 0
    calendar, arrival = maker.calendar, int(matter.arrival[0])
    came = _civil(calendar, arrival) if route.in_hours else moment(calendar, arrival)
    stopped = _stopped(maker, matter, cases, services) if clock and services else []
    last = int(cases.due[0]) + sum(stopped) * DAY_TICKS
    due = None if clock is None else moment(calendar, last, is_end=True)
    if clock is not None and clock.kind == HOURS:
        due = came + timedelta(hours=term)
    lines = tuple(_lines(maker, path, steps, services, stopped, int(cases.deciding_step[0])))
    is_decided = path.answer is not None or any(line.decides and line.finished for line in lines)
    return CaseFile(
        route=route,
        flags=path.flags,
        outcome=Outcome(int(cases.outcome[0])),
        came=came,
        clock=clock,
        term=term,
        then=tuple((kind, maker.norms.terms[key]) for kind, key in clock.then) if clock else (),
        due=due,
        settled=None if path.answer is None else came + timedelta(minutes=path.answer),
        lines=lines,
        is_open=services is not None and not is_decided,
    )


def moment(calendar: Calendar, tick: int, *, is_end: bool = False) -> datetime:
    """Date and time of a tick on the working axis; as an end, the last tick of a day belongs to that day.

    >>> from simlib.worktime import work_calendar
    >>> moment(work_calendar(2026, 2026), 0)
    datetime.datetime(2026, 1, 4, 9, 0)
    """
    if is_end and tick % DAY_TICKS == 0:
        return moment(calendar, tick - TICKS_PER_MINUTE) + timedelta(minutes=1)
    return _civil(calendar, int(calendar.civil_minute(np.array(tick))))


def _civil(calendar: Calendar, minute: int) -> datetime:
    start = datetime.combine(calendar.first_day, datetime.min.time())
    return start + timedelta(days=minute // (24 * MINUTES_PER_HOUR), minutes=minute % (24 * MINUTES_PER_HOUR))


def _stopped(maker: TraceMaker, matter: Matters, cases: Cases, services: Services) -> list[int]:
    """How long the term stood still about each step: during it, and in the wait before it [working day]."""
    stops, due, deciding = Stops(maker), int(cases.due[0]), int(cases.deciding_step[0])
    if not stops.of_route[matter.route[0]]:
        return []
    done = services.pick(services.completes != 0)
    done = done.pick(np.argsort(done.step))
    step = np.concatenate([[BEFORE_FIRST], done.step])
    about = stops.about(matter.pick(np.zeros_like(step)), step)
    begin = np.concatenate([cases.accepted, done.finish - 1]) // DAY_TICKS
    waits = np.where(
        (about.wait_length > 0) & (step < deciding),
        wait_days(maker.calendar, begin, about.wait_kind, about.wait_length),
        0,
    )
    at_desk = np.where(about.itself[1:] & (done.step <= deciding), desk_days(done.entry, done.finish), 0)
    days = [0] * (len(step) + 1)
    for at, number in enumerate(step.tolist()):
        if number != BEFORE_FIRST and int(done.entry[at - 1]) <= due:
            days[number] += int(at_desk[at - 1])
            due += int(at_desk[at - 1]) * DAY_TICKS
        if int(begin[at]) * DAY_TICKS < due:
            days[number + 1] += int(waits[at])
            due += int(waits[at]) * DAY_TICKS
    return days


def _lines(
    maker: TraceMaker,
    path: Path,
    steps: Steps,
    services: Services | None,
    stopped: list[int],
    deciding: int,
) -> Iterator[CaseLine]:
    """The steps taken; a wait of the route stands in the line of the step it holds back.

    deciding: the step whose end decides the case. stopped: days on which the term stood still about each
    step, where it is known [working day].
    """
    at, waited_for, was_assisted = 0, None, False
    for step in path.route.steps:
        if not step.condition.holds(path.flags) or step.on_duty:
            continue
        if step.activity is None:
            waited_for = step
            continue
        is_assisted = step.people > 1 and int(steps.people[at]) == Party.ALONE
        is_there = was_assisted and waited_for is None
        waits_for_assistant = is_assisted and not is_there and int(steps.wait_kind[at]) == WORKING
        done = Services.empty() if services is None else services.pick(services.step == at)
        served, calendar = len(done) > 0, maker.calendar
        yield CaseLine(
            step=step,
            decides=at == deciding,
            party=int(steps.people[at]),
            office=int(steps.office[at]),
            minutes=int(steps.ticks[at]) / TICKS_PER_MINUTE,
            wait=int(steps.wait_length[at]),
            wait_kind=int(steps.wait_kind[at]),
            waited_for=waited_for,
            assistant_days=path.until_assistant if waits_for_assistant else 0,
            within_days=maker.norms.terms[step.within] if step.within else 0,
            reached_days=maker.norms.terms[step.reached_within] if step.reached_within else 0,
            came=moment(calendar, int(done.entry.min())) if served else None,
            started=moment(calendar, int(done.start.min())) if served else None,
            finished=moment(calendar, int(done.finish.max()), is_end=True) if served else None,
            workers=tuple(done.worker.tolist()),
            stop=step.stop or (waited_for.stop if waited_for else None),
            stopped_days=stopped[at] if at < len(stopped) else 0,
        )
        at, waited_for, was_assisted = at + 1, None, is_assisted

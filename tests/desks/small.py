"""Small offices written out by hand: a line for a case, a step, a worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simlib.desks.network import Absences, Kind, MonthDone, Roster, Steps, first_entries
from simlib.units import SHARE_ONE
from simlib.worktime import DAY_TICKS, WORKING
from tests.desks.networks import CALENDAR_2024, FOREVER, Engine

DESK, OTHER, COUNTY = 0, 1, 2
DAY = DAY_TICKS


@dataclass(frozen=True)
class Step:
    """A step: how long, where, for whom, after what."""

    ticks: int
    office: int = DESK
    payroll_only: int = 0
    people: int = 1
    wait_kind: int = WORKING
    wait_length: int = 0
    priority: int = 0
    rank: int = 0


@dataclass(frozen=True)
class Case:
    """A case, when it comes, and its steps."""

    id: int
    entry: int
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Person:
    """A worker; away: half-open absences."""

    id: int
    office: int = DESK
    kind: int = Kind.PAYROLL
    hired: int = 0
    leaves: int = FOREVER
    slowness: int = SHARE_ONE
    idle_since: int = 0
    away: tuple[tuple[int, int], ...] = ()


def whole(rows: Sequence[tuple[int, ...]], columns: int) -> list[np.ndarray]:
    """Columns of whole numbers from rows."""
    return list(np.array(rows, dtype=np.int64).reshape(-1, columns).T.copy())


def case(number: int, entry: int, *steps: Step) -> Case:
    """A case."""
    return Case(number, entry, steps)


def month(
    engine: Engine,
    cases: list[Case],
    people: list[Person],
    *,
    after: MonthDone | None = None,
    start: int = 0,
    end: int,
) -> MonthDone:
    """A month of these cases and people; `after`: the month before."""
    cases = sorted(cases, key=lambda case: case.id)
    rows = [
        (c.id, s.office, 0, s.payroll_only, s.people, s.ticks, s.wait_kind, s.wait_length, s.priority, s.rank)
        for c in cases
        for s in c.steps
    ]
    steps = Steps(*whole(rows, 10))
    ids, entries, offices = whole([(c.id, c.entry, c.steps[0].office) for c in cases], 3)
    work = first_entries(ids, entries, offices)
    since = after.idle_since if after else {}
    if after:
        steps = Steps.join([after.steps, steps])
        steps = steps.pick(np.argsort(steps.case, kind="stable"))
        work = type(work).join([after.work, work])
    staff = sorted(people, key=lambda person: person.id)
    roster = Roster(
        *whole(
            [
                (p.id, p.office, p.kind, p.hired, p.leaves, p.slowness, since.get(p.id, p.idle_since))
                for p in staff
            ],
            7,
        )
    )
    absences = Absences(*whole([(p.id, a, b) for p in staff for a, b in p.away], 3))
    bureau = np.full(COUNTY + 1, COUNTY)
    return engine(steps, work, roster, absences, calendar=CALENDAR_2024, bureau=bureau, start=start, end=end)


def done(result: MonthDone) -> list[tuple[int, int, int, int, int, int]]:
    """Services as (case, step, part, worker, start, finish)."""
    s = result.services
    columns = (s.case, s.step, s.part, s.worker, s.start, s.finish)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def by_case(result: MonthDone) -> dict[int, tuple[int, int, int]]:
    """(worker, start, finish) of single services, by case."""
    return {row[0]: row[3:] for row in done(result)}

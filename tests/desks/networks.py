"""Random counties for the desks: full of ties, run month after month with people coming and going."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st
from numpy.random import Generator

from simlib.desks.engines import open_docket
from simlib.desks.network import (
    Absences,
    DeskMonth,
    MonthDone,
    OpenWork,
    Party,
    Roster,
    Standing,
    Steps,
    Whole,
    first_entries,
)
from simlib.units import SHARE_ONE, TICKS_PER_MINUTE
from simlib.worktime import CALENDAR, DAY_TICKS, HOURS, WORKING, Calendar, work_calendar

CALENDAR_2024 = work_calendar(2024, 2026)
FOREVER = 1 << 60
_PARTIES = (Party.TWO, Party.TWO, Party.BOUGHT, Party.LENT)
"""Who goes on a visit, half of the time any two."""
Engine = Callable[..., MonthDone]


@dataclass(frozen=True)
class Shape:
    """What a random county is like; `seed` fills in the rest.

    offices: how many; the last lends companions if `lends`. people: at most in an office. cases: a month.
    grid: all times are multiples of it [tick]. longest: service [grid]. away: share of half-days.
    due: share of cases that have a rank of their own in their class.
    """

    seed: int
    offices: int
    people: int
    cases: int
    months: int
    month_days: int
    grid: int
    longest: int
    visits: float
    payroll_only: float
    contract: float
    away: float
    turnover: float
    overnight: float
    lends: bool
    zero: bool
    due: float


def shapes(
    *, offices: int, people: int, cases: int, months: int, least: float = 0.0
) -> st.SearchStrategy[Shape]:
    """Counties of up to so many offices, people in each, cases a month, months; `least` of each."""

    def up_to(most: int, fewest: int = 0) -> st.SearchStrategy[int]:
        return st.integers(max(fewest, int(least * most)), most)

    share = st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0])
    return st.builds(
        Shape,
        seed=st.integers(0, 2**32 - 1),
        offices=up_to(offices, 1),
        people=up_to(people),
        cases=up_to(cases),
        months=up_to(months, 1),
        month_days=st.integers(1, 6),
        grid=st.sampled_from([1, 7919, 15 * TICKS_PER_MINUTE, 60 * TICKS_PER_MINUTE, DAY_TICKS // 2]),
        longest=st.integers(1, 12),
        visits=share,
        payroll_only=share,
        contract=share,
        away=share,
        turnover=share,
        overnight=share,
        lends=st.booleans(),
        zero=st.booleans(),
        due=share,
    )


@dataclass(frozen=True)
class Month:
    """What comes in a month, and who could be there; people with work in hand are added when it is run."""

    start: int
    end: int
    steps: Steps
    work: OpenWork
    roster: Roster
    absences: Absences


@dataclass(frozen=True)
class County:
    """Months of a county; `everybody` who ever works there; `bureau` lends second people."""

    months: tuple[Month, ...]
    everybody: Roster
    bureau: Whole


def make(shape: Shape) -> County:
    """The county of a shape."""
    rng = np.random.default_rng(shape.seed)
    everybody = _people(shape, rng)
    number = rng.permutation(shape.months * shape.cases) * 3 + 1
    first = 40 * DAY_TICKS
    months = []
    for month in range(shape.months):
        start, end = first, first + shape.month_days * DAY_TICKS
        ids = np.sort(number[month * shape.cases : (month + 1) * shape.cases]).astype(np.int64)
        steps = _steps(shape, rng, ids)
        entry = _ticks(shape, rng, start, end, shape.cases)
        firsts = np.flatnonzero(np.diff(steps.case, prepend=-1))
        roster = _roster(shape, rng, everybody, start, end)
        work = first_entries(ids, entry, steps.office[firsts])
        months.append(Month(start, end, steps, work, roster, _absences(shape, rng, roster, start, end)))
        first = end
    bureau = shape.offices - 1 if shape.lends else shape.offices
    return County(tuple(months), everybody, np.full(bureau + 1, bureau))


def _ticks(shape: Shape, rng: Generator, start: int, end: int, count: int) -> Whole:
    """Times in [start, end) on the grid, many at the opening of a day."""
    anywhere = rng.integers(start, end, count) // shape.grid * shape.grid
    at = np.where(rng.random(count) < shape.overnight, anywhere // DAY_TICKS * DAY_TICKS, anywhere)
    return np.maximum(at, start).astype(np.int64)


def _people(shape: Shape, rng: Generator) -> Roster:
    offices = np.repeat(
        np.arange(shape.offices), rng.integers(shape.people // 2, shape.people + 1, shape.offices)
    )
    count = len(offices)
    ids = np.sort(rng.choice(10 * count + 10, count, replace=False)).astype(np.int64)
    kind = (rng.random(count) >= shape.contract).astype(np.int64)
    none = np.zeros(count, dtype=np.int64)
    slowness = rng.choice([SHARE_ONE, SHARE_ONE, SHARE_ONE * 3 // 2, 80_001], count).astype(np.int64)
    return Roster(ids, rng.permutation(offices).astype(np.int64), kind, none, none + FOREVER, slowness, none)


def _roster(shape: Shape, rng: Generator, everybody: Roster, start: int, end: int) -> Roster:
    count = len(everybody)
    moves = rng.random((2, count)) < shape.turnover / 2
    hired = np.where(moves[0], _ticks(shape, rng, start, end, count), start - DAY_TICKS)
    left = np.where(moves[1], _ticks(shape, rng, start, end, count), FOREVER)
    here = np.flatnonzero((rng.random(count) >= shape.turnover / 3) & (left > start))
    return replace(everybody, present_from=hired.astype(np.int64), present_to=left.astype(np.int64)).pick(
        here
    )


def _absences(shape: Shape, rng: Generator, roster: Roster, start: int, end: int) -> Absences:
    """Stretches of half-days, or of the grid where that is coarser."""
    half = DAY_TICKS // 2
    rows = []
    for worker in roster.id.tolist():
        away = np.pad(rng.random((end - start) // half) < shape.away, 1).astype(np.int64)
        edges = np.flatnonzero(np.diff(away))
        rows += [
            (worker, start + a * half, start + b * half) for a, b in zip(edges[::2], edges[1::2], strict=True)
        ]
    return Absences(*np.array(rows, dtype=np.int64).reshape(-1, 3).T)


def _steps(shape: Shape, rng: Generator, ids: Whole) -> Steps:
    sizes = rng.integers(1, 6, len(ids))
    case = np.repeat(ids, sizes)
    count = len(case)
    kind = rng.choice([WORKING, WORKING, CALENDAR, HOURS], count)
    length = np.where(rng.random(count) < 0.5, 0, rng.integers(0, 4, count) * np.where(kind == HOURS, 9, 1))
    columns = (
        case,
        rng.integers(0, shape.offices, count),
        rng.integers(0, 5, count),
        rng.random(count) < shape.payroll_only,
        np.where(rng.random(count) < shape.visits, rng.choice(_PARTIES, count), Party.ALONE),
        rng.integers(0 if shape.zero else 1, shape.longest + 1, count) * shape.grid,
        kind,
        length,
        rng.integers(-1, 3, count),
        np.repeat(_ranks(shape, rng, len(ids)), sizes),
    )
    return Steps(*(column.astype(np.int64) for column in columns))


def _ranks(shape: Shape, rng: Generator, count: int) -> Whole:
    """Due ticks, some of them equal; 0 for cases without."""
    days = rng.integers(1, 3 * shape.month_days + 1, count)
    return np.where(rng.random(count) < shape.due, (40 + days) * DAY_TICKS, 0)


def together(counties: Sequence[County]) -> County:
    """Counties as one network: the offices, cases and people of each after those of the one before."""
    joined = [moved(county, place, counties) for place, county in enumerate(counties)]
    months = []
    for parts in zip(*(county.months for county in joined), strict=True):
        month = Month(
            parts[0].start,
            parts[0].end,
            Steps.join([part.steps for part in parts]),
            OpenWork.join([part.work for part in parts]),
            Roster.join([part.roster for part in parts]),
            Absences.join([part.absences for part in parts]),
        )
        months.append(month)
    return County(
        tuple(months),
        Roster.join([county.everybody for county in joined]),
        np.concatenate([county.bureau for county in joined]),
    )


APART = 1 << 40
"""Between the ids of one county and the next in `together`."""


def moved(county: County, place: int, counties: Sequence[County]) -> County:
    """A county with the numbers it has in `together`."""
    offices, ids = sum(len(before.bureau) for before in counties[:place]), place * APART

    def people(roster: Roster) -> Roster:
        return replace(roster, id=roster.id + ids, office=roster.office + offices)

    months = tuple(
        replace(
            month,
            steps=replace(month.steps, case=month.steps.case + ids, office=month.steps.office + offices),
            work=first_entries(month.work.case + ids, month.work.entry, month.work.office0 + offices),
            roster=people(month.roster),
            absences=replace(month.absences, worker=month.absences.worker + ids),
        )
        for month in county.months
    )
    return County(months, people(county.everybody), county.bureau + offices)


def run(engine: Engine, county: County, calendar: Calendar = CALENDAR_2024) -> Iterator[MonthDone]:
    """The months of a county, each taken up where the one before ended."""
    steps, work, idle = Steps.empty(), OpenWork.empty(), dict[int, int]()
    for month in county.months:
        joined = Steps.join([steps, month.steps])
        joined = joined.pick(np.argsort(joined.case, kind="stable"))
        roster = _with_those_in_hand(month.roster, county.everybody, work, month.start)
        since = np.array([idle.get(i, month.start) for i in roster.id.tolist()], dtype=np.int64)
        done = engine(
            joined,
            OpenWork.join([work, month.work]),
            replace(roster, idle_since=since),
            month.absences,
            calendar=calendar,
            bureau=county.bureau,
            start=month.start,
            end=month.end,
        )
        yield done
        steps, work, idle = done.steps, done.work, done.idle_since


def in_order_of_coming(county: County) -> County:
    """The same county, its cases numbered in the order of the months in which they come."""
    months = tuple(
        replace(
            month,
            steps=replace(month.steps, case=month.steps.case + (number << 50)),
            work=replace(month.work, case=month.work.case + (number << 50)),
        )
        for number, month in enumerate(county.months)
    )
    return replace(county, months=months)


def run_docket(engine: str, county: County) -> Iterator[tuple[DeskMonth, Steps, OpenWork]]:
    """The months of a county at desks that keep what stays open, and what that is after each."""
    nothing = Steps.empty(), OpenWork.empty()
    docket, idle = (
        open_docket(engine, *nothing, calendar=CALENDAR_2024, bureau=county.bureau),
        dict[int, int](),
    )
    for month in county.months:
        roster = _with_those_in_hand(month.roster, county.everybody, docket.open_work(), month.start)
        since = np.array([idle.get(i, month.start) for i in roster.id.tolist()], dtype=np.int64)
        done = docket.month(
            month.steps,
            month.work,
            replace(roster, idle_since=since),
            month.absences,
            start=month.start,
            end=month.end,
        )
        yield done, docket.open_steps(), docket.open_work()
        idle = done.idle_since


def _with_those_in_hand(roster: Roster, everybody: Roster, work: OpenWork, start: int) -> Roster:
    """The roster and, as leavers, those not in it who still have something in hand."""
    busy = [
        worker[standing == Standing.IN_HAND]
        for worker, standing in ((work.worker0, work.standing0), (work.worker1, work.standing1))
    ]
    missing = np.setdiff1d(np.concatenate(busy), roster.id)
    leavers = everybody.pick(np.isin(everybody.id, missing))
    gone = np.full(len(leavers), start, dtype=np.int64)
    both = Roster.join([roster, replace(leavers, present_from=gone - DAY_TICKS, present_to=gone)])
    return both.pick(np.argsort(both.id))


def differences(one: MonthDone, other: MonthDone) -> list[str]:
    """The columns in which two months differ, in value, type or order."""
    wrong = []
    for part in ("services", "steps", "work"):
        left, right = getattr(one, part), getattr(other, part)
        for name in left.names():
            a, b = getattr(left, name), getattr(right, name)
            if a.dtype != b.dtype or a.shape != b.shape or (a != b).any():
                wrong.append(f"{part}.{name}")
    if list(one.idle_since.items()) != list(other.idle_since.items()):
        wrong.append("idle_since")
    return wrong

"""One office, one trace, four engines: what a service costs each of them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simlib import words
from simlib.chance import EXPONENTIAL_ONE, Luck, Purpose, QuantileTable, unit_exponential
from simlib.desks import engines
from simlib.desks.network import Absences, Kind, Roster, Steps, Whole, first_entries
from simlib.drive.bench import rivals
from simlib.drive.bench.meter import Meter
from simlib.drive.bench.months import Month, services_of
from simlib.drive.bench.rivals import Tasks
from simlib.drive.bench.rows import CIW, COMPILED, NAIVE, TUNED, Row, with_ratios
from simlib.errors import RunError
from simlib.units import SHARE_ONE, TICKS_PER_MINUTE
from simlib.worktime import DAY_TICKS, WORKING, work_calendar

NAME = "office"
WORKERS = 8
LOADS = (0.8, 0.95)
TASKS = 200_000
MEAN_MINUTES = 20
CLASS_SHARES = (0.2, 0.5, 0.3)
RUNS = {TUNED: 1, COMPILED: 5}
"""How often an engine runs; the median counts."""
CIW_TOLERANCE = 1e-6
"""Ciw reckons in floating-point minutes and breaks ties by lot."""
_KNOTS = 4096
MONTH_TICKS = 21 * DAY_TICKS
AFTER_TICKS = 10 * MONTH_TICKS
"""Room after the last month for what then waits."""


@cache
def lognormal_table(mean_ticks: float) -> QuantileTable:
    """Lengths of mean `mean_ticks`, a standard deviation about as long, and a lognormal's long tail [tick].

    The outer knots stand half a knot inside, so the table has an end.
    """
    normal = statistics.NormalDist(0.0, math.sqrt(math.log(2.0)))
    shares = [max(knot, 0.5) / _KNOTS for knot in range(_KNOTS)] + [1 - 0.5 / _KNOTS]
    raw = np.array([math.exp(normal.inv_cdf(share)) for share in shares])
    scale = mean_ticks / float((raw[:-1] + raw[1:]).mean() / 2)
    return QuantileTable(np.round(raw * scale).astype(np.int64))


def tasks_of(load: float, *, seed: int, count: int = TASKS, workers: int = WORKERS) -> Tasks:
    """Tasks that come at random to an office whose workers they keep busy for `load` of their time."""
    mean = MEAN_MINUTES * TICKS_PER_MINUTE
    draws = Luck(seed, 0).draws(Purpose.ARRIVAL, area=0, subject=np.arange(count), lanes=3)
    gaps = unit_exponential(draws[:, 0]) * round(mean / (load * workers)) // EXPONENTIAL_ONE
    ticks = np.maximum(lognormal_table(mean).at(draws[:, 1]), 1)
    bounds = np.cumsum(CLASS_SHARES)[:-1] * 2.0**32
    priority = np.searchsorted(bounds, draws[:, 2].astype(np.float64), side="right")
    return Tasks(np.cumsum(gaps), ticks, priority.astype(np.int64))


def engine_starts(engine: str, months: Sequence[Month], count: int) -> Whole:
    """When each of `count` tasks starts, by an engine of the desks, month after month [tick]."""
    starts = np.full(count, -1, dtype=np.int64)
    bureau = np.zeros(1, dtype=np.int64)
    for done in services_of(engine, months, bureau=bureau, calendar=work_calendar(2024, 2024)):
        starts[done.case] = done.start
    return starts


def months_of(tasks: Tasks, workers: int) -> Iterator[Month]:
    """The tasks cut into months of equal length, and one more in which the rest is done."""
    ids, nought = np.arange(workers), np.zeros(workers, dtype=np.int64)
    roster = Roster(
        id=ids,
        office=nought,
        kind=nought + Kind.PAYROLL,
        present_from=nought,
        present_to=nought + (1 << 60),
        slowness=nought + SHARE_ONE,
        idle_since=nought,
    )
    starts = np.arange(0, int(tasks.arrival[-1]) + 1, MONTH_TICKS)
    ends = np.append(starts[1:], starts[-1] + MONTH_TICKS + AFTER_TICKS)
    rows = np.append(np.searchsorted(tasks.arrival, starts), len(tasks)).tolist()
    for start, end, first, last in zip(starts.tolist(), ends.tolist(), rows[:-1], rows[1:], strict=True):
        case = np.arange(first, last)
        none = np.zeros(len(case), dtype=np.int64)
        steps = Steps(
            case=case,
            office=none,
            activity=none,
            payroll_only=none,
            people=none + 1,
            ticks=tasks.ticks[first:last],
            wait_kind=none + WORKING,
            wait_length=none,
            priority=tasks.priority[first:last],
            rank=none,
        )
        work = first_entries(case, tasks.arrival[first:last], none)
        yield Month(start, end, steps, work, roster, Absences.empty())


def office_rows(*, seed: int, count: int = TASKS) -> Iterator[Row]:
    """What a service costs each engine, at each load.

    Raises RunError where two engines disagree about the trace.
    """
    if COMPILED in _engines():
        few = tasks_of(LOADS[0], seed=seed, count=WORKERS)
        engine_starts(engines.COMPILED, list(months_of(few, WORKERS)), len(few))
    for load in LOADS:
        yield from with_ratios(list(_rows_at(load, tasks_of(load, seed=seed, count=count))))


def _engines() -> dict[str, str]:
    """The engines of the desks there are, by their names in the benchmark."""
    compiled = {COMPILED: engines.COMPILED} if engines.default_engine() == engines.COMPILED else {}
    return {TUNED: engines.REFERENCE} | compiled


def _rows_at(load: float, tasks: Tasks) -> Iterator[Row]:
    with Meter() as meter:
        starts = rivals.naive_starts(tasks, WORKERS)
    waits = starts - tasks.arrival
    mean_queue = float(waits.sum()) / int(tasks.arrival[-1])

    def row(engine: str, seconds: float, peak_mb: float) -> Row:
        setting = words.say("bench.office", engine=engine, workers=WORKERS, load=load, services=len(tasks))
        return Row(NAME, engine, load, mean_queue, len(tasks), seconds, peak_mb=peak_mb, setting=setting)

    yield row(NAIVE, meter.seconds, meter.peak_mb)
    months = list(months_of(tasks, WORKERS))
    for name, engine in _engines().items():
        timings = []
        for _ in range(RUNS[name]):
            with Meter() as meter:
                found = engine_starts(engine, months, len(tasks))
            timings.append(meter.seconds)
            if not np.array_equal(found, starts):
                raise RunError(words.say("bench.differs", name=NAME, one=NAIVE, other=name))
        yield row(name, statistics.median(timings), meter.peak_mb)
    if rivals.has_ciw():
        with Meter() as meter:
            served, means = rivals.ciw_waits(tasks, WORKERS)
        _compare_ciw(tasks, waits, served, means)
        yield row(CIW, meter.seconds, meter.peak_mb)


def _compare_ciw(tasks: Tasks, waits: Whole, served: Whole, means: NDArray[np.float64]) -> None:
    """Raise where Ciw's means are not those of the same trace here."""
    classes = np.unique(tasks.priority)
    own = [waits[tasks.priority == number].mean() for number in classes]
    counts = [np.count_nonzero(tasks.priority == number) for number in classes]
    if not (np.array_equal(served, counts) and np.allclose(means, own, rtol=CIW_TOLERANCE)):
        raise RunError(words.say("bench.differs", name=NAME, one=NAIVE, other=CIW))

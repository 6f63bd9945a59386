"""What is recorded of a month of desk work: counts of cases, services, waits; sums of integers only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled
from simlib.desks.network import Absences, Roster, Services
from simlib.desks.trace import NO_CLOCK, Cases
from simlib.units import SHARE_ONE
from simlib.worktime import DAY_TICKS
from simlib.years.records import LAST_WAIT_BIN

Whole = NDArray[np.int64]


def by_office(offices: Whole, count: int, weight: Whole | None = None) -> Whole:
    """Sums by office number, 0 … count − 1; exact while they stay below 2**53."""
    if weight is None:
        return np.bincount(offices, minlength=count)
    return np.bincount(offices, weight.astype(np.float64), minlength=count).astype(np.int64)


def available(roster: Roster, absences: Absences, *, start: int, end: int) -> Whole:
    """Time each worker of a roster is at the desk in [start, end) [tick]."""
    present_from = np.clip(roster.present_from, start, end)
    present_to = np.clip(roster.present_to, start, end)
    time: Whole = np.maximum(present_to - present_from, 0)
    rows = np.searchsorted(roster.id, absences.worker)
    away = np.minimum(absences.absent_to, present_to[rows]) - np.maximum(
        absences.absent_from, present_from[rows]
    )
    np.subtract.at(time, rows, np.maximum(away, 0))
    return time


def posts_milli(
    roster: Roster, time: Whole, held: Whole, away: Whole, *, start: int, end: int
) -> dict[str, Whole]:
    """From posts held to posts at work, by office and kind, in thousandths of a full-time post.

    held: working days posts were held [offices × kinds]; away: working days away by cause, in the order of
    `people.UNMANNED` and those after it [causes × offices × kinds]; time: of each worker at the desk [tick].
    What is left after each loss is rounded down, and a loss is the difference of two such rests, so that
    filled_milli = effective_milli + unmanned_milli + absent_milli + duty_milli + ramp_milli exactly.
    """
    desk = np.zeros_like(held)
    np.add.at(desk, (roster.office, roster.kind), time * SHARE_ONE // roster.slowness)
    whole = max(end - start, 1)
    rests = [held, *(held - lost for lost in np.cumsum(away, axis=0))]
    levels = [rest * DAY_TICKS * 1000 // whole for rest in rests] + [desk * 1000 // whole]
    names = ("unmanned_milli", "absent_milli", "duty_milli", "ramp_milli")
    lost = {name: levels[at] - levels[at + 1] for at, name in enumerate(names)}
    return {"filled_milli": levels[0], **lost, "effective_milli": levels[-1]}


SERVED, BUSY, QUEUED = range(3)
"""Services, time at work and time spent waiting for it [tick]: rows of a tally."""


class YearBook:
    """Waits, services and terms of single steps summed over a year.

    waits: cases decided [areas × routes × days]. tally: SERVED, BUSY, QUEUED [3 × offices × activities].
    steps: terms of steps that fell due, and those kept [2 × areas × terms].
    """

    def __init__(self, areas: int, offices: int, routes: int, activities: int, terms: int) -> None:
        self.waits = np.zeros((areas, routes, LAST_WAIT_BIN + 1), dtype=np.int64)
        self.tally = np.zeros((3, offices, activities), dtype=np.int64)
        self.steps = np.zeros((2, areas, terms), dtype=np.int64)

    def add(self, decided: Cases, finish: Whole, tally: NDArray[np.int64]) -> None:
        """Enter a month's decisions and services."""
        _waited((decided.area, decided.route, decided.due, decided.accepted), finish, self.waits)
        self.tally += tally


@compiled
def _waited(cases: tuple[Whole, Whole, Whole, Whole], finish: Whole, waits: NDArray[np.int64]) -> None:
    """Count cases with a term by the working days they took."""
    area, route, due, accepted = cases
    for row in range(len(finish)):
        if due[row] != NO_CLOCK:
            days = (finish[row] - 1) // DAY_TICKS - accepted[row] // DAY_TICKS
            waits[area[row], route[row], min(max(days, 0), LAST_WAIT_BIN)] += 1


def tally_of(services: Services, *, offices: int, activities: int) -> tuple[NDArray[np.int64], Whole]:
    """What was served: SERVED, BUSY, QUEUED [3 × offices × activities], and second items served by nobody
    [offices].
    """
    tally = np.zeros((3, offices, activities), dtype=np.int64)
    unlawful = np.zeros(offices, dtype=np.int64)
    _tally(
        (services.office, services.activity, services.worker),
        (services.entry, services.start, services.finish),
        tally,
        unlawful,
    )
    return tally, unlawful


@compiled
def _tally(
    what: tuple[Whole, Whole, Whole],
    when: tuple[Whole, Whole, Whole],
    tally: NDArray[np.int64],
    unlawful: Whole,
) -> None:
    office, activity, worker = what
    entry, start, finish = when
    for at in range(len(office)):
        here = office[at]
        if worker[at] < 0:
            unlawful[here] += 1
            continue
        tally[SERVED, here, activity[at]] += 1
        tally[BUSY, here, activity[at]] += finish[at] - start[at]
        tally[QUEUED, here, activity[at]] += start[at] - entry[at]

"""What is recorded of a month of desk work: counts of cases, services, waits; sums of integers only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.desks.network import Absences, Columns, Kind, MonthDone, Roster, Services, places
from simlib.desks.trace import NO_CLOCK, NOT_SETTLED, Cases, Outcome
from simlib.units import SHARE_ONE
from simlib.worktime import DAY_TICKS
from simlib.years.records import LAST_WAIT_BIN

Whole = NDArray[np.int64]

UNDECIDED = -1
NEVER_DUE = 1 << 60
"""Due tick of a case that will be withdrawn: it is open until then, and never late."""


@dataclass(frozen=True, slots=True)
class Clocked(Columns):
    """Cases with a legal clock that is still running or overdue [cases].

    due: last tick in time. decided: tick of the decision, or UNDECIDED. legal: 1 where a text sets the term,
    0 where it is taken by analogy (reviews).
    """

    case: Whole
    area: Whole
    due: Whole
    decided: Whole
    legal: Whole


def is_followed(cases: Cases) -> NDArray[np.bool_]:
    """Which cases are followed until they end: those with a term, and those the family will withdraw."""
    followed: NDArray[np.bool_] = (cases.due != NO_CLOCK) | (cases.outcome == Outcome.WITHDRAWN)
    return followed


def with_new(clocked: Clocked, cases: Cases, legal_routes: NDArray[np.bool_]) -> Clocked:
    """The same with the followed ones of a month's new cases; legal_routes: by number of the route.

    What a duty roster has settled is decided already.
    """
    new = cases.pick(is_followed(cases))
    legal = legal_routes[new.route].astype(np.int64)
    due = np.where(new.due == NO_CLOCK, NEVER_DUE, new.due)
    fresh = Clocked(
        new.id, new.area, due, np.where(new.settled == NOT_SETTLED, UNDECIDED, new.settled), legal
    )
    return clocked.merge(fresh, "case")


def decisions(
    cases: Cases, done: MonthDone, *, may_decide: NDArray[np.bool_], start: int
) -> tuple[Whole, Whole]:
    """Which cases a month decided and when: rows of `cases` and ticks, by row.

    may_decide: which activities, by number, ever end a matter. start: of the month; what a duty roster
    settles is decided in the month it comes, whatever is left for the desk.
    """
    last = _last_deciding(cases, done, may_decide)
    at_once = (cases.settled != NOT_SETTLED) & (cases.accepted >= start)
    last[at_once] = cases.settled[at_once]
    decided = np.flatnonzero(last != UNDECIDED)
    return decided, last[decided]


def _last_deciding(cases: Cases, done: MonthDone, may_decide: NDArray[np.bool_]) -> Whole:
    """Finish of the service that decided each case in this month, or UNDECIDED [cases]."""
    services = done.services
    candidates = np.flatnonzero(may_decide[services.activity])
    candidates = candidates[np.argsort(services.case[candidates])]
    rows = places(cases.id, services.case[candidates])
    decides = services.step[candidates] == cases.deciding_step[rows]
    rows, finish = rows[decides], services.finish[candidates[decides]]
    last = np.full(len(cases), UNDECIDED, dtype=np.int64)
    np.maximum.at(last, rows, finish)
    last[_at_deciding_step(cases, done)] = UNDECIDED
    return last


def _at_deciding_step(cases: Cases, done: MonthDone) -> NDArray[np.bool_]:
    """Which cases are still at the step that decides them, one of its two people being done [cases]."""
    work = done.work
    rows = places(cases.id, work.case)
    at = np.zeros(len(cases), dtype=bool)
    at[rows[work.step == cases.deciding_step[rows]]] = True
    return at


def settle(clocked: Clocked, decided_case: Whole, finish: Whole, *, end: int) -> tuple[Clocked, Clocked]:
    """Enter decisions; return the cases falling due before `end`, and those to be kept.

    Undecided cases past their date are kept: they are overdue until decided.
    """
    decided = clocked.decided.copy()
    rows = places(clocked.case, decided_case)
    known = rows < len(clocked.case)
    known[known] &= clocked.case[rows[known]] == decided_case[known]
    decided[rows[known]] = finish[known]
    now = Clocked(clocked.case, clocked.area, clocked.due, decided, clocked.legal)
    to_come = (now.due > end) & (now.due != NEVER_DUE)
    return now, now.pick((now.decided == UNDECIDED) | to_come)


def by_office(offices: Whole, count: int, weight: Whole | None = None) -> Whole:
    """Sums by office number, 0 … count − 1; exact while they stay below 2**53."""
    if weight is None:
        return np.bincount(offices, minlength=count)
    return np.bincount(offices, weight.astype(np.float64), minlength=count).astype(np.int64)


def lawful(services: Services) -> Services:
    """Services somebody gave: all but the second items of visits nobody could join."""
    return services.pick(services.worker >= 0) if (services.worker < 0).any() else services


def month_of_clocks(settled: Clocked, *, areas: int, start: int, end: int) -> dict[str, Whole]:
    """Cases falling due in (start, end], those of them decided in time, open and overdue at the end.

    Legal terms and reviews are counted apart; open_end counts both.
    """
    falling = (settled.due > start) & (settled.due <= end)
    in_time = falling & (settled.decided != UNDECIDED) & (settled.decided <= settled.due)
    is_open = settled.decided == UNDECIDED
    overdue = is_open & (settled.due <= end)
    legal = settled.legal == 1

    def count(which: NDArray[np.bool_]) -> Whole:
        return by_office(settled.area[which], areas)

    return {
        "falling_due": count(falling & legal),
        "on_time": count(in_time & legal),
        "open_end": count(is_open),
        "overdue_open": count(overdue & legal),
        "reviews_due": count(falling & ~legal),
        "reviews_on_time": count(in_time & ~legal),
        "reviews_overdue": count(overdue & ~legal),
    }


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


def effective_milli(roster: Roster, time: Whole, count: int, *, start: int, end: int) -> Whole:
    """Time at the desk × speed by office and kind, in thousandths of a full-time post [offices × kinds]."""
    total = np.zeros((count, len(Kind)), dtype=np.int64)
    if end > start:
        np.add.at(total, (roster.office, roster.kind), time * SHARE_ONE // roster.slowness)
        total = total * 1000 // (end - start)
    return total


class YearBook:
    """Waits, activities and terms of single steps summed over a year."""

    def __init__(self, areas: int, offices: int, routes: int, activities: int, terms: int) -> None:
        self.waits = np.zeros((areas, routes, LAST_WAIT_BIN + 1), dtype=np.int64)
        self.activity = np.zeros((3, offices, activities), dtype=np.int64)
        self.steps = np.zeros((2, areas, terms), dtype=np.int64)

    def add(self, decided: Cases, finish: Whole, done: MonthDone) -> None:
        """Enter a month's decisions and services."""
        clocked = decided.due != NO_CLOCK
        cases, finish = decided.pick(clocked), finish[clocked]
        days = np.clip((finish - 1) // DAY_TICKS - cases.accepted // DAY_TICKS, 0, LAST_WAIT_BIN)
        where = (cases.area, cases.route, days)
        self.waits += _counts(where, self.waits.shape)
        services = lawful(done.services)
        cell, shape = (services.office, services.activity), self.activity.shape[1:]
        self.activity[0] += _counts(cell, shape)
        self.activity[1] += _counts(cell, shape, services.finish - services.start)
        self.activity[2] += _counts(cell, shape, services.start - services.entry)


def _counts(where: tuple[Whole, ...], shape: tuple[int, ...], weight: Whole | None = None) -> Whole:
    """Rows, or the sum of their weights, by cell of a table of this shape."""
    return by_office(np.ravel_multi_index(where, shape), int(np.prod(shape)), weight).reshape(shape)

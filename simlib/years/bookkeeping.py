"""What is recorded of a month of desk work: counts of cases, services, waits; sums of integers only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.desks.network import Absences, Columns, Kind, MonthDone, Roster
from simlib.desks.trace import NO_CLOCK, Cases
from simlib.units import SHARE_ONE
from simlib.worktime import DAY_TICKS
from simlib.years.records import LAST_WAIT_BIN

Whole = NDArray[np.int64]

UNDECIDED = -1


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


def with_new(clocked: Clocked, cases: Cases, legal_routes: NDArray[np.bool_]) -> Clocked:
    """The same with the clocked ones of a month's new cases; legal_routes: by number of the route."""
    new = cases.pick(cases.due != NO_CLOCK)
    legal = legal_routes[new.route].astype(np.int64)
    fresh = Clocked(new.id, new.area, new.due, np.full(len(new), UNDECIDED, dtype=np.int64), legal)
    both = Clocked.join([clocked, fresh])
    return both.pick(np.argsort(both.case, kind="stable"))


def deciding_services(cases: Cases, done: MonthDone) -> tuple[Whole, Whole]:
    """Which cases a month decided and when: rows of `cases` (ascending ids) and ticks, by tick then case."""
    services = done.services
    rows = np.searchsorted(cases.id, services.case)
    decides = services.step == cases.deciding_step[rows] if len(rows) else np.zeros(0, dtype=bool)
    rows, finish = rows[decides], services.finish[decides]
    order = np.lexsort((finish, rows))
    rows, finish = rows[order], finish[order]
    last = np.flatnonzero(np.diff(rows, append=-1))
    rows, finish = rows[last], finish[last]
    settled = ~_at_deciding_step(cases, done)[rows]
    rows, finish = rows[settled], finish[settled]
    order = np.lexsort((rows, finish))
    return rows[order], finish[order]


def _at_deciding_step(cases: Cases, done: MonthDone) -> NDArray[np.bool_]:
    """Which cases are still at the step that decides them, one of its two people being done [cases]."""
    work = done.work
    rows = np.searchsorted(cases.id, work.case)
    at = np.zeros(len(cases), dtype=bool)
    at[rows[work.step == cases.deciding_step[rows]]] = True
    return at


def settle(clocked: Clocked, decided_case: Whole, finish: Whole, *, end: int) -> tuple[Clocked, Clocked]:
    """Enter decisions; return the cases falling due before `end`, and those to be kept.

    Undecided cases past their date are kept: they are overdue until decided.
    """
    decided = clocked.decided.copy()
    rows = np.searchsorted(clocked.case, decided_case)
    known = rows < len(clocked.case)
    known[known] &= clocked.case[rows[known]] == decided_case[known]
    decided[rows[known]] = finish[known]
    now = Clocked(clocked.case, clocked.area, clocked.due, decided, clocked.legal)
    open_or_to_come = (now.decided == UNDECIDED) | (now.due > end)
    return now, now.pick(open_or_to_come)


def by_office(offices: Whole, count: int, weight: Whole | None = None) -> Whole:
    """Sums by office number, 0 … count − 1."""
    total = np.zeros(count, dtype=np.int64)
    np.add.at(total, offices, 1 if weight is None else weight)
    return total


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
    """Waits and activities summed over a year."""

    def __init__(self, areas: int, offices: int, routes: int, activities: int) -> None:
        self.waits = np.zeros((areas, routes, LAST_WAIT_BIN + 1), dtype=np.int64)
        self.activity = np.zeros((3, offices, activities), dtype=np.int64)

    def add(self, cases: Cases, rows: Whole, finish: Whole, done: MonthDone) -> None:
        """Enter a month's decisions and services."""
        clocked = cases.due[rows] != NO_CLOCK
        rows, finish = rows[clocked], finish[clocked]
        days = np.clip((finish - 1) // DAY_TICKS - cases.accepted[rows] // DAY_TICKS, 0, LAST_WAIT_BIN)
        np.add.at(self.waits, (cases.area[rows], cases.route[rows], days), 1)
        services = done.services.pick(done.services.worker >= 0)
        where = (services.office, services.activity)
        np.add.at(self.activity[0], where, 1)
        np.add.at(self.activity[1], where, services.finish - services.start)
        np.add.at(self.activity[2], where, services.start - services.entry)

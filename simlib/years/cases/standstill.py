"""Terms that stand still: under a local rule, the due day of a case moves on as its stops go by.

A stop that begins when the term has run out, or after the decision, moves nothing. What is known at the end
of a month is entered then: waits that began in it, whole; steps at a desk by the days they took up to now.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.desks.network import Columns, OpenWork, Services, Standing
from simlib.desks.norms import NO_CLOCK
from simlib.desks.stops import BEFORE_FIRST, Stops, desk_days, wait_days
from simlib.desks.trace import Cases, Matters
from simlib.worktime import DAY_TICKS
from simlib.years.cases.casebook import Casebook

Whole = NDArray[np.int64]


_STILL = 2
"""Of the parts looked at: new cases, steps that ended, steps that are still at a desk."""


@dataclass(frozen=True, slots=True)
class Moved(Columns):
    """Cases whose due day moves on [moves]; before, after: due ticks."""

    area: Whole
    route: Whole
    before: Whole
    after: Whole


class Standstill:
    """Moves the due days of open cases on."""

    def __init__(self, stops: Stops) -> None:
        self.stops = stops

    def month(
        self, book: Casebook, new: Cases, services: Services, work: OpenWork, *, start: int, end: int
    ) -> Moved:
        """Enter what stopped the clocks in a month: at cases that came, steps that ended, steps at a desk."""
        ended = services.pick(services.completes != 0)
        is_there = (work.standing0 == Standing.WAITING) | (work.standing0 == Standing.IN_HAND)
        is_there |= (work.standing1 == Standing.WAITING) | (work.standing1 == Standing.IN_HAND)
        still = work.pick(is_there)
        rows = np.concatenate([book.find(part) for part in (new.id, ended.case, still.case)])
        parts = np.repeat(np.arange(_STILL + 1), [len(new), len(ended), len(still)])
        step = np.concatenate([np.full(len(new), BEFORE_FIRST, dtype=np.int64), ended.step, still.step])
        entry = np.concatenate([new.accepted, ended.entry, still.entry])
        finish = np.concatenate([new.accepted + 1, ended.finish, np.full(len(still), end, dtype=np.int64)])
        cases = book.rows
        mine = np.flatnonzero(self.stops.of_route[cases.route[rows]] & (cases.due[rows] != NO_CLOCK))
        return self._move(cases, rows[mine], parts[mine], step[mine], entry[mine], finish[mine], start)

    def _move(
        self, cases: Cases, rows: Whole, parts: Whole, step: Whole, entry: Whole, finish: Whole, start: int
    ) -> Moved:
        about, left = self.stops.about(_matters(cases, rows), step), cases.deciding_step[rows] - step
        at_desk = np.where(about.itself & (left >= 0), desk_days(entry, finish, since=start), 0)
        waits = (parts != _STILL) & (about.wait_length > 0) & (left > 0)
        begin = (finish - 1) // DAY_TICKS
        waited = np.zeros_like(rows)
        waited[waits] = wait_days(
            self.stops.calendar, begin[waits], about.wait_kind[waits], about.wait_length[waits]
        )
        moves: list[tuple[int, int, int, int]] = []
        for at in np.flatnonzero(at_desk + waited).tolist():
            row = int(rows[at])
            before = after = int(cases.due[row])
            after += int(at_desk[at]) * DAY_TICKS * (int(entry[at]) <= after)
            after += int(waited[at]) * DAY_TICKS * (int(finish[at]) <= after)
            if after != before:
                cases.due[row] = after
                moves.append((int(cases.area[row]), int(cases.route[row]), before, after))
        return Moved(*np.array(moves, dtype=np.int64).reshape(-1, 4).T)


def _matters(cases: Cases, rows: Whole) -> Matters:
    """The matters behind cases whose route does not run in hours."""
    return Matters(
        cases.route[rows],
        cases.area[rows],
        cases.household[rows],
        cases.matter[rows],
        cases.accepted[rows],
        cases.ineligible[rows],
    )

"""The cases of a run that are still open, and the terms of all of them by the month in which they end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled
from simlib.desks.network import Columns, Growing, Services
from simlib.desks.trace import NO_CLOCK, NOT_SETTLED, Cases, Outcome

Whole = NDArray[np.int64]


class Casebook:
    """Open cases in columns, by ascending id; ids count a run's cases in the order in which they come."""

    def __init__(self, cases: Cases, *, next_id: int) -> None:
        self._cases, self.next_id = Growing(cases, by_row=True), next_id
        self._note()

    @property
    def rows(self) -> Cases:
        """The cases."""
        return self._cases.rows

    def add(self, cases: Cases) -> None:
        """Append new cases, whose ids follow each other from `next_id` on."""
        self._cases.add(cases)
        self.next_id += len(cases)

    def _note(self) -> None:
        """Note which cases are here; those to come follow them as their ids do."""
        self._kept, self._fresh = self.rows.id.copy(), self.next_id

    @property
    def places(self) -> tuple[Whole, int]:
        """Where cases stand: ids of the first rows, ascending; the id of the next row, others count on."""
        return self._kept, self._fresh

    def find(self, ids: Whole) -> Whole:
        """Rows of cases that are here, by id."""
        later = ids - self._fresh + len(self._kept)
        return np.where(ids < self._fresh, np.searchsorted(self._kept, ids), later)

    def keep(self, ids: Whole) -> None:
        """Let go of all cases but those with these ids, which ascend."""
        self._cases.keep(self.find(ids))
        self._note()

    def decisions(self, new: Cases, services: Services, deciding: NDArray[np.bool_]) -> tuple[Cases, Whole]:
        """Which cases a month decided, and when [tick].

        new: the month's new cases; a duty roster settles some at once, whatever is left for the desk.
        deciding: of each activity, whether its end may decide a case; cases are looked up for these alone.
        """
        at_once, book = np.flatnonzero(new.settled != NOT_SETTLED), self._cases.side_by_side
        rows, finish = (np.empty(len(at_once) + len(services), dtype=np.int64) for _ in range(2))
        rows[: len(at_once)], finish[: len(at_once)] = self.find(new.id[at_once]), new.settled[at_once]
        count = _decided(
            (services.case, services.step, services.finish, services.completes, services.activity),
            deciding,
            self.places,
            book,
            len(at_once),
            rows,
            finish,
        )
        decided = np.empty((book.shape[1], count), dtype=np.int64)
        _taken(book, rows, decided)
        return Cases(*decided), finish[:count]


_DECIDING_STEP = Cases.names().index("deciding_step")


@compiled
def _decided(
    services: tuple[Whole, Whole, Whole, Whole, Whole],
    deciding: NDArray[np.bool_],
    places: tuple[Whole, int],
    book: NDArray[np.int64],
    count: int,
    rows: Whole,
    finish: Whole,
) -> int:
    """Write down the rows of cases whose deciding step a service ended, after `count` others, and when.

    places: of cases, as `Casebook` has them; book: their rows. Returns how many. What may be one is found
    first, so that cases are then looked up without waiting for each other.
    """
    case, step, ended, completes, activity = services
    kept, fresh = places
    first, last = count, count
    for at in range(len(case)):
        rows[last] = at
        last += int(deciding[activity[at]] and completes[at] != 0)
    for candidate in range(first, last):
        at = rows[candidate]
        later = case[at] - fresh
        row = later + len(kept) if later >= 0 else np.searchsorted(kept, case[at])
        rows[count], finish[count] = row, ended[at]
        count += int(step[at] == book[row, _DECIDING_STEP])
    return count


@compiled
def _taken(book: NDArray[np.int64], rows: Whole, columns: NDArray[np.int64]) -> None:
    """Write the columns of the first rows named [columns × rows]."""
    for at in range(columns.shape[1]):
        row = rows[at]
        for column in range(len(columns)):
            columns[column, at] = book[row, column]


def is_followed(cases: Cases) -> NDArray[np.bool_]:
    """Which cases are followed until they end: those with a term, and those the family will withdraw."""
    followed: NDArray[np.bool_] = (cases.due != NO_CLOCK) | (cases.outcome == Outcome.WITHDRAWN)
    return followed


@dataclass(frozen=True, slots=True)
class Falling(Columns):
    """Cases by township, kind of term and month in which the term ends [rows].

    legal: 1 where a text sets the term, 0 where it is taken by analogy (reviews). month: from the run-up on.
    due: how many; decided: of them by now; on_time: in time.
    """

    area: Whole
    legal: Whole
    month: Whole
    due: Whole
    decided: Whole
    on_time: Whole


REVIEWS, LEGAL = range(2)
"""Kinds of terms: taken by analogy, and set by a text."""
_DUE, _DECIDED, _ON_TIME = range(3)
_WITHDRAWN = int(Outcome.WITHDRAWN)


class Clocks:
    """The terms of a run's cases as counts, and how many are open.

    ends: the end of each month from the run-up on [tick]. legal_routes: by number of the route.
    """

    def __init__(
        self, ends: Whole, areas: int, legal_routes: NDArray[np.bool_], falling: Falling, open_now: Whole
    ) -> None:
        self.ends, self.legal_routes = ends, legal_routes
        self._count = np.zeros((3, 2, len(ends) + 1, areas), dtype=np.int64)
        for at, name in enumerate(("due", "decided", "on_time")):
            self._count[at, falling.legal, falling.month, falling.area] = getattr(falling, name)
        self.open = open_now.copy()
        """Followed cases that are open, by kind of term and township [2 × areas]."""

    def falling(self) -> Falling:
        """The counts that are not nought."""
        legal, month, area = np.nonzero(self._count[_DUE])
        return Falling(area, legal, month, *self._count[:, legal, month, area])

    def come(self, new: Cases) -> None:
        """Enter a month's new cases; what a duty roster has settled is decided with the month's decisions."""
        cases = new.area, new.route, new.due, new.outcome
        _come(cases, self.legal_routes, self.ends, self._count, self.open)

    def decide(self, decided: Cases, finish: Whole) -> None:
        """Enter a month's decisions."""
        cases = decided.area, decided.route, decided.due, decided.outcome
        _decide(cases, finish, self.legal_routes, self.ends, self._count, self.open)

    def move(self, area: Whole, route: Whole, before: Whole, after: Whole) -> None:
        """Enter terms, not yet decided, that end later than was said before: due ticks [moves]."""
        legal = self.legal_routes[route].astype(np.int64)
        for due, step in ((before, -1), (after, 1)):
            np.add.at(self._count[_DUE], (legal, np.searchsorted(self.ends, due), area), step)

    def counts(self, month: int) -> dict[str, Whole]:
        """Cases falling due in a month, those of them in time, open and overdue at its end [by township].

        Legal terms and reviews are counted apart; open_end counts both.
        """
        late = self._count[_DUE, :, : month + 1].sum(axis=1) - self._count[_DECIDED, :, : month + 1].sum(
            axis=1
        )
        return {
            "falling_due": self._count[_DUE, LEGAL, month],
            "on_time": self._count[_ON_TIME, LEGAL, month],
            "open_end": self.open.sum(axis=0),
            "overdue_open": late[LEGAL],
            "reviews_due": self._count[_DUE, REVIEWS, month],
            "reviews_on_time": self._count[_ON_TIME, REVIEWS, month],
            "reviews_overdue": late[REVIEWS],
        }


@compiled
def _come(
    cases: tuple[Whole, Whole, Whole, Whole],
    legal_routes: NDArray[np.bool_],
    ends: Whole,
    count: NDArray[np.int64],
    open_now: NDArray[np.int64],
) -> None:
    """Count followed cases as open, and their terms in the month in which they end or beyond the plan."""
    area, route, due, outcome = cases
    for row in range(len(area)):
        legal = int(legal_routes[route[row]])
        if due[row] != NO_CLOCK:
            count[_DUE, legal, np.searchsorted(ends, due[row]), area[row]] += 1
        if due[row] != NO_CLOCK or outcome[row] == _WITHDRAWN:
            open_now[legal, area[row]] += 1


@compiled
def _decide(
    cases: tuple[Whole, Whole, Whole, Whole],
    finish: Whole,
    legal_routes: NDArray[np.bool_],
    ends: Whole,
    count: NDArray[np.int64],
    open_now: NDArray[np.int64],
) -> None:
    """Count followed cases as no longer open, and their terms as decided, and as kept."""
    area, route, due, outcome = cases
    for row in range(len(area)):
        legal = int(legal_routes[route[row]])
        if due[row] != NO_CLOCK:
            month = np.searchsorted(ends, due[row])
            count[_DECIDED, legal, month, area[row]] += 1
            if finish[row] <= due[row]:
                count[_ON_TIME, legal, month, area[row]] += 1
        if due[row] != NO_CLOCK or outcome[row] == _WITHDRAWN:
            open_now[legal, area[row]] -= 1

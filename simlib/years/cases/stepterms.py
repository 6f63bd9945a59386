"""Terms of single steps: which steps of a case have one, and whether they were done within it.

A step's term runs in whole working days from when the step comes to its office (the day it comes is not
counted) to its end; one counted from the step before, from the day on which that ended. A step may also have
a term within which it must come there: from acceptance (that day is not counted) to the end of the step
before. Each is counted once, in the year in which its fate is known: done in time, or its last day gone by.
Nothing is read but recorded events: acceptance, entries and finishes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled
from simlib.desks.network import OpenWork, Services
from simlib.desks.norms import Norms
from simlib.policy.procedure import Procedures, Route, Step
from simlib.worktime import DAY_TICKS
from simlib.years.cases.casebook import Casebook

Whole = NDArray[np.int64]

NO_TERM = -1
FOREVER = 1 << 62


class StepTerms:
    """The terms of the steps of all routes; `keys` names them, in the order of their numbers.

    length: of each term [working day].
    """

    def __init__(self, procedures: Procedures, norms: Norms) -> None:
        routes = sorted(procedures.routes.values(), key=lambda route: route.number)
        steps = [step for route in routes for step in route.steps]
        self.keys = tuple(sorted({key for step in steps for key in step.terms}))
        number = {"": NO_TERM} | {key: place for place, key in enumerate(self.keys)}
        self.length = np.array([norms.terms[key] for key in self.keys], dtype=np.int64)
        self._first = np.cumsum([0, *(len(route.steps) for route in routes)])[:-1]
        self._has_terms = np.array([any(step.terms for step in route.steps) for route in routes])
        self._own = np.array([number[step.within] for step in steps], dtype=np.int64)
        self._after_step = np.array([step.after_step for step in steps], dtype=np.int64)
        self._is_timed = procedures.activities_of(_is_timed)
        self._reached = np.array([number[step.reached_within] for step in steps], dtype=np.int64)

    @property
    def _terms(self) -> tuple[NDArray[np.bool_], Whole, Whole, Whole, Whole, Whole]:
        return self._has_terms, self._first, self._own, self._after_step, self._reached, self.length

    def count(self, book: Casebook, services: Services, *, since: int, counts: Whole) -> None:
        """Add the steps that a month's services ended, and those of them done in time.

        since: start of the year; what fell due before it was counted then [tick].
        counts: of steps and of those in time [2 × townships × terms].
        """
        _count(
            (services.case, services.step, services.entry, services.finish),
            (services.completes != 0) & self._is_timed[services.activity],
            (book.rows.area, book.rows.route, book.rows.taken, book.rows.accepted),
            book.places,
            self._terms,
            since,
            counts,
        )

    def overrun(self, book: Casebook, work: OpenWork, *, since: int, end: int, counts: Whole) -> None:
        """Add the steps still to be done whose term ended after `since` and up to the year's `end` [tick]."""
        never = np.full(len(work), FOREVER, dtype=np.int64)
        fallen = np.zeros_like(counts)
        _count(
            (work.case, work.step, work.entry, never),
            np.ones(len(work), dtype=bool),
            (book.rows.area, book.rows.route, book.rows.taken, book.rows.accepted),
            book.places,
            self._terms,
            since,
            fallen,
            end,
        )
        counts[0] += fallen[0]


def _is_timed(route: Route, step: Step) -> bool:
    """Whether a term may end with a step: its own, or that of a later one that must be reached."""
    later = route.steps[route.steps.index(step) + 1 :]
    return bool(step.within) or any(one.reached_within for one in later)


@compiled
def _count(
    services: tuple[Whole, Whole, Whole, Whole],
    counted: NDArray[np.bool_],
    cases: tuple[Whole, Whole, Whole, Whole],
    places: tuple[Whole, int],
    terms: tuple[NDArray[np.bool_], Whole, Whole, Whole, Whole, Whole],
    since: int,
    counts: Whole,
    until: int = FOREVER,
) -> None:
    """Count the ends of steps that have a term, and of those before a step that must be reached within one.

    counted: which services may be one. places: of cases, as `Casebook` has them. until: last tick on which a
    term counts that was not kept.
    """
    case, step, entry, finish = services
    (kept, fresh), (area, route, taken, accepted) = places, cases
    has_terms, first, own_term, after_step, reached_term, length = terms
    for at in range(len(step)):
        if not counted[at]:
            continue
        later = case[at] - fresh
        row = later + len(kept) if later >= 0 else np.searchsorted(kept, case[at])
        if not has_terms[route[row]]:
            continue
        bits, left, place = taken[row], step[at], first[route[row]]
        while bits and (left > 0 or bits & 1 == 0):
            left -= bits & 1
            bits >>= 1
            place += 1
        # what is handed over enters at an opening: the tick before lies in the day on which it was finished
        term, began = own_term[place], entry[at] - after_step[place]
        for _ in range(2):
            if term != NO_TERM:
                due = (began // DAY_TICKS + length[term] + 1) * DAY_TICKS
                in_time = finish[at] <= due
                if in_time or since < due <= until:
                    counts[0, area[row], term] += 1
                if in_time:
                    counts[1, area[row], term] += 1
            is_open = finish[at] == FOREVER
            bits >>= 1
            place += 1
            while bits and (bits & 1 == 0 or (is_open and reached_term[place] == NO_TERM)):
                bits >>= 1
                place += 1
            if not bits:
                break
            term, began = reached_term[place], accepted[row]

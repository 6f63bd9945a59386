"""Terms of single steps: which steps of a case have one, and whether they were done within it.

A step's term runs in whole working days from when the step comes to its office (the day it comes is not
counted) to its end. Each is counted once, in the month in which its fate is known: done in time, or its last
day gone by. Nothing is read but recorded events: entries and finishes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled
from simlib.desks.network import MonthDone, Services, places
from simlib.desks.norms import Norms
from simlib.desks.trace import Cases
from simlib.policy.procedure import Procedures
from simlib.worktime import DAY_TICKS

Whole = NDArray[np.int64]

NO_TERM = -1


class StepTerms:
    """The terms of the steps of all routes; `keys` names them, in the order of their numbers.

    length: of each term [working day].
    """

    def __init__(self, procedures: Procedures, norms: Norms) -> None:
        routes = sorted(procedures.routes.values(), key=lambda route: route.number)
        steps = [step for route in routes for step in route.steps]
        self.keys = tuple(sorted({step.within for step in steps if step.within}))
        number = {key: place for place, key in enumerate(self.keys)}
        self.length = np.array([norms.terms[key] for key in self.keys], dtype=np.int64)
        self._first = np.cumsum([0, *(len(route.steps) for route in routes)])[:-1]
        self._term = np.array([number.get(step.within, NO_TERM) for step in steps], dtype=np.int64)
        self._is_timed = np.zeros(len(procedures.activities), dtype=bool)
        self._is_timed[[step.activity.number for step in steps if step.activity and step.within]] = True

    def count(self, cases: Cases, done: MonthDone, *, areas: int, start: int, end: int) -> Whole:
        """Steps whose fate a month settles, and those of them done in time [2 × townships × terms].

        cases: at least those that were open in the month; start, end: of the month [tick].
        """
        served = self._last_services(done)
        rows = places(cases.id, served.case)
        term = self._terms(cases, rows, served.step)
        due = self._due(served.entry, term)
        in_time = (term != NO_TERM) & (served.finish <= due)
        settled = in_time | ((term != NO_TERM) & (due > start))
        waits_row = places(cases.id, done.work.case)
        waits_term = self._terms(cases, waits_row, done.work.step)
        waits_due = self._due(done.work.entry, waits_term)
        overrun = (waits_term != NO_TERM) & (waits_due > start) & (waits_due <= end)
        counts = np.zeros((2, areas, len(self.keys)), dtype=np.int64)
        np.add.at(counts[0], (cases.area[rows[settled]], term[settled]), 1)
        np.add.at(counts[0], (cases.area[waits_row[overrun]], waits_term[overrun]), 1)
        np.add.at(counts[1], (cases.area[rows[in_time]], term[in_time]), 1)
        return counts

    def _last_services(self, done: MonthDone) -> Services:
        """The services that ended a step in this month, of those that may have a term, by case.

        Of a visit, the later of its two; not the first while the second is still to be made.
        """
        services = done.services
        found = np.flatnonzero(self._is_timed[services.activity])
        served = services.pick(found[np.argsort(services.case[found], kind="stable")])
        ends = np.ones(len(served), dtype=bool)
        ends[:-1] = (np.diff(served.case) != 0) | (np.diff(served.step) != 0)
        served = served.pick(ends)
        if not len(done.work):
            return served
        at = np.minimum(places(done.work.case, served.case), len(done.work) - 1)
        is_open = (done.work.case[at] == served.case) & (done.work.step[at] == served.step)
        return served.pick(~is_open)

    def _terms(self, cases: Cases, rows: Whole, step: Whole) -> Whole:
        """Number of the term of each step, by the row of its case and its place among those taken."""
        term = np.empty(len(rows), dtype=np.int64)
        _look_up(cases.taken[rows], step, self._first[cases.route[rows]], self._term, term)
        return term

    def _due(self, entry: Whole, term: Whole) -> Whole:
        """Last tick in time; without a term, of no meaning [tick]."""
        length = self.length[term] if len(self.length) else np.zeros(len(term), dtype=np.int64)
        due: Whole = (entry // DAY_TICKS + length + 1) * DAY_TICKS
        return due


@compiled
def _look_up(taken: Whole, step: Whole, first: Whole, term_of_step: Whole, term: Whole) -> None:
    """Find the step of the route behind the `step`-th bit that is up, and its term."""
    for row in range(len(step)):
        bits, left, at = taken[row], step[row], first[row]
        while bits and (left > 0 or bits & 1 == 0):
            left -= bits & 1
            bits >>= 1
            at += 1
        term[row] = term_of_step[at]

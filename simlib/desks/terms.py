"""Terms and civil time of cases: when a matter is accepted, when it is due, when work on it can begin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlib.desks.network import Steps
from simlib.desks.norms import NO_CLOCK, Norms
from simlib.policy.procedure import Procedures
from simlib.units import MINUTES_PER_HOUR
from simlib.worktime import HOURS, Calendar

Whole = NDArray[np.int64]

NOT_SETTLED = -1
"""Tick of an answer on duty where there is none."""


class Terms:
    """The clocks of all routes on one calendar; a clock is known by its row, route after route."""

    def __init__(self, procedures: Procedures, norms: Norms, calendar: Calendar) -> None:
        routes = sorted(procedures.routes.values(), key=lambda route: route.number)
        clocks = [clock for route in routes for clock in route.clocks]
        self.calendar = calendar
        self.in_hours = np.array([route.in_hours for route in routes])
        self.kind = np.array([clock.kind for clock in clocks], dtype=np.int64)
        self.length = np.array([norms.terms[clock.length] for clock in clocks], dtype=np.int64)

    def accepted(self, route: Whole, arrival: Whole) -> Whole:
        """The tick at which each matter is taken up; arrival: tick, or civil minute on a route in hours."""
        accepted = arrival.copy()
        here = np.flatnonzero(self.in_hours[route])
        accepted[here] = self.calendar.axis_tick(arrival[here])
        return accepted

    def due(self, clock: Whole, arrival: Whole) -> Whole:
        """The last tick in time of each matter under its clock; NO_CLOCK without one (−1)."""
        due = np.full(len(clock), NO_CLOCK, dtype=np.int64)
        for kind in np.unique(self.kind).tolist():
            here = np.flatnonzero((clock >= 0) & (self.kind[clock] == kind))
            length, begins = self.length[clock[here]], arrival[here]
            if kind == HOURS:
                due[here] = self.calendar.axis_tick(begins + length * MINUTES_PER_HOUR)
            else:
                due[here] = self.calendar.due(begins, kind=kind, length=length)
        return due

    def is_shut(self, minute: Whole) -> NDArray[np.bool_]:
        """Whether desks are shut at a civil minute."""
        shut: NDArray[np.bool_] = self.calendar.axis_tick(minute + 1) == self.calendar.axis_tick(minute)
        return shut

    def settled(self, clock: Whole, arrival: Whole, answer: Whole, due: Whole) -> Whole:
        """When whoever is on duty decided, `answer` minutes after arrival (−1: did not) [tick].

        Late while desks are shut is one tick past the term: the axis of working time stands still then.
        """
        settled = np.full(len(clock), NOT_SETTLED, dtype=np.int64)
        here = np.flatnonzero(answer >= 0)
        late = answer[here] > self.length[clock[here]] * MINUTES_PER_HOUR
        tick = self.calendar.axis_tick(arrival[here] + answer[here])
        settled[here] = np.where(late, np.maximum(tick, due[here] + 1), tick)
        return settled

    def entry(self, ready: Whole, steps: Steps, first: Whole) -> Whole:
        """When the first step of each case comes to its desk: when ready, or after the wait before it [tick].

        first: row of each case's first step. What is ready at the first tick of a day belongs to that day.
        """
        entry = ready.copy()
        waits = np.flatnonzero(steps.wait_length[first])
        kinds, lengths = steps.wait_kind[first[waits]], steps.wait_length[first[waits]]
        for kind, length in {*zip(kinds.tolist(), lengths.tolist(), strict=True)}:
            here = waits[(kinds == kind) & (lengths == length)]
            entry[here] = self.calendar.entry_after(ready[here] + 1, kind=kind, length=length)
        return entry

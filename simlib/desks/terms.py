"""Terms and civil time of cases: when a matter is accepted, when it is due, when work on it can begin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled
from simlib.desks.network import Steps
from simlib.desks.norms import NO_CLOCK, Norms
from simlib.policy.procedure import Procedures
from simlib.units import MINUTES_PER_HOUR
from simlib.worktime import CALENDAR, DAY_TICKS, HOURS, WORKING, Calendar

Whole = NDArray[np.int64]

NOT_SETTLED = -1
"""Tick of an answer on duty where there is none."""
_BY_THE_HOUR = -2
"""Instead of a tick: what the loops below leave to the calendar, since it is rare and depends on sessions."""


class Terms:
    """The clocks of all routes on one calendar; a clock is known by its row, route after route.

    kind, length: of the terms of each clock, one after the other; first: row of each clock's first.
    roll: whether a term in calendar days that ends on a rest day ends on the next working day, or on the last
    one before it.
    """

    def __init__(
        self, procedures: Procedures, norms: Norms, calendar: Calendar, *, roll: bool = True
    ) -> None:
        routes = sorted(procedures.routes.values(), key=lambda route: route.number)
        clocks = [clock for route in routes for clock in route.clocks]
        self.calendar, self.roll = calendar, roll
        self.in_hours = np.array([route.in_hours for route in routes])
        terms = [term for clock in clocks for term in clock.terms]
        self.first = np.cumsum([0, *(len(clock.terms) for clock in clocks)], dtype=np.int64)
        self.kind = np.array([kind for kind, _ in terms], dtype=np.int64)
        self.length = np.array([norms.terms[key] for _, key in terms], dtype=np.int64)

    def accepted(self, route: Whole, arrival: Whole) -> Whole:
        """The tick at which each matter is taken up; arrival: tick, or civil minute on a route in hours."""
        accepted = arrival.copy()
        here = np.flatnonzero(self.in_hours[route])
        accepted[here] = self.calendar.axis_tick(arrival[here])
        return accepted

    def due(self, clock: Whole, arrival: Whole) -> Whole:
        """The last tick in time of each matter under its clock; NO_CLOCK without one (−1)."""
        due = np.empty(len(clock), dtype=np.int64)
        calendar = self.calendar.day_of_workday, self.calendar.workday_of_day
        _due(clock, arrival, (self.first, self.kind, self.length), calendar, self.roll, due)
        here = np.flatnonzero(due == _BY_THE_HOUR)
        hours = self.length[self.first[clock[here]]]
        due[here] = self.calendar.axis_tick(arrival[here] + hours * MINUTES_PER_HOUR)
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
        late = answer[here] > self.length[self.first[clock[here]]] * MINUTES_PER_HOUR
        tick = self.calendar.axis_tick(arrival[here] + answer[here])
        settled[here] = np.where(late, np.maximum(tick, due[here] + 1), tick)
        return settled

    def entry(self, ready: Whole, steps: Steps, first: Whole) -> Whole:
        """When the first step of each case comes to its desk: when ready, or after the wait before it [tick].

        first: row of each case's first step. What is ready at the first tick of a day belongs to that day.
        """
        entry = np.empty(len(ready), dtype=np.int64)
        calendar = self.calendar.day_of_workday, self.calendar.workday_of_day
        _entry(ready, first, (steps.wait_kind, steps.wait_length), calendar, entry)
        here = np.flatnonzero(entry == _BY_THE_HOUR)
        lengths = steps.wait_length[first[here]]
        for length in np.unique(lengths).tolist():
            rows = here[lengths == length]
            entry[rows] = self.calendar.entry_after(ready[rows] + 1, kind=HOURS, length=length)
        return entry


@compiled
def _due(
    clock: Whole,
    arrival: Whole,
    clocks: tuple[Whole, Whole, Whole],
    calendar: tuple[Whole, Whole],
    roll: bool,
    due: Whole,
) -> None:
    """Write when the last term of each matter's clock ends; _BY_THE_HOUR where it runs in hours.

    As `Calendar.due`; a term that follows another is counted from the civil day on which that one ends, which
    is not counted itself. Only a last term in calendar days rolls on to a working day, if any does.
    """
    first, kind, length = clocks
    day_of_workday, workday_of_day = calendar
    for row in range(len(clock)):
        at = clock[row]
        if at < 0:
            due[row] = NO_CLOCK
            continue
        if kind[first[at]] == HOURS:
            due[row] = _BY_THE_HOUR
            continue
        workday = arrival[row] // DAY_TICKS
        if workday >= len(day_of_workday):
            raise IndexError("a term ends after the calendar")
        day = day_of_workday[workday]
        for term in range(first[at], first[at + 1]):
            if kind[term] == WORKING:
                workday = workday_of_day[day + 1] - 1 + length[term]
                if workday >= len(day_of_workday):
                    raise IndexError("a term ends after the calendar")
                day = day_of_workday[workday]
            else:
                day += length[term]
                if day + 1 >= len(workday_of_day):
                    raise IndexError("a term ends after the calendar")
        due[row] = (workday_of_day[day] + 1 if roll else workday_of_day[day + 1]) * DAY_TICKS


@compiled
def _entry(
    ready: Whole, first: Whole, waits: tuple[Whole, Whole], calendar: tuple[Whole, Whole], entry: Whole
) -> None:
    """Write `Calendar.entry_after` the wait before each first step; _BY_THE_HOUR where that is in hours."""
    wait_kind, wait_length = waits
    day_of_workday, workday_of_day = calendar
    for row in range(len(ready)):
        kind, length = wait_kind[first[row]], wait_length[first[row]]
        workday = ready[row] // DAY_TICKS
        if length == 0:
            entry[row] = ready[row]
        elif kind == WORKING:
            entry[row] = (workday + length) * DAY_TICKS
        elif kind == CALENDAR:
            if workday >= len(day_of_workday) or day_of_workday[workday] + length + 1 >= len(workday_of_day):
                raise IndexError("a wait ends after the calendar")
            entry[row] = workday_of_day[day_of_workday[workday] + length + 1] * DAY_TICKS
        else:
            entry[row] = _BY_THE_HOUR

"""Days on which a term stands still, where a local rule says so: counted from what has happened.

The first day is not counted (民法典 art. 201): a wait of ten working days stops the clock for the ten that
follow the day on which it begins, a notice of seven days for the working days among the seven that follow, a
step at a desk from the day after it comes there to the day on which it is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from simlib.desks.trace import Matters, TraceMaker
from simlib.worktime import DAY_TICKS, WORKING, Calendar

Whole = NDArray[np.int64]

BEFORE_FIRST = -1
"""Instead of a step of a case: what comes before its first."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """What stops the clock about some steps of cases [steps].

    itself: whether the step at its desk does. wait_kind, wait_length: of the wait after it that does.
    """

    itself: NDArray[np.bool_]
    wait_kind: Whole
    wait_length: Whole


class Stops:
    """What stops the clocks of a maker's cases."""

    def __init__(self, maker: TraceMaker) -> None:
        routes = sorted(maker.procedures.routes.values(), key=lambda route: route.number)
        self.maker, self.calendar = maker, maker.calendar
        self.of_route = np.array([any(step.stop for step in route.steps) for route in routes])
        self._of_step = np.array([int(step.stop is not None) for route in routes for step in route.steps])

    def about(self, matters: Matters, step: Whole) -> Stopping:
        """What stops the clock about a step of each matter; BEFORE_FIRST: about its acceptance."""
        found = np.zeros((3, len(matters)), dtype=np.int64)
        paths = import_module("simlib.desks.paths")
        given, draws = self.maker.given(matters), paths.Draws(*self.maker.draws(matters))
        paths.stopping(self.maker.rules, self._of_step, matters.route, given, draws, step, found)
        return Stopping(found[0] != 0, found[1], found[2])


def wait_days(calendar: Calendar, begin: Whole, kind: Whole, length: Whole) -> Whole:
    """Working days of waits that begin on working days; kind, length: of each."""
    day = calendar.day_of_workday[begin]
    among = calendar.workday_of_day[day + length + 1] - calendar.workday_of_day[day + 1]
    days: Whole = np.where(kind == WORKING, length, among)
    return days


def desk_days(entry: Whole, end: Whole, *, since: int = 0) -> Whole:
    """Working days from the day after a step comes to its desk (entry) to its end, after `since` [tick].

    What is handed over enters at an opening: the tick before lies in the day on which it was sent.
    """
    first = np.maximum((entry - 1) // DAY_TICKS, since // DAY_TICKS - 1)
    days: Whole = np.maximum((end - 1) // DAY_TICKS - first, 0)
    return days

"""When cases would be decided if nobody ever waited for a desk: the waits the rules set, and the work."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled
from simlib.desks.network import Steps
from simlib.desks.trace import Cases
from simlib.worktime import CALENDAR, DAY_TICKS, HOURS, WORKING, Calendar

Whole = NDArray[np.int64]


def least_finish(cases: Cases, steps: Steps, calendar: Calendar) -> Whole:
    """Tick at which each case would be decided if every step were served the moment it enters [cases].

    steps: of these cases, case after case in the same order. Raises ValueError for waits in hours, which no
    case with a household behind it has.
    """
    if (steps.wait_kind[steps.wait_length > 0] == HOURS).any():
        raise ValueError("a wait in hours has no place on the axis of working days")
    first = np.flatnonzero(np.diff(steps.case, prepend=-1))
    finish = np.empty(len(cases), dtype=np.int64)
    _walk(
        cases.entry,
        first,
        cases.deciding_step,
        (steps.ticks, steps.wait_kind, steps.wait_length),
        (calendar.day_of_workday, calendar.workday_of_day),
        finish,
    )
    return finish


@compiled
def _walk(
    entry: Whole,
    first: Whole,
    deciding: Whole,
    steps: tuple[Whole, Whole, Whole],
    calendar: tuple[Whole, Whole],
    finish: Whole,
) -> None:
    ticks, wait_kind, wait_length = steps
    day_of_workday, workday_of_day = calendar
    for row in range(len(entry)):
        now = entry[row]
        for at in range(first[row], first[row] + deciding[row] + 1):
            length = wait_length[at]
            if at > first[row] and (length > 0 or wait_kind[at] == CALENDAR):
                workday = (now - 1) // DAY_TICKS
                if wait_kind[at] == WORKING:
                    workday += length
                else:
                    workday = workday_of_day[day_of_workday[workday] + length + 1]
                now = max(now, workday * DAY_TICKS)
            now += ticks[at]
        finish[row] = now

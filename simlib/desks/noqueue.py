"""When cases would be decided if nobody ever waited for a desk: the waits the rules set, and the work."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled
from simlib.desks.network import Steps, first_steps
from simlib.desks.trace import Cases
from simlib.worktime import CALENDAR, DAY_TICKS, HOURS, WORKING, Calendar

Whole = NDArray[np.int64]


def least_finish(cases: Cases, steps: Steps, calendar: Calendar, rows: Whole) -> Whole:
    """Tick at which some cases would be decided if every step were served the moment it enters [rows].

    steps: of all cases, case after case in the same order. Raises ValueError for waits in hours, which no
    case with a household behind it has.
    """
    finish = np.empty(len(rows), dtype=np.int64)
    can_be_reckoned = _walk(
        (cases.entry, first_steps(steps), cases.deciding_step),
        rows,
        (steps.ticks, steps.wait_kind, steps.wait_length),
        (calendar.day_of_workday, calendar.workday_of_day),
        finish,
    )
    if not can_be_reckoned:
        raise ValueError("a wait in hours has no place on the axis of working days")
    return finish


@compiled
def _walk(
    cases: tuple[Whole, Whole, Whole],
    rows: Whole,
    steps: tuple[Whole, Whole, Whole],
    calendar: tuple[Whole, Whole],
    finish: Whole,
) -> bool:
    """Write when each case would be decided; return whether no wait before that is in hours.

    cases: when each enters, row of its first step, which of its steps decides.
    """
    entry, first, deciding = cases
    ticks, wait_kind, wait_length = steps
    day_of_workday, workday_of_day = calendar
    for place in range(len(rows)):
        row = rows[place]
        now = entry[row]
        for at in range(first[row], first[row] + deciding[row] + 1):
            length = wait_length[at]
            if length > 0 and wait_kind[at] == HOURS:
                return False
            if at > first[row] and (length > 0 or wait_kind[at] == CALENDAR):
                workday = (now - 1) // DAY_TICKS
                if wait_kind[at] == WORKING:
                    workday += length
                else:
                    workday = workday_of_day[day_of_workday[workday] + length + 1]
                now = max(now, workday * DAY_TICKS)
            now += ticks[at]
        finish[place] = now
    return True

"""Waits and hand-overs that begin or end exactly at noon or at closing: both engines say the same.

On the axis of working time closing and the next opening are one tick, and so are noon and one o'clock.
Tick 0 is the opening of Tuesday 2 January 2024, nine o'clock.
"""

from __future__ import annotations

import numpy as np
import pytest

from simlib.worktime import CALENDAR, HOURS, WORKING
from tests.desks.networks import CALENDAR_2024, Engine
from tests.desks.small import DAY, OTHER, Person, Step, case, month

HOUR = DAY // 8
NOON = 3 * HOUR


@pytest.mark.parametrize(
    ("finish", "kind", "length", "entry"),
    [
        # Ten o'clock and two hours are noon: the desk opens again at one; three hours are one o'clock itself.
        (HOUR, HOURS, 2, NOON),
        (HOUR, HOURS, 3, NOON),
        # Ten o'clock and eight hours are closing; with ten more it is still the next opening.
        (HOUR, HOURS, 8, DAY),
        (HOUR, HOURS, 18, DAY),
        # Done at noon or at closing: hours run from when the desk opens again.
        (NOON, HOURS, 2, 5 * HOUR),
        (DAY, HOURS, 2, DAY + 2 * HOUR),
        # A hand-over, or days, after a finish at closing: that finish belongs to the day it ends.
        (DAY, WORKING, 1, DAY),
        (DAY - 1, WORKING, 1, DAY),
        (DAY + 1, WORKING, 1, 2 * DAY),
        (DAY, CALENDAR, 0, DAY),
    ],
)
def test_what_ends_at_noon_or_closing_enters_at_the_next_opening(
    engine: Engine, finish: int, kind: int, length: int, entry: int
) -> None:
    """Calendar.entry_after is the specification; nothing enters while a desk is shut."""
    two = case(1, 0, Step(finish), Step(10, office=OTHER, wait_kind=kind, wait_length=length))

    result = month(engine, [two], [Person(1), Person(2, office=OTHER)], end=9 * DAY)

    assert result.services.entry.tolist() == [0, entry]
    assert int(CALENDAR_2024.entry_after(np.array(finish), kind=kind, length=length)) == entry

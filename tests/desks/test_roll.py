"""A term in calendar days that ends on a rest day: on the next working day, or on the last one before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest

from simlib.desks.norms import norms_from
from simlib.policy.procedure import Clock, Condition, Procedures
from simlib.worktime import CALENDAR, DAY_TICKS, HOURS, WORKING
from tests.desks.traces import CAL, LAW, PROCEDURES, everything, maker, matters

NOTICE = "clocks.dibao.notice_days"


def under_days() -> Procedures:
    """Small temporary aid with a term of seven calendar days, as a local rule may have it."""
    route = PROCEDURES.routes["temporary_small"]
    clock = Clock(NOTICE, CALENDAR, (), is_legal=True, article="", condition=Condition((), ()))
    routes = {**PROCEDURES.routes, route.id: replace(route, clocks=(clock,))}
    return replace(PROCEDURES, routes=MappingProxyType(routes))


@pytest.mark.parametrize(
    ("accepted", "roll", "due"),
    [
        ("2026-03-02", True, "2026-03-09"),
        ("2026-03-02", False, "2026-03-09"),
        # National Day 2025: 1 to 8 October off
        ("2025-09-24", True, "2025-10-09"),
        ("2025-09-24", False, "2025-09-30"),
        # Qingming 2026: 4 to 6 April off
        ("2026-03-30", True, "2026-04-07"),
        ("2026-03-30", False, "2026-04-03"),
        # Spring Festival 2026: 15 to 23 February off, 14 February (a Saturday) worked
        ("2026-02-09", True, "2026-02-24"),
        ("2026-02-09", False, "2026-02-14"),
    ],
)
def test_a_last_day_of_rest_rolls_on_or_back(accepted: str, roll: bool, due: str) -> None:
    """民法典 art. 203, and the other reading; counted on a wall calendar."""
    procedures = under_days()
    norms = norms_from(procedures, lambda key: LAW.dated(key).entry(date(2026, 1, 1)).value)
    arrival = int(CAL.workday_of_day[CAL.day(date.fromisoformat(accepted))]) * DAY_TICKS + 7
    cases, _ = maker(norms, procedures=procedures, roll=roll).month(
        matters("temporary_small", arrival=arrival)
    )
    last = int(CAL.day_of_workday[(int(cases.due[0]) - 1) // DAY_TICKS])

    assert CAL.date_of(last).isoformat() == due


def test_no_shipped_clock_ends_in_calendar_days() -> None:
    """So the reading moves nothing until a local rule sets such a term; working days and hours never roll."""
    kinds = {
        clock.terms[-1][0] for route in PROCEDURES.routes.values() for clock in route.clocks if clock.terms
    }
    month = everything(50)
    rolled, kept = (maker(roll=roll).month(month)[0] for roll in (True, False))

    assert kinds == {WORKING, HOURS}
    assert rolled.due.tolist() == kept.due.tolist()

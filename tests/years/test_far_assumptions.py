"""Assumptions at the far ends of what may be asked: refused in a line, or simulated; never a traceback."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from simlib.drive.batch import unread
from simlib.errors import ScenarioError
from simlib.scenario import Frozen, Policy
from simlib.worktime import USUAL_DAY
from tests.small import frame, place, run, scenario, setting

LITTLE = place(towns=("640205003",))


@pytest.mark.parametrize(
    ("key", "most"),
    [
        ("clocks__alert__check_working_days", 250),
        ("clocks__dibao__notice_days", 366),
        ("clocks__visits__after_change_hours", 10_000),
        ("lag__check_reply", 250),
        ("minutes__intake", 3000),
        ("flow__enquiries_per_household", 100),
        ("quits__contract_per_year", 60),
    ],
)
def test_beyond_what_a_unit_can_mean_is_refused_with_the_range(key: str, most: int) -> None:
    """A number with three zeros too many stopped the run after minutes, in the middle of an engine."""
    setting(scenario(None, **{key: most}), LITTLE)
    with pytest.raises(ScenarioError, match=f"from 0 to {most:g}".replace("+", ".")):
        setting(scenario(None, **{key: most + 1}), LITTLE)


@pytest.mark.parametrize(
    "far",
    [
        {"clocks__tekun__notice_days": 366, "clocks__tekun__county_working_days": 250},
        {"clocks__dibao__notice_days": 366, "lag__check_reply": 250},
        {"clocks__temporary__emergency_hours": 10_000},
    ],
    ids=", ".join,
)
def test_terms_and_waits_that_end_years_later_have_a_calendar(far: dict[str, Any]) -> None:
    """What comes in the last month of the plan still has a day on which it is due."""
    cases = frame(run(setting(scenario(None, opening=1, **far), LITTLE)), "desk_work")

    assert cases["arrived"].sum() > 0


@pytest.mark.parametrize(
    "much",
    [
        {"spend": "all", "money": "fixed", "cap_yuan": 10_000_000, "price_yuan": 1},
        {"spend": "all", "money": "fixed", "cap_yuan": 10**12, "price_yuan": 50_000},
    ],
)
def test_money_for_more_posts_than_an_office_can_hold_is_refused(much: dict[str, Any]) -> None:
    """Yuan written for ten thousand yuan buy thousands of clerks a township, whom no number tells apart."""
    with pytest.raises(ScenarioError, match="an office may have"):
        setting(scenario(Policy(formula="leshan-2020", **much)), LITTLE)


@pytest.mark.parametrize("part", [{"rest_days": 1}, {"work_days": 1}, {"closed": 1}], ids=str)
def test_a_day_off_in_a_year_nobody_looks_at_is_refused(part: dict[str, int]) -> None:
    """2072 for 2027 changed nothing and said nothing."""
    mistyped = (date(2072, 2, 5),)
    given = {name: Frozen({"640205003": mistyped}) if name == "closed" else mistyped for name in part}
    case = scenario()
    changed: Any = replace(case.future, **given)  # type: ignore[arg-type]

    with pytest.raises(ScenarioError, match="2072-02-05 is not in the calendar"):
        setting(replace(case, future=changed), LITTLE)


def test_usual_terms_need_no_more_of_the_calendar() -> None:
    """One year beyond the plan is enough for every route as the law has it."""
    last = setting(scenario(), LITTLE).calendar
    ready = setting(scenario(clocks__dibao__notice_days=366), LITTLE).calendar

    assert last.date_of(last.days - 1).isoformat() == "2029-12-31"
    assert ready.date_of(ready.days - 1).year > 2029


def test_an_assumption_nothing_reads_is_said() -> None:
    """Moving the synthesis of a place or a local term moves no run: silence would pass for no effect."""
    moved = {
        "places__existing_posts__township_payroll": 4,
        "clocks__local__wuhan__dibao__total_working_days": 9,
    }
    quo, bought = (
        setting(scenario(policy, quits__contract_per_year=0.2, **moved), LITTLE)
        for policy in (Policy(), Policy(formula="leshan-2020", price_yuan=50_000))
    )

    assert unread([quo, bought]) == sorted(key.replace("__", ".") for key in moved)


def test_opening_hours_are_an_assumption() -> None:
    """The hours of the law files are those of a calendar nobody asked for; a place's own move them."""
    own = scenario(office__opens_hour=8.5, office__again_hour=14.5)

    assert setting(scenario()).calendar.sessions == USUAL_DAY
    assert setting(own).calendar.sessions == ((510, 720), (870, 1140))


def test_opening_hours_that_do_not_follow_each_other_are_refused() -> None:
    """A day that rests before it opens has no hours of work."""
    with pytest.raises(ScenarioError, match=r"office\.opens_hour 13, office\.rests_hour 12"):
        setting(scenario(office__opens_hour=13))

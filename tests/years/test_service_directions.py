"""Which way services go as an assumption rises from its low to its high end, all else and all chance alike.

A row an assumption: what a planner expects of it. Money binds in the small place, and so do hands.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simlib.dated import Range
from simlib.results.services import ServiceFrames, service_facts
from simlib.scenario import Policy
from simlib.years.replication import Snapshot
from tests.small import law, opened, place, run, scenario, setting, with_towns

POLICY = Policy(
    services="shizuishan-3pct-cap",
    services_share=0.03,
    mutual_help="both",
    lottery_yuan=600_000,
    services_dates=(date(2027, 1, 1), date(2027, 5, 1)),
)
STAFFED = with_towns(place(), posts_payroll=12)
UP, DOWN = 1, -1

EXPECTED = (
    (
        "services.households_per_worker",
        {"delivered": DOWN, "on_time_share": DOWN, "satisfaction_share": DOWN},
    ),
    ("services.at_work_share", {"delivered": UP, "on_time_share": UP, "satisfaction_share": UP}),
    ("services.provider_speed", {"delivered": UP, "on_time_share": UP, "satisfaction_share": UP}),
    ("services.absence.leave_days", {"delivered": DOWN, "on_time_share": DOWN}),
    ("services.absence.sick_days", {"delivered": DOWN, "on_time_share": DOWN}),
    ("services.absence.training_days", {"delivered": DOWN, "on_time_share": DOWN}),
    ("services.trip_share", {"delivered": DOWN, "on_time_share": DOWN}),
    ("services.skilled_share", {"delivered": UP}),
    ("services.helpers.hardship", {"delivered": UP, "on_time_share": UP, "helped": UP}),
    ("services.helpers.sixty", {"delivered": UP, "on_time_share": UP, "helped": UP}),
    ("services.helper_hours.hardship", {"delivered": UP, "helped": UP}),
    ("services.helper_hours.sixty", {"delivered": UP, "helped": UP}),
    ("services.mutual_help_price_share", {"paid_yuan": UP}),
    ("services.due_days.planned", {"on_time_share": UP}),
    ("services.give_up_days", {"satisfaction_share": DOWN, "delivered": UP}),
    ("services.grant_left_share", {"cap_yuan": UP, "unmet_money": DOWN}),
    ("services.first_assessment_months", {"assessments": DOWN, "orders": DOWN}),
    ("services.satisfaction.base", {"satisfaction_share": UP}),
    ("services.satisfaction.late_day", {"satisfaction_share": DOWN}),
    ("services.satisfaction.unmet", {"satisfaction_share": DOWN}),
    ("services.times_a_year.meals", {"need_met_share": DOWN}),
    ("services.minutes.visit", {"on_time_share": DOWN}),
    ("minutes.service_assessment", {"assessment_hours": UP}),
)


@cache
def _opening() -> Snapshot:
    return opened(setting(scenario(POLICY, years=2), STAFFED))


def facts(policy: Policy = POLICY, **moved: Any) -> pd.Series:
    """What services come to in two years under a policy, with assumptions at an end of their range."""
    tables = run(setting(scenario(policy, years=2, **moved), STAFFED), opening=_opening())
    found: pd.Series = service_facts(ServiceFrames.of(tables, first_year=2027)).iloc[0]
    return found


@pytest.mark.parametrize(("key", "expected"), EXPECTED, ids=[key for key, _ in EXPECTED])
def test_an_assumption_moves_services_as_a_planner_expects(key: str, expected: dict[str, int]) -> None:
    """From the low end to the high end, paired on the same chance."""
    low, high = (facts(POLICY, **{key.replace(".", "__"): end}) for end in ("low", "high"))

    assert {name: int(np.sign(high[name] - low[name])) for name in expected} == expected


def test_every_assumption_on_delivery_stands_in_the_table_or_is_known_to_move_nothing_here() -> None:
    """A range nobody looked at may work the wrong way round."""
    elsewhere = {
        "services.priority_share",  # more townships begin early: more need, and more of it unmet
        "services.due_days.urgent", "services.due_days.soon",  # as those of planned items, for few orders
        "services.block_discount_share",  # of a block: the test below
        "services.return_visit_share", "services.return_visit_minutes",  # told, moves nothing else
        "services.mark_weight.on_time", "services.mark_weight.volume", "services.mark_weight.satisfaction",
        "services.pass_mark",  # of renewal: tests/years/test_service_orders
    }  # fmt: skip
    read = setting(scenario(replace(POLICY, services_contract="block")), STAFFED).assumed.read
    items = ("services.minutes.", "services.times_a_year.", "services.price_yuan.", "services.left_by_aid.")
    ranges = {
        key
        for key in read
        if key.startswith("services.")
        and not key.startswith(items)
        and isinstance(law().dated(key).entries[-1].value, Range)
    }

    assert ranges == {key for key, _ in EXPECTED if key in ranges} | (elsewhere & ranges)
    assert elsewhere <= ranges


def test_a_greater_discount_buys_a_greater_block() -> None:
    """The same sum, a greater volume."""
    block = replace(POLICY, services_contract="block")
    low, high = (facts(block, services__block_discount_share=end) for end in ("low", "high"))

    assert high["unmet_money"] < low["unmet_money"]
    assert high["paid_yuan"] == low["paid_yuan"]


@pytest.mark.parametrize(
    ("policy", "way"),
    [
        (replace(POLICY, services_rationing="equal_share"), UP),
        (replace(POLICY, services_rationing="first_come"), UP),
        (replace(POLICY, special_yuan=9_000_000), UP),
        (replace(POLICY, lottery_yuan=200_000), DOWN),
    ],
    ids=["equal_share", "first_come", "money_for_all", "grade_and_money_short"],
)
def test_fewer_hands_leave_more_families_out_but_where_the_first_grades_take_all_money(
    policy: Policy, way: int
) -> None:
    """Graded and short of money, what hands do not deliver to the first grades frees money for the others:
    fewer orders are met, and more families get one.
    """
    low, high = (facts(policy, services__households_per_worker=end) for end in ("low", "high"))

    assert (high["households_left_out"] - low["households_left_out"]) * way > 0
    assert high["delivered"] < low["delivered"]

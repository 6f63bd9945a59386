"""Rates of the caseload: each period comes from its own text, and no value that cannot be is taken."""

from __future__ import annotations

from typing import Any

import pytest

from simlib.errors import ScenarioError
from tests.small import scenario, setting


@pytest.mark.parametrize(
    ("key", "programme"),
    [
        ("clocks__tekun__rereview_months", "tekun_dispersed"),
        ("clocks__marginal__validity_months", "marginal"),
        ("clocks__rigid__validity_months", "rigid"),
    ],
)
def test_each_programme_is_looked_at_again_by_its_own_text(key: str, programme: str) -> None:
    """2020 意见 art. 7, local validity, 2024 measure art. 10: none follows dibao's article 31."""
    moved: dict[str, Any] = {key: 24}
    life = setting(scenario(**moved)).caseload.life

    assert life[programme].review_months[1] == 24
    assert life["dibao_rural"].review_months == (6, 12)


def test_no_assumption_is_asked_for_a_programme_that_is_recognised_elsewhere() -> None:
    """A number that moves nothing would stand in every list of assumptions."""
    ready = setting(scenario())

    assert "life.monitored.ineligible_per_eligible" not in {*ready.assumed.read, *ready.law.values}
    assert ready.caseload.life["monitored"].ineligible_per_eligible == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("share__check_negative", 2),
        ("share__check_negative", -0.1),
        ("minutes__intake", -5),
        ("minutes__intake", float("nan")),
        ("minutes__intake", float("inf")),
        ("minutes__intake", {"low": 30, "mode": 20, "high": 10}),
        ("lag__check_reply", {"low": "3", "mode": 5, "high": 8}),
        ("clocks__dibao__data_comparison_months", 0),
        ("clocks__dibao__rereview_changing_months", 0),
        ("clocks__visits__high_risk_days", 0),
        ("clocks__visits__key_months", 0.5),
        ("trip__households", 0),
        ("season__from_month", 13),
        ("season__months", 13),
        ("standard__rise_month", 0),
        ("allowance__category", 1),
        ("ramp__speed", 0),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(key: str, value: Any) -> None:
    """Else it ends in a traceback a year later, or in a result nobody can explain."""
    with pytest.raises(ScenarioError, match="^" + key.replace("__", r"\.") + ": "):
        setting(scenario(**{key: value}))


def test_a_fall_of_need_and_an_instant_start_are_values_that_can_be() -> None:
    """Negative where the law's own range is; zero where nothing is divided by it."""
    ready = setting(scenario(trend__needs_per_year=-0.04, ramp__months=0, minutes__decision=0))

    assert ready.caseload.trend == -0.04

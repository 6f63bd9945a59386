"""Readings in the search for what overturns a recommendation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from simlib.drive.flipcommand import _candidates, _changed
from simlib.policy.rules import READINGS
from simlib.scenario import Policy
from tests.small import place, scenario, setting, stored

BOUGHT = Policy(formula="hainan-2n", price_yuan=60_000)


def test_fractions_of_posts_are_no_reading_to_be_simulated() -> None:
    """Rounding `none` shows fractions in a table; nobody is hired by half."""
    ready = setting(scenario(BOUGHT))
    (rounding,) = [
        each for each in _candidates({"a": ready}, "a", ["a"], ["readings"]) if each.key == "reading.rounding"
    ]

    assert "none" in READINGS["rounding"]
    assert {rounding.base, *rounding.ends} == set(READINGS["rounding"]) - {"none"}


def test_an_answer_that_moves_no_post_is_not_simulated(tmp_path: Path) -> None:
    """The option stands as it is: the same scenario, found in the store."""
    home = stored(place(), tmp_path / "small")
    case = replace(scenario(BOUGHT), place=home)
    ready = setting(case)
    moved = _changed(case, ready, {"reading.rounding": "floor"})

    assert moved.policy.reading == {"rounding": "floor"}
    assert _changed(case, ready, {"reading.rounding": "ceil"}) is case

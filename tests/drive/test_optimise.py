"""`simlib optimise` on an experiment that really runs, and the posts it hands to offices."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simlib import words
from simlib.drive.cli import main
from simlib.errors import ScenarioError
from simlib.scenario import Frozen, Policy, load_scenario
from tests.drive.test_plan import workspace
from tests.small import COUNTY, TOWNS, frame, place, run, scenario, setting, stored

PRICED = Policy(price_yuan=60_000)
FAST = ("--workers", "1", "--replications", "2", "--levels", "1", "--bureau-levels", "0")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small experiment."""
    return workspace(tmp_path_factory.mktemp("optimise"))


def _rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[list[dict[str, Any]], str]:
    capsys.readouterr()
    with words.speaking("en"):
        assert main([*arguments, "--format", "json"]) == 0
    told = capsys.readouterr()
    rows: list[dict[str, Any]] = json.loads(told.out)
    return rows, told.err


def test_posts_given_are_posts_bought_office_by_office() -> None:
    """The allocation that is simulated is the one that was asked for, and paid in full."""
    given = {TOWNS[0]: 2, TOWNS[3]: 1, COUNTY: 1}
    ready = setting(scenario(replace(PRICED, posts=Frozen(given))))
    posts = frame(run(ready), "workforce")
    last = posts[(posts["month"] == posts["month"].max()) & (posts["kind"] == "contract")]
    funded = last.groupby("office")["funded"].sum()

    assert funded[funded > 0].to_dict() == given
    assert ready.posts_gap == 4


def test_posts_given_stand_in_place_of_what_a_formula_misses() -> None:
    """The formula still says what is required; who gets posts is the planner's."""
    formula = setting(scenario(replace(PRICED, formula="guangdong-2019")))
    mine = setting(scenario(replace(PRICED, formula="guangdong-2019", posts=Frozen({TOWNS[0]: 3}))))

    assert (mine.counties[COUNTY].required == formula.counties[COUNTY].required).all()
    assert mine.counties[COUNTY].gap.tolist() == [3, 0, 0, 0, 0, 0, 0]


def test_no_posts_given_is_as_today() -> None:
    """An allocation of nothing buys nobody: the same desks, the same cases."""
    nothing = run(setting(scenario(replace(PRICED, posts=Frozen({TOWNS[0]: 0})))))

    assert nothing["desk_work"].equals(run(setting(scenario()))["desk_work"])


def test_a_post_for_an_office_that_is_not_there_is_refused() -> None:
    """A code mistyped would otherwise be money lost without a word."""
    with pytest.raises(ScenarioError, match="999999999"):
        setting(scenario(replace(PRICED, posts=Frozen({"999999999": 1}))))


@pytest.mark.parametrize("count", ["-1", "1.5", "yes", "1000"])
def test_posts_are_small_whole_numbers(tmp_path: Path, count: str) -> None:
    """Half a post cannot be bought; a thousand is a slip of the pen."""
    stored(place(), tmp_path / "home")
    file = tmp_path / "mine.yaml"
    file.write_text(f"kind: scenario\nplace: home\npolicy: {{posts: {{640205003: {count}}}}}\n", "utf-8")

    with pytest.raises(ScenarioError, match="640205003"):
        load_scenario(file)


def test_posts_are_read_from_a_scenario_file(tmp_path: Path) -> None:
    """Codes are written as numbers or as texts."""
    stored(place(), tmp_path / "home")
    file = tmp_path / "mine.yaml"
    file.write_text("kind: scenario\nplace: home\npolicy: {posts: {640205003: 2, '640205': 1}}\n", "utf-8")

    assert load_scenario(file).policy.posts == {"640205003": 2, "640205": 1}


@pytest.mark.slow
def test_formulas_stand_beside_the_best_use_of_as_many_posts(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is better than the best; what is wasted and lacking is never negative; fresh chance answers."""
    rows, told = _rows(capsys, "optimise", str(file), *FAST, "--fresh-replications", "2")

    assert len(rows) == 4
    assert "2 scenarios × 2 replications" in told
    for row in rows:
        assert row["lacking_cases"] >= -1e-9
        assert row["wasted_posts"] >= 0
        assert row["gap_cases"] >= 0
        assert row["best_share"] >= row["on_time_share"] - 0.01
        assert row["fresh_late"] >= 0
        assert row["fresh_fewer_best_low"] <= row["fresh_fewer_best"] <= row["fresh_fewer_best_high"]


@pytest.mark.slow
def test_an_allocation_is_told_office_by_office(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two posts, or the money for two, are the same two posts; every township is named."""
    options = (*FAST, "--fresh-replications", "0")
    rows, told = _rows(capsys, "optimise", str(file), *options, "--posts", "2")
    same, _ = _rows(capsys, "optimise", str(file), *options, "--money-yuan", "179999")

    assert rows == same
    assert [row["area_code"] for row in rows] == [COUNTY, *TOWNS]
    assert sum(row["posts_bought"] for row in rows) <= 2
    assert "gap to the bound" in told


@pytest.mark.slow
def test_the_frontier_only_falls(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """More money, well used, never leaves more families waiting."""
    rows, _ = _rows(capsys, "optimise", str(file), *FAST, "--list", "frontier")
    late = [row["breaches"] for row in rows]

    assert [row["posts"] for row in rows] == list(range(6))
    assert late == sorted(late, reverse=True)
    assert rows[2]["cost_yuan_year1"] == 120_000
    assert all(row["bound"] <= row["breaches"] + 1e-9 for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("option", "told"),
    [
        (["--target", "1.5"], "--target"),
        (["--target", "nan"], "--target"),
        (["--posts", "1", "--view", "gird"], "gird"),
        (["--list", "offices"], "--posts"),
        (["--posts", "-1"], "--posts"),
        (["--levels", "0"], "--levels"),
        (["--money-yuan", "-1"], "--money-yuan"),
        (["--target", "-0.5"], "--target"),
    ],
)
def test_what_cannot_be_allotted_is_said(
    file: Path, capsys: pytest.CaptureFixture[str], option: list[str], told: str
) -> None:
    """Exit 2 with the reason."""
    with words.speaking("en"):
        assert main(["optimise", str(file), *FAST, *option]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.slow
def test_a_target_out_of_reach_is_an_answer(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The best there is stands below the line that says so: a result, no mistake of the planner's."""
    rows, told = _rows(capsys, "optimise", str(file), *FAST, "--fresh-replications", "0", "--target", "1")
    best, _ = _rows(capsys, "optimise", str(file), *FAST, "--fresh-replications", "0", "--posts", "5")

    assert rows == best
    assert "out of reach" in told


@pytest.mark.slow
def test_transfers_are_listed_post_by_post(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who gives to whom, by name, and what it leaves."""
    rows, _ = _rows(capsys, "optimise", str(file), *FAST, "--list", "transfers")

    for row in rows:
        assert {row["from_code"], row["to_code"]} <= set(TOWNS)
        assert row["breaches_after"] <= row["breaches_before"]

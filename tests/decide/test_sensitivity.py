"""One assumption at a time: differences are the assumption's doing, and go where a planner expects."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simlib.dated import Range
from simlib.decide.expected import agrees, direction, expectations
from simlib.decide.sensitivity import ALL, CHOSEN, GROUPS, members, movable, one_at_a_time
from simlib.errors import ScenarioError
from simlib.runs import work
from simlib.runs.settings import setting_of
from simlib.scenario import BY_LAW, Future, Policy
from simlib.years.setting import Setting
from tests.decide.movers import WORLDS, busy_place, troubled
from tests.small import law, opened, place, scenario, setting, stored

BOUGHT = Policy(formula="guangdong-2019", price_yuan=60_000, purchase=BY_LAW)
STANDARD_ERRORS = 4


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """A small scenario on disk, two replications of a year."""
    home = stored(place(), tmp_path_factory.mktemp("place") / "small")
    case = scenario(BOUGHT, opening=1)
    return setting_of(replace(case, place=home, run=replace(case.run, replications=2)))


def test_the_groups_are_the_files_of_assumptions() -> None:
    """A planner asks for all of workforce, budget or procurement by one word."""
    sizes = {group: len(members(law(), group)) for group in GROUPS}

    assert min(sizes.values()) > 10
    assert "quits.contract_per_year" in members(law(), "workforce")
    assert members(law(), "nothing") == []


def test_only_what_the_scenario_reads_is_moved() -> None:
    """Without contracts no assumption on providers can move anything; it is named, not run."""
    without = setting(scenario(replace(BOUGHT, purchase="none")))
    chosen, unread = movable(without, ["procurement"])

    assert chosen == []
    assert "procurement.default_worst" in unread


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("quits.contract_per_yaer", "quits.contract_per_year"),
        ("workfroce", "workforce"),
        ("wisn.review", "wisn"),
        ("clocks.dibao.decision_working_days", "range|上下限|no assumption|没有"),
    ],
)
def test_what_cannot_be_moved_is_refused_with_the_nearest(asked: str, told: str) -> None:
    """A misspelt key would otherwise be a row that never moves."""
    with pytest.raises(ScenarioError, match=told):
        movable(setting(scenario(BOUGHT)), [asked])


def test_a_value_the_scenario_sets_itself_is_where_it_stands() -> None:
    """A planner's own figure is the middle; an end at which it stands already is not run again."""
    ready = setting(scenario(BOUGHT, quits__contract_per_year="high"))
    (found,), _ = movable(ready, ["quits.contract_per_year"])

    assert (found.low, found.base, found.high) == (0.08, 0.2, 0.2)
    assert found.ends() == ["low"]


def test_a_table_has_a_row_for_each_assumption_and_measure(ready: Setting, tmp_path: Path) -> None:
    """Paired by replication: what a later vote cannot touch differs by exactly nothing."""
    chosen, _ = movable(ready, ["budget.months_before_vote", "budget.payroll_yuan"])
    found = one_at_a_time(ready, chosen, tmp_path, workers=1, measures=(*CHOSEN, "payroll_yuan"))
    table = found.table().set_index(["key", "measure"])

    assert len(table) == 2 * (len(CHOSEN) + 1)
    assert set(table["n"]) == {2}
    untouched = table.loc["budget.payroll_yuan"].drop(index="payroll_yuan")
    assert (untouched[["at_low", "at_high"]] == 0).to_numpy().all()
    assert set(untouched["moves"]) == {"–"}
    assert table.loc[("budget.payroll_yuan", "payroll_yuan"), "moves"] == "↑"
    assert table.loc[("budget.payroll_yuan", "payroll_yuan"), "expected"] == "↑"
    assert table.loc[("budget.payroll_yuan", "payroll_yuan"), "as_expected"] == "yes"
    assert set(untouched["expected"]) == {""}
    low = found.difference("budget.payroll_yuan", "payroll_yuan", "low", "base")
    assert table.loc[("budget.payroll_yuan", "payroll_yuan"), "at_low"] == pytest.approx(low.mean())


def test_what_is_stored_is_not_simulated_again(
    ready: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another key of the same scenario costs its own two runs only; the same key costs nothing."""
    chosen, _ = movable(ready, ["budget.payroll_yuan"])
    first = one_at_a_time(ready, chosen, tmp_path, workers=1)
    for name in ("open_batch", "simulate_batch"):
        monkeypatch.setattr(work, name, lambda *_, **__: pytest.fail("computed again"))

    again = one_at_a_time(ready, chosen, tmp_path, workers=1)
    pd.testing.assert_frame_equal(first.table(), again.table())


def test_an_unknown_measure_is_refused_before_anything_runs(ready: Setting, tmp_path: Path) -> None:
    """With those there are."""
    with pytest.raises(ScenarioError, match="on_time_share"):
        one_at_a_time(ready, [], tmp_path, measures=("on_tme_share",))

    assert not list(tmp_path.iterdir())


def test_money_and_contracts_leave_the_run_up_alone() -> None:
    """Alternatives that differ in them share their opening: the same hash, and really the same state."""
    plain = setting(scenario(BOUGHT))
    late: dict[str, Any] = {"budget__rest_month": "high", "procurement__default_worst": "high"}
    moved = setting(scenario(BOUGHT, **late))
    frozen = setting(replace(scenario(BOUGHT), future=Future(freeze_month=7, freeze_share=0.3)))
    states = [opened(each).arrays() for each in (plain, moved, frozen)]

    assert plain.opening_hash == moved.opening_hash == frozen.opening_hash
    assert len({plain.hash, moved.hash, frozen.hash}) == 3
    for state in states[1:]:
        assert all(np.array_equal(state[name], states[0][name]) for name in states[0])
    assert setting(scenario(BOUGHT, quits__payroll_per_year="high")).opening_hash != plain.opening_hash


def test_an_arrow_needs_an_interval_without_zero_and_two_replications() -> None:
    """One replication has no interval, so nothing is said of it."""
    ends = ((0.5, 1.5), (-0.5, 1.5), (-2.0, -1.0))

    assert [direction(1, low, high, 9) for low, high in ends] == ["↑", "–", "↓"]
    assert direction(1, 1, 1, 1) == "–"


def test_every_direction_planners_expect_is_proved_in_a_world() -> None:
    """What pages show as expected is what the proofs hold, no more and no less; each is a known range."""
    proved = [pair for world in WORLDS.values() for pair in world.expected]
    known = law().values

    assert sorted(proved) == sorted(expectations())
    assert all(isinstance(known[key].entries[-1].value, Range) for key, _ in proved)
    assert {measure for _, measure in proved} <= set(ALL)


def test_the_table_says_whether_a_direction_is_the_one_expected() -> None:
    """Against the expectation is no; what may be chance is unsure; nothing is said where none is expected."""
    seen = [agrees("quits.contract_per_year", "vacancy_share", arrow) for arrow in ("↑", "↓", "–")]

    assert seen == ["yes", "no", "unsure"]
    assert agrees("quits.contract_per_year", "leakage_yuan", "↑") == ""


@pytest.mark.prove
@pytest.mark.parametrize("name", WORLDS)
def test_assumptions_move_measures_the_way_planners_expect(name: str, tmp_path: Path) -> None:
    """MODEL §7's ranges, from the low to the high end: every mean difference beyond 4 standard errors."""
    world = WORLDS[name]
    ready = setting_of(troubled(busy_place(tmp_path / "place", world), world))
    chosen, _ = movable(ready, world.keys)
    found = one_at_a_time(ready, chosen, tmp_path / "out", workers=2, measures=world.measures)
    wrong = []
    for key, measure in world.expected:
        way, why = expectations()[key, measure].way, expectations()[key, measure].why["en"]
        each = found.difference(key, measure)
        error = each.std(ddof=1) / math.sqrt(len(each))
        if each.mean() * way <= STANDARD_ERRORS * error:
            wrong.append(f"{key} {measure}: {each.mean():.4g} ± {error:.2g}; {why}")

    assert wrong == []

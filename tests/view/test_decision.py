"""The decision in words says what the figures say and no more."""

from __future__ import annotations

import pandas as pd

from simlib.view.contract import EQUAL_MONEY, GRID
from simlib.view.decision import decision, few, options, overlapping
from simlib.view.names import Names
from tests.view.synthetic import FakeExperiment, fake_cells, fake_summary


def _with_share(summary: pd.DataFrame, scenario: str, mean: float, low: float, high: float) -> pd.DataFrame:
    changed = summary.copy()
    rows = (changed["scenario"] == scenario) & (changed["measure"] == "on_time_share")
    changed.loc[rows, ["mean", "low", "high"]] = [mean, low, high]
    return changed


def test_options_have_one_row_a_cell_in_the_order_of_the_experiment(experiment: FakeExperiment) -> None:
    """A table that reorders options makes pages hard to compare."""
    table = options(experiment.summary(), GRID)

    assert list(table["scenario"]) == [cell.id for cell in fake_cells() if cell.view == GRID]
    assert table["posts_required"].notna().all()


def test_the_best_option_is_named_first_with_its_rate(experiment: FakeExperiment, names: Names) -> None:
    """The first sentence is what a leader reads."""
    summary = _with_share(experiment.summary(), "leshan-2020+plain", 0.99, 0.985, 0.995)

    first = decision(summary, names)[0]

    assert "乐山2‰＋全市每年600万元" in first
    assert "99.0%" in first


def test_an_option_whose_interval_overlaps_is_not_called_worse(names: Names) -> None:
    """A difference within chance is no finding."""
    summary = fake_summary(fake_cells())
    apart = _with_share(summary, "leshan-2020+plain", 0.999, 0.998, 1.0)
    alike = _with_share(apart, "hainan-2n+plain", 0.99, 0.97, 0.9985)

    assert "可以分出高下" in decision(apart, names)[1]
    assert "另有1个方案" in decision(alike, names)[1]


def test_overlap_counts_a_shared_end(names: Names) -> None:
    """Intervals that touch are not apart."""
    table = pd.DataFrame({"on_time_share_low": [0.8, 0.6], "on_time_share_high": [0.9, 0.8]})

    assert len(overlapping(table, table.iloc[0])) == 2


def test_the_equal_money_view_is_always_spoken_of(experiment: FakeExperiment, names: Names) -> None:
    """More posts trivially wait less, so the grid alone misleads."""
    assert len(options(experiment.summary(), EQUAL_MONEY)) == 3
    assert any("经费相同时" in line for line in decision(experiment.summary(), names))


def test_few_replications_are_said_and_enough_are_not(names: Names) -> None:
    """An interval from a handful of replications is a hint, not a finding."""
    scarce, ample = fake_summary(fake_cells(), 19), fake_summary(fake_cells(), 20)

    assert few(scarce) == 19
    assert few(ample) is None
    assert any("19" in line and "参考" in line for line in decision(scarce, names))
    assert not any("参考" in line for line in decision(ample, names))


def test_the_cheapest_of_equals_is_offered_with_what_it_saves(names: Names) -> None:
    """Planners look for the least money that does as well."""
    summary = fake_summary(fake_cells())
    summary = _with_share(summary, "hainan-2n+double", 0.95, 0.9, 0.99)
    summary = _with_share(summary, "leshan-2020+plain", 0.94, 0.89, 0.98)

    told = " ".join(decision(summary, names))

    assert "支出最少的是“乐山2‰＋全市每年600万元”" in told
    assert "少花3,600万元" in told


def test_nothing_is_invented_without_results(names: Names) -> None:
    """An empty experiment gives one honest sentence."""
    empty = fake_summary(fake_cells()).iloc[:0]

    assert decision(empty, names) == ("没有可比较的结果。",)

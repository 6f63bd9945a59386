"""Risks in figures that stand in the summary; exclusion and leakage whose parts make the whole."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from simlib.view.names import Names, percent
from simlib.view.riskcharts import exclusion, leakage
from simlib.view.risks import EXCLUSION, LEAKAGE, leakage_table, risks, worst_townships
from tests.view.synthetic import FakeExperiment

CELL = "hainan-2n+plain"


@pytest.fixture(scope="module")
def parted(experiment: FakeExperiment) -> pd.DataFrame:
    """The summary with exclusion and leakage in parts: a half, a third, the rest."""
    summary = experiment.summary()
    parts = []
    for measures, whole, shares in (
        (EXCLUSION, "excluded_months", (0.5, 0.3, 0.2)),
        (LEAKAGE, "overpaid_yuan", (0.6, 0.4)),
    ):
        for measure, share in zip(measures, shares, strict=True):
            rows = summary[summary["measure"] == whole].assign(measure=measure)
            parts.append(rows.assign(**{end: rows[end] * share for end in ("mean", "low", "high")}))
    return pd.concat([summary, *parts], ignore_index=True)


def test_risks_name_the_latest_township_and_the_swing(experiment: FakeExperiment, names: Names) -> None:
    """A planner answers for the families of that township."""
    told = risks(experiment, CELL, names).text
    townships = experiment.townships(CELL).sort_values("on_time_share")
    rows = experiment.summary()
    row = rows[(rows["scenario"] == CELL) & (rows["measure"] == "on_time_share") & (rows["year"] == 0)].iloc[
        0
    ]

    assert f"{townships['county'].iloc[0]}{townships['area'].iloc[0]}" in told
    assert percent(float(row["low"])) in told
    assert "垫付410万元" in told


def test_the_worst_townships_are_the_ten_latest(experiment: FakeExperiment, names: Names) -> None:
    """In order, the latest first."""
    townships = experiment.townships(CELL)
    block = worst_townships(townships, names)
    latest = sorted(townships["on_time_share"])[:10]

    assert block.html.count("<tr") == 1 + len(latest)
    assert all(percent(share) in block.text for share in latest)


def test_the_parts_of_a_bar_make_the_whole(parted: pd.DataFrame, names: Names) -> None:
    """Nothing is clipped: the parts drawn sum to exclusion and to leakage."""
    (chart,) = exclusion(parted, names)
    (money,) = leakage(parted, names)
    drawn, paid = (
        pd.DataFrame(next(iter(json.loads(one.to_json())["datasets"].values()))) for one in (chart, money)
    )
    grid = parted[(parted["view"] == "grid") & (parted["year"] == 0)]
    whole = grid[grid["measure"] == "excluded_months"]["mean"].to_numpy()
    yuan = grid[grid["measure"] == "overpaid_yuan"]["mean"].to_numpy()

    assert np.allclose(drawn.groupby("option_title", sort=False)["amount"].sum(), whole)
    assert np.allclose(paid.groupby("option_title", sort=False)["amount"].sum() * 10_000, yuan)


def test_what_was_not_measured_is_not_drawn(experiment: FakeExperiment, names: Names) -> None:
    """An older run has no parts."""
    summary = experiment.summary()

    assert exclusion(summary, names) == []
    assert leakage(summary, names) == []
    assert "risks.cause" not in leakage_table(summary, names).html


def test_a_bad_run_is_the_worst_that_was_simulated(experiment: FakeExperiment, names: Names) -> None:
    """The end of an interval of a mean says how sure the mean is, nothing of how bad one run may be."""
    seen = experiment.by_replication("on_time_share")
    mine = seen.loc[seen["scenario"] == CELL, "value"]
    told = risks(experiment, CELL, names).text

    assert percent(float(mine.min())) in told
    assert str(len(mine)) in told

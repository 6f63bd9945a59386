"""Regret over futures, by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from simlib.decide.regret import regrets


def _seen() -> pd.DataFrame:
    values = {
        ("steady", "calm"): (0.80, 0.82),
        ("steady", "storm"): (0.78, 0.80),
        ("bold", "calm"): (0.94, 0.96),
        ("bold", "storm"): (0.40, 0.42),
        ("safe", "calm"): (0.70, 0.72),
        ("safe", "storm"): (0.79, 0.81),
    }
    rows = [(*key, n, value) for key, each in values.items() for n, value in enumerate(each)]
    return pd.DataFrame(rows, columns=["option", "future", "replication", "value"])


def test_least_regret_is_not_the_best_mean_of_one_future() -> None:
    """Steady gives away 0.14 at most, safe 0.24, bold 0.39; bold is best in the calm."""
    table = regrets(_seen(), larger_is_better=True).set_index("option")

    assert list(table.index) == ["steady", "safe", "bold"]
    assert table["regret"].tolist() == pytest.approx([0.14, 0.24, 0.39])
    assert table.loc["bold", "regret_future"] == "storm"
    assert table.loc["bold", "worst"] == pytest.approx(0.41)
    assert table.loc["steady", "mean"] == pytest.approx(0.80)


def test_of_costs_the_smaller_is_better() -> None:
    """The same figures read as costs turn the order round."""
    table = regrets(_seen(), larger_is_better=False).set_index("option")

    assert table.loc["bold", "regret"] == pytest.approx(0.24)
    assert table.loc["bold", "worst_future"] == "calm"
    assert table.loc["bold", "worst"] == pytest.approx(0.95)

"""Regret over futures, by hand."""

from __future__ import annotations

import math

import numpy as np
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


@pytest.mark.parametrize("spread", [0.0, 0.5, 3.0], ids=["all_alike", "near", "apart"])
def test_the_interval_holds_though_rival_and_future_were_picked(spread: float) -> None:
    """Of options all alike the best of five futures leads by luck; its own interval would forget that."""
    chance, trials, covered = np.random.default_rng(8), 80, 0
    true = spread * np.array([[1.0, 0.4, -0.2], [-0.3, 0.2, 0.1], [0.0, 0.0, 0.6], [0.1, 0.1, 0.1]])
    names = pd.MultiIndex.from_product([["a", "b", "c"], list("pqrs")], names=["option", "future"])
    right = float((true.max(axis=1) - true[:, 0]).max())
    for _ in range(trials):
        drawn = true.T.ravel() + chance.normal(size=(20, 1)) + chance.normal(size=(20, 12))
        seen = names.repeat(20).to_frame(index=False)
        seen = seen.assign(replication=np.tile(np.arange(20), len(names)), value=drawn.T.ravel())
        found = regrets(seen, larger_is_better=True)
        mine = found["option"] == "a"
        covered += bool(
            (found[mine]["regret_low"] <= right).all() and (right <= found[mine]["regret_high"]).all()
        )

    assert covered / trials >= 0.95 - 2 * math.sqrt(0.95 * 0.05 / trials)


def test_an_option_nothing_beats_gives_nothing_away() -> None:
    """Alone, or ahead everywhere."""
    lone = regrets(_seen().query("option == 'bold'"), larger_is_better=True).iloc[0]
    ahead = regrets(_seen().query("option != 'safe' and future == 'calm'"), larger_is_better=True).iloc[0]

    assert (lone["regret"], lone["regret_low"], lone["regret_high"]) == (0, 0, 0)
    assert (ahead["option"], ahead["regret"], ahead["regret_low"]) == ("bold", 0, 0)

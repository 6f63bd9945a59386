"""Options side by side: differences are paired by replication, and told for the yuan that made them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simlib.results.tradeoff import (
    PER_YUAN,
    difference,
    for_yuan,
    is_apart,
    moved,
    told,
)

NOISE = np.array([0.0, 40.0, -30.0, 25.0, -35.0, 10.0, 5.0, -15.0])


def facts(mean: float, yuan: float) -> pd.DataFrame:
    """Orders delivered with much noise that every option shares, a little of their own, and what was paid."""
    own = np.array([0.5, -0.5] * 4) * (mean > 100)
    return pd.DataFrame({"replication": range(8), "delivered": mean + NOISE + own, "paid_yuan": yuan})


def test_a_difference_is_far_narrower_than_the_options_it_is_formed_of() -> None:
    """Common chance cancels: single intervals overlap, the paired difference is told from 0."""
    few, many = facts(100, 50_000), facts(110, 70_000)
    mean, low, high, count = moved(many, few, "delivered")
    one, other = told(few, "delivered"), told(many, "delivered")

    assert one[2] > other[1]
    assert (mean, count) == (10.0, 8)
    assert is_apart((mean, low, high, count))
    assert high - low < 0.05 * (one[2] - one[1])


def test_a_difference_is_told_for_the_yuan_that_made_it() -> None:
    """Ten orders for 20,000 yuan more are five for ten thousand."""
    few, many = facts(100, 50_000), facts(110, 70_000)

    assert for_yuan(many, few, "delivered", 20_000)[0] == pytest.approx(10 * PER_YUAN / 20_000)
    with pytest.raises(ValueError, match="no yuan"):
        for_yuan(many, few, "delivered", 0)


def test_only_replications_that_both_have_are_paired() -> None:
    """An option that stopped early is compared on what both lived through."""
    few, many = facts(100, 1), facts(110, 1)

    assert len(difference(many, few.iloc[:3], "delivered")) == 3
    assert not is_apart(moved(many.iloc[:1], few, "delivered"))

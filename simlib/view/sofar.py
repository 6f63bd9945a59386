"""What stands since January, month by month: means of the replications as whole fen, half up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from simlib.units import MONTHS_PER_YEAR

KEYS = ["county_code", "line", "source"]
"""What a row of a form on money is about."""


def half_up(sums: pd.Series | pd.DataFrame, count: int) -> Any:
    """The mean of `count` replications as whole fen, half up; sums: of all replications."""
    return (2 * sums + count) // (2 * count)


def since_january(money: pd.DataFrame, months: Sequence[int], count: int) -> pd.DataFrame:
    """What stands since January by county, line, source and month [fen]: the mean, half up.

    money: amounts of single months, all replications. months: those of the plan, with or without an amount.
    """
    sums = money.groupby([*KEYS, "month"])["fen"].sum().unstack("month")
    filled = sums.reindex(columns=list(months)).fillna(0).astype("int64").T
    so_far = filled.groupby(filled.index // MONTHS_PER_YEAR).cumsum()
    whole: pd.DataFrame = half_up(so_far, count)
    stacked: pd.DataFrame = (
        whole.T.rename_axis(columns="month")
        .melt(ignore_index=False, value_name="fen")
        .set_index("month", append=True)
    )
    return stacked

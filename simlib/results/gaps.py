"""Gaps in what was bought: posts without a contract, posts left unmanned, households they were there for.

gaps, workforce: those tables of a run with a calendar `year`. Each function tells a value by replication, for
the replications that have any.
"""

from __future__ import annotations

import pandas as pd

from simlib.units import MONTHS_PER_YEAR


def post_days(gaps: pd.DataFrame, *causes: str) -> pd.Series:
    """Days on which posts stood without a contract, of some causes or all [post-day]."""
    mine = gaps[gaps["cause"].isin(causes)] if causes else gaps
    return mine.groupby("replication")["post_days"].sum()


def household_days(gaps: pd.DataFrame, *causes: str) -> pd.Series:
    """Service gap: posts without a contract ÷ the county's posts × its households × days [household-day].

    causes: as `post_days` takes them; `first` is the wait for the first contract, from the day of the money.
    """
    mine = gaps[gaps["cause"].isin(causes)] if causes else gaps
    share = mine["post_days"] / mine["posts"].where(mine["posts"] > 0, 1)
    return (share * mine["households"]).groupby(mine["replication"]).sum()


def unmanned_days(workforce: pd.DataFrame) -> pd.Series:
    """Posts under a contract that were left unmanned × the days of their month [post-day]."""
    months = workforce["year"].astype(str) + "-" + (workforce["month"] % MONTHS_PER_YEAR + 1).astype(str)
    length = pd.to_datetime(months, format="%Y-%m").dt.days_in_month
    return (workforce["unmanned_milli"] * length / 1000).groupby(workforce["replication"]).sum()

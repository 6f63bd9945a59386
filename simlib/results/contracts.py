"""What contracts left undone, from the tables of contracts and their steps: days unmanned, days without one.

All in post-days: a day of one post. A day of a contract counts from its first to the day before its last.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from simlib.units import SHARE_ONE

KEY = ["replication", "county_code", "lot", "sequence"]


def gap_days(contracts: pd.DataFrame, *, replications: pd.Index, last: np.datetime64) -> pd.Series:
    """Post-days without a contract between two, by replication; a gap open at the end counts until `last`.

    last: the day after the plan. Before the first contract of a lot there is none to miss: that is waiting
    for the purchase, which posts not filled show.
    """
    if contracts.empty:
        return pd.Series(0.0, index=replications)
    latest = contracts.sort_values(KEY).groupby(KEY[:3]).tail(1)
    open_days = _days(latest["ends_on"], last).where(latest["end_reason"] != "running", 0)
    closed = (contracts["gap_days"] * contracts["posts"]).groupby(contracts["replication"]).sum()
    still = (open_days * latest["posts"]).groupby(latest["replication"]).sum()
    return closed.add(still, fill_value=0).reindex(replications, fill_value=0).astype(float)


def unmanned_days(
    contracts: pd.DataFrame,
    steps: pd.DataFrame,
    *,
    replications: pd.Index,
    first: np.datetime64,
    last: np.datetime64,
    failing_share: float,
) -> pd.Series:
    """Post-days that providers left unmanned under their contracts, as expected from their shares.

    first, last: the plan's first day and the day after it. Until a provider fails it misses its own share of
    the days, from then until the contract ends the greater of that and failing_share [0..1].
    """
    if contracts.empty:
        return pd.Series(0.0, index=replications)
    failing = steps[steps["step"] == "failing"].groupby(KEY)["happens_on"].min().rename("fails_on")
    rows = contracts.join(failing, on=KEY)
    begins = np.maximum(_dates(rows["begins_on"]), first)
    ends = np.maximum(np.minimum(_dates(rows["ends_on"]), last), begins)
    fails = _dates(rows["fails_on"])
    fails = np.clip(np.where(np.isnat(fails), ends, fails), begins, ends)
    share = rows["missed_parts"].to_numpy() / SHARE_ONE
    day = np.timedelta64(1, "D")
    missed = (fails - begins) / day * share + (ends - fails) / day * np.maximum(share, failing_share)
    sums = pd.Series(missed * rows["posts"].to_numpy()).groupby(rows["replication"].to_numpy()).sum()
    return sums.reindex(replications, fill_value=0.0).astype(float)


def _dates(column: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    return pd.to_datetime(column).to_numpy().astype("datetime64[D]")


def _days(since: pd.Series, last: np.datetime64) -> pd.Series:
    found = (last - _dates(since)) / np.timedelta64(1, "D")
    return pd.Series(np.maximum(found, 0), index=since.index)

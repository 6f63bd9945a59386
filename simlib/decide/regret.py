"""Regret over futures: what an option gives away in each future against the best option of that future."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simlib.decide.intervals import Interval, paired
from simlib.results.measures import CONFIDENCE


def regrets(seen: pd.DataFrame, *, larger_is_better: bool) -> pd.DataFrame:
    """One row an option, least regret first; no future is weighed against another.

    seen: columns option, future, replication, value. Returns option, mean (over futures, each alike), worst,
    worst_future (where it does worst), regret (the most it gives away against the best option of a future,
    means of replications), regret_low, regret_high (95 % interval, see `_most`), regret_future.
    Source: L. J. Savage, Journal of the American Statistical Association 46, 1951, p. 55.
    """
    sign = 1.0 if larger_is_better else -1.0
    wide = sign * seen.pivot(index="replication", columns=["option", "future"], values="value")
    means = wide.mean().unstack("future")
    means = means.reindex(list(dict.fromkeys(seen["option"])))
    rows = []
    for option in means.index:
        away = means.max() - means.loc[option]
        worst = str(means.loc[option].idxmin())
        regret = _most(wide, option)
        rows.append(
            {
                "option": option,
                "mean": sign * means.loc[option].mean(),
                "worst": sign * means.loc[option].min(),
                "worst_future": worst,
                "regret": regret.mean,
                "regret_low": regret.low,
                "regret_high": regret.high,
                "regret_future": str(away.idxmax()),
            }
        )
    return pd.DataFrame(rows).sort_values("regret", kind="stable", ignore_index=True)


def _most(wide: pd.DataFrame, option: str) -> Interval:
    """The largest of an option's paired differences to the others in the futures, and an interval of it.

    Which rival and which future it is was picked by looking, so all differences are bounded at once
    (Bonferroni); the largest lies between the largest of their lower and of their upper ends, and is never
    below 0. wide: more is better; a row a replication, columns option and future.
    Source: Hsu 1984 as in `compare`; the same argument for a largest mean.
    """
    rivals = [pair for pair in wide.columns if pair[0] != option]
    each = 1 - (1 - CONFIDENCE) / max(len(rivals), 1)
    found = [paired(wide[rival], wide[option, rival[1]], each) for rival in rivals]
    ends = np.array([(pair.mean, pair.low, pair.high) for pair in found]).reshape(-1, 3)
    mean, low, high = np.vstack([ends, np.zeros(3)]).max(axis=0)
    return Interval(float(mean), float(low), float(high), len(wide))

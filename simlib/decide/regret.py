"""Regret over futures: what an option gives away in each future against the best option of that future."""

from __future__ import annotations

import pandas as pd

from simlib.decide.intervals import paired


def regrets(seen: pd.DataFrame, *, larger_is_better: bool) -> pd.DataFrame:
    """One row an option, least regret first; no future is weighed against another.

    seen: columns option, future, replication, value. Returns option, mean (over futures, each alike), worst,
    worst_future (where it does worst), regret (the most it gives away against the best option of a future,
    means of replications), regret_low, regret_high (95 % interval of that paired difference), regret_future.
    Source: L. J. Savage, Journal of the American Statistical Association 46, 1951, p. 55.
    """
    sign = 1.0 if larger_is_better else -1.0
    wide = seen.pivot(index="replication", columns=["option", "future"], values="value")
    means = (sign * wide).mean().unstack("future")
    means = means.reindex(list(dict.fromkeys(seen["option"])))
    best = means.idxmax()
    rows = []
    for option in means.index:
        away = means.max() - means.loc[option]
        future, worst = str(away.idxmax()), str(means.loc[option].idxmin())
        pair = paired(sign * wide[best[future], future], sign * wide[option, future])
        rows.append(
            {
                "option": option,
                "mean": sign * means.loc[option].mean(),
                "worst": sign * means.loc[option].min(),
                "worst_future": worst,
                "regret": pair.mean,
                "regret_low": pair.low,
                "regret_high": pair.high,
                "regret_future": future,
            }
        )
    return pd.DataFrame(rows).sort_values("regret", kind="stable", ignore_index=True)

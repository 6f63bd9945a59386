"""How much of what is uncertain comes from where: indices over the points of a design.

Replications share their chance over all points, so a point's value is the mean of its replications; what
chance is still left in it is told beside the indices, as `noise_share`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Reals = NDArray[np.float64]
CONFIDENCE = 0.95
RESAMPLES = 999
SEED = 1


@dataclass(frozen=True, slots=True)
class Index:
    """An index with its interval; all three are nan where the measure does not move at all."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Indices:
    """Sobol' indices of one varied thing: its share of the variance by itself, and with all it acts with."""

    first: Index
    total: Index


NOTHING = Index(float("nan"), float("nan"), float("nan"))


def sobol(one: Reals, other: Reals, mixed: Reals, *, confidence: float = CONFIDENCE) -> list[Indices]:
    """First-order and total indices of each varied thing, with bootstrap intervals over the rows.

    one, other: a measure at the base samples A and B [rows]; mixed: at A with one column from B
    [things × rows]. Rows with a missing value are left out.
    Source: A. Saltelli et al., Computer Physics Communications 181, 2010, table 2: first order by
    formula (b), total by formula (f), which is Jansen's; values are centred first. scipy.stats.sobol_indices
    gives the same numbers, which a test holds; its bootstrap cannot be seeded.
    """
    good = np.isfinite(one) & np.isfinite(other) & np.isfinite(mixed).all(axis=0)
    one, other, mixed = one[good], other[good], mixed[:, good]
    if len(one) < 2 or float(np.ptp(np.concatenate([one, other]))) == 0.0:
        return [Indices(NOTHING, NOTHING) for _ in mixed]
    first, total = _estimates(one, other, mixed)
    chance = np.random.default_rng(SEED)
    picked = chance.integers(0, len(one), size=(RESAMPLES, len(one)))
    drawn = [_estimates(one[rows], other[rows], mixed[:, rows]) for rows in picked]
    edges = [(1 - confidence) / 2, (1 + confidence) / 2]
    firsts = np.nanquantile([each[0] for each in drawn], edges, axis=0)
    totals = np.nanquantile([each[1] for each in drawn], edges, axis=0)
    return [
        Indices(
            Index(*map(float, (first[at], *firsts[:, at]))), Index(*map(float, (total[at], *totals[:, at])))
        )
        for at in range(len(mixed))
    ]


def _estimates(one: Reals, other: Reals, mixed: Reals) -> tuple[Reals, Reals]:
    """The estimators of first-order and total indices [things]; nan where nothing varies."""
    middle = np.mean(np.concatenate([one, other]))
    variance = float(np.var(np.concatenate([one, other])))
    if variance == 0.0:
        return np.full(len(mixed), np.nan), np.full(len(mixed), np.nan)
    first = np.mean((other - middle) * (mixed - one), axis=1) / variance
    total = np.mean((mixed - one) ** 2, axis=1) / (2 * variance)
    return first, total


def noise_share(values: Reals) -> float:
    """The part of the variance between points that chance makes up [0..1].

    values: a measure [points × replications], on common chance. Whatever a replication does to all points
    alike cancels in differences and is no noise here; nan with fewer than two replications.
    """
    points, replications = values.shape
    if replications < 2 or points < 2:
        return float("nan")
    left = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0, keepdims=True) + values.mean()
    error = float((left**2).sum()) / ((points - 1) * (replications - 1)) / replications
    between = float(np.var(values.mean(axis=1), ddof=1))
    return min(error / between, 1.0) if between > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class Ranked:
    """How a measure goes with one varied thing, by ranks, the others held fixed.

    partial: partial rank correlation [-1..1] with its interval. slope: standardised rank regression
    coefficient. fit: R² of the rank regression, the same for all: far below 1 the ranks do not tell it.
    """

    partial: Index
    slope: float
    fit: float


def ranked(points: Reals, values: Reals, *, confidence: float = CONFIDENCE) -> list[Ranked]:
    """Partial rank correlation and standardised rank regression of each varied thing.

    points: [points × things]; values: of a measure [points]. Intervals by Fisher's transformation with
    n − 3 − (things − 1) degrees. Good for what moves one way only.
    Source: R. L. Iman, W. J. Conover, Technometrics 21, 1979, p. 499; S. Marino et al., Journal of
    Theoretical Biology 254, 2008, p. 178.
    """
    from scipy.stats import rankdata  # noqa: PLC0415 - takes a second to load, which only designs pay

    good = np.isfinite(values)
    points, values = points[good], values[good]
    count, things = points.shape
    if count < things + 4 or float(np.ptp(values)) == 0.0:
        return [Ranked(NOTHING, float("nan"), float("nan")) for _ in range(things)]
    ranks = _standard(rankdata(points, axis=0))
    target = _standard(rankdata(values)[:, None])[:, 0]
    slopes, fit = _regression(ranks, target)
    half = ndtri((1 + confidence) / 2) / np.sqrt(count - 3 - (things - 1))
    found = []
    for at in range(things):
        rest = np.delete(ranks, at, axis=1)
        mine, left = _left_over(rest, ranks[:, at]), _left_over(rest, target)
        scale = float(np.linalg.norm(mine) * np.linalg.norm(left))
        partial = float(np.clip(mine @ left / scale, -1, 1)) if scale > 1e-12 else 0.0
        around = np.arctanh(np.clip(partial, -1 + 1e-12, 1 - 1e-12))
        index = Index(partial, float(np.tanh(around - half)), float(np.tanh(around + half)))
        found.append(Ranked(index, float(slopes[at]), fit))
    return found


def _standard(columns: Reals) -> Reals:
    """Columns with mean 0 and variance 1; one that does not vary stays 0."""
    spread = columns.std(axis=0)
    return np.asarray((columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _regression(columns: Reals, target: Reals) -> tuple[Reals, float]:
    slopes = np.linalg.lstsq(columns, target, rcond=None)[0]
    return np.asarray(slopes, dtype=np.float64), 1 - float(np.var(target - columns @ slopes) / np.var(target))


def _left_over(columns: Reals, target: Reals) -> Reals:
    """What of the target the columns do not explain."""
    if columns.shape[1] == 0:
        return target
    return np.asarray(target - columns @ np.linalg.lstsq(columns, target, rcond=None)[0])

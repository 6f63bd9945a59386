"""What the points of a design say: how a measure moves, what moves it most, which option stands best.

All are tables of one measure over the whole plan; options share points and chance, so differences are paired.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simlib.decide.expected import direction, expectations
from simlib.decide.indices import Index, noise_share, ranked, sobol
from simlib.decide.regret import regrets
from simlib.decide.sensitivity import ALL, Seen
from simlib.designs import SOBOL
from simlib.results import store
from simlib.results.experiment import ExperimentResults
from simlib.results.measures import LARGER_IS_BETTER, Frames, interval
from simlib.results.spreads import StoredSpread, at_points

Reals = NDArray[np.float64]
MOVED = ("option", "key", "end", "stands", "mean", "low", "high", "n")


def moved(experiment: ExperimentResults, spread: StoredSpread, measure: str) -> pd.DataFrame:
    """How a measure moves when one thing is taken to an end: a row an option, thing and end.

    Columns: option, key, end (the value it is taken to), stands (the measure as the option stands), mean
    (paired difference from that) with low, high (95 % interval), n (replications).
    """
    values = at_points(experiment, spread, measure)
    seen = experiment.by_replication(measure)
    rows = []
    for (option, point), found in values.groupby(["option", "point"], sort=False):
        stands = seen[seen["scenario"] == option].set_index("replication")["value"]
        at = spread.points.iloc[int(str(point))].dropna()
        difference = found.set_index("replication")["value"] - stands
        ends = (interval(stands)[0], *interval(difference))
        rows.append(dict(zip(MOVED, (option, at.index[0], at.iloc[0], *ends), strict=True)))
    return pd.DataFrame(rows, columns=list(MOVED))


DIRECTIONS = ("option", "key", "measure", "effect", "from", "to", "seen")


def directions(experiment: ExperimentResults, spread: StoredSpread) -> pd.DataFrame:
    """Where measures went from one end of an assumption to the other, wherever planners expect something.

    Columns DIRECTIONS: key (the assumption's own), effect (mean paired difference, the greater value less the
    smaller) with its 95 % interval from … to, seen (an arrow, a dash where it may be chance).
    """
    rows = []
    by_key: dict[str, list[str]] = {}
    for key, measure in expectations():
        by_key.setdefault(key, []).append(measure)
    for key, measures in by_key.items():
        ends = spread.points.get(_ASSUMED + key)
        if ends is None or len(ends := pd.to_numeric(ends, errors="coerce").dropna()) < 2:
            continue
        low, high = (_at_point(experiment, spread, int(str(at))) for at in (ends.idxmin(), ends.idxmax()))
        for option, seen in high.items():
            for measure in measures:
                told = interval(ALL[measure](seen) - ALL[measure](low[option]))
                rows.append((option, key, measure, *told[:3], direction(*told)))
    return pd.DataFrame(rows, columns=list(DIRECTIONS))


def _at_point(experiment: ExperimentResults, spread: StoredSpread, point: int) -> dict[str, Seen]:
    """What was stored at a point, by option."""
    record, cells = experiment.record(), spread.cells[spread.cells["point"] == point]
    first_year, years, replications = (int(record[name]) for name in ("first_year", "years", "replications"))
    found = {}
    for option, _, run, existing, gap in cells.itertuples(index=False):
        tables = store.load_run(store.run_folder(experiment.folder / "data", run), replications)
        posts = {"posts_existing": existing, "posts_gap": gap}
        found[str(option)] = Seen(Frames.of(tables, first_year=first_year, **posts), years)
    return found


_ASSUMED = "future.assumptions."


def _wide(values: pd.DataFrame, option: str, points: int) -> Reals:
    """An option's values [points × replications]; nan where a point could not be simulated."""
    mine = values[values["option"] == option]
    wide = mine.pivot(index="point", columns="replication", values="value").reindex(range(points))
    return wide.to_numpy(float)


def _mean(wide: Reals) -> Reals:
    """The mean of each point's replications [points]; nan where any is missing."""
    return np.asarray(wide.mean(axis=1))


def sobol_table(experiment: ExperimentResults, spread: StoredSpread, measure: str) -> pd.DataFrame:
    """Sobol' indices of a measure: a row an option and varied thing.

    Columns: option, key, first, first_low, first_high (share of the variance by itself), total, total_low,
    total_high (with all it acts with), rows (of the base samples), noise_share (part of the variance between
    points that chance makes up: indices below it mean nothing).
    """
    values, rows = at_points(experiment, spread, measure), []
    for option in spread.options:
        wide = _wide(values, option, len(spread.points))
        blocks = _mean(wide).reshape(-1, spread.rows)
        base = wide[: 2 * spread.rows]
        noise = noise_share(base[np.isfinite(base).all(axis=1)])
        found = sobol(blocks[0], blocks[1], blocks[2:])
        for item, index in zip(spread.varied, found, strict=True):
            told: dict[str, object] = {"option": option, "key": item.key, **_ends("first", index.first)}
            told |= {**_ends("total", index.total), "rows": spread.rows, "noise_share": noise}
            rows.append(told)
    return pd.DataFrame(rows)


def rank_table(experiment: ExperimentResults, spread: StoredSpread, measure: str) -> pd.DataFrame:
    """How a measure goes with each varied thing of a Latin hypercube, by ranks: a row an option and thing.

    Columns: option, key, partial, partial_low, partial_high (partial rank correlation), slope (standardised
    rank regression), fit (R² of the ranks), points, noise_share.
    """
    values, rows = at_points(experiment, spread, measure), []
    places = np.column_stack([_places(spread, item.key) for item in spread.varied])
    for option in spread.options:
        wide = _wide(values, option, len(spread.points))
        noise = noise_share(wide[np.isfinite(wide).all(axis=1)])
        for item, found in zip(spread.varied, ranked(places, _mean(wide)), strict=True):
            told: dict[str, object] = {"option": option, "key": item.key}
            told |= _ends("partial", found.partial)
            told |= {"slope": found.slope, "fit": found.fit, "points": len(wide), "noise_share": noise}
            rows.append(told)
    return pd.DataFrame(rows)


def _places(spread: StoredSpread, key: str) -> Reals:
    """A thing's values as numbers; of words their place in the list."""
    item = next(each for each in spread.varied if each.key == key)
    column = spread.points[key]
    if item.values:
        order = {repr(value): at for at, value in enumerate(item.values)}
        return np.array([order[repr(value)] for value in column], dtype=float)
    return column.to_numpy(float)


def _ends(name: str, index: Index) -> dict[str, float]:
    return {name: index.value, f"{name}_low": index.low, f"{name}_high": index.high}


def regret_table(experiment: ExperimentResults, spread: StoredSpread, measure: str) -> pd.DataFrame:
    """Regret over the points of a design, each a future, as `decide.regret` has it.

    best_share: of the points at which the option has the best mean, ties for all that share it [0..1]. Of a
    Sobol' design the two base samples alone are futures. Empty with fewer than two options.
    """
    if len(spread.options) < 2:
        return pd.DataFrame()
    values = at_points(experiment, spread, measure)
    if spread.rows and spread.kind == SOBOL:
        values = values[values["point"] < 2 * spread.rows]
    known = values.groupby("point")["value"].agg(lambda found: found.notna().sum())
    whole = known[known == known.max()].index
    seen = values[values["point"].isin(whole)]
    seen = seen.assign(future=[str(point) for point in seen["point"]])
    larger = measure in LARGER_IS_BETTER
    table = regrets(seen, larger_is_better=larger)
    means = seen.groupby(["option", "future"])["value"].mean().unstack("future")
    best = means.max() if larger else means.min()
    return table.assign(
        best_share=[float((means.loc[option] == best).mean()) for option in table["option"]],
        futures=len(whole),
    )

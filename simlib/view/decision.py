"""The decision in plain words: what the runs let one say, and what they do not."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from simlib.decide.compare import Comparison, Standing, compared_cells
from simlib.decide.intervals import Answer, paired
from simlib.scenario import Goal
from simlib.view.contract import ALL_YEARS, EQUAL_MONEY, GRID, STATUS_QUO
from simlib.view.differences import points
from simlib.view.names import Names, interval, number, percent, wan

FEW_REPLICATIONS = 20
"""Below this many replications an interval is marked "few".
Source: A. M. Law, Simulation Modeling and Analysis, 5th ed., 2015, ch. 9."""

WHOLE_POST = 1

ON_TIME = "on_time_share"
Lines = tuple[str, ...]

LIMITS = ("on_time_share_low", "on_time_share_high")
PARTS = ("mean", "low", "high")


def options(summary: pd.DataFrame, view: str, *, year: int = ALL_YEARS) -> pd.DataFrame:
    """One row a cell of a view: scenario, formula, money, n, and each measure's mean, `_low` and `_high`.

    summary: columns scenario, formula, money, view, measure, year, mean, low, high, n; year 0 the whole plan.
    Rows keep the order in which cells first stand in the summary.
    """
    rows = summary[(summary["view"] == view) & (summary["year"] == year)]
    keys = ["scenario", "formula", "money"]
    if rows.empty:
        return pd.DataFrame(columns=[*keys, "n", "on_time_share", *LIMITS])
    cells = pd.MultiIndex.from_frame(rows[keys].drop_duplicates())
    once = rows.drop_duplicates([*keys, "measure"]).set_index([*keys, "measure"])
    counts = once["n"].groupby(level=keys, sort=False).min().reindex(cells)
    parts: list[pd.Series | pd.DataFrame] = [counts]
    for part in PARTS:
        wide = once[part].unstack().reindex(cells)
        ending = "" if part == "mean" else f"_{part}"
        parts.append(wide.set_axis([f"{measure}{ending}" for measure in wide.columns], axis=1))
    return pd.concat(parts, axis=1).reset_index()


def gathered(read: Callable[[str], pd.DataFrame], names: Names, view: str = GRID) -> pd.DataFrame:
    """One table of all cells of a view: what `read` returns for each, one under the other."""
    return pd.concat([read(scenario) for scenario in names.views[view]], ignore_index=True)


def with_options(frame: pd.DataFrame, names: Names) -> pd.DataFrame:
    """A copy of the frame with the formula and money rule of each row's cell."""
    if "formula" in frame and "money" in frame:
        return frame.copy()
    formulas = [names.keys[cell][0] for cell in frame["scenario"]]
    return frame.assign(formula=formulas, money=[names.keys[cell][1] for cell in frame["scenario"]])


def few(summary: pd.DataFrame) -> int | None:
    """The fewest replications behind any row when they are too few to trust an interval, else nothing."""
    counted = summary.loc[summary["measure"] == "on_time_share", "n"]
    least = int(counted.min()) if len(counted) else 0
    return least if least < FEW_REPLICATIONS else None


def decision(summary: pd.DataFrame, names: Names, seen: pd.DataFrame, goal: Goal | None = None) -> Lines:
    """What the runs say, sentence by sentence, most important first.

    summary: as `options` reads it. seen: the on-time share replication by replication, columns scenario,
    view, replication, value, met, path. Options count as told apart only by paired differences under common
    chance, at the confidence of the goal (default: 95 %) for all comparisons at once.
    """
    aim = replace(goal or Goal(), measure=ON_TIME)
    grid = options(summary, GRID).dropna(subset=["on_time_share"])
    if grid.empty:
        return (names.say("view.decision.nothing"),)
    years = summary.loc[summary["year"] != ALL_YEARS, "year"].nunique()
    found = _compared(grid, seen, aim)
    if names.are_futures:
        lines = _futures(grid, names, years, seen)
    elif len(grid) < 2:
        lines = [names.say("view.decision.only", rate=_rate(grid.iloc[0]), **_spent(grid.iloc[0], years))]
    else:
        lines = _best(grid, names, years, found, aim)
    lines += [*_target(grid, names, found, aim), *_required(grid, names), *_unfunded(grid, names)]
    lines += [
        *_reviews(grid, names),
        *_equal_money(summary, names, seen, aim, years),
        *_status_quo(summary, names),
    ]
    is_said = _is_unknown(found) and len(found.of(Standing.ALIKE)) > 0
    return (*lines, *([] if is_said else _cautions(summary, names)))


def _compared(rows: pd.DataFrame, seen: pd.DataFrame, goal: Goal) -> Comparison:
    """The options of these rows side by side."""
    return compared_cells(seen[seen["scenario"].isin(rows["scenario"])], goal)


def _best(grid: pd.DataFrame, names: Names, years: int, found: Comparison, goal: Goal) -> list[str]:
    """Which option leads, what cannot be told apart from it, and the cheapest of those."""
    if not found.leading:
        return [names.say("view.decision.none_feasible")]
    best = _row(grid, found.leading)
    key = "view.decision.best" if found.answers_all_feasible else "view.decision.best_feasible"
    told = {"option": _name(best, names), "rate": _rate(best), "cost": wan(best["cost_yuan"]), "years": years}
    lines = [names.say(key, **told), *_apart(grid, names, found, goal)]
    close = [each.option for each in found.options if each.standing in _CLOSE]
    pool = grid[grid["scenario"].isin(close)]
    cheapest = pool.iloc[int(pool["cost_yuan"].to_numpy().argmin())]
    saved = best["cost_yuan"] - cheapest["cost_yuan"]
    if saved > 0 and not _is_unknown(found):
        blanks = {"option": _name(cheapest, names), "rate": _rate(cheapest), "saved": wan(saved)}
        blanks |= {"cost": wan(cheapest["cost_yuan"]), "years": str(years)}
        lines.append(names.say("view.decision.cheapest", **blanks))
    return lines


def _futures(grid: pd.DataFrame, names: Names, years: int, seen: pd.DataFrame) -> list[str]:
    """One choice under several futures: by how much each is worse than the first, the worst first."""
    base = grid.iloc[0]
    told = {"base": _name(base, names), "rate": _rate(base), "count": len(grid), **_spent(base, years)}
    lines = [names.say("view.decision.futures", **told)]
    wide = seen.pivot_table(index="replication", columns="scenario", values="value")
    pairs = [(cell, paired(wide[cell], wide[base["scenario"]])) for cell in grid["scenario"].iloc[1:]]
    if len(wide) < FEW_REPLICATIONS:
        blanks = {"n": len(wide), "needed": FEW_REPLICATIONS, "base": told["base"]}
        lines.append(names.say("view.decision.futures_few", **blanks))
    worst = sorted(pairs, key=lambda pair: pair[1].mean)
    changes = [
        names.say(
            "view.decision.future_by",
            future=_name(_row(grid, cell), names),
            points=points((found.mean, found.low, found.high, found.n)),
        )
        for cell, found in worst
    ]
    listed = names.say("view.semicolon").join(changes)
    return [*lines, names.say("view.decision.futures_by", base=told["base"], changes=listed)]


def _spent(row: pd.Series, years: int) -> dict[str, object]:
    return {"cost": wan(row["cost_yuan"]), "years": years}


def _is_unknown(found: Comparison) -> bool:
    """Whether nothing can be said of how much options differ: no bound, or one of too few replications."""
    return found.bound_says_nothing or found.n < FEW_REPLICATIONS


_CLOSE = (Standing.LEADS, Standing.SAME, Standing.ALIKE)


def _apart(grid: pd.DataFrame, names: Names, found: Comparison, goal: Goal) -> list[str]:
    """Whether the leading option can be told apart from the others, and from which it cannot."""
    same, alike = found.of(Standing.SAME), found.of(Standing.ALIKE)
    lines = []
    if same:
        listed = _listed([each.option for each in same], grid, names)
        lines.append(names.say("view.decision.same", count=len(same), options=listed))
    if not alike:
        if len(found.of(Standing.WORSE)) > 0:
            told: dict[str, object] = {"n": found.n, "least": FEW_REPLICATIONS}
            told |= {"confidence": f"{found.confidence * 100:g}%"}
            key = "apart_few" if found.n < FEW_REPLICATIONS else "apart"
            lines.append(names.say(f"view.decision.{key}", **told))
        return lines
    blanks: dict[str, object] = {"count": len(alike), "n": found.n, "needed": found.needed(goal.indifference)}
    if _is_unknown(found):
        key = "one_replication" if found.n < 2 else "alike_unknown"
        return [*lines, names.say(f"view.decision.{key}", **blanks)]
    blanks["points"] = _points(found.largest_difference)
    key = "alike" if found.largest_difference else "alike_equal"
    lines.append(names.say(f"view.decision.{key}", **blanks))
    if found.needed(goal.indifference) > found.n:
        blanks["worth"] = _points(goal.indifference)
        lines.append(names.say("view.decision.needed", **blanks))
    return lines


def _target(grid: pd.DataFrame, names: Names, found: Comparison, goal: Goal) -> list[str]:
    """Which options meet the target, which do not, and of which it cannot be said."""
    if goal.target is None:
        return []
    parts = []
    for answer in Answer:
        cells = [each.option for each in found.options if each.answer is answer]
        if cells:
            listed = _listed(cells, grid, names)
            parts.append(names.say(f"view.decision.{answer.value}", options=listed, count=len(cells)))
    is_share = goal.target_measure.endswith("_share")
    aimed = percent(goal.target) if is_share else number(goal.target)
    measure = names.or_code("measure", goal.target_measure)
    told = names.say("view.semicolon").join(parts)
    blanks = {"measure": measure, "target": aimed, "demand": percent(goal.demand), "answers": told}
    return [names.say("view.decision.target", **blanks)]


def _listed(cells: Sequence[str], grid: pd.DataFrame, names: Names) -> str:
    return names.say("view.and").join(_name(_row(grid, cell), names) for cell in cells)


def _row(grid: pd.DataFrame, cell: str) -> pd.Series:
    return grid[grid["scenario"] == cell].iloc[0]


def _points(share: float) -> str:
    """A difference of shares in percentage points, rounded up, since it is a bound.

    >>> _points(0.01231), _points(0.0)
    ('1.3', '0.1')
    """
    return f"{max(math.ceil(share * 1000 - 1e-9), 1) / 10:.1f}"


def _required(grid: pd.DataFrame, names: Names) -> list[str]:
    each = grid.groupby("formula", sort=False)["posts_required"].mean()
    if len(each) > 1 and each.nunique() == 1:
        asked = names.say("view.decision.asks_alike", posts=number(each.iloc[0]))
    else:
        asked = names.say("view.and").join(
            names.say("view.decision.asks", formula=names.formulas[str(formula)], posts=number(posts))
            for formula, posts in each.items()
        )
    return [names.say("view.decision.required", asked=asked, existing=number(grid["posts_existing"].mean()))]


def _unfunded(grid: pd.DataFrame, names: Names) -> list[str]:
    short = grid[grid["posts_gap"] - (grid["posts_funded"] - grid["posts_existing"]) >= WHOLE_POST / 2]
    if short.empty:
        return [names.say("view.decision.all_funded")]
    key = "unfunded_futures" if names.are_futures else "unfunded"
    return [names.say(f"view.decision.{key}", count=len(short), total=len(grid))]


def _equal_money(
    summary: pd.DataFrame, names: Names, seen: pd.DataFrame, goal: Goal, years: int
) -> list[str]:
    """Which formula distributes the same money best, and whether that is more than chance."""
    lines = []
    rows = options(summary, EQUAL_MONEY).dropna(subset=["on_time_share"])
    for money, group in rows.groupby("money", sort=False):
        if len(group) < 2:  # nothing is best of one
            continue
        found = _compared(group, seen, replace(goal, target=None))
        best = _row(group, found.leading)
        blanks = {"formula": names.formulas[best["formula"]], "rate": _rate(best)}
        blanks["same"] = _same_money(group, str(money), years, names)
        alike = found.of(Standing.ALIKE)
        if alike and _is_unknown(found):
            key = "view.decision.equal_unknown"
            blanks |= {"n": str(found.n), "needed": str(found.needed(goal.indifference))}
        elif alike and not found.largest_difference:
            key = "view.decision.equal_same"
            blanks["n"] = str(found.n)
        else:
            key = "view.decision.equal_alike" if alike else "view.decision.equal_apart"
            blanks["points"] = _points(found.largest_difference)
        lines.append(names.say(key, **blanks))
    return lines


def _same_money(group: pd.DataFrame, money: str, years: int, names: Names) -> str:
    """How much money the options have alike: their cap where it is one, else as the view calls it."""
    caps = group["cap_yuan"].round() if "cap_yuan" in group else pd.Series([float("nan")])
    if caps.isna().any() or caps.nunique() > 1:
        return names.say("view.decision.same_money_view", money=names.monies[money])
    return names.say("view.decision.same_money", cap=wan(float(caps.iloc[0])), years=years)


def _reviews(grid: pd.DataFrame, names: Names) -> list[str]:
    """Where reviews fall behind: they give way to what has a legal term."""
    if "reviews_on_time_share" not in grid:
        return []
    known = grid.dropna(subset=["reviews_on_time_share"]).sort_values("reviews_on_time_share", kind="stable")
    if len(known) < 2:
        return []
    worst, best = known.iloc[0], known.iloc[-1]
    blanks = {
        "worst": _name(worst, names),
        "low": percent(worst["reviews_on_time_share"]),
        "best": _name(best, names),
        "high": percent(best["reviews_on_time_share"]),
    }
    alike = blanks["low"] == blanks["high"]
    return [names.say("view.decision.reviews_alike" if alike else "view.decision.reviews", **blanks)]


def _status_quo(summary: pd.DataFrame, names: Names) -> list[str]:
    rows = options(summary, STATUS_QUO).dropna(subset=["on_time_share"])
    return [names.say("view.decision.status_quo", rate=_rate(row)) for _, row in rows.iterrows()]


def _cautions(summary: pd.DataFrame, names: Names) -> list[str]:
    least = few(summary)
    return [] if least is None else [names.say("view.decision.few", n=least)]


def _name(row: pd.Series, names: Names) -> str:
    return names.option(row["formula"], row["money"])


def _rate(row: pd.Series) -> str:
    """A rate with its interval in a sentence."""
    if pd.isna(row["on_time_share_low"]):
        return percent(row["on_time_share"])
    return interval(row["on_time_share"], row["on_time_share_low"], row["on_time_share_high"], share=True)

"""The decision in plain words: what the runs let one say, and what they do not."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from simlib.view.contract import ALL_YEARS, EQUAL_MONEY, GRID, STATUS_QUO
from simlib.view.names import Names, interval, number, percent, wan

FEW_REPLICATIONS = 20
"""Below this many replications an interval is marked "few".
Source: A. M. Law, Simulation Modeling and Analysis, 5th ed., 2015, ch. 9."""

WHOLE_POST = 1

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
    order = rows[keys].drop_duplicates()
    counts = rows.groupby(keys)["n"].min().rename("n").reset_index()
    table = order.merge(counts, on=keys)
    for part in PARTS:
        wide = rows.pivot_table(index=keys, columns="measure", values=part, aggfunc="first", dropna=False)
        ending = "" if part == "mean" else f"_{part}"
        wide.columns = pd.Index([f"{measure}{ending}" for measure in wide.columns])
        table = table.merge(wide.reset_index(), on=keys, how="left")
    return table.reset_index(drop=True)


def gathered(read: Callable[[str], pd.DataFrame], names: Names, view: str = GRID) -> pd.DataFrame:
    """One table of all cells of a view: what `read` returns for each, one under the other."""
    return pd.concat([read(scenario) for scenario in names.views[view]], ignore_index=True)


def with_options(frame: pd.DataFrame, names: Names) -> pd.DataFrame:
    """A copy of the frame with the formula and money rule of each row's cell."""
    if "formula" in frame and "money" in frame:
        return frame.copy()
    formulas = [names.keys[cell][0] for cell in frame["scenario"]]
    return frame.assign(formula=formulas, money=[names.keys[cell][1] for cell in frame["scenario"]])


def overlapping(table: pd.DataFrame, best: pd.Series) -> pd.DataFrame:
    """The rows whose on-time interval reaches into that of `best`: not to be told apart by these runs."""
    near = table["on_time_share_high"] >= best["on_time_share_low"]
    found: pd.DataFrame = table.loc[near]
    return found


def few(summary: pd.DataFrame) -> int | None:
    """The fewest replications behind any row when they are too few to trust an interval, else nothing."""
    counted = summary.loc[summary["measure"] == "on_time_share", "n"]
    least = int(counted.min()) if len(counted) else 0
    return least if least < FEW_REPLICATIONS else None


def decision(summary: pd.DataFrame, names: Names) -> tuple[str, ...]:
    """What the runs say, sentence by sentence, most important first; every figure is from `summary`.

    Two cells count as told apart only when their on-time intervals do not overlap (cautious: chance is
    common to them, so a paired difference is never wider).
    """
    grid = options(summary, GRID).dropna(subset=["on_time_share"])
    if grid.empty:
        return (names.say("view.decision.nothing"),)
    years = summary.loc[summary["year"] != ALL_YEARS, "year"].nunique()
    lines = [*_best(grid, names, years), *_required(grid, names), *_unfunded(grid, names)]
    lines += [*_reviews(grid, names), *_equal_money(summary, names), *_status_quo(summary, names)]
    return (*lines, *_cautions(summary, names))


def _best(grid: pd.DataFrame, names: Names, years: int) -> list[str]:
    best = _largest(grid, "on_time_share")
    alike = overlapping(grid, best)
    lines = [
        names.say(
            "view.decision.best",
            option=_name(best, names),
            rate=_rate(best),
            cost=wan(best["cost_yuan"]),
            years=years,
        )
    ]
    if len(alike) == 1:
        return [*lines, names.say("view.decision.apart")]
    cheapest = alike.iloc[int(alike["cost_yuan"].to_numpy().argmin())]
    lines.append(names.say("view.decision.alike", count=len(alike) - 1))
    if cheapest["scenario"] != best["scenario"]:
        lines.append(
            names.say(
                "view.decision.cheapest",
                option=_name(cheapest, names),
                rate=_rate(cheapest),
                cost=wan(cheapest["cost_yuan"]),
                years=years,
                saved=wan(best["cost_yuan"] - cheapest["cost_yuan"]),
            )
        )
    return lines


def _required(grid: pd.DataFrame, names: Names) -> list[str]:
    each = grid.groupby("formula", sort=False)["posts_required"].mean()
    asked = names.say("view.and").join(
        names.say("view.decision.asks", formula=names.formulas[str(formula)], posts=number(posts))
        for formula, posts in each.items()
    )
    return [names.say("view.decision.required", asked=asked, existing=number(grid["posts_existing"].mean()))]


def _unfunded(grid: pd.DataFrame, names: Names) -> list[str]:
    short = grid[grid["posts_gap"] - (grid["posts_funded"] - grid["posts_existing"]) >= WHOLE_POST / 2]
    if short.empty:
        return [names.say("view.decision.all_funded")]
    return [names.say("view.decision.unfunded", count=len(short), total=len(grid))]


def _equal_money(summary: pd.DataFrame, names: Names) -> list[str]:
    lines = []
    for money, rows in (
        options(summary, EQUAL_MONEY).dropna(subset=["on_time_share"]).groupby("money", sort=False)
    ):
        best = _largest(rows, "on_time_share")
        key = (
            "view.decision.equal_apart" if len(overlapping(rows, best)) == 1 else "view.decision.equal_alike"
        )
        formula, title = names.formulas[best["formula"]], names.monies[str(money)]
        lines.append(names.say(key, money=title, formula=formula, rate=_rate(best)))
    return lines


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
    return [names.say("view.decision.reviews", **blanks)]


def _status_quo(summary: pd.DataFrame, names: Names) -> list[str]:
    rows = options(summary, STATUS_QUO).dropna(subset=["on_time_share"])
    return [names.say("view.decision.status_quo", rate=_rate(row)) for _, row in rows.iterrows()]


def _cautions(summary: pd.DataFrame, names: Names) -> list[str]:
    least = few(summary)
    return [] if least is None else [names.say("view.decision.few", n=least)]


def _largest(table: pd.DataFrame, column: str) -> pd.Series:
    """The row with the largest value, the first of several."""
    return table.iloc[int(table[column].to_numpy().argmax())]


def _name(row: pd.Series, names: Names) -> str:
    return names.option(row["formula"], row["money"])


def _rate(row: pd.Series) -> str:
    """A rate with its interval in a sentence."""
    if pd.isna(row["on_time_share_low"]):
        return percent(row["on_time_share"])
    return interval(row["on_time_share"], row["on_time_share_low"], row["on_time_share_high"], share=True)

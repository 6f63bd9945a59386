"""From required to effective posts, step by step, and who came and left: figures that add up as shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from simlib.results.measures import interval as mean_interval
from simlib.results.posts import LEVELS, LOSSES, REASONS
from simlib.view.blocks import Block
from simlib.view.contract import ALL_YEARS
from simlib.view.names import Names, number
from simlib.view.names import interval as shown_interval
from simlib.view.tables import table

BETWEEN = (("unfunded", "beyond"), ("vacant",), ("outside", *LOSSES))
"""Steps from each level to the next."""
WAY = ("required", *BETWEEN[0], "funded", *BETWEEN[1], "filled", *BETWEEN[2], "effective")
"""Levels and steps, from the first to the last."""
TENTHS = 10


def way_of_posts(steps: pd.DataFrame) -> pd.DataFrame:
    """Levels and steps in tenths of a post: year, key, tenths, low, high [post]; year 0: the whole plan.

    steps: what `results.posts.post_steps` returns. Means over months and replications. Levels are rounded;
    between two levels the largest step takes up what rounding leaves, so that every sum holds as shown.
    low, high: interval of a level; empty for a step.
    """
    rows = []
    for year in (ALL_YEARS, *sorted(steps["year"].unique().tolist())):
        mine = steps if year == ALL_YEARS else steps[steps["year"] == year]
        sums = mine.groupby("replication").sum()
        each = sums[[*WAY]].div(sums["months"] * 1000, axis=0)
        rounded = _adding_up({key: float(each[key].mean()) for key in WAY})
        for key in WAY:
            low, high = mean_interval(each[key])[1:3] if key in LEVELS else (np.nan, np.nan)
            rows.append((year, key, rounded[key], low, high))
    return pd.DataFrame(rows, columns=["year", "key", "tenths", "low", "high"])


def _adding_up(means: dict[str, float]) -> dict[str, int]:
    """Means in tenths, each step a whole number of them and every sum right."""
    tenths = {key: round(value * TENTHS) for key, value in means.items()}
    for first, last, between in zip(LEVELS, LEVELS[1:], BETWEEN, strict=False):
        rest = tenths[last] - tenths[first] - sum(tenths[key] for key in between)
        tenths[max(between, key=lambda key: abs(means[key]))] += rest
    return tenths


def post_table(steps: pd.DataFrame, names: Names) -> Block:
    """A row a level or step, a column a year and one for the whole plan, with its interval."""
    way = way_of_posts(steps)
    years = [year for year in dict.fromkeys(way["year"]) if year != ALL_YEARS]
    cells: Any = way.set_index(["key", "year"])
    rows = []
    for key in WAY:
        row = {"key": names.say(f"view.post.{key}")}
        row |= {str(year): signed(cells.loc[(key, year), "tenths"], key) for year in years}
        whole = cells.loc[(key, ALL_YEARS)]
        row["whole"] = signed(whole["tenths"], key)
        if key in LEVELS:
            row["whole"] = shown_interval(whole["tenths"] / TENTHS, whole["low"], whole["high"])
        rows.append(row)
    heads = {"key": names.say("view.column.post")} | {str(year): str(year) for year in years}
    heads["whole"] = names.say("view.column.whole")
    return table(pd.DataFrame(rows), label=names.say("view.label.posts"), name="posts", titles=heads)


def signed(tenths: float, key: str) -> str:
    """A level, or a step with its sign."""
    said = number(abs(tenths) / TENTHS)
    if key in LEVELS or said == "0":
        return said
    return f"{'+' if tenths > 0 else '−'}{said}"


def options_posts(every: Sequence[tuple[str, pd.DataFrame]], names: Names) -> Block:
    """A row an option: levels and steps over the whole plan. every: cells with their `post_steps`."""
    rows = []
    for scenario, steps in every:
        way = way_of_posts(steps)
        whole = way[way["year"] == ALL_YEARS].set_index("key")["tenths"]
        row = {"option": names.cell_option(scenario)}
        rows.append(row | {key: signed(whole[key], key) for key in WAY})
    heads = {"option": names.say("view.column.option")}
    heads |= {key: names.say(f"view.post.{key}") for key in WAY}
    label = names.say("view.label.posts")
    return table(pd.DataFrame(rows), label=label, name="posts", titles=heads, wide=True)


def change_table(changes: pd.DataFrame, names: Names) -> Block:
    """Who came, who left and why, by year and kind of post; mean of the replications [person].

    Counts of people and of leavers are rounded to a tenth; those hired take up what rounding leaves.
    """
    left = [f"left_{reason}" for reason in REASONS]
    count = max(changes["replication"].nunique(), 1)
    sums = changes.groupby(["kind", "year"])[["start", *left, "end"]].sum()
    tenths = (2 * TENTHS * sums + count) // (2 * count)
    tenths["hired"] = tenths["end"] - tenths["start"] + tenths[left].sum(axis=1)
    shown = tenths[["start", "hired", *left, "end"]].reset_index()
    rows = pd.DataFrame({"year": shown["year"].astype(str)})
    rows["kind"] = [names.say(f"view.kind.{kind}") for kind in shown["kind"]]
    for column in ("start", "hired", *left, "end"):
        sign = "−" if column in left else ""
        rows[column] = [(sign if value else "") + number(value / TENTHS) for value in shown[column]]
    heads = {"kind": names.say("view.column.kind"), "year": names.say("view.column.year")}
    heads |= {"start": names.say("view.column.start"), "hired": names.say("view.hired")}
    heads |= {name: names.say(f"view.{name}") for name in left} | {"end": names.say("view.column.end")}
    over = {names.say("view.column.left"): left}
    label = names.say("view.label.staff_changes")
    return table(rows, label=label, name="staff-changes", titles=heads, spanners=over, wide=True)

"""Charts of one question at the panel: where cases pile up, what families lose, what timeliness costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from simlib.view import chartparts
from simlib.view.chartparts import INK, WIDTH, Drawing
from simlib.view.contract import GRID
from simlib.view.decision import options
from simlib.view.names import YUAN_PER_WAN, Names, breadth, number, percent, wan, wrapped

LOST = ("excluded_unknown_months", "excluded_route_months", "excluded_late_months")
OVERPAID = ("overpaid_design_yuan", "overpaid_late_yuan")
NAMED, LABEL = 6, 22
"""Points that can be named without one name on another, and the breadth of a line of a name."""
_PLOT, _HALF_WIDTH, _LINE = (WIDTH + 40, 280), 5.6, 13
"""Width and height of the plane of cost and time, breadth of half a sign and of a line of a name [px]."""
_BLANK = "\N{NO-BREAK SPACE}\n"
"""A line with nothing to see: SVG moves no line down for an empty one."""
TOP = 25
"""Townships the map of waiting cases has room for, those with most of them."""


def waiting_map(desk: pd.DataFrame, areas: pd.Series, names: Names) -> Drawing:
    """Open cases at each month's end in every township, mean of the replications [case].

    desk: columns office, month (of the plan), year, replication, open_end; areas: names by office code.
    """
    towns = desk[desk["office"].isin(areas.index)]
    count = max(towns["replication"].nunique(), 1)
    sums = towns.groupby(["office", "year", "month"])["open_end"].sum().div(count).reset_index()
    sums["when"] = pd.to_datetime(
        [f"{year}-{month % 12 + 1:02d}-01" for year, month in zip(sums["year"], sums["month"], strict=True)]
    )
    most = sums.groupby("office")["open_end"].mean().nlargest(TOP).index
    frame = sums[sums["office"].isin(most)].assign(area=lambda rows: rows["office"].map(areas))
    order = [str(areas[code]) for code in most]
    colour = alt.Color(
        "open_end:Q",
        scale=alt.Scale(scheme="oranges", domainMin=0),
        legend=alt.Legend(title=names.say("view.axis.cases"), orient="bottom", gradientLength=220),
    )
    chart = (
        alt.Chart(frame)
        .mark_rect(stroke="white", strokeWidth=0.4)
        .encode(
            x=alt.X(
                "yearmonth(when):O",
                title=None,
                axis=alt.Axis(format="%Y-%m", labelAngle=0, labelOverlap="greedy", labelSeparation=12),
            ),
            y=alt.Y(
                "area:N", sort=order, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=160)
            ),
            color=colour,
            tooltip=[
                alt.Tooltip("area:N", title=names.say("view.tip.area")),
                alt.Tooltip("yearmonth(when):T", title=names.say("view.tip.month"), format="%Y-%m"),
                alt.Tooltip("open_end:Q", title=names.say("view.axis.cases"), format=",.1f"),
            ],
        )
        .properties(width=WIDTH - 40, height=alt.Step(17))
    )
    last = frame[frame["month"] == frame["month"].max()].nlargest(3, "open_end")
    worst = names.say("view.and").join(
        f"{row['area']} {number(row['open_end'], digits=0)}" for _, row in last.iterrows()
    )
    return chartparts.finished(
        chart, "question.waiting_map", names.say("view.alt.waiting_map", worst=worst), names
    )


def families_lost(summary: pd.DataFrame, scenario: str, names: Names) -> Drawing:
    """Household-months of payment families lost, by what they were lost to, with intervals [household-month].

    summary: columns measure, year, mean, low, high. Parts may be negative: the desks can be quicker than the
    shadow they are measured against.
    """
    return _parts(summary, LOST, scenario, names, question="families_lost", axis="household_months")


def overpaid(summary: pd.DataFrame, scenario: str, names: Names) -> Drawing:
    """Money paid after eligibility ended, by what it is due to, with intervals [10,000 yuan]."""
    return _parts(summary, OVERPAID, scenario, names, question="overpaid", axis="wan", unit=YUAN_PER_WAN)


def _parts(
    summary: pd.DataFrame,
    measures: Sequence[str],
    scenario: str,
    names: Names,
    *,
    question: str,
    axis: str,
    unit: int = 1,
) -> Drawing:
    """A bar a measure, with its interval."""
    rows: Any = summary[(summary["year"] == 0) & summary["measure"].isin(measures)].set_index("measure")
    frame = pd.DataFrame(
        [
            {
                "part": wrapped(names.say(f"view.measure.{measure}"), LABEL + 4),
                **{end: rows.loc[measure, end] / unit for end in ("mean", "low", "high")},
                "label": number(rows.loc[measure, "mean"] / unit, digits=0 if unit == 1 else 1),
            }
            for measure in measures
        ]
    )
    y = alt.Y("part:N", sort=None, title=None, axis=chartparts.option_axis())
    x = alt.X("mean:Q", title=names.say(f"view.axis.{axis}"))
    colour = names.colours.get(names.keys[scenario][0], INK)
    base = alt.Chart(frame)
    tips = [
        alt.Tooltip("part:N", title=names.say("view.tip.title")),
        alt.Tooltip("label:N", title=names.say(f"view.axis.{axis}")),
    ]
    chart = alt.layer(
        base.mark_bar(height=16, color=colour).encode(x=x, y=y, tooltip=tips),
        base.mark_rule(color=INK, strokeWidth=1.6).encode(x="low:Q", x2="high:Q", y=y),
        base.mark_text(align="left", dx=6, dy=-11, fontSize=11, color=INK).encode(x=x, y=y, text="label:N"),
    ).properties(width=WIDTH - 60, height=alt.Step(44))
    told = "; ".join(f"{row['part']} {row['label']}".replace("\n", " ") for row in frame.to_dict("records"))
    return chartparts.finished(chart, f"question.{question}", told, names)


def cost_and_time(pinned: pd.DataFrame, names: Names) -> Drawing:
    """What each option costs against what it decides in time, both with intervals.

    pinned: columns option, formula, money_title, cost_wan, cost_low, cost_high, on_time, low, high.
    Few options are named beside their points; of more, colour tells the formula and shape the money.
    """
    frame = pinned.assign(
        formula_title=[names.formulas[formula] for formula in pinned["formula"]],
        label=[wrapped(option, LABEL) for option in pinned["option"]],
        told=[
            f"{percent(share)}, {wan(cost * YUAN_PER_WAN)}"
            for share, cost in zip(pinned["on_time"], pinned["cost_wan"], strict=True)
        ],
    )
    most = max(1.0, float(frame["cost_high"].max()) * 1.05)
    frame["is_right"] = frame["cost_wan"] > most / 2
    reach = _about(frame["low"].min(), frame["high"].max())
    frame["label"] = _apart(frame, most, reach)
    is_named = len(frame) <= NAMED
    x = alt.X("cost_wan:Q", title=names.say("view.axis.cost"), scale=alt.Scale(domain=[0, most], nice=True))
    scale = alt.Scale(domain=reach, zero=False)
    y = alt.Y("on_time:Q", title=names.say("view.axis.on_time"), scale=scale, axis=alt.Axis(format=".0%"))
    colour = chartparts.option_colour(names, frame)
    base = alt.Chart(frame)
    tips = [
        alt.Tooltip("option:N", title=names.say("view.option_one")),
        alt.Tooltip("on_time:Q", title=names.say("view.axis.on_time"), format=".1%"),
        alt.Tooltip("cost_wan:Q", title=names.say("view.axis.cost"), format=",.1~f"),
    ]
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(x=x, y=y, color=colour, tooltip=tips)
    if not is_named:
        shown = list(dict.fromkeys(frame["money_title"]))
        key = chartparts.key_legend(names, "column.money")
        dots = dots.encode(shape=alt.Shape("money_title:N", sort=shown, legend=key))
    layers = [
        base.mark_rule(strokeWidth=1.4).encode(x=x, y="low:Q", y2="high:Q", color=colour),
        base.mark_rule(strokeWidth=1.4).encode(x="cost_low:Q", x2="cost_high:Q", y=y, color=colour),
        dots,
        *(_names_beside(base, x, y, is_right=side) for side in (False, True) if is_named),
    ]
    chart = alt.layer(*layers).properties(width=_PLOT[0], height=_PLOT[1])
    told = "; ".join(f"{row['option']}: {row['told']}" for row in frame.to_dict("records"))
    return chartparts.finished(chart, "question.cost_and_time", told, names)


def _about(low: float, high: float) -> list[float]:
    """Shares between which the axis reaches: those there are, in whole twentieths, with one to spare below.

    From 0 to 1 options would lie on each other.

    >>> _about(0.79, 0.864), _about(0.02, 1.0)
    ([0.7, 0.9], [0.0, 1.0])
    """
    return [max(math.floor(low * 20) - 1, 0) / 20, min(math.ceil(high * 20), 20) / 20]


def _apart(frame: pd.DataFrame, most: float, reach: Sequence[float]) -> list[str]:
    """The names to stand beside points, moved down by empty lines where one would lie on another.

    Columns cost_wan, on_time, label, is_right; most: end of the axis of money; reach: of that of shares.
    """
    names, taken = dict[Any, str](), list[tuple[float, float, float, float]]()
    for at, row in frame.sort_values("on_time", ascending=False, kind="stable").iterrows():
        lines = str(row["label"]).split("\n")
        width = max(map(breadth, lines)) * _HALF_WIDTH
        left = row["cost_wan"] / most * _PLOT[0] - (width if row["is_right"] else 0)
        top = (reach[1] - row["on_time"]) / (reach[1] - reach[0]) * _PLOT[1]
        moved = 0
        while any(
            left < other + wide and other < left + width and top < end and first < top + len(lines) * _LINE
            for other, wide, first, end in taken
        ):
            top, moved = top + _LINE, moved + 1
        taken.append((left, width, top, top + len(lines) * _LINE))
        names[at] = _BLANK * moved + str(row["label"])
    return [names[at] for at in frame.index]


def _names_beside(base: alt.Chart, x: alt.X, y: alt.Y, *, is_right: bool) -> alt.Chart:
    """Names in lines, whole: to the left of points that stand at the right, and the other way round."""
    align: Any = "right" if is_right else "left"
    side = base.transform_filter(f"datum.is_right == {str(is_right).lower()}")
    text: alt.Chart = side.mark_text(
        align=align, dx=-9 if is_right else 9, dy=12, fontSize=11, color=INK, lineBreak="\n", baseline="top"
    ).encode(x=x, y=y, text="label:N")
    return text


def options_cost_and_time(summary: pd.DataFrame, names: Names) -> list[Drawing]:
    """`cost_and_time` of an experiment's options; nothing where there are not two, or none costs anything."""
    found = options(summary, GRID).dropna(subset=["on_time_share", "cost_yuan"])
    if len(found) < 2 or not found["cost_yuan"].max() > 0:
        return []
    ends = {"cost_wan": "cost_yuan", "cost_low": "cost_yuan_low", "cost_high": "cost_yuan_high"}
    frame = pd.DataFrame(
        {
            "option": [names.option(*pair) for pair in zip(found["formula"], found["money"], strict=True)],
            "formula": found["formula"],
            "money_title": [names.monies[money] for money in found["money"]],
            **{name: found[column] / YUAN_PER_WAN for name, column in ends.items()},
            "on_time": found["on_time_share"],
            "low": found["on_time_share_low"],
            "high": found["on_time_share_high"],
        }
    )
    return [cost_and_time(frame, names)]

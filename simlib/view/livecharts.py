"""Charts of one question at the panel: where cases pile up, what families lose, what timeliness costs."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from simlib.view import chartparts
from simlib.view.chartparts import INK, SHARE, WIDTH, Drawing
from simlib.view.names import Names, number, percent, wan

LOST = ("excluded_unknown_months", "excluded_route_months", "excluded_late_months")
OVERPAID = ("overpaid_design_yuan", "overpaid_late_yuan")
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
    rows: Any = summary[(summary["year"] == 0) & summary["measure"].isin(LOST)].set_index("measure")
    frame = pd.DataFrame(
        [
            {
                "part": names.say(f"view.measure.{measure}"),
                "mean": rows.loc[measure, "mean"],
                "low": rows.loc[measure, "low"],
                "high": rows.loc[measure, "high"],
                "label": number(rows.loc[measure, "mean"], digits=0),
            }
            for measure in LOST
        ]
    )
    y = alt.Y("part:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=230))
    x = alt.X("mean:Q", title=names.say("view.axis.household_months"))
    colour = names.colours.get(names.keys[scenario][0], INK)
    base = alt.Chart(frame)
    tips = [
        alt.Tooltip("part:N", title=names.say("view.tip.title")),
        alt.Tooltip("label:N", title=names.say("view.axis.household_months")),
    ]
    chart = alt.layer(
        base.mark_bar(height=16, color=colour).encode(x=x, y=y, tooltip=tips),
        base.mark_rule(color=INK, strokeWidth=1.6).encode(x="low:Q", x2="high:Q", y=y),
        base.mark_text(align="left", dx=6, dy=-11, fontSize=11, color=INK).encode(x=x, y=y, text="label:N"),
    ).properties(width=WIDTH - 60, height=alt.Step(40))
    told = "; ".join(f"{row['part']} {row['label']}" for row in frame.to_dict("records"))
    return chartparts.finished(chart, "question.families_lost", told, names)


def cost_and_time(pinned: pd.DataFrame, names: Names) -> Drawing:
    """What each pinned option costs against what it decides in time, both with intervals.

    pinned: columns option, formula, cost_wan, cost_low, cost_high, on_time, low, high.
    """
    x = alt.X("cost_wan:Q", title=names.say("view.axis.wan"), scale=alt.Scale(zero=True))
    y = alt.Y("on_time:Q", title=names.say("view.axis.on_time"), scale=SHARE, axis=alt.Axis(format=".0%"))
    frame = pinned.assign(
        formula_title=[names.formulas[formula] for formula in pinned["formula"]],
        told=[
            f"{percent(share)}, {wan(cost * 10_000)}"
            for share, cost in zip(pinned["on_time"], pinned["cost_wan"], strict=True)
        ],
    )
    colour = chartparts.option_colour(names, frame)
    base = alt.Chart(frame)
    tips = [
        alt.Tooltip("option:N", title=names.say("view.option_one")),
        alt.Tooltip("on_time:Q", title=names.say("view.axis.on_time"), format=".1%"),
        alt.Tooltip("cost_wan:Q", title=names.say("view.axis.wan"), format=",.1f"),
    ]
    chart = alt.layer(
        base.mark_rule(strokeWidth=1.4).encode(x=x, y="low:Q", y2="high:Q", color=colour),
        base.mark_rule(strokeWidth=1.4).encode(x="cost_low:Q", x2="cost_high:Q", y=y, color=colour),
        base.mark_point(filled=True, size=90, opacity=1).encode(x=x, y=y, color=colour, tooltip=tips),
        base.mark_text(align="left", dx=9, dy=-8, fontSize=11, color=INK, limit=150).encode(
            x=x, y=y, text="option:N"
        ),
    ).properties(width=WIDTH - 40, height=260)
    told = "; ".join(f"{row['option']}: {row['told']}" for row in frame.to_dict("records"))
    return chartparts.finished(chart, "question.cost_and_time", told, names)

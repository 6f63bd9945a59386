"""Charts of a plan's years: what becomes of posts, what counties advance, what decisions cost, contracts."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from simlib.results.measures import interval as mean_interval
from simlib.results.posts import LEVELS
from simlib.units import MONTHS_PER_YEAR
from simlib.view import chartparts
from simlib.view.chartparts import INK, UNMANNED, WIDTH, Drawing
from simlib.view.contract import ALL_YEARS, GRID
from simlib.view.decision import options
from simlib.view.names import YUAN_PER_WAN, Names, number, wan, wrapped
from simlib.view.poststeps import TENTHS, WAY, signed, way_of_posts
from simlib.view.timetable import Timetable, event_titles, events, spans

MOST_YEARS = 3
"""Years shown side by side; of a longer plan the first, the last and the whole."""
PALE = 0.62
"""How much of a colour is white in its pale tint."""
EVENT_SHAPES = ("cross", "triangle-up", "diamond", "square", "triangle-down", "circle")
ALARM = "#8a2f00"


def post_steps(steps: pd.DataFrame, scenario: str, names: Names) -> Drawing:
    """From required to effective posts: levels in the option's colour, steps between them in grey."""
    way = way_of_posts(steps)
    years = [year for year in dict.fromkeys(way["year"]) if year != ALL_YEARS]
    shown = years if len(years) <= MOST_YEARS else [years[0], years[-1], ALL_YEARS]
    titles = {year: str(year) if year else names.say("view.whole_plan") for year in shown}
    frame = _steps_as_bars(way[way["year"].isin(shown)], names).assign(
        year_title=lambda rows: [titles[year] for year in rows["year"]]
    )
    colour = names.colours.get(names.keys[scenario][0], INK)
    order = [names.say(f"view.post.{key}") for key in WAY]
    scale = alt.Scale(domain=[0, float(frame["to"].max()) * 1.18], nice=False)
    x = alt.X("from:Q", title=names.say("view.axis.posts"), scale=scale, axis=alt.Axis(tickCount=4))
    axis = alt.Axis(domain=False, ticks=False, labelPadding=6, labelLimit=230)
    y = alt.Y("title:N", title=None, sort=order, axis=axis)
    shades = alt.Scale(domain=[True, False], range=[colour, UNMANNED])
    bars = alt.Chart().mark_bar(height=13).encode(
        x=x, x2="to:Q", y=y,
        color=alt.Color("is_level:N", scale=shades, legend=None),
        tooltip=chartparts.tips(names, "title", "year_title", "label"),
    )  # fmt: skip
    spread = (
        alt.Chart()
        .transform_filter("isValid(datum.low) && datum.high > datum.low")
        .mark_rule(color=INK, strokeWidth=1.6)
        .encode(x="low:Q", x2="high:Q", y=y)
    )
    texts = (
        alt.Chart()
        .mark_text(align="left", dx=4, fontSize=11, color=INK)
        .encode(x="end:Q", y=y, text="label:N")
    )
    across = len(shown)
    panel = alt.layer(bars, spread, texts, data=frame).properties(
        width=max(130, (WIDTH - 150) // across - 10), height=alt.Step(19)
    )
    header = alt.Header(labelAnchor="start", labelFontWeight="bold")
    chart = panel.facet(
        facet=alt.Facet("year_title:N", title=None, sort=list(titles.values()), header=header),
        columns=across,
    )
    told = "; ".join(
        f"{titles[year]}: "
        + names.say("view.and").join(f"{row.title} {row.label}" for row in rows.itertuples())
        for year, rows in frame.groupby("year", sort=False)
    )
    return chartparts.finished(chart, "question.post_steps", told, names)


def _steps_as_bars(way: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Levels from zero, steps from where the one before ended: from, to, end of the label [post]."""
    rows = []
    for year, keys in way.groupby("year", sort=False):
        stands = 0.0
        row: Any
        for row in keys.itertuples():
            posts = row.tenths / TENTHS
            begin, is_level = (0.0, True) if row.key in LEVELS else (stands, False)
            stands = posts if is_level else stands + posts
            rows.append(
                {
                    "year": year,
                    "title": names.say(f"view.post.{row.key}"),
                    "is_level": is_level,
                    "from": min(begin, stands),
                    "to": max(begin, stands),
                    "end": max(begin, stands, row.high if row.high == row.high else 0.0),
                    "low": row.low,
                    "high": row.high,
                    "label": signed(row.tenths, row.key),
                }
            )
    return pd.DataFrame(rows)


def advances(every: pd.DataFrame, scenario: str, first_year: int, names: Names) -> Drawing:
    """What counties have advanced at each month's end, mean with interval, and the peak [10,000 yuan].

    every: replication, month (of the plan), yuan.
    """
    rows = []
    for month, found in every.groupby("month", sort=True):
        mean, low, high, _ = mean_interval(found["yuan"])
        at = int(str(month))
        when = pd.Timestamp(first_year + at // MONTHS_PER_YEAR, at % MONTHS_PER_YEAR + 1, 1)
        rows.append((when, mean / YUAN_PER_WAN, max(low, 0.0) / YUAN_PER_WAN, high / YUAN_PER_WAN))
    frame = pd.DataFrame(rows, columns=["month", "advance_wan", "low_wan", "high_wan"])
    peak = frame.loc[[frame["advance_wan"].idxmax()]].copy()
    peak["label"] = names.say(
        "view.peak", wan=number(peak["advance_wan"].iloc[0]), month=f"{peak['month'].iloc[0]:%Y-%m}"
    )
    colour = names.colours.get(names.keys[scenario][0], INK)
    scale = alt.Scale(domain=[0, max(1.0, 1.18 * float(frame[["advance_wan", "high_wan"]].max().max()))])
    x, title = chartparts.month_axis(), names.say("view.axis.wan")
    y = alt.Y("advance_wan:Q", title=title, scale=scale)
    broad = max(2.0, 0.7 * WIDTH / len(frame))
    bars = alt.Chart(frame).mark_bar(color=colour, width=broad).encode(
        x=x, y=y, tooltip=chartparts.tips(names, "month", "advance_wan", "low_wan", "high_wan")
    )  # fmt: skip
    spread = alt.Chart(frame).transform_filter("datum.high_wan > datum.low_wan").mark_rule(
        color=INK, strokeWidth=1.3
    ).encode(x=x, y=alt.Y("low_wan:Q", title=title, scale=scale), y2="high_wan:Q")  # fmt: skip
    at_top = alt.Chart(peak).encode(x=x, y=alt.Y("high_wan:Q", title=title, scale=scale))
    place = peak.index[0] / max(len(frame) - 1, 1)
    align: Any = "left" if place < 1 / 4 else "right" if place > 3 / 4 else "center"
    text = at_top.mark_text(align=align, dy=-9, fontSize=12, color=INK).encode(text="label:N")
    chart = alt.layer(bars, spread, text).properties(width=WIDTH + 60, height=170)
    return chartparts.finished(chart, "question.advance", str(peak["label"].iloc[0]), names)


def cost_per_decision(summary: pd.DataFrame, names: Names, *, view: str = GRID) -> Drawing:
    """Yuan of staff for each case decided in time, an option a row, with interval; shorter is cheaper."""
    found = options(summary, view).dropna(subset=["cost_per_decision_yuan"])
    table = chartparts.titled(found, names)
    table["label"] = [number(yuan, digits=0) for yuan in table["cost_per_decision_yuan"]]
    titles = chartparts.compared(names)
    y = alt.Y("money_title:N", title=None, sort=None, axis=chartparts.option_axis())
    offset = alt.YOffset("formula_title:N", sort=titles)
    x = alt.X("cost_per_decision_yuan:Q", title=names.say("view.axis.yuan"), scale=alt.Scale(zero=True))
    colour = chartparts.option_colour(names, table)
    bars = alt.Chart(table).mark_bar(height=11).encode(
        x=x, y=y, yOffset=offset, color=colour,
        tooltip=chartparts.tips(names, "formula_title", "money_title", "cost_per_decision_yuan"),
    )  # fmt: skip
    ends = {"x": "cost_per_decision_yuan_low:Q", "x2": "cost_per_decision_yuan_high:Q"}
    spread = alt.Chart(table).mark_rule(color=INK, strokeWidth=1.6).encode(y=y, yOffset=offset, **ends)
    texts = alt.Chart(table).mark_text(align="left", dx=5, fontSize=11, color=INK).encode(
        x="cost_per_decision_yuan_high:Q", y=y, yOffset=offset, text="label:N"
    )  # fmt: skip
    chart = alt.layer(bars, spread, texts).properties(width=WIDTH, height=alt.Step(20))
    told = "; ".join(
        f"{names.option(row['formula'], row['money'])} {row['label']}" for _, row in table.iterrows()
    )
    return chartparts.finished(chart, "question.cost_per_decision", told, names)


def contracts(times: Timetable, scenario: str, names: Names) -> Drawing:
    """Purchases and contracts of every county over the plan: bars, gaps, and marks of what went wrong."""
    colour = names.colours.get(names.keys[scenario][0], INK)
    kinds = ("purchase", "contract", "gap")
    titles = [names.say(f"view.contracts.kind.{kind}") for kind in kinds]
    bars = spans(times, names)
    bars["kind_title"] = bars["kind"].map(dict(zip(kinds, titles, strict=True)))
    bars["lane"] = (bars["kind"] != "purchase").astype(int)
    bars["row"] = [wrapped(row, 26) for row in bars["row"]]
    order = list(dict.fromkeys(bars["row"]))
    first, last = (pd.Timestamp(day) for day in (times.first, times.last))
    scale = alt.Scale(domain=[first.isoformat(), last.isoformat()], nice=False)
    axis = alt.Axis(format="%Y-%m", labelOverlap=True, grid=True)
    x = alt.X("from_on:T", title=None, scale=scale, axis=axis)
    y = alt.Y("row:N", title=None, sort=order, axis=chartparts.option_axis())
    key = chartparts.key_legend(names, None)
    fill = alt.Scale(domain=titles, range=[pale(colour), colour, "#ffffff"])
    edge = alt.Scale(domain=titles, range=[pale(colour), "#ffffff", ALARM])
    drawn = alt.Chart(bars).mark_bar(height=9, strokeWidth=1.5).encode(
        x=x, x2="to_on:T", y=y, yOffset=alt.YOffset("lane:O"),
        fill=alt.Fill("kind_title:N", scale=fill, legend=key),
        stroke=alt.Stroke("kind_title:N", scale=edge, legend=key),
        tooltip=chartparts.tips(names, "row", "kind_title", "from_on", "to_on"),
    )  # fmt: skip
    layers = [drawn]
    marks = events(times, names)
    if len(marks):
        marks["row"] = [wrapped(row, 26) for row in marks["row"]]
        called = [title for title in event_titles(names) if title in set(marks["step"])]
        shapes = dict(zip(event_titles(names), EVENT_SHAPES, strict=True))
        form = alt.Scale(domain=called, range=[shapes[title] for title in called])
        layers.append(
            alt.Chart(marks).mark_point(filled=True, size=75, color=ALARM, opacity=1).encode(
                x=alt.X("on:T", title=None, scale=scale), y=y,
                shape=alt.Shape("step:N", scale=form, legend=chartparts.key_legend(names, None)),
                tooltip=chartparts.tips(names, "row", "step", "on"),
            )
        )  # fmt: skip
    chart = alt.layer(*layers).properties(width=WIDTH, height=alt.Step(14))
    counted = bars["kind"].value_counts()
    told = names.say(
        "view.alt.contracts",
        contracts=int(counted.get("contract", 0)),
        gaps=int(counted.get("gap", 0)),
        events=names.say("view.and").join(
            f"{step} {count}" for step, count in marks["step"].value_counts().items()
        )
        or names.say("view.contracts.no_events"),
    )
    return chartparts.finished(chart, "question.contracts", told, names)


def pale(colour: str) -> str:
    """The pale tint of a colour."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part + (255 - part) * PALE):02x}" for part in parts)


def peak_text(summary: pd.DataFrame, scenario: str, names: Names) -> str:
    """The peak advance, each county at its own peak, in words."""
    mine = summary[(summary["scenario"] == scenario) & (summary["year"] == ALL_YEARS)]
    row = mine[mine["measure"] == "advance_yuan"].iloc[0]
    return names.say("view.peak_sum", wan=wan(row["mean"]), low=wan(row["low"]), high=wan(row["high"]))

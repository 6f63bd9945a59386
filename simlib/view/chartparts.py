"""What every chart is made of: sizes, axes, the colour of each formula, keys, hints, fonts.

Every chart carries its question as title, and a description for those who cannot see it.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import altair as alt
import pandas as pd

from simlib.view.blocks import Block
from simlib.view.decision import with_options
from simlib.view.figures import figure
from simlib.view.names import Names, wrapped
from simlib.view.specs import spec_of

FONT = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"
WIDTH = 360
"""Of a plot, without its labels [pixel]: a telephone shows the whole chart without scripts, its letters still
legible; where scripts run the page draws it as wide as there is room."""
UNMANNED = "#b9bfc7"
BAR, INK, FAINTEST = 13, "#1b1f24", 0.28
ROW, LABEL_LINE = 20, 16
"""Heights of a row of dots, and of a line of its label."""
DATES = ("from_on", "to_on", "on")
AMOUNTS = (
    *("target_wan", "advance_wan", "low_wan", "high_wan", "cost_per_decision_yuan"),
    *(
        "amount",
        "count",
        "open_end",
        "households",
        "posts",
        "posts_filled",
        "load",
        "cap_wan",
        "required",
        "existing",
    ),
)
SHARE = alt.Scale(domain=[0, 1], nice=False)
Drawing: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart


def show(*things: Drawing | Block) -> Block:
    """Charts and blocks, one under the other, as a notebook shows them and the report keeps them."""
    blocks = [thing if isinstance(thing, Block) else figure(spec_of(thing)) for thing in things]
    return Block("\n".join(block.html for block in blocks), "\n".join(block.text for block in blocks))


def titled(frame: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The frame with titles of its formula and money rule: `_name` in full, `_title` broken into lines.

    The one money rule that all share is no title of a row.
    """
    frame = with_options(frame, names)
    if "month" in frame:
        frame["month"] = pd.to_datetime(frame["month"])
    for column, titles in (("formula", names.formulas), ("money", names.monies)):
        frame[f"{column}_name"] = [titles[code] for code in frame[column]]
    frame["formula_title"] = frame["formula_name"]
    frame["money_title"] = [wrapped(title, 22) if names.tells_money else "" for title in frame["money_name"]]
    return frame


def label_lines(titles: pd.Series) -> int:
    """Lines of the tallest label."""
    return max((title.count("\n") + 1 for title in titles), default=1)


def compared(names: Names) -> list[str]:
    """Titles of the formulas that are compared, in their order."""
    return [names.formulas[formula] for formula in names.colours]


def month_axis() -> alt.X:
    """The axis of months."""
    return alt.X(
        "month:T", title=None, axis=alt.Axis(format="%Y-%m", labelAngle=0, labelOverlap=True, grid=False)
    )


def option_colour(names: Names, frame: pd.DataFrame, *, legend: bool = True) -> alt.Color:
    """Each formula's one colour, with a key where the frame holds several; staying as today is in ink."""
    shown = list(dict.fromkeys(frame["formula"]))
    ordered = [f for f in names.colours if f in shown] + [f for f in shown if f not in names.colours]
    scale = alt.Scale(
        domain=[names.formulas[formula] for formula in ordered],
        range=[names.colours.get(formula, INK) for formula in ordered],
    )
    key = key_legend(names, "formula") if legend and len(ordered) > 1 else None
    return alt.Color("formula_title:N", scale=scale, legend=key)


def shades(field: str, kinds: list[str], title: str, *, rising: bool = False) -> alt.Opacity:
    """Shades of one colour for the kinds of a field, from full to faint (or rising from faint to full)."""
    steps = [1 - (1 - FAINTEST) * i / max(1, len(kinds) - 1) for i in range(len(kinds))]
    scale = alt.Scale(type="ordinal", domain=kinds, range=steps[::-1] if rising else steps)
    legend = alt.Legend(orient="bottom", title=title, symbolType="square", labelLimit=220)
    return alt.Opacity(f"{field}:O", sort=kinds, scale=scale, legend=legend)


def key_legend(names: Names, title: str | None) -> alt.Legend:
    """A key under the chart."""
    heading = names.chosen if title == "formula" else names.say(f"view.{title}") if title else None
    return alt.Legend(orient="bottom", title=heading, labelLimit=420, symbolOpacity=1)


def line_legend() -> alt.Legend:
    """A key under the chart that tells lines by how they are drawn."""
    stroke: dict[str, Any] = {"symbolType": "stroke", "symbolStrokeColor": INK, "symbolStrokeWidth": 2.2}
    return alt.Legend(orient="bottom", title=None, symbolSize=400, symbolFillColor="transparent", **stroke)


def option_axis() -> alt.Axis:
    """The axis of rows with titles in several lines."""
    return alt.Axis(
        labelExpr="split(datum.label, '\\n')", labelLimit=200, domain=False, ticks=False, labelPadding=8
    )


def option_header() -> alt.Header:
    """The heading of a panel with titles in several lines."""
    return alt.Header(
        labelExpr="split(datum.label, '\\n')", labelAnchor="start", labelFontWeight="bold", labelLimit=560
    )


def tips(names: Names, *fields: str) -> list[alt.Tooltip]:
    """Hints that a mark shows for these fields."""
    return [_tip(names, field) for field in fields if field != "money_title" or names.tells_money]


def _tip(names: Names, field: str) -> alt.Tooltip:
    title = names.say(f"view.tip.{field}")
    if field == "month":
        return alt.Tooltip("month:T", title=title, format="%Y-%m")
    if field in ("low", "high") or field.startswith("on_time_share"):
        return alt.Tooltip(f"{field}:Q", title=title, format=".1%")
    if field == "wan":
        return alt.Tooltip("sum(wan):Q", title=title, format=",.1~f")
    if field in DATES:
        return alt.Tooltip(f"{field}:T", title=title, format="%Y-%m-%d")
    if field in AMOUNTS:
        return alt.Tooltip(f"{field}:Q", title=title, format=",.1~f")
    return alt.Tooltip(f"{field}:N", title=title)


def finished(chart: Drawing, question: str, told: str, names: Names) -> Drawing:
    """The chart with its question as title, its text alternative, fonts and calm axes.

    All is set on one copy: every method of altair's makes another, of all layers.
    """
    calm: dict[str, Any] = {"labelFontSize": 12, "titleFontSize": 12, "labelColor": INK, "titleColor": INK}
    plain = calm | {"titleFontWeight": "normal", "aria": False}
    done: Drawing = chart.copy(deep=False)
    done.title, done.usermeta = names.say(f"view.{question}"), {"claim": question}
    done.description = names.say("view.alt", told=told)
    done.config = alt.Config(
        font=FONT,
        background="white",
        axis=alt.AxisConfig(**plain, gridColor="#e5e8eb"),
        axisX=alt.AxisConfig(labelSeparation=8),
        header=alt.HeaderConfig(**calm),
        legend=alt.LegendConfig(**plain, columns=2),
        view=alt.ViewConfig(stroke=None),
        facet=alt.CompositionConfig(spacing=14),
    )
    return done

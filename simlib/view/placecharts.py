"""Charts of a place: townships as tiles, posts by county, households per worker as a township grows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from simlib.view.chartparts import (
    BAR,
    INK,
    UNMANNED,
    WIDTH,
    Drawing,
    finished,
    option_colour,
    tips,
)
from simlib.view.loads import load_at
from simlib.view.names import Names, number, wrapped

_LOG_STEPS = (1, 2, 5)


def township_tiles(townships: pd.DataFrame, names: Names) -> Drawing:
    """Households per filled post in every township, a row a county, the heaviest first; grey: nobody there.

    townships: columns county, area, households, posts_filled.
    """
    frame = townships[["county", "area", "households", "posts_filled"]].copy()
    frame["load"] = (frame["households"] / frame["posts_filled"]).where(frame["posts_filled"] > 0)
    frame = frame.sort_values("load", ascending=False, na_position="first", kind="stable")
    frame["rank"] = frame.groupby("county").cumcount() + 1
    rows = list(dict.fromkeys(townships["county"]))
    x = alt.X("rank:O", title=names.say("view.axis.rank"), axis=alt.Axis(labels=False, ticks=False))
    y = alt.Y("county:N", title=None, sort=rows, axis=alt.Axis(domain=False, ticks=False))
    hints = tips(names, "area", "county", "households", "posts_filled", "load")
    tiles = alt.Chart(frame).mark_rect(stroke="white", strokeWidth=1.5, color=UNMANNED)
    manned = tiles.transform_filter("isValid(datum.load)").encode(
        x=x, y=y, color=_load_colour(names), tooltip=hints
    )
    width = min(WIDTH + 30, int(frame["rank"].max()) * 26)
    empty = tiles.transform_filter("!isValid(datum.load)").encode(x=x, y=y, tooltip=hints)
    chart = alt.layer(empty, manned).properties(width=width, height=alt.Step(24))
    worst = frame.dropna(subset=["load"]).nlargest(3, "load")
    told = names.say(
        "view.alt.tiles",
        worst=names.say("view.and").join(
            f"{row['area']} {number(row['load'], digits=0)}" for _, row in worst.iterrows()
        ),
        unmanned=int(frame["load"].isna().sum()),
    )
    return finished(chart, "question.tiles", told, names)


def required_by_county(offices: pd.DataFrame, names: Names) -> Drawing:
    """Posts a formula requires in each county and posts existing there, all levels together [post].

    offices: columns formula, county, required, existing.
    """
    frame = offices.assign(formula_title=[names.formulas[formula] for formula in offices["formula"]])
    y = alt.Y("county:N", title=None, sort=None, axis=alt.Axis(domain=False, ticks=False, labelPadding=8))
    bars = alt.Chart(frame).mark_bar(height=BAR).encode(
        x=alt.X("required:Q", title=names.say("view.axis.posts")), y=y, color=option_colour(names, frame),
        tooltip=tips(names, "county", "required", "existing"),
    )  # fmt: skip
    halo, mark = (  # a bar may be as dark as the mark on it
        alt.Chart(frame).mark_tick(thickness=wide, height=BAR + 5, color=colour, aria=False)
        for wide, colour in ((5.5, "white"), (2.5, INK))
    )
    today = (each.encode(x="existing:Q", y=y) for each in (halo, mark))
    told = "; ".join(
        names.say("view.alt.first_look", county=row["county"], required=number(row["required"]),
                  existing=number(row["existing"])) for _, row in frame.iterrows()
    )  # fmt: skip
    chart = alt.layer(bars, *today).properties(width=WIDTH, height=alt.Step(22))
    return finished(chart, "question.first_look", told, names)


def loads(curves: pd.DataFrame, households: pd.Series, names: Names) -> Drawing:
    """Households per worker as a township grows: a panel a formula compared, all others behind in grey.

    curves: what `loads.load_curves` returns (where none is compared, each has a panel); households: of each
    township, the middle half of which is shaded. Both axes are logarithmic: a line rises at one slope until
    the text asks for one more post.
    """
    heads = curves.drop_duplicates("title")
    if compared := curves.attrs["compared"]:
        heads = heads[heads["title"].isin(compared)]
    low, high = float(curves["households"].min()), float(curves["households"].max())
    x = _log_axis("households", low, high, names.say("view.axis.size"))
    y = _log_axis(
        "load", float(curves["load"].min()), float(curves["load"].max()), names.say("view.axis.each")
    )
    shade = alt.Chart().transform_filter("datum.kind == 'half'").mark_rect(color="#e3e8ee", aria=False)
    grey = (
        alt.Chart()
        .transform_filter("datum.kind == 'other'")
        .mark_line(color=UNMANNED, strokeWidth=1, aria=False)
    )
    own = alt.Chart().transform_filter("datum.kind == 'own'").mark_line(strokeWidth=3)
    layers = [
        shade.encode(x=x, x2="to:Q"),
        grey.encode(x=x, y=y, detail="line:N"),
        own.encode(
            x=x, y=y,
            color=alt.Color(
                "panel:N", legend=None,
                scale=alt.Scale(domain=list(range(len(heads))), range=heads["colour"].tolist()),
            ),
            tooltip=tips(names, "title", "households", "posts", "load"),
        ),
    ]  # fmt: skip
    told = "; ".join(
        _load_told(rows, households, names)
        for title, rows in curves.groupby("title", sort=False)
        if title in set(heads["title"])
    )
    frame = _load_panels(curves, heads["title"].tolist(), households.clip(low, high))
    chart = alt.layer(*layers, data=frame).properties(width=(WIDTH + 90) // 2 - 30, height=130)
    listed = json.dumps([wrapped(title, 28).split("\n") for title in heads["title"]], ensure_ascii=False)
    header = alt.Header(labelExpr=f"{listed}[datum.value]", labelAnchor="start", labelFontWeight="bold")
    panel = alt.Facet("panel:N", title=None, header=header)
    return finished(chart.facet(panel, columns=2), "question.loads", told, names)


def _load_panels(curves: pd.DataFrame, shown: Sequence[str], households: pd.Series) -> pd.DataFrame:
    """The rows of every panel: its own line, the other lines, the middle half of the townships."""
    half = {"households": float(households.quantile(0.25)), "to": float(households.quantile(0.75))}
    named = curves.assign(line=pd.factorize(curves["title"])[0])
    parts: list[pd.DataFrame] = []
    for panel, title in enumerate(shown):
        own, other = named[named["title"] == title], named[named["title"] != title]
        parts += [
            own[["title", "households", "posts", "load"]].assign(kind="own", panel=panel),
            other[["line", "households", "load"]].assign(kind="other", panel=panel),
            pd.DataFrame([half | {"kind": "half", "panel": panel}]),
        ]
    return pd.concat(parts, ignore_index=True)


def _log_axis(column: str, low: float, high: float, title: str) -> Any:
    """A logarithmic axis with marks at 1, 2 and 5 of each power of ten."""
    marks = [step * 10**power for power in range(7) for step in _LOG_STEPS if low <= step * 10**power <= high]
    axis = alt.Axis(values=marks, format=",.0f", labelOverlap=True)
    channel = alt.X if column == "households" else alt.Y
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    return channel(f"{column}:Q", title=title, scale=scale, axis=axis)


def _load_told(rows: pd.DataFrame, households: pd.Series, names: Names) -> str:
    """The load in the smallest, the middle and the largest township, in words."""
    sizes = [households.min(), households.median(), households.max()]
    said = []
    for size in (max(float(size), float(rows["households"].min())) for size in sizes):
        load = number(load_at(rows, size))
        said.append(names.say("view.alt.load", households=number(size, digits=0), load=load))
    return f"{rows['title'].iloc[0]}: {names.say('view.and').join(said)}"


def _load_colour(names: Names) -> alt.Color:
    scale = alt.Scale(scheme="viridis", reverse=True, zero=False)
    legend = alt.Legend(
        orient="bottom", title=names.say("view.axis.load"), gradientLength=260, titleLimit=400
    )
    return alt.Color("load:Q", scale=scale, legend=legend)

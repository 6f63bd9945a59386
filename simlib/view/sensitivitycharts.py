"""Charts of what a choice hangs on: the tornado, Sobol' indices, rank correlations."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from simlib.view import chartparts
from simlib.view.chartparts import INK, LABEL_LINE, WIDTH, Drawing
from simlib.view.names import YUAN_PER_WAN, Names, wrapped
from simlib.view.sensitivityfacts import Sensitivity, option_of, strongest, title_of, unit_of, value_text

LOWER, UPPER = "#0072B2", "#D55E00"
"""The end below where the option stands, and the end above: first two of Okabe & Ito, 2008."""
FAINT = "#7fc3b5"
FULL = "#00876C"
BREADTH = 28
MOST_OPTIONS = 4
"""Options that are drawn; the tables hold all."""


def tornadoes(found: Sensitivity, names: Names) -> list[Drawing]:
    """How the measure moves when one thing goes to an end of its range: a chart for each option."""
    options = list(dict.fromkeys(found.moves["option"]))[:MOST_OPTIONS]
    return [_tornado(found, option, names) for option in options]


def _tornado(found: Sensitivity, option: str, names: Names) -> Drawing:
    moves = strongest(found.moves[found.moves["option"] == option])
    scale = _scale(found.measure)
    frame = pd.DataFrame(
        {
            "item": [wrapped(title_of(found, key), BREADTH) for key in moves["key"]],
            "end": [value_text(value, names) for value in moves["end"]],
            "place": _places(moves),
            "at": moves["mean"].astype(float) * scale,
            "from": moves["low"].astype(float) * scale,
            "to": moves["high"].astype(float) * scale,
            "zero": 0.0,
        }
    )
    sides = [names.say(f"view.sensitivity.side.{side}") for side in ("first", "second")]
    frame["side"] = [sides[min(place, 1)] for place in frame["place"]]
    base = alt.Chart(frame)
    measure = names.or_code("measure", found.measure)
    title = names.say("view.sensitivity.axis_change", measure=measure, unit=unit_of(found.measure, names))
    x = alt.X("at:Q", title=title)
    y = alt.Y("item:N", title=None, sort=None, axis=chartparts.option_axis())
    offset = alt.YOffset("place:O", scale=alt.Scale(paddingInner=0.1))
    colour = alt.Color(
        "side:N",
        scale=alt.Scale(domain=sides, range=[LOWER, UPPER]),
        legend=chartparts.key_legend(names, None),
    )
    hints = _hints(names, title, "item", "end")
    bars = base.mark_bar().encode(x=x, x2="zero:Q", y=y, yOffset=offset, color=colour, tooltip=hints)
    spread = base.mark_rule(strokeWidth=1.4, color=INK).encode(x="from:Q", x2="to:Q", y=y, yOffset=offset)
    right = base.transform_filter("datum.at >= 0").mark_text(align="left", dx=6, fontSize=10, color=INK)
    left = base.transform_filter("datum.at < 0").mark_text(align="right", dx=-6, fontSize=10, color=INK)
    texts = [
        right.encode(x="to:Q", y=y, yOffset=offset, text="end:N"),
        left.encode(x="from:Q", y=y, yOffset=offset, text="end:N"),
    ]
    stands = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=INK).encode(x="zero:Q")
    told = "; ".join(f"{row.item} → {row.end}: {row.at:+.3g}" for row in frame.itertuples())
    heading = option_of(option, names)
    step = max(15, LABEL_LINE * chartparts.label_lines(frame["item"]) // 2)
    chart = alt.layer(bars, spread, *texts, stands).properties(width=WIDTH, height=alt.Step(step))
    return _finished(chart, "question.tornado", heading, told.replace("\n", " "), names)


def _places(moves: pd.DataFrame) -> list[int]:
    """Which of its ends a row is, counted from 0."""
    return [int(at) for at in moves.groupby("key", sort=False).cumcount()]


def _scale(measure: str) -> float:
    """What a difference is multiplied by to stand in its unit on the page."""
    return 100.0 if measure.endswith("_share") else 1 / YUAN_PER_WAN if measure.endswith("_yuan") else 1.0


def index_bars(found: Sensitivity, names: Names) -> list[Drawing]:
    """Sobol' indices with intervals: by itself and with all it acts with, a chart for each option."""
    kinds = ("first", "total")
    shades = {kind: names.say(f"view.sensitivity.column.{kind}") for kind in kinds}
    drawn = []
    for indices in found.indices:
        for option in list(dict.fromkeys(indices["option"]))[:MOST_OPTIONS]:
            mine = indices[indices["option"] == option].dropna(subset=["total"])
            if mine.empty:
                continue
            mine = mine.sort_values("total", ascending=False, kind="stable")
            parts = [_ends(mine, kind, found, shades[kind]) for kind in kinds]
            frame = pd.concat(parts, ignore_index=True)
            chart = _bars(frame, list(shades.values()), names.say("view.sensitivity.axis_index"), names)
            told = "; ".join(f"{row.item} {row.kind}: {row.at:.2f}" for row in frame.itertuples())
            drawn.append(
                _finished(chart, "question.indices", option_of(option, names), told.replace("\n", " "), names)
            )
    return drawn


def rank_bars(found: Sensitivity, names: Names) -> list[Drawing]:
    """Partial rank correlations with intervals, a chart for each option."""
    kind = names.say("view.sensitivity.column.partial")
    drawn = []
    for ranks in found.ranks:
        for option in list(dict.fromkeys(ranks["option"]))[:MOST_OPTIONS]:
            mine = ranks[ranks["option"] == option].dropna(subset=["partial"])
            if mine.empty:
                continue
            order = mine["partial"].abs().sort_values(ascending=False, kind="stable").index
            frame = _ends(mine.loc[order], "partial", found, kind)
            chart = _bars(frame, [kind], names.say("view.sensitivity.axis_rank"), names)
            told = "; ".join(f"{row.item}: {row.at:+.2f}" for row in frame.itertuples())
            drawn.append(
                _finished(chart, "question.ranks", option_of(option, names), told.replace("\n", " "), names)
            )
    return drawn


def _ends(rows: pd.DataFrame, name: str, found: Sensitivity, kind: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item": [wrapped(title_of(found, key), BREADTH) for key in rows["key"]],
            "kind": kind,
            "at": rows[name].to_numpy(float),
            "from": rows[f"{name}_low"].to_numpy(float),
            "to": rows[f"{name}_high"].to_numpy(float),
        }
    )


def _bars(frame: pd.DataFrame, kinds: Sequence[str], title: str, names: Names) -> Drawing:
    base = alt.Chart(frame)
    y = alt.Y("item:N", title=None, sort=None, axis=chartparts.option_axis())
    offset = alt.YOffset("kind:N", sort=list(kinds), scale=alt.Scale(paddingInner=0.1))
    key = chartparts.key_legend(names, None) if len(kinds) > 1 else None
    scale = alt.Scale(domain=list(kinds), range=[FAINT, FULL] if len(kinds) > 1 else [FULL])
    colour = alt.Color("kind:N", scale=scale, legend=key)
    x = alt.X("at:Q", title=title, scale=alt.Scale(zero=True))
    hints = _hints(names, title, "item", "kind")
    bars = base.mark_bar().encode(x=x, y=y, yOffset=offset, color=colour, tooltip=hints)
    spread = base.mark_rule(strokeWidth=1.4, color=INK).encode(x="from:Q", x2="to:Q", y=y, yOffset=offset)
    step = max(15, LABEL_LINE * chartparts.label_lines(frame["item"]) // len(kinds))
    return alt.layer(bars, spread).properties(width=WIDTH, height=alt.Step(step))


def _hints(names: Names, measured: str, *fields: str) -> list[alt.Tooltip]:
    """Hints of a bar: what it is of, and how long it is."""
    size = alt.Tooltip("at:Q", title=measured, format="+.3~r")
    return [
        *(alt.Tooltip(f"{field}:N", title=names.say(f"view.sensitivity.tip.{field}")) for field in fields),
        size,
    ]


def _finished(chart: Drawing, question: str, option: str, told: str, names: Names) -> Drawing:
    """The chart with its question and the option it is about."""
    done = chartparts.finished(chart, question, f"{option}. {told}", names)
    asked = names.say("view.sensitivity.asked", question=names.say(f"view.{question}"), option=option)
    return done.properties(title=asked)

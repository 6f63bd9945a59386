"""Charts of services for families: need met for the money, clerks against services, who is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from simlib.view import chartparts
from simlib.view.chartparts import INK, SHARE, WIDTH, Drawing
from simlib.view.names import Names, percent
from simlib.view.serviceoptions import Option
from simlib.view.serviceview import FARED

SHADES = ("#00876C", "#7fc3b5", "#D55E00", "#d9dde2")
"""Wholly, partly, left out, pending."""


def coverage(options: Sequence[Option], names: Names) -> Drawing:
    """The share of need met in each option, with interval, by what share of the grant buys services.

    An option above the document's cap is drawn hollow.
    """
    frame = _frame(options, names, "all_met_share")
    titles = list(dict.fromkeys(frame["group_title"]))
    y = alt.Y("share_title:N", title=names.say("view.services.axis.share"), sort=None)
    offset = alt.YOffset("group_title:N", sort=titles)
    colour = chartparts.option_colour(names, frame) if len(titles) > 1 else alt.value(INK)
    base = alt.Chart(frame)
    x = alt.X(
        "mean:Q", title=names.say("view.services.axis.need_met"), scale=SHARE, axis=alt.Axis(format=".0%")
    )
    spread = base.mark_rule(strokeWidth=1.6).encode(x="low:Q", x2="high:Q", y=y, yOffset=offset, color=colour)
    dots = base.mark_point(size=60, opacity=1, strokeWidth=2).encode(
        x=x, y=y, yOffset=offset, color=colour, fill=_filled(colour),
        tooltip=chartparts.tips(names, "title", "low", "high"),
    )  # fmt: skip
    values = base.mark_text(align="left", dx=8, fontSize=11, color=INK).encode(
        x="high:Q", y=y, yOffset=offset, text="label:N"
    )
    told = "; ".join(f"{row.title} {row.label}" for row in frame.itertuples())
    step = 18 if len(titles) > 1 else 26
    chart = alt.layer(spread, dots, values).properties(width=WIDTH, height=alt.Step(step))
    return chartparts.finished(chart, "question.services_coverage", told, names)


def frontier(options: Sequence[Option], names: Names) -> Drawing:
    """Need met against decisions in time when the same money is split in different ways, with intervals.

    A dot is named by its share for services, above and below in turn; the table tells each split in full.
    """
    met, time = (_frame(options, names, fact) for fact in ("all_met_share", "desk_on_time_share"))
    frame = met.merge(time[["id", "mean", "low", "high"]], on="id", suffixes=("", "_time"))
    frame["label"] = [names.say("view.services.dot", share=share) for share in frame["share_title"]]
    frame["is_above"] = [at % 2 == 0 for at in range(len(frame))]
    base = alt.Chart(frame)
    span = _span(frame["low"], frame["high"]), _span(frame["low_time"], frame["high_time"])
    x = alt.X(
        "mean:Q", title=names.say("view.services.axis.need_met"), axis=alt.Axis(format=".0%"),
        scale=alt.Scale(domain=span[0], nice=False, zero=False),
    )  # fmt: skip
    y = alt.Y(
        "mean_time:Q", title=names.say("view.services.axis.on_time"), axis=alt.Axis(format=".0%"),
        scale=alt.Scale(domain=span[1], nice=False, zero=False),
    )  # fmt: skip
    line = base.mark_line(color=chartparts.UNMANNED, strokeDash=[4, 3]).encode(x=x, y=y, order="share:Q")
    across = base.mark_rule(strokeWidth=1.4, color=INK).encode(x=alt.X("low:Q"), x2="high:Q", y=y)
    along = base.mark_rule(strokeWidth=1.4, color=INK).encode(x=x, y=alt.Y("low_time:Q"), y2="high_time:Q")
    dots = base.mark_point(size=90, opacity=1, strokeWidth=2, color=INK).encode(
        x=x, y=y, fill=_filled(INK), tooltip=chartparts.tips(names, "title", "low", "high"),
    )  # fmt: skip
    texts = [
        base.transform_filter(f"datum.is_above == {str(above).lower()}")
        .mark_text(align="left", dx=8, dy=-11 if above else 13, fontSize=11, color=INK)
        .encode(x=x, y=y, text="label:N")
        for above in (True, False)
    ]
    pairs = zip(frame["title"], frame["mean"], frame["mean_time"], strict=True)
    told = "; ".join(f"{title}: {percent(met)}, {percent(time)}" for title, met, time in pairs)
    chart = alt.layer(line, across, along, dots, *texts).properties(width=WIDTH, height=300)
    return chartparts.finished(chart, "question.services_frontier", told, names)


def left_out(fared: pd.DataFrame, names: Names) -> Drawing:
    """How the families in need fared at the end of the last year, a bar a grade."""
    last = fared[(fared["year"] == fared["year"].max()) & (fared["with_need"] > 0)]
    fates = [names.say(f"view.services.column.{fate}") for fate in FARED]
    long = last.melt(["grade"], list(FARED), "fate", "households")
    long["fate_title"] = long["fate"].map(dict(zip(FARED, fates, strict=True)))
    long["at"] = long["fate"].map({fate: at for at, fate in enumerate(FARED)})
    long["grade_title"] = [names.say(f"view.grade.{grade}") for grade in long["grade"]]
    bars = (
        alt.Chart(long)
        .mark_bar(height=22)
        .encode(
            x=alt.X("households:Q", title=names.say("view.services.axis.households"), stack="zero"),
            y=alt.Y("grade_title:N", title=None, sort=None),
            color=alt.Color(
                "fate_title:N",
                scale=alt.Scale(domain=fates, range=list(SHADES)),
                legend=chartparts.key_legend(names, None),
            ),
            order="at:Q",
            tooltip=chartparts.tips(names, "grade_title", "fate_title", "households"),
        )
    )
    shares = zip(last["grade"], last["left_out_share"], strict=True)
    told = "; ".join(f"{names.say(f'view.grade.{grade}')}: {percent(share)}" for grade, share in shares)
    return chartparts.finished(
        bars.properties(width=WIDTH, height=alt.Step(34)), "question.services_left_out", told, names
    )


def _frame(options: Sequence[Option], names: Names, fact: str) -> pd.DataFrame:
    """Options with the mean of a fact and its interval, kept between 0 and 1."""
    rows = []
    for option in options:
        mean, low, high, _ = option.told(fact)
        share = option.share_text(names) + ("" if option.is_lawful else names.say("view.services.above"))
        rows.append(
            {
                "id": option.id,
                "scenario": option.id,
                "title": option.title,
                "group_title": option.group_title,
                "share": option.share,
                "share_title": share,
                "mean": mean,
                "low": max(low, 0.0),
                "high": min(high, 1.0),
                "label": percent(mean),
                "is_lawful": option.is_lawful,
            }
        )
    return chartparts.titled(pd.DataFrame(rows).dropna(subset=["mean"]), names)


def _filled(colour: Any) -> Any:
    """Full marks for what the document allows, hollow ones for a what-if."""
    inside = alt.value(colour) if isinstance(colour, str) else alt.value(INK)
    return alt.condition("datum.is_lawful", inside, alt.value("#ffffff"))


def _span(low: pd.Series, high: pd.Series) -> list[float]:
    """The ends of an axis that holds all intervals with room for the labels."""
    begin, end = float(low.min()), float(high.max())
    room = max((end - begin) * 0.12, 0.01)
    return [max(begin - room, 0.0), min(end + 3 * room, 1.0) if end < 1 else 1.0]

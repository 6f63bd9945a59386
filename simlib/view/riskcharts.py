"""Charts of what goes wrong: who is missed and what is overpaid, by cause, option by option."""

from __future__ import annotations

import altair as alt
import pandas as pd

from simlib.view.chartparts import (
    LABEL_LINE,
    WIDTH,
    Drawing,
    finished,
    key_legend,
    label_lines,
    option_axis,
    tips,
    titled,
)
from simlib.view.contract import GRID
from simlib.view.decision import options
from simlib.view.names import YUAN_PER_WAN, Names, number, wrapped
from simlib.view.risks import EXCLUSION, LEAKAGE

CAUSES = ("#4a5560", "#b9c2cc", "#C58200")
"""Colours of causes: not found, procedure, desks; none of them is a formula's."""
THICK, ROOM = 20, 6
"""Of a bar, and about it [pixel]; a second line of its label hangs below the first."""


def exclusion(summary: pd.DataFrame, names: Names, *, view: str = GRID) -> list[Drawing]:
    """Household-months that families should have been paid, by cause; nothing where none was measured."""
    return _stacked(summary, names, EXCLUSION, view, "exclusion", 1)


def leakage(summary: pd.DataFrame, names: Names, *, view: str = GRID) -> list[Drawing]:
    """Yuan paid after eligibility ended, by cause; nothing where none was measured."""
    return _stacked(summary, names, LEAKAGE, view, "leakage", YUAN_PER_WAN)


def _stacked(
    summary: pd.DataFrame, names: Names, parts: tuple[str, ...], view: str, question: str, unit: int
) -> list[Drawing]:
    found = options(summary, view)
    known = [part for part in parts if part in found and found[part].notna().any()]
    if not known:
        return []
    rows = titled(found, names)
    causes = {part: names.say(f"risks.cause.{part}") for part in parts}
    long = pd.concat(
        [rows.assign(cause=causes[part], amount=rows[part] / unit, rank=at) for at, part in enumerate(known)],
        ignore_index=True,
    )
    pairs = zip(long["formula"], long["money"], strict=True)
    long["option_title"] = [wrapped(names.option(*pair), 28) for pair in pairs]
    used = CAUSES if len(parts) == len(CAUSES) else (CAUSES[0], CAUSES[2])
    scale = alt.Scale(domain=list(causes.values()), range=list(used))
    shown = ["option_title", "cause", "amount", "rank"]
    chart = (
        alt.Chart(long[shown])
        .mark_bar(height=THICK)
        .encode(
            x=alt.X("amount:Q", title=names.say(f"risks.axis.{question}"), axis=alt.Axis(format=",.0f")),
            y=alt.Y("option_title:N", title=None, sort=None, axis=option_axis()),
            color=alt.Color(
                "cause:N", scale=scale, sort=list(causes.values()), legend=key_legend(names, None)
            ),
            order="rank:O",
            tooltip=tips(names, "option_title", "cause", "amount"),
        )
        .properties(
            width=WIDTH, height=alt.Step(THICK + ROOM + LABEL_LINE * (label_lines(long["option_title"]) - 1))
        )
    )
    told = "; ".join(
        f"{names.option(row['formula'], row['money'])} {number(sum(row[part] for part in known) / unit)}"
        for _, row in rows.iterrows()
    )
    return [finished(chart, f"question.{question}", told, names)]

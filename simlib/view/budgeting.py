"""A year's budget by the rules alone: what each formula of an experiment asks for, and what a cap pays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from simlib.policy.money.shortfall import FIXED, NONE, Funding, county_money, required_and_funded
from simlib.policy.statutes import Law
from simlib.results.experiment import ExperimentResults
from simlib.units import FEN_PER_YUAN
from simlib.view import tables
from simlib.view.annex import law_of
from simlib.view.blocks import Block, paragraph
from simlib.view.chartparts import show
from simlib.view.names import YUAN_PER_WAN, Names, number, wan

MOST_CAPS = 4
"""Caps that stand side by side on one page."""


def under_caps(experiment: ExperimentResults, caps_wan: Sequence[float], names: Names) -> Block:
    """A row a formula: posts required, existing, missing, their cost; under each cap those paid and short.

    caps_wan: yearly money for bought posts of the whole place [10,000 yuan], shared to counties and offices
    as `simlib staffing --fund fixed` does; the four smallest are shown. Prices and readings are the first
    option's of each formula.
    """
    caps = sorted({round(cap * YUAN_PER_WAN) for cap in caps_wan if cap > 0})[:MOST_CAPS]
    law = law_of(experiment)
    first = _first(experiment, law)
    rows = [_row(experiment, cell, caps, names, law=law) for cell in first.values()]
    if not rows:
        return paragraph(names.say("budget.no_formula"))
    counts = ("posts_required", "posts_existing", "posts_gap")
    heads = {"formula": names.say("view.column.formula")}
    heads |= {name: names.say(f"view.column.{name}") for name in counts}
    heads |= {"cost": names.say("budget.cost")}
    spanners = {}
    for cap in caps:
        mine = [f"paid_{cap}", f"short_{cap}"]
        heads |= dict(zip(mine, (names.say("budget.paid"), names.say("budget.short")), strict=True))
        spanners[names.say("budget.cap", wan=wan(cap))] = mine
    label = names.say("budget.under_caps")
    made = tables.table(
        pd.DataFrame(rows),
        label=label,
        name="under-caps",
        titles=heads,
        spanners=spanners,
        wide=len(caps) > 2,
    )
    notes = [
        paragraph(names.say("budget.price", prices=_prices(experiment, first.values(), names))),
        paragraph(names.say("budget.existing")),
    ]
    absent = [title for code, title in names.formulas.items() if code in names.colours and code not in first]
    if absent:
        notes.append(paragraph(names.say("budget.left_out", formulas=names.say("view.list").join(absent))))
    return show(made, *notes)


def _first(experiment: ExperimentResults, law: Law) -> dict[str, str]:
    """The first option of each formula that the law holds, the workspace's own included."""
    first = dict[str, str]()
    for cell in experiment.cells():
        if experiment.scenario(cell.id).policy.formula in law.formulas:
            first.setdefault(cell.formula, cell.id)
    return first


def _row(
    experiment: ExperimentResults, cell: str, caps: Sequence[int], names: Names, *, law: Law
) -> dict[str, Any]:
    whole = _funded(experiment, cell, None, law)
    missing = float((whole["posts_funded"] + whole["posts_short"]).sum())
    row = {
        "formula": names.formulas[names.keys[cell][0]],
        "posts_required": number(float(whole["posts_required"].sum())),
        "posts_existing": number(float(whole["posts_existing"].sum())),
        "posts_gap": number(missing),
        "cost": wan(missing * experiment.price_fen(cell)[0] / FEN_PER_YUAN),
    }
    for cap in caps:
        table = _funded(experiment, cell, cap, law)
        row[f"paid_{cap}"] = number(float(table["posts_funded"].sum()))
        row[f"short_{cap}"] = number(float(table["posts_short"].sum()))
    return row


def _funded(experiment: ExperimentResults, cell: str, cap_yuan: int | None, law: Law) -> pd.DataFrame:
    """Posts by office under a cap, or under none."""
    policy = experiment.scenario(cell).policy
    rule = NONE if cap_yuan is None else FIXED
    money = county_money(experiment.place, rule, law=law, cap_yuan=cap_yuan)
    paid = Funding(
        money,
        experiment.price_fen(cell)[0],
        policy.sharing,  # type: ignore[arg-type]
        policy.method,  # type: ignore[arg-type]
    )
    return required_and_funded(
        experiment.place, policy.formula, law=law, funding=paid, reading=policy.reading
    )


def _prices(experiment: ExperimentResults, cells: Iterable[str], names: Names) -> str:
    """What a bought post costs in the first year under each formula, each amount once."""
    yuan = {experiment.price_fen(cell)[0] / FEN_PER_YUAN for cell in cells}
    return names.say("view.list").join(number(price) for price in sorted(yuan))

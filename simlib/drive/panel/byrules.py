"""What the rules alone say of a question: posts, money and loads, at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from simlib import words
from simlib.drive.api import funding
from simlib.drive.panel.asked import Asked
from simlib.drive.panel.optionnames import county_names, setting_place
from simlib.errors import InputError, Problem
from simlib.places.columns import columns
from simlib.places.place import Place
from simlib.policy.statutes import Law
from simlib.scenario import NONE, Scenario
from simlib.view import chartparts, loads, placecharts, tables
from simlib.view.blocks import Block, bullets, escaped, paragraph
from simlib.view.names import Names, number, wan

_FOR_POSTS = ("posts_payroll", "posts_contract", "posts_verification", "assistance_share")
"""Columns of a place that decide what is missing."""


def at_once(asked: Asked, law: Law, lang: str) -> Block:
    """Posts required, existing, missing and paid, and their first-year cost, by the rules alone.

    For the counties asked and the whole place. Raises InputError where the rules cannot answer.
    """
    policy = asked.scenario.policy
    if policy.formula == NONE:
        return bullets([words.say("panel.at_once.none", lang)])
    found = _funded(asked.scenario, law)
    place = setting_place(asked.scenario)
    lines = []
    if set(found.table["county_code"]) - set(asked.counties) and asked.counties:
        part = found.table[found.table["county_code"].isin(asked.counties)]
        title = words.say("view.list", lang).join(county_names(place.counties, asked.counties))
        lines.append(_in_figures(part, title, policy.money, lang))
    lines.append(_in_figures(found.table, words.pick(dict(place.title), lang), policy.money, lang))
    lines += [note.line(lang) for note in found.notes]
    return bullets(lines)


def _funded(scenario: Scenario, law: Law) -> Any:
    policy = scenario.policy
    return funding(
        setting_place(scenario),
        policy.formula,
        policy.money,
        cap_yuan=policy.cap_yuan,
        share_for_posts=policy.share_for_posts,
        sharing=policy.sharing,  # type: ignore[arg-type]
        method=policy.method,  # type: ignore[arg-type]
        price_yuan=policy.price_yuan,
        reading={**policy.reading, **policy.money_reading},
        law=law,
    )


def _in_figures(table: pd.DataFrame, title: str, money_rule: str, lang: str) -> str:
    sums = table[["posts_required", "posts_existing", "posts_funded", "posts_short", "cost_yuan_year1"]].sum()
    missing = int(sums["posts_funded"] + sums["posts_short"])
    key = "panel.at_once.whole" if money_rule == NONE else "panel.at_once.capped"
    return words.say(
        key,
        lang,
        title=title,
        required=number(float(sums["posts_required"])),
        existing=number(float(sums["posts_existing"])),
        gap=number(missing),
        funded=number(float(sums["posts_funded"])),
        short=number(float(sums["posts_short"])),
        cost=wan(float(sums["cost_yuan_year1"])),
    )


def place_notes(place: Place, lang: str) -> str:
    """What of a place is not counted but made up, assumed or derived, as lines under its name."""
    states = [str(state) for frame in (place.townships, place.counties) for state in frame["status"]]
    keys = [key for key in ("synthetic", "assumed") if key in states]
    lines = [words.say(f"panel.standing.{key}", lang) for key in keys]
    missing = list(dict.fromkeys(_title(note, lang) for note in place.notes if note.column in _FOR_POSTS))
    if missing:
        listed = words.say("view.list", lang).join(missing)
        lines.append(words.say("panel.standing.columns", lang, columns=listed))
    return "".join(f'<p class="note">{escaped(line)}</p>' for line in lines)


def _title(note: Problem, lang: str) -> str:
    """The column a note speaks of, as the form calls it."""
    known = columns("counties" if note.file.startswith("counties") else "townships")
    return known[note.column].title(chinese=lang == "zh")


def equal_yuan(scenarios: Sequence[Scenario], law: Law) -> int:
    """Yearly money for the whole place at which options differ in its distribution alone [yuan].

    What the cheapest of them asks for in its first year; 0 where one of them has no formula, or none of two
    or more asks for money.
    """
    if len(scenarios) < 2 or any(scenario.policy.formula == NONE for scenario in scenarios):
        return 0
    asked = (float(_funded(scenario, law).table["cost_yuan_year1"].sum()) for scenario in scenarios)
    return round(min((yuan for yuan in asked if yuan > 0), default=0.0))


def posts_at_stake(scenario: Scenario, law: Law) -> float:
    """Posts of a place that are required by its formula or existing, whichever are more [post]."""
    place = setting_place(scenario)
    existing = sum(
        float(frame[column].fillna(0).sum())
        for frame in (place.townships, place.counties)
        for column in ("posts_payroll", "posts_contract")
        if column in frame
    )
    if scenario.policy.formula == NONE:
        return existing
    whole = replace(
        scenario, policy=replace(scenario.policy, money=NONE, cap_yuan=None, share_for_posts=None)
    )
    try:
        return max(existing, float(_funded(whole, law).table["posts_required"].sum()))
    except InputError:  # told when the question itself is answered
        return existing


def posts_charts(asked: Asked, law: Law, names: Names) -> Block:
    """Posts of each county by the formula beside those existing; of the county looked at, every office."""
    policy = asked.scenario.policy
    if policy.formula == NONE:
        return paragraph(names.say("panel.at_once.none"))
    table = _funded(asked.scenario, law).table
    place = setting_place(asked.scenario)
    county = dict(zip(place.counties["county_code"].astype(str), place.counties["county"], strict=True))
    sums = table.groupby("county_code", sort=False)[["posts_required", "posts_existing"]].sum()
    frame = pd.DataFrame(
        {
            "formula": policy.formula,
            "county": [county.get(str(code), str(code)) for code in sums.index],
            "required": sums["posts_required"].to_numpy(),
            "existing": sums["posts_existing"].to_numpy(),
        }
    )
    parts: list[Any] = [placecharts.required_by_county(frame, names)] if len(frame) > 1 else []
    rows = table[table["county_code"].isin(asked.counties)] if asked.counties else table
    columns = ("area", "posts_required", "posts_existing", "posts_funded", "posts_short", "cost_yuan_year1")
    shown = rows.assign(cost_yuan_year1=[wan(float(yuan)) for yuan in rows["cost_yuan_year1"]])
    heads = {column: names.say(f"panel.column.{column}") for column in columns}
    parts.append(tables.table(shown, label=names.say("panel.offices"), name="offices", titles=heads))
    return chartparts.show(*parts)


def load_charts(asked: Asked, law: Law, names: Names) -> Block:
    """Households per worker as a township grows: where a formula takes its next step."""
    place = setting_place(asked.scenario)
    formula = asked.scenario.policy.formula
    mine = {} if formula == NONE else {formula: names.formulas[formula]}
    curves = loads.load_curves(place, law, names.lang, titles=mine, colours=names.colours)
    sizes = loads.town_households(place)
    return chartparts.show(
        placecharts.loads(curves, sizes, names),
        loads.load_table(curves, sizes, names),
        loads.load_remark(curves, names),
    )

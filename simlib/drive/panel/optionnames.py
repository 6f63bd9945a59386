"""What the options of the panel are called, where they are, and how their figures are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from simlib import words
from simlib.policy.money.shortfall import FIXED
from simlib.policy.statutes import Law
from simlib.runs.settings import setting_of
from simlib.scenario import NONE, Scenario
from simlib.view.loads import called
from simlib.view.names import Names, interval, is_missing, own_colours, wan

NOW = "now"
"""Id of the option on the screen."""
WHOLE_FROM = 100
"""Figures from here up are shown whole."""


def names_for(options: Mapping[str, Scenario], place: str, law: Law, lang: str) -> Names:
    """Names and colours of options by id; a formula has the same colour in all of them."""
    formulas, monies, keys, cells = {}, {}, {}, {}
    for code, scenario in options.items():
        formula, rule = scenario.policy.formula, money_key(scenario)
        formulas[formula] = formula_title(formula, law, lang)
        monies[rule] = money_title(scenario, law, lang)
        keys[code] = (formula, rule)
        cells[code] = words.say("view.option", lang, formula=formulas[formula], money=monies[rule])
    colours = own_colours({formula: formula for formula in formulas if formula != NONE})
    return Names(lang, place, cells, formulas, monies, colours, keys, {"grid": tuple(options)})


def formula_title(formula: str, law: Law, lang: str) -> str:
    """A formula in few words, its region and year; having none is staying as today."""
    if formula == NONE:
        return words.say("panel.formula_none", lang)
    mine = called(law, formula, lang)
    is_known_by_it = all(called(law, other, lang) != mine for other in law.formulas if other != formula)
    return mine if is_known_by_it else formula_choice(formula, law, lang)


def formula_choice(formula: str, law: Law, lang: str) -> str:
    """A formula as it stands in a list to choose from: region and year, then the title of its document."""
    if formula == NONE:
        return words.say("panel.formula_none", lang)
    title = words.pick(dict(law.formula(formula).title), lang)
    return words.say("panel.formula_choice", lang, called=called(law, formula, lang), title=title)


def money_key(scenario: Scenario) -> str:
    """What tells the money of one option from that of another."""
    policy = scenario.policy
    return f"{policy.money}-{policy.cap_yuan or ''}-{policy.share_for_posts or ''}-{policy.price_yuan or ''}"


def money_title(scenario: Scenario, law: Law, lang: str) -> str:
    """The money of an option in words."""
    policy = scenario.policy
    if policy.money == NONE:
        return words.say("panel.money_none", lang)
    if policy.money == FIXED:
        return words.say("panel.money_fixed_is", lang, wan=wan(policy.cap_yuan))
    return words.pick(dict(law.money_rule(policy.money).title), lang)


def setting_place(scenario: Scenario) -> Any:
    """The place of a scenario, read once while its files stay as they are."""
    return setting_of(scenario.status_quo()).place


def county_names(counties: pd.DataFrame, codes: Sequence[str]) -> list[str]:
    """Names of counties by their codes."""
    return [str(name) for name in counties.loc[counties["county_code"].isin(codes), "county"]]


def in_interval(mean: float, low: float, high: float, *, share: bool = False) -> str:
    """A mean with its interval; without decimals from one hundred up, where they say nothing."""
    if share or is_missing(mean) or abs(mean) < WHOLE_FROM:
        return interval(mean, low, high, share=share)
    return interval(round(mean), *(end if is_missing(end) else round(end) for end in (low, high)))

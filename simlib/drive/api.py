"""What a notebook calls: the law as tables, posts of a place, a simulation with its summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from simlib.drive import workspace
from simlib.errors import LawError, Problem
from simlib.places.place import Place, load_place
from simlib.policy.explain import formulas_table
from simlib.policy.funding import Sharing
from simlib.policy.money.shortfall import (
    FIXED,
    NONE,
    Funding,
    county_money,
    infeasible_notes,
    losing_notes,
    required_and_funded,
)
from simlib.policy.posts.apportion import Method
from simlib.policy.prices import price_of_post
from simlib.policy.staffing import required_posts
from simlib.policy.statutes import Law, load_law
from simlib.results import measures, store
from simlib.runs.runner import run_scenarios
from simlib.runs.settings import setting_of
from simlib.scenario import Scenario, load_scenario, replicated
from simlib.units import FEN_PER_YUAN, fen_from_yuan


def formulas(lang: str | None = None) -> pd.DataFrame:
    """Every formula of the law, one row each, as `simlib formulas` prints them."""
    return formulas_table(load_law(), lang)


def staffing(
    place: Place | Path | str,
    formula: str,
    *,
    reading: Mapping[str, str] | None = None,
    levels: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Posts a formula asks for in a place, by office, as `simlib staffing` prints them."""
    home = place if isinstance(place, Place) else load_place(place)
    return required_posts(home, formula, law=load_law(), reading=reading, levels=levels)


@dataclass(frozen=True, slots=True)
class Funded:
    """Posts required, existing, funded and short by office, and what a reader of the table must know."""

    table: pd.DataFrame
    notes: tuple[Problem, ...]


def funding(
    place: Place | Path | str,
    formula: str,
    money: str,
    *,
    cap_yuan: int | None = None,
    share_for_posts: float | None = None,
    sharing: Sharing = "proportional",
    method: Method = "largest_remainder",
    price_yuan: float | None = None,
    reading: Mapping[str, str] | None = None,
    levels: Sequence[str] | None = None,
    on: date | None = None,
    law: Law | None = None,
) -> Funded:
    """Which of a formula's missing posts the money pays, as `simlib staffing --fund` prints it.

    money: id of a money rule; `fixed` with cap_yuan for the whole place; or `none`. reading: answers of the
    formula or of the money rule. price_yuan: a post a year; default what the law says for this place.
    Raises LawError where no price is known, and for what the table cannot be made of.
    """
    home = place if isinstance(place, Place) else load_place(place)
    text = load_law() if law is None else law
    price = fen_from_yuan(str(price_yuan)) if price_yuan is not None else price_of_post(text, home, on=on)
    if price is None:
        blanks = {"province": home.province}
        raise LawError(Problem("fund_no_price", values=blanks))
    rule = None if money in (FIXED, NONE) else text.money_rule(money)
    answers = dict(reading or {})
    of_money = {name: answers[name] for name in answers if rule is not None and name in rule.readings}
    mine = {n: a for n, a in answers.items() if n in text.formula(formula).readings or n not in of_money}
    limits = county_money(
        home, money, law=text, cap_yuan=cap_yuan, share_for_posts=share_for_posts, reading=of_money, on=on
    )
    paid = Funding(limits, price, sharing, method)
    common: dict[str, Any] = {"law": text, "funding": paid, "reading": mine, "levels": levels, "on": on}
    notes: list[Problem] = []
    if rule is not None and rule.pays != "posts":
        notes.append(Problem("note_fund_services", values={"id": rule.id}))
    if limits is not None:
        blanks = {"yuan": f"{sum(limits.values()) / FEN_PER_YUAN:,.0f}"}
        blanks["price"] = f"{price / FEN_PER_YUAN:,.0f}"
        notes.append(Problem("note_fund_base" if rule is not None else "note_fund_total", values=blanks))
    table = required_and_funded(home, formula, **common)
    return Funded(table, (*notes, *infeasible_notes(home, table), *losing_notes(home, formula, **common)))


def simulate(
    scenario: Scenario | Path | str,
    *,
    replications: int | None = None,
    workers: int | None = None,
    out: Path | None = None,
) -> pd.DataFrame:
    """Every measure of a scenario: measure, year (0 = the whole plan), mean, low, high, n.

    What is stored under `out` (default: the workspace's reports) is not simulated again.
    """
    if isinstance(scenario, Scenario):
        chosen, home = scenario, workspace.workspace_of(scenario.place)
    else:
        chosen, home = load_scenario(scenario), workspace.workspace_of(Path(scenario))
    if replications is not None:
        chosen = replicated(chosen, replications)
    law = workspace.law_paths(home, [])
    folder = (out or home / "reports" / chosen.id) / "data"
    stored = run_scenarios([chosen], folder, workers=workers, law_paths=law)[0]
    setting = setting_of(chosen, law)
    frames = measures.Frames.of(
        store.load_run(stored.folder, stored.replications),
        first_year=chosen.run.first_year,
        posts_existing=setting.posts_existing,
        posts_gap=setting.posts_gap,
    )
    return measures.summary(frames)

"""Options that buy services, side by side: what they share, what they are measured by, who is next to whom.

Options share their chance, so differences are paired by replication; see `results.tradeoff`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import pandas as pd

from simlib import words
from simlib.results.tradeoff import told
from simlib.view.contract import GRID, STATUS_QUO
from simlib.view.names import Names

Found = tuple[float, float, float, int]
EQUAL_CLERKS = "equal_clerks"
"""The view of an experiment in which services alone differ, beside one that splits the same money."""


class ServicesView(Protocol):
    """What is read of an experiment that buys services."""

    @property
    def place(self) -> Any:
        """The place it plans for."""

    def record(self) -> Mapping[str, Any]:
        """How it was run."""

    def cells(self) -> Sequence[Any]:
        """Its cells; see `results.facts.Cell`."""

    def option_facts(self, scenario: str) -> pd.DataFrame:
        """Facts of a cell, a row a replication; see `results.tradeoff`."""

    def service_items(self, scenario: str) -> pd.DataFrame:
        """Services by item."""

    def service_counties(self, scenario: str) -> pd.DataFrame:
        """Services and their money by county."""

    def fared(self, scenario: str, key: str) -> pd.DataFrame:
        """How families fared by year and key."""

    def service_follow_up(self, scenario: str) -> pd.DataFrame:
        """Return visits, satisfaction, evaluations and renewal by year."""

    def grant_left(self, scenario: str) -> pd.DataFrame:
        """What grants leave for services after benefits, by year; see `results.money.grant_left`."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option that buys services.

    view: of the experiment. group: the options it is compared with, which differ in money alone. share: of
    last year's grant, most: what the document allows [0..1]; clerks_yuan: the planner's own yearly amount for
    clerks, None where posts follow another rule; hands: workers of the providers that the planner set, None:
    as assumed; years: of the plan; world: what is assumed of the future, on
    which need depends; panel: who evaluates, empty where no document is named; visit_minutes: of a return
    visit, at least, most likely, at most; facts: a row a replication.
    """

    id: str
    view: str
    group: str
    group_title: str
    title: str
    share: float
    most: float
    clerks_yuan: int | None
    hands: int | None
    years: int
    world: str
    panel: Mapping[str, Any]
    visit_minutes: tuple[float, ...]
    facts: pd.DataFrame

    @property
    def is_lawful(self) -> bool:
        """Whether the document allows its share."""
        return self.share <= self.most + 1e-9

    def share_text(self, names: Names) -> str:
        """Its share of the grant as somebody set it, with the hands if those were set too."""
        share = words.stated(self.share, names.lang)
        if self.hands is None:
            return share
        return share + names.say("view.services.with_hands", workers=self.hands)

    def told(self, fact: str) -> Found:
        """Mean of a fact with its interval."""
        return told(self.facts, fact)


def options_of(
    experiment: ServicesView, names: Names, views: Sequence[str] = (GRID, STATUS_QUO)
) -> list[Option]:
    """The options of some views that buy services, by group and rising share; none where nothing is bought.

    Options of one formula are a group; in the view of equal clerks all are.
    """
    bought = [_option(cell, experiment, names) for cell in experiment.cells() if cell.buys_services]
    shown = [option for option in _of_all_need(bought) if option.view in views]
    order = list(dict.fromkeys(option.group for option in shown))
    return sorted(shown, key=lambda option: (order.index(option.group), option.share))


def _option(cell: Any, experiment: ServicesView, names: Names) -> Option:
    equal = cell.view == EQUAL_CLERKS
    return Option(
        id=cell.id,
        view=cell.view,
        group=cell.view if equal else cell.formula,
        group_title=names.monies[cell.money] if equal else names.formulas[cell.formula],
        title=names.formulas[cell.formula] if equal else names.cells[cell.id],
        share=cell.services_share,
        most=cell.services_most,
        clerks_yuan=cell.clerks_yuan,
        hands=cell.policy.get("service_workers"),
        years=int(experiment.record()["years"]),
        world=json.dumps(cell.told.get("future", {}), sort_keys=True, default=str),
        panel=cell.service_panel,
        visit_minutes=tuple(cell.visit_minutes),
        facts=experiment.option_facts(cell.id),
    )


def at_equal_clerks(experiment: ServicesView, names: Names) -> list[Option]:
    """The options that show what a share meets while nothing else changes: a view of their own, else all."""
    return options_of(experiment, names, (EQUAL_CLERKS,)) or options_of(experiment, names)


def _of_all_need(options: Sequence[Option]) -> list[Option]:
    """The options, their facts with `all_orders`, the most need any option finds, and `all_met_share` of it.

    Fewer clerks assess fewer families: measured by its own findings alone an option that looks away from need
    would seem to meet more of it. All options of an experiment have one base, replication by replication;
    only where they assume another future is the need itself another, and each future has a base of its own.
    """
    orders: dict[str, list[pd.Series]] = {}
    for option in options:
        orders.setdefault(option.world, []).append(option.facts.set_index("replication")["orders"])
    most = {world: pd.concat(parts, axis=1).max(axis=1) for world, parts in orders.items()}
    found = []
    for option in options:
        facts, base = option.facts.set_index("replication"), most[option.world]
        met = facts["delivered"] / base.where(base > 0)
        found.append(replace(option, facts=facts.assign(all_met_share=met, all_orders=base).reset_index()))
    return found


def neighbours(options: Sequence[Option]) -> list[tuple[Option, Option]]:
    """Each option with the one of its group that gives the next smaller share to services."""
    pairs = []
    for more in options:
        less = [one for one in options if one.group == more.group and one.share < more.share]
        if less:
            pairs.append((max(less, key=lambda one: one.share), more))
    return pairs


def is_split(one: Option, other: Option) -> bool:
    """Whether one option gives to services what the other gives to clerks: a yuan moved."""
    return None not in (one.clerks_yuan, other.clerks_yuan) and one.clerks_yuan != other.clerks_yuan


def has_splits(options: Sequence[Option]) -> bool:
    """Whether any two neighbours split the same money."""
    return any(is_split(one, more) for one, more in neighbours(options))


def best_for_money(options: Sequence[Option]) -> Option | None:
    """The lawful option with most orders delivered for the yuan; None where none delivers."""
    known = [
        option
        for option in options
        if option.is_lawful and not math.isnan(option.told("delivered_per_thousand_yuan")[0])
    ]
    return max(known, key=lambda option: option.told("delivered_per_thousand_yuan")[0], default=None)


def widest(options: Sequence[Option]) -> Option | None:
    """The lawful option with the greatest share: the one whose items and families are shown."""
    return max((option for option in options if option.is_lawful), key=lambda one: one.share, default=None)


def moved_yuan(one: Option, more: Option) -> float:
    """Budget moved from clerks to services over the plan [yuan]."""
    return float((one.clerks_yuan or 0) - (more.clerks_yuan or 0)) * more.years

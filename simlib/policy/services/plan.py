"""A place's plan of services for a year: families, needs, projects, and how far each share of the grant goes.

Expected, not simulated: families, needs and projects as Shizuishan's pilot plan of 2024 orders them (part 2
(3)). The lists of simulated families are made by `drive.familylists`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd

from simlib.dated import Which
from simlib.errors import LawError, Problem
from simlib.places.completion import reckoned_grant
from simlib.places.place import Place
from simlib.policy.funding import Counted, services_money, stated_share
from simlib.policy.services.fund import GRANT, OUTSIDE, fund_order, paid_in_order
from simlib.policy.services.items import SIDES
from simlib.policy.services.need import (
    Batch,
    Setting,
    assumed,
    expected_need,
    households_in_need,
    orders_of,
    setting_of,
)
from simlib.policy.services.rationing import RULES, Rationed, rationed
from simlib.policy.statutes import Law
from simlib.units import FEN_PER_YUAN, largest_remainder
from simlib.yamlfile import nearest

RULE = "shizuishan-3pct-cap"
_NO_LIMIT_FEN = 10**18


@dataclass(frozen=True, slots=True)
class Asked:
    """What a planner asks of the plan.

    share: of last year's grant, for the projects (None: the rule's own). shares, what_ifs: compared besides;
    empty: those of the law. left_fen: of this year's grant after benefits, the whole place (None:
    by county as own_left_fen says, and assumed where it says nothing).
    outside_fen: money outside the cap by fund, the whole place. townships: codes of the priority townships
    (empty: all). figures: side of the ranges of need and price.
    """

    rule: str = RULE
    share: Fraction | None = None
    what_ifs: tuple[Fraction, ...] = ()
    rationing: str = "grade"
    figures: Which = "mode"
    left_fen: int | None = None
    own_left_fen: Mapping[str, int] = field(default_factory=dict)
    outside_fen: Mapping[str, int] = field(default_factory=dict)
    townships: tuple[str, ...] = ()
    mutual_help: bool = False
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """One share of the grant that is looked at. above: whether it is more than the document allows."""

    share: Fraction
    above: bool


@dataclass(frozen=True, slots=True, eq=False)
class CountyYear:
    """A county's year under one share [fen].

    cap_fen: of the grant, all limits in. by_share: whether the share is the limit, not what benefits leave.
    money_fen: with the funds outside the cap. sources_fen: spent, by fund. reached: households served.
    """

    county_code: str
    cap_fen: int
    by_share: bool
    money_fen: int
    sources_fen: Mapping[str, int]
    served: Rationed
    reached: int


@dataclass(frozen=True, slots=True, eq=False)
class ServicePlan:
    """The plan. need, households: at the side asked for; sides: the same tables by side.

    years: by level, the counties' years; chosen: the level of the projects; batches: orders by county.
    """

    setting: Setting
    asked: Asked
    sides: Mapping[Which, tuple[Setting, pd.DataFrame, pd.DataFrame]]
    batches: Mapping[str, Batch]
    years: Mapping[Level, tuple[CountyYear, ...]]
    chosen: Level
    stated: Fraction
    townships: pd.DataFrame
    counties: pd.DataFrame
    order: tuple[str, ...]

    @property
    def need(self) -> pd.DataFrame:
        """Orders by township, programme and item, at the side asked for."""
        return self.sides[self.asked.figures][1]

    @property
    def households(self) -> pd.DataFrame:
        """Households in need by township and programme, at the side asked for."""
        return self.sides[self.asked.figures][2]


@dataclass(frozen=True, slots=True)
class _Part:
    """Some townships of a place."""

    townships: pd.DataFrame
    counties: pd.DataFrame


def service_plan(place: Counted, *, law: Law, asked: Asked) -> ServicePlan:
    """The plan of a place for one year.

    Raises LawError for a rule that pays no services or states no share, a share above the document's that is
    not asked for as a what-if, an unknown township, rationing rule or fund, and money below zero.
    """
    _check(asked)
    rule = law.money_rule(asked.rule)
    if rule.pays != "services":
        raise LawError(Problem("services_rule_pays_posts", values={"id": rule.id}))
    stated = stated_share(rule, on=asked.on)
    levels, chosen = _levels(asked, stated, law)
    part = _part(place, asked.townships)
    sides = {}
    for side in SIDES:
        setting = setting_of(law, on=asked.on, which=side, mutual_help=asked.mutual_help)
        sides[side] = (setting, expected_need(part, setting), households_in_need(part, setting))
    setting, need, households = sides[asked.figures]
    codes = [str(code) for code in part.counties["county_code"]]
    batches = {}
    for code in codes:
        mine = need[need["county_code"] == code].reset_index(drop=True)
        batches[code] = orders_of(mine, households[households["county_code"] == code], setting)
    base = {
        code: int(yuan) * FEN_PER_YUAN
        for code, yuan in zip(codes, part.counties["grant_yuan"].to_numpy(), strict=True)
    }
    left = _left_fen(base, law, asked)
    outside = _outside_fen(batches, base, asked)
    order = fund_order(law)
    years = {}
    for level in levels:
        caps, free = (
            services_money(
                asked.rule,
                law=law,
                place=part,
                base_fen=base,
                remaining_fen=rest,
                on=asked.on,
                share=level.share,
            )
            for rest in (left, dict.fromkeys(codes, _NO_LIMIT_FEN))
        )
        years[level] = tuple(
            _county_year(code, caps[code], free[code], outside[code], batches[code], order, asked)
            for code in codes
        )
    return ServicePlan(
        setting, asked, sides, batches, years, chosen, stated, part.townships, part.counties, order
    )


def _check(asked: Asked) -> None:
    problems = [
        Problem("law_bad_share", values={"found": f"{float(share):g}"})
        for share in (*asked.what_ifs, *([asked.share] if asked.share is not None else []))
        if not 0 <= share <= 1
    ]
    if asked.rationing not in RULES:
        blanks = {"found": asked.rationing, "near": nearest(asked.rationing, RULES)}
        problems.append(Problem("law_bad_word", values={**blanks, "known": ", ".join(RULES)}))
    amounts = {**asked.outside_fen, **({} if asked.left_fen is None else {"left": asked.left_fen})}
    for name, amount in amounts.items():
        if amount < 0 or name not in (*OUTSIDE, "left"):
            blanks = {"fund": name, "found": f"{amount / FEN_PER_YUAN:g}", "known": ", ".join(OUTSIDE)}
            problems.append(Problem("services_bad_fund", values=blanks))
    if problems:
        raise LawError(problems)


def _levels(asked: Asked, stated: Fraction, law: Law) -> tuple[list[Level], Level]:
    """Every share looked at, the smallest first, and the one of the projects."""
    chosen = stated if asked.share is None else asked.share
    if chosen > stated:
        blanks = {"found": f"{float(chosen):g}", "most": f"{float(stated):g}"}
        raise LawError(Problem("services_share_above", values=blanks))
    shown = law.dated("services.shares_shown")
    within = [Fraction(str(share)) for share in shown.on(asked.on or shown.entries[-1].start)]
    what_ifs = asked.what_ifs or (assumed(law, "services.what_if_share", on=asked.on),)
    shares = {chosen, *(share for share in within if share <= stated), *what_ifs}
    return [Level(share, share > stated) for share in sorted(shares)], Level(chosen, False)


def _part(place: Counted, townships: tuple[str, ...]) -> _Part:
    """The place, or its priority townships and their counties."""
    codes = place.townships["area_code"].astype(str)
    known = set(codes)
    unknown = [code for code in townships if code not in known]
    if unknown:
        raise LawError(
            [
                Problem("services_no_township", values={"found": code, "near": nearest(code, known)})
                for code in unknown
            ]
        )
    areas = place.townships[codes.isin(townships)] if townships else place.townships
    counties = place.counties.sort_values("county_code", ignore_index=True)
    mine = counties["county_code"].astype(str).isin(areas["county_code"].astype(str))
    return _Part(areas, counties[mine].reset_index(drop=True))


def own_left_fen(place: Place, *, law: Law, on: date | None = None) -> dict[str, int]:
    """What a year's grant leaves after benefits, of each county whose grant is a figure of its own [fen].

    Out of the grant go the upper tiers' part of a year's spending on dibao, tekun and temporary aid.
    """
    tiers = [key for key in law.values if key.startswith("budget.share.")]
    upper = min(sum((assumed(law, key, on=on) for key in tiers), Fraction(0)), Fraction(1))
    codes = place.townships["county_code"].astype(str)
    spent = reckoned_grant(place.townships).groupby(codes).sum()
    grants = place.counties.set_index(place.counties["county_code"].astype(str))["grant_yuan"]
    return {
        code: int(grants[code]) * FEN_PER_YUAN - int(int(spent[code]) * FEN_PER_YUAN * upper)
        for code in sorted(place.own_grants())
    }


def _left_fen(base: Mapping[str, int], law: Law, asked: Asked) -> dict[str, int]:
    """This year's grant after benefits, by county [fen]; a figure for the whole place follows the grant."""
    if asked.left_fen is not None:
        return dict(zip(base, largest_remainder(asked.left_fen, list(base.values())), strict=True))
    share = assumed(law, "services.grant_left_share", on=asked.on)
    return {code: asked.own_left_fen.get(code, int(amount * share)) for code, amount in base.items()}


def _outside_fen(
    batches: Mapping[str, Batch], base: Mapping[str, int], asked: Asked
) -> dict[str, dict[str, int]]:
    """Money outside the cap by county and fund [fen], shared by the counties' need."""
    weights = [int(batch.orders.cost_fen.sum()) for batch in batches.values()]
    weights = weights if sum(weights) else [1] * len(weights)
    shared = {name: largest_remainder(asked.outside_fen.get(name, 0), weights) for name in OUTSIDE}
    return {code: {name: shared[name][at] for name in OUTSIDE} for at, code in enumerate(base)}


def _county_year(
    code: str,
    cap_fen: int,
    free_fen: int,
    outside: Mapping[str, int],
    batch: Batch,
    order: tuple[str, ...],
    asked: Asked,
) -> CountyYear:
    money = cap_fen + sum(outside.values())
    served = rationed(batch.orders, money, asked.rationing)
    paid = paid_in_order(served.spent_fen, {**outside, GRANT: cap_fen}, order).paid["services"]
    reached = len(np.unique(batch.orders.household[served.met]))
    return CountyYear(code, cap_fen, free_fen <= cap_fen, money, paid, served, reached)


def items_met(plan: ServicePlan) -> pd.DataFrame:
    """Orders and money by item under the chosen share: item, orders, met, spent_fen; by number."""
    columns = ["item", "orders", "met", "spent_fen"]
    parts = []
    for year in plan.years[plan.chosen]:
        need = plan.need[plan.need["county_code"] == year.county_code].reset_index(drop=True)
        batch = plan.batches[year.county_code]
        met = np.bincount(batch.row[year.served.met], minlength=len(need)).astype(np.int64)
        cost = np.array([plan.setting.figures[item].cost_fen for item in need["item"]], dtype=np.int64)
        parts.append(need[["item", "orders"]].assign(met=met, spent_fen=met * cost))
    table = pd.concat(parts, ignore_index=True).groupby("item", sort=False)[columns[1:]].sum()
    items = list(plan.setting.services.items)
    return table.reindex(items, fill_value=0).astype("int64").rename_axis("item").reset_index()

"""The lists of a plan of services as tables in Chinese or English."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from simlib import words
from simlib.errors import Problem
from simlib.places.columns import PROGRAMMES
from simlib.policy.services.fund import GRANT, OUTSIDE, UnitPrice, block_of
from simlib.policy.services.items import SIDES
from simlib.policy.services.listing import listed, worded
from simlib.policy.services.need import assumed
from simlib.policy.services.needs import GRADES
from simlib.policy.services.plan import CountyYear, Level, ServicePlan, items_met
from simlib.policy.statutes import Law
from simlib.units import FEN_PER_YUAN, MINUTES_PER_HOUR, largest_remainder

LISTS = ("households", "indicators", "needs", "projects", "coverage", "counties", "detail")
"""The lists by name: three of the document, what they are drawn from and what the money does for them."""
SHOWN = ("households", "indicators", "needs", "projects", "coverage")
"""Those shown where none is named."""
_MILLION = 1_000_000


def list_of(plan: ServicePlan, name: str, *, law: Law) -> pd.DataFrame:
    """One of LISTS as a table."""
    makers = {
        "households": households_list,
        "indicators": indicators_list,
        "needs": needs_list,
        "coverage": coverage_list,
        "counties": counties_list,
        "detail": detail_list,
    }
    return projects_list(plan, law=law) if name == "projects" else makers[name](plan)


def households_list(plan: ServicePlan) -> pd.DataFrame:
    """Families by programme: all, in need, and those of the side asked for by grade and household type."""
    sides = {side: _counts(plan.sides[side][2]) for side in SIDES}
    mine = _counts(plan.households)
    types = tuple(plan.setting.needs.household_types)
    rows = []
    for name in PROGRAMMES:
        if name not in mine:
            continue
        found = plan.setting.profiles[name]
        weights = [int(found.by_type[kind] * _MILLION) for kind in types]
        rows.append(
            {
                "programme": words.say(f"places.programme.{name}"),
                "households": mine[name]["households"],
                **{f"in_need_{side}": sides[side][name]["in_need"] for side in SIDES},
                **{f"grade_{grade}": mine[name][grade] for grade in GRADES},
                **dict(zip(types, largest_remainder(mine[name]["in_need"], weights), strict=True)),
            }
        )
    return _with_total(pd.DataFrame(rows), "programme")


def _counts(households: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Households, those in need and their grades, by programme."""
    columns = ("households", "in_need", *GRADES)
    table = households.groupby("programme", sort=False)[list(columns)].sum()
    return {
        str(name): dict(zip(columns, (int(count) for count in counts), strict=True))
        for name, counts in zip(table.index, table.to_numpy(), strict=True)
    }


def _with_total(table: pd.DataFrame, label: str) -> pd.DataFrame:
    total = {name: table[name].sum() for name in table.columns if table[name].dtype.kind in "iuf"}
    row = pd.DataFrame([{label: words.say("services.total"), **total}], columns=table.columns)
    return pd.concat([table, row.astype(dict.fromkeys(total, "int64"))], ignore_index=True)


def indicators_list(plan: ServicePlan) -> pd.DataFrame:
    """Households that have each of the ten indicators: low, mode, high; a household may have several."""
    rows = []
    counts = {name: int(plan.townships[f"{name}_households"].sum()) for name in PROGRAMMES}
    needs = plan.setting.needs
    for name, indicator in needs.indicators.items():
        row: dict[str, Any] = {
            "dimension": words.pick(needs.dimensions[indicator.dimension]),
            "indicator": words.pick(indicator.title),
        }
        for side in SIDES:
            profiles = plan.sides[side][0].profiles
            row[f"households_{side}"] = round(
                sum((counts[kind] * profiles[kind].indicators[name] for kind in counts), Fraction(0))
            )
        row["items"] = listed(words.pick(plan.setting.services.items[item].title) for item in indicator.items)
        rows.append(row)
    return pd.DataFrame(rows)


def needs_list(plan: ServicePlan) -> pd.DataFrame:
    """The 32 items: households that need each (orders), hours and yuan a year, each as low, mode, high."""
    sides = {}
    for side in SIDES:
        table = plan.sides[side][1].groupby("item")[["orders", "minutes", "money_fen"]].sum()
        sides[side] = dict(zip(table.index, table.to_numpy().tolist(), strict=True))
    rows = []
    for item in plan.setting.services.items.values():
        row: dict[str, Any] = {"number": item.number, "title": words.pick(item.title)}
        for at, (name, size) in enumerate(
            (("orders", 1), ("hours", MINUTES_PER_HOUR), ("yuan", FEN_PER_YUAN))
        ):
            for side in SIDES:
                row[f"{name}_{side}"] = round(Fraction(sides[side].get(item.id, (0, 0, 0))[at], size))
        rows.append(row)
    return _with_total(pd.DataFrame(rows), "title").assign(
        number=lambda table: pd.array([*range(1, len(table)), pd.NA], dtype="Int64")
    )


def projects_list(plan: ServicePlan, *, law: Law) -> pd.DataFrame:
    """The 32 items as projects under the chosen share: orders met, spent, and both forms of contract priced.

    The block is for the volume met at the assumed discount; it costs no more than the unit price from
    `block_from_units` units delivered.
    """
    discount = assumed(law, "services.block_discount_share", on=plan.asked.on)
    rows = []
    for item, orders, met, spent in items_met(plan).itertuples(index=False, name=None):
        known, one = plan.setting.services.items[item], plan.setting.figures[item]
        unit = UnitPrice(one.price_fen)
        units = round(met * one.units)
        block = block_of(unit, units, discount)
        rows.append(
            {
                "number": known.number,
                "title": words.pick(known.title),
                "delivered_by": worded("services.deliverer", known.delivered_by),
                "orders": orders,
                "orders_met": met,
                "units": units,
                "unit": words.say(f"services.unit.{known.unit}"),
                "price_yuan": one.price_fen / FEN_PER_YUAN,
                "spent_yuan": spent / FEN_PER_YUAN,
                "block_yuan": block.sum_fen / FEN_PER_YUAN,
                "block_from_units": block.cheaper_from(unit),
            }
        )
    return pd.DataFrame(rows)


def coverage_list(plan: ServicePlan) -> pd.DataFrame:
    """How far each share of the grant goes, the whole place; what is above the document says so."""
    return pd.DataFrame([_coverage(plan, level, years) for level, years in plan.years.items()])


def counties_list(plan: ServicePlan) -> pd.DataFrame:
    """The same county by county."""
    names = dict(zip(plan.counties["county_code"].astype(str), plan.counties["county"], strict=True))
    return pd.DataFrame(
        [
            {
                "county_code": year.county_code,
                "county": names[year.county_code],
                **_coverage(plan, level, (year,)),
            }
            for level, years in plan.years.items()
            for year in years
        ]
    )


def _coverage(plan: ServicePlan, level: Level, years: Sequence[CountyYear]) -> dict[str, Any]:
    batches = [plan.batches[year.county_code] for year in years]
    orders = sum(len(batch.orders) for batch in batches)
    need_fen = sum(int(batch.orders.cost_fen.sum()) for batch in batches)
    met = sum(int(year.served.met.sum()) for year in years)
    spent = sum(year.served.spent_fen for year in years)
    codes = {year.county_code for year in years}
    mine = plan.households["county_code"].isin(codes)
    in_need = int(plan.households.loc[mine, "in_need"].sum())
    reached = sum(year.reached for year in years)
    sources = {
        f"from_{name}_yuan": sum(year.sources_fen.get(name, 0) for year in years) / FEN_PER_YUAN
        for name in (*OUTSIDE, GRANT)
    }
    return {
        "share": float(level.share),
        "above_document": level.above,
        "standing": words.say("services.above" if level.above else "services.within"),
        "cap_yuan": sum(year.cap_fen for year in years) / FEN_PER_YUAN,
        "counties_bound_by_rest": sum(not year.by_share for year in years),
        "money_yuan": sum(year.money_fen for year in years) / FEN_PER_YUAN,
        "need_yuan": need_fen / FEN_PER_YUAN,
        "orders": orders,
        "orders_met": met,
        "orders_met_share": met / orders if orders else np.nan,
        "need_paid_share": spent / need_fen if need_fen else np.nan,
        "households_in_need": in_need,
        "households_served": reached,
        "households_left_out": max(0, in_need - reached),
        **sources,
        "unspent_yuan": sum(year.served.left_fen for year in years) / FEN_PER_YUAN,
    }


def detail_list(plan: ServicePlan) -> pd.DataFrame:
    """Need by township, programme and item: orders, hours and yuan, at the side asked for."""
    need, services = plan.need, plan.setting.services
    names = dict(zip(plan.townships["area_code"].astype(str), plan.townships["area"], strict=True))
    return pd.DataFrame(
        {
            "area_code": need["area_code"],
            "area": need["area_code"].map(names),
            "programme": [words.say(f"places.programme.{name}") for name in need["programme"]],
            "number": [services.items[item].number for item in need["item"]],
            "title": [words.pick(services.items[item].title) for item in need["item"]],
            "orders": need["orders"],
            "units": need["units"],
            "hours": need["minutes"] / MINUTES_PER_HOUR,
            "yuan": need["money_fen"] / FEN_PER_YUAN,
        }
    )


def plan_notes(plan: ServicePlan, *, law: Law) -> tuple[Problem, ...]:
    """What a reader must know: what is assumed, the pilot's dates, order of use, what is above."""
    first, last = (law.dated(f"services.pilot_{day}_day").entries[-1].value for day in ("first", "last"))
    order = words.say("services.then").join(words.say(f"services.fund.{name}") for name in plan.order)
    left = words.stated(float(assumed(law, "services.grant_left_share", on=plan.asked.on)))
    notes = [
        Problem("note_services_assumed"),
        Problem("note_services_pilot", values={"first": str(first), "last": str(last)}),
        Problem("note_services_order", values={"order": order}),
    ]
    own = plan.asked.own_left_fen
    lacking = [code for code in plan.counties["county_code"].astype(str) if code not in own]
    if plan.asked.left_fen is None and own:
        notes.append(Problem("note_services_left_own", values={"count": len(plan.counties) - len(lacking)}))
    if plan.asked.left_fen is None and lacking:
        notes.append(Problem("note_services_left", values={"share": left, "count": len(lacking)}))
    if plan.asked.townships:
        notes.append(Problem("note_services_townships", values={"count": len(plan.asked.townships)}))
    above = [words.stated(float(level.share)) for level in plan.years if level.above]
    if above:
        blanks = {"shares": words.say("services.joint").join(above), "most": words.stated(float(plan.stated))}
        notes.append(Problem("note_services_above", values=blanks))
    return tuple(notes)

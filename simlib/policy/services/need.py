"""What a place needs of services in a year: households in need and orders by township, programme and item.

Whole orders and households: the expected number is cumulated over the townships of a county in the order of
their codes and rounded, so every county's sum is right to half an order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import lcm
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simlib.dated import Which
from simlib.places.columns import PROGRAMMES
from simlib.policy.funding import Counted
from simlib.policy.services.items import Item, Services, check_figures, load_services
from simlib.policy.services.needs import GRADES, Needs, Profile, load_needs, profile
from simlib.policy.services.rationing import Orders, Whole, evenly_mixed, mixed_turn
from simlib.policy.statutes import Law
from simlib.units import FEN_PER_YUAN, largest_remainder

_MILLION = 1_000_000
NEED_COLUMNS = ("county_code", "area_code", "programme", "item", "orders", "units", "minutes", "money_fen")
HOUSEHOLD_COLUMNS = ("county_code", "area_code", "programme", "households", "in_need", *GRADES)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one order of an item is: a year of it for one household.

    units: times a year; minutes: each time on the spot; price_fen: of one unit [fen]; cost_fen: of the order.
    """

    units: Fraction
    minutes: Fraction
    price_fen: int
    cost_fen: int


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything the need is reckoned from, on one day and one side of the ranges."""

    services: Services
    needs: Needs
    profiles: Mapping[str, Profile]
    figures: Mapping[str, Figures]
    trip_share: Fraction


def setting_of(
    law: Law, *, on: date | None = None, which: Which = "mode", mutual_help: bool = False
) -> Setting:
    """The catalogues with their figures. mutual_help: paired helpers do a part at a lower price.

    Raises LawError for a catalogue or figures that cannot be used.
    """
    services = load_services()
    needs = load_needs(services)
    check_figures(services.value_keys(), law, services.file)
    check_figures(needs.value_keys(), law, needs.file)
    price = Fraction(1)
    if mutual_help:
        part, paid = (assumed(law, f"services.mutual_help_{key}", on=on) for key in ("share", "price_share"))
        price = 1 - part * (1 - paid)
    figures = {
        item.id: _figures(item, law, on, which, price if item.mutual_help else Fraction(1))
        for item in services.items.values()
    }
    profiles = {
        name: profile(name, services=services, needs=needs, law=law, on=on, which=which)
        for name in PROGRAMMES
    }
    trip_share = assumed(law, "services.trip_share", on=on, which=which)
    return Setting(services, needs, MappingProxyType(profiles), MappingProxyType(figures), trip_share)


def assumed(law: Law, key: str, *, on: date | None = None, which: Which = "mode") -> Fraction:
    """A figure of the law, exactly. Raises LawError for an unknown key."""
    dated = law.dated(key)
    return Fraction(str(dated.on(on or dated.entries[-1].start, which)))


def _figures(item: Item, law: Law, on: date | None, which: Which, factor: Fraction) -> Figures:
    units = assumed(law, f"services.times_a_year.{item.id}", on=on, which=which)
    minutes = assumed(law, f"services.minutes.{item.id}", on=on, which=which)
    price = assumed(law, f"services.price_yuan.{item.id}", on=on, which=which) * FEN_PER_YUAN * factor
    return Figures(units, minutes, max(1, _nearest(price)), _nearest(price * units))


def _nearest(number: Fraction) -> int:
    """The nearest whole number, halves upwards."""
    return int((2 * number + 1) // 2)


def expected_need(place: Counted, setting: Setting) -> pd.DataFrame:
    """A year's orders by township, programme and item, one row each where there are any.

    Columns NEED_COLUMNS: orders [household-year of the item], units [times], minutes [minute, the item's part
    of the way included], money_fen [fen]. The same place and setting give the same table.
    """
    areas = _areas(place)
    travel = areas["travel_minutes"].to_numpy(dtype=np.int64)
    codes = {name: areas[name].to_numpy(dtype=object) for name in ("county_code", "area_code")}
    begins = _begins(codes["county_code"])
    each = {name: _minutes(item, setting, travel) for name, item in setting.services.items.items()}
    columns: dict[str, list[Any]] = {name: [] for name in NEED_COLUMNS}
    for programme, found in setting.profiles.items():
        households = areas[f"{programme}_households"].to_numpy(dtype=np.int64)
        for item, one in setting.figures.items():
            orders = _whole(households, found.items[item], begins)
            any_here = np.flatnonzero(orders)
            orders = orders[any_here]
            for name, code in codes.items():
                columns[name].append(code[any_here])
            columns["programme"].append(np.full(len(orders), programme, dtype=object))
            columns["item"].append(np.full(len(orders), item, dtype=object))
            columns["orders"].append(orders)
            columns["units"].append(_times(orders, one.units))
            columns["minutes"].append(orders * each[item][any_here])
            columns["money_fen"].append(orders * one.cost_fen)
    table = pd.DataFrame({name: np.concatenate(parts) for name, parts in columns.items()})
    return table.sort_values(["county_code", "area_code"], kind="stable", ignore_index=True)


def _areas(place: Counted) -> pd.DataFrame:
    """The townships, county by county."""
    codes = ["county_code", "area_code"]
    areas = place.townships.assign(**{code: place.townships[code].astype(str) for code in codes})
    return areas.sort_values(codes, ignore_index=True)


def _minutes(item: Item, setting: Setting, way: Whole) -> Whole:
    """Minutes of one order, by township, its part of the way there included [minute]."""
    one = setting.figures[item.id]
    on_the_way = one.units * setting.trip_share if item.trip else Fraction(0)
    at_work = one.units * one.minutes
    scale = lcm(on_the_way.denominator, at_work.denominator)
    return _times(way * int(on_the_way * scale) + int(at_work * scale), Fraction(1, scale))


def _times(numbers: Whole, factor: Fraction) -> Whole:
    """Numbers times a factor, to the nearest whole, halves upwards."""
    return (2 * numbers * factor.numerator + factor.denominator) // (2 * factor.denominator)


def _begins(county_codes: NDArray[Any]) -> Whole:
    """Where each county begins in a list of townships ordered by county."""
    return np.flatnonzero(np.append(True, county_codes[1:] != county_codes[:-1]))


def _whole(households: Whole, share: Fraction, begins: Whole) -> Whole:
    """`share` of each township's number in whole numbers, right to a half in the sum of every county."""
    millionths = households * _nearest(share * _MILLION)
    total = np.cumsum(millionths)
    of_others = np.repeat(total[begins] - millionths[begins], np.diff(np.append(begins, len(millionths))))
    after = total - of_others
    half = _MILLION // 2
    return (after + half) // _MILLION - (after - millionths + half) // _MILLION


def households_in_need(place: Counted, setting: Setting) -> pd.DataFrame:
    """Households that need at least one item, by township and programme, and by grade of hardship.

    Columns HOUSEHOLD_COLUMNS; the grades add up to those in need. Rows without households are left out.
    """
    areas = _areas(place)
    begins = _begins(areas["county_code"].to_numpy(dtype=object))
    parts = []
    for programme, found in setting.profiles.items():
        needy = _whole(areas[f"{programme}_households"].to_numpy(dtype=np.int64), found.in_need, begins)
        weights = [_nearest(found.grades[grade] * _MILLION) for grade in GRADES]
        graded = [largest_remainder(int(count), weights) for count in needy]
        frame = areas[["county_code", "area_code"]].assign(
            programme=programme, households=areas[f"{programme}_households"], in_need=needy
        )
        parts.append(frame.join(pd.DataFrame(graded, columns=list(GRADES), dtype="int64")))
    table = pd.concat(parts, ignore_index=True)
    table = table[table["households"] > 0].sort_values(["county_code", "area_code"], kind="stable")
    return table[list(HOUSEHOLD_COLUMNS)].reset_index(drop=True)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """The orders of one county, and for each the row of the need table it belongs to."""

    orders: Orders
    row: Whole
    households: int


def orders_of(need: pd.DataFrame, households: pd.DataFrame, setting: Setting) -> Batch:
    """One county's year of orders, one by one.

    need, households: that county's rows of `expected_need` and `households_in_need`. Orders of a township and
    programme go round its households in need, whose grades are evenly mixed; arrivals are evenly mixed over
    all rows. Assumption: nothing is known of who needs much and who little, so everybody needs the same.
    """
    counts = need["orders"].to_numpy(dtype=np.int64)
    row = np.repeat(np.arange(len(need), dtype=np.int64), counts)
    arrived = np.empty(len(row), dtype=np.int64)
    arrived[mixed_turn(counts)] = np.arange(len(row), dtype=np.int64)
    cost = np.array([setting.figures[item].cost_fen for item in need["item"]], dtype=np.int64)
    graded = {
        (area, programme): evenly_mixed(np.array(grades, dtype=np.int64))
        for area, programme, *grades in households[["area_code", "programme", *GRADES]].itertuples(
            index=False, name=None
        )
    }
    household = np.empty(len(row), dtype=np.int64)
    grade = np.empty(len(row), dtype=np.int64)
    first = 0
    ends = np.append(0, np.cumsum(counts))
    blocks: dict[tuple[str, str], list[int]] = {}
    for n, (area, programme) in enumerate(zip(need["area_code"], need["programme"], strict=True)):
        blocks.setdefault((area, programme), []).append(n)
    for (area, programme), rows in blocks.items():
        grades = graded[area, programme]
        if not len(grades):  # rounding left orders but no household: they are one household's
            grades = np.array([len(GRADES) - 1], dtype=np.int64)
        at = np.concatenate([np.arange(ends[n], ends[n + 1], dtype=np.int64) for n in rows])
        turn = np.arange(len(at), dtype=np.int64) % len(grades)
        household[at] = first + turn
        grade[at] = grades[turn]
        first += len(grades)
    return Batch(Orders(household, grade, arrived, cost[row]), row, first)

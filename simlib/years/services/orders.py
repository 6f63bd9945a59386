"""Orders of services: which families get what in a month, and for whom the money reaches.

An order is what a family gets of an item at one time; it comes again at the item's interval. In a month the
orders of a county are paid in the order of the rationing rule, each whole, up to the first that the free
money cannot pay: there it stops, and smaller ones further down do not overtake (`policy.services.rationing`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled
from simlib.desks.network import Columns
from simlib.units import MONTHS_PER_YEAR
from simlib.years.services.families import Family
from simlib.years.services.servicerules import ItemTable

Whole = NDArray[np.int64]

EQUAL_SHARE, GRADE = "equal_share", "grade"
COUNTED = (
    *("assessed", "on_time", "late", "unmet", "withdrawn", "unmet_money", "helped", "units"),
    *("units_delivered", "late_days", "busy_ticks", "travel_ticks", "wait_ticks", "reserved_fen"),
    *("charged_fen", "released_fen", "unmet_fen", "visited", "satisfaction_parts"),
)
"""What is counted of orders, by the columns of the table `service_orders`."""
ASSESSED, ON_TIME, LATE, UNMET, WITHDRAWN, UNMET_MONEY, HELPED, UNITS = range(8)
DELIVERED, LATE_DAYS, BUSY, TRAVEL, WAITED, RESERVED = range(8, 14)
CHARGED, RELEASED, UNMET_FEN, VISITED, SATISFACTION = range(14, 19)
_STRIDE, _POSITION_BITS = 40_503, 16
"""A family's items are spread over the month: each is this far from the one before, in 2**-16 of it."""
_MOST_DAYS = 32


@dataclass(frozen=True, slots=True)
class New(Columns):
    """Orders that fall due to be placed in a month. family: its row. position: in the month [2**-16]."""

    family: Whole
    county: Whole
    item: Whole
    units: Whole
    cost_fen: Whole
    position: Whole


def orders_due(own: Family, items: ItemTable, county_of_area: Whole, month: int) -> New:
    """The orders of a month: of each family on the books, each item it needs whose turn it is."""
    found = np.empty((len(New.names()), _popcount(own.items)), dtype=np.int64)
    made = _order(
        (own.area, own.items, own.gone, own.based, own.phase),
        (items.thousandths, items.interval, items.price_fen),
        county_of_area,
        month,
        found,
    )
    return New(*found[:, :made])


def precedence(new: New, own: Family, rule: str, *, counties: int, days: int) -> Whole:
    """Places of the orders county by county, in the order in which the rule pays them.

    Under `equal_share` the next goes to the family for which least was held so far in the year.
    """
    grade, day = own.grade[new.family], new.position * days >> _POSITION_BITS
    if rule == EQUAL_SHARE:
        mine = np.lexsort((new.position, new.family))
        cost, family = new.cost_fen[mine], new.family[mine]
        before = np.cumsum(cost) - cost
        first = np.flatnonzero(np.diff(family, prepend=-1))
        counts = np.diff(np.append(first, len(mine)))
        had = before - np.repeat(before[first], counts) + own.spent_fen[family]
        turn = np.lexsort((family, day[mine], grade[mine], had, new.county[mine]))
        return mine[turn]
    rank = grade * _MOST_DAYS + day if rule == GRADE else day
    most = _MOST_DAYS * (int(grade.max(initial=0)) + 1)
    return _sorted_by(new.county * most + rank, counties * most)


def hold(new: New, turn: Whole, own: Family, free: Whole, counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which orders are placed: the money free in their county pays them; the families take note.

    free: [counties, fen]. counts: of COUNTED, by county and item, which are added to.
    """
    met = np.zeros(len(new), dtype=np.bool_)
    _hold(
        turn,
        (new.family, new.county, new.item, new.units, new.cost_fen),
        (own.ordered, own.unmet, own.open, own.spent_fen),
        free,
        counts,
        met,
    )
    return met


def _popcount(bits: Whole) -> int:
    return int(np.bitwise_count(bits).sum())


@compiled
def _order(
    family: tuple[Whole, Whole, Whole, Whole, Whole],
    items: tuple[Whole, Whole, Whole],
    county_of_area: Whole,
    month: int,
    found: NDArray[np.int64],
) -> int:
    """Write the month's orders and return how many."""
    area, needed, gone, based, phase = family
    thousandths, interval, price = items
    made = 0
    for row in range(len(area)):
        bits, since = needed[row], month - based[row] - 1
        if not bits or gone[row] or since < 0:
            continue
        item = -1
        while bits:
            item += 1
            is_needed = bits & 1
            bits >>= 1
            if not is_needed or since % interval[item]:
                continue
            nth, whole = since // interval[item], 1000 * (MONTHS_PER_YEAR // interval[item])
            units = (nth + 1) * thousandths[item] // whole - nth * thousandths[item] // whole
            if units:
                found[0, made], found[1, made] = row, county_of_area[area[row]]
                found[2, made], found[3, made] = item, units
                found[4, made] = units * price[item]
                found[5, made] = (phase[row] + item * _STRIDE) & ((1 << _POSITION_BITS) - 1)
                made += 1
    return made


@compiled
def _sorted_by(key: Whole, most: int) -> Whole:
    """Places by ascending small key, equals as they stand."""
    first = np.zeros(most + 1, dtype=np.int64)
    for row in range(len(key)):
        first[key[row] + 1] += 1
    for at in range(most):
        first[at + 1] += first[at]
    turn = np.empty(len(key), dtype=np.int64)
    for row in range(len(key)):
        turn[first[key[row]]] = row
        first[key[row]] += 1
    return turn


@compiled
def _hold(
    turn: Whole,
    orders: tuple[Whole, Whole, Whole, Whole, Whole],
    family: tuple[Whole, Whole, Whole, Whole],
    free: Whole,
    counts: NDArray[np.int64],
    met: NDArray[np.bool_],
) -> None:
    who, county, item, units, cost = orders
    ordered, unmet, still_open, spent = family
    left = free.copy()
    for at in turn:
        here, what, row = county[at], item[at], who[at]
        counts[ASSESSED, here, what] += 1
        counts[UNITS, here, what] += units[at]
        ordered[row] += 1
        if left[here] >= cost[at]:
            left[here] -= cost[at]
            met[at] = True
            counts[RESERVED, here, what] += cost[at]
            still_open[row] += 1
            spent[row] += cost[at]
        else:
            left[here] = -1
            counts[UNMET, here, what] += 1
            counts[UNMET_MONEY, here, what] += 1
            counts[UNMET_FEN, here, what] += cost[at]
            unmet[row] += 1

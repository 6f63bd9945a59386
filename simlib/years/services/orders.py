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
_POSITIONS, _BYTE, _THOUSAND = (1 << _POSITION_BITS) - 1, 0xFF, 1000
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


def orders_due(
    own: Family, items: ItemTable, county_of_area: Whole, month: int, counts: NDArray[np.int64]
) -> New:
    """The orders of a month: of each family on the books, each item it needs whose turn it is.

    They are counted as unmet, at the families too, until `hold` finds the money. counts: of COUNTED, by
    county and item, which are added to.
    """
    found = np.empty((len(New.names()), _popcount(own.items)), dtype=np.int64)
    made = _order(
        (own.area, own.items, own.gone, own.based, own.phase),
        (own.ordered, own.unmet),
        (items.thousandths, items.interval, items.price_fen),
        _turns(items.interval),
        county_of_area,
        month,
        counts,
        found,
    )
    return New(*found[:, :made])


def _turns(interval: Whole) -> Whole:
    """The items whose turn it is so many months after needs were found, modulo a year [bits]."""
    since = np.arange(MONTHS_PER_YEAR, dtype=np.int64)[:, None]
    bits = np.int64(1) << np.arange(len(interval), dtype=np.int64)
    turns: Whole = np.where(since % interval == 0, bits, 0).sum(axis=1)
    return turns


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


def hold(new: New, turn: Whole, own: Family, free: Whole, counts: NDArray[np.int64]) -> Whole:
    """The orders that are placed: the money free in their county pays them; the families take note.

    turn: county by county. free: [counties, fen]. counts: of COUNTED, which are added to.
    """
    met = np.empty(len(new), dtype=np.int64)
    ends = np.cumsum(np.bincount(new.county, minlength=len(free)))
    made = _hold(
        turn,
        ends,
        (new.family, new.item, new.cost_fen),
        (own.unmet, own.open, own.spent_fen),
        free,
        counts,
        met,
    )
    return met[:made]


def _popcount(bits: Whole) -> int:
    return int(np.bitwise_count(bits).sum())


@compiled
def _order(
    family: tuple[Whole, Whole, Whole, Whole, Whole],
    tallies: tuple[Whole, Whole],
    items: tuple[Whole, Whole, Whole],
    turns: Whole,
    county_of_area: Whole,
    month: int,
    counts: NDArray[np.int64],
    found: NDArray[np.int64],
) -> int:
    """Write the month's orders and return how many."""
    area, needed, gone, based, phase = family
    ordered, unmet = tallies
    thousandths, interval, price = items
    made = 0
    for row in range(len(area)):
        since = month - based[row] - 1
        if not needed[row] or gone[row] or since < 0:
            continue
        bits = needed[row] & turns[since % MONTHS_PER_YEAR]
        here, item = county_of_area[area[row]], 0
        while bits:
            if not bits & _BYTE:
                bits >>= 8
                item += 8
                continue
            if bits & 1:
                nth, whole = since // interval[item], _THOUSAND * (MONTHS_PER_YEAR // interval[item])
                units = (nth + 1) * thousandths[item] // whole - nth * thousandths[item] // whole
                if units:
                    cost = units * price[item]
                    found[0, made], found[1, made], found[2, made] = row, here, item
                    found[3, made], found[4, made] = units, cost
                    found[5, made] = (phase[row] + item * _STRIDE) & _POSITIONS
                    made += 1
                    ordered[row] += 1
                    unmet[row] += 1
                    counts[ASSESSED, here, item] += 1
                    counts[UNITS, here, item] += units
                    counts[UNMET_FEN, here, item] += cost
            bits >>= 1
            item += 1
    counts[UNMET] += counts[ASSESSED]
    counts[UNMET_MONEY] += counts[ASSESSED]
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
    ends: Whole,
    orders: tuple[Whole, Whole, Whole],
    family: tuple[Whole, Whole, Whole],
    free: Whole,
    counts: NDArray[np.int64],
    met: Whole,
) -> int:
    """Write the places of the orders that are paid, and return how many; ends: of each county's in `turn`."""
    who, item, cost = orders
    unmet, still_open, spent = family
    made, first = 0, 0
    for here in range(len(free)):
        left = free[here]
        for place in range(first, ends[here]):
            at = turn[place]
            what, row = item[at], who[at]
            left -= cost[at]
            if left < 0:
                break
            met[made] = at
            made += 1
            counts[RESERVED, here, what] += cost[at]
            counts[UNMET, here, what] -= 1
            counts[UNMET_MONEY, here, what] -= 1
            counts[UNMET_FEN, here, what] -= cost[at]
            unmet[row] -= 1
            still_open[row] += 1
            spent[row] += cost[at]
        first = ends[here]
    return made

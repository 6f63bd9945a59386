"""Orders of services: which families get what in a month, and for whom the money reaches.

An order is what a family gets of an item at one time; it comes again at the item's interval. In a month the
orders of a county are paid in the order of the rationing rule, each whole, up to the first that the free
money cannot pay: there it stops, and smaller ones further down do not overtake (`policy.services.rationing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled
from simlib.desks.network import Columns
from simlib.units import MONTHS_PER_YEAR
from simlib.years.services.families import Family
from simlib.years.services.itemtables import THOUSANDTHS, ItemTable

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
_POSITIONS, _BYTE = (1 << _POSITION_BITS) - 1, 0xFF
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


class OrderMonth(NamedTuple):
    """A month in which orders fall due: of the plan, its days, and the rule by which they are paid."""

    month: int
    days: int
    rule: str

    @property
    def steps(self) -> tuple[int, int]:
        """What a step of the grade and a day add to the turn of an order."""
        return {EQUAL_SHARE: (0, 0), GRADE: (_MOST_DAYS, 1)}.get(self.rule, (0, 1))


def orders_due(
    own: Family, items: ItemTable, county_of_area: Whole, when: OrderMonth, counts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """What a month's orders come to: of each family on the books, each item it needs whose turn it is.

    Returns how many they are and what they cost, by county and turn under the rule (see `precedence`)
    [2 × counties × turns]. They are counted as unmet, at the families too, until `hold` finds the money.
    counts: of COUNTED, by county and item, which are added to.
    """
    grade_step, day_step = when.steps
    turns = grade_step * int(own.grade.max(initial=0)) + (_MOST_DAYS if day_step else 1)
    by_turn = np.zeros((2, counts.shape[1], turns), dtype=np.int64)
    before = counts[ASSESSED].copy(), counts[UNITS].copy()
    _count(
        (own.area, own.items, own.gone, own.based, own.phase, own.grade),
        (own.ordered, own.unmet),
        (items.price_fen, *_rounds(items, when.month)),
        county_of_area,
        (when.month, when.days, when.steps),
        by_turn,
        counts,
    )
    more = counts[ASSESSED] - before[0]
    counts[UNMET] += more
    counts[UNMET_MONEY] += more
    counts[UNMET_FEN] += (counts[UNITS] - before[1]) * items.price_fen
    return by_turn


def in_reach(
    own: Family,
    items: ItemTable,
    county_of_area: Whole,
    when: OrderMonth,
    *,
    by_turn: NDArray[np.int64],
    free: Whole,
) -> New:
    """The month's orders but for those whose turn comes after the money is gone for certain.

    by_turn: what `orders_due` returned. free: [counties, fen].
    """
    before = np.cumsum(by_turn[1], axis=1) - by_turn[1]
    reach = (before <= free[:, None]).sum(axis=1)
    room = int(by_turn[0][np.arange(by_turn.shape[2]) < reach[:, None]].sum())
    found = np.empty((len(New.names()), room), dtype=np.int64)
    _write(
        (own.area, own.items, own.gone, own.based, own.phase, own.grade),
        (items.price_fen, *_rounds(items, when.month)),
        county_of_area,
        (when.month, when.days, when.steps),
        reach,
        found,
    )
    return New(*found)


def _rounds(items: ItemTable, month: int) -> tuple[NDArray[np.int64], Whole]:
    """Units of each item due so many months after needs were found [months × items], and which are [bits]."""
    since, interval = np.arange(month, dtype=np.int64)[:, None], items.interval
    nth, whole = since // interval, THOUSANDTHS * (MONTHS_PER_YEAR // interval)
    units = (nth + 1) * items.thousandths // whole - nth * items.thousandths // whole
    units = np.where(since % interval == 0, units, 0)
    return units, np.where(units > 0, np.int64(1) << np.arange(len(interval)), 0).sum(axis=1)


def precedence(new: New, own: Family, when: OrderMonth, *, counties: int) -> Whole:
    """Places of the orders county by county, in the order in which the rule pays them.

    Under `equal_share` the next goes to the family for which least was held so far in the year.
    """
    grade, day = own.grade[new.family], new.position * when.days >> _POSITION_BITS
    if when.rule == EQUAL_SHARE:
        mine = np.lexsort((new.position, new.family))
        cost, family = new.cost_fen[mine], new.family[mine]
        before = np.cumsum(cost) - cost
        first = np.flatnonzero(np.diff(family, prepend=-1))
        counts = np.diff(np.append(first, len(mine)))
        had = before - np.repeat(before[first], counts) + own.spent_fen[family]
        turn = np.lexsort((family, day[mine], grade[mine], had, new.county[mine]))
        return mine[turn]
    grade_step, day_step = when.steps
    rank, most = grade * grade_step + day * day_step, grade_step * int(grade.max(initial=0)) + _MOST_DAYS
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


@compiled
def _count(
    family: tuple[Whole, Whole, Whole, Whole, Whole, Whole],
    tallies: tuple[Whole, Whole],
    items: tuple[Whole, NDArray[np.int64], Whole],
    county_of_area: Whole,
    when: tuple[int, int, tuple[int, int]],
    by_turn: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> None:
    area, needed, gone, based, phase, grade = family
    ordered, unmet = tallies
    price, due, is_due = items
    month, days, (grade_step, day_step) = when
    for row in range(len(area)):
        since = month - based[row] - 1
        if not needed[row] or gone[row] or since < 0:
            continue
        bits = needed[row] & is_due[since]
        here, item, made = county_of_area[area[row]], 0, 0
        while bits:
            if not bits & _BYTE:
                bits >>= 8
                item += 8
                continue
            if bits & 1:
                position = (phase[row] + item * _STRIDE) & _POSITIONS
                turn = grade[row] * grade_step + (position * days >> _POSITION_BITS) * day_step
                by_turn[0, here, turn] += 1
                by_turn[1, here, turn] += due[since, item] * price[item]
                counts[ASSESSED, here, item] += 1
                counts[UNITS, here, item] += due[since, item]
                made += 1
            bits >>= 1
            item += 1
        ordered[row] += made
        unmet[row] += made


@compiled
def _write(
    family: tuple[Whole, Whole, Whole, Whole, Whole, Whole],
    items: tuple[Whole, NDArray[np.int64], Whole],
    county_of_area: Whole,
    when: tuple[int, int, tuple[int, int]],
    reach: Whole,
    found: NDArray[np.int64],
) -> None:
    """Write the orders whose turn comes before `reach` of their county."""
    area, needed, gone, based, phase, grade = family
    price, due, is_due = items
    month, days, (grade_step, day_step) = when
    made = 0
    for row in range(len(area)):
        since = month - based[row] - 1
        if not needed[row] or gone[row] or since < 0:
            continue
        here, first = county_of_area[area[row]], grade[row] * grade_step
        if first >= reach[here]:
            continue
        bits, item = needed[row] & is_due[since], 0
        while bits:
            if not bits & _BYTE:
                bits >>= 8
                item += 8
                continue
            position = (phase[row] + item * _STRIDE) & _POSITIONS
            if bits & 1 and first + (position * days >> _POSITION_BITS) * day_step < reach[here]:
                found[0, made], found[1, made], found[2, made] = row, here, item
                found[3, made], found[4, made] = due[since, item], due[since, item] * price[item]
                found[5, made] = position
                made += 1
            bits >>= 1
            item += 1


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

"""The orders placed and not yet delivered: on a list, then with whoever delivers them.

An order leaves when it is delivered, withdrawn or given up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.chance import Luck, Purpose
from simlib.compiled import compiled
from simlib.desks.network import Columns, Growing
from simlib.units import MONTHS_PER_YEAR, SHARE_ONE
from simlib.worktime import DAY_TICKS, Calendar
from simlib.years.cases.requests import Span
from simlib.years.county import Counties
from simlib.years.services.families import Family
from simlib.years.services.itemtables import ItemTable
from simlib.years.services.orders import New
from simlib.years.services.servicerules import ServiceRules

Whole = NDArray[np.int64]

ON_LIST, ENDED = -1, -2
"""Ids of orders not yet given to anybody, and of those that are over."""
_ITEM_BITS, _POSITION_BITS, _CELL_BITS = 5, 16, 20
_POSITIONS, _CELLS = (1 << _POSITION_BITS) - 1, (1 << _CELL_BITS) - 1


@dataclass(frozen=True, slots=True)
class Order(Columns):
    """Orders placed and not yet delivered.

    id: at the desks, ON_LIST before, ENDED after. year: of the plan, whose money holds it. entry: when it was
    placed; due: the end of the last day on which it begins in time. ticks: of the work; travel: the way a
    worker of the provider has besides. urgency, skilled: of its item; helped: whether helpers may do it, then
    whether they do. is_visited: whether a return visit follows.
    """

    id: Whole
    family: Whole
    county: Whole
    area: Whole
    item: Whole
    units: Whole
    cost_fen: Whole
    year: Whole
    entry: Whole
    due: Whole
    ticks: Whole
    travel: Whole
    urgency: Whole
    skilled: Whole
    helped: Whole
    is_visited: Whole


_COLUMNS = range(len(Order.names()))
(_ID, _FAMILY, _COUNTY, _AREA, _ITEM, _UNITS, _COST, _YEAR) = _COLUMNS[:8]
(_ENTRY, _DUE, _TICKS, _TRAVEL, _URGENCY, _SKILLED, _HELPED, _IS_VISITED) = _COLUMNS[8:]


class Orderbook:
    """The orders of a run's counties."""

    def __init__(self, rules: ServiceRules, counties: Counties, calendar: Calendar, luck: Luck) -> None:
        self.rules, self.counties, self.calendar, self.luck = rules, counties, calendar, luck
        self._book = Growing(Order.empty(), by_row=True)

    @property
    def rows(self) -> Order:
        """The orders, in columns that can be written to."""
        return self._book.rows

    def add(self, new: New, own: Family, span: Span) -> None:
        """Put the orders placed in a month on the list: when they came, are due, and how long they take."""
        items, counties = self.rules.items, self.counties
        area = own.area[new.family]
        draw = self.luck.draws(
            Purpose.SERVICE,
            area=counties.area_codes[area],
            subject=own.number[new.family],
            matter=((span.from_plan + 1) << _ITEM_BITS) | new.item,
            lanes=2,
        )
        _write(
            (new.family, new.county, area, new.item, new.units, new.cost_fen, new.position),
            draw,
            items,
            counties.trip_ticks,
            self.calendar.workday_of_day,
            (span.first, span.last - span.first, span.from_plan // MONTHS_PER_YEAR),
            self.rules.follow_up.visited,
            self._book.lengthen(len(new)),
        )

    def clear(self) -> None:
        """Let go of the orders that are over."""
        self._book.keep(self.rows.id != ENDED)

    def move(self, moved: Whole) -> None:
        """Take note of where the families' rows stand now."""
        self.rows.family[:] = moved[self.rows.family]


@compiled
def _write(
    new: tuple[Whole, Whole, Whole, Whole, Whole, Whole, Whole],
    draw: NDArray[np.uint32],
    items: ItemTable,
    trip_ticks: Whole,
    workday_of_day: Whole,
    month: tuple[int, int, int],
    visited: int,
    rows: NDArray[np.int64],
) -> None:
    """Write orders [orders × columns of Order]; month: its first day, days, and year of the plan."""
    family, county, area, item, units, cost, position = new
    first, days, year = month
    for at in range(len(family)):
        order, what = rows[at], item[at]
        order[_ID], order[_YEAR] = ON_LIST, year
        order[_FAMILY], order[_COUNTY], order[_AREA] = family[at], county[at], area[at]
        order[_ITEM], order[_UNITS], order[_COST] = what, units[at], cost[at]
        within = position[at] * days
        workday = workday_of_day[first + (within >> _POSITION_BITS)]
        order[_ENTRY] = workday * DAY_TICKS + ((within & _POSITIONS) * DAY_TICKS >> _POSITION_BITS)
        order[_DUE] = (workday + items.due_days[what] + 1) * DAY_TICKS
        minutes = int(draw[at, 0])
        low, high = items.knots[what, minutes >> _CELL_BITS], items.knots[what, (minutes >> _CELL_BITS) + 1]
        ticks = low + ((high - low) * (minutes & _CELLS) >> _CELL_BITS)
        order[_TICKS] = max(units[at] * ticks, 1)
        order[_TRAVEL] = units[at] * (trip_ticks[area[at]] // 2 * items.trip[what] // SHARE_ONE)
        order[_URGENCY], order[_SKILLED] = items.urgency[what], items.skilled[what]
        order[_HELPED] = items.helped[what]
        order[_IS_VISITED] = int(int(draw[at, 1]) >> _POSITION_BITS < visited)

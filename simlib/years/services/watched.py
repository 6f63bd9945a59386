"""Services followed family by family: what the tables count in sums, told of each family and item.

A run keeps no list of its orders. Whoever wants one simulates a county again with these services in place of
the plain ones: they do the same to the last fen and take note of every order and assessment besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.desks.network import Columns
from simlib.desks.trace import Cases, Matters
from simlib.units import SHARE_ONE
from simlib.worktime import DAY_TICKS
from simlib.years.cases.households import SERVICE_ASSESSMENT, Households, kind_of
from simlib.years.cases.requests import Span
from simlib.years.services.families import Family
from simlib.years.services.familyservices import FamilyServices
from simlib.years.services.hands import Worked
from simlib.years.services.orderbook import ENDED, Order
from simlib.years.services.orders import OrderMonth, in_reach

Whole = NDArray[np.int64]

NO_ITEM = -1
"""Stands where an event is of a family and not of an item."""
_NO_LIMIT_FEN = 1 << 60


class Event(IntEnum):
    """What happens to an order, or to a family (ASSESSED)."""

    ORDERED = 0
    """It falls due from the assessment, whether money is there or not."""
    PLACED = 1
    """Money is held for it."""
    ON_TIME = 2
    LATE = 3
    GIVEN_UP = 4
    """Nobody came in time; it ends unmet."""
    WITHDRAWN = 5
    ASSESSED = 6


@dataclass(frozen=True, slots=True)
class Events(Columns):
    """Events of a run, month by month. area: place of the township. fen: what the order holds, or is charged
    where it is delivered.
    """

    month: Whole
    event: Whole
    area: Whole
    number: Whole
    item: Whole
    units: Whole
    fen: Whole


class WatchedServices(FamilyServices):
    """The same services, with every order and assessment taken note of."""

    def __init__(self, *told: Any, **named: Any) -> None:
        super().__init__(*told, **named)
        self._events: list[Events] = []
        self._month = 0
        self.standing = Family.empty()
        """The families as they stood at the last month's end, before a year's tallies are forgotten."""

    @property
    def events(self) -> Events:
        """Everything that has happened so far."""
        return Events.join(self._events)

    def _note(self, event: Event, rows: Whole, *, item: Whole, units: Whole, fen: Whole) -> None:
        own, none = self.families.rows, np.zeros(len(rows), dtype=np.int64)
        area, number = own.area[rows], own.number[rows]
        self._events.append(Events(none + self._month, none + event, area, number, item, units, fen))

    def _note_orders(self, event: Event, orders: Order, fen: Whole | None = None) -> None:
        cost = orders.cost_fen if fen is None else fen
        self._note(event, orders.family, item=orders.item, units=orders.units, fen=cost)

    def matters(self, register: Households, span: Span) -> Matters:
        """The assessments that families are called to in a month; see `FamilyServices`."""
        self._month = span.from_plan
        return super().matters(register, span)

    def _clear_list(self, start: int, year: int, counts: NDArray[np.int64], money: NDArray[np.int64]) -> None:
        super()._clear_list(start, year, counts, money)
        ended = self.hands.rows.pick(self.hands.rows.id == ENDED)
        is_gone = self.families.rows.gone[ended.family] == 1
        self._note_orders(Event.WITHDRAWN, ended.pick(is_gone))
        self._note_orders(Event.GIVEN_UP, ended.pick(~is_gone))

    def _place(
        self,
        when: OrderMonth,
        by_turn: NDArray[np.int64],
        span: Span,
        counts: NDArray[np.int64],
        money: NDArray[np.int64],
    ) -> None:
        no_limit = np.full(len(self.counties.members), _NO_LIMIT_FEN, dtype=np.int64)
        due = in_reach(
            self.families.rows,
            self.rules.items,
            self.counties.county_of_area,
            when,
            by_turn=by_turn,
            free=no_limit,
        )
        self._note(Event.ORDERED, due.family, item=due.item, units=due.units, fen=due.cost_fen)
        before = len(self.hands.rows)
        super()._place(when, by_turn, span, counts, money)
        placed = np.arange(before, len(self.hands.rows), dtype=np.int64)
        self._note_orders(Event.PLACED, self.hands.rows.pick(placed))

    def _deliver(
        self, start: int, end: int, year: int, counts: NDArray[np.int64], money: NDArray[np.int64]
    ) -> Worked:
        worked = super()._deliver(start, end, year, counts, money)
        done = self.hands.rows.pick(worked.rows)
        is_gone = self.families.rows.gone[done.family] == 1
        is_late = worked.services.start // DAY_TICKS >= done.due // DAY_TICKS
        charged = np.where(
            done.helped == 1, done.cost_fen * self.rules.helper_price // SHARE_ONE, done.cost_fen
        )
        self._note_orders(Event.WITHDRAWN, done.pick(is_gone))
        for event, here in ((Event.ON_TIME, ~is_late), (Event.LATE, is_late)):
            self._note_orders(event, done.pick(here & ~is_gone), charged[here & ~is_gone])
        return worked

    def _assess(self, decided: Cases, month: int) -> dict[str, Whole]:
        done = np.flatnonzero(kind_of(decided.matter) == SERVICE_ASSESSMENT)
        rows = self.families.find(decided.area[done], decided.household[done])
        rows = rows[self.families.rows.gone[rows] == 0]
        none = np.zeros(len(rows), dtype=np.int64)
        self._note(Event.ASSESSED, rows, item=none + NO_ITEM, units=none, fen=none)
        found = super()._assess(decided, month)
        own = self.families.rows
        self.standing = own.pick(np.arange(len(own), dtype=np.int64))
        return found

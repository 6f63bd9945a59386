"""Who delivers services: a provider in each county, helpers in the townships, at desks of their own.

A provider is an office with workers, so is each kind of mutual help in a township; all run on the engines of
the desks, with nothing of their own: the most urgent first, then the earliest due. Workers with a licence do
what takes one and stand in for the others, never the other way. What an office cannot take up within about a
month waits on a list: from there an order may still be withdrawn or given up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.chance import Luck, Purpose
from simlib.compiled import compiled
from simlib.desks.engines import open_docket
from simlib.desks.network import (
    Absences,
    Columns,
    DeskMonth,
    Growing,
    Kind,
    OpenWork,
    Roster,
    Services,
    Steps,
    first_entries,
)
from simlib.units import SHARE_ONE
from simlib.worktime import DAY_TICKS, Calendar
from simlib.years.county import Counties
from simlib.years.services.servicerules import HANDS, HARDSHIP, PROVIDER, SIXTY, ServiceRules

Whole = NDArray[np.int64]

ALWAYS = 1 << 50
"""Providers' workers and helpers are there through the plan [tick]."""
_URGENCY_BITS, _DAY_BITS = 2, 24


@dataclass(frozen=True, slots=True)
class Order(Columns):
    """Orders placed and not yet delivered.

    id: at the desks, −1 before. year: of the plan, whose money holds it. entry: when it was placed; due: the
    end of the last day on which it begins in time. ticks: of the work; travel: the way a worker of the
    provider has besides. urgency, skilled: of its item; helped: whether helpers may do it, then whether they
    do. is_visited: whether a return visit follows.
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


@dataclass(frozen=True, slots=True)
class Worked:
    """A month at the providers: what was done, the rows of its orders among those given, by whom.

    workers, available, busy, delivered, waiting: by hands and county [hands × counties].
    """

    services: Services
    rows: Whole
    hands: Whole
    workers: NDArray[np.int64]
    available: NDArray[np.int64]
    busy: NDArray[np.int64]
    served: NDArray[np.int64]
    waiting: NDArray[np.int64]


class Hands:
    """The workers and helpers of a run's counties, and the orders that wait for them or are given to them."""

    def __init__(
        self, rules: ServiceRules, counties: Counties, calendar: Calendar, luck: Luck, *, engine: str
    ) -> None:
        self.rules, self.luck, self.counties = rules, luck, counties
        members = [rules.counties[county.code] for county in counties.members]
        towns = np.array([county.areas for county in counties.members], dtype=np.int64)
        first = 2 * np.arange(counties.areas, dtype=np.int64) + counties.county_of_area
        self.helpers_office = np.stack([first, first + 1])
        self.provider = np.cumsum(2 * towns + 1) - 1
        self.helpers = np.concatenate(
            [np.zeros((2, 0), dtype=np.int64), *(m.helpers for m in members)], axis=1
        )
        self.workers = np.array([member.workers for member in members], dtype=np.int64)
        self.skilled = np.array([member.skilled for member in members], dtype=np.int64)
        bureau = np.repeat(self.provider, 2 * towns + 1)
        self.docket = open_docket(engine, Steps.empty(), OpenWork.empty(), calendar=calendar, bureau=bureau)
        self.waiting, self.given = (Growing(Order.empty(), by_row=True) for _ in range(2))
        self.next_id = 1
        self.ordinal = np.zeros(len(members), dtype=np.int64)
        self.speed = self._speeds()
        self._staff()

    def _speeds(self) -> Whole:
        """Speed of each county's provider, drawn once for each that comes [2**-16]."""
        counties = self.counties
        codes = counties.office_codes[counties.bureau[counties.first_office[:-1]]]
        draw = self.luck.draws(Purpose.SERVICE_PROVIDER, area=codes, subject=self.ordinal)[:, 0]
        return np.maximum(self.rules.speed.at(draw), 1)

    def change(self, rows: NDArray[np.bool_]) -> None:
        """Let another provider take over in these counties, with the workers there are."""
        self.ordinal = self.ordinal + rows
        self.speed = np.where(rows, self._speeds(), self.speed)
        self._staff()

    def _staff(self) -> None:
        """The workers office by office: helpers of each township, then the provider's, the licensed last."""
        own, none = self.counties, np.zeros(0, dtype=np.int64)
        office, hands, kind, slowness = [none], [none], [none], [none]
        slow = SHARE_ONE**3 // (self.speed * self.rules.at_work)
        for at in range(len(own.members)):
            areas = np.flatnonzero(own.county_of_area == at)
            parts = [
                *(
                    (self.helpers_office[each, areas], HARDSHIP + each, self.helpers[each, areas])
                    for each in range(2)
                ),
                (self.provider[[at]], PROVIDER, self.workers[[at]]),
            ]
            here = np.concatenate([np.repeat(offices, counts) for offices, _, counts in parts])
            whose = np.concatenate([np.full(int(counts.sum()), whom) for _, whom, counts in parts])
            order = np.argsort(here, kind="stable")
            here, whose = here[order], whose[order]
            is_last = np.arange(len(here)) >= len(here) - self.skilled[at]
            office.append(here)
            hands.append(whose)
            kind.append(np.where(is_last & (whose == PROVIDER), Kind.PAYROLL, Kind.CONTRACT).astype(np.int64))
            slowness.append(np.where(whose == PROVIDER, slow[at], SHARE_ONE))
        self.office, self.hands = np.concatenate(office), np.concatenate(hands)
        self.kind, self.slowness = np.concatenate(kind), np.concatenate(slowness)
        self.slow = slow
        if not hasattr(self, "idle"):
            self.idle = np.zeros(len(self.office), dtype=np.int64)

    def give(self, start: int, end: int) -> tuple[Steps, OpenWork]:
        """Take from the list what can be taken up in a month [start, end), helpers first where they may."""
        wait, given = self.waiting.rows, self.given.rows
        length = end - start
        room, skilled = self.workers * length, self.skilled * length
        _load((given.county, given.ticks, given.travel, given.skilled, given.id), self.slow, room, skilled)
        ready = np.flatnonzero(wait.entry < end)
        first = (wait.county[ready] << _URGENCY_BITS) | wait.urgency[ready]
        key = (first << _DAY_BITS) | (wait.due[ready] // DAY_TICKS)
        turn = ready[np.argsort(key, kind="stable")]
        helpers = self.helpers * np.array(self.rules.helper_ticks, dtype=np.int64)[:, None]
        office = np.full(len(wait), -1, dtype=np.int64)
        _give(
            turn,
            (wait.county, wait.area, wait.ticks, wait.travel, wait.skilled, wait.helped),
            (self.helpers_office, self.provider, self.slow),
            (helpers, room, skilled),
            office,
        )
        chosen = turn[office[turn] >= 0]
        orders, where = wait.pick(chosen), office[chosen]
        orders.id[:] = np.arange(self.next_id, self.next_id + len(orders))
        by_provider = where == self.provider[orders.county]
        orders.travel[:] = np.where(by_provider, orders.travel, 0)
        orders.helped[:] = ~by_provider
        self.next_id += len(orders)
        stays = np.ones(len(wait), dtype=bool)
        stays[chosen] = False
        self.waiting.keep(stays)
        self.given.add(orders)
        return _as_steps(orders, where), first_entries(orders.id, np.maximum(orders.entry, start), where)

    def work(self, start: int, end: int) -> Worked:
        """Give out and deliver in a month [start, end)."""
        steps, work = self.give(start, end)
        ids = np.arange(len(self.office), dtype=np.int64)
        roster = Roster(
            id=ids,
            office=self.office,
            kind=self.kind,
            present_from=np.zeros(len(ids), dtype=np.int64),
            present_to=np.full(len(ids), ALWAYS, dtype=np.int64),
            slowness=self.slowness,
            idle_since=self.idle,
        )
        done = self.docket.month(steps, work, roster, Absences.empty(), start=start, end=end)
        for worker, since in done.idle_since.items():
            self.idle[worker] = since
        return self._worked(done, end - start)

    def _worked(self, done: DeskMonth, length: int) -> Worked:
        services, counties = done.services, len(self.workers)
        rows = _rows_of(self.given.rows.id, services.case)
        hands = self.hands[services.worker]
        busy, served, workers, waiting = (np.zeros((len(HANDS), counties), dtype=np.int64) for _ in range(4))
        county = self.given.rows.county[rows]
        np.add.at(busy, (hands, county), services.finish - services.start)
        np.add.at(served, (hands, county), 1)
        county_of_area = self.counties.county_of_area
        workers[PROVIDER] = self.workers
        np.add.at(workers[HARDSHIP], county_of_area, self.helpers[0])
        np.add.at(workers[SIXTY], county_of_area, self.helpers[1])
        most = np.array([length, *self.rules.helper_ticks], dtype=np.int64)
        waiting[PROVIDER] = done.waiting[self.provider]
        for kind in range(2):
            np.add.at(waiting[HARDSHIP + kind], county_of_area, done.waiting[self.helpers_office[kind]])
        return Worked(services, rows, hands, workers, workers * most[:, None], busy, served, waiting)

    def move(self, moved: Whole) -> None:
        """Take note of where the families' rows stand now."""
        for book in (self.waiting, self.given):
            book.rows.family[:] = moved[book.rows.family]


def _rows_of(ids: Whole, wanted: Whole) -> Whole:
    """Rows of ascending ids, all of them there."""
    if not len(wanted):
        return np.zeros(0, dtype=np.int64)
    place = np.empty(ids[-1] - ids[0] + 1, dtype=np.int64)
    place[ids - ids[0]] = np.arange(len(ids))
    rows: Whole = place[wanted - ids[0]]
    return rows


def _as_steps(orders: Order, office: Whole) -> Steps:
    """One step for each order, at its office."""
    none = np.zeros(len(orders), dtype=np.int64)
    return Steps(
        case=orders.id,
        office=office,
        activity=orders.item,
        payroll_only=orders.skilled * (1 - orders.helped),
        people=none + 1,
        ticks=orders.ticks + orders.travel,
        wait_kind=none,
        wait_length=none,
        priority=orders.urgency,
        rank=orders.due,
    )


@compiled
def _load(orders: tuple[Whole, Whole, Whole, Whole, Whole], slow: Whole, room: Whole, skilled: Whole) -> None:
    """Take off the room of each county what its provider has been given and not yet done."""
    county, ticks, travel, is_skilled, ids = orders
    for row in range(len(ids)):
        if ids[row] < 0:
            continue
        here = county[row]
        time = (ticks[row] + travel[row]) * slow[here] >> 16
        room[here] -= time
        if is_skilled[row]:
            skilled[here] -= time


@compiled
def _give(
    turn: Whole,
    orders: tuple[Whole, Whole, Whole, Whole, Whole, Whole],
    places: tuple[NDArray[np.int64], Whole, Whole],
    room: tuple[NDArray[np.int64], Whole, Whole],
    office: Whole,
) -> None:
    """Write the office that takes each order, where one has room left."""
    county, area, ticks, travel, is_skilled, may_be_helped = orders
    helpers_office, provider, slow = places
    helpers, whole, skilled = room
    for row in turn:
        here = county[row]
        if may_be_helped[row]:
            for kind in range(len(helpers)):
                if helpers[kind, area[row]] >= ticks[row]:
                    helpers[kind, area[row]] -= ticks[row]
                    office[row] = helpers_office[kind, area[row]]
                    break
            if office[row] >= 0:
                continue
        time = (ticks[row] + travel[row]) * slow[here] >> 16
        if whole[here] <= 0 or (is_skilled[row] and skilled[here] <= 0):
            continue
        whole[here] -= time
        if is_skilled[row]:
            skilled[here] -= time
        office[row] = provider[here]

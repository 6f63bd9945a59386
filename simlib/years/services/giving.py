"""Who takes up which orders: loops over the orders at the providers' and helpers' desks, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled
from simlib.desks.network import (
    Steps,
)
from simlib.policy.services.items import URGENCIES
from simlib.years.services.orderbook import Order

Whole = NDArray[np.int64]
URGENT = URGENCIES.index("urgent")


@compiled
def enter_work(
    services: tuple[Whole, Whole, Whole, Whole],
    orders: tuple[Whole, Whole],
    hands: Whole,
    next_id: int,
    out: tuple[Whole, NDArray[np.int64], NDArray[np.int64]],
) -> None:
    """Write the row of the order behind each service, and what each of the hands did in each county."""
    case, worker, start, finish = services
    ids, county = orders
    rows, busy, served = out
    first = next_id
    for row in range(len(ids)):
        if 0 <= ids[row] < first:
            first = ids[row]
    place = np.empty(next_id - first, dtype=np.int64)
    for row in range(len(ids)):
        if ids[row] >= 0:
            place[ids[row] - first] = row
    for at in range(len(case)):
        row = place[case[at] - first]
        rows[at], whose, here = row, hands[worker[at]], county[row]
        busy[whose, here] += finish[at] - start[at]
        served[whose, here] += 1


def as_steps(own: Order, rows: Whole, office: Whole) -> Steps:
    """One step for each of some orders, at its office."""
    none = np.zeros(len(rows), dtype=np.int64)
    return Steps(
        case=own.id[rows],
        office=office,
        activity=own.item[rows],
        payroll_only=own.skilled[rows] * (1 - own.helped[rows]),
        people=none + 1,
        ticks=own.ticks[rows] + own.travel[rows],
        wait_kind=none,
        wait_length=none,
        priority=own.urgency[rows],
        rank=own.due[rows],
    )


@compiled
def load(
    orders: tuple[Whole, Whole, Whole, Whole, Whole, Whole], slow: Whole, room: Whole, skilled: Whole
) -> None:
    """Take off the room of each county what its provider has been given and not yet done."""
    county, ticks, travel, is_skilled, helped, ids = orders
    for row in range(len(ids)):
        if ids[row] < 0 or helped[row]:
            continue
        here = county[row]
        time = (ticks[row] + travel[row]) * slow[here] >> 16
        room[here] -= time
        if is_skilled[row]:
            skilled[here] -= time


@compiled
def give(
    turn: Whole,
    orders: tuple[Whole, Whole, Whole, Whole, Whole, Whole, Whole, Whole],
    places: tuple[NDArray[np.int64], Whole, Whole],
    room: tuple[NDArray[np.int64], Whole, Whole],
    next_id: int,
    out: tuple[Whole, Whole],
) -> tuple[int, int]:
    """Give orders to whoever has room left: write their rows and offices, how many, and the next id.

    Helpers come first where they may, for they cost less; what is urgent waits for none of them while the
    provider has room.
    """
    ids, county, area, ticks, travel, is_skilled, helped, urgency = orders
    helpers_office, provider, slow = places
    helpers, whole, skilled = room
    rows, office = out
    made = 0
    for row in turn:
        here, where = county[row], -1
        fits = whole[here] > 0 and (not is_skilled[row] or skilled[here] > 0)
        if helped[row] and not (fits and urgency[row] == URGENT):
            for kind in range(len(helpers)):
                if where < 0 and helpers[kind, area[row]] >= ticks[row]:
                    helpers[kind, area[row]] -= ticks[row]
                    where = helpers_office[kind, area[row]]
                    travel[row] = 0
        if where < 0 and fits:
            time = (ticks[row] + travel[row]) * slow[here] >> 16
            whole[here] -= time
            if is_skilled[row]:
                skilled[here] -= time
            where, helped[row] = provider[here], 0
        if where >= 0:
            ids[row] = next_id
            rows[made], office[made] = row, where
            next_id, made = next_id + 1, made + 1
    return made, next_id

"""What becomes of orders: delivered, withdrawn or given up; and the return visit.

In time is what begins by its due day: a term says when somebody comes, not how long respite or a course
lasts.

Satisfaction is modelled, not surveyed: it falls with each day an order is late and with the share of the
family's orders of the year that went unmet. Return visits are made by the service points of the villages
(part 2 (2)), so they take no time of the desks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled
from simlib.worktime import DAY_TICKS
from simlib.years.services.families import Family
from simlib.years.services.hands import Worked
from simlib.years.services.orderbook import ENDED, ON_LIST, Order
from simlib.years.services.orders import (
    BUSY,
    CHARGED,
    DELIVERED,
    HELPED,
    LATE,
    LATE_DAYS,
    ON_TIME,
    RELEASED,
    SATISFACTION,
    TRAVEL,
    UNMET,
    UNMET_FEN,
    VISITED,
    WAITED,
    WITHDRAWN,
)
from simlib.years.services.servicerules import ServiceRules

Whole = NDArray[np.int64]


def settle_list(
    orders: Order,
    own: Family,
    start: int,
    rules: ServiceRules,
    year: int,
    counts: NDArray[np.int64],
    money: NDArray[np.int64],
) -> None:
    """End the orders on the list whose family is gone, or that waited too long by a month's start [tick].

    counts and money are added to. money: what orders held that they hold no longer, and what was charged for
    them, of this year's and of older orders [2 × 2 × counties].
    """
    _settle(
        orders.id,
        (orders.family, orders.county, orders.item, orders.cost_fen, orders.due, orders.year),
        (own.gone, own.open, own.unmet),
        start - rules.give_up_days * DAY_TICKS,
        year,
        counts,
        money,
    )


def settle_done(
    orders: Order,
    worked: Worked,
    own: Family,
    rules: ServiceRules,
    year: int,
    counts: NDArray[np.int64],
    money: NDArray[np.int64],
) -> None:
    """Enter what a month delivered; see `settle_list`. Who is gone is not there: the visit was in vain."""
    services, follow = worked.services, rules.follow_up
    _deliver(
        worked.rows,
        orders.id,
        (services.start, services.finish),
        (orders.family, orders.county, orders.item, orders.units, orders.cost_fen, orders.year),
        (orders.entry, orders.due, orders.travel, orders.helped, orders.is_visited),
        (own.gone, own.open, own.ordered, own.served, own.unmet),
        (follow.base, follow.late_day, follow.unmet, rules.helper_price, year),
        counts,
        money,
    )


@compiled
def _settle(
    ids: Whole,
    orders: tuple[Whole, Whole, Whole, Whole, Whole, Whole],
    family: tuple[Whole, Whole, Whole],
    last: int,
    this_year: int,
    counts: NDArray[np.int64],
    money: NDArray[np.int64],
) -> None:
    """last: an order due before it is given up [tick]."""
    who, county, item, cost, due, year = orders
    gone, still_open, unmet = family
    for row in range(len(who)):
        if ids[row] != ON_LIST:
            continue
        here, what, row_of = county[row], item[row], who[row]
        if gone[row_of]:
            counts[WITHDRAWN, here, what] += 1
        elif due[row] < last:
            counts[UNMET, here, what] += 1
            counts[UNMET_FEN, here, what] += cost[row]
            unmet[row_of] += 1
        else:
            continue
        ids[row] = ENDED
        counts[RELEASED, here, what] += cost[row]
        money[int(year[row] != this_year), 0, here] += cost[row]
        still_open[row_of] -= 1


@compiled
def _deliver(
    rows: Whole,
    ids: Whole,
    times: tuple[Whole, Whole],
    what: tuple[Whole, Whole, Whole, Whole, Whole, Whole],
    how: tuple[Whole, Whole, Whole, Whole, Whole],
    family: tuple[Whole, Whole, Whole, Whole, Whole],
    rates: tuple[int, int, int, int, int],
    counts: NDArray[np.int64],
    money: NDArray[np.int64],
) -> None:
    start, finish = times
    who, county, item, units, cost, year = what
    entry, due, travel, helped, is_visited = how
    gone, still_open, ordered, served, unmet = family
    base, late_day, unmet_loss, helper_price, this_year = rates
    for at in range(len(rows)):
        row = rows[at]
        here, kind, mine = county[row], item[row], who[row]
        is_old, ids[row] = int(year[row] != this_year), ENDED
        still_open[mine] -= 1
        money[is_old, 0, here] += cost[row]
        counts[BUSY, here, kind] += finish[at] - start[at]
        counts[TRAVEL, here, kind] += travel[row]
        if gone[mine]:
            counts[WITHDRAWN, here, kind] += 1
            counts[RELEASED, here, kind] += cost[row]
            continue
        charged = cost[row] * helper_price >> 16 if helped[row] else cost[row]
        late = max(start[at] // DAY_TICKS - due[row] // DAY_TICKS + 1, 0)
        counts[LATE if late else ON_TIME, here, kind] += 1
        counts[LATE_DAYS, here, kind] += late
        counts[HELPED, here, kind] += helped[row]
        counts[DELIVERED, here, kind] += units[row]
        counts[WAITED, here, kind] += start[at] - entry[row]
        counts[CHARGED, here, kind] += charged
        counts[RELEASED, here, kind] += cost[row] - charged
        money[is_old, 1, here] += charged
        served[mine] += 1
        if is_visited[row]:
            lacking = unmet_loss * unmet[mine] // max(ordered[mine], 1)
            counts[VISITED, here, kind] += 1
            counts[SATISFACTION, here, kind] += max(base - late * late_day - min(lacking, unmet_loss), 0)

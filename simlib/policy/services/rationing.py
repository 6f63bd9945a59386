"""Who is served when the money does not reach everybody: pure integer rules over orders.

A rule is an order of precedence that does not look at the money. Orders are paid in it, each whole, until
the first that cannot be paid: there it stops, and smaller orders further down do not overtake. So under every
rule more money never lowers need met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from simlib.errors import LawError, Problem
from simlib.yamlfile import nearest

Whole = NDArray[np.int64]
_SPREAD_BITS = 32


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """Orders of services, one entry an order.

    household: its number. grade: of its hardship, 0 the hardest. arrived: place in the order of arrival.
    cost_fen: of the whole order [fen], never negative.
    """

    household: Whole
    grade: Whole
    arrived: Whole
    cost_fen: Whole

    def __len__(self) -> int:
        return len(self.cost_fen)


@dataclass(frozen=True, slots=True, eq=False)
class Rationed:
    """What became of the orders. met: order by order; spent_fen, left_fen: add up to the money given."""

    met: NDArray[np.bool_]
    spent_fen: int
    left_fen: int


def first_come(orders: Orders) -> Whole:
    """Places of the orders as they came."""
    return np.lexsort((orders.household, orders.arrived)).astype(np.int64)


def by_grade(orders: Orders) -> Whole:
    """Places of the orders by hardship, the hardest first; inside a grade as they came."""
    return np.lexsort((orders.household, orders.arrived, orders.grade)).astype(np.int64)


def equal_share(orders: Orders) -> Whole:
    """Places of the orders when the next always goes to the household that has had least money so far.

    Among equals by grade, then as they came. A household's own orders follow by grade and arrival.
    """
    own = np.lexsort((orders.arrived, orders.grade, orders.household))
    cost, household = orders.cost_fen[own], orders.household[own]
    before = np.cumsum(cost) - cost
    first = np.flatnonzero(np.diff(household, prepend=household[:1] - 1))
    had = before - np.repeat(before[first], np.diff(np.append(first, len(own))))
    # The own order breaks the last ties, so orders that cost nothing keep their place in the household.
    turn = np.lexsort((household, orders.arrived[own], orders.grade[own], had))
    return own[turn].astype(np.int64)


RULES: Mapping[str, Callable[[Orders], Whole]] = MappingProxyType(
    {"first_come": first_come, "grade": by_grade, "equal_share": equal_share}
)


def rationed(orders: Orders, money_fen: int, rule: str) -> Rationed:
    """The orders that this money pays under a rule, in strict order up to the first it cannot pay.

    money_fen: [fen]; nothing is met with 0 or less unless it costs nothing.
    Raises LawError for an unknown rule.

    >>> whole = lambda *numbers: np.array(numbers, dtype=np.int64)
    >>> three = Orders(whole(0, 1, 2), whole(1, 0, 1), whole(0, 1, 2), whole(30, 50, 10))
    >>> [rationed(three, 60, rule).met.tolist() for rule in ("first_come", "grade")]
    [[True, False, False], [False, True, False]]
    """
    if rule not in RULES:
        blanks = {"found": rule, "near": nearest(rule, RULES), "known": ", ".join(RULES)}
        raise LawError(Problem("law_bad_word", values=blanks))
    turn = RULES[rule](orders)
    paid = np.cumsum(orders.cost_fen[turn])
    reached = int(np.searchsorted(paid, money_fen, side="right"))
    met = np.zeros(len(orders), dtype=np.bool_)
    met[turn[:reached]] = True
    spent = int(paid[reached - 1]) if reached else 0
    return Rationed(met, spent, money_fen - spent)


def evenly_mixed(counts: Whole) -> Whole:
    """Numbers of the kinds, `counts[k]` times each, mixed so that every stretch holds them in proportion.

    The j-th of n stands at (2j+1)/2n of the whole; ties to the earlier kind.

    >>> evenly_mixed(np.array([1, 3], dtype=np.int64)).tolist()
    [1, 0, 1, 1]
    """
    kinds = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    return kinds[mixed_turn(counts)]


def mixed_turn(counts: Whole) -> Whole:
    """Places, in a list that holds `counts[k]` of kind k one after the other, of the evenly mixed list."""
    size = np.repeat(counts, counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    nth = np.arange(len(size), dtype=np.int64) - first
    return np.argsort(((2 * nth + 1) << _SPREAD_BITS) // (2 * size), kind="stable").astype(np.int64)

"""Money for services of counties side by side: held when an order is placed, charged when it is delivered.

What is paid in a year comes out of its funds in their order of use, the capped grant last unless the law says
otherwise. Money held for orders still open when a year ends is committed: it pays them in the next year and
nothing else, and lapses where they are not delivered. So no year's money is ever overspent.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from simlib.units import MONTHS_PER_YEAR

Whole = NDArray[np.int64]
Amounts = NDArray[np.int64]
"""Fen by county and fund, the funds in their order of use [counties × funds]."""


def in_order(total: Whole, funds: Amounts) -> Amounts:
    """How much of each county's total comes from each of its funds, used one after the other [fen].

    >>> in_order(np.array([120]), np.array([[100, 50]]))
    array([[100,  20]])
    """
    before = np.cumsum(funds, axis=1) - funds
    return np.clip(total[:, None] - before, 0, funds)


@dataclass(frozen=True, slots=True)
class MoneyMonth:
    """A month of every fund [counties × funds, fen]; columns as in the table `service_money`.

    evaluation: of what was paid, for evaluations.
    """

    carried_in: Amounts
    voted: Amounts
    paid: Amounts
    committed: Amounts
    lapsed: Amounts
    held: Amounts
    evaluation: Amounts


class Purses:
    """The services money of some counties.

    block_discount: of a block contract, None: paid by unit. There is one contract a county, so a block is one
    sum a county. Under a block the provider gets the year's money in equal parts whatever is delivered, and
    orders are held and charged at list prices against the volume it buys.
    """

    def __init__(self, counties: int, funds: int, *, at_once: bool, block_discount: Fraction | None) -> None:
        self.at_once, self.discount = at_once, block_discount
        self.voted, self.carried = (np.zeros((counties, funds), dtype=np.int64) for _ in range(2))
        none = np.zeros(counties, dtype=np.int64)
        self.held, self.charged, self.volume = none.copy(), none.copy(), none.copy()
        self.old_held, self.old_charged = none.copy(), none.copy()
        self._paid, self._old_paid = none.copy(), none.copy()
        self._of_year = np.zeros_like(self.voted)
        self.first = none.copy()
        """Month of the year from which there are services, by county; 12: none this year."""
        self.orders, self._aside, self._evaluation = (np.zeros_like(self.voted) for _ in range(3))
        """Voted for orders; still set aside for evaluations; paid for them in the month."""

    def open(self, voted: Amounts, aside: Amounts | None = None, first: Whole | None = None) -> None:
        """Begin a year with the money voted; what is held for open orders is carried in.

        aside: of it, for evaluations: no order is paid from it, and what they leave lapses. None: nothing.
        first: month of the year from which there are services, by county, 12 for none; None: from January.
        Money comes free, and a block is paid, in equal parts over the months that are left.
        """
        self.carried = self._held_by_fund()
        self.old_held = self.old_held + self.held
        none = np.zeros_like(self.held)
        self.held, self.charged, self.old_charged = none.copy(), none.copy(), none.copy()
        self._paid, self._old_paid = none.copy(), none.copy()
        self.voted, self._of_year = voted, np.zeros_like(voted)
        self._aside = np.zeros_like(voted) if aside is None else aside.copy()
        self.orders = voted - self._aside
        self.first = np.zeros_like(self.held) if first is None else np.clip(first, 0, MONTHS_PER_YEAR)
        total = self.orders.sum(axis=1)
        self.volume = total if self.discount is None else _bought(total, self.discount)

    def free(self, of_year: int) -> Whole:
        """What new orders of a month may hold, by county [fen]; of_year: 0 = January."""
        part = self.volume if self.at_once else self._come(self.volume, of_year)
        return part - self.held - self.charged

    def _come(self, whole: Whole, of_year: int) -> Whole:
        """What has come by a month of what comes in equal parts over the months there are services [fen]."""
        months = np.maximum(MONTHS_PER_YEAR - self.first, 1)
        return whole * np.clip(of_year + 1 - self.first, 0, months) // months

    def hold(self, fen: Whole) -> None:
        """Hold money for orders placed."""
        self.held = self.held + fen

    def settle(self, taken: Whole, charged: Whole, *, old: bool) -> None:
        """End what was held for some orders: charge a part of it, let go of the rest.

        old: of last year's orders, or those before.
        """
        if old:
            self.old_held, self.old_charged = self.old_held - taken, self.old_charged + charged
        else:
            self.held, self.charged = self.held - taken, self.charged + charged

    def evaluate(self, cost: Whole, fund: int) -> Whole:
        """Pay evaluations this month from what is set aside in a fund; what it could bear [counties, fen]."""
        paid: Whole = np.minimum(cost, self._aside[:, fund])
        self._aside[:, fund] -= paid
        self._evaluation[:, fund] += paid
        return paid

    def month(self, of_year: int) -> MoneyMonth:
        """Close a month of the year, its last month with the year."""
        none = np.zeros_like(self.voted)
        paid, old_paid = self._due(of_year)
        by_fund = in_order(paid, self.orders) - in_order(self._paid, self.orders)
        by_fund = by_fund + in_order(old_paid, self.carried) - in_order(self._old_paid, self.carried)
        self._paid, self._old_paid = paid, old_paid
        evaluation, self._evaluation = self._evaluation, np.zeros_like(self.voted)
        by_fund = by_fund + evaluation
        self._of_year = self._of_year + by_fund
        held, is_last = self._held_by_fund(), of_year == MONTHS_PER_YEAR - 1
        lapsed = self.carried + self.voted - self._of_year - held if is_last else none
        is_first = of_year == 0
        return MoneyMonth(
            carried_in=self.carried if is_first else none,
            voted=self.voted if is_first else none,
            paid=by_fund,
            committed=held if is_last else none,
            lapsed=lapsed,
            held=held,
            evaluation=evaluation,
        )

    def _due(self, of_year: int) -> tuple[Whole, Whole]:
        """What is paid by a month's end since the year began, of its money and of what was carried in."""
        if self.discount is None:
            return self.charged, self.old_charged
        return self._come(self.orders.sum(axis=1), of_year), np.zeros_like(self.charged)

    def _held_by_fund(self) -> Amounts:
        """What each fund holds for open orders; nothing under a block, which is paid in any case."""
        if self.discount is not None:
            return np.zeros_like(self.voted)
        new = in_order(self.charged + self.held, self.orders) - in_order(self.charged, self.orders)
        old = in_order(self.old_charged + self.old_held, self.carried)
        return new + old - in_order(self.old_charged, self.carried)


def _bought(total: Whole, discount: Fraction) -> Whole:
    """The volume at list prices that a block of this sum buys; a part of a fen is given up.

    The inverse of `fund.block_of`: the sum is the volume at the discount, a part of a fen upwards.
    """
    rest = 1 - discount
    if not rest:
        return np.full_like(total, _NO_LIMIT)
    return total * rest.denominator // rest.numerator


_NO_LIMIT = 10**15

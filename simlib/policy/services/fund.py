"""Money for services: the capped part of the grant, what stands outside the cap, contracts by unit or block.

Source: Shizuishan's pilot plan of 2024, part 2 (4) 6: at most 3 % of last year's grant, out of this year's,
never out of basic-living aid; lottery funds, donations and special budgets stand beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from simlib.errors import LawError, Problem
from simlib.policy.money.ledger import Bill, Fund, LedgerYear, close_year
from simlib.policy.statutes import Law

GRANT = "grant"
OUTSIDE = ("special", "lottery", "donations")
"""Funds outside the cap: budgets for assistance work or for buying services, lottery funds, donations."""
GIVEN = ("donations",)
"""Of them, those that no budget can take back."""
FUND_ORDER = "services.fund_order"


def fund_order(law: Law) -> tuple[str, ...]:
    """The order in which funds are used, each named once. Raises LawError for another list."""
    dated = law.dated(FUND_ORDER)
    order = tuple(str(name) for name in dated.on(dated.entries[-1].start))
    if sorted(order) != sorted((GRANT, *OUTSIDE)):
        blanks = {"found": ", ".join(order), "known": ", ".join((GRANT, *OUTSIDE))}
        raise LawError(Problem("services_fund_order", dated.file, column=FUND_ORDER, values=blanks))
    return order


def paid_in_order(spent_fen: int, funds_fen: Mapping[str, int], order: Sequence[str]) -> LedgerYear:
    """The year of every fund when services of `spent_fen` are paid from them in their order [fen].

    What is left of a fund lapses. Raises LawError for a fund below zero or not in the order.

    >>> year = paid_in_order(120, {"grant": 100, "lottery": 50}, ("lottery", "grant"))
    >>> dict(year.paid["services"])
    {'lottery': 50, 'grant': 70}
    """
    funds = [Fund(name, amount) for name, amount in funds_fen.items()]
    return close_year(
        funds, [Bill("services", spent_fen, tuple(name for name in order if name in funds_fen))]
    )


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """A contract that pays each unit delivered. price_fen: of one [fen], above 0."""

    price_fen: int

    def __post_init__(self) -> None:
        if self.price_fen <= 0:
            raise LawError(Problem("law_bad_price", values={"found": self.price_fen}))

    def units_for(self, money_fen: int) -> int:
        """Most whole units this money pays."""
        return max(0, money_fen) // self.price_fen

    def cost_fen(self, units: int) -> int:
        """What so many units delivered cost [fen]."""
        return units * self.price_fen


@dataclass(frozen=True, slots=True)
class Block:
    """A contract for a volume at one sum, paid whole, used or not. sum_fen: [fen]; units: the most given."""

    sum_fen: int
    units: int

    def units_for(self, money_fen: int) -> int:
        """The whole volume if the money pays the sum, else none."""
        return self.units if money_fen >= self.sum_fen else 0

    def cost_fen(self, units: int) -> int:
        """The sum, whatever is delivered [fen]. Raises LawError above the volume."""
        if not 0 <= units <= self.units:
            raise LawError(Problem("services_block_full", values={"found": units, "most": self.units}))
        return self.sum_fen

    def cheaper_from(self, unit: UnitPrice) -> int:
        """Fewest units delivered at which the block costs no more than the unit price [unit]."""
        return -(-self.sum_fen // unit.price_fen)


def block_of(unit: UnitPrice, units: int, discount: Fraction) -> Block:
    """The block contract for a volume at a discount on the unit price [0..1]; a part of a fen upwards.

    >>> block_of(UnitPrice(1000), 50, Fraction(1, 10))
    Block(sum_fen=45000, units=50)
    """
    return Block(ceil(unit.cost_fen(units) * (1 - discount)), units)

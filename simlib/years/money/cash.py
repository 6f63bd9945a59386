"""Benefits and who bears them: grants by source, when their cash comes, and what the county advances.

Families are paid in the month whatever has come in. Where a tier's cash is late the county pays in its place
(垫付) and takes it back from the next cash of that tier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from simlib.units import MONTHS_PER_YEAR, SHARE_ONE, largest_remainder, share_parts
from simlib.years.money.accounts import TIERS, UPPER_TIERS, Accounts, FundBook


@dataclass(frozen=True, slots=True)
class GrantRules:
    """Who bears benefits, and when the cash of the year comes.

    shares: of each tier in benefits, in the order of `TIERS`, adding up to one [2**-16]. early: part of each
    upper tier's money told of in late autumn and there in January [2**-16]. rest_month: of the year in which
    the rest comes; beyond December it comes in the next year.
    """

    shares: tuple[int, ...]
    early: tuple[int, ...]
    rest_month: int


def grant_rules(number: Callable[[str], float], *, delay_months: int = 0) -> GrantRules:
    """The rules behind `budget.share.…` and `budget.early_share.…`; the county bears what is left.

    delay_months: by which the rest of the year's money comes late [month]. Shares of upper tiers that add up
    to more than one are scaled down.
    """
    parts = [share_parts(number(f"budget.share.{tier}")) for tier in UPPER_TIERS]
    own = max(SHARE_ONE - sum(parts), 0)
    return GrantRules(
        tuple(largest_remainder(SHARE_ONE, [*parts, own])),
        tuple(share_parts(number(f"budget.early_share.{tier}")) for tier in UPPER_TIERS),
        int(number("budget.rest_month")) + delay_months,
    )


@dataclass(slots=True)
class Grant:
    """The money of one upper tier: its fund, and the cash of it that is at hand.

    cash: received and not yet used; advanced: paid by the county in the tier's place, not yet taken back;
    to_come: voted and still to be received; borne: the tier's part of this year's benefits; unsettled: of
    closed years, what it bore beyond its grant, or below it if negative [fen].
    """

    book: FundBook
    cash: int = 0
    advanced: int = 0
    to_come: int = 0
    borne: int = 0
    unsettled: int = 0

    def receive(self, month: int, fen: int) -> None:
        """Take in cash; negative: what is deducted from it."""
        self.cash += fen
        if fen:
            self.book.accounts.add(month, "received", self.book.name, fen)

    def bear(self, month: int, fen: int) -> None:
        """Bear a part of the month's benefits: first the county is paid back, then families are paid."""
        self.borne += fen
        due = self.advanced + fen
        paid = self.book.pay(month, min(due, self.cash))
        self.cash -= paid
        self.advanced = due - paid
        self.book.accounts.add(month, "advance", self.book.name, self.advanced)


@dataclass(slots=True)
class Treasury:
    """The cash of one county for benefits through the plan's years."""

    accounts: Accounts
    rules: GrantRules
    grants: Mapping[str, Grant] = field(init=False)
    own: FundBook = field(init=False)

    def __post_init__(self) -> None:
        """Open a fund for each tier; what upper tiers sent and is left stays, the county's own lapses."""
        self.grants = {tier: Grant(FundBook(self.accounts, tier, carries_over=True)) for tier in UPPER_TIERS}
        self.own = FundBook(self.accounts, TIERS[-1])

    def open(self, month: int, expected: int) -> None:
        """Vote every tier's part of the benefits expected in the year [fen]; the early part is there."""
        parts = largest_remainder(expected, self.rules.shares)
        for grant, voted, early in zip(self.grants.values(), parts, self.rules.early, strict=False):
            grant.book.vote(month, voted)
            at_once = voted * early // SHARE_ONE
            grant.to_come += voted - at_once
            grant.receive(month, at_once)
        self.own.vote(month, parts[-1])

    def settle(self, month: int) -> None:
        """Settle closed years: an upper tier adds what it bore beyond its grant, or deducts what is over."""
        for grant in self.grants.values():
            asked = max(grant.unsettled, -grant.cash)
            moved = grant.book.adjust(month, "settled", asked)
            grant.receive(month, moved)
            grant.unsettled -= moved

    def month(self, month: int, benefits: int) -> None:
        """Receive and pay a month [fen]; at the end of a year its funds are closed."""
        if (month - self.rules.rest_month + 1) % MONTHS_PER_YEAR == 0 and month + 1 >= self.rules.rest_month:
            for grant in self.grants.values():
                grant.receive(month, grant.to_come)
                grant.to_come = 0
        parts = largest_remainder(benefits, self.rules.shares)
        for grant, part in zip(self.grants.values(), parts, strict=False):
            grant.bear(month, part)
        self.own.adjust(month, "supplement", max(parts[-1] - self.own.left_fen, 0))
        self.own.pay(month, parts[-1])
        if month % MONTHS_PER_YEAR == MONTHS_PER_YEAR - 1:
            self._close(month)

    def _close(self, month: int) -> None:
        for grant in self.grants.values():
            grant.unsettled += grant.borne - grant.book.fund.voted_fen
            grant.borne = 0
            grant.book.close(month)
        self.own.close(month)

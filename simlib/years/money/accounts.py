"""A county's accounts: entries month by month, and the year of each fund, closed by the ledger's rule.

Every fund balances each year, in fen, and its monthly entries add up to the year:

    carried in + voted ± adjusted = paid + committed + lapsed + carried out
"""

from __future__ import annotations

from dataclasses import dataclass, field

from simlib.policy.money.ledger import Bill, Fund, FundYear, close_year, next_fund

Row = tuple[int, str, str, int]
"""An entry of the accounts: month of the plan, line, source, amount [fen]."""

WORK_FUND = "work_fund"
UPPER_TIERS = ("central", "province", "city")
TIERS = (*UPPER_TIERS, "county")
"""Who bears benefits; each tier's money is a fund of its own."""

ADJUSTMENTS = ("true_up", "frozen", "settled", "supplement")
"""Lines by which a fund's money changes after the vote."""
BUDGETED = ("carried_in", "voted", *ADJUSTMENTS)
"""Lines of the left side of the ledger."""
USED = ("paid", "committed", "lapsed", "carried_out")
"""Lines of its right side."""


@dataclass(slots=True)
class Accounts:
    """What was planned, received and paid [fen]; nothing is entered beyond the plan's last month."""

    months: int
    rows: list[Row] = field(default_factory=list)

    def add(self, month: int, line: str, source: str, fen: int) -> None:
        """Enter an amount."""
        if month < self.months:
            self.rows.append((month, line, source, fen))


class FundBook:
    """One fund of a county through the plan's years; never overspent.

    carries_over: whether what is left stays for the next year, else it lapses.
    """

    def __init__(self, accounts: Accounts, name: str, *, carries_over: bool = False) -> None:
        self.accounts, self.name = accounts, name
        self.fund = Fund(name, 0, carries_over=carries_over)
        self.paid_fen, self.committed_fen = 0, 0

    @property
    def left_fen(self) -> int:
        """What can still be used this year [fen]."""
        return self.fund.available_fen - self.paid_fen - self.committed_fen

    def vote(self, month: int, fen: int) -> None:
        """Open a year: what was carried in, and the year's vote [fen]."""
        brought = self.fund.carried_in_fen
        self.fund = Fund(self.name, fen, brought, carries_over=self.fund.carries_over)
        self.accounts.add(month, "carried_in", self.name, brought)
        self.accounts.add(month, "voted", self.name, fen)

    def adjust(self, month: int, line: str, fen: int) -> int:
        """Add to the year's money, or take back; what really moved: used money is not taken back [fen]."""
        moved = max(fen, -self.left_fen)
        known = self.fund
        self.fund = Fund(
            known.id,
            known.voted_fen,
            known.carried_in_fen,
            known.adjusted_fen + moved,
            known.carries_over,
            known.carry_limit_fen,
        )
        if moved:
            self.accounts.add(month, line, self.name, moved)
        return moved

    def pay(self, month: int, fen: int) -> int:
        """Pay from the fund; what it could bear [fen]."""
        paid = min(fen, self.left_fen)
        self.paid_fen += paid
        self.accounts.add(month, "paid", self.name, paid)
        return paid

    def commit(self, fen: int) -> int:
        """Hold back what is owed and not yet paid: it cannot lapse; what the fund could bear [fen]."""
        held = min(fen, self.left_fen)
        self.committed_fen += held
        return held

    def close(self, month: int) -> FundYear:
        """Close the year in its last month; what is carried over or held back opens the next."""
        bill = Bill(self.name, self.paid_fen + self.committed_fen, (self.name,), self.committed_fen)
        year = close_year([self.fund], [bill]).funds[0]
        for line in USED[1:]:
            self.accounts.add(month, line, self.name, getattr(year, f"{line}_fen"))
        self.fund = next_fund(self.fund, year, voted_fen=0)
        self.paid_fen, self.committed_fen = 0, 0
        return year

"""Wages of one county: what bought workers earn by pay grade and workload, and when the work fund pays it.

Payments stop in December; what is earned after that day is committed and paid in January.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

import numpy as np
from numpy.typing import NDArray

from simlib.units import MONTHS_PER_YEAR, SHARE_ONE, largest_remainder
from simlib.years.money.accounts import WORK_FUND, Accounts, FundBook
from simlib.years.money.budgetrules import MoneyRules

Whole = NDArray[np.int64]

PAYROLL, EXISTING_POSTS = "payroll", "existing_posts"
"""Sources of what no rule of this plan touches: payroll posts, and contract posts that were there before."""
COSTS = ("purchase_cost", "evaluation_cost")
"""Lines of what buying and evaluating cost, apart from wages."""

_DECEMBER_DAYS = 31


@dataclass(frozen=True, slots=True)
class Due:
    """Days due [offices × grades, 2**-16 day]: as awarded, and of those the ones left unmanned, unpaid."""

    awarded: Whole
    unmanned: Whole


class Wages:
    """The wages of one county through the plan's years.

    arrears_fen: earned last year, held back in its fund, to be paid in January. costs: of buying and
    evaluating in the month under way, not paid yet [fen].
    """

    def __init__(self, accounts: Accounts, fund: FundBook, rules: MoneyRules) -> None:
        self.accounts, self.fund, self.rules = accounts, fund, rules
        self.arrears_fen, self.days = 0, 365
        self.grade_prices = np.zeros(0, dtype=np.int64)
        self.costs = 0
        self._begin()

    def _begin(self) -> None:
        self.worth, self.earned, self.payroll, self.payroll_earned = 0, 0, 0, 0
        self.lost, self.deducted, self.existing, self.existing_earned = 0, 0, 0, 0

    def open(self, days: int) -> None:
        """Begin a year of so many days."""
        self.days = days
        self._begin()

    def spend(self, month: int, line: str, fen: int, *, source: str) -> None:
        """Enter what buying or evaluating costs [fen]; what the work fund bears is paid with the month."""
        self.accounts.add(month, line, source, fen)
        if source == WORK_FUND:
            self.costs += fen

    def month(
        self,
        month: int,
        grade_days: Whole,
        services: Sequence[int],
        payroll_days: int,
        *,
        due: Due | None = None,
        existing: Due | None = None,
    ) -> None:
        """Earn and pay a month; grade_days: [offices × grades], the rest as `Budget.pay` takes it."""
        due = due or Due(grade_days * SHARE_ONE, 0 * grade_days)
        awarded, unmanned = self._worth(due.awarded), self._worth(due.unmanned)
        earned = self._earn(month, int(awarded.sum())) + self._deduct(month, int(unmanned.sum()))
        if existing is not None:
            self._of_existing(month, int(self._worth(existing.awarded - existing.unmanned).sum()))
        linked = 0
        if self.rules.workload_parts:
            days = grade_days.sum(axis=1).tolist()
            linked = self._linked(earned, (awarded - unmanned).tolist(), days, services)
            self.accounts.add(month, "wages_workload", WORK_FUND, linked)
        self._of_payroll(month, payroll_days)
        is_last = month % MONTHS_PER_YEAR == MONTHS_PER_YEAR - 1
        wages = earned + linked
        now = wages * self.rules.dates.last_payment_day // _DECEMBER_DAYS if is_last else wages
        owed, self.arrears_fen = self.arrears_fen + self.costs, 0
        self.costs = 0
        self._bear(month, owed + wages)
        self.fund.pay(month, owed + now)
        if is_last:
            self.arrears_fen = self.fund.commit(wages - now)
            self.fund.close(month)

    def _worth(self, parts: Whole) -> Whole:
        """Days due by office × the price of their grade [2**-16 fen·day].

        A county's month fits 64 bits up to 400,000 posts at 100,000 yuan.
        """
        if len(self.grade_prices) < parts.shape[1]:
            prices = [self.rules.grade_price(grade) for grade in range(parts.shape[1])]
            self.grade_prices = np.array(prices, dtype=np.int64)
        worth: Whole = parts @ self.grade_prices[: parts.shape[1]]
        return worth

    def _deduct(self, month: int, lost: int) -> int:
        """What is taken off for days left unmanned, never above zero."""
        self.lost += lost
        before, self.deducted = self.deducted, self.lost // (SHARE_ONE * self.days)
        if self.deducted != before:
            self.accounts.add(month, "wages_unmanned", WORK_FUND, before - self.deducted)
        return before - self.deducted

    def _of_existing(self, month: int, worth: int) -> None:
        """What contract posts of before the plan earn: paid already, from other money than the plan's."""
        self.existing += worth
        before, self.existing_earned = self.existing_earned, self.existing // (SHARE_ONE * self.days)
        self.accounts.add(month, "wages_existing", EXISTING_POSTS, self.existing_earned - before)

    def _earn(self, month: int, worth: int) -> int:
        """What the month's days come to; a whole year in one grade comes to its price, to the fen."""
        self.worth += worth
        before, self.earned = self.earned, self.worth // (SHARE_ONE * self.days)
        self.accounts.add(month, "wages_contract", WORK_FUND, self.earned - before)
        return self.earned - before

    def _linked(
        self, earned: int, by_office: Sequence[int], days: Sequence[int], services: Sequence[int]
    ) -> int:
        """What is added or taken off for workload: services a day against the county's mean, within ±x.

        The mean is weighted by pay, so what is added is never more than what is taken off: a cap holds.
        """
        if not sum(services) or not earned:
            return 0
        pay = largest_remainder(earned, by_office)
        loads = [Fraction(done, held or 1) for done, held in zip(services, days, strict=True)]
        mean = sum(each * load for each, load in zip(pay, loads, strict=True)) / earned
        if not mean:
            return 0
        over = [min(load / mean - 1, Fraction(1)) * self.rules.workload_parts / SHARE_ONE for load in loads]
        return sum(floor(each * part) for each, part in zip(pay, over, strict=True))

    def _of_payroll(self, month: int, payroll_days: int) -> None:
        self.payroll += payroll_days
        before = self.payroll_earned
        self.payroll_earned = self.payroll * self.rules.payroll_fen // (SHARE_ONE * self.days)
        self.accounts.add(month, "wages_payroll", PAYROLL, self.payroll_earned - before)

    def _bear(self, month: int, fen: int) -> None:
        """Find money for what the fund cannot bear: a supplement, or under a cap from outside the fund."""
        short = fen - self.fund.left_fen
        if short <= 0:
            return
        if self.rules.binds:
            self.accounts.add(month, "unmet", WORK_FUND, short)
        else:
            self.fund.adjust(month, "supplement", short)

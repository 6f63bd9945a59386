"""What a county's budget goes by: its money rule, prices of posts, the dates of the year, who bears what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.units import SHARE_ONE
from simlib.years.money.cash import GrantRules

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class YearDates:
    """The dates of a budget year, in months of it (1 = January).

    months_before_use: whole months before money of the vote can be used, a late release included.
    first_submission_month: at its end the year is forecast from the months closed before it. true_up_month,
    freeze_month (0: none): on the first of it. freeze_parts of freeze_whole: the share then taken back.
    last_payment_day: of December.
    """

    months_before_use: int
    first_submission_month: int
    control_month: int
    second_submission_month: int
    true_up_month: int
    last_payment_day: int
    freeze_month: int = 0
    freeze_parts: int = 0
    freeze_whole: int = SHARE_ONE

    @property
    def months_known(self) -> int:
        """Months of the year whose spending is known at the first submission."""
        return self.first_submission_month - 1


def year_dates(
    number: Callable[[str], float],
    *,
    release_delay_months: int,
    freeze_month: int,
    freeze_parts: int,
) -> YearDates:
    """The dates behind `budget.…`, put in order where a future moved one past another."""
    first = int(number("budget.first_submission_month"))
    control = max(int(number("budget.control_month")), first + 1)
    return YearDates(
        months_before_use=int(number("budget.months_before_vote")) + release_delay_months,
        first_submission_month=first,
        control_month=control,
        second_submission_month=max(int(number("budget.second_submission_month")), control),
        true_up_month=int(number("budget.true_up_month")),
        last_payment_day=int(number("budget.last_payment_day")),
        freeze_month=freeze_month,
        freeze_parts=freeze_parts,
    )


@dataclass(frozen=True, slots=True)
class MoneyRules:
    """How a county's money becomes posts, and who pays what.

    amount: what the money rule gives for posts a year from a base of dibao spending [fen -> fen], None where
    there is no rule. binds: whether that is a cap; else a target that spending is compared with.
    fund: bought posts of each office from yearly money and the price of a post [fen, fen -> posts].
    prices: of a post in each plan year; grades: in each year of its contract, if every appraisal is passed
    [fen]. rise: of the price a year, as text. first_base, first_benefits: dibao spending and all benefits
    of the year before [fen]. payroll_fen: a payroll post a year. workload_parts: pay that hangs on workload
    goes up or down by at most this part [2**-16]. contract_years: term of a contract for posts.
    """

    amount: Callable[[int], int | None]
    binds: bool
    fund: Callable[[int | None, int], Whole]
    prices: Sequence[int]
    grades: Sequence[int]
    rise: str
    first_base: int
    first_benefits: int
    dates: YearDates
    grants: GrantRules
    payroll_fen: int = 0
    workload_parts: int = 0
    contract_years: int = 1

    def limit(self, base: int) -> int | None:
        """Most that may be spent on posts a year from a base of dibao spending; None: nothing binds [fen]."""
        return self.amount(base) if self.binds else None

    @property
    def rule_line(self) -> str:
        """Line under which the rule's amount stands."""
        return "cap_posts" if self.binds else "target_posts"

    def grade_price(self, grade: int) -> int:
        """Yearly price of somebody in a pay grade; grades beyond the last cost what the last does [fen]."""
        return self.grades[min(grade, len(self.grades) - 1)]

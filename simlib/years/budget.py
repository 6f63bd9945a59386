"""The budget year of one county as a SimPy process: a base, a limit, posts, wages, what is left.

The base of a year's limit is last year's spending. It is not known when the budget is made: it is forecast
on 31 August from the months already paid and trued up on 1 July, when the accounts are closed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import simpy
from numpy.typing import NDArray

from simlib.units import MONTHS_PER_YEAR
from simlib.worktime import Calendar

Whole = NDArray[np.int64]

Row = tuple[int, str, str, int]
"""An entry of the accounts: month of the plan, line, source, amount [fen]."""

FORECAST_ON = (8, 31)
TRUE_UP_ON = (7, 1)
"""Month and day of the forecast and of the true-up (MODEL: the budget year)."""


@dataclass(frozen=True, slots=True)
class MoneyRules:
    """How a county's money becomes posts.

    limit: money for posts a year from a base of dibao spending [fen -> fen], or None where nothing binds.
    fund: bought posts of each office from yearly money and the price of a post [fen, fen -> posts].
    prices: price of a post in each plan year [fen]. first_base: dibao spending of the year before [fen].
    """

    limit: Callable[[int], int | None]
    fund: Callable[[int | None, int], Whole]
    prices: Sequence[int]
    first_base: int


@dataclass(slots=True)
class Accounts:
    """What was planned and paid [fen]: rows (month of the plan, line, source, amount)."""

    rows: list[Row] = field(default_factory=list)
    dibao: dict[int, int] = field(default_factory=dict)

    def add(self, month: int, line: str, source: str, fen: int) -> None:
        """Enter an amount."""
        self.rows.append((month, line, source, fen))

    def of_year(self, first_month: int, line: str) -> int:
        """What was entered under a line in the twelve months from `first_month` [fen]."""
        months = range(first_month, first_month + MONTHS_PER_YEAR)
        return sum(fen for month, name, _, fen in self.rows if name == line and month in months)


class Budget:
    """The budget of one county through the plan's years. hold: sets the bought posts of its offices."""

    def __init__(
        self,
        env: simpy.Environment,
        calendar: Calendar,
        rules: MoneyRules,
        *,
        hold: Callable[[Whole], None],
        first_year: int,
    ) -> None:
        self.env, self.calendar, self.hold, self.rules = env, calendar, hold, rules
        self.first_year, self.accounts = first_year, Accounts()
        self.base = rules.first_base
        self.limit: int | None = None
        self.days_this_year, self.paid_this_year = 0, 0

    def years(self) -> Generator[simpy.Event, None, None]:
        """Open each year, true it up, forecast the next."""
        for year in range(len(self.rules.prices)):
            yield self._until(year, 1, 1)
            self._open(year)
            yield self._until(year, *TRUE_UP_ON)
            if year:
                self._true_up(year)
            yield self._until(year, *FORECAST_ON)
            self.base = self._forecast(year)

    def _until(self, year: int, month: int, day: int) -> simpy.Event:
        """The morning of a date, before posts move."""
        at = self.calendar.day(date(self.first_year + year, month, day))
        return self.env.timeout(at - int(self.env.now))

    def _open(self, year: int) -> None:
        self.days_this_year, self.paid_this_year = 0, 0
        self.limit = self.rules.limit(self.base)
        if self.limit is not None:
            self.accounts.add(year * MONTHS_PER_YEAR, "cap_posts", "work_fund", self.limit)
        self.hold(self.rules.fund(self.limit, self.rules.prices[year]))

    def _true_up(self, year: int) -> None:
        """Set the limit by what was really spent last year; what is left pays for the rest of this one."""
        spent = sum(self.accounts.dibao[month] for month in self._months(year - 1))
        limit = self.rules.limit(spent)
        if limit is None or self.limit is None or limit == self.limit:
            return
        self.accounts.add(
            year * MONTHS_PER_YEAR + TRUE_UP_ON[0] - 1, "cap_posts", "work_fund", limit - self.limit
        )
        self.limit = limit
        whole = self._days(year)
        rest = whole - (int(self.env.now) - self.calendar.day(date(self.first_year + year, 1, 1)))
        left = max(limit - self.paid_this_year, 0)
        self.hold(self.rules.fund(left * whole // rest, self.rules.prices[year]))

    def _forecast(self, year: int) -> int:
        """This year's spending as it looks from the months paid so far [fen]."""
        paid = [self.accounts.dibao[month] for month in self._months(year) if month in self.accounts.dibao]
        return sum(paid) * MONTHS_PER_YEAR // len(paid)

    def _months(self, year: int) -> range:
        return range(year * MONTHS_PER_YEAR, (year + 1) * MONTHS_PER_YEAR)

    def _days(self, year: int) -> int:
        return (date(self.first_year + year + 1, 1, 1) - date(self.first_year + year, 1, 1)).days

    def pay(self, month: int, *, post_days: int, benefits: dict[str, int]) -> None:
        """Pay a month's wages, for days that bought posts were held, and benefits [fen]."""
        year = month // MONTHS_PER_YEAR
        self.days_this_year += post_days
        due = self.days_this_year * self.rules.prices[year] // self._days(year)
        self.accounts.add(month, "wages_contract", "work_fund", due - self.paid_this_year)
        self.paid_this_year = due
        for programme, fen in sorted(benefits.items()):
            self.accounts.add(month, "benefits", programme, fen)
        self.accounts.dibao[month] = sum(fen for name, fen in benefits.items() if name.startswith("dibao"))
        if self.limit is not None and month % MONTHS_PER_YEAR == MONTHS_PER_YEAR - 1:
            self.accounts.add(month, "lapsed", "work_fund", self.limit - self.paid_this_year)

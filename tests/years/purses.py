"""One county's budget without desks: posts are in place the day they are held, benefits are given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, partial
from typing import Any

import numpy as np
import simpy

from simlib.policy.prices import yearly_price_fen
from simlib.units import SHARE_ONE, share_parts
from simlib.worktime import Calendar, work_calendar
from simlib.years.money.accounts import Row
from simlib.years.money.budget import Budget
from simlib.years.money.budgetrules import MoneyRules, YearDates
from simlib.years.money.cash import GrantRules

FIRST_YEAR = 2027
GAP = (3, 2, 1)
PRICE = 5_000_000
DATES = YearDates(
    months_before_use=2,
    first_submission_month=8,
    control_month=10,
    second_submission_month=11,
    true_up_month=7,
    last_payment_day=20,
)
GRANTS = GrantRules((SHARE_ONE // 2, SHARE_ONE // 4, 0, SHARE_ONE // 4), (SHARE_ONE // 2, 0, 0), 5)
Step = Callable[[int], int]


@cache
def calendar() -> Calendar:
    """The calendar of the tests."""
    return work_calendar(FIRST_YEAR - 1, FIRST_YEAR + 5, frozenset(), frozenset())


def fund(money: int | None, price: int) -> np.ndarray[Any, Any]:
    """Posts office by office, the first first."""
    left = sum(GAP) if money is None else money // price
    posts = []
    for gap in GAP:
        posts.append(min(gap, left))
        left -= posts[-1]
    return np.array(posts, dtype=np.int64)


def rules(
    *,
    years: int = 3,
    amount: Callable[[int], int | None] = lambda base: base * 3 // 100,
    rise: str = "0.05",
    first_base: int = 1_000_000_000,
    **changed: Any,
) -> MoneyRules:
    """Rules of a county that misses six posts; by default 3 % of its base, as a cap."""
    grades = yearly_price_fen(PRICE, rise, years=max(years, 3) + 1)
    known = MoneyRules(
        amount=amount,
        binds=True,
        fund=fund,
        prices=grades[:years],
        grades=grades,
        rise=rise,
        first_base=first_base,
        first_benefits=first_base,
        dates=DATES,
        grants=GRANTS,
        payroll_fen=10_000_000,
        contract_years=3,
    )
    return replace(known, **changed)


def dates(**changed: Any) -> YearDates:
    """The dates of the tests, but for some; `freeze_share` is a share."""
    if "freeze_share" in changed:
        changed["freeze_parts"] = share_parts(changed.pop("freeze_share"))
    return replace(DATES, **changed)


@dataclass
class Told:
    """What a county's budget entered and told, and when."""

    rows: list[Row]
    held: list[tuple[date, list[int]]] = field(default_factory=list)
    voted: list[tuple[date, int, int, list[int]]] = field(default_factory=list)
    _by_line: dict[tuple[str, str], dict[int, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )

    def of(self, line: str, source: str = "") -> dict[int, int]:
        """What stands under a line, of one source or all, by month."""
        if not self._by_line:
            for month, name, whose, fen in self.rows:
                for of_whom in (whose, ""):
                    self._by_line[name, of_whom][month] += fen
        return dict(self._by_line.get((line, source), {}))

    def year(self, year: int, line: str, source: str = "") -> int:
        """What stands under a line in a year of the plan."""
        return sum(fen for month, fen in self.of(line, source).items() if month // 12 == year)


def _begin(budget: Budget, contract: Sequence[Any], _: Any) -> None:
    """A contract begins and says what it promises."""
    budget.promise(*contract)


def drive(
    known: MoneyRules,
    *,
    benefits: Callable[[int], Mapping[str, int]] = lambda month: {"dibao_rural": 80_000_000},
    services: Callable[[int], Sequence[int]] = lambda month: (),
    worked_share: Callable[[int], float] = lambda month: 1.0,
    grade_days: Callable[[int, int], Any] | None = None,
    heads: Callable[[int], Any] | None = None,
    promised: Sequence[tuple[date, int, int, int, int]] = (),
) -> Told:
    """Run the budget alone: posts held are worked `worked_share` of the month's days, in the plan's grade.

    promised: contracts that begin, each with its day and what `Budget.promise` is told.
    """
    env = simpy.Environment(initial_time=calendar().day(date(FIRST_YEAR, 1, 1)))
    now: list[list[int]] = [[0] * len(GAP)]
    told = Told([])

    def today() -> date:
        return calendar().date_of(int(env.now))

    def hold(posts: Any) -> None:
        now[0] = posts.tolist()
        told.held.append((today(), posts.tolist()))

    budget = Budget(
        env,
        calendar(),
        known,
        hold=hold,
        first_year=FIRST_YEAR,
        on_voted=lambda year, fen, posts: told.voted.append((today(), year, fen, posts.tolist())),
        heads=heads,
        promises=not promised,
    )
    env.process(budget.years())
    for when, *contract in promised:
        begins = env.timeout(calendar().day(when) - int(env.now))
        begins.callbacks.append(partial(_begin, budget, contract))
    for month in range(len(known.prices) * 12):
        first, last = (date(FIRST_YEAR + at // 12, at % 12 + 1, 1) for at in (month, month + 1))
        env.run(until=calendar().day(last))
        length = (last - first).days
        days = np.zeros((len(GAP), month // 12 + 1), dtype=np.int64)
        days[:, month // 12] = [int(posts * length * worked_share(month)) for posts in now[0]]
        if grade_days is not None:
            days = np.array(grade_days(month, length), dtype=np.int64)
        budget.pay(
            month,
            grade_days=days,
            benefits=benefits(month),
            services=services(month),
            payroll_days=length * SHARE_ONE,
        )
    told.rows = budget.accounts.rows
    return told

"""The budget year of one county as a SimPy process: submitted, voted, released, trued up, frozen, closed.

The base of a year's limit is last year's spending. It is not known when the budget is made: it is forecast
at the first submission from the months already paid and trued up in summer, when the accounts are closed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import date

import numpy as np
import simpy
from numpy.typing import NDArray

from simlib.policy.money.ledger import cohort_years, promised_fen
from simlib.units import MONTHS_PER_YEAR, SHARE_ONE
from simlib.worktime import Calendar
from simlib.years.money.accounts import WORK_FUND, Accounts, FundBook
from simlib.years.money.budgetrules import MoneyRules
from simlib.years.money.cash import Treasury
from simlib.years.money.wages import EXISTING_POSTS, Due, Wages
from simlib.years.people.lots import BOUGHT

Whole = NDArray[np.int64]

Voted = Callable[[int, int, Whole], None]
"""Told of what may be bought from today: year of the plan, money of the year [fen], posts by office."""


Costs = Callable[[int, int, int], int]
"""What buying and evaluating will cost in the civil days [first, last), undisturbed, where posts for so much
money a year are wanted: first, last, amount [fen] -> [fen]."""


def nobody_told(year: int, limit_fen: int, posts: Whole) -> None:
    """What hears of a vote where nothing follows from it."""


def no_costs(_first: int, _last: int, _amount_fen: int) -> int:
    """What buying costs where posts need no contract: nothing."""
    return 0


class Budget:
    """The budget of one county through the plan's years.

    hold: sets the bought posts of its offices. on_voted: told when a year's money can first be used, which
    starts purchases; on_adjusted: told when the posts change outside a vote (January, true-up, freeze).
    heads: bought workers in post today by the pay grade they may have when a plan year ends; None: all are
    priced in the grade of the plan year. costs: of buying and evaluating still to come, which are set aside
    before money becomes posts. promises: whether later years' money is promised at the release, at the list
    price; where posts need a contract that is told of each one as it begins, see `promise`.
    """

    def __init__(
        self,
        env: simpy.Environment,
        calendar: Calendar,
        rules: MoneyRules,
        *,
        hold: Callable[[Whole], None],
        first_year: int,
        on_voted: Voted = nobody_told,
        on_adjusted: Voted = nobody_told,
        heads: Callable[[int], Whole] | None = None,
        costs: Costs = no_costs,
        promises: bool = True,
    ) -> None:
        self.env, self.calendar, self.rules, self.first_year = env, calendar, rules, first_year
        self.hold, self.on_voted, self.on_adjusted, self.heads = hold, on_voted, on_adjusted, heads
        self.costs, self.spent, self.promises = costs, 0, promises
        self.accounts = Accounts(len(rules.prices) * MONTHS_PER_YEAR)
        self.work_fund = FundBook(self.accounts, WORK_FUND)
        self.treasury = Treasury(self.accounts, rules.grants)
        self.wages = Wages(self.accounts, self.work_fund, rules)
        self.base, self.expected = rules.first_base, rules.first_benefits
        self.submitted = 0
        self.rule_fen: int | None = None
        self.posts: Whole | None = None
        self.is_released, self.is_frozen = False, False
        self.dibao: dict[int, int] = {}
        self.benefits: dict[int, int] = {}

    # --- the year ----------------------------------------------------------------------------------------

    def years(self) -> Generator[simpy.Event, None, None]:
        """Each year of the plan: open it, then whatever its dates bring."""
        for year in range(len(self.rules.prices)):
            yield self._until(year, 0)
            if not year:
                self._submit(year)
            self._open(year)
            for months, step in self._agenda():
                yield self._until(year, months)
                step(year)

    def _agenda(self) -> list[tuple[int, Callable[[int], None]]]:
        """What the year holds: whole months gone by, and the step then taken; of one day in this order."""
        dates = self.rules.dates
        steps: list[tuple[int, Callable[[int], None]]] = [
            (dates.true_up_month - 1, self._true_up),
            (dates.months_before_use, self._release),
            (dates.first_submission_month, self._forecast),
            (dates.control_month - 1, self._control),
            (dates.second_submission_month - 1, lambda year: self._submit(year + 1)),
        ]
        if dates.freeze_month:
            steps.append((dates.freeze_month - 1, self._freeze))
        return sorted(steps, key=lambda step: step[0])

    def _until(self, year: int, months: int) -> simpy.Event:
        """The morning after whole months of a year, before posts move."""
        at = self.calendar.day(date(self.first_year + year, months + 1, 1))
        return self.env.timeout(at - int(self.env.now))

    def _forecast(self, year: int) -> None:
        """First submission: this year's spending as it looks from the months paid, and what is asked for."""
        known = range(year * MONTHS_PER_YEAR, year * MONTHS_PER_YEAR + self.rules.dates.months_known)
        self.base, self.expected = (
            sum(paid[month] for month in known) * MONTHS_PER_YEAR // len(known)
            for paid in (self.dibao, self.benefits)
        )
        if year + 1 < len(self.rules.prices):
            self.accounts.add(self._month() - 1, "asked", WORK_FUND, self._need(year + 1))

    def _control(self, year: int) -> None:
        """The finance bureau's control figure: what the rule allows on the forecast."""
        figure = self.rules.limit(self.base)
        if figure is not None and year + 1 < len(self.rules.prices):
            self.accounts.add(self._month(), "control_figure", WORK_FUND, figure)

    def _submit(self, year: int) -> None:
        """Second submission, as it will be voted: all that a cap allows, else what all posts and their
        contracts cost.
        """
        if year < len(self.rules.prices):
            limit = self.rules.limit(self.base)
            self.submitted = self._need(year) if limit is None else limit

    def _open(self, year: int) -> None:
        """Open the accounts of a year; running contracts go on as far as its money will bear them."""
        month = self._month()
        self.is_released, self.is_frozen, self.spent = False, False, 0
        self.work_fund.vote(month, self.submitted)
        self.rule_fen = self.rules.amount(self.base)
        if self.rule_fen is not None:
            self.accounts.add(month, self.rules.rule_line, WORK_FUND, self.rule_fen)
        self.treasury.open(month, self.expected)
        self.wages.open(self._days(year))
        self._hold(year)

    def _release(self, year: int) -> None:
        """The money can be used: posts are held, and purchases of those new begin."""
        before = 0 if self.posts is None else int(self.posts.sum())
        self.is_released = True
        self._hold(year, told=False)
        assert self.posts is not None
        self.on_voted(year, self._limit(), self.posts)
        if self.promises:
            self._promise(int(self.posts.sum()) - before, SHARE_ONE, self.rules.contract_years)

    def _true_up(self, year: int) -> None:
        """Set the rule's amount by what was really spent last year, and settle with the upper tiers."""
        self.treasury.settle(self._month())
        if not year or self.rule_fen is None:
            return
        spent = sum(
            self.dibao[month] for month in range((year - 1) * MONTHS_PER_YEAR, year * MONTHS_PER_YEAR)
        )
        amount = self.rules.amount(spent)
        assert amount is not None
        moved = amount - self.rule_fen
        if self.rules.binds:
            moved = self.work_fund.adjust(self._month(), "true_up", max(moved, -self._free(year)))
        if moved:
            self.rule_fen += moved
            self.accounts.add(self._month(), self.rules.rule_line, WORK_FUND, moved)
            self._hold(year)

    def _freeze(self, year: int) -> None:
        """A share of what is left is taken back; what remains pays for the rest of the year."""
        taken = self._free(year) * self.rules.dates.freeze_parts // self.rules.dates.freeze_whole
        if not taken:
            return
        self.is_frozen = True
        self.work_fund.adjust(self._month(), "frozen", -taken)
        if self.rules.binds and self.rule_fen is not None:
            self.rule_fen -= taken
            self.accounts.add(self._month(), self.rules.rule_line, WORK_FUND, -taken)
        self._hold(year)

    # --- posts for money ---------------------------------------------------------------------------------

    def _hold(self, year: int, *, told: bool = True) -> None:
        """Hold the posts that the year's money can bear; before its release no more than run already."""
        posts = self._posts_for(self._yearly(year), year)
        if not self.is_released:
            posts = np.zeros_like(posts) if self.posts is None else np.minimum(self.posts, posts)
        changed = self.posts is None or not np.array_equal(posts, self.posts)
        self.posts = posts
        if changed:
            self.hold(posts)
            if told:
                self.on_adjusted(year, self._limit(), posts)

    def _limit(self) -> int:
        """The year's money as it stands: voted and adjusted [fen]."""
        return self.work_fund.fund.voted_fen + self.work_fund.fund.adjusted_fen

    def _free(self, year: int) -> int:
        """What the work fund still has for posts [fen].

        Not for them: wages earned last year and not yet paid, and what buying and evaluating cost.
        """
        owed = self.wages.arrears_fen + self.wages.costs + self._to_come(year)
        return max(self.work_fund.left_fen - owed, 0)

    def _to_come(self, year: int) -> int:
        """What buying and evaluating will still cost in a year, as far as it is known today [fen]."""
        first, last = (self.calendar.day(date(self.first_year + at, 1, 1)) for at in (year, year + 1))
        limit, amount = self.rules.limit(self.base), self._cost_of_all(year)
        amount = amount if limit is None else min(amount, limit)
        return self.costs(max(first, int(self.env.now)), last, amount) if amount else 0

    def _yearly(self, year: int) -> int | None:
        """The yearly money posts may go by: no more than a whole year bears, nor than is left for its rest.

        None where nothing binds. Money saved by vacancies buys no post that the next year could not pay.
        """
        if not self.rules.binds and not self.is_frozen:
            return None
        whole, free = self._days(year), self._free(year)
        rest = whole - (int(self.env.now) - self.calendar.day(date(self.first_year + year, 1, 1)))
        return max(min(self._limit() - self.spent - self._to_come(year), free * whole // rest), 0)

    def _posts_for(self, money: int | None, year: int) -> Whole:
        """Posts that yearly money buys at the price really paid: those in post first, by their grades."""
        price = self.rules.prices[year]
        if money is None or self.heads is None:
            return self.rules.fund(None if money is None else money // price * price, price)
        worth, count = self._in_post(year)
        new = self.rules.grades[0]
        posts = count + (money - worth) // new if money >= worth else money * count // worth
        return self.rules.fund(posts * new, new)

    def _in_post(self, year: int) -> tuple[int, int]:
        """What those in post cost a year at the grade they may reach in it [fen]; how many they are."""
        heads = [] if self.heads is None else self.heads(year).tolist()
        worth = sum(count * self.rules.grade_price(grade) for grade, count in enumerate(heads))
        return worth, sum(heads)

    def _cost_of_all(self, year: int) -> int:
        """What every post the formula misses costs in a year [fen]."""
        price = self.rules.prices[year]
        posts = int(self.rules.fund(None, price).sum())
        if self.heads is None:
            return posts * price
        worth, count = self._in_post(year)
        return worth + max(posts - count, 0) * self.rules.grades[0]

    def _need(self, year: int) -> int:
        """What every post the formula misses costs in a year, buying and evaluating included [fen]."""
        return self._cost_of_all(year) + self._to_come(year)

    def promise(self, lot: int, posts: int, share: int, years: int) -> None:
        """Take note of a contract that begins or is supplemented today: what it promises of later years.

        share: its price as a part of the budget [2**-16]; years: still to run [year]. The plan's posts only.
        """
        if lot == BOUGHT:
            self._promise(posts, share, years)

    def _promise(self, posts: int, share: int, years: int) -> None:
        """Enter what contracts for new posts promise of later years' money, in a ledger of its own."""
        if posts <= 0:
            return
        rows = cohort_years(posts, self.rules.grades[0], self.rules.rise, years=years, term_years=years)
        for year, fen in promised_fen(rows, signed_in=0, term_years=years).items():
            self.accounts.add(self._month(), f"promised_{year}", WORK_FUND, fen * share // SHARE_ONE)

    # --- the month ---------------------------------------------------------------------------------------

    def pay(
        self,
        month: int,
        *,
        grade_days: Whole,
        benefits: Mapping[str, int],
        services: Sequence[int] = (),
        payroll_days: int = 0,
        due: Due | None = None,
        existing: Due | None = None,
    ) -> None:
        """Pay a month that has closed.

        grade_days: days bought posts were held, by pay grade, [grades] or [offices × grades]. benefits: by
        programme [fen]. services: of bought workers at each office, for pay by workload. payroll_days: held
        by payroll posts, their part for assistance alone [2**-16 day]. due: what of the days is owed, at
        which part of their price; None: all in full. existing: the same of contract posts of before the plan.
        """
        self.wages.month(month, np.atleast_2d(grade_days), services, payroll_days, due=due, existing=existing)
        for programme, fen in sorted(benefits.items()):
            self.accounts.add(month, "benefits", programme, fen)
        self.benefits[month] = sum(benefits.values())
        self.dibao[month] = sum(fen for name, fen in benefits.items() if name.startswith("dibao"))
        self.treasury.month(month, self.benefits[month])

    def benefits_of(self, year: int) -> int:
        """Benefits paid in a year of the plan [fen]."""
        return sum(self.benefits[year * MONTHS_PER_YEAR + month] for month in range(MONTHS_PER_YEAR))

    def spend(self, lot: int, line: str, fen: int) -> None:
        """Take note of what buying or evaluating a lot's contract costs today; paid with the month [fen].

        The posts of before the plan are bought with other money than the plan's.
        """
        if lot == BOUGHT:
            self.spent += fen
        self.wages.spend(self._month(), line, fen, source=WORK_FUND if lot == BOUGHT else EXISTING_POSTS)

    def _month(self) -> int:
        """The month of the plan that begins today or runs."""
        today = self.calendar.date_of(int(self.env.now))
        return (today.year - self.first_year) * MONTHS_PER_YEAR + today.month - 1

    def _days(self, year: int) -> int:
        return (date(self.first_year + year + 1, 1, 1) - date(self.first_year + year, 1, 1)).days

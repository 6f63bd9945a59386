"""The books: households enter them, stay after a review, leave, and pay back what they had no claim to.

What moved in a month is counted, by township and programme.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from simlib.chance import Purpose, happens
from simlib.units import MONTHS_PER_YEAR
from simlib.years.cases.households import APPLICATION, CHANGE, GONE, ON_BOOKS, REVIEW, STOCKS, Register
from simlib.years.cases.rates import CaseloadRates
from simlib.years.cases.requests import Span, Window
from simlib.years.cases.shadow import Shadow

Whole = NDArray[np.int64]

_CAMPAIGN_DAYS = 31
"""A review within so many days of the last is the same campaign's [day]."""


class Books:
    """The books of a run's townships; `register` holds the households, `shadow` when each would be paid.

    month_of_day: of the plan, by civil day; paid_month_of_day: first month in which is paid what is decided
    on a day. review_months: of the year in which campaigns hold reviews; none: on their anniversaries.
    """

    def __init__(
        self,
        register: Register,
        shadow: Shadow,
        window: Window,
        rates: CaseloadRates,
        *,
        month_of_day: Whole,
        paid_month_of_day: Whole,
        review_months: tuple[int, ...],
    ) -> None:
        self.register, self.shadow, self.window, self.rates = register, shadow, window, rates
        self.month_of_day, self.paid_month_of_day = month_of_day, paid_month_of_day
        self.review_months = review_months
        self._benefits = cache(lambda month: list(rates.benefits(month).values()))
        self.new_month()

    def new_month(self) -> None:
        """Begin to count what moves in a month."""
        shape = len(self.window.area_codes), len(STOCKS)
        self.left, self.missed, self.recovered = (np.zeros(shape, dtype=np.int64) for _ in range(3))

    def enter(self, rows: Whole, day: Whole, span: Span) -> None:
        """Take households on to the books by a decision of a day."""
        own = self.register.rows
        own.stage[rows], own.in_review[rows] = ON_BOOKS, 0
        died = rows[own.death_day[rows] < day]
        own.noticed_day[died] = own.death_day[died]
        own.paid_from[rows] = np.maximum(self.paid_month_of_day[day], span.from_plan + 1)
        own.review_day[rows] = self._review_day(day + own.review_months[rows] * 365 // MONTHS_PER_YEAR, day)

    def stay(self, rows: Whole, day: Whole, kind: Whole) -> None:
        """Keep households that were looked at and still qualify; a review fixes when the next is due."""
        own = self.register.rows
        own.in_review[rows] = 0
        rows, day = rows[kind == REVIEW], day[kind == REVIEW]
        period = own.review_months[rows] * 365 // MONTHS_PER_YEAR
        missed = np.maximum(day - own.review_day[rows], 0) // np.maximum(period, 1)
        own.review_day[rows] = self._review_day(own.review_day[rows] + period * (missed + 1), day)

    def _review_day(self, due: Whole, last: Whole) -> Whole:
        """The day a review due on a day is held: with campaigns, on the same day of the last one before it.

        last: day of the review or decision before. No review waits for a campaign after its due day, and none
        is held in the campaign of the last, so no review is later than the law asks.
        """
        if not self.review_months:
            return due
        month = self.month_of_day[np.minimum(due, len(self.month_of_day) - 1)]
        back = (month[:, None] - (np.array(self.review_months) - 1)) % MONTHS_PER_YEAR
        held = due - back.min(axis=1) * 365 // MONTHS_PER_YEAR
        return np.where(held > last + _CAMPAIGN_DAYS, held, due)

    def end(self, rows: Whole, day: Whole, kind: Whole, span: Span) -> None:
        """Take households off the books by a decision.

        Some are paid on for a while, as the law lets them be; some pay back what they were paid without a
        claim, unless they had reported by themselves that they no longer qualify.
        """
        own, life = self.register.rows, self.rates.life
        supported = own.stage[rows] == ON_BOOKS
        rows, day, kind = rows[supported], day[supported], kind[supported]
        share = np.array([life[name].phase_out_share for name in STOCKS])[own.programme[rows]]
        months = np.array([life[name].phase_out_months for name in STOCKS])[own.programme[rows]]
        area = self.window.area_codes[own.area[rows]]
        draw = self.window.luck.draws(Purpose.LEAVING, area=area, subject=own.number[rows], lanes=3)
        lives = own.death_day[rows] >= day
        paid_on = happens(draw[:, 0], share) & lives & (own.paid_from[rows] <= span.from_plan)
        own.phase_to[rows] = np.where(paid_on, span.from_plan + months, own.phase_to[rows])
        repays = happens(draw[:, 1], self.rates.recovered_share) & (kind != CHANGE) & lives
        self._recover(rows[repays], span)
        self.leave(rows, span)

    def _recover(self, rows: Whole, span: Span) -> None:
        """Enter what households pay back: all they were paid from the month after eligibility ended on."""
        if not len(rows):
            return
        own, now = self.register.rows, span.from_plan
        first = np.minimum(np.maximum(self.month_of_day[own.ends_day[rows]] + 1, own.paid_from[rows]), now)
        start = int(first.min())
        paid = [self._benefits(month) for month in range(start, now)]
        until = np.cumsum(np.array([[0] * len(STOCKS), *paid], dtype=np.int64), axis=0)
        programme = own.programme[rows]
        fen = own.persons[rows] * (until[-1, programme] - until[first - start, programme])
        np.add.at(self.recovered, (own.area[rows], programme), fen)

    def leave(self, rows: Whole, span: Span) -> None:
        """Take households off the books; those that were never paid have not left."""
        own = self.register.rows
        supported = rows[(own.stage[rows] == ON_BOOKS) & (own.paid_from[rows] <= span.from_plan)]
        np.add.at(self.left, (own.area[supported], own.programme[supported]), 1)
        own.stage[rows] = GONE

    def settle_elsewhere(self, rows: Whole, day: Whole, ineligible: Whole, kind: int, span: Span) -> None:
        """Applications pass and reviews are held without a desk of ours, as the shadow does."""
        own = self.register.rows
        if kind == APPLICATION:
            self.enter(rows, day, span)
            self.shadow.begin(rows, day)
            return
        own.in_review[rows] = 0
        own.review_day[rows] += own.review_months[rows] * 365 // MONTHS_PER_YEAR
        self.leave(rows[ineligible == 1], span)

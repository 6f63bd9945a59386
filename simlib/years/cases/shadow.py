"""The no-queue shadow: when each family would be paid, and until when, if nothing ever waited at a desk.

It is kept in the households' own rows (`least_from`, `least_to`, `least_day`) and moved by the same events as
the family: its applications, the anniversaries of its reviews, and whoever points at it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from simlib.desks.network import Steps
from simlib.desks.noqueue import least_finish
from simlib.desks.trace import Cases, Matters
from simlib.units import MONTHS_PER_YEAR
from simlib.worktime import DAY_TICKS
from simlib.years.cases.households import (
    ALERT,
    APPLICATION,
    AUDIT,
    CHANGE,
    KINDS,
    NEVER_DAY,
    ON_BOOKS,
    REVIEW,
    SETTLED,
    Register,
    kind_of,
)
from simlib.years.cases.requests import Span, Window

Whole = NDArray[np.int64]

ENDS = np.isin(np.arange(len(KINDS)), (REVIEW, ALERT, CHANGE, AUDIT))
"""Whether a kind of matter may end support, by its number."""


class Shadow:
    """The shadows of a register's households.

    routes: number of the route of each programme, by kind of matter. month_of_day: of the plan, by civil day;
    paid_month_of_day: first month in which is paid what is decided on a day.
    """

    def __init__(
        self,
        register: Register,
        window: Window,
        *,
        routes: Mapping[int, Whole],
        month_of_day: Whole,
        paid_month_of_day: Whole,
    ) -> None:
        self.register, self.window, self.routes = register, window, routes
        self.month_of_day, self.paid_month_of_day = month_of_day, paid_month_of_day
        self._matters: list[Matters] = []

    def take_matters(self) -> Matters:
        """The month's matters that the shadows go through and no desk sees."""
        matters, self._matters = Matters.join(self._matters), []
        return matters

    def of_the_books(self) -> None:
        """Let those on the books when the run-up begins be paid until the review that ends it."""
        own = self.register.rows
        rows = np.flatnonzero(own.stage == ON_BOOKS)
        period = own.review_months[rows] * 365 // MONTHS_PER_YEAR
        self._until_review(rows, own.review_day[rows] - period)

    def begin(self, rows: Whole, entry_day: Whole) -> None:
        """Let households be paid from the first month that a decision on a day is in time for."""
        self.register.rows.least_from[rows] = self.paid_month_of_day[entry_day]
        self._until_review(rows, entry_day)

    def _until_review(self, rows: Whole, first_day: Whole) -> None:
        """Enter the first review, counted from a day, that finds a household no longer eligible."""
        own = self.register.rows
        period = own.review_months[rows] * 365 // MONTHS_PER_YEAR
        reviews = np.maximum(-(-(own.ends_day[rows] - first_day) // period), 1)
        day = first_day + reviews * period
        within = day < len(self.month_of_day)
        own.least_day[rows] = day
        own.least_to[rows] = np.where(within, self.month_of_day[np.where(within, day, 0)], NEVER_DAY)

    def come_to_reviews(self, due: Whole, reviewed: Whole, span: Span) -> None:
        """Hold the reviews that end support in this month, but for households that have their own now.

        due: those whose turn it is, ascending; reviewed: those with their own.
        """
        own, rows = self.register.rows, np.setdiff1d(due, reviewed, assume_unique=True)
        self._go_through(rows, own.least_day[rows], REVIEW, span)

    def found_out(self, rows: Whole, day: Whole, to_desk: NDArray[np.bool_], kind: int, span: Span) -> None:
        """Note who is pointed at as no longer qualifying; to_desk: those whose matter a desk sees."""
        own = self.register.rows
        ended = (own.least_day[rows] != SETTLED) & (own.least_day[rows] > day)
        own.least_to[rows[ended]], own.least_day[rows[ended]] = span.from_plan, day[ended]
        alone = ended & ~to_desk
        self._go_through(rows[alone], day[alone], kind, span)

    def _go_through(self, rows: Whole, day: Whole, kind: int, span: Span) -> None:
        own = self.register.rows
        route, ineligible = self.routes[kind][own.programme[rows]], np.ones_like(rows)
        self._matters.append(
            self.window.brought(
                own.area[rows], own.number[rows], day, kind, span, route=route, ineligible=ineligible
            )
        )

    def settle(self, cases: Cases, steps: Steps, span: Span) -> None:
        """Enter when a month's cases would be settled if nothing waited at a desk.

        An application starts payments; what ends support ends them, where the shadow too is looked at in this
        month. cases: those of the desks, or those of the shadows alone.
        """
        kind, refused = kind_of(cases.matter), cases.ineligible == 1
        new = np.flatnonzero(np.where(refused, ENDS[kind], kind == APPLICATION))
        starts, calendar = kind[new] == APPLICATION, self.window.calendar
        finish = least_finish(cases, steps, calendar, new)
        day = calendar.day_of_workday[(finish - 1) // DAY_TICKS]
        rows, known = self.register.find(cases.area[new], cases.household[new])
        self.begin(rows[known & starts], day[known & starts])
        own = self.register.rows
        ends = known & ~starts & (own.least_day[rows] != SETTLED) & (own.least_to[rows] == span.from_plan)
        rows, month = rows[ends], self.month_of_day[day[ends]]
        own.least_to[rows] = NEVER_DAY
        np.minimum.at(own.least_to, rows, month)
        own.least_day[rows] = SETTLED

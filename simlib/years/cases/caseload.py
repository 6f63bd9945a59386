"""The households of a run through the months: found, decided on, supported, reviewed, gone.

Before a month the caseload says which matters come to the desks; after it, it applies what was decided.
Beside each household stands its shadow: when it would be paid if nothing ever waited at a desk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.chance import Purpose
from simlib.desks.network import Columns
from simlib.desks.trace import Matters
from simlib.policy.procedure import Procedures
from simlib.worktime import Calendar
from simlib.years.cases.books import Books
from simlib.years.cases.census import census
from simlib.years.cases.households import (
    ALERT,
    APPLICATION,
    APPLIED,
    AUDIT,
    CARE_VISIT,
    CHANGE,
    GONE,
    HIDDEN,
    KINDS,
    NEVER_DAY,
    ON_BOOKS,
    RECALCULATION,
    REVIEW,
    STOCKS,
    Households,
    Register,
    household_number,
    serial_in_group,
)
from simlib.years.cases.lifelines import Births, Stock, opening_households
from simlib.years.cases.occasions import Occasions
from simlib.years.cases.requests import NO_ROUTE, Requests, Span, Window, route_numbers
from simlib.years.cases.shadow import ENDS, Shadow
from simlib.years.cases.walks import come_forward, look_over

Whole = NDArray[np.int64]


_STANDS = np.isin(np.arange(len(KINDS)), (APPLICATION, REVIEW, ALERT, CHANGE, AUDIT, CARE_VISIT))
"""Kinds of matters whose end a household's row takes note of."""


@dataclass(frozen=True, slots=True)
class Decided(Columns):
    """Matters decided in a month [decisions]; day: civil day of the decision."""

    area: Whole
    household: Whole
    kind: Whole
    ineligible: Whole
    day: Whole


class Caseload:
    """The caseload of a run's townships in one replication; `register` is its whole state."""

    def __init__(
        self,
        births: Births,
        procedures: Procedures,
        calendar: Calendar,
        *,
        stocks: Mapping[str, Stock],
        flows: Mapping[str, Whole],
        assistants_per_village: NDArray[np.float64],
        arises: Mapping[str, float],
        month_of_day: Whole,
        paid_month_of_day: Whole,
        review_months: tuple[int, ...] = (),
        audit_months: tuple[int, ...] = (),
        households: Households | None = None,
        opening_day: int = 0,
    ) -> None:
        self.births, self.rates, self.audit_months = births, births.rates, audit_months
        self.window = Window(births.luck, calendar, births.area_codes)
        stock = np.stack([stocks[name].households for name in STOCKS])
        self.requests = Requests(self.window, self.rates, procedures, stock=stock, flows=flows, arises=arises)
        self.found = self.found_per_year(assistants_per_village)
        self._mean_persons = np.stack([stocks[name].mean_persons() for name in STOCKS])
        life = [self.rates.life[name] for name in STOCKS]
        self._needs = stock.astype(np.float64) * np.stack(
            [item.needs_per_household(self.found) for item in life]
        )
        routes = _routes_by_kind(procedures)
        self._applies = routes[APPLICATION] != NO_ROUTE
        opens = households is None
        if households is None:
            households = opening_households(births, dict(stocks), day=opening_day, found_per_year=self.found)
        self.register = Register(households)
        self.shadow = Shadow(
            self.register,
            self.window,
            routes=routes,
            month_of_day=month_of_day,
            paid_month_of_day=paid_month_of_day,
        )
        self.books = Books(
            self.register,
            self.shadow,
            self.window,
            self.rates,
            month_of_day=month_of_day,
            paid_month_of_day=paid_month_of_day,
            review_months=review_months,
        )
        self.occasions = Occasions(self.books, routes)
        if opens:
            self.shadow.of_the_books()

    def found_per_year(self, assistants_per_village: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rate at which a family in need is found, by township [1/year]."""
        return self.rates.own_per_year + self.rates.village_per_year * assistants_per_village

    def matters(self, span: Span, assistants_per_village: NDArray[np.float64]) -> Matters:
        """What comes to the desks in a month; the households concerned move on a stage."""
        books, occasions = self.books, self.occasions
        books.new_month()
        self._new_needs(span)
        own = self.register.rows
        forward = come_forward(own, self.rates, assistants_per_village, span)
        books.left += forward.left
        none = np.zeros(len(forward.rows), dtype=np.int64)
        applications = occasions.to_desks(forward.rows, forward.day, APPLICATION, span, none)
        alerts = span.from_opening % self.rates.comparison_months == 0
        audits = span.of_year + 1 in self.audit_months
        compared = occasions.compared(alerts=alerts, audits=audits)
        seen = look_over(own, span, compared=compared, visited=STOCKS.index("tekun_dispersed"))
        parts = [
            applications,
            occasions.reviews(seen, span),
            occasions.changes(seen, span),
            occasions.alerts(seen, span) if alerts else Matters.empty(),
            occasions.audits(seen, span) if audits else Matters.empty(),
            occasions.care_visits(seen, span),
            occasions.recalculations(span),
            *self.requests.matters(span, forward.supported),
        ]
        return Matters.join([part for part in parts if len(part)])

    def backlog(self, span: Span, missing: Whole) -> Matters:
        """Applications that were open before the plan began, beyond those of the run-up [by township].

        They came in the days before, from families in need that nobody had found and from families that do
        not qualify, in the proportion in which both apply.
        """
        own = self.register.rows
        routed = self._applies
        rows = np.flatnonzero((own.stage == HIDDEN) & routed[own.programme] & (own.need_day < span.first))
        rows = rows[np.argsort(own.area[rows], kind="stable")]
        wanted = missing * self._needs[routed].sum(axis=0)
        apply = self._needs[routed].sum(axis=0) + self.requests.hopeless_per_year[routed].sum(axis=0)
        eligible = np.round(wanted / np.maximum(apply, 1e-9)).astype(np.int64)
        rows = rows[serial_in_group(own.area[rows]) < eligible[own.area[rows]]]
        own.stage[rows] = APPLIED
        rest = missing - np.bincount(own.area[rows], minlength=len(missing))
        none = np.zeros(len(rows), dtype=np.int64)
        before = self._before(own.area[rows], own.number[rows], span)
        known = self.occasions.to_desks(rows, before, APPLICATION, span, none)
        return Matters.join([known, self.requests.hopeless_backlog(rest, self._before, span)])

    def _before(self, area: Whole, number: Whole, span: Span) -> Whole:
        """A day in the weeks before a month [civil day]."""
        draw = self.window.luck.draws(Purpose.REGISTER, area=self.births.area_codes[area], subject=number)
        days: Whole = span.first - 1 - (draw[:, 0].astype(np.int64) * self.rates.backlog_days >> 32)
        return days

    def apply(self, decided: Decided, span: Span) -> None:
        """Carry out a month's decisions: on to the books, kept, or off them."""
        decided = decided.pick(_STANDS[decided.kind])
        rows, known = self.register.find(decided.area, decided.household)
        kind, ineligible = decided.kind[known], decided.ineligible[known]
        day, rows = decided.day[known], rows[known]
        checks = ENDS[kind]
        grant, kept, ends = (
            (kind == APPLICATION) & (ineligible == 0),
            checks & (ineligible == 0),
            checks & (ineligible == 1),
        )
        self.books.enter(rows[grant], day[grant], span)
        self.books.stay(rows[kept], day[kept], kind[kept])
        self.books.end(rows[ends], day[ends], kind[ends], span)
        np.subtract.at(self.register.rows.visits_open, rows[kind == CARE_VISIT], 1)

    def month_counts(self, span: Span) -> dict[str, Whole]:
        """Counts at the end of a month, and what was recovered in it [fen], by township and programme."""
        own, moved = self.register.rows, self.books
        entered = np.zeros_like(moved.left)
        new = np.flatnonzero((own.stage == ON_BOOKS) & (own.paid_from == span.from_plan + 1))
        np.add.at(entered, (own.area[new], own.programme[new]), 1)
        counts = {
            "entered": entered,
            "left": moved.left,
            "visits_missed": moved.missed,
            "recovered_fen": moved.recovered,
        }
        return counts | census(own, len(self.births.area_codes), month=span.from_plan, first_day=span.first)

    def forget(self, span: Span) -> None:
        """Let go of households that are off the books and whose shadow is too."""
        own = self.register.rows
        over = (own.least_to <= span.from_plan) | (own.noticed_day < span.first)
        over |= own.least_from == NEVER_DAY
        self.register.keep(~((own.stage == GONE) & over & (own.phase_to <= span.from_plan + 1)))

    def _new_needs(self, span: Span) -> None:
        programme, area, position = self.requests.needs(self._needs, span)
        serial = serial_in_group(programme * len(self.births.area_codes) + area)
        born = self.births.born(
            area=area,
            number=household_number(programme, span.from_opening + 1, serial),
            programme=programme,
            need_day=span.day_at(position),
            mean_persons=self._mean_persons[programme, area],
        )
        self.register.add(born)


def _routes_by_kind(procedures: Procedures) -> dict[int, Whole]:
    """The route of each programme by kind of matter; a review without its own takes an application's."""
    matters = (APPLICATION, REVIEW, CARE_VISIT, ALERT, CHANGE, RECALCULATION, AUDIT)
    routes = {kind: route_numbers(procedures, KINDS[kind]) for kind in matters}
    again = routes[REVIEW] == NO_ROUTE
    return routes | {REVIEW: np.where(again, routes[APPLICATION], routes[REVIEW])}

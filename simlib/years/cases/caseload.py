"""The households of a run through the months: found, decided on, supported, reviewed, gone.

Before a month the caseload says which matters come to the desks; after it, it applies what was decided.
Beside each household stands its shadow: when it would be paid if nothing ever waited at a desk.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simlib.chance import Purpose, happens
from simlib.desks.network import Columns
from simlib.desks.trace import Matters
from simlib.policy.procedure import Procedures
from simlib.units import MONTHS_PER_YEAR
from simlib.worktime import Calendar
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
    matter_number,
    nth_matter,
    serial_in_group,
)
from simlib.years.cases.lifelines import Births, Stock, opening_households
from simlib.years.cases.requests import NO_ROUTE, Requests, Span, Window, route_numbers
from simlib.years.cases.shadow import ENDS, Shadow
from simlib.years.cases.walks import Seen, come_forward, look_over

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
        self.births, self.rates, self.luck = births, births.rates, births.luck
        self.calendar, self.month_of_day = calendar, month_of_day
        self.review_months, self.audit_months = review_months, audit_months
        self.paid_month_of_day = paid_month_of_day
        self.window = Window(self.luck, calendar, births.area_codes)
        stock = np.stack([stocks[name].households for name in STOCKS])
        self.requests = Requests(self.window, self.rates, procedures, stock=stock, flows=flows, arises=arises)
        self.found = self.found_per_year(assistants_per_village)
        self._mean_persons = np.stack([stocks[name].mean_persons() for name in STOCKS])
        life = [self.rates.life[name] for name in STOCKS]
        self._needs = stock.astype(np.float64) * np.stack(
            [item.needs_per_household(self.found) for item in life]
        )
        self._routes = {
            kind: route_numbers(procedures, matter)
            for kind, matter in (
                (APPLICATION, "application"),
                (REVIEW, "review"),
                (CARE_VISIT, "care_visit"),
                (ALERT, "alert"),
                (CHANGE, "change"),
                (RECALCULATION, "recalculation"),
                (AUDIT, "audit"),
            )
        }
        again = self._routes[REVIEW] == NO_ROUTE
        self._routes[REVIEW] = np.where(again, self._routes[APPLICATION], self._routes[REVIEW])
        opens = households is None
        if households is None:
            households = opening_households(births, dict(stocks), day=opening_day, found_per_year=self.found)
        self.register = Register(households)
        self.shadow = Shadow(
            self.register,
            self.window,
            routes=self._routes,
            month_of_day=month_of_day,
            paid_month_of_day=paid_month_of_day,
        )
        if opens:
            self.shadow.of_the_books()
        self._new_month()

    def _new_month(self) -> None:
        """Begin to count what moves in a month."""
        self.left, self.missed, self.recovered = self._none(), self._none(), self._none()

    def _none(self) -> Whole:
        return np.zeros((len(self.births.area_codes), len(STOCKS)), dtype=np.int64)

    def found_per_year(self, assistants_per_village: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rate at which a family in need is found, by township [1/year]."""
        return self.rates.own_per_year + self.rates.village_per_year * assistants_per_village

    def matters(self, span: Span, assistants_per_village: NDArray[np.float64]) -> Matters:
        """What comes to the desks in a month; the households concerned move on a stage."""
        self._new_month()
        self._new_needs(span)
        own = self.register.rows
        forward = come_forward(own, self.rates, assistants_per_village, span)
        self.left += forward.left
        none = np.zeros(len(forward.rows), dtype=np.int64)
        applications = self._to_desks(forward.rows, forward.day, APPLICATION, span, none)
        compares = span.from_opening % self.rates.comparison_months == 0
        audits = span.of_year + 1 in self.audit_months
        compared = (self._routes[ALERT] != NO_ROUTE) & compares | (self._routes[AUDIT] != NO_ROUTE) & audits
        seen = look_over(own, span, compared=compared, visited=STOCKS.index("tekun_dispersed"))
        parts = [
            applications,
            self._reviews(seen, span),
            self._changes(seen.ended, span),
            self._alerts(seen, span) if compares else Matters.empty(),
            self._audits(seen, span) if audits else Matters.empty(),
            self._care_visits(seen.visited, span),
            self._recalculations(span),
            *self.requests.matters(span, forward.supported),
        ]
        return Matters.join([part for part in parts if len(part)])

    def backlog(self, span: Span, missing: Whole) -> Matters:
        """Applications that were open before the plan began, beyond those of the run-up [by township].

        They came in the days before, from families in need that nobody had found and from families that do
        not qualify, in the proportion in which both apply.
        """
        own = self.register.rows
        routed = self._routes[APPLICATION] != NO_ROUTE
        rows = np.flatnonzero((own.stage == HIDDEN) & routed[own.programme] & (own.need_day < span.first))
        rows = rows[np.argsort(own.area[rows], kind="stable")]
        wanted = missing * self._needs[routed].sum(axis=0)
        apply = self._needs[routed].sum(axis=0) + self.requests.hopeless_per_year[routed].sum(axis=0)
        eligible = np.round(wanted / np.maximum(apply, 1e-9)).astype(np.int64)
        rows = rows[serial_in_group(own.area[rows]) < eligible[own.area[rows]]]
        own.stage[rows] = APPLIED
        rest = missing - np.bincount(own.area[rows], minlength=len(missing))
        none = np.zeros(len(rows), dtype=np.int64)
        known = self._to_desks(
            rows, self._before(own.area[rows], own.number[rows], span), APPLICATION, span, none
        )
        return Matters.join([known, self.requests.hopeless_backlog(rest, self._before, span)])

    def _before(self, area: Whole, number: Whole, span: Span) -> Whole:
        """A day in the weeks before a month [civil day]."""
        draw = self.luck.draws(Purpose.REGISTER, area=self.births.area_codes[area], subject=number)
        days: Whole = span.first - 1 - (draw[:, 0].astype(np.int64) * self.rates.backlog_days >> 32)
        return days

    def apply(self, decided: Decided, span: Span) -> None:
        """Carry out a month's decisions: on to the books, kept, or off them."""
        decided = decided.pick(_STANDS[decided.kind])
        rows, known = self.register.find(decided.area, decided.household)
        kind, ineligible = decided.kind[known], decided.ineligible[known]
        day, rows = decided.day[known], rows[known]
        own = self.register.rows
        grant = (kind == APPLICATION) & (ineligible == 0)
        self._enter(rows[grant], day[grant], span)
        checks = ENDS[kind]
        kept = checks & (ineligible == 0)
        own.in_review[rows[kept]] = 0
        again, kept_day = rows[kept & (kind == REVIEW)], day[kept & (kind == REVIEW)]
        period = own.review_months[again] * 365 // MONTHS_PER_YEAR
        missed = np.maximum(kept_day - own.review_day[again], 0) // np.maximum(period, 1)
        own.review_day[again] = self._review_day(own.review_day[again] + period * (missed + 1), kept_day)
        ends = checks & (ineligible == 1)
        self._end(rows[ends], day[ends], kind[ends], span)
        np.subtract.at(own.visits_open, rows[kind == CARE_VISIT], 1)

    def month_counts(self, span: Span) -> dict[str, Whole]:
        """Counts at the end of a month, and what was recovered in it [fen], by township and programme."""
        own, entered = self.register.rows, self._none()
        new = np.flatnonzero((own.stage == ON_BOOKS) & (own.paid_from == span.from_plan + 1))
        np.add.at(entered, (own.area[new], own.programme[new]), 1)
        moved = {
            "entered": entered,
            "left": self.left.copy(),
            "visits_missed": self.missed.copy(),
            "recovered_fen": self.recovered.copy(),
        }
        return moved | census(own, len(self.births.area_codes), month=span.from_plan, first_day=span.first)

    def forget(self, span: Span) -> None:
        """Let go of households that are off the books and whose shadow is too."""
        own = self.register.rows
        over = (own.least_to <= span.from_plan) | (own.noticed_day < span.first)
        over |= own.least_from == NEVER_DAY
        self.register.keep(~((own.stage == GONE) & over & (own.phase_to <= span.from_plan + 1)))

    def _enter(self, rows: Whole, day: Whole, span: Span) -> None:
        own = self.register.rows
        own.stage[rows], own.in_review[rows] = ON_BOOKS, 0
        died = rows[own.death_day[rows] < day]
        own.noticed_day[died] = own.death_day[died]
        own.paid_from[rows] = np.maximum(self.paid_month_of_day[day], span.from_plan + 1)
        own.review_day[rows] = self._review_day(day + own.review_months[rows] * 365 // MONTHS_PER_YEAR, day)

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
        return np.where(held > last + 31, held, due)

    def _end(self, rows: Whole, day: Whole, kind: Whole, span: Span) -> None:
        """Take households off the books by a decision.

        Some are paid on for a while, as the law lets them be; some pay back what they were paid without a
        claim, unless they had reported by themselves that they no longer qualify.
        """
        own, life = self.register.rows, self.rates.life
        supported = own.stage[rows] == ON_BOOKS
        rows, day, kind = rows[supported], day[supported], kind[supported]
        share = np.array([life[name].phase_out_share for name in STOCKS])[own.programme[rows]]
        months = np.array([life[name].phase_out_months for name in STOCKS])[own.programme[rows]]
        draw = self.luck.draws(
            Purpose.LEAVING, area=self.births.area_codes[own.area[rows]], subject=own.number[rows], lanes=3
        )
        lives = own.death_day[rows] >= day
        paid_on = happens(draw[:, 0], share) & lives & (own.paid_from[rows] <= span.from_plan)
        own.phase_to[rows] = np.where(paid_on, span.from_plan + months, own.phase_to[rows])
        repays = happens(draw[:, 1], self.rates.recovered_share) & (kind != CHANGE) & lives
        self._recover(rows[repays], span)
        self._leave(rows, span)

    def _recover(self, rows: Whole, span: Span) -> None:
        """Enter what households pay back: all they were paid from the month after eligibility ended on."""
        if not len(rows):
            return
        own, now = self.register.rows, span.from_plan
        first = np.minimum(np.maximum(self.month_of_day[own.ends_day[rows]] + 1, own.paid_from[rows]), now)
        start = int(first.min())
        paid = [list(self.rates.benefits(month).values()) for month in range(start, now)]
        until = np.cumsum(np.array([[0] * len(STOCKS), *paid], dtype=np.int64), axis=0)
        programme = own.programme[rows]
        fen = own.persons[rows] * (until[-1, programme] - until[first - start, programme])
        np.add.at(self.recovered, (own.area[rows], programme), fen)

    def _leave(self, rows: Whole, span: Span) -> None:
        """Take households off the books; those that were never paid have not left."""
        own = self.register.rows
        supported = rows[(own.stage[rows] == ON_BOOKS) & (own.paid_from[rows] <= span.from_plan)]
        np.add.at(self.left, (own.area[supported], own.programme[supported]), 1)
        own.stage[rows] = GONE

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

    def _to_desks(self, rows: Whole, day: Whole, kind: int, span: Span, ineligible: Whole) -> Matters:
        """Matters of households; those of programmes recognised elsewhere are settled at once."""
        own = self.register.rows
        route = self._routes[kind][own.programme[rows]]
        elsewhere = route == NO_ROUTE
        if elsewhere.any():
            self._settle_elsewhere(rows[elsewhere], day[elsewhere], ineligible[elsewhere], kind, span)
        return self.window.brought(
            own.area[rows], own.number[rows], day, kind, span, route=route, ineligible=ineligible
        )

    def _settle_elsewhere(self, rows: Whole, day: Whole, ineligible: Whole, kind: int, span: Span) -> None:
        """Applications pass and reviews are held without a desk of ours, as the shadow does."""
        own = self.register.rows
        if kind == APPLICATION:
            self._enter(rows, day, span)
            self.shadow.begin(rows, day)
            return
        own.in_review[rows] = 0
        own.review_day[rows] += own.review_months[rows] * 365 // MONTHS_PER_YEAR
        self._leave(rows[ineligible == 1], span)

    def _reviews(self, seen: Seen, span: Span) -> Matters:
        own, rows = self.register.rows, seen.reviews
        rows, day = self._alive(rows, np.maximum(own.review_day[rows], span.first))
        own.in_review[rows] = 1
        ended = own.ends_day[rows] <= day
        self.shadow.come_to_reviews(seen.shadow_reviews, rows[ended], span)
        return self._to_desks(rows, day, REVIEW, span, ended.astype(np.int64))

    def _alive(self, rows: Whole, day: Whole) -> tuple[Whole, Whole]:
        """The visits that find somebody alive; who has died is noticed on the day of the visit."""
        own = self.register.rows
        dead = own.death_day[rows] < day
        np.minimum.at(own.noticed_day, rows[dead], day[dead])
        return rows[~dead], day[~dead]

    def _changes(self, ended: Whole, span: Span) -> Matters:
        """Families that report that they no longer qualify."""
        rows = self._still_unseen(ended, CHANGE, span)
        draw = self._monthly_draw(rows, CHANGE, span)
        reports = happens(draw[:, 0], -math.expm1(-self.rates.reported_per_year / MONTHS_PER_YEAR))
        rows, at = rows[reports], draw[reports, 1]
        return self._found_out(rows, at, CHANGE, span, np.ones(len(rows), dtype=np.int64))

    def _alerts(self, seen: Seen, span: Span) -> Matters:
        """What a comparison of the books with other data raises, rightly or by mistake."""
        shares = self.rates.comparison_false, self.rates.comparison_finds
        return self._raised(seen, ALERT, span, shares)

    def _audits(self, seen: Seen, span: Span) -> Matters:
        """What an audit of the books lists, rightly or by mistake."""
        return self._raised(seen, AUDIT, span, (self.rates.audit_false, self.rates.audit_finds))

    def _raised(self, seen: Seen, kind: int, span: Span, shares: tuple[float, float]) -> Matters:
        """Households that are pointed at; shares: of those who qualify, and of those who do not."""
        own = self.register.rows
        rows = seen.compared[own.stage[seen.compared] == ON_BOOKS]
        rows = rows[self._routes[kind][own.programme[rows]] != NO_ROUTE]
        ended = self._still_unseen(seen.ended, kind, span)
        share = np.repeat(shares, [len(rows), len(ended)])
        ineligible = np.repeat([0, 1], [len(rows), len(ended)])
        rows = np.concatenate([rows, ended])
        draw = self._monthly_draw(rows, kind, span)
        raised = happens(draw[:, 0], share)
        return self._found_out(rows[raised], draw[raised, 1], kind, span, ineligible[raised])

    def _still_unseen(self, ended: Whole, kind: int, span: Span) -> Whole:
        """Of those no longer eligible: still paid, or paid in the shadow, and looked at on a route."""
        own = self.register.rows
        shadow = (own.least_from[ended] <= span.from_plan) & (span.from_plan < own.least_to[ended])
        routed = self._routes[kind][own.programme[ended]] != NO_ROUTE
        rows: Whole = ended[routed & ((own.stage[ended] == ON_BOOKS) | shadow)]
        return rows

    def _found_out(
        self, rows: Whole, at: NDArray[np.uint32], kind: int, span: Span, ineligible: Whole
    ) -> Matters:
        """Matters of households somebody points at; the shadow settles them in the same month."""
        own = self.register.rows
        day = self._day_in(at, span)
        to_desk = (own.stage[rows] == ON_BOOKS) & (own.in_review[rows] == 0)
        ended = ineligible == 1
        self.shadow.found_out(rows[ended], day[ended], to_desk[ended], kind, span)
        rows, day, ineligible = rows[to_desk], day[to_desk], ineligible[to_desk]
        own.in_review[rows] = 1
        return self._to_desks(rows, day, kind, span, ineligible)

    def _monthly_draw(self, rows: Whole, kind: int, span: Span) -> NDArray[np.uint32]:
        """Two draws for each of these households for a kind of matter in this month [households × 2]."""
        own = self.register.rows
        return self.luck.draws(
            Purpose.OPENING,
            area=self.births.area_codes[own.area[rows]],
            subject=own.number[rows],
            matter=matter_number(span.from_opening, kind),
            lanes=2,
        )

    @staticmethod
    def _day_in(draw: NDArray[np.uint32], span: Span) -> Whole:
        day: Whole = span.first + (draw.astype(np.int64) * (span.last - span.first) >> 32)
        return day

    def _recalculations(self, span: Span) -> Matters:
        """Households whose amount is reckoned anew, in the month in which the standard rises."""
        if not self.rates.rise_share or span.of_year + 1 != self.rates.rise_month:
            return Matters.empty()
        own = self.register.rows
        rows = np.flatnonzero(own.stage == ON_BOOKS)
        rows = rows[self._routes[RECALCULATION][own.programme[rows]] != NO_ROUTE]
        at = self._monthly_draw(rows, RECALCULATION, span)[:, 1]
        none = np.zeros(len(rows), dtype=np.int64)
        return self._to_desks(rows, self._day_in(at, span), RECALCULATION, span, none)

    def _care_visits(self, rows: Whole, span: Span) -> Matters:
        """Visits to dispersed tekun households, each at the interval of its class.

        While one is still to be made no further one is asked for: it counts as missed.
        """
        own, rates = self.register.rows, self.rates
        rows = rows[own.stage[rows] == ON_BOOKS]
        draw = self.luck.draws(
            Purpose.DISCOVERY, area=self.births.area_codes[own.area[rows]], subject=own.number[rows], lanes=4
        )
        often = happens(draw[:, 2], rates.visits_by_the_day)
        monthly = happens(draw[:, 2], rates.visits_by_the_day + rates.visits_by_the_month)
        phase = draw[:, 3].astype(np.int64)
        months = np.where(monthly, *rates.visit_months)
        due = ~often & ((span.from_opening + (phase * months >> 32)) % months == 0)
        days = rates.visit_days
        first = span.first + ((phase * days >> 32) - span.first) % days
        visits = np.where(often, -((first - span.last) // days), due)
        open_still = own.visits_open[rows] > 0
        np.add.at(self.missed, (own.area[rows], own.programme[rows]), np.where(open_still, visits, 0))
        visits = np.where(open_still, 0, visits)
        own.visits_open[rows] += visits
        ordinal = np.arange(visits.sum()) - np.repeat(np.cumsum(visits) - visits, visits)
        within = (phase & 0xFFFF) * (span.last - span.first) >> 16
        start = np.where(often, first, span.first + within)
        rows, day = np.repeat(rows, visits), np.repeat(start, visits) + ordinal * days
        self._alive(rows, day)
        found = self._to_desks(rows, day, CARE_VISIT, span, np.zeros(len(rows), dtype=np.int64))
        return replace(found, matter=nth_matter(found.matter, ordinal))

"""Services for families through the months of a plan: assessed at the desks, ordered, delivered, followed up.

It stands beside the caseload and imports none of the control processes: the owner of the month hands it the
households, the assessments the desks have done, and what benefits were paid.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlib.chance import Luck
from simlib.desks.trace import Cases, Matters
from simlib.policy.services.fund import GRANT
from simlib.units import MONTHS_PER_YEAR
from simlib.worktime import Calendar
from simlib.years.cases.households import SERVICE_ASSESSMENT, Households, kind_of
from simlib.years.cases.requests import Span, Window
from simlib.years.county import Counties
from simlib.years.records import Ledger
from simlib.years.services.families import Families
from simlib.years.services.followup import settle_done, settle_list
from simlib.years.services.grants import Grants
from simlib.years.services.hands import Hands, Worked
from simlib.years.services.orders import (
    COUNTED,
    LATE,
    ON_TIME,
    SATISFACTION,
    UNMET,
    UNMET_MONEY,
    VISITED,
    OrderMonth,
    hold,
    in_reach,
    orders_due,
    precedence,
)
from simlib.years.services.panel import FINAL, STAGES
from simlib.years.services.purse import Amounts, Purses
from simlib.years.services.renewal import YearTold, evaluated
from simlib.years.services.servicebook import ServiceBook
from simlib.years.services.servicerules import ServiceRules

Whole = NDArray[np.int64]

_POSITION_BITS = 16
NEVER = 1 << 40


class FamilyServices:
    """The services of a run's counties.

    route: number of the route of an assessment. ledger: where tables are written. grants: of the counties.
    """

    def __init__(
        self,
        rules: ServiceRules,
        counties: Counties,
        calendar: Calendar,
        window: Window,
        *,
        route: int,
        engine: str,
        ledger: Ledger,
        grants: Grants,
    ) -> None:
        self.rules, self.counties, self.calendar, self.window = rules, counties, calendar, window
        self.route, self.grants, self.book = route, grants, ServiceBook(ledger, counties)
        members = [rules.counties[county.code] for county in counties.members]
        none = np.zeros(0, dtype=np.int64)
        begins = np.concatenate([none, *(member.begins for member in members)])
        self.opens = np.concatenate([none, *(member.opens for member in members)])
        """Day of its first month from which each township has services."""
        self.first_month = np.array([member.begins.min(initial=NEVER) for member in members], dtype=np.int64)
        """Month of the plan from which each county offers services somewhere."""
        self.families = Families(rules, window.luck, counties.area_codes, begins)
        self.hands = Hands(rules, counties, calendar, window.luck, engine=engine)
        self.purses = Purses(
            len(members), len(rules.funds), at_once=rules.at_once, block_discount=rules.block_discount
        )
        self.open = np.zeros((len(members), len(rules.names)), dtype=np.int64)
        """Orders placed and neither delivered nor given up, by county and item."""
        self.of_year = self._no_counts()
        self.called: dict[str, Whole] = {}

    @property
    def luck(self) -> Luck:
        """Chance of the run."""
        return self.window.luck

    def _no_counts(self) -> NDArray[np.int64]:
        return np.zeros((len(COUNTED), len(self.counties.members), len(self.rules.names)), dtype=np.int64)

    # --- before the desks -------------------------------------------------------------------------------

    def matters(self, register: Households, span: Span) -> Matters:
        """The assessments that families are called to in a month, from the day services begin there."""
        called = self.families.call(register, span.from_plan)
        self.called = called.counts
        own = self.families.rows
        area = own.area[called.rows]
        opens = span.first + np.where(self.families.begins[area] == span.from_plan, self.opens[area], 0)
        day = opens + (own.phase[called.rows] * (span.last - opens) >> _POSITION_BITS)
        return self.window.brought(
            area,
            own.number[called.rows],
            day,
            SERVICE_ASSESSMENT,
            span,
            route=np.full(len(called.rows), self.route, dtype=np.int64),
        )

    # --- after them ---------------------------------------------------------------------------------------

    def month(self, decided: Cases, span: Span, *, start: int, end: int) -> None:
        """Enter the assessments the desks have done, then order, deliver and pay a month [tick]."""
        number, counts = span.from_plan, self._no_counts()
        if span.of_year == 0:
            self._open_year(number // MONTHS_PER_YEAR)
        money = np.zeros((2, 2, len(self.counties.members)), dtype=np.int64)
        year, before = number // MONTHS_PER_YEAR, self.open.copy()
        when = OrderMonth(number, span.last - span.first, self.rules.rationing)
        own, items, area = self.families.rows, self.rules.items, self.counties.county_of_area
        by_turn = orders_due(own, items, area, when, counts)
        self._clear_list(start, year, counts, money)
        self._place(when, by_turn, span, counts, money)
        worked = self._deliver(start, end, year, counts, money)
        self.hands.book.clear()
        for old in range(2):
            self.purses.settle(money[old, 0], money[old, 1], old=bool(old))
        self.of_year += counts
        mark, renewed = self._evaluate(span, end)
        self.open += counts[0] - counts[ON_TIME] - counts[LATE] - counts[UNMET] - counts[_WITHDRAWN]
        self.grants.aid(decided)
        assessed = self._assess(decided, number)
        self.book.assessments(number, **self.called, **assessed)
        self.book.orders(number, before, self.open, counts)
        self.book.money(number, self.purses.month(span.of_year))
        self.book.capacity(number, worked)
        if span.of_year == MONTHS_PER_YEAR - 1:
            self._close_year(self.calendar.date_of(span.first).year, mark, renewed)

    def _open_year(self, year: int) -> None:
        """Vote the year's money, and set aside what its evaluations cost in the fund that pays them."""
        voted, panel = self._voted(year), self.rules.panel
        aside = np.zeros_like(voted)
        if panel is not None and panel.fund is not None:
            whole = len(panel.stages) * panel.cost_fen
            aside[:, panel.fund] = np.minimum(voted[:, panel.fund], whole)
        self.purses.open(voted, aside, self.first_month - year * MONTHS_PER_YEAR)

    def _voted(self, year: int) -> Amounts:
        """The year's money of every county by fund; the grant's is the cap on last year's grant [fen]."""
        members, funds = self.counties.members, self.rules.funds
        outside = [self.rules.counties[county.code].outside_fen for county in members]
        voted = np.array(outside, dtype=np.int64).reshape(len(members), len(funds))
        voted[:, funds.index(GRANT)] = self.grants.vote(year)
        return voted

    def _clear_list(self, start: int, year: int, counts: NDArray[np.int64], money: NDArray[np.int64]) -> None:
        """Take off the list whose family is gone, and what waited too long."""
        settle_list(self.hands.rows, self.families.rows, start, self.rules, year, counts, money)

    def _place(
        self,
        when: OrderMonth,
        by_turn: NDArray[np.int64],
        span: Span,
        counts: NDArray[np.int64],
        money: NDArray[np.int64],
    ) -> None:
        """Place the month's orders as far as the free money goes; what was let go of is free again."""
        own, items, area = self.families.rows, self.rules.items, self.counties.county_of_area
        free = np.maximum(self.purses.free(span.of_year) + money[0, 0] - money[0, 1], 0)
        new = in_reach(own, items, area, when, by_turn=by_turn, free=free)
        turn = precedence(new, own, when, counties=len(self.counties.members))
        met = hold(new, turn, own, free, counts)
        self.purses.hold(counts[_RESERVED].sum(axis=1))
        self.hands.book.add(new.pick(met), own, span)

    def _deliver(
        self, start: int, end: int, year: int, counts: NDArray[np.int64], money: NDArray[np.int64]
    ) -> Worked:
        """Run the providers for a month and enter what they did."""
        worked = self.hands.work(start, end)
        settle_done(self.hands.rows, worked, self.families.rows, self.rules, year, counts, money)
        return worked

    def _assess(self, decided: Cases, month: int) -> dict[str, Whole]:
        """Enter the assessments among the cases decided in a month [townships]."""
        done = np.flatnonzero(kind_of(decided.matter) == SERVICE_ASSESSMENT)
        return self.families.assess(decided.area[done], decided.household[done], month)

    # --- the year ---------------------------------------------------------------------------------------

    def _evaluate(self, span: Span, end: int) -> tuple[Whole, NDArray[np.bool_]]:
        """Hold the evaluation due at a month's end [tick]: each provider's mark [2**-16], whether it passes.

        Without a document everybody is marked when the year ends, by assumed weights, and nothing is paid.
        A document's evaluations are held wherever services are under way: at mid-term overdue orders count
        as late ones do, and where nothing has ended or fallen due that is what the evaluation finds.
        """
        panel, hands = self.rules.panel, self.hands
        due = {STAGES[stage]: stage for stage in (panel.stages if panel else (FINAL,))}
        if span.of_year not in due:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_)
        stage, year = due[span.of_year], self.calendar.date_of(span.first).year
        told = self._told()._replace(overdue=self._overdue(stage, end))
        mark, passed = evaluated(
            told,
            self.rules.follow_up,
            panel.purchase if panel else None,
            self.luck,
            codes=hands.codes,
            provider=hands.ordinal,
            year=year,
            number=int(stage != FINAL),
        )
        if panel is not None:
            held = self._is_under_way(span.from_plan) | told.is_judged
            cost = held * panel.cost_fen
            paid = np.zeros_like(cost) if panel.fund is None else self.purses.evaluate(cost, panel.fund)
            columns = {
                "provider": hands.ordinal,
                "judged": told.judged,
                "mark_parts": np.where(told.is_judged, mark, 0),
                "passed": passed.astype(np.int64),
                "cost_fen": cost,
                "charged_fen": paid,
            }
            self.book.evaluation(np.flatnonzero(held), year=year, stage=stage, columns=columns)
        return mark, passed

    def _is_under_way(self, month: int) -> NDArray[np.bool_]:
        """Whether each county has money for services this year and offers them somewhere by a month's end."""
        has_money: NDArray[np.bool_] = (self.purses.voted + self.purses.carried).sum(axis=1) > 0
        return has_money & (self.first_month <= month)

    def _overdue(self, stage: str, end: int) -> Whole:
        """Orders placed with each provider whose due day is over and which nobody has begun, at mid-term."""
        if stage == FINAL:
            return np.zeros(len(self.counties.members), dtype=np.int64)
        return self.hands.overdue(end)

    def _told(self) -> YearTold:
        """What became so far of the year's orders placed with each provider."""
        told = self.of_year.sum(axis=2)
        given_up = told[UNMET] - told[UNMET_MONEY]
        return YearTold(told[ON_TIME], told[LATE], given_up, told[VISITED], told[SATISFACTION])

    def _close_year(self, year: int, mark: Whole, renewed: NDArray[np.bool_]) -> None:
        """Renew each provider or replace it, and count how the families fared."""
        told, hands = self._told(), self.hands
        self.book.providers(
            year,
            provider=hands.ordinal,
            speed_parts=hands.speed,
            on_time=told.on_time,
            late=told.late,
            given_up=told.given_up,
            unmet_money=self.of_year[UNMET_MONEY].sum(axis=1),
            visited=told.visited,
            satisfaction_parts=told.score,
            mark_parts=mark,
            renewed=renewed.astype(np.int64),
        )
        cells, fared = self.families.year(self.counties.areas)
        self.book.households(year, cells, fared, len(self.rules.needs.grades))
        hands.book.move(self.families.forget())
        hands.change(~renewed)
        self.of_year = self._no_counts()


_WITHDRAWN, _RESERVED = COUNTED.index("withdrawn"), COUNTED.index("reserved_fen")

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
from simlib.policy.services.needs import GRADES
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
from simlib.years.services.purse import Amounts, MoneyMonth, Purses
from simlib.years.services.renewal import YearTold, evaluated
from simlib.years.services.servicerules import HANDS, ServiceRules

Whole = NDArray[np.int64]

FARED = ("assessed", "with_need", "wholly", "partly", "left_out", "pending")
NO_GRADE = "none"
_POSITION_BITS = 16


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
        self.route, self.ledger, self.grants = route, ledger, grants
        members = [rules.counties[county.code] for county in counties.members]
        begins = np.concatenate([np.zeros(0, dtype=np.int64), *(member.begins for member in members)])
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
        """The assessments that families are called to in a month."""
        called = self.families.call(register, span.from_plan)
        self.called = called.counts
        own = self.families.rows
        day = span.first + (own.phase[called.rows] * (span.last - span.first) >> _POSITION_BITS)
        return self.window.brought(
            own.area[called.rows],
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
        date = self.calendar.date_of(span.first)
        mark, renewed = self._evaluate(span.of_year, date.year)
        self.open += counts[0] - counts[ON_TIME] - counts[LATE] - counts[UNMET] - counts[_WITHDRAWN]
        self.grants.aid(decided)
        assessed = self._assess(decided, number)
        self._record(number, before, counts, worked, assessed, self.purses.month(span.of_year))
        if span.of_year == MONTHS_PER_YEAR - 1:
            self._close_year(date.year, mark, renewed)

    def _open_year(self, year: int) -> None:
        """Vote the year's money, and set aside what its evaluations cost in the fund that pays them."""
        voted, panel = self._voted(year), self.rules.panel
        aside = np.zeros_like(voted)
        if panel is not None and panel.fund is not None:
            whole = len(panel.stages) * panel.cost_fen
            aside[:, panel.fund] = np.minimum(voted[:, panel.fund], whole)
        self.purses.open(voted, aside)

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

    # --- tables -------------------------------------------------------------------------------------------

    def _record(
        self,
        month: int,
        before: NDArray[np.int64],
        counts: NDArray[np.int64],
        worked: Worked,
        assessed: dict[str, Whole],
        money: MoneyMonth,
    ) -> None:
        areas = np.arange(self.counties.areas, dtype=np.int64)
        self.ledger.add(
            "service_assessments",
            self.counties.county_of_area,
            month=month,
            area_code=areas,
            **self.called,
            **assessed,
        )
        county, item = np.nonzero(before + self.open + counts.sum(axis=0))
        self.ledger.add(
            "service_orders",
            county,
            month=month,
            item=item,
            open_start=before[county, item],
            open_end=self.open[county, item],
            **{name: found[county, item] for name, found in zip(COUNTED, counts, strict=True)},
        )
        county, fund = (part.ravel() for part in np.indices(self.purses.voted.shape))
        self.ledger.add(
            "service_money",
            county,
            month=month,
            fund=fund,
            **{f"{name}_fen": getattr(money, name).ravel() for name in _MONEY},
        )
        hands, county = (part.ravel() for part in np.indices(worked.busy.shape))
        self.ledger.add(
            "service_capacity",
            county,
            month=month,
            hands=hands,
            workers=worked.workers.ravel(),
            available_ticks=worked.available.ravel(),
            busy_ticks=worked.busy.ravel(),
            delivered=worked.served.ravel(),
            waiting_end=worked.waiting.ravel(),
        )

    def _evaluate(self, of_year: int, year: int) -> tuple[Whole, NDArray[np.bool_]]:
        """Hold the evaluation due at a month's end: each provider's mark [2**-16], and whether it passes.

        Without a document everybody is marked when the year ends, by assumed weights, and nothing is paid.
        """
        panel, hands, told = self.rules.panel, self.hands, self._told()
        due = {STAGES[stage]: stage for stage in (panel.stages if panel else (FINAL,))}
        if of_year not in due:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_)
        stage = due[of_year]
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
            cost = told.is_ordered * panel.cost_fen
            paid = np.zeros_like(cost) if panel.fund is None else self.purses.evaluate(cost, panel.fund)
            held = np.flatnonzero(told.is_ordered)
            self.ledger.add(
                "service_evaluations",
                held,
                year=year,
                stage=stage,
                provider=hands.ordinal[held],
                mark_parts=mark[held],
                passed=passed[held].astype(np.int64),
                cost_fen=cost[held],
                charged_fen=paid[held],
            )
        return mark, passed

    def _told(self) -> YearTold:
        """What became so far of the year's orders placed with each provider."""
        told = self.of_year.sum(axis=2)
        given_up = told[UNMET] - told[UNMET_MONEY]
        return YearTold(told[ON_TIME], told[LATE], given_up, told[VISITED], told[SATISFACTION])

    def _close_year(self, year: int, mark: Whole, renewed: NDArray[np.bool_]) -> None:
        """Renew each provider or replace it, and count how the families fared."""
        told, hands = self._told(), self.hands
        self.ledger.add(
            "service_years",
            np.arange(len(mark), dtype=np.int64),
            year=year,
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
        programmes, grades = self.rules.needs.grades.shape
        cells, fared = self.families.year(self.counties.areas)
        area = cells // (grades + 1) // programmes
        self.ledger.add(
            "service_households",
            self.counties.county_of_area[area],
            year=year,
            area_code=area,
            programme=cells // (grades + 1) % programmes,
            grade=cells % (grades + 1),
            **dict(zip(FARED, fared.T, strict=True)),
        )
        hands.book.move(self.families.forget())
        hands.change(~renewed)
        self.of_year = self._no_counts()


_MONEY = ("carried_in", "voted", "paid", "committed", "lapsed", "held", "evaluation")
_WITHDRAWN, _RESERVED = COUNTED.index("withdrawn"), COUNTED.index("reserved_fen")


def ledger_names(rules: ServiceRules | None) -> dict[str, tuple[str, ...]]:
    """The texts of the text columns that services write; none where there are no services."""
    if rules is None:
        return {}
    return {
        "item": rules.names,
        "fund": rules.funds,
        "hands": HANDS,
        "grade": (*GRADES, NO_GRADE),
        "stage": tuple(STAGES),
    }

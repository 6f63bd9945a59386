"""The owner of the month: counties side by side, each in its replication, from the run-up to the end.

Phases of a month, in this order: money and people settle who is at the desks; the caseload says what comes;
the desks run; the caseload applies what was decided; wages and benefits are paid; the month is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TypeVar

import numpy as np
import simpy
from numpy.typing import NDArray

from simlib.chance import Luck
from simlib.desks.engines import open_docket
from simlib.desks.network import (
    Columns,
    DeskMonth,
    Kind,
    OpenWork,
    Standing,
    Steps,
    first_entries,
    first_steps,
)
from simlib.desks.stops import Stops
from simlib.desks.trace import Cases, Matters
from simlib.scenario import DEDUCTED
from simlib.units import MONTHS_PER_YEAR, SHARE_ONE
from simlib.worktime import DAY_TICKS, month_start
from simlib.years.bookkeeping import by_office
from simlib.years.cases.casebook import LEGAL, Casebook, Clocks, Falling
from simlib.years.cases.caseload import Caseload, Decided
from simlib.years.cases.households import STOCKS, Households, kind_of
from simlib.years.cases.lifelines import Births
from simlib.years.cases.requests import Span
from simlib.years.cases.standstill import Moved, Standstill
from simlib.years.contracts.procurement import Procurement
from simlib.years.contracts.purchase import Wanted
from simlib.years.contracts.tender import Terms
from simlib.years.county import Batch, Counties, County
from simlib.years.money.budget import Budget
from simlib.years.money.pricing import Prices, days_due
from simlib.years.money.wages import Due
from simlib.years.people.coverage import Coverage
from simlib.years.people.lots import BOUGHT, EXISTING, FIRST
from simlib.years.people.workforce import Workforce
from simlib.years.recorder import Month, Recorder
from simlib.years.records import Tables
from simlib.years.services.familyservices import FamilyServices
from simlib.years.services.grants import Grants
from simlib.years.setting import Setting

Whole = NDArray[np.int64]

Kept = TypeVar("Kept", bound=Columns)

HELPERS_CLEAR_MONTHS = 1
"""In the run-up an office is lent helpers for whatever waits beyond this many months of its capacity."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Counties at the start of a month: households, open cases and where they stand, terms, idle times.

    followed: open cases that are followed until they end, by kind of term and township, see `Clocks`.
    next_id: of the cases to come [1].
    """

    households: Households
    cases: Cases
    steps: Steps
    work: OpenWork
    falling: Falling
    followed: Whole
    next_id: Whole
    idle_worker: Whole
    idle_since: Whole

    def arrays(self) -> dict[str, Whole]:
        """Every column by `part.column`."""
        flat = {name: getattr(self, name) for name in ("followed", "next_id", "idle_worker", "idle_since")}
        for part in ("households", "cases", "steps", "work", "falling"):
            columns: Columns = getattr(self, part)
            flat |= {f"{part}.{name}": getattr(columns, name) for name in columns.names()}
        return flat

    @classmethod
    def empty(cls, areas: int) -> Snapshot:
        """Nothing yet."""
        none = np.zeros(0, dtype=np.int64)
        return cls(
            Households.empty(),
            Cases.empty(),
            Steps.empty(),
            OpenWork.empty(),
            Falling.empty(),
            np.zeros(2 * areas, dtype=np.int64),
            np.zeros(1, dtype=np.int64),
            none,
            none,
        )

    @classmethod
    def of_arrays(cls, flat: Mapping[str, Whole]) -> Snapshot:
        """The snapshot that `arrays` took apart; its own copy of every column."""

        def part(kind: type[Kept], prefix: str) -> Kept:
            return kind(*(np.array(flat[f"{prefix}.{name}"]) for name in kind.names()))

        return cls(
            part(Households, "households"),
            part(Cases, "cases"),
            part(Steps, "steps"),
            part(OpenWork, "work"),
            part(Falling, "falling"),
            np.array(flat["followed"]),
            np.array(flat["next_id"]),
            np.array(flat["idle_worker"]),
            np.array(flat["idle_since"]),
        )


def _in_hand(work: OpenWork) -> Whole:
    """Ids of the workers who have something in hand."""
    parts = [
        work.worker0[work.standing0 == Standing.IN_HAND],
        work.worker1[work.standing1 == Standing.IN_HAND],
    ]
    return np.concatenate(parts)


class Run:
    """Counties side by side, each in its replication.

    What becomes of today's posts in the run-up depends on chance alone, so it is not stored: a plan that
    opens from a snapshot lives through it again, without desk work or money.
    """

    services_kind: type[FamilyServices] = FamilyServices
    """What runs services for families; another kind follows them one by one."""

    def __init__(
        self, setting: Setting, counties: Counties, snapshot: Snapshot | None, *, engine: str
    ) -> None:
        self.engine, self.setting, self.counties, self.calendar = engine, setting, counties, setting.calendar
        self.luck = Luck(setting.scenario.run.seed, 0)
        self.in_opening = snapshot is None
        run = setting.scenario.run
        first = self._span(-run.opening_months if self.in_opening else 0)
        self.env = simpy.Environment(initial_time=self._span(-run.opening_months).first)
        self.maker = setting.trace_maker(counties, self.luck)
        self.stops = Stops(self.maker)
        self.caseload = Caseload(
            Births(setting.caseload, self.luck, counties.area_codes),
            setting.procedures,
            self.calendar,
            stocks=counties.stocks,
            flows=counties.flows,
            assistants_per_village=counties.assistants_per_village,
            arises=setting.norms.arises,
            month_of_day=setting.month_of_day,
            paid_month_of_day=setting.paid_month_of_day,
            review_months=setting.scenario.policy.review_months,
            audit_months=() if self.in_opening else setting.scenario.future.audit_months,
            households=snapshot.households if snapshot else None,
            opening_day=first.first,
        )
        self.workforce = Workforce(
            self.env,
            self.luck,
            setting.workforce,
            self.calendar,
            offices=counties.office_codes,
            payroll=counties.payroll,
            payroll_share=counties.payroll_share,
            contract=counties.contract,
            closed=setting.closed_offices(counties),
            townships=counties.area_office,
            named=counties.bureau[counties.first_office[:-1]],
            campaign_months=setting.scenario.future.campaign_months,
            terms=setting.terms,
        )
        self.prices = [Prices(self.env) for _ in counties.members]
        self.procurements: list[Procurement] = []
        self.budgets = [self._budget(at, county) for at, county in enumerate(counties.members)]
        if snapshot:
            self.env.run(until=first.first)
        self.procurements += self._procurements()
        start = snapshot or Snapshot.empty(counties.areas)
        self.deciding = setting.procedures.activities_of(lambda _, step: step.decides)
        self.casebook = Casebook(start.cases, next_id=int(start.next_id[0]))
        self.docket = open_docket(
            engine, start.steps, start.work, calendar=self.calendar, bureau=counties.bureau
        )
        routes = sorted(setting.procedures.routes.values(), key=lambda route: route.number)
        self.clocks = Clocks(
            self._ends_of_months(),
            counties.areas,
            np.array([route.clock_is_legal for route in routes]),
            start.falling,
            start.followed.reshape(2, -1),
        )
        self.matters = Matters.empty()
        self.idle = dict(zip(start.idle_worker.tolist(), start.idle_since.tolist(), strict=True))
        self.in_hand = _in_hand(start.work)
        self.workforce.see_off(self.in_hand)
        self.recorder = Recorder(setting, counties)
        self.services = self._family_services()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of everything: what stands in circles would wait for the collector, megabytes of it."""
        vars(self).clear()

    def _budget(self, at: int, county: County) -> Budget:
        """A county's budget under way; before the plan nothing is bought."""
        rules = county.money
        if self.in_opening:
            rules = replace(rules, prices=())
        offices = self.counties.offices_of(at)
        budget = Budget(
            self.env,
            self.calendar,
            rules,
            hold=partial(self.workforce.fund, offices.start),
            heads=partial(self._heads, offices),
            first_year=self.setting.scenario.run.first_year,
            on_voted=partial(self._ask, at),
            on_adjusted=partial(self._ask, at),
            costs=partial(self._costs_to_come, at),
            promises=self.setting.purchase is None,
        )
        self.env.process(budget.years())
        return budget

    def _procurements(self) -> list[Procurement]:
        """The contracts of each county, from the plan's first day; none where posts need none."""
        rules, counties = self.setting.purchase, self.counties
        if rules is None or self.in_opening:
            return []
        terms = Terms(self.setting.law, self.calendar, self._vote_day)
        made = []
        for at, county in enumerate(counties.members):
            offices = counties.offices_of(at)
            posts, yearly = int(counties.contract[offices].sum()), county.money.prices[0]
            cover = Coverage(
                self.workforce,
                offices,
                price=self.prices[at].set,
                promise=self.budgets[at].promise,
                spend=self.budgets[at].spend,
            )
            cover.end(BOUGHT, 0, FIRST)
            area = int(counties.office_codes[counties.bureau[offices.start]])
            wanted = {EXISTING: Wanted(posts, posts * yearly), BOUGHT: Wanted(0, 0)}
            made.append(Procurement(self.env, self.luck, rules, terms, cover, area=area, wanted=wanted))
        return made

    def _costs_to_come(self, at: int, first: int, last: int, amount_fen: int) -> int:
        """What buying and evaluating a county's new posts will cost in the civil days [first, last) [fen]."""
        if not self.procurements:
            return 0
        return self.procurements[at].costs_due(BOUGHT, first, last, amount_fen)

    def _family_services(self) -> FamilyServices | None:
        """Services for families, from the plan's first day; None where the scenario buys none."""
        setting = self.setting
        if setting.services is None or self.in_opening:
            return None
        routes = setting.procedures.routes
        aid = np.array([route.number for name, route in routes.items() if name.startswith("temporary_")])
        return self.services_kind(
            setting.services,
            self.counties,
            self.calendar,
            self.caseload.window,
            route=routes["service_assessment"].number,
            engine=self.engine,
            ledger=self.recorder.ledger,
            grants=Grants(setting.services, self.counties, self.budgets, aid),
        )

    def _vote_day(self, year: int) -> int:
        """The civil day on which a calendar year's money can be used."""
        months = self.counties.members[0].money.dates.months_before_use
        return self.calendar.day(date(year, months + 1, 1))

    def _ask(self, at: int, year: int, _limit_fen: int, posts: Whole) -> None:
        """Ask for the posts a county's budget funds: they are held once a contract covers them."""
        if self.procurements:
            wanted = int(posts.sum())
            amount = wanted * self.counties.members[at].money.prices[year]
            self.procurements[at].ask(BOUGHT, wanted, amount, int(self.env.now))

    def _span(self, month: int) -> Span:
        run, day = self.setting.scenario.run, self.calendar.day
        first, last = month_start(run.first_year, month), month_start(run.first_year, month + 1)
        return Span(month + run.opening_months, month, first.month - 1, day(first), day(last))

    def _ends_of_months(self) -> Whole:
        """The end of each month, from the run-up's first to the plan's last [tick]."""
        run, calendar = self.setting.scenario.run, self.calendar
        months = range(1 - run.opening_months, run.years * MONTHS_PER_YEAR + 1)
        days = [calendar.day(month_start(run.first_year, month)) for month in months]
        return np.array([calendar.tick_of_day(day) for day in days], dtype=np.int64)

    def month(self, number: int) -> Month:
        """Run one month of the plan, or of the run-up where negative; how its desk work ended."""
        span = self._span(number)
        self.env.run(until=span.last)
        start, end = self.calendar.tick_of_day(span.first), self.calendar.tick_of_day(span.last)
        people = self.workforce.roster(span.first, span.last, self.idle, self.in_hand)
        new, steps, work = self._publish(span, start)
        done = self.docket.month(steps, work, *people, start=start, end=end)
        self.idle, self.in_hand = done.idle_since, done.in_hand
        moved = self._stand_still(new, done, start, end)
        decided, finish = self.casebook.decisions(new, done.services, self.deciding)
        self.clocks.come(new)
        self.clocks.move(moved.area, moved.route, moved.before, moved.after)
        self.clocks.decide(decided, finish)
        clocks = self.clocks.counts(span.from_opening)
        month = Month(self.casebook, new, decided, finish, done, clocks, *people, start, end)
        self._apply(month, span)
        self.recorder.done(month)
        if self.services:
            self.services.month(decided, span, start=start, end=end)
        if self.in_opening:
            self._lend_helpers(done, span)
        else:
            self._close(number, span, month)
        if span.of_year == MONTHS_PER_YEAR - 1:
            self.caseload.forget(span)
            self.casebook.keep(self.docket.open_cases())
        return month

    def _stand_still(self, new: Cases, done: DeskMonth, start: int, end: int) -> Moved:
        """Move on the terms that stood still in a month, where a local rule lets any."""
        if not self.stops.of_route.any():
            return Moved.empty()
        return Standstill(self.stops).month(
            self.casebook, new, done.services, self.docket.open_work(), start=start, end=end
        )

    def _publish(self, span: Span, start: int) -> tuple[Cases, Steps, OpenWork]:
        """The month's new cases with their steps; what they would come to without a queue is noted."""
        self.matters = self.caseload.matters(span, self.counties.assistants_per_village)
        if span.from_plan == 0:
            backlog = self.caseload.backlog(span, self._backlog_missing())
            self.matters = Matters.join([self.matters, backlog])
        if self.services:
            called = self.services.matters(self.caseload.register.rows, span)
            self.matters = Matters.join([self.matters, called])
        cases, steps = self.maker.month(self.matters, self.casebook.next_id)
        shadow = self.caseload.shadow
        shadow.settle(cases, steps, span)
        shadow.settle(*self.maker.month(shadow.take_matters()), span)
        self.casebook.add(cases)
        where = steps.office[first_steps(steps)]
        return cases, steps, first_entries(cases.id, np.maximum(cases.entry, start), where)

    def _backlog_missing(self) -> Whole:
        """Open applications the planner states beyond those the run-up leaves [by township]."""
        missing: Whole = np.maximum(self.counties.opening_backlog - self.clocks.open[LEGAL], 0)
        return missing

    def _apply(self, month: Month, span: Span) -> None:
        cases = month.decided
        day = self.calendar.day_of_workday[(month.finish - 1) // DAY_TICKS]
        self.caseload.apply(
            Decided(cases.area, cases.household, kind_of(cases.matter), cases.ineligible, day), span
        )

    def _lend_helpers(self, done: DeskMonth, span: Span) -> None:
        """Lend helpers where more waits than the run-up allows."""
        month = max(self.calendar.tick_of_day(span.last) - self.calendar.tick_of_day(span.first), 1)
        own = self.counties
        capacity = np.maximum(own.payroll * own.payroll_share + own.contract, 1) * month
        over = np.maximum(done.waiting_ticks - HELPERS_CLEAR_MONTHS * capacity, 0)
        self.workforce.lend_helpers(np.ceil(over / month).astype(np.int64))

    def _close(self, number: int, span: Span, month: Month) -> None:
        """Pay and record a month of the plan."""
        counts = self.caseload.month_counts(span)
        days = self.workforce.pay_days(span.first, span.last)
        self._pay(number, span, counts["persons"] + counts["phase_out_persons"], month.done, days)
        self.recorder.month(number, month, counts, self.workforce, span, days.sum(axis=0))
        if span.of_year == MONTHS_PER_YEAR - 1:
            year = self.calendar.date_of(span.first).year
            self.recorder.close_year(year, month, self.docket.open_work())

    def _pay(self, number: int, span: Span, persons: Whole, done: DeskMonth, paid_days: Whole) -> None:
        """Pay a month; paid_days: of contract posts [lots × offices × grades]."""
        grade_days = paid_days[BOUGHT]
        due, existing = (self._due(lot, paid_days[lot], span) for lot in (BOUGHT, EXISTING))
        services = self._services_bought(done)
        payroll = self._payroll_days(span)
        rate = self.setting.benefits(number)
        by_county = np.zeros((len(self.budgets), len(STOCKS)), dtype=np.int64)
        np.add.at(by_county, self.counties.county_of_area, persons)
        for at, (budget, paid) in enumerate(zip(self.budgets, by_county.tolist(), strict=True)):
            offices = self.counties.offices_of(at)
            budget.pay(
                number,
                grade_days=grade_days[offices],
                services=services[offices].tolist(),
                payroll_days=int(payroll[offices].sum()),
                due=Due(due.awarded[offices], due.unmanned[offices]),
                existing=Due(existing.awarded[offices], existing.unmanned[offices]),
                benefits={name: paid[place] * rate[name] for place, name in enumerate(STOCKS) if rate[name]},
            )

    def _due(self, lot: int, days: Whole, span: Span) -> Due:
        return days_due(
            self.workforce,
            self.counties,
            self.prices,
            lot,
            days=days,
            first=span.first,
            last=span.last,
            is_deducted=self.setting.scenario.policy.unmanned_pay == DEDUCTED,
        )

    def _heads(self, offices: slice, year: int) -> Whole:
        """People bought who are in post today at some offices, by pay grade when a year ends [grades]."""
        last = self.calendar.day(date(self.setting.scenario.run.first_year + year, 12, 31))
        heads: Whole = self.workforce.pay_days(last, last + 1, offices=offices)[BOUGHT, offices].sum(axis=0)
        return heads

    def _services_bought(self, done: DeskMonth) -> Whole:
        """Services that contract workers ended in the month, by office, where pay goes with workload."""
        services = done.services
        if not any(county.money.workload_parts for county in self.counties.members):
            return np.zeros(len(self.counties.offices), dtype=np.int64)
        kind = self.workforce.people.of_id(services.worker)[3]
        is_bought = (services.worker >= 0) & (kind == Kind.CONTRACT)
        return by_office(services.office[is_bought], len(self.counties.offices))

    def _payroll_days(self, span: Span) -> Whole:
        """Days payroll posts were held, their part for assistance alone, by office [2**-16 day]."""
        held = self.workforce.days_held(span.first, span.last)[:, Kind.PAYROLL]
        return held * np.round(self.counties.payroll_share * SHARE_ONE).astype(np.int64)

    def snapshot(self) -> Snapshot:
        """The counties as they stand after the last month run."""
        idle = sorted(self.idle.items())
        columns = np.array(idle, dtype=np.int64).reshape(-1, 2).T
        self.casebook.keep(self.docket.open_cases())
        return Snapshot(
            self.caseload.register.rows,
            self.casebook.rows,
            self.docket.open_steps(),
            self.docket.open_work(),
            self.clocks.falling(),
            self.clocks.open.ravel(),
            np.array([self.casebook.next_id]),
            columns[0],
            columns[1],
        )

    def tables(self) -> Tables:
        """The result tables of the plan's months."""
        for at, county in enumerate(self.procurements):
            self.recorder.contracts(at, county.contracts(), county.log.steps)
        accounts = [budget.accounts.rows for budget in self.budgets]
        if self.services:
            accounts = [rows + self.services.grants.rows(at) for at, rows in enumerate(accounts)]
        return self.recorder.tables(accounts)


def _on_and_on() -> None:
    """Nobody asks to stop."""


def open_batch(
    setting: Setting, batch: Batch, *, engine: str, each_month: Callable[[], None] = _on_and_on
) -> Snapshot:
    """A batch after the run-up under its existing posts: how every alternative opens.

    each_month: called before each month; what it raises ends the simulation.
    """
    with Run(setting, setting.side_by_side(batch), None, engine=engine) as run:
        for month in range(-setting.scenario.run.opening_months, 0):
            each_month()
            run.month(month)
        return run.snapshot()


def simulate_batch(
    setting: Setting,
    batch: Batch,
    opening: Snapshot,
    *,
    engine: str,
    each_month: Callable[[], None] = _on_and_on,
) -> Tables:
    """The result tables of a batch, from its opening state; `each_month` as for `open_batch`."""
    with Run(setting, setting.side_by_side(batch), opening, engine=engine) as run:
        for month in range(setting.scenario.run.years * MONTHS_PER_YEAR):
            each_month()
            run.month(month)
        return run.tables()

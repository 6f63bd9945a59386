"""The owner of the month: counties side by side, each in its replication, from the run-up to the end.

Phases of a month, in this order: money and people settle who is at the desks; the caseload says what comes;
the desks run; the caseload applies what was decided; wages and benefits are paid; the month is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TypeVar

import numpy as np
import simpy
from numpy.typing import NDArray

from simlib.chance import Luck
from simlib.desks.engines import run_month
from simlib.desks.network import Columns, MonthDone, OpenWork, Standing, Steps, first_entries, places
from simlib.desks.trace import Cases, Matters
from simlib.units import MONTHS_PER_YEAR
from simlib.worktime import DAY_TICKS, month_start
from simlib.years.bookkeeping import UNDECIDED, Clocked, by_office, decisions, settle, with_new
from simlib.years.budget import Budget, MoneyRules
from simlib.years.caseload import Caseload, Decided
from simlib.years.contractlog import BOUGHT, EXISTING
from simlib.years.county import Batch, Counties, County
from simlib.years.households import STOCKS, Households, kind_of
from simlib.years.lifelines import Births
from simlib.years.lots import Cover
from simlib.years.procurement import Procurement
from simlib.years.purchase import Wanted
from simlib.years.purchaserules import PurchaseRules
from simlib.years.recorder import Month, Recorder
from simlib.years.records import Tables
from simlib.years.requests import Span
from simlib.years.setting import Setting
from simlib.years.tender import Terms
from simlib.years.workforce import Workforce

Whole = NDArray[np.int64]

Kept = TypeVar("Kept", bound=Columns)

HELPERS_CLEAR_MONTHS = 1
"""In the run-up an office is lent helpers for whatever waits beyond this many months of its capacity."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Counties at the start of a month: households, open cases and where they stand, clocks, idle times."""

    households: Households
    cases: Cases
    steps: Steps
    work: OpenWork
    clocked: Clocked
    idle_worker: Whole
    idle_since: Whole

    def arrays(self) -> dict[str, Whole]:
        """Every column by `part.column`."""
        flat = {"idle_worker": self.idle_worker, "idle_since": self.idle_since}
        for part in ("households", "cases", "steps", "work", "clocked"):
            columns: Columns = getattr(self, part)
            flat |= {f"{part}.{name}": getattr(columns, name) for name in columns.names()}
        return flat

    @classmethod
    def empty(cls) -> Snapshot:
        """Nothing yet."""
        none = np.zeros(0, dtype=np.int64)
        return cls(
            Households.empty(),
            Cases.empty(),
            Steps.empty(),
            OpenWork.empty(),
            Clocked.empty(),
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
            part(Clocked, "clocked"),
            np.array(flat["idle_worker"]),
            np.array(flat["idle_since"]),
        )


class Run:
    """Counties side by side, each in its replication."""

    def __init__(
        self, setting: Setting, counties: Counties, snapshot: Snapshot | None, *, engine: str
    ) -> None:
        self.engine, self.setting, self.counties, self.calendar = engine, setting, counties, setting.calendar
        self.luck = Luck(setting.scenario.run.seed, 0)
        self.in_opening = snapshot is None
        run = setting.scenario.run
        first = self._span(-run.opening_months if self.in_opening else 0)
        self.env = simpy.Environment(initial_time=first.first)
        self.maker = setting.trace_maker(counties, self.luck)
        self.caseload = Caseload(
            Births(setting.caseload, self.luck, counties.area_codes),
            setting.procedures,
            self.calendar,
            stocks=counties.stocks,
            flows=counties.flows,
            assistants_per_village=counties.assistants_per_village,
            arises=setting.norms.arises,
            month_of_day=setting.month_of_day,
            review_months=setting.scenario.policy.review_months,
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
        )
        terms = Terms(setting.law, self.calendar, self._vote_day)
        self.covers = [self._cover(at) for at in range(len(counties.members))]
        self.procurements = [
            self._procurement(at, terms, setting.purchase)
            for at in range(len(counties.members) if setting.purchase and not self.in_opening else 0)
        ]
        self.budgets = [self._budget(at, county) for at, county in enumerate(counties.members)]
        start = snapshot or Snapshot.empty()
        self.cases, self.steps, self.work, self.clocked = start.cases, start.steps, start.work, start.clocked
        self.matters = Matters.empty()
        self.idle = dict(zip(start.idle_worker.tolist(), start.idle_since.tolist(), strict=True))
        self.workforce.see_off(self._in_hand())
        routes = sorted(setting.procedures.routes.values(), key=lambda route: route.number)
        self.legal_routes = np.array([route.clock_is_legal for route in routes])
        steps = [step for route in routes for step in route.steps]
        self.may_decide = np.zeros(len(setting.procedures.activities), dtype=bool)
        self.may_decide[[step.activity.number for step in steps if step.activity and step.decides]] = True
        self.recorder = Recorder(setting, counties)

    def _budget(self, at: int, county: County) -> Budget:
        """A county's budget under way; before the plan nothing is bought."""
        rules = county.money
        if self.in_opening:
            rules = MoneyRules(rules.limit, rules.fund, (), 0)
        hold = partial(self._ask, at) if self.procurements else self.covers[at].hold
        budget = Budget(
            self.env, self.calendar, rules, hold=hold, first_year=self.setting.scenario.run.first_year
        )
        self.env.process(budget.years())
        return budget

    def _cover(self, at: int) -> Cover:
        """A county's bought posts, as far as contracts cover them."""
        first, end = (int(self.counties.first_office[place]) for place in (at, at + 1))
        return Cover(end - first, partial(self.workforce.fund, first))

    def _procurement(self, at: int, terms: Terms, rules: PurchaseRules | None) -> Procurement:
        """A county's contracts: the one its posts stand under already, and those the plan will ask for."""
        assert rules is not None
        first, end = (int(self.counties.first_office[place]) for place in (at, at + 1))
        posts = int(self.counties.contract[first:end].sum())
        price = self.counties.members[at].money.prices[0]
        return Procurement(
            self.env,
            self.luck,
            rules,
            terms,
            self.covers[at],
            area=int(self.counties.office_codes[self.counties.bureau[first]]),
            wanted={EXISTING: Wanted(posts, posts * price), BOUGHT: Wanted(0, 0)},
        )

    def _vote_day(self, year: int) -> int:
        """The civil day on which a year's money can be used: as the budget has it, the year's first."""
        return self.calendar.day(date(year, 1, 1))

    def _ask(self, at: int, posts: Whole) -> None:
        """Ask for the posts a county's budget funds: they are held once a contract covers them."""
        self.covers[at].fund(posts)
        today = int(self.env.now)
        year = self.calendar.date_of(today).year - self.setting.scenario.run.first_year
        amount = int(posts.sum()) * self.counties.members[at].money.prices[year]
        self.procurements[at].ask(BOUGHT, int(posts.sum()), amount, today)

    def _span(self, month: int) -> Span:
        run, day = self.setting.scenario.run, self.calendar.day
        first, last = month_start(run.first_year, month), month_start(run.first_year, month + 1)
        return Span(month + run.opening_months, month, first.month - 1, day(first), day(last))

    def _in_hand(self) -> Whole:
        """Ids of the workers who have something in hand."""
        work = self.work
        parts = [
            work.worker0[work.standing0 == Standing.IN_HAND],
            work.worker1[work.standing1 == Standing.IN_HAND],
        ]
        return np.concatenate(parts)

    def month(self, number: int) -> Month:
        """Run one month of the plan, or of the run-up where negative; how its desk work ended."""
        span = self._span(number)
        self.env.run(until=span.last)
        start, end = self.calendar.tick_of_day(span.first), self.calendar.tick_of_day(span.last)
        people = self.workforce.roster(span.first, span.last, self.idle, self._in_hand())
        new = self._publish(span, start)
        done = run_month(
            self.engine,
            self.steps,
            self.work,
            *people,
            calendar=self.calendar,
            bureau=self.counties.bureau,
            start=start,
            end=end,
        )
        rows, finish = decisions(self.cases, done, may_decide=self.may_decide, start=start)
        settled, kept = settle(
            with_new(self.clocked, new, self.legal_routes), self.cases.id[rows], finish, end=end
        )
        month = Month(new, self.cases.pick(rows), finish, done, settled, *people, start, end)
        self._apply(month, span)
        self.recorder.year.add(month.decided, finish, done)
        if self.in_opening:
            self._lend_helpers(done, span)
        else:
            self._close(number, span, month)
        if span.of_year == MONTHS_PER_YEAR - 1:
            self.caseload.forget(span)
        self.clocked = kept
        self.cases = self.cases.pick(places(self.cases.id, done.work.case))
        self.steps, self.work, self.idle = done.steps, done.work, done.idle_since
        return month

    def _publish(self, span: Span, start: int) -> Cases:
        """Bring the month's new cases to the desks; what they would come to without a queue is noted."""
        self.matters = self.caseload.matters(span, self.counties.assistants_per_village)
        if span.from_plan == 0:
            backlog = self.caseload.backlog(span, self._backlog_missing())
            self.matters = Matters.join([self.matters, backlog])
        cases, steps = self.maker.month(self.matters)
        shadow = self.caseload.shadow
        shadow.settle(cases, steps, span)
        shadow.settle(*self.maker.month(shadow.take_matters()), span)
        firsts = np.flatnonzero(np.diff(steps.case, prepend=-1))
        fresh = first_entries(cases.id, np.maximum(cases.entry, start), steps.office[firsts])
        self.cases, self.steps = self.cases.merge(cases, "id"), self.steps.merge(steps, "case")
        self.work = OpenWork.join([self.work, fresh])
        return cases

    def _backlog_missing(self) -> Whole:
        """Open applications the planner states beyond those the run-up leaves [by township]."""
        waiting = (self.clocked.decided == UNDECIDED) & (self.clocked.legal == 1)
        open_now = by_office(self.clocked.area[waiting], self.counties.areas)
        missing: Whole = np.maximum(self.counties.opening_backlog - open_now, 0)
        return missing

    def _apply(self, month: Month, span: Span) -> None:
        cases = month.decided
        day = self.calendar.day_of_workday[(month.finish - 1) // DAY_TICKS]
        self.caseload.apply(
            Decided(cases.area, cases.household, kind_of(cases.matter), cases.ineligible, day), span
        )

    def _lend_helpers(self, done: MonthDone, span: Span) -> None:
        """Lend helpers where more waits than the run-up allows."""
        waiting = self._waiting_ticks(done)
        month = max(self.calendar.tick_of_day(span.last) - self.calendar.tick_of_day(span.first), 1)
        own = self.counties
        capacity = np.maximum(own.payroll * own.payroll_share + own.contract, 1) * month
        over = np.maximum(waiting - HELPERS_CLEAR_MONTHS * capacity, 0)
        self.workforce.lend_helpers(np.ceil(over / month).astype(np.int64))

    def _waiting_ticks(self, done: MonthDone) -> Whole:
        """Work that waits at each office at the end of a month [tick]."""
        steps, work = done.steps, done.work
        first = np.searchsorted(steps.case, work.case)
        ticks = steps.ticks[first + work.step] if len(work) else np.zeros(0, dtype=np.int64)
        total = np.zeros(len(self.counties.offices), dtype=np.int64)
        for standing, office in ((work.standing0, work.office0), (work.standing1, work.office1)):
            waits = standing == Standing.WAITING
            total += by_office(office[waits], len(total), ticks[waits])
        return total

    def _close(self, number: int, span: Span, month: Month) -> None:
        """Pay and record a month of the plan."""
        counts = self.caseload.month_counts(span)
        self._pay(number, span, counts["persons"])
        self.recorder.month(number, month, counts, self.workforce, span)
        if span.of_year == MONTHS_PER_YEAR - 1:
            self.recorder.close_year(self.calendar.date_of(span.first).year)

    def _pay(self, number: int, span: Span, persons: Whole) -> None:
        post_days = self.workforce.days_paid(span.first, span.last)
        rate = self.setting.benefits(number)
        for at, budget in enumerate(self.budgets):
            paid = persons[self.counties.county_of_area == at].sum(axis=0)
            offices = slice(self.counties.first_office[at], self.counties.first_office[at + 1])
            budget.pay(
                number,
                post_days=int(post_days[offices].sum()),
                benefits={
                    name: int(paid[place]) * rate[name] for place, name in enumerate(STOCKS) if rate[name]
                },
            )

    def snapshot(self) -> Snapshot:
        """The counties as they stand after the last month run."""
        idle = sorted(self.idle.items())
        columns = np.array(idle, dtype=np.int64).reshape(-1, 2).T
        return Snapshot(
            self.caseload.register.rows,
            self.cases,
            self.steps,
            self.work,
            self.clocked,
            columns[0],
            columns[1],
        )

    def tables(self) -> Tables:
        """The result tables of the plan's months."""
        for at, county in enumerate(self.procurements):
            self.recorder.contracts(at, county.contracts(), county.log.steps)
        return self.recorder.tables([budget.accounts.rows for budget in self.budgets])


def open_batch(setting: Setting, batch: Batch, *, engine: str) -> Snapshot:
    """A batch after the run-up under its existing posts: how every alternative opens."""
    run = Run(setting, setting.side_by_side(batch), None, engine=engine)
    for month in range(-setting.scenario.run.opening_months, 0):
        run.month(month)
    return run.snapshot()


def simulate_batch(setting: Setting, batch: Batch, opening: Snapshot, *, engine: str) -> Tables:
    """The result tables of a batch, from its opening state."""
    run = Run(setting, setting.side_by_side(batch), opening, engine=engine)
    for month in range(setting.scenario.run.years * MONTHS_PER_YEAR):
        run.month(month)
    return run.tables()

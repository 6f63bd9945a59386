"""The owner of the month: one county, one replication, from the run-up to the plan's last December.

Phases of a month, in this order: money and people settle who is at the desks; the caseload says what comes;
the desks run; the caseload applies what was decided; wages and benefits are paid; the month is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import simpy
from numpy.typing import NDArray

from simlib.chance import Luck
from simlib.desks.engines import run_month
from simlib.desks.network import Columns, Kind, MonthDone, OpenWork, Roster, Standing, Steps, first_entries
from simlib.desks.trace import NO_CLOCK, Cases, in_order
from simlib.units import MONTHS_PER_YEAR
from simlib.worktime import DAY_TICKS, month_start
from simlib.years.bookkeeping import (
    Clocked,
    YearBook,
    available,
    by_office,
    deciding_services,
    effective_milli,
    month_of_clocks,
    settle,
    with_new,
)
from simlib.years.budget import Budget, MoneyRules
from simlib.years.caseload import Caseload, Decided, Span, kind_of
from simlib.years.lifelines import STOCKS, Births, Households
from simlib.years.records import Ledger, Tables
from simlib.years.setting import County, Setting
from simlib.years.workforce import Workforce

Whole = NDArray[np.int64]

Kept = TypeVar("Kept", bound=Columns)

HELPERS_CLEAR_MONTHS = 1
"""In the run-up an office is lent helpers for whatever waits beyond this many months of its capacity."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A county at the start of a month: households, open cases and where they stand, clocks, idle times."""

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


class CountyRun:
    """One county in one replication."""

    def __init__(
        self, setting: Setting, county: County, replication: int, snapshot: Snapshot | None, *, engine: str
    ) -> None:
        self.engine, self.setting, self.county, self.calendar = engine, setting, county, setting.calendar
        self.luck = Luck(setting.scenario.run.seed, replication)
        self.in_opening = snapshot is None
        run = setting.scenario.run
        first = self._span(-run.opening_months if self.in_opening else 0)
        self.env = simpy.Environment(initial_time=first.first)
        self.maker = setting.trace_maker(county, self.luck)
        births = Births(setting.caseload, self.luck, county.office_codes[: county.areas])
        self.caseload = Caseload(
            births,
            setting.procedures,
            self.calendar,
            stocks=county.stocks,
            flows=county.flows,
            assistants_per_village=county.assistants_per_village,
            households=snapshot.households if snapshot else None,
            opening_day=first.first,
        )
        self.workforce = Workforce(
            self.env,
            self.luck,
            setting.workforce,
            self.calendar,
            offices=county.office_codes,
            payroll=county.payroll,
            payroll_share=county.payroll_share,
            contract=county.contract,
        )
        self.budget = Budget(
            self.env, self.calendar, self.workforce, self._money(), first_year=run.first_year
        )
        self.env.process(self.budget.years())
        self.cases = snapshot.cases if snapshot else Cases.empty()
        self.steps = snapshot.steps if snapshot else Steps.empty()
        self.work = snapshot.work if snapshot else OpenWork.empty()
        self.clocked = snapshot.clocked if snapshot else Clocked.empty()
        self.idle = (
            dict(zip(snapshot.idle_worker.tolist(), snapshot.idle_since.tolist(), strict=True))
            if snapshot
            else {}
        )
        self.workforce.see_off(self._in_hand())
        routes = sorted(setting.procedures.routes.values(), key=lambda route: route.number)
        self.legal_routes = np.array([route.clock_is_legal for route in routes])
        self.ledger = Ledger(replication, county.code)
        self.year = self._new_year()

    def _money(self) -> MoneyRules:
        """The scenario's money rules; before the plan nothing is bought."""
        rules = self.county.money
        return MoneyRules(rules.limit, rules.fund, (), 0) if self.in_opening else rules

    def _new_year(self) -> YearBook:
        procedures = self.setting.procedures
        return YearBook(
            self.county.areas, len(self.county.offices), len(procedures.routes), len(procedures.activities)
        )

    def _span(self, month: int) -> Span:
        run, day = self.setting.scenario.run, self.calendar.day
        first, last = month_start(run.first_year, month), month_start(run.first_year, month + 1)
        return Span(month + run.opening_months, month, day(first), day(last))

    def _in_hand(self) -> set[int]:
        work = self.work
        in_hand = [
            work.worker0[work.standing0 == Standing.IN_HAND],
            work.worker1[work.standing1 == Standing.IN_HAND],
        ]
        return set(np.concatenate(in_hand).tolist())

    def month(self, number: int) -> None:
        """Run one month of the plan, or of the run-up where negative."""
        span = self._span(number)
        self.env.run(until=span.last)
        start, end = self.calendar.tick_of_day(span.first), self.calendar.tick_of_day(span.last)
        roster, absences = self.workforce.roster(span.first, span.last, self.idle, self._in_hand())
        new_cases, new_steps = self._publish(span)
        fresh = first_entries(new_cases.id, new_cases.accepted, self._first_office(new_cases, new_steps))
        self.cases = _by_id(Cases.join([self.cases, new_cases]))
        done = run_month(
            self.engine,
            in_order(Steps.join([self.steps, new_steps])),
            OpenWork.join([self.work, fresh]),
            roster,
            absences,
            calendar=self.calendar,
            county=self.maker.county_office,
            start=start,
            end=end,
        )
        rows, finish = deciding_services(self.cases, done)
        settled, kept = settle(
            with_new(self.clocked, new_cases, self.legal_routes), self.cases.id[rows], finish, end=end
        )
        self._apply(rows, finish, span)
        self.year.add(self.cases, rows, finish, done)
        if self.in_opening:
            self._lend_helpers(done, span)
        else:
            time = available(roster, absences, start=start, end=end)
            self._pay(number, span)
            self._record(number, span, new_cases, rows, done, settled, (roster, time, start, end))
            if number % MONTHS_PER_YEAR == MONTHS_PER_YEAR - 1:
                self._record_year(span)
        self.clocked = kept
        self.cases = self.cases.pick(np.searchsorted(self.cases.id, done.work.case))
        self.steps, self.work, self.idle = done.steps, done.work, done.idle_since
        self.workforce.forget(span.first)

    def _publish(self, span: Span) -> tuple[Cases, Steps]:
        parts = [
            self.maker.cases_of(route, matters)
            for route, matters in self.caseload.matters(span, self.county.assistants_per_village)
        ]
        return Cases.join([cases for cases, _ in parts]), Steps.join([steps for _, steps in parts])

    def _first_office(self, cases: Cases, steps: Steps) -> Whole:
        firsts = np.flatnonzero(np.diff(steps.case, prepend=-1))
        return steps.office[firsts] if len(cases) else np.zeros(0, dtype=np.int64)

    def _apply(self, rows: Whole, finish: Whole, span: Span) -> None:
        cases = self.cases.pick(rows)
        day = self.calendar.day_of_workday[(finish - 1) // DAY_TICKS]
        self.caseload.apply(
            Decided(cases.area, cases.household, kind_of(cases.matter), cases.ineligible, day), span
        )

    def _lend_helpers(self, done: MonthDone, span: Span) -> None:
        """Lend helpers where more waits than the run-up allows."""
        waiting = self._waiting_ticks(done)
        month = max(self.calendar.tick_of_day(span.last) - self.calendar.tick_of_day(span.first), 1)
        capacity = (
            np.maximum(self.county.payroll * self.county.payroll_share + self.county.contract, 1) * month
        )
        over = np.maximum(waiting - HELPERS_CLEAR_MONTHS * capacity, 0)
        self.workforce.lend_helpers(np.ceil(over / month).astype(np.int64))

    def _waiting_ticks(self, done: MonthDone) -> Whole:
        """Work that waits at each office at the end of a month [tick]."""
        count = len(self.county.offices)
        total = np.zeros(count, dtype=np.int64)
        steps, work = done.steps, done.work
        first = np.searchsorted(steps.case, work.case)
        ticks = steps.ticks[first + work.step] if len(work) else np.zeros(0, dtype=np.int64)
        for standing, office in ((work.standing0, work.office0), (work.standing1, work.office1)):
            waits = standing == Standing.WAITING
            total += by_office(office[waits], count, ticks[waits])
        return total

    def _pay(self, number: int, span: Span) -> None:
        persons = self.caseload.month_counts(span)["persons"].sum(axis=0)
        benefits = {
            name: int(persons[place]) * self.setting.benefit_fen[name]
            for place, name in enumerate(STOCKS)
            if self.setting.benefit_fen[name]
        }
        self.budget.pay(number, span.first, span.last, benefits=benefits)

    def _record(
        self,
        number: int,
        span: Span,
        new_cases: Cases,
        rows: Whole,
        done: MonthDone,
        settled: Clocked,
        people: tuple[Roster, Whole, int, int],
    ) -> None:
        roster, time, start, end = people
        offices, areas = self.county.offices, self.county.areas
        count = len(offices)
        pad = np.zeros(2, dtype=np.int64)
        clocks = month_of_clocks(settled, areas=areas, start=start, end=end)
        services = done.services
        served = services.pick(services.worker >= 0)
        work = done.work
        waiting = by_office(work.office0[work.standing0 == Standing.WAITING], count)
        waiting += by_office(work.office1[work.standing1 == Standing.WAITING], count)
        clocked = new_cases.due != NO_CLOCK
        decided = self.cases.pick(rows)
        decided_clocked = decided.due != NO_CLOCK
        self.ledger.add(
            "desk_work",
            month=number,
            office=list(offices),
            arrived=np.append(by_office(new_cases.area[clocked], areas), pad),
            decided=np.append(by_office(decided.area[decided_clocked], areas), pad),
            **{name: np.append(values, pad) for name, values in clocks.items()},
            unlawful=by_office(services.office[services.worker < 0], count),
            services=by_office(served.office, count),
            busy_ticks=by_office(served.office, count, served.finish - served.start),
            available_ticks=by_office(roster.office, count, time),
            queue_end=waiting,
        )
        self._record_caseload(number, span)
        self._record_workforce(number, span, roster, time, start, end)

    def _record_caseload(self, number: int, span: Span) -> None:
        counts = self.caseload.month_counts(span)
        areas = self.county.areas
        rate = np.array([self.setting.benefit_fen[name] for name in STOCKS], dtype=np.int64)
        self.ledger.add(
            "caseload",
            month=number,
            area_code=[code for code in self.county.offices[:areas] for _ in STOCKS],
            programme=list(STOCKS) * areas,
            benefits_fen=(counts["persons"] * rate).ravel(),
            overpaid_fen=(counts.pop("overpaid_persons") * rate).ravel(),
            **{name: values.ravel() for name, values in counts.items()},
        )

    def _record_workforce(
        self, number: int, span: Span, roster: Roster, time: Whole, start: int, end: int
    ) -> None:
        count = len(self.county.offices)
        filled = self.workforce.filled(span.last - 1)
        effective = effective_milli(roster, time, count, start=start, end=end)
        none = np.zeros(count, dtype=np.int64)
        for kind, name in ((Kind.CONTRACT, "contract"), (Kind.PAYROLL, "payroll")):
            is_contract = kind == Kind.CONTRACT
            self.ledger.add(
                "workforce",
                month=number,
                office=list(self.county.offices),
                kind=name,
                required=self.county.required if is_contract else none,
                funded=self.workforce.funded if is_contract else none,
                filled=filled[:, kind],
                effective_milli=effective[:, kind],
            )

    def _record_year(self, span: Span) -> None:
        year = self.calendar.date_of(span.first).year
        procedures = self.setting.procedures
        routes, activities = list(procedures.routes), list(procedures.activities)
        area, route, days = np.nonzero(self.year.waits)
        self.ledger.add(
            "waits",
            year=year,
            office=[self.county.offices[i] for i in area],
            route=[routes[i] for i in route],
            days=days,
            cases=self.year.waits[area, route, days],
        )
        office, activity = np.nonzero(self.year.activity[0])
        self.ledger.add(
            "activity",
            year=year,
            office=[self.county.offices[i] for i in office],
            activity=[activities[i] for i in activity],
            services=self.year.activity[0][office, activity],
            busy_ticks=self.year.activity[1][office, activity],
            queue_ticks=self.year.activity[2][office, activity],
        )
        self.year = self._new_year()

    def snapshot(self) -> Snapshot:
        """The county as it stands after the last month run."""
        idle = sorted(self.idle.items())
        columns = np.array(idle, dtype=np.int64).reshape(-1, 2).T
        return Snapshot(
            self.caseload.households, self.cases, self.steps, self.work, self.clocked, columns[0], columns[1]
        )

    def tables(self) -> Tables:
        """The result tables of the plan's months."""
        if self.county.services_limit:
            for year in range(self.setting.scenario.run.years):
                limit = self.county.services_limit
                self.budget.accounts.add(year * MONTHS_PER_YEAR, "cap_services", "assistance_fund", limit)
        rows = self.budget.accounts.rows
        totals: dict[tuple[int, str, str], int] = {}
        for month, line, source, fen in rows:
            totals[month, line, source] = totals.get((month, line, source), 0) + fen
        self.ledger.add(
            "money",
            month=[key[0] for key in totals],
            line=[key[1] for key in totals],
            source=[key[2] for key in totals],
            fen=list(totals.values()),
        )
        return self.ledger.tables()


def _by_id(cases: Cases) -> Cases:
    return cases.pick(np.argsort(cases.id, kind="stable"))


def open_county(setting: Setting, county_code: str, replication: int, *, engine: str) -> Snapshot:
    """A county after the run-up under its existing posts: how every alternative of a replication opens."""
    run = CountyRun(setting, setting.counties[county_code], replication, None, engine=engine)
    for month in range(-setting.scenario.run.opening_months, 0):
        run.month(month)
    return run.snapshot()


def simulate_county(
    setting: Setting, county_code: str, replication: int, opening: Snapshot, *, engine: str
) -> Tables:
    """The result tables of one county and replication, from its opening state."""
    run = CountyRun(setting, setting.counties[county_code], replication, opening, engine=engine)
    for month in range(setting.scenario.run.years * MONTHS_PER_YEAR):
        run.month(month)
    return run.tables()

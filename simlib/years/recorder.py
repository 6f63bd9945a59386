"""Writes a run's months and years into the result tables; counts what happened, computes nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from simlib.desks.network import Absences, DeskMonth, Kind, OpenWork, Roster
from simlib.desks.trace import NO_CLOCK, Cases, Outcome
from simlib.units import MONTHS_PER_YEAR
from simlib.years.bookkeeping import (
    BUSY,
    QUEUED,
    SERVED,
    YearBook,
    available,
    by_office,
    posts_milli,
    tally_of,
)
from simlib.years.cases.casebook import Casebook, is_followed
from simlib.years.cases.households import STOCKS
from simlib.years.cases.requests import Span
from simlib.years.cases.stepterms import StepTerms
from simlib.years.contracts.contractlog import END_REASONS, METHODS, STEPS, ContractRow, StepRow
from simlib.years.county import Counties
from simlib.years.money.accounts import Row
from simlib.years.people.lots import GAP_CAUSES, LOTS
from simlib.years.people.tenure import Leaving
from simlib.years.people.workforce import Workforce
from simlib.years.records import NO_DATE, Ledger, Tables
from simlib.years.services.servicebook import ledger_names
from simlib.years.setting import Setting

Whole = NDArray[np.int64]

KINDS = ("contract", "payroll")
"""Kinds of workers by their number."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month of desk work as it ended: who came, what was decided, done and falling due, by whom.

    book: the cases that were open in it. finish: of the decisions [tick]. clocks: cases falling due, open and
    overdue, by name and township. start, end: of the month [tick].
    """

    book: Casebook
    new: Cases
    decided: Cases
    finish: Whole
    done: DeskMonth
    clocks: dict[str, Whole]
    roster: Roster
    absences: Absences
    start: int
    end: int


def _column(values: Iterable[int]) -> Whole:
    return np.array(list(values), dtype=np.int64)


class Recorder:
    """Collects the tables of one run."""

    def __init__(self, setting: Setting, counties: Counties) -> None:
        self.setting, self.counties = setting, counties
        procedures, self.step_terms = setting.procedures, StepTerms(setting.procedures, setting.norms)
        self.ledger = Ledger(
            counties.replications,
            [county.code for county in counties.members],
            {
                "office": counties.offices,
                "area_code": [counties.offices[at] for at in counties.area_office],
                "route": list(procedures.routes),
                "activity": list(procedures.activities),
                "programme": STOCKS,
                "kind": KINDS,
                "term": self.step_terms.keys,
                "lot": LOTS,
                "method": METHODS,
                "end_reason": END_REASONS,
                "step": STEPS,
                "cause": GAP_CAUSES,
                "gap_cause": GAP_CAUSES,
                **ledger_names(setting.services),
            },
        )
        self.offices = np.arange(len(counties.offices))
        self.year, self.year_start = self._new_year(), 0

    def _new_year(self) -> YearBook:
        routes, activities = self.setting.procedures.routes, self.setting.procedures.activities
        terms = len(self.step_terms.keys)
        return YearBook(self.counties.areas, len(self.offices), len(routes), len(activities), terms)

    def done(self, month: Month) -> None:
        """Take note of what a month decided and served, in the run-up too."""
        self.tally, self.unlawful = tally_of(
            month.done.services, offices=len(self.offices), activities=len(self.setting.procedures.activities)
        )
        self.year.add(month.decided, month.finish, self.tally)

    def _at_towns(self, by_area: Whole) -> Whole:
        """Counts of townships in the rows of their offices."""
        rows = np.zeros(len(self.offices), dtype=np.int64)
        rows[self.counties.area_office] = by_area
        return rows

    def month(
        self,
        number: int,
        month: Month,
        counts: dict[str, Whole],
        workforce: Workforce,
        span: Span,
        grade_days: Whole,
    ) -> None:
        """Record a month of the plan.

        counts: of the caseload, by township and programme. grade_days: of contract posts [offices × grades].
        """
        time = available(month.roster, month.absences, start=month.start, end=month.end)
        self._desk_work(number, month, time)
        if span.of_year == 0:
            self.year_start = month.start
        self.step_terms.count(month.book, month.done.services, since=self.year_start, counts=self.year.steps)
        self._caseload(number, counts)
        self._workforce(number, month, time, workforce, span, grade_days)
        self._gaps(number, counts["households"], workforce, span)

    def _desk_work(self, number: int, month: Month, time: Whole) -> None:
        areas, count = self.counties.areas, len(self.offices)
        withdrawn = month.decided.outcome == Outcome.WITHDRAWN
        served, busy, _ = self.tally.sum(axis=2)
        self.ledger.add(
            "desk_work",
            self.counties.county_of_office,
            month=number,
            office=self.offices,
            arrived=self._at_towns(by_office(month.new.area[is_followed(month.new)], areas)),
            decided=self._at_towns(by_office(month.decided.area[month.decided.due != NO_CLOCK], areas)),
            withdrawn=self._at_towns(by_office(month.decided.area[withdrawn], areas)),
            **{name: self._at_towns(values) for name, values in month.clocks.items()},
            unlawful=self.unlawful,
            services=served,
            busy_ticks=busy,
            available_ticks=by_office(month.roster.office, count, time),
            queue_end=month.done.waiting,
        )

    def _caseload(self, number: int, counts: dict[str, Whole]) -> None:
        paid = self.setting.benefits(number)
        rate = np.array([paid[name] for name in STOCKS], dtype=np.int64)
        fen = {
            "benefits_fen": (counts["persons"] + counts["phase_out_persons"]) * rate,
            "overpaid_fen": counts["overpaid_persons"] * rate,
            "overpaid_design_fen": counts["overpaid_design_persons"] * rate,
            "phase_out_fen": counts["phase_out_persons"] * rate,
        }
        kept = {name: values for name, values in counts.items() if not name.endswith("_persons")}
        area, programme = np.indices(counts["persons"].shape).reshape(2, -1)
        self.ledger.add(
            "caseload",
            self.counties.county_of_area[area],
            month=number,
            area_code=area,
            programme=programme,
            **{name: values.ravel() for name, values in (kept | fen).items()},
        )

    def _workforce(
        self,
        number: int,
        month: Month,
        time: Whole,
        workforce: Workforce,
        span: Span,
        grade_days: Whole,
    ) -> None:
        count = len(self.offices)
        filled = workforce.filled(span.last - 1)
        posts = posts_milli(
            month.roster,
            time,
            workforce.workdays_held(span.first, span.last),
            workforce.days_away().count,
            start=month.start,
            end=month.end,
        )
        hired, left = (told(span.first, span.last) for told in (workforce.hired, workforce.leavers))
        held = workforce.days_held(span.first, span.last)
        graded = grade_days @ np.arange(workforce.grades)
        none = np.zeros(count, dtype=np.int64)
        for kind, name in enumerate(KINDS):
            bought = kind == Kind.CONTRACT
            self.ledger.add(
                "workforce",
                self.counties.county_of_office,
                month=number,
                office=self.offices,
                kind=name,
                required=self.counties.required if bought else none,
                funded=workforce.funded.copy() if bought else none,
                filled=filled[:, kind],
                **{name: milli[:, kind] for name, milli in posts.items()},
                hired=hired[:, kind],
                **{f"left_{why.name.lower()}": left[:, kind, why] for why in Leaving},
                paid_days=held[:, kind],
                grade_days=graded if bought else none,
            )

    def _gaps(self, number: int, households: Whole, workforce: Workforce, span: Span) -> None:
        """Record for how long posts stood without a contract, county by county."""
        if self.setting.purchase is None:
            return
        own, count = self.counties, len(self.counties.members)
        lacking = np.zeros((count, len(LOTS), len(GAP_CAUSES)), dtype=np.int64)
        np.add.at(lacking, own.county_of_office, workforce.gap_days(span.first, span.last))
        county, lot, cause = np.nonzero(lacking)
        posts = by_office(own.county_of_office, count, own.payroll + own.contract + workforce.funded)
        self.ledger.add(
            "contract_gaps",
            county,
            month=number,
            lot=lot,
            cause=cause,
            post_days=lacking[county, lot, cause],
            posts=posts[county],
            households=by_office(own.county_of_area, count, households.sum(axis=1))[county],
        )

    def close_year(self, year: int, month: Month, work: OpenWork) -> None:
        """Record a calendar year of the plan; month: its last, work: what is open after it."""
        self.step_terms.overrun(
            month.book, work, since=self.year_start, end=month.end, counts=self.year.steps
        )
        area, route, days = np.nonzero(self.year.waits)
        office = self.counties.area_office[area]
        self.ledger.add(
            "waits",
            self.counties.county_of_office[office],
            year=year,
            office=office,
            route=route,
            days=days,
            cases=self.year.waits[area, route, days],
        )
        office, activity = np.nonzero(self.year.tally[SERVED])
        self.ledger.add(
            "activity",
            self.counties.county_of_office[office],
            year=year,
            office=office,
            activity=activity,
            services=self.year.tally[SERVED, office, activity],
            busy_ticks=self.year.tally[BUSY, office, activity],
            queue_ticks=self.year.tally[QUEUED, office, activity],
        )
        area, term = np.nonzero(self.year.steps[0])
        office = self.counties.area_office[area]
        self.ledger.add(
            "step_terms",
            self.counties.county_of_office[office],
            year=year,
            office=office,
            term=term,
            due=self.year.steps[0][area, term],
            in_time=self.year.steps[1][area, term],
        )
        self.year = self._new_year()

    def contracts(self, county: int, contracts: Sequence[ContractRow], steps: Sequence[StepRow]) -> None:
        """Record a county's contracts and the steps that led to them; county: its position."""
        awards = [row.award for row in contracts]
        self.ledger.add(
            "contracts",
            np.full(len(contracts), county),
            lot=_column(row.lot for row in contracts),
            method=_column(METHODS.index(award.method) for award in awards),
            end_reason=_column(END_REASONS.index(row.end_reason) for row in contracts),
            sequence=_column(award.sequence for award in awards),
            provider=_column(award.provider for award in awards),
            posts=_column(award.posts for award in awards),
            budget_fen=_column(award.budget_fen for award in awards),
            price_fen=_column(award.price_fen for award in awards),
            quality_parts=_column(award.quality for award in awards),
            score_parts=_column(award.score for award in awards),
            bidders=_column(award.bidders for award in awards),
            rounds=_column(award.rounds for award in awards),
            challenged=_column(award.challenged for award in awards),
            complained=_column(award.complained for award in awards),
            won_again=_column(row.won_again for row in contracts),
            missed_parts=_column(row.missed for row in contracts),
            asked_on=self._dates(award.asked_on for award in awards),
            awarded_on=self._dates(award.awarded_on for award in awards),
            signed_on=self._dates(award.signed_on for award in awards),
            begins_on=self._dates(row.begins for row in contracts),
            planned_end_on=self._dates(row.planned_end - 1 for row in contracts),
            ends_on=self._dates(row.ends - 1 for row in contracts),
            evaluations=_column(row.evaluations for row in contracts),
            passed=_column(row.passed for row in contracts),
            mark_parts=_column(row.mark for row in contracts),
            gap_days=_column(row.gap_days for row in contracts),
            gap_cause=_column(row.gap_cause for row in contracts),
            supplement_posts=_column(row.supplement for row in contracts),
        )
        self.ledger.add(
            "contract_steps",
            np.full(len(steps), county),
            lot=_column(row.lot for row in steps),
            sequence=_column(row.sequence for row in steps),
            round=_column(row.round for row in steps),
            place=_column(row.place for row in steps),
            step=_column(STEPS.index(row.step.name) for row in steps),
            happens_on=self._dates(row.step.on for row in steps),
            earliest_on=self._dates(row.step.earliest for row in steps),
            latest_on=self._dates(row.step.latest for row in steps),
            mark_parts=_column(row.mark for row in steps),
        )

    def _dates(self, days: Iterable[int]) -> Whole:
        """Civil days as days since 1970, as dates are stored."""
        civil = _column(days)
        first = (self.setting.calendar.first_day - date(1970, 1, 1)).days
        return np.where(civil >= NO_DATE, NO_DATE, civil + first)

    def tables(self, accounts: Sequence[Sequence[Row]]) -> Tables:
        """The tables; accounts: what each county's budget and its services entered."""
        self._money([[*rows, *self._planned(at)] for at, rows in enumerate(accounts)])
        return self.ledger.tables()

    def _planned(self, county: int) -> list[Row]:
        """What a county could spend on services each year, where the scenario buys none."""
        services = 0 if self.setting.services else self.counties.members[county].services_limit
        years = range(self.setting.scenario.run.years if services else 0)
        return [(year * MONTHS_PER_YEAR, "cap_services", "assistance_fund", services) for year in years]

    def _money(self, accounts: Sequence[Sequence[Row]]) -> None:
        """Record the accounts of the counties; entries of one month, line and source are added up."""
        entries = [entry for rows in accounts for entry in rows]
        if not entries:
            return
        lines = sorted({line for _, line, *_ in entries})
        sources = sorted({source for _, _, source, _ in entries})
        line_of, source_of = ({name: at for at, name in enumerate(names)} for names in (lines, sources))
        where = (
            np.repeat(np.arange(len(accounts)), [len(rows) for rows in accounts]),
            _column(month for month, *_ in entries),
            _column(line_of[line] for _, line, *_ in entries),
            _column(source_of[source] for _, _, source, _ in entries),
        )
        shape = (len(accounts), int(where[1].max()) + 1, len(lines), len(sources))
        cells, entry_cell = np.unique(np.ravel_multi_index(where, shape), return_inverse=True)
        fen = np.zeros(len(cells), dtype=np.int64)
        np.add.at(fen, entry_cell, _column(amount for *_, amount in entries))
        county, month, line, source = np.unravel_index(cells, shape)
        self.ledger.names |= {"line": lines, "source": sources}
        self.ledger.add("money", county, month=month, line=line, source=source, fen=fen)

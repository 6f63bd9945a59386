"""A scenario made ready: its place, law and assumptions as the plain numbers that months run on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simlib.chance import Luck
from simlib.desks.norms import WAIT_BITS
from simlib.desks.trace import ON_CALL, Norms, TraceMaker, norms_from
from simlib.errors import LawError, Problem, ScenarioError
from simlib.places.place import Place, load_place
from simlib.policy.localclocks import under_rule
from simlib.policy.localrule import LocalRule
from simlib.policy.notyet import in_force, not_yet
from simlib.policy.procedure import DELEGATED, Procedures, load_procedures
from simlib.policy.statutes import Law
from simlib.scenario import (
    APPLICATION,
    FIXED,
    NONE,
    YEARLY,
    YES,
    Assumed,
    Scenario,
    acts_in_run_up,
    scenario_hash,
)
from simlib.units import (
    MINUTES_PER_HOUR,
    MONTHS_PER_YEAR,
)
from simlib.worktime import CALENDAR, WORKING, Calendar, Sessions, sessions_of, work_calendar
from simlib.years.askedposts import posts_asked, staffing_of
from simlib.years.cases.rates import CaseloadRates, caseload_rates
from simlib.years.contracts.purchaserules import PurchaseRules, purchase_rules
from simlib.years.county import Batch, Counties, County, batches, side_by_side
from simlib.years.countysetting import assistant_days, county_of
from simlib.years.digests import code_digest, purchase_ids
from simlib.years.people.posts import Terms
from simlib.years.people.tenure import WorkforceRates, workforce_rates
from simlib.years.services.servicerules import ServiceRules, service_rules

Whole = NDArray[np.int64]

_COUNTY_DIGITS = 6
_ELSEWHERE = "clocks.dibao.rereview_stable_months"
"""How often those are looked at again whom other offices recognise."""
_DAYS_TO_SPARE, _LONGEST_HOLIDAY = 300, 15
"""Of a year of the calendar, so that what begins late in the one before ends in it; days off at a stretch."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything a replication of a scenario needs, but its chance."""

    scenario: Scenario
    place: Place
    law: Law
    assumed: Assumed
    procedures: Procedures
    calendar: Calendar
    norms: Norms
    caseload: CaseloadRates
    workforce: WorkforceRates
    purchase: PurchaseRules | None
    services: ServiceRules | None
    staffing: pd.DataFrame
    counties: Mapping[str, County]
    hash: str
    opening_hash: str

    def benefits(self, month: int) -> dict[str, int]:
        """What a person of each programme is paid in a month of the plan, risen with the standard [fen]."""
        return self.caseload.benefits(month)

    @property
    def month_of_day(self) -> Whole:
        """Month of the plan each civil day of the calendar lies in [days]."""
        first = np.datetime64(self.calendar.first_day, "D")
        months = (first + np.arange(self.calendar.days)).astype("datetime64[M]").astype(np.int64)
        return months - (self.scenario.run.first_year - 1970) * MONTHS_PER_YEAR

    @property
    def paid_month_of_day(self) -> Whole:
        """First month of payment after a decision on each civil day of the calendar [days].

        The month after it (57号 art. 21), or the one after that where the list of payments is closed by then.
        """
        first = np.datetime64(self.calendar.first_day, "D") + np.arange(self.calendar.days)
        of_month = (first - first.astype("datetime64[M]")).astype(np.int64) + 1
        is_late: Whole = (of_month > int(self.assumed.number("payment.list_day"))).astype(np.int64)
        return self.month_of_day + 1 + is_late

    @property
    def terms(self) -> Terms:
        """What the plan decides about the people it buys."""
        policy, day = self.scenario.policy, self.calendar.day
        return Terms(
            from_day=day(date(self.scenario.run.first_year, 1, 1)),
            term_years=policy.term_years,
            is_appraised=policy.appraisal == YEARLY,
            rollout=tuple(day(when) for when in policy.rollout),
        )

    @property
    def posts_existing(self) -> int:
        """Posts of townships and bureaus today; verification centres stand outside the formulas [post]."""
        return sum(county.posts_existing for county in self.counties.values())

    @property
    def posts_gap(self) -> int:
        """Posts the formula misses, in all [post]."""
        return sum(int(county.gap.sum()) for county in self.counties.values())

    def batches(self, replications: range) -> list[Batch]:
        """What is simulated together: every county in every replication, once."""
        return batches(list(self.counties.values()), replications)

    def side_by_side(self, batch: Batch) -> Counties:
        """The counties of a batch side by side."""
        return side_by_side([self.counties[code] for code in batch.counties], batch.replications)

    def closed_offices(self, counties: Counties) -> dict[int, frozenset[int]]:
        """Working days on which offices do not open, by the number of the office."""
        day = self.calendar.day
        shut: dict[int, set[int]] = {}
        for code, dates in self.scenario.future.closed.items():
            workdays = {
                int(self.calendar.workday_of_day[day(when)])
                for when in dates
                if 0 <= day(when) < self.calendar.days and self.calendar.is_workday(when)
            }
            for office, name in enumerate(counties.offices):
                if name == code or (len(code) == _COUNTY_DIGITS and name.startswith(code)):
                    shut.setdefault(office, set()).update(workdays)
        return {office: frozenset(days) for office, days in shut.items()}

    def trace_maker(self, counties: Counties, luck: Luck) -> TraceMaker:
        """What turns the counties' matters into cases."""
        policy = self.scenario.policy
        return TraceMaker(
            self.procedures,
            self.norms,
            self.calendar,
            luck,
            area_codes=counties.area_codes,
            area_office=counties.area_office,
            bureau=counties.bureau_of_area,
            verification=counties.verification_of_area,
            trip_ticks=counties.trip_ticks,
            levers={DELEGATED, ON_CALL} & {policy.decision, policy.duty},
            order=policy.order,
            second_visitor=policy.second_visitor,
            assistant_days=counties.assistant_days,
            roll=policy.roll == YES,
        )


def prepare(scenario: Scenario, *, law: Law, place: Place | None = None) -> Setting:
    """A scenario made ready.

    Raises ScenarioError, PlaceError or LawError for whatever does not fit together.
    """
    place = place or load_place(scenario.place)
    _check_named(scenario, law)
    assumed = Assumed(law, scenario)
    rule = None if scenario.policy.local_rule == NONE else law.local_rule(scenario.policy.local_rule)
    procedures = _procedures(scenario, law, rule, assumed.on)
    local = [] if rule is None else [f"local.{rule.id}"]
    run, norms = scenario.run, norms_from(procedures, assumed.value)
    longest_visit_wait = int(assistant_days(place.townships, scenario, assumed).max(initial=0))
    calendar = work_calendar(
        run.first_year - 1 - run.opening_months // 12 - 1,
        run.first_year + run.years + 1 + _years_of_waits(procedures, norms, longest_visit_wait),
        frozenset(scenario.future.rest_days),
        frozenset(scenario.future.work_days),
        _sessions(assumed),
    )
    staffing = staffing_of(scenario, place, law)
    posts = posts_asked(staffing)
    bureaus = {str(row["county_code"]): row for row in place.counties.to_dict("records")}
    caseload = caseload_rates(
        assumed.value, assumed.number, procedures, _periods(rule, procedures, assumed.on)
    )
    assumed.number("payment.list_day")
    counties = {
        code: county_of(code, bureau, place, scenario, law, assumed, posts, caseload.benefit_fen)
        for code, bureau in bureaus.items()
        if code in place.by_county
    }
    _check_closed(scenario, counties)
    _check_rollout(scenario, int(assumed.number("budget.months_before_vote")))
    _check_days(scenario, calendar)
    workforce = workforce_rates(assumed.value, assumed.number)
    ids = [name for name in (scenario.policy.formula, scenario.policy.money) if name not in (NONE, FIXED)]
    if scenario.policy.services != NONE:
        ids += [scenario.policy.services, *law.money_rule(scenario.policy.services).value_keys()]
    if scenario.policy.money not in (NONE, FIXED):
        ids += law.money_rule(scenario.policy.money).value_keys()
    before = {key for key in assumed.read if acts_in_run_up(key)}
    ids += local
    opening = {
        "place": place.digest,
        "law": law.digest([*before, *local]),
        "values": [told for told in assumed.canonical() if told[0] in before],
        "code": code_digest(),
    }
    purchase = purchase_rules(
        scenario.policy, law=law, on=assumed.on, value=assumed.value, number=assumed.number
    )
    if purchase is not None:
        ids += purchase_ids(purchase.document, law)
    services = service_rules(scenario, place=place, law=law, assumed=assumed)
    if services is not None:
        ids += services.read
        if services.panel is not None:
            ids += purchase_ids(services.panel.purchase.document, law)
    parts = {**opening, "law": law.digest([*ids, *assumed.read]), "values": assumed.canonical()}
    return Setting(
        scenario=scenario,
        place=place,
        law=law,
        assumed=assumed,
        procedures=procedures,
        calendar=calendar,
        norms=norms,
        caseload=caseload,
        workforce=workforce,
        purchase=purchase,
        services=services,
        staffing=staffing,
        counties=counties,
        hash=scenario_hash(scenario, **parts),
        opening_hash=scenario_hash(scenario.status_quo(), **opening),
    )


def _check_named(scenario: Scenario, law: Law) -> None:
    """Raise ScenarioError for every text of law that the policy names and nobody has."""
    policy, problems = scenario.policy, list[Problem]()
    named: dict[str, tuple[str, Callable[[str], object]]] = {
        "policy.formula": (policy.formula, law.formula),
        "policy.money": (policy.money, law.money_rule),
        "policy.services": (policy.services, law.money_rule),
        "policy.local_rule": (policy.local_rule, law.local_rule),
    }
    for key, (name, find) in named.items():
        try:
            if name not in (NONE, FIXED):
                find(name)
        except LawError as error:
            problems += [replace(problem, column=key) for problem in error.problems]
    if problems:
        raise ScenarioError(problems)


def _procedures(scenario: Scenario, law: Law, rule: LocalRule | None, on: date) -> Procedures:
    """The routes as the scenario and the local rule it names have them on a day."""
    procedures = load_procedures()
    if scenario.policy.marginal_renewal == APPLICATION:
        procedures = procedures.renewed_by_application("marginal")
    return in_force(procedures if rule is None else under_rule(procedures, rule, on=on), law, on=on)


def _periods(rule: LocalRule | None, procedures: Procedures, on: date) -> dict[str, tuple[str, str]]:
    """Keys of how often a programme is looked at again, where that is not the national text's own.

    Whoever another text recognises is looked at elsewhere, as often as a monitored household.
    """
    early = {
        name: ("", _ELSEWHERE)
        for route in not_yet(procedures)
        for name in load_procedures().routes[route.id].programmes
    }
    return early | ({} if rule is None else rule.on(on).periods())


def _years_of_waits(procedures: Procedures, norms: Norms, longest_visit_wait: int) -> int:
    """Years beyond the one after the plan in which a term or the waits of a route may end [year].

    longest_visit_wait: for the assistant of a village [working day].
    """
    longest = 0
    for route in procedures.routes.values():
        terms = [sum(_at_most(kind, norms.terms[key]) for kind, key in clock.terms) for clock in route.clocks]
        waits = [
            _at_most(step.wait_kind, int(norms.waits[step.wait].knots[-1]) >> WAIT_BITS)
            for step in route.steps
            if step.wait and not step.on_duty
        ]
        visits = sum(step.people > 1 for step in route.steps) * _at_most(WORKING, longest_visit_wait)
        longest = max(longest, sum(waits) + (visits if longest_visit_wait else 0), *terms, 0)
    return -(-max(longest - _DAYS_TO_SPARE, 0) // _DAYS_TO_SPARE)


def _at_most(kind: int, length: int) -> int:
    """Civil days that so many days or hours can take [day]."""
    if kind == WORKING:
        return 2 * length + _LONGEST_HOLIDAY
    return length if kind == CALENDAR else length // 24 + 1


def _check_closed(scenario: Scenario, counties: Mapping[str, County]) -> None:
    known = {office for county in counties.values() for office in county.offices} | set(counties)
    strange = [code for code in scenario.future.closed if code not in known]
    if strange:
        raise ScenarioError(
            [Problem("scenario_closed", column="future.closed", values={"found": code}) for code in strange]
        )


def _sessions(assumed: Assumed) -> Sessions:
    """When desks are open on a working day."""
    hours = [assumed.number(f"office.{name}_hour") for name in ("opens", "rests", "again")]
    try:
        return sessions_of(*(round(hour * MINUTES_PER_HOUR) for hour in hours))
    except ValueError:
        values = {"opens": f"{hours[0]:g}", "rests": f"{hours[1]:g}", "again": f"{hours[2]:g}"}
        raise ScenarioError(Problem("scenario_hours", column="assumptions", values=values)) from None


def _check_rollout(scenario: Scenario, months_before_vote: int) -> None:
    """Refuse a campaign outside the plan, or over before the first vote: nobody could be hired in it."""
    run, days = scenario.run, scenario.policy.rollout
    first, last = date(run.first_year, 1, 1), date(run.first_year + run.years - 1, 12, 31)
    strange = [when for when in days if not first <= when <= last]
    if strange:
        values = {"found": str(strange[0]), "first": str(first), "last": str(last)}
        raise ScenarioError(Problem("scenario_rollout_outside", column="policy.rollout", values=values))
    vote = date(run.first_year, months_before_vote + 1, 1)
    if days and days[1] < vote:
        values = {"found": str(days[1]), "vote": str(vote), "key": "budget.months_before_vote"}
        raise ScenarioError(Problem("scenario_rollout_unvoted", column="policy.rollout", values=values))


def _check_days(scenario: Scenario, calendar: Calendar) -> None:
    """Refuse days off or worked that no calendar of this run holds: a year was mistyped."""
    future = scenario.future
    first, last = calendar.date_of(0), calendar.date_of(calendar.days - 1)
    named = {"rest_days": future.rest_days, "work_days": future.work_days}
    named |= {f"closed.{code}": days for code, days in future.closed.items()}
    strange = [(key, day) for key, days in named.items() for day in days if not first <= day <= last]
    if strange:
        raise ScenarioError(
            Problem(
                "scenario_day_outside",
                column=f"future.{key}",
                values={"found": str(day), "first": str(first), "last": str(last)},
            )
            for key, day in strange
        )

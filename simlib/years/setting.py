"""A scenario made ready: its place, law and assumptions as the plain numbers that months run on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simlib.chance import Luck
from simlib.desks.norms import WAIT_BITS
from simlib.desks.trace import ON_CALL, Norms, TraceMaker, norms_from
from simlib.errors import LawError, Problem, ScenarioError
from simlib.places.columns import FLOWS
from simlib.places.place import Place, load_place
from simlib.policy.buying.purchasemethod import PROCUREMENT_LAW
from simlib.policy.funding import SHARINGS, Needs, county_posts, posts_money
from simlib.policy.lawhead import AT_MOST
from simlib.policy.localclocks import under_rule
from simlib.policy.localrule import LocalRule
from simlib.policy.prices import price_of_post, yearly_price_fen
from simlib.policy.procedure import DELEGATED, VILLAGE, Procedures, load_procedures
from simlib.policy.staffing import required_posts
from simlib.policy.statutes import Law
from simlib.scenario import (
    APPLICATION,
    FIXED,
    MOST_POSTS,
    NONE,
    YEARLY,
    YES,
    Assumed,
    Scenario,
    acts_in_run_up,
    scenario_hash,
)
from simlib.units import (
    FEN_PER_YUAN,
    MINUTES_PER_HOUR,
    MONTHS_PER_YEAR,
    TICKS_PER_MINUTE,
    largest_remainder,
    share_parts,
)
from simlib.worktime import CALENDAR, WORKING, Calendar, Sessions, sessions_of, work_calendar
from simlib.years.cases.households import STOCKS
from simlib.years.cases.lifelines import Stock
from simlib.years.cases.rates import CaseloadRates, caseload_rates
from simlib.years.contracts.purchaserules import PurchaseRules, purchase_rules
from simlib.years.county import Batch, Counties, County, batches, side_by_side
from simlib.years.money.budgetrules import MoneyRules, year_dates
from simlib.years.money.cash import grant_rules
from simlib.years.people.posts import Terms
from simlib.years.people.tenure import WorkforceRates, workforce_rates
from simlib.years.services.servicerules import ServiceRules, service_rules

Whole = NDArray[np.int64]

POSTS_LEVELS = ("township", "county")
"""Levels whose posts work at the simulated desks."""
_VERIFICATION_CODE = 1_000_000_000
_COUNTY_DIGITS = 6
_DAYS_TO_SPARE, _LONGEST_HOLIDAY = 300, 15
"""Of a year of the calendar, so that what begins late in the one before ends in it; days off at a stretch."""
_WORKING_YEAR = 250
"""Who is at hand less often than once in so many working days is counted as not there [working day]."""
_ROOMS = ("places", "policy", "scenario", "desks", "years")
_LOOSE = ("chance.py", "dated.py", "units.py", "worktime.py")


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
    procedures, local = _procedures(scenario, rule, assumed.on), [] if rule is None else [f"local.{rule.id}"]
    run, norms = scenario.run, norms_from(procedures, assumed.value)
    longest_visit_wait = int(_assistant_days(place.townships, scenario, assumed).max(initial=0))
    calendar = work_calendar(
        run.first_year - 1 - run.opening_months // 12 - 1,
        run.first_year + run.years + 1 + _years_of_waits(procedures, norms, longest_visit_wait),
        frozenset(scenario.future.rest_days),
        frozenset(scenario.future.work_days),
        _sessions(assumed),
    )
    staffing = _staffing(scenario, place, law)
    posts = _posts_asked(staffing)
    bureaus = {str(row["county_code"]): row for row in place.counties.to_dict("records")}
    periods = {} if rule is None else rule.on(assumed.on).periods()
    caseload = caseload_rates(assumed.value, assumed.number, procedures, periods)
    assumed.number("payment.list_day")
    counties = {
        code: _county(code, bureau, place, scenario, law, assumed, posts, caseload.benefit_fen)
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


def _procedures(scenario: Scenario, rule: LocalRule | None, on: date) -> Procedures:
    """The routes as the scenario and the local rule it names have them."""
    procedures = load_procedures()
    if scenario.policy.marginal_renewal == APPLICATION:
        procedures = procedures.renewed_by_application("marginal")
    return procedures if rule is None else under_rule(procedures, rule, on=on)


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


def purchase_ids(document: str, law: Law) -> list[str]:
    """Ids of the law that purchases under a document are counted by: texts, terms, the place's thresholds."""
    texts, waiting = {PROCUREMENT_LAW}, [document]
    while waiting:
        name = waiting.pop()
        waiting += [above for above in law.purchasing[name].under if above not in texts]
        texts.add(name)
    terms = [key for key in law.values if key.startswith(("clocks.purchase.", "purchase."))]
    return [*(f"purchasing.{name}" for name in sorted(texts)), *terms]


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


@cache
def code_digest() -> str:
    """sha256 of the modules that make a run's numbers, routes and catalogues included.

    Read once: this process goes on with what it has loaded.
    """
    home = Path(__file__).resolve().parent.parent
    files = [home / name for name in _LOOSE]
    for room in _ROOMS:
        files += sorted((home / room).rglob("*.py"))
    files += [
        *sorted((home / "law" / "routes").glob("*.yaml")),
        *sorted((home / "law" / "catalogue").glob("*.yaml")),
    ]
    whole = hashlib.sha256()
    for file in files:
        whole.update(
            file.relative_to(home).as_posix().encode() + b"\0" + file.read_bytes().replace(b"\r\n", b"\n")
        )
    return whole.hexdigest()


def price_fen(scenario: Scenario, place: Place, law: Law) -> int:
    """All-in price of a bought post in its first year [fen]: the planner's, else what the law says.

    Raises ScenarioError where posts are to be bought and no price is known.
    """
    if scenario.policy.price_yuan is not None:
        return scenario.policy.price_yuan * FEN_PER_YUAN
    known = price_of_post(law, place)
    if known is None and (scenario.policy.formula != NONE or scenario.policy.posts):
        raise ScenarioError(Problem("scenario_price", column="policy.price_yuan"))
    return known or 1


def _staffing(scenario: Scenario, place: Place, law: Law) -> pd.DataFrame:
    """Posts the formula asks for, by office; empty where nothing is bought; or the planner's own posts."""
    given = scenario.policy.posts
    if scenario.policy.formula == NONE:
        asked = _nothing_asked(place)
        return _given(asked, scenario, price_fen(scenario, place, law)) if given else asked
    asked = required_posts(
        place,
        scenario.policy.formula,
        law=law,
        reading=scenario.policy.reading,
        price_fen=price_fen(scenario, place, law),
    )
    return _given(asked, scenario, price_fen(scenario, place, law)) if given else asked


def _given(asked: pd.DataFrame, scenario: Scenario, price: int) -> pd.DataFrame:
    """The table with the planner's posts in place of what is missing; without a formula they are asked for.

    Raises ScenarioError for a code that is no office of the table.
    """
    given = scenario.policy.posts
    offices = asked["level"].isin(POSTS_LEVELS)
    strange = sorted(set(given) - set(asked.loc[offices, "area_code"]))
    if strange:
        raise ScenarioError(
            [Problem("scenario_posts", column="policy.posts", values={"found": code}) for code in strange]
        )
    gap = asked["area_code"].map(given).where(offices).fillna(0).astype("int64")
    table = asked.assign(gap=gap, cost_yuan_year1=gap * price // FEN_PER_YUAN)
    if scenario.policy.formula == NONE:
        table = table.assign(posts_required=table["posts_existing"] + gap)
    return table


def _nothing_asked(place: Place) -> pd.DataFrame:
    """The same table where no formula is applied: every office with its posts and nothing required."""
    parts = [
        pd.DataFrame(
            {
                "area_code": frame[code],
                "area": frame[name],
                "level": level,
                "driver": "",
                "driver_value": 0,
                "posts_required": 0,
                "posts_existing": frame["posts_payroll"] + frame["posts_contract"],
                "gap": 0,
                "cost_yuan_year1": 0,
                "modality": "",
            }
        )
        for frame, code, name, level in (
            (place.counties, "county_code", "county", "county"),
            (place.townships, "area_code", "area", "township"),
        )
    ]
    return pd.concat(parts, ignore_index=True)


def _posts_asked(staffing: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Posts required of each office, and missing, by its code."""
    asked = staffing[staffing["level"].isin(POSTS_LEVELS) & (staffing["modality"] != AT_MOST)]
    columns = (asked[name].tolist() for name in ("area_code", "posts_required", "gap"))
    return {str(code): (int(required), int(gap)) for code, required, gap in zip(*columns, strict=True)}


def _county(
    code: str,
    bureau: Mapping[Hashable, Any],
    place: Place,
    scenario: Scenario,
    law: Law,
    assumed: Assumed,
    posts: Mapping[str, tuple[int, int]],
    benefit_fen: Mapping[str, int],
) -> County:
    towns = place.by_county[code].townships
    offices = (*towns["area_code"], code, f"{code}V")
    share = np.append(
        towns["assistance_share"].to_numpy(float), [assumed.number("county.assistance_share")] * 2
    )
    required, gap = np.array([posts.get(office, (0, 0)) for office in offices], dtype=np.int64).T.copy()
    dibao_fen = int(bureau["dibao_spending_yuan"]) * FEN_PER_YUAN
    payroll = _heads(towns["posts_payroll"], bureau["posts_payroll"], bureau["posts_verification"])
    contract = _heads(towns["posts_contract"], bureau["posts_contract"], 0)
    stocks = {
        name: Stock(
            towns[f"{name}_households"].to_numpy(np.int64), towns[f"{name}_persons"].to_numpy(np.int64)
        )
        for name in STOCKS
    }
    return County(
        code=code,
        townships=towns,
        offices=offices,
        office_codes=np.array([*map(int, offices[:-1]), int(code) + _VERIFICATION_CODE], dtype=np.int64),
        stocks=stocks,
        flows={name: towns[f"{name}_persontimes"].to_numpy(np.int64) for name in FLOWS},
        trip_ticks=2 * towns["travel_minutes"].to_numpy(np.int64) * TICKS_PER_MINUTE,
        assistants_per_village=_per_village(towns),
        assistant_days=_assistant_days(towns, scenario, assumed),
        payroll=payroll,
        payroll_share=share,
        contract=contract,
        required=required,
        opening_backlog=towns["opening_backlog"].to_numpy(np.int64),
        gap=gap,
        money=_money(
            code,
            place,
            scenario,
            law,
            assumed,
            offices,
            required,
            gap,
            payroll + contract,
            stocks,
            dibao_fen,
            sum(int(stock.persons.sum()) * benefit_fen[name] for name, stock in stocks.items()),
        ),
        services_limit=_services(code, place, scenario),
    )


def _check_most(offices: Sequence[str], posts: Whole) -> None:
    """Refuse more posts at one office than are told apart there."""
    beyond = [(code, int(count)) for code, count in zip(offices, posts, strict=True) if count > MOST_POSTS]
    if beyond:
        code, count = beyond[0]
        values = {"office": code, "found": count, "most": MOST_POSTS}
        raise ScenarioError(Problem("scenario_most_posts", column="policy.price_yuan", values=values))


def _per_village(towns: pd.DataFrame) -> NDArray[np.float64]:
    villages = np.maximum(towns["villages"].to_numpy(float), 1)
    each: NDArray[np.float64] = np.minimum(towns["posts_village"].to_numpy(float) / villages, 1.0)
    return each


def _assistant_days(towns: pd.DataFrame, scenario: Scenario, assumed: Assumed) -> Whole:
    """Every how many working days an assistant is at hand in a village of each township.

    Each gives assistance a part of his time, so he is there one day in so many; where there are fewer of them
    than villages they take turns. 0 where there is none, or none within a year, and where nobody asks.
    """
    if scenario.policy.second_visitor != VILLAGE:
        return np.zeros(len(towns), dtype=np.int64)
    share = assumed.number("village.assistance_share")
    each = towns["posts_village"].to_numpy(float) / np.maximum(towns["villages"].to_numpy(float), 1) * share
    days = np.ceil(1 / np.maximum(each, 1e-9) - 1e-9)
    found: Whole = np.where(days <= _WORKING_YEAR, days, 0).astype(np.int64)
    return found


def _heads(towns: pd.Series, bureau: int, verification: int) -> Whole:
    return np.append(towns.to_numpy(np.int64), [int(bureau), int(verification)])


def _money(
    code: str,
    place: Place,
    scenario: Scenario,
    law: Law,
    assumed: Assumed,
    offices: Sequence[str],
    required: Whole,
    gap: Whole,
    existing: Whole,
    stocks: Mapping[str, Stock],
    dibao_fen: int,
    monthly_fen: int,
) -> MoneyRules:
    policy, future, years = scenario.policy, scenario.future, scenario.run.years
    term = policy.term_years
    grades = yearly_price_fen(
        price_fen(scenario, place, law), str(policy.rise_share), years=max(years, term) + 1
    )
    households = sum(stock.households for stock in stocks.values())
    by_code = np.argsort(np.array(offices), kind="stable")
    columns = (required, gap, np.append(households, [0, 0]), existing)
    needs = Needs(*(column[by_code].tolist() for column in columns))
    fixed = fixed_limits(scenario, place)

    def amount(base: int) -> int | None:
        if policy.money == NONE:
            return None
        if policy.money == FIXED:
            return fixed[code]
        money = posts_money(
            policy.money,
            law=law,
            place=place.by_county[code],
            base_fen={code: base},
            share_for_posts=policy.share_for_posts,
            reading=policy.money_reading,
        )
        return money[code]

    @cache
    def fund(money_fen: int | None, price: int) -> Whole:
        posts = np.empty(len(offices), dtype=np.int64)
        posts[by_code] = county_posts(
            needs,
            money_fen=money_fen,
            price_fen=price,
            sharing=next(name for name in SHARINGS if name == policy.sharing),
            spend="all" if policy.spend == "all" else "gap",
            method="webster" if policy.method == "webster" else "largest_remainder",
        )
        _check_most(offices, posts + existing)
        return posts

    fund(amount(dibao_fen) if policy.money_as == "cap" else None, grades[0])
    return MoneyRules(
        amount=amount,
        binds=policy.money_as == "cap" and policy.money != NONE,
        fund=fund,
        prices=grades[:years],
        grades=grades,
        rise=str(policy.rise_share),
        first_base=dibao_fen,
        first_benefits=monthly_fen * MONTHS_PER_YEAR,
        dates=year_dates(
            assumed.number,
            release_delay_months=future.release_delay_months,
            freeze_month=future.freeze_month,
            freeze_parts=share_parts(future.freeze_share),
        ),
        grants=grant_rules(assumed.number, delay_months=future.release_delay_months),
        payroll_fen=round(assumed.number("budget.payroll_yuan") * FEN_PER_YUAN),
        workload_parts=share_parts(policy.workload_pay_share),
        contract_years=term,
    )


def fixed_limits(scenario: Scenario, place: Place) -> dict[str, int]:
    """The planner's own yearly amount shared over counties by their dibao spending [fen]."""
    if scenario.policy.money != FIXED:
        return {}
    if scenario.policy.cap_yuan is None:
        raise ScenarioError(Problem("scenario_cap", column="policy.cap_yuan"))
    codes = [str(code) for code in place.counties["county_code"]]
    weights = [int(yuan) for yuan in place.counties["dibao_spending_yuan"]]
    shares = largest_remainder(scenario.policy.cap_yuan * FEN_PER_YUAN, weights)
    return dict(zip(codes, shares, strict=True))


def _services(code: str, place: Place, scenario: Scenario) -> int:
    """Money that may buy services a year, from the grant of the year before [fen]."""
    share = scenario.policy.services_share
    if not share:
        return 0
    grant = int(place.counties.set_index("county_code")["grant_yuan"][code]) * FEN_PER_YUAN
    return int(grant * round(share * 1_000_000) // 1_000_000)

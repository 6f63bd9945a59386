"""What each county has for services: grant and cap, other money, when they begin where, who delivers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simlib.errors import Problem, ScenarioError
from simlib.places.columns import PROGRAMMES
from simlib.places.place import Place
from simlib.policy.funding import services_money
from simlib.policy.services.fund import GRANT, OUTSIDE, fund_order
from simlib.policy.statutes import Law
from simlib.scenario import Assumed, Scenario
from simlib.units import (
    FEN_PER_YUAN,
    MONTHS_PER_YEAR,
    largest_remainder,
)
from simlib.yamlfile import nearest

Whole = NDArray[np.int64]

HANDS = ("provider", "hardship", "sixty")
"""Who delivers: the provider's workers; helpers of "hardship helps hardship" and of "60 helps 80"."""
PROVIDER, HARDSHIP, SIXTY = range(len(HANDS))
HELPERS = HANDS[1:]
_THOUSAND = 1000
"""Helpers are told for so many families."""


@dataclass(frozen=True, slots=True)
class CountyServices:
    """What one county has for services. grant_fen: of the year before the plan; owns_grant: whether that is a
    figure of its own; aid_fen: temporary aid expected in a year; outside_fen: a year, in the
    order of use, the grant's place 0. begins: month of the plan from which each township has services; opens:
    the day of that month, 0 its first.
    workers, skilled: of its provider. helpers: by kind and township [2 × townships].
    """

    grant_fen: int
    owns_grant: bool
    aid_fen: int
    outside_fen: tuple[int, ...]
    begins: Whole
    opens: Whole
    workers: int
    skilled: int
    helpers: NDArray[np.int64]


class Cap(NamedTuple):
    """Most that a county's grant may pay for services, and what the grant is held to leave [fen]."""

    fen: int
    left_fen: int


PILOT = ("services.pilot_first_day", "services.pilot_wide_day")


class ServiceDays(NamedTuple):
    """The day services begin in priority townships, and the one from which they are everywhere."""

    first: date
    wide: date


def service_days(scenario: Scenario, law: Law) -> ServiceDays:
    """The days services begin: the plan's own, those of the pilot while it has not gone wide yet, or later as
    far apart as in the pilot, from the plan's first day.

    Raises ScenarioError for days that all lie after the plan.
    """
    run = scenario.run
    start, last = date(run.first_year, 1, 1), date(run.first_year + run.years - 1, MONTHS_PER_YEAR, 31)
    pilot = ServiceDays(*(law.dated(key).entries[-1].value for key in PILOT))
    days = pilot
    if scenario.policy.services_dates:
        days = ServiceDays(*scenario.policy.services_dates)
    elif start > pilot.wide:
        months = (pilot.wide.year - pilot.first.year) * MONTHS_PER_YEAR + pilot.wide.month - pilot.first.month
        years, months = divmod(months, MONTHS_PER_YEAR)
        days = ServiceDays(start, date(start.year + years, months + 1, 1))
    if days.first > last:
        values = {"found": str(days.first), "last": str(last)}
        raise ScenarioError(Problem("services_after_plan", column="policy.services_dates", values=values))
    return days


def first_service_day(scenario: Scenario, law: Law) -> date:
    """The day services begin within the plan, whose law holds for them. Raises as `service_days`."""
    return max(service_days(scenario, law).first, date(scenario.run.first_year, 1, 1))


def aid_fen_of(assumed: Assumed) -> int:
    """Temporary aid each time it is granted [fen]."""
    return round(assumed.number("places.benefit_yuan.temporary") * FEN_PER_YUAN)


def cap_of(
    scenario: Scenario, place: Place, law: Law, assumed: Assumed
) -> Callable[[str, int, int | None], Cap]:
    """What the money rule lets a county spend out of the grant, from last year's grant and what this year's
    leaves after benefits [fen]; None: not known, an assumed share of last year's.

    Raises LawError for a rule that says nothing for the day services begin.
    """
    policy, day = scenario.policy, first_service_day(scenario, law)
    share = Fraction(str(policy.services_share))
    lacking = set(map(str, place.counties["county_code"])) - place.own_grants()
    assumed_share = Fraction(str(assumed.number("services.grant_left_share"))) if lacking else Fraction(0)
    codes = [str(code) for code in place.counties["county_code"]]
    law.money_rule(policy.services).version(day)

    def cap(code: str, base_fen: int, left_fen: int | None) -> Cap:
        rest = int(base_fen * assumed_share) if left_fen is None else left_fen
        found = services_money(
            policy.services,
            law=law,
            place=place,
            base_fen=dict.fromkeys(codes, base_fen),
            remaining_fen=dict.fromkeys(codes, rest),
            on=day,
            share=share,
        )
        return Cap(found[code], rest)

    return cap


def counties_of(scenario: Scenario, place: Place, law: Law, assumed: Assumed) -> Mapping[str, CountyServices]:
    """What each county has, by its code.

    Raises ScenarioError for a priority township that is not there, and for days that all lie after the plan.
    """
    policy, number = scenario.policy, assumed.number
    order = fund_order(law)
    towns = place.townships
    families = towns[[f"{name}_households" for name in PROGRAMMES]].sum(axis=1).to_numpy(np.int64)
    begins, opens = _begins(scenario, towns, families, law, number("services.priority_share"))
    codes = [str(code) for code in place.counties["county_code"]]
    of_county = towns["county_code"].astype(str).to_numpy()
    weights = [int(families[of_county == code].sum()) for code in codes]
    asked = {
        "special": policy.special_yuan,
        "lottery": policy.lottery_yuan,
        "donations": policy.donations_yuan,
    }
    outside = {
        fund: largest_remainder(asked[fund] * FEN_PER_YUAN, weights if sum(weights) else [1] * len(codes))
        for fund in OUTSIDE
    }
    workers = _workers(policy.service_workers, weights, number("services.households_per_worker"))
    rates = [_helpers(kind, policy.mutual_help, number) for kind in HELPERS]
    grants, owners, aid_fen = place.counties["grant_yuan"].to_numpy(), place.own_grants(), aid_fen_of(assumed)
    found = {}
    for at, code in enumerate(codes):
        mine = families[of_county == code].tolist()
        found[code] = CountyServices(
            grant_fen=int(grants[at]) * FEN_PER_YUAN,
            owns_grant=code in owners,
            aid_fen=aid_fen * int(towns["temporary_persontimes"].to_numpy(np.int64)[of_county == code].sum()),
            outside_fen=tuple(0 if fund == GRANT else outside[fund][at] for fund in order),
            begins=begins[of_county == code],
            opens=opens[of_county == code],
            workers=workers[at],
            skilled=-int(-workers[at] * number("services.skilled_share") // 1),
            helpers=np.array(
                [largest_remainder(round(sum(mine) * rate / _THOUSAND), mine) for rate in rates],
                dtype=np.int64,
            ),
        )
    return found


def _helpers(kind: str, lever: str, number: Callable[[str], float]) -> float:
    """Helpers of a kind for a thousand families [person]."""
    return number(f"services.helpers.{kind}") if lever in (kind, "both") else 0.0


def _workers(asked: int | None, weights: list[int], households_per_worker: float) -> list[int]:
    """Workers of each county's provider."""
    if asked is not None:
        return largest_remainder(asked, weights)
    return [-int(-weight // households_per_worker) for weight in weights]


def _begins(
    scenario: Scenario, towns: pd.DataFrame, families: Whole, law: Law, priority_share: float
) -> tuple[Whole, Whole]:
    """Month of the plan from which each township has services, and the day of that month."""
    policy = scenario.policy
    first, wide = (_month_and_day(day, scenario.run.first_year) for day in service_days(scenario, law))
    codes = towns["area_code"].astype(str).tolist()
    named = set(policy.services_townships)
    unknown = sorted(named - set(codes))
    if unknown:
        raise ScenarioError(
            [
                Problem("services_no_township", column="policy.services_townships", values=_near(code, codes))
                for code in unknown
            ]
        )
    if not named:
        for _, rows in towns.reset_index(drop=True).groupby("county_code", sort=True):
            order = sorted(rows.index, key=lambda row: (-int(families[row]), codes[row]))
            named |= {codes[row] for row in order[: -int(-len(order) * priority_share // 1)]}
    month, day = (
        np.array([first if code in named else wide for code in codes], dtype=np.int64).reshape(-1, 2).T
    )
    return month, day


def _near(code: str, codes: list[str]) -> dict[str, str]:
    return {"found": code, "near": nearest(code, codes)}


def _month_and_day(day: date, first_year: int) -> tuple[int, int]:
    """Month of the plan a day lies in, and its place there, 0 the first; before the plan, its first day."""
    month = (day.year - first_year) * MONTHS_PER_YEAR + day.month - 1
    return (month, day.day - 1) if month >= 0 else (0, 0)

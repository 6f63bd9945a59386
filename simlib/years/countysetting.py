"""A county made ready: its offices, people, caseload and money as the plain numbers that months run on."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simlib.errors import Problem, ScenarioError
from simlib.places.columns import FLOWS
from simlib.places.place import Place
from simlib.policy.funding import SHARINGS, Needs, county_posts, posts_money
from simlib.policy.prices import yearly_price_fen
from simlib.policy.procedure import VILLAGE
from simlib.policy.statutes import Law
from simlib.scenario import FIXED, MOST_POSTS, NONE, Assumed, Scenario
from simlib.units import FEN_PER_YUAN, MONTHS_PER_YEAR, TICKS_PER_MINUTE, largest_remainder, share_parts
from simlib.years.askedposts import price_fen
from simlib.years.cases.households import STOCKS
from simlib.years.cases.lifelines import Stock
from simlib.years.county import County
from simlib.years.money.budgetrules import MoneyRules, year_dates
from simlib.years.money.cash import grant_rules

Whole = NDArray[np.int64]

_VERIFICATION_CODE = 1_000_000_000
_WORKING_YEAR = 250
"""Who is at hand less often than once in so many working days is counted as not there [working day]."""


def county_of(
    code: str,
    bureau: Mapping[Hashable, Any],
    place: Place,
    scenario: Scenario,
    law: Law,
    assumed: Assumed,
    posts: Mapping[str, tuple[int, int]],
    benefit_fen: Mapping[str, int],
) -> County:
    """A county of a place.

    bureau: its row among the counties. posts: required and missing, by office. benefit_fen: what a person of
    each programme is paid a month before any rise [fen]. Raises ScenarioError where these cannot be.
    """
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
        assistant_days=assistant_days(towns, scenario, assumed),
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


def assistant_days(towns: pd.DataFrame, scenario: Scenario, assumed: Assumed) -> Whole:
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

"""What goes on from contract to contract: a failure nobody found, posts added, the cause of a gap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlib.scenario import BY_LAW, Policy
from simlib.units import SHARE_ONE
from simlib.years.contracts.contractlog import ContractRow
from simlib.years.contracts.procurement import Procurement
from simlib.years.contracts.provider import NEVER
from simlib.years.contracts.purchase import Wanted
from simlib.years.contracts.tender import SLACKS, Step, Terms, round_steps
from simlib.years.county import Counties
from simlib.years.money.pricing import Prices, days_due
from simlib.years.people.coverage import Coverage
from simlib.years.people.lots import BEYOND, BOUGHT, FAILURE, FIRST, GAP_CAUSES, NOT_CONTINUED, RETENDER
from simlib.years.people.workforce import Workforce
from tests.years import contracts, crews
from tests.years.contracts import AREA, FIRST_YEAR, calendar, county, law, quiet, rules
from tests.years.test_procurement import THREE_YEARS, is_more

CHEATING: dict[str, Any] = {
    "procurement__default_best": 2,
    "procurement__default_worst": 2,
    "procurement__cheating_share": 1,
    "procurement__supervision_months": 12,
    "procurement__detection_share": 0.05,
    "evaluation__pass_mark": 0,
}


def pairs(**assumed: Any) -> Iterator[tuple[Procurement, ContractRow, ContractRow]]:
    """A contract and the next of the existing lot, county after county."""
    for number in range(40):
        found, _ = county(rules(**CHEATING, **assumed), area=AREA + number, years=4)
        rows = sorted((row for row in found.contracts()), key=lambda row: row.begins)
        for one, other in pairwise(rows):
            yield found, one, other


def failing_on(found: Procurement, row: ContractRow) -> int:
    """The day a provider began to fail under a contract; NEVER where it did not."""
    days = [
        at.step.on
        for at in found.log.steps
        if (at.lot, at.sequence, at.step.name) == (row.lot, row.award.sequence, "failing")
    ]
    return min(days, default=NEVER)


def test_a_failure_nobody_found_goes_on_when_its_provider_wins_again() -> None:
    """It fails from the first day of its new contract; another provider starts with a clean slate."""
    again: list[int] = []
    clean: list[int] = []
    for found, one, other in pairs():
        if one.end_reason == "expired" and failing_on(found, one) < one.ends:
            same = other.award.provider == one.award.provider
            (again if same else clean).append(failing_on(found, other) - other.begins)

    assert len(again) > 5
    assert set(again) == {0}
    assert len(clean) > 5
    assert all(days > 0 for days in clean)


def _signing(terms: Terms, start: int, slack: dict[str, int]) -> Step:
    steps = round_steps("consultation", start, slack, terms=terms)
    return next(step for step in steps if step.name == "signing")


def test_a_round_held_back_for_the_vote_is_signed_on_its_day() -> None:
    """It waited for nothing but the vote, so no further day is taken for signing once there is one.

    Thirty days hold fewer working days over the Spring Festival than after it: put off, a signing that used
    them all would use more.
    """
    vote = calendar().day(date(2028, 3, 15))
    terms = Terms(law(), calendar(), contracts.new_year_vote(3, 15))
    slack = dict.fromkeys(SLACKS, 0) | {"signing": 25}
    held_back = 0
    for start in range(calendar().day(date(2027, 11, 1)), vote):
        free = _signing(replace(terms, vote_day=lambda _: 0), start, slack)
        if calendar().day(date(2028, 1, 1)) <= free.earliest and free.on < vote:
            signing = _signing(terms, start, slack)
            held_back += 1

            assert signing.on == max(vote, signing.earliest)
    assert held_back > 10


@settings(max_examples=60, deadline=None)
@given(posts=st.integers(1, 60), more=st.integers(0, 30), on=st.dates(date(2027, 9, 1), date(2027, 12, 1)))
def test_a_contract_is_supplemented_by_a_tenth_and_no_more(posts: int, more: int, on: date) -> None:
    """What is wanted beyond waits for the next purchase, which is for all of it."""
    found, told = county(quiet(), existing=0, years=3, asks=((date(2027, 2, 1), posts), (on, posts + more)))
    first, second = found.contracts()[:2]

    assert (first.award.posts, first.supplement) == (posts, min(more, posts // 10))
    assert (second.award.posts, second.supplement) == (posts + more, 0)
    assert told.most[BOUGHT] == posts + more + (posts + more) // 10
    steps = [row.step.name for row in found.log.steps]
    assert steps.count("supplement") == (first.supplement > 0)


def crew_of(offices: int, **rates: Any) -> Workforce:
    """A workforce whose vacancies are filled the next day."""
    return crews.crew(offices, provider_weeks=crews.CALM.months_to_fill, **rates)


def test_posts_beyond_the_contract_wait_and_fewer_take_effect_at_once() -> None:
    """Ten posts may be eleven; of fourteen three stand uncovered, none of them in the place of another."""
    workforce = crew_of(2)
    workforce.uncover(0, 2, BOUGHT, keep_share=0)
    workforce.fund(0, np.array([5, 5]))
    workforce.cover(0, 2, BOUGHT, provider=1, most=11)
    workforce.env.run(until=crews.day(2025, 3))
    before = workforce.people.ids()[workforce.people.columns[6] > crews.day(2025, 3)].tolist()
    workforce.fund(0, np.array([7, 7]))
    workforce.env.run(until=crews.day(2025, 5))
    gap = workforce.gap_days(crews.day(2025, 4), crews.day(2025, 5)).sum(axis=0)

    assert workforce.filled(crews.day(2025, 4)).sum() == 11
    assert set(before) <= set(workforce.people.ids().tolist())
    assert gap[BOUGHT, BEYOND] == 3 * 30 == gap.sum()
    workforce.fund(0, np.array([2, 2]))
    assert workforce.filled(crews.day(2025, 5)).sum() == 4
    workforce.cover(0, 2, BOUGHT, provider=1, most=14)
    workforce.fund(0, np.array([7, 7]))
    workforce.env.run(until=crews.day(2025, 7))
    assert workforce.filled(crews.day(2025, 6)).sum() == 14


def test_posts_beyond_a_contract_lack_the_next_one_like_the_others_once_it_is_over() -> None:
    """Two of four stand beyond it; when it runs out all four wait for the next, and two again under that."""
    workforce = crew_of(1)
    workforce.cover(0, 1, BOUGHT, provider=1, most=2)
    workforce.fund(0, np.array([4]))
    for month in (3, 4, 5):
        workforce.env.run(until=crews.day(2025, month))
        if month == 3:
            workforce.uncover(0, 1, BOUGHT, keep_share=0, cause=RETENDER)
        if month == 4:
            workforce.cover(0, 1, BOUGHT, provider=1, most=2)
    days = workforce.gap_days(crews.day(2025), crews.day(2025, 5))[0, BOUGHT]

    assert (days[BEYOND], days[RETENDER]) == (2 * (59 + 30), 4 * 31)


def test_a_gap_is_told_with_its_cause() -> None:
    """Before the first contract, between two, after a failure: each day under one cause."""
    workforce = crew_of(1)
    workforce.uncover(0, 1, BOUGHT, keep_share=0)
    workforce.fund(0, np.array([2]))
    stories = ((3, FIRST), (5, RETENDER), (7, FAILURE), (9, NOT_CONTINUED))
    for month, _ in stories:
        workforce.env.run(until=crews.day(2025, month))
        workforce.cover(0, 1, BOUGHT, provider=1)
        workforce.env.run(until=crews.day(2025, month + 1))
        cause = {3: RETENDER, 5: FAILURE, 7: NOT_CONTINUED, 9: RETENDER}[month]
        workforce.uncover(0, 1, BOUGHT, keep_share=0, cause=cause)
    workforce.env.run(until=crews.day(2026))
    days = workforce.gap_days(crews.day(2025), crews.day(2026))[0, BOUGHT]

    assert days[:4].tolist() == [2 * 59, 2 * (30 + 92), 2 * 30, 2 * 31]
    assert len(days) == len(GAP_CAUSES)


def _nothing(*_: Any) -> None:
    """What money would be told."""


def _bought(policy: Policy, counties: int, years: int = 4, **assumed: Any) -> tuple[Any, Any, Any]:
    """Yuan, post-days lost and post-days delivered of four bought posts in each of many counties."""
    made = rules(policy, **assumed)
    crew = crews.crew(counties, provider_weeks=crews.CALM.provider_weeks, start=contracts.START)
    env, days = crew.env, crews.calendar()
    prices = [Prices(env) for _ in range(counties)]
    told = []
    vote = days.day(date(FIRST_YEAR, 1, 1))
    for at in range(counties):
        cover = Coverage(crew, slice(at, at + 1), price=prices[at].set, promise=_nothing, spend=_nothing)
        cover.end(BOUGHT, 0, FIRST)
        terms = Terms(law(), days, lambda _: 0)
        found = Procurement(
            env,
            crew.tenures.luck,
            made,
            terms,
            cover,
            area=AREA + at,
            wanted={BOUGHT: Wanted(0, 0)},
        )
        crew.fund(at, np.array([4]))
        found.ask(BOUGHT, 4, 4 * 6_000_000, vote)
        told.append(found)
    own = SimpleNamespace(offices_of=lambda at: slice(at, at + 1), county_of_office=np.arange(counties))
    cost, lost, held = (np.zeros(counties) for _ in range(3))
    for month in range(12 * years):
        first, last = (days.day(date(FIRST_YEAR + n // 12, n % 12 + 1, 1)) for n in (month, month + 1))
        env.run(until=last)
        crew.roster(first, last, {}, np.empty(0, dtype=np.int64))
        paid = crew.pay_days(first, last)[BOUGHT]
        due = days_due(
            crew, cast(Counties, own), prices, BOUGHT, days=paid, first=first, last=last, is_deducted=True
        )
        cost += (due.awarded - due.unmanned).sum(axis=1) / SHARE_ONE * 60_000 / 365
        gone = np.bincount(crew.unmanned(BOUGHT).office, minlength=counties) * 365 / 248
        lost += crew.gap_days(first, last)[:, BOUGHT].sum(axis=1) + gone
        held += paid.sum(axis=1) - gone
    return cost, lost, held


@pytest.mark.slow
def test_the_lowest_price_alone_is_cheaper_in_yuan_and_worse_in_gaps() -> None:
    """The award reaches the pay: less is paid for a day delivered, and more days are not delivered."""
    well, cheap = (
        _bought(policy, 150)
        for policy in (
            Policy(purchase=BY_LAW),
            Policy(purchase=BY_LAW, award_price_weight=1, document="national-102-2020"),
        )
    )

    assert is_more(well[0], cheap[0])
    assert is_more(well[0] / well[2], cheap[0] / cheap[2])
    assert is_more(cheap[1], well[1])


def _gap_days(policy: Policy, cause: int, **assumed: Any) -> list[int]:
    """Days without a contract by cause, of a lot bought over six years, in many counties."""
    found = [county(rules(policy, **assumed), area=AREA + at) for at in range(150)]
    return [sum(row.gap_days for row in one.contracts() if row.gap_cause == cause) for one, _ in found]


@pytest.mark.slow
def test_one_year_contracts_lose_days_to_buying_again_and_three_year_ones_do_not() -> None:
    """Taken up late each time: often, or a third as often; failures cost both, and are told apart."""
    one, three = Policy(purchase=BY_LAW), THREE_YEARS
    late = {"procurement__late_working_days": 40}

    assert is_more(_gap_days(one, RETENDER, **late), _gap_days(three, RETENDER, **late))
    assert all(sum(_gap_days(policy, FAILURE, **late)) > 0 for policy in (one, three))

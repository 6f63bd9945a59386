"""Contracts over years: signed when, what quality and length are worth, who is out and for how long."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from simlib.chance import Luck
from simlib.policy.purchasing import Provider, Purchase, refusals
from simlib.scenario import BY_LAW, Policy
from simlib.units import SHARE_ONE
from simlib.years.contracts.contractlog import FAILED, ContractRow
from simlib.years.contracts.procurement import Procurement
from simlib.years.contracts.purchase import Wanted
from simlib.years.contracts.tender import Terms
from simlib.years.people.lots import BOUGHT, EXISTING, FIRST
from tests.years.contracts import (
    ALL_CONDITIONS,
    AMOUNT,
    AREA,
    FIRST_YEAR,
    START,
    Told,
    always_voted,
    calendar,
    county,
    law,
    new_year_vote,
    quiet,
    rules,
)

LAST = calendar().day(date(FIRST_YEAR + 6, 1, 1))
THREE_YEARS = Policy(purchase=BY_LAW, contract_years=3, contract_conditions=ALL_CONDITIONS)
HAINAN = Policy(purchase=BY_LAW, document="hainan")


def is_more(more: Sequence[float], less: Sequence[float]) -> bool:
    """Whether paired draws differ by more than four standard errors."""
    gap = np.array(more, dtype=float) - np.array(less, dtype=float)
    return bool(gap.mean() > 4 * gap.std(ddof=1) / np.sqrt(len(gap)))


@settings(max_examples=15, deadline=None)
@given(
    month=st.integers(1, 6),
    day=st.integers(1, 28),
    asked=st.dates(date(2027, 1, 2), date(2027, 12, 31)),
    seed=st.integers(0, 10**6),
)
def test_nothing_is_signed_before_the_vote(month: int, day: int, asked: date, seed: int) -> None:
    """No contract before the vote: of a first purchase, of one bought again, of one in dispute."""
    made = rules(procurement__challenge_share=0.5, procurement__complaint_share=0.5)
    vote_day = new_year_vote(month, day)
    found, _ = county(made, seed=seed, years=3, vote_day=vote_day, asks=((asked, 5),))
    signed = [row.award.signed_on for row in found.contracts() if row.award.sequence]

    assert signed
    assert all(on >= vote_day(calendar().date_of(on).year) for on in signed)


def is_first(row: ContractRow) -> bool:
    """Whether a contract is the first its lot ever had."""
    return row.gap_cause == FIRST


def test_the_wait_for_a_first_contract_is_a_gap_from_the_day_it_is_asked_for() -> None:
    """A planner must see it: nobody is there from the vote until the first contract begins."""
    asked = date(2027, 3, 15)
    found, _ = county(quiet(), asks=((asked, 5), (date(2027, 5, 1), 6)), existing=0)
    row = next(row for row in found.contracts() if row.lot == BOUGHT and row.award.sequence == 1)

    assert row.gap_cause == FIRST
    assert row.gap_days == row.begins - calendar().day(asked) > 30
    assert not any(
        other.gap_days for other in found.contracts() if other is not row and other.begins < row.begins
    )


def test_a_contract_promises_later_years_at_its_own_price_as_it_begins() -> None:
    """Budgets are list prices; what binds later years is what was signed, supplements with what is left."""
    asks = ((date(2027, 3, 15), 40), (date(2028, 9, 1), 44))
    found, told = county(quiet(THREE_YEARS), asks=asks, existing=0, years=3)
    first, more = (one for one in told.promised if one[1] == BOUGHT)
    row = next(row for row in found.contracts() if row.lot == BOUGHT)

    assert first == (row.begins, BOUGHT, 40, row.award.price_share, 3)
    assert row.award.price_share < SHARE_ONE
    assert more == (calendar().day(date(2028, 9, 1)), BOUGHT, 4, row.award.price_share, 2)


@pytest.mark.parametrize("vote", [(1, 1), (3, 15)])
@pytest.mark.parametrize("policy", [Policy(purchase=BY_LAW), THREE_YEARS], ids=["1 year", "3 years"])
def test_bought_again_undisturbed_there_is_no_gap(policy: Policy, vote: tuple[int, int]) -> None:
    """Started in time, the successor begins on the day the contract before it ends."""
    for seed in range(12):
        found, told = county(
            quiet(policy), seed=seed, vote_day=new_year_vote(*vote), asks=((date(2027, 3, 15), 5),)
        )
        ended = [(day, lot) for day, what, lot, _ in told.events if what == "end"]
        begun = {(day, lot) for day, what, lot, _ in told.events if what == "begin"}

        assert not any(row.gap_days for row in found.contracts() if not is_first(row))
        assert set(ended) <= begun
        for lot in (EXISTING, BOUGHT):
            mine = sorted((row for row in found.contracts() if row.lot == lot), key=lambda row: row.begins)
            assert all(one.ends == other.begins for one, other in itertools.pairwise(mine))


def test_nothing_is_bought_that_nobody_asked_for() -> None:
    """A lot without posts has no contract and no step; one no longer wanted ends and is not bought again."""
    never, _ = county(quiet(), existing=0)
    found, told = county(quiet(), existing=0, asks=((date(2027, 1, 4), 5), (date(2027, 9, 1), 0)))

    assert (never.contracts(), never.log.steps) == ([], [])
    assert [row.end_reason for row in found.contracts()] == ["expired"]
    assert [what for _, what, _, _ in told.events] == ["begin", "end"]


def through(made: Any, counties: int, years: int = 6) -> tuple[list[list[ContractRow]], list[float]]:
    """Contracts, and post-days left unmanned, of the existing lot in many counties."""
    rows, missed = [], []
    for number in range(counties):
        found, told = county(made, area=AREA + number, years=years)
        rows.append(found.contracts())
        missed.append(told.missed_days(calendar().day(date(FIRST_YEAR + years, 1, 1))))
    return rows, missed


def failures(rows: list[ContractRow]) -> int:
    """How many contracts were ended by a breach."""
    return sum(row.end_reason in FAILED for row in rows)


@pytest.mark.slow
def test_the_lowest_price_alone_costs_more_missed_days_and_more_failures() -> None:
    """The same providers make the same offers; only how they are scored differs."""
    both, price = rules(), rules(Policy(purchase=BY_LAW, award_price_weight=1, document="national-102-2020"))
    (well, few), (cheaply, many) = through(both, 400), through(price, 400)
    paid = [
        [sum(row.award.price_fen for row in rows) / len(rows) for rows in ours] for ours in (well, cheaply)
    ]

    assert is_more(many, few)
    assert is_more([failures(rows) for rows in cheaply], [failures(rows) for rows in well])
    assert is_more(paid[0], paid[1])


@pytest.mark.slow
def test_contracts_of_one_year_have_more_gaps_than_contracts_of_three() -> None:
    """Each purchase is a chance to be late; three years need a third of them."""
    often = {"procurement__challenge_share": 0.5, "procurement__complaint_share": 0.9}
    often |= {"procurement__upheld_share": 0.5, "procurement__late_working_days": 15}
    calm = {"procurement__default_best": 0, "procurement__default_worst": 0, "evaluation__pass_mark": 0}
    gaps = []
    for policy in (Policy(purchase=BY_LAW), THREE_YEARS):
        rows, _ = through(rules(policy, **often, **calm), 100)
        gaps.append([sum(row.gap_days > 0 for row in mine) for mine in rows])

    assert is_more(gaps[0], gaps[1])
    assert sum(gaps[1]) > 0


def test_a_provider_that_is_out_does_not_win_until_its_years_are_over() -> None:
    """Hainan: breach and cheating. The clause of the document itself judges every award."""
    often = {"procurement__default_worst": 3, "procurement__default_best": 1.5}
    hidden = {"procurement__providers": 6, "procurement__exclusion_years": 1}
    made, clause_years = rules(HAINAN, **often, **hidden), 1
    won_again = 0
    for seed in range(15):
        found, _ = county(made, seed=seed, asks=((date(2027, 1, 4), 5),))
        established = _findings(found)
        for row in found.contracts():
            for provider, on in established:
                years = (row.award.signed_on - on) / 365.25
                if provider == row.award.provider and years > 0:
                    assert calendar().date_of(row.award.signed_on) >= _later(on, clause_years)
                    won_again += 1
    assert won_again > 0


def _later(day: int, years: int) -> date:
    since = calendar().date_of(day)
    leap = (since.month, since.day) == (2, 29)
    return date(since.year + years, 3, 1) if leap else since.replace(year=since.year + years)


def _findings(found: Procurement) -> list[tuple[int, int]]:
    """Provider and civil day of every breach established."""
    who = {(row.lot, row.award.sequence): row.award.provider for row in found.contracts()}
    return [
        (who[row.lot, row.sequence], row.step.on)
        for row in found.log.steps
        if row.step.name == "finding" and (row.lot, row.sequence) in who
    ]


def test_shizuishan_keeps_a_cheat_out_for_three_years_as_its_clause_says() -> None:
    """Each award is put before the document with the day the winner's cheating was established."""
    policy = Policy(purchase=BY_LAW, document="shizuishan-2024", contract_work="home_visits")
    made = rules(
        policy,
        procurement__default_worst=3,
        procurement__default_best=2,
        procurement__cheating_share=1,
        procurement__providers=6,
    )
    assert made.exclusion.years == 3
    judged = 0
    for seed in range(12):
        found, _ = county(made, seed=seed)
        for row in found.contracts():
            for provider, on in _findings(found):
                if provider == row.award.provider and on < row.award.signed_on:
                    signed = calendar().date_of(row.award.signed_on)
                    who = Provider("enterprise", frozenset(), calendar().date_of(on))
                    plan = Purchase(work=("home_visits",), months=12, provider=who)
                    told = refusals(plan, law=law(), document="shizuishan-2024", on=signed)
                    assert "purchase_excluded" not in [problem.key for problem in told]
                    judged += 1
    assert judged > 0


def test_a_breach_the_document_does_not_name_keeps_nobody_out() -> None:
    """Shizuishan names unfair competition and cheating; an open breach ends the contract only."""
    policy = Policy(purchase=BY_LAW, document="shizuishan-2024", contract_work="home_visits")

    assert rules(policy).exclusion.acts == {"unfair_competition", "cheating"}
    assert rules(HAINAN).exclusion.acts == {"breach", "cheating"}
    assert rules().exclusion.acts == frozenset()


def test_after_a_failure_a_part_is_taken_over_until_a_successor_begins() -> None:
    """Told in this order: begun, failing, ended, taken over after a delay, begun anew."""
    often: dict[str, Any] = {"procurement__default_worst": 2, "procurement__default_best": 2}
    seen = 0
    for seed in range(20):
        _, told = county(rules(**often), seed=seed)
        for (_, what, *_), (day, then, _, share), (until, after, *_) in zip(
            told.events, told.events[1:], told.events[2:], strict=False
        ):
            if then == "take_over":
                assert (what, after) == ("end", "begin")
                assert until >= day
                assert share == round(0.5 * SHARE_ONE)
                seen += 1
    assert seen > 10


def test_without_a_plan_nobody_takes_over() -> None:
    """Documents that ask for a plan refuse this; where none does, the posts stay empty."""
    often: dict[str, Any] = {"procurement__default_worst": 2, "procurement__default_best": 2}
    policy = Policy(purchase=BY_LAW, takeover="none")
    kinds = {what for seed in range(8) for _, what, *_ in county(rules(policy, **often), seed=seed)[1].events}

    assert {"begin", "miss", "end"} <= kinds <= {"begin", "miss", "end", "renew"}


def test_random_checks_find_hidden_cheating_sooner() -> None:
    """Without them only an evaluation, or the end of the contract, brings it to light."""
    hidden = {
        "procurement__default_worst": 1,
        "procurement__default_best": 1,
        "procurement__cheating_share": 1,
        "procurement__supervision_months": 2,
    }
    days = []
    for supervision in ("double_random", "none"):
        policy = replace(THREE_YEARS, supervision=supervision)
        days.append([_hidden_days(rules(policy, **hidden), seed) for seed in range(60)])

    assert is_more(days[1], days[0])


def _hidden_days(made: Any, seed: int) -> float:
    """Days from failing until found or over, of the first failure."""
    found, _ = county(made, seed=seed, years=6)
    steps = [row.step for row in found.log.steps]
    since = next((step.on for step in steps if step.name == "failing"), LAST)
    over = ("finding", "acceptance")
    return next((step.on for step in steps if step.name in over and step.on >= since), LAST) - since


def rows_of(found: Procurement) -> tuple[object, object]:
    """Everything a county leaves behind."""
    return found.contracts(), found.log.steps


def test_the_same_address_gives_the_same_contracts() -> None:
    """Nothing but seed, county and rules is in a draw."""
    asked = ((date(2027, 3, 15), 5),)
    first, again, other = (county(rules(), seed=seed, asks=asked)[0] for seed in (3, 3, 4))

    assert rows_of(first) == rows_of(again)
    assert rows_of(first) != rows_of(other)


def test_another_county_changes_nothing_here() -> None:
    """Two counties in one environment are what each is alone."""
    alone = [county(rules(), area=area, seed=5)[0] for area in (AREA, AREA + 1)]
    env = simpy.Environment(initial_time=calendar().day(START))
    terms, wanted = (
        Terms(law(), calendar(), always_voted),
        {EXISTING: Wanted(4, AMOUNT), BOUGHT: Wanted(0, 0)},
    )
    beside = [
        Procurement(env, Luck(5, 0), rules(), terms, Told(env), area=area, wanted=wanted)
        for area in (AREA + 1, AREA)
    ]
    env.run(until=LAST)

    assert [rows_of(found) for found in alone] == [rows_of(found) for found in reversed(beside)]


def test_the_contract_there_was_is_anywhere_in_its_term() -> None:
    """A stationary contract's age is uniform on its term: mean a half, within four standard errors."""
    ages = []
    for number in range(300):
        found, _ = county(quiet(THREE_YEARS), area=AREA + number, years=1)
        first = next(row for row in found.contracts() if row.award.sequence == 0)
        term = first.planned_end - first.begins
        ages.append((calendar().day(START) - first.begins) / term)
    share = np.array(ages)

    assert abs(share.mean() - 0.5) < 4 * (1 / 12) ** 0.5 / len(share) ** 0.5
    assert 0 <= share.min() < 0.05 and 0.95 < share.max() < 1


def test_a_failed_evaluation_ends_a_contract_of_years_when_a_successor_is_ready() -> None:
    """The report decides whether to go on buying (Shizuishan annex 3 part 5 (6)); nobody is left without."""
    made = rules(
        THREE_YEARS,
        procurement__quality=0.3,
        procurement__default_best=0,
        procurement__default_worst=0,
        procurement__challenge_share=0,
        procurement__bidders=5,
    )
    found, told = county(made, seed=2)
    ended = [row for row in found.contracts() if row.end_reason == "not_continued"]

    assert ended
    assert all(row.ends < row.planned_end for row in ended)
    assert not any(row.gap_days for row in found.contracts() if not is_first(row))
    assert not any(what == "take_over" for _, what, *_ in told.events)

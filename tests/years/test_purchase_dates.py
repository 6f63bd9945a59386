"""Every date of a purchase keeps its term: checked by counting days, not by the module that sets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlib.policy.buying.timetable import METHODS
from simlib.scenario import BY_LAW, Policy
from simlib.years.contracts.tender import SLACKS, Step, Terms, longest_start, most_slack, round_steps
from tests.years.contracts import always_voted, calendar, county, law, new_year_vote, rules
from tests.years.purchaseoracle import broken

ALL_METHODS = (*METHODS, "local_procedure")
HIGHS = {"prepare": 25, "response": 8, "judging": 5, "signing": 10, "starting": 15, "local": 10}
SLACK = st.fixed_dictionaries({name: st.integers(0, HIGHS.get(name, 7)) for name in SLACKS})
STARTS = st.dates(date(2026, 1, 1), date(2033, 6, 30))
VOTES = st.sampled_from([(1, 1), (2, 10), (3, 15), (3, 31), (6, 1)])
TERMS = Terms(law(), calendar(), always_voted)


def by_date(steps: list[Step]) -> dict[str, date]:
    return {step.name: calendar().date_of(step.on) for step in steps}


def voted_by(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


@settings(max_examples=150, deadline=None)
@given(method=st.sampled_from(ALL_METHODS), start=STARTS, slack=SLACK, vote=VOTES, repeated=st.booleans())
def test_every_step_keeps_its_term(
    method: str, start: date, slack: dict[str, int], vote: tuple[int, int], repeated: bool
) -> None:
    """POLICY §6, counted naively: any method, day, slack and vote, first round or a further one."""
    terms = replace(TERMS, vote_day=new_year_vote(*vote))
    steps = round_steps(method, calendar().day(start), slack, terms=terms, repeated=repeated)

    assert (
        broken(
            method,
            by_date(steps),
            is_worked=calendar().is_workday,
            voted=voted_by(*vote),
            repeated=repeated,
        )
        == []
    )
    assert all(step.earliest <= step.on <= step.latest for step in steps)


@settings(max_examples=60, deadline=None)
@given(method=st.sampled_from(ALL_METHODS), ends=STARTS, slack=SLACK, vote=VOTES)
def test_a_purchase_started_in_time_is_ready_in_time(
    method: str, ends: date, slack: dict[str, int], vote: tuple[int, int]
) -> None:
    """Started when even the slowest undisturbed round is ready at the end, no other round is later."""
    terms, end = replace(TERMS, vote_day=new_year_vote(*vote)), calendar().day(ends)
    most = most_slack(HIGHS, terms=terms, day=end)
    start = longest_start(method, end, most, terms=terms)
    slack = {name: min(used, most[name]) for name, used in slack.items()}

    assert round_steps(method, start, slack, terms=terms)[-1].on <= end
    assert round_steps(method, start, most, terms=terms)[-1].on <= end


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(4))
def test_a_disputed_purchase_keeps_the_terms_of_challenge_and_complaint(method: str, seed: int) -> None:
    """政府采购法 art. 52–57: everybody challenges, most complain, many are right; all rounds of six years."""
    policy = Policy(purchase=BY_LAW, purchase_method=method)
    made = rules(
        policy,
        procurement__challenge_share=1,
        procurement__complaint_share=0.9,
        procurement__upheld_share=0.9,
    )
    found, _ = county(made, seed=seed, vote_day=new_year_vote(3, 15), asks=((date(2027, 3, 15), 5),))
    rounds: dict[tuple[int, int, int], dict[str, date]] = {}
    for row in found.log.steps:
        if row.sequence:
            on = rounds.setdefault((row.lot, row.sequence, row.round), {})
            on.setdefault(row.step.name, calendar().date_of(row.step.on))
    wrong = {
        key: broken(
            method,
            on,
            is_worked=calendar().is_workday,
            voted=voted_by(3, 15),
            repeated=key[2] > 0,
        )
        for key, on in rounds.items()
    }

    assert {key: what for key, what in wrong.items() if what} == {}
    assert any("decision" in on for on in rounds.values())
    assert any(key[2] > 0 for key in rounds)


def test_the_whole_takes_three_to_five_months() -> None:
    """MODEL §7: from the first step to the first day of service, by consultation, without a dispute."""
    made = rules(procurement__challenge_share=0, procurement__bidders=5)
    length = []
    for seed in range(40):
        found, _ = county(made, seed=seed, years=1, existing=0, asks=((date(2027, 1, 4), 5),))
        award = found.contracts()[0].award
        length.append(award.ready_on - award.asked_on)

    assert min(length) >= 90 and max(length) <= 155
    assert timedelta(days=90) < timedelta(days=sum(length) // len(length)) < timedelta(days=150)

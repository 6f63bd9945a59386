"""Nobody appears or vanishes: held = held before + hired − left, in every month of whatever happens."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simlib.dated import Range
from simlib.desks.network import Kind
from simlib.scenario import Policy, Scenario
from simlib.units import SHARE_ONE
from simlib.years.people.lots import LOTS
from simlib.years.people.staff import HELPER_POSTS, POST
from simlib.years.people.workforce import Workforce
from simlib.years.replication import Run
from tests.small import COUNTY, ENGINE, batch, frame, opened, place, run, scenario, setting, with_towns
from tests.years.crews import crew, day

OFFICES, MONTHS = 3, 36
SHARES = st.sampled_from([0, SHARE_ONE // 3, SHARE_ONE])
OFFICE_SPANS = st.tuples(st.integers(0, OFFICES), st.integers(0, OFFICES)).map(sorted)
FUNDED = st.lists(st.integers(0, 4), min_size=OFFICES, max_size=OFFICES)
ACTIONS = st.one_of(
    st.tuples(st.just("fund"), FUNDED),
    st.tuples(st.just("cover"), OFFICE_SPANS, st.integers(0, len(LOTS) - 1), SHARES),
    st.tuples(st.just("uncover"), OFFICE_SPANS, st.integers(0, len(LOTS) - 1), SHARES),
    st.tuples(st.just("renew"), OFFICE_SPANS, st.integers(0, len(LOTS) - 1), SHARES),
)
"""What money and contracts may do to a workforce, in any order and on any day."""


def act(workforce: Workforce, action: Any) -> None:
    """Do one of them."""
    if action[0] == "fund":
        workforce.fund(0, np.array(action[1]))
        return
    what, (first, last), lot, share = action
    if what == "cover":
        workforce.cover(first, last, lot, posts_share=share, provider=1)
    elif what == "uncover":
        workforce.uncover(first, last, lot, keep_share=share)
    else:
        workforce.renew(first, last, lot, missed_share=share)


@settings(max_examples=40, deadline=None)
@given(
    story=st.lists(st.tuples(st.integers(0, 30 * MONTHS), ACTIONS), max_size=25),
    quits=st.sampled_from([0.0, 0.3, 3.0]),
    fails=st.sampled_from([0.0, 0.5]),
    term=st.integers(1, 3),
    months=st.sampled_from([0.01, 1.0, 4.0]),
)
def test_people_are_conserved_whatever_money_and_contracts_do(
    story: list[tuple[int, Any]], quits: float, fails: float, term: int, months: float
) -> None:
    """For every office and kind, in every month; nobody beyond the posts there are; all days in one grade."""
    workforce = crew(
        OFFICES,
        payroll=1,
        contract=2,
        term_years=term,
        quits_per_year=quits,
        payroll_quits_per_year=quits,
        appraisal_fail_share=fails,
        term_fail_share=fails,
        months_to_fill=Range(months, months, months),
        training_days=5,
    )
    start = int(workforce.env.now)
    waiting, before = sorted(story, key=lambda entry: entry[0]), workforce.filled(start - 1)
    for month in range(MONTHS):
        first, last = (day(2025 + at // 12, at % 12 + 1) for at in (month, month + 1))
        while waiting and start + waiting[0][0] < last:
            at, action = waiting.pop(0)
            if start + at > int(workforce.env.now):
                workforce.env.run(until=start + at)
            act(workforce, action)
        workforce.env.run(until=last)
        held, left = workforce.filled(last - 1), workforce.leavers(first, last)

        assert (held == before + workforce.hired(first, last) - left.sum(axis=2)).all()
        assert (held[:, Kind.CONTRACT] <= 2 + workforce.funded).all()
        assert (held[:, Kind.PAYROLL] <= 1).all()
        graded = workforce.pay_days(first, last).sum(axis=(0, 2))
        assert (graded == workforce.days_held(first, last)[:, Kind.CONTRACT]).all()
        roster, _ = workforce.roster(first, last, {}, np.empty(0, dtype=np.int64))
        assert len(set(roster.id.tolist())) == len(roster)
        before = held


POLICIES = st.builds(
    Policy,
    formula=st.sampled_from(["none", "guangdong-2019", "leshan-2020"]),
    money=st.just("fixed"),
    cap_yuan=st.sampled_from([0, 400_000, 5_000_000]),
    price_yuan=st.just(50_000),
    term_years=st.integers(1, 3),
    appraisal=st.sampled_from(["yearly", "none"]),
)
FUTURES = st.fixed_dictionaries(
    {
        "quits__contract_per_year": st.sampled_from([0.08, 1.0, 4.0]),
        "quits__payroll_per_year": st.sampled_from([0.0, 0.5]),
        "appraisal__fail_share": st.sampled_from([0.0, 0.5]),
        "term__fail_share": st.sampled_from([0.0, 0.5]),
    }
)


def conserved(case: Scenario) -> int:
    """Check the identity in the stored table of a scenario; how many people moved."""
    ready = setting(case, with_towns(place(), posts_contract=2))
    posts = frame(run(ready), "workforce").sort_values(["office", "kind", "month"])
    left = posts.filter(like="left_").sum(axis=1)
    moved = posts.assign(
        moved=posts["hired"] - left, before=posts.groupby(["office", "kind"])["filled"].shift()
    )
    later = moved[moved["month"] > 0]

    assert (later["filled"] == later["before"] + later["moved"]).all()
    assert (posts["paid_days"] >= 0).all() and (posts["grade_days"] >= 0).all()
    assert (posts[posts["kind"] == "payroll"]["grade_days"] == 0).all()
    return int(posts["hired"].sum() + left.sum())


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(policy=POLICIES, future=FUTURES)
def test_the_stored_table_conserves_people(policy: Policy, future: dict[str, Any]) -> None:
    """The columns of the workforce table add up by themselves, month after month, in any scenario."""
    conserved(scenario(policy, years=1, opening=1, **future))


def test_there_are_people_to_conserve() -> None:
    """The identity would hold in a world where nobody moves."""
    assert conserved(scenario(years=1, opening=1, quits__contract_per_year=1.0)) > 10


@pytest.mark.parametrize("opening", [3, 14])
def test_today_s_posts_are_the_same_lived_through_or_replayed(opening: int) -> None:
    """The plan opens with the people the run-up ended with, though nobody wrote them down."""
    home = with_towns(place(), posts_contract=2)
    policy = Policy(formula="guangdong-2019", price_yuan=50_000, term_years=1)
    case = scenario(policy, opening=opening, quits__contract_per_year=1.5, quits__payroll_per_year=0.5)
    ready = setting(case, home)
    counties = ready.side_by_side(batch(COUNTY))
    lived = Run(ready, counties, None, engine=ENGINE)
    for month in range(-opening, 0):
        lived.month(month)
    replayed = Run(ready, counties, opened(ready), engine=ENGINE)
    people = []
    for each in (lived, replayed):
        columns = each.workforce.people.columns
        people.append(columns[:, columns[POST] < HELPER_POSTS])

    assert people[0].shape[1] > counties.payroll.sum() + counties.contract.sum()
    assert np.array_equal(people[0], people[1])
    assert int(lived.env.now) == int(replayed.env.now)


def test_a_plan_does_not_touch_today_s_posts_before_it_begins() -> None:
    """Alternatives with other terms open with the same people: they hold from the plan's first day."""
    home = with_towns(place(), posts_contract=2)
    held = []
    for term in (1, 3):
        case = scenario(Policy(term_years=term), opening=6, quits__contract_per_year=1.5)
        ready = setting(case, home)
        workforce = Run(ready, ready.side_by_side(batch(COUNTY)), opened(ready), engine=ENGINE).workforce
        held.append((ready.opening_hash, workforce.people.columns.tolist()))

    assert held[0] == held[1]

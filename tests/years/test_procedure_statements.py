"""Statements about the procedure that a planner relies on, each held by a county's year of desk work."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simlib.desks.network import Services
from simlib.scenario import Policy
from simlib.worktime import DAY_TICKS
from simlib.years.county import Batch
from simlib.years.records import Tables
from simlib.years.replication import Run
from tests.small import COUNTY, ENGINE, frame, place, run, scenario, setting, with_bureau, with_towns

AMPLE = {"posts_payroll": 12, "assistance_share": 1.0}


@cache
def year(decision: str = "county", **assumed: Any) -> Tables:
    """A year with clerks enough."""
    home = with_bureau(with_towns(place(), **AMPLE), posts_payroll=12, posts_verification=12)
    return run(setting(scenario(Policy(decision=decision), opening=6, **assumed), home))


def done(found: Tables, activity: str) -> int:
    """How often an activity was done in the year."""
    table = frame(found, "activity")
    return int(table[table["activity"] == activity]["services"].sum())


def mean_stock(found: Tables, programme: str) -> float:
    """Supported households of a programme, mean of the months."""
    table = frame(found, "caseload")
    table = table[table["programme"] == programme]
    return float(pd.Series(table.groupby("month")["households"].sum()).mean())


@pytest.mark.parametrize(("weekly", "monthly", "a_year"), [(1.0, 0.0, 52), (0.0, 1.0, 12), (0.0, 0.0, 4)])
def test_dispersed_tekun_are_visited_weekly_monthly_or_quarterly(
    weekly: float, monthly: float, a_year: float
) -> None:
    """北方新报 2022-06-23: high risk every week, key persons every month, others every quarter."""
    found = year(visits__weekly_share=weekly, visits__monthly_share=monthly)

    assert done(found, "care_visit") / mean_stock(found, "tekun_dispersed") == pytest.approx(a_year, rel=0.06)


@pytest.mark.parametrize(("months", "times"), [(12, 0.5), (6, 1.0), (3, 2.0), (1, 5.0)])
def test_reviews_come_as_often_as_the_period_says(months: int, times: float) -> None:
    """57号 art. 31 and local variants: yearly, half-yearly, quarterly, monthly, all incomes changing.

    Of monthly ones a part is lost: no further one is asked for while the last is open.
    """
    few: dict[str, Any] = {"report__end_per_year": 0.0, "comparison__finds_share": 0.0}
    changing = {"review__half_yearly_share_dibao": 1.0, **few}
    base, moved = (
        done(year(clocks__dibao__rereview_changing_months=period, **changing), "review_papers") - others(few)
        for period in (6, months)
    )

    assert moved / base == pytest.approx(times, rel=0.15)


def others(few: dict[str, Any]) -> int:
    """Re-verifications of other programmes than dibao: with dibao looked at once in a hundred years."""
    return done(
        year(review__half_yearly_share_dibao=0.0, clocks__dibao__rereview_stable_months=1200, **few),
        "review_papers",
    )


def test_the_share_visited_moves_visits_and_no_family() -> None:
    """57号 art. 15 leaves it open; every application visited is a local rule."""
    few, all_of_them = (
        year(share__home_visit_application=share, share__home_visit_review=0.0) for share in (0.0, 1.0)
    )
    visits = [done(found, "home_visit") for found in (few, all_of_them)]
    entered = [frame(found, "caseload").groupby("month")["entered"].sum()[0] for found in (few, all_of_them)]

    assert visits[1] > visits[0] + 200
    assert done(few, "information_check") == pytest.approx(done(all_of_them, "information_check"), rel=0.02)
    assert entered[0] == entered[1]


def services(verification: int, **assumed: Any) -> tuple[Services, dict[str, int]]:
    """Services of the first three months, and numbers of activities; so many clerks check information."""
    home = with_bureau(with_towns(place(), **AMPLE), posts_verification=verification)
    ready = setting(scenario(opening=3, **assumed), home)
    counties = ready.side_by_side(Batch(range(1), (COUNTY,)))
    with Run(ready, counties, None, engine=ENGINE) as opening:
        parts = [opening.month(month).done.services for month in range(-3, 0)]
    return Services.join(parts), {name: each.number for name, each in ready.procedures.activities.items()}


@pytest.mark.parametrize("lag", [3, 10, 20])
def test_no_further_clerk_shortens_the_reply_to_a_check(lag: int) -> None:
    """Three, ten or twenty working days by source: what follows comes so long after, with two or twenty."""
    for verification in (2, 20):
        found, number = services(verification, lag__check_reply=lag)
        check = found.pick(found.activity == number["information_check"])
        after = found.pick((found.activity != number["information_check"]) & (found.part == 0))
        key = check.case * 100 + check.step + 1
        order = np.argsort(key)
        at = np.searchsorted(key[order], after.case * 100 + after.step)
        at = np.minimum(at, len(key) - 1)
        hit = key[order][at] == after.case * 100 + after.step
        gap = after.entry[hit] // DAY_TICKS - (check.finish[order][at][hit] - 1) // DAY_TICKS

        assert hit.sum() > 30
        assert set(gap.tolist()) == {lag}


def test_delegation_leaves_the_county_nothing_to_decide_but_what_is_its_own() -> None:
    """兜底保障 notice part 4 (1): decided by the township within twenty working days."""
    county, township = year(), year("delegated")

    def at_county(found: Tables, activity: str) -> int:
        table = frame(found, "activity")
        rows = table[(table["activity"] == activity) & (table["office"] == COUNTY)]
        return int(rows["services"].sum())

    assert at_county(county, "decision") > 200
    assert at_county(township, "decision") < 0.1 * at_county(county, "decision")
    assert at_county(township, "complaint_answer") == at_county(county, "complaint_answer")
    assert done(township, "temporary_decision") == pytest.approx(done(county, "temporary_decision"), rel=0.02)

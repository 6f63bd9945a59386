"""Measures against small tables worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simlib.results.measures import LARGER_IS_BETTER, MEASURES, Frames, by_term, interval, summary


def frames() -> Frames:
    """Two replications, one county, two months of one year."""
    desk = pd.DataFrame(
        {
            "replication": [0, 0, 1, 1],
            "month": [0, 1, 0, 1],
            "office": "511102001",
            "arrived": 5,
            "falling_due": [10, 10, 10, 10],
            "on_time": [9, 7, 10, 10],
            "open_end": [3, 4, 1, 2],
            "overdue_open": [0, 1, 0, 0],
            "reviews_due": [4, 4, 4, 4],
            "reviews_on_time": [4, 2, 4, 4],
            "reviews_overdue": [0, 2, 0, 0],
            "unlawful": [0, 1, 0, 0],
            "busy_ticks": [50, 50, 25, 25],
            "available_ticks": 100,
            "year": 2027,
        }
    )
    waits = pd.DataFrame(
        {"replication": [0, 0, 1], "office": "511102001", "days": [2, 10, 4], "cases": [9, 1, 5]}
    )
    caseload = pd.DataFrame(
        {
            "replication": [0, 1],
            "month": 1,
            "households": [300, 330],
            "visits_missed": [0, 3],
            "excluded_months": [4, 6],
            "excluded_unknown": [1, 2],
            "excluded_route": [2, 5],
            "overpaid_fen": [100, 300],
            "overpaid_design_fen": [100, 400],
            "recovered_fen": [300, 0],
            "phase_out_months": [2, 5],
            "phase_out_fen": [200, 500],
        }
    )
    workforce = pd.DataFrame(
        {
            "replication": [0, 0, 1, 1],
            "month": 1,
            "office": ["511102001", "511102V"] * 2,
            "required": [4, 0] * 2,
            "funded": [2, 0] * 2,
            "filled": [3, 2] * 2,
            "unmanned_milli": [500, 0, 0, 0],
        }
    )
    money = pd.DataFrame(
        {
            "replication": [0, 0, 1, 0, 1, 0, 0, 0],
            "month": [0, 0, 0, 1, 0, 0, 1, 1],
            "county_code": ["511102"] * 7 + ["511103"],
            "line": ["wages_contract", "cap_posts", "wages_contract", "wages_workload", "wages_payroll"]
            + ["advance"] * 3,
            "source": ["work_fund"] * 4 + ["payroll", "central", "central", "city"],
            "fen": [1000, 5000, 3000, 100, 7000, 900, 400, 50],
        }
    )
    steps = pd.DataFrame(
        {"replication": [0, 0, 1], "office": "511102001", "term": ["a", "b", "a"]}
        | {"due": [8, 2, 5], "in_time": [6, 2, 4]}
    )
    gaps = pd.DataFrame(
        {"replication": [0, 0], "month": [0, 1], "lot": "bought", "cause": ["retender", "failure"]}
        | {"post_days": [10, 6], "posts": [5, 4], "households": [100, 200]}
    )
    desk, waits, caseload, workforce, money, steps, gaps = (
        part.assign(year=2027) for part in (desk, waits, caseload, workforce, money, steps, gaps)
    )
    none = pd.DataFrame()
    return Frames(
        desk, waits, caseload, workforce, money, steps, gaps, none, none, posts_existing=2, posts_gap=2
    )


@pytest.mark.parametrize(
    ("measure", "values"),
    [
        ("on_time_share", [16 / 20, 20 / 20]),
        ("steps_on_time_share", [8 / 10, 4 / 5]),
        ("wait_days_mean", [(2 * 9 + 10) / 10, 4]),
        ("wait_days_p90", [2, 4]),
        ("open_end", [4, 2]),
        ("utilisation_share", [0.5, 0.25]),
        ("households_per_worker", [100, 110]),
        ("posts_required", [4, 4]),
        ("posts_existing", [2, 2]),
        ("posts_funded", [4, 4]),
        ("posts_filled", [3, 3]),
        ("cost_yuan", [11, 30]),
        ("headroom_yuan", [39, np.nan]),
        ("payroll_yuan", [0, 70]),
        ("advance_yuan", [9.5, 0]),
        ("existing_yuan", [0, 0]),
        ("gap_days", [16, 0]),
        ("gap_retender_days", [10, 0]),
        ("gap_failure_days", [6, 0]),
        ("gap_household_days", [10 * 100 / 5 + 6 * 200 / 4, 0]),
        ("gap_first_household_days", [0, 0]),
        ("unmanned_days", [0.5 * 28, 0]),
        ("cost_per_decision_yuan", [11 / 16, 100 / 20]),
        ("visits_missed", [0, 3]),
        ("excluded_months", [4, 6]),
        ("excluded_unknown_months", [1, 2]),
        ("excluded_route_months", [2, 5]),
        ("excluded_late_months", [1, -1]),
        ("overpaid_yuan", [1, 3]),
        ("overpaid_design_yuan", [1, 4]),
        ("overpaid_late_yuan", [0, -1]),
        ("recovered_yuan", [3, 0]),
        ("phase_out_months", [2, 5]),
        ("phase_out_yuan", [2, 5]),
        ("unlawful_visits", [1, 0]),
        ("reviews_on_time_share", [6 / 8, 1]),
        ("reviews_overdue", [2, 0]),
    ],
)
def test_a_measure_is_what_its_definition_says(measure: str, values: list[float]) -> None:
    """Ratios are formed last, from sums; verification centres stand outside the formulas' posts."""
    assert MEASURES[measure](frames()).tolist() == pytest.approx(values, nan_ok=True)


def test_terms_of_single_steps_are_told_one_by_one() -> None:
    """Term a: 8 + 5 due, 6 + 4 in time; term b: 2 of 2."""
    told = by_term(frames()).set_index("term")["on_time_share"].to_dict()

    assert told == {"a": 10 / 13, "b": 1.0}


def test_a_limit_that_is_not_there_is_empty_not_zero() -> None:
    """Replication 1 has no limit: nothing binds, which is not a limit of nothing."""
    cap = MEASURES["cap_yuan"](frames())

    assert cap.loc[0] == 50
    assert np.isnan(cap.loc[1])


def test_an_interval_is_student_s() -> None:
    """Values 1, 2, 3: mean 2, half-width 4.303 ÷ √3 (t with 2 degrees of freedom)."""
    mean, low, high, count = interval(pd.Series([1.0, 2.0, 3.0]))

    assert (mean, count) == (2.0, 3)
    assert high - mean == pytest.approx(4.302653 / 3**0.5, rel=1e-6)
    assert mean - low == pytest.approx(high - mean)


def test_one_replication_has_no_width() -> None:
    """No spread is known from one run; it is not passed off as certain: n says 1."""
    assert interval(pd.Series([5.0])) == (5.0, 5.0, 5.0, 1)


def test_intervals_cover_as_often_as_they_say() -> None:
    """95 % intervals of normal samples cover the mean in 95 % of 2,000 trials (four standard errors)."""
    chance = np.random.default_rng(20270101)
    covered = 0
    for _ in range(2000):
        _, low, high, _ = interval(pd.Series(chance.normal(10, 3, size=20)))
        covered += low <= 10 <= high

    assert abs(covered / 2000 - 0.95) < 4 * (0.95 * 0.05 / 2000) ** 0.5


def test_a_summary_has_every_measure_for_the_plan_and_each_year() -> None:
    """One row a measure and year; 0 stands for the whole plan; shares stay within 0 and 1."""
    table = summary(frames())

    assert set(table["measure"]) == set(MEASURES)
    assert sorted(table["year"].unique()) == [0, 2027]
    shares = table[table["measure"] == "on_time_share"]
    assert shares["high"].max() <= 1


def test_a_measure_says_which_way_is_better() -> None:
    """A choice by need met must not pick the option that meets least of it."""
    shares = {
        name for name in MEASURES if name.endswith(("_met_share", "on_time_share", "satisfaction_share"))
    }

    assert shares <= LARGER_IS_BETTER
    assert {"families_served", "posts_filled", "headroom_yuan"} <= LARGER_IS_BETTER
    assert not LARGER_IS_BETTER & {
        "families_left_out",
        "cost_yuan",
        "gap_days",
        "overdue_open",
        "utilisation_share",
    }
    assert set(MEASURES) >= LARGER_IS_BETTER

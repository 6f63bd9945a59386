"""The no-queue shadow: what families would have got, and kept, if nothing ever waited at a desk."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from simlib.years.cases.rates import detection_years
from tests.small import frame, opened, place, run, scenario, setting, with_towns


def _books(posts: int, share: float = 1.0, **future: Any) -> pd.DataFrame:
    staffed = with_towns(place(), posts_payroll=posts, assistance_share=share)
    return frame(run(setting(scenario(opening=12, **future), staffed)), "caseload")


@pytest.fixture(scope="module")
def ample() -> pd.DataFrame:
    """A year with more staff than there is work."""
    return _books(30)


@pytest.fixture(scope="module")
def short() -> pd.DataFrame:
    """The same year with a fifth of a clerk a township."""
    return _books(1, 0.2)


def test_parts_of_exclusion_stay_within_the_whole_under_ample_staff(ample: pd.DataFrame) -> None:
    """With no queue nearly all of it is families nobody knows of and the procedure itself."""
    sums = ample[["excluded_months", "excluded_unknown", "excluded_route"]].sum()
    late = sums["excluded_months"] - sums["excluded_unknown"] - sums["excluded_route"]

    assert sums["excluded_unknown"] > 0
    assert sums["excluded_route"] > 0
    assert 0 <= late < 0.01 * sums["excluded_months"]


def test_the_shadow_does_not_see_how_many_clerks_there_are(ample: pd.DataFrame, short: pd.DataFrame) -> None:
    """Same dates, zero waits: the parts that are not lateness agree; only lateness grows."""
    one, other = (table[["excluded_unknown", "excluded_route"]].sum() for table in (ample, short))
    late = [
        table["excluded_months"].sum() - table[["excluded_unknown", "excluded_route"]].sum().sum()
        for table in (ample, short)
    ]

    assert np.allclose(one, other, rtol=0.02)
    assert late[1] > 5 * max(late[0], 1)


def test_leakage_by_design_does_not_depend_on_clerks(ample: pd.DataFrame, short: pd.DataFrame) -> None:
    """Between reviews families are paid on whatever the desks do; a slow desk pays longer."""
    design = [table["overpaid_design"].sum() for table in (ample, short)]
    whole = [table["overpaid_months"].sum() for table in (ample, short)]

    assert design[0] == pytest.approx(design[1], rel=0.02)
    assert whole[1] > whole[0]


def test_nothing_leaks_beyond_the_design_under_ample_staff(ample: pd.DataFrame) -> None:
    """Reviews, comparisons and reports end support as soon as the procedure allows: no lateness is left."""
    assert ample["overpaid_months"].sum() == pytest.approx(ample["overpaid_design"].sum(), rel=0.01)


def test_every_household_on_the_books_has_a_shadow() -> None:
    """Whoever is paid would be paid no later without queues."""
    own = opened(setting(scenario(opening=12))).households
    paid = own.stage == 2

    assert (own.least_from[paid] <= own.paid_from[paid]).all()


def test_what_is_found_out_by_a_review_alone_takes_half_its_period() -> None:
    """With no reports and no comparison the mean wait for the next of yearly reviews is half a year."""
    assert detection_years((6, 12), 0.0) == pytest.approx(0.5, rel=1e-3)
    assert detection_years((6, 12), 1.0) == pytest.approx(0.25, rel=1e-3)


def test_comparisons_and_reports_find_out_sooner() -> None:
    """A comparison each month that finds everybody: half a month; reports at rate r beside yearly reviews."""
    assert detection_years((12, 12), 0.0, comparison_months=1, finds_share=1.0) == pytest.approx(
        1 / 24, rel=0.05
    )
    rate = 2.0
    theory = 1 / rate - (1 - np.exp(-rate)) / rate**2
    assert detection_years((12, 12), 0.0, reported_per_year=rate) == pytest.approx(theory, rel=1e-3)


def test_more_comparisons_leak_less() -> None:
    """The lever works in the direction a planner expects."""
    often, never = (
        _books(10, comparison__finds_share=share)["overpaid_months"].sum() for share in (0.6, 0.0)
    )

    assert often < never


def test_winter_brings_more_requests() -> None:
    """A season moves need between months and leaves the year as it was."""
    rates = [setting(scenario(season__requests_more=more)).caseload.season_requests for more in (0.0, 3.0)]

    assert rates[1][[0, 1, 11]].tolist() == pytest.approx([4 / 1.75] * 3)
    assert rates[1].mean() == pytest.approx(rates[0].mean())

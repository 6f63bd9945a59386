"""When a status ends: marginal households are re-verified or apply anew, rigid ones apply anew."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from simlib.policy.procedure import load_procedures
from simlib.scenario import Policy
from simlib.years.records import SCHEMAS, Tables
from tests.small import frame, place, run, scenario, setting, with_towns

MARGINAL = ("marginal_households", "marginal_persons")


@cache
def year(renewal: str, months: float = 12, marginal: int = 60) -> Tables:
    """A year with so many marginal households in each township, clerks enough."""
    home = with_towns(
        place(),
        **dict.fromkeys(MARGINAL, marginal),
        posts_payroll=8,
        assistance_share=1.0,
    )
    case = scenario(
        Policy(marginal_renewal=renewal),
        opening=6,
        clocks__marginal__validity_months=months,
        report__end_per_year=0.0,
    )
    return run(setting(case, home))


def done(found: Tables, activity: str) -> int:
    """How often an activity was done."""
    table = frame(found, "activity")
    return int(table[table["activity"] == activity]["services"].sum())


def waits(found: Tables, route: str) -> int:
    """Cases of a route decided in the year under a term."""
    table = frame(found, "waits")
    return int(table[table["route"] == route]["cases"].sum())


def test_the_other_reading_brings_the_whole_way_anew() -> None:
    """Re-verifications of marginal households become applications: entered, told to the public, decided."""
    review, application = year("review"), year("application")

    assert done(application, "review_papers") < done(review, "review_papers") - 150
    assert done(application, "data_entry") > done(review, "data_entry") + 100
    assert waits(application, "marginal_application") > waits(review, "marginal_application") + 100
    assert waits(application, "dibao_application") == waits(review, "dibao_application")


def test_a_validity_of_two_years_halves_what_comes_back() -> None:
    """Where a status holds for two years, half as many come back in each."""
    base = waits(year("review"), "marginal_application")
    one, two = (waits(year("application", months), "marginal_application") - base for months in (12, 24))

    assert 0.35 * one < two < 0.65 * one


def test_the_reading_is_about_marginal_households_alone() -> None:
    """Without any, both answers give the same tables."""
    tables = [year(renewal, marginal=0) for renewal in ("review", "application")]

    assert all(tables[0][name].equals(tables[1][name]) for name in SCHEMAS)


def test_families_stay_on_the_books_while_they_come_back() -> None:
    """Neither way loses a family that still qualifies."""
    books = [
        frame(year(renewal), "caseload").query("month == 11 and programme == 'marginal'")
        for renewal in ("review", "application")
    ]
    stock = [int(pd.Series(table["households"]).sum()) for table in books]

    assert stock[1] == pytest.approx(stock[0], rel=0.02)


def test_rigid_households_have_no_review_but_an_application() -> None:
    """2024-10-24 art. 10: valid for twelve months at most, then applied for anew."""
    procedures = load_procedures()

    assert procedures.route_of("rigid", "review") is None
    route = procedures.route_of("rigid", "application")
    assert route is not None
    assert route.id == "rigid_application"

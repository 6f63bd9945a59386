"""The pilot itself: a plan of 2024 or 2025 runs on its own timetable, and on the law of those days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simlib.drive.batch import left_aside
from simlib.errors import LawError, ScenarioError
from simlib.policy.notyet import in_force, not_yet
from simlib.policy.procedure import load_procedures
from simlib.scenario import Policy, load_scenario
from simlib.units import MONTHS_PER_YEAR
from simlib.years.records import Tables
from simlib.years.services.countyservices import ServiceDays, first_service_day, service_days
from simlib.years.services.purse import Purses
from simlib.years.setting import prepare
from tests.small import ROOT, TOWNS, frame, law, place, run, scenario, setting, with_towns

SERVICES = Policy(
    services="shizuishan-3pct-cap",
    services_share=0.03,
    services_document="shizuishan-2024",
    services_townships=(TOWNS[1],),
)
STAFFED = with_towns(place(), posts_payroll=12)


def of_year(first: int, years: int = 2, **policy: Any) -> Any:
    """A scenario of services that begins in a year."""
    case = scenario(replace(SERVICES, **policy), years=years)
    return replace(case, run=replace(case.run, first_year=first))


@cache
def told() -> Tables:
    """The pilot: both of its years in the small place."""
    return run(setting(of_year(2024), STAFFED))


@pytest.mark.parametrize(
    ("first", "named", "begins"),
    [
        (2024, (), (date(2024, 10, 1), date(2025, 8, 1))),
        (2025, (), (date(2024, 10, 1), date(2025, 8, 1))),
        (2026, (), (date(2026, 1, 1), date(2026, 11, 1))),
        (2027, (), (date(2027, 1, 1), date(2027, 11, 1))),
        (2025, (date(2025, 2, 3), date(2025, 9, 9)), (date(2025, 2, 3), date(2025, 9, 9))),
    ],
)
def test_services_begin_on_the_days_of_the_pilot_while_it_runs(
    first: int, named: tuple[date, ...], begins: tuple[date, date]
) -> None:
    """Afterwards as far apart as there, from the plan's first day; a plan's own days go before both."""
    case = of_year(first, services_dates=named)

    assert service_days(case, law()) == ServiceDays(*begins)
    assert first_service_day(case, law()) == max(begins[0], date(first, 1, 1))


def test_the_sample_of_the_pilot_is_on_its_days() -> None:
    """The shipped file names no days of its own: those of the document hold, in all three counties."""
    ready = prepare(load_scenario(ROOT / "scenarios" / "shizuishan_pilot_2024.yaml"), law=law())
    assert ready.services is not None
    begins = {int(month) for county in ready.services.counties.values() for month in county.begins}

    assert service_days(ready.scenario, law()) == ServiceDays(date(2024, 10, 1), date(2025, 8, 1))
    assert begins == {9, MONTHS_PER_YEAR + 7}


def test_the_pilot_runs_by_its_timetable() -> None:
    """Priority townships from October 2024, all from August 2025; before, nothing is asked or paid."""
    asked = frame(told(), "service_assessments")
    covered = asked[asked["covered"] > 0].groupby("area_code")["month"].min()
    orders, money = (frame(told(), f"service_{name}") for name in ("orders", "money"))
    october = 9

    assert covered[TOWNS[1]] == october
    assert set(covered.drop(TOWNS[1])) == {MONTHS_PER_YEAR + 7}
    assert orders[orders["assessed"] > 0]["month"].min() >= october
    assert money[money["month"] < october]["paid_fen"].sum() == 0
    assert money[money["paid_fen"] > 0]["month"].min() >= october


def test_who_was_recognised_before_the_law_stays_on_the_books() -> None:
    """Rigid-spending households are listed, need services and are never at a desk; the planner is told."""
    ready = setting(of_year(2024), STAFFED)
    stock = frame(told(), "caseload")
    rigid = stock[stock["programme"] == "rigid"].groupby("month")[["households", "entered"]].sum()
    before = int(STAFFED.townships["rigid_households"].sum())
    fared = frame(told(), "service_households")
    desks = run(setting(of_year(2025), STAFFED))

    assert [route.id for route in not_yet(ready.procedures)] == ["rigid_application"]
    assert sum("rigid-expenditure" in line for line in left_aside(ready)) == 1
    assert rigid["households"].mean() > before / 2
    assert rigid["entered"].sum() > 0
    assert fared[fared["programme"] == "rigid"]["assessed"].sum() > 0
    assert "rigid_application" not in set(frame(told(), "waits")["route"])
    assert "rigid_application" in set(frame(desks, "waits")["route"])


def test_from_2025_every_route_is_in_force() -> None:
    """Nothing is left out of a plan of 2025 or later, and no route is of another shape."""
    procedures = load_procedures()

    assert in_force(procedures, law(), on=date(2025, 1, 1)) == procedures
    assert not not_yet(setting(of_year(2025)).procedures)
    assert not any("rigid" in line for line in left_aside(setting(of_year(2025))))


def test_other_law_is_not_left_out() -> None:
    """A plan before 57号 has no procedure at all: refused with the dates, as before."""
    early = in_force(load_procedures(), law(), on=date(2020, 1, 1))

    assert [route.id for route in not_yet(early)] == ["rigid_application"]
    with pytest.raises(LawError, match="2021-07-01"):
        setting(of_year(2021, services="none", services_document="none"))


def test_services_before_their_document_are_refused_before_a_run() -> None:
    """The document says nothing for March 2024; the plan of 2023 ends before any service begins."""
    days = date(2024, 3, 1), date(2024, 12, 1)

    with pytest.raises(LawError, match=r"2024-03-01.*2024-10-01"):
        setting(of_year(2024, services_document="none", services_dates=days))
    with pytest.raises(ScenarioError, match=r"2024-10-01.*2023-12-31"):
        setting(of_year(2023, 1))


def test_a_block_of_the_pilot_is_paid_from_october() -> None:
    """Three parts of the year's money, and nothing for the nine months without services."""
    money = frame(run(setting(of_year(2024, 1, services_contract="block"), STAFFED)), "service_money")
    by_month = money.groupby("month")["paid_fen"].sum()
    whole = int(money["voted_fen"].sum() - money["evaluation_fen"].sum())

    assert by_month[:9].sum() == 0
    assert by_month[9:].tolist() == pytest.approx([whole / 3] * 3, abs=2)


@pytest.mark.parametrize(
    ("first", "free", "paid"),
    [
        (0, [100, 200, 900, 1200], [100, 200, 900, 1200]),
        (9, [0, 0, 0, 1200], [0, 0, 0, 1200]),
        (6, [0, 0, 600, 1200], [0, 0, 600, 1200]),
        (12, [0, 0, 0, 0], [0, 0, 0, 0]),
    ],
)
def test_money_comes_over_the_months_there_are_services(first: int, free: list[int], paid: list[int]) -> None:
    """In equal parts from the month they begin; a block too is paid for no month before."""
    months, one = (0, 1, 8, 11), np.array([[1200]], dtype=np.int64)
    unit, block = (Purses(1, 1, at_once=False, block_discount=part) for part in (None, Fraction(0)))
    for purse in (unit, block):
        purse.open(one, None, np.array([first], dtype=np.int64))
    by_month = pd.Series([int(block.month(month).paid.sum()) for month in range(MONTHS_PER_YEAR)]).cumsum()

    assert [int(unit.free(month)[0]) for month in months] == free
    assert by_month[list(months)].tolist() == paid

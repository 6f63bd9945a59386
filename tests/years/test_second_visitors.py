"""A county under each answer to who goes along on a visit: one thing moves, families do not."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pytest

from simlib.desks.network import NOBODY, Kind
from simlib.scenario import Policy
from simlib.years.county import Batch
from simlib.years.records import Tables
from simlib.years.replication import Run
from tests.small import COUNTY, ENGINE, TOWNS, frame, place, run, scenario, setting, with_bureau, with_towns


@cache
def year(second_visitor: str, assistants: int = 30, contract: int = 0, lends: bool = True) -> Tables:
    """A year; ample clerks, so many assistants and contract workers in each township."""
    home = with_towns(
        place(), posts_payroll=8, posts_village=assistants, posts_contract=contract, assistance_share=1.0
    )
    if not lends:
        home = with_bureau(home, posts_payroll=0, posts_contract=0)
    return run(setting(scenario(Policy(second_visitor=second_visitor)), home))


def desks(second_visitor: str, **home: Any) -> pd.DataFrame:
    """A year of desk work."""
    return frame(year(second_visitor, **home), "desk_work")


def days(second_visitor: str, **home: Any) -> float:
    """Mean working days from acceptance of an application to its decision."""
    waits = frame(year(second_visitor, **home), "waits")
    waits = waits[waits["route"] == "dibao_application"]
    return float((waits["days"] * waits["cases"]).sum() / waits["cases"].sum())


def of_towns(table: pd.DataFrame, column: str) -> int:
    """A sum over townships."""
    return int(table[table["office"].isin(TOWNS)][column].sum())


def test_an_assistant_saves_a_clerk_and_costs_days() -> None:
    """The same families come, a visit takes one clerk, nothing is unlawful; decisions come later."""
    two, one = desks("township"), desks("village")

    assert one[one["month"] == 0]["arrived"].tolist() == two[two["month"] == 0]["arrived"].tolist()
    assert of_towns(one, "busy_ticks") < of_towns(two, "busy_ticks")
    assert one["unlawful"].sum() == 0
    assert days("village", assistants=4) > days("township") + 1


def test_more_assistants_are_at_hand_sooner() -> None:
    """Twice as many come by twice as often: what is lost in days shrinks."""
    few, many = (days("village", assistants=count) for count in (4, 60))

    assert many < few - 1


def test_without_assistants_the_county_lends_or_visits_are_unlawful() -> None:
    """The rule cannot be met by another clerk of the township, however many there are."""
    lent, nobody = desks("village", assistants=0), desks("village", assistants=0, lends=False)

    assert lent["unlawful"].sum() == 0
    assert (
        lent[lent["office"] == COUNTY]["busy_ticks"].sum()
        > desks("village")[lent["office"] == COUNTY]["busy_ticks"].sum()
    )
    assert of_towns(nobody, "unlawful") > 50


@pytest.mark.parametrize("contract", [0, 2])
def test_a_bought_companion_needs_somebody_bought(contract: int) -> None:
    """Eight clerks and nobody bought: every visit of the township is unlawful; with two, none is."""
    unlawful = of_towns(desks("purchased", contract=contract), "unlawful")

    assert (unlawful > 50) == (contract == 0)
    assert of_towns(desks("township", contract=contract), "unlawful") == 0


def test_no_clerk_ever_goes_along_where_companions_are_bought() -> None:
    """Service by service: who leads is of the payroll, who goes along is not."""
    home = with_towns(place(), posts_payroll=4, posts_contract=2)
    ready = setting(scenario(Policy(second_visitor="purchased"), opening=1), home)
    counties = ready.side_by_side(Batch(range(1), (COUNTY,)))
    visits = [ready.procedures.activities[name].number for name in ("home_visit", "self_care")]
    kinds: dict[int, set[int]] = {0: set(), 1: set()}
    with Run(ready, counties, None, engine=ENGINE) as months:
        for month in (-1,):
            done = months.month(month).done.services
            theirs = (counties.bureau[done.office] != done.office) & (done.worker != NOBODY)
            for part, seen in kinds.items():
                rows = theirs & (done.part == part) & pd.Series(done.activity).isin(visits).to_numpy()
                seen |= set(months.workforce.people.of_id(done.worker[rows])[3].tolist())

    assert kinds == {0: {Kind.PAYROLL}, 1: {Kind.CONTRACT}}

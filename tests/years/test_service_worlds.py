"""Services under rules and chances nobody picked by hand: what is counted and paid adds up in each."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from simlib.results.services import ServiceFrames, by_county, caps_crossed, fund_years
from simlib.scenario import Policy, Scenario
from simlib.view.serviceexecution import service_amounts
from simlib.years.county import Batch
from simlib.years.replication import open_batch, simulate_batch
from tests.small import COUNTY, TOWNS, place, scenario, setting, with_towns

YEARS, REPLICATIONS = 2, 2


def world(seed: int) -> Scenario:
    """A scenario of services whose levers are drawn by lot."""
    lot = random.Random(seed)
    policy = Policy(
        services="shizuishan-3pct-cap",
        services_share=lot.choice([0.0, 0.01, 0.03, 0.05]),
        special_yuan=lot.choice([0, 3_000, 50_000, 2_000_000]),
        lottery_yuan=lot.choice([0, 40_000]),
        donations_yuan=lot.choice([0, 7_777]),
        services_pace=lot.choice(["monthly", "at_once"]),
        services_rationing=lot.choice(["grade", "first_come", "equal_share"]),
        services_contract=lot.choice(["unit", "block"]),
        service_workers=lot.choice([None, 0, 1, 6, 200]),
        mutual_help=lot.choice(["none", "hardship", "sixty", "both"]),
        services_document=lot.choice(["none", "shizuishan-2024"]),
    )
    case = scenario(policy, years=YEARS, opening=2)
    run = replace(case.run, seed=lot.randrange(10**6), replications=REPLICATIONS)
    future = replace(case.future, services_side=lot.choice(["low", "mode", "high"]))
    return replace(case, run=run, future=future)


@pytest.mark.parametrize("seed", range(5))
def test_orders_and_money_add_up_and_no_cap_is_crossed_in_any_replication(seed: int) -> None:
    """To the order and to the fen, whichever way money, hands, rationing and evaluation are set."""
    ready = setting(world(seed), with_towns(place((COUNTY,), TOWNS[:2]), posts_payroll=6))
    batch = Batch(range(REPLICATIONS), (COUNTY,))
    tables = simulate_batch(ready, batch, open_batch(ready, batch, engine="compiled"), engine="compiled")
    frames = ServiceFrames.of(tables, first_year=ready.scenario.run.first_year)
    orders, money, years = frames.orders, frames.money, fund_years(frames)
    ends = orders[["on_time", "late", "unmet", "withdrawn", "open_end"]].sum(axis=1)
    by_year = years.set_index(["replication", "fund", "year"])
    form = service_amounts(money, range(12 * YEARS))

    assert orders["assessed"].sum() > 100
    assert (orders["open_start"] + orders["assessed"]).equals(ends)
    assert (years["carried_in_fen"] + years["voted_fen"]).equals(
        years[["paid_fen", "committed_fen", "lapsed_fen"]].sum(axis=1)
    )
    assert caps_crossed(frames).empty
    counties, owed = by_county(frames), years["committed_fen"].sum() - years["carried_in_fen"].sum()
    told = counties.sum(numeric_only=True) * REPLICATIONS
    assert 100 * (told["voted_yuan"] - told["paid_yuan"] - told["lapsed_yuan"]) == pytest.approx(
        owed, abs=0.5
    )
    assert told["assessed"] == pytest.approx(orders["assessed"].sum())
    assert money["evaluation_fen"].sum() == frames.evaluations["charged_fen"].sum()
    first, second = (by_year.xs(ready.scenario.run.first_year + at, level="year") for at in range(YEARS))
    assert (second["carried_in_fen"] == first["committed_fen"]).all()
    assert (form["fen_limit"] - form["fen_paid"] >= form["fen_held"]).all()
    if ready.scenario.policy.services_contract == "unit":
        assert orders["charged_fen"].sum() + money["evaluation_fen"].sum() == money["paid_fen"].sum()

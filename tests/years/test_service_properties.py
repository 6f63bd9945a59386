"""What services promise under any levers (MODEL §9), on a place so small that many worlds can be tried."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as some

from simlib.places.place import Place
from simlib.policy.services.items import load_services
from simlib.results.services import ServiceFrames, caps_crossed, fund_years
from simlib.scenario import Policy, Scenario
from simlib.years.records import Tables
from simlib.years.replication import Run, Snapshot
from simlib.years.services.watched import Event, WatchedServices
from tests.small import COUNTY, ENGINE, batch, frame, opened, place, scenario, setting, with_towns

TOWNS = ("640205003", "640205100")
YEARS = 2
FEW = settings(max_examples=6, deadline=None, derandomize=True)


class WatchedRun(Run):
    """A run whose services are followed family by family."""

    services_kind = WatchedServices


@cache
def tiny(thinned: int = 8) -> Place:
    """Two townships with a part of their families, and clerks enough to assess them."""
    home = place((COUNTY,), TOWNS)
    counts = [
        name for name in map(str, home.townships) if name.endswith(("_households", "_persons", "persontimes"))
    ]
    return with_towns(home, **{name: home.townships[name] // thinned for name in counts}, posts_payroll=4)


@cache
def opening(seed: int, thinned: int) -> Snapshot:
    """How the tiny place opens with a seed: the same under every policy."""
    return opened(setting(seeded(scenario(), seed), tiny(thinned)))


def seeded(case: Scenario, seed: int) -> Scenario:
    """The scenario with another seed."""
    return replace(case, run=replace(case.run, seed=seed))


@dataclass(frozen=True, slots=True)
class World:
    """What became of a scenario: its tables, its events and each family's grade as a month began."""

    tables: Tables
    events: pd.DataFrame
    begins: list[int]


def world(policy: Policy, *, seed: int = 1, thinned: int = 8, years: int = YEARS, **future: Any) -> World:
    """The tiny place under a policy, followed family by family."""
    ready = setting(seeded(scenario(policy, years=years, **future), seed), tiny(thinned))
    start = Snapshot.of_arrays(opening(seed, thinned).arrays())
    parts, seen = [], 0
    with WatchedRun(ready, ready.side_by_side(batch(COUNTY)), start, engine=ENGINE) as run:
        own = run.services
        assert isinstance(own, WatchedServices)
        for month in range(years * 12):
            before = own.standing
            run.month(month)
            grades = pd.Series(before.grade, index=pd.MultiIndex.from_arrays([before.area, before.number]))
            events = pd.DataFrame({name: getattr(own.events, name) for name in own.events.names()})[seen:]
            seen += len(events)
            who = pd.MultiIndex.from_frame(events[["area", "number"]])
            parts.append(events.assign(grade=grades.reindex(who).to_numpy()))
        return World(run.tables(), pd.concat(parts, ignore_index=True), own.families.begins.tolist())


POLICIES = some.builds(
    Policy,
    services=some.just("shizuishan-3pct-cap"),
    services_share=some.sampled_from([0.0, 0.01, 0.02, 0.03, 0.05]),
    special_yuan=some.sampled_from([0, 777, 20_000]),
    lottery_yuan=some.sampled_from([0, 5_000]),
    services_pace=some.sampled_from(["monthly", "at_once"]),
    services_rationing=some.sampled_from(["grade", "first_come", "equal_share"]),
    services_contract=some.sampled_from(["unit", "block"]),
    services_townships=some.sampled_from([(), (TOWNS[0],)]),
    services_dates=some.sampled_from(
        [(), (date(2027, 1, 1), date(2027, 1, 1)), (date(2027, 3, 5), date(2028, 2, 1))]
    ),
    services_document=some.sampled_from(["none", "shizuishan-2024"]),
    service_workers=some.sampled_from([None, 0, 1, 3]),
    mutual_help=some.sampled_from(["none", "hardship", "sixty", "both"]),
)


SCARCE = Policy(services="shizuishan-3pct-cap", services_share=0.005, services_dates=(date(2027, 1, 1),) * 2)
"""Money that lacks in each month, by grade: chance alone may not try it."""


@FEW
@given(POLICIES, some.integers(0, 2), some.sampled_from([8, 12]))
@example(SCARCE, 1, 8)
def test_every_order_ends_once_and_every_fen_is_somewhere(policy: Policy, seed: int, thinned: int) -> None:
    """At every month and item: assessed = delivered + late + open + unmet + withdrawn; money to the fen, the
    cap never crossed; nothing ordered in a township before its phase; grades served in strict order.
    """
    found = world(policy, seed=seed, thinned=thinned)
    frames = ServiceFrames.of(found.tables, first_year=2027)
    _orders_add_up(frames.orders)
    _money_adds_up(frames, policy)
    events = found.events
    ordered = events[events["event"] == Event.ORDERED]
    begins = np.array(found.begins)

    assert (ordered["month"].to_numpy() > begins[ordered["area"]]).all()
    assert len(ordered) == frames.orders["assessed"].sum()
    fen = events.groupby("event")["fen"].sum().reindex(list(Event), fill_value=0)
    never = fen[Event.ORDERED] - fen[Event.PLACED] + fen[Event.GIVEN_UP]
    assert fen[Event.PLACED] == frames.orders["reserved_fen"].sum()
    assert fen[Event.ON_TIME] + fen[Event.LATE] == frames.orders["charged_fen"].sum()
    assert never == frames.orders["unmet_fen"].sum()
    if policy.services_rationing == "grade":
        assert _out_of_turn(events) == []


def _orders_add_up(orders: pd.DataFrame) -> None:
    ends = orders[["on_time", "late", "unmet", "withdrawn", "open_end"]].sum(axis=1)
    assert (orders["open_start"] + orders["assessed"]).equals(ends)
    assert (orders["unmet_money"] <= orders["unmet"]).all()
    by_month = orders.pivot_table(
        index="month", columns="item", values=["open_start", "open_end"], fill_value=0
    ).reindex(range(orders["month"].min(), orders["month"].max() + 1), fill_value=0)
    assert (by_month["open_start"].iloc[1:].to_numpy() == by_month["open_end"].iloc[:-1].to_numpy()).all()


def _money_adds_up(frames: ServiceFrames, policy: Policy) -> None:
    years = fund_years(frames)
    used = years[["paid_fen", "committed_fen", "lapsed_fen"]].sum(axis=1)
    assert (years["carried_in_fen"] + years["voted_fen"]).equals(used)
    assert (years.filter(like="_fen") >= 0).all(axis=None)
    assert caps_crossed(frames).empty
    held = frames.orders.groupby("month")[["reserved_fen", "charged_fen", "released_fen"]].sum().cumsum()
    left = held["reserved_fen"] - held["charged_fen"] - held["released_fen"]
    assert (left >= 0).all()
    if policy.services_contract == "unit":
        by_month = frames.money.groupby("month")[["held_fen", "paid_fen", "evaluation_fen"]].sum()
        served = (by_month["paid_fen"] - by_month["evaluation_fen"]).cumsum()
        assert by_month["held_fen"].loc[left.index].tolist() == left.tolist()
        assert served.loc[held.index].tolist() == held["charged_fen"].tolist()


def _out_of_turn(events: pd.DataFrame) -> list[int]:
    """Months in which an easier case was placed while money lacked for a harder one."""
    keys = ["month", "area", "number", "item"]
    due = events[events["event"] == Event.ORDERED].set_index(keys)["grade"]
    placed = due.index.isin(events[events["event"] == Event.PLACED].set_index(keys).index)
    last_placed = due[placed].groupby("month").max()
    first_lacking = due[~placed].groupby("month").min()
    both = last_placed.index.intersection(first_lacking.index)
    return both[last_placed[both] > first_lacking[both]].tolist()


@FEW
@given(POLICIES, some.integers(0, 2))
def test_money_and_hands_for_all_serve_all_in_time_and_none_serve_none(policy: Policy, seed: int) -> None:
    """Whatever the rule of rationing, contract, phase or seed."""
    ample = replace(policy, special_yuan=10**8, service_workers=400, services_pace="at_once")
    plenty = frame(world(ample, seed=seed, years=1).tables, "service_orders")
    nothing = replace(policy, services_share=0.0, special_yuan=0, lottery_yuan=0)
    poor = frame(world(nothing, seed=seed, years=1).tables, "service_orders")

    assert plenty["late"].sum() == plenty["unmet"].sum() == 0
    assert (plenty["on_time"].sum() > 0) == (plenty["assessed"].sum() > 100)
    assert poor["unmet_money"].equals(poor["assessed"])
    assert poor[["on_time", "late", "reserved_fen", "charged_fen"]].to_numpy().sum() == 0


def _priced(yuan: int) -> dict[str, Any]:
    """Every item twelve times a year at one price, so that each order costs the same."""
    items = load_services().items
    return {f"services__price_yuan__{item}": yuan for item in items} | {
        f"services__times_a_year__{item}": 12 for item in items
    }


@settings(FEW, max_examples=3)
@given(some.integers(15, 60), some.sampled_from(["grade", "first_come", "equal_share"]), some.integers(0, 2))
def test_doubling_the_cost_of_a_unit_halves_what_is_delivered(yuan: int, rule: str, seed: int) -> None:
    """When money alone binds: as many orders as it pays, to the last, so half as many at twice the price."""
    policy = Policy(
        services="shizuishan-3pct-cap",
        services_share=0.002,
        services_rationing=rule,
        services_pace="at_once",
        services_dates=(date(2027, 1, 1), date(2027, 1, 1)),
        service_workers=400,
    )
    kept = []
    for price in (yuan, 2 * yuan):
        tables = world(policy, seed=seed, years=1, **_priced(price)).tables
        orders, money = frame(tables, "service_orders"), frame(tables, "service_money")
        lacking = orders.groupby("month")["unmet_money"].sum()
        delivered = int(orders[["on_time", "late"]].to_numpy().sum())
        still_open = int(orders[orders["month"] == 11]["open_end"].sum())

        assert lacking.iloc[-1] > 0
        assert delivered + still_open == money["voted_fen"].sum() // (price * 100)
        kept.append(delivered + still_open)
    assert abs(kept[0] - 2 * kept[1]) <= 1

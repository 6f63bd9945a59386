"""Services for families in a run: what is counted adds up, money and hands bound it, nothing else moves."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simlib.dated import Range
from simlib.desks.trace import Matters
from simlib.errors import ScenarioError
from simlib.policy.services.items import URGENCIES, load_services
from simlib.results.measures import Frames, path
from simlib.scenario import Policy
from simlib.units import MINUTES_PER_HOUR, TICKS_PER_MINUTE
from simlib.worktime import DAY_TICKS
from simlib.years.cases.households import Households
from simlib.years.cases.requests import Span
from simlib.years.county import Batch
from simlib.years.records import SCHEMAS, Tables
from simlib.years.replication import Run, Snapshot, open_batch, simulate_batch
from simlib.years.services.familyservices import FamilyServices
from tests.small import COUNTY, ENGINE, TOWNS, batch, frame, opened, place, run, scenario, setting, with_towns

SERVICES = Policy(services="shizuishan-3pct-cap", services_share=0.03)
BOTH = replace(SERVICES, mutual_help="both", lottery_yuan=50_000)
TABLES = tuple(name for name in SCHEMAS if name.startswith("service_"))
OTHER = "640202"
STAFFED = with_towns(place(), posts_payroll=12)
"""The small place with clerks enough to assess its families."""


def told(policy: Policy = BOTH, years: int = 2) -> Tables:
    """The tables of the small place with clerks enough, under a policy."""
    return _told(json.dumps(asdict(policy), default=str), years, _Unread(policy))


class _Unread:
    """A policy beside the text that stands for it: policies hold mappings, which a cache cannot look up."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Unread)


@cache
def _told(_text: str, years: int, known: _Unread) -> Tables:
    return run(setting(scenario(known.policy, years=years), STAFFED), opening=_opening())


@cache
def _opening() -> Snapshot:
    """The opening state all policies share."""
    return opened(setting(scenario(), STAFFED))


def orders(policy: Policy = BOTH, years: int = 2) -> pd.DataFrame:
    """The table of orders."""
    return frame(told(policy, years), "service_orders")


def test_no_services_write_no_row_and_call_no_clerk() -> None:
    """Where a scenario buys none there is nothing: no table, no assessment at a desk."""
    tables = run(setting(scenario()))

    assert [tables[name].num_rows for name in TABLES] == [0] * len(TABLES)
    assert "service_assessment" not in set(frame(tables, "activity")["activity"])


def test_orders_are_delivered_late_unmet_withdrawn_or_open() -> None:
    """Each order ends once, month by month, county by county and item by item."""
    found = orders()
    ends = found[["on_time", "late", "unmet", "withdrawn", "open_end"]].sum(axis=1)

    assert found["assessed"].sum() > 1000
    assert (found["open_start"] + found["assessed"]).equals(ends)
    assert (found["unmet_money"] <= found["unmet"]).all()
    assert (found["helped"] <= found["on_time"] + found["late"]).all()


def test_a_month_opens_with_what_the_month_before_left() -> None:
    """No order is lost or found between two months."""
    table = orders().pivot_table(
        index="month", columns="item", values=["open_start", "open_end"], fill_value=0
    )

    assert (table["open_start"].iloc[1:].to_numpy() == table["open_end"].iloc[:-1].to_numpy()).all()


def test_assessments_are_done_dropped_or_open() -> None:
    """Called families stand at the desk until they are assessed or have left the books."""
    found = frame(told(), "service_assessments")
    asked = found[["open_start", "asked_first", "asked_yearly", "asked_change"]].sum(axis=1)

    assert found["done"].sum() > 500
    assert asked.equals(found[["done", "dropped", "open_end"]].sum(axis=1))
    assert (found["in_need"] <= found["done"]).all()
    assert (found["covered"] <= found["households"]).all()


def test_families_in_need_fare_one_way() -> None:
    """Wholly served, partly, left out or pending: with need, and nobody twice; of no grade, no need."""
    found = frame(told(), "service_households")

    assert found["with_need"].equals(found[["wholly", "partly", "left_out", "pending"]].sum(axis=1))
    assert (found[found["grade"] != "none"]["assessed"] == found[found["grade"] != "none"]["with_need"]).all()
    assert found[found["grade"] == "none"]["with_need"].sum() == 0


@pytest.mark.parametrize(
    "policy",
    [
        BOTH,
        replace(BOTH, services_rationing="first_come", services_pace="at_once"),
        replace(SERVICES, services_rationing="equal_share", special_yuan=20_000),
        replace(SERVICES, services_contract="block"),
        replace(SERVICES, service_workers=1),
    ],
)
def test_every_fund_balances_and_no_cap_is_crossed(policy: Policy) -> None:
    """To the fen: carried in + voted = paid + committed + lapsed, and at no month's end more is used."""
    money = frame(told(policy), "service_money").assign(year=lambda table: table["month"] // 12)
    fund_year = ["county_code", "fund", "year"]
    sums = money.groupby(fund_year).sum(numeric_only=True)
    used = sums[["paid_fen", "committed_fen", "lapsed_fen"]].sum(axis=1)
    so_far = money.groupby(fund_year)[["carried_in_fen", "voted_fen", "paid_fen"]].cumsum()

    assert sums["paid_fen"].sum() > 0
    assert (sums["carried_in_fen"] + sums["voted_fen"]).equals(used)
    assert (sums >= 0).all(axis=None)
    assert (so_far["paid_fen"] + money["held_fen"] <= so_far["carried_in_fen"] + so_far["voted_fen"]).all()


def test_money_held_is_charged_or_let_go_of() -> None:
    """What orders hold is what they took less what was charged and released; what is charged is paid."""
    found, money = orders(), frame(told(), "service_money")
    moved = found.groupby("month")[["reserved_fen", "charged_fen", "released_fen"]].sum().cumsum()
    held = money.groupby("month")["held_fen"].sum()
    paid = money.groupby("month")["paid_fen"].sum().cumsum()
    left = moved["reserved_fen"] - moved["charged_fen"] - moved["released_fen"]

    assert left.tolist() == held.loc[left.index].tolist()
    assert moved["charged_fen"].tolist() == paid.loc[moved.index].tolist()


def test_a_block_is_paid_whatever_is_delivered() -> None:
    """In twelve parts, the whole sum, and it buys more than the same money by unit."""
    block, unit = replace(SERVICES, services_contract="block"), SERVICES
    money = frame(told(block), "service_money")
    more, plain = orders(block), orders(unit)

    assert money["paid_fen"].sum() == money["voted_fen"].sum()
    assert more["reserved_fen"].sum() > plain["reserved_fen"].sum()


def test_with_money_and_hands_for_all_every_order_is_in_time() -> None:
    """Nothing is late, nothing unmet; what is not delivered is withdrawn or just ordered."""
    ample = replace(SERVICES, special_yuan=10**9, service_workers=1500, services_pace="at_once")
    found = orders(ample)

    assert found["late"].sum() == found["unmet"].sum() == 0
    last = found[found["month"] == found["month"].max()]
    rest = last["open_end"].sum() + found["withdrawn"].sum()
    assert found["on_time"].sum() == found["assessed"].sum() - rest
    assert found["on_time"].sum() > 10_000


def test_without_money_nothing_is_delivered() -> None:
    """Every order is unmet for want of money, and none is placed."""
    found = orders(replace(SERVICES, services_share=0.0), 1)

    assert found["assessed"].sum() > 0
    assert found["unmet_money"].equals(found["assessed"])
    assert found[["on_time", "late", "reserved_fen"]].to_numpy().sum() == 0


def test_without_hands_nothing_is_delivered() -> None:
    """Orders wait until they are given up, and the money they held lapses."""
    nobody = replace(SERVICES, service_workers=0)
    found, money = orders(nobody), frame(told(nobody), "service_money")

    assert found[["on_time", "late", "charged_fen", "busy_ticks"]].to_numpy().sum() == 0
    assert (found["unmet"] - found["unmet_money"]).sum() > 0
    assert money["paid_fen"].sum() == 0


def test_engines_give_the_same_services() -> None:
    """A year of services with helpers through both engines, bit for bit."""
    ready = setting(scenario(replace(BOTH, service_workers=3)), STAFFED)
    tables = [run(ready, engine=engine) for engine in ("compiled", "reference")]

    assert frame(tables[0], "service_capacity")["delivered"].sum() > 0
    assert all(tables[0][name].equals(tables[1][name]) for name in SCHEMAS)


def test_counties_and_replications_side_by_side_change_nothing() -> None:
    """Two counties in two replications at once give what each gives alone."""
    ready = setting(scenario(replace(BOTH, special_yuan=100_000)), place((COUNTY, OTHER)))
    together = Batch(range(2), (OTHER, COUNTY))
    opening = open_batch(ready, together, engine="compiled")
    tables = simulate_batch(ready, together, Snapshot.of_arrays(opening.arrays()), engine="compiled")
    alone = run(ready, replication=1)

    for name in TABLES:
        whole = frame(tables, name)
        mine = whole[(whole["county_code"] == COUNTY) & (whole["replication"] == 1)].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, frame(alone, name))


def test_services_leave_the_families_as_they_are() -> None:
    """Assessments take clerks' time, but nobody comes into need or applies because of them."""
    quo = setting(scenario(), STAFFED)
    opening = opened(quo)
    plain, served = run(quo, opening=opening), run(setting(scenario(SERVICES), STAFFED), opening=opening)
    arrived = [frame(tables, "desk_work")["arrived"].tolist()[:7] for tables in (plain, served)]

    assert arrived[0] == arrived[1]
    assert frame(served, "activity")["busy_ticks"].sum() > frame(plain, "activity")["busy_ticks"].sum()


def test_services_begin_in_priority_townships_and_go_wide_as_in_the_pilot() -> None:
    """October 2024 to July 2025 in priority townships, then everywhere: ten months later."""
    named = replace(SERVICES, services_townships=(TOWNS[1],))
    found = frame(told(named, 1), "service_assessments")
    covered = found[found["covered"] > 0].groupby("area_code")["month"].min()

    assert covered[TOWNS[1]] == 0
    assert set(covered.drop(TOWNS[1])) == {10}


def test_dates_of_a_plan_go_before_those_of_the_pilot() -> None:
    """A planner's own first days count, wherever they lie in the month."""
    days = tuple(pd.Timestamp(day).date() for day in ("2027-02-01", "2027-04-15"))
    found = frame(
        told(replace(SERVICES, services_townships=(TOWNS[1],), services_dates=days), 1), "service_assessments"
    )
    covered = found[found["covered"] > 0].groupby("area_code")["month"].min()

    assert covered[TOWNS[1]] == 1
    assert set(covered.drop(TOWNS[1])) == {3}


class Called(FamilyServices):
    """Services that remember when families are called to be assessed, and where."""

    def __init__(self, *told: Any, **named: Any) -> None:
        super().__init__(*told, **named)
        self.calls: list[tuple[date, int]] = []

    def matters(self, register: Households, span: Span) -> Matters:
        """See `FamilyServices`."""
        found = super().matters(register, span)
        calls = [
            (self.calendar.date_of(int(self.calendar.day_of_workday[tick // DAY_TICKS])), int(area))
            for tick, area in zip(found.arrival, found.area, strict=True)
        ]
        self.calls += calls
        return found


class CallingRun(Run):
    """A run with such services."""

    services_kind = Called


def test_nobody_is_called_before_the_very_day_on_which_services_begin() -> None:
    """A day within a month counts from that day on, in priority townships and everywhere."""
    days = date(2027, 2, 19), date(2027, 4, 15)
    ready = setting(scenario(replace(SERVICES, services_townships=(TOWNS[1],), services_dates=days)))
    start = Snapshot.of_arrays(opened(ready).arrays())
    with CallingRun(ready, ready.side_by_side(batch(COUNTY)), start, engine=ENGINE) as run:
        for month in range(4):
            run.month(month)
        own = run.services
        assert isinstance(own, Called)
    first = pd.DataFrame(own.calls, columns=["day", "area"]).groupby("area")["day"].min()
    priority = first.pop(TOWNS.index(TOWNS[1]))

    assert days[0] <= priority <= date(2027, 2, 26)
    assert days[1] <= first.min() <= date(2027, 4, 20)


def test_services_that_begin_after_the_plan_are_refused() -> None:
    """A year mistyped would leave every family without services, and say nothing."""
    days = date(2028, 1, 1), date(2028, 6, 1)

    with pytest.raises(ScenarioError, match=r"2028-01-01.*2027-12-31"):
        setting(scenario(replace(SERVICES, services_dates=days)))


def test_a_priority_township_must_be_there() -> None:
    """A code spelled wrong would silently begin everywhere else."""
    with pytest.raises(ScenarioError, match="640205999"):
        setting(scenario(replace(SERVICES, services_townships=("640205999",))))


def test_families_are_asked_again_after_a_year_or_a_change() -> None:
    """The first after twelve months, earlier only where the family changed."""
    found = frame(told(SERVICES), "service_assessments").groupby("month").sum(numeric_only=True)

    assert found.loc[:11, "asked_yearly"].sum() == 0
    assert found.loc[12:, "asked_yearly"].sum() > 0
    assert found.loc[1:11, "asked_change"].sum() > 0


def test_helpers_do_what_they_may_within_their_hours_for_less() -> None:
    """Only items the catalogue opens to them, no more hours than the limit, paid below the price."""
    found, capacity = orders(), frame(told(), "service_capacity")
    helped = found[found["helped"] > 0]["item"].unique()
    catalogue = load_services().items
    helpers = capacity[capacity["hands"] != "provider"].groupby("hands").sum(numeric_only=True)

    assert len(helped) > 5
    assert all(catalogue[item].mutual_help for item in helped)
    assert (helpers["busy_ticks"] > 0).all()
    assert (helpers["busy_ticks"] <= helpers["available_ticks"]).all()
    assert found["released_fen"].sum() > orders(SERVICES)["released_fen"].sum()


def test_workers_of_the_provider_have_days_of_leave_sickness_and_training() -> None:
    """Away as many days as assumed, within four standard errors; nobody away: there on every working day."""
    busy = frame(told(SERVICES), "service_capacity")
    busy = busy[busy["hands"] == "provider"]
    sure = frame(_never_away(), "service_capacity")
    sure = sure[sure["hands"] == "provider"]
    days = int(sure["available_ticks"].sum() // DAY_TICKS)
    away = 1 - busy["available_ticks"].sum() / sure["available_ticks"].sum()
    number = setting(scenario()).assumed.number
    assumed = (5 + 5 + 4) / number("clocks.work.year_working_days")

    assert abs(away - assumed) < 4 * (assumed * (1 - assumed) / days) ** 0.5
    assert (busy["busy_ticks"] <= busy["available_ticks"] + busy["workers"] * 8 * DAY_TICKS).all()


def _never_away() -> Tables:
    none = {f"services__absence__{why}_days": 0 for why in ("leave", "sick", "training")}
    return run(setting(scenario(SERVICES, years=2, **none), STAFFED), opening=_opening())


def test_the_most_urgent_go_first() -> None:
    """Where hands are short, respite and emergencies wait least of all classes."""
    found = orders(replace(SERVICES, service_workers=6, special_yuan=400_000))
    urgency = {item.id: URGENCIES.index(item.urgency) for item in load_services().items.values()}
    sums = found.groupby(found["item"].map(urgency)).sum(numeric_only=True)
    wait = sums["wait_ticks"] / (sums["on_time"] + sums["late"])

    assert sums["late"].sum() > 0
    assert wait[0] < DAY_TICKS < min(wait[1], wait[2])


def test_satisfaction_falls_where_services_are_late_or_unmet() -> None:
    """Modelled, not surveyed: with hands and money for all it is the base, with few of either it is less."""

    def satisfaction(policy: Policy) -> float:
        sums = orders(policy)[["satisfaction_parts", "visited"]].sum()
        return float(sums["satisfaction_parts"] / sums["visited"] / 65_536)

    ample = replace(SERVICES, special_yuan=10**9, service_workers=1500, services_pace="at_once")
    short = replace(SERVICES, special_yuan=10**9, service_workers=3, services_pace="at_once")

    assert satisfaction(ample) == pytest.approx(0.92, abs=1e-3)
    assert satisfaction(SERVICES) < 0.90
    assert satisfaction(short) < 0.85


def test_a_provider_that_fails_its_evaluation_is_replaced() -> None:
    """The next one has a number and a speed of its own, drawn once."""
    failing = replace(SERVICES, service_workers=1, special_yuan=10**6)
    years = frame(told(failing), "service_years").sort_values("year")

    assert years["renewed"].tolist()[0] == 0
    assert years["provider"].tolist() == [0, 1]
    assert years["speed_parts"].nunique() == 2


def test_a_documents_panel_evaluates_services_bought_under_it() -> None:
    """Its marks are not the plain ones, and who serves few in time is not kept on."""
    plain, panel = (frame(told(policy), "service_years") for policy in (FAILING, EVALUATED))

    assert (panel["mark_parts"] != plain["mark_parts"]).all()
    assert panel.sort_values("year")["renewed"].tolist()[0] == 0


FAILING = replace(SERVICES, service_workers=1, special_yuan=10**6)
EVALUATED = replace(FAILING, services_document="shizuishan-2024")


def test_the_document_by_which_clerks_are_bought_does_not_evaluate_services() -> None:
    """Two contracts: what one document says of its panel does not bind who buys under another."""
    clerks: dict[str, Any] = {
        "purchase": "by_law",
        "document": "shizuishan-2024",
        "contract_work": "home_visits",
    }
    with_clerks = setting(scenario(replace(FAILING, **clerks))).services
    both = setting(scenario(replace(EVALUATED, purchase="by_law", document="leshan-2020"))).services

    assert with_clerks is not None and with_clerks.panel is None
    assert both is not None and both.panel is not None
    assert both.panel.purchase.document == "shizuishan-2024"


@pytest.mark.parametrize(
    ("policy", "told_of"),
    [
        ({"services_document": "leshan-2020"}, "does not say who evaluates.*shizuishan-2024"),
        ({"services_document": "shizuishan-2024", "panel_members": 4}, "annex 3 part 3"),
        ({"services_document": "shizuishan-2024", "panel_accountants": 0}, "annex 3 part 3"),
    ],
)
def test_a_document_that_cannot_evaluate_services_is_refused(policy: dict[str, Any], told_of: str) -> None:
    """Without a panel nobody would know who judged; against its clause the judgement would not stand."""
    with pytest.raises(ScenarioError, match=told_of):
        setting(scenario(replace(SERVICES, **policy)))


def test_a_document_is_evaluated_at_mid_term_and_at_the_end() -> None:
    """Shizuishan asks for both; the first finds problems, and only after the last another may take over."""
    found = frame(told(EVALUATED), "service_evaluations")
    years = frame(told(EVALUATED), "service_years").set_index("year")
    final = found[found["stage"] == "final"].set_index("year")

    assert sorted(zip(found["year"], found["stage"], strict=True)) == [
        (year, stage) for year in (2027, 2028) for stage in ("final", "mid_term")
    ]
    assert found.groupby("year")["provider"].nunique().tolist() == [1, 1]
    assert final["mark_parts"].equals(years["mark_parts"])
    assert final["passed"].tolist() == years["renewed"].tolist()
    assert found["mark_parts"].nunique() == len(found)
    assert len(frame(told(FAILING), "service_evaluations")) == 0


def test_a_mid_term_evaluation_is_held_where_nothing_has_ended_yet() -> None:
    """Shizuishan asks for a mid-term whatever it finds: services that begin in June have nothing to show by
    its end, which is a row of its own; before they begin there is none.
    """
    june = replace(EVALUATED, services_dates=(date(2027, 6, 1), date(2027, 9, 1)))
    later = replace(EVALUATED, services_dates=(date(2027, 7, 1), date(2027, 9, 1)))
    found, none = (frame(told(each, 1), "service_evaluations").set_index("stage") for each in (june, later))

    assert [found.loc["mid_term", name] for name in ("judged", "mark_parts", "passed")] == [0, 0, 1]
    assert found.loc["mid_term", "charged_fen"] == 5 * 60_000
    assert none.index.tolist() == ["final"]


def test_at_mid_term_orders_overdue_count_against_the_provider() -> None:
    """Nobody comes, nothing ends before it is given up: what should have begun tells on the provider."""
    nobody = replace(EVALUATED, service_workers=0)
    found, years = (frame(told(nobody, 1), name) for name in ("service_evaluations", "service_years"))
    mid_term = found.set_index("stage").loc["mid_term"]
    by_then = orders(nobody, 1)
    by_then = by_then[by_then["month"] <= 5]
    ended = (by_then["unmet"] - by_then["unmet_money"]).sum()

    assert mid_term["judged"] > ended
    assert mid_term["passed"] == 0
    assert years["on_time"].sum() == 0


@pytest.mark.parametrize("contract", ["unit", "block"])
def test_what_evaluations_cost_is_paid_by_the_fund_the_document_names(contract: str) -> None:
    """Shizuishan: by the money for buying services, never out of the capped grant; orders leave it alone."""
    policy = replace(EVALUATED, services_contract=contract)
    money, found = (frame(told(policy), name) for name in ("service_money", "service_evaluations"))
    by_fund = money.groupby("fund")["evaluation_fen"].sum()
    sums = money.groupby(["fund", money["month"] // 12]).sum(numeric_only=True)

    assert (found["cost_fen"] == 5 * 60_000).all()
    assert found["charged_fen"].equals(found["cost_fen"])
    assert by_fund["special"] == found["cost_fen"].sum() == by_fund.sum()
    assert money[money["evaluation_fen"] > 0]["month"].tolist() == [5, 11, 17, 23]
    assert (sums["carried_in_fen"] + sums["voted_fen"]).equals(
        sums[["paid_fen", "committed_fen", "lapsed_fen"]].sum(axis=1)
    )
    if contract == "unit":
        paid = orders(policy)["charged_fen"].sum() + by_fund.sum()
        assert money["paid_fen"].sum() == paid


def test_what_no_fund_can_bear_is_shown_and_not_charged() -> None:
    """Without money for buying services nothing pays evaluations: the grant is no substitute."""
    policy = replace(EVALUATED, special_yuan=4000)
    bare = replace(EVALUATED, special_yuan=0)
    part, none = (frame(told(each), "service_evaluations") for each in (policy, bare))

    assert part.groupby("year")["charged_fen"].sum().tolist() == [400_000, 400_000]
    assert none["charged_fen"].sum() == 0 < none["cost_fen"].sum()
    assert frame(told(bare), "service_money")["evaluation_fen"].sum() == 0


def test_hours_of_work_are_those_of_the_items() -> None:
    """Time at the families is near minutes × units at the provider's speed: no unit is done twice."""
    found, years = orders(SERVICES), frame(told(SERVICES), "service_years")
    items = load_services().items
    assumed = setting(scenario()).assumed
    values = assumed.value
    slow = 65_536 / (years["speed_parts"].iloc[0] * assumed.number("services.at_work_share"))
    sides = {name: values(f"services.minutes.{name}") for name in items}
    mean = {
        name: (side.low + side.mode + side.high) / 3
        for name, side in sides.items()
        if isinstance(side, Range)
    }
    expected = (found["units_delivered"] * found["item"].map(mean)).sum() * slow * TICKS_PER_MINUTE
    travel = found["travel_ticks"].sum() * slow

    assert found["busy_ticks"].sum() == pytest.approx(expected + travel, rel=0.05)
    assert found["busy_ticks"].sum() > MINUTES_PER_HOUR * TICKS_PER_MINUTE
    assert np.isfinite(expected)


def test_two_options_that_differ_in_services_alone_are_two() -> None:
    """The same clerks and the same wages do not make them one option by another name."""

    def trail(policy: Policy) -> str:
        frames = Frames.of(told(policy), first_year=2027, posts_existing=0, posts_gap=0)
        return str(path(frames)["path"].iloc[0])

    assert trail(BOTH) == trail(replace(BOTH))
    assert trail(BOTH) != trail(replace(BOTH, services_share=0.01))


def _of_future(**future: Any) -> pd.DataFrame:
    """The money table of a year short of money, under a future."""
    case = scenario(replace(SERVICES, services_dates=(date(2027, 1, 1),) * 2))
    return frame(run(setting(replace(case, future=replace(case.future, **future)), STAFFED)), "service_money")


def test_money_that_comes_late_buys_nothing_before_it_is_there() -> None:
    """Three months late: no fen before April, and the year's money is the same."""
    late, plain = _of_future(release_delay_months=3), _of_future()

    assert plain[plain["month"] < 3]["paid_fen"].sum() > 0
    assert late[late["month"] < 3]["paid_fen"].sum() == 0
    assert late["paid_fen"].sum() > 0
    assert late["voted_fen"].sum() == plain["voted_fen"].sum()


def test_money_frozen_in_summer_is_not_spent() -> None:
    """All of what is left in July: until June as planned, then only what orders hold; every fund balances."""
    frozen, plain = _of_future(freeze_month=7, freeze_share=1.0), _of_future()
    until, after = (
        [table[(table["month"] < 6) == early]["paid_fen"].sum() for table in (frozen, plain)]
        for early in (True, False)
    )
    sums = frozen[["carried_in_fen", "voted_fen", "paid_fen", "committed_fen", "lapsed_fen"]].sum()

    assert until[0] == until[1] > 0
    assert after[0] < after[1]
    assert frozen[frozen["month"] > 8]["paid_fen"].sum() == 0
    assert (
        sums["carried_in_fen"] + sums["voted_fen"] == sums[["paid_fen", "committed_fen", "lapsed_fen"]].sum()
    )

"""What must add up in every month: cases, people, fen."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simlib.scenario import Frozen, Policy
from simlib.units import FEN_PER_YUAN
from simlib.years.cases.casebook import is_followed
from tests.small import COUNTY, TOWNS, frame, opened, place, run, scenario, setting, with_towns

THREE_PERCENT = Policy(formula="guangdong-2019", money="guangdong-3pct", price_yuan=60_000)
FULL = Policy(formula="guangdong-2019", price_yuan=60_000)
CALM: dict[str, Any] = {
    "quits__contract_per_year": 0.0,
    "recruitment__months": 0.01,
    "training__before_post_days": 0,
    "ramp__months": 0.0,
    "quits__payroll_per_year": 0.0,
    "appraisal__fail_share": 0.0,
    "term__fail_share": 0.0,
    "term__leave_share": 0.0,
}


@pytest.mark.parametrize("policy", [Policy(), THREE_PERCENT])
def test_cases_are_conserved(policy: Policy) -> None:
    """Opening + arrived = decided + withdrawn + closing, for every township and month."""
    ready = setting(scenario(policy))
    opening = opened(ready)
    desk = frame(run(ready, opening=opening), "desk_work")
    towns = desk[desk["office"].isin(TOWNS)]
    before = opening.followed.reshape(2, -1).sum(axis=0)
    for at, (_, months) in enumerate(towns.groupby("office")):
        stock = before[at] + (months["arrived"] - months["decided"] - months["withdrawn"]).cumsum()
        assert months["open_end"].tolist() == stock.tolist()


def test_what_is_undecided_is_still_at_a_desk() -> None:
    """No case drops out of sight: what has no decision yet is open work, at or before deciding."""
    ready = setting(scenario(THREE_PERCENT))
    end = opened(ready)
    undecided = is_followed(end.cases) & (end.work.step <= end.cases.deciding_step)

    assert (end.work.case == end.cases.id).all()
    at_desks = np.bincount(end.cases.area[undecided], minlength=len(TOWNS))
    assert at_desks.sum() > 0
    assert at_desks.tolist() == end.followed.reshape(2, -1).sum(axis=0).tolist()


def test_every_clocked_case_falls_due_once() -> None:
    """On-time counts never exceed cases falling due, and overdue cases are among the open."""
    ready = setting(scenario(years=2))
    opening = opened(ready)
    desk = frame(run(ready, opening=opening), "desk_work")
    in_plan = opening.falling.month >= ready.scenario.run.opening_months
    running = int(opening.falling.due[in_plan].sum())

    assert desk[["falling_due", "reviews_due"]].sum().sum() <= running + desk["arrived"].sum()
    assert (desk["on_time"] <= desk["falling_due"]).all()
    assert (desk["reviews_on_time"] <= desk["reviews_due"]).all()
    assert (desk["overdue_open"] + desk["reviews_overdue"] <= desk["open_end"]).all()
    assert desk["reviews_due"].sum() > 0


def _money(policy: Policy, years: int = 2, **future: Any) -> pd.DataFrame:
    money = frame(run(setting(scenario(policy, years=years, **future))), "money")
    money = money[money["source"].isin(["work_fund", "payroll"])]
    return (
        money.assign(year=money["month"] // 12).groupby(["year", "line"])["fen"].sum().unstack(fill_value=0)
    )


def test_the_limit_is_spent_or_lapses_to_the_fen() -> None:
    """What was earned in a year and what lapsed is the cap: no money saved moves to another year."""
    money = _money(THREE_PERCENT)

    assert (money["cap_posts"] == money["wages_contract"] + money["lapsed"]).all()
    assert (money["lapsed"] >= 0).all()


def test_a_post_held_all_year_costs_its_price() -> None:
    """Monthly wages of a whole year add up to the price to the fen, whatever the months' lengths."""
    one = Policy(formula="guangdong-2019", money="fixed", cap_yuan=60_000, price_yuan=60_000)
    money = _money(one, **CALM)

    assert money.loc[1, "wages_contract"] == 60_000 * FEN_PER_YUAN


def test_whoever_always_passes_costs_five_percent_more_each_year() -> None:
    """粤 city draft 2019, (七): 50,000 yuan, then 52,500, then 55,125, to the fen; a leap year among them."""
    new_year = date(2027, 1, 1)
    one = Policy(
        formula="guangdong-2019",
        money="fixed",
        cap_yuan=56_000,
        price_yuan=50_000,
        rise_share=0.05,
        rollout=(new_year, new_year, new_year),
    )
    money = _money(one, years=3, **CALM, budget__months_before_vote=0)

    assert money["wages_contract"].tolist() == [yuan * FEN_PER_YUAN for yuan in (50_000, 52_500, 55_125)]


def test_no_money_buys_nobody_and_payroll_stays() -> None:
    """A limit of nothing funds no post; payroll posts are left and filled as if nothing had been planned."""
    broke = Policy(formula="guangdong-2019", money="fixed", cap_yuan=0, price_yuan=60_000)
    posts, quo = (frame(run(setting(scenario(policy))), "workforce") for policy in (broke, Policy()))
    columns = ["month", "office", "filled", "hired", "left_quit"]

    assert posts[posts["kind"] == "contract"][["filled", "hired"]].sum().sum() == 0
    assert posts[posts["kind"] == "payroll"][columns].equals(quo[quo["kind"] == "payroll"][columns])


def test_ample_money_and_instant_hiring_fill_the_formula() -> None:
    """Zero turnover, hiring at once, no limit: from the second month existing + bought = what is required."""
    ready = setting(scenario(FULL, **CALM))
    posts = frame(run(ready), "workforce")
    contract = posts[(posts["kind"] == "contract") & (posts["month"] == 6)].set_index("office")["filled"]
    county = ready.counties[COUNTY]

    assert [contract[office] for office in county.offices] == county.gap.tolist()


def test_time_is_work_absence_or_idling() -> None:
    """Nobody works more than he is there, but for work that outlasts a month's or an absence's edge."""
    desk = frame(run(setting(scenario(years=2))), "desk_work")
    sums = desk.groupby("office")[["busy_ticks", "available_ticks"]].sum()

    assert (sums["busy_ticks"] <= sums["available_ticks"] * 1.05).all()


def test_households_are_conserved() -> None:
    """Supported at the end = supported before + entered (paid from the month after) − left."""
    books = frame(run(setting(scenario(years=2))), "caseload")
    total = books.groupby("month")[["households", "entered", "left"]].sum()
    moved = total["households"].diff().iloc[1:].to_numpy()
    expected = (total["entered"].shift(1) - total["left"]).iloc[1:].to_numpy()

    assert moved.tolist() == expected.tolist()


@pytest.mark.slow
def test_stocks_are_level_under_ample_staff() -> None:
    """MODEL: inflow is solved so that the stock neither grows nor shrinks by more than 2 % a year."""
    ample = with_towns(place(), posts_payroll=20, assistance_share=1.0)
    ready = setting(scenario(years=5, opening=12), ample)
    books = [frame(run(ready, replication=number), "caseload") for number in range(4)]
    stock = pd.concat(books).groupby("month")["households"].sum()
    start, end = stock.loc[0:11].mean(), stock.loc[48:59].mean()

    assert abs((end / start) ** (1 / 4) - 1) < 0.02


def test_frozen_scenarios_cannot_be_changed() -> None:
    """A loaded scenario is a fact; another is made with dataclasses.replace."""
    with pytest.raises(TypeError, match="replace"):
        scenario(Policy(reading=Frozen(boundary="upper"))).policy.reading["boundary"] = "lower"  # type: ignore[index]

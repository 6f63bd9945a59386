"""What a contract costs and what it delivers: awarded, paid and at work, each once."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlib.scenario import BY_LAW, Frozen, Policy
from simlib.units import SHARE_ONE
from simlib.years.money.accounts import WORK_FUND
from simlib.years.records import Tables
from simlib.years.replication import Snapshot
from simlib.years.setting import Setting
from tests.small import frame, opened, place, run, scenario, setting, with_towns

ALL_CONDITIONS = ("budget_assured", "content_fixed", "continuous", "money_stable", "price_steady")
BOUGHT_BY_LAW = Policy(formula="guangdong-2019", price_yuan=60_000, purchase=BY_LAW)
THREE_YEARS = replace(BOUGHT_BY_LAW, contract_years=3, contract_conditions=ALL_CONDITIONS)
REASONS = ("quit", "appraisal", "term_end", "contract_ended", "post_closed")
CALM: dict[str, Any] = {
    "procurement__default_best": 0,
    "procurement__default_worst": 0,
    "procurement__challenge_share": 0,
    "procurement__bidders": 5,
    "procurement__missed_share_best": 0,
    "procurement__missed_share_worst": 0,
    "evaluation__pass_mark": 0,
    "quits__contract_per_year": 0,
    "appraisal__fail_share": 0,
    "term__fail_share": 0,
    "term__leave_share": 0,
    "recruitment__provider_weeks": 0.1,
}
HOME = with_towns(place(), posts_contract=1)


@cache
def _opening(home_has_posts: bool) -> Snapshot:
    return opened(setting(scenario(BOUGHT_BY_LAW), HOME if home_has_posts else place()))


def tables_of(policy: Policy, *, existing: bool = False, years: int = 3, **future: Any) -> Tables:
    """The tables of the small place under a plan; its opening is that of every plan."""
    home = HOME if existing else place()
    return run(setting(scenario(policy, years=years, **future), home), opening=_opening(existing))


def by_year(tables: Tables, source: str = WORK_FUND) -> pd.DataFrame:
    """Lines of a source by year [fen]."""
    money = frame(tables, "money")
    money = money[money["source"] == source].assign(year=money["month"] // 12)
    return money.groupby(["year", "line"])["fen"].sum().unstack(fill_value=0)


def test_a_full_year_costs_the_posts_at_the_price_awarded_to_the_fen() -> None:
    """Nobody leaves, no day is missed: in the second year the contract of three years covers every day."""
    tables = tables_of(THREE_YEARS, years=2, **CALM)
    contract = frame(tables, "contracts").iloc[0]
    share = min(contract["price_fen"] * SHARE_ONE // contract["budget_fen"], SHARE_ONE)
    year, posts = by_year(tables).loc[1], frame(tables, "workforce")
    costs = year.get("purchase_cost", 0) + year["evaluation_cost"]

    assert share < SHARE_ONE
    assert contract["posts"] == posts["funded"].groupby(posts["month"]).sum()[23] == 6
    assert year["wages_contract"] == contract["posts"] * 6_000_000 * share // SHARE_ONE
    assert year["lapsed"] == year["voted"] + year["carried_in"] - year["paid"] - year["committed"] > 0
    assert year["paid"] + year["committed"] - year["carried_in"] == year["wages_contract"] + costs


def test_days_left_unmanned_are_missing_at_the_desks_and_go_unpaid_once() -> None:
    """Paid or deducted, the desks lack the same days; the money differs by those days and nothing else."""
    worse: dict[str, Any] = {"procurement__missed_share_worst": 0.3}
    deducted, paid = (
        tables_of(replace(THREE_YEARS, unmanned_pay=how), **worse) for how in ("deducted", "paid")
    )
    less, full = by_year(deducted), by_year(paid)
    posts = frame(paid, "workforce")

    for table in ("workforce", "desk_work", "contracts"):
        assert deducted[table].equals(paid[table])
    assert less["wages_contract"].tolist() == full["wages_contract"].tolist()
    assert "wages_unmanned" not in full
    assert posts["unmanned_milli"].sum() > 0
    assert (less["paid"] + less["committed"]).sum() < (full["paid"] + full["committed"]).sum()
    share = posts["unmanned_milli"].sum() / posts[posts["kind"] == "contract"]["filled_milli"].sum()
    assert -less["wages_unmanned"].sum() / less["wages_contract"].sum() == pytest.approx(share, rel=0.05)


def test_buying_and_evaluating_are_paid_from_the_work_fund() -> None:
    """One round and two evaluations a year at what is assumed, in the ledger of their year."""
    costs: dict[str, Any] = {"procurement__cost_yuan": 10_000, "evaluation__member_cost_yuan": 500}
    year = by_year(tables_of(BOUGHT_BY_LAW, **CALM, **costs)).loc[1]
    wages = year["wages_contract"] + year.get("wages_unmanned", 0)

    assert (year["purchase_cost"], year["evaluation_cost"]) == (1_000_000, 2 * 5 * 50_000)
    assert year["paid"] + year["committed"] - year["carried_in"] == wages + 1_500_000


FULL_PRICE: dict[str, Any] = {**CALM, "procurement__price_share": 1, "procurement__price_of_quality": 0}
"""Nothing goes wrong and nothing is saved: every post costs what was budgeted for it."""


@pytest.mark.parametrize("cap_yuan", [239_999, 240_000, 255_999, 256_000, 330_000])
@pytest.mark.parametrize("terms", [BOUGHT_BY_LAW, THREE_YEARS])
def test_under_a_cap_buying_is_set_aside_before_posts(cap_yuan: int, terms: Policy) -> None:
    """With a cap of four posts' wages to the yuan, agents and panels would be left without money."""
    costs: dict[str, Any] = {"procurement__cost_yuan": 10_000, "evaluation__member_cost_yuan": 600}
    tables = tables_of(replace(terms, money="fixed", cap_yuan=cap_yuan), **FULL_PRICE, **costs)
    money = frame(tables, "money")
    years, posts = by_year(tables), frame(tables, "workforce")
    last = posts[posts["month"] == 35]["funded"].sum()
    spent = years["purchase_cost"] + years["evaluation_cost"]

    assert money[money["line"] == "unmet"]["fen"].sum() == 0
    assert spent.iloc[1:].max() > 0
    assert (years["wages_contract"] + spent <= cap_yuan * 100).all()
    assert last == (cap_yuan - 16_000) // 60_000 if terms is BOUGHT_BY_LAW else last >= 3


def test_under_a_target_buying_is_voted_with_the_posts() -> None:
    """What is asked for covers agents and panels too, so that nothing has to be added in the year."""
    costs: dict[str, Any] = {"procurement__cost_yuan": 10_000, "evaluation__member_cost_yuan": 600}
    plan = replace(BOUGHT_BY_LAW, money="guangdong-3pct", money_as="target")
    years = by_year(tables_of(plan, **FULL_PRICE, **costs))

    assert years.get("supplement", pd.Series([0])).sum() == 0
    assert years["voted"].iloc[1] == 6 * 6_000_000 + 1_000_000 + 2 * 5 * 60_000


def test_what_contracts_promise_is_what_they_cost_a_year_later() -> None:
    """On the whole run: a contract of three years promises its second year at the price it was awarded at."""
    tables = tables_of(replace(THREE_YEARS, rise_share=0.0), **CALM)
    contract, money = frame(tables, "contracts").iloc[0], frame(tables, "money")
    promised = money[money["line"] == "promised_1"]
    share = contract["price_fen"] * SHARE_ONE // contract["budget_fen"]

    assert promised["fen"].tolist() == [contract["posts"] * 6_000_000 * share // SHARE_ONE]
    assert promised["month"].tolist() == [contract["begins_on"].month - 1]
    assert by_year(tables).loc[1, "wages_contract"] == promised["fen"].sum()


def test_contract_posts_of_today_are_paid_and_charged_to_no_money_of_the_plan() -> None:
    """Five posts at the plan's price stand apart; the work fund is the same with and without the line."""
    calm = {key: value for key, value in CALM.items() if not key.startswith(("procurement", "evaluation"))}
    tables = tables_of(replace(BOUGHT_BY_LAW, purchase="none"), existing=True, years=1, **calm)
    apart, held = by_year(tables, "existing_posts").loc[0], frame(tables, "workforce")
    days = held[held["kind"] == "contract"]["paid_days"].sum()
    own = by_year(tables).loc[0]

    assert apart["wages_existing"] + own["wages_contract"] == pytest.approx(days * 6_000_000 / 365, abs=2)
    assert apart["wages_existing"] > 4.5 * 6_000_000
    assert own["paid"] + own["committed"] == own["wages_contract"]


def _balanced(money: pd.DataFrame) -> bool:
    """Whether the work fund's ledger balances, and what it bore is wages and costs, year by year."""
    own = money[money["source"] == WORK_FUND].assign(year=money["month"] // 12)
    year = own.groupby(["year", "line"])["fen"].sum().unstack(fill_value=0)

    def lines(*names: str) -> Any:
        return year.reindex(columns=list(names), fill_value=0).sum(axis=1)

    left = lines("carried_in", "voted", "true_up", "frozen", "settled", "supplement")
    right = lines("paid", "committed", "lapsed", "carried_out")
    earned = lines("wages_contract", "wages_unmanned", "wages_workload", "purchase_cost", "evaluation_cost")
    borne = lines("paid", "committed") - lines("carried_in") + lines("unmet")
    return bool((left == right).all() and (borne == earned).all())


PLANS = st.fixed_dictionaries(
    {
        "money": st.sampled_from(["none", "guangdong-3pct"]),
        "rise_share": st.sampled_from([0.0, 0.05]),
        "workload_pay_share": st.sampled_from([0.0, 0.2]),
        "contract_years": st.sampled_from([1, 3]),
        "takeover": st.sampled_from(["none", "by_plan"]),
        "unmanned_pay": st.sampled_from(["paid", "deducted"]),
    }
)
FUTURES = st.fixed_dictionaries(
    {
        "procurement.default_worst": st.sampled_from([0.0, 1.0]),
        "procurement.late_working_days": st.sampled_from([0, 60]),
        "quits.contract_per_year": st.sampled_from([0.0, 0.2]),
    }
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    plan=PLANS,
    future=FUTURES,
    freeze=st.sampled_from([0, 3, 9]),
    existing=st.booleans(),
    seed=st.integers(1, 99),
)
def test_people_and_fen_are_conserved_whatever_is_bought(
    plan: dict[str, Any], future: dict[str, Any], freeze: int, existing: bool, seed: int
) -> None:
    """Every month: held = held before + hired − left, the waterfall is exact, every fund balances."""
    conditions = ALL_CONDITIONS if plan["contract_years"] > 1 else ()
    policy = replace(BOUGHT_BY_LAW, contract_conditions=conditions, **plan)
    case = scenario(policy, years=3)
    case = replace(
        case, future=replace(case.future, assumptions=Frozen(future), freeze_month=freeze, freeze_share=0.3)
    )
    tables = run(_with_seed(setting(case, HOME if existing else place()), seed), opening=_opening(existing))
    posts = frame(tables, "workforce")
    money = frame(tables, "money")

    assert _balanced(money)
    lost = posts[["unmanned_milli", "absent_milli", "duty_milli", "ramp_milli"]]
    assert (lost >= 0).all(axis=None)
    assert (posts["filled_milli"] == lost.sum(axis=1) + posts["effective_milli"]).all()
    left = posts[[f"left_{why}" for why in REASONS]].sum(axis=1)
    for _, office in posts.assign(left=left).groupby(["office", "kind"]):
        change = office["filled"].diff().to_numpy()[1:]
        assert (change == (office["hired"] - office["left"]).to_numpy()[1:]).all()
    unmanned = money[money["line"] == "wages_unmanned"]["fen"]
    assert (unmanned <= 0).all()
    gaps = frame(tables, "contract_gaps")
    assert (gaps["post_days"] > 0).all()


def _with_seed(ready: Setting, seed: int) -> Setting:
    return replace(ready, scenario=replace(ready.scenario, run=replace(ready.scenario.run, seed=seed)))


@pytest.mark.parametrize("terms", [BOUGHT_BY_LAW, THREE_YEARS], ids=["1 year", "3 years"])
def test_costs_to_come_are_told_to_the_last_month_of_the_plan(terms: Policy) -> None:
    """A contract may outlast the plan and its calendar; what it will cost there is nobody's budget."""
    late = replace(terms, money="guangdong-3pct", money_as="target")
    tables = tables_of(late, years=2, procurement__default_worst=2.0, procurement__quality=0.0)

    assert by_year(tables)["voted"].min() > 0


def test_no_rule_and_a_target_buy_the_same_posts() -> None:
    """Neither binds: both vote what all posts cost, and add what grades turn out to cost more."""
    rising = replace(THREE_YEARS, rise_share=0.2, money_as="target")
    future: dict[str, Any] = {"quits__contract_per_year": 0.6}
    target, none = (
        tables_of(replace(rising, money=money, money_as=how), **future)
        for money, how in (("guangdong-3pct", "target"), ("none", "cap"))
    )
    money = frame(target, "money")
    beside = money[money["line"] != "target_posts"].reset_index(drop=True)

    assert none["workforce"].equals(target["workforce"])
    pd.testing.assert_frame_equal(
        frame(none, "money"), beside[~beside["line"].isin(("control_figure",))].reset_index(drop=True)
    )

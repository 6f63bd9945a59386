"""The budget year: what balances to the fen in every year and month, and what moves what."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simlib.results.money import LEDGER, WAGES, advances, cost_by_source, ledger_years, peak_advance
from simlib.scenario import Policy
from simlib.units import SHARE_ONE, largest_remainder
from simlib.years.money.accounts import BUDGETED, TIERS, UPPER_TIERS, USED, Accounts, FundBook
from simlib.years.money.budgetrules import MoneyRules
from simlib.years.money.cash import GrantRules
from simlib.years.money.wages import COSTS
from simlib.years.people.lots import BOUGHT, EXISTING
from simlib.years.records import MONEY_LINES
from tests.small import frame, opened, run, scenario, setting
from tests.years.purses import GAP, PRICE, Told, dates, drive, rules

FUNDS = ("work_fund", *TIERS)


def balances(told: Told, years: int) -> None:
    """The ledger identity of every fund and year, and that no fund is overspent in any month."""
    for fund in FUNDS:
        brought = 0
        for year in range(years):
            given_fen = sum(told.year(year, line, fund) for line in BUDGETED)
            assert given_fen == sum(told.year(year, line, fund) for line in USED)
            assert told.year(year, "carried_in", fund) == brought
            brought = told.year(year, "committed", fund) + told.year(year, "carried_out", fund)
            so_far = 0
            for month in range(12 * year, 12 * year + 12):
                so_far += sum(told.of(line, fund).get(month, 0) for line in BUDGETED)
                so_far -= told.of("paid", fund).get(month, 0)
                assert so_far >= 0
        assert all(fen >= 0 for line in ("voted", *USED) for fen in told.of(line, fund).values())


def families_are_paid(told: Told, months: int) -> None:
    """What families get in a month came out of a fund or was advanced by the county."""
    before = 0
    for month in range(months):
        paid = sum(told.of("paid", tier).get(month, 0) for tier in TIERS)
        owed = told.of("advance").get(month, 0)
        assert told.of("benefits").get(month, 0) == paid + owed - before
        before = owed


parts = st.integers(0, SHARE_ONE)


@st.composite
def any_rules(draw: st.DrawFn) -> MoneyRules:
    """Rules of any kind: cap, target or none; any dates, freeze, delay, shares and workload pay."""
    years = draw(st.integers(1, 3))
    kind = draw(st.sampled_from(["cap", "target", "none"]))
    per_mille = draw(st.integers(0, 60))
    delay = draw(st.integers(0, 6))
    shares = tuple(largest_remainder(SHARE_ONE, draw(st.lists(st.integers(0, 9), min_size=4, max_size=4))))
    return rules(
        years=years,
        amount=lambda base: None if kind == "none" else base * per_mille // 1000,
        binds=kind != "target",
        rise=draw(st.sampled_from(["0", "0.05", "0.1"])),
        first_base=draw(st.integers(0, 3_000_000_000)),
        dates=dates(
            months_before_use=draw(st.integers(0, 3)) + delay,
            true_up_month=draw(st.integers(2, 9)),
            last_payment_day=draw(st.integers(1, 31)),
            freeze_month=draw(st.integers(0, 12)),
            freeze_parts=draw(parts),
        ),
        grants=GrantRules(
            shares if sum(shares) else (0, 0, 0, SHARE_ONE),
            (draw(parts), draw(parts), draw(parts)),
            draw(st.integers(2, 6)) + delay,
        ),
        workload_parts=draw(st.integers(0, SHARE_ONE // 2)),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    any_rules(),
    st.lists(st.integers(0, 200_000_007), min_size=36, max_size=36),
    st.lists(st.integers(0, 40), min_size=36, max_size=36),
)
def test_every_fund_balances_in_every_year_whatever_happens(
    known: MoneyRules, benefits: list[int], work: list[int]
) -> None:
    """Carried in + voted ± adjusted = paid + committed + lapsed + carried out, and no month overspends."""
    told = drive(
        known,
        benefits=lambda month: {"dibao_rural": benefits[month], "tekun_dispersed": benefits[month] // 3},
        services=lambda month: [work[month], 10, work[-month - 1]],
        worked_share=lambda month: work[month] / 20,
    )
    years = len(known.prices)

    balances(told, years)
    families_are_paid(told, 12 * years)
    earned = sum(told.year(year, line) for year in range(years) for line in (*WAGES, *COSTS))
    paid = sum(told.year(year, "paid", "work_fund") for year in range(years))
    owed = told.year(years - 1, "committed", "work_fund")
    assert earned == paid + owed + sum(told.of("unmet").values())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_rules(), st.lists(st.integers(0, 40), min_size=36, max_size=36))
def test_a_cap_is_never_exceeded_by_the_posts_it_pays(known: MoneyRules, work: list[int]) -> None:
    """Posts follow the money at the most they can cost, so nothing earned stays without money."""
    told = drive(known, services=lambda month: [work[month], 10, work[-month - 1]])

    assert sum(told.of("unmet").values()) == 0
    assert sum(told.of("supplement", "work_fund").values()) == 0
    if known.binds and "cap_posts" in {line for _, line, _, _ in told.rows}:
        for year in range(len(known.prices)):
            earned = sum(told.year(year, line) for line in (*WAGES, *COSTS))
            assert earned + told.year(year, "lapsed", "work_fund") == told.year(year, "cap_posts")


def test_money_that_is_used_or_owed_is_not_taken_back() -> None:
    """A true-up or freeze reaches what is left and no further, else a fund would be overspent."""
    accounts = Accounts(12)
    book = FundBook(accounts, "work_fund")
    book.vote(0, 100)

    assert book.pay(1, 70) == 70
    assert book.commit(20) == 20
    assert book.adjust(2, "frozen", -50) == -10
    assert book.pay(3, 5) == 0
    assert book.close(11).committed_fen == 20


def test_days_beyond_the_posts_of_a_cap_are_told_as_unmet() -> None:
    """Nobody works unpaid: what no money of the fund could bear is shown, never hidden by overspending."""
    told = drive(rules(years=1, amount=lambda base: 6 * PRICE), worked_share=lambda month: 2.0)

    assert told.year(0, "paid", "work_fund") + told.year(0, "committed", "work_fund") == 6 * PRICE
    assert told.year(0, "unmet") == told.year(0, "wages_contract") - 6 * PRICE > 0


def test_a_cohort_that_always_passes_costs_what_the_document_says() -> None:
    """A Guangdong city's draft, part 2 (7): 50,000 yuan, then 5 % more a year; 2028 has a leap day."""
    told = drive(
        rules(amount=lambda base: 100_000_000),
        grade_days=lambda month, length: [length if grade == month // 12 else 0 for grade in range(3)],
    )

    assert [told.year(year, "wages_contract") for year in range(3)] == [5_000_000, 5_250_000, 5_512_500]


def test_who_does_not_pass_stays_at_the_first_price() -> None:
    """Pay follows each one's grade: one of two passes, the other is replaced at the first year's price."""
    told = drive(
        rules(amount=lambda base: 100_000_000),
        grade_days=lambda month, length: [2 * length, 0] if month < 12 else [length, length],
    )

    assert [told.year(year, "wages_contract") for year in range(2)] == [10_000_000, 10_250_000]


def test_the_first_limit_never_knows_what_is_spent_after_august() -> None:
    """MODEL: last year's spending is a forecast at 31 August, trued up, never clairvoyant."""

    def spend(late: int) -> Told:
        known = rules(years=2)
        return drive(known, benefits=lambda month: {"dibao_rural": 80_000_000 + late * (7 <= month < 12)})

    plain, more = spend(0), spend(30_000_000)

    for line in ("asked", "control_figure"):
        assert plain.of(line) == more.of(line)
    assert plain.of("voted", "work_fund") == more.of("voted", "work_fund")
    assert all(month >= 12 + 6 for month, _, source in changed(plain, more) if source == "work_fund")
    assert plain.of("cap_posts")[12] == more.of("cap_posts")[12] == 80_000_000 * 12 * 3 // 100
    assert plain.of("true_up") == {}
    assert more.of("true_up") == {12 + 6: 5 * 30_000_000 * 3 // 100}


def test_nothing_is_bought_before_money_of_the_vote_can_be_used() -> None:
    """No contract before the vote; those that run go on in January."""
    told = drive(rules(years=2))

    assert told.held[0] == (date(2027, 1, 1), [0, 0, 0])
    assert told.held[1] == (date(2027, 3, 1), [3, 2, 1])
    assert [(day, year) for day, year, _, _ in told.voted] == [(date(2027, 3, 1), 0), (date(2028, 3, 1), 1)]
    assert told.of("wages_contract")[1] == 0
    assert told.of("wages_contract")[12] > 0


def test_a_vote_tells_the_money_and_the_posts() -> None:
    """Purchases start from what was voted: the year's money and posts by office."""
    told = drive(rules(years=1, amount=lambda base: 4 * PRICE + 1))

    assert told.voted == [(date(2027, 3, 1), 0, 4 * PRICE + 1, [3, 1, 0])]


def test_less_money_takes_posts_away_in_january_not_at_the_vote() -> None:
    """What the year's money cannot bear would be owed without money if it ran on until the vote."""
    known = rules(years=2, rise="0", amount=lambda base: 6 * PRICE if base == 1_000_000_000 else 2 * PRICE)
    told = drive(known)

    assert (date(2028, 1, 1), [2, 0, 0]) in told.held
    assert told.year(1, "wages_contract") == 2 * PRICE


def changed(one: Told, other: Told) -> set[tuple[int, str, str]]:
    """Month, line and source of every entry that differs."""
    return {row[:3] for row in set(one.rows) ^ set(other.rows)}


def test_a_freeze_takes_a_share_of_what_is_left_and_moves_nothing_else() -> None:
    """A quarter of what the work fund has on 1 September; benefits and their cash are not touched."""
    plain = drive(rules(years=1))
    frozen = drive(rules(years=1, dates=dates(freeze_month=9, freeze_share=0.25)))
    left = plain.year(0, "voted", "work_fund") - sum(
        plain.of("paid", "work_fund")[month] for month in range(8)
    )

    assert frozen.of("frozen") == {8: -(left // 4)}
    assert all(source == "work_fund" and month >= 8 for month, _, source in changed(plain, frozen))
    assert [day for day, _ in frozen.held][-1] == date(2027, 9, 1)
    assert sum(frozen.held[-1][1]) < sum(GAP)


def test_a_late_release_moves_purchases_and_cash_and_nothing_else() -> None:
    """Three months later: posts, the rest of the grants, and so wages and advance; what is voted stays."""
    plain = drive(rules(years=1))
    late = drive(
        rules(
            years=1,
            dates=dates(months_before_use=5),
            grants=GrantRules(rules().grants.shares, rules().grants.early, 8),
        )
    )

    assert [day for day, *_ in late.voted] == [date(2027, 6, 1)]
    moved = {line for _, line, _ in changed(plain, late)}
    assert moved <= {
        *("wages_contract", "paid", "received", "advance", "promised_1", "promised_2"),
        *("lapsed", "committed", "carried_out"),
    }
    assert plain.of("voted") == late.of("voted")
    assert max(late.of("advance").values()) > max(plain.of("advance").values())
    assert late.of("received")[7] == plain.of("received")[4]


def test_payments_stop_in_december_and_the_rest_is_paid_in_january() -> None:
    """By days: what is earned after the 20th of 31 is owed when the year ends."""
    told = drive(rules(years=2))
    december, january = told.of("wages_contract")[11], told.of("wages_contract")[12]
    now = december * 20 // 31

    assert told.of("paid", "work_fund")[11] == now
    assert told.of("committed", "work_fund")[11] == december - now
    assert told.of("carried_in", "work_fund")[12] == december - now
    assert told.of("paid", "work_fund")[12] == december - now + january


def test_the_peak_advance_is_what_a_treasurer_works_out_by_hand() -> None:
    """The centre bears 50 a month of 100 and sends 150 in January, 450 in May: April is short of 50.

    Three months later the county is short of 50, 100, 150 and 200 until August.
    """

    def owed(rest_month: int) -> list[int]:
        half = GrantRules((SHARE_ONE // 2, 0, 0, SHARE_ONE // 2), (SHARE_ONE // 4, 0, 0), rest_month)
        told = drive(
            rules(years=1, first_base=1200, grants=half), benefits=lambda month: {"dibao_rural": 100}
        )
        return [told.of("advance", "central")[month] for month in range(12)]

    assert owed(5) == [0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0]
    assert owed(8) == [0, 0, 0, 50, 100, 150, 200, 0, 0, 0, 0, 0]


def test_what_a_tier_sent_too_much_or_too_little_is_settled_next_summer() -> None:
    """Benefits of 110 a month on a grant for 100: the county waits for 60 until the accounts are closed."""
    half = GrantRules((SHARE_ONE // 2, 0, 0, SHARE_ONE // 2), (SHARE_ONE, 0, 0), 5)
    known = rules(years=2, first_base=1200, grants=half)
    more = drive(known, benefits=lambda month: {"dibao_rural": 110})
    less = drive(known, benefits=lambda month: {"dibao_rural": 90})

    assert more.of("settled") == {18: 12 * 5}
    assert more.of("advance", "central")[11] == 60
    assert less.of("settled") == {18: -12 * 5}
    assert less.of("carried_in", "central")[12] == 60


def test_pay_by_workload_stays_within_its_share_and_follows_the_load() -> None:
    """±10 %: twice the mean load is the most that counts, and equal loads move nothing."""
    linked = rules(years=1, amount=lambda base: 100_000_000, workload_parts=SHARE_ONE // 10)
    even = drive(linked, services=lambda month: [30, 20, 10])
    uneven = drive(linked, services=lambda month: [0, 0, 60])
    wages = [even.of("wages_contract")[month] for month in range(2, 12)]

    assert set(even.of("wages_workload").values()) == {0}
    for month, earned in enumerate(wages, 2):
        expected = earned * (1 / 6 - 5 / 6) / 10
        assert uneven.of("wages_workload")[month] == pytest.approx(expected, rel=1e-4)
    assert set(drive(rules(years=1)).of("wages_workload")) == set()


def test_money_buys_posts_at_the_price_really_paid() -> None:
    """Two in their second year at 52,500 to 55,125 each come first; what is left buys at 50,000."""
    limit = 2 * 5_512_500 + 2 * PRICE - 1
    told = drive(rules(years=1, amount=lambda base: limit), heads=lambda _: np.array([0, 0, 2]))

    assert sum(told.voted[0][3]) == 3


def test_payroll_is_shown_apart_and_never_charged_to_the_work_fund() -> None:
    """Its yearly cost is an assumption; mixing it in would make a cap on bought posts unreadable."""
    told = drive(rules(years=1, amount=lambda base: 0))

    assert told.year(0, "wages_payroll", "payroll") == 10_000_000
    assert told.year(0, "paid", "work_fund") == 0


def test_contracts_begun_promise_later_years_in_a_ledger_of_their_own() -> None:
    """Six posts for three years: 52,500 and 55,125 yuan each are promised, and no fund is touched by it."""
    told = drive(rules(years=3, amount=lambda base: 100_000_000))

    assert told.of("promised_1") == {2: 6 * 5_250_000}
    assert told.of("promised_2") == {2: 6 * 5_512_500}


def test_a_contract_under_law_promises_at_the_price_awarded() -> None:
    """Nothing at the release; as it begins, nine tenths of what was budgeted for its later years."""
    share = SHARE_ONE * 9 // 10
    begins = date(2027, 6, 20)
    told = drive(rules(years=3), promised=((begins, BOUGHT, 6, share, 3), (begins, EXISTING, 2, share, 3)))

    assert told.of("promised_1") == {5: 6 * 5_250_000 * share // SHARE_ONE}
    assert told.of("promised_2") == {5: 6 * 5_512_500 * share // SHARE_ONE}


# --- on the simulated place ---------------------------------------------------------------------------

CAP = Policy(formula="guangdong-2019", money="guangdong-3pct", price_yuan=60_000)


def money_of(policy: Policy, years: int = 2, **future: Any) -> Any:
    """The money table of a run, with a year."""
    case = scenario(policy, years=years)
    ready = setting(replace(case, future=replace(case.future, **future)))
    money = frame(run(ready), "money")
    return money.assign(year=2027 + money["month"] // 12)


@pytest.mark.parametrize("money_as", ["cap", "target"])
def test_the_ledger_can_be_read_off_the_stored_table(money_as: str) -> None:
    """Every fund and year of a real run balances to the fen, and every line is one the schema tells of."""
    money = money_of(
        Policy(
            formula="guangdong-2019",
            money="guangdong-3pct",
            price_yuan=60_000,
            money_as=money_as,
            workload_pay_share=0.1,
        ),
        freeze_month=10,
        freeze_share=0.3,
        release_delay_months=2,
    )
    years = ledger_years(money)

    assert len(years) == 2 * len(FUNDS)
    given_fen = years[["carried_in", "voted", "adjusted"]].sum(axis=1)
    assert (given_fen == years[list(USED)].sum(axis=1)).all()
    assert set(money["line"]) <= set(MONEY_LINES) | {"promised_1", "promised_2"}
    assert list(years.columns[4:]) == list(LEDGER)
    cost = cost_by_source(money)
    benefits = money[money["line"] == "benefits"]["fen"].sum()
    assert cost[cost["line"] == "benefits"]["yuan"].sum() * 100 == pytest.approx(benefits, abs=1)
    assert peak_advance(money).loc[0] == advances(money)["fen"].max() > 0


def test_a_scenario_s_futures_reach_the_county_s_budget() -> None:
    """A late release delays what is bought and the rest of the grants alike; a freeze has month and share."""
    case = scenario(replace(CAP, workload_pay_share=0.25))
    future = replace(case.future, release_delay_months=3, freeze_month=9, freeze_share=0.5)
    plain, moved = (
        next(iter(setting(each).counties.values())).money for each in (case, replace(case, future=future))
    )

    assert moved.dates.months_before_use - plain.dates.months_before_use == 3
    assert moved.grants.rest_month - plain.grants.rest_month == 3
    assert (moved.dates.freeze_month, moved.dates.freeze_parts) == (9, SHARE_ONE // 2)
    assert moved.workload_parts == SHARE_ONE // 4
    assert sum(plain.grants.shares) == SHARE_ONE


def test_cap_target_and_no_rule_stand_side_by_side() -> None:
    """The same 3 %: a cap leaves posts unfunded, a target is only compared with; no rule, no amount."""
    cap, target, none = (
        money_of(policy) for policy in (CAP, replace(CAP, money_as="target"), replace(CAP, money="none"))
    )

    def total(money: Any, line: str) -> int:
        return int(money[(money["line"] == line) & (money["year"] == 2027)]["fen"].sum())

    assert total(cap, "cap_posts") == total(target, "target_posts") > 0
    assert total(target, "cap_posts") == total(none, "cap_posts") == total(none, "target_posts") == 0
    assert total(cap, "wages_contract") < total(target, "wages_contract") == total(none, "wages_contract")


def test_what_happens_to_money_reaches_the_desks_from_its_day_on() -> None:
    """Until a freeze in July every table is the same: nothing knows of it beforehand."""
    case = scenario(CAP)
    opening = opened(setting(case))
    plain = run(setting(case), opening=opening)
    frozen_case = replace(case, future=replace(case.future, freeze_month=7, freeze_share=1.0))
    frozen = run(setting(frozen_case), opening=opening)

    for name in ("desk_work", "caseload", "workforce", "money"):
        before, after = (frame(tables, name) for tables in (plain, frozen))
        assert before[before["month"] < 6].equals(after[after["month"] < 6])
    posts = frame(frozen, "workforce")
    assert posts[posts["month"] >= 6]["funded"].sum() == 0
    assert posts[posts["month"] == 5]["funded"].sum() > 0
    assert set(UPPER_TIERS) <= set(frame(frozen, "money")["source"])

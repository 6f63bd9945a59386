"""The yearly ledger in fen, cohorts of posts over a term, and the parts of a price."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlib.errors import LawError
from simlib.policy.money.ledger import (
    Bill,
    Fund,
    LedgerYear,
    close_year,
    cohort_years,
    next_fund,
    promised_fen,
)
from simlib.policy.prices import itemised_price, price_of_post, village_money_fen, yearly_price_fen
from simlib.policy.purchasing import funds_for
from simlib.policy.statutes import load_law

LAW = load_law()
ON = date(2026, 1, 1)
FEN = st.integers(min_value=0, max_value=10**12)
NAMES = ("work_fund", "purchase_fund", "grant", "lottery")


@st.composite
def funds(draw: st.DrawFn) -> list[Fund]:
    found = []
    for name in NAMES[: draw(st.integers(1, 4))]:
        carried, voted = draw(FEN), draw(FEN)
        adjusted = draw(st.integers(min_value=-(carried + voted), max_value=10**12))
        limit = draw(st.none() | FEN)
        found.append(Fund(name, voted, carried, adjusted, draw(st.booleans()), limit))
    return found


@st.composite
def years(draw: st.DrawFn) -> tuple[list[Fund], list[Bill]]:
    there = draw(funds())
    names = [fund.id for fund in there]
    bills = []
    for number in range(draw(st.integers(0, 5))):
        amount = draw(FEN)
        order = tuple(draw(st.permutations(names)))[: draw(st.integers(0, len(names)))]
        bills.append(Bill(f"bill_{number}", amount, order, draw(st.integers(0, amount))))
    return there, bills


def in_balance(year: LedgerYear) -> bool:
    return all(
        f.carried_in_fen + f.voted_fen + f.adjusted_fen
        == f.spent_fen + f.committed_fen + f.lapsed_fen + f.carried_out_fen
        for f in year.funds
    )


@settings(deadline=None, max_examples=200)
@given(years())
def test_every_fund_balances_to_the_fen(case: tuple[list[Fund], list[Bill]]) -> None:
    """carried in + voted ± adjusted = spent + committed + lapsed + carried out; nothing below zero."""
    there, bills = case

    year = close_year(there, bills)

    assert in_balance(year)
    for fund in year.funds:
        assert min(fund.spent_fen, fund.committed_fen, fund.lapsed_fen, fund.carried_out_fen) >= 0


@settings(deadline=None, max_examples=200)
@given(years())
def test_every_bill_is_paid_held_or_unmet(case: tuple[list[Fund], list[Bill]]) -> None:
    """What funds gave equals what bills took, and a bill is unmet only when its funds are empty."""
    there, bills = case

    year = close_year(there, bills)

    books = {fund.id: fund for fund in year.funds}
    for bill in bills:
        got = sum(year.paid[bill.id].values()) + sum(year.held[bill.id].values())
        assert got + year.unmet[bill.id] == bill.amount_fen
        if year.unmet[bill.id]:
            assert all(books[f].lapsed_fen + books[f].carried_out_fen == 0 for f in bill.funds)
    for name, fund in books.items():
        assert fund.spent_fen == sum(paid.get(name, 0) for paid in year.paid.values())
        assert fund.committed_fen == sum(held.get(name, 0) for held in year.held.values())


@settings(deadline=None, max_examples=100)
@given(years(), st.lists(FEN, min_size=1, max_size=4))
def test_money_is_neither_made_nor_lost_over_the_years(
    case: tuple[list[Fund], list[Bill]], votes: list[int]
) -> None:
    """What was carried in at first and voted since was spent, has lapsed or still stands at the end."""
    there, bills = case
    given_fen = sum(fund.available_fen for fund in there)
    gone_fen = 0
    year = close_year(there, bills)
    for vote in votes:
        gone_fen += sum(f.spent_fen + f.lapsed_fen for f in year.funds)
        there = [next_fund(fund, book, voted_fen=vote) for fund, book in zip(there, year.funds, strict=True)]
        given_fen += vote * len(there)
        year = close_year(there, bills)

    gone_fen += sum(f.spent_fen + f.lapsed_fen for f in year.funds)
    assert given_fen == gone_fen + sum(f.brought_forward_fen for f in year.funds)


def test_funds_are_used_in_the_order_named() -> None:
    """Two sources of 60 and 100 for a bill of 130: the first is emptied, the second gives 70."""
    year = close_year(
        [Fund("grant", 100), Fund("work_fund", 60)], [Bill("posts", 130, ("work_fund", "grant"))]
    )

    assert dict(year.paid["posts"]) == {"work_fund": 60, "grant": 70}
    assert year.unmet["posts"] == 0


@pytest.mark.parametrize(
    ("carries_over", "limit", "lapsed", "carried"),
    [(False, None, 40, 0), (True, None, 0, 40), (True, 25, 15, 25), (True, 90, 0, 40), (False, 25, 40, 0)],
)
def test_what_is_left_lapses_or_is_carried_over(
    carries_over: bool, limit: int | None, lapsed: int, carried: int
) -> None:
    """100 fen voted, 60 spent: the rule of the fund says what becomes of 40."""
    fund = Fund("grant", 100, carries_over=carries_over, carry_limit_fen=limit)

    book = close_year([fund], [Bill("services", 60, ("grant",))]).funds[0]

    assert (book.lapsed_fen, book.carried_out_fen) == (lapsed, carried)


def test_committed_money_cannot_lapse() -> None:
    """30 of 80 are due after the year ends: held back, and first thing in the next year's book."""
    fund = Fund("grant", 100)
    book = close_year([fund], [Bill("services", 80, ("grant",), 30)]).funds[0]

    assert (book.spent_fen, book.committed_fen, book.lapsed_fen) == (50, 30, 20)
    assert next_fund(fund, book, voted_fen=100).available_fen == 130


def test_a_bill_beyond_its_funds_is_unmet_and_never_overspent() -> None:
    """A cap that cannot be met is a result, not an error."""
    year = close_year([Fund("grant", 100, adjusted_fen=-40)], [Bill("services", 80, ("grant",))])

    assert (year.funds[0].spent_fen, year.unmet["services"]) == (60, 20)


BAD = [
    ([Fund("grant", 10), Fund("grant", 10)], [], "twice"),
    ([Fund("grant", 10, adjusted_fen=-11)], [], "-1 fen"),
    ([Fund("grant", 10)], [Bill("services", 5, ("lottery",))], "lottery"),
    ([Fund("grant", 10)], [Bill("services", 5, ("grant",), 6)], "6 committed"),
    ([Fund("grant", 10)], [Bill("services", -5, ("grant",))], "-5 fen"),
]


@pytest.mark.parametrize(("there", "bills", "says"), BAD, ids=[says for _, _, says in BAD])
def test_books_that_cannot_be_are_refused(there: list[Fund], bills: list[Bill], says: str) -> None:
    """A negative vote or a fund counted twice would balance on paper only."""
    with pytest.raises(LawError, match=says):
        close_year(there, bills)


def test_ten_posts_over_a_term_cost_what_the_draft_says() -> None:
    """5.00, 5.25 and 5.5125 wan a post where all pass: 50, 52.5 and 55.125 wan for ten."""
    rows = cohort_years(10, 5_000_000, "0.05", years=3, term_years=3)

    assert [row.money_fen for row in rows] == [50_000_000, 52_500_000, 55_125_000]


def test_who_fails_the_appraisal_is_replaced_at_the_first_price() -> None:
    """Two of ten fail after the first year: eight at 5.25 wan and two at 5.00."""
    rows = cohort_years(10, 5_000_000, "0.05", years=2, term_years=3, passed=[8])

    second = [(row.hired_in, row.posts, row.price_fen) for row in rows if row.year == 1]
    assert second == [(0, 8, 5_250_000), (1, 2, 5_000_000)]


def test_those_hired_last_are_the_first_not_renewed() -> None:
    """Eight of the first year, two of the second; five stay after it, all of them of the first."""
    rows = cohort_years(10, 5_000_000, "0.05", years=3, term_years=3, passed=[8, 5], refill=False)
    filled = cohort_years(10, 5_000_000, "0.05", years=3, term_years=3, passed=[8, 8])

    assert [(row.hired_in, row.posts) for row in rows if row.year == 2] == [(0, 5)]
    assert [(row.hired_in, row.posts) for row in filled if row.year == 2] == [(0, 8), (2, 2)]


def test_without_refilling_failed_posts_stay_empty() -> None:
    """The gap is the planner's to see."""
    rows = cohort_years(10, 5_000_000, "0.05", years=2, term_years=3, passed=[8], refill=False)

    assert sum(row.posts for row in rows if row.year == 1) == 8


def test_a_new_contract_starts_at_the_first_price() -> None:
    """Assumption, named in the docstring: the fourth year is the first of a new term."""
    rows = cohort_years(1, 5_000_000, "0.05", years=4, term_years=3)

    assert [row.price_fen for row in rows] == [*yearly_price_fen(5_000_000, "0.05", years=3), 5_000_000]


def test_more_cannot_pass_than_are_in_post() -> None:
    """A slip of the pen would add posts nobody hired."""
    with pytest.raises(LawError, match="11 passed of 10"):
        cohort_years(10, 5_000_000, "0.05", years=2, term_years=3, passed=[11])


def test_later_years_are_promised_apart_from_the_years_book() -> None:
    """A contract of three years signed for ten posts promises 52.5 and 55.125 wan to later budgets."""
    rows = cohort_years(10, 5_000_000, "0.05", years=4, term_years=3)

    assert dict(promised_fen(rows, signed_in=0, term_years=3)) == {1: 52_500_000, 2: 55_125_000}


def test_an_itemised_price_adds_up_by_hand() -> None:
    """50,000 + 1,000 training + 2,000 equipment; 8 % fee 4,240; 6 % of 57,240 is 3,434.40; all 60,674.40."""
    price = itemised_price(LAW, 5_000_000, on=ON)

    assert (price.fee_fen, price.tax_fen, price.total_fen) == (424_000, 343_440, 6_067_440)
    assert len(price.assumed) == 4


def test_own_parts_replace_assumptions() -> None:
    """A planner with an offer in hand has no assumption left, and zero is a number."""
    own: dict[str, str | float | Fraction] = {
        "training": 0,
        "equipment": 0,
        "fee": "0.05",
        "tax": Fraction(1, 100),
    }

    price = itemised_price(LAW, 5_000_000, on=ON, own=own)

    assert (price.fee_fen, price.tax_fen, price.assumed) == (250_000, 52_500, ())


@pytest.mark.parametrize(("which", "fee"), [("low", 0.05), ("high", 0.10)])
def test_the_providers_fee_lies_between_five_and_ten_per_cent(which: str, fee: float) -> None:
    """The range used in planning, as data."""
    assert LAW.value("prices.provider_fee_share", on=ON, which=which) == fee  # type: ignore[arg-type]


def test_parts_below_zero_or_unknown_are_refused() -> None:
    """A discount is a lower wage, not a negative fee."""
    with pytest.raises(LawError, match="must be 0 or more"):
        itemised_price(LAW, 5_000_000, on=ON, own={"fee": -0.1})
    with pytest.raises(LawError, match="bonus"):
        itemised_price(LAW, 5_000_000, on=ON, own={"bonus": 1})


@pytest.mark.parametrize(("region", "floor_fen"), [("prd", 8_000_000), ("other", 5_000_000)])
def test_wage_floors_differ_by_region(region: str, floor_fen: int) -> None:
    """Guangdong 2019: 8 wan in the Pearl River Delta, 5 wan elsewhere."""

    class Town:
        province = "广东省"
        wage_region = region

    assert price_of_post(LAW, Town(), on=ON) == floor_fen


def test_money_follows_the_task_to_villages_and_townships() -> None:
    """15 yuan a dibao person to the village, 10 to the township: 18,000 and 12,000 yuan for 1,200."""
    assert village_money_fen(LAW, 1200, on=ON) == 1_800_000
    assert village_money_fen(LAW, 1200, on=ON, level="township") == 1_200_000


def test_shizuishan_pays_evaluation_from_the_purchase_money_and_no_clerk() -> None:
    """Annex 3 part 3 (2); the 3 % never pays posts, lottery funds and donations may pay services."""
    asked = {
        item: funds_for(item, law=LAW, document="shizuishan-2024", on=date(2025, 3, 1))
        for item in ("posts", "services", "evaluation")
    }

    assert asked["posts"] == ()
    assert asked["evaluation"] == ("purchase_fund",)
    assert {"grant", "lottery", "donations"} <= set(asked["services"])

"""From required to funded: what the money pays, what stays short and why, what a planner is told."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlib import words
from simlib.errors import LawError
from simlib.policy.funding import fund_posts, losing_offices
from simlib.policy.money.shortfall import (
    COLUMNS,
    Funding,
    county_money,
    infeasible_notes,
    losing_notes,
    required_and_funded,
)
from simlib.policy.statutes import Law, load_law
from tests.policy.towns import Towns, towns

LAW: Law = load_law()
COUNTY = "445302"
PRICE = 50_000_00


@pytest.fixture(autouse=True)
def _english() -> Any:
    with words.speaking("en"):
        yield


def place(*households: int, existing: int = 0, **more: Any) -> Towns:
    made = towns([{"households": n, "posts_payroll": existing} for n in households], **more)
    made.counties["dibao_spending_yuan"] = 10_000_000
    made.counties["grant_yuan"] = 20_000_000
    return made


def paid(home: Towns, yuan: int, **how: Any) -> pd.DataFrame:
    funding = Funding({COUNTY: yuan * 100}, PRICE, **how)
    return required_and_funded(home, "guangdong-2019", law=LAW, funding=funding, levels=["township"])


def test_money_short_by_three_posts_is_told_in_yuan_and_posts() -> None:
    """Townships of 700, 400 and 100 households need 6, 4 and 2; 450,000 yuan buy nine: 6 : 4 : 2 of them."""
    table = paid(place(700, 400, 100), 450_000)

    assert tuple(table.columns) == COLUMNS
    assert table["posts_required"].tolist() == [6, 4, 2]
    assert table["posts_funded"].tolist() == [5, 3, 1]  # 4.5, 3, 1.5: the tie goes to the earlier code
    assert table["posts_short"].tolist() == [1, 1, 1]
    assert table["cost_yuan_year1"].tolist() == [250_000, 150_000, 50_000]
    assert table["add_yuan"].tolist() == [150_000] * 3
    assert table["give_up_posts"].tolist() == [3] * 3
    clauses = "镇0: at least 6 posts (0 there); 镇1: at least 4 posts (0 there); no more than 450,000 yuan"
    assert set(table["conflict"]) == {f"{clauses}; 50,000 yuan a post and year"}
    assert set(table["relaxation"]) == {"150,000 yuan more a year; or 3 posts fewer"}


def test_enough_money_conflicts_with_nothing() -> None:
    """Every gap is filled and no clause is named; an office that lacks nothing is never blamed."""
    table = paid(place(700, 400, 100), 600_000)
    assert table["posts_short"].sum() == 0 and set(table["conflict"]) == {""}
    assert table["add_yuan"].isna().all()

    some = paid(place(700, 100, existing=2), 50_000)
    assert some["posts_funded"].tolist() == [1, 0]
    assert [bool(text) for text in some["conflict"]] == [True, False]


def test_no_limit_fills_every_gap() -> None:
    """`none` binds nothing."""
    funding = Funding(None, PRICE)
    table = required_and_funded(
        place(700), "guangdong-2019", law=LAW, funding=funding, levels=["township", "county"]
    )

    assert table["posts_short"].tolist() == [0, 0]
    assert county_money(place(700), "none", law=LAW) is None


def test_existing_posts_that_do_not_count_can_be_made_to() -> None:
    """Read with existing_counts=no, counting those there is one of the ways out."""
    funding = Funding({COUNTY: 200_000_00}, PRICE)
    table = required_and_funded(
        place(700, existing=2),
        "guangdong-2019",
        law=LAW,
        funding=funding,
        reading={"existing_counts": "no"},
        levels=["township"],
    )

    assert table["posts_short"].item() == 2
    assert "existing staff fill 2 posts" in table["relaxation"].item()


def test_a_wage_floor_is_not_offered_as_a_way_out() -> None:
    """Guangdong's floor is 50,000: paying less is unlawful there; elsewhere no floor is known."""
    assert "less a post" not in paid(place(700), 250_000)["relaxation"].item()
    assert "8,333.34 yuan less a post" in paid(place(700, province="四川省"), 250_000)["relaxation"].item()


def test_a_ceiling_already_passed_is_a_conflict_without_money() -> None:
    """Anhui's check of means has at most three: a bureau with five conflicts, whatever the budget."""
    home = place(100)
    home.counties["posts_verification"] = 5
    home.counties["posts_payroll"] = 5
    table = required_and_funded(home, "anhui-2013", law=LAW, funding=Funding(None, PRICE), levels=["county"])

    assert table["conflict"].item() == f"{COUNTY}: at most 3 posts"
    assert table["relaxation"].item() == f"2 posts above the ceiling of {COUNTY}"


def test_a_ceiling_asks_for_no_money() -> None:
    """Anhui lets a bureau have up to three; with two there, nothing is missing and no yuan is asked."""
    home = place(100)
    home.counties["posts_verification"] = home.counties["posts_payroll"] = 2
    table = required_and_funded(
        home, "anhui-2013", law=LAW, funding=Funding({COUNTY: 0}, PRICE), levels=["county"]
    )

    assert table[["posts_required", "posts_funded", "posts_short"]].to_numpy().tolist() == [[3, 0, 0]]
    assert table["conflict"].item() == "" and table["modality"].item() == "at_most"
    both = required_and_funded(home, "anhui-2013", law=LAW, funding=Funding({COUNTY: 0}, PRICE))
    town = both[both["level"] == "township"]
    assert town["add_yuan"].item() == 50_000 * town["posts_short"].item()


def test_money_comes_from_the_rule_the_planner_s_amount_or_nowhere() -> None:
    """3 % of ten million, 60 % of it for posts; a fixed amount goes by dibao spending, to the fen."""
    home = towns([{"households": 1}, {"households": 1, "county_code": "445303"}])
    home.counties["dibao_spending_yuan"] = [10_000_000, 5_000_000]

    assert county_money(home, "guangdong-3pct", law=LAW) == {COUNTY: 180_000_00, "445303": 90_000_00}
    assert county_money(home, "guangdong-3pct", law=LAW, share_for_posts=1)[COUNTY] == 300_000_00  # type: ignore[index]
    assert county_money(home, "fixed", law=LAW, cap_yuan=100) == {COUNTY: 6667, "445303": 3333}
    with pytest.raises(LawError, match="--cap-yuan"):
        county_money(home, "fixed", law=LAW)
    with pytest.raises(LawError, match="grant_yuan"):
        county_money(home, "shizuishan-3pct-cap", law=LAW)


@pytest.mark.parametrize(
    ("formula", "how", "says"),
    [
        ("leshan-2020", {"reading": {"rounding": "none"}}, "whole posts"),
        ("guangdong-2019", {"levels": ["village"]}, "county, township"),
        ("guangdong-2019", {"reading": {"tier": "x"}}, "boundary"),
    ],
)
def test_what_money_cannot_pay_is_refused(formula: str, how: dict[str, Any], says: str) -> None:
    """Fractions of posts, village assistants, a reading the formula lacks."""
    with pytest.raises(LawError, match=says):
        required_and_funded(place(700), formula, law=LAW, funding=Funding({COUNTY: 0}, PRICE), **how)


def test_an_office_that_loses_as_money_rises_is_named_with_the_remedy() -> None:
    """Gaps of 6, 6 and 2 at ten and eleven posts are the textbook case; Webster's method has none."""
    home = place(700, 800, 100)
    money = {COUNTY: 10 * PRICE}
    common: dict[str, Any] = {"law": LAW, "levels": ["township"]}

    told = losing_notes(home, "guangdong-2019", funding=Funding(money, PRICE), **common)
    assert [note.key for note in told] == ["note_losing", "note_losing_remedy"]
    assert "镇2 (445302102) has 2 when its county can buy 10 posts, but only 1 when it can buy 11" in str(
        told[0]
    )
    assert "--method webster" in str(told[-1])
    for how in ({"method": "webster"}, {"sharing": "equal_load"}):
        assert losing_notes(home, "guangdong-2019", funding=Funding(money, PRICE, **how), **common) == ()  # type: ignore[arg-type]


def test_each_county_that_cannot_is_told_once() -> None:
    """One line a county, with how many posts stay short."""
    home = place(700, 400)
    notes = infeasible_notes(home, paid(home, 100_000))

    assert [note.key for note in notes] == ["note_infeasible"]
    assert "8 posts stay short" in str(notes[0])


# --- equal load ---------------------------------------------------------------------------------------

LOADS = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=3)
"""Of each office: load, posts there, posts missing."""


def equal(rows: list[tuple[int, int, int]], posts: int) -> list[int]:
    table = pd.DataFrame(
        [(f"{COUNTY}{100 + i}", COUNTY, *row) for i, row in enumerate(rows)],
        columns=["area_code", "county_code", "load", "existing", "gap"],
    )
    table["weight"] = table["gap"] + table["existing"]
    found = fund_posts(table, money_fen={COUNTY: posts}, price_fen=1, sharing="equal_load")
    return [int(n) for n in found["funded"]]


def test_equal_load_sends_the_next_post_where_a_worker_has_most() -> None:
    """600 by 2, 500 by 1, 100 by none: first who has nobody, then 500 a head, then 300."""
    rows = [(600, 2, 3), (500, 1, 3), (100, 0, 3)]

    assert [equal(rows, n) for n in range(1, 5)] == [[0, 0, 1], [0, 1, 1], [1, 1, 1], [1, 2, 1]]


@given(LOADS, st.integers(0, 8))
def test_equal_load_has_the_least_greatest_load(rows: list[tuple[int, int, int]], posts: int) -> None:
    """Every way of sharing is tried: none leaves the busiest worker with less; all that can be bought is."""
    found = equal(rows, posts)
    most = min(posts, sum(gap for _, _, gap in rows))

    def worst(plan: tuple[int, ...] | list[int]) -> tuple[int, Fraction]:
        heads = [there + more for (_, there, _), more in zip(rows, plan, strict=True)]
        loads = [(load, n) for (load, _, _), n in zip(rows, heads, strict=True)]
        alone = sum(1 for load, n in loads if load and not n)
        return alone, max((Fraction(load, n) for load, n in loads if n), default=Fraction(0))

    plans = itertools.product(*(range(gap + 1) for _, _, gap in rows))
    fewest = min(worst(plan) for plan in plans if sum(plan) == most)

    assert sum(found) == most
    assert worst(found)[0] == fewest[0]
    if not fewest[0]:
        assert worst(found) == fewest


@given(LOADS)
def test_equal_load_never_takes_a_post_back(rows: list[tuple[int, int, int]]) -> None:
    """One post more goes to one office and to nobody else's cost."""
    steps = [equal(rows, n) for n in range(10)]

    for before, after in itertools.pairwise(steps):
        assert all(b <= a for b, a in zip(before, after, strict=True))
    assert losing_offices(pd.DataFrame(), sharing="equal_load").empty

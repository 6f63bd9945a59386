"""Money under published rules, prices of posts, and whole posts shared out when money binds."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlib.errors import LawError
from simlib.policy.funding import fund_posts, posts_money, services_money, unaffordable
from simlib.policy.prices import price_of_post, yearly_price_fen
from simlib.policy.statutes import Law, load_law
from tests.policy.towns import towns

LAW: Law = load_law()
PLACE = towns([{"persons": 1000, "households": 250}, {"persons": 3000, "households": 101}])
COUNTY = "445302"
BASE = {COUNTY: 10_000_000_00}  # ten million yuan of last year's dibao spending


def money(rule: str, share: float | None = None, **reading: str) -> int:
    found = posts_money(rule, law=LAW, place=PLACE, base_fen=BASE, share_for_posts=share, reading=reading)
    return found[COUNTY]


def test_guangdong_s_work_funds_are_three_percent_of_which_a_part_pays_posts() -> None:
    """3 % of ten million is 300,000 yuan; half of it for posts is 150,000; by default 60 %."""
    assert money("guangdong-3pct", 1.0) == 300_000_00
    assert money("guangdong-3pct", 0.5) == 150_000_00
    assert money("guangdong-3pct") == 180_000_00


def test_the_own_tier_s_base_is_smaller() -> None:
    """Where only the own tier's spending counts, its assumed part of 30 % is the base."""
    assert money("guangdong-3pct", 1.0, base_tier="own") == 90_000_00


def test_a_services_cap_pays_no_clerk() -> None:
    """Shizuishan's 3 % buys services; Guangdong's work funds buy none."""
    remaining = {COUNTY: 250_000_00}
    rule = "shizuishan-3pct-cap"

    assert money(rule, 1.0) == 0
    assert services_money(rule, law=LAW, place=PLACE, base_fen=BASE, remaining_fen={COUNTY: 10**12}) == {
        COUNTY: 300_000_00
    }
    assert services_money(rule, law=LAW, place=PLACE, base_fen=BASE, remaining_fen=remaining) == remaining
    assert services_money(rule, law=LAW, place=PLACE, base_fen=BASE, remaining_fen={COUNTY: -5}) == {
        COUNTY: 0
    }
    assert services_money("guangdong-3pct", law=LAW, place=PLACE, base_fen=BASE, remaining_fen=remaining) == {
        COUNTY: 0
    }


def test_other_published_amounts() -> None:
    """1–2 % of spending; 3 % and 25 yuan a person; 500 yuan for each begun hundred, street by street."""
    assert money("inner-mongolia-1to2pct", 1.0) == 100_000_00
    assert money("inner-mongolia-1to2pct", 1.0, range="high") == 200_000_00
    assert money("unnamed-3pct-floor", 1.0) == 400_000_00
    assert money("guangzhou-2009-block", 1.0) == (3 + 2) * 500_00


def test_money_refuses_what_it_cannot_know() -> None:
    """A county without a base, a share above one, a reading the rule lacks."""
    with pytest.raises(LawError, match=COUNTY):
        posts_money("guangdong-3pct", law=LAW, place=PLACE, base_fen={})
    with pytest.raises(LawError, match="between 0 and 1"):
        money("guangdong-3pct", 1.2)
    with pytest.raises(LawError, match="base_tier=own"):
        money("guangdong-3pct", 1.0, grant_base="all_levels")


def test_prices_are_guangdong_s_alone() -> None:
    """80,000 and 50,000 yuan are Guangdong's floors; elsewhere the planner's own or a labelled option."""
    delta = towns([{}], wage_region="prd")
    sichuan = towns([{}], province="四川省")

    assert price_of_post(LAW, PLACE) == 50_000_00
    assert price_of_post(LAW, delta) == 80_000_00
    assert price_of_post(LAW, sichuan) is None
    assert price_of_post(LAW, sichuan, choice="mid") == 60_000_00
    assert price_of_post(LAW, sichuan, choice=54_321) == 54_321_00
    assert price_of_post(LAW, PLACE, on=date(2018, 12, 31)) is None
    assert price_of_post(LAW, PLACE, choice="city_draft", on=date(2027, 1, 1)) == 50_000_00
    with pytest.raises(LawError, match="city_draft"):
        price_of_post(LAW, PLACE, choice="cheap")


def test_the_price_rises_five_percent_a_year() -> None:
    """Guangdong city's draft: 50,000, 52,500, 55,125 yuan over its term of three years."""
    step = LAW.value("prices.guangdong_city_draft_yearly_rise_share", on=date(2027, 1, 1))
    years = LAW.value("prices.guangdong_city_draft_term_years", on=date(2027, 1, 1))

    assert yearly_price_fen(50_000_00, step, years=years) == (50_000_00, 52_500_00, 55_125_00)


def offices(*rows: tuple[str, int, int]) -> pd.DataFrame:
    listed = [(code, code[:6], weight, gap) for code, weight, gap in rows]
    return pd.DataFrame(listed, columns=["area_code", "county_code", "weight", "gap"])


def funded(table: pd.DataFrame, posts: int, **how: str) -> list[int]:
    given = dict.fromkeys(table["county_code"].unique(), posts * 50_000_00 + 1)
    found = fund_posts(table, money_fen=given, price_fen=50_000_00, **how)  # type: ignore[arg-type]
    return [int(count) for count in found["funded"]]


THREE = offices(("445302100", 6, 6), ("445302101", 4, 2), ("445302102", 2, 0))


@pytest.mark.parametrize(
    ("posts", "proportional", "keep_minimum", "equal_money"),
    [
        (0, [0, 0, 0], [0, 0, 0], [0, 0, 0]),
        (1, [1, 0, 0], [1, 0, 0], [1, 0, 0]),
        (2, [1, 1, 0], [1, 1, 0], [1, 1, 0]),
        (5, [3, 2, 0], [3, 2, 0], [2, 2, 1]),
        (8, [6, 2, 0], [6, 2, 0], [4, 3, 1]),
        (12, [6, 2, 0], [6, 2, 0], [6, 4, 2]),
    ],
)
def test_whole_posts_are_shared_as_worked_out_by_hand(posts, proportional, keep_minimum, equal_money) -> None:
    """Largest remainder on required posts, none above its gap; equal money knows no gap."""
    assert funded(THREE, posts) == proportional
    assert funded(THREE, posts, sharing="keep_minimum") == keep_minimum
    assert funded(THREE, posts, spend="all") == equal_money


def test_keeping_a_minimum_serves_the_least_staffed_first() -> None:
    """Two posts: by weight the large office takes both; the minimum gives the empty one its first."""
    table = offices(("445302100", 12, 6), ("445302101", 2, 2))

    assert funded(table, 1) == [1, 0]
    assert funded(table, 1, sharing="keep_minimum") == [0, 1]


def test_counties_spend_their_own_money() -> None:
    """A rich neighbour fills no gap across the border."""
    table = offices(("445302100", 2, 2), ("445303100", 2, 2))
    found = fund_posts(table, money_fen={"445302": 0, "445303": 10**9}, price_fen=50_000_00)

    assert found["funded"].tolist() == [0, 2]


def test_without_a_limit_every_gap_is_filled() -> None:
    """None means no cap, not no money."""
    assert fund_posts(THREE, money_fen=None, price_fen=1)["funded"].tolist() == [6, 2, 0]


def test_funding_refuses_nonsense() -> None:
    """A price of 0 would buy a nation of clerks; an office twice would be paid twice."""
    with pytest.raises(LawError, match="above 0"):
        fund_posts(THREE, money_fen=None, price_fen=0)
    with pytest.raises(LawError, match="445302100"):
        fund_posts(pd.concat([THREE, THREE]), money_fen=None, price_fen=1)
    with pytest.raises(LawError, match="445302"):
        fund_posts(THREE, money_fen={}, price_fen=1)


OFFICE = st.tuples(st.sampled_from(["445302", "445303"]), st.integers(1, 12), st.integers(0, 12))
HOW = st.tuples(st.sampled_from(["proportional", "keep_minimum"]), st.sampled_from(["gap", "all"]))


@given(st.lists(OFFICE, min_size=1, max_size=15), st.integers(0, 10**9), HOW, st.randoms())
def test_funding_never_exceeds_money_and_leaves_no_affordable_gap(rows, fen, how, random) -> None:
    """Whole posts, within each county's money and (for gap) each office's gap; nothing affordable unspent."""
    price, (sharing, spend) = 50_000_00, how
    table = offices(*((f"{c}{100 + i}", w, min(w, g)) for i, (c, w, g) in enumerate(rows)))
    given = {"445302": fen, "445303": fen // 3}
    found = fund_posts(table, money_fen=given, price_fen=price, sharing=sharing, spend=spend)
    mixed = table.iloc[random.sample(range(len(table)), len(table))]
    again = fund_posts(mixed, money_fen=given, price_fen=price, sharing=sharing, spend=spend)
    merged = table.merge(found, on="area_code")
    spent: dict[str, int] = defaultdict(int)
    gaps: dict[str, int] = defaultdict(int)
    for county, posts, gap in merged[["county_code", "funded", "gap"]].to_numpy().tolist():
        spent[county] += posts
        gaps[county] += gap

    pd.testing.assert_frame_equal(found, again)
    assert (found["funded"] >= 0).all() and str(found["funded"].dtype) == "int64"
    if spend == "gap":
        assert (merged["funded"] <= merged["gap"]).all()
    for county, posts in spent.items():
        affordable = given[county] // price
        assert posts == (min(affordable, gaps[county]) if spend == "gap" else affordable)


def test_unaffordable_counties_are_told_with_the_cheapest_relaxation() -> None:
    """6 required − 2 clerks at 0.6 − 1 bought leaves 3.8: 4 posts, 200,000 yuan, the cap 120,000."""
    table = pd.DataFrame(
        {
            "area_code": ["445302100"],
            "county_code": [COUNTY],
            "posts_required": [6],
            "posts_payroll": [2],
            "assistance_share": [0.6],
            "posts_contract": [1],
        }
    )
    short = unaffordable(table, money_fen={COUNTY: 120_000_00}, price_fen=50_000_00).iloc[0]
    ample = unaffordable(table, money_fen=None, price_fen=50_000_00).iloc[0]

    assert short["infeasible"] and not ample["infeasible"]
    assert (short["posts_short"], short["missing_fen"], short["missing_posts"]) == (4, 80_000_00, 2)

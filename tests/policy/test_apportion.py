"""Whole posts by two methods, and the warning that an office would lose by money."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlib.errors import LawError
from simlib.policy.funding import fund_posts, losing_offices
from simlib.policy.posts.apportion import METHODS, largest_remainder_within, webster
from tests.policy.test_funding import offices

ALABAMA = offices(("445302100", 6, 6), ("445302101", 6, 6), ("445302102", 2, 2))
WEIGHTS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=7)


def test_webster_follows_the_odd_divisors() -> None:
    """53, 24, 23 over 7: 53/1 53/3 24/1 23/1 53/5 … give 3, 2, 2; largest remainder gives 4, 2, 1."""
    assert webster(7, [53, 24, 23]) == [3, 2, 2]
    assert largest_remainder_within(7, [53, 24, 23], [9, 9, 9]) == [4, 2, 1]


@given(st.integers(0, 60), WEIGHTS)
def test_webster_s_posts_satisfy_its_min_max_condition(total, pairs) -> None:
    """No post could move to a place with room that has the better claim."""
    weights, room = [weight for weight, _ in pairs], [most for _, most in pairs]
    got = webster(total, weights, room)

    assert all(have <= most for have, most in zip(got, room, strict=True))
    assert sum(got) == min(total, sum(most for weight, most in pairs if weight > 0))
    for i, have in enumerate(got):
        for j, other in enumerate(got):
            if other > 0 and have < room[i]:
                assert weights[i] * (2 * other - 1) <= weights[j] * (2 * have + 1)


@given(st.integers(0, 40), WEIGHTS)
def test_under_webster_no_place_loses_as_the_total_grows(total, pairs) -> None:
    """The house only grows, with rooms as without."""
    weights, room = [weight for weight, _ in pairs], [most for _, most in pairs]

    assert all(a <= b for a, b in zip(webster(total, weights), webster(total + 1, weights), strict=True))
    assert all(
        a <= b for a, b in zip(webster(total, weights, room), webster(total + 1, weights, room), strict=True)
    )


def test_the_warning_names_the_office_that_loses() -> None:
    """6, 6, 2 over three posts give 1, 1, 1, over four 2, 2, 0; over ten 4, 4, 2, over eleven 5, 5, 1."""
    table = losing_offices(ALABAMA)

    assert table.to_numpy().tolist() == [
        ["445302", 4, "445302102", 1, 0],
        ["445302", 11, "445302102", 2, 1],
    ]
    assert losing_offices(ALABAMA, most_posts=3).empty
    assert losing_offices(ALABAMA, method="webster").empty


OFFICE = st.tuples(st.sampled_from(["445302", "445303"]), st.integers(0, 9), st.integers(0, 9))
HOW = st.tuples(st.sampled_from(["proportional", "keep_minimum"]), st.sampled_from(["gap", "all"]))


@settings(max_examples=25)
@given(st.lists(OFFICE, min_size=1, max_size=6), HOW)
def test_the_warning_is_what_funding_does(rows, how) -> None:
    """Brute force: fund every number of posts and compare office by office; Webster never warns."""
    sharing, spend = how
    table = offices(*((f"{c}{100 + i}", w, min(w, g)) for i, (c, w, g) in enumerate(rows)))
    for method in METHODS:
        found = losing_offices(table, sharing=sharing, spend=spend, method=method, most_posts=12)
        meant = []
        for posts in range(1, 13):
            before, after = (
                fund_posts(
                    table,
                    money_fen=dict.fromkeys(table["county_code"], count),
                    price_fen=1,
                    sharing=sharing,
                    spend=spend,
                    method=method,
                )["funded"]
                for count in (posts - 1, posts)
            )
            meant += [(posts, i) for i in range(len(before)) if after[i] < before[i]]
        assert len(found) == len(meant)
        if method == "webster":
            assert found.empty


def test_both_methods_spend_the_same_money() -> None:
    """The method moves posts between offices, never their number; another name is refused."""
    given_fen = {"445302": 10}
    by_method = {
        method: fund_posts(ALABAMA, money_fen=given_fen, price_fen=1, method=method)["funded"].tolist()
        for method in METHODS
    }

    assert by_method == {"largest_remainder": [4, 4, 2], "webster": [5, 4, 1]}
    with pytest.raises(LawError, match="webster"):
        fund_posts(pd.DataFrame(ALABAMA), money_fen=None, price_fen=1, method="dhondt")  # type: ignore[arg-type]

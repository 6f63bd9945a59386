"""Clauses that cannot hold together and what must give way, against brute force on small counties."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlib.errors import LawError
from simlib.policy.money.infeasible import relaxations, smallest_conflicts

COUNTY = "445302"
MOST = 9
"""No office of these tests ever needs more posts than this."""

Row = tuple[int, int, int | None]


def table(rows: Iterable[Row]) -> pd.DataFrame:
    listed = [(f"{COUNTY}{100 + i}", COUNTY, *row) for i, row in enumerate(rows)]
    frame = pd.DataFrame(
        listed, columns=["area_code", "county_code", "posts_required", "posts_existing", "posts_at_most"]
    )
    return frame.astype({"posts_at_most": "Int64"})


def conflicts(rows: Iterable[Row], cap: int | None, price: int, counts: bool = True) -> list[tuple[str, str]]:
    money = None if cap is None else {COUNTY: cap}
    found = smallest_conflicts(table(rows), money_fen=money, price_fen=price, existing_counts=counts)
    return [(str(row["clause"]), str(row["area_code"])[-1:]) for row in found.to_dict("records")]


def test_the_largest_needs_make_the_smallest_conflict() -> None:
    """Needs 4, 2, 1 at 10 each under a cap of 50: the first two alone cost 60."""
    assert conflicts([(4, 0, None), (3, 1, None), (1, 0, None)], 50, 10) == [
        ("posts", "0"),
        ("posts", "1"),
        ("cap", ""),
        ("price", ""),
    ]
    assert conflicts([(4, 0, None), (3, 1, None), (1, 0, None)], 70, 10) == []
    assert conflicts([(9, 0, None)], None, 10) == []


def test_a_ceiling_below_the_requirement_is_the_smaller_conflict() -> None:
    """Six required, four allowed: two clauses, whatever the money."""
    assert conflicts([(6, 1, 4)], 0, 10) == [("posts", "0"), ("ceiling", "0")]
    assert conflicts([(6, 5, 4)], 0, 10) == [("ceiling", "0")]
    assert conflicts([(4, 1, 4)], 90, 10, counts=False) == [
        ("posts", "0"),
        ("ceiling", "0"),
        ("existing", ""),
    ]


def test_the_cheapest_relaxation_is_told_in_yuan_and_posts() -> None:
    """6 posts at 50,000 under 120,000: 180,000 more, or 4 posts fewer, or 30,000 less each (not lawful)."""
    found = relaxations(
        table([(6, 0, None)]), money_fen={COUNTY: 120_000_00}, price_fen=50_000_00, least_price_fen=50_000_00
    ).set_index("relaxation")

    assert found["amount_fen"].to_dict() == {
        "raise_cap": 180_000_00,
        "give_up_posts": 200_000_00,
        "lower_price": 30_000_00,
    }
    assert found.loc["give_up_posts", "posts"] == 4
    assert found["is_lawful"].tolist() == [True, True, False]
    assert found["is_enough"].all()


def test_one_ceiling_of_two_is_not_enough() -> None:
    """Two offices above what they may hold: raising one leaves the other."""
    found = relaxations(table([(6, 0, 4), (5, 0, 4)]), money_fen=None, price_fen=1)

    assert found[["relaxation", "posts", "is_enough"]].to_numpy().tolist() == [
        ["raise_ceiling", 2, False],
        ["raise_ceiling", 1, False],
    ]


def test_nonsense_is_refused() -> None:
    """A price of nothing, a county without money."""
    with pytest.raises(LawError, match="above 0"):
        smallest_conflicts(table([(1, 0, None)]), money_fen=None, price_fen=0)
    with pytest.raises(LawError, match=COUNTY):
        relaxations(table([(1, 0, None)]), money_fen={}, price_fen=1)


# --- brute force --------------------------------------------------------------------------------------


def can_hold(rows: list[Row], clauses: set[tuple[str, int]], cap: int, price: int) -> bool:
    """Whether some numbers of posts bought satisfy these clauses: every plan is tried."""
    for plan in itertools.product(range(MOST + 1), repeat=len(rows)):
        good = True
        for i, ((required, existing, most), bought) in enumerate(zip(rows, plan, strict=True)):
            towards = bought + (0 if ("existing", 0) in clauses else existing)
            if ("posts", i) in clauses and towards < required:
                good = False
            if ("ceiling", i) in clauses and most is not None and bought + existing > most:
                good = False
        paid = price if ("price", 0) in clauses else 0
        if good and (("cap", 0) not in clauses or sum(plan) * paid <= cap):
            return True
    return False


def every_clause(rows: list[Row], counts: bool) -> set[tuple[str, int]]:
    clauses = {("posts", i) for i in range(len(rows))} | {("cap", 0), ("price", 0)}
    clauses |= {("ceiling", i) for i, row in enumerate(rows) if row[2] is not None}
    return clauses if counts else clauses | {("existing", 0)}


OFFICE = st.tuples(st.integers(0, 4), st.integers(0, 3), st.none() | st.integers(0, 5))
OFFICES = st.lists(OFFICE, min_size=1, max_size=2)


@given(OFFICES, st.integers(0, 20), st.integers(1, 5), st.booleans())
def test_no_smaller_set_of_clauses_conflicts(rows, cap, price, counts) -> None:
    """Every subset up to the size found is tried against every plan."""
    everything = every_clause(rows, counts)
    found = {(clause, int(office or 0)) for clause, office in conflicts(rows, cap, price, counts)}

    assert bool(found) == (not can_hold(rows, everything, cap, price))
    if found:
        assert found <= everything and not can_hold(rows, found, cap, price)
        for clause in found:
            assert can_hold(rows, found - {clause}, cap, price)
        for smaller in itertools.combinations(sorted(everything), len(found) - 1):
            assert can_hold(rows, set(smaller), cap, price)


@given(OFFICES, st.integers(0, 20), st.integers(1, 5), st.booleans())
def test_no_smaller_relaxation_is_enough(rows, cap, price, counts) -> None:
    """Each kind that is enough makes the clauses hold, and one fen or post less of it does not."""
    everything = every_clause(rows, counts)
    found = relaxations(table(rows), money_fen={COUNTY: cap}, price_fen=price, existing_counts=counts)

    assert found.empty == can_hold(rows, everything, cap, price)
    for row in found[found["is_enough"]].to_dict("records"):
        kind, amount, posts = row["relaxation"], int(row["amount_fen"]), int(row["posts"])
        if kind == "raise_cap":
            assert can_hold(rows, everything, cap + amount, price)
            assert not can_hold(rows, everything, cap + amount - 1, price)
        elif kind == "lower_price":
            assert can_hold(rows, everything, cap, price - amount)
            assert not can_hold(rows, everything, cap, price - amount + 1)
        elif kind == "count_existing":
            assert can_hold(rows, everything - {("existing", 0)}, cap, price)
        elif kind == "raise_ceiling":
            at = int(row["area_code"][-1])
            for more, meant in ((posts, True), (posts - 1, False)):
                raised = [(r, e, m + more if i == at else m) for i, (r, e, m) in enumerate(rows)]
                assert can_hold(raised, everything, cap, price) is meant
        else:
            assert fewest_given_up(rows, cap, price, counts) == posts


def fewest_given_up(rows: list[Row], cap: int, price: int, counts: bool) -> int:
    """The least sum of posts required that, taken away, lets every clause hold."""
    everything = every_clause(rows, counts)
    choices = itertools.product(*(range(required + 1) for required, _, _ in rows))
    return min(
        _needed(rows, counts) - _needed(fewer, counts)
        for kept in choices
        if can_hold(
            fewer := [(k, e, m) for k, (_, e, m) in zip(kept, rows, strict=True)], everything, cap, price
        )
    )


def _needed(rows: list[Row], counts: bool) -> int:
    return sum(max(0, required - (existing if counts else 0)) for required, existing, _ in rows)


@given(OFFICES, st.integers(0, 20), st.integers(1, 5))
def test_all_clauses_but_one_kind_never_enough_is_said_so(rows, cap, price) -> None:
    """A row not enough by itself really is not: a cap raised without limit leaves the ceilings' conflict."""
    found = relaxations(table(rows), money_fen={COUNTY: cap}, price_fen=price)
    for row in found[~found["is_enough"]].to_dict("records"):
        if row["relaxation"] == "raise_cap":
            assert not can_hold(rows, every_clause(rows, counts=True), 10**6, price)


# --- three offices ------------------------------------------------------------------------------------

FEW = st.tuples(st.integers(0, 3), st.integers(0, 2), st.none() | st.integers(0, 3))
THREE = st.lists(FEW, min_size=3, max_size=3)


def holds(rows: list[Row], clauses: set[tuple[str, int]], cap: int, price: int) -> bool:
    """`can_hold` for any number of offices: each buys its least, since more never helps another clause."""
    total = 0
    for i, (required, existing, most) in enumerate(rows):
        there = 0 if ("existing", 0) in clauses else existing
        least = max(0, required - there) if ("posts", i) in clauses else 0
        if ("ceiling", i) in clauses and most is not None and least + existing > most:
            return False
        total += least
    paid = price if ("price", 0) in clauses else 0
    return ("cap", 0) not in clauses or total * paid <= cap


@given(OFFICES, st.integers(0, 20), st.integers(1, 5), st.booleans())
def test_the_short_check_is_the_long_one(rows, cap, price, counts) -> None:
    """Buying the least is as good as trying every plan: three offices may then be checked."""
    everything = sorted(every_clause(rows, counts))
    for size in range(len(everything) + 1):
        for clauses in itertools.combinations(everything, size):
            assert holds(rows, set(clauses), cap, price) == can_hold(rows, set(clauses), cap, price)


@settings(max_examples=200)
@given(THREE, st.integers(0, 20), st.integers(1, 5), st.booleans())
def test_no_smaller_set_of_clauses_conflicts_in_three_offices(rows, cap, price, counts) -> None:
    """Every subset of up to nine clauses is tried: the set found conflicts and none smaller does."""
    everything = every_clause(rows, counts)
    found = {(clause, int(office or 0)) for clause, office in conflicts(rows, cap, price, counts)}
    sizes = [
        size
        for size in range(1, len(everything) + 1)
        if any(
            not holds(rows, set(some), cap, price)
            for some in itertools.combinations(sorted(everything), size)
        )
    ]

    assert len(found) == min(sizes, default=0)
    assert not found or not holds(rows, found, cap, price)


@settings(max_examples=200)
@given(THREE, st.integers(0, 20), st.integers(1, 5), st.booleans())
def test_the_cheapest_way_out_of_three_offices_is_the_one_told(rows, cap, price, counts) -> None:
    """Least money added, fewest posts given up, and every row that claims to be enough is."""
    everything = every_clause(rows, counts)
    found = relaxations(table(rows), money_fen={COUNTY: cap}, price_fen=price, existing_counts=counts)
    by_kind = found[found["is_enough"].astype(bool)].set_index("relaxation")

    assert found.empty == holds(rows, everything, cap, price)
    if "raise_cap" in by_kind.index:
        added = next(more for more in range(1000) if holds(rows, everything, cap + more, price))
        assert by_kind.loc["raise_cap", "amount_fen"] == added
    if "give_up_posts" in by_kind.index:
        fewer = min(
            _needed(rows, counts) - _needed(kept, counts)
            for kept in _given_up(rows)
            if holds(kept, everything, cap, price)
        )
        assert by_kind.loc["give_up_posts", "posts"] == fewer
    if "count_existing" in by_kind.index:
        assert holds(rows, everything - {("existing", 0)}, cap, price)
    elif not counts and not found.empty:
        assert not holds(rows, everything - {("existing", 0)}, cap, price)


def _given_up(rows: list[Row]) -> Iterable[list[Row]]:
    """The offices with every choice of posts no longer required."""
    for kept in itertools.product(*(range(required + 1) for required, _, _ in rows)):
        yield [(k, existing, most) for k, (_, existing, most) in zip(kept, rows, strict=True)]

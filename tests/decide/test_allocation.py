"""Allocations are the best there are: small cases against every way of spending, and hard shapes."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlib.decide.allocation import (
    Plan,
    Surface,
    Transfer,
    county_frontier,
    expected,
    moved_posts,
    spread,
    transfers,
)

SMALL = settings(max_examples=60)


def surface(county: str, towns: int, bureau: int, levels: int, chance: np.random.Generator) -> Surface:
    """A county with breaches of any shape, not even falling."""
    shape = (bureau + 1, towns, levels + 1)
    names = tuple(f"{county}{n:03d}" for n in range(towns))
    return Surface(county, names, chance.integers(0, 50, shape).astype(float), np.full(shape, 60.0))


def every(surfaces: Sequence[Surface], posts: int) -> float:
    """The fewest breaches over every allocation of at most so many posts."""
    axes = []
    for each in surfaces:
        bureaus, towns, levels = each.breaches.shape
        axes += [range(bureaus), *[range(levels)] * towns]
    names = [name for each in surfaces for name in (each.county, *each.towns)]
    return min(
        expected(surfaces, dict(zip(names, way, strict=True)))[0]
        for way in itertools.product(*axes)
        if sum(way) <= posts
    )


@SMALL
@given(st.integers(0, 10_000), st.integers(0, 7))
def test_the_best_over_counties_is_the_best_of_every_way(seed: int, posts: int) -> None:
    """Two counties, two townships each, bureaus too: 1,296 ways, surfaces without any order."""
    chance = np.random.default_rng(seed)
    counties = [surface("111111", 2, 1, 2, chance), surface("222222", 2, 1, 2, chance)]
    found = Plan(counties).best(posts)

    assert found.breaches == every(counties, posts)
    assert found.total <= posts
    assert expected(counties, found.posts) == (found.breaches, found.due)


@SMALL
@given(st.integers(0, 10_000), st.integers(0, 10))
def test_the_bound_is_never_above_the_best(seed: int, posts: int) -> None:
    """A bound that could be beaten would call a good allocation bad."""
    chance = np.random.default_rng(seed)
    counties = [surface("111111", 3, 1, 2, chance), surface("222222", 2, 1, 3, chance)]
    found = Plan(counties).best(posts)

    assert found.bound <= found.breaches + 1e-9
    assert found.gap >= 0


def test_the_bound_is_reached_where_returns_fall() -> None:
    """With falling returns the price of a post settles everything: no gap is left."""
    falling = np.array([[[40.0, 20.0, 10.0, 5.0], [30.0, 14.0, 6.0, 2.0]]])
    counties = [Surface("111111", ("a", "b"), falling, falling + 50)]

    assert [round(Plan(counties).best(posts).gap, 6) for posts in range(7)] == [0.0] * 7


def test_a_post_that_helps_only_with_a_second_is_not_missed() -> None:
    """Greedy takes the small sure gain first and never finds the large one of two posts."""
    shaped = np.array([[[100.0, 99.0, 10.0], [50.0, 45.0, 44.0]]])
    found = Plan([Surface("111111", ("a", "b"), shaped, np.full(shaped.shape, 100.0))]).best(2)

    assert found.posts == {"111111": 0, "a": 2, "b": 0}


def test_the_bureau_is_given_a_post_where_that_serves_all() -> None:
    """A case waits at the bureau, too: more clerks in townships alone would not help."""
    table = np.array([[[50.0, 49.0], [50.0, 49.0]], [[10.0, 9.0], [10.0, 9.0]]])
    front = county_frontier(Surface("111111", ("a", "b"), table, np.full(table.shape, 60.0)))

    assert front.allocation(1) == {"111111": 1, "a": 0, "b": 0}


def test_more_posts_never_leave_more_breaches() -> None:
    """Posts that do not help need not be used."""
    chance = np.random.default_rng(4)
    plan = Plan([surface("111111", 6, 2, 4, chance), surface("222222", 5, 2, 4, chance)])

    assert (np.diff(plan.sums) <= 0).all()


@SMALL
@given(st.integers(0, 10_000))
def test_the_fewest_posts_for_a_target_are_the_fewest(seed: int) -> None:
    """One post less, used best, misses it."""
    chance = np.random.default_rng(seed)
    plan = Plan([surface("111111", 3, 1, 2, chance), surface("222222", 2, 1, 2, chance)])
    target = plan.best(4).on_time_share
    found = plan.fewest(target)

    assert found is not None
    assert found.on_time_share >= target
    assert found.total == 0 or plan.best(found.total - 1).on_time_share < target
    assert plan.fewest(1.01) is None


@SMALL
@given(st.integers(0, 10_000), st.sampled_from([0.7, 0.85, 0.95, 1.0]))
def test_the_fewest_posts_for_a_target_are_the_fewest_where_cases_due_differ_too(
    seed: int, target: float
) -> None:
    """Fewer found families make fewer cases due: the fewest breaches are not always the greatest share."""
    chance = np.random.default_rng(seed)
    counties = []
    for county in ("111111", "222222"):
        due = chance.integers(40, 60, (2, 2, 3)).astype(float)
        falling = np.minimum(np.sort(chance.integers(0, 25, (2, 2, 3)), axis=2)[:, :, ::-1] // 8 * 8, due)
        counties.append(Surface(county, (f"{county}000", f"{county}001"), falling, due))
    found = Plan(counties).fewest(target)
    names = [name for each in counties for name in (each.county, *each.towns)]
    reached = [
        sum(way)
        for way in itertools.product(*[range(2), range(3), range(3)] * 2)
        for breaches, due in [expected(counties, dict(zip(names, way, strict=True)))]
        if 1 - breaches / due >= target - 1e-9
    ]

    assert (found.total if found else None) == min(reached, default=None)
    assert found is None or found.on_time_share >= target - 1e-9


def _by_hand(surfaces: Sequence[Surface], posts: dict[str, int], most: int) -> float:
    """The fewest breaches over every allocation that moves at most so many posts between townships."""
    towns = [town for each in surfaces for town in each.towns]
    best = float("inf")
    for way in itertools.product(range(3), repeat=len(towns)):
        after = {**posts, **dict(zip(towns, way, strict=True))}
        steps = [after[town] - posts[town] for town in towns]
        if sum(steps) == 0 and sum(step for step in steps if step > 0) <= most:
            best = min(best, expected(surfaces, after)[0])
    return best


@SMALL
@given(st.integers(0, 10_000), st.integers(0, 3))
def test_transfers_are_the_best_of_as_many(seed: int, most: int) -> None:
    """Against every allocation within reach; the moves lead where they say."""
    chance = np.random.default_rng(seed)
    counties = [surface("111111", 3, 1, 2, chance), surface("222222", 2, 0, 2, chance)]
    posts = {name: int(chance.integers(0, 3)) for each in counties for name in each.towns} | {"111111": 1}
    plans = transfers(counties, posts, most)
    after = moved_posts(posts, plans[most])

    assert expected(counties, after)[0] == _by_hand(counties, posts, most)
    assert all(len(moves) <= count for count, moves in enumerate(plans))
    assert min(after.values()) >= 0


def test_transfers_stay_in_their_county_where_they_can() -> None:
    """A post moved inside a county needs no other purse."""
    table = np.array([[[9.0, 8.5, 8.4], [50.0, 5.0, 4.0]]])
    counties = [
        Surface(code, (f"{code}001", f"{code}002"), table, np.full(table.shape, 60.0))
        for code in ("111111", "222222")
    ]
    moves = transfers(counties, {"111111001": 1, "222222001": 1}, 2)[2]

    assert Counter(moves) == Counter([Transfer("111111001", "111111002"), Transfer("222222001", "222222002")])


def test_what_was_not_simulated_is_not_promised() -> None:
    """Beyond the surfaces nothing is known: refused when asked for, counted as their end when given."""
    table = np.array([[[5.0, 1.0]]])
    plan = Plan([Surface("111111", ("a",), table, np.full(table.shape, 10.0))])

    with pytest.raises(ValueError, match="beyond"):
        plan.best(2)
    assert expected(plan.surfaces, {"a": 7})[0] == 1.0


def test_spending_nothing_costs_nothing() -> None:
    """The edge every loop forgets."""
    sums, choices = spread([np.array([3.0, 1.0]), np.array([4.0])], 0)

    assert (sums.tolist(), choices.tolist()) == ([7.0], [[0, 0]])

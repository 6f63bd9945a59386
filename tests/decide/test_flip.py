"""Flip cards name only what was seen to overturn, and the smallest of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from simlib.decide.compare import compared
from simlib.decide.flip import Candidate, Flip, Look, Search, Seen, World, flips, seen_of
from simlib.decide.intervals import Interval


def _world(margin: Callable[[World], float], seen: list[World] | None = None) -> Look:
    """Options a and b; a leads by the margin."""

    def look(world: World) -> Seen:
        if seen is not None:
            seen.append(world)
        lead = margin(world)
        return Seen("a" if lead >= 0 else "b", Interval(-lead, -lead - 0.1, -lead + 0.1, 20), lead < -0.1)

    return look


QUITS = Candidate("quits", 0.12, (0.08, 0.20))
MINUTES = Candidate("minutes", 60.0, (30.0, 120.0))
READING = Candidate("policy.reading.boundary", "upper", ("lower",))


def _number(world: World, candidate: Candidate) -> float:
    value = world.get(candidate.key, candidate.base)
    assert isinstance(value, float)
    return value


def test_the_smallest_change_that_overturns_is_found() -> None:
    """The edge lies at a quits rate of 0.15, three eighths of the way to 0.20."""
    found = flips(_world(lambda world: 0.15 - 1e-9 - _number(world, QUITS)), "a", [QUITS])

    assert [flip.part for flip in found] == [0.375]
    assert abs(_number(found[0].changes, QUITS) - 0.15) < 1e-12
    assert found[0].seen.leader == "b"


def test_every_flip_was_simulated_as_it_is_named() -> None:
    """A change is never reported that was not seen to overturn."""
    seen: list[World] = []
    found = flips(_world(lambda world: 0.15 - _number(world, QUITS), seen), "a", [QUITS, MINUTES])

    assert all(flip.changes in seen for flip in found)
    assert all(flip.seen.leader == "b" for flip in found)


def test_two_changes_are_found_that_overturn_only_together() -> None:
    """Neither is enough alone; pairs stand behind single changes."""
    found = flips(
        _world(lambda w: 1.0 - (_number(w, QUITS) - 0.12) * 7 - (_number(w, MINUTES) - 60) / 100),
        "a",
        [QUITS, MINUTES],
    )

    assert [set(flip.changes) for flip in found] == [{"quits", "minutes"}]
    assert 0.5 < found[0].part <= 1.0


def test_a_reading_is_given_or_not() -> None:
    """There is no half of an answer."""
    found = flips(_world(lambda w: -1.0 if w.get(READING.key) == "lower" else 1.0), "a", [READING])

    assert found == [Flip({READING.key: "lower"}, 1.0, found[0].seen)]
    assert found[0].seen.is_sure


def test_what_stands_against_everything_has_no_card() -> None:
    """No flip is a finding, too."""
    assert flips(_world(lambda _: 1.0), "a", [QUITS, MINUTES, READING]) == []


def test_single_small_changes_come_first() -> None:
    """What is most easily overturned is what a reader must see first."""
    found = flips(
        _world(lambda w: min(0.19 - _number(w, QUITS), (70 - _number(w, MINUTES)) / 100)),
        "a",
        [QUITS, MINUTES],
    )

    assert [list(flip.changes) for flip in found] == [["minutes"], ["quits"]]
    assert found[0].part < found[1].part


def test_what_overturns_in_between_is_found_below_what_overturns_at_the_end() -> None:
    """Whole posts make measures jump: a quarter of the way may overturn, half may not, the end does again."""
    jumps = {0.25: -1.0, 1.0: -1.0}
    found = flips(_world(lambda w: jumps.get(round((_number(w, QUITS) - 0.12) / 0.08, 6), 1.0)), "a", [QUITS])

    assert [flip.part for flip in found] == [0.25]


def test_half_of_each_is_smaller_than_all_of_one() -> None:
    """Each overturns alone only at its end; together they do at half."""
    found = flips(
        _world(lambda w: 0.99 - (_number(w, QUITS) - 0.12) / 0.08 - (_number(w, MINUTES) - 60) / 60),
        "a",
        [QUITS, MINUTES],
    )

    assert [(sorted(flip.changes), flip.part) for flip in found] == [
        (["quits"], 1.0),
        (["minutes"], 1.0),
        (["minutes", "quits"], 0.5),
    ]


def test_beside_an_answer_the_other_change_may_be_small() -> None:
    """An answer has no half; what goes with it has."""
    found = flips(
        _world(lambda w: 1.2 - (w.get(READING.key) == "lower") - (_number(w, MINUTES) - 60) / 60),
        "a",
        [READING, MINUTES],
    )

    assert [(sorted(flip.changes), flip.part) for flip in found] == [(["minutes", READING.key], 0.25)]


@pytest.mark.parametrize("seed", range(40))
def test_cards_are_the_least_of_a_grid(seed: int) -> None:
    """Against every step of every change, and of every two: straight margins, whose answer is known."""
    chance = np.random.default_rng(seed)
    things = [Candidate(f"x{at}", 0.0, (-1.0, 1.0)) for at in range(4)]
    slopes, lead = (
        dict(zip("0123", map(float, chance.normal(size=4)), strict=True)),
        float(chance.uniform(0.05, 2.5)),
    )

    def margin(world: World) -> float:
        return lead + sum(slopes[key[1]] * float(value) for key, value in world.items())

    def least(moves: Sequence[tuple[str, float]]) -> float:
        steps = [at / 8 for at in range(1, 9)]
        return next((s for s in steps if margin({key: s * end for key, end in moves}) < 0), 2.0)

    ends = [(thing.key, end) for thing in things for end in (-1.0, 1.0)]
    single = {move: least([move]) for move in ends}
    pairs = [
        part
        for one, other in itertools.combinations(ends, 2)
        if one[0] != other[0] and (part := least([one, other])) < min(single[one], single[other])
    ]
    found = flips(_world(margin), "a", things)

    assert sorted(flip.part for flip in found if len(flip.changes) == 1) == sorted(
        part for part in single.values() if part <= 1
    )
    assert min((flip.part for flip in found if len(flip.changes) == 2), default=2.0) == min(
        pairs, default=2.0
    )


def test_a_recommended_option_that_misses_its_target_is_overturned() -> None:
    """It may still lead by the measure: whoever misses the target is no recommendation."""
    chance = np.random.default_rng(1)
    values = {"a": chance.normal(1, 0.1, 200), "b": chance.normal(0, 0.1, 200)}
    met = {"a": np.arange(200) % 2 == 0, "b": np.ones(200, dtype=bool)}
    seen = seen_of(compared(values, met=met), "a")

    assert (seen.leader, seen.is_sure) == ("b", True)
    assert seen_of(compared(values), "a").leader == "a"
    assert seen_of(compared(values), "a").behind.mean < -0.9


def test_all_ends_are_told_ahead_at_once() -> None:
    """Worlds that do not depend on each other are simulated side by side."""
    told: list[int] = []
    look = _world(lambda world: 0.15 - 1e-9 - _number(world, QUITS))
    search = Search(look, "a", ahead=lambda worlds: told.append(len(worlds)))
    found = search.found([QUITS, MINUTES])

    assert found == flips(look, "a", [QUITS, MINUTES])
    assert told == [4, 1, 1, 1, 2, 1]
    assert search.looked == len(search.worlds) == 10


def test_a_budget_bounds_the_search_and_what_it_leaves_out_is_counted() -> None:
    """A planner must know that a short list is short for want of time."""
    seen: list[World] = []
    search = Search(_world(lambda world: 0.15 - _number(world, QUITS), seen), "a", budget=3)
    found = search.found([QUITS, MINUTES])

    assert len(seen) == search.looked == 3
    assert (search.untried, search.is_rough) == (3, True)
    assert [flip.part for flip in found] == [1.0]

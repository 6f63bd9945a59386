"""Intervals cover as often as they say, and shares of years are judged exactly."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from simlib.decide.intervals import (
    BATCH,
    Answer,
    Precision,
    answer_so_far,
    mean_interval,
    needed_without_failure,
    paired,
    share_met,
    until_precise,
)

Sampler = Callable[[np.random.Generator, int], NDArray[np.float64]]
SHAPES: dict[str, Sampler] = {
    "normal": lambda chance, n: chance.normal(size=n),
    "uniform": lambda chance, n: chance.uniform(-1, 1, size=n) * math.sqrt(3),
    "skewed": lambda chance, n: (chance.gamma(16.0, size=n) - 16) / 4,
    "very_skewed": lambda chance, n: chance.exponential(size=n) - 1,
    "near_one": lambda chance, n: (chance.beta(30, 1, size=n) - 30 / 31) * 31 * math.sqrt(32 / 30),
    "long_tails": lambda chance, n: chance.laplace(size=n) / math.sqrt(2),
}
"""Mean 0, variance 1. On-time shares have a skewness of about −1/2, waits of +1/2; what is overdue, advanced,
lost by lateness, and how busy desks are, up to 2 (measured: 317 measures of a county, 400 replications)."""
SMALL, FULL = 400, 4000


def _least(stated: float, trials: int) -> float:
    """The smallest empirical share that agrees with a stated one: two binomial standard errors below."""
    return stated - 2 * math.sqrt(stated * (1 - stated) / trials)


def _covered(shape: str, seed: int, trials: int, n: int = 20) -> float:
    chance = np.random.default_rng(seed)
    found = (mean_interval(SHAPES[shape](chance, n)) for _ in range(trials))
    return sum(each.low <= 0 <= each.high for each in found) / trials


def _covered_by_rule(shape: str, seed: int, trials: int, half_width: float) -> float:
    chance, precision = np.random.default_rng(seed), Precision(absolute=half_width)
    hits = 0
    for _ in range(trials):
        found = until_precise(lambda span: SHAPES[shape](chance, len(span)), precision).interval
        hits += found.low <= 0 <= found.high
    return hits / trials


@pytest.mark.parametrize("shape", SHAPES)
def test_a_stated_interval_covers_as_often_as_it_says(shape: str) -> None:
    """95 % is a promise about many plans, not a decoration of one."""
    assert _covered(shape, 1, SMALL) >= _least(0.95, SMALL)


def test_an_interval_that_stops_when_narrow_covers_as_often_as_it_says() -> None:
    """Stopping at a lucky narrow look is what breaks sequential intervals."""
    assert _covered_by_rule("normal", 2, SMALL, 0.35) >= _least(0.95, SMALL)


@pytest.mark.prove
@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize("shape", SHAPES)
def test_coverage_in_full(shape: str, seed: int) -> None:
    """The same with enough trials to see one per cent."""
    assert _covered(shape, seed, FULL) >= _least(0.95, FULL)


def test_stopping_early_tells_the_width_that_was_asked_for() -> None:
    """The narrower width at the stop was picked for being narrow; unreached, the interval is its own."""
    chance = np.random.default_rng(4)
    found = until_precise(lambda span: chance.normal(size=len(span)), Precision(absolute=0.5))
    wide = until_precise(lambda span: chance.normal(size=len(span)), Precision(absolute=0.01, most=40))

    assert found.is_reached
    assert found.interval.half_width == pytest.approx(0.5)
    assert not wide.is_reached
    assert wide.interval.half_width > 0.1


@pytest.mark.prove
@pytest.mark.parametrize("half_width", [0.4, 0.3, 0.2])
@pytest.mark.parametrize("shape", SHAPES)
def test_coverage_of_the_stopping_rule_in_full(shape: str, half_width: float) -> None:
    """Whether it stops at once or runs on for long: stopping costs nothing of the 95 %."""
    assert _covered_by_rule(shape, 13, FULL, half_width) >= _least(0.95, FULL)


def test_pairs_cancel_the_chance_they_share() -> None:
    """Common chance is what makes a small difference visible; without pairing it drowns."""
    chance = np.random.default_rng(3)
    common = chance.normal(0, 10, size=20)
    one, other = common + 1 + chance.normal(0, 0.1, 20), common + chance.normal(0, 0.1, 20)

    assert paired(one, other).is_apart_from_zero
    assert paired(one, other).half_width < 0.1
    assert mean_interval(one).half_width > 3


def test_one_replication_has_no_interval() -> None:
    """A point is no interval of width nothing: it tells no two options apart."""
    alone = paired([1.0], [0.0])

    assert (alone.mean, alone.n) == (1.0, 1)
    assert not alone.is_known
    assert not alone.is_apart_from_zero


def test_fewer_than_twenty_are_marked_few() -> None:
    """Below twenty an interval is a hint."""
    assert mean_interval(np.arange(19.0)).is_few
    assert not mean_interval(np.arange(20.0)).is_few


def test_the_rule_asks_for_replications_in_order_and_stops_at_the_most() -> None:
    """Which replications count must not depend on who finished first; a limit is said, not passed over."""
    asked: list[int] = []

    def draw(span: range) -> list[float]:
        asked.extend(span)
        return [float((-1) ** number) for number in span]

    found = until_precise(draw, Precision(absolute=1e-6, most=55))

    assert asked == list(range(55))
    assert (found.is_reached, found.interval.n) == (False, 55)


def test_values_that_never_varied_are_no_narrow_interval_yet() -> None:
    """What happens once in forty is not there in the first thirty: a width of 0 is no precision."""
    values = np.zeros(500)
    values[40:] = np.arange(460) % 40 == 0
    seldom = until_precise(lambda span: values[span.start : span.stop], Precision(absolute=0.05))
    never = until_precise(lambda span: np.full(len(span), 7.0), Precision(absolute=0.05))
    short = until_precise(lambda span: np.full(len(span), 7.0), Precision(absolute=0.05, most=50))

    assert seldom.interval.mean > 0
    assert (never.interval.n, never.is_reached) == (70, True)
    assert not short.is_reached


def test_a_relative_width_and_a_floor_are_alternatives() -> None:
    """A mean near 0 would never reach a relative width; the floor is for it."""
    values = np.tile([99.0, 101.0], 200)
    relative = until_precise(lambda span: values[span.start : span.stop], Precision(relative=0.01))
    floor = until_precise(lambda span: values[span.start : span.stop] - 100, Precision(absolute=1.0))

    assert (relative.is_reached, relative.interval.n) == (True, 20 + BATCH)
    assert (floor.is_reached, floor.interval.n) == (True, 20 + BATCH)


@pytest.mark.parametrize(("first", "most"), [(19, 100), (20, 19)])
def test_a_rule_that_cannot_work_is_refused(first: int, most: int) -> None:
    """Stopping on a handful of replications is how false precision is made."""
    with pytest.raises(ValueError, match=r"at least|fewer"):
        Precision(absolute=1.0, first=first, most=most)


def test_ninety_five_in_ninety_five_needs_fifty_nine_without_failure() -> None:
    """The number every planner meets first; one failure is not yet forgiven by 59."""
    assert needed_without_failure(0.95) == 59
    assert share_met([True] * 58).answer(0.95) is Answer.UNDECIDED
    assert share_met([True] * 59).answer(0.95) is Answer.FEASIBLE
    assert share_met([True] * 58 + [False]).answer(0.95) is Answer.UNDECIDED
    assert share_met([True] * 91 + [False]).answer(0.95) is Answer.UNDECIDED
    assert share_met([True] * 93 + [False]).answer(0.95) is Answer.FEASIBLE
    assert share_met([False] * 3 + [True] * 10).answer(0.95) is Answer.INFEASIBLE


@given(st.lists(st.booleans(), max_size=60), st.sampled_from([0.9, 0.95, 0.99]))
def test_exact_bounds_agree_with_the_binomial_tail(met: list[bool], confidence: float) -> None:
    """The bound is the share at which what was seen has just the remaining probability."""
    found = share_met(met, confidence)
    hits, count = sum(met), len(met)

    if hits:
        assert stats.binom.sf(hits - 1, count, found.low) == pytest.approx(1 - confidence, abs=1e-9)
    if hits < count:
        assert stats.binom.cdf(hits, count, found.high) == pytest.approx(1 - confidence, abs=1e-9)
    assert 0 <= found.low <= found.high <= 1


@pytest.mark.parametrize(("share", "wrong"), [(0.95, Answer.INFEASIBLE), (0.949, Answer.FEASIBLE)])
def test_looking_at_every_replication_does_not_spoil_the_answer(share: float, wrong: Answer) -> None:
    """At the edge, where errors are most likely, and with a look after each of 400 replications."""
    chance, trials = np.random.default_rng(5), 1000
    errors = sum(answer_so_far(chance.random(400) < share, 0.95, 0.05) is wrong for _ in range(trials))

    assert errors / trials <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / trials)


def test_clear_cases_are_answered_soon() -> None:
    """An answer that is never wrong because it never comes is worth nothing."""
    assert answer_so_far([True] * 80, 0.95, 0.05) is Answer.UNDECIDED
    assert answer_so_far([True] * 100, 0.95, 0.05) is Answer.FEASIBLE
    assert answer_so_far([True, False] * 5, 0.95, 0.05) is Answer.INFEASIBLE
    assert answer_so_far([], 0.95, 0.05) is Answer.UNDECIDED

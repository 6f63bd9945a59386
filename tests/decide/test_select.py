"""The option chosen is the best feasible one as often as stated, also where that is hardest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pytest
from numpy.typing import ArrayLike

from simlib.decide.compare import Standing
from simlib.decide.intervals import Answer
from simlib.decide.select import Chosen, Rule, choose, confirmed
from tests.decide.problems import HARD, RARE, TARGETS, Problem, problem

SMALL, FULL = 60, 1000
guarded = partial(Rule, rare_loss=0.5)
"""Rules that reckon with rare replications, as they do where the goal says nothing."""
PLAIN = guarded(0.5)
DEMAND = 0.95
AIMED = guarded(0.5, demand=DEMAND, most=3000, batch=20)


def _least(stated: float, trials: int) -> float:
    return stated - 2 * math.sqrt(stated * (1 - stated) / trials)


def _choose(case: Problem, seed: int, rule: Rule = PLAIN) -> Chosen:
    return choose({name: name for name in case.means}, case.draw(seed), rule)


def _right(case: Problem, found: Chosen, demand: float) -> bool:
    """Whether the choice and every answer on feasibility given with it are right."""
    wrong = [
        name
        for name, answer in found.answers.items()
        if answer is (Answer.INFEASIBLE if case.shares[name] >= demand else Answer.FEASIBLE)
    ]
    return not wrong and found.best == case.best(demand)


def _share_right(case: Problem, trials: int, rule: Rule, seed: int = 0) -> float:
    demand = rule.demand
    return sum(_right(case, _choose(case, seed + n, rule), demand) for n in range(trials)) / trials


@pytest.mark.parametrize("name", HARD)
def test_the_best_is_chosen_as_often_as_stated(name: str) -> None:
    """A lead of just the indifference is the least favourable case there is."""
    assert _share_right(HARD[name], SMALL, PLAIN) >= _least(0.95, SMALL)


@pytest.mark.parametrize("name", TARGETS)
def test_the_best_feasible_is_chosen_as_often_as_stated(name: str) -> None:
    """Choice and feasibility together, the error split between them."""
    assert _share_right(TARGETS[name], SMALL // 3, AIMED) >= _least(0.95, SMALL // 3)


def _stated_wrong(case: Problem, trials: int, rule: Rule, seed: int = 0) -> float:
    """How often a choice is stated to be right, and is not."""
    found = (_choose(case, seed + n, rule) for n in range(trials))
    return sum(each.is_settled and each.best != case.best(0) for each in found) / trials


@pytest.mark.parametrize("name", RARE)
def test_rare_disasters_do_not_make_a_choice_sure(name: str) -> None:
    """Twenty good replications are no proof: where a few lose half, more are run, or nothing is stated."""
    assert _stated_wrong(RARE[name], SMALL, guarded(0.01)) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / SMALL)


def test_without_a_thought_of_the_unseen_it_would_be_stated_and_wrong() -> None:
    """What the guard is for: a third of the choices rest on twenty replications without a disaster."""
    assert _stated_wrong(RARE["5% of replications, 2 options"], SMALL, Rule(0.01)) > 0.15


@pytest.mark.prove
@pytest.mark.parametrize("seed", [0, 50_000])
@pytest.mark.parametrize("name", RARE)
def test_rare_disasters_in_full(name: str, seed: int) -> None:
    """A thousand of each, two seeds."""
    assert _stated_wrong(RARE[name], FULL, guarded(0.01), seed) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / FULL)


def test_a_clear_lead_needs_no_more_than_the_first_look() -> None:
    """Nothing rare enough to be unseen in twenty replications could turn a lead of a tenth."""
    case = problem([0.95, 0.75, 0.70], spreads=[0.01] * 3)
    found = _choose(case, 1, guarded(0.01))

    assert found.is_settled and set(found.replications.values()) == {20}


@pytest.mark.prove
@pytest.mark.parametrize("seed", [0, 50_000])
@pytest.mark.parametrize("name", HARD)
def test_selection_in_full(name: str, seed: int) -> None:
    """A thousand problems, two seeds: empirical at least stated less two binomial standard errors."""
    assert _share_right(HARD[name], FULL, PLAIN, seed) >= _least(0.95, FULL)


@pytest.mark.prove
@pytest.mark.parametrize("seed", [0, 50_000])
@pytest.mark.parametrize("name", TARGETS)
def test_selection_under_a_target_in_full(name: str, seed: int) -> None:
    """The same with feasibility to be found as well."""
    assert _share_right(TARGETS[name], FULL, AIMED, seed) >= _least(0.95, FULL)


def _told_apart(case: Problem, trials: int) -> float:
    """How often any of equal options is called worse than the one chosen."""
    found = (_choose(case, seed) for seed in range(trials))
    return sum(len(each.alike()) < len(each.behind) for each in found) / trials


def test_equal_options_are_not_told_apart() -> None:
    """Stopping when one happens to lead must not make a finding of it; and the bound is told."""
    case = problem([0.0] * 5)

    assert _told_apart(case, SMALL) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / SMALL)
    assert all(0 < bound < 2 for bound in _choose(case, 1).alike().values())


@pytest.mark.prove
@pytest.mark.parametrize("noise", ["normal", "skewed", "skewed_down"])
def test_equal_options_in_full(noise: str) -> None:
    """The same a thousand times, with skewed chance too."""
    assert _told_apart(problem([0.0] * 5, noise=noise), FULL) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / FULL)


def test_identical_options_are_one_alternative() -> None:
    """A tie of an option with itself would be simulated to the last replication and never be broken."""
    case = problem([0.5, 0.5, 0.0])
    asked: set[str] = set()

    def draw(options: Sequence[str], span: range) -> Mapping[str, tuple[ArrayLike, ArrayLike]]:
        asked.update(options)
        return case.draw(1)(options, span)

    found = choose({"a": "one path", "b": "one path", "c": "another"}, draw, PLAIN)

    assert asked == {"a", "c"}
    assert (found.best, found.same) == ("a", {"b": "a"})


def test_beaten_options_get_no_more_replications() -> None:
    """What is decided costs nothing more; that is what the rule is for."""
    found = _choose(problem([0.1, 0.0, -5.0]), 1, guarded(0.2))

    assert found.replications["c"] == 20 < found.replications["a"]


def test_a_choice_that_runs_out_says_so() -> None:
    """A limit that was met is not a finding; what may yet be better is named."""
    found = _choose(problem([0.01, 0.0]), 1, guarded(0.01, most=40))

    assert not found.is_settled
    assert set(found.replications.values()) == {40}
    assert len(found.open) == 1


def test_an_undecided_target_keeps_an_option_open() -> None:
    """Forty replications cannot show 95 %: better options are not passed over in silence."""
    found = _choose(problem([5.0, 0.0]), 1, guarded(0.5, demand=DEMAND, most=40))

    assert (found.best, found.is_settled) == ("", False)
    assert set(found.answers.values()) == {Answer.UNDECIDED}
    assert set(found.open) == {"a", "b"}


def test_the_smaller_is_better_where_the_rule_says_so() -> None:
    """Cost and waits are to be small."""
    case = problem([3.0, 1.0, 2.0])

    assert _choose(case, 1, guarded(0.5, larger_is_better=False)).best == "b"


def test_fresh_chance_confirms_what_was_chosen() -> None:
    """What looked best on the chance it was chosen by must hold on another."""
    case = problem([0.5, 0.45, 0.0])
    choice = _choose(case, 2, guarded(0.1))
    fresh = confirmed(choice, case.draw(99), 400)

    assert {each.option for each in fresh.options} <= {"a", "b", "c"}
    assert fresh.leading == "a"
    assert all(each.behind.n == 400 for each in fresh.options)
    assert not fresh.of(Standing.OUT)


def test_a_measure_without_a_value_is_refused() -> None:
    """A mean over what happens to be there compares different things."""

    def draw(options: Sequence[str], span: range) -> Mapping[str, tuple[ArrayLike, ArrayLike]]:
        return {name: (np.full(len(span), np.nan), np.ones(len(span))) for name in options}

    with pytest.raises(ValueError, match="no value"):
        choose({"a": 1, "b": 2}, draw, PLAIN)


@pytest.mark.parametrize("wrong", [{"first": 19}, {"indifference": 0.0}, {"most": 10}, {"batch": 0}])
def test_a_rule_without_meaning_is_refused(wrong: Mapping[str, float]) -> None:
    """Below twenty nothing sequential is begun; without an indifference it may never end."""
    with pytest.raises(ValueError, match=r"replications|difference"):
        Rule(**{"indifference": 0.5, **wrong})  # type: ignore[arg-type]

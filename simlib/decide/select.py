"""Choosing the best feasible option with a stated probability, simulating no more than that takes.

Fully sequential: after each batch of replications the options that are beaten, or miss the target, are left
and the others get more. Options share their chance replication by replication, which the rule makes use of.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlib.decide.compare import Comparison, compared, merged
from simlib.decide.intervals import BATCH, Answer, Interval, answer_so_far, paired, unseen_share
from simlib.results.measures import CONFIDENCE, FEW

Reals = NDArray[np.float64]
Events = NDArray[np.bool_]
Draw = Callable[[Sequence[str], range], Mapping[str, tuple[ArrayLike, ArrayLike]]]
"""For the options asked for: the measure of each replication asked for, and whether it meets the target."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How a choice is made.

    indifference: the smallest difference worth finding [unit of the measure]. demand: the share of
    replications that must meet the target, 0: there is none. first, batch, most: replications before the
    first look, between looks, and in all. rare_loss: the part of itself that the measure may lose, or gain,
    in a rare replication nobody has seen yet [0..1], 0: none.
    """

    indifference: float
    confidence: float = CONFIDENCE
    demand: float = 0.0
    larger_is_better: bool = True
    first: int = FEW
    batch: int = BATCH
    most: int = 500
    rare_loss: float = 0.0

    def __post_init__(self) -> None:
        if self.first < FEW:
            raise ValueError(f"a choice needs at least {FEW} replications before its first look")
        if not self.indifference > 0:
            raise ValueError("the smallest difference worth finding must be above 0")
        if self.most < self.first or self.batch < 1:
            raise ValueError("replications allowed must reach the first look, and grow")

    @property
    def looks(self) -> int:
        """Looks at most."""
        return 1 + -(-(self.most - self.first) // self.batch)

    @property
    def error(self) -> float:
        """What comparisons may err by, and feasibility as much again where there is a target."""
        return (1 - self.confidence) / (2 if self.demand else 1)

    @property
    def parts(self) -> int:
        """Parts of the error of comparisons: what was seen misleads, or what was not seen."""
        return 2 if self.rare_loss else 1


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the choice came to.

    best: the option chosen, empty where none is feasible. is_settled: whether the stated probability holds
    for it; not where replications ran out first. answers, replications: of every option. open: options that
    may yet be better: not beaten and their target undecided, or not told apart when replications ran out.
    behind: by how much each distinct option is worse than the chosen one, on the replications both have,
    in intervals that hold at every look at once. same: options that are another by another name.
    """

    best: str
    is_settled: bool
    answers: Mapping[str, Answer]
    replications: Mapping[str, int]
    open: tuple[str, ...]
    behind: Mapping[str, Interval]
    same: Mapping[str, str]
    rule: Rule

    def alike(self) -> dict[str, float]:
        """Options that cannot be told apart from the chosen one, and what they differ by at most."""
        return {
            option: behind.largest
            for option, behind in self.behind.items()
            if self.answers[option] is not Answer.INFEASIBLE and not (behind.is_known and behind.low > 0)
        }


def choose(options: Mapping[str, Hashable], draw: Draw, rule: Rule) -> Chosen:
    """The best feasible of the options, with P(correct) at least the rule's confidence.

    options: staffing and money path of each, identical ones are merged first. Correct means: every answer on
    feasibility is right and, where the best feasible option leads by at least the indifference, it is
    chosen. Half of the error goes to feasibility (exact at any look, shared by all options), half to
    comparisons (shared by the rivals of the best); without a target all goes to comparisons. Comparisons
    take the variance of paired differences from the first stage, or what has come to more since, and end by
    themselves; means of a replication are taken as normal, which the proofs try with skewed ones. Twenty
    replications without a disaster do not show that there are none: a pair is decided only once what is rarer
    than all that was seen could not turn it, were it to take `rare_loss` of the measure. Half of the error of
    comparisons is for that.
    Source: S.-H. Kim, B. L. Nelson, ACM TOMACS 11, 2001, p. 251 (KN, c = 1; unequal variances, common random
    numbers); S. Andradóttir, S.-H. Kim, Naval Research Logistics 57, 2010, p. 403 (with constraints).
    """
    first = merged(options)
    race = _Race(list(dict.fromkeys(first.values())), rule)
    span = range(rule.first)
    while True:
        race.run(draw, span)
        race.look()
        if race.is_over() or span.stop >= rule.most:
            break
        span = range(span.stop, min(span.stop + rule.batch, rule.most))
    return race.chosen({option: of for option, of in first.items() if option != of})


def confirmed(choice: Chosen, draw: Draw, replications: int) -> Comparison:
    """The chosen option and those not told apart from it, compared on a fixed number of fresh replications.

    draw: on another seed. Nothing here looks back at what the choice was made on.
    """
    rule = choice.rule
    fresh = list(dict.fromkeys([*([choice.best] if choice.best else []), *choice.alike(), *choice.open]))
    found = draw(fresh, range(replications))
    return compared(
        {option: np.asarray(found[option][0], dtype=float) for option in fresh},
        larger_is_better=rule.larger_is_better,
        met={option: list(np.asarray(found[option][1], dtype=bool)) for option in fresh}
        if rule.demand
        else None,
        demand=rule.demand or CONFIDENCE,
        confidence=rule.confidence,
    )


@dataclass(slots=True)
class _Race:
    """The options still in it, what was seen of each, and who beat whom."""

    options: list[str]
    rule: Rule
    values: dict[str, Reals] = field(default_factory=dict)
    met: dict[str, Events] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    beaten: dict[str, set[str]] = field(default_factory=dict)
    spread: dict[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        start = Answer.UNDECIDED if self.rule.demand else Answer.FEASIBLE
        for option in self.options:
            self.values[option], self.met[option] = np.empty(0), np.empty(0, dtype=bool)
            self.answers[option], self.beaten[option] = start, set()

    def running(self) -> list[str]:
        """Options neither known to miss the target nor beaten by a feasible one."""
        return [
            option
            for option in self.options
            if self.answers[option] is not Answer.INFEASIBLE
            and not any(self.answers[by] is Answer.FEASIBLE for by in self.beaten[option])
        ]

    def run(self, draw: Draw, span: range) -> None:
        """More replications of those still in it."""
        asked = self.running()
        found = draw(asked, span)
        for option in asked:
            values, met = (np.asarray(seen) for seen in found[option])
            if len(values) != len(span) or np.isnan(values.astype(float)).any():
                raise ValueError(f"{option}: the measure has no value in a replication of {span}")
            self.values[option] = np.append(self.values[option], values.astype(float))
            self.met[option] = np.append(self.met[option], met.astype(bool))

    def look(self) -> None:
        """Judge feasibility, then every pair that is not decided yet."""
        rule, running = self.rule, self.running()
        if rule.demand:
            for option in running:
                share = rule.error / len(self.options)
                self.answers[option] = answer_so_far(self.met[option], rule.demand, share)
        for at, one in enumerate(running):
            for other in running[at + 1 :]:
                if other not in self.beaten[one] and one not in self.beaten[other]:
                    self._judge(one, other)

    def _judge(self, one: str, other: str) -> None:
        """One pair: the sum of differences leaves a triangle that closes as replications come."""
        rule = self.rule
        gaps = self.values[one] - self.values[other]
        count, mean = len(gaps), float(gaps.mean())
        self.spread[one, other] = max(self.spread.get((one, other), 0.0), float(gaps.var(ddof=1)))
        room = self._steps() * self.spread[one, other] / rule.indifference**2 - count
        width = max(0.0, rule.indifference / (2 * count) * room)
        if (abs(mean) > width or room <= 0) and self._unseen(one, other) <= abs(mean) + rule.indifference:
            is_first = (mean >= 0) == rule.larger_is_better
            loser, winner = (other, one) if is_first else (one, other)
            self.beaten[loser].add(winner)

    @property
    def _pair_error(self) -> float:
        """What one pair may err by, through what was seen and as much through what was not."""
        return self.rule.error / (self.rule.parts * max(len(self.options) - 1, 1))

    def _steps(self) -> float:
        """h² of the procedure: 2 η (n₀ − 1)."""
        freedom = self.rule.first - 1
        return float(freedom * ((2 * self._pair_error) ** (-2 / freedom) - 1))

    def _unseen(self, one: str, other: str) -> float:
        """By how much what is too rare to have been seen may move the difference of two options."""
        lost = self.rule.rare_loss * max(abs(float(self.values[each].mean())) for each in (one, other))
        return lost * unseen_share(len(self.values[one]), self._pair_error)

    def is_over(self) -> bool:
        """Whether one option is left and is feasible; or none, all out or each beaten by another."""
        running = self.running()
        return not running or (len(running) == 1 and self.answers[running[0]] is Answer.FEASIBLE)

    def chosen(self, same: Mapping[str, str]) -> Chosen:
        """What it came to. Where feasible options beat each other in a circle, the mean decides."""
        running, sign = self.running(), 1 if self.rule.larger_is_better else -1
        pool = running or self.options
        feasible = [option for option in pool if self.answers[option] is Answer.FEASIBLE]
        best = max(feasible, key=lambda option: sign * self.values[option].mean(), default="")
        return Chosen(
            best=best,
            is_settled=self.is_over(),
            answers=dict(self.answers) | {option: self.answers[of] for option, of in same.items()},
            replications={option: len(self.values[option]) for option in self.options},
            open=tuple(option for option in running if option != best),
            behind={option: self._behind(best, option) for option in self.options if best and option != best},
            same=same,
            rule=self.rule,
        )

    def _behind(self, best: str, option: str) -> Interval:
        both = min(len(self.values[best]), len(self.values[option]))
        pair = (self.values[best][:both], self.values[option][:both])
        share = self.rule.error / (max(len(self.options) - 1, 1) * self.rule.looks)
        return paired(*(pair if self.rule.larger_is_better else pair[::-1]), 1 - share)

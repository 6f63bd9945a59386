"""Options compared on the replications there are: who may be the best, who is worse, who meets the target.

Every option has the same replications under common chance, so options are compared by paired differences.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simlib.decide.intervals import (
    Answer,
    Interval,
    ShareMet,
    mean_interval,
    paired,
    replications_for,
    says_nothing,
    share_met,
)
from simlib.results.measures import CONFIDENCE, FEW, LARGER_IS_BETTER
from simlib.scenario import Goal

Reals = NDArray[np.float64]


class Standing(StrEnum):
    """Where an option stands beside the one that leads."""

    LEADS = "leads"
    """It leads: the best mean of those not known to miss the target."""
    SAME = "same"
    """Staffing and money are those of the leading option, month by month: the same option by another name."""
    ALIKE = "alike"
    """It cannot be told apart from the leading one, or that one's own target is undecided."""
    WORSE = "worse"
    """The leading option is better, beyond chance."""
    OUT = "out"
    """It misses the target, beyond chance."""


@dataclass(frozen=True, slots=True)
class Compared:
    """An option beside the leading one.

    value: its mean with a 95 % interval. behind: by how much it is worse than the leading option, its
    interval widened for the number of comparisons. met: replications in which it meets the target, answer:
    what that says; without a target every option is feasible.
    """

    option: str
    value: Interval
    behind: Interval
    met: ShareMet | None
    answer: Answer
    standing: Standing


@dataclass(frozen=True, slots=True)
class Comparison:
    """All options beside the leading one, in their order.

    leading: empty where all miss the target. confidence: of all comparisons together; pair_confidence: of
    each.
    """

    options: tuple[Compared, ...]
    leading: str
    confidence: float
    pair_confidence: float

    def of(self, standing: Standing) -> list[Compared]:
        """The options of a standing."""
        return [each for each in self.options if each.standing is standing]

    @property
    def answers_all_feasible(self) -> bool:
        """Whether no option misses the target, or may miss it."""
        return all(each.answer is Answer.FEASIBLE for each in self.options)

    @property
    def is_settled(self) -> bool:
        """Whether one option is the best and feasible, beyond chance and names."""
        lead = [each for each in self.of(Standing.LEADS) if each.answer is Answer.FEASIBLE]
        return bool(lead) and not self.of(Standing.ALIKE)

    @property
    def largest_difference(self) -> float:
        """No option that cannot be told apart differs from the leading one by more; 0 where there is none."""
        return max((each.behind.largest for each in self.of(Standing.ALIKE)), default=0.0)

    @property
    def bound_says_nothing(self) -> bool:
        """Whether what options cannot be told apart by is unknown, or as large as the values themselves."""
        if not all(each.behind.is_known for each in self.of(Standing.ALIKE)):
            return True
        return says_nothing(self.largest_difference, (each.value.mean for each in self.options))

    @property
    def n(self) -> int:
        """Replications behind the comparison [replication]."""
        return min(each.value.n for each in self.options)

    def needed(self, indifference: float) -> int:
        """Replications that would tell the options apart where they differ by the indifference [replication].

        Below the fewest that make an interval more than a hint no number can be reckoned from what was seen:
        then it is these that are needed first.
        """
        if self.n < FEW:
            return FEW
        pairs = [each.behind for each in self.of(Standing.ALIKE)]
        counts = [replications_for(pair, indifference, self.pair_confidence) for pair in pairs]
        return max(counts, default=FEW)


def merged(paths: Mapping[str, Hashable]) -> dict[str, str]:
    """For each option the first with the same path: identical ones are one alternative.

    >>> merged({"a": 1, "b": 2, "c": 1})
    {'a': 'a', 'b': 'b', 'c': 'a'}
    """
    firsts: dict[Hashable, str] = {}
    return {option: firsts.setdefault(path, option) for option, path in paths.items()}


def compared(
    values: Mapping[str, Sequence[float] | Reals],
    *,
    larger_is_better: bool = True,
    met: Mapping[str, Sequence[bool] | NDArray[np.bool_]] | None = None,
    demand: float = CONFIDENCE,
    confidence: float = CONFIDENCE,
    paths: Mapping[str, Hashable] | None = None,
) -> Comparison:
    """The options compared on one measure, under a target that a share `demand` of replications must meet.

    values: of the measure, by option, the same replications in the same order. met: whether each
    replication meets the target. paths: staffing and money of each option as something that can be compared;
    equal ones are merged first. The best feasible option is, with at least this confidence, among those that
    lead or are alike: with a target half of the error goes to feasibility, shared by all options, half to
    comparisons, shared by all rivals of the best (Bonferroni, so any common chance is allowed).
    Source: J. C. Hsu, Annals of Statistics 12, 1984, p. 1136 (comparisons with the best); B. L. Nelson,
    F. J. Matejcik, Management Science 41, 1995, p. 1935 (common random numbers).
    """
    first = merged(paths or {option: option for option in values})
    distinct = list(dict.fromkeys(first.values()))
    error = (1 - confidence) / (2 if met is not None else 1)
    shares = {}
    if met is not None:
        shares = {option: share_met(met[option], 1 - error / len(distinct)) for option in distinct}
    answers = {
        option: shares[option].answer(demand) if met is not None else Answer.FEASIBLE for option in distinct
    }
    leading = _leading(values, distinct, answers, larger_is_better)
    each_pair = 1 - error / max(len(distinct) - 1, 1)
    rows = []
    for option in values:
        of = first[option]
        behind = _behind(values, leading or of, of, larger_is_better, each_pair)
        standing = _standing(option, of, leading, answers, behind)
        value = mean_interval(values[option], confidence)
        rows.append(Compared(option, value, behind, shares.get(of), answers[of], standing))
    return Comparison(tuple(rows), leading, confidence, each_pair)


def compared_cells(seen: pd.DataFrame, goal: Goal) -> Comparison:
    """The cells of an experiment compared under its goal.

    seen: columns scenario, replication, value, met, path, as `results.experiment` gives them for a measure;
    replications in which any cell has no value are left out for all.
    """
    wide = seen.pivot(index="replication", columns="scenario", values="value").dropna()
    wide = wide[list(dict.fromkeys(seen["scenario"]))]
    met = seen.pivot(index="replication", columns="scenario", values="met").loc[wide.index]
    values = {str(cell): wide[cell].to_numpy(float) for cell in wide.columns}
    trails = seen.drop_duplicates("scenario").set_index("scenario")["path"]
    return compared(
        values,
        larger_is_better=goal.measure in LARGER_IS_BETTER,
        met=None if goal.target is None else {cell: met[cell].to_numpy(bool) for cell in values},
        demand=goal.demand,
        confidence=goal.confidence,
        paths={cell: (trails[cell], values[cell].tobytes()) for cell in values},
    )


def _leading(
    values: Mapping[str, Sequence[float] | Reals],
    distinct: Sequence[str],
    answers: Mapping[str, Answer],
    larger: bool,
) -> str:
    """The best mean of the feasible options; of the undecided ones where none is feasible."""
    for answer in (Answer.FEASIBLE, Answer.UNDECIDED):
        pool = [option for option in distinct if answers[option] is answer]
        if pool:
            sign = 1 if larger else -1
            return max(pool, key=lambda option: sign * float(np.mean(values[option])))
    return ""


def _behind(
    values: Mapping[str, Sequence[float] | Reals], lead: str, option: str, larger: bool, confidence: float
) -> Interval:
    if lead == option:
        return Interval(0.0, 0.0, 0.0, len(values[option]))
    pair = (values[lead], values[option]) if larger else (values[option], values[lead])
    return paired(*pair, confidence)


def _standing(
    option: str, of: str, leading: str, answers: Mapping[str, Answer], behind: Interval
) -> Standing:
    if answers[of] is Answer.INFEASIBLE:
        return Standing.OUT
    if of == leading:
        return Standing.LEADS if option == leading else Standing.SAME
    is_worse = behind.is_known and behind.low > 0 and answers[leading] is Answer.FEASIBLE
    return Standing.WORSE if is_worse else Standing.ALIKE

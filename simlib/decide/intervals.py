"""Intervals behind a decision: means, paired differences, shares of years in which a target is met.

Replications that share their number share their chance, so differences are formed pair by pair. Whether to
go on is decided in the order of replications, never in the order in which they were finished.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, betaln

from simlib.results.means import mean_ends, t_quantile
from simlib.results.measures import CONFIDENCE, FEW

Reals = NDArray[np.float64]
Draw = Callable[[range], ArrayLike]
"""Values of the replications asked for, one each."""

BATCH = 10
"""Replications added between two looks."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with the ends of its interval and the replications behind it.

    With fewer than two replications there is no interval: both ends are not numbers.
    """

    mean: float
    low: float
    high: float
    n: int

    @property
    def is_known(self) -> bool:
        """Whether there is an interval at all."""
        return not math.isnan(self.low)

    @property
    def is_few(self) -> bool:
        """Whether it rests on too few replications to be more than a hint."""
        return self.n < FEW

    @property
    def half_width(self) -> float:
        """How far the interval reaches to its farther side; not a number where there is none."""
        return max(self.high - self.mean, self.mean - self.low)

    @property
    def is_apart_from_zero(self) -> bool:
        """Whether an interval is known and leaves out 0."""
        return self.is_known and (self.low > 0 or self.high < 0)

    @property
    def largest(self) -> float:
        """The farthest from 0 that the interval reaches."""
        return max(abs(self.low), abs(self.high))


def mean_interval(values: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """Mean and interval of values of independent replications; what is not a number is left out.

    The interval is Student's, its ends farther out where the values are skewed: see `results.means`.

    >>> found = mean_interval([1.0, 2.0, 3.0, 4.0])
    >>> found.mean, round(found.low, 3), round(found.high, 3), found.n, found.is_few
    (2.5, 0.446, 4.554, 4, True)
    """
    known = _known(values)
    nan = float("nan")
    if len(known) < 2:
        return Interval(float(known[0]) if len(known) else nan, nan, nan, len(known))
    return Interval(*mean_ends(known, confidence), len(known))


def paired(one: ArrayLike, other: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """Mean and interval of one less other, replication by replication under common chance.

    Raises ValueError when they have not the same replications.
    """
    left, right = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if left.shape != right.shape:
        raise ValueError(f"{len(left)} replications cannot be paired with {len(right)}")
    return mean_interval(left - right, confidence)


def unseen_share(replications: int, error: float) -> float:
    """The rarest event that so many replications show at least once, but for this chance of error [0..1].

    What happens in a smaller share of replications may well be missing from them all.
    Source: J. A. Hanley, A. Lippman-Hand, JAMA 249, 1983, p. 1743 (the rule of three, exact).

    >>> round(unseen_share(20, 0.05), 3), round(unseen_share(59, 0.05), 3)
    (0.139, 0.05)
    """
    return float(1 - error ** (1 / replications))


def one_in(replications: int) -> int:
    """One in how many the rarest event is that so many replications show with the usual confidence.

    >>> one_in(20), one_in(59)
    (7, 20)
    """
    return int(1 / unseen_share(replications, 1 - CONFIDENCE))


def says_nothing(bound: float, values: Iterable[float]) -> bool:
    """Whether a bound on how much values differ is no less than the values themselves.

    Measures are not negative, so no two of them differ by more than the larger: such a bound would be true
    of any options at all, and comes of too few replications.

    >>> says_nothing(6.2, [0.97, 0.91]), says_nothing(0.02, [0.97, 0.91]), says_nothing(0.0, [0.0])
    (True, False, False)
    """
    return 0 < max(map(abs, values), default=0.0) <= bound


def replications_for(found: Interval, half_width: float, confidence: float = CONFIDENCE) -> int:
    """Replications at which an interval like the one found would be this narrow [replication].

    found: an interval at this confidence, of two or more replications; its spread is taken for that of the
    replications to come. Never below the fewest on which an interval counts as more than a hint.
    Source: Law 2015, sect. 9.4.1 (the number planned from a first look).

    >>> replications_for(Interval(0.0, -0.02, 0.02, 20), 0.01), replications_for(Interval(0, 0, 0, 20), 0.01)
    (73, 20)
    """
    spread = found.half_width / t_quantile(confidence, found.n - 1) * math.sqrt(found.n)
    count = FEW
    while t_quantile(confidence, count - 1) * spread > half_width * math.sqrt(count):
        count += max(1, count // 100)
    return count


def _known(values: ArrayLike) -> Reals:
    flat = np.asarray(values, dtype=float).ravel()
    known: Reals = flat[~np.isnan(flat)]
    return known


@dataclass(frozen=True, slots=True)
class Precision:
    """How narrow an interval shall be: its half-width at most max(relative × |mean|, absolute).

    first: replications before the first look, at least 20; most: replications at which it ends unreached.
    """

    relative: float = 0.0
    absolute: float = 0.0
    first: int = FEW
    most: int = 500

    def __post_init__(self) -> None:
        if self.first < FEW:
            raise ValueError(f"a rule that stops early needs at least {FEW} replications first")
        if self.most < self.first:
            raise ValueError("fewer replications are allowed than come first")

    def allows(self, found: Interval) -> bool:
        """Whether an interval is narrow enough.

        Values that were all the same so far have an interval of no width, which says nothing of what happens
        seldom: as many are asked for as show that at most one in twenty differs.
        """
        varied = found.half_width > 0 or found.n >= needed_without_failure(CONFIDENCE)
        return found.is_known and varied and found.half_width <= self.asked(found)

    def asked(self, found: Interval) -> float:
        """The half-width that was asked for, at this mean."""
        return max(self.relative * abs(found.mean), self.absolute)


@dataclass(frozen=True, slots=True)
class Reached:
    """An interval and whether it became as narrow as asked."""

    interval: Interval
    is_reached: bool


def until_precise(draw: Draw, precision: Precision, confidence: float = CONFIDENCE) -> Reached:
    """The mean with replications added until its interval is narrow enough at two looks running.

    One narrow look may owe its narrowness to a variance that happened to be small, and an interval that
    stops there covers too rarely. Two looks in a row give a part of that back for a batch more; the rest
    comes from telling the half-width that was asked for, never the narrower one that stopping picked out:
    it costs no replication. draw is asked for replications in order, 0 … first − 1, then batch by batch.
    Source: Y. S. Chow, H. Robbins, Annals of Mathematical Statistics 36, 1965, p. 457 (intervals of fixed
    width); Law 2015, sect. 9.4.1 (sequential procedure); the second look is this project's.
    """
    values = np.asarray(draw(range(precision.first)), dtype=float)
    narrow = 0
    while True:
        found = mean_interval(values, confidence)
        narrow = narrow + 1 if precision.allows(found) else 0
        if narrow == 2 or (narrow and len(values) == precision.most):
            half = precision.asked(found)
            return Reached(replace(found, low=found.mean - half, high=found.mean + half), True)
        if len(values) == precision.most:
            return Reached(found, False)
        span = range(len(values), min(len(values) + BATCH, precision.most))
        values = np.append(values, np.asarray(draw(span), dtype=float))


class Answer(StrEnum):
    """What can be said of a demand on the share of years or replications."""

    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class ShareMet:
    """In how many of n replications a target was met, with exact one-sided bounds of the share [0..1]."""

    met: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Share of replications that met it; not a number where there are none."""
        return self.met / self.n if self.n else float("nan")

    def answer(self, demand: float) -> Answer:
        """Whether the share is at least the demand: yes, no, or not to be told yet."""
        if self.low >= demand:
            return Answer.FEASIBLE
        return Answer.INFEASIBLE if self.high < demand else Answer.UNDECIDED


def share_met(met: Sequence[bool] | ArrayLike, confidence: float = CONFIDENCE) -> ShareMet:
    """How often a target was met, with bounds that each hold with this confidence.

    Source: C. J. Clopper, E. S. Pearson, Biometrika 26, 1934, p. 404; exact for any share and n.

    >>> share_met([True] * 58).answer(0.95), share_met([True] * 59).answer(0.95)
    (<Answer.UNDECIDED: 'undecided'>, <Answer.FEASIBLE: 'feasible'>)
    """
    events = np.asarray(met, dtype=bool)
    hits, count = int(events.sum()), len(events)
    low = float(betaincinv(hits, count - hits + 1, 1 - confidence)) if hits else 0.0
    high = float(betaincinv(hits + 1, count - hits, confidence)) if hits < count else 1.0
    return ShareMet(hits, count, low, high)


def needed_without_failure(demand: float, confidence: float = CONFIDENCE) -> int:
    """Replications that must all meet a target before it can be called feasible.

    >>> needed_without_failure(0.95), needed_without_failure(0.9)
    (59, 29)
    """
    return math.ceil(math.log(1 - confidence) / math.log(demand))


def answer_so_far(met: Sequence[bool] | ArrayLike, demand: float, error: float) -> Answer:
    """Whether a target is met in at least `demand` of replications, with an answer that stands at any look.

    However often one looks, a wrong answer comes with probability at most `error`: the likelihood ratio of
    shares uniform on either side against `demand` is a martingale under it (at most one beyond it), and
    exceeds 1/error with at most that probability (Ville). demand lies inside 0..1.
    Source: H. Robbins, Annals of Mathematical Statistics 41, 1970, p. 1397 (mixtures); exact for 0/1 events.
    """
    events = np.asarray(met, dtype=bool)
    hits, misses = np.cumsum(events), np.cumsum(~events)
    if not len(events):
        return Answer.UNDECIDED
    below, above = _log_ratios(hits, misses, demand)
    passed = {Answer.FEASIBLE: above, Answer.INFEASIBLE: below}
    limit = -math.log(error)
    firsts = {
        answer: int(np.argmax(ratio > limit)) for answer, ratio in passed.items() if ratio.max() > limit
    }
    return min(firsts, key=lambda answer: firsts[answer]) if firsts else Answer.UNDECIDED


def _log_ratios(hits: NDArray[np.int64], misses: NDArray[np.int64], demand: float) -> tuple[Reals, Reals]:
    """Log likelihood ratios against `demand` of shares uniform below it, and of shares uniform above it."""
    from scipy.stats import beta  # noqa: PLC0415 - takes a second to load, which only a search for an answer pays

    against = hits * math.log(demand) + misses * math.log1p(-demand)
    whole = betaln(hits + 1.0, misses + 1.0) - against
    below = whole + beta.logcdf(demand, hits + 1.0, misses + 1.0) - math.log(demand)
    above = whole + beta.logsf(demand, hits + 1.0, misses + 1.0) - math.log1p(-demand)
    return below, above

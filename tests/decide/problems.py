"""Made-up choices whose right answer is known: normal, skewed, equal, least favourable, with targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

Noise = Callable[[np.random.Generator, int], NDArray[np.float64]]
NOISES: Mapping[str, Noise] = {
    "normal": lambda chance, n: chance.normal(size=n),
    "skewed": lambda chance, n: chance.exponential(size=n) - 1,
    "skewed_down": lambda chance, n: 1 - chance.exponential(size=n),
    "long_tails": lambda chance, n: chance.standard_t(3, size=n) / 3**0.5,
    "two_valued": lambda chance, n: chance.choice([-1.0, 1.0], size=n),
}
"""Mean 0, variance 1; the exponential's skewness is 2, four times what on-time shares show."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Options with known means, spreads and shares of replications that meet the target.

    common: part of the variance that all options share in a replication, through common chance [0..1]. rare:
    in which share of replications an option loses which part of its measure; its mean is with it.
    """

    means: Mapping[str, float]
    spreads: Mapping[str, float]
    shares: Mapping[str, float]
    noise: str = "normal"
    common: float = 0.5
    rare: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def draw(self, seed: int) -> Callable[[Sequence[str], range], Mapping[str, tuple[ArrayLike, ArrayLike]]]:
        """Replications of the problem: the same chance for every option, whoever is asked for."""
        make, names = NOISES[self.noise], list(self.means)

        def drawn(options: Sequence[str], span: range) -> Mapping[str, tuple[ArrayLike, ArrayLike]]:
            chance = np.random.default_rng([seed, span.start])
            shared, luck = make(chance, len(span)), chance.random(len(span))
            own = {name: (make(chance, len(span)), chance.random(len(span))) for name in names}
            hits = {name: chance.random(len(span)) for name in self.rare}
            found = {}
            for name in options:
                noise = np.sqrt(self.common) * shared + np.sqrt(1 - self.common) * own[name][0]
                event = (
                    np.where(luck < self.common, luck / max(self.common, 1e-9), own[name][1])
                    < self.shares[name]
                )
                values = self.means[name] + self.spreads[name] * noise
                if name in self.rare:
                    share, loss = self.rare[name]
                    values = np.where(hits[name] < share, values * (1 - loss), values) / (1 - share * loss)
                found[name] = (values, event)
            return found

        return drawn

    def best(self, demand: float) -> str:
        """The best feasible option, the first of equals; empty where there is none."""
        pool = [name for name in self.means if self.shares[name] >= demand]
        return max(pool, key=lambda name: self.means[name], default="")


def problem(
    means: Sequence[float],
    *,
    spreads: Sequence[float] = (),
    shares: Sequence[float] = (),
    noise: str = "normal",
    common: float = 0.5,
) -> Problem:
    """A problem from plain lists; options are called a, b, c, …"""
    names = "abcdefghijklmnopqrst"[: len(means)]
    return Problem(
        dict(zip(names, means, strict=True)),
        dict(zip(names, spreads or [1.0] * len(means), strict=True)),
        dict(zip(names, shares or [1.0] * len(means), strict=True)),
        noise,
        common,
    )


HARD: Mapping[str, Problem] = {
    "least_favourable": problem([0.5, 0, 0, 0, 0]),
    "least_favourable_no_common_chance": problem([0.5, 0, 0, 0, 0], common=0.0),
    "many": problem([0.5] + [0.0] * 9),
    "unequal_spreads": problem([0.5, 0, 0, 0, 0], spreads=[0.4, 1.6, 0.7, 1.2, 1.0]),
    "skewed": problem([0.5, 0, 0, 0, 0], noise="skewed"),
    "skewed_down": problem([0.5, 0, 0, 0, 0], noise="skewed_down"),
    "long_tails": problem([0.5, 0, 0, 0, 0], noise="long_tails"),
    "two_valued": problem([0.5, 0, 0, 0], noise="two_valued"),
    "ten_times_the_variance": problem([0.5, 0, 0, 0, 0], spreads=[3.2, 1, 1, 1, 1], common=0.0),
    "steps": problem([1.5, 1.0, 0.5, 0.0]),
}
"""Without a target; the best leads by the indifference of 0.5 just."""

RARE: Mapping[str, Problem] = {
    f"{share:.0%} of replications, {len(means)} options": replace(
        problem(means, spreads=[0.01] * len(means)),
        rare=dict.fromkeys("bcde"[: len(means) - 1], (share, 0.5)),
    )
    for share in (0.02, 0.05, 0.1)
    for means in ([0.93, 0.92], [0.93, 0.92, 0.92, 0.92, 0.92])
}
"""Every option but the best loses half in a few replications; it leads by the indifference of 0.01 just."""

TARGETS: Mapping[str, Problem] = {
    "best_misses": problem([1.0, 0.5, 0, 0], shares=[0.8, 1.0, 1.0, 1.0]),
    "near_the_edge": problem([1.0, 0.5, 0, 0], shares=[0.85, 0.995, 0.99, 0.8]),
    "none_meets": problem([1.0, 0.5, 0], shares=[0.7, 0.8, 0.5]),
    "skewed": problem([1.0, 0.5, 0, 0], shares=[0.8, 1.0, 0.99, 1.0], noise="skewed"),
}
"""With a target to be met in 95 % of replications."""

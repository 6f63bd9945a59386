"""Designs of experiments: which points of what is uncertain are simulated, as a file says.

Only what the file says is read here; `decide.designs` makes the points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ONE_AT_A_TIME, LATIN_HYPERCUBE, SOBOL = "one_at_a_time", "latin_hypercube", "sobol"
KINDS = (ONE_AT_A_TIME, LATIN_HYPERCUBE, SOBOL)
KEYS = ("design", "over", "points", "seed")
"""What a view with a design says besides."""
FEWEST_POINTS = 8
MOST_POINTS = 16_384
DEFAULT_SEED = 1

Blame = Callable[..., Any]
"""Notes a problem: key, path, and what fills its blanks."""


@dataclass(frozen=True, slots=True)
class Factor:
    """Something that is varied: a parameter of a scenario, or an assumption.

    low, high: ends of its range, None: those of the law's own assumption. values: given one by one instead.
    """

    key: str
    low: float | None = None
    high: float | None = None
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Design:
    """Points at which every option of a view is simulated.

    points: of a Latin hypercube; of a Sobol' design the rows of its two base samples, so that it has
    points × (factors + 2) points in all; of one at a time none: its points are the ends of the ranges.
    """

    view: str
    kind: str
    factors: tuple[Factor, ...]
    points: int = 0
    seed: int = DEFAULT_SEED

    @property
    def size(self) -> int:
        """Points in all, the one where everything stands as it is not counted; ends that stand there are."""
        if self.kind == ONE_AT_A_TIME:
            return sum(len(factor.values) - 1 if factor.values else 2 for factor in self.factors)
        return self.points * (len(self.factors) + 2) if self.kind == SOBOL else self.points


def read_design(entry: Mapping[str, Any], view: str, path: tuple[Any, ...], blame: Blame) -> Design | None:
    """The design of a view; None where it has none, or where something is wrong with it."""
    kind = entry.get("design")
    if kind is None:
        for key in KEYS[1:]:
            if key in entry:
                blame("design_absent", (*path, key), name=key, known=", ".join(KINDS))
        return None
    if kind not in KINDS:
        blame("scenario_choice", (*path, "design"), found=kind, known=", ".join(KINDS))
        return None
    over = entry.get("over")
    if isinstance(over, list) and all(isinstance(key, str) for key in over):
        if len(set(over)) < len(over):
            blame("design_twice", (*path, "over"), name=max(over, key=over.count))
        over = dict.fromkeys(over)
    if not isinstance(over, Mapping) or not over:
        blame("design_over", (*path, "over"))
        return None
    factors = [_factor(str(key), told, (*path, "over", key), blame) for key, told in over.items()]
    points, seed = entry.get("points"), entry.get("seed", DEFAULT_SEED)
    if type(seed) is not int or not 0 <= seed < 2**32:
        blame("scenario_number", (*path, "seed"), found=seed, low="0", high=str(2**32 - 1))
        return None
    if None in factors or not _are_enough(kind, points, len(factors), (*path, "points"), blame):
        return None
    return Design(view, kind, tuple(factor for factor in factors if factor), points or 0, seed)


def _factor(key: str, told: Any, path: tuple[Any, ...], blame: Blame) -> Factor | None:
    """A key with what is said of it: nothing, low and high, or values."""
    if told is None or told == {}:
        return Factor(key)
    if isinstance(told, Mapping) and set(told) == {"low", "high"}:
        low, high = told["low"], told["high"]
        if not all(_is_number(end) for end in (low, high)) or low >= high:
            blame("design_range", path, low=low, high=high)
            return None
        return Factor(key, low, high)
    if isinstance(told, Mapping) and set(told) == {"values"}:
        values = told["values"]
        if isinstance(values, Sequence) and not isinstance(values, str) and _differ(values):
            return Factor(key, values=tuple(values))
    blame("design_values", path)
    return None


def _is_number(found: Any) -> bool:
    return isinstance(found, (int, float)) and not isinstance(found, bool)


def _differ(values: Sequence[Any]) -> bool:
    return len(values) > 1 and len({repr(value) for value in values}) == len(values)


def _are_enough(kind: str, points: Any, factors: int, path: tuple[Any, ...], blame: Blame) -> bool:
    """Whether there are as many points as the design needs; blames them where not."""
    if kind == ONE_AT_A_TIME:
        if points is not None:
            blame("design_no_points", path)
        return points is None
    least = FEWEST_POINTS if kind == SOBOL else max(FEWEST_POINTS, 2 * (factors + 1))
    if type(points) is not int or not least <= points <= MOST_POINTS:
        blame("design_points", path, found=points, low=least, high=MOST_POINTS, factors=factors)
        return False
    if kind == SOBOL and points & (points - 1):
        below = 1 << (points.bit_length() - 1)
        blame("design_power", path, found=points, below=below, above=2 * below)
        return False
    return True

"""The best allocation of whole posts to offices: for given posts, for a target, and by few transfers.

What it works on are response surfaces: breaches of a township by its own posts and its bureau's. Breaches
fall in an S with posts (the first post of two may change nothing), so taking the best next post fails;
within a county every level of the bureau is tried with an exact programme over its townships, across counties
an exact programme over their curves. What is best on the surfaces is best of what was simulated to make them;
whether it holds is for a simulation on fresh chance to say.
Source: R. Bellman, Dynamic Programming, 1957, ch. I (allocation); H. Everett, Operations Research 11, 1963,
p. 399 (the Lagrangian bound).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
NEVER = float("inf")
_NOTHING = 1e-9
"""What sums of fractions may be above 0 and still are nothing."""


@dataclass(frozen=True, slots=True)
class Surface:
    """A county's breaches by bureau's posts × township × township's posts, and the cases behind them.

    breaches, due: arrays [bureau posts, township, posts], means of replications [case]. Posts are those
    bought; 0 is as today.
    """

    county: str
    towns: tuple[str, ...]
    breaches: Reals
    due: Reals

    @property
    def most(self) -> int:
        """Most posts it can take up [post]."""
        bureau, towns, posts = (int(length) for length in self.breaches.shape)
        return bureau - 1 + towns * (posts - 1)


@dataclass(frozen=True, slots=True)
class Allocation:
    """Posts by office and what the surfaces expect of them.

    bound: no allocation of as many posts has fewer breaches than this (Lagrangian).
    """

    posts: Mapping[str, int]
    breaches: float
    due: float
    bound: float

    @property
    def total(self) -> int:
        """Posts in all."""
        return sum(self.posts.values())

    @property
    def on_time_share(self) -> float:
        """Share of the cases falling due that are decided in time [0..1]."""
        return 1 - self.breaches / self.due if self.due else float("nan")

    @property
    def gap(self) -> float:
        """What a better allocation could still save at most, as far as the bound tells [case]."""
        return max(self.breaches - self.bound, 0.0)


def spread(curves: Sequence[Reals], posts: int) -> tuple[Reals, Whole]:
    """Least sum over curves by posts spent (at most, 0 … posts), and how many each takes.

    curves: each by its own posts from 0. Returns sums [posts + 1] and choices [posts + 1, curves].
    Exact: every way of spending is covered.
    """
    best, choices = np.zeros(posts + 1), np.zeros((posts + 1, len(curves)), dtype=np.int64)
    for at, curve in enumerate(curves):
        tried = np.full((posts + 1, min(len(curve), posts + 1)), NEVER)
        for own in range(tried.shape[1]):
            tried[own:, own] = best[: posts + 1 - own] + curve[own]
        taken = tried.argmin(axis=1)
        best = tried[np.arange(posts + 1), taken]
        choices = choices[np.arange(posts + 1) - taken]
        choices[:, at] = taken
    return best, choices


@dataclass(frozen=True, slots=True)
class Frontier:
    """A county's fewest breaches by posts, and the posts behind: bureau first, then its townships."""

    surface: Surface
    breaches: Reals
    posts: Whole

    def allocation(self, count: int) -> dict[str, int]:
        """Posts by office when the county has so many."""
        offices = (self.surface.county, *self.surface.towns)
        return dict(zip(offices, self.posts[count].tolist(), strict=True))


def county_frontier(surface: Surface) -> Frontier:
    """The county's best by posts: every level of the bureau tried, its townships solved exactly for each."""
    most, towns = surface.most, len(surface.towns)
    best, posts = np.full(most + 1, NEVER), np.zeros((most + 1, towns + 1), dtype=np.int64)
    for bureau, table in enumerate(surface.breaches):
        sums, choices = spread(list(table), most - bureau)
        better = sums < best[bureau:]
        best[bureau:][better] = sums[better]
        posts[bureau:][better, 0] = bureau
        posts[bureau:][better, 1:] = choices[better]
    return Frontier(surface, best, posts)


class Plan:
    """Every best allocation over all counties, by posts in all."""

    def __init__(self, surfaces: Sequence[Surface], most: int | None = None) -> None:
        self.fronts = [county_frontier(surface) for surface in surfaces]
        room = sum(surface.most for surface in surfaces)
        self.most = room if most is None else min(most, room)
        self.sums, self._choices = spread([front.breaches for front in self.fronts], self.most)

    def best(self, posts: int) -> Allocation:
        """The best use of so many posts, or of as many as help.

        Raises ValueError beyond what was simulated.
        """
        if not 0 <= posts <= self.most:
            raise ValueError(f"{posts} posts lie beyond the {self.most} the surfaces reach")
        found = dict[str, int]()
        for front, count in zip(self.fronts, self._choices[posts].tolist(), strict=True):
            found |= front.allocation(count)
        return Allocation(found, *expected(self.surfaces, found), self.bound(posts))

    @property
    def surfaces(self) -> list[Surface]:
        """The surfaces behind it."""
        return [front.surface for front in self.fronts]

    def fewest(self, target: float) -> Allocation | None:
        """The fewest posts that can decide this share in time [0..1]; None where none do.

        A share is reached where breaches less (1 − target) of the cases falling due are not above 0. That is
        a sum over offices like breaches themselves, so its fewest are exact too; the fewest breaches would
        not do, since cases falling due differ a little with posts.
        """
        short = [replace(each, breaches=each.breaches - (1 - target) * each.due) for each in self.surfaces]
        plan = Plan(short, self.most)
        for posts in np.flatnonzero(plan.sums <= _NOTHING):
            found = plan.best(int(posts)).posts
            allocation = Allocation(found, *expected(self.surfaces, found), self.bound(sum(found.values())))
            if allocation.on_time_share >= target - _NOTHING:
                return allocation
        return None

    def matching(self, breaches: float) -> int:
        """The fewest posts whose best use has no more breaches than this; the most there are if none."""
        good = np.flatnonzero(self.sums <= breaches + 1e-9)
        return int(good[0]) if len(good) else self.most

    def bound(self, posts: int) -> float:
        """The Lagrangian bound: no allocation of so many posts has fewer breaches.

        The dual is concave and piecewise linear in the price of a post; it is climbed by bisection on the
        slope (posts taken − posts there are).
        """

        def dual(price: float) -> tuple[float, int]:
            value, taken = -price * posts, 0
            for front in self.fronts:
                costs = front.breaches + price * np.arange(len(front.breaches))
                least = int(costs.argmin())
                value, taken = value + float(costs[least]), taken + least
            return value, taken

        low, high = 0.0, max(float(front.breaches.max()) for front in self.fronts) + 1.0
        best = max(dual(low)[0], dual(high)[0])
        for _ in range(60):
            middle = (low + high) / 2
            value, taken = dual(middle)
            best = max(best, value)
            low, high = (middle, high) if taken > posts else (low, middle)
        return best


def expected(surfaces: Sequence[Surface], posts: Mapping[str, int]) -> tuple[float, float]:
    """Breaches and cases falling due that the surfaces expect of an allocation [case].

    What goes beyond what was simulated counts as the most that was.
    """
    breaches = due = 0.0
    for surface in surfaces:
        bureaus, towns, levels = surface.breaches.shape
        bureau = min(posts.get(surface.county, 0), bureaus - 1)
        own = [min(posts.get(town, 0), levels - 1) for town in surface.towns]
        breaches += float(surface.breaches[bureau, np.arange(towns), own].sum())
        due += float(surface.due[bureau, np.arange(towns), own].sum())
    return breaches, due


@dataclass(frozen=True, slots=True)
class Transfer:
    """A post moved from one township to another."""

    giver: str
    taker: str


def transfers(surfaces: Sequence[Surface], posts: Mapping[str, int], most: int) -> list[list[Transfer]]:
    """For 0, 1, … `most` posts moved between townships, the moves that leave fewest breaches.

    Exact on the surfaces: over all townships, with posts given and taken counted, so two posts that help
    only together are found. Bureaus keep theirs. A list may be shorter than its number: more would not help.
    """
    curves, names, now = [], [], []
    for surface in surfaces:
        bureau = min(posts.get(surface.county, 0), len(surface.breaches) - 1)
        for town, curve in zip(surface.towns, surface.breaches[bureau], strict=True):
            curves.append(curve)
            names.append(town)
            now.append(min(posts.get(town, 0), len(curve) - 1))
    best = {(0, 0): (0.0, ())}
    state: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = dict(best)
    for curve, start in zip(curves, now, strict=True):
        after: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {}
        for (given, taken), (value, path) in state.items():
            for step in range(-min(start, most - given), min(len(curve) - 1 - start, most - taken) + 1):
                key = (given + max(-step, 0), taken + max(step, 0))
                found = value + float(curve[start + step])
                if key not in after or found < after[key][0] - 1e-12:
                    after[key] = (found, (*path, step))
        state = after
    plans, least, chosen = [], NEVER, tuple(0 for _ in names)
    for count in range(most + 1):
        if (count, count) in state and state[count, count][0] < least - 1e-9:
            least, chosen = state[count, count]
        plans.append(_moves(names, chosen))
    return plans


def _moves(names: Sequence[str], steps: Sequence[int]) -> list[Transfer]:
    """Givers and takers paired, inside a county first: the first six digits of a code are its county's."""
    givers = [name for name, step in zip(names, steps, strict=True) for _ in range(-step)]
    takers = [name for name, step in zip(names, steps, strict=True) for _ in range(step)]
    moves = []
    for taker in list(takers):
        near = next((giver for giver in givers if giver[:6] == taker[:6]), None)
        if near is not None:
            givers.remove(near)
            takers.remove(taker)
            moves.append(Transfer(near, taker))
    return moves + [Transfer(giver, taker) for giver, taker in zip(givers, takers, strict=True)]


def moved_posts(posts: Mapping[str, int], moves: Sequence[Transfer]) -> dict[str, int]:
    """The allocation after the moves.

    >>> moved_posts({"a": 2, "b": 0}, [Transfer("a", "b")])
    {'a': 1, 'b': 1}
    """
    after = dict(posts)
    for move in moves:
        after[move.giver] = after.get(move.giver, 0) - 1
        after[move.taker] = after.get(move.taker, 0) + 1
    return after

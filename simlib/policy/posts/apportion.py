"""Whole posts in proportion to weights: two published methods, and what each office may hold at most."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from heapq import heapify, heappop, heapreplace
from typing import Literal

from simlib.units import largest_remainder

Method = Literal["largest_remainder", "webster"]
METHODS: tuple[Method, ...] = ("largest_remainder", "webster")


def webster(total: int, weights: Sequence[int], room: Sequence[int] | None = None) -> list[int]:
    """`total` split over `weights` by the divisors 1, 3, 5 …; with `room` none above it.

    Each next one goes where weight ÷ (2 × what is there + 1) is greatest, ties to the earlier place. So no
    place ever loses as the total grows, which largest remainder does not promise. Places without weight
    get nothing; what no place has room for is not given out.
    Source: Webster (Sainte-Laguë); Balinski & Young, Fair Representation, 1982.

    >>> webster(10, [6, 6, 2]), webster(11, [6, 6, 2])
    ([5, 4, 1], [5, 5, 1])
    """
    if total < 0 or any(weight < 0 for weight in weights):
        raise ValueError("a total and its weights are never negative")
    got = [0] * len(weights)
    most = [total] * len(weights) if room is None else list(room)
    waiting = [(Fraction(-weight), i) for i, weight in enumerate(weights) if weight > 0 and most[i] > 0]
    heapify(waiting)
    for _ in range(total):
        if not waiting:
            break
        i = waiting[0][1]
        got[i] += 1
        if got[i] < most[i]:
            heapreplace(waiting, (Fraction(-weights[i], 2 * got[i] + 1), i))
        else:
            heappop(waiting)
    return got


def largest_remainder_within(total: int, weights: Sequence[int], room: Sequence[int]) -> list[int]:
    """`total` by largest remainder on `weights`, none above its room; what it leaves goes round again."""
    got = [0] * len(weights)
    while total > 0:
        open_weights = [w if most > have else 0 for w, most, have in zip(weights, room, got, strict=True)]
        if sum(open_weights) == 0:
            return got
        for i, extra in enumerate(largest_remainder(total, open_weights)):
            taken = min(extra, room[i] - got[i])
            got[i] += taken
            total -= taken
    return got


def shared_within(total: int, weights: Sequence[int], room: Sequence[int], method: Method) -> list[int]:
    """`total` split over `weights` by a method, none above its room."""
    if method == "webster":
        return webster(total, weights, room)
    return largest_remainder_within(total, weights, room)

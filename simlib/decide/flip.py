"""What would overturn a recommendation: the smallest changes of one or two assumptions or readings.

Every change named was simulated and seen to overturn it; nothing is inferred from a slope.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from simlib.decide.compare import Comparison, Standing
from simlib.decide.intervals import Interval

Value = float | str
World = Mapping[str, Value]
"""What is changed, by key; all else stands."""
STEPS = 3
"""Halvings on the way back to the base: a change is found to an eighth of its range."""
PARTNERS = 3
"""Changes that overturn nothing alone but come nearest are tried two by two."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may be otherwise: an assumption between the ends of its range, or a reading's answer."""

    key: str
    base: Value
    ends: tuple[Value, ...]

    def part_of_way(self, end: Value, part: float) -> Value:
        """A value part of the way to an end [0..1]; an answer is either given or not, counts stay whole."""
        if isinstance(end, str) or isinstance(self.base, str) or part == 1:
            return end
        value = self.base + part * (end - self.base)
        return round(value) if isinstance(self.base, int) and isinstance(end, int) else value


@dataclass(frozen=True, slots=True)
class Seen:
    """The options in a changed world.

    leader: who leads. behind: how far the recommended option is behind it; in front of the next where it
    leads itself, as a negative number. is_sure: the recommended option is worse or misses the target, beyond
    chance.
    """

    leader: str
    behind: Interval
    is_sure: bool


Look = Callable[[World], Seen]


@dataclass(frozen=True, slots=True)
class Flip:
    """Changes that overturn the recommendation.

    part: how much of the way to the end of its range each change goes [0..1], 1 for an answer.
    """

    changes: World
    part: float
    seen: Seen


def seen_of(found: Comparison, recommended: str) -> Seen:
    """How the recommended option stands in a comparison."""
    mine = next(each for each in found.options if each.option == recommended)
    if mine.standing in (Standing.LEADS, Standing.SAME):
        others = [each.behind for each in found.options if each.standing in (Standing.ALIKE, Standing.WORSE)]
        near = min(others, key=lambda behind: behind.mean, default=Interval(0.0, 0.0, 0.0, 0))
        return Seen(recommended, Interval(-near.mean, -near.high, -near.low, near.n), False)
    return Seen(found.leading, mine.behind, mine.standing in (Standing.WORSE, Standing.OUT))


def flips(look: Look, recommended: str, candidates: Sequence[Candidate], *, steps: int = STEPS) -> list[Flip]:
    """The smallest changes that overturn the recommendation: single ones first, then pairs, small ones first.

    look: simulates the options with these changes. Each change is first taken to its end; one that overturns
    is halved back towards the base as long as it still does.
    """
    found, left = list[Flip](), list[tuple[float, Candidate, Value]]()
    for candidate in candidates:
        for end in candidate.ends:
            flip = _smallest(look, recommended, ((candidate, end),), steps)
            if isinstance(flip, Flip):
                found.append(flip)
            else:
                left.append((-flip.behind.mean, candidate, end))
    flipping = {key for flip in found for key in flip.changes}
    near = sorted((each for each in left if each[1].key not in flipping), key=lambda each: each[0])[:PARTNERS]
    for (_, one, end), (_, other, far) in itertools.combinations(near, 2):
        if one.key != other.key:
            flip = _smallest(look, recommended, ((one, end), (other, far)), steps)
            found += [flip] if isinstance(flip, Flip) else []
    return sorted(found, key=lambda flip: (len(flip.changes), flip.part))


def _smallest(
    look: Look, recommended: str, moves: Sequence[tuple[Candidate, Value]], steps: int
) -> Flip | Seen:
    """The least part of the way at which these moves together overturn; else what is seen at their ends."""

    def at(part: float) -> Flip:
        world = {candidate.key: candidate.part_of_way(end, part) for candidate, end in moves}
        return Flip(world, part, look(world))

    flip = at(1.0)
    if flip.seen.leader == recommended:
        return flip.seen
    if any(isinstance(end, str) for _, end in moves):
        return flip
    stands = 0.0
    for _ in range(steps):
        middle = at((stands + flip.part) / 2)
        if middle.seen.leader == recommended:
            stands = middle.part
        else:
            flip = middle
    return flip

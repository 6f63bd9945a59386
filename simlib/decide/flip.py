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
Moves = tuple[tuple[Candidate, Value], ...]
"""Things changed together, each with the end it is moved to."""


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


@dataclass(slots=True)
class Search:
    """A search for the smallest changes that overturn a recommendation; `found` makes it.

    look: simulates the options in a changed world. ahead: told of all worlds about to be looked at, so that
    they can be simulated side by side. budget: most worlds looked at, None: no limit. untried: changes, or
    pairs of them, that the budget left untried; is_rough: whether it cut short the way back to the base.
    """

    look: Look
    recommended: str
    steps: int = STEPS
    budget: int | None = None
    ahead: Callable[[Sequence[World]], None] = lambda _: None
    looked: int = 0
    untried: int = 0
    is_rough: bool = False

    def found(self, candidates: Sequence[Candidate]) -> list[Flip]:
        """Single changes first, then pairs, small ones first; all seen to overturn.

        Each change is first taken to its end; one that overturns is halved back towards the base as long as
        it still does. Of those that overturn nothing alone the nearest are tried two by two.
        """
        singles = [((candidate, end),) for candidate in candidates for end in candidate.ends]
        cards, seen = self._smallest(singles)
        flipping = {key for card in cards for key in card.changes}
        left = [(-each.behind.mean, *moves[0]) for moves, each in seen if moves[0][0].key not in flipping]
        near = sorted(left, key=lambda each: each[0])[:PARTNERS]
        pairs = [
            ((one, end), (other, far))
            for (_, one, end), (_, other, far) in itertools.combinations(near, 2)
            if one.key != other.key
        ]
        cards += self._smallest(pairs)[0]
        return sorted(cards, key=lambda card: (len(card.changes), card.part))

    def _smallest(self, moves: Sequence[Moves]) -> tuple[list[Flip], list[tuple[Moves, Seen]]]:
        """The least part of each move that overturns; what is seen at the ends of those that do not."""
        ends = self._at([(move, 1.0) for move in moves])
        self.untried += len(moves) - len(ends)
        tried = list(zip(moves, ends, strict=False))
        against = [(move, flip.seen) for move, flip in tried if flip.seen.leader == self.recommended]
        cards = [(move, flip) for move, flip in tried if flip.seen.leader != self.recommended]
        stands = [0.0] * len(cards)
        for _ in range(self.steps):
            halved = [at for at, (move, _) in enumerate(cards) if not any(_is_answer(end) for _, end in move)]
            middles = self._at([(cards[at][0], (stands[at] + cards[at][1].part) / 2) for at in halved])
            self.is_rough |= len(middles) < len(halved)
            for at, middle in zip(halved, middles, strict=False):
                if middle.seen.leader == self.recommended:
                    stands[at] = middle.part
                else:
                    cards[at] = (cards[at][0], middle)
        return [flip for _, flip in cards], against

    def _at(self, asked: Sequence[tuple[Moves, float]]) -> list[Flip]:
        """What is seen at parts of the way, as far as the budget reaches."""
        room = len(asked) if self.budget is None else min(len(asked), self.budget - self.looked)
        self.looked += room
        worlds = [
            {candidate.key: candidate.part_of_way(end, part) for candidate, end in move}
            for move, part in asked[:room]
        ]
        if worlds:
            self.ahead(worlds)
        return [Flip(world, part, self.look(world)) for world, (_, part) in zip(worlds, asked, strict=False)]


def _is_answer(end: Value) -> bool:
    """Whether this is an answer, of which there is no half."""
    return isinstance(end, str)


def flips(look: Look, recommended: str, candidates: Sequence[Candidate], *, steps: int = STEPS) -> list[Flip]:
    """The smallest changes that overturn the recommendation, searched without a limit; see `Search`."""
    return Search(look, recommended, steps).found(candidates)

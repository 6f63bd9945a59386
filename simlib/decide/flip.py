"""What would overturn a recommendation: the smallest changes of one or two assumptions or readings.

Every change named was simulated and seen to overturn it; nothing is inferred from a slope.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from simlib.decide.compare import Comparison, Standing
from simlib.decide.intervals import Interval

Value = float | str
World = Mapping[str, Value]
"""What is changed, by key; all else stands."""
STEPS = 3
"""Halvings on the way back to the base: a change is found to an eighth of its range."""
PARTNERS = 3
"""Changes that come nearest to overturning, or go farthest beyond, are tried two by two."""


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

    part: how much of the way to the end of its range each change goes [0..1]; an answer is given whole, and
    alone counts as 1.
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
    they can be simulated side by side. budget: most worlds looked at, None: no limit. worlds: those looked
    at. untried: changes, or pairs of them, that the budget left untried; is_rough: whether it cut short the
    way back to the base.
    """

    look: Look
    recommended: str
    steps: int = STEPS
    budget: int | None = None
    ahead: Callable[[Sequence[World]], None] = lambda _: None
    worlds: list[World] = field(default_factory=list)
    untried: int = 0
    is_rough: bool = False

    @property
    def looked(self) -> int:
        """Worlds looked at."""
        return len(self.worlds)

    def found(self, candidates: Sequence[Candidate]) -> list[Flip]:
        """Single changes first, then pairs, small ones first; all seen to overturn.

        Each change is first taken to its end; one that overturns is halved back towards the base as long as
        it still does. The nearest are then tried two by two, short of where one of them would do alone. At
        last every smaller step on the way is looked at: what overturns may do so in between only.
        """
        singles = [((candidate, end),) for candidate in candidates for end in candidate.ends]
        tried = self._tried(singles, [self._whole] * len(singles))
        alone = self._halved(tried)
        limits = {moves[0]: self._steps_of(flip) for moves, flip in alone}
        nearest = sorted(tried, key=lambda each: -each[1].seen.behind.mean)
        near = [moves[0] for moves, _ in nearest if moves[0] not in limits or not _is_answer(moves[0][1])]
        pairs = {
            (one, other): min(limits.get(move, self._whole + 1) for move in (one, other)) - 1
            for one, other in itertools.combinations(near[:PARTNERS], 2)
            if one[0].key != other[0].key
        }
        short = {pair: step for pair, step in pairs.items() if step}
        together = self._halved(self._tried(list(short), list(short.values())))
        least = self._in_between([*alone, *together])
        parts = {moves[0]: flip.part for moves, flip in least if len(moves) == 1}
        cards = [
            flip
            for moves, flip in least
            if len(moves) == 1 or all(flip.part < parts.get(move, 2.0) for move in moves)
        ]
        return sorted(cards, key=lambda card: (len(card.changes), card.part))

    @property
    def _whole(self) -> int:
        """Steps to the end of a range."""
        return int(2**self.steps)

    def _steps_of(self, flip: Flip) -> int:
        return round(flip.part * self._whole)

    def _tried(self, moves: Sequence[Moves], steps: Sequence[int]) -> list[tuple[Moves, Flip]]:
        """What is seen where the way back begins; what the budget leaves out is counted."""
        seen = self._at(list(zip(moves, steps, strict=True)))
        self.untried += len(moves) - len(seen)
        return list(zip(moves, seen, strict=False))

    def _halved(self, tried: Sequence[tuple[Moves, Flip]]) -> list[tuple[Moves, Flip]]:
        """Of those that overturn the least part that halving finds."""
        cards = [(move, flip) for move, flip in tried if self._overturns(flip)]
        stands = [0] * len(cards)
        while True:
            reach = [self._steps_of(flip) for _, flip in cards]
            halved = [
                at for at, (move, _) in enumerate(cards) if _has_halves(move) and reach[at] > stands[at] + 1
            ]
            middles = self._at([(cards[at][0], (stands[at] + reach[at]) // 2) for at in halved])
            for at, middle in zip(halved, middles, strict=False):
                if self._overturns(middle):
                    cards[at] = (cards[at][0], middle)
                else:
                    stands[at] = self._steps_of(middle)
            self.is_rough |= len(middles) < len(halved)
            if len(middles) < len(halved) or not halved:
                return cards

    def _in_between(self, cards: Sequence[tuple[Moves, Flip]]) -> list[tuple[Moves, Flip]]:
        """The cards, each at the least step of its range that overturns; halving may have passed one by."""
        asked = [
            (at, step)
            for step in range(1, self._whole)
            for at, (moves, flip) in enumerate(cards)
            if _has_halves(moves)
            and step < self._steps_of(flip)
            and _changes(moves, step / self._whole) not in self.worlds
        ]
        seen = self._at([(cards[at][0], step) for at, step in asked])
        self.is_rough |= len(seen) < len(asked)
        least = list(cards)
        for (at, _), flip in zip(asked, seen, strict=False):
            if self._overturns(flip) and flip.part < least[at][1].part:
                least[at] = (cards[at][0], flip)
        return least

    def _overturns(self, flip: Flip) -> bool:
        return flip.seen.leader != self.recommended

    def _at(self, asked: Sequence[tuple[Moves, int]]) -> list[Flip]:
        """What is seen at steps of the way, as far as the budget reaches."""
        room = len(asked) if self.budget is None else min(len(asked), self.budget - self.looked)
        parts = [(move, step / self._whole) for move, step in asked[:room]]
        worlds = [_changes(move, part) for move, part in parts]
        self.worlds += worlds
        if worlds:
            self.ahead(worlds)
        return [Flip(world, part, self.look(world)) for world, (_, part) in zip(worlds, parts, strict=True)]


def _changes(moves: Moves, part: float) -> dict[str, Value]:
    """The world in which each thing goes part of the way to its end."""
    return {candidate.key: candidate.part_of_way(end, part) for candidate, end in moves}


def _has_halves(moves: Moves) -> bool:
    """Whether something in it can be taken part of the way."""
    return not all(_is_answer(end) for _, end in moves)


def _is_answer(end: Value) -> bool:
    """Whether this is an answer, of which there is no half."""
    return isinstance(end, str)


def flips(look: Look, recommended: str, candidates: Sequence[Candidate], *, steps: int = STEPS) -> list[Flip]:
    """The smallest changes that overturn the recommendation, searched without a limit; see `Search`."""
    return Search(look, recommended, steps).found(candidates)

"""A contract under way, and what contracts do to the posts of a county."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Protocol

from simlib.years.contracts.contractlog import EXPIRED, Award
from simlib.years.contracts.provider import NEVER, Fate

_AGENDA = ("fails", "mid_term", "final", "result", "found", "terminated", "again", "ends")
"""What may stand on a contract's agenda; on one day in this order."""


class Effects(Protocol):
    """What contracts do to the posts of a county; shares in 2**-16 parts."""

    def begin(self, lot: int, missed_share: int, provider: int, most: int) -> None:
        """From today a contract stands, for `most` posts with its supplements.

        missed_share: of working days its provider leaves unmanned.
        """

    def renew(self, lot: int, most: int) -> None:
        """The same provider goes on under a new contract, for `most` posts with its supplements."""

    def end(self, lot: int, keep_share: int, cause: int) -> None:
        """The contract is over, and why (`lots.GAP_CAUSES`); a successor keeps this share of the workers."""

    def price(self, lot: int, share: int) -> None:
        """From today a post of the lot costs this share of what was budgeted for it."""

    def promise(self, lot: int, posts: int, share: int, years: int) -> None:
        """A contract for so many posts, or so many more, binds later years at this share of the budget.

        years: it still runs, a year begun counting in full [year].
        """

    def spend(self, lot: int, line: str, fen: int) -> None:
        """Buying or evaluating cost something today [fen]; line: of the money table."""

    def take_over(self, lot: int, share: int) -> None:
        """This share of the posts is manned for the time being, until a successor begins."""

    def miss(self, lot: int, missed_share: int) -> None:
        """The share of working days left unmanned is another from today."""


@dataclass(slots=True)
class Contract:
    """A contract under way, and what is known of it. Days are civil days, mark in 2**-16 parts.

    supplement: posts it was supplemented by.
    """

    award: Award
    begins: int
    planned_end: int
    ends: int
    fate: Fate
    gap_days: int
    gap_cause: int
    won_again: bool
    is_failing: bool = False
    evaluations: int = 0
    passed: int = 0
    mark: int = 0
    supplement: int = 0
    reason: str = EXPIRED
    agenda: list[tuple[int, int, str]] = field(default_factory=list)

    def plan(self, day: int, kind: str) -> None:
        """Put something on the agenda, unless it never happens."""
        if day < NEVER:
            heapq.heappush(self.agenda, (day, _AGENDA.index(kind), kind))

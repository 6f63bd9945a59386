"""A post: whether it stands, who holds it, when he would go; and the terms under which posts are bought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import simpy
from numpy.typing import NDArray

from simlib.desks.network import Kind
from simlib.units import SHARE_ONE
from simlib.years.people.tenure import NEVER_DAY, Leaving, subject_of

Whole = NDArray[np.int64]

NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class Terms:
    """What the plan decides about the people it buys.

    from_day: civil day from which contracts have these terms. term_years: length of a contract [year].
    is_appraised: whether there is a yearly appraisal. rollout: days by which the plan stands, everybody is
    hired and all are at work, for the first holders of bought posts; none: no campaign [civil day].
    """

    from_day: int
    term_years: int
    is_appraised: bool = True
    rollout: tuple[int, ...] = ()


class Post:
    """A post of an office. It may be held while it is open and, if bought, under a contract.

    share: of its holder's time that is social assistance's [2**-16]. incumbents: how many it has had.
    holder, former: rows of who holds it and of who lost it with a contract. leaves, reason: when and why the
    holder goes of himself [civil day, Leaving]. lacks_since, lacks: since when it is open without a contract,
    NEVER_DAY where it is not, and why (see `lots.GAP_CAUSES`).
    """

    __slots__ = (
        *("changed", "former", "holder", "incumbents", "is_covered", "is_open", "kind", "leaves", "lot"),
        *("number", "office", "reason", "share", "lacks_since", "lacks"),
    )

    def __init__(self, env: simpy.Environment, office: int, number: int, kind: Kind, lot: int) -> None:
        self.office, self.number, self.kind, self.lot = office, number, kind, lot
        self.share, self.incumbents = SHARE_ONE, 0
        self.holder, self.former = NOBODY, NOBODY
        self.leaves, self.reason = NEVER_DAY, int(Leaving.QUIT)
        self.is_open, self.is_covered = True, True
        self.lacks_since, self.lacks = NEVER_DAY, 0
        self.changed = env.event()

    @property
    def stands(self) -> bool:
        """Whether somebody may be recruited for it and hold it."""
        return self.is_open and self.is_covered

    @property
    def subject(self) -> int:
        """Its next incumbent as the subject of a draw."""
        return int(subject_of(self.kind, self.number, self.incumbents))


def posts_of(heads: Whole) -> tuple[Whole, Whole]:
    """Office and number of each post, from how many each office has."""
    office = np.repeat(np.arange(len(heads)), heads)
    return office, np.arange(len(office)) - np.repeat(np.cumsum(heads) - heads, heads)

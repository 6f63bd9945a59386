"""What purchases and contracts leave behind: one row a contract, one row a step, as they happened."""

from __future__ import annotations

from dataclasses import dataclass, field

from simlib.policy.buying.purchasefile import METHODS as LEGAL_METHODS
from simlib.policy.buying.purchasemethod import LOCAL
from simlib.units import SHARE_ONE
from simlib.years.contracts.tender import Step

RUNNING, EXPIRED, CHEATING, BREACH = "running", "expired", "cheating", "breach"
NOT_CONTINUED = "not_continued"
END_REASONS = (RUNNING, EXPIRED, CHEATING, BREACH, NOT_CONTINUED)
"""How a contract ended: not yet, at its term, by cheating found, by open breach, by a failed evaluation."""
FAILED = (CHEATING, BREACH)

BEFORE_PLAN = "before_plan"
"""Method of a contract that was there before the plan began."""
METHODS = (*LEGAL_METHODS, LOCAL, BEFORE_PLAN)
"""How a contract may have been bought."""

STEPS = (
    *("demand", "intention", "prequalification", "issued", "file_offer_ends", "notice_ends", "deadline"),
    *("void", "judged"),
    *("report", "choice", "award", "challenge_ends", "challenge", "answer", "complaint", "suspension_ends"),
    *("decision", "signing", "publication", "filing", "ready", "begins", "mid_term", "final", "appeal"),
    *("result_published", "failing", "finding", "termination", "take_over", "acceptance", "supplement"),
)
"""Every step there is, in the usual order."""


@dataclass(frozen=True, slots=True)
class Award:
    """What a purchase came to: the provider and its terms, signed, and ready to begin.

    budget_fen, price_fen: for a year [fen]; quality, score: [2**-16]; bidders: that responded to the round
    that was won; days are civil days.
    """

    sequence: int
    method: str
    provider: int
    posts: int
    budget_fen: int
    price_fen: int
    quality: int
    score: int
    bidders: int
    rounds: int
    challenged: bool
    complained: bool
    asked_on: int
    awarded_on: int
    signed_on: int
    ready_on: int

    @property
    def price_share(self) -> int:
        """The awarded price as a part of the budget [2**-16]."""
        return min(self.price_fen * SHARE_ONE // max(self.budget_fen, 1), SHARE_ONE)


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract as it ended, or stands.

    missed: share of its days unmanned [2**-16]; mark: of its last evaluation [2**-16]; evaluations and
    passed: how many were held and passed; gap_days: without a contract before it began [day], and
    gap_cause: why, or what it followed where there was no gap (`lots.GAP_CAUSES`); supplement: posts it was
    supplemented by;
    planned_end, ends: civil days, the latter the planned one while it runs.
    """

    lot: int
    award: Award
    begins: int
    planned_end: int
    ends: int
    end_reason: str
    missed: int
    evaluations: int
    passed: int
    mark: int
    gap_days: int
    gap_cause: int
    won_again: bool
    supplement: int


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of a purchase or contract; round: of its purchase; place: its number there; mark: [2**-16]."""

    lot: int
    sequence: int
    round: int
    place: int
    step: Step
    mark: int


@dataclass(slots=True)
class ContractLog:
    """Rows of one county, as they are written."""

    contracts: list[ContractRow] = field(default_factory=list)
    steps: list[StepRow] = field(default_factory=list)
    _places: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def step(self, lot: int, sequence: int, round_number: int, step: Step, mark: int = 0) -> None:
        """Write down a step."""
        key = lot, sequence, round_number
        place = self._places[key] = self._places.get(key, -1) + 1
        self.steps.append(StepRow(*key, place, step, mark))

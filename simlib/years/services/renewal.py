"""How a year of services is evaluated, and whether its provider goes on.

There is one contract a county, with the county's one provider. It is bought again in time for its end (annex
2 (6) of Shizuishan's plan), so a provider that fails is followed by another on 1 January, without a gap.

Where a purchasing document is named for services its panel evaluates, by its indicators and weights, and an
appeal is looked at again (`contracts.assessing`). At mid-term it looks at the months so far and at what is
overdue: problems are found and told, nobody is replaced before the year is over (annex 3 part 5 (2)). Without
a document the mark is the weighted mean of `services.mark_weight.*`. Satisfaction is modelled, not surveyed
(`followup`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlib.chance import Luck
from simlib.policy.buying.evaluation import expected_marks
from simlib.units import SHARE_ONE
from simlib.years.contracts.assessing import judged
from simlib.years.contracts.purchaserules import PurchaseRules
from simlib.years.services.servicerules import FollowUp

Whole = NDArray[np.int64]

_SATISFACTION = "satisfaction"
_YEAR_BITS = 12


class YearTold(NamedTuple):
    """What became of a year's orders placed with each provider [counties].

    score: satisfaction of the orders that were followed by a visit, added up [2**-16]. overdue: not begun by
    their due day and still open, where an evaluation counts them.
    """

    on_time: Whole
    late: Whole
    given_up: Whole
    visited: Whole
    score: Whole
    overdue: Whole | int = 0

    @property
    def judged(self) -> Whole:
        """Orders that say something of the provider."""
        return self.on_time + self.late + self.given_up + self.overdue

    @property
    def shares(self) -> tuple[Whole, Whole, Whole]:
        """Of what was ordered in time and delivered at all, and mean satisfaction [2**-16]."""
        delivered = self.on_time + self.late
        ordered = np.maximum(self.judged, 1)
        return (
            self.on_time * SHARE_ONE // ordered,
            delivered * SHARE_ONE // ordered,
            self.score // np.maximum(self.visited, 1),
        )

    @property
    def is_judged(self) -> NDArray[np.bool_]:
        """Whether there is anything by which to judge the provider."""
        return self.judged > 0


def marks(told: YearTold, follow: FollowUp) -> Whole:
    """The mark of each county's provider: orders in time, volume delivered and satisfaction [2**-16].

    The full mark where there is nothing to judge it by. Where nobody was visited satisfaction does not count.
    """
    timely, volume, pleased = follow.weights
    pleased_there = np.where(told.visited > 0, pleased, 0)
    whole = np.maximum(timely + volume + pleased_there, 1)
    in_time, delivered, satisfied = told.shares
    mark = timely * in_time + volume * delivered + pleased_there * satisfied
    return np.where(told.is_judged, mark // whole, SHARE_ONE)


def evaluated(
    told: YearTold,
    follow: FollowUp,
    purchase: PurchaseRules | None,
    luck: Luck,
    *,
    codes: Whole,
    provider: Whole,
    year: int,
    number: int = 0,
) -> tuple[Whole, NDArray[np.bool_]]:
    """The mark of each county's provider in a year of the plan [2**-16], and whether it goes on.

    purchase: rules of the document, None where nothing is bought under one. codes: of the counties' chance.
    provider: which one it is, in each county; number: which evaluation of the year.
    Assumption: how the work is run shows in orders begun in time, its results in the volume delivered. Where
    nobody was visited, satisfaction shows what the volume does.
    """
    mark = marks(told, follow)
    passes: NDArray[np.bool_] = mark >= follow.pass_mark
    if purchase is None:
        return mark, passes
    in_time, delivered, satisfied = told.shares
    satisfied = np.where(told.visited > 0, satisfied, delivered)
    weights = purchase.evaluation.weights
    for at in np.flatnonzero(told.is_judged):
        plain = expected_marks(weights, managed=int(in_time[at]), delivered=int(delivered[at]))
        seen = [
            int(satisfied[at]) if name == _SATISFACTION else shown
            for name, shown in zip(weights, plain, strict=True)
        ]
        subject = (int(provider[at]) << _YEAR_BITS) | year
        mark[at], passes[at] = judged(
            luck, purchase, seen, area=int(codes[at]), subject=subject, number=number
        )
    return mark, passes

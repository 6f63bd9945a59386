"""Each county's assistance grant through the plan, and what it leaves for services once benefits are paid.

Services are bought out of this year's grant, at most a share of last year's, and never squeeze benefits (part
2 (4) 6 of Shizuishan's plan). So the money has two limits: the share, and what this year's grant leaves.

This year's grant is the county's own figure of before the plan, risen as the benefits expected when the year
is voted; out of it go the upper tiers' part of benefits and of temporary aid. Expected when the money is
voted, without foresight; told again in December from what was paid. A county without a grant of its own says
nothing on what is left: there it is an assumed share of last year's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simlib.desks.trace import Cases, Outcome
from simlib.units import MONTHS_PER_YEAR, SHARE_ONE
from simlib.years.county import Counties
from simlib.years.money.accounts import Row
from simlib.years.services.servicerules import ServiceRules

Whole = NDArray[np.int64]

ASSISTANCE_FUND = "assistance_fund"


class Benefits(Protocol):
    """What the budget of a county tells of its benefits: those expected this year, and those paid [fen]."""

    expected: int

    def benefits_of(self, year: int) -> int:
        """Benefits paid in a year of the plan [fen]."""


class Grants:
    """The grants of a run's counties.

    benefits: of each. aid_routes: numbers of the routes of temporary aid.
    """

    def __init__(
        self, rules: ServiceRules, counties: Counties, benefits: Sequence[Benefits], aid_routes: Whole
    ) -> None:
        self.rules, self.counties, self.benefits, self.aid_routes = rules, counties, benefits, aid_routes
        self.members = [rules.counties[county.code] for county in counties.members]
        self._voted: list[list[Row]] = [[] for _ in self.members]
        self._grant: list[list[int]] = [[] for _ in self.members]
        """This year's grant, by county and year of the plan [fen]."""
        self._aided: list[Whole] = []
        """Temporary aid granted, by year of the plan and county [times]."""

    def vote(self, year: int) -> Whole:
        """Enter a year's cap in the money table and return it: what may buy services, by county [fen]."""
        caps = []
        for at, (county, mine) in enumerate(zip(self.counties.members, self.members, strict=True)):
            first = max(county.money.first_benefits, 1)
            paid = self.benefits[at].benefits_of(year - 1) if year else first
            last_year = mine.grant_fen * (paid * SHARE_ONE // first) // SHARE_ONE
            expected = self.benefits[at].expected
            self._grant[at].append(mine.grant_fen * expected // first)
            left = self._left(at, year, expected + mine.aid_fen) if mine.owns_grant else None
            cap = self.rules.cap(county.code, last_year, left)
            line, fen = (
                ("grant_left_expected", left) if left is not None else ("grant_left_assumed", cap.left_fen)
            )
            month = year * MONTHS_PER_YEAR
            self._voted[at] += [
                (month, "cap_services", ASSISTANCE_FUND, cap.fen),
                (month, line, ASSISTANCE_FUND, fen),
            ]
            caps.append(cap.fen)
        self._aided.append(np.zeros(len(self.members), dtype=np.int64))
        return np.array(caps, dtype=np.int64)

    def aid(self, decided: Cases) -> None:
        """Take note of the temporary aid granted among the cases decided in a month."""
        granted = np.isin(decided.route, self.aid_routes) & (decided.outcome == Outcome.GRANTED)
        county = self.counties.county_of_area[decided.area[granted]]
        self._aided[-1] += np.bincount(county, minlength=len(self.members))

    def rows(self, at: int) -> list[Row]:
        """Entries of the money table of a county: its caps, and what each year's grant left once it was over;
        below 0 where benefits took more than the grant.
        """
        left = []
        for year in range(len(self._aided) if self.members[at].owns_grant else 0):
            paid = self.benefits[at].benefits_of(year) + int(self._aided[year][at]) * self.rules.aid_fen
            month = (year + 1) * MONTHS_PER_YEAR - 1
            left.append((month, "grant_left", ASSISTANCE_FUND, self._left(at, year, paid)))
        return self._voted[at] + left

    def _left(self, at: int, year: int, paid: int) -> int:
        """A year's grant less the upper tiers' part of what is paid [fen]."""
        own = self.counties.members[at].money.grants.shares[-1]
        return self._grant[at][year] - paid * (SHARE_ONE - own) // SHARE_ONE

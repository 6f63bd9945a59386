"""What a county owes for its contract posts: days held, at the price awarded, less days left unmanned.

Every day is paid by the contract that covered it. What is cheaper than budgeted is not spent on other posts:
it stays in its fund and lapses with the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import simpy
from numpy.typing import NDArray

from simlib.units import SHARE_ONE
from simlib.years.county import Counties
from simlib.years.money.wages import Due
from simlib.years.people.lots import LOTS
from simlib.years.people.workforce import Workforce

Whole = NDArray[np.int64]


@dataclass(slots=True)
class Prices:
    """What posts of a county's lots cost, as a part of what was budgeted [2**-16], from day to day."""

    env: simpy.Environment
    changes: list[list[tuple[int, int]]] = field(default_factory=lambda: [[(0, SHARE_ONE)] for _ in LOTS])

    def set(self, lot: int, share: int) -> None:
        """From today posts of a lot cost this share."""
        self.changes[lot].append((int(self.env.now), share))

    def spans(self, lot: int, first: int, last: int) -> list[tuple[int, int, int]]:
        """The days [first, last) in stretches of one price: first, last, share [2**-16]."""
        days = [day for day, _ in self.changes[lot]]
        ends = [*days[1:], last]
        return [
            (max(begin, first), min(end, last), share)
            for (begin, share), end in zip(self.changes[lot], ends, strict=True)
            if max(begin, first) < min(end, last)
        ]


def days_due(
    workforce: Workforce,
    counties: Counties,
    prices: Sequence[Prices],
    lot: int,
    *,
    days: Whole,
    first: int,
    last: int,
    is_deducted: bool,
) -> Due:
    """What is owed for a lot in the month [first, last), whose roster was asked for last.

    days: paid days of the month [offices × grades]. is_deducted: whether a day left unmanned goes unpaid. It
    then takes off as many civil days as the month has for each of its working days, and never more than
    were held.
    """
    awarded = days * SHARE_ONE
    spans = [county.spans(lot, first, last) for county in prices]
    for at, mine in enumerate(spans):
        offices = counties.offices_of(at)
        if mine != [(first, last, SHARE_ONE)]:
            awarded[offices] = sum(
                (days if (begin, end) == (first, last) else workforce.pay_days(begin, end)[lot])[offices]
                * share
                for begin, end, share in mine
            )
    lost = np.zeros_like(awarded)
    if is_deducted:
        gone, number = workforce.unmanned(lot), workforce.calendar.workday_of_day
        worked = max(int(number[last] - number[first]), 1)
        for at in np.unique(counties.county_of_office[gone.office]).tolist():
            here = counties.county_of_office[gone.office] == at
            for begin, end, share in spans[at]:
                rows = here & (gone.day >= begin) & (gone.day < end)
                np.add.at(lost, (gone.office[rows], gone.grade[rows]), share)
        lost = np.minimum(lost * (last - first) // worked, awarded)
    return Due(awarded, lost)

"""Staff by workload: activity standards, allowances, ratio and difference, as WISN reckons them.

Source: WHO, Workload Indicators of Staffing Need, user's manual, 2010; worked examples in Human Resources for
Health 15:42 (2017), table 3. An average: it says nothing of queues or of terms missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from simlib.errors import LawError, Problem

Figure = int | float | str | Fraction


@dataclass(frozen=True, slots=True)
class Activity:
    """Work that a volume counts: how often a year, and how long each takes [hour]."""

    volume: Figure
    hours: Figure


@dataclass(frozen=True, slots=True)
class Wisn:
    """What a workload asks for, exactly.

    core: posts for the counted activities, without allowances [post]. category_factor: CAF, for support work
    that all do. individual_posts: IAF, for extra work that some do [post]. required: core ×
    category_factor + individual_posts. whole: after rounding. existing: staff there now [post].
    """

    core: Fraction
    category_factor: Fraction
    individual_posts: Fraction
    required: Fraction
    whole: int
    existing: Fraction

    @property
    def difference(self) -> Fraction:
        """Existing − required, unrounded [post]; negative: a shortage."""
        return self.existing - self.required

    @property
    def ratio(self) -> Fraction:
        """Existing ÷ required, unrounded: 1 in balance, below 1 under pressure.

        Raises LawError where nothing is required: then only the difference means anything.
        """
        if not self.required:
            raise LawError(Problem("rules_wisn_no_work"))
        return self.existing / self.required


def available_days(possible: Figure, *away: Figure) -> Fraction:
    """Days a worker has in a year: possible ones less holidays, leave, sickness, training [day].

    >>> available_days(234, 10, 30, 15)
    Fraction(179, 1)
    """
    return _exact(possible) - sum((_exact(days) for days in away), Fraction(0))


def wisn(
    activities: Mapping[str, Activity],
    *,
    available_hours: Figure,
    support_shares: Mapping[str, Figure] | None = None,
    extra_hours: Mapping[str, Figure] | None = None,
    existing: Figure = 0,
    tolerance_share: Figure = 0,
) -> Wisn:
    """Staff that a year's work asks for.

    activities: by name. available_hours: of one worker a year [hour]. support_shares: part of everybody's
    time for meetings, records and the like [0..1], by name. extra_hours: hours a year of work only some
    do, by name. existing: staff there now [post]. tolerance_share: as `whole_posts`; at 0
    every fraction counts as a post.
    Raises LawError for no available time, support of all the time or more, a negative number.

    >>> found = wisn({"visits": Activity(100_000, 0.25)}, available_hours=179 * 8)
    >>> float(round(found.required, 2)), found.whole
    (17.46, 18)
    """
    available = _exact(available_hours)
    support = sum((_exact(share) for share in (support_shares or {}).values()), Fraction(0))
    if available <= 0:
        raise LawError(Problem("rules_wisn_no_time", values={"found": available_hours}))
    if support >= 1:
        raise LawError(Problem("rules_wisn_support", values={"found": float(support)}))
    hours = sum((_exact(work.volume) * _exact(work.hours) for work in activities.values()), Fraction(0))
    core, factor = hours / available, 1 / (1 - support)
    individual = sum((_exact(some) for some in (extra_hours or {}).values()), Fraction(0)) / available
    required = core * factor + individual
    whole = whole_posts(required, tolerance_share=tolerance_share)
    return Wisn(core, factor, individual, required, whole, _exact(existing))


def whole_posts(required: Figure, *, tolerance_share: Figure) -> int:
    """Whole posts for a requirement: a fraction up to the tolerance × its whole number is dropped [post].

    >>> whole_posts(2.2, tolerance_share=0.1), whole_posts(2.21, tolerance_share=0.1)
    (2, 3)
    """
    posts = _exact(required)
    whole = posts.numerator // posts.denominator
    return whole if posts - whole <= whole * _exact(tolerance_share) else whole + 1


def with_balance(table: pd.DataFrame) -> pd.DataFrame:
    """The table with `ratio` (existing ÷ required; empty for none) and `difference` (existing − required).

    table: posts_required, posts_existing, as `staffing.required_posts` gives them. Ratio 1: in balance, below
    1: under pressure; difference below 0: a shortage [post].
    """
    required, existing = table["posts_required"], table["posts_existing"]
    ratio = (existing / required.where(required > 0)).astype("Float64")
    return table.assign(ratio=ratio, difference=existing - required)


def _exact(figure: Figure) -> Fraction:
    exact = figure if isinstance(figure, Fraction) else Fraction(str(figure))
    if exact < 0:
        raise LawError(Problem("law_not_a_number", values={"found": figure}))
    return exact

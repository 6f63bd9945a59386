"""Walks along the register: one loop over the households says whom a month concerns, and how."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.chance import EXPONENTIAL_ONE
from simlib.compiled import compiled
from simlib.units import DAYS_PER_YEAR
from simlib.years.cases.households import (
    APPLIED,
    GONE,
    HIDDEN,
    NEVER_DAY,
    ON_BOOKS,
    SETTLED,
    STOCKS,
    Households,
)
from simlib.years.cases.rates import CaseloadRates
from simlib.years.cases.requests import Span

Whole = NDArray[np.int64]
Truth = NDArray[np.bool_]

_DAILY = EXPONENTIAL_ONE / DAYS_PER_YEAR


@dataclass(frozen=True, slots=True)
class Forward:
    """Hidden families that are found in a month, by row, and the day.

    supported: households on the books as the month before closed [programmes × townships].
    left: those of them whose death is noticed and who were paid by then [townships × programmes].
    """

    rows: Whole
    day: Whole
    supported: Whole
    left: Whole


def come_forward(
    own: Households, rates: CaseloadRates, assistants_per_village: NDArray[np.float64], span: Span
) -> Forward:
    """Bury the dead, and find hidden families by their own step or by a village assistant.

    assistants_per_village: by township. The households move on a stage.
    """
    areas = len(assistants_per_village)
    supported = np.zeros((len(STOCKS), areas), dtype=np.int64)
    left = np.zeros((areas, len(STOCKS)), dtype=np.int64)
    found = np.empty((2, len(own)), dtype=np.int64)
    made = _come_forward(
        (own.area, own.programme, own.stage),
        (own.need_day, own.ends_day, own.death_day, own.noticed_day, own.paid_from),
        (own.own_left, own.village_left),
        round(rates.own_per_year * _DAILY),
        np.round(rates.village_per_year * assistants_per_village * _DAILY).astype(np.int64),
        (span.from_plan, span.first, span.last),
        (supported, left),
        found,
    )
    return Forward(found[0, :made], found[1, :made], supported, left)


@compiled
def _come_forward(
    who: tuple[Whole, Whole, Whole],
    life: tuple[Whole, Whole, Whole, Whole, Whole],
    thresholds: tuple[Whole, Whole],
    own_rate: int,
    village_rates: Whole,
    when: tuple[int, int, int],
    counts: tuple[NDArray[np.int64], NDArray[np.int64]],
    found: NDArray[np.int64],
) -> int:
    """Write the rows that are found and the days, and return how many.

    thresholds: what is left of them [2**-24]; own_rate, village_rates: used up in a day, by township.
    """
    area, programme, stage = who
    need_day, ends_day, death_day, noticed_day, paid_from = life
    own_left, village_left = thresholds
    month, first, last = when
    supported, left = counts
    made = 0
    for row in range(len(area)):
        if stage[row] == ON_BOOKS:
            supported[programme[row], area[row]] += 1
            if noticed_day[row] < first:
                left[area[row], programme[row]] += paid_from[row] <= month
                stage[row] = GONE
        elif stage[row] == APPLIED:
            if death_day[row] < first:
                stage[row] = GONE
        elif stage[row] == HIDDEN:
            if death_day[row] < first or ends_day[row] < first:
                stage[row] = GONE
                continue
            since = max(need_day[row], first)
            days = max(last - since, 0)
            wait, village = NEVER_DAY, village_rates[area[row]]
            if own_rate:
                wait = own_left[row] // own_rate
            if village > 0:
                wait = min(wait, village_left[row] // village)
            own_left[row] -= own_rate * days
            village_left[row] -= village * days
            if wait >= days:
                continue
            day = since + wait
            if day <= ends_day[row] and day <= death_day[row]:
                stage[row] = APPLIED
                found[0, made], found[1, made] = row, day
                made += 1
            else:
                ends_day[row] = min(ends_day[row], first)
    return made


@dataclass(frozen=True, slots=True)
class Seen:
    """Rows of households that a month looks at.

    reviews: due and not under way. shadow_reviews: those the shadow holds that end support. ended: paid, or
    paid in the shadow, and no longer eligible. compared: on the books and eligible, where the books are
    compared with other data. visited: who gets care visits.
    """

    reviews: Whole
    shadow_reviews: Whole
    ended: Whole
    compared: Whole
    visited: Whole


_REVIEWS, _SHADOW_REVIEWS, _ENDED, _COMPARED, _VISITED = range(5)


def look_over(own: Households, span: Span, *, compared: Truth, visited: int) -> Seen:
    """Whom a month looks at; compared: programmes whose books are compared, visited: the one visited."""
    rows, made = np.empty((5, len(own)), dtype=np.int64), np.zeros(5, dtype=np.int64)
    _look_over(
        (own.stage, own.programme, own.in_review),
        (own.review_day, own.ends_day, own.death_day),
        (own.least_from, own.least_to, own.least_day),
        (span.from_plan, span.first, span.last),
        compared,
        visited,
        rows,
        made,
    )
    return Seen(*(column[:count] for column, count in zip(rows, made.tolist(), strict=True)))


@compiled
def _look_over(
    who: tuple[Whole, Whole, Whole],
    days: tuple[Whole, Whole, Whole],
    least: tuple[Whole, Whole, Whole],
    when: tuple[int, int, int],
    compared: Truth,
    visited: int,
    rows: NDArray[np.int64],
    made: Whole,
) -> None:
    """Write the rows of each kind and how many there are, in the order of `Seen`."""
    stage, programme, in_review = who
    review_day, ends_day, death_day = days
    least_from, least_to, least_day = least
    month, first, last = when
    for row in range(len(stage)):
        in_shadow = least_from[row] <= month < least_to[row]
        if least_to[row] == month and least_day[row] != SETTLED:
            rows[_SHADOW_REVIEWS, made[_SHADOW_REVIEWS]] = row
            made[_SHADOW_REVIEWS] += 1
        on_books = stage[row] == ON_BOOKS
        if not on_books and not in_shadow:
            continue
        lives, ended = death_day[row] >= first, ends_day[row] < first
        if ended and lives:
            rows[_ENDED, made[_ENDED]] = row
            made[_ENDED] += 1
        if not on_books:
            continue
        if in_review[row] == 0 and review_day[row] < last:
            rows[_REVIEWS, made[_REVIEWS]] = row
            made[_REVIEWS] += 1
        if lives and not ended and compared[programme[row]]:
            rows[_COMPARED, made[_COMPARED]] = row
            made[_COMPARED] += 1
        if programme[row] == visited:
            rows[_VISITED, made[_VISITED]] = row
            made[_VISITED] += 1

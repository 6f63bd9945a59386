"""Counts of households at the end of a month, by township and programme."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled
from simlib.years.cases.households import GONE, HIDDEN, ON_BOOKS, STOCKS, Households

Whole = NDArray[np.int64]

COUNTED = (
    "households",
    "persons",
    "undiscovered",
    "excluded_months",
    "excluded_unknown",
    "excluded_route",
    "overpaid_months",
    "overpaid_persons",
    "overpaid_design",
    "overpaid_design_persons",
    "phase_out_months",
    "phase_out_persons",
)


def census(own: Households, areas: int, *, month: int, first_day: int) -> dict[str, Whole]:
    """Counts by name, each by township and programme [townships × programmes].

    month: of the plan; first_day: its first civil day.
    """
    totals = np.zeros((len(COUNTED), areas, len(STOCKS)), dtype=np.int64)
    _count(
        (own.area, own.programme, own.persons, own.stage),
        (own.need_day, own.ends_day, own.death_day, own.noticed_day),
        (own.paid_from, own.least_from, own.least_to, own.phase_to),
        (month, first_day),
        totals,
    )
    return dict(zip(COUNTED, totals, strict=True))


@compiled
def _count(
    who: tuple[Whole, Whole, Whole, Whole],
    life: tuple[Whole, Whole, Whole, Whole],
    pay: tuple[Whole, Whole, Whole, Whole],
    when: tuple[int, int],
    totals: NDArray[np.int64],
) -> None:
    """Add every household to the totals it belongs to, in the order of COUNTED.

    who: township, programme, persons, stage. life: days need begins, eligibility ends, life ends, that is
    noticed. pay: first month paid; first month paid in the shadow and the month after its last; the month
    after the last paid on by law once support has ended. when: month, its first day.
    """
    area, programme, persons, stage = who
    need_day, ends_day, death_day, noticed_day = life
    paid_from, least_from, least_to, phase_to = pay
    month, first_day = when
    for row in range(len(area)):
        cell = totals[:, area[row], programme[row]]
        is_paid = stage[row] == ON_BOOKS and paid_from[row] <= month
        in_shadow = least_from[row] <= month < least_to[row]
        is_alive = death_day[row] >= first_day
        qualifies = is_alive and ends_day[row] >= first_day
        if is_paid:
            cell[0] += 1
            cell[1] += persons[row]
        if stage[row] == HIDDEN:
            cell[2] += 1
        if qualifies and not is_paid and need_day[row] < first_day:
            cell[3] += 1
            if stage[row] == HIDDEN:
                cell[4] += 1
            elif not in_shadow:
                cell[5] += 1
        if is_paid and not qualifies:
            cell[6] += 1
            cell[7] += persons[row]
        if in_shadow and noticed_day[row] >= first_day and not qualifies:
            cell[8] += 1
            cell[9] += persons[row]
        if stage[row] == GONE and is_alive and month < phase_to[row]:
            cell[10] += 1
            cell[11] += persons[row]

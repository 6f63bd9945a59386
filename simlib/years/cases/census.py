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
    cells = np.zeros((areas, len(STOCKS), len(COUNTED)), dtype=np.int64)
    _count(
        (own.area, own.programme, own.persons, own.stage),
        (own.need_day, own.ends_day, own.death_day, own.noticed_day),
        (own.paid_from, own.least_from, own.least_to, own.phase_to),
        (month, first_day),
        cells,
    )
    return dict(zip(COUNTED, np.moveaxis(cells, -1, 0).copy(), strict=True))


@compiled
def _count(
    who: tuple[Whole, Whole, Whole, Whole],
    life: tuple[Whole, Whole, Whole, Whole],
    pay: tuple[Whole, Whole, Whole, Whole],
    when: tuple[int, int],
    cells: NDArray[np.int64],
) -> None:
    """Add every household to the counts of its cell, in the order of COUNTED; reckoned without branches.

    who: township, programme, persons, stage. life: days need begins, eligibility ends, life ends, that is
    noticed. pay: first month paid; first month paid in the shadow and the month after its last; the month
    after the last paid on by law once support has ended. when: month, its first day.
    """
    area, programme, persons, stage = who
    need_day, ends_day, death_day, noticed_day = life
    paid_from, least_from, least_to, phase_to = pay
    month, first_day = when
    for row in range(len(area)):
        cell, of_us, now = cells[area[row], programme[row]], persons[row], stage[row]
        is_paid = (now == ON_BOOKS) & (paid_from[row] <= month)
        in_shadow = (least_from[row] <= month) & (month < least_to[row])
        is_hidden, is_alive = now == HIDDEN, death_day[row] >= first_day
        qualifies = is_alive & (ends_day[row] >= first_day)
        cell[0] += is_paid
        cell[1] += is_paid * of_us
        cell[2] += is_hidden
        is_excluded = qualifies & (not is_paid) & (need_day[row] < first_day)
        cell[3] += is_excluded
        cell[4] += is_excluded & is_hidden
        cell[5] += is_excluded & (not is_hidden) & (not in_shadow)
        is_overpaid = is_paid & (not qualifies)
        cell[6] += is_overpaid
        cell[7] += is_overpaid * of_us
        is_designed = in_shadow & (noticed_day[row] >= first_day) & (not qualifies)
        cell[8] += is_designed
        cell[9] += is_designed * of_us
        is_phased_out = (now == GONE) & is_alive & (month < phase_to[row])
        cell[10] += is_phased_out
        cell[11] += is_phased_out * of_us

"""Loops over families, compiled: who is called to be assessed, what each needs, how each fared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled
from simlib.years.cases.households import ON_BOOKS

Whole = NDArray[np.int64]

WAITING, ASKED, ASSESSED = range(3)
"""States of a family: its first assessment is still to come; one is at the desk; it has been assessed."""
NO_NEED = -1
"""Grade of a family that needs nothing, or has not been assessed."""
CHANGE, GRADE, INDICATORS = range(3)
"""Lanes of an assessment's draws: when the family changes, its grade, then its indicators and items."""


@compiled
def walk(
    register: tuple[Whole, Whole, Whole],
    index: tuple[Whole, Whole],
    family: tuple[Whole, Whole, Whole],
    when: tuple[int, Whole],
    counts: NDArray[np.int64],
    out: tuple[Whole, Whole],
) -> tuple[int, int]:
    """Walk along register and families, both by ascending key; how many came and how many are called.

    counts: households on the books and those covered, in the first two rows [5 × townships].
    """
    key, area, stage = register
    keys, slots = index
    state, due, gone = family
    month, begins = when
    new, rows = out
    at, came, called = 0, 0, 0
    for row in range(len(key)):
        while at < len(keys) and keys[at] < key[row]:
            gone[slots[at]] = 1
            at += 1
        slot = -1
        if at < len(keys) and keys[at] == key[row]:
            slot = slots[at]
            at += 1
        if stage[row] == ON_BOOKS:
            counts[0, area[row]] += 1
            if month >= begins[area[row]]:
                counts[1, area[row]] += 1
                if slot < 0:
                    new[came] = row
                    came += 1
                elif state[slot] != ASKED and due[slot] <= month and not gone[slot]:
                    rows[called] = slot
                    called += 1
        elif slot >= 0:
            gone[slot] = 1
    while at < len(keys):
        gone[slots[at]] = 1
        at += 1
    return came, called


@compiled
def assess(
    rows: Whole,
    draw: NDArray[np.uint32],
    needs: tuple[NDArray[np.int64], ...],
    who: tuple[Whole, Whole],
    found: tuple[Whole, Whole, Whole],
) -> None:
    """Find indicators, items and grade of families from their draws; see `needs.profile` for the rule."""
    _, grades, indicators, limits = needs
    programme, kind = who
    items, have, grade = found
    count, offered = indicators.shape[2], limits.shape[2]
    for at in range(len(rows)):
        row = rows[at]
        mine = 0
        for place in range(count):
            if draw[at, INDICATORS + place] < indicators[programme[row], kind[row], place]:
                mine |= 1 << place
        needed, limit = 0, limits[programme[row], mine]
        for item in range(offered):
            if draw[at, INDICATORS + count + item] < limit[item]:
                needed |= 1 << item
        items[row], have[row] = needed, mine
        grade[row] = NO_NEED
        if needed:
            grade[row] = 0
            for step in range(grades.shape[1] - 1):
                if draw[at, GRADE] >= grades[programme[row], step]:
                    grade[row] = step + 1


@compiled
def count_fared(
    who: tuple[Whole, Whole, Whole],
    orders: tuple[Whole, Whole, Whole, Whole],
    sizes: tuple[int, int],
    counts: NDArray[np.int64],
) -> None:
    """Count how the families assessed so far fared, by township × programme × grade [cells × 6]."""
    area, programme, grade = who
    was_assessed, items, served, unmet = orders
    programmes, grades = sizes
    for row in range(len(area)):
        if not was_assessed[row]:
            continue
        rank = grades - 1 if grade[row] == NO_NEED else grade[row]
        cell = counts[(area[row] * programmes + programme[row]) * grades + rank]
        cell[0] += 1
        if not items[row]:
            continue
        cell[1] += 1
        if served[row] and not unmet[row]:
            cell[2] += 1
        elif served[row]:
            cell[3] += 1
        elif unmet[row]:
            cell[4] += 1
        else:
            cell[5] += 1

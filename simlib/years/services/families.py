"""Families on the books as services see them: when each is assessed, what it needs, what it got this year.

They are the households of the caseload's own register, found by address; nobody is drawn twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.chance import Luck, Purpose, unit_exponential
from simlib.desks.network import Columns, Growing
from simlib.units import MONTHS_PER_YEAR
from simlib.years.cases.households import Households, household_key
from simlib.years.services.familyloops import (
    ASKED,
    ASSESSED,
    CHANGE,
    INDICATORS,
    NO_NEED,
    WAITING,
    assess,
    count_fared,
    walk,
)
from simlib.years.services.servicerules import ServiceRules

Whole = NDArray[np.int64]

FIRST, YEARLY, CHANGED = range(3)
"""Why a family is assessed."""
_SPREAD, _KIND, _PHASE = range(3)


@dataclass(frozen=True, slots=True)
class Family(Columns):
    """Families that services know of [families], in the order in which they came.

    key: `household_key`, with the township's index. area, number, programme: its address. kind: of household.
    phase: when in the month it is called on [2**-16]. state; due: month of its next assessment; reason: of
    it. based: month its present needs were found in. items, indicators: bits. grade: 0 the hardest, NO_NEED.
    gone: 1 once off the books. was_assessed: ever. open: its orders not yet delivered or given up. Of this
    year: ordered, served and unmet orders, and spent_fen held for it.
    """

    key: Whole
    area: Whole
    number: Whole
    programme: Whole
    kind: Whole
    phase: Whole
    state: Whole
    due: Whole
    reason: Whole
    based: Whole
    items: Whole
    indicators: Whole
    grade: Whole
    gone: Whole
    was_assessed: Whole
    open: Whole
    ordered: Whole
    served: Whole
    unmet: Whole
    spent_fen: Whole


@dataclass(frozen=True, slots=True)
class Called:
    """Families to be assessed in a month: rows, and how many of each reason [townships]."""

    rows: Whole
    counts: dict[str, Whole]


class Families:
    """The families of a run's townships. begins: month from which each township has services."""

    def __init__(self, rules: ServiceRules, luck: Luck, area_codes: Whole, begins: Whole) -> None:
        self.rules, self.luck, self.area_codes, self.begins = rules, luck, area_codes, begins
        self._book = Growing(Family.empty())
        self._keys, self._slots = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        self._open = np.zeros(len(area_codes), dtype=np.int64)
        """Assessments at the desk, by township."""

    @property
    def rows(self) -> Family:
        """The families, in columns that can be written to."""
        return self._book.rows

    def call(self, register: Households, month: int) -> Called:
        """Walk along the register at a month's start: who comes, who is gone, who is to be assessed."""
        areas, own = len(self.area_codes), self.rows
        counts = np.zeros((5, areas), dtype=np.int64)
        new, rows = np.empty(len(register), dtype=np.int64), np.empty(len(own), dtype=np.int64)
        keys = household_key(register.area, register.number)
        came, called = walk(
            (keys, register.area, register.stage),
            (self._keys, self._slots),
            (own.state, own.due, own.gone),
            (month, self.begins),
            counts,
            (new, rows),
        )
        first = self._add(register.pick(new[:came]), keys[new[:came]], month)
        rows = np.concatenate([rows[:called], first])
        self.rows.state[rows] = ASKED
        np.add.at(counts, (2 + self.rows.reason[rows], self.rows.area[rows]), 1)
        open_start = self._open.copy()
        self._open += counts[2:].sum(axis=0)
        names = ("households", "covered", "asked_first", "asked_yearly", "asked_change")
        return Called(rows, {**dict(zip(names, counts, strict=True)), "open_start": open_start})

    def _add(self, new: Households, keys: Whole, month: int) -> Whole:
        """Take in families; rows of those whose first assessment is due at once."""
        if not len(new):
            return np.zeros(0, dtype=np.int64)
        draw = self.luck.draws(
            Purpose.FAMILY, area=self.area_codes[new.area], subject=new.number, lanes=3
        ).astype(np.int64)
        at_start = self.begins[new.area] == month
        delay = np.where(at_start, draw[:, _SPREAD] * self.rules.first_months >> 32, 0)
        none, first = np.zeros(len(new), dtype=np.int64), len(self.rows)
        kinds = self.rules.needs.kinds[new.programme]
        self._book.add(
            Family(
                key=keys,
                area=new.area,
                number=new.number,
                programme=new.programme,
                kind=(draw[:, _KIND, None] >= kinds[:, :-1]).sum(axis=1),
                phase=draw[:, _PHASE] >> 16,
                state=none + WAITING,
                due=month + delay,
                reason=none + FIRST,
                based=none,
                items=none,
                indicators=none,
                grade=none + NO_NEED,
                gone=none,
                was_assessed=none,
                open=none,
                ordered=none,
                served=none,
                unmet=none,
                spent_fen=none,
            )
        )
        slots = np.arange(first, first + len(new), dtype=np.int64)
        at = np.searchsorted(self._keys, keys)
        self._keys, self._slots = np.insert(self._keys, at, keys), np.insert(self._slots, at, slots)
        at_once: Whole = slots[delay == 0]
        return at_once

    def find(self, area: Whole, number: Whole) -> Whole:
        """Rows of families that are here, by address."""
        rows: Whole = self._slots[np.searchsorted(self._keys, household_key(area, number))]
        return rows

    def assess(self, area: Whole, number: Whole, month: int) -> dict[str, Whole]:
        """Enter the assessments done in a month: needs, grade, and when the next is due [townships].

        A family asked again after a year needs what it did; one asked because it changed is asked afresh.
        """
        rows, areas = self.find(area, number), len(self.area_codes)
        own, dropped = self.rows, self.rows.gone[rows] == 1
        done = rows[~dropped]
        fresh, again = done[own.reason[done] != YEARLY], done[own.reason[done] == YEARLY]
        needs = self.rules.needs
        lanes = INDICATORS + needs.indicators.shape[2] + needs.items.shape[2]
        draw = self._draws(fresh, month, lanes)
        assess(fresh, draw, needs, (own.programme, own.kind), (own.items, own.indicators, own.grade))
        own.based[fresh] = month
        self._next(fresh, draw[:, CHANGE], month)
        self._next(again, self._draws(again, month, 1)[:, CHANGE], month)
        own.state[rows] = ASSESSED
        own.was_assessed[done] = 1
        self._open -= np.bincount(own.area[rows], minlength=areas)
        return {
            "done": np.bincount(own.area[done], minlength=areas),
            "in_need": np.bincount(own.area[done[own.items[done] != 0]], minlength=areas),
            "dropped": np.bincount(own.area[rows[dropped]], minlength=areas),
            "open_end": self._open.copy(),
        }

    def _draws(self, rows: Whole, month: int, lanes: int) -> NDArray[np.uint32]:
        own = self.rows
        return self.luck.draws(
            Purpose.ASSESSMENT,
            area=self.area_codes[own.area[rows]],
            subject=own.number[rows],
            matter=month + 1,
            lanes=lanes,
        )

    def _next(self, rows: Whole, draw: NDArray[np.uint32], month: int) -> None:
        """When families are assessed next: after a year, or when they change if that is sooner."""
        own, rate = self.rows, self.rules.change_rate
        wait = np.full(len(rows), MONTHS_PER_YEAR, dtype=np.int64)
        if rate:
            wait = np.minimum(unit_exponential(draw) // rate + 1, MONTHS_PER_YEAR)
        own.due[rows] = month + wait
        own.reason[rows] = np.where(wait < MONTHS_PER_YEAR, CHANGED, YEARLY)

    def year(self, areas: int) -> tuple[Whole, NDArray[np.int64]]:
        """How the families assessed by a year's end fared, by township × programme × grade (the last: none).

        Returns the numbers of the cells that hold any, and their counts [cells × 6]: assessed, with_need,
        wholly, partly, left_out, pending. Then the year's orders are forgotten.
        """
        own, grades = self.rows, self.rules.needs.grades.shape[1] + 1
        programmes = self.rules.needs.grades.shape[0]
        counts = np.zeros((areas * programmes * grades, 6), dtype=np.int64)
        count_fared(
            (own.area, own.programme, own.grade),
            (own.was_assessed, own.items, own.served, own.unmet),
            (programmes, grades),
            counts,
        )
        for tally in (own.ordered, own.served, own.unmet, own.spent_fen):
            tally[:] = 0
        cells = np.flatnonzero(counts[:, 0])
        return cells, counts[cells]

    def forget(self) -> Whole:
        """Let go of families off the books with nothing open; where each row stands now, −1 where nowhere."""
        own = self.rows
        stays = (own.gone == 0) | (own.open > 0) | (own.state == ASKED)
        moved = np.where(stays, np.cumsum(stays) - 1, -1)
        self._book.keep(stays)
        kept = moved[self._slots] >= 0
        self._keys, self._slots = self._keys[kept], moved[self._slots[kept]]
        return moved

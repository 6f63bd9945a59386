"""A month's cases before anyone touches them: who comes when, which steps each takes, how long each step is.

Everything here is a function of the case's address (area, household, matter), so it is the same under every
formula and budget, whatever else comes that month and whichever counties stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.chance import Luck, Purpose
from simlib.desks.handover import registered_in
from simlib.desks.network import Columns, Steps
from simlib.desks.norms import ELSEWHERE, FIRST_LANE, NO_CLOCK, Norms, bits_of, norms_from, rules_of
from simlib.desks.terms import NOT_SETTLED, Terms
from simlib.policy.procedure import (
    INELIGIBLE,
    NAMED_FLAGS,
    ON_DUTY,
    REMOTE,
    TOWNSHIP,
    WITHDRAWN,
    Clock,
    Procedures,
    Route,
    load_procedures,
)
from simlib.worktime import Calendar, work_calendar

__all__ = ["NOT_SETTLED", "NO_CLOCK", "Cases", "Matters", "Norms", "TraceMaker", "case_id", "norms_from"]

Whole = NDArray[np.int64]

FIFO, DUE = "fifo", "due"
"""First come, first served; or the earliest term first, those without one last."""

ON_CALL = "on_call"
"""The lever: a duty roster answers what comes outside opening hours; without it that waits for the desk."""

_ID_BITS, _AREA_BITS, _MATTER_BITS = 63, 48, 16
_FAR = 1 << 60
_BIT = {flag: 1 << place for place, flag in enumerate(NAMED_FLAGS)}


class Outcome(IntEnum):
    """How a matter ends: granted or kept; refused or ended; withdrawn, which no term counts."""

    GRANTED = 0
    REFUSED = 1
    WITHDRAWN = 2


@dataclass(frozen=True, slots=True)
class Matters(Columns):
    """Matters that come in a month [matters].

    route: number of the route. area: index of the township. household: its number. matter: its number among
    the household's. arrival: tick on the working axis, or civil minute where the route's clock runs in hours.
    ineligible: 1 where the family does not qualify.
    """

    route: Whole
    area: Whole
    household: Whole
    matter: Whole
    arrival: Whole
    ineligible: Whole


@dataclass(frozen=True, slots=True)
class Cases(Columns):
    """Cases [cases].

    accepted: when their term begins; entry: when their first step comes to its desk; due: NO_CLOCK without a
    legal term [tick]. deciding_step: the step whose end ends the matter; −1 where whoever is on duty decided
    it, at `settled` [tick], else NOT_SETTLED. outcome: an Outcome. taken: which steps of its route are taken
    at a desk, the first in the lowest bit.
    """

    id: Whole
    area: Whole
    route: Whole
    household: Whole
    matter: Whole
    ineligible: Whole
    accepted: Whole
    entry: Whole
    due: Whole
    deciding_step: Whole
    settled: Whole
    outcome: Whole
    taken: Whole


@dataclass(frozen=True, slots=True)
class Path:
    """What one matter turns out to be: flags, the clock that counts, the answer on duty after [minute].

    until_assistant: how long its visits wait for the assistant of the village, if for him [working day].
    """

    route: Route
    flags: frozenset[str]
    clock: Clock | None
    answer: int | None
    until_assistant: int


def case_id(area: Whole, household: Whole, matter: Whole) -> Whole:
    """The id of a case: its address among the areas side by side; order follows (area, household, matter)."""
    return (area << _AREA_BITS) | (household << _MATTER_BITS) | matter


class TraceMaker:
    """Turns matters into cases and steps, for one county or several side by side.

    area_codes: of the townships. area_office, bureau, verification: numbers of the office of each township,
    of its county's bureau and of its verification centre. trip_ticks: a round trip to a village [tick].
    levers: flags of policy that hold for every case. order: of those in one class that wait at a desk.
    second_visitor: one of SECOND_VISITORS. assistant_days: every how many working days an assistant is at
    hand in a village of each township, 0 where there is none; None: nowhere. roll: as in `Terms`.
    Raises ValueError for more townships than an id has room for.
    """

    def __init__(
        self,
        procedures: Procedures,
        norms: Norms,
        calendar: Calendar,
        luck: Luck,
        *,
        area_codes: Whole,
        area_office: Whole,
        bureau: Whole,
        verification: Whole,
        trip_ticks: Whole,
        levers: Iterable[str] = (),
        order: str = FIFO,
        second_visitor: str = TOWNSHIP,
        assistant_days: Whole | None = None,
        roll: bool = True,
    ) -> None:
        self.order = order
        self.procedures, self.norms, self.calendar, self.luck = procedures, norms, calendar, luck
        if len(area_codes) > 1 << (_ID_BITS - _AREA_BITS):
            raise ValueError(f"{len(area_codes)} townships side by side are more than a case's id can tell")
        self.area_codes, self.area_office = area_codes, area_office
        self.bureau, self.verification, self.trip_ticks = bureau, verification, trip_ticks
        self.assistant_days = np.zeros_like(area_codes) if assistant_days is None else assistant_days
        self.rules = rules_of(procedures, norms, second_visitor)
        self.terms = Terms(procedures, norms, calendar, roll=roll)
        self._on_call = ON_CALL in levers
        self._levers = sum(_BIT[lever] for lever in levers if lever != ON_CALL)

    def month(self, matters: Matters, first: int | None = None) -> tuple[Cases, Steps]:
        """The cases of these matters by ascending id, and their steps, case after case in the same order.

        first: id of the first case, the others count on from it in the order of their addresses (None: the id
        is the address). Raises ValueError where two matters have the same address.
        """
        ids = case_id(matters.area, matters.household, matters.matter)
        order = np.argsort(ids)
        matters, ids = matters.pick(order), ids[order]
        if (ids[1:] == ids[:-1]).any():
            raise ValueError("two matters of a month have the same address")
        if first is not None:
            ids = np.arange(first, first + len(ids))
        (flags, clock, deciding, lengths, answer, taken), steps = self._laid(matters, ids)
        remote = np.flatnonzero(flags & _BIT[REMOTE])
        if len(remote):
            self._hand_over(matters, remote, lengths, steps)
        firsts = np.cumsum(lengths) - lengths
        accepted = self.terms.accepted(matters.route, matters.arrival)
        due = self.terms.due(clock, matters.arrival)
        due[flags & _BIT[WITHDRAWN] != 0] = NO_CLOCK
        steps.rank[:] = np.repeat(_rank(due), lengths) if self.order == DUE else 0
        settled = self.terms.settled(clock, matters.arrival, answer, due)
        cases = Cases(
            id=ids,
            area=matters.area,
            route=matters.route,
            household=matters.household,
            matter=matters.matter,
            ineligible=matters.ineligible,
            accepted=accepted,
            entry=self.terms.entry(np.maximum(accepted, settled), steps, firsts),
            due=due,
            deciding_step=deciding,
            settled=settled,
            outcome=_outcome(flags),
            taken=taken,
        )
        return cases, steps

    def path_of(self, matter: Matters) -> Path:
        """What one matter turns out to be."""
        found, _ = self._laid(matter, np.zeros(1, dtype=np.int64))
        flags, clock, _, _, answer, _ = found[:, 0].tolist()
        kind = int(matter.route[0])
        route = next(route for route in self.procedures.routes.values() if route.number == kind)
        return Path(
            route,
            frozenset(name for name, bit in bits_of(route).items() if flags & bit),
            None if clock < 0 else route.clocks[clock - int(self.rules.first_clock[kind])],
            None if answer < 0 else answer,
            self._until_assistant(matter),
        )

    def _until_assistant(self, matter: Matters) -> int:
        paths = import_module("simlib.desks.paths")
        desks, draws = paths.Desks(*self._desks(matter)), paths.Draws(*self.draws(matter))
        return int(paths.until_assistant(desks, draws, 0))

    def _laid(self, matters: Matters, ids: Whole) -> tuple[NDArray[np.int64], Steps]:
        """What `paths.lay` finds of each matter, and the steps of all."""
        found = np.empty((6, len(ids)), dtype=np.int64)
        room = int(np.diff(self.rules.first_step)[matters.route].sum())
        columns = np.empty((len(Steps.names()), room), dtype=np.int64)
        paths = import_module("simlib.desks.paths")
        made = paths.lay(
            self.rules,
            matters.route,
            ids,
            self.given(matters),
            paths.Desks(*self._desks(matters)),
            paths.Draws(*self.draws(matters)),
            found,
            columns,
        )
        return found, Steps(*columns[:, :made])

    def _hand_over(self, matters: Matters, remote: Whole, lengths: Whole, steps: Steps) -> None:
        """Write the office of the township that handles each remote case."""
        town = registered_in(
            matters.area[remote],
            matters.household[remote],
            area_codes=self.area_codes,
            bureau=self.bureau,
            luck=self.luck,
        )
        handler = np.full(len(matters), ELSEWHERE, dtype=np.int64)
        handler[remote] = self.area_office[town]
        at = np.flatnonzero(steps.office == ELSEWHERE)
        steps.office[at] = np.repeat(handler, lengths)[at]

    def given(self, matters: Matters) -> Whole:
        """The flags of each matter that no route draws [bits]."""
        given = matters.ineligible * _BIT[INELIGIBLE] | self._levers
        if self._on_call:
            here = np.flatnonzero(self.terms.in_hours[matters.route])
            given[here] |= self.terms.is_shut(matters.arrival[here]) * _BIT[ON_DUTY]
        return given

    def _desks(self, matters: Matters) -> tuple[Whole, ...]:
        """The columns of `paths.Desks`."""
        columns = (
            *(self.area_office, self.bureau, self.verification),
            *(self.trip_ticks, self.assistant_days),
        )
        return tuple(column[matters.area] for column in columns)

    def draws(self, matters: Matters) -> tuple[NDArray[Any], ...]:
        """The columns of `paths.Draws`: for the flags and the lengths of each matter."""
        address = {
            "area": self.area_codes[matters.area],
            "subject": matters.household,
            "matter": matters.matter,
        }
        flags = _ends(np.diff(self.rules.first_flag)[matters.route])
        lengths = _ends(FIRST_LANE + np.diff(self.rules.first_step)[matters.route])
        return (
            self.luck.rows_of_draws(Purpose.MATTER, flags, **address),
            flags,
            self.luck.rows_of_draws(Purpose.MINUTES, lengths, **address),
            lengths,
        )


def _rank(due: Whole) -> Whole:
    """What goes first inside a class: the earliest term, what has none last."""
    return np.where(due == NO_CLOCK, _FAR, due)


def _outcome(flags: Whole) -> Whole:
    outcome = np.where(flags & _BIT[INELIGIBLE] != 0, Outcome.REFUSED, Outcome.GRANTED)
    return np.where(flags & _BIT[WITHDRAWN] != 0, Outcome.WITHDRAWN, outcome)


def _ends(counts: Whole) -> Whole:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])


def warm() -> None:
    """Compile the loop on no matter at all, or load what was compiled before."""
    none = np.zeros(0, dtype=np.int64)
    procedures = load_procedures()
    norms = norms_from(procedures, lambda _: 0)
    maker = TraceMaker(
        procedures,
        norms,
        work_calendar(2024, 2024),
        Luck(0, 0),
        area_codes=none,
        area_office=none,
        bureau=none,
        verification=none,
        trip_ticks=none,
    )
    maker.month(Matters.empty())

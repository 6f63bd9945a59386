"""The specification of desk work: the facts both engines read and the records both write.

Offices serve items. A case is a chain of steps; a step is one item, or two for a visit that needs two people.
Everything is known before a month is run (who comes when, how long each step takes), so an engine only
settles who serves what when. Counties are run together but each as if alone: an office has its county's
bureau, the offices of a county follow each other, and so do its cases and workers; nothing passes a border.
In each county:

1. Events happen in the order (tick, kind, id). Kinds: an entry (id of the case), a finish (id of the worker),
   a coming-back or taking-up of work (id of the worker).
2. Steps enter their office at `entry`. An item takes an idle worker who may do it: contract before payroll
   for transactional work, then who has been idle longest, then the lower id. Else it waits.
3. A worker who is free takes the waiting item of least (priority, rank, entry, case, part) that he may do.
4. A service once started is never interrupted: its finish is start + ceil(ticks × slowness) and may lie in
   a later month. Absence, leaving and month ends act when the work in hand ends.
5. The two items of a visit go to two different people; the next step waits for the later finish. The second
   goes to another one of the office than does the first; a bought companion is a contract worker, a lent one
   never of the office. An office that has none sends the second item to the bureau; where the bureau has none
   either, the item ends at once, served by nobody, and counts as an unlawful visit. People are those of the
   month who have not left; second items that wait where there are too few when a month starts are sent on
   again, by case, before anything enters.
6. A worker chooses his next item before what he has just finished goes on to its next step.
7. Who is idle while something waits takes up work at the start of the month, or once he is there.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from functools import cache
from typing import Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled

Whole = NDArray[np.int64]

NOBODY = -1


class Kind(IntEnum):
    """Kinds of workers at a desk; a payroll worker may do whatever a contract worker may."""

    CONTRACT = 0
    PAYROLL = 1


class Skill(IntEnum):
    """Who may do an item: a worker of kind k does those of skill k and k + 1."""

    CONTRACT_ONLY = 0
    ANYBODY = 1
    PAYROLL_ONLY = 2


class Party(IntEnum):
    """Who does a step: one person; or two, the second another one of the office, a contract worker, or
    somebody lent by the bureau."""

    ALONE = 1
    TWO = 2
    BOUGHT = 3
    LENT = 4


class Standing(IntEnum):
    """Where an item of an open case stands."""

    TO_COME = 0
    WAITING = 1
    IN_HAND = 2
    DONE = 3


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


class Columns:
    """Columns of equal length that are selected and joined together."""

    __slots__ = ()

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the columns."""
        return _names(cls)  # type: ignore[arg-type]  # a class is hashable, whatever its instances are

    @classmethod
    def empty(cls) -> Self:
        """No rows."""
        return cls(*(np.empty(0, dtype=np.int64) for _ in cls.names()))

    @classmethod
    def join(cls, parts: list[Self]) -> Self:
        """The rows of all parts, in their order."""
        if not parts:
            return cls.empty()
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.names()))

    def merge(self, new: Self, key: str) -> Self:
        """The rows of both in the order of a column, in which each of them is already ascending.

        Equal keys stand only in one of the two.
        """
        mine, theirs = getattr(self, key), getattr(new, key)
        at = places(mine, theirs) + np.arange(len(theirs))
        return type(self)(*(_woven(getattr(self, name), getattr(new, name), at) for name in self.names()))

    def pick(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Self:
        """The rows at an index or mask."""
        return type(self)(*(getattr(self, name)[rows] for name in self.names()))

    def __len__(self) -> int:
        return len(getattr(self, self.names()[0]))


Kept = TypeVar("Kept", bound=Columns)


class Growing(Generic[Kept]):
    """Columns with room to grow; `rows` are views that can be written to.

    by_row: the values of a row lie side by side, for rows that are read here and there, not from end to end.
    """

    def __init__(self, rows: Kept, *, by_row: bool = False) -> None:
        self._kind, self._names, self._by_row = type(rows), rows.names(), by_row
        self._block = self._room(len(rows))
        self._use(0)
        self.add(rows)

    def _room(self, used: int) -> Whole:
        """A block with room for rows and as many more [columns × rows]; what is not used takes no memory."""
        room, columns = 2 * used + 64, len(self._names)
        if self._by_row:
            return np.empty((room, columns), dtype=np.int64).T
        return np.empty((columns, room), dtype=np.int64)

    def _use(self, used: int) -> None:
        self._used = used
        self.rows: Kept = self._kind(*self._block[:, :used])

    def _make_room(self, used: int) -> None:
        if used > self._block.shape[1]:
            block = self._room(used)
            block[:, : self._used] = self._block[:, : self._used]
            self._block = block

    def add(self, more: Kept) -> None:
        """Append rows."""
        before, used = self._used, self._used + len(more)
        self._make_room(used)
        if self._by_row and len(more):
            columns = np.stack([getattr(more, name) for name in self._names])
            _side_by_side(columns, self._block.T[before:used])
        else:
            for column, name in zip(self._block, self._names, strict=True):
                column[before:used] = getattr(more, name)
        self._use(used)

    def lengthen(self, by: int) -> NDArray[np.int64]:
        """Append so many rows that are still to be written, by_row only [by × columns]."""
        before, used = self._used, self._used + by
        self._make_room(used)
        self._use(used)
        return self._block.T[before:used]

    @property
    def side_by_side(self) -> NDArray[np.int64]:
        """The values of each row, by_row only [rows × columns]."""
        return self._block.T[: self._used]

    def keep(self, stays: Whole | NDArray[np.bool_]) -> None:
        """Let go of the rows that do not stay, given by an ascending index or a mask; the room stays."""
        used = int(stays.sum()) if stays.dtype == bool else len(stays)
        if self._by_row:
            rows: Whole = np.flatnonzero(stays) if stays.dtype == bool else stays.astype(np.int64)
            _move_up(self._block.T, rows)
        else:
            for column in self._block:
                column[:used] = column[: self._used][stays]
        self._use(used)


@compiled
def _side_by_side(columns: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
    for row in range(columns.shape[1]):
        for column in range(len(columns)):
            rows[row, column] = columns[column, row]


@compiled
def _move_up(rows: NDArray[np.int64], stays: Whole) -> None:
    for to in range(len(stays)):
        row = stays[to]
        if row != to:
            for column in range(rows.shape[1]):
                rows[to, column] = rows[row, column]


@dataclass(frozen=True, slots=True)
class Steps(Columns):
    """Steps of cases, those of one case together and in order [steps].

    case: id of its case. office: where it is done. activity: number of the activity.
    payroll_only: whether contract workers may not do it. people: a Party.
    ticks: length of the service for each of them [tick].
    wait_kind, wait_length: what must pass between the step before and this one (worktime.WORKING …).
    priority: class of its case; the least goes first. rank: what goes first inside a class; the least: 0 in
    every step for first come, first served, or the due tick of its case for the earliest term first.
    """

    case: Whole
    office: Whole
    activity: Whole
    payroll_only: Whole
    people: Whole
    ticks: Whole
    wait_kind: Whole
    wait_length: Whole
    priority: Whole
    rank: Whole


@dataclass(frozen=True, slots=True)
class OpenWork(Columns):
    """Where each open case stands [open cases].

    case: its id. step: which of its steps is under way. entry: when that step enters or entered its
    office [tick]. For the lead (0) and the companion (1): standing, the office that has it, the worker who
    has or had it (NOBODY), start and finish of the service [tick].
    """

    case: Whole
    step: Whole
    entry: Whole
    standing0: Whole
    office0: Whole
    worker0: Whole
    start0: Whole
    finish0: Whole
    standing1: Whole
    office1: Whole
    worker1: Whole
    start1: Whole
    finish1: Whole


@dataclass(frozen=True, slots=True)
class Roster(Columns):
    """Workers of a month [workers], by ascending id.

    id: post and incumbent. office, kind: where and what. present_from, present_to: window of employment,
    half-open [tick]. slowness: time needed ÷ time planned, in 2**-16 parts. idle_since [tick].
    """

    id: Whole
    office: Whole
    kind: Whole
    present_from: Whole
    present_to: Whole
    slowness: Whole
    idle_since: Whole


@dataclass(frozen=True, slots=True)
class Absences(Columns):
    """Half-open absences of workers [absences], by (worker id, from), never touching each other [tick]."""

    worker: Whole
    absent_from: Whole
    absent_to: Whole


@dataclass(frozen=True, slots=True)
class Services(Columns):
    """What was done [services], by (county, finish, case, step, part).

    worker is NOBODY for the second item of an unlawful visit. completes: 1 where its step was over with it.
    """

    case: Whole
    step: Whole
    part: Whole
    office: Whole
    activity: Whole
    worker: Whole
    entry: Whole
    start: Whole
    finish: Whole
    completes: Whole


@dataclass(frozen=True, slots=True)
class MonthDone:
    """A month of desk work: the services that finished in it, what stays open, since when workers idle."""

    services: Services
    steps: Steps
    work: OpenWork
    idle_since: dict[int, int]


@dataclass(frozen=True, slots=True)
class DeskMonth:
    """A month at desks that keep what stays open: the services that finished in it, since when workers idle.

    in_hand: ids of the workers with something in hand, ascending. waiting: items that wait at each office;
    waiting_ticks: their length [tick].
    """

    services: Services
    idle_since: dict[int, int]
    in_hand: Whole
    waiting: Whole
    waiting_ticks: Whole


def absences_of(away: NDArray[np.bool_], workers: Whole, *, start: int, day_ticks: int) -> Absences:
    """The absences behind whole days away [workers × days].

    workers: their ids. start: of the first day; day_ticks: length of a day [tick].

    >>> found = absences_of(np.array([[True, True, False, True]]), np.array([7]), start=0, day_ticks=10)
    >>> found.worker.tolist(), found.absent_from.tolist(), found.absent_to.tolist()
    ([7, 7], [0, 30], [20, 40])
    """
    edges = np.diff(np.pad(away, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    worker, begins = np.nonzero(edges == 1)
    _, ends = np.nonzero(edges == -1)
    return Absences(workers[worker], start + begins * day_ticks, start + ends * day_ticks)


ByCase = TypeVar("ByCase", Steps, OpenWork)


def first_entries(case: Whole, entry: Whole, office: Whole) -> OpenWork:
    """New cases as open work: each enters the office of its first step at its time [tick]."""
    none, nobody = np.zeros(len(case), dtype=np.int64), np.full(len(case), NOBODY, dtype=np.int64)
    return OpenWork(case, none, entry, none, office, nobody, none, none, none, office, nobody, none, none)


def first_steps(steps: Steps) -> Whole:
    """The row of the first step of each case [cases]."""
    rows = np.empty(len(steps), dtype=np.int64)
    return rows[: _firsts(steps.case, rows)]


@compiled
def _firsts(case: Whole, rows: Whole) -> int:
    count = 0
    for row in range(len(case)):
        rows[count] = row
        count += int(row == 0 or case[row] != case[row - 1])
    return count


def counties(bureau: Whole) -> Whole:
    """The first office of each county, and at the end the number of all offices [counties + 1].

    bureau: number of the office that is the bureau of its county, for each office [offices].
    Raises ValueError unless each bureau is its own and the offices of a county follow each other.

    >>> counties(np.array([1, 1, 1, 4, 4]))
    array([0, 3, 5])
    """
    is_place = len(bureau) == 0 or (bureau.min() >= 0 and bureau.max() < len(bureau))
    if not is_place or (bureau[bureau] != bureau).any() or (np.diff(bureau) < 0).any():
        raise ValueError("the bureau of a county is one of its offices, and these follow each other")
    return np.append(np.flatnonzero(np.diff(bureau, prepend=-1)), len(bureau)).astype(np.int64)


def ascending(rows: ByCase) -> ByCase:
    """The same rows by ascending case; those of one case keep their order."""
    return rows.pick(np.argsort(rows.case, kind="stable"))


def canonical(services: Services, bureau: Whole) -> Services:
    """The same services in the order (county, finish, case, step, part); bureau: of each office."""
    county = bureau[services.office]
    return services.pick(np.lexsort((services.part, services.step, services.case, services.finish, county)))


@compiled
def places(ascending: Whole, wanted: Whole) -> Whole:
    """Where each of some ascending values would stand among ascending values, before its equals [wanted].

    As np.searchsorted, in one walk along both.
    """
    found = np.empty(len(wanted), dtype=np.int64)
    at, end = 0, len(ascending)
    for row in range(len(wanted)):
        value = wanted[row]
        while at < end and ascending[at] < value:
            at += 1
        found[row] = at
    return found


@compiled
def _woven(mine: Whole, theirs: Whole, at: Whole) -> Whole:
    """Both columns as one, theirs at these ascending places [mine + theirs]."""
    both = np.empty(len(mine) + len(theirs), dtype=np.int64)
    row, taken = 0, 0
    for place in range(len(both)):
        if row < len(at) and at[row] == place:
            both[place] = theirs[row]
            row += 1
        else:
            both[place] = mine[taken]
            taken += 1
    return both

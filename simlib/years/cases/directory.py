"""Where a household stands: rows by key, found in one step or two whatever their number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled
from simlib.desks.network import Columns, Growing

Whole = NDArray[np.int64]

_EMPTY = -1
_ROOM = 2
"""Slots for each key, at least; once there are fewer the table is made anew."""


@dataclass(frozen=True, slots=True)
class _Keys(Columns):
    key: Whole


class Directory:
    """Rows by key, which are below 2**47 and all different: an open table of hashed keys."""

    def __init__(self, keys: Whole) -> None:
        self._keys = Growing(_Keys(keys))
        self._make()

    def _make(self) -> None:
        keys = self._keys.rows.key
        self._slots = np.full(1 << (_ROOM * len(keys) + 64).bit_length(), _EMPTY, dtype=np.int32)
        _enter(keys, 0, self._slots)

    def add(self, keys: Whole) -> None:
        """Append keys, in the next rows."""
        before = len(self._keys.rows)
        self._keys.add(_Keys(keys))
        if _ROOM * len(self._keys.rows) > len(self._slots):
            self._make()
        else:
            _enter(self._keys.rows.key, before, self._slots)

    def keep(self, stays: NDArray[np.bool_]) -> None:
        """Let go of the rows that do not stay; the others move up."""
        self._keys.keep(stays)
        self._make()

    def find(self, wanted: Whole) -> tuple[Whole, NDArray[np.bool_]]:
        """Rows of keys, and which of them are here; the row of one that is not says nothing.

        >>> rows, known = Directory(np.array([7, 3])).find(np.array([3, 5, 7]))
        >>> rows[known].tolist(), known.tolist()
        ([1, 0], [True, False, True])
        """
        rows = np.empty(len(wanted), dtype=np.int64)
        _find(self._keys.rows.key, wanted, self._slots, rows)
        known = rows != _EMPTY
        return np.where(known, rows, 0), known


@compiled
def _enter(keys: Whole, first: int, slots: NDArray[np.int32]) -> None:
    """Note the rows from `first` on in the next free slot from their own."""
    last = len(slots) - 1
    for row in range(first, len(keys)):
        key = keys[row]
        slot = ((key >> 20) * 0x9E3779B1 + (key & 0xFFFFF) * 0x85EBCA77) >> 16 & last
        while slots[slot] >= 0:
            slot = (slot + 1) & last
        slots[slot] = row


@compiled
def _find(keys: Whole, wanted: Whole, slots: NDArray[np.int32], rows: Whole) -> None:
    """Write the row of each key, below 0 where it is not here."""
    last = len(slots) - 1
    for at in range(len(wanted)):
        key = wanted[at]
        slot = ((key >> 20) * 0x9E3779B1 + (key & 0xFFFFF) * 0x85EBCA77) >> 16 & last
        row = slots[slot]
        while row >= 0 and keys[row] != key:
            slot = (slot + 1) & last
            row = slots[slot]
        rows[at] = row

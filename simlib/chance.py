"""Addressed chance: every random number is a function of what it is for, never of when it is drawn.

Generator: Philox4x32-10 (Salmon, Moraes, Dror & Shaw, SC'11, "Parallel random numbers: as easy as 1, 2, 3"),
checked against the authors' known answers. An address is laid out in its 192 bits as

    key      word 0  seed            word 1  replication
    counter  word 0  area            word 1  subject (a household, a post)
             word 2  matter          word 3  purpose << 16 | block

A block gives four lanes of 32 bits; `draws` asks for as many lanes as a purpose needs. Two addresses that
differ anywhere give unrelated numbers, so the same family meets the same luck under every formula.

Numbers become durations through tables of whole numbers (`QuantileTable`), never through a floating-point
function of the draw, so every processor gives the same tables.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import IntEnum
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlib.compiled import compiled, has_compiler

Words = NDArray[np.uint32]
Whole = NDArray[np.int64]

_MULTIPLY = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW, _SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)
_LOW_HALF, _AREA_BITS = 0xFFFFFFFF, 32
_ROUNDS = 10
_LANES = 4

DRAW_ONE = 1 << 32
"""One past the largest draw."""

_FINE_BITS = 12
EXPONENTIAL_ONE = 1 << 24
"""A mean of one in the whole numbers that `unit_exponential` returns."""


class Purpose(IntEnum):
    """What a number is drawn for. Values are part of every address and never change."""

    NEED_GAPS = 1
    LIFE = 2
    DISCOVERY = 3
    OPENING = 4
    MATTER = 5
    MINUTES = 6
    TRAVEL = 7
    LAGS = 8
    ABSENCE = 9
    RECRUITMENT = 10
    TENURE = 11
    FLOW_GAPS = 12
    SYNTHESIS = 13
    ARRIVAL = 14
    REGISTER = 15
    LEAVING = 16
    PROVIDER = 30
    TENDER = 31
    BID = 32
    CONTRACT = 33
    SUPERVISION = 34
    EVALUATION = 35
    FAMILY = 40
    ASSESSMENT = 41
    SERVICE = 42
    SERVICE_PROVIDER = 43
    SERVICE_ABSENCE = 44
    SERVICE_EVALUATION = 45


def philox(counter: tuple[ArrayLike, ...], key: tuple[ArrayLike, ...]) -> tuple[Words, Words, Words, Words]:
    """The four words Philox4x32-10 gives for a counter of four words under a key of two."""
    c0, c1, c2, c3 = (np.asarray(word, dtype=np.uint64) for word in counter)
    k0, k1 = (np.asarray(word, dtype=np.uint64) for word in key)
    for turn in range(_ROUNDS):
        if turn:
            k0, k1 = (k0 + np.uint64(_WEYL[0])) & _LOW, (k1 + np.uint64(_WEYL[1])) & _LOW
        first, second = c0 * _MULTIPLY[0], c2 * _MULTIPLY[1]
        c0, c1, c2, c3 = (
            (second >> _SHIFT) ^ c1 ^ k0,
            second & _LOW,
            (first >> _SHIFT) ^ c3 ^ k1,
            first & _LOW,
        )
    w0, w1, w2, w3 = (word.astype(np.uint32) for word in np.broadcast_arrays(c0, c1, c2, c3))
    return w0, w1, w2, w3


@dataclass(frozen=True, slots=True)
class Luck:
    """The chance of one replication under one seed, and of others beside it (`in_replication`)."""

    seed: int
    replication: int

    def draws(
        self, purpose: Purpose, *, area: ArrayLike, subject: ArrayLike, matter: ArrayLike = 0, lanes: int = 1
    ) -> Words:
        """Uniform draws 0 … 2**32 − 1, one row for each address [rows × lanes].

        area: area code, by itself or with `in_replication`; subject: household or post; matter: which of its
        matters. They broadcast.
        """
        where = np.atleast_1d(np.asarray(area))
        whose, which = np.asarray(subject), np.asarray(matter)
        rows = max(where.size, whose.size, which.size)
        if 0 in (where.size, whose.size, which.size):
            return np.empty((0, lanes), dtype=np.uint32)
        ends = np.arange(rows + 1, dtype=np.int64) * lanes
        return self.rows_of_draws(purpose, ends, area=where, subject=whose, matter=which).reshape(rows, lanes)

    def rows_of_draws(
        self, purpose: Purpose, ends: Whole, *, area: ArrayLike, subject: ArrayLike, matter: ArrayLike
    ) -> Words:
        """The same draws, but as many as each address needs, one address after the other [draws].

        ends: where the draws of each address begin, and the end of all [rows + 1].
        """
        where = np.asarray(area, dtype=np.int64)
        address = np.empty((4, len(ends) - 1), dtype=np.uint32)
        address[0], address[1], address[2] = where & _LOW_HALF, subject, matter
        address[3] = self.replication + (where >> _AREA_BITS)
        out = np.empty(ends[-1], dtype=np.uint32)
        _fill_in(out, ends, address, int(purpose) << 16, self.seed)
        return out


def in_replication(area: Whole, replication: Whole | int) -> Whole:
    """Area codes whose draws are those of a replication `replication` further than the luck's own.

    So areas of several replications stand side by side in one call.
    """
    return area | (np.asarray(replication, dtype=np.int64) << _AREA_BITS)


def _fill(out: Words, ends: Whole, address: Words, purpose: int, seed: int) -> None:
    """Fill `out` for the addresses in the columns of `address`; each has its stretch between two `ends`.

    address: area, subject, matter, replication [4 × addresses].
    """
    first, lanes = ends[:-1], np.diff(ends)
    for block in range(-(-int(lanes.max(initial=0)) // _LANES)):
        last = np.uint64(purpose | block)
        words = philox((address[0], address[1], address[2], last), (seed, address[3]))
        for lane in range(_LANES):
            here = lanes > block * _LANES + lane
            out[first[here] + block * _LANES + lane] = words[lane][here]


def _fill_one_by_one(out: Words, ends: Whole, address: Words, purpose: int, seed: int) -> None:
    """The same as `_fill`, address by address: about ten times sooner where loops are compiled."""
    for row in range(address.shape[1]):
        first, end = ends[row], ends[row + 1]
        for block in range((end - first + 3) // 4):
            c0, c1 = np.uint64(address[0, row]), np.uint64(address[1, row])
            c2, c3 = np.uint64(address[2, row]), np.uint64(purpose | block)
            k0, k1 = np.uint64(seed), np.uint64(address[3, row])
            for turn in range(_ROUNDS):
                if turn:
                    k0 = (k0 + np.uint64(_WEYL[0])) & _LOW
                    k1 = (k1 + np.uint64(_WEYL[1])) & _LOW
                left, right = c0 * _MULTIPLY[0], c2 * _MULTIPLY[1]
                c0, c1, c2, c3 = (
                    (right >> _SHIFT) ^ c1 ^ k0,
                    right & _LOW,
                    (left >> _SHIFT) ^ c3 ^ k1,
                    left & _LOW,
                )
            at = first + 4 * block
            out[at] = np.uint32(c0)
            if at + 1 < end:
                out[at + 1] = np.uint32(c1)
            if at + 2 < end:
                out[at + 2] = np.uint32(c2)
            if at + 3 < end:
                out[at + 3] = np.uint32(c3)


_fill_in = compiled(_fill_one_by_one) if has_compiler() else _fill


@dataclass(frozen=True, slots=True)
class QuantileTable:
    """A distribution as whole numbers at 4,097 equally likely knots, straight between them."""

    knots: Whole

    def at(self, draw: Words) -> Whole:
        """The quantiles at uniform draws; same shape as `draw`."""
        index = (draw >> np.uint32(32 - _FINE_BITS)).astype(np.int64)
        part = (draw & np.uint32((1 << (32 - _FINE_BITS)) - 1)).astype(np.int64)
        low = self.knots[index]
        return low + ((self.knots[index + 1] - low) * part >> (32 - _FINE_BITS))

    @property
    def mean(self) -> float:
        """The mean of the distribution, in the unit of its knots."""
        return float((self.knots[:-1] + self.knots[1:]).mean() / 2)


@cache
def triangular_table(low: float, mode: float, high: float, scale: int) -> QuantileTable:
    """The triangular distribution on [low, high] with its peak at `mode`, times `scale`, in whole numbers.

    Raises ValueError unless low ≤ mode ≤ high. Square roots are exactly rounded on every platform.
    """
    if not low <= mode <= high:
        raise ValueError(f"a triangular distribution needs low <= mode <= high, got {low}, {mode}, {high}")
    cells = 1 << _FINE_BITS
    width = high - low
    knots = []
    for cell in range(cells + 1):
        share = cell / cells
        if share * width <= mode - low:
            value = low + math.sqrt(share * width * (mode - low))
        else:
            value = high - math.sqrt((1 - share) * width * (high - mode))
        knots.append(round(value * scale))
    return QuantileTable(np.array(knots, dtype=np.int64))


@cache
def _exponential_knots() -> tuple[Whole, int]:
    """Knots of −ln(1 − i/4096) and the value of ln 4096, exactly rounded; the last knot keeps the mean."""
    cells = 1 << _FINE_BITS
    with localcontext() as exact:
        exact.prec = 30
        values = [-(Decimal(cells - cell) / cells).ln() for cell in range(cells)]
        tail = int((Decimal(cells).ln() * EXPONENTIAL_ONE).to_integral_value())
    knots = [int((value * EXPONENTIAL_ONE).to_integral_value()) for value in values]
    mean_below = (tail + EXPONENTIAL_ONE) * 2
    knots.append(mean_below - knots[-1])
    return np.array(knots, dtype=np.int64), tail


def unit_exponential(draw: Words) -> Whole:
    """Exponential numbers of mean one, in 2**-24 parts, for uniform draws; same shape.

    The last of 4,096 cells starts the table again on its remaining bits: the distribution has no memory.
    """
    values = np.empty(draw.shape, dtype=np.int64)
    _exponentials(np.ascontiguousarray(draw).ravel(), *_exponential_knots(), values.reshape(-1))
    return values


@compiled
def _exponentials(draws: Words, knots: Whole, tail: int, values: Whole) -> None:
    last, rest = len(knots) - 2, 32 - _FINE_BITS
    for at in range(len(draws)):
        draw, start = int(draws[at]), 0
        if draw >> rest == last:
            draw, start = draw << _FINE_BITS & _LOW_HALF, tail
        low, high = knots[draw >> rest], knots[(draw >> rest) + 1]
        values[at] = start + low + ((high - low) * (draw & ((1 << rest) - 1)) >> rest)


def happens(draw: Words, share: ArrayLike) -> NDArray[np.bool_]:
    """Whether an event of probability `share` happens, for uniform draws; same shape."""
    return draw.astype(np.int64) < _limits(share)


def threshold(share: float) -> int:
    """The draws below which an event of probability `share` happens, as `happens` has it."""
    return int(_limits(share))


def _limits(share: ArrayLike) -> Whole:
    limits: Whole = np.round(np.asarray(share, dtype=np.float64) * DRAW_ONE).astype(np.int64)
    return limits

# mypy: warn-return-any=False
"""The path of every case through the steps of its route, as one plain loop over whole numbers.

The loop runs as it stands, or compiled where numba is installed: the same numbers. It reads the routes as
flat tables (`norms.Rules`), the draws of each matter, and writes the columns of the steps.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled_now
from simlib.desks.network import Party
from simlib.desks.norms import (
    ASSISTED,
    BUREAU,
    DESK,
    DUTY,
    ELSEWHERE,
    FIRST_LANE,
    HANDLER,
    TRIP_LANE,
    VERIFICATION,
    WAIT_BITS,
    Rules,
)
from simlib.worktime import WORKING

Whole = NDArray[np.int64]
Words = NDArray[np.uint32]

_CELL = 20
"""Bits of a draw inside a cell of a quantile table of 4,096 cells; see chance.QuantileTable."""

_HALF = 16
"""Bits of the half of a draw that its quantile hardly depends on."""
_ALONE, _LENT = int(Party.ALONE), int(Party.LENT)

_UNCOUNTED = {"_nrt": False}
"""Without numba's counting of references; no part may make an array."""
_loop, _part = compiled_now(cache=True, **_UNCOUNTED), compiled_now(forceinline=True, **_UNCOUNTED)


class Desks(NamedTuple):
    """Offices of each case; of its township, the ticks of a round trip and every how many working days an
    assistant is at hand in a village, 0 where there is none [matters]."""

    own: Whole
    bureau: Whole
    verification: Whole
    trip_ticks: Whole
    assistant_days: Whole


class Draws(NamedTuple):
    """Draws of the flags and of the lengths of each matter, and where each matter's begin."""

    flags: Words
    first_flag: Whole
    lengths: Words
    first_length: Whole


@_part
def _quantile(rules: Rules, table: int, draw: int) -> int:
    """The quantile of a table at a draw, straight between its knots."""
    cell = draw >> _CELL
    low = rules.knots[table, cell]
    return low + ((rules.knots[table, cell + 1] - low) * (draw & ((1 << _CELL) - 1)) >> _CELL)


@_part
def _flags(rules: Rules, kind: int, given: int, draws: Draws, row: int) -> int:
    """The flags of a case: those given and those its route draws, in their order."""
    flags = given
    lane = draws.first_flag[row] - rules.first_flag[kind]
    for at in range(rules.first_flag[kind], rules.first_flag[kind + 1]):
        happens = int(draws.flags[lane + at]) < rules.flag_limit[at]
        if happens and flags & rules.flag_mask[at] == rules.flag_when[at]:
            flags |= rules.flag_bit[at]
    return flags


@_part
def _clock(rules: Rules, kind: int, flags: int) -> int:
    """The clock that counts for a case: the first that holds; −1 for none."""
    for at in range(rules.first_clock[kind], rules.first_clock[kind + 1]):
        if flags & rules.clock_mask[at] == rules.clock_when[at]:
            return at
    return -1


@_part
def _office(desks: Desks, row: int, whose: int, is_remote: bool) -> int:
    if whose == BUREAU:
        return desks.bureau[row]
    if whose == VERIFICATION:
        return desks.verification[row]
    return ELSEWHERE if is_remote and whose == HANDLER else desks.own[row]


@_part
def _travel(rules: Rules, desks: Desks, draws: Draws, row: int) -> int:
    """A case's part of a trip that sees several households [tick]."""
    draw = int(draws.lengths[draws.first_length[row] + TRIP_LANE])
    return desks.trip_ticks[row] // max(_quantile(rules, len(rules.knots) - 1, draw), 1)


@_part
def until_assistant(desks: Desks, draws: Draws, row: int) -> int:
    """Working days until the assistant of the village is at hand, as likely one as another."""
    draw = int(draws.lengths[draws.first_length[row] + TRIP_LANE])
    return (draw & ((1 << _HALF) - 1)) * desks.assistant_days[row] >> _HALF


@_loop
def stopping(
    rules: Rules,
    stops: Whole,
    route: Whole,
    given: Whole,
    draws: Draws,
    step: Whole,
    found: NDArray[np.int64],
) -> None:
    """Write what stops the clock about a step of each matter; step −1: about its acceptance.

    stops: of each step of the routes, whether it does. found: whether the step at its desk does; kind and
    length of the wait after it that does, length 0: none.
    """
    for row in range(len(route)):
        kind, left = route[row], step[row]
        flags = _flags(rules, kind, given[row], draws, row)
        lane = draws.first_length[row] + FIRST_LANE - rules.first_step[kind]
        for at in range(rules.first_step[kind], rules.first_step[kind + 1]):
            if flags & rules.mask[at] != rules.when[at]:
                continue
            if rules.form[at] == DESK:
                if left < 0:
                    break
                if left == 0:
                    found[0, row] = stops[at]
                left -= 1
            elif left < 0 and stops[at]:
                length = _quantile(rules, rules.table[at], int(draws.lengths[lane + at]))
                found[1, row] = rules.wait_kind[at]
                found[2, row] = (length + (1 << (WAIT_BITS - 1))) >> WAIT_BITS


@_loop
def lay(
    rules: Rules,
    route: Whole,
    ids: Whole,
    given: Whole,
    desks: Desks,
    draws: Draws,
    found: NDArray[np.int64],
    steps: NDArray[np.int64],
) -> int:
    """Write what is found of each matter, and the steps of all; return how many steps.

    Where the village's assistant goes along, a visit waits for his day, unless he is there already or has had
    calendar days of notice; where there is none, the county lends somebody.
    given: flags that are known [bits]. found: rows flags, clock (row of the clocks), deciding step, how many
    steps, answer of whoever is on duty [minute], −1 where there is none; which steps of the route are taken
    at a desk [bits]. steps: columns of network.Steps.
    """
    made = 0
    for row in range(len(route)):
        kind = route[row]
        flags = _flags(rules, kind, given[row], draws, row)
        first, deciding, answer, office_before = made, -1, -1, -1
        wait_kind, wait_length, taken, is_there = 0, 0, 0, False
        lane = draws.first_length[row] + FIRST_LANE - rules.first_step[kind]
        for at in range(rules.first_step[kind], rules.first_step[kind + 1]):
            if flags & rules.mask[at] != rules.when[at]:
                continue
            length = _quantile(rules, rules.table[at], int(draws.lengths[lane + at]))
            if rules.form[at] != DESK:
                whole = (length + (1 << (WAIT_BITS - 1))) >> WAIT_BITS
                if rules.form[at] == DUTY:
                    answer = whole
                else:
                    wait_kind, wait_length = rules.wait_kind[at], whole
                continue
            office = _office(desks, row, rules.whose[at], flags & rules.remote_bit != 0)
            party = rules.party[at]
            if party == ASSISTED:
                party = _ALONE if desks.assistant_days[row] else _LENT
                if wait_kind == WORKING and not (is_there and wait_length == 0):
                    wait_length += until_assistant(desks, draws, row)
            is_there = rules.party[at] == ASSISTED
            if wait_length == 0 and made > first and office != office_before:
                wait_kind, wait_length = 0, 1
            if rules.trip[at]:
                length += _travel(rules, desks, draws, row)
            steps[0, made] = ids[row]
            steps[1, made] = office
            steps[2, made] = rules.activity[at]
            steps[3, made] = rules.payroll_only[at]
            steps[4, made] = party
            steps[5, made] = max(length, 1)
            steps[6, made] = wait_kind
            steps[7, made] = wait_length
            steps[8, made] = rules.priority[kind]
            if rules.decides[at]:
                deciding = made - first
            taken |= 1 << (at - rules.first_step[kind])
            office_before = office
            wait_kind, wait_length = 0, 0
            made += 1
        found[0, row] = flags
        found[1, row] = _clock(rules, kind, flags)
        found[2, row] = deciding
        found[3, row] = made - first
        found[4, row] = answer
        found[5, row] = taken
    return made

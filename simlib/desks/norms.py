"""Norms: lengths, shares and terms in force, and the routes laid flat for the loop of `paths`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlib.chance import DRAW_ONE, QuantileTable, triangular_table
from simlib.dated import Range
from simlib.desks.network import Party
from simlib.policy.procedure import (
    NAMED_FLAGS,
    PURCHASED,
    REMOTE,
    TOWNSHIP,
    VILLAGE,
    Condition,
    Procedures,
    Route,
    Step,
)
from simlib.units import TICKS_PER_MINUTE

Whole = NDArray[np.int64]

NO_CLOCK = -1
"""Due tick of a matter without a legal term."""
# The codes and lanes below are compiled into `paths`: whoever changes one saves that file too.
DESK, WAIT, DUTY = 0, 1, 2
"""Forms of a step: work at a desk, something that must pass, an answer by whoever is on duty."""
OWN, HANDLER, BUREAU, VERIFICATION = 0, 1, 2, 3
"""Whose office takes a step: the township where the family lives, the one that handles its case, the county
bureau, the verification centre."""
ASSISTED = len(Party) + 1
"""Instead of a Party: the village's assistant goes along, whom no desk serves."""
ELSEWHERE = -1
"""Office of a remote case's handler until it is known."""
TRIP_LANE, FIRST_LANE = 0, 1
"""Lanes of Purpose.MINUTES: the trip of a case, then the length of each step of its route, in order.

The lower half of the trip's draw says how soon the assistant of the village comes by.
"""
WAIT_BITS = 16
"""A drawn wait is in 2**-16 of its unit."""
MOST_STEPS = 62
"""Steps a route may have: those a case takes are bits of one number."""
_TERM = "clocks."
"""Begins the keys of terms."""
_WHOSE = {"": OWN, "window": OWN, "township": HANDLER, "county": BUREAU, "verification": VERIFICATION}


class Rules(NamedTuple):
    """All routes as flat tables.

    By route, first … first + 1: `first_flag`, `first_clock` and `first_step` are rows of the tables below;
    `priority`. Flags [bits]: where those of `mask` are up that `when` names and no others, a flag is drawn
    (draw < limit), a clock counts (the first that does) or a step is taken. remote_bit: the flag of a case
    that another township handles.
    Steps: party: a Party, or ASSISTED; form: DESK, WAIT or DUTY; table: row of `knots` that holds its length
    [tick], or the length of its wait or answer [2**-16 of its unit]. The last row holds the households seen
    in one trip.
    """

    remote_bit: int
    first_flag: Whole
    first_clock: Whole
    first_step: Whole
    priority: Whole
    flag_bit: Whole
    flag_limit: Whole
    flag_when: Whole
    flag_mask: Whole
    clock_when: Whole
    clock_mask: Whole
    when: Whole
    mask: Whole
    form: Whole
    wait_kind: Whole
    whose: Whole
    activity: Whole
    payroll_only: Whole
    party: Whole
    trip: Whole
    decides: Whole
    table: Whole
    knots: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Norms:
    """Lengths, shares and terms in force, as whole-number tables and plain numbers.

    minutes: length of each activity [tick]. share: by key [0..1]. waits: drawn or fixed length by key, in
    2**-16 of its unit. terms: terms by key. arises: how often a matter of a route comes of its own
    accord, by route [1/household-year]. trip_households: seen in one trip.
    """

    minutes: Mapping[str, QuantileTable]
    share: Mapping[str, float]
    waits: Mapping[str, QuantileTable]
    terms: Mapping[str, int]
    arises: Mapping[str, float]
    trip_households: QuantileTable


def norms_from(procedures: Procedures, value: Callable[[str], int | float | Range]) -> Norms:
    """The norms that `value` gives for every key the routes need.

    Meetings and other work common to all stretch every activity by 1 ÷ (1 − category allowance)
    (WHO, Workload Indicators of Staffing Need, user's manual, 2010).
    """
    stretch = 1.0 / (1.0 - _number(value("allowance.category")))
    routes = procedures.routes.values()
    steps = [step for route in routes for step in route.steps]
    return Norms(
        minutes={
            activity.id: _table(value(activity.minutes), TICKS_PER_MINUTE * stretch)
            for activity in procedures.activities.values()
        },
        share={key: _number(value(key)) for route in routes for key in _shares(route)},
        waits={step.wait: _wait(step.wait, value(step.wait)) for step in steps if step.wait},
        terms={key: int(_number(value(key))) for route in routes for key in _terms(route)},
        arises={route.id: _number(value(route.arises)) for route in routes if route.arises},
        trip_households=_table(value("trip.households"), 1),
    )


def _number(value: int | float | Range) -> float:
    return float(value.mode if isinstance(value, Range) else value)


def _wait(key: str, value: int | float | Range) -> QuantileTable:
    """The length of a wait; a place's term is one for all its cases, a lag is drawn for each."""
    return _table(_number(value) if key.startswith(_TERM) else value, 1 << WAIT_BITS)


def _table(value: int | float | Range, scale: float) -> QuantileTable:
    ends = (value.low, value.mode, value.high) if isinstance(value, Range) else (value, value, value)
    return triangular_table(ends[0] * scale, ends[1] * scale, ends[2] * scale, 1)


def _shares(route: Route) -> set[str]:
    return {flag.share for flag in route.flags if flag.share}


def _terms(route: Route) -> set[str]:
    steps = {key for step in route.steps for key in step.terms}
    return steps | {key for clock in route.clocks for _, key in clock.terms}


def bits_of(route: Route) -> dict[str, int]:
    """The bit of each flag a case of this route may carry: first those named, then its own in order."""
    names = dict.fromkeys((*NAMED_FLAGS, *(flag.id for flag in route.flags)))
    return {name: 1 << place for place, name in enumerate(names)}


def rules_of(procedures: Procedures, norms: Norms, second_visitor: str = TOWNSHIP) -> Rules:
    """All routes as flat tables, by route number; second_visitor: one of SECOND_VISITORS.

    Raises ValueError for a route of more than MOST_STEPS.
    """
    routes = sorted(procedures.routes.values(), key=lambda route: route.number)
    if any(len(route.steps) > MOST_STEPS for route in routes):
        raise ValueError(f"a route of more than {MOST_STEPS} steps: which are taken must fit into one number")
    steps = [step for route in routes for step in route.steps]
    names = [*norms.minutes, *norms.waits]
    tables = (*norms.minutes.values(), *norms.waits.values(), norms.trip_households)
    flag_when, flag_mask = _masks((route, flag.condition) for route in routes for flag in route.flags)
    clock_when, clock_mask = _masks((route, clock.condition) for route in routes for clock in route.clocks)
    when, mask = _masks((route, step.condition) for route in routes for step in route.steps)
    parties = [_party(step, second_visitor) for step in steps]
    return Rules(
        remote_bit=1 << NAMED_FLAGS.index(REMOTE),
        first_flag=_ends(len(route.flags) for route in routes),
        first_clock=_ends(len(route.clocks) for route in routes),
        first_step=_ends(len(route.steps) for route in routes),
        priority=_whole(route.priority for route in routes),
        flag_bit=_whole(bits_of(route)[flag.id] for route in routes for flag in route.flags),
        flag_limit=_whole(
            round(norms.share[flag.share] * DRAW_ONE) if flag.share else DRAW_ONE
            for route in routes
            for flag in route.flags
        ),
        flag_when=flag_when,
        flag_mask=flag_mask,
        clock_when=clock_when,
        clock_mask=clock_mask,
        when=when,
        mask=mask,
        form=_whole(_form(step) for step in steps),
        wait_kind=_whole(step.wait_kind for step in steps),
        whose=_whole(_WHOSE[step.office] for step in steps),
        activity=_whole(step.activity.number if step.activity else 0 for step in steps),
        payroll_only=_whole(
            int(step.payroll_only or party == Party.BOUGHT)
            for step, party in zip(steps, parties, strict=True)
        ),
        party=_whole(parties),
        trip=_whole(int(step.activity is not None and step.activity.trip) for step in steps),
        decides=_whole(int(step.decides) for step in steps),
        table=_whole(names.index(step.activity.id if step.activity else step.wait) for step in steps),
        knots=np.stack([table.knots for table in tables]),
    )


def _form(step: Step) -> int:
    if step.activity is not None:
        return DESK
    return DUTY if step.on_duty else WAIT


def _party(step: Step, second_visitor: str) -> int:
    if step.people == 1:
        return Party.ALONE
    if _WHOSE[step.office] == BUREAU:
        return Party.TWO
    return {PURCHASED: Party.BOUGHT, VILLAGE: ASSISTED}.get(second_visitor, Party.TWO)


def _whole(values: Iterable[int]) -> Whole:
    return np.array(list(values), dtype=np.int64)


def _ends(counts: Iterable[int]) -> Whole:
    return np.concatenate([[0], np.cumsum(_whole(counts))]).astype(np.int64)


def _masks(conditions: Iterable[tuple[Route, Condition]]) -> tuple[Whole, Whole]:
    rows = []
    for route, condition in conditions:
        bits = bits_of(route)
        when, unless = (sum(bits[name] for name in names) for names in (condition.when, condition.unless))
        rows.append((when, when | unless))
    masks = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return masks[:, 0].copy(), masks[:, 1].copy()

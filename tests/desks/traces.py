"""Counties, norms and matters for tests of the trace; shares all or nothing, so that every path is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from simlib.chance import Luck, triangular_table
from simlib.desks.network import Steps
from simlib.desks.norms import WAIT_BITS, Norms, norms_from
from simlib.desks.trace import Cases, Matters, TraceMaker
from simlib.policy.procedure import Procedures, load_procedures
from simlib.policy.statutes import load_law
from simlib.units import TICKS_PER_MINUTE
from simlib.worktime import CALENDAR, DAY_TICKS, HOURS, work_calendar

LAW, PROCEDURES, CAL = load_law(), load_procedures(), work_calendar(2025, 2028)
NORMS = norms_from(PROCEDURES, lambda key: LAW.dated(key).entry(date(2026, 1, 1)).value)
REPLY, PAPERS, EVIDENCE, ANSWER = 10, 7, 5, 240
"""Lags made certain: reply, papers under way, evidence [working day]; answer on duty [minute]."""
MONDAY = int(CAL.workday_of_day[CAL.day(date(2026, 3, 2))]) * DAY_TICKS + 1000
"""A moment on Monday, 2 March 2026 [tick]; no holiday is near."""
COUNTY_TOWNS = (5, 3)
"""Townships of the two counties that most tests use."""


def decided(shares: Mapping[str, float] | None = None, /, **waits: int) -> Norms:
    """The norms with every share 0 but those given, and every lag certain."""
    lags = {"lag.check_reply": REPLY, "lag.remote_papers": PAPERS, "lag.evidence": EVIDENCE}
    lags |= {"duty.answer_minutes": ANSWER, **waits}
    fixed = {key: triangular_table(*(lag << WAIT_BITS,) * 3, 1) for key, lag in lags.items()}
    return replace(
        NORMS,
        share={**dict.fromkeys(NORMS.share, 0.0), **(shares or {})},
        waits={**NORMS.waits, **fixed},
    )


def maker(
    norms: Norms = NORMS,
    towns: Sequence[int] = COUNTY_TOWNS,
    codes: Sequence[int] | None = None,
    procedures: Procedures = PROCEDURES,
    **choices: Any,
) -> TraceMaker:
    """A maker for counties of so many townships; offices: townships, bureau, verification, one by one."""
    sizes = np.array(towns) + 2
    first = np.cumsum(sizes) - sizes
    bureau = np.repeat(first + towns, towns)
    plain = np.concatenate([640_205_000 + 100_000 * c + np.arange(n) for c, n in enumerate(towns)])
    return TraceMaker(
        procedures,
        norms,
        CAL,
        Luck(7, 0),
        area_codes=plain if codes is None else np.array(codes, dtype=np.int64),
        area_office=np.concatenate([f + np.arange(n) for f, n in zip(first, towns, strict=True)]),
        bureau=bureau,
        verification=bureau + 1,
        trip_ticks=np.full(sum(towns), 60 * TICKS_PER_MINUTE),
        **choices,
    )


def matters(
    route: str, count: int = 1, *, ineligible: int = 0, arrival: int = MONDAY, areas: int = 5
) -> Matters:
    """So many matters of a route, one for each household, over the first townships."""
    number = np.arange(count, dtype=np.int64)
    none = np.zeros(count, dtype=np.int64)
    kind = PROCEDURES.routes[route]
    at = int(CAL.civil_minute(np.array(arrival))) if kind.in_hours else arrival
    return Matters(none + kind.number, number % areas, number, none + 9, none + at, none + ineligible)


def everything(count: int, areas: int = 8) -> Matters:
    """Matters of all routes, one in three of a family that does not qualify, in no order at all."""
    rng = np.random.default_rng(3)
    parts = [matters(route, count, areas=areas) for route in PROCEDURES.routes]
    every = Matters.join(parts)
    every = replace(
        every,
        household=np.arange(len(every)),
        ineligible=(rng.random(len(every)) < 1 / 3).astype(np.int64),
    )
    return every.pick(rng.permutation(len(every)))


def table(trace: TraceMaker, cases: Cases, steps: Steps, case: int = 0) -> list[str]:
    """The steps of a case as lines: `activity place`, `×2` for two people, `!` for payroll only, the wait."""
    area = int(cases.area[case])
    places = {
        int(trace.verification[area]): "verification",
        int(trace.bureau[area]): "bureau",
        int(trace.area_office[area]): "own",
    }
    units = {CALENDAR: "d", HOURS: "h"}
    names = {activity.number: name for name, activity in PROCEDURES.activities.items()}
    rows = np.flatnonzero(steps.case == cases.id[case])
    lines = []
    for place, at in enumerate(rows.tolist()):
        line = f"{names[int(steps.activity[at])]} {places.get(int(steps.office[at]), 'other')}"
        line += " ×2" if steps.people[at] == 2 else ""
        line += " !" if steps.payroll_only[at] else ""
        if steps.wait_length[at]:
            line += f" +{steps.wait_length[at]}{units.get(int(steps.wait_kind[at]), 'wd')}"
        lines.append(line + (" ." if place == cases.deciding_step[case] else ""))
    return lines

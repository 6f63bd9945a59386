"""A month's cases before anyone touches them: who comes when, which steps each takes, how long each step is.

Everything here is a function of the case's address (area, household, matter), so it is the same under every
formula and budget.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.chance import Luck, Purpose, QuantileTable, happens, triangular_table
from simlib.dated import Range
from simlib.desks.network import Columns, Steps
from simlib.policy.procedure import FLAGS, Procedures, Route, Step
from simlib.units import TICKS_PER_MINUTE
from simlib.worktime import HOURS, WORKING, Calendar

Whole = NDArray[np.int64]

NO_CLOCK = -1
"""Due tick of a matter without a legal term."""

CHECK_NEGATIVE = "share.check_negative"
"""Key of the share of ineligible applications that the information check stops."""

_AREA_BITS, _MATTER_BITS = 48, 16
_LAG_SCALE = 1 << 16


@dataclass(frozen=True, slots=True)
class Matters(Columns):
    """Matters that come in a month by one route [matters].

    area: index of the township. household: its number. matter: its number among the household's.
    arrival: tick on the working axis, or civil minute where the route's clock runs in hours.
    ineligible: 1 where the family does not qualify.
    """

    area: Whole
    household: Whole
    matter: Whole
    arrival: Whole
    ineligible: Whole


@dataclass(frozen=True, slots=True)
class Cases(Columns):
    """Cases of a county [cases]; due is NO_CLOCK without a legal term; deciding_step ends the matter."""

    id: Whole
    area: Whole
    route: Whole
    household: Whole
    matter: Whole
    ineligible: Whole
    accepted: Whole
    due: Whole
    deciding_step: Whole


def case_id(area: Whole, household: Whole, matter: Whole) -> Whole:
    """The id of a case: its address within the county; order follows (area, household, matter)."""
    return (area << _AREA_BITS) | (household << _MATTER_BITS) | matter


@dataclass(frozen=True, slots=True)
class Norms:
    """Lengths, shares and terms in force, as whole-number tables and plain numbers.

    minutes: length of each activity [tick]. share: by key [0..1]. waits: drawn or fixed length by key, in
    2**-16 of its unit. terms: legal terms by key. trip: households seen in one trip.
    """

    minutes: Mapping[str, QuantileTable]
    share: Mapping[str, float]
    waits: Mapping[str, QuantileTable]
    terms: Mapping[str, int]
    trip_households: QuantileTable


def norms_from(procedures: Procedures, value: Callable[[str], int | float | Range]) -> Norms:
    """The norms that `value` gives for every key the routes need.

    Meetings and other work common to all stretch every activity by 1 ÷ (1 − category allowance)
    (WHO, Workload Indicators of Staffing Need, user's manual, 2010).
    """
    stretch = 1.0 / (1.0 - _number(value("allowance.category")))
    steps = [step for route in procedures.routes.values() for step in route.steps]
    return Norms(
        minutes={
            activity.id: _table(value(activity.minutes), TICKS_PER_MINUTE * stretch)
            for activity in procedures.activities.values()
        },
        share={
            key: _number(value(key))
            for key in {CHECK_NEGATIVE, *(step.share for step in steps if step.share)}
        },
        waits={step.wait: _table(value(step.wait), _LAG_SCALE) for step in steps if step.wait},
        terms={
            route.clock: int(_number(value(route.clock)))
            for route in procedures.routes.values()
            if route.clock
        },
        trip_households=_table(value("trip.households"), 1),
    )


def _number(value: int | float | Range) -> float:
    return float(value.mode if isinstance(value, Range) else value)


def _table(value: int | float | Range, scale: float) -> QuantileTable:
    ends = (value.low, value.mode, value.high) if isinstance(value, Range) else (value, value, value)
    return triangular_table(ends[0] * scale, ends[1] * scale, ends[2] * scale, 1)


class TraceMaker:
    """Turns matters into cases and steps for one county.

    area_codes: of its townships, in order; their offices have the same numbers, the county's own the next,
    the verification centre the one after. trip_ticks: a round trip to a village of each township [tick].
    """

    def __init__(
        self,
        procedures: Procedures,
        norms: Norms,
        calendar: Calendar,
        luck: Luck,
        *,
        area_codes: Whole,
        trip_ticks: Whole,
    ) -> None:
        self.procedures, self.norms, self.calendar, self.luck = procedures, norms, calendar, luck
        self.area_codes, self.trip_ticks = area_codes, trip_ticks
        self.county_office = len(area_codes)
        self.verification_office = len(area_codes) + 1

    def cases_of(self, route: Route, matters: Matters) -> tuple[Cases, Steps]:
        """The cases and steps of the matters that come by one route."""
        count, width = len(matters), len(route.steps)
        address = {
            "area": self.area_codes[matters.area],
            "subject": matters.household,
            "matter": matters.matter,
        }
        chosen = self.luck.draws(Purpose.MATTER, **address, lanes=width + 1)
        lengths = self.luck.draws(Purpose.MINUTES, **address, lanes=width)
        trips = self.luck.draws(Purpose.TRAVEL, **address, lanes=1)[:, 0]
        negative = (matters.ineligible == 1) & happens(chosen[:, width], self.norms.share[CHECK_NEGATIVE])
        flags = dict(zip(FLAGS, (negative, matters.ineligible == 1), strict=True))
        ids = case_id(matters.area, matters.household, matters.matter)

        here = np.zeros((count, width), dtype=bool)
        columns = {name: np.zeros((count, width), dtype=np.int64) for name in Steps.names()}
        pending_kind, pending = np.zeros((2, count), dtype=np.int64)
        last_office = np.full(count, -1, dtype=np.int64)
        deciding = np.zeros(count, dtype=np.int64)
        for place, step in enumerate(route.steps):
            takes = self._takes(step, flags, count)
            if step.wait:
                drawn = self.norms.waits[step.wait].at(lengths[:, place]) + _LAG_SCALE // 2 >> 16
                pending = np.where(takes, drawn, pending)
                pending_kind = np.where(takes, step.wait_kind, pending_kind)
                continue
            if step.share:
                takes &= happens(chosen[:, place], self.norms.share[step.share])
            office = self._office(step, matters.area)
            moves = (last_office >= 0) & (last_office != office) & (pending == 0)
            here[:, place] = takes
            columns["case"][:, place] = ids
            columns["office"][:, place] = office
            columns["ticks"][:, place] = self._ticks(step, lengths[:, place], trips, matters.area)
            columns["wait_length"][:, place] = np.where(moves, 1, pending)
            columns["wait_kind"][:, place] = np.where(moves, WORKING, pending_kind)
            columns["activity"][:, place] = step.activity.number if step.activity else 0
            columns["people"][:, place] = step.people
            columns["payroll_only"][:, place] = step.payroll_only
            columns["priority"][:, place] = route.priority
            last_office = np.where(takes, office, last_office)
            pending, pending_kind = np.where(takes, 0, pending), np.where(takes, WORKING, pending_kind)
            if step.decides:
                deciding = np.where(takes, here[:, :place].sum(axis=1), deciding)
        accepted, due = self._clock(route, matters.arrival)
        number = np.full(count, route.number, dtype=np.int64)
        cases = Cases(
            ids,
            matters.area,
            number,
            matters.household,
            matters.matter,
            matters.ineligible,
            accepted,
            due,
            deciding,
        )
        return cases, Steps(*(columns[name][here] for name in Steps.names()))

    def _takes(self, step: Step, flags: Mapping[str, NDArray[np.bool_]], count: int) -> NDArray[np.bool_]:
        takes = np.ones(count, dtype=bool)
        for flag in step.when:
            takes &= flags[flag]
        for flag in step.unless:
            takes &= ~flags[flag]
        return takes

    def _office(self, step: Step, area: Whole) -> Whole:
        if step.office == "township":
            return area
        own = self.county_office if step.office == "county" else self.verification_office
        return np.full(len(area), own, dtype=np.int64)

    def _ticks(self, step: Step, draw: NDArray[np.uint32], trip: NDArray[np.uint32], area: Whole) -> Whole:
        assert step.activity is not None
        ticks = self.norms.minutes[step.activity.id].at(draw)
        if step.activity.trip:
            ticks = ticks + self.trip_ticks[area] // np.maximum(self.norms.trip_households.at(trip), 1)
        return np.maximum(ticks, 1)

    def _clock(self, route: Route, arrival: Whole) -> tuple[Whole, Whole]:
        """When each matter is taken up at a desk and when it is due [tick]."""
        if route.clock_kind == HOURS and route.clock:
            hours = self.norms.terms[route.clock]
            return self.calendar.axis_tick(arrival), self.calendar.axis_tick(arrival + hours * 60)
        if not route.clock:
            return arrival, np.full(len(arrival), NO_CLOCK, dtype=np.int64)
        return arrival, self.calendar.due(
            arrival, kind=route.clock_kind, length=self.norms.terms[route.clock]
        )


def in_order(steps: Steps) -> Steps:
    """Steps with their cases ascending; the order inside a case is kept."""
    return steps.pick(np.argsort(steps.case, kind="stable"))

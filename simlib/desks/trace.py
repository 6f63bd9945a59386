"""A month's cases before anyone touches them: who comes when, which steps each takes, how long each step is.

Everything here is a function of the case's address (area, household, matter), so it is the same under every
formula and budget.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.chance import Luck, Purpose, QuantileTable, QuantileTables, happens, triangular_table
from simlib.dated import Range
from simlib.desks.network import Columns, Steps
from simlib.policy.procedure import FLAGS, Procedures, Route
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
        self._known: dict[str, _StepFacts] = {}
        self.county_office = len(area_codes)
        self.verification_office = len(area_codes) + 1

    def cases_of(self, route: Route, matters: Matters) -> tuple[Cases, Steps]:
        """The cases and steps of the matters that come by one route."""
        width = len(route.steps)
        address = {
            "area": self.area_codes[matters.area],
            "subject": matters.household,
            "matter": matters.matter,
        }
        chosen = self.luck.draws(Purpose.MATTER, **address, lanes=width + 1)
        lengths = self.luck.draws(Purpose.MINUTES, **address, lanes=width)
        trips = self.luck.draws(Purpose.TRAVEL, **address, lanes=1)[:, 0]
        ineligible = matters.ineligible == 1
        negative = ineligible & happens(chosen[:, width], self.norms.share[CHECK_NEGATIVE])
        taken = self._taken(route, chosen, dict(zip(FLAGS, (negative, ineligible), strict=True)))
        facts = self._facts(route)
        here = taken & ~facts.is_wait
        row, place = np.nonzero(here)
        office = np.where(facts.office[place] < 0, matters.area[row], facts.office[place])
        wait_kind, wait_length = self._waits(route, taken, here, lengths)
        moves = np.diff(office, prepend=-1) != 0
        moves &= (np.diff(row, prepend=-1) == 0) & (wait_length[here] == 0)
        ids = case_id(matters.area, matters.household, matters.matter)
        accepted, due = self._clock(route, matters.arrival)
        number = np.full(len(matters), route.number, dtype=np.int64)
        decides = here & facts.decides
        deciding = (
            here.cumsum(axis=1)[np.arange(len(matters)), width - 1 - decides[:, ::-1].argmax(axis=1)] - 1
        )
        cases = Cases(
            ids,
            matters.area,
            number,
            matters.household,
            matters.matter,
            matters.ineligible,
            accepted,
            due,
            deciding.astype(np.int64),
        )
        return cases, Steps(
            case=ids[row],
            office=office,
            activity=facts.activity[place],
            payroll_only=facts.payroll_only[place],
            people=facts.people[place],
            ticks=self._ticks(facts, lengths[here], place, row, matters.area, trips),
            wait_kind=np.where(moves, WORKING, wait_kind[here]),
            wait_length=np.where(moves, 1, wait_length[here]),
            priority=np.full(len(row), route.priority, dtype=np.int64),
        )

    def _facts(self, route: Route) -> _StepFacts:
        """What the steps of a route have in common for every case."""
        if route.id not in self._known:
            self._known[route.id] = _step_facts(route, self)
        return self._known[route.id]

    def _taken(
        self, route: Route, chosen: NDArray[np.uint32], flags: Mapping[str, NDArray[np.bool_]]
    ) -> NDArray[np.bool_]:
        """Which steps each case takes [cases × steps]."""
        taken = np.ones((len(chosen), len(route.steps)), dtype=bool)
        for place, step in enumerate(route.steps):
            for flag in step.when:
                taken[:, place] &= flags[flag]
            for flag in step.unless:
                taken[:, place] &= ~flags[flag]
            if step.share:
                taken[:, place] &= happens(chosen[:, place], self.norms.share[step.share])
        return taken

    def _waits(
        self,
        route: Route,
        taken: NDArray[np.bool_],
        here: NDArray[np.bool_],
        lengths: NDArray[np.uint32],
    ) -> tuple[Whole, Whole]:
        """What must pass before each step: a wait holds back the next step its case takes [cases × steps]."""
        kind, length = np.zeros((2, *taken.shape), dtype=np.int64)
        for place, step in enumerate(route.steps):
            if not step.wait:
                continue
            after = here[:, place + 1 :]
            rows = np.flatnonzero(taken[:, place] & after.any(axis=1))
            held = place + 1 + after[rows].argmax(axis=1)
            drawn = self.norms.waits[step.wait].at(lengths[rows, place]) + _LAG_SCALE // 2 >> 16
            length[rows, held], kind[rows, held] = drawn, step.wait_kind
        return kind, length

    def _ticks(
        self,
        facts: _StepFacts,
        draw: NDArray[np.uint32],
        place: Whole,
        row: Whole,
        area: Whole,
        trips: NDArray[np.uint32],
    ) -> Whole:
        """Length of each step: its activity's minutes and, where one goes out, a share of a trip [tick]."""
        ticks = facts.minutes.at_row(facts.table[place], draw)
        travel = self.trip_ticks[area] // np.maximum(self.norms.trip_households.at(trips), 1)
        return np.maximum(ticks + np.where(facts.trip[place], travel[row], 0), 1)

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


@dataclass(frozen=True, slots=True)
class _StepFacts:
    """Facts of a route's steps [steps]; office −1 stands for the case's own township."""

    is_wait: NDArray[np.bool_]
    decides: NDArray[np.bool_]
    trip: NDArray[np.bool_]
    office: Whole
    activity: Whole
    people: Whole
    payroll_only: Whole
    table: Whole
    minutes: QuantileTables


def _step_facts(route: Route, maker: TraceMaker) -> _StepFacts:
    steps = route.steps
    own = {"township": -1, "county": maker.county_office, "verification": maker.verification_office, "": -1}
    activities = sorted({step.activity.id for step in steps if step.activity is not None})
    tables = [maker.norms.minutes[name] for name in activities]

    def whole(values: list[int]) -> Whole:
        return np.array(values, dtype=np.int64)

    return _StepFacts(
        is_wait=np.array([bool(step.wait) for step in steps]),
        decides=np.array([step.decides for step in steps]),
        trip=np.array([step.activity is not None and step.activity.trip for step in steps]),
        office=whole([own[step.office] for step in steps]),
        activity=whole([step.activity.number if step.activity else 0 for step in steps]),
        people=whole([step.people for step in steps]),
        payroll_only=whole([int(step.payroll_only) for step in steps]),
        table=whole([activities.index(step.activity.id) if step.activity else 0 for step in steps]),
        minutes=QuantileTables.of(tables),
    )

"""Matters that change no household's standing: aid for the moment, and applications without a claim."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.chance import DRAW_ONE, EXPONENTIAL_ONE, Luck, Purpose, happens
from simlib.desks.trace import Matters
from simlib.places.columns import FLOWS
from simlib.policy.procedure import Procedures
from simlib.units import MONTHS_PER_YEAR
from simlib.worktime import CIVIL_DAY_MINUTES, DAY_TICKS, Calendar
from simlib.years.cases.households import (
    APPLICATION,
    BACKLOG_FROM,
    INELIGIBLE_FROM,
    KINDS,
    REQUEST,
    STOCKS,
    STREAMS,
    household_number,
    matter_number,
    serial_in_group,
)
from simlib.years.cases.lifelines import arrivals
from simlib.years.cases.rates import CaseloadRates

Whole = NDArray[np.int64]

_NO_PROGRAMME = 15
"""Instead of a programme in the address of what arises: of a kind that takes several routes, one less for
each route after the first."""
NO_ROUTE = -1
"""Number of the route of a matter that no desk handles."""


@dataclass(frozen=True, slots=True)
class Span:
    """A month as civil days [first, last): its number from the opening and from the plan's start.

    of_year: 0 = January.
    """

    from_opening: int
    from_plan: int
    of_year: int
    first: int
    last: int

    @property
    def years_of_plan(self) -> int:
        """Whole years since the plan began, 0 before it [year]."""
        return max(self.from_plan, 0) // MONTHS_PER_YEAR

    def day_at(self, position: Whole) -> Whole:
        """The civil day at a position 0 … 2**24 in the month."""
        return self.first + (position * (self.last - self.first) // EXPONENTIAL_ONE)


@dataclass(frozen=True, slots=True)
class Window:
    """Where matters are brought: office hours of the working days, at townships of these codes."""

    luck: Luck
    calendar: Calendar
    area_codes: Whole

    def brought(
        self,
        area: Whole,
        number: Whole,
        day: Whole,
        kind: int | Whole,
        span: Span,
        *,
        route: Whole,
        ineligible: Whole | None = None,
    ) -> Matters:
        """Matters brought in office hours of a day, or of the next working day; those with a route."""
        none = np.zeros(len(area), dtype=np.int64)
        matter = matter_number(span.from_opening, none + kind)
        routed = route != NO_ROUTE
        if not routed.all():
            area, number, day, route = area[routed], number[routed], day[routed], route[routed]
            none, matter = none[routed], matter[routed]
            ineligible = ineligible if ineligible is None else ineligible[routed]
        draw = self.luck.draws(Purpose.ARRIVAL, area=self.area_codes[area], subject=number, matter=matter)
        offset = draw[:, 0].astype(np.int64) * DAY_TICKS // DRAW_ONE
        tick = self.calendar.workday_of_day[day] * DAY_TICKS + offset
        return Matters(route, area, number, matter, tick, none if ineligible is None else ineligible)

    def at_any_hour(
        self, area: Whole, number: Whole, position: Whole, kind: int | Whole, span: Span, *, route: Whole
    ) -> Matters:
        """Matters that come day and night, at a position 0 … 2**24 in the month; arrival: civil minute."""
        none = np.zeros(len(area), dtype=np.int64)
        length = (span.last - span.first) * CIVIL_DAY_MINUTES
        minute = span.first * CIVIL_DAY_MINUTES + position * length // EXPONENTIAL_ONE
        return Matters(route, area, number, matter_number(span.from_opening, none + kind), minute, none)


def route_numbers(procedures: Procedures, matter: str) -> Whole:
    """Number of the route each stock programme handles a kind of matter by, or NO_ROUTE [programmes]."""
    found = [procedures.route_of(name, matter) for name in STOCKS]
    return np.array([NO_ROUTE if route is None else route.number for route in found])


class Requests:
    """What comes of its own accord, in step with need and season.

    stock: supported households at the opening by programme and township, which set how many apply in vain.
    flows: person-times a year by programme and township. arises: by route, how often its matter arises in a
    supported household [1/year]: with the stock at the close of the month before, which moves the rate alone.
    """

    def __init__(
        self,
        window: Window,
        rates: CaseloadRates,
        procedures: Procedures,
        *,
        stock: Whole,
        flows: Mapping[str, Whole],
        arises: Mapping[str, float],
    ) -> None:
        self.window, self.rates, self.procedures, self.flows = window, rates, procedures, flows
        self.luck = window.luck
        self.application = route_numbers(procedures, "application")
        life = [rates.life[name] for name in STOCKS]
        per_household = np.array([item.ineligible_per_eligible / item.years_on_books for item in life])
        self.hopeless_per_year = stock * per_household[:, None]
        self.arising = [procedures.routes[name] for name in sorted(arises)]
        matters = [route.matter for route in self.arising]
        self._kind = np.array([KINDS.index(matter) for matter in matters], dtype=np.int64)
        earlier = [matters[:at].count(matter) for at, matter in enumerate(matters)]
        self._nth = np.array(earlier, dtype=np.int64)
        covered = np.array([[name in route.programmes for name in STOCKS] for route in self.arising])
        per_route = np.array([arises[route.id] for route in self.arising])
        self.arising_per_household = covered * per_route[:, None]
        self._arising_routes = np.array([route.number for route in self.arising], dtype=np.int64)
        self._arising_by_the_hour = np.array([route.in_hours for route in self.arising], dtype=bool)

    def arrivals(
        self, purpose: Purpose, streams: Whole, expected: Whole, span: Span
    ) -> tuple[Whole, Whole, Whole]:
        """Arrivals of a month: row of `expected`, township, position; streams: number of each row."""
        return arrivals(self.luck, purpose, self.window.area_codes, streams, span.from_opening, expected)

    def _factor(self, season: NDArray[np.float64], span: Span) -> float:
        """What need is in a month against the year the plan opens with."""
        factor: float = (1 + self.rates.trend) ** span.years_of_plan * season[span.of_year]
        return factor

    def needs(self, per_year: NDArray[np.float64], span: Span) -> tuple[Whole, Whole, Whole]:
        """Families that come into need in a month: programme, township, position."""
        factor = self._factor(self.rates.season_needs, span)
        expected = _in_a_month(per_year, factor)
        return self.arrivals(Purpose.NEED_GAPS, np.arange(len(STOCKS)), expected, span)

    def matters(self, span: Span, supported: Whole) -> list[Matters]:
        """The month's matters; supported: households as the month before closed [programmes × townships]."""
        return [self._hopeless(span), *self._requests(span, supported)]

    def _hopeless(self, span: Span) -> Matters:
        """Applications of families that do not qualify."""
        streams = len(STREAMS) + np.arange(len(STOCKS))
        factor = self._factor(self.rates.season_needs, span)
        expected = _in_a_month(self.hopeless_per_year, factor)
        programme, area, position = self.arrivals(Purpose.NEED_GAPS, streams, expected, span)
        serial = INELIGIBLE_FROM + serial_in_group(programme * len(self.window.area_codes) + area)
        number = household_number(programme, span.from_opening + 1, serial)
        return self.window.brought(
            area,
            number,
            span.day_at(position),
            APPLICATION,
            span,
            route=self.application[programme],
            ineligible=np.ones(len(area), dtype=np.int64),
        )

    def hopeless_backlog(
        self, missing: Whole, before: Callable[[Whole, Whole, Span], Whole], span: Span
    ) -> Matters:
        """Applications of families that do not qualify, open since the days before a month [by township]."""
        area = np.repeat(np.arange(len(missing)), missing)
        programme = np.argmax(self.hopeless_per_year * (self.application != NO_ROUTE)[:, None], axis=0)[area]
        serial = BACKLOG_FROM + serial_in_group(area)
        number = household_number(programme, span.from_opening + 1, serial)
        return self.window.brought(
            area,
            number,
            before(area, number, span),
            APPLICATION,
            span,
            route=self.application[programme],
            ineligible=np.ones(len(area), dtype=np.int64),
        )

    def _requests(self, span: Span, supported: Whole) -> list[Matters]:
        """Requests for temporary aid, papers for medical assistance that are handed on, and what arises in
        supported households and changes nothing in their standing: its number holds whatever trend there is.
        """
        kinds, nth = self._kind, self._nth
        flows = np.array([STREAMS.index(name) for name in FLOWS])
        factor = self._factor(self.rates.season_requests, span)
        per_year = np.stack([self.flows[name] for name in FLOWS]).astype(np.float64)
        expected = [_in_a_month(per_year, factor), _in_a_month(self.arising_per_household @ supported, 1.0)]
        row, area, position = self.arrivals(
            Purpose.FLOW_GAPS,
            np.concatenate([flows, len(STREAMS) + kinds + len(KINDS) * nth]),
            np.concatenate(expected),
            span,
        )
        programme = np.concatenate([flows, _NO_PROGRAMME - nth])[row]
        serial = serial_in_group(row * len(self.window.area_codes) + area)
        number = household_number(programme, span.from_opening + 1, serial)
        kind = np.concatenate([np.full(len(flows), REQUEST), kinds])[row]
        route = np.concatenate([np.zeros(len(flows), dtype=np.int64), self._arising_routes])[row]
        by_the_hour = np.concatenate([np.zeros(len(flows), dtype=bool), self._arising_by_the_hour])[row]
        of_flows = slice(0, int(np.searchsorted(row, len(flows))))
        route[of_flows], by_the_hour[of_flows] = self._kinds_of_request(
            row[of_flows], area[of_flows], number[of_flows], span
        )
        at_desk, around = np.where(by_the_hour, NO_ROUTE, route), np.flatnonzero(by_the_hour)
        return [
            self.window.brought(area, number, span.day_at(position), kind, span, route=at_desk),
            self.window.at_any_hour(
                area[around], number[around], position[around], kind[around], span, route=route[around]
            ),
        ]

    def _kinds_of_request(
        self, flow: Whole, area: Whole, number: Whole, span: Span
    ) -> tuple[Whole, NDArray[np.bool_]]:
        """The route of each request of a flow, and whether its clock runs in hours, day and night."""
        routes = self.procedures.routes
        draw = self.luck.draws(
            Purpose.LIFE,
            area=self.window.area_codes[area],
            subject=number,
            matter=matter_number(span.from_opening, REQUEST),
        )[:, 0]
        emergency = happens(draw, self.rates.emergency_share)
        rest = self.rates.emergency_share + (1 - self.rates.emergency_share) * self.rates.small_share
        kind = np.where(emergency, 0, np.where(happens(draw, rest), 1, 2))
        kind = np.where(flow == FLOWS.index("temporary"), kind, 3)
        temporary = [routes[f"temporary_{each}"] for each in ("emergency", "small", "ordinary")]
        numbers = [route.number for route in (*temporary, routes["medical_intake"])]
        by_the_hour = [*(route.in_hours for route in temporary), False]
        return np.array(numbers)[kind], np.array(by_the_hour)[kind]


def _in_a_month(per_year: NDArray[np.float64], factor: float) -> Whole:
    """Mean arrivals of a month, in 2**-24; factor: of this month against a year's."""
    return np.round(per_year * (factor / MONTHS_PER_YEAR * EXPONENTIAL_ONE)).astype(np.int64)

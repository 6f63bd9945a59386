"""The households of one county through the months: found, decided on, supported, reviewed, gone.

Before a month the caseload says which matters come to the desks; after it, it applies what was decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.chance import DRAW_ONE, EXPONENTIAL_ONE, Purpose, happens
from simlib.desks.trace import Matters
from simlib.policy.procedure import Procedures, Route
from simlib.units import DAYS_PER_YEAR, MONTHS_PER_YEAR
from simlib.worktime import CIVIL_DAY_MINUTES, DAY_TICKS, HOURS, Calendar
from simlib.years.lifelines import (
    APPLICATION,
    APPLIED,
    CARE_VISIT,
    FLOWS,
    HIDDEN,
    INELIGIBLE_FROM,
    NEVER_DAY,
    ON_BOOKS,
    PROGRAMMES,
    REQUEST,
    REVIEW,
    STOCKS,
    Births,
    Households,
    Stock,
    arrivals,
    by_address,
    household_number,
    matter_number,
    opening_households,
    serial_in_group,
)

Whole = NDArray[np.int64]

_KIND_MASK = 7
_KEY_BITS = 32


@dataclass(frozen=True, slots=True)
class Span:
    """A month as civil days [first, last): its number from the opening and from the plan's start."""

    from_opening: int
    from_plan: int
    first: int
    last: int

    @property
    def years_of_plan(self) -> float:
        """Time since the plan began, 0 before it [year]."""
        return max(self.from_plan, 0) / MONTHS_PER_YEAR


@dataclass(frozen=True, slots=True)
class Decided:
    """Matters decided in a month [decisions], in the order of their finish; day: civil day of the finish."""

    area: Whole
    household: Whole
    kind: Whole
    ineligible: Whole
    day: Whole


class Caseload:
    """The caseload of one county in one replication; `households` is its whole state."""

    def __init__(
        self,
        births: Births,
        procedures: Procedures,
        calendar: Calendar,
        *,
        stocks: Mapping[str, Stock],
        flows: Mapping[str, Whole],
        assistants_per_village: NDArray[np.float64],
        households: Households | None = None,
        opening_day: int = 0,
    ) -> None:
        self.births, self.rates, self.luck = births, births.rates, births.luck
        self.procedures, self.calendar = procedures, calendar
        self.stocks, self.flows = stocks, flows
        self.base_found = self.found_per_year(assistants_per_village)
        self._mean_persons = np.stack([stocks[name].mean_persons() for name in STOCKS])
        life = [self.rates.life[name] for name in STOCKS]
        stock = np.stack([stocks[name].households for name in STOCKS])
        per_household = np.stack([item.needs_per_household(self.base_found) for item in life])
        self._needs = stock * per_household
        hopeless = np.array([item.ineligible_per_eligible / item.years_on_books for item in life])
        self._hopeless = stock * hopeless[:, None]
        self.households = households if households is not None else self._opening(opening_day)
        self.left = self._none()
        self.entered = self._none()

    def _opening(self, day: int) -> Households:
        return opening_households(self.births, dict(self.stocks), day=day, found_per_year=self.base_found)

    def _none(self) -> Whole:
        return np.zeros((len(self.births.area_codes), len(STOCKS)), dtype=np.int64)

    def found_per_year(self, assistants_per_village: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rate at which a family in need is found, by township [1/year]."""
        return self.rates.own_per_year + self.rates.village_per_year * assistants_per_village

    def matters(self, span: Span, assistants_per_village: NDArray[np.float64]) -> list[tuple[Route, Matters]]:
        """What comes to the desks in a month, by route; the households concerned move on a stage."""
        self.left, self.entered = self._none(), self._none()
        self._bury(span)
        self._new_needs(span)
        coming: list[tuple[Route | None, Matters]] = []
        coming += self._applications(span, assistants_per_village)
        coming += self._hopeless_applications(span)
        coming += self._reviews(span)
        coming += self._care_visits(span)
        coming += self._requests(span)
        return [(route, matters) for route, matters in coming if route is not None and len(matters)]

    def apply(self, decided: Decided, span: Span) -> None:
        """Carry out a month's decisions: on to the books, kept, or off them."""
        rows, known = self._rows(decided.area, decided.household)
        kind, ineligible = decided.kind[known], decided.ineligible[known]
        day, rows = decided.day[known], rows[known]
        own = self.households
        grant = (kind == APPLICATION) & (ineligible == 0)
        self._enter(rows[grant], day[grant], span)
        kept = rows[(kind == REVIEW) & (ineligible == 0)]
        kept_day = day[(kind == REVIEW) & (ineligible == 0)]
        period = own.review_months[kept] * 365 // MONTHS_PER_YEAR
        missed = np.maximum(kept_day - own.review_day[kept], 0) // np.maximum(period, 1)
        own.review_day[kept] += period * (missed + 1)
        own.in_review[kept] = 0
        gone = rows[(kind == REVIEW) & (ineligible == 1)]
        self._leave(gone)

    def month_counts(self, span: Span) -> dict[str, Whole]:
        """Counts at the end of a month by township and programme [townships × programmes]."""
        own = self.households
        paid = (own.stage == ON_BOOKS) & (own.paid_from <= span.from_plan)
        in_need = (own.stage != ON_BOOKS) & (own.need_day < span.first)
        still = (own.ends_day >= span.first) & (own.death_day >= span.first)
        cell = own.area * len(STOCKS) + own.programme
        cells = len(self.births.area_codes) * len(STOCKS)

        def count(rows: NDArray[np.bool_], weight: Whole | None = None) -> Whole:
            total = np.zeros(cells, dtype=np.int64)
            np.add.at(total, cell[rows], 1 if weight is None else weight[rows])
            return total.reshape(-1, len(STOCKS))

        return {
            "households": count(paid),
            "persons": count(paid, own.persons),
            "entered": self.entered.copy(),
            "left": self.left.copy(),
            "undiscovered": count(own.stage == HIDDEN),
            "excluded_months": count(in_need & still),
            "overpaid_months": count(paid & (own.ends_day < span.first)),
            "overpaid_persons": count(paid & (own.ends_day < span.first), own.persons),
        }

    def _rows(self, area: Whole, number: Whole) -> tuple[Whole, NDArray[np.bool_]]:
        """Rows of households by address, and which of them are still there."""
        keys = (self.households.area << _KEY_BITS) | self.households.number
        wanted = (area << _KEY_BITS) | number
        rows = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
        known = keys[rows] == wanted if len(keys) else np.zeros(len(wanted), dtype=bool)
        return rows, known

    def _enter(self, rows: Whole, day: Whole, span: Span) -> None:
        own = self.households
        own.stage[rows], own.in_review[rows] = ON_BOOKS, 0
        own.paid_from[rows] = span.from_plan + 1
        own.review_day[rows] = day + own.review_months[rows] * 365 // MONTHS_PER_YEAR
        np.add.at(self.entered, (own.area[rows], own.programme[rows]), 1)

    def _leave(self, rows: Whole) -> None:
        own = self.households
        supported = rows[own.stage[rows] == ON_BOOKS]
        np.add.at(self.left, (own.area[supported], own.programme[supported]), 1)
        stays = np.ones(len(own), dtype=bool)
        stays[rows] = False
        self.households = own.pick(stays)

    def _bury(self, span: Span) -> None:
        own = self.households
        unfound = (own.stage == HIDDEN) & (own.ends_day < span.first)
        self._leave(np.flatnonzero((own.death_day < span.first) | unfound))

    def _new_needs(self, span: Span) -> None:
        rates = self._needs * self._trend(span) / MONTHS_PER_YEAR
        programme, area, position = self._arrivals(Purpose.NEED_GAPS, 0, span, rates)
        serial = serial_in_group(programme * len(self.births.area_codes) + area)
        born = self.births.born(
            area=area,
            number=household_number(programme, span.from_opening + 1, serial),
            programme=programme,
            need_day=span.first + (position * (span.last - span.first) // EXPONENTIAL_ONE),
            mean_persons=self._mean_persons[programme, area],
        )
        self.households = by_address(Households.join([self.households, born]))

    def _trend(self, span: Span) -> float:
        return float((1 + self.rates.trend) ** int(span.years_of_plan))

    def _arrivals(
        self, purpose: Purpose, first_stream: int, span: Span, expected: NDArray[np.float64]
    ) -> tuple[Whole, Whole, Whole]:
        """Arrivals of a month: row of `expected`, township, position; streams count from `first_stream`."""
        mean = np.round(expected * EXPONENTIAL_ONE).astype(np.int64)
        streams = first_stream + np.arange(len(expected))
        return arrivals(self.luck, purpose, self.births.area_codes, streams, span.from_opening, mean)

    def _applications(
        self, span: Span, assistants_per_village: NDArray[np.float64]
    ) -> list[tuple[Route | None, Matters]]:
        """Hidden families that are found this month, by their own step or by a village assistant."""
        own = self.households
        days = np.clip(span.last - np.maximum(own.need_day, span.first), 0, None)
        daily = EXPONENTIAL_ONE / DAYS_PER_YEAR
        own_rate = np.int64(round(self.rates.own_per_year * daily))
        village = np.round(self.rates.village_per_year * assistants_per_village * daily).astype(np.int64)[
            own.area
        ]
        hidden = own.stage == HIDDEN
        wait = np.where(own_rate > 0, own.own_left // max(int(own_rate), 1), NEVER_DAY)
        wait = np.minimum(wait, np.where(village > 0, own.village_left // np.maximum(village, 1), NEVER_DAY))
        found = hidden & (wait < days)
        day = np.maximum(own.need_day, span.first) + wait
        found &= (day <= own.ends_day) & (day <= own.death_day)
        own.own_left[hidden] -= own_rate * days[hidden]
        own.village_left[hidden] -= (village * days)[hidden]
        lost = np.flatnonzero(hidden & (wait < days) & ~found)
        own.ends_day[lost] = np.minimum(own.ends_day[lost], span.first)
        own.stage[found] = APPLIED
        rows = np.flatnonzero(found)
        none = np.zeros(len(rows), dtype=np.int64)
        return self._to_desks(rows, day[rows], "application", APPLICATION, span, ineligible=none)

    def _to_desks(
        self, rows: Whole, day: Whole, matter: str, kind: int, span: Span, *, ineligible: Whole
    ) -> list[tuple[Route | None, Matters]]:
        """Matters of households by route; those without a route are settled at once."""
        own = self.households
        routed = np.array([self._route(name, matter) is not None for name in STOCKS])[own.programme[rows]]
        self._settle_without_desk(rows[~routed], day[~routed], ineligible[~routed], matter, span)
        own = self.households
        rows, day, ineligible = rows[routed], day[routed], ineligible[routed]
        matters = self._at_office(own.area[rows], own.number[rows], day, kind, span, ineligible)
        return self._by_route(matters, own.programme[rows], matter)

    def _settle_without_desk(self, rows: Whole, day: Whole, ends: Whole, matter: str, span: Span) -> None:
        """Programmes recognised elsewhere pass at once; what ends is noted by an end of life."""
        own = self.households
        if matter == "application":
            self._enter(rows, day, span)
            return
        own.in_review[rows] = 0
        own.review_day[rows] += own.review_months[rows] * 365 // MONTHS_PER_YEAR
        own.death_day[rows[ends == 1]] = span.first

    def _at_office(
        self, area: Whole, number: Whole, day: Whole, kind: int, span: Span, ineligible: Whole
    ) -> Matters:
        """Matters brought in office hours of a day, or of the next working day."""
        matter = np.full(len(area), matter_number(span.from_opening, kind), dtype=np.int64)
        draw = self.luck.draws(
            Purpose.ARRIVAL, area=self.births.area_codes[area], subject=number, matter=matter
        )
        offset = draw[:, 0].astype(np.int64) * DAY_TICKS // DRAW_ONE
        tick = self.calendar.workday_of_day[day] * DAY_TICKS + offset
        return Matters(area, number, matter, tick, ineligible)

    def _hopeless_applications(self, span: Span) -> list[tuple[Route | None, Matters]]:
        """Applications of families that do not qualify."""
        rates = self._hopeless * self._trend(span) / MONTHS_PER_YEAR
        programme, area, position = self._arrivals(Purpose.NEED_GAPS, len(PROGRAMMES), span, rates)
        serial = INELIGIBLE_FROM + serial_in_group(programme * len(self.births.area_codes) + area)
        number = household_number(programme, span.from_opening + 1, serial)
        day = span.first + (position * (span.last - span.first) // EXPONENTIAL_ONE)
        matters = self._at_office(area, number, day, APPLICATION, span, np.ones(len(area), dtype=np.int64))
        return self._by_route(matters, programme, "application")

    def _by_route(
        self, matters: Matters, programme: Whole, matter: str
    ) -> list[tuple[Route | None, Matters]]:
        """The matters of each programme under its route; programmes that share a route stay together."""
        routes = [self._route(name, matter) for name in STOCKS]
        number = np.array([-1 if route is None else route.number for route in routes])[programme]
        known = {route.number: route for route in routes if route is not None}
        return [(route, matters.pick(number == at)) for at, route in sorted(known.items())]

    def _route(self, programme: str, matter: str) -> Route | None:
        """The route of a programme's matter; a review without a route of its own is a new application."""
        found = self.procedures.route_of(programme, matter)
        if found is None and matter == "review":
            found = self.procedures.route_of(programme, "application")
        return found

    def _reviews(self, span: Span) -> list[tuple[Route | None, Matters]]:
        own = self.households
        due = (own.stage == ON_BOOKS) & (own.in_review == 0) & (own.review_day < span.last)
        own.in_review[due] = 1
        rows = np.flatnonzero(due)
        day = np.maximum(own.review_day[rows], span.first)
        ended = (own.ends_day[rows] <= day).astype(np.int64)
        return self._to_desks(rows, day, "review", REVIEW, span, ineligible=ended)

    def _care_visits(self, span: Span) -> list[tuple[Route | None, Matters]]:
        own, programme = self.households, STOCKS.index("tekun_dispersed")
        here = np.flatnonzero((own.stage == ON_BOOKS) & (own.programme == programme))
        matter = matter_number(span.from_opening, CARE_VISIT)
        draw = self.luck.draws(
            Purpose.OPENING,
            area=self.births.area_codes[own.area[here]],
            subject=own.number[here],
            matter=matter,
            lanes=2,
        )
        visited = happens(draw[:, 0], min(self.rates.care_visits_per_month, 1.0))
        rows = here[visited]
        day = span.first + (draw[visited, 1].astype(np.int64) * (span.last - span.first) >> 32)
        none = np.zeros(len(rows), dtype=np.int64)
        route = self.procedures.route_of("tekun_dispersed", "care_visit")
        return [(route, self._at_office(own.area[rows], own.number[rows], day, CARE_VISIT, span, none))]

    def _requests(self, span: Span) -> list[tuple[Route | None, Matters]]:
        coming: list[tuple[Route | None, Matters]] = []
        for name in FLOWS:
            stream = PROGRAMMES.index(name)
            expected = self.flows[name][None, :] * self._trend(span) / MONTHS_PER_YEAR
            _, area, position = self._arrivals(Purpose.FLOW_GAPS, stream, span, expected)
            programme = np.full(len(area), stream)
            number = household_number(programme, span.from_opening + 1, serial_in_group(area))
            matter = np.full(len(area), matter_number(span.from_opening, REQUEST), dtype=np.int64)
            code = self.births.area_codes[area]
            draw = self.luck.draws(Purpose.LIFE, area=code, subject=number, matter=matter)[:, 0]
            none = np.zeros(len(area), dtype=np.int64)
            length = span.last - span.first
            for route, share in self._kinds_of_request(name, draw):
                if route.clock and route.clock_kind == HOURS:
                    minute = (
                        span.first * CIVIL_DAY_MINUTES
                        + position * length * CIVIL_DAY_MINUTES // EXPONENTIAL_ONE
                    )
                    matters = Matters(area, number, matter, minute, none)
                else:
                    day = span.first + position * length // EXPONENTIAL_ONE
                    matters = self._at_office(area, number, day, REQUEST, span, none)
                coming.append((route, matters.pick(share)))
        return coming

    def _kinds_of_request(self, name: str, draw: NDArray[np.uint32]) -> list[tuple[Route, NDArray[np.bool_]]]:
        """How the requests of a flow are shared over its routes."""
        routes = self.procedures.routes
        if name != "temporary":
            return [(routes["medical_intake"], np.ones(len(draw), dtype=bool))]
        emergency = happens(draw, self.rates.emergency_share)
        rest = self.rates.emergency_share + (1 - self.rates.emergency_share) * self.rates.small_share
        small = happens(draw, rest) & ~emergency
        return [
            (routes["temporary_emergency"], emergency),
            (routes["temporary_small"], small),
            (routes["temporary_ordinary"], ~emergency & ~small),
        ]


def kind_of(matter: Whole) -> Whole:
    """The kind of matter (APPLICATION …) behind a matter number."""
    return matter & _KIND_MASK

"""Life lines: when a family comes into need, when it ceases to qualify, how it could be found.

A household's life line is drawn once, when its need begins, and is the same under every policy; policy moves
only when the family is found, decided on and reviewed. MODEL: stock programmes are level under ample staff.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simlib.chance import EXPONENTIAL_ONE, Luck, Purpose, happens, unit_exponential
from simlib.desks.network import Columns
from simlib.units import DAYS_PER_YEAR

Whole = NDArray[np.int64]

STOCKS = (
    "dibao_urban",
    "dibao_rural",
    "tekun_dispersed",
    "tekun_institution",
    "marginal",
    "rigid",
    "monitored",
)
FLOWS = ("temporary", "medical")
PROGRAMMES = STOCKS + FLOWS
"""Programmes in the order of their numbers."""

HIDDEN, APPLIED, ON_BOOKS = 0, 1, 2
"""Stages of a household: in need and unknown; its application is open; supported."""

_MONTH_BITS, _SERIAL_BITS = 9, 19
INELIGIBLE_FROM = 1 << 18
HIDDEN_FROM = 1 << 17
NEVER_DAY = 1 << 40

APPLICATION, REVIEW, REQUEST, CARE_VISIT = range(4)
_MATTER_KIND_BITS = 3


def household_number(programme: Whole, month: int, serial: Whole) -> Whole:
    """The number of a household within its township: programme, month its need began (0 = before), serial."""
    return (programme << (_MONTH_BITS + _SERIAL_BITS)) | (month << _SERIAL_BITS) | serial


def matter_number(month: int, kind: int) -> int:
    """The number of a matter of this kind that comes in month `month` (counted from the opening)."""
    return ((month + 1) << _MATTER_KIND_BITS) | kind


@dataclass(frozen=True, slots=True)
class Households(Columns):
    """Households in need or on the books [households], by (area, number).

    area: index of the township. programme: its number. number: address within the township.
    need_day, ends_day, death_day: the life line [civil day]. own_left, village_left: what is left of the
    thresholds of discovery [2**-24]. review_day: next review [civil day]; review_months: between reviews.
    paid_from: first month of payment (or NEVER_DAY). persons.
    """

    area: Whole
    number: Whole
    programme: Whole
    persons: Whole
    stage: Whole
    need_day: Whole
    ends_day: Whole
    death_day: Whole
    own_left: Whole
    village_left: Whole
    review_day: Whole
    review_months: Whole
    paid_from: Whole
    in_review: Whole


@dataclass(frozen=True, slots=True)
class LifeRates:
    """Rates of one programme [1/year] and what follows from them."""

    ends: float
    deaths: float
    ineligible_per_eligible: float
    review_months: tuple[int, int]
    half_yearly_share: float

    @property
    def leaves(self) -> float:
        """Rate at which eligibility or life ends [1/year]."""
        return self.ends + self.deaths

    @property
    def detection_years(self) -> float:
        """Mean time from the end of eligibility to the next review [year]."""
        often, seldom = self.review_months
        share = self.half_yearly_share
        return (share * often + (1 - share) * seldom) / 24

    @property
    def years_on_books(self) -> float:
        """Mean time from entry to exit under ample staff [year]."""
        return (1 + self.ends * self.detection_years) / self.leaves

    def needs_per_household(self, found: NDArray[np.float64]) -> NDArray[np.float64]:
        """New needs a year that keep one supported household in stock, `found` at these rates [1/year]."""
        rate = np.maximum(found, 1e-9)
        needs: NDArray[np.float64] = (rate + self.leaves) / rate / self.years_on_books
        return needs


@dataclass(frozen=True, slots=True)
class CaseloadRates:
    """Rates of all programmes, of discovery and of flows, with the yearly change of need."""

    life: dict[str, LifeRates]
    own_per_year: float
    village_per_year: float
    care_visits_per_month: float
    small_share: float
    emergency_share: float
    trend: float


def caseload_rates(number: Callable[[str], float]) -> CaseloadRates:
    """The rates behind the keys of `life_lines` and `desk_work`, with law's review periods [month]."""
    life = {}
    for programme in STOCKS:
        dibao = programme.startswith("dibao")
        half = number("review.half_yearly_share_dibao") if dibao else 0.0
        yearly, half_yearly = (
            int(number("clocks.dibao.rereview_stable_months")),
            int(number("clocks.dibao.rereview_changing_months")),
        )
        life[programme] = LifeRates(
            number(f"life.{programme}.ends_per_year"),
            number(f"life.{programme}.deaths_per_year"),
            number(f"life.{programme}.ineligible_per_eligible"),
            (half_yearly, yearly),
            half,
        )
    return CaseloadRates(
        life=life,
        own_per_year=number("discovery.own_per_year"),
        village_per_year=number("discovery.village_per_year"),
        care_visits_per_month=number("care_visits.per_month"),
        small_share=number("share.temporary_small"),
        emergency_share=number("share.temporary_emergency"),
        trend=number("trend.needs_per_year"),
    )


class Births:
    """Makes households with their life lines."""

    def __init__(self, rates: CaseloadRates, luck: Luck, area_codes: Whole) -> None:
        self.rates, self.luck, self.area_codes = rates, luck, area_codes
        life = [rates.life[name] for name in STOCKS]
        self.ends = np.array([item.ends for item in life])
        self.deaths = np.array([item.deaths for item in life])
        self.half_share = np.array([item.half_yearly_share for item in life])
        self.periods = np.array([item.review_months for item in life], dtype=np.int64)

    def born(
        self, *, area: Whole, number: Whole, programme: Whole, need_day: Whole, mean_persons: Whole
    ) -> Households:
        """Households whose need begins on `need_day`; mean_persons in 2**-16 persons."""
        code = self.area_codes[area]
        life = self.luck.draws(Purpose.LIFE, area=code, subject=number, lanes=4)
        found = self.luck.draws(Purpose.DISCOVERY, area=code, subject=number, lanes=2)
        whole, part = mean_persons >> 16, (mean_persons & 0xFFFF) / 65536
        persons = np.maximum(whole + happens(life[:, 2], part), 1)
        often = happens(life[:, 3], self.half_share[programme])
        none = np.zeros(len(area), dtype=np.int64)
        return Households(
            area,
            number,
            programme,
            persons,
            none + HIDDEN,
            need_day,
            need_day + self._years(life[:, 0], self.ends[programme]),
            need_day + self._years(life[:, 1], self.deaths[programme]),
            unit_exponential(found[:, 0]),
            unit_exponential(found[:, 1]),
            none + NEVER_DAY,
            np.where(often, self.periods[programme, 0], self.periods[programme, 1]),
            none + NEVER_DAY,
            none,
        )

    def _years(self, draw: NDArray[np.uint32], rate: NDArray[np.float64]) -> Whole:
        """Exponential times at yearly rates [day]; a rate of zero never comes."""
        days = np.where(rate > 0, np.round(DAYS_PER_YEAR / np.maximum(rate, 1e-12)), 0).astype(np.int64)
        time = (unit_exponential(draw) >> 8) * np.minimum(days, 1 << 24) >> 16
        return np.where(rate > 0, 1 + time, NEVER_DAY)


def arrivals(
    luck: Luck, purpose: Purpose, area_codes: Whole, streams: Whole, month: int, expected: Whole
) -> tuple[Whole, Whole, Whole]:
    """Poisson arrivals of one month by inversion: stream, township index, position 0 … 2**24 in the month.

    expected: mean number by stream and township, in 2**-24 [streams × townships]. Unit-exponential gaps are
    summed until they pass the mean (Devroye, Non-Uniform Random Variate Generation, 1986, p. 504), so more
    need adds arrivals and moves none away. Rows are ordered by stream, township, time.
    """
    most = int(expected.max(initial=0)) / EXPONENTIAL_ONE
    lanes = int(most + 8 * most**0.5 + 12)
    areas = len(area_codes)
    gaps = luck.draws(
        purpose,
        area=np.tile(area_codes, len(streams)),
        subject=np.repeat(streams, areas),
        matter=month,
        lanes=lanes,
    )
    times = np.cumsum(unit_exponential(gaps), axis=1)
    mean = expected.reshape(-1, 1)
    cell, serial = np.nonzero(times < mean)
    position = times[cell, serial] * EXPONENTIAL_ONE // np.maximum(mean[cell, 0], 1)
    return cell // areas, cell % areas, position


def serial_in_group(group: Whole) -> Whole:
    """0, 1, 2 … within each run of equal values of a sorted array."""
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    first = np.zeros(len(group), dtype=np.int64)
    first[starts] = starts
    return np.arange(len(group)) - np.maximum.accumulate(first) if len(group) else first


@dataclass(frozen=True, slots=True)
class Stock:
    """A county's stock of one programme by township: households, persons [counts]."""

    households: Whole
    persons: Whole

    def mean_persons(self) -> Whole:
        """Persons per household [2**-16 person]; 1 where there is none."""
        mean = (self.persons << 16) // np.maximum(self.households, 1)
        return np.where(self.households > 0, mean, 1 << 16)


def opening_households(
    births: Births, stocks: dict[str, Stock], *, day: int, found_per_year: NDArray[np.float64]
) -> Households:
    """The books and the hidden at the start of the run-up: reviews uniform on their period, a share of the
    supported no longer eligible, the hidden at flow × mean delay.
    """
    parts = []
    for programme, name in enumerate(STOCKS):
        stock, rates = stocks[name], births.rates.life[name]
        area = np.repeat(np.arange(len(stock.households)), stock.households)
        serial = serial_in_group(area)
        number = household_number(np.full(len(area), programme), 0, serial)
        books = births.born(
            area=area,
            number=number,
            programme=np.full(len(area), programme),
            need_day=np.full(len(area), day),
            mean_persons=stock.mean_persons()[area],
        )
        draw = births.luck.draws(Purpose.OPENING, area=births.area_codes[area], subject=number, lanes=2)
        extra = stock.persons[area] - stock.households[area] * (
            stock.persons[area] // np.maximum(stock.households[area], 1)
        )
        persons = stock.persons[area] // np.maximum(stock.households[area], 1) + (serial < extra)
        over = rates.ends * rates.detection_years / (1 + rates.ends * rates.detection_years)
        ended = happens(draw[:, 1], over)
        period = books.review_months * 30
        parts.append(
            replace(
                books,
                persons=persons,
                stage=np.full(len(area), ON_BOOKS),
                ends_day=np.where(ended, day - 1, books.ends_day),
                review_day=day + (draw[:, 0].astype(np.int64) * period >> 32),
                paid_from=np.zeros(len(area), dtype=np.int64) - 1,
            )
        )
        parts.append(_hidden(births, programme, stock, day, found_per_year))
    return by_address(Households.join(parts))


def _hidden(
    births: Births, programme: int, stock: Stock, day: int, found_per_year: NDArray[np.float64]
) -> Households:
    """Families in need that nobody has found yet when the run-up begins."""
    rates = births.rates.life[STOCKS[programme]]
    flow = stock.households * rates.needs_per_household(found_per_year)
    hidden = np.floor(flow / (np.maximum(found_per_year, 1e-9) + rates.leaves) + 0.5).astype(np.int64)
    area = np.repeat(np.arange(len(hidden)), hidden)
    number = household_number(np.full(len(area), programme), 0, HIDDEN_FROM + serial_in_group(area))
    return births.born(
        area=area,
        number=number,
        programme=np.full(len(area), programme),
        need_day=np.full(len(area), day),
        mean_persons=stock.mean_persons()[area],
    )


def by_address(households: Households) -> Households:
    """The same households in the order (area, number)."""
    return households.pick(np.lexsort((households.number, households.area)))

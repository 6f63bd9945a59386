"""Life lines: when a family comes into need, when it ceases to qualify, how it could be found.

A household's life line is drawn once, when its need begins, and is the same under every policy; policy moves
only when the family is found, decided on and reviewed. MODEL: stock programmes are level under ample staff.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simlib.chance import EXPONENTIAL_ONE, Luck, Purpose, happens, unit_exponential
from simlib.compiled import compiled
from simlib.desks.network import Columns
from simlib.policy.procedure import Procedures
from simlib.units import DAYS_PER_YEAR, MONTHS_PER_YEAR

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

HIDDEN, APPLIED, ON_BOOKS, GONE = 0, 1, 2, 3
"""Stages of a household: in need and unknown; its application is open; supported; off the books."""

_MONTH_BITS, _SERIAL_BITS, _PROGRAMME_BITS, _AREA_BITS = 9, 19, 4, 15
INELIGIBLE_FROM = 1 << 18
BACKLOG_FROM = INELIGIBLE_FROM | 1 << 17
HIDDEN_FROM = 1 << 17
NEVER_DAY = 1 << 40
BEFORE = -(1 << 40)
"""A month before every month."""
SETTLED = -1

KINDS = (
    "application",
    "review",
    "request",
    "care_visit",
    "alert",
    "change",
    "change_visit",
    "complaint",
    "enquiry",
    "referral",
    "remote_in",
    "remote_out",
    "reassessment",
    "recalculation",
)
"""Kinds of matters by their number, which is part of every address: new ones are added at the end."""
APPLICATION, REVIEW, REQUEST, CARE_VISIT, ALERT, CHANGE = range(6)
RECALCULATION = KINDS.index("recalculation")
_KIND_BITS, _MATTER_BITS = 4, 12


def household_number(programme: Whole, month: int, serial: Whole) -> Whole:
    """The number of a household within its township: programme, month its need began (0 = before), serial."""
    return (programme << (_MONTH_BITS + _SERIAL_BITS)) | (month << _SERIAL_BITS) | serial


def matter_number(month: int, kind: int) -> int:
    """The number of a matter of this kind that comes in month `month` (counted from the opening)."""
    return ((month + 1) << _KIND_BITS) | kind


def nth_matter(matter: Whole, ordinal: Whole) -> Whole:
    """The numbers of matters of one kind and month, of which one household may have several."""
    return matter | (ordinal << _MATTER_BITS)


def kind_of(matter: Whole) -> Whole:
    """The kind of matter behind a matter number."""
    return matter & ((1 << _KIND_BITS) - 1)


def household_key(area: Whole, number: Whole) -> Whole:
    """What households are ordered by: month their need began, programme, township, serial.

    Who comes later stands further down, so a register only grows at its end.
    """
    serial = number & ((1 << _SERIAL_BITS) - 1)
    month_and_programme = (number >> _SERIAL_BITS & ((1 << _MONTH_BITS) - 1)) << _PROGRAMME_BITS
    month_and_programme |= number >> (_MONTH_BITS + _SERIAL_BITS)
    return (((month_and_programme << _AREA_BITS) | area) << _SERIAL_BITS) | serial


@dataclass(frozen=True, slots=True)
class Households(Columns):
    """Households in need or on the books [households], by `household_key`.

    area: index of the township. programme: its number. number: address within the township.
    need_day, ends_day, death_day: the life line [civil day]. own_left, village_left: what is left of the
    thresholds of discovery [2**-24]. review_day: next review [civil day]; review_months: between reviews.
    paid_from: first month of payment (or NEVER_DAY). in_review: 1 while a matter that may end it is open.
    least_from, least_to: the months [least_from, least_to) it would be paid in if nothing ever waited at a
    desk, its reviews on their anniversaries: the no-queue shadow. least_day: the day on which it is found out
    that support ends, SETTLED once least_to counts the procedure from there. visits_open: care visits not
    made yet. persons.
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
    least_from: Whole
    least_to: Whole
    least_day: Whole
    visits_open: Whole


@dataclass(frozen=True, slots=True)
class LifeRates:
    """Rates of one programme [1/year] and what follows from them.

    detection_years: mean time from the end of eligibility until it is found out under ample staff [year].
    """

    ends: float
    deaths: float
    ineligible_per_eligible: float
    review_months: tuple[int, int]
    half_yearly_share: float
    detection_years: float

    @property
    def leaves(self) -> float:
        """Rate at which eligibility or life ends [1/year]."""
        return self.ends + self.deaths

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
    """Rates of all programmes, of discovery and of flows, with the yearly change of need.

    own_per_year: at which a family is found without a village assistant: it applies, somebody calls the
    hotline, data raise an alert; all three draw on one threshold, since no policy here moves one of them.

    season_needs, season_requests: the months of a year against their mean, January first [12, mean 1].
    comparison_months: months between comparisons of the books with other data; comparison_finds: share of the
    no longer eligible that one finds; comparison_false: share of the eligible it raises by mistake.
    reported_per_year: rate at which a family reports that it no longer qualifies [1/year].
    Dispersed tekun households are visited every visit_days (a share visits_by_the_day of them), else every
    visit_months: first of the two for a share visits_by_the_month, the second for the rest.
    rise_share: of the standard a year, in rise_month (1 = January); rise_share 0: it stays.
    backlog_days: how long before the plan an opening backlog came in, at most [day].
    """

    life: dict[str, LifeRates]
    own_per_year: float
    village_per_year: float
    small_share: float
    emergency_share: float
    trend: float
    season_needs: NDArray[np.float64]
    season_requests: NDArray[np.float64]
    comparison_months: int
    comparison_finds: float
    comparison_false: float
    reported_per_year: float
    visits_by_the_day: float
    visits_by_the_month: float
    visit_days: int
    backlog_days: int
    rise_share: float
    rise_month: int
    visit_months: tuple[int, int]


def detection_years(
    review_months: tuple[int, int],
    half_yearly_share: float,
    *,
    reported_per_year: float = 0.0,
    comparison_months: int = 1,
    finds_share: float = 0.0,
) -> float:
    """Mean time from the end of eligibility until a review, a report or a comparison finds it [year].

    The mean of the least of three waits is the integral of the product of their survival functions; reviews
    and comparisons come at fixed intervals from a moment that is uniform on them.
    """
    mean = 0.0
    for months, share in zip(review_months, (half_yearly_share, 1 - half_yearly_share), strict=True):
        years = months / MONTHS_PER_YEAR
        time = (np.arange(1000) + 0.5) * years / 1000
        past, part = np.divmod(time, comparison_months / MONTHS_PER_YEAR)
        part = part * MONTHS_PER_YEAR / comparison_months
        unseen = (1 - finds_share) ** past * (1 - part * finds_share)
        unreported = np.array([math.exp(-reported_per_year * each) for each in time.tolist()])
        still = (1 - time / years) * unreported * unseen
        mean += share * float(still.mean()) * years
    return mean


def caseload_rates(number: Callable[[str], float], procedures: Procedures) -> CaseloadRates:
    """The rates behind the keys of `life_lines` and `desk_work`, with law's review periods [month].

    number: the value of a key.
    """
    reported, finds = number("report.end_per_year"), number("comparison.finds_share")
    comparison_months = int(number("clocks.dibao.data_comparison_months"))
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
            detection_years(
                (half_yearly, yearly),
                half,
                reported_per_year=reported if programme in procedures.programmes_with("change") else 0.0,
                comparison_months=comparison_months,
                finds_share=finds if programme in procedures.programmes_with("alert") else 0.0,
            ),
        )
    return CaseloadRates(
        life=life,
        own_per_year=sum(number(f"discovery.{by}_per_year") for by in ("own", "hotline", "data")),
        village_per_year=number("discovery.village_per_year"),
        small_share=number("share.temporary_small"),
        emergency_share=number("share.temporary_emergency"),
        trend=number("trend.needs_per_year"),
        season_needs=_season(number, "season.needs_more"),
        season_requests=_season(number, "season.requests_more"),
        comparison_months=comparison_months,
        comparison_finds=finds,
        comparison_false=number("comparison.false_share"),
        reported_per_year=reported,
        visits_by_the_day=number("visits.weekly_share"),
        visits_by_the_month=number("visits.monthly_share"),
        rise_share=number("standard.rise_share"),
        rise_month=int(number("standard.rise_month")),
        backlog_days=int(number("opening.backlog_days")),
        visit_days=int(number("clocks.visits.high_risk_days")),
        visit_months=(
            int(number("clocks.visits.key_months")),
            int(number("clocks.visits.general_months")),
        ),
    )


def _season(number: Callable[[str], float], more: str) -> NDArray[np.float64]:
    """The months of a year against their mean, January first: more in the winter season, less in others."""
    values = np.ones(MONTHS_PER_YEAR)
    first, length = int(number("season.from_month")) - 1, int(number("season.months"))
    values[np.arange(first, first + length) % MONTHS_PER_YEAR] += number(more)
    scaled: NDArray[np.float64] = values / values.mean()
    return scaled


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
            none + NEVER_DAY,
            none + NEVER_DAY,
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
    areas, mean = len(area_codes), expected.ravel()
    cells = np.flatnonzero(mean > 0)
    parts = []
    lanes = _GAPS_AT_FIRST + mean[cells] // EXPONENTIAL_ONE * 2
    while len(cells):
        ends = np.concatenate([[0], np.cumsum(lanes)])
        gaps = luck.rows_of_draws(
            purpose, ends, area=area_codes[cells % areas], subject=streams[cells // areas], matter=month
        )
        found = np.empty((2, len(gaps)), dtype=np.int64)
        is_short = np.zeros(len(cells), dtype=bool)
        made = _sum_gaps(unit_exponential(gaps), ends, mean[cells], found, is_short)
        parts.append(np.stack([cells[found[0, :made]], found[1, :made]]))
        cells, lanes = cells[is_short], lanes[is_short] * 4
    if not parts:
        return (np.zeros(0, dtype=np.int64),) * 3
    cell, position = np.concatenate(parts, axis=1)
    order = np.argsort(cell, kind="stable")
    cell, position = cell[order], position[order]
    return cell // areas, cell % areas, position


_GAPS_AT_FIRST = 4
"""Gaps drawn at first for a cell, beside twice its mean; a cell whose gaps do not reach is drawn again."""


@compiled
def _sum_gaps(
    gaps: Whole, ends: Whole, mean: Whole, found: NDArray[np.int64], is_short: NDArray[np.bool_]
) -> int:
    """Write the cell and the position of each arrival; mark cells whose gaps do not reach their mean."""
    made = 0
    for cell in range(len(mean)):
        time, first = 0, made
        for at in range(ends[cell], ends[cell + 1]):
            time += gaps[at]
            if time >= mean[cell]:
                break
            found[0, made] = cell
            found[1, made] = time * EXPONENTIAL_ONE // mean[cell]
            made += 1
        if time < mean[cell]:
            is_short[cell], made = True, first
    return made


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
                paid_from=np.full(len(area), BEFORE),
                least_from=np.full(len(area), BEFORE),
            )
        )
        parts.append(_hidden(births, programme, stock, day, found_per_year))
    return in_order(Households.join(parts))


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


def in_order(households: Households) -> Households:
    """The same households by `household_key`."""
    return households.pick(np.argsort(household_key(households.area, households.number), kind="stable"))


class Register:
    """The households of a run in columns with room to grow; `rows` are views that can be written to."""

    def __init__(self, households: Households) -> None:
        keys = household_key(households.area, households.number)
        self._fill(np.stack([*(getattr(households, name) for name in Households.names()), keys]))

    def _fill(self, block: Whole, used: int | None = None) -> None:
        self._block, self._used = block, block.shape[1] if used is None else used
        self.rows = Households(*block[:-1, : self._used])

    def add(self, born: Households) -> None:
        """Append households that came after all others."""
        before, used = self._used, self._used + len(born)
        block = self._block
        if used > block.shape[1]:
            block = np.empty((len(block), used + used // 4 + 64), dtype=np.int64)
            block[:, :before] = self._block[:, :before]
        for column, name in zip(block, Households.names(), strict=False):
            column[before:used] = getattr(born, name)
        block[-1, before:used] = household_key(born.area, born.number)
        self._fill(block, used)

    def keep(self, stays: NDArray[np.bool_]) -> None:
        """Let go of the households that do not stay."""
        self._fill(self._block[:, : self._used][:, stays])

    def find(self, area: Whole, number: Whole) -> tuple[Whole, NDArray[np.bool_]]:
        """Rows of households by address, and which of them are here."""
        keys, wanted = self._block[-1, : self._used], household_key(area, number)
        rows = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
        return rows, keys[rows] == wanted if len(keys) else np.zeros(len(wanted), dtype=bool)

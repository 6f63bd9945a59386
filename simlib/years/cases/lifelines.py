"""Life lines: when a family comes into need, when it ceases to qualify, how it could be found.

A household's life line is drawn once, when its need begins, and is the same under every policy; policy moves
only when the family is found, decided on and reviewed. MODEL: stock programmes are level under ample staff.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simlib.chance import EXPONENTIAL_ONE, Luck, Purpose, happens, unit_exponential
from simlib.compiled import compiled
from simlib.units import DAYS_PER_YEAR
from simlib.years.cases.households import (
    BEFORE,
    HIDDEN,
    HIDDEN_FROM,
    NEVER_DAY,
    ON_BOOKS,
    STOCKS,
    Households,
    household_number,
    in_order,
    serial_in_group,
)
from simlib.years.cases.rates import CaseloadRates

Whole = NDArray[np.int64]


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
        death_day = need_day + self._years(life[:, 1], self.deaths[programme])
        return Households(
            area,
            number,
            programme,
            persons,
            none + HIDDEN,
            need_day,
            need_day + self._years(life[:, 0], self.ends[programme]),
            death_day,
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
            none + BEFORE,
            self.noticed(area=area, number=number, persons=persons, death_day=death_day),
        )

    def noticed(self, *, area: Whole, number: Whole, persons: Whole, death_day: Whole) -> Whole:
        """The day each death is noticed: at once where others are left, later where nobody is [civil day]."""
        code = self.area_codes[area]
        draw = self.luck.draws(Purpose.LEAVING, area=code, subject=number, lanes=3)[:, 2]
        return death_day + np.where(persons == 1, self.rates.death_noticed.at(draw), 0)

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
    cell, position = parts[0]
    if len(parts) > 1:
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
                noticed_day=births.noticed(
                    area=area, number=number, persons=persons, death_day=books.death_day
                ),
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

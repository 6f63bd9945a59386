"""Counties as plain numbers, and several of them side by side.

Counties are independent within a month, and so are replications. Many run at once: their townships and
offices are numbered through, county after county, and every table of numbers has one row for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simlib.chance import in_replication
from simlib.places.columns import FLOWS
from simlib.years.cases.households import STOCKS
from simlib.years.cases.lifelines import Stock
from simlib.years.money.budgetrules import MoneyRules

Whole = NDArray[np.int64]

BATCH_HOUSEHOLDS = 100_000
"""Counties are simulated side by side up to about this many supported households [household].

It bounds the memory of a piece of work; no table depends on it.
"""


@dataclass(frozen=True, slots=True)
class County:
    """One county as numbers; offices are its townships in order, then its bureau, then verification.

    assistant_days: every how many working days an assistant is at hand in a village, 0: never, or it matters
    to nobody [townships].
    """

    code: str
    townships: pd.DataFrame
    offices: tuple[str, ...]
    office_codes: Whole
    stocks: Mapping[str, Stock]
    flows: Mapping[str, Whole]
    trip_ticks: Whole
    assistants_per_village: NDArray[np.float64]
    assistant_days: Whole
    payroll: Whole
    payroll_share: NDArray[np.float64]
    contract: Whole
    required: Whole
    opening_backlog: Whole
    gap: Whole
    money: MoneyRules
    services_limit: int

    @property
    def areas(self) -> int:
        """Number of townships."""
        return len(self.offices) - 2

    @property
    def posts_existing(self) -> int:
        """Posts of its townships and bureau today; verification centres stand outside the formulas [post]."""
        return int((self.payroll + self.contract)[:-1].sum())

    @property
    def households(self) -> int:
        """Supported households [household]."""
        return int(sum(stock.households.sum() for stock in self.stocks.values()))


@dataclass(frozen=True, slots=True)
class Counties:
    """Counties side by side, each in a replication; areas and offices are numbered through.

    replications: of each member. office_codes, area_codes: addresses of their chance. area_office,
    bureau_of_area, verification_of_area: office numbers [areas]. bureau: number of the county bureau's office
    [offices]. county_of_area, county_of_office: position in `members`. first_office: where each county's
    offices begin, with the end [members + 1]. The rest is the members' columns in a row.
    """

    members: tuple[County, ...]
    replications: tuple[int, ...]
    offices: tuple[str, ...]
    office_codes: Whole
    area_codes: Whole
    area_office: Whole
    bureau_of_area: Whole
    verification_of_area: Whole
    bureau: Whole
    county_of_area: Whole
    county_of_office: Whole
    first_office: Whole
    stocks: Mapping[str, Stock]
    flows: Mapping[str, Whole]
    trip_ticks: Whole
    assistants_per_village: NDArray[np.float64]
    assistant_days: Whole
    payroll: Whole
    payroll_share: NDArray[np.float64]
    contract: Whole
    required: Whole
    opening_backlog: Whole

    @property
    def areas(self) -> int:
        """Number of townships."""
        return len(self.area_codes)

    def offices_of(self, at: int) -> slice:
        """The offices of the member at a position."""
        return slice(int(self.first_office[at]), int(self.first_office[at + 1]))


def side_by_side(counties: Sequence[County], replications: Sequence[int]) -> Counties:
    """These counties side by side, replication after replication, in their order."""
    members = [county for _ in replications for county in counties]
    places = [replication for replication in replications for _ in counties]
    towns = np.array([county.areas for county in members], dtype=np.int64)
    sizes = towns + 2
    first_office = np.concatenate([[0], np.cumsum(sizes)])
    county_of_area = np.repeat(np.arange(len(members)), towns)
    county_of_office = np.repeat(np.arange(len(members)), sizes)
    bureau_of_county = first_office[:-1] + towns
    is_town = np.concatenate([np.arange(size) < size - 2 for size in sizes])

    def row(name: str) -> NDArray[np.int64]:
        return np.concatenate([getattr(county, name) for county in members])

    office_codes = in_replication(row("office_codes"), np.repeat(np.array(places, dtype=np.int64), sizes))
    return Counties(
        members=tuple(members),
        replications=tuple(places),
        offices=tuple(office for county in members for office in county.offices),
        office_codes=office_codes,
        area_codes=office_codes[is_town],
        area_office=np.flatnonzero(is_town),
        bureau_of_area=bureau_of_county[county_of_area],
        verification_of_area=bureau_of_county[county_of_area] + 1,
        bureau=bureau_of_county[county_of_office],
        county_of_area=county_of_area,
        county_of_office=county_of_office,
        first_office=first_office,
        stocks={
            name: Stock(
                np.concatenate([county.stocks[name].households for county in members]),
                np.concatenate([county.stocks[name].persons for county in members]),
            )
            for name in STOCKS
        },
        flows={name: np.concatenate([county.flows[name] for county in members]) for name in FLOWS},
        trip_ticks=row("trip_ticks"),
        assistants_per_village=row("assistants_per_village").astype(np.float64),
        assistant_days=row("assistant_days"),
        payroll=row("payroll"),
        payroll_share=row("payroll_share").astype(np.float64),
        contract=row("contract"),
        required=row("required"),
        opening_backlog=row("opening_backlog"),
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """What is simulated side by side: these counties in these replications."""

    replications: range
    counties: tuple[str, ...]

    @property
    def name(self) -> str:
        """A name for files: replications, first county, how many counties."""
        first, last = self.replications[0], self.replications[-1]
        return f"r{first:04d}-{last:04d}-{self.counties[0]}-{len(self.counties)}"


def batches(counties: Sequence[County], replications: range, most: int = BATCH_HOUSEHOLDS) -> list[Batch]:
    """Every county in every replication, in batches of up to `most` households.

    Small places have several replications in a batch, large ones a part of their counties. What would fill
    more than half a batch is shared out evenly over two or more, so that two processes have the same to do.
    """
    parts: list[list[str]] = []
    room = 0
    for county in counties:
        if not parts or county.households > room:
            parts.append([])
            room = most
        parts[-1].append(county.code)
        room -= county.households
    count, households = len(replications), sum(county.households for county in counties)
    shares = count
    if len(parts) == 1:
        fewest = -(-count // max(most // max(households, 1), 1))
        shares = min(max(fewest, 2), count) if 2 * count * households > most else fewest
    bounds = [replications.start + count * share // shares for share in range(shares + 1)]
    spans = [range(first, last) for first, last in pairwise(bounds)]
    return [Batch(span, tuple(part)) for span in spans for part in parts]

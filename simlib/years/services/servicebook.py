"""What services write into the result tables: months, evaluations, years; it counts nothing itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from simlib.policy.services.needs import GRADES
from simlib.years.county import Counties
from simlib.years.records import Ledger
from simlib.years.services.countyservices import HANDS
from simlib.years.services.hands import Worked
from simlib.years.services.orders import COUNTED
from simlib.years.services.panel import STAGES
from simlib.years.services.purse import MoneyMonth
from simlib.years.services.servicerules import ServiceRules

Whole = NDArray[np.int64]

FARED = ("assessed", "with_need", "wholly", "partly", "left_out", "pending")
NO_GRADE = "none"
_MONEY = ("carried_in", "voted", "paid", "committed", "lapsed", "held", "evaluation")


class ServiceBook:
    """The tables of services of a run's counties."""

    def __init__(self, ledger: Ledger, counties: Counties) -> None:
        self.ledger, self.counties = ledger, counties

    def assessments(self, month: int, **counts: Whole) -> None:
        """Record a month's assessments; counts: by township, as in the table."""
        areas = np.arange(self.counties.areas, dtype=np.int64)
        of_area = self.counties.county_of_area
        self.ledger.add("service_assessments", of_area, month=month, area_code=areas, **counts)

    def orders(
        self,
        month: int,
        before: NDArray[np.int64],
        after: NDArray[np.int64],
        counts: NDArray[np.int64],
    ) -> None:
        """Record a month's orders; before, after: open ones [counties × items]; counts: of COUNTED."""
        county, item = np.nonzero(before + after + counts.sum(axis=0))
        self.ledger.add(
            "service_orders",
            county,
            month=month,
            item=item,
            open_start=before[county, item],
            open_end=after[county, item],
            **{name: found[county, item] for name, found in zip(COUNTED, counts, strict=True)},
        )

    def money(self, month: int, money: MoneyMonth) -> None:
        """Record a month of every fund."""
        county, fund = (part.ravel() for part in np.indices(money.voted.shape))
        self.ledger.add(
            "service_money",
            county,
            month=month,
            fund=fund,
            **{f"{name}_fen": getattr(money, name).ravel() for name in _MONEY},
        )

    def capacity(self, month: int, worked: Worked) -> None:
        """Record a month of whoever delivers."""
        hands, county = (part.ravel() for part in np.indices(worked.busy.shape))
        self.ledger.add(
            "service_capacity",
            county,
            month=month,
            hands=hands,
            workers=worked.workers.ravel(),
            available_ticks=worked.available.ravel(),
            busy_ticks=worked.busy.ravel(),
            delivered=worked.served.ravel(),
            waiting_end=worked.waiting.ravel(),
        )

    def evaluation(self, held: Whole, *, year: int, stage: str, columns: Mapping[str, Whole]) -> None:
        """Record the evaluations of some counties; columns: of all counties, as in the table."""
        rows = {name: column[held] for name, column in columns.items()}
        self.ledger.add("service_evaluations", held, year=year, stage=stage, **rows)

    def providers(self, year: int, **columns: Whole) -> None:
        """Record a year of each county's provider, as in the table `service_years`."""
        counties = np.arange(len(self.counties.members), dtype=np.int64)
        self.ledger.add("service_years", counties, year=year, **columns)

    def households(self, year: int, cells: Whole, fared: NDArray[np.int64], programmes: int) -> None:
        """Record how families fared; cells: numbers by township × programme × grade, the last grade none."""
        grades = len(GRADES) + 1
        area = cells // grades // programmes
        self.ledger.add(
            "service_households",
            self.counties.county_of_area[area],
            year=year,
            area_code=area,
            programme=cells // grades % programmes,
            grade=cells % grades,
            **dict(zip(FARED, fared.T, strict=True)),
        )


def ledger_names(rules: ServiceRules | None) -> dict[str, tuple[str, ...]]:
    """The texts of the text columns that services write; none where there are no services."""
    if rules is None:
        return {}
    return {
        "item": rules.names,
        "fund": rules.funds,
        "hands": HANDS,
        "grade": (*GRADES, NO_GRADE),
        "stage": tuple(STAGES),
    }

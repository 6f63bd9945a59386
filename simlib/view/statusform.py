"""The staffing-status form: posts and money by quarter and month, county by county, from stored tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

import pandas as pd

from simlib.units import MONTHS_PER_YEAR
from simlib.view.annex import existing_counts
from simlib.view.contract import ExperimentView
from simlib.view.names import Names
from simlib.view.purchasedates import dates_text, in_force
from simlib.view.sheets import Column, Row, Sheet, figure, wan_from_fen
from simlib.years.money.accounts import WORK_FUND

QUARTER = 3
POSTS = ("required", "funded", "filled", "gap")
DESKS = ("township", "county")
MOVED = ("hired", "left")
MONEY = ("needed_fen", "secured_fen", "paid_fen")


class TablesView(Protocol):
    """The stored tables of one cell."""

    @property
    def workforce(self) -> pd.DataFrame:
        """Posts by replication, month and office."""

    @property
    def money(self) -> pd.DataFrame:
        """Money by replication, month and county [fen]."""


class FormsView(ExperimentView, Protocol):
    """An experiment whose stored tables can be read too."""

    def frames(self, scenario: str) -> TablesView:
        """The tables of one cell."""

    def contracts(self, scenario: str) -> pd.DataFrame:
        """The contracts of one cell, all replications; empty where posts need none."""

    def contract_steps(self, scenario: str) -> pd.DataFrame:
        """The steps that led to them."""

    def service_money(self, scenario: str) -> pd.DataFrame:
        """The funds of services by replication, month and county [fen]; empty where none are bought."""


def first_year(experiment: ExperimentView) -> int:
    """The first calendar year of the plan."""
    return int(experiment.record()["first_year"])


def prices(experiment: ExperimentView, scenario: str) -> list[int]:
    """Price of a bought post in each year of the plan [fen]."""
    found = experiment.price_fen(scenario)
    return [found] * int(experiment.record()["years"]) if isinstance(found, int) else list(found)


def county_of(experiment: ExperimentView) -> dict[str, str]:
    """The county that each office belongs to, by the office's code."""
    towns = experiment.place.townships
    counties = experiment.place.counties["county_code"].astype(str)
    mine = dict(zip(towns["area_code"].astype(str), towns["county_code"].astype(str), strict=True))
    return mine | dict(zip(counties, counties, strict=True))


def status(experiment: FormsView, scenario: str) -> pd.DataFrame:
    """Posts and money of each county at each month's end, mean of the replications.

    Columns month, county_code, required, funded (existing and bought), filled, gap [post]; hired, left in the
    month [person]; needed_fen, secured_fen (of the year), paid_fen (from the fund since January) [fen].
    gap: what each office lacks of its required posts; posts to spare elsewhere fill no gap. Where existing
    posts do not count, those there when the plan begins fill none either.
    needed_fen: price of every post lacking when the plan begins; secured_fen: the year's limit for posts as
    it stands, or the price of the posts bought where no rule sets one.
    """
    tables = experiment.frames(scenario)
    posts = _posts(tables.workforce, _idle_posts(experiment, scenario))
    bought = posts["funded"].copy()
    existing = _existing(experiment)
    county = posts["county_code"]
    posts["funded"] = bought + county.map(existing).fillna(0)
    price = pd.Series(prices(experiment, scenario))
    by_month = posts["month"].map(lambda month: price[month // MONTHS_PER_YEAR])
    posts["needed_fen"] = county.map(_gaps(experiment, scenario)).fillna(0) * by_month
    months = sorted(posts["month"].unique().tolist())
    limit, paid = (_so_far(tables.money, line, months) for line in ("cap_posts", "paid"))
    keys = list(zip(posts["month"], county, strict=True))
    posts["secured_fen"] = [limit.get(key, worth) for key, worth in zip(keys, bought * by_month, strict=True)]
    posts["paid_fen"] = [paid.get(key, 0.0) for key in keys]
    return posts


def _adds_to_existing(experiment: ExperimentView, scenario: str) -> bool:
    """Whether the formula asks for its posts on top of those already there."""
    return not any(
        existing_counts(experiment, cell.formula) for cell in experiment.cells() if cell.id == scenario
    )


def _idle_posts(experiment: ExperimentView, scenario: str) -> dict[str, float]:
    """Posts of each office, by its code, that fill nothing of the requirement."""
    if not _adds_to_existing(experiment, scenario):
        return {}
    staffing = experiment.staffing(scenario)
    offices = staffing[staffing["level"].isin(DESKS)]
    return dict(zip(offices["area_code"].astype(str), offices["posts_existing"], strict=True))


def _posts(workforce: pd.DataFrame, idle: Mapping[str, float]) -> pd.DataFrame:
    """Means by month and county; verification centres stand outside the formulas."""
    desks = workforce[~workforce["office"].str.endswith("V")]
    count = max(workforce["replication"].nunique(), 1)
    keys = ["replication", "month", "county_code", "office"]
    offices = desks.groupby(keys)[["required", "funded", "filled"]].sum()
    of_no_use = offices.index.get_level_values("office").map(idle.get).to_numpy(float, na_value=0.0)
    offices["gap"] = (offices["required"] + of_no_use - offices["filled"]).clip(lower=0)
    left = [str(name) for name in desks if str(name).startswith("left_")]
    moved = desks.assign(left=desks[left].sum(axis=1)).groupby(["month", "county_code"])[list(MOVED)].sum()
    sums = offices.groupby(["month", "county_code"])[list(POSTS)].sum().join(moved) / count
    return sums.reset_index()


def _existing(experiment: ExperimentView) -> pd.Series:
    place = experiment.place
    frames = [
        frame[["county_code", "posts_payroll", "posts_contract"]]
        for frame in (place.townships, place.counties)
    ]
    both = pd.concat(frames).fillna(0)
    both["county_code"] = both["county_code"].astype(str)
    return both.groupby("county_code")[["posts_payroll", "posts_contract"]].sum().sum(axis=1)


def _gaps(experiment: ExperimentView, scenario: str) -> pd.Series:
    staffing = experiment.staffing(scenario)
    offices = staffing[staffing["level"].isin(DESKS)]
    return offices.groupby(offices["area_code"].astype(str).map(county_of(experiment)))["gap"].sum()


def _so_far(money: pd.DataFrame, line: str, months: Sequence[int]) -> dict[tuple[int, str], float]:
    """What stands under a line since January, by month and county; mean of replications [fen]."""
    rows = money[(money["line"] == line) & (money["source"] == WORK_FUND)]
    count = max(money["replication"].nunique(), 1)
    sums = rows.groupby(["month", "county_code"])["fen"].sum().to_dict()
    found: dict[tuple[int, str], float] = {}
    for county in sorted(rows["county_code"].unique().tolist()):
        so_far = 0
        for month in months:
            so_far = (so_far if month % MONTHS_PER_YEAR else 0) + sums.get((month, county), 0)
            found[month, county] = so_far / count
    return found


def staffing_status(experiment: FormsView, scenario: str, names: Names) -> Sequence[Sheet]:
    """The form: one sheet by quarter, one by month; a row a county and a total for each period."""
    found = status(experiment, scenario)
    quarters = _of_quarters(found)
    contracts = experiment.contracts(scenario)
    days = {name: pd.to_datetime(contracts[name]) for name in ("begins_on", "ends_on")}
    contracts = contracts.assign(**days)
    begin, years = first_year(experiment), len(prices(experiment, scenario))
    whole = names.say("forms.status.contract", first=begin, last=begin + years - 1)
    counties = experiment.place.counties
    called = dict(zip(counties["county_code"].astype(str), counties["county"].astype(str), strict=True))
    about = ("posts", *(("on_top",) if _adds_to_existing(experiment, scenario) else ()), "money")
    about = (*about, "contract" if contracts.empty else "contracts")
    sheets = []
    for part, frame in (("quarter", quarters), ("month", found)):
        rows: list[Row] = []
        totals = []
        for month, group in frame.groupby("month", sort=True):
            period = period_text(part, int(str(month)), begin, names)
            end = date(
                begin + (int(str(month)) + 1) // MONTHS_PER_YEAR,
                (int(str(month)) + 1) % MONTHS_PER_YEAR + 1,
                1,
            )
            for _, row in group.iterrows():
                code = str(row["county_code"])
                term = whole
                if not contracts.empty:
                    term = dates_text(in_force(contracts, code, end=end), names)
                rows.append(_row(period, called.get(code, code), row, term))
            totals.append(len(rows))
            sums = group[[*POSTS, *MOVED, *MONEY]].sum()
            rows.append(_row(period, names.say("view.annex.total"), sums, whole if contracts.empty else ""))
        sheets.append(
            Sheet(
                names.say(f"forms.sheet.status.{part}"),
                names.say(f"forms.status.title.{part}", place=names.place),
                (names.say("forms.status.unit_line"),),
                _columns(names),
                tuple(rows),
                frozenset(totals),
                notes=tuple(names.say(f"forms.status.about.{line}") for line in about),
            )
        )
    return sheets


def _of_quarters(months: pd.DataFrame) -> pd.DataFrame:
    """The last month of each quarter, with all who came and left in its months."""
    last = months[months["month"] % QUARTER == QUARTER - 1].reset_index(drop=True)
    moved = months.groupby(["county_code", months["month"] // QUARTER])[list(MOVED)].sum()
    keys = pd.MultiIndex.from_arrays([last["county_code"], last["month"] // QUARTER])
    return last.assign(**{name: moved[name].reindex(keys).to_numpy() for name in MOVED})


def _columns(names: Names) -> tuple[Column, ...]:
    plain = ("period", "unit", "required", "funded", "filled", *MOVED, "gap", "filled_share")
    money = ("needed", "secured", "paid", "secured_share")
    over = names.say("forms.status.over.money")
    return (
        *(Column(names.say(f"forms.status.{key}")) for key in plain),
        *(Column(names.say(f"forms.status.{key}"), over) for key in money),
        Column(names.say("forms.status.term")),
        Column(names.say("view.annex.note")),
    )


def _row(period: str, unit: str, row: pd.Series, contract: str) -> Row:
    bought = float(row["secured_fen"]) > 0
    return (
        period,
        unit,
        figure(row["required"], "count"),
        *(figure(row[column], "mean") for column in ("funded", "filled", *MOVED, "gap")),
        figure(_share(row["filled"], row["funded"]), "share"),
        *(wan_from_fen(row[column]) for column in MONEY),
        figure(_share(row["secured_fen"], row["needed_fen"], most=1.0), "share"),
        contract if bought else None,
        "",
    )


def _share(part: float, whole: float, *, most: float | None = None) -> float | None:
    if not whole:
        return None
    return float(part / whole) if most is None else min(float(part / whole), most)


def period_text(part: str, month: int, begin: int, names: Names) -> str:
    """A month of the plan, or the quarter it ends, in words."""
    year, of_year = begin + month // MONTHS_PER_YEAR, month % MONTHS_PER_YEAR
    number = of_year // QUARTER + 1 if part == "quarter" else of_year + 1
    return names.say(f"forms.status.period.{part}", year=year, number=number)

"""A small real place for tests: some counties and townships of a default place, and scenarios on it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from simlib.places.place import Place, load_place, write_place
from simlib.policy.statutes import Law, load_law
from simlib.scenario import Frozen, Future, Policy, Run, Scenario
from simlib.years.county import Batch
from simlib.years.records import Tables
from simlib.years.replication import Snapshot, open_batch, simulate_batch
from simlib.years.setting import Setting, prepare

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "scenarios" / "places" / "shizuishan"
COUNTY = "640205"
TOWNS = ("640205003", "640205004", "640205006", "640205100", "640205202")
ENGINE = "compiled"


@cache
def law() -> Law:
    """The package's law."""
    return load_law()


@cache
def place(counties: tuple[str, ...] = (COUNTY,), towns: tuple[str, ...] = TOWNS) -> Place:
    """Shizuishan cut down to these counties; of the first, to these townships."""
    whole = load_place(HOME)
    rows = whole.townships
    keep = rows["county_code"].isin(counties) & (
        (rows["county_code"] != COUNTY) | rows["area_code"].isin(towns)
    )
    bureaus = whole.counties[whole.counties["county_code"].isin(counties)].copy()
    kept = rows[keep].reset_index(drop=True)
    for money in ("dibao_spending_yuan", "grant_yuan"):
        sums = kept.groupby("county_code")[money].sum()
        bureaus[money] = bureaus["county_code"].map(sums).astype("int64")
    return replace(whole, townships=kept, counties=bureaus.reset_index(drop=True))


def with_towns(home: Place, **columns: Any) -> Place:
    """The same place with columns of its townships set."""
    return replace(home, townships=home.townships.assign(**columns))


def with_bureau(home: Place, **columns: Any) -> Place:
    """The same place with columns of its counties set."""
    return replace(home, counties=home.counties.assign(**columns))


def scenario(policy: Policy | None = None, *, years: int = 1, opening: int = 3, **future: Any) -> Scenario:
    """A scenario on the small place; `future` sets assumptions, dots written as double underscores."""
    assumptions = Frozen({name.replace("__", "."): value for name, value in future.items()})
    run = Run(years=years, opening_months=opening, replications=1)
    return Scenario("small", Frozen(zh="小", en="small"), HOME, policy or Policy(), Future(assumptions), run)


def setting(case: Scenario, home: Place | None = None) -> Setting:
    """The scenario made ready on the small place, or another."""
    return prepare(case, law=law(), place=home or place())


def batch(county: str, replication: int = 0) -> Batch:
    """One county in one replication."""
    return Batch(range(replication, replication + 1), (county,))


def opened(ready: Setting, county: str = COUNTY, replication: int = 0, engine: str = ENGINE) -> Snapshot:
    """The county's opening state."""
    return open_batch(ready, batch(county, replication), engine=engine)


def run(
    ready: Setting,
    county: str = COUNTY,
    *,
    replication: int = 0,
    opening: Snapshot | None = None,
    engine: str = ENGINE,
) -> Tables:
    """The county's result tables."""
    start = opening or opened(ready, county, replication, engine)
    copy = Snapshot.of_arrays(start.arrays())
    return simulate_batch(ready, batch(county, replication), copy, engine=engine)


def frame(tables: Tables, name: str) -> pd.DataFrame:
    """One table as a frame."""
    found: pd.DataFrame = tables[name].to_pandas()
    return found


def stored(home: Place, folder: Path) -> Path:
    """The place written to a folder."""
    write_place(home, folder)
    return folder

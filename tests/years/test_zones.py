"""A development zone with a purse of its own: a row in counties.csv makes it a budget unit like a county."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from simlib.places.place import Place, load_place
from simlib.scenario import Policy
from simlib.years.records import Tables
from tests.small import COUNTY, TOWNS, frame, place, run, scenario, setting, stored

ZONE = "640299"
POLICY = Policy(
    formula="guangdong-2019",
    price_yuan=60_000,
    money="guangdong-3pct",
    services="shizuishan-3pct-cap",
    services_share=0.03,
)


def zoned(folder: Path) -> Place:
    """The small place whose last township is run by a zone that stands under another code."""
    home = place()
    towns = home.townships
    own = {
        name: towns[name].mask(towns["area_code"] == TOWNS[-1], ZONE)
        for name in ("county_code", "budget_unit")
    }
    towns = towns.assign(**own, county=towns["county"].mask(towns["area_code"] == TOWNS[-1], "某开发区"))
    bureau = home.counties.assign(county_code=ZONE, county="某开发区")
    counties = pd.concat([home.counties, bureau], ignore_index=True)
    for money in ("dibao_spending_yuan", "grant_yuan"):
        counties[money] = counties["county_code"].map(towns.groupby("county_code")[money].sum())
    return load_place(stored(replace(home, townships=towns, counties=counties), folder))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tables]:
    """A year of the county and of its zone."""
    ready = setting(scenario(POLICY), zoned(tmp_path_factory.mktemp("zone") / "place"))
    return {code: run(ready, code) for code in (COUNTY, ZONE)}


def test_a_zone_has_posts_money_and_a_cap_of_its_own(found: dict[str, Tables]) -> None:
    """Each reckoned from its own townships: of their spending for clerks, of their grant for services."""
    towns = place().townships.set_index("area_code")
    mine = {ZONE: [TOWNS[-1]], COUNTY: list(TOWNS[:-1])}
    for code, tables in found.items():
        money = frame(tables, "money")
        caps = money[money["month"] == 0].set_index("line")["fen"]
        offices = set(frame(tables, "workforce")["office"])

        assert caps["cap_services"] == int(towns.loc[mine[code], "grant_yuan"].sum()) * 100 * 3 // 100
        assert offices == {*mine[code], code, f"{code}V"}
        assert set(frame(tables, "service_money")["county_code"]) == {code}
    spent = [frame(tables, "money").query("line == 'cap_posts'")["fen"].iloc[0] for tables in found.values()]
    dibao = [int(towns.loc[mine[code], "dibao_spending_yuan"].sum()) for code in found]

    assert spent[0] / spent[1] == pytest.approx(dibao[0] / dibao[1], rel=1e-6)

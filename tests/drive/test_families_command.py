"""`simlib families`: the lists of a run's simulated families add up to its tables and say what they are."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from simlib import words
from simlib.drive.cli import main
from simlib.drive.familylists import COUNTS, LISTS, moment_of
from simlib.errors import ScenarioError
from simlib.places.place import Place
from simlib.policy.services.items import load_services
from simlib.results import store
from simlib.results.experiment import open_experiment
from tests.drive.test_cli import SCENARIO
from tests.small import COUNTY, place, scenario, setting, stored, with_towns

OTHER = "640221"
TOWNS = ("640205003", "640205100", "640221101")
BOUGHT = (
    "price_yuan: 60000, services: shizuishan-3pct-cap, "
    "services_share: 0.03, service_workers: 3, mutual_help: both"
)
SYNTHETIC = "simulated, no real family"
FARED = {"wholly": "wholly served", "partly": "partly served", "left_out": "left out", "pending": "pending"}


def cut(home: Place, towns: tuple[str, ...]) -> Place:
    """A place cut down to some townships."""
    kept = home.townships[home.townships["area_code"].isin(towns)].reset_index(drop=True)
    money = kept.groupby("county_code")[["dibao_spending_yuan", "grant_yuan"]].sum()
    bureaus = home.counties.drop(columns=list(money)).join(money, on="county_code")
    return replace(home, townships=kept, counties=bureaus[home.counties.columns])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two counties, two replications, two years with services; few hands, so orders run late."""
    home = tmp_path_factory.mktemp("families")
    stored(with_towns(cut(place((COUNTY, OTHER)), TOWNS), posts_payroll=8), home / "place")
    text = SCENARIO.replace("price_yuan: 60000", BOUGHT).replace("replications: 1", "replications: 2")
    (home / "small.yaml").write_text(
        text.replace("years: 1, opening_months: 2", "years: 2, opening_months: 1"), "utf-8"
    )
    assert main(["run", str(home / "small.yaml"), "--out", str(home / "reports" / "small")]) == 0
    return home / "reports" / "small"


@pytest.fixture(scope="module")
def tables(run: Path) -> dict[str, pd.DataFrame]:
    """The stored tables of replication 1."""
    cell = open_experiment(run).cells()[0]
    found = store.load_run(store.run_folder(run / "data", cell.hash), 2)
    return {
        name: table.to_pandas().query("replication == 1")
        for name, table in found.items()
        if name.startswith("service_")
    }


@pytest.fixture(scope="module")
def lists(run: Path) -> dict[str, dict[str, pd.DataFrame]]:
    """The lists of replication 1 in the middle of the second year and at its end."""
    folder = run.parent
    for day in ("2028-05-10", "2028-12-31"):
        with words.speaking("en"):
            out = folder / f"{day}.json"
            out.write_text(json.dumps(_printed(run, "--replication", "1", "--on", day)), "utf-8")
    return {
        day: {
            name: pd.DataFrame(rows)
            for name, rows in json.loads((folder / f"{day}.json").read_text()).items()
        }
        for day in ("2028-05-10", "2028-12-31")
    }


def _printed(run: Path, *arguments: str) -> Any:
    """What the command prints as JSON."""
    with redirect_stdout(StringIO()) as out:
        assert main(["families", str(run), "--replication", "1", *arguments, "--format", "json"]) == 0
    return json.loads(out.getvalue())


@pytest.mark.parametrize(("day", "last"), [("2028-05-10", 16), ("2028-12-31", 23)])
def test_the_items_add_up_to_the_table_of_orders(
    lists: dict[str, dict[str, pd.DataFrame]], tables: dict[str, pd.DataFrame], day: str, last: int
) -> None:
    """Item by item and to the fen, of the year so far: every order of the run is in the lists, none twice."""
    orders = tables["service_orders"].query("12 <= month <= @last")
    names = [
        "assessed",
        "on_time",
        "late",
        "unmet",
        "withdrawn",
        "unmet_money",
        "units_delivered",
        "charged_fen",
    ]
    sums = orders.groupby("item")[names].sum()
    sums["open_start"] = orders[orders["month"] == 12].groupby("item")["open_start"].sum()
    sums["open_end"] = orders[orders["month"] == last].groupby("item")["open_end"].sum()
    found = lists[day]["projects"].assign(charged_fen=lambda rows: (rows["charged_yuan"] * 100).round())
    known = found.rename(columns={"ordered": "assessed"}).loc[:, [*names, "open_start", "open_end"]]

    assert sums["late"].sum() > 0
    assert sums["open_start"].sum() > 0
    assert sums["unmet_money"].sum() > 0
    by_number = sums.reindex(list(load_services().items), fill_value=0)[known.columns].fillna(0).astype(int)
    assert known.astype(int).to_numpy().tolist() == by_number.to_numpy().tolist()


def test_every_family_and_item_is_delivered_late_unmet_withdrawn_or_open(
    lists: dict[str, dict[str, pd.DataFrame]],
) -> None:
    """The identity of the tables holds in every row; a family's row is the sum of its needs."""
    for found in lists.values():
        for name in LISTS:
            table = found[name]
            ends = table[["on_time", "late", "unmet", "withdrawn", "open_end"]].sum(axis=1)
            assert (table["open_start"] + table["ordered"]).equals(ends)
        needs = found["needs"].groupby("family")[list(COUNTS)].sum()
        households = found["households"].set_index("family")[list(COUNTS)]
        assert households.loc[needs.index].equals(needs)
        assert households.drop(needs.index).to_numpy().sum() == 0
        assert found["households"]["family"].is_unique


def test_families_fare_as_the_table_says(
    lists: dict[str, dict[str, pd.DataFrame]], tables: dict[str, pd.DataFrame]
) -> None:
    """By township, programme and grade: assessed, in need, wholly or partly served, left out, pending."""
    known = tables["service_households"].query("year == 2028")
    families = lists["2028-12-31"]["households"]
    families = families[families["fared"] != "not assessed"]
    by_area = known.groupby("area_code")[["assessed", *FARED]].sum()
    fared = pd.crosstab(families["area_code"], families["fared"]).reindex(columns=list(FARED.values()))
    programmes = families.groupby("programme").size()
    of_table = known.groupby("programme")["assessed"].sum()
    grades = families[families["grade"] != "no need"].groupby("grade").size()

    assert families.groupby("area_code").size().to_dict() == by_area["assessed"].to_dict()
    assert fared.fillna(0).astype(int).to_numpy().tolist() == by_area[list(FARED)].to_numpy().tolist()
    assert programmes.to_dict() == {
        words.say(f"places.programme.{name}"): n for name, n in of_table.items() if n
    }
    assert sorted(grades) == sorted(known[known["grade"] != "none"].groupby("grade")["assessed"].sum())


def test_who_was_assessed_is_who_the_desks_assessed(
    lists: dict[str, dict[str, pd.DataFrame]], tables: dict[str, pd.DataFrame]
) -> None:
    """Assessments of the year by township; the families not off the books are those services cover."""
    year = tables["service_assessments"].query("month >= 12")
    families = lists["2028-12-31"]["households"]
    here = families[families["standing"] != "off the books"]
    covered = year[year["month"] == 23].set_index("area_code")["covered"]

    assert (
        families.groupby("area_code")["assessed_times"].sum().to_dict()
        == year.groupby("area_code")["done"].sum().to_dict()
    )
    assert here.groupby("area_code").size().to_dict() == covered[covered > 0].to_dict()


def test_each_list_says_that_it_is_simulated(
    run: Path, lists: dict[str, dict[str, pd.DataFrame]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody may take a list for a register of real households: in each row and sheet, on the terminal."""
    out, one = run.parent / "lists.xlsx", ["--county", COUNTY, "--on", "2027-03-01"]
    assert main(["families", str(run), *one, "--out", str(out), "--lang", "zh"]) == 0
    book = openpyxl.load_workbook(out)
    capsys.readouterr()
    with words.speaking("en"):
        assert main(["families", str(run.parent.parent / "small.yaml"), *one, "--list", "households"]) == 0
    said = capsys.readouterr()

    assert book.sheetnames == ["服务对象清单", "服务需求清单", "服务项目清单"]
    assert all("不对应任何真实住户" in str(sheet["A3"].value) for sheet in book)
    assert all(
        set(found["status"]) == {"simulated, no real family"} for found in lists["2028-12-31"].values()
    )
    assert "stand for no real household" in said.err
    assert len(said.out.splitlines()) == 21


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--on", "2029-01-01"], "lies outside the plan; from 2027-01-01 to 2028-12-31"),
        (["--on", "May"], "May"),
        (["--county", "1"], "there is no county '1'"),
        (["--replication", "2"], "there is no replication 2"),
    ],
)
def test_what_cannot_be_listed_is_one_line(
    run: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    """Exit 2, the reason and the way out, no traceback."""
    assert main(["families", str(run), *arguments]) == 2
    said = capsys.readouterr().err.strip()

    assert says in said
    assert len(said.splitlines()) == 1


def test_an_option_without_services_has_no_lists() -> None:
    """Empty lists would look as if nobody were in need."""
    with pytest.raises(ScenarioError, match="buys no services"):
        moment_of(setting(scenario()), None)

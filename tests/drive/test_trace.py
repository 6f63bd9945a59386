"""`simlib trace`: the list of cases is what the run stored, and the case told is the case listed."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simlib.desks.casetext import case_head
from simlib.drive.casestory import case_list, case_story, setting_of_cell
from simlib.drive.cli import main
from simlib.results import store
from simlib.results.experiment import open_experiment
from simlib.years.records import LAST_WAIT_BIN
from tests.drive.test_cli import SCENARIO
from tests.small import COUNTY, place, stored

OTHER = "640221"
CASE = "640205003-1-0"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of two counties in two replications."""
    home = tmp_path_factory.mktemp("trace")
    stored(place((COUNTY, OTHER)), home / "place")
    (home / "small.yaml").write_text(SCENARIO.replace("replications: 1", "replications: 2"), "utf-8")
    assert main(["run", str(home / "small.yaml"), "--out", str(home / "out"), "--workers", "1"]) == 0
    return home / "out"


def listed(capsys: pytest.CaptureFixture[str], run: Path, *arguments: str) -> list[dict[str, Any]]:
    """What the command prints as JSON."""
    assert main(["trace", str(run), *arguments, "--format", "json"]) == 0
    rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return rows


def cell_of(run: Path) -> str:
    return open_experiment(run).cells()[0].id


@pytest.mark.parametrize("replication", [0, 1])
def test_the_list_is_what_the_run_stored(run: Path, replication: int) -> None:
    """A county simulated again must give the very waits its stored table holds, township by township."""
    results = open_experiment(run)
    cell = results.cells()[0]
    cases = case_list(setting_of_cell(results, cell.id), COUNTY, replication)
    waits = store.load_run(store.run_folder(run / "data", cell.hash), 2)["waits"].to_pandas()
    waits = waits[(waits["county_code"] == COUNTY) & (waits["replication"] == replication)]
    kept = cases[cases["due"].notna() & (cases["outcome"] != "open")]
    told = kept.assign(office=kept["case"].str[:9], days=kept["days"].clip(upper=LAST_WAIT_BIN))
    keys = ["office", "route", "days"]

    assert told.groupby(keys).size().to_dict() == waits.groupby(keys)["cases"].sum().to_dict()
    late = cases[cases["on_time"].eq(False).fillna(False)]
    assert late.index.tolist() == list(range(len(late)))
    assert late["days"].is_monotonic_decreasing


def test_what_is_still_open_at_the_end_is_listed_too(run: Path) -> None:
    """Who was never decided on has waited longest of all; as many are overdue as the run stored."""
    results = open_experiment(run)
    cell = results.cells()[0]
    setting = setting_of_cell(results, cell.id)
    cases = case_list(setting, COUNTY, 1)
    waiting = cases[cases["outcome"] == "open"]
    desk = results.frames(cell.id).desk
    last = desk[(desk["county_code"] == COUNTY) & (desk["replication"] == 1)]
    last = last[(last["year"] == last["year"].max()) & (last["month"] == last["month"].max())]
    first = case_story(setting, waiting.iloc[0]["case"], 1).file

    assert len(waiting) > 5
    assert waiting["decided"].isna().all()
    assert int(waiting["on_time"].eq(False).sum()) == int(last["overdue_open"].sum())
    assert first.is_open
    assert not any(line.decides and line.finished for line in first.lines)
    assert any("still open" in line for line in case_head(first))


def test_the_case_told_is_the_case_listed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Came, due and decided as listed: one case of each route, and those hardest to date."""
    results = open_experiment(run)
    setting = setting_of_cell(results, cell_of(run))
    cases = case_list(setting, COUNTY, 1)
    cases = cases[cases["outcome"] != "open"]
    odd = cases[cases["route"].isin(["change_visit", "temporary_emergency"]) | (cases["days"] > 30)]
    firsts = pd.concat([cases.drop_duplicates("route"), odd.head(25)])

    assert len(firsts) > 20
    for case in firsts.to_dict("records"):
        file = case_story(setting, case["case"], 1).file
        ends = [line.finished for line in file.lines if line.step.decides and line.finished]
        decided = file.settled or max(ends)
        assert file.route.id == case["route"], case
        assert file.outcome.name.lower() == case["outcome"], case
        assert (file.due.date() if file.due else None) == case["due"], case
        assert decided.date() == case["decided"], case
        assert file.came.date() == case["came"], case


def test_the_first_of_the_list_is_told_step_by_step(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the list to the story by the name alone, in every format."""
    first = next(row for row in listed(capsys, run, "--county", COUNTY) if row["outcome"] != "open")
    rows = listed(capsys, run, first["case"])
    assert main(["trace", str(run), first["case"]]) == 0
    table = capsys.readouterr().out

    assert list(rows[0]) == ["step", "office", "people", "wait", "minutes", "rule", "came_at", "done_at"]
    assert any(row["done_at"].startswith(first["decided"]) for row in rows if "(decides)" in row["step"])
    assert f"came on {first['came']}" in table
    assert all(row["step"] in table for row in rows)


def test_a_run_another_version_stored_is_named_as_such(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not "not stored", not a damaged folder; and it stays for whoever can read it."""
    copy = shutil.copytree(run, tmp_path / "old")
    facts = copy / "data" / "experiment.json"
    facts.write_text(re.sub(r'"schema": \d+', '"schema": 3', facts.read_text("utf-8")), "utf-8")

    assert main(["trace", str(copy)]) == 2
    assert "another version of the program" in capsys.readouterr().err
    assert list(copy.glob("data/*/r*/manifest.json"))


def test_without_a_county_the_least_timely_is_listed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The county a planner would ask about; table format shows twenty rows, the others all."""
    desk = open_experiment(run).frames(cell_of(run)).desk
    sums = desk.groupby("county_code")[["on_time", "falling_due"]].sum()
    shares = sums["on_time"] / sums["falling_due"]
    worst = shares.idxmin()
    towns = open_experiment(run).place.townships
    rows = listed(capsys, run)
    assert main(["trace", str(run)]) == 0
    said = capsys.readouterr()

    assert shares.nunique() == 2
    assert {row["case"][:9] for row in rows} <= set(towns[towns["county_code"] == worst]["area_code"])
    assert len(said.out.splitlines()) == 1 + 20
    assert len(rows) > 20
    waiting = sum(row["outcome"] == "open" for row in rows)
    told = f"{worst}, replication 0: {len(rows) - waiting} cases decided, {waiting} open at the end"
    assert told in said.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nonsense"], "township-household-matter"),
        (["999999999-1-0"], "no township '999999999'"),
        (["640205003-99999999-0"], "no case '640205003-99999999-0'"),
        (["--county", "110101"], f"{COUNTY}, {OTHER}"),
        (["--replication", "2"], "0 to 1"),
        (["--replication", "-1"], "0 to 1"),
        (["--cell", "nowhere"], "no cell 'nowhere'"),
        ([CASE, "--law", "no-such-folder"], "no-such-folder"),
    ],
)
def test_wrong_names_get_one_clear_line(
    run: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    """Exit 2, what would be right, no traceback, nothing on stdout."""
    assert main(["trace", str(run), *arguments]) == 2
    said = capsys.readouterr()

    assert told in said.err
    assert len(said.err.splitlines()) == 1
    assert said.out == ""


def test_a_run_writes_its_cases_when_asked(run: Path) -> None:
    """The same cases as the list, one file for each replication."""
    again = ["run", str(run.parent / "small.yaml"), "--out", str(run), "--workers", "1", "--cases"]
    assert main(again) == 0
    setting = setting_of_cell(open_experiment(run), cell_of(run))
    written = pd.read_parquet(run / "data" / "cases" / f"{cell_of(run)}-r0001.parquet")
    of_county = written[written["county_code"] == COUNTY].drop(columns="county_code")

    assert of_county["case"].tolist() == case_list(setting, COUNTY, 1)["case"].tolist()
    assert set(written["county_code"]) == {COUNTY, OTHER}


def test_a_folder_without_results_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """RUN is the folder `simlib plan` wrote, not the experiment's file."""
    assert main(["trace", str(tmp_path)]) == 2
    assert "run simlib plan" in capsys.readouterr().err


def test_no_story_is_told_where_levers_have_changed(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another law, place or code would tell another story than the stored figures."""
    shutil.copytree(run, tmp_path / "out")
    facts = tmp_path / "out" / "data" / "experiment.json"
    facts.write_text(facts.read_text("utf-8").replace('"sharing"', '"shared"'), "utf-8")

    assert main(["trace", str(tmp_path / "out")]) == 2
    assert "have changed since" in capsys.readouterr().err


def test_no_story_is_told_of_a_place_that_has_changed(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Figures corrected by hand beside the results are other figures than those simulated."""
    shutil.copytree(run, tmp_path / "out")
    file = tmp_path / "out" / "data" / "place" / "townships.csv"
    text = file.read_text("utf-8-sig").splitlines()
    at = text[0].split(",").index("posts_contract")
    row = text[1].split(",")
    row[at] = str(int(row[at]) + 1)
    file.write_text("\n".join([text[0], ",".join(row), *text[2:]]) + "\n", "utf-8")

    assert main(["trace", str(tmp_path / "out")]) == 2
    assert "have changed since" in capsys.readouterr().err

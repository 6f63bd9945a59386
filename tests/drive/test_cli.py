"""The command line: exit codes, clean stdout, one clear line for each problem, nothing half-written."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from simlib import words
from simlib.drive import runcommands
from simlib.drive.batch import Made, Order, left_aside, unaccompanied
from simlib.drive.cli import main
from simlib.drive.paper import CHOSEN
from simlib.results.experiment import ExperimentResults
from simlib.scenario import Policy
from tests.small import HOME, ROOT, place, scenario, setting, stored, with_towns

YUNFU = ROOT / "scenarios" / "places" / "yunfu"

SCENARIO = """\
kind: scenario
title: {zh: 小试, en: Small}
place: place
policy: {formula: guangdong-2019, price_yuan: 60000}
run: {years: 1, opening_months: 2, replications: 1}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a small place and a scenario on it."""
    stored(place(), tmp_path / "place")
    (tmp_path / "small.yaml").write_text(SCENARIO, "utf-8")
    return tmp_path


def staffing_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    """What `simlib staffing … --format json` prints."""
    assert main(["staffing", *arguments, "--format", "json"]) == 0
    rows: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return rows


def test_staffing_gives_one_row_for_each_real_township(capsys: pytest.CaptureFixture[str]) -> None:
    """Yunfu has 63 townships; rows are flat objects with the columns of the interface."""
    rows = staffing_json(capsys, str(YUNFU), "--formula", "guangdong-2019", "--level", "township")

    assert len(rows) == 63
    assert list(rows[0]) == [
        "area_code", "area", "level", "driver", "driver_value", "posts_required", "posts_existing", "gap",
        "cost_yuan_year1", "modality",
    ]  # fmt: skip


def test_rows_of_all_levels_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    """Asking for levels one by one or all at once gives the same posts."""
    common = (str(YUNFU), "--formula", "guangdong-2019")
    whole = staffing_json(capsys, *common)
    parts = [
        row
        for level in ("county", "township", "village")
        for row in staffing_json(capsys, *common, "--level", level)
    ]

    assert sum(int(str(row["posts_required"])) for row in whole) == sum(
        int(str(row["posts_required"])) for row in parts
    )


@pytest.mark.parametrize(
    ("households", "upper", "lower"), [(299, 2, 2), (300, 4, 2), (301, 4, 4), (600, 6, 4), (601, 6, 6)]
)
def test_boundaries_follow_the_reading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], households: int, upper: int, lower: int
) -> None:
    """300 and 600 households stand in two tiers; `upper` takes the higher floor, `lower` the lower."""
    folder = tmp_path / "place"
    shutil.copytree(YUNFU, folder)
    lines = (folder / "townships.csv").read_text("utf-8").splitlines()
    header = lines[0].split(",")
    cells = lines[1].split(",")
    for programme in ("dibao_urban", "dibao_rural", "tekun_dispersed", "tekun_institution"):
        for unit in ("households", "persons"):
            cells[header.index(f"{programme}_{unit}")] = (
                str(households) if programme == "dibao_rural" else "0"
            )
    (folder / "townships.csv").write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", "utf-8")
    for reading, posts in (("upper", upper), ("lower", lower)):
        rows = staffing_json(
            capsys, str(folder), "--formula", "guangdong-2019", "--level", "township",
            "--reading", f"boundary={reading}",
        )  # fmt: skip
        assert next(row["posts_required"] for row in rows if row["area_code"] == cells[0]) == posts


def test_formulas_are_flat_objects(capsys: pytest.CaptureFixture[str]) -> None:
    """stdout holds the data only, as JSON with English keys."""
    assert main(["formulas", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)

    assert {"leshan-2020", "guangdong-2019", "guangdong-city-draft-2019", "hainan-2n"} <= {
        row["id"] for row in rows
    }
    assert set(rows[0]) == {"id", "region", "shape", "level", "status", "modality", "readings", "source"}


def run_of(home: Path) -> list[str]:
    """The command that runs the small scenario and prints its rows as JSON."""
    where = ["--out", str(home / "out"), "--workers", "1"]
    return ["run", str(home / "small.yaml"), *where, "--format", "json"]


def test_run_prints_measures_and_changes_nothing_the_second_time(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second call reads the store and prints the same."""
    order = run_of(home)
    assert main(order) == 0
    first = capsys.readouterr().out
    assert main(order) == 0

    assert capsys.readouterr().out == first
    assert {"on_time_share", "posts_filled", "cost_yuan"} <= {row["measure"] for row in json.loads(first)}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["run", "x.yaml", "--workers", "many"], "--workers"),
        (["plan", "x.yaml", "--out", ""], "it is blank"),
        (["fly"], "fly"),
        (["run"], "scenario"),
        (["run", "x.yaml", "--lang", "fr"], "--lang"),
    ],
)
def test_a_command_that_cannot_be_is_one_line(
    capsys: pytest.CaptureFixture[str], asked: list[str], told: str
) -> None:
    """Not the whole usage, of which nobody reads the last line."""
    with words.speaking("en"), pytest.raises(SystemExit) as left:
        main(asked)
    lines = capsys.readouterr().err.splitlines()

    assert left.value.code == 2
    assert len(lines) == 1 and told in lines[0] and "--help" in lines[0]


@pytest.mark.parametrize(("count", "told"), [("1", "are no interval"), ("2", "read the intervals as a hint")])
def test_few_replications_are_told_as_few(
    home: Path, capsys: pytest.CaptureFixture[str], count: str, told: str
) -> None:
    """An interval of two replications looks like one of two hundred."""
    assert main([*run_of(home), "--replications", count, "--lang", "en"]) == 0
    printed = capsys.readouterr()
    ends = [(row["low"], row["high"]) for row in json.loads(printed.out) if row["n"]]

    assert told in printed.err
    assert all((low is None and high is None) == (count == "1") for low, high in ends)


def test_an_interval_that_is_not_there_is_a_dash_for_the_eye_and_empty_in_csv(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ends that equal the mean look like certainty."""
    order = run_of(home)[:-1]
    assert main([*order, "table"]) == 0
    table = capsys.readouterr().out
    assert main([*order, "csv"]) == 0
    lines = [line.split(",") for line in capsys.readouterr().out.splitlines()]
    row = dict(zip(lines[0], next(line for line in lines if "on_time_share" in line), strict=True))

    assert next(line for line in table.splitlines() if "on_time_share" in line).split()[-3:] == [
        "—",
        "—",
        "1",
    ]
    assert (row["low"], row["high"], row["n"]) == ("", "", "1")
    assert row["mean"]


def test_dry_run_writes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What would run is shown; no folder appears."""
    assert main(["plan", str(home / "small.yaml"), "--out", str(home / "out"), "--dry-run"]) == 0

    assert "guangdong-2019" in capsys.readouterr().out
    assert not (home / "out").exists()


BAD_SCENARIOS: dict[str, tuple[Callable[[str], str], str]] = {
    "unknown key": (lambda text: text.replace("price_yuan", "price_yuann"), "did you mean 'price_yuan'"),
    "unknown part": (lambda text: text + "polcy: {}\n", "did you mean 'policy'"),
    "unknown formula": (lambda text: text.replace("guangdong-2019", "guangdong-2918"), "guangdong-2019"),
    "no place": (lambda text: text.replace("place: place", "place: plaec"), "plaec"),
    "text for a number": (lambda text: text.replace("60000", "dear"), "should be a number"),
    "years out of range": (lambda text: text.replace("years: 1", "years: 99"), "from 1 to 10"),
    "broken yaml": (lambda text: text.replace("{years", "{{years"), "not valid YAML"),
    "wrong kind": (lambda text: text.replace("kind: scenario", "kind: senario"), "kind"),
    "no price": (lambda text: text.replace(", price_yuan: 60000", ""), "policy.price_yuan"),
    "cap missing": (lambda text: text.replace("price_yuan", "money: fixed, price_yuan"), "cap_yuan"),
    "unknown assumption": (
        lambda text: text + "future: {assumptions: {minutes.intak: 5}}\n", "minutes.intake",
    ),
    "unknown reading": (
        lambda text: text.replace("price_yuan", "reading: {boundry: upper}, price_yuan"), "boundary",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_SCENARIOS)
def test_bad_scenarios_get_one_clear_line(home: Path, capsys: pytest.CaptureFixture[str], case: str) -> None:
    """Exit 2, the remedy named, no traceback, nothing written."""
    spoil, told = BAD_SCENARIOS[case]
    (home / "small.yaml").write_text(spoil(SCENARIO), "utf-8")
    code = main(["run", str(home / "small.yaml"), "--out", str(home / "out"), "--workers", "1"])
    said = capsys.readouterr()

    assert code == 2
    assert told in said.err
    assert re.search(r"small\.yaml, row \d", said.err), said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert not (home / "out").exists()


@pytest.mark.parametrize(
    "asked", [["staffing", "a\0b", "--formula", "leshan-2020"], ["template", "a\0.xlsx"], ["init", "a\0"]]
)
def test_a_path_with_a_nul_is_refused_in_one_line(
    asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """No system has such a file; asking for it ends in the middle of Python."""
    assert main([*asked, "--lang", "en"]) == 2
    said = capsys.readouterr().err.splitlines()

    assert len(said) == 1 and "NUL" in said[0], said


@pytest.mark.parametrize("asked", [["check", "y" * 300], ["status", "y" * 300]], ids=lambda asked: asked[0])
def test_a_name_no_system_takes_is_no_full_disk(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """To free some space would not help."""
    assert main([*asked, "--lang", "en"]) == 2
    said = capsys.readouterr().err.splitlines()

    assert len(said) == 1 and "too long" in said[0], said


@pytest.mark.parametrize("kind", ["", "kind: senario\n", "kind:\n", "kind: [scenario]\n"], ids=repr)
def test_a_scenario_without_its_kind_is_not_read_as_law(
    home: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """One line that says so, and not one for every key that means nothing in a file of law."""
    (home / "small.yaml").write_text(SCENARIO.replace("kind: scenario\n", kind), "utf-8")

    assert main(["check", str(home / "small.yaml"), "--lang", "en"]) == 2
    said = capsys.readouterr().err.splitlines()

    assert len(said) == 1 and "scenario / experiment" in said[0], said


@pytest.mark.parametrize(
    ("spoil", "row"),
    [
        (lambda text: text.replace("guangdong-2019", "guangdong-2918"), ", row 4"),
        (lambda text: text.replace("{formula", "{local_rule: qingdoa, formula"), ", row 4"),
        (lambda text: text.replace("{formula", "{money: all, formula"), ", row 4"),
        (lambda text: text + "future:\n  assumptions:\n    clocks.dibao.notice_days: 6.5\n", ", row 8"),
        (lambda text: text.replace("price_yuan", "money: fixed, price_yuan"), ""),
        (lambda text: text + "future:\n  assumptions:\n    minutes.intak: 5\n", ", row 8"),
        (lambda text: text + "future:\n  assumptions:\n    minutes.intake: -5\n", ", row 8"),
    ],
)
def test_what_does_not_fit_the_law_names_the_file(
    home: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[str], str], row: str
) -> None:
    """Checked among many, a line without its file helps nobody; the row where the file speaks of it."""
    (home / "small.yaml").write_text(spoil(SCENARIO), "utf-8")

    assert main(["check", str(home / "small.yaml")]) == 2
    assert f"small.yaml{row}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--measure", "on_time_share"], "'--measure' goes with --one-at-a-time"),
        (["--cell", "small"], "'--cell' goes with --one-at-a-time"),
        (["--set", "policy.rollout=[2027-07-15, 2027-06-10, 2027-04-15]"], "the earliest first"),
        (["--set", "policy.rollout=[2027-04-15 10:00:00, 2027-06-10, 2027-07-15]"], "list of dates"),
    ],
)
def test_nothing_asked_for_is_passed_over(
    home: Path, capsys: pytest.CaptureFixture[str], more: list[str], told: str
) -> None:
    """An option without effect, or days put in order: said, exit 2."""
    assert main(["run", str(home / "small.yaml"), *more]) == 2
    assert told in capsys.readouterr().err


def test_ctrl_c_ends_with_130_wherever_it_comes(tmp_path: Path) -> None:
    """While a text is run as code, as at many an import, Python would end by the signal."""
    (tmp_path / "hit.py").write_text(
        "import sys\nfrom simlib.drive import cli\n"
        "cli._run = lambda asked: exec('raise KeyboardInterrupt')\nsys.exit(cli.main(['formulas']))\n",
        "utf-8",
    )
    told = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}

    assert subprocess.run([sys.executable, "-m", "hit"], env=told, check=False).returncode == 130


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No disk is full: whoever named the place names another."""
    (tmp_path / "taken").write_text("", "utf-8")

    assert main(["init", str(tmp_path / "taken" / "inside")]) == 2
    assert "name another place" in capsys.readouterr().err


def test_bad_overrides_name_the_nearest_parameter(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--set reads like a scenario file and is refused like one."""
    for text, told in (("policy.formla=none", "policy.formula"), ("policy.formula", "name=value")):
        assert main(["run", str(home / "small.yaml"), "--set", text, "--out", str(home / "out")]) == 2
        assert told in capsys.readouterr().err


def test_a_bad_place_is_refused_before_anything_is_written(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A duplicate township code: file, row and remedy, exit 2, no results folder."""
    file = home / "place" / "townships.csv"
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([*lines, lines[1]]) + "\n", "utf-8")
    code = main(["run", str(home / "small.yaml"), "--out", str(home / "out")])
    said = capsys.readouterr().err

    assert code == 2
    assert "townships.csv" in said
    assert "row" in said
    assert not (home / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "nowhere.yaml"], "nowhere.yaml"),
        (["staffing", str(HOME), "--formula", "leshn-2020"], "leshan-2020"),
        (["staffing", str(HOME), "--formula", "leshan-2020", "--reading", "rounding"], "name=value"),
        (["staffing", str(HOME), "--formula", "leshan-2020", "--reading", "rounding=up"], "ceil"),
        (["staffing", str(HOME), "--formula", "leshan-2020", "--level", "townhip"], "township"),
        (["staffing", str(HOME), "--formula", "leshan-2020", "--on", "2021-13-01"], "2027-01-31"),
        (["staffing", str(HOME), "--formula", "leshan-2020", "--on", "2019-01-01"], "2020-12-24"),
        (["check", "nowhere"], "nowhere"),
        (["formulas", "--reading", "boundary=upper"], "'--reading' goes with --compare"),
        (["place", "build", "atlantis"], "leshan"),
    ],
)
def test_bad_requests_exit_2_with_the_remedy(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    """Whatever is asked wrongly is answered with what would be right."""
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert said.out == ""


def test_check_passes_the_shipped_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    """Every scenario and place that comes with simlib is good."""
    assert main(["check", str(ROOT / "scenarios")]) == 0
    assert capsys.readouterr().err.count(": good") == 16


def test_check_lists_every_parameter(capsys: pytest.CaptureFixture[str]) -> None:
    """Names as --set takes them, assumptions included."""
    assert main(["check", "--list"]) == 0
    names = capsys.readouterr().out.split()

    assert {"policy.formula", "run.replications", "future.assumptions.minutes.home_visit"} <= set(names)
    assert "future.assumptions.clocks.dibao.total_working_days" in names
    assert "future.assumptions.clocks.purchase.contract_days" not in names


def test_init_makes_a_workspace_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A workspace checks as it is; a folder that holds anything is never touched."""
    folder = tmp_path / "mine"
    assert main(["init", str(folder)]) == 0
    assert main(["check", str(folder)]) == 0
    before = sorted(path.name for path in folder.rglob("*"))
    assert main(["init", str(folder)]) == 2

    assert sorted(path.name for path in folder.rglob("*")) == before
    assert "not empty" in capsys.readouterr().err


def test_spreadsheets_cannot_be_made_to_run_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    """Exported cells that look like formulas are quoted."""
    import pandas as pd

    from simlib.drive.printed import show

    show(pd.DataFrame({"area": ["=cmd()", "正常镇"], "posts": [-1, 2]}), "csv")

    assert capsys.readouterr().out == "area,posts\n'=cmd(),-1\n正常镇,2\n"


def test_a_plan_is_asked_for_in_an_edition(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The main job makes what the report command makes of it afterwards; a draft is one of a submission."""
    orders: list[Order] = []

    def made(order: Order, _say: object) -> Made:
        orders.append(order)
        return Made(home, None, cast(ExperimentResults, None))

    monkeypatch.setattr(runcommands, "make", made)
    file = str(home / "small.yaml")
    codes = [main(["plan", file, *asked]) for asked in ([], ["--edition", "submission"], ["--draft"])]
    codes += [main(["plan", file, "--edition", "submission", "--draft"])]

    assert codes == [0, 0, 2, 0]
    assert [order.edition for order in orders] == ["internal", "submission", "draft"]


@pytest.mark.parametrize("asked", [[], ["--dry-run"]])
def test_a_submission_of_made_up_figures_is_refused_before_anything_runs(
    home: Path, capsys: pytest.CaptureFixture[str], asked: list[str]
) -> None:
    """Minutes of simulating must not end with the news; a dry run is asked for to hear it."""
    file = str(home / "small.yaml")

    assert main(["plan", file, "--edition", "submission", *asked]) == 2
    told = capsys.readouterr().err
    assert "townships.csv, row 2" in told
    assert "--draft" in told
    assert not (home / "reports").exists()
    assert main(["plan", file, "--edition", "submission", "--draft", "--dry-run"]) == 0


def test_paper_without_a_browser_is_refused_before_anything_runs(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An hour of simulating must not end with the news."""
    monkeypatch.setenv(CHOSEN, str(home / "no-browser"))

    assert main(["plan", str(home / "small.yaml"), "--pdf"]) == 2
    assert CHOSEN in capsys.readouterr().err
    assert not (home / "reports").exists()


def test_what_the_simulation_leaves_aside_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A purse of its own is not dropped in silence; a stated backlog is not dropped at all."""
    towns = place().townships
    changed = replace(
        place(),
        townships=towns.assign(opening_backlog=7, budget_unit=["640299", *towns["budget_unit"][1:]]),
    )
    stored(changed, home / "other")
    (home / "small.yaml").write_text(SCENARIO.replace("place: place", "place: other"), "utf-8")
    assert main(["run", str(home / "small.yaml"), "--out", str(home / "out"), "--workers", "1"]) == 0
    said = capsys.readouterr().err

    assert "640299" in said
    assert "backlog" not in said


@pytest.mark.parametrize(
    ("columns", "count"),
    [({"posts_payroll": 1}, 5), ({"posts_payroll": 90}, 0), ({"posts_payroll": 1, "opening_backlog": 9}, 0)],
)
def test_where_the_load_is_one_or_more_the_backlog_is_asked_for(columns: dict[str, int], count: int) -> None:
    """What lies there already is not known from a run-up that lends helpers; whoever knows it says so."""
    ready = setting(scenario(), with_towns(place(), assistance_share=0.1, **columns))
    asked = [line for line in left_aside(ready) if "opening_backlog" in line]

    assert [f"in {count} townships" in line for line in asked] == [True] * bool(count)


@pytest.mark.parametrize(
    ("who", "columns", "said"),
    [
        ("township", {"posts_village": 0, "posts_contract": 0}, ""),
        ("village", {"posts_village": 12}, ""),
        ("village", {"posts_village": [0, 0, 9, 9, 9]}, "in 2 townships no village assistant"),
        ("purchased", {"posts_contract": 1}, ""),
        ("purchased", {"posts_contract": [0, 1, 0, 0, 1]}, "in 3 townships nobody is bought"),
    ],
)
def test_where_nobody_can_go_along_is_said_before_the_run(
    who: str, columns: dict[str, Any], said: str
) -> None:
    """Otherwise a planner meets hundreds of unlawful visits and does not know why."""
    ready = setting(scenario(Policy(second_visitor=who)), with_towns(place(), **columns))

    assert unaccompanied(ready).startswith(said)
    assert bool(unaccompanied(ready)) == bool(said)


def test_run_moves_one_assumption_at_a_time(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One row an assumption and measure, as data; how many runs it takes is said on stderr."""
    asked = ["run", str(home / "small.yaml"), "--one-at-a-time", "budget.payroll_yuan", "--workers", "1"]
    code = main([*asked, "--measure", "payroll_yuan", "--format", "json", "--replications", "2"])
    said = capsys.readouterr()
    (row,) = json.loads(said.out)

    assert code == 0
    assert (row["key"], row["measure"], row["moves"], row["n"]) == (
        *("budget.payroll_yuan", "payroll_yuan"),
        *("↑", 2),
    )
    assert row["at_low"] < 0 < row["at_high"]
    assert "3 scenarios" in said.err


@pytest.mark.slow
def test_run_adds_replications_until_an_interval_is_narrow_enough(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half-width at most the larger of both; never fewer than twenty; what is given explicitly wins."""
    asked = (
        ["--half-width", "1", "--measure", "on_time_share"],
        ["--half-width", "1e-9", "--most", "20"],
        ["--relative", "1e-9", "--replications", "2"],
    )
    found = []
    for more in asked:
        assert main([*run_of(home), *more]) == 0
        printed = capsys.readouterr()
        found.append((json.loads(printed.out)[0], printed.err))
    wide, narrow, given = (row for row, _ in found)

    assert (wide["reached"], wide["n"], wide["measure"]) == (True, 30, "on_time_share")
    assert (narrow["reached"], narrow["n"], "not reached" in found[1][1]) == (False, 20, True)
    assert (given["reached"], given["n"]) == (False, 2)
    assert ["one in 10 may not have been seen" in told for _, told in found] == [True, False, False]
    assert wide["high"] - wide["mean"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--half-width", "0"], "--half-width"),
        (["--relative", "2"], "--relative"),
        (["--half-width", "1", "--most", "5"], "--most"),
        (["--most", "50"], "'--most' goes with --half-width"),
        (["--half-width", "1", "--measure", "on_time"], "on_time_share"),
    ],
)
def test_a_precision_that_means_nothing_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], more: list[str], told: str
) -> None:
    """Exit 2 before anything is simulated."""
    assert main(["run", str(home / "small.yaml"), "--out", str(home / "out"), *more]) == 2
    assert told in capsys.readouterr().err
    assert not (home / "out").exists()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["small.yaml", "--one-at-a-time", "workfroce"], "workforce"),
        (["small.yaml", "--one-at-a-time", "procurement.default_worst"], "does not read"),
        (["small.yaml", "--one-at-a-time", "budget", "--measure", "on_tim"], "on_time_share"),
        (["small.yaml", "--one-at-a-time", "budget", "--cell", "b"], "small"),
    ],
)
def test_what_cannot_be_moved_exits_2(
    home: Path, capsys: pytest.CaptureFixture[str], asked: list[str], told: str
) -> None:
    """Before anything is simulated."""
    assert main(["run", str(home / asked[0]), *asked[1:]]) == 2
    said = capsys.readouterr()

    assert told in said.err
    assert said.out == ""
    assert not (home / "reports").exists()

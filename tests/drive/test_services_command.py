"""`simlib services`: the items, one item told, a place's lists; exit 2 with one clear line for bad input."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from simlib import words
from simlib.drive.cli import main
from simlib.policy.services.lists import LISTS, SHOWN
from tests.small import place, stored


@pytest.fixture
def home(tmp_path: Path) -> str:
    """A small place on disk."""
    stored(place(), tmp_path / "place")
    return str(tmp_path / "place")


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """What the command prints as JSON."""
    assert main(["services", *arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_catalogue_is_one_row_an_item(capsys: pytest.CaptureFixture[str]) -> None:
    """Thirty-two, each with its figures as low, mode and high and their standing."""
    rows = found(capsys)

    assert [row["number"] for row in rows] == list(range(1, 33))
    assert all(row["price_yuan_low"] <= row["price_yuan_mode"] <= row["price_yuan_high"] for row in rows)
    assert {row["status"] for row in rows} == {"minutes, times and price are assumed"}


@pytest.mark.parametrize(("lang", "says"), [("zh", "第 39 项"), ("en", "prints number 39")])
def test_an_item_is_told_in_both_languages(capsys: pytest.CaptureFixture[str], lang: str, says: str) -> None:
    """Item 29 tells of the slip in the print, that its figures are assumed, and its source."""
    assert main(["services", "--explain", "29", "--lang", lang]) == 0
    told = capsys.readouterr().out

    assert says in told
    assert ("假定" if lang == "zh" else "assumed") in told
    assert "石嘴山市开展全国服务类社会救助试点工作方案" in told


def test_a_place_s_lists_agree_with_each_other(capsys: pytest.CaptureFixture[str], home: str) -> None:
    """Families, needs, projects and coverage are one plan: the same orders, the same money."""
    lists = found(capsys, home)

    assert list(lists) == list(SHOWN)
    coverage = {row["share"]: row for row in lists["coverage"]}
    own = coverage[0.03]
    assert lists["needs"][-1]["orders_mode"] == own["orders"] == sum(r["orders"] for r in lists["projects"])
    assert sum(row["orders_met"] for row in lists["projects"]) == own["orders_met"]
    assert sum(row["spent_yuan"] for row in lists["projects"]) == pytest.approx(own["from_grant_yuan"])
    assert lists["households"][-1]["in_need_mode"] == own["households_in_need"]
    assert own["households_served"] + own["households_left_out"] == own["households_in_need"]
    assert sorted(coverage) == [0.01, 0.02, 0.03, 0.05]
    assert [row["above_document"] for row in lists["coverage"]] == [False, False, False, True]
    assert "ABOVE THE DOCUMENT" in coverage[0.05]["standing"]
    assert len(lists["indicators"]) == 10


@pytest.mark.parametrize("name", sorted(set(LISTS) - set(SHOWN)))
def test_a_list_alone_is_a_plain_csv(capsys: pytest.CaptureFixture[str], home: str, name: str) -> None:
    """Counties and the detail by township come when asked for; every township has its rows."""
    assert main(["services", home, "--list", name, "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))

    code = "county_code" if name == "counties" else "area_code"
    codes = set((place().counties if name == "counties" else place().townships)[code].astype(str))
    assert {row[code] for row in rows} == codes


def test_a_terminal_shows_every_list_under_its_chinese_heading(
    capsys: pytest.CaptureFixture[str], home: str
) -> None:
    """No heading and no column is left in English where Chinese is asked for."""
    assert main(["services", home, "--lang", "zh"]) == 0
    out = capsys.readouterr().out

    for name in SHOWN:
        assert words.say(f"services.list.{name}", "zh") in out
    assert re.findall(r"[a-z]+_[a-z]+", out) == []


def test_csv_stacks_several_lists_under_one_head(capsys: pytest.CaptureFixture[str], home: str) -> None:
    """A column says which list a row belongs to; a whole number stays one."""
    assert main(["services", home, "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))

    assert list(dict.fromkeys(row["list"] for row in rows)) == list(SHOWN)
    assert all(row["orders_met"].isdecimal() for row in rows if row["list"] in ("projects", "coverage"))


def test_the_notes_say_what_is_assumed_and_what_is_above(
    capsys: pytest.CaptureFixture[str], home: str
) -> None:
    """Stdout holds the lists only; the warnings stand on stderr."""
    assert main(["services", home, "--what-if", "0.05"]) == 0
    said = capsys.readouterr().err

    for part in ("no confidence interval", "2025-08-31", "--left-yuan", "5 % is above the document's 3 %"):
        assert part in said


def test_figures_and_rationing_reach_the_plan(capsys: pytest.CaptureFixture[str], home: str) -> None:
    """Each option moves what it names."""
    plain = found(capsys, home, "--list", "coverage")[0]
    other = found(capsys, home, "--list", "coverage", "--figures", "high", "--rationing", "equal_share")[0]

    assert plain["need_yuan"] < other["need_yuan"]
    assert other["orders_met"] == other["households_served"]


def test_money_as_given_reaches_the_plan(capsys: pytest.CaptureFixture[str], home: str) -> None:
    """Nothing left of the grant, a donation to half a yuan."""
    gifts = found(capsys, home, "--list", "coverage", "--donations-yuan", "1234.5", "--left-yuan", "0")[0]

    assert (gifts["cap_yuan"], gifts["money_yuan"]) == (0, 1234.5)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--share", "0.05"), "--what-if 0.05"),
        (("--share", "3%"), "0.03"),
        (("--share", "nan"), "nan"),
        (("--what-if", "5"), "0.03"),
        (("--left-yuan", "-1"), "-1"),
        (("--lottery-yuan", "0.001"), "0.001"),
        (("--townships", "999999999"), "999999999"),
        (("--rule", "guangdong-3pct"), "guangdong-3pct"),
        (("--rule", "no-such"), "no-such"),
        (("--on", "2024-02-30"), "2024-02-30"),
        (("--on", "2020-01-01"), "2020-01-01"),
        (("--explain", "3"), "--explain"),
    ],
)
def test_bad_input_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], home: str, arguments: tuple[str, ...], named: str
) -> None:
    """Exit 2, nothing on stdout, one line that names what is wrong."""
    assert main(["services", home, *arguments]) == 2
    out, err = capsys.readouterr()

    assert out == ""
    assert err.count("\n") == 1
    assert named in err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--explain", "33"), "32"),
        (("--explain", "0"), "32"),
        (("--share", "0.01"), "--share"),
        (("--mutual-help",), "--mutual-help"),
        (("no/such/place",), "no/such/place"),
    ],
)
def test_without_a_place_what_belongs_to_one_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], named: str
) -> None:
    """An option that would be passed over is an error."""
    assert main(["services", *arguments]) == 2
    out, err = capsys.readouterr()

    assert (out, err.count("\n")) == ("", 1)
    assert named in err

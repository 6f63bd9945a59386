"""The commands on the law: workload, money for posts, documents on purchases, files that are wrong."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

import simlib
from simlib import words
from simlib.drive.api import funding
from simlib.drive.cli import main
from simlib.errors import LawError
from simlib.yamlfile import nearest

ROOT = Path(__file__).resolve().parents[2]
YUNFU = str(ROOT / "scenarios" / "places" / "yunfu")
LESHAN = str(ROOT / "scenarios" / "places" / "leshan")

DOCUMENT = """\
kind: purchase_document
id: own-county
title: {zh: 本县办法, en: Own county}
region: {zh: 某县, en: A county}
issuer: {zh: 某县民政局, en: A county's bureau}
document: 本县办法
stated_on: 2026-01-01
status: draft
under: [national-102-2020]
versions:
  2026-01-01:
    source: {title: 本县办法（征求意见稿）}
    clauses:
      - {rule: buys, article: 第一条, work: [care], says: {zh: 照料, en: care only}}
      - {rule: term, article: 二, most: clocks.purchase.contract_most_years, says: {zh: 三年, en: 3 years}}
"""


@pytest.fixture(autouse=True)
def english() -> object:
    words.set_lang("en")
    yield
    words.set_lang("zh")


def rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    assert main([*arguments, "--format", "json"]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def test_workload_runs_over_a_place_like_any_formula(capsys: pytest.CaptureFixture[str]) -> None:
    """Every county and township of the place, whole posts, with ratio and difference when asked."""
    found = rows(capsys, "staffing", LESHAN, "--formula", "wisn-workload", "--ratio")

    assert {row["level"] for row in found} == {"county", "township"}
    for row in found:
        assert row["difference"] == int(row["posts_existing"]) - int(row["posts_required"])  # type: ignore[call-overload]
        assert row["ratio"] == pytest.approx(row["posts_existing"] / row["posts_required"])  # type: ignore[operator]
    low, high = (
        sum(int(row["posts_required"]) for row in rows(  # type: ignore[call-overload]
            capsys, "staffing", LESHAN, "--formula", "wisn-workload", "--reading", f"figures={side}"
        ))
        for side in ("low", "high")
    )  # fmt: skip
    assert low < sum(int(row["posts_required"]) for row in found) < high  # type: ignore[call-overload]


def test_ratio_is_for_every_formula_and_empty_where_nothing_is_required(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without --ratio the columns are those promised; with it two more."""
    plain = rows(capsys, "staffing", LESHAN, "--formula", "leshan-2020", "--level", "county")
    more = rows(capsys, "staffing", LESHAN, "--formula", "leshan-2020", "--level", "county", "--ratio")

    assert set(more[0]) - set(plain[0]) == {"ratio", "difference"}
    assert all(row["posts_required"] == 0 and row["ratio"] is None for row in more)


def test_required_becomes_funded(capsys: pytest.CaptureFixture[str]) -> None:
    """Required, existing, funded, short for each office; what a county is told is one line on stderr."""
    asked = ["staffing", YUNFU, "--formula", "guangdong-2019", "--fund", "guangdong-3pct"]
    assert main([*asked, "--format", "json"]) == 0
    out, told = capsys.readouterr()
    found = json.loads(out)

    for row in found:
        gap = max(0, row["posts_required"] - row["posts_existing"])
        assert row["posts_funded"] + row["posts_short"] == gap
        assert bool(row["conflict"]) == (row["posts_short"] > 0)
    short = {row["county_code"] for row in found if row["posts_short"]}
    assert short and sum("cannot hold together" in line for line in told.splitlines()) == len(short)
    for code in short:
        mine = [row for row in found if row["county_code"] == code]
        stays = sum(row["posts_short"] for row in mine)
        assert {row["give_up_posts"] for row in mine if row["posts_short"]} == {stays}


@pytest.mark.parametrize(("sharing", "method"), [("keep_minimum", "webster"), ("equal_load", "webster")])
def test_every_way_of_sharing_spends_the_same_money(
    sharing: str, method: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who gets the posts differs, not how many each county can pay; csv as well as json."""
    asked = ["staffing", YUNFU, "--formula", "guangdong-2019", "--fund", "fixed", "--cap-yuan", "3000000"]
    assert main([*asked, "--format", "json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert main([*asked, "--sharing", sharing, "--method", method, "--format", "csv"]) == 0
    other = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))

    assert sum(row["posts_funded"] for row in plain) == sum(int(row["posts_funded"]) for row in other)
    assert [row["posts_funded"] for row in plain] != [int(row["posts_funded"]) for row in other]


BAD = {
    "amount without fund": (["--cap-yuan", "1"], "--fund"),
    "fixed without amount": (["--fund", "fixed"], "--cap-yuan"),
    "unknown rule": (["--fund", "guangdong-3pc"], "guangdong-3pct"),
    "every reading": (["--fund", "none", "--reading", "all"], "--reading all"),
    "fractions": (["--fund", "none", "--reading", "rounding=none"], "rounding"),
    "villages": (["--fund", "none", "--level", "village"], "county, township"),
    "share of two": (["--fund", "guangdong-3pct", "--share-for-posts", "2"], "between 0 and 1"),
    "no price": (["--fund", "none", "--price", "nan"], "above 0"),
    "unknown reading": (["--fund", "guangdong-3pct", "--reading", "base=own"], "boundary"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_funded_exits_2_with_the_remedy(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One clear line, no table, no traceback."""
    arguments, says = BAD[name]

    assert main(["staffing", YUNFU, "--formula", "guangdong-2019", *arguments]) == 2
    out, told = capsys.readouterr()
    assert out == "" and says in told and "Traceback" not in told


def test_a_place_without_a_price_asks_for_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Leshan has no published price: exit 2 names --price; with it the table comes."""
    asked = ["staffing", LESHAN, "--formula", "leshan-2020", "--fund", "none"]

    assert main(asked) == 2
    assert "--price" in capsys.readouterr().err
    assert rows(capsys, *asked, "--price", "50000")


def test_a_reading_of_the_money_rule_is_taken_by_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The own tier's spending alone buys fewer posts."""
    asked = ["staffing", YUNFU, "--formula", "guangdong-2019", "--fund", "guangdong-3pct"]

    whole, own = (
        sum(int(row["posts_funded"]) for row in rows(capsys, *asked, *more))  # type: ignore[call-overload]
        for more in ([], ["--reading", "base_tier=own"])
    )
    assert own < whole


def test_a_notebook_gets_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """`simlib.funding` is what the command prints, with its notes."""
    found = simlib.funding(YUNFU, "guangdong-2019", "guangdong-3pct", sharing="equal_load")
    asked = ["staffing", YUNFU, "--formula", "guangdong-2019", "--fund", "guangdong-3pct"]
    printed = rows(capsys, *asked, "--sharing", "equal_load")

    assert found.table["posts_funded"].tolist() == [row["posts_funded"] for row in printed]
    assert found.notes
    with pytest.raises(LawError, match="--price"):
        funding(LESHAN, "leshan-2020", "none")


def test_services_money_pays_no_clerk(capsys: pytest.CaptureFixture[str]) -> None:
    """Under Shizuishan's cap everything stays short, and the planner is told why."""
    asked = ["staffing", YUNFU, "--formula", "guangdong-2019", "--fund", "shizuishan-3pct-cap"]
    assert main([*asked, "--format", "json"]) == 0
    out, told = capsys.readouterr()

    assert all(row["posts_funded"] == 0 for row in json.loads(out))
    assert "never clerks" in told


# --- documents on purchases ---------------------------------------------------------------------------


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a planner's own document."""
    (tmp_path / "scenarios" / "law" / "purchasing").mkdir(parents=True)
    (tmp_path / "scenarios" / "law" / "purchasing" / "own.yaml").write_text(DOCUMENT, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "scenarios" / "law" / "purchasing" / "own.yaml"


def test_a_planner_s_own_document_is_listed_and_explained(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Read from scenarios/law like any formula."""
    listed = rows(capsys, "formulas", "--purchasing")
    assert {row["id"] for row in listed} >= {"own-county", "leshan-2020", "procurement-law"}
    assert main(["formulas", "--explain", "own-county"]) == 0
    told = capsys.readouterr().out

    assert "care only [第一条]" in told and "Holds beside it: Measure on government purchase" in told
    assert main(["check", str(workspace)]) == 0
    assert main(["check"]) == 0


WRONG = {
    "unknown rule": ("rule: buys", "rule: bys", 14, "buys"),
    "unknown work": ("work: [care]", "work: [cares]", 14, "care"),
    "no article": ("article: 第一条, ", "", 14, "article"),
    "no such value": (
        "contract_most_years",
        "contract_mots_years",
        15,
        "clocks.purchase.contract_most_years",
    ),
    "years typed": ("most: clocks.purchase.contract_most_years", "most: 3", 15, "clocks."),
    "nothing above": ("[national-102-2020]", "[national-102]", 9, "national-102-2020"),
    "above is no list": ("[national-102-2020]", "national-102-2020", 9, "list"),
    "no source": ("    source: {title: 本县办法（征求意见稿）}\n", "", 11, "source"),
    "id of the house": ("id: own-county", "id: leshan-2020", 2, "replaces"),
    "unknown kind": ("kind: purchase_document", "kind: purchase", 1, "purchase_document"),
    "no clauses": (DOCUMENT[DOCUMENT.index("    clauses:") :], "    clauses: []\n", 13, "rule"),
}


@pytest.mark.parametrize("name", WRONG)
def test_check_tells_file_line_and_remedy(
    name: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake in a document on purchases is a mistake like any other."""
    old, new, row, says = WRONG[name]
    assert old in DOCUMENT
    workspace.write_text(DOCUMENT.replace(old, new), "utf-8")

    assert main(["check", str(workspace)]) == 2
    told = capsys.readouterr().err
    assert f"own.yaml, row {row}" in told and says in told and "Traceback" not in told


def test_a_part_of_a_name_finds_it_and_a_long_list_is_never_read_out() -> None:
    """`wisn` is no typing error of `wisn-workload`; three hundred names are no answer to one."""
    many = [f"clocks.work.value_{n}" for n in range(300)]

    assert nearest("wisn", ["leshan-2020", "wisn-workload"]) == "wisn-workload"
    assert nearest("xyz", many).count(",") == 2
    assert nearest("zzz", ["ceil", "floor"]) == "ceil, floor"


def test_an_unknown_text_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """Formulas, money rules and documents are looked through."""
    assert main(["formulas", "--explain", "shizuishan-3pct"]) == 2
    assert "shizuishan-3pct-cap" in capsys.readouterr().err
    for text in ("guangdong-3pct", "national-102-2020", "leshan-2020"):
        assert main(["formulas", "--explain", text]) == 0
    capsys.readouterr()
    assert "guangdong-3pct" in {row["id"] for row in rows(capsys, "formulas", "--money")}


def test_a_wage_is_priced_item_by_item(capsys: pytest.CaptureFixture[str]) -> None:
    """50,000 + 1,000 + 2,000, the provider's share of that, tax on all: each item said, the sum used."""
    asked = ["staffing", LESHAN, "--formula", "leshan-2020", "--format", "json", "--lang", "en"]
    assert main([*asked, "--wage", "50000"]) == 0
    told = capsys.readouterr()
    parts = [float(text.replace(",", "")) for text in re.findall(r"[\d,]+\.\d\d", told.err)][:6]
    missing = [row for row in json.loads(told.out) if row["gap"]]

    assert parts[:3] == [50_000.0, 1_000.0, 2_000.0]
    assert sum(parts[:5]) == pytest.approx(parts[5])
    assert missing
    assert all(row["cost_yuan_year1"] == round(row["gap"] * parts[5]) for row in missing)
    with pytest.raises(SystemExit):
        main([*asked, "--wage", "50000", "--price", "60000"])

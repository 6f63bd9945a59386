"""One's own figures from the Excel form to the annexes that are filed: the same numbers all the way."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import pytest

from simlib import words
from simlib.drive.cli import main
from simlib.places import load_place
from tests.places.sheets import CODE, towns
from tests.places.test_template import fill, form
from tests.view.forms_read import Rows, csv_rows, excel_rows, plain
from tests.view.test_forms import office

FORMULA = "guangdong-2019"
EXPERIMENT = f"""\
kind: experiment
title: {{zh: 我的区, en: My district}}
question: {{zh: 配多少人, en: How many posts}}
base:
  place: places/mine
  policy: {{price_yuan: 60000}}
  run: {{years: 1, opening_months: 2, replications: 2}}
axes:
  - id: formula
    title: {{zh: 标准, en: Formula}}
    values:
      - {{id: guangdong, title: {{zh: 广东, en: Guangdong}}, set: {{policy.formula: {FORMULA}}}}}
views:
  - {{id: grid, title: {{zh: 比较, en: Compared}}, axes: [formula]}}
"""


@dataclass(frozen=True)
class Journey:
    """The form as it was filled in, the place made of it, and the annexes of an experiment on it."""

    form: Path
    place: Path
    annexes: dict[str, Path]


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Journey:
    """Every step by its command, as a planner would give it."""
    home = tmp_path_factory.mktemp("own")
    mine, file = home / "scenarios" / "places" / "mine", home / "scenarios" / "own.yaml"
    with words.speaking("en"):
        assert main(["template", str(home / "form.xlsx"), "--county", CODE, "--lang", "zh"]) == 0
        (home / "form.xlsx").unlink()
        fill(home / "form.xlsx", form(home / "form.xlsx", county=CODE))
        line = [
            "place",
            "import",
            str(home / "form.xlsx"),
            "--name",
            "mine",
            "--out",
            str(mine),
            "--lang",
            "en",
        ]
        assert main([*line, "--yes"]) == 0
        file.write_text(EXPERIMENT, "utf-8")
        assert main(["plan", str(file), "--no-notebooks", "--workers", "1"]) == 0
        annexes = {}
        for name in ("annex-1", "annex-2"):
            annexes[name] = home / f"{name}.xlsx"
            run = str(home / "reports" / "own")
            assert main(["export", run, "--form", name, "--out", str(annexes[name]), "--lang", "zh"]) == 0
    return Journey(home / "form.xlsx", mine, annexes)


def filed_rows(rows: Rows) -> list[list[str]]:
    """Serial, unit, households, persons, required, payroll of each office of an annex."""
    return [row[:6] for row in rows if row[0].isdigit()]


@pytest.mark.slow
def test_the_annexes_hold_what_was_typed_and_what_the_formula_asks(journey: Journey, capsys) -> None:
    """Families and staff from the form, posts as `simlib staffing` prints them."""
    capsys.readouterr()
    line = ["staffing", str(journey.place), "--formula", FORMULA, "--level", "county,township"]
    assert main([*line, "--format", "csv"]) == 0
    asked = {row["area_code"]: row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    places = load_place(journey.place)
    typed = places.townships
    townships = filed_rows(excel_rows(journey.annexes["annex-2"]))
    counties = filed_rows(excel_rows(journey.annexes["annex-1"]))

    assert [row[1] for row in townships] == typed["area"].tolist() == towns()
    assert [int(row[2]) for row in townships] == [100 + number for number in range(len(towns()))]
    assert [int(row[3]) for row in townships] == [180 + number for number in range(len(towns()))]
    assert [float(row[4]) for row in townships] == [
        float(asked[code]["posts_required"]) for code in typed["area_code"]
    ]
    assert [int(row[5]) for row in townships] == [2] * len(towns())
    assert [float(row[4]) for row in counties] == [float(asked[CODE]["posts_required"])]


@pytest.mark.slow
def test_another_office_program_reads_the_same_numbers(journey: Journey, tmp_path: Path) -> None:
    """LibreOffice opens form and annexes: what it shows is what was typed, checked and filed."""
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"
    office(every_sheet, [journey.form, *journey.annexes.values()], tmp_path)

    for name, file in journey.annexes.items():
        (printed,) = tmp_path.glob(f"{name}-*.csv")
        shown = [[plain(cell) for cell in row] for row in csv_rows(printed)]
        assert filed_rows(shown) == filed_rows(excel_rows(file)) != []
    rows = csv_rows(tmp_path / "form-乡镇.csv")
    lines = {row[0]: row for row in rows[2:] if row[0]}
    typed = load_place(journey.place).townships
    at = rows[0].index("农村低保人数\n（人）")
    assert [int(lines[code][at]) for code in typed["area_code"]] == typed["dibao_rural_persons"].tolist()
    assert {row[-1] for row in lines.values()} == {""}, "the check column finds nothing wrong"

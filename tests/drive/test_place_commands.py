"""`simlib place import` and `simlib template`: looked at first, written when told, every problem a line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from simlib.drive.cli import main
from simlib.places import load_place
from tests.places.sheets import COUNTY, HEAD, SHEETS, A, B, Sheet, written

GOOD = SHEETS["no codes, names alone"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_file_is_looked_at_and_nothing_written_until_told_so(capsys) -> None:
    """The preview is data on stdout; what is asked, and the line to run, on stderr."""
    written(GOOD, Path("表.xlsx"))
    line = ["place", "import", "表.xlsx", "--name", "mine", "--title", "我的区", "--out", "my places"]

    assert main(line) == 0
    out, said = capsys.readouterr()
    assert A in out
    assert "210" in out
    assert "column 3 “农村低保户数” → Rural dibao, households (dibao_rural_households)" in said
    assert 'simlib place import 表.xlsx --name mine --title 我的区 --out "my places" --yes' in said
    assert not Path("my places").exists()

    assert main([*line, "--yes"]) == 0
    made = load_place(Path("my places"))
    assert made.townships["dibao_rural_persons"].tolist() == [210, 130]
    assert made.title["zh"] == "我的区"
    assert main([*line, "--yes"]) == 2
    assert "there is a place of this name already" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_program_reads_the_preview_by_the_names_of_columns(form: str, capsys) -> None:
    """Codes keep their zeros; lines of the file stand beside them."""
    written(GOOD, Path("t.xlsx"))
    assert main(["place", "import", "t.xlsx", "--name", "mine", "--format", form]) == 0
    out = capsys.readouterr().out
    rows = json.loads(out) if form == "json" else list(csv.DictReader(io.StringIO(out)))

    assert [str(row["row"]) for row in rows] == ["2", "3"]
    assert [row["area"] for row in rows] == [A, B]
    assert {row["county"] for row in rows} == {COUNTY}
    assert str(rows[0]["dibao_rural_households"]) == "120"


def test_what_is_open_is_a_line_each_and_the_answers_settle_it(capsys) -> None:
    """Row, column, what stands there, what to do; in the person's language."""
    head = ("县区", "乡镇", "保障户", "保障人", "支出")
    rows = (head, (COUNTY, A, 120, 210, 3), (COUNTY, "大沸街道", "约80", 130, 2), ("共", "", 200, 340, 5))
    written(Sheet(rows), Path("t.xlsx"))
    line = ["place", "import", "t.xlsx", "--name", "mine"]

    assert main(line) == 2
    said = capsys.readouterr().err
    assert "no column of households or persons" in said
    assert "did you mean “大佛街道”" in said
    assert main([*line, "--lang", "zh"]) == 2
    assert "没有叫“大沸街道”的乡镇" in capsys.readouterr().err

    line += ["--lang", "en"]
    answers = ["--column", "3=农村低保户数", "--column", "4=dibao_rural_persons", "--unit", "5=10000"]
    answers += ["--column", "5=dibao_spending_yuan", "--area", "3=511102007", "--pass", "4"]
    assert main([*line, *answers]) == 2
    assert "row 3, column '保障户': “约80” is no number" in capsys.readouterr().err
    answers[-1:] = ["3", "--total", "4", "--pass", "4"]
    assert main([*line, *answers, "--yes", "--format", "csv"]) == 0
    assert load_place(Path("scenarios/places/mine")).townships["dibao_spending_yuan"].tolist() == [30_000]


def test_answers_that_cannot_be_read_are_told_before_the_file_is_opened(capsys) -> None:
    """One line each; no traceback."""
    wrong = ["--column", "x", "--column", "3=villagers", "--unit", "5=7", "--area", "2=11", "--total", "a"]

    assert main(["place", "import", "none.xlsx", "--name", "My Place", *wrong]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 6
    assert main(["place", "import", "none.xlsx", "--name", "mine"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_sheet_and_its_headings_can_be_named(capsys) -> None:
    """--sheet, --header, --county; an unknown sheet is answered with those there are."""
    written(Sheet((("草表",), HEAD[1:], (A, 5, 9))), Path("t.xlsx"))
    line = ["place", "import", "t.xlsx", "--name", "mine", "--format", "csv"]

    assert main([*line, "--header", "2", "--county", "511102", "--sheet", "Sheet"]) == 0
    assert "511102004" in capsys.readouterr().out
    assert main([*line, "--sheet", "九月"]) == 2
    assert "there is no sheet “九月”; the file has: Sheet" in capsys.readouterr().err


def test_the_form_is_written_with_the_townships_asked_for(capsys) -> None:
    """Of a county, or of a place; never over a file."""
    assert main(["template", "form.xlsx", "--county", "511102", "--lang", "zh"]) == 0
    assert "simlib place import form.xlsx" in capsys.readouterr().err
    assert main(["template", "form.xlsx"]) == 2
    assert main(["template", "other.xlsx", "--county", "999999"]) == 2

"""Tables of a page as files: what stands on the page, numbers as numbers, nothing a spreadsheet would run."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd

from simlib.view.pagetables import page_sheets, write_tables
from simlib.view.sheets import Figure
from simlib.view.tables import table

ROWS = pd.DataFrame(
    {"a": ["=1+1", "乐山"], "b": [1234.5, 2], "c": ["81.2%", "80.0% (75.0–85.0)"], "y": ["2027", "—"]}
)
HEADS = {"a": "A", "b": "B", "c": "C", "y": "年"}


def page(*names: str) -> str:
    made = [table(ROWS, label=f"L {n}", name=n, titles=HEADS, spanners={"over": ["b", "c"]}) for n in names]
    return "<main>" + "".join(block.html for block in made) + "</main>"


def test_cells_are_those_of_the_page_and_numbers_are_numbers() -> None:
    """A number only where it would be written the same way: a year and an interval stay texts."""
    (sheet,) = page_sheets(page("one"))

    assert sheet.title == "L one"
    assert [(column.over, column.title) for column in sheet.columns] == [
        ("", "A"),
        ("over", "B"),
        ("over", "C"),
        ("", "年"),
    ]
    assert sheet.rows[0][0] == "=1+1"
    assert sheet.rows[0][1] == Figure(Decimal("1234.5"), "mean")
    assert sheet.rows[0][2] == Figure(Decimal("0.812"), "share")
    assert sheet.rows[0][3] == "2027"
    assert sheet.rows[1][2:] == ("80.0% (75.0–85.0)", "—")


def test_a_workbook_has_a_sheet_for_each_table_and_runs_nothing(tmp_path: Path) -> None:
    """Names that Excel would refuse or that stand twice are made fit."""
    path = tmp_path / "p.html"
    long = "steps-511102-bought-of-the-first-county"
    path.write_text(page("one", f"{long}-a", f"{long}-b"), "utf-8")

    workbook, text = write_tables(path, "zh")
    book = openpyxl.load_workbook(workbook)

    assert len(set(book.sheetnames)) == 3
    assert all(len(name) <= 31 for name in book.sheetnames)
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    assert "1234.5" in text.read_text("utf-8-sig")


def test_a_page_without_tables_writes_nothing(tmp_path: Path) -> None:
    """No empty workbook beside it."""
    path = tmp_path / "p.html"
    path.write_text("<main><p>nothing</p></main>", "utf-8")

    assert write_tables(path, "zh") == []
    assert [file.name for file in tmp_path.iterdir()] == ["p.html"]

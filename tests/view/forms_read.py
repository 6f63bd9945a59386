"""Reads a form's files back into rows of texts, each format by other means than it was written with."""

from __future__ import annotations

import csv
import re
import zipfile
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
Rows = list[list[str]]


def plain(text: str) -> str:
    """A text as CSV holds it: no thousands marks in numbers."""
    return text.replace(",", "") if re.fullmatch(r"-?[\d,]+(\.\d+)?%?", text) else text


JOINED = ("（并入左格）", "(with the cell to the left)")


def csv_rows(path: Path) -> Rows:
    """All rows that hold anything; what belongs to the cell on its left is empty, as in other formats."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [["" if cell in JOINED else cell for cell in row] for row in csv.reader(file)]
    return [row for row in rows if any(row)]


def excel_rows(path: Path) -> Rows:
    """The sheets one below the other, numbers with the decimals their format shows."""
    rows: Rows = []
    for sheet in openpyxl.load_workbook(path).worksheets:
        rows += [[_excel_text(cell) for cell in row] for row in sheet.iter_rows()]
    return [row for row in rows if any(row)]


def _excel_text(cell) -> str:
    if cell.value is None:
        return ""
    if isinstance(cell.value, str):
        return cell.value
    share = cell.number_format.endswith("%")
    digits = len(cell.number_format.rstrip("%").partition(".")[2])
    exact = Decimal(repr(cell.value)) * (100 if share else 1)
    assert exact == round(exact, digits), "a spreadsheet holds more than the form prints"
    return f"{exact:.{digits}f}{'%' if share else ''}"


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[tuple[int, int, str]]] = []
        self.texts: list[str] = []
        self.cell: list[str] | None = None
        self.span = (1, 1)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th", "h2", "p"):
            asked = dict(attrs)
            self.span = (int(asked.get("rowspan", 1)), int(asked.get("colspan", 1)))
            self.cell = []

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append((*self.span, "".join(self.cell or [])))
        elif tag in ("h2", "p"):
            self.texts.append("".join(self.cell or []))

    def handle_data(self, data):
        if self.cell is not None:
            self.cell.append(data)


def html_rows(path: Path) -> Rows:
    """The rows of every table, spanned cells empty as in the other formats."""
    reader = _Tables()
    reader.feed(path.read_text("utf-8"))
    taken: set[tuple[int, int]] = set()
    rows = []
    for at, cells in enumerate(reader.rows):
        row: dict[int, str] = {}
        column = 0
        for down, across, text in cells:
            while (at, column) in taken:
                column += 1
            row[column] = plain(text)
            taken |= {(at + d, column + a) for d in range(down) for a in range(across)}
            column += across
        wide = 1 + max(where for line, where in taken if line == at)
        rows.append([row.get(where, "") for where in range(wide)])
    return rows


def word_rows(path: Path) -> Rows:
    """The rows of every table of a Word document."""
    document = ET.fromstring(zipfile.ZipFile(path).read("word/document.xml"))
    rows = []
    for line in document.iter(f"{W}tr"):
        row = []
        for cell in line.iter(f"{W}tc"):
            span = cell.find(f"{W}tcPr/{W}gridSpan")
            across = 1 if span is None else int(span.get(f"{W}val", "1"))
            row += [plain("".join(text.text or "" for text in cell.iter(f"{W}t"))), *[""] * (across - 1)]
        rows.append(row)
    return rows

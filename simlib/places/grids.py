"""Sheets as people make them: every cell as text, merged cells filled, what is hidden or uncomputed told."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

from simlib.places.complaints import Complaints
from simlib.places.encoding import MAX_FILE_BYTES, file_bytes, text_of
from simlib.places.tables import cell_text
from simlib.yamlfile import shown_path

SEPARATORS = ",\t;"
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
"""Letters without a shape, which web pages leave behind in cells."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_MOST_UNPACKED_BYTES = 8 * MAX_FILE_BYTES
_MOST_ROWS, _MOST_COLUMNS = 50_000, 200


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: its cells row by row as text, all rows equally long.

    filled: cells (row, column, from 0) that only repeat the merged cell they belong to; uncomputed: cells
    with a formula whose result the file does not hold; hidden, hidden_columns: what is hidden (from 0).
    """

    title: str
    cells: tuple[tuple[str, ...], ...]
    filled: frozenset[tuple[int, int]] = frozenset()
    uncomputed: frozenset[tuple[int, int]] = frozenset()
    hidden: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


def read_grids(path: Path, complaints: Complaints) -> list[Grid]:
    """Every visible sheet that holds something; empty after a complaint."""
    content = file_bytes(path, complaints)
    if content is None:
        return []
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return _workbook(content, shown_path(path), complaints)
    if path.suffix.lower() in (".csv", ".txt", ".tsv"):
        return _separated(content, path, complaints)
    complaints.add("import_kind", shown_path(path), found=path.suffix or path.name)
    return []


def _separated(content: bytes, path: Path, complaints: Complaints) -> list[Grid]:
    name = shown_path(path)
    if content.startswith(_UTF16):
        text: str | None = content.decode("utf-16", errors="replace")
    else:
        text = text_of(content, name, complaints)
    if text is None:
        return []
    head = "\n".join(text.splitlines()[:20])
    separator = max(SEPARATORS, key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        complaints.add("csv_syntax", name, None, why=str(error))
        return []
    return [Grid(path.stem, _even([[cell.strip() for cell in row] for row in rows]))]


def _even(rows: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    width = max((len(row) for row in rows), default=0)
    seen = [[cell.translate(_UNSEEN).strip() for cell in row] for row in rows]
    return tuple(tuple(row + [""] * (width - len(row))) for row in seen)


def _workbook(content: bytes, name: str, complaints: Complaints) -> list[Grid]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(item.file_size for item in packed.infolist()) > _MOST_UNPACKED_BYTES:
                complaints.add("too_large", name, mb="?", most=MAX_FILE_BYTES >> 20)
                return []
        shown = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
        written = openpyxl.load_workbook(io.BytesIO(content))
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, SyntaxError, AttributeError):
        complaints.add("not_excel", name)
        return []
    grids = []
    for sheet in shown.worksheets:
        if not _is_small(sheet):
            complaints.add("too_many_rows", name, most=f"{_MOST_ROWS:,}", wide=_MOST_COLUMNS)
            continue
        if sheet.sheet_state != "visible":
            complaints.note("import_hidden_sheet", name, sheet=sheet.title)
            continue
        grid = _sheet(sheet, written[sheet.title])
        if any(cell for row in grid.cells for cell in row):
            grids.append(grid)
    return grids


def _is_small(sheet: Any) -> bool:
    """Whether what is filled in is no larger than a table of townships; empty ruled lines do not count."""
    if sheet.max_row <= _MOST_ROWS and sheet.max_column <= _MOST_COLUMNS:
        return True
    below = sheet.iter_rows(min_row=_MOST_ROWS + 1, values_only=True)
    beside = sheet.iter_rows(min_col=_MOST_COLUMNS + 1, max_row=_MOST_ROWS, values_only=True)
    return not any(cell is not None for rows in (below, beside) for row in rows for cell in row)


def _sheet(sheet: Any, written: Any) -> Grid:
    reach = {"max_row": min(sheet.max_row, _MOST_ROWS), "max_col": min(sheet.max_column, _MOST_COLUMNS)}
    rows = [[cell_text(cell) for cell in row] for row in sheet.iter_rows(**reach, values_only=True)]
    while rows and not any(rows[-1]):
        rows.pop()
    filled, uncomputed = set(), set()
    for merged in sheet.merged_cells.ranges:
        first = (merged.min_row - 1, merged.min_col - 1)
        for row in range(merged.min_row - 1, min(merged.max_row, len(rows))):
            for column in range(merged.min_col - 1, min(merged.max_col, len(rows[row]))):
                if (row, column) != first:
                    rows[row][column] = rows[first[0]][first[1]]
                    filled.add((row, column))
    reach["max_row"] = len(rows) or 1
    for at, row in enumerate(written.iter_rows(**reach, values_only=True)):
        for column, cell in enumerate(row):
            if isinstance(cell, str) and cell.startswith("=") and not rows[at][column]:
                uncomputed.add((at, column))
    hidden = frozenset(at - 1 for at, form in sheet.row_dimensions.items() if form.hidden)
    # openpyxl keeps one entry for a run of columns that look alike
    hidden_columns = frozenset(
        at - 1
        for form in sheet.column_dimensions.values()
        if form.hidden and form.min
        for at in range(form.min, min(form.max or form.min, _MOST_COLUMNS) + 1)
    )
    return Grid(sheet.title, _even(rows), frozenset(filled), frozenset(uncomputed), hidden, hidden_columns)

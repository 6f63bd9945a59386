"""Tables of a place read as text: CSV and Excel, English or Chinese headings, nothing interpreted yet."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simlib.places.columns import TableName, columns, headings, place_headings, plain, status_code, vocabulary
from simlib.places.complaints import Complaints
from simlib.places.encoding import MAX_FILE_BYTES, file_bytes, text_of
from simlib.yamlfile import nearest, shown_path

_HEADING_ROWS = 10
_MOST_ROWS = 200_000
_MOST_COLUMNS = 300
_MOST_UNPACKED_BYTES = 8 * MAX_FILE_BYTES

Row = tuple[int, list[str]]
"""The line of the file (the first is 1) and its cells."""


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as text: `cells` has the columns found, by their names; `rows` the line of each row."""

    table: TableName
    file: str
    cells: pd.DataFrame
    rows: NDArray[np.int64]
    totals: tuple[tuple[int, dict[str, str]], ...]
    """Rows of sums: line and cells by column. They are checked and not counted."""
    written: Mapping[str, str]
    """The heading each column has in the file."""

    def heading(self, column: str) -> str:
        """What the file calls a column, for messages about it."""
        return self.written.get(column, column)


# --- the two kinds of file ---------------------------------------------------------------------------------


def read_csv(path: Path, table: TableName, complaints: Complaints) -> RawTable | None:
    """The table of a CSV file; None after a complaint that leaves nothing to read."""
    name = shown_path(path)
    content = file_bytes(path, complaints)
    text = text_of(content, name, complaints) if content is not None else None
    if text is None:
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    try:
        rows.extend((reader.line_num, cells) for cells in islice(reader, _MOST_ROWS + 1))
    except csv.Error as error:
        complaints.add("csv_syntax", name, reader.line_num, why=str(error))
        return None
    return _table(rows, table, name, complaints)


def read_sheet(path: Path, table: TableName, complaints: Complaints) -> RawTable | None:
    """The table of an Excel workbook: its sheet of that name, or its only sheet."""
    name = shown_path(path)
    rows = _sheet_rows(path, table, complaints)
    return None if rows is None else _table(rows, table, name, complaints)


def read_place_sheet(path: Path, complaints: Complaints) -> dict[str, Any] | None:
    """The place sheet of a workbook as place.yaml would give it: headings in one column, contents beside."""
    rows = _sheet_rows(path, "place", complaints)
    if rows is None:
        return None
    found: dict[str, Any] = {}
    for line, cells in rows:
        filled = [cell for cell in cells if cell]
        if not filled:
            continue
        key = place_headings().get(plain(filled[0]))
        if key is None:
            near = nearest(filled[0], place_headings())
            complaints.add("unknown_key", shown_path(path), line, key=filled[0], near=near)
        elif len(cells) > 1 and cells[1]:
            found[key] = cells[1]  # what stands further right is a remark
    titles = {"zh": found.pop("title", ""), "en": found.pop("title_en", "")}
    titles["en"] = titles["en"] or titles["zh"]
    return {**found, "title": titles}


def _sheet_rows(path: Path, sheet: str, complaints: Complaints) -> list[Row] | None:
    name = shown_path(path)
    content = file_bytes(path, complaints)
    if content is None:
        return None
    import openpyxl  # noqa: PLC0415 - a fifth of a second, for workbooks alone

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(item.file_size for item in packed.infolist()) > _MOST_UNPACKED_BYTES:
                complaints.add("too_large", name, mb="?", most=MAX_FILE_BYTES >> 20)
                return None
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        names = [title for title in book.sheetnames if plain(title) in vocabulary().sheets[sheet]]
        if not names and len(book.sheetnames) == 1 and sheet != "place":
            names = book.sheetnames
        if len(names) != 1:
            wanted = " / ".join(vocabulary().sheets[sheet])
            complaints.add("no_sheet", name, wanted=wanted, found=", ".join(book.sheetnames))
            return None
        read = book[names[0]].iter_rows(max_row=_MOST_ROWS + 1, max_col=_MOST_COLUMNS + 1, values_only=True)
        rows = [(line, [cell_text(cell) for cell in cells]) for line, cells in enumerate(read, start=1)]
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, SyntaxError, AttributeError):
        complaints.add("not_excel", name)
        return None
    width = max((len(cells) for _, cells in rows), default=0)
    return [(line, cells + [""] * (width - len(cells))) for line, cells in rows]


def cell_text(cell: object) -> str:
    """What a cell of a workbook shows, a whole number without its point."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e18:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time().isoformat() == "00:00:00" else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).upper() if isinstance(cell, bool) else str(cell).strip()


# --- from rows to columns -----------------------------------------------------------------------------------


def _table(rows: Sequence[Row], table: TableName, name: str, complaints: Complaints) -> RawTable | None:
    if len(rows) > _MOST_ROWS or any(any(cells[_MOST_COLUMNS:]) for _, cells in rows):
        complaints.add("too_many_rows", name, most=f"{_MOST_ROWS:,}", wide=_MOST_COLUMNS)
        return None
    filled = [(line, cells) for line, cells in rows if any(cell.strip() for cell in cells)]
    start = _heading_row(filled, table)
    if start is None:
        complaints.add("empty_file", name)
        return None
    line, heading = filled[start]
    heading = heading[: max(i for i, cell in enumerate(heading, start=1) if cell.strip())]
    heading = ["".join(cell.splitlines()) for cell in heading]
    for passed, _ in filled[:start]:
        complaints.note("title_line", name, row=passed)
    if len([cell for cell in heading if cell.strip()]) == 1 and any(mark in heading[0] for mark in ";\t|"):
        complaints.add("not_comma", name, line)
        return None
    names = _names(heading, line, table, name, complaints)
    if names is None:
        return None
    body, totals = _body(filled[start + 1 :], names, table, name, complaints)
    if not body:
        complaints.add("no_rows", name)
        return None
    across = list(zip(*(cells for _, cells in body), strict=True))
    at = [(i, column) for i, column in enumerate(names) if column and _is_given(across[i], table, column)]
    return RawTable(
        table,
        name,
        pd.DataFrame({column: _texts(across[i], column) for i, column in at}),
        np.array([line for line, _ in body], dtype=np.int64),
        tuple((line, {column: cells[i] for i, column in at}) for line, cells in totals),
        {column: heading[i].strip() for i, column in at},
    )


def _is_given(cells: Sequence[str], table: TableName, column: str) -> bool:
    """Whether anything stands under a heading; a column of the form left empty is one not given."""
    return columns(table)[column].need or any(cell.strip() for cell in cells)


def _texts(cells: Sequence[str], column: str) -> pd.Series:
    """The cells of a column, a status by its code however it is called."""
    texts = pd.Series([cell.strip() for cell in cells], dtype="str")
    return texts.map(status_code).astype("str") if column == "status" else texts


def _heading_row(rows: Sequence[Row], table: TableName) -> int | None:
    """Which row holds the headings: the first of ten with two known ones, else the first."""
    known = headings(table)
    for i, (_, cells) in enumerate(rows[:_HEADING_ROWS]):
        if len({known[plain(cell)] for cell in cells if plain(cell) in known}) >= 2:
            return i
    return 0 if rows else None


def _names(
    heading: Sequence[str], line: int, table: TableName, name: str, complaints: Complaints
) -> list[str] | None:
    """The column each heading stands for, '' for one passed over; None if personal data stand here."""
    known, words = headings(table), vocabulary()
    names: list[str] = []
    personal = False
    for position, cell in enumerate(heading, start=1):
        word = plain(cell)
        column = known.get(word, "")
        if not column and word in words.personal:
            complaints.add("personal_column", name, line, cell)
            personal = True
        elif not column and word in words.ignored:
            complaints.note("ignored_column", name, cell)
        elif not column:
            shown = cell.strip() or f"({position})"
            near = nearest(cell.strip().lower(), [*columns(table), *(c.zh for c in columns(table).values())])
            complaints.add("unknown_column", name, line, shown[:40], near=near if len(near) < 60 else "…")
        elif column in names:
            complaints.add("column_twice", name, line, cell.strip(), column=column)
            column = ""
        names.append(column)
    for needed in columns(table).values():
        if needed.need and needed.name not in names:
            complaints.add("missing_column", name, line, column=needed.name, zh=needed.zh)
    return None if personal else names


def _body(
    rows: Iterable[Row], names: Sequence[str], table: TableName, name: str, complaints: Complaints
) -> tuple[list[Row], list[Row]]:
    """Rows of areas and rows of sums; lines of a form are passed over with a note."""
    words = vocabulary()
    code = "area_code" if table == "townships" else "county_code"
    code_at = names.index(code) if code in names else -1
    body: list[Row] = []
    totals: list[Row] = []
    for line, cells in _evened(rows, len(names)):
        has_code = code_at >= 0 and code_at < len(cells) and cells[code_at].strip()[:1].isdigit()
        if not has_code:
            texts = [cell.strip() for cell in cells if cell.strip()]
            if any(plain(text) in words.subtotal_rows for text in texts[:3]):
                complaints.add("subtotal", name, line)
                continue
            if any(plain(text) in words.total_rows for text in texts[:3]):
                totals.append((line, [*cells, *[""] * (len(names) - len(cells))]))
                continue
            if any(plain(text).startswith(words.examples) for text in texts[:3]):
                complaints.note("example_line", name, row=line)
                continue
            if texts[0].startswith(words.form_lines):
                complaints.note("form_line", name, row=line)
                continue
        if len(cells) != len(names):
            complaints.add("ragged", name, line, found=len(cells), meant=len(names))
            continue
        body.append((line, cells))
    return body, totals


def _evened(rows: Iterable[Row], width: int) -> Iterator[Row]:
    """Rows without empty cells past the last heading."""
    for line, cells in rows:
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            yield line, cells[:width]
        else:
            yield line, cells

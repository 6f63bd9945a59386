"""The Excel form of a place: three sheets with Chinese or English headings, loaded as it is filled in."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from simlib.errors import PlaceError, Problem
from simlib.places.columns import TableName, columns, place_entries, sheet_title
from simlib.words import current_lang
from simlib.yamlfile import shown_path

_TABLES: tuple[TableName, ...] = ("townships", "counties")


def write_template(path: Path, *, lang: str | None = None) -> None:
    """Write the form to `path` (.xlsx): bold headings are required, codes are text so that Excel keeps them.

    lang: zh or en; default the language in force. Raises PlaceError if the file exists.
    """
    if path.exists():
        raise PlaceError(Problem("place_exists", values={"folder": shown_path(path)}))
    chinese = (lang or current_lang()) == "zh"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = sheet_title("place", chinese=chinese)
    for row, (key, (zh, need)) in enumerate(place_entries().items(), start=1):
        cell = sheet.cell(row, 1, zh if chinese else key)
        cell.font = Font(bold=need)
    sheet.column_dimensions["A"].width = sheet.column_dimensions["B"].width = 28
    for table in _TABLES:
        sheet = book.create_sheet(sheet_title(table, chinese=chinese))
        for position, column in enumerate(columns(table).values(), start=1):
            cell = sheet.cell(1, position, column.zh if chinese else column.name)
            cell.font = Font(bold=column.need)
            letter = get_column_letter(position)
            sheet.column_dimensions[letter].width = max(12, 2 * len(str(cell.value)))
            if column.kind == "code":
                sheet.column_dimensions[letter].number_format = "@"
        sheet.freeze_panes = "C2"
    book.save(path)

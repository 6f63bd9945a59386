"""A form as a file: CSV, Excel, Word or one HTML page, with the same cells in each.

Nothing a spreadsheet would run leaves this module alive: texts that begin like a formula are quoted in CSV
and on the page, which a spreadsheet may open, and stored as quoted text in Excel.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import openpyxl
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from simlib.errors import InputError, Problem
from simlib.view.sheetpage import form_page, inert, is_risky
from simlib.view.sheets import Cell, Figure, Form, Layout, layout, lines, shown
from simlib.view.wordfile import word_bytes

FORMATS = (".xlsx", ".csv", ".docx", ".html")
_FONT = {"zh": "宋体", "en": "Calibri"}
_TO_FILL = "FFF8E1"
_HEAD, _TOTAL = "E8EEF4", "F5F7F9"
_PROPERTIES = "docProps/core.xml"
_SAVED_AT = re.compile(rb"<dcterms:(created|modified)\b.*?</dcterms:\1>")
_TITLE_HEIGHT, _LINE_HEIGHT, _AIR = 26, 13, 3


def write_form(form: Form, path: Path) -> Path:
    """Write a form in the format that the file's ending names.

    Raises InputError for an ending that is none of FORMATS.
    """
    writers = {".xlsx": _excel, ".csv": _csv, ".docx": word_bytes, ".html": form_page}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        known = ", ".join(FORMATS)
        raise InputError(Problem("forms_format", str(path), values={"found": path.suffix, "known": known}))
    content = writer(form)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)
    return path


def _csv(form: Form) -> bytes:
    """The tables one below the other, an empty line between; UTF-8 with a mark, as Excel wants it."""
    sink = io.StringIO()
    table = csv.writer(sink, lineterminator="\r\n")
    for at, sheet in enumerate(form.sheets):
        if at:
            table.writerow([])
        made = layout(sheet)
        for row in range(len(made.cells)):
            table.writerow(_csv_row(made, row))
    return sink.getvalue().encode("utf-8-sig")


def _csv_row(made: Layout, at: int) -> list[str]:
    """A row as texts; CSV has no joined cells, so it says which go with the one to the left."""
    told = [cell.plain() if isinstance(cell, Figure) else inert(cell) for cell in made.cells[at]]
    if at in made.body:
        for _, left, _, right in (box for box in made.boxes if box[0] == at):
            told[left + 1 : right + 1] = [made.joined] * (right - left)
    return told


# --- Excel --------------------------------------------------------------------------------------------


def _excel(form: Form) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    book.properties.creator = "simlib"
    for look in _looks(_FONT[form.lang]):
        book.add_named_style(look)
    for sheet in form.sheets:
        _fill(book.create_sheet(sheet.name), layout(sheet))
    sink = io.BytesIO()
    book.save(sink)
    return _without_clock(sink.getvalue())


def _without_clock(content: bytes) -> bytes:
    """The same workbook without the times it was saved at: made again, it is the same bytes."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as saved, zipfile.ZipFile(sink, "w") as still:
        for name in saved.namelist():
            part = saved.read(name)
            if name == _PROPERTIES:
                part = _SAVED_AT.sub(b"", part)
            still.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def _fill(page: Worksheet, made: Layout) -> None:
    covered = made.covered()
    for at, row in enumerate(made.cells):
        for column, value in enumerate(row):
            cell = page.cell(at + 1, column + 1)
            cell.style = _look(made, (at, column), value, covered)
            _set(cell, value)
    for top, left, bottom, right in made.boxes:
        # merge_cells would draw the edges of every box again, at many times the cost.
        page.merged_cells.add(CellRange(None, left + 1, top + 1, right + 1, bottom + 1))
        if top in made.body:
            page.cell(top + 1, left + 1).alignment = Alignment(horizontal="center", vertical="center")
    _set_up(page, made)


def _look(made: Layout, place: tuple[int, int], value: Cell, covered: set[tuple[int, int]]) -> str:
    """The name of a cell's style; cells to be filled in by hand are shaded and hold text, as codes must."""
    at = place[0]
    if at in made.head:
        return "form head"
    if at not in made.body:
        return "form line" if at else "form title"
    is_figure = isinstance(value, Figure) or value is None
    if at in made.totals:
        return "form total" if is_figure else "form total text"
    return "form figure" if is_figure else "form text" if value or place in covered else "form blank"


def _looks(font: str) -> list[NamedStyle]:
    """The styles of a form. Named styles are compared once; loose ones, cell by cell when set."""
    thin = Side(style="thin", color="808080")
    edges = Border(left=thin, right=thin, top=thin, bottom=thin)
    plain, bold = Font(name=font, size=10), Font(name=font, size=10, bold=True)
    middle, left, right = (
        Alignment(horizontal=side, vertical="center", wrap_text=True) for side in ("center", "left", "right")
    )
    blank, sums = (PatternFill("solid", start_color=colour) for colour in (_TO_FILL, _TOTAL))
    return [
        NamedStyle("form title", font=Font(name=font, size=14, bold=True), alignment=middle),
        NamedStyle("form line", font=plain, alignment=left),
        NamedStyle(
            "form head",
            font=bold,
            alignment=middle,
            border=edges,
            fill=PatternFill("solid", start_color=_HEAD),
        ),
        NamedStyle("form figure", font=plain, alignment=right, border=edges),
        NamedStyle("form text", font=plain, alignment=left, border=edges),
        NamedStyle("form total", font=bold, alignment=right, border=edges, fill=sums),
        NamedStyle("form total text", font=bold, alignment=left, border=edges, fill=sums),
        NamedStyle("form blank", font=plain, alignment=left, border=edges, fill=blank, number_format="@"),
    ]


def _set(cell: openpyxl.cell.Cell, value: Cell) -> None:
    if isinstance(value, Figure):
        whole = value.kind == "count"
        cell.value = int(value.amount) if whole else float(value.amount)
        cell.number_format = value.excel()
        return
    text = shown(value)
    if not text:
        return
    cell.value = text
    cell.data_type = "s"
    if is_risky(text):
        cell.quotePrefix = True
        cell.number_format = "@"


def _set_up(page: Worksheet, made: Layout) -> None:
    for at, width in enumerate(made.widths):
        page.column_dimensions[get_column_letter(at + 1)].width = width
    for at, height in enumerate(_heights(made)):
        page.row_dimensions[at + 1].height = height
    page.freeze_panes = page.cell(made.body.start + 1, 1)
    page.print_title_rows = f"{made.head.start + 1}:{made.head.stop}"
    setup = page.page_setup
    setup.orientation, setup.paperSize = "landscape", 9
    setup.fitToWidth, setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_options.horizontalCentered = True
    page.print_area = f"A1:{get_column_letter(len(made.widths))}{len(made.cells)}"
    page.page_margins.left = page.page_margins.right = 0.4
    page.page_margins.top, page.page_margins.bottom, page.page_margins.footer = 0.6, 0.75, 0.4
    page.oddFooter.center.text = "&P / &N"


def _heights(made: Layout) -> list[int]:
    """Height of each row [point]: programs do not fit rows to texts in cells that are one."""
    spans, covered = made.spans(), made.covered()
    heights = []
    for at, row in enumerate(made.cells):
        most = 1
        for column, cell in enumerate(row):
            if (at, column) in covered:
                continue
            down, across = spans.get((at, column), (1, 1))
            width = sum(made.widths[column : column + across])
            most = max(most, -(-lines(shown(cell), width) // down))
        heights.append(_TITLE_HEIGHT if at == 0 else _AIR + _LINE_HEIGHT * most)
    return heights

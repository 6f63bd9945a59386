"""The Excel form of a place: townships, counties, the place, what each column is. Read as it is filled in.

Headings carry their units and a comment; cells refuse what cannot be true; a last column of the township
sheet says where persons are fewer than households.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from simlib import words
from simlib.errors import PlaceError, Problem
from simlib.places.columns import (
    PROGRAMMES,
    STATUSES,
    WAGE_REGIONS,
    WHOLE_KINDS,
    Column,
    TableName,
    columns,
    place_entries,
    sheet_title,
)
from simlib.places.frame import provinces
from simlib.places.importareas import known_areas
from simlib.places.place import Place
from simlib.units import MINUTES_PER_HOUR
from simlib.yamlfile import shown_path

Cells = dict[Hashable, Any]

FREE_ROWS = 200
"""Rows made ready beyond those filled in."""
_SHOWN_ROWS = 20
"""Rows that are ruled and printed even where nothing is filled in."""
_FONT = "Microsoft YaHei"
_MOST_COUNT, _MOST_YUAN = 10**9, 10**12 - 1
_HEAD, _NEEDED = PatternFill("solid", fgColor="E8EEF4"), PatternFill("solid", fgColor="FCE8B2")
_EXAMPLE, _WRONG = PatternFill("solid", fgColor="F2F2F2"), PatternFill("solid", bgColor="F8CBAD")
_LINE = Border(*(Side(style="thin", color="B7B7B7") for _ in range(4)))


def write_template(
    path: Path, *, lang: str | None = None, place: Place | None = None, county: str = ""
) -> None:
    """Write the form to `path` (.xlsx): yellow headings are required, codes are kept as text.

    lang: zh or en; default the language in force. place, or county (its 6-digit code): the townships are
    filled in with codes and names, no figures. Raises PlaceError if the file exists, is no .xlsx, or no
    township of the county is known.
    """
    if path.exists():
        raise PlaceError(Problem("place_exists", values={"folder": shown_path(path)}))
    if path.suffix.lower() != ".xlsx":
        raise PlaceError(Problem("template_kind", shown_path(path), values={"found": path.suffix}))
    _Form(lang or words.current_lang(), place, county).book().save(path)


class _Form:
    """One workbook in one language."""

    def __init__(self, lang: str, place: Place | None, county: str) -> None:
        self.lang, self.chinese = lang, lang == "zh"
        self.towns, self.counties, self.head = _filled(place, county)

    def say(self, key: str, **values: Any) -> str:
        return words.say(key, self.lang, **values)

    def book(self) -> openpyxl.Workbook:
        """Place, townships, counties, notes; opened at the townships."""
        book = openpyxl.Workbook()
        head = book.active
        assert head is not None
        head.title = sheet_title("place", chinese=self.chinese)
        self._place(head)
        filled: tuple[tuple[TableName, list[Cells]], ...]
        filled = (("townships", self.towns), ("counties", self.counties))
        for table, rows in filled:
            self._table(book.create_sheet(sheet_title(table, chinese=self.chinese)), table, rows)
        self._notes(book.create_sheet(self.say("template.notes")))
        book.active = 1
        head.sheet_view.tabSelected = False
        return book

    # --- the place ---

    def _place(self, sheet: Worksheet) -> None:
        for row, (key, (zh, need)) in enumerate(place_entries().items(), start=1):
            name = sheet.cell(row, 1, zh if self.chinese else key)
            value = sheet.cell(row, 2, self.head.get(key))
            about = sheet.cell(row, 3, self.say(f"template.place.{key}"))
            name.fill = _NEEDED if need else _HEAD
            name.font, about.font = Font(_FONT, 11, bold=need), Font(_FONT, 10, color="595959")
            value.font, value.number_format = Font(_FONT, 11), "@"
            name.border = value.border = _LINE
            for cell in (name, value, about):
                cell.alignment = Alignment(wrap_text=True, vertical="center")
            sheet.row_dimensions[row].height = 32
            listed = {"province": list(provinces()), "wage_region": WAGE_REGIONS}.get(key)
            if listed:
                self._list(sheet, listed, f"B{row}")
        for letter, width in (("A", 26), ("B", 34), ("C", 70)):
            sheet.column_dimensions[letter].width = width
        _printed(sheet, f"A1:C{len(place_entries())}")

    def _list(self, sheet: Worksheet, values: Sequence[str], cells: str) -> None:
        rule = DataValidation("list", formula1='"' + ",".join(values) + '"', allow_blank=True)
        self._add(sheet, rule, cells, self.say("template.rule.list"))

    def _add(self, sheet: Worksheet, rule: DataValidation, cells: str, told: str) -> None:
        rule.error, rule.errorTitle, rule.showErrorMessage = told, self.say("template.rule.title"), True
        rule.add(cells)
        sheet.add_data_validation(rule)

    # --- townships and counties ---

    def _table(self, sheet: Worksheet, table: TableName, rows: Sequence[Cells]) -> None:
        listed = list(columns(table).values())
        first = 3 if table == "townships" else 2
        last = first + len(rows) + FREE_ROWS - 1
        shown = max(first + len(rows) + 4, _SHOWN_ROWS)
        for at, column in enumerate(listed, start=1):
            self._heading(sheet, at, column, table)
            self._rules(sheet, column, f"{get_column_letter(at)}{first}:{get_column_letter(at)}{last}")
            letter = sheet.column_dimensions[get_column_letter(at)]
            letter.width = self._width(column)
            letter.number_format = "@" if column.kind == "code" else "General"
            if table == "townships":
                example = sheet.cell(2, at, self._example(column))
                example.font, example.fill = Font(_FONT, 10, italic=True, color="7F7F7F"), _EXAMPLE
                example.border = _LINE
            for row in range(first, shown + 1):
                given = rows[row - first] if row - first < len(rows) else {}
                cell = sheet.cell(row, at, given.get(column.name))
                cell.border, cell.font = _LINE, Font(_FONT, 10)
                cell.number_format = "@" if column.kind == "code" else "General"
        sheet.row_dimensions[1].height = 64
        sheet.freeze_panes = "E2" if table == "townships" else "C2"
        end = get_column_letter(len(listed))
        if table == "townships":
            end = get_column_letter(len(listed) + 1)
            self._check(sheet, listed, range(first, last + 1), len(listed) + 1)
        sheet.print_title_rows = "1:1"
        sheet.print_title_cols = "A:D" if table == "townships" else "A:B"
        _printed(sheet, f"A1:{end}{shown}", wide=3 if table == "townships" else 1)

    def _width(self, column: Column) -> float:
        """Wide enough for the heading on two lines, its unit on the second."""
        if column.name == "source":
            return 24
        letters = 1.82 * len(column.zh) if self.chinese else 0.75 * max(16, len(column.en))
        return min(max(letters + 1.5, 10), 17)

    def _heading(self, sheet: Worksheet, at: int, column: Column, table: TableName) -> None:
        title = column.title(chinese=self.chinese)
        cell = sheet.cell(1, at, f"{column.zh}\n（{column.unit}）" if self.chinese and column.unit else title)
        cell.font = Font(_FONT, 10, bold=column.need)
        cell.fill = _NEEDED if column.need else _HEAD
        cell.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
        cell.border = _LINE
        comment = Comment(self._about(column, table), "simlib")
        comment.width, comment.height = 320, 130
        cell.comment = comment

    def _about(self, column: Column, table: TableName) -> str:
        """What a column is, and what holds where it is left empty."""
        stem, _, side = column.name.rpartition("_")
        if stem in PROGRAMMES:
            about = self.say(
                f"template.about.{side}", programme=words.say(f"places.programme.{stem}", self.lang)
            )
        else:
            own = f"template.about.{table}.{column.name}"
            about = words.say(own if words.has(own) else f"template.about.{column.name}", self.lang)
        return about + "\n" + self.say("template.needed" if column.need else "template.optional")

    def _rules(self, sheet: Worksheet, column: Column, cells: str) -> None:
        if column.kind in WHOLE_KINDS:
            most = {"money": _MOST_YUAN, "minutes": 24 * MINUTES_PER_HOUR}.get(column.kind, _MOST_COUNT)
            rule = DataValidation("whole", "between", "0", str(most), allow_blank=True)
            self._add(sheet, rule, cells, self.say("template.rule.whole"))
        elif column.kind == "share":
            rule = DataValidation("decimal", "between", "0", "1", allow_blank=True)
            self._add(sheet, rule, cells, self.say("template.rule.share"))
        elif column.kind == "code":
            rule = DataValidation("textLength", "equal", str(column.digits), allow_blank=True)
            self._add(sheet, rule, cells, self.say("template.rule.code", n=column.digits))
        elif column.kind == "status":
            self._list(sheet, [words.say(f"places.status.{s}", self.lang) for s in STATUSES], cells)

    def _example(self, column: Column) -> Any:
        """A made-up township that shows how to fill in; reading passes it over."""
        texts = {
            "area_code": self.say("template.example"),
            "status": words.say("places.status.user", self.lang),
        }
        texts |= {
            name: self.say(f"template.example.{name}") for name in ("area", "county_code", "county", "source")
        }
        figures = {"assistance_share": 0.6, "population": 21500, "villages": 12, "travel_minutes": 45}
        figures |= {"dibao_rural_households": 120, "dibao_rural_persons": 210, "posts_payroll": 3}
        return texts.get(column.name, figures.get(column.name))

    def _check(self, sheet: Worksheet, listed: Sequence[Column], rows: range, at: int) -> None:
        """The last column: says where persons are fewer than households, and those cells turn red."""
        place = {column.name: get_column_letter(n) for n, column in enumerate(listed, start=1)}
        pairs = [(place[f"{p}_households"], place[f"{p}_persons"]) for p in PROGRAMMES]
        head = sheet.cell(1, at, self.say("template.check"))
        head.font, head.fill, head.border = Font(_FONT, 10), _HEAD, _LINE
        head.alignment = Alignment(horizontal="center", vertical="center")
        fewer, nameless = self.say("template.check.fewer"), self.say("template.check.nameless")
        last = place[listed[-1].name]
        for row in rows:
            wrong = ",".join(f"AND(COUNT({h}{row},{p}{row})=2,{p}{row}<{h}{row})" for h, p in pairs)
            sheet.cell(row, at).value = (
                f'=IF(COUNTA(C{row}:{last}{row})=0,"",IF(AND(A{row}="",B{row}=""),"{nameless}",'
                f'IF(OR({wrong}),"{fewer}","")))'
            )
            sheet.cell(row, at).font = Font(_FONT, 10, color="C00000")
        for households, persons in pairs:
            one, other = f"{households}{rows[0]}", f"{persons}{rows[0]}"
            rule = f"AND(COUNT(${one},${other})=2,${other}<${one})"
            for letter in (households, persons):
                cells = f"{letter}{rows[0]}:{letter}{rows[-1]}"
                sheet.conditional_formatting.add(cells, FormulaRule([rule], fill=_WRONG))
        sheet.column_dimensions[get_column_letter(at)].width = 18

    # --- notes ---

    def _notes(self, sheet: Worksheet) -> None:
        """How to fill in, then a line a column: sheet, heading, what it is, whether it must be given."""
        for row, key in enumerate(("title", "how", "colours", "personal", "back"), start=1):
            cell = sheet.cell(row, 1, self.say(f"template.notes.{key}"))
            cell.font = Font(_FONT, 14 if row == 1 else 10, bold=row == 1)
            cell.alignment = Alignment(wrap_text=True, vertical="center")
            sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=4)
            sheet.row_dimensions[row].height = 26 if row == 1 else 34
        lines = [[self.say(f"template.notes.head.{key}") for key in ("sheet", "column", "about", "need")]]
        tables: tuple[TableName, ...] = ("townships", "counties")
        for table in tables:
            for column in columns(table).values():
                about = self._about(column, table).split("\n")
                title = column.title(chinese=self.chinese)
                lines.append([sheet_title(table, chinese=self.chinese), title, about[0], about[1]])
        for row, line in enumerate(lines, start=7):
            for at, text in enumerate(line, start=1):
                cell = sheet.cell(row, at, text)
                cell.font, cell.border = Font(_FONT, 10, bold=row == 7), _LINE
                cell.alignment = Alignment(wrap_text=True, vertical="center")
                cell.fill = _HEAD if row == 7 else PatternFill()
            sheet.row_dimensions[row].height = 30
        for letter, width in (("A", 16), ("B", 32), ("C", 72), ("D", 34)):
            sheet.column_dimensions[letter].width = width
        sheet.freeze_panes = "A8"
        sheet.print_title_rows = "7:7"
        _printed(sheet, f"A1:D{6 + len(lines)}")


def _filled(place: Place | None, county: str) -> tuple[list[Cells], list[Cells], dict[str, str]]:
    """What is filled in of townships, counties and the place: codes and names, no figures."""
    names = ("area_code", "area", "county_code", "county")
    if place is not None:
        towns, counties = place.townships[list(names)], place.counties[["county_code", "county"]]
        head = {"id": place.id, "title": place.title["zh"], "title_en": place.title["en"]}
        head |= {"province": place.province, "wage_region": place.wage_region}
        return towns.to_dict("records"), counties.to_dict("records"), head
    if not county:
        return [], [], {}
    known = known_areas()
    mine = known.loc[known["county_code"] == county, list(names)]
    if mine.empty:
        raise PlaceError(Problem("template_county", values={"found": county}))
    name = str(mine["county"].iloc[0])
    province = next((full for full, two in provinces().items() if two == county[:2]), "")
    head = {"title": name, "province": province}
    return mine.to_dict("records"), [{"county_code": county, "county": name}], head


def _printed(sheet: Worksheet, area: str, *, wide: int = 1) -> None:
    """Set up for A4 on its side: so many pages wide, as many high as it takes."""
    sheet.print_area = area
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape"
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = wide, 0
    sheet.page_margins.left = sheet.page_margins.right = 0.4

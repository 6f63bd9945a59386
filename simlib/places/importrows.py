"""Rows of a foreign table: each is a township, a bureau's own row, a total, a line passed over, or unread."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simlib.errors import Problem
from simlib.places.columns import columns, plain, status_code, vocabulary
from simlib.places.complaints import shown
from simlib.places.importareas import is_county, is_township_of, undivided
from simlib.places.importfacts import Findings, ImportColumn
from simlib.places.importheadings import BLANK, NOTHING, is_form_line, meaning, number_in

NAMES = ("area", "county", "area_code", "county_code")
FIGURES = ("count", "money", "minutes", "share")
_TWO = re.compile(r"(?=.*[户人/、;|])\d[\d,]*\s*户?\s*[/、,;:|()\s]*\s*\d[\d,]*\s*人?\)?")
"""Households and persons in one cell, such as 123户/210人."""
_OTHER_UNIT = {"户": "_persons", "人": "_households"}
"""A unit written behind a figure, and the columns it contradicts."""
OF_WHICH = "其中"
"""How a row begins that is part of another one."""
_MARKS = ("合计", "小计", "总计", "总数", "累计", "共计")
_COLUMN_MARKS = ("甲", "乙", "丙", "丁", "戊", "栏次", "行次", "列次", "")
"""What stands for a column without figures in the row that numbers the columns of a statistical table."""


@dataclass(slots=True)
class Body:
    """What stands below the headings: rows of townships and of bureaus, each with its line in `row`."""

    towns: list[dict[str, Any]] = field(default_factory=list)
    bureaus: list[dict[str, Any]] = field(default_factory=list)


class RowReader:
    """Reads the rows below a heading one after the other; a county once named holds for the rows below."""

    def __init__(self, found: Findings, read: Sequence[ImportColumn]) -> None:
        self.found = found
        self.read = [column for column in read if column.column]
        self.places = {column.column: column.position - 1 for column in self.read}
        self.county, self.county_code = "", ""
        self._second = 0
        self.body = Body()
        self._nothing: dict[str, list[int]] = defaultdict(list)
        self._blank: dict[str, list[int]] = defaultdict(list)

    def body_from(self, start: int) -> Body:
        """Everything from row `start` (from 0) to the end of the sheet."""
        for at in range(start, len(self.found.grid.cells)):
            if any(self.found.grid.cells[at]):
                self._line(at)
        self._drop_empty_columns()
        for key, told in (("nothing_zero", self._nothing), ("blank_zero", self._blank)):
            for written, lines in told.items():
                listed = ", ".join(map(str, lines[:8])) + (" …" if len(lines) > 8 else "")
                self.found.note(key, None, written, n=len(lines), lines=listed)
        return self.body

    def _drop_empty_columns(self) -> None:
        """A column with a heading and nothing under it is not given."""
        towns = self.body.towns
        for column in self._figures():
            lines = set(self._blank.get(column.written, ()))
            if towns and all(row[column.column] is None or row["row"] in lines for row in towns):
                self._blank.pop(column.written, None)
                for row in towns:
                    del row[column.column]

    def _line(self, at: int) -> None:
        cells, line = self.found.grid.cells[at], at + 1
        heads = {name: self._head(cells, name) for name in NAMES if name in self.places}
        texts = [cell for cell in cells if cell]
        if self._is_second_table(line, texts):
            told = {"first": self._second}
            self.found.refuse(line, Problem("import_second_table", self.found.file, line, "", told))
        elif line in self.found.chosen.passed:
            self.found.note("chosen_passed", line)
            self.found.passed.append(line)
        elif self._is_total(line, [*heads.values(), *texts[:3]]):
            self.found.totals.append(line)
        elif self._is_passed(cells, texts, heads):
            self.found.passed.append(line)
        elif self._names_county(line, heads):
            is_told = any(number_in(cells[column.position - 1]) is not None for column in self._figures())
            (self.found.totals if is_told else self.found.passed).append(line)
        elif plain(heads.get("area", "")).startswith(OF_WHICH):
            self.found.refuse(line, Problem("import_of_which", self.found.file, line))
        else:
            self._area(at, cells)

    def _is_second_table(self, line: int, texts: Sequence[str]) -> bool:
        """Whether the line is in another table that stands below: from a row of other headings on."""
        if line in self.found.chosen.passed:
            return False
        columns_told = {meaning(text)[0] for text in texts} - {""}
        new = columns_told - set(self.places)
        if not self._second and len(columns_told) > 1 and new and not any(map(_has_digit, texts)):
            self._second = line
        return bool(self._second)

    def _is_total(self, line: int, names: Sequence[str]) -> bool:
        if self.found.chosen.totals is not None:
            return line in self.found.chosen.totals
        words = vocabulary()
        marks = words.total_rows | words.subtotal_rows
        return any(plain(name) in marks or plain(name).endswith(_MARKS) for name in names if name)

    def _is_passed(self, cells: Sequence[str], texts: Sequence[str], heads: Mapping[str, str]) -> bool:
        """A remark over the whole width, a line of the form, headings once more, the example of the form."""
        if len(set(texts)) == 1 and not heads.get("area") and not heads.get("area_code"):
            return True
        if len(set(texts)) == 1 and number_in(texts[0]) == texts[0] and len(texts[0]) > 16:
            return True
        if is_form_line(cells) or any(plain(text).startswith(_examples()) for text in texts[:3]):
            return True
        if self._numbers_columns(cells, heads):
            return True
        again = [column for column in self.read if cells[column.position - 1]]
        return len(again) > 1 and all(
            plain(cells[column.position - 1]) and plain(cells[column.position - 1]) in plain(column.written)
            for column in again
        )

    def _numbers_columns(self, cells: Sequence[str], heads: Mapping[str, str]) -> bool:
        """Whether the row numbers the columns, one by one: 甲, 乙, 1, 2 or 栏次, 1, 2, 3."""
        numbers = [(column.position, number_in(cells[column.position - 1])) for column in self._figures()]
        steps = {number - at if isinstance(number, int) else None for at, number in numbers}
        marks = [head.strip() for head in heads.values()]
        named = all(mark in _COLUMN_MARKS for mark in marks) and (any(marks) or numbers[0][1] == 1)
        return len(numbers) > 1 and named and len(steps) == 1 and None not in steps

    def _names_county(self, line: int, heads: Mapping[str, str]) -> bool:
        """A row that names a county where townships stand: it holds for the rows below."""
        area, county = heads.get("area", ""), heads.get("county", "")
        if line in self.found.chosen.areas or heads.get("area_code") or not area:
            return False
        if county and area != county:
            return False
        if (
            not is_county(area)
            or area in undivided()
            or is_township_of(area, self.county_code or self.found.chosen.county)
        ):
            return False
        self.county, self.county_code = area, heads.get("county_code", "")
        return True

    def _figures(self) -> list[ImportColumn]:
        known = columns("townships")
        return [column for column in self.read if known[column.column].kind in FIGURES]

    def _area(self, at: int, cells: Sequence[str]) -> None:
        line = at + 1
        area, county = (self._head(cells, name) for name in ("area", "county"))
        kind = _bureau(area, county or self.county)
        row, wrong = self._row(cells, at, is_bureau=bool(kind))
        if at in self.found.grid.hidden:
            self.found.note("hidden_row", line)
        if not row.get("county") and self.county:
            row["county"] = self.county
            row["county_code"] = row.get("county_code") or self.county_code
        self.county = str(row.get("county") or self.county)
        self.county_code = str(row.get("county_code") or "")
        named = row.get("area") or row.get("area_code") or line in self.found.chosen.areas
        if not named and wrong is None:
            wrong = Problem("import_no_area", self.found.file, line)
        if kind and wrong is None:
            wrong = self._bureau_figures(row, line)
        if wrong is not None:
            self.found.refuse(line, wrong)
        elif kind:
            self.body.bureaus.append({"row": line, "kind": kind, **row})
        else:
            self.body.towns.append({"row": line, **row})

    def _head(self, cells: Sequence[str], name: str) -> str:
        return cells[self.places[name]].strip() if name in self.places else ""

    def _bureau_figures(self, row: Mapping[str, Any], line: int) -> Problem | None:
        """A bureau has posts of its own; families belong to townships."""
        posts = ("posts_payroll", "posts_contract")
        for column in self._figures():
            if column.column not in posts and row.get(column.column):
                return Problem("import_bureau_figures", self.found.file, line, column.written)
        return None

    # --- the cells of one row ---

    def _row(
        self, cells: Sequence[str], at: int, *, is_bureau: bool
    ) -> tuple[dict[str, Any], Problem | None]:
        row: dict[str, Any] = {}
        wrong: Problem | None = None
        for column in self.read:
            cell, kind = cells[column.position - 1].strip(), columns("townships")[column.column].kind
            if kind in FIGURES:
                value, amiss = self._figure(cell, at, column, is_whole=kind != "share")
                wrong = wrong or amiss
                if value is None and amiss is None and not is_bureau:
                    value = self._empty(cell, at + 1, column)
                row[column.column] = _added(row.get(column.column), value)
            else:
                text = unicodedata.normalize("NFKC", cell) if kind == "code" else cell
                text = "" if text.casefold() in BLANK | NOTHING else text
                row[column.column] = status_code(text) if kind == "status" else text
        return row, wrong

    def _figure(
        self, cell: str, at: int, column: ImportColumn, *, is_whole: bool
    ) -> tuple[int | float | None, Problem | None]:
        """The number of a cell; None where it is left empty; or what is wrong with it."""
        file, line, written = self.found.file, at + 1, column.written
        if (at, column.position - 1) in self.found.grid.uncomputed:
            return None, Problem("import_uncomputed", file, line, written)
        value = number_in(cell, factor=column.factor)
        if not is_whole and isinstance(value, str):
            value = _share(value)
        if value is None:
            return None, None
        if isinstance(value, str):
            key = "import_two_numbers" if _TWO.fullmatch(_folded(cell)) else "import_no_number"
            return None, Problem(key, file, line, written, {"found": shown(value)})
        if column.column.endswith(_OTHER_UNIT.get(_folded(cell)[-1:], "-")):
            return None, Problem("import_other_unit", file, line, written, {"found": shown(cell)})
        if value < 0:
            return None, Problem("import_negative", file, line, written, {"found": f"{value:g}"})
        if not is_whole and value > 1:
            return None, Problem("place_share", file, line, written, {"found": f"{value:g}"})
        if is_whole and isinstance(value, float):
            return None, Problem("import_not_whole", file, line, written, {"found": f"{value:.12g}"})
        return value, None

    def _empty(self, cell: str, line: int, column: ImportColumn) -> int | None:
        """A dash says there is none. A cell left empty says so of families; of anything else, nothing."""
        kind = columns("townships")[column.column].kind
        if kind in ("count", "money") and _folded(cell) in NOTHING:
            self._nothing[column.written].append(line)
            return 0
        if column.column.endswith(("_households", "_persons", "_persontimes")):
            self._blank[column.written].append(line)
            return 0
        return None


def _added(one: int | float | None, other: int | float | None) -> int | float | None:
    """Parts of one figure together; of parts not given, those that are."""
    return one if other is None else other if one is None else one + other


def _has_digit(text: str) -> bool:
    return any(letter.isdecimal() for letter in text)


def _examples() -> tuple[str, ...]:
    return vocabulary().examples


def _share(text: str) -> float | str:
    """A percentage as a share; other texts as they are."""
    number = number_in(_folded(text).removesuffix("%"))
    return number / 100 if _folded(text).endswith("%") and isinstance(number, int | float) else text


def _folded(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip().casefold()


def _bureau(area: str, county: str) -> str:
    """bureau or verification where a row is not a township's but of the county's own staff; else ""."""
    words, word = vocabulary(), plain(area)
    for kind, known in (("bureau", words.bureau_rows), ("verification", words.verification_rows)):
        own = plain(county)
        if word in known or (own and word.startswith(own) and word[len(own) :] in known):
            return kind
    return ""

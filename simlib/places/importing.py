"""One's own tables, as they lie in offices: looked at, asked about, and only then made a place.

`inspect` says what it takes every column and row for; `choose` gives it other answers; `import_place` writes
the place once nothing is open. No row is dropped: it is an area, a total, a line of the form, or is listed
as unread.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from simlib.errors import InputError, PlaceError, Problem
from simlib.places.columns import Column, columns, plain, vocabulary
from simlib.places.complaints import PERSONAL_NUMBER, Complaints, shown
from simlib.places.frame import provinces
from simlib.places.grids import Grid, read_grids
from simlib.places.importareas import bare_area, county_codes, known_areas, known_counties, short_area
from simlib.places.importheadings import EMPTY, WAN, best_heading, joined, meaning, number_in
from simlib.places.place import Place, load_place, write_place
from simlib.yamlfile import nearest, shown_path

_UNIT_LINE = re.compile(r"单位\s*[:：]\s*(?:人民币)?\s*(万元|元)")
_PERSONAL = re.compile(PERSONAL_NUMBER)
_PROVISIONAL = 900
"""Townships without a published code here get numbers of their county from here on, marked provisional."""
NAMES = ("area", "county", "area_code", "county_code")


@dataclass(frozen=True, slots=True)
class ImportColumn:
    """A column of the sheet: its place (from 1), heading as written, what it stands for ("" for nothing).

    factor: what its numbers are multiplied by; how: exact, unit, chosen or none.
    """

    position: int
    written: str
    column: str
    factor: int
    how: str


@dataclass(frozen=True, slots=True)
class UnreadRow:
    """A row that could not be read: its line, what stands there, why not."""

    row: int
    written: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Choices:
    """Answers of the person who knows the file; what is None or missing is looked for."""

    sheet: str = ""
    header_rows: tuple[int, ...] = ()
    columns: Mapping[int, str] = field(default_factory=dict)
    units: Mapping[int, int] = field(default_factory=dict)
    totals: tuple[int, ...] | None = None
    areas: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What a file is taken for.

    rows: the areas as they would be imported, each with its line in `row` and in `how` where its code comes
    from; problems: must be gone before it can be imported.
    """

    path: Path
    sheets: tuple[str, ...]
    sheet: str
    header_rows: tuple[int, ...]
    columns: tuple[ImportColumn, ...]
    rows: pd.DataFrame
    totals: tuple[int, ...]
    passed: tuple[int, ...]
    unread: tuple[UnreadRow, ...]
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    choices: Choices

    @property
    def is_ready(self) -> bool:
        """Whether it can be imported as it stands."""
        return not self.problems and not self.unread and len(self.rows) > 0

    def choose(
        self,
        *,
        sheet: str | None = None,
        header_rows: Sequence[int] | None = None,
        columns: Mapping[int, str] | None = None,
        units: Mapping[int, int] | None = None,
        totals: Sequence[int] | None = None,
        areas: Mapping[int, str] | None = None,
    ) -> ImportPreview:
        """The file looked at again with these answers put to those given before.

        sheet: its title; header_rows: lines of the heading; columns: what the column at a position stands
        for, "" to pass it over; units: 1 or 10000 by position; totals: lines that are sums; areas: 9-digit
        code by line.
        """
        given = self.choices
        chosen = replace(
            given,
            sheet=given.sheet if sheet is None else sheet,
            header_rows=given.header_rows if header_rows is None else tuple(header_rows),
            columns={**given.columns, **(columns or {})},
            units={**given.units, **(units or {})},
            totals=given.totals if totals is None else tuple(totals),
            areas={**given.areas, **(areas or {})},
        )
        return inspect(self.path, choices=chosen)


def inspect(path: Path | str, *, choices: Choices | None = None) -> ImportPreview:
    """What a file is taken for: Excel (.xlsx) or CSV in UTF-8, UTF-16 or GB18030, however it is laid out.

    Raises PlaceError where nothing can be looked at: not there, another kind of file, personal data in it.
    """
    path, chosen = Path(path), choices or Choices()
    complaints = Complaints()
    grids = read_grids(path, complaints)
    complaints.raise_any()
    if not grids:
        raise PlaceError(Problem("place_empty_file", shown_path(path)))
    grid = _chosen_grid(grids, chosen, path)
    return _Reading(path, grids, grid, chosen, complaints).preview()


def _chosen_grid(grids: Sequence[Grid], chosen: Choices, path: Path) -> Grid:
    if chosen.sheet:
        for grid in grids:
            if grid.title == chosen.sheet:
                return grid
        known = ", ".join(grid.title for grid in grids)
        raise PlaceError(
            Problem("import_no_sheet", shown_path(path), values={"found": chosen.sheet, "known": known})
        )
    return max(grids, key=lambda grid: best_heading(grid)[0])


# --- the whole file ---------------------------------------------------------------------------------------


class _Reading:
    """One look at a sheet under some choices."""

    def __init__(
        self, path: Path, grids: Sequence[Grid], grid: Grid, chosen: Choices, complaints: Complaints
    ) -> None:
        self.path, self.grids, self.grid, self.chosen, self.complaints = path, grids, grid, chosen, complaints
        self.file = shown_path(path)
        self.problems: list[Problem] = []
        self.notes: list[Problem] = list(complaints.notes)
        self.unread: list[UnreadRow] = []
        self.totals: list[int] = []
        self.passed: list[int] = []

    def blame(self, key: str, row: int | None = None, column: str = "", /, **values: Any) -> None:
        self.problems.append(Problem(f"import_{key}", self.file, row, column, values))

    def note(self, key: str, row: int | None = None, column: str = "", /, **values: Any) -> None:
        self.notes.append(Problem(f"import_{key}", self.file, row, column, values))

    def preview(self) -> ImportPreview:
        heading = tuple(row - 1 for row in self.chosen.header_rows) or best_heading(self.grid)[1]
        if not heading or max(heading) >= len(self.grid.cells):
            self.blame("no_heading")
            return self._told((), (), pd.DataFrame())
        found = self._columns(heading)
        self._refuse_personal(found)
        self.passed += [row + 1 for row in range(min(heading)) if any(self.grid.cells[row])]
        rows = self._rows(found, max(heading) + 1)
        frame = self._with_codes(pd.DataFrame(rows)) if rows else pd.DataFrame()
        if not rows:
            self.blame("no_rows", heading[-1] + 1)
        else:
            self._check_totals(frame, found)
        for need, names in (
            ("area", ("area", "area_code")),
            ("county", ("county", "county_code", "area_code")),
        ):
            if not {column.column for column in found} & set(names):
                self.blame("missing_column", heading[-1] + 1, need, zh=columns("townships")[need].zh)
        if not any(c.column.endswith(("_households", "_persons")) for c in found):
            self.blame("no_programme", heading[-1] + 1)
        return self._told(tuple(row + 1 for row in heading), found, frame)

    def _told(
        self, heading: tuple[int, ...], found: tuple[ImportColumn, ...], frame: pd.DataFrame
    ) -> ImportPreview:
        return ImportPreview(
            self.path,
            tuple(grid.title for grid in self.grids),
            self.grid.title,
            heading,
            found,
            frame,
            tuple(self.totals),
            tuple(self.passed),
            tuple(self.unread),
            tuple(self.problems),
            tuple(self.notes),
            self.chosen,
        )

    def _columns(self, heading: Sequence[int]) -> tuple[ImportColumn, ...]:
        money_factor = self._unit_above(min(heading))
        known = columns("townships")
        found: list[ImportColumn] = []
        taken: dict[str, str] = {}
        for at, written in enumerate(joined(self.grid, heading), start=1):
            column, factor, how = meaning(written)
            if at in self.chosen.columns:
                column, how = self.chosen.columns[at], "chosen"
                if column and column not in known:
                    self.blame("unknown_column", None, written, found=column, near=nearest(column, known))
                    column = ""
            if column and known[column].kind == "money" and how != "unit" and "元" not in written:
                factor = money_factor
            factor = self.chosen.units.get(at, factor)
            if column in taken:
                self.blame("column_twice", heading[-1] + 1, written, other=taken[column], position=at)
                column = ""
            if column:
                taken[column] = written
            elif written and at not in self.chosen.columns and plain(written) not in vocabulary().ignored:
                self.note("column_passed", heading[-1] + 1, written[:40], position=at)
            found.append(ImportColumn(at, written, column, factor, how if column else "none"))
        return tuple(found)

    def _unit_above(self, first: int) -> int:
        for row in self.grid.cells[: first + 1]:
            for cell in row:
                unit = _UNIT_LINE.search(unicodedata.normalize("NFKC", cell).replace(":", "："))
                if unit:
                    return WAN if unit[1] == "万元" else 1
        return 1

    def _refuse_personal(self, found: Sequence[ImportColumn]) -> None:
        words = vocabulary()
        bad = [column for column in found if plain(column.written) in words.personal and not column.column]
        problems = [Problem("place_personal_column", self.file, None, column.written[:40]) for column in bad]
        for at, row in enumerate(self.grid.cells, start=1):
            cells = [cell for cell in row if _PERSONAL.search(cell)]
            if cells and not self._is_form_line(row):
                problems.append(Problem("import_personal", self.file, at))
        if problems:
            raise PlaceError(problems[:20])

    # --- rows ---

    @staticmethod
    def _is_form_line(cells: Sequence[str]) -> bool:
        texts = [cell.strip() for cell in cells if cell.strip()]
        return bool(texts) and (
            texts[0].startswith(vocabulary().form_lines)
            or bool(_UNIT_LINE.search(texts[0]))
            or texts[0].startswith(("注", "备注", "说明", "数据来源", "统计时间", "填报"))
        )

    def _is_total(self, line: int, names: Sequence[str]) -> bool:
        if self.chosen.totals is not None:
            return line in self.chosen.totals
        words = vocabulary()
        marks = words.total_rows | words.subtotal_rows
        return any(
            plain(name) in marks or plain(name).endswith(("合计", "小计", "总计")) for name in names if name
        )

    def _rows(self, found: Sequence[ImportColumn], start: int) -> list[dict[str, Any]]:
        known = columns("townships")
        by_name = {column.column: column for column in found if column.column}
        rows: list[dict[str, Any]] = []
        county, county_code = "", ""
        last = len(self.grid.cells)
        for at in range(start, last):
            cells, line = self.grid.cells[at], at + 1
            if not any(cells):
                continue
            heads = [cells[by_name[name].position - 1] for name in NAMES if name in by_name]
            texts = [cell for cell in cells if cell]
            if self._is_total(line, [*heads, *texts[:3]]):
                self.totals.append(line)
                continue
            if (len(set(texts)) == 1 and not any(heads[:1])) or self._is_form_line(cells):
                self.passed.append(line)
                continue
            if self._is_example(texts):
                self.passed.append(line)
                continue
            row, wrong = self._row(cells, at, found, known)
            if at in self.grid.hidden:
                self.note("hidden_row", line)
            if not row.get("county") and county:
                row["county"] = county
                if not row.get("county_code") and county_code:
                    row["county_code"] = county_code
            county = str(row.get("county") or county)
            county_code = str(row.get("county_code") or "")
            if not row.get("area") and not row.get("area_code"):
                wrong = wrong or Problem("import_no_area", self.file, line)
            if wrong is not None:
                self.unread.append(UnreadRow(line, " | ".join(texts)[:160], wrong))
            else:
                rows.append({"row": line, **row})
        return rows

    @staticmethod
    def _is_example(texts: Sequence[str]) -> bool:
        return any(plain(text).startswith(("示例", "example", "样例")) for text in texts[:3])

    def _row(
        self, cells: Sequence[str], at: int, found: Sequence[ImportColumn], known: Mapping[str, Column]
    ) -> tuple[dict[str, Any], Problem | None]:
        row: dict[str, Any] = {}
        wrong: Problem | None = None
        for column in found:
            if not column.column:
                continue
            cell, kind = cells[column.position - 1].strip(), known[column.column].kind
            if kind in ("count", "money", "minutes", "share"):
                if (at, column.position - 1) in self.grid.uncomputed:
                    wrong = wrong or Problem("import_uncomputed", self.file, at + 1, column.written)
                    continue
                value = number_in(cell, factor=column.factor)
                if isinstance(value, str):
                    values = {"found": shown(value)}
                    wrong = wrong or Problem("import_no_number", self.file, at + 1, column.written, values)
                elif isinstance(value, float) and kind in ("count", "money"):
                    values = {"found": f"{value:g}"}
                    wrong = wrong or Problem("import_not_whole", self.file, at + 1, column.written, values)
                elif value is not None and value < 0:
                    values = {"found": f"{value:g}"}
                    wrong = wrong or Problem("import_negative", self.file, at + 1, column.written, values)
                row[column.column] = value
            else:
                text = unicodedata.normalize("NFKC", cell) if kind == "code" else cell
                row[column.column] = "" if text.casefold() in EMPTY else text
        return row, wrong

    # --- codes ---

    def _with_codes(self, frame: pd.DataFrame) -> pd.DataFrame:
        for name in (*NAMES, "how"):
            if name not in frame:
                frame[name] = ""
            frame[name] = frame[name].fillna("").astype(str)
        used: dict[str, int] = {}
        next_free: dict[str, int] = {}
        for at, row in frame.iterrows():
            code, county_code, how = self._code(row, next_free)
            frame.loc[at, ["area_code", "county_code", "how"]] = [code, county_code, how]
            if code and code in used:
                self.blame("code_twice", int(row["row"]), "", code=code, other=used[code], area=row["area"])
            used.setdefault(code, int(row["row"]))
            if code:
                self._names_of(frame, at, code, county_code)
        self._missing(frame)
        return frame

    def _names_of(self, frame: pd.DataFrame, at: Any, code: str, county_code: str) -> None:
        known = known_areas()
        hit = known[known["area_code"] == code]
        if len(hit) and not frame.loc[at, "area"]:
            frame.loc[at, "area"] = hit["area"].iloc[0]
        if not frame.loc[at, "county"]:
            names = [name for name, codes in known_counties().items() if county_code in codes]
            frame.loc[at, "county"] = names[0] if names else county_code

    def _code(self, row: Any, next_free: dict[str, int]) -> tuple[str, str, str]:
        """The code of a row's township, that of its county, and how they were found."""
        line, area, county = int(row["row"]), short_area(row["area"]), row["county"]
        if line in self.chosen.areas:
            code = self.chosen.areas[line]
            return code, row["county_code"] or code[:6], "chosen"
        if row["area_code"]:
            digits = re.sub(r"\D", "", row["area_code"])
            if len(digits) in (9, 12):
                return digits[:9], row["county_code"] or digits[:6], "code"
            self.blame("bad_code", line, "", found=shown(row["area_code"]))
            return "", row["county_code"], "none"
        codes = [row["county_code"]] if row["county_code"] else county_codes(county) if county else []
        known = known_areas()
        pool = known[known["county_code"].isin(codes)] if codes else known
        hits = pool[pool["area"] == area]
        if hits.empty:
            hits = pool[pool["bare"] == bare_area(area)]
            if len(hits) == 1:
                self.note("area_near", line, "", found=row["area"], meant=hits["area"].iloc[0])
        if len(hits) == 1:
            return str(hits["area_code"].iloc[0]), str(hits["county_code"].iloc[0]), "name"
        if len(hits) > 1:
            told = "; ".join(f"{r.county}{r.area} {r.area_code}" for r in hits.head(5).itertuples())
            self.blame("area_many", line, "", found=row["area"], known=told)
            return "", "", "none"
        if codes and len(pool):
            near = nearest(area, pool["area"].tolist())
            self.blame("area_unknown", line, "", found=row["area"], county=county or codes[0], near=near)
            return "", "", "none"
        if len(codes) == 1:
            number = next_free.get(codes[0], _PROVISIONAL) + 1
            next_free[codes[0]] = number
            if number == _PROVISIONAL + 1:
                self.note("provisional", line, "", county=county, code=f"{codes[0]}{number}")
            return f"{codes[0]}{number}", codes[0], "provisional"
        if codes:
            self.blame("county_many", line, "", found=county, known=", ".join(codes[:6]))
        else:
            near = nearest(county, list(known_counties())) if county else ""
            self.blame("county_unknown", line, "", found=county or row["area"], near=near)
        return "", "", "none"

    def _missing(self, frame: pd.DataFrame) -> None:
        """Townships of a county in the file that the file does not name."""
        known = known_areas()
        for code in dict.fromkeys(frame["county_code"]):
            pool = known[known["county_code"] == code]
            absent = pool[~pool["area_code"].isin(frame["area_code"])]
            if 0 < len(absent) < len(pool):
                listed = "、".join(absent["area"].head(8))
                self.note("absent", None, "", county=pool["county"].iloc[0], n=len(absent), areas=listed)

    # --- totals ---

    def _check_totals(self, frame: pd.DataFrame, found: Sequence[ImportColumn]) -> None:
        """A line of sums over everything must agree with the rows; those of single counties with theirs."""
        known = columns("townships")
        counted = [c for c in found if c.column and known[c.column].kind in ("count", "money")]
        for line in self.totals:
            cells = self.grid.cells[line - 1]
            above = frame[(frame["row"] < line)]
            subtotal = any("小计" in cell for cell in cells[:4])
            earlier = [other for other in self.totals if other < line]
            for column in counted:
                value = number_in(cells[column.position - 1], factor=column.factor)
                if not isinstance(value, (int, float)) or column.column not in frame:
                    continue
                sums = {int(pd.to_numeric(frame[column.column]).fillna(0).sum())}
                if subtotal or earlier:
                    part = above[above["row"] > max(earlier, default=0)]
                    sums.add(int(pd.to_numeric(part[column.column]).fillna(0).sum()))
                if self.unread:
                    continue
                if round(value) not in sums:
                    self.blame(
                        "total",
                        line,
                        column.written,
                        found=f"{value:,}",
                        meant=f"{min(sums, key=lambda s: abs(s - value)):,}",
                    )


# --- into a place -----------------------------------------------------------------------------------------


def import_place(
    preview: ImportPreview,
    folder: Path,
    *,
    id: str,  # noqa: A002  as place.yaml calls it
    title: str | Mapping[str, str],
    province: str = "",
    as_of: date | None = None,
) -> Place:
    """Write the place of a preview into a new folder and return it; its rows are marked as the user's own.

    Raises InputError while a question is open or where the folder is there already, PlaceError for what the
    checks of a place find. Nothing is left half written.
    """
    open_points = (*preview.problems, *(row.problem for row in preview.unread))
    if open_points:
        raise PlaceError(open_points)
    if folder.exists():
        raise InputError(Problem("import_folder_there", folder.name))
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        _write(preview, part, {"id": id, "title": title, "province": province, "as_of": as_of})
        place = load_place(part)
        for file in part.iterdir():
            file.unlink()
        write_place(place, part)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return load_place(folder)


def _write(preview: ImportPreview, part: Path, head: dict[str, Any]) -> None:
    frame = preview.rows.drop(columns=["row", "how"])
    source = f"{preview.path.name} · {preview.sheet}"
    known = columns("townships")
    whole = [name for name in frame if known[str(name)].kind in ("count", "money", "minutes")]
    for name in whole:
        frame[name] = pd.to_numeric(frame[name]).fillna(0).astype("int64")
    for programme_column in [str(name) for name in frame if str(name).endswith("_households")]:
        persons = programme_column.replace("_households", "_persons")
        if persons not in frame:
            frame[persons] = frame[programme_column]
    for persons in [str(name) for name in frame if str(name).endswith("_persons")]:
        households = persons.replace("_persons", "_households")
        if households not in frame:
            frame[households] = frame[persons]
    frame = frame.assign(status="user", source=source)
    frame.to_csv(part / "townships.csv", index=False, encoding="utf-8")
    counties = (
        frame[["county_code", "county"]].drop_duplicates("county_code").assign(status="user", source=source)
    )
    counties.to_csv(part / "counties.csv", index=False, encoding="utf-8")
    title = (
        head["title"] if isinstance(head["title"], Mapping) else {"zh": head["title"], "en": head["title"]}
    )
    prefix = str(frame["county_code"].iloc[0])[:2]
    province = head["province"] or next((name for name, two in provinces().items() if two == prefix), "")
    content = {"id": head["id"], "title": dict(title), "province": province, "source": source}
    content |= {"as_of": head["as_of"]} if head["as_of"] else {}
    (part / "place.yaml").write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")

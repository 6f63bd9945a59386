"""One's own tables, as they lie in offices: looked at, asked about, and only then made a place.

`inspect` says what it takes every column and row for; `choose` gives it other answers; `import_place` writes
the place once nothing is open. No row is dropped: it is an area, a bureau's own row, a total, a line of the
form, or is listed as unread.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pandas as pd

from simlib.errors import InputError, PlaceError, Problem
from simlib.places.columns import columns
from simlib.places.complaints import Complaints
from simlib.places.grids import Grid, read_grids
from simlib.places.importareas import county_codes, says_county
from simlib.places.importchecks import check_rows, check_totals
from simlib.places.importcodes import Coder, county_of_file
from simlib.places.importcolumns import read_columns, refuse_personal
from simlib.places.importfacts import Choices, Findings, ImportColumn, Question, UnreadRow
from simlib.places.importforms import FormSheets, bureau_rows, form_sheets
from simlib.places.importheadings import (
    best_heading,
)
from simlib.places.importrows import Body, RowReader
from simlib.places.importshapes import column_of_kinds, line_of_townships
from simlib.places.importwriting import note_one_sided, write_files
from simlib.places.place import Place, load_place
from simlib.yamlfile import shown_path


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What a file is taken for.

    rows: the areas as they would be imported, each with its line in `row` and in `how` where its code comes
    from; counties: what the file says of the counties' own staff, bureaus: lines among the townships that
    say so; head: what it says of the place; questions: columns that hold several programmes together, each
    among the problems too; problems: must be gone before it can be imported. Every line
    that is not blank is in header_rows, rows, bureaus, totals, passed or unread.
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
    counties: pd.DataFrame = field(default_factory=pd.DataFrame)
    head: Mapping[str, str] = field(default_factory=dict)
    bureaus: tuple[int, ...] = ()
    questions: tuple[Question, ...] = ()

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
        passed: Sequence[int] | None = None,
        county: str | None = None,
    ) -> ImportPreview:
        """The file looked at again with these answers put to those given before.

        sheet: its title; header_rows: lines of the heading; columns: what the column at a position stands
        for, "" to pass it over; units: 1 or 10000 by position; totals: lines that are sums; areas: 9-digit
        code by line; passed: lines that are no data; county: code or full name of the one county of a file
        that has no column of counties.
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
            passed=given.passed if passed is None else tuple(passed),
            county=given.county if county is None else county,
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
    chosen = _with_county_code(chosen, path)
    look = _Look(path, grids, _chosen_grid(grids, chosen, path), chosen)
    look.found.notes += complaints.notes
    _note_alike(look.found, grids, look.grid)
    return look.preview()


def _with_county_code(chosen: Choices, path: Path) -> Choices:
    """The choices with the county as its code. Raises PlaceError for a name that is none or several."""
    if not chosen.county or (chosen.county.isdigit() and len(chosen.county) == 6):
        return chosen
    codes = county_codes(chosen.county)
    if len(codes) != 1:
        values = {"found": chosen.county, "known": ", ".join(codes[:6]), "near": ""}
        key = "import_county_many" if codes else "import_county_none"
        raise PlaceError(Problem(key, shown_path(path), values=values))
    return replace(chosen, county=codes[0])


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


def _note_alike(found: Findings, grids: Sequence[Grid], chosen: Grid) -> None:
    """Sheets that could have been meant as well: a month each, a year each."""
    score = best_heading(chosen)[0]
    alike = [grid.title for grid in grids if grid is not chosen and 0 < score == best_heading(grid)[0]]
    if alike and not found.chosen.sheet:
        found.note("sheets_alike", None, "", sheet=chosen.title, others=tuple(alike))


class _Look:
    """One look at a sheet under some choices."""

    def __init__(self, path: Path, grids: Sequence[Grid], grid: Grid, chosen: Choices) -> None:
        self.path, self.grids, self.grid, self.chosen = path, grids, grid, chosen
        self.found = Findings(shown_path(path), grid, chosen)

    def preview(self) -> ImportPreview:
        heading = tuple(row - 1 for row in self.chosen.header_rows) or best_heading(self.grid)[1]
        if not heading or not 0 <= min(heading) <= max(heading) < len(self.grid.cells):
            self.found.blame("no_heading")
            return self._told((), (), pd.DataFrame(), FormSheets())
        read = read_columns(self.found, heading)
        refuse_personal(self.found, read)
        above = [row for row in range(min(heading)) if any(self.grid.cells[row])]
        self.found.passed += [row + 1 for row in above]
        body = RowReader(self.found, read).body_from(max(heading) + 1)
        self._needed(read, body, heading)
        form = form_sheets(self.path, self.grids, self.found)
        frame = Coder(self.found).with_codes(body.towns) if body.towns else pd.DataFrame()
        bureaus = pd.DataFrame(body.bureaus)
        self.found.bureaus += [int(row["row"]) for row in body.bureaus]
        if body.towns:
            check_rows(self.found, frame, read)
            check_totals(self.found, frame, bureaus, read)
            note_one_sided(self.found, frame)
        form = replace(form, counties=bureau_rows(form.counties, bureaus, frame, self.found))
        return self._told(tuple(row + 1 for row in heading), read, frame, form)

    def _needed(self, read: Sequence[ImportColumn], body: Body, heading: Sequence[int]) -> None:
        """Complain of what must be there: townships, their county, families of a programme."""
        names = {column.column for column in read}
        sideways = line_of_townships(self.grid)
        if not names & {"area", "area_code"} and sideways:
            self.found.blame("sideways", sideways)
            return
        kinds = column_of_kinds(self.grid, heading[-1] + 1)
        if kinds:
            self.found.blame("kinds_in_rows", heading[-1] + 1, read[kinds - 1].written[:40], position=kinds)
            return
        if not body.towns:
            self.found.blame("no_rows", heading[-1] + 1)
        if not names & {"area", "area_code"}:
            zh = columns("townships")["area"].zh
            self.found.blame("missing_column", heading[-1] + 1, "area", zh=zh)
        elif body.towns and not names & {"county", "county_code", "area_code"}:
            self._one_county(body, heading)
        given = body.towns[0] if body.towns else names
        families = any(name.endswith(("_households", "_persons")) for name in given)
        if not families and not self.found.questions:
            self.found.blame("no_programme", heading[-1] + 1)

    def _one_county(self, body: Body, heading: Sequence[int]) -> None:
        """The county of a sheet that has no column for it: chosen, named above it, or told by its rows."""
        rows = (*body.towns, *body.bureaus)
        open_rows = [
            row for row in rows if not (row.get("county") or says_county(str(row.get("area") or "")))
        ]
        if not open_rows:
            return
        above = [cell for row in self.grid.cells[: min(heading)] for cell in row if cell]
        titles = [*dict.fromkeys(above), self.grid.title, self.path.stem]
        areas = [str(row.get("area") or "") for row in body.towns]
        code = self.chosen.county or county_of_file(self.found, titles, areas)
        if not code:
            self.found.blame("no_county", heading[-1] + 1)
        for row in open_rows:
            row["county_code"] = code

    def _told(
        self, heading: tuple[int, ...], read: tuple[ImportColumn, ...], frame: pd.DataFrame, form: FormSheets
    ) -> ImportPreview:
        found = self.found
        return ImportPreview(
            self.path,
            tuple(grid.title for grid in self.grids),
            self.grid.title,
            heading,
            read,
            frame,
            tuple(found.totals),
            tuple(found.passed),
            tuple(found.unread),
            tuple(found.problems),
            tuple(found.notes),
            self.chosen,
            form.counties,
            form.head,
            tuple(found.bureaus),
            tuple(found.questions),
        )


def import_place(
    preview: ImportPreview,
    folder: Path,
    *,
    id: str,  # noqa: A002  as place.yaml calls it
    title: str | Mapping[str, str] = "",
    province: str = "",
    as_of: date | None = None,
) -> Place:
    """Write the place of a preview into a new folder and return it; its rows are marked as the user's own.

    The folder holds what the file says and no more; what it leaves open is derived or assumed whenever the
    place is loaded, and noted. title, province, as_of: default what the file's sheet of the place says.
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
        given = {"id": id, "title": title, "province": province, "as_of": as_of}
        head = {**preview.head, **{key: value for key, value in given.items() if value}}
        source = f"{preview.path.name} · {preview.sheet}"
        write_files(part, preview.rows, preview.counties, head, source)
        load_place(part)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return load_place(folder)

"""What the columns of a foreign table stand for, and that none of them is about single persons."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from simlib.errors import PlaceError, Problem
from simlib.places.columns import columns, plain, vocabulary
from simlib.places.complaints import PERSONAL
from simlib.places.grids import Grid
from simlib.places.importfacts import Findings, ImportColumn, Question
from simlib.places.importheadings import (
    UNIT_LINE,
    WAN,
    how_part,
    is_form_line,
    joined,
    meaning,
    together,
    uncounted,
)
from simlib.places.importshapes import column_of_counties
from simlib.yamlfile import nearest


def read_columns(found: Findings, heading: Sequence[int]) -> tuple[ImportColumn, ...]:
    """What every column stands for, by its heading, its answer or its cells; what is not sure is asked."""
    money_factor = _unit_above(found.grid, min(heading))
    known = columns("townships")
    read: list[ImportColumn] = []
    taken: dict[str, str] = {}
    several: list[tuple[int, str]] = []
    titles = joined(found.grid, heading)
    areas = [at for at, written in enumerate(titles) if meaning(written)[0] == "area"]
    of_counties = column_of_counties(found.grid, areas, max(heading) + 1)
    for at, written in enumerate(titles, start=1):
        column, factor, how = meaning(written)
        if at - 1 == of_counties:
            column = "county"
        if at in found.chosen.columns:
            column, how = _chosen(found, at, written), "chosen"
        if column and known[column].kind == "money" and how != "unit" and "元" not in written:
            factor = money_factor
        factor = found.chosen.units.get(at, factor)
        if column in taken and not (_is_part(written, column) and _is_part(taken[column], column)):
            values = {"other": taken[column], "position": at}
            found.blame("column_twice", heading[-1] + 1, written, **values)
            column = ""
        if column:
            taken[column] = written
            if at - 1 in found.grid.hidden_columns:
                found.note("hidden_column", None, written[:40], position=at)
        elif at not in found.chosen.columns and (together(written) or uncounted(written)):
            several.append((at, written))
        elif written and at not in found.chosen.columns and plain(written) not in vocabulary().ignored:
            found.note("column_passed", heading[-1] + 1, written[:40], position=at)
        read.append(ImportColumn(at, written, column, factor, how if column else "none"))
    for at, written in several:
        _ask_what_it_is(found, at, written, taken, heading[-1] + 1)
    return tuple(read)


def _chosen(found: Findings, at: int, written: str) -> str:
    """The column somebody chose; "" for none, and for a name that is none."""
    column, known = found.chosen.columns[at], columns("townships")
    if column and column not in known:
        found.blame("unknown_column", None, written, found=column, near=nearest(column, known))
        return ""
    return column


def _ask_what_it_is(found: Findings, at: int, written: str, taken: Mapping[str, str], line: int) -> None:
    """Of a column that may be several: nothing if each has one of its own, else which it is."""
    names, parts = columns("townships"), together(written) or uncounted(written)
    left = tuple(column for column in parts if column not in taken)
    if not left:
        found.note("combined_sum", line, written[:40], position=at)
        return
    found.questions.append(Question(at, written, left))
    ways = " | ".join(f"--column {at}={column}" for column in (*left, "none"))
    told = {"parts": "、".join(names[column].zh for column in parts), "position": at, "ways": ways}
    key = "combined" if together(written) else "uncounted"
    found.blame(key, line, written[:40], **told)


def _unit_above(grid: Grid, first: int) -> int:
    for row in grid.cells[: first + 1]:
        for cell in row:
            unit = UNIT_LINE.search(unicodedata.normalize("NFKC", cell).replace(" ", ""))
            if unit:
                return WAN if unit[1] == "万元" else 1
    return 1


def refuse_personal(found: Findings, read: Sequence[ImportColumn]) -> None:
    """Raise PlaceError where a column or a cell holds what belongs to one person."""
    words = vocabulary()
    problems = [
        Problem("place_personal_column", found.file, None, column.written[:40])
        for column in read
        if not column.column and _is_personal(plain(column.written), words.personal)
    ]
    for at, row in enumerate(found.grid.cells, start=1):
        if any(PERSONAL.search(cell) for cell in row) and not is_form_line(row):
            problems.append(Problem("import_personal", found.file, at))
    if problems:
        raise PlaceError(problems[:20])


def _is_part(written: str, column: str) -> bool:
    """Whether a heading gives one part of a column, to which others may be added."""
    return how_part(written) == column


def _is_personal(heading: str, words: frozenset[str]) -> bool:
    sure = ("姓名", "身份证", "证件号", "手机号", "银行卡", "银行账号")
    return heading in words or any(word in heading for word in sure)

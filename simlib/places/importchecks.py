"""Figures of a foreign table held against each other: persons and households, codes and names, sums."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from simlib.errors import Problem
from simlib.places.columns import PROGRAMMES, columns
from simlib.places.importareas import county_codes
from simlib.places.importfacts import Findings, ImportColumn
from simlib.places.importheadings import number_in


def check_rows(found: Findings, frame: pd.DataFrame, read: Sequence[ImportColumn]) -> None:
    """Complain of rows that cannot be true: fewer persons than households, a code of another county."""
    written = {column.column: column.written for column in read}
    for programme in PROGRAMMES:
        households, persons = f"{programme}_households", f"{programme}_persons"
        if households not in frame or persons not in frame:
            continue
        for line, given, counted in zip(frame["row"], frame[households], frame[persons], strict=True):
            key = "persons_below_households" if counted < given else "persons_without_household"
            if counted < given or (given == 0 and counted > 0):
                values = {"households": given, "persons": counted}
                where = (found.file, int(line), written[persons])
                found.problems.append(Problem(f"place_{key}", *where, values))
    for row in frame.to_dict("records"):
        named = county_codes(row["county"]) if row["county"] and row["how"] in ("code", "chosen") else []
        if named and row["county_code"] not in named and "budget_unit" not in frame:
            blanks = {"code": row["area_code"], "county": row["county"]}
            found.blame("code_of_other_county", int(row["row"]), "", **blanks)


def check_totals(
    found: Findings, frame: pd.DataFrame, bureaus: pd.DataFrame, read: Sequence[ImportColumn]
) -> None:
    """Complain of each sum that its rows do not give.

    A line may add up all rows, those since the sums before it, or those down to the sums after it (a
    county's line above its townships). While a row cannot be read, no sum can be held to anything.
    """
    if found.unread:
        return
    known = columns("townships")
    names = [column.column for column in read]
    rows = pd.concat([frame, bureaus]) if len(bureaus) else frame
    for line in found.totals:
        cells = found.grid.cells[line - 1]
        for column in read:
            if not column.column or known[column.column].kind not in ("count", "money"):
                continue
            value = number_in(cells[column.position - 1], factor=column.factor)
            if value is None or column.column not in rows or names.count(column.column) > 1:
                continue  # a part of a figure: only all parts together stand in the rows
            sums = _sums(rows, column.column, line, found.totals)
            if isinstance(value, str) or not any(abs(value - added) < 1 for added in sums):
                told = value if isinstance(value, str) else f"{value:,}"
                near = sums[0] if isinstance(value, str) else min(sums, key=lambda s: abs(s - value))
                found.blame("total", line, column.written, found=told, meant=f"{near:,}")


def _sums(rows: pd.DataFrame, column: str, line: int, totals: Sequence[int]) -> list[int]:
    """What a line of sums may say: of everything, of what stands before it, of what stands after it."""
    figures = pd.to_numeric(rows[column]).fillna(0)
    at = rows["row"]
    before = max((other for other in totals if other < line), default=0)
    after = min((other for other in totals if other > line), default=int(at.max()) + 1)
    parts = [(at < line) & (at > before), (at > line) & (at < after)]
    return [int(figures.sum()), *(int(figures[part].sum()) for part in parts)]

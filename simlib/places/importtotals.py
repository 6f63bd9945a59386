"""Rows of sums in a foreign table, held against the rows they add up."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from simlib.places.columns import columns
from simlib.places.importfacts import Findings, ImportColumn
from simlib.places.importheadings import number_in


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
    rows = pd.concat([frame, bureaus]) if len(bureaus) else frame
    for line in found.totals:
        cells = found.grid.cells[line - 1]
        for column in read:
            if not column.column or known[column.column].kind not in ("count", "money"):
                continue
            value = number_in(cells[column.position - 1], factor=column.factor)
            if value is None or column.column not in rows:
                continue
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

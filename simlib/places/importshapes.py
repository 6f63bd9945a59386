"""Tables laid out in another way than a row a township: what gives them away."""

from __future__ import annotations

from collections.abc import Sequence

from simlib.places.grids import Grid
from simlib.places.importareas import county_codes, known_areas, short_area
from simlib.places.importheadings import HEADING_ROWS, meaning, together

_ENOUGH = 3
"""So many names in a line, or kinds in a column, are no accident."""
_ALMOST_ALL = 0.8


def line_of_townships(grid: Grid) -> int:
    """The line, from 1, whose cells are townships side by side: the table lies on its side; 0: none."""
    names = set(known_areas()["area"])
    for line, cells in enumerate(grid.cells[:HEADING_ROWS], start=1):
        if len({short_area(cell) for cell in cells if cell} & names) >= _ENOUGH:
            return line
    return 0


def column_of_kinds(grid: Grid, first: int) -> int:
    """The position, from 1, of a column that names programmes in its cells, one below the other; 0: none.

    first: the first line below the headings, from 0.
    """
    for at in range(len(grid.cells[0])):
        cells = [cell for cell in (row[at] for row in grid.cells[first:]) if cell]
        kinds = [cell for cell in cells if meaning(f"{cell}户数")[0] or together(f"{cell}户数")]
        if len(kinds) >= _ENOUGH and len(kinds) >= _ALMOST_ALL * len(cells) and len(set(kinds)) > 1:
            return at + 1
    return 0


def column_of_counties(grid: Grid, areas: Sequence[int], first: int) -> int:
    """Of several columns of areas, from 0, the one whose cells name counties; -1 where there is none.

    first: the first line below the headings, from 0. Headings such as 地区 stand over either.
    """
    for at in areas if len(areas) > 1 else ():
        cells = [cell for cell in (row[at] for row in grid.cells[first:]) if cell]
        named = [cell for cell in cells if county_codes(cell) and short_area(cell) not in set(_townships())]
        if cells and len(named) >= _ALMOST_ALL * len(cells):
            return at
    return -1


def _townships() -> list[str]:
    return [str(area) for area in known_areas()["area"]]

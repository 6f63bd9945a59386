"""What headings of foreign tables stand for, in one row or several, and the numbers their cells hold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from simlib.places.columns import columns, headings, plain
from simlib.places.grids import Grid

WAN = 10_000
HEADING_ROWS = 15
"""Headings are looked for in this many rows from the top."""
EMPTY = frozenset({"", "-", "--", "—", "——", "–", "/", "\\", "无", "空", "…", "n/a", "na", "null"})
"""Cells that say there is nothing."""
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_UNIT_TAIL = re.compile(r"(万元|亿元|元|户|人次|人|个|名|件|分钟)$")


def meaning(written: str) -> tuple[str, int, str]:
    """What a heading stands for, the factor its unit asks for, and how it was found.

    >>> meaning("低保支出（万元）")
    ('dibao_spending_yuan', 10000, 'unit')
    """
    known, word = headings("townships"), plain(written)
    if word in known:
        return known[word], 1, "exact"
    unit = _UNIT_TAIL.search(word)
    bare = word[: unit.start()] if unit else word
    factor = WAN if unit and unit[1] == "万元" else 1
    counted = {"户": "户数", "人": "人数"}.get(unit[1] if unit else "", "数")
    for tried in (bare, bare + counted, bare + "元", "上年" + bare + "元"):
        column = known.get(tried, "")
        is_money = bool(column) and columns("townships")[column].kind == "money"
        if column and (is_money or (unit and unit[1] != "万元")):
            return column, factor, "unit" if unit else "exact"
    return "", 1, "none"


def joined(grid: Grid, rows: Sequence[int]) -> list[str]:
    """Headings over several rows, each word once: 农村低保 over 户数 is 农村低保户数."""
    joined = []
    for column in range(len(grid.cells[0])):
        parts: list[str] = []
        for row in rows:
            cell = " ".join(grid.cells[row][column].split())
            if cell and cell not in parts:
                parts.append(cell)
        joined.append("".join(parts))
    return joined


def _score(headings_written: Sequence[str]) -> int:
    return len({meaning(written)[0] for written in headings_written} - {""})


def best_heading(grid: Grid) -> tuple[int, tuple[int, ...]]:
    """How many columns are known under the best heading, and its rows (from 0), as few as will do."""
    best: tuple[int, tuple[int, ...]] = (0, ())
    for start in range(min(HEADING_ROWS, len(grid.cells))):
        for deep in (1, 2, 3):
            rows = tuple(range(start, min(start + deep, len(grid.cells))))
            if len(rows) == deep:
                found = _score(joined(grid, rows))
                if found > best[0]:
                    best = (found, rows)
    return best


def number_in(cell: str, *, factor: int = 1) -> int | float | str | None:
    """The number of a cell; None where it is empty; its text where it is no number.

    Full-width digits, thousands marks and a unit behind the number are read; words such as 约 are not.

    >>> number_in("１，２３４"), number_in("12.5万元"), number_in("—"), number_in("约120")
    (1234, 125000, None, '约120')
    """
    text = unicodedata.normalize("NFKC", cell).strip().casefold()
    if text in EMPTY:
        return None
    bare = text.replace(" ", "")
    for tail, times in (("万元", WAN), ("万", WAN), ("元", 1), ("户", 1), ("人次", 1), ("人", 1), ("个", 1)):
        if bare.endswith(tail):
            bare, factor = bare[: -len(tail)], times
            break
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", bare):
        bare = bare.replace(",", "")
    if not _NUMBER.fullmatch(bare):
        return cell.strip()
    value = round(float(bare) * factor, 6)
    return int(value) if value == int(value) else value

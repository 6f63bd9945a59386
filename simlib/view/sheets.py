"""A form as cells: title, headings in two rows, rows, totals, lines to sign. Each file format is set from it.

A cell is a text, a figure, None (nothing known, shown as a dash) or "" (to be filled in by hand). Figures are
rounded once, here, so that every format holds the same number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from simlib.units import FEN_PER_YUAN
from simlib.view.names import YUAN_PER_WAN, breadth, is_missing

Kind = Literal["count", "mean", "wan", "yuan", "share"]
_DIGITS: dict[Kind, int] = {"count": 0, "mean": 1, "wan": 4, "yuan": 2, "share": 3}
"""Decimals kept; ten thousand yuan to the yuan, yuan to the fen, shares to a tenth of a per cent."""

NOTHING = "—"
_UNPRINTABLE = re.compile("[\\x00-\\x1f\\x7f\\ud800-\\udfff\\ufffe\\uffff]")
"""Characters that neither XML nor a cell on one line can hold."""

_WORD = re.compile("[!-~]+")
"""What no program breaks at the end of a line: half-width letters without a space."""

_NARROWEST, _HEADING, _AIR = 6, 8, 2
_WIDEST = (34, 24, 18, 14, 12)
"""Widths at which texts are broken, tried until the sheet is narrow enough to be read on paper."""

_SHEET_WIDTH = 165
"""Half-width characters across A4 lying on its side, in the type of a form."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it is printed: count and mean of posts or cases, yuan or ten thousand, or a share 0..1."""

    amount: Decimal
    kind: Kind

    @property
    def digits(self) -> int:
        """Decimals shown: money two, or four when two would hide something."""
        if self.kind == "wan":
            return 2 if self.amount == round(self.amount, 2) else 4
        return 1 if self.kind == "share" else _DIGITS[self.kind]

    def plain(self) -> str:
        """The figure without thousands marks, as a spreadsheet reads it from text.

        >>> Figure(Decimal("0.812"), "share").plain(), Figure(Decimal(1234), "count").plain()
        ('81.2%', '1234')
        """
        return self.shown().replace(",", "")

    def shown(self) -> str:
        """The figure as a person reads it.

        >>> Figure(Decimal("1234.5"), "wan").shown()
        '1,234.50'
        """
        if self.kind == "share":
            return f"{self.amount * 100:,.{self.digits}f}%"
        return f"{self.amount:,.{self.digits}f}"

    def excel(self) -> str:
        """Its number format in a spreadsheet."""
        if self.kind == "share":
            return "0.0%"
        return "#,##0" + ("." + "0" * self.digits if self.digits else "")


Cell = str | Figure | None


def figure(value: object, kind: Kind) -> Figure | None:
    """A number of a table as a figure, half up; None where there is none.

    >>> figure(0.8125, "share")
    Figure(amount=Decimal('0.813'), kind='share')
    """
    if is_missing(value):
        return None
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(str(value))))
    step = Decimal(1).scaleb(-_DIGITS[kind])
    rounded = exact.quantize(step, rounding=ROUND_HALF_UP)
    return Figure(rounded or Decimal(0), kind)


def wan_from_fen(fen: object) -> Figure | None:
    """An amount of fen in ten thousand yuan, to the yuan."""
    if is_missing(fen):
        return None
    return figure(Decimal(repr(float(str(fen)))) / (FEN_PER_YUAN * YUAN_PER_WAN), "wan")


def yuan_from_fen(fen: int) -> Figure:
    """An amount of whole fen in yuan, to the fen.

    >>> yuan_from_fen(123_456).shown()
    '1,234.56'
    """
    return Figure(Decimal(fen) / FEN_PER_YUAN, "yuan")


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading, the heading over it if any. joined: its cells are one with those to the left."""

    title: str
    over: str = ""
    joined: bool = False


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a form.

    about: lines over the table; notes: lines under it; totals: numbers of the rows that are sums; foot:
    lines to sign. joined: what a file without joined cells says in those that go with the one to the left.
    """

    name: str
    title: str
    about: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()
    joined: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its tables in one language."""

    name: str
    lang: str
    sheets: tuple[Sheet, ...]


Box = tuple[int, int, int, int]
"""Cells that are one: first row, first column, last row, last column, from 0."""


@dataclass(slots=True)
class Layout:
    """A sheet laid out: the same grid whatever the file. Covered cells hold ""; `boxes` say which.

    Lines stand before `head` (the first is the title) and after `body`; the last is the one to sign when
    `is_signed`.
    """

    cells: list[list[Cell]] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    head: range = range(0)
    body: range = range(0)
    totals: frozenset[int] = frozenset()
    is_signed: bool = False
    joined: str = ""

    def covered(self) -> set[tuple[int, int]]:
        """Cells that another one covers."""
        return {
            (row, column)
            for top, left, bottom, right in self.boxes
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
            if (row, column) != (top, left)
        }

    def spans(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Rows and columns that a cell takes up, where more than one."""
        return {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in self.boxes}


def layout(sheet: Sheet) -> Layout:
    """The sheet as a grid: title, what it rests on, headings, rows, foot."""
    made, wide = Layout(), len(sheet.columns)
    for line in (sheet.title, *sheet.about):
        _line(made, line, wide)
    first = len(made.cells)
    _headings(made, sheet.columns)
    made.head = range(first, len(made.cells))
    begin = len(made.cells)
    joined = [at for at, column in enumerate(sheet.columns) if column.joined]
    for row in sheet.rows:
        made.boxes += [(len(made.cells), at - 1, len(made.cells), at) for at in joined]
        made.cells.append(list(row))
    made.body = range(begin, len(made.cells))
    made.totals = frozenset(begin + at for at in sheet.totals)
    for line in sheet.notes:
        _line(made, line, wide)
    made.is_signed, made.joined = bool(sheet.foot), sheet.joined
    if sheet.foot:
        _line(made, "　　　　".join(sheet.foot), wide)
    made.widths = _widths(made, wide)
    return made


def _line(made: Layout, text: str, wide: int) -> None:
    if wide > 1:
        made.boxes.append((len(made.cells), 0, len(made.cells), wide - 1))
    made.cells.append([text, *[""] * (wide - 1)])


def _headings(made: Layout, columns: tuple[Column, ...]) -> None:
    top = len(made.cells)
    if not any(column.over for column in columns):
        made.cells.append([column.title for column in columns])
        return
    upper: list[Cell] = []
    lower: list[Cell] = []
    for at, column in enumerate(columns):
        follows = at > 0 and bool(column.over) and columns[at - 1].over == column.over
        upper.append("" if follows else column.over or column.title)
        lower.append(column.title if column.over else "")
        if not column.over:
            made.boxes.append((top, at, top + 1, at))
        elif not follows:
            last = at
            while last + 1 < len(columns) and columns[last + 1].over == column.over:
                last += 1
            if last > at:
                made.boxes.append((top, at, top, last))
    made.cells += [upper, lower]


def _widths(made: Layout, wide: int) -> list[int]:
    """Half-width characters each column needs: figures are never broken, texts first when space is short."""
    for most in _WIDEST:
        widths = _widths_up_to(made, wide, most)
        if sum(widths) <= _SHEET_WIDTH:
            break
    return widths


def _widths_up_to(made: Layout, wide: int, most: int) -> list[int]:
    apart = made.covered() | {cell for cell, (_, across) in made.spans().items() if across > 1}
    widths = [_NARROWEST] * wide
    for row in (*made.head, *made.body):
        for column, cell in enumerate(made.cells[row]):
            if (row, column) in apart:
                continue
            need = breadth(shown(cell)) + _AIR
            if row in made.head:
                word = max(map(len, _WORD.findall(shown(cell))), default=0)
                need = min(need, max(_HEADING, need // 2 + 1, word + _AIR + 1))
            elif not isinstance(cell, Figure):
                need = min(need, most)
            widths[column] = max(widths[column], need)
    return widths


def lines(text: str, width: int) -> int:
    """Lines that a text takes up in a cell of so many half-width characters."""
    return max(1, -(-breadth(text) // max(width - 1, 1)))


def shown(cell: Cell) -> str:
    """A cell as a person reads it."""
    if cell is None:
        return NOTHING
    return cell.shown() if isinstance(cell, Figure) else _UNPRINTABLE.sub(" ", cell)


def total(rows: Iterable[Row], column: int) -> Figure | None:
    """The sum of a column as printed; None where it holds no figure."""
    found = [row[column] for row in rows]
    figures = [cell for cell in found if isinstance(cell, Figure)]
    if not figures:
        return None
    return Figure(sum((cell.amount for cell in figures), Decimal(0)), figures[0].kind)

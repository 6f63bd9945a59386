"""The tables of a page as files: a workbook with a sheet for each, and a CSV with one below the other.

They are read off the page itself, so a file can hold nothing else than what the page shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from simlib.view.sheetfiles import write_form
from simlib.view.sheets import Cell, Column, Figure, Form, Kind, Sheet

FOLDER = "tables"
ENDINGS = (".xlsx", ".csv")
_LONGEST = 31
"""Letters of a sheet's name. Source: ECMA-376, limits of Excel."""
_KINDS: tuple[Kind, ...] = ("count", "mean", "wan", "yuan")


def write_tables(page: Path, lang: str) -> list[Path]:
    """Write the tables of a page beside it, `tables/<page>.xlsx` and `.csv`; the files."""
    sheets = tuple(page_sheets(page.read_text("utf-8")))
    if not sheets:
        return []
    form = Form(page.stem, lang, sheets)
    return [write_form(form, page.parent / FOLDER / f"{page.stem}{ending}") for ending in ENDINGS]


def page_sheets(page: str) -> Iterator[Sheet]:
    """Each table of a page as a sheet, in the order of the page."""
    used: set[str] = set()
    for table in BeautifulSoup(page, "html.parser").select("table[data-claim]"):
        holder = table.parent
        label = table.get("aria-label") or (holder.get("aria-label") if holder else "") or ""
        claim = str(table["data-claim"])
        sections = [table.find("thead"), table.find("tbody")]
        head, body = (_grid(part) if isinstance(part, Tag) else [] for part in sections)
        if head and body:
            rows = tuple(tuple(_cell(text) for text in row) for row in body)
            yield Sheet(_sheet_name(claim, used), str(label) or claim, (), _columns(head), rows)


def _grid(part: Tag) -> list[list[str]]:
    """The texts of a part of a table, cells that span several repeated in each."""
    held: dict[tuple[int, int], str] = {}
    for down, row in enumerate(part.find_all("tr")):
        across = 0
        for cell in row.find_all(["td", "th"], recursive=False):
            while (down, across) in held:
                across += 1
            text = " ".join(cell.get_text(" ", strip=True).split())
            high, wide = (int(str(cell.get(name) or 1)) for name in ("rowspan", "colspan"))
            held |= {(down + y, across + x): text for y in range(high) for x in range(wide)}
            across += wide
    wide = max((x for _, x in held), default=-1) + 1
    return [
        [held.get((y, x), "") for x in range(wide)] for y in range(max((y for y, _ in held), default=-1) + 1)
    ]


def _columns(head: list[list[str]]) -> tuple[Column, ...]:
    """Headings; of several rows the last is the column's, the one above stands over it."""
    above = head[-2] if len(head) > 1 else head[-1]
    return tuple(
        Column(title, over if over != title else "") for over, title in zip(above, head[-1], strict=True)
    )


def _cell(text: str) -> Cell:
    """A number where it is written back the same way, else the text."""
    plain = text.replace(",", "").removesuffix("%")
    if not re.fullmatch(r"-?\d+(\.\d+)?", plain):
        return text
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        return text
    if text.endswith("%"):
        made = Figure(amount / 100, "share")
        return made if made.shown() == text else text
    return next((made for kind in _KINDS if (made := Figure(amount, kind)).shown() == text), text)


def _sheet_name(claim: str, used: set[str]) -> str:
    """A name no other sheet has, of letters Excel allows."""
    base = re.sub(r"[\[\]:*?/\\]", "-", claim)[:_LONGEST]
    name, count = base, 1
    while name.lower() in used:
        count += 1
        name = f"{base[: _LONGEST - 1 - len(str(count))]}~{count}"
    used.add(name.lower())
    return name

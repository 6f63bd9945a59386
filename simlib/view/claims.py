"""What a page claims: each number with the run, table, row and column it stands for, read from the page.

An element with `data-claim` says whose numbers its text holds. A table of results names its columns in
`data-columns`; a row is its place in the body. Words and documents carry their kind: `words:`, `law:`,
`record:`, `place:`. The page says its run once, on <body data-run>.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html.parser import HTMLParser
from itertools import zip_longest
from typing import Any

NUMBER = re.compile(r"\d[\d,.]*\d|\d")
"""A number as it is printed, thousands marks and decimals with it."""

_VOID = {"meta", "link", "br", "hr", "img", "input", "col", "wbr"}
_HEADINGS = {"h1", "h2", "h3", "h4", "title"}
_AROUND = 12
HEAD = "head"
"""The row of a table's headings."""

_ROWS = ("tr", "li")


@dataclass(frozen=True, slots=True)
class Claim:
    """A number on a page. row: from 1, `head`, or "" where there are none."""

    run: str
    table: str
    row: str
    column: str
    text: str

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Where it stands."""
        return self.run, self.table, self.row, self.column


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where a file is not what the store says: what stands there, and what should."""

    file: str
    check: str
    run: str = ""
    table: str = ""
    row: str = ""
    column: str = ""
    found: str = ""
    expected: str = ""


@dataclass(slots=True)
class _Element:
    tag: str
    claim: str
    columns: tuple[str, ...] = ()
    row: int = 0
    cell: int = 0
    is_head: bool = False
    spoken: bool = True
    counts: Counter[str] = field(default_factory=Counter)


class _Reader(HTMLParser):
    """Walks a page and keeps the claim in force at every text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Claim] = []
        self.run = ""
        self._open: list[_Element] = []
        self._seen: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "body":
            self.run = given.get("data-run", "")
        if tag in _VOID:
            return
        around = self._open[-1] if self._open else None
        claim = given.get("data-claim", "")
        if not claim and tag in _HEADINGS and not (around and around.claim):
            claim = f"heading:{given.get('id', tag)}"
        if claim:
            self._seen[claim] += 1
            claim = claim if self._seen[claim] == 1 else f"{claim}~{self._seen[claim]}"
        made = _Element(tag, claim or (around.claim if around else ""))
        if claim and around and claim != around.claim:
            made.columns = tuple(given.get("data-columns", "").split())
        elif around:
            made.columns, made.row, made.cell = around.columns, around.row, around.cell
            made.counts = around.counts
        if "data-columns" in given:
            made.columns = tuple(given["data-columns"].split())
        made.is_head = tag == "thead" or (around is not None and around.is_head)
        if around and tag in _ROWS and not made.is_head:
            around.row += 1
            made.row, made.cell, made.counts = around.row, 0, Counter()
        if around and tag in ("td", "th") and not made.is_head:
            around.cell += int(given.get("colspan", "1")) if made.columns else 1
            made.cell, made.counts = around.cell, Counter()
        made.spoken = tag not in ("style", "script") and (around is None or around.spoken)
        if tag == "script" and given.get("class") == "spec":
            made.spoken = False
        self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at].tag == tag:
                del self._open[at:]
                return

    def handle_data(self, data: str) -> None:
        if not self._open:
            return
        holder = self._open[-1]
        if holder.tag == "script" and holder.claim and data.startswith("{"):
            self.found += _drawn(self.run, holder.claim, data)
        if not holder.spoken:
            return
        for number in NUMBER.findall(data):
            holder.counts["number"] += 1
            self.found.append(Claim(self.run, holder.claim, *self._cell(holder), number))

    def _cell(self, holder: _Element) -> tuple[str, str]:
        """Row and column: a column's name where the table says it, else which number of the text it is."""
        row = HEAD if holder.is_head else str(holder.row) if holder.row else ""
        if not holder.is_head and holder.columns and 0 < holder.cell <= len(holder.columns):
            ordinal = holder.counts["number"]
            name = holder.columns[holder.cell - 1]
            return row, name if ordinal == 1 else f"{name}.{ordinal}"
        return row, f"#{holder.counts['number']}"


def _drawn(run: str, claim: str, spec: str) -> Iterator[Claim]:
    """The numbers a chart draws: its rows by column."""
    try:
        datasets: Mapping[str, Any] = json.loads(spec).get("datasets", {})
    except ValueError:
        return
    for at, columns in enumerate(datasets.values(), start=1):
        table = f"{claim}.data" if at == 1 else f"{claim}.data{at}"
        for name, (values, places) in columns.items():
            for row, place in enumerate(places, start=1):
                value = values[place] if 0 <= place < len(values) else ""
                if isinstance(value, int | float) and not isinstance(value, bool):
                    yield Claim(run, table, str(row), name, repr(value))


def claims(page: str) -> list[Claim]:
    """Every number a page shows or draws, in its order; `table` is "" where nothing says whose it is.

    Scripts and styles are left out, but for the data of charts.
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    # A page's <title> comes before its <body>, which says the run.
    return [claim if claim.run else replace(claim, run=reader.run) for claim in reader.found]


@lru_cache(maxsize=64)
def claims_of(page: bytes) -> tuple[Claim, ...]:
    """The claims of a page that is held against many others."""
    return tuple(claims(page.decode()))


def page_differences(file: str, found: bytes, expected: bytes) -> list[Difference]:
    """Where a page differs from the page made again: each number that does, else the first other byte.

    Empty where they are the same, byte for byte.
    """
    if found == expected:
        return []
    stand, should = claims(found.decode("utf-8", "replace")), claims_of(expected)
    pairs = [pair for pair in zip_longest(stand, should) if pair[0] != pair[1]]
    told = [_between(file, shown, wanted) for shown, wanted in pairs]
    return told or [byte_difference(file, "page", found, expected)]


def _between(file: str, shown: Claim | None, wanted: Claim | None) -> Difference:
    """A number that stands where another should; either may be missing."""
    place = wanted or shown or Claim("", "", "", "", "")
    found, expected = (claim.text if claim else "" for claim in (shown, wanted))
    return Difference(
        file, "page", place.run, place.table, place.row, place.column, found=found, expected=expected
    )


def byte_difference(file: str, check: str, found: bytes, expected: bytes) -> Difference:
    """The first byte in which two files differ, with what stands around it."""
    shorter = min(len(found), len(expected))
    at = next((n for n in range(shorter) if found[n] != expected[n]), shorter)
    around = slice(max(0, at - _AROUND), at + _AROUND)
    shown, wanted = (_printable(content[around]) for content in (found, expected))
    return Difference(file, check, column=f"byte {at}", found=shown, expected=wanted)


def _printable(content: bytes) -> str:
    text = content.decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "·" for char in text)

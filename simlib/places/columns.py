"""The columns of a place: names, kinds, Chinese headings, and which heading is read as which column."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from simlib import words
from simlib.yamlfile import load_yaml

Kind = Literal["code", "text", "count", "money", "minutes", "share", "status"]
TableName = Literal["townships", "counties"]

PROGRAMMES = (
    "dibao_urban",
    "dibao_rural",
    "tekun_dispersed",
    "tekun_institution",
    "marginal",
    "rigid",
    "monitored",
)
"""Stocks, net of each other."""
RESIDENTS = ("residents_able", "residents_partial", "residents_wholly")
FLOWS = ("temporary", "medical")
"""Yearly flows of person-times."""
STATUSES = ("real", "synthetic", "user", "assumed")
WAGE_REGIONS = ("prd", "other")
WHOLE_KINDS = ("count", "money", "minutes")

_DROPPED = set(" \t\n\r_-*·、,，:：/()[]【】《》<>\u3000\ufeff")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what its cells are, its Chinese heading and the headings read as the same."""

    name: str
    kind: Kind
    need: bool
    zh: str
    also: tuple[str, ...]
    digits: int = 0
    en: str = ""
    unit: str = ""
    """Chinese word for what is counted; empty for codes, texts, and headings that say it themselves."""

    def title(self, *, chinese: bool) -> str:
        """The heading of the Excel form, with its unit where it has one."""
        if not chinese:
            return self.en
        return f"{self.zh}（{self.unit}）" if self.unit else self.zh


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words that are looked for in tables: headings passed over or refused, total rows, lines of a form."""

    sheets: Mapping[str, tuple[str, ...]]
    ignored: frozenset[str]
    personal: frozenset[str]
    bureau_rows: frozenset[str]
    verification_rows: frozenset[str]
    examples: tuple[str, ...]
    total_rows: frozenset[str]
    subtotal_rows: frozenset[str]
    form_lines: tuple[str, ...]


def plain(heading: str) -> str:
    """A heading without what does not matter: width, case, blanks, brackets, punctuation.

    >>> plain("农村低保（户） ")
    '农村低保户'
    """
    text = unicodedata.normalize("NFKC", heading).casefold()
    return "".join(letter for letter in text if letter not in _DROPPED)


@cache
def _schema() -> dict[str, Any]:
    content, _ = load_yaml(Path(__file__).with_name("columns.yaml"))
    schema: dict[str, Any] = content
    return schema


@cache
def columns(table: TableName) -> dict[str, Column]:
    """The columns of a table by name, in the order they are written."""
    found: dict[str, Column] = {}
    for name, entry in _schema()[table].items():
        for column in _programme_columns(entry) if name == "programmes" else (_column(name, entry),):
            found[column.name] = column
    return found


def _column(name: str, entry: Mapping[str, Any]) -> Column:
    also = tuple(entry["also"])
    digits, unit = entry.get("digits", 0), entry.get("unit", "")
    return Column(name, entry["kind"], entry["need"], entry["zh"], also, digits, entry["en"], unit)


def _programme_columns(programmes: Mapping[str, Any]) -> Iterator[Column]:
    for programme, entry in programmes.items():
        for unit, counted, short in (("households", "户数", "户"), ("persons", "人数", "人")):
            stems = (entry["zh"], *entry["also"])
            also = tuple(stem + ending for stem in stems for ending in (counted, short))
            title = f"{entry['en']}, {unit}"
            yield Column(
                f"{programme}_{unit}", "count", False, entry["zh"] + counted, also, en=title, unit=short
            )


@cache
def headings(table: TableName) -> dict[str, str]:
    """The column each plain heading stands for."""
    known: dict[str, str] = {}
    for column in columns(table).values():
        for heading in (column.name, column.zh, column.en, column.title(chinese=True), *column.also):
            known.setdefault(plain(heading), column.name)
    return known


@cache
def place_headings() -> dict[str, str]:
    """The key of place.yaml each plain heading of a workbook's place sheet stands for."""
    return {
        plain(heading): key
        for key, entry in _schema()["place"].items()
        for heading in (key, entry["zh"], *entry["also"])
    }


@cache
def _status_words() -> dict[str, str]:
    return {
        plain(words.say(f"places.status.{code}", lang)): code for code in STATUSES for lang in words.LANGS
    }


def status_code(written: str) -> str:
    """The code of a status written as a word of either language; what is no such word as it is.

    >>> status_code("真实"), status_code("real"), status_code("?")
    ('real', 'real', '?')
    """
    return _status_words().get(plain(written), written)


@cache
def part_headings() -> dict[str, str]:
    """The column each heading of a part stands for: parts of one column are added up."""
    return {plain(word): column for column, words in _schema()["parts"].items() for word in words}


@cache
def combined_headings() -> dict[str, tuple[str, ...]]:
    """The columns a plain heading may stand for that holds several programmes: 低保户数 is urban or rural."""
    return {
        plain(heading + counted): tuple(f"{programme}_{unit}" for programme in programmes)
        for heading, programmes in _schema()["combined"].items()
        for unit, counted in (("households", "户数"), ("persons", "人数"))
    }


@cache
def peoples() -> tuple[str, ...]:
    """Peoples named in the names of townships, without 族, the longer names first."""
    return tuple(sorted(map(str, _schema()["peoples"]), key=len, reverse=True))


def place_entries() -> dict[str, tuple[str, bool]]:
    """The keys of a workbook's place sheet: Chinese heading, and whether required."""
    return {key: (entry["zh"], entry["need"]) for key, entry in _schema()["place"].items()}


def sheet_title(sheet: str, *, chinese: bool) -> str:
    """The title of a workbook's sheet."""
    title: str = _schema()["sheets"][sheet][1 if chinese else 0]
    return title


@cache
def vocabulary() -> Vocabulary:
    """The words looked for in tables, plain."""
    schema = _schema()

    def plains(key: str) -> frozenset[str]:
        return frozenset(plain(str(word)) for word in schema[key])

    return Vocabulary(
        {name: tuple(plain(word) for word in words) for name, words in schema["sheets"].items()},
        plains("ignored"),
        plains("personal"),
        plains("bureau_rows"),
        plains("verification_rows"),
        tuple(plain(word) for word in schema["examples"]),
        plains("total_rows"),
        plains("subtotal_rows"),
        tuple(schema["form_lines"]),
    )

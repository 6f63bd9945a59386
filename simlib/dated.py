"""Dated values: numbers a law or a person could change, read from YAML with the source inside each value.

A file maps keys to values:

    benefit_rural_yuan:
      description: {zh: 农村低保每人每月补助, en: Rural dibao paid per person and month}
      unit: yuan/person-month
      values:
        2023-01-01: {value: {low: 301, mode: 320, high: 701}, status: assumption, source: {title: …, href: …}}
        2026-01-01: {value: 330, until: 2026-12-31, status: forecast, source: {title: …}}

A value holds from its date until the day before the next one, or through `until` where that is given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from simlib.bounds import bounds_of, is_whole
from simlib.errors import LawError, Problem
from simlib.yamlfile import Lines, load_yaml, nearest, shown_path

Which = Literal["low", "mode", "high"]

STATUSES = (
    "in_force",
    "draft",
    "superseded",
    "voted",
    "forecast",
    "assumption",
    "partial",
    "found",
    "found_secondary",
    "found_partial",
)
SOURCE_KEYS = ("title", "href", "article", "number", "issuer", "issued_on", "read_on")
_ENTRY_KEYS = ("description", "unit", "values")
_DATED_KEYS = ("value", "low", "mode", "high", "until", "status", "source", "note")
_RANGE_KEYS = ("low", "mode", "high")
_OTHER_KINDS: dict[str, type] = {"text": str, "date": date}
"""Units whose values are no numbers."""
_KEY_SHAPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)*")


@dataclass(frozen=True, slots=True)
class Range:
    """A number not known exactly: the least and greatest held possible, and the one held most likely."""

    low: int | float
    mode: int | float
    high: int | float


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from."""

    title: str
    href: str = ""
    article: str = ""
    number: str = ""
    issuer: str = ""
    issued_on: date | str = ""
    read_on: date | str = ""


@dataclass(frozen=True, slots=True)
class DatedEntry:
    """What holds from `start` through `end` (None: until further notice)."""

    start: date
    end: date | None
    value: Any
    status: str
    source: Source
    note: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A value that changes with the date, and where each of its states comes from."""

    key: str
    description: Mapping[str, str]
    unit: str
    entries: tuple[DatedEntry, ...]
    file: str

    def entry(self, on: date) -> DatedEntry:
        """What holds on this day, with status and source.

        Raises LawError on a day before the first date, or after an end not followed by another date.
        """
        for entry in reversed(self.entries):
            if entry.start <= on:
                if entry.end is None or on <= entry.end:
                    return entry
                break
        spans = "; ".join(f"{entry.start}–{entry.end or ''}" for entry in self.entries)
        raise LawError(
            Problem("dated_outside", self.file, column=self.key, values={"on": str(on), "spans": spans})
        )

    def on(self, day: date, which: Which = "mode") -> Any:
        """The value on this day; of a range, the side asked for.

        Lists come as tuples, mappings as read-only mappings; ranges inside them are resolved too.
        Raises LawError outside the dates.
        """
        return _side(self.entry(day).value, which)

    def differs_from(self, other: DatedValue) -> str:
        """What of this value is otherwise than in one it takes the place of: "unit", "shape" or nothing."""
        if self.unit != other.unit:
            return "unit"
        shapes = {_shape(entry.value) for entry in other.entries}
        return "" if {_shape(entry.value) for entry in self.entries} <= shapes else "shape"


def _shape(value: Any) -> type:
    """Whether a value is one figure or text, a list, or named parts; a range is a figure."""
    return next((shape for shape in (Mapping, tuple) if isinstance(value, shape)), object)


def _side(value: Any, which: Which) -> Any:
    if isinstance(value, Range):
        return getattr(value, which)
    if isinstance(value, Mapping):
        return MappingProxyType({key: _side(item, which) for key, item in value.items()})
    if isinstance(value, tuple):
        return tuple(_side(item, which) for item in value)
    return value


def read_values(where: Path) -> dict[str, DatedValue]:
    """Every dated value of a file, or of all .yaml files under a folder, by key.

    Raises LawError with every problem: unknown key, missing source, bad status, dates unsorted or
    overlapping, a range out of order, a key in two files.
    """
    files = sorted(where.rglob("*.yaml")) if where.is_dir() else [where]
    values: dict[str, DatedValue] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            content, lines = load_yaml(file)
            found = values_of(content, lines, shown_path(file))
        except LawError as error:
            problems += error.problems
            continue
        for key, value in found.items():
            if key in values:
                blanks = {"key": key, "other": values[key].file}
                problems.append(Problem("dated_key_twice", value.file, lines[(key,)], values=blanks))
            values[key] = value
    if problems:
        raise LawError(problems)
    return values


def values_of(content: Any, lines: Lines, file: str, *, path: tuple[Any, ...] = ()) -> dict[str, DatedValue]:
    """The dated values of a mapping already loaded with load_yaml (or of its part at `path`).

    Raises LawError with every problem.
    """
    reader = _Reader(file, lines)
    if not isinstance(content, Mapping):
        raise LawError(Problem("dated_not_mapping", file, lines.get(path)))
    values = {str(key): reader.value(str(key), entry, (*path, key)) for key, entry in content.items()}
    if reader.problems:
        raise LawError(reader.problems)
    return {key: value for key, value in values.items() if value is not None}


class _Reader:
    """Checks and builds the values of one file."""

    def __init__(self, file: str, lines: Lines) -> None:
        self.file = file
        self.lines = lines
        self.key = ""
        self.unit: Any = ""
        self.problems: list[Problem] = []

    def blame(self, problem: str, path: tuple[Any, ...], /, **values: Any) -> None:
        row = next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), None)
        column = ".".join(str(part) for part in path)
        self.problems.append(Problem(problem, self.file, row, column, values))

    def unknown(self, entry: Mapping[Any, Any], known: tuple[str, ...], path: tuple[Any, ...]) -> set[str]:
        """The keys that those not known were meant to be, each noted."""
        meant = {str(key): nearest(str(key), known) for key in entry if key not in known}
        for key, near in meant.items():
            self.blame("dated_unknown_key", (*path, key), key=key, near=near)
        return set(meant.values())

    def value(self, key: str, entry: Any, path: tuple[Any, ...]) -> DatedValue | None:
        if not _KEY_SHAPE.fullmatch(key):
            self.blame("dated_key_shape", path, key=key)
        if not isinstance(entry, Mapping):
            self.blame("dated_not_mapping", path)
            return None
        self.unknown(entry, _ENTRY_KEYS, path)
        self.key, self.unit = key, entry.get("unit")
        description = self.bilingual(entry.get("description"), (*path, "description"))
        unit = entry.get("unit")
        if not isinstance(unit, str) or not unit:
            self.blame("dated_no_unit", (*path, "unit"))
        dated = entry.get("values")
        if not isinstance(dated, Mapping) or not dated:
            self.blame("dated_no_values", path)
            return None
        entries = [self.dated(start, item, (*path, "values", start)) for start, item in dated.items()]
        spans = self.spans([item for item in entries if item is not None], path)
        return DatedValue(key, description, str(unit), spans, self.file)

    def bilingual(self, text: Any, path: tuple[Any, ...]) -> Mapping[str, str]:
        if (
            not isinstance(text, Mapping)
            or set(text) != {"zh", "en"}
            or not all(isinstance(side, str) and side.strip() for side in text.values())
        ):
            self.blame("dated_no_description", path)
            return MappingProxyType({})
        return MappingProxyType({"zh": text["zh"], "en": text["en"]})

    def dated(self, start: Any, item: Any, path: tuple[Any, ...]) -> DatedEntry | None:
        if type(start) is not date:
            self.blame("dated_not_a_date", path, found=start)
            return None
        if not isinstance(item, Mapping):
            self.blame("dated_not_mapping", path)
            return None
        meant = self.unknown(item, _DATED_KEYS, path)
        end = item.get("until")
        if end is not None and type(end) is not date:
            self.blame("dated_not_a_date", (*path, "until"), found=end)
            end = None
        if end is not None and end < start:
            self.blame("dated_ends_early", path, start=str(start), end=str(end))
        status = item.get("status")
        if status not in STATUSES:
            self.blame("dated_bad_status", path, found=status, known=", ".join(STATUSES))
        source = self.source(item.get("source"), (*path, "source"))
        note = self.bilingual(item["note"], (*path, "note")) if "note" in item else MappingProxyType({})
        value = None if meant & {"value", *_RANGE_KEYS} else self.content(item, path)
        return DatedEntry(start, end, value, str(status), source, note)

    def source(self, source: Any, path: tuple[Any, ...]) -> Source:
        if not isinstance(source, Mapping) or not str(source.get("title") or "").strip():
            self.blame("dated_no_source", path[:-1])
            return Source("")
        self.unknown(source, SOURCE_KEYS, path)
        known: dict[str, Any] = {str(key): value for key, value in source.items() if key in SOURCE_KEYS}
        for key, value in known.items():
            if value is None or isinstance(value, (list, Mapping)) or not str(value).strip():
                self.blame("law_not_plain", (*path, key), key=key)
            if not (key.endswith("_on") and isinstance(value, date)):
                known[key] = str(value)
        return Source(**known)

    def content(self, item: Mapping[str, Any], path: tuple[Any, ...]) -> Any:
        flat = {key: item[key] for key in _RANGE_KEYS if key in item}
        if ("value" in item) == bool(flat):
            self.blame("dated_no_value", path)
            return None
        value = flat or item["value"]
        return self.frozen(value, path if flat else (*path, "value"))

    def frozen(self, value: Any, path: tuple[Any, ...]) -> Any:
        if value in ({}, []) and self.unit not in _OTHER_KINDS:
            self.blame("dated_no_value", path)
        if isinstance(value, Mapping):
            if set(value) & set(_RANGE_KEYS):
                return self.range(value, path)
            return MappingProxyType({key: self.frozen(part, (*path, key)) for key, part in value.items()})
        if isinstance(value, list):
            return tuple(self.frozen(part, (*path, i)) for i, part in enumerate(value))
        if value is None or isinstance(value, datetime):
            self.blame("dated_no_value", path)
        elif isinstance(self.unit, str) and self.unit in _OTHER_KINDS:
            if not isinstance(value, _OTHER_KINDS[self.unit]):
                self.blame("dated_not_this", path, found=value, unit=self.unit)
        else:
            self.figure(value, path)
        return value

    def figure(self, value: Any, path: tuple[Any, ...]) -> None:
        """A number that its unit allows."""
        least, most = bounds_of(self.key, str(self.unit))
        if type(value) not in (int, float):
            self.blame("dated_not_this", path, found=value, unit=self.unit)
        elif value < 0 <= least:
            self.blame("dated_negative", path, found=value)
        elif value > 1 and self.unit == "share":
            self.blame("dated_bad_share", path, found=value)
        elif not least <= value <= most:
            self.blame("dated_beyond", path, found=value, least=f"{least:g}", most=f"{most:g}")
        elif value % 1 and is_whole(self.key, str(self.unit)):
            self.blame("dated_not_whole", path, found=value)

    def range(self, value: Mapping[Any, Any], path: tuple[Any, ...]) -> Range | None:
        sides = [value.get(key) for key in _RANGE_KEYS]
        good = set(value) == set(_RANGE_KEYS) and all(type(side) in (int, float) for side in sides)
        if not good or not sides[0] <= sides[1] <= sides[2]:  # type: ignore[operator]
            self.blame("dated_bad_range", path)
            return None
        for key, side in zip(_RANGE_KEYS, sides, strict=True):
            self.figure(side, (*path, key))
        return Range(*sides)  # type: ignore[arg-type]

    def spans(self, entries: list[DatedEntry], path: tuple[Any, ...]) -> tuple[DatedEntry, ...]:
        for earlier, later in pairwise(entries):
            if later.start <= earlier.start:
                self.blame("dated_unsorted", (*path, "values", later.start), start=str(later.start))
            elif earlier.end is not None and earlier.end >= later.start:
                blanks = {"end": str(earlier.end), "start": str(later.start)}
                self.blame("dated_overlap", (*path, "values", earlier.start), **blanks)
        return tuple(
            entry
            if entry.end is not None or after is None
            else replace(entry, end=after.start - timedelta(days=1))
            for entry, after in zip(entries, [*entries[1:], None], strict=False)
        )

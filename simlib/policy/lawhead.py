"""What formulas and money rules have in common: the head of their file, their dates, their readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from simlib.dated import SOURCE_KEYS, Source
from simlib.errors import LawError, Problem
from simlib.policy.posts.workload import NO_SHELF, Shelf
from simlib.policy.rulefile import Path, Reader
from simlib.policy.rules import READINGS
from simlib.yamlfile import Lines, nearest

AT_MOST = "at_most"
MODALITIES = ("at_least", AT_MOST, "target", "may")
STATUSES = ("in_force", "draft", "superseded", "voted", "forecast", "assumption", "partial")
FIRST_CENTURY = 1900

Text = Mapping[str, str]


class Spanned(Protocol):
    """Something that holds from a day through another."""

    @property
    def start(self) -> date:
        """First day."""

    @property
    def end(self) -> date | None:
        """Last day; None: until further notice."""


Held = TypeVar("Held", bound=Spanned)


def version_on(name: str, versions: Sequence[Held], on: date | None) -> Held:
    """The version that holds on a day, the latest when none is given. Raises LawError outside the dates."""
    if on is None:
        return versions[-1]
    for version in reversed(versions):
        if version.start <= on:
            if version.end is None or on <= version.end:
                return version
            break
    spans = "; ".join(f"{version.start}–{version.end or ''}" for version in versions)
    raise LawError(Problem("law_outside_dates", values={"id": name, "on": str(on), "spans": spans}))


_HEAD = ("kind", "id", "replaces", "title", "region", "issuer", "document", "stated_on", "status", "readings")
_TAIL = ("interpretations", "notes", "versions")
_VERSION = ("until", "status", "modality", "source")


class Head:
    """What formulas and money rules have in common."""

    def __init__(
        self,
        content: Mapping[Any, Any],
        lines: Lines,
        file: str,
        own: tuple[str, ...],
        *,
        shelf: Shelf = NO_SHELF,
    ) -> None:
        self.reader = Reader(file, lines, shelf)
        needed = ("id", "title", "region", "issuer", "document", "stated_on", "status", "versions")
        self.content = self.reader.mapping(content, (), (*_HEAD, *own, *_TAIL), needed=needed)

    def fields(self) -> dict[str, Any]:
        """What stands at the head of the file, by name of field."""
        get = self.content.get
        return {
            "id": self.name(get("id")),
            **{key: self.text(get(key), (key,)) for key in ("title", "region", "issuer")},
            "document": self.plain(get("document"), ("document",)),
            "stated_on": self.day(get("stated_on"), ("stated_on",)),
            "interpretations": self.texts("interpretations"),
            "notes": self.texts("notes"),
            "file": self.reader.file,
        }

    def name(self, found: Any) -> str:
        """An id, checked."""
        if not isinstance(found, str) or not found.replace("-", "").isalnum() or not found.isascii():
            self.reader.blame("law_bad_id", ("id",), found=found)
        return str(found)

    def text(self, found: Any, path: Path) -> Text:
        """A {zh, en} pair."""
        good = isinstance(found, Mapping) and set(found) == {"zh", "en"}
        if not good or not all(isinstance(side, str) and side.strip() for side in found.values()):
            self.reader.blame("law_no_text", path)
            return MappingProxyType({"zh": "", "en": ""})
        return MappingProxyType(dict(found))

    def plain(self, found: Any, path: Path) -> str:
        """A word, number or day as text."""
        if isinstance(found, (list, Mapping)) or found is None or not str(found).strip():
            self.reader.blame("law_not_plain", path, key=path[-1])
        return str(found)

    def texts(self, key: str) -> tuple[Text, ...]:
        """A list of {zh, en} pairs."""
        listed = self.content.get(key, [])
        if not isinstance(listed, list):
            self.reader.blame("law_no_text", (key,))
            return ()
        return tuple(self.text(item, (key, i)) for i, item in enumerate(listed))

    def day(self, found: Any, path: Path) -> date:
        """A date."""
        if type(found) is not date or found.year < FIRST_CENTURY:
            self.reader.blame("law_not_a_date", path, found=found)
            return date(FIRST_CENTURY, 1, 1)
        return found

    def word(self, found: Any, known: tuple[str, ...], path: Path) -> str:
        """One of the known words."""
        if found not in known:
            near = nearest(str(found), known)
            self.reader.blame("law_bad_word", path, found=found, near=near, known=", ".join(known))
            return known[0]
        return str(found)

    def source(self, found: Any, path: Path) -> Source:
        """A source, which must have a title."""
        if not isinstance(found, Mapping) or not str(found.get("title") or "").strip():
            self.reader.blame("law_no_source", path)
            return Source("")
        self.reader.mapping(found, path, SOURCE_KEYS)
        return Source(**{key: self.plain(found[key], (*path, key)) for key in SOURCE_KEYS if key in found})

    def readings(self, derived: set[str]) -> Mapping[str, str]:
        """Defaults as written; what the rules leave open and what is written must agree."""
        written = self.content.get("readings", {})
        if not isinstance(written, Mapping):
            self.reader.blame("law_not_mapping", ("readings",), known=", ".join(sorted(derived)))
            return MappingProxyType({})
        defaults: dict[str, str] = {}
        spoilt = tuple(problem.column.partition(".")[0] for problem in self.reader.problems)
        rules_are_whole = "versions" not in spoilt and "factors" not in spoilt
        for key, value in written.items():
            if key in derived:
                defaults[key] = self.word(answer_text(value), READINGS[key], ("readings", key))
            elif rules_are_whole:
                self.reader.blame("law_reading_unused", ("readings", key), reading=key)
        for key in sorted(derived - set(written)):
            self.reader.blame("law_reading_undeclared", ("readings",), reading=key)
        return MappingProxyType({key: defaults[key] for key in READINGS if key in defaults})

    def versions(self, own: tuple[str, ...]) -> list[tuple[date, date | None, Mapping[str, Any], Path]]:
        """Start, end, content and path of each version of a rule, in order of dates."""
        return self.stretches((*_VERSION, *own), needed=("modality", *own[:1]))

    def stretches(
        self, known: tuple[str, ...], needed: tuple[str, ...]
    ) -> list[tuple[date, date | None, Mapping[str, Any], Path]]:
        """Start, end, content and path of what holds from each day; known, needed: keys of the content."""
        found = self.content.get("versions")
        if not isinstance(found, Mapping) or not found:
            self.reader.blame("law_no_versions", ("versions",))
            return []
        listed = []
        for key, item in found.items():
            path = ("versions", key)
            item = self.reader.mapping(item, path, known, needed=needed)
            listed.append((*self.span(key, item, path), item, path))
        for (begin, end, _, _), (after, _, _, path) in pairwise(listed):
            if after <= begin or (end is not None and end >= after):
                self.reader.blame("law_dates_overlap", path, start=str(after))
        return listed

    def span(self, key: Any, item: Mapping[str, Any], path: Path) -> tuple[date, date | None]:
        """First and last day of a version."""
        begin = self.day(key, path)
        end = self.day(item["until"], (*path, "until")) if "until" in item else None
        if end is not None and type(item["until"]) is date and end < begin:
            self.reader.blame("law_ends_early", (*path, "until"), start=str(begin), end=str(end))
        return begin, end

    def frame(self, begin: date, end: date | None, item: Mapping[str, Any], path: Path) -> dict[str, Any]:
        """Dates, status, modality and source of a version."""
        whole = self.word(self.content.get("status"), STATUSES, ("status",))
        return {
            "start": begin,
            "end": end,
            "status": self.word(item.get("status", whole), STATUSES, (*path, "status")),
            "modality": self.word(item.get("modality"), MODALITIES, (*path, "modality")),
            "source": self.source(item.get("source"), (*path, "source")),
        }

    def finish(self) -> None:
        """Raises LawError with every problem found."""
        if self.reader.problems:
            raise LawError(self.reader.problems)


def answer_text(value: Any) -> str:
    """An answer to a reading as text: YAML reads yes and no as truths, 1 and 2 as numbers."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)

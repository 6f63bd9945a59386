"""Local rules on terms: what stops a clock in one place, or which term holds there, each with its article.

No national text stops the 30 or 45 working days of 民发〔2021〕57号: notice and checks run inside them. Where
a place's own rule leaves them out, it is a file of law (`kind: local_rule`), entry by entry:

    clocks:
      - {route: dibao_application, article: "12", stops: [clocks.dibao.notice_days, papers_completed]}
      - {route: rigid_application, article: "9", term: {kind: calendar, length: clocks.local.ours.total_days}}

A stop names a wait of the route by its key, or a step at a desk by its activity. What is named is looked up
where the rule meets the routes (`localclocks`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from simlib.dated import Source
from simlib.policy.lawhead import STATUSES, Head, Text, version_on
from simlib.worktime import CALENDAR, WORKING
from simlib.yamlfile import Lines

TERM_KINDS = {"working": WORKING, "calendar": CALENDAR}
"""Units of a local term."""
UNIT_OF = {WORKING: "working_day", CALENDAR: "day"}
"""Unit the dated value of its length must have."""
ENTRY = ("route", "article")
ENTRY_MAY = ("stops", "term")
TERM = ("kind", "length")


@dataclass(frozen=True, slots=True)
class ClockRule:
    """What a rule says about the clock of one route.

    stops: waits and activities that stop it. term: unit and key of the length of the ordinary term in place
    of the route's own; None: that stays. row: line of the file.
    """

    route: str
    article: str
    stops: tuple[str, ...]
    term: tuple[int, str] | None
    row: int | None


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """What holds from a day through another (None: until further notice)."""

    start: date
    end: date | None
    source: Source
    clocks: tuple[ClockRule, ...]


@dataclass(frozen=True, slots=True)
class LocalRule:
    """A local text on terms."""

    id: str
    title: Text
    region: Text
    issuer: Text
    document: str
    stated_on: date
    status: str
    notes: tuple[Text, ...]
    versions: tuple[RuleVersion, ...]
    file: str

    def on(self, day: date | None) -> RuleVersion:
        """What holds on a day, the latest when none is given. Raises LawError outside the dates."""
        return version_on(self.id, self.versions, day)


def local_rule_of(content: Mapping[Any, Any], lines: Lines, file: str) -> LocalRule:
    """The local rule a parsed file holds. Raises LawError with every mistake, by line."""
    head = Head(content, lines, file, ())
    reader, fields = head.reader, head.fields()
    status = head.word(head.content.get("status"), STATUSES, ("status",))
    versions: list[RuleVersion] = []
    found = head.content.get("versions")
    if not isinstance(found, Mapping) or not found:
        reader.blame("law_no_versions", ("versions",))
        found = {}
    for key, entry in found.items():
        path = ("versions", key)
        item = reader.mapping(entry, path, ("until", "source", "clocks"), needed=("source", "clocks"))
        start, end = head.span(key, item, path)
        if versions and (start <= versions[-1].start or (versions[-1].end or date.min) >= start):
            reader.blame("law_dates_overlap", path, start=str(start))
        source = head.source(item.get("source"), (*path, "source"))
        listed = item.get("clocks")
        if not isinstance(listed, list) or not listed:
            reader.blame("local_no_clocks", (*path, "clocks"))
            listed = []
        clocks = tuple(_clock(head, each, (*path, "clocks", at)) for at, each in enumerate(listed))
        versions.append(RuleVersion(start, end, source, clocks))
    head.finish()
    kept = ("id", "title", "region", "issuer", "document", "stated_on", "notes", "file")
    return LocalRule(**{key: fields[key] for key in kept}, status=status, versions=tuple(versions))


def _clock(head: Head, found: Any, path: tuple[Any, ...]) -> ClockRule:
    reader = head.reader
    entry = reader.mapping(found, path, (*ENTRY, *ENTRY_MAY), needed=ENTRY)
    stops = entry.get("stops", [])
    if not isinstance(stops, list) or not all(isinstance(name, str) for name in stops):
        reader.blame("local_bad_stops", (*path, "stops"))
        stops = []
    term = None
    if "term" in entry:
        inner = reader.mapping(entry["term"], (*path, "term"), TERM, needed=TERM)
        kind = head.word(inner.get("kind"), tuple(TERM_KINDS), (*path, "term", "kind"))
        term = (TERM_KINDS[kind], str(inner.get("length")))
    elif not stops:
        reader.blame("local_says_nothing", path)
    row = next((reader.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in reader.lines), None)
    return ClockRule(str(entry.get("route")), str(entry.get("article")), tuple(stops), term, row)

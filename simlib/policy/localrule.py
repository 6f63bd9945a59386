"""Local rules on terms: which terms hold in one place, what stops a clock there, how often it re-verifies.

No national text stops the 30 or 45 working days of 民发〔2021〕57号: notice and checks run inside them. Where
a place's own text says otherwise it is a file of law (`kind: local_rule`), entry by entry:

    clocks:
      - {route: dibao_application, article: "12", stops: [clocks.dibao.notice_days, papers_completed]}
      - route: rigid_application
        terms: {ordinary: {kind: working, length: clocks.local.ours.total_working_days}}
    reviews:
      - {programmes: [dibao_urban], changing: clocks.local.ours.rereview_months}

A stop names a wait of the route by its key, or a step at a desk by its activity. A term takes the place of
the route's own under the same condition (`ordinary`, or the flag it hangs on, such as `special`); several in
a list follow each other. What is named is looked up where the rule meets the routes (`localclocks`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from simlib.dated import Source
from simlib.places.columns import PROGRAMMES
from simlib.policy.lawhead import STATUSES, Head, Text, version_on
from simlib.policy.rulefile import Path
from simlib.worktime import CALENDAR, WORKING
from simlib.yamlfile import Lines

ORDINARY = "ordinary"
"""The term that hangs on nothing."""
TERM_KINDS = {"working": WORKING, "calendar": CALENDAR}
"""Units of a local term."""
UNIT_OF = {WORKING: "working_day", CALENDAR: "day"}
"""Unit the dated value of its length must have."""
MONTHS = "month"
"""Unit of what says how often is re-verified."""
CLOCK, REVIEW, TERM = ("route", "article", "stops", "terms"), ("programmes", "article"), ("kind", "length")
PERIODS = ("changing", "stable")
"""Households whose income changes or who could work, of dibao alone; all others."""
_CHANGING_OF = "dibao"

Terms = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class ClockRule:
    """What a rule says about the clock of one route.

    stops: waits and activities that stop it. terms: unit and key of the length of each that follows the one
    before, by the flag the term hangs on, or ORDINARY. row: line of the file.
    """

    route: str
    article: str
    stops: tuple[str, ...]
    terms: Mapping[str, Terms]
    row: int | None


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """How often some programmes are looked at again; keys of months for PERIODS, '' where it stays."""

    programmes: tuple[str, ...]
    article: str
    changing: str
    stable: str
    row: int | None


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """What holds from a day through another (None: until further notice)."""

    start: date
    end: date | None
    source: Source
    clocks: tuple[ClockRule, ...]
    reviews: tuple[ReviewRule, ...]

    def values(self) -> Iterator[tuple[str, str, int | None]]:
        """Key, unit and row of every dated value it names."""
        for clock in self.clocks:
            for terms in clock.terms.values():
                yield from ((key, UNIT_OF[kind], clock.row) for kind, key in terms)
        for review in self.reviews:
            yield from ((key, MONTHS, review.row) for key in (review.changing, review.stable) if key)

    def periods(self) -> dict[str, tuple[str, str]]:
        """Keys for PERIODS by programme, '' where the national text stays."""
        return {name: (rule.changing, rule.stable) for rule in self.reviews for name in rule.programmes}


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
    known = ("until", "source", "clocks", "reviews")
    for start, end, item, path in head.stretches(known, needed=("source",)):
        source = head.source(item.get("source"), (*path, "source"))
        if item.get("clocks", []) == [] and item.get("reviews", []) == []:
            reader.blame("local_no_clocks", path)
        clocks = tuple(_clock(head, each, where) for each, where in _listed(head, item, (*path, "clocks")))
        reviews = tuple(_review(head, each, where) for each, where in _listed(head, item, (*path, "reviews")))
        of_clocks = [[f"{each.route}: {name}" for name in (*each.stops, *each.terms)] for each in clocks]
        _twice(head, of_clocks, (*path, "clocks"))
        _twice(head, [each.programmes for each in reviews], (*path, "reviews"))
        versions.append(RuleVersion(start, end, source, clocks, reviews))
    head.finish()
    kept = ("id", "title", "region", "issuer", "document", "stated_on", "notes", "file")
    return LocalRule(**{key: fields[key] for key in kept}, status=status, versions=tuple(versions))


def _listed(head: Head, item: Mapping[str, Any], path: Path) -> Iterator[tuple[Any, Path]]:
    """The entries of a list that may be missing, each with its path."""
    found = item.get(path[-1], [])
    if not isinstance(found, list):
        head.reader.blame("local_no_clocks", path)
        return
    yield from ((entry, (*path, at)) for at, entry in enumerate(found))


def _twice(head: Head, named: Sequence[Sequence[str]], path: Path) -> None:
    """Note every entry that speaks of what it, or an entry before it, has spoken of already."""
    seen: set[str] = set()
    for at, names in enumerate(named):
        for name in names:
            if name in seen:
                head.reader.blame("local_twice", (*path, at), found=name)
            seen.add(name)


def _clock(head: Head, found: Any, path: Path) -> ClockRule:
    reader = head.reader
    entry = reader.mapping(found, path, CLOCK, needed=CLOCK[:1])
    stops = _names(head, entry.get("stops", []), (*path, "stops"))
    if stops and "article" not in entry:
        reader.blame("law_missing_key", path, key="article")
    terms = {}
    for name, each in reader.open_mapping(entry.get("terms", {}), (*path, "terms")).items():
        where = (*path, "terms", name)
        listed = each if isinstance(each, list) else [each]
        if not listed:
            reader.blame("local_says_nothing", where)
        terms[str(name)] = tuple(_term(head, one, where) for one in listed)
    if not stops and not terms:
        reader.blame("local_says_nothing", path)
    return ClockRule(
        str(entry.get("route")),
        _article(head, entry, path),
        stops,
        MappingProxyType(terms),
        reader.row(path),
    )


def _term(head: Head, found: Any, path: Path) -> tuple[int, str]:
    inner = head.reader.mapping(found, path, TERM, needed=TERM)
    kind = head.word(inner.get("kind"), tuple(TERM_KINDS), (*path, "kind"))
    return TERM_KINDS[kind], str(inner.get("length"))


def _review(head: Head, found: Any, path: Path) -> ReviewRule:
    reader = head.reader
    entry = reader.mapping(found, path, (*REVIEW, *PERIODS), needed=REVIEW[:1])
    named = _names(head, entry.get("programmes", []), (*path, "programmes"))
    programmes = tuple(head.word(name, PROGRAMMES, (*path, "programmes")) for name in named)
    changing, stable = (str(entry.get(key, "")) for key in PERIODS)
    if not changing and not stable:
        reader.blame("local_no_period", path)
    if changing and not all(name.startswith(_CHANGING_OF) for name in programmes):
        reader.blame("local_not_changing", (*path, "changing"))
    return ReviewRule(programmes, _article(head, entry, path), changing, stable, reader.row(path))


def _article(head: Head, entry: Mapping[str, Any], path: Path) -> str:
    return head.plain(entry["article"], (*path, "article")) if "article" in entry else ""


def _names(head: Head, found: Any, path: Path) -> tuple[str, ...]:
    if isinstance(found, list) and all(isinstance(name, str) for name in found):
        return tuple(found)
    head.reader.blame("local_bad_names", path, key=path[-1])
    return ()

"""Staffing formulas as facts, and the reader of their files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from simlib.dated import DatedValue, Source
from simlib.policy.lawhead import MODALITIES, Head, Text, version_on
from simlib.policy.posts.workload import NO_SHELF, Shelf
from simlib.policy.rulefile import DRIVER_UNITS, Path
from simlib.policy.rules import Rule, drivers_of, readings_of
from simlib.yamlfile import Lines

DAY = timedelta(days=1)
LEVELS = ("city", "county", "township", "village", "institution")
HEADS = ("posts_verification",)
"""Columns of heads that are not the clerks' own, which a level may name as filling its posts."""


@dataclass(frozen=True, slots=True)
class LevelRule:
    """What a formula asks at one level of office."""

    level: str
    driver: str
    rule: Rule
    modality: str
    article: str
    applied_at: str = "own"
    """Where the posts are computed before they are shared to the level: own, county, or by `reading`."""
    existing: str = ""
    """The column whose heads fill the level, where it is not the clerks' own posts."""
    generalists: int = 0
    """Of an office's posts, those held by officers with other duties too, full-time only in part."""


@dataclass(frozen=True, slots=True)
class Version:
    """What holds from `start` through `end` (None: until further notice)."""

    start: date
    end: date | None
    status: str
    modality: str
    source: Source
    levels: Mapping[str, LevelRule]


@dataclass(frozen=True, slots=True)
class Formula:
    """A published staffing formula. readings: each reading the text leaves open, and its default."""

    id: str
    title: Text
    region: Text
    issuer: Text
    document: str
    stated_on: date
    readings: Mapping[str, str]
    interpretations: tuple[Text, ...]
    notes: tuple[Text, ...]
    versions: tuple[Version, ...]
    file: str

    def version(self, on: date | None = None) -> Version:
        """What holds on a day; the latest version when no day is given.

        Raises LawError for a day on which no version holds.
        """
        return version_on(self.id, self.versions, on)


def formula_of(content: Mapping[Any, Any], lines: Lines, file: str, *, shelf: Shelf = NO_SHELF) -> Formula:
    """The formula a parsed file holds; shelf: where its workload finds figures and activities.

    A version is cut on each day a value it takes from the shelf changes. Raises LawError with every problem.
    """
    common = Head(content, lines, file, (), shelf=shelf)
    head = common.fields()
    versions = []
    derived = {"existing_counts"}
    for begin, end, item, path in common.versions(("levels",)):
        frame = common.frame(begin, end, item, path)
        for start, last, levels in _held(common, begin, end, item, path, frame["modality"]):
            for rule in levels.values():
                derived |= _readings_of_level(rule)
            spans = {"start": start, "end": last, "levels": MappingProxyType(levels)}
            versions.append(Version(**{**frame, **spans}))
    readings = common.readings(derived)
    common.finish()
    return Formula(**head, readings=readings, versions=tuple(versions))


def _held(
    common: Head, begin: date, end: date | None, item: Mapping[str, Any], path: Path, modality: str
) -> Iterator[tuple[date, date | None, dict[str, LevelRule]]]:
    """What a version says between the days on which a value it takes from the law changes."""
    reader = common.reader
    reader.on, reader.taken = begin, []
    levels = _levels(common, item, path, modality)
    taken = () if reader.problems else tuple(reader.taken)
    entries = [entry for value in taken for entry in value.entries]
    days = {entry.start for entry in entries} | {entry.end + DAY for entry in entries if entry.end}
    starts = [begin, *sorted(day for day in days if begin < day and (end is None or day <= end))]
    for start, after in zip(starts, [*starts[1:], None], strict=True):
        if start > begin:
            if not all(_has_figure(value, start) for value in taken):
                continue
            reader.on = start
            levels = _levels(common, item, path, modality)
        yield start, after - DAY if after else end, levels


def _has_figure(value: DatedValue, on: date) -> bool:
    return any(entry.start <= on and (entry.end is None or on <= entry.end) for entry in value.entries)


def _levels(common: Head, item: Mapping[str, Any], path: Path, modality: str) -> dict[str, LevelRule]:
    where = (*path, "levels")
    listed = common.reader.mapping(item.get("levels"), where, LEVELS)
    if isinstance(item.get("levels"), Mapping) and not listed:
        common.reader.blame("law_no_levels", where, known=", ".join(LEVELS))
    return {
        level: _level(common, level, listed[level], (*where, level), modality)
        for level in LEVELS
        if level in listed
    }


def _level(common: Head, level: str, found: Any, path: Path, modality: str) -> LevelRule:
    reader = common.reader
    known = ("driver", "unit", "rule", "modality", "article", "applied_at", "existing", "generalists")
    found = reader.mapping(found, path, known, needed=("driver", "unit", "rule"))
    driver = reader.driver(found.get("driver"), (*path, "driver"))
    is_known = driver == found.get("driver")
    if is_known and found.get("unit") != DRIVER_UNITS[driver]:
        blanks = {"found": found.get("unit"), "meant": DRIVER_UNITS[driver]}
        reader.blame("law_wrong_unit", (*path, "unit"), **blanks)
    before = len(reader.problems)
    rule = reader.rule(found.get("rule"), (*path, "rule"), by=driver)
    if is_known and len(reader.problems) == before and driver not in (drivers_of(rule) or ("offices",)):
        reader.blame("law_driver_unused", (*path, "driver"), driver=driver)
    applied = common.word(found.get("applied_at", "own"), ("own", "county", "reading"), (*path, "applied_at"))
    if applied != "own" and level != "township":
        reader.blame("law_applied_at_level", (*path, "applied_at"))
    modality = common.word(found.get("modality", modality), MODALITIES, (*path, "modality"))
    existing = common.word(found["existing"], HEADS, (*path, "existing")) if "existing" in found else ""
    generalists = reader.whole(found.get("generalists", 0), (*path, "generalists"))
    article = str(found.get("article", ""))
    return LevelRule(level, driver, rule, modality, article, applied, existing, generalists)


def _readings_of_level(level: LevelRule) -> set[str]:
    found = set(readings_of(level.rule))
    if {"households", "persons"} & {level.driver, *drivers_of(level.rule)}:
        found.add("counts")
    if level.applied_at == "reading":
        found.add("applied_at")
    return found

"""Staffing formulas as facts, and the reader of their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from simlib.dated import Source
from simlib.policy.lawhead import MODALITIES, Head, Text, version_on
from simlib.policy.rulefile import DRIVER_UNITS, Path
from simlib.policy.rules import Rule, drivers_of, readings_of
from simlib.yamlfile import Lines

LEVELS = ("city", "county", "township", "village", "institution")


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


def formula_of(content: Mapping[Any, Any], lines: Lines, file: str) -> Formula:
    """The formula a parsed file holds. Raises LawError with every problem."""
    common = Head(content, lines, file, ())
    head = common.fields()
    versions = []
    derived = {"existing_counts"}
    for begin, end, item, path in common.versions(("levels",)):
        frame = common.frame(begin, end, item, path)
        where = (*path, "levels")
        listed = common.reader.mapping(item.get("levels"), where, LEVELS)
        levels = {
            level: _level(common, level, listed[level], (*where, level), frame["modality"])
            for level in LEVELS
            if level in listed
        }
        for rule in levels.values():
            derived |= _readings_of_level(rule)
        versions.append(Version(**frame, levels=MappingProxyType(levels)))
    readings = common.readings(derived)
    common.finish()
    return Formula(**head, readings=readings, versions=tuple(versions))


def _level(common: Head, level: str, found: Any, path: Path, modality: str) -> LevelRule:
    reader = common.reader
    known = ("driver", "unit", "rule", "modality", "article", "applied_at")
    found = reader.mapping(found, path, known, needed=("driver", "unit", "rule"))
    driver = reader.driver(found.get("driver"), (*path, "driver"))
    if found.get("unit") != DRIVER_UNITS[driver]:
        blanks = {"found": found.get("unit"), "meant": DRIVER_UNITS[driver]}
        reader.blame("law_wrong_unit", (*path, "unit"), **blanks)
    rule = reader.rule(found.get("rule"), (*path, "rule"), by=driver)
    if driver not in (drivers_of(rule) or ("offices",)):
        reader.blame("law_driver_unused", (*path, "driver"), driver=driver)
    applied = common.word(found.get("applied_at", "own"), ("own", "county", "reading"), (*path, "applied_at"))
    if applied != "own" and level != "township":
        reader.blame("law_applied_at_level", (*path, "applied_at"))
    modality = common.word(found.get("modality", modality), MODALITIES, (*path, "modality"))
    return LevelRule(level, driver, rule, modality, str(found.get("article", "")), applied)


def _readings_of_level(level: LevelRule) -> set[str]:
    found = set(readings_of(level.rule))
    if {"households", "persons"} & {level.driver, *drivers_of(level.rule)}:
        found.add("counts")
    if level.applied_at == "reading":
        found.add("applied_at")
    return found

"""The catalogue of activities: what is done at a desk, which assumption holds its minutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from simlib.errors import LawError, Problem
from simlib.yamlfile import load_yaml, nearest, shown_path

HOME = Path(__file__).resolve().parent.parent / "law"
_KEYS = ("title", "minutes", "trip", "may_be_bought")


@dataclass(frozen=True, slots=True)
class Activity:
    """A kind of work at a desk. minutes: key of the assumption that holds its length [minute]."""

    id: str
    number: int
    title: Mapping[str, str]
    minutes: str
    trip: bool
    may_be_bought: bool


def load_activities(home: Path = HOME) -> Mapping[str, Activity]:
    """The activities under a folder of law, by id; numbers follow the order of ids.

    Raises LawError with every unknown or missing key, by file and line.
    """
    file = home / "catalogue" / "activities.yaml"
    content, lines = load_yaml(file)
    problems: list[Problem] = []
    activities: dict[str, Activity] = {}
    for number, (name, entry) in enumerate(sorted(content.items())):
        row, before = lines.get((name,)), len(problems)
        problems += [
            Problem(
                "law_unknown_key",
                shown_path(file),
                row,
                str(key),
                {"key": key, "near": nearest(str(key), _KEYS)},
            )
            for key in entry
            if key not in _KEYS
        ]
        problems += [
            Problem("law_missing_key", shown_path(file), row, values={"key": key})
            for key in _KEYS
            if key not in entry
        ]
        if len(problems) == before:
            activities[name] = Activity(
                name,
                number,
                entry["title"],
                entry["minutes"],
                bool(entry["trip"]),
                bool(entry["may_be_bought"]),
            )
    if problems:
        raise LawError(problems)
    return MappingProxyType(activities)

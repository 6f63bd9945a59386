"""Scenarios made ready, each once in a process while the files of its place and law stay as they are."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from simlib.places.place import Place, load_place
from simlib.policy.statutes import Law, load_law
from simlib.scenario import Scenario
from simlib.years.setting import Setting, prepare

Stamp = tuple[tuple[str, int, int], ...]
"""Names, times and sizes of files: another stamp, another content."""


def _stamp(*folders: Path) -> Stamp:
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.is_file())
    return tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files)


@lru_cache(maxsize=4)
def _law(paths: tuple[Path, ...], _: Stamp) -> Law:
    return load_law(paths)


@lru_cache(maxsize=4)
def _place(folder: Path, _: Stamp) -> Place:
    return load_place(folder)


@lru_cache(maxsize=32)
def _setting_by_text(text: str, law_paths: tuple[Path, ...], _: Stamp) -> Setting:
    scenario = _SCENARIOS[text]
    law = _law(law_paths, _stamp(*law_paths))
    return prepare(scenario, law=law, place=_place(scenario.place, _stamp(scenario.place)))


_SCENARIOS: dict[str, Scenario] = {}


def setting_of(scenario: Scenario, law_paths: tuple[Path, ...] = ()) -> Setting:
    """The scenario made ready, kept for further pieces of it while the files of its place and law stay."""
    text = repr(scenario)
    _SCENARIOS[text] = scenario
    return _setting_by_text(text, law_paths, _stamp(scenario.place, *law_paths))

"""The shape of a route file: what may stand where, before its words are looked up in `procedure`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from simlib.errors import Problem
from simlib.places.columns import FLOWS, PROGRAMMES
from simlib.policy.rulefile import Path, Reader
from simlib.yamlfile import Lines, nearest

_PRIORITIES = range(10)
_MISSING = "law_missing_key"
_PEOPLE = (1, 2)
"""Who does a step: one person or two."""


def shape_problems(content: Any, lines: Lines, file: str) -> tuple[list[Problem], list[Problem]]:
    """What in a parsed route file is not of the kind that stands there, and which keys are missing, by line.

    Names are not looked up; a key is often missing because another is misspelt.
    """
    reader = Reader(file, lines)
    _each(reader, reader.open_mapping(content, ()), (), _ROUTE)
    missing = [problem for problem in reader.problems if problem.key == _MISSING]
    return [problem for problem in reader.problems if problem.key != _MISSING], missing


Check = Callable[[Reader, Any, Path], None]


def _each(reader: Reader, entry: Mapping[Any, Any], path: Path, checks: Mapping[str, Check]) -> None:
    for key, value in entry.items():
        if key in checks:
            checks[key](reader, value, (*path, key))


def _text(reader: Reader, found: Any, path: Path) -> None:
    if not isinstance(found, str) or not found.strip():
        reader.blame("route_no_name", path, key=path[-1])


def _text_or_day(reader: Reader, found: Any, path: Path) -> None:
    if type(found) is not date:
        _text(reader, found, path)


def _words(reader: Reader, found: Any, path: Path) -> None:
    names = found if isinstance(found, list) else [found]
    if not names or not all(isinstance(name, str) and name.strip() for name in names):
        reader.blame("route_no_names", path, key=path[-1])


def _both(reader: Reader, found: Any, path: Path) -> None:
    sides = found.values() if isinstance(found, Mapping) and set(found) == {"zh", "en"} else ()
    if not sides or not all(isinstance(side, str) and side.strip() for side in sides):
        reader.blame("law_no_text", path)


def _one_of(*known: Any) -> Check:
    def check(reader: Reader, found: Any, path: Path) -> None:
        if not any(found == value and type(found) is type(value) for value in known):
            names = [str(value) for value in known]
            told = nearest(str(found), names)
            reader.blame("law_bad_word", path, found=found, near=told, known=", ".join(names))

    return check


def _mapping_of(checks: Mapping[str, Check], *needed: str) -> Check:
    def check(reader: Reader, found: Any, path: Path) -> None:
        entry = reader.open_mapping(found, path)
        for key in needed:
            if entry and key not in entry:
                reader.blame(_MISSING, path, key=key)
        _each(reader, entry, path, checks)

    return check


def _list_of(check: Check) -> Check:
    def checked(reader: Reader, found: Any, path: Path) -> None:
        if not isinstance(found, list) or not found:
            reader.blame("route_no_list", path, key=path[-1])
            return
        for at, item in enumerate(found):
            check(reader, item, (*path, at))

    return checked


def _clocks(reader: Reader, found: Any, path: Path) -> None:
    (_list_of(_clock) if isinstance(found, list) else _clock)(reader, found, path)


def _clock(reader: Reader, found: Any, path: Path) -> None:
    is_none = isinstance(found, Mapping) and found.get("kind") == "none"
    _mapping_of(_CLOCK, *(("kind",) if is_none else ("kind", "length")))(reader, found, path)


def _flags(reader: Reader, found: Any, path: Path) -> None:
    for name, entry in reader.open_mapping(found, path).items():
        _text(reader, name, (*path, name))
        _mapping_of(_FLAG)(reader, entry, (*path, name))
        if isinstance(entry, Mapping) and not {"share", "any"} & set(entry):
            reader.blame(_MISSING, (*path, name), key="share")


def _step(reader: Reader, found: Any, path: Path) -> None:
    entry = reader.open_mapping(found, path)
    needed = {"wait": ("kind",), "on_duty": ()}
    kind = next((key for key in needed if key in entry), "activity")
    _mapping_of(_STEP, kind, *needed.get(kind, ("office",)))(reader, found, path)


_yes = _one_of(True, False)
_CONDITION: dict[str, Check] = {"when": _words, "unless": _words}
_SOURCE: dict[str, Check] = {"title": _text, "number": _text_or_day, "article": _text}
_source = _mapping_of(_SOURCE, "title")
_FLAG: dict[str, Check] = {"share": _text, "any": _words, **_CONDITION}
_CLOCK: dict[str, Check] = {
    **dict.fromkeys(("length", "kind", "article"), _text),
    "then": _list_of(_mapping_of({"length": _text, "kind": _text}, "length", "kind")),
    "status": _one_of("assumption"),
    "source": _source,
    **_CONDITION,
}
_STEP: dict[str, Check] = {
    **dict.fromkeys(("activity", "office", "article", "wait", "kind", "on_duty"), _text),
    **dict.fromkeys(("within", "within_from", "reached_within", "reached_article"), _text),
    "people": _one_of(*_PEOPLE),
    "payroll_only": _yes,
    "decides": _yes,
    **_CONDITION,
}
_ROUTE: dict[str, Check] = {
    **dict.fromkeys(("id", "matter", "arises", "follows", "through"), _text),
    "title": _both,
    "before": _both,
    "programmes": _list_of(_one_of(*PROGRAMMES, *FLOWS)),
    "priority": _one_of(*_PRIORITIES),
    "clock": _clocks,
    "source": _source,
    "flags": _flags,
    "steps": _list_of(_step),
}

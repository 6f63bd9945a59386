"""Checks and builds a scenario from what a file or the command line says; unknown keys name the nearest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from simlib.errors import LawError, Problem, ScenarioError
from simlib.scenario.choices import CHOICES, MOST_POSTS, NO, RANGES, ROLLOUT_DAYS, SERVICE_DAYS, YES
from simlib.scenario.parts import PARTS, Frozen, Goal, Scenario, Text, parameter_names
from simlib.units import MONTHS_PER_YEAR
from simlib.yamlfile import Lines, load_yaml, nearest, on_one_line, shown_path

NOTHING = Frozen()
_HOLDING = {
    part: {item.name for item in fields(shape) if str(item.type).startswith("Mapping")}
    for part, shape in PARTS.items()
}
"""Parameters that hold values by name, so that `--set` may name one of them."""


AReader = TypeVar("AReader", bound="Reader")


def opened(
    file: Path, reading: type[AReader], kind: str, keys: tuple[str, ...], also: str = ""
) -> tuple[Mapping[str, Any], AReader]:
    """What stands in a file of a kind, or of another one, with its reader. Raises ScenarioError."""
    try:
        content, lines = load_yaml(file)
    except LawError as error:
        raise ScenarioError(error.problems) from None
    reader = reading(shown_path(file), lines)
    if not isinstance(content, Mapping) or content.get("kind") not in (kind, also):
        found = content.get("kind") if isinstance(content, Mapping) else None
        raise ScenarioError(Problem("scenario_kind", reader.file, 1, values={"found": found, "meant": kind}))
    if content.get("kind") == kind:
        reader.unknown(content, keys, ())
    return content, reader


class Reader:
    """Checks and builds what one file holds."""

    def __init__(self, file: str, lines: Lines) -> None:
        self.file, self.lines = file, lines
        self.rows: Lines = {}
        self.problems: list[Problem] = []

    def finish(self) -> None:
        """Raise what was found."""
        if self.problems:
            raise ScenarioError({problem.line(): problem for problem in self.problems}.values())

    def blame(self, key: str, path: tuple[Any, ...], /, **values: Any) -> None:
        """Note a problem at a path."""
        lines = self.lines | self.rows
        row = next((lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in lines), None)
        self.problems.append(Problem(key, self.file, row, ".".join(str(part) for part in path), values))

    def unknown(self, entry: Mapping[str, Any], known: Sequence[str], path: tuple[Any, ...]) -> None:
        """Note keys that mean nothing."""
        for key in entry:
            if key not in known:
                self.blame("scenario_unknown", (*path, key), name=key, near=nearest(str(key), known))

    def tree(self, content: Any, path: tuple[Any, ...]) -> dict[str, dict[str, Any]]:
        """Part by part what a scenario sets, unchecked values, checked names."""
        if not isinstance(content, Mapping):
            self.blame("scenario_not_mapping", path)
            content = NOTHING
        if path:
            self.unknown(content, ("place", *PARTS), path)
        tree: dict[str, dict[str, Any]] = {"place": {"place": content.get("place")}}
        for part, shape in PARTS.items():
            entry = given(content, part, {})
            if not isinstance(entry, Mapping):
                self.blame("scenario_not_mapping", (*path, part))
                entry = {}
            self.unknown(entry, [item.name for item in fields(shape)], (*path, part))
            tree[part] = dict(entry)
        return tree

    def override(self, tree: dict[str, dict[str, Any]], overrides: Sequence[str]) -> None:
        """Put `key=value` texts into the tree."""
        for text in overrides:
            name, found, value = text.partition("=")
            if not found:
                self.problems.append(Problem("scenario_override", "--set", values={"found": text}))
                continue
            self.put(tree, {name.strip(): _plain(value.strip())}, "--set")

    def put(self, tree: dict[str, dict[str, Any]], change: Mapping[str, Any], where: str = "") -> None:
        """Set dotted names in the tree; unknown ones are a problem of `where`, if that is said."""
        for name, value in change.items():
            part, _, rest = name.partition(".")
            key, _, inner = rest.partition(".")
            if name == "place":
                tree["place"]["place"] = value
            elif is_parameter(name) and inner:
                held = tree[part].get(key)
                tree[part][key] = {**(held if isinstance(held, Mapping) else NOTHING), inner: value}
            elif is_parameter(name):
                tree[part][key] = value
            elif where:
                values = {"name": name, "near": nearest(name, parameter_names())}
                self.problems.append(Problem("scenario_unknown", where, values=values))

    def scenario(
        self,
        tree: Mapping[str, Mapping[str, Any]],
        scenario_id: str,
        title: Any,
        file: Path,
        path: tuple[Any, ...] = (),
    ) -> Scenario | None:
        """A scenario from its tree; None where a part is wrong."""
        before = len(self.problems)
        place = tree["place"]["place"]
        if not isinstance(place, str) or not place or not _is_folder(file.parent / place):
            self.blame("scenario_place", (*path, "place"), found=place)
        parts = {name: self.part(shape, tree[name], (*path, name)) for name, shape in PARTS.items()}
        if len(self.problems) > before:
            return None
        text = {"zh": scenario_id, "en": scenario_id} if not title else self.text(title, ("title",))
        return Scenario(scenario_id, text, file.parent / str(place), **parts)

    def goal(self, entry: Any) -> Goal:
        """What the choice is made by."""
        if not isinstance(entry, Mapping):
            self.blame("scenario_not_mapping", ("goal",))
            return Goal()
        self.unknown(entry, [item.name for item in fields(Goal)], ("goal",))
        found: Goal = self.part(Goal, entry, ("goal",))
        return found

    def part(self, shape: type, entry: Mapping[str, Any], path: tuple[Any, ...]) -> Any:
        """Policy, Future or Run from plain values."""
        values: dict[str, Any] = {}
        for item in fields(shape):
            if item.name in entry and entry[item.name] is not None:
                values[item.name] = self.value(
                    str(item.type).partition(" | ")[0], entry[item.name], (*path, item.name)
                )
        return shape(**{name: value for name, value in values.items() if value is not None})

    def value(self, kind: str, found: Any, path: tuple[Any, ...]) -> Any:
        """One parameter's value, of its kind and in its range."""
        full = ".".join(str(part) for part in path[-2:])
        if kind.startswith("Mapping"):
            if not isinstance(found, Mapping):
                return self.blame("scenario_not_mapping", path)
            return Frozen({str(key): self.inner(full, value, (*path, key)) for key, value in found.items()})
        if kind.startswith("tuple[int"):
            months = range(1, MONTHS_PER_YEAR + 1)
            if not isinstance(found, list) or not all(type(each) is int and each in months for each in found):
                return self.blame("scenario_months", path)
            return tuple(sorted(set(found)))
        if kind.startswith("tuple[str"):
            return self.words(full, found, path)
        if kind.startswith("tuple"):
            return self.dates(found, path)
        if kind == "str":
            found = YES if found is True else NO if found is False else found
            if full in CHOICES and found not in CHOICES[full]:
                return self.blame("scenario_choice", path, found=found, known=", ".join(CHOICES[full]))
            return str(found)
        good = isinstance(found, int) if kind == "int" else isinstance(found, (int, float))
        low, high = RANGES[full]
        if not good or isinstance(found, bool) or not low <= found <= high:
            return self.blame("scenario_number", path, found=found, low=f"{low:g}", high=f"{high:g}")
        return int(found) if kind == "int" else float(found)

    def words(self, full: str, found: Any, path: tuple[Any, ...]) -> Any:
        """A list of words of a choice, in the order of the choice; of codes, where there is no choice."""
        if full not in CHOICES:
            if not isinstance(found, list):
                return self.blame("scenario_codes", path, found=found)
            return tuple(sorted({str(code) for code in found}))
        strange = (
            [word for word in found if word not in CHOICES[full]] if isinstance(found, list) else [found]
        )
        if strange:
            return self.blame("scenario_choice", path, found=strange[0], known=", ".join(CHOICES[full]))
        return tuple(word for word in CHOICES[full] if word in found)

    def dates(self, found: Any, path: tuple[Any, ...]) -> Any:
        """A list of dates."""
        if not isinstance(found, list) or not all(type(day) is date for day in found):
            return self.blame("scenario_dates", path)
        is_in_order = found == sorted(found)
        if path[-1] == "rollout" and not (is_in_order and len(found) in (0, ROLLOUT_DAYS)):
            return self.blame("scenario_rollout", path)
        if path[-1] == "services_dates" and not (is_in_order and len(found) in (0, SERVICE_DAYS)):
            return self.blame("scenario_service_days", path)
        return tuple(sorted(found))

    def inner(self, full: str, value: Any, path: tuple[Any, ...]) -> Any:
        """A value inside a mapping: an answer to a reading, an assumption, or dates."""
        if full == "future.assumptions":
            return value
        if full == "future.closed":
            return self.dates(value, path)
        if full == "policy.posts":
            if type(value) is int and 0 <= value <= MOST_POSTS:
                return value
            return self.blame("scenario_number", path, found=value, low="0", high=str(MOST_POSTS))
        return YES if value is True else NO if value is False else str(value)

    def text(self, found: Any, path: tuple[Any, ...]) -> Text:
        """A text in both languages."""
        is_text = isinstance(found, Mapping) and set(found) == {"zh", "en"}
        if not is_text or not all(_is_said(each) for each in found.values()):
            self.blame("scenario_text", path)
            return Frozen({"zh": str(found), "en": str(found)})
        return Frozen({"zh": str(found["zh"]), "en": str(found["en"])})


def is_parameter(name: str) -> bool:
    """Whether a dotted name is the place, a parameter, or a name inside one that holds values by name."""
    part, _, rest = name.partition(".")
    key, dot, inner = rest.partition(".")
    known = {item.name: item for item in fields(PARTS[part])} if part in PARTS else {}
    return name == "place" or (key in known and (not dot or (bool(inner) and key in _HOLDING[part])))


def given(entry: Mapping[str, Any], name: str, nothing: Any) -> Any:
    """What an entry holds under a name; nothing where it is left out or left blank."""
    found = entry.get(name)
    return nothing if found is None else found


def _is_said(found: Any) -> bool:
    """Whether a text says something: words or a number."""
    return isinstance(found, (str, int, float)) and not isinstance(found, bool) and bool(str(found).strip())


def _plain(text: str) -> Any:
    """A value written on the command line: a number, a word, or a list or mapping as YAML writes it."""
    if text[:1] in ("[", "{"):
        return on_one_line(text)
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _is_folder(path: Path) -> bool:
    """Whether there is such a folder; no system has one of a name that is too long."""
    try:
        return path.is_dir()
    except OSError:
        return False

"""Loads the law: staffing formulas, money rules and dated values, each with its dates and sources.

Law is read from the package's own `law/`, then from each folder or file given. A file says what it is:
`kind: formula`, `kind: money_rule`, or dated values (no kind). The same id twice is an error unless the
later file says `replaces: ID`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

from simlib.dated import DatedValue, Which, values_of
from simlib.errors import LawError, Problem
from simlib.policy.formulas import Formula, formula_of
from simlib.policy.moneyrules import MoneyRule, money_rule_of
from simlib.yamlfile import load_yaml, nearest, shown_path

HOME = Path(__file__).resolve().parent.parent / "law"
OTHER_ROOMS = ("routes", "catalogue", "purchasing")
"""Folders of law with shapes of their own, read by the rooms that use them."""

_UNIT_OF_ENDING = {
    "_working_days": "working_day",
    "_days": "day",
    "_hours": "hour",
    "_months": "month",
    "_years": "year",
    "_share": "share",
    "_yuan": "yuan",
    "_price": "yuan/person-year",
    "_wage_floor": "yuan/person-year",
}
"""What the end of a clock's or price's key says about its unit."""


@dataclass(frozen=True, slots=True)
class Law:
    """Everything the law says, by id."""

    formulas: Mapping[str, Formula]
    money: Mapping[str, MoneyRule]
    values: Mapping[str, DatedValue]

    def formula(self, formula_id: str) -> Formula:
        """The formula with this id. Raises LawError naming the nearest id."""
        return self.formulas[_known(self.formulas, formula_id, "law_no_formula")]

    def money_rule(self, rule_id: str) -> MoneyRule:
        """The money rule with this id. Raises LawError naming the nearest id."""
        return self.money[_known(self.money, rule_id, "law_no_money_rule")]

    def dated(self, key: str) -> DatedValue:
        """The dated value with this key (`clocks.` may be left out). Raises LawError for none."""
        name = f"clocks.{key}" if f"clocks.{key}" in self.values else key
        return self.values[_known(self.values, name, "law_no_value")]

    def value(self, key: str, *, on: date, which: Which = "mode") -> Any:
        """The value of a key on a day; of a range, the side asked for.

        Raises LawError for an unknown key and for a day outside the value's dates.
        """
        return self.dated(key).on(on, which)

    def digest(self, ids: Iterable[str]) -> str:
        """sha256 of what the law says under these ids (formulas, money rules, keys of values).

        Titles, sources and notes stay out: they move no number. Raises LawError for an unknown id.
        """
        everything: dict[str, Any] = {**self.values, **self.money, **self.formulas}
        told = [
            (name, _canonical(everything[_known(everything, name, "law_no_value")]))
            for name in sorted(set(ids))
        ]
        text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _known(table: Mapping[str, Any], name: str, problem: str) -> str:
    if name not in table:
        raise LawError(Problem(problem, values={"found": name, "near": nearest(str(name), table)}))
    return name


_SILENT = frozenset(
    {"title", "region", "issuer", "document", "source", "notes", "note", "description", "file", "lines"}
    | {"interpretations", "stated_on"}
)


def _canonical(thing: Any) -> Any:
    """The thing as plain lists and strings, without what moves no number."""
    if is_dataclass(thing) and not isinstance(thing, type):
        shown = [[f.name, _canonical(getattr(thing, f.name))] for f in fields(thing) if f.name not in _SILENT]
        return [type(thing).__name__, *shown]
    if isinstance(thing, Mapping):
        return [[str(key), _canonical(thing[key])] for key in sorted(thing, key=str)]
    if isinstance(thing, (list, tuple)):
        return [_canonical(item) for item in thing]
    if isinstance(thing, (date, Fraction)):
        return str(thing)
    return thing


@dataclass(slots=True)
class _Shelf:
    """Law read so far, and what was wrong with it."""

    formulas: dict[str, Formula]
    money: dict[str, MoneyRule]
    values: dict[str, DatedValue]
    problems: list[Problem]

    def add_file(self, file: Path) -> None:
        name = shown_path(file)
        try:
            content, lines = load_yaml(file)
            if not isinstance(content, Mapping):
                raise LawError(Problem("law_not_mapping", name, 1, values={"known": "kind, …"}))
            kind, replaces = content.get("kind"), content.get("replaces")
            if kind == "formula":
                formula = formula_of(content, lines, name)
                self.put(self.formulas, formula.id, formula, replaces, name, lines.get(("id",)))
            elif kind == "money_rule":
                rule = money_rule_of(content, lines, name)
                self.put(self.money, rule.id, rule, replaces, name, lines.get(("id",)))
            elif kind is None:
                self.add_values(content, lines, name)
            else:
                near = {"key": kind, "near": nearest(str(kind), ("formula", "money_rule"))}
                raise LawError(Problem("law_unknown_key", name, lines.get(("kind",)), "kind", near))
        except LawError as error:
            self.problems += error.problems

    def add_values(self, content: Mapping[Any, Any], lines: Any, name: str) -> None:
        if "id" in content or "versions" in content:
            raise LawError(Problem("law_missing_key", name, 1, values={"key": "kind"}))
        replaced = content.get("replaces", [])
        replaced = [replaced] if isinstance(replaced, str) else list(replaced)
        rest = {key: item for key, item in content.items() if key != "replaces"}
        for key, value in values_of(rest, lines, name).items():
            unit = _unit_meant(key)
            if unit and value.unit != unit:
                blanks = {"found": value.unit, "meant": unit}
                row = lines.get((key, "unit"), lines.get((key,)))
                self.problems.append(Problem("law_wrong_unit", name, row, key, blanks))
            self.put(self.values, key, value, key if key in replaced else None, name, lines.get((key,)))

    def put(self, table: Any, name: str, thing: Any, replaces: Any, file: str, row: int | None) -> None:
        if name in table and replaces != name:
            blanks = {"id": name, "other": table[name].file}
            self.problems.append(Problem("law_id_twice", file, row, values=blanks))
        elif name not in table and replaces is not None:
            near = nearest(str(replaces), table)
            self.problems.append(
                Problem("law_replaces_nothing", file, row, values={"id": name, "near": near})
            )
        else:
            table[name] = thing


def _unit_meant(key: str) -> str | None:
    if not key.startswith(("clocks.", "prices.")):
        return None
    return next((unit for ending, unit in _UNIT_OF_ENDING.items() if key.endswith(ending)), None)


def law_files(folder: Path) -> list[Path]:
    """Files of law under a folder, or the file itself, in the order of their names."""
    if folder.is_file():
        return [folder]
    skipped = {folder / room for room in OTHER_ROOMS}
    return sorted(file for file in folder.rglob("*.yaml") if not skipped & set(file.parents))


def load_law(extra: Sequence[Path] = ()) -> Law:
    """The package's law with the law of the folders or files given, in their order.

    Raises LawError with every problem of every file: file, line, what is wrong, what to do.
    """
    shelf = _Shelf({}, {}, {}, [])
    for folder in (HOME, *extra):
        if not folder.exists():
            shelf.problems.append(Problem("law_no_folder", shown_path(folder)))
            continue
        for file in law_files(folder):
            shelf.add_file(file)
    for rule in shelf.money.values():
        shelf.problems += [
            Problem("law_no_value", rule.file, values={"found": key, "near": nearest(key, shelf.values)})
            for key in rule.value_keys()
            if key not in shelf.values
        ]
    if shelf.problems:
        raise LawError(shelf.problems)
    return Law(
        formulas=MappingProxyType(dict(sorted(shelf.formulas.items()))),
        money=MappingProxyType(dict(sorted(shelf.money.items()))),
        values=MappingProxyType(dict(sorted(shelf.values.items()))),
    )

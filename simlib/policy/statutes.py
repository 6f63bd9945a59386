"""Loads the law: staffing formulas, money rules and dated values, each with its dates and sources.

Law is read from the package's own `law/`, then from each folder or file given. A file says what it is:
`kind: formula`, `kind: money_rule`, `kind: purchase_document`, `kind: local_rule`, or dated values (no kind).
The same id twice is an error unless the later file says `replaces: ID`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

from simlib.dated import DatedValue, Which, values_of
from simlib.errors import LawError, Problem
from simlib.policy.buying.purchasefile import PurchaseDocument, purchase_document_of, unknown_names
from simlib.policy.catalogue import load_activities
from simlib.policy.localrule import LocalRule, local_rule_of
from simlib.policy.money.moneyrules import MoneyRule, money_rule_of
from simlib.policy.posts.formulas import Formula, formula_of
from simlib.policy.posts.workload import Shelf
from simlib.yamlfile import Lines, load_yaml, nearest, shown_path

HOME = Path(__file__).resolve().parent.parent / "law"
OTHER_ROOMS = ("routes", "catalogue")
"""Folders of law with shapes of their own, read by the rooms that use them."""

KINDS = ("formula", "money_rule", "purchase_document", "local_rule")
"""Kinds of file; dated values have none."""

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
    purchasing: Mapping[str, PurchaseDocument]
    local: Mapping[str, LocalRule] = field(default_factory=lambda: MappingProxyType({}))
    _told: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    """What was digested before, by id: it is asked for again with every scenario."""

    def formula(self, formula_id: str) -> Formula:
        """The formula with this id. Raises LawError naming the nearest id."""
        return self.formulas[_known(self.formulas, formula_id, "law_no_formula")]

    def money_rule(self, rule_id: str) -> MoneyRule:
        """The money rule with this id. Raises LawError naming the nearest id."""
        return self.money[_known(self.money, rule_id, "law_no_money_rule")]

    def local_rule(self, rule_id: str) -> LocalRule:
        """The local rule with this id. Raises LawError naming the nearest id."""
        return self.local[_known(self.local, rule_id, "law_no_local_rule")]

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

        A document on purchases is `purchasing.ID`, a local rule `local.ID`. Titles, sources and notes stay
        out: they move no number.
        Raises LawError for an unknown id.
        """
        wanted = sorted(set(ids))
        new = [name for name in wanted if name not in self._told]
        if new:
            documents: dict[str, Any] = {
                f"purchasing.{name}": document for name, document in self.purchasing.items()
            }
            documents |= {f"local.{name}": rule for name, rule in self.local.items()}
            everything: dict[str, Any] = {**self.values, **self.money, **self.formulas, **documents}
            for name in new:
                told = (name, _canonical(everything[_known(everything, name, "law_no_value")]))
                self._told[name] = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        text = ",".join(self._told[name] for name in wanted)
        return hashlib.sha256(f"[{text}]".encode()).hexdigest()


def _near(name: str, table: Iterable[str]) -> dict[str, str]:
    return {"found": name, "near": nearest(name, table)}


def _known(table: Mapping[str, Any], name: str, problem: str) -> str:
    if name not in table:
        raise LawError(Problem(problem, values={"found": name, "near": nearest(str(name), table)}))
    return name


_SILENT = frozenset(
    {"title", "region", "issuer", "document", "source", "notes", "note", "description", "file", "lines"}
    | {"interpretations", "stated_on", "says", "row"}
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
    purchasing: dict[str, PurchaseDocument]
    local: dict[str, LocalRule]
    problems: list[Problem]
    waiting: list[tuple[Mapping[Any, Any], Lines, str, int]]
    """Formulas, read when every value they may name is."""
    lines: dict[str, Lines]
    """Lines of money rules, documents on purchases and local rules, by file."""
    folder: int = 0
    """Number of the folder being read."""
    put_from: dict[tuple[int, str], int] = field(default_factory=dict)
    """The folder each thing came from: one folder replaces a thing once."""

    def add_file(self, file: Path) -> None:
        name = shown_path(file)
        try:
            content, lines = load_yaml(file)
            if not isinstance(content, Mapping) or not content:
                raise LawError(Problem("law_not_law", name, 1))
            if {"steps", "clock"} <= set(content):
                raise LawError(Problem("law_house_only", name, 1))
            kind, replaces = content.get("kind"), content.get("replaces")
            if kind == "formula":
                self.waiting.append((content, lines, name, self.folder))
            elif kind == "money_rule":
                rule = money_rule_of(content, lines, name)
                self.lines[name] = lines
                self.put(self.money, rule.id, rule, replaces, name, lines.get(("id",)))
            elif kind == "purchase_document":
                document = purchase_document_of(content, lines, name)
                self.lines[name] = lines
                self.put(self.purchasing, document.id, document, replaces, name, lines.get(("id",)))
            elif kind == "local_rule":
                local = local_rule_of(content, lines, name)
                self.lines[name] = lines
                self.put(self.local, local.id, local, replaces, name, lines.get(("id",)))
            elif kind is None:
                self.add_values(content, lines, name)
            else:
                near = {"key": kind, "near": nearest(str(kind), KINDS)}
                raise LawError(Problem("law_unknown_key", name, lines.get(("kind",)), "kind", near))
        except LawError as error:
            self.problems += error.problems

    def add_formulas(self, shelf: Shelf) -> None:
        """Read the formulas that waited for the values they name."""
        for content, lines, name, folder in self.waiting:
            self.folder = folder
            try:
                formula = formula_of(content, lines, name, shelf=shelf)
            except LawError as error:
                self.problems += error.problems
                continue
            self.put(self.formulas, formula.id, formula, content.get("replaces"), name, lines.get(("id",)))

    def add_values(self, content: Mapping[Any, Any], lines: Any, name: str) -> None:
        if "id" in content or "versions" in content:
            raise LawError(Problem("law_not_law", name, 1))
        replaced = content.get("replaces", [])
        replaced = [replaced] if isinstance(replaced, str) else replaced
        if not isinstance(replaced, list) or not all(isinstance(key, str) for key in replaced):
            blanks = {"found": replaced}
            raise LawError(Problem("law_bad_replaces", name, lines.get(("replaces",)), values=blanks))
        for key in replaced:
            if key not in content:
                blanks = {"found": key, "near": nearest(key, [*content, *self.values])}
                row = lines.get(("replaces",))
                self.problems.append(Problem("law_replaces_nothing", name, row, values=blanks))
        rest = {key: item for key, item in content.items() if key != "replaces"}
        for key, value in values_of(rest, lines, name).items():
            unit = _unit_meant(key)
            if unit and value.unit != unit:
                blanks = {"found": value.unit, "meant": unit}
                row = lines.get((key, "unit"), lines.get((key,)))
                self.problems.append(Problem("law_wrong_unit", name, row, key, blanks))
            elif key in replaced and key in self.values:
                self.hold_to(self.values[key], value, lines, name)
            self.put(self.values, key, value, key if key in replaced else None, name, lines.get((key,)))

    def hold_to(self, old: DatedValue, new: DatedValue, lines: Lines, name: str) -> None:
        """Who reads a value reads what replaces it in the same unit and shape."""
        differs = new.differs_from(old)
        if differs == "unit":
            row = lines.get((new.key, "unit"))
            blanks = {"found": new.unit, "meant": old.unit}
            self.problems.append(Problem("law_wrong_unit", name, row, new.key, blanks))
        elif differs:
            row, blanks = lines.get((new.key, "values")), {"other": old.file}
            self.problems.append(Problem("law_wrong_shape", name, row, new.key, blanks))

    def put(self, table: Any, name: str, thing: Any, replaces: Any, file: str, row: int | None) -> None:
        place = (id(table), name)
        other = table[name].file if name in table else ""
        blanks = {"id": name, "other": other, "found": replaces, "near": ""}
        if replaces is not None and replaces != name and replaces in table:
            key = "law_replaces_other"
        elif replaces is not None and name not in table:
            key, blanks["near"] = "law_replaces_nothing", nearest(str(replaces), table)
        elif name in table and replaces != name:
            key = "law_id_twice"
        elif name in table and self.put_from[place] == self.folder:
            key = "law_replaced_twice"
        else:
            table[name], self.put_from[place] = thing, self.folder
            return
        self.problems.append(Problem(key, file, row, values=blanks))


def _unit_meant(key: str) -> str | None:
    if not key.startswith(("clocks.", "prices.")):
        return None
    return next((unit for ending, unit in _UNIT_OF_ENDING.items() if key.endswith(ending)), None)


def _row_of(key: str, rule: MoneyRule, lines: Lines) -> int | None:
    """The line on which a money rule names a dated value."""
    if key == rule.share_key:
        return lines.get(("share_for_posts",))
    named = [(name, answer) for name, keys in rule.factors.items() for answer in keys if keys[answer] == key]
    return lines.get(("factors", *named[0])) if named else None


def _wrong_values(rule: LocalRule, values: Mapping[str, DatedValue]) -> list[Problem]:
    """What a local rule names that is no dated value, or one in another unit."""
    found = []
    for version in rule.versions:
        for key, unit, row in version.values():
            if key not in values:
                found.append(Problem("law_no_value", rule.file, row, values=_near(key, values)))
            elif values[key].unit != unit:
                blanks = {"found": key, "unit": values[key].unit, "meant": unit}
                found.append(Problem("local_term_unit", rule.file, row, values=blanks))
    return found


def law_files(folder: Path) -> list[Path]:
    """Files of law under a folder, or the file itself, in the order of their names."""
    if folder.is_file():
        return [folder]
    skipped = {HOME / room for room in OTHER_ROOMS}
    files = [file for ending in ("*.yaml", "*.yml") for file in folder.rglob(ending)]
    return sorted(file for file in files if not skipped & set(file.parents))


def load_law(extra: Sequence[Path] = ()) -> Law:
    """The package's law with the law of the folders or files given, in their order.

    Raises LawError with every problem of every file: file, line, what is wrong, what to do.
    """
    shelf = _Shelf({}, {}, {}, {}, {}, [], [], {})
    others = [folder for folder in extra if not folder.resolve().is_relative_to(HOME)]
    for shelf.folder, folder in enumerate((HOME, *others)):
        if not folder.exists():
            shelf.problems.append(Problem("law_no_folder", shown_path(folder)))
            continue
        for file in law_files(folder):
            shelf.add_file(file)
    shelf.add_formulas(Shelf(shelf.values, load_activities()))
    for document in shelf.purchasing.values():
        shelf.problems += unknown_names(document, shelf.purchasing, shelf.values, shelf.lines[document.file])
    for local in shelf.local.values():
        shelf.problems += _wrong_values(local, shelf.values)
    for rule in shelf.money.values():
        shelf.problems += [
            Problem(
                "law_no_value",
                rule.file,
                _row_of(key, rule, shelf.lines[rule.file]),
                values=_near(key, shelf.values),
            )
            for key in rule.value_keys()
            if key not in shelf.values
        ]
    if shelf.problems:
        raise LawError(shelf.problems)
    return Law(
        formulas=MappingProxyType(dict(sorted(shelf.formulas.items()))),
        money=MappingProxyType(dict(sorted(shelf.money.items()))),
        values=MappingProxyType(dict(sorted(shelf.values.items()))),
        purchasing=MappingProxyType(dict(sorted(shelf.purchasing.items()))),
        local=MappingProxyType(dict(sorted(shelf.local.items()))),
    )


def law_near(path: Path) -> Law:
    """The law of the workspace a file or folder belongs to: the package's, with that of its `scenarios/law`.

    Without a workspace the package's law alone. Raises LawError as `load_law` does.
    """
    home = home_of(path)
    return load_law([] if home is None else own_law(home))


def home_of(path: Path) -> Path | None:
    """The workspace of a file or folder: the nearest folder, itself or above, that holds `scenarios`."""
    here = path.resolve()
    return next((each for each in (here, *here.parents) if (each / "scenarios").is_dir()), None)


def own_law(workspace: Path) -> list[Path]:
    """The folder of a workspace's own law; none where it has none."""
    folder = workspace / "scenarios" / "law"
    return [folder] if folder.is_dir() else []

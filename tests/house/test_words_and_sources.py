"""The catalogue is whole in both languages; every number of law names its source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import yaml

from simlib import words
from tests.house.plan import PACKAGE, ROOT, modules

STATUSES = {
    *("in_force", "draft", "superseded", "voted", "forecast", "assumption", "partial"),
    *("found", "found_secondary", "found_partial"),
}
LAW = sorted((PACKAGE / "law").rglob("*.yaml"))


def blanks(text: str) -> set[str]:
    """The blanks a text leaves to fill; a brace shown for its own sake is none."""
    names = {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(text) if name is not None}
    return {name for name in names if re.fullmatch(r"[a-z_][a-z0-9_]*", name)}


def test_every_word_has_both_languages() -> None:
    """A missing translation shows as a crash in the one report that needed it."""
    wrong = [
        key
        for key, entry in words.catalogue().items()
        if set(entry) != set(words.LANGS)
        or not all(isinstance(text, str) and text.strip() for text in entry.values())
    ]

    assert wrong == []


def test_both_languages_leave_the_same_blanks() -> None:
    """A blank only one language has is a KeyError for half the users."""
    wrong = [key for key, entry in words.catalogue().items() if blanks(entry["zh"]) != blanks(entry["en"])]

    assert wrong == []


def literal_keys() -> Iterator[tuple[str, str]]:
    """Where the code names a word by a literal, and the key in the catalogue it needs."""
    for name, path in modules().items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            key = node.args[0].value
            if not isinstance(key, str):
                continue
            if called == "say":
                yield f"{name}:{node.lineno}", key
            elif called == "Problem":
                yield f"{name}:{node.lineno}", f"problem.{key}"


def test_every_word_the_code_names_is_in_the_catalogue() -> None:
    """A word spelled wrong is found here, not by a planner."""
    named = list(literal_keys())

    assert named
    assert [f"{where} {key}" for where, key in named if not words.has(key)] == []


def dated_entries(found: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every entry of every `values:` mapping, wherever in a file it stands."""
    if isinstance(found, dict):
        for key, inner in found.items():
            if key == "values" and isinstance(inner, dict):
                for day, entry in inner.items():
                    yield f"{path}.values.{day}", entry
            yield from dated_entries(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(found, list):
        for number, inner in enumerate(found):
            yield from dated_entries(inner, f"{path}[{number}]")


@pytest.mark.parametrize("file", LAW, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_every_dated_value_has_status_and_source(file: Path) -> None:
    """A number without its document cannot be defended before a finance bureau."""
    wrong = []
    for where, entry in dated_entries(yaml.safe_load(file.read_text("utf-8"))):
        source = entry.get("source") if isinstance(entry, dict) else None
        title = source.get("title") if isinstance(source, dict) else None
        if not isinstance(entry, dict) or entry.get("status") not in STATUSES or not title:
            wrong.append(where)

    assert wrong == []


@pytest.mark.parametrize(
    "file", [file for file in LAW if file.parent.name in {"formulas", "money"}], ids=lambda file: file.stem
)
def test_every_formula_and_money_rule_names_its_document(file: Path) -> None:
    """A formula is a document's; its issuer and its standing decide whether it may be used."""
    text = yaml.safe_load(file.read_text("utf-8"))

    assert text["id"] == file.stem
    assert set(text["title"]) == {"zh", "en"}
    assert text["status"] in STATUSES


def test_there_is_law_to_check() -> None:
    """The tests above say nothing about an empty folder."""
    assert {file.parent.name for file in LAW} >= {"formulas", "money", "clocks", "assumptions"}


def test_places_say_what_is_real() -> None:
    """A synthetic caseload taken for a real one would be a forged statistic."""
    folders = sorted((ROOT / "scenarios" / "places").glob("*/townships.csv"))
    silent = [
        file.parent.name for file in folders if "status" not in file.read_text("utf-8-sig").split("\n", 1)[0]
    ]

    assert folders
    assert silent == []

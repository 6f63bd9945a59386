"""YAML files read with the line of every key, plain values only: what law, scenario and place files share."""

from __future__ import annotations

import difflib
import math
import pickle
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from simlib.errors import LawError, Problem

Lines = dict[tuple[Any, ...], int]
"""The line of every key and item of a YAML file, by its path from the top; () is the first line."""

_MAX_BYTES = 4 << 20
_MOST_NAMES = 30
_TAG = "tag:yaml.org,2002:"
_TEXT = f"{_TAG}str"
_PLAIN = {"str", "int", "float", "bool", "null", "timestamp", "map", "seq"}


def shown_path(path: Path) -> str:
    """The path as a message names it: relative to the working folder, or to the package's, if inside."""
    full = path.resolve()
    for base in (Path.cwd(), Path(__file__).resolve().parent.parent):
        if full.is_relative_to(base):
            return full.relative_to(base).as_posix()
    return str(path)


def nearest(name: str, names: Iterable[str]) -> str:
    """The name most like this one, else those it is part of, else all; of many the three nearest."""
    choices = list(names)
    close = difflib.get_close_matches(name, choices, n=1, cutoff=0.6)
    close = close or [", ".join(part)] if name and (part := [c for c in choices if name in c]) else close
    if not close and len(choices) > _MOST_NAMES:
        close = [", ".join(difflib.get_close_matches(name, choices, n=3, cutoff=0.0))]
    return close[0] if close else ", ".join(choices)


def load_yaml(path: Path) -> tuple[Any, Lines]:
    """The content of a YAML file and the line of each key and item.

    Only plain values are built. Raises LawError for a file that cannot be read or parsed, is not UTF-8,
    is over 4 MB, writes a key twice, uses an alias or tag, or holds a number that is not finite or, such as
    1:30, would be counted in sixties.
    """
    name = shown_path(path)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise LawError(Problem("yaml_too_large", name))
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        broken = error.object[: error.start].count(b"\n") + 1
        raise LawError(Problem("yaml_not_utf8", name, broken)) from None
    except OSError as error:
        raise LawError(Problem("file_unreadable", name, values={"why": error.strerror or "?"})) from None
    content, lines = pickle.loads(_parsed(name, text))  # noqa: S301 - written by ourselves in this process
    return content, lines


@lru_cache(maxsize=256)
def _parsed(name: str, text: str) -> bytes:
    """What a text says, pickled: law is read again and again, and everybody gets a copy of his own."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    walk = _Walk(name, loader)
    try:
        node = loader.get_single_node()
        content = walk.built(node, ()) if node is not None else None
    except yaml.MarkedYAMLError as error:
        row = error.problem_mark.line + 1 if error.problem_mark else None
        raise LawError(Problem("yaml_syntax", name, row, values={"why": error.problem or "?"})) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        at = getattr(error, "position", None)  # of a character YAML does not allow
        line = None if at is None else text[:at].count("\n") + 1
        raise LawError(Problem("yaml_syntax", name, line, values={"why": why})) from None
    finally:
        loader.dispose()
    if walk.problems:
        raise LawError(walk.problems)
    return pickle.dumps((content, walk.lines), protocol=pickle.HIGHEST_PROTOCOL)


def on_one_line(text: str) -> Any:
    """A list or mapping as YAML writes it on one line; the text as it is where that is no YAML.

    >>> on_one_line("[4, 10]"), on_one_line("[4, 10")
    ([4, 10], '[4, 10')
    """
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return text


class _Walk:
    """Builds plain values from nodes, noting lines and what is not allowed."""

    def __init__(self, name: str, loader: Any) -> None:
        self.name = name
        self.loader = loader
        self.lines: Lines = {(): 1}
        self.problems: list[Problem] = []
        self.seen: set[int] = set()

    def built(self, node: Any, path: tuple[Any, ...]) -> Any:
        row = node.start_mark.line + 1
        if id(node) in self.seen or str(node.tag).removeprefix(_TAG) not in _PLAIN:
            self.problems.append(Problem("yaml_alias", self.name, row))
            return None
        self.seen.add(id(node))
        self.lines.setdefault(path, row)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.built(item, (*path, i)) for i, item in enumerate(node.value)]
        if node.tag == _TEXT:
            return node.value
        try:
            value = self.loader.construct_object(node)
        except ValueError as error:  # a date such as 2026-13-01
            self.problems.append(Problem("yaml_syntax", self.name, row, values={"why": str(error)}))
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self.problems.append(Problem("yaml_not_finite", self.name, row))
        if isinstance(value, (int, float)) and ":" in str(node.value):
            self.problems.append(Problem("yaml_sixties", self.name, row, values={"found": node.value}))
        return value

    def _mapping(self, node: yaml.MappingNode, path: tuple[Any, ...]) -> dict[Any, Any]:
        content: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            row = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag.removeprefix(_TAG) not in _PLAIN:
                self.problems.append(Problem("yaml_alias", self.name, row))
                continue
            key = self.built(key_node, path)
            if key in content:
                self.problems.append(Problem("yaml_key_twice", self.name, row, values={"key": key}))
            self.lines[(*path, key)] = row
            content[key] = self.built(value_node, (*path, key))
        return content

"""Scenario files, and scenarios changed: read, checked, overridden."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from simlib.errors import Problem
from simlib.scenario.parts import PARTS, Frozen, Goal, Scenario, parameter_names
from simlib.scenario.reading import Reader, opened
from simlib.yamlfile import load_yaml, nearest

_KEYS = ("kind", "title", "place", "policy", "future", "run")


def load_scenario(path: Path | str, overrides: Sequence[str] = ()) -> Scenario:
    """The scenario of a file, with `key=value` overrides put in. Raises ScenarioError with every problem."""
    file = Path(path)
    content, reader = opened(file, Reader, "scenario", _KEYS)
    tree = reader.tree(content, ())
    reader.override(tree, overrides)
    scenario = reader.scenario(tree, file.stem, content.get("title"), file)
    reader.finish()
    assert scenario is not None
    return scenario


def rows_of(file: Path | str) -> Callable[[str], int | None]:
    """The row on which a file speaks of a parameter or assumption by name, if it does: the last one.

    Of a parameter it does not name, the row of the part it belongs to, or of the base.
    """
    _, lines = load_yaml(Path(file))

    def row(name: str) -> int | None:
        part, _, rest = name.partition(".")
        wider = ("over." + rest.partition(".over.")[2], "over") if part == "views" else ()
        for asked in (name, *wider, *((part, "base") if part in PARTS else ())):
            said = [at for path, at in lines.items() if asked and ".".join(map(str, path)).endswith(asked)]
            if said:
                return max(said)
        return None

    return row


def changed(scenario: Scenario, change: Mapping[str, Any], scenario_id: str, file: str = "") -> Scenario:
    """The scenario with dotted names set anew, by another id; a name inside a mapping keeps its neighbours.

    Raises ScenarioError for what is no parameter of policy or future, or a value it cannot take.
    """
    reader = Reader(file, {})
    parts: dict[str, Any] = {"policy": scenario.policy, "future": scenario.future}
    for name, value in change.items():
        part, _, rest = name.partition(".")
        key, _, inner = rest.partition(".")
        kinds = {item.name: str(item.type).partition(" | ")[0] for item in fields(PARTS.get(part, Goal))}
        if part not in parts or key not in kinds:
            blanks = {"name": name, "near": nearest(name, parameter_names())}
            reader.problems.append(Problem("scenario_unknown", file, values=blanks))
            continue
        if inner:
            old, new = getattr(parts[part], key), reader.inner(f"{part}.{key}", value, (part, key, inner))
            found = None if new is None else Frozen({**old, inner: new})
        else:
            found = reader.value(kinds[key], value, (part, key))
        if found is not None:
            parts[part] = replace(parts[part], **{key: found})
    reader.finish()
    return replace(scenario, id=scenario_id, **parts)


def replicated(scenario: Scenario, count: int) -> Scenario:
    """The scenario with so many replications. Raises ScenarioError for a number that cannot be."""
    reader = Reader("", {})
    found = reader.value("int", count, ("run", "replications"))
    reader.finish()
    return replace(scenario, run=replace(scenario.run, replications=found))

"""A scenario in plain values, back from them, and the hash it is known by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from simlib.scenario.parts import PARTS, Frozen, Scenario


def told(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """What a scenario sets, part by part, in plain values that JSON holds."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: plain(inner) for key, inner in value.items()}
        if isinstance(value, tuple):
            return [plain(inner) for inner in value]
        return value.isoformat() if isinstance(value, date) else value

    return {
        part: {item.name: plain(getattr(getattr(scenario, part), item.name)) for item in fields(shape)}
        for part, shape in PARTS.items()
    }


def retold(scenario_id: str, parts: Mapping[str, Mapping[str, Any]], place: Path) -> Scenario:
    """The scenario that `told` took apart, on a place."""

    def whole(kind: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            inner = "tuple[date" if "tuple[date" in kind else ""
            return Frozen({key: whole(inner, each) for key, each in value.items()})
        if isinstance(value, list):
            return tuple(date.fromisoformat(each) if "date" in kind else each for each in value)
        return value

    built = {
        part: shape(**{item.name: whole(str(item.type), parts[part][item.name]) for item in fields(shape)})
        for part, shape in PARTS.items()
    }
    return Scenario(scenario_id, Frozen({"zh": scenario_id, "en": scenario_id}), place, **built)


def scenario_hash(scenario: Scenario, **parts: Any) -> str:
    """sha256 of what moves a scenario's numbers: its values, and the digests given (place, law, code).

    Titles, workers and the number of replications stay out.
    """
    told = {
        "policy": _canonical(scenario.policy),
        "future": _canonical(scenario.future),
        "run": [scenario.run.first_year, scenario.run.years, scenario.run.opening_months, scenario.run.seed],
        **parts,
    }
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _ordered(value: Any) -> Any:
    """A range given by its names, in one order; all else as it is."""
    return dict(sorted(value.items())) if isinstance(value, Mapping) else value


def _canonical(part: Any) -> list[Any]:
    items = []
    for item in fields(part):
        value = getattr(part, item.name)
        if isinstance(value, Mapping):
            value = sorted((key, repr(_ordered(inner))) for key, inner in value.items())
        items.append([item.name, value])
    return items

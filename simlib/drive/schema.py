"""JSON Schemas of every file a person writes: place, scenario, experiment, formula, money rule, dated values.

Dates are strings as JSON has them; an editor that knows JSON Schema checks the YAML while it is written.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

from simlib.designs import FEWEST_POINTS, KINDS, MOST_POINTS
from simlib.places.columns import WAGE_REGIONS
from simlib.places.frame import provinces
from simlib.policy.buying.proposal import KIND as PURCHASE
from simlib.policy.buying.proposal import purchase_schema
from simlib.policy.lawschema import DATE, Schema, closed, law_schemas, text, titled
from simlib.scenario import CHOICES, NO, PARTS, RANGES, ROLLOUT_DAYS, YES, Goal
from simlib.units import MONTHS_PER_YEAR


def schemas() -> dict[str, Schema]:
    """Every schema, by the kind of file."""
    return {
        "place": titled("place", _place()),
        "scenario": titled("scenario", _scenario()),
        "experiment": titled("experiment", _experiment()),
        **law_schemas(),
        PURCHASE: titled(PURCHASE, purchase_schema()),
    }


def _place() -> Schema:
    filled = {"type": "string", "pattern": r"\S"}
    properties: Schema = {
        "id": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"},
        "title": {"anyOf": [filled, {**text(), "additionalProperties": True}]},
        "province": {"enum": list(provinces())},
        "wage_region": {"enum": [*WAGE_REGIONS, "", None]},
        "as_of": {"anyOf": [DATE, {"enum": ["", None]}]},
        "source": {"type": ["string", "null"]},
    }
    return closed(properties, needed=("id", "title", "province"))


def _parts() -> Schema:
    """Place and the parts of a scenario."""
    parts: Schema = {"place": {"type": "string"}}
    for part, shape in PARTS.items():
        listed = {item.name: _parameter(f"{part}.{item.name}", str(item.type)) for item in fields(shape)}
        parts[part] = {**closed(listed), "type": ["object", "null"]}
    return parts


def _parameter(name: str, kind: str) -> Schema:
    """One parameter, of its kind and in its range; null stands for its default."""
    if kind.endswith("tuple[date, ...]]"):
        return {"type": ["object", "null"], "additionalProperties": {"type": "array", "items": DATE}}
    if kind.startswith("Mapping"):
        simple = {"type": ["string", "number", "boolean"]}
        return {"type": ["object", "null"], "additionalProperties": simple}
    if kind.startswith("tuple[int"):
        months = {"type": "integer", "minimum": 1, "maximum": MONTHS_PER_YEAR}
        return {"type": ["array", "null"], "items": months}
    if name == "policy.rollout":
        full = {"type": "array", "items": DATE, "minItems": ROLLOUT_DAYS, "maxItems": ROLLOUT_DAYS}
        return {"anyOf": [full, {"type": ["array", "null"], "maxItems": 0}]}
    if kind.startswith("tuple[str"):
        item = {"enum": list(CHOICES[name])} if name in CHOICES else {"type": "string"}
        return {"type": ["array", "null"], "items": item}
    if kind.startswith("tuple"):
        return {"type": ["array", "null"], "items": DATE}
    if kind.startswith("str"):
        known: list[Any] = [*CHOICES.get(name, ()), None]
        known += [answer == YES for answer in known if answer in (YES, NO)]
        return {"enum": known} if name in CHOICES else {"type": ["string", "null"]}
    low, high = RANGES[name]
    number = "integer" if kind.startswith("int") else "number"
    return {"type": [number, "null"], "minimum": low, "maximum": high}


def _scenario() -> Schema:
    head: Schema = {"kind": {"const": "scenario"}, "title": text()}
    return closed({**head, **_parts()}, needed=("kind", "place"))


def _design() -> Schema:
    """What a view says of a design."""
    span = closed({"low": {"type": "number"}, "high": {"type": "number"}}, needed=("low", "high"))
    values = closed({"values": {"type": "array", "minItems": 2, "uniqueItems": True}}, needed=("values",))
    empty = {"type": ["object", "null"], "maxProperties": 0}
    named = {"type": "object", "minProperties": 1, "additionalProperties": {"anyOf": [empty, span, values]}}
    listed = {"type": "array", "minItems": 1, "items": {"type": "string"}}
    return {
        "design": {"enum": list(KINDS)},
        "over": {"anyOf": [named, listed]},
        "points": {"type": "integer", "minimum": FEWEST_POINTS, "maximum": MOST_POINTS},
        "seed": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    }


def _goal() -> Schema:
    """What a choice is made by."""
    listed = {item.name: _parameter(f"goal.{item.name}", str(item.type)) for item in fields(Goal)}
    return {**closed(listed), "type": ["object", "null"]}


def _experiment() -> Schema:
    names = "|".join(
        re.escape(f"{part}.{item.name}") for part, shape in PARTS.items() for item in fields(shape)
    )
    change = {"type": "object", "propertyNames": {"pattern": rf"^(place|({names})(\..+)?)$"}}
    one: dict[str, Any] = {"id": {"type": ["string", "number"]}, "title": text()}
    value = closed({**one, "set": change}, needed=("id", "title"))
    axis = closed(
        {**one, "values": {"type": "array", "minItems": 1, "items": value}}, needed=("id", "values")
    )
    view = closed(
        {**one, "axes": {"type": "array", "items": {"type": "string"}}, "set": change, **_design()},
        needed=("id", "title"),
    )
    return closed(
        {
            "kind": {"const": "experiment"},
            "title": text(),
            "question": text(),
            "base": closed(_parts(), needed=("place",)),
            "axes": {"type": "array", "items": axis},
            "views": {"type": "array", "minItems": 1, "items": view},
            "notes": {"type": "array", "items": text()},
            "goal": _goal(),
        },
        needed=("kind", "base", "views"),
    )

"""JSON Schemas of files of law: a formula, a money rule, a document on purchases, a local rule, dated values.

They are built from the vocabularies the readers use, so that a word added there is known here. A schema sees
shapes, not sense: gaps between tiers, overlapping dates and undeclared readings are found by the reader.
"""

from __future__ import annotations

from typing import Any

from simlib import words
from simlib.dated import SOURCE_KEYS
from simlib.dated import STATUSES as DATED_STATUSES
from simlib.places.columns import PROGRAMMES
from simlib.policy.buying.purchasefile import CLAUSES, CONDITIONS, TRUTHS, WHOLE_NUMBERS, WORDS
from simlib.policy.lawhead import MODALITIES, STATUSES
from simlib.policy.localrule import PERIODS, TERM, TERM_KINDS
from simlib.policy.money.moneyrules import BASES
from simlib.policy.posts.formulas import HEADS, LEVELS
from simlib.policy.posts.workload import SIDES
from simlib.policy.rulefile import DRIVER_UNITS, SHAPES
from simlib.policy.rules import READINGS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DATE: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
KEY = r"^[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)+$"
LARGEST = 10**10


def closed(properties: Schema, *, needed: tuple[str, ...] = ()) -> Schema:
    """An object with these keys and no other."""
    shape: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**shape, "required": list(needed)} if needed else shape


def text() -> Schema:
    """A text in both languages."""
    side = {"type": "string", "pattern": r"\S"}
    return closed({"zh": side, "en": side}, needed=("zh", "en"))


def by_date(item: Schema) -> Schema:
    """Things by the date they start."""
    return {
        "type": "object",
        "minProperties": 1,
        "patternProperties": {DATE["pattern"]: item},
        "additionalProperties": False,
    }


def titled(name: str, shape: Schema, **defs: Schema) -> Schema:
    """A whole schema with its title in the language in force."""
    whole = {"$schema": DIALECT, "title": words.say(f"schema_{name}"), **shape}
    return {**whole, "$defs": defs} if defs else whole


def law_schemas() -> dict[str, Schema]:
    """Schemas of the files of law, by kind: formula, money_rule, purchase_document, local_rule, values."""
    return {
        "formula": titled("formula", _formula(), number=_number(), rule=_rule()),
        "money_rule": titled("money_rule", _money_rule(), number=_number()),
        "purchase_document": titled("purchase_document", _purchase_document()),
        "local_rule": titled("local_rule", _local_rule()),
        "values": titled("values", _values()),
    }


def source() -> Schema:
    """Where something comes from; a title at least."""
    part = {"type": ["string", "number"]}
    keys = dict.fromkeys(SOURCE_KEYS, part)
    return closed({**keys, "title": {"type": "string", "pattern": r"\S"}}, needed=("title",))


def reading_answers() -> Schema:
    """Answers by reading; YAML reads yes and no as truths, 1 and 2 as numbers."""
    return closed({name: _answer(answers) for name, answers in READINGS.items()})


def _answer(answers: tuple[str, ...]) -> Schema:
    known: list[Any] = list(answers)
    known += [answer == "yes" for answer in answers if answer in ("yes", "no")]
    known += [int(answer) for answer in answers if answer.isdecimal()]
    return {"enum": known}


def _plain_number() -> Schema:
    return {"type": "number", "minimum": 0, "maximum": LARGEST}


def _whole() -> Schema:
    return {"type": "integer", "minimum": 0, "maximum": LARGEST}


def _number() -> Schema:
    """A number, or one for each answer to a reading."""
    choices = [
        closed(
            {"choose": {"const": name}, **{answer: {"$ref": "#/$defs/number"} for answer in answers}},
            needed=("choose", *answers),
        )
        for name, answers in READINGS.items()
    ]
    return {"anyOf": [_plain_number(), *choices]}


_NUMBER: Schema = {"$ref": "#/$defs/number"}
_RULE: Schema = {"$ref": "#/$defs/rule"}


def _driver() -> Schema:
    return {"enum": list(DRIVER_UNITS)}


def _rule() -> Schema:
    shapes = {name: _shape(name) for name in SHAPES}
    return {"oneOf": [closed({name: shape}, needed=(name,)) for name, shape in shapes.items()]}


def _shape(name: str) -> Schema:
    listed = {"type": "array", "minItems": 1, "items": _RULE}
    edges = {key: _whole() for key in ("from", "above", "to", "below")}
    tiers: Schema = {
        "type": "array",
        "minItems": 1,
        "items": closed({**edges, "posts": _NUMBER}, needed=("posts",)),
    }
    by = {"by": _driver(), "rounding": {"enum": list(READINGS["rounding"][:3])}}
    if name == "fixed":
        return _NUMBER
    if name in ("steps", "bands"):
        return {"anyOf": [tiers, closed({"by": _driver(), "tiers": tiers}, needed=("tiers",))]}
    if name in ("sum", "max", "min"):
        return listed
    if name in ("floor", "ceiling"):
        bound = "at_least" if name == "floor" else "at_most"
        return closed({"of": _RULE, bound: _NUMBER}, needed=("of", bound))
    if name == "interval":
        return closed({"low": _RULE, "high": _RULE}, needed=("low", "high"))
    if name == "care_ratio":
        return {**closed(dict.fromkeys(DRIVER_UNITS, _NUMBER)), "minProperties": 1}
    if name == "workload":
        return _workload()
    if name == "rate":
        rates = [closed({key: _NUMBER, **by}, needed=(key,)) for key in ("per_mille", "per_cent")]
        return {"oneOf": rates}
    keys, needed, short = _LINES[name]
    line = closed({**{key: _whole() if key == "above" else _NUMBER for key in keys}, **by}, needed=needed)
    return {"anyOf": [line, _NUMBER]} if short else line


def _workload() -> Schema:
    """A workload: a figure is a number, a range or the key of a dated value."""
    key = {"type": "string", "pattern": KEY}
    side = _plain_number()
    figure = {"anyOf": [side, key, closed(dict.fromkeys(SIDES, side), needed=SIDES)]}
    several = {"anyOf": [figure, {"type": "array", "items": figure}]}
    drivers = {"anyOf": [_driver(), {"type": "array", "minItems": 1, "items": _driver()}]}
    counted = {
        "by": drivers,
        "people": {"type": "integer", "minimum": 1},
        "travel": figure,
        "a_year": several,
    }
    names = {"type": "string"}
    listed = {"anyOf": [names, {"type": "array", "minItems": 1, "items": names}]}
    tasks = {
        "oneOf": [
            closed({"do": listed, **counted}, needed=("do", "a_year")),
            closed({"title": text(), "minutes": figure, **counted}, needed=("title", "minutes", "a_year")),
        ]
    }
    year = closed(
        {"days": figure, "less": several, "hours_per_day": figure}, needed=("days", "hours_per_day")
    )
    short = {**closed(dict.fromkeys(DRIVER_UNITS, _plain_number())), "minProperties": 1}
    return closed(
        {
            "activities": {"anyOf": [short, {"type": "array", "minItems": 1, "items": tasks}]},
            "available_hours": {"anyOf": [*figure["anyOf"], year]},
            "support_share": figure,
            "extra_hours": figure,
            "tolerance": figure,
        },
        needed=("activities", "available_hours"),
    )


_LINES: dict[str, tuple[tuple[str, ...], tuple[str, ...], bool]] = {
    "one_per": (("per", "posts"), ("per",), True),
    "base_plus": (("base", "per", "posts"), ("base", "per"), False),
    "linear": (("base", "above", "per", "posts"), ("base", "above", "per"), False),
    "each": (("posts",), ("posts",), True),
}
"""Keys of the straight-line shapes, those needed, and whether a bare number will do."""


def _head(kind: str, own: Schema, version: Schema, *, needed: tuple[str, ...]) -> Schema:
    """What formulas and money rules have in common."""
    texts = {"type": "array", "items": text()}
    frame = {
        "until": DATE,
        "status": {"enum": list(STATUSES)},
        "modality": {"enum": list(MODALITIES)},
        "source": source(),
    }
    first = next(iter(version))
    properties = {
        "kind": {"const": kind},
        "id": {"type": "string", "pattern": "^[A-Za-z0-9-]*[A-Za-z0-9][A-Za-z0-9-]*$"},
        "replaces": {"type": "string"},
        **{key: text() for key in ("title", "region", "issuer")},
        "document": {"type": ["string", "number"]},
        "stated_on": DATE,
        "status": {"enum": list(STATUSES)},
        "readings": reading_answers(),
        **own,
        "interpretations": texts,
        "notes": texts,
        "versions": by_date(closed({**frame, **version}, needed=("modality", "source", first))),
    }
    head = ("kind", "id", "title", "region", "issuer", "document", "stated_on", "status", "versions")
    return closed(properties, needed=(*head, *needed))


def _formula() -> Schema:
    level = closed(
        {
            "driver": _driver(),
            "unit": {"enum": sorted(set(DRIVER_UNITS.values()))},
            "rule": _RULE,
            "modality": {"enum": list(MODALITIES)},
            "article": {"type": ["string", "number"]},
            "applied_at": {"const": "own"},
            "existing": {"enum": list(HEADS)},
            "generalists": _whole(),
        },
        needed=("driver", "unit", "rule"),
    )
    level["allOf"] = [
        {
            "if": {"properties": {"driver": {"enum": [d for d, u in DRIVER_UNITS.items() if u == unit]}}},
            "then": {"properties": {"unit": {"const": unit}}},
        }
        for unit in sorted(set(DRIVER_UNITS.values()))
    ]
    shared = {"enum": ["own", "county", "reading"]}
    township = {**level, "properties": {**level["properties"], "applied_at": shared}}
    levels = closed({name: township if name == "township" else level for name in LEVELS})
    return _head("formula", {}, {"levels": levels}, needed=())


def _money_rule() -> Schema:
    at = {"enum": ["county", "township"]}
    each = {"amount": _NUMBER, "by": _driver(), "at": at}
    kinds = {
        "share": closed({"amount": _NUMBER}, needed=("amount",)),
        "each": closed(each, needed=("amount", "by")),
        "block": closed({**each, "size": {**_whole(), "minimum": 1}}, needed=("amount", "by", "size")),
    }
    terms = {
        "type": "array",
        "minItems": 1,
        "items": {"oneOf": [closed({name: shape}, needed=(name,)) for name, shape in kinds.items()]},
    }
    key_or_one = {"anyOf": [{"const": 1}, {"type": "string"}]}
    factors = closed(
        {
            name: closed(dict.fromkeys(answers, key_or_one), needed=answers)
            for name, answers in READINGS.items()
        }
    )
    own = {
        "pays": {"enum": ["posts", "services"]},
        "base": {"enum": list(BASES)},
        "factors": factors,
        "share_for_posts": {"type": "string"},
    }
    rule = _head(
        "money_rule", own, {"sum": terms, "within_remaining": {"type": "boolean"}}, needed=("pays", "base")
    )
    paid = {"properties": {"pays": {"const": "posts"}}}
    return {**rule, "if": paid, "then": {"required": ["share_for_posts"]}}


def _purchase_document() -> Schema:
    """A document on purchases: each clause is one rule."""
    clauses = {"type": "array", "minItems": 1, "items": {"oneOf": [_clause(name) for name in CLAUSES]}}
    version = closed({"until": DATE, "source": source(), "clauses": clauses}, needed=("source", "clauses"))
    whole = _head(
        "purchase_document",
        {"under": {"type": "array", "items": {"type": "string"}}},
        {"clauses": clauses},
        needed=(),
    )
    properties = {**whole["properties"], "versions": by_date(version)}
    return {**whole, "properties": {key: properties[key] for key in properties if key != "readings"}}


def _clause(name: str) -> Schema:
    needed, may = CLAUSES[name]
    said = {
        "rule": {"const": name},
        "article": {"type": ["string", "number"]},
        "says": text(),
        **{key: _said(name, key) for key in (*needed, *may)},
    }
    return closed(said, needed=("rule", "article", "says", *needed))


def _said(rule: str, key: str) -> Schema:
    """What a key of a clause may hold."""
    if key == "conditions" and rule == "conditions":
        return {"type": "object", "minProperties": 1, "additionalProperties": text()}
    words_of = CONDITIONS if key == "conditions" else WORDS.get(key)
    if words_of is not None:
        one = {"enum": list(words_of)}
        return {"anyOf": [one, {"type": "array", "items": one}]}
    if key in WHOLE_NUMBERS:
        return _whole()
    return {"type": "boolean"} if key in TRUTHS else {"type": "string", "pattern": KEY}


def _local_rule() -> Schema:
    """A local rule: terms and stops of the clock of a route, periods of re-verification."""
    key, article = {"type": "string", "pattern": KEY}, {"type": ["string", "number"]}
    names: Schema = {"type": "array", "minItems": 1, "items": {"type": "string"}}
    term = closed({"kind": {"enum": list(TERM_KINDS)}, "length": key}, needed=TERM)
    several = {"anyOf": [term, {"type": "array", "minItems": 1, "items": term}]}
    terms = {"type": "object", "minProperties": 1, "additionalProperties": several}
    clock = closed({"route": {"type": "string"}, "article": article, "stops": names, "terms": terms})
    clock |= {"required": ["route"], "anyOf": [{"required": ["stops", "article"]}, {"required": ["terms"]}]}
    programmes = {**names, "items": {"enum": list(PROGRAMMES)}}
    review = closed({"programmes": programmes, "article": article, **dict.fromkeys(PERIODS, key)})
    review |= {"required": ["programmes"], "anyOf": [{"required": [name]} for name in PERIODS]}
    lists = {
        name: {"type": "array", "minItems": 1, "items": entry}
        for name, entry in (("clocks", clock), ("reviews", review))
    }
    version = closed({"until": DATE, "source": source(), **lists}, needed=("source",))
    version["anyOf"] = [{"required": [name]} for name in lists]
    whole = _head("local_rule", {}, lists, needed=())
    properties = {**whole["properties"], "versions": by_date(version)}
    return {**whole, "properties": {name: properties[name] for name in properties if name != "readings"}}


def _values() -> Schema:
    side = {"type": "number"}
    span = {"low": side, "mode": side, "high": side}
    kept = {
        "until": DATE,
        "status": {"enum": list(DATED_STATUSES)},
        "source": source(),
        "note": text(),
    }
    one = {"not": {"type": "null"}}
    entry = {
        "oneOf": [
            closed({"value": one, **kept}, needed=("value", "status", "source")),
            closed({**span, **kept}, needed=(*span, "status", "source")),
        ]
    }
    value = closed(
        {"description": text(), "unit": {"type": "string", "minLength": 1}, "values": by_date(entry)},
        needed=("description", "unit", "values"),
    )
    replaced = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    return {
        "type": "object",
        "properties": {"replaces": replaced},
        "patternProperties": {r"^(?!replaces$)[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)*$": value},
        "additionalProperties": False,
    }

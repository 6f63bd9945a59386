"""A purchase as a file a planner writes, judged against the documents it stands under.

    kind: purchase
    document: shizuishan-2024          # the document it is made under
    signed_on: 2027-03-01
    work: [care, home_visits]          # what is bought
    months: 12
    provider: {kind: social_organisation, meets: [...]}
    amount_yuan: 800000

Other keys are those of `purchasing.Purchase`; amounts are in yuan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from simlib.errors import LawError, Problem
from simlib.policy.buying.purchasefile import (
    CONDITIONS,
    FUNDS,
    ITEMS,
    METHODS,
    PROVIDERS,
    ROLES,
    STAGES,
    WORK,
)
from simlib.policy.lawschema import DATE, Schema, closed
from simlib.policy.purchasing import FORMS, Panel, Provider, Purchase, Thresholds, compliance_notes, refusals
from simlib.policy.statutes import Law
from simlib.units import FEN_PER_YUAN
from simlib.yamlfile import Lines, nearest

KIND = "purchase"
_WORDS = ("form", "method")
_TRUTHS = ("in_catalogue", "approved", "lowest_price_only", "handed_on", "takes_over", "double_random")
_PARTS: Mapping[str, tuple[str, ...]] = {
    "provider": ("kind", "meets", "misconduct_on"),
    "panel": ("members", "accountants", "roles"),
    "thresholds": ("limit_yuan", "open_tender_yuan", "source"),
}
_WHOLES = (
    *(("months",), ("amount_yuan",), ("alike_yuan",), ("panel", "members"), ("panel", "accountants")),
    *(("thresholds", "limit_yuan"), ("thresholds", "open_tender_yuan")),
)
_DATES = (("signed_on",), ("provider", "misconduct_on"))
_NEEDED = ("document", "signed_on", "work", "months")
KEYS = (
    *("kind", "title", *_NEEDED, "amount_yuan", "alike_yuan", "met", "stages", "charged"),
    *(*_WORDS, *_TRUTHS, *_PARTS),
)
"""What a purchase file may say."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the documents forbid in a purchase, and what they leave open."""

    refused: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def judged(content: Mapping[str, Any], lines: Lines, file: str, law: Law) -> Judged:
    """The purchase of a file against its document, those above it included; each finding names its clause.

    Raises LawError for a file that is no purchase: an unknown, missing or unfit key, word, number or date.
    """
    content = _stated(content)
    _check(content, lines, file)
    try:
        purchase = _purchase(content)
        asked = {"law": law, "document": str(content["document"]), "on": content["signed_on"]}
        refused, notes = refusals(purchase, **asked), compliance_notes(purchase, **asked)
    except LawError as error:
        raise LawError([_placed(problem, file) for problem in error.problems]) from None
    return Judged(
        tuple(_placed(problem, file) for problem in refused),
        tuple(_placed(problem, file) for problem in notes),
    )


def _stated(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a file says; a key left empty says nothing."""
    return {
        key: _stated(value) if isinstance(value, Mapping) else value
        for key, value in content.items()
        if value is not None
    }


def _placed(problem: Problem, file: str) -> Problem:
    return Problem(problem.key, problem.file or file, problem.row, problem.column, problem.values)


def _check(content: Mapping[str, Any], lines: Lines, file: str) -> None:
    problems = [
        Problem(key, file, lines.get(path, 1), ".".join(path), values)
        for key, path, values in (*_names(content), *_values(content))
    ]
    if problems:
        raise LawError(problems)


Found = tuple[str, tuple[str, ...], dict[str, Any]]
"""A problem's key, the path it stands at, what fills its blanks."""


def _names(content: Mapping[str, Any]) -> Iterator[Found]:
    """Names that mean nothing, and names that are missing."""
    parts = [((), content, KEYS), *(((part,), content.get(part, {}), keys) for part, keys in _PARTS.items())]
    for path, entry, keys in parts:
        for name in map(str, entry if isinstance(entry, Mapping) else ["?"]):
            if name not in keys:
                yield "law_unknown_key", (*path, name), {"key": name, "near": nearest(name, keys)}
    if not isinstance(content.get("charged", {}), Mapping):
        yield "scenario_not_mapping", ("charged",), {}
    yield from (("law_missing_key", (), {"key": name}) for name in _NEEDED if name not in content)


def _values(content: Mapping[str, Any]) -> Iterator[Found]:
    """Numbers, dates and truths that are none."""
    kinds: tuple[tuple[str, Iterable[tuple[str, ...]], Callable[[Any], bool]], ...] = (
        ("purchase_number", _WHOLES, lambda found: type(found) is int and found >= 0),
        ("purchase_date", _DATES, lambda found: type(found) is date),
        ("purchase_truth", ((name,) for name in _TRUTHS), lambda found: isinstance(found, bool)),
    )
    for problem, paths, is_good in kinds:
        for path in paths:
            found = _at(content, path)
            if found is not None and not is_good(found):
                yield problem, path, {"found": found}


def purchase_schema() -> Schema:
    """JSON Schema of a purchase file."""
    whole: Schema = {"type": "integer", "minimum": 0}
    named: Schema = {"type": "string"}
    many: Schema = {"type": "array", "items": named}
    parts: Schema = {
        "provider": closed(
            {"kind": {"enum": list(PROVIDERS)}, "meets": many, "misconduct_on": DATE}, needed=("kind",)
        ),
        "panel": closed(
            {
                "members": whole,
                "accountants": whole,
                "roles": {"type": "array", "items": {"enum": list(ROLES)}},
            }
        ),
        "thresholds": closed({"limit_yuan": whole, "open_tender_yuan": whole, "source": named}),
    }
    return closed(
        {
            "kind": {"const": KIND},
            "title": {},
            "document": named,
            "signed_on": DATE,
            "work": {"type": "array", "minItems": 1, "items": {"enum": list(WORK)}},
            "months": {"type": "integer", "minimum": 1},
            "amount_yuan": whole,
            "alike_yuan": whole,
            "met": {"type": "array", "items": {"enum": list(CONDITIONS)}},
            "stages": {"type": "array", "items": {"enum": list(STAGES)}},
            "charged": closed({item: {"enum": list(FUNDS)} for item in ITEMS}),
            "form": {"enum": list(FORMS)},
            "method": {"enum": list(METHODS)},
            **{name: {"type": "boolean"} for name in _TRUTHS},
            **parts,
        },
        needed=("kind", *_NEEDED),
    )


def _at(content: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = content
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _listed(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else () if value is None else (str(value),)


def _purchase(content: Mapping[str, Any]) -> Purchase:
    provider, panel, limits = (content.get(part) for part in _PARTS)
    given = {name: content[name] for name in _TRUTHS if name in content}
    given |= {name: str(content[name]) for name in _WORDS if name in content}
    if "stages" in content:
        given["stages"] = _listed(content["stages"])
    if "charged" in content:
        given["charged"] = {str(item): str(fund) for item, fund in dict(content["charged"]).items()}
    return Purchase(
        work=_listed(content["work"]),
        months=content["months"],
        met=frozenset(_listed(content.get("met"))),
        amount_fen=content.get("amount_yuan", 0) * FEN_PER_YUAN,
        alike_fen=content.get("alike_yuan", 0) * FEN_PER_YUAN,
        provider=None
        if provider is None
        else Provider(
            str(provider.get("kind")),
            frozenset(_listed(provider.get("meets"))),
            provider.get("misconduct_on"),
        ),
        panel=None
        if panel is None
        else Panel(
            panel.get("members", 0), panel.get("accountants", 0), frozenset(_listed(panel.get("roles")))
        ),
        thresholds=None
        if limits is None
        else Thresholds(
            limits.get("limit_yuan", 0) * FEN_PER_YUAN,
            limits.get("open_tender_yuan", 0) * FEN_PER_YUAN,
            str(limits.get("source", "")),
        ),
        **given,
    )

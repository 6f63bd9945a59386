"""What a mark of a chart says of itself: its hints, in the page's words, or nothing.

Vega tells every encoded column by its own name, in English and unrounded. Here a mark with hints tells these
and no more, so that a reader who points at it, with scripts or without, and a screen reader get the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

MANY = ("line", "area", "trail")
"""Marks drawn of many rows: what they said would be of the first row alone. The chart's text tells them."""
_PARTS = ("layer", "hconcat", "vconcat", "concat")


def spoken(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A Vega-Lite spec whose marks tell their hints, or are silent where they have none."""
    told = dict(spec)
    for name in _PARTS:
        if name in told:
            told[name] = [spoken(part) for part in told[name]]
    if isinstance(told.get("spec"), Mapping):
        told["spec"] = spoken(told["spec"])
    if "mark" in told:
        told["mark"] = _speaking(told["mark"], told.get("encoding", {}).get("tooltip"))
    return told


def _speaking(mark: Any, hints: Any) -> dict[str, Any]:
    made: dict[str, Any] = dict(mark) if isinstance(mark, Mapping) else {"type": mark}
    listed = [hints] if isinstance(hints, Mapping) else hints
    if not listed or made["type"] in MANY:
        return made | {"aria": False}
    return made | {"description": {"expr": _sentence(listed)}}


def _sentence(hints: Sequence[Mapping[str, Any]]) -> str:
    """The hints as one text, `title: value; …`; a value that is missing is left out."""
    parts = []
    for at, hint in enumerate(hints):
        column = f"datum[{json.dumps(_column(hint))}]"
        title = json.dumps(("; " if at else "") + f"{hint['title']}: ", ensure_ascii=False)
        parts.append(f"(isValid({column}) ? {title} + {_value(hint, column)} : '')")
    return " + ".join(parts)


def _column(hint: Mapping[str, Any]) -> str:
    """The column of a hint where the mark is drawn; a sum and a month have columns of their own."""
    made = hint.get("aggregate") or hint.get("timeUnit")
    return f"{made}_{hint['field']}" if made else str(hint["field"])


def _value(hint: Mapping[str, Any], column: str) -> str:
    form = json.dumps(hint.get("format", ""))
    if hint["type"] == "temporal":
        return f"timeFormat({column}, {form})"
    return f"format({column}, {form})" if hint["type"] == "quantitative" else f"replace({column}, /\\n/g, '')"

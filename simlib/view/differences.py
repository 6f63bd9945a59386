"""Figures of services with their interval, and paired differences with their sign, as texts."""

from __future__ import annotations

from simlib.view.names import interval, is_missing, number
from simlib.view.serviceoptions import Found

FINE = 1000
"""A difference of so many orders is told without decimals."""


def shown(found: Found, *, share: bool = False) -> str:
    """A figure, or a share cut off at its ends, with its interval; a dash where there is none."""
    mean, low, high, count = found
    if not count or is_missing(mean):
        return "—"
    return interval(mean, max(low, 0.0), min(high, 1.0), share=True) if share else interval(mean, low, high)


def change(found: Found) -> str:
    """A difference with its sign, and its interval."""
    mean, low, high, count = found
    if not count or is_missing(mean):
        return "—"
    digits = 0 if abs(mean) >= FINE else 1
    ends = "" if f"{low:.6g}" == f"{high:.6g}" else f" ({signed(low, digits)} … {signed(high, digits)})"
    return signed(mean, digits) + ends


def signed(value: float, digits: int) -> str:
    """A number with its sign; nothing has none."""
    text = number(value, digits=digits).replace("-", "−")
    return f"+{text}" if value > 0 and text != "0" else text


def points(found: Found) -> str:
    """A difference of shares in percentage points."""
    mean, low, high, count = found
    return change((100 * mean, 100 * low, 100 * high, count))

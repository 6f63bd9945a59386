"""What a command prints: data on stdout as a table, CSV or JSON; whatever is said besides on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from simlib import words

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("table", "csv", "json")
_MOST_WIDTH = 60
UNKNOWN = "—"
"""What stands in a table for a value that is not known, where blanks would look like nothing."""


def tell(line: str) -> None:
    """A line to the person at the terminal."""
    print(line, file=sys.stderr, flush=True)


def show(table: pd.DataFrame, form: str, *, most_width: int = _MOST_WIDTH, missing: str = "") -> None:
    """Print a table as asked: JSON is a list of flat objects with English keys.

    most_width: of a text in a table for the eye; longer ones are cut [column]. missing: what stands there for
    a value that is missing; CSV leaves it empty, JSON says null.
    """
    if form == "json":
        rows = json.loads(table.to_json(orient="records", force_ascii=False, date_format="iso"))
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    elif form == "csv":
        print(_inert(table).to_csv(index=False, lineterminator="\n"), end="")
    else:
        print("\n".join(_text_table(table, most_width, missing)))


def tell_of_waits(measures: Iterable[str]) -> None:
    """Where one of these is a wait, say how waits are counted."""
    if any(name.startswith("wait_days") for name in measures):
        tell(words.say("waits_counted"))


def _inert(table: pd.DataFrame) -> pd.DataFrame:
    """The table with texts that a spreadsheet would run as formulas quoted."""
    quoted = table.copy()
    for name in quoted.columns:
        if quoted[name].dtype.kind not in "iufb":
            quoted[name] = [
                f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value
                for value in quoted[name]
            ]
    return quoted


def _width(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _shown(value: Any, most_width: int, missing: str) -> str:
    if value is None or str(value) == "<NA>" or value != value:
        return missing
    text = f"{value:,.4g}" if isinstance(value, float) and abs(value) < 1000 else str(value)
    if isinstance(value, float) and abs(value) >= 1000:
        text = f"{value:,.0f}"
    return text if _width(text) <= most_width else text[: most_width // 2] + "…"


def _text_table(table: pd.DataFrame, most_width: int, missing: str) -> list[str]:
    """Aligned lines; a Chinese character is two columns wide."""
    rows = [
        [str(name) for name in table.columns],
        *([_shown(value, most_width, missing) for value in row] for row in table.to_numpy(object)),
    ]
    widths = [max(_width(row[at]) for row in rows) for at in range(len(table.columns))]
    is_number = [table[name].dtype.kind in "iuf" for name in table.columns]
    lines = []
    for row in rows:
        cells = []
        for text, wide, right in zip(row, widths, is_number, strict=True):
            space = " " * (wide - _width(text))
            cells.append(space + text if right else text + space)
        lines.append("  ".join(cells).rstrip())
    return lines

"""The real frame shipped with simlib: areas, villages and population, and the starting values beside it."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from simlib.dated import DatedValue, read_values
from simlib.yamlfile import load_yaml

_SIMLIB = Path(__file__).resolve().parent.parent
FRAME = _SIMLIB / "frame"
ASSUMPTIONS = _SIMLIB / "law" / "assumptions" / "caseload_synthesis.yaml"


@cache
def frame_table(name: str) -> pd.DataFrame:
    """A table of the frame by its file name without .csv; codes and names text, figures int64."""
    table = pd.read_csv(FRAME / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8")
    for column in table.columns:
        if column.endswith(("_2020", "_2023", "_2025", "persons")):
            table[column] = pd.to_numeric(table[column]).fillna(0).astype("int64")
    return table


@cache
def regions() -> dict[str, dict[str, Any]]:
    """The default places: region of the frame, titles, province, wage region."""
    content, _ = load_yaml(FRAME / "regions.yaml")
    found: dict[str, dict[str, Any]] = content
    return found


@cache
def provinces() -> dict[str, str]:
    """The two first digits of the codes of each province, by its full name."""
    census = frame_table("census2020")
    tops = census[census["code"].str.endswith("0000")]
    return dict(zip(tops["name"], tops["code"].str[:2], strict=True))


@cache
def assumptions() -> dict[str, DatedValue]:
    """The starting values of synthetic caseloads and of columns not given, by key."""
    return read_values(ASSUMPTIONS)


def assumed(key: str, day: date | None = None) -> Any:
    """The most likely value of an assumption on a day, or of its latest state."""
    value = assumptions()[f"places.{key}"]
    return value.on(day if day and day >= value.entries[0].start else value.entries[-1].start)

"""Where a formula jumps: how far each office is from its next step, who gains by merging or splitting.

Posts are taken as the formula requires them, before existing posts. Where the text says nothing (beyond its
figures) no row is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pandas as pd

from simlib.errors import Problem
from simlib.policy.posts.counted import Counted, counted_offices, figures_of
from simlib.policy.posts.mergers import merges, splits
from simlib.policy.posts.offices import Areas
from simlib.policy.readings import reading_text
from simlib.policy.rules import Column, Steps, drivers_of, parts_of
from simlib.policy.statutes import Law

STEP_COLUMNS = (
    "area_code",
    "area",
    "level",
    "driver",
    "driver_value",
    "posts_required",
    "driver_per_post",
    "next_at",
    "distance",
    "posts_gained",
    "gained_per_unit",
)


def next_steps(
    place: Areas,
    formula_id: str,
    *,
    law: Law,
    reading: Mapping[str, Any] | None = None,
    levels: Sequence[str] | None = None,
    on: date | None = None,
) -> pd.DataFrame:
    """How far each office is from its next step, one row an office and driver: `STEP_COLUMNS`.

    next_at: the least greater value of the driver, the others unchanged, at which posts change; distance:
    units still missing; posts_gained: by how many (negative where a text has fewer above);
    gained_per_unit: posts_gained ÷ distance; driver_per_post: units for each post now. Empty where no
    step follows. Posts computed for a county stand in county rows under the level they serve.
    Raises LawError as `required_posts` does.
    """
    rows = []
    for counted in counted_offices(place, formula_id, law, reading, levels, on):
        now = counted.posts(counted.drivers)
        for name in drivers_of(counted.rule.rule):
            if name == "offices":
                continue
            value = counted.drivers[name]
            at = _next_change(counted, name, now)
            found = at > 0
            then = counted.posts({**counted.drivers, name: np.where(found, at, value)})
            distance = np.where(found, at - value, 1)
            rows.append(
                pd.DataFrame(
                    {
                        "area_code": pd.Series(counted.offices.codes, dtype="str"),
                        "area": pd.Series(counted.offices.names, dtype="str"),
                        "level": counted.level,
                        "driver": name,
                        "driver_value": value,
                        "posts_required": now,
                        "driver_per_post": _masked(value / np.where(now > 0, now, 1), now > 0, "Float64"),
                        "next_at": _masked(at, found, "Int64"),
                        "distance": _masked(distance, found, "Int64"),
                        "posts_gained": _masked(then - now, found, "Float64"),
                        "gained_per_unit": _masked((then - now) / distance, found, "Float64"),
                    }
                )
            )
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=list(STEP_COLUMNS))
    return table[list(STEP_COLUMNS)]


KINDS: Mapping[str, Callable[..., pd.DataFrame]] = MappingProxyType(
    {"steps": next_steps, "merge": merges, "split": splits}
)
"""What can be asked of a formula's jumps."""


def cliffs(
    place: Areas,
    formula_id: str,
    kind: str,
    *,
    law: Law,
    readings: Sequence[Mapping[str, Any]],
    levels: Sequence[str] | None = None,
    on: date | None = None,
) -> pd.DataFrame:
    """A kind of jump (`KINDS`) under each of these readings; with more than one, a column `reading`."""
    parts = []
    for answers in readings:
        table = KINDS[kind](place, formula_id, law=law, reading=answers, levels=levels, on=on)
        parts.append(table.assign(reading=reading_text(answers)) if len(readings) > 1 else table)
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


def cliffs_note(
    place: Areas,
    formula_id: str,
    kind: str,
    *,
    law: Law,
    readings: Sequence[Mapping[str, Any]],
    levels: Sequence[str] | None = None,
    on: date | None = None,
) -> Problem:
    """Why `cliffs` gave no row: nothing is counted by an office that could move, or none would gain."""
    looked = 0
    if kind != "steps":
        common: dict[str, Any] = {"law": law, "levels": levels, "on": on, "gains_only": False}
        looked = sum(len(KINDS[kind](place, formula_id, reading=answers, **common)) for answers in readings)
    key = "note_cliffs_no_gain" if looked else "note_cliffs_none"
    return Problem(key, values={"id": formula_id, "count": looked})


def _tier_starts(counted: Counted, driver: str) -> list[int]:
    """The first value of each tier, in order: between two of them posts never fall."""
    starts = set()
    for part in parts_of(counted.rule.rule):
        if isinstance(part, Steps) and part.by == driver:
            for edge in part.edges:
                side = counted.reading["boundary"] if edge.side == "reading" else edge.side
                starts.add(edge.at if side == "upper" else edge.at + 1)
    return sorted(starts)


def _next_change(counted: Counted, driver: str, now: Column) -> Column:
    """The least greater value of a driver at which posts differ from `now` [offices]; 0: none.

    Between two tier starts every rule only rises, so the change is found there by halving.
    """
    value = counted.drivers[driver]
    farthest = figures_of(counted.rule.rule, driver)[1]

    def differs(at: Column) -> Column:
        return np.asarray(counted.posts({**counted.drivers, driver: at}) != now)

    found = np.zeros(len(value), dtype=np.int64)
    same = value.copy()  # the greatest value known to have the posts of now
    for start in [*(start for start in _tier_starts(counted, driver) if start <= farthest), farthest + 1]:
        ahead = (found == 0) & (value < start)
        last = np.where(ahead, np.maximum(start - 1, same), same)
        inside = ahead & differs(last)
        low, high = same.copy(), last.copy()
        while (open_ones := inside & (high - low > 1)).any():
            middle = np.where(open_ones, (low + high) // 2, same)
            changed = differs(middle)
            high = np.where(open_ones & changed, middle, high)
            low = np.where(open_ones & ~changed, middle, low)
        found = np.where(inside, high, found)
        if start > farthest:
            break
        here = ahead & ~inside
        at_start = here & differs(np.where(here, start, same))
        found = np.where(at_start, start, found)
        same = np.where(here & ~at_start, start, same)
    return found


def _masked(values: Column, known: Column, kind: Literal["Int64", "Float64"]) -> Any:
    return pd.Series(values).where(pd.Series(known)).astype(kind)

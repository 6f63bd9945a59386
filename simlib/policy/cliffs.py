"""Where a formula jumps: how far each office is from its next step, who gains by merging or splitting.

Posts are taken as the formula requires them, before existing posts. Where the text says nothing (beyond its
figures) no row is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd

from simlib.policy.formulas import LevelRule
from simlib.policy.readings import full_reading
from simlib.policy.rules import Column, Reading, Rule, Steps, drivers_of, parts_of, posts_by, rounded
from simlib.policy.staffing import AreaCounts, Areas, Offices, is_shared, levels_asked
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
MERGE_COLUMNS = (
    "county_code",
    "area_code",
    "area",
    "other_code",
    "other",
    "posts_apart",
    "posts_merged",
    "gain",
)
SPLIT_COLUMNS = ("county_code", "area_code", "area", "posts_whole", "posts_split", "gain")
FARTHEST = 10**10
"""Beyond this value of a driver no step is looked for: more than there are people."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """Offices whose posts are counted one by one under one rule: their drivers [offices]."""

    level: str
    rule: LevelRule
    offices: Offices
    drivers: Mapping[str, Column]
    reading: Reading

    def posts(self, drivers: Mapping[str, Column]) -> Column:
        """Rounded posts for these values of the drivers."""
        first = next(iter(drivers.values()))
        exact = posts_by(self.rule.rule, drivers, self.reading, offices=len(first))
        return rounded(exact, self.reading.get("rounding", "ceil"))

    def is_said(self, drivers: Mapping[str, Column]) -> Column:
        """Where the text has figures for these values."""
        said = np.ones(len(next(iter(drivers.values()))), dtype=bool)
        for name, values in drivers.items():
            least, most = _figures(self.rule.rule, name)
            said &= (values >= least) & (values <= most)
        return said


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
    for counted in _counted(place, formula_id, law, reading, levels, on):
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


def merges(
    place: Areas,
    formula_id: str,
    *,
    law: Law,
    reading: Mapping[str, Any] | None = None,
    on: date | None = None,
    gains_only: bool = True,
) -> pd.DataFrame:
    """Pairs of townships of one county and the posts they would have as one: `MERGE_COLUMNS`.

    gain: posts_merged − posts_apart; the greatest first. gains_only: pairs that gain; else all pairs.
    Posts computed for a county do not depend on its townships: no pairs then.
    """
    rows = []
    for counted in _counted(place, formula_id, law, reading, ["township"], on):
        if is_shared(counted.rule, counted.reading):
            continue
        counties = AreaCounts(place).townships["county_code"].astype(str).to_numpy()
        first, second = _pairs(counties)
        if not len(first):
            continue
        together = {name: column[first] + column[second] for name, column in counted.drivers.items()}
        if "offices" in together:
            together["offices"] = np.ones(len(first), dtype=np.int64)
        said = counted.is_said(together)
        first, second = first[said], second[said]
        if not len(first):
            continue
        now = counted.posts(counted.drivers)
        apart = now[first] + now[second]
        merged = counted.posts({name: column[said] for name, column in together.items()})
        codes, names = counted.offices.codes, counted.offices.names
        rows.append(
            pd.DataFrame(
                {
                    "county_code": counties[first],
                    "area_code": codes[first],
                    "area": names[first],
                    "other_code": codes[second],
                    "other": names[second],
                    "posts_apart": apart,
                    "posts_merged": merged,
                    "gain": merged - apart,
                }
            )
        )
    return _ranked(rows, MERGE_COLUMNS, ["area_code", "other_code"], gains_only)


def splits(
    place: Areas,
    formula_id: str,
    *,
    law: Law,
    reading: Mapping[str, Any] | None = None,
    on: date | None = None,
    gains_only: bool = True,
) -> pd.DataFrame:
    """Townships and the posts they would have as two halves: `SPLIT_COLUMNS`.

    Every driver is halved (an odd one leaves one half with one more). gain: posts_split − posts_whole;
    the greatest first. Posts computed for a county do not depend on its townships: no rows then.
    """
    rows = []
    for counted in _counted(place, formula_id, law, reading, ["township"], on):
        if is_shared(counted.rule, counted.reading):
            continue
        small = {name: column // 2 for name, column in counted.drivers.items()}
        large = {name: column - column // 2 for name, column in counted.drivers.items()}
        for half in (small, large):
            if "offices" in half:
                half["offices"] = np.ones(len(counted.offices.codes), dtype=np.int64)
        said = counted.is_said(small) & counted.is_said(large)
        if not said.any():
            continue
        halves = [
            counted.posts({name: column[said] for name, column in half.items()}) for half in (small, large)
        ]
        whole = counted.posts(counted.drivers)[said]
        rows.append(
            pd.DataFrame(
                {
                    "county_code": AreaCounts(place).townships["county_code"].astype(str).to_numpy()[said],
                    "area_code": counted.offices.codes[said],
                    "area": counted.offices.names[said],
                    "posts_whole": whole,
                    "posts_split": halves[0] + halves[1],
                    "gain": halves[0] + halves[1] - whole,
                }
            )
        )
    return _ranked(rows, SPLIT_COLUMNS, ["area_code"], gains_only)


# --- how ----------------------------------------------------------------------------------------------


def _counted(
    place: Areas,
    formula_id: str,
    law: Law,
    reading: Mapping[str, Any] | None,
    levels: Sequence[str] | None,
    on: date | None,
) -> list[_Counted]:
    formula = law.formula(formula_id)
    answers = full_reading(formula, reading or {})
    version = formula.version(on)
    areas = AreaCounts(place)
    found = []
    for level in levels_asked(version, levels):
        rule = version.levels.get(level)
        if rule is None:
            continue
        offices = areas.counted_at(rule, answers)
        if not len(offices.codes):
            continue
        names = dict.fromkeys((rule.driver, *drivers_of(rule.rule)))
        drivers = {name: areas.driver(name, offices, answers) for name in names}
        found.append(_Counted(level, rule, offices, drivers, answers))
    return found


def _figures(rule: Rule, driver: str) -> tuple[int, int]:
    """The least and greatest value of a driver for which every tier table of the rule has figures."""
    steps = [part for part in parts_of(rule) if isinstance(part, Steps) and part.by == driver]
    ends = [part.most for part in steps if part.most is not None]
    return max((part.least for part in steps), default=0), min(ends, default=FARTHEST)


def _tier_starts(counted: _Counted, driver: str) -> list[int]:
    """The first value of each tier, in order: between two of them posts never fall."""
    starts = set()
    for part in parts_of(counted.rule.rule):
        if isinstance(part, Steps) and part.by == driver:
            for edge in part.edges:
                side = counted.reading["boundary"] if edge.side == "reading" else edge.side
                starts.add(edge.at if side == "upper" else edge.at + 1)
    return sorted(starts)


def _next_change(counted: _Counted, driver: str, now: Column) -> Column:
    """The least greater value of a driver at which posts differ from `now` [offices]; 0: none.

    Between two tier starts every rule only rises, so the change is found there by halving.
    """
    value = counted.drivers[driver]
    farthest = _figures(counted.rule.rule, driver)[1]

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


def _pairs(counties: Column) -> tuple[Column, Column]:
    """Every two rows of the same county, the earlier first."""
    first, second = [], []
    for code in np.unique(counties):
        rows = np.flatnonzero(counties == code)
        one, other = np.triu_indices(len(rows), k=1)
        first.append(rows[one])
        second.append(rows[other])
    nothing = np.zeros(0, dtype=np.int64)
    return np.concatenate([nothing, *first]), np.concatenate([nothing, *second])


def _ranked(
    rows: list[pd.DataFrame], columns: tuple[str, ...], keys: list[str], gains_only: bool
) -> pd.DataFrame:
    if not rows:
        return pd.DataFrame(columns=list(columns))
    table = pd.concat(rows, ignore_index=True)
    if gains_only:
        table = table[table["gain"] > _LEAST_GAIN]
    order = table.sort_values(["gain", *keys], ascending=[False, *[True] * len(keys)], ignore_index=True)
    return order[list(columns)]


_LEAST_GAIN = 1e-9
"""Fractions of a post below this are the noise of floating point (`rounding=none`)."""


def _masked(values: Column, known: Column, kind: Literal["Int64", "Float64"]) -> Any:
    return pd.Series(values).where(pd.Series(known)).astype(kind)

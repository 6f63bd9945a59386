"""Whom a formula would give posts by merging two offices, or by splitting one in halves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from simlib.policy.posts.counted import counted_offices
from simlib.policy.posts.offices import Areas
from simlib.policy.rules import Column
from simlib.policy.statutes import Law

MERGE_COLUMNS = (
    "level",
    "within",
    "area_code",
    "area",
    "other_code",
    "other",
    "posts_apart",
    "posts_merged",
    "gain",
)
SPLIT_COLUMNS = ("level", "within", "area_code", "area", "posts_whole", "posts_split", "gain")
MOVABLE = ("county", "township")
"""Levels whose offices can be merged or split."""


def merges(
    place: Areas,
    formula_id: str,
    *,
    law: Law,
    reading: Mapping[str, Any] | None = None,
    levels: Sequence[str] | None = None,
    on: date | None = None,
    gains_only: bool = True,
) -> pd.DataFrame:
    """Every two offices that could be merged and the posts they would have as one: `MERGE_COLUMNS`.

    Townships of one county, and counties of one city where posts are computed for counties (a bureau's own,
    or those it shares to its townships). level: whose posts change; within: the county or city that holds
    both. The pair's drivers are added up (an office is one office again). gain: posts_merged − posts_apart;
    the greatest first, only those above 0 unless gains_only is False.
    """
    rows = []
    for counted in counted_offices(place, formula_id, law, reading, levels or MOVABLE, on):
        first, second = _pairs(counted.within)
        if not len(first):
            continue
        together = {name: column[first] + column[second] for name, column in counted.drivers.items()}
        if "offices" in together:
            together["offices"] = np.ones(len(first), dtype=np.int64)
        said = counted.is_said(together)
        first, second = first[said], second[said]
        if not len(first):
            continue
        merged = counted.posts({name: column[said] for name, column in together.items()})
        now = counted.posts(counted.drivers)
        apart = now[first] + now[second]
        codes, names = counted.offices.codes, counted.offices.names
        rows.append(
            pd.DataFrame(
                {
                    "level": counted.level,
                    "within": counted.within[first],
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
    return _ranked(rows, MERGE_COLUMNS, ["level", "area_code", "other_code"], gains_only)


def splits(
    place: Areas,
    formula_id: str,
    *,
    law: Law,
    reading: Mapping[str, Any] | None = None,
    levels: Sequence[str] | None = None,
    on: date | None = None,
    gains_only: bool = True,
) -> pd.DataFrame:
    """Offices and the posts they would have as two halves: `SPLIT_COLUMNS`.

    Townships, and counties where posts are computed for counties. Every driver is halved (an odd one leaves
    one half with one more). gain: posts_split − posts_whole; the greatest first.
    """
    rows = []
    for counted in counted_offices(place, formula_id, law, reading, levels or MOVABLE, on):
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
                    "level": counted.level,
                    "within": counted.within[said],
                    "area_code": counted.offices.codes[said],
                    "area": counted.offices.names[said],
                    "posts_whole": whole,
                    "posts_split": halves[0] + halves[1],
                    "gain": halves[0] + halves[1] - whole,
                }
            )
        )
    return _ranked(rows, SPLIT_COLUMNS, ["level", "area_code"], gains_only)


def _pairs(holders: Column) -> tuple[Column, Column]:
    """Every two rows of the same holder, the earlier first."""
    first, second = [], []
    for code in np.unique(holders):
        rows = np.flatnonzero(holders == code)
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

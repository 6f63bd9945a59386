"""The offices of a place by level, what can be counted in each, and the posts a rule asks of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from simlib import words
from simlib.errors import LawError, Problem
from simlib.places.columns import PROGRAMMES
from simlib.policy.posts.formulas import LevelRule
from simlib.policy.rules import INT64_ROOM, Column, Reading, drivers_of, posts_by, rounded

COUNTED = {"dibao_tekun": PROGRAMMES[:4], "all": PROGRAMMES}
"""Programmes whose households or persons count, by the reading `counts`."""

CITY_DIGITS = 4
MUNICIPALITIES = ("11", "12", "31", "50")
"""Beijing, Tianjin, Shanghai, Chongqing: districts (xx01) and counties (xx02) stand under one bureau."""
UNDER_THE_PROVINCE = "90"
"""Third and fourth digit of counties under no city (GB/T 2260), such as fifteen of Hainan's."""

_EXISTING: dict[str, tuple[str, ...]] = {
    "city": (),
    "county": ("posts_payroll", "posts_contract"),
    "township": ("posts_payroll", "posts_contract"),
    "village": ("posts_village",),
    "institution": (),
}
"""Columns with the heads already there. The verification centre's people are not the bureau's."""


class Areas(Protocol):
    """What staffing needs to know of a place."""

    @property
    def title(self) -> Mapping[str, str]:
        """Its name, {zh, en}."""

    @property
    def province(self) -> str:
        """Its province."""

    @property
    def wage_region(self) -> str:
        """`prd` or `other`."""

    @property
    def townships(self) -> pd.DataFrame:
        """One row a township."""

    @property
    def counties(self) -> pd.DataFrame:
        """One row a county."""


@dataclass(frozen=True, slots=True)
class Offices:
    """The offices of one level: codes and names [offices], and of each township its row."""

    codes: Column
    names: Column
    existing: Column
    row_of_township: Column

    def summed(self, townships: Column) -> Column:
        """A township column added up by office [offices]; townships under none (row −1) are left out."""
        total = np.zeros(len(self.codes), dtype=np.int64)
        held = self.row_of_township >= 0
        np.add.at(total, self.row_of_township[held], townships[held])
        return total


def is_shared(rule: LevelRule, reading: Reading) -> bool:
    """Whether a level's posts are computed for counties and shared to its offices."""
    applied = reading["applied_at"] if rule.applied_at == "reading" else rule.applied_at
    return applied == "county"


class AreaCounts:
    """A place's offices and drivers, ready to be counted, in the order of their codes."""

    def __init__(self, place: Areas) -> None:
        self.place = place
        self.townships = place.townships.sort_values("area_code", ignore_index=True)
        self.counties = place.counties.sort_values("county_code", ignore_index=True)

    def offices(self, level: str, existing: str = "") -> Offices:
        """The offices of a level; villages and institutions are counted by township.

        existing: the column whose heads are there already, where it is not the level's own. Counties that
        stand under no city give no city row.
        """
        if level == "city":
            return self._cities()
        if level == "county":
            frame, codes = self.counties, self._codes(self.counties["county_code"])
            names, rows = frame["county"], self._rows(codes, self._codes(self.townships["county_code"]))
        else:
            frame, codes = self.townships, self._codes(self.townships["area_code"])
            names, rows = frame["area"], np.arange(len(frame))
        heads = np.zeros(len(codes), dtype=np.int64)
        for column in (existing,) if existing else _EXISTING[level]:
            heads = heads + self._column(frame, column)
        return Offices(codes, names.to_numpy(), heads, rows)

    def _cities(self) -> Offices:
        """The cities above the counties. No file of a place holds a city bureau's own people: 0 heads."""
        cities = [_city_of(code) for code in self._codes(self.townships["county_code"])]
        known = {_city_of(code) for code in self._codes(self.counties["county_code"])} | set(cities)
        codes = sorted(known - {""})
        row_of = {code: row for row, code in enumerate(codes)} | {"": -1}
        title = words.pick(dict(self.place.title))
        names = [title if len(codes) == 1 else f"{title} {code}" for code in codes]
        return Offices(
            np.array(codes, dtype=object),
            np.array(names, dtype=object),
            np.zeros(len(codes), dtype=np.int64),
            np.array([row_of[city] for city in cities], dtype=np.int64),
        )

    def required(self, rule: LevelRule, offices: Offices, reading: Reading) -> Column:
        """Posts a level's rule asks of each of its offices, rounded as read [offices]."""
        counted = self.counted_at(rule, reading)
        columns = {name: self.driver(name, counted, reading) for name in drivers_of(rule.rule)}
        exact = posts_by(rule.rule, columns, reading, offices=len(counted.codes))
        posts = rounded(exact, reading.get("rounding", "ceil"))
        if not is_shared(rule, reading):
            return posts
        return self._shared(posts, self.driver(rule.driver, offices, reading), counted)

    def counted_at(self, rule: LevelRule, reading: Reading) -> Offices:
        """The offices for which a level's posts are computed: its own, or counties that share them out."""
        return self.offices("county" if is_shared(rule, reading) else rule.level)

    def _shared(self, posts: Column, weights: Column, counties: Offices) -> Column:
        """Posts of counties shared to townships on a driver; whole posts by largest remainder."""
        rows = counties.row_of_township
        heavy = counties.summed(weights) > 0
        weights = np.where(heavy[rows], weights, 1)
        total = counties.summed(weights)
        if posts.dtype.kind == "f":
            return np.asarray(posts[rows] * weights / total[rows])
        large = int(posts.max(initial=0)) * int(weights.max(initial=0)) >= INT64_ROOM
        quota = (posts[rows].astype(object) if large else posts[rows]) * weights
        share = np.asarray(quota // total[rows], dtype=np.int64)
        rest = np.asarray(quota % total[rows], dtype=np.int64)
        left = posts - counties.summed(share)
        order = np.lexsort((np.arange(len(rows)), -rest, rows))
        first = np.searchsorted(rows[order], np.arange(len(posts)))
        rank = np.arange(len(rows)) - first[rows[order]]
        share[order] += rank < left[rows[order]]
        return np.asarray(share)

    def driver(self, name: str, offices: Offices, reading: Reading) -> Column:
        """A driver's value by office [offices]."""
        if name == "offices":
            return np.ones(len(offices.codes), dtype=np.int64)
        if name in ("households", "persons"):
            columns = [f"{programme}_{name}" for programme in COUNTED[reading["counts"]]]
        else:
            columns = [name]
        total = np.zeros(len(self.townships), dtype=np.int64)
        for column in columns:
            total = total + self._column(self.townships, column)
        return offices.summed(total)

    @staticmethod
    def _rows(codes: Column, wanted: Column) -> Column:
        rows = np.minimum(np.searchsorted(codes, wanted), max(len(codes) - 1, 0))
        unknown = codes[rows] != wanted if len(codes) else np.ones(len(wanted), dtype=bool)
        if unknown.any():
            raise LawError(Problem("law_county_unknown", values={"code": str(wanted[unknown][0])}))
        return np.asarray(rows)

    @staticmethod
    def _codes(column: pd.Series) -> Column:
        return np.asarray(column.to_numpy(dtype=object).astype(str))

    @staticmethod
    def _column(frame: pd.DataFrame, name: str) -> Column:
        if name not in frame:
            raise LawError(Problem("law_driver_missing", values={"driver": name}))
        return np.asarray(frame[name].to_numpy(), dtype=np.int64)


def _city_of(county_code: str) -> str:
    """The code of the city a county stands under, '' for none.

    >>> _city_of("445302"), _city_of("460400"), _city_of("469001"), _city_of("500230")
    ('4453', '4604', '', '5001')
    """
    if county_code[:2] in MUNICIPALITIES:
        return f"{county_code[:2]}01"
    return "" if county_code[2:CITY_DIGITS] == UNDER_THE_PROVINCE else county_code[:CITY_DIGITS]

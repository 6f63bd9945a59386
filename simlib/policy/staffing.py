"""Posts a published formula asks of every office of a place, what is there, what is missing, what it costs.

Rows of all levels add up: posts computed for a county and used in townships stand in township rows; a
county row holds only the bureau's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import numpy as np
import pandas as pd

from simlib import words
from simlib.errors import LawError, Problem
from simlib.policy.formulas import LEVELS, LevelRule, Version
from simlib.policy.prices import price_of_post
from simlib.policy.readings import all_readings, full_reading, reading_text
from simlib.policy.rulefile import PROGRAMMES
from simlib.policy.rules import Column, Reading, drivers_of, posts_by, rounded
from simlib.policy.statutes import Law
from simlib.units import FEN_PER_YUAN
from simlib.yamlfile import nearest

COLUMNS = (
    "area_code",
    "area",
    "level",
    "driver",
    "driver_value",
    "posts_required",
    "posts_existing",
    "gap",
    "cost_yuan_year1",
    "modality",
)
COUNTED = {"dibao_tekun": PROGRAMMES[:4], "all": PROGRAMMES}
"""Programmes whose households or persons count, by the reading `counts`."""

CITY_DIGITS = 4
PAID_AS_CLERKS = ("city", "county", "township")
"""Levels whose posts are clerks, so that the price of a clerk's post applies."""

_EXISTING = {
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
    """The offices of one level: codes and names [offices], and of each township the row it belongs to."""

    codes: Column
    names: Column
    existing: Column
    row_of_township: Column

    def summed(self, townships: Column) -> Column:
        """A township column added up by office [offices]."""
        total = np.zeros(len(self.codes), dtype=np.int64)
        np.add.at(total, self.row_of_township, townships)
        return total


def required_posts(
    place: Areas,
    formula_id: str,
    *,
    law: Law,
    reading: Mapping[str, Any] | None = None,
    levels: Sequence[str] | None = None,
    on: date | None = None,
    price_fen: int | None = None,
) -> pd.DataFrame:
    """Posts required, existing, missing and their first-year cost, one row an office, by level and code.

    reading: answers that differ from the formula's defaults. levels: default all the formula has; a level
    without a rule gives rows with 0 posts. on: default the formula's latest version. price_fen: yearly
    price of a bought post [fen]; default what the law says for this place, if it does.
    posts_required, posts_existing and gap are heads (fractions under `rounding=none`); cost_yuan_year1
    is the gap alone [yuan], empty where no price is known and for levels that are not clerks.
    Under a ceiling (`at_most`) nothing is missing: gap 0.
    Raises LawError for an unknown formula, reading or level, a day outside the dates, a driver the place
    lacks, or one beyond the text's figures.
    """
    formula = law.formula(formula_id)
    answers = full_reading(formula, reading or {})
    version = formula.version(on)
    asked = levels_asked(version, levels)
    price = price_fen if price_fen is not None else price_of_post(law, place, on=on)
    areas = AreaCounts(place)
    parts = [areas.level(level, version, answers, price) for level in asked]
    table = pd.concat(parts, ignore_index=True) if parts else areas.empty()
    return table[list(COLUMNS)]


def required_posts_all_readings(
    place: Areas,
    formula_id: str,
    *,
    law: Law,
    levels: Sequence[str] | None = None,
    on: date | None = None,
    price_fen: int | None = None,
) -> pd.DataFrame:
    """`required_posts` under every combination of readings, with a column `reading` (`a=b,c=d`)."""
    parts = []
    for answers in all_readings(law.formula(formula_id)):
        table = required_posts(
            place, formula_id, law=law, reading=answers, levels=levels, on=on, price_fen=price_fen
        )
        parts.append(table.assign(reading=reading_text(answers)))
    return pd.concat(parts, ignore_index=True)


def reading_spread(table: pd.DataFrame) -> pd.DataFrame:
    """Fewest and most posts of each office over all readings, with a row `total` for each level.

    table: what `required_posts_all_readings` returned. Columns area_code, area, level, posts_least,
    posts_most; a total is the least and most of the sums, not the sum of the extremes.
    """
    keys = ["level", "area_code", "area"]
    offices = table.groupby(keys, sort=False)["posts_required"].agg(posts_least="min", posts_most="max")
    sums = table.groupby(["level", "reading"], sort=False)["posts_required"].sum()
    totals = sums.groupby("level", sort=False).agg(posts_least="min", posts_most="max").reset_index()
    return pd.concat([offices.reset_index(), totals.assign(area_code="total", area="")], ignore_index=True)


def staffing_notes(
    place: Areas, formula_id: str, *, law: Law, on: date | None = None, price_fen: int | None = None
) -> tuple[Problem, ...]:
    """What a reader of the staffing table must know: a draft or superseded text, an unknown price."""
    formula = law.formula(formula_id)
    version = formula.version(on)
    notes = []
    if version.status != "in_force":
        blanks = {"id": formula_id, "status": version.status}
        notes.append(Problem("note_status", values=blanks))
    if price_fen is None and price_of_post(law, place, on=on) is None:
        notes.append(Problem("note_no_price", values={"province": place.province}))
    return tuple(notes)


def levels_asked(version: Version, levels: Sequence[str] | None) -> list[str]:
    """The levels asked for, in the order of the house; all a version has when none are named."""
    if levels is None:
        return list(version.levels)
    unknown = [level for level in levels if level not in LEVELS]
    if unknown:
        raise LawError(
            [
                Problem("law_no_level", values={"found": level, "near": nearest(level, LEVELS)})
                for level in unknown
            ]
        )
    return [level for level in LEVELS if level in levels]


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

    def offices(self, level: str) -> Offices:
        """The offices of a level; villages and institutions are counted by township."""
        columns = _EXISTING[level]
        if level == "county":
            frame, codes = self.counties, self._codes(self.counties["county_code"])
            names = frame["county"].to_numpy()
            row_of_township = self._rows(codes, self._codes(self.townships["county_code"]))
        elif level == "city":
            frame = self.counties
            prefix = self._codes(self.townships["county_code"].str[:CITY_DIGITS])
            codes = np.unique(np.concatenate([prefix, self._codes(frame["county_code"].str[:CITY_DIGITS])]))
            title = words.pick(dict(self.place.title))
            alone = len(codes) == 1
            names = np.array([title if alone else f"{title} {code}" for code in codes], dtype=object)
            row_of_township = np.searchsorted(codes, prefix)
        else:
            frame, codes = self.townships, self._codes(self.townships["area_code"])
            names = frame["area"].to_numpy()
            row_of_township = np.arange(len(frame))
        existing = np.zeros(len(codes), dtype=np.int64)
        for column in columns:
            existing = existing + self._column(frame, column)
        return Offices(codes, names, existing, row_of_township)

    def level(self, level: str, version: Version, reading: Reading, price_fen: int | None) -> pd.DataFrame:
        """The rows of one level."""
        offices = self.offices(level)
        rule = version.levels.get(level)
        count = len(offices.codes)
        if rule is None:
            required, driver, value = np.zeros(count, dtype=np.int64), "", np.zeros(count, dtype=np.int64)
        else:
            required, driver = self._required(rule, offices, reading), rule.driver
            value = self.driver(rule.driver, offices, reading)
        capped = rule is not None and rule.modality == "at_most"
        filled = offices.existing if reading["existing_counts"] == "yes" else 0
        gap = np.zeros_like(required) if capped else np.maximum(required - filled, 0)
        return pd.DataFrame(
            {
                "area_code": pd.Series(offices.codes, dtype="str"),
                "area": pd.Series(offices.names, dtype="str"),
                "level": level,
                "driver": driver,
                "driver_value": value,
                "posts_required": required,
                "posts_existing": offices.existing,
                "gap": gap,
                "cost_yuan_year1": _cost_yuan(gap, price_fen if level in PAID_AS_CLERKS else None),
                "modality": rule.modality if rule else "",
            }
        )

    def empty(self) -> pd.DataFrame:
        """The table without rows."""
        return pd.DataFrame({column: [] for column in COLUMNS})

    def counted_at(self, rule: LevelRule, reading: Reading) -> Offices:
        """The offices for which a level's posts are computed: its own, or counties that share them out."""
        return self.offices("county" if is_shared(rule, reading) else rule.level)

    def _required(self, rule: LevelRule, offices: Offices, reading: Reading) -> Column:
        counted = self.counted_at(rule, reading)
        columns = {name: self.driver(name, counted, reading) for name in drivers_of(rule.rule)}
        exact = posts_by(rule.rule, columns, reading, offices=len(counted.codes))
        posts = rounded(exact, reading.get("rounding", "ceil"))
        if not is_shared(rule, reading):
            return posts
        return self._shared(posts, self.driver(rule.driver, offices, reading), counted)

    def _shared(self, posts: Column, weights: Column, counties: Offices) -> Column:
        """Posts of counties shared to townships on a driver; whole posts by largest remainder."""
        rows = counties.row_of_township
        heavy = counties.summed(weights) > 0
        weights = np.where(heavy[rows], weights, 1)
        total = counties.summed(weights)
        if posts.dtype.kind == "f":
            return np.asarray(posts[rows] * weights / total[rows])
        quota = posts[rows] * weights
        share = quota // total[rows]
        rest = quota % total[rows]
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


def _cost_yuan(gap: Column, price_fen: int | None) -> Any:
    """First-year cost of the missing posts, to the nearest yuan [offices]; empty without a price."""
    if price_fen is None:
        return pd.array([pd.NA] * len(gap), dtype="Int64")
    yuan = np.floor(gap * price_fen / FEN_PER_YUAN + 0.5) if gap.dtype.kind == "f" else None
    if yuan is None:
        yuan = (gap * price_fen + FEN_PER_YUAN // 2) // FEN_PER_YUAN
    return pd.array(yuan.astype(np.int64), dtype="Int64")

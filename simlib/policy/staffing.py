"""Posts a published formula asks of every office of a place, what is there, what is missing, what it costs.

Rows of all levels add up: posts computed for a county and used in townships stand in township rows; a
county row holds only the bureau's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from simlib import words
from simlib.errors import LawError, Problem
from simlib.policy.posts.formulas import LEVELS, LevelRule, Version
from simlib.policy.posts.offices import COUNTED as COUNTED  # noqa: PLC0414
from simlib.policy.posts.offices import AreaCounts, Areas
from simlib.policy.prices import price_of_post
from simlib.policy.readings import all_readings, full_reading, reading_text
from simlib.policy.rules import Column, Reading, drivers_of
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
PAID_AS_CLERKS = ("city", "county", "township")
"""Levels whose posts are clerks, so that the price of a clerk's post applies."""


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
    parts = [_level(areas, level, version.levels.get(level), answers, price) for level in asked]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def required_posts_all_readings(
    place: Areas,
    formula_id: str,
    *,
    law: Law,
    fixed: Mapping[str, Any] | None = None,
    levels: Sequence[str] | None = None,
    on: date | None = None,
    price_fen: int | None = None,
) -> pd.DataFrame:
    """`required_posts` under every combination of readings, with a column `reading` (`a=b,c=d`).

    fixed: readings answered already, so that only the others vary.
    """
    parts = []
    for answers in all_readings(law.formula(formula_id), fixed):
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


def full_time_equivalents(
    place: Areas,
    formula_id: str,
    *,
    law: Law,
    reading: Mapping[str, Any] | None = None,
    on: date | None = None,
) -> pd.DataFrame:
    """Townships' heads beside full-time equivalents, one row a township in the order of codes.

    Columns area_code, area, posts_required, full_time_required, posts_existing, full_time_existing [post].
    Generalists of the formula (Hainan's two) and payroll clerks work `assistance_share` of their time on
    assistance; all others the whole of it. Raises LawError as `required_posts` does.
    """
    common = {"law": law, "reading": reading, "levels": ["township"], "on": on}
    table = required_posts(place, formula_id, **common)  # type: ignore[arg-type]
    towns = AreaCounts(place).townships
    share = towns["assistance_share"].to_numpy(float)
    payroll, contract = (towns[name].to_numpy(float) for name in ("posts_payroll", "posts_contract"))
    rule = law.formula(formula_id).version(on).levels.get("township")
    heads = table["posts_required"].to_numpy(float)
    generalists = np.minimum(rule.generalists if rule else 0, heads)
    return table[["area_code", "area"]].assign(
        posts_required=table["posts_required"],
        full_time_required=heads - generalists * (1 - share),
        posts_existing=table["posts_existing"],
        full_time_existing=payroll * share + contract,
    )


def staffing_notes(
    place: Areas,
    formula_id: str,
    *,
    law: Law,
    reading: Mapping[str, Any] | None = None,
    levels: Sequence[str] | None = None,
    on: date | None = None,
    price_fen: int | None = None,
) -> tuple[Problem, ...]:
    """What a reader of the staffing table must know.

    A text not in force; costs that stay empty; offices above a ceiling; townships with several institutions,
    each of which the text counts alone; how many of the heads are full-time.
    """
    formula = law.formula(formula_id)
    version = formula.version(on)
    asked = levels_asked(version, levels)
    rules = [version.levels[level] for level in asked if level in version.levels]
    notes = []
    if version.status != "in_force":
        status = words.say(f"status_{version.status}")
        notes.append(Problem("note_status", values={"id": formula_id, "status": status}))
    if not set(asked) <= set(PAID_AS_CLERKS):
        notes.append(Problem("note_no_clerks"))
    if set(asked) & set(PAID_AS_CLERKS) and price_fen is None and price_of_post(law, place, on=on) is None:
        notes.append(Problem("note_no_price", values={"province": place.province}))
    notes += [
        note for rule in rules for note in _over_ceiling(place, rule, full_reading(formula, reading or {}))
    ]
    notes += [note for rule in rules for note in _several_institutions(place, rule)]
    if any(rule.generalists and rule.level == "township" for rule in rules):
        sums = full_time_equivalents(place, formula_id, law=law, reading=reading, on=on).sum(
            numeric_only=True
        )
        blanks = {
            "heads": f"{sums['posts_required']:g}",
            "full_time": f"{sums['full_time_required']:.1f}",
            "each": version.levels["township"].generalists,
        }
        notes.append(Problem("note_full_time", values=blanks))
    return tuple(notes)


def _over_ceiling(place: Areas, rule: LevelRule, reading: Reading) -> list[Problem]:
    """Offices that hold more than a ceiling lets them."""
    if rule.modality != "at_most":
        return []
    areas = AreaCounts(place)
    offices = areas.offices(rule.level, rule.existing)
    most = areas.required(rule, offices, reading)
    return [
        Problem(
            "note_ceiling", values={"area": name, "code": code, "found": int(heads), "most": f"{limit:g}"}
        )
        for code, name, heads, limit in zip(offices.codes, offices.names, offices.existing, most, strict=True)
        if heads > limit
    ]


def _several_institutions(place: Areas, rule: LevelRule) -> list[Problem]:
    """Townships whose residents are known together only, though each institution is counted alone."""
    towns = place.townships
    residents = [name for name in drivers_of(rule.rule) if name.startswith("residents_")]
    if rule.level != "institution" or not residents or "institutions" not in towns:
        return []
    more = (towns["institutions"] - 1)[(towns["institutions"] > 1) & (towns[residents].sum(axis=1) > 0)]
    blanks = {"townships": len(more), "more": int(more.sum())}
    return [Problem("note_institutions", values=blanks)] if len(more) else []


def _level(
    areas: AreaCounts, level: str, rule: LevelRule | None, reading: Reading, price_fen: int | None
) -> pd.DataFrame:
    """The rows of one level; without a rule nothing is required."""
    offices = areas.offices(level, rule.existing if rule else "")
    required = value = np.zeros(len(offices.codes), dtype=np.int64)
    if rule is not None:
        required, value = areas.required(rule, offices, reading), areas.driver(rule.driver, offices, reading)
    filled = offices.existing if reading["existing_counts"] == "yes" else 0
    gap = np.maximum(required - filled, 0)
    if rule is not None and rule.modality == "at_most":
        gap = np.zeros_like(required)
    return pd.DataFrame(
        {
            "area_code": pd.Series(offices.codes, dtype="str"),
            "area": pd.Series(offices.names, dtype="str"),
            "level": level,
            "driver": rule.driver if rule else "",
            "driver_value": value,
            "posts_required": required,
            "posts_existing": offices.existing,
            "gap": gap,
            "cost_yuan_year1": _cost_yuan(gap, price_fen if level in PAID_AS_CLERKS else None),
            "modality": rule.modality if rule else "",
        }
    )


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


def _cost_yuan(gap: Column, price_fen: int | None) -> Any:
    """First-year cost of the missing posts, to the nearest yuan [offices]; empty without a price."""
    if price_fen is None:
        return pd.array([pd.NA] * len(gap), dtype="Int64")
    yuan = np.floor(gap * price_fen / FEN_PER_YUAN + 0.5) if gap.dtype.kind == "f" else None
    if yuan is None:
        yuan = (gap * price_fen + FEN_PER_YUAN // 2) // FEN_PER_YUAN
    return pd.array(yuan.astype(np.int64), dtype="Int64")

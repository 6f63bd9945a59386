"""The same office under every formula: what each published rule asks of one set of counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simlib import words
from simlib.errors import LawError, Problem
from simlib.policy.lawhead import answer_text
from simlib.policy.posts.formulas import Formula, LevelRule
from simlib.policy.readings import full_reading, reading_text
from simlib.policy.rulefile import DRIVER_UNITS
from simlib.policy.rules import READINGS, drivers_of, posts_by, rounded
from simlib.policy.statutes import Law
from simlib.yamlfile import nearest

COLUMNS = (
    "case",
    "formula",
    "reading",
    "level",
    "driver",
    "driver_value",
    "posts_required",
    "driver_per_post",
    "region",
    "missing",
)
_STANDS_FOR = {"population_registered": "population", "population": "population_registered"}
"""A driver not given is taken from the other."""


def compared(
    cases: Sequence[Mapping[str, int]],
    *,
    law: Law,
    readings: Mapping[str, Sequence[Any]] | None = None,
    level: str = "township",
    on: date | None = None,
) -> pd.DataFrame:
    """Posts of each case under each formula that has a rule for the level, in rows: `COLUMNS`.

    cases: each one office's drivers (households, persons, population, villages …). readings: answers by
    `reading` for every formula that has it, or by `formula.reading` for one; several answers give a row each.
    reading: what differs from the formula's defaults. Posts computed for a county are computed for the
    office as if it were one. posts_required is empty where a driver is not given (named in `missing`) or
    lies beyond the figures of the text. on: formulas that hold on the day; default the latest of each.
    Raises LawError for an unknown driver, formula, reading or answer.
    """
    _check(cases, readings or {}, law)
    given, parts = _given(cases), []
    for formula in law.formulas.values():
        if on is not None and not any(
            v.start <= on and (v.end is None or on <= v.end) for v in formula.versions
        ):
            continue
        rule = formula.version(on).levels.get(level)
        if rule is None:
            continue
        parts += [_rows(given, formula, rule, answers) for answers in _answers(formula, readings or {})]
    table = pd.concat(parts) if parts else pd.DataFrame(columns=list(COLUMNS))
    table = table.astype({"posts_required": "Float64", "driver_per_post": "Float64", "driver_value": "Int64"})
    return table.sort_values("case", kind="stable", ignore_index=True)


def side_by_side(table: pd.DataFrame, cases: Sequence[Mapping[str, int]]) -> pd.DataFrame:
    """`compared` with one row a case: its drivers, then a column for each formula and reading."""
    named = table.assign(
        column=[f"{f} {r}".strip() for f, r in zip(table["formula"], table["reading"], strict=True)]
    )
    columns = list(dict.fromkeys(named["column"]))
    wide = named.pivot(index="case", columns="column", values="posts_required")[columns]
    drivers = pd.DataFrame([dict(case) for case in cases], index=range(1, len(cases) + 1)).astype("Int64")
    return pd.concat([drivers, wide], axis=1)


def loads_by_size(
    households: Sequence[int],
    *,
    law: Law,
    persons_per_household: Fraction | int | str,
    population_per_household: Fraction | int | str,
    readings: Mapping[str, Sequence[Any]] | None = None,
    level: str = "township",
) -> pd.DataFrame:
    """Households for each post under every formula, for offices of these sizes: the chart's rows.

    persons_per_household, population_per_household: how the other counts follow (rounded down), written as
    text where not whole. Columns formula, reading, region, households, posts_required, households_per_post
    (empty where no post is asked).
    """
    persons, people = Fraction(persons_per_household), Fraction(population_per_household)
    cases = [
        {"households": n, "persons": int(n * persons), "population": int(n * people)} for n in households
    ]
    table = compared(cases, law=law, readings=readings, level=level)
    size = pd.Series(households, dtype="Float64")[table["case"] - 1].reset_index(drop=True)
    table["households"] = size.astype("Int64")
    table["households_per_post"] = (size / table["posts_required"]).where(table["posts_required"] > 0)
    columns = ["formula", "reading", "region", "households", "posts_required", "households_per_post"]
    return table[columns].sort_values(["formula", "reading", "households"], ignore_index=True)


def _check(cases: Sequence[Mapping[str, int]], readings: Mapping[str, Sequence[Any]], law: Law) -> None:
    problems = []
    for case in cases:
        for name, value in case.items():
            if name not in DRIVER_UNITS:
                blanks = {"found": name, "near": nearest(name, DRIVER_UNITS)}
                problems.append(Problem("law_unknown_driver", values=blanks))
            elif type(value) is not int or value < 0:
                problems.append(Problem("law_not_a_number", values={"found": value}))
    for name, given in readings.items():
        formula, _, reading = name.rpartition(".")
        known = law.formula(formula).readings if formula else READINGS
        if reading not in known:
            blanks = {"id": formula or "formulas", "reading": reading, "known": ", ".join(known)}
            problems.append(Problem("law_no_reading", values=blanks))
            continue
        for answer in given:
            if answer_text(answer) not in READINGS[reading]:
                blanks = {"reading": reading, "found": answer, "known": ", ".join(READINGS[reading])}
                problems.append(Problem("law_no_answer", values=blanks))
    if problems:
        raise LawError(problems)


def _answers(formula: Formula, readings: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, str]]:
    """Each combination of the answers asked for; what names the formula goes before what names none."""
    asked: dict[str, list[str]] = {}
    for name in formula.readings:
        given = readings.get(f"{formula.id}.{name}", readings.get(name))
        if given is not None:
            asked[name] = [answer_text(answer) for answer in given]
    for combination in product(*asked.values()):
        yield full_reading(formula, dict(zip(asked, combination, strict=True)))


def _given(cases: Sequence[Mapping[str, int]]) -> dict[str, list[int | None]]:
    """The drivers of every case, by name; None where one is not given and none stands for it."""
    given: dict[str, list[int | None]] = {
        name: [case.get(name, case.get(_STANDS_FOR.get(name, ""))) for case in cases] for name in DRIVER_UNITS
    }
    return given | {"offices": [1] * len(cases)}


def _rows(
    given: Mapping[str, Sequence[int | None]], formula: Formula, rule: LevelRule, answers: Mapping[str, str]
) -> pd.DataFrame:
    """What one formula in one reading asks of every case: `COLUMNS`, a row each."""
    needed = list(dict.fromkeys((rule.driver, *drivers_of(rule.rule))))
    missing = [
        ", ".join(name for name, value in zip(needed, values, strict=True) if value is None)
        for values in zip(*(given[name] for name in needed), strict=True)
    ]
    known = np.array([not names for names in missing], dtype=bool)
    drivers = {name: np.array(given[name], dtype=object)[known].astype(np.int64) for name in needed}
    posts = np.full(len(missing), np.nan)
    posts[known] = _posts(rule, drivers, answers, int(known.sum()))
    value = pd.array(given[rule.driver], dtype="Int64")
    changed = {name: answer for name, answer in answers.items() if answer != formula.readings[name]}
    columns = {
        "case": np.arange(1, len(missing) + 1),
        "formula": formula.id,
        "reading": reading_text(changed),
        "level": rule.level,
        "driver": rule.driver,
        "driver_value": value,
        "posts_required": posts,
        "driver_per_post": value / np.where(posts > 0, posts, np.nan),
        "region": words.pick(dict(formula.region)),
        "missing": missing,
    }
    return pd.DataFrame(columns, columns=list(COLUMNS))


def _posts(
    rule: LevelRule, drivers: Mapping[str, NDArray[np.int64]], answers: Mapping[str, str], offices: int
) -> NDArray[np.float64]:
    """Posts of each office, reckoned on its own; empty beyond the figures of the text [offices]."""
    try:
        exact = posts_by(rule.rule, drivers, answers, offices=offices)
    except LawError:
        if offices == 1:
            return np.array([np.nan])
        half = offices // 2
        parts = (slice(half), half), (slice(half, None), offices - half)
        return np.concatenate(
            [
                _posts(rule, {name: column[part] for name, column in drivers.items()}, answers, count)
                for part, count in parts
            ]
        )
    return rounded(exact, answers.get("rounding", "ceil")).astype(np.float64)

"""Offices whose posts are counted one by one under one rule, so that their counts can be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from simlib.policy.posts.formulas import LevelRule
from simlib.policy.posts.offices import AreaCounts, Areas, Offices
from simlib.policy.readings import full_reading
from simlib.policy.rules import Column, Reading, Rule, Steps, drivers_of, parts_of, posts_by, rounded
from simlib.policy.staffing import levels_asked
from simlib.policy.statutes import Law

COUNTY_DIGITS, CITY_DIGITS = 6, 4
FARTHEST = 10**10
"""Beyond this value of a driver no step is looked for: more than there are people."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Offices whose posts are counted one by one under one rule: their drivers [offices]."""

    level: str
    rule: LevelRule
    offices: Offices
    drivers: Mapping[str, Column]
    reading: Reading
    within: Column
    """Code of the county (of a township) or city (of a county) that holds each office [offices]."""

    def posts(self, drivers: Mapping[str, Column]) -> Column:
        """Rounded posts for these values of the drivers."""
        first = next(iter(drivers.values()))
        exact = posts_by(self.rule.rule, drivers, self.reading, offices=len(first))
        return rounded(exact, self.reading.get("rounding", "ceil"))

    def is_said(self, drivers: Mapping[str, Column]) -> Column:
        """Where the text has figures for these values."""
        said = np.ones(len(next(iter(drivers.values()))), dtype=bool)
        for name, values in drivers.items():
            least, most = figures_of(self.rule.rule, name)
            said &= (values >= least) & (values <= most)
        return said


def counted_offices(
    place: Areas,
    formula_id: str,
    law: Law,
    reading: Mapping[str, Any] | None,
    levels: Sequence[str] | None,
    on: date | None,
) -> list[Counted]:
    """The offices of each level asked for, with what its rule counts; a level without a rule gives none."""
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
        found.append(Counted(level, rule, offices, drivers, answers, _holders(offices.codes)))
    return found


def figures_of(rule: Rule, driver: str) -> tuple[int, int]:
    """The least and greatest value of a driver for which every tier table of the rule has figures."""
    steps = [part for part in parts_of(rule) if isinstance(part, Steps) and part.by == driver]
    ends = [part.most for part in steps if part.most is not None]
    return max((part.least for part in steps), default=0), min(ends, default=FARTHEST)


def _holders(codes: Column) -> Column:
    """The code of what holds each office: a township's county, a county's city."""
    digits = [COUNTY_DIGITS if len(code) > COUNTY_DIGITS else CITY_DIGITS for code in codes]
    return np.array([code[:n] for code, n in zip(codes, digits, strict=True)], dtype=object)

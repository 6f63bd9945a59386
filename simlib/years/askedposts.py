"""Posts that a scenario asks for, office by office, and what one of them costs."""

from __future__ import annotations

import pandas as pd

from simlib.errors import Problem, ScenarioError
from simlib.places.place import Place
from simlib.policy.lawhead import AT_MOST
from simlib.policy.prices import price_of_post
from simlib.policy.staffing import required_posts
from simlib.policy.statutes import Law
from simlib.scenario import NONE, Scenario
from simlib.units import FEN_PER_YUAN

POSTS_LEVELS = ("township", "county")
"""Levels whose posts work at the simulated desks."""


def price_fen(scenario: Scenario, place: Place, law: Law) -> int:
    """All-in price of a bought post in its first year [fen]: the planner's, else what the law says.

    Raises ScenarioError where posts are to be bought and no price is known.
    """
    if scenario.policy.price_yuan is not None:
        return scenario.policy.price_yuan * FEN_PER_YUAN
    known = price_of_post(law, place)
    if known is None and (scenario.policy.formula != NONE or scenario.policy.posts):
        raise ScenarioError(Problem("scenario_price", column="policy.price_yuan"))
    return known or 1


def staffing_of(scenario: Scenario, place: Place, law: Law) -> pd.DataFrame:
    """Posts the formula asks for, by office; empty where nothing is bought; or the planner's own posts."""
    given = scenario.policy.posts
    if scenario.policy.formula == NONE:
        asked = _nothing_asked(place)
        return _given(asked, scenario, price_fen(scenario, place, law)) if given else asked
    asked = required_posts(
        place,
        scenario.policy.formula,
        law=law,
        reading=scenario.policy.reading,
        price_fen=price_fen(scenario, place, law),
    )
    return _given(asked, scenario, price_fen(scenario, place, law)) if given else asked


def _given(asked: pd.DataFrame, scenario: Scenario, price: int) -> pd.DataFrame:
    """The table with the planner's posts in place of what is missing; without a formula they are asked for.

    Raises ScenarioError for a code that is no office of the table.
    """
    given = scenario.policy.posts
    offices = asked["level"].isin(POSTS_LEVELS)
    strange = sorted(set(given) - set(asked.loc[offices, "area_code"]))
    if strange:
        raise ScenarioError(
            [Problem("scenario_posts", column="policy.posts", values={"found": code}) for code in strange]
        )
    gap = asked["area_code"].map(given).where(offices).fillna(0).astype("int64")
    table = asked.assign(gap=gap, cost_yuan_year1=gap * price // FEN_PER_YUAN)
    if scenario.policy.formula == NONE:
        table = table.assign(posts_required=table["posts_existing"] + gap)
    return table


def _nothing_asked(place: Place) -> pd.DataFrame:
    """The same table where no formula is applied: every office with its posts and nothing required."""
    parts = [
        pd.DataFrame(
            {
                "area_code": frame[code],
                "area": frame[name],
                "level": level,
                "driver": "",
                "driver_value": 0,
                "posts_required": 0,
                "posts_existing": frame["posts_payroll"] + frame["posts_contract"],
                "gap": 0,
                "cost_yuan_year1": 0,
                "modality": "",
            }
        )
        for frame, code, name, level in (
            (place.counties, "county_code", "county", "county"),
            (place.townships, "area_code", "area", "township"),
        )
    ]
    return pd.concat(parts, ignore_index=True)


def posts_asked(staffing: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Posts required of each office, and missing, by its code."""
    asked = staffing[staffing["level"].isin(POSTS_LEVELS) & (staffing["modality"] != AT_MOST)]
    columns = (asked[name].tolist() for name in ("area_code", "posts_required", "gap"))
    return {str(code): (int(required), int(gap)) for code, required, gap in zip(*columns, strict=True)}

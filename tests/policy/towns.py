"""A small place built from a list of towns, for tests of policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from simlib.places.columns import PROGRAMMES

MORE = (
    "villages",
    "population",
    "population_registered",
    "institutions",
    "residents_able",
    "residents_partial",
    "residents_wholly",
    "posts_payroll",
    "posts_contract",
    "posts_village",
    "temporary_persontimes",
    "medical_persontimes",
)


@dataclass(frozen=True)
class Towns:
    """What the policy room reads of a place."""

    townships: pd.DataFrame
    counties: pd.DataFrame
    province: str = "广东省"
    wage_region: str = "other"
    title: Mapping[str, str] = field(default_factory=lambda: {"zh": "某市", "en": "A city"})


def towns(rows: Sequence[Mapping[str, Any]], **place: Any) -> Towns:
    """A place of these townships; `households` and `persons` stand for rural dibao, the rest is 0."""
    listed = []
    for i, row in enumerate(rows):
        county = str(row.get("county_code", "445302"))
        town: dict[str, Any] = dict.fromkeys(MORE, 0)
        town["assistance_share"] = 0.5
        for programme in PROGRAMMES:
            town |= {f"{programme}_households": 0, f"{programme}_persons": 0}
        town |= {"area_code": f"{county}{100 + i}", "area": f"镇{i}", "county_code": county, "county": county}
        for key, value in row.items():
            town[f"dibao_rural_{key}" if key in ("households", "persons") else key] = value
        listed.append(town)
    codes = sorted({town["county_code"] for town in listed})
    counties = pd.DataFrame(
        {
            "county_code": codes,
            "county": codes,
            "posts_payroll": 0,
            "posts_contract": 0,
            "posts_verification": 0,
        }
    )
    return Towns(pd.DataFrame(listed), counties, **place)

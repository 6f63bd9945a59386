"""Places to measure on: Leshan as built from the frame, a part of it, or many of it side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from simlib.places.place import Place, write_place
from simlib.places.synthesis import build_place

LESHAN = "leshan"
COUNTY = "511181"
"""峨眉山市, a county of Leshan of middling size."""


def leshan() -> Place:
    """Leshan: real townships, a synthetic caseload."""
    with TemporaryDirectory() as folder:
        return build_place(LESHAN, Path(folder) / LESHAN)


def only(place: Place, counties: Sequence[str]) -> Place:
    """The counties of these codes as a place of their own."""
    return replace(
        place,
        id=f"{place.id}-{len(counties)}",
        townships=place.townships[place.townships["county_code"].isin(counties)].reset_index(drop=True),
        counties=place.counties[place.counties["county_code"].isin(counties)].reset_index(drop=True),
    )


def many(place: Place, townships: int) -> Place:
    """So many townships: the place's counties again and again, under codes of their own in its province."""
    areas = place.townships
    copies = -(-townships // len(areas))
    province, counties = areas["area_code"].iloc[0][:2], len(place.counties)
    number = {code: place_number for place_number, code in enumerate(place.counties["county_code"])}

    def codes(column: pd.Series, copy: int) -> list[str]:
        return [f"{province}{copy * counties + number[code]:04d}" for code in column]

    parts = []
    for copy in range(copies):
        part = areas.assign(county_code=codes(areas["county_code"], copy))
        own = part.groupby("county_code").cumcount() + 1
        part["area_code"] = part["county_code"] + own.map("{:03d}".format)
        parts.append(part.assign(budget_unit=part["county_code"]))
    wide = pd.concat(parts, ignore_index=True).iloc[:townships]
    bureaus = pd.concat(
        [
            place.counties.assign(county_code=codes(place.counties["county_code"], copy))
            for copy in range(copies)
        ],
        ignore_index=True,
    )
    bureaus = _with_money_of(bureaus[bureaus["county_code"].isin(wide["county_code"])], wide)
    return replace(
        place,
        id=f"{place.id}-{townships}",
        townships=wide.sort_values("area_code", ignore_index=True),
        counties=bureaus.sort_values("county_code", ignore_index=True),
    )


def _with_money_of(bureaus: pd.DataFrame, townships: pd.DataFrame) -> pd.DataFrame:
    """Counties whose money is the sum of their townships'."""
    summed = townships.groupby("county_code")[["dibao_spending_yuan", "grant_yuan"]].sum()
    money = {name: bureaus["county_code"].map(summed[name]).astype(np.int64) for name in summed.columns}
    return bureaus.assign(**money)


def written(place: Place, folder: Path) -> Path:
    """The folder of a place written there."""
    write_place(place, folder / place.id)
    return folder / place.id

"""Places built from the real frame with a labelled synthetic caseload.

Areas, villages and population are real; caseloads are census population × assumed rates, shared over the
townships of a county by villages and addressed chance; existing posts are assumed. A county whose caseload
was really published keeps its published totals. Every sum is exact: townships add up to their county.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from simlib.errors import PlaceError, Problem
from simlib.places.columns import columns
from simlib.places.county import County, Factors, both_languages
from simlib.places.frame import assumed, frame_table, regions
from simlib.places.place import Place, load_place, write_place

DEFAULT_SEED = 2027
_FRAME_DATE = "2025-12-31"


def frame_regions() -> tuple[str, ...]:
    """The names of the places that can be built from the frame.

    >>> frame_regions()
    ('leshan', 'yunfu', 'hainan', 'shizuishan')
    """
    return tuple(regions())


def build_place(name: str, out: Path, *, seed: int = DEFAULT_SEED) -> Place:
    """The default place `name`, written into the folder `out` and read back from it.

    seed: of the factors that make townships uneven; the same seed gives the same bytes.
    Raises PlaceError for an unknown name, or a folder that holds anything but this place as built before.
    """
    if name not in regions():
        known = ", ".join(regions())
        raise PlaceError(Problem("place_unknown_name", values={"found": name, "known": known}))
    if not _may_write(name, out):
        raise PlaceError(Problem("place_exists", values={"folder": str(out)}))
    write_place(_synthetic(name, out, seed), out)
    return load_place(out)


def _may_write(name: str, out: Path) -> bool:
    """Whether `out` is new, empty, or holds this very place with nothing but synthetic rows."""
    if not out.exists():
        return True
    if not out.is_dir():
        return False
    files = {file.name for file in out.iterdir()}
    if not files:
        return True
    if files != {"townships.csv", "counties.csv", "place.yaml"}:
        return False
    try:
        held = load_place(out)
    except PlaceError:
        return False
    return held.id == name and bool((held.townships["status"] == "synthetic").all())


def _synthetic(name: str, folder: Path, seed: int) -> Place:
    region = regions()[name]
    counties = frame_table("counties")
    counties = counties[(counties["region"] == region["region"]) & (counties["population_2020"] > 0)]
    factors = Factors(seed)
    areas = pd.concat(
        [County(name, county, factors, seed).areas() for county in counties.to_dict("records")],
        ignore_index=True,
    )
    areas = areas[list(columns("townships"))].sort_values("area_code", ignore_index=True)
    return Place(
        id=name,
        title=region["title"],
        province=region["province"],
        wage_region=region["wage_region"],
        as_of=_FRAME_DATE,
        source=both_languages("places.synthetic_title"),
        townships=areas,
        counties=_county_rows(counties, areas),
        notes=(),
        folder=folder,
    )


def _county_rows(counties: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    rows = counties[["county_code", "county"]].sort_values("county_code", ignore_index=True)
    rows["posts_payroll"] = int(assumed("existing_posts.county_payroll"))
    rows["posts_contract"] = int(assumed("existing_posts.county_contract"))
    rows["posts_verification"] = int(assumed("existing_posts.verification"))
    for money in ("dibao_spending_yuan", "grant_yuan"):
        rows[money] = rows["county_code"].map(areas.groupby("county_code")[money].sum())
    rows["status"] = "assumed"
    rows["source"] = both_languages("places.posts_source")
    return rows[list(columns("counties"))]

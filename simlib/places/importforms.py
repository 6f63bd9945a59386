"""What a file says beside its townships: the form's other sheets, and rows of bureaus among townships."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from simlib.places.checks import typed
from simlib.places.columns import plain, vocabulary
from simlib.places.complaints import Complaints
from simlib.places.grids import Grid
from simlib.places.importfacts import Findings
from simlib.places.tables import read_place_sheet, read_sheet

_POSTS = {"bureau": ("posts_payroll", "posts_contract"), "verification": ("posts_verification",)}


@dataclass(frozen=True, slots=True)
class FormSheets:
    """counties: as counties.csv has them, with the line in `row`; head: as place.yaml has it."""

    counties: pd.DataFrame = field(default_factory=pd.DataFrame)
    head: Mapping[str, str] = field(default_factory=dict)


def form_sheets(path: Path, grids: Sequence[Grid], found: Findings) -> FormSheets:
    """The two other sheets of a workbook that is our form; empty for any other file."""
    titles = {plain(grid.title) for grid in grids}
    known = vocabulary().sheets
    if not all(titles & set(known[name]) for name in ("townships", "counties", "place")):
        return FormSheets()
    complaints = Complaints()
    head = read_place_sheet(path, complaints) or {}
    titles_of = {lang: text for lang, text in dict(head.pop("title", {})).items() if text}
    told = {key: value for key, value in head.items() if value} | ({"title": titles_of} if titles_of else {})
    counties = _counties(path, complaints)
    found.problems += [problem for problem in complaints.problems if problem.key != "place_no_rows"]
    found.notes += complaints.notes
    return FormSheets(counties, told)


def _counties(path: Path, complaints: Complaints) -> pd.DataFrame:
    raw = read_sheet(path, "counties", complaints)
    if raw is None:
        return pd.DataFrame()
    return typed(raw, complaints).assign(row=raw.rows)


def bureau_rows(
    counties: pd.DataFrame, bureaus: pd.DataFrame, towns: pd.DataFrame, found: Findings
) -> pd.DataFrame:
    """The counties with the posts that rows of bureaus and verification centres among the townships give."""
    if bureaus.empty or towns.empty:
        return counties
    codes = {name: code for name, code in zip(towns["county"], towns["county_code"], strict=True) if code}
    rows: dict[str, dict[str, object]] = {}
    for bureau in bureaus.to_dict("records"):
        named = str(bureau.get("county") or "")
        code = str(bureau.get("county_code") or codes.get(named, ""))
        if not code and len(set(codes.values())) == 1:
            code = next(iter(codes.values()))
        if not code:
            found.blame("bureau_county", int(bureau["row"]), "", found=bureau["area"])
            continue
        county = next((name for name, of in codes.items() if of == code), named)
        posts = [int(bureau[name]) if _is_given(bureau.get(name)) else "—" for name in _POSTS["bureau"]]
        blanks = {"county": county, "payroll": posts[0], "contract": posts[1]}
        found.note(f"{bureau['kind']}_read", int(bureau["row"]), "", **blanks)
        row = rows.setdefault(code, {"county_code": code, "county": county, "row": bureau["row"]})
        given = [bureau[name] for name in _POSTS["bureau"] if _is_given(bureau.get(name))]
        if bureau["kind"] == "verification" and given:
            row["posts_verification"] = sum(given)
        elif bureau["kind"] == "bureau":
            row |= {name: bureau[name] for name in _POSTS["bureau"] if _is_given(bureau.get(name))}
    told = pd.DataFrame(list(rows.values()))
    if counties.empty:
        return told
    for again in sorted(set(told.get("county_code", ())) & set(counties["county_code"])):
        line = int(told.loc[told["county_code"] == again, "row"].iloc[0])
        found.blame("bureau_twice", line, "", code=again)
    return counties


def _is_given(value: object) -> bool:
    return value is not None and value == value

"""The code of each row of a foreign table: given, chosen, found by name, or provisional."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from simlib.places.complaints import shown
from simlib.places.importareas import (
    areas_named,
    counties_named_in,
    county_codes,
    known_areas,
    known_counties,
    most_like,
    short_area,
    undivided,
    without_remark,
)
from simlib.places.importfacts import Findings
from simlib.places.importrows import NAMES
from simlib.yamlfile import nearest

_PROVISIONAL = 900
"""Townships without a published code here get numbers of their county from here on, marked provisional."""
_SURE_SHARE = 0.5
"""Where no line names the county, this part of the townships must be of one county at least."""


class Coder:
    """Gives codes to the rows of one sheet."""

    def __init__(self, found: Findings) -> None:
        self.found = found
        self._next_free: dict[str, int] = {}

    def with_codes(self, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
        """The rows with area_code, area, county_code, county and in `how` where the code comes from."""
        frame = pd.DataFrame(rows)
        for name in (*NAMES, "how"):
            if name not in frame:
                frame[name] = ""
            frame[name] = frame[name].fillna("").astype(str)
        used: dict[str, int] = {}
        for at, row in frame.iterrows():
            code, county_code, how = self._code(row)
            frame.loc[at, ["area_code", "county_code", "how"]] = [code, county_code, how]
            if code and code in used:
                values = {"code": code, "other": used[code], "area": row["area"]}
                self.found.blame("code_twice", int(row["row"]), "", **values)
            used.setdefault(code, int(row["row"]))
            if code:
                self._names_of(frame, at, code, county_code, is_found_by_name=how == "name")
        self._missing(frame)
        return frame

    def _names_of(
        self, frame: pd.DataFrame, at: Any, code: str, county_code: str, *, is_found_by_name: bool
    ) -> None:
        """Names that are missing; where the name is how the code was found, the official one.

        Offices write it with gaps, behind the county's or with that of the office, and forms would repeat it.
        """
        known = known_areas()
        hit = known[known["area_code"] == code]
        if not frame.loc[at, "area"] or (is_found_by_name and len(hit)):
            frame.loc[at, "area"] = hit["area"].iloc[0] if len(hit) else code
        if not frame.loc[at, "county"] or (is_found_by_name and len(hit)):
            frame.loc[at, "county"] = county_name(county_code)

    def _code(self, row: Any) -> tuple[str, str, str]:
        """The code of a row's township, that of its county, and how they were found."""
        line = int(row["row"])
        if line in self.found.chosen.areas:
            code = self.found.chosen.areas[line]
            if not re.fullmatch(r"\d{9}", code):
                self.found.blame("bad_code", line, "", found=shown(code))
                return "", row["county_code"], "none"
            return code, row["county_code"] or code[:6], "chosen"
        if row["area_code"]:
            digits = re.sub(r"\D", "", row["area_code"])
            if len(digits) in (9, 12):
                return digits[:9], row["county_code"] or digits[:6], "code"
            self.found.blame("bad_code", line, "", found=shown(row["area_code"]))
            return "", row["county_code"], "none"
        return self._by_name(row, line)

    def _by_name(self, row: Any, line: int) -> tuple[str, str, str]:
        area, county = short_area(row["area"]), row["county"]
        if row["area"] in undivided() and county in ("", row["area"]):
            return f"{undivided()[row['area']]}000", undivided()[row["area"]], "name"
        codes = [row["county_code"]] if row["county_code"] else self._counties(county)
        known = known_areas()
        pool = known[known["county_code"].isin(codes)] if codes else known
        hits = areas_named(area, pool)
        if len(hits) == 1:
            is_near = not area.endswith(hits["area"].iloc[0])
            if is_near or without_remark(row["area"]) != row["area"].strip():
                self.found.note("area_near", line, "", found=row["area"], meant=hits["area"].iloc[0])
            return str(hits["area_code"].iloc[0]), str(hits["county_code"].iloc[0]), "name"
        if len(hits) > 1:
            told = "; ".join(f"{r.county}{r.area} {r.area_code}" for r in hits.head(5).itertuples())
            self.found.blame("area_many", line, "", found=row["area"], known=told)
        elif codes and len(pool):
            like = nearest(area, pool["area"].tolist())
            coded = dict(zip(pool["area"], pool["area_code"], strict=True))
            codes_near = _few(", ".join(str(coded[one]) for one in like.split(", ")))
            where = county or county_name(codes[0])
            self.found.blame(
                "area_unknown", line, "", found=row["area"], county=where, near=_few(like), codes=codes_near
            )
        elif len(codes) == 1:
            return self._provisional(codes[0], county, line), codes[0], "provisional"
        elif codes:
            self.found.blame("county_many", line, "", found=county, known=", ".join(codes[:6]))
        else:
            near = _few(nearest(county, list(known_counties()))) if county else ""
            key = "county_unknown" if near else "county_none"
            self.found.blame(key, line, "", found=county or row["area"], near=near)
        return "", "", "none"

    def _counties(self, county: str) -> list[str]:
        """Codes a county's name can mean; the county chosen for the file settles which."""
        chosen = self.found.chosen.county
        codes = county_codes(county) if county else []
        return [chosen] if chosen and (not county or chosen in codes) else codes

    def _provisional(self, county_code: str, county: str, line: int) -> str:
        number = self._next_free.get(county_code, _PROVISIONAL) + 1
        self._next_free[county_code] = number
        if number == _PROVISIONAL + 1:
            told = county or county_name(county_code)
            self.found.note("provisional", line, "", county=told, code=f"{county_code}{number}")
        return f"{county_code}{number}"

    def _missing(self, frame: pd.DataFrame) -> None:
        """Townships of a county in the file that the file does not name."""
        known = known_areas()
        for code in dict.fromkeys(frame["county_code"]):
            pool = known[known["county_code"] == code]
            absent = pool[~pool["area_code"].isin(frame["area_code"])]
            if 0 < len(absent) < len(pool):
                listed = "、".join(absent["area"].head(8))
                self.found.note(
                    "absent", None, "", county=pool["county"].iloc[0], n=len(absent), areas=listed
                )


def _few(names: str) -> str:
    """At most eight names of a list."""
    listed = names.split(", ")
    return "、".join(listed[:8]) + ("…" if len(listed) > 8 else "")


def county_name(code: str) -> str:
    """The name of a county by its code, the code where it is not known."""
    return next((name for name, codes in known_counties().items() if code in codes), code)


def county_of_file(found: Findings, titles: Sequence[str], areas: Sequence[str]) -> str:
    """The code of the one county a sheet without a column of counties is about; "" where that is not sure.

    titles: texts that may name it: lines above the headings, the sheet's and the file's name; areas: names
    of its townships.
    """
    named = counties_named_in(" ".join(titles))
    likely = most_like(named, list(areas)) if len(named) != 1 else named
    if len(likely) == 1:
        code = likely[0]
        if not named:
            known = known_areas()
            mine = set(known.loc[known["county_code"] == code, "area"])
            if sum(short_area(area) in mine for area in areas) < max(2, _SURE_SHARE * len(areas)):
                return ""
        found.note("county_taken", None, "", county=county_name(code), code=code)
        return code
    return ""

"""Cells turned into figures and held against each other; what does not hold is never mended."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simlib.places.columns import PROGRAMMES, RESIDENTS, STATUSES, WHOLE_KINDS, Column, columns
from simlib.places.complaints import PERSONAL, Complaints
from simlib.places.tables import RawTable

Mask = NDArray[np.bool_]

_WHOLE = r"[0-9]{1,12}(\.0+)?"
_SHARE = r"0(\.[0-9]{1,9})?|1(\.0{1,9})?"
_FAULTS = (
    ("negative", r"[-−－–][0-9.]+"),
    ("fractional", r"[0-9]*\.[0-9]+"),
    ("too_great", r"[0-9]{13,}"),
)
_DAMAGED = re.compile("[\x00-\x1f\x7f\ufffd]")


def typed(raw: RawTable, complaints: Complaints) -> pd.DataFrame:
    """The columns of a table as figures: whole numbers Int64, shares Float64, text as text; blank is NA.

    Index: position in the file. A cell that is not what its column holds is a complaint and becomes NA.
    """
    frame = pd.DataFrame(index=raw.cells.index)
    for name, column in columns(raw.table).items():
        if name in raw.cells:
            frame[name] = _figures(raw, column, complaints)
    return frame


def _figures(raw: RawTable, column: Column, complaints: Complaints) -> pd.Series:
    cells = raw.cells[column.name].tolist()
    blank = np.array([cell == "" for cell in cells], dtype=bool)
    if column.need or column.name.endswith(("_households", "_persons")):
        key = "blank" if column.kind in WHOLE_KINDS else "blank_text"
        _complain(raw, complaints, key, blank, column)
    if column.kind in WHOLE_KINDS:
        return _whole(raw, column, cells, blank, complaints)
    _personal(raw, column, cells, complaints)
    if column.kind == "share":
        good = _fits(cells, _SHARE)
        _complain(raw, complaints, "share", ~good & ~blank, column)
        shares = [float(cell) if fits else None for cell, fits in zip(cells, good.tolist(), strict=True)]
        return pd.Series(pd.array(shares, dtype="Float64"), index=raw.cells.index)
    gone = blank
    if column.kind == "code":
        wrong = ~_fits(cells, f"[0-9]{{{column.digits}}}") & ~blank
        _complain(raw, complaints, "code_shape", wrong, column, digits=column.digits)
        gone = wrong | blank
    else:
        if column.kind == "status":
            wrong = ~np.isin(cells, STATUSES) & ~blank
            _complain(raw, complaints, "status", wrong, column)
        damaged = np.array([_DAMAGED.search(cell) is not None for cell in cells], dtype=bool)
        _complain(raw, complaints, "damaged", damaged, column)
    texts = [None if is_gone else cell for cell, is_gone in zip(cells, gone.tolist(), strict=True)]
    return pd.Series(texts, index=raw.cells.index, dtype="str")


def _whole(
    raw: RawTable, column: Column, cells: Sequence[str], blank: Mask, complaints: Complaints
) -> pd.Series:
    good = _fits(cells, _WHOLE)
    rest = ~good & ~blank
    if rest.any():
        looked_at = [cell if is_rest else "" for cell, is_rest in zip(cells, rest.tolist(), strict=True)]
        rest &= ~_personal(raw, column, looked_at, complaints)
        for fault, shape in _FAULTS:
            hit = rest & _fits(cells, shape)
            _complain(raw, complaints, fault, hit, column)
            rest &= ~hit
        _complain(raw, complaints, "not_whole", rest, column)
    whole = [
        int(cell.partition(".")[0]) if fits else None for cell, fits in zip(cells, good.tolist(), strict=True)
    ]
    return pd.Series(pd.array(whole, dtype="Int64"), index=raw.cells.index)


def _fits(cells: Sequence[str], shape: str) -> Mask:
    """Which cells are of a shape, from end to end."""
    fits = _compiled(shape).fullmatch
    return np.array([fits(cell) is not None for cell in cells], dtype=bool)


@cache
def _compiled(shape: str) -> re.Pattern[str]:
    return re.compile(shape)


def _personal(raw: RawTable, column: Column, cells: Sequence[str], complaints: Complaints) -> Mask:
    found = np.array([PERSONAL.search(cell) is not None for cell in cells], dtype=bool)
    if found.any():
        complaints.rows("personal_number", raw.file, raw.rows[found], raw.heading(column.name))
    return found


def _complain(
    raw: RawTable, complaints: Complaints, key: str, where: Mask, column: Column, **values: object
) -> None:
    """Complain of the rows where something is so; values: what is the same in every row."""
    if not where.any():
        return
    blanks: dict[str, Any] = {name: [str(value)] * int(where.sum()) for name, value in values.items()}
    if not key.startswith("blank"):
        blanks["found"] = raw.cells[column.name][where].tolist()
    complaints.rows(key, raw.file, raw.rows[where], raw.heading(column.name), **blanks)


# --- columns against each other ---------------------------------------------------------------------------


def check_rows(raw: RawTable, frame: pd.DataFrame, complaints: Complaints) -> None:
    """Codes once only; households and persons of a programme, institutions and residents that can be true."""
    code = "area_code" if raw.table == "townships" else "county_code"
    if code in frame:
        _once(raw, frame[code], code, complaints)
    for programme in PROGRAMMES:
        households, persons = f"{programme}_households", f"{programme}_persons"
        if households in frame and persons in frame:
            fewer = (frame[persons] < frame[households]).fillna(False)
            none = ((frame[households] == 0) & (frame[persons] > 0)).fillna(False)
            pair = {"households": frame[households], "persons": frame[persons]}
            _pairs(raw, complaints, "persons_below_households", fewer, persons, pair)
            _pairs(raw, complaints, "persons_without_household", none, persons, pair)
    residents = [name for name in RESIDENTS if name in frame]
    if "institutions" in frame and residents:
        living = frame[residents].sum(axis=1)
        homeless = ((frame["institutions"] == 0) & (living > 0)).fillna(False)
        _pairs(raw, complaints, "residents_nowhere", homeless, "institutions", {"residents": living})
    _check_totals(raw, frame, complaints)


def check_programmes(raw: RawTable, frame: pd.DataFrame, complaints: Complaints) -> None:
    """At least one programme gives both households and persons."""
    given = [p for p in PROGRAMMES if f"{p}_households" in frame and f"{p}_persons" in frame]
    if not given:
        complaints.add("no_programme", raw.file)


def _once(raw: RawTable, codes: pd.Series, column: str, complaints: Complaints) -> None:
    again = codes.duplicated() & codes.notna()
    if again.any():
        first = dict(zip(codes[::-1], raw.rows[::-1].tolist(), strict=True))
        at = again.to_numpy()
        seen = [first[code] for code in codes[at]]
        complaints.rows(
            "twice", raw.file, raw.rows[at], raw.heading(column), found=codes[at].tolist(), first=seen
        )


def _pairs(
    raw: RawTable,
    complaints: Complaints,
    key: str,
    where: pd.Series,
    column: str,
    values: dict[str, pd.Series],
) -> None:
    at: NDArray[np.bool_] = where.to_numpy(dtype=bool)
    if at.any():
        blanks = {name: series[at].tolist() for name, series in values.items()}
        complaints.rows(key, raw.file, raw.rows[at], raw.heading(column), **blanks)


def _check_totals(raw: RawTable, frame: pd.DataFrame, complaints: Complaints) -> None:
    """A row of sums states what its columns add up to; where rows cannot be read, nothing is held to it."""
    spoiled = complaints.about(raw.file)
    for line, cells in raw.totals:
        for name, column in columns(raw.table).items():
            stated = cells.get(name, "").strip()
            if column.kind not in ("count", "money") or name not in frame or not stated or spoiled:
                continue
            added = int(frame[name].sum())
            if not stated.isascii() or not stated.isdigit() or int(stated[:15]) != added:
                complaints.add("total", raw.file, line, raw.heading(name), found=stated[:20], added=added)
        complaints.note("total_row", raw.file, row=line)


def check_counties(
    townships: RawTable,
    areas: pd.DataFrame,
    counties: RawTable,
    county_frame: pd.DataFrame,
    complaints: Complaints,
) -> None:
    """Townships against counties: known codes, equal names, codes of one county, money that adds up."""
    if not {"county_code", "county"} <= set(county_frame) or "county_code" not in areas:
        return
    code = areas["county_code"]
    known = set(county_frame["county_code"].dropna())
    _pairs(
        townships,
        complaints,
        "unknown_county",
        ~code.isin(known) & code.notna(),
        "county_code",
        {"found": code},
    )
    names = county_frame.drop_duplicates("county_code").set_index("county_code")["county"]
    meant = code.map(names)
    if "county" in areas:
        other = (areas["county"] != meant) & meant.notna() & areas["county"].notna()
        _pairs(
            townships,
            complaints,
            "county_name",
            other,
            "county",
            {"found": areas["county"], "code": code, "meant": meant},
        )
    if "area_code" in areas:
        prefix, meant = areas["area_code"].str[:6], code.where(code.isin(known))
        elsewhere = (prefix != meant) & (prefix.str[:2] == meant.str[:2]) & prefix.notna() & meant.notna()
        if "budget_unit" in areas:
            elsewhere &= areas["budget_unit"].isna()
        _pairs(
            townships,
            complaints,
            "area_of_other_county",
            elsewhere,
            "area_code",
            {"found": areas["area_code"], "code": code},
        )
    if complaints.about(townships.file):
        return  # rows that cannot be read would only make sums wrong, too
    for name in ("dibao_spending_yuan", "grant_yuan"):
        if name in areas and name in county_frame and areas[name].notna().all():
            added = areas.groupby("county_code")[name].sum()
            sums = county_frame["county_code"].map(added).fillna(0)
            off = ((county_frame[name] != sums) & county_frame[name].notna()).fillna(False)
            _pairs(
                counties,
                complaints,
                "money_total",
                off,
                name,
                {"found": county_frame[name], "added": sums.astype("int64")},
            )


def check_province(
    raw: RawTable, frame: pd.DataFrame, column: str, prefix: str, province: str, complaints: Complaints
) -> None:
    """Every code begins with the two digits of the province."""
    if column in frame:
        other = (frame[column].str[:2] != prefix) & frame[column].notna()
        names = pd.Series(province, index=frame.index)
        _pairs(
            raw,
            complaints,
            "province",
            other,
            column,
            {"found": frame[column], "province": names, "prefix": pd.Series(prefix, index=frame.index)},
        )

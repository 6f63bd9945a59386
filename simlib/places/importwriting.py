"""The files of a place that was imported: what the table says, and nothing it does not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from simlib import words
from simlib.places.columns import PROGRAMMES, WHOLE_KINDS, columns
from simlib.places.completion import persons_per_household, reckoned
from simlib.places.frame import provinces
from simlib.places.importfacts import Findings

SIDES = ("households", "persons")


def _one_sided(frame: pd.DataFrame) -> list[str]:
    """Programmes with one of their two columns, where no programme has both; else nothing is to be filled."""
    sides = {p: [f"{p}_{side}" in frame for side in SIDES] for p in PROGRAMMES}
    if any(all(both) for both in sides.values()):
        return []
    return [programme for programme, both in sides.items() if any(both)]


def note_one_sided(found: Findings, frame: pd.DataFrame) -> None:
    """Say which persons or households will be reckoned from the other column."""
    for programme in _one_sided(frame):
        key = "households_reckoned" if f"{programme}_persons" in frame else "persons_reckoned"
        name = f"{programme}_{'households' if key == 'households_reckoned' else 'persons'}"
        column = columns("townships")[name].title(chinese=words.current_lang() == "zh")
        found.note(key, None, column, size=persons_per_household(programme))


def write_files(
    part: Path, rows: pd.DataFrame, counties: pd.DataFrame, head: Mapping[str, Any], source: str
) -> None:
    """townships.csv, counties.csv and place.yaml in `part`. source: stands where the file gives none."""
    frame = rows.drop(columns=["row", "how"])
    for programme in _one_sided(frame):
        _other_side(frame, programme)
    known = columns("townships")
    for name in [str(name) for name in frame if known[str(name)].kind in WHOLE_KINDS]:
        frame[name] = pd.to_numeric(frame[name]).astype("Int64")
    blank = [name for name in frame if known[str(name)].kind != "text" and frame[name].isna().all()]
    frame = frame.drop(columns=blank)
    frame = _signed(frame, source)
    _ordered(frame, "townships").to_csv(part / "townships.csv", index=False, encoding="utf-8")
    _write_counties(part, frame, counties, source)
    _write_head(part, frame, head, source)


def _other_side(frame: pd.DataFrame, programme: str) -> None:
    households, persons = (f"{programme}_{side}" for side in SIDES)
    given = persons if persons in frame else households
    filled = reckoned(pd.to_numeric(frame[given]).astype("int64"), programme, is_persons=given == persons)
    frame[households if given == persons else persons] = filled


def _signed(frame: pd.DataFrame, source: str) -> pd.DataFrame:
    """Whose figures these are: the user's, from this file, unless a row says otherwise."""
    signed = frame.copy()
    for column, value in (("status", "user"), ("source", source)):
        given = signed[column] if column in signed else pd.Series("", index=signed.index)
        signed[column] = [cell if isinstance(cell, str) and cell else value for cell in given]
    return signed


def _ordered(frame: pd.DataFrame, table: Any) -> pd.DataFrame:
    return frame[[name for name in columns(table) if name in frame]]


def _write_counties(part: Path, towns: pd.DataFrame, counties: pd.DataFrame, source: str) -> None:
    """Every county of the townships, with what is known of its own staff."""
    every = towns[["county_code", "county"]].drop_duplicates("county_code")
    told = counties.drop(columns=["county", "row"], errors="ignore")
    frame = every.merge(told, on="county_code", how="left") if len(told) else every.copy()
    for name in [n for n in frame if columns("counties")[str(n)].kind in WHOLE_KINDS]:
        frame[name] = pd.to_numeric(frame[name]).astype("Int64")
    posts = [name for name in columns("counties") if name.startswith("posts_")]
    known = [all(name in frame and pd.notna(row.get(name)) for name in posts) for _, row in frame.iterrows()]
    given = frame["status"] if "status" in frame else pd.Series("", index=frame.index)
    frame["status"] = [
        cell if isinstance(cell, str) and cell else ("user" if whole else "assumed")
        for cell, whole in zip(given, known, strict=True)
    ]
    _ordered(_signed(frame, source), "counties").to_csv(part / "counties.csv", index=False, encoding="utf-8")


def _write_head(part: Path, towns: pd.DataFrame, head: Mapping[str, Any], source: str) -> None:
    counties = list(dict.fromkeys(towns["county"]))
    title = head.get("title") or (counties[0] if len(counties) == 1 else head["id"])
    titles = dict(title) if isinstance(title, Mapping) else {"zh": title, "en": title}
    prefix = str(towns["county_code"].iloc[0])[:2]
    province = head.get("province") or next((n for n, two in provinces().items() if two == prefix), "")
    content = {"id": head["id"], "title": titles, "province": province}
    content |= {key: head[key] for key in ("wage_region", "as_of") if head.get(key)}
    content["source"] = head.get("source") or source
    (part / "place.yaml").write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")

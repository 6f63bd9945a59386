"""A place: its townships and counties, read from a folder of three files or a workbook, or refused."""

from __future__ import annotations

import csv
import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from simlib import words
from simlib.errors import LawError, PlaceError, Problem
from simlib.places.checks import (
    check_counties,
    check_programmes,
    check_province,
    check_rows,
    typed,
)
from simlib.places.columns import FLOWS, PROGRAMMES, WAGE_REGIONS, TableName, columns
from simlib.places.complaints import Complaints, shown
from simlib.places.completion import Completion, reckoned_grant
from simlib.places.frame import provinces
from simlib.places.tables import RawTable, read_csv, read_place_sheet, read_sheet
from simlib.places.unmanned import first_of, where_nobody
from simlib.units import share_parts
from simlib.yamlfile import load_yaml, nearest, shown_path

NOBODY = "place_note_nobody_"
"""How the keys of notes begin that tell of offices with nobody on the payroll."""
_ID_SHAPE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_PLACE_KEYS = ("id", "title", "province", "wage_region", "as_of", "source")


@dataclass(frozen=True, eq=False)
class Place:
    """A place as it enters a scenario.

    townships: one row a township, sorted by area_code, the columns of `columns("townships")`:
    codes and texts str, counts, minutes and yuan int64, assistance_share float64 0..1.
    counties: one row a county, sorted by county_code, likewise.
    notes: what was derived, assumed or passed over, column by column.
    """

    id: str
    title: Mapping[str, str]
    province: str
    wage_region: str
    as_of: str
    source: str
    townships: pd.DataFrame
    counties: pd.DataFrame
    notes: tuple[Problem, ...]
    folder: Path

    def totals(self) -> pd.DataFrame:
        """Households and persons of each stock, person-times of each flow [count]; index: programme."""
        areas = self.townships
        rows = {
            programme: [int(areas[f"{programme}_{unit}"].sum()) for unit in ("households", "persons")]
            for programme in PROGRAMMES
        }
        rows |= {flow: [0, int(areas[f"{flow}_persontimes"].sum())] for flow in FLOWS}
        table = pd.DataFrame.from_dict(rows, orient="index", columns=["households", "persons"])
        return table.rename_axis("programme")

    @cached_property
    def by_county(self) -> Mapping[str, Place]:
        """Each county that has townships, as a place of its own, by code."""
        code = {table: frame["county_code"].astype(str) for table, frame in _frames(self)}
        parts = {
            str(found): replace(
                self,
                townships=rows.reset_index(drop=True),
                counties=self.counties[code["counties"] == found].reset_index(drop=True),
            )
            for found, rows in self.townships.groupby(code["townships"], sort=False)
        }
        return {name: part for name, part in parts.items() if len(part.counties)}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what a simulation reads of a place: id, province, wage region, codes and figures.

        Names, titles, sources, statuses and notes stay out: correcting a spelling recomputes nothing.
        """
        digest = hashlib.sha256()
        digest.update(f"place 1\x1f{self.id}\x1f{self.province}\x1f{self.wage_region}".encode())
        for table, frame in _frames(self):
            for name, column in columns(table).items():
                cells = frame[name]
                digest.update(f"\x1e{table}.{name}\x1f".encode())
                if column.kind == "share":
                    digest.update("\x1f".join(str(share_parts(value)) for value in cells).encode())
                elif column.kind in ("count", "money", "minutes"):
                    digest.update(cells.to_numpy(dtype="<i8").tobytes())
                elif column.kind == "code" or name == "budget_unit":
                    digest.update("\x1f".join(cells).encode())
        return digest.hexdigest()

    def own_grants(self) -> frozenset[str]:
        """Codes of the counties whose grant is a figure of their own.

        Where none is given it is reckoned from what is spent (`completion.reckoned_grant`), and then tells
        nothing of what it leaves; a grant equal to that, to the yuan, is taken for reckoned.
        """
        day = date.fromisoformat(self.as_of) if self.as_of else None
        areas = self.townships
        spent = reckoned_grant(areas, day).groupby(areas["county_code"].astype(str)).sum()
        grants = self.counties.set_index(self.counties["county_code"].astype(str))["grant_yuan"]
        return frozenset(str(code) for code, yuan in grants.items() if int(yuan) != int(spent.get(code, 0)))

    def _repr_html_(self) -> str:
        say = words.say
        status = self.townships["status"].value_counts()
        kinds = "; ".join(f"{say(f'places.status.{name}')} {count:,}" for name, count in status.items())
        rows = "".join(
            f"<tr><td>{say(f'places.programme.{name}')}</td><td>{households:,}</td><td>{persons:,}</td></tr>"
            for name, households, persons in self.totals().itertuples()
        )
        notes = "".join(f"<li>{html.escape(note.line())}</li>" for note in self.notes[:12])
        more = f"<details><summary>{say('places.notes')}</summary><ul>{notes}</ul></details>" if notes else ""
        counted = say("places.counted", counties=len(self.counties), townships=f"{len(self.townships):,}")
        return (
            f"<div><b>{html.escape(words.pick(dict(self.title)))}</b> — {counted} · {kinds}"
            f"<table><thead><tr><th>{say('places.programme')}</th><th>{say('places.households')}</th>"
            f"<th>{say('places.persons')}</th></tr></thead><tbody>{rows}</tbody></table>"
            f"{more}</div>"
        )


def load_place(path: Path | str) -> Place:
    """The place in a folder (townships and counties as .csv or .xlsx, place.yaml) or a workbook (.xlsx).

    Raises PlaceError listing everything that is wrong, at most 50 lines a file and a count of the rest.
    Columns not given are derived or assumed; `notes` names each.
    """
    complaints = Complaints()
    path = Path(path)
    if path.is_file() and path.suffix.lower() == ".xlsx":
        head = _head(read_place_sheet(path, complaints), shown_path(path), complaints)
        townships = read_sheet(path, "townships", complaints)
        counties = read_sheet(path, "counties", complaints)
    else:
        if not path.is_dir():
            complaints.add("no_folder" if not path.exists() else "not_a_folder", shown_path(path))
            complaints.raise_any()
        head = _yaml_head(path / "place.yaml", complaints)
        townships = _table(path, "townships", complaints)
        counties = _table(path, "counties", complaints)
    return _checked(path, head, townships, counties, complaints)


def _table(folder: Path, table: TableName, complaints: Complaints) -> RawTable | None:
    text, book = folder / f"{table}.csv", folder / f"{table}.xlsx"
    if text.exists() and book.exists():
        complaints.add("two_files", shown_path(folder), one=text.name, other=book.name)
        return None
    return read_sheet(book, table, complaints) if book.exists() else read_csv(text, table, complaints)


def _yaml_head(file: Path, complaints: Complaints) -> dict[str, Any]:
    if not file.exists():
        complaints.add("missing_file", shown_path(file))
        return {}
    try:
        content, lines = load_yaml(file)
    except LawError as error:
        complaints.extend(error.problems)
        return {}
    if not isinstance(content, Mapping):
        complaints.add("not_keys", shown_path(file))
        return {}
    for key in content:
        if key not in _PLACE_KEYS:
            near = nearest(str(key), _PLACE_KEYS)
            complaints.add("unknown_key", shown_path(file), lines[(key,)], key=shown(key), near=near)
    return _head(dict(content), shown_path(file), complaints)


def _head(content: dict[str, Any] | None, file: str, complaints: Complaints) -> dict[str, Any]:
    """place.yaml checked: what is missing or wrong is complained of."""
    if content is None:
        return {}
    title = content.get("title")
    if isinstance(title, str):
        title = {"zh": title, "en": title}
    if not isinstance(title, Mapping) or not all(str(title.get(lang) or "").strip() for lang in words.LANGS):
        complaints.add("no_title", file)
        title = {"zh": "?", "en": "?"}
    if not _ID_SHAPE.fullmatch(str(content.get("id") or "")):
        complaints.add("bad_id", file, None, "id", found=shown(content.get("id") or ""))
    province = str(content.get("province") or "")
    if province not in provinces():
        near = next((name for name in provinces() if province and name.startswith(province[:2])), "")
        complaints.add(
            "bad_province",
            file,
            None,
            "province",
            found=shown(province),
            near=near or nearest(province, list(provinces())),
        )
    wage = content.get("wage_region")
    if wage in (None, ""):
        complaints.note("wage_region", file, "wage_region")
    elif wage not in WAGE_REGIONS:
        complaints.add("bad_wage_region", file, None, "wage_region", found=shown(wage))
    day = content.get("as_of")
    if day not in (None, "") and type(day) is not date:
        try:
            day = date.fromisoformat(str(day))
        except ValueError:
            complaints.add("bad_date", file, None, "as_of", found=shown(day))
    return {
        "id": str(content.get("id") or ""),
        "title": {lang: str(title[lang]) for lang in words.LANGS},
        "province": province,
        "wage_region": str(wage or "other"),
        "as_of": day if type(day) is date else None,
        "source": str(content.get("source") or ""),
    }


def _checked(
    path: Path,
    head: dict[str, Any],
    townships: RawTable | None,
    counties: RawTable | None,
    complaints: Complaints,
) -> Place:
    frames: dict[str, pd.DataFrame] = {}
    prefix = provinces().get(str(head.get("province", "")), "")
    for raw in (townships, counties):
        if raw is None:
            continue
        frame = frames[raw.table] = typed(raw, complaints)
        check_rows(raw, frame, complaints)
        if prefix:
            code = "area_code" if raw.table == "townships" else "county_code"
            check_province(raw, frame, code, prefix, head["province"], complaints)
    if townships is not None:
        check_programmes(townships, frames["townships"], complaints)
        if counties is not None:
            check_counties(townships, frames["townships"], counties, frames["counties"], complaints)
    complaints.raise_any()
    if townships is None or counties is None:
        raise PlaceError(complaints.problems)
    day, source = head.pop("as_of"), head["source"]
    files = (townships.file, counties.file)
    completion = Completion(
        frames["townships"], frames["counties"], complaints, files=files, day=day, source=source
    )
    areas, of_counties = completion.completed()
    complaints.raise_any()
    _note_empty_counties(areas, of_counties, files[1], complaints)
    found = Place(
        **head,
        as_of=day.isoformat() if day else "",
        townships=areas,
        counties=of_counties,
        notes=(),
        folder=path if path.is_dir() else path.parent,
    )
    for kind, offices in where_nobody(found).items():
        column = "posts_verification" if kind == "verification" else "posts_payroll"
        file = files[0] if kind == "township" else files[1]
        complaints.note(f"nobody_{kind}", file, column, count=len(offices), offices=first_of(offices))
    return replace(found, notes=tuple(complaints.notes))


def _note_empty_counties(
    areas: pd.DataFrame, counties: pd.DataFrame, file: str, complaints: Complaints
) -> None:
    empty = counties[~counties["county_code"].isin(areas["county_code"])]
    if len(empty):
        complaints.note("empty_county", file, counties=tuple(empty["county"]))


# --- out ---------------------------------------------------------------------------------------------------


def _frames(place: Place) -> tuple[tuple[TableName, pd.DataFrame], ...]:
    return ("townships", place.townships), ("counties", place.counties)


def write_place(place: Place, folder: Path) -> None:
    """The three files of a place, UTF-8 without mark, lines ended by LF; load_place gives the place again."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, frame in _frames(place):
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(frame.columns)
            cells = frame.copy()
            for name, column in columns(table).items():
                if column.kind == "share":
                    cells[name] = cells[name].map(_written_share)
            writer.writerows(cells.itertuples(index=False, name=None))
    head: dict[str, Any] = {"id": place.id, "title": dict(place.title), "province": place.province}
    head |= {"wage_region": place.wage_region}
    head |= {"as_of": date.fromisoformat(place.as_of)} if place.as_of else {}
    head |= {"source": place.source}
    text = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=10_000)
    (folder / "place.yaml").write_text(text, encoding="utf-8", newline="\n")


def _written_share(share: float) -> str:
    return f"{share:.9f}".rstrip("0").rstrip(".")

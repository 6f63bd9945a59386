"""A place looked at before anything is simulated: families, what is assumed, gaps, loads, next steps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from simlib import words
from simlib.errors import Problem
from simlib.places.columns import FLOWS, STATUSES, columns, place_entries
from simlib.places.place import Place, load_place
from simlib.policy.lawhead import AT_MOST
from simlib.policy.posts.cliffs import next_steps
from simlib.policy.staffing import required_posts, staffing_notes
from simlib.policy.statutes import Law, law_near
from simlib.view import chartparts, loads, placecharts, tables
from simlib.view.annex import MADE_UP
from simlib.view.blocks import Block, bullets, paragraph
from simlib.view.firstlook import CLERKS, place_folders
from simlib.view.names import PALETTE, Names, number

LISTED = 20
"""Offices that a table names."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A place under one formula in its default reading; `staffing` as `required_posts` gives it."""

    place: Place
    formula: str
    law: Law
    names: Names
    staffing: pd.DataFrame


def looked(place: str, formula: str, *, lang: str) -> Looked:
    """A place by its id or folder, under a formula of the law.

    Raises PlaceError for a place that is not there or cannot be read, LawError for an unknown formula.
    """
    folder = _folder(place)
    home, law = load_place(folder), law_near(folder)
    title = words.pick(dict(law.formula(formula).title), lang)
    colour = PALETTE[list(law.formulas).index(formula) % len(PALETTE)]
    named = words.pick(dict(home.title), lang)
    names = Names(lang, named, {}, {formula: title}, {}, {formula: colour}, {}, {})
    staffing = required_posts(home, formula, law=law)
    clerks = staffing[staffing["level"].isin(CLERKS) & (staffing["modality"] != AT_MOST)]
    return Looked(home, formula, law, names, clerks.reset_index(drop=True))


def _folder(place: str) -> Path:
    return next((folder for folder in place_folders() if folder.name == place), Path(place))


def families(seen: Looked) -> Block:
    """Households and persons of each programme, person-times of each flow, and how many areas there are."""
    say, place = seen.names.say, seen.place
    sums = place.totals()
    rows = pd.DataFrame(
        {
            "programme": [seen.names.or_programme(str(code)) for code in sums.index],
            "households": [
                "—" if code in FLOWS else number(float(count)) for code, count in sums["households"].items()
            ],
            "persons": [number(float(p)) for p in sums["persons"]],
        }
    )
    heads = {"programme": say("places.programme")}
    heads |= {name: say(f"view.column.{name}") for name in ("households", "persons")}
    counted = say("places.counted", counties=len(place.counties), townships=f"{len(place.townships):,}")
    told = paragraph(
        f"{seen.names.place}: {counted}" if seen.names.lang == "en" else f"{seen.names.place}：{counted}"
    )
    return chartparts.show(
        told, tables.table(rows, label=say("look.families"), name="families", titles=heads)
    )


def assumed(seen: Looked) -> Block:
    """Whose figures these are, and every column that was derived or assumed, in its own line."""
    say, place = seen.names.say, seen.place
    counts = place.townships["status"].value_counts()
    shares = [
        say("look.status", status=say(f"places.status.{status}"), n=int(counts[status]))
        for status in STATUSES
        if status in counts
    ]
    lines = [say("look.statuses", all=len(place.townships), shares=say("view.list").join(shares))]
    rows = [
        {
            "column": _heading(note, seen.names.lang),
            "told": words.say(f"problem.{note.key}", seen.names.lang, **note.values),
        }
        for note in place.notes
    ]
    if not rows:
        made_up = sum(int(counts.get(status, 0)) for status in MADE_UP)
        return bullets([*lines, say("look.made_up" if made_up else "look.nothing_assumed", n=made_up)])
    heads = {"column": say("look.column"), "told": say("look.told")}
    listed = tables.table(pd.DataFrame(rows), label=say("look.assumed"), name="assumed", titles=heads)
    return chartparts.show(bullets(lines), listed)


def _heading(note: Problem, lang: str) -> str:
    """What a note is about, as the Excel form calls it."""
    known = columns("counties" if note.file.startswith("counties") else "townships")
    if note.column in known:
        return known[note.column].title(chinese=lang == "zh")
    heading = place_entries().get(note.column, (note.column,))[0]
    return (heading if lang == "zh" else note.column) or "—"


def gaps(seen: Looked) -> Block:
    """Posts required and existing: by county where there are several, then the offices short of most."""
    say, table = seen.names.say, seen.staffing
    parts: list[Any] = [
        paragraph(note.line(seen.names.lang))
        for note in staffing_notes(seen.place, seen.formula, law=seen.law)
    ]
    county = dict(zip(seen.place.counties["county_code"], seen.place.counties["county"], strict=True))
    of_town = dict(zip(seen.place.townships["area_code"], seen.place.townships["county"], strict=True))
    held = [of_town.get(code) or county.get(code[:6]) or seen.names.place for code in table["area_code"]]
    sums = table.assign(county=held).groupby("county", sort=False)[["posts_required", "posts_existing"]].sum()
    frame = sums.set_axis(["required", "existing"], axis=1).reset_index().assign(formula=seen.formula)
    if len(frame) > 1:
        parts.append(placecharts.required_by_county(frame, seen.names))
    most = table.assign(county=held).sort_values(["gap", "area_code"], ascending=[False, True], kind="stable")
    rows = pd.DataFrame(
        {
            "area": most["area"],
            "county": most["county"],
            "level": [say(str(level)) for level in most["level"]],
            **{
                name: [number(float(v)) for v in most[name]]
                for name in ("posts_required", "posts_existing", "gap")
            },
        }
    ).head(LISTED)
    heads = {str(name): say(f"view.column.{name}") for name in rows} | {"area": say("look.office")}
    told = {name: float(table[name].sum()) for name in ("posts_required", "posts_existing", "gap")}
    short = int((table["gap"] > 0).sum())
    blanks = {name: number(value) for name, value in told.items()}
    parts.insert(
        0, paragraph(say("look.gaps_told", formula=seen.names.formulas[seen.formula], short=short, **blanks))
    )
    listed = tables.table(rows, label=say("look.gaps"), name="gaps", titles=heads)
    return chartparts.show(*parts, listed)


def households_per_worker(seen: Looked) -> Block:
    """Families per clerk of today in each township, and how the formula lets them grow with its size."""
    towns = seen.place.townships
    frame = pd.DataFrame(
        {
            "county": towns["county"],
            "area": towns["area"],
            "households": loads.town_households(seen.place),
            "posts_filled": towns["posts_payroll"] + towns["posts_contract"],
        }
    )
    mine = {seen.formula: seen.names.formulas[seen.formula]}
    curves = loads.load_curves(seen.place, seen.law, seen.names.lang, titles=mine, colours=seen.names.colours)
    sizes = loads.town_households(seen.place)
    return chartparts.show(
        placecharts.township_tiles(frame, seen.names),
        placecharts.loads(curves, sizes, seen.names),
        loads.load_table(curves, sizes, seen.names),
        loads.load_remark(curves, seen.names),
    )


def cliffs(seen: Looked) -> Block:
    """The offices nearest to a step of the formula: how many more families would ask for another post."""
    say = seen.names.say
    steps = next_steps(seen.place, seen.formula, law=seen.law)
    steps = steps.dropna(subset=["next_at"]).sort_values(["distance", "area_code"], kind="stable")
    if steps.empty:
        return paragraph(say("look.no_cliffs", formula=seen.names.formulas[seen.formula]))
    rows = pd.DataFrame(
        {
            "area": steps["area"],
            "driver": [say(f"driver_{driver}") for driver in steps["driver"]],
            **{
                name: [number(float(value)) for value in steps[name]]
                for name in ("driver_value", "posts_required", "next_at", "distance", "posts_gained")
            },
        }
    ).head(LISTED)
    required = say("view.column.posts_required")
    heads = {str(name): required if name == "posts_required" else say(f"look.{name}") for name in rows}
    return tables.table(rows, label=say("look.cliffs"), name="cliffs", titles=heads)

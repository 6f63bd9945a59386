"""A first look: what a formula asks of a place under a reading. The rules alone, no simulation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

import pandas as pd

from simlib import words
from simlib.places.place import Place, load_place
from simlib.policy.lawhead import AT_MOST
from simlib.policy.readings import all_readings
from simlib.policy.staffing import required_posts, staffing_notes
from simlib.policy.statutes import Law, law_near
from simlib.view import chartparts, placecharts, tables
from simlib.view.blocks import Block, paragraph, section
from simlib.view.names import PALETTE, Names, number, wan

PLACES = "scenarios/places"
READINGS = ("default", "fewest", "most")
COUNTY_DIGITS = 6
CLERKS = ("city", "county", "township")
"""Levels whose posts are clerks; village assistants and care staff are never counted among them."""
Choices = list[tuple[str, str]]


def place_choices(lang: str, *, first: str = "") -> Choices:
    """Title and id of each place at hand, the one named first in front."""
    found = [(words.pick(dict(_place(folder.name).title), lang), folder.name) for folder in place_folders()]
    return sorted(found, key=lambda choice: choice[1] != first)


def formula_choices(lang: str, *, first: str = "") -> Choices:
    """Title and id of each formula of the law, the one named first in front."""
    found = [(words.pick(dict(formula.title), lang), key) for key, formula in _law().formulas.items()]
    return sorted(found, key=lambda choice: choice[1] != first)


def reading_choices(lang: str) -> Choices:
    """The default reading, the one that asks for fewest posts, the one that asks for most."""
    return [(words.say(f"view.choice.{choice}", lang), choice) for choice in READINGS]


def look(*, place: str, formula: str, reading: str = "default", lang: str = "zh") -> Block:
    """Posts a formula requires in a place, by county and by level, beside those existing.

    place, formula: ids; reading: `default`, `fewest` or `most` posts.
    Raises InputError for an unknown place, formula or reading.
    """
    home, law = _place(place), _law()
    title = words.pick(dict(law.formula(formula).title), lang)
    names = Names(
        lang, words.pick(dict(home.title), lang), {}, {formula: title}, {}, {formula: PALETTE[0]}, {}, {}
    )
    answers = _answers(home, formula, law)
    wanted = {"default": None, "fewest": min, "most": max}[reading]
    chosen = answers[0] if wanted is None else wanted(answers, key=lambda answer: answer[1])
    staffing = required_posts(home, formula, law=law, reading=chosen[0])
    told = names.say("view.first_look.reading", reading=tables.readings_text(chosen[0], names))
    notes = [paragraph(note.line(lang)) for note in staffing_notes(home, formula, law=law)]
    chart = placecharts.required_by_county(_by_county(_clerks(staffing), home, formula, names), names)
    levels = _levels(staffing, names)
    return chartparts.show(section("first_look", names), paragraph(told), *notes, chart, levels)


def _answers(place: Place, formula: str, law: Law) -> list[tuple[Mapping[str, str], float]]:
    """Every reading of the formula and the posts it asks for in all, the default first."""
    text = law.formula(formula)
    combinations = [dict(text.readings), *all_readings(text)]
    tables_of = (required_posts(place, formula, law=law, reading=answer) for answer in combinations)
    totals = [float(_clerks(table)["posts_required"].sum()) for table in tables_of]
    return list(zip(combinations, totals, strict=True))


def _clerks(staffing: pd.DataFrame) -> pd.DataFrame:
    """Posts somebody must be found for; a ceiling asks for none."""
    return staffing[staffing["level"].isin(CLERKS) & (staffing["modality"] != AT_MOST)]


def _by_county(staffing: pd.DataFrame, place: Place, formula: str, names: Names) -> pd.DataFrame:
    county_of = dict(zip(place.counties["county_code"], place.counties["county"], strict=True))
    town_county = dict(zip(place.townships["area_code"], place.townships["county"], strict=True))
    city = names.say("view.first_look.city", place=names.place)
    held = [
        town_county.get(code) or county_of.get(code[:COUNTY_DIGITS]) or city for code in staffing["area_code"]
    ]
    sums = (
        staffing.assign(county=held).groupby("county", sort=False)[["posts_required", "posts_existing"]].sum()
    )
    frame = sums.rename(columns={"posts_required": "required", "posts_existing": "existing"}).reset_index()
    return frame.assign(formula=formula)


def _levels(staffing: pd.DataFrame, names: Names) -> Block:
    sums = staffing.groupby("level", sort=False).agg(
        posts_required=("posts_required", "sum"),
        posts_existing=("posts_existing", "sum"),
        gap=("gap", "sum"),
        cost=("cost_yuan_year1", lambda cost: cost.sum(min_count=1)),
    )
    rows = pd.DataFrame(
        {
            "level": [words.say(str(level), names.lang) for level in sums.index],
            **{c: [number(float(v)) for v in sums[c]] for c in ("posts_required", "posts_existing", "gap")},
            "cost_year1": [wan(None if pd.isna(cost) else float(cost)) for cost in sums["cost"]],
        }
    )
    heads = {str(column): names.say(f"view.column.{column}") for column in rows}
    return tables.table(rows, label=names.say("view.label.first_look"), name="levels", titles=heads)


def place_folders() -> list[Path]:
    """Folders of the places at hand: the workspace around the working folder, else the ones shipped."""
    here = Path.cwd()
    for root in (here, *here.parents):
        if (root / PLACES).is_dir():
            return _with_places(root / PLACES)
    with resources.as_file(resources.files("simlib") / "workspace") as shipped:
        return _with_places(shipped / PLACES)


def place_folder_for(name: str) -> Path:
    """Where a new place of this name belongs: beside the workspace's others, else in the working folder."""
    here = Path.cwd()
    home = next((root for root in (here, *here.parents) if (root / PLACES).is_dir()), here)
    return home / PLACES / name


def _with_places(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.glob("*/place.yaml"))


@cache
def _place(name: str) -> Place:
    folder = next((path for path in place_folders() if path.name == name), Path(PLACES) / name)
    return load_place(folder)


def _law() -> Law:
    return _law_of(Path.cwd())


@cache
def _law_of(folder: Path) -> Law:
    return law_near(folder)

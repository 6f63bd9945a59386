"""Annexes 1 and 2: the forms that are filed, one row an office, with totals and places to sign.

Their columns follow the two staffing tables that the Guangdong city draft of 2019 names as its annexes. They
want existing posts in four kinds; a place's table has two (payroll; contract), so the cells of each pair are
one, and a note under the table says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd

from simlib import words
from simlib.policy.staffing import COUNTED as COUNTED_PROGRAMMES
from simlib.policy.statutes import Law, load_law
from simlib.view.blocks import Block, escaped
from simlib.view.contract import ExperimentView, PlaceView
from simlib.view.names import Names, number
from simlib.view.sheetpage import sheet_html
from simlib.view.sheets import NOTHING, Column, Row, Sheet, figure, total, wan_from_fen

PLAN_YEARS = 3
LEVEL = {1: "county", 2: "township"}
MADE_UP = ("synthetic", "assumed")


def annex(
    place: PlaceView,
    staffing: pd.DataFrame,
    funded: pd.DataFrame,
    price_fen: int | Sequence[int],
    lang: str,
    *,
    form: int = 2,
    source: str = "",
    programmes: Sequence[str] = (),
    generalists: int = 0,
) -> pd.DataFrame:
    """The rows of annex 1 (county bureaus) or 2 (townships), before totals.

    staffing: columns area_code, area, level, posts_required, gap [post]; funded: area_code, funded [post
    bought]; price_fen: a bought post's price in each year of the plan, or one price for all [fen].
    source: where the money comes from; programmes: those counted (default: all the place has); generalists:
    of an office's required posts, those held by officers with other duties too [post].
    Returns serial, area_code, unit, county, households, persons, required [head], full_time [full-time post],
    payroll, contract, gap, bought (missing where unknown), first_year_fen, plan_fen, money_source, note.
    Offices as staffing orders them. A generalist counts as the office's `assistance_share` of a post.
    """
    prices = [price_fen] * PLAN_YEARS if isinstance(price_fen, int) else list(price_fen)
    level = LEVEL[form]
    rows = staffing.loc[staffing["level"] == level, ["area_code", "area", "posts_required", "gap"]]
    sums = rows.groupby("area_code", sort=False).agg(
        unit=("area", "first"), required=("posts_required", "sum"), gap=("gap", "sum")
    )
    rows = sums.reset_index().merge(_families(place, level, programmes), on="area_code", how="left")
    rows = rows.merge(_existing(place, level), on="area_code", how="left")
    bought = funded.groupby("area_code")["funded"].sum()
    rows["bought"] = rows["area_code"].map(bought).fillna(0).astype("int64")
    rows["first_year_fen"] = rows["bought"] * prices[0]
    rows["plan_fen"] = rows["bought"] * sum(prices)
    rows["money_source"] = [source if count else "" for count in rows["bought"]]
    apart = rows["required"].clip(upper=generalists)
    rows["full_time"] = rows["required"] - apart * (1 - rows["share"])
    rows["county"] = rows["area_code"].map(_counties(place, level))
    rows = rows.sort_values("county", kind="stable", key=lambda names: pd.factorize(names)[0])
    rows["note"] = _notes(rows, lang, with_full_time=bool(generalists))
    rows.insert(0, "serial", range(1, len(rows) + 1))
    return rows.drop(columns=["status", "share"])


def _counties(place: PlaceView, level: str) -> dict[str, str]:
    """The county of each office, by the office's code."""
    frame = place.townships if level == "township" else place.counties
    code = "area_code" if level == "township" else "county_code"
    return dict(zip(frame[code].astype(str), frame["county"].astype(str), strict=True))


def _families(place: PlaceView, level: str, programmes: Sequence[str]) -> pd.DataFrame:
    """Households and persons of the programmes, by the code of the office that serves them."""
    towns = place.townships
    known = [str(c).removesuffix("_households") for c in towns if str(c).endswith("_households")]
    counted = [p for p in known if not programmes or p in programmes]
    frame = pd.DataFrame(
        {
            "area_code": towns["area_code" if level == "township" else "county_code"].astype(str),
            "households": towns[[f"{p}_households" for p in counted]].sum(axis=1),
            "persons": towns[[f"{p}_persons" for p in counted]].sum(axis=1),
        }
    )
    return frame.groupby("area_code", sort=False).sum().reset_index()


def _existing(place: PlaceView, level: str) -> pd.DataFrame:
    towns, counties = place.townships, place.counties
    frame = towns if level == "township" else counties
    code = "area_code" if level == "township" else "county_code"
    return pd.DataFrame(
        {
            "area_code": frame[code].astype(str),
            "payroll": _column(frame, "posts_payroll"),
            "contract": _column(frame, "posts_contract"),
            "status": _column(frame, "status"),
            "share": frame["assistance_share"].to_numpy(float) if "assistance_share" in frame else 1.0,
        }
    )


def _column(frame: pd.DataFrame, name: str) -> Any:
    return frame[name].to_numpy() if name in frame else [None] * len(frame)


def _notes(rows: pd.DataFrame, lang: str, *, with_full_time: bool) -> list[str]:
    notes = []
    for status, full_time in zip(rows["status"], rows["full_time"], strict=True):
        parts = [words.say(f"view.annex.note.{status}", lang)] if status in MADE_UP else []
        if with_full_time:
            parts.append(words.say("view.annex.note.full_time", lang, posts=number(full_time)))
        notes.append(words.say("view.list", lang).join(parts))
    return notes


@dataclass(frozen=True, slots=True)
class Filed:
    """An annex of one cell, ready to be set: its rows, what they rest on, the years of the plan.

    generalists: of an office's required posts, those of officers with other duties too [post].
    """

    rows: pd.DataFrame
    basis: str
    years: int
    generalists: int


def filed(experiment: ExperimentView, scenario: str, names: Names, *, form: int) -> Filed:
    """Annex 1 or 2 of one cell; without rows where the formula has no rule for that level."""
    formula, _ = names.keys[scenario]
    cell = next(cell for cell in experiment.cells() if cell.id == scenario)
    price = experiment.price_fen(scenario)
    counts, programmes = _counted(experiment, formula)
    generalists = generalists_of(experiment, formula, LEVEL[form])
    rows = annex(
        experiment.place,
        experiment.staffing(scenario),
        experiment.funded(scenario),
        price,
        names.lang,
        form=form,
        source=words.pick(cell.source_title, names.lang),
        programmes=programmes,
        generalists=generalists,
    )
    who = names.say(f"view.reading.counts.{counts}")
    answer = "yes" if existing_counts(experiment, formula) else "no"
    existing = names.say(f"view.reading.existing_counts.{answer}")
    basis = names.say("view.annex.basis", formula=names.formulas[formula], who=who, existing=existing)
    return Filed(rows, basis, PLAN_YEARS if isinstance(price, int) else len(price), generalists)


def _entry(experiment: ExperimentView, formula: str) -> Mapping[str, Any]:
    """What the record of the law used says of a cell's formula; nothing when it has none."""
    entries = (entry for entry in experiment.legal() if entry.get("kind") == "formula")
    return next((entry for entry in entries if entry.get("id") == formula), {})


def _counted(experiment: ExperimentView, formula: str) -> tuple[str, Sequence[str]]:
    """Whom the formula counts, and their programmes: a form shows what its number follows from."""
    readings = _entry(experiment, formula).get("readings") or {}
    counts = str(readings.get("counts", "all"))
    return counts, COUNTED_PROGRAMMES[counts]


def existing_counts(experiment: ExperimentView, formula: str) -> bool:
    """Whether posts already there fill what the formula requires, as it was read."""
    readings = _entry(experiment, formula).get("readings") or {}
    return str(readings.get("existing_counts", "yes")) == "yes"


def law_of(experiment: ExperimentView) -> Law:
    """The law an experiment was read by. Raises LawError where its own is not sound."""
    return _law_of(experiment.law_folders())


@cache
def _law_of(folders: tuple[Path, ...]) -> Law:
    return load_law(folders)


def law_formula(experiment: ExperimentView, formula: str) -> str:
    """The law's id of the formula that a cell calls by its own name; "" where the law has none such."""
    known = str(_entry(experiment, formula).get("law", formula))
    return known if known in law_of(experiment).formulas else ""


def generalists_of(experiment: ExperimentView, formula: str, level: str) -> int:
    """Of the posts a formula asks of an office, those of officers with other duties too [post]."""
    known = law_formula(experiment, formula)
    rule = law_of(experiment).formula(known).version().levels.get(level) if known else None
    return 0 if rule is None else rule.generalists


def annexes(experiment: ExperimentView, scenario: str, names: Names) -> Block:
    """Annexes 1 and 2 of one cell, as they are filed."""
    sheets = [annex_sheet(experiment, scenario, names, form=form) for form in LEVEL]
    told = [signed(sheet, names) for sheet in sheets if sheet.rows]
    drawn = (f'<div class="annex">{sheet_html(sheet, in_report=True)}</div>' for sheet in told)
    return Block("\n".join(drawn), "\n".join(f"[{escaped(sheet.title)}]" for sheet in told))


def signed(sheet: Sheet, names: Names, *, head: Sequence[str] = (), name: str = "") -> Sheet:
    """A sheet with what every form says of itself over the table, and the lines to sign."""
    foot = tuple(names.say(f"view.annex.{line}") for line in ("filed_by", "filed_on", "checked"))
    return replace(sheet, name=name or sheet.name, about=(*head, *sheet.about), foot=foot)


def annex_sheet(experiment: ExperimentView, scenario: str, names: Names, *, form: int) -> Sheet:
    """Annex 1 (county bureaus) or 2 (townships), with its total row when there are rows."""
    found = filed(experiment, scenario, names, form=form)
    columns = _columns(names, found.years)
    rows = [_row(row) for row in found.rows.itertuples()]
    body, sums = _by_county(rows, list(found.rows["county"]), len(columns))
    if rows:
        sums, body = (
            [*sums, len(body)],
            [*body, _total_row(rows, names.say("view.annex.total"), len(columns))],
        )
    notes = [names.say("forms.annex.kinds"), names.say("forms.annex.gap")]
    if found.generalists:
        heads, full_time = (number(float(found.rows[key].sum())) for key in ("required", "full_time"))
        told = {"generalists": found.generalists, "heads": heads, "full_time": full_time}
        notes.append(names.say("forms.annex.full_time", **told))
    if not rows:
        notes = [names.say("forms.annex.no_rule")]
    return Sheet(
        names.say(f"forms.sheet.annex-{form}"),
        names.say(f"view.annex.title.{form}", place=names.place),
        (found.basis,),
        columns,
        tuple(body),
        frozenset(sums),
        notes=tuple(notes),
        joined=names.say("forms.annex.joined"),
    )


def _row(row: Any) -> Row:
    return (
        figure(row.serial, "count"),
        str(row.unit),
        *(figure(value, "count") for value in (row.households, row.persons, row.required)),
        figure(row.payroll, "count"),
        "",
        figure(row.contract, "count"),
        "",
        figure(row.gap, "count"),
        figure(row.bought, "count"),
        wan_from_fen(row.first_year_fen),
        wan_from_fen(row.plan_fen),
        str(row.money_source) if row.bought else NOTHING,
        str(row.note),
    )


def _columns(names: Names, years: int) -> tuple[Column, ...]:
    def title(key: str) -> str:
        return names.say(f"view.annex.{key}", years=years)

    families, existing, money = (title(f"over.{key}") for key in ("families", "existing", "money"))
    return (
        Column(title("serial")),
        Column(title("unit")),
        Column(title("households"), families),
        Column(title("persons"), families),
        Column(title("required")),
        Column(names.say("forms.annex.administrative"), existing),
        Column(names.say("forms.annex.institution"), existing, joined=True),
        Column(names.say("forms.annex.contract"), existing),
        Column(names.say("forms.annex.purchased"), existing, joined=True),
        Column(title("gap")),
        Column(title("bought")),
        Column(title("first_year"), money),
        Column(title("plan"), money),
        Column(title("money_source")),
        Column(title("note")),
    )


def _by_county(rows: Sequence[Row], counties: Sequence[str], wide: int) -> tuple[list[Row], list[int]]:
    """The rows, each county's sums over its offices where there are several, and where sums stand.

    A name of a township alone tells nobody at a city or province where it lies.
    """
    if len(set(counties)) < 2 or len(set(counties)) == len(rows):
        return list(rows), []
    body, sums = list[Row](), list[int]()
    for county, group in groupby(zip(rows, counties, strict=True), key=lambda pair: pair[1]):
        mine = [row for row, _ in group]
        sums.append(len(body))
        body += [("", county, *_total_row(mine, "", wide)[2:]), *mine]
    return body, sums


def _total_row(rows: Sequence[Row], title: str, wide: int) -> Row:
    """The sums of what is shown: a part of a whole that is not known stays empty."""
    return (title, *(total(rows, column) or "" for column in range(1, wide)))

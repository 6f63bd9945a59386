"""Annexes 1 and 2: the forms that are filed, one row an office, with totals and places to sign.

Their columns follow the two staffing tables that the Guangdong city draft of 2019 names as its annexes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from simlib import words
from simlib.policy.staffing import COUNTED as COUNTED_PROGRAMMES
from simlib.units import FEN_PER_YUAN
from simlib.view.blocks import Block, escaped
from simlib.view.contract import ExperimentView, PlaceView
from simlib.view.names import Names, is_missing, number, wan
from simlib.view.tables import table

PLAN_YEARS = 3
TO_THE_YUAN = 4
"""Digits of ten thousand yuan in a form that is filed: rows must add up to the total as printed."""
LEVEL = {1: "county", 2: "township"}
COUNTED = ("households", "persons", "required", "payroll", "contract", "gap", "bought")
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
) -> pd.DataFrame:
    """The rows of annex 1 (county bureaus) or 2 (townships), before totals.

    staffing: columns area_code, area, level, posts_required, gap [post]; funded: area_code, funded [post
    bought]; price_fen: a bought post's price in each year of the plan, or one price for all [fen].
    source: where the money comes from; programmes: those counted (default: all the place has).
    Returns serial, area_code, unit, households, persons, required, payroll, contract, gap, bought (missing
    where unknown), first_year_fen, plan_fen, money_source, note. Offices as staffing orders them.
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
    rows["note"] = [_note(status, lang) for status in rows["status"]]
    rows.insert(0, "serial", range(1, len(rows) + 1))
    return rows.drop(columns="status")


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
        }
    )


def _column(frame: pd.DataFrame, name: str) -> Any:
    return frame[name].to_numpy() if name in frame else [None] * len(frame)


def _note(status: object, lang: str) -> str:
    from_words = Names(lang, "", {}, {}, {}, {}, {}, {})
    return from_words.say(f"view.annex.note.{status}") if status in MADE_UP else ""


@dataclass(frozen=True, slots=True)
class Filed:
    """An annex of one cell, ready to be set: its rows, what they rest on, the years of the plan."""

    rows: pd.DataFrame
    basis: str
    years: int


def filed(experiment: ExperimentView, scenario: str, names: Names, *, form: int) -> Filed:
    """Annex 1 or 2 of one cell; without rows where the formula has no rule for that level."""
    formula, _ = names.keys[scenario]
    cell = next(cell for cell in experiment.cells() if cell.id == scenario)
    price = experiment.price_fen(scenario)
    counts, programmes = _counted(experiment, formula)
    rows = annex(
        experiment.place,
        experiment.staffing(scenario),
        experiment.funded(scenario),
        price,
        names.lang,
        form=form,
        source=words.pick(cell.source_title, names.lang),
        programmes=programmes,
    )
    who = names.say(f"view.reading.counts.{counts}")
    basis = names.say("view.annex.basis", formula=names.formulas[formula], who=who)
    return Filed(rows, basis, PLAN_YEARS if isinstance(price, int) else len(price))


def annexes(experiment: ExperimentView, scenario: str, names: Names) -> Block:
    """Annexes 1 and 2 of one cell, as they are filed."""
    made = []
    for form in LEVEL:
        found = filed(experiment, scenario, names, form=form)
        if len(found.rows):
            made.append(annex_table(found.rows, names, form=form, basis=found.basis, years=found.years))
    return Block("\n".join(block.html for block in made), "\n".join(block.text for block in made))


def _counted(experiment: ExperimentView, formula: str) -> tuple[str, Sequence[str]]:
    """Whom the formula counts, and their programmes: a form shows what its number follows from."""
    read = (
        entry for entry in experiment.legal() if (entry.get("kind"), entry.get("id")) == ("formula", formula)
    )
    counts = next((str((entry.get("readings") or {}).get("counts", "all")) for entry in read), "all")
    return counts, COUNTED_PROGRAMMES[counts]


def annex_table(
    rows: pd.DataFrame, names: Names, *, form: int = 2, basis: str = "", years: int = PLAN_YEARS
) -> Block:
    """An annex as a table with its total row and the lines to fill in by hand."""
    shown = pd.concat([_texts(rows), _texts(_total(rows, names))], ignore_index=True)
    heads = {column: names.say(f"view.annex.{column}", years=years) for column in (
        "serial", "unit", "households", "persons", "required", "payroll", "contract", "gap", "bought",
        "first_year", "plan", "money_source", "note")}  # fmt: skip
    spanners = {
        names.say("view.annex.over.families"): ["households", "persons"],
        names.say("view.annex.over.existing"): ["payroll", "contract"],
        names.say("view.annex.over.money"): ["first_year", "plan"],
    }
    title = names.say(f"view.annex.title.{form}", place=names.place)
    made = table(shown, label=title, name=f"annex-{form}", titles=heads, spanners=spanners, wide=True)
    lines = "".join(
        f"<span>{escaped(names.say(f'view.annex.{line}'))}</span>"
        for line in ("filed_by", "filed_on", "checked")
    )
    head = f'<h3>{escaped(title)}</h3><p class="about">{escaped(basis)}</p>'
    return Block(f'<div class="annex">{head}{made.html}<p class="sign">{lines}</p></div>', made.text)


def _total(rows: pd.DataFrame, names: Names) -> pd.DataFrame:
    sums: dict[str, Any] = {c: rows[c].sum(min_count=1) for c in (*COUNTED, "first_year_fen", "plan_fen")}
    blank = {"serial": names.say("view.annex.total"), "unit": "", "money_source": "", "note": ""}
    return pd.DataFrame([blank | sums])


def _texts(rows: pd.DataFrame) -> pd.DataFrame:
    texts = pd.DataFrame({"serial": rows["serial"].astype(str), "unit": rows["unit"]})
    for column in COUNTED:
        texts[column] = [number(None if is_missing(value) else float(value)) for value in rows[column]]
    texts["first_year"] = [wan(fen / FEN_PER_YUAN, digits=TO_THE_YUAN) for fen in rows["first_year_fen"]]
    texts["plan"] = [wan(fen / FEN_PER_YUAN, digits=TO_THE_YUAN) for fen in rows["plan_fen"]]
    return texts.assign(money_source=rows["money_source"], note=rows["note"])

"""The facts of an experiment that was simulated: its cells, law, assumptions, record, and posts.

They are written here and read by `results.experiment`; none depends on when, where or by how many workers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from simlib import words
from simlib.chance import Luck
from simlib.dated import Range
from simlib.places.place import NOBODY, Place, write_place
from simlib.policy.buying.purchasefile import clauses_on
from simlib.policy.funding import stated_share
from simlib.policy.notyet import not_yet
from simlib.results import store
from simlib.results.keptlaw import keep_law
from simlib.scenario import FIXED, NONE, Policy, told
from simlib.scenario import Experiment as Plan
from simlib.years.records import SCHEMA_NUMBER
from simlib.years.services.countyservices import first_service_day
from simlib.years.setting import Setting

Text = Mapping[str, str]

FORMAT = 4
_WAN = 10_000
FILE = "experiment.json"
MONEY, GRID = "money", "grid"
"""The axis that says which money there is; the choices on all others are what a cell's `formula` names. The
view in which options are compared."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of an experiment: a formula under a money rule in one of its views.

    formula: the choice on every axis but money, such as a length of contract; without one, the formula's id.
    services_share: of last year's grant that buys services, 0 also where none are bought; services_most: the
    most its document allows [0..1]; service_panel: who evaluates them, empty where no document is named;
    visit_minutes: of a return visit, at least, most likely, at most, empty where no services are bought;
    clerks_yuan: the planner's own yearly amount for bought posts, if there is one. clauses: of each document
    it buys under: document, buys (posts, services), clauses (rule, document, article, says).
    """

    id: str
    title: Text
    formula: str
    formula_title: Text
    money: str
    money_title: Text
    source_title: Text
    view: str
    hash: str
    price_fen: tuple[int, ...]
    posts_existing: int
    posts_gap: int
    told: Mapping[str, Any]
    buys_services: bool = False
    services_share: float = 0.0
    services_most: float = 0.0
    service_panel: Mapping[str, Any] = field(default_factory=dict)
    visit_minutes: tuple[float, ...] = ()
    clauses: Sequence[Mapping[str, Any]] = ()
    clerks_yuan: int | None = None
    view_title: Text = field(default_factory=dict)
    money_rule: str = ""

    @property
    def law_formula(self) -> str:
        """The law's id of its formula, whatever the choice is called."""
        return str(self.policy["formula"])

    @property
    def policy(self) -> Mapping[str, Any]:
        """What it chooses: every lever of its policy by name."""
        levers: Mapping[str, Any] = self.told["policy"]
        return levers


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an experiment's figures stand on, known before it has run.

    not_given: columns of the place that were derived or assumed; rules: formulas and money rules.
    """

    place: Place
    not_given: Sequence[Mapping[str, Any]]
    rules: Sequence[Mapping[str, Any]]

    def completed(self) -> Sequence[Mapping[str, Any]]:
        """Columns of the place that were derived or assumed: file, column, text."""
        return self.not_given

    def legal(self) -> Sequence[Mapping[str, Any]]:
        """Formulas and money rules used: document, article, status, readings, interpretations."""
        return self.rules


def grounds_of(plan: Plan, settings: Mapping[str, Setting]) -> Grounds:
    """The place, its gaps and the rules of an experiment that may not have run yet."""
    home = next(iter(settings.values())).place
    return Grounds(home, _completed(home), _legal(plan, settings))


def save_experiment(
    folder: Path,
    plan: Plan,
    settings: Mapping[str, Setting],
    *,
    replications: int,
    engine: str,
    version: str,
    missing: Sequence[tuple[str, str]] = (),
    law_paths: Sequence[Path] = (),
) -> None:
    """Write what readers need beside the store: cells, law, assumptions, posts, place.

    missing: cells that could not be simulated, with the reasons; the plan holds the others.
    law_paths: folders of law beside the package's own; their files are kept.
    """
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    first, grounds = next(iter(settings.values())), grounds_of(plan, settings)
    write_place(grounds.place, data / "place")
    for cell in plan.cells:
        setting = settings[cell.id]
        for name, frame in (("staffing", setting.staffing), ("funded", first_year_posts(setting))):
            sink = BytesIO()
            frame.to_parquet(sink, index=False)
            store.write_file(data / "posts" / f"{cell.id}.{name}.parquet", sink.getvalue())
    facts = {
        "format": FORMAT,
        "schema": SCHEMA_NUMBER,
        "id": plan.id,
        "title": dict(plan.title),
        "question": dict(plan.question),
        "notes": [
            dict(note) for note in (*plan.notes, *(route.before for route in not_yet(first.procedures)))
        ],
        "replications": replications,
        "goal": asdict(plan.goal),
        "first_year": plan.base.run.first_year,
        "cells": [_cell_facts(cell, settings[cell.id]) for cell in plan.cells],
        "missing": [{"id": cell, "error": error} for cell, error in missing],
        "law": keep_law(law_paths, data),
        "legal": grounds.rules,
        "assumptions": assumptions_read(first),
        "completed": grounds.not_given,
        "record": _record(plan, first, replications=replications, engine=engine, version=version),
    }
    text = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True)
    store.write_file(data / FILE, (text + "\n").encode())


def _cell_facts(cell: Any, setting: Setting) -> dict[str, Any]:
    titles = {axis: dict(title) for axis, title in cell.titles.items()}
    view = titles.pop("view", dict(setting.scenario.title))
    policy = setting.scenario.policy
    others = [axis for axis in cell.choices if axis != MONEY]
    formula, money = _joined([titles[axis] for axis in others]), titles.get(MONEY, view)
    if not others:
        formula = view if policy.formula == NONE else dict(setting.law.formula(policy.formula).title)
    if MONEY not in cell.choices and policy.money in (NONE, FIXED) and (others or cell.view == GRID):
        money = _said(f"money_{policy.money}") if cell.view == GRID else view
    elif MONEY not in cell.choices and cell.view == GRID:
        money = dict(setting.law.money_rule(policy.money).title)
    return {
        "id": cell.id,
        "title": _joined([titles[axis] for axis in cell.choices]) if cell.choices else view,
        "formula": _formula_name(cell, policy.formula),
        "formula_title": formula,
        "money": cell.choices.get(MONEY, cell.view),
        "money_title": money,
        "source_title": _source(policy, money),
        "view": cell.view,
        "view_title": view,
        "money_rule": policy.money,
        "hash": setting.hash,
        "price_fen": list(next(iter(setting.counties.values())).money.prices),
        "posts_existing": setting.posts_existing,
        "posts_gap": setting.posts_gap,
        "told": told(setting.scenario),
        "buys_services": policy.services != NONE,
        "services_share": policy.services_share if policy.services != NONE else 0.0,
        "services_most": _most(setting),
        "service_panel": _panel(setting),
        "visit_minutes": list(setting.services.follow_up.visit_minutes) if setting.services else [],
        "clauses": _clauses(setting),
        "clerks_yuan": policy.cap_yuan if policy.money == FIXED else None,
    }


def _most(setting: Setting) -> float:
    """The share of the grant that the document lets services cost [0..1]; 0 where none are bought."""
    rule = setting.scenario.policy.services
    return 0.0 if rule == NONE else float(stated_share(setting.law.money_rule(rule)))


def _panel(setting: Setting) -> dict[str, Any]:
    """Who evaluates services and what pays them: document, members, accountants, stages, named, fund."""
    rules = setting.services
    if rules is None or rules.panel is None:
        return {}
    panel = rules.panel
    people = panel.purchase.evaluation.panel
    return {
        "document": dict(setting.law.purchasing[panel.purchase.document].title),
        "members": people.members,
        "accountants": people.accountants,
        "stages": list(panel.stages),
        "named": list(panel.named),
        "fund": "" if panel.fund is None else rules.funds[panel.fund],
    }


def _clauses(setting: Setting) -> list[dict[str, Any]]:
    """The clauses of the documents under which posts and services are bought, as they hold then."""
    policy, law = setting.scenario.policy, setting.law
    under: dict[tuple[str, date], list[str]] = {}
    if setting.purchase is not None:
        under.setdefault((policy.document, setting.assumed.on), []).append("posts")
    if setting.services is not None and setting.services.panel is not None:
        day = first_service_day(setting.scenario, law)
        under.setdefault((policy.services_document, day), []).append("services")
    return [
        {
            "document": dict(law.purchasing[document].title),
            "buys": items,
            "clauses": [
                {
                    "rule": clause.rule,
                    "document": clause.document,
                    "article": clause.article,
                    "says": dict(clause.says),
                }
                for clause in clauses_on(document, on=day, documents=law.purchasing)
            ],
        }
        for (document, day), items in under.items()
    ]


def _formula_name(cell: Any, formula: str) -> str:
    """What a cell's formula is called: its choices on every axis but money, else the formula's own id."""
    return "-".join(choice for axis, choice in cell.choices.items() if axis != MONEY) or formula


def _joined(parts: Sequence[Text]) -> dict[str, str]:
    """Titles of several choices as one."""
    return {lang: words.say("join_choices", lang).join(part[lang] for part in parts) for lang in words.LANGS}


def _said(key: str, **values: object) -> dict[str, str]:
    return {lang: words.say(key, lang, **values) for lang in words.LANGS}


def _source(policy: Policy, money: Text) -> Text:
    """Where the money comes from, as a form states it: an amount of the planner's own says nothing."""
    if policy.money == NONE:
        return _said("source_to_be_settled")
    if policy.money == FIXED and policy.cap_yuan is not None:
        return _said("source_of_amount", wan=f"{policy.cap_yuan / _WAN:,.1f}".removesuffix(".0"))
    return money


def first_year_posts(setting: Setting) -> pd.DataFrame:
    """Posts the first year's money buys, by office."""
    rows = []
    for county in setting.counties.values():
        limit = county.money.limit(county.money.first_base)
        posts = county.money.fund(limit, county.money.prices[0])
        rows += list(zip(county.offices[:-1], posts.tolist()[:-1], strict=True))
    return pd.DataFrame(rows, columns=["area_code", "funded"])


def _legal(plan: Plan, settings: Mapping[str, Setting]) -> list[dict[str, Any]]:
    """Formulas and money rules of the cells.

    id: of the cell's choice, so two readings stand apart; law: the law's own id.
    """
    entries: dict[tuple[str, str], dict[str, Any]] = {}
    for cell in plan.cells:
        policy, law = settings[cell.id].scenario.policy, settings[cell.id].law
        if policy.formula != NONE:
            formula = law.formula(policy.formula)
            readings = {**formula.readings, **policy.reading}
            name = _formula_name(cell, policy.formula)
            entries["formula", name] = {**_basis("formula", formula, readings), "id": name}
        if policy.money not in (NONE, FIXED):
            rule = law.money_rule(policy.money)
            entries["money", policy.money] = _basis("money", rule, {**rule.readings, **policy.money_reading})
        if policy.services != NONE:
            rule = law.money_rule(policy.services)
            entries["money", policy.services] = _basis("money", rule, rule.readings)
    return [entries[key] for key in sorted(entries)]


def _basis(kind: str, instrument: Any, readings: Mapping[str, Any]) -> dict[str, Any]:
    version = instrument.version()
    return {
        "kind": kind,
        "id": instrument.id,
        "law": instrument.id,
        "title": dict(instrument.title),
        "document": instrument.document,
        "article": version.source.article,
        "status": version.status,
        "readings": dict(readings),
        "interpretations": [dict(text) for text in instrument.interpretations],
    }


def assumptions_read(setting: Setting) -> list[dict[str, Any]]:
    """Every assumption the simulation read, with its range and source."""
    rows = []
    for key in sorted(setting.assumed.read):
        dated = setting.law.dated(key)
        entry = dated.entry(setting.assumed.on)
        value = setting.assumed.value(key)
        if entry.status != "assumption" and not isinstance(value, Range):
            continue
        span = value if isinstance(value, Range) else entry.value if isinstance(entry.value, Range) else None
        rows.append(
            {
                "key": key,
                "label": dict(dated.description),
                "value": value.mode if isinstance(value, Range) else value,
                "low": span.low if span else None,
                "high": span.high if span else None,
                "unit": _unit(dated.unit),
                "status": entry.status,
                "source": entry.source.title,
            }
        )
    return rows


def _completed(place: Place) -> list[dict[str, Any]]:
    """Columns of the place that its files do not give in full: what was derived or assumed, in words."""
    return [
        {"file": note.file, "column": note.column, "text": {lang: note.line(lang) for lang in words.LANGS}}
        for note in place.notes
        if note.column and not note.key.startswith(NOBODY)
    ]


def _unit(unit: str) -> Text:
    """A unit in both languages."""
    key = f"view.unit.{unit}"
    return {lang: words.say(key, lang) if words.has(key) else unit for lang in words.LANGS}


def _record(plan: Plan, setting: Setting, *, replications: int, engine: str, version: str) -> dict[str, Any]:
    run = plan.base.run
    return {
        "version": version,
        "place": dict(setting.place.title),
        "first_year": run.first_year,
        "years": run.years,
        "opening_months": run.opening_months,
        "seed": run.seed,
        "replications": replications,
        "engine": engine,
        "chance": f"{Luck.__module__}: Philox4x32-10",
        "estimated_calendar_from": _estimated_from(setting),
        "hash": setting.hash,
    }


def _estimated_from(setting: Setting) -> int:
    """First year of the plan whose working days are not published yet, 0 where all are."""
    run, year = setting.scenario.run, setting.calendar.estimated_from
    return max(year, run.first_year) if 0 < year < run.first_year + run.years else 0

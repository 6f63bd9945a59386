"""The forms of a purchase: price over the plan's years, purchase budget, performance targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from simlib import words
from simlib.units import FEN_PER_YUAN
from simlib.view.contract import ALL_YEARS, ExperimentView
from simlib.view.names import Names
from simlib.view.sheets import Cell, Column, Figure, Kind, Row, Sheet, figure, total, wan_from_fen
from simlib.view.statusform import county_of, first_year, prices

CODES = ("function_code", "function_name", "department_economy", "government_economy")
"""Classification of a budget line: the finance office sets it, so the cells are left empty."""


@dataclass(frozen=True, slots=True)
class Target:
    """A performance target: its kind, the measure it states, which way it is held, its unit."""

    kind: str
    measure: str
    way: str
    unit: str
    figure: Kind


TARGETS = (
    Target("quantity", "posts_funded", "at_least", "post", "mean"),
    Target("quantity", "posts_filled", "at_least", "post", "mean"),
    Target("quality", "unlawful_visits", "at_most", "visit", "mean"),
    Target("quality", "reviews_on_time_share", "at_least", "percent", "share"),
    Target("time", "on_time_share", "at_least", "percent", "share"),
    Target("time", "wait_days_mean", "at_most", "working_day", "mean"),
    Target("time", "overdue_open", "at_most", "case", "mean"),
    Target("cost", "cost_yuan", "at_most", "wan", "wan"),
    Target("benefit", "households_per_worker", "at_most", "household", "mean"),
    Target("benefit", "excluded_months", "at_most", "household_month", "mean"),
    Target("satisfaction", "", "at_least", "percent", "share"),
)
"""What a purchase is held to. Satisfaction is asked of people, not simulated: its cells are left empty."""

FIRST_LEVEL = {"benefit": "benefits", "satisfaction": "satisfied"}
"""Heading over a kind of target; the others are outputs."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """What one county buys: posts, and money in each year of the plan [fen]."""

    county: str
    posts: int
    fen: tuple[int, ...]


def purchases(experiment: ExperimentView, scenario: str) -> list[Purchase]:
    """The posts that the first year's money buys, kept through the plan at each year's price, by county."""
    funded = experiment.funded(scenario)
    counties = experiment.place.counties
    sums = funded.groupby(funded["area_code"].astype(str).map(county_of(experiment)))["funded"].sum()
    yearly = prices(experiment, scenario)
    called = zip(counties["county_code"].astype(str), counties["county"].astype(str), strict=True)
    made = []
    for code, name in called:
        posts = int(sums.get(code, 0))
        made.append(Purchase(name, posts, tuple(posts * price for price in yearly)))
    return made


def _years(experiment: ExperimentView, scenario: str) -> list[int]:
    return [first_year(experiment) + at for at in range(len(prices(experiment, scenario)))]


def _source(experiment: ExperimentView, scenario: str, lang: str) -> str:
    cell = next(cell for cell in experiment.cells() if cell.id == scenario)
    return words.pick(dict(cell.source_title), lang)


def price_calculation(experiment: ExperimentView, scenario: str, names: Names) -> Sequence[Sheet]:
    """Unit price × posts in each year of the plan, a row a county."""
    years, yearly = _years(experiment, scenario), prices(experiment, scenario)
    columns = [Column(names.say("view.annex.serial")), Column(names.say("view.annex.unit"))]
    columns.append(Column(names.say("view.annex.bought")))
    for year in years:
        over = names.say("forms.year_wan", year=year)
        columns += [Column(names.say(f"forms.price.{key}"), over) for key in ("unit_price", "amount")]
    columns.append(Column(names.say("forms.price.whole", years=len(years))))
    columns.append(Column(names.say("view.annex.note")))
    rows: list[Row] = []
    for at, bought in enumerate(purchases(experiment, scenario), start=1):
        cells: list[Cell] = [str(at), bought.county, figure(bought.posts, "count")]
        for price, fen in zip(yearly, bought.fen, strict=True):
            cells += [wan_from_fen(price), wan_from_fen(fen)]
        rows.append((*cells, wan_from_fen(sum(bought.fen)), ""))
    sums: list[Cell] = [names.say("view.annex.total"), "", total(rows, 2)]
    for at, price in enumerate(yearly):
        sums += [wan_from_fen(price), total(rows, 4 + 2 * at)]
    sums += [total(rows, 3 + 2 * len(years)), ""]
    return (
        Sheet(
            names.say("forms.sheet.price-calculation"),
            names.say("forms.price.title", place=names.place, years=len(years)),
            (names.say("forms.price.about"),),
            tuple(columns),
            (*rows, tuple(sums)),
            frozenset({len(rows)}),
        ),
    )


def purchase_budget(experiment: ExperimentView, scenario: str, names: Names) -> Sequence[Sheet]:
    """The government-purchase budget: a row a county that buys, codes left to the finance office."""
    years, yearly = _years(experiment, scenario), prices(experiment, scenario)
    source = _source(experiment, scenario, names.lang)
    term = names.say("forms.status.contract", first=years[0], last=years[-1])
    rows: list[Row] = []
    for bought in purchases(experiment, scenario):
        if bought.posts:
            rows.append(
                (
                    str(len(rows) + 1),
                    bought.county,
                    names.say("forms.purchase.item"),
                    *("" for _ in ("catalogue", *CODES)),
                    figure(bought.posts, "count"),
                    names.say("forms.unit.post_year"),
                    wan_from_fen(yearly[0]),
                    *(wan_from_fen(fen) for fen in bought.fen),
                    wan_from_fen(sum(bought.fen)),
                    source,
                    "",
                    term,
                    "",
                )
            )
    keys = ("buyer", "item_head", "catalogue", *CODES, "quantity", "unit", "unit_price")
    over = {key: names.say("forms.purchase.over.codes") for key in CODES}
    money = names.say("view.annex.over.money")
    columns = (
        Column(names.say("view.annex.serial")),
        *(Column(names.say(f"forms.purchase.{key}"), over.get(key, "")) for key in keys),
        *(Column(str(year), money) for year in years),
        Column(names.say("view.annex.total"), money),
        Column(names.say("view.annex.money_source")),
        *(Column(names.say(f"forms.purchase.{key}")) for key in ("method", "term")),
        Column(names.say("view.annex.note")),
    )
    summed = {8, *range(11, 12 + len(years))}
    blank: Cell = ""
    sums = tuple(
        names.say("view.annex.total") if at == 0 else (total(rows, at) if at in summed else blank)
        for at in range(len(columns))
    )
    about = ["forms.purchase.about", "forms.codes.about"]
    about += [] if rows else ["forms.purchase.nothing"]
    return (
        Sheet(
            names.say("forms.sheet.purchase-budget"),
            names.say("forms.purchase.title", place=names.place, first=years[0], last=years[-1]),
            tuple(words.say(key, names.lang) for key in about),
            columns,
            (*rows, sums) if rows else (),
            frozenset({len(rows)} if rows else ()),
        ),
    )


def performance_targets(experiment: ExperimentView, scenario: str, names: Names) -> Sequence[Sheet]:
    """The declaration of targets: the project's money by year, then what it is held to."""
    return _project(experiment, scenario, names), _targets(experiment, scenario, names)


def _project(experiment: ExperimentView, scenario: str, names: Names) -> Sheet:
    years, source = _years(experiment, scenario), _source(experiment, scenario, names.lang)
    bought = purchases(experiment, scenario)
    rows: list[Row] = [
        (
            str(year),
            figure(sum(county.posts for county in bought), "count"),
            wan_from_fen(sum(county.fen[at] for county in bought)),
            source,
            *("" for _ in CODES),
            "",
        )
        for at, year in enumerate(years)
    ]
    keys = ("year", "posts", "money")
    columns = (
        *(Column(names.say(f"forms.project.{key}")) for key in keys),
        Column(names.say("view.annex.money_source")),
        *(
            Column(names.say(f"forms.purchase.{key}"), names.say("forms.purchase.over.codes"))
            for key in CODES
        ),
        Column(names.say("view.annex.note")),
    )
    sums: Row = (names.say("view.annex.total"), "", total(rows, 2), "", *("" for _ in CODES), "")
    return Sheet(
        names.say("forms.sheet.project"),
        names.say("forms.project.title", place=names.place),
        (names.say("forms.purchase.about"), names.say("forms.codes.about")),
        columns,
        (*rows, sums),
        frozenset({len(rows)}),
    )


def _targets(experiment: ExperimentView, scenario: str, names: Names) -> Sheet:
    summary = experiment.summary()
    means = summary[summary["scenario"] == scenario].set_index(["measure", "year"])["mean"]
    years = _years(experiment, scenario)
    rows: list[Row] = [_price_row(experiment, scenario, names)] if prices(experiment, scenario) else []
    made = [_target(target, means, years, names) for target in TARGETS]
    cost = next(at for at, target in enumerate(TARGETS) if target.kind == "cost")
    rows = [*made[:cost], *rows, *made[cost:]]
    keys = ("level_1", "level_2", "level_3", "way", "unit")
    columns = (
        *(Column(names.say(f"forms.target.{key}")) for key in keys),
        *(Column(str(year), names.say("forms.target.value")) for year in years),
        Column(names.say("forms.target.whole"), names.say("forms.target.value")),
        Column(names.say("forms.target.basis")),
    )
    return Sheet(
        names.say("forms.sheet.performance-targets"),
        names.say("forms.target.title", place=names.place),
        (names.say("forms.target.about"), names.say("forms.target.survey")),
        columns,
        tuple(rows),
    )


def _heads(kind: str, title: str, way: str, unit: str, names: Names) -> Row:
    return (
        names.say(f"forms.target.first.{FIRST_LEVEL.get(kind, 'outputs')}"),
        names.say(f"forms.target.kind.{kind}"),
        title,
        names.say(f"forms.target.way.{way}"),
        names.say(f"forms.unit.{unit}"),
    )


def _target(target: Target, means: pd.Series, years: Sequence[int], names: Names) -> Row:
    if not target.measure:
        title = names.say(f"forms.target.title.{target.kind}")
        heads = _heads(target.kind, title, target.way, target.unit, names)
        return (*heads, *("" for _ in (*years, ALL_YEARS)), names.say("forms.target.by_survey"))
    title = names.say(f"view.measure.{target.measure}")
    values = [_value(means.get((target.measure, year)), target.figure) for year in (*years, ALL_YEARS)]
    basis = names.say("forms.target.from", measure=target.measure)
    return (*_heads(target.kind, title, target.way, target.unit, names), *values, basis)


def _value(mean: float | None, kind: Kind) -> Figure | None:
    if mean is None or mean != mean:
        return None
    return wan_from_fen(mean * FEN_PER_YUAN) if kind == "wan" else figure(mean, kind)


def _price_row(experiment: ExperimentView, scenario: str, names: Names) -> Row:
    heads = _heads("cost", names.say("forms.target.title.price"), "at_most", "wan_post_year", names)
    by_year = [wan_from_fen(price) for price in prices(experiment, scenario)]
    return (*heads, *by_year, None, names.say("forms.target.price_basis"))

"""The declaration of performance targets: the project's money by year, then what it is held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from simlib.units import FEN_PER_YUAN
from simlib.view.contract import ALL_YEARS, ExperimentView
from simlib.view.names import Names, is_missing
from simlib.view.purchaseforms import CODES, purchases, source_of, years_of
from simlib.view.sheets import Column, Figure, Kind, Row, Sheet, figure, total, wan_from_fen
from simlib.view.statusform import prices


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
    Target("quality", "services_on_time_share", "at_least", "percent", "share"),
    Target("time", "on_time_share", "at_least", "percent", "share"),
    Target("time", "wait_days_mean", "at_most", "working_day", "mean"),
    Target("time", "overdue_open", "at_most", "case", "mean"),
    Target("cost", "cost_yuan", "at_most", "wan", "wan"),
    Target("cost", "services_yuan", "at_most", "wan", "wan"),
    Target("benefit", "households_per_worker", "at_most", "household", "mean"),
    Target("benefit", "excluded_months", "at_most", "household_month", "mean"),
    Target("benefit", "need_met_share", "at_least", "percent", "share"),
    Target("satisfaction", "", "at_least", "percent", "share"),
)
"""What a purchase is held to; of services for families only where they are bought. Satisfaction is asked of
people, not simulated: its cells are left empty."""

TO_HUNDRED = -2
"""Money of a target is told to the hundred yuan: it is a mean of what was simulated, not a sum to be paid."""
FIRST_LEVEL = {"benefit": "benefits", "satisfaction": "satisfied"}
"""Heading over a kind of target; the others are outputs."""


def performance_targets(experiment: ExperimentView, scenario: str, names: Names) -> Sequence[Sheet]:
    """The declaration of targets: the project's money by year, then what it is held to."""
    return _project(experiment, scenario, names), _targets(experiment, scenario, names)


def _project(experiment: ExperimentView, scenario: str, names: Names) -> Sheet:
    years, source = years_of(experiment, scenario), source_of(experiment, scenario, names.lang)
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
        (names.say("forms.price.unit_line"),),
        columns,
        (*rows, sums),
        frozenset({len(rows)}),
        notes=(names.say("forms.purchase.about"), names.say("forms.codes.about")),
    )


def _targets(experiment: ExperimentView, scenario: str, names: Names) -> Sheet:
    summary = experiment.summary()
    means = summary[summary["scenario"] == scenario].set_index(["measure", "year"])["mean"]
    years = years_of(experiment, scenario)
    rows: list[Row] = [_price_row(experiment, scenario, names)] if prices(experiment, scenario) else []
    held = [one for one in TARGETS if not one.measure or not is_missing(means.get((one.measure, ALL_YEARS)))]
    made = [_target(target, means, years, names) for target in held]
    cost = next(at for at, target in enumerate(held) if target.kind == "cost")
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
        (),
        columns,
        tuple(rows),
        notes=(names.say("forms.target.about"), names.say("forms.target.survey")),
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
    basis = names.say("forms.target.from")
    return (*_heads(target.kind, title, target.way, target.unit, names), *values, basis)


def _value(mean: float | None, kind: Kind) -> Figure | None:
    if mean is None or mean != mean:
        return None
    return wan_from_fen(round(mean, TO_HUNDRED) * FEN_PER_YUAN) if kind == "wan" else figure(mean, kind)


def _price_row(experiment: ExperimentView, scenario: str, names: Names) -> Row:
    heads = _heads("cost", names.say("forms.target.title.price"), "at_most", "wan_post_year", names)
    by_year = [wan_from_fen(price) for price in prices(experiment, scenario)]
    return (*heads, *by_year, None, names.say("forms.target.price_basis"))

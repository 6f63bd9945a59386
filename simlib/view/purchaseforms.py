"""The forms of a purchase: price over the plan's years, and the government-purchase budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simlib import words
from simlib.policy.buying.purchasefile import METHODS
from simlib.policy.purchasing import Thresholds
from simlib.view.contract import ExperimentView
from simlib.view.names import Names
from simlib.view.purchasedates import first_purchase, span, step_dates
from simlib.view.sheets import Cell, Column, Row, Sheet, figure, shown, total, wan_from_fen
from simlib.view.statusform import FormsView, county_of, first_year, prices

CODES = ("function_code", "function_name", "department_economy", "government_economy")
"""Classification of a budget line: the finance office sets it, so the cells are left empty."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """What one county buys: posts, and money in each year of the plan [fen]."""

    code: str
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
        made.append(Purchase(code, name, posts, tuple(posts * price for price in yearly)))
    return made


def years_of(experiment: ExperimentView, scenario: str) -> list[int]:
    """The calendar years of the plan."""
    return [first_year(experiment) + at for at in range(len(prices(experiment, scenario)))]


def source_of(experiment: ExperimentView, scenario: str, lang: str) -> str:
    """Where the money of a cell comes from, in words."""
    cell = next(cell for cell in experiment.cells() if cell.id == scenario)
    return words.pick(dict(cell.source_title), lang)


def price_calculation(experiment: ExperimentView, scenario: str, names: Names) -> Sequence[Sheet]:
    """Unit price × posts in each year of the plan, a row a county."""
    years, yearly = years_of(experiment, scenario), prices(experiment, scenario)
    columns = [Column(names.say("view.annex.serial")), Column(names.say("view.annex.unit"))]
    columns.append(Column(names.say("view.annex.bought")))
    for year in years:
        over = names.say("forms.year_wan", year=year)
        columns += [Column(names.say(f"forms.price.{key}"), over) for key in ("unit_price", "amount")]
    columns.append(Column(names.say("forms.price.whole", years=len(years))))
    columns.append(Column(names.say("view.annex.note")))
    rows: list[Row] = []
    for at, bought in enumerate(purchases(experiment, scenario), start=1):
        cells: list[Cell] = [figure(at, "count"), bought.county, figure(bought.posts, "count")]
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
            (names.say("forms.price.unit_line"),),
            tuple(columns),
            (*rows, tuple(sums)),
            frozenset({len(rows)}),
            notes=(names.say("forms.price.about"),),
        ),
    )


def method_text(amount_fen: int, thresholds: Thresholds | None, names: Names) -> str:
    """How a purchase of this amount is to be made under the place's thresholds; to be settled without them.

    From the limit up the law leaves several methods open, of which the buyer names one.
    Source: Government Procurement Law art. 26–28 (law/purchasing/procurement-law.yaml).
    """
    if thresholds is None:
        return names.say("forms.method.unknown")
    if amount_fen >= thresholds.open_tender_fen:
        return names.say("method_open_tender")
    return names.say("forms.method.legal" if amount_fen >= thresholds.limit_fen else "forms.method.local")


def _method_notes(thresholds: Thresholds | None, names: Names) -> list[str]:
    """What the method was judged by, or which figures are needed to judge it."""
    open_to = names.say("view.list").join(names.say(f"method_{method}") for method in METHODS)
    if thresholds is None:
        return [names.say("forms.method.note.unknown", methods=open_to)]
    limits = (thresholds.limit_fen, thresholds.open_tender_fen)
    limit, tender = (shown(wan_from_fen(fen)) for fen in limits)
    return [names.say("forms.method.note.known", limit=limit, tender=tender, methods=open_to)]


BUDGET_KEYS = ("buyer", "item_head", "catalogue", *CODES, "quantity", "unit", "unit_price")


def _simulated(experiment: FormsView, scenario: str, county: str, names: Names) -> tuple[str, str] | None:
    """Method and dates of a county's first purchase as simulated; nothing where posts need no contract."""
    bought = first_purchase(experiment.contracts(scenario), county)
    if bought.empty:
        return None
    steps = experiment.contract_steps(scenario)
    methods = (names.say(f"method_{method}") for method in dict.fromkeys(bought["method"]))
    days = {step: span(step_dates(steps, bought, step), names) for step in ("issued", "signing", "begins")}
    ends = span(bought["planned_end_on"], names)
    return names.say("view.list").join(methods), names.say("forms.purchase.dates", ends=ends, **days)


def purchase_budget(
    experiment: FormsView, scenario: str, names: Names, thresholds: Thresholds | None = None
) -> Sequence[Sheet]:
    """The government-purchase budget: a row a county that buys, codes left to the finance office."""
    years, yearly = years_of(experiment, scenario), prices(experiment, scenario)
    source = source_of(experiment, scenario, names.lang)
    term = names.say("forms.status.contract", first=years[0], last=years[-1])
    rows: list[Row] = []
    is_simulated = False
    for bought in purchases(experiment, scenario):
        if bought.posts:
            known = _simulated(experiment, scenario, bought.code, names)
            is_simulated |= known is not None
            method, dates = known or (method_text(sum(bought.fen), thresholds, names), term)
            rows.append(
                (
                    figure(len(rows) + 1, "count"),
                    bought.county,
                    names.say("forms.purchase.item"),
                    *("" for _ in ("catalogue", *CODES)),
                    figure(bought.posts, "count"),
                    names.say("forms.unit.post_year"),
                    wan_from_fen(yearly[0]),
                    *(wan_from_fen(fen) for fen in bought.fen),
                    wan_from_fen(sum(bought.fen)),
                    source,
                    method,
                    dates,
                    "",
                )
            )
    columns = _budget_columns(years, names)
    summed = {8, *range(11, 12 + len(years))}
    sums = tuple(
        names.say("view.annex.total") if at == 0 else ((total(rows, at) or "") if at in summed else "")
        for at in range(len(columns))
    )
    notes = [
        names.say("forms.purchase.about"),
        *([names.say("forms.purchase.simulated")] if is_simulated else _method_notes(thresholds, names)),
        names.say("forms.codes.about"),
    ]
    notes += [] if rows else [names.say("forms.purchase.nothing")]
    return (
        Sheet(
            names.say("forms.sheet.purchase-budget"),
            names.say("forms.purchase.title", place=names.place, first=years[0], last=years[-1]),
            (names.say("forms.price.unit_line"),),
            columns,
            (*rows, sums) if rows else (),
            frozenset({len(rows)} if rows else ()),
            notes=tuple(notes),
        ),
    )


def _budget_columns(years: Sequence[int], names: Names) -> tuple[Column, ...]:
    over = {key: names.say("forms.purchase.over.codes") for key in CODES}
    money = names.say("view.annex.over.money")
    return (
        Column(names.say("view.annex.serial")),
        *(Column(names.say(f"forms.purchase.{key}"), over.get(key, "")) for key in BUDGET_KEYS),
        *(Column(str(year), money) for year in years),
        Column(names.say("view.annex.total"), money),
        Column(names.say("view.annex.money_source")),
        *(Column(names.say(f"forms.purchase.{key}")) for key in ("method", "term")),
        Column(names.say("view.annex.note")),
    )

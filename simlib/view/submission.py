"""The submission edition: what a leader and the finance bureau decide by, in plain words.

Options stand side by side, the recommended one first; nothing of it needs a course in statistics. Figures of
a place that were made up or assumed keep it from being sent on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from simlib import words
from simlib.units import FEN_PER_YUAN
from simlib.view import chartparts, moneytables, tables
from simlib.view.annex import LEVEL, annex_sheet, annexes, signed
from simlib.view.blocks import Block, bullets, paragraph
from simlib.view.choice import Choice, chosen
from simlib.view.contract import ALL_YEARS, STATUS_QUO, Edition, ExperimentView
from simlib.view.decision import FEW_REPLICATIONS, ON_TIME, few
from simlib.view.howtoread import counted_waits
from simlib.view.names import Names, is_missing, names_of, number, wan
from simlib.view.purchasedates import first_purchase, span
from simlib.view.serviceproposal import FUNDS, NOTHING, served
from simlib.view.sheetfiles import write_form
from simlib.view.sheetpage import sheet_html
from simlib.view.sheets import Form
from simlib.view.statusform import FormsView
from simlib.view.targetform import performance_targets
from simlib.years.money.accounts import WORK_FUND

ALMOST_ALL = 0.9
"""Share of bought posts that must be held before they count as in post."""
OF_HUNDRED = 100
CLOSE = 1
"""Of a hundred matters decided in time: a difference of no more is called close."""
DATES = ("asked_on", "signed_on", "begins_on")
"""Of a purchase: when it is asked for, signed, begun."""


def option_name(at: int, names: Names) -> str:
    """What an option is called on the page: option 1, 2 or 3."""
    return names.say(f"submission.option.{at + 1}")


# --- what is said -------------------------------------------------------------------------------------


def advice(experiment: ExperimentView, choice: Choice, names: Names) -> Block:
    """Which option is recommended and why, what it costs, and what comes of doing nothing."""
    summary = experiment.summary()
    facts = {cell: _means(summary, cell) for cell in (*choice.cells, choice.today) if cell}
    best = facts[choice.first]
    told = {"number": option_name(0, names), "option": names.cell_option(choice.first)}
    told |= {"hundred": str(_of_hundred(best[ON_TIME])), "cost": wan(best["cost_yuan"])}
    told["years"] = str(int(experiment.record()["years"]))
    is_alone = len(choice.cells) == 1
    sure = "submission.advice_alone" if is_alone else "submission.advice"
    lines = [names.say(sure if choice.is_feasible else "submission.advice_short", **told)]
    services = served(experiment, names).get(choice.first)
    if services:
        lines.append(names.say("submission.services", years=told["years"], **services.told))
    lines += _reasons(choice, facts, names)
    if choice.today:
        today = facts[choice.today]
        more = _of_hundred(best[ON_TIME] - today[ON_TIME])
        lines.append(names.say("submission.today", hundred=_of_hundred(today[ON_TIME]), more=more))
    scarce = few(summary)
    if scarce is not None:
        key = "submission.too_few_alone" if is_alone else "submission.too_few"
        lines.append(names.say(key, n=scarce, needed=FEW_REPLICATIONS))
    count = len(experiment.assumptions())
    lines.append(names.say("submission.assumed", count=count))
    return bullets(lines, claim="submission-advice")


def _reasons(choice: Choice, facts: Mapping[str, Mapping[str, float]], names: Names) -> list[str]:
    """How the recommended option stands beside each of the others."""
    best = facts[choice.first]
    lines, is_close = [], False
    for at, cell in enumerate(choice.cells[1:], start=1):
        other = facts[cell]
        more = _of_hundred(best[ON_TIME]) - _of_hundred(other[ON_TIME])
        dearer = _money(best) - _money(other)
        is_close |= abs(more) <= CLOSE
        served = "even" if more == 0 else "more" if more > 0 else "fewer"
        money = "even" if abs(dearer) < 1 else "more" if dearer > 0 else "less"
        told = {"number": option_name(at, names), "option": names.cell_option(cell)}
        told["served"] = names.say(f"submission.served.{served}", count=abs(more))
        told["money"] = names.say(f"submission.money.{money}", amount=wan(abs(dearer)))
        lines.append(names.say("submission.beside", **told))
    if not choice.is_sure and len(choice.cells) > 1:
        lines.append(names.say("submission.close" if is_close else "submission.unsure"))
    return lines


def _money(facts: Mapping[str, float]) -> float:
    """What an option is expected to spend on posts and on services over the plan [yuan]."""
    services = facts.get("services_yuan", 0.0)
    return facts["cost_yuan"] + (0.0 if is_missing(services) else services)


def _means(summary: pd.DataFrame, cell: str, year: int = ALL_YEARS) -> dict[str, float]:
    rows = summary[(summary["scenario"] == cell) & (summary["year"] == year)]
    return {str(name): float(mean) for name, mean in zip(rows["measure"], rows["mean"], strict=True)}


def _of_hundred(share: float) -> int:
    """A share as so many of a hundred."""
    return round(share * OF_HUNDRED)


# --- side by side -------------------------------------------------------------------------------------


def side_by_side(experiment: ExperimentView, choice: Choice, names: Names) -> Block:
    """A row a question, a column an option: posts, money and its source, when people are there, families."""
    summary = experiment.summary()
    every = [*choice.cells, *([choice.today] if choice.today else [])]
    services = served(experiment, names)
    rows: dict[str, list[str]] = {}
    for cell in every:
        column = _column(experiment, summary, cell, names)
        if services:
            column |= services.get(cell, NOTHING).told
        for key, text in column.items():
            rows.setdefault(key, []).append(text)
    heads = {"item": names.say("submission.item")}
    heads |= {f"option_{at + 1}": option_name(at, names) for at in range(len(choice.cells))}
    if choice.today:
        heads["today"] = names.say("submission.option.today")
    years = int(experiment.record()["years"])
    frame = pd.DataFrame(
        [[names.say(f"submission.row.{key}", years=years), *texts] for key, texts in rows.items()],
        columns=list(heads),
    )
    label = names.say("view.section.submission_options")
    table = tables.table(frame, label=label, name="submission-options", titles=heads)
    return chartparts.show(table, paragraph(counted_waits(names.lang), claim="words:how_to_read"))


def _column(experiment: ExperimentView, summary: pd.DataFrame, cell: str, names: Names) -> dict[str, str]:
    whole = _means(summary, cell)
    first = _means(summary, cell, _years(summary)[0])
    facts = next(item for item in experiment.cells() if item.id == cell)
    formula, money = names.keys[cell]
    bought = float(experiment.funded(cell)["funded"].sum())
    has_source, has_rule = bought > 0, facts.view != STATUS_QUO
    return {
        "formula": names.formulas[formula],
        "money": names.monies[money],
        "required": number(first["posts_required"], digits=0) if has_rule else "—",
        "existing": number(first["posts_existing"], digits=0),
        "gap": number(first["posts_gap"], digits=0) if has_rule else "—",
        "bought": number(bought, digits=0),
        "in_post": in_post(experiment, cell, names) if has_source else "—",
        "budget": wan(bought * _first_price(experiment, cell) / FEN_PER_YUAN),
        "first_cost": wan(first["cost_yuan"]),
        "cost": wan(whole["cost_yuan"]),
        "source": words.pick(dict(facts.source_title), names.lang) if has_source else "—",
        "advance": wan(whole.get("advance_yuan")),
        "hundred": names.say("submission.of_hundred", count=_of_hundred(whole[ON_TIME])),
        "reviews": names.say("submission.of_hundred", count=_of_hundred(whole["reviews_on_time_share"]))
        if not is_missing(whole.get("reviews_on_time_share"))
        else "—",
        "wait": number(whole["wait_days_mean"]),
        "overdue": number(whole["overdue_open"], digits=0),
    }


def _first_price(experiment: ExperimentView, cell: str) -> int:
    """What a bought post costs in a whole first year [fen]."""
    price = experiment.price_fen(cell)
    return price if isinstance(price, int) else price[0]


def in_post(experiment: ExperimentView, cell: str, names: Names) -> str:
    """The month at whose end nine in ten of the posts bought with the first year's money are held."""
    monthly = experiment.monthly(cell)
    bought = float(experiment.funded(cell)["funded"].sum())
    staff = experiment.place.townships, experiment.place.counties
    before = sum(float((frame["posts_payroll"] + frame["posts_contract"]).sum()) for frame in staff)
    held = monthly[monthly["posts_filled"] >= before + ALMOST_ALL * bought]
    if held.empty:
        return names.say("submission.never_in_post")
    month = held["month"].iloc[0]
    return names.say("submission.month", year=month.year, month=month.month)


# --- money, dates, targets ----------------------------------------------------------------------------


def money_by_year(experiment: ExperimentView, choice: Choice, names: Names) -> Block:
    """What each option costs the work fund by year, then the recommended one by line and source."""
    summary, services = experiment.summary(), served(experiment, names)
    told = _years(summary)
    rows = []
    for at, cell in enumerate(choice.cells):
        option = {"number": option_name(at, names), "option": names.cell_option(cell)}
        parts = {"numbered": "cost_yuan"}
        if cell in services:
            parts = {"numbered_posts": "cost_yuan", "numbered_services": "services_yuan"}
        for key, measure in parts.items():
            by_year = {str(year): wan(_means(summary, cell, year)[measure]) for year in told}
            whole = wan(_means(summary, cell)[measure])
            rows.append({"option": names.say(f"submission.{key}", **option), **by_year, "whole": whole})
    years = [str(year) for year in told]
    heads = {"option": names.say("view.column.option")} | {year: year for year in years}
    heads["whole"] = names.say("submission.whole")
    over = {names.say("view.axis.wan"): [*years, "whole"]}
    label = names.say("submission.label.money")
    block = tables.table(
        pd.DataFrame(rows), label=label, name="submission-money", titles=heads, spanners=over
    )
    cost = experiment.cost_by_year(choice.first)
    about = paragraph(
        names.say("submission.by_source", number=option_name(0, names)), claim="words:by_source"
    )
    spent = experiment.cost_by_source(choice.first)
    shown = spent["source"].isin((WORK_FUND, *FUNDS)) & (spent["line"] != "benefits")
    detail = moneytables.by_source(spent[shown], cost, names)
    note = paragraph(names.say("submission.budget_note"), claim="words:budget_note")
    return chartparts.show(note, block, about, detail)


def _years(summary: pd.DataFrame) -> list[int]:
    """The calendar years of the plan."""
    return sorted({int(year) for year in summary["year"]} - {ALL_YEARS})


def purchase_dates(experiment: ExperimentView, choice: Choice, names: Names) -> Block:
    """The first purchase of each county under the recommended option: how, for how much, and when."""
    contracts = experiment.contracts(choice.first)
    counties = experiment.place.counties
    rows = []
    for code, county in zip(counties["county_code"].astype(str), counties["county"], strict=True):
        bought = first_purchase(contracts, code) if len(contracts) else contracts
        if bought.empty:
            continue
        row = {"county": str(county), "method": names.say(f"method_{bought['method'].mode().iloc[0]}")}
        row["posts"] = number(bought["posts"].median(), digits=0)
        row["budget"] = wan(bought["budget_fen"].median() / FEN_PER_YUAN)
        rows.append(row | {column: span(bought[column], names) for column in DATES})
    if not rows:
        return paragraph(names.say("submission.no_purchase"))
    heads = {column: names.say(f"submission.purchase.{column}") for column in rows[0]}
    label = names.say("view.section.submission_purchase")
    frame = pd.DataFrame(rows)
    return tables.table(frame, label=label, name="submission-purchase", titles=heads, wide=True)


def targets(experiment: ExperimentView, choice: Choice, names: Names) -> Block:
    """The declaration of performance targets of the recommended option."""
    sheets = performance_targets(experiment, choice.first, names)
    drawn = (f'<div class="annex">{sheet_html(sheet, in_report=True)}</div>' for sheet in sheets)
    return Block("\n".join(drawn), "\n".join(f"[{sheet.title}]" for sheet in sheets))


def legal(experiment: ExperimentView, choice: Choice, names: Names) -> Block:
    """Where the formulas and money rules of the options put forward stand."""
    used = {key for cell in choice.cells for key in names.keys[cell]}
    laws = {cell.money_rule for cell in experiment.cells() if cell.id in choice.cells}
    entries = [entry for entry in experiment.legal() if entry["id"] in used | laws]
    return tables.legal(entries, names)


def annexes_of(experiment: ExperimentView, choice: Choice, names: Names) -> Block:
    """Annexes 1 and 2 of the recommended option."""
    return annexes(experiment, choice.first, names)


def write_forms(experiment: FormsView, folder: Path, lang: str, edition: Edition) -> list[Path]:
    """Write the forms that go with the submission, as a text and as a workbook; the files.

    A draft says on every sheet that its figures are to be verified.
    """
    names = names_of(experiment, lang)
    cell = chosen(experiment, names).first
    head = [names.say("forms.option", option=names.cell_option(cell))]
    head += [names.say("submission.draft")] if edition == "draft" else []
    filed = [annex_sheet(experiment, cell, names, form=form) for form in LEVEL]
    sheets = [sheet for sheet in filed if sheet.rows] + list(performance_targets(experiment, cell, names))
    form = Form("submission", lang, tuple(signed(sheet, names, head=head) for sheet in sheets))
    return [write_form(form, folder / f"submission{ending}") for ending in (".docx", ".xlsx")]

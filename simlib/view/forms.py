"""The official forms of one option: annexes, staffing status, price, purchase budget, performance targets.

A form prints what the experiment's tables hold. What no table holds (classification codes, the satisfaction
that only a survey can tell, dates of a contract not yet signed) is left empty for the office to fill in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from simlib import words
from simlib.errors import InputError, Problem, ScenarioError
from simlib.view.annex import LEVEL, filed
from simlib.view.contract import GRID
from simlib.view.names import Names, names_of
from simlib.view.purchaseforms import performance_targets, price_calculation, purchase_budget
from simlib.view.report import notices
from simlib.view.sheetfiles import write_form
from simlib.view.sheets import Column, Form, Row, Sheet, figure, total, wan_from_fen
from simlib.view.statusform import FormsView, staffing_status

Builder = Callable[[FormsView, str, Names], Sequence[Sheet]]


def _annex(number: int) -> Builder:
    return lambda experiment, scenario, names: (annex_sheet(experiment, scenario, names, form=number),)


FORMS: Mapping[str, Builder] = {
    "annex-1": _annex(1),
    "annex-2": _annex(2),
    "staffing-status": staffing_status,
    "price-calculation": price_calculation,
    "purchase-budget": purchase_budget,
    "performance-targets": performance_targets,
}
"""What sets each form, by its name on the command line."""


def official_form(experiment: FormsView, name: str, scenario: str | None = None, *, lang: str) -> Form:
    """An official form of one cell of an experiment (default: the first of the comparison).

    Raises InputError for a form, ScenarioError for a cell that does not exist.
    """
    if name not in FORMS:
        raise InputError(Problem("forms_unknown", values={"found": name, "known": ", ".join(FORMS)}))
    names = names_of(experiment, lang)
    cell = chosen_cell(experiment, scenario)
    option = names.say("forms.option", option=names.cells[cell])
    head = (option, *notices(experiment.place, names))
    sheets = (_signed(sheet, head, names) for sheet in FORMS[name](experiment, cell, names))
    return Form(name, names.lang, tuple(sheets))


def chosen_cell(experiment: FormsView, scenario: str | None = None) -> str:
    """The id of the cell asked for, else of the first that compares formulas and money rules."""
    cells = {cell.id: cell for cell in experiment.cells()}
    if scenario is None:
        return next((cell.id for cell in cells.values() if cell.view == GRID), next(iter(cells)))
    if scenario not in cells:
        raise ScenarioError(Problem("experiment_cell", values={"found": scenario, "known": ", ".join(cells)}))
    return scenario


def export_form(
    experiment: FormsView, name: str, path: Path, scenario: str | None = None, *, lang: str
) -> Path:
    """Write one form; the file's ending (.xlsx .csv .docx .html) names the format. Returns the path."""
    return write_form(official_form(experiment, name, scenario, lang=lang), path)


def write_annexes(experiment: FormsView, folder: Path, lang: str) -> Path:
    """Write `annexes.xlsx`: both annexes of every cell that compares formulas and money rules.

    Sheets are numbered as the options are; each names its option under the title.
    """
    names = names_of(experiment, lang)
    cells = [cell.id for cell in experiment.cells() if cell.view == GRID] or [chosen_cell(experiment)]
    warned = notices(experiment.place, names)
    sheets = []
    for at, cell in enumerate(cells, start=1):
        head = (names.say("forms.option", option=names.cells[cell]), *warned)
        for number in LEVEL:
            sheet = annex_sheet(experiment, cell, names, form=number)
            sheets.append(_signed(sheet, head, names, name=f"{sheet.name}-{at}"))
    told = [sheet for sheet in sheets if sheet.rows] or sheets
    return write_form(Form("annexes", lang, tuple(told)), folder / "annexes.xlsx")


def _signed(sheet: Sheet, head: Sequence[str], names: Names, *, name: str = "") -> Sheet:
    """A sheet with what every form says of itself, and the lines to sign."""
    foot = tuple(names.say(f"view.annex.{line}") for line in ("filed_by", "filed_on", "checked"))
    return Sheet(
        name or sheet.name, sheet.title, (*head, *sheet.about), sheet.columns, sheet.rows, sheet.totals, foot
    )


def annex_sheet(experiment: FormsView, scenario: str, names: Names, *, form: int) -> Sheet:
    """Annex 1 (county bureaus) or 2 (townships), with its total row when there are rows."""
    found = filed(experiment, scenario, names, form=form)
    rows = [
        (
            str(row.serial),
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
            str(row.money_source),
            str(row.note),
        )
        for row in found.rows.itertuples()
    ]
    columns = _annex_columns(names, found.years)
    about = [found.basis, names.say("forms.annex.kinds")]
    if not rows:
        about.append(names.say("forms.annex.no_rule"))
    sums: list[Row] = [_total_row(rows, names, len(columns))] if rows else []
    return Sheet(
        names.say(f"forms.sheet.annex-{form}"),
        names.say(f"view.annex.title.{form}", place=names.place),
        tuple(about),
        columns,
        (*rows, *sums),
        frozenset({len(rows)} if rows else ()),
    )


def _annex_columns(names: Names, years: int) -> tuple[Column, ...]:
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


def _total_row(rows: Sequence[Row], names: Names, wide: int) -> Row:
    sums: list[str] = [""] * wide
    return (
        names.say("view.annex.total"),
        *(total(rows, column) or sums[column] for column in range(1, wide)),
    )


def default_name(form: str, scenario: str) -> str:
    """The file a form is written to when none is named."""
    return f"{form}.{scenario}.xlsx"


def form_title(name: str, lang: str) -> str:
    """A form's name in words."""
    return words.say(f"forms.sheet.{name}", lang)

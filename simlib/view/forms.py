"""The official forms of one option: annexes, staffing status, the forms of a purchase, budget execution.

A form prints what the experiment's tables hold. What no table holds (classification codes, the satisfaction
that only a survey can tell, dates of a contract not yet signed) is left empty for the office to fill in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from simlib import words
from simlib.errors import InputError, Problem, ScenarioError
from simlib.policy.purchasing import Thresholds
from simlib.view.annex import LEVEL, annex_sheet, signed
from simlib.view.contract import GRID
from simlib.view.executionform import budget_execution
from simlib.view.names import Names, names_of
from simlib.view.purchaseforms import price_calculation, purchase_budget
from simlib.view.report import notices
from simlib.view.sheetfiles import write_form
from simlib.view.sheets import Form, Sheet
from simlib.view.statusform import FormsView, staffing_status
from simlib.view.targetform import performance_targets

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
    "budget-execution": budget_execution,
}
"""What sets each form, by its name on the command line."""


def official_form(
    experiment: FormsView,
    name: str,
    scenario: str | None = None,
    *,
    lang: str,
    thresholds: Thresholds | None = None,
) -> Form:
    """An official form of one cell of an experiment (default: the first of the comparison).

    thresholds: the place's amounts that decide how a purchase is made, where they are known.
    Raises InputError for a form, ScenarioError for a cell that does not exist.
    """
    if name not in FORMS:
        raise InputError(Problem("forms_unknown", values={"found": name, "known": ", ".join(FORMS)}))
    names = names_of(experiment, lang)
    cell = chosen_cell(experiment, scenario)
    option = names.say("forms.option", option=names.cells[cell])
    head = (option, *notices(experiment.place, names))
    build = FORMS[name]
    if build is purchase_budget:
        build = partial(purchase_budget, thresholds=thresholds)
    sheets = (signed(sheet, names, head=head) for sheet in build(experiment, cell, names))
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
    experiment: FormsView,
    name: str,
    path: Path,
    scenario: str | None = None,
    *,
    lang: str,
    thresholds: Thresholds | None = None,
) -> Path:
    """Write one form; the file's ending (.xlsx .csv .docx .html) names the format. Returns the path."""
    return write_form(official_form(experiment, name, scenario, lang=lang, thresholds=thresholds), path)


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
            sheets.append(signed(sheet, names, head=head, name=f"{sheet.name}-{at}"))
    told = [sheet for sheet in sheets if sheet.rows] or sheets
    return write_form(Form("annexes", lang, tuple(told)), folder / "annexes.xlsx")


def default_name(form: str, scenario: str) -> str:
    """The file a form is written to when none is named."""
    return f"{form}.{scenario}.xlsx"


def form_title(name: str, lang: str) -> str:
    """A form's name in words."""
    return words.say(f"forms.sheet.{name}", lang)

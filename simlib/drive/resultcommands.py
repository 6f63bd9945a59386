"""Commands that read an experiment that was run: its official forms, and the story of a single case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from simlib import words
from simlib.desks.casetext import case_head, case_rows
from simlib.drive.casestory import OPEN, case_list, case_story, law_of_run, setting_of_cell
from simlib.drive.printed import show, tell
from simlib.drive.seal import FORMS, Exported, refuse_page, seal_form
from simlib.drive.status import status_table
from simlib.drive.workspace import workspace_of
from simlib.errors import InputError, Problem
from simlib.places import Place
from simlib.policy.purchasing import Thresholds
from simlib.results.experiment import ExperimentResults, open_experiment
from simlib.units import FEN_PER_YUAN
from simlib.view.forms import chosen_cell, default_name, export_form, form_title
from simlib.years.setting import Setting

LISTED = 20
"""Cases that a list shows as a table; other formats hold them all."""

STEP_COLUMNS = ("step", "office", "people", "wait", "minutes", "rule", "came_at", "done_at", "stands_still")
"""Columns of a case's steps where a program reads them; the last where a local rule stops a clock."""
_WHOLE = 1000
"""Width in which every rule and reason of a case's step has room [column]."""


def export(asked: Any) -> None:
    """`simlib export`: an official form filled from an experiment that was run."""
    limits = _thresholds(asked)
    results = open_experiment(asked.run_folder)
    cell = chosen_cell(results, asked.cell)
    out = asked.out or asked.run_folder / FORMS / default_name(asked.form, cell)
    lang = asked.lang or "zh"
    refuse_page(asked.run_folder, out)
    with _finished(asked.run_folder):
        print(export_form(results, asked.form, out, cell, lang=lang, thresholds=limits))
    fen = (0, 0) if limits is None else (limits.limit_fen, limits.open_tender_fen)
    seal_form(asked.run_folder, out, Exported(asked.form, cell, *fen), lang)
    tell(words.say("forms.written", form=form_title(asked.form, words.current_lang()), cell=cell))


def _thresholds(asked: Any) -> Thresholds | None:
    """The place's purchase thresholds, where both are given."""
    given = (asked.limit_yuan, asked.tender_yuan)
    if given == (None, None):
        return None
    if None in given or not 0 < asked.limit_yuan <= asked.tender_yuan:
        raise InputError(Problem("forms_thresholds"))
    return Thresholds(*(round(yuan * FEN_PER_YUAN) for yuan in given))


@contextmanager
def _finished(folder: Path) -> Iterator[None]:
    """What reads the store here finds an experiment that is finished, or a clear message says it is not."""
    try:
        yield
    except FileNotFoundError as error:
        if error.filename is not None:
            raise
        raise InputError(Problem("forms_unfinished", str(folder))) from None


def trace(asked: Any) -> None:
    """`simlib trace`: a county's decided cases, the late ones first; or one of them step by step."""
    results = open_experiment(asked.run_folder)
    cell = chosen_cell(results, asked.cell)
    check_replication(results, asked.replication)
    setting = setting_of_cell(results, cell, law_of_run(results, asked.law))
    if asked.case is None:
        _list(asked, setting, _county(asked, results, setting, cell))
    else:
        _story(asked, setting)


def check_replication(results: ExperimentResults, number: int) -> None:
    """Nothing. Raises InputError for a replication the run has not."""
    last = results.record()["replications"] - 1
    if not 0 <= number <= last:
        raise InputError(Problem("trace_replication", values={"found": number, "last": last}))


def _county(asked: Any, results: ExperimentResults, setting: Setting, cell: str) -> str:
    """The county asked for, else the one that decided the smallest share in time."""
    if asked.county is None:
        with _finished(asked.run_folder):
            sums = results.frames(cell).desk.groupby("county_code")[["on_time", "falling_due"]].sum()
        return str((sums["on_time"] / sums["falling_due"].clip(lower=1)).idxmin())
    if asked.county not in setting.counties:
        values = {"found": asked.county, "known": ", ".join(setting.counties)}
        raise InputError(Problem("trace_county", values=values))
    return str(asked.county)


def _list(asked: Any, setting: Setting, county: str) -> None:
    table = case_list(setting, county, asked.replication)
    for name in ("came", "due", "decided"):
        table[name] = [None if when is None else when.isoformat() for when in table[name]]
    shown = table.head(LISTED) if asked.format == "table" else table
    show(shown, asked.format)
    still_open = int((table["outcome"] == OPEN).sum())
    blanks = {"county": county, "replication": asked.replication, "open": still_open, "shown": len(shown)}
    blanks |= {"count": len(table) - still_open}
    tell(words.say("trace_listed", **blanks))


def _story(asked: Any, setting: Setting) -> None:
    story = case_story(setting, asked.case, asked.replication)
    names = _office_names(setting.place)
    steps = pd.DataFrame(case_rows(story.file, lambda number: names(story.offices[number])))
    head = case_head(story.file)
    if asked.format == "table":
        print("\n".join([*head, ""]))
    else:
        steps.columns = pd.Index(STEP_COLUMNS[: len(steps.columns)])
        tell("\n".join(head))
    show(steps, asked.format, most_width=_WHOLE)


def _office_names(place: Place) -> Callable[[str], str]:
    """What an office is called, by its code."""
    towns = place.townships
    areas = dict(zip(towns["area_code"], towns["area"], strict=True))
    counties = dict(zip(towns["county_code"], towns["county"], strict=True))

    def name(code: str) -> str:
        if code in areas:
            return str(areas[code])
        kind = "trace_verification" if code.endswith("V") else "trace_bureau"
        return words.say(kind, county=counties[code.removesuffix("V")])

    return name


def status(asked: Any) -> None:
    """`simlib status`: how far each batch is."""
    folder = asked.folder or workspace_of(Path.cwd() / "reports") / "reports"
    if not folder.is_dir():
        raise InputError(Problem("cli_missing", values={"found": folder}))
    table = status_table(folder)
    if table.empty:
        tell(words.say("status_none", folder=folder))
    show(table, asked.format)

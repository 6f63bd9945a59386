"""The command on a run's simulated families: the lists of families, needs and projects at a month's end."""

from __future__ import annotations

from typing import Any

import pandas as pd

from simlib import words
from simlib.drive.asking import asked_day
from simlib.drive.casestory import law_of_run, setting_of_cell
from simlib.drive.familylists import LISTS, family_lists, moment_of
from simlib.drive.printed import tell
from simlib.drive.resultcommands import check_replication
from simlib.drive.runcommands import folder_of
from simlib.drive.servicecommands import show_lists
from simlib.errors import InputError, Problem
from simlib.results.experiment import ExperimentResults, open_experiment
from simlib.view.forms import chosen_cell
from simlib.view.sheetfiles import write_form
from simlib.view.sheets import Cell, Column, Form, Kind, Sheet, figure
from simlib.years.setting import Setting

LISTED = 20
"""Rows of a long list that a table shows; other formats and files hold them all."""
_WIDE = ("area_code", "indicators", "delivered_by", "status", "needs_since", "assessed_times", "unmet_money")


def families(asked: Any) -> None:
    """`simlib families`: the three lists of the families simulated in one replication of a run."""
    folder = folder_of(asked.run)
    results = open_experiment(folder)
    cell = chosen_cell(results, asked.cell)
    check_replication(results, asked.replication)
    setting = setting_of_cell(results, cell, law_of_run(results, asked.law))
    moment = moment_of(setting, asked_day(asked.on))
    lists = family_lists(
        setting, counties=_counties(asked.county, setting), replication=asked.replication, moment=moment
    )
    about = words.say(
        "families.about",
        place=words.pick(dict(setting.place.title)),
        cell=_title(results, cell),
        replication=asked.replication,
        day=moment.day,
    )
    kept = {name: lists[name] for name in (LISTS if asked.list is None else (asked.list,))}
    if asked.out is not None:
        print(write_form(_form(kept, about), asked.out))
        tell(words.say("families.written"))
    else:
        _show(kept, about, asked.format)


def _counties(asked: str | None, setting: Setting) -> tuple[str, ...]:
    if asked is None:
        return tuple(setting.counties)
    if asked not in setting.counties:
        values = {"found": asked, "known": ", ".join(setting.counties)}
        raise InputError(Problem("trace_county", values=values))
    return (asked,)


def _title(results: ExperimentResults, cell: str) -> str:
    return next(words.pick(item.title) for item in results.cells() if item.id == cell)


def _heading(name: str) -> str:
    """A column's heading in the language in force."""
    key = f"families.column.{name}"
    return words.say(key if words.has(key) else f"services.column.{name}")


def _show(lists: dict[str, pd.DataFrame], about: str, form: str) -> None:
    """Print the lists; that they are simulated is said on stderr, and by CSV and JSON in each row."""
    tell(about)
    tell(words.say("families.privacy"))
    if form == "table":
        for name, table in lists.items():
            if len(table) > LISTED and name != "projects":
                said = words.say(f"families.list.{name}")
                tell(words.say("families.shown", list=said, count=len(table), shown=LISTED))
                lists = {**lists, name: table.head(LISTED)}
        lists = {name: table.drop(columns=[*_WIDE], errors="ignore") for name, table in lists.items()}
    show_lists(lists, form, room="families", heading=_heading)


def _form(lists: dict[str, pd.DataFrame], about: str) -> Form:
    """The lists as the sheets of one file, each with the note that it is simulated."""
    lines = (about, words.say("families.privacy"))
    sheets = []
    for name, found in lists.items():
        table = found.drop(columns="status")
        title = words.say(f"families.list.{name}")
        columns = tuple(Column(_heading(str(column))) for column in table)
        kinds = [_kind(str(column), table[column]) for column in table]
        rows = tuple(tuple(map(_cell, row, kinds)) for row in table.itertuples(index=False, name=None))
        sheets.append(Sheet(title, title, lines, columns, rows))
    return Form("families", words.current_lang(), tuple(sheets))


def _kind(name: str, column: pd.Series) -> Kind | None:
    """What a column's numbers are; None where it holds texts."""
    if column.dtype.kind not in "iuf":
        return None
    return "yuan" if name.endswith("_yuan") else "count"


def _cell(value: Any, kind: Kind | None) -> Cell:
    return str(value) or None if kind is None else figure(value, kind)

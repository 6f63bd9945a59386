"""From stored results to what is sent: what may be submitted, the official forms, the commands to run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from simlib import words
from simlib.view import tables
from simlib.view.blocks import Block, bullets
from simlib.view.forms import FORMS, chosen_cell, default_name, export_form, form_title, official_form
from simlib.view.names import Names
from simlib.view.report import banner
from simlib.view.sheetpage import sheet_html
from simlib.view.statusform import FormsView
from simlib.view.unverified import unverified


def standing(experiment: FormsView, names: Names) -> Block:
    """What a reader must know before using any figure, and whether the submission edition can be made."""
    with words.speaking(names.lang):
        found = [problem.line() for problem in unverified(experiment)]
    told = [*found, names.say("filing.draft_only")] if found else [names.say("filing.ready")]
    return bullets([*told, *banner(experiment, names)])


def commands(folder: str | Path, names: Names) -> Block:
    """The lines that render the two editions, as pages and as PDF, and derive every number again."""
    lines = (
        ("submission", f"simlib report {folder} --edition submission --lang {names.lang}"),
        ("draft", f"simlib report {folder} --edition submission --draft --pdf --lang {names.lang}"),
        ("internal", f"simlib report {folder} --edition internal --pdf --lang {names.lang}"),
        ("verify", f"simlib verify {folder}"),
    )
    rows = pd.DataFrame([{"what": names.say(f"filing.{key}"), "line": line} for key, line in lines])
    heads = {"what": names.say("filing.what"), "line": names.say("filing.line")}
    return tables.table(rows, label=names.say("filing.commands"), name="commands", titles=heads)


def write_forms(
    experiment: FormsView, folder: str | Path, names: Names, *, cell: str = ""
) -> Mapping[str, Path]:
    """Every official form of one option (default: the first compared) as Excel in `folder`/forms, by name."""
    option = chosen_cell(experiment, cell or None)
    out = Path(folder) / "forms"
    return {
        name: export_form(experiment, name, out / default_name(name, option), option, lang=names.lang)
        for name in FORMS
    }


def form_list(files: Mapping[str, Path], names: Names) -> Block:
    """A row a form that was written: what it is called, its file, its size."""
    rows = pd.DataFrame(
        [
            {"form": form_title(name, names.lang), "file": f"forms/{path.name}", "kb": _kilobytes(path)}
            for name, path in files.items()
        ]
    )
    heads = {name: names.say(f"filing.{name}") for name in ("form", "file", "kb")}
    return tables.table(rows, label=names.say("filing.forms"), name="forms", titles=heads)


def _kilobytes(path: Path) -> str:
    return f"{path.stat().st_size / 1024:.0f}"


def form_shown(experiment: FormsView, name: str, names: Names, *, cell: str = "") -> Block:
    """One official form as it will be filed. Raises InputError for a form that does not exist."""
    form = official_form(experiment, name, cell or None, lang=names.lang)
    drawn = (f'<div class="annex">{sheet_html(sheet, in_report=True)}</div>' for sheet in form.sheets)
    return Block("\n".join(drawn), "\n".join(f"[{sheet.title}]" for sheet in form.sheets))

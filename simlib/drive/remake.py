"""A report made again from its store: the same notebooks, without kernels and without anything kept.

Whatever was formed before (measures, executed notebooks, pages) is left out; only the blocks of tables and
the experiment's own facts are taken.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from IPython.core.formatters import DisplayFormatter

from simlib.drive import workspace
from simlib.drive.pages import language_folder, lay_pages, leaf_parameters
from simlib.drive.seal import Exported, Seal, Sealed
from simlib.policy.purchasing import Thresholds
from simlib.results import store
from simlib.results.experiment import ExperimentResults, open_experiment
from simlib.runs.runner import run_scenarios
from simlib.view.forms import export_form

BOOKS = "books"


def store_alone(folder: Path, into: Path) -> ExperimentResults:
    """The experiment opened on a copy that holds its tables and facts, and no measure formed before.

    Opening a store clears damaged blocks away; a copy keeps the evidence.
    """
    shutil.copytree(
        folder / "data",
        into / "data",
        copy_function=_link,
        ignore=shutil.ignore_patterns("measures", "openings", "cases", "pieces", "*.part", "seal.json"),
    )
    return open_experiment(into)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def pages_again(
    results: ExperimentResults, told: Seal, home: Path, into: Path, *, only: str = ""
) -> dict[str, bytes]:
    """Every file of a sealed report made again, by its name in the report's folder.

    results: the experiment, opened where nothing formed before is kept; home: the workspace whose notebooks
    made it; only: one page, for which no other notebook is run; a file that hangs on all pages, such as the
    index, still runs them all.
    """
    files: dict[str, bytes] = {}
    for number, made in enumerate(_asked_for(told.reports, only)):
        out, books = into / f"pages-{number}", into / f"{BOOKS}-{number}"
        if made.form is not None:
            files |= {name: _form_again(results, made.form, made.lang, out / name) for name in made.files}
            continue
        books.mkdir(parents=True)
        run = {
            leaf: executed(
                workspace.notebook(home, leaf.notebook),
                leaf_parameters(leaf, results.folder, made.lang),
                books / f"{leaf.name}.ipynb",
            )
            for leaf in made.leaves
        }
        lay_pages(results, out, made.lang, run)
        found = sorted(path for path in out.rglob("*") if path.is_file())
        files |= {path.relative_to(out).as_posix(): path.read_bytes() for path in found}
    return {only: files[only]} if only in files else files


def _asked_for(reports: Sequence[Sealed], only: str) -> Sequence[Sealed]:
    """The reports, or of them the one page asked for where it is a notebook's, or an exported form."""
    for made in reports:
        if made.form is not None and only in made.files:
            return [made]
        for leaf in made.leaves:
            page = language_folder(Path(), made.lang) / f"{leaf.name}.html"
            if page.as_posix() == only:
                return [replace(made, leaves=(leaf,))]
    return reports


def _form_again(results: ExperimentResults, form: Exported, lang: str, path: Path) -> bytes:
    """The bytes of an exported form, filled again."""
    limits = Thresholds(form.limit_fen, form.tender_fen) if form.limit_fen else None
    path.parent.mkdir(parents=True, exist_ok=True)
    return export_form(results, form.form, path, form.cell, lang=lang, thresholds=limits).read_bytes()


def executed(notebook: Path, parameters: Mapping[str, Any], out: Path) -> Path:
    """A notebook's cells executed in this process; the copy holds what the last line of each showed.

    What a cell prints or displays besides is left out, as it is on a page.
    """
    book = json.loads(notebook.read_text("utf-8"))
    scope: dict[str, Any] = {"__name__": "__main__"}
    for cell in book["cells"]:
        if cell["cell_type"] != "code":
            continue
        shown = _shown("".join(cell["source"]), scope)
        if "parameters" in cell["metadata"].get("tags", []):
            scope.update(parameters)
        cell["outputs"] = [] if shown is None else [_output(shown)]
    out.write_text(json.dumps(book, ensure_ascii=False), "utf-8")
    return out


def _shown(source: str, scope: dict[str, Any]) -> Any:
    """The value of a cell's last expression, as a kernel would show it."""
    tree = ast.parse(source)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, "<cell>", "exec"), scope)
        return None
    exec(compile(ast.Module(tree.body[:-1], []), "<cell>", "exec"), scope)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), scope)  # noqa: S307  a kernel's work


def _output(shown: Any) -> Mapping[str, Any]:
    data, about = DisplayFormatter().format(shown)  # type: ignore[no-untyped-call]
    return {"output_type": "execute_result", "execution_count": 1, "data": data, "metadata": about}


def tables_again(
    results: ExperimentResults, replications: int, law: tuple[Path, ...], into: Path
) -> list[str]:
    """Cells whose first replications, simulated again, are other tables than the stored: cell and table."""
    cells = results.cells()
    count = min(replications, int(results.record()["replications"]))
    scenarios = [results.scenario(cell.id) for cell in cells]
    again = [replace(item, run=replace(item.run, replications=count)) for item in scenarios]
    made = run_scenarios(again, into / "again", law_paths=law)
    wrong = []
    for cell, run in zip(cells, made, strict=True):
        stored = store.load_run(store.run_folder(results.folder / "data", cell.hash), count)
        fresh = store.load_run(run.folder, count)
        wrong += [f"{cell.id} {name}" for name in stored if not stored[name].equals(fresh[name])]
    return wrong

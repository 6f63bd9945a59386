"""A stored experiment as pages that can be sent on: which there are, made by notebooks, laid into a folder.

    <report>/index.html comparison.html … annexes.xlsx tables/     Chinese, internal edition
    <report>/en/…                                                  the same in English
    <report>/submission.html submission.docx                       submission edition, beside either

Nothing is simulated here. Only what the store and the notebooks hold goes into a page, so made again it is
the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from simlib import words
from simlib.drive import paper, workspace
from simlib.drive.seal import Leaf, seal, sha256
from simlib.drive.status import NOTEBOOKS, Status
from simlib.results.experiment import ExperimentResults
from simlib.results.facts import Cell
from simlib.results.findings import files as finding_files
from simlib.results.spreads import FILE as SPREADS

if TYPE_CHECKING:
    from collections.abc import Callable

    from simlib.view.contract import Edition

INDEX = "index.html"
COMPARISON, SCENARIO, SERVICES, SENSITIVITY = "comparison", "scenario", "services", "sensitivity"
METHOD, SUBMISSION = "method", "submission"
RESERVED = (COMPARISON, SERVICES, SENSITIVITY, METHOD, SUBMISSION, Path(INDEX).stem)
"""Stems of pages that no option may take."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pages to make: the language, the edition, whether on paper too; how many notebooks at once.

    fresh: run even the notebooks that are done.
    """

    lang: str = "zh"
    edition: Edition = "internal"
    pdf: bool = False
    workers: int = 2
    fresh: bool = False


@dataclass(slots=True)
class Written:
    """What was written: the page to open first, how many pages, and which failed with their errors."""

    first: Path
    pages: int
    failed: list[tuple[str, str]] = field(default_factory=list)


def language_folder(folder: Path, lang: str) -> Path:
    """Where the pages of a language stand: Chinese in the report's folder, another in one of its own."""
    return folder if lang == words.LANGS[0] else folder / lang


def leaves_of(results: ExperimentResults, home: Path, lang: str, edition: Edition = "internal") -> list[Leaf]:
    """The pages of an edition that notebooks make; home: the workspace whose notebooks are taken."""

    def leaf(name: str, title: str, notebook: str, cell: str = "") -> Leaf:
        file = workspace.notebook(home, notebook)
        return Leaf(name, title, notebook, cell, sha256(file) if file.is_file() else "", edition)

    if edition != "internal":
        return [leaf(SUBMISSION, words.say("page_submission", lang), SUBMISSION)]
    kinds = page_kinds(
        any(cell.buys_services for cell in results.cells()),
        (results.folder / "data" / SPREADS).is_file() or bool(finding_files(results.folder)),
    )
    pages = [leaf(kind, words.say(f"page_{kind}", lang), kind) for kind in kinds]
    return pages + [leaf(cell.id, cell_title(cell, lang), SCENARIO, cell.id) for cell in results.cells()]


def page_kinds(buys_services: bool, varies: bool) -> list[str]:
    """The pages of an experiment besides one an option. varies: whether there is anything on sensitivity."""
    asked = {COMPARISON: True, SERVICES: buys_services, SENSITIVITY: varies, METHOD: True}
    return [kind for kind, is_there in asked.items() if is_there]


def cell_title(cell: Cell, lang: str) -> str:
    """What the page of an option is called: its choices, after the view where that is not the comparison."""
    title = words.pick(dict(cell.title), lang)
    if cell.view == "grid" or cell.view_title == cell.title or not cell.view_title:
        return title
    return words.say("page_of_view", lang, view=words.pick(dict(cell.view_title), lang), title=title)


def leaf_parameters(leaf: Leaf, folder: Path, lang: str) -> dict[str, str]:
    """Parameters of the notebook that a page is made from; folder: of the experiment."""
    parameters = {"experiment_folder": str(folder.resolve()), "lang": lang}
    return parameters | ({"scenario": leaf.cell} if leaf.cell else {})


def data_digest(results: ExperimentResults) -> str:
    """Digest of the results that the notebooks read."""
    told = [[cell.id, cell.hash] for cell in results.cells()]
    read = [results.folder / "data" / name for name in ("experiment.json", SPREADS)]
    facts = b"".join(path.read_bytes() for path in (*read, *finding_files(results.folder)) if path.exists())
    return hashlib.sha256(json.dumps(told).encode() + facts).hexdigest()


def write_pages(
    results: ExperimentResults,
    home: Path,
    wanted: Wanted,
    say: Callable[[str], None],
    status: Status | None = None,
) -> Written:
    """Run the notebooks of an edition, write its pages and the files beside them, and seal them.

    Raises InputError where the submission edition is wanted of figures that are not found, and where paper
    is wanted and there is no browser; nothing is written then.
    """
    from simlib.drive.notebooks import NotebookRun, run_notebooks
    from simlib.view.unverified import refuse_unverified

    if wanted.edition == "submission":
        refuse_unverified(results)
    printer = paper.find_browser() if wanted.pdf else ""
    leaves = leaves_of(results, home, wanted.lang, wanted.edition)
    say(words.say("plan_notebooks", count=len(leaves)))
    ended = count(1)
    runs = [
        NotebookRun(
            f"{leaf.name}.{wanted.lang}",
            workspace.notebook(home, leaf.notebook),
            leaf_parameters(leaf, results.folder, wanted.lang),
        )
        for leaf in leaves
    ]
    outcomes = run_notebooks(
        runs,
        results.folder / "notebooks",
        data_digest=data_digest(results),
        workers=wanted.workers,
        fresh=wanted.fresh,
        on_done=lambda _: status.tell(NOTEBOOKS, next(ended), len(runs)) if status else None,
    )
    pairs = list(zip(leaves, outcomes, strict=True))
    books = {leaf: outcome.path for leaf, outcome in pairs if outcome.state != "failed"}
    failed = [(leaf.name, outcome.error) for leaf, outcome in pairs if outcome.state == "failed"]
    if wanted.edition != "internal" and not books:
        return Written(results.folder, 0, failed)
    files = lay_pages(results, results.folder, wanted.lang, books)
    pages = [file for file in files if file.suffix == ".html"]
    first = next((page for page in pages if page.name == INDEX), pages[0])
    for page in pages:  # a print of the page before would contradict it
        page.with_suffix(".pdf").unlink(missing_ok=True)
    if printer:
        files += paper.print_pages(printer, pages, say)
    seal(results.folder, results.id, lang=wanted.lang, leaves=books, files=[*files, *books.values()])
    return Written(first, len(pages), failed)


def lay_pages(results: ExperimentResults, folder: Path, lang: str, books: Mapping[Leaf, Path]) -> list[Path]:
    """Write the pages of executed notebooks and the files beside them into a folder; every file written.

    The internal edition has its index and annexes too, the submission edition its forms.
    """
    from simlib.view.forms import write_annexes
    from simlib.view.names import names_of
    from simlib.view.pagetables import write_tables
    from simlib.view.report import Page, banner, render, write_index
    from simlib.view.submission import write_forms

    into, names = language_folder(folder, lang), names_of(results, lang)
    warned = banner(results, names)
    files: list[Path] = []
    pages: list[Page] = []
    for leaf, book in books.items():
        is_internal = leaf.edition == "internal"
        page = render(
            book,
            into / f"{leaf.name}.html",
            lang=lang,
            title=leaf.title,
            edition=leaf.edition,
            subtitle=words.pick(dict(results.title), lang),
            notices=warned,
            home=INDEX if is_internal else None,
            run=run_name(results, leaf.cell),
        )
        files += [page, *write_tables(page, lang)]
        pages += [Page(page.name, leaf.title, leaf.cell)] if is_internal else []
        files += [] if is_internal else write_forms(results, into, lang, leaf.edition)
    if pages or not books:
        files += [write_index(into, results, pages, lang, run=run_name(results))]
        files += [write_annexes(results, into, lang)]
    return files


def run_name(results: ExperimentResults, cell: str = "") -> str:
    """What a page's numbers come from: the experiment, or one cell of it and the hash of its run."""
    found = [item.hash[:16] for item in results.cells() if item.id == cell]
    return f"{results.id}/{cell} {found[0]}" if found else results.id

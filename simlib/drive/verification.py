"""Verification of a report: every number of it derived again from the stored tables, every byte compared.

What stands there is never trusted: tables are held against their manifests, posts and assumptions against law
and place, measures against tables, pages and sheets against those made again, all else against the seal.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import openpyxl
import pandas as pd

from simlib import words
from simlib.drive import remake, workspace
from simlib.drive.casestory import setting_of_cell
from simlib.drive.seal import FORMS, MADE_SUFFIXES, SEAL, BrokenSealError, Seal, read_seal, sha256
from simlib.errors import InputError, Problem
from simlib.results.experiment import ExperimentResults
from simlib.results.facts import assumptions_read, first_year_posts
from simlib.results.parquet import parquet_frame
from simlib.view.claims import Difference, byte_difference, claims_of, page_differences

_SHOWN_DIGITS = 16
KEPT_ROOMS = ("data", "notebooks")
"""Folders of a report that hold what its pages are made from."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What a report must hold: its files made again from its store, by name.

    differences: what was found wrong while they were made. is_whole: whether the pages could be made at all.
    """

    files: Mapping[str, bytes]
    differences: tuple[Difference, ...] = ()
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a check: pages and numbers compared, files checked, and where they differ."""

    pages: int
    numbers: int
    files: int
    differences: tuple[Difference, ...]


def report_of(path: Path) -> tuple[Path, str]:
    """The folder of a report, and the page asked for ("" for all of it).

    Raises InputError where there is no sealed report.
    """
    folder = path if path.is_dir() else path.parent
    for above in (folder, *folder.absolute().parents):
        if (above / SEAL).is_file():
            return above, "" if path.is_dir() else path.absolute().relative_to(above.absolute()).as_posix()
    raise InputError(Problem("verify_unsealed", str(path)))


def truth_of(
    folder: Path, *, only: str = "", law: tuple[Path, ...] | None = None, resimulate: int = 0
) -> Truth:
    """A report made again from its store.

    only: one page of it, the others are then not made; law: folders of law beside the package's own (default:
    those kept with the run); resimulate: replications of each cell that are simulated again.
    Raises BrokenSealError.
    """
    told = read_seal(folder)
    home = workspace.workspace_of(folder / SEAL)
    damaged = table_differences(folder)
    if damaged:
        return Truth({}, tuple(damaged), is_whole=False)
    with tempfile.TemporaryDirectory() as room:
        into = Path(room)
        results = remake.store_alone(folder, into / "run")
        law_paths = results.law_folders() if law is None else law
        wrong = law_differences(results, law_paths)
        results.form_measures()
        wrong += measure_differences(folder, results.folder)
        wrong += _notebook_differences(told, home)
        if resimulate:
            again = remake.tables_again(results, resimulate, law_paths, into)
            wrong += [Difference("data", "simulation", table=name) for name in again]
        files = remake.pages_again(results, told, home, into, only=only)
    return Truth(files, tuple(wrong))


def check(folder: Path, truth: Truth, only: str = "") -> Verdict:
    """A report's folder against what it must hold. only: one page of it.

    Raises InputError where `only` is none of its pages.
    """
    try:
        told = read_seal(folder)
    except BrokenSealError:
        return Verdict(0, 0, 1, (Difference(SEAL.as_posix(), "seal", found=words.say("verify_failed")),))
    wanted = {name: made for name, made in truth.files.items() if only in ("", name)}
    if only and only not in told.files():
        known = ", ".join(name for name in told.files() if name.endswith(".html"))
        raise InputError(Problem("verify_not_in_report", values={"found": only, "known": known}))
    found = [*truth.differences, *table_differences(folder)]
    for name, made in wanted.items():
        found += file_differences(folder, name, made)
    named = {difference.file for difference in found}
    found += [wrong for wrong in seal_differences(folder, told, only) if wrong.file not in named]
    pages = [made for name, made in wanted.items() if name.endswith(".html")]
    numbers = sum(len(claims_of(page)) for page in pages)
    return Verdict(len(pages), numbers, 1 if only else len(told.files()) + 1, tuple(dict.fromkeys(found)))


def file_differences(folder: Path, name: str, made: bytes) -> list[Difference]:
    """Where a file of a report differs from the one made again."""
    path = folder / name
    if not path.is_file():
        return [Difference(name, "page", found=words.say("verify_missing"))]
    return content_differences(name, path.read_bytes(), made)


def is_same(found: bytes | bytearray, made: bytes) -> bool:
    """Whether a file is the one made again: every byte counts, also those no claim covers."""
    return found == made


def content_differences(name: str, found: bytes, made: bytes) -> list[Difference]:
    """Where the bytes of a page or sheet differ from those made again; empty when they are the same."""
    if is_same(found, made):
        return []
    if name.endswith(".html"):
        return page_differences(name, found, made)
    cells = _workbook_differences(name, found, made) if name.endswith(".xlsx") else []
    return cells or [byte_difference(name, "sheet", found, made)]


def _workbook_differences(name: str, found: bytes, made: bytes) -> list[Difference]:
    """Cells of a workbook that differ; empty where it cannot be read, or differs elsewhere."""
    try:
        stands = _cells(found)
    except Exception:  # noqa: BLE001  a damaged file fails in whatever way zip and XML can
        return []
    should = _cells(made)
    return [
        Difference(name, "sheet", table=sheet, row=str(row), column=column, found=stands.get(place, ""),
                   expected=should.get(place, ""))
        for place in sorted(set(stands) | set(should))
        if stands.get(place) != should.get(place)
        for sheet, row, column in [place]
    ]  # fmt: skip


def _cells(content: bytes) -> dict[tuple[str, int, str], str]:
    with warnings.catch_warnings():  # a changed name of a range is a difference, not a warning
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        (sheet.title, cell.row, cell.column_letter): str(cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None and hasattr(cell, "column_letter")
    }


def seal_differences(folder: Path, told: Seal, only: str = "") -> list[Difference]:
    """Files that are missing, changed since they were sealed, or stand beside the report's unlisted."""
    listed = {name: digest for name, digest in told.files().items() if only in ("", name)}
    found = []
    for name, digest in listed.items():
        path = folder / name
        if not path.is_file():
            found.append(Difference(name, "seal", found=words.say("verify_missing")))
        elif sha256(path) != digest:
            found.append(_digests(name, "seal", sha256(path), digest))
    if only:
        return found
    rooms = {Path(name).parent for name in told.files() if Path(name).parts[0] not in KEPT_ROOMS}
    beside = {
        path.relative_to(folder).as_posix()
        for room in {Path(), Path(FORMS), *rooms}
        for path in (folder / room).glob("*")
        if path.suffix in MADE_SUFFIXES
    }
    strangers = sorted(beside - set(listed))
    return found + [Difference(name, "seal", found=words.say("verify_unlisted")) for name in strangers]


def table_differences(folder: Path) -> list[Difference]:
    """Stored tables that are not what the manifest beside them says."""
    found = []
    for manifest in sorted((folder / "data").glob("*/r*-*/manifest.json")):
        place = manifest.parent.relative_to(folder).as_posix()
        try:
            digests = json.loads(manifest.read_bytes())["tables"]
            pairs = [(f"{name}.parquet", str(digest)) for name, digest in digests.items()]
        except (ValueError, KeyError, TypeError, AttributeError):
            found.append(Difference(f"{place}/manifest.json", "store"))
            continue
        for name, digest in pairs:
            path = manifest.parent / name
            if not path.is_file():
                found.append(Difference(f"{place}/{name}", "store", found=words.say("verify_missing")))
            elif sha256(path) != digest:
                found.append(_digests(f"{place}/{name}", "store", sha256(path), digest))
    return found


def _digests(name: str, check: str, found: str, expected: str) -> Difference:
    return Difference(
        name, check, column="sha256", found=found[:_SHOWN_DIGITS], expected=expected[:_SHOWN_DIGITS]
    )


def law_differences(results: ExperimentResults, law: tuple[Path, ...]) -> list[Difference]:
    """Facts of the cells that law and place do not give: hash, posts, prices, assumptions."""
    found: list[Difference] = []
    file = "data/experiment.json"
    for cell in results.cells():
        try:
            setting = setting_of_cell(results, cell.id, law)
        except InputError:
            found.append(Difference(file, "law", table=cell.id, found=words.say("verify_changed_law")))
            continue
        told = {
            "posts_existing": (cell.posts_existing, setting.posts_existing),
            "posts_gap": (cell.posts_gap, setting.posts_gap),
            "price_fen": (list(cell.price_fen), list(next(iter(setting.counties.values())).money.prices)),
        }
        if cell.id == results.cells()[0].id:
            told["assumptions"] = (
                list(results.assumptions()),
                json.loads(json.dumps(assumptions_read(setting))),
            )
        found += [
            Difference(file, "law", table=cell.id, column=name, found=str(here), expected=str(there))
            for name, (here, there) in told.items()
            if here != there
        ]
        frames = {"staffing": setting.staffing, "funded": first_year_posts(setting)}
        for name, frame in frames.items():
            path = results.folder / "data" / "posts" / f"{cell.id}.{name}.parquet"
            found += _frame_differences(f"data/posts/{path.name}", "law", path, _parquet(frame))
    return found


def _parquet(frame: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    frame.to_parquet(sink, index=False)
    return sink.getvalue()


def measure_differences(folder: Path, again: Path) -> list[Difference]:
    """Measures kept beside the store that are not what the tables give when formed again."""
    found: list[Difference] = []
    for path in sorted((again / "data" / "measures").glob("*.parquet")):
        kept = folder / "data" / "measures" / path.name
        if kept.is_file():
            name = kept.relative_to(folder).as_posix()
            found += _frame_differences(name, "measure", kept, path.read_bytes())
    return found


def _frame_differences(name: str, kind: str, path: Path, made: bytes) -> list[Difference]:
    """The first cell in which a kept frame is not what it should be."""
    content = path.read_bytes() if path.is_file() else b""
    if content == made:
        return []
    try:
        stands, should = (parquet_frame(part) for part in (content, made))
    except Exception:  # noqa: BLE001  whatever a damaged file raises
        return [byte_difference(name, kind, content, made)]
    for column in should.columns:
        pairs = zip_longest(stands.get(column, []), should[column])
        for row, (here, there) in enumerate(pairs, start=1):
            if str(here) != str(there):
                return [
                    Difference(name, kind, row=str(row), column=column, found=str(here), expected=str(there))
                ]
    return [byte_difference(name, kind, content, made)]


def _notebook_differences(told: Seal, home: Path) -> list[Difference]:
    """Notebooks that are others than those the pages were made from."""
    used = {leaf.notebook: leaf.notebook_sha256 for made in told.reports for leaf in made.leaves}
    found = []
    for name, digest in used.items():
        here = hashlib.sha256(workspace.notebook(home, name).read_bytes()).hexdigest()
        if here != digest:
            found.append(_digests(f"{name}.ipynb", "notebook", here, digest))
    return found

"""The seal of a report: what was made from which notebooks, and the sha256 of every file and of itself.

    <report>/data/seal.json

It is written last. It proves nothing by itself (who changes a page can seal it again): `simlib verify` makes
the pages anew from the stored tables, and the seal guards what cannot be made anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from simlib.errors import InputError, Problem
from simlib.results.store import write_file
from simlib.view.contract import Edition

SEAL = Path("data") / "seal.json"
FORMAT = 2
FORMS = "forms"
"""Folder of a report where exported forms stand unless another is named."""
MADE_SUFFIXES = (".html", ".xlsx", ".csv", ".docx", ".pdf")


class BrokenSealError(InputError):
    """A seal that is not what was written."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page made from a notebook: stem of its file, title, the notebook, the cell it tells of if any.

    edition: internal, submission or draft; see `view.report`.
    """

    name: str
    title: str
    notebook: str
    cell: str = ""
    notebook_sha256: str = ""
    edition: Edition = "internal"


@dataclass(frozen=True, slots=True)
class Exported:
    """An official form that was filled from an experiment: which, of which cell, by which limits [fen].

    limit_fen, tender_fen: the place's purchase thresholds, 0 where none were given.
    """

    form: str
    cell: str
    limit_fen: int = 0
    tender_fen: int = 0


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was made of an experiment at one go, in one language, and the digests of its files.

    form: of a file that `simlib export` put into the report.
    """

    lang: str
    leaves: tuple[Leaf, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    form: Exported | None = None


@dataclass(frozen=True, slots=True)
class Seal:
    """A report's seal.

    data: digests of the store and all that stands beside it; package: digest of simlib's own sources.
    """

    experiment: str
    version: str
    package: str
    reports: tuple[Sealed, ...]
    data: Mapping[str, str]

    def files(self) -> dict[str, str]:
        """Every file under the seal, by its name in the report's folder."""
        return {name: digest for made in self.reports for name, digest in made.files.items()} | dict(
            self.data
        )


@cache
def package_digest() -> str:
    """Version of the package and digest of its sources and words."""
    digest = hashlib.sha256(metadata.version("simlib").encode())
    with resources.as_file(resources.files("simlib")) as root:
        for path in sorted(p for p in root.rglob("*") if p.suffix in {".py", ".yaml", ".j2", ".css", ".js"}):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def sha256(path: Path) -> str:
    """Digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def seal(
    folder: Path, experiment: str, *, lang: str = "", leaves: Iterable[Leaf] = (), files: Iterable[Path] = ()
) -> Path:
    """Seal a report's folder and return the seal's path. Nothing may be written after it.

    leaves, files: the pages made from notebooks, and every file made now beside `data/`. What was sealed
    before stays, unless one of its files was made again now.
    """
    made = Sealed(lang, tuple(leaves), _digests(folder, files))
    before = [kept for kept in _kept(folder) if not set(kept.files) & set(made.files)]
    reports = (*before, *([made] if made.files else []))
    told = Seal(experiment, metadata.version("simlib"), package_digest(), reports, data_digests(folder))
    write_file(folder / SEAL, seal_bytes(told))
    return folder / SEAL


def seal_form(folder: Path, path: Path, form: Exported, lang: str) -> None:
    """Put a form under the seal of the report it was written into; one that stands elsewhere is left alone.

    What was sealed before stays as it is: only `seal` takes digests of data.
    """
    name = name_in_report(folder, path)
    try:
        told = read_seal(folder)
    except InputError:  # not a finished report, or a broken one, which stays broken
        return
    if name:
        made = Sealed(lang, (), {name: sha256(path)}, form)
        kept = tuple(each for each in told.reports if name not in each.files)
        write_file(folder / SEAL, seal_bytes(replace(told, reports=(*kept, made))))


def refuse_page(folder: Path, path: Path) -> None:
    """Raise InputError where a form would be written over a file that belongs to a report's pages."""
    name = name_in_report(folder, path)
    if any(name in made.files and made.form is None for made in _kept(folder)):
        raise InputError(Problem("forms_over_page", str(path)))


def name_in_report(folder: Path, path: Path) -> str:
    """A file's name in a report's folder; "" where it stands outside."""
    home, here = folder.resolve(), path.resolve()
    return here.relative_to(home).as_posix() if here.is_relative_to(home) else ""


def data_digests(folder: Path) -> dict[str, str]:
    """Digests of all finished files under `data/` but the seal."""
    files = (path for path in (folder / "data").rglob("*") if path.is_file())
    return _digests(folder, (path for path in files if path != folder / SEAL and not _is_part(path, folder)))


def _is_part(path: Path, folder: Path) -> bool:
    return any(name.endswith(".part") for name in path.relative_to(folder).parts)


def _digests(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): sha256(path) for path in sorted(files)}


def _kept(folder: Path) -> tuple[Sealed, ...]:
    try:
        return read_seal(folder).reports
    except InputError:
        return ()


def seal_bytes(told: Seal) -> bytes:
    """The file of a seal, its digest last."""
    facts: dict[str, Any] = {"format": FORMAT, **asdict(told)}
    digest = hashlib.sha256(_canonical(facts)).hexdigest()
    return (json.dumps({**facts, "seal": digest}, ensure_ascii=False, indent=1) + "\n").encode()


def _canonical(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_seal(folder: Path) -> Seal:
    """The seal of a report.

    Raises InputError where there is none, or it is not what was written: one digit of it changed breaks it.
    """
    path = folder / SEAL
    try:
        content = path.read_bytes()
    except OSError:
        raise InputError(Problem("verify_unsealed", str(folder))) from None
    try:
        facts = json.loads(content)
        told = Seal(
            facts["experiment"], facts["version"], facts["package"],
            tuple(
                Sealed(
                    made["lang"],
                    tuple(Leaf(**leaf) for leaf in made["leaves"]),
                    made["files"],
                    Exported(**made["form"]) if made["form"] else None,
                )
                for made in facts["reports"]
            ),
            facts["data"],
        )  # fmt: skip
        broken = seal_bytes(told) != content
    except (ValueError, KeyError, TypeError):
        broken = True
    if broken:
        raise BrokenSealError(Problem("verify_broken_seal", str(path)))
    return told

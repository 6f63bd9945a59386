"""What a command found out besides simulating, kept in the experiment's folder for its pages.

A finding is a small table with what was asked: `data/findings/<name>.json`, the same bytes for the same
answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from simlib.results.store import write_file

FORMAT = 1
FOLDER = "findings"
ONE_AT_A_TIME, FLIP, FUTURES = "one_at_a_time", "flip", "futures"
KINDS = (ONE_AT_A_TIME, FLIP, FUTURES)


@dataclass(frozen=True, slots=True)
class Finding:
    """A table that was found. kind: which command found it; about: the option or axis; asked: with what."""

    kind: str
    about: str
    asked: Mapping[str, Any]
    table: pd.DataFrame


def keep(folder: Path, finding: Finding) -> Path:
    """Write a finding into an experiment's folder, in place of an earlier one of its kind about the same."""
    table = json.loads(finding.table.to_json(orient="split", index=False, double_precision=12))
    told = {"format": FORMAT, "kind": finding.kind, "about": finding.about, "asked": dict(finding.asked)}
    text = json.dumps({**told, "table": table}, ensure_ascii=False, indent=1, sort_keys=True)
    name = f"{finding.kind}-{finding.about}" if finding.about else finding.kind
    path = _folder(folder) / f"{name}.json"
    write_file(path, (text + "\n").encode())
    return path


def kept(folder: Path, kind: str = "") -> list[Finding]:
    """The findings of an experiment's folder, of one kind or of all, by name; of another format: left out."""
    found = [_read(path) for path in files(folder)]
    return [each for each in found if each is not None and kind in ("", each.kind)]


def files(folder: Path) -> Sequence[Path]:
    """The files of findings, by name."""
    return sorted(_folder(folder).glob("*.json"))


def _folder(folder: Path) -> Path:
    return folder / "data" / FOLDER


def _read(path: Path) -> Finding | None:
    facts = json.loads(path.read_text("utf-8"))
    if facts.get("format") != FORMAT:
        return None
    table = pd.DataFrame(facts["table"]["data"], columns=facts["table"]["columns"])
    return Finding(facts["kind"], facts["about"], facts["asked"], table)

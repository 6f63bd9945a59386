"""The law of its own that a run was read by, kept beside its tables: what was read stays what was read.

    <experiment>/data/law/0/…yaml, 1/…: the files of each folder of law, in the order they were read

The package's own law is not among them. Only contents are kept, no path of the machine.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from simlib.policy.statutes import law_files
from simlib.results.store import write_file

ROOM = "law"


def keep_law(folders: Sequence[Path], data: Path) -> int:
    """Copy the files of law in these folders beside the store; how many folders there are.

    What an earlier run kept there goes.
    """
    contents = [{_name(file, folder): file.read_bytes() for file in law_files(folder)} for folder in folders]
    shutil.rmtree(data / ROOM, ignore_errors=True)
    for number, files in enumerate(contents):
        for name, content in files.items():
            write_file(data / ROOM / str(number) / name, content)
    return len(contents)


def _name(file: Path, folder: Path) -> Path:
    return Path(file.name) if file == folder else file.relative_to(folder)


def kept_law(data: Path, count: int) -> tuple[Path, ...]:
    """The folders of law kept beside the store, in the order they were read."""
    return tuple(data / ROOM / str(number) for number in range(count))

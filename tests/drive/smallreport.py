"""A small report made in this process, and a file of it changed for a while."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from simlib.drive import notebooks, pages, remake
from simlib.drive.batch import Made, Order, make
from simlib.drive.notebooks import NotebookRun, Outcome
from simlib.drive.pages import leaves_of as all_leaves
from tests.small import place, stored


def in_this_process(runs: Sequence[NotebookRun], folder: Path, **_: Any) -> tuple[Outcome, ...]:
    """What papermill does, without a kernel for each."""
    folder.mkdir(exist_ok=True)
    outs = [remake.executed(run.notebook, run.parameters, folder / f"{run.name}.ipynb") for run in runs]
    return tuple(Outcome(run.name, "done", out, "") for run, out in zip(runs, outs, strict=True))


@contextmanager
def small_report(
    folder: Path, experiment: str, *, only: str | None = None, law: Sequence[str] = ()
) -> Iterator[Made]:
    """The report of an experiment on the small place; while it is open, notebooks run in this process.

    only: name of the one page that is made of a notebook; None: all; law: folders of law named.
    """
    stored(place(), folder / "scenarios" / "places" / "small")
    file = folder / "scenarios" / "one.yaml"
    file.write_text(experiment, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notebooks, "run_notebooks", in_this_process)
        if only is not None:
            patch.setattr(
                pages, "leaves_of", lambda *asked: [leaf for leaf in all_leaves(*asked) if leaf.name == only]
            )
        yield make(Order(file, workers=1, law=law), lambda _: None)


def another(content: bytes, at: int) -> bytes:
    """The same with another digit (in a file of numbers: another byte) at one place."""
    byte = content[at]
    changed = 48 + (byte - 47) % 10 if 48 <= byte <= 57 else byte ^ 1
    return content[:at] + bytes([changed]) + content[at + 1 :]


@contextmanager
def changed(path: Path, content: bytes) -> Iterator[None]:
    """A file that holds something else for a while."""
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(before)

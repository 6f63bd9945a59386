"""Workspaces: the folder that holds scenarios, notebooks and reports, in the checkout or anywhere else."""

from __future__ import annotations

import shutil
import sys
from importlib import resources
from pathlib import Path

from simlib.errors import InputError, Problem
from simlib.policy.statutes import home_of, own_law

PARTS = ("scenarios", "notebooks")


def shipped() -> Path:
    """The scenarios and notebooks that come with simlib: in the wheel, or in the checkout it runs from."""
    package = Path(str(resources.files("simlib")))
    inside = package / "workspace"
    return inside if inside.is_dir() else package.parent


def workspace_of(file: Path) -> Path:
    """The workspace a file belongs to: the nearest folder above it that holds `scenarios`, else its own."""
    folder = file.resolve().parent
    return home_of(folder) or folder


def law_paths(workspace: Path, extra: list[str]) -> tuple[Path, ...]:
    """Folders of law beside the package's own: the workspace's `scenarios/law`, then those named."""
    return (*own_law(workspace), *(Path(item).resolve() for item in extra))


def command(verb: str, file: Path) -> str:
    """What to type in the workspace's folder to have a file of it run."""
    home, tools = workspace_of(file).resolve(), Path(sys.executable).absolute().parent
    tool = (tools / "simlib").relative_to(home) if tools.is_relative_to(home) else Path("simlib")
    return f"{tool} {verb} {file.resolve().relative_to(home).as_posix()}"


def notebook(workspace: Path, name: str) -> Path:
    """A notebook of the workspace, else the one that comes with simlib."""
    own = workspace / "notebooks" / f"{name}.ipynb"
    return own if own.is_file() else shipped() / "notebooks" / f"{name}.ipynb"


def make_workspace(folder: Path) -> list[Path]:
    """Make a workspace in a new or empty folder; the files written.

    Raises InputError for a folder that holds anything, so that nothing is ever overwritten.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(Problem("workspace_not_empty", str(folder)))
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    for name in PARTS:
        shutil.copytree(
            shipped() / name, part / name, ignore=shutil.ignore_patterns(".*", "__pycache__", "*.part")
        )
    (part / "reports").mkdir()
    if folder.exists():
        folder.rmdir()
    part.rename(folder)
    return sorted(file for file in folder.rglob("*") if file.is_file())

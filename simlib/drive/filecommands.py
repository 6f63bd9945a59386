"""Commands on the files a person writes: a workspace made, and whether scenarios, places and law are good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simlib import words
from simlib.bounds import PERIOD_KEYS
from simlib.drive.printed import tell
from simlib.drive.workspace import law_paths, make_workspace, workspace_of
from simlib.errors import InputError, Problem
from simlib.places import load_place
from simlib.policy.buying.proposal import KIND as PURCHASE
from simlib.policy.buying.proposal import judged
from simlib.policy.localclocks import under_rule
from simlib.policy.procedure import load_procedures
from simlib.policy.statutes import Law, load_law
from simlib.scenario import parameter_names
from simlib.yamlfile import Lines, load_yaml, shown_path

_OF_SCENARIOS = {"place", "base", "axes", "views", "policy", "future", "run"}
"""What no file of law holds: with one of these, a file whose kind is misspelt is meant as a scenario."""


def init(asked: Any) -> None:
    """`simlib init`: a workspace in a new folder."""
    files = make_workspace(asked.folder)
    tell(words.say("workspace_made", folder=asked.folder, count=len(files)))


def check(asked: Any) -> None:
    """`simlib check`: whether files are good, each problem a line; or every parameter's name."""
    if asked.list:
        print("\n".join(_parameters()))
    problems: list[Problem] = []
    for path in asked.paths or ([] if asked.list else [Path("scenarios")]):
        for target in _targets(path):
            try:
                _check_one(target)
                tell(words.say("check_good", file=target))
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(problems)


def _parameters() -> list[str]:
    """Every name that `--set` takes; of the terms of law those that a route or a period hangs on."""
    assumed = load_law(law_paths(Path.cwd(), [])).values
    terms = load_procedures().keys() | PERIOD_KEYS
    names = [key for key in assumed if not key.startswith("clocks.") or key in terms]
    return [*parameter_names(), *(f"future.assumptions.{key}" for key in names)]


def _targets(path: Path) -> list[Path]:
    """What is to be checked under a path: a file, a place, or all a workspace's scenarios hold."""
    if not path.exists():
        raise InputError(Problem("cli_missing", values={"found": path}))
    if path.is_file() or _is_place(path) or _is_law(path):
        return [path]
    inside = path / "scenarios" if (path / "scenarios").is_dir() else path
    places = sorted(folder for folder in (inside / "places").glob("*") if folder.is_dir())
    law = [inside / "law"] if (inside / "law").is_dir() else []
    found = [*law, *places, *sorted(inside.glob("*.yaml"))]
    if not found:
        raise InputError(Problem("cli_unknown_file", str(path)))
    return found


def _is_place(folder: Path) -> bool:
    return (folder / "place.yaml").is_file() or any(folder.glob("townships.*"))


def _is_law(folder: Path) -> bool:
    """Whether a folder holds law and nothing else that is checked: neither scenarios nor places."""
    if (folder / "scenarios").is_dir() or (folder / "places").is_dir():
        return False
    files = [file for ending in ("*.yaml", "*.yml") for file in folder.rglob(ending)]
    return bool(files) and not any(_kind(file) in ("scenario", "experiment") for file in files)


def _kind(file: Path) -> object:
    """What a file says it is; nothing where it cannot be read."""
    try:
        content, _ = load_yaml(file)
    except InputError:
        return None
    return content.get("kind") if isinstance(content, dict) else None


def _check_one(path: Path) -> None:
    if path.is_dir() and not _is_place(path):
        _check_law(load_law([path]))
        return
    if path.is_dir() or path.suffix.lower() == ".xlsx":
        for note in load_place(path).notes:
            tell(words.say("check_note", line=note.line()))
        return
    content, lines = load_yaml(path)
    kind = content.get("kind") if isinstance(content, dict) else None
    if kind == PURCHASE:
        _judge(path, content, lines)
    elif kind in ("scenario", "experiment"):
        from simlib.drive.batch import Order, prepare_order  # loads the simulation; nothing else here does

        prepare_order(Order(path))
    elif isinstance(content, dict) and _OF_SCENARIOS & set(content):
        values = {"found": kind, "meant": "scenario / experiment"}
        raise InputError(Problem("scenario_kind", shown_path(path), lines.get(("kind",), 1), values=values))
    elif isinstance(content, dict):
        folders = law_paths(workspace_of(path), [])  # a file may name what stands beside it
        inside = any(path.resolve().is_relative_to(folder) for folder in folders)
        _check_law(load_law(folders if inside else [path]))
    else:
        raise InputError(Problem("cli_unknown_file", str(path)))


def _check_law(law: Law) -> None:
    """Whether what local rules name is there in the routes, in every version."""
    for rule in law.local.values():
        for version in rule.versions:
            under_rule(load_procedures(), rule, on=version.start)


def _judge(path: Path, content: dict[str, Any], lines: Lines) -> None:
    """Whether a purchase may be made as it stands; every refusal names its clause."""
    found = judged(content, lines, shown_path(path), load_law(law_paths(workspace_of(path), [])))
    for note in found.notes:
        tell(note.line())
    if found.refused:
        raise InputError(found.refused)

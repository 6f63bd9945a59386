"""What a person at the panel asks: a scenario and counties to look at; written to a file and read back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from simlib import words
from simlib.errors import InputError, Problem, ScenarioError
from simlib.policy.money.shortfall import FIXED
from simlib.scenario import Scenario, load_experiment, load_scenario
from simlib.scenario.parts import Text

GRID = "grid"
"""The view of an experiment that holds its options."""
_KIND = re.compile(r"^kind: (scenario|experiment)\b", re.MULTILINE)
_HAS_OPTIONS = re.compile(rf"^\W*id: {GRID}\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: the scenario, and the codes of the counties looked at (none: the whole place)."""

    scenario: Scenario
    counties: tuple[str, ...] = ()


def plain(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """Part by part, what a scenario sets that is not so by default, as a file holds it."""
    parts = {}
    for name in ("policy", "future", "run"):
        part = getattr(scenario, name)
        usual = type(part)()
        chosen = {
            item.name: _plain(getattr(part, item.name))
            for item in fields(part)
            if getattr(part, item.name) != getattr(usual, item.name)
        }
        if chosen:
            parts[name] = chosen
    return parts


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def scenario_text(scenario: Scenario, folder: Path) -> str:
    """The scenario file, as it would stand in `folder`."""
    head = {"kind": "scenario", "title": dict(scenario.title), "place": _place(scenario, folder)}
    return _yaml({**head, **plain(scenario)})


def _place(scenario: Scenario, folder: Path) -> str:
    """The place as a file in `folder` names it: a way down from there where there is one."""
    place, home = scenario.place.resolve(), folder.resolve()
    return place.relative_to(home).as_posix() if place.is_relative_to(home) else place.as_posix()


def _yaml(content: Mapping[str, Any]) -> str:
    told: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    return told


def save(scenario: Scenario, file: Path) -> Path:
    """Write the scenario's file and read it back; the file.

    Raises InputError where the file is there already, or would not be read as the same scenario.
    """
    return _written(file, scenario_text(scenario, file.parent), lambda: _read_back(scenario, file))


def _read_back(scenario: Scenario, file: Path) -> None:
    found = load_scenario(file)
    if plain(found) != plain(scenario) or found.place.resolve() != scenario.place.resolve():
        raise ScenarioError(Problem("panel_not_saved", str(file.name)))


def _written(file: Path, text: str, check: Any) -> Path:
    if file.exists():
        raise InputError(Problem("panel_file_there", file.name))
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.stem}.part.yaml")
    part.write_text(text, "utf-8")
    part.replace(file)
    try:
        check()
    except BaseException:
        file.unlink()
        raise
    return file


def save_comparison(text: str, file: Path) -> Path:
    """Write an experiment's file and read it back; the file. One that says the same already is left as it is.

    Raises InputError where another file is there already, or would not be read.
    """
    if file.exists() and file.read_text("utf-8") == text:
        return file
    return _written(file, text, lambda: load_experiment(file))


def experiment_text(
    options: Sequence[tuple[Text, Scenario]],
    folder: Path,
    title: Text,
    *,
    equal_yuan: int = 0,
) -> str:
    """The experiment that compares these options, each with its names, as it would stand in `folder`.

    equal_yuan: yearly money that each option has in a view of its own, in which the distribution alone
    differs [yuan]; none where it is 0. Raises ScenarioError for options of different places or runs.
    """
    base = options[0][1]
    for titles, scenario in options[1:]:
        if scenario.place.resolve() != base.place.resolve() or scenario.run != base.run:
            name = words.pick(dict(titles), words.current_lang())
            raise ScenarioError(Problem("panel_options_differ", values={"option": name}))
    whole = [plain(scenario) for _, scenario in options]
    common = _common(whole)
    values = []
    for at, ((titles, _), parts) in enumerate(zip(options, whole, strict=True), start=1):
        differs = {
            f"{part}.{key}": value
            for part, entry in parts.items()
            for key, value in entry.items()
            if key not in common.get(part, {})
        }
        values.append({"id": f"option{at}", "title": dict(titles), "set": differs})
    return _yaml(
        {
            "kind": "experiment",
            "title": dict(title),
            "question": {lang: words.say("panel.batch.question", lang) for lang in words.LANGS},
            "base": {"place": _place(base, folder), **common},
            "axes": [
                {
                    "id": "option",
                    "title": {lang: words.say("panel.batch.axis", lang) for lang in words.LANGS},
                    "values": values,
                }
            ],
            "views": _views(equal_yuan),
        }
    )


def _views(equal_yuan: int) -> list[dict[str, Any]]:
    axes: dict[str, list[str]] = {"status_quo": [], GRID: ["option"]}
    if equal_yuan:
        axes["equal_money"] = ["option"]
    found: list[dict[str, Any]] = [
        {"id": name, "title": _titles(f"panel.batch.{name}"), "axes": along} for name, along in axes.items()
    ]
    if equal_yuan:
        found[-1]["set"] = {f"policy.{name}": value for name, value in same_money(equal_yuan).items()}
    return found


def same_money(yuan: int) -> dict[str, Any]:
    """What of a policy has it spend so much a year, all of it, on posts shared by its formula [yuan]."""
    return {"money": FIXED, "cap_yuan": yuan, "spend": "all"}


def _titles(key: str) -> dict[str, str]:
    return {lang: words.say(key, lang) for lang in words.LANGS}


def _common(whole: Sequence[Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
    """What all options set alike."""
    found: dict[str, dict[str, Any]] = {}
    for part, entry in whole[0].items():
        shared = {
            key: value
            for key, value in entry.items()
            if all(_same(value, other.get(part, {}).get(key)) for other in whole[1:])
        }
        if shared:
            found[part] = shared
    return found


def _same(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True, default=str) == json.dumps(other, sort_keys=True, default=str)


def options_of(file: Path) -> list[tuple[Text, Scenario]]:
    """The options an experiment compares, each with its names, as they were saved or written by hand.

    Raises InputError where it cannot be read or compares none.
    """
    cells = [cell for cell in load_experiment(file).cells if cell.view == GRID]
    if not cells:
        raise InputError(Problem("panel_no_options", file.name))
    return [(_called(cell.titles), cell.scenario) for cell in cells]


def _called(titles: Mapping[str, Text]) -> Text:
    """What an option is called by what it chooses along each axis."""
    chosen = [title for axis, title in titles.items() if axis != "view"]
    return {lang: " · ".join(words.pick(dict(title), lang) for title in chosen) for lang in words.LANGS}


def kept_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Files of scenarios, and of experiments that compare options, each with its kind; the newest first."""
    for file in sorted(folder.glob("*.yaml"), key=lambda file: (-file.stat().st_mtime_ns, file.name)):
        try:
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        kind = _KIND.search(text)
        if kind and (kind[1] == "scenario" or _HAS_OPTIONS.search(text)):
            yield file, kind[1]

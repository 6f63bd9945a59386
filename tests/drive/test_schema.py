"""JSON Schemas: every file the house ships fits, and one mistake of each kind does not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from simlib.drive.cli import main
from simlib.drive.schema import schemas
from simlib.policy.statutes import HOME, law_files
from simlib.yamlfile import load_yaml
from tests.policy.test_law_files import RULES

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = schemas()
LAW = law_files(HOME)
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
PLACES = sorted((ROOT / "scenarios" / "places").glob("*/place.yaml"))


def as_json(thing: Any) -> Any:
    """A YAML file's content as JSON has it: keys and dates are strings."""
    if isinstance(thing, Mapping):
        return {str(key): as_json(value) for key, value in thing.items()}
    if isinstance(thing, list):
        return [as_json(item) for item in thing]
    return thing if isinstance(thing, (str, int, float, bool, type(None))) else str(thing)


def content(file: Path) -> Any:
    return as_json(load_yaml(file)[0])


def kind_of(file: Path) -> str:
    return "place" if file.name == "place.yaml" else str(content(file).get("kind", "values"))


def problems(found: Any, kind: str) -> list[str]:
    checker = jsonschema.Draft202012Validator(SCHEMAS[kind])
    return [error.message for error in checker.iter_errors(found)]


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_schema_is_a_schema(kind: str) -> None:
    """A misspelt keyword's value would otherwise pass in silence."""
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[kind])


@pytest.mark.parametrize(
    "file", [*LAW, *SCENARIOS, *PLACES], ids=lambda file: f"{file.parent.name}/{file.name}"
)
def test_every_file_of_the_house_fits_its_schema(file: Path) -> None:
    """What the readers take, the schemas take."""
    assert problems(content(file), kind_of(file)) == []


def version(found: Any) -> Any:
    return next(iter(found["versions"].values()))


def township(found: Any) -> Any:
    return version(found)["levels"]["township"]


def tasks(found: Any) -> Any:
    return township(found)["rule"]["workload"]["activities"]


def later_key(found: Any) -> Any:
    return next(iter(next(iter(found.values()))["values"].values()))


Spoil = Callable[[Any], Any]
FORMULA, MONEY = HOME / "formulas" / "guangdong-2019.yaml", HOME / "money" / "guangdong-3pct.yaml"
VALUES, PLACE = (
    HOME / "assumptions" / "workforce.yaml",
    ROOT / "scenarios" / "places" / "leshan" / "place.yaml",
)
WISN, PURCHASE = HOME / "formulas" / "wisn-workload.yaml", HOME / "purchasing" / "leshan-2020.yaml"
EXPERIMENT = ROOT / "scenarios" / "leshan_2027.yaml"
MISTAKES: list[tuple[Path, str, Spoil]] = [
    (FORMULA, "unknown key", lambda f: f.update(titel={})),
    (FORMULA, "no English", lambda f: f["title"].pop("en")),
    (FORMULA, "missing source", lambda f: version(f).pop("source")),
    (FORMULA, "source without title", lambda f: version(f)["source"].pop("title")),
    (FORMULA, "wrong unit", lambda f: township(f).update(unit="person")),
    (FORMULA, "unknown driver", lambda f: township(f).update(driver="house")),
    (FORMULA, "two shapes", lambda f: township(f)["rule"].update(fixed=2)),
    (FORMULA, "negative posts", lambda f: township(f)["rule"]["steps"][0].update(posts=-1)),
    (FORMULA, "half a choice", lambda f: version(f)["levels"]["village"]["rule"]["each"].pop("2")),
    (FORMULA, "unknown answer", lambda f: f["readings"].update(boundary="middle")),
    (FORMULA, "shared above townships", lambda f: version(f)["levels"]["county"].update(applied_at="county")),
    (FORMULA, "not a date", lambda f: f.update(stated_on="January 2019")),
    (FORMULA, "unknown status", lambda f: f.update(status="valid")),
    (WISN, "work without volume", lambda f: tasks(f)[0].pop("a_year")),
    (WISN, "minutes typed again", lambda f: tasks(f)[0].update(minutes=60)),
    (WISN, "half a worker", lambda f: tasks(f)[0].update(people=0.5)),
    (WISN, "no year of a worker", lambda f: township(f)["rule"]["workload"].pop("available_hours")),
    (WISN, "half a range", lambda f: tasks(f)[0].update(a_year={"low": 1, "mode": 2})),
    (PURCHASE, "unknown rule", lambda f: version(f)["clauses"][0].update(rule="bys")),
    (PURCHASE, "unknown work", lambda f: version(f)["clauses"][0].update(work=["cares"])),
    (PURCHASE, "no article", lambda f: version(f)["clauses"][0].pop("article")),
    (PURCHASE, "key of another rule", lambda f: version(f)["clauses"][0].update(years=3)),
    (PURCHASE, "no clauses", lambda f: version(f).update(clauses=[])),
    (PURCHASE, "under a sentence", lambda f: f.update(under="national-102-2020")),
    (MONEY, "no share for posts", lambda f: f.pop("share_for_posts")),
    (MONEY, "no terms", lambda f: version(f).update(sum=[])),
    (MONEY, "unknown base", lambda f: f.update(base="everything")),
    (VALUES, "no unit", lambda f: next(iter(f.values())).pop("unit")),
    (VALUES, "no source", lambda f: later_key(f).pop("source")),
    (VALUES, "no value", lambda f: later_key(f).pop("value")),
    (PLACE, "unknown province", lambda f: f.update(province="四川")),
    (PLACE, "unknown key", lambda f: f.update(county="x")),
    (PLACE, "capital id", lambda f: f.update(id="Leshan")),
    (EXPERIMENT, "unknown parameter", lambda f: f["base"]["policy"].update(prize_yuan=1)),
    (EXPERIMENT, "price of nothing", lambda f: f["base"]["policy"].update(price_yuan=0)),
    (EXPERIMENT, "unknown change", lambda f: f["axes"][0]["values"][0]["set"].update({"policy.formul": "x"})),
    (EXPERIMENT, "unknown sharing", lambda f: f["base"]["policy"].update(sharing="random")),
    (EXPERIMENT, "no view", lambda f: f.update(views=[])),
    (EXPERIMENT, "unknown goal", lambda f: f.update(goal={"mesure": "on_time_share"})),
    (EXPERIMENT, "sure beyond doubt", lambda f: f.update(goal={"confidence": 1})),
    (EXPERIMENT, "losing more than all", lambda f: f.update(goal={"rare_loss": 1.1})),
    (EXPERIMENT, "years in words", lambda f: f["base"]["run"].update(years="three")),
]


@pytest.mark.parametrize(("file", "name", "spoil"), MISTAKES, ids=[f"{f.stem}: {n}" for f, n, _ in MISTAKES])
def test_a_mistake_does_not_fit(file: Path, name: str, spoil: Spoil) -> None:
    """One mistake at a time in a file that is otherwise good."""
    found = copy.deepcopy(content(file))
    spoil(found)

    assert problems(found, kind_of(file)), name


def test_a_goal_fits() -> None:
    """What a choice is made by stands in the experiment's file, so its schema knows it."""
    found = copy.deepcopy(content(EXPERIMENT)) | {"goal": {"measure": "on_time_share", "target": 0.95}}

    assert problems(found, "experiment") == []


@pytest.mark.parametrize("name", RULES)
def test_every_shape_of_the_rule_language_fits(name: str) -> None:
    """The rules the reader is tested with, put into a file that is otherwise good."""
    found = copy.deepcopy(content(FORMULA))
    township(found)["rule"] = yaml.safe_load(RULES[name][0])

    assert problems(found, "formula") == []


def test_the_command_prints_them(capsys: pytest.CaptureFixture[str]) -> None:
    """All by kind, or one; another name is refused."""
    assert main(["schema"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == set(SCHEMAS)
    assert main(["schema", "formula"]) == 0
    assert json.loads(capsys.readouterr().out)["properties"]["kind"] == {"const": "formula"}
    assert main(["schema", "formulas"]) == 2

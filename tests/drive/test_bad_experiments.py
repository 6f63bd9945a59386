"""Experiment files with something of the wrong shape: a line with file and row each, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simlib import words
from simlib.errors import ScenarioError
from simlib.scenario import load_experiment, load_scenario, rows_of, scenario_hash

TITLE = {"zh": "小", "en": "small"}
WRONG = ["text", -1, 1e99, True, [1], [None], [[1]], [{}], {"a": 1}]


def experiment() -> dict[str, Any]:
    """A good one, as its file holds it."""
    values = [
        {"id": "some", "title": TITLE, "set": {"policy.formula": "leshan-2020"}},
        {"id": "none", "title": TITLE, "set": {}},
    ]
    return {
        "kind": "experiment",
        "title": TITLE,
        "base": {"place": "place", "policy": {"price_yuan": 50000}},
        "axes": [{"id": "formula", "title": TITLE, "values": values}],
        "views": [{"id": "grid", "title": TITLE, "axes": ["formula"]}],
    }


def _with(path: tuple[Any, ...], wrong: Any) -> dict[str, Any]:
    """The experiment with something else at a place in it."""
    content = experiment()
    inside: Any = content
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = wrong
    return content


def said(folder: Path, content: Any) -> list[str]:
    """What is wrong with such a file, line by line."""
    (folder / "place").mkdir(exist_ok=True)
    file = folder / "small.yaml"
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")  # which is YAML, too
    with words.speaking("en"):
        try:
            load_experiment(file)
        except ScenarioError as error:
            return [problem.line() for problem in error.problems]
    return []


def test_the_experiment_the_others_spoil_is_good(tmp_path: Path) -> None:
    """Otherwise every test below would pass for another reason."""
    assert said(tmp_path, experiment()) == []


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize(
    "path",
    [
        ("base",),
        ("axes",),
        ("axes", 0),
        ("axes", 0, "values"),
        ("axes", 0, "values", 0),
        ("axes", 0, "values", 0, "set"),
        ("views",),
        ("views", 0),
        ("views", 0, "axes"),
        ("views", 0, "axes", 0),
        ("views", 0, "set"),
        ("notes",),
        ("question",),
    ],
    ids=lambda path: ".".join(map(str, path)),
)
def test_a_part_of_the_wrong_shape_is_a_line_with_its_row(
    tmp_path: Path, path: tuple[Any, ...], wrong: Any
) -> None:
    """A list for a mapping, a number for a list: whoever wrote it is told where, not where Python stopped."""
    found = said(tmp_path, _with(path, wrong))

    assert found
    assert all("small.yaml, row" in line for line in found)


@pytest.mark.parametrize("wrong", ["", 0, False], ids=repr)
@pytest.mark.parametrize(
    "path",
    [
        ("base",),
        ("base", "policy"),
        ("axes", 0, "values"),
        ("axes", 0, "values", 0, "set"),
        ("views", 0, "axes"),
        ("views", 0, "set"),
        ("goal",),
        ("question",),
    ],
    ids=lambda path: ".".join(map(str, path)),
)
def test_what_is_empty_but_of_the_wrong_shape_is_no_blank(
    tmp_path: Path, path: tuple[Any, ...], wrong: Any
) -> None:
    """A part left out means its default; a zero in its place means somebody meant something else."""
    found = said(tmp_path, _with(path, wrong))

    assert found
    assert all("small.yaml, row" in line for line in found)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"policy.formul": "leshan-2020"}, "'policy.formul' is not a parameter"),
        ({"policy.price_yuan": -5}, "from 1 to"),
        ({"future.closed.511102001": "Monday"}, "list of dates"),
    ],
)
def test_what_an_alternative_sets_wrongly_is_told_by_its_own_row(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    """Neither the first row nor that of the base says where to look."""
    content = experiment()
    content["axes"][0]["values"][1]["set"] = change
    found = said(tmp_path, content)
    name = next(iter(change))
    rows = (tmp_path / "small.yaml").read_text("utf-8").splitlines()
    row = next(at for at, text in enumerate(rows, start=1) if f'"{name}"' in text)

    assert [line for line in found if told in line and f", row {row}," in line]


@pytest.mark.parametrize("name", ["place", "run.first_year", "run.replications"])
@pytest.mark.parametrize("part", ["axes", "views"])
def test_what_all_options_share_is_no_option(tmp_path: Path, name: str, part: str) -> None:
    """Pages stand on one place, pairs on the same replications: another would be told wrongly."""
    content = experiment()
    entry = content["axes"][0]["values"][0] if part == "axes" else content["views"][0]
    entry["set"] = {name: {"place": "place"}.get(name, 2028)}
    found = said(tmp_path, content)

    assert len(found) == 1 and f"'{name}' is one for all options" in found[0], found


def test_a_range_is_the_same_in_any_order_of_its_names(tmp_path: Path) -> None:
    """A run is found again, and verified, whoever wrote its file."""
    hashes = set()
    for text in ("{low: 30, mode: 40, high: 90}", "{high: 90, low: 30, mode: 40}"):
        (tmp_path / "place").mkdir(exist_ok=True)
        file = tmp_path / "mine.yaml"
        future = f"future: {{assumptions: {{minutes.home_visit: {text}}}}}\n"
        file.write_text(f"kind: scenario\nplace: place\n{future}", "utf-8")
        hashes.add(scenario_hash(load_scenario(file)))

    assert len(hashes) == 1


def spoilt(name: str) -> dict[str, Any]:
    """An experiment that says nothing, or the same thing twice."""
    content = experiment()
    axis, view = content["axes"][0], content["views"][0]
    if name == "no view":
        content["views"] = []
    elif name == "no alternative":
        axis["values"] = []
    elif name == "alternative twice":
        axis["values"][1]["id"] = "some"
    elif name == "axis twice":
        content["axes"].append(axis)
    elif name == "view twice":
        content["views"].append(view)
    elif name == "axis twice in a view":
        view["axes"] = ["formula", "formula"]
    elif name == "same name from other parts":
        view["id"] = "a-b"
        axis["values"][0]["id"] = "c"
        content["axes"].append({**axis, "id": "other", "values": [{"id": "b-c", "title": TITLE}]})
        content["views"].append({"id": "a", "title": TITLE, "axes": ["other"]})
    elif name == "out of its folder":
        axis["values"][0]["id"] = "../../out"
    elif name == "no id":
        del view["id"]
    elif name == "a word YAML takes for a truth":
        axis["values"][0]["id"] = False
    elif name == "a title without words":
        axis["values"][0]["title"] = {"zh": None, "en": ""}
    return content


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("no view", "nothing to simulate"),
        ("no alternative", "no alternatives"),
        ("alternative twice", "'some' is there twice"),
        ("axis twice", "'formula' is there twice"),
        ("view twice", "'grid' is there twice"),
        ("axis twice in a view", "'formula' is there twice"),
        ("same name from other parts", "'a-b-c' is there twice"),
        ("out of its folder", "needs an id"),
        ("no id", "needs an id"),
        ("a word YAML takes for a truth", "in quotes"),
        ("a title without words", "both languages"),
    ],
)
def test_what_would_be_lost_or_overwritten_is_refused(tmp_path: Path, name: str, told: str) -> None:
    """Two options of one name are one folder of results; an option without a name, no answer."""
    assert any(told in line for line in said(tmp_path, spoilt(name)))


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("policy.formula.x=1", "'policy.formula.x' is not a parameter"),
        ("policy.price_yuan.x=1", "'policy.price_yuan.x' is not a parameter"),
        ("run.years.x=1", "'run.years.x' is not a parameter"),
    ],
)
def test_nothing_can_be_set_inside_a_plain_value(tmp_path: Path, override: str, told: str) -> None:
    """Only readings, assumptions, posts and closed days hold values by name."""
    said(tmp_path, experiment())
    with words.speaking("en"), pytest.raises(ScenarioError, match=told):
        load_experiment(tmp_path / "small.yaml", [override])


def test_lists_are_set_as_the_file_writes_them(tmp_path: Path) -> None:
    """The message shows [3, 9]: on the command line, too, that is what is to be written."""
    (tmp_path / "place").mkdir()
    file = tmp_path / "small.yaml"
    file.write_text("kind: scenario\nplace: place\n", "utf-8")
    asked = ["policy.review_months=[4,10]", "policy.posts={511102001: 2}", "future.rest_days=[2027-02-05]"]
    found = load_scenario(file, asked)

    assert found.policy.review_months == (4, 10)
    assert found.policy.posts == {"511102001": 2}
    assert [day.isoformat() for day in found.future.rest_days] == ["2027-02-05"]


@pytest.mark.parametrize("place", ["", "x" * 5000, "nowhere"], ids=["empty", "too_long", "absent"])
def test_a_place_no_folder_can_be_is_told_by_its_row(tmp_path: Path, place: str) -> None:
    """A name longer than any system allows was told as a full disk, an empty one as a missing table."""
    found = said(tmp_path, _with(("base", "place"), place))

    assert len(found) == 1 and "small.yaml, row" in found[0] and "place" in found[0], found


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("policy.formula", "policy.formula"),
        ("policy.duty", "base"),
        ("goal.measure", "measure"),
        ("views.many.over.policy.decision", "policy.decision"),
        ("views.many.over.minutes.intake", "over"),
        ("views.many.points", "over"),
    ],
)
def test_what_is_found_wrong_later_is_told_by_the_row_it_stems_from(
    tmp_path: Path, name: str, key: str
) -> None:
    """What is missing has no row: that of the part it belongs to says where to put it."""
    content = experiment() | {"goal": {"measure": "on_tme_share"}}
    del content["base"]["policy"]
    over = {"policy.decision": {"values": ["county", "county"]}}
    content["views"].append({"id": "many", "title": TITLE, "design": "latin_hypercube", "over": over})
    file = tmp_path / "small.yaml"
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    lines = file.read_text("utf-8").splitlines()

    assert rows_of(file)(name) == max(at for at, text in enumerate(lines, 1) if f'"{key}":' in text)

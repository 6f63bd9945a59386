"""Designs in experiment files: read, checked, turned into ordinary scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from simlib.decide.points import Spread, spreads
from simlib.errors import ScenarioError
from simlib.runs.settings import setting_of
from simlib.scenario import load_experiment
from tests.small import place, stored

OVER = "{quits.contract_per_year: {}, future.release_delay_months: {low: 0, high: 3}}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small place."""
    folder = tmp_path_factory.mktemp("points")
    stored(place(), folder / "places" / "small")
    return folder


def made(home: Path, design: str, over: str = OVER, **more: object) -> Spread:
    """The design of an experiment with two options, from its file."""
    values = [
        {"id": name, "title": {"zh": name, "en": name}, "set": {"policy.formula": formula}}
        for name, formula in (("one", "guangdong-2019"), ("two", "hainan-2n"))
    ]
    view = {"id": "grid", "title": {"zh": "比", "en": "c"}, "axes": ["formula"], "design": design}
    content = {
        "kind": "experiment",
        "title": {"zh": "设计", "en": "Design"},
        "base": {"place": "places/small", "policy": {"price_yuan": 60000}, "run": {"years": 1}},
        "axes": [{"id": "formula", "title": {"zh": "标准", "en": "Formula"}, "values": values}],
        "views": [{**view, "over": yaml.safe_load(over), **more}],
    }
    file = home / "designed.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    plan = load_experiment(file)
    (spread,) = spreads(plan, {cell.id: setting_of(cell.scenario) for cell in plan.cells})
    return spread


def test_every_option_meets_every_point(home: Path) -> None:
    """Levers are crossed with what is uncertain: the same futures for all options, on the same chance."""
    spread = made(home, "latin_hypercube", points=8)
    values = {
        option: [
            dict(cell.scenario.future.assumptions) for cell in spread.cells if cell.id.startswith(option)
        ]
        for option in spread.options
    }

    assert spread.options == ("grid-one", "grid-two")
    assert len(spread.cells) == 16
    assert values["grid-one"] == values["grid-two"]
    assert len({cell.scenario.run for cell in spread.cells}) == 1


def test_a_range_left_empty_is_the_assumptions_own(home: Path) -> None:
    """Counts stay whole; a rate lies between the ends the law gives."""
    quits, delay = made(home, "sobol", points=8).varied

    assert (quits.key, quits.low, quits.high) == ("future.assumptions.quits.contract_per_year", 0.08, 0.2)
    assert {delay.at(share) for share in (0.0, 0.3, 0.6, 0.99)} == {0, 1, 2, 3}


def test_whole_ends_make_a_count_only_of_what_is_counted(home: Path) -> None:
    """A share from 0 to 1 takes every value between; posts of an office, named by nobody yet, stay whole."""
    share, posts, delay = made(
        home,
        "latin_hypercube",
        "{quits.contract_per_year: {low: 0, high: 1}, policy.posts.640205003: {low: 0, high: 2},"
        " future.release_delay_months: {low: 0, high: 3}}",
        points=8,
    ).varied

    assert share.at(0.25) == 0.25
    assert {posts.at(part) for part in (0.0, 0.4, 0.9)} == {0, 1, 2}
    assert isinstance(posts.at(0.4), int) and isinstance(delay.at(0.4), int)


def test_a_sobol_design_changes_one_thing_from_a_base_point(home: Path) -> None:
    """Rows of A, of B, then A with one column of B for each thing."""
    points = made(home, "sobol", points=8).points
    one, other, quits = points[:8], points[8:16], points[16:24]
    keys = list(one[0])

    assert len(points) == 8 * (2 + 2)
    assert [point[keys[0]] for point in quits] == [point[keys[0]] for point in other]
    assert [point[keys[1]] for point in quits] == [point[keys[1]] for point in one]


def test_one_at_a_time_goes_where_it_does_not_stand_already(home: Path) -> None:
    """The ends of a range, every other of single values; a lever may be one of them."""
    spread = made(
        home,
        "one_at_a_time",
        "{quits.contract_per_year: {}, future.release_delay_months: {low: 0, high: 3},"
        " policy.order: {values: [fifo, due]}}",
    )

    assert [list(point.values()) for point in spread.points] == [[0.08], [0.2], [3], ["due"]]
    assert [item.is_lever for item in spread.varied] == [False, False, True]
    assert spread.cells[3].scenario.policy.order == "due"


@pytest.mark.parametrize(
    ("design", "over", "more", "told"),
    [
        ("lhs", OVER, {}, "latin_hypercube"),
        ("sobol", OVER, {"points": 9}, "write 8 or 16"),
        ("latin_hypercube", OVER, {"points": 3}, "need 8 to"),
        ("latin_hypercube", OVER, {}, "need 8 to"),
        ("one_at_a_time", OVER, {"points": 4}, "take it away"),
        ("one_at_a_time", "{}", {}, "quits.contract_per_year"),
        ("one_at_a_time", "{quits.contract_per_yaer: {}}", {}, "'quits.contract_per_year'"),
        ("one_at_a_time", "{quits.contract_per_year: {low: 0.3, high: 0.3}}", {}, "below high"),
        ("one_at_a_time", "{quits.contract_per_year: {values: [0.1]}}", {}, "at least two"),
        ("one_at_a_time", "{quits.contract_per_year: 3}", {}, "at least two"),
        ("one_at_a_time", "{clocks.dibao.decision_working_days: {}}", {}, "not a parameter|range"),
        ("one_at_a_time", "{policy.price_yuan: {}}", {}, "no range of its own"),
        ("one_at_a_time", "{future.freeze_share: {low: 0, high: 3}}", {}, "from 0 to 1"),
        ("one_at_a_time", "{future.services_side: {values: [low, odd]}}", {}, "low, mode, high"),
        ("one_at_a_time", "{run.seed: {low: 1, high: 9}}", {}, "make it an axis"),
        (
            "one_at_a_time",
            "[quits.contract_per_year, future.assumptions.quits.contract_per_year]",
            {},
            "twice",
        ),
        ("one_at_a_time", "[quits.contract_per_year, quits.contract_per_year]", {}, "twice"),
        ("one_at_a_time", "[[quits.contract_per_year]]", {}, "say which"),
        ("one_at_a_time", "[{quits.contract_per_year: {}}]", {}, "say which"),
        ("latin_hypercube", OVER, {"points": 8, "seed": -1}, "4294967295"),
        ("latin_hypercube", OVER, {"points": 16_000}, "fewer points"),
    ],
)
def test_a_design_that_cannot_be_is_refused_with_a_remedy(
    home: Path, design: str, over: str, more: dict[str, object], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is simulated, naming the view and the key."""
    monkeypatch.setenv("SIMLIB_LANG", "en")

    with pytest.raises(ScenarioError, match=told):
        made(home, design, over, **more)

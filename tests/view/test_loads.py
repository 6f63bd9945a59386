"""Households per worker over township size: exact at the steps, one colour a formula, every formula there."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simlib.policy.statutes import Law, load_law
from simlib.view import chartparts, placecharts
from simlib.view.annex import generalists_of
from simlib.view.loads import (
    called,
    experiment_loads,
    load_curves,
    load_remark,
    load_table,
    town_households,
    without_curve,
)
from simlib.view.names import PALETTE, Names, names_of
from tests.policy.lawfiles import FORMULA
from tests.view.synthetic import FakeExperiment, fake_place


@pytest.fixture(scope="module")
def law() -> Law:
    return load_law()


@pytest.fixture(scope="module")
def peopled() -> FakeExperiment:
    """Two persons a household and a tenth of the people on assistance; its formula is Guangdong's own."""
    place = fake_place(counties=2, townships_each=3)
    towns = place.townships.drop(columns=[c for c in place.townships if str(c).startswith("tekun")])
    towns["population"] = towns["dibao_rural_persons"] * 10
    experiment = FakeExperiment(place=replace(place, townships=towns))
    text = load_law().formula("guangdong-2019")
    entry = {"kind": "formula", "id": "guangdong-2019", "title": dict(text.title), "document": text.document}
    experiment.legal = lambda: [{**entry, "readings": {}}]  # type: ignore[method-assign]
    return experiment


def test_a_step_stands_where_the_text_puts_it(peopled: FakeExperiment, law: Law) -> None:
    """Guangdong: 2 up to 299 households, 4 from 300, 6 from 600 (upper tier): 149.5 falls to 75."""
    curves = load_curves(peopled.place, law, "en")
    rows = curves[curves["formula"] == "guangdong-2019"]

    corners = [tuple(map(float, row)) for row in rows[["households", "posts", "load"]].to_numpy()]
    assert corners[:5] == [(50, 2, 25), (299, 2, 149.5), (300, 4, 75), (599, 4, 149.75), (600, 6, 100)]
    assert corners[-1][2] == corners[-1][0] / 6


def test_the_curve_between_two_corners_follows_from_them(peopled: FakeExperiment, law: Law) -> None:
    """Only corners are kept; a size between them asks for the posts of both."""
    curves = load_curves(peopled.place, law, "en")

    for _, rows in curves.groupby("title"):
        pairs = list(
            zip(rows["posts"], rows["posts"].shift(-1), rows["households"].diff().shift(-1), strict=True)
        )
        assert all(after == posts or step == 1 for posts, after, step in pairs[:-1])
        assert (rows["load"] == rows["households"] / rows["posts"]).all()


def test_every_formula_for_townships_is_drawn_or_named(peopled: FakeExperiment, law: Law) -> None:
    """A formula that silently lacks would look as if it did not exist."""
    curves = load_curves(peopled.place, law, "en")
    has_rule = {code for code, formula in law.formulas.items() if "township" in formula.version().levels}

    assert len(set(curves.attrs["formulas"])) + len(without_curve(curves, law, "en")) == len(has_rule)
    assert len(set(curves.attrs["formulas"])) >= 8
    named = "; ".join(curves["title"].unique())
    assert "Leshan" in named
    assert "Gansu" in named


def test_a_formula_has_its_colour_here_as_in_every_chart(peopled: FakeExperiment) -> None:
    """One formula, one colour; nobody else has it."""
    names = names_of(peopled, "zh")
    curves = experiment_loads(peopled, names)
    mine = curves[curves["formula"] == "guangdong-2019"]

    assert set(mine["colour"]) == {names.colours["guangdong-2019"]}
    assert mine["title"].iloc[0].startswith(names.formulas["guangdong-2019"])
    others = curves[curves["formula"] != "guangdong-2019"]
    assert names.colours["guangdong-2019"] not in set(others["colour"])
    assert set(others["colour"]) <= set(PALETTE)
    for formula in ("fujian-2018", "anhui-2013"):  # not compared, and the same on every page all the same
        (colour,) = set(curves.loc[curves["formula"] == formula, "colour"])
        assert colour not in names.colours.values()


def test_choices_under_one_formula_lend_its_curve_no_name(peopled: FakeExperiment, law: Law) -> None:
    """“As planned” is no formula: the curve under it is that of a document."""
    names = replace(names_of(peopled, "zh"), are_formulas=False)
    curves = experiment_loads(peopled, names)
    told = set(curves.loc[curves["formula"] == "hainan-2n", "title"])

    assert told == {called(law, "hainan-2n", "zh")}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_chart_asks_a_question_and_tells_the_loads(lang: str, peopled: FakeExperiment) -> None:
    """Both axes logarithmic, so steps stay visible at every size; a text for those who cannot see."""
    names = names_of(peopled, lang)
    curves = experiment_loads(peopled, names)
    spec = placecharts.loads(curves, town_households(peopled.place), names).to_dict()
    told = json.dumps(spec, ensure_ascii=False)

    assert re.search("[?？]", spec["title"])
    assert told.count('"type": "log"') >= 4
    households = town_households(peopled.place)
    posts = 2 if households.min() < 300 else 4
    assert f"{households.min() / posts:,.1f}".removesuffix(".0") in spec["description"]
    assert "<svg" in chartparts.show(placecharts.loads(curves, households, names)).html
    assert all(char not in told for char in "乡镇") or lang == "zh"
    assert load_remark(curves, names).text


def test_only_what_is_compared_has_a_panel_and_all_stand_in_the_table(
    peopled: FakeExperiment, law: Law
) -> None:
    """Nine panels one below the other are more than a reader takes in; nothing is left out all the same."""
    names = names_of(peopled, "en")
    curves, sizes = experiment_loads(peopled, names), town_households(peopled.place)
    spec = placecharts.loads(curves, sizes, names).to_dict()
    (rows,) = spec["datasets"].values()
    shown = {row["title"] for row in rows if row["kind"] == "own"}
    lines = load_table(curves, sizes, names).text.splitlines()
    guangdong = next(line for line in lines if "Guangdong" in line)
    middle = float(sizes.median())

    assert shown == set(curves.attrs["compared"])
    assert 0 < len(shown) <= len(names.colours) < curves["title"].nunique()
    assert all(any(title in line for line in lines) for title in curves["title"])
    posts = 2 if middle < 300 else 4 if middle < 600 else 6
    assert f"{middle / posts:,.1f}".removesuffix(".0") in guangdong
    every = load_curves(peopled.place, law, "en")
    spec = placecharts.loads(every, sizes, names).to_dict()
    (rows,) = spec["datasets"].values()
    assert {row["title"] for row in rows if row["kind"] == "own"} == set(every["title"])


def test_the_chart_is_light(peopled: FakeExperiment, names: Names) -> None:
    """The page it stands on may weigh one megabyte, most of it taken already."""
    curves = experiment_loads(peopled, names_of(peopled, "zh"))
    html: Any = chartparts.show(placecharts.loads(curves, town_households(peopled.place), names)).html

    assert len(html) < 110_000


def test_a_workspace_s_own_law_is_in_its_charts_and_annexes(peopled: FakeExperiment, tmp_path: Path) -> None:
    """A county's own formula must not lack on the pages that it was simulated for."""
    own = FORMULA.replace("unit: household", "unit: household\n        generalists: 1")
    (tmp_path / "scenarios" / "law").mkdir(parents=True)
    (tmp_path / "scenarios" / "law" / "own.yaml").write_text(own, "utf-8")
    home = replace(peopled, folder=tmp_path / "reports" / "mine")
    home.legal = lambda: [{"kind": "formula", "id": "ours", "law": "own-rule"}]  # type: ignore[method-assign]

    curves = experiment_loads(home, names_of(home, "zh"))

    assert "某县 2026" in "; ".join(curves["title"])
    assert generalists_of(home, "ours", "township") == 1
    assert generalists_of(peopled, "own-rule", "township") == 0

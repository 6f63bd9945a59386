"""Charts: question, units, colours, intervals, a text for those who cannot see."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from typing import Any

import altair as alt
import pandas as pd
import pytest

from simlib.view import chartparts, charts, placecharts
from simlib.view.decision import gathered
from simlib.view.figures import _columns, bundle, figure
from simlib.view.names import Names, names_of
from simlib.view.specs import spec_of
from tests.view.synthetic import FakeExperiment

CELL = "hainan-2n+double"


def _every(experiment: FakeExperiment, names: Names) -> dict[str, chartparts.Drawing]:
    summary, monthly = experiment.summary(), gathered(experiment.monthly, names)
    return {
        "posts": charts.posts(summary, names),
        "on_time": charts.on_time(summary, names),
        "equal_money": charts.on_time(summary, names, view="equal_money"),
        "cost": charts.cost_by_year(gathered(experiment.cost_by_year, names), names),
        "cost_one": charts.cost_by_year(experiment.cost_by_year(CELL), names),
        "monthly": charts.monthly_on_time(monthly, names),
        "backlog": charts.backlog(monthly, names),
        "workforce": charts.workforce(experiment.monthly(CELL), names),
        "tiles": placecharts.township_tiles(experiment.townships(CELL), names),
    }


KINDS = ("posts", "on_time", "equal_money", "cost", "cost_one", "monthly", "backlog", "workforce", "tiles")


@pytest.fixture(scope="module")
def zh(experiment: FakeExperiment, names: Names) -> dict[str, dict[str, Any]]:
    return {kind: chart.to_dict() for kind, chart in _every(experiment, names).items()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_asks_a_question_and_tells_its_figures(kind: str, zh: dict[str, dict[str, Any]]) -> None:
    """The title says what is answered; the description holds the figures for a screen reader."""
    spec = zh[kind]

    assert "？" in spec["title"]
    assert re.search(r"\d", spec["description"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_draws_without_a_browser_and_asks_no_network(
    kind: str, zh: dict[str, dict[str, Any]]
) -> None:
    """The page must be complete with scripts off and no request made."""
    html = figure(zh[kind]).html

    assert "<svg" in html
    assert "<title>" in html
    assert not re.search(r'(?:src|href)="https?:', html)


@pytest.mark.parametrize("kind", ["posts", "on_time", "cost", "monthly", "backlog"])
def test_a_formula_has_its_colour_in_every_chart(
    kind: str, zh: dict[str, dict[str, Any]], names: Names
) -> None:
    """One formula, one colour, everywhere."""
    told = json.dumps(zh[kind], ensure_ascii=False)

    assert all(colour in told for colour in names.colours.values())


@pytest.mark.parametrize("kind", ["on_time", "monthly"])
def test_rates_run_from_0_to_100_per_cent_and_show_their_interval(
    kind: str, zh: dict[str, dict[str, Any]]
) -> None:
    """A cut axis makes small differences look large; a rate without interval claims too much."""
    told = json.dumps(zh[kind])

    assert '"domain": [0, 1]' in told
    assert "high" in told
    assert "low" in told


def test_the_same_chart_in_english_has_no_chinese_label(experiment: FakeExperiment) -> None:
    """Every label comes from the catalogue; only names of places stay."""
    english = names_of(experiment, "en")
    spec = charts.on_time(experiment.summary(), english).to_dict()

    assert not re.search(r"[\u4e00-\u9fff]", json.dumps(spec, ensure_ascii=False))


@pytest.mark.parametrize("kind", KINDS)
def test_a_mark_tells_its_hints_in_the_page_s_words(kind: str, zh: dict[str, dict[str, Any]]) -> None:
    """Vega tells columns by their own names, unrounded: a Chinese page must not read `money_title`."""
    drawing = figure(zh[kind]).html.split('<script type="application/json"')[0]
    told = re.findall(r"<(?:path|rect|line|circle)[^>]*><title>([^<]*)</title>", drawing)
    parts = [part for text in told for part in text.split("; ")]

    assert not [part for part in parts if not re.match(r"[\u4e00-\u9fff/（）、]+: \S", part)]
    assert not [part for part in parts if re.search(r"[a-z]{3}|\d{5}|\.\d\d", part)]
    assert bool(told) == (kind not in ("monthly", "backlog", "workforce"))


def test_a_hint_is_told_by_the_column_that_is_drawn() -> None:
    """A sum and a month have columns of their own; a value that is missing is not told as null."""
    frame = pd.DataFrame({"when": ["2027-03-01"], "wan": [2.5], "none": [None], "name": ["一\n行"]})
    frame["when"] = pd.to_datetime(frame["when"])
    hints = [
        alt.Tooltip("name:N", title="甲"),
        alt.Tooltip("sum(wan):Q", title="乙", format=",.1f"),
        alt.Tooltip("yearmonth(when):T", title="丙", format="%Y-%m"),
        alt.Tooltip("none:Q", title="丁", format=",.1f"),
    ]
    chart = alt.Chart(frame).mark_bar().encode(x="name:N", y="sum(wan):Q", tooltip=hints)

    assert "<title>甲: 一行; 乙: 2.5; 丙: 2027-03</title>" in figure(spec_of(chart)).html


def test_two_charts_on_a_page_share_no_id(experiment: FakeExperiment, names: Names) -> None:
    """Vega numbers gradients and clips from 0 in every SVG; on one page the second would take the first's."""
    towns = experiment.townships(CELL)
    pages = [
        chartparts.show(placecharts.township_tiles(frame, names)).html for frame in (towns, towns.head(40))
    ]
    ids = [re.findall(r'\bid="([^"]+)"', page) for page in pages]

    assert all(ids)
    assert len({*ids[0], *ids[1]}) == len(ids[0]) + len(ids[1])
    assert all(f"url(#{name})" in page for page, (name, *_) in zip(pages, ids, strict=True))


def test_a_hostile_name_stays_text_in_a_figure(experiment: FakeExperiment, names: Names) -> None:
    """Names come from planners' files: they must not become markup or end the script that holds the spec."""
    towns = (
        experiment.townships(CELL)
        .head(3)
        .assign(area="</script><img src=x onerror=alert(1)>", county="<b>县</b>")
    )

    html = chartparts.show(placecharts.township_tiles(towns, names)).html

    assert "<img" not in html
    assert "<b>县" not in html
    assert html.count("</script>") == 1


def test_an_unmanned_township_is_shown_and_not_divided_by_zero(
    experiment: FakeExperiment, names: Names
) -> None:
    """A township with nobody in post is the worst case, not a missing tile."""
    towns = experiment.townships(CELL).head(4).assign(posts_filled=[0.0, 1.0, 2.0, 1.0])

    spec = placecharts.township_tiles(towns, names).to_dict()

    assert "无人在岗的乡镇（街道）1个" in spec["description"]
    drawing = figure(spec).html.split('<script type="application/json"')[0]
    coloured = set(re.findall(r'<path[^>]* fill="(#[0-9a-f]{6}|rgb[^"]*)"', drawing)) - {chartparts.UNMANNED}
    assert drawing.count(f'fill="{chartparts.UNMANNED}"') == 1
    assert len(coloured) == len(towns) - 1


@pytest.mark.parametrize("kind", KINDS)
def test_no_word_of_the_drawing_tool_is_read_aloud(kind: str, zh: dict[str, dict[str, Any]]) -> None:
    """“Title text” before each panel's name is English on a Chinese page."""
    spoken = " ".join(re.findall(r'aria-label="([^"]*)"', figure(zh[kind]).html))

    assert re.findall(r"[A-Z][a-z]+ text|axis|legend", spoken) == []


def test_a_figure_is_the_same_each_time(zh: dict[str, dict[str, Any]]) -> None:
    """Equal results give equal pages."""
    assert figure(zh["tiles"]).html == figure(zh["tiles"]).html


def test_a_cost_without_a_limit_is_drawn(experiment: FakeExperiment, names: Names) -> None:
    """A rule without a cap has an empty cap_yuan."""
    cost = experiment.cost_by_year(CELL).assign(cap_yuan=float("nan"), target_yuan=float("nan"))
    told = [names.say(f"view.question.{kind}") for kind in ("cost_alone", "cap_alone", "target_alone")]
    drawn = [cost, *(cost.assign(**{rule: 1e6}) for rule in ("cap_yuan", "target_yuan"))]
    titles = [charts.cost_by_year(each, names).to_dict()["title"] for each in drawn]

    assert titles == told

    assert "<svg" in chartparts.show(charts.cost_by_year(cost, names)).html


def test_the_bundle_is_cached_by_version(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Building it takes seconds; a damaged cache is built again, never shipped."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    bundle.cache_clear()
    first = bundle()
    (kept,) = (tmp_path / "simlib").iterdir()
    kept.write_bytes(kept.read_bytes()[:1000])
    bundle.cache_clear()

    assert bundle() == first
    assert kept.stat().st_size > 100_000


def test_altair_is_loaded_by_the_chart_module_alone() -> None:
    """A worker that needs names or the decision must not pay for Altair."""
    code = (
        "import sys, simlib.view.decision, simlib.view.names, simlib.view.blocks; "
        "heavy = {'altair', 'vl_convert', 'great_tables', 'papermill'}; "
        "sys.exit(bool(heavy & {name.split('.')[0] for name in sys.modules}))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_months_are_given_as_dates(experiment: FakeExperiment, names: Names) -> None:
    """datetime.date of the results becomes a time axis, in order."""
    frame = experiment.monthly(CELL)
    spec = charts.backlog(frame, names).to_dict()
    (rows,) = spec["datasets"].values()

    assert rows[0]["month"].startswith("2027-01-01")
    assert pd.to_datetime(pd.Series([row["month"] for row in rows])).is_monotonic_increasing


def test_a_page_holds_a_chart_s_rows_once_by_column() -> None:
    """Titles repeated in every row made pages of a city a third heavier; what is missing stays missing."""
    rows: list[dict[str, Any]] = [{"a": "x", "b": 1.5}, {"a": "x"}, {"a": "y", "b": 1.5}]

    assert _columns(rows) == {"a": [["x", "y"], [0, 0, 1]], "b": [[1.5], [0, -1, 0]]}


def test_rows_with_long_labels_stand_far_enough_apart() -> None:
    """Two lines of one label on two of the next cannot be read; and a key names only what is drawn."""
    experiment = FakeExperiment()
    names = names_of(experiment, "zh")
    one = experiment.summary()
    one = one[one["formula"] == "leshan-2020"]
    long = replace(
        names, monies={**names.monies, "plain": "岗位142万元，服务3%（425万元）（文件上限，不得作为方案）"}
    )
    short, tall = (charts.on_time(one, said).to_dict() for said in (names, long))

    assert short["height"]["step"] == chartparts.ROW
    assert tall["height"]["step"] >= 2 * chartparts.LABEL_LINE
    assert "海南" not in str(short["layer"])


def test_a_table_is_told_once_with_the_columns_a_chart_names() -> None:
    """Altair writes a table out for each layer that reads it; a page would carry what nobody sees."""
    frame = pd.DataFrame({"share": [0.5, None], "unseen": ["x", "y"]})
    other = pd.DataFrame({"share": [0.1], "told": ["z"]})
    bars = alt.Chart(frame).mark_bar().encode(x="share:Q")
    text = alt.Chart(other).mark_text().encode(x="share:Q", text="told:N")
    found = spec_of(alt.layer(bars, text, bars.mark_tick()))

    assert sorted(map(str, found["datasets"].values())) == [
        "[{'share': 0.1, 'told': 'z'}]",
        "[{'share': 0.5}, {'share': None}]",
    ]
    assert "unseen" in str(bars.to_dict()), "who shows a chart of his own has it as ever"

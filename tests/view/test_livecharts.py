"""Charts of the panel: names are whole, many options are told by colour and shape."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from simlib.view import livecharts
from simlib.view.chartparts import show
from simlib.view.names import names_of
from tests.view.synthetic import FakeExperiment

LONG = "购买服务加强基层社会救助经办能力的实施意见（两名加若干名）＋全市每年固定数额一千二百万元"


@pytest.fixture
def pinned() -> pd.DataFrame:
    """Two options of one formula each: one cheap, one dear, the dear one with a long name."""
    rows = [("省钱的", 100.0, 0.6), (LONG, 900.0, 0.9)]
    return pd.DataFrame(
        {
            "option": [name for name, _, _ in rows],
            "formula": ["leshan-2020", "hainan-2n"],
            "money_title": ["甲", "乙"],
            "cost_wan": [cost for _, cost, _ in rows],
            "cost_low": [cost * 0.9 for _, cost, _ in rows],
            "cost_high": [cost * 1.1 for _, cost, _ in rows],
            "on_time": [share for _, _, share in rows],
            "low": [share - 0.05 for _, _, share in rows],
            "high": [share + 0.05 for _, _, share in rows],
        }
    )


def test_a_long_name_beside_a_point_is_whole_and_inside(pinned: pd.DataFrame) -> None:
    """A name cut off by the edge or by dots does not say which option it is."""
    names = names_of(FakeExperiment(), "zh")
    html = show(livecharts.cost_and_time(pinned, names)).html
    drawing = html.split('<script type="application/json"')[0]
    marks = drawing[drawing.index("mark-text role-mark") :]
    spoken = "".join(re.findall(r"<t(?:ext|span)[^>]*>([^<]+)", marks))

    assert "…" not in drawing
    assert LONG in spoken
    assert re.search(r'text-anchor="end"[^>]*>(?:<tspan[^>]*>)?' + LONG[:4], marks), "drawn to the left"


def test_names_of_options_at_one_place_stand_below_each_other(pinned: pd.DataFrame) -> None:
    """Where money does not bind, with it and without it come to the same point."""
    other = pinned.assign(option=["足额", LONG])
    other["on_time"] = [0.601, 0.9]
    chart = livecharts.cost_and_time(
        pd.concat([pinned, other], ignore_index=True), names_of(FakeExperiment(), "zh")
    )
    (rows,) = chart.to_dict()["datasets"].values()
    blank = [[line for line in row["label"].split("\n") if not line.strip()] for row in rows]

    assert [len(lines) for lines in blank] == [1, 0, 0, 5]
    assert all(line for lines in blank for line in lines), "an empty line moves nothing down in SVG"


def test_many_options_are_told_by_colour_and_shape() -> None:
    """Nine names would lie on each other; every option is still there, and none without a cost is drawn."""
    experiment = FakeExperiment()
    names = names_of(experiment, "zh")
    summary = experiment.summary()
    (chart,) = livecharts.options_cost_and_time(summary, names)
    spec = json.dumps(chart.to_dict(), ensure_ascii=False)

    assert '"shape"' in spec
    assert "mark_text" not in spec
    assert all(names.cell_option(cell) in spec for cell in names.views["grid"])
    free = summary.assign(mean=summary["mean"].where(summary["measure"] != "cost_yuan", 0.0))
    assert livecharts.options_cost_and_time(free, names) == []

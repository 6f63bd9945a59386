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


def test_names_of_points_that_lie_on_each_other_stand_below_each_other(pinned: pd.DataFrame) -> None:
    """Two formulas that buy nobody cost nothing and are as timely: one name over the other says neither."""
    first = pinned.iloc[[0]]
    same = pd.concat([first, first.assign(option="另一个方案", formula="hainan-2n")], ignore_index=True)
    labels = livecharts._labels(same, 100.0)

    assert labels[1] == ""
    assert labels[0].replace("\n", "") == f"{first['option'].iloc[0]}另一个方案"
    apart = livecharts._labels(pinned, float(pinned["cost_high"].max()))
    assert all(apart)


def test_names_that_would_lie_on_each_other_are_left_to_the_key(pinned: pd.DataFrame) -> None:
    """Where each option has a colour of its own, the key tells it."""
    close = pinned.assign(on_time=[0.8, 0.81], low=[0.6, 0.6], high=[0.9, 0.9], cost_wan=[50.0, 55.0])
    names = names_of(FakeExperiment(), "zh")
    spec = livecharts.cost_and_time(close, names).to_dict()
    one = livecharts.cost_and_time(close.assign(formula="hainan-2n"), names).to_dict()

    assert not any(layer["mark"]["type"] == "text" for layer in spec["layer"])
    assert any(layer["mark"]["type"] == "text" for layer in one["layer"])


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

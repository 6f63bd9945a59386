"""Names, colours and figures as a reader sees them."""

from __future__ import annotations

from itertools import combinations

import pytest

from simlib import words
from simlib.view.names import PALETTE, interval, names_of, number, own_colours, percent, wan, wrapped
from tests.view.synthetic import FakeCell, FakeExperiment


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_formula_keeps_one_colour_whatever_page_it_stands_on(experiment: FakeExperiment) -> None:
    """A reader compares pages: the colour follows the experiment's order, not what a page shows."""
    zh, en = names_of(experiment, "zh"), names_of(experiment, "en")

    assert dict(zh.colours) == dict(en.colours)
    assert len(set(zh.colours.values())) == len(zh.colours) == 3
    assert "none" not in zh.colours


@pytest.mark.parametrize("colour", PALETTE)
def test_a_formula_s_colour_stands_out_against_white(colour: str) -> None:
    """WCAG 2.2, 1.4.11: graphics need a contrast of 3:1."""
    assert 1.05 / (_luminance(colour) + 0.05) >= 3


def test_no_two_colours_are_the_same() -> None:
    """Two formulas in one colour could not be told apart."""
    assert all(a != b for a, b in combinations(PALETTE, 2))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (number(1234), "1,234"),
        (number(12.34), "12.3"),
        (number(float("nan")), "—"),
        (percent(0.8125), "81.2%"),
        (percent(None), "—"),
        (wan(12_340_000), "1,234"),
        (interval(0.8, 0.75, 0.85, share=True), "80.0% (75.0–85.0)"),
        (interval(168.0, 168.0, 168.0), "168"),
        (interval(None, 1.0, 2.0), "—"),
    ],
)
def test_a_figure_is_written_as_in_a_budget_table(shown: str, expected: str) -> None:
    """Thousands marked, no needless decimals, a dash for nothing, no interval where there is no spread."""
    assert shown == expected


@pytest.mark.parametrize(
    "text", ["低保支出3%的六成（每年核定）以及其他来源", "one word after another in a title"]
)
def test_a_wrapped_title_loses_nothing_and_stays_within_its_width(text: str) -> None:
    """Axis labels are cut by the chart when too long."""
    lines = wrapped(text, 14).split("\n")

    assert len(lines) > 1
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(sum(2 if ord(c) > 0x2E80 else 1 for c in line) <= 16 for line in lines)


def test_a_place_in_a_text_is_cited_as_its_readers_cite_it() -> None:
    """`art. 21` in a Chinese page is neither language; what has no known form stays as it is."""
    assert words.cited("art. 10(5)", "zh") == "第10条（5）"
    assert words.cited("part 2 (4) 6; annex 3 part 3 (2)", "zh") == "第2部分（4）6；附件3 第3部分（2）"
    assert words.cited("annex 1, no. 5", "zh") == "附件1第5项"
    assert words.cited("annex 1, no. 5", "en") == "annex 1, no. 5"
    assert words.cited("15", "zh") == "第15条"
    assert words.cited("preamble", "zh") == "preamble"


def test_a_text_in_both_languages_shows_the_readers_side() -> None:
    """Half of a bilingual source is noise in either page."""
    both = "未见公布数据 / No published figure"

    assert (words.side(both, "zh"), words.side(both, "en")) == ("未见公布数据", "No published figure")
    assert words.side("WHO / WISN", "zh") == "WHO / WISN"


def test_choices_under_one_formula_are_not_headed_as_formulas(experiment: FakeExperiment) -> None:
    """Four ways of supervision are no four staffing standards."""
    cells = experiment.cells()
    one = FakeExperiment()
    one.cells = lambda: [OneFormula(**vars(cell)) for cell in cells]  # type: ignore[method-assign]

    assert names_of(experiment, "zh").chosen == "配备标准"
    assert names_of(one, "zh").chosen == "方案"


class OneFormula(FakeCell):
    """A choice whose formula is one and the same, whatever it is called."""

    @property
    def law_formula(self) -> str:
        return "leshan-2020"


def test_what_all_options_share_is_in_no_option_s_name(experiment: FakeExperiment) -> None:
    """A document's long title in front of “a cap” and “a target” hides what they differ in."""
    cells = experiment.cells()
    grid = [cell for cell in cells if cell.view in ("grid", "status_quo")]
    one_formula = [cell for cell in grid if cell.formula in ("leshan-2020", "none")]
    one_money = [cell for cell in grid if cell.money in ("plain", "none")]
    names = []
    for kept in (cells, one_formula, one_money):
        experiment.cells = lambda kept=kept: kept  # type: ignore[method-assign, misc]
        names.append(names_of(experiment, "zh"))
    del experiment.cells

    told = [each.option("leshan-2020", "plain") for each in names]
    formula, money = names[0].formulas["leshan-2020"], names[0].monies["plain"]
    assert told == [f"{formula}＋{money}", money, formula]


def test_a_formula_alone_in_its_view_is_left_out_whatever_another_view_compares() -> None:
    """Five splits of money under one document are told by the money, beside a view with other choices."""
    title = {"zh": "某文件", "en": "a document"}
    splits = [
        FakeCell(f"grid-{money}", title, "one", title, money, {"zh": money, "en": money}, "grid")
        for money in ("a", "b")
    ]
    shares = [
        FakeCell(f"share-{at}", title, at, {"zh": at, "en": at}, "c", {"zh": "同", "en": "same"}, "shares")
        for at in ("x", "y")
    ]
    made = FakeExperiment()
    made.cells = lambda: [*splits, *shares]  # type: ignore[method-assign]
    names = names_of(made, "zh")

    assert names.option("one", "a") == "a"
    assert names.option("x", "c") == "x＋同"


def test_a_formula_has_its_colour_in_every_experiment() -> None:
    """The same document is blue in one report and blue in the next, and at the panel."""
    one = own_colours({"a": "leshan-2020", "b": "hainan-2n"})
    other = own_colours({"x": "hainan-2n", "y": "xuchang-2019", "z": "leshan-2020"})

    assert one["a"] == other["z"] == PALETTE[0]
    assert one["b"] == other["x"]
    assert len(set(other.values())) == 3
    same = own_colours({"one": "leshan-2020", "three": "leshan-2020"})
    assert list(same.values()) == list(PALETTE[:2])

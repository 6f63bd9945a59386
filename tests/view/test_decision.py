"""The decision in words says what the figures say and no more."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simlib import words
from simlib.scenario import Goal
from simlib.view.contract import EQUAL_MONEY, GRID
from simlib.view.decision import decision, few, options
from simlib.view.names import Names, names_of
from tests.view.synthetic import FakeCell, FakeExperiment, fake_cells, fake_replications, fake_summary


def _with_share(summary: pd.DataFrame, scenario: str, mean: float, low: float, high: float) -> pd.DataFrame:
    changed = summary.copy()
    rows = (changed["scenario"] == scenario) & (changed["measure"] == "on_time_share")
    changed.loc[rows, ["mean", "low", "high"]] = [mean, low, high]
    return changed


def _said(summary: pd.DataFrame, names: Names, goal: Goal | None = None) -> tuple[str, ...]:
    return decision(summary, names, fake_replications(summary), goal)


def test_options_have_one_row_a_cell_in_the_order_of_the_experiment(experiment: FakeExperiment) -> None:
    """A table that reorders options makes pages hard to compare."""
    table = options(experiment.summary(), GRID)

    assert list(table["scenario"]) == [cell.id for cell in fake_cells() if cell.view == GRID]
    assert table["posts_required"].notna().all()


def test_the_best_option_is_named_first_with_its_rate(experiment: FakeExperiment, names: Names) -> None:
    """The first sentence is what a leader reads."""
    summary = _with_share(experiment.summary(), "leshan-2020+plain", 0.99, 0.985, 0.995)

    first = _said(summary, names)[0]

    assert "乐山2‰＋全市每年600万元" in first
    assert "99.0%" in first


def test_options_are_told_apart_by_paired_differences(names: Names) -> None:
    """Chance is common to all options: intervals that overlap may hide a sure difference, and the bound
    on what cannot be told apart is said."""
    summary = fake_summary(fake_cells(), 20)
    apart = _with_share(summary, "leshan-2020+plain", 0.999, 0.98, 1.0)
    apart = _with_share(apart, "hainan-2n+plain", 0.99, 0.97, 1.0)
    alike = _with_share(apart, "hainan-2n+plain", 0.99899, 0.97, 1.0)

    assert "可以分出高下（把握不低于95%）" in _said(apart, names)[1]
    assert "另有1个方案与它分不出高下" in _said(alike, names)[1]
    assert "相差不到0." in _said(alike, names)[1]


def test_a_few_replications_settle_nothing_however_far_apart(names: Names) -> None:
    """Six in a row may be chance, and the page says elsewhere not to decide by them."""
    summary = _with_share(fake_summary(fake_cells(), 6), "leshan-2020+plain", 0.999, 0.98, 1.0)
    told = _said(summary, names)[1]

    assert "只重复了6次，不能据此说分出了高下，至少要重复20次" in told
    assert "把握" not in told


@pytest.mark.parametrize(("replications", "is_told"), [(6, False), (20, True)])
def test_the_cheapest_of_equals_takes_enough_replications_to_be_equals(
    names: Names, replications: int, is_told: bool
) -> None:
    """What two runs cannot tell apart may be nine points apart; nobody saves money by that."""
    summary = _with_share(fake_summary(fake_cells(), replications), "hainan-2n+plain", 0.999, 0.98, 1.0)
    summary = _with_share(summary, "leshan-2020+plain", 0.99899, 0.98, 1.0)
    costs = summary["measure"].eq("cost_yuan") & summary["scenario"].eq("leshan-2020+plain")
    summary.loc[costs, ["mean", "low", "high"]] = 1.0

    assert any("支出最少的是" in line for line in _said(summary, names)) is is_told


def test_no_difference_seen_is_not_told_as_less_than_nothing(names: Names) -> None:
    """Two options with one figure in every replication may still differ in what happens seldom."""
    summary = fake_summary(fake_cells(), 20)
    grid = _with_share(summary, "leshan-2020+plain", 0.999, 0.98, 1.0)
    seen = fake_replications(grid)
    lead = seen.loc[seen["scenario"] == "leshan-2020+plain", "value"].to_numpy()
    seen.loc[seen["scenario"] == "hainan-2n+plain", "value"] = lead
    said = decision(grid, names, seen)

    assert any("在20次重复中与它没有出现任何差别" in line for line in said)
    assert not any("相差不到0.0" in line for line in said)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_one_replication_tells_nothing_apart(experiment: FakeExperiment, lang: str) -> None:
    """An interval of one replication has no width; that is ignorance, not certainty."""
    summary = fake_summary(fake_cells(), 1)
    told = " ".join(_said(summary, names_of(experiment, lang)))

    assert ("只重复了1次，没有区间" if lang == "zh" else "there is no interval") in told
    assert ("可以分出高下" if lang == "zh" else "tell it apart") not in told
    assert ("最及时" if lang == "zh" else "does best") not in told


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_bound_larger_than_the_rate_itself_is_not_told(experiment: FakeExperiment, lang: str) -> None:
    """Any two rates differ by less than 600 points; that two replications cannot tell is the news."""
    summary = fake_summary(fake_cells(), 2)
    told = " ".join(_noisy(summary, names_of(experiment, lang)))

    assert ("相差不到" if lang == "zh" else "less than") not in told
    assert ("difference is below" if lang == "en" else "相差不到") not in told
    assert (
        "每个方案只重复了2次，不足以分出" if lang == "zh" else "With 2 replication(s) of each option"
    ) in told
    assert ("至少要重复20次" if lang == "zh" else "at least 20 replications are needed") in told


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_bound_of_too_few_replications_is_not_told(experiment: FakeExperiment, lang: str) -> None:
    """Eighteen points out of two replications look like a finding; how many are needed is what helps."""
    said, bound, missing = {
        "zh": ("至少要重复20次", "相差不到", "不足以"),
        "en": ("at least 20", "less than", "do not set it apart"),
    }[lang]
    names = names_of(experiment, lang)
    few, enough = (_close(fake_summary(fake_cells(), count), names) for count in (19, 20))
    equal = [line for line in few if "经费相同" in line or "same money" in line]

    assert equal
    assert all(said in line and missing in line for line in equal)
    assert not any(bound in line for line in few)
    assert any(bound in line for line in enough)


def _close(summary: pd.DataFrame, names: Names) -> tuple[str, ...]:
    """What is said where every option has 0.9 and half a point of chance of its own: a bound of a point."""
    return _with_chance(summary, names, 0.005)


def _with_chance(summary: pd.DataFrame, names: Names, breadth: float) -> tuple[str, ...]:
    seen = fake_replications(summary)
    turns = seen["replication"] + seen["scenario"].rank(method="dense") * 5
    return decision(summary, names, seen.assign(value=0.9 + breadth * np.sin(turns)), None)


def test_how_many_replications_would_tell_is_said_beside_the_bound(names: Names) -> None:
    """Twenty that leave two options alike call for a number, not for "more"."""
    told = _noisy(fake_summary(fake_cells(), 20), names)

    assert "相差不到" in told[1]
    assert "要分辨1.0个百分点的差别" in told[2]
    assert int(told[2].split("约需重复")[1].split("次")[0]) > 20


def _noisy(summary: pd.DataFrame, names: Names) -> tuple[str, ...]:
    """What is said where every option has 0.9 and 5 points of chance of its own."""
    return _with_chance(summary, names, 0.05)


def test_one_option_by_two_names_is_said_to_be_one(names: Names) -> None:
    """The same people and the same money cannot compete with each other."""
    summary = fake_summary(fake_cells(), 20)
    for cell in ("hainan-2n+plain", "hainan-2n+double"):
        summary = _with_share(summary, cell, 0.999, 0.98, 1.0)
    seen = fake_replications(summary)
    pair = seen["scenario"].isin(["hainan-2n+plain", "hainan-2n+double"])
    values = seen.loc[seen["scenario"] == "hainan-2n+plain", "value"].to_numpy()
    seen.loc[pair, "path"] = "one"
    seen.loc[seen["scenario"] == "hainan-2n+double", "value"] = values

    told = decision(summary, names, seen)

    assert "另有1个方案的人员和支出逐月与它相同" in told[1]
    assert "可以分出高下" in told[2]


def test_a_target_sorts_options_into_three_answers(experiment: FakeExperiment) -> None:
    """What cannot be said yet is neither yes nor no; the best is sought among what may meet the target."""
    names = names_of(experiment, "en")
    summary = _with_share(fake_summary(fake_cells(), 200), "leshan-2020+plain", 0.999, 0.98, 1.0)
    seen = fake_replications(summary)
    seen.loc[seen["scenario"] == "leshan-2020+plain", "met"] = seen["replication"] % 2 == 0
    seen.loc[seen["scenario"] == "hainan-2n+plain", "met"] = seen["replication"] >= 4
    with words.speaking("en"):
        told = decision(summary, names, seen, Goal(target=0.9))

    assert "leaving out options that miss the target" in told[0]
    assert "Leshan 2‰ + the same" not in told[0]
    line = next(line for line in told if line.startswith("Target:"))
    assert "90.0% in every year, in 95.0% of replications" in line
    assert "1 do not (" in line
    assert "of 1 it cannot be said yet (" in line
    assert "7 meet it" in line


def test_the_equal_money_view_is_always_spoken_of(experiment: FakeExperiment, names: Names) -> None:
    """More posts trivially wait less, so the grid alone misleads."""
    assert len(options(experiment.summary(), EQUAL_MONEY)) == 3
    told = next(line for line in _said(experiment.summary(), names) if "经费相同时" in line)
    same = options(experiment.summary(), EQUAL_MONEY)["cap_yuan"]

    assert same.nunique() == 1
    assert f"经费相同时（3年上限都是{same.iloc[0] / 10_000:,.0f}万元）" in told


def test_the_same_money_is_called_by_its_view_where_no_cap_is_one(names: Names) -> None:
    """An amount that only some options have is not the amount of all."""
    summary = fake_summary(fake_cells())
    first = options(summary, EQUAL_MONEY)["scenario"].iloc[0]
    other = (summary["scenario"] == first) & (summary["measure"] == "cap_yuan")
    summary.loc[other, "mean"] *= 2

    assert any("经费相同时（同样花600万元）" in line for line in _said(summary, names))


def test_few_replications_are_said_and_enough_are_not(names: Names) -> None:
    """An interval from a handful of replications is a hint, not a finding."""
    scarce, ample = fake_summary(fake_cells(), 19), fake_summary(fake_cells(), 20)

    assert few(scarce) == 19
    assert few(ample) is None
    assert any("19" in line and "参考" in line for line in _said(scarce, names))
    assert not any("参考" in line for line in _said(ample, names))


def test_too_few_replications_are_said_once(names: Names) -> None:
    """Two sentences about the same two replications make a reader look for a difference."""
    told = _noisy(fake_summary(fake_cells(), 2), names)

    assert sum("只重复了2次" in line and "经费相同" not in line for line in told) == 1


def test_reviews_that_stand_alike_are_told_by_one_figure(names: Names) -> None:
    """Fewest 60.9 %, most 60.9 % is no finding."""
    summary = fake_summary(fake_cells())
    reviews = summary[summary["measure"] == "on_time_share"].assign(mean=0.609)
    others = summary[summary["measure"] != "reviews_on_time_share"]
    rows = [others, reviews.assign(measure="reviews_on_time_share")]
    told = " ".join(_said(pd.concat(rows, ignore_index=True), names))

    assert "各方案的按期完成率都在60.9%左右" in told
    assert "最低的是" not in told


def test_nothing_is_best_of_one(experiment: FakeExperiment, names: Names) -> None:
    """Where the rivals could not be simulated, what is left is above nobody."""
    summary = experiment.summary()
    shared = list(options(summary, EQUAL_MONEY)["scenario"])
    lone = summary[~summary["scenario"].isin(shared[1:])]

    assert len(options(lone, EQUAL_MONEY)) == 1
    assert not any("经费相同时" in line for line in _said(lone, names))


def test_the_cheapest_of_equals_is_offered_with_what_it_saves(names: Names) -> None:
    """Planners look for the least money that does as well."""
    summary = fake_summary(fake_cells(), 20)
    summary = _with_share(summary, "hainan-2n+double", 0.999, 0.9, 1.0)
    summary = _with_share(summary, "leshan-2020+plain", 0.99899, 0.89, 1.0)

    told = " ".join(_said(summary, names))

    assert "支出最少的是“乐山2‰＋全市每年600万元”" in told
    assert "少花3,600万元" in told


def test_nothing_is_invented_without_results(names: Names) -> None:
    """An empty experiment gives one honest sentence."""
    empty = fake_summary(fake_cells()).iloc[:0]

    assert decision(empty, names, fake_replications(fake_summary(fake_cells()))) == ("没有可比较的结果。",)


def _under_futures(count: int) -> tuple[FakeExperiment, pd.DataFrame]:
    """One formula's three cells as three futures of one choice, `count` replications."""
    experiment = FakeExperiment()
    cells: list[FakeCell] = [Future(**vars(cell)) for cell in fake_cells() if cell.money == "plain"]
    experiment.cells = lambda: cells  # type: ignore[method-assign]
    return experiment, fake_summary(cells, count)


class Future(FakeCell):
    """A cell that chooses as all others do."""

    @property
    def policy(self) -> dict[str, str]:
        return {"formula": "one"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_futures_are_no_options_to_choose_from(lang: str) -> None:
    """“More providers fail” is not the cheapest of equals; each future is told by what it takes away."""
    experiment, summary = _under_futures(20)
    names = names_of(experiment, lang)
    told = _said(summary, names)
    worst = names.formulas[min(fake_cells()[:7:3], key=lambda cell: _share_of(summary, cell.id)).formula]

    assert names.chosen == words.say("view.column.future", lang)
    assert ("3种情形" if lang == "zh" else "3 futures") in told[0]
    assert not any(("个方案" if lang == "zh" else "options") in line for line in told[1:])
    assert not any(("支出最少" if lang == "zh" else "cheapest") in line for line in told)
    changes = told[1].split("：" if lang == "zh" else "): ")[-1]
    assert names.formulas["leshan-2020"] not in changes
    assert changes.startswith(f"“{worst}”") or worst == names.formulas["leshan-2020"]
    few = _said(_under_futures(3)[1], names)
    assert ("至少要重复20次" if lang == "zh" else "at least 20") in few[1]


def _share_of(summary: pd.DataFrame, cell: str) -> float:
    rows = summary[(summary["scenario"] == cell) & (summary["measure"] == "on_time_share")]
    return float(rows["mean"].iloc[0])


def test_one_option_is_the_best_of_nothing(names: Names) -> None:
    """“The highest rate” of one is no finding."""
    summary = fake_summary(fake_cells(), 20)
    told = _said(summary[summary["scenario"] == "leshan-2020+plain"], names)

    assert "只有这一个方案" in told[0]
    assert not any("最高的是" in line for line in told)


def test_options_that_ask_for_the_same_posts_are_not_listed_one_by_one(names: Names) -> None:
    """Four supervisions of one formula ask for 60 posts once."""
    summary = fake_summary(fake_cells())
    same = summary.copy()
    same.loc[same["measure"] == "posts_required", ["mean", "low", "high"]] = 60.0
    told, apart = (" ".join(_said(each, names)) for each in (same, summary))

    assert "各方案都要60人" in told
    assert "各方案都要" not in apart

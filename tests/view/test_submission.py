"""The submission edition: plain words, the recommended option first, nothing unverified sent on."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from simlib.errors import InputError
from simlib.view.choice import Choice, chosen
from simlib.view.decision import ON_TIME
from simlib.view.names import names_of
from simlib.view.report import render
from simlib.view.serviceproposal import Served
from simlib.view.submission import (
    advice,
    legal,
    side_by_side,
    targets,
    write_forms,
)
from simlib.view.unverified import refuse_unverified, unverified
from tests.view.pages import executed
from tests.view.synthetic import FakeCell, FakeExperiment, fake_place

JARGON = {
    "zh": ("置信", "区间", "重复", "模拟", "仿真", "随机", "方差", "标准差", "分位", "显著", "p值", "蒙特卡"),
    "en": ("confidence", "interval", "replication", "simulat", "random", "variance", "quantile", "p-value"),
}


def verified(experiment: FakeExperiment) -> FakeExperiment:
    """The same experiment of a place whose figures are the planner's own."""
    place = fake_place()
    frames = {name: getattr(place, name).assign(status="user") for name in ("townships", "counties")}
    return dataclasses.replace(experiment, place=dataclasses.replace(place, **frames))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_speaks_plainly(experiment: FakeExperiment, tmp_path: Path, lang: str) -> None:
    """A leader and the finance bureau read it; statistics stay in the internal edition."""
    book = executed("submission.ipynb", tmp_path, experiment, lang=lang)
    page = render(book, tmp_path / "s.html", lang=lang, title="T", edition="submission", home=None)
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page.read_text("utf-8"), flags=re.DOTALL)

    assert [word for word in JARGON[lang] if word in text.lower()] == []
    assert 'class="watermark"' not in page.read_text("utf-8")
    wanted = {
        "zh": ("方案一", "维持现状", "附件1", "绩效目标"),
        "en": ("Option 1", "As today", "Performance targets"),
    }
    assert all(word in text for word in wanted[lang])


def test_a_draft_is_marked_on_every_page(experiment: FakeExperiment, tmp_path: Path) -> None:
    """What is printed from a draft cannot be taken for the thing itself."""
    book = executed("submission.ipynb", tmp_path, experiment, lang="zh")
    page = render(book, tmp_path / "s.html", lang="zh", title="T", edition="draft").read_text("utf-8")

    assert 'data-mark="待核实"' in page
    assert "草稿" in page


def test_the_recommended_option_stands_first_with_the_figures_of_the_summary(
    experiment: FakeExperiment,
) -> None:
    """The best of the made-up experiment, the cheapest beside it, another formula; told as of a hundred."""
    names = names_of(experiment, "en")
    choice = chosen(experiment, names)
    rows = experiment.summary()
    shares = rows[(rows["view"] == "grid") & (rows["measure"] == "on_time_share") & (rows["year"] == 0)]
    best = shares.sort_values("mean").iloc[-1]

    told, table = advice(experiment, choice, names).text, side_by_side(experiment, choice, names).text

    assert choice.first == best["scenario"]
    assert len({names.keys[cell][0] for cell in choice.cells}) > 1
    assert choice.today == "status-quo"
    assert f"about {round(best['mean'] * 100)} of 100" in told.splitlines()[0]
    assert f"about {round(best['mean'] * 100)}" in table


def test_of_options_with_the_same_clerks_the_lawful_one_that_meets_most_need_is_put_forward(
    experiment: FakeExperiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Money for services moves no clerk; a share above the document's cap is a what-if, never a proposal."""
    names = names_of(experiment, "zh")
    best = chosen(experiment, names).first
    formula = names.keys[best][0]
    twins = [cell for cell in names.views["grid"] if names.keys[cell][0] == formula]
    summary = experiment.summary()
    share = summary.loc[(summary["scenario"] == best) & (summary["measure"] == ON_TIME), "mean"].max()
    summary.loc[summary["scenario"].isin(twins) & (summary["measure"] == ON_TIME), "mean"] = share
    monkeypatch.setattr(experiment, "summary", lambda: summary)
    services = {cell: Served(True, 1e6, 0.1 + at / 100, 5.0) for at, cell in enumerate(twins)}
    services[twins[-1]] = Served(False, 9e6, 0.9, 0.0)
    monkeypatch.setattr("simlib.view.choice.served", lambda *_: services)
    choice = chosen(experiment, names)

    assert twins[-1] not in choice.cells
    assert choice.first == twins[-2]


@pytest.mark.parametrize(("replications", "is_said"), [(2, True), (20, False)])
def test_too_few_rounds_are_told_in_plain_words(
    experiment: FakeExperiment, replications: int, is_said: bool
) -> None:
    """A leader would take "a little better" of two rounds for a finding."""
    scarce = dataclasses.replace(experiment, replications=replications)
    names = names_of(scarce, "zh")
    told = advice(scarce, chosen(scarce, names), names).text

    assert ("至少要测算20遍" in told) is is_said


def test_no_form_shows_the_program_s_own_names(experiment: FakeExperiment) -> None:
    """`posts_funded` on a form that is filed is a word nobody at the finance bureau knows."""
    names = names_of(experiment, "zh")
    told = targets(experiment, chosen(experiment, names), names).html

    assert not re.search(r"[a-z]+_[a-z]+", re.sub(r"<[^>]+>", " ", told))


def test_synthetic_and_assumed_rows_are_named_and_keep_it_back(experiment: FakeExperiment) -> None:
    """How many, where, and what to do; a draft is offered."""
    with pytest.raises(InputError) as caught:
        refuse_unverified(experiment)
    lines = [problem.line("zh") for problem in caught.value.problems]

    assert len(unverified(experiment)) == len(lines) - 1
    assert any("townships.csv" in line and "第" in line for line in lines)
    assert "--draft" in lines[-1]
    refuse_unverified(verified(experiment))


def test_a_column_that_was_not_given_keeps_it_back(
    experiment: FakeExperiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows may be the planner's own and existing posts assumed all the same; a travel time is no matter."""
    mine = verified(experiment)
    notes = [
        {
            "file": "townships.csv",
            "column": column,
            "text": {"zh": f"{column} 假定", "en": f"{column} assumed"},
        }
        for column in ("posts_payroll", "travel_minutes")
    ]
    monkeypatch.setattr(mine, "completed", lambda: notes, raising=False)

    (line,) = (problem.line("en") for problem in unverified(mine))
    assert line.startswith("posts_payroll assumed; this column was not given")


def test_a_rule_of_assumed_figures_keeps_it_back_too(
    experiment: FakeExperiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A norm without a document is no ground to ask for money."""
    mine = verified(experiment)
    legal = [{**entry, "status": "assumption"} for entry in mine.legal()[:1]]
    monkeypatch.setattr(mine, "legal", lambda: legal, raising=False)

    assert [problem.key for problem in unverified(mine)] == ["submission_rule"]


def test_the_forms_beside_it_hold_annexes_and_targets(experiment: FakeExperiment, tmp_path: Path) -> None:
    """A text and a workbook, of the recommended option; a draft says so on every sheet."""
    files = write_forms(experiment, tmp_path, "zh", "draft")
    book = openpyxl.load_workbook(tmp_path / "submission.xlsx")

    assert [file.name for file in files] == ["submission.docx", "submission.xlsx"]
    assert len(book.sheetnames) == 4
    heads = [" ".join(str(cell.value) for row in page.iter_rows(max_row=4) for cell in row) for page in book]
    assert all("待核实" in head for head in heads)


def test_the_legal_basis_names_the_money_rule_of_an_option_put_forward(
    experiment: FakeExperiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planner's own title for a choice of money does not hide the rule behind it."""
    names = names_of(experiment, "zh")
    choice = Choice(("hainan-2n+plain",), "", is_sure=True, is_feasible=True)
    rule = {**experiment.legal()[1], "id": "rule-of-law", "title": {"zh": "某规则原名", "en": "Rule"}}
    monkeypatch.setattr(FakeCell, "money_rule", "rule-of-law")
    monkeypatch.setattr(experiment, "legal", lambda: [rule], raising=False)

    assert "某规则原名" in legal(experiment, choice, names).text


def test_money_by_year_adds_up_to_the_whole(experiment: FakeExperiment) -> None:
    """The table by year and the comparison tell the same money."""
    summary = experiment.summary()
    cost = summary[summary["measure"] == "cost_yuan"].pivot(index="scenario", columns="year", values="mean")

    pd.testing.assert_series_equal(cost[0], cost.drop(columns=0).sum(axis=1), check_names=False)


@pytest.mark.parametrize(
    ("lang", "sounder", "alone"), [("zh", "较稳妥", "没有其他方案可比"), ("en", "sounder", "the only option")]
)
def test_one_option_alone_is_not_called_the_sounder_one(
    experiment: FakeExperiment, lang: str, sounder: str, alone: str
) -> None:
    """Sounder than what? Of two it is said, of one that there is nothing beside it."""
    names = names_of(experiment, lang)
    choice = chosen(experiment, names)
    several = advice(experiment, choice, names).text
    one = advice(experiment, dataclasses.replace(choice, cells=choice.cells[:1]), names).text

    assert sounder in several
    assert alone not in several
    assert sounder not in one
    assert alone in one

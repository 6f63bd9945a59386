"""Where formula and money clash: the clauses named, the least that gives way, nothing where all is well."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from simlib.view.clashes import clash_table, clashes, first_limits
from simlib.view.names import names_of
from tests.view.synthetic import FakeExperiment, fake_place

CELL = "leshan-2020+plain"


def with_limit(fen: int | None) -> FakeExperiment:
    """One county of two townships that lack posts, at 50,000 yuan a post, under a yearly limit."""
    place = fake_place(counties=1, townships_each=2)
    place.townships["dibao_rural_households"] = [450, 900]
    experiment = FakeExperiment(place=place)
    tables = experiment.frames(CELL)
    money = tables.money[tables.money["line"] != "cap_posts"]
    if fen is not None:
        cap = money[(money["month"] == 0) & (money["line"] == "paid")].assign(line="cap_posts", fen=fen)
        money = type(money)(money.to_dict("records") + cap.to_dict("records"))
    kept = replace(tables, money=money)
    experiment.frames = lambda scenario: kept  # type: ignore[method-assign]
    return experiment


def lacking(experiment: FakeExperiment) -> int:
    return int(experiment.staffing(CELL)["gap"].sum())


@pytest.mark.parametrize(("short", "clash"), [(0, False), (1, True)])
def test_one_fen_decides_whether_all_can_be_kept(short: int, clash: bool) -> None:
    """The limit that pays every missing post is enough; one fen less is not."""
    enough = lacking(with_limit(None)) * 5_000_000
    experiment = with_limit(enough - short)
    found = clashes(experiment, CELL, names_of(experiment, "zh"))

    assert bool(len(found.conflicts)) == clash
    assert found.relaxations.query("relaxation == 'raise_cap'")["amount_fen"].tolist() == [1] * clash


def test_the_table_names_offices_money_and_ways_out() -> None:
    """A planner sees which offices, how much money, and what each way out costs."""
    experiment = with_limit(5_000_000)
    for lang, words in (
        ("zh", ("首年经费上限5万元", "少配", "经费每年增加")),
        ("en", ("first-year limit 5 ", "give up")),
    ):
        names = names_of(experiment, lang)
        html = clash_table(clashes(experiment, CELL, names), names).html
        assert all(word in html for word in words)
        assert experiment.place.counties["county"][0] in html
        assert f"{(lacking(experiment) - 1) * 5:.1f}".removesuffix(".0") in re.sub("<[^>]*>", " ", html)


def test_without_a_limit_nothing_clashes() -> None:
    """An option paid in full says so in a sentence, without a table."""
    experiment = with_limit(None)
    names = names_of(experiment, "zh")
    found = clashes(experiment, CELL, names)

    assert first_limits(experiment, CELL, ["x"]) is None
    assert "<table" not in clash_table(found, names).html
    assert "都能同时满足" in clash_table(found, names).text


def test_a_hostile_name_stays_text_in_the_table() -> None:
    """Names of offices come from planners' files."""
    experiment = with_limit(5_000_000)
    experiment.place.townships["area"] = "<b>x</b>"
    names = names_of(experiment, "zh")

    assert "<b>" not in clash_table(clashes(experiment, CELL, names), names).html


def test_posts_read_as_bought_are_a_clause_of_their_own() -> None:
    """Where existing posts do not count, letting them count is one way out and is named."""
    experiment = with_limit(lacking(with_limit(None)) * 5_000_000)
    legal = experiment.legal()
    legal[0]["readings"]["existing_counts"] = "no"
    experiment.legal = lambda: legal  # type: ignore[method-assign]
    found = clashes(experiment, CELL, names_of(experiment, "zh"))

    assert "existing" in set(found.conflicts["clause"])
    assert "count_existing" in set(found.relaxations["relaxation"])

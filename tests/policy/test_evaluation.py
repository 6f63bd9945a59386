"""Indicators, weights and panels of an evaluation: what each document says, and what a mark comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlib.policy.buying.evaluation import clauses_of, expected_marks, indicators_of, panel_mark, weights_of
from simlib.policy.buying.purchasefile import INDICATORS, MANAGEMENT, RESULTS, ROLES, STAGES
from simlib.policy.purchasing import Panel, Purchase, refusals
from simlib.policy.statutes import load_law
from simlib.units import SHARE_ONE

LAW = load_law()
ON = date(2027, 1, 1)

# What each document asks of an evaluation and of supervision; the article stands in the file of law.
WHAT_IS_ASKED = """
document                   indicators  first         evaluated_by  publishes  appeal  takes_over  accepts
leshan-2020                4           none          yes           yes        no      yes         no
guangdong-city-draft-2019  3           none          yes           yes        no      no          yes
hainan                     4           satisfaction  yes           yes        no      yes         yes
shizuishan-2024            9           none          no            yes        yes     no          yes
"""
CELLS = [line.split() for line in WHAT_IS_ASKED.strip().splitlines()]


def number(key: str) -> float:
    """An assumption at its mode."""
    return float(LAW.value(key, on=ON))


@pytest.mark.parametrize("row", CELLS[1:], ids=[row[0] for row in CELLS[1:]])
def test_what_each_document_asks_of_an_evaluation(row: list[str]) -> None:
    """The table above, read from the five texts: 000 part 4, 001 part 4 (4), 002 part 2 (6), 003 annex 3."""
    indicators, first = indicators_of(law=LAW, document=row[0], on=ON)
    found = {
        rule: "yes" if clauses_of(rule, law=LAW, document=row[0], on=ON) else "no" for rule in CELLS[0][3:]
    }

    assert [str(len(indicators)), first or "none", *found.values()] == row[1:]


def test_shizuishan_has_six_indicators_of_management_and_three_of_results() -> None:
    """Annex 3 part 4 counts them."""
    indicators, _ = indicators_of(law=LAW, document="shizuishan-2024", on=ON)

    assert len(set(indicators) & set(MANAGEMENT)) == 6
    assert set(RESULTS) < set(indicators)


def test_no_text_states_how_long_an_appeal_takes() -> None:
    """So the term is an assumption, and the clause stays without a number."""
    appeal = [
        clause
        for document in LAW.purchasing
        for clause in clauses_of("appeal", law=LAW, document=document, on=ON)
    ]

    assert [clause.content.get("working_days") for clause in appeal] == [None]
    assert LAW.dated("evaluation.appeal_working_days").entry(ON).status == "assumption"


@pytest.mark.parametrize("document", sorted(LAW.purchasing))
def test_the_assumed_weights_fit_every_document(document: str) -> None:
    """They add up to one; each indicator counts; what a document puts first weighs most."""
    indicators, first = indicators_of(law=LAW, document=document, on=ON)
    weights = weights_of(indicators, first, number)
    plan = Purchase(work=("care",), months=12, weights=weights)
    told = {problem.key for problem in refusals(plan, law=LAW, document=document, on=ON)}

    assert sum(weights.values()) == SHARE_ONE
    assert min(weights.values()) > 0
    assert not told & {"purchase_no_weight", "purchase_not_first"}


def test_weights_that_put_satisfaction_second_are_refused_by_hainan() -> None:
    """Part 2 (6): satisfaction before all; elsewhere the same weights pass."""
    weights = {"results": 3, "project_management": 2, "social_effect": 1, "satisfaction": 2}
    plan = Purchase(work=("care",), months=12, weights=weights)
    told = refusals(plan, law=LAW, document="hainan", on=ON)

    assert [(p.key, p.values["clause"]) for p in told] == [
        ("purchase_not_first", "海南省实施意见（原文缺标题和文号） part 2 (6)")
    ]
    assert refusals(plan, law=LAW, document="guangdong-city-draft-2019", on=ON) == ()
    equal = refusals(replace(plan, weights={**weights, "satisfaction": 3}), law=LAW, document="hainan", on=ON)
    assert [p.key for p in equal] == ["purchase_not_first"]


def test_an_indicator_left_out_is_named() -> None:
    """Leshan lists four; each of them is to be weighed."""
    plan = Purchase(
        work=("care",), months=12, weights={"administration": 1, "results": 1, "social_effect": 1}
    )
    told = refusals(plan, law=LAW, document="leshan-2020", on=ON)

    assert [str(problem.values["indicator"]) for problem in told] == ["project management"]


def test_an_evaluation_without_recipients_or_a_third_party_is_refused() -> None:
    """Leshan, Guangdong and Hainan name purchaser, recipients and third party; Shizuishan its own three."""
    plan = Purchase(work=("care",), months=12, stages=STAGES, panel=Panel(5, 1, frozenset({"purchaser"})))
    lacking = {
        document: [
            str(problem.values["role"])
            for problem in refusals(plan, law=LAW, document=document, on=ON)
            if problem.key == "purchase_panel_role"
        ]
        for document in ("leshan-2020", "guangdong-city-draft-2019", "hainan", "shizuishan-2024")
    }

    assert lacking["shizuishan-2024"] == ["assistance staff", "finance staff", "recipients"]
    assert all(
        roles == ["recipients", "a third party"] for key, roles in lacking.items() if "shi" not in key[:3]
    )


def test_a_purchase_without_a_plan_for_a_take_over_is_refused_where_one_is_asked_for() -> None:
    """Leshan part 4 (3), Hainan part 2 (7); what a purchase does not say is not judged."""
    plan = Purchase(work=("care",), months=12, takes_over=False)
    told = {
        document: [problem.key for problem in refusals(plan, law=LAW, document=document, on=ON)]
        for document in LAW.purchasing
    }

    assert {name for name, keys in told.items() if "purchase_no_takeover" in keys} == {
        "leshan-2020",
        "hainan",
    }
    silent = refusals(replace(plan, takes_over=None), law=LAW, document="hainan", on=ON)
    assert silent == ()


def test_only_leshan_asks_for_checks_drawn_at_random() -> None:
    """Part 4 (3): inspector and day are both drawn."""
    plan = Purchase(work=("care",), months=12, double_random=False)
    told = {
        document
        for document in LAW.purchasing
        for problem in refusals(plan, law=LAW, document=document, on=ON)
        if problem.key == "purchase_not_random"
    }

    assert told == {"leshan-2020"}


MARKS = st.lists(st.integers(0, SHARE_ONE), min_size=3, max_size=3)


@given(panel=st.lists(MARKS, min_size=1, max_size=7))
def test_a_panels_mark_lies_between_its_members_marks(panel: list[list[int]]) -> None:
    """A weighted mean of means is never outside what was given, rounding down included."""
    weights = {"results": 20_000, "satisfaction": 30_000, "social_effect": SHARE_ONE - 50_000}
    mark = panel_mark(panel, weights)
    given_marks = [one for member in panel for one in member]

    assert min(given_marks) - 1 <= mark <= max(given_marks)
    assert panel_mark([[SHARE_ONE] * 3] * len(panel), weights) == SHARE_ONE


def test_papers_in_order_hide_nothing_where_satisfaction_comes_first() -> None:
    """A provider that manages well and serves badly: Hainan's weights show more of it than Shizuishan's."""
    shown = {}
    for document in ("hainan", "shizuishan-2024"):
        weights = weights_of(*indicators_of(law=LAW, document=document, on=ON), number)
        seen = expected_marks(weights, managed=SHARE_ONE, delivered=0)
        shown[document] = panel_mark([seen], weights)

    assert shown["hainan"] < shown["shizuishan-2024"]


def test_every_indicator_and_role_has_words_and_a_weight() -> None:
    """A new indicator without them would break a report, or count for nothing."""
    assert all(number(f"evaluation.weight.{name}") > 0 for name in INDICATORS)
    assert {"purchaser", "third_party"} < set(ROLES)

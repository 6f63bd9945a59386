"""The shipped samples: each asks a question, says what is assumed, and shows its document at work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from html import unescape
from types import SimpleNamespace

import pandas as pd
import pytest

from simlib import words
from simlib.places.place import load_place
from simlib.results.facts import Cell, _cell_facts
from simlib.scenario import BY_LAW, NONE, Experiment, Policy, Run, load_experiment
from simlib.view import clauses
from simlib.years.records import Tables
from simlib.years.setting import Setting
from tests.small import ROOT, frame, opened, run, setting

SAMPLES = {
    "yunfu_money_2027": "guangdong-city-draft-2019",
    "leshan_contracts_2027": "leshan-2020",
    "hainan_training_2027": "hainan",
    "shizuishan_services_2027": "shizuishan-2024",
    "yunfu_futures_2027": "guangdong-city-draft-2019",
    "shizuishan_sensitivity_2027": "national-102-2020",
}
"""Experiments on what happens over the years, and the document whose purchases they show."""
DEFAULTS = {
    "leshan_2027": "leshan-2020",
    "yunfu_2027": "guangdong-city-draft-2019",
    "hainan_2027": "hainan",
    "shizuishan_2027": "national-102-2020",
}
"""The default experiments, and the document their posts are bought under: Shizuishan's pays no clerks."""
ALL = {**SAMPLES, **DEFAULTS}
FRONTIER = "shizuishan_frontier_2027"
"""The same money split between clerks and services: no purchase of a document is shown by it."""


def experiment(name: str) -> Experiment:
    """A shipped experiment."""
    return load_experiment(ROOT / "scenarios" / f"{name}.yaml")


@cache
def ready(name: str, cell: str) -> Setting:
    """A cell of a sample made ready on the small place, after a month of run-up."""
    case = experiment(name).cell(cell).scenario
    return setting(replace(case, run=Run(years=3, opening_months=1, replications=1)))


@cache
def tables(name: str, cell: str) -> Tables:
    """What becomes of it."""
    found = ready(name, cell)
    return run(found, opening=opened(found))


def contracts(name: str, cell: str) -> pd.DataFrame:
    """The contracts bought in a cell, in their order."""
    rows = frame(tables(name, cell), "contracts")
    return rows[rows["lot"] == "bought"].reset_index(drop=True)


def test_every_shipped_experiment_is_a_sample_or_a_default() -> None:
    """A file nobody listed would be one nobody runs."""
    files = {path.stem for path in (ROOT / "scenarios").glob("*.yaml")}

    assert files == {*ALL, FRONTIER, "yunfu_rollout_2027", "shizuishan_pilot_2024"}


def test_the_frontier_splits_the_same_money_and_crosses_the_cap_only_as_a_what_if() -> None:
    """What clerks lose services gain, to the yuan of a hundredth of the grant; one split is above 3 %."""
    policies = [cell.scenario.policy for cell in experiment(FRONTIER).cells if cell.view == "grid"]
    grant = int(load_place(ROOT / "scenarios" / "places" / "shizuishan").counties["grant_yuan"].sum())
    money = [(policy.cap_yuan or 0) + round(policy.services_share * grant) for policy in policies]

    assert max(money) - min(money) <= len(policies)
    assert [policy.services_share for policy in policies] == [0.0, 0.01, 0.02, 0.03, 0.04]
    assert {policy.formula for policy in policies} == {"leshan-2020"}


def test_the_frontier_shows_what_shares_meet_at_equal_clerks_too() -> None:
    """1, 2, 3 and 5 % beside the same money for clerks; what is above the document says so in its title."""
    cells = [cell for cell in experiment(FRONTIER).cells if cell.view == "equal_clerks"]
    policies = [cell.scenario.policy for cell in cells]

    assert [policy.services_share for policy in policies] == [0.01, 0.02, 0.03, 0.05, 0.05]
    assert [policy.service_workers for policy in policies] == [None, None, None, None, 132]
    assert {policy.cap_yuan for policy in policies} == {1_417_978}
    assert ["above the document" in str(cell.titles) for cell in cells] == [False, False, False, True, True]


@pytest.mark.parametrize("name", ALL)
def test_an_experiment_asks_a_question_and_says_what_is_borrowed_or_assumed(name: str) -> None:
    """In both languages, with a comment above for whoever opens the file."""
    found = experiment(name)
    text = (ROOT / "scenarios" / f"{name}.yaml").read_text("utf-8")

    assert (text.startswith("# ") and "replace scenarios/places/" in text) or "borrowed" in text
    assert all(found.question[lang].strip() for lang in ("zh", "en"))
    assert len(found.notes) >= 2
    assert any("假设" in note["zh"] for note in found.notes)
    assert any("assum" in note["en"] for note in found.notes)


@pytest.mark.parametrize("name", ALL)
def test_posts_are_bought_by_contract_under_the_document(name: str) -> None:
    """A planner expects real purchase times; whoever uses the library alone chooses them himself."""
    policies = [cell.scenario.policy for cell in experiment(name).cells]

    assert {policy.document for policy in policies} == {ALL[name]}
    assert {policy.purchase for policy in policies} == {BY_LAW}


@pytest.mark.parametrize("name", SAMPLES)
def test_options_are_told_apart_without_a_formula_axis(name: str) -> None:
    """Pages go by formula and money: two options under one name would be drawn as one."""
    cells = [cell for cell in experiment(name).cells if cell.view == "grid"]
    facts = [_cell_facts(cell, ready(name, cell.id)) for cell in cells]
    names = {(fact["formula"], fact["money"]) for fact in facts}
    titles = {(fact["formula_title"]["zh"], fact["money_title"]["zh"]) for fact in facts}

    assert len(names) == len(titles) == len(cells) > 1


def funded(name: str, cell: str) -> int:
    """Post-months funded in a cell."""
    return int(frame(tables(name, cell), "workforce")["funded"].sum())


def lines(name: str, cell: str) -> set[str]:
    """Lines of the money table of a cell that hold anything."""
    money = frame(tables(name, cell), "money")
    return set(money.loc[money["fen"] != 0, "line"])


@pytest.mark.slow
def test_three_percent_as_a_cap_a_target_and_no_rule_stand_side_by_side() -> None:
    """A cap buys no more than there is; a target is shown beside what is spent and cuts nothing."""
    name = "yunfu_money_2027"
    cap, target, free = "grid-cap", "grid-target", "grid-no_rule"

    assert funded(name, cap) <= funded(name, target) == funded(name, free) > 0
    assert "cap_posts" in lines(name, cap) and "target_posts" in lines(name, target)
    assert not {"cap_posts", "target_posts"} & lines(name, free)
    assert ready(name, cap).counties["640205"].money.grades[:3] == (5_000_000, 5_250_000, 5_512_500)


@pytest.mark.slow
def test_leshan_compares_contracts_of_one_and_of_three_years() -> None:
    """In three years a lot is bought again and again, or once."""
    one, three = (contracts("leshan_contracts_2027", f"grid-{x}-close") for x in ("one_year", "three_years"))
    agreed = [rows.iloc[0]["planned_end_on"] - rows.iloc[0]["begins_on"] for rows in (one, three)]

    assert [(days + timedelta(days=1)).days // 365 for days in agreed] == [1, 3]
    assert len(one) > len(three) >= 1


@pytest.mark.slow
def test_hainan_pays_less_where_the_price_weighs_more_and_trains_before_the_post() -> None:
    """The first award chooses among the same offers; who is in training is hired and not yet at work."""
    name = "hainan_training_2027"
    light, heavy = (contracts(name, f"grid-price_{x}-short").iloc[0] for x in ("light", "heavy"))
    short, long = (frame(tables(name, f"grid-price_light-{x}"), "workforce") for x in ("short", "long"))
    first = short["month"] <= light["begins_on"].month

    assert heavy["price_fen"] <= light["price_fen"]
    assert heavy["quality_parts"] <= light["quality_parts"]
    assert long[first]["effective_milli"].sum() < short[first]["effective_milli"].sum()


SIX_STEPS = ({"demand"}, {"issued", "award"}, {"signing"}, {"begins"}, {"mid_term", "final"}, {"acceptance"})


@pytest.mark.slow
def test_shizuishan_buys_by_six_steps_and_evaluates_twice() -> None:
    """Project, purchase, contract, service, evaluation, acceptance; who cheats is out for three years."""
    name = "shizuishan_services_2027"
    steps = frame(tables(name, "grid-checks-by_plan"), "contract_steps")
    bought = steps[steps["lot"] == "bought"].groupby(["replication", "county_code", "sequence"])
    whole = [rows for _, rows in bought if {"final", "acceptance"} <= set(rows["step"])]
    first = whole[0].set_index("step")["happens_on"]
    days = [first[list(names)].max() for names in SIX_STEPS]
    rules = ready(name, "grid-checks-by_plan").purchase

    assert days == sorted(days)
    assert rules is not None and (rules.exclusion.years, "cheating" in rules.exclusion.acts) == (3, True)
    assert "cap_services" in lines(name, "grid-checks-by_plan")
    services = frame(tables(name, "grid-checks-by_plan"), "service_evaluations")
    assert services["charged_fen"].equals(services["cost_fen"])
    assert services["cost_fen"].min() > 0


FUTURES: dict[str, Callable[[str], float]] = {
    "freeze": lambda cell: (
        -frame(tables("yunfu_futures_2027", cell), "money").query("line == 'frozen'")["fen"].sum()
    ),
    "late": lambda cell: pd.Timestamp(contracts("yunfu_futures_2027", cell)["begins_on"].iloc[0]).value,
    "quits": lambda cell: frame(tables("yunfu_futures_2027", cell), "workforce")["left_quit"].sum(),
}


@pytest.mark.slow
@pytest.mark.parametrize("future", FUTURES)
def test_a_future_does_what_its_name_says(future: str) -> None:
    """Alone and together with the others, against the plan as it is."""
    seen = FUTURES[future]

    assert seen(f"grid-{future}") > seen("grid-as_planned")
    assert seen("grid-together") > seen("grid-as_planned")


def test_the_library_buys_without_contracts_unless_told() -> None:
    """`purchase: none` stays the default of a scenario."""
    assert Policy().purchase == NONE


DOCUMENTS = {
    "leshan_contracts_2027": ["leshan-2020"],
    "hainan_training_2027": ["hainan"],
    "yunfu_money_2027": ["guangdong-city-draft-2019"],
    "shizuishan_services_2027": ["shizuishan-2024"],
    "shizuishan_2027": ["national-102-2020"],
    FRONTIER: ["shizuishan-2024"],
}


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_option_s_page_tells_its_document_clause_by_clause(name: str, lang: str) -> None:
    """Which clause is at work, and on which table it is seen; with the texts the document stands under."""
    cell = experiment(name).cells[-1]
    found = ready(name, cell.id)
    facts = Cell(**_cell_facts(cell, found))
    law = found.law.purchasing
    under = [law[document] for document in DOCUMENTS[name]]
    view = SimpleNamespace(cells=lambda: [facts])
    names = SimpleNamespace(lang=lang, say=lambda key, **told: words.say(key, lang, **told))
    tables = clauses.clause_tables(view, cell.id, names)  # type: ignore[arg-type]

    assert [entry["document"] for entry in facts.clauses] == [dict(document.title) for document in under]
    assert len(tables) == len(under)
    for table, document in zip(tables, under, strict=True):
        for clause in document.versions[-1].clauses:
            assert clause.says[lang] in unescape(table.html)
    assert "政府采购法" in tables[0].html or name == "yunfu_money_2027"

"""What an option is called: never by its id on a page that somebody else reads."""

from __future__ import annotations

from pathlib import Path

from simlib.results.facts import _cell_facts
from simlib.scenario import load_experiment
from simlib.years.setting import prepare
from tests.small import law, place, stored

SCENARIO = """\
kind: scenario
title: {zh: 集中招录, en: Campaign}
place: small
policy: {formula: guangdong-2019, price_yuan: 60000}
run: {years: 1, opening_months: 1}
"""


def test_a_scenario_of_its_own_is_called_by_its_title_and_its_money_in_words(tmp_path: Path) -> None:
    """A leader reads `campaign_2027` as a fault of the program."""
    stored(place(), tmp_path / "small")
    file = tmp_path / "campaign_2027.yaml"
    file.write_text(SCENARIO, "utf-8")
    cell = load_experiment(file).cells[0]
    facts = _cell_facts(cell, prepare(cell.scenario, law=law(), place=place()))

    assert facts["title"] == {"zh": "集中招录", "en": "Campaign"}
    assert facts["money_title"] == {"zh": "按缺口足额", "en": "in full for the gap"}
    assert "campaign_2027" not in str(facts["formula_title"])


def test_an_amount_is_no_source_of_money(tmp_path: Path) -> None:
    """An annex that names “567 for clerks, 0 % for services” as a source goes back to where it came from."""
    stored(place(), tmp_path / "small")
    file = tmp_path / "fixed_2027.yaml"
    policy = "{formula: guangdong-2019, price_yuan: 60000, money: fixed, cap_yuan: 5671912}"
    file.write_text(SCENARIO.replace("{formula: guangdong-2019, price_yuan: 60000}", policy), "utf-8")
    cell = load_experiment(file).cells[0]
    facts = _cell_facts(cell, prepare(cell.scenario, law=law(), place=place()))

    assert facts["source_title"] == {
        "zh": "每年567.2万元，来源待落实",
        "en": "567.2 × 10,000 yuan a year, source to be settled",
    }

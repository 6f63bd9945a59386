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

"""Levers of purchase in a scenario: what breaks a clause is refused at load; what passes moves the tables."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simlib import words
from simlib.errors import LawError, ScenarioError
from simlib.scenario import BY_LAW, Policy, load_scenario, parameter_names, retold, told
from simlib.years.contracts.contractlog import END_REASONS, METHODS, STEPS
from simlib.years.county import Batch
from simlib.years.people.lots import GAP_CAUSES, LOTS
from simlib.years.records import SCHEMAS, Tables, join
from simlib.years.replication import Snapshot, open_batch, simulate_batch
from tests.small import COUNTY, ENGINE, HOME, frame, opened, place, run, scenario, setting
from tests.years.contracts import ALL_CONDITIONS

OTHER = "640221"
SHIZUISHAN = {"document": "shizuishan-2024", "contract_work": "home_visits"}
BOUGHT = Policy(formula="guangdong-2019", price_yuan=60_000)
BY_CONTRACT = replace(BOUGHT, purchase=BY_LAW, document="guangdong-city-draft-2019")

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("four years", {"contract_years": 4, "contract_conditions": ALL_CONDITIONS}, "财政部令第102号 art. 24"),
    ("three years without the conditions", {"contract_years": 3}, "财政部令第102号 art. 24"),
    (
        "four years in Leshan",
        {"document": "leshan-2020", "contract_years": 4},
        "乐山市实施意见（2020） part 2 (4)",
    ),
    ("lowest price", {"document": "hainan", "award_price_weight": 1}, "part 2 (4)"),
    ("clerks in Shizuishan", {"document": "shizuishan-2024"}, "part 2 (4) 1"),
    ("panel of four", {**SHIZUISHAN, "panel_members": 4}, "annex 3 part 3 (1)"),
    ("panel of one", {**SHIZUISHAN, "panel_members": 1}, "annex 3 part 3 (1)"),
    ("no accountant", {**SHIZUISHAN, "panel_accountants": 0}, "annex 3 part 3 (1)"),
    ("no recipients", {**SHIZUISHAN, "panel_roles": ("assistance_staff", "finance")}, "annex 3 part 3 (1)"),
    ("no third party", {"document": "leshan-2020", "panel_roles": ("purchaser", "recipients")}, "part 4 (2)"),
    ("no mid-term evaluation", {**SHIZUISHAN, "evaluation_stages": ("final",)}, "annex 2 (5)"),
    ("no plan for a take-over", {"document": "hainan", "takeover": "none"}, "part 2 (7)"),
    ("checks not drawn", {"document": "leshan-2020", "supervision": "none"}, "part 4 (3)"),
]


@pytest.mark.parametrize(
    ("levers", "clause"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_a_contract_or_panel_that_breaks_a_rule_is_refused_with_its_clause(
    levers: dict[str, Any], clause: str
) -> None:
    """At load, not in year three; without the lever `purchase` the same levers mean nothing."""
    with pytest.raises(ScenarioError) as found:
        setting(scenario(replace(BOUGHT, purchase=BY_LAW, **levers)))

    assert any(clause in problem.line() for problem in found.value.problems)
    assert setting(scenario(replace(BOUGHT, **levers))).purchase is None


@pytest.mark.parametrize(
    "levers",
    [
        {},
        SHIZUISHAN,
        {"document": "hainan"},
        {"document": "leshan-2020"},
        {"document": "guangdong-city-draft-2019", "contract_years": 3, "contract_conditions": ALL_CONDITIONS},
        {"document": "leshan-2020", "contract_years": 3, "contract_conditions": ALL_CONDITIONS},
    ],
    ids=["nation", "Shizuishan", "Hainan", "Leshan", "Guangdong 3 years", "Leshan 3 years"],
)
def test_what_the_documents_allow_is_taken(levers: dict[str, Any]) -> None:
    """The default panel, stages, supervision and take-over satisfy every document."""
    assert setting(scenario(replace(BOUGHT, purchase=BY_LAW, **levers))).purchase is not None


def test_an_unknown_document_is_named() -> None:
    """With the nearest one there is."""
    with pytest.raises(LawError, match="shizuishan-2024"):
        setting(scenario(replace(BOUGHT, purchase=BY_LAW, document="shizuishan")))


GOOD = """\
kind: scenario
place: {place}
policy:
  purchase: by_law
  contract_conditions: [price_steady, budget_assured]
  panel_roles: [recipients, purchaser]
"""


def test_lists_of_words_are_read_checked_and_travel(tmp_path: Path) -> None:
    """In the order of the catalogue, whatever the file's; a word that is none is refused."""
    (tmp_path / "place").symlink_to(HOME)
    file = tmp_path / "good.yaml"
    file.write_text(GOOD.format(place="place"), "utf-8")
    found = load_scenario(file)

    assert found.policy.contract_conditions == ("budget_assured", "price_steady")
    assert found.policy.panel_roles == ("recipients", "purchaser")
    assert retold(found.id, told(found), found.place).policy == found.policy
    assert {"policy.purchase", "policy.award_price_weight", "policy.panel_roles"} <= set(parameter_names())
    file.write_text(GOOD.format(place="place").replace("price_steady", "cheap"), "utf-8")
    with pytest.raises(ScenarioError, match="cheap"):
        load_scenario(file)


def test_by_contract_posts_are_filled_only_once_one_is_signed_and_begun() -> None:
    """Nobody is hired on the day of the vote; the purchase comes first."""
    ready = setting(scenario(BY_CONTRACT, procurement__challenge_share=0))
    tables = run(ready, opening=opened(ready))
    contracts, workers = frame(tables, "contracts"), frame(tables, "workforce")
    bought = workers[workers["kind"] == "contract"].groupby("month")["filled"].sum()
    begins = contracts[contracts["lot"] == "bought"]["begins_on"].iloc[0]

    assert len(contracts[contracts["lot"] == "bought"]) == 1
    assert bought[bought.index < begins.month - 1].sum() == 0
    assert bought.iloc[-1] > 0
    assert begins > date(2027, 3, 1)


def test_a_contract_s_last_day_is_the_day_before_the_next_one_could_begin() -> None:
    """As a contract is written: a year from 10 June ends on 9 June, and days without one come after it."""
    ready = setting(scenario(replace(BY_CONTRACT, contract_years=1), years=4))
    found = frame(run(ready), "contracts").query("lot == 'bought' and sequence > 0").sort_values("sequence")
    begins, agreed, last = (pd.to_datetime(found[f"{name}_on"]) for name in ("begins", "planned_end", "ends"))
    free = (begins.shift(-1) - last).dt.days.dropna() - 1

    assert (agreed + pd.Timedelta(days=1) == begins + pd.DateOffset(years=1)).all()
    assert free.tolist() == found["gap_days"].iloc[1:].tolist() and len(free) >= 2


def test_what_the_tables_say_has_words() -> None:
    """A step, lot, method or reason without words would stand on a page as a code."""
    keys = [f"step_{name}" for name in STEPS] + [f"lot_{name}" for name in LOTS]
    keys += [f"method_{name}" for name in METHODS] + [f"contract_end_{name}" for name in END_REASONS]
    keys += [f"gap_{name}" for name in GAP_CAUSES]
    new = {item.name for item in fields(Policy)} & {
        *("purchase", "document", "supervision", "takeover", "purchase_method", "award_price_weight"),
        *("contract_work", "contract_years", "contract_conditions", "evaluation_stages"),
        *("panel_members", "panel_accountants", "panel_roles", "unmanned_pay"),
    }

    assert [key for key in keys if not words.has(key)] == []
    assert len(new) == 14
    assert [name for name in sorted(new) if not words.has(f"lever_{name}")] == []


def test_the_opening_is_the_same_with_and_without_contracts() -> None:
    """Every alternative of a replication opens alike, or their difference would be chance."""
    plain, bought = setting(scenario(BOUGHT)), setting(scenario(BY_CONTRACT))

    assert plain.opening_hash == bought.opening_hash
    assert plain.hash != bought.hash


def test_an_assumption_of_procurement_moves_the_hash_only_where_it_is_read() -> None:
    """A scenario without contracts does not depend on how providers behave."""
    moved: dict[str, Any] = {"procurement__keep_share": "low"}

    assert setting(scenario(BY_CONTRACT)).hash != setting(scenario(BY_CONTRACT, **moved)).hash
    assert "procurement.keep_share" not in setting(scenario(BOUGHT)).assumed.read


def test_contracts_of_counties_side_by_side_are_those_of_each_alone() -> None:
    """Purchases are addressed by county, so a batch gives the tables of its parts."""
    ready = setting(scenario(BY_CONTRACT), place((COUNTY, OTHER)))

    def tables(*codes: str) -> Tables:
        batch = Batch(range(1), codes)
        opening = open_batch(ready, batch, engine=ENGINE)
        return simulate_batch(ready, batch, Snapshot.of_arrays(opening.arrays()), engine=ENGINE)

    together, first, second = tables(OTHER, COUNTY), tables(OTHER), tables(COUNTY)

    assert all(together[name].equals(join(name, [first[name], second[name]])) for name in SCHEMAS)
    assert together["contracts"].num_rows and together["contract_steps"].num_rows


def test_stored_steps_carry_dates_and_an_empty_last_day_where_none_is_set() -> None:
    """A date no law sets is empty, not the year of the calendar's end."""
    tables = run(setting(scenario(BY_CONTRACT)))
    steps = frame(tables, "contract_steps")
    awards = steps[steps["step"] == "award"]

    assert len(awards)
    assert (awards["happens_on"] <= awards["latest_on"]).all()
    assert tables["contract_steps"]["latest_on"].null_count > 0
    assert (steps["earliest_on"] <= steps["happens_on"]).all()

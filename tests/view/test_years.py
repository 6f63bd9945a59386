"""Figures of a plan's years: what is shown adds up, and is what the stored tables hold."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simlib import words
from simlib.policy.statutes import load_law
from simlib.results.contracts import FACTS, contract_facts, gaps, outside_term
from simlib.results.money import LEDGER
from simlib.results.posts import LEVELS, LOSSES, REASONS, post_steps, staff_changes
from simlib.view import charts, moneytables, poststeps, timetable, yearcharts
from simlib.view.execution import closed_ledger
from simlib.view.forms import export_form, official_form
from simlib.view.names import Names, names_of
from simlib.view.poststeps import BETWEEN, WAY, way_of_posts
from simlib.view.purchasedates import in_force
from simlib.view.statusform import status
from simlib.years.money.accounts import USED
from tests.view.forms_read import csv_rows, excel_rows, html_rows, plain, word_rows
from tests.view.synthetic import FakeExperiment, fake_place

CELL = "leshan-2020+plain"
READERS = {"csv": csv_rows, "xlsx": excel_rows, "html": html_rows, "docx": word_rows}


@pytest.fixture(scope="module")
def few() -> FakeExperiment:
    """Two counties with three townships each; tables made once."""
    experiment = FakeExperiment(place=fake_place(counties=2, townships_each=3), replications=2)
    tables = experiment.frames(CELL)
    experiment.frames = lambda scenario: tables  # type: ignore[method-assign]
    return experiment


@pytest.fixture(scope="module", params=["zh", "en"])
def names(few: FakeExperiment, request: pytest.FixtureRequest) -> Names:
    return names_of(few, request.param)


def test_every_step_from_required_to_effective_adds_up_to_the_table(few: FakeExperiment) -> None:
    """Exact in every replication and year, and the ends are the stored columns: nothing is lost twice."""
    workforce = few.frames(CELL).workforce
    found = post_steps(workforce, few.existing())
    sums = workforce.groupby(["replication", "year"])[["required", "filled", "effective_milli"]].sum()

    for first, last, between in zip(LEVELS, LEVELS[1:], BETWEEN, strict=False):
        assert (found[first] + found[list(between)].sum(axis=1) == found[last]).all()
    assert (found["required"].to_numpy() == sums["required"].to_numpy() * 1000).all()
    assert (found["filled"].to_numpy() == sums["filled"].to_numpy() * 1000).all()
    assert (found["effective"].to_numpy() == sums["effective_milli"].to_numpy()).all()
    assert (found[list(LOSSES)] <= 0).all(axis=None) and (found[list(LOSSES)].sum() < 0).all()


def test_steps_add_up_as_they_are_shown(few: FakeExperiment) -> None:
    """A reader who adds the printed tenths gets the printed level, and none is a tenth off the mean."""
    steps = few.post_steps(CELL)
    for year, rows in way_of_posts(steps).groupby("year"):
        shown = rows.set_index("key")["tenths"]
        mine = steps if year == 0 else steps[steps["year"] == year]
        for first, last, between in zip(LEVELS, LEVELS[1:], BETWEEN, strict=False):
            assert shown[first] + shown[list(between)].sum() == shown[last]
        for key in WAY:
            mean = (
                mine.groupby("replication")[key].sum() / mine.groupby("replication")["months"].sum()
            ).mean()
            assert abs(shown[key] / 10 - mean / 1000) <= (0.051 if key in LEVELS else 0.4)


def test_who_was_there_came_and_left_are_who_is_there() -> None:
    """start + hired − left = end in every year and kind; the next year starts where this one ended."""
    rows = [
        (0, 2027 + m // 12, m, "contract", 10 + m, 3, 2 if m % 2 else 1, *(0 if m % 2 else 1, 0, 0, 0))
        for m in range(24)
    ]
    left = [f"left_{reason}" for reason in REASONS]
    keys = ["replication", "year", "month", "kind"]
    found = staff_changes(pd.DataFrame(rows, columns=[*keys, "filled", "hired", *left]))

    assert (found["start"] + found["hired"] - found[left].sum(axis=1) == found["end"]).all()
    assert found["start"].tolist() == [9, 21] and found["end"].tolist() == [21, 33]


def test_the_ledger_balances_as_it_is_shown(few: FakeExperiment) -> None:
    """In hundredths of ten thousand yuan too, year after year, and within a hundredth or two of the fen."""
    closed = closed_ledger(few.ledger_years(CELL))
    shown = moneytables.ledger_hundredths(closed)
    exact = closed.groupby(["source", "year"])[list(LEDGER)].sum() / moneytables.LEDGER_UNIT_FEN

    given, used = (shown[list(side)].sum(axis=1) for side in (moneytables.GIVEN, USED))
    assert (given == used).all() and len(shown) == len(exact) > 0
    for row in shown.to_dict("records"):
        assert all(abs(row[name] - exact.loc[(row["source"], row["year"]), name]) <= 2 for name in LEDGER)


@pytest.mark.parametrize("ending", READERS)
def test_the_ledger_of_the_form_is_the_stored_one_in_every_format(
    few: FakeExperiment, ending: str, tmp_path: Path
) -> None:
    """What an office opens, in whichever program, agrees to the fen with the mean of the stored years."""
    file = export_form(few, "budget-execution", tmp_path / f"form.{ending}", CELL, lang="zh")
    rows = READERS[ending](file)
    sums = closed_ledger(few.ledger_years(CELL)).groupby(["source", "year"])[list(LEDGER)].sum()

    year: Any
    for (_, year), fen in sums.iterrows():  # type: ignore[misc]
        wanted = [plain(f"{value / 100:.2f}") for value in fen]
        assert any(row[0] == str(year) and row[2 : 2 + len(wanted)] == wanted for row in rows), year


def test_money_is_shown_by_line_and_source_with_payroll_apart(few: FakeExperiment, names: Names) -> None:
    """Payroll stands last, below the rule, and says that its price is assumed."""
    cost = pd.DataFrame(
        [(2027, "wages_contract", "work_fund", 950_000.0), (2027, "wages_payroll", "payroll", 5_300_000.0)],
        columns=["year", "line", "source", "yuan"],
    )
    rule = pd.DataFrame(
        [(2027, "wages_contract", 950_000.0, float("nan"), 1_000_000.0)],
        columns=["year", "line", "yuan", "cap_yuan", "target_yuan"],
    )
    text = moneytables.by_source(cost, rule, names).text
    free = moneytables.by_source(cost, rule.assign(target_yuan=float("nan")), names).text

    unsettled = names.say("view.money.unsettled")  # no rule says where the money comes from
    assert unsettled in free and unsettled not in text
    order = [names.say(f"view.{key}") for key in ("money.target", "money.target_left", "money.payroll")]
    assert sorted(order, key=text.index) == order
    assert names.say("view.money.assumed") in text and names.say("view.money.cap") not in text
    assert re.search(r"95\n.*100\n.* 5\n.*530", re.sub(r" +", " ", text), re.DOTALL)


def test_services_stand_by_source_against_their_own_limit(names: Names) -> None:
    """Their cap is the grant's; money outside it is shown and not held against it, nor against posts."""
    lines = [("wages_contract", "work_fund", 95e4), ("services", "grant", 40e4), ("services", "lottery", 7e4)]
    lines.append(("evaluation_cost", "special", 2e4))
    columns = ["year", "line", "source", "yuan"]
    cost = pd.DataFrame([(2027, *line) for line in lines], columns=columns)
    nothing = float("nan")
    rule = pd.DataFrame(
        [(2027, "wages_contract", 95e4, 100e4, nothing), (2027, "services", 47e4, 44e4, nothing)],
        columns=["year", "line", "yuan", "cap_yuan", "target_yuan"],
    )
    text = re.sub(r" +", " ", moneytables.by_source(cost, rule, names).text)
    drawn = charts.cost_by_year(rule.assign(scenario=CELL), names).to_dict()
    told = [names.say(f"view.money.services_{row}") for row in ("cap", "left")]

    assert all(names.say(f"view.source.{fund}") in text for fund in ("grant", "lottery", "special"))
    assert re.search(re.escape(told[0]) + r".* 44\n ?" + re.escape(told[1]) + r".* 4\n?", text)
    assert names.say("view.line.services") not in str(drawn["datasets"])


def test_gaps_and_failures_are_told_and_terms_are_judged(few: FakeExperiment) -> None:
    """Forty days without a contract are a bar of forty days; a late signing would be counted."""
    contracts, steps = few.contracts(CELL), few.contract_steps(CELL)
    facts = contract_facts(contracts, steps, 2)
    found = gaps(contracts, last=date(2030, 1, 1))
    late = steps.assign(happens_on=steps["happens_on"].where(steps["step"] != "signing", date(2029, 1, 1)))

    assert facts["gap_days"].tolist() == [80.0, 80.0] and facts["failed_share"].tolist() == [0.5, 0.5]
    assert ((found["to_on"] - found["from_on"]).dt.days == 40).all() and len(found) == 4
    assert facts["take_overs"].tolist() == [4, 4] and facts["outside_term"].sum() == 0
    assert outside_term(late).sum() == 8 == (steps["step"] == "signing").sum()


def test_the_timetable_shows_each_step_beside_the_law(few: FakeExperiment, names: Names) -> None:
    """One replication; dates, the earliest and latest day, marks of what went wrong in the chart."""
    times = timetable.timetable(few, CELL)
    assert times is not None
    table, chart = timetable.step_tables(times, names), yearcharts.contracts(times, CELL, names).to_dict()

    assert table.html.count("<details") == 2
    assert "2027-06-10" in table.text and names.say("view.contracts.kept.yes") in table.text
    assert set(timetable.spans(times, names)["kind"]) == {"purchase", "contract", "gap"}
    assert names.say("step_take_over") in str(chart["datasets"]) and names.say("step_challenge") in str(chart)
    assert str(chart["title"]).endswith(("）", ")")) and chart["description"]


def test_without_contracts_one_line_says_so(few: FakeExperiment, names: Names) -> None:
    """A plan under purchase none has no timetable, and no empty chart."""
    bare = FakeExperiment(place=few.place)
    bare.contracts = bare.contract_steps = lambda scenario: pd.DataFrame()  # type: ignore[method-assign]

    assert timetable.timetable(bare, CELL) is None
    assert timetable.no_contracts(names).html.count("<p") == 1


def test_the_peak_of_the_advance_is_the_largest_mean(few: FakeExperiment, names: Names) -> None:
    """Replications advance one and three million in March: the peak is two, in words too."""
    chart = yearcharts.advances(few.advances(CELL), CELL, 2027, names).to_dict()

    assert "200" in chart["description"] and "2027-03" in chart["description"]


def test_terms_of_steps_are_in_words_with_their_article(few: FakeExperiment, names: Names) -> None:
    """The law's own description; a term the law here does not know keeps its key."""
    text = moneytables.step_terms(few.step_terms(CELL), names, load_law()).text

    assert "75.0%" in text and words.cited("art. 21", names.lang) in text and "own.term" in text
    assert "clocks.dibao" not in text


def test_the_status_form_shows_what_was_paid_who_moved_and_true_contract_dates(few: FakeExperiment) -> None:
    """Wages earned and wages paid differ in a year's first and last months."""
    tables = few.frames(CELL)
    paid = tables.money[tables.money["line"] == "paid"]
    found = status(few, CELL)
    county = found["county_code"].iloc[0]
    mine = paid[(paid["county_code"] == county) & (paid["month"] <= 5)]
    sheet = official_form(few, "staffing-status", CELL, lang="zh").sheets[1]

    row = found[(found["county_code"] == county) & (found["month"] == 5)].iloc[0]
    assert row["paid_fen"] == mine["fen"].sum() / 2
    desks = tables.workforce[tables.workforce["county_code"] == county]
    months = found[found["county_code"] == county]
    assert months["hired"].sum() == desks["hired"].sum() / 2 > 0
    terms = {str(line[-2]) for line in sheet.rows}
    assert "2027-07-01～2027-07-02起，至2028-04-30" in terms and "期末无合同" in terms
    assert in_force(few.contracts(CELL), county, end=date(2028, 6, 1)).empty


def test_the_status_form_counts_cash_and_not_what_was_earned(few: FakeExperiment) -> None:
    """Were earnings shown as paid, a form would claim money that goes out in January."""
    tables = few.frames(CELL)
    unpaid = tables.money[tables.money["line"] != "paid"]
    other = FakeExperiment(place=few.place, replications=2)
    bare = type(tables)(tables.workforce, unpaid, tables.contracts, tables.contract_steps)
    other.frames = lambda scenario: bare  # type: ignore[method-assign]

    assert status(other, CELL)["paid_fen"].sum() == 0


def test_the_purchase_budget_shows_method_and_dates_of_the_simulated_purchase(few: FakeExperiment) -> None:
    """They come from the stored contracts and steps; the first and last day over the replications."""
    sheet = official_form(few, "purchase-budget", CELL, lang="zh").sheets[0]
    row = [str(cell) for cell in sheet.rows[0]]

    assert "竞争性磋商" in row
    assert any("签约2027-06-10～2027-06-11" in cell and "至2028-04-30" in cell for cell in row)


def test_every_word_of_steps_reasons_and_facts_is_in_the_catalogue() -> None:
    """A code on a page is a word forgotten."""
    keys = [f"view.post.{key}" for key in WAY] + [f"view.left_{reason}" for reason in REASONS]
    keys += [f"step_{step}" for step in timetable.EVENTS] + [f"view.contracts.{fact}" for fact in FACTS]

    assert all(words.has(key) for key in keys)


def test_options_stand_side_by_side_in_one_table(few: FakeExperiment, names: Names) -> None:
    """A row an option, the same steps; cost of a decision with its interval."""
    cells = names.views["grid"][:2]
    block = poststeps.options_posts([(cell, few.post_steps(cell)) for cell in cells], names)
    cost = moneytables.decision_cost(few.summary(), names)

    assert all(names.say(f"view.post.{key}") in unescape(block.html) for key in WAY)
    assert all(names.cell_option(cell) in cost.text for cell in cells)
    assert re.search(r"\d+ \(\d+–[\d,]+\)", cost.text)

"""Budget execution: every figure recomputed from the stored table, and sums that agree to the fen."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest

from simlib.view.executionform import execution
from simlib.view.forms import official_form
from simlib.view.sheets import Cell, Figure, Sheet
from tests.view.synthetic import FakeExperiment, fake_place

CELL = "leshan-2020+plain"
MONTHS = range(36)
Key = tuple[int, str, str, str]


def small() -> FakeExperiment:
    """Three replications whose sums do not divide by three, and benefits beside what is bought."""
    experiment = FakeExperiment(place=fake_place(counties=2, townships_each=3))
    tables = experiment.frames(CELL)
    money = tables.money
    third = money[money["replication"] == 0].assign(replication=2)
    third["fen"] += (third["line"] == "wages_contract") * third["month"] * 7
    wages = money[money["line"] == "wages_contract"]
    benefits = wages.assign(line="benefits", source="dibao_rural", fen=wages["fen"] * 31)
    lapsed = wages[wages["month"] % 12 == 11].assign(line="lapsed", fen=5)
    kept = replace(tables, money=type(money)(_rows(money, third, benefits, lapsed)))
    experiment.frames = lambda scenario: kept  # type: ignore[method-assign]
    return experiment


def _rows(*frames) -> list[dict[str, object]]:
    return [row for frame in frames for row in frame.to_dict("records")]


def recomputed(experiment: FakeExperiment, lines: dict[str, str]) -> dict[Key, int]:
    """What stands since January under lines, by month, county, line and source: exact means, half up."""
    money = experiment.frames(CELL).money
    sums: dict[Key, int] = defaultdict(int)
    for row in money[money["line"].isin(lines)].to_dict("records"):
        for month in range(row["month"], 12 * (row["month"] // 12 + 1)):
            sums[month, row["county_code"], lines[row["line"]], row["source"]] += row["fen"]
    count = money["replication"].nunique()
    return {key: _half_up(Fraction(fen, count)) for key, fen in sums.items()}


def _half_up(exact: Fraction) -> int:
    whole = Decimal(exact.numerator) / Decimal(exact.denominator)
    return int(whole.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def test_every_figure_is_recomputed_from_the_table() -> None:
    """Limits, payments and what is left, month by month, by other means than the form's own."""
    experiment = small()
    paid = recomputed(experiment, {"wages_contract": "wages_contract", "benefits": "benefits"})
    limits = recomputed(experiment, {"cap_posts": "wages_contract"})

    found = execution(experiment, CELL)

    assert len(found) == 2 * 2 * len(MONTHS)
    for row in found.to_dict("records"):
        key = (row["month"], row["county_code"], row["line"], row["source"])
        before = paid.get((row["month"] - 1, *key[1:]), 0) if row["month"] % 12 else 0
        limit = limits.get(key, 0)
        assert (row["so_far"], row["paid"], row["limit"]) == (paid[key], paid[key] - before, limit)
        assert row["has_limit"] == (row["line"] == "wages_contract")
        assert row["left"] == (limit - paid[key] if row["has_limit"] else 0)


def cells(sheet: Sheet, at: int) -> list[Cell]:
    return [row[at] for row in sheet.rows]


def fen(cell: Cell) -> int:
    assert isinstance(cell, Figure)
    assert cell.amount * 100 == int(cell.amount * 100)
    return int(cell.amount * 100)


PERIOD, LINE, SOURCE, LIMIT, PAID, SO_FAR, SHARE, LEFT = range(8)


def test_months_quarters_counties_and_totals_agree_to_the_fen() -> None:
    """A finance bureau adds the columns up; one fen off and the form comes back."""
    quarter, month, county = official_form(small(), "budget-execution", CELL, lang="en").sheets
    in_quarter: dict[tuple[str, Cell, Cell], int] = defaultdict(int)
    for row in month.rows:
        year, number = str(row[PERIOD]).split("-")
        in_quarter[f"{year} Q{(int(number) + 2) // 3}", row[LINE], row[SOURCE]] += fen(row[PAID])

    assert in_quarter == {(r[PERIOD], r[LINE], r[SOURCE]): fen(r[PAID]) for r in quarter.rows}
    for sheet in (quarter, month):
        for at in sheet.totals:
            parts = [row for row in sheet.rows[:at] if row[PERIOD] == sheet.rows[at][PERIOD]]
            for column in (PAID, SO_FAR):
                assert fen(sheet.rows[at][column]) == sum(fen(row[column]) for row in parts)
    bought = [row for row in quarter.rows if row[LINE] == "bought posts"]
    sums = [row for at, row in enumerate(county.rows) if at in county.totals]
    assert [row[LIMIT:] for row in bought] == [row[LIMIT - 1 :] for row in sums]


def test_what_is_left_is_the_limit_less_what_was_paid_and_its_share_is_of_the_year() -> None:
    """The limit is trued up in July; share and rest follow the one in force."""
    rows = official_form(small(), "budget-execution", CELL, lang="en").sheets[1].rows
    bought = {row[PERIOD]: row for row in rows if row[LINE] == "bought posts"}

    assert fen(bought["2028-06"][LIMIT]) == 2 * 30_000_000
    assert fen(bought["2028-07"][LIMIT]) == 2 * 29_000_000
    for row in bought.values():
        assert fen(row[LEFT]) == fen(row[LIMIT]) - fen(row[SO_FAR])
        share = row[SHARE]
        assert isinstance(share, Figure)
        assert float(share.amount) == pytest.approx(fen(row[SO_FAR]) / fen(row[LIMIT]), abs=0.0005)
    assert {row[column] for row in rows if row[LINE] == "benefits" for column in (LIMIT, SHARE, LEFT)} == {
        None
    }


def test_without_a_limit_nothing_is_left_and_nothing_is_a_share() -> None:
    """An option paid in full has no budget to compare with; zeros would claim one."""
    experiment = small()
    tables = experiment.frames(CELL)
    free = replace(tables, money=tables.money[tables.money["line"] != "cap_posts"])
    experiment.frames = lambda scenario: free  # type: ignore[method-assign]

    for sheet in official_form(experiment, "budget-execution", CELL, lang="zh").sheets:
        assert sheet.rows
        shares = [row[-3] for row in sheet.rows]
        assert set(shares) == {None}
        assert all(fen(row[-4]) > 0 for row in sheet.rows)


def test_services_that_are_planned_and_not_simulated_are_told_apart() -> None:
    """A limit for services without any spending would read as money nobody used."""
    experiment = small()
    tables = experiment.frames(CELL)
    rows = _rows(tables.money)
    rows += [
        {**row, "line": "cap_services", "source": "assistance_fund"}
        for row in rows
        if row["line"] == "cap_posts"
    ]
    both = replace(tables, money=type(tables.money)(rows))
    experiment.frames = lambda scenario: both  # type: ignore[method-assign]
    quarter = official_form(experiment, "budget-execution", CELL, lang="zh").sheets[0]

    first = [row for row in quarter.rows if row[PERIOD] == quarter.rows[0][PERIOD]]
    assert [row[LINE] for row in first] == ["购买服务", "购买岗位费用", "救助金", "合计"]
    assert fen(first[0][LIMIT]) == 2 * 30_000_000
    assert first[0][PAID:-1] == (None,) * 4
    assert fen(first[3][PAID]) == fen(first[1][PAID]) + fen(first[2][PAID])
    assert "未模拟" in " ".join(quarter.notes)


def test_lines_with_a_limit_have_a_sum_of_their_own() -> None:
    """Benefits have no limit: a share of the whole would compare all that is paid with part of it."""
    experiment = small()
    tables = experiment.frames(CELL)
    rows = _rows(tables.money)
    lines = {"cap_posts": "cap_services", "wages_contract": "services"}
    rows += [{**row, "line": lines[row["line"]]} for row in rows if row["line"] in lines]
    both = replace(tables, money=type(tables.money)(rows))
    experiment.frames = lambda scenario: both  # type: ignore[method-assign]
    quarter = official_form(experiment, "budget-execution", CELL, lang="zh").sheets[0]

    first = [row for row in quarter.rows if row[PERIOD] == quarter.rows[0][PERIOD]]
    assert [row[LINE] for row in first][2:] == ["有预算上限的小计", "救助金", "合计"]
    assert fen(first[2][LIMIT]) == fen(first[0][LIMIT]) + fen(first[1][LIMIT])
    assert fen(first[2][PAID]) == fen(first[0][PAID]) + fen(first[1][PAID])
    assert first[4][LIMIT] is None

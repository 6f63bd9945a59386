"""Budget execution: every figure recomputed from the stored table, and sums that agree to the fen."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from simlib.results.money import LEDGER, ledger_years
from simlib.view.execution import execution, ledger
from simlib.view.forms import official_form
from simlib.view.sheetfiles import write_form
from simlib.view.sheets import Cell, Figure, Sheet
from tests.view.forms_read import csv_rows, excel_rows, html_rows, plain, word_rows
from tests.view.synthetic import FakeExperiment, fake_place

CELL = "leshan-2020+plain"
MONTHS = range(36)
Key = tuple[int, str, str, str]


def small() -> FakeExperiment:
    """Three replications whose sums do not divide by three; benefits of two tiers, one of them late."""
    experiment = FakeExperiment(place=fake_place(counties=2, townships_each=3))
    tables = experiment.frames(CELL)
    money = tables.money
    third = money[money["replication"] == 0].assign(replication=2)
    third["fen"] += (third["line"] == "paid") * third["month"] * 7
    both = type(money)(_rows(money, third))
    parts = [both, *(of_a_tier(both, tier) for tier in ("central", "county"))]
    closed = [at_year_end(part) for part in parts]
    kept = replace(tables, money=type(money)(_rows(*parts, *closed)))
    experiment.frames = lambda scenario: kept  # type: ignore[method-assign]
    return experiment


def of_a_tier(money, tier: str):
    """A tier that pays 31 times the wages and, the central one, owes the county something since March."""
    part = money[money["line"].isin(("voted", "paid"))].assign(source=tier)
    part["fen"] *= 31
    if tier == "county":
        return part
    late = part[part["line"] == "paid"].assign(line="advance")
    late["fen"] = (late["fen"] // 3).where(late["month"] % 12 >= 2, 0)
    received = part[part["line"] == "voted"].assign(line="received")
    return type(money)(_rows(part, late, received))


def at_year_end(money):
    """What a fund does not pay is partly held back for January; the centre keeps the rest, others lose it."""
    year = money["month"] // 12
    given = (
        money[money["line"].isin(("voted", "true_up"))]
        .groupby(["replication", "county_code", "source", year])["fen"]
        .sum()
    )
    paid = money[money["line"] == "paid"].groupby(["replication", "county_code", "source", year])["fen"].sum()
    rows = []
    held = 0
    for (replication, county, source, at), fen in given.items():
        held = held if at else 0
        rest = held + fen - paid[replication, county, source, at]
        key = {"replication": replication, "county_code": county, "source": source}
        if at:
            rows.append({**key, "month": 12 * at, "line": "carried_in", "fen": held})
        end = {"committed": rest // 7, ("carried_out" if source == "central" else "lapsed"): rest - rest // 7}
        rows += [{**key, "month": 12 * at + 11, "line": line, "fen": part} for line, part in end.items()]
        held = rest if source == "central" else rest // 7
    return type(money)(rows)


def _rows(*frames) -> list[dict[str, object]]:
    return [row for frame in frames for row in frame.to_dict("records")]


ITEM = {"work_fund": "wages_contract", "central": "benefits", "county": "benefits"}


def recomputed(experiment: FakeExperiment, lines: tuple[str, ...]) -> dict[Key, int]:
    """What stands since January under lines, by month, county, item and source: exact means, half up."""
    money = experiment.frames(CELL).money
    sums: dict[Key, int] = defaultdict(int)
    for row in money[money["line"].isin(lines)].to_dict("records"):
        for month in range(row["month"], 12 * (row["month"] // 12 + 1)):
            sums[month, row["county_code"], ITEM[row["source"]], row["source"]] += row["fen"]
    count = money["replication"].nunique()
    return {key: _half_up(Fraction(fen, count)) for key, fen in sums.items()}


def _half_up(exact: Fraction) -> int:
    whole = Decimal(exact.numerator) / Decimal(exact.denominator)
    return int(whole.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def test_every_figure_is_recomputed_from_the_table() -> None:
    """Budgets, payments and what is left, month by month, by other means than the form's own."""
    experiment = small()
    paid = recomputed(experiment, ("paid",))
    limits = recomputed(experiment, ("carried_in", "voted", "true_up"))

    found = execution(experiment, CELL)
    funds = found[found["source"] != "advance"]

    assert len(found) == 2 * 4 * len(MONTHS)
    assert funds["has_limit"].all()
    assert not found[found["source"] == "advance"]["has_limit"].any()
    for row in funds.to_dict("records"):
        key = (row["month"], row["county_code"], row["line"], row["source"])
        before = paid.get((row["month"] - 1, *key[1:]), 0) if row["month"] % 12 else 0
        assert (row["so_far"], row["paid"], row["limit"]) == (paid[key], paid[key] - before, limits[key])
        assert row["left"] == limits[key] - paid[key]


def test_what_the_county_advances_is_the_change_of_what_it_is_owed() -> None:
    """The net advance of the months since January is the balance now less that of last December."""
    experiment = small()
    money = experiment.frames(CELL).money
    owed = money[money["line"] == "advance"].groupby(["county_code", "month"])["fen"].sum()
    found = execution(experiment, CELL)

    for row in found[found["source"] == "advance"].to_dict("records"):
        december = row["month"] // 12 * 12 - 1
        change = owed[row["county_code"], row["month"]] - owed.get((row["county_code"], december), 0)
        assert row["so_far"] == _half_up(Fraction(int(change), 3))


def test_every_fund_balances_in_every_year_of_the_form() -> None:
    """Means are rounded, yet a ledger that is out by a fen comes back from the finance bureau."""
    experiment = small()
    found = ledger(experiment, CELL)
    exact = ledger_years(experiment.frames(CELL).money.assign(year=lambda money: 2027 + money["month"] // 12))
    means = exact.groupby(["county_code", "source", "year"])[list(LEDGER)].sum() / 3

    assert len(found) == 2 * 3 * 3
    given = found["carried_in"] + found["voted"] + found["adjusted"]
    assert (given == found[["paid", "committed", "lapsed", "carried_out"]].sum(axis=1)).all()
    for _, fund in found.groupby(["county_code", "source"]):
        brought = (fund["committed"] + fund["carried_out"]).tolist()
        assert fund["carried_in"].tolist() == [0, *brought[:-1]]
    assert abs(found[list(LEDGER)].to_numpy() - means.to_numpy()).max() < 3


def cells(sheet: Sheet, at: int) -> list[Cell]:
    return [row[at] for row in sheet.rows]


def fen(cell: Cell) -> int:
    assert isinstance(cell, Figure)
    assert cell.amount * 100 == int(cell.amount * 100)
    return int(cell.amount * 100)


PERIOD, LINE, SOURCE, LIMIT, PAID, SO_FAR, SHARE, LEFT = range(8)


def test_months_quarters_counties_and_totals_agree_to_the_fen() -> None:
    """A finance bureau adds the columns up; one fen off and the form comes back."""
    quarter, month, county = official_form(small(), "budget-execution", CELL, lang="en").sheets[:3]
    in_quarter: dict[tuple[str, Cell, Cell], int] = defaultdict(int)
    for row in month.rows:
        year, number = str(row[PERIOD]).split("-")
        in_quarter[f"{year} Q{(int(number) + 2) // 3}", row[LINE], row[SOURCE]] += fen(row[PAID])

    assert in_quarter == {(r[PERIOD], r[LINE], r[SOURCE]): fen(r[PAID]) for r in quarter.rows}
    for sheet in (quarter, month):
        for at in sheet.totals:
            parts = [
                row
                for n, row in enumerate(sheet.rows[:at])
                if row[PERIOD] == sheet.rows[at][PERIOD] and n not in sheet.totals
            ]
            parts = [row for row in parts if row[LIMIT] is not None or "Total" in sheet.rows[at]]
            for column in (PAID, SO_FAR):
                assert fen(sheet.rows[at][column]) == sum(fen(row[column]) for row in parts)
    bought = [row for row in quarter.rows if row[LINE] == "bought posts"]
    sums = [row for at, row in enumerate(county.rows) if at in county.totals]
    assert [row[LIMIT:] for row in bought] == [row[LIMIT - 1 :] for row in sums]


def test_what_is_left_is_the_limit_less_what_was_paid_and_its_share_is_of_the_year() -> None:
    """The limit is trued up in July; share and rest follow the one in force."""
    rows = official_form(small(), "budget-execution", CELL, lang="en").sheets[1].rows
    bought = {row[PERIOD]: row for row in rows if row[LINE] == "bought posts"}

    assert fen(bought["2027-12"][LIMIT]) == 2 * 30_000_000
    assert fen(bought["2028-07"][LIMIT]) - fen(bought["2028-06"][LIMIT]) == 2 * -1_000_000
    for row in bought.values():
        assert fen(row[LEFT]) == fen(row[LIMIT]) - fen(row[SO_FAR])
        share = row[SHARE]
        assert isinstance(share, Figure)
        assert float(share.amount) == pytest.approx(fen(row[SO_FAR]) / fen(row[LIMIT]), abs=0.0005)
    advanced = [row for row in rows if row[SOURCE] == "county's advance, net"]
    assert {row[column] for row in advanced for column in (LIMIT, SHARE, LEFT)} == {None}


def test_without_a_limit_nothing_is_left_and_nothing_is_a_share() -> None:
    """An option paid in full has no budget to compare with; zeros would claim one."""
    experiment = small()
    tables = experiment.frames(CELL)
    free = replace(tables, money=tables.money[tables.money["line"] == "paid"])
    experiment.frames = lambda scenario: free  # type: ignore[method-assign]

    for sheet in official_form(experiment, "budget-execution", CELL, lang="zh").sheets[:3]:
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
    planned = next(row for row in first if row[LINE] == "购买服务")
    assert fen(planned[LIMIT]) == 2 * 30_000_000
    assert planned[PAID:-1] == (None,) * 4
    parts = [row for row in first if row[SOURCE] and row is not planned]
    assert fen(first[-1][PAID]) == sum(fen(row[PAID]) for row in parts)
    assert "只列上限" in " ".join(quarter.notes)


def test_lines_with_a_budget_have_a_sum_of_their_own() -> None:
    """An advance has no budget: a share of the whole would compare all that is paid with part of it."""
    quarter = official_form(small(), "budget-execution", CELL, lang="zh").sheets[0]

    first = [row for row in quarter.rows if row[PERIOD] == quarter.rows[0][PERIOD]]
    funds = first[:3]
    assert [row[SOURCE] for row in first] == [
        *("中央资金", "县级资金", "工作经费", ""),
        *("县级垫付（净额）", ""),
    ]
    assert [first[3][LINE], first[5][LINE]] == ["有预算的小计", "合计"]
    assert fen(first[3][LIMIT]) == sum(fen(row[LIMIT]) for row in funds)
    assert fen(first[3][PAID]) == sum(fen(row[PAID]) for row in funds)
    assert fen(first[5][PAID]) == fen(first[3][PAID]) + fen(first[4][PAID])
    assert first[5][LIMIT] is None


def test_the_ledger_and_the_cash_can_be_read_off_the_form() -> None:
    """Year by year and fund by fund the left side is the right side; cash and advance month by month."""
    funds, cash = official_form(small(), "budget-execution", CELL, lang="en").sheets[3:]

    assert [column.title for column in funds.columns[2:]] == [
        *("Carried in", "Voted", "Adjusted", "Paid", "Committed", "Lapsed", "Carried out")
    ]
    for row in funds.rows:
        amounts = [fen(cell) for cell in row[2:]]
        assert sum(amounts[:3]) == sum(amounts[3:])
    assert len(cash.rows) == len(MONTHS)
    assert [fen(row[4]) > 0 for row in cash.rows[:4]] == [False, False, True, True]


def with_costs() -> FakeExperiment:
    """The same with a purchase in May, an evaluation in November, and one that the fund could not bear."""
    experiment = small()
    tables = experiment.frames(CELL)
    money = tables.money
    own = money[(money["line"] == "paid") & (money["source"] == "work_fund")]
    bought = own[own["month"] % 12 == 4].assign(line="purchase_cost", fen=100_001)
    judged = own[own["month"] % 12 == 10].assign(line="evaluation_cost", fen=30_000)
    empty = own[own["month"] == 8].assign(line="purchase_cost", fen=10**15)
    before = judged.assign(source="existing_posts", fen=700)
    kept = replace(tables, money=type(money)(_rows(money, bought, judged, empty, before)))
    experiment.frames = lambda scenario: kept  # type: ignore[method-assign]
    return experiment


def test_buying_and_evaluating_have_lines_of_their_own() -> None:
    """What the fund paid for agents and panels is not told as posts; nothing is added and nothing lost."""
    plain, apart = (execution(experiment, CELL) for experiment in (small(), with_costs()))
    fund = plain[plain["source"] == "work_fund"].set_index(["month", "county_code"])
    lines = apart[apart["source"] == "work_fund"]
    amounts = ["limit", "paid", "so_far", "left"]
    sums = lines.groupby(["month", "county_code"])[amounts].sum().reindex(fund.index)
    costs = lines[lines["line"] == "evaluation_cost"].set_index(["month", "county_code"])

    assert set(lines["line"]) == {"wages_contract", "purchase_cost", "evaluation_cost"}
    assert (sums == fund[amounts]).all(axis=None)
    assert (lines["left"] >= 0).all()
    assert "existing_posts" not in set(apart["source"])
    assert costs.loc[(10, fund.index[0][1]), "paid"] == 30_000
    assert costs.loc[(0, fund.index[0][1]), "limit"] == 30_000
    assert costs.loc[(11, fund.index[0][1]), "left"] == 0


def test_the_form_tells_what_posts_of_before_the_plan_cost() -> None:
    """Outside every fund of the form, so a note says so and how much it is."""
    told = " ".join(official_form(with_costs(), "budget-execution", CELL, lang="zh").sheets[0].notes)

    assert "已另行列支" in told


FUNDS = {"donations": 0, "lottery": 900_001, "special": 0, "grant": 12_345_678}


def with_services() -> FakeExperiment:
    """The same with services in both counties: three replications whose sums do not divide by three."""
    experiment = small()
    rows = []
    for replication in range(3):
        for county in experiment.place.counties["county_code"]:
            for fund, voted in FUNDS.items():
                rows += fund_months(replication, str(county), fund, voted + replication * (voted > 0))
    money = pd.DataFrame(rows)
    experiment.service_money = lambda scenario: money  # type: ignore[method-assign]
    return experiment


def fund_months(replication: int, county: str, fund: str, voted: int) -> list[dict[str, object]]:
    """Three years of a fund that pays a seventeenth a month and holds a ninth for orders at each end."""
    rows: list[dict[str, object]] = []
    carried = 0
    for month in range(36):
        is_first, is_last = month % 12 == 0, month % 12 == 11
        carried = carried if not is_first or not rows else int(str(rows[-1]["committed_fen"]))
        paid, held = voted // 17 + replication * (voted > 0), voted // 9
        lapsed = carried + voted - 12 * paid - held
        amounts = (carried * is_first, voted * is_first, paid, held * is_last, lapsed * is_last, held)
        names = ("carried_in", "voted", "paid", "committed", "lapsed", "held")
        rows.append(
            {
                "replication": replication,
                "month": month,
                "county_code": county,
                "fund": fund,
                "evaluation_fen": 0,
            }
            | {f"{name}_fen": amount for name, amount in zip(names, amounts, strict=True)}
        )
    return rows


def test_services_stand_by_source_as_planned_paid_and_held_to_the_fen() -> None:
    """A limit alone says nothing of what was done with it; each source answers for its own money."""
    money = with_services().service_money(CELL)
    quarter, month = official_form(with_services(), "budget-execution", CELL, lang="en").sheets[:2]
    held = next(at for at, column in enumerate(quarter.columns) if "held" in column.title)
    rows = {(row[PERIOD], row[SOURCE]): row for row in month.rows if row[LINE] == "services"}
    lottery = money[money["fund"] == "lottery"]

    def mean(column: str, month: int) -> int:
        counties = lottery[lottery["month"] == month].groupby("county_code")[column].sum()
        return sum(
            int((Decimal(int(total)) / 3).quantize(Decimal(1), rounding=ROUND_HALF_UP)) for total in counties
        )

    assert {source for _, source in rows} == {"lottery funds", "the grant within its cap"}
    assert fen(rows["2027-01", "lottery funds"][LIMIT]) == mean("voted_fen", 0)
    assert fen(rows["2027-01", "lottery funds"][PAID]) == mean("paid_fen", 0)
    assert abs(fen(rows["2027-01", "lottery funds"][held]) - mean("held_fen", 0)) <= 2
    for row in rows.values():
        assert fen(row[LEFT]) == fen(row[LIMIT]) - fen(row[SO_FAR]) >= fen(row[held]) > 0
    for row in (row for row in quarter.rows if row[LINE] == "services"):
        months = [
            rows[f"{str(row[PERIOD])[:4]}-{3 * int(str(row[PERIOD])[-1]) - back:02d}", row[SOURCE]]
            for back in (2, 1, 0)
        ]
        assert fen(row[PAID]) == sum(fen(one[PAID]) for one in months)
        assert row[SO_FAR:] == months[-1][SO_FAR:]


def test_what_orders_hold_in_december_is_committed_in_the_ledger() -> None:
    """Month and year are one account: what is held pays last year's orders in January and nothing else."""
    sheets = official_form(with_services(), "budget-execution", CELL, lang="zh").sheets
    held = next(at for at, column in enumerate(sheets[1].columns) if "占用" in column.title)
    december = {
        (str(row[PERIOD])[:4], row[SOURCE]): fen(row[held])
        for row in sheets[1].rows
        if row[LINE] == "购买服务" and str(row[PERIOD]).endswith("年12月")
    }
    committed = {(row[0], row[1]): fen(row[6]) for row in sheets[3].rows if (row[0], row[1]) in december}

    assert committed == december
    assert len(december) == 2 * 3


def test_counties_tell_services_apart_from_posts() -> None:
    """Two kinds of money: the grant never pays a clerk, so one sum a county would hide which was used."""
    quarter, _, county = official_form(with_services(), "budget-execution", CELL, lang="en").sheets[:3]
    first = [row for row in county.rows if row[PERIOD] == "2027 Q1"]
    served = sum(fen(row[LIMIT]) for row in first if row[LINE + 1] == "services")
    rows = [row for row in quarter.rows if row[PERIOD] == "2027 Q1" and row[LINE] == "services"]

    assert [row[LINE + 1] for row in first] == ["bought posts", "services"] * 2 + [""]
    assert served == sum(fen(row[LIMIT]) for row in rows)


def test_what_evaluating_services_costs_has_a_line_of_its_own() -> None:
    """It is no service for a family; taken out of the line, nothing is added and nothing lost."""
    experiment = with_services()
    money = experiment.service_money(CELL)
    judged = money.assign(
        evaluation_fen=((money["fund"] == "lottery") & (money["month"] % 12 == 5)).astype(int) * 30_001
    )
    experiment.service_money = lambda scenario: judged  # type: ignore[method-assign]
    amounts = ["limit", "paid", "so_far", "left", "held"]
    keys = ["month", "county_code", "source"]
    plain, apart = (execution(one, CELL) for one in (with_services(), experiment))
    plain, apart = (rows[rows["source"].isin(FUNDS)] for rows in (plain, apart))
    lines = apart[apart["line"] == "evaluation_cost"].set_index(keys)

    assert apart.groupby(keys)[amounts].sum().equals(plain.groupby(keys)[amounts].sum())
    assert set(lines.index.get_level_values("source")) == {"lottery"}
    assert lines["paid"].max() == 30_001
    assert (lines["left"] >= 0).all()
    county = official_form(experiment, "budget-execution", CELL, lang="en").sheets[2]
    first = [row for row in county.rows if row[PERIOD] == "2027 Q1" and row[LINE + 1] == "services"]
    assert sum(fen(row[LIMIT]) for row in first) == plain[plain["month"] == 2]["limit"].sum()


READERS = {"xlsx": excel_rows, "csv": csv_rows, "docx": word_rows, "html": html_rows}


@pytest.mark.parametrize("ending", READERS)
def test_services_stand_in_every_file_format(ending: str, tmp_path: Path) -> None:
    """One grid, four ways."""
    form = official_form(with_services(), "budget-execution", CELL, lang="zh")
    write_form(form, tmp_path / f"form.{ending}")
    rows = [row for path in sorted(tmp_path.iterdir()) for row in READERS[ending](path)]
    services = [row for row in rows if "购买服务" in row and "福彩公益金" in row]
    told = [row for row in form.sheets[0].rows if row[LINE] == "购买服务" and row[SOURCE] == "福彩公益金"]

    assert any("服务单占用" in cell for row in rows for cell in row)
    assert len(services) == 12 + 36
    assert [plain(cell.shown()) for cell in told[0][LIMIT:-1] if isinstance(cell, Figure)] == services[0][
        LIMIT:-1
    ]

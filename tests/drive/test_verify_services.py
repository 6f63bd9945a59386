"""A report with services for families verifies; a digit or a cell of its services page changed is found."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
import pytest

from simlib.drive import verifycommand
from simlib.drive.cli import main
from simlib.drive.verification import Truth, check, truth_of
from simlib.results.experiment import open_experiment
from simlib.view.execution import execution
from simlib.view.forms import official_form
from tests.drive.smallreport import another, changed, small_report

pytestmark = pytest.mark.slow

EXPERIMENT = """\
kind: experiment
title: {zh: 服务, en: Services}
question: {zh: 够不够, en: Is it enough}
base:
  place: places/small
  policy: {services: shizuishan-3pct-cap, lottery_yuan: 40000, mutual_help: both}
  run: {years: 1, opening_months: 1, replications: 2}
axes:
  - id: share
    title: {zh: 比例, en: Share}
    values:
      - {id: three, title: {zh: 服务3%, en: 3 % for services}, set: {policy.services_share: 0.03}}
views:
  - {id: grid, title: {zh: 比较, en: Compared}, axes: [share]}
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of one option that buys services, of its services page alone; a small place, twice."""
    with small_report(tmp_path_factory.mktemp("served"), EXPERIMENT, only="services") as made:
        return made.folder


@pytest.fixture(scope="module")
def truth(report: Path) -> Truth:
    """The report made again, once."""
    return truth_of(report)


def test_a_report_with_services_agrees_in_every_number(
    report: Path, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The services page is made of the store alone, so it is made again to the byte."""
    monkeypatch.setattr(verifycommand, "truth_of", lambda *_, **__: truth)

    assert {"services.html", "tables/services.csv", "tables/services.xlsx"} <= set(truth.files)
    assert check(report, truth).differences == ()
    assert main(["verify", str(report)]) == 0


@pytest.mark.parametrize("name", ["services-coverage", "services-items", "services-left_grade"])
def test_a_changed_digit_of_the_services_page_is_found_and_named(
    name: str, report: Path, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Need met and families left out are what a planner defends."""
    monkeypatch.setattr(verifycommand, "truth_of", lambda *_, **__: truth)
    page = report / "services.html"
    content = page.read_bytes()
    body = content.index(b"<tbody", content.index(f'data-claim="{name}"'.encode()))
    at = next(
        at for at in range(body, len(content)) if content[at : at + 1].isdigit() and content[at - 1] == 62
    )
    with changed(page, another(content, at)):
        found = check(report, truth).differences
        code = main(["verify", str(report)])

    assert code == 1
    assert [(item.file, item.check, item.table) for item in found] == [("services.html", "page", name)]


def test_a_changed_cell_of_the_services_table_is_found(report: Path, truth: Truth) -> None:
    """The table beside the page is what a finance office copies from."""
    table = report / "tables" / "services.csv"
    content = table.read_bytes()
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig"))))
    row = next(row for row in rows if any(cell.replace(",", "").isdigit() for cell in row))
    at = next(at for at, cell in enumerate(row) if cell.replace(",", "").isdigit())
    row[at] = str(int(row[at].replace(",", "")) + 1)
    text = StringIO()
    csv.writer(text).writerows(rows)
    with changed(table, text.getvalue().encode("utf-8-sig")):
        found = check(report, truth).differences

    assert "tables/services.csv" in {difference.file for difference in found}


def test_a_changed_cell_of_the_services_workbook_is_found(report: Path, truth: Truth) -> None:
    """Saved again by a spreadsheet with one number raised, it no longer says what was simulated."""
    table = report / "tables" / "services.xlsx"
    book = openpyxl.load_workbook(table)
    cell = next(
        cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, int | float)
    )
    cell.value += 1
    sink = BytesIO()
    book.save(sink)
    with changed(table, sink.getvalue()):
        found = check(report, truth).differences

    assert "tables/services.xlsx" in {difference.file for difference in found}


def test_a_changed_cell_of_a_stored_services_table_is_found(report: Path, truth: Truth) -> None:
    """Orders stand in the store: a byte of them changed is damage, whatever the page says."""
    table = next((report / "data").glob("*/r*-*/service_orders.parquet"))
    content = table.read_bytes()
    with changed(table, another(content, len(content) // 2)):
        found = check(report, truth).differences

    assert any("service_orders.parquet" in difference.file for difference in found)


def test_the_execution_form_of_a_real_run_adds_up_to_what_services_paid(report: Path) -> None:
    """Source by source and month by month, to the fen that the mean of two replications leaves."""
    experiment = open_experiment(report)
    cell = experiment.cells()[0].id
    months = execution(experiment, cell)
    rows = months[months["line"] == "services"]
    money = experiment.service_money(cell)
    exact = money.groupby("fund")["paid_fen"].sum() / money["replication"].nunique()
    paid = rows.groupby("source")["paid"].sum()

    assert set(paid.index) == {"grant", "lottery"}
    assert (paid - exact.reindex(paid.index)).abs().max() <= 1
    assert (rows["left"] >= rows["held"]).all()
    assert rows["held"].max() > 0
    assert official_form(experiment, "budget-execution", cell, lang="zh").sheets[0].rows

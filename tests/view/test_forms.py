"""The official forms: the experiment's figures, the same in every format, nothing invented, nothing run."""

from __future__ import annotations

import csv
import itertools
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from simlib.errors import InputError
from simlib.policy.purchasing import Thresholds
from simlib.view.annex import filed
from simlib.view.forms import FORMS, export_form, official_form, write_annexes
from simlib.view.names import names_of
from simlib.view.sheetfiles import FORMATS
from simlib.view.sheetpage import is_risky
from simlib.view.sheets import Cell, Figure, Form, Sheet, layout, shown, total
from simlib.view.statusform import status
from tests.view.forms_read import csv_rows, excel_rows, html_rows, plain, word_rows
from tests.view.synthetic import FakeExperiment, fake_place

CELL = "leshan-2020+plain"
CODES = ("功能分类科目编码", "功能分类科目名称", "部门预算经济分类科目", "政府预算经济分类科目")


def small() -> FakeExperiment:
    return FakeExperiment(place=fake_place(counties=2, townships_each=3))


NAMES = ("=1+1", "+A", "@x", "-2", 'A,"B"', "two\nlines", "<b>bold</b>")


def hostile() -> FakeExperiment:
    """A place whose names, and whose counties' names, are what spreadsheets and browsers trip over."""
    place = fake_place(counties=2, townships_each=3)
    place.townships["area"] = [NAMES[at % len(NAMES)] for at in range(len(place.townships))]
    place.counties["county"] = ["=2+2", '-3,"<i>x</i>"']
    return FakeExperiment(place=replace(place, title={"zh": "=3+3", "en": "@place"}))


@dataclass(frozen=True)
class Written:
    """Every form of an experiment in every format."""

    folder: Path
    lang: str
    experiment: FakeExperiment


PROVED = pytest.mark.prove
"""Each language and each place once in every run; the other two pairs, in which office programs take most of
the time, are proved."""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("zh", small), marks=PROVED),
        ("en", small),
        ("zh", hostile),
        pytest.param(("en", hostile), marks=PROVED),
    ],
)
def files(request, tmp_path_factory) -> Written:
    lang, make = request.param
    written = Written(tmp_path_factory.mktemp(f"forms-{lang}"), lang, make())
    for name in FORMS:
        for ending in FORMATS:
            export_form(written.experiment, name, written.folder / f"{name}{ending}", CELL, lang=lang)
    return written


NEGATIVE = re.compile(r"-[0-9,]+\.[0-9]{2}")
"""An amount below zero, which a form may hold (money taken back)."""


def guarded(rows: list[list[str]]) -> list[list[str]]:
    """Cells as CSV and HTML hold them: what looks like a formula, and is no number, stands behind a mark."""
    return [
        [f"'{cell}" if is_risky(cell) and not NEGATIVE.fullmatch(cell) else cell for cell in row]
        for row in rows
    ]


def column(sheet: Sheet, title: str) -> list[Cell]:
    at = next(n for n, c in enumerate(sheet.columns) if c.title == title)
    return [row[at] for row in sheet.rows]


def amounts(cells: list[Cell]) -> list[Decimal]:
    return [cell.amount for cell in cells if isinstance(cell, Figure)]


def in_tables(rows: list[list[str]], form: Form) -> list[list[str]]:
    """Rows of the headings and the tables, without title, remarks and lines to sign."""
    widths = {len(sheet.columns) for sheet in form.sheets}
    single = {
        text
        for sheet in form.sheets
        for text in (sheet.title, *sheet.about, *sheet.notes, "　　　　".join(sheet.foot))
    }
    padded = [row + [""] * (max(widths) - len(row)) for row in rows]
    return [row for row in padded if row[0].removeprefix("'") not in single or any(row[1:])]


@pytest.mark.parametrize("name", FORMS)
def test_every_format_holds_the_same_cells(files: Written, name: str) -> None:
    """An office that compares the Excel sheet with the printed page must find no difference."""
    folder = files.folder
    form = official_form(files.experiment, name, CELL, lang=files.lang)
    wide = max(len(sheet.columns) for sheet in form.sheets)
    text = csv_rows(folder / f"{name}.csv")

    assert [r + [""] * (wide - len(r)) for r in text] == guarded(
        [r + [""] * (wide - len(r)) for r in excel_rows(folder / f"{name}.xlsx")]
    )
    tables = in_tables(text, form)
    assert len(tables) > 2
    assert tables == in_tables(html_rows(folder / f"{name}.html"), form)
    assert tables == in_tables(guarded(word_rows(folder / f"{name}.docx")), form)


def office(wanted: str, sources: list[Path], out: Path, *, calc: bool = False) -> None:
    """Convert files with LibreOffice, in a profile of its own."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    assert program, "LibreOffice is missing: make system"
    profile = f"-env:UserInstallation={(out / 'profile').as_uri()}"
    reader = ["--calc"] if calc else []
    command = [program, profile, "--headless", *reader, "--convert-to", wanted, "--outdir", str(out)]
    subprocess.run([*command, *map(str, sources)], check=True, capture_output=True, timeout=120)


@pytest.mark.slow
def test_office_programs_read_the_same_numbers(files: Written, tmp_path: Path) -> None:
    """Our own reader could share a mistake with our own writer; LibreOffice does not."""
    folder = files.folder
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"
    for wanted, ending in ((every_sheet, "xlsx"), ("txt:Text (encoded):UTF8", "docx")):
        office(wanted, [folder / f"{name}.{ending}" for name in FORMS], tmp_path)

    for name in FORMS:
        form = official_form(files.experiment, name, CELL, lang=files.lang)
        printed = (tmp_path / f"{name}.txt").read_text("utf-8-sig")
        at, ours = 0, csv_rows(folder / f"{name}.csv")
        for sheet in form.sheets:
            rows = csv_rows(tmp_path / f"{name}-{sheet.name}.csv")
            read = guarded([[plain(cell) for cell in row] for row in rows])
            assert read == ours[at : at + len(rows)]
            at += len(rows)
            cells = [cell for row in sheet.rows for cell in row if cell]
            assert [c for c in cells if shown(c) not in printed] == []
        assert at == len(ours)


@pytest.mark.slow
def test_office_programs_print_every_form(files: Written, tmp_path: Path) -> None:
    """What is signed is paper: every page lies on its side, as wide as the table, and shows its figures."""
    office("pdf", [files.folder / f"{name}.xlsx" for name in FORMS], tmp_path)

    for name in FORMS:
        paper = tmp_path / f"{name}.pdf"
        facts = subprocess.run(["pdfinfo", paper], capture_output=True, check=True).stdout.decode()
        text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, check=True)
        width, height = re.findall(r"Page size: +([\d.]+) x ([\d.]+)", facts)[0]
        assert float(width) > float(height)
        form = official_form(files.experiment, name, CELL, lang=files.lang)
        cells = [c for sheet in form.sheets for row in sheet.rows for c in row if isinstance(c, Figure)]
        assert [c.shown() for c in cells if c.shown() not in text.stdout.decode()] == []
        assert "###" not in text.stdout.decode()


def test_annex_2_adds_up_to_the_experiment() -> None:
    """A form that says other figures than the report behind it is worse than none."""
    experiment = small()
    sheet = official_form(experiment, "annex-2", CELL, lang="zh").sheets[0]
    posts = experiment.staffing(CELL)
    towns = posts[posts["level"] == "township"]
    funded = experiment.funded(CELL)
    bought = funded[funded["area_code"].isin(towns["area_code"])]["funded"]

    required, gap, posts_bought = (
        [int(count) for count in counts] for counts in (towns["posts_required"], towns["gap"], bought)
    )
    offices = [at for at in range(len(sheet.rows)) if at not in sheet.totals]
    for title, counts in (("标准应配", required), ("缺口", gap), ("拟购", posts_bought)):
        shown = amounts(column(sheet, title))
        assert [shown[at] for at in offices] == counts
        assert shown[-1] == sum(counts)
    fen = sum(posts_bought) * sum(experiment.price_fen(CELL))
    assert amounts(column(sheet, "3年"))[-1] == Decimal(fen) / 1_000_000
    assert len(offices) == len(filed(experiment, CELL, names_of(experiment, "zh"), form=2).rows)


def test_townships_of_an_annex_stand_under_their_county_with_its_sums() -> None:
    """At a city or province nobody knows by a township's name alone where it lies; names come twice, too."""
    experiment = small()
    sheet = official_form(experiment, "annex-2", CELL, lang="zh").sheets[0]
    place = experiment.place.townships
    heads = sorted(sheet.totals)[:-1]

    assert [sheet.rows[at][1] for at in heads] == list(dict.fromkeys(place["county"]))
    for begin, end in itertools.pairwise([*heads, len(sheet.rows) - 1]):
        mine = sheet.rows[begin + 1 : end]
        assert [row[1] for row in mine] == list(place[place["county"] == sheet.rows[begin][1]]["area"])
        for at in (2, 4, 9, 10, 12):
            assert sheet.rows[begin][at] == total(mine, at)
    assert [str(sheet.rows[at][0]) for at in heads] == [""] * len(heads)


def test_an_annex_has_the_columns_that_are_filed() -> None:
    """The form is prescribed; kinds of post that the place does not separate stand in one cell."""
    sheet = official_form(small(), "annex-1", CELL, lang="zh").sheets[0]

    heads = [(c.over, c.title) for c in sheet.columns]
    assert heads == [
        *(("", "序号"), ("", "单位"), ("救助对象", "户"), ("救助对象", "人"), ("", "标准应配")),
        *(("现有人员", kind) for kind in ("行政编", "事业编", "编外", "购买")),
        *(("", "缺口"), ("", "拟购"), ("经费（万元）", "首年"), ("经费（万元）", "3年")),
        *(("", "资金来源"), ("", "备注")),
    ]
    assert [c.title for c in sheet.columns if c.joined] == ["事业编", "购买"]
    assert sheet.rows[-1][0] == "合计"
    assert [line[:2] for line in sheet.foot] == ["填报", "填报", "审核"]


def test_status_of_a_month_is_the_mean_of_the_stored_tables() -> None:
    """Posts of the two replications differ in the second month; a form shows their mean."""
    experiment = small()
    experiment.place.townships.loc[0, "posts_payroll"] = 30  # more than it needs
    tables = experiment.frames(CELL)
    second = tables.workforce[tables.workforce["month"] == 1]
    found = status(experiment, CELL)
    mine = found[found["month"] == 1]

    assert mine["filled"].sum() == second["filled"].sum() / 2
    assert mine["required"].sum() == second["required"].sum() / 2
    lacking = second.groupby(["replication", "office"])[["required", "filled"]].sum()
    assert mine["gap"].sum() == (lacking["required"] - lacking["filled"]).clip(lower=0).sum() / 2
    existing = experiment.staffing(CELL)["posts_existing"].sum()
    assert mine["funded"].sum() == second["funded"].sum() / 2 + existing


def test_posts_already_there_fill_no_gap_of_a_formula_that_does_not_count_them() -> None:
    """Else the status form would show no gap beside an annex that shows one."""
    experiment = small()
    legal = experiment.legal()
    legal[0]["readings"]["existing_counts"] = "no"
    experiment.legal = lambda: legal  # type: ignore[method-assign]
    tables = experiment.frames(CELL)
    first = tables.workforce[tables.workforce["month"] == 0]
    offices = first.groupby(["replication", "office"])[["required", "filled"]].sum().reset_index()
    there = experiment.staffing(CELL).set_index("area_code")["posts_existing"]
    lacking = offices["required"] + offices["office"].map(there).fillna(0) - offices["filled"]
    found = status(experiment, CELL)

    assert found[found["month"] == 0]["gap"].sum() == lacking.clip(lower=0).sum() / 2
    assert lacking.sum() > (offices["required"] - offices["filled"]).sum()


@pytest.mark.parametrize(("reading", "told"), [("yes", "抵充：是"), ("no", "抵充：否")])
def test_an_annex_says_whether_existing_posts_count(reading: str, told: str) -> None:
    """Two required, two there and a gap of two is a mistake to whoever is not told."""
    experiment = small()
    legal = experiment.legal()
    legal[0]["readings"]["existing_counts"] = reading
    experiment.legal = lambda: legal  # type: ignore[method-assign]
    sheet = official_form(experiment, "annex-2", CELL, lang="zh").sheets[0]

    assert any(told in line for line in sheet.about)


def test_money_of_a_month_is_counted_from_january() -> None:
    """A limit is set in January and trued up in July; wages add up within the year and start again."""
    found = status(small(), CELL).set_index(["month", "county_code"])
    county = found.index[0][1]

    assert found.loc[(12, county), "paid_fen"] == 100_001.5
    assert found.loc[(17, county), "paid_fen"] == 6 * 100_001.5
    assert found.loc[(17, county), "secured_fen"] == 30_000_000
    assert found.loc[(18, county), "secured_fen"] == 29_000_000


def test_secured_money_without_a_rule_is_that_of_the_posts_bought() -> None:
    """Where nothing limits the money, a share of 100 % for a plan that buys nobody would be a lie."""
    experiment = small()
    tables = experiment.frames(CELL)
    none = replace(tables, money=tables.money[tables.money["line"] != "cap_posts"])
    experiment.frames = lambda scenario: none  # type: ignore[method-assign]
    found = status(experiment, CELL)

    bought = experiment.funded(CELL)["funded"].sum()
    assert found[found["month"] == 0]["secured_fen"].sum() == bought * experiment.price_fen(CELL)[0]


def test_quarters_are_the_last_months_of_the_monthly_sheet() -> None:
    """Two sheets of one form must not disagree; who came and left is counted over the quarter."""
    quarter, month = official_form(small(), "staffing-status", CELL, lang="en").sheets
    last = {f"{2027 + q // 4}-{q % 4 * 3 + 3:02d}": f"{2027 + q // 4} Q{q % 4 + 1}" for q in range(12)}
    moved = slice(5, 7)

    def stock(rows: Any) -> list[Any]:
        return [(*row[:5], *row[7:]) for row in rows]

    ends = [(last[str(row[0])], *row[1:]) for row in month.rows if row[0] in last]
    assert stock(ends) == stock(quarter.rows)
    for county in {row[1] for row in quarter.rows}:
        by_month, by_quarter = (
            [
                [float(cell.amount) for cell in row[moved] if isinstance(cell, Figure)]
                for row in sheet.rows
                if row[1] == county
            ]
            for sheet in (month, quarter)
        )
        assert np.array(by_month).sum(axis=0) == pytest.approx(np.array(by_quarter).sum(axis=0), abs=1.8)


def test_price_budget_and_annexes_state_one_sum() -> None:
    """Four forms go to three offices; the money on them is one."""
    experiment = small()
    plan = [column(official_form(experiment, f"annex-{n}", CELL, lang="zh").sheets[0], "3年") for n in (1, 2)]
    price = official_form(experiment, "price-calculation", CELL, lang="zh").sheets[0]
    budget = official_form(experiment, "purchase-budget", CELL, lang="zh").sheets[0]
    project = official_form(experiment, "performance-targets", CELL, lang="zh").sheets[0]

    both = sum(amounts(rows)[-1] for rows in plan)
    assert both > 0
    assert amounts(column(price, "3年合计（万元）"))[-1] == both
    assert amounts(column(budget, "合计"))[-1] == both
    assert amounts(column(project, "项目资金（万元）"))[-1] == both


def test_a_cell_for_two_kinds_of_post_says_so_where_cells_cannot_be_joined(tmp_path: Path) -> None:
    """In CSV a figure for both kinds would look like one kind's; the note under the table tells why."""
    path = export_form(small(), "annex-1", tmp_path / "a.csv", CELL, lang="zh")
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    first = next(row for row in rows if row[0] == "1")
    under = [row[0] for row in rows[rows.index(first) :] if row[0].startswith("注：")]

    assert first[5:9] == ["4", "（并入左格）", "0", "（并入左格）"]
    assert "合并填在行政编、事业编一格" in under[0]


class WithoutContracts(FakeExperiment):
    """Its posts need no contract, so no purchase was simulated whose method a form could state."""

    def contracts(self, scenario: str) -> pd.DataFrame:
        return super().contracts(scenario).iloc[:0]


def methods(thresholds: Thresholds | None) -> tuple[list[Cell], str]:
    bare = WithoutContracts(place=small().place)
    form = official_form(bare, "purchase-budget", CELL, lang="zh", thresholds=thresholds)
    sheet = form.sheets[0]
    return column(sheet, "采购方式")[:-1], " ".join(sheet.notes)


def test_the_method_of_a_purchase_follows_from_the_places_amounts() -> None:
    """Below the limit local rules hold, from the tender amount up an open tender is due: both edges."""
    budget = official_form(small(), "purchase-budget", CELL, lang="zh").sheets[0]
    whole = [int(amount * 1_000_000) for amount in amounts(column(budget, "合计"))[:-1]]
    least, most = min(whole), max(whole)
    assert least < most

    at_tender, _ = methods(Thresholds(least, most))
    at_limit, note = methods(Thresholds(most, most + 1))

    assert [at_tender[whole.index(fen)] for fen in (least, most)] == ["法定采购方式（待选）", "公开招标"]
    assert [at_limit[whole.index(fen)] for fen in (least, most)] == [
        "限额以下，按本地规定",
        "法定采购方式（待选）",
    ]
    assert f"采购限额标准{most / 1_000_000:,.2f}万元" in note


def test_without_the_places_amounts_the_method_is_to_be_settled() -> None:
    """A blank would look forgotten, a guess like law: the note names the two figures that are missing."""
    told, note = methods(None)

    assert set(told) == {"待定"}
    assert "采购限额标准" in note
    assert "公开招标数额标准" in note


def test_targets_are_the_means_of_the_summary() -> None:
    """Each row that a calculation fills holds the mean of the measure it is named after."""
    experiment = small()
    sheet = official_form(experiment, "performance-targets", CELL, lang="en").sheets[1]
    summary = experiment.summary()
    mine = summary[summary["scenario"] == CELL].set_index(["measure", "year"])["mean"]
    rows = {str(row[2]): row for row in sheet.rows}

    kinds = list(dict.fromkeys(row[1] for row in sheet.rows))
    assert kinds == ["Quantity", "Quality", "Time", "Cost", "Social benefit", "Satisfaction of recipients"]
    share = rows["On-time rate"][8]
    assert isinstance(share, Figure)
    assert float(share.amount) == pytest.approx(mine["on_time_share", 0], abs=0.0005)
    cost = rows["Cost (10,000 yuan)"][5]
    assert isinstance(cost, Figure)
    assert float(cost.amount) == pytest.approx(mine["cost_yuan", 2027] / 10_000, abs=0.00005)


def test_codes_and_satisfaction_are_left_to_be_filled_in() -> None:
    """A classification code nobody gave, or a satisfaction nobody asked for, would be invented."""
    experiment = small()
    budget = official_form(experiment, "purchase-budget", CELL, lang="zh").sheets[0]
    project, targets = official_form(experiment, "performance-targets", CELL, lang="zh").sheets

    assert set(column(budget, "采购目录编码")) == {""}
    for sheet in (budget, project):
        assert {cell for title in CODES for cell in column(sheet, title)} == {""}
    asked = next(row for row in targets.rows if row[1] == "服务对象满意度")
    assert set(asked[5:9]) == {""}


RISKY = ("=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1+1", " =1+1", "＝1+1", "<b>=1</b>")


def poisoned(text: str) -> FakeExperiment:
    experiment = small()
    experiment.place.townships.loc[0, "area"] = text
    return experiment


@pytest.mark.parametrize("text", RISKY)
def test_a_cell_that_looks_like_a_formula_is_inert(text: str, tmp_path: Path) -> None:
    """A township's name comes from somebody else's table and is opened by a spreadsheet."""
    for ending in FORMATS:
        export_form(poisoned(text), "annex-2", tmp_path / f"a{ending}", CELL, lang="zh")

    kept = text.replace("\t", " ")
    guarded = kept if text.startswith("<") else f"'{kept}"
    assert guarded in {cell for row in csv_rows(tmp_path / "a.csv") for cell in row}
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == kept)
    assert cell.data_type == "s"
    assert cell.quotePrefix or text.startswith("<")
    assert guarded in {cell for row in html_rows(tmp_path / "a.html") for cell in row}
    assert "<b>" not in (tmp_path / "a.html").read_text("utf-8")
    assert kept in {cell for row in word_rows(tmp_path / "a.docx") for cell in row}


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".xlsx", ".csv", ".html"])
def test_an_office_program_runs_no_cell(ending: str, tmp_path: Path) -> None:
    """What a spreadsheet does with a text is decided by the spreadsheet."""
    for name in ("annex-2", "purchase-budget"):
        export_form(hostile(), name, tmp_path / f"{name}{ending}", CELL, lang="zh")
        office(
            "csv:Text - txt - csv (StarCalc):44,34,76", [tmp_path / f"{name}{ending}"], tmp_path, calc=True
        )
    towns, buyers = (
        {cell.removeprefix("'") for row in csv_rows(tmp_path / f"{name}.csv") for cell in row}
        for name in ("annex-2", "purchase-budget")
    )

    assert {name.replace("\n", " ") for name in NAMES} <= towns
    assert {"=2+2", '-3,"<i>x</i>"'} <= buyers
    assert any(cell.startswith("=3+3") for cell in buyers)


def test_no_sheet_holds_a_formula(files: Written) -> None:
    """Numbers are written as numbers: a sum that a reader can change without seeing it proves nothing."""
    for name in FORMS:
        for sheet in openpyxl.load_workbook(files.folder / f"{name}.xlsx").worksheets:
            assert [c.coordinate for row in sheet.iter_rows() for c in row if c.data_type == "f"] == []


def test_a_sheet_prints_on_a4_across_with_its_headings(files: Written) -> None:
    """Annex 2 of a city runs over several pages and is signed on paper."""
    sheet = openpyxl.load_workbook(files.folder / "annex-2.xlsx").worksheets[0]

    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
    assert (int(sheet.page_setup.fitToWidth), int(sheet.page_setup.fitToHeight)) == (1, 0)
    head = next(row[0].row for row in sheet.iter_rows() if row[0].value in ("序号", "No."))
    assert sheet.print_title_rows == f"${head}:${head + 1}"
    assert f"A{head}:A{head + 1}" in {str(box) for box in sheet.merged_cells.ranges}
    assert sheet.freeze_panes == f"A{head + 2}"
    assert sheet.print_area.endswith(f"!$A$1:$O${sheet.max_row}")


def test_no_word_of_a_heading_is_broken(files: Written) -> None:
    """`Househol-ds` on a form that is filed looks careless: a column is as wide as its longest word."""
    for name in FORMS:
        for sheet in official_form(files.experiment, name, CELL, lang=files.lang).sheets:
            made = layout(sheet)
            for row in made.head:
                for at, cell in enumerate(made.cells[row]):
                    _, across = made.spans().get((row, at), (1, 1))
                    width = sum(made.widths[at : at + across])
                    assert max(map(len, re.findall("[!-~]+", shown(cell))), default=0) < width


def test_csv_begins_with_the_mark_that_excel_needs(files: Written) -> None:
    """Without it Excel reads Chinese as another code page."""
    assert (files.folder / "annex-1.csv").read_bytes()[:3] == b"\xef\xbb\xbf"


def test_a_page_asks_for_nothing_and_runs_nothing(files: Written) -> None:
    """It is opened in offices without network."""
    page = (files.folder / "annex-2.html").read_text("utf-8")

    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page


def test_what_does_not_exist_is_named_with_what_does(tmp_path: Path) -> None:
    """A form, a cell or a format spelled wrong is bad input, told in one line."""
    experiment = small()
    for name, cell, file, told in (
        ("annex-3", None, "a.xlsx", "annex-2"),
        ("annex-1", "nobody", "a.xlsx", CELL),
        ("annex-1", None, "a.pdf", ".docx"),
    ):
        with pytest.raises(InputError, match=told.replace("+", r"\+")):
            export_form(experiment, name, tmp_path / file, cell, lang="zh")
    assert list(tmp_path.iterdir()) == []


def test_annexes_of_all_options_stand_in_one_workbook(tmp_path: Path) -> None:
    """The batch lays it beside the pages; sheets name their option."""
    experiment = small()
    path = write_annexes(experiment, tmp_path, "zh")
    book = openpyxl.load_workbook(path)
    grid = [cell for cell in experiment.cells() if cell.view == "grid"]

    assert path.name == "annexes.xlsx"
    assert len(book.worksheets) == 2 * len(grid)
    assert book.worksheets[0].cell(2, 1).value == f"方案：{grid[0].title['zh']}"
    assert [sheet.title for sheet in book.worksheets[:3]] == ["附件1-1", "附件2-1", "附件1-2"]

"""The Excel form: what it says of itself, what its cells refuse, and that it is read as it is filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from simlib import words
from simlib.errors import PlaceError
from simlib.places import load_place
from simlib.places.columns import columns
from simlib.places.importing import import_place, inspect
from simlib.places.template import write_template
from tests.places.sheets import CODE, COUNTY, towns
from tests.small import place

TITLES = {"zh": ("地区", "乡镇", "县", "填表说明"), "en": ("place", "townships", "counties", "Notes")}


def form(path: Path, lang: str = "zh", **asked: Any) -> openpyxl.Workbook:
    """The form written and opened again."""
    write_template(path, lang=lang, **asked)
    return openpyxl.load_workbook(path)


def fill(path: Path, book: openpyxl.Workbook, lang: str = "zh") -> None:
    """Families, money and staff put into a form that names its townships."""
    _, title, counties, _ = TITLES[lang]
    at = {name: position for position, name in enumerate(columns("townships"), start=1)}
    sheet = book[title]
    for number in range(len(towns())):
        row = 3 + number
        sheet.cell(row, at["dibao_rural_households"], 100 + number)
        sheet.cell(row, at["dibao_rural_persons"], 180 + number)
        sheet.cell(row, at["posts_payroll"], 2)
        sheet.cell(row, at["status"], words.say("places.status.real", lang))
    for position, figure in enumerate((5, 1, 3), start=3):
        book[counties].cell(2, position, figure)
    for row, value in ((1, "mine"), (3, "My district"), (5, "other"), (6, "2026-09-30"), (7, "台账")):
        book[TITLES[lang][0]].cell(row, 2, value)
    book.save(path)


@pytest.mark.parametrize("lang", words.LANGS)
def test_the_form_says_what_each_column_is_and_refuses_what_cannot_be(lang: str, tmp_path: Path) -> None:
    """Units or words in headings, a comment on each, whole numbers, lists, text codes, notes."""
    book = form(tmp_path / "f.xlsx", lang)
    sheet = book[TITLES[lang][1]]
    rules = {
        str(rule.sqref).split(":")[0].rstrip("0123456789"): rule
        for rule in sheet.data_validations.dataValidation
    }
    letters = {
        c.name: sheet.cell(1, at).column_letter for at, c in enumerate(columns("townships").values(), 1)
    }

    assert tuple(book.sheetnames) == TITLES[lang]
    assert all(sheet.cell(1, at).comment.text for at in range(1, len(letters) + 1))
    assert rules[letters["dibao_rural_households"]].type == "whole"
    assert rules[letters["status"]].type == "list"
    assert words.say("places.status.user", lang) in rules[letters["status"]].formula1
    assert sheet.column_dimensions[letters["area_code"]].number_format == "@"
    assert sheet.freeze_panes == "E2"
    assert sheet.print_area and sheet.print_title_rows
    assert len(sheet.conditional_formatting) > 0
    assert book[TITLES[lang][3]].max_row >= len(columns("townships")) + len(columns("counties"))
    assert ("（户）" in str(sheet["K1"].value)) == (lang == "zh")


@pytest.mark.parametrize("lang", words.LANGS)
def test_a_form_filled_in_is_a_place_whichever_way_it_is_read(lang: str, tmp_path: Path) -> None:
    """As a place at once, or looked at and imported: the same figures; the example and the check are none."""
    path = tmp_path / "f.xlsx"
    fill(path, form(path, lang, county=CODE), lang)
    read, preview = load_place(path), inspect(path)
    made = import_place(preview, tmp_path / "mine", id="mine")

    assert preview.is_ready
    assert made.townships.drop(columns="source").equals(read.townships.drop(columns="source"))
    assert made.counties.drop(columns="source").equals(read.counties.drop(columns="source"))
    assert read.townships["area"].tolist() == towns()
    assert set(read.townships["status"]) == {"real"}
    staff = read.counties[["posts_payroll", "posts_contract", "posts_verification"]]
    assert staff.to_numpy().tolist() == [[5, 1, 3]]
    assert (made.as_of, made.province, made.source) == ("2026-09-30", "四川省", "台账")
    assert made.title["zh"] == COUNTY


def test_a_form_of_a_place_holds_its_townships_and_none_of_its_figures(tmp_path: Path) -> None:
    """Synthetic figures must not come back as somebody's own."""
    home = place()
    book = form(tmp_path / "f.xlsx", place=home)
    rows = [row for row in book["乡镇"].iter_rows(min_row=3, max_col=35, values_only=True) if any(row)]

    assert [row[0] for row in rows] == home.townships["area_code"].tolist()
    assert all(cell is None for row in rows for cell in row[4:])


def test_a_county_without_known_townships_is_told(tmp_path: Path) -> None:
    """An empty form would look like a filled one."""
    with pytest.raises(PlaceError, match="the townships of the county 330523 are not known"):
        write_template(tmp_path / "f.xlsx", county="330523")
    with pytest.raises(PlaceError, match=r"the form is an \.xlsx file"):
        write_template(tmp_path / "f.xls")

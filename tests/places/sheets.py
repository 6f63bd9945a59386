"""Sheets as offices make them, written by code: what each looks like, and what is read or said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from simlib.places.frame import frame_table

COUNTY, CODE, CITY = "市中区", "511102", "乐山市"
OTHER, OTHER_CODE = "沙湾区", "511111"
Rows = Sequence[Sequence[Any]]


def towns(code: str = CODE) -> list[str]:
    """Names of real townships of a county."""
    frame = frame_table("townships")
    return [str(area) for area in frame.loc[frame["county_code"] == code, "area"]]


A, B, C = towns()[:3]
D, E = towns(OTHER_CODE)[:2]
HEAD = ("县区", "乡镇", "农村低保户数", "农村低保人数")


@dataclass(frozen=True)
class Sheet:
    """A sheet and what is made of it. households, persons: of rural dibao by row; yuan: spending by row.

    said: in the lines of what is open; noted: in the notes; refused: in the error that stops it.
    """

    rows: Rows
    merged: Sequence[str] = ()
    households: Sequence[int] | None = None
    persons: Sequence[int] | None = None
    yuan: Sequence[int] | None = None
    column: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    header: tuple[int, ...] | None = None
    totals: tuple[int, ...] = ()
    passed: tuple[int, ...] | None = None
    said: Sequence[str] = ()
    noted: Sequence[str] = ()
    refused: str = ""
    shape: Callable[[Any], None] | None = None
    """What is done to the worksheet after its rows are in."""


def _hide_row(sheet: Any) -> None:
    sheet.row_dimensions[3].hidden = True


def _hide_column(sheet: Any) -> None:
    sheet.column_dimensions["D"].hidden = True


TWO = ((COUNTY, A, 120, 210), (COUNTY, B, 80, 130))

SHEETS: dict[str, Sheet] = {
    "no codes, names alone": Sheet((HEAD, *TWO), households=(120, 80), persons=(210, 130), header=(1,)),
    "households and persons in one cell": Sheet(
        (
            ("县区", "乡镇", "农村低保（户/人）"),
            (COUNTY, A, "123户/210人"),
            (COUNTY, B, "80户、130人"),
            (COUNTY, C, "5/9"),
        ),
        said=("row 2", "row 3", "“123户/210人” holds two numbers", "“5/9” holds two numbers"),
    ),
    "a unit that belongs to the other column": Sheet(
        (HEAD, (COUNTY, A, "120户", "210人"), (COUNTY, B, "130人", "80户")),
        said=("row 3", "the unit of “130人” is not that of this column"),
    ),
    "names with gaps, behind the county's, with that of the office": Sheet(
        (
            HEAD,
            ("市 中 区", f"{COUNTY}{A}", 120, 210),
            ("", f"{B[0]} {B[1:]}", 80, 130),
            ("", f"{C}人民政府", 60, 99),
        ),
        households=(120, 80, 60),
        column={"area": [A, B, C], "county": [COUNTY] * 3},
    ),
    "headings over three rows, the county over all rows": Sheet(
        (
            ("市中区社会救助对象情况统计表", *[""] * 5),
            ("县区", "乡镇", "城乡低保", "", "", ""),
            ("", "", "农村低保", "", "城市低保", ""),
            ("", "", "户", "人", "户", "人"),
            (COUNTY, A, 100, 180, 10, 15),
            ("", B, 101, 181, 11, 16),
            ("小计", "", 201, 361, 21, 31),
        ),
        merged=("A1:F1", "A2:A4", "B2:B4", "C2:F2", "C3:D3", "E3:F3", "A5:A6"),
        households=(100, 101),
        persons=(180, 181),
        column={"dibao_urban_households": [10, 11]},
        totals=(7,),
    ),
    "codes of twelve digits as numbers": Sheet(
        (("行政区划代码", "乡镇名称", "农村低保户数", "农村低保人数"), (511102004000, "大佛", 120, 210)),
        households=(120,),
        column={"area_code": ["511102004"], "how": ["code"], "county": [COUNTY]},
    ),
    "headings over two rows, merged": Sheet(
        (("县区", "乡镇", "农村低保", ""), ("", "", "户数", "人数"), *TWO),
        merged=("A1:A2", "B1:B2", "C1:D1"),
        households=(120, 80),
        persons=(210, 130),
        header=(1, 2),
    ),
    "headings over three rows with units in brackets": Sheet(
        (
            ("所属县区", "乡镇（街道）名称", "社会救助对象", ""),
            ("", "", "农村最低生活保障", ""),
            ("", "", "（户）", "（人）"),
            *TWO,
        ),
        merged=("A1:A3", "B1:B3", "C1:D1", "C2:D2"),
        households=(120, 80),
        persons=(210, 130),
        header=(1, 2, 3),
    ),
    "the county named once, its cell merged down": Sheet(
        (HEAD, (COUNTY, A, 120, 210), ("", B, 80, 130), (OTHER, D, 5, 9), ("", E, 6, 7)),
        merged=("A2:A3", "A4:A5"),
        households=(120, 80, 5, 6),
        column={"county_code": [CODE, CODE, OTHER_CODE, OTHER_CODE]},
    ),
    "the county named once, the cells below left empty": Sheet(
        (HEAD, (COUNTY, A, 120, 210), ("", B, 80, 130)),
        households=(120, 80),
        column={"county_code": [CODE, CODE]},
    ),
    "no column of counties, the title names it": Sheet(
        ((f"{CITY}{COUNTY}2026年社会救助情况表",), HEAD[1:], *(row[1:] for row in TWO)),
        households=(120, 80),
        passed=(1,),
        noted=("was read as 市中区 (511102)",),
    ),
    "no column of counties, the office that filled it in names it": Sheet(
        ((f"填报单位：{COUNTY}民政局",), HEAD[1:], *(row[1:] for row in TWO)),
        households=(120, 80),
        noted=("was read as 市中区 (511102)",),
    ),
    "no county anywhere, the townships tell it": Sheet(
        (HEAD[1:], *((town, 10, 20) for town in towns()[:6])),
        households=(10,) * 6,
        noted=("was read as 市中区 (511102)",),
    ),
    "no county anywhere and too few townships to tell": Sheet(
        (HEAD[1:], ("中心镇", 10, 20)), said=("no column of counties",)
    ),
    "a total at the end": Sheet((HEAD, *TWO, ("合计", "", 200, 340)), households=(120, 80), totals=(4,)),
    "a total above the rows": Sheet(
        (HEAD, ("全区合计", "", 200, 340), *TWO), households=(120, 80), totals=(2,)
    ),
    "subtotals by county and a total": Sheet(
        (HEAD, *TWO, ("小计", "", 200, 340), (OTHER, D, 5, 9), ("小计", "", 5, 9), ("总计", "", 205, 349)),
        households=(120, 80, 5),
        totals=(4, 6, 7),
    ),
    "a county's sums above its townships": Sheet(
        (HEAD[1:], (COUNTY, 200, 340), (A, 120, 210), (B, 80, 130), (OTHER, 5, 9), (D, 5, 9)),
        households=(120, 80, 5),
        totals=(2, 5),
        column={"county_code": [CODE, CODE, OTHER_CODE]},
    ),
    "a county's name alone above its townships": Sheet(
        (HEAD[1:], (COUNTY, "", ""), (A, 120, 210), (OTHER, "", ""), (D, 5, 9)),
        households=(120, 5),
        passed=(2, 4),
        column={"county_code": [CODE, OTHER_CODE]},
    ),
    "a total that does not add up": Sheet(
        (HEAD, *TWO, ("合计", "", 201, 340)), said=("row 4", "the total says 201, the rows add up to 200")
    ),
    "dashes and 无 for none": Sheet(
        (HEAD, (COUNTY, A, "—", "-"), (COUNTY, B, "无", "/")),
        households=(0, 0),
        persons=(0, 0),
        noted=("cells with a dash or 无 are taken as 0: 2 (rows: 2, 3)",),
    ),
    "cells left empty": Sheet(
        (HEAD, (COUNTY, A, 120, 210), (COUNTY, B, "", None)),
        households=(120, 0),
        noted=("empty cells are taken as 0: 1 (rows: 3)",),
    ),
    "full-width digits, thousands marks, blanks, units behind the number": Sheet(
        (HEAD, (COUNTY, A, "１２０", " 1,210 "), (COUNTY, B, "80户", "130 人")),
        households=(120, 80),
        persons=(1210, 130),
    ),
    "ten thousand yuan by the heading": Sheet(
        ((*HEAD, "低保支出（万元）"), (*TWO[0], 12.5), (*TWO[1], 3)), yuan=(125_000, 30_000)
    ),
    "ten thousand yuan by a line above": Sheet(
        (("", "", "", "", "单位：户、人、万元"), (*HEAD, "上年低保支出"), (*TWO[0], 12.5), (*TWO[1], "—")),
        yuan=(125_000, 0),
    ),
    "ten thousand yuan behind the number": Sheet(
        ((*HEAD, "上年低保支出（元）"), (*TWO[0], "12.5万元"), (*TWO[1], 30000)), yuan=(125_000, 30_000)
    ),
    "ten thousand persons by the heading": Sheet(
        ((*HEAD, "常住人口（万人）"), (*TWO[0], 5.91), (*TWO[1], 2)), column={"population": [59_100, 20_000]}
    ),
    "lines of the form with a telephone number": Sheet(
        (HEAD, *TWO, ("填表人：某某", "", "联系电话：", "13800000000"), ("审核人：",), ("注：不含外地户籍",)),
        households=(120, 80),
        passed=(4, 5, 6),
    ),
    "headings once more on the second page": Sheet(
        (HEAD, TWO[0], HEAD, TWO[1]), households=(120, 80), passed=(3,)
    ),
    "an example that is marked as one": Sheet(
        (HEAD, ("示例", "某某镇", 10, 20), *TWO), households=(120, 80), passed=(2,)
    ),
    "a hidden row": Sheet(
        (HEAD, *TWO), households=(120, 80), noted=("row 3: this row is hidden",), shape=_hide_row
    ),
    "a hidden column": Sheet(
        (HEAD, *TWO), persons=(210, 130), noted=("column 4 is hidden",), shape=_hide_column
    ),
    "formulas without results": Sheet(
        (HEAD, (COUNTY, A, "=100+20", 210), TWO[1]), said=("row 2", "holds no computed result")
    ),
    "about so many": Sheet((HEAD, (COUNTY, A, "约120", 210), TWO[1]), said=("row 2", "“约120” is no number")),
    "an error value": Sheet((HEAD, (COUNTY, A, "#REF!", 210), TWO[1]), said=("row 2", "is no number")),
    "a decimal where families are counted": Sheet(
        (HEAD, (COUNTY, A, 12.5, 210), TWO[1]), said=("row 2", "12.5 is not whole")
    ),
    "a negative number": Sheet((HEAD, (COUNTY, A, -3, 210), TWO[1]), said=("row 2", "-3 is negative")),
    "fewer persons than households": Sheet(
        (HEAD, (COUNTY, A, 210, 120)), said=("row 2", "120 persons are fewer than 210 households")
    ),
    "a code of another county than the one named": Sheet(
        (("代码", *HEAD), ("511102004", OTHER, A, 1, 2)), said=("row 2", "511102004 is not of “沙湾区”")
    ),
    "names with blanks and with what offices add": Sheet(
        (
            HEAD,
            (COUNTY, f"{A[:1]} {A[1:]}", 1, 2),
            (f"{COUNTY}民政局", B.replace("街道", "街道办事处"), 3, 4),
        ),
        households=(1, 3),
        column={"how": ["name", "name"]},
    ),
    "a township without its kind": Sheet(
        (HEAD, (COUNTY, C.removesuffix("街道"), 1, 2)), households=(1,), noted=(f"was read as “{C}”",)
    ),
    "a township that is not known": Sheet(
        (HEAD, (COUNTY, "大沸街道", 1, 2)),
        said=("row 2", "has no township “大沸街道”; did you mean “大佛街道”"),
    ),
    "a county that several provinces have": Sheet(
        (HEAD, ("鼓楼区", "某某街道", 1, 2)), said=("row 2", "more than one “鼓楼区”")
    ),
    "a county that is not known": Sheet(
        (HEAD, ("某某县", "某镇", 1, 2)), said=("no county “某某县” is known",)
    ),
    "a county whose townships are not known here": Sheet(
        (HEAD, ("安吉县", "甲镇", 1, 2), ("安吉县", "乙乡", 3, 4)),
        households=(1, 3),
        column={"area_code": ["330523901", "330523902"], "how": ["provisional"] * 2},
        noted=("provisional ones were given from 330523901 on",),
    ),
    "the same township twice": Sheet(
        (HEAD, TWO[0], (COUNTY, A, 1, 2)), said=("row 3", "is the same township as row 2")
    ),
    "townships that are missing": Sheet(
        (HEAD, TWO[0]), noted=("16 townships of 市中区 are not in the file",)
    ),
    "the staff of the bureau and of the verification centre": Sheet(
        (
            (*HEAD, "在编人数", "编外人数"),
            (*TWO[0], 3, 2),
            (COUNTY, f"{COUNTY}民政局", "", "", 6, 1),
            (COUNTY, "核对中心", "", "", 2, "—"),
            ("合计", "", 120, 210, 11, 3),
        ),
        households=(120,),
        totals=(5,),
        noted=("the county bureau of 市中区: payroll 6, contract 1",),
    ),
    "families in the row of the bureau": Sheet(
        (HEAD, TWO[0], (COUNTY, "县本级", 5, 8)), said=("row 3", "this row is the county bureau")
    ),
    "households alone": Sheet(
        (HEAD[:3], *(row[:3] for row in TWO)), households=(120, 80), noted=("no persons are given",)
    ),
    "the staff in kinds, under one heading": Sheet(
        (
            (*HEAD, "现有人员", "", "", "", "社会救助工作比例"),
            ("", "", "", "", "行政编", "事业编", "编外", "购买服务", ""),
            (*TWO[0], 1, 2, "—", 1, "60%"),
            (*TWO[1], 1, "", 2, "", 0.5),
            ("合计", "", 200, 340, 2, 2, 2, 1, ""),
        ),
        merged=("E1:H1", "I1:I2", *(f"{letter}1:{letter}2" for letter in "ABCD")),
        households=(120, 80),
        totals=(5,),
        column={"posts_payroll": [3, 1], "posts_contract": [1, 2], "assistance_share": [0.6, 0.5]},
    ),
    "the county's name before the township's, its city's before the county's": Sheet(
        (HEAD, (f"{CITY}{COUNTY}", f"{COUNTY}{A}", 120, 210), (COUNTY, f"{CITY}{COUNTY}{B}办事处", 80, 130)),
        households=(120, 80),
        column={"how": ["name", "name"], "county_code": [CODE, CODE]},
    ),
    "numbers as text, units in brackets": Sheet(
        (HEAD, (COUNTY, A, "'120", "210(人)"), (COUNTY, B, "80 ", "1,30")),
        said=("row 3", "“1,30” is no number"),
    ),
    "identity numbers": Sheet(
        (HEAD, (COUNTY, A, "11010119900307123X", 1)), refused="row 2: holds an identity or mobile number"
    ),
    "mobile numbers beside each township": Sheet(
        ((*HEAD, "经办"), (*TWO[0], 13800000000)), refused="row 2: holds an identity or mobile number"
    ),
    "a list of persons": Sheet(
        (("序号", "乡镇", "救助对象姓名", "低保类别"), (1, A, "某某", "农村")), refused="personal data"
    ),
    "nothing that is known": Sheet((("甲", "乙"), ("丙", 3)), said=("no row of headings was found",)),
    "English headings": Sheet(
        (("county", "area", "dibao_rural_households", "Rural dibao, persons"), *TWO), households=(120, 80)
    ),
    "a third heading that says neither households nor persons": Sheet(
        (
            ("县区", "乡镇", "农村低保", "", "特困供养", ""),
            ("", "", "户数", "人数", "集中", "分散"),
            (*TWO[0], 5, 20),
            (*TWO[1], 6, 21),
        ),
        merged=("A1:A2", "B1:B2", "C1:D1", "E1:F1"),
        said=("column 5 does not say whether", "--column 6=tekun_dispersed_persons"),
    ),
    "short words of daily use": Sheet(
        (
            ("镇街", "农低户数", "农低对象数", "编内人员", "临聘人员"),
            *((town, 10, 20, 1, 2) for town in towns()[:6]),
        ),
        households=(10,) * 6,
        persons=(20,) * 6,
        column={"posts_payroll": [1] * 6, "posts_contract": [2] * 6},
    ),
    "words of former years": Sheet(
        (("县区", "乡镇", "农村五保户数", "农村五保人数", "低收入家庭户数"), (COUNTY, A, 1, 2, 3)),
        said=("--column 3=tekun_dispersed_households", "--column 5=marginal_households"),
    ),
    "each township behind its county, no column of counties": Sheet(
        (HEAD[1:], (f"{COUNTY}{A}", 120, 210), (f"{COUNTY}{B}", 80, 130)),
        households=(120, 80),
        column={"county_code": [CODE, CODE], "how": ["name", "name"]},
    ),
    "counties under 地区, townships under 单位名称": Sheet(
        (
            ("地区", "单位名称", *HEAD[2:]),
            (f"四川省{CITY}{COUNTY}", f"{A}人民政府", 120, 210),
            (COUNTY, B, 80, 130),
        ),
        households=(120, 80),
        column={"county_code": [CODE, CODE]},
    ),
    "townships side by side": Sheet(
        (("指标", A, B, C), ("农村低保户数", 120, 80, 60), ("农村低保人数", 210, 130, 90)),
        said=("row 1: the townships stand side by side",),
    ),
    "a row for each programme of a township": Sheet(
        (
            ("县区", "乡镇", "类别", "户数", "人数"),
            *((COUNTY, town, kind, 10, 20) for town in (A, B) for kind in ("城市低保", "农村低保")),
        ),
        said=("column 3 names programmes",),
    ),
    "marks, numbers of footnotes and remarks in brackets about names": Sheet(
        (
            HEAD,
            (COUNTY, f"*{A}", 120, 210),
            (COUNTY, f"{B}①", 80, 130),
            (COUNTY, f"{C}（含某某社区）", 60, 99),
        ),
        households=(120, 80, 60),
        column={"area": [A, B, C]},
        noted=(f"“*{A}” was read as “{A}”", f"“{C}（含某某社区）” was read as “{C}”"),
    ),
    "letters without a shape, as web pages leave them": Sheet(
        (HEAD, (COUNTY, f"{A}\u200b", "\ufeff120", "210\u200b"), (COUNTY, B, "80\u00a0", "130\u3000")),
        households=(120, 80),
        persons=(210, 130),
    ),
    "the month before what is counted": Sheet(
        (("县区", "乡镇", "2026年10月农村低保户数", "2026年10月末农村低保人数"), *TWO),
        households=(120, 80),
        persons=(210, 130),
    ),
    "the same figure of three years": Sheet(
        (
            ("县区", "乡镇", "2025年农村低保户数", "2026年农村低保户数", "农村低保人数"),
            (COUNTY, A, 118, 120, 210),
        ),
        said=("column 4 stands for the same as “2025年农村低保户数”",),
    ),
    "part of a row as a row of its own": Sheet(
        (HEAD, *TWO, (COUNTY, "其中：城区", 20, 30), ("合计", "", 200, 340)),
        said=("row 4", "is part of another row"),
    ),
    "columns numbered below the headings, 甲 and 乙 for those without figures": Sheet(
        (HEAD, ("甲", "乙", "1", "2"), *TWO), households=(120, 80), passed=(2,)
    ),
    "columns numbered in a row 栏次": Sheet(
        (
            ("乡镇", "农村低保", "", "城市低保", ""),
            ("", "户数", "人数", "户数", "人数"),
            ("栏次", 1, 2, 3, 4),
            (A, 120, 210, 5, 9),
            (B, 80, 130, 6, 8),
            (C, 60, 90, 1, 2),
        ),
        merged=("A1:A2", "B1:C1", "D1:E1"),
        households=(120, 80, 60),
        passed=(3,),
        noted=("was read as 市中区 (511102)",),
    ),
    "a township that has one household and two persons": Sheet(
        (HEAD, (COUNTY, A, 1, 2), (COUNTY, B, 80, 130)), households=(1, 80), passed=()
    ),
    "names behind the number of the row, a total of the district in words": Sheet(
        (
            HEAD[1:],
            (f"一、{COUNTY}", 260, 430),
            (f"1.{A}", 120, 210),
            (f"2、{B}", 80, 130),
            (f"（3）{C}", 60, 90),
            ("全区共计", 260, 430),
        ),
        households=(120, 80, 60),
        column={"area": [A, B, C], "county_code": [CODE] * 3},
        totals=(2, 6),
    ),
    "ten thousand households by the heading": Sheet(
        (("县区", "乡镇", "农村低保（万户）", "农村低保（万人）"), (COUNTY, A, 0.012, 0.021)),
        households=(120,),
        persons=(210,),
    ),
    "town and country above, programmes below, tekun of the country in one": Sheet(
        (
            ("县区", "乡镇", "农村", "", "", "城市", ""),
            ("", "", "低保", "", "特困", "低保", ""),
            ("", "", "户数", "人数", "人数", "户数", "人数"),
            (COUNTY, A, 120, 210, 9, 4, 6),
        ),
        merged=("A1:A3", "B1:B3", "C1:E1", "F1:G1", "C2:D2", "F2:G2"),
        said=("column 5",),
        households=(120,),
        column={"dibao_urban_households": [4]},
        header=(1, 2, 3),
    ),
    "thousand yuan, money of a month, growth: told as not used": Sheet(
        (
            (*HEAD, "低保资金支出（千元）", "月发放低保金（元）", "同比增长（%）"),
            (COUNTY, A, 120, 210, 525, 52500, "3.2%"),
        ),
        households=(120,),
        noted=("column 5 is not used", "column 6 is not used", "column 7 is not used"),
    ),
    "a date that Excel made of a figure": Sheet(
        (HEAD, (COUNTY, A, date(2026, 3, 5), 210), TWO[1]), said=("row 2", "“2026-03-05” is no number")
    ),
    "clerks under one heading, on the payroll and not": Sheet(
        (
            ("县区", "乡镇", "农村低保户数", "农村低保人数", "经办人员", ""),
            ("", "", "", "", "在编", "编外"),
            (COUNTY, A, 120, 210, 2, 1),
        ),
        merged=("A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:F1"),
        households=(120,),
        column={"posts_payroll": [2], "posts_contract": [1]},
    ),
    "another table below": Sheet(
        (HEAD, *TWO, ("", "", "", ""), ("乡镇", "在编人数", "编外人数"), (A, 2, 1)),
        said=("row 5", "row 6", "from row 5 on this is another table"),
    ),
    "a district without townships": Sheet(
        (HEAD, ("吉阳区", "吉阳区", 10, 20)), households=(10,), column={"area_code": ["460203000"]}
    ),
}


def written(sheet: Sheet, path: Path) -> Path:
    """The sheet as a workbook."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in sheet.rows:
        page.append(list(row))
    for cells in sheet.merged:
        page.merge_cells(cells)
    if sheet.shape is not None:
        sheet.shape(page)
    book.save(path)
    return path

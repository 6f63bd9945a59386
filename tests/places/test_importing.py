"""Foreign tables: what they are taken for, and what is asked before they become a place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from simlib.errors import InputError, PlaceError
from simlib.places.frame import frame_table
from simlib.places.importing import ImportPreview, import_place, inspect

COUNTY, NAME = "511102", "市中区"


def areas(count: int) -> list[str]:
    """Names of real townships of the county."""
    towns = frame_table("townships")
    return towns.loc[towns["county_code"] == COUNTY, "area"].head(count).tolist()


def looked_at(folder: Path, rows: list[list[Any]], merge: tuple[str, ...] = ()) -> ImportPreview:
    """A workbook of these rows, looked at."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for cells in merge:
        sheet.merge_cells(cells)
    book.save(folder / "mine.xlsx")
    return inspect(folder / "mine.xlsx")


def told(preview: ImportPreview) -> str:
    """All that is open, as lines."""
    open_points = (*preview.problems, *(row.problem for row in preview.unread))
    return "\n".join(problem.line("en") for problem in open_points)


def test_a_sheet_as_offices_make_them_is_read(tmp_path: Path) -> None:
    """Title, unit line, headings over two rows, merged county, suffixes, wide digits, dashes, a total."""
    towns = areas(3)
    preview = looked_at(
        tmp_path,
        [
            ["2026年社会救助情况统计表"],
            ["填报单位：民政局", "", "", "", "", "单位：万元"],
            ["序号", "县区", "乡镇名称", "农村低保", "", "上年低保支出"],
            ["", "", "", "户数", "人数", ""],
            [1, NAME, towns[0].replace("街道", "街道办事处"), "１２0", "1,234", 12.5],
            [2, None, towns[1], 110, "200人", "—"],
            [3, None, towns[2], "-", "/", "3万元"],
            ["合计", "", "", 230, 1434, 15.5],
            ["联系人：某某"],
        ],
        ("D3:E3", "A3:A4", "B3:B4", "C3:C4", "F3:F4", "B5:B7"),
    )
    rows = preview.rows

    assert told(preview) == ""
    assert preview.header_rows == (3, 4)
    assert preview.totals == (8,)
    assert preview.passed == (1, 2, 9)
    assert rows["how"].tolist() == ["name"] * 3
    assert rows["dibao_rural_households"].tolist()[:2] == [120, 110]
    assert rows["dibao_rural_persons"].tolist()[:2] == [1234, 200]
    assert rows["dibao_spending_yuan"].tolist()[0] == 125_000
    assert rows["dibao_spending_yuan"].tolist()[2] == 30_000


def test_kinds_of_posts_are_added_up(tmp_path: Path) -> None:
    """Offices list administrative and institution posts apart; a kind not given leaves the other."""
    towns = areas(2)
    rows: list[list[Any]] = [
        ["县区", "乡镇", "农村低保户数", "农村低保人数", "行政编", "事业编", "编外"],
        [NAME, towns[0], 120, 200, 2, 3, 1],
        [NAME, towns[1], 110, 190, "", 4, "-"],
    ]
    preview = looked_at(tmp_path, rows)

    assert told(preview) == ""
    assert preview.rows["posts_payroll"].tolist() == [5, 4]
    assert preview.rows["posts_contract"].tolist()[0] == 1


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("约120", "“约120” is no number"),
        ("#REF!", "is no number"),
        (12.5, "12.5 is not whole"),
        (-3, "-3 is negative"),
    ],
)
def test_a_row_that_cannot_be_read_is_listed(tmp_path: Path, cell: Any, said: str) -> None:
    """With its line; it is not dropped, and nothing is imported meanwhile."""
    town, other = areas(2)
    head: list[Any] = ["县区", "乡镇", "农村低保户数"]
    preview = looked_at(tmp_path, [head, [NAME, town, cell], [NAME, other, 100]])

    assert [row.row for row in preview.unread] == [2]
    assert said in told(preview)
    assert "row 2" in told(preview)
    with pytest.raises(PlaceError):
        import_place(preview, tmp_path / "place", id="mine", title="mine")
    assert not (tmp_path / "place").exists()


def test_a_total_that_does_not_add_up_is_asked_about(tmp_path: Path) -> None:
    """Either a figure is wrong, or the row is none: the person says."""
    town, other = areas(2)
    rows: list[list[Any]] = [
        ["县区", "乡镇", "农村低保户数"],
        [NAME, town, 100],
        [NAME, other, 50],
        ["合计", "", 160],
    ]
    preview = looked_at(tmp_path, rows)

    assert "the total says 160, the rows add up to 150" in told(preview)


def test_an_unknown_township_is_named_with_the_nearest(tmp_path: Path) -> None:
    """A slip of the pen is asked about; a code given for the row settles it."""
    (town,) = areas(1)
    preview = looked_at(tmp_path, [["县区", "乡镇", "农村低保户数"], [NAME, "大沸街道", 100]])
    code = frame_table("townships").set_index("area").loc[town, "area_code"]

    assert "has no township “大沸街道”" in told(preview)
    assert preview.choose(areas={2: str(code)}).is_ready


def test_a_column_can_be_told_what_it_stands_for(tmp_path: Path) -> None:
    """A heading nobody knows is passed over with a note until somebody says what it is."""
    (town,) = areas(1)
    preview = looked_at(tmp_path, [["县区", "乡镇", "保障户"], [NAME, town, 100]])
    chosen = preview.choose(columns={3: "dibao_rural_households"})

    assert "no column of households or persons" in told(preview)
    assert chosen.is_ready
    assert chosen.rows["dibao_rural_households"].tolist() == [100]


def test_identity_numbers_are_refused(tmp_path: Path) -> None:
    """Only totals of townships belong here."""
    (town,) = areas(1)
    with pytest.raises(PlaceError, match="identity or mobile number"):
        looked_at(tmp_path, [["县区", "乡镇", "农村低保户数"], [NAME, town, "11010119900307123X"]])


@pytest.mark.parametrize(("encoding", "separator"), [("gb18030", ","), ("utf-16", "\t"), ("utf-8-sig", ";")])
def test_text_files_are_read_whatever_they_are_written_in(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    """Excel's exports differ from office to office."""
    (town,) = areas(1)
    file = tmp_path / "mine.csv"
    lines = [["县区", "乡镇", "农村低保户数"], [NAME, town, "100"]]
    file.write_text("\n".join(separator.join(line) for line in lines), encoding=encoding)

    assert inspect(file).is_ready


def test_a_place_once_imported_is_the_users_own_and_never_overwritten(tmp_path: Path) -> None:
    """Its rows say whose they are and from which file."""
    town, other = areas(2)
    head = ["县区", "乡镇", "农村低保户数", "农村低保人数"]
    preview = looked_at(tmp_path, [head, [NAME, town, 100, 180], [NAME, other, 50, 90]])
    made = import_place(preview, tmp_path / "place", id="mine", title="我的县")

    assert made.townships["status"].unique().tolist() == ["user"]
    assert made.townships["dibao_rural_persons"].sum() == 270
    assert made.province == "四川省"
    with pytest.raises(InputError, match="already"):
        import_place(preview, tmp_path / "place", id="mine", title="我的县")

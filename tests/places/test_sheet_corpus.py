"""Real-shaped sheets: each is read, asked about, or refused with a located message; no row is dropped."""

from __future__ import annotations

import tempfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simlib import words
from simlib.errors import PlaceError
from simlib.places.columns import columns, headings
from simlib.places.importheadings import meaning
from simlib.places.importing import ImportPreview, import_place, inspect
from tests.places.sheets import CODE, COUNTY, HEAD, SHEETS, TWO, A, B, Sheet, written


def open_points(preview: ImportPreview, lang: str = "en") -> str:
    """All that is open, a line each."""
    points = (*preview.problems, *(row.problem for row in preview.unread))
    return "\n".join(problem.line(lang) for problem in points)


def lines_of(preview: ImportPreview) -> list[int]:
    """Every line that is somewhere."""
    rows = [int(row) for row in preview.rows["row"]] if len(preview.rows) else []
    unread = [row.row for row in preview.unread]
    return sorted([*preview.header_rows, *rows, *preview.bureaus, *preview.totals, *preview.passed, *unread])


@pytest.mark.parametrize("name", [name for name, sheet in SHEETS.items() if not sheet.refused])
def test_a_sheet_is_read_or_asked_about(name: str, tmp_path: Path) -> None:
    """What stands in the corpus beside each sheet is what becomes of it, and every line is accounted for."""
    sheet = SHEETS[name]
    preview = inspect(written(sheet, tmp_path / "表.xlsx"))
    told, notes = open_points(preview), "\n".join(note.line("en") for note in preview.notes)

    assert [said for said in sheet.said if said not in told] == []
    assert [noted for noted in sheet.noted if noted not in notes] == []
    assert all("\n" not in line.line(lang) for line in preview.problems for lang in words.LANGS)
    if sheet.said:
        assert not preview.is_ready
        return
    assert told == ""
    expected = {"dibao_rural_households": sheet.households, "dibao_rural_persons": sheet.persons}
    expected |= {"dibao_spending_yuan": sheet.yuan, **sheet.column}
    for column, figures in expected.items():
        assert figures is None or preview.rows[column].tolist() == list(figures), column
    assert preview.totals == sheet.totals
    assert sheet.header is None or preview.header_rows == sheet.header
    assert sheet.passed is None or preview.passed == sheet.passed
    filled = [at for at, row in enumerate(sheet.rows, start=1) if any(str(cell or "") for cell in row)]
    assert lines_of(preview) == filled


@pytest.mark.parametrize("name", [name for name, sheet in SHEETS.items() if sheet.refused])
def test_personal_data_are_refused(name: str, tmp_path: Path) -> None:
    """Nothing of such a file is looked at further, and no found value is repeated."""
    with pytest.raises(PlaceError, match=SHEETS[name].refused) as caught:
        inspect(written(SHEETS[name], tmp_path / "表.xlsx"))
    assert "1101" not in str(caught.value)
    assert "1380" not in str(caught.value)


@pytest.mark.parametrize(
    ("encoding", "separator"), [("gb18030", ","), ("utf-16", "\t"), ("utf-8-sig", ";"), ("gb18030", "\t")]
)
def test_text_files_are_read_in_every_encoding_offices_use(
    encoding: str, separator: str, tmp_path: Path
) -> None:
    """Excel and WPS write what the computer's language says."""
    file = tmp_path / "表.csv"
    rows = [HEAD, *TWO, ("合计", "", 200, 340)]
    file.write_text("\r\n".join(separator.join(map(str, row)) for row in rows), encoding=encoding)
    preview = inspect(file)

    assert open_points(preview) == ""
    assert preview.rows["dibao_rural_persons"].tolist() == [210, 130]


@pytest.mark.parametrize("ending", [".xls", ".et", ".ods", ".pdf", ".docx", ""])
def test_other_kinds_of_file_are_refused_with_the_remedy(ending: str, tmp_path: Path) -> None:
    """One line: what to do in Excel or WPS."""
    file = tmp_path / f"表{ending}"
    file.write_bytes(b"\xd0\xcf\x11\xe0 anything")

    with pytest.raises(PlaceError, match=r"save it as \.xlsx or CSV in Excel or WPS"):
        inspect(file)


def test_an_old_workbook_that_is_called_new_is_refused(tmp_path: Path) -> None:
    """Renaming .xls does not make it .xlsx."""
    (tmp_path / "表.xlsx").write_bytes(b"\xd0\xcf\x11\xe0" + b"\x00" * 600)

    with pytest.raises(PlaceError, match="save it again"):
        inspect(tmp_path / "表.xlsx")


def test_of_several_sheets_the_one_with_the_table_is_taken_and_another_can_be_chosen(tmp_path: Path) -> None:
    """A cover and a hidden sheet stand before it; the hidden one is named."""
    book = openpyxl.Workbook()
    cover = book.active
    assert cover is not None
    cover.append(["封面"])
    for title, households in (("8月", 1), ("9月", 2), ("旧", 3)):
        page = book.create_sheet(title)
        page.append(list(HEAD))
        page.append([COUNTY, A, households, 5])
    book["旧"].sheet_state = "hidden"
    book.save(tmp_path / "表.xlsx")
    preview = inspect(tmp_path / "表.xlsx")

    assert preview.rows["dibao_rural_households"].tolist() == [1]
    assert preview.choose(sheet="9月").rows["dibao_rural_households"].tolist() == [2]
    assert any("旧" in note.line("en") for note in preview.notes)


def test_answers_settle_what_is_open(tmp_path: Path) -> None:
    """A row that is no total, a row that is no data, a county for the whole file, a code for a row."""
    wrong = written(SHEETS["a total that does not add up"], tmp_path / "a.xlsx")
    about = written(SHEETS["about so many"], tmp_path / "b.xlsx")
    nowhere = written(Sheet((HEAD[1:], ("某镇", 1, 2))), tmp_path / "c.xlsx")

    assert inspect(wrong).choose(totals=[], passed=[4]).is_ready
    assert inspect(about).choose(passed=[2]).rows["row"].tolist() == [3]
    assert inspect(nowhere).choose(county="330523").rows["area_code"].tolist() == ["330523901"]
    assert inspect(nowhere).choose(county="安吉县", areas={2: "330523100"}).is_ready


def test_an_import_keeps_what_the_file_says_and_no_more(tmp_path: Path) -> None:
    """What is assumed is noted whenever the place is loaded, it never turns into the user's own figure."""
    name = "the staff of the bureau and of the verification centre"
    preview = inspect(written(SHEETS[name], tmp_path / "表.xlsx"))
    place = import_place(preview, tmp_path / "mine", id="mine", title="我的区")
    head, county = (tmp_path / "mine" / "counties.csv").read_text("utf-8").splitlines()[:2]
    columns_kept = (tmp_path / "mine" / "townships.csv").read_text("utf-8").splitlines()[0]

    assert dict(zip(head.split(","), county.split(","), strict=True)) | {"source": ""} == {
        "county_code": CODE,
        "county": COUNTY,
        "posts_payroll": "6",
        "posts_contract": "1",
        "posts_verification": "2",
        "status": "user",
        "source": "",
    }
    assert "travel_minutes" not in columns_kept
    assert any(note.column == "travel_minutes" for note in place.notes)
    assert dict(place.title) == {"zh": "我的区", "en": "我的区"}


def test_persons_are_reckoned_as_everywhere_else_where_only_households_are_given(tmp_path: Path) -> None:
    """By the assumed persons a household, never one person a household."""
    preview = inspect(written(SHEETS["households alone"], tmp_path / "表.xlsx"))
    place = import_place(preview, tmp_path / "mine", id="mine")

    assert (place.townships["dibao_rural_persons"] > place.townships["dibao_rural_households"]).all()


def test_words_of_a_heading_that_say_nothing_are_left_out_and_others_are_not() -> None:
    """其中：农村低保对象人数 is the column; 农村低保残疾人数 and 低保标准 are other figures."""
    assert meaning("其中：农村低保对象（人）")[0] == "dibao_rural_persons"
    assert meaning("城镇居民最低生活保障家庭户数")[0] == "dibao_urban_households"
    assert meaning("分散供养特困人员人数")[0] == "tekun_dispersed_persons"
    for other in (
        "农村低保残疾人数",
        "农村低保标准（元/月）",
        "城乡低保户数",
        "特困人员人数",
        "低保支出占比",
    ):
        assert meaning(other)[0] == "", other


def test_every_known_heading_is_still_its_own_column() -> None:
    """Shortening headings never turns one column into another."""
    for column in columns("townships").values():
        assert meaning(column.title(chinese=True))[0] == column.name
        assert meaning(column.title(chinese=False))[0] == column.name
    assert all(meaning(heading)[0] == column for heading, column in headings("townships").items())


CELLS = st.sampled_from(
    [
        "",
        "—",
        "120",
        "１２0",
        "约5",
        "3万元",
        "-1",
        "1.5",
        "#REF!",
        "合计",
        "示例",
        COUNTY,
        A,
        "注：某",
        "本级",
    ]
)
LINES = st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LINES, st.booleans())
def test_no_row_is_ever_dropped(lines: list[tuple[str, ...]], has_county: bool) -> None:
    """Whatever stands in a table, each line that is not blank is in exactly one list of the preview."""
    rows = [HEAD if has_county else ("序号", *HEAD[1:]), (COUNTY, B, "1", "2"), *lines]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "t.csv"
        file.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
        preview = inspect(file, choices=None).choose(header_rows=[1])

    assert lines_of(preview) == [at for at, row in enumerate(rows, start=1) if any(row)]


def test_a_sheet_a_month_is_not_chosen_in_silence(tmp_path: Path) -> None:
    """October's figures beside November's look as good as they."""
    book = openpyxl.Workbook()
    for month, more in (("10月", 0), ("11月", 5)):
        sheet = book.create_sheet(month)
        for row in (HEAD, *((county, area, one + more, two + more) for county, area, one, two in TWO)):
            sheet.append(row)
    del book["Sheet"]
    book.save(tmp_path / "表.xlsx")
    seen = inspect(tmp_path / "表.xlsx")
    told = [note.line("en") for note in seen.notes]

    assert any("“10月” was read" in line and "“11月”" in line for line in told)
    chosen = seen.choose(sheet="11月")
    assert chosen.rows["dibao_rural_households"].tolist() == [125, 85]
    assert not any("was read;" in note.line("en") for note in chosen.notes)

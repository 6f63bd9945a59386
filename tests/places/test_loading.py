"""What load_place reads, and what it derives when columns are missing."""

from __future__ import annotations

import time
from pathlib import Path

import openpyxl
import pytest

from simlib import words
from simlib.errors import PlaceError
from simlib.places import PROGRAMMES, load_place, write_place
from simlib.places.columns import columns, headings, plain
from simlib.places.completion import SHARED_PURSE
from simlib.places.frame import assumed
from simlib.places.template import write_template
from tests.places.conftest import COUNTIES, PLACE, TOWNSHIPS


def noted(place) -> set[tuple[str, str]]:
    return {(note.key.removeprefix("place_note_"), note.column) for note in place.notes}


def test_a_small_place_is_read_with_every_column_filled(put) -> None:
    """The rooms after this one rely on every column, in order, whole numbers int64."""
    place = load_place(put())

    assert list(place.townships.columns) == list(columns("townships"))
    assert list(place.counties.columns) == list(columns("counties"))
    assert not place.townships.isna().any().any()
    whole = [c.name for c in columns("townships").values() if c.kind in ("count", "money", "minutes")]
    assert {str(place.townships[name].dtype) for name in whole} == {"int64"}
    assert place.townships["dibao_rural_persons"].tolist() == [486, 0, 540]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_lawful_encoding_and_line_end_gives_the_same_place(put, encoding, newline) -> None:
    """Excel on Chinese Windows saves GB18030 or UTF-8 with a mark, and CRLF."""
    plain = load_place(put())
    other = load_place(put(TOWNSHIPS.replace("\n", newline).encode(encoding)))

    assert other.townships.equals(plain.townships)
    assert other.digest == plain.digest


def test_chinese_headings_are_read_as_the_columns_they_name(put) -> None:
    """A planner's table has Chinese headings; brackets, width and blanks do not matter."""
    chinese = TOWNSHIPS.replace(
        TOWNSHIPS.splitlines()[0],
        (
            "乡镇代码,乡镇（街道）,县代码,县(市、区),村 （社区） 数,常住人口,"
            "农村低保（户）,农村低保人数,上年低保支出（元）"
        ),
    )

    assert load_place(put(chinese)).townships.equals(load_place(put()).townships)


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def cells(text: str) -> list[list[object]]:
    rows = [line.split(",") for line in text.splitlines()]
    return [[int(cell) if cell.isdigit() else cell for cell in row] for row in rows]


def test_a_workbook_gives_the_same_place_as_the_folder(put, tmp_path) -> None:
    """Numbers typed as numbers, a title above the headings, form lines below: as Excel tables really look."""
    townships: list[list[object]] = [
        ["小地方乡镇表"],
        *cells(TOWNSHIPS),
        ["填报人：", "某某", "联系电话", "13800000000"],
    ]
    head: list[list[object]] = [
        ["地区代号", "small"],
        ["地区名称", "小地方"],
        ["省份", "四川省"],
        ["数据来源", "测试"],
    ]
    path = workbook(tmp_path / "p.xlsx", {"乡镇": townships, "县": cells(COUNTIES), "地区": head})
    book, folder = load_place(path), load_place(put())

    assert book.townships.equals(folder.townships)
    assert book.digest == folder.digest
    assert "13800000000" not in " ".join(note.line() for note in book.notes)


@pytest.mark.parametrize("lang", words.LANGS)
def test_the_form_filled_in_is_read_back(put, tmp_path, lang) -> None:
    """What `place template` writes is what load_place reads, in either language, whatever is left empty."""
    path = tmp_path / "form.xlsx"
    write_template(path, lang=lang)
    book = openpyxl.load_workbook(path)
    head, townships, counties, _notes = book.worksheets
    for row, value in enumerate(["small", "小地方", "Small", "四川省", "other", "", "测试"], start=1):
        head.cell(row, 2, value)
    folder = load_place(put())
    for sheet, frame in ((townships, folder.townships), (counties, folder.counties)):
        for cells_of_row in frame.itertuples(index=False, name=None):
            sheet.append(cells_of_row)
    book.save(path)
    form = load_place(path)

    assert form.townships.equals(folder.townships)
    assert form.title == folder.title
    assert form.digest == folder.digest
    with pytest.raises(PlaceError):
        write_template(path)


@pytest.mark.parametrize("table", ["townships", "counties"])
def test_every_heading_of_the_form_stands_for_its_own_column(table) -> None:
    """A Chinese heading that two columns share would send figures to the wrong one."""
    for column in columns(table).values():
        assert headings(table)[plain(column.zh)] == column.name
        assert headings(table)[plain(column.name)] == column.name


def test_38_000_townships_are_read_in_seconds(put) -> None:
    """The whole country, on the slowest machine that runs the tests (about one second on two cores)."""
    codes = [f"51{county // 90 + 1:02d}{county % 90 + 1:02d}" for county in range(2800)]
    rows = [f"{code}{n:03d},镇{n},{code},县{code},{n},{2 * n}" for code in codes for n in range(1, 15)][
        :38_000
    ]
    head = "area_code,area,county_code,county,dibao_rural_households,dibao_rural_persons"
    counties = ["county_code,county", *(f"{code},县{code}" for code in codes)]
    folder = put("\n".join([head, *rows]), "\n".join(counties))
    begun = time.perf_counter()
    place = load_place(folder)

    assert len(place.townships) == 38_000
    assert time.perf_counter() - begun < 10


def test_a_folder_may_hold_workbooks_instead_of_text(put) -> None:
    """townships.xlsx stands for townships.csv."""
    folder = put(townships=None)
    workbook(folder / "townships.xlsx", {"Sheet1": cells(TOWNSHIPS)})
    townships = load_place(folder).townships
    (folder / "townships.xlsx").unlink()

    assert townships.equals(load_place(put()).townships)


def test_a_right_row_of_sums_is_checked_and_not_counted(put) -> None:
    """Every Chinese table ends in 合计; counting it would double the caseload."""
    place = load_place(put(TOWNSHIPS + "合计,,,,48,191513,570,1026,600\n"))

    assert len(place.townships) == 3
    assert ("total_row", "") in noted(place)


def test_what_is_not_given_is_derived_or_assumed_and_noted(put) -> None:
    """Nothing is made up in silence: each derived column leaves a note."""
    place = load_place(put())
    for key, column in {
        ("posts", "posts_payroll"),
        ("per_dibao", "temporary_persontimes"),
        ("zero", "opening_backlog"),
        ("share", "assistance_share"),
        ("same_as", "population_registered"),
        ("grant", "grant_yuan"),
        ("programmes_zero", ""),
    }:
        assert (key, column) in noted(place)

    assert set(place.townships["posts_payroll"]) == {assumed("existing_posts.township_payroll")}
    assert place.townships["travel_minutes"].tolist() == [18, 18, 36]


def test_no_note_and_no_row_carries_a_path(put) -> None:
    """Notes and sources reach reports; where a file lies on somebody's disk does not."""
    folder = put(place=PLACE.replace("source: 测试\n", ""))
    place = load_place(folder)

    assert not any("/" in note.file for note in place.notes)
    assert set(place.townships["source"]) == {"townships.csv"}


def test_every_note_can_be_said_in_both_languages(put) -> None:
    """A note that cannot be printed is no note."""
    notes = load_place(put()).notes

    assert notes and all(note.line(lang) for note in notes for lang in words.LANGS)


def test_households_come_from_persons_where_only_persons_are_given(put) -> None:
    """At least one household where there are persons, never more households than persons."""
    text = TOWNSHIPS.replace("population,", "marginal_persons,").replace("59131", "1").replace("102382", "0")
    place = load_place(put(text))

    assert place.townships["marginal_households"].tolist() == [1, 0, 15000]


def test_villages_and_population_come_from_the_frame_where_not_given(put) -> None:
    """The frame knows the villages of a real township and the census population of its county."""
    lines = [",".join([*line.split(",")[:4], *line.split(",")[6:]]) for line in TOWNSHIPS.splitlines()]
    place = load_place(put("\n".join(lines)))
    population = place.townships.groupby("county_code")["population"].sum()

    assert place.townships["villages"].tolist()[:2] == [17, 11]
    assert population["511102"] == 814597


def test_money_of_a_county_is_shared_to_its_townships_exactly(put) -> None:
    """Where only the county's sum is known, the townships' shares add up to it to the yuan."""
    lines = [line.rsplit(",", 1)[0] for line in TOWNSHIPS.splitlines()]
    place = load_place(put("\n".join(lines)))

    assert place.townships.groupby("county_code")["dibao_spending_yuan"].sum().tolist() == [300, 300]


def test_rows_are_sorted_whatever_their_order_in_the_file(put) -> None:
    """The order of rows is no fact about a place: digest and rows stay the same."""
    first = load_place(put())
    head, *rows = TOWNSHIPS.splitlines()
    other = load_place(put("\n".join([head, *reversed(rows)])))

    assert other.townships.equals(first.townships)
    assert other.digest == first.digest


def test_the_digest_sees_figures_and_not_spelling(put) -> None:
    """A corrected name recomputes nothing; one person more recomputes everything."""
    first = load_place(put()).digest

    assert load_place(put(TOWNSHIPS.replace("大佛街道", "大佛寺街道"))).digest == first
    assert load_place(put(place=PLACE.replace("小地方", "小地"))).digest == first
    assert load_place(put(TOWNSHIPS.replace(",486,", ",487,"))).digest != first


def test_a_district_without_townships_is_one_row(put) -> None:
    """Sanya's four districts: county code and 000."""
    townships = "area_code,area,county_code,county,dibao_rural_households,dibao_rural_persons\n"
    place = load_place(
        put(
            townships + "460202000,海棠区,460202,海棠区,1000,1940\n",
            "county_code,county\n460202,海棠区\n",
            PLACE.replace("四川省", "海南省"),
        )
    )

    assert place.townships["villages"].tolist() == [23]
    assert place.townships["population"].tolist() == [113481]


def test_a_development_zone_may_hold_a_township_of_another_county(put) -> None:
    """It then names its own budget unit."""
    text = TOWNSHIPS.replace("villages", "budget_unit").replace(",17,", ",,").replace(",11,", ",,")
    place = load_place(
        put(text.replace("511111100,沙湾镇,511111,沙湾区,20", "511102100,沙湾镇,511111,沙湾区,51ZONE"))
    )

    assert place.townships["budget_unit"].tolist() == ["511102", "511102", "51ZONE"]
    assert ["51ZONE" in note.line() for note in place.notes if note.key == SHARED_PURSE] == [True]


def test_a_place_shows_itself_with_its_names_escaped(put) -> None:
    """A name is text from a file; in a notebook it must never be markup."""
    place = load_place(put(place=PLACE.replace("Small", "'<script>x</script>'").replace("小地方", "'<b>'")))

    with words.speaking("en"):
        shown = place._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown
    assert all(words.say(f"places.programme.{programme}", "en") in shown for programme in PROGRAMMES)


def test_text_that_looks_like_a_formula_stays_text(put, tmp_path) -> None:
    """Read and written as it stands; exporting it safely is the business of the export."""
    place = load_place(put(TOWNSHIPS.replace("沙湾镇", "=1+1")))
    write_place(place, tmp_path / "out")

    assert load_place(tmp_path / "out").townships["area"].tolist()[2] == "=1+1"

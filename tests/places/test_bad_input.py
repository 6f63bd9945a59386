"""Bad input: one clear line per problem with file, row and column; no traceback, no silent repair."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from simlib import words
from simlib.errors import PlaceError, Problem
from simlib.places import load_place
from simlib.places.complaints import SHOWN_PER_FILE
from tests.places.conftest import COUNTIES, PLACE, TOWNSHIPS
from tests.places.test_loading import cells, workbook


def problems_of(folder) -> list[Problem]:
    with pytest.raises(PlaceError) as caught:
        load_place(folder)
    for problem in caught.value.problems:
        for lang in words.LANGS:
            assert "\n" not in problem.line(lang)
    return list(caught.value.problems)


def swapped(old: str, new: str, text: str = TOWNSHIPS) -> str:
    assert old in text
    return text.replace(old, new, 1)


# what is spoiled in townships.csv: (problem, row, column)
TOWNSHIP_FAULTS = {
    "negative": (swapped(",486,", ",-486,"), 2, "dibao_rural_persons"),
    "fractional": (swapped(",486,", ",486.5,"), 2, "dibao_rural_persons"),
    "not_whole": (swapped(",486,", ",四百,"), 2, "dibao_rural_persons"),
    "not_whole full width": (swapped(",486,", ",４８６,"), 2, "dibao_rural_persons"),
    "not_whole thousands": (swapped(",486,", ',"1,486",'), 2, "dibao_rural_persons"),
    "not_whole formula": (swapped(",486,", ",=480+6,"), 2, "dibao_rural_persons"),
    "not_whole science": (swapped(",486,", ",4.86E+02,"), 2, "dibao_rural_persons"),
    "not_whole error value": (swapped(",486,", ",#REF!,"), 2, "dibao_rural_persons"),
    "not_whole nan": (swapped(",486,", ",NaN,"), 2, "dibao_rural_persons"),
    "too_great": (swapped(",486,", ",4860000000000,"), 2, "dibao_rural_persons"),
    "blank": (swapped(",486,", ",,"), 2, "dibao_rural_persons"),
    "blank_text name": (swapped("大佛街道", " "), 2, "area"),
    "twice": (swapped("511102007", "511102004"), 3, "area_code"),
    "code_shape": (swapped("511102007", "51110200"), 3, "area_code"),
    "code_shape twelve": (swapped("511102007", "511102007000"), 3, "area_code"),
    "code_shape county": (swapped("沙湾镇,511111", "沙湾镇,51111"), 4, "county_code"),
    "unknown_county": (swapped("沙湾镇,511111", "沙湾镇,511112"), 4, "county_code"),
    "county_name": (swapped("511111,沙湾区", "511111,沙弯区"), 4, "county"),
    "area_of_other_county": (swapped("511111100", "511112100"), 4, "area_code"),
    "province": (swapped("511111100", "441111100"), 4, "area_code"),
    "persons_below_households": (swapped(",270,486,", ",487,486,"), 2, "dibao_rural_persons"),
    "persons_without_household": (swapped(",270,486,", ",0,486,"), 2, "dibao_rural_persons"),
    "ragged": (swapped("270,486,100", "270,486"), 2, ""),
    "ragged long": (swapped("270,486,100", "270,486,100,9"), 2, ""),
    "personal_number": (swapped("大佛街道", "张三511102199001011234"), 2, "area"),
    "personal_number in a count": (swapped(",486,", ",51110219900101123X,"), 2, "dibao_rural_persons"),
    "personal_number phone": (swapped("大佛街道", "13812345678"), 2, "area"),
    "personal_column": (swapped("villages", "户主姓名"), 1, "户主姓名"),
    "damaged": (swapped("大佛街道", "大\ufffd街道"), 2, "area"),
    "damaged line break": (swapped("大佛街道", '"大佛\n街道"'), 3, "area"),
    "unknown_column": (swapped("villages", "vilages"), 1, "vilages"),
    "column_twice": (swapped("population", "村居数"), 1, "村居数"),
    "missing_column": (swapped("county_code", "序号"), 1, ""),
    "no_programme": (swapped("dibao_rural_persons", "tekun_dispersed_persons"), None, ""),
    "total": (TOWNSHIPS + "合计,,,,48,191513,570,1027,600\n", 5, "dibao_rural_persons"),
    "subtotal": (TOWNSHIPS + "小计,,,,48,191513,570,1027,600\n", 5, ""),
    "mixed_encoding": (TOWNSHIPS.encode().replace("沙湾镇".encode(), "沙湾镇".encode("gb18030")), 4, ""),
    "encoding": (TOWNSHIPS.encode().replace("大佛街道".encode(), b"\xff\xff\xff"), 2, ""),
    "binary": (TOWNSHIPS.encode().replace(b"270", b"2\x000"), 2, ""),
    "wrong_format": (TOWNSHIPS.encode("utf-16"), None, ""),
    "not_comma": (TOWNSHIPS.replace(",", ";"), 1, ""),
    "csv_syntax": (TOWNSHIPS + '"open', None, ""),
    "empty_file": ("", None, ""),
    "empty_file blank lines": ("\ufeff\n \n", None, ""),
    "no_rows": (TOWNSHIPS.splitlines()[0], None, ""),
    "missing_file": (None, None, ""),
}


SEVERAL = {"missing_column", "column_twice", "unknown_column"}
"""Mistakes in the headings, where one may leave a second."""


@pytest.mark.parametrize("fault", TOWNSHIP_FAULTS)
def test_a_spoiled_township_table_is_refused_where_it_is_spoiled(put, fault) -> None:
    """A planner mends what the message points at: file, row and column must be right."""
    content, row, column = TOWNSHIP_FAULTS[fault]
    key = "place_" + re.split(r" ", fault)[0]
    caught = problems_of(put(content))
    found = [problem for problem in caught if problem.key == key]

    assert found, "another problem was found"
    assert fault in SEVERAL or len(caught) == 1, "one mistake, one line"
    assert found[0].file.endswith("townships.csv")
    assert (found[0].column, row) == (column, found[0].row if row is not None else None)


COUNTY_FAULTS = {
    "money_total": (swapped("4,300", "4,301", COUNTIES), 2, "dibao_spending_yuan"),
    "twice": (COUNTIES + "511111,沙湾区,1,300\n", 4, "county_code"),
    "province": (swapped("511111", "441111", COUNTIES), 3, "county_code"),
    "missing_column": (swapped("county,", "序号,", COUNTIES), 1, ""),
    "missing_file": (None, None, ""),
}


@pytest.mark.parametrize("fault", COUNTY_FAULTS)
def test_a_spoiled_county_table_is_refused_where_it_is_spoiled(put, fault) -> None:
    """Counties are held against their townships."""
    content, row, column = COUNTY_FAULTS[fault]
    found = [problem for problem in problems_of(put(counties=content)) if problem.key == f"place_{fault}"]

    assert (found[0].row, found[0].column) == (row, column)
    assert found[0].file.endswith("counties.csv")


PLACE_FAULTS = {
    "place_unknown_key": PLACE + "provinc: 四川省\n",
    "place_bad_id": swapped("small", "Small Place", PLACE),
    "place_no_title": swapped("{zh: 小地方, en: Small}", "{zh: 小地方}", PLACE),
    "place_bad_province": swapped("四川省", "四川", PLACE),
    "place_bad_wage_region": swapped("other", "delta", PLACE),
    "place_bad_date": PLACE + "as_of: soon\n",
    "yaml_syntax date": PLACE + "as_of: 2026-13-01\n",
    "place_not_keys": "- a\n",
    "yaml_syntax": "id: [\n",
    "yaml_alias": PLACE.replace("id: small", "id: !!python/object/apply:os.system [ls]"),
    "place_missing_file": None,
}


@pytest.mark.parametrize("key", PLACE_FAULTS)
def test_a_spoiled_place_yaml_is_refused(put, key) -> None:
    """Loaded safely, unknown keys named, nothing run."""
    found = {problem.key for problem in problems_of(put(place=PLACE_FAULTS[key]))}

    assert key.split(" ")[0] in found


def test_a_slip_is_answered_with_the_name_that_was_meant(put) -> None:
    """Half of all mistakes are slips of the pen."""
    said = [problem.line("en") for problem in problems_of(put(swapped("villages", "vilages")))]

    assert any("did you mean villages" in line for line in said)


def test_all_problems_of_all_files_are_told_at_once(put) -> None:
    """One run, one list."""
    townships = swapped(",486,", ",-1,").replace("511102007", "511102004")
    keys = {problem.key for problem in problems_of(put(townships, COUNTIES.replace(",4,", ",x,"), "id: A\n"))}

    assert {"place_negative", "place_twice", "place_not_whole", "place_bad_id", "place_no_title"} <= keys


def test_a_flood_of_problems_is_capped_per_file_and_counted(put) -> None:
    """5,000 wrong rows are one mistake; the other file's problem must still be seen."""
    head, first, *_ = TOWNSHIPS.splitlines()
    rows = [first.replace("511102004", f"511102{n:03d}").replace(",486,", ",-1,") for n in range(900)]
    problems = problems_of(put("\n".join([head, *rows]), COUNTIES.replace(",5,", ",x,")))
    townships = [problem for problem in problems if problem.file.endswith("townships.csv")]

    assert len(townships) == SHOWN_PER_FILE + 1
    assert townships[-1].key == "place_more" and townships[-1].values["n"] >= 850
    assert any(problem.key == "place_not_whole" for problem in problems)


@pytest.mark.parametrize("old", ["大佛街道", "511102004", "市中区", ",486,", ",17,"])
def test_a_personal_number_is_never_repeated(put, old) -> None:
    """A message ends up in logs and mails, whichever column the number slipped into."""
    new = "511102199001011234"
    text = swapped(old, f",{new}," if old.startswith(",") else new)
    said = " ".join(problem.line() for problem in problems_of(put(text)))

    assert "199001011234" not in said


def test_a_personal_column_is_refused_without_its_contents(put) -> None:
    """Names of families do not belong here, and not into messages either."""
    said = " ".join(problem.line() for problem in problems_of(put(swapped("county,villages", "county,姓名"))))

    assert "姓名" in said and "大佛街道" not in said


def test_a_file_of_200_mb_is_refused_before_it_is_read(put, tmp_path) -> None:
    """A sparse file: reading it would be seen as memory and time."""
    folder = put()
    with (folder / "townships.csv").open("r+b") as file:
        file.truncate(200 << 20)
    found = problems_of(folder)

    assert [problem.key for problem in found] == ["place_too_large"]
    assert found[0].values["mb"] == 200


def test_a_folder_that_is_not_there_is_one_line(tmp_path) -> None:
    """Neither a missing folder nor a file in its place gives a traceback."""
    (tmp_path / "file.txt").write_text("x")

    assert problems_of(tmp_path / "nowhere")[0].key == "place_no_folder"
    assert problems_of(tmp_path / "file.txt")[0].key == "place_not_a_folder"


def test_a_folder_in_the_place_of_a_file_is_one_line(put) -> None:
    """The operating system's refusal is a message, too."""
    folder = put(townships=None)
    (folder / "townships.csv").mkdir()

    assert [problem.key for problem in problems_of(folder)] == ["place_unreadable"]


def test_two_tables_of_one_kind_are_refused(put) -> None:
    """Which of the two counts must not be guessed."""
    folder = put()
    workbook(folder / "townships.xlsx", {"Sheet1": cells(TOWNSHIPS)})

    assert "place_two_files" in {problem.key for problem in problems_of(folder)}


def packed(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"not a workbook", "place_not_excel"),
        (b"PK\x03\x04 broken", "place_not_excel"),
        (packed(b"<x/>"), "place_not_excel"),
        (b"", "place_empty_file"),
    ],
)
def test_a_broken_workbook_is_one_line(put, content, key) -> None:
    """Encrypted, truncated or renamed files come in every week."""
    folder = put(townships=None)
    (folder / "townships.xlsx").write_bytes(content)

    assert [problem.key for problem in problems_of(folder)] == [key]


def test_a_packed_bomb_is_refused_by_its_unpacked_size(put, monkeypatch) -> None:
    """A few kilobytes can unpack to gigabytes."""
    monkeypatch.setattr("simlib.places.tables._MOST_UNPACKED_BYTES", 1 << 20)
    folder = put(townships=None)
    (folder / "townships.xlsx").write_bytes(packed(b" " * (2 << 20)))

    assert [problem.key for problem in problems_of(folder)] == ["place_too_large"]


def test_a_message_names_the_heading_the_file_has(put) -> None:
    """A planner looks for the Chinese heading in the sheet, not for our name of the column."""
    text = swapped("dibao_rural_persons", "农村低保（人）").replace(",486,", ",-486,")

    assert [problem.column for problem in problems_of(put(text))] == ["农村低保（人）"]


def test_a_table_of_too_many_rows_is_refused_before_it_fills_the_memory(put, monkeypatch) -> None:
    """No row is left out in silence either."""
    monkeypatch.setattr("simlib.places.tables._MOST_ROWS", 3)

    assert [problem.key for problem in problems_of(put())] == ["place_too_many_rows"]


def test_nothing_is_written_by_a_refused_load(put) -> None:
    """Refusal leaves the folder as it was."""
    folder = put(swapped(",486,", ",-1,"))
    before = sorted((file.name, file.read_bytes()) for file in folder.iterdir())
    problems_of(folder)

    assert sorted((file.name, file.read_bytes()) for file in folder.iterdir()) == before

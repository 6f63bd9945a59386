"""Columns of several programmes together are asked about, never guessed; and other habits of real sheets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl

from simlib.places.importing import ImportPreview, inspect
from tests.places.sheets import COUNTY, A, B

HEAD = ("县区", "乡镇", "城乡低保户数", "城乡低保人数")
ROWS = ((COUNTY, A, 120, 210), ("", B, 80, 130))


def look(folder: Path, *rows: Sequence[Any]) -> ImportPreview:
    """A sheet of these rows as it is looked at."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    book.save(folder / "mine.xlsx")
    return inspect(folder / "mine.xlsx")


def test_urban_and_rural_dibao_in_one_column_is_a_question(tmp_path: Path) -> None:
    """Rural or urban decides the norm paid and the drivers of formulas: only the office knows."""
    asked = look(tmp_path, HEAD, *ROWS)
    told = [problem.line("en") for problem in asked.problems]
    answered = asked.choose(columns={3: "dibao_rural_households", 4: "dibao_rural_persons"})

    assert not asked.is_ready
    assert [(q.position, q.choices[0]) for q in asked.questions] == [
        (3, "dibao_rural_households"),
        (4, "dibao_rural_persons"),
    ]
    assert any(
        "--column 3=dibao_rural_households | --column 3=dibao_urban_households" in line for line in told
    )
    assert answered.is_ready
    assert answered.questions == ()
    assert answered.rows["dibao_rural_households"].tolist() == [120, 80]


def test_a_combined_column_can_be_passed_over(tmp_path: Path) -> None:
    """Whoever says it is not used is not asked again."""
    rows = ((*HEAD, "特困分散供养人数"), *((*row, 5) for row in ROWS))
    passed = look(tmp_path, *rows).choose(columns={3: "", 4: ""})

    assert passed.is_ready
    assert "dibao_rural_households" not in passed.rows


def test_a_sum_beside_its_parts_is_not_asked_about(tmp_path: Path) -> None:
    """Where urban and rural stand in columns of their own, the column of both would count them twice."""
    heads = ("县区", "乡镇", "低保户数", "城市低保户数", "农村低保户数")
    seen = look(tmp_path, heads, (COUNTY, A, 120, 20, 100), ("", B, 80, 0, 80))

    assert seen.is_ready, [problem.line() for problem in seen.problems]
    assert seen.questions == ()
    assert "not counted again" in " ".join(note.line("en") for note in seen.notes)
    assert seen.rows["dibao_urban_households"].tolist() == [20, 0]


def test_a_line_of_units_above_the_headings_is_no_part_of_them(tmp_path: Path) -> None:
    """Headings over two rows below “单位：万元”: money is read, in that unit."""
    seen = look(
        tmp_path,
        ("填报单位：某局", "", "", "", "单位：万元"),
        ("县区", "乡镇", "农村低保", "", "全年低保资金支出"),
        ("", "", "户数", "人数", ""),
        (COUNTY, A, 120, 210, "86.4"),
        ("", B, 80, 130, "61"),
    )

    assert seen.is_ready, [problem.line() for problem in seen.problems]
    assert seen.header_rows == (2, 3)
    assert seen.rows["dibao_spending_yuan"].tolist() == [864_000, 610_000]


def test_a_township_named_for_a_people_is_found_without_it(tmp_path: Path) -> None:
    """Offices write 和平乡 for 和平彝族乡; it is read so and noted. Of others the code is told."""
    head = ("县区", "乡镇", "农村低保户数")
    seen = look(tmp_path, head, ("金口河区", "和平乡", 12), ("金口河区", "永胜新乡", 8))

    assert seen.rows["area_code"].tolist()[0] == "511113200"
    assert any("和平彝族乡" in note.line("en") for note in seen.notes)
    assert any(
        "永胜乡”? Correct the name or give its code (511113203)" in problem.line("en")
        for problem in seen.problems
    )

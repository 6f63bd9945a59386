"""Dated values: read strictly, asked by date, wrong files answered with line and remedy."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from simlib import words
from simlib.dated import DatedValue, read_values
from simlib.errors import LawError
from simlib.yamlfile import load_yaml

GOOD = """\
benefit_yuan:
  description: {zh: 补助, en: Benefit}
  unit: yuan/person-month
  values:
    2023-01-01: {value: {low: 301, mode: 320, high: 701}, status: assumption, source: {title: a}}
    2025-01-01:
      {low: 1, mode: 2.5, high: 3, until: 2025-12-31, status: found, source: {title: b, read_on: 2026-01-01}}
by_region:
  description: {zh: 分地区, en: By region}
  unit: post
  values:
    2023-01-01: {value: {leshan: {low: 0, mode: 1, high: 2}, all: [1, 2]}, status: found, source: {title: a}}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "values.yaml"
    file.write_text(text, "utf-8")
    return file


def benefit(folder: Path) -> DatedValue:
    return read_values(written(folder, GOOD))["benefit_yuan"]


@pytest.mark.parametrize(
    ("day", "which", "expected"),
    [
        (date(2023, 1, 1), "mode", 320),
        (date(2024, 12, 31), "high", 701),
        (date(2025, 1, 1), "low", 1),
        (date(2025, 12, 31), "mode", 2.5),
    ],
)
def test_a_value_holds_from_its_date_to_the_day_before_the_next(tmp_path, day, which, expected) -> None:
    """Law changes on a day; the days on both sides of it must differ."""
    assert benefit(tmp_path).on(day, which) == expected


@pytest.mark.parametrize("day", [date(2022, 12, 31), date(2026, 1, 1)])
def test_a_day_outside_the_dates_is_refused(tmp_path, day) -> None:
    """No value may be carried before its first date or past its stated end."""
    with pytest.raises(LawError, match="benefit_yuan") as caught:
        benefit(tmp_path).on(day)

    assert caught.value.problems[0].key == "dated_outside"


def test_ranges_inside_a_mapping_are_resolved(tmp_path) -> None:
    """A table by region may hold ranges; asking for a side answers for each cell."""
    table = read_values(written(tmp_path, GOOD))["by_region"].on(date(2024, 1, 1), "high")

    assert (table["leshan"], table["all"]) == (2, (1, 2))


ENTRY = "x:\n  description: {zh: 甲, en: A}\n  unit: yuan\n  values:\n"
DAY = "    2024-01-01: {value: 1, status: found, source: {title: t}}\n"
BROKEN = {
    "dated_unknown_key": ENTRY.replace("unit: yuan", "unit: yuan\n  descripton: a") + DAY,
    "dated_key_shape": ENTRY.replace("x:", "X x:") + DAY,
    "dated_not_mapping": "x: 1\n",
    "dated_no_unit": ENTRY.replace("unit: yuan", "unit: ''") + DAY,
    "dated_no_values": ENTRY.replace("values:", "values: {}"),
    "dated_no_description": ENTRY.replace(", en: A", "") + DAY,
    "dated_not_a_date": ENTRY + DAY.replace("2024-01-01", "2024"),
    "dated_ends_early": ENTRY + DAY.replace("value: 1", "value: 1, until: 2023-01-01"),
    "dated_bad_status": ENTRY + DAY.replace("found", "fund"),
    "law_not_plain": ENTRY + DAY.replace("title: t", "title: t, article: [1, 2]"),
    "dated_no_source": ENTRY + DAY.replace("title: t", "href: t"),
    "dated_no_value": ENTRY + DAY.replace("value: 1", "value: 1, low: 1"),
    "dated_bad_range": ENTRY + DAY.replace("value: 1", "low: 2, mode: 1, high: 3"),
    "dated_unsorted": ENTRY + DAY + DAY.replace("2024", "2023"),
    "dated_overlap": ENTRY
    + DAY.replace("value: 1", "value: 1, until: 2025-01-01")
    + DAY.replace("2024", "2025"),
    "yaml_key_twice": ENTRY + DAY + DAY,
    "yaml_alias": ENTRY.replace("unit: yuan", "unit: &u yuan") + DAY.replace("value: 1", "value: *u"),
    "yaml_not_finite": ENTRY + DAY.replace("value: 1", "value: .inf"),
    "yaml_sixties": ENTRY + DAY.replace("value: 1", "value: 1:30"),
    "yaml_syntax": ENTRY + "  - [\n",
}


@pytest.mark.parametrize("key", BROKEN)
def test_each_kind_of_wrong_file_is_refused_with_its_line(tmp_path, key) -> None:
    """A wrong file of law must stop at load and say where, in both languages."""
    with pytest.raises(LawError) as caught:
        read_values(written(tmp_path, BROKEN[key]))

    found = [problem for problem in caught.value.problems if problem.key == key]
    assert found and found[0].row is not None
    assert all(found[0].line(lang) for lang in words.LANGS)


@pytest.mark.parametrize("nothing", ["{}", "[]", "{a: {}}", "[[]]"])
def test_an_empty_value_is_no_value(tmp_path, nothing) -> None:
    """A range nobody filled in would fail only where it is asked for; a list of words may be empty."""
    with pytest.raises(LawError, match="exactly one value"):
        read_values(written(tmp_path, ENTRY + DAY.replace("value: 1", f"value: {nothing}")))

    text = ENTRY.replace("yuan", "text") + DAY.replace("value: 1", "value: []")
    assert read_values(written(tmp_path, text))["x"].on(date(2024, 1, 1)) == ()


def test_the_unknown_key_names_the_nearest(tmp_path) -> None:
    """A slip of the pen is answered with the key that was meant."""
    with pytest.raises(LawError, match="description"):
        read_values(written(tmp_path, BROKEN["dated_unknown_key"]))


def test_every_problem_of_every_file_is_told_at_once(tmp_path) -> None:
    """Mending one problem a run would take as many runs as problems."""
    (tmp_path / "a.yaml").write_text(BROKEN["dated_bad_status"], "utf-8")
    (tmp_path / "b.yaml").write_text(BROKEN["dated_no_unit"].replace("x:", "y:"), "utf-8")

    with pytest.raises(LawError) as caught:
        read_values(tmp_path)

    assert {problem.key for problem in caught.value.problems} == {"dated_bad_status", "dated_no_unit"}


def test_a_key_in_two_files_is_refused(tmp_path) -> None:
    """Which of two values counts must never depend on the names of files."""
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(ENTRY + DAY, "utf-8")

    with pytest.raises(LawError) as caught:
        read_values(tmp_path)

    assert [problem.key for problem in caught.value.problems] == ["dated_key_twice"]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"\xff\xfe\x00", "yaml_not_utf8"),
        (b"a: " + b"1" * (5 << 20), "yaml_too_large"),
        (None, "file_unreadable"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_problem(tmp_path, content, key) -> None:
    """No traceback for a wrong encoding, a huge file or a missing one."""
    file = tmp_path / "a.yaml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(LawError) as caught:
        load_yaml(file)

    assert [problem.key for problem in caught.value.problems] == [key]


def test_lines_are_those_of_the_file(tmp_path) -> None:
    """A message that points at the wrong line is worse than none."""
    content, lines = load_yaml(written(tmp_path, "a:\n  - b: 1\n  - c: 2\n"))

    assert content == {"a": [{"b": 1}, {"c": 2}]}
    assert (lines[("a",)], lines[("a", 1)], lines[("a", 1, "c")]) == (1, 3, 3)

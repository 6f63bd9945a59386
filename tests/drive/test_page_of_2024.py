"""What a page says of a plan that lies before a law holds, and within calendars that are published."""

from __future__ import annotations

from pathlib import Path

import pytest

from simlib.results.experiment import open_experiment
from simlib.view.names import names_of
from simlib.view.report import banner
from tests.drive.smallreport import small_report

EXPERIMENT = """\
kind: experiment
title: {zh: 试点, en: The pilot}
question: {zh: 够不够, en: Is it enough}
base:
  place: places/small
  policy: {price_yuan: 60000}
  run: {first_year: FIRST, years: 2, opening_months: 1, replications: 1}
axes:
  - id: formula
    title: {zh: 标准, en: Formula}
    values:
      - {id: leshan, title: {zh: 乐山, en: Leshan}, set: {policy.formula: leshan-2020}}
views:
  - {id: grid, title: {zh: 比较, en: Compared}, axes: [formula]}
"""


@pytest.mark.parametrize(
    ("first", "not_in_force", "estimated"), [(2024, True, ""), (2026, False, "2027"), (2027, False, "2027")]
)
def test_a_page_says_what_law_and_calendar_lack_in_its_years(
    first: int, not_in_force: bool, estimated: str, tmp_path: Path
) -> None:
    """The measure on rigid-expenditure households holds from 2025; working days are published up to 2026."""
    with small_report(tmp_path, EXPERIMENT.replace("FIRST", str(first)), only="grid-leshan") as made:
        experiment = open_experiment(made.folder)
        told = banner(experiment, names_of(experiment, "en"))

    assert any("rigid" in line.lower() for line in told) == not_in_force
    dated = [line for line in told if line.startswith("Working days from")]
    assert [line.split()[3] for line in dated] == ([estimated] if estimated else [])

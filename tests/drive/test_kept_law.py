"""A run keeps the law of its own that it was read by: pages, checks and forms need no folder of law again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from simlib.drive.batch import Made
from simlib.drive.casestory import law_of_run
from simlib.drive.cli import main
from simlib.drive.verification import check, truth_of
from simlib.results.experiment import ExperimentResults, open_experiment
from simlib.results.keptlaw import keep_law, kept_law
from simlib.view.annex import generalists_of, law_of
from tests.drive.smallreport import small_report
from tests.policy.lawfiles import FORMULA

OWN = FORMULA.replace("unit: household", "unit: household\n        generalists: 1")
EXPERIMENT = """\
kind: experiment
title: {zh: 自拟标准, en: A formula of one's own}
question: {zh: 够不够, en: Is it enough}
base:
  place: places/small
  policy: {price_yuan: 60000}
  run: {years: 1, opening_months: 1, replications: 1}
axes:
  - id: formula
    title: {zh: 标准, en: Formula}
    values:
      - {id: ours, title: {zh: 自拟, en: Ours}, set: {policy.formula: own-rule}}
views:
  - {id: grid, title: {zh: 比较, en: Compared}, axes: [formula]}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """A report by a formula that stood in a folder named with --law; the folder is gone."""
    folder = tmp_path_factory.mktemp("kept")
    law = folder / "elsewhere" / "deep"
    law.mkdir(parents=True)
    (law / "own.yaml").write_text(OWN, "utf-8")
    with small_report(folder, EXPERIMENT, only="grid-ours", law=[str(law.parent)]) as done:
        shutil.rmtree(law.parent)
        yield done


@pytest.fixture
def results(made: Made) -> ExperimentResults:
    """The run, opened anew."""
    return open_experiment(made.folder)


def test_a_run_keeps_the_law_it_was_read_by(results: ExperimentResults) -> None:
    """What stands in the folder may change or go; and no path of the machine is told."""
    (kept,) = results.law_folders()

    assert (kept / "deep" / "own.yaml").read_text("utf-8") == OWN
    assert "elsewhere" not in (results.folder / "data" / "experiment.json").read_text("utf-8")
    assert generalists_of(results, "ours", "township") == 1
    assert law_of_run(results, []) == (kept,)


@pytest.mark.slow
def test_its_report_is_made_again_and_verified_without_the_folder(made: Made) -> None:
    """The annexes count an officer with other duties, and the chart of loads has the formula."""
    page = (made.folder / "grid-ours.html").read_text("utf-8")

    assert "折合全时" in page
    assert check(made.folder, truth_of(made.folder)).differences == ()


@pytest.mark.slow
def test_forms_and_cases_need_no_law_named(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`simlib export` and `simlib trace` of a run whose law came from elsewhere."""
    out = tmp_path / "annex.csv"
    assert main(["export", str(made.folder), "--form", "annex-2", "--out", str(out)]) == 0
    assert "折合全时" in out.read_text("utf-8-sig")

    assert main(["trace", str(made.folder), "--format", "csv"]) == 0
    assert capsys.readouterr().err.strip()


def test_a_run_of_before_takes_the_law_of_its_workspace(results: ExperimentResults) -> None:
    """A run that kept none is read as it was before."""
    old = ExperimentResults(
        results.folder, {key: told for key, told in results._facts.items() if key != "law"}
    )
    own = results.folder.parents[1] / "scenarios" / "law"
    own.mkdir()
    (own / "mine.yaml").write_text(OWN.replace("own-rule", "my-rule"), "utf-8")

    assert old.law_folders() == (own,)
    assert "my-rule" in law_of(old).formulas
    assert "my-rule" not in law_of(results).formulas
    shutil.rmtree(own)


def test_another_run_s_law_takes_the_place_of_the_first(tmp_path: Path) -> None:
    """Run again with other folders, only theirs are kept."""
    (tmp_path / "one.yaml").write_text(OWN, "utf-8")
    data = tmp_path / "data"
    assert keep_law([tmp_path / "one.yaml", tmp_path], data) == 2
    assert keep_law([], data) == 0

    assert not (data / "law").exists()
    assert kept_law(data, 0) == ()

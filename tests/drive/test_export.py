"""`simlib export`: forms from a run that really took place."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from simlib import words
from simlib.drive.cli import main
from simlib.results.experiment import open_experiment

FORMS = (
    "annex-1",
    "annex-2",
    "staffing-status",
    "price-calculation",
    "purchase-budget",
    "performance-targets",
    "budget-execution",
)


@pytest.fixture(autouse=True)
def spoken():
    with words.speaking("en"):
        yield


@pytest.fixture
def run(small_run: Path) -> Path:
    """The folder of a small experiment, simulated without pages."""
    return small_run


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.slow
def test_every_form_comes_out_of_a_real_run(run: Path, tmp_path: Path, capsys) -> None:
    """The made-up experiment of the other tests could have another shape than a real one."""
    for cell in [cell.id for cell in open_experiment(run).cells()]:
        for form in FORMS:
            out = tmp_path / f"{form}.{cell}.csv"
            assert main(["export", str(run), "--form", form, "--cell", cell, "--out", str(out)]) == 0
            assert capsys.readouterr().out.strip() == str(out)
            assert len(read(out)) > 6


@pytest.mark.slow
def test_the_status_of_a_real_run_ends_where_its_summary_does(run: Path, tmp_path: Path) -> None:
    """Posts and money stand in the form as the comparison shows them; paid is cash: without what is owed."""
    cell, out = "grid-guangdong-some", tmp_path / "s.csv"
    main(["export", str(run), "--form", "staffing-status", "--cell", cell, "--out", str(out), "--lang", "en"])
    summary = open_experiment(run).summary()
    whole = summary[(summary["scenario"] == cell) & (summary["year"] == 0)].set_index("measure")["mean"]
    last = [row for row in read(out) if row[1:2] == ["Total"]][-1]

    assert last[0] == "2027-12"
    assert [float(text) for text in last[2:5]] == pytest.approx(
        [whole["posts_required"], whole["posts_funded"], whole["posts_filled"]], abs=0.05
    )
    fund = open_experiment(run).ledger_years(cell).query("source == 'work_fund'")
    paid, owed = (fund.groupby("replication")[name].sum().mean() for name in ("paid", "committed"))
    assert float(last[10]) == pytest.approx(whole["cap_yuan"] / 10_000, abs=0.0001)
    assert float(last[11]) == pytest.approx(paid / 1_000_000, abs=0.0001)
    assert paid + owed == pytest.approx(whole["cost_yuan"] * 100, abs=1)


@pytest.mark.slow
def test_without_a_file_the_form_lies_in_the_run(run: Path, capsys) -> None:
    """Where it is, is printed: a person who gave no name must find it."""
    assert main(["export", str(run), "--form", "annex-2"]) == 0
    path = Path(capsys.readouterr().out.strip())

    assert path == run / "forms" / "annex-2.grid-guangdong-needed.xlsx"
    assert path.is_file()


@pytest.mark.slow
def test_a_run_that_is_not_finished_is_bad_input(run: Path, tmp_path: Path, capsys) -> None:
    """The facts are written before the tables can be read; a form of half a run would be a wrong form."""
    (tmp_path / "data").mkdir()
    for name in ("place", "posts"):
        (tmp_path / "data" / name).symlink_to(run / "data" / name)
    facts = (run / "data" / "experiment.json").read_text("utf-8")
    (tmp_path / "data" / "experiment.json").write_text(facts, "utf-8")

    assert main(["export", str(tmp_path), "--form", "staffing-status"]) == 2
    assert "not finished" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["annex-3", "annex-1"])
def test_a_folder_without_a_run_is_bad_input(form: str, tmp_path: Path, capsys) -> None:
    """Exit code 2 and one line, not a traceback."""
    assert main(["export", str(tmp_path), "--form", form]) == 2
    assert "simlib plan" in capsys.readouterr().err


@pytest.mark.parametrize("given", [["--limit-yuan", "1"], ["--limit-yuan", "2", "--tender-yuan", "1"]])
def test_half_the_thresholds_are_bad_input(given: list[str], tmp_path: Path, capsys) -> None:
    """A method judged by one of the two amounts would be wrong; the message names both."""
    assert main(["export", str(tmp_path), "--form", "purchase-budget", *given]) == 2
    assert "--tender-yuan" in capsys.readouterr().err


@pytest.mark.slow
def test_the_thresholds_given_decide_the_method(run: Path, tmp_path: Path) -> None:
    """The place's own amounts: everything from one yuan up is an open tender."""
    out = tmp_path / "b.csv"
    limits = ["--limit-yuan", "1", "--tender-yuan", "1"]
    arguments = ["export", str(run), "--form", "purchase-budget", "--out", str(out), "--lang", "en", *limits]
    arguments += ["--cell", "grid-guangdong-some"]  # its money is settled, so only the method could not be

    assert main(arguments) == 0
    told = [cell for row in read(out) for cell in row]
    assert "open tender" in told
    assert "to be settled" not in told

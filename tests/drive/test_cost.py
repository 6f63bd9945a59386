"""What a plan would cost, told before it runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simlib.drive.batch import Order, prepare_order
from simlib.drive.cli import main
from simlib.drive.cost import cost_table
from simlib.drive.timing import _RULES, FILE, MEASURED, ROUGH, START_SECONDS, Reckoner, Timer, scale_of
from tests.drive.test_plan import workspace
from tests.drive.test_sensitivity_page import DESIGNED


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small experiment with designs that never ran."""
    found = workspace(tmp_path_factory.mktemp("cost"))
    found.write_text(DESIGNED, "utf-8")
    return found


def test_a_row_a_cell_a_row_a_design_and_option_and_the_whole(file: Path) -> None:
    """Hundreds of points are one row each option; the whole counts them all."""
    order = Order(file, workers=2, notebooks=False)
    table = cost_table(prepare_order(order), order)
    whole = table.iloc[-1]

    assert list(table["cell"]) == [
        *("grid-guangdong", "grid-hainan", "spread-guangdong", "spread-hainan"),
        *("grid-guangdong-p*", "grid-hainan-p*", "spread-guangdong-p*", "spread-hainan-p*", "total"),
    ]
    assert list(table["points"]) == [1, 1, 1, 1, 4, 4, 8, 8, 28]
    assert list(table["distinct"]) == [1, 1, 0, 0, 4, 4, 8, 8, 26]
    assert whole["stored"] == 0
    assert whole["seconds"] == pytest.approx(table["seconds"][:-1].sum() / 2 + START_SECONDS, abs=0.5)
    assert set(table["estimate"]) == {ROUGH}


def test_what_scenarios_share_is_counted_once(file: Path, tmp_path: Path) -> None:
    """The same option in two views is simulated once, and its run-up serves the other option."""
    settings = prepare_order(Order(file)).settings
    reckoner = Reckoner(tmp_path)
    first, other = (reckoner.missing(settings[cell]) for cell in ("grid-guangdong", "grid-hainan"))

    assert first.seconds > other.seconds > 0
    assert reckoner.missing(settings["spread-guangdong"]).seconds == 0


def test_pages_take_time_and_workers_save_it(file: Path) -> None:
    """Only the row of the whole knows of both."""
    prepared = prepare_order(Order(file))

    def seconds(**how: object) -> float:
        return float(cost_table(prepared, Order(file, **how)).iloc[-1]["seconds"])  # type: ignore[arg-type]

    assert seconds(workers=1, notebooks=True) > seconds(workers=1, notebooks=False)
    assert seconds(workers=1, notebooks=False) > seconds(workers=4, notebooks=False)


def test_a_place_that_was_measured_scales_the_estimate(tmp_path: Path) -> None:
    """Another place's time, one by other rules of thumb, or a file that cannot be read, says nothing."""
    for name, told in (
        ("a", {"place": "here", "rules": _RULES, "rough": [10, 100], "real": [30, 200]}),
        ("b", {"place": "there", "rules": _RULES, "rough": [10, 100], "real": [990, 100]}),
        ("c", {"place": "here"}),
        ("d", {"place": "here", "rules": [1, 2, 3, 4], "rough": [10, 100], "real": [990, 100]}),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / FILE).write_text(json.dumps(told), "utf-8")
    here, nowhere = scale_of(tmp_path, "here"), scale_of(tmp_path, "nowhere")

    assert (here.by.seconds, here.by.size, here.basis) == (3.0, 2.0, MEASURED)
    assert (nowhere.by.seconds, nowhere.by.size, nowhere.basis) == (1.0, 1.0, ROUGH)


@pytest.mark.parametrize(("replications", "is_kept"), [(1, False), (5000, True)])
def test_a_short_run_that_took_long_is_no_measure_of_the_place(
    file: Path, tmp_path: Path, replications: int, is_kept: bool
) -> None:
    """Minutes of compiling before half a second of work made the next estimate twenty times too dear."""
    (setting, *_) = prepare_order(Order(file, replications=replications)).settings.values()
    timer = Timer(tmp_path, [setting], workers=2)
    timer._began -= 300  # as if it had begun five minutes ago
    timer.note()

    assert (tmp_path / FILE).exists() == is_kept


@pytest.mark.parametrize(("lang", "told"), [("zh", "粗略"), ("en", "rough")])
def test_stdout_holds_the_rows_and_stderr_the_whole_in_a_sentence(
    file: Path, capsys: pytest.CaptureFixture[str], lang: str, told: str
) -> None:
    """JSON for a script, a sentence for a person; nothing is written."""
    assert main(["plan", str(file), "--dry-run", "--format", "json", "--lang", lang]) == 0
    printed = capsys.readouterr()
    rows = json.loads(printed.out)

    assert rows[-1]["cell"] == "total"
    assert rows[-1]["points"] == 28
    assert told in printed.err
    assert not (file.parents[1] / "reports").exists()

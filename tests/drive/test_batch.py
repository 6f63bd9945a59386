"""A batch goes on when an option fails, says so everywhere, and tells from outside how far it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simlib.drive import status as status_module
from simlib.drive.batch import Made, Order, make
from simlib.drive.cli import main
from simlib.drive.status import FILE, Status, status_table
from simlib.errors import RunError
from simlib.results.experiment import open_experiment
from simlib.runs import cluster, work
from tests.drive.test_plan import workspace


def made(folder: Path, said: list[str], monkeypatch: pytest.MonkeyPatch, broken: str) -> Made:
    """The small experiment without its pages; whatever buys under the formula `broken` fails."""
    real: Any = vars(work)["simulate_batch"]

    def simulate(setting: Any, *given: Any, **named: Any) -> Any:
        if broken in (setting.scenario.policy.formula, "every"):
            raise ZeroDivisionError("injected")
        return real(setting, *given, **named)

    monkeypatch.setattr(work, "simulate_batch", simulate)
    return make(Order(workspace(folder), replications=1, workers=1, lang="en", notebooks=False), said.append)


def test_an_option_that_fails_is_told_and_the_others_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No false success: which are missing, why, and that the conclusion is of the others only."""
    said: list[str] = []
    found = made(tmp_path, said, monkeypatch, "hainan-2n")
    results = open_experiment(found.folder)

    assert [name for name, _ in found.failed] == [
        "grid-hainan-needed",
        "grid-hainan-some",
        "equal_money-hainan",
    ]
    assert {cell.id for cell in results.cells()} == {
        "status_quo", "grid-guangdong-needed", "grid-guangdong-some", "equal_money-guangdong"
    }  # fmt: skip
    assert "not simulated: grid-hainan-some (ZeroDivisionError: injected)" in said
    assert any(line.startswith("4 of 7 options are there; missing: grid-hainan-needed") for line in said)
    assert results.missing_note("en") in said
    assert status_table(tmp_path / "reports")[["batch", "state"]].values.tolist() == [["small", "failed"]]


def test_when_every_option_fails_the_run_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left to compare, and no page claims otherwise."""
    with pytest.raises(RunError, match="no option could be simulated"):
        made(tmp_path, [], monkeypatch, "every")

    assert status_table(tmp_path / "reports")["state"].tolist() == ["stopped"]
    assert not (tmp_path / "reports" / "small" / "data" / "experiment.json").exists()


def test_a_status_names_what_runs_what_ended_and_what_was_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is gone is not running, whatever its file says."""
    monkeypatch.setattr(status_module, "_EVERY_SECONDS", 0)
    with Status(tmp_path / "a", "a") as status:
        status.tell("simulating", 3, 9)
        running = status_table(tmp_path)
        status.tell("notebooks", 2, 2)
        status.finish([])
    with pytest.raises(KeyboardInterrupt), Status(tmp_path / "b", "b"):
        raise KeyboardInterrupt
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    facts = json.loads((tmp_path / "a" / FILE).read_text("utf-8"))
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / FILE).write_text(
        json.dumps(facts | {"batch": "c", "state": "running", "process": int(gone.stdout)})
    )
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / FILE).write_text("{")
    table = status_table(tmp_path).set_index("batch")

    assert running[["state", "stage", "done", "total"]].values.tolist() == [["running", "simulating", 3, 9]]
    assert facts["process"] == os.getpid()
    assert table["state"].to_dict() == {"a": "done", "b": "stopped", "c": "stopped"}


def test_the_command_says_where_no_batch_is(tmp_path: Path) -> None:
    """An empty folder is no error; a folder that is not there is."""
    command = [sys.executable, "-m", "simlib", "status", "--lang", "en"]
    empty = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    absent = subprocess.run([*command, str(tmp_path / "no")], capture_output=True, text=True, check=False)

    assert (empty.returncode, absent.returncode) == (0, 2)
    assert "no batch under" in empty.stderr
    assert str(tmp_path / "no") in absent.stderr


def test_compare_with_an_option_that_failed_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are compared, the missing one is named, and the exit code is 1."""
    made(tmp_path, [], monkeypatch, "hainan-2n")
    file = tmp_path / "scenarios" / "small.yaml"
    code = main(
        ["compare", str(file), "--replications", "1", "--workers", "1", "--lang", "en", "--format", "csv"]
    )
    told = capsys.readouterr()

    assert code == 1
    assert [line.split(",")[0] for line in told.out.splitlines()[1:]] == [
        "grid-guangdong-needed", "grid-guangdong-some"
    ]  # fmt: skip
    assert "4 of 7 options are there; missing: grid-hainan-needed" in told.err


@pytest.mark.parametrize(
    "command",
    [
        ["compare", "--choose"],
        ["compare", "--flip"],
        ["optimise"],
        ["run", "--one-at-a-time", "ramp.speed", "--cell", "status_quo"],
    ],
)
def test_whatever_simulates_asks_the_cluster_it_was_given(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address that is ignored would leave the planner waiting for one machine's work."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    name, *options = command
    code = main([name, str(workspace(tmp_path)), *options, "--cluster", "tcp://127.0.0.1:9", "--lang", "en"])

    assert code == 2
    assert "cannot reach --cluster tcp://127.0.0.1:9" in capsys.readouterr().err

"""The long proofs of the batch: fifty kills at random moments, two hundred notebooks of which many fail."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from simlib.drive.notebooks import NotebookRun, run_notebooks
from tests.drive.test_notebooks import _notebook
from tests.drive.test_plan import data, plan, workspace

KILLS = 50
EXECUTIONS = 200


def finished(folder: Path) -> dict[str, bytes]:
    """What a batch has finished so far: tables of whole blocks and opening states."""
    found = data(folder) if (folder / "data").is_dir() else {}
    return {
        name: content
        for name, content in found.items()
        if ".part" not in name and "/pieces/" not in name and "/r" in name
    }


@pytest.mark.prove
def test_whatever_is_finished_after_a_kill_is_what_an_undisturbed_batch_makes(tmp_path: Path) -> None:
    """kill −9 of all its processes at fifty random moments; each call goes on where the last was killed."""
    undisturbed = workspace(tmp_path / "whole")
    assert plan(undisturbed, "--no-notebooks").wait(timeout=600) == 0
    whole = finished(tmp_path / "whole" / "reports" / "small")
    moments, kills, batch = random.Random(20270101), 0, 0
    while kills < KILLS:
        batch += 1
        file = workspace(tmp_path / f"batch{batch}")
        folder = tmp_path / f"batch{batch}" / "reports" / "small"
        done = False
        while not done and kills < KILLS:
            running = plan(file, "--no-notebooks")
            time.sleep(moments.uniform(1, 9))
            done = running.poll() == 0
            if not done:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()
                kills += 1
            found = finished(folder)
            assert {name: content == whole[name] for name, content in found.items()} == dict.fromkeys(
                found, True
            )
        assert plan(file, "--no-notebooks").wait(timeout=600) == 0
        assert finished(folder) == whole


FAULTS: dict[str, str] = {
    "good": "x",
    "exception": "raise KeyError('injected')",
    "timeout": "import time; time.sleep(120)",
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "exits": "import os; os._exit(0)",
}


@pytest.mark.prove
def test_of_two_hundred_notebooks_none_is_misreported(tmp_path: Path) -> None:
    """Half of them fail in four ways, in parallel; a second call runs the failed ones again and no other."""
    lot = random.Random(20270102)
    kinds = [
        lot.choice(["good"] * 12 + ["exception"] * 5 + ["killed"] * 4 + ["exits"] * 2 + ["timeout"])
        for _ in range(EXECUTIONS)
    ]
    books = {}
    for kind, code in FAULTS.items():
        (tmp_path / kind).mkdir()
        books[kind] = _notebook(tmp_path / kind, code=code)
    runs = [NotebookRun(f"n{number:03d}", books[kind], {"x": number}) for number, kind in enumerate(kinds)]
    out = tmp_path / "out"
    first = run_notebooks(runs, out, data_digest="d", workers=4, timeout_seconds=15)
    again = run_notebooks(runs[:40], out, data_digest="d", workers=4, timeout_seconds=15)

    wanted = ["done" if kind == "good" else "failed" for kind in kinds]
    assert [outcome.state for outcome in first] == wanted
    assert all(bool(outcome.error) == (outcome.state == "failed") for outcome in first)
    assert [outcome.state for outcome in again] == [
        "kept" if state == "done" else state for state in wanted[:40]
    ]
    for outcome, kind in zip(first, kinds, strict=True):
        assert (out / f"{outcome.name}.ipynb").exists() == (kind == "good")

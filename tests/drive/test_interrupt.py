"""Ctrl-C at a terminal, which sends it to the workers too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.drive.test_cli import SCENARIO
from tests.small import place, stored

SECONDS = 60
SIMLIB = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs behind a shell is told to ignore it
runpy.run_module("simlib", run_name="__main__", alter_sys=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="Windows has no group of processes that a terminal signals")
@pytest.mark.parametrize("after", [0, 1, 4])
def test_ctrl_c_ends_command_and_workers_with_one_line(tmp_path: Path, after: int) -> None:
    """At any moment: the code of an interrupt, no traceback of a worker, and soon."""
    stored(place(), tmp_path / "place")
    (tmp_path / "small.yaml").write_text(SCENARIO.replace("replications: 1", "replications: 400"), "utf-8")
    command = [sys.executable, "-c", SIMLIB, "run", str(tmp_path / "small.yaml"), "--workers", "2"]
    running = subprocess.Popen(
        [*command, "--out", str(tmp_path / "out")],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "SIMLIB_LANG": "en"},
    )
    until = time.monotonic() + SECONDS
    while not (tmp_path / "out").exists() and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(after)
    os.killpg(running.pid, signal.SIGINT)
    began = time.monotonic()
    _, said = running.communicate(timeout=SECONDS)

    assert running.returncode == 130
    assert "Traceback" not in said
    assert "interrupted" in said
    assert time.monotonic() - began < SECONDS / 4

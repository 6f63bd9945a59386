"""What the drive room's tests share: one small experiment, simulated once and only read."""

from __future__ import annotations

from pathlib import Path

import pytest

from simlib import words
from simlib.drive.cli import main
from tests.drive.test_plan import workspace


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small experiment of `test_plan`, simulated without pages."""
    file = workspace(tmp_path_factory.mktemp("small-run"))
    with words.speaking("en"):
        assert main(["plan", str(file), "--no-notebooks", "--workers", "1"]) == 0
    return file.parents[1] / "reports" / "small"

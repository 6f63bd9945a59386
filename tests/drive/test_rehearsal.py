"""What is compiled when an environment is made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.small import ROOT

SMALL = """\
from simlib.scenario import Policy
from tests.small import run, scenario, setting
bought = Policy(formula="guangdong-2019", price_yuan=60_000, purchase="by_law")
run(setting(scenario(bought)), engine="reference")
"""


@pytest.mark.prove
def test_after_the_rehearsal_no_loop_is_left_to_compile(tmp_path: Path) -> None:
    """Whoever opens the panel for the first time would wait half a minute and not know why."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    compiled = []
    for asked in (["-m", "simlib.drive.rehearsal"], ["-c", SMALL]):
        subprocess.run([sys.executable, *asked], cwd=ROOT, env=environment, check=True)
        compiled.append({file.name for file in tmp_path.rglob("*.nbc")})

    assert len(compiled[0]) > 10
    assert compiled[1] == compiled[0]

"""Tables do not depend on the processor: no rounding of a library function reaches them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.small import ROOT

_VECTORS = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR AVX2 FMA3"
_TELL = """
import hashlib
from simlib.scenario import Policy
from tests.small import run, scenario, setting
policy = Policy(formula="guangdong-2019", money="guangdong-3pct", price_yuan=60_000)
whole = hashlib.sha256()
for name, table in sorted(run(setting(scenario(policy, opening=4))).items()):
    whole.update(name.encode() + table.to_pandas().to_csv(index=False).encode())
print(whole.hexdigest())
"""


def _told(**environment: str) -> str:
    """The digest of a year's tables, told by a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _TELL],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.slow
def test_numpy_without_its_vector_paths_gives_the_same_tables() -> None:
    """STACK: numpy's log and exp differ with and without AVX-512 in up to 5 % of draws; ours go nowhere."""
    assert _told() == _told(NPY_DISABLE_CPU_FEATURES=_VECTORS)


@pytest.mark.prove
@pytest.mark.slow
def test_loops_compiled_for_any_processor_give_the_same_tables() -> None:
    """The compiled engine and loops work on whole numbers: code for a generic processor agrees."""
    assert _told() == _told(NUMBA_CPU_NAME="generic", NPY_DISABLE_CPU_FEATURES=_VECTORS)

"""Tables do not depend on the processor: no rounding of a library function reaches them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from numpy._core import _multiarray_umath as built  # type: ignore[attr-defined]

from tests.small import ROOT

_VECTORS = " ".join(built.__cpu_dispatch__)
"""What numpy chooses by the processor; the names differ from release to release."""
_LOGS = "import numpy as np; print(np.log(np.arange(1, 100_000) / 7).tobytes().hex()[-400_000:])"
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


def _told(code: str = _TELL, **environment: str) -> str:
    """What a process of its own prints: by default the digest of a year's tables."""
    done = subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.skipif(
    not built.__cpu_features__.get("AVX512F"),
    reason="without AVX-512 numpy has one path here, so nothing can be cut",
)
def test_the_vector_paths_are_really_cut() -> None:
    """Else the two below compare a processor with itself: unknown names are ignored with a warning."""
    left = "from numpy._core._multiarray_umath import __cpu_dispatch__ as d, __cpu_features__ as f;"
    left += "print([name for name in d if f[name]])"

    assert _told(left, NPY_DISABLE_CPU_FEATURES=_VECTORS) == "[]"
    assert _told(_LOGS) != _told(_LOGS, NPY_DISABLE_CPU_FEATURES=_VECTORS)


@pytest.mark.slow
def test_numpy_without_its_vector_paths_gives_the_same_tables() -> None:
    """STACK: numpy's log and exp differ with and without AVX-512 in up to 5 % of draws; ours go nowhere."""
    assert _told() == _told(NPY_DISABLE_CPU_FEATURES=_VECTORS)


@pytest.mark.prove
@pytest.mark.slow
def test_loops_compiled_for_any_processor_give_the_same_tables() -> None:
    """The compiled engine and loops work on whole numbers: code for a generic processor agrees."""
    assert _told() == _told(NUMBA_CPU_NAME="generic", NPY_DISABLE_CPU_FEATURES=_VECTORS)

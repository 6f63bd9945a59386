"""Both engines, for tests that hold for each."""

from __future__ import annotations

import pytest

from simlib.desks import reference
from simlib.desks.engines import COMPILED, ENGINES
from tests.desks.networks import Engine


@pytest.fixture(scope="session")
def compiled() -> Engine:
    """The compiled engine."""
    pytest.importorskip("numba")
    from simlib.desks import kernel

    return kernel.run_month


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    if request.param == COMPILED:
        chosen: Engine = request.getfixturevalue("compiled")
        return chosen
    return reference.run_month

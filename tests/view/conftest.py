"""What the view room's tests share: the made-up experiment and its names."""

from __future__ import annotations

import pytest

from simlib.view.names import Names, names_of
from tests.view.synthetic import FakeExperiment


@pytest.fixture(scope="session")
def experiment() -> FakeExperiment:
    return FakeExperiment()


@pytest.fixture(scope="session")
def names(experiment: FakeExperiment) -> Names:
    return names_of(experiment, "zh")

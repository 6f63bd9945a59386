"""The compiled engine gives what the reference gives: every column of every month, to the last tick."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from simlib.desks import reference
from tests.desks.networks import Engine, Shape, differences, make, run, shapes


def assert_agree(compiled: Engine, shape: Shape) -> None:
    """Both engines through all months of a county."""
    county = make(shape)
    for number, (one, other) in enumerate(
        zip(run(reference.run_month, county), run(compiled, county), strict=True)
    ):
        assert (number, differences(one, other)) == (number, [])


@settings(max_examples=100, deadline=None)
@given(shape=shapes(offices=4, people=6, cases=40, months=4))
def test_engines_agree(compiled: Engine, shape: Shape) -> None:
    """Ties at every tick, nobody hired, all away, leavers with work in hand, visits for one and many."""
    assert_agree(compiled, shape)


@settings(max_examples=6, deadline=None)
@given(shape=shapes(offices=3, people=30, cases=400, months=3))
def test_engines_agree_on_larger_offices(compiled: Engine, shape: Shape) -> None:
    """Enough cases that a month is cut into several slices and the lists grow long."""
    assert_agree(compiled, shape)


@pytest.mark.prove
@settings(max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck))
@given(shape=shapes(offices=5, people=6, cases=40, months=5))
def test_engines_agree_thousands_of_times(compiled: Engine, shape: Shape) -> None:
    """Rare coincidences of ties, returns and month ends."""
    assert_agree(compiled, shape)


@pytest.mark.prove
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(shape=shapes(offices=12, people=20, cases=1000, months=6))
def test_engines_agree_on_whole_counties(compiled: Engine, shape: Shape) -> None:
    """Backlogs of thousands, carried from month to month."""
    assert_agree(compiled, shape)

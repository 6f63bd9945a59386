"""The compiled engine gives what the reference gives: every column of every month, to the last tick."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simlib.desks import reference
from simlib.desks.engines import COMPILED, REFERENCE
from simlib.desks.network import MonthDone, OpenWork, Services, Steps
from simlib.worktime import Calendar, sessions_of, work_calendar
from tests.desks.networks import (
    CALENDAR_2024,
    County,
    Engine,
    Shape,
    differences,
    in_order_of_coming,
    make,
    moved,
    run,
    run_docket,
    shapes,
    together,
)

FRESH = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)
"""`make prove` looks elsewhere each time; a failure prints the shape, which `make` turns into the county."""


def neighbours(shape: Shape, counties: int) -> list[County]:
    """Counties of one shape; in the second nobody works, in the third no case comes."""
    made = []
    for number in range(counties):
        mine = replace(shape, seed=shape.seed + number)
        if number % 3 == 1:
            mine = replace(mine, people=0)
        if number % 3 == 2:
            mine = replace(mine, cases=0)
        made.append(make(mine))
    return made


EARLY = work_calendar(2024, 2024, sessions=sessions_of(480, 690, 870))
"""Desks that open at eight and rest for three hours at midday."""


def assert_agree(compiled: Engine, county: County, calendar: Calendar = CALENDAR_2024) -> None:
    """Both engines through all months of a county, or of several."""
    both = (run(engine, county, calendar) for engine in (reference.run_month, compiled))
    for number, (one, other) in enumerate(zip(*both, strict=True)):
        assert (number, differences(one, other)) == (number, [])


@settings(max_examples=100, deadline=None)
@given(shape=shapes(offices=4, people=6, cases=40, months=4))
def test_engines_agree(compiled: Engine, shape: Shape) -> None:
    """Ties at every tick, nobody hired, all away, leavers with work in hand, visits for one and many."""
    assert_agree(compiled, make(shape))


@settings(max_examples=20, deadline=None)
@given(shape=shapes(offices=3, people=4, cases=40, months=3))
def test_engines_agree_whenever_desks_are_open(compiled: Engine, shape: Shape) -> None:
    """Delays in hours see where in the day the sessions lie."""
    assert_agree(compiled, make(shape), EARLY)


@settings(max_examples=6, deadline=None)
@given(shape=shapes(offices=3, people=30, cases=400, months=3, least=0.4))
def test_engines_agree_on_larger_offices(compiled: Engine, shape: Shape) -> None:
    """Enough cases that a month is cut into several slices and long queues build up."""
    assert_agree(compiled, make(shape))


@settings(max_examples=30, deadline=None)
@given(shape=shapes(offices=4, people=5, cases=25, months=3), counties=st.integers(2, 5))
def test_engines_agree_on_several_counties(compiled: Engine, shape: Shape, counties: int) -> None:
    """The compiled engine runs them in the same room, one after the other."""
    assert_agree(compiled, together(neighbours(shape, counties)))


@settings(max_examples=30, deadline=None)
@given(shape=shapes(offices=3, people=5, cases=25, months=3), counties=st.integers(2, 4))
def test_counties_run_together_as_each_would_alone(compiled: Engine, shape: Shape, counties: int) -> None:
    """Nothing passes the border of a county but yearly money, and that is not settled here."""
    apart = neighbours(shape, counties)
    whole = together(apart)
    alone = [replace(moved(county, place, apart), bureau=whole.bureau) for place, county in enumerate(apart)]

    months = zip(*(run(compiled, county) for county in alone), strict=True)
    for parts, both in zip(months, run(compiled, whole), strict=True):
        assert differences(joined(parts), both) == []


def assert_dockets_agree(county: County) -> None:
    """Both engines keep the same open, month after month, and the reference as if each month stood alone."""
    county = in_order_of_coming(county)
    alone = run(reference.run_month, county)
    both = zip(run_docket(REFERENCE, county), run_docket(COMPILED, county), alone, strict=True)
    for number, (one, other, month) in enumerate(both):
        left, right = (
            MonthDone(done.services, steps, work, done.idle_since) for done, steps, work in (one, other)
        )
        assert (number, differences(left, right), differences(left, month)) == (number, [], [])
        for name in ("in_hand", "waiting", "waiting_ticks"):
            a, b = getattr(one[0], name).tolist(), getattr(other[0], name).tolist()
            assert (number, name, a) == (number, name, b)


@pytest.mark.usefixtures("compiled")
@settings(max_examples=100, deadline=None)
@given(shape=shapes(offices=4, people=6, cases=40, months=5), room=st.sampled_from([1, 16, 1024]))
def test_dockets_agree(shape: Shape, room: int) -> None:
    """What stays open is not moved between months: queues and hands last, and room is made for more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simlib.desks.kernel._ROOM", room)
        assert_dockets_agree(make(shape))


@pytest.mark.usefixtures("compiled")
@settings(max_examples=30, deadline=None)
@given(shape=shapes(offices=4, people=5, cases=25, months=4), counties=st.integers(2, 5))
def test_dockets_agree_on_several_counties(shape: Shape, counties: int) -> None:
    """Cases of all counties stand mixed, in the order in which they came."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simlib.desks.kernel._ROOM", 8)
        assert_dockets_agree(together(neighbours(shape, counties)))


def joined(parts: tuple[MonthDone, ...]) -> MonthDone:
    """Months of several counties as one."""
    return MonthDone(
        Services.join([part.services for part in parts]),
        Steps.join([part.steps for part in parts]),
        OpenWork.join([part.work for part in parts]),
        {worker: since for part in parts for worker, since in part.idle_since.items()},
    )


@pytest.mark.prove
@pytest.mark.usefixtures("compiled")
@settings(FRESH, max_examples=1500)
@given(shape=shapes(offices=5, people=6, cases=40, months=8), counties=st.integers(1, 4))
def test_dockets_agree_thousands_of_times(shape: Shape, counties: int) -> None:
    """Small rooms are cleared often, which renumbers everything that stays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simlib.desks.kernel._ROOM", 8)
        assert_dockets_agree(together(neighbours(shape, counties)))


@pytest.mark.prove
@settings(FRESH, max_examples=5000)
@given(shape=shapes(offices=5, people=6, cases=40, months=5))
def test_engines_agree_thousands_of_times(compiled: Engine, shape: Shape) -> None:
    """Rare coincidences of ties, returns and month ends."""
    assert_agree(compiled, make(shape))


@pytest.mark.prove
@settings(FRESH, max_examples=300)
@given(shape=shapes(offices=12, people=20, cases=1000, months=6, least=0.2))
def test_engines_agree_on_whole_counties(compiled: Engine, shape: Shape) -> None:
    """Backlogs of thousands, carried from month to month."""
    assert_agree(compiled, make(shape))


@pytest.mark.prove
@settings(FRESH, max_examples=200)
@given(shape=shapes(offices=20, people=8, cases=300, months=4, least=0.3), counties=st.integers(2, 6))
def test_engines_agree_on_cities(compiled: Engine, shape: Shape, counties: int) -> None:
    """Several counties of twenty offices and hundreds of cases a month."""
    assert_agree(compiled, together(neighbours(shape, counties)))

"""Simulation while somebody watches: the same numbers as a stored run, early, and stopped when told to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from simlib.results import store
from simlib.results.measures import Frames, by_replication
from simlib.runs import live
from simlib.runs.live import Openings, Stop, StoppedError, watched
from simlib.runs.runner import run_scenarios
from simlib.runs.settings import setting_of
from simlib.scenario import Policy, Scenario
from simlib.years.replication import open_batch
from tests.small import place, scenario, stored


@pytest.fixture
def asked(tmp_path: Path) -> Scenario:
    """Leshan's formula on the small place, four replications."""
    case = scenario(Policy(formula="leshan-2020", price_yuan=60_000))
    return replace(case, place=stored(place(), tmp_path / "place"), run=replace(case.run, replications=4))


def test_what_is_watched_is_what_would_be_stored(asked: Scenario, tmp_path: Path) -> None:
    """First one replication, then two more, then the rest; each value is that of the run in the store."""
    seen = list(watched(asked, replications=4, stop=Stop(), openings=Openings()))
    (run,) = run_scenarios([asked], tmp_path / "data", workers=1)
    setting = setting_of(asked)
    frames = Frames.of(
        store.load_run(run.folder, run.replications),
        first_year=asked.run.first_year,
        posts_existing=setting.posts_existing,
        posts_gap=setting.posts_gap,
    )
    expected = by_replication(frames, only=live.HEADLINES, yearly=False)
    order = ["measure", "replication"]

    assert [now.replications for now in seen] == [1, 3, 4]
    pd.testing.assert_frame_equal(
        seen[-1].values.sort_values(order, ignore_index=True), expected.sort_values(order, ignore_index=True)
    )


def test_the_state_at_the_beginning_is_made_once_for_all_choices(
    asked: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another formula or price does not touch it."""
    made: list[str] = []
    whole = open_batch

    def counted(*given: object, **more: object) -> object:
        made.append("opening")
        return whole(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(live, "open_batch", counted)
    kept = Openings()
    other = replace(asked, policy=Policy(formula="guangdong-2019", price_yuan=50_000))
    for choice in (asked, other):
        list(watched(choice, replications=1, stop=Stop(), openings=kept))

    assert made == ["opening"]


def test_it_stops_within_a_month_of_being_told(asked: Scenario) -> None:
    """Whoever cancels waits for the month in hand, not for the replication."""
    stop, shares = Stop(), []

    def told(share: float) -> None:
        shares.append(share)
        stop.now()

    with pytest.raises(StoppedError):
        list(watched(asked, replications=4, stop=stop, progress=told, openings=Openings()))

    assert shares == [0.25]


def test_opening_states_do_not_fill_the_memory(asked: Scenario) -> None:
    """Beyond the limit the oldest goes; the last one stays whatever its size."""
    kept = Openings(most_bytes=1)
    list(watched(asked, replications=3, stop=Stop(), openings=kept))

    assert len(kept) == 1


def test_some_counties_are_those_of_the_whole_place(asked: Scenario) -> None:
    """Naming the only county changes nothing."""
    code = str(place().counties["county_code"].iloc[0])
    kept = Openings()
    (whole,) = watched(asked, replications=1, stop=Stop(), openings=kept)
    (part,) = watched(asked, counties=[code], replications=1, stop=Stop(), openings=kept)

    pd.testing.assert_frame_equal(whole.values, part.values)

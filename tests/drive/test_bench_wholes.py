"""The benchmark's whole places: they are planners' runs, and their figures add up."""

from __future__ import annotations

from pathlib import Path

import pytest

from simlib.drive.bench import grid, places, wholes
from simlib.drive.bench.meter import Meter
from simlib.drive.bench.rows import SHARES, Row
from simlib.results import store
from simlib.runs.runner import run_scenarios
from tests.small import COUNTY, place

SEED = 2027


@pytest.fixture(autouse=True)
def small_city(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small place stands for Leshan."""
    monkeypatch.setattr(places, "leshan", place)
    monkeypatch.setattr(places, "COUNTY", COUNTY)
    monkeypatch.setattr(wholes, "default_workers", lambda: 1)
    monkeypatch.setattr(grid, "default_workers", lambda: 1)


def services_by_hand(folder: Path, *, years: int, replications: int) -> int:
    """The services of the measured policy, from a run of its own."""
    written = places.written(place(), folder)
    asked = wholes.scenario_of(written, wholes.BOUGHT, years=years, replications=replications, seed=SEED)
    run = run_scenarios([asked], folder / "out", workers=1)[0]
    return int(store.load_run(run.folder, replications)["desk_work"].to_pandas()["services"].sum())


def check_shares(row: Row) -> None:
    """Shares are of the row's seconds; what is in no part is reading places and law."""
    assert set(row.shares) == set(SHARES)
    assert 0.3 < sum(row.shares.values()) <= 1.01


def test_the_countys_services_are_those_of_all_replications(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nanoseconds a service mean nothing when the services of another run are counted."""
    monkeypatch.setattr(wholes, "default_workers", lambda: 2)
    row, two = wholes.county_rows(seed=SEED, replications=2)

    assert two.services == row.services == services_by_hand(tmp_path, years=1, replications=2)
    assert row.ns_per_service == pytest.approx(row.seconds / row.services * 1e9)
    assert "2 replications" in row.setting or "2次重复" in row.setting
    check_shares(row)


def test_what_is_timed_computes_no_opening_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run-up is stored before the clock starts, so its two years are in nobody's nanoseconds."""
    stored_before: list[int] = []
    written = store.write_arrays
    watched: list[bool] = []
    entered = Meter.__enter__

    def enter(self: Meter) -> Meter:
        watched.append(True)
        return entered(self)

    def write(*given: object) -> None:
        stored_before.append(len(watched))
        written(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(Meter, "__enter__", enter)
    monkeypatch.setattr(store, "write_arrays", write)

    next(wholes.county_rows(seed=SEED, replications=1))

    assert watched == [True]
    assert stored_before
    assert set(stored_before) == {0}


def test_a_province_too_slow_for_the_benchmark_gets_fewer_years(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine the benchmark still ends in time and says what it did."""
    monkeypatch.setattr(wholes, "PROVINCE_SECONDS", 0)

    (row,) = wholes.province_rows(seed=SEED, townships=8)

    assert row.services is not None
    assert "1 years" in row.setting or "1年" in row.setting
    assert "8 townships" in row.setting or "8个乡镇" in row.setting
    check_shares(row)


def test_the_batch_runs_every_cell_of_its_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells that share a hash would be simulated once and make the executor look free."""
    ran: list[set[str]] = []

    def run(*given: object, **options: object) -> object:
        stored = run_scenarios(*given, **options)  # type: ignore[arg-type]
        ran.append({one.hash for one in stored})
        return stored

    monkeypatch.setattr(grid, "run_scenarios", run)

    (row,) = grid.batch_rows(seed=SEED, cells=3, replications=1)

    assert [len(hashes) for hashes in ran] == [3, 3]
    assert set(row.shares) == set(SHARES)
    assert min(row.shares.values()) >= 0
    assert row.services is None

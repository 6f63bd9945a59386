"""What fails costs itself alone: a scenario, a process, a worker of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from simlib.errors import InputError, RunError
from simlib.results import store
from simlib.runs import cluster, pools, runner, work
from simlib.scenario import Scenario
from simlib.years import setting
from simlib.years.county import batches
from tests.runs import breaking
from tests.runs.test_runner import BOUGHT, case, files

__all__ = ["case"]


def test_a_scenario_that_fails_costs_itself_alone(
    case: Callable[..., Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one is there whole, byte for byte; the failed one says why and is computed the next time."""
    whole = runner.run_scenarios([case(), case(BOUGHT)], tmp_path / "whole", workers=1)
    real = work.simulate_batch

    def broken(setting: setting.Setting, *given: object, **named: object) -> object:
        if setting.scenario.policy.formula != "none":
            raise ZeroDivisionError("injected")
        return real(setting, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "simulate_batch", broken)
    good, bad = runner.run_scenarios([case(), case(BOUGHT)], tmp_path / "out", workers=1, go_on=True)
    assert (good.failed, bad.failed) == ("", "ZeroDivisionError: injected")
    assert files(good.folder) == files(whole[0].folder)
    assert not store.stored_replications(bad.folder)
    with pytest.raises(RunError, match="injected"):
        runner.run_scenarios([case(), case(BOUGHT)], tmp_path / "out", workers=1)

    monkeypatch.undo()
    runner.run_scenarios([case(), case(BOUGHT)], tmp_path / "out", workers=1)
    assert files(tmp_path / "out") == files(tmp_path / "whole")


def test_an_opening_state_that_fails_gives_up_whoever_needs_it(
    case: Callable[..., Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both alternatives begin from it, so both are told with its reason, and nothing is written of either."""

    def broken(*_: object, **__: object) -> object:
        raise ValueError("injected")

    monkeypatch.setattr(work, "open_batch", broken)
    found = runner.run_scenarios([case(), case(BOUGHT)], tmp_path / "out", workers=1, go_on=True)

    assert [run.failed for run in found] == ["ValueError: injected"] * 2
    assert files(tmp_path / "out") == {}


@pytest.fixture
def by_replication(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of one replication each, so that pieces are many and small."""
    monkeypatch.setattr(setting, "batches", partial(batches, most=1))


@pytest.mark.slow
@pytest.mark.usefixtures("by_replication")
def test_a_process_killed_once_costs_nothing(
    case: Callable[..., Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was in flight is computed again."""
    whole = runner.run_scenarios([case(replications=3)], tmp_path / "whole", workers=1)[0]
    monkeypatch.setattr(runner, "_pool", lambda *_: pools.Processes(2, breaking.killed_once))
    found = runner.run_scenarios([case(replications=3)], tmp_path / "out", workers=2, go_on=True)[0]

    assert found.failed == ""
    assert files(found.folder) == files(whole.folder)


@pytest.mark.slow
@pytest.mark.usefixtures("by_replication")
def test_a_piece_that_kills_its_process_fails_and_no_other(
    case: Callable[..., Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows which piece was to blame, so each is tried alone; the guilty one says so."""
    monkeypatch.setattr(runner, "_pool", lambda *_: pools.Processes(2, breaking.killed_on_second_replication))
    lone, both = runner.run_scenarios(
        [case(replications=1), case(BOUGHT, replications=2)], tmp_path / "out", workers=2, go_on=True
    )

    assert lone.failed == ""
    assert "killed twice" in both.failed


@pytest.fixture(scope="module")
def dask() -> Iterator[object]:
    """A scheduler and two workers in processes of their own, on this machine."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as found:
        yield found


@pytest.mark.slow
@pytest.mark.usefixtures("by_replication")
def test_a_cluster_writes_the_same_bytes_though_a_worker_is_killed(
    case: Callable[..., Scenario], tmp_path: Path, dask: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DESIGN §6: a lost worker costs its pieces only, and the tables are those of one machine."""
    whole = runner.run_scenarios([case(BOUGHT, replications=6)], tmp_path / "whole", workers=1)[0]
    told = list[int]()

    def kill_one(done: int, total: int, seconds: float) -> None:
        told.append(done)
        if len(told) == 2:
            next(iter(dask.workers.values())).process.process._process.kill()  # type: ignore[attr-defined]

    found = runner.run_scenarios(
        [case(BOUGHT, replications=6)],
        tmp_path / "out",
        cluster=dask.scheduler_address,  # type: ignore[attr-defined]
        progress=kill_one,
        go_on=True,
    )[0]

    assert found.failed == ""
    assert len(told) > 2
    assert files(found.folder) == files(whole.folder)


@pytest.mark.slow
def test_a_worker_that_differs_is_named(
    case: Callable[..., Scenario], tmp_path: Path, dask: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another numpy could give other tables, and nobody would see it."""
    mine = cluster.fingerprint()
    monkeypatch.setattr(cluster, "differing", lambda *_: "numpy: 1.0 ≠ 2.0")
    with pytest.raises(RunError, match=r"worker tcp://.* differs .*numpy: 1\.0 ≠ 2\.0"):
        runner.run_scenarios([case()], tmp_path / "out", cluster=dask.scheduler_address)  # type: ignore[attr-defined]
    monkeypatch.undo()

    assert cluster.differing(mine, mine) == ""
    assert cluster.differing(mine, mine | {"numpy": "0"}) == f"numpy: 0 ≠ {mine['numpy']}"
    assert files(tmp_path / "out") == {}


def test_a_cluster_that_is_not_there_is_told(
    case: Callable[..., Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing hangs, nothing is written, and the line says what to start."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match="dask scheduler"):
        runner.run_scenarios([case()], tmp_path / "out", cluster="tcp://127.0.0.1:9")

    assert files(tmp_path / "out") == {}

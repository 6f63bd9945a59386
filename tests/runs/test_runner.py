"""The runner: the same tables for any number of workers, nothing computed twice, nothing lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from simlib.results import store
from simlib.runs import runner, settings, work
from simlib.scenario import Policy, Scenario
from simlib.years import setting
from simlib.years.county import batches
from simlib.years.records import SCHEMAS
from simlib.years.replication import simulate_batch
from tests.small import place, scenario, stored, with_towns

BOUGHT = Policy(formula="guangdong-2019", price_yuan=60_000)


@pytest.fixture
def case(tmp_path: Path) -> Callable[..., Scenario]:
    """Scenarios on a small place in a folder."""
    home = stored(place(), tmp_path / "place")

    def make(policy: Policy | None = None, replications: int = 2) -> Scenario:
        found = scenario(policy)
        return replace(found, place=home, run=replace(found.run, replications=replications))

    return make


def files(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, by relative name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_one_and_two_workers_write_the_same_bytes(case: Callable[..., Scenario], tmp_path: Path) -> None:
    """DESIGN §6: the same tables for any number of workers; here even the same files."""
    for workers in (1, 2):
        runner.run_scenarios([case(BOUGHT)], tmp_path / str(workers), workers=workers)

    assert files(tmp_path / "1") == files(tmp_path / "2")


def test_what_is_stored_is_not_computed_again(
    case: Callable[..., Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Called again, a finished run computes nothing at all."""
    runner.run_scenarios([case()], tmp_path / "out", workers=1)
    for name in ("open_batch", "simulate_batch"):
        monkeypatch.setattr(work, name, lambda *_, **__: pytest.fail("computed again"))

    again = runner.run_scenarios([case()], tmp_path / "out", workers=1)
    assert store.stored_replications(again[0].folder) == {0, 1}


def test_a_killed_run_goes_on_from_its_pieces(
    case: Callable[..., Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the first piece: the rest is computed, the piece kept, and the block is the same."""
    monkeypatch.setattr(setting, "batches", partial(batches, most=1))
    undisturbed = runner.run_scenarios([case()], tmp_path / "whole", workers=1)[0]
    real, done = simulate_batch, list[object]()

    def once(*values: object, **named: object) -> object:
        if done:
            raise KeyboardInterrupt
        done.append(values)
        return real(*values, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "simulate_batch", once)
    with pytest.raises(KeyboardInterrupt):
        runner.run_scenarios([case()], tmp_path / "killed", workers=1)
    counted: list[object] = []

    def counting(*values: object, **named: object) -> object:
        counted.append(values)
        return real(*values, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "simulate_batch", counting)
    monkeypatch.setattr(work, "open_batch", lambda *_, **__: pytest.fail("opened again"))
    finished = runner.run_scenarios([case()], tmp_path / "killed", workers=1)[0]

    assert len(counted) == 1
    assert files(finished.folder) == files(undisturbed.folder)


@pytest.mark.parametrize("most", [1, 10**9], ids=["in_pieces", "at_once"])
def test_a_run_is_whole_before_the_next_one_begins(
    case: Callable[..., Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Whoever is killed in the second of two scenarios has the first; nothing is left to be joined later."""
    monkeypatch.setattr(setting, "batches", partial(batches, most=most))
    real, whole = simulate_batch, dict[str, list[int]]()

    def watching(ready: setting.Setting, *values: object, **named: object) -> object:
        stored = [len(store.stored_replications(run)) for run in sorted((tmp_path / "out").glob("[0-9a-f]*"))]
        whole.setdefault(ready.scenario.policy.formula, stored)
        return real(ready, *values, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "simulate_batch", watching)
    runner.run_scenarios([case(), case(BOUGHT)], tmp_path / "out", workers=1)

    assert list(whole.values()) == [[], [2]]


def test_more_replications_extend_a_run(case: Callable[..., Scenario], tmp_path: Path) -> None:
    """The first block stays as it is; the tables equal those of one longer run."""
    runner.run_scenarios([case(replications=1)], tmp_path / "grown", workers=1)
    grown = runner.run_scenarios([case(replications=2)], tmp_path / "grown", workers=1)[0]
    at_once = runner.run_scenarios([case(replications=2)], tmp_path / "once", workers=1)[0]
    tables = store.load_run(grown.folder, 2), store.load_run(at_once.folder, 2)

    assert grown.hash == at_once.hash
    assert all(tables[0][name].equals(tables[1][name]) for name in SCHEMAS)


def test_alternatives_share_their_opening(case: Callable[..., Scenario], tmp_path: Path) -> None:
    """One run-up a batch, whatever the number of alternatives."""
    runner.run_scenarios([case(), case(BOUGHT)], tmp_path / "out", workers=1)

    assert len(list((tmp_path / "out" / "openings").rglob("*.feather"))) == 1


def test_batches_of_any_size_write_the_same_block(
    case: Callable[..., Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How much is simulated side by side never reaches the store."""
    at_once = runner.run_scenarios([case(BOUGHT)], tmp_path / "wide", workers=1)[0]
    monkeypatch.setattr(setting, "batches", partial(batches, most=1))
    one_by_one = runner.run_scenarios([case(BOUGHT)], tmp_path / "narrow", workers=1)[0]

    assert files(at_once.folder) == files(one_by_one.folder)


def test_a_damaged_opening_is_made_again(case: Callable[..., Scenario], tmp_path: Path) -> None:
    """Damage is noticed, never simulated on."""
    first = runner.run_scenarios([case()], tmp_path / "out", workers=1)[0]
    before = files(first.folder)
    for opening in (tmp_path / "out" / "openings").rglob("*.feather"):
        opening.write_bytes(b"spoilt")
    shutil.rmtree(first.folder)
    again = runner.run_scenarios([case()], tmp_path / "out", workers=1)[0]

    assert files(again.folder) == before


def test_a_place_changed_between_two_runs_is_read_again(case: Callable[..., Scenario]) -> None:
    """What is kept ready in a process must not outlive the files it was made of."""
    scenario = case()
    before = settings.setting_of(scenario).hash
    stored(with_towns(place(), villages=99), scenario.place)

    assert settings.setting_of(scenario).hash != before

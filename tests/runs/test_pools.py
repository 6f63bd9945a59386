"""Worker processes that stay between calls, and end with whoever started them."""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from simlib.runs import pools
from simlib.runs.work import Failure
from simlib.years import replication
from simlib.years.cases.casebook import Casebook
from tests.runs import breaking
from tests.small import ROOT, place, run, scenario, setting, stored

MEANS = pools.Means((), "compiled")
WAIT_SECONDS = 30


@pytest.fixture(autouse=True)
def _none_rests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start without resting processes, and leave none."""
    resting: dict[Any, Any] = {}
    monkeypatch.setattr(pools, "_resting", resting)
    yield
    for team in resting.values():
        for worker in team:
            worker.stop()


def _numbers(*, stopped: bool = False) -> set[int]:
    with pools.Processes(1, breaking.own_number) as pool:
        found = {number for _, number in pool.run(iter([breaking.SOME_PIECE] * 2), MEANS)}
        if stopped:
            raise KeyboardInterrupt
        return found


@pytest.mark.slow
def test_worker_processes_rest_until_the_next_call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Starting one takes seconds; but what a process took over when it started must not differ."""
    first, second = _numbers(), _numbers()
    monkeypatch.chdir(tmp_path)
    elsewhere = _numbers()

    assert first == second
    assert first.isdisjoint(elsewhere)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no signals back; workers there hear Ctrl-C")
def test_ctrl_c_is_for_whoever_asked_and_ends_the_others_at_once() -> None:
    """A terminal sends it to all; workers say nothing, and what they have in hand is not waited for."""
    with pools.Processes(1, breaking.held_back) as pool:
        (found,) = (result for _, result in pool.run(iter([breaking.SOME_PIECE]), MEANS))
    assert found
    assert not breaking.held_back()

    def interrupted() -> None:
        with pools.Processes(1, breaking.asleep) as pool:
            pool.hand_out(iter([breaking.SOME_PIECE]), MEANS)
            raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert time.monotonic() - began < WAIT_SECONDS


@pytest.mark.slow
def test_a_worker_killed_while_it_answers_is_not_waited_for() -> None:
    """Half an answer looked like one that is still coming, and the batch stood still for ever."""
    with pools.Processes(1, breaking.much) as pool:
        pool.hand_out(iter([breaking.SOME_PIECE]), MEANS)
        (worker,) = pool._team
        assert worker.answers.poll(WAIT_SECONDS)
        worker._process.kill()
        found = [len(result) for _, result in pool.run(iter([]), MEANS)]

    assert found == [1 << 24]


PLAIN = """
import simlib

print("once", flush=True)
found = simlib.simulate("small.yaml", replications=4, workers=2)
print(len(found))
"""


@pytest.mark.slow
def test_a_plain_script_is_not_run_again_by_its_workers(tmp_path: Path) -> None:
    """Whoever writes three lines in a file knows nothing of `if __name__ == "__main__"`."""
    stored(place(), tmp_path / "home")
    text = "kind: scenario\nplace: home\nrun: {years: 1, opening_months: 1}\n"
    (tmp_path / "small.yaml").write_text(text, "utf-8")
    (tmp_path / "plain.py").write_text(PLAIN, "utf-8")
    ran = subprocess.run(
        [sys.executable, "plain.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("once") == 1


@pytest.mark.slow
def test_a_process_ends_though_its_workers_rest() -> None:
    """Processes wait for their children before they end: who rests would be waited for, for ever."""
    asked = multiprocessing.get_context("spawn").Process(target=breaking.have_numbers)
    asked.start()
    asked.join(WAIT_SECONDS)
    ended = asked.exitcode
    asked.kill()

    assert ended == 0


@pytest.mark.slow
def test_after_an_error_no_process_rests() -> None:
    """What it was at when the caller gave up is nobody's business any more."""
    with pytest.raises(KeyboardInterrupt):
        _numbers(stopped=True)

    assert pools._resting == {}


@pytest.mark.slow
def test_a_worker_process_ends_with_its_parent() -> None:
    """Who is killed cannot tell his workers to go; they would wait for ever."""
    code = (
        "from tests.runs.test_pools import _numbers\n"
        "import sys, time\n"
        "if __name__ == '__main__':\n"
        "    print(*_numbers(), flush=True)\n"
        "    time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    number = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()

    assert _is_gone(number)


def _is_gone(number: int) -> bool:
    """Whether a process ends in time; one that nobody has asked how it ended is still listed."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        try:
            if psutil.Process(number).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.1)
    return False


def test_a_batch_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes hold what they work on in circles: hundreds of megabytes would wait for the collector."""
    books: list[weakref.ref[Any]] = []

    class Watched(Casebook):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            books.append(weakref.ref(self))

    monkeypatch.setattr(replication, "Casebook", Watched)
    ready = setting(scenario())
    gc.disable()
    try:
        run(ready)
        left = [book() for book in books]
    finally:
        gc.enable()

    assert left == [None, None]


def test_what_stays_after_a_piece_is_not_looked_through_again() -> None:
    """Modules and law are a quarter of a million things: to look through them takes a tenth of a second."""
    piece = breaking.SOME_PIECE
    gc.unfreeze()
    try:
        found = pools.compute_and_let_go(piece.scenario, piece.batch, piece.opening, MEANS)
        frozen = gc.get_freeze_count()
    finally:
        gc.unfreeze()

    assert isinstance(found, Failure)
    assert frozen > len(sys.modules)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is given back")
@pytest.mark.parametrize(("kept", "times"), [(0, 1), (1 << 50, 0)], ids=["much", "little"])
def test_only_much_memory_is_given_back(monkeypatch: pytest.MonkeyPatch, kept: int, times: int) -> None:
    """The next piece would ask for the same again: a tenth of a small grid's time went into that."""
    piece, given = breaking.SOME_PIECE, list[bool]()
    monkeypatch.setattr(pools, "_KEPT_BYTES", kept)
    monkeypatch.setattr(pools, "_give_back", lambda: given.append(True))
    try:
        pools.compute_and_let_go(piece.scenario, piece.batch, piece.opening, MEANS)
    finally:
        gc.unfreeze()

    assert len(given) == times

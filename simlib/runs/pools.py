"""Who computes: this process, or worker processes of this machine."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, cast

from simlib import words
from simlib.results import store
from simlib.runs.settings import setting_of
from simlib.runs.work import Failure, Piece, opened, simulated
from simlib.runs.workers import Worker, WorkerKilledError, how_started
from simlib.scenario import Scenario
from simlib.years.county import Batch


@dataclass(frozen=True, slots=True)
class Means:
    """With what to simulate: law beside the package's own, and the engine of the desks."""

    law_paths: tuple[Path, ...]
    engine: str


class Pool(Protocol):
    """Computes pieces of work; entered for as long as there may be some."""

    def __enter__(self) -> Pool: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def run(self, pieces: Iterator[Piece], means: Means) -> Iterator[tuple[Piece, Any]]:
        """Each piece with its result, or with the Failure that came of it, in whatever order they end."""
        ...


def compute(scenario: Scenario, batch: Batch, opening: Path | None, means: Means) -> Any:
    """What comes of a piece, its scenario read from its files; `opening`: None to make the opening state.

    An error is a Failure, so that it costs this piece alone; only a full disk and Ctrl-C go further.
    """
    try:
        setting = setting_of(scenario, means.law_paths)
        if opening is None:
            return opened(setting, batch, means.engine)
        return simulated(setting, batch, store.read_arrays(opening), means.engine)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001  whatever a simulation raises is its failure; the others go on
        return Failure.of(error)


def compute_and_let_go(scenario: Scenario, batch: Batch, opening: Path | None, means: Means) -> Any:
    """As `compute`; then much memory goes back to the system, so that a worker does not grow.

    Little of it is kept for the next piece, which would only ask for it again. What is left, modules and law,
    stays: it is not looked through again after the next piece.
    """
    try:
        return compute(scenario, batch, opening, means)
    finally:
        gc.collect()
        gc.freeze()
        if sys.platform == "linux" and _held_bytes() > _KEPT_BYTES:
            _give_back()


_KEPT_BYTES = 600 << 20
"""A worker that holds less gives nothing back: half of it are modules and law [byte]."""


def _held_bytes() -> int:
    """Memory this process holds, on Linux [byte]."""
    return int(Path("/proc/self/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _give_back() -> None:
    """Let the system have what is free, where the C library can."""
    if hasattr(ctypes.CDLL(None), "malloc_trim"):
        ctypes.CDLL(None).malloc_trim(0)


Compute = Callable[[Scenario, Batch, Path | None, Means], Any]


class Here:
    """This process."""

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run(self, pieces: Iterator[Piece], means: Means) -> Iterator[tuple[Piece, Any]]:
        """One piece after the other."""
        for piece in pieces:
            yield piece, compute(piece.scenario, piece.batch, piece.opening if piece.block else None, means)


_resting: dict[tuple[object, ...], list[Worker]] = {}
"""Workers that wait for the next call, by how they were started: starting one takes seconds. They end with
this process."""


class Processes:
    """Worker processes, with two pieces each; at the end they rest until the next call.

    When one of them is killed, what it had in hand is computed again by another. What kills its process twice
    has failed, and the others go on.
    """

    def __init__(self, workers: int, compute: Compute = compute_and_let_go) -> None:
        self.workers, self._compute = workers, compute
        self._how = (workers, compute, *how_started())
        self._team = [worker for worker in _resting.pop(self._how, []) if worker.is_alive]
        self._again = deque[Piece]()
        self._blamed = list[Piece]()

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        is_over = kind is None and not any(worker.given for worker in self._team)
        if is_over and self._how not in _resting:
            _resting[self._how] = self._team
            return
        for worker in self._team:
            worker.stop()

    def run(self, pieces: Iterator[Piece], means: Means) -> Iterator[tuple[Piece, Any]]:
        """Pieces as they end. Raises what a piece raised that is no Failure of its own: a full disk."""
        while True:
            self.hand_out(pieces, means)
            busy = {worker.answers: worker for worker in self._team if worker.given}
            if not busy:
                return
            for ready in wait_for(list(busy)):
                worker = busy[cast(Connection, ready)]
                piece = worker.given[0]
                try:
                    result = worker.answer()
                except WorkerKilledError:
                    if not self._replace(worker):
                        yield piece, Failure(words.say("run_killed"))
                else:
                    yield piece, result

    def hand_out(self, pieces: Iterator[Piece], means: Means) -> None:
        """Give every worker a piece, then each a second one; a worker starts when there is one for it."""
        for deep in (1, 2):
            for at in range(self.workers):
                if at < len(self._team) and len(self._team[at].given) >= deep:
                    continue
                piece = self._again.popleft() if self._again else next(pieces, None)
                if piece is None:
                    return
                if at == len(self._team):
                    self._team.append(Worker(self._compute))
                opening = piece.opening if piece.block else None
                self._team[at].give(piece, (piece.scenario, piece.batch, opening, means))

    def _replace(self, worker: Worker) -> bool:
        """Let others do what a worker left; whether that holds what it had in hand, as the first time."""
        worker.stop()
        self._team.remove(worker)
        piece, *rest = worker.given
        is_first = not any(piece is blamed for blamed in self._blamed)
        self._blamed.append(piece)
        self._again.extend([piece, *rest] if is_first else rest)
        return is_first

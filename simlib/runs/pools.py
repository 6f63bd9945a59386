"""Who computes: this process, or worker processes of this machine."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.util import Finalize
from pathlib import Path
from threading import Thread
from types import ModuleType, TracebackType
from typing import Any, Protocol

from simlib import words
from simlib.results import store
from simlib.runs.settings import setting_of
from simlib.runs.work import Failure, Piece, opened, simulated
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


_resting: dict[tuple[object, ...], ProcessPoolExecutor] = {}
"""Worker processes that wait for the next call, by how they were started: starting one takes seconds."""
_BEFORE_QUEUES = 100
"""When a process ends, those who rest are sent home before the queues close by which they are told (10)."""


def _how_started(workers: int) -> tuple[object, ...]:
    """What worker processes take over when they start, and would not learn of later."""
    told = sorted(item for item in os.environ.items() if item[0].startswith(("SIMLIB_", "NUMBA_")))
    return workers, os.getpid(), Path.cwd(), *told


def _send_home() -> None:
    """End the processes that rest."""
    while _resting:
        _resting.popitem()[1].shutdown()


def _stop() -> None:
    """End all processes at once, whatever they have in hand: they write nothing."""
    for child in multiprocessing.active_children():
        if isinstance(child, _Apart.Process):
            child.terminate()
    _send_home()


def _end_with_parent() -> None:
    """Have a worker process end when whoever started it does, even by kill −9."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait_for([sentinel])
    os._exit(1)


class _Apart(SpawnContext):
    """Starts processes that know nothing of the caller's own script.

    Python would run the script again in each of them; a plain one, without `if __name__ == "__main__"`, would
    then ask for processes of its own and fail. All that is computed is found in the package. Nor do they know
    of Ctrl-C, which a terminal sends to all: whoever started them ends them, and they have nothing to say.
    """

    class Process(SpawnProcess):
        """A process started while the script is out of sight and Ctrl-C is held back, for it for good."""

        def start(self) -> None:
            """Start it."""
            script = sys.modules["__main__"]
            sys.modules["__main__"] = ModuleType("__main__")
            try:
                with _held_back():
                    super().start()
            finally:
                sys.modules["__main__"] = script


@contextmanager
def _held_back() -> Iterator[None]:
    """Ctrl-C comes only afterwards; who is started meanwhile never hears of it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Processes:
    """Worker processes, with two pieces each in flight; at the end they rest until the next call.

    When one of them is killed all pieces in flight are lost, and nobody knows which was to blame. They are
    computed again one at a time: whichever kills its process again has failed, and the others go on.
    """

    def __init__(self, workers: int, compute: Compute = compute_and_let_go) -> None:
        self.workers, self._compute = workers, compute
        self._how = _how_started(workers)
        self._pool: ProcessPoolExecutor | None = _resting.pop(self._how, None)

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._pool is not None and self._how not in _resting:
            _resting[self._how] = self._pool
            # a process waits for its children before its executors end them
            Finalize(None, _send_home, exitpriority=_BEFORE_QUEUES)
        else:
            if kind is not None:
                _stop()
            self._close()

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _submit(self, piece: Piece, means: Means) -> Future[Any]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self.workers, _Apart(), initializer=_end_with_parent)
        opening = piece.opening if piece.block else None
        return self._pool.submit(self._compute, piece.scenario, piece.batch, opening, means)

    def run(self, pieces: Iterator[Piece], means: Means) -> Iterator[tuple[Piece, Any]]:
        """Pieces as they end."""
        flying: dict[Future[Any], Piece] = {}
        suspects: deque[Piece] = deque()
        more = iter(pieces)
        while True:
            room = 2 * self.workers - len(flying)
            for piece in _some(more, room):
                try:
                    flying[self._submit(piece, means)] = piece
                except BrokenProcessPool:
                    suspects.append(piece)
                    break
            if not flying and not suspects:
                return
            for future in wait(flying, return_when=FIRST_COMPLETED).done if flying else ():
                piece = flying.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    suspects.append(piece)
                else:
                    yield piece, future.result()
            if suspects:
                suspects.extend(flying.values())
                flying.clear()
                self._close()
                while suspects:
                    piece = suspects.popleft()
                    yield piece, self._alone(piece, means)

    def _alone(self, piece: Piece, means: Means) -> Any:
        try:
            return self._submit(piece, means).result()
        except BrokenProcessPool:
            self._close()
            return Failure(words.say("run_killed"))


def _some(pieces: Iterator[Piece], most: int) -> Iterator[Piece]:
    """So many of the next pieces, and no more than are wanted."""
    for _ in range(most):
        piece = next(pieces, None)
        if piece is None:
            return
        yield piece

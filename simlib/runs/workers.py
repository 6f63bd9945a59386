"""Worker processes: each has its own line to whoever started it, and ends with it.

What a worker was given is known, and so is what it had in hand when it was killed. A line of its own ends
with the worker, even in the middle of a result, so nobody waits for the rest of it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from types import ModuleType
from typing import Any

Work = tuple[Any, ...]
"""What a worker's function is called with."""


class WorkerKilledError(Exception):
    """A worker is gone, whatever it had in hand."""


@dataclass(frozen=True, slots=True)
class _Raised:
    """What a worker's function raised, to be raised where it was asked for."""

    error: BaseException


class Worker:
    """A process that calls a function with what it is given, one after the other.

    given: what it was given and has not answered yet, by whatever the caller calls it; the first is in hand.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.given = deque[Any]()
        work, self._work = _CONTEXT.Pipe(duplex=False)
        self.answers, answers = _CONTEXT.Pipe(duplex=False)
        self._process = _CONTEXT.Process(target=_serve, args=(work, answers, function), daemon=True)
        self._process.start()
        work.close()
        answers.close()  # now only the process holds it, and it ends with the process

    @property
    def is_alive(self) -> bool:
        """Whether it is still there."""
        return self._process.is_alive()

    def give(self, name: Any, work: Work) -> None:
        """Give it something more to do. Where it is gone already, `answer` says so."""
        self.given.append(name)
        with suppress(OSError):
            self._work.send(work)

    def answer(self) -> Any:
        """The answer to the first of what it was given, once `answers` is ready.

        Raises WorkerKilledError where it is gone, and whatever its function raised.
        """
        try:
            answer = self.answers.recv()
        except (EOFError, OSError):
            raise WorkerKilledError from None
        self.given.popleft()
        if isinstance(answer, _Raised):
            raise answer.error
        return answer

    def stop(self) -> None:
        """End it at once, whatever it has in hand: it writes nothing."""
        self._process.terminate()
        self._process.join()
        self._work.close()
        self.answers.close()


def how_started() -> tuple[object, ...]:
    """What worker processes take over when they start, and would not learn of later."""
    told = sorted(item for item in os.environ.items() if item[0].startswith(("SIMLIB_", "NUMBA_")))
    return os.getpid(), Path.cwd(), *told


def _serve(work: Connection, answers: Connection, function: Callable[..., Any]) -> None:
    """In a worker: answer whatever comes. It is taken in at once, so that who gives it never waits."""
    waiting = SimpleQueue[Work]()
    Thread(target=_take_in, args=(work, waiting), daemon=True).start()
    while True:
        given = waiting.get()
        try:
            answer = function(*given)
        except BaseException as error:  # noqa: BLE001  it is raised where it was asked for
            answer = _Raised(error)
        answers.send(answer)


def _take_in(work: Connection, waiting: SimpleQueue[Work]) -> None:
    """In a worker: take in what comes; when whoever gives it is gone, even by kill −9, end."""
    with suppress(EOFError, OSError):
        while True:
            waiting.put(work.recv())
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


_CONTEXT = _Apart()


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

"""Ways to compute a piece that go wrong; worker processes import them by name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from simlib.runs.pools import Means, Processes, compute
from simlib.runs.work import Failure, Piece
from simlib.scenario import Scenario
from simlib.years.county import Batch

SOME_PIECE = cast(Piece, SimpleNamespace(scenario=None, batch=None, opening=None, block=None))
"""A piece for those who compute nothing."""


def killed_on_second_replication(scenario: Scenario, batch: Batch, opening: Path | None, means: Means) -> Any:
    """The process is gone whenever it simulates the piece of replication 1."""
    if opening is not None and min(batch.replications) == 1:
        os._exit(137)
    return compute(scenario, batch, opening, means)


def killed_once(scenario: Scenario, batch: Batch, opening: Path | None, means: Means) -> Any:
    """The process is gone the first time it simulates anything; a file beside the opening state remembers."""
    if opening is not None:
        mark = opening.parent / "killed"
        if not mark.exists():
            mark.touch()
            os._exit(137)
    return compute(scenario, batch, opening, means)


def own_number(*_: object) -> int:
    """Who computes: the number of the process."""
    time.sleep(0.05)
    return os.getpid()


def held_back(*_: object) -> bool:
    """Whether Ctrl-C is kept from who computes."""
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def much(*_: object) -> bytes:
    """More than a line between processes holds."""
    return bytes(1 << 24)


def asleep(*_: object) -> None:
    """Be long at it."""
    time.sleep(600)


def have_numbers() -> None:
    """Use worker processes, which then rest, and end."""
    with Processes(1, own_number) as pool:
        list(pool.run(iter([SOME_PIECE]), Means((), "compiled")))


def failed(scenario: Scenario, batch: Batch, opening: Path | None, means: Means) -> Any:
    """Nothing can be simulated under a formula; the others can."""
    if opening is not None and scenario.policy.formula != "none":
        return Failure("ValueError: injected")
    return compute(scenario, batch, opening, means)

"""A meter that watches a stretch of work from outside, so that the model itself holds no clock.

A thread looks every few milliseconds where the work stands and how much memory its processes hold. Each look
stands for the time since the one before it, so a long look-out of one step counts in full.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType, TracebackType

import psutil

from simlib.drive.bench.rows import SHARES

LOOK_SECONDS = 0.002
_MEMORY_SECONDS = 0.2
_BYTES_PER_MB = 1e6
_CHANCE, _DESKS, _CONTROL, _RECORDING = SHARES

PARTS: tuple[tuple[str, str, str], ...] = (
    ("simlib.chance", "", _CHANCE),
    ("simlib.desks.trace", "", _CHANCE),
    ("simlib.years.cases.lifelines", "", _CHANCE),
    ("simlib.years.cases.occasions", "", _CHANCE),
    ("simlib.years.cases.requests", "", _CHANCE),
    ("simlib.desks.engines", "", _DESKS),
    ("simlib.desks.network", "", _DESKS),
    ("simlib.desks.kernel", "", _DESKS),
    ("simlib.desks.reference", "", _DESKS),
    ("simlib.years.bookkeeping", "", _RECORDING),
    ("simlib.years.recorder", "", _RECORDING),
    ("simlib.years.records", "", _RECORDING),
    ("simlib.results", "", _RECORDING),
    ("simlib.years.cases.census", "", _RECORDING),
    ("simlib.years.cases.stepterms", "", _RECORDING),
    ("simlib.drive.bench.bigcity", "draw", _CHANCE),
    ("simlib.drive.bench.bigcity", "record", _RECORDING),
    ("simlib.drive.bench.bigcity", "", _CONTROL),
    ("simlib.years", "_record", _RECORDING),
    ("simlib.years", "", _CONTROL),
    ("simlib.runs", "", _CONTROL),
)
"""Module or room, how a function's name begins, and the part of the work it is; the first that fits holds.

What fits none belongs to whoever called it.
"""


class Meter:
    """Watches the thread that enters it until that leaves.

    seconds: it took [s]. worked: processors' time of this process and those under it, whoever else uses the
    machine [s]. peak_mb: most memory of all of them [MB]. spent: seconds of each part [s]; reading places and
    law is in none.
    """

    def __init__(self) -> None:
        self.seconds, self.worked, self.peak_mb = 0.0, 0.0, 0.0
        self.spent = dict.fromkeys(SHARES, 0.0)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._watched = 0

    @property
    def shares(self) -> dict[str, float]:
        """Share of the seconds each part took [0..1]."""
        return {part: spent / self.seconds for part, spent in self.spent.items()} if self.seconds else {}

    def __enter__(self) -> Meter:
        self._watched = threading.get_ident()
        self._began, self._worked_before = time.perf_counter(), _worked_seconds()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds = time.perf_counter() - self._began
        self.worked = _worked_seconds() - self._worked_before
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        last, weigh_at = self._began, self._began + _MEMORY_SECONDS
        while True:
            over = self._over.wait(LOOK_SECONDS)
            now = time.perf_counter()
            part = "" if over else part_of(sys._current_frames().get(self._watched))  # noqa: SLF001
            if part:
                self.spent[part] += now - last
            last = now
            if over or now >= weigh_at:
                self.peak_mb = max(self.peak_mb, _held_mb(me))
                weigh_at = now + _MEMORY_SECONDS
            if over:
                return


def part_of(frame: FrameType | None, parts: Sequence[tuple[str, str, str]] = PARTS) -> str:
    """The part of the work a stack of calls is in: that of its innermost call that belongs to one."""
    while frame is not None:
        module, function = frame.f_globals.get("__name__", ""), frame.f_code.co_name
        for place, begins, part in parts:
            if (module == place or module.startswith(place + ".")) and function.startswith(begins):
                return part
        frame = frame.f_back
    return ""


def _worked_seconds() -> float:
    """Processors' time of this process and all under it, also those that ended [s]."""
    me, total = psutil.Process(), 0.0
    for one in (me, *me.children(recursive=True)):
        with suppress(psutil.Error):  # it ended meanwhile, and its time went to whoever started it
            spent = one.cpu_times()
            total += spent.user + spent.system + spent.children_user + spent.children_system
    return total


def _held_mb(process: psutil.Process) -> float:
    """Memory of a process and all under it [MB]; where the system says so, pages they share count once."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            held = one.memory_full_info()
        except psutil.Error:
            continue  # it ended meanwhile
        total += getattr(held, "pss", held.uss)
    return total / _BYTES_PER_MB

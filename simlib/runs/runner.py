"""Runs scenarios: a piece of work is a batch of counties and replications side by side, for one scenario.

Workers compute and return tables; only the caller's process writes. What is stored already is not computed
again, so a run that was killed goes on where it stopped. The tables do not depend on workers or order.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.desks.engines import default_engine
from simlib.errors import RunError
from simlib.places.place import Place, load_place
from simlib.policy.statutes import Law, load_law
from simlib.results import store
from simlib.scenario import Scenario
from simlib.years.county import Batch
from simlib.years.records import Tables
from simlib.years.replication import Snapshot, open_batch, simulate_batch
from simlib.years.setting import Setting, prepare

Arrays = dict[str, NDArray[np.int64]]
Progress = Callable[[int, int, float], None]
"""Told after each piece: pieces done, pieces in all, seconds so far."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A scenario's run in the store."""

    folder: Path
    hash: str
    replications: int


def default_workers() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


Stamp = tuple[tuple[str, int, int], ...]
"""Names, times and sizes of files: another stamp, another content."""


def _stamp(*folders: Path) -> Stamp:
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.is_file())
    return tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files)


@lru_cache(maxsize=4)
def _law(paths: tuple[Path, ...], _: Stamp) -> Law:
    return load_law(paths)


@lru_cache(maxsize=4)
def _place(folder: Path, _: Stamp) -> Place:
    return load_place(folder)


@lru_cache(maxsize=32)
def _setting_by_text(text: str, law_paths: tuple[Path, ...], _: Stamp) -> Setting:
    scenario = _SCENARIOS[text]
    law = _law(law_paths, _stamp(*law_paths))
    return prepare(scenario, law=law, place=_place(scenario.place, _stamp(scenario.place)))


_SCENARIOS: dict[str, Scenario] = {}


def setting_of(scenario: Scenario, law_paths: tuple[Path, ...] = ()) -> Setting:
    """The scenario made ready, kept for further pieces of it while the files of its place and law stay."""
    text = repr(scenario)
    _SCENARIOS[text] = scenario
    return _setting_by_text(text, law_paths, _stamp(scenario.place, *law_paths))


@dataclass(frozen=True, slots=True)
class Means:
    """With what to simulate: law beside the package's own, and the engine of the desks."""

    law_paths: tuple[Path, ...]
    engine: str


def _open(scenario: Scenario, batch: Batch, means: Means) -> Arrays:
    return open_batch(setting_of(scenario, means.law_paths), batch, engine=means.engine).arrays()


def _simulate(scenario: Scenario, batch: Batch, opening: Path, means: Means) -> Tables:
    arrays = store.read_arrays(opening)
    if arrays is None:
        raise RunError(f"{opening.name}: the opening state is gone or damaged")
    setting, snapshot = setting_of(scenario, means.law_paths), Snapshot.of_arrays(arrays)
    return simulate_batch(setting, batch, snapshot, engine=means.engine)


def run_scenarios(
    scenarios: Sequence[Scenario],
    root: Path,
    *,
    workers: int | None = None,
    law_paths: tuple[Path, ...] = (),
    fresh: bool = False,
    engine: str | None = None,
    progress: Progress | None = None,
) -> list[Stored]:
    """Simulate every scenario's missing replications into the store under `root`; where each one stands.

    workers: processes (default: the cores there are); 1 runs in this process. fresh: compute again what is
    stored. engine: `compiled` or `reference` (same tables; default: the fastest there is).
    Raises ScenarioError, PlaceError or LawError before anything runs.
    """
    count = workers or default_workers()
    settings = [setting_of(scenario, law_paths) for scenario in scenarios]
    folders = [store.run_folder(root, setting.hash) for setting in settings]
    if fresh:
        for folder in set(folders):
            shutil.rmtree(folder, ignore_errors=True)
    store.sweep(root)
    work = _Work(settings, folders, root)
    means = Means(law_paths, engine or default_engine())
    with _Pool(count) as pool:
        began, done, total = time.monotonic(), 0, work.count()
        for step in (work.openings(), work.simulations()):
            for _ in pool.run(step, means):
                done += 1
                if progress is not None:
                    progress(done, total, time.monotonic() - began)
    work.close()
    return [
        Stored(folder, setting.hash, setting.scenario.run.replications)
        for folder, setting in zip(folders, settings, strict=True)
    ]


Job = tuple[Callable[..., Any], tuple[Any, ...], Callable[[Any], None]]
"""What to call, with what, and what to do with its result."""


class _Work:
    """What is missing in the store, and how each result goes there."""

    def __init__(self, settings: Sequence[Setting], folders: Sequence[Path], root: Path) -> None:
        self.root = root
        self.runs: dict[Path, Setting] = dict(zip(folders, settings, strict=True))
        self.spans = {
            folder: store.missing_blocks(folder, setting.scenario.run.replications)
            for folder, setting in self.runs.items()
        }

    def _pieces(self) -> Iterator[tuple[Setting, Path, Batch]]:
        """Missing pieces."""
        for folder, setting in self.runs.items():
            for span in self.spans[folder]:
                for batch in setting.batches(span):
                    if not store.is_whole(store.piece_folder(folder, batch.name)):
                        yield setting, folder, batch

    def _openings(self) -> dict[Path, tuple[Setting, Batch]]:
        wanted = {
            store.opening_file(self.root, setting.opening_hash, batch.name): (setting, batch)
            for setting, _, batch in self._pieces()
        }
        return {path: what for path, what in wanted.items() if not store.has_arrays(path)}

    def count(self) -> int:
        """Pieces of work in all."""
        return len(self._openings()) + sum(1 for _ in self._pieces())

    def openings(self) -> Iterator[Job]:
        """Opening states that are missing, one for all alternatives."""
        for path, (setting, batch) in self._openings().items():
            yield _open, (setting.scenario.status_quo(), batch), partial(store.write_arrays, path)

    def simulations(self) -> Iterator[Job]:
        """Pieces that are missing."""
        for setting, folder, batch in list(self._pieces()):
            opening = store.opening_file(self.root, setting.opening_hash, batch.name)
            target = store.piece_folder(folder, batch.name)
            yield _simulate, (setting.scenario, batch, opening), partial(store.write_tables, target)

    def close(self) -> None:
        """Join pieces to blocks."""
        for folder, setting in self.runs.items():
            for span in self.spans[folder]:
                store.close_block(folder, span, [batch.name for batch in setting.batches(span)])


class _Pool:
    """Runs jobs here, or on worker processes of which two jobs each are in flight."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *_: object) -> None:
        if self.pool is not None:
            self.pool.shutdown(wait=True, cancel_futures=True)

    def run(self, jobs: Iterator[Job], means: Means) -> Iterator[None]:
        """Run every job and hand its result on; one yield for each."""
        if self.workers == 1:
            for call, values, keep in jobs:
                keep(call(*values, means))
                yield
            return
        waiting: dict[Future[Any], Callable[[Any], None]] = {}
        for call, values, keep in jobs:
            if self.pool is None:
                context = multiprocessing.get_context("spawn")
                self.pool = ProcessPoolExecutor(self.workers, mp_context=context)
            waiting[self.pool.submit(call, *values, means)] = keep
            while len(waiting) >= 2 * self.workers:
                yield from self._collect(waiting)
        while waiting:
            yield from self._collect(waiting)

    def _collect(self, waiting: dict[Future[Any], Callable[[Any], None]]) -> Iterator[None]:
        finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in finished:
            waiting.pop(future)(future.result())
            yield

"""Runs scenarios: every (scenario, replication, county) is a piece of work of its own.

Workers compute and return tables; only the caller's process writes. What is stored already is not computed
again, so a run that was killed goes on where it stopped. The tables do not depend on workers or order.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.policy.statutes import Law, load_law
from simlib.results import store
from simlib.scenario import Scenario
from simlib.years.records import Tables
from simlib.years.replication import Snapshot, open_county, simulate_county
from simlib.years.setting import Setting, prepare

Arrays = dict[str, NDArray[np.int64]]
Progress = Callable[[int, int, float], None]
"""Told after each piece: pieces done, pieces in all, seconds so far."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One county of one replication: to be opened (scenario is the status quo) or simulated."""

    scenario: Scenario
    replication: int
    county_code: str
    opening: Path | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A scenario's run in the store."""

    folder: Path
    hash: str
    replications: int


def default_workers() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=4)
def _law(paths: tuple[Path, ...]) -> Law:
    return load_law(paths)


@lru_cache(maxsize=32)
def _setting_by_text(text: str, law_paths: tuple[Path, ...]) -> Setting:
    scenario = _SCENARIOS[text]
    return prepare(scenario, law=_law(law_paths))


_SCENARIOS: dict[str, Scenario] = {}


def setting_of(scenario: Scenario, law_paths: tuple[Path, ...] = ()) -> Setting:
    """The scenario made ready, kept for further pieces of it."""
    text = repr(scenario)
    _SCENARIOS[text] = scenario
    return _setting_by_text(text, law_paths)


def _open(scenario: Scenario, replication: int, county_code: str, law_paths: tuple[Path, ...]) -> Arrays:
    return open_county(setting_of(scenario, law_paths), county_code, replication).arrays()


def _simulate(
    scenario: Scenario, replication: int, county_code: str, opening: Path, law_paths: tuple[Path, ...]
) -> Tables:
    arrays = store.read_arrays(opening)
    assert arrays is not None
    return simulate_county(
        setting_of(scenario, law_paths), county_code, replication, Snapshot.of_arrays(arrays)
    )


def run_scenarios(
    scenarios: Sequence[Scenario],
    root: Path,
    *,
    workers: int | None = None,
    law_paths: tuple[Path, ...] = (),
    fresh: bool = False,
    progress: Progress | None = None,
) -> list[Stored]:
    """Simulate every scenario's missing replications into the store under `root`; where each one stands.

    workers: processes (default: the cores there are); 1 runs in this process. fresh: compute again what is
    stored. Raises ScenarioError, PlaceError or LawError before anything runs.
    """
    count = workers or default_workers()
    settings = [setting_of(scenario, law_paths) for scenario in scenarios]
    folders = [store.run_folder(root, setting.hash) for setting in settings]
    if fresh:
        for folder in set(folders):
            _clear(folder)
    work = _Work(settings, folders, root)
    with _Pool(count) as pool:
        began, done, total = time.monotonic(), 0, work.count()
        for step in (work.openings(), work.simulations()):
            for _ in pool.run(step, law_paths):
                done += 1
                if progress is not None:
                    progress(done, total, time.monotonic() - began)
    work.close()
    return [
        Stored(folder, setting.hash, setting.scenario.run.replications)
        for folder, setting in zip(folders, settings, strict=True)
    ]


def _clear(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


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

    def _pieces(self) -> Iterator[tuple[Setting, Path, int, str]]:
        """Missing pieces, the larger counties first so that workers end together."""
        for folder, setting in self.runs.items():
            codes = sorted(setting.counties, key=lambda code: (-self._size(setting, code), code))
            for span in self.spans[folder]:
                for replication in span:
                    for code in codes:
                        if not store.is_whole(store.piece_folder(folder, replication, code)):
                            yield setting, folder, replication, code

    @staticmethod
    def _size(setting: Setting, code: str) -> int:
        return int(sum(stock.households.sum() for stock in setting.counties[code].stocks.values()))

    def _openings(self) -> dict[Path, tuple[Setting, int, str]]:
        wanted = {
            store.opening_file(self.root, setting.opening_hash, replication, code): (setting, replication, code)
            for setting, _, replication, code in self._pieces()
        }
        return {path: what for path, what in wanted.items() if store.read_arrays(path) is None}

    def count(self) -> int:
        """Pieces of work in all."""
        return len(self._openings()) + sum(1 for _ in self._pieces())

    def openings(self) -> Iterator[Job]:
        """Opening states that are missing, one for all alternatives of a replication."""
        for path, (setting, replication, code) in self._openings().items():
            yield (
                _open,
                (setting.scenario.status_quo(), replication, code),
                lambda arrays, path=path: store.write_arrays(path, arrays),
            )

    def simulations(self) -> Iterator[Job]:
        """Pieces that are missing."""
        for setting, folder, replication, code in list(self._pieces()):
            opening = store.opening_file(self.root, setting.opening_hash, replication, code)
            target = store.piece_folder(folder, replication, code)
            yield (
                _simulate,
                (setting.scenario, replication, code, opening),
                lambda tables, target=target: store.write_tables(target, tables),
            )

    def close(self) -> None:
        """Join pieces to blocks."""
        for folder, setting in self.runs.items():
            for span in self.spans[folder]:
                store.close_block(folder, span, sorted(setting.counties))


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

    def run(self, jobs: Iterator[Job], law_paths: tuple[Path, ...]) -> Iterator[None]:
        """Run every job and hand its result on; one yield for each."""
        if self.workers == 1:
            for call, values, keep in jobs:
                keep(call(*values, law_paths))
                yield
            return
        waiting: dict[Future[Any], Callable[[Any], None]] = {}
        for call, values, keep in jobs:
            if self.pool is None:
                context = multiprocessing.get_context("spawn")
                self.pool = ProcessPoolExecutor(self.workers, mp_context=context)
            waiting[self.pool.submit(call, *values, law_paths)] = keep
            while len(waiting) >= 2 * self.workers:
                yield from self._collect(waiting)
        while waiting:
            yield from self._collect(waiting)

    def _collect(self, waiting: dict[Future[Any], Callable[[Any], None]]) -> Iterator[None]:
        finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in finished:
            waiting.pop(future)(future.result())
            yield


def run_order(cells: Mapping[str, Scenario]) -> list[str]:
    """Names of cells whose scenarios differ, the first of each kind."""
    seen: dict[str, str] = {}
    for name, scenario in cells.items():
        seen.setdefault(repr((scenario.place, scenario.policy, scenario.future, scenario.run)), name)
    return list(seen.values())

"""Runs scenarios: a piece of work is a batch of counties and replications side by side, for one scenario.

Workers compute and return tables; only the caller's process writes. What is stored already is not computed
again, so a run that was killed goes on where it stopped. The tables do not depend on workers or order. A
scenario that fails costs itself alone.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from simlib.desks.engines import default_engine
from simlib.errors import RunError
from simlib.results import store
from simlib.results.halfwritten import sweep
from simlib.runs.cluster import Cluster
from simlib.runs.pools import Here, Means, Pool, Processes
from simlib.runs.settings import setting_of
from simlib.runs.work import Work
from simlib.scenario import Scenario

Progress = Callable[[int, int, float], None]
"""Told after each piece: pieces done, pieces in all, seconds so far."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A scenario's run in the store. failed: why it is not there whole, empty if it is."""

    folder: Path
    hash: str
    replications: int
    failed: str = ""


def default_workers() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_scenarios(
    scenarios: Sequence[Scenario],
    root: Path,
    *,
    workers: int | None = None,
    law_paths: tuple[Path, ...] = (),
    fresh: bool = False,
    engine: str | None = None,
    progress: Progress | None = None,
    cluster: str | None = None,
    go_on: bool = False,
) -> list[Stored]:
    """Simulate every scenario's missing replications into the store under `root`; where each one stands.

    workers: processes (default: the cores there are); 1 runs in this process. cluster: address of a Dask
    scheduler whose workers compute instead. fresh: compute again what is stored. engine: `compiled` or
    `reference` (same tables; default: the fastest there is). A scenario that fails does not stop the others.
    Raises ScenarioError, PlaceError or LawError before anything runs, and RunError after everything else has
    run if some scenario failed, unless `go_on` (then its `failed` says why).
    """
    settings = [setting_of(scenario, law_paths) for scenario in scenarios]
    folders = [store.run_folder(root, setting.hash) for setting in settings]
    if fresh:
        for folder in set(folders):
            shutil.rmtree(folder, ignore_errors=True)
    sweep(root)
    work = Work(settings, folders, root)
    means = Means(law_paths, engine or default_engine())
    with _pool(workers or default_workers(), cluster) as pool:
        began, done, total = time.monotonic(), 0, work.count()
        for step in (work.openings(), work.simulations()):
            for piece, result in pool.run(step, means):
                work.done(piece, result)
                done += 1
                if progress is not None:
                    progress(done, total, time.monotonic() - began)
    work.close()
    if work.failed and not go_on:
        raise RunError("; ".join(f"{folder.name}: {reason}" for folder, reason in work.failed.items()))
    return [
        Stored(folder, setting.hash, setting.scenario.run.replications, work.failed.get(folder, ""))
        for folder, setting in zip(folders, settings, strict=True)
    ]


def _pool(workers: int, cluster: str | None) -> Pool:
    if cluster is not None:
        return Cluster(cluster)
    return Here() if workers == 1 else Processes(workers)

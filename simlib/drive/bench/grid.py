"""Many small cells: what handing work to processes and storing it costs beside the simulations themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from simlib import words
from simlib.drive.bench import places
from simlib.drive.bench.meter import Meter
from simlib.drive.bench.rows import Row
from simlib.drive.bench.wholes import BOUGHT, scenario_of
from simlib.runs.runner import default_workers, run_scenarios
from simlib.scenario import FIXED

NAME = "batch"
CELLS = 40
REPLICATIONS = 6
_CAP_STEP_YUAN = 20_000
_OVERHEAD_PLACES = 2


def batch_rows(*, seed: int, cells: int = CELLS, replications: int = REPLICATIONS) -> Iterator[Row]:
    """A grid of cells of one county, by worker processes; its shares are of all workers' time together.

    Its simulations are what the parts of the work take when this process does the same grid alone; told are
    the times of a clock, and those of the processors, which others at work on the machine disturb less.
    """
    workers = default_workers()
    with TemporaryDirectory() as name:
        folder = places.written(places.only(places.leshan(), [places.COUNTY]), Path(name))
        base = scenario_of(folder, BOUGHT, years=1, replications=replications, seed=seed)
        grid = [
            replace(
                base,
                id=f"cell{n}",
                policy=replace(BOUGHT, money=FIXED, cap_yuan=n * _CAP_STEP_YUAN),
            )
            for n in range(cells)
        ]
        with Meter() as alone:
            run_scenarios(grid, Path(name) / "alone", workers=1)
        with Meter() as meter:
            run_scenarios(grid, Path(name) / "together", workers=workers)
    room = meter.seconds * workers
    shares = {part: spent / room for part, spent in alone.spent.items()}
    setting = words.say(
        "bench.batch",
        cells=cells,
        replications=replications,
        workers=workers,
        simulations=round(sum(alone.spent.values()), 1),
        times=round(room / max(sum(alone.spent.values()), 1e-9), _OVERHEAD_PLACES),
        alone=round(alone.seconds, 1),
        worked=round(meter.worked, 1),
        worked_alone=round(alone.worked, 1),
        worked_times=round(meter.worked / max(alone.worked, 1e-9), _OVERHEAD_PLACES),
    )
    yield Row(NAME, seconds=meter.seconds, peak_mb=meter.peak_mb, shares=shares, setting=setting)

"""Options of an experiment compared from Python, as `simlib compare` does it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from simlib.decide.compare import compared_cells
from simlib.drive.batch import Order, prepare_order, simulate
from simlib.drive.decidecommands import cells_of, goal_of, table_of
from simlib.errors import RunError
from simlib.results.experiment import open_experiment
from simlib.scenario import Experiment


def compare(
    experiment: Experiment | Path | str,
    *,
    view: str | None = None,
    measure: str | None = None,
    target: float | None = None,
    replications: int | None = None,
    workers: int | None = None,
    out: Path | None = None,
) -> pd.DataFrame:
    """The options of an experiment beside the one that leads, pair by pair on the same chance: a row each.

    Columns as `simlib compare` prints them: cell, standing, measure, mean, low, high, behind and its interval
    (how much worse than the leading one), n, few; with a target whether it is met. view: whose options
    (default: grid). measure, target: in place of the experiment's own goal. What is stored under `out`
    (default: the workspace's reports) is not simulated again. Raises ScenarioError for what is wrong with
    the experiment, RunError naming options that could not be simulated.
    """
    file = experiment.file if isinstance(experiment, Experiment) else Path(experiment)
    order = Order(file, out=out, replications=replications, workers=workers, notebooks=False)
    prepared = prepare_order(order)
    goal = goal_of(SimpleNamespace(measure=measure, target=target), prepared.plan.goal)
    cells = cells_of(prepared, view)
    prepared, failed = simulate(prepared, order, lambda _: None)
    if failed:
        raise RunError("; ".join(f"{name}: {reason}" for name, reason in failed))
    seen = open_experiment(prepared.folder).by_replication(goal.measure, goal)
    return table_of(compared_cells(seen[seen["scenario"].isin(cells)], goal), goal)

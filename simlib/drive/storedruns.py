"""`simlib runs`: what has been simulated, and several stored runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from simlib import words
from simlib.decide.intervals import Interval, mean_interval, paired
from simlib.drive.printed import show, tell, tell_of_waits
from simlib.drive.workspace import workspace_of
from simlib.errors import InputError, Problem, ScenarioError
from simlib.results import store
from simlib.results.experiment import ExperimentResults, check_measures, open_experiment
from simlib.results.facts import Cell

FEWEST_DIGITS = 8
"""Digits of a hash that name a run."""
SHOWN = ("on_time_share", "posts_filled", "cost_yuan", "wait_days_mean", "overdue_open", "excluded_months")
"""Measures that are set side by side where none are asked for."""
SAME_CHANCE = ("place", "first_year", "years", "opening_months", "seed")
"""What must agree for two runs to have met the same chance."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A cell of an experiment that was run."""

    experiment: ExperimentResults
    cell: Cell

    @property
    def name(self) -> str:
        """Experiment and cell."""
        return f"{self.experiment.id}/{self.cell.id}"

    def values(self, measure: str) -> pd.Series:
        """A measure over the whole plan, by replication."""
        seen = self.experiment.by_replication(measure)
        found: pd.Series = seen[seen["scenario"] == self.cell.id].set_index("replication")["value"]
        return found

    def chance(self) -> tuple[object, ...]:
        """What its chance depends on."""
        record = self.experiment.record()
        return tuple(str(record[name]) for name in SAME_CHANCE)


def runs(asked: Any) -> None:
    """`simlib runs`: the stored runs below a folder; with RUN given, these side by side."""
    reports = asked.reports or workspace_of(Path.cwd() / "x") / "reports"
    if not asked.runs:
        show(pd.DataFrame([_listed(run) for run in _all(reports)], columns=COLUMNS), asked.format)
        return
    check_measures(*(asked.measure or ()))
    named = [run for name in asked.runs for run in _named(name, reports)]
    chosen = list({run.name: run for run in named}.values())
    table = side_by_side(chosen, asked.measure or SHOWN)
    show(table, asked.format)
    tell_of_waits(table["measure"])
    if table["difference"].isna().any():
        tell(words.say("runs_not_paired", first=chosen[0].name))


COLUMNS = ["experiment", "cell", "hash", "replications", "first_year", "years", "seed", "formula", "money"]


def _listed(run: StoredRun) -> dict[str, object]:
    record, policy = run.experiment.record(), run.cell.told["policy"]
    folder = store.run_folder(run.experiment.folder / "data", run.cell.hash)
    facts = (run.experiment.id, run.cell.id, run.cell.hash[:16], len(store.stored_replications(folder)))
    chance = (record["first_year"], record["years"], record["seed"])
    return dict(zip(COLUMNS, (*facts, *chance, policy["formula"], policy["money"]), strict=True))


def _all(reports: Path) -> list[StoredRun]:
    """Every stored run of the experiments in a folder, or of the experiment that the folder is."""
    files = sorted(reports.glob("*/data/experiment.json")) or sorted(reports.glob("data/experiment.json"))
    found = []
    for file in files:
        try:
            experiment = open_experiment(file.parent.parent)
        except ScenarioError as error:
            tell(error.problems[0].line())
            continue
        found += [StoredRun(experiment, cell) for cell in experiment.cells()]
    return found


def _named(name: str, reports: Path) -> list[StoredRun]:
    """The runs a word names: the cells of an experiment's folder, a run's folder, or the start of a hash."""
    folder = Path(name)
    if (folder / "data" / "experiment.json").is_file():
        return _all(folder)
    if folder.is_dir() and store.blocks(folder) and (folder.parent / "experiment.json").is_file():
        return [run for run in _all(folder.parent.parent) if run.cell.hash.startswith(folder.name)][:1]
    every = _all(reports)
    if (reports / name / "data" / "experiment.json").is_file():
        return _all(reports / name)
    found = {run.cell.hash: run for run in every if run.cell.hash.startswith(name)}
    if len(name) < FEWEST_DIGITS or len(found) != 1:
        values = {"found": name, "count": len(found), "digits": FEWEST_DIGITS, "folder": reports}
        raise InputError(Problem("runs_unknown", values=values))
    return list(found.values())


def side_by_side(chosen: Sequence[StoredRun], measures: Sequence[str] = SHOWN) -> pd.DataFrame:
    """One row a measure and run: its mean with interval, and the paired difference from the first run.

    The difference is empty where a run met another chance than the first, or has another number of
    replications than it takes for a pair.
    """
    rows = []
    for measure in measures:
        base = chosen[0].values(measure)
        for run in chosen:
            values = run.values(measure)
            mean = mean_interval(values)
            apart = _difference(values, base) if run.chance() == chosen[0].chance() else _NOTHING
            rows.append(
                {
                    "measure": measure,
                    "run": run.name,
                    "hash": run.cell.hash[:16],
                    "mean": mean.mean,
                    "low": mean.low,
                    "high": mean.high,
                    "n": mean.n,
                    "difference": apart.mean,
                    "difference_low": apart.low,
                    "difference_high": apart.high,
                }
            )
    return pd.DataFrame(rows)


_NOTHING = Interval(float("nan"), float("nan"), float("nan"), 0)


def _difference(values: pd.Series, base: pd.Series) -> Interval:
    both = values.index.intersection(base.index)
    return paired(values.loc[both], base.loc[both])

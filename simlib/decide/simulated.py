"""Options of an experiment as a choice asks for them: simulated into the store, read by replication.

What is stored is not simulated again, so a choice that asks for more replications pays for these alone.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
from numpy.typing import ArrayLike

from simlib.errors import RunError
from simlib.results import store
from simlib.results.experiment import check_measures, targets_met
from simlib.results.measures import ALL_YEARS, Frames, by_replication, path
from simlib.runs.runner import Progress, run_scenarios
from simlib.runs.settings import setting_of
from simlib.scenario import Goal, Scenario

FRESH_SEED = 0x5EED_0001
"""Added to a scenario's seed where chance shall be fresh."""
_SEEDS = 2**32


@dataclass(slots=True)
class Simulated:
    """Scenarios by name, with what is needed to simulate them; `draw` is what `decide.select` asks.

    root: folder of the store. Raises ScenarioError for a goal with an unknown measure.
    """

    scenarios: Mapping[str, Scenario]
    goal: Goal
    root: Path
    law_paths: tuple[Path, ...] = ()
    workers: int | None = None
    engine: str | None = None
    cluster: str | None = None
    progress: Progress | None = None
    _known: dict[tuple[str, int], pd.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_measures(self.goal.measure, self.goal.target_measure)

    def frames(self, options: Sequence[str], replications: int) -> dict[str, Frames]:
        """The tables of these options' first replications; what is missing is simulated."""
        asked = [self._with(option, replications) for option in options]
        stored = run_scenarios(
            asked,
            self.root,
            workers=self.workers,
            law_paths=self.law_paths,
            engine=self.engine,
            cluster=self.cluster,
            progress=self.progress,
        )
        return {
            option: _frames(scenario, run.folder, replications, self.law_paths)
            for option, scenario, run in zip(options, asked, stored, strict=True)
        }

    def _with(self, option: str, replications: int) -> Scenario:
        scenario = self.scenarios[option]
        return replace(scenario, run=replace(scenario.run, replications=replications))

    def draw(self, options: Sequence[str], span: range) -> Mapping[str, tuple[ArrayLike, ArrayLike]]:
        """The goal's measure over the whole plan and whether the target is met, for these replications."""
        missing = [option for option in options if (option, span.stop) not in self._known]
        for option, frames in self.frames(missing, span.stop).items() if missing else ():
            self._known[option, span.stop] = by_replication(frames)
        return {option: self._seen(option, span) for option in options}

    def _seen(self, option: str, span: range) -> tuple[ArrayLike, ArrayLike]:
        kept = self._known[option, span.stop]
        rows = kept[(kept["measure"] == self.goal.measure) & (kept["year"] == ALL_YEARS)]
        values = rows.set_index("replication")["value"].reindex(list(span))
        if values.isna().any():
            raise RunError(f"{option}: {self.goal.measure} has no value in a replication")
        met = targets_met(kept, self.goal).reindex(list(span))
        return values.to_numpy(float), met.to_numpy(bool)

    def paths(self, replications: int) -> dict[str, Hashable]:
        """Staffing and money of every option over its first replications, with the goal's measure."""
        seen = self.seen(replications)
        return {
            str(option): (str(rows["path"].iloc[0]), rows["value"].to_numpy(float).tobytes())
            for option, rows in seen.groupby("scenario", sort=False)
        }

    def seen(self, replications: int) -> pd.DataFrame:
        """Every option replication by replication, as `decide.compare` looks at it.

        Columns: scenario, replication, value, met, path.
        """
        parts = []
        for option, frames in self.frames(list(self.scenarios), replications).items():
            self._known[option, replications] = by_replication(frames)
            values, met = self._seen(option, range(replications))
            trail = str(path(frames)["path"].iloc[0])
            facts = {"scenario": option, "replication": range(replications), "value": values, "met": met}
            parts.append(pd.DataFrame({**facts, "path": trail}))
        return pd.concat(parts, ignore_index=True)

    def afresh(self) -> Simulated:
        """The same on fresh chance."""
        seed = {
            option: replace(
                scenario, run=replace(scenario.run, seed=(scenario.run.seed + FRESH_SEED) % _SEEDS)
            )
            for option, scenario in self.scenarios.items()
        }
        return replace(self, scenarios=seed, _known={})


def _frames(scenario: Scenario, folder: Path, replications: int, law_paths: tuple[Path, ...]) -> Frames:
    setting = setting_of(scenario, law_paths)
    return Frames.of(
        store.load_run(folder, replications),
        first_year=scenario.run.first_year,
        posts_existing=setting.posts_existing,
        posts_gap=setting.posts_gap,
    )

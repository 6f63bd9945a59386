"""The points of an experiment's designs, opened for reading: `data/spreads.json` beside the store."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from simlib.results import store
from simlib.results.experiment import ExperimentResults, check_measures, measures_digest
from simlib.results.measures import Frames, by_replication
from simlib.results.parquet import parquet_frame

FORMAT = 1
FILE = "spreads.json"
_CELL = ("option", "point", "hash", "posts_existing", "posts_gap")


@dataclass(frozen=True, slots=True)
class VariedThing:
    """What a design varied: see `decide.points.Varied`."""

    key: str
    title: Mapping[str, str]
    base: Any
    low: float
    high: float
    values: Sequence[Any]
    is_lever: bool


@dataclass(frozen=True, slots=True)
class StoredSpread:
    """A design that was simulated.

    points: a row a point, a column each varied thing by its key (one thing moved at a time: the others stand
    as they are and are empty). cells: option, point, hash, posts_existing, posts_gap of what was simulated.
    """

    view: str
    title: Mapping[str, str]
    kind: str
    rows: int
    seed: int
    options: Sequence[str]
    varied: Sequence[VariedThing]
    points: pd.DataFrame
    cells: pd.DataFrame


def save_spreads(folder: Path, told: Sequence[Mapping[str, Any]]) -> None:
    """Write what was simulated; without designs an earlier file is taken away."""
    path = folder / "data" / FILE
    if not told:
        path.unlink(missing_ok=True)
        return
    text = json.dumps({"format": FORMAT, "spreads": list(told)}, ensure_ascii=False, indent=1, sort_keys=True)
    store.write_file(path, (text + "\n").encode())


def open_spreads(folder: Path) -> list[StoredSpread]:
    """The designs of an experiment's folder; none where there is no such file, or of another format."""
    path = folder / "data" / FILE
    if not path.is_file():
        return []
    facts = json.loads(path.read_text("utf-8"))
    return [_opened(told) for told in facts["spreads"]] if facts.get("format") == FORMAT else []


def _opened(told: Mapping[str, Any]) -> StoredSpread:
    varied = [VariedThing(**item) for item in told["varied"]]
    points = pd.DataFrame(told["points"], columns=[item.key for item in varied])
    cells = pd.DataFrame(told["cells"], columns=list(_CELL))
    return StoredSpread(
        told["view"],
        told["title"],
        told["kind"],
        told["rows"],
        told["seed"],
        told["options"],
        varied,
        points,
        cells,
    )


def at_points(experiment: ExperimentResults, spread: StoredSpread, measure: str) -> pd.DataFrame:
    """A measure of the whole plan at every point: option, point, replication, value.

    Raises ScenarioError for an unknown measure.
    """
    check_measures(measure)
    replications = int(experiment.record()["replications"])
    parts = []
    for option, point, *told in spread.cells.itertuples(index=False):
        values = _kept(experiment, replications, *told)[measure].rename("value")
        parts.append(values.rename_axis("replication").reset_index().assign(option=option, point=point))
    return pd.concat(parts, ignore_index=True)[["option", "point", "replication", "value"]]


def form_spreads(experiment: ExperimentResults) -> None:
    """Form the measures of every point now, so that whoever reads them later waits for nothing."""
    replications = int(experiment.record()["replications"])
    for spread in open_spreads(experiment.folder):
        for _, _, *told in spread.cells.itertuples(index=False):
            _kept(experiment, replications, *told)


def _kept(
    experiment: ExperimentResults, replications: int, run: str, existing: int, gap: int
) -> pd.DataFrame:
    """Every measure of the whole plan at one point, a column each by replication; formed once and kept."""
    data = experiment.folder / "data"
    path = data / "measures" / f"{run[:16]}-{replications}-{measures_digest()}.plan.parquet"
    if not path.is_file():
        frames = Frames.of(
            store.load_run(store.run_folder(data, run), replications),
            first_year=int(experiment.record()["first_year"]),
            posts_existing=existing,
            posts_gap=gap,
        )
        told = by_replication(frames, yearly=False)
        sink = BytesIO()
        told.pivot(index="replication", columns="measure", values="value").to_parquet(sink)
        store.write_file(path, sink.getvalue())
    return parquet_frame(path)

"""Simulation while somebody watches: replication by replication in this process, and it stops when told to.

Nothing is stored. The state at the plan's beginning is the same for every choice of formula and money, so it
is kept in memory and a second choice starts at once. The tables are those a run in the store would have.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from simlib.desks.engines import default_engine
from simlib.errors import SimlibError
from simlib.results.measures import Frames, by_replication, summarised
from simlib.runs.settings import setting_of
from simlib.scenario import Scenario
from simlib.years.county import Batch, County, batches
from simlib.years.records import Tables
from simlib.years.replication import Snapshot, open_batch, simulate_batch
from simlib.years.setting import Setting

MOST_AT_ONCE = 5
"""Replications simulated together at most: more would be a little quicker and show less often."""
HEADLINES = (
    *(
        "on_time_share",
        "wait_days_mean",
        "wait_days_p90",
        "open_end",
        "overdue_open",
        "reviews_on_time_share",
    ),
    *(
        "posts_required",
        "posts_existing",
        "posts_gap",
        "posts_funded",
        "posts_filled",
        "households_per_worker",
    ),
    *("cost_yuan", "cap_yuan", "advance_yuan", "utilisation_share"),
    *("excluded_months", "excluded_unknown_months", "excluded_route_months", "excluded_late_months"),
    *("overpaid_yuan", "overpaid_design_yuan", "overpaid_late_yuan"),
)
"""Measures a person at the panel looks at first."""
KEPT_BYTES = 1 << 30
"""Opening states are kept up to about this much memory, the oldest going first."""

Arrays = dict[str, NDArray[np.int64]]
Progress = Callable[[float], None]
"""Told the share of all work that is done, 0..1."""


class StoppedError(SimlibError):
    """Somebody no longer wants the answer."""


class Stop:
    """A token to stop a simulation with, from any thread."""

    def __init__(self) -> None:
        self._said = threading.Event()

    def now(self) -> None:
        """Stop at the end of the month being simulated."""
        self._said.set()

    @property
    def said(self) -> bool:
        """Whether somebody asked."""
        return self._said.is_set()

    def check(self) -> None:
        """Raise StoppedError if somebody asked."""
        if self._said.is_set():
            raise StoppedError


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known after some replications: their tables, and values as `by_replication` returns them."""

    replications: int
    frames: Frames
    values: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Every measure: measure, year (0 = the whole plan), mean, low, high, n."""
        return summarised(self.values)


class Openings:
    """Opening states in memory, by what they depend on; safe to share between threads."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._most, self._bytes = most_bytes, 0
        self._kept: OrderedDict[tuple[str, str], Arrays] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def of(
        self, setting: Setting, before: Callable[[], Setting], batch: Batch, check: Callable[[], None]
    ) -> Arrays:
        """The opening state of a batch; `before` gives things as they are, where it must be made."""
        key = (setting.opening_hash, batch.name)
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        made = open_batch(before(), batch, engine=default_engine(), each_month=check).arrays()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._bytes += _size(made)
            while self._bytes > self._most and len(self._kept) > 1:
                self._bytes -= _size(self._kept.popitem(last=False)[1])
        return made


OPENINGS = Openings()
"""Those of this process."""


def _size(arrays: Arrays) -> int:
    return sum(column.nbytes for column in arrays.values())


def watched(
    scenario: Scenario,
    *,
    counties: Collection[str] = (),
    law_paths: tuple[Path, ...] = (),
    replications: int,
    stop: Stop,
    measures: Collection[str] = HEADLINES,
    progress: Progress | None = None,
    openings: Openings = OPENINGS,
) -> Iterator[Seen]:
    """What is seen of a scenario after 1, 3, 8, 13 … replications, up to `replications`.

    counties: codes; empty for the whole place. measures: names of those wanted, over the whole plan.
    The first answer costs one replication. Raises StoppedError soon after `stop.now()`, within a month of
    simulated time; ScenarioError, PlaceError or LawError before anything runs.
    """
    setting = setting_of(scenario, law_paths)
    chosen = [county for code, county in setting.counties.items() if not counties or code in counties]
    before = partial(setting_of, scenario.status_quo(), law_paths)
    parts: list[Tables] = []
    values: list[pd.DataFrame] = []
    for span in _spans(replications):
        pieces = batches(chosen, span)
        new: list[Tables] = []
        for batch in pieces:
            start = Snapshot.of_arrays(openings.of(setting, before, batch, stop.check))
            new.append(simulate_batch(setting, batch, start, engine=default_engine(), each_month=stop.check))
            if progress is not None:
                progress((span.start + len(span) * len(new) / len(pieces)) / replications)
        parts += new
        frames = _frames(setting, new, chosen)
        values.append(by_replication(frames, only=measures, yearly=False))
        stop.check()
        everything = frames if len(parts) == len(new) else _frames(setting, parts, chosen)
        yield Seen(span.stop, everything, pd.concat(values, ignore_index=True))


def _spans(replications: int) -> Iterator[range]:
    """One replication, two, then five at a time."""
    first, step = 0, 1
    while first < replications:
        last = min(first + min(step, MOST_AT_ONCE), replications)
        yield range(first, last)
        first, step = last, step * 2 + (step > 1)


def _frames(setting: Setting, parts: Sequence[Tables], chosen: Sequence[County]) -> Frames:
    """The frames behind tables of these counties, one below the other."""
    return Frames.of(
        {name: pa.concat_tables([part[name] for part in parts]) for name in parts[0]},
        first_year=setting.scenario.run.first_year,
        posts_existing=sum(county.posts_existing for county in chosen),
        posts_gap=sum(int(county.gap.sum()) for county in chosen),
    )

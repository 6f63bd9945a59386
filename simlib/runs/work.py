"""What is to be computed, piece by piece, and where each result goes.

A piece is a batch of counties and replications side by side, of one scenario: either the state of its desks
at the beginning of the plan, which all alternatives share, or its plan years from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib import words
from simlib.errors import RunError
from simlib.results import store
from simlib.scenario import Scenario
from simlib.years.county import Batch
from simlib.years.records import Tables
from simlib.years.replication import Snapshot, open_batch, simulate_batch
from simlib.years.setting import Setting

Arrays = dict[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a piece could not be computed, in one line."""

    reason: str

    @staticmethod
    def of(error: BaseException) -> Failure:
        """What an exception says."""
        return Failure(" ".join(f"{type(error).__name__}: {error}".split()))


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of work. run: folder of its run; opening: file of its opening state; target: folder of its
    tables, None where the opening state itself is to be made.
    """

    setting: Setting
    batch: Batch
    run: Path
    opening: Path
    target: Path | None

    @property
    def scenario(self) -> Scenario:
        """What is simulated: for an opening state things as they are, the same for all alternatives."""
        return self.setting.scenario if self.target else self.setting.scenario.status_quo()

    def keep(self, result: Any) -> None:
        """Put the result in the store."""
        if self.target is None:
            store.write_arrays(self.opening, result)
        else:
            store.write_tables(self.target, result, is_lasting=False)


def opened(setting: Setting, batch: Batch, engine: str) -> Arrays:
    """The opening state of a batch; `setting` is that of things as they are."""
    return open_batch(setting, batch, engine=engine).arrays()


def opening_gone(batch: Batch) -> RunError:
    """What is said where the opening state of a batch cannot be read."""
    return RunError(words.say("run_opening_gone", batch=batch.name))


def simulated(setting: Setting, batch: Batch, opening: Arrays | None, engine: str) -> Tables:
    """The tables of a batch from its opening state. Raises RunError where that is gone."""
    if opening is None:
        raise opening_gone(batch)
    return simulate_batch(setting, batch, Snapshot.of_arrays(opening), engine=engine)


class Work:
    """What is missing in the store.

    failed: why a run is given up, by its folder; its other pieces are left out from then on.
    """

    def __init__(self, settings: Sequence[Setting], folders: Sequence[Path], root: Path) -> None:
        self.root = root
        self.runs: dict[Path, Setting] = dict(zip(folders, settings, strict=True))
        self.spans = {
            folder: store.missing_blocks(folder, setting.scenario.run.replications)
            for folder, setting in self.runs.items()
        }
        self.failed: dict[Path, str] = {}
        self._lost: dict[Path, str] = {}
        self._to_open = self._openings()

    def _missing(self) -> Iterator[Piece]:
        for folder, setting in self.runs.items():
            for span in self.spans[folder]:
                for batch in setting.batches(span):
                    target = store.piece_folder(folder, span, batch.name)
                    if not store.is_whole(target, is_lasting=False):
                        opening = store.opening_file(self.root, setting.opening_hash, batch.name)
                        yield Piece(setting, batch, folder, opening, target)

    def _openings(self) -> dict[Path, Piece]:
        wanted = {piece.opening: replace(piece, target=None) for piece in self._missing()}
        return {path: piece for path, piece in wanted.items() if not store.has_arrays(path)}

    def count(self) -> int:
        """Pieces of work in all."""
        return len(self._to_open) + sum(1 for _ in self._missing())

    def openings(self) -> Iterator[Piece]:
        """Opening states that are missing, one for all alternatives."""
        yield from self._to_open.values()

    def simulations(self) -> Iterator[Piece]:
        """Plan years that are missing, but for runs that were given up."""
        for piece in list(self._missing()):
            if piece.opening in self._lost:
                self.failed.setdefault(piece.run, self._lost[piece.opening])
            if piece.run not in self.failed:
                yield piece

    def done(self, piece: Piece, result: Any) -> None:
        """Keep what came of a piece, or give its run up."""
        if not isinstance(result, Failure):
            piece.keep(result)
        elif piece.target is None:
            self._lost[piece.opening] = result.reason
        else:
            self.failed.setdefault(piece.run, result.reason)

    def close(self) -> None:
        """Join pieces to blocks."""
        for folder, setting in self.runs.items():
            if folder not in self.failed:
                for span in self.spans[folder]:
                    store.close_block(folder, span, [batch.name for batch in setting.batches(span)])

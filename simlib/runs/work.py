"""What is to be computed, piece by piece, and where each result goes.

A piece is a batch of counties and replications side by side, of one scenario: either the state of its desks
at the beginning of the plan, which all alternatives share, or its plan years from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
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
    """One piece of work. run: folder of its run; opening: file of its opening state; block: the replications
    its tables are stored with, None where the opening state itself is to be made.
    """

    setting: Setting
    batch: Batch
    run: Path
    opening: Path
    block: range | None

    @property
    def scenario(self) -> Scenario:
        """What is simulated: for an opening state things as they are, the same for all alternatives."""
        return self.setting.scenario if self.block else self.setting.scenario.status_quo()


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
        self.failed: dict[Path, str] = {}
        self._lost: dict[Path, str] = {}
        self._blocks = {
            (run, span): _Block(setting, setting.batches(span))
            for run, setting in dict(zip(folders, settings, strict=True)).items()
            for span in store.missing_blocks(run, setting.scenario.run.replications)
        }
        self._missing = list(self._pieces())
        self._to_open = self._openings()

    def _pieces(self) -> Iterator[Piece]:
        for (run, span), block in self._blocks.items():
            for batch in block.batches:
                if not store.has_piece(run, span, batch.name):
                    block.missing.add(batch.name)
                    opening = store.opening_file(self.root, block.setting.opening_hash, batch.name)
                    yield Piece(block.setting, batch, run, opening, span)

    def _openings(self) -> dict[Path, Piece]:
        wanted = {piece.opening: replace(piece, block=None) for piece in self._missing}
        return {path: piece for path, piece in wanted.items() if not store.has_arrays(path)}

    def count(self) -> int:
        """Pieces of work in all."""
        return len(self._to_open) + len(self._missing)

    def openings(self) -> Iterator[Piece]:
        """Opening states that are missing, one for all alternatives."""
        yield from self._to_open.values()

    def simulations(self) -> Iterator[Piece]:
        """Plan years that are missing, but for runs that were given up."""
        for piece in self._missing:
            if piece.opening in self._lost:
                self.failed.setdefault(piece.run, self._lost[piece.opening])
            if piece.run not in self.failed:
                yield piece

    def done(self, piece: Piece, result: Any) -> None:
        """Keep what came of a piece, or give its run up; the last piece of a block closes it."""
        if isinstance(result, Failure):
            if piece.block is None:
                self._lost[piece.opening] = result.reason
            else:
                self.failed.setdefault(piece.run, result.reason)
        elif piece.block is None:
            store.write_arrays(piece.opening, result)
        else:
            self._keep(piece.run, piece.block, piece.batch.name, result)

    def _keep(self, run: Path, span: range, name: str, tables: Tables) -> None:
        block = self._blocks[run, span]
        block.missing.discard(name)
        if len(block.batches) == 1:
            store.write_block(run, span, tables)
            return
        store.write_piece(run, span, name, tables)
        if not block.missing:
            store.close_block(run, span, [batch.name for batch in block.batches])

    def close(self) -> None:
        """Join the blocks all of whose pieces were there before."""
        fresh = {(piece.run, piece.block) for piece in self._missing}
        for (run, span), block in self._blocks.items():
            if (run, span) not in fresh:
                store.close_block(run, span, [batch.name for batch in block.batches])


@dataclass(slots=True)
class _Block:
    """Replications of a run that are stored together: its batches, and the names of those still missing."""

    setting: Setting
    batches: list[Batch]
    missing: set[str] = field(default_factory=set)

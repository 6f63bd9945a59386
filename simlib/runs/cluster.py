"""Many machines: pieces of work on the workers of a Dask scheduler.

What a worker needs goes with the piece as values, and Arrow tables come back: no folder is shared, and only
the caller writes. A worker that is lost costs what it had in hand; that is computed again elsewhere. Every
worker must hold the same sources, Python, libraries and kind of processor, or the run stops and names it:
otherwise the tables might differ in ways nobody sees.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import platform
import time
import warnings
from collections.abc import Iterator
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

from simlib import words
from simlib.errors import InputError, Problem, RunError
from simlib.results import store
from simlib.runs.pools import Means
from simlib.runs.work import Arrays, Failure, Piece, opened, opening_gone, simulated
from simlib.years.county import Batch
from simlib.years.digests import code_digest
from simlib.years.setting import Setting, prepare

CONNECT_SECONDS = 15
_LIBRARIES = ("numpy", "numba", "simpy", "pandas", "pyarrow")
_LOOK_SECONDS, _ALONE_SECONDS = 5, 60
"""How often it is looked whether workers are left, and how long none may be there [s]."""
_KEPT_OPENINGS = 8
"""Opening states the scheduler holds at a time for pieces to come."""

Mark = dict[str, str]
"""What must be alike on all machines, by name."""


@lru_cache(maxsize=1)
def fingerprint() -> Mark:
    """What this machine computes with."""
    marks = {"sources": code_digest()[:16], "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            marks[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            marks[name] = "–"
    return marks | {"processor": f"{platform.machine()} {_processor()}".strip()}


def _processor() -> str:
    """Kind of processor, as the system names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def differing(mine: Mark, theirs: Mark) -> str:
    """What differs between two machines, told in one line; empty if nothing does."""
    names = [name for name in mine if theirs.get(name) != mine[name]]
    return ", ".join(f"{name}: {theirs.get(name, '–')} ≠ {mine[name]}" for name in names)


def frozen(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """A mapping that nobody can change."""
    return MappingProxyType(values)


class _Packer(pickle.Pickler):
    """Law stands in mappings that nobody can change, which plain pickle refuses."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, MappingProxyType):
            return frozen, (dict(value),)
        return NotImplemented


def packed(setting: Setting, *, as_it_is: bool) -> bytes:
    """Everything a setting is made of, as bytes; as_it_is: of things as they are instead of its scenario."""
    scenario = setting.scenario.status_quo() if as_it_is else setting.scenario
    parcel = io.BytesIO()
    _Packer(parcel, protocol=5).dump((scenario, setting.law, setting.place))
    return parcel.getvalue()


@lru_cache(maxsize=8)
def _unpacked(parcel: bytes) -> Setting:
    scenario, law, place = pickle.loads(parcel)  # noqa: S301  from the scheduler the user named
    return prepare(scenario, law=law, place=place)


def compute_sent(parcel: bytes, batch: Batch, opening: Arrays | None, engine: str) -> tuple[Mark, Any]:
    """On a worker: what comes of a piece, and with what it was computed. opening: None to make it."""
    try:
        setting = _unpacked(parcel)
        if opening is None:
            return fingerprint(), opened(setting, batch, engine)
        return fingerprint(), simulated(setting, batch, opening, engine)
    except Exception as error:  # noqa: BLE001  whatever a simulation raises is its failure; the others go on
        return fingerprint(), Failure.of(error)


def held(value: Any) -> Any:
    """On a worker: a value that was sent, ready for the pieces that need it there."""
    return value


class Cluster:
    """The workers of a Dask scheduler. Raises InputError where there is none, or none is connected.

    address: such as tcp://127.0.0.1:8786; with tls:// the certificates named in Dask's own settings are used.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._client: Any = None
        self._openings: dict[Path, Any] = {}
        self._parcels: dict[str, Any] = {}

    def __enter__(self) -> Cluster:
        try:
            from distributed import Client
        except ImportError:
            raise InputError(Problem("cluster_package")) from None
        try:
            self._client = Client(self.address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            values = {"address": self.address, "error": " ".join(str(error).split())}
            raise InputError(Problem("cluster_address", values=values)) from None
        try:
            self._check(self._client.run(fingerprint))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._client is not None:
            self._client.close(timeout=5)
            self._client = None

    def _check(self, marks: dict[str, Mark]) -> None:
        if not marks:
            raise InputError(Problem("cluster_empty", values={"address": self.address}))
        for worker, mark in marks.items():
            self._compare(worker, mark)

    def _compare(self, worker: str, mark: Mark) -> None:
        found = differing(fingerprint(), mark)
        if found:
            raise RunError(words.say("cluster_differs", worker=worker, found=found))

    def _parcel(self, piece: Piece) -> Any:
        """The setting of a piece, on the cluster."""
        key = f"{piece.setting.hash[:16]}-{'plan' if piece.block else 'open'}"
        if key not in self._parcels:
            parcel = packed(piece.setting, as_it_is=piece.block is None)
            name = f"setting-{hashlib.sha256(parcel).hexdigest()[:16]}"
            self._parcels[key] = self._client.submit(held, parcel, key=name)
        return self._parcels[key]

    def _opening(self, piece: Piece) -> Any:
        """The opening state of a piece, on the cluster; None where it is to be made, or is gone."""
        if piece.block is None:
            return None
        if piece.opening not in self._openings:
            while len(self._openings) >= _KEPT_OPENINGS:
                self._openings.pop(next(iter(self._openings)))
            arrays = store.read_arrays(piece.opening)
            if arrays is None:
                return None
            name = f"opening-{piece.opening.parent.name}-{piece.batch.name}"
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Sending large graph")
                self._openings[piece.opening] = self._client.submit(held, arrays, key=name)
        return self._openings[piece.opening]

    def run(self, pieces: Iterator[Piece], means: Means) -> Iterator[tuple[Piece, Any]]:
        """Pieces as they end; two for each thread of the cluster are under way.

        Raises RunError when the scheduler or all workers are lost, or a worker that came later computes with
        something else.
        """
        flying: dict[Any, Piece] = {}
        more = True
        while more or flying:
            room = 2 * max(1, len(self._threads())) - len(flying)
            while more and room > 0:
                piece = next(pieces, None)
                if piece is None:
                    more = False
                    break
                opening = self._opening(piece)
                if opening is None and piece.block is not None:
                    yield piece, Failure.of(opening_gone(piece.batch))
                    continue
                flying[self._send(piece, opening, means)] = piece
                room -= 1
            for future in self._ended(flying):
                piece = flying.pop(future)
                yield piece, self._result(future)

    def _threads(self) -> list[str]:
        """A worker's address for each thread there is."""
        try:
            found = self._client.nthreads()
        except OSError as error:
            raise self._lost(error) from None
        return [worker for worker, count in found.items() for _ in range(count)]

    def _ended(self, flying: dict[Any, Piece]) -> list[Any]:
        """The pieces that have ended, once one has."""
        from distributed import wait

        alone_since = None
        while flying:
            try:
                with self._client.as_current():
                    ended = wait(list(flying), timeout=_LOOK_SECONDS, return_when="FIRST_COMPLETED").done
                return list(ended)
            except TimeoutError:
                pass
            except Exception as error:  # noqa: BLE001  a scheduler that goes away says so in many ways
                raise self._lost(error) from None
            alone_since = None if self._threads() else alone_since or time.monotonic()
            if alone_since is not None and time.monotonic() - alone_since > _ALONE_SECONDS:
                raise RunError(words.say("cluster_no_workers", address=self.address))
        return []

    def _lost(self, error: BaseException) -> RunError:
        return RunError(words.say("cluster_lost", address=self.address, error=" ".join(str(error).split())))

    def _send(self, piece: Piece, opening: Any, means: Means) -> Any:
        parcel = self._parcel(piece)
        return self._client.submit(compute_sent, parcel, piece.batch, opening, means.engine, pure=False)

    def _result(self, future: Any) -> Any:
        from distributed import KilledWorker

        if future.status in {"cancelled", "lost"}:
            raise self._lost(RuntimeError(future.status))
        try:
            mark, result = future.result()
        except KilledWorker:
            return Failure(words.say("run_killed"))
        except OSError as error:
            raise self._lost(error) from None
        self._compare(self.address, mark)
        return result

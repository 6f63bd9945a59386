"""How long simulations take: a rule of thumb by households and years, scaled by what was measured.

Each simulation that took a while leaves beside its pages how long it really took (`timing.json`, outside
every comparison): the next estimate for that place is scaled by it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from simlib.results import store
from simlib.results.store import write_file
from simlib.units import MONTHS_PER_YEAR
from simlib.years.cases.households import STOCKS
from simlib.years.setting import Setting

FILE = "timing.json"
LEAST_SECONDS = 3.0
"""What is shorter by the rules of thumb tells more of starting up than of the place, and is not kept."""
START_SECONDS = 3.0
"""Until law and compiled code are read."""
MEASURED, ROUGH = "measured", "rough"
_SECONDS_PER_HOUSEHOLD_YEAR = 13e-6
_SECONDS_PER_RUN = 0.1
_BYTES_PER_OFFICE_MONTH = 190
_BYTES_PER_HOUSEHOLD = 60
"""Rules of thumb of one core: 10 to 11 s for a million household-years (Leshan's default plan, a grid of one
county), up to 17 where services are delivered; 150 to 190 bytes an office and month, 62 a household."""
_RULES = [_SECONDS_PER_RUN, _SECONDS_PER_HOUSEHOLD_YEAR, _BYTES_PER_OFFICE_MONTH, _BYTES_PER_HOUSEHOLD]
"""What was measured by other rules of thumb scales nothing."""


@dataclass(frozen=True, slots=True)
class Load:
    """Work by the rules of thumb: seconds of one core, and bytes."""

    seconds: float = 0.0
    size: float = 0.0

    def __add__(self, other: Load) -> Load:
        return Load(self.seconds + other.seconds, self.size + other.size)

    def scaled(self, scale: Load) -> Load:
        """The work times what measuring says, seconds and bytes apart."""
        return Load(self.seconds * scale.seconds, self.size * scale.size)


@dataclass(frozen=True, slots=True)
class Scale:
    """What a place's measured work is of the rules of thumb. basis: `measured`, else `rough`."""

    by: Load
    basis: str


def households_of(setting: Setting) -> int:
    """Households of a place, all programmes [household]."""
    towns = setting.place.townships
    return sum(int(towns[f"{name}_households"].sum()) for name in STOCKS)


class Reckoner:
    """Adds up what is missing in a store; what several scenarios share is counted once."""

    def __init__(self, data: Path, *, fresh: bool = False) -> None:
        self._data, self._fresh = data, fresh
        self._run_ups: set[tuple[str, int]] = set()
        self._counted: set[str] = set()

    def stored(self, setting: Setting) -> int:
        """Replications of a scenario that are stored."""
        asked = range(setting.scenario.run.replications)
        if self._fresh:
            return 0
        return len(store.stored_replications(store.run_folder(self._data, setting.hash)) & set(asked))

    def missing(self, setting: Setting) -> Load:
        """What is to be done for a scenario, its run-up with the first that needs it."""
        run, households = setting.scenario.run, households_of(setting)
        left = run.replications - self.stored(setting)
        if left == 0 or setting.hash in self._counted:
            return Load()
        self._counted.add(setting.hash)
        offices = len(setting.place.townships) + len(setting.counties)
        load = Load(
            _SECONDS_PER_RUN + left * households * run.years * _SECONDS_PER_HOUSEHOLD_YEAR,
            left * offices * run.years * MONTHS_PER_YEAR * _BYTES_PER_OFFICE_MONTH,
        )
        if (setting.opening_hash, left) not in self._run_ups:
            self._run_ups.add((setting.opening_hash, left))
            years = run.opening_months / MONTHS_PER_YEAR
            load += Load(
                left * households * years * _SECONDS_PER_HOUSEHOLD_YEAR,
                left * households * _BYTES_PER_HOUSEHOLD,
            )
        return load


def total(loads: Iterable[Load]) -> Load:
    """Several pieces of work together."""
    found = Load()
    for load in loads:
        found += load
    return found


def scale_of(reports: Path, place: str) -> Scale:
    """What measuring says of a place, from all experiments of a folder; else the rules of thumb."""
    known = [facts for path in sorted(reports.glob(f"*/{FILE}")) if (facts := _read(path, place)) is not None]
    rough = total(each[0] for each in known)
    real = total(each[1] for each in known)
    if rough.seconds == 0 or rough.size == 0:
        return Scale(Load(1.0, 1.0), ROUGH)
    return Scale(Load(real.seconds / rough.seconds, real.size / rough.size), MEASURED)


def _read(path: Path, place: str) -> tuple[Load, Load] | None:
    try:
        facts = json.loads(path.read_text("utf-8"))
        if facts["rules"] != _RULES:
            return None
        told = Load(*map(float, facts["rough"])), Load(*map(float, facts["real"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return told if facts.get("place") == place else None


class Timer:
    """Times a simulation from its making to `note`, which keeps how long it took beside the pages."""

    def __init__(
        self, folder: Path, settings: Iterable[Setting], *, workers: int, fresh: bool = False
    ) -> None:
        self._folder, self._workers, self._settings = folder, workers, list(settings)
        reckoner = Reckoner(folder / "data", fresh=fresh)
        self._new = {setting.hash: setting for setting in self._settings if not reckoner.stored(setting)}
        self._rough = total(reckoner.missing(setting) for setting in self._settings)
        self._began = time.monotonic()

    def note(self) -> None:
        """Keep seconds of all workers, and bytes written; too short a simulation is not kept."""
        seconds = (time.monotonic() - self._began) * self._workers
        if self._rough.seconds < LEAST_SECONDS:
            return
        data = self._folder / "data"
        folders = {store.run_folder(data, run) for run in self._new}
        folders |= {store.opening_file(data, each.opening_hash, "x").parent for each in self._new.values()}
        real = Load(seconds, sum(_size(folder) for folder in folders))
        place = self._settings[0].place.id
        told = {"place": place, "rules": _RULES, "rough": _told(self._rough), "real": _told(real)}
        write_file(self._folder / FILE, (json.dumps(told, indent=1) + "\n").encode())


def _told(load: Load) -> list[float]:
    return [round(load.seconds, 3), round(load.size)]


def _size(folder: Path) -> int:
    """Bytes under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

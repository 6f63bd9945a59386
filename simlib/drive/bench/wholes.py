"""Places end to end: a county many times over, a city, a province; through the same door a planner uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.compute as pc

from simlib import words
from simlib.desks import engines
from simlib.drive.api import simulate
from simlib.drive.bench import bigcity, places
from simlib.drive.bench.apart import apart
from simlib.drive.bench.meter import Meter
from simlib.drive.bench.rows import COMPILED, TUNED, Row
from simlib.places.place import Place
from simlib.results import store
from simlib.runs.runner import Stored, default_workers, run_scenarios
from simlib.scenario import Future, Policy, Run, Scenario

COUNTY, CITY, PROVINCE = "county", "city", "province"
COUNTY_REPLICATIONS = 30
PROVINCE_TOWNSHIPS = 1_610
PLAN_YEARS = 5
PROVINCE_SECONDS = 200
"""The province is simulated for as many years, up to five, as should take no longer than this."""

BOUGHT = Policy(formula="leshan-2020", price_yuan=60_000)
"""What is simulated: posts by Leshan's formula, bought in full."""
BOUGHT_BEFORE = 59_000
"""The price of what was asked for just before [yuan]."""


def scenario_of(folder: Path, policy: Policy, *, years: int, replications: int, seed: int) -> Scenario:
    """A policy for the place in a folder."""
    run = Run(years=years, replications=replications, seed=seed)
    return Scenario("bench", {"zh": "bench", "en": "bench"}, folder, policy, Future(), run)


def county_rows(*, seed: int, replications: int = COUNTY_REPLICATIONS) -> Iterator[Row]:
    """A county's year, `replications` times: from `simulate` to its summary: in one process, on all cores.

    As when a planner asks for one option after another: the opening states are there, worker processes rest.
    """
    place = places.only(places.leshan(), [places.COUNTY])
    for workers in sorted({1, default_workers()}):
        with TemporaryDirectory() as name:
            folder = places.written(place, Path(name))
            first, second, timed = (
                scenario_of(folder, policy, years=1, replications=replications, seed=seed)
                for policy in (Policy(), replace(BOUGHT, price_yuan=BOUGHT_BEFORE), BOUGHT)
            )
            out = Path(name) / "out"
            for before in (first, second):
                simulate(before, out=out, workers=workers)
            with Meter() as meter:
                simulate(timed, out=out, workers=workers)
            services = _services(run_scenarios([timed], out / "data", workers=1)[0])
        yield _row(COUNTY, place, meter, services, years=1, replications=replications, workers=workers)


def city_rows(*, seed: int) -> Iterator[Row]:
    """The benchmark city, then Leshan with all its routes."""
    yield bigcity.city_row(seed=seed)
    place = places.leshan()
    yield _measured(CITY, place, years=PLAN_YEARS, workers=1, seed=seed)


def province_rows(*, seed: int, townships: int = PROVINCE_TOWNSHIPS) -> Iterator[Row]:
    """A province in one replication on all cores; its shares are those of Leshan's year in one process."""
    city = places.leshan()
    pilot = apart(_measured, PROVINCE, city, years=1, workers=1, seed=seed)
    workers = default_workers()
    a_year = pilot.seconds * townships / len(city.townships) / workers
    years = max(1, min(PLAN_YEARS, int(PROVINCE_SECONDS / 2 / max(a_year, 1e-9))))
    row = _measured(PROVINCE, places.many(city, townships), years=years, workers=workers, seed=seed)
    yield replace(row, shares=pilot.shares)


def _measured(name: str, place: Place, *, years: int, workers: int, seed: int) -> Row:
    """One replication of a place, its opening state being there."""
    with TemporaryDirectory() as temporary:
        folder, out = places.written(place, Path(temporary)), Path(temporary) / "out"
        first, timed = (
            scenario_of(folder, policy, years=years, replications=1, seed=seed)
            for policy in (Policy(), BOUGHT)
        )
        run_scenarios([first], out, workers=workers)
        with Meter() as meter:
            stored = run_scenarios([timed], out, workers=workers)[0]
        services = _services(stored)
    return _row(name, place, meter, services, years=years, replications=1, workers=workers)


def _services(stored: Stored) -> int:
    """Services of the plan's years in a run; those of the run-up are not in its tables."""
    return int(pc.sum(store.load_run(stored.folder, stored.replications)["desk_work"]["services"]).as_py())


def _row(
    name: str, place: Place, meter: Meter, services: int, *, years: int, replications: int, workers: int
) -> Row:
    ran = COMPILED if engines.default_engine() == engines.COMPILED else TUNED
    setting = words.say(
        f"bench.{name}",
        engine=ran,
        place=words.pick(dict(place.title)),
        counties=len(place.counties),
        townships=len(place.townships),
        years=years,
        replications=replications,
        services=services,
        workers=workers,
    )
    shares = meter.shares if workers == 1 else {}
    return Row(
        name,
        ran,
        services=services,
        seconds=meter.seconds,
        shares=shares,
        peak_mb=meter.peak_mb,
        setting=setting,
    )

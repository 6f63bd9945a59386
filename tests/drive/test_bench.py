"""The benchmark: engines that are compared do the same work, and what is watched is what it says."""

import ctypes
import gc
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from simlib.desks import engines
from simlib.desks.network import Kind, Services, Whole
from simlib.drive import bench, cli
from simlib.drive.bench import bigcity, laws, meter, office, places, rivals
from simlib.drive.bench.meter import Meter, part_of
from simlib.drive.bench.months import services_of
from simlib.drive.bench.rows import COLUMNS, Row, table_of, with_ratios
from simlib.errors import InputError, RunError
from simlib.places import load_place
from simlib.units import SHARE_ONE, TICKS_PER_MINUTE

SMALL = bigcity.City(counties=2, townships=2, township_workers=4, county_workers=4, cases=60)


def starts_of(engine: str, tasks: rivals.Tasks, workers: int) -> Whole:
    """When each task starts, by an engine of the desks."""
    return office.engine_starts(engine, list(office.months_of(tasks, workers)), len(tasks))


def test_the_columns_are_those_agreed() -> None:
    """Whoever reads the table by machine reads these names, in this order."""
    agreed = (
        "name engine load mean_queue services seconds ns_per_service ratio_naive ratio_ciw ratio_reference "
        "share_chance share_desks share_control share_recording peak_mb"
    )

    assert agreed.split() == list(COLUMNS)
    assert agreed.split() == list(table_of([Row("law")]).columns)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("load", [0.5, 0.95, 1.1])
def test_naive_simpy_and_the_engines_start_every_task_at_the_same_tick(load: float, seed: int) -> None:
    """A ratio between engines that do different work would be a lie."""
    pytest.importorskip("numba")
    tasks = office.tasks_of(load, seed=seed, count=3_000)

    naive = rivals.naive_starts(tasks, office.WORKERS)

    for engine in engines.ENGINES:
        np.testing.assert_array_equal(naive, starts_of(engine, tasks, office.WORKERS))


def test_they_agree_where_somebody_arrives_as_somebody_finishes() -> None:
    """Whoever arrives at the tick of a finish may be chosen: an order the naive rival must keep too."""
    minute = TICKS_PER_MINUTE
    tasks = rivals.Tasks(
        np.array([0, minute, 2 * minute, 2 * minute]),
        np.array([2 * minute, minute, minute, minute]),
        np.array([2, 2, 1, 0]),
    )

    naive = rivals.naive_starts(tasks, 1)

    assert naive.tolist() == [0, 4 * minute, 3 * minute, 2 * minute]
    np.testing.assert_array_equal(naive, starts_of(engines.REFERENCE, tasks, 1))


def test_ciw_waits_as_long_as_simpy() -> None:
    """Ciw is given the same trace, so its means are the same, class by class."""
    pytest.importorskip("ciw")
    tasks = office.tasks_of(0.95, seed=5, count=4_000)
    waits = rivals.naive_starts(tasks, 8) - tasks.arrival

    served, means = rivals.ciw_waits(tasks, 8)

    assert served.sum() == len(tasks)
    for number in range(3):
        assert means[number] == pytest.approx(waits[tasks.priority == number].mean(), rel=1e-6)


def test_the_office_refuses_to_compare_engines_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """One tick of difference and there is no table."""
    right = office.engine_starts

    def wrong(*given: object) -> Whole:
        starts = right(*given)  # type: ignore[arg-type]
        starts[-1] += 1
        return starts

    monkeypatch.setattr(office, "engine_starts", wrong)

    with pytest.raises(RunError, match="tuned"):
        list(office.office_rows(seed=1, count=500))


def test_the_trace_has_the_load_it_names() -> None:
    """Work ÷ workers' time over 100,000 tasks; at a cv of one in both, four standard errors are 1.8 %."""
    tasks = office.tasks_of(0.8, seed=9, count=100_000)

    load = tasks.ticks.sum() / (office.WORKERS * tasks.arrival[-1])

    assert load == pytest.approx(0.8, rel=4 * np.sqrt(2 / len(tasks)))
    assert tasks.ticks.mean() == pytest.approx(office.MEAN_MINUTES * TICKS_PER_MINUTE, rel=0.0127)
    assert tasks.ticks.std() / tasks.ticks.mean() == pytest.approx(1, rel=0.1)
    shares = np.bincount(tasks.priority) / len(tasks)
    np.testing.assert_allclose(shares, office.CLASS_SHARES, atol=4 * 0.5 / np.sqrt(len(tasks)))


def test_a_ratio_is_the_others_time_over_ones_own() -> None:
    """Three times as quick as naive is 3, not a third; the services may differ."""
    rows = with_ratios(
        [
            Row("office", "naive", services=10, seconds=3.0),
            Row("office", "compiled", services=100, seconds=10.0),
        ]
    )

    table = table_of(rows).set_index("engine")

    assert table.loc["compiled", "ratio_naive"] == pytest.approx(3)
    assert table.loc["naive", "ratio_naive"] == 1
    assert table["ratio_ciw"].isna().all()


def test_the_benchmark_city_has_its_cases_and_services() -> None:
    """Figures of two versions compare only for the same 2.25 million cases of two services in five years."""
    city = bigcity.BENCHMARK
    month = next(city.months(1, seed=1))

    assert len(city.offices_of_towns) == 150
    assert len(month.work) * 60 == 2_250_000
    assert len(month.steps) * 60 == 4_500_000


def test_the_city_has_absences_skills_and_speeds() -> None:
    """Without them the compiled engine would be measured on an easier task than it is for."""
    month = next(SMALL.months(1, seed=1))

    assert set(month.roster.kind.tolist()) == {Kind.CONTRACT, Kind.PAYROLL}
    assert 0 < month.steps.payroll_only.mean() < 1
    assert month.roster.slowness.min() < SHARE_ONE < month.roster.slowness.max()
    assert len(month.absences) == len(month.roster)
    assert (month.absences.absent_from >= month.start).all()
    assert (month.absences.absent_to <= month.end).all()


def test_the_city_is_as_busy_as_its_load() -> None:
    """Work that comes ÷ time of those present; speeds are even about one, lengths have a cv of one."""
    months = list(bigcity.BENCHMARK.months(2, seed=3))
    work = sum(int(month.steps.ticks.sum()) for month in months)
    away = sum(int((month.absences.absent_to - month.absences.absent_from).sum()) for month in months)
    there = sum((month.end - month.start) * len(month.roster) for month in months) - away

    assert work / there == pytest.approx(bigcity.LOAD, rel=0.1)


def test_both_engines_do_the_same_in_the_city() -> None:
    """Every start and finish, month after month, with absences, skills and speeds."""
    pytest.importorskip("numba")
    months = list(SMALL.months(4, seed=11))

    def done(engine: str) -> Services:
        return Services.join(
            list(services_of(engine, months, bureau=SMALL.bureau, calendar=SMALL.calendar()))
        )

    compiled, reference = done(engines.COMPILED), done(engines.REFERENCE)

    assert len(reference) > 700
    assert bigcity.equal(compiled, reference)


def test_the_network_refuses_engines_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that is quick and wrong gets no ratio."""
    pytest.importorskip("numba")
    monkeypatch.setattr(bigcity, "equal", lambda *_: False)

    with pytest.raises(RunError, match="network"):
        list(bigcity.network_rows(seed=1, city=SMALL, months=1))


def test_the_meter_gives_time_to_the_innermost_part() -> None:
    """A draw asked for by the caseload is chance; a helper belongs to whoever called it."""
    seen: list[str] = []

    def function(module: str, name: str, calls: object) -> object:
        namespace = {"__name__": module, "calls": calls}
        exec(f"def {name}():\n    calls()", namespace)
        return namespace[name]

    def look() -> None:
        seen.append(part_of(sys._getframe(1)))

    for module, name in (("simlib.chance", "draws"), ("simlib.units", "share"), ("numpy", "sort")):
        function("simlib.years.cases.caseload", "matters", function(module, name, look))()  # type: ignore[operator]
    function("simlib.years.cases.caseload", "_record", look)()  # type: ignore[operator]
    function("simlib.units", "share", look)()  # type: ignore[operator]

    assert seen == ["chance", "control", "control", "recording", ""]
    assert part_of(None) == ""


def test_every_part_the_meter_knows_is_there() -> None:
    """A module that was renamed would silently lose its share."""
    assert [place for place, _, _ in meter.PARTS if find_spec(place) is None] == []


def test_the_meter_sees_where_the_time_goes_and_the_memory() -> None:
    """Half a second of drawing is chance, and a hundred megabytes weigh a hundred megabytes."""
    from simlib.chance import Luck, Purpose

    Luck(1, 0).draws(Purpose.LIFE, area=0, subject=np.arange(10))
    gc.collect()  # what earlier tests have left would be let go meanwhile, or taken again
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    with Meter() as empty:
        pass
    with Meter() as full:
        kept = [Luck(1, n).draws(Purpose.LIFE, area=0, subject=np.arange(1 << 20), lanes=8) for n in range(4)]

    assert full.shares["chance"] > 0.5
    assert sum(full.shares.values()) <= 1.01
    assert full.peak_mb - empty.peak_mb > sum(part.nbytes for part in kept) / 1e6 * 0.9
    assert empty.peak_mb > 10


def test_the_meter_counts_what_processes_under_it_worked() -> None:
    """A wait is no work, and a child's work is; whoever else is busy on the machine is not in it."""
    busy = "import time\nwhile time.process_time() < 0.5: pass"
    with Meter() as waited:
        time.sleep(0.5)
    with Meter() as worked:
        subprocess.run([sys.executable, "-c", busy], check=True)

    assert waited.worked < 0.3 < 0.45 < worked.worked < 1.5


def test_many_counties_make_a_place_that_loads(tmp_path: Path) -> None:
    """A province made of copies must be a place like any other, or what runs is not the planner's run."""
    city = places.leshan()

    wide = places.many(city, 300)
    loaded = load_place(places.written(wide, tmp_path))

    assert len(loaded.townships) == 300
    assert loaded.townships["area_code"].is_unique
    assert len(loaded.counties) == loaded.townships["county_code"].nunique()
    assert int(loaded.totals()["households"].sum()) > 2 * int(city.totals()["households"].sum())


def test_one_county_is_a_part_of_the_city() -> None:
    """The county that is measured has the townships and the money it has in Leshan."""
    city = places.leshan()

    county = places.only(city, [places.COUNTY])

    assert 5 <= len(county.townships) < len(city.townships)
    assert set(county.townships["county_code"]) == {places.COUNTY}
    assert len(county.counties) == 1


def test_every_formula_is_counted() -> None:
    """A formula that refuses the figures is named, not passed over in silence."""
    (row,) = laws.law_rows(townships=200)

    assert row.seconds > 0
    assert row.services is None
    assert "200 " in row.setting


def test_an_unknown_name_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    """One line and exit 2, before minutes are spent."""
    assert cli.main(["bench", "--only", "offices", "--lang", "en"]) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "offices" in said.err
    assert "province" in said.err


@pytest.mark.parametrize("seed", [-1, 1 << 32])
def test_a_seed_outside_its_range_is_refused(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty-two bits of an address are the seed's."""
    monkeypatch.setattr(bench, "apart", lambda *_: [])

    with pytest.raises(InputError, match=str(seed)):
        list(bench.measured([], print, seed=seed))


def test_a_question_that_fails_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Minutes of measuring are not lost to one failure; the exit code tells it."""

    def apart(_: object, name: str, seed: int, lang: str) -> list[Row]:
        if name == "network":
            raise RunError("network differs")
        return [Row(name, setting=f"{name} was run", seconds=1.0)]

    monkeypatch.setattr(bench, "apart", apart)
    monkeypatch.setattr(bench, "NAMES", ("office", "network", "law"))

    assert cli.main(["bench", "--format", "csv", "--lang", "en"]) == 1

    said = capsys.readouterr()
    assert [line.split(",")[0] for line in said.out.splitlines()] == ["name", "office", "law"]
    assert "network differs" in said.err
    assert "law was run" in said.err


def test_nothing_but_the_benchmark_loads_ciw_or_psutil() -> None:
    """They are an extra: simlib and its command line work without them."""
    code = (
        "import sys; sys.modules['ciw'] = sys.modules['psutil'] = None\n"
        "import simlib, simlib.drive.cli, simlib.drive.api, simlib.drive.batch, simlib.drive.bench\n"
        "print('fine')"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stdout.strip() == "fine", done.stderr


def test_without_ciw_the_office_has_the_other_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not installed the extra still learns what the two engines cost."""
    monkeypatch.setattr(rivals, "has_ciw", lambda: False)

    rows = list(office.office_rows(seed=1, count=300))

    assert "ciw" not in {row.engine for row in rows}
    assert {row.load for row in rows} == set(office.LOADS)
    assert all("300" in row.setting for row in rows)

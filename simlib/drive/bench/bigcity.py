"""The benchmark city: townships that hand every case to their county, with absences, skills and speeds.

Two steps a case and a fixed number of cases a month, so that two machines, or two versions, can be compared.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simlib import words
from simlib.chance import DRAW_ONE, Luck, Purpose, happens
from simlib.desks import engines
from simlib.desks.network import Absences, Columns, Kind, Roster, Services, Steps, Whole, first_entries
from simlib.drive.bench.meter import Meter
from simlib.drive.bench.months import Month, services_of
from simlib.drive.bench.office import RUNS, lognormal_table
from simlib.drive.bench.rows import COMPILED, TUNED, Row, with_ratios
from simlib.errors import RunError
from simlib.units import MONTHS_PER_YEAR, SHARE_ONE
from simlib.worktime import DAY_TICKS, WORKING, Calendar, month_start, work_calendar

NETWORK, CITY = "network", "city"
FIRST_YEAR, CITY_YEARS, NETWORK_MONTHS = 2024, 5, 12
LOAD = 0.85
PRESENT_DAYS = 18.5
"""Days a month a worker is there, of some 20.7: what the lengths of services are reckoned from [day]."""
ABSENT_DAYS = 2
PAYROLL_ONLY_SHARE = 0.2
_FOREVER = 1 << 60
_SPEED_PARTS = 5


@dataclass(frozen=True, slots=True)
class City:
    """Counties of equal townships. township_workers, county_workers: heads at each office; every second one
    is on the payroll. cases: that come to each township in a month.
    """

    counties: int = 15
    townships: int = 10
    township_workers: int = 4
    county_workers: int = 9
    cases: int = 250

    @property
    def bureau(self) -> Whole:
        """The bureau of each office's county [offices]."""
        each = self.townships + 1
        bureau: Whole = np.repeat(np.arange(self.counties) * each + self.townships, each)
        return bureau

    @property
    def offices_of_towns(self) -> Whole:
        """The office of each township [townships]."""
        offices = np.arange(self.counties * (self.townships + 1))
        towns: Whole = offices[offices != self.bureau]
        return towns

    def calendar(self) -> Calendar:
        """The days of all its years."""
        return work_calendar(FIRST_YEAR, FIRST_YEAR + CITY_YEARS)

    def months(self, count: int, *, seed: int) -> Iterator[Month]:
        """Its first months."""
        calendar, luck = self.calendar(), Luck(seed, 0)
        roster = self._roster(luck)
        for number in range(count):
            days = [calendar.day(month_start(FIRST_YEAR, number + after)) for after in (0, 1)]
            start, end = (calendar.tick_of_day(day) for day in days)
            case, entry, steps = self.drawn(luck, number, start, end)
            work = first_entries(case, entry, steps.office[::2])
            yield Month(start, end, steps, work, roster, self._absences(luck, roster, number, start, end))

    def drawn(self, luck: Luck, month: int, start: int, end: int) -> tuple[Whole, Whole, Steps]:
        """The cases of a month, when each comes [tick], and their steps."""
        towns = self.offices_of_towns
        town, serial = np.repeat(towns, self.cases), np.tile(np.arange(self.cases), len(towns))
        draws = luck.draws(Purpose.MINUTES, area=town, subject=month, matter=serial, lanes=5)
        entry = start + draws[:, 0].astype(np.int64) * (end - start) // DRAW_ONE
        lengths = [
            lognormal_table(LOAD * workers * PRESENT_DAYS * DAY_TICKS / cases).at(draws[:, lane])
            for lane, workers, cases in (
                (1, self.township_workers, self.cases),
                (2, self.county_workers, self.cases * self.townships),
            )
        ]
        case = month << 32 | town << 16 | serial
        none = np.zeros(len(case), dtype=np.int64)
        steps = Steps(
            case=np.repeat(case, 2),
            office=_in_turn(town, self.bureau[town]),
            activity=_in_turn(none, none + 1),
            payroll_only=_in_turn(
                *(happens(draws[:, lane], PAYROLL_ONLY_SHARE).astype(np.int64) for lane in (3, 4))
            ),
            people=np.ones(2 * len(case), dtype=np.int64),
            ticks=np.maximum(_in_turn(*lengths), 1),
            wait_kind=np.full(2 * len(case), WORKING),
            wait_length=_in_turn(none, none + 1),
            priority=np.repeat(serial % 3, 2),
            rank=np.zeros(2 * len(case), dtype=np.int64),
        )
        return case, entry, steps

    def _roster(self, luck: Luck) -> Roster:
        """Everybody, at speeds of nine to eleven tenths."""
        offices = np.arange(len(self.bureau))
        heads = np.where(offices == self.bureau, self.county_workers, self.township_workers)
        office = np.repeat(offices, heads)
        number = np.arange(len(office)) - np.repeat(np.cumsum(heads) - heads, heads)
        draws = luck.draws(Purpose.TENURE, area=office, subject=number)[:, 0].astype(np.int64)
        slower = draws * (2 * _SPEED_PARTS + 1) // DRAW_ONE - _SPEED_PARTS
        none = np.zeros(len(office), dtype=np.int64)
        return Roster(
            id=office << 8 | number,
            office=office,
            kind=np.where(number % 2 == 0, Kind.PAYROLL, Kind.CONTRACT).astype(np.int64),
            present_from=none,
            present_to=none + _FOREVER,
            slowness=SHARE_ONE + slower * SHARE_ONE // 50,
            idle_since=none,
        )

    def _absences(self, luck: Luck, roster: Roster, month: int, start: int, end: int) -> Absences:
        """Two days away in a month for each, whenever they fall."""
        draws = luck.draws(Purpose.ABSENCE, area=roster.office, subject=roster.id & 255, matter=month)
        days = (end - start) // DAY_TICKS - ABSENT_DAYS
        away = start + draws[:, 0].astype(np.int64) * days // DRAW_ONE * DAY_TICKS
        return Absences(roster.id, away, away + ABSENT_DAYS * DAY_TICKS)


BENCHMARK = City()


def _in_turn(first: Whole, second: Whole) -> Whole:
    """A column of steps from those of first and second steps."""
    return np.stack([first, second], axis=1).ravel()


def recorded(done: Services, offices: int) -> Whole:
    """Services, waiting and service time of each office: what a month leaves in the tables [3 × offices]."""
    table = np.zeros((3, offices), dtype=np.int64)
    for row, values in enumerate(
        (np.ones_like(done.case), done.start - done.entry, done.finish - done.start)
    ):
        table[row] = np.bincount(done.office, weights=values, minlength=offices).astype(np.int64)
    return table


def network_rows(*, seed: int, city: City = BENCHMARK, months: int = NETWORK_MONTHS) -> Iterator[Row]:
    """The same months by both engines; the drawing is not counted. Raises RunError where they differ."""
    drawn = list(city.months(months, seed=seed))
    rows, first = [], Services.empty()
    for name, engine in {TUNED: engines.REFERENCE, COMPILED: engines.COMPILED}.items():
        if name == COMPILED:
            if engines.default_engine() != engine:
                continue
            list(services_of(engine, drawn[:1], bureau=city.bureau, calendar=city.calendar()))
        timings = []
        for _ in range(RUNS[name]):
            with Meter() as meter:
                done = list(services_of(engine, drawn, bureau=city.bureau, calendar=city.calendar()))
            timings.append(meter.seconds)
        services = Services.join(done)
        if name == COMPILED and not equal(first, services):
            raise RunError(words.say("bench.differs", name=NETWORK, one=TUNED, other=name))
        first = services
        queue = float((services.start - services.entry).sum()) / (drawn[-1].end - drawn[0].start)
        setting = _setting("bench.network", name, len(services), city, months)
        rows.append(
            Row(
                NETWORK,
                name,
                LOAD,
                queue,
                len(services),
                statistics.median(timings),
                peak_mb=meter.peak_mb,
                setting=setting,
            )
        )
    yield from with_ratios(rows)


def equal(one: Columns, other: Columns) -> bool:
    """Whether two tables are the same in every column."""
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in one.names())


def city_row(*, seed: int, city: City = BENCHMARK, years: int = CITY_YEARS) -> Row:
    """The benchmark city end to end: drawn, worked, recorded."""
    months, calendar, bureau = years * MONTHS_PER_YEAR, city.calendar(), city.bureau
    engine = engines.default_engine()
    list(services_of(engine, city.months(1, seed=seed), bureau=bureau, calendar=calendar))
    total = np.zeros((3, len(bureau)), dtype=np.int64)
    with Meter() as meter:
        for done in services_of(engine, city.months(months, seed=seed), bureau=bureau, calendar=calendar):
            total += recorded(done, len(bureau))
    services = int(total[0].sum())
    ran = COMPILED if engine == engines.COMPILED else TUNED
    span = calendar.tick_of_day(calendar.day(month_start(FIRST_YEAR, months)))
    return Row(
        CITY,
        ran,
        LOAD,
        float(total[1].sum()) / span,
        services,
        meter.seconds,
        shares=meter.shares,
        peak_mb=meter.peak_mb,
        setting=_setting("bench.city_bench", ran, services, city, months),
    )


def _setting(key: str, engine: str, services: int, city: City, months: int) -> str:
    return words.say(
        key,
        engine=engine,
        services=services,
        townships=city.counties * city.townships,
        months=months,
        cases=city.counties * city.townships * city.cases * months,
        load=LOAD,
    )

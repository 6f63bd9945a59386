"""The working axis: legal days and office hours as whole numbers.

Desk time counts only working time: working day k (k = 0, 1, …) fills the ticks
[k·DAY_TICKS, (k+1)·DAY_TICKS). A finish at a day's last tick belongs to that day ("finish maps left"),
a start there to the next ("start maps right"). Civil days are counted from the calendar's first day.

Terms are counted as 民法典 arts. 200–204 say: the first day is not counted; a term in calendar days that
ends on a rest day ends on the next working day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import chinese_calendar
import holidays
import numpy as np
from numpy.typing import NDArray

from simlib.units import MINUTES_PER_HOUR, MONTHS_PER_YEAR, TICKS_PER_MINUTE

Days = NDArray[np.int64]
"""Whole days, ticks or indices [int64]."""

DAY_MINUTES = 8 * MINUTES_PER_HOUR
"""Minutes of a working day (国务院关于职工工作时间的规定 art. 3)."""
DAY_TICKS = DAY_MINUTES * TICKS_PER_MINUTE
CIVIL_DAY_MINUTES = 24 * MINUTES_PER_HOUR

Sessions = tuple[tuple[int, int], ...]
"""When desks open and close on a working day [minute of the day]; in all DAY_MINUTES."""


def sessions_of(opens: int, rests: int, again: int) -> Sessions:
    """The sessions of a day that opens, rests at midday and opens again [minute of the day].

    Raises ValueError where the day's work is done before midday, or goes on beyond midnight.

    >>> sessions_of(510, 720, 840)
    ((510, 720), (840, 1110))
    """
    closes = again + DAY_MINUTES - (rests - opens)
    if not 0 <= opens < rests <= again < closes <= CIVIL_DAY_MINUTES:
        raise ValueError("the hours of a day do not follow each other")
    return (opens, rests), (again, closes)


USUAL_DAY = sessions_of(*(hour * MINUTES_PER_HOUR for hour in (9, 12, 13)))
"""Where no law is asked, as in benchmarks; a test holds it to `law/assumptions`."""

WORKING, CALENDAR, HOURS = 0, 1, 2
"""Kinds of delay and term: working days, calendar days, hours."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days of a stretch of years and the tables that turn days into ticks and back.

    first_day: civil day 0. workday_of_day[d]: working days before civil day d, which is also the index of
    the first working day on or after d [days + 1]. day_of_workday[k]: civil day of working day k.
    estimated_from: first year whose make-up working days are not yet published (0 = none).
    sessions: only matters with a term in hours see where in the day they lie.
    """

    first_day: date
    workday_of_day: Days
    day_of_workday: Days
    estimated_from: int
    sessions: Sessions = USUAL_DAY

    @property
    def days(self) -> int:
        """Civil days covered [day]."""
        return len(self.workday_of_day) - 1

    def day(self, when: date) -> int:
        """The civil day of a date [day]."""
        return (when - self.first_day).days

    def date_of(self, day: int) -> date:
        """The date of a civil day."""
        return self.first_day + timedelta(days=day)

    def is_workday(self, when: date) -> bool:
        """Whether offices are open on a date."""
        day = self.day(when)
        return bool(self.workday_of_day[day + 1] > self.workday_of_day[day])

    def tick_of_day(self, day: int) -> int:
        """The tick at which civil day `day` begins (the opening of its first working day) [tick]."""
        return int(self.workday_of_day[day]) * DAY_TICKS

    def due(self, accepted: Days, *, kind: int, length: int | Days, roll: bool = True) -> Days:
        """Last tick at which a matter accepted at `accepted` is still decided in time [tick].

        kind: WORKING, CALENDAR or HOURS; length: of the term, in that unit.
        roll: whether a calendar term that ends on a rest day ends on the next working day.
        Hours run from the moment of acceptance, nights and rest days included.
        """
        accepted = np.asarray(accepted, dtype=np.int64)
        workday = accepted // DAY_TICKS
        if kind == WORKING:
            return (workday + length + 1) * DAY_TICKS
        if kind == CALENDAR:
            last = self.day_of_workday[workday] + length
            days: Days = self.workday_of_day[last] + 1 if roll else self.workday_of_day[last + 1]
            return days * DAY_TICKS
        return self.axis_tick(self.civil_minute(accepted) + length * MINUTES_PER_HOUR)

    def entry_after(self, finish: Days, *, kind: int, length: int) -> Days:
        """The opening at which work that waits `length` after `finish` can go on [tick].

        WORKING n: opening of the n-th working day after that of the finish (0: at once).
        CALENDAR n: opening of the first working day after the n days that follow the finish.
        HOURS n: n hours of civil time later, or the next opening where desks are shut then. What ends exactly
        at noon or at closing enters at the next opening, which is the same tick; hours after a finish at noon
        or at closing are counted from when the desk opens again, days from the day it closed.
        """
        finish = np.asarray(finish, dtype=np.int64)
        workday = (finish - 1) // DAY_TICKS
        if kind == WORKING:
            return (workday + length) * DAY_TICKS if length else finish
        if kind == CALENDAR:
            return self.workday_of_day[self.day_of_workday[workday] + length + 1] * DAY_TICKS
        return self.axis_tick(self.civil_minute(finish) + length * MINUTES_PER_HOUR)

    def civil_minute(self, tick: Days) -> Days:
        """Minutes of civil time from the calendar's first midnight to a tick on the working axis [minute]."""
        tick = np.asarray(tick, dtype=np.int64)
        workday, inside = tick // DAY_TICKS, tick % DAY_TICKS // TICKS_PER_MINUTE
        minute = np.zeros_like(inside)
        worked = 0
        for opens, closes in self.sessions:
            minute = np.where(inside >= worked, opens + inside - worked, minute)
            worked += closes - opens
        return self.day_of_workday[workday] * CIVIL_DAY_MINUTES + minute

    def axis_tick(self, civil_minute: Days) -> Days:
        """Ticks of working time that lie before a minute of civil time [tick]."""
        civil_minute = np.asarray(civil_minute, dtype=np.int64)
        day, minute = civil_minute // CIVIL_DAY_MINUTES, civil_minute % CIVIL_DAY_MINUTES
        worked: Days = np.zeros_like(minute)
        for opens, closes in self.sessions:
            worked = worked + np.clip(minute - opens, 0, closes - opens)
        opened = self.workday_of_day[day + 1] > self.workday_of_day[day]
        tick: Days = self.workday_of_day[day] * DAY_TICKS + np.where(opened, worked, 0) * TICKS_PER_MINUTE
        return tick


def month_start(first_year: int, month: int) -> date:
    """The first day of month `month`, counted from January of `first_year`; negative months lie before.

    >>> month_start(2027, -1)
    datetime.date(2026, 12, 1)
    """
    return date(first_year + month // MONTHS_PER_YEAR, month % MONTHS_PER_YEAR + 1, 1)


@cache
def _published(year: int) -> NDArray[np.bool_] | None:
    """The published working days of a year, or None where the State Council has not yet set them."""
    first, days = date(year, 1, 1), (date(year + 1, 1, 1) - date(year, 1, 1)).days
    try:
        return np.array([chinese_calendar.is_workday(first + timedelta(days=d)) for d in range(days)])
    except NotImplementedError:
        return None


@cache
def _by_rule(year: int) -> NDArray[np.bool_]:
    """Working days of a year by the holiday rule alone: no make-up weekends, since none are published."""
    first, days = date(year, 1, 1), (date(year + 1, 1, 1) - date(year, 1, 1)).days
    rest = holidays.country_holidays("CN", years=year)
    dates = [first + timedelta(days=d) for d in range(days)]
    return np.array([day.weekday() < 5 and day not in rest for day in dates])


@cache
def work_calendar(
    first_year: int,
    last_year: int,
    rest: frozenset[date] = frozenset(),
    work: frozenset[date] = frozenset(),
    sessions: Sessions = USUAL_DAY,
) -> Calendar:
    """The calendar of whole years `first_year` to `last_year`.

    rest, work: dates a planner declares off or worked, over what is published.
    Published days come from chinesecalendar; a year it lacks is estimated from the holiday rule of the
    holidays package (全国年节及纪念日放假办法, 2024-11-10 revision) and named in `estimated_from`.
    """
    open_days: list[NDArray[np.bool_]] = []
    estimated_from = 0
    for year in range(first_year, last_year + 1):
        published = _published(year)
        if published is None and not estimated_from:
            estimated_from = year
        open_days.append((published if published is not None else _by_rule(year)).copy())
    is_open = np.concatenate(open_days)
    first = date(first_year, 1, 1)
    for days, value in ((rest, False), (work, True)):
        for day in days:
            if first_year <= day.year <= last_year:
                is_open[(day - first).days] = value
    workday_of_day = np.concatenate([[0], np.cumsum(is_open)]).astype(np.int64)
    return Calendar(first, workday_of_day, np.flatnonzero(is_open).astype(np.int64), estimated_from, sessions)

"""The people: who holds or held which post, who is at the desks in a month, and how many came and left.

Time is in civil days. What happens in a month is settled before its desk work begins, since recruiting,
tenure and absence are drawn by post and incumbent, not by what the desks do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlib.chance import Luck, Purpose, happens
from simlib.desks.network import Absences, Kind, Roster, absences_of
from simlib.units import SHARE_ONE, share_parts
from simlib.worktime import DAY_TICKS, Calendar
from simlib.years.people.lots import BOUGHT, EXISTING, LOTS
from simlib.years.people.tenure import (
    DAYS_PER_MONTH,
    INCUMBENT_BITS,
    NEVER_DAY,
    POST_BITS,
    Leaving,
    WorkforceRates,
    anniversaries,
    subject_of,
    whole_years,
)

Whole = NDArray[np.int64]

HELPER_POSTS: Final = 1 << (POST_BITS - 1)
"""Numbers from here on are posts of helpers lent during the run-up."""
IN_POST: Final = -1
"""Instead of a reason for leaving, of those who have not left."""

POST, NUMBER, OFFICE, KIND, HIRED, READY, LEFT, SHARE, SINCE, REASON, MISSED = range(11)
_COLUMNS = 11


UNMANNED, ABSENT, DUTY = range(3)
"""Why somebody in post is not at the desk: the provider sends nobody; leave, sickness, training or a closed
office; other duties. A day counts once, under the first that explains it but that nobody misses a closed one.
"""
_CAUSES = 3
EVERYWHERE: Final = slice(None)
"""Every office."""


@dataclass(frozen=True, slots=True)
class DaysAway:
    """Working days in a month on which people ready for work were not at the desk.

    count: by cause, office and kind [causes × offices × kinds]. row, day: whose days were left unmanned (rows
    of `People`), and which [civil day].
    """

    count: Whole
    row: Whole
    day: Whole


@dataclass(frozen=True, slots=True)
class Unmanned:
    """Working days that bought posts were left unmanned: office, pay grade and civil day of each."""

    office: Whole
    grade: Whole
    day: Whole


class People:
    """Everybody who holds or held a post: one column each [columns × people].

    post and number of the incumbent, office, kind; paid from `hired`, at the desk from `ready`, gone on
    `left` [civil day]; share of the working time that is social assistance's [2**-16]; learning the work
    since [civil day]; why he left (Leaving, or IN_POST); share of working days the provider leaves the post
    unmanned [2**-16].
    existing: contract posts of each office today; their numbers come first.
    """

    def __init__(self, existing: Whole) -> None:
        self._block, self._used = np.empty((_COLUMNS, 256), dtype=np.int64), 0
        self.existing, self.offices = existing, len(existing)

    @property
    def columns(self) -> Whole:
        """The columns, which can be written to."""
        return self._block[:, : self._used]

    def add(
        self,
        post: Whole | int,
        number: Whole | int,
        office: Whole | int,
        kind: Kind,
        *,
        hired: Whole | int,
        ready: Whole | int,
        share: Whole | int = SHARE_ONE,
        since: Whole | int,
        missed: int = 0,
    ) -> int:
        """Append people who are in post; the row of the first. Single values stand for everybody."""
        columns = (post, number, office, int(kind), hired, ready, NEVER_DAY, share, since, IN_POST, missed)
        first, used = self._used, self._used + np.size(post)
        if used > self._block.shape[1]:
            room = np.empty((_COLUMNS, used), dtype=np.int64)
            self._block = np.concatenate([self.columns, room], axis=1)
        for at, column in enumerate(columns):
            self._block[at, first:used] = column
        self._used = used
        return first

    def leave(self, rows: Whole | int, day: int, reason: int) -> None:
        """Let people go, or come back where `day` is NEVER_DAY and the reason IN_POST."""
        self.columns[LEFT, rows] = day
        self.columns[REASON, rows] = reason

    def ids(self) -> Whole:
        """Ids of the workers: office, kind, post, incumbent."""
        post, number, office, kind = self.columns[:4]
        ids: Whole = ((((office << 1 | kind) << POST_BITS) | post) << INCUMBENT_BITS) | number
        return ids

    def of_id(self, ids: Whole) -> Whole:
        """Post, incumbent, office and kind behind the ids of workers [4 × workers]."""
        rest = ids >> INCUMBENT_BITS
        post, rest = rest & ((1 << POST_BITS) - 1), rest >> POST_BITS
        return np.stack([post, ids & ((1 << INCUMBENT_BITS) - 1), rest >> 1, rest & 1])

    def _count(self, rows: NDArray[np.bool_], *more: tuple[Whole, int]) -> Whole:
        """People by office, kind and further columns with so many values; helpers are none."""
        columns = self.columns
        rows = rows & (columns[POST] < HELPER_POSTS)
        cell, shape = columns[OFFICE, rows], [self.offices]
        for values, size in ((columns[KIND], len(Kind)), *more):
            cell = cell * size + values[rows]
            shape.append(size)
        return np.bincount(cell, minlength=math.prod(shape)).reshape(shape)

    def filled(self, day: int) -> Whole:
        """Posts held on a day [offices × kinds]."""
        columns = self.columns
        return self._count((columns[HIRED] <= day) & (day < columns[LEFT]))

    def hired(self, first: int, last: int) -> Whole:
        """Who began in the days [first, last) [offices × kinds]."""
        began = self.columns[HIRED]
        return self._count((began >= first) & (began < last))

    def leavers(self, first: int, last: int) -> Whole:
        """Who left in the days [first, last) [offices × kinds × reasons].

        Held on day last − 1 = held on day first − 1 + hired − left, for every office and kind.
        """
        left = self.columns[LEFT]
        return self._count((left >= first) & (left < last), (self.columns[REASON], len(Leaving)))

    def _days(self, first: int, last: int) -> Whole:
        """Days in [first, last) on which each one was paid [people]; helpers never are."""
        columns = self.columns
        days = np.minimum(columns[LEFT], last) - np.maximum(columns[HIRED], first)
        return np.where(columns[POST] < HELPER_POSTS, np.maximum(days, 0), 0)

    def days_held(self, first: int, last: int) -> Whole:
        """Days in [first, last) for which posts were held [offices × kinds]."""
        return self._by_office(self._days(first, last))

    def workdays_held(self, first: int, last: int, *, calendar: Calendar) -> Whole:
        """Working days in [first, last) for which posts were held [offices × kinds]."""
        columns, number = self.columns, calendar.workday_of_day
        begin, end = (
            np.clip(columns[HIRED], first, last),
            np.clip(columns[LEFT], first, last),
        )
        days = np.where(columns[POST] < HELPER_POSTS, np.maximum(number[end] - number[begin], 0), 0)
        return self._by_office(days)

    def _by_office(self, days: Whole) -> Whole:
        held = np.zeros((self.offices, len(Kind)), dtype=np.int64)
        np.add.at(held, (self.columns[OFFICE], self.columns[KIND]), days)
        return held

    def _is_of(self, lot: int) -> NDArray[np.bool_]:
        """Who holds or held a contract post of a lot."""
        columns = self.columns
        is_existing = columns[POST] < self.existing[columns[OFFICE]]
        found: NDArray[np.bool_] = (columns[KIND] == Kind.CONTRACT) & (is_existing == (lot == EXISTING))
        return found

    def unmanned(self, away: DaysAway, *, calendar: Calendar, grades: int, lot: int) -> Unmanned:
        """The days of a lot's posts among those left unmanned; grades as `pay_days` has them."""
        mine = self._is_of(lot)[away.row]
        row, day = away.row[mine], away.day[mine]
        grade = whole_years(calendar.first_day, self.columns[HIRED, row], day)
        return Unmanned(self.columns[OFFICE, row], np.minimum(grade, grades - 1), day)

    def pay_days(
        self, first: int, last: int, *, calendar: Calendar, grades: int, offices: slice = EVERYWHERE
    ) -> Whole:
        """Days in [first, last) paid to contract workers by pay grade [lots × offices × grades].

        Grade 0 is the first year in the post; each anniversary adds one, since who fails an assessment has
        left by then. The last grade holds all above. offices: looked at; all others have none.
        """
        columns = self.columns
        there = (columns[LEFT] > first) & (columns[HIRED] < last) & (columns[KIND] == Kind.CONTRACT)
        if offices != EVERYWHERE:
            there &= (columns[OFFICE] >= offices.start) & (columns[OFFICE] < offices.stop)
        post, office, hired, left = columns[[POST, OFFICE, HIRED, LEFT]][:, there]
        begin, end = np.maximum(hired, first), np.minimum(left, last)
        lot = np.where(post < self.existing[office], EXISTING, BOUGHT)
        paid = np.zeros((len(LOTS), self.offices, grades), dtype=np.int64)
        grade = whole_years(calendar.first_day, hired, begin)
        while len(office):
            rises = np.minimum(anniversaries(calendar.first_day, hired, grade + 1), end)
            np.add.at(paid, (lot, office, np.minimum(grade, grades - 1)), rises - begin)
            more = rises < end
            lot, office, hired, end = lot[more], office[more], hired[more], end[more]
            begin, grade = rises[more], grade[more] + 1
        return paid


class Attendance:
    """Who is at the desks in a month, at which speed, and when each is away.

    offices: address code of each office, by its number. closed: working days on which an office does not
    open, by its number. is_township: of offices. campaign_months: of the year, 1 = January.
    away: days away in the month whose roster was asked for last.
    """

    def __init__(
        self,
        people: People,
        luck: Luck,
        rates: WorkforceRates,
        calendar: Calendar,
        *,
        offices: Whole,
        closed: Mapping[int, frozenset[int]],
        is_township: NDArray[np.bool_],
        campaign_months: tuple[int, ...],
    ) -> None:
        self.people, self.luck, self.rates, self.calendar = people, luck, rates, calendar
        self.offices, self.closed, self.is_township = offices, closed, is_township
        self.campaign_months = campaign_months
        self.slowness_by_month = slowness_by_month(rates)
        self.away_share = rates.days_away / rates.workdays_per_year
        self.away = self._nobody_away()

    def _nobody_away(self) -> DaysAway:
        count, none = (
            np.zeros(size, dtype=np.int64) for size in ((_CAUSES, len(self.offices), len(Kind)), 0)
        )
        return DaysAway(count, none, none)

    def roster(
        self, first: int, last: int, idle_since: Mapping[int, int], in_hand: Whole
    ) -> tuple[Roster, Absences]:
        """Who is at the desks in the civil days [first, last), and when each is away.

        idle_since: by worker id, from the month before. in_hand: workers who must still finish something.
        """
        columns, ids = self.people.columns, self.people.ids()
        ready, left = columns[READY], columns[LEFT]
        here = np.flatnonzero(((ready < last) & (left > first) & (ready < left)) | np.isin(ids, in_hand))
        here = here[np.argsort(ids[here], kind="stable")]
        ids, columns = ids[here], columns[:, here]
        days, opening = self.calendar.days, self.calendar.workday_of_day * DAY_TICKS
        present_from = opening[np.clip(columns[READY], 0, days - 1)]
        left = columns[LEFT]
        present_to = np.where(left < NEVER_DAY, opening[np.minimum(left, days)], 1 << 60)
        since = np.array([idle_since.get(worker, 0) for worker in ids.tolist()], dtype=np.int64)
        roster = Roster(
            id=ids,
            office=columns[OFFICE],
            kind=columns[KIND],
            present_from=present_from,
            present_to=present_to,
            slowness=self._slowness(columns, first),
            idle_since=np.maximum(since, present_from),
        )
        return roster, self._absences(here, ids, columns, first, last)

    def _slowness(self, columns: Whole, day: int) -> Whole:
        """How long each one's work takes beside that of an experienced worker [2**-16]."""
        days = np.maximum(day - columns[SINCE], 0)
        month = (days / DAYS_PER_MONTH).astype(np.int64)
        learning = days < self.rates.learning_months * DAYS_PER_MONTH
        if not len(self.slowness_by_month):
            return np.full(len(days), SHARE_ONE)
        table = self.slowness_by_month
        return np.where(learning, table[np.minimum(month, len(table) - 1)], SHARE_ONE)

    def _absences(self, rows: Whole, ids: Whole, columns: Whole, first: int, last: int) -> Absences:
        """Time away: days left unmanned, leave, sickness and training, and blocks of other duties."""
        start = int(self.calendar.workday_of_day[first])
        days = int(self.calendar.workday_of_day[last]) - start
        self.away = self._nobody_away()
        if not len(ids) or not days:
            return Absences.empty()
        causes = self._causes(columns, first, start, days)
        self._count(rows, columns, causes, start)
        away: NDArray[np.bool_] = np.any(causes, axis=0)
        return absences_of(away, ids, start=start * DAY_TICKS, day_ticks=DAY_TICKS)

    def _causes(self, columns: Whole, first: int, start: int, days: int) -> NDArray[np.bool_]:
        """Days on which each one is away, each under one cause [causes × people × days]."""
        subject = subject_of(columns[KIND], columns[POST], columns[NUMBER])
        draws = self.luck.draws(
            Purpose.ABSENCE, area=self.offices[columns[OFFICE]], subject=subject, matter=start, lanes=days
        )
        missed = columns[MISSED, :, None] / SHARE_ONE
        absent = happens(draws, self.away_share)
        unmanned = happens(draws, self.away_share + (1 - self.away_share) * missed) & ~absent
        block = np.arange(start, start + days) // self.rates.duty_block_days
        turn, share = block[None, :] + columns[POST][:, None], self._share(columns, first)[:, None]
        duty = (turn + 1) * share // SHARE_ONE == turn * share // SHARE_ONE
        for office, shut in self.closed.items():
            today = [day - start for day in shut if start <= day < start + days]
            absent[np.ix_(columns[OFFICE] == office, today)] = True
        unmanned &= ~absent
        return np.stack([unmanned, absent, duty & ~absent & ~unmanned])

    def _count(self, rows: Whole, columns: Whole, causes: NDArray[np.bool_], start: int) -> None:
        """Note the days away of those who would have been at the desk."""
        number = self.calendar.workday_of_day
        ready, left = (number[np.clip(columns[at], 0, self.calendar.days)] for at in (READY, LEFT))
        day = np.arange(start, start + causes.shape[2])
        causes = causes & ((day >= ready[:, None]) & (day < left[:, None]))
        count = self.away.count
        for cause, mine in enumerate(causes.sum(axis=2)):
            np.add.at(count[cause], (columns[OFFICE], columns[KIND]), mine)
        who, when = np.nonzero(causes[UNMANNED])
        self.away = DaysAway(count, rows[who], self.calendar.day_of_workday[start + when])

    def _share(self, columns: Whole, day: int) -> Whole:
        """Part of each one's time that is social assistance's in the month of a day [2**-16]."""
        share: Whole = columns[SHARE]
        if self.calendar.date_of(day).month in self.campaign_months:
            called = self.is_township[columns[OFFICE]] & (columns[KIND] == Kind.PAYROLL)
            left = share * share_parts(1 - self.rates.campaign_share) // SHARE_ONE
            share = np.where(called, left, share)
        return share


def slowness_by_month(rates: WorkforceRates) -> Whole:
    """How long work takes in each month of learning, as a multiple of an experienced worker's [2**-16].

    Speed rises evenly from month to month about its assumed mean, and stays between half of it and one.
    """
    months, mean = math.ceil(rates.learning_months), rates.learning_speed
    spread = max(min(1 - mean, mean / 2), 0.0)
    speeds = [mean + spread * ((2 * month + 1) / months - 1) for month in range(months)]
    return np.array([round(SHARE_ONE / speed) for speed in speeds], dtype=np.int64)

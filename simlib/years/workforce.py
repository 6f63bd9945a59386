"""The people: posts that are funded, recruited for, filled, left; each post is a SimPy process.

Time is in civil days. What happens in a month is settled before its desk work begins, since recruiting,
tenure and absence are drawn by post and incumbent, not by what the desks do.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import simpy
from numpy.typing import NDArray

from simlib.chance import EXPONENTIAL_ONE, Luck, Purpose, happens, triangular_table, unit_exponential
from simlib.dated import Range
from simlib.desks.network import Absences, Kind, Roster
from simlib.units import DAYS_PER_YEAR, SHARE_ONE, share_parts
from simlib.worktime import DAY_TICKS, Calendar

Whole = NDArray[np.int64]

NEVER_DAY = 1 << 40
_DAYS_PER_MONTH = 30.4375
_INCUMBENT_BITS = 16
_POST_BITS = 12
_DUTY_BLOCK_DAYS = 2
"""Other duties of a township clerk come in blocks of this many working days, colleagues taking turns.

Assumption: bearable since work in hand is never broken off, so short blocks would let a clerk overrun more.
"""
_HELPER_POSTS = 1 << 11
"""Numbers from here on are posts of helpers lent during the run-up."""


@dataclass(frozen=True, slots=True)
class WorkforceRates:
    """How posts are filled and people behave.

    months_to_fill [month]; training_days [working day]; learning_months and learning_speed;
    quits_per_year; days_away: leave, sickness and training together [working day/year];
    workdays_per_year: of a full-time year, the base of days_away. individual_share: of the time of one named
    person of each bureau, for duties of his own; campaign_share: of the time of township payroll clerks, in
    the months of a campaign.
    """

    months_to_fill: Range
    training_days: int
    learning_months: float
    learning_speed: float
    quits_per_year: float
    days_away: float
    workdays_per_year: int
    individual_share: float
    campaign_share: float


def workforce_rates(
    value: Callable[[str], int | float | Range], number: Callable[[str], float]
) -> WorkforceRates:
    """The rates behind the keys of `law/assumptions/workforce.yaml`."""
    fill = value("recruitment.months")
    away = sum(number(f"absence.{why}_days") for why in ("leave", "sick", "training"))
    return WorkforceRates(
        months_to_fill=fill if isinstance(fill, Range) else Range(fill, fill, fill),
        training_days=int(number("training.before_post_days")),
        learning_months=number("ramp.months"),
        learning_speed=number("ramp.speed"),
        quits_per_year=number("quits.contract_per_year"),
        days_away=away,
        workdays_per_year=int(number("clocks.work.year_working_days")),
        individual_share=number("allowance.individual_share"),
        campaign_share=number("campaign.share"),
    )


_POST, _NUMBER, _OFFICE, _KIND, _HIRED, _READY, _LEFT, _SHARE = range(8)


class People:
    """Everybody who holds or held a post: one column each [8 × people].

    post and number of the incumbent, office, kind; paid from `hired`, at the desk from `ready`, gone on
    `left` [civil day]; share of the working time that is social assistance's [2**-16].
    """

    def __init__(self) -> None:
        self._block, self._used = np.empty((8, 256), dtype=np.int64), 0

    @property
    def columns(self) -> Whole:
        """The columns, which can be written to."""
        return self._block[:, : self._used]

    def add(self, columns: Sequence[Sequence[int] | Whole]) -> int:
        """Append people; the row of the first."""
        more = np.array(columns, dtype=np.int64)
        first, used = self._used, self._used + more.shape[1]
        if used > self._block.shape[1]:
            self._block = np.concatenate([self.columns, np.empty((8, used), dtype=np.int64)], axis=1)
        self._block[:, first:used] = more
        self._used = used
        return first

    def ids(self) -> Whole:
        """Ids of the workers: office, kind, post, incumbent."""
        post, number, office, kind = self.columns[:4]
        ids: Whole = ((((office << 1 | kind) << _POST_BITS) | post) << _INCUMBENT_BITS) | number
        return ids

    def of_id(self, number: Whole) -> Whole:
        """Post, incumbent, office and kind behind the ids of workers [4 × workers]."""
        rest = number >> _INCUMBENT_BITS
        post, rest = rest & ((1 << _POST_BITS) - 1), rest >> _POST_BITS
        return np.stack([post, number & ((1 << _INCUMBENT_BITS) - 1), rest >> 1, rest & 1])


class Post:
    """A contract post of an office; open while it is funded."""

    def __init__(self, env: simpy.Environment, office: int, number: int) -> None:
        self.office, self.number, self.incumbents = office, number, 0
        self.is_open = True
        self.changed = env.event()


class Workforce:
    """The workers of a run.

    offices: address code of each office, in the order of its number. closed: working days on which an office
    does not open, by its number. townships: numbers of township offices. named: of the offices whose first
    payroll clerk has an individual allowance. campaign_months: of the year, 1 = January.
    """

    def __init__(
        self,
        env: simpy.Environment,
        luck: Luck,
        rates: WorkforceRates,
        calendar: Calendar,
        *,
        offices: Whole,
        payroll: Whole,
        payroll_share: NDArray[np.float64],
        contract: Whole,
        closed: Mapping[int, frozenset[int]],
        townships: Whole,
        named: Whole,
        campaign_months: tuple[int, ...],
    ) -> None:
        self.env, self.luck, self.rates, self.calendar = env, luck, rates, calendar
        self.offices, self.people = offices, People()
        self.lent, self.closed, self.campaign_months = 0, closed, campaign_months
        self.is_township = np.isin(np.arange(len(offices)), townships)
        self.posts: list[list[Post]] = [[] for _ in offices]
        self.funded = np.zeros(len(offices), dtype=np.int64)
        self.existing = contract.astype(np.int64)
        fill = rates.months_to_fill
        self.fill_days = triangular_table(fill.low, fill.mode, fill.high, round(_DAYS_PER_MONTH))
        share = np.array([share_parts(float(part)) for part in payroll_share])
        self._long_serving(payroll, Kind.PAYROLL, share)
        columns = self.people.columns
        individual = np.isin(columns[_OFFICE], named) & (columns[_POST] == 0)
        part = share_parts(1 - rates.individual_share)
        columns[_SHARE, individual] = columns[_SHARE, individual] * part // SHARE_ONE
        self._long_serving(contract, Kind.CONTRACT, np.full(len(offices), SHARE_ONE))

    def _long_serving(self, heads: Whole, kind: Kind, share: Whole) -> None:
        office = np.repeat(np.arange(len(heads)), heads)
        post = np.arange(len(office)) - np.repeat(np.cumsum(heads) - heads, heads)
        start = np.full(len(office), int(self.env.now) - int(DAYS_PER_YEAR))
        none = np.zeros_like(office)
        self.people.add([post, none, office, none + kind, start, start, none + NEVER_DAY, share[office]])

    def fund(self, first_office: int, posts: Whole) -> None:
        """Set how many bought posts each office may hold from today on, for a row of offices.

        The last opened closes first.
        """
        self.funded[first_office : first_office + len(posts)] = posts
        for office, count in enumerate(posts.tolist(), first_office):
            known = self.posts[office]
            for post in known:
                if post.is_open != (post.number < count):
                    self._switch(post, is_open=post.number < count)
            for number in range(len(known), count):
                known.append(Post(self.env, office, number))
                self.env.process(self.keep_filled(known[-1]))

    def _switch(self, post: Post, *, is_open: bool) -> None:
        post.is_open = is_open
        changed, post.changed = post.changed, self.env.event()
        changed.succeed()

    def keep_filled(self, post: Post) -> Generator[simpy.Event, None, None]:
        """Recruit, train and keep somebody in a post for as long as it is funded."""
        while True:
            if not post.is_open:
                yield post.changed
                continue
            days_to_fill, tenure = self._fate(post)
            recruited = self.env.timeout(days_to_fill)
            yield recruited | post.changed
            if not recruited.processed or not post.is_open:
                continue
            person = self._hire(post)
            post.incumbents += 1
            quits = self.env.timeout(tenure)
            while post.is_open and not quits.processed:
                yield quits | post.changed
            self.people.columns[_LEFT, person] = int(self.env.now)

    def _fate(self, post: Post) -> tuple[int, int]:
        """Days until the post is filled and days the next incumbent stays."""
        subject = (int(self.existing[post.office] + post.number) << _INCUMBENT_BITS) | post.incumbents
        where = self.offices[post.office]
        fill = self.luck.draws(Purpose.RECRUITMENT, area=where, subject=subject)
        stay = self.luck.draws(Purpose.TENURE, area=where, subject=subject)
        mean = DAYS_PER_YEAR / self.rates.quits_per_year if self.rates.quits_per_year else 0
        tenure = int(unit_exponential(stay)[0, 0]) * round(mean) // EXPONENTIAL_ONE if mean else NEVER_DAY
        return max(1, int(self.fill_days.at(fill)[0, 0])), max(1, tenure)

    def _hire(self, post: Post) -> int:
        """Put somebody into a post; the row."""
        day = int(self.env.now)
        first = int(self.calendar.workday_of_day[day]) + self.rates.training_days
        ready = int(self.calendar.day_of_workday[first])
        number = int(self.existing[post.office]) + post.number
        row = (number, post.incumbents, post.office, Kind.CONTRACT, day, ready, NEVER_DAY, SHARE_ONE)
        return self.people.add([[value] for value in row])

    def see_off(self, ids: Whole) -> None:
        """Let helpers of the run-up finish what they have in hand; they take nothing more."""
        strangers = np.setdiff1d(ids, self.people.ids())
        today = np.full(len(strangers), int(self.env.now))
        self.people.add(
            [*self.people.of_id(strangers), today, today, today, np.full(len(strangers), SHARE_ONE)]
        )

    def lend_helpers(self, helpers: Whole) -> None:
        """Give each office this many helpers from today; helpers lent before go back."""
        today = int(self.env.now)
        columns = self.people.columns
        columns[_LEFT, (columns[_POST] >= _HELPER_POSTS) & (columns[_LEFT] == NEVER_DAY)] = today
        office = np.repeat(np.arange(len(helpers)), helpers)
        post = _HELPER_POSTS + np.arange(len(office)) - np.repeat(np.cumsum(helpers) - helpers, helpers)
        self.lent += 1
        now, never = np.full(len(office), today), np.full(len(office), NEVER_DAY)
        kind, share = np.full(len(office), Kind.PAYROLL), np.full(len(office), SHARE_ONE)
        self.people.add([post, np.full(len(office), self.lent), office, kind, now, now, never, share])

    def roster(
        self, first: int, last: int, idle_since: dict[int, int], in_hand: Whole
    ) -> tuple[Roster, Absences]:
        """Who is at the desks in the civil days [first, last), and when each is away.

        idle_since: by worker id, from the month before. in_hand: workers who must still finish something.
        """
        columns, ids = self.people.columns, self.people.ids()
        ready, left = columns[_READY], columns[_LEFT]
        here = np.flatnonzero(((ready < last) & (left > first) & (ready < left)) | np.isin(ids, in_hand))
        here = here[np.argsort(ids[here], kind="stable")]
        ids, columns = ids[here], columns[:, here]
        days, opening = self.calendar.days, self.calendar.workday_of_day * DAY_TICKS
        present_from = opening[np.minimum(columns[_READY], days - 1)]
        left = columns[_LEFT]
        present_to = np.where(left < NEVER_DAY, opening[np.minimum(left, days)], 1 << 60)
        since = np.array([idle_since.get(worker, 0) for worker in ids.tolist()], dtype=np.int64)
        roster = Roster(
            id=ids,
            office=columns[_OFFICE],
            kind=columns[_KIND],
            present_from=present_from,
            present_to=present_to,
            slowness=self._slowness(columns, first),
            idle_since=np.maximum(since, present_from),
        )
        return roster, self._absences(ids, columns, first, last)

    def _slowness(self, columns: Whole, day: int) -> Whole:
        learning = day - columns[_READY] < self.rates.learning_months * _DAYS_PER_MONTH
        return np.where(learning, round(SHARE_ONE / self.rates.learning_speed), SHARE_ONE)

    def _absences(self, ids: Whole, columns: Whole, first: int, last: int) -> Absences:
        """Time away: days of leave, sickness and training, and the blocks of other duties."""
        start = int(self.calendar.workday_of_day[first])
        days = int(self.calendar.workday_of_day[last]) - start
        if not len(ids) or not days:
            return Absences.empty()
        subject = ids & ((1 << (_POST_BITS + 1 + _INCUMBENT_BITS)) - 1)
        draws = self.luck.draws(
            Purpose.ABSENCE, area=self.offices[columns[_OFFICE]], subject=subject, matter=start, lanes=days
        )
        away = happens(draws, self.rates.days_away / self.rates.workdays_per_year)
        block = np.arange(start, start + days) // _DUTY_BLOCK_DAYS
        turn, share = block[None, :] + columns[_POST][:, None], self._share(columns, first)[:, None]
        away |= (turn + 1) * share // SHARE_ONE == turn * share // SHARE_ONE
        for office, shut in self.closed.items():
            today = [day - start for day in shut if start <= day < start + days]
            away[np.ix_(columns[_OFFICE] == office, today)] = True
        edges = np.diff(np.pad(away, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        worker, begins = np.nonzero(edges == 1)
        _, ends = np.nonzero(edges == -1)
        base = start * DAY_TICKS
        return Absences(ids[worker], base + begins * DAY_TICKS, base + ends * DAY_TICKS)

    def _share(self, columns: Whole, day: int) -> Whole:
        """Part of each one's time that is social assistance's in the month of a day [2**-16]."""
        share: Whole = columns[_SHARE]
        if self.calendar.date_of(day).month in self.campaign_months:
            called = self.is_township[columns[_OFFICE]] & (columns[_KIND] == Kind.PAYROLL)
            left = share * share_parts(1 - self.rates.campaign_share) // SHARE_ONE
            share = np.where(called, left, share)
        return share

    def filled(self, day: int) -> NDArray[np.int64]:
        """Posts held on a day by office and kind [offices × kinds]."""
        columns = self.people.columns
        held = (columns[_HIRED] <= day) & (day < columns[_LEFT]) & (columns[_POST] < _HELPER_POSTS)
        cell = columns[_OFFICE, held] * len(Kind) + columns[_KIND, held]
        return np.bincount(cell, minlength=len(self.offices) * len(Kind)).reshape(-1, len(Kind))

    def days_paid(self, first: int, last: int) -> NDArray[np.int64]:
        """Days in [first, last) for which bought posts were held, by office [post-day]."""
        columns = self.people.columns
        office, post = columns[_OFFICE], columns[_POST]
        bought = (columns[_KIND] == Kind.CONTRACT) & (post >= self.existing[office]) & (post < _HELPER_POSTS)
        days = np.minimum(columns[_LEFT], last) - np.maximum(columns[_HIRED], first)
        paid = np.zeros(len(self.offices), dtype=np.int64)
        np.add.at(paid, office[bought], np.maximum(days[bought], 0))
        return paid

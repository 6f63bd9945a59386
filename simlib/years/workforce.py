"""The people: posts that are funded, recruited for, filled, left; each post is a SimPy process.

Time is in civil days. What happens in a month is settled before its desk work begins, since recruiting,
tenure and absence are drawn by post and incumbent, not by what the desks do.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
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
_HALF_DAY = DAY_TICKS // 2
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
    workdays_per_year: of a full-time year, the base of days_away.
    """

    months_to_fill: Range
    training_days: int
    learning_months: float
    learning_speed: float
    quits_per_year: float
    days_away: float
    workdays_per_year: int


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
    )


@dataclass(slots=True)
class Incumbent:
    """Somebody who holds a post: paid from `hired`, at the desk from `ready`, gone on `left` [civil day]."""

    post: int
    number: int
    office: int
    kind: int
    hired: int
    ready: int
    left: int
    share: int

    @property
    def id(self) -> int:
        """Id of the worker: office, kind, post, incumbent."""
        post = (self.office << (_POST_BITS + 1)) | (self.kind << _POST_BITS) | self.post
        return (post << _INCUMBENT_BITS) | self.number


class Post:
    """A contract post of an office; open while it is funded."""

    def __init__(self, env: simpy.Environment, office: int, number: int) -> None:
        self.office, self.number, self.incumbents = office, number, 0
        self.is_open = True
        self.changed = env.event()


class Workforce:
    """The workers of one county. offices: address code of each office, in the order of its number."""

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
    ) -> None:
        self.env, self.luck, self.rates, self.calendar = env, luck, rates, calendar
        self.offices, self.people = offices, list[Incumbent]()
        self.lent = 0
        self.posts: dict[tuple[int, int], Post] = {}
        self.funded = np.zeros(len(offices), dtype=np.int64)
        self.existing = contract.astype(np.int64)
        fill = rates.months_to_fill
        self.fill_days = triangular_table(fill.low, fill.mode, fill.high, round(_DAYS_PER_MONTH))
        for office in range(len(offices)):
            share = share_parts(float(payroll_share[office]))
            for post in range(int(payroll[office])):
                self._long_serving(office, post, Kind.PAYROLL, share)
            for post in range(int(contract[office])):
                self._long_serving(office, post, Kind.CONTRACT, SHARE_ONE)

    def _long_serving(self, office: int, post: int, kind: Kind, share: int) -> None:
        start = int(self.env.now) - int(DAYS_PER_YEAR)
        self.people.append(Incumbent(post, 0, office, kind, start, start, NEVER_DAY, share))

    def fund(self, posts: Whole) -> None:
        """Set how many bought posts each office may hold from today on; the last opened closes first."""
        self.funded = posts.astype(np.int64)
        for office, count in enumerate(posts.tolist()):
            have = sum(post.is_open for key, post in self.posts.items() if key[0] == office)
            for number in range(count):
                key = (office, number)
                if key not in self.posts:
                    self.posts[key] = Post(self.env, office, number)
                    self.env.process(self.keep_filled(self.posts[key]))
                elif not self.posts[key].is_open:
                    self._switch(self.posts[key], is_open=True)
            for number in range(count, max(have, count)):
                if self.posts[office, number].is_open:
                    self._switch(self.posts[office, number], is_open=False)

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
            person.left = int(self.env.now)

    def _fate(self, post: Post) -> tuple[int, int]:
        """Days until the post is filled and days the next incumbent stays."""
        subject = (int(self.existing[post.office] + post.number) << _INCUMBENT_BITS) | post.incumbents
        where = self.offices[post.office]
        fill = self.luck.draws(Purpose.RECRUITMENT, area=where, subject=subject)
        stay = self.luck.draws(Purpose.TENURE, area=where, subject=subject)
        mean = DAYS_PER_YEAR / self.rates.quits_per_year if self.rates.quits_per_year else 0
        tenure = int(unit_exponential(stay)[0, 0]) * round(mean) // EXPONENTIAL_ONE if mean else NEVER_DAY
        return max(1, int(self.fill_days.at(fill)[0, 0])), max(1, tenure)

    def _hire(self, post: Post) -> Incumbent:
        day = int(self.env.now)
        first = int(self.calendar.workday_of_day[day]) + self.rates.training_days
        ready = int(self.calendar.day_of_workday[first])
        number = int(self.existing[post.office]) + post.number
        person = Incumbent(
            number, post.incumbents, post.office, Kind.CONTRACT, day, ready, NEVER_DAY, SHARE_ONE
        )
        self.people.append(person)
        return person

    def see_off(self, ids: set[int]) -> None:
        """Let helpers of the run-up finish what they have in hand; they take nothing more."""
        today = int(self.env.now)
        for number in sorted(ids - {person.id for person in self.people}):
            incumbent, rest = number & ((1 << _INCUMBENT_BITS) - 1), number >> _INCUMBENT_BITS
            post, kind = rest & ((1 << _POST_BITS) - 1), rest >> _POST_BITS & 1
            office = rest >> (_POST_BITS + 1)
            self.people.append(Incumbent(post, incumbent, office, kind, today, today, today, SHARE_ONE))

    def lend_helpers(self, helpers: Whole) -> None:
        """Give each office this many helpers from today; helpers lent before go back."""
        today = int(self.env.now)
        for person in self.people:
            if person.post >= _HELPER_POSTS and person.left == NEVER_DAY:
                person.left = today
        for office, count in enumerate(helpers.tolist()):
            for post in range(count):
                number = self.lent & ((1 << _INCUMBENT_BITS) - 1)
                self.lent += 1
                self.people.append(
                    Incumbent(
                        _HELPER_POSTS + post, number, office, Kind.PAYROLL, today, today, NEVER_DAY, SHARE_ONE
                    )
                )

    def roster(
        self, first: int, last: int, idle_since: dict[int, int], in_hand: set[int]
    ) -> tuple[Roster, Absences]:
        """Who is at the desks in the civil days [first, last), and when each is away.

        idle_since: by worker id, from the month before. in_hand: workers who must still finish something.
        """
        here = [
            person
            for person in self.people
            if (person.ready < last and person.left > first and person.ready < person.left)
            or person.id in in_hand
        ]
        here.sort(key=lambda person: person.id)
        tick = self.calendar.tick_of_day
        rows = []
        for person in here:
            present_from = tick(min(person.ready, self.calendar.days - 1))
            present_to = tick(min(person.left, self.calendar.days)) if person.left < NEVER_DAY else 1 << 60
            since = max(idle_since.get(person.id, present_from), present_from)
            rows.append(
                (
                    person.id,
                    person.office,
                    person.kind,
                    present_from,
                    present_to,
                    self._slowness(person, first),
                    since,
                )
            )
        columns = np.array(rows, dtype=np.int64).reshape(-1, len(Roster.names())).T
        return Roster(*columns), self._absences(here, first, last)

    def _slowness(self, person: Incumbent, day: int) -> int:
        learning = day - person.ready < self.rates.learning_months * _DAYS_PER_MONTH
        return round(SHARE_ONE / self.rates.learning_speed) if learning else SHARE_ONE

    def _absences(self, here: list[Incumbent], first: int, last: int) -> Absences:
        """Time away: days of leave, sickness and training, and the blocks of other duties."""
        start = int(self.calendar.workday_of_day[first])
        days = int(self.calendar.workday_of_day[last]) - start
        if not here or not days:
            return Absences.empty()
        office = np.array([person.office for person in here])
        subject = np.array([person.id & ((1 << (_POST_BITS + 1 + _INCUMBENT_BITS)) - 1) for person in here])
        draws = self.luck.draws(
            Purpose.ABSENCE, area=self.offices[office], subject=subject, matter=start, lanes=days
        )
        away = np.repeat(happens(draws, self.rates.days_away / self.rates.workdays_per_year), 2, axis=1)
        block = np.arange(start, start + days) // _DUTY_BLOCK_DAYS
        turn = np.repeat(block, 2)[None, :] + np.array([person.post for person in here])[:, None]
        share = np.array([person.share for person in here])[:, None]
        away |= (turn + 1) * share // SHARE_ONE == turn * share // SHARE_ONE
        edges = np.diff(np.pad(away, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        worker, begins = np.nonzero(edges == 1)
        _, ends = np.nonzero(edges == -1)
        ids = np.array([person.id for person in here], dtype=np.int64)
        base = start * DAY_TICKS
        return Absences(ids[worker], base + begins * _HALF_DAY, base + ends * _HALF_DAY)

    def filled(self, day: int) -> NDArray[np.int64]:
        """Posts held on a day by office and kind [offices × kinds]."""
        held = np.zeros((len(self.offices), len(Kind)), dtype=np.int64)
        for person in self.people:
            if person.hired <= day < person.left and person.post < _HELPER_POSTS:
                held[person.office, person.kind] += 1
        return held

    def days_paid(self, first: int, last: int) -> NDArray[np.int64]:
        """Days in [first, last) for which bought posts were held, by office [post-day]."""
        paid = np.zeros(len(self.offices), dtype=np.int64)
        for person in self.people:
            if person.kind == Kind.CONTRACT and self.existing[person.office] <= person.post < _HELPER_POSTS:
                paid[person.office] += max(0, min(person.left, last) - max(person.hired, first))
        return paid

    def forget(self, day: int) -> None:
        """Drop people gone long before a day."""
        self.people = [person for person in self.people if person.left >= day]

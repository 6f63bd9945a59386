"""The processes of posts: each is funded and contracted for, recruited for, filled, left; and filled again.

A post is a SimPy process that wakes only when somebody comes or goes. Whatever ends a tenure from outside,
a post closed or a contract over, takes effect the moment it is said.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping

import numpy as np
import simpy
from numpy.typing import NDArray

from simlib.chance import Luck, Purpose
from simlib.desks.network import Absences, Kind, Roster
from simlib.units import DAYS_PER_YEAR, SHARE_ONE, share_parts
from simlib.worktime import Calendar
from simlib.years.people.lots import BEYOND, BOUGHT, EXISTING, FIRST, GAP_CAUSES, LOTS, UNLIMITED
from simlib.years.people.posts import NOBODY, Post, Terms, posts_of
from simlib.years.people.staff import (
    EVERYWHERE,
    HELPER_POSTS,
    IN_POST,
    KIND,
    LEFT,
    MISSED,
    POST,
    SINCE,
    Attendance,
    DaysAway,
    People,
    Unmanned,
)
from simlib.years.people.tenure import NEVER_DAY, NO_PROVIDER, Leaving, Tenures, WorkforceRates, subject_of

Whole = NDArray[np.int64]


class Workforce:
    """The workers of a run.

    offices: address code of each office, in the order of its number. payroll, contract: posts of each that
    are held when the run opens. closed: working days on which an office does not open, by its number.
    townships: numbers of township offices. named: of the offices whose first payroll clerk has an individual
    allowance. campaign_months: of the year, 1 = January. terms: of what the plan buys.
    Until `uncover` says otherwise both lots of contract posts stand under a contract with no known provider.
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
        terms: Terms,
    ) -> None:
        self.env, self.rates, self.calendar, self.terms = env, rates, calendar, terms
        self.offices, self.lent = offices, 0
        self.existing = contract.astype(np.int64)
        self.funded = np.zeros(len(offices), dtype=np.int64)
        self.people = People(self.existing)
        self.tenures = Tenures(
            luck,
            rates,
            calendar,
            offices,
            plan_day=terms.from_day,
            term_years=terms.term_years,
            is_appraised=terms.is_appraised,
        )
        self.attendance = Attendance(
            self.people,
            luck,
            rates,
            calendar,
            offices=offices,
            closed=closed,
            is_township=np.isin(np.arange(len(offices)), townships),
            campaign_months=campaign_months,
        )
        lots = (len(LOTS), len(offices))
        self.covered_share = np.full(lots, SHARE_ONE, dtype=np.int64)
        self.missed_share, self.keep_share = np.zeros(lots, dtype=np.int64), np.zeros(lots, dtype=np.int64)
        self.provider = np.full(lots, NO_PROVIDER, dtype=np.int64)
        self.changes = np.zeros(lots, dtype=np.int64)
        self.most = np.full(lots, UNLIMITED, dtype=np.int64)
        self.cause = np.full(lots, FIRST, dtype=np.int64)
        self.gaps: list[tuple[int, int, int, int, int]] = []
        self.grades = calendar.date_of(calendar.days - 1).year - calendar.first_day.year + 1
        self.posts: list[list[list[Post]]] = [[[] for _ in offices] for _ in LOTS]
        share = np.array([share_parts(float(part)) for part in payroll_share], dtype=np.int64)
        self._open_payroll(payroll, share, named)
        self._open_contract()

    def _open_payroll(self, heads: Whole, share: Whole, named: Whole) -> None:
        office, number = posts_of(heads)
        part = share[office]
        individual = np.isin(office, named) & (number == 0)
        blocked = share_parts(1 - self.rates.individual_share)
        part[individual] = part[individual] * blocked // SHARE_ONE
        served = np.full(len(office), round(DAYS_PER_YEAR))
        for post, mine in zip(self._seat(office, number, Kind.PAYROLL, served, part), part, strict=True):
            post.share = int(mine)

    def _open_contract(self) -> None:
        office, number = posts_of(self.existing)
        subject = subject_of(Kind.CONTRACT, number, 0)
        served = self.tenures.served_days(office, np.asarray(subject), today=int(self.env.now))
        for post in self._seat(office, number, Kind.CONTRACT, served, np.full(len(office), SHARE_ONE)):
            self.posts[EXISTING][post.office].append(post)

    def _seat(self, office: Whole, number: Whole, kind: Kind, served: Whole, share: Whole) -> list[Post]:
        """Posts whose holders have served so many days already; each lives on from today."""
        today = int(self.env.now)
        hired = today - served
        subject = np.asarray(subject_of(kind, number, 0))
        row = self.people.add(
            number, 0 * number, office, kind, hired=hired, ready=hired, share=share, since=hired
        )
        leaves, reasons = self.tenures.leaving(office, subject, hired, kind=kind, today=today)
        seated = []
        for at, (where, which) in enumerate(zip(office.tolist(), number.tolist(), strict=True)):
            post = Post(self.env, where, which, kind, EXISTING)
            post.holder, post.incumbents = row + at, 1
            post.leaves, post.reason = int(leaves[at]), int(reasons[at])
            self.env.process(self.keep_filled(post))
            seated.append(post)
        return seated

    def keep_filled(self, post: Post) -> Generator[simpy.Event, None, None]:
        """Recruit, train and keep somebody in a post for as long as it stands."""
        while True:
            if not post.stands:
                yield post.changed
            elif post.holder == NOBODY:
                recruited = self.env.timeout(self._days_to_fill(post))
                yield recruited | post.changed
                if recruited.processed and post.stands and post.holder == NOBODY:
                    self._hire(post)
            else:
                holder, leaves = post.holder, self.env.timeout(max(post.leaves - int(self.env.now), 0))
                yield leaves | post.changed
                if leaves.processed and post.holder == holder:
                    self._let_go(post, Leaving(post.reason))

    def _days_to_fill(self, post: Post) -> int:
        """Days until the next incumbent begins; in a roll-out campaign, those to its own day."""
        today = int(self.env.now)
        if self._is_rolled_out(post, today):
            first, last, _ = self.terms.rollout
            return max(self.tenures.rollout_day(post.office, post.subject, first, last), today) - today
        provider = int(self.provider[post.lot, post.office])
        return self.tenures.days_to_fill(
            post.office, post.subject, kind=post.kind, today=today, provider=provider
        )

    def _is_rolled_out(self, post: Post, today: int) -> bool:
        """Whether a post is filled for the first time, in the campaign of a roll-out."""
        is_first = post.lot == BOUGHT and post.incumbents == 0
        return is_first and bool(self.terms.rollout) and today <= self.terms.rollout[1]

    def _hire(self, post: Post) -> None:
        """Put somebody new into a post; he is trained before he takes it up."""
        today = int(self.env.now)
        begins = self.terms.rollout[1] if self._is_rolled_out(post, today) else today
        first = int(self.calendar.workday_of_day[min(begins, self.calendar.days)]) + self.rates.training_days
        last = len(self.calendar.day_of_workday) - 1
        ready = int(self.calendar.day_of_workday[min(first, last)])
        if self._is_rolled_out(post, today):
            ready = max(min(ready, self.terms.rollout[2]), today)
        self._seat_one(post, ready=ready, since=ready)

    def _seat_one(self, post: Post, *, ready: int, since: int) -> None:
        """Begin the next tenure of a post today."""
        today = int(self.env.now)
        post.leaves, post.reason = self.tenures.leaving_of(
            post.office, post.subject, kind=post.kind, today=today
        )
        is_bought = post.kind == Kind.CONTRACT
        post.holder = self.people.add(
            post.number,
            post.incumbents,
            post.office,
            post.kind,
            hired=today,
            ready=ready,
            share=post.share,
            since=since,
            missed=int(self.missed_share[post.lot, post.office]) if is_bought else 0,
        )
        post.former = NOBODY
        post.incumbents += 1

    def _let_go(self, post: Post, reason: Leaving) -> None:
        self.people.leave(post.holder, int(self.env.now), reason)
        post.holder = NOBODY

    def _wake(self, post: Post) -> None:
        changed, post.changed = post.changed, self.env.event()
        changed.succeed()

    def fund(self, first_office: int, posts: Whole) -> None:
        """Set how many bought posts each office may hold from today on, for a row of offices.

        The last opened closes first. A post opened while a contract runs stands under it as far as that
        goes, see `cover`.
        """
        self.funded[first_office : first_office + len(posts)] = posts
        for office, count in enumerate(posts.tolist(), first_office):
            known = self.posts[BOUGHT][office]
            already = int(self.existing[office])
            for at, post in enumerate(known):
                if post.is_open != (at < count):
                    post.is_open, post.is_covered = at < count, False
                    if post.holder != NOBODY:
                        self._let_go(post, Leaving.POST_CLOSED)
                    self._wake(post)
            for number in range(len(known), count):
                post = Post(self.env, office, already + number, Kind.CONTRACT, BOUGHT)
                post.is_covered = False
                known.append(post)
                self.env.process(self.keep_filled(post))
        self._share_out(first_office, first_office + len(posts), BOUGHT)

    def cover(
        self,
        first_office: int,
        last_office: int,
        lot: int,
        *,
        missed_share: int = 0,
        provider: int = NO_PROVIDER,
        posts_share: int = SHARE_ONE,
        most: int = UNLIMITED,
    ) -> None:
        """From today the contract posts of a lot at offices [first, last) stand under a contract.

        missed_share: of working days the provider leaves its posts unmanned [2**-16]; it is that of whole
        months. provider: its number, or NO_PROVIDER: posts are then filled at the pace of nobody in
        particular. posts_share: of posts the contract is for, each drawn by itself [2**-16]: less than one
        where a provider's work is taken over. most: posts the contract can be for, its supplements included;
        those that stood under it first go first, then the first posts of every office.
        Who lost a post here with the contract before is kept by the share said then; on the same day he
        stays without a break, later he comes back as somebody who knows the work.
        """
        offices = slice(first_office, last_office)
        self.changes[lot, offices] += 1
        self.covered_share[lot, offices], self.missed_share[lot, offices] = posts_share, missed_share
        self.provider[lot, offices], self.most[lot, offices] = provider, most
        self._share_out(first_office, last_office, lot)
        for post in self._of_lot(first_office, last_office, lot):
            if post.stands and post.former != NOBODY:
                self._take_over(post)
            post.former = NOBODY
            if post.holder != NOBODY:
                self.people.columns[MISSED, post.holder] = missed_share

    def renew(
        self, first_office: int, last_office: int, lot: int, *, missed_share: int, most: int | None = None
    ) -> None:
        """The same provider goes on and leaves posts unmanned as said; people stay.

        most: as `cover` takes it, of a new contract; None: it is still the same.
        """
        self.missed_share[lot, first_office:last_office] = missed_share
        if most is not None:
            self.most[lot, first_office:last_office] = most
            self._share_out(first_office, last_office, lot)
        for post in self._of_lot(first_office, last_office, lot):
            if post.holder != NOBODY:
                self.people.columns[MISSED, post.holder] = missed_share

    def uncover(
        self, first_office: int, last_office: int, lot: int, *, keep_share: int, cause: int = FIRST
    ) -> None:
        """The contract is over today: everybody leaves, unless a successor begins the same day.

        keep_share: chance that a successor keeps a holder of today [2**-16]. cause: why its posts lack a
        contract from now on, of `lots.GAP_CAUSES`.
        """
        offices = slice(first_office, last_office)
        self.covered_share[lot, offices], self.keep_share[lot, offices] = 0, keep_share
        self.provider[lot, offices], self.cause[lot, offices] = NO_PROVIDER, cause
        self._share_out(first_office, last_office, lot)

    def _share_out(self, first_office: int, last_office: int, lot: int) -> None:
        """Put open posts of a row of offices under the running contract, as many as it can be for."""
        posts = self._of_lot(first_office, last_office, lot)
        most = int(self.most[lot, first_office]) if posts else 0
        open_posts = [post for post in posts if post.is_open and self._is_covered(post)]
        open_posts.sort(key=lambda post: (not post.is_covered, post.number, post.office))
        covered = set(map(id, open_posts[:most]))
        for post in posts:
            if post.is_open:
                self._set_covered(post, id(post) in covered)
            self._note_gap(post)

    def _note_gap(self, post: Post) -> None:
        """Write down since when an open post lacks a contract, and why; and how long it did."""
        today, place = int(self.env.now), (post.lot, post.office)
        lacks = post.is_open and not post.is_covered
        cause = BEYOND if self.covered_share[place] == SHARE_ONE else int(self.cause[place])
        if post.lacks_since != NEVER_DAY and not (lacks and cause == post.lacks):
            if post.lacks_since < today:
                self.gaps.append((post.office, post.lot, post.lacks, post.lacks_since, today))
            post.lacks_since = NEVER_DAY
        if lacks and post.lacks_since == NEVER_DAY:
            post.lacks_since, post.lacks = today, cause

    def gap_days(self, first: int, last: int) -> Whole:
        """Days in [first, last) on which open posts lacked a contract [offices × lots × causes].

        What ended before `first` is forgotten.
        """
        self.gaps = [gap for gap in self.gaps if gap[4] > first]
        days = np.zeros((len(self.offices), len(LOTS), len(GAP_CAUSES)), dtype=np.int64)
        running = [
            (post.office, post.lot, post.lacks, post.lacks_since, last)
            for lot in self.posts
            for office in lot
            for post in office
            if post.lacks_since != NEVER_DAY
        ]
        for office, lot, cause, begin, end in (*self.gaps, *running):
            days[office, lot, cause] += max(min(end, last) - max(begin, first), 0)
        return days

    def _of_lot(self, first_office: int, last_office: int, lot: int) -> list[Post]:
        return [post for office in self.posts[lot][first_office:last_office] for post in office]

    def _is_covered(self, post: Post) -> bool:
        """Whether the running contract is for this post too."""
        share, change = (int(table[post.lot, post.office]) for table in (self.covered_share, self.changes))
        if share in (0, SHARE_ONE):
            return share == SHARE_ONE
        subject = int(subject_of(post.kind, post.number, 0))
        return self.tenures.is_drawn(post.office, subject, share, purpose=Purpose.RECRUITMENT, matter=change)

    def _set_covered(self, post: Post, is_covered: bool) -> None:
        if post.is_covered == is_covered:
            return
        post.is_covered = is_covered
        if post.holder != NOBODY:
            post.former = post.holder
            self._let_go(post, Leaving.CONTRACT_ENDED)
        self._wake(post)

    def _take_over(self, post: Post) -> None:
        """The successor keeps the former holder of a post, or does not."""
        share, change = (int(table[post.lot, post.office]) for table in (self.keep_share, self.changes))
        subject = int(subject_of(post.kind, post.number, post.incumbents - 1))
        if not self.tenures.is_drawn(post.office, subject, share, purpose=Purpose.TENURE, matter=change):
            return
        today, columns = int(self.env.now), self.people.columns
        if columns[LEFT, post.former] == today:
            post.holder = post.former
            self.people.leave(post.holder, NEVER_DAY, IN_POST)
        else:
            since = int(columns[SINCE, post.former])
            self._seat_one(post, ready=today, since=since)
        self._wake(post)

    def see_off(self, ids: Whole) -> None:
        """Let helpers of the run-up finish what they have in hand; they take nothing more."""
        strangers = np.setdiff1d(ids, self.people.ids())
        if len(strangers):
            post, number, office, kind = self.people.of_id(strangers)
            today = int(self.env.now)
            row = self.people.add(post, number, office, Kind.PAYROLL, hired=today, ready=today, since=0)
            self.people.columns[KIND, row:] = kind
            self.people.columns[LEFT, row:] = today

    def lend_helpers(self, helpers: Whole) -> None:
        """Give each office this many helpers from today; helpers lent before go back."""
        today = int(self.env.now)
        columns = self.people.columns
        columns[LEFT, (columns[POST] >= HELPER_POSTS) & (columns[LEFT] == NEVER_DAY)] = today
        office, number = posts_of(helpers)
        self.lent += 1
        self.people.add(
            HELPER_POSTS + number, self.lent, office, Kind.PAYROLL, hired=today, ready=today, since=0
        )

    def roster(
        self, first: int, last: int, idle_since: dict[int, int], in_hand: Whole
    ) -> tuple[Roster, Absences]:
        """Who is at the desks in the civil days [first, last), and when each is away."""
        return self.attendance.roster(first, last, idle_since, in_hand)

    def filled(self, day: int) -> Whole:
        """Posts held on a day by office and kind [offices × kinds]."""
        return self.people.filled(day)

    def hired(self, first: int, last: int) -> Whole:
        """Who began in the civil days [first, last) [offices × kinds]."""
        return self.people.hired(first, last)

    def leavers(self, first: int, last: int) -> Whole:
        """Who left in the civil days [first, last), and why [offices × kinds × reasons]."""
        return self.people.leavers(first, last)

    def days_held(self, first: int, last: int) -> Whole:
        """Days in [first, last) for which posts were held [offices × kinds]."""
        return self.people.days_held(first, last)

    def workdays_held(self, first: int, last: int) -> Whole:
        """Working days in [first, last) for which posts were held [offices × kinds]."""
        return self.people.workdays_held(first, last, calendar=self.calendar)

    def days_away(self) -> DaysAway:
        """Days away in the month whose roster was asked for last."""
        return self.attendance.away

    def unmanned(self, lot: int) -> Unmanned:
        """Days a lot's posts were left unmanned in the month whose roster was asked for last."""
        return self.people.unmanned(self.attendance.away, calendar=self.calendar, grades=self.grades, lot=lot)

    def pay_days(self, first: int, last: int, *, offices: slice = EVERYWHERE) -> Whole:
        """Days in [first, last) paid by lot and pay grade, 0 the first year [lots × offices × grades].

        offices: looked at; all others have none.
        """
        return self.people.pay_days(first, last, calendar=self.calendar, grades=self.grades, offices=offices)

    def days_paid(self, first: int, last: int) -> Whole:
        """Days in [first, last) for which bought posts were held, by office [post-day]."""
        days: Whole = self.pay_days(first, last)[BOUGHT].sum(axis=1)
        return days

"""Who delivers services: a provider in each county, helpers in the townships, at desks of their own.

A provider is an office with workers, so is each kind of mutual help in a township; all run on the engines of
the desks, with nothing of their own: the most urgent first, then the earliest due. Workers with a licence do
what takes one and stand in for the others, never the other way. What an office cannot take up within about a
month waits on a list: from there an order may still be withdrawn or given up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.chance import Luck, Purpose, happens
from simlib.desks.engines import open_docket
from simlib.desks.network import (
    DeskMonth,
    Kind,
    OpenWork,
    Roster,
    Services,
    Standing,
    Steps,
    absences_of,
    first_entries,
)
from simlib.units import SHARE_ONE
from simlib.worktime import DAY_TICKS, Calendar
from simlib.years.county import Counties
from simlib.years.services.countyservices import HANDS, HARDSHIP, PROVIDER, SIXTY
from simlib.years.services.giving import as_steps, enter_work, give, load
from simlib.years.services.orderbook import ON_LIST, Order, Orderbook
from simlib.years.services.servicerules import ServiceRules

Whole = NDArray[np.int64]

ALWAYS = 1 << 50
"""Providers' workers and helpers are there through the plan [tick]."""
_URGENCY_BITS, _DAY_BITS = 2, 24
_SURPLUS = 4
"""A quarter of a month more is handed to a provider than it can do: some of it comes late in the month, and
nobody stands idle while orders wait. What is not begun is carried, and counts against the next month.
"""


@dataclass(frozen=True, slots=True)
class Worked:
    """A month at the providers: what was done, and the rows of its orders.

    workers, available, busy, delivered, waiting: by hands and county [hands × counties].
    """

    services: Services
    rows: Whole
    workers: NDArray[np.int64]
    available: NDArray[np.int64]
    busy: NDArray[np.int64]
    served: NDArray[np.int64]
    waiting: NDArray[np.int64]


class Hands:
    """The workers and helpers of a run's counties, and the orders that wait for them or are given to them."""

    def __init__(
        self, rules: ServiceRules, counties: Counties, calendar: Calendar, luck: Luck, *, engine: str
    ) -> None:
        self.rules, self.luck, self.counties = rules, luck, counties
        members = [rules.counties[county.code] for county in counties.members]
        towns = np.array([county.areas for county in counties.members], dtype=np.int64)
        first = 2 * np.arange(counties.areas, dtype=np.int64) + counties.county_of_area
        self.helpers_office = np.stack([first, first + 1])
        self.provider = np.cumsum(2 * towns + 1) - 1
        self.helpers = np.concatenate(
            [np.zeros((2, 0), dtype=np.int64), *(m.helpers for m in members)], axis=1
        )
        self.workers = np.array([member.workers for member in members], dtype=np.int64)
        self.skilled = np.array([member.skilled for member in members], dtype=np.int64)
        bureau = np.repeat(self.provider, 2 * towns + 1)
        self.docket = open_docket(engine, Steps.empty(), OpenWork.empty(), calendar=calendar, bureau=bureau)
        self.book = Orderbook(rules, counties, calendar, luck)
        self.next_id = 1
        self.ordinal = np.zeros(len(members), dtype=np.int64)
        self.codes = counties.office_codes[counties.bureau[counties.first_office[:-1]]]
        self.speed = self._speeds()
        self._staff()
        self.crew = np.flatnonzero(self.hands == PROVIDER)
        """The providers' workers, among all who deliver; they stay, whoever the provider is."""
        self.crew_county = np.repeat(np.arange(len(members)), self.workers)
        self.away = np.zeros((len(self.crew), 0), dtype=np.bool_)
        """Working days of the month on which each of them is not there."""

    @property
    def rows(self) -> Order:
        """The orders, in columns that can be written to."""
        return self.book.rows

    def _speeds(self) -> Whole:
        """Speed of each county's provider, drawn once for each that comes [2**-16]."""
        draw = self.luck.draws(Purpose.SERVICE_PROVIDER, area=self.codes, subject=self.ordinal)[:, 0]
        return np.maximum(self.rules.speed.at(draw), 1)

    def change(self, rows: NDArray[np.bool_]) -> None:
        """Let another provider take over in these counties, with the workers there are."""
        self.ordinal = self.ordinal + rows
        self.speed = np.where(rows, self._speeds(), self.speed)
        self._staff()

    def _staff(self) -> None:
        """The workers office by office: helpers of each township, then the provider's, the licensed last."""
        own, none = self.counties, np.zeros(0, dtype=np.int64)
        office, hands, kind, slowness = [none], [none], [none], [none]
        slow = SHARE_ONE**3 // (self.speed * self.rules.at_work)
        for at in range(len(own.members)):
            areas = np.flatnonzero(own.county_of_area == at)
            parts = [
                *(
                    (self.helpers_office[each, areas], HARDSHIP + each, self.helpers[each, areas])
                    for each in range(2)
                ),
                (self.provider[[at]], PROVIDER, self.workers[[at]]),
            ]
            here = np.concatenate([np.repeat(offices, counts) for offices, _, counts in parts])
            whose = np.concatenate([np.full(int(counts.sum()), whom) for _, whom, counts in parts])
            order = np.argsort(here, kind="stable")
            here, whose = here[order], whose[order]
            is_last = np.arange(len(here)) >= len(here) - self.skilled[at]
            office.append(here)
            hands.append(whose)
            kind.append(np.where(is_last & (whose == PROVIDER), Kind.PAYROLL, Kind.CONTRACT).astype(np.int64))
            slowness.append(np.where(whose == PROVIDER, slow[at], SHARE_ONE))
        self.office, self.hands = np.concatenate(office), np.concatenate(hands)
        self.kind, self.slowness = np.concatenate(kind), np.concatenate(slowness)
        self.slow = slow
        if not hasattr(self, "idle"):
            self.idle = np.zeros(len(self.office), dtype=np.int64)

    def overdue(self, end: int) -> Whole:
        """Orders that were due to begin by a month's end [tick] and have not begun, by county."""
        own, work = self.rows, self.docket.open_work()
        begun = np.isin(own.id, work.case[work.standing0 == Standing.IN_HAND])
        return np.bincount(own.county[(own.due <= end) & ~begun], minlength=len(self.workers))

    def _days_away(self, start: int, end: int) -> NDArray[np.bool_]:
        """Leave, sickness and training of a month [workers × days], drawn for each worker and day."""
        number = np.arange(len(self.crew)) - np.searchsorted(self.crew_county, self.crew_county)
        draws = self.luck.draws(
            Purpose.SERVICE_ABSENCE,
            area=self.codes[self.crew_county],
            subject=number,
            matter=start // DAY_TICKS,
            lanes=(end - start) // DAY_TICKS,
        )
        return happens(draws, self.rules.away / SHARE_ONE)

    def _there(self, length: int) -> tuple[Whole, Whole]:
        """Time the providers' workers are there in a month so long, and those with a licence [tick]."""
        ticks = length - self.away.sum(axis=1) * DAY_TICKS
        whole, skilled = (np.zeros(len(self.workers), dtype=np.int64) for _ in range(2))
        is_skilled = self.kind[self.crew] == Kind.PAYROLL
        np.add.at(whole, self.crew_county, ticks)
        np.add.at(skilled, self.crew_county[is_skilled], ticks[is_skilled])
        return whole, skilled

    def give(self, start: int, end: int) -> tuple[Steps, OpenWork]:
        """Take from the list what can be taken up in a month [start, end), helpers first where they may."""
        own = self.rows
        room, skilled = (there + there // _SURPLUS for there in self._there(end - start))
        load((own.county, own.ticks, own.travel, own.skilled, own.helped, own.id), self.slow, room, skilled)
        ready = np.flatnonzero((own.id == ON_LIST) & (own.entry < end))
        first = (own.county[ready] << _URGENCY_BITS) | own.urgency[ready]
        key = (first << _DAY_BITS) | (own.due[ready] // DAY_TICKS)
        turn = ready[np.argsort(key, kind="stable")]
        helpers = self.helpers * np.array(self.rules.helper_ticks, dtype=np.int64)[:, None]
        office = np.empty(len(turn), dtype=np.int64)
        chosen = np.empty(len(turn), dtype=np.int64)
        made, self.next_id = give(
            turn,
            (own.id, own.county, own.area, own.ticks, own.travel, own.skilled, own.helped, own.urgency),
            (self.helpers_office, self.provider, self.slow),
            (helpers, room, skilled),
            self.next_id,
            (chosen, office),
        )
        rows, where = chosen[:made], office[:made]
        steps = as_steps(own, rows, where)
        return steps, first_entries(steps.case, np.maximum(own.entry[rows], start), where)

    def work(self, start: int, end: int) -> Worked:
        """Give out and deliver in a month [start, end)."""
        self.away = self._days_away(start, end)
        steps, work = self.give(start, end)
        absences = absences_of(self.away, self.crew, start=start, day_ticks=DAY_TICKS)
        ids = np.arange(len(self.office), dtype=np.int64)
        roster = Roster(
            id=ids,
            office=self.office,
            kind=self.kind,
            present_from=np.zeros(len(ids), dtype=np.int64),
            present_to=np.full(len(ids), ALWAYS, dtype=np.int64),
            slowness=self.slowness,
            idle_since=self.idle,
        )
        done = self.docket.month(steps, work, roster, absences, start=start, end=end)
        for worker, since in done.idle_since.items():
            self.idle[worker] = since
        return self._worked(done, end - start)

    def _worked(self, done: DeskMonth, length: int) -> Worked:
        services, counties = done.services, len(self.workers)
        busy, served, workers, waiting = (np.zeros((len(HANDS), counties), dtype=np.int64) for _ in range(4))
        rows = np.empty(len(services), dtype=np.int64)
        enter_work(
            (services.case, services.worker, services.start, services.finish),
            (self.rows.id, self.rows.county),
            self.hands,
            self.next_id,
            (rows, busy, served),
        )
        county_of_area = self.counties.county_of_area
        workers[PROVIDER] = self.workers
        np.add.at(workers[HARDSHIP], county_of_area, self.helpers[0])
        np.add.at(workers[SIXTY], county_of_area, self.helpers[1])
        available = workers * np.array([0, *self.rules.helper_ticks], dtype=np.int64)[:, None]
        available[PROVIDER] = self._there(length)[0]
        waiting[PROVIDER] = done.waiting[self.provider]
        for kind in range(2):
            np.add.at(waiting[HARDSHIP + kind], county_of_area, done.waiting[self.helpers_office[kind]])
        return Worked(services, rows, workers, available, busy, served, waiting)

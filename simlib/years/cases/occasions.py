"""The occasions on which households already known come to the desks, and on which day of a month each does.

Reviews that are due, changes that families report, comparisons and audits that point at them, care visits,
amounts to be reckoned anew. What a desk must handle is told as matters; what programmes recognised elsewhere
need is settled at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simlib.chance import Purpose, happens, threshold
from simlib.compiled import compiled
from simlib.desks.trace import Matters
from simlib.units import MONTHS_PER_YEAR
from simlib.years.cases.books import Books
from simlib.years.cases.households import (
    ALERT,
    AUDIT,
    CARE_VISIT,
    CHANGE,
    ON_BOOKS,
    RECALCULATION,
    REVIEW,
    matter_number,
    nth_matter,
)
from simlib.years.cases.requests import NO_ROUTE, Span
from simlib.years.cases.walks import Seen

Whole = NDArray[np.int64]
Truth = NDArray[np.bool_]


class Occasions:
    """What brings a run's households to the desks; routes: number of the route of each programme, by kind."""

    def __init__(self, books: Books, routes: Mapping[int, Whole]) -> None:
        self.books, self.window, self.rates = books, books.window, books.rates
        self.register, self.shadow, self._routes = books.register, books.shadow, routes
        self._routed = {kind: route != NO_ROUTE for kind, route in routes.items()}

    def to_desks(self, rows: Whole, day: Whole, kind: int, span: Span, ineligible: Whole) -> Matters:
        """Matters of households; those of programmes recognised elsewhere are settled at once."""
        own = self.register.rows
        route = self._routes[kind][own.programme[rows]]
        elsewhere = route == NO_ROUTE
        if elsewhere.any():
            self.books.settle_elsewhere(rows[elsewhere], day[elsewhere], ineligible[elsewhere], kind, span)
        return self.window.brought(
            own.area[rows], own.number[rows], day, kind, span, route=route, ineligible=ineligible
        )

    def compared(self, *, alerts: bool, audits: bool) -> Truth:
        """The programmes whose books are compared or audited in a month."""
        looked_at: Truth = self._routed[ALERT] & alerts | self._routed[AUDIT] & audits
        return looked_at

    def reviews(self, seen: Seen, span: Span) -> Matters:
        """Reviews that are due; one that finds nobody alive notices it."""
        own, rows = self.register.rows, seen.reviews
        day = np.maximum(own.review_day[rows], span.first)
        dead = own.death_day[rows] < day
        np.minimum.at(own.noticed_day, rows[dead], day[dead])
        rows, day = rows[~dead], day[~dead]
        own.in_review[rows] = 1
        ended = own.ends_day[rows] <= day
        self.shadow.come_to_reviews(seen.shadow_reviews, rows[ended], span)
        return self.to_desks(rows, day, REVIEW, span, ended.astype(np.int64))

    def changes(self, seen: Seen, span: Span) -> Matters:
        """Families that report that they no longer qualify."""
        rows = self._still_unseen(seen.ended, CHANGE, span)
        draw = self._monthly_draw(rows, CHANGE, span)
        reports = happens(draw[:, 0], -math.expm1(-self.rates.reported_per_year / MONTHS_PER_YEAR))
        rows, at = rows[reports], draw[reports, 1]
        return self._found_out(rows, at, CHANGE, span, np.ones(len(rows), dtype=np.int64))

    def alerts(self, seen: Seen, span: Span) -> Matters:
        """What a comparison of the books with other data raises, rightly or by mistake."""
        shares = self.rates.comparison_false, self.rates.comparison_finds
        return self._raised(seen, ALERT, span, shares)

    def audits(self, seen: Seen, span: Span) -> Matters:
        """What an audit of the books lists, rightly or by mistake."""
        return self._raised(seen, AUDIT, span, (self.rates.audit_false, self.rates.audit_finds))

    def _raised(self, seen: Seen, kind: int, span: Span, shares: tuple[float, float]) -> Matters:
        """Households that are pointed at; shares: of those who qualify, and of those who do not."""
        own = self.register.rows
        rows = seen.compared[own.stage[seen.compared] == ON_BOOKS]
        rows = rows[self._routed[kind][own.programme[rows]]]
        ended = self._still_unseen(seen.ended, kind, span)
        found = [(rows, 0), (ended, 1)]
        drawn = [self._monthly_draw(who, kind, span) for who, _ in found]
        raised = [happens(draw[:, 0], share) for draw, share in zip(drawn, shares, strict=True)]
        return self._found_out(
            np.concatenate([who[here] for (who, _), here in zip(found, raised, strict=True)]),
            np.concatenate([draw[here, 1] for draw, here in zip(drawn, raised, strict=True)]),
            kind,
            span,
            np.repeat([0, 1], [int(here.sum()) for here in raised]),
        )

    def _still_unseen(self, ended: Whole, kind: int, span: Span) -> Whole:
        """Of those no longer eligible: still paid, or paid in the shadow, and looked at on a route."""
        own, rows = self.register.rows, np.empty_like(ended)
        least = own.least_from, own.least_to
        return rows[
            : _unseen(ended, own.stage, own.programme, least, self._routed[kind], span.from_plan, rows)
        ]

    def _found_out(
        self, rows: Whole, at: NDArray[np.uint32], kind: int, span: Span, ineligible: Whole
    ) -> Matters:
        """Matters of households somebody points at; the shadow settles them in the same month."""
        own = self.register.rows
        day = self._day_in(at, span)
        to_desk = (own.stage[rows] == ON_BOOKS) & (own.in_review[rows] == 0)
        ended = ineligible == 1
        self.shadow.found_out(rows[ended], day[ended], to_desk[ended], kind, span)
        rows, day, ineligible = rows[to_desk], day[to_desk], ineligible[to_desk]
        own.in_review[rows] = 1
        return self.to_desks(rows, day, kind, span, ineligible)

    def _monthly_draw(self, rows: Whole, kind: int, span: Span) -> NDArray[np.uint32]:
        """Two draws for each of these households for a kind of matter in this month [households × 2]."""
        own = self.register.rows
        return self.window.luck.draws(
            Purpose.OPENING,
            area=self.window.area_codes[own.area[rows]],
            subject=own.number[rows],
            matter=matter_number(span.from_opening, kind),
            lanes=2,
        )

    @staticmethod
    def _day_in(draw: NDArray[np.uint32], span: Span) -> Whole:
        day: Whole = span.first + (draw.astype(np.int64) * (span.last - span.first) >> 32)
        return day

    def recalculations(self, span: Span) -> Matters:
        """Households whose amount is reckoned anew, in the month in which the standard rises."""
        if not self.rates.rise_share or span.of_year + 1 != self.rates.rise_month:
            return Matters.empty()
        own = self.register.rows
        rows = np.flatnonzero(own.stage == ON_BOOKS)
        rows = rows[self._routed[RECALCULATION][own.programme[rows]]]
        at = self._monthly_draw(rows, RECALCULATION, span)[:, 1]
        none = np.zeros(len(rows), dtype=np.int64)
        return self.to_desks(rows, self._day_in(at, span), RECALCULATION, span, none)

    def care_visits(self, seen: Seen, span: Span) -> Matters:
        """Visits to dispersed tekun households, each at the interval of its class.

        While one is still to be made no further one is asked for: it counts as missed.
        """
        own, rates = self.register.rows, self.rates
        rows = seen.visited[own.stage[seen.visited] == ON_BOOKS]
        draw = self.window.luck.draws(
            Purpose.DISCOVERY, area=self.window.area_codes[own.area[rows]], subject=own.number[rows], lanes=4
        )
        most = (span.last - span.first) // rates.visit_days + 1
        visits = np.empty((3, most * len(rows)), dtype=np.int64)
        made = _visits(
            rows,
            draw,
            (own.area, own.programme, own.death_day),
            (own.visits_open, own.noticed_day, self.books.missed),
            (
                threshold(rates.visits_by_the_day),
                threshold(rates.visits_by_the_day + rates.visits_by_the_month),
            ),
            (rates.visit_days, *rates.visit_months),
            (span.from_opening, span.first, span.last),
            visits,
        )
        rows, day, ordinal = visits[:, :made]
        found = self.to_desks(rows, day, CARE_VISIT, span, np.zeros(made, dtype=np.int64))
        return replace(found, matter=nth_matter(found.matter, ordinal))


@compiled
def _unseen(
    ended: Whole,
    stage: Whole,
    programme: Whole,
    least: tuple[Whole, Whole],
    routed: Truth,
    month: int,
    rows: Whole,
) -> int:
    """Write the rows that are paid, or paid in the shadow, and on a route; return how many."""
    least_from, least_to = least
    count = 0
    for at in range(len(ended)):
        row = ended[at]
        if routed[programme[row]] and (stage[row] == ON_BOOKS or least_from[row] <= month < least_to[row]):
            rows[count] = row
            count += 1
    return count


@compiled
def _visits(
    rows: Whole,
    draws: NDArray[np.uint32],
    who: tuple[Whole, Whole, Whole],
    noted: tuple[Whole, Whole, NDArray[np.int64]],
    limits: tuple[int, int],
    every: tuple[int, int, int],
    when: tuple[int, int, int],
    visits: NDArray[np.int64],
) -> int:
    """Write row, day and ordinal of each visit of a month, and return how many there are.

    limits: draws below the first are visited every so many days, below the second every so many months, the
    others at the longer interval: `every`. noted: visits open and the day a death is noticed, by row; visits
    missed, by township and programme.
    """
    area, programme, death_day = who
    visits_open, noticed_day, missed = noted
    days, months, longer = every
    month, start, end = when
    made = 0
    for at in range(len(rows)):
        row, kind, phase = rows[at], int(draws[at, 2]), int(draws[at, 3])
        if kind < limits[0]:
            first = start + ((phase * days >> 32) - start) % days
            count = -((first - end) // days)
        else:
            interval = months if kind < limits[1] else longer
            first = start + ((phase & 0xFFFF) * (end - start) >> 16)
            count = int((month + (phase * interval >> 32)) % interval == 0)
        if visits_open[row] > 0:
            missed[area[row], programme[row]] += count
            continue
        visits_open[row] += count
        for ordinal in range(count):
            day = first + ordinal * days
            visits[0, made], visits[1, made], visits[2, made] = row, day, ordinal
            made += 1
            if death_day[row] < day:
                noticed_day[row] = min(noticed_day[row], day)
    return made

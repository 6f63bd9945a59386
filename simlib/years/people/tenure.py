"""How long posts stay empty and their holders stay: drawn once when a post falls vacant or is filled.

Nothing here waits for anything: from one draw for each incumbent come the day he would leave and why. So a
post needs to wake only when somebody comes or goes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from enum import IntEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simlib.chance import (
    DRAW_ONE,
    EXPONENTIAL_ONE,
    Luck,
    Purpose,
    QuantileTable,
    triangular_table,
    unit_exponential,
)
from simlib.dated import Range
from simlib.desks.network import Kind
from simlib.units import DAYS_PER_YEAR, MONTHS_PER_YEAR
from simlib.worktime import Calendar

Whole = NDArray[np.int64]

NEVER_DAY = 1 << 40
DAYS_PER_MONTH = 30.4375
DAYS_PER_WEEK = 7
INCUMBENT_BITS = 16
POST_BITS = 12
NO_PROVIDER = -1
_MOST_EVENTS = 64
"""Appraisals or term ends looked ahead; whoever passes them all never fails one."""
_MOST_YEARS = 30
"""Greatest age of a tenure when the run-up opens [year]."""
_LEAP_CYCLE_DAYS, _LEAP_CYCLE_YEARS = 1461, 4


class Leaving(IntEnum):
    """Why somebody left a post."""

    QUIT = 0
    APPRAISAL = 1
    TERM_END = 2
    CONTRACT_ENDED = 3
    POST_CLOSED = 4


@dataclass(frozen=True, slots=True)
class WorkforceRates:
    """How posts are filled and people behave.

    months_to_fill: of a bought post nobody is contracted for, provider_weeks: under a provider;
    round_months: of the year in which payroll posts are advertised, round_lag_months: from then until
    somebody is appointed; training_days before the post [working day]; learning_months and learning_speed,
    the mean over them; quits_per_year, payroll_quits_per_year [1/year]; appraisal_fail_share: at each yearly
    appraisal; term_fail_share: at the re-assessment when a term ends, term_leave_share: of those who pass it;
    existing_term_years: of contracts made before the plan; days_away: leave, sickness and training together
    [working day/year]; workdays_per_year: of a full-time year, the base of days_away. individual_share: of
    the time of one named person of each bureau, for duties of his own; campaign_share: of the time of
    township payroll clerks, in the months of a campaign. duty_block_days: other duties of a township clerk
    come in blocks of so many, colleagues taking turns [working day].
    """

    months_to_fill: Range
    provider_weeks: Range
    round_months: tuple[int, ...]
    round_lag_months: Range
    training_days: int
    learning_months: float
    learning_speed: float
    quits_per_year: float
    payroll_quits_per_year: float
    appraisal_fail_share: float
    term_fail_share: float
    term_leave_share: float
    existing_term_years: int
    days_away: float
    workdays_per_year: int
    individual_share: float
    campaign_share: float
    duty_block_days: int


def workforce_rates(
    value: Callable[[str], int | float | Range], number: Callable[[str], float]
) -> WorkforceRates:
    """The rates behind the keys of `law/assumptions/workforce.yaml`."""

    def drawn(key: str) -> Range:
        found = value(key)
        return found if isinstance(found, Range) else Range(found, found, found)

    rounds = max(round(number("recruitment.payroll_rounds_per_year")), 1)
    first = round(number("recruitment.payroll_first_month"))
    months = {(first - 1 + MONTHS_PER_YEAR * at // rounds) % MONTHS_PER_YEAR + 1 for at in range(rounds)}
    return WorkforceRates(
        months_to_fill=drawn("recruitment.months"),
        provider_weeks=drawn("recruitment.provider_weeks"),
        round_months=tuple(sorted(months)),
        round_lag_months=drawn("recruitment.payroll_months"),
        training_days=int(number("training.before_post_days")),
        learning_months=number("ramp.months"),
        learning_speed=number("ramp.speed"),
        quits_per_year=number("quits.contract_per_year"),
        payroll_quits_per_year=number("quits.payroll_per_year"),
        appraisal_fail_share=number("appraisal.fail_share"),
        term_fail_share=number("term.fail_share"),
        term_leave_share=number("term.leave_share"),
        existing_term_years=max(round(number("term.existing_years")), 1),
        days_away=sum(number(f"absence.{why}_days") for why in ("leave", "sick", "training")),
        workdays_per_year=int(number("clocks.work.year_working_days")),
        individual_share=number("allowance.individual_share"),
        campaign_share=number("campaign.share"),
        duty_block_days=max(round(number("duties.block_days")), 1),
    )


def anniversaries(first_day: date, day: Whole, years: Whole | int) -> Whole:
    """The same dates some years later, 29 February as 1 March [civil day]; first_day: civil day 0."""
    epoch = np.datetime64(first_day, "D")
    then = epoch + day
    month = then.astype("datetime64[M]")
    later = (month + np.asarray(years) * MONTHS_PER_YEAR).astype("datetime64[D]") + (then - month)
    days: Whole = (later - epoch).astype(np.int64)
    return days


def years_after(day: date, years: int) -> date:
    """`anniversaries` of one date.

    >>> years_after(date(2028, 2, 29), 1), years_after(date(2028, 2, 29), 4)
    (datetime.date(2029, 3, 1), datetime.date(2032, 2, 29))
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def whole_years(first_day: date, since: Whole, day: Whole | int) -> Whole:
    """Anniversaries of some days that lie on or before a day [year]; none below 0."""
    about = np.maximum(day - since, 0) * _LEAP_CYCLE_YEARS // _LEAP_CYCLE_DAYS
    ahead = anniversaries(first_day, since, about + 1) <= day
    behind = anniversaries(first_day, since, about) > day
    years: Whole = np.maximum(about + ahead - behind, 0)
    return years


@cache
def _fails_by(share: float) -> Whole:
    """Draws below the n-th number fail one of the first n events, each failed with this chance [events]."""
    passed, limits = 1.0, []
    for _ in range(_MOST_EVENTS):
        passed *= 1 - share
        limits.append(round((1 - passed) * DRAW_ONE))
    return np.array(limits, dtype=np.int64)


def _failed(draw: NDArray[np.uint32], share: float) -> Whole:
    """Which event is the first failed, from 1; one more than are looked ahead where none is."""
    found: Whole = np.searchsorted(_fails_by(share), draw.astype(np.int64), side="right") + 1
    return found


class Tenures:
    """Draws of how posts are filled and how their holders leave.

    offices: address code of each office by its number. plan_day: civil day from which contracts have the
    plan's terms. term_years: of those; is_appraised: whether bought workers are appraised each year.
    """

    def __init__(
        self,
        luck: Luck,
        rates: WorkforceRates,
        calendar: Calendar,
        offices: Whole,
        *,
        plan_day: int,
        term_years: int,
        is_appraised: bool,
    ) -> None:
        self.luck, self.rates, self.first_day, self.offices = luck, rates, calendar.first_day, offices
        self.plan_day, self.term_years = plan_day, term_years
        self.appraisal_fail_share = rates.appraisal_fail_share if is_appraised else 0.0
        self.term_fail_share = 1 - (1 - rates.term_fail_share) * (1 - rates.term_leave_share)
        self.months_to_fill = _table(rates.months_to_fill, DAYS_PER_MONTH)
        self.weeks_to_fill = _table(rates.provider_weeks, DAYS_PER_WEEK)
        self.round_lag = _table(rates.round_lag_months, DAYS_PER_MONTH)
        years = range(self.first_day.year, calendar.date_of(calendar.days - 1).year + 2)
        rounds = [calendar.day(date(year, month, 1)) for year in years for month in rates.round_months]
        self.rounds = np.array(rounds, dtype=np.int64)

    def _draws(
        self, purpose: Purpose, office: Whole | int, subject: Whole | int, *, matter: int = 0, lanes: int = 1
    ) -> NDArray[np.uint32]:
        return self.luck.draws(
            purpose, area=self.offices[office], subject=subject, matter=matter, lanes=lanes
        )

    def days_to_fill(self, office: int, subject: int, *, kind: Kind, today: int, provider: int) -> int:
        """Days until somebody begins in a post that is vacant today [day].

        Payroll posts are advertised in the next round; bought ones by the provider that holds the contract.
        """
        draw = self._draws(Purpose.RECRUITMENT, office, subject)
        if kind == Kind.PAYROLL:
            at = int(np.searchsorted(self.rounds, today, side="right"))
            opens = int(self.rounds[at]) if at < len(self.rounds) else NEVER_DAY
            return opens - today + max(1, int(self.round_lag.at(draw)[0, 0]))
        table = self.months_to_fill if provider == NO_PROVIDER else self.weeks_to_fill
        return max(1, int(table.at(draw)[0, 0]))

    def rollout_day(self, office: int, subject: int, first: int, last: int) -> int:
        """A day from `first` to `last` on which a post is filled in a recruitment campaign [civil day]."""
        draw = int(self._draws(Purpose.RECRUITMENT, office, subject)[0, 0])
        return first + draw * (last - first + 1) // DRAW_ONE

    def is_drawn(self, office: int, subject: int, share_parts: int, *, purpose: Purpose, matter: int) -> bool:
        """Whether what happens to a share [2**-16] of posts or incumbents happens to this one."""
        draw = int(self._draws(purpose, office, subject, matter=matter)[0, 0])
        return draw >> 16 < share_parts

    def leaving(
        self, office: Whole, subject: Whole, hired: Whole, *, kind: Kind, today: int
    ) -> tuple[Whole, Whole]:
        """When holders of posts today would leave of themselves, and why [civil day, Leaving].

        Payroll workers only quit. Bought workers are appraised on the day of their hiring each year, and
        assessed anew instead when a term ends. Quits have no memory, so they count from today.
        """
        draws = self._draws(Purpose.TENURE, office, subject, lanes=3)
        rate = self.rates.payroll_quits_per_year if kind == Kind.PAYROLL else self.rates.quits_per_year
        quits = np.full(len(hired), NEVER_DAY)
        if rate:
            mean = round(DAYS_PER_YEAR / rate)
            quits = today + np.maximum(1, unit_exponential(draws[:, 0]) * mean // EXPONENTIAL_ONE)
        if kind == Kind.PAYROLL:
            return quits, np.full(len(hired), int(Leaving.QUIT))
        is_new = bool((hired == today).all())
        served = np.zeros_like(hired) if is_new else whole_years(self.first_day, hired, today)
        days = np.stack(
            [
                quits,
                self._fails_appraisal(draws[:, 1], hired, served, today),
                self._ends(draws[:, 2], hired, served, today),
            ]
        )
        return days.min(axis=0), days.argmin(axis=0)

    def leaving_of(self, office: int, subject: int, *, kind: Kind, today: int) -> tuple[int, int]:
        """The same of one who begins today [civil day, Leaving]: `leaving` without its columns."""
        draws = self._draws(Purpose.TENURE, office, subject, lanes=3)[0]
        rate = self.rates.payroll_quits_per_year if kind == Kind.PAYROLL else self.rates.quits_per_year
        quits = NEVER_DAY
        if rate:
            stays = int(unit_exponential(draws[:1])[0]) * round(DAYS_PER_YEAR / rate) // EXPONENTIAL_ONE
            quits = today + max(1, stays)
        if kind == Kind.PAYROLL:
            return quits, int(Leaving.QUIT)
        term, begins = self._term(today), self.first_day + timedelta(days=today)

        def passed(years: int) -> int:
            return (years_after(begins, years) - self.first_day).days

        days = [quits, NEVER_DAY, NEVER_DAY]
        failed = int(_failed(draws[1], self.appraisal_fail_share))
        if term > 1 and failed <= _MOST_EVENTS:
            days[Leaving.APPRAISAL] = passed(failed + (failed - 1) // (term - 1))
        ended = int(_failed(draws[2], self.term_fail_share))
        if ended <= _MOST_EVENTS:
            days[Leaving.TERM_END] = passed(ended * term)
        soonest = min(days)
        return soonest, days.index(soonest)

    def _term(self, today: int) -> int:
        """Years of a term agreed on a day."""
        return self.term_years if today >= self.plan_day else self.rates.existing_term_years

    def _fails_appraisal(self, draw: NDArray[np.uint32], hired: Whole, served: Whole, today: int) -> Whole:
        term = self._term(today)
        if term == 1:
            return np.full(len(hired), NEVER_DAY)
        count = served - served // term + _failed(draw, self.appraisal_fail_share)
        never = count - (served - served // term) > _MOST_EVENTS
        day = anniversaries(self.first_day, hired, np.where(never, 0, count + (count - 1) // (term - 1)))
        return np.where(never, NEVER_DAY, day)

    def _ends(self, draw: NDArray[np.uint32], hired: Whole, served: Whole, today: int) -> Whole:
        term, failed = self._term(today), _failed(draw, self.term_fail_share)
        never = failed > _MOST_EVENTS
        day = anniversaries(self.first_day, hired, np.where(never, 0, (served // term + failed) * term))
        return np.where(never, NEVER_DAY, day)

    def served_days(self, office: Whole, subject: Whole, *, today: int) -> Whole:
        """How long bought workers found in post when a run opens have held it [day].

        Whole years by the law of a post that is always filled again at once, evenly within a year.
        Assumption: bearable, since the run-up then lives through its own vacancies.
        """
        draws = self._draws(Purpose.TENURE, office, subject, lanes=5)
        year = np.searchsorted(self._years_served(self._term(today)), draws[:, 3].astype(np.int64), "right")
        within = draws[:, 4].astype(np.int64) * round(DAYS_PER_YEAR) // DRAW_ONE
        days: Whole = year * _LEAP_CYCLE_DAYS // _LEAP_CYCLE_YEARS + within + 1
        return days

    def _years_served(self, term: int) -> Whole:
        """Draws below the n-th number have served less than n whole years [years]."""
        with localcontext() as exact:
            exact.prec = 30
            stays = float((-Decimal(str(self.rates.quits_per_year))).exp())
        held = [1.0]
        for year in range(1, _MOST_YEARS):
            fails = self.appraisal_fail_share if year % term else self.term_fail_share
            held.append(held[-1] * stays * (1 - fails))
        sums = np.add.accumulate(np.array(held))
        return np.array([round(value / sums[-1] * DRAW_ONE) for value in sums[:-1].tolist()], dtype=np.int64)


def _table(range_: Range, days: float) -> QuantileTable:
    """The quantiles of a length given in units of so many days [day]."""
    return triangular_table(range_.low, range_.mode, range_.high, round(days))


def subject_of(kind: Kind | Whole, post: Whole | int, number: Whole | int) -> Whole | int:
    """A post's incumbent as the subject of a draw."""
    return ((kind << POST_BITS | post) << INCUMBENT_BITS) | number

"""What becomes of a provider under a contract: days it leaves unmanned, failing, being found, being out.

A failure is open (seen by everybody) or hidden cheating, which a random check or an evaluation has to find.
Shares are whole numbers of 2**-16 parts, days civil days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from simlib.chance import EXPONENTIAL_ONE, Luck, Purpose, QuantileTable, happens, unit_exponential
from simlib.units import DAYS_PER_YEAR, MONTHS_PER_YEAR, SHARE_ONE
from simlib.worktime import Calendar

NEVER = 1 << 40
_CHECKS = 240
"""Random checks looked through at most: more than a contract ever sees."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """How providers behave.

    Of the best and the worst quality: share of days missed [2**-16], failures [1/year].
    failing_missed: share missed once failing [2**-16]; hidden_share: of failures [0..1]; notice and
    termination [working day]; check_months: between random checks, 0: none are made; detection_share: chance
    that one finds hidden cheating [0..1].
    """

    missed_best: int
    missed_worst: int
    default_best: float
    default_worst: float
    failing_missed: int
    hidden_share: float
    notice: QuantileTable
    termination: QuantileTable
    check_months: float
    detection_share: float

    def missed_share(self, quality: int) -> int:
        """Part of its days a provider of this quality leaves unmanned [2**-16]."""
        return self.missed_worst + (self.missed_best - self.missed_worst) * quality // SHARE_ONE

    def days_between_failures(self, quality: int) -> int:
        """Mean days until a provider of this quality fails [day]; NEVER where it does not."""
        rate = self.default_worst + (self.default_best - self.default_worst) * quality / SHARE_ONE
        return round(DAYS_PER_YEAR / rate) if rate > 0 else NEVER


@dataclass(frozen=True, slots=True)
class Unfound:
    """A provider whose failure was not found by the end of its contract, and when it would be found.

    found_on: NEVER where it never is.
    """

    provider: int
    is_hidden: bool
    found_on: int


@dataclass(frozen=True, slots=True)
class Fate:
    """When a provider fails, whether that is hidden, when it is found and how long termination takes.

    fails_on, found_on: NEVER where it does not happen; found_on is by supervision or by everybody's eyes.
    termination: from the finding to the end of the contract [working day].
    """

    fails_on: int
    is_hidden: bool
    found_on: int
    termination: int


def fate_of(
    luck: Luck, *, area: int, subject: int, since: int, quality: int, conduct: Conduct, calendar: Calendar
) -> Fate:
    """What chance holds for a contract. since: day from which the provider can fail."""
    draws = luck.draws(Purpose.CONTRACT, area=area, subject=subject, lanes=4)
    mean = conduct.days_between_failures(quality)
    if mean == NEVER:
        return Fate(NEVER, False, NEVER, 0)
    fails_on = since + 1 + int(unit_exponential(draws[:, 0])[0]) * mean // EXPONENTIAL_ONE
    is_hidden = bool(happens(draws[:, 1], conduct.hidden_share)[0])
    termination = int(conduct.termination.at(draws[:, 3])[0])
    if fails_on >= calendar.days:
        return Fate(NEVER, is_hidden, NEVER, termination)
    if is_hidden:
        found_on = _found_by_check(luck, area, subject, since, fails_on, conduct)
    else:
        found_on = later(calendar, fails_on, int(conduct.notice.at(draws[:, 2])[0]))
    return Fate(fails_on, is_hidden, found_on, termination)


def _found_by_check(luck: Luck, area: int, subject: int, since: int, fails_on: int, conduct: Conduct) -> int:
    """The first random check after a failure that finds it; one falls anywhere in each interval."""
    if not conduct.check_months:
        return NEVER
    days = max(round(conduct.check_months * DAYS_PER_YEAR / MONTHS_PER_YEAR), 1)
    first = (fails_on - since) // days
    for number in range(first, first + _CHECKS):
        draws = luck.draws(Purpose.SUPERVISION, area=area, subject=subject, matter=number, lanes=2)
        on = since + number * days + (int(draws[0, 0]) * days >> 32)
        if on >= fails_on and happens(draws[0, 1:], conduct.detection_share)[0]:
            return on
    return NEVER


def later(calendar: Calendar, day: int, working_days: int) -> int:
    """The working day so many after a day; NEVER where that lies beyond the calendar."""
    place = int(calendar.workday_of_day[min(day + 1, calendar.days)]) + max(working_days, 1) - 1
    return int(calendar.day_of_workday[place]) if place < len(calendar.day_of_workday) else NEVER


def years_later(start: date, years: int, months: int = 0) -> date:
    """The same date later; the 29th of February, and days a month lacks, become the 1st of the next.

    >>> years_later(date(2028, 2, 29), 3), years_later(date(2027, 8, 31), 0, 6)
    (datetime.date(2031, 3, 1), datetime.date(2028, 3, 1))
    """
    month = start.month - 1 + months
    year, month = start.year + years + month // MONTHS_PER_YEAR, month % MONTHS_PER_YEAR + 1
    try:
        return start.replace(year=year, month=month)
    except ValueError:
        return date(year + month // MONTHS_PER_YEAR, month % MONTHS_PER_YEAR + 1, 1)

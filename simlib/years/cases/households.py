"""Households: their addresses, stages and columns, and the register that holds those of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from simlib.compiled import compiled
from simlib.desks.network import Columns, Growing
from simlib.places.columns import FLOWS, PROGRAMMES
from simlib.years.cases.directory import Directory

Whole = NDArray[np.int64]
Number = TypeVar("Number", int, Whole)

STOCKS = PROGRAMMES
"""Programmes in the order of their numbers, which are part of every address."""
STREAMS = STOCKS + FLOWS
"""Stocks and flows in the order of their numbers."""

HIDDEN, APPLIED, ON_BOOKS, GONE = 0, 1, 2, 3
"""Stages of a household: in need and unknown; its application is open; supported; off the books."""

_MONTH_BITS, _SERIAL_BITS, _PROGRAMME_BITS, _AREA_BITS = 9, 19, 4, 15
INELIGIBLE_FROM = 1 << 18
BACKLOG_FROM = INELIGIBLE_FROM | 1 << 17
HIDDEN_FROM = 1 << 17
NEVER_DAY = 1 << 40
BEFORE = -(1 << 40)
"""A month before every month."""
SETTLED = -1

KINDS = (
    "application",
    "review",
    "request",
    "care_visit",
    "alert",
    "change",
    "change_visit",
    "complaint",
    "enquiry",
    "referral",
    "remote_in",
    "remote_out",
    "reassessment",
    "recalculation",
    "service_assessment",
    "audit",
)
"""Kinds of matters by their number, which is part of every address: new ones are added at the end."""
APPLICATION, REVIEW, REQUEST, CARE_VISIT, ALERT, CHANGE = range(6)
RECALCULATION = KINDS.index("recalculation")
SERVICE_ASSESSMENT = KINDS.index("service_assessment")
AUDIT = KINDS.index("audit")
_KIND_BITS, _MATTER_BITS = 4, 12


def household_number(programme: Whole, month: int, serial: Whole) -> Whole:
    """The number of a household within its township: programme, month its need began (0 = before), serial."""
    return (programme << (_MONTH_BITS + _SERIAL_BITS)) | (month << _SERIAL_BITS) | serial


def matter_number(month: int, kind: Number) -> Number:
    """The number of a matter of this kind that comes in month `month` (counted from the opening)."""
    return ((month + 1) << _KIND_BITS) | kind


def nth_matter(matter: Whole, ordinal: Whole) -> Whole:
    """The numbers of matters of one kind and month, of which one household may have several."""
    return matter | (ordinal << _MATTER_BITS)


def kind_of(matter: Whole) -> Whole:
    """The kind of matter behind a matter number."""
    return matter & ((1 << _KIND_BITS) - 1)


def household_key(area: Whole, number: Whole) -> Whole:
    """What households are ordered by: month their need began, programme, township, serial.

    Who comes later stands further down, so a register only grows at its end.
    """
    serial = number & ((1 << _SERIAL_BITS) - 1)
    month_and_programme = (number >> _SERIAL_BITS & ((1 << _MONTH_BITS) - 1)) << _PROGRAMME_BITS
    month_and_programme |= number >> (_MONTH_BITS + _SERIAL_BITS)
    return (((month_and_programme << _AREA_BITS) | area) << _SERIAL_BITS) | serial


@dataclass(frozen=True, slots=True)
class Households(Columns):
    """Households in need or on the books [households], by `household_key`.

    area: index of the township. programme: its number. number: address within the township.
    need_day, ends_day, death_day: the life line [civil day]. own_left, village_left: what is left of the
    thresholds of discovery [2**-24]. review_day: next review [civil day]; review_months: between reviews.
    paid_from: first month of payment (or NEVER_DAY). in_review: 1 while a matter that may end it is open.
    least_from, least_to: the months [least_from, least_to) it would be paid in if nothing ever waited at a
    desk, its reviews on their anniversaries: the no-queue shadow. least_day: the day on which it is found out
    that support ends, SETTLED once least_to counts the procedure from there. visits_open: care visits not
    made yet. phase_to: the month after the last in which it is paid on by law after the decision that ended
    its support (BEFORE: it is not). noticed_day: on which its death is noticed, until when a person who lived
    alone is paid on. persons.
    """

    area: Whole
    number: Whole
    programme: Whole
    persons: Whole
    stage: Whole
    need_day: Whole
    ends_day: Whole
    death_day: Whole
    own_left: Whole
    village_left: Whole
    review_day: Whole
    review_months: Whole
    paid_from: Whole
    in_review: Whole
    least_from: Whole
    least_to: Whole
    least_day: Whole
    visits_open: Whole
    phase_to: Whole
    noticed_day: Whole


def serial_in_group(group: Whole) -> Whole:
    """0, 1, 2 … within each run of equal values of a sorted array."""
    serial = np.empty(len(group), dtype=np.int64)
    _count_on(group, serial)
    return serial


@compiled
def _count_on(group: Whole, serial: Whole) -> None:
    for at in range(len(group)):
        serial[at] = serial[at - 1] + 1 if at and group[at] == group[at - 1] else 0


def in_order(households: Households) -> Households:
    """The same households by `household_key`."""
    return households.pick(np.argsort(household_key(households.area, households.number), kind="stable"))


class Register:
    """The households of a run, found by address."""

    def __init__(self, households: Households) -> None:
        self._households = Growing(households)
        self._directory = Directory(household_key(households.area, households.number))

    @property
    def rows(self) -> Households:
        """The households, in columns that can be written to."""
        return self._households.rows

    def add(self, born: Households) -> None:
        """Append households that came after all others."""
        self._households.add(born)
        self._directory.add(household_key(born.area, born.number))

    def keep(self, stays: NDArray[np.bool_]) -> None:
        """Let go of the households that do not stay."""
        self._households.keep(stays)
        self._directory.keep(stays)

    def find(self, area: Whole, number: Whole) -> tuple[Whole, NDArray[np.bool_]]:
        """Rows of households by address, and which of them are here."""
        return self._directory.find(household_key(area, number))

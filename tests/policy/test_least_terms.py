"""Every least and last term of a purchase as a table a jurist can read, counted on a calendar of its own.

Days are counted here from the published holidays (package chinesecalendar) one by one; nothing but the dates
of the steps comes from the workbench. The day a term starts is not counted (民法典 art. 201); a term of
calendar days that ends on a day of rest ends on the next working day (art. 203).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from random import Random
from typing import NamedTuple

import chinese_calendar
import pytest

from simlib.policy.buying.purchasemethod import purchase_methods
from simlib.policy.buying.timetable import METHODS
from simlib.policy.purchasing import Thresholds
from simlib.policy.statutes import load_law
from simlib.units import FEN_PER_YUAN
from simlib.worktime import work_calendar
from simlib.years.contracts.tender import SLACKS, Terms, round_steps

LAW = load_law()
FIRST, LAST = date(2023, 1, 2), date(2026, 5, 29)
CALENDAR = work_calendar(2022, 2027, frozenset(), frozenset())
DAY = timedelta(days=1)
TENDERS = ("open_tender", "invited_tender")
LIMITS = Thresholds(50_000 * FEN_PER_YUAN, 200_000 * FEN_PER_YUAN, "a province")


class Term(NamedTuple):
    """A term of the law: from a step to a step, `least` or `most` so many days, for which methods."""

    text: str
    after: str
    before: str
    bound: str
    days: int
    unit: str
    methods: tuple[str, ...]


TABLE = (
    Term("财库〔2020〕10号", "intention", "prequalification", "least", 30, "day", ("invited_tender",)),
    Term("财库〔2020〕10号", "intention", "issued", "least", 30, "day", METHODS),
    Term("条例 art. 21", "prequalification", "issued", "least", 5, "worked", ("invited_tender",)),
    Term("法 art. 35", "issued", "deadline", "least", 20, "day", TENDERS),
    Term("条例 art. 31", "issued", "file_offer_ends", "least", 5, "worked", TENDERS),
    Term("214号 art. 10", "issued", "deadline", "least", 10, "day", ("consultation",)),
    Term("214号 art. 10", "issued", "file_offer_ends", "least", 5, "worked", ("consultation",)),
    Term("214号 art. 10", "issued", "deadline", "least", 5, "worked", ("consultation",)),
    Term("74号令 art. 29", "issued", "deadline", "least", 3, "worked", ("negotiation",)),
    Term("74号令 art. 45", "issued", "deadline", "least", 3, "worked", ("inquiry",)),
    Term("条例 art. 38", "issued", "notice_ends", "least", 5, "worked", ("single_source",)),
    Term("条例 art. 38", "issued", "deadline", "least", 5, "worked", ("single_source",)),
    Term("条例 art. 43", "judged", "report", "most", 2, "worked", METHODS),
    Term("条例 art. 43", "report", "choice", "most", 5, "worked", METHODS),
    Term("条例 art. 43", "choice", "award", "most", 2, "worked", METHODS),
    Term("法 art. 52; 条例 art. 53(3)", "award", "challenge_ends", "least", 8, "worked", METHODS),
    Term("法 art. 52; 条例 art. 53(3)", "award", "challenge_ends", "most", 8, "worked", METHODS),
    Term("法 art. 46", "award", "signing", "most", 30, "day", METHODS),
    Term("条例 art. 50", "signing", "publication", "most", 2, "worked", METHODS),
    Term("法 art. 47", "signing", "filing", "most", 7, "worked", METHODS),
)


@cache
def is_worked(day: date) -> bool:
    """Whether a day is worked, by the State Council's published calendar."""
    return bool(chinese_calendar.is_workday(day))


def counted(term: Term, start: date, end: date) -> int:
    """Days of a term from a start to an end; a last day of rest is counted as the working day after it."""
    if term.unit == "worked":
        return sum(is_worked(start + n * DAY) for n in range(1, (end - start).days + 1))
    length, last = (end - start).days, start + term.days * DAY
    while not is_worked(last) and last < end:
        last += DAY
    return term.days if term.bound == "most" and end <= last else length


@cache
def rounds() -> tuple[tuple[str, dict[str, date]], ...]:
    """Purchases of all methods, started on any day of three years: at once, at leisure, or by chance.

    The method follows from a random amount by the thresholds of a province.
    """
    chance, found = Random(74), []
    terms = Terms(LAW, CALENDAR, lambda year: CALENDAR.day(date(year, 1, 1)))
    festivals = [date(2024, 2, 7), date(2025, 1, 24), date(2026, 2, 12), date(2024, 9, 27), date(2025, 9, 28)]
    starts = [FIRST + n * 11 * DAY for n in range((LAST - FIRST).days // 11)]
    for start in [*starts, *(day + n * DAY for day in festivals for n in range(-45, 8, 3))]:
        for used in (lambda: 0, lambda: chance.randrange(12), lambda: 9):
            amount = chance.choice((60_000, 150_000, 190_000)) * FEN_PER_YUAN
            method = chance.choice(purchase_methods(amount, LIMITS, law=LAW, on=start))
            slack = {name: used() for name in SLACKS}
            steps = round_steps(method, CALENDAR.day(start), slack, terms=terms)
            found.append((method, {step.name: CALENDAR.date_of(step.on) for step in steps}))
    return tuple(found)


@pytest.mark.parametrize("term", TABLE, ids=lambda term: f"{term.text}-{term.after}-{term.before}")
def test_every_purchase_keeps_the_term(term: Term) -> None:
    """None is shorter than the least, or longer than the most; somewhere the bound is reached."""
    mine = [on for method, on in rounds() if method in term.methods]
    days = [counted(term, on[term.after], on[term.before]) for on in mine]

    assert len(mine) > 60
    if term.bound == "least":
        assert min(days) == term.days
    else:
        assert max(days) <= term.days
        assert term.before in ("signing", "filing") or max(days) == term.days


def test_the_table_names_every_term_of_a_purchase_in_the_law() -> None:
    """A dated value of a term that stands in no row would be kept by nobody."""
    elsewhere = {
        "consultation_clarification_days", "clarification_days",  # shown, nothing is clarified in a run
        "challenge_answer_working_days", "complaint_working_days", "complaint_decision_working_days",
        "suspension_days",  # of disputes: tests/years/test_purchase_dates
        "contract_normal_years", "contract_most_years",  # of contracts: tests/policy/test_judge
    }  # fmt: skip
    rows = {
        "intention_notice_days", "prequalification_working_days", "open_tender_days",
        "tender_file_working_days", "consultation_days", "consultation_file_working_days",
        "negotiation_working_days", "inquiry_working_days", "single_source_notice_working_days",
        "evaluation_report_working_days",
        "choice_working_days", "award_notice_working_days", "result_notice_working_days",
        "challenge_working_days", "signing_days", "publication_working_days", "filing_working_days",
    }  # fmt: skip
    known = {key.removeprefix("clocks.purchase.") for key in LAW.values if key.startswith("clocks.purchase.")}

    assert known == rows | elsewhere

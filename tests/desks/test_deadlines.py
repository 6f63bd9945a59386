"""Due days of every route reckoned anew: from the articles, on the published days, without our tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from chinese_calendar import constants

from simlib.desks.casefile import case_file
from simlib.desks.trace import TraceMaker
from simlib.units import TICKS_PER_MINUTE
from simlib.worktime import DAY_TICKS
from simlib.years.cases.requests import Span, Window
from tests.desks.traces import CAL, PROCEDURES, decided, maker, matters

DAYS = [
    *(date(2025, 1, day) for day in (1, 2, 24, 26, 27, 31)),
    *(date(2025, month, day) for month, day in ((2, 8), (3, 31), (4, 3), (4, 4), (4, 27), (4, 30), (5, 1))),
    *(
        date(2025, month, day)
        for month, day in ((5, 31), (9, 28), (9, 30), (10, 1), (10, 8), (10, 11), (11, 30))
    ),
    *(date(2026, month, day) for month, day in ((1, 3), (1, 4), (2, 13), (2, 14), (2, 28), (3, 1), (6, 30))),
]
"""Eves, first, last and made-up days of New Year, Spring Festival, Qingming, May and National Day."""
SHARES = {
    **dict.fromkeys(("share.hard_cases", "share.notice_objection", "share.remote_in_county"), 0.3),
    **dict.fromkeys(("share.check_negative", "share.check_objection", "share.village_window"), 0.3),
}


def is_rest(day: date) -> bool:
    """Whether offices are shut, by the notices of the State Council alone."""
    return day in constants.holidays or (day.weekday() >= 5 and day not in constants.workdays)


def working(day: date, days: int) -> date:
    """So many working days after a day, which is not counted (民法典 art. 201)."""
    while days:
        day += timedelta(1)
        days -= not is_rest(day)
    return day


def calendar(day: date, days: int) -> date:
    """So many days after a day."""
    return day + timedelta(days)


def _dibao(day: date, flags: frozenset[str], delegated: bool) -> date:
    """57号 art. 22; notice of 2022 part 4 (1): objection, remote application and hard cases take 45 days."""
    if flags & {"hard", "objection", "remote"}:
        return working(day, 45)
    return working(day, 20 if delegated else 30)


def _tekun(day: date, flags: frozenset[str], delegated: bool) -> date:
    """43号 arts. 13, 15, 16."""
    opinion = calendar(working(day, 15), 7)
    return working(calendar(working(opinion, 15), 7) if "objection" in flags else opinion, 15)


def _rigid(day: date, flags: frozenset[str], delegated: bool) -> date:
    """刚性支出困难家庭认定办法 art. 8."""
    return working(day, 45 if "special" in flags else 30)


Reckoned = Callable[[date, frozenset[str], bool], date]
RECKONED: dict[str, Reckoned] = {
    "dibao_application": _dibao,
    "marginal_application": _dibao,
    "tekun_application": _tekun,
    "rigid_application": _rigid,
    "remote_in": lambda day, *_: working(day, 45),
    "tekun_reassessment": lambda day, *_: working(day, 10),
    "temporary_small": lambda day, *_: working(day, 3),
    "temporary_ordinary": lambda day, *_: working(day, 20),
    "complaint": lambda day, *_: working(day, 30),
}


def brought(
    trace: TraceMaker, route: str, day: date, household: int, last: bool
) -> tuple[str, str, frozenset[str]]:
    """Day of acceptance and due day of a matter brought on a civil day, at the last minute if need be."""
    window = Window(trace.luck, CAL, trace.area_codes)
    none, number = np.zeros(1, dtype=np.int64), np.array([PROCEDURES.routes[route].number])
    came = window.brought(
        none,
        none + household,
        none + CAL.day(day),
        0,
        Span(5, 5, 0, 0, 1),
        route=number,
        ineligible=none + household % 2,
    )
    if last:
        came = replace(came, arrival=(came.arrival // DAY_TICKS + 1) * DAY_TICKS - TICKS_PER_MINUTE)
    file = case_file(trace, came)
    assert file.due is not None
    assert (file.due.hour, file.due.minute) == (18, 0)
    return str(file.came.date()), str(file.due.date()), file.flags


@pytest.mark.parametrize("levers", [(), ("delegated",)])
@pytest.mark.parametrize("route", list(RECKONED))
def test_due_days_are_those_of_the_articles(route: str, levers: tuple[str, ...]) -> None:
    """Brought on a rest day, accepted on the next working day; at 17:59 on that day still."""
    trace = maker(decided(SHARES), levers=levers)
    for at, day in enumerate(DAYS):
        accepted, due, flags = brought(trace, route, day, at, last=at % 3 == 0)
        first = day if not is_rest(day) else working(day, 1)

        assert accepted == str(first), day
        assert due == str(RECKONED[route](first, flags, bool(levers))), (day, sorted(flags))


@pytest.mark.parametrize("route", ["temporary_emergency", "change_visit"])
def test_terms_in_hours_end_at_the_minute(route: str) -> None:
    """Twenty-four hours, nights and holidays inside; an open desk is in time until that minute."""
    trace = maker(decided())
    for at, day in enumerate(DAYS):
        minute = (0, 539, 540, 719, 720, 779, 780, 1079, 1080, 1439)[at % 10]
        came = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
        matter = replace(matters(route), arrival=np.array([CAL.day(day) * 1440 + minute]))
        file, due = case_file(trace, matter), int(trace.month(matter)[0].due[0])
        assert (file.came, file.due) == (came, came + timedelta(hours=24))
        for late in (0, 1):
            moment = came + timedelta(hours=24, minutes=late)
            inside = moment.hour * 60 + moment.minute
            if is_rest(moment.date()) or not (540 < inside <= 720 or 780 < inside <= 1080):
                continue
            opening = int(CAL.workday_of_day[CAL.day(moment.date())]) * DAY_TICKS
            worked = min(inside, 720) - 540 + max(inside - 780, 0)
            assert (opening + worked * TICKS_PER_MINUTE <= due) == (late == 0), (came, late)

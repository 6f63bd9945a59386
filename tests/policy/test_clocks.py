"""Legal terms around the long holidays; every last day was counted by hand on the published calendars.

Off and worked. 2024: 10–17 Feb off, 4 and 18 Feb worked; 15–17 Sep off, 14 Sep worked; 1–7 Oct off, 29 Sep
and 12 Oct worked. 2025: 28 Jan – 4 Feb off, 26 Jan and 8 Feb worked; 1–8 Oct off, 28 Sep and 11 Oct worked.
2026: 15–23 Feb off, 14 and 28 Feb worked; 25–27 Sep off; 1–7 Oct off, 20 Sep and 10 Oct worked.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from simlib.errors import LawError
from simlib.policy.statutes import load_law
from simlib.worktime import CALENDAR, DAY_TICKS, HOURS, WORKING, work_calendar

LAW = load_law()
CAL = work_calendar(2021, 2026)
NINE = 0
TEN = DAY_TICKS // 8
"""Opening, and one hour after it [tick of a working day]."""


def tick(day: date, inside: int = DAY_TICKS // 2) -> np.ndarray:
    """A moment of a working day, by default its middle."""
    assert CAL.is_workday(day), f"{day} is a rest day: the case is written wrong"
    return np.array([int(CAL.workday_of_day[CAL.day(day)]) * DAY_TICKS + inside])


def last_day(accepted: date, key: str, *, on: date | None = None) -> date:
    """The last day on which a matter is still in time."""
    length = LAW.value(key, on=on or accepted)
    kind = WORKING if key.endswith("working_days") else CALENDAR
    due = CAL.due(tick(accepted), kind=kind, length=length)
    return CAL.date_of(int(CAL.day_of_workday[(int(due[0]) - 1) // DAY_TICKS]))


TOTAL, SPECIAL = "dibao.total_working_days", "dibao.special_working_days"
DELEGATED, NOTICE = "dibao.delegated_working_days", "dibao.notice_days"
COUNTY, TEKUN = "dibao.county_working_days", "tekun.investigation_working_days"

HOLIDAYS = [
    # Spring Festival 2024
    (TOTAL, "2024-01-22", "2024-03-07"),
    (SPECIAL, "2024-01-22", "2024-03-28"),
    (DELEGATED, "2024-01-22", "2024-02-22"),
    (NOTICE, "2024-02-05", "2024-02-18"),
    (COUNTY, "2024-02-01", "2024-02-20"),
    (TEKUN, "2024-01-29", "2024-02-22"),
    ("tekun.notice_days", "2024-02-23", "2024-03-01"),
    ("tekun.county_working_days", "2024-03-04", "2024-03-25"),
    # National Day 2024
    (TOTAL, "2024-09-02", "2024-10-18"),
    (SPECIAL, "2024-09-02", "2024-11-08"),
    (DELEGATED, "2024-09-02", "2024-09-30"),
    (NOTICE, "2024-09-27", "2024-10-08"),
    (COUNTY, "2024-09-26", "2024-10-15"),
    (TEKUN, "2024-09-20", "2024-10-16"),
    # Spring Festival 2025
    (TOTAL, "2025-01-13", "2025-02-28"),
    ("rigid.total_working_days", "2025-01-13", "2025-02-28"),
    (SPECIAL, "2025-01-13", "2025-03-21"),
    ("rigid.special_working_days", "2025-01-13", "2025-03-21"),
    (DELEGATED, "2025-01-13", "2025-02-14"),
    (NOTICE, "2025-01-23", "2025-02-05"),
    (COUNTY, "2025-01-22", "2025-02-11"),
    (TEKUN, "2025-01-20", "2025-02-14"),
    # National Day 2025
    (TOTAL, "2025-09-08", "2025-10-24"),
    (SPECIAL, "2025-09-08", "2025-11-14"),
    (DELEGATED, "2025-09-08", "2025-10-11"),
    (NOTICE, "2025-09-25", "2025-10-09"),
    (COUNTY, "2025-09-25", "2025-10-15"),
    (TEKUN, "2025-09-19", "2025-10-16"),
    # Spring Festival 2026
    (TOTAL, "2026-01-26", "2026-03-13"),
    (SPECIAL, "2026-01-26", "2026-04-03"),
    (DELEGATED, "2026-01-26", "2026-02-28"),
    (NOTICE, "2026-02-10", "2026-02-24"),
    (COUNTY, "2026-02-10", "2026-03-02"),
    (TEKUN, "2026-02-02", "2026-02-28"),
    # National Day 2026
    (TOTAL, "2026-09-07", "2026-10-23"),
    (SPECIAL, "2026-09-07", "2026-11-13"),
    (DELEGATED, "2026-09-07", "2026-10-10"),
    (NOTICE, "2026-09-28", "2026-10-08"),
    (COUNTY, "2026-09-28", "2026-10-16"),
    (TEKUN, "2026-09-21", "2026-10-19"),
]


@pytest.mark.parametrize(("key", "accepted", "due"), HOLIDAYS)
def test_terms_run_over_the_holidays_as_counted_by_hand(key: str, accepted: str, due: str) -> None:
    """A make-up weekend is a working day, a holiday is none, and a notice that ends in one rolls on."""
    assert last_day(date.fromisoformat(accepted), key) == date.fromisoformat(due)


def test_tekun_takes_its_three_terms_one_after_the_other() -> None:
    """15 working days, 7 days of notice, 15 working days over National Day 2025.

    Accepted 19 Sep; first opinion 16 Oct; notice through 23 Oct; fifteen working days later is 13 Nov, where
    the matter is due (see test_routes). The county, handed the file on Friday 24 Oct, has until 14 Nov.
    """
    opinion = last_day(date(2025, 9, 19), TEKUN)
    notice = last_day(opinion, "tekun.notice_days")
    handed_on = CAL.entry_after(tick(opinion), kind=CALENDAR, length=7)
    received = CAL.date_of(int(CAL.day_of_workday[int(handed_on[0]) // DAY_TICKS]))

    assert (opinion, notice, received) == (date(2025, 10, 16), date(2025, 10, 23), date(2025, 10, 24))
    assert last_day(received, "tekun.county_working_days") == date(2025, 11, 14)
    assert last_day(notice, "tekun.county_working_days") == date(2025, 11, 13)


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        ("2025-06-12", 2, "2025-06-16"),  # an ordinary Saturday rolls to Monday
        ("2025-06-12", 1, "2025-06-13"),
        ("2024-02-08", 10, "2024-02-18"),  # a worked Sunday is the last day itself
        ("2026-09-20", 20, "2026-10-10"),  # and a worked Saturday
        ("2025-01-26", 7, "2025-02-05"),  # begun on a worked Sunday, ended in the holiday
        ("2026-02-14", 7, "2026-02-24"),
        ("2024-09-14", 3, "2024-09-18"),
        ("2024-09-29", 7, "2024-10-08"),
        ("2025-09-28", 7, "2025-10-09"),
        ("2025-01-22", 20, "2025-02-11"),  # a holiday in between lengthens nothing
        ("2026-09-24", 30, "2026-10-26"),
        ("2025-12-25", 7, "2026-01-04"),  # over the end of a year: 1-3 January off, Sunday 4 January worked
    ],
)
def test_a_term_in_days_rolls_on_only_where_it_ends_on_a_rest_day(start: str, days: int, last: str) -> None:
    """Civil Code arts. 201 and 203: the first day is not counted, the last one is if offices are open."""
    due = CAL.due(tick(date.fromisoformat(start)), kind=CALENDAR, length=days)

    assert CAL.date_of(int(CAL.day_of_workday[(int(due[0]) - 1) // DAY_TICKS])) == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("hours", "asked", "late_from", "inside"),
    [
        (24, "2024-02-09", "2024-02-18", NINE),  # the eve of the festival: not done that day is late
        (24, "2025-01-27", "2025-02-05", NINE),
        (24, "2026-09-30", "2026-10-08", NINE),
        (48, "2025-09-30", "2025-10-09", NINE),
        (24, "2025-02-07", "2025-02-08", TEN),  # the Saturday after is worked: until ten o'clock
        (48, "2026-02-12", "2026-02-14", TEN),  # Thursday to a worked Saturday
        (24, "2026-10-14", "2026-10-15", TEN),
        (24, "2025-01-26", "2025-01-27", TEN),  # a worked Sunday to Monday
        (48, "2025-01-26", "2025-02-05", NINE),  # and into the festival
        (24, "2024-02-18", "2024-02-19", TEN),
        (24, "2024-09-29", "2024-09-30", TEN),
        (48, "2024-09-29", "2024-10-08", NINE),
        (24, "2025-06-13", "2025-06-16", NINE),  # an ordinary Friday
        (72, "2025-06-13", "2025-06-16", TEN),
    ],
)
def test_emergency_hours_run_day_and_night(hours: int, asked: str, late_from: str, inside: int) -> None:
    """Asked for at ten; hours include nights and holidays, in which nobody can decide."""
    due = CAL.due(tick(date.fromisoformat(asked), TEN), kind=HOURS, length=hours)

    assert int(due[0]) == int(tick(date.fromisoformat(late_from), inside)[0])


OFF = {
    date.fromisoformat(f"{year}-{first}") + timedelta(days=n)
    for year, first, length in (
        (2024, "02-10", 8), (2024, "09-15", 3), (2024, "10-01", 7), (2025, "01-01", 1), (2025, "01-28", 8),
        (2025, "10-01", 8), (2026, "01-01", 3), (2026, "02-15", 9), (2026, "09-25", 3), (2026, "10-01", 7),
    )
    for n in range(length)
}  # fmt: skip
WORKED = {
    date(2024, 2, 4), date(2024, 2, 18), date(2024, 9, 14), date(2024, 9, 29), date(2024, 10, 12),
    date(2025, 1, 26), date(2025, 2, 8), date(2025, 9, 28), date(2025, 10, 11),
    date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 9, 20), date(2026, 10, 10),
}  # fmt: skip
"""The notices of the State Council for these weeks, as published."""
SEASONS = [(2024, 1), (2024, 9), (2025, 1), (2025, 9), (2026, 1), (2026, 9)]


def is_open(day: date) -> bool:
    """Whether offices work on a day of these seasons."""
    return day in WORKED or (day.weekday() < 5 and day not in OFF)


@pytest.mark.parametrize(("year", "month"), SEASONS)
def test_every_day_of_a_season_ends_where_counting_day_by_day_does(year: int, month: int) -> None:
    """Six weeks around each long holiday, every term: a finger on the wall calendar, one day at a time."""
    day = date(year, month, 2)
    while day < date(year, month, 2) + timedelta(days=45):
        day += timedelta(days=1)
        if not is_open(day):
            assert not CAL.is_workday(day)
            continue
        for length in (3, 5, 7, 10, 15, 20):
            finger, left = day, length
            while left:
                finger += timedelta(days=1)
                left -= is_open(finger)
            rolled = day + timedelta(days=length)
            while not is_open(rolled):
                rolled += timedelta(days=1)
            for kind, meant in ((WORKING, finger), (CALENDAR, rolled)):
                due = int(CAL.due(tick(day), kind=kind, length=length)[0])
                assert CAL.date_of(int(CAL.day_of_workday[(due - 1) // DAY_TICKS])) == meant


def test_emergency_hours_are_local_rules() -> None:
    """No national limit in hours was found; the value used is a labelled assumption."""
    on = date(2025, 6, 1)
    zouping, chuxiong = (
        LAW.value(f"local.{place}.temporary.emergency_hours", on=on) for place in ("zouping", "chuxiong")
    )
    national = LAW.dated("temporary.emergency_hours").entry(on)

    assert (zouping, chuxiong) == (24, 48)
    assert (national.status, national.value.low, national.value.high) == ("assumption", 24, 48)


BEFORE, AFTER = date(2021, 6, 30), date(2021, 7, 1)


@pytest.mark.parametrize(
    ("key", "before", "after"),
    [
        (COUNTY, 5, 10),
        (NOTICE, 7, 7),
        ("dibao.rereview_stable_months", 12, 12),
        ("dibao.spot_check_share", 0.3, None),
        ("dibao.investigation_working_days", 10, None),
        ("dibao.review_meeting_working_days", 5, None),
        (TOTAL, None, 30),
        (SPECIAL, None, 45),
        ("dibao.start_working_days", None, 3),
        ("dibao.investigators", None, 2),
        (TEKUN, None, 15),
        ("tekun.spot_check_share", None, 0.3),
    ],
)
def test_the_measure_of_2021_takes_over_from_the_trial_one(key: str, before: object, after: object) -> None:
    """220号 through 30 June 2021, 57号 (tekun: 43号) from 1 July; outside its dates, an error."""
    for on, meant in ((BEFORE, before), (AFTER, after)):
        if meant is None:
            with pytest.raises(LawError, match=str(on)):
                LAW.value(key, on=on)
        else:
            assert LAW.value(key, on=on) == meant


def test_one_day_of_receipt_decides_five_or_ten_days_of_the_county() -> None:
    """Received on Wednesday 30 June 2021: 7 July; on Thursday 1 July: 15 July."""
    assert last_day(BEFORE, COUNTY) == date(2021, 7, 7)
    assert last_day(AFTER, COUNTY) == date(2021, 7, 15)


def test_rigid_spending_households_have_no_term_before_2025() -> None:
    """The measure is in force from 1 January 2025; the day before, asking is an error and not a guess."""
    start = date(2025, 1, 1)
    for key, meant in (("total_working_days", 30), ("special_working_days", 45), ("validity_months", 12)):
        assert LAW.value(f"rigid.{key}", on=start) == meant
        with pytest.raises(LawError, match="2024-12-31"):
            LAW.value(f"rigid.{key}", on=start - timedelta(days=1))


@pytest.mark.parametrize("key", sorted(key for key in LAW.values if key.startswith("clocks.")))
def test_no_clock_answers_for_a_day_outside_its_dates(key: str) -> None:
    """A planner who asks for 1990 gets an error for every clock, and its first day answers."""
    dated = LAW.dated(key)
    first = dated.entries[0]

    assert dated.on(first.start) is not None
    with pytest.raises(LawError):
        dated.on(first.start - timedelta(days=1))
    last = dated.entries[-1]
    if last.end is not None:
        with pytest.raises(LawError):
            dated.on(last.end + timedelta(days=1))

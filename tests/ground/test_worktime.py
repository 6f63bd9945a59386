"""Days counted as the Civil Code counts them; every case here was worked out by hand on a wall calendar."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from simlib.worktime import CALENDAR, DAY_TICKS, HOURS, WORKING, month_start, sessions_of, work_calendar

CAL = work_calendar(2024, 2029)


def tick(day: date, share: float = 0.5) -> np.ndarray:
    """A moment of a working day, by default its middle."""
    return np.array([int(CAL.workday_of_day[CAL.day(day)]) * DAY_TICKS + int(share * DAY_TICKS)])


def day_of_due(due: np.ndarray) -> date:
    """The day on which a term ends: its last tick belongs to that day."""
    return CAL.date_of(int(CAL.day_of_workday[(int(due[0]) - 1) // DAY_TICKS]))


@pytest.mark.parametrize(
    ("accepted", "kind", "length", "last_day"),
    [
        # 2025: Spring Festival 28 Jan – 4 Feb off, Sundays 26 Jan and Saturday 8 Feb worked.
        (date(2025, 1, 20), WORKING, 10, date(2025, 2, 8)),
        # 2025: National Day and Mid-Autumn 1 – 8 Oct off, 28 Sep and 11 Oct worked.
        (date(2025, 9, 26), WORKING, 5, date(2025, 10, 10)),
        (date(2025, 9, 26), WORKING, 6, date(2025, 10, 11)),
        # 2024: National Day 1 – 7 Oct off, 29 Sep and 12 Oct worked.
        (date(2024, 9, 27), WORKING, 3, date(2024, 10, 8)),
        # Seven calendar days run through weekends; one that ends in the holiday rolls on.
        (date(2025, 6, 3), CALENDAR, 7, date(2025, 6, 10)),
        (date(2025, 9, 25), CALENDAR, 7, date(2025, 10, 9)),
    ],
)
def test_terms_end_where_a_wall_calendar_says(accepted: date, kind: int, length: int, last_day: date) -> None:
    """The first day is not counted; make-up weekends count as working days; rest days do not."""
    assert day_of_due(CAL.due(tick(accepted), kind=kind, length=length)) == last_day


def test_without_rolling_a_calendar_term_ends_before_the_holiday() -> None:
    """Reading roll=no: 25 Sep 2025 + 7 days is 2 Oct, a holiday; the last working day by then is 30 Sep."""
    due = CAL.due(tick(date(2025, 9, 25)), kind=CALENDAR, length=7, roll=False)

    assert day_of_due(due) == date(2025, 9, 30)


def test_hours_run_through_the_night() -> None:
    """24 hours from Friday 10:00 end on Saturday 10:00: what is not decided on Friday is late."""
    friday = date(2025, 6, 6)
    ten = tick(friday, 1 / 8)

    due = CAL.due(ten, kind=HOURS, length=24)

    assert int(due[0]) == int(CAL.workday_of_day[CAL.day(friday) + 1]) * DAY_TICKS


def test_a_notice_of_seven_days_frees_the_eighth() -> None:
    """Posted on Tuesday 3 June 2025: days 4–10 June; work goes on at the opening of 11 June."""
    entry = CAL.entry_after(tick(date(2025, 6, 3)), kind=CALENDAR, length=7)

    assert int(entry[0]) == int(CAL.workday_of_day[CAL.day(date(2025, 6, 11))]) * DAY_TICKS


def test_a_hand_over_waits_for_the_next_opening() -> None:
    """Handed over on Friday, it enters on Monday morning; even when finished at the last tick of Friday."""
    friday, monday = date(2025, 6, 6), date(2025, 6, 9)
    for share in (0.1, 1.0):
        entry = CAL.entry_after(tick(friday, share), kind=WORKING, length=1)
        assert int(entry[0]) == int(CAL.workday_of_day[CAL.day(monday)]) * DAY_TICKS


def test_years_not_yet_published_are_estimated_and_named() -> None:
    """2027 has no notice of the State Council; a year counts 248 working days (人社部发〔2025〕2号)."""
    first, after = CAL.day(date(2027, 1, 1)), CAL.day(date(2028, 1, 1))

    assert CAL.estimated_from == 2027
    assert abs(int(CAL.workday_of_day[after] - CAL.workday_of_day[first]) - 248) <= 2


def test_a_planner_may_declare_days_off_and_days_worked() -> None:
    """The calendar file of a scenario stands over what is published."""
    off, worked = date(2027, 3, 3), date(2027, 3, 6)
    changed = work_calendar(2027, 2027, frozenset([off]), frozenset([worked]))

    assert not changed.is_workday(off)
    assert changed.is_workday(worked)


def test_minutes_of_the_axis_and_of_the_clock_agree() -> None:
    """Going from the working axis to civil time and back changes nothing."""
    minutes = np.arange(0, 480 * 250, 37, dtype=np.int64) * 65536

    assert np.array_equal(CAL.axis_tick(CAL.civil_minute(minutes)), minutes)


def test_the_axis_and_the_clock_agree_whenever_desks_are_open() -> None:
    """Half past eight to noon and from half past two: the same eight hours, two of them at other times."""
    calendar = work_calendar(2024, 2024, sessions=sessions_of(510, 720, 870))
    opens = calendar.civil_minute(np.array(calendar.tick_of_day(60)))
    minutes = np.arange(0, 480 * 240, 37, dtype=np.int64) * 65536

    assert np.array_equal(calendar.axis_tick(calendar.civil_minute(minutes)), minutes)
    assert opens % 1440 == 510
    assert calendar.axis_tick(opens + 24 * 60) - calendar.axis_tick(opens) == DAY_TICKS


@pytest.mark.parametrize(
    "hours", [(720, 720, 780), (540, 720, 700), (0, 480, 500), (540, 600, 1200), (-1, 700, 780)]
)
def test_hours_of_a_day_follow_each_other(hours: tuple[int, int, int]) -> None:
    """No session is empty or upside down, none holds the whole day's work, none runs into the night."""
    with pytest.raises(ValueError, match="follow each other"):
        sessions_of(*hours)


def test_months_count_over_year_ends() -> None:
    """Month −1 of a plan from 2027 is December 2026."""
    assert month_start(2027, -1) == date(2026, 12, 1)
    assert month_start(2027, 35) == date(2029, 12, 1)

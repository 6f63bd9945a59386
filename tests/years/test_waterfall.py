"""From posts held to posts at work: every day is lost once, under one name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simlib.units import share_parts
from simlib.worktime import DAY_TICKS
from simlib.years.bookkeeping import available
from simlib.years.people.lots import EXISTING
from simlib.years.people.staff import ABSENT, DUTY, UNMANNED
from tests.small import frame, run, scenario, setting
from tests.years.crews import calendar, crew, day
from tests.years.test_identities import FULL

LOST = ["unmanned_milli", "absent_milli", "duty_milli", "ramp_milli"]
NONE = np.empty(0, dtype=np.int64)


def test_posts_held_less_what_is_lost_are_posts_at_work() -> None:
    """Office by office and month by month, exactly; nothing is lost twice, so no loss is negative."""
    case = scenario(FULL)
    posts = frame(run(setting(replace(case, future=replace(case.future, campaign_months=(3,))))), "workforce")

    assert (posts["filled_milli"] - posts[LOST].sum(axis=1)).tolist() == posts["effective_milli"].tolist()
    assert (posts[LOST] >= 0).all(axis=None)
    assert (posts[["absent_milli", "duty_milli", "ramp_milli"]].sum() > 0).all()


def test_days_held_less_days_away_are_the_time_at_the_desks() -> None:
    """Counted by cause and counted from the desks' own absences, in every month with people coming and going.

    Nobody is trained before the post here, so whoever is held is at the desk or away.
    """
    workforce = crew(
        30, payroll=2, contract=2, payroll_share=0.7, days_away=24.8, quits_per_year=1.0, training_days=0
    )
    workforce.cover(0, 30, EXISTING, provider=1, missed_share=share_parts(0.2))
    away = np.zeros(3, dtype=np.int64)
    for month in range(1, 12):
        first, last = day(2025, month), day(2025, month + 1)
        workforce.env.run(until=last)
        roster, absences = workforce.roster(first, last, {}, NONE)
        start, end = (calendar().tick_of_day(at) for at in (first, last))
        time = available(roster, absences, start=start, end=end)
        count = workforce.days_away().count
        held = workforce.workdays_held(first, last)

        assert held.sum() * DAY_TICKS - count.sum() * DAY_TICKS == time.sum()
        away = away + count.sum(axis=(1, 2))
    assert all(away[cause] > 0 for cause in (UNMANNED, ABSENT, DUTY))

"""Workforces without desks, caseload or money: many offices, known rates, one environment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from simlib.chance import Luck, in_replication
from simlib.dated import Range
from simlib.worktime import Calendar, work_calendar
from simlib.years.people.posts import Terms
from simlib.years.people.tenure import WorkforceRates
from simlib.years.people.workforce import Workforce

FIRST_YEAR, LAST_YEAR = 2024, 2040
START = date(2025, 1, 1)

CALM = WorkforceRates(
    months_to_fill=Range(0.01, 0.01, 0.01),
    provider_weeks=Range(2, 4, 8),
    round_months=(4, 10),
    round_lag_months=Range(3, 5, 8),
    training_days=0,
    learning_months=0.0,
    learning_speed=1.0,
    quits_per_year=0.0,
    payroll_quits_per_year=0.0,
    appraisal_fail_share=0.0,
    term_fail_share=0.0,
    term_leave_share=0.0,
    existing_term_years=3,
    days_away=0.0,
    workdays_per_year=248,
    individual_share=0.0,
    duty_block_days=2,
    campaign_share=0.0,
)
"""Nobody leaves, is away or has to learn; vacancies are filled the next day."""


@cache
def calendar() -> Calendar:
    """The working calendar of the crews."""
    return work_calendar(FIRST_YEAR, LAST_YEAR)


def day(year: int, month: int = 1, of_month: int = 1) -> int:
    """The civil day of a date."""
    return calendar().day(date(year, month, of_month))


def crew(
    offices: int = 1,
    *,
    payroll: int = 0,
    contract: int = 0,
    payroll_share: float = 1.0,
    term_years: int = 3,
    is_appraised: bool = True,
    rollout: tuple[int, ...] = (),
    start: date = START,
    plan: date = START,
    replication: int = 0,
    **rates: Any,
) -> Workforce:
    """A workforce of so many equal offices that opens on `start`; `rates` differ from CALM."""
    codes = in_replication(np.arange(offices, dtype=np.int64) + 110_000_000, replication)
    whole = np.full(offices, 1, dtype=np.int64)
    return Workforce(
        simpy.Environment(initial_time=calendar().day(start)),
        Luck(7, 0),
        replace(CALM, **rates),
        calendar(),
        offices=codes,
        payroll=whole * payroll,
        payroll_share=np.full(offices, payroll_share),
        contract=whole * contract,
        closed={},
        townships=np.arange(offices),
        named=np.empty(0, dtype=np.int64),
        campaign_months=(),
        terms=Terms(calendar().day(plan), term_years, is_appraised, rollout),
    )


def posts(offices: int, each: int) -> NDArray[np.int64]:
    """The same number of posts for each office."""
    return np.full(offices, each, dtype=np.int64)

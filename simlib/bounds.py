"""Where a number that a law or a person could change may lie and still mean something."""

from __future__ import annotations

from simlib.units import MONTHS_PER_YEAR

_TREND = "trend."
"""How keys begin whose numbers may be below 0: a trend falls or rises."""
_PERIOD, _OF_THE_YEAR = (1, 1200), (1, MONTHS_PER_YEAR)
_TERM, _WHOLE_UNITS = "clocks.", ("day", "working_day", "hour")
"""How keys of legal terms begin, and the units in which a term is a whole number."""
RANGES_OF_KEYS: dict[str, tuple[float, float]] = {
    "allowance.category": (0, 0.99),
    "budget.control_month": (3, MONTHS_PER_YEAR),
    "budget.first_submission_month": (2, 10),
    "budget.last_payment_day": (1, 31),
    "budget.months_before_vote": (0, 5),
    "budget.rest_month": _OF_THE_YEAR,
    "budget.second_submission_month": (3, MONTHS_PER_YEAR),
    "budget.true_up_month": (2, MONTHS_PER_YEAR),
    "clocks.dibao.data_comparison_months": _PERIOD,
    "clocks.dibao.rereview_changing_months": _PERIOD,
    "clocks.dibao.rereview_stable_months": _PERIOD,
    "clocks.marginal.validity_months": _PERIOD,
    "clocks.rigid.validity_months": _PERIOD,
    "clocks.tekun.rereview_months": _PERIOD,
    "clocks.visits.general_months": _PERIOD,
    "clocks.visits.high_risk_days": _PERIOD,
    "clocks.visits.key_months": _PERIOD,
    "clocks.work.year_working_days": (1, 366),
    "payment.list_day": (1, 31),
    "procurement.bidders": (1, 100),
    "procurement.providers": (1, 1000),
    "procurement.supervision_months": (1, 120),
    "ramp.speed": (0.01, 100),
    "recruitment.payroll_first_month": _OF_THE_YEAR,
    "recruitment.payroll_rounds_per_year": _OF_THE_YEAR,
    "season.from_month": _OF_THE_YEAR,
    "season.months": (0, MONTHS_PER_YEAR),
    "standard.rise_month": _OF_THE_YEAR,
    "term.existing_years": (1, 10),
    "services.at_work_share": (0.01, 1),
    "services.helper_hours.hardship": (0, 200),
    "services.helper_hours.sixty": (0, 200),
    "services.helpers.hardship": (0, 1000),
    "services.helpers.sixty": (0, 1000),
    "services.households_per_worker": (1, 1e6),
    "services.provider_speed": (0.01, 100),
    "trip.households": (1, 1000),
}
"""Where a value may lie that others are divided by, or that is a month or a day."""
PERIOD_KEYS = frozenset(key for key in RANGES_OF_KEYS if key.startswith("clocks."))
"""Periods of law that a run reads beside the terms of its routes."""
MOST_OF_UNIT: dict[str, float] = {
    "share": 1,
    "minute": 3000,
    "hour": 10_000,
    "day": 366,
    "working_day": 250,
    "week": 520,
    "month": 120,
    "year": 100,
    "1/year": 60,
    "1/household-year": 100,
    "factor": 100,
    "multiple": 100,
}
"""What no value of a unit can exceed and still mean something; of other units a thousand million."""
_MOST = 1e9
_MOST_OF_SERVICES: dict[str, float] = {"services.minutes.": 6000, "services.times_a_year.": 366}
"""A round of care may take days, a meal comes daily: how such keys begin, and what none of them exceeds."""


def bounds_of(key: str, unit: str) -> tuple[float, float]:
    """Least and most of a value: its own where it has them, else by its unit; only trends fall below 0.

    >>> bounds_of("share.home_visit", "share"), bounds_of("trend.need_per_year", "share")
    ((0.0, 1.0), (-1.0, 1.0))
    """
    if key in RANGES_OF_KEYS:
        return RANGES_OF_KEYS[key]
    most = next((most for begins, most in _MOST_OF_SERVICES.items() if key.startswith(begins)), None)
    least = -1.0 if key.startswith(_TREND) else 0.0
    return least, float(MOST_OF_UNIT.get(unit, _MOST) if most is None else most)


def is_whole(key: str, unit: str) -> bool:
    """Whether a value is a legal term, which is a whole number.

    >>> is_whole("clocks.dibao.notice_days", "day"), is_whole("lag.check_reply", "working_day")
    (True, False)
    """
    return key.startswith(_TERM) and unit in _WHOLE_UNITS

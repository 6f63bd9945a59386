"""The list of payments closes on a day of the month: what is decided later is paid a month later."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from tests.small import frame, run, scenario, setting


def books(**future: Any) -> pd.DataFrame:
    """The caseload of two years."""
    return frame(run(setting(scenario(None, years=2, **future))), "caseload")


@pytest.mark.parametrize(
    ("decided", "list_day", "paid"),
    [
        (date(2027, 3, 20), 20, 3),  # 0 = January 2027: in time for April
        (date(2027, 3, 21), 20, 4),
        (date(2027, 3, 1), 20, 3),
        (date(2027, 12, 31), 20, 13),  # over the end of the year: February
        (date(2027, 12, 20), 20, 12),
        (date(2028, 2, 29), 28, 15),  # the last day of February in a leap year
        (date(2028, 2, 29), 31, 14),  # a list that never closes early: the month after, always
        (date(2026, 12, 21), 20, 1),
    ],
)
def test_payment_begins_with_the_first_list_that_is_still_open(
    decided: date, list_day: int, paid: int
) -> None:
    """57号 art. 21: from the month after the decision; the list is closed on a local day of each month."""
    ready = setting(scenario(None, years=2, payment__list_day=list_day))

    assert int(ready.paid_month_of_day[ready.calendar.day(decided)]) == paid


def test_an_early_list_costs_families_months_and_no_desk_is_late_for_it() -> None:
    """It is part of the procedure: the shadow that never queues has it too."""
    early, open_to_the_end = (books(payment__list_day=day) for day in (1, 31))
    more = early[["excluded_months", "excluded_unknown", "excluded_route"]].sum()
    less = open_to_the_end[["excluded_months", "excluded_unknown", "excluded_route"]].sum()
    late = [
        each["excluded_months"] - each["excluded_unknown"] - each["excluded_route"] for each in (more, less)
    ]

    assert more["excluded_route"] - less["excluded_route"] > 0.5 * early["entered"].sum()
    assert abs(late[0] - late[1]) < 0.2 * (more["excluded_route"] - less["excluded_route"])


@pytest.mark.parametrize("day", [1, 20, 31])
def test_households_are_conserved_whatever_the_day(day: int) -> None:
    """Supported at the end = supported before + entered (paid from the month after) − left, by programme."""
    table = books(payment__list_day=day)
    total = table.groupby(["area_code", "programme", "month"])[["households", "entered", "left"]].sum()
    for _, rows in total.groupby(level=[0, 1]):
        moved = rows["households"].diff().iloc[1:].tolist()
        assert moved == (rows["entered"].shift(1) - rows["left"]).iloc[1:].tolist()

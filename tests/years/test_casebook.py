"""Terms as counts by month: told again from every single case and decision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simlib.desks.trace import NO_CLOCK, Outcome
from simlib.scenario import Policy
from simlib.years.cases.requests import Span
from simlib.years.recorder import Month
from simlib.years.replication import Run
from tests.small import COUNTY, batch, place, scenario, setting, with_bureau, with_towns

COUNTS = (
    *("falling_due", "on_time", "open_end", "overdue_open"),
    *("reviews_due", "reviews_on_time", "reviews_overdue"),
)


class Kept(Run):
    """A run that keeps every case it takes in, when each was decided, and what it counted each month."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self.due: dict[int, tuple[int, bool]] = {}
        self.decided: dict[int, int] = {}
        self.told: list[tuple[int, int, dict[str, int]]] = []
        super().__init__(*given, **named)

    def _apply(self, month: Month, span: Span) -> None:
        super()._apply(month, span)
        new, legal = month.new, self.clocks.legal_routes[month.new.route]
        followed = (new.due != NO_CLOCK) | (new.outcome == Outcome.WITHDRAWN)
        for row in np.flatnonzero(followed).tolist():
            self.due[int(new.id[row])] = int(new.due[row]), bool(legal[row])
        for case, finish in zip(month.decided.id.tolist(), month.finish.tolist(), strict=True):
            self.decided.setdefault(case, finish)
        self.told.append((month.start, month.end, {name: int(month.clocks[name].sum()) for name in COUNTS}))


def expected(run: Kept, start: int, end: int) -> dict[str, int]:
    """What a month must count, from every case that had come by its end."""
    counts = dict.fromkeys(COUNTS, 0)
    for case, (due, legal) in run.due.items():
        decided = run.decided.get(case)
        is_open = decided is None or decided > end
        counts["open_end"] += is_open
        if due == NO_CLOCK:
            continue
        names = ("falling_due", "on_time", "overdue_open") if legal else COUNTS[4:]
        falls = start < due <= end
        counts[names[0]] += falls
        counts[names[1]] += falls and decided is not None and decided <= due
        counts[names[2]] += is_open and due <= end
    return counts


@pytest.mark.parametrize("duty", ["next_opening", "on_call"])
def test_terms_are_counted_as_every_single_case_tells(duty: str) -> None:
    """Late ones, settled at once on duty, withdrawn, still open: from the run-up into the plan."""
    crowded = with_bureau(with_towns(place(), posts_payroll=3), posts_payroll=1)
    ready = setting(scenario(Policy(duty=duty), opening=4), crowded)
    before = Kept(ready, ready.side_by_side(batch(COUNTY)), None, engine="compiled")
    for month in range(-4, 0):
        before.month(month)
        assert before.told[-1][2] == expected(before, *before.told[-1][:2])
    plan = Kept(ready, ready.side_by_side(batch(COUNTY)), before.snapshot(), engine="compiled")
    plan.due, plan.decided = before.due, before.decided
    for month in range(8):
        plan.month(month)
        assert plan.told[-1][2] == expected(plan, *plan.told[-1][:2])

    sums = {name: sum(told[name] for _, _, told in plan.told) for name in COUNTS}
    assert 0 < sums["on_time"] < sums["falling_due"]
    assert min(sums.values()) > 0

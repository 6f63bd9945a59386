"""Terms of single steps: the county's opinion in ten working days, a refusal told in three."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simlib.worktime import DAY_TICKS
from simlib.years.cases.requests import Span
from simlib.years.cases.stepterms import StepTerms
from simlib.years.recorder import Month
from simlib.years.replication import Run
from tests.small import COUNTY, batch, frame, place, run, scenario, setting, with_bureau, with_towns

OPINION = "clocks.dibao.county_working_days"


class Kept(Run):
    """A run that keeps every opinion of the county on a file that came to it for the first time."""

    def __init__(self, *given, **named) -> None:
        self.opinions: dict[int, tuple[int, int, int]] = {}
        super().__init__(*given, **named)

    def _apply(self, month: Month, span: Span) -> None:
        super()._apply(month, span)
        activity = self.setting.procedures.activities["county_review"].number
        timed = [self.setting.procedures.routes[name].number for name in ("dibao_application", "remote_in")]
        cases = self.casebook.rows
        route_of = dict(zip(cases.id.tolist(), cases.route.tolist(), strict=True))
        area_of = dict(zip(cases.id.tolist(), cases.area.tolist(), strict=True))
        done = month.done.services
        for row in np.flatnonzero(done.activity == activity).tolist():
            case = int(done.case[row])
            if route_of[case] in timed and case not in self.opinions:
                self.opinions[case] = area_of[case], int(done.entry[row]), int(done.finish[row])

    def still_waiting(self) -> list[tuple[int, int]]:
        """Entry of each file that waits for its first opinion, and its township."""
        activity = self.setting.procedures.activities["county_review"].number
        timed = [self.setting.procedures.routes[name].number for name in ("dibao_application", "remote_in")]
        (steps, work), cases = self.docket.open_work(), self.casebook.rows
        first = np.searchsorted(steps.case, work.case)
        at = steps.activity[first + work.step] == activity
        found = []
        for case, entry in zip(work.case[at].tolist(), work.entry[at].tolist(), strict=True):
            row = int(self.casebook.find(np.array([case]))[0])
            if cases.route[row] in timed and case not in self.opinions:
                found.append((int(cases.area[row]), entry))
        return found


@pytest.fixture(scope="module")
def short() -> Kept:
    """A year whose bureau has one clerk, so that files lie."""
    bureau = with_bureau(with_towns(place(), posts_payroll=10), posts_payroll=1)
    ready = setting(scenario(opening=3, minutes__county_review=600), bureau)
    before = Kept(ready, ready.side_by_side(batch(COUNTY)), None, engine="compiled")
    for month in range(-3, 0):
        before.month(month)
    plan = Kept(ready, ready.side_by_side(batch(COUNTY)), before.snapshot(), engine="compiled")
    plan.opinions = before.opinions
    for month in range(12):
        plan.month(month)
    return plan


def test_every_opinion_is_counted_once_in_the_year_that_settles_it(short: Kept) -> None:
    """Done in time, or its last day gone by: told again from every single service and what still waits."""
    table = frame(short.tables(), "step_terms")
    told = table[table["term"] == OPINION].set_index("office")[["due", "in_time"]]
    start, end = (short.calendar.tick_of_day(short._span(month).first) for month in (0, 12))
    towns = [short.counties.offices[at] for at in short.counties.area_office]
    expected = pd.DataFrame(0, index=pd.Index(towns, name="office"), columns=["due", "in_time"])
    for area, entry, finish in short.opinions.values():
        due = (entry // DAY_TICKS + 10 + 1) * DAY_TICKS
        expected.loc[towns[area], "due"] += start < min(finish, due) <= end
        expected.loc[towns[area], "in_time"] += finish <= due and start < finish <= end
    for area, entry in short.still_waiting():
        expected.loc[towns[area], "due"] += start < (entry // DAY_TICKS + 10 + 1) * DAY_TICKS <= end

    assert 0 < told["in_time"].sum() < told["due"].sum()
    assert told.astype("int64").equals(expected[expected["due"] > 0].astype("int64"))


def test_every_term_of_a_step_in_the_route_files_is_told() -> None:
    """Under ample staff all of them come up in two years, and nearly all are kept."""
    ample = with_bureau(
        with_towns(place(), posts_payroll=20, assistance_share=1.0), posts_payroll=20, posts_verification=10
    )
    ready = setting(scenario(years=2, opening=6, share__notice_objection=1), ample)
    table = frame(run(ready), "step_terms").groupby("term")[["due", "in_time"]].sum()
    known = {step.within for route in ready.procedures.routes.values() for step in route.steps}

    assert set(table.index) == known - {""}
    assert (table["in_time"] >= 0.95 * table["due"]).all()


def test_only_the_first_of_two_steps_alike_has_the_term() -> None:
    """A returned file is reviewed a second time; article 20 times the first opinion alone."""
    ready = setting(scenario())
    route = ready.procedures.routes["dibao_application"]
    names = [step.activity.id if step.activity else "" for step in route.steps]
    reviews = [at for at, name in enumerate(names) if name == "county_review"]
    terms = StepTerms(ready.procedures, ready.norms)
    with_term = [bool(route.steps[at].within) for at in reviews]

    assert with_term == [True, False]
    assert OPINION in terms.keys

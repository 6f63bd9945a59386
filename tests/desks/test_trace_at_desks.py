"""A month of all routes at the desks: what the trace lays down is what the engines carry out."""

from __future__ import annotations

import numpy as np
import pytest

from simlib.desks.network import Absences, Kind, MonthDone, Roster, first_entries
from simlib.desks.trace import NO_CLOCK, NOT_SETTLED, TraceMaker
from simlib.units import SHARE_ONE
from simlib.worktime import DAY_TICKS
from tests.desks.networks import FOREVER, Engine
from tests.desks.traces import CAL, COUNTY_TOWNS, MONDAY, decided, everything, maker

BUREAU = np.repeat([5, 10], np.array(COUNTY_TOWNS) + 2)
EACH = 60
"""Payroll workers in every office: nobody ever waits for long."""


def worked_off(engine: Engine, trace: TraceMaker, count: int) -> tuple[MonthDone, np.ndarray, np.ndarray]:
    """The year's services of some matters of every route, and each case's id and due tick."""
    cases, steps = trace.month(everything(count))
    office = np.repeat(np.arange(len(BUREAU)), EACH)
    ids = np.arange(len(office), dtype=np.int64)
    same = np.zeros_like(ids)
    start = MONDAY // DAY_TICKS * DAY_TICKS - DAY_TICKS
    roster = Roster(
        ids, office, same + int(Kind.PAYROLL), same, same + FOREVER, same + SHARE_ONE, same + start
    )
    firsts = np.flatnonzero(np.diff(steps.case, prepend=-1))
    done = engine(
        steps,
        first_entries(cases.id, cases.entry, steps.office[firsts]),
        roster,
        Absences.empty(),
        calendar=CAL,
        bureau=BUREAU,
        start=start,
        end=start + 200 * DAY_TICKS,
    )
    rows = done.services.pick(np.lexsort((done.services.part, done.services.step, done.services.case)))
    at_desk = cases.settled == NOT_SETTLED
    order = np.searchsorted(cases.id, rows.case)
    deciding = (rows.step == cases.deciding_step[order]) & (rows.part == 0) & at_desk[order]

    assert len(done.work) == 0
    assert len(rows) == int(steps.people.sum())
    assert rows.case[deciding].tolist() == cases.id[at_desk].tolist()
    return done, rows.finish[deciding], cases.due[at_desk]


def test_every_case_goes_through_all_its_steps_and_is_decided(engine: Engine) -> None:
    """Not one is lost between the routes and the desks; a visit is two services."""
    worked_off(engine, maker(), 12)


def test_with_ample_people_every_term_is_kept(engine: Engine) -> None:
    """A reply of ten working days and a notice of seven days fit into every legal term."""
    _, finish, due = worked_off(engine, maker(decided({"share.home_visit_application": 1.0})), 12)
    clocked = due != NO_CLOCK

    assert clocked.any()
    assert (finish[clocked] <= due[clocked]).all()


def test_the_county_gets_the_file_after_the_seven_days_of_notice(engine: Engine) -> None:
    """Opinion on day d, the county's desk no sooner than the first opening after seven full days."""
    trace = maker(decided({"share.home_visit_application": 1.0}))
    done, *_ = worked_off(engine, trace, 8)
    names = trace.procedures.activities
    services, route = done.services, trace.procedures.routes["rigid_application"]
    cases, _ = trace.month(everything(8))
    mine = np.isin(services.case, cases.id[cases.route == route.number])

    def by_case(activity: str, column: np.ndarray) -> np.ndarray:
        rows = np.flatnonzero(mine & (services.activity == names[activity].number))
        return column[rows[np.argsort(services.case[rows])]]

    opinion = CAL.day_of_workday[(by_case("first_opinion", services.finish) - 1) // DAY_TICKS]
    review = CAL.day_of_workday[by_case("county_review", services.entry) // DAY_TICKS]

    assert len(review) == 8
    assert ((review - opinion) >= 8).all()
    assert ((review - opinion) <= 11).all()


@pytest.mark.parametrize("levers", [("delegated",), ("on_call",)])
def test_the_desks_carry_out_every_lever(engine: Engine, levers: tuple[str, ...]) -> None:
    """Delegated decisions and duty rosters change the path, never leave it open."""
    worked_off(engine, maker(levers=levers), 6)

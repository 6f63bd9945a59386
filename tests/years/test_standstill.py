"""Terms that stand still under a local rule: a calendar on the wall says when each case was due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simlib.desks.casefile import CaseFile, case_file
from simlib.desks.network import Services
from simlib.desks.trace import NO_CLOCK, Matters
from simlib.policy.statutes import Law, load_law
from simlib.scenario import Policy
from simlib.units import MONTHS_PER_YEAR
from simlib.worktime import DAY_TICKS
from simlib.years.county import Batch
from simlib.years.records import SCHEMAS
from simlib.years.replication import Run
from simlib.years.setting import Setting, prepare
from tests.policy.lawfiles import write_local_rule
from tests.small import COUNTY, ENGINE, frame, place, run, scenario, with_towns

NOTICE, REPLY, PAPERS, OPINION = (
    *("clocks.dibao.notice_days", "lag.check_reply"),
    *("papers_completed", "first_opinion"),
)
DIBAO = "dibao_application"
EXPECTED_DIFFERENT = {"falling_due", "on_time", "overdue_open"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where rules are written."""
    return tmp_path_factory.mktemp("rules")


def law_with(folder: Path, *stops: str, route: str = DIBAO) -> Law:
    """The package's law with a local rule that these stop the clock of a route."""
    return load_law(
        [write_local_rule(folder, f"{{route: {route}, article: 12, stops: [{', '.join(stops)}]}}")]
    )


def ready(law: Law | None, **policy: str) -> Setting:
    """Few clerks, many files sent back, so steps at desks stretch over months; with a rule or without."""
    home = with_towns(place(), posts_payroll=1)
    case = scenario(
        Policy(local_rule="ours" if law else "none", **policy),  # type: ignore[arg-type]
        opening=3,
        share__file_returned=0.5,
        share__hard_cases=0.0,
    )
    return prepare(case, law=law or package(), place=home)


@cache
def package() -> Law:
    """The law without a rule."""
    return load_law()


def decided(setting: Setting) -> Iterator[tuple[CaseFile, date, date, date]]:
    """Each dibao case of a run: its file, the day it came, was first due, and was due in the end."""
    counties = setting.side_by_side(Batch(range(1), (COUNTY,)))
    number = setting.procedures.routes[DIBAO].number
    first: dict[int, int] = {}
    done: list[Services] = []
    with Run(setting, counties, None, engine=ENGINE) as opening:
        for month in range(-3, 0):
            opening.month(month)
        snapshot = opening.snapshot()
    with Run(setting, counties, snapshot, engine=ENGINE) as plan:
        for month in range(MONTHS_PER_YEAR):
            ended = plan.month(month)
            done.append(ended.done.services)
            first |= dict(zip(ended.new.id.tolist(), ended.new.due.tolist(), strict=True))
            services = Services.join(done)
            for row in np.flatnonzero((ended.decided.route == number) & (ended.decided.due != NO_CLOCK)):
                case = ended.decided.pick(np.array([row]))
                name = int(case.id[0])
                if name not in first:
                    continue
                matter = Matters(
                    *(case.route, case.area, case.household, case.matter, case.accepted, case.ineligible)
                )
                file = case_file(plan.maker, matter, services.pick(services.case == name))
                days = (int(case.accepted[0]) // DAY_TICKS, first[name] // DAY_TICKS - 1)
                last = int(case.due[0]) // DAY_TICKS - 1
                came, due, moved = (
                    setting.calendar.date_of(int(setting.calendar.day_of_workday[at])) for at in (*days, last)
                )
                yield file, came, due, moved


def working_days(setting: Setting, after: date, through: date) -> int:
    """Working days after a day, through another, one by one."""
    days = ((after + timedelta(days=n + 1)) for n in range((through - after).days))
    return sum(setting.calendar.is_workday(day) for day in days)


def later(setting: Setting, day: date, count: int) -> date:
    """So many working days later."""
    while count:
        day += timedelta(days=1)
        count -= setting.calendar.is_workday(day)
    return day


def reckoned(setting: Setting, file: CaseFile, came: date, due: date, stops: tuple[str, ...]) -> date:
    """The due day by hand: first due day, moved on stop by stop in their order."""
    before = came
    for line in file.lines:
        assert line.came is not None
        assert line.finished is not None
        if line.waited_for is not None and line.waited_for.wait in stops and before <= due:
            wait = line.wait if line.waited_for.wait == REPLY else 0
            among = working_days(setting, before, before + timedelta(days=7))
            due = later(setting, due, wait or among)
        if line.step.activity is not None and line.step.activity.id in stops and before <= due:
            due = later(setting, due, working_days(setting, before, line.finished.date()))
        before = line.finished.date()
        if line.step.decides:
            break
    return due


@pytest.mark.parametrize(
    "stops",
    [(NOTICE,), (REPLY,), (PAPERS,), (OPINION,), (NOTICE, REPLY, PAPERS)],
    ids=lambda stops: "-".join(each.rsplit(".", 1)[-1] for each in stops),
)
def test_every_case_is_due_when_a_wall_calendar_says(folder: Path, stops: tuple[str, ...]) -> None:
    """What stops is counted day by day from what happened; nothing revives a term that has run out."""
    setting = ready(law_with(folder, *stops))
    moved, never_moved = 0, 0
    for file, came, due, last in decided(setting):
        assert reckoned(setting, file, came, due, stops) == last
        assert file.due is not None
        assert file.due.date() == last
        moved, never_moved = moved + (last > due), never_moved + (last == due)

    assert moved > 20
    assert (never_moved > 20) or stops == (NOTICE, REPLY, PAPERS) or stops == (REPLY,)


@cache
def tables(
    stops: tuple[str, ...], folder: Path, route: str = DIBAO, **policy: str
) -> dict[str, pd.DataFrame]:
    """A year under a rule; without stops: none."""
    setting = ready(law_with(folder, *stops, route=route) if stops else None, **policy)
    found = run(setting)
    return {name: frame(found, name) for name in SCHEMAS}


def test_a_stop_moves_due_days_and_nothing_else(folder: Path) -> None:
    """Who comes, what is done, who is paid: all as without the rule; only what counts as in time differs."""
    plain, stopped = tables((), folder), tables((NOTICE, REPLY), folder)
    same = [name for name in SCHEMAS["desk_work"].names if name not in EXPECTED_DIFFERENT]

    assert stopped["desk_work"][same].equals(plain["desk_work"][same])
    assert not stopped["desk_work"].equals(plain["desk_work"])
    for name in set(SCHEMAS) - {"desk_work"}:
        assert stopped[name].equals(plain[name]), name


def test_a_stop_makes_more_cases_timely_and_loses_none(folder: Path) -> None:
    """Each case falls due once, in one month or another."""
    plain, stopped = (tables(stops, folder)["desk_work"] for stops in ((), (NOTICE, REPLY)))
    late = [
        1 - table["on_time"].sum() / table["falling_due"].sum()
        for table in (plain[plain["month"] > 2], stopped[stopped["month"] > 2])
    ]
    open_end = [int(table[table["month"] == 11]["open_end"].sum()) for table in (plain, stopped)]

    assert late[1] < late[0]
    assert open_end[0] == open_end[1]
    assert (stopped["on_time"] >= 0).all()
    assert (stopped["falling_due"] >= stopped["on_time"]).all()


def test_a_rule_that_stops_nothing_changes_nothing(folder: Path) -> None:
    """What has no term, and what comes after the decision, has nothing to stop."""
    plain = tables((), folder)
    other = tables(("withdrawal", "notification"), folder)

    assert all(other[name].equals(plain[name]) for name in SCHEMAS)


def test_both_engines_stop_alike(folder: Path) -> None:
    """What is open at a month's end is read from either."""
    setting = ready(law_with(folder, OPINION, NOTICE))
    compiled, reference = (run(setting, engine=engine) for engine in ("compiled", "reference"))

    assert all(compiled[name].equals(reference[name]) for name in SCHEMAS)

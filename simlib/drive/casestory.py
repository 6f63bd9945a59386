"""One family's matter, told step by step: its county is simulated again, and the case is followed through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from simlib.desks.casefile import CaseFile, case_file, moment
from simlib.desks.engines import default_engine
from simlib.desks.network import Services, Whole
from simlib.desks.trace import NO_CLOCK, Cases, Matters, Outcome, case_id
from simlib.drive.workspace import law_paths, workspace_of
from simlib.errors import Problem, ScenarioError
from simlib.policy.statutes import load_law
from simlib.results.experiment import ExperimentResults
from simlib.units import MONTHS_PER_YEAR
from simlib.worktime import DAY_TICKS, Calendar
from simlib.years.county import Batch, Counties
from simlib.years.recorder import Month
from simlib.years.replication import Run
from simlib.years.setting import Setting, prepare

CASE = re.compile(r"(\d{9})-(\d+)-(\d+)")
"""How a case is named: township, household, matter."""

OPEN = "open"
"""The outcome of a case that is still open when the plan ends."""

Dates = tuple[date, date | None, date]


@dataclass(frozen=True, slots=True)
class Story:
    """A case's file and the names of the offices it went through, by their number."""

    file: CaseFile
    offices: tuple[str, ...]


def law_of_run(results: ExperimentResults, extra: list[str]) -> tuple[Path, ...]:
    """Folders of law a stored run is read by: those kept with it, or the workspace's and those named."""
    return law_paths(workspace_of(results.folder), extra) if extra else results.law_folders()


def setting_of_cell(experiment: ExperimentResults, cell: str, law_paths: tuple[Path, ...] = ()) -> Setting:
    """The setting a stored cell was simulated in.

    Raises ScenarioError where law, place or code have changed since, so that another story would be told.
    """
    changed = ScenarioError(Problem("trace_changed", values={"cell": cell}))
    try:
        scenario = experiment.scenario(cell)
    except KeyError:  # a lever that came after the run
        raise changed from None
    setting = prepare(scenario, law=load_law(law_paths), place=experiment.place)
    stored = next(item.hash for item in experiment.cells() if item.id == cell)
    if setting.hash != stored:
        raise changed
    return setting


def case_list(setting: Setting, county: str, replication: int) -> pd.DataFrame:
    """Every case of a county decided in the plan or open at its end: late ones, others, those without a term.

    The longest waits come first in each.

    Columns: case, area (name), route, came, due, decided (dates; nothing while it is open), days (whole
    working days, so far where it is open), on_time (nothing where no term counts or none has ended), outcome
    (granted, refused, withdrawn, open).
    """
    parts, settled = [], list[Whole]()
    by_hour: dict[int, CaseFile] = {}
    for counties, number, month, run in _months(setting, county, replication):
        by_hour |= _by_hour(run, month.new)
        settled.append(month.decided.id)
        if number >= 0:
            parts.append(_rows(setting, counties, month.decided, month.finish, by_hour))
    cases = run.casebook.rows
    cases = cases.pick(~np.isin(cases.id, np.concatenate(settled)))
    waiting = _rows(setting, counties, cases, np.full(len(cases), month.end), by_hour)
    is_late = waiting["on_time"].eq(False).fillna(False)
    waiting = waiting.assign(decided=None, outcome=OPEN, on_time=waiting["on_time"].where(is_late))
    table = pd.concat([*parts, waiting], ignore_index=True)
    table["kind"] = table["on_time"].map({False: 0, True: 1}).fillna(2)
    order = table.sort_values(["kind", "days", "case"], ascending=[True, False, True], ignore_index=True)
    return order.drop(columns="kind")


def _by_hour(run: Run, new: Cases) -> dict[int, CaseFile]:
    """The month's new cases that come by day and night, by id: working time cannot tell their dates."""
    come = run.matters.pick(np.argsort(case_id(run.matters.area, run.matters.household, run.matters.matter)))
    rows = np.flatnonzero(run.maker.terms.in_hours[come.route])
    return {
        int(new.id[row]): case_file(run.maker, come.pick(rows[at : at + 1])) for at, row in enumerate(rows)
    }


def _dates(
    cases: Cases, finish: Whole, calendar: Calendar, by_hour: Mapping[int, CaseFile]
) -> Iterator[Dates]:
    """When each case came, was due (None without a term) and was decided."""
    for row, name in enumerate(cases.id.tolist()):
        file, ended = by_hour.get(name), moment(calendar, int(finish[row]), is_end=True).date()
        if file is not None:
            settled = file.settled.date() if file.settled else ended
            yield file.came.date(), file.due.date() if file.due else None, settled
            continue
        due = int(cases.due[row])
        last = None if due == NO_CLOCK else moment(calendar, due, is_end=True).date()
        yield moment(calendar, int(cases.accepted[row])).date(), last, ended


def _rows(
    setting: Setting, counties: Counties, cases: Cases, finish: Whole, by_hour: Mapping[int, CaseFile]
) -> pd.DataFrame:
    codes = [counties.offices[at] for at in counties.area_office]
    names = counties.members[0].townships["area"].tolist()
    routes = list(setting.procedures.routes)
    dates = list(_dates(cases, finish, setting.calendar, by_hour))
    return pd.DataFrame(
        {
            "case": [
                f"{codes[area]}-{household}-{matter}"
                for area, household, matter in zip(
                    cases.area.tolist(), cases.household.tolist(), cases.matter.tolist(), strict=True
                )
            ],
            "area": [names[area] for area in cases.area.tolist()],
            "route": [routes[at] for at in cases.route.tolist()],
            "came": [came for came, _, _ in dates],
            "due": [due for _, due, _ in dates],
            "decided": [decided for _, _, decided in dates],
            "days": np.maximum((finish - 1) // DAY_TICKS - cases.accepted // DAY_TICKS, 0),
            "on_time": pd.arrays.BooleanArray(finish <= cases.due, cases.due == NO_CLOCK),
            "outcome": [Outcome(outcome).name.lower() for outcome in cases.outcome.tolist()],
        }
    )


def case_story(setting: Setting, case: str, replication: int) -> Story:
    """The file of one case as it went in a replication.

    Raises ScenarioError for a name that is none, a township of another place, or a case that never came.
    """
    named = CASE.fullmatch(case)
    if named is None:
        raise ScenarioError(Problem("trace_name", values={"found": case}))
    area_code, household, matter = named[1], int(named[2]), int(named[3])
    county = next((code for code, each in setting.counties.items() if area_code in each.offices), None)
    if county is None:
        raise ScenarioError(Problem("trace_area", values={"found": area_code}))
    found, wanted = Matters.empty(), -1
    parts: list[Services] = []
    for counties, _, month, run in _months(setting, county, replication):
        area = counties.members[0].offices.index(area_code)
        if wanted < 0:
            found = _of_address(run.matters, area, household, matter)
            new = _of_address(month.new, area, household, matter)
            wanted = int(new.id[0]) if len(new) else -1
        services = month.done.services
        parts.append(services.pick(services.case == wanted))
        if wanted >= 0 and wanted not in run.docket.open_cases():
            break
    if wanted < 0:
        raise ScenarioError(Problem("trace_absent", values={"found": case}))
    return Story(case_file(run.maker, found, Services.join(parts)), counties.offices)


Addressed = TypeVar("Addressed", Matters, Cases)


def _of_address(rows: Addressed, area: int, household: int, matter: int) -> Addressed:
    return rows.pick((rows.area == area) & (rows.household == household) & (rows.matter == matter))


def _months(setting: Setting, county: str, replication: int) -> Iterator[tuple[Counties, int, Month, Run]]:
    """A county's months, the run-up first: their number, how each ended, and the run as it then stands."""
    counties = setting.side_by_side(Batch(range(replication, replication + 1), (county,)))
    quo = prepare(setting.scenario.status_quo(), law=setting.law, place=setting.place)
    before = Run(quo, counties, None, engine=default_engine())
    for number in range(-setting.scenario.run.opening_months, 0):
        yield counties, number, before.month(number), before
    plan = Run(setting, counties, before.snapshot(), engine=default_engine())
    for number in range(setting.scenario.run.years * MONTHS_PER_YEAR):
        yield counties, number, plan.month(number), plan

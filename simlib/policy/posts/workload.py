"""Reads a workload rule (WISN): tasks of the catalogue or of the planner's own, volumes, a worker's year.

    workload:
      available_hours: {days: clocks.work.year_working_days, less: [absence.leave_days], hours_per_day: 8}
      support_share: allowance.category                  # meetings and reports: of everybody's time
      extra_hours: 0                                     # a year and office, of work only some do
      tolerance: wisn.rounding_tolerance_share           # fraction dropped under the reading tolerance=yes
      activities:
        - {do: [intake, notification], a_year: wisn.applications_per_household}
        - {do: home_visit, people: 2, travel: 36, by: households, a_year: [0.2, share.home_visit_application]}
        - {title: {zh: 档案整理, en: Filing}, minutes: {low: 5, mode: 10, high: 20}, a_year: 1}

`do` names activities of law/catalogue, whose minutes it takes; a_year is how often a year for each unit of
the driver `by`, several figures multiplied. A figure is a number, a range, or the key of a dated value.
Ranges are the reading `figures`, whose `low` asks the fewest posts. Short form: `activities: {persons: 2.5}`,
hours a year for each unit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Protocol

from simlib.dated import DatedValue, Range
from simlib.errors import LawError
from simlib.policy.catalogue import Activity
from simlib.policy.rules import READINGS, Choice, Number, Task, Workload
from simlib.units import MINUTES_PER_HOUR
from simlib.yamlfile import nearest

SIDES = READINGS["figures"]
WORKLOAD_KEYS = ("activities", "available_hours", "support_share", "extra_hours", "tolerance")
TASK_KEYS = ("do", "title", "minutes", "travel", "by", "people", "a_year")
TIME_KEYS = ("days", "less", "hours_per_day")

Path = tuple[Any, ...]
Sides = dict[str, Fraction]
"""A figure by side: low, mode, high."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a rule finds the figures and activities it names."""

    values: Mapping[str, DatedValue]
    activities: Mapping[str, Activity]


NO_SHELF = Shelf({}, {})


class Reads(Protocol):
    """What reads a file of law: see `rulefile.Reader`."""

    shelf: Shelf
    on: date
    taken: list[DatedValue]

    def blame(self, problem: str, path: Path, /, **values: Any) -> None:
        """Note a mistake."""

    def mapping(self, found: Any, path: Path, known: tuple[str, ...], *, needed: tuple[str, ...] = ()) -> Any:
        """The mapping found here."""

    def number(self, found: Any, path: Path) -> Number:
        """A number."""

    def driver(self, found: Any, path: Path) -> str:
        """The name of a driver."""


def workload_of(reader: Reads, content: Any, path: Path, by: str) -> Workload:
    """The workload rule written here; `by` is the driver of the level. Mistakes are noted in the reader."""
    fields = reader.mapping(content, path, WORKLOAD_KEYS, needed=WORKLOAD_KEYS[:2])
    available = _available(reader, fields.get("available_hours", 1), (*path, "available_hours"))
    support, extra, tolerance = (
        _figure(reader, fields.get(key, 0), (*path, key)) for key in WORKLOAD_KEYS[2:]
    )
    if min(available.values()) <= 0:
        reader.blame("law_no_time", (*path, "available_hours"), found=float(min(available.values())))
        available = dict.fromkeys(SIDES, Fraction(1))
    if max(support.values()) >= 1:
        found = float(max(support.values()))
        reader.blame("law_all_support", (*path, "support_share"), found=found)
        support = dict.fromkeys(SIDES, Fraction(0))
    dropped = tolerance["mode"]
    return Workload(
        tasks=_tasks(reader, fields.get("activities"), (*path, "activities"), by),
        available_hours=_number(available),
        support_share=_number(support),
        extra_hours=_number(extra),
        tolerance=Choice("tolerance", {"yes": dropped, "no": Fraction(0)}) if dropped else Fraction(0),
    )


def _tasks(reader: Reads, listed: Any, path: Path, by: str) -> tuple[Task, ...]:
    if isinstance(listed, Mapping) and listed:
        hours = {name: reader.number(found, (*path, name)) for name, found in listed.items()}
        return tuple(
            Task(_WORK, reader.driver(name, (*path, name)), Fraction(1), 1, found * MINUTES_PER_HOUR)
            for name, found in hours.items()
            if isinstance(found, Fraction)
        )
    if not isinstance(listed, list) or not listed:
        reader.blame("law_no_tasks", path)
        return ()
    return tuple(task for i, item in enumerate(listed) for task in _line(reader, item, (*path, i), by))


_WORK = {"zh": "各项工作", "en": "all work"}


def _line(reader: Reads, item: Any, path: Path, by: str) -> list[Task]:
    """The tasks of one line: each activity it names, for each driver."""
    fields = reader.mapping(item, path, TASK_KEYS, needed=("a_year",))
    a_year = _combined(reader, fields.get("a_year", 1), (*path, "a_year"), math.prod)
    travel = _figure(reader, fields.get("travel", 0), (*path, "travel"))
    people = fields.get("people", 1)
    if type(people) is not int or people < 1:
        reader.blame("law_no_people", (*path, "people"), found=people)
        people = 1
    drivers = [reader.driver(name, (*path, "by")) for name in _listed(fields.get("by", by))]
    tasks = []
    for title, minutes in _work(reader, fields, path):
        length = _number({side: minutes[side] + travel[side] for side in SIDES})
        tasks += [Task(title, name, _number(a_year), people, length) for name in drivers]
    return tasks


def _work(reader: Reads, fields: Mapping[str, Any], path: Path) -> list[tuple[Mapping[str, str], Sides]]:
    """Title and minutes of each activity a line names."""
    if "do" not in fields:
        title = fields.get("title")
        if not isinstance(title, Mapping) or set(title) != {"zh", "en"} or "minutes" not in fields:
            reader.blame("law_no_task", path, known=", ".join(reader.shelf.activities))
            return []
        return [(title, _figure(reader, fields["minutes"], (*path, "minutes")))]
    found = []
    for key in ("title", "minutes"):
        if key in fields:
            reader.blame("law_task_twice", (*path, key), key=key)
    for name in _listed(fields["do"]):
        activity = reader.shelf.activities.get(name)
        if activity is None:
            near = nearest(str(name), reader.shelf.activities)
            reader.blame("law_no_activity", (*path, "do"), found=name, near=near)
            continue
        found.append((activity.title, _figure(reader, activity.minutes, (*path, "do"))))
    return found


def _available(reader: Reads, found: Any, path: Path) -> Sides:
    """Hours of one worker a year; as `low` asks the fewest posts, it has the most time."""
    if not isinstance(found, Mapping) or set(found) == set(SIDES):
        return _most_first(_figure(reader, found, path))
    fields = reader.mapping(found, path, TIME_KEYS, needed=("days", "hours_per_day"))
    days = _most_first(_figure(reader, fields.get("days", 0), (*path, "days")))
    less = _combined(reader, fields.get("less", []), (*path, "less"), sum)
    hours = _most_first(_figure(reader, fields.get("hours_per_day", 0), (*path, "hours_per_day")))
    return {side: (days[side] - less[side]) * hours[side] for side in SIDES}


def _most_first(sides: Sides) -> Sides:
    return {"low": sides["high"], "mode": sides["mode"], "high": sides["low"]}


def _combined(reader: Reads, found: Any, path: Path, how: Callable[..., Any]) -> Sides:
    figures = [_figure(reader, item, path) for item in _listed(found)]
    return {side: Fraction(how([figure[side] for figure in figures])) for side in SIDES}


def _figure(reader: Reads, found: Any, path: Path) -> Sides:
    """A number, a range, or the key of a dated value on the reader's day."""
    if isinstance(found, str):
        found = _value(reader, found, path)
    if isinstance(found, Mapping) and set(found) == set(SIDES):
        found = Range(*(found[side] for side in SIDES))
    if not isinstance(found, Range):
        number = reader.number(found, path)
        return dict.fromkeys(SIDES, number if isinstance(number, Fraction) else Fraction(1))
    sides = {side: reader.number(getattr(found, side), path) for side in SIDES}
    if not sides["low"] <= sides["mode"] <= sides["high"]:  # type: ignore[operator]
        reader.blame("law_range_order", path)
    return {side: number if isinstance(number, Fraction) else Fraction(1) for side, number in sides.items()}


def _value(reader: Reads, key: str, path: Path) -> Any:
    dated = reader.shelf.values.get(key)
    if dated is None:
        reader.blame("law_no_value", path, found=key, near=nearest(key, reader.shelf.values))
        return 1
    if dated not in reader.taken:
        reader.taken.append(dated)
    try:
        return dated.entry(reader.on).value
    except LawError:
        spans = "; ".join(f"{entry.start}–{entry.end or ''}" for entry in dated.entries)
        reader.blame("law_value_outside", path, found=key, on=str(reader.on), spans=spans)
        return 1


def _number(sides: Sides) -> Number:
    return sides["mode"] if len(set(sides.values())) == 1 else Choice("figures", sides)


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]

"""Procedures: how a matter of each kind goes through the offices, as the law lays it down.

Route files (`law/routes/`) name the steps, who takes them, what must pass between them and the legal clock;
`law/catalogue/activities.yaml` names the activities. Nothing here draws a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from simlib.errors import LawError, Problem
from simlib.worktime import CALENDAR, HOURS, WORKING
from simlib.yamlfile import load_yaml, nearest, shown_path

HOME = Path(__file__).resolve().parent.parent / "law"

OFFICES = ("township", "county", "verification")
"""Kinds of office a step may be taken at."""
FLAGS = ("negative", "ineligible")
"""What a case may turn out to be: stopped by the information check; found not to qualify."""
MATTERS = ("application", "review", "request", "care_visit")
TERMS = {"working": WORKING, "calendar": CALENDAR, "hours": HOURS}

_ROUTE_KEYS = ("id", "title", "matter", "programmes", "priority", "clock", "source", "steps")
_STEP_KEYS = ("activity", "office", "people", "share", "payroll_only", "when", "unless", "decides")
_WAIT_KEYS = ("wait", "kind", "when", "unless")
_ACTIVITY_KEYS = ("title", "minutes", "trip", "may_be_bought")


@dataclass(frozen=True, slots=True)
class Activity:
    """A kind of work at a desk. minutes: key of the assumption that holds its length [minute]."""

    id: str
    number: int
    title: Mapping[str, str]
    minutes: str
    trip: bool
    may_be_bought: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a route: an activity at an office, or (activity None) a wait before the next step.

    share: key of the share of cases that take it ('' = all). when, unless: flags that let it happen or not.
    wait: key of the length waited; wait_kind: its unit. decides: whether its end decides the matter.
    """

    activity: Activity | None
    office: str
    people: int
    payroll_only: bool
    share: str
    when: tuple[str, ...]
    unless: tuple[str, ...]
    decides: bool
    wait: str
    wait_kind: int


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one kind of matter; clock: key of its term ('' = none) and the term's unit.

    clock_is_legal: whether a text sets the term; one taken by analogy is an assumption.
    """

    id: str
    number: int
    title: Mapping[str, str]
    matter: str
    programmes: tuple[str, ...]
    priority: int
    clock: str
    clock_kind: int
    clock_is_legal: bool
    steps: tuple[Step, ...]
    source: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Procedures:
    """Every activity and route; numbers follow the order of ids."""

    activities: Mapping[str, Activity]
    routes: Mapping[str, Route]

    def route_of(self, programme: str, matter: str) -> Route | None:
        """The route by which a programme handles a matter of this kind, if it has one."""
        found = [
            route
            for route in self.routes.values()
            if programme in route.programmes and route.matter == matter
        ]
        return found[0] if found else None

    def keys(self) -> frozenset[str]:
        """Keys of every dated value the routes refer to."""
        keys = {activity.minutes for activity in self.activities.values()}
        for route in self.routes.values():
            keys |= {route.clock, *(step.share for step in route.steps), *(step.wait for step in route.steps)}
        return frozenset(keys - {""})


def load_procedures(home: Path = HOME) -> Procedures:
    """The activities and routes under a folder of law.

    Raises LawError with every unknown key, activity, office, flag or term, by file and line.
    """
    file = home / "catalogue" / "activities.yaml"
    content, lines = load_yaml(file)
    problems: list[Problem] = []
    activities: dict[str, Activity] = {}
    for number, (name, entry) in enumerate(sorted(content.items())):
        problems += _unknown(entry, _ACTIVITY_KEYS, shown_path(file), lines.get((name,)))
        activities[name] = Activity(
            name, number, entry["title"], entry["minutes"], bool(entry["trip"]), bool(entry["may_be_bought"])
        )
    routes: dict[str, Route] = {}
    for number, path in enumerate(sorted((home / "routes").glob("*.yaml"))):
        content, lines = load_yaml(path)
        found = _route(content, lines, shown_path(path), number, activities, problems)
        if found is not None:
            routes[found.id] = found
    if problems:
        raise LawError(problems)
    return Procedures(MappingProxyType(activities), MappingProxyType(routes))


def _unknown(entry: Mapping[str, Any], known: tuple[str, ...], file: str, row: int | None) -> list[Problem]:
    return [
        Problem("law_unknown_key", file, row, str(key), {"key": key, "near": nearest(str(key), known)})
        for key in entry
        if key not in known
    ]


def _flags(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _route(
    content: Mapping[str, Any],
    lines: Any,
    file: str,
    number: int,
    activities: Mapping[str, Activity],
    problems: list[Problem],
) -> Route | None:
    before = len(problems)
    problems += _unknown(content, _ROUTE_KEYS, file, 1)
    problems += [
        Problem("law_missing_key", file, 1, values={"key": key}) for key in _ROUTE_KEYS if key not in content
    ]
    if len(problems) > before:
        return None
    steps = []
    for place, entry in enumerate(content["steps"]):
        row = lines.get(("steps", place))
        is_wait = "wait" in entry
        problems += _unknown(entry, _WAIT_KEYS if is_wait else _STEP_KEYS, file, row)
        choices = [
            ("activity", activities, entry.get("activity"), is_wait),
            ("office", OFFICES, entry.get("office"), is_wait),
            ("kind", TERMS, entry.get("kind"), not is_wait),
            *(
                ("when", FLAGS, flag, False)
                for flag in _flags(entry.get("when")) + _flags(entry.get("unless"))
            ),
        ]
        problems += [
            Problem(
                "law_unknown_key",
                file,
                row,
                column,
                {"key": found, "near": nearest(str(found), tuple(known))},
            )
            for column, known, found, is_absent in choices
            if not is_absent and found not in known
        ]
        if len(problems) == before:
            steps.append(_step(entry, activities))
    clock = content["clock"]
    if len(problems) > before:
        return None
    return Route(
        id=content["id"],
        number=number,
        title=content["title"],
        matter=content["matter"],
        programmes=tuple(content["programmes"]),
        priority=content["priority"],
        clock=str(clock.get("length", "")),
        clock_kind=TERMS.get(clock["kind"], WORKING),
        clock_is_legal=bool(clock.get("length")) and clock.get("status") != "assumption",
        steps=tuple(steps),
        source=content["source"],
    )


def _step(entry: Mapping[str, Any], activities: Mapping[str, Activity]) -> Step:
    return Step(
        activity=activities[entry["activity"]] if "activity" in entry else None,
        office=entry.get("office", ""),
        people=entry.get("people", 1),
        payroll_only=entry.get("payroll_only", False),
        share=entry.get("share", ""),
        when=_flags(entry.get("when")),
        unless=_flags(entry.get("unless")),
        decides=entry.get("decides", False),
        wait=entry.get("wait", ""),
        wait_kind=TERMS.get(entry.get("kind", "working"), WORKING),
    )

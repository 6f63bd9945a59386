"""Procedures: how a matter of each kind goes through the offices, as the law lays it down.

Route files (`law/routes/`) name the steps, who takes them, what must pass between them and the legal clock;
`law/catalogue/activities.yaml` names the activities. Nothing here draws a number.

What may turn out one way or the other is a flag. Some are given (GIVEN_FLAGS); a route draws others once
for each case, with a share, and steps, clocks and later flags may hang on them (`when`, `unless`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.errors import LawError, Problem
from simlib.policy.catalogue import HOME, Activity, load_activities
from simlib.policy.routefile import shape_problems
from simlib.worktime import CALENDAR, HOURS, WORKING
from simlib.yamlfile import Lines, load_yaml, nearest, shown_path

OFFICES = ("window", "township", "county", "verification")
"""Offices of a step: the township where the family lives and applies; the one that handles the case, which is
another where the case is remote; the county bureau; the verification centre."""
GIVEN_FLAGS = INELIGIBLE, DELEGATED, ON_DUTY = ("ineligible", "delegated", "on_duty")
"""Flags no route draws: the family does not qualify; the township decides by delegation; the matter comes
outside opening hours where a duty roster answers."""
DRAWN_FLAGS = WITHDRAWN, REMOTE = ("withdrawn", "remote")
"""Flags a route may draw that mean more than a path: the case ends without a decision; another township of
the county handles it."""
NAMED_FLAGS = (*GIVEN_FLAGS, *DRAWN_FLAGS)
"""Flags with a meaning of their own, in the order of their bits."""
MATTERS = (
    "application", "review", "request", "care_visit", "alert", "change", "reassessment", "change_visit",
    "complaint", "enquiry", "referral", "remote_out", "remote_in", "recalculation",
    "service_assessment", "audit",
)  # fmt: skip
SECOND_VISITORS = TOWNSHIP, VILLAGE, PURCHASED = ("township", "village", "purchased")
"""Who goes along where two people visit a home for the township: another of its people; the assistant of the
village, beside one of them; a bought worker, beside a clerk of the payroll. 民发〔2021〕57号 art. 16 asks for
teams of two at least and lets the village help; it does not say who the second is. The county's own visits
(art. 20) are made by two of its own.
"""
TERMS = {"working": WORKING, "calendar": CALENDAR, "hours": HOURS}
AFTER_STEP = "step_before"
"""Where a step's own term is counted from the end of the step before."""
_OF_DAYS = ("working", "calendar")
"""Terms that may follow each other."""

_ROUTE_KEYS = ("id", "title", "matter", "programmes", "priority", "clock", "source", "steps")
_ROUTE_MAY = ("flags", "arises", "before")
_FOLLOWER_KEYS = ("id", "title", "matter", "programmes", "follows", "arises", "clock", "source")
_BRANCH_KEYS = ("through", "flags", "steps")
"""A route may follow another to its end, or through a step and go on from there by steps of its own."""
_CONDITION_KEYS = ("when", "unless")
_FLAG_KEYS = ("share", "any", *_CONDITION_KEYS)
_CLOCK_KEYS = ("length", "kind", "then", "status", "source", "article", *_CONDITION_KEYS)
_THEN_KEYS = ("length", "kind")
_STEP_KEYS = (
    "activity", "office", "people", "payroll_only", "decides", "article", "within",
    "within_from", "reached_within", "reached_article", *_CONDITION_KEYS,
)  # fmt: skip
_WAIT_KEYS = ("wait", "kind", "article", *_CONDITION_KEYS)
_DUTY_KEYS = ("on_duty", "article", *_CONDITION_KEYS)


@dataclass(frozen=True, slots=True)
class Condition:
    """Flags that must all hold, and flags of which none may."""

    when: tuple[str, ...]
    unless: tuple[str, ...]

    def holds(self, flags: frozenset[str]) -> bool:
        """Whether it holds where just these flags are up."""
        return flags.issuperset(self.when) and flags.isdisjoint(self.unless)


@dataclass(frozen=True, slots=True)
class Flag:
    """What a case may turn out to be, drawn once; share: key of how many do, of those `condition` lets.

    Without a share it is certain. A flag that follows from any of several others stands once for each.
    """

    id: str
    share: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class Clock:
    """A term of a route: key of its length and its unit; the first whose condition holds counts.

    then: unit and key of the terms that follow it, each counted from the day on which the one before ends.
    is_legal: whether a text sets it; one taken by analogy is an assumption. source: the text that sets it
    where that is not the route's own; rule: title of the local rule that does.
    """

    length: str
    kind: int
    then: tuple[tuple[int, str], ...]
    is_legal: bool
    article: str
    condition: Condition
    source: Mapping[str, str] | None = None
    rule: Mapping[str, str] | None = None

    @property
    def terms(self) -> tuple[tuple[int, str], ...]:
        """Unit and key of its length, and of those that follow it."""
        return ((self.kind, self.length), *self.then)


@dataclass(frozen=True, slots=True)
class Stop:
    """The local rule by which a step stops the clock of its case: title and article."""

    title: Mapping[str, str]
    article: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a route: an activity at an office; or (activity None) a wait before the next step, or the
    answer of whoever is on duty, which decides the matter.

    wait: key of the length waited; wait_kind: its unit, minutes for an answer on duty. decides: whether its
    end decides the matter. article: of the route's source, where it prescribes the step.
    within: key of a term of its own [working day], from when it comes to its office or, after_step, from the
    end of the step before, however long the way from there. reached_within: key of the term within which it
    must come there, from acceptance, under reached_article [working day].
    stop: by which local rule the term of the case stands still meanwhile; None, as in route files: it runs.
    """

    activity: Activity | None
    office: str
    people: int
    payroll_only: bool
    condition: Condition
    decides: bool
    wait: str
    wait_kind: int
    on_duty: bool
    article: str
    within: str
    after_step: bool
    reached_within: str
    reached_article: str
    stop: Stop | None = None

    @property
    def terms(self) -> tuple[str, ...]:
        """Keys of the terms it has."""
        return tuple(key for key in (self.reached_within, self.within) if key)


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one kind of matter.

    arises: key of how often it comes for each supported household of its programmes [1/year]; '' where it
    follows from the life of the households. before: what stands in its place while its terms do not hold yet;
    empty: nothing, so there is no plan without it.
    """

    id: str
    number: int
    title: Mapping[str, str]
    matter: str
    programmes: tuple[str, ...]
    priority: int
    arises: str
    flags: tuple[Flag, ...]
    clocks: tuple[Clock, ...]
    steps: tuple[Step, ...]
    source: Mapping[str, str]
    before: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def clock_is_legal(self) -> bool:
        """Whether a text sets its term."""
        return bool(self.clocks) and all(clock.is_legal for clock in self.clocks)

    @property
    def in_hours(self) -> bool:
        """Whether its term runs in hours, so that the minute of civil time matters at which it comes."""
        return any(clock.kind == HOURS for clock in self.clocks)


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

    def programmes_with(self, matter: str) -> frozenset[str]:
        """Programmes that have a route for a kind of matter."""
        return frozenset(
            name for route in self.routes.values() if route.matter == matter for name in route.programmes
        )

    def renewed_by_application(self, programme: str) -> Procedures:
        """The same, but whoever's turn it is in a programme goes through its application anew."""
        review = self.routes["review"]
        rest = replace(review, programmes=tuple(name for name in review.programmes if name != programme))
        return replace(self, routes=MappingProxyType({**self.routes, review.id: rest}))

    def activities_of(self, is_one: Callable[[Route, Step], bool]) -> NDArray[np.bool_]:
        """Of each activity, whether it is that of such a step in any route [activities]."""
        found = np.zeros(len(self.activities), dtype=bool)
        for route in self.routes.values():
            for step in route.steps:
                if step.activity and is_one(route, step):
                    found[step.activity.number] = True
        return found

    def keys(self) -> frozenset[str]:
        """Keys of every dated value the routes refer to."""
        keys = {activity.minutes for activity in self.activities.values()}
        for route in self.routes.values():
            keys |= {flag.share for flag in route.flags} | {
                key for clock in route.clocks for _, key in clock.terms
            }
            keys |= {key for step in route.steps for key in (step.wait, *step.terms)}
            keys.add(route.arises)
        return frozenset(keys - {""})


def load_procedures(home: Path = HOME) -> Procedures:
    """The activities and routes under a folder of law.

    Raises LawError with every unknown key, activity, office, flag or term, by file and line.
    """
    return _packaged() if home == HOME else _read(home)


@cache
def _packaged() -> Procedures:
    """The package's own, read once: they do not change while a process runs."""
    return _read(HOME)


def _read(home: Path) -> Procedures:
    activities = load_activities(home)
    problems: list[Problem] = []
    routes: dict[str, Route] = {}
    files = [(path, *load_yaml(path)) for path in sorted((home / "routes").glob("*.yaml"))]
    missing: list[Problem] = []
    for path, content, lines in files:
        wrong, lacking = shape_problems(content, lines, shown_path(path))
        problems, missing = problems + wrong, missing + lacking
    if problems:
        raise LawError(problems)
    followed = {each["id"]: each for _, each, _ in files if "id" in each and "follows" not in each}
    for number, (path, content, lines) in enumerate(files):
        reader = _Reader(shown_path(path), lines, activities, problems)
        found = reader.route(reader.followed(content, followed), number)
        if found is not None and found.id in routes:
            row, blanks = lines.get(("id",)), {"key": found.id, "other": "routes/"}
            problems.append(Problem("dated_key_twice", reader.file, row, "id", blanks))
        elif found is not None:
            routes[found.id] = found
    if problems or missing:
        raise LawError(problems or missing)
    return Procedures(activities, MappingProxyType(routes))


@dataclass(slots=True)
class _Reader:
    """Reads one route file and notes every problem with its line.

    taken_over: how many steps are those of the route it follows.
    """

    file: str
    lines: Lines
    activities: Mapping[str, Activity]
    problems: list[Problem]
    taken_over: int = 0

    def followed(
        self, content: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]
    ) -> Mapping[str, Any]:
        """A route as written, or what it says together with the way of the one it follows.

        Articles of another source than its own are left out.
        """
        if "follows" not in content:
            return content
        row = self.lines.get(("follows",))
        branch = _BRANCH_KEYS if "through" in content else ()
        self._known_keys(content, (*_FOLLOWER_KEYS, *branch), 1)
        if not self._check("follows", content["follows"], others, row):
            return content
        other = others[content["follows"]]
        steps = list(other.get("steps", []))
        if branch:
            names = [step.get("activity", "") for step in steps]
            if not self._check("through", content["through"], names, self.lines.get(("through",))):
                return content
            steps = steps[: names.index(content["through"]) + 1]
        if content.get("source") != other.get("source"):
            steps = [{key: value for key, value in step.items() if key != "article"} for step in steps]
        self.taken_over = len(steps)
        own = {key: value for key, value in content.items() if key not in ("follows", "through")}
        flags = {**other.get("flags", {}), **content.get("flags", {})}
        steps += content.get("steps", [])
        taken = {key: other[key] for key in ("priority",) if key in other}
        return {**taken, **own, "flags": flags, "steps": steps}

    def route(self, content: Mapping[str, Any], number: int) -> Route | None:
        before = len(self.problems)
        self._known_keys(content, (*_ROUTE_KEYS, *_ROUTE_MAY), 1)
        self.problems += [
            Problem("law_missing_key", self.file, 1, values={"key": key})
            for key in _ROUTE_KEYS
            if key not in content
        ]
        if len(self.problems) > before:
            return None
        flags = tuple(self._flags(content.get("flags") or {}))
        known = (*GIVEN_FLAGS, *(flag.id for flag in flags))
        self._check("matter", content["matter"], MATTERS, self.lines.get(("matter",)))
        clocks = content["clock"] if isinstance(content["clock"], list) else [content["clock"]]
        found_clocks = tuple(self._clocks(clocks, known))
        steps = tuple(self._steps(content["steps"], known))
        if len(self.problems) > before:
            return None
        return Route(
            id=content["id"],
            number=number,
            title=content["title"],
            matter=content["matter"],
            programmes=tuple(content["programmes"]),
            priority=content["priority"],
            arises=content.get("arises", ""),
            flags=flags,
            clocks=found_clocks,
            steps=steps,
            source=content["source"],
            before=content.get("before", {}),
        )

    def _flags(self, entries: Mapping[str, Any]) -> Iterator[Flag]:
        """Flags in their order; each may hang on those before it."""
        known = list(GIVEN_FLAGS)
        for name, entry in entries.items():
            row = self.lines.get(("flags", name))
            self._known_keys(entry, _FLAG_KEYS, row)
            if name in GIVEN_FLAGS:
                self.problems.append(Problem("law_flag_given", self.file, row, name, {"flag": name}))
            condition = self._condition(entry, tuple(known), row)
            for other in _names(entry.get("any")):
                self._check("any", other, known, row)
                yield Flag(name, "", Condition((other, *condition.when), condition.unless))
            if "share" in entry:
                yield Flag(name, str(entry["share"]), condition)
            known.append(name)

    def _clocks(self, entries: list[Mapping[str, Any]], flags: tuple[str, ...]) -> Iterator[Clock]:
        for place, entry in enumerate(entries):
            row = self.lines.get(("clock", place)) or self.lines.get(("clock",))
            self._known_keys(entry, _CLOCK_KEYS, row)
            if entry.get("kind") == "none":
                continue
            then = entry.get("then") or []
            for each in then:
                self._known_keys(each, _THEN_KEYS, row)
            known = [self._check("kind", each.get("kind"), _OF_DAYS, row) for each in then]
            if self._check("kind", entry.get("kind"), _OF_DAYS if then else TERMS, row) and all(known):
                yield Clock(
                    length=str(entry.get("length")),
                    kind=TERMS[entry["kind"]],
                    then=tuple((TERMS[each["kind"]], str(each.get("length"))) for each in then),
                    is_legal=entry.get("status") != "assumption",
                    article=str(entry.get("article", "")),
                    condition=self._condition(entry, flags, row),
                    source=entry.get("source"),
                )

    def _steps(self, entries: list[Mapping[str, Any]], flags: tuple[str, ...]) -> Iterator[Step]:
        for place, entry in enumerate(entries):
            own = place - self.taken_over
            row = self.lines.get(("steps", own) if own >= 0 else ("follows",))
            before = len(self.problems)
            condition = self._condition(entry, flags, row)
            if "wait" in entry:
                self._known_keys(entry, _WAIT_KEYS, row)
                self._check_in(entry, "kind", TERMS, row)
            elif "on_duty" in entry:
                self._known_keys(entry, _DUTY_KEYS, row)
            else:
                self._known_keys(entry, _STEP_KEYS, row)
                self._check_in(entry, "activity", self.activities, row)
                self._check_in(entry, "office", OFFICES, row)
                self._check_in(entry, "within_from", (AFTER_STEP,), row)
            if len(self.problems) == before:
                yield _step(entry, self.activities, condition)

    def _condition(self, entry: Mapping[str, Any], flags: tuple[str, ...], row: int | None) -> Condition:
        named = {key: _names(entry.get(key)) for key in _CONDITION_KEYS}
        for key, names in named.items():
            for name in names:
                self._check(key, name, flags, row)
        return Condition(**named)

    def _check(self, column: str, found: Any, known: Any, row: int | None) -> bool:
        """Whether a word is one of those known; a problem where it is not."""
        if found in known:
            return True
        values = {"key": found, "near": nearest(str(found), tuple(known))}
        self.problems.append(Problem("law_unknown_key", self.file, row, column, values))
        return False

    def _check_in(self, entry: Mapping[str, Any], column: str, known: Any, row: int | None) -> None:
        """Check a word where there is one; that one is missing is noted elsewhere."""
        if column in entry:
            self._check(column, entry[column], known, row)

    def _known_keys(self, entry: Mapping[str, Any], known: tuple[str, ...], row: int | None) -> None:
        for key in entry:
            self._check(str(key), str(key), known, row)


def _names(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _step(entry: Mapping[str, Any], activities: Mapping[str, Activity], condition: Condition) -> Step:
    return Step(
        activity=activities[entry["activity"]] if "activity" in entry else None,
        office=entry.get("office", ""),
        people=entry.get("people", 1),
        payroll_only=entry.get("payroll_only", False),
        condition=condition,
        decides=entry.get("decides", False),
        wait=entry.get("wait", entry.get("on_duty", "")),
        wait_kind=TERMS.get(entry.get("kind", "working"), WORKING),
        on_duty="on_duty" in entry,
        within=entry.get("within", ""),
        after_step=entry.get("within_from") == AFTER_STEP,
        reached_within=entry.get("reached_within", ""),
        reached_article=str(entry.get("reached_article", "")),
        article=str(entry.get("article", "")),
    )

"""The shapes a published staffing rule can have, and how each counts posts.

A rule is a small tree of facts. Counting is exact: whole numerators over one denominator, rounded once
at the end by the reading in force. Every function works on whole columns of offices.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from simlib.errors import LawError, Problem
from simlib.policy.posts.wisn import Activity, wisn
from simlib.units import MINUTES_PER_HOUR

Column = npt.NDArray[Any]
Reading = Mapping[str, str]

READINGS: dict[str, tuple[str, ...]] = {
    "boundary": ("upper", "lower"),
    "rounding": ("ceil", "round", "floor", "none"),
    "applied_at": ("county", "township"),
    "range": ("low", "high"),
    "village": ("1", "2"),
    "counts": ("dibao_tekun", "all"),
    "existing_counts": ("yes", "no"),
    "base_tier": ("own", "all_tiers"),
    "grant_base": ("upper_transfers", "all_levels"),
    "figures": ("low", "mode", "high"),
    "tolerance": ("yes", "no"),
}
"""Every way a text can be read, and the answers to each."""

INT64_ROOM = 1 << 62
"""Products from here on are reckoned in Python's whole numbers."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A number the reading decides."""

    reading: str
    values: Mapping[str, Fraction]


Number = Fraction | Choice


@dataclass(frozen=True, slots=True)
class Exact:
    """Posts of each office as exact fractions: `over` [offices] divided by `under`."""

    over: Column
    under: int


def chosen(number: Number, reading: Reading) -> Fraction:
    """The number under this reading."""
    return number.values[reading[number.reading]] if isinstance(number, Choice) else number


def _times(column: Column, factor: int) -> Column:
    """Column × factor, in Python's whole numbers where int64 would overflow."""
    largest = int(np.max(np.abs(column))) if column.size else 0
    return (column.astype(object) if largest * abs(factor) >= INT64_ROOM else column) * factor


def rounded(posts: Exact, how: str) -> Column:
    """Whole posts (float fractions for `none`) [offices]. `round` takes a half upwards.

    >>> rounded(Exact(np.array([3, 4]), 2), "ceil").tolist()
    [2, 2]
    """
    if how == "none":
        return np.asarray(posts.over / posts.under, dtype=np.float64)
    if how == "ceil":
        whole = -(-posts.over // posts.under)
    elif how == "floor":
        whole = posts.over // posts.under
    else:
        whole = (_times(posts.over, 2) + posts.under) // (2 * posts.under)
    return np.asarray(whole, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same posts for every office."""

    count: Number
    shape: str = "fixed"


@dataclass(frozen=True, slots=True)
class Edge:
    """Where one tier ends and the next begins. side: tier of the number itself, `reading` if both hold it."""

    at: int
    side: str


@dataclass(frozen=True, slots=True)
class Steps:
    """Posts by tier of a driver; outside `least`..`most` the text says nothing."""

    by: str
    edges: tuple[Edge, ...]
    posts: tuple[Number, ...]
    least: int = 0
    most: int | None = None
    shape: str = "steps"


@dataclass(frozen=True, slots=True)
class Linear:
    """base + posts × max(driver − above, 0) ÷ per. rounding: set where the text itself fixes it."""

    by: str
    posts: Number
    per: Number
    base: Number = Fraction(0)
    above: int = 0
    rounding: str = ""
    shape: str = "one_per"


@dataclass(frozen=True, slots=True)
class Combined:
    """Sum, greatest or least of several rules."""

    how: str
    parts: tuple[Rule, ...]
    shape: str


@dataclass(frozen=True, slots=True)
class Interval:
    """Two rules between which the text leaves the choice: fewest posts, most posts."""

    low: Rule
    high: Rule
    shape: str = "interval"


@dataclass(frozen=True, slots=True)
class Task:
    """Work each unit of a driver causes: so many times a year, so many people each time [minute each]."""

    title: Mapping[str, str]
    by: str
    a_year: Number
    people: int
    minutes: Number


@dataclass(frozen=True, slots=True)
class Workload:
    """Posts for a year's work as `wisn` reckons them, of tasks counted from drivers.

    available_hours: of one worker a year [hour]. support_share: of everybody's time [0..1]. extra_hours: of
    work only some do, by office [hour a year]. tolerance: fraction of a post dropped, as part of the whole.
    """

    tasks: tuple[Task, ...]
    available_hours: Number
    support_share: Number
    extra_hours: Number
    tolerance: Number
    shape: str = "workload"


Rule = Fixed | Steps | Linear | Combined | Interval | Workload


def parts_of(rule: Rule) -> tuple[Rule, ...]:
    """The rule and every rule inside it."""
    inside: tuple[Rule, ...] = ()
    if isinstance(rule, Combined):
        inside = rule.parts
    elif isinstance(rule, Interval):
        inside = (rule.low, rule.high)
    return (rule, *(part for child in inside for part in parts_of(child)))


def drivers_of(rule: Rule) -> tuple[str, ...]:
    """Names of the drivers the rule reads, each once, in order."""
    names: list[str] = []
    for part in parts_of(rule):
        if isinstance(part, (Steps, Linear)):
            names.append(part.by)
        elif isinstance(part, Workload):
            names += [task.by for task in part.tasks]
    return tuple(dict.fromkeys(names))


def readings_of(rule: Rule) -> frozenset[str]:
    """Readings on which the rule's posts depend."""
    found: set[str] = set()
    for part in parts_of(rule):
        numbers: tuple[Number, ...] = ()
        if isinstance(part, Fixed):
            numbers = (part.count,)
        elif isinstance(part, Steps):
            numbers = part.posts
            found |= {"boundary"} if any(edge.side == "reading" for edge in part.edges) else set()
        elif isinstance(part, Linear):
            numbers = (part.posts, part.per, part.base)
        elif isinstance(part, Interval):
            found.add("range")
        elif isinstance(part, Workload):
            numbers = (part.available_hours, part.support_share, part.extra_hours, part.tolerance)
            numbers += tuple(number for task in part.tasks for number in (task.a_year, task.minutes))
        found |= {number.reading for number in numbers if isinstance(number, Choice)}
        found |= {"rounding"} if _is_fractional(part) else set()
    return frozenset(found)


def _is_fractional(part: Rule) -> bool:
    def whole(number: Number) -> bool:
        values = number.values.values() if isinstance(number, Choice) else (number,)
        return all(value.denominator == 1 for value in values)

    if isinstance(part, Fixed):
        return not whole(part.count)
    if isinstance(part, Steps):
        return not all(whole(count) for count in part.posts)
    if isinstance(part, Linear):
        return not part.rounding and not (part.per == 1 and whole(part.posts) and whole(part.base))
    return isinstance(part, Workload)


def posts_by(rule: Rule, drivers: Mapping[str, Column], reading: Reading, *, offices: int) -> Exact:
    """Posts the rule asks of each office, not yet rounded [offices].

    drivers: int64 columns by name [offices]. Raises LawError where a driver's value lies beyond the
    figures of the text.
    """
    if isinstance(rule, Fixed):
        count = chosen(rule.count, reading)
        return Exact(np.full(offices, count.numerator, dtype=np.int64), count.denominator)
    if isinstance(rule, Steps):
        return _steps(rule, drivers[rule.by], reading)
    if isinstance(rule, Linear):
        return _linear(rule, drivers[rule.by], reading)
    if isinstance(rule, Interval):
        side = rule.low if reading["range"] == "low" else rule.high
        return posts_by(side, drivers, reading, offices=offices)
    if isinstance(rule, Workload):
        return _workload(rule, drivers, reading, offices)
    parts = [posts_by(part, drivers, reading, offices=offices) for part in rule.parts]
    under = math.lcm(*(part.under for part in parts))
    columns = [_times(part.over, under // part.under) for part in parts]
    combine = {"sum": np.add, "max": np.maximum, "min": np.minimum}[rule.how]
    total = columns[0]
    for column in columns[1:]:
        total = combine(total, column)
    return Exact(total, under)


def _steps(rule: Steps, driver: Column, reading: Reading) -> Exact:
    beyond = driver < rule.least
    if rule.most is not None:
        beyond = beyond | (driver > rule.most)
    if beyond.any():
        blanks = {"driver": rule.by, "found": int(driver[beyond][0]), "least": rule.least, "most": rule.most}
        raise LawError(Problem("law_beyond_figures", values=blanks))
    tier = np.zeros(driver.shape, dtype=np.int64)
    for edge in rule.edges:
        side = reading["boundary"] if edge.side == "reading" else edge.side
        tier += driver >= edge.at if side == "upper" else driver > edge.at
    counts = [chosen(number, reading) for number in rule.posts]
    under = math.lcm(*(count.denominator for count in counts))
    table = np.array([int(count * under) for count in counts], dtype=np.int64)
    return Exact(table[tier], under)


def _linear(rule: Linear, driver: Column, reading: Reading) -> Exact:
    rate = chosen(rule.posts, reading) / chosen(rule.per, reading)
    base = chosen(rule.base, reading)
    counted = np.maximum(driver - rule.above, 0) if rule.above else driver
    grown = Exact(_times(counted, rate.numerator), rate.denominator)
    if rule.rounding:
        grown = Exact(rounded(grown, rule.rounding), 1)
    under = math.lcm(grown.under, base.denominator)
    return Exact(_times(grown.over, under // grown.under) + int(base * under), under)


def _workload(rule: Workload, drivers: Mapping[str, Column], reading: Reading, offices: int) -> Exact:
    available = chosen(rule.available_hours, reading)
    by_driver: dict[str, dict[str, Activity]] = {}
    for n, task in enumerate(rule.tasks):
        hours = task.people * chosen(task.minutes, reading) / MINUTES_PER_HOUR
        by_driver.setdefault(task.by, {})[str(n)] = Activity(chosen(task.a_year, reading), hours)
    support = {"support": chosen(rule.support_share, reading)}
    lines = [
        Linear(name, wisn(work, available_hours=available, support_shares=support).required, Fraction(1))
        for name, work in by_driver.items()
    ]
    extra = Fixed(chosen(rule.extra_hours, reading) / available)
    exact = posts_by(Combined("sum", (*lines, extra), rule.shape), drivers, reading, offices=offices)
    return _eased(exact, chosen(rule.tolerance, reading))


def _eased(posts: Exact, tolerance: Fraction) -> Exact:
    """Posts without a fraction of at most the tolerance × their whole number, as `wisn.whole_posts`."""
    if not tolerance:
        return posts
    whole = posts.over - posts.over % posts.under
    is_dropped = _times(posts.over - whole, tolerance.denominator) <= _times(whole, tolerance.numerator)
    return Exact(np.where(is_dropped, whole, posts.over), posts.under)

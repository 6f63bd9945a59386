"""Reads a rule from a file of law into the shapes of `rules`, naming each mistake with line and remedy.

A rule is one shape; `by` names a driver other than the level's, a number may be a choice by a reading:

    fixed: 5                                   steps (or bands): [{to: 300, posts: 2}, {from: 300, posts: 4}]
    rate: {per_mille: 2}                       one_per: 500, or {per: 1000, posts: 3, rounding: floor}
    base_plus: {base: 2, per: 1500}            linear: {base: 8, above: 300000, per: 100000}
    each: {choose: village, "1": 1, "2": 2}    care_ratio: {residents_able: 10, residents_wholly: 3}
    workload: {activities: [{do: intake, a_year: 0.2}], available_hours: 1800} — see `workload`
    sum, max, min: [rule, …]                   interval: {low: rule, high: rule}
    floor: {of: rule, at_least: 5}             ceiling: {of: rule, at_most: 4}

Tiers include their edges with `from` and `to`, leave them out with `above` and `below`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from simlib.dated import DatedValue
from simlib.errors import Problem
from simlib.places.columns import PROGRAMMES
from simlib.policy.posts.workload import NO_SHELF, Shelf, workload_of
from simlib.policy.rules import (
    READINGS,
    Choice,
    Combined,
    Edge,
    Fixed,
    Interval,
    Linear,
    Number,
    Rule,
    Steps,
)
from simlib.yamlfile import Lines, nearest

DRIVER_UNITS: dict[str, str] = {
    "households": "household",
    "persons": "person",
    "population": "person",
    "population_registered": "person",
    "villages": "village",
    "institutions": "institution",
    "residents_able": "person",
    "residents_partial": "person",
    "residents_wholly": "person",
    "temporary_persontimes": "person-time",
    "medical_persontimes": "person-time",
    "offices": "office",
    **{f"{programme}_households": "household" for programme in PROGRAMMES},
    **{f"{programme}_persons": "person" for programme in PROGRAMMES},
}
"""What posts can be counted from, and the unit of each. `offices` is one for every office."""

_NOTHING = Fixed(Fraction(0))
_TIER_KEYS = ("from", "above", "to", "below", "posts")
_LARGEST = 10**10
Path = tuple[Any, ...]


@dataclass(slots=True)
class Reader:
    """What reading one file of law has found wrong so far.

    shelf: where a rule finds what it names, as on the day `on`; taken: the dated values it took from there.
    """

    file: str
    lines: Lines
    shelf: Shelf = NO_SHELF
    problems: list[Problem] = field(default_factory=list)
    on: date = date.min
    taken: list[DatedValue] = field(default_factory=list)
    missing: set[Path] = field(default_factory=set)

    def blame(self, problem: str, path: Path, /, **values: Any) -> None:
        """Note a mistake at this path of the file, unless what should stand there was found missing."""
        if path in self.missing:
            return
        column = ".".join(str(part) for part in path)
        self.problems.append(Problem(problem, self.file, self.row(path), column, values))

    def row(self, path: Path) -> int | None:
        """The line on which what stands at a path, or the nearest above it, begins."""
        return next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), None)

    def open_mapping(self, found: Any, path: Path) -> Mapping[Any, Any]:
        """The mapping found here, whatever its keys; an empty one, noted, if it is none."""
        if isinstance(found, Mapping):
            return found
        self.blame("law_not_mapping", path, known="…")
        return {}

    def mapping(self, found: Any, path: Path, known: tuple[str, ...], *, needed: tuple[str, ...] = ()) -> Any:
        """The mapping found here, its unknown and missing keys noted; an empty one if it is none."""
        if not isinstance(found, Mapping):
            self.blame("law_not_mapping", path, known=", ".join(known))
            self.missing |= {(*path, key) for key in needed}
            return {}
        misspelt = set()
        for key in found:
            if key not in known:
                misspelt.add(nearest(str(key), known))
                self.blame("law_unknown_key", (*path, key), key=key, near=nearest(str(key), known))
        self.missing |= {(*path, key) for key in misspelt if key not in found}
        for key in needed:
            if found.get(key) is None and key not in misspelt:
                self.blame("law_missing_key", path, key=key)
                self.missing.add((*path, key))
        return found

    def number(self, found: Any, path: Path) -> Number:
        """A number, or one for each answer to a reading."""
        if isinstance(found, Mapping) and "choose" in found:
            return self._choice(found, path)
        if type(found) not in (int, float) or not 0 <= found <= _LARGEST:
            self.blame("law_not_a_number", path, found=found)
            return Fraction(1)
        return Fraction(str(found))

    def divisor(self, found: Any, path: Path) -> Number:
        """A number that counts are divided by: above 0 under every answer."""
        before = len(self.problems)
        number = self.number(found, path)
        if 0 not in (number.values.values() if isinstance(number, Choice) else (number,)):
            return number
        if len(self.problems) == before:
            self.blame("law_not_a_divisor", path, found=found)
        return Fraction(1)

    def _choice(self, found: Mapping[Any, Any], path: Path) -> Number:
        name = found["choose"]
        answers = READINGS.get(str(name), ())
        if not answers:
            self.blame("law_unknown_key", (*path, "choose"), key=name, near=nearest(str(name), READINGS))
            return Fraction(1)
        given = {str(key): value for key, value in found.items() if key != "choose"}
        if set(given) != set(answers):
            self.blame("law_choice_answers", path, reading=name, answers=", ".join(answers))
            return Fraction(1)
        values = {key: self.number(value, (*path, key)) for key, value in given.items()}
        return Choice(str(name), {key: v for key, v in values.items() if isinstance(v, Fraction)})

    def whole(self, found: Any, path: Path) -> int:
        """A whole number, for the edge of a tier."""
        if type(found) is not int or not 0 <= found <= _LARGEST:
            self.blame("law_not_a_number", path, found=found)
            return 0
        return found

    def driver(self, found: Any, path: Path) -> str:
        """The name of a driver."""
        if not isinstance(found, str) or found not in DRIVER_UNITS:
            self.blame("law_unknown_driver", path, found=found, near=nearest(str(found), DRIVER_UNITS))
            return "offices"
        return str(found)

    def rule(self, found: Any, path: Path, *, by: str) -> Rule:
        """The rule written here; `by` is the driver of the level."""
        if not isinstance(found, Mapping) or len(found) != 1:
            self.blame("law_one_shape", path, known=", ".join(SHAPES))
            return _NOTHING
        shape, content = next(iter(found.items()))
        if shape not in SHAPES:
            self.blame("law_unknown_key", (*path, shape), key=shape, near=nearest(str(shape), SHAPES))
            return _NOTHING
        return SHAPES[shape](self, content, (*path, shape), by)


# --- shapes -----------------------------------------------------------------------------------------------


def _fixed(reader: Reader, content: Any, path: Path, _by: str) -> Rule:
    return Fixed(reader.number(content, path))


def _steps(reader: Reader, content: Any, path: Path, by: str) -> Rule:
    shape = str(path[-1])
    if isinstance(content, Mapping):
        reader.mapping(content, path, ("by", "tiers"), needed=("tiers",))
        by = reader.driver(content.get("by", by), (*path, "by"))
        content, path = content.get("tiers"), (*path, "tiers")
    if not isinstance(content, list) or not content:
        reader.blame("law_no_tiers", path)
        return _NOTHING
    tiers = [
        reader.mapping(tier, (*path, i), _TIER_KEYS, needed=("posts",)) for i, tier in enumerate(content)
    ]
    edges = [_edge(reader, tiers[i - 1], tiers[i], (*path, i)) for i in range(1, len(tiers))]
    for i in range(1, len(edges)):
        if _LARGEST not in (edges[i].at, edges[i - 1].at) and edges[i].at <= edges[i - 1].at:
            reader.blame("law_tier_overlap", (*path, i + 1), at=edges[i].at)
    posts = tuple(reader.number(tier.get("posts"), (*path, i, "posts")) for i, tier in enumerate(tiers))
    first, last = tiers[0], tiers[-1]
    least = reader.whole(first.get("from", 0), (*path, 0, "from"))
    if "above" in first:
        least = reader.whole(first["above"], (*path, 0, "above")) + 1
    most = reader.whole(last["to"], (*path, len(tiers) - 1, "to")) if "to" in last else None
    if "below" in last:
        most = reader.whole(last["below"], (*path, len(tiers) - 1, "below")) - 1
    return Steps(by, tuple(edges), posts, least, most, shape)


def _edge(reader: Reader, earlier: Mapping[str, Any], later: Mapping[str, Any], path: Path) -> Edge:
    if len({"to", "below"} & set(earlier)) != 1 or len({"from", "above"} & set(later)) != 1:
        reader.blame("law_tier_open", path)
        return Edge(_LARGEST, "upper")
    before = len(reader.problems)
    ends, begins = "to" if "to" in earlier else "below", "from" if "from" in later else "above"
    end = reader.whole(earlier[ends], (*path[:-1], path[-1] - 1, ends))
    begin = reader.whole(later[begins], (*path, begins))
    if len(reader.problems) > before:
        return Edge(_LARGEST, "upper")
    last_held = end if "to" in earlier else end - 1
    first_held = begin if "from" in later else begin + 1
    if first_held > last_held + 1:
        reader.blame("law_tier_gap", path, after=last_held, before=first_held)
    elif first_held < last_held:
        reader.blame("law_tier_overlap", path, at=first_held)
    if first_held == last_held:
        return Edge(first_held, "reading")
    return Edge(first_held, "upper")


def _linear(keys: tuple[str, ...], needed: tuple[str, ...], short: str) -> Callable[..., Rule]:
    """Reader of a straight-line shape; a bare number stands for the key `short`."""

    def read(reader: Reader, content: Any, path: Path, by: str) -> Rule:
        shape = str(path[-1])
        if short and (not isinstance(content, Mapping) or "choose" in content):
            content = {short: content}
        fields = reader.mapping(content, path, (*keys, "by", "rounding"), needed=needed)
        number = {
            key: (reader.divisor if key == "per" else reader.number)(fields[key], (*path, key))
            for key in keys
            if key in fields
        }
        rounding = fields.get("rounding", "")
        if rounding and rounding not in READINGS["rounding"][:3]:
            reader.blame("law_unknown_key", (*path, "rounding"), key=rounding, near="ceil, round, floor")
            rounding = ""
        posts, per = number.get("posts", Fraction(1)), number.get("per", Fraction(1))
        for key, scale in (("per_mille", 1000), ("per_cent", 100)):
            if key in number:
                posts, per = number[key], Fraction(scale)
        if shape == "rate" and len({"per_mille", "per_cent"} & set(number)) != 1:
            reader.blame("law_one_rate", path)
        return Linear(
            by=reader.driver(fields.get("by", by), (*path, "by")),
            posts=posts,
            per=per,
            base=number.get("base", Fraction(0)),
            above=reader.whole(fields.get("above", 0), (*path, "above")),
            rounding=rounding,
            shape=shape,
        )

    return read


def _care_ratio(reader: Reader, content: Any, path: Path, _by: str) -> Rule:
    fields = reader.mapping(content, path, tuple(DRIVER_UNITS))
    parts = [
        Linear(name, Fraction(1), reader.divisor(per, (*path, name)), shape="one_per")
        for name, per in fields.items()
        if name in DRIVER_UNITS
    ]
    return Combined("sum", tuple(parts), "care_ratio") if parts else _NOTHING


def _combined(reader: Reader, content: Any, path: Path, by: str) -> Rule:
    if not isinstance(content, list) or not content:
        reader.blame("law_no_parts", path)
        return _NOTHING
    shape = str(path[-1])
    return Combined(
        shape, tuple(reader.rule(part, (*path, i), by=by) for i, part in enumerate(content)), shape
    )


def _bounded(how: str, key: str) -> Callable[..., Rule]:
    def read(reader: Reader, content: Any, path: Path, by: str) -> Rule:
        fields = reader.mapping(content, path, ("of", key), needed=("of", key))
        if not fields:
            return _NOTHING
        bound = Fixed(reader.number(fields.get(key), (*path, key)))
        return Combined(how, (reader.rule(fields.get("of"), (*path, "of"), by=by), bound), str(path[-1]))

    return read


def _interval(reader: Reader, content: Any, path: Path, by: str) -> Rule:
    fields = reader.mapping(content, path, ("low", "high"), needed=("low", "high"))
    if not fields:
        return _NOTHING
    low, high = (reader.rule(fields.get(side), (*path, side), by=by) for side in ("low", "high"))
    ends = [
        side.count for side in (low, high) if isinstance(side, Fixed) and isinstance(side.count, Fraction)
    ]
    if ends == sorted(ends):
        return Interval(low, high)
    reader.blame("law_interval_order", (*path, "low"), low=f"{float(ends[0]):g}", high=f"{float(ends[1]):g}")
    return _NOTHING


SHAPES: dict[str, Callable[..., Rule]] = {
    "fixed": _fixed,
    "steps": _steps,
    "bands": _steps,
    "rate": _linear(("per_mille", "per_cent"), (), ""),
    "one_per": _linear(("per", "posts"), ("per",), "per"),
    "base_plus": _linear(("base", "per", "posts"), ("base", "per"), ""),
    "linear": _linear(("base", "above", "per", "posts"), ("base", "above", "per"), ""),
    "each": _linear(("posts",), ("posts",), "posts"),
    "care_ratio": _care_ratio,
    "workload": workload_of,
    "sum": _combined,
    "max": _combined,
    "min": _combined,
    "floor": _bounded("max", "at_least"),
    "ceiling": _bounded("min", "at_most"),
    "interval": _interval,
}
"""Every shape a rule can be written in, and its reader."""

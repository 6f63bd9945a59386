"""The points of a design: every option of a view is simulated at each of them, on the same chance.

A point is an ordinary scenario in the store. Its values are rounded to six digits, so that its hash does not
hang on the last bit of a library's arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.dated import Range
from simlib.decide.sensitivity import movable
from simlib.designs import LATIN_HYPERCUBE, ONE_AT_A_TIME, SOBOL, Design, Factor
from simlib.errors import Problem, ScenarioError
from simlib.scenario import PARTS, SHARED, Assumed, Cell, Experiment, Frozen, changed, parameter_names
from simlib.yamlfile import nearest
from simlib.years.setting import Setting

ASSUMED = "future.assumptions."
RUN = "run."
"""How keys of a run begin: all points share them."""
DIGITS = 6
MOST_CELLS = 20_000
Unit = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Varied:
    """Something that is varied: a number from low to high, or one of several values.

    key: full name of the parameter, as `--set` takes it. base: as the first option that reads it has it.
    is_lever: the planner decides it; all else is uncertain. values: empty for a number; of a number that is
    counted whole, none lies between.
    """

    key: str
    title: Mapping[str, str]
    base: Any
    low: float = 0.0
    high: float = 0.0
    values: tuple[Any, ...] = ()

    @property
    def is_lever(self) -> bool:
        """Whether the planner decides it."""
        return self.key.startswith("policy.")

    @property
    def is_whole(self) -> bool:
        """Whether it is a count."""
        return not self.values and all(isinstance(end, int) for end in (self.low, self.high))

    def at(self, share: float) -> Any:
        """The value at a share of its range [0..1): whole numbers and single values are all as likely."""
        if self.values:
            return self.values[int(share * len(self.values))]
        if self.is_whole:
            return int(self.low) + int(share * (int(self.high) - int(self.low) + 1))
        return rounded(self.low + share * (self.high - self.low))

    def ends(self) -> list[Any]:
        """Where it is taken one at a time: the ends, or the other values; not where it stands already."""
        return [value for value in self.values or (self.low, self.high) if value != self.base]


def rounded(value: float) -> float:
    """A value in six digits.

    >>> rounded(0.12345678)
    0.123457
    """
    return float(f"{value:.{DIGITS}g}")


@dataclass(frozen=True, slots=True)
class Spread:
    """A design with what it varies made out, its points, and the options that are simulated at each.

    points: the value of each varied thing, by its key, in the design's order; where one thing is moved at a
    time, of that alone. cells: the scenarios, option by option, in the order of the points.
    """

    design: Design
    varied: tuple[Varied, ...]
    points: tuple[Mapping[str, Any], ...]
    options: tuple[str, ...]
    cells: tuple[Cell, ...]


def spreads(plan: Experiment, settings: Mapping[str, Setting]) -> tuple[Spread, ...]:
    """The designs of an experiment with their points. Raises ScenarioError with every problem of a design."""
    return tuple(_spread(plan, design, settings) for design in plan.designs)


def _spread(plan: Experiment, design: Design, settings: Mapping[str, Setting]) -> Spread:
    options = [cell for cell in plan.cells if cell.view == design.view]
    size = len(options) * design.size
    if size > MOST_CELLS:
        blanks = {"view": design.view, "cells": size, "options": len(options), "points": design.size}
        column = f"views.{design.view}.points"
        raise ScenarioError(Problem("design_too_many", column=column, values={**blanks, "most": MOST_CELLS}))
    varied = _varied(design, [settings[cell.id] for cell in options])
    points = points_of(design, varied)
    cells = [_cell(cell, point, at) for cell in options for at, point in enumerate(points)]
    return Spread(design, varied, points, tuple(cell.id for cell in options), tuple(cells))


def _cell(option: Cell, point: Mapping[str, Any], at: int) -> Cell:
    cell_id = f"{option.id}-p{at:04d}"
    return replace(option, id=cell_id, scenario=changed(option.scenario, point, cell_id))


def points_of(design: Design, varied: tuple[Varied, ...]) -> tuple[Mapping[str, Any], ...]:
    """The points of a design, the same for the same seed.

    A Sobol' design holds the two base samples A and B, then for each varied thing A with that thing's values
    from B. Source: A. Saltelli et al., Computer Physics Communications 181, 2010, p. 259; the sequence is
    that of scipy.stats.qmc, scrambled (A. B. Owen, Journal of Complexity 14, 1998, p. 466).
    """
    keys = [item.key for item in varied]
    if design.kind == ONE_AT_A_TIME:
        return tuple(Frozen({item.key: end}) for item in varied for end in item.ends())
    rows = {LATIN_HYPERCUBE: _hypercube, SOBOL: _saltelli}[design.kind](design, len(varied))
    return tuple(
        Frozen({key: item.at(share) for key, item, share in zip(keys, varied, row, strict=True)})
        for row in rows
    )


def _hypercube(design: Design, count: int) -> Unit:
    """Points of a Latin hypercube [points × count]."""
    from scipy.stats import qmc  # noqa: PLC0415 - takes a second to load, which only designs pay

    return np.asarray(qmc.LatinHypercube(d=count, rng=design.seed).random(design.points))


def _saltelli(design: Design, count: int) -> Unit:
    """Rows of A, of B, and of A with one column from B [points × (count + 2), count]."""
    from scipy.stats import qmc  # noqa: PLC0415 - as above

    both = np.asarray(qmc.Sobol(d=2 * count, rng=design.seed).random(design.points))
    one, other = both[:, :count], both[:, count:]
    mixed = [np.where(np.arange(count) == at, other, one) for at in range(count)]
    return np.concatenate([one, other, *mixed])


def _varied(design: Design, settings: list[Setting]) -> tuple[Varied, ...]:
    """What a design varies. Raises ScenarioError naming what cannot be."""
    problems, found = list[Problem](), list[Varied]()
    for factor in design.factors:
        column = f"views.{design.view}.over.{factor.key}"
        try:
            item = _one(factor, settings)
        except ScenarioError as error:
            problems += [replace(problem, column=column) for problem in error.problems]
            continue
        if item.key in [known.key for known in found]:
            problems.append(Problem("design_twice", column=column, values={"name": factor.key}))
        found.append(item)
    if problems:
        raise ScenarioError(problems)
    return tuple(found)


def _one(factor: Factor, settings: list[Setting]) -> Varied:
    """A factor made out: a parameter, or an assumption by its key or its full name."""
    law, short = settings[0].law, factor.key.removeprefix(ASSUMED)
    if factor.key in SHARED:
        raise ScenarioError(Problem("scenario_shared", values={"name": factor.key}))
    if factor.key.startswith(RUN):
        raise ScenarioError(Problem("design_key", values={"name": factor.key}))
    if short in law.values:
        item = _assumption(replace(factor, key=short), settings)
    elif factor.key in parameter_names() or factor.key.rpartition(".")[0] in parameter_names():
        item = _parameter(factor, settings[0])
    else:
        known = [*parameter_names(), *law.values]
        raise ScenarioError(
            Problem("scenario_unknown", values={"name": factor.key, "near": nearest(short, known)})
        )
    for value in item.values or (item.low, item.high):
        _check(item, value, settings[0])
    return item


def _check(item: Varied, value: Any, setting: Setting) -> None:
    """Raise ScenarioError where a scenario cannot take the value."""
    Assumed(setting.law, changed(setting.scenario, {item.key: value}, "point"))


def _assumption(factor: Factor, settings: list[Setting]) -> Varied:
    """An assumption: its own range where none is given, of the first option that reads it."""
    reading = next((each for each in settings if factor.key in each.assumed.read), settings[0])
    title = reading.law.values[factor.key].description
    base = reading.assumed.value(factor.key)
    stands = base.mode if isinstance(base, Range) else base
    key = ASSUMED + factor.key
    if factor.values:
        return Varied(key, title, stands, values=factor.values)
    if factor.low is not None and factor.high is not None:
        figures = (base.low, base.mode, base.high) if isinstance(base, Range) else (base,)
        is_count = reading.law.values[factor.key].unit != "share" and _are_whole(*figures)
        return Varied(key, title, stands, *_ends_given(factor.low, factor.high, is_count=is_count))
    item = movable(reading, [factor.key])[0][0]
    return Varied(key, title, item.base, item.low, item.high)


def _parameter(factor: Factor, setting: Setting) -> Varied:
    """A parameter of policy or future, with the range or the values given."""
    if not factor.values and (factor.low is None or factor.high is None):
        raise ScenarioError(Problem("design_no_range", values={"name": factor.key}))
    part, _, rest = factor.key.partition(".")
    name, _, inner = rest.partition(".")
    stands = getattr(getattr(setting.scenario, part), name)
    base = stands.get(inner) if inner else stands
    title = {"zh": factor.key, "en": factor.key}
    if factor.values:
        return Varied(factor.key, title, base, values=factor.values)
    kind = next(str(item.type) for item in fields(PARTS[part]) if item.name == name)
    ends = _ends_given(factor.low or 0, factor.high or 0, is_count="int" in kind)
    return Varied(factor.key, title, base, *ends)


def _ends_given(low: float, high: float, *, is_count: bool) -> tuple[float, float]:
    """The ends of a range as a file gives them: whole numbers where a count goes from one to another.

    >>> _ends_given(0, 2.0, is_count=True), _ends_given(0, 1, is_count=False)
    ((0, 2), (0.0, 1.0))
    """
    return (int(low), int(high)) if is_count and _are_whole(low, high) else (float(low), float(high))


def _are_whole(*numbers: float) -> bool:
    return all(number == math.floor(number) for number in numbers)

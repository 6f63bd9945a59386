"""The law's dated values as one scenario sees them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from simlib.bounds import bounds_of, is_whole
from simlib.dated import DatedValue, Range
from simlib.errors import Problem, ScenarioError
from simlib.policy.statutes import Law
from simlib.scenario.parts import Scenario
from simlib.yamlfile import nearest


class Assumed:
    """The law's dated values as one scenario sees them, and which of them were looked at.

    Values hold on the first day of the plan; `future.assumptions` moves those that are assumptions.
    Raises ScenarioError at once for a key that is no assumption or a value it cannot take.
    """

    def __init__(self, law: Law, scenario: Scenario) -> None:
        self.law, self.on = law, date(scenario.run.first_year, 1, 1)
        self.read: set[str] = set()
        self.moved: dict[str, int | float | Range] = {}
        problems = []
        for key, asked in scenario.future.assumptions.items():
            if key not in law.values:
                values = {"name": f"future.assumptions.{key}", "near": nearest(key, law.values)}
                problems.append(Problem("scenario_unknown", column=key, values=values))
                continue
            moved = _moved(law.values[key], asked, self.on)
            if moved is None:
                low, high = bounds_of(key, law.values[key].unit)
                values = {"found": asked, "low": f"{low:g}", "high": f"{high:g}"}
                problems.append(Problem("scenario_assumption", column=key, values=values))
            elif is_whole(key, law.values[key].unit) and any(number % 1 for number in _numbers(moved)):
                problems.append(Problem("dated_not_whole", column=key, values={"found": asked}))
            else:
                self.moved[key] = moved
        if problems:
            raise ScenarioError(problems)

    def value(self, key: str) -> int | float | Range:
        """A value or range. Raises LawError for an unknown key or a day outside its dates."""
        self.read.add(key)
        if key in self.moved:
            return self.moved[key]
        found: int | float | Range = self.law.dated(key).entry(self.on).value
        return found

    def number(self, key: str) -> float:
        """A value; of a range, the one held most likely."""
        found = self.value(key)
        return float(found.mode if isinstance(found, Range) else found)

    def canonical(self) -> list[list[str]]:
        """What was read, as plain text, for the hash."""
        return [[key, repr(self.value(key))] for key in sorted(self.read)]


def _numbers(value: int | float | Range) -> tuple[int | float, ...]:
    return (value.low, value.mode, value.high) if isinstance(value, Range) else (value,)


def _moved(dated: DatedValue, asked: Any, on: date) -> int | float | Range | None:
    """The value a future asks for: a side of the range, a number, or a range of its own."""
    known = dated.entry(on).value
    if asked in ("low", "mode", "high") and isinstance(known, Range):
        side: int | float = getattr(known, asked)
        return side
    is_range = isinstance(asked, Mapping) and set(asked) == {"low", "mode", "high"}
    numbers = [asked["low"], asked["mode"], asked["high"]] if is_range else [asked]
    if not all(isinstance(number, (int, float)) and not isinstance(number, bool) for number in numbers):
        return None
    low, high = bounds_of(dated.key, dated.unit)
    if not all(low <= number <= high for number in numbers) or numbers != sorted(numbers):
        return None
    return Range(*numbers) if is_range else asked

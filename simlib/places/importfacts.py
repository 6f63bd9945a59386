"""What is found in a foreign table, and what the person who knows it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simlib.errors import Problem
from simlib.places.grids import Grid


@dataclass(frozen=True, slots=True)
class ImportColumn:
    """A column of the sheet: its place (from 1), heading as written, what it stands for ("" for nothing).

    factor: what its numbers are multiplied by; how: exact, near, unit, chosen or none.
    """

    position: int
    written: str
    column: str
    factor: int
    how: str


@dataclass(frozen=True, slots=True)
class UnreadRow:
    """A row that could not be read: its line, what stands there, why not."""

    row: int
    written: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Question:
    """A column that may be several: position (from 1), heading, what it may be.

    It holds several programmes together, or does not say whether it counts households or persons.
    """

    position: int
    written: str
    choices: tuple[str, ...]

    @property
    def is_uncounted(self) -> bool:
        """Whether it is one programme of which households and persons are not told apart."""
        return len({choice.rpartition("_")[0] for choice in self.choices}) == 1 < len(self.choices)


@dataclass(frozen=True, slots=True)
class Choices:
    """Answers of the person who knows the file; what is None or missing is looked for."""

    sheet: str = ""
    header_rows: tuple[int, ...] = ()
    columns: Mapping[int, str] = field(default_factory=dict)
    units: Mapping[int, int] = field(default_factory=dict)
    totals: tuple[int, ...] | None = None
    areas: Mapping[int, str] = field(default_factory=dict)
    passed: tuple[int, ...] = ()
    county: str = ""


class Findings:
    """One look at a sheet: the grid, the answers given, and all that is found on the way."""

    def __init__(self, file: str, grid: Grid, chosen: Choices) -> None:
        self.file, self.grid, self.chosen = file, grid, chosen
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.unread: list[UnreadRow] = []
        self.questions: list[Question] = []
        self.totals: list[int] = []
        self.passed: list[int] = []
        self.bureaus: list[int] = []

    def blame(self, key: str, row: int | None = None, column: str = "", /, **values: Any) -> None:
        """Something that must be gone before the table can be imported."""
        self.problems.append(Problem(f"import_{key}", self.file, row, column, values))

    def note(self, key: str, row: int | None = None, column: str = "", /, **values: Any) -> None:
        """Something done in reading that the person should know."""
        self.notes.append(Problem(f"import_{key}", self.file, row, column, values))

    def refuse(self, row: int, why: Problem) -> None:
        """List a row as unread."""
        texts = [cell for cell in self.grid.cells[row - 1] if cell]
        self.unread.append(UnreadRow(row, " | ".join(texts)[:160], why))

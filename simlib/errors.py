"""The errors a user of simlib can meet, as one tree.

SimlibError
├── InputError          what was given cannot be used (exit 2): every problem in one line each
│   ├── PlaceError      a place: townships.csv, counties.csv, place.yaml
│   ├── LawError        a file of law, or a question the law does not answer
│   └── ScenarioError   a scenario or an experiment
└── RunError            a simulation, notebook or report that failed (exit 1)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Self

from simlib import words


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with what was given: where it stands, what is wrong, what to do.

    key: entry `problem.<key>` of the catalogue; `values` fill its blanks: a tuple as the language lists it,
    a {zh, en} pair by its side of the language.
    row: line of the file, the header being line 1.
    """

    key: str
    file: str = ""
    row: int | None = None
    column: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    def line(self, lang: str | None = None) -> str:
        """The problem on one line, in `lang` or the language in force."""
        where = self.file
        if self.row is not None:
            where += words.say("problem_row", lang, row=self.row)
        if self.column and not where:
            where = self.column
        elif self.column:
            where += words.say("problem_column", lang, column=self.column)
        blanks = {name: _told(value, lang) for name, value in self.values.items()}
        text = words.say(f"problem.{self.key}", lang, **blanks)
        line = f"{where}: {text}" if where else text
        return " ".join(line.split())

    def __str__(self) -> str:
        return self.line()


def _told(value: Any, lang: str | None) -> Any:
    if isinstance(value, tuple):
        return words.say("view.list", lang).join(str(_told(each, lang)) for each in value)
    is_text = isinstance(value, dict) and value.keys() == set(words.LANGS)
    return words.pick(value, lang) if is_text else value


class SimlibError(Exception):
    """Whatever simlib itself raises."""


class InputError(SimlibError):
    """What was given cannot be used; `problems` lists every reason."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(problem.line() for problem in self.problems))

    def standing_in(self, file: str, rows: Callable[[str], int | None] = lambda _: None) -> Self:
        """The same with a file where none is named; rows: the row on which a column stands in it."""
        return type(self)(
            problem if problem.file else replace(problem, file=file, row=rows(problem.column))
            for problem in self.problems
        )


class PlaceError(InputError):
    """A place that cannot be used."""


class LawError(InputError):
    """A file of law that cannot be used, or a question the law does not answer."""


class ScenarioError(InputError):
    """A scenario or an experiment that cannot be used."""


class RunError(SimlibError):
    """A simulation, notebook or report that failed."""

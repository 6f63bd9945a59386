"""Readings: the answers a planner gives to what a text leaves open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Protocol

from simlib.errors import LawError, Problem
from simlib.policy.lawhead import answer_text
from simlib.policy.rules import READINGS, Reading


class Open(Protocol):
    """A text that leaves readings open."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def readings(self) -> Mapping[str, str]:
        """Each reading it leaves open, and its default."""


def full_reading(text: Open, reading: Mapping[str, Any]) -> dict[str, str]:
    """The readings of a formula or money rule with these answers put in.

    Raises LawError for a reading the text does not have, naming those it has, or an unknown answer.
    """
    answers = dict(text.readings)
    problems = []
    for name, value in reading.items():
        answer = answer_text(value)
        if name not in answers:
            known = ", ".join(f"{key}={'|'.join(READINGS[key])}" for key in answers)
            blanks = {"id": text.id, "reading": name, "known": known or "–"}
            problems.append(Problem("law_no_reading", values=blanks))
        elif answer not in READINGS[name]:
            blanks = {"reading": name, "found": answer, "known": ", ".join(READINGS[name])}
            problems.append(Problem("law_no_answer", values=blanks))
        else:
            answers[name] = answer
    if problems:
        raise LawError(problems)
    return answers


def all_readings(text: Open, fixed: Mapping[str, Any] | None = None) -> Iterator[dict[str, str]]:
    """Every combination of answers to the text's readings, each in the order of its vocabulary.

    fixed: readings answered already. Raises LawError as `full_reading` does.
    """
    given = full_reading(text, fixed or {})
    names = list(text.readings)
    for answers in product(*((given[name],) if name in (fixed or {}) else READINGS[name] for name in names)):
        yield dict(zip(names, answers, strict=True))


def reading_text(reading: Reading) -> str:
    """A reading in one line.

    >>> reading_text({"boundary": "upper", "village": "1"})
    'boundary=upper,village=1'
    """
    return ",".join(f"{name}={answer}" for name, answer in reading.items())

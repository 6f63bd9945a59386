"""What a person typed, as values."""

from __future__ import annotations

from datetime import date
from typing import Any

from simlib.errors import InputError, Problem


def asked_day(text: str | None) -> date | None:
    """The day of an option such as `--on`, None where none was given. Raises InputError for what is no date.

    >>> asked_day("2027-01-31")
    datetime.date(2027, 1, 31)
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(Problem("cli_date", values={"found": text})) from None


def at_least(asked: Any, **least: int) -> None:
    """Raise InputError for the first option that is a number below its least; options not given pass."""
    for name, low in least.items():
        found = getattr(asked, name)
        if found is not None and found < low:
            values = {"option": f"--{name.replace('_', '-')}", "low": low, "found": found}
            raise InputError(Problem("cli_number", values=values))


def together(asked: Any, option: str, **others: Any) -> None:
    """Raise InputError for the first of other options that is given though `option`, which it serves, is not.

    others: by their name, what each is where it is not given.
    """
    if getattr(asked, option) not in (None, False, []):
        return
    for name, nothing in others.items():
        if getattr(asked, name) != nothing:
            values = {"found": f"--{name.replace('_', '-')}", "other": f"--{option.replace('_', '-')}"}
            raise InputError(Problem("cli_alone", values=values))

"""What a person typed, as values."""

from __future__ import annotations

from datetime import date

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

"""What is wrong with a place, collected: every problem is told at once, and no file drowns the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlib.errors import PlaceError, Problem

SHOWN_PER_FILE = 50
"""Problems of one file told line by line; the rest are counted."""
_SHOWN_LETTERS = 40
PERSONAL_NUMBER = (
    r"(?:^|[^0-9])(?:[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
    r"|1[3-9][0-9]{9})(?:[^0-9]|$)"
)
"""An identity number of 18 places or a mobile number, standing alone."""
PERSONAL = re.compile(PERSONAL_NUMBER)


class Complaints:
    """Problems and notes found so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.unlisted: Counter[str] = Counter()
        self._listed: Counter[str] = Counter()

    def add(self, key: str, file: str, row: int | None = None, column: str = "", /, **values: Any) -> None:
        """One problem; past the cap of its file it is only counted."""
        if self._listed[file] >= SHOWN_PER_FILE:
            self.unlisted[file] += 1
            return
        self._listed[file] += 1
        self.problems.append(Problem(f"place_{key}", file, row, column, values))

    def extend(self, problems: Iterable[Problem]) -> None:
        """Problems made elsewhere, as they are."""
        self.problems += problems

    def rows(
        self, key: str, file: str, at: NDArray[np.int64], column: str = "", /, **values: Sequence[Any]
    ) -> None:
        """One problem a row: `at` holds the lines, each of `values` one blank for each line."""
        room = max(0, SHOWN_PER_FILE - self._listed[file])
        for index, row in enumerate(at[:room].tolist()):
            blanks = {name: shown(cells[index]) for name, cells in values.items()}
            self.add(key, file, row, column, **blanks)
        self.unlisted[file] += max(0, len(at) - room)

    def note(self, key: str, file: str, column: str = "", /, **values: Any) -> None:
        """Something derived, assumed or passed over, that whoever reads the results should know."""
        name = file.replace("\\", "/").rpartition("/")[2]  # notes reach reports, paths never do
        self.notes.append(Problem(f"place_note_{key}", name, None, column, values))

    def about(self, file: str) -> bool:
        """Whether something is wrong with this file so far."""
        return self._listed[file] > 0

    def raise_any(self) -> None:
        """Raise PlaceError if anything is wrong."""
        if not self.problems:
            return
        more = [
            Problem("place_more", file, values={"n": count}) for file, count in self.unlisted.items() if count
        ]
        raise PlaceError([*self.problems, *more])


def shown(value: Any) -> str:
    """A found value as a message may repeat it: short, and never a personal number.

    >>> shown("511102199001011234")
    '******'
    """
    text = re.sub(r"[\x00-\x1f\x7f\ufffd]", "?", str(value))
    if re.search(PERSONAL_NUMBER, text):
        return "******"
    return text if len(text) <= _SHOWN_LETTERS else text[:_SHOWN_LETTERS] + "…"

"""Where planners expect measures to go as assumptions rise, and whether a run agrees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from simlib.policy.lawhead import Text
from simlib.yamlfile import load_yaml

WAYS: Mapping[str, int] = {"up": 1, "down": -1}
ARROWS: Mapping[int, str] = {1: "↑", -1: "↓"}
UNSURE = "–"
"""Stands for a direction that may be chance."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A direction from the low to the high end (1 up, −1 down), and the planner's reason."""

    way: int
    why: Text

    @property
    def arrow(self) -> str:
        """The direction as it is shown."""
        return ARROWS[self.way]


@cache
def expectations() -> Mapping[tuple[str, str], Expected]:
    """What is expected, by assumption and measure."""
    content, _ = load_yaml(Path(__file__).with_name("expected.yaml"))
    return MappingProxyType(
        {
            (str(key), str(measure)): Expected(WAYS[told["way"]], {side: told[side] for side in ("zh", "en")})
            for key, measures in content.items()
            for measure, told in measures.items()
        }
    )


def direction(_: float, low: float, high: float, count: int) -> str:
    """An arrow for a difference whose interval leaves out 0; a dash where it may be chance.

    >>> direction(2.0, 1.0, 3.0, 20), direction(-1.0, -1.5, -0.5, 20), direction(1.0, -1.0, 3.0, 20)
    ('↑', '↓', '–')
    """
    if count < 2 or not (low > 0 or high < 0):
        return UNSURE
    return ARROWS[1 if low > 0 else -1]


def agrees(key: str, measure: str, seen: str) -> str:
    """Whether a direction seen is the one expected: yes, no, unsure (may be chance), or "" (none expected).

    >>> [agrees("quits.contract_per_year", measure, "↑") for measure in ("vacancy_share", "backlog")]
    ['yes', '']
    """
    expected = expectations().get((key, measure))
    if expected is None:
        return ""
    return "unsure" if seen == UNSURE else "yes" if seen == expected.arrow else "no"

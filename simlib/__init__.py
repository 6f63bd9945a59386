"""Staffing and budget planning for grassroots social assistance in China.

The names below are imported when first asked for, so a worker that only simulates loads no chart library.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version as _version
from typing import Any

__version__ = _version("simlib")

_NAMES = {
    "load_place": "simlib.places.place",
    "load_law": "simlib.policy.statutes",
    "load_scenario": "simlib.scenario",
    "load_experiment": "simlib.scenario",
    "required_posts": "simlib.policy.staffing",
    "open_experiment": "simlib.results.experiment",
    "formulas": "simlib.drive.api",
    "funding": "simlib.drive.api",
    "staffing": "simlib.drive.api",
    "simulate": "simlib.drive.api",
    "compare": "simlib.drive.comparing",
    "panel": "simlib.drive.panel",
}

__all__ = [
    "__version__",
    "compare",
    "formulas",
    "funding",
    "load_experiment",
    "load_law",
    "load_place",
    "load_scenario",
    "open_experiment",
    "panel",
    "required_posts",
    "simulate",
    "staffing",
]


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'simlib' has no attribute {name!r}")
    return getattr(import_module(_NAMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)

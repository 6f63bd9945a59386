"""The engines that run a month of desk work, by name. They give the same result at different speeds."""

from __future__ import annotations

import warnings
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Protocol

from simlib.compiled import has_compiler
from simlib.desks.network import Absences, DeskMonth, MonthDone, OpenWork, Roster, Steps, Whole
from simlib.words import say
from simlib.worktime import Calendar

COMPILED, REFERENCE = ENGINES = ("compiled", "reference")
"""`compiled` needs numba (the extra `fast`); `reference` is the one to read."""

_MODULES = {COMPILED: "simlib.desks.kernel", REFERENCE: "simlib.desks.reference"}


@cache
def default_engine() -> str:
    """The compiled engine where numba is, else the reference, which is said once."""
    if has_compiler():
        return COMPILED
    warnings.warn(say("engine_without_numba"), stacklevel=2)
    return REFERENCE


class Docket(Protocol):
    """The open cases at the desks of several counties, and where each stands, from month to month."""

    def month(
        self, steps: Steps, work: OpenWork, roster: Roster, absences: Absences, *, start: int, end: int
    ) -> DeskMonth:
        """Take in new cases and run the desk work of every county from `start` to before `end` [tick].

        steps, work: of the new cases, whose ids are above all ids there. Workers ascend county by county;
        whoever has something in hand must stand in the roster. Raises ValueError for what is out of order.
        """

    def open_cases(self) -> Whole:
        """Ids of the open cases, ascending."""

    def open_work(self) -> OpenWork:
        """Where each open case stands."""

    def open_steps(self) -> Steps:
        """All steps of the open cases."""


def open_docket(engine: str, steps: Steps, work: OpenWork, *, calendar: Calendar, bureau: Whole) -> Docket:
    """The docket of the engine named, with these cases in it.

    bureau: number of the county bureau's office, for each office; see `network.counties`.
    An engine is loaded when it is first used. Raises ValueError for a name that is not in ENGINES.
    """
    docket: Docket = _module(engine).Docket(steps, work, calendar=calendar, bureau=bureau)
    return docket


def run_month(
    engine: str,
    steps: Steps,
    work: OpenWork,
    roster: Roster,
    absences: Absences,
    *,
    calendar: Calendar,
    bureau: Whole,
    start: int,
    end: int,
) -> MonthDone:
    """The desk work of every county from `start` to before `end` [tick], by the engine named.

    One month by itself: what stays open comes back as columns. See `reference.run_month` for the arguments.
    Raises ValueError for a name that is not in ENGINES.
    """
    done: MonthDone = _module(engine).run_month(
        steps, work, roster, absences, calendar=calendar, bureau=bureau, start=start, end=end
    )
    return done


def _module(engine: str) -> ModuleType:
    if engine not in ENGINES:
        raise ValueError(f"{engine!r} is not an engine; the engines: {', '.join(ENGINES)}")
    return import_module(_MODULES[engine])

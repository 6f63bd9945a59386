"""The engines that run a month of desk work, by name. They give the same result at different speeds."""

from __future__ import annotations

import warnings
from functools import cache
from importlib import import_module

from simlib.compiled import has_compiler
from simlib.desks.network import Absences, MonthDone, OpenWork, Roster, Steps, Whole
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

    See `reference.run_month` for the arguments. An engine is loaded when it is first used.
    Raises ValueError for a name that is not in ENGINES.
    """
    if engine not in ENGINES:
        raise ValueError(f"{engine!r} is not an engine; the engines: {', '.join(ENGINES)}")
    done: MonthDone = import_module(_MODULES[engine]).run_month(
        steps, work, roster, absences, calendar=calendar, bureau=bureau, start=start, end=end
    )
    return done

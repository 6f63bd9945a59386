"""Which engine runs, what it loads, what it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simlib.desks import engines, reference
from simlib.desks.network import Standing
from tests.desks.networks import Engine
from tests.desks.small import DAY, Person, Step, by_case, case, month


@pytest.mark.parametrize("name", ["simlib", "simlib.desks.reference", "simlib.desks.engines"])
def test_numba_is_loaded_only_when_the_compiled_engine_runs(name: str) -> None:
    """Half a second and a compiler that a reader of results never needs."""
    code = f"import sys, {name}; print('numba' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert (done.returncode, done.stdout.strip()) == (0, "False"), done.stderr


def test_without_numba_the_reference_runs_and_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planner without the extra gets the same figures, and knows why it takes long."""
    engines.default_engine.cache_clear()
    monkeypatch.setattr(engines, "has_compiler", lambda: False)

    with pytest.warns(UserWarning, match="reference engine") as said:
        chosen = [engines.default_engine(), engines.default_engine()]

    engines.default_engine.cache_clear()
    assert (chosen, len(said)) == (["reference"] * 2, 1)


def test_with_numba_switched_off_the_reference_runs() -> None:
    """NUMBA_DISABLE_JIT=1 leaves the compiled engine nothing to run on; the figures stay the same."""
    code = "from simlib.desks import engines; print(engines.default_engine())"
    switched_off = {**os.environ, "NUMBA_DISABLE_JIT": "1"}

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, env=switched_off
    )

    assert (done.returncode, done.stdout.strip()) == (0, "reference"), done.stderr


def test_with_numba_the_compiled_engine_runs(compiled: Engine) -> None:
    """It is the same result, sooner."""
    assert engines.default_engine() == engines.COMPILED


@pytest.mark.parametrize("name", engines.ENGINES)
def test_an_engine_runs_by_its_name(name: str) -> None:
    """The name in a scenario is all a caller needs."""
    if name == engines.COMPILED:
        pytest.importorskip("numba")
    result = month(
        lambda *rest, **more: engines.run_month(name, *rest, **more),
        [case(1, 0, Step(9))],
        [Person(1)],
        end=DAY,
    )

    assert by_case(result) == {1: (1, 0, 9)}


def test_an_unknown_engine_is_refused() -> None:
    """A slip in a name must not quietly run something else."""
    with pytest.raises(ValueError, match="the engines: compiled, reference"):
        month(lambda *rest, **more: engines.run_month("fast", *rest, **more), [], [], end=DAY)


def test_a_month_without_anything_is_empty(engine: Engine) -> None:
    """A county can lie idle."""
    nothing = month(engine, [], [Person(1, idle_since=-5)], end=DAY)

    assert (len(nothing.services), len(nothing.work), len(nothing.steps)) == (0, 0, 0)
    assert nothing.idle_since == {1: -5}


def test_views_of_a_table_are_read_as_well_as_columns(compiled: Engine) -> None:
    """A roster made from rows has strided columns; other layouts would compile the engine anew."""
    from simlib.desks import kernel

    def strided(steps, work, roster, absences, **rest):
        rows = np.array([getattr(roster, name) for name in roster.names()]).T.copy()
        rows.flags.writeable = False
        return compiled(steps, work, type(roster)(*rows.T), absences, **rest)

    cases, people = [case(1, 0, Step(9))], [Person(1), Person(2)]
    before = len(kernel._run.signatures)

    assert by_case(month(strided, cases, people, end=DAY)) == by_case(month(compiled, cases, people, end=DAY))
    assert len(kernel._run.signatures) == max(before, 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"steps": lambda steps: steps.pick(np.array([1, 0]))}, "steps stand by ascending case"),
        ({"steps": lambda steps: steps.pick(np.array([0]))}, "an open case has no steps"),
        ({"work": lambda work: work.pick(np.array([0]))}, "steps belong to open cases"),
        ({"work": lambda work: work.pick(np.array([0, 0]))}, "named twice"),
        ({"work": lambda work: replace(work, entry=work.entry - 9)}, "before the month began"),
        ({"roster": lambda roster: roster.pick(np.array([0, 0]))}, "workers stand by ascending id"),
        ({"steps": lambda steps: replace(steps, office=steps.office + (1 << 40))}, "an office has no bureau"),
        ({"roster": lambda roster: replace(roster, office=roster.office - 1)}, "an office has no bureau"),
        ({"steps": lambda steps: replace(steps, payroll_only=steps.case)}, "for all or the payroll"),
        ({"roster": lambda roster: replace(roster, kind=roster.id + 1)}, "on contract"),
        ({"steps": lambda steps: replace(steps, people=steps.people + 4)}, "one person or two"),
        ({"steps": lambda steps: replace(steps, ticks=steps.ticks << 58)}, "beyond what"),
        ({"steps": lambda steps: replace(steps, ticks=-steps.ticks)}, "is negative"),
        ({"work": lambda work: replace(work, step=work.case)}, "at none of its steps"),
        (
            {"work": lambda work: replace(work, standing0=work.standing0 + 1, office0=work.case << 40)},
            "at an office of its county",
        ),
        (
            {
                "work": lambda work: replace(
                    work, standing0=work.standing0 + Standing.IN_HAND, worker0=work.case + 7
                )
            },
            "not in the roster",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_compiled_engine_refuses_what_it_lacks(
    compiled: Engine, change: dict[str, Callable[..., Any]], words: str
) -> None:
    """Unchecked, compiled code would read beyond its arrays and go on."""

    def changed(steps, work, roster, absences, **rest):
        tables = {"steps": steps, "work": work, "roster": roster, "absences": absences}
        tables |= {name: alter(tables[name]) for name, alter in change.items()}
        return compiled(*tables.values(), **rest)

    with pytest.raises(ValueError, match=words):
        month(changed, [case(1, 5, Step(9)), case(2, 5, Step(9))], [Person(1)], end=DAY)


def test_the_compiled_engine_refuses_a_month_of_ages(compiled: Engine) -> None:
    """An event is one whole number of tick and case; beyond its 62 bits the order would be lost."""
    with pytest.raises(ValueError, match="too long for so many cases"):
        month(compiled, [case(1, 5, Step(9))], [Person(1)], end=1 << 61)


def test_both_engines_refuse_to_run_past_the_calendar(engine: Engine) -> None:
    """A term beyond the last known year has no date."""
    from simlib.worktime import CALENDAR

    with pytest.raises(IndexError):
        month(
            engine, [case(1, 0, Step(9), Step(9, wait_kind=CALENDAR, wait_length=9999))], [Person(1)], end=DAY
        )


def test_the_reference_takes_entries_in_any_order() -> None:
    """Open work is joined from what stayed and what comes."""
    cases = [case(1, 0, Step(9)), case(2, 0, Step(9))]

    def turned(steps, work, roster, absences, **rest):
        return reference.run_month(steps, work.pick(np.array([1, 0])), roster, absences, **rest)

    assert by_case(month(turned, cases, [Person(1)], end=DAY)) == {1: (1, 0, 9), 2: (1, 9, 18)}

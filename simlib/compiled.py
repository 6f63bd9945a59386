"""Plain loops over whole numbers, compiled where numba is installed: the same numbers, sooner.

A loop is written once, as Python that runs as it stands. Marked with `compiled` it is compiled when first
called, and the machine code is kept on disk beside the module for the next process.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from importlib.util import find_spec
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


@cache
def has_compiler() -> bool:
    """Whether loops are compiled here."""
    return find_spec("numba") is not None


def compiled(loop: Callable[Given, Result]) -> Callable[Given, Result]:
    """The loop itself, or its compiled form where there is a compiler; nothing is loaded before it is called.

    >>> @compiled
    ... def total(values):
    ...     summed = 0
    ...     for value in values:
    ...         summed += value
    ...     return summed
    >>> total.__wrapped__([1, 2, 3])
    6
    """
    ready: list[Callable[Given, Result]] = []

    @wraps(loop)
    def call(*values: Given.args, **named: Given.kwargs) -> Result:
        if not ready:
            ready.append(_compile(loop) if has_compiler() else loop)
        return ready[0](*values, **named)

    return call


def _compile(loop: Callable[Given, Result]) -> Callable[Given, Result]:
    from numba import njit  # noqa: PLC0415 - only whoever calls a loop pays for loading the compiler

    made: Callable[Given, Result] = njit(cache=True, nogil=True)(loop)
    return made

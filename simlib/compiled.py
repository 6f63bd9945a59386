"""Plain loops over whole numbers, compiled where numba is installed: the same numbers, sooner.

A loop is written once, as Python that runs as it stands. Marked with `compiled` it is compiled when first
called, and the machine code is kept on disk beside the module for the next process.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, wraps
from importlib.util import find_spec
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")
Function = TypeVar("Function", bound=Callable[..., Any])


@cache
def has_compiler() -> bool:
    """Whether loops are compiled here: numba is installed and not switched off by its own variable."""
    return find_spec("numba") is not None and os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0")


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
    return compiled_now(cache=True)(loop)


def compiled_now(**options: Any) -> Callable[[Function], Function]:
    """What compiles a function with options of the compiler, or leaves it where there is none.

    It loads the compiler at once: for a module of parts that call each other, itself imported when needed.
    """
    if not has_compiler():
        return lambda function: function
    from numba import njit  # noqa: PLC0415 - only whoever compiles pays for loading the compiler

    compile_it: Callable[[Function], Function] = njit(nogil=True, **options)
    return compile_it

"""Calls made in a process of their own, whose memory goes when they are done."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

Made = TypeVar("Made")


def apart(call: Callable[..., Made], *values: Any, **named: Any) -> Made:
    """What a call returns in a process of its own; its errors are raised here."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(call, *values, **named).result()

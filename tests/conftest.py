"""What every test shares: one language, no clock, and no leave to change the work of another test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from simlib import words

settings.register_profile("any_machine", deadline=None)
settings.load_profile("any_machine")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Messages are compared in English unless a test speaks another language."""
    with words.speaking("en"):
        yield

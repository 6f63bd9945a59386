"""What every test shares: one language, and no leave to change the work of another test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simlib import words


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Messages are compared in English unless a test speaks another language."""
    with words.speaking("en"):
        yield

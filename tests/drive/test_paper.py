"""Pages on paper: a browser is found or its lack is told; nothing half-printed stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from simlib.drive import paper
from simlib.errors import InputError, RunError


def test_without_a_browser_one_line_says_which_would_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said before anything is rendered."""
    monkeypatch.delenv(paper.CHOSEN, raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(paper, "PLACES", ())

    with pytest.raises(InputError) as caught:
        paper.find_browser()

    line = caught.value.problems[0].line("en")
    assert all(word in line for word in ("Chromium", "Chrome", "Edge", paper.CHOSEN))


def test_a_browser_named_by_hand_comes_first_and_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offices have their own."""
    monkeypatch.setattr(shutil, "which", lambda name: name if name != "nobody" else None)
    monkeypatch.setenv(paper.CHOSEN, "/opt/mine")
    assert paper.find_browser() == "/opt/mine"

    monkeypatch.setenv(paper.CHOSEN, "nobody")
    with pytest.raises(InputError, match="nobody"):
        paper.find_browser()


def test_a_browser_that_fails_leaves_no_file(tmp_path: Path) -> None:
    """What was printed before stays."""
    page = tmp_path / "p.html"
    page.write_text("<p>x</p>", "utf-8")
    page.with_suffix(".pdf").write_bytes(b"before")

    with pytest.raises(RunError, match=r"p\.html"):
        paper.print_pages("/bin/false", [page], lambda _: None)

    assert page.with_suffix(".pdf").read_bytes() == b"before"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["p.html", "p.pdf"]

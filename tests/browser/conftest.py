"""A headless Chromium with the network blocked, and the report of the made-up experiment on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from simlib.view.names import names_of
from simlib.view.report import Page, notices, render, write_index
from tests.view.pages import executed
from tests.view.synthetic import FakeExperiment

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, experiment = tmp_path_factory.mktemp("report"), FakeExperiment()
    told = notices(experiment.place, names_of(experiment, "zh"))
    for name in ("comparison", "scenario", "method"):
        book = executed(f"{name}.ipynb", folder, experiment, lang="zh")
        render(book, folder / f"{name}.html", lang="zh", title="示例页", notices=told)
    book = executed("submission.ipynb", folder, experiment, lang="zh")
    render(book, folder / "submission.html", lang="zh", title="送审", edition="draft", home=None)
    options = [cell.id for cell in experiment.cells() if cell.view == "grid"]
    pages = [Page("comparison.html", "比较"), *(Page("scenario.html", cell, cell) for cell in options)]
    write_index(folder, experiment, pages, "zh")
    return folder

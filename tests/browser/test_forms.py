"""The official forms in a real browser: the same cells as in CSV, headings that stay, nothing run."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from simlib.view.forms import FORMS, export_form
from tests.view.forms_read import csv_rows, plain
from tests.view.test_forms import CELL, hostile

pytestmark = pytest.mark.browser
ROWS = """tables => tables.map(table => [...table.tBodies[0].rows].map(row => [...row.cells].flatMap(
    cell => [cell.innerText, ...Array(cell.colSpan - 1).fill('')])))"""


def trimmed(row: list[str]) -> list[str]:
    """A row without the empty cells at its end: forms of several tables are padded to the widest."""
    cells = [plain(cell).strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


@pytest.mark.parametrize("name", FORMS)
def test_a_browser_shows_the_cells_of_the_other_formats(name: str, chromium: Browser, tmp_path: Path) -> None:
    """Names like =1+1, <b> and two lines: shown as they are written, and the figures beside them."""
    page_file, table = (
        export_form(hostile(), name, tmp_path / f"a{end}", CELL, lang="zh") for end in (".html", ".csv")
    )
    context = chromium.new_context(offline=True)
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))

    page.goto(page_file.as_uri())
    shown = [row for rows in page.locator("table").evaluate_all(f"(all) => ({ROWS})(all)") for row in rows]

    cells = [trimmed(row) for row in shown]
    texts = [trimmed(row) for row in csv_rows(table)]
    assert len(cells) > 2
    assert [row for row in texts if row in cells] == cells
    assert page.locator("b, i").count() == 0
    assert asked == [page_file.as_uri()]
    context.close()


def test_headings_stay_in_sight_and_codes_can_be_typed(chromium: Browser, tmp_path: Path) -> None:
    """Annex 2 of a city is long; classification codes are the office's to fill in."""
    context = chromium.new_context(offline=True, viewport={"width": 1250, "height": 250})
    page = context.new_page()
    page.goto(export_form(hostile(), "budget-execution", tmp_path / "a.html", CELL, lang="zh").as_uri())
    page.mouse.wheel(0, 400)
    page.wait_for_timeout(200)
    tops = (
        page.locator("thead")
        .first.locator("th")
        .evaluate_all("e => e.map(th => th.getBoundingClientRect().top)")
    )
    assert min(tops) >= 0
    assert max(tops) < 60

    page.goto(export_form(hostile(), "purchase-budget", tmp_path / "b.html", CELL, lang="zh").as_uri())
    code = page.locator("td.blank").nth(1)
    code.fill("2080299")

    assert code.inner_text() == "2080299"
    context.close()

"""The report in a real browser: network blocked, scripts on and off, on a phone, on paper."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from simlib.drive.paper import print_pages

pytestmark = pytest.mark.browser
PAGES = {"index": 4, "comparison": 9, "scenario": 8}
LIVE = "() => document.querySelectorAll('figure[data-live=yes] svg').length"


@pytest.mark.parametrize(("name", "charts"), PAGES.items())
def test_a_page_shows_live_charts_without_any_request(
    chromium: Browser, report: Path, name: str, charts: int
) -> None:
    """Opened from disk in an office without network."""
    context = chromium.new_context(offline=True)
    page, asked, errors = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    address = (report / f"{name}.html").as_uri()

    page.goto(address)
    page.wait_for_function(f"{LIVE[6:]} === {charts}", timeout=15000)

    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [address]
    assert errors == []
    context.close()


@pytest.mark.parametrize(("name", "charts"), PAGES.items())
def test_a_page_is_complete_with_scripts_off(chromium: Browser, report: Path, name: str, charts: int) -> None:
    """Many offices forbid scripts in files from outside."""
    context = chromium.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto((report / f"{name}.html").as_uri())

    drawn = page.locator("figure.chart .drawing > svg")

    assert drawn.count() == charts
    assert all((box := drawn.nth(i).bounding_box()) and box["height"] > 50 for i in range(charts))
    assert page.locator("figure.chart svg > title").first.text_content()
    context.close()


def test_a_mark_tells_its_figures_when_pointed_at(chromium: Browser, report: Path) -> None:
    """Interactive with scripts on: the reader sees the figure behind a bar."""
    context = chromium.new_context(offline=True, viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.goto((report / "index.html").as_uri())
    page.wait_for_function(f"{LIVE[6:]} === 4", timeout=15000)

    page.locator("figure.chart").nth(3).locator(".mark-rect path").nth(4).hover(force=True)
    page.wait_for_selector("#vg-tooltip-element.visible")

    assert "万元" in page.locator("#vg-tooltip-element").inner_text()
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone(chromium: Browser, report: Path, name: str) -> None:
    """Nothing runs out of the window sideways; charts are drawn narrower, not their letters smaller."""
    context = chromium.new_context(offline=True, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto((report / f"{name}.html").as_uri())
    page.wait_for_function(f"{LIVE[6:]} === {PAGES[name]}", timeout=15000)

    assert page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") <= 0
    scale = "(e) => e.getBoundingClientRect().width / e.viewBox.baseVal.width"
    assert all(page.locator(".drawing svg").nth(i).evaluate(scale) > 0.8 for i in range(PAGES[name]))
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_chart_fits_a_phone_with_scripts_off(chromium: Browser, report: Path, name: str) -> None:
    """The whole picture without scrolling sideways, its letters (12 px as drawn) still 7 px high or more."""
    context = chromium.new_context(
        offline=True, java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto((report / f"{name}.html").as_uri())
    drawn = page.locator("figure.chart .drawing > svg")

    assert drawn.count() == PAGES[name]
    for at in range(drawn.count()):
        box = drawn.nth(at).bounding_box()
        natural = float((drawn.nth(at).get_attribute("viewBox") or "0 0 1 1").split()[2])
        assert box
        assert box["x"] + box["width"] <= 390
        assert 12 * box["width"] / natural >= 7, (name, at)
    context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_page_prints_as_a4_with_chinese_that_can_be_copied(
    chromium: Browser, report: Path, tmp_path: Path, scripts: bool
) -> None:
    """Leadership gets paper; the finance bureau copies figures from the PDF; annexes lie on their side."""
    context = chromium.new_context(offline=True, java_script_enabled=scripts)
    page = context.new_page()
    page.goto((report / "scenario.html").as_uri())
    if scripts:
        page.wait_for_function(f"{LIVE[6:]} === {PAGES['scenario']}", timeout=15000)
    paper = tmp_path / "p.pdf"
    page.pdf(path=paper, prefer_css_page_size=True, print_background=True)
    context.close()

    text = subprocess.run(
        ["pdftotext", "-layout", paper, "-"], capture_output=True, check=True
    ).stdout.decode()
    facts = subprocess.run(
        ["pdfinfo", "-f", "1", "-l", "99", paper], capture_output=True, check=True
    ).stdout.decode()

    assert all(words in text for words in ("内部测算", "按期办结率", "附件1", "填报单位", "马边彝族自治县"))
    sizes = {line.split(":")[1].strip() for line in facts.splitlines() if "size:" in line and "Page " in line}
    assert any(size.startswith("594.96 x 841.92") or "A4" in size for size in sizes)
    assert any(size.startswith("841.92 x 594.96") for size in sizes)


def test_a_page_has_its_landmarks_and_names(chromium: Browser, report: Path) -> None:
    """A screen reader finds language, one heading, main, and a name for every figure and table."""
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.goto((report / "scenario.html").as_uri())

    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.locator("h1").count() == page.locator("main").count() == 1
    unnamed = "(es) => es.filter(e => !e.getAttribute('aria-label')).length"
    assert page.locator(".drawing, .table").evaluate_all(unnamed) == 0
    assert page.locator("th").evaluate_all("(es) => es.filter(e => !e.textContent.trim()).length") == 0
    context.close()


@pytest.mark.parametrize(
    ("width", "names"),
    [
        (1200, ("index", "method", "submission")),
        pytest.param(1200, ("comparison", "scenario"), marks=pytest.mark.prove),
        (390, ("index", "submission")),
    ],
)
def test_pages_have_no_barriers_that_axe_knows_of(
    chromium: Browser, report: Path, width: int, names: tuple[str, ...]
) -> None:
    """Contrast, names, roles, landmarks: with live charts, at a desk and on a phone."""
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page, found = context.new_page(), {}
    for name in names:
        page.goto((report / f"{name}.html").as_uri())
        page.wait_for_function(f"{LIVE[6:]} === {PAGES.get(name, 0)}", timeout=15000)
        told = Axe().run(page).response["violations"]
        found[name] = [(one["id"], one["nodes"][0]["html"][:120]) for one in told]
        sideways = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
        found[name] += [("sideways", sideways)] if sideways > 0 else []
    context.close()

    assert found == {name: [] for name in found}


def test_the_index_is_narrowed_by_formula_and_money_and_is_whole_without_scripts(
    chromium: Browser, report: Path
) -> None:
    """A batch of many options: the reader looks for one."""
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.goto((report / "index.html").as_uri())
    shown = page.locator("ul.pages li:visible")
    every = shown.count()

    page.select_option("select[name=formula]", index=1)
    by_formula = shown.count()
    page.select_option("select[name=money]", index=1)
    by_both = shown.count()
    page.fill("input[name=find]", "没有这个")
    told = page.locator(".filters output").inner_text()
    context.close()

    still = chromium.new_context(offline=True, java_script_enabled=False)
    plain = still.new_page()
    plain.goto((report / "index.html").as_uri())
    assert (every, by_formula, by_both) == (10, 3, 1)
    assert "0" in told
    assert plain.locator("ul.pages li:visible").count() == every
    assert not plain.locator(".filters").is_visible()
    still.close()


def test_a_submission_is_printed_by_the_command_with_its_mark_on_every_page(
    report: Path, tmp_path: Path
) -> None:
    """Chinese can be copied from it; pages lie on their side where an annex needs it."""
    page = tmp_path / "submission.html"
    page.write_bytes((report / "submission.html").read_bytes())

    (paper,) = print_pages("/usr/bin/chromium", [page], lambda _: None)

    text = subprocess.run(
        ["pdftotext", "-layout", paper, "-"], capture_output=True, check=True
    ).stdout.decode()
    pages = [one for one in text.split("\f") if one.strip()]
    assert len(pages) > 4
    assert all("待核实" in one for one in pages)
    assert all(word in text for word in ("方案一", "附件1", "填报单位", "绩效目标"))

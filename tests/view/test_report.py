"""The offline page: complete in one file, in one language, telling nothing of the machine that made it."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from simlib.errors import RunError
from simlib.view.claims import claims
from simlib.view.names import names_of
from simlib.view.report import Page, banner, notices, render, write_index
from tests.view.pages import executed
from tests.view.synthetic import FakeExperiment, fake_place

MEGABYTE = 1_000_000


def _without_bundle(page: str) -> str:
    return re.sub(r'<script id="vega".*?</script>', "", page, flags=re.DOTALL)


@pytest.fixture(scope="module", params=["zh", "en"])
def pages(request, tmp_path_factory, experiment: FakeExperiment) -> tuple[str, dict[str, str]]:
    lang, folder = request.param, tmp_path_factory.mktemp(request.param)
    told = notices(experiment.place, names_of(experiment, lang))
    made = {}
    for name in ("comparison", "scenario"):
        book = executed(f"{name}.ipynb", folder, experiment, lang=lang)
        path = render(book, folder / f"{name}.html", lang=lang, title="T", notices=told, run="x/y")
        made[name] = path.read_text("utf-8")
    links = [Page("comparison.html", "A & B"), Page("scenario.html", "C")]
    made["index"] = write_index(folder, experiment, links, lang, run="x").read_text("utf-8")
    return lang, made


@pytest.mark.parametrize("name", ["index", "comparison", "scenario"])
def test_a_page_is_one_file_without_any_address(pages: tuple[str, dict[str, str]], name: str) -> None:
    """It is opened from a memory stick in an office without network."""
    page = _without_bundle(pages[1][name])

    assert not re.search(r'<(?:link|iframe|object|embed)\b|(?:src|srcset)="(?!data:)', page)
    assert not re.search(r'href="(?:https?:|//)', page)
    assert "url(http" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize("name", ["index", "comparison", "scenario"])
def test_a_page_stays_below_a_megabyte(pages: tuple[str, dict[str, str]], name: str) -> None:
    """Pages are sent by mail."""
    assert len(pages[1][name].encode()) <= MEGABYTE


@pytest.mark.parametrize("name", ["index", "comparison", "scenario"])
def test_a_page_says_its_edition_and_that_figures_are_made_up(
    pages: tuple[str, dict[str, str]], name: str
) -> None:
    """A page that travels alone must carry its own warning."""
    lang, made = pages
    mark, warning = {"zh": ("内部测算", "推算数据"), "en": ("INTERNAL", "synthetic")}[lang]

    assert mark in made[name]
    assert warning in made[name]
    assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}">' in made[name]


def test_the_index_opens_with_the_decision_then_compares_then_links(
    pages: tuple[str, dict[str, str]],
) -> None:
    """Leadership reads page one."""
    page = pages[1]["index"]
    ids = re.findall(r'<h2 id="([^"]+)"', page)

    assert ids == ["decision", "comparison", "equal_money", "posts", "pages"]
    assert page.count('<figure class="chart"') == 4
    assert '<a href="comparison.html">A &amp; B</a>' in page


def test_a_scenario_page_has_every_part_the_report_needs(pages: tuple[str, dict[str, str]]) -> None:
    """Townships, annexes, risks, legal basis and run record belong to every option."""
    page = pages[1]["scenario"]
    ids = re.findall(r'<h2 id="([^"]+)"', page)

    parts = ["answer", "post_steps", "staff_changes", "money", "ledger", "advance", "contracts", "clashes"]
    parts += ["months", "step_terms", "risks", "townships", "annexes"]
    assert ids == [*parts, "legal", "record"]
    assert 'aria-label="' in page
    assert "<script>alert(1)</script>" not in page


def test_a_page_speaks_its_language_throughout(pages: tuple[str, dict[str, str]]) -> None:
    """Only names of places and documents stay Chinese on an English page."""
    lang, made = pages
    headings = re.findall(r"<(?:h2|figcaption)[^>]*>(.*?)</", made["comparison"])

    assert headings
    assert {bool(re.search(r"[\u4e00-\u9fff]", heading)) for heading in headings} == {lang == "zh"}


def test_notes_for_jupyter_and_code_stay_out_of_the_page(pages: tuple[str, dict[str, str]]) -> None:
    """The report is for leadership; parameters hold a path of this machine."""
    page = pages[1]["scenario"]

    assert "open_experiment" not in page
    assert "Run time" not in page


def _book(folder: Path, html: str, kind: str = "display_data") -> Path:
    cell = nbformat.v4.new_code_cell("x")
    cell.outputs = [nbformat.v4.new_output(kind, {"text/html": html, "text/plain": "x"})]
    path = folder / "b.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


def test_a_page_that_would_tell_a_path_of_this_machine_is_not_written(tmp_path: Path) -> None:
    """Reports leave the house: no path, no user name."""
    book = _book(tmp_path, f"<p>{tmp_path}</p>")

    with pytest.raises(RunError):
        render(book, tmp_path / "p.html", lang="en", title="T")
    assert not (tmp_path / "p.html").exists()
    assert not list(tmp_path.glob("*.part"))


def test_a_notebook_with_an_error_never_becomes_a_page(tmp_path: Path) -> None:
    """Half a page looks like a whole one."""
    cell = nbformat.v4.new_code_cell("x")
    cell.outputs = [nbformat.v4.new_output("error", ename="KeyError", evalue="x", traceback=[])]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "b.ipynb")

    with pytest.raises(RunError, match="KeyError"):
        render(tmp_path / "b.ipynb", tmp_path / "p.html", lang="en", title="T")


def test_a_planner_s_own_text_is_kept_in_its_language(tmp_path: Path) -> None:
    """Markdown cells are part of the report unless they speak to the notebook's reader."""
    cells = [
        nbformat.v4.new_markdown_cell("for both"),
        nbformat.v4.new_markdown_cell("only English", metadata={"tags": ["en"]}),
        nbformat.v4.new_markdown_cell("只有中文", metadata={"tags": ["zh"]}),
        nbformat.v4.new_markdown_cell("for Jupyter", metadata={"tags": ["notes"]}),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "b.ipynb")

    page = render(tmp_path / "b.ipynb", tmp_path / "p.html", lang="zh", title="T").read_text("utf-8")

    assert "for both" in page
    assert "只有中文" in page
    assert "only English" not in page
    assert "for Jupyter" not in page


def test_a_title_with_markup_stays_text_everywhere(tmp_path: Path) -> None:
    """Titles come from experiment files and stand in the head, the style sheet and the page."""
    title = "</title></style><script>alert('1')</script>\""

    page = render(_book(tmp_path, "<p>x</p>"), tmp_path / "p.html", lang="zh", title=title).read_text("utf-8")

    assert "<script>alert" not in page
    assert page.count("</style>") == 1


def test_real_figures_raise_no_warning() -> None:
    """A banner on everything is read by nobody."""
    experiment = FakeExperiment(place=fake_place(counties=1))
    experiment.place.townships["status"] = "real"
    experiment.place.counties["status"] = "user"

    assert notices(experiment.place, names_of(experiment, "zh")) == ()


def test_where_nobody_is_on_the_payroll_every_page_says_so() -> None:
    """There money is not the matter, and whoever reads of 54 % in time must know it."""
    experiment = FakeExperiment(place=fake_place(counties=1))
    towns, names = experiment.place.townships, names_of(experiment, "zh")
    told = [line for line in banner(experiment, names) if "没有在编人员" in line]
    towns.loc[0, "posts_payroll"] = 0
    (line,) = (line for line in banner(experiment, names) if "没有在编人员" in line)

    assert told == []
    assert line.startswith(f"1个乡镇（街道）没有在编人员：{towns['county'][0]}{towns['area'][0]}")


@pytest.mark.parametrize("name", ["index", "comparison", "scenario"])
def test_every_number_says_its_run_table_row_and_column(pages: tuple[str, dict[str, str]], name: str) -> None:
    """Whoever doubts a figure must find where it came from; headings say their own id."""
    found = claims(pages[1][name])

    assert len(found) > 100
    assert [claim for claim in found if not (claim.run and claim.table and claim.column)] == []
    assert len({claim.place for claim in found}) == len(found)


def test_a_number_of_a_table_is_named_by_its_row_and_the_key_of_its_column(
    pages: tuple[str, dict[str, str]],
) -> None:
    """The key is the measure's own name, the same in both languages."""
    found = {claim.place[1:]: claim.text for claim in claims(pages[1]["index"])}
    rows = {row for table, row, column in found if (table, column) == ("comparison-grid", "posts_required")}

    assert rows == {str(row) for row in range(1, len(rows) + 1)}
    assert ("comparison-grid", "1", "on_time_share.3") in found
    assert ("question.posts.data", "1", "count") in found
    assert any(table == "decision" for table, _, _ in found)

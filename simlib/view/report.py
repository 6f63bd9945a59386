"""The report: executed notebooks as offline pages, and the index that opens with the decision.

A page is one file: no request leaves it, charts are drawn in it as SVG, scripts only make them live.
"""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, cast

import jinja2
import nbformat
from markupsafe import Markup
from nbconvert.exporters import HTMLExporter, TemplateExporter

from simlib import words
from simlib.errors import RunError
from simlib.places.unmanned import some_of, where_nobody
from simlib.view import chartparts, charts, tables
from simlib.view.blocks import Block, bullets, paragraph, section
from simlib.view.contract import EQUAL_MONEY, GRID, Edition, ExperimentView, PlaceView
from simlib.view.decision import ON_TIME, decision, gathered
from simlib.view.figures import bundle
from simlib.view.howtoread import how_to_read
from simlib.view.names import Names, names_of
from simlib.view.pagetables import FOLDER as TABLES
from simlib.view.serviceanswers import headline
from simlib.view.serviceoptions import ServicesView

TEMPLATES = resources.files("simlib.view") / "templates"
TEMPLATE = "offline"
MARKED: tuple[Edition, ...] = ("internal", "draft")
"""Editions with a watermark."""
INDEX = "index.html"
FILTERS = ("formula", "money", "view")
"""What the index can be narrowed by."""
_CHART = 'class="chart"'
HIDDEN = "notes"
"""Tag of a notebook's cell that speaks to its reader in Jupyter and stays out of the report."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the report as the index links to it. cell: the option it tells of, if any."""

    href: str
    title: str
    cell: str = ""


def render(
    notebook_path: Path,
    out_html: Path,
    *,
    lang: str,
    title: str,
    edition: Edition = "internal",
    subtitle: str = "",
    notices: Sequence[str] = (),
    home: str | None = INDEX,
    run: str = "",
) -> Path:
    """Write an executed notebook as one offline page and return its path.

    The page holds the HTML outputs and the markdown cells not tagged `notes`; a cell tagged `zh` or `en`
    stands in that language only. Code, streams and plain-text outputs stay out.
    notices: lines of the banner at the top (synthetic or assumed figures); home: where the index is, if any;
    run: what its numbers come from (`data-run`).
    Raises RunError when the notebook holds an error, or the page would tell a path or user of this machine.
    """
    book = nbformat.reads(notebook_path.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    _refuse_errors(book, notebook_path)
    frame = _frame(lang=lang, title=title, subtitle=subtitle, edition=edition, notices=notices, home=home)
    frame["run"] = run
    body = "".join(_html_outputs(book))
    frame["toc"], frame["bundle"] = _headings(body), bundle() if _CHART in body else ""
    with resources.as_file(TEMPLATES) as folder:
        exporter = HTMLExporter(  # type: ignore[no-untyped-call]
            extra_template_basedirs=[str(folder)], template_name=TEMPLATE, exclude_input=True
        )
        # HTMLExporter would parse the page again and rewrite every SVG; its template alone is wanted.
        body, _ = TemplateExporter.from_notebook_node(
            exporter, book, resources={"frame": frame, "hidden": HIDDEN}
        )
    return _write(out_html, body)


def write_index(
    folder: Path,
    experiment: ExperimentView,
    pages: Sequence[Page],
    lang: str,
    *,
    edition: Edition = "internal",
    run: str = "",
) -> Path:
    """Write `index.html`: the decision in plain words, comparison, equal-money view, links to the pages."""
    names = names_of(experiment, lang)
    blocks = _index_blocks(experiment, names)
    title = names.say("view.index.title", title=words.pick(dict(experiment.title), lang))
    frame = _frame(
        lang=lang,
        title=title,
        subtitle=names.place,
        edition=edition,
        notices=banner(experiment, names),
        home=None,
    )
    body = "\n".join(block.html for block in blocks)
    frame["run"] = run
    frame["toc"] = [*_headings(body), ("pages", names.say("view.section.pages"))]
    page = _environment().get_template("home.html.j2")
    listed = [_listed(each, experiment, names, folder) for each in pages]
    filters = [
        (key, names.say(f"view.filter.{key}"), list(dict.fromkeys(one[key] for one in listed if one[key])))
        for key in FILTERS
    ]
    told = {key: names.say(f"view.filter.{key}") for key in ("all", "find", "tables")}
    told["shown"] = names.say("view.filter.shown", shown="{shown}", all="{all}")
    made = page.render(
        frame=frame,
        body=Markup(body),
        pages=listed,
        filters=[each for each in filters if len(each[2]) > 1],
        told=told,
    )
    return _write(folder / INDEX, made)


def _listed(page: Page, experiment: ExperimentView, names: Names, folder: Path) -> dict[str, str]:
    """A page as the index lists it, with what it can be filtered by and where its tables are."""
    sheet = folder / TABLES / f"{Path(page.href).stem}.xlsx"
    row = {
        "href": page.href,
        "title": page.title,
        "tables": f"{TABLES}/{sheet.name}" if sheet.is_file() else "",
    }
    row |= dict.fromkeys(FILTERS, "")
    for cell in experiment.cells():
        if cell.id == page.cell:
            view = words.pick(dict(cell.view_title), names.lang) if cell.view_title else cell.view
            formula, money = names.formulas[cell.formula], names.monies[cell.money]
            row |= {"formula": formula, "money": money, "view": view}
    return row


def _index_blocks(experiment: ExperimentView, names: Names) -> list[Block]:
    summary = experiment.summary()
    told = decision(summary, names, experiment.by_replication(ON_TIME), experiment.goal)
    if any(cell.buys_services for cell in experiment.cells()):
        told = (*told, *headline(cast(ServicesView, experiment), names))
    blocks = [
        section("decision", names),
        bullets(told, claim="decision"),
        section("comparison", names),
        tables.comparison(summary, names),
        how_to_read(summary, names),
        chartparts.show(charts.on_time(summary, names)),
    ]
    if names.views.get(EQUAL_MONEY):
        equal = chartparts.show(charts.on_time(summary, names, view=EQUAL_MONEY))
        blocks += [section("equal_money", names), tables.comparison(summary, names, view=EQUAL_MONEY), equal]
    cost = gathered(experiment.cost_by_year, names, GRID)
    drawn = chartparts.show(charts.posts(summary, names), charts.cost_by_year(cost, names))
    return [
        *blocks,
        section("posts", names),
        drawn,
        paragraph(names.say("view.index.more"), claim="words:view.index.more"),
    ]


def banner(experiment: ExperimentView, names: Names) -> tuple[str, ...]:
    """All a reader must know before using any figure: of the place, of the calendar, of the experiment."""
    lines = [*notices(experiment.place, names), *_unmanned(experiment.place, names)]
    year = experiment.record().get("estimated_calendar_from")
    if year:
        lines.append(names.say("view.notice.calendar", year=year))
    if experiment.missing():
        lines.append(experiment.missing_note(names.lang))
    if names.lang != "zh":  # the official names have no other form in the figures
        lines.append(names.say("view.notice.names"))
    return (*lines, *(words.pick(note, names.lang) for note in experiment.notes))


def notices(place: PlaceView, names: Names) -> tuple[str, ...]:
    """What a reader must know of the figures before using any: rows that are synthetic or assumed."""
    towns, counties = place.townships, place.counties
    lines = []
    made = int((towns["status"] == "synthetic").sum()) if "status" in towns else 0
    if made:
        lines.append(names.say("view.notice.synthetic", count=made, total=len(towns)))
    assumed = sum(
        int((frame["status"] == "assumed").sum()) for frame in (towns, counties) if "status" in frame
    )
    if assumed or made:
        lines.append(names.say("view.notice.assumed"))
    return tuple(lines)


def _unmanned(place: PlaceView, names: Names) -> list[str]:
    """Offices at which something can never be done, whatever an option buys."""
    return [
        names.say(
            f"view.notice.nobody.{kind}",
            count=len(offices),
            offices=some_of(offices, names.lang),
        )
        for kind, offices in where_nobody(place).items()
    ]


def _frame(
    *, lang: str, title: str, subtitle: str, edition: Edition, notices: Sequence[str], home: str | None
) -> dict[str, Any]:
    """What every page shares."""
    labels = {
        key: words.say(f"view.frame.{key}", lang) for key in ("contents", "home", "notice", "skip", "pages")
    }
    return {
        "lang": "zh-CN" if lang == "zh" else "en",
        "spoken": lang,
        "title": title,
        "subtitle": subtitle,
        "edition": words.say(f"view.edition.{edition}", lang),
        "mark": words.say(f"view.mark.{edition}", lang) if edition in MARKED else "",
        "running": _css_text(f"{title} · {words.say(f'view.edition.{edition}', lang)}"),
        "notices": list(notices),
        "home": home,
        "labels": labels,
        "bundle": bundle(),
    }


def _css_text(text: str) -> str:
    """A text inside quotes in a style sheet: whatever is no letter or digit by its code."""
    return "".join(char if char.isalnum() else f"\\{ord(char):x} " for char in text)


def _refuse_errors(book: Any, path: Path) -> None:
    for cell in book.cells:
        for output in cell.get("outputs", ()):
            if output["output_type"] == "error":
                raise RunError(words.say("view.failed_notebook", notebook=path.name, error=output["ename"]))


def _html_outputs(book: Any) -> Iterable[str]:
    for cell in book.cells:
        for output in cell.get("outputs", ()):
            yield str(output.get("data", {}).get("text/html", ""))


def _headings(body: str) -> list[tuple[str, str]]:
    """Id and text of each second-level heading; the text is HTML already."""
    return [(found[1], Markup(found[2])) for found in re.finditer(r'<h2 id="([^"]+)">(.*?)</h2>', body)]


def _write(path: Path, body: str) -> Path:
    _refuse_private(body, path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(body, encoding="utf-8", newline="\n")
    part.replace(path)
    return path


def _refuse_private(body: str, path: Path) -> None:
    """Refuse a page that tells where it was made: no path of this machine, no user name."""
    told = body.replace(bundle(), "")
    folders = {str(Path.home()), str(Path.cwd()), str(path.parent.absolute()), sys.prefix}
    marks = {folder for folder in folders if len(Path(folder).parts) > 2} | {
        f"/home/{_user()}",
        f"Users\\{_user()}",
    }
    for mark in sorted(marks):
        if mark in told:
            raise RunError(words.say("view.private", page=path.name))


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "?"


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("simlib.view", f"templates/{TEMPLATE}"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )

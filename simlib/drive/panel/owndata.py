"""One's own Excel or CSV file: uploaded, looked at, confirmed, and from then on a place like the others."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ipywidgets as w
import pandas as pd

from simlib import words
from simlib.drive.panel.told import in_words
from simlib.errors import InputError, Problem
from simlib.places.columns import Column, columns
from simlib.places.importheadings import WAN
from simlib.places.importing import ImportPreview, import_place, inspect
from simlib.places.template import write_template
from simlib.view import tables
from simlib.view.blocks import escaped
from simlib.view.firstlook import place_folder_for

OPEN = "?"
"""Of a question: not answered yet."""
SHOWN = 8
"""Rows shown of a file before it is imported."""
WHOLE = {"description_width": "initial"}
"""A label is read whole, whatever the language."""
MOST_LINES = 2_000
"""Lines from one to another at most; more is a slip of the finger."""
_SPAN = re.compile(r"(\d+)(?:\s*[-–—~～至到]\s*(\d+))?")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class OwnData:
    """Upload, preview, confirm. imported: told the folder of a new place."""

    def __init__(self, lang: str, imported: Callable[[Path], None]) -> None:
        self._lang, self._imported = lang, imported
        self._folder = Path(tempfile.mkdtemp(prefix="simlib-upload-"))
        self.preview: ImportPreview | None = None
        word = self._say
        self.upload = w.FileUpload(
            accept=".xlsx,.xlsm,.csv,.txt,.tsv", multiple=False, description=word("own.upload")
        )
        self.upload.observe(self._on_upload, names="value")
        self.sheet = w.Dropdown(description=word("own.sheet"), options=[], style=WHOLE)
        self.header = w.Text(description=word("own.header"), continuous_update=False, style=WHOLE)
        self.totals = w.Text(description=word("own.totals"), continuous_update=False, style=WHOLE)
        self.county = self._answer("county")
        self.passed = self._answer("passed")
        self.areas = self._answer("areas")
        self.questions, self.columns = w.VBox([]), w.VBox([])
        self.shown, self.said = w.HTML(), w.HTML()
        self.name = w.Text(description=word("own.name"), placeholder=word("own.name_hint"), style=WHOLE)
        self.title = w.Text(description=word("own.title"), placeholder=word("own.title_hint"), style=WHOLE)
        self.form = w.Button(description=word("own.form"), tooltip=word("own.form.tip"))
        self.form.on_click(lambda _: self._on_form())
        self.confirm = w.Button(
            description=word("own.confirm"), tooltip=word("own.confirm.tip"), disabled=True
        )
        self.confirm.on_click(lambda _: self._on_confirm())
        for button in (self.upload, self.form, self.confirm):
            button.layout.width = "max-content"
        self._asked = w.VBox(
            [
                self.sheet,
                self.header,
                self.totals,
                self.county,
                self.passed,
                self.areas,
                self.questions,
                self.columns,
                self.shown,
                self.name,
                self.title,
                self.confirm,
            ]
        )
        self._asked.layout.display = "none"
        for widget in (self.sheet, self.header, self.totals, self.county, self.passed, self.areas):
            widget.observe(self._on_choice, names="value")
        self.box = w.VBox(
            [
                w.HTML(f'<p class="about">{escaped(word("own.about"))}</p>'),
                w.HBox([self.upload, self.form], layout=w.Layout(flex_flow="row wrap")),
                self._asked,
                self.said,
            ]
        )
        self._silent = False

    def _answer(self, key: str) -> w.Text:
        """A line for an answer that is asked for only now and then; its hint says how it is written."""
        hint = self._say(f"own.{key}_hint")
        return w.Text(
            description=self._say(f"own.{key}"), placeholder=hint, continuous_update=False, style=WHOLE
        )

    def _say(self, key: str, **values: object) -> str:
        return words.say(f"panel.{key}", self._lang, **values)

    def _told(self, text: str, *, wrong: bool = False) -> None:
        kind = "wrong" if wrong else "note"
        self.said.value = f'<div class="{kind}" role="status" aria-live="polite">{escaped(text)}</div>'

    def _on_upload(self, _: Any) -> None:
        if self.upload.value:
            given = self.upload.value[0]
            self.look_at(Path(str(given["name"])).name, bytes(given["content"]))

    def look_at(self, name: str, content: bytes) -> None:
        """Look at an uploaded file and show what it is taken for."""
        file = self._folder / name
        file.write_bytes(content)
        self._silent = True
        for answer in (self.county, self.passed, self.areas, self.name, self.title):
            answer.value = ""  # what was said of another file
        self._silent = False
        try:
            with words.speaking(self._lang):
                self._show(inspect(file))
        except Exception as error:  # noqa: BLE001  the person is told
            self._asked.layout.display = "none"
            self._told(in_words(error, self._lang), wrong=True)

    def _on_choice(self, change: Any) -> None:
        if self._silent or self.preview is None:
            return
        try:
            with words.speaking(self._lang):
                self._show(self._chosen(change["owner"]))
        except Exception as error:  # noqa: BLE001  the person is told
            self._told(in_words(error, self._lang), wrong=True)

    def _chosen(self, owner: Any) -> ImportPreview:
        assert self.preview is not None
        if owner is self.sheet:
            return inspect(self.preview.path).choose(sheet=self.sheet.value)
        if owner is self.header:
            return self.preview.choose(header_rows=lines_in(self.header.value))
        if owner is self.totals:
            return self.preview.choose(totals=lines_in(self.totals.value))
        if owner is self.county:
            return self.preview.choose(county=self.county.value.strip())
        if owner is self.passed:
            return self.preview.choose(passed=lines_in(self.passed.value))
        if owner is self.areas:
            return self.preview.choose(areas=_codes(self.areas.value))
        position, kind = self._boxes[id(owner)]
        if kind == "unit":
            return self.preview.choose(units={position: owner.value})
        return self.preview.choose(columns={position: owner.value})

    def _show(self, preview: ImportPreview) -> None:
        self._silent = True
        try:
            self.preview = preview
            self._asked.layout.display = ""
            self.sheet.options, self.sheet.value = preview.sheets, preview.sheet
            self.header.value = ", ".join(map(str, preview.header_rows))
            self.totals.value = ", ".join(map(str, preview.totals))
            self._show_columns(preview)
            self._show_questions(preview)
            self.shown.value = self._rows(preview)
            self.confirm.disabled = not preview.is_ready
            self._name_after(preview)
        finally:
            self._silent = False
        lines = [
            *(self._line(problem) for problem in preview.problems),
            *(row.problem.line(self._lang) for row in preview.unread),
        ]
        lines = [line.replace(str(preview.path), preview.path.name) for line in lines]
        if lines:
            self._told("\n".join([self._say("own.open", n=len(lines)), *lines[:20]]), wrong=True)
        else:
            notes = [
                note.line(self._lang).replace(str(preview.path), preview.path.name) for note in preview.notes
            ]
            self._told("\n".join([self._say("own.ready", rows=len(preview.rows)), *notes[:12]]))

    def _line(self, problem: Problem) -> str:
        """What is open, without what to type on a command line: here it is answered by a choice."""
        ways = problem.values.get("ways", "")
        return problem.line(self._lang).replace(words.say("import_typed", self._lang, ways=ways), "")

    def _name_after(self, preview: ImportPreview) -> None:
        """Name and title as the file gives them, where nothing was written yet."""
        told = preview.head.get("title", "")
        title = told.get("zh", "") if isinstance(told, Mapping) else str(told)
        if not self.title.value and len(preview.rows):
            self.title.value = title or str(preview.rows["county"].iloc[0])
        self.name.value = self.name.value or str(preview.head.get("id", ""))

    def _on_form(self) -> None:
        """Write the empty form into the workspace and say where it is."""
        file = place_folder_for("x").parents[2] / f"{self._say('own.form_file')}.xlsx"
        try:
            write_template(file, lang=self._lang)
        except Exception as error:  # noqa: BLE001  the person is told
            self._told(in_words(error, self._lang).replace(str(file), file.name), wrong=True)
            return
        self._told(self._say("own.form_written", file=file.name))

    def _show_columns(self, preview: ImportPreview) -> None:
        known = columns("townships")
        meanings = [(self._say("own.unused"), "")]
        meanings += [(self._title(column), name) for name, column in known.items()]
        self._boxes: dict[int, tuple[int, str]] = {}
        lines = []
        for column in preview.columns:
            if not column.written:
                continue
            label = w.HTML(f"<b>{escaped(column.written[:30])}</b>", layout=w.Layout(width="40%"))
            means = w.Dropdown(options=meanings, value=column.column, layout=w.Layout(width="38%"))
            unit = w.Dropdown(
                options=[("×1", 1), (self._say("own.wan"), WAN)],
                value=column.factor,
                layout=w.Layout(width="20%"),
            )
            for box, kind in ((means, "column"), (unit, "unit")):
                self._boxes[id(box)] = (column.position, kind)
                box.observe(self._on_choice, names="value")
            lines.append(w.HBox([label, means, unit]))
        self.columns.children = lines

    def _show_questions(self, preview: ImportPreview) -> None:
        """A list for each column that may be several: nothing is chosen before the person does."""
        known, lines = columns("townships"), []
        for question in preview.questions:
            key = "own.uncounted" if question.is_uncounted else "own.combined"
            told = self._say(key, position=question.position, written=question.written[:30])
            offered = [(self._title(known[name]), name) for name in question.choices]
            box = w.Dropdown(
                description=told,
                options=[(self._say("own.combined_open"), OPEN), *offered, (self._say("own.unused"), "")],
                value=OPEN,
                layout=w.Layout(width="98%"),
            )
            box.add_class("long")
            self._boxes[id(box)] = (question.position, "column")
            box.observe(self._on_choice, names="value")
            lines.append(box)
        self.questions.children = lines

    def _title(self, column: Column) -> str:
        return column.title(chinese=self._lang == "zh")

    def _rows(self, preview: ImportPreview) -> str:
        if preview.rows.empty:
            return ""
        names = [str(name) for name in preview.rows if str(name) not in ("county_code", "how")]
        known = columns("townships")
        heads = {name: self._title(known[name]) if name in known else name for name in names}
        heads["row"] = self._say("own.row")
        frame = preview.rows.head(SHOWN).astype(object).where(preview.rows.head(SHOWN).notna(), "")
        return tables.table(pd.DataFrame(frame), label=self._say("own.shown"), name="own", titles=heads).html

    def _on_confirm(self) -> None:
        try:
            with words.speaking(self._lang):
                folder = self.keep()
        except Exception as error:  # noqa: BLE001  the person is told
            self._told(in_words(error, self._lang), wrong=True)
            return
        self._told(self._say("own.kept", folder=f"scenarios/places/{folder.name}"))
        self._imported(folder)

    def keep(self) -> Path:
        """Make the place of what is shown; its folder. Raises InputError while anything is open."""
        if self.preview is None:
            raise InputError(Problem("panel_no_file"))
        name = self.name.value.strip()
        if not _ID.fullmatch(name):
            raise InputError(Problem("panel_place_name"))
        folder = place_folder_for(name)
        import_place(self.preview, folder, id=name, title=self.title.value.strip() or name)
        return folder


def _codes(text: str) -> dict[int, str]:
    """Codes by line as `3=511102004, 5=511102007` says them."""
    return {int(line): code for line, code in re.findall(r"(\d+)\s*[=＝:：]\s*(\d+)", text)}


def lines_in(text: str) -> list[int]:
    """The lines a text names, one by one or from one to another: 3, 20-35."""
    lines: list[int] = []
    for first, last in _SPAN.findall(text):
        lines += range(int(first), min(int(last or first), int(first) + MOST_LINES) + 1)
    return lines

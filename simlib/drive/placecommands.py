"""Commands on places: one built from the frame, one imported from one's own table, the Excel form of one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from simlib import words
from simlib.drive.printed import show, tell
from simlib.errors import InputError, Problem
from simlib.places import build_place, load_place
from simlib.places.columns import WHOLE_KINDS, columns
from simlib.places.importing import ImportPreview, import_place, inspect
from simlib.places.template import write_template
from simlib.yamlfile import nearest

PLACES = Path("scenarios/places")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def place(asked: Any) -> None:
    """`simlib place build` or `simlib place import`."""
    {"build": _build, "import": _import}[asked.action](asked)


def template(asked: Any) -> None:
    """`simlib template`: the Excel form for a place's own figures, filled with its townships where asked."""
    home = load_place(asked.place) if asked.place else None
    write_template(asked.path, lang=words.current_lang(), place=home, county=asked.county or "")
    tell(words.say("template_written", file=asked.path))


def _build(asked: Any) -> None:
    out = asked.out or PLACES / asked.name
    built = build_place(asked.name, out, **({} if asked.seed is None else {"seed": asked.seed}))
    tell(words.say("place_built", folder=out, townships=len(built.townships)))


# --- one's own table ----------------------------------------------------------------------------------------


def _import(asked: Any) -> None:
    """The preview of a file on stdout, what is asked about it on stderr; with `--yes` the place, too."""
    answers = _answers(asked)
    folder = asked.out or PLACES / asked.name
    preview = inspect(asked.file).choose(**answers)
    show(preview_table(preview, words.current_lang(), form=asked.format), asked.format)
    _tell_what_it_is_taken_for(preview)
    open_points = [*preview.problems, *(row.problem for row in preview.unread)]
    if open_points:
        raise InputError(open_points)
    if folder.exists():
        raise InputError(Problem("import_folder_there", folder.name))
    if not asked.yes:
        tell(words.say("import_not_written", line=_line_to_run(asked.given)))
        return
    title, province = asked.title or "", asked.province or ""
    made = import_place(preview, folder, id=asked.name, title=title, province=province)
    for note in made.notes:
        tell(words.say("check_note", line=note.line()))
    tell(words.say("import_written", folder=folder, townships=len(made.townships)))


def preview_table(preview: ImportPreview, lang: str, *, form: str = "table") -> pd.DataFrame:
    """The rows of a preview for reading (`form` table: headings in words) or for a program (csv, json)."""
    rows = preview.rows
    known = columns("townships")
    order = [name for name in ("row", *known, "how") if name in rows and not _is_empty(rows[name])]
    told = rows[order].copy() if len(rows) else pd.DataFrame(columns=["row"])
    for name in [name for name in order if name in known and known[name].kind in WHOLE_KINDS]:
        told[name] = pd.to_numeric(told[name]).astype("Int64")
    if form != "table":
        return told
    titles = {name: known[name].title(chinese=lang == "zh") for name in order if name in known}
    titles |= {"row": words.say("import_row", lang), "how": words.say("import_how", lang)}
    said = told.assign(how=[words.say(f"import_how.{how}", lang) for how in told["how"]]) if order else told
    return said.rename(columns=titles)


def _is_empty(cells: pd.Series) -> bool:
    return bool((cells.isna() | (cells.astype(str) == "")).all())


def _tell_what_it_is_taken_for(preview: ImportPreview) -> None:
    say, lang = words.say, words.current_lang()
    lines = ", ".join(map(str, preview.header_rows)) or "—"
    tell(say("import_sheet", file=preview.path.name, sheet=preview.sheet, rows=lines))
    others = [title for title in preview.sheets if title != preview.sheet]
    if others and not preview.head and preview.counties.empty:
        tell(say("import_other_sheets", sheets=", ".join(others)))
    known = columns("townships")
    for column in preview.columns:
        if column.column:
            title = known[column.column].title(chinese=lang == "zh")
            times = say("import_times_wan") if column.factor != 1 else ""
            blanks = {"at": column.position, "written": column.written, "column": column.column}
            tell(say("import_column_read", title=title, times=times, **blanks))
    for key, listed in (("import_totals", preview.totals), ("import_passed", preview.passed)):
        if listed:
            tell(say(key, lines=", ".join(map(str, listed))))
    for note in preview.notes:
        tell(say("check_note", line=note.line()))
    tell(
        say("import_counted", rows=len(preview.rows), unread=len(preview.unread), open=len(preview.problems))
    )


def _line_to_run(given: Sequence[str]) -> str:
    """The command with `--yes`, to be pasted; double quotes hold in every shell, Windows' too."""
    told = [f'"{part}"' if re.search(r"[^\w./\\:=,+-]", part) else part for part in given]
    return " ".join(["simlib", *told, "--yes"])


# --- answers on the command line ---------------------------------------------------------------------------


def _answers(asked: Any) -> dict[str, Any]:
    """The options as the choices of a preview. Raises InputError with a line for each that cannot be read."""
    problems: list[Problem] = []
    if not _ID.fullmatch(asked.name):
        problems.append(Problem("place_bad_id", values={"found": asked.name}))
    answers: dict[str, Any] = {
        "sheet": asked.sheet,
        "county": asked.county,
        "header_rows": _lines(asked.header, "--header", problems) if asked.header else None,
        "totals": _totals(asked.total, problems) if asked.total else None,
        "passed": _lines(",".join(asked.passed), "--pass", problems) if asked.passed else None,
        "columns": _pairs(asked.column, "--column", _column, problems),
        "units": _pairs(asked.unit, "--unit", _factor, problems),
        "areas": _pairs(asked.area, "--area", _code, problems),
    }
    if problems:
        raise InputError(problems)
    return answers


def _lines(text: str, option: str, problems: list[Problem]) -> list[int]:
    parts = [part.strip() for part in re.split(r"[,，、]", text) if part.strip()]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        problems.append(Problem("import_lines", values={"option": option, "found": text}))
        return []
    return [int(part) for part in parts]


def _totals(given: Sequence[str], problems: list[Problem]) -> list[int]:
    return [] if list(given) == ["none"] else _lines(",".join(given), "--total", problems)


def _pairs(
    given: Sequence[str], option: str, read: Callable[[str], Any], problems: list[Problem]
) -> dict[int, Any]:
    """What `N=VALUE` options say. read: the value, or a Problem that says what is wrong with it."""
    found: dict[int, Any] = {}
    for text in given:
        number, _, value = (part.strip() for part in text.partition("="))
        if not number.isdecimal() or int(number) < 1 or "=" not in text:
            problems.append(Problem("import_pair", values={"option": option, "found": text}))
            continue
        told = read(value)
        if isinstance(told, Problem):
            problems.append(told)
        else:
            found[int(number)] = told
    return found


def _column(value: str) -> str | Problem:
    """A column by its name or by its heading in the form; nothing or none: not used."""
    known = columns("townships")
    if value in ("", "none"):
        return ""
    by_heading = {heading: c.name for c in known.values() for heading in (c.name, c.zh, c.en)}
    if value in by_heading:
        return by_heading[value]
    return Problem("import_unknown_column", values={"found": value, "near": nearest(value, list(by_heading))})


def _factor(value: str) -> int | Problem:
    units = {"1": 1, "元": 1, "10000": 10_000, "万": 10_000, "万元": 10_000}
    return units.get(value) or Problem("import_unit", values={"found": value})


def _code(value: str) -> str | Problem:
    if re.fullmatch(r"\d{9}(\d{3})?", value):
        return value[:9]
    return Problem("import_bad_code", values={"found": value})

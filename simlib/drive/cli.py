"""The command line. Exit 0 success, 2 bad input (every problem a line on stderr), 1 a failed run, 130 Ctrl-C.

stdout holds the data only; whatever is said besides goes to stderr. Rooms are imported when a command
needs them, so `simlib --help` loads next to nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simlib import words
from simlib.errors import InputError, Problem, SimlibError

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("table", "csv", "json")
LEVELS = ("city", "county", "township", "village", "institution")
_MOST_WIDTH = 60
_MOST_YUAN = 10**9


def say(line: str) -> None:
    """A line to the person at the terminal."""
    print(line, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    parsed = _parser().parse_args(arguments)
    if parsed.lang:
        words.set_lang(parsed.lang)
    try:
        parsed.run(parsed)
    except InputError as error:
        for problem in error.problems:
            say(problem.line())
        return 2
    except KeyboardInterrupt:
        say(words.say("interrupted"))
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SimlibError as error:
        say(words.say("run_failed", error=error))
        return 1
    except OSError as error:
        say(words.say("disk_full", error=error.strerror or error))
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="simlib", description="Staffing Workbench 社会救助经办力量测算")
    parser.add_argument(
        "--version", action="version", version=f"simlib {import_module('simlib').__version__}"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[Any], None], about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about)
        added.set_defaults(run=run)
        added.add_argument("--lang", choices=words.LANGS, help="language of messages and reports")
        return added

    init = command("init", _init, "make a workspace (scenarios, notebooks) in a new folder")
    init.add_argument("folder", type=Path)
    check = command("check", _check, "validate scenarios, experiments, places and law")
    check.add_argument("paths", nargs="*", type=Path)
    check.add_argument("--list", action="store_true", help="print every parameter name")
    place = command("place", _place, "build a synthetic-labelled place from the frame")
    place.add_argument("action", choices=("build",))
    place.add_argument("name")
    place.add_argument("--out", type=Path, help="folder to write (default scenarios/places/NAME)")
    place.add_argument("--seed", type=int, default=None)
    template = command("template", _template, "write the Excel form for a place's own figures")
    template.add_argument("path", type=Path)
    formulas = command("formulas", _formulas, "the staffing formulas, one row each")
    formulas.add_argument("--values", action="store_true", help="one row a dated value, with its source")
    formulas.add_argument("--money", action="store_true", help="the money rules, one row each")
    formulas.add_argument(
        "--purchasing", action="store_true", help="what documents say on buying services, one row a clause"
    )
    formulas.add_argument("--explain", metavar="ID", help="a formula, money rule or document in plain words")
    formulas.add_argument(
        "--compare",
        action="append",
        metavar="DRIVER=N,…",
        help="posts of such a township under every formula",
    )
    formulas.add_argument(
        "--reading", action="append", default=[], metavar="[ID.]K=V|V", help="with --compare"
    )
    schema = command("schema", _schema, "JSON Schemas of the files a person writes")
    schema.add_argument("name", nargs="?", help="one of them; default: all")
    staffing = command("staffing", _staffing, "posts a formula asks for in a place, office by office")
    staffing.add_argument("place", type=Path)
    staffing.add_argument("--formula", required=True)
    staffing.add_argument("--reading", action="append", default=[], metavar="K=V", help="or: all")
    staffing.add_argument("--level", help="city,county,township,village,institution")
    staffing.add_argument("--on", help="date of the law (default: the latest the text states)")
    staffing.add_argument("--price", type=float, help="yearly price of a bought post [yuan]")
    either = staffing.add_mutually_exclusive_group()
    either.add_argument(
        "--cliffs",
        nargs="?",
        const="steps",
        choices=("steps", "merge", "split"),
        help="distance to the next step, or who gains posts by merging or splitting",
    )
    staffing.add_argument(
        "--ratio", action="store_true", help="add existing ÷ required and existing − required"
    )
    either.add_argument("--fund", metavar="RULE", help="posts a money rule pays (or: fixed, none)")
    staffing.add_argument(
        "--cap-yuan", type=int, help="yearly money for posts of the whole place, with fixed"
    )
    staffing.add_argument("--share-for-posts", type=float, help="part of the rule's money that pays posts")
    staffing.add_argument("--sharing", choices=("proportional", "keep_minimum", "equal_load"))
    staffing.add_argument("--method", choices=("largest_remainder", "webster"))
    for added in (formulas, staffing):
        added.add_argument("--format", choices=FORMATS, default="table")
        added.add_argument("--law", action="append", default=[], metavar="DIR")
    run = command("run", _run, "simulate a scenario and print its measures with intervals")
    run.add_argument("scenario", type=Path)
    run.add_argument("--format", choices=FORMATS, default="table")
    plan = command("plan", _plan, "the main job: simulate an experiment and write its pages")
    plan.add_argument("experiment", type=Path)
    plan.add_argument("--no-notebooks", action="store_true", help="simulate only")
    plan.add_argument("--dry-run", action="store_true", help="show what would run")
    report = command("report", _report, "write the pages of an experiment again")
    report.add_argument("experiment", type=Path)
    report.add_argument("--dry-run", action="store_true", help=argparse.SUPPRESS)
    report.add_argument("--no-notebooks", action="store_true", help=argparse.SUPPRESS)
    export = command("export", _export, "fill an official form from an experiment that was run")
    export.add_argument("run_folder", type=Path, metavar="RUN", help="folder of results")
    export.add_argument("--form", required=True, metavar="NAME", help="annex-1, annex-2, staffing-status …")
    export.add_argument("--cell", help="id of the option (default: the first that is compared)")
    export.add_argument("--out", type=Path, metavar="FILE", help="ends in .xlsx, .csv, .docx or .html")
    export.add_argument("--limit-yuan", type=float, metavar="N", help="the place's purchase limit [yuan]")
    export.add_argument(
        "--tender-yuan", type=float, metavar="N", help="the place's open-tender amount [yuan]"
    )
    bench = command("bench", _bench, "measure the engines and whole places: times, ratios, memory")
    bench.add_argument("--only", action="append", default=[], metavar="NAME", help="office, network …")
    bench.add_argument("--seed", type=int, default=None, help="of the trace and the places' chance")
    bench.add_argument("--format", choices=FORMATS, default="table")
    for added in (run, plan, report):
        added.add_argument("--out", type=Path, help="folder of results (default reports/NAME)")
        added.add_argument("--set", action="append", default=[], metavar="A.B=C", dest="overrides")
        added.add_argument("--replications", type=int)
        added.add_argument("--workers", type=int)
        added.add_argument("--engine", choices=("compiled", "reference"))
        added.add_argument("--fresh", action="store_true", help="compute again what is stored")
        added.add_argument("--law", action="append", default=[], metavar="DIR")
    return parser


# --- commands -----------------------------------------------------------------------------------------


def _init(asked: Any) -> None:
    from simlib.drive.workspace import make_workspace

    files = make_workspace(asked.folder)
    say(words.say("workspace_made", folder=asked.folder, count=len(files)))


def _place(asked: Any) -> None:
    from simlib.places import build_place

    out = asked.out or Path("scenarios/places") / asked.name
    built = build_place(asked.name, out, **({} if asked.seed is None else {"seed": asked.seed}))
    say(words.say("place_built", folder=out, townships=len(built.townships)))


def _template(asked: Any) -> None:
    from simlib.places import write_template

    write_template(asked.path, lang=words.current_lang())


def _law(paths: Sequence[str], beside: Path | None = None) -> Any:
    from simlib.drive.workspace import law_paths, workspace_of
    from simlib.policy.statutes import load_law

    home = workspace_of(beside) if beside is not None else Path.cwd()
    return load_law(law_paths(home, list(paths)))


def _formulas(asked: Any) -> None:
    from simlib.policy import explain

    law = _law(asked.law)
    if asked.explain:
        print(explain.explain(asked.explain, law=law))
    elif asked.values:
        _print(explain.values_table(law), asked.format)
    elif asked.money:
        _print(explain.money_table(law), asked.format)
    elif asked.purchasing:
        from simlib.policy.purchasefile import clauses_table

        _print(clauses_table(law.purchasing), asked.format)
    elif asked.compare:
        _print(_compared(asked, law), asked.format)
    else:
        _print(explain.formulas_table(law), asked.format)


def _compared(asked: Any, law: Any) -> pd.DataFrame:
    from simlib.policy.comparison import compared, side_by_side

    cases = [_drivers(text) for text in asked.compare]
    readings = {name: answers.split("|") for name, answers in _reading(asked.reading).items()}
    return side_by_side(compared(cases, law=law, readings=readings), cases)


def _drivers(text: str) -> dict[str, int]:
    """The drivers of one township, as `--compare` writes them."""
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(name.strip() and value.strip().isdecimal() for name, _, value in pairs):
        raise InputError(Problem("rules_compare", values={"found": text}))
    return {name.strip(): int(value) for name, _, value in pairs}


def _schema(asked: Any) -> None:
    from simlib.drive.schema import schemas

    known = schemas()
    if asked.name is not None and asked.name not in known:
        values = {"found": asked.name, "known": ", ".join(known)}
        raise InputError(Problem("rules_no_schema", values=values))
    print(json.dumps(known if asked.name is None else known[asked.name], ensure_ascii=False, indent=1))


def _reading(texts: Sequence[str]) -> dict[str, str]:
    answers = {}
    for text in texts:
        name, found, value = text.partition("=")
        if not found:
            raise InputError(Problem("cli_reading", values={"found": text}))
        answers[name.strip()] = value.strip()
    return answers


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(Problem("cli_date", values={"found": text})) from None


def _levels(text: str | None) -> list[str] | None:
    if text is None:
        return None
    levels = [level.strip() for level in text.split(",") if level.strip()]
    unknown = [level for level in levels if level not in LEVELS]
    if unknown or not levels:
        values = {"found": ", ".join(unknown), "known": ", ".join(LEVELS)}
        raise InputError(Problem("cli_level", values=values))
    return levels


def _readings(asked: Any, law: Any, **idle: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Readings fixed on the command line, and each reading to be shown: one, or every one with `all`.

    idle: readings that change nothing here, so that `all` need not try them.
    """
    from simlib.policy.readings import all_readings

    fixed = _reading([text for text in asked.reading if text != "all"])
    if "all" not in asked.reading:
        return fixed, [fixed]
    return fixed, list(all_readings(law.formula(asked.formula), {**idle, **fixed}))


def _cliffs(asked: Any, law: Any, place: Any) -> pd.DataFrame:
    from simlib.policy.cliffs import cliffs, cliffs_note

    _, readings = _readings(asked, law, existing_counts="yes")
    common: dict[str, Any] = {"law": law, "readings": readings, "levels": _levels(asked.level)}
    common["on"] = _day(asked.on)
    table = cliffs(place, asked.formula, asked.cliffs, **common)
    if not len(table):
        note = cliffs_note(place, asked.formula, asked.cliffs, **common)
        say(words.say("check_note", line=note.line()))
    return table


def _staffing(asked: Any) -> None:
    from simlib.places import load_place
    from simlib.policy.staffing import (
        reading_spread,
        required_posts,
        required_posts_all_readings,
        staffing_notes,
    )

    law, place = _law(asked.law, asked.place), load_place(asked.place)
    if asked.cliffs:
        _print(_cliffs(asked, law, place), asked.format)
        return
    common: dict[str, Any] = {
        "law": law,
        "levels": _levels(asked.level),
        "on": _day(asked.on),
        "price_fen": _price_fen(asked.price),
    }
    answers, readings = _readings(asked, law)
    if _is_funding(asked):
        _print(_funded(asked, law, place, answers), asked.format)
        return
    for note in (*place.notes, *staffing_notes(place, asked.formula, reading=answers, **common)):
        say(words.say("check_note", line=note.line()))
    if "all" not in asked.reading:
        _print(
            _balanced(asked, required_posts(place, asked.formula, reading=answers, **common)), asked.format
        )
        return
    table = required_posts_all_readings(place, asked.formula, fixed=answers, **common)
    spread = reading_spread(table)
    for row in spread[spread["area_code"] == "total"].itertuples():
        blanks = {"level": words.say(str(row.level)), "count": len(readings)}
        blanks |= {"least": f"{row.posts_least:g}", "most": f"{row.posts_most:g}"}
        say(words.say("problem.note_spread", **blanks))
    table = table.merge(spread.drop(columns="area"), on=["level", "area_code"], how="left")
    _print(_balanced(asked, table), asked.format)


def _balanced(asked: Any, table: pd.DataFrame) -> pd.DataFrame:
    from simlib.policy.wisn import with_balance

    return with_balance(table) if asked.ratio else table


def _is_funding(asked: Any) -> bool:
    """Whether posts are to be funded; options of it alone are an error."""
    options = ("cap_yuan", "share_for_posts", "sharing", "method")
    given = [f"--{name.replace('_', '-')}" for name in options if getattr(asked, name) is not None]
    if given and asked.fund is None:
        raise InputError(Problem("fund_alone", values={"found": ", ".join(given)}))
    if asked.fund is not None and "all" in asked.reading:
        raise InputError(Problem("fund_one_reading"))
    return asked.fund is not None


def _funded(asked: Any, law: Any, place: Any, answers: dict[str, str]) -> pd.DataFrame:
    from simlib.drive.api import funding

    _price_fen(asked.price)
    found = funding(
        place,
        asked.formula,
        asked.fund,
        cap_yuan=asked.cap_yuan,
        share_for_posts=asked.share_for_posts,
        sharing=asked.sharing or "proportional",
        method=asked.method or "largest_remainder",
        price_yuan=asked.price,
        reading=answers,
        levels=_levels(asked.level),
        on=_day(asked.on),
        law=law,
    )
    for note in (*place.notes, *found.notes):
        say(words.say("check_note", line=note.line()))
    told = found.table
    if asked.format == "table":  # said above, county by county
        told = told.drop(columns=["conflict", "relaxation"])
    return _balanced(asked, told)


def _price_fen(yuan: float | None) -> int | None:
    """A price from the command line [fen]."""
    if yuan is not None and not 0 < yuan < _MOST_YUAN:
        raise InputError(Problem("law_bad_price", values={"found": yuan}))
    return None if yuan is None else round(yuan * 100)


def _check(asked: Any) -> None:
    if asked.list:
        from simlib.scenario import parameter_names

        for name in parameter_names():
            print(name)
        print(
            "\n".join(f"future.assumptions.{key}" for key in _law([]).values if not key.startswith("clocks."))
        )
    problems: list[Problem] = []
    for path in asked.paths or ([] if asked.list else [Path("scenarios")]):
        for target in _targets(path):
            try:
                _check_one(target)
                say(words.say("check_good", file=target))
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(problems)


def _targets(path: Path) -> list[Path]:
    """What is to be checked under a path: a file, a place, or all a workspace's scenarios hold."""
    if not path.exists():
        raise InputError(Problem("cli_missing", values={"found": path}))
    if path.is_file() or _is_place(path) or _is_law(path):
        return [path]
    inside = path / "scenarios" if (path / "scenarios").is_dir() else path
    places = sorted(folder for folder in (inside / "places").glob("*") if folder.is_dir())
    law = [inside / "law"] if (inside / "law").is_dir() else []
    found = [*law, *places, *sorted(inside.glob("*.yaml"))]
    if not found:
        raise InputError(Problem("cli_unknown_file", str(path)))
    return found


def _is_place(folder: Path) -> bool:
    return (folder / "place.yaml").is_file() or any(folder.glob("townships.*"))


def _is_law(folder: Path) -> bool:
    """Whether a folder holds law and nothing else that is checked: neither scenarios nor places."""
    if (folder / "scenarios").is_dir() or (folder / "places").is_dir():
        return False
    files = [file for ending in ("*.yaml", "*.yml") for file in folder.rglob(ending)]
    return bool(files) and not any(_kind(file) in ("scenario", "experiment") for file in files)


def _kind(file: Path) -> object:
    """What a file says it is; nothing where it cannot be read."""
    from simlib.yamlfile import load_yaml

    try:
        content, _ = load_yaml(file)
    except InputError:
        return None
    return content.get("kind") if isinstance(content, dict) else None


def _check_one(path: Path) -> None:
    if path.is_dir() and not _is_place(path):
        from simlib.policy.statutes import load_law

        load_law([path])
        return
    if path.is_dir() or path.suffix.lower() == ".xlsx":
        from simlib.places import load_place

        for note in load_place(path).notes:
            say(words.say("check_note", line=note.line()))
        return
    from simlib.yamlfile import load_yaml

    content, _ = load_yaml(path)
    kind = content.get("kind") if isinstance(content, dict) else None
    if kind in ("scenario", "experiment"):
        from simlib.drive.batch import Order, prepare_order

        prepare_order(Order(path))
    elif isinstance(content, dict):
        from simlib.drive.workspace import law_paths, workspace_of
        from simlib.policy.statutes import load_law

        folders = law_paths(workspace_of(path), [])  # a file may name what stands beside it
        inside = any(path.resolve().is_relative_to(folder) for folder in folders)
        load_law(folders if inside else [path])
    else:
        raise InputError(Problem("cli_unknown_file", str(path)))


def _order(asked: Any, *, notebooks: bool) -> Any:
    from simlib.drive.batch import Order

    if asked.replications is not None and asked.replications < 1:
        values = {"option": "--replications", "low": 1, "found": asked.replications}
        raise InputError(Problem("cli_number", values=values))
    file = asked.scenario if hasattr(asked, "scenario") else asked.experiment
    if not file.is_file():
        raise InputError(Problem("cli_missing", values={"found": file}))
    return Order(
        file,
        out=asked.out,
        overrides=asked.overrides,
        replications=asked.replications,
        workers=asked.workers,
        lang=asked.lang or "zh",
        notebooks=notebooks,
        fresh=asked.fresh,
        engine=asked.engine,
        law=asked.law,
    )


def _run(asked: Any) -> None:
    from simlib.drive.batch import prepare_order, simulate
    from simlib.results.experiment import open_experiment

    order = _order(asked, notebooks=False)
    prepared = prepare_order(order)
    simulate(prepared, order, say)
    table = open_experiment(prepared.folder).summary()
    _print(table.drop(columns=["formula", "money", "view"]), asked.format)


def _plan(asked: Any) -> None:
    import pandas as pd

    from simlib.drive.batch import cost_table, make, prepare_order

    order = _order(asked, notebooks=not asked.no_notebooks)
    if asked.dry_run:
        _print(pd.DataFrame(cost_table(prepare_order(order))), "table")
        return
    made = make(order, say)
    print(words.say("plan_report_at", path=made.index or made.folder))
    if made.failed:
        raise SimlibError(", ".join(name for name, _ in made.failed))


def _report(asked: Any) -> None:
    asked.no_notebooks = asked.dry_run = False
    _plan(asked)


def _export(asked: Any) -> None:
    from simlib.results.experiment import open_experiment
    from simlib.view.forms import chosen_cell, default_name, export_form, form_title

    limits = _thresholds(asked)
    results = open_experiment(asked.run_folder)
    cell = chosen_cell(results, asked.cell)
    out = asked.out or asked.run_folder / "forms" / default_name(asked.form, cell)
    try:
        print(export_form(results, asked.form, out, cell, lang=asked.lang or "zh", thresholds=limits))
    except FileNotFoundError as error:
        if error.filename is not None:
            raise
        raise InputError(Problem("forms_unfinished", str(asked.run_folder))) from None
    say(words.say("forms.written", form=form_title(asked.form, words.current_lang()), cell=cell))


def _thresholds(asked: Any) -> Any:
    """The place's purchase thresholds, where both are given."""
    from simlib.policy.purchasing import Thresholds
    from simlib.units import FEN_PER_YUAN

    given = (asked.limit_yuan, asked.tender_yuan)
    if given == (None, None):
        return None
    if None in given or not 0 < asked.limit_yuan <= asked.tender_yuan:
        raise InputError(Problem("forms_thresholds"))
    return Thresholds(*(round(yuan * FEN_PER_YUAN) for yuan in given))


def _bench(asked: Any) -> None:
    from simlib.drive.bench import SEED, measured
    from simlib.drive.bench.rows import table_of

    rows = []
    try:
        for found in measured(asked.only, say, seed=SEED if asked.seed is None else asked.seed):
            rows += found
    finally:
        if rows:
            _print(table_of(rows), asked.format)


# --- printing -----------------------------------------------------------------------------------------


def _print(table: pd.DataFrame, form: str) -> None:
    """Print a table as asked: JSON is a list of flat objects with English keys."""
    if form == "json":
        rows = json.loads(table.to_json(orient="records", force_ascii=False, date_format="iso"))
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    elif form == "csv":
        print(_inert(table).to_csv(index=False, lineterminator="\n"), end="")
    else:
        print("\n".join(_text_table(table)))


def _inert(table: pd.DataFrame) -> pd.DataFrame:
    """The table with texts that a spreadsheet would run as formulas quoted."""
    quoted = table.copy()
    for name in quoted.columns:
        if quoted[name].dtype.kind not in "iufb":
            quoted[name] = [
                f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value
                for value in quoted[name]
            ]
    return quoted


def _text_table(table: pd.DataFrame) -> list[str]:
    """Aligned lines; a Chinese character is two columns wide."""
    from unicodedata import east_asian_width

    def width(text: str) -> int:
        return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)

    def shown(value: Any) -> str:
        if value is None or str(value) == "<NA>" or value != value:
            return ""
        text = f"{value:,.4g}" if isinstance(value, float) and abs(value) < 1000 else str(value)
        if isinstance(value, float) and abs(value) >= 1000:
            text = f"{value:,.0f}"
        return text if width(text) <= _MOST_WIDTH else text[: _MOST_WIDTH // 2] + "…"

    rows = [
        [str(name) for name in table.columns],
        *([shown(value) for value in row] for row in table.to_numpy(object)),
    ]
    widths = [max(width(row[at]) for row in rows) for at in range(len(table.columns))]
    is_number = [table[name].dtype.kind in "iuf" for name in table.columns]
    lines = []
    for row in rows:
        cells = []
        for text, wide, right in zip(row, widths, is_number, strict=True):
            space = " " * (wide - width(text))
            cells.append(space + text if right else text + space)
        lines.append("  ".join(cells).rstrip())
    return lines

"""Commands that read the law: its formulas, money rules and documents, and the posts they ask for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from simlib import words
from simlib.drive.asking import asked_day, together
from simlib.drive.printed import show, tell
from simlib.drive.schema import schemas
from simlib.drive.workspace import law_paths, workspace_of
from simlib.errors import InputError, Problem
from simlib.places import load_place
from simlib.policy import explain
from simlib.policy.buying.purchasefile import clauses_table
from simlib.policy.posts.cliffs import cliffs, cliffs_note
from simlib.policy.posts.comparison import compared, side_by_side
from simlib.policy.posts.wisn import with_balance
from simlib.policy.prices import PRICE_PARTS, itemised_price
from simlib.policy.readings import all_readings
from simlib.policy.staffing import (
    reading_spread,
    required_posts,
    required_posts_all_readings,
    staffing_notes,
)
from simlib.policy.statutes import Law, load_law

LEVELS = ("city", "county", "township", "village", "institution")
_MOST_YUAN = 10**9


def formulas(asked: Any) -> None:
    """`simlib formulas`: the staffing formulas, or what else of the law is asked for."""
    together(asked, "compare", reading=[])
    law = _law(asked.law)
    if asked.explain:
        print(explain.explain(asked.explain, law=law))
    elif asked.values:
        show(explain.values_table(law), asked.format)
    elif asked.money:
        show(explain.money_table(law), asked.format)
    elif asked.purchasing:
        show(clauses_table(law.purchasing), asked.format)
    elif asked.compare:
        show(_compared(asked, law), asked.format)
    else:
        show(explain.formulas_table(law), asked.format)


def _compared(asked: Any, law: Any) -> pd.DataFrame:
    cases = [_drivers(text) for text in asked.compare]
    readings = {name: answers.split("|") for name, answers in _reading(asked.reading).items()}
    return side_by_side(compared(cases, law=law, readings=readings), cases)


def _drivers(text: str) -> dict[str, int]:
    """The drivers of one township, as `--compare` writes them."""
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(name.strip() and value.strip().isdecimal() for name, _, value in pairs):
        raise InputError(Problem("rules_compare", values={"found": text}))
    return {name.strip(): int(value) for name, _, value in pairs}


def schema(asked: Any) -> None:
    """`simlib schema`: JSON Schemas of the files a person writes."""
    known = schemas()
    if asked.name is not None and asked.name not in known:
        values = {"found": asked.name, "known": ", ".join(known)}
        raise InputError(Problem("rules_no_schema", values=values))
    print(json.dumps(known if asked.name is None else known[asked.name], ensure_ascii=False, indent=1))


def staffing(asked: Any) -> None:
    """`simlib staffing`: posts a formula asks for in a place; its steps; what money pays of them."""
    law, place = _law(asked.law, asked.place), load_place(asked.place)
    if asked.wage is not None:
        asked.price = _price_of_wage(asked, law)
    if asked.cliffs:
        show(_cliffs(asked, law, place), asked.format)
        return
    common: dict[str, Any] = {
        "law": law,
        "levels": _levels(asked.level),
        "on": asked_day(asked.on),
        "price_fen": _price_fen(asked.price),
    }
    answers, readings = _readings(asked, law)
    if _is_funding(asked):
        show(_funded(asked, law, place, answers), asked.format)
        return
    for note in (*place.notes, *staffing_notes(place, asked.formula, reading=answers, **common)):
        tell(words.say("check_note", line=note.line()))
    if "all" not in asked.reading:
        show(_balanced(asked, required_posts(place, asked.formula, reading=answers, **common)), asked.format)
        return
    table = required_posts_all_readings(place, asked.formula, fixed=answers, **common)
    spread = reading_spread(table)
    for row in spread[spread["area_code"] == "total"].itertuples():
        blanks = {"level": words.say(str(row.level)), "count": len(readings)}
        blanks |= {"least": f"{row.posts_least:g}", "most": f"{row.posts_most:g}"}
        tell(words.say("problem.note_spread", **blanks))
    table = table.merge(spread.drop(columns="area"), on=["level", "area_code"], how="left")
    show(_balanced(asked, table), asked.format)


def _cliffs(asked: Any, law: Any, place: Any) -> pd.DataFrame:
    _, readings = _readings(asked, law, existing_counts="yes")
    common: dict[str, Any] = {"law": law, "readings": readings, "levels": _levels(asked.level)}
    common["on"] = asked_day(asked.on)
    table = cliffs(place, asked.formula, asked.cliffs, **common)
    if not len(table):
        note = cliffs_note(place, asked.formula, asked.cliffs, **common)
        tell(words.say("check_note", line=note.line()))
    return table


def _balanced(asked: Any, table: pd.DataFrame) -> pd.DataFrame:
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
    from simlib.drive.api import funding  # loads the simulation; nothing else here does

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
        on=asked_day(asked.on),
        law=law,
    )
    for note in (*place.notes, *found.notes):
        tell(words.say("check_note", line=note.line()))
    told = found.table
    if asked.format == "table":  # said above, county by county
        told = told.drop(columns=["conflict", "relaxation"])
    return _balanced(asked, told)


def _law(paths: Sequence[str], beside: Path | None = None) -> Law:
    """The law as a command reads it: the package's, the workspace's, and what `--law` adds."""
    home = workspace_of(beside) if beside is not None else Path.cwd()
    return load_law(law_paths(home, list(paths)))


def _reading(texts: Sequence[str]) -> dict[str, str]:
    answers = {}
    for text in texts:
        name, found, value = text.partition("=")
        if not found:
            raise InputError(Problem("cli_reading", values={"found": text}))
        answers[name.strip()] = value.strip()
    return answers


def _readings(asked: Any, law: Any, **idle: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Readings fixed on the command line, and each reading to be shown: one, or every one with `all`.

    idle: readings that change nothing here, so that `all` need not try them.
    """
    fixed = _reading([text for text in asked.reading if text != "all"])
    if "all" not in asked.reading:
        return fixed, [fixed]
    return fixed, list(all_readings(law.formula(asked.formula), {**idle, **fixed}))


def _levels(text: str | None) -> list[str] | None:
    if text is None:
        return None
    levels = [level.strip() for level in text.split(",") if level.strip()]
    unknown = [level for level in levels if level not in LEVELS]
    if unknown or not levels:
        values = {"found": ", ".join(unknown), "known": ", ".join(LEVELS)}
        raise InputError(Problem("cli_level", values=values))
    return levels


def _price_of_wage(asked: Any, law: Any) -> float:
    """The yearly price of a post from its all-in wage, said item by item [yuan]."""
    price = itemised_price(law, _price_fen(asked.wage) or 0, on=asked_day(asked.on))
    parts = {name: f"{getattr(price, f'{name}_fen') / 100:,.2f}" for name in PRICE_PARTS}
    tell(words.say("price_items", total=f"{price.total_fen / 100:,.2f}", **parts))
    return price.total_fen / 100


def _price_fen(yuan: float | None) -> int | None:
    """A price from the command line [fen]."""
    if yuan is not None and not 0 < yuan < _MOST_YUAN:
        raise InputError(Problem("law_bad_price", values={"found": yuan}))
    return None if yuan is None else round(yuan * 100)

"""The command on services for families: the catalogue, one item told, and what a place may expect.

What a place may expect is reckoned from assumed shares, low to high, before anything is simulated; the lists
of the families simulated in a run are those of `familycommands`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from simlib import words
from simlib.drive.asking import asked_day
from simlib.drive.printed import show, tell
from simlib.drive.workspace import law_paths, workspace_of
from simlib.errors import InputError, Problem
from simlib.places import load_place
from simlib.policy.services.fund import OUTSIDE
from simlib.policy.services.listing import catalogue_table, item_told
from simlib.policy.services.lists import SHOWN, list_of, plan_notes
from simlib.policy.services.plan import RULE, Asked, own_left_fen, service_plan
from simlib.policy.statutes import Law, load_law
from simlib.units import FEN_PER_YUAN

_MOST_YUAN = 10**12
_WIDE = (
    "item",
    "what",
    "delivered_by",
    "skill",
    "trip",
    "mutual_help",
    "work",
    "indicators",
    "documents",
    "status",
)
_SIDES = ("_low", "_high")
_OF_PLACE = ("share", "rationing", "figures", "list", "left_yuan", "townships", "on")


def services(asked: Any) -> None:
    """`simlib services`: the 32 items, one item, or what a place may expect."""
    law = _law(asked.law, asked.place)
    if asked.place is None:
        _refuse_alone(asked)
        if asked.explain is not None:
            print(item_told(asked.explain, law=law))
        else:
            _show_catalogue(catalogue_table(law), asked.format)
        return
    if asked.explain is not None:
        raise InputError(Problem("services_explain_alone"))
    place = load_place(asked.place)
    told = _asked(asked)
    own = own_left_fen(place, law=law, on=told.on)
    plan = service_plan(place, law=law, asked=replace(told, own_left_fen=own))
    for note in (*place.notes, *plan_notes(plan, law=law)):
        tell(words.say("check_note", line=note.line()))
    names = SHOWN if asked.list is None else (asked.list,)
    show_lists({name: list_of(plan, name, law=law) for name in names}, asked.format)


def _law(paths: Sequence[str], beside: Path | None) -> Law:
    home = workspace_of(beside) if beside is not None else Path.cwd()
    return load_law(law_paths(home, list(paths)))


def _refuse_alone(asked: Any) -> None:
    """Options of a place without one are an error: nothing is passed over silently."""
    given = [name for name in (*_OF_PLACE, *(f"{fund}_yuan" for fund in OUTSIDE)) if getattr(asked, name)]
    given += ["what_if"] if asked.what_if else []
    given += ["mutual_help"] if asked.mutual_help else []
    if given:
        found = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise InputError(Problem("services_no_place", values={"found": found}))


def _asked(asked: Any) -> Asked:
    outside = {name: getattr(asked, f"{name}_yuan") for name in OUTSIDE}
    codes = (asked.townships or "").split(",")
    return Asked(
        rule=asked.rule or RULE,
        share=None if asked.share is None else _share(asked.share),
        what_ifs=tuple(_share(text) for text in asked.what_if),
        rationing=asked.rationing or "grade",
        figures=asked.figures or "mode",
        left_fen=None if asked.left_yuan is None else _fen(asked.left_yuan),
        outside_fen={name: _fen(yuan) for name, yuan in outside.items() if yuan is not None},
        townships=tuple(dict.fromkeys(code.strip() for code in codes if code.strip())),
        mutual_help=asked.mutual_help,
        on=asked_day(asked.on),
    )


def _share(text: str) -> Fraction:
    try:
        share = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise InputError(Problem("law_bad_share", values={"found": text})) from None
    if not 0 <= share <= 1:
        raise InputError(Problem("law_bad_share", values={"found": text}))
    return share


def _fen(yuan: str) -> int:
    try:
        fen = Fraction(yuan) * FEN_PER_YUAN
    except (ValueError, ZeroDivisionError):
        raise InputError(Problem("services_bad_yuan", values={"found": yuan})) from None
    if not 0 <= fen <= _MOST_YUAN * FEN_PER_YUAN or fen.denominator != 1:
        raise InputError(Problem("services_bad_yuan", values={"found": yuan}))
    return int(fen)


def _show_catalogue(table: pd.DataFrame, form: str) -> None:
    """The catalogue; on a terminal without the widest columns and with the mode of each figure only."""
    if form == "table":
        narrow = [name for name in table if name not in _WIDE and not str(name).endswith(_SIDES)]
        table = table[narrow].rename(columns=_heading)
    show(table, form)


def show_lists(
    lists: dict[str, pd.DataFrame],
    form: str,
    *,
    room: str = "services",
    heading: Callable[[str], str] | None = None,
) -> None:
    """One list as it is; several under headings, as one JSON object, or stacked with a column `list`.

    room: of the words for the lists' names. heading: of a column (default: that of a place's lists).
    """
    if form == "table":
        for at, (name, table) in enumerate(lists.items()):
            if len(lists) > 1:
                print("\n" * (at > 0) + words.say(f"{room}.list.{name}"))
            show(table.rename(columns=heading or _heading), form)
    elif len(lists) == 1:
        show(next(iter(lists.values())), form)
    elif form == "json":
        found = {
            name: json.loads(table.to_json(orient="records", force_ascii=False))
            for name, table in lists.items()
        }
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        stacked = [_whole(table).assign(list=name) for name, table in lists.items()]
        table = pd.concat(stacked, ignore_index=True)
        show(table[["list", *(name for name in table if name != "list")]], form)


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    """The table with whole numbers that stay whole beside lists that lack the column."""
    return table.astype({name: "Int64" for name in table if table[name].dtype.kind in "iu"})


def _heading(name: str) -> str:
    """A column's heading in the language in force; the sides of a range follow the name."""
    for side in ("low", "mode", "high"):
        if name.endswith(f"_{side}"):
            return f"{_heading(name.removesuffix(f'_{side}'))} {words.say(f'services.side.{side}')}"
    return words.say(f"services.column.{name}") if words.has(f"services.column.{name}") else name

"""Offices at which something can never be done are named when a place is read, before a run, on the page."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from simlib import words
from simlib.drive.batch import left_aside
from simlib.places import load_place
from simlib.places.unmanned import some_of, where_nobody
from tests.places.conftest import COUNTIES, Put
from tests.small import place, scenario, setting, stored, with_bureau, with_towns


def test_offices_with_nobody_on_the_payroll_are_named_by_kind() -> None:
    """Bought workers do not count: they may give no opinion and take no decision."""
    bare = with_bureau(with_towns(place(), posts_payroll=0, posts_contract=9), posts_verification=0)
    found = where_nobody(bare)

    assert list(found) == ["township", "verification"]
    assert len(found["township"]) == len(bare.townships)
    assert where_nobody(with_bureau(with_towns(place(), posts_payroll=1), posts_payroll=1)) == {}


def test_a_long_list_shows_its_first_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five names and a mark that there are more."""
    monkeypatch.setenv("SIMLIB_LANG", "en")

    assert some_of(list("abcde")) == "a; b; c; d; e"
    assert some_of(list("abcdef")) == "a; b; c; d; e; …"


def test_the_planner_is_told_before_a_run() -> None:
    """A township nobody can decide in is not late for want of money."""
    lines = left_aside(setting(scenario(), with_towns(place(), posts_payroll=[0, 2, 2, 2, 2])))

    assert sum("nobody on the payroll" in line for line in lines) == 1
    assert not any("nobody" in line for line in left_aside(setting(scenario())))


def test_a_place_read_notes_them(put: Put) -> None:
    """By county, with the column to look at."""
    notes = load_place(put(counties=COUNTIES.replace("市中区,4", "市中区,0"))).notes
    (mine,) = (note for note in notes if "nobody" in note.key)

    assert (mine.key, mine.file, mine.column) == ("place_note_nobody_county", "counties.csv", "posts_payroll")
    assert "市中区" in mine.line()


@pytest.mark.parametrize(("lang", "mark", "other"), [("zh", "；", "; "), ("en", "; ", "；")])
def test_what_a_place_lists_is_listed_in_the_language_it_is_told_in(
    tmp_path: Path, lang: str, mark: str, other: str
) -> None:
    """A place is read once and told in both languages: no Chinese mark or name on an English page."""
    stored(with_towns(place(), posts_payroll=0), tmp_path / "home")
    file = tmp_path / "home" / "townships.csv"
    table = pd.read_csv(file, dtype=str)
    table.loc[:, ~table.columns.str.startswith(("marginal", "rigid"))].to_csv(file, index=False)
    with words.speaking("zh" if lang == "en" else "en"):
        notes = load_place(tmp_path / "home").notes
    told = {note.key: note.line(lang).split(":", 1)[-1] for note in notes}
    absent = [words.say(f"places.programme.{name}", lang) for name in ("marginal", "rigid")]

    assert mark in told["place_note_nobody_township"]
    assert other not in told["place_note_nobody_township"]
    assert mark.join(absent) in told["place_note_programmes_zero"]

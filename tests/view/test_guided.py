"""What the guided notebooks show: a place looked at, and whether an experiment may be sent on."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from simlib import words
from simlib.errors import InputError
from simlib.places import write_place
from simlib.view import filing, placelook
from simlib.view.names import names_of
from simlib.view.placelook import Looked
from tests.small import place, stored
from tests.view.synthetic import FakeExperiment, fake_place


@pytest.fixture(scope="module", params=words.LANGS)
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Looked:
    """The small place under Leshan's formula."""
    return placelook.looked(
        str(stored(place(), tmp_path_factory.mktemp("look") / "small")), "leshan-2020", lang=request.param
    )


def cells(text: str) -> list[list[str]]:
    """The cells of a block's last table, read from its HTML."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", text[text.rindex("<tbody") :], re.DOTALL)
    return [
        [re.sub(r"<.*?>", "", cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)] for row in rows
    ]


def test_families_are_the_sums_of_the_place(seen: Looked) -> None:
    """A planner checks them against the registers first."""
    sums = seen.place.totals()
    shown = {row[0]: row[1:] for row in cells(placelook.families(seen).html)}
    rural = shown[words.say("places.programme.dibao_rural", seen.names.lang)]

    assert [int(cell.replace(",", "")) for cell in rural] == list(sums.loc["dibao_rural"])
    assert shown[words.say("places.programme.temporary", seen.names.lang)][0] == "—"


def test_a_synthetic_place_is_never_called_given(seen: Looked, tmp_path: Path) -> None:
    """Its files hold every column, and none of it was counted; what is left out is told column by column."""
    own = replace(place(), townships=place().townships.assign(status="user"))
    write_place(own, tmp_path / "own")
    lang = seen.names.lang
    given = words.say("look.nothing_assumed", lang)
    table = (tmp_path / "own" / "townships.csv").read_text("utf-8")

    assert given not in placelook.assumed(seen).text
    assert given in placelook.assumed(placelook.looked(str(tmp_path / "own"), "leshan-2020", lang=lang)).text
    (tmp_path / "own" / "townships.csv").write_text(table.replace("travel_minutes", "备注", 1), "utf-8")
    told = placelook.assumed(placelook.looked(str(tmp_path / "own"), "leshan-2020", lang=lang))
    assert {"zh": "入户路程分钟", "en": "Travel to a household, minutes"}[lang] in told.text


def test_gaps_are_those_of_the_rule_the_largest_first(seen: Looked) -> None:
    """As `simlib staffing` prints them."""
    rows = cells(placelook.gaps(seen).html)
    gaps = [int(row[-1]) for row in rows]

    assert gaps == sorted(gaps, reverse=True)
    assert sum(gaps) == seen.staffing["gap"].sum()


def test_the_nearest_step_stands_first_and_lies_ahead(seen: Looked) -> None:
    """How many more persons, not how many in all."""
    rows = [[cell.replace(",", "") for cell in row] for row in cells(placelook.cliffs(seen).html)]
    distances = [int(row[5]) for row in rows]

    assert distances == sorted(distances)
    assert all(int(row[2]) + int(row[5]) == int(row[4]) for row in rows)


def test_a_place_or_formula_that_is_not_there_is_told(tmp_path: Path) -> None:
    """One line, as everywhere."""
    with pytest.raises(InputError):
        placelook.looked(str(tmp_path / "nowhere"), "leshan-2020", lang="zh")
    with pytest.raises(InputError):
        placelook.looked(str(stored(place(), tmp_path / "p")), "leshan-2002", lang="zh")


@pytest.mark.parametrize("lang", words.LANGS)
def test_what_may_be_sent_on_is_what_the_submission_says(lang: str) -> None:
    """Synthetic rows are named and only a draft is offered; one's own rows may go."""
    made = fake_place(counties=1, townships_each=2)
    made.townships["status"], made.counties["status"] = "user", "user"
    own, names = FakeExperiment(place=made), names_of(FakeExperiment(place=made), lang)
    made_up = fake_place(counties=1, townships_each=2)
    made_up.townships["status"] = "synthetic"
    other = FakeExperiment(place=made_up)

    assert words.say("filing.draft_only", lang) in filing.standing(other, names_of(other, lang)).text
    assert "townships.csv" in filing.standing(other, names_of(other, lang)).text
    assert ("--draft" in filing.standing(own, names).text) == bool(
        [entry for entry in own.legal() if entry.get("status") == "assumption"]
    )

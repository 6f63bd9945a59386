"""The first look: the rules of the law on a place at hand, without simulation."""

from __future__ import annotations

import pytest

from simlib.view.firstlook import formula_choices, look, place_choices, reading_choices


def test_the_place_and_formula_asked_for_stand_first() -> None:
    """A menu opens on its first entry."""
    assert place_choices("zh", first="yunfu")[0][1] == "yunfu"
    assert formula_choices("en", first="hainan-2n")[0][1] == "hainan-2n"
    assert len(reading_choices("zh")) == 3


@pytest.mark.parametrize("formula", ["leshan-2020", "guangdong-2019", "hainan-2n"])
def test_a_look_shows_counties_and_levels(formula: str) -> None:
    """The first question of a planner: what does this formula ask of us?"""
    block = look(place="leshan", formula=formula, lang="zh")

    assert "峨眉山市" in block.text
    assert "<svg" in block.html
    assert "<table" in block.html


def test_the_reading_with_most_posts_asks_for_no_fewer() -> None:
    """Readings span a range; its ends are named rightly."""
    totals = []
    for reading in ("fewest", "default", "most"):
        text = look(place="leshan", formula="leshan-2020", reading=reading, lang="zh").text
        totals.append(
            int(text.split("各级应配人数表")[1].split("乡镇（街道）")[1].split()[0].replace(",", ""))
        )

    assert totals == sorted(totals)
    assert totals[0] < totals[-1]

"""One township under every formula, in one table."""

from __future__ import annotations

import pytest

from simlib.drive.cli import main
from simlib.errors import LawError
from simlib.policy.comparison import compared, loads_by_size, side_by_side
from simlib.policy.statutes import Law, load_law
from tests.policy.test_formulas import HAND

LAW: Law = load_law()
CASES = [{"persons": p, "households": h, "population": n} for p, h, n, *_ in HAND]
READINGS = {
    "leshan-2020.rounding": ["none"],
    "hainan-2n.rounding": ["ceil", "floor"],
    "xuchang-2019.range": ["low", "high"],
    "population-linear.rounding": ["ceil"],
}
HAND_COLUMNS = [
    "guangdong-2019",
    "leshan-2020 rounding=none",
    "hainan-2n",
    "hainan-2n rounding=floor",
    "gansu-2017",
    "xuchang-2019",
    "xuchang-2019 range=high",
    "fujian-2018",
    "linyi-2018",
    "population-linear rounding=ceil",
]


def test_five_townships_under_every_formula_in_one_table() -> None:
    """The figures worked out by hand from the published texts, all from one call."""
    wide = side_by_side(compared(CASES, law=LAW, readings=READINGS), CASES)

    assert wide[HAND_COLUMNS].to_numpy(float).tolist() == [list(map(float, row[3:])) for row in HAND]


def test_one_command_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """`simlib formulas --compare` with a reading for one formula and two answers for another."""
    asked = ["formulas"]
    for persons, households, population, *_ in HAND:
        asked += ["--compare", f"households={households},persons={persons},population={population}"]
    for name, answers in READINGS.items():
        asked += ["--reading", f"{name}={'|'.join(answers)}"]

    assert main([*asked, "--format", "csv"]) == 0
    lines = [line.split(",") for line in capsys.readouterr().out.splitlines()]
    head, found = lines[0], [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    assert set(HAND_COLUMNS) <= set(head)
    assert [[float(row[name]) for name in HAND_COLUMNS] for row in found] == [
        list(map(float, row[3:])) for row in HAND
    ]


def test_the_command_refuses_what_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    """A driver misspelt, a number that is none, a reading a formula lacks: exit 2 and a line."""
    for wrong in (
        ["household=3"],
        ["households=many"],
        ["households=3", "--reading", "hainan-2n.boundary=upper"],
    ):
        assert main(["formulas", "--lang", "en", "--compare", *wrong]) == 2
        assert capsys.readouterr().err.strip()


def test_what_is_not_given_is_named_and_not_guessed() -> None:
    """Without population the population formulas have no figure; beyond a text's figures neither."""
    table = compared([{"households": 300, "persons": 540}], law=LAW).set_index("formula")

    assert table.loc["linyi-2018", "missing"] == "population"
    assert table["posts_required"].isna()["linyi-2018"]
    assert table.loc["guangdong-2019", "driver_per_post"] == 75
    assert table.loc["anhui-2013", "posts_required"] == 2


def test_a_reading_without_a_formula_holds_for_all_that_have_it() -> None:
    """`rounding=floor` for everyone, `hainan-2n.rounding=ceil` for one."""
    readings = {"rounding": ["floor"], "hainan-2n.rounding": ["ceil"]}
    table = compared([{"persons": 900, "households": 500}], law=LAW, readings=readings).set_index("formula")

    assert table.loc["gansu-2017", "posts_required"] == 1
    assert table.loc["hainan-2n", "posts_required"] == 3
    with pytest.raises(LawError, match="rounding"):
        compared([{"persons": 1}], law=LAW, readings={"guangdong-2019.rounding": ["floor"]})


def test_households_for_each_post_jump_where_tiers_begin() -> None:
    """Guangdong's townships: 299 households are 149.5 a post, 300 are 75, 600 are 100, 1,500 are 250."""
    sizes = [0, 299, 300, 599, 600, 1500]
    table = loads_by_size(sizes, law=LAW, persons_per_household="1.8", population_per_household=66)
    guangdong = table[table["formula"] == "guangdong-2019"]
    leshan = table[table["formula"] == "leshan-2020"].set_index("households")

    assert guangdong["households"].tolist() == sizes
    assert guangdong["households_per_post"].tolist() == [0, 149.5, 75, 149.75, 100, 250]
    assert leshan.loc[300, "posts_required"] == 2  # 540 persons
    assert leshan["households_per_post"].isna()[0]

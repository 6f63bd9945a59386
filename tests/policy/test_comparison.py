"""One township under every formula, in one table."""

from __future__ import annotations

import json
from math import floor

import pytest

from simlib.drive.cli import main
from simlib.errors import LawError
from simlib.policy.posts.comparison import compared, loads_by_size, side_by_side
from simlib.policy.statutes import Law, load_law

LAW: Law = load_law()
READINGS = {
    "guangdong-2019.boundary": ["upper", "lower"],
    "leshan-2020.rounding": ["none"],
    "hainan-2n.rounding": ["ceil", "floor"],
    "xuchang-2019.range": ["low", "high"],
    "fujian-2018.boundary": ["upper", "lower"],
}
TABLE = """
persons  houses people | gd   gd_low leshan hainan hainan_low gansu xu1000 xu800 fujian fj_low linyi pop
    200     111   8000 |  2        2    0.4      3          2     1      3     3      1      1     3   1
    540     300  20000 |  4        2   1.08      3          2     2      3     3      2      1     3   2
    900     500  30000 |  4        4    1.8      3          2     2      3     3      2      2     3   3
   1500     833  45000 |  6        6      3      3          3     3      3     3      2      2     3   5
   3000    1667  70000 |  6        6      6      4          4     6      3     4      3      3     5   7
"""
"""The same township under every text, copied from figures worked out by hand at 1.8 persons a household."""
COLUMNS = {
    "gd": "guangdong-2019", "gd_low": "guangdong-2019 boundary=lower", "leshan": "leshan-2020 rounding=none",
    "hainan": "hainan-2n", "hainan_low": "hainan-2n rounding=floor", "gansu": "gansu-2017",
    "xu1000": "xuchang-2019", "xu800": "xuchang-2019 range=high", "fujian": "fujian-2018",
    "fj_low": "fujian-2018 boundary=lower", "linyi": "linyi-2018", "pop": "population-linear",
}  # fmt: skip
HEAD, *ROWS = [line.replace("|", " ").split() for line in TABLE.strip().splitlines()]
CASES = [dict(zip(("persons", "households", "population"), map(int, row[:3]), strict=True)) for row in ROWS]
HAND = [dict(zip(HEAD[3:], map(float, row[3:]), strict=True)) for row in ROWS]


def test_every_cell_of_the_table_worked_out_by_hand() -> None:
    """Five townships, twelve columns, all from one call; only Leshan is asked for unrounded."""
    wide = side_by_side(compared(CASES, law=LAW, readings=READINGS), CASES)

    for row, meant in zip(wide.to_dict("records"), HAND, strict=True):
        assert {name: float(row[column]) for name, column in COLUMNS.items()} == meant


def test_one_command_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """`simlib formulas --compare` with a reading for one formula and two answers for another."""
    asked = ["formulas", "--format", "json"]
    for case in CASES:
        asked += ["--compare", ",".join(f"{name}={value}" for name, value in case.items())]
    for name, answers in READINGS.items():
        asked += ["--reading", f"{name}={'|'.join(answers)}"]

    assert main(asked) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [{name: float(row[column]) for name, column in COLUMNS.items()} for row in rows] == HAND


GUANGDONG_LOADS = {
    "township": [(299, 150), (300, 75), (599, 150), (600, 100), (1500, 250)],
    "county": [
        (2999, 1500),
        (3000, 750),
        (4999, 1250),
        (5000, 833),
        (7999, 1333),
        (8000, 800),
        (20000, 2000),
    ],
}


@pytest.mark.parametrize("level", GUANGDONG_LOADS)
def test_households_for_each_guangdong_worker_are_those_worked_out_by_hand(level: str) -> None:
    """The jumps a planner must see: 2,999 households are 1,500 a worker, one more makes 750."""
    cases = [{"households": households} for households, _ in GUANGDONG_LOADS[level]]
    table = compared(cases, law=LAW, level=level).set_index("formula").loc["guangdong-2019"]

    assert [floor(load + 0.5) for load in table["driver_per_post"]] == [
        load for _, load in GUANGDONG_LOADS[level]
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

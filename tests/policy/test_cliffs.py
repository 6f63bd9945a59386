"""Where formulas jump, and whom a merger or a split would give posts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlib.drive.cli import main
from simlib.policy.posts.cliffs import STEP_COLUMNS, cliffs, cliffs_note, next_steps
from simlib.policy.posts.mergers import MERGE_COLUMNS, SPLIT_COLUMNS, merges, splits
from simlib.policy.staffing import required_posts
from simlib.policy.statutes import Law, load_law
from tests.policy.test_law_files import level, written
from tests.policy.towns import towns

LAW: Law = load_law()


def step(formula: str, driver: str, value: int, **reading: str) -> tuple[Any, ...]:
    table = next_steps(towns([{driver: value}]), formula, law=LAW, levels=["township"], reading=reading)
    row = table.iloc[0]
    return tuple(None if pd.isna(x) else float(x) for x in row[["next_at", "distance", "posts_gained"]])


@pytest.mark.parametrize(
    ("households", "boundary", "meant"),
    [
        (0, "upper", (300, 300, 2)),
        (299, "upper", (300, 1, 2)),
        (300, "upper", (600, 300, 2)),
        (300, "lower", (301, 1, 2)),
        (301, "lower", (601, 300, 2)),
        (600, "upper", (None, None, None)),
    ],
)
def test_guangdong_s_steps_stand_where_the_text_has_them(households, boundary, meant) -> None:
    """300 and 600 households, one later where an edge is read down; above the top tier nothing comes."""
    assert step("guangdong-2019", "households", households, boundary=boundary) == meant


@pytest.mark.parametrize(
    ("formula", "driver", "value", "reading", "meant"),
    [
        ("hainan-2n", "persons", 1500, {}, (1501, 1, 1)),
        ("hainan-2n", "persons", 1400, {"rounding": "floor"}, (1500, 100, 1)),
        ("xuchang-2019", "persons", 900, {"range": "high"}, (2401, 1501, 1)),
        ("leshan-2020", "persons", 740, {"applied_at": "township", "rounding": "round"}, (750, 10, 1)),
        ("population-linear", "population", 25_000, {}, (30_001, 5_001, 1)),
        ("population-linear", "population", 25_000, {"rounding": "floor"}, (30_000, 5_000, 1)),
        ("linyi-2018", "population", 49_999, {}, (50_000, 1, 2)),
    ],
)
def test_other_formulas_steps_are_found(formula, driver, value, reading, meant) -> None:
    """Worked out by hand: blocks, floors below which nothing moves, halves, bands."""
    assert step(formula, driver, value, **reading) == meant


def test_without_rounding_every_unit_is_a_step() -> None:
    """2‰ unrounded: one person more is 0.002 posts more."""
    reading = {"rounding": "none", "applied_at": "township"}

    assert step("leshan-2020", "persons", 740, **reading) == pytest.approx((741, 1, 0.002))


def test_posts_computed_for_a_county_have_the_county_s_step() -> None:
    """Leshan rounds once a county: 1,300 persons are 3 posts, the fourth comes with the 1,501st."""
    table = next_steps(towns([{"persons": 600}, {"persons": 700}]), "leshan-2020", law=LAW)

    assert table[["area_code", "next_at", "distance"]].to_numpy().tolist() == [["445302", 1501, 201]]


def test_posts_computed_for_counties_move_with_counties() -> None:
    """Leshan once a county: 2 × 600 persons are 2 + 2 posts apart, 3 together, 4 again in halves of one.

    Its townships merged or split change nothing; read at the township they would.
    """
    place = towns([{"persons": 600}, {"persons": 600, "county_code": "445303"}])
    merged = merges(place, "leshan-2020", law=LAW, gains_only=False)
    split = splits(towns([{"persons": 1200}]), "leshan-2020", law=LAW)
    apart = {"applied_at": "township"}

    assert merged.drop(columns=["area", "other"]).to_numpy().tolist() == [
        ["township", "4453", "445302", "445303", 4, 3, -1]
    ]
    assert split.drop(columns="area").to_numpy().tolist() == [["township", "4453", "445302", 3, 4, 1]]
    assert splits(towns([{"persons": 1200}]), "leshan-2020", law=LAW, reading=apart)[
        "area_code"
    ].tolist() == ["445302100"]


def test_bureaus_of_one_city_merge_and_not_across_cities() -> None:
    """Guangdong: 2,900 and 100 households are 2 + 2 posts apart, 4 together; 6,000 in halves are 8 for 6."""
    counties = ["445302", "445303", "440103"]
    place = towns(
        [{"households": n, "county_code": c} for n, c in zip((2900, 100, 9000), counties, strict=True)]
    )
    found = merges(place, "guangdong-2019", law=LAW, levels=["county"], gains_only=False)
    split = splits(towns([{"households": 6000}]), "guangdong-2019", law=LAW, levels=["county"])

    assert found.drop(columns=["area", "other"]).to_numpy().tolist() == [
        ["county", "4453", "445302", "445303", 4, 4, 0]
    ]
    assert split[["posts_whole", "posts_split", "gain"]].to_numpy().tolist() == [[6, 8, 2]]


@pytest.mark.parametrize(
    ("formula", "kind", "rows", "told"),
    [
        (
            "shandong-2020",
            "merge",
            [{"villages": 3}, {"villages": 4}],
            "counts no posts by township or county",
        ),
        ("guangdong-2019", "merge", [{"households": 10}, {"households": 10}], "1 cases were worked out"),
        ("guangdong-city-draft-2019", "split", [], "counts no posts"),
    ],
)
def test_no_rows_are_explained(formula, kind, rows, told) -> None:
    """An empty table must not read as a failure: either nothing is counted there, or nobody would gain."""
    common: dict[str, Any] = {"law": LAW, "readings": [{}]}
    place = towns(rows) if rows else replace(towns([{}]), townships=towns([{}]).townships[:0])
    place = place if rows else replace(place, counties=place.counties[:0])

    assert cliffs(place, formula, kind, **common).empty
    assert told in cliffs_note(place, formula, kind, **common).line()


def test_the_command_shows_jumps_under_every_reading(capsys: pytest.CaptureFixture[str]) -> None:
    """`--cliffs --reading all`: a column names the reading; readings that move no post are not repeated."""
    place = Path(__file__).resolve().parents[2] / "scenarios" / "places" / "yunfu"
    asked = ["staffing", str(place), "--formula", "leshan-2020", "--reading", "all", "--format", "json"]
    counts = {}
    for kind in ("steps", "merge", "split"):
        assert main([*asked, "--cliffs", kind]) == 0
        rows = json.loads(capsys.readouterr().out)
        counts[kind] = len({row["reading"] for row in rows})
        assert all(row["reading"].endswith("existing_counts=yes") for row in rows)

    assert counts["steps"] == 16  # rounding × applied_at × counts
    assert counts["merge"] > 1 and counts["split"] > 1


def test_households_for_each_post_jump_at_a_step() -> None:
    """299 households share 2 posts, 300 share 4: half the load for one household more."""
    table = next_steps(
        towns([{"households": 299}, {"households": 300}]), "guangdong-2019", law=LAW, levels=["township"]
    )

    assert table["driver_per_post"].tolist() == [149.5, 75.0]
    assert table["gained_per_unit"].tolist() == [2.0, pytest.approx(2 / 300)]


def test_two_small_towns_gain_where_a_part_does_not_count() -> None:
    """6,000 and 5,000 people have no post apart and one together; over a county's border nothing merges."""
    beyond = {"population": 9_000, "county_code": "445303"}
    place = towns([{"population": 6_000}, {"population": 5_000}, beyond])
    table = merges(place, "population-linear", law=LAW, reading={"rounding": "floor"})

    assert table.drop(columns=["area", "other"]).to_numpy().tolist() == [
        ["township", "445302", "445302100", "445302101", 0, 1, 1]
    ]


def test_splitting_pays_where_every_office_has_a_floor() -> None:
    """Hainan's two for every township: 1,400 recipients have 3 posts whole, 3 and 3 in halves."""
    table = splits(towns([{"persons": 1400}]), "hainan-2n", law=LAW)

    assert table[["posts_whole", "posts_split", "gain"]].to_numpy().tolist() == [[3, 6, 3]]


TOWN = st.fixed_dictionaries(
    {
        "persons": st.integers(0, 9_000),
        "households": st.integers(0, 1_300),
        "villages": st.integers(0, 30),
        "population": st.integers(0, 90_000),
        "population_registered": st.integers(0, 90_000),
        "residents_able": st.integers(0, 40),
        "county_code": st.sampled_from(["445302", "445303"]),
    }
)
FORMULA = st.sampled_from(sorted(LAW.formulas))


@given(st.lists(TOWN, min_size=1, max_size=4), FORMULA, st.randoms())
def test_at_the_next_step_posts_change_and_not_before(rows, formula, random) -> None:
    """Putting the missing units into the place gives exactly the posts said; one unit less gives none."""
    found = next_steps(towns(rows), formula, law=LAW, levels=["township"])
    found = found[found["distance"].notna()]
    if found.empty:
        return
    row = found.iloc[random.randrange(len(found))]
    at = next(
        i for i in range(len(rows)) if towns(rows).townships["area_code"][i].startswith(row["area_code"])
    )
    driver, before = row["driver"], _posts(rows, formula, row["area_code"])
    for missing, gained in ((0, row["posts_gained"]), (1, 0)):
        more = [dict(town) for town in rows]
        name = driver.removeprefix("dibao_rural_")
        more[at][name] = more[at].get(name, 0) + int(row["distance"]) - missing

        assert _posts(more, formula, row["area_code"]) - before == gained


def _posts(rows: list[dict[str, int]], formula: str, code: str) -> int:
    table = required_posts(towns(rows), formula, law=LAW, levels=["township"])
    return int(table.loc[table["area_code"].str.startswith(code), "posts_required"].sum())


def test_the_command_prints_steps_merges_and_splits(capsys: pytest.CaptureFixture[str]) -> None:
    """`simlib staffing --cliffs`, in each of its three kinds, on a place that is shipped."""
    place = Path(__file__).resolve().parents[2] / "scenarios" / "places" / "yunfu"
    asked = ["staffing", str(place), "--formula", "guangdong-2019", "--format", "csv"]
    heads = []
    for kind in ([], ["merge"], ["split"]):
        assert main([*asked, "--cliffs", *kind]) == 0
        heads.append(tuple(capsys.readouterr().out.splitlines()[0].split(",")))

    assert heads == [STEP_COLUMNS, MERGE_COLUMNS, SPLIT_COLUMNS]


OWN_RULES = {
    "{steps: [{to: 20, posts: 5}, {from: 20, to: 40, posts: 2}, {from: 40, posts: 9}]}": "boundary: upper",
    "{bands: [{to: 20, posts: 5}, {from: 20, to: 40, posts: 2}, {from: 40, posts: 9}]}": "boundary: lower",
    "{sum: [{one_per: {per: 7, rounding: floor}}, {steps: [{to: 9, posts: 3}, {above: 9, posts: 1}]}]}": "",
    "{min: [{fixed: 4}, {max: [{fixed: 2}, {rate: {per_cent: 10}}]}]}": "rounding: ceil",
    "{sum: [{one_per: {per: 15, by: villages}}, {linear: {base: 1, above: 10, per: 4}}]}": "rounding: round",
    "{ceiling: {of: {one_per: 10}, at_most: 3}}": "rounding: floor",
    "{steps: [{to: 20, posts: 1}, {above: 20, to: 60, posts: 2}]}": "",
}


@pytest.mark.parametrize("rule", OWN_RULES)
def test_a_planner_s_own_steps_are_those_a_scan_finds(rule, tmp_path) -> None:
    """Every value to 60, one by one: tiers that fall, caps, two drivers, a text known in part."""
    readings = f"{OWN_RULES[rule]}, " if OWN_RULES[rule] else ""
    law = load_law([written(tmp_path, level(rule, readings=f"{readings}counts: all, "))])
    place = towns([{"persons": n, "villages": 3} for n in range(61)])
    posts = required_posts(place, "own-rule", law=law)["posts_required"].tolist()
    table = next_steps(place, "own-rule", law=law)
    found = table[table["driver"] == "persons"].set_index("driver_value")["next_at"].to_dict()
    meant = [next((m for m in range(n + 1, 61) if posts[m] != posts[n]), None) for n in range(61)]

    assert [None if pd.isna(found[n]) or found[n] > 60 else found[n] for n in range(61)] == meant


@given(st.lists(TOWN, min_size=2, max_size=5), FORMULA)
def test_merged_townships_have_the_posts_said(rows, formula) -> None:
    """The pair put together as one row of the place; every pair of a county stands in the list once."""
    reading = {"applied_at": "township"} if formula == "leshan-2020" else {}
    table = merges(towns(rows), formula, law=LAW, levels=["township"], reading=reading, gains_only=False)
    codes = list(towns(rows).townships["area_code"])
    for row in table.to_dict("records"):
        first, second = (codes.index(row[name]) for name in ("area_code", "other_code"))
        joined = {
            key: value if key == "county_code" else value + rows[second][key]
            for key, value in rows[first].items()
        }
        one = required_posts(towns([joined]), formula, law=LAW, levels=["township"], reading=reading)
        both = required_posts(towns(rows), formula, law=LAW, levels=["township"], reading=reading)
        apart = both[both["area_code"].isin([row["area_code"], row["other_code"]])]["posts_required"].sum()

        assert row["posts_merged"] == one["posts_required"].sum()
        assert (row["posts_apart"], row["gain"]) == (apart, row["posts_merged"] - apart)
    assert list(table.columns) == list(MERGE_COLUMNS)
    assert not table.duplicated(["area_code", "other_code"]).any()


@given(TOWN, FORMULA)
def test_split_townships_have_the_posts_said(row, formula) -> None:
    """The halves put into the place as two rows; nobody is lost on the way."""
    table = splits(towns([row]), formula, law=LAW, levels=["township"], gains_only=False)
    if table.empty or formula == "leshan-2020":
        return
    halves = [
        {key: value if key == "county_code" else (value + odd) // 2 for key, value in row.items()}
        for odd in (0, 1)
    ]
    apart = required_posts(towns(halves), formula, law=LAW, levels=["township"])["posts_required"].sum()
    whole = required_posts(towns([row]), formula, law=LAW, levels=["township"])["posts_required"].sum()

    assert table[["posts_whole", "posts_split", "gain"]].to_numpy().tolist() == [
        [whole, apart, apart - whole]
    ]


@given(st.integers(0, 700), st.integers(0, 700))
def test_guangdong_s_townships_never_gain_by_merging(one, other) -> None:
    """Its tiers rise more slowly than their floors add up."""
    place = towns([{"households": one}, {"households": other}])

    assert merges(place, "guangdong-2019", law=LAW, levels=["township"]).empty

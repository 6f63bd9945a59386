"""What each published formula asks, in tables a jurist can check against the text."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlib.drive.cli import main
from simlib.errors import LawError
from simlib.policy.staffing import (
    COLUMNS,
    reading_spread,
    required_posts,
    required_posts_all_readings,
    staffing_notes,
)
from simlib.policy.statutes import Law, load_law
from tests.policy.towns import towns

LAW: Law = load_law()


def posts(formula: str, driver: str, value: int, *, level: str = "township", **reading: object) -> float:
    place = towns([{driver: value}])
    table = required_posts(place, formula, law=LAW, levels=[level], reading=reading)
    return float(table["posts_required"].sum())


@pytest.mark.parametrize(
    ("households", "upper", "lower"),
    [(0, 2, 2), (299, 2, 2), (300, 4, 2), (301, 4, 4), (599, 4, 4), (600, 6, 4), (601, 6, 6), (9999, 6, 6)],
)
def test_a_guangdong_township_on_an_edge_follows_the_reading(households, upper, lower) -> None:
    """Civil Code art. 1259: 以上 and 以下 include the number, so 300 and 600 stand in two tiers."""
    for formula in ("guangdong-2019", "guangdong-city-draft-2019"):
        assert posts(formula, "households", households, boundary="upper") == upper
        assert posts(formula, "households", households, boundary="lower") == lower


@pytest.mark.parametrize(
    ("households", "upper", "lower"),
    [
        (2999, 2, 2),
        (3000, 4, 2),
        (3001, 4, 4),
        (4999, 4, 4),
        (5000, 6, 4),
        (5001, 6, 6),
        (7999, 6, 6),
        (8000, 10, 6),
        (8001, 10, 10),
        (20000, 10, 10),
    ],
)
def test_a_guangdong_county_on_an_edge_follows_the_reading(households, upper, lower) -> None:
    """The county's driver is the sum of its townships; the top tier is flat for ever."""
    halves = [{"households": households // 2}, {"households": households - households // 2}]
    for boundary, meant in (("upper", upper), ("lower", lower)):
        table = required_posts(
            towns(halves), "guangdong-2019", law=LAW, levels=["county"], reading={"boundary": boundary}
        )
        assert table["posts_required"].tolist() == [meant]
        assert table["driver_value"].tolist() == [households]


def test_one_or_two_assistants_stand_in_every_village() -> None:
    """Guangdong's opinion sets 1–2 per village as a target."""
    assert posts("guangdong-2019", "villages", 17, level="village") == 17
    assert posts("guangdong-2019", "villages", 17, level="village", village=2) == 34


HAND = [
    # persons, households, population; Guangdong, Leshan, Hainan ceil, floor, Gansu, Xuchang low, high,
    # Fujian, Linyi, one per 10,000
    (200, 111, 8_000, 2, 0.40, 3, 2, 1, 3, 3, 1, 3, 1),
    (540, 300, 20_000, 4, 1.08, 3, 2, 2, 3, 3, 2, 3, 2),
    (900, 500, 30_000, 4, 1.80, 3, 2, 2, 3, 3, 2, 3, 3),
    (1_500, 833, 45_000, 6, 3.00, 3, 3, 3, 3, 3, 2, 3, 5),
    (3_000, 1_667, 70_000, 6, 6.00, 4, 4, 6, 3, 4, 3, 5, 7),
]


@pytest.mark.parametrize("row", HAND)
def test_the_same_township_under_every_formula(row) -> None:
    """Figures worked out by hand from the published texts, on five sizes of township."""
    persons, households, population, *meant = row
    found = [
        posts("guangdong-2019", "households", households),
        posts("leshan-2020", "persons", persons, rounding="none"),
        posts("hainan-2n", "persons", persons),
        posts("hainan-2n", "persons", persons, rounding="floor"),
        posts("gansu-2017", "persons", persons),
        posts("xuchang-2019", "persons", persons, range="low"),
        posts("xuchang-2019", "persons", persons, range="high"),
        posts("fujian-2018", "population_registered", population),
        posts("linyi-2018", "population", population),
        posts("population-linear", "population", population),
    ]

    assert found == meant


def test_fujian_on_an_edge_may_be_read_down() -> None:
    """20,000 registered persons stand in two bands: 2 posts by the upper, 1 by the lower."""
    assert posts("fujian-2018", "population_registered", 20_000, boundary="lower") == 1


@pytest.mark.parametrize(
    ("persons", "ceil", "half_up", "floor"),
    [(0, 0, 0, 0), (1, 1, 0, 0), (250, 1, 1, 0), (500, 1, 1, 1), (501, 2, 1, 1), (1_749, 4, 3, 3)],
)
def test_a_leshan_township_by_itself_is_rounded_as_read(persons, ceil, half_up, floor) -> None:
    """2‰ is one for 500; the text fixes no rounding."""
    for rounding, meant in (("ceil", ceil), ("round", half_up), ("floor", floor)):
        assert posts("leshan-2020", "persons", persons, applied_at="township", rounding=rounding) == meant


def test_leshan_rounds_once_for_the_county_and_shares_by_largest_remainder() -> None:
    """1,300 persons give 3 posts (2.6): quotas 1.38, 0.92, 0.69, so the remainders .92 and .69 win."""
    place = towns([{"persons": 600}, {"persons": 400}, {"persons": 300}])
    table = required_posts(place, "leshan-2020", law=LAW)

    assert table["posts_required"].tolist() == [1, 1, 1]
    apart = required_posts(place, "leshan-2020", law=LAW, reading={"applied_at": "township"})
    assert apart["posts_required"].tolist() == [2, 1, 1]


def test_equal_townships_share_a_county_s_posts_by_code() -> None:
    """Ties go to the smaller area code: 450 persons are one post for three towns alike."""
    place = towns([{"persons": 150}] * 3)

    assert required_posts(place, "leshan-2020", law=LAW)["posts_required"].tolist() == [1, 0, 0]


def test_leshan_s_county_rows_hold_no_posts() -> None:
    """A level without a rule still gives a row for every office, with 0 posts."""
    table = required_posts(towns([{"persons": 5000}]), "leshan-2020", law=LAW, levels=["county", "township"])

    assert table[["level", "posts_required"]].to_numpy().tolist() == [["county", 0], ["township", 10]]


def test_gansu_counts_each_level_for_itself() -> None:
    """1 per 50,000 in the city, 5,000 in the county, 500 in the township, each begun one counting."""
    place = towns([{"persons": 30_000, "villages": 4, "residents_able": 11, "residents_wholly": 3}])
    table = required_posts(place, "gansu-2017", law=LAW)

    assert dict(zip(table["level"], table["posts_required"], strict=True)) == {
        "city": 1,
        "county": 6,
        "township": 60,
        "village": 4,
        "institution": 3,  # 11/10 + 3/3 = 2.1
    }
    assert table["area_code"].str.len().tolist() == [4, 6, 9, 9, 9]


def test_population_above_the_base_is_counted_in_whole_steps() -> None:
    """300,000 give 8; 399,999 are 9 where a part counts (the default, as in every floor), else still 8."""
    assert posts("population-linear", "population", 20_000, level="county") == 8
    assert posts("population-linear", "population", 300_000, level="county") == 8
    assert posts("population-linear", "population", 399_999, level="county") == 9
    assert posts("population-linear", "population", 399_999, level="county", rounding="floor") == 8


def test_who_counts_is_a_reading() -> None:
    """Marginal households count under `all` alone."""
    place = towns([{"households": 250, "marginal_households": 100}])
    few = required_posts(place, "guangdong-2019", law=LAW, levels=["township"])
    more = required_posts(place, "guangdong-2019", law=LAW, levels=["township"], reading={"counts": "all"})

    assert (few["posts_required"].sum(), more["posts_required"].sum()) == (2, 4)


def test_existing_posts_fill_the_requirement_unless_read_otherwise() -> None:
    """Payroll and contract heads count; more than required is no negative gap."""
    place = towns([{"households": 700, "posts_payroll": 2, "posts_contract": 1}, {"posts_payroll": 9}])
    table = required_posts(place, "guangdong-2019", law=LAW, levels=["township"])
    bare = required_posts(
        place, "guangdong-2019", law=LAW, levels=["township"], reading={"existing_counts": "no"}
    )

    assert table["posts_existing"].tolist() == [3, 9]
    assert table["gap"].tolist() == [3, 0]
    assert table["cost_yuan_year1"].tolist() == [150_000, 0]
    assert bare["gap"].tolist() == [6, 2]


def test_cost_is_empty_where_no_price_is_known() -> None:
    """Only Guangdong's floors are published; elsewhere the price is the planner's, and a note says so."""
    place = towns([{"persons": 5000}], province="四川省")
    table = required_posts(place, "leshan-2020", law=LAW)
    given = required_posts(place, "leshan-2020", law=LAW, price_fen=6_000_000)

    assert table["cost_yuan_year1"].isna().all()
    assert [note.key for note in staffing_notes(place, "leshan-2020", law=LAW)] == ["note_no_price"]
    assert given["cost_yuan_year1"].tolist() == [600_000]


def test_a_village_assistant_is_no_clerk() -> None:
    """The price of a clerk's post never stands beside an assistant of a village."""
    table = required_posts(towns([{"villages": 9}]), "guangdong-2019", law=LAW, levels=["village"])

    assert table["gap"].tolist() == [9] and table["cost_yuan_year1"].isna().all()


def test_a_draft_runs_with_a_note() -> None:
    """The city's plan was never seen in force."""
    notes = staffing_notes(towns([{}]), "guangdong-city-draft-2019", law=LAW)

    assert [note.key for note in notes] == ["note_status"]


def test_a_day_before_the_text_is_an_error() -> None:
    """Guangdong's opinion says nothing for 2018-12-31."""
    with pytest.raises(LawError, match="guangdong-2019"):
        required_posts(towns([{}]), "guangdong-2019", law=LAW, on=date(2018, 12, 31))
    required_posts(towns([{}]), "guangdong-2019", law=LAW, on=date(2019, 1, 4))


def test_an_unknown_reading_names_those_the_formula_has() -> None:
    """Tiers have whole posts, so nothing is rounded there."""
    with pytest.raises(LawError, match=r"boundary=upper\|lower.*village=1\|2"):
        required_posts(towns([{}]), "guangdong-2019", law=LAW, reading={"rounding": "ceil"})
    with pytest.raises(LawError, match="upper, lower"):
        required_posts(towns([{}]), "guangdong-2019", law=LAW, reading={"boundary": "middle"})
    with pytest.raises(LawError, match="township"):
        required_posts(towns([{}]), "guangdong-2019", law=LAW, levels=["townships"])
    with pytest.raises(LawError, match="guangdong-2019"):
        required_posts(towns([{}]), "guangdon-2019", law=LAW)


def test_all_readings_are_every_combination() -> None:
    """Boundary × village × counts × existing_counts: sixteen tables, and the spread over them."""
    place = towns([{"households": 300, "villages": 3}])
    table = required_posts_all_readings(place, "guangdong-2019", law=LAW)
    spread = reading_spread(table)

    assert table["reading"].nunique() == 16
    assert list(table.columns) == [*COLUMNS, "reading"]
    totals = spread[spread["area_code"] == "total"].set_index("level")[["posts_least", "posts_most"]]
    assert totals.loc[["township", "village"]].to_numpy().tolist() == [[2, 4], [3, 6]]


TOWN = st.fixed_dictionaries(
    {
        "persons": st.integers(0, 20_000),
        "households": st.integers(0, 12_000),
        "villages": st.integers(0, 60),
        "population": st.integers(0, 200_000),
        "population_registered": st.integers(0, 200_000),
        "county_code": st.sampled_from(["445302", "445303", "445321"]),
    }
)


@given(st.lists(TOWN, min_size=1, max_size=12), st.sampled_from(sorted(LAW.formulas)), st.randoms())
def test_the_order_of_rows_never_matters(rows, formula, random) -> None:
    """Areas enter by code, never by position."""
    place = towns(rows)
    shuffled = towns(rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    mixed = type(place)(shuffled.townships.iloc[order], shuffled.counties.iloc[::-1])

    pd.testing.assert_frame_equal(
        required_posts(place, formula, law=LAW), required_posts(mixed, formula, law=LAW)
    )


@given(st.lists(TOWN, min_size=1, max_size=12), st.sampled_from(["ceil", "round", "floor"]))
def test_shares_of_townships_add_up_to_the_county(rows, rounding) -> None:
    """Leshan's posts are computed for a county and shared whole: nothing is lost or made."""
    table = required_posts(towns(rows), "leshan-2020", law=LAW, reading={"rounding": rounding})
    persons: dict[str, int] = {}
    for row in rows:
        persons[row["county_code"]] = persons.get(row["county_code"], 0) + row["persons"]
    whole = {"ceil": lambda n: -(-n // 500), "round": lambda n: (n + 250) // 500, "floor": lambda n: n // 500}
    by_county = table.groupby(table["area_code"].str[:6])["posts_required"].sum()

    assert by_county.to_dict() == {code: whole[rounding](count) for code, count in persons.items()}


@settings(max_examples=30, deadline=None)
@given(st.lists(TOWN, min_size=1, max_size=12))
def test_levels_add_up(rows) -> None:
    """Asking level by level gives the rows of asking for all: no post stands twice."""
    for formula in ("guangdong-2019", "gansu-2017", "leshan-2020"):
        place = towns(rows)
        whole = required_posts(place, formula, law=LAW)
        parts = [
            required_posts(place, formula, law=LAW, levels=[level]) for level in dict.fromkeys(whole["level"])
        ]

        assert whole["posts_required"].sum() == sum(part["posts_required"].sum() for part in parts)


def test_a_nation_of_townships_is_counted_at_once() -> None:
    """38,000 townships in 2,800 counties: whole columns, not rows, or the bench's target is lost."""
    numbers = np.random.default_rng(7).integers(0, 2_000, 38_000)
    codes = [f"{110000 + i % 2800}" for i in range(38_000)]
    place = towns([{"persons": int(n), "county_code": c} for n, c in zip(numbers, codes, strict=True)])
    required_posts(place, "leshan-2020", law=LAW)
    spent = []
    for formula in ("leshan-2020", "guangdong-2019", "hainan-2n"):
        begun = time.process_time()
        required_posts(place, formula, law=LAW)
        spent.append(time.process_time() - begun)

    assert max(spent) < 0.5


def test_every_formula_answers_every_reading_it_names() -> None:
    """A reading that changes nothing anywhere would be a word without meaning."""
    place = towns(
        [
            {
                "households": 300,
                "persons": 3_777,
                "villages": 3,
                "population": 50_000,
                "marginal_households": 9,
            }
            | {
                "population_registered": 20_000,
                "marginal_persons": 800,
                "posts_payroll": 1,
                "posts_village": 1,
                "residents_able": 3,
                "temporary_persontimes": 90_000,
                "medical_persontimes": 90_000,
            },
            {"persons": 123, "population": 1_234},
            {"dibao_urban_households": 6_000, "dibao_urban_persons": 12_000, "county_code": "445303"},
        ]
    )
    place = replace(place, counties=place.counties.assign(posts_payroll=1))
    for formula in LAW.formulas.values():
        table = required_posts_all_readings(place, formula.id, law=LAW)
        shown = table[["posts_required", "gap"]].astype(float)
        told = {
            text: shown[table["reading"] == text].to_numpy().tolist() for text in table["reading"].unique()
        }
        for name in formula.readings:
            others: dict[str, list[object]] = {}
            for text, figures in told.items():
                rest = ",".join(part for part in text.split(",") if not part.startswith(f"{name}="))
                others.setdefault(rest, []).append(figures)

            assert any(a != b for group in others.values() for a, b in itertools.pairwise(group)), (
                formula.id,
                name,
            )


def test_the_law_offers_nine_formulas_of_eight_shapes_with_sources(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`simlib formulas --format json` and `--values`: every rule runs and every value has source and date."""
    assert main(["formulas", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    shapes = {shape for row in rows for shape in row["shape"].split(", ")}

    assert len(rows) >= 9 and len(shapes) >= 8
    assert all(row["source"].strip() and row["readings"] for row in rows)
    assert main(["formulas", "--values", "--format", "json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert all(value["source"].strip() and date.fromisoformat(value["start"]) for value in values)
    assert all(value["status"] and value["unit"] and value["value"] != "" for value in values)
    kinds = {value["key"].partition(".")[0] for value in values}
    assert {"formulas", "money", "clocks", "prices"} <= kinds


@pytest.mark.parametrize("formula", sorted(LAW.formulas))
def test_every_formula_runs_on_its_first_day_and_not_the_day_before(formula: str) -> None:
    """A value outside its dates is an error, for every text."""
    place = towns([{"persons": 700, "households": 400, "population": 9_000, "villages": 3}])
    first = LAW.formula(formula).versions[0].start
    required_posts(place, formula, law=LAW, on=first)

    with pytest.raises(LawError, match=str(first)):
        required_posts(place, formula, law=LAW, on=first - timedelta(days=1))

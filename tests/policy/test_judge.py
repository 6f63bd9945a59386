"""Every formula, level and reading on places full of edges, through the command line, against the oracle."""

from __future__ import annotations

import csv
import json
import shutil
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from simlib.drive.cli import main
from simlib.policy.statutes import load_law
from tests.policy.oracle import DRIVERS, TEXTS, counted, holders, judged

PLACES = Path(__file__).resolve().parents[2] / "scenarios" / "places"
LEVELS = "city,county,township,village,institution"
HUGE = 9_999_999_999
WAGE_FLOOR_YUAN = 50_000

TOWN_EDGES = [
    # households, persons: around 300 and 600 households; 250, 500, 750, 800, 1000, 1500 and 3000 persons
    (0, 0), (1, 1), (299, 499), (300, 500), (301, 501), (599, 799), (600, 800), (601, 801), (124, 249),
    (125, 250), (126, 251), (400, 749), (401, 750), (402, 751), (555, 999), (556, 1000), (557, 1001),
    (832, 1499), (833, 1500), (834, 1501), (1666, 2999), (1667, 3000), (1668, 3001),
]  # fmt: skip
POPULATIONS = [0, 1, 9_999, 10_000, 10_001, 19_999, 20_000, 20_001, 49_999, 50_000, 50_001, 145_000]
RESIDENTS = [(0, 0, 0), (1, 0, 0), (10, 6, 3), (11, 6, 3), (10, 7, 4), (5, 3, 0), (4, 3, 0), (120, 61, 31)]
COUNTY_EDGES = [
    # households, persons: around 3000, 5000 and 8000 households; 5000, 8000, 10000, 40000 and 50000 persons
    (2999, 4999), (3000, 5000), (3001, 5001), (4999, 7999), (5000, 8000), (5001, 8001), (7999, 9999),
    (8000, 10000), (8001, 10001), (20000, 40000), (20001, 40001), (20002, 49999), (20003, 50000),
    (20004, 50001), (0, 0), (1, 1), (2998, 3999), (2997, 39999),
]  # fmt: skip
COUNTY_POPULATIONS = [299_999, 300_000, 300_001, 349_999, 350_000, 399_999, 400_000, 400_001, 0]
URBAN_PERSONS = [9_999, 10_000, 10_001]


def edged(source: Path, folder: Path) -> Path:
    """A shipped place with its figures put on and beside every edge of the texts."""
    shutil.copytree(source, folder)
    towns = _read(folder / "townships.csv")
    edges, people, care = cycle(TOWN_EDGES), cycle(POPULATIONS), cycle(RESIDENTS)
    counties = sorted({town["county_code"] for town in towns})
    for number, code in enumerate(counties):
        inside = [town for town in towns if town["county_code"] == code]
        left = list(COUNTY_EDGES[number % len(COUNTY_EDGES)])
        left_people = COUNTY_POPULATIONS[number % len(COUNTY_POPULATIONS)]
        for town in inside:
            last = town is inside[-1]
            households, persons = tuple(left) if last else next(edges)
            population = left_people if last else next(people)
            fits = households <= left[0] and persons <= left[1] and persons - households <= left[1] - left[0]
            if not fits:
                households, persons = 0, 0
            population = population if population <= left_people else 0
            left = [left[0] - households, left[1] - persons]
            left_people -= population
            able, partial, wholly = next(care)
            town |= _rolls(households, persons, number) | {
                "population": population, "population_registered": next(people),
                "residents_able": able, "residents_partial": partial, "residents_wholly": wholly,
                "institutions": 2 if able > 100 else min(1, able), "posts_payroll": len(town["area"]) % 4,
                "posts_contract": population % 3, "villages": households % 23, "posts_village": 7,
            }  # fmt: skip
    _write(folder / "townships.csv", towns)
    rows = _read(folder / "counties.csv")
    for number, row in enumerate(rows):
        row |= {"posts_payroll": number % 5, "posts_contract": number % 2, "posts_verification": number % 6}
    _write(folder / "counties.csv", rows)
    return folder


def _rolls(households: int, persons: int, number: int) -> dict[str, int]:
    """The four rolls add up to these; three more that count only when all seven do."""
    urban = min(URBAN_PERSONS[number % 3], persons - households) if households > 10 else 0
    mine = {"dibao_urban": (1, urban) if urban else (0, 0)}
    mine["tekun_dispersed"] = (1, 1) if households > 10 else (0, 0)
    used = [sum(side) for side in zip(*mine.values(), strict=True)]
    mine["dibao_rural"] = (households - used[0], persons - used[1])
    mine |= {"tekun_institution": (0, 0), "marginal": (1, 2), "rigid": (0, 0), "monitored": (299, 499)}
    return {
        f"{roll}_{what}": value
        for roll, pair in mine.items()
        for what, value in zip(("households", "persons"), pair, strict=True)
    }


def _read(file: Path) -> list[dict[str, Any]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _write(file: Path, rows: list[dict[str, Any]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module", params=["yunfu", "hainan"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Yunfu: five counties of one city. Hainan: Sanya's districts, Danzhou, counties under no city."""
    return edged(PLACES / request.param, tmp_path_factory.mktemp("judge") / request.param)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    """The rows a command prints as JSON."""
    assert main([*arguments, "--format", "json"]) == 0
    rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return rows


def test_the_oracle_knows_every_formula() -> None:
    """A published text is judged before it ships; a workload (WISN) is no place's text and has own tests."""
    published = {name for name in load_law().formulas if not name.startswith("wisn")}

    assert published == set(TEXTS)


@pytest.mark.parametrize("formula", sorted(TEXTS))
def test_every_office_has_the_posts_worked_out_by_hand(
    formula: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All levels and all readings: posts, heads there, gap, price and modality of every office."""
    towns, counties = _read(folder / "townships.csv"), _read(folder / "counties.csv")
    asked = ["staffing", str(folder), "--formula", formula, "--level", LEVELS]
    rows = printed(capsys, *asked, "--reading", "all")
    by_reading: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_reading.setdefault(row["reading"], []).append(row)
    price = WAGE_FLOOR_YUAN if folder.name == "yunfu" else None

    for text, found in by_reading.items():
        reading = dict(part.split("=") for part in text.split(","))
        meant = judged(formula, towns, counties, reading)
        assert {(row["level"], row["area_code"]) for row in found} == set(meant)
        assert len(found) == len(meant)
        for row in found:
            posts, modality, heads = meant[row["level"], row["area_code"]]
            gap = max(posts - (heads if reading["existing_counts"] == "yes" else 0), 0)
            gap = 0 if modality == "at_most" else gap
            where = (formula, text, row["level"], row["area_code"], row["driver_value"])
            assert row["posts_required"] == pytest.approx(float(posts), abs=1e-9), where
            assert row["gap"] == pytest.approx(float(gap), abs=1e-9), where
            assert (row["modality"], row["posts_existing"]) == (modality, heads), where
            paid = price if row["level"] in ("city", "county", "township") else None
            if reading.get("rounding") != "none" or paid is None:
                assert row["cost_yuan_year1"] == (None if paid is None else gap * paid), where


@pytest.mark.parametrize("formula", sorted(TEXTS))
def test_all_readings_are_asked_and_their_spread_is_told(
    formula: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every combination once; the least and most of each office stand beside its posts."""
    answers = 1
    for row in printed(capsys, "formulas"):
        if row["id"] == formula:
            for reading in row["readings"].split("; "):
                answers *= len(reading.partition("=")[2].split("|"))
    rows = printed(capsys, "staffing", str(folder), "--formula", formula, "--reading", "all")
    posts: dict[tuple[str, str], set[float]] = {}
    for row in rows:
        posts.setdefault((row["level"], row["area_code"]), set()).add(row["posts_required"])

    assert len({row["reading"] for row in rows}) == answers
    for row in rows:
        every = posts[row["level"], row["area_code"]]
        assert (row["posts_least"], row["posts_most"]) == (min(every), max(every))


@pytest.mark.parametrize("formula", sorted(DRIVERS))
def test_the_driver_s_value_is_the_sum_of_what_the_text_counts(
    formula: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Households or persons of the four rolls or of all seven, added up for counties and cities."""
    towns = _read(folder / "townships.csv")
    asked = ["staffing", str(folder), "--formula", formula, "--reading"]
    for counts in ("dibao_tekun", "all"):
        for row in printed(capsys, *asked, f"counts={counts}"):
            if row["level"] not in DRIVERS[formula]:
                continue
            name = DRIVERS[formula][row["level"]]
            inside = [town for town in towns if holders(town, row["level"]) == row["area_code"]]
            values = [int(t[name]) if name == "villages" else counted(t, name, counts) for t in inside]
            assert (row["driver"], row["driver_value"]) == (name, sum(values))


def test_every_edge_is_really_on_the_place(folder: Path) -> None:
    """An edge nobody stands on would not be judged."""
    towns = _read(folder / "townships.csv")
    households = {counted(town, "households", "dibao_tekun") for town in towns}
    persons = {counted(town, "persons", "dibao_tekun") for town in towns}

    assert {0, 299, 300, 301, 599, 600, 601} <= households
    assert {0, 249, 250, 251, 499, 500, 501, 799, 800, 801} <= persons
    assert {19_999, 20_000, 20_001, 49_999, 50_000, 50_001} <= {
        int(t["population_registered"]) for t in towns
    }
    if folder.name == "hainan":
        sums: dict[str, int] = {}
        for town in towns:
            code = town["county_code"]
            sums[code] = sums.get(code, 0) + counted(town, "households", "dibao_tekun")
        assert {2999, 3000, 3001, 4999, 5000, 5001, 7999, 8000, 8001, 20000} <= set(sums.values())


@pytest.mark.parametrize("formula", sorted(TEXTS))
def test_a_place_of_huge_or_no_figures_is_counted_exactly(
    formula: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten thousand million persons are nonsense, yet no number may wrap round; nobody at all is no error."""
    folder = tmp_path / "yunfu"
    shutil.copytree(PLACES / "yunfu", folder)
    towns = _read(folder / "townships.csv")
    for number, town in enumerate(towns):
        size = (0, HUGE, 7)[number % 3]
        town |= {name: size for name in town if name.endswith(("_households", "_persons"))}
        town |= {"population": size, "population_registered": size, "villages": size}
        town |= {"residents_able": size, "residents_partial": 0, "residents_wholly": 0, "institutions": 1}
    _write(folder / "townships.csv", towns)
    counties = _read(folder / "counties.csv")
    for row in printed(capsys, "staffing", str(folder), "--formula", formula, "--reading", "all"):
        reading = dict(part.split("=") for part in row["reading"].split(","))
        if reading.get("rounding") == "none" or row["level"] != "township":
            continue
        key = (formula, row["reading"])
        if key not in _JUDGED:
            _JUDGED[key] = judged(formula, towns, counties, reading)
        assert row["posts_required"] == _JUDGED[key][row["level"], row["area_code"]][0]


_JUDGED: dict[tuple[str, str], Any] = {}


def noted(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command says on stderr."""
    assert main([*arguments, "--lang", "en"]) == 0
    return capsys.readouterr().err


def test_offices_above_a_ceiling_are_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Anhui lets a county's verification centre have three: whoever has more is told, and lacks nothing."""
    counties = _read(folder / "counties.csv")
    told = noted(capsys, "staffing", str(folder), "--formula", "anhui-2013")
    over = [row["county_code"] for row in counties if int(row["posts_verification"]) > 3]

    assert over
    for row in counties:
        assert (f"({row['county_code']}) has" in told) == (row["county_code"] in over)


def test_several_institutions_in_a_township_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their residents are known together: rounded once they give the fewest posts, and a note says so."""
    towns = _read(folder / "townships.csv")
    more = [town for town in towns if int(town["institutions"]) > 1]
    told = noted(capsys, "staffing", str(folder), "--formula", "gansu-2017")

    assert f"{len(more)} townships have more than one institution" in told
    assert "institution" not in noted(capsys, "staffing", str(folder), "--formula", "fujian-2018")


def test_hainan_s_heads_are_told_in_full_time_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two generalists at half their time are one full-time post: heads less one in every township."""
    towns, counties = _read(folder / "townships.csv"), _read(folder / "counties.csv")
    reading = {"rounding": "ceil", "counts": "all", "existing_counts": "yes"}
    meant = judged("hainan-2n", towns, counties, reading)
    heads = sum(posts for (level, _), (posts, *_) in meant.items() if level == "township")
    full_time = heads - sum(2 * (1 - float(town["assistance_share"])) for town in towns)
    told = noted(capsys, "staffing", str(folder), "--formula", "hainan-2n")

    assert f"{heads} posts are heads" in told and f"{full_time:.1f} full-time" in told


@pytest.mark.parametrize(
    ("formula", "arguments", "told", "untold"),
    [
        ("leshan-2020", (), "no price of a post is known", "are not paid as clerks"),
        ("leshan-2020", ("--price", "60000"), "", "no price"),
        ("leshan-2020", ("--level", "village"), "are not paid as clerks", "no price"),
        ("shandong-2020", (), "are not paid as clerks", "no price"),
        ("guangdong-2019", ("--price", "60000"), "are not paid as clerks", "no price"),
    ],
)
def test_an_empty_cost_is_explained_once(
    formula: str, arguments: tuple[str, ...], told: str, untold: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Outside Guangdong no price is published; a price given fills the cost and silences the note."""
    place = str(PLACES / "leshan")
    err = noted(capsys, "staffing", place, "--formula", formula, *arguments)

    assert err.count(told) == 1 if told else True
    assert untold not in err


def test_a_county_under_no_city_gives_no_city_row(capsys: pytest.CaptureFixture[str]) -> None:
    """Fifteen of Hainan's counties stand under the province itself, Danzhou and Sanya's districts do not."""
    rows = printed(capsys, "staffing", str(PLACES / "hainan"), "--formula", "gansu-2017", "--level", "city")

    assert [row["area_code"] for row in rows] == ["4601", "4602", "4604"]

"""The default places: real areas, exact sums, every synthetic figure labelled."""

from __future__ import annotations

from pathlib import Path

import pytest

from simlib.errors import PlaceError
from simlib.places import PROGRAMMES, build_place, frame_regions, load_place
from simlib.places.county import _exact, _households
from simlib.places.frame import assumptions, frame_table, regions

SHIPPED = Path(__file__).parents[2] / "scenarios" / "places"


@pytest.fixture(scope="module", params=["leshan", "yunfu", "hainan", "shizuishan"])
def built(request, tmp_path_factory):
    return build_place(request.param, tmp_path_factory.mktemp("built") / request.param)


def test_there_are_four_default_places() -> None:
    """The four regions of the documents."""
    assert frame_regions() == ("leshan", "yunfu", "hainan", "shizuishan")


def test_the_shipped_place_is_what_build_gives(built) -> None:
    """Nobody edits a generated file by hand, and every machine builds the same bytes."""
    for name in ("townships.csv", "counties.csv", "place.yaml"):
        assert (built.folder / name).read_bytes() == (SHIPPED / built.id / name).read_bytes()


def test_the_shipped_files_have_no_mark_and_lf_line_ends(built) -> None:
    """Git and diff see the same lines on every machine."""
    for name in ("townships.csv", "counties.csv", "place.yaml"):
        content = (SHIPPED / built.id / name).read_bytes()
        assert b"\r" not in content and not content.startswith(b"\xef\xbb\xbf")


def test_every_real_township_is_there_once(built) -> None:
    """Every township of the frame, and a district without townships as one row."""
    frame = frame_table("townships")
    real = set(frame[frame["region"] == regions()[built.id]["region"]]["area_code"])
    codes = set(built.townships["area_code"])

    assert real == {code for code in codes if not code.endswith("000")}


def test_townships_add_up_to_the_census_of_their_county(built) -> None:
    """Sums are exact, not nearly."""
    counties = frame_table("counties").set_index("county_code")["population_2020"]
    added = built.townships.groupby("county_code")["population"].sum()

    assert (added == counties[added.index]).all()


def test_county_totals_are_population_times_rate(built) -> None:
    """Outside published totals the caseload is the rate of the file, rounded once a county."""
    counties = frame_table("counties").set_index("county_code")
    published = set(frame_table("anchors")["county_code"])
    for side in ("rural", "urban"):
        added = built.townships.groupby("county_code")[f"dibao_{side}_persons"].sum()
        expected = counties[f"{side}_population_2020"] * float(_exact(f"dibao_{side}_rate.{built.id}"))
        for code, persons in added.items():
            assert code in published or abs(persons - expected[code]) <= 0.5


def test_stocks_are_possible(built) -> None:
    """Persons at least households; all stocks together below the population; residents as many as placed."""
    areas = built.townships
    for programme in PROGRAMMES:
        households, persons = areas[f"{programme}_households"], areas[f"{programme}_persons"]
        assert (persons >= households).all() and ((households > 0) == (persons > 0)).all()
    assert (areas[[f"{p}_persons" for p in PROGRAMMES]].sum(axis=1) < areas["population"]).all()
    residents = areas[["residents_able", "residents_partial", "residents_wholly"]].sum(axis=1)
    assert (
        residents.groupby(areas["county_code"])
        .sum()
        .equals(areas.groupby("county_code")["tekun_institution_persons"].sum())
    )


def test_every_row_says_what_it_is(built) -> None:
    """Synthetic caseloads and assumed posts carry their status and source in the row itself."""
    assert set(built.townships["status"]) == {"synthetic"}
    assert set(built.counties["status"]) == {"assumed"}
    assert built.townships["source"].str.contains("synthetic, not for submission").all()
    assert built.counties["source"].str.contains("to be verified").all()


def test_a_built_place_needs_no_derived_column(built) -> None:
    """What is assumed stands in the files, visible, not in the loader."""
    assert built.notes == ()


def test_a_published_county_keeps_its_published_total() -> None:
    """峨边 2021: 344 urban, 10,558 rural and 386 rural tekun persons."""
    areas = load_place(SHIPPED / "leshan").townships
    ebian = areas[areas["county_code"] == "511132"]

    assert ebian["dibao_urban_persons"].sum() == 344
    assert ebian["dibao_rural_persons"].sum() == 10558
    assert ebian["source"].str.contains("2021年国民经济和社会发展统计公报").all()


def test_edge_cases_of_the_frame_are_as_they_are_in_the_country() -> None:
    """金口河 has 5 towns and 罗定 21; Sanya has districts, Danzhou no county; Sansha is left out."""
    towns = {name: load_place(SHIPPED / name).townships for name in ("leshan", "yunfu", "hainan")}
    hainan = towns["hainan"]

    assert (towns["leshan"]["county_code"] == "511113").sum() == 5
    assert (towns["yunfu"]["county_code"] == "445381").sum() == 21
    assert set(hainan[hainan["area_code"].str.endswith("000")]["county"]) == {
        "海棠区",
        "吉阳区",
        "天涯区",
        "崖州区",
    }
    assert (hainan[hainan["county_code"] == "460400"]["area_code"].str[:6] == "460400").all()
    assert not hainan["county_code"].str.startswith("4603").any()
    assert (hainan["villages"] > 0).all()


def test_another_seed_moves_townships_and_no_county(tmp_path) -> None:
    """Chance shares a county's total; it never makes one."""
    first = load_place(SHIPPED / "shizuishan").townships
    other = build_place("shizuishan", tmp_path / "p", seed=1).townships
    column = "dibao_rural_persons"

    assert (first[column] != other[column]).any()
    assert first.groupby("county_code")[column].sum().equals(other.groupby("county_code")[column].sum())


def test_households_are_exact_and_never_above_persons() -> None:
    """One person is one household, however many persons a household has on average."""
    persons = [0, 1, 1, 2, 50]
    households = _households(persons, _exact("persons_per_household.dibao_rural"))

    assert households[:3] == [0, 1, 1]
    assert sum(households) == 30
    assert all(h <= p for h, p in zip(households, persons, strict=True))
    assert _households([1, 1, 1], _exact("persons_per_household.dibao_rural")) == [1, 1, 1]


def test_build_leaves_a_planners_folder_alone(tmp_path) -> None:
    """A place somebody has worked on is never overwritten."""
    folder = tmp_path / "leshan"
    build_place("shizuishan", folder)

    with pytest.raises(PlaceError):
        build_place("leshan", folder)
    text = (folder / "townships.csv").read_text("utf-8").replace(",synthetic,", ",user,", 1)
    (folder / "townships.csv").write_text(text, "utf-8", newline="\n")
    with pytest.raises(PlaceError):
        build_place("shizuishan", folder)
    assert (folder / "townships.csv").read_text("utf-8") == text


def test_an_unknown_place_names_the_known_ones(tmp_path) -> None:
    """And nothing is written."""
    with pytest.raises(PlaceError, match="leshan"):
        build_place("lesan", tmp_path / "p")

    assert not (tmp_path / "p").exists()


def test_every_starting_value_is_an_assumption_with_a_source() -> None:
    """No figure of a synthetic place may look like a finding."""
    for value in assumptions().values():
        for entry in value.entries:
            assert entry.status == "assumption"
            assert entry.source.title

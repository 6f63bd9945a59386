"""A place written is the place read again, whatever its names and figures."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simlib.errors import PlaceError
from simlib.places import PROGRAMMES, load_place, write_place
from tests.places.conftest import COUNTIES, PLACE, TOWNSHIPS

names = (
    st.text(
        st.characters(codec="gb18030", exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp")),
        min_size=1,
        max_size=12,
    )
    .map(str.strip)
    .filter(lambda name: bool(name) and "\ufffd" not in name)
)
counts = st.integers(0, 10**6)


@st.composite
def files(draw: st.DrawFn) -> dict[str, str]:
    """townships.csv, counties.csv and place.yaml of a random sound place."""
    numbers = draw(st.lists(st.integers(1, 999), min_size=1, max_size=4, unique=True))
    programmes = draw(st.lists(st.sampled_from(PROGRAMMES), min_size=1, max_size=3, unique=True))
    heading = ["area_code", "area", "county_code", "county", "assistance_share", "opening_backlog"]
    for programme in programmes:
        heading += [f"{programme}_households", f"{programme}_persons"]
    rows = []
    for number in numbers:
        share = draw(st.integers(0, 100)) / 100
        area = draw(names).replace('"', "”")
        row = [f"511102{number:03d}", f'"{area}"', "511102", "市中区", f"{share:g}", draw(counts)]
        for _ in programmes:
            persons = draw(counts)
            row += [draw(st.integers(min(persons, 1), persons)), persons]
        rows.append(",".join(str(cell) for cell in row))
    townships = "\n".join([",".join(heading), *rows])
    encoding = draw(st.sampled_from(["utf-8", "gb18030", "utf-8-sig"]))
    place = "id: x\ntitle: {zh: 甲, en: A}\nprovince: 四川省\n"
    return {
        "townships": townships,
        "counties": "county_code,county\n511102,市中区\n",
        "place": place,
        "as": encoding,
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files())
def test_a_place_written_is_the_place_read_again(given_files) -> None:
    """Round trip: names with quotes, commas and blanks, any lawful figures, any lawful encoding."""
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        (folder / "townships.csv").write_text(given_files["townships"], given_files["as"], newline="\n")
        (folder / "counties.csv").write_text(given_files["counties"], "utf-8")
        (folder / "place.yaml").write_text(given_files["place"], "utf-8")
        first = load_place(folder)
        write_place(first, folder / "again")
        second = load_place(folder / "again")

    assert second.townships.equals(first.townships)
    assert second.counties.equals(first.counties)
    assert second.digest == first.digest


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_damaged_is_read_or_refused_and_never_crashes(data: st.DataObject) -> None:
    """Bytes cut, doubled or overwritten anywhere: a place or a PlaceError, nothing else."""
    content = bytearray(TOWNSHIPS.encode(data.draw(st.sampled_from(["utf-8", "gb18030"]))))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        width = data.draw(st.integers(0, 12))
        content[at : at + width] = data.draw(
            st.binary(max_size=12) | st.sampled_from([b",", b"\n", b'"', b"-1"])
        )
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        (folder / "townships.csv").write_bytes(bytes(content))
        (folder / "counties.csv").write_text(COUNTIES, "utf-8")
        (folder / "place.yaml").write_text(PLACE, "utf-8")
        try:
            place = load_place(folder)
        except PlaceError as error:
            told = str(error)
        else:
            told = f"{len(place.townships)} townships"

    assert told != "0 townships"

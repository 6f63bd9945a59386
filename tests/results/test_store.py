"""The store: whole or absent, the same bytes from the same tables, damage noticed."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from simlib.results import store
from simlib.results.halfwritten import beside, claimed, sweep
from simlib.results.parquet import arrow_table, parquet_table
from simlib.years.records import SCHEMAS, Tables


def tables(replication: int = 0) -> Tables:
    """Empty tables but for one row of money."""
    made = {name: schema.empty_table() for name, schema in SCHEMAS.items()}
    row = {"replication": [replication], "month": [0], "county_code": ["511102"], "line": ["wages"]}
    made["money"] = pa.table({**row, "source": ["work_fund"], "fen": [5]}, schema=SCHEMAS["money"])
    return made


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """A folder of tables comes back equal, schema and all."""
    store.write_block(tmp_path, range(1), tables())

    assert store.is_whole(tmp_path / "r0000-0000")
    assert all(store.read_tables(tmp_path / "r0000-0000")[name].equals(tables()[name]) for name in SCHEMAS)


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    """Equal files within one lock file and platform."""
    for name in ("a", "b"):
        store.write_block(tmp_path / name, range(1), tables())
    one, other = tmp_path / "a" / "r0000-0000", tmp_path / "b" / "r0000-0000"
    files = sorted(file.name for file in one.iterdir())

    assert files
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in files)


@pytest.mark.parametrize("harm", ["cut", "flip", "drop", "no_manifest", "old_schema"])
def test_damage_makes_a_block_missing(tmp_path: Path, harm: str) -> None:
    """A block that is not as its manifest says is taken away and asked for again."""
    block = tmp_path / "r0000-0001"
    store.write_block(tmp_path, range(2), tables())
    victim = block / "money.parquet"
    content = victim.read_bytes()
    if harm == "cut":
        victim.write_bytes(content[:-7])
    elif harm == "flip":
        victim.write_bytes(content[:50] + bytes([content[50] ^ 1]) + content[51:])
    elif harm == "drop":
        victim.unlink()
    elif harm == "no_manifest":
        (block / "manifest.json").unlink()
    else:
        text = (block / "manifest.json").read_text("utf-8")
        (block / "manifest.json").write_text(text.replace('"schema": ', '"schema": 9'), "utf-8")

    assert store.missing_blocks(tmp_path, 2) == [range(2)]
    assert not block.exists()


def test_whoever_reads_takes_nothing_away(tmp_path: Path) -> None:
    """A run that another version stored is read by nobody here, and is there when that version comes back."""
    store.write_block(tmp_path, range(2), tables())
    manifest = tmp_path / "r0000-0001" / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"schema": ', '"schema": 9'), "utf-8")

    assert store.blocks(tmp_path) == {}
    assert store.stored_replications(tmp_path) == set()
    with pytest.raises(FileNotFoundError):
        store.load_run(tmp_path, 2)
    assert manifest.exists()


def test_a_block_put_in_place_meanwhile_is_not_taken_for_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two batches at once: what one finishes while the other looks about stays."""
    store.write_block(tmp_path, range(1), tables())
    real, met = store.is_whole, list[Path]()

    def meanwhile(folder: Path, *, is_lasting: bool = True) -> bool:
        if not met:
            met.append(folder)
            store.write_block(tmp_path, range(1, 2), tables(1))
        return real(folder, is_lasting=is_lasting)

    monkeypatch.setattr(store, "is_whole", meanwhile)
    store.missing_blocks(tmp_path, 2)

    assert (tmp_path / "r0001-0001").is_dir()


def test_half_written_folders_are_not_seen(tmp_path: Path) -> None:
    """A writer killed before the rename leaves a .part folder, which counts as nothing."""
    store.write_block(tmp_path, range(1), tables())
    (tmp_path / "r0000-0000").rename(tmp_path / "r0000-0000.deadbeef.part")

    assert store.missing_blocks(tmp_path, 1) == [range(1)]


def _half(place: Path, age: int) -> Path:
    """A folder half-written so many seconds ago."""
    part = beside(place)
    part.mkdir()
    (part / "money.parquet").write_bytes(b"half")
    os.utime(part, (time.time() - age, time.time() - age))
    return part


def test_what_was_left_half_written_is_swept_away_and_never_what_is_being_written(tmp_path: Path) -> None:
    """Whoever still writes it claims it, however long it takes; a claim about to be made is waited for."""
    left, held, fresh = (_half(tmp_path / name, age) for name, age in (("a", 60), ("b", 7200), ("c", 5)))
    file = beside(tmp_path / "record.json")
    file.write_bytes(b"{")
    os.utime(file, (time.time() - 60, time.time() - 60))
    with claimed(held):
        sweep(tmp_path)
        after = set(tmp_path.iterdir())
    sweep(tmp_path)

    assert after == {held, fresh} and left not in after
    assert set(tmp_path.iterdir()) == {fresh}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows locks no folders; there age tells, tested above")
def test_a_claim_ends_with_its_process_even_by_kill(tmp_path: Path) -> None:
    """What a killed batch left is taken away by the next one, not an hour later."""
    part = _half(tmp_path / "run", 60)
    claim = (
        "import sys, time, pathlib\nfrom simlib.results.halfwritten import claimed\n"
        "with claimed(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", claim, str(part)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None and writer.stdout.readline() == b"held\n"
        sweep(tmp_path)
        assert part.is_dir()
        writer.kill()
        writer.wait()
    sweep(tmp_path)

    assert not part.exists()


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: store.write_block(folder, range(1), tables()),
        lambda folder: store.write_file(folder / "record.json", b"{}"),
    ],
    ids=["tables", "file"],
)
def test_a_full_disk_leaves_no_half_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None]
) -> None:
    """The half would take the room that somebody then makes; the error still goes to who can tell it."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "_fsync", full)
    with pytest.raises(OSError, match="No space"):
        write(tmp_path / "run")

    assert list((tmp_path / "run").iterdir()) == []


def test_two_writers_of_one_block_do_not_collide(tmp_path: Path) -> None:
    """The second finds a whole block and leaves it."""
    block = tmp_path / "r0000-0000"
    store.write_block(tmp_path, range(1), tables())
    before = block.stat().st_mtime_ns
    store.write_block(tmp_path, range(1), tables())

    assert block.stat().st_mtime_ns == before
    assert [item.name for item in tmp_path.iterdir()] == ["r0000-0000"]


def test_blocks_extend_and_a_run_reads_as_one(tmp_path: Path) -> None:
    """Three replications, later five: only two are missing, and both blocks read in order."""
    for span in (range(3), range(3, 5)):
        joined = {name: pa.concat_tables([tables(number)[name] for number in span]) for name in SCHEMAS}
        assert store.missing_blocks(tmp_path, span.stop) == [span]
        store.write_block(tmp_path, span, joined)
    money = store.load_run(tmp_path, 4)["money"]

    assert money["replication"].to_pylist() == [0, 1, 2, 3]


def test_blocks_that_overlap_give_each_replication_once(tmp_path: Path) -> None:
    """Two who simulate at once, three replications and five, leave both: none may count twice."""
    for span in (range(3), range(5), range(4, 7)):
        joined = {name: pa.concat_tables([tables(number)[name] for number in span]) for name in SCHEMAS}
        store.write_block(tmp_path, span, joined)

    for count in (3, 4, 7):
        money = store.load_run(tmp_path, count)["money"]
        assert money["replication"].to_pylist() == list(range(count))


def test_who_closes_a_block_takes_nothing_from_another(tmp_path: Path) -> None:
    """The same share of a county may be under way for a longer run of the same scenario."""
    for span in (range(1), range(2)):
        store.write_piece(tmp_path, span, "r0000-0000-a-1", tables())
    store.write_piece(tmp_path, range(2), "r0001-0001-a-1", tables(1))
    store.close_block(tmp_path, range(1), ["r0000-0000-a-1"])
    store.close_block(tmp_path, range(2), ["r0000-0000-a-1", "r0001-0001-a-1"])

    assert sorted(item.name for item in tmp_path.iterdir()) == ["r0000-0000", "r0000-0001"]
    assert store.load_run(tmp_path, 2)["money"]["replication"].to_pylist() == [0, 1]


def test_a_run_that_is_not_there_says_which_replication(tmp_path: Path) -> None:
    """Reading more than is stored is an error, never a shorter table."""
    store.write_block(tmp_path, range(1), tables())

    with pytest.raises(FileNotFoundError, match="replication 1"):
        store.load_run(tmp_path, 2)


def test_long_runs_are_stored_in_blocks_of_twenty(tmp_path: Path) -> None:
    """A thousand replications are fifty blocks, so a kill loses little."""
    spans = store.missing_blocks(tmp_path, 45)

    assert [len(span) for span in spans] == [20, 20, 5]


def test_damaged_openings_are_absent(tmp_path: Path) -> None:
    """An opening state carries its digest inside."""
    path = tmp_path / "r0000-511102.feather"
    store.write_arrays(path, {"a": np.arange(5)})
    good = store.read_arrays(path)
    path.write_bytes(path.read_bytes()[:-10])

    assert good is not None
    assert good["a"].tolist() == [0, 1, 2, 3, 4]
    assert store.read_arrays(path) is None
    assert store.read_arrays(tmp_path / "none.feather") is None


def test_tables_are_read_by_pyarrow_s_own_means_everywhere() -> None:
    """Reading through an object of Python aborts a process as it ends, four times of a hundred."""
    careless = ("read_parquet(", "pq.read_table(", "feather.read_table(")
    package = Path(store.__file__).parents[1]
    found = [
        file.relative_to(package).as_posix()
        for file in sorted(package.rglob("*.py"))
        if any(call in file.read_text("utf-8") for call in careless)
    ]

    assert found == ["results/parquet.py"]


def test_a_table_is_the_same_from_its_file_and_from_its_content(tmp_path: Path) -> None:
    """Parquet and Arrow, by path or in memory."""
    store.write_block(tmp_path, range(1), tables())
    store.write_piece(tmp_path, range(1), "511102", tables())
    found = {parquet_table: tmp_path.rglob("money.parquet"), arrow_table: tmp_path.rglob("money.arrow")}
    for read, files in found.items():
        (file,) = files

        assert read(file).equals(read(file.read_bytes())) and read(file).equals(tables()["money"])

"""The store: result tables as folders of Parquet files that are there whole or not at all.

    <root>/<hash>/r0000-0002/<table>.parquet + manifest.json     a block of replications, all counties
    <root>/<hash>/pieces/<block>/r0000-0000-511102-11/<table>.arrow    a share of a block under way
    <root>/openings/<hash>/r0000-0000-511102-11.feather          their opening states

A folder is written beside its place (`halfwritten`), fsynced and renamed; its manifest (schema number, sha256
of each table) comes last and is checked on every opening. Damaged, half-written or older blocks count as
missing and are computed again. Nothing in the manifest depends on time, host or the number of workers.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather as feather
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simlib.results.halfwritten import beside, claimed
from simlib.results.parquet import arrow_table, parquet_table
from simlib.years.records import SCHEMA_NUMBER, SCHEMAS, Tables, join

BLOCK_REPLICATIONS = 20
"""Most replications in one block."""

_BLOCK = re.compile(r"r(\d{4,})-(\d{4,})")
_MANIFEST = "manifest.json"
_HASH_DIGITS = 16
_DIGEST_BYTES = 32


def run_folder(root: Path, scenario_hash: str) -> Path:
    """Where a scenario's blocks stand."""
    return root / scenario_hash[:_HASH_DIGITS]


def _fsync_folder(folder: Path) -> None:
    if os.name == "posix":
        _fsync(folder, os.O_RDONLY)


def _fsync(path: Path, access: int = os.O_RDWR) -> None:
    """Let what was written reach the disk."""
    handle = os.open(path, access)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_file(path: Path, content: bytes) -> None:
    """Put a file in place, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = beside(path)
    try:
        part.touch()
        with claimed(part):
            part.write_bytes(content)
            _fsync(part)
            part.replace(path)
    except OSError:  # on a full disk the half of a file takes room from the others
        part.unlink(missing_ok=True)
        raise
    _fsync_folder(path.parent)


def _put(folder: Path, table: Callable[[str], pa.Table], *, is_lasting: bool) -> None:
    """Put a folder of tables in place, whole or not at all, one table asked for after the other.

    One already there and good is kept. is_lasting: it also outlives a failure of power, as Parquet files.
    """
    if is_whole(folder, is_lasting=is_lasting):
        return
    shutil.rmtree(folder, ignore_errors=True)
    part = beside(folder)
    try:
        part.mkdir(parents=True)
        with claimed(part):
            _write_all(part, table, is_lasting=is_lasting)
            part.rename(folder)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        if not is_whole(folder, is_lasting=is_lasting):
            raise
    if is_lasting:
        _fsync_folder(folder.parent)


def _write_all(part: Path, table: Callable[[str], pa.Table], *, is_lasting: bool) -> None:
    digests = {}
    for name in SCHEMAS:
        sink = io.BytesIO()
        if is_lasting:
            pq.write_table(table(name), sink, compression="zstd", use_dictionary=True, write_statistics=True)
        else:
            feather.write_feather(table(name), sink, compression="lz4")
        _file(part, name, is_lasting=is_lasting).write_bytes(sink.getvalue())
        digests[name] = hashlib.sha256(sink.getvalue()).hexdigest()
    manifest = {"schema": SCHEMA_NUMBER, "tables": digests}
    (part / _MANIFEST).write_bytes((json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode())
    if is_lasting:
        with ThreadPoolExecutor() as together:
            list(together.map(_fsync, part.iterdir()))
        _fsync_folder(part)


def _file(folder: Path, name: str, *, is_lasting: bool) -> Path:
    """Where a table of a folder stands."""
    return folder / f"{name}.{'parquet' if is_lasting else 'arrow'}"


def is_whole(folder: Path, *, is_lasting: bool = True) -> bool:
    """Whether a folder of tables is there, of this schema, with every table as its manifest says."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        digests = manifest["tables"]
        return (
            manifest["schema"] == SCHEMA_NUMBER
            and set(digests) == set(SCHEMAS)
            and all(
                hashlib.sha256(_file(folder, name, is_lasting=is_lasting).read_bytes()).hexdigest() == digest
                for name, digest in digests.items()
            )
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def read_tables(folder: Path) -> Tables:
    """The tables of a whole folder."""
    return {name: _read(folder, name, is_lasting=True) for name in SCHEMAS}


def _read(folder: Path, name: str, *, is_lasting: bool) -> pa.Table:
    path = _file(folder, name, is_lasting=is_lasting)
    return (parquet_table(path) if is_lasting else arrow_table(path)).cast(SCHEMAS[name])


def blocks(folder: Path) -> dict[range, Path]:
    """Whole blocks of a run by their replications."""
    return {span: block for span, block in _spans(folder) if is_whole(block)}


def _spans(folder: Path) -> Iterator[tuple[range, Path]]:
    """The blocks of a run, whole or not, by their replications."""
    for block in sorted(folder.glob("r*-*")) if folder.is_dir() else ():
        match = _BLOCK.fullmatch(block.name)
        if match is not None:
            yield range(int(match[1]), int(match[2]) + 1), block


def stored_replications(folder: Path) -> set[int]:
    """Replications a run has in whole blocks."""
    return {number for span in blocks(folder) for number in span}


def missing_blocks(folder: Path, replications: int) -> list[range]:
    """The replications 0 … n − 1 that are not stored, as spans to be computed; what is damaged is taken away.

    Only here: whoever reads leaves what he cannot read where it is.
    """
    have = set[int]()
    for span, block in _spans(folder):  # each is asked once: another batch may be putting blocks in place
        if is_whole(block):
            have.update(span)
        else:
            shutil.rmtree(block, ignore_errors=True)
    spans: list[range] = []
    for number in range(replications):
        if number in have:
            continue
        last = spans[-1] if spans else None
        if last is not None and last.stop == number and len(last) < BLOCK_REPLICATIONS:
            spans[-1] = range(last.start, number + 1)
        else:
            spans.append(range(number, number + 1))
    return spans


def block_name(span: range) -> str:
    """Folder name of a block."""
    return f"r{span.start:04d}-{span.stop - 1:04d}"


def _piece_folder(folder: Path, span: range, batch: str) -> Path:
    """Where the share of a batch stands until its block is whole.

    Each block has its own, so that whoever closes one takes nothing from another that is under way.
    """
    return folder / "pieces" / block_name(span) / batch


def has_piece(folder: Path, span: range, batch: str) -> bool:
    """Whether the share of a batch is there, whole."""
    return is_whole(_piece_folder(folder, span, batch), is_lasting=False)


def write_piece(folder: Path, span: range, batch: str, tables: Tables) -> None:
    """Keep the share of a batch until its block is whole.

    It stands as in memory, to be read once; a failure of power costs it, since its digests tell.
    """
    _put(_piece_folder(folder, span, batch), tables.__getitem__, is_lasting=False)


def close_block(folder: Path, span: range, batches: Sequence[str]) -> None:
    """Join the pieces of a block table by table, put it in place, and clear the pieces away."""
    pieces = [_piece_folder(folder, span, batch) for batch in batches]
    _put(
        folder / block_name(span),
        lambda name: join(name, [_read(piece, name, is_lasting=False) for piece in pieces]),
        is_lasting=True,
    )
    shutil.rmtree(folder / "pieces" / block_name(span), ignore_errors=True)
    with suppress(OSError):  # pieces of other blocks stand there
        (folder / "pieces").rmdir()


def write_block(folder: Path, span: range, tables: Tables) -> None:
    """Put a block that came in one piece in place."""
    _put(folder / block_name(span), lambda name: join(name, [tables[name]]), is_lasting=True)


def load_run(folder: Path, replications: int) -> Tables:
    """The tables of replications 0 … n − 1 of a run, in canonical order.

    Two who simulated at once, for different numbers of replications, may have left blocks that overlap: each
    replication is read once. Raises FileNotFoundError when one of them is not stored.
    """
    absent, parts = set(range(replications)), []
    for span, block in sorted(blocks(folder).items(), key=lambda item: (item[0].start, -len(item[0]))):
        wanted = absent.intersection(span)
        absent -= wanted
        if wanted:
            parts.append(_of_replications(read_tables(block), span, wanted))
    if absent:
        raise FileNotFoundError(f"{folder.name}: replication {min(absent)} is not stored")
    return {name: pa.concat_tables([part[name] for part in parts]) for name in SCHEMAS}


def _of_replications(tables: Tables, span: range, wanted: set[int]) -> Tables:
    """The rows of some replications of a block."""
    if len(wanted) == len(span):
        return tables
    chosen = pa.array(sorted(wanted), type=pa.int64())
    return {
        name: table.filter(pc.is_in(table["replication"].cast(pa.int64()), value_set=chosen))
        for name, table in tables.items()
    }


def opening_file(root: Path, opening_hash: str, batch: str) -> Path:
    """Where the opening state of a batch stands."""
    return root / "openings" / opening_hash[:_HASH_DIGITS] / f"{batch}.feather"


def write_arrays(path: Path, arrays: Mapping[str, NDArray[np.int64]]) -> None:
    """Put named arrays in place behind their digest, whole or not at all."""
    columns = {name: pa.array([values], type=pa.list_(pa.int64())) for name, values in arrays.items()}
    sink = io.BytesIO()
    feather.write_feather(pa.table(columns), sink, compression="lz4")
    write_file(path, hashlib.sha256(sink.getvalue()).digest() + sink.getvalue())


def _content(path: Path) -> bytes | None:
    """What stands behind the digest, or None where the file is absent or damaged."""
    try:
        whole = path.read_bytes()
    except OSError:
        return None
    digest, content = whole[:_DIGEST_BYTES], whole[_DIGEST_BYTES:]
    return content if hashlib.sha256(content).digest() == digest else None


def has_arrays(path: Path) -> bool:
    """Whether named arrays are there and undamaged."""
    return _content(path) is not None


def read_arrays(path: Path) -> dict[str, NDArray[np.int64]] | None:
    """Named arrays, or None where the file is absent or damaged."""
    content = _content(path)
    if content is None:
        return None
    table = arrow_table(content)
    return {name: table[name].chunk(0).values.to_numpy() for name in table.column_names}

"""Tables read from files by pyarrow's own means, never through an object of Python.

pyarrow reads with threads of its own. What they were given of Python's, an open file or bytes in memory, they
let go of when they get to it; where that falls into the end of the process, the process is aborted (exit code
134, "terminate called without an active exception"): of a hundred that read a run and ended, four.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq


def parquet_table(source: Path | bytes) -> pa.Table:
    """The table of a Parquet file, or of its content."""
    if isinstance(source, bytes):
        with pa.BufferReader(source) as content:
            return pq.ParquetFile(content, pre_buffer=False).read(use_threads=False)
    with pa.OSFile(str(source)) as content:
        return pq.ParquetFile(content, pre_buffer=False).read()


def parquet_frame(source: Path | bytes) -> pd.DataFrame:
    """The same as a frame."""
    found: pd.DataFrame = parquet_table(source).to_pandas()
    return found


def arrow_table(source: Path | bytes) -> pa.Table:
    """The table of an Arrow file as it stands in memory, or of its content."""
    if isinstance(source, bytes):
        with pa.BufferReader(source) as content:
            return feather.read_table(content, use_threads=False)
    with pa.OSFile(str(source)) as content:
        return feather.read_table(content)

"""How far a batch is, for whoever asks from another terminal: one small file beside its pages."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import pandas as pd

from simlib.results.store import write_file

FILE = "status.json"
SIMULATING, NOTEBOOKS = "simulating", "notebooks"
DONE, FAILED, STOPPED, LIVE = "done", "failed", "stopped", "running"
COLUMNS = ("batch", "state", "stage", "done", "total", "started", "updated", "failed", "folder")
_EVERY_SECONDS = 1.0


class Status:
    """The state of a batch, written while it is entered; it is `stopped` when an error ends it."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / FILE
        self._facts: dict[str, Any] = {
            "batch": name,
            "state": LIVE,
            "stage": SIMULATING,
            "done": 0,
            "total": 0,
            "started": _now(),
            "failed": [],
            "host": socket.gethostname(),
            "process": os.getpid(),
        }
        self._written = 0.0

    def __enter__(self) -> Status:
        self._write()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._facts["state"] == LIVE:
            self._facts["state"] = STOPPED
            self._write()

    def tell(self, stage: str, done: int, total: int) -> None:
        """Note how many pieces of a stage are done."""
        self._facts |= {"stage": stage, "done": done, "total": total}
        if done == total or time.monotonic() - self._written >= _EVERY_SECONDS:
            self._write()

    def finish(self, failed: Sequence[str]) -> None:
        """Note that it has come to its end, and what failed."""
        self._facts |= {"state": FAILED if failed else DONE, "failed": list(failed)}
        self._write()

    def _write(self) -> None:
        self._facts["updated"] = _now()
        self._written = time.monotonic()
        write_file(self._path, (json.dumps(self._facts, ensure_ascii=False, indent=1) + "\n").encode())


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def status_table(folder: Path) -> pd.DataFrame:
    """A row for each batch in a folder or under it, the latest first.

    state: running, done, failed (finished, but something failed), stopped (an error or Ctrl-C ended it, or
    its process is gone); stage, done, total: how far; failed: what.
    """
    files = [folder / FILE] if (folder / FILE).is_file() else sorted(folder.glob(f"*/{FILE}"))
    rows = []
    for file in files:
        try:
            facts = json.loads(file.read_text("utf-8"))
            row = {name: facts[name] for name in COLUMNS if name != "folder"}
            if row["state"] == LIVE and not _is_alive(facts):
                row["state"] = STOPPED
        except (OSError, ValueError, KeyError, TypeError):
            continue
        rows.append(row | {"failed": ", ".join(row["failed"]), "folder": str(file.parent)})
    rows.sort(key=lambda row: str(row["updated"]), reverse=True)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _is_alive(facts: dict[str, Any]) -> bool:
    """Whether the process that wrote the file is there still; of another machine's nobody knows."""
    if facts.get("host") != socket.gethostname():
        return True
    from psutil import pid_exists  # ipykernel brings it; os.kill(pid, 0) would end the process on Windows

    return bool(pid_exists(int(facts["process"])))

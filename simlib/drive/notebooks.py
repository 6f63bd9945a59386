"""Notebooks in batch by papermill: many at once, each done once for its key, judged by raised exceptions.

Each kernel is a process of its own, so a pool of threads is enough. The key covers the notebook, its
parameters, the data it reads and this package; a ledger beside the results says which keys are done, and is
believed only while the file it names is there unchanged.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

# papermill pulls it in only to check `iri` formats; without it papermill loads in half the time.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import papermill  # noqa: E402

from simlib.drive.seal import package_digest  # noqa: E402
from simlib.errors import InputError, Problem  # noqa: E402
from simlib.results.halfwritten import claimed, sweep  # noqa: E402

KERNEL, LANGUAGE = "python3", "python"
LEDGER = "notebooks.json"
PARAMETERS = "parameters"
TIMEOUT_SECONDS = 600
QUIET = ("--log-level=50",)
"""A kernel's own log (it warns of its loopback port) is not for the planner; what it raises comes back."""

_PART = ".part.ipynb"
"""How a copy under way is called: claimed while its notebook runs."""

Plain = str | int | float | bool | None | list[Any]
State = Literal["done", "kept", "failed"]


@dataclass(frozen=True, slots=True)
class NotebookRun:
    """One notebook to be run with one set of parameters; `name` is the stem of the executed copy."""

    name: str
    notebook: Path
    parameters: Mapping[str, Plain] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run: `done` now, `kept` from an earlier call, or `failed` with its error."""

    name: str
    state: State
    path: Path
    key: str
    seconds: float = 0.0
    error: str = ""


def run_notebooks(
    runs: Sequence[NotebookRun],
    folder: Path,
    *,
    data_digest: str,
    workers: int = 2,
    timeout_seconds: int = TIMEOUT_SECONDS,
    fresh: bool = False,
    on_done: Callable[[Outcome], None] | None = None,
) -> tuple[Outcome, ...]:
    """Run notebooks into `folder`/NAME.ipynb and return their outcomes, in the order given.

    data_digest: digest of all results the notebooks read; fresh: run even what is done. A failed notebook
    leaves its partial copy as NAME.failed.ipynb and the others go on; `on_done` hears of each as it ends.
    Raises InputError before anything runs: a notebook or its parameters cell missing, a parameter it lacks.
    """
    problems = [problem for run in runs for problem in parameter_problems(run)]
    if problems:
        raise InputError(problems)
    folder.mkdir(parents=True, exist_ok=True)
    for ending in (_PART, ".part"):
        sweep(folder, ending)
    ledger = _Ledger(folder / LEDGER)
    outcomes: dict[str, Outcome] = {}
    with _in_batch(), ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        waiting = [
            pool.submit(_run, run, folder, ledger, run_key(run, data_digest), timeout_seconds, fresh)
            for run in runs
        ]
        try:
            for done in as_completed(waiting):
                outcome = done.result()
                outcomes[outcome.name] = outcome
                if on_done is not None:
                    on_done(outcome)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return tuple(outcomes[run.name] for run in runs)


def run_key(run: NotebookRun, data_digest: str) -> str:
    """The key of a run: it changes with the notebook's bytes, parameters, data, and the package."""
    parts = {
        "notebook": hashlib.sha256(run.notebook.read_bytes()).hexdigest(),
        "parameters": dict(run.parameters),
        "data": data_digest,
        "package": package_digest(),
    }
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def parameter_problems(run: NotebookRun) -> list[Problem]:
    """Everything that keeps a run from starting: papermill itself would only log it."""
    file = run.notebook.name
    if not run.notebook.is_file():
        return [Problem("notebook_missing", file=file)]
    known = parameter_names(run.notebook)
    if known is None:
        return [Problem("notebook_no_parameters", file=file)]
    unknown = [name for name in run.parameters if name not in known]
    listed = ", ".join(known)
    problems = [
        Problem("notebook_unknown_parameter", file=file, values={"name": name, "known": listed})
        for name in unknown
    ]
    odd = [name for name, value in run.parameters.items() if not _is_plain(value)]
    return problems + [Problem("notebook_value", file=file, values={"name": name}) for name in odd]


def parameter_names(notebook: Path) -> tuple[str, ...] | None:
    """Names assigned in the cell tagged `parameters`, or nothing when there is no such cell."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    tagged = [cell for cell in cells if PARAMETERS in cell.get("metadata", {}).get("tags", ())]
    if not tagged:
        return None
    names: list[str] = []
    for statement in ast.parse("".join(tagged[0]["source"])).body:
        if isinstance(statement, ast.Assign):
            names += [target.id for target in statement.targets if isinstance(target, ast.Name)]
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            names.append(statement.target.id)
    return tuple(names)


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return all(_is_plain(part) for part in value)
    return value is None or isinstance(value, str | int | float | bool)


def _run(
    run: NotebookRun, folder: Path, ledger: _Ledger, key: str, timeout_seconds: int, fresh: bool
) -> Outcome:
    path = folder / f"{run.name}.ipynb"
    if not fresh and ledger.holds(run.name, key, path):
        return Outcome(run.name, "kept", path, key)
    part, failed = folder / f"{run.name}.{os.getpid()}{_PART}", folder / f"{run.name}.failed.ipynb"
    began = time.monotonic()
    error = ""
    part.touch()
    try:
        with claimed(part):
            papermill.execute_notebook(
                str(run.notebook), str(part), parameters=dict(run.parameters),
                kernel_name=KERNEL, language=LANGUAGE,
                progress_bar=False, log_output=False, execution_timeout=timeout_seconds,
                extra_arguments=list(QUIET),
            )  # fmt: skip
    except Exception as problem:  # noqa: BLE001  whatever a notebook raises is its failure; the others go on
        error = _error(problem)
    seconds = time.monotonic() - began
    failed.unlink(missing_ok=True)
    if part.stat().st_size:
        part.replace(failed if error else path)
    else:
        part.unlink()
    state: State = "failed" if error else "done"
    ledger.write(run.name, key, path, state=state, seconds=seconds, error=error)
    return Outcome(run.name, state, failed if error else path, key, seconds, error)


def _error(problem: Exception) -> str:
    """The error in one line: what the notebook's cell raised, else what running it raised."""
    name, text = getattr(problem, "ename", type(problem).__name__), getattr(problem, "evalue", str(problem))
    return " ".join(f"{name}: {text}".split())


@contextmanager
def _in_batch() -> Iterator[None]:
    """Kernels that start here need no debugger, and must not warn about its absence."""
    name = "PYDEVD_DISABLE_FILE_VALIDATION"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before


class _Ledger:
    """Which run is done with which key, as one JSON file that is always whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._entries = self._read()

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            entries = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return entries if isinstance(entries, dict) else {}

    def holds(self, name: str, key: str, path: Path) -> bool:
        """Whether the run is done with this key and its file is there unchanged."""
        entry = self._entries.get(name)
        if not isinstance(entry, dict) or entry.get("state") != "done" or entry.get("key") != key:
            return False
        return path.is_file() and entry.get("sha256") == _sha256(path)

    def write(self, name: str, key: str, path: Path, *, state: State, seconds: float, error: str) -> None:
        entry = {"key": key, "state": state, "seconds": round(seconds, 2), "error": error}
        if state == "done":
            entry["sha256"] = _sha256(path)
        with self._lock:
            self._entries[name] = entry
            text = json.dumps(self._entries, ensure_ascii=False, indent=1, sort_keys=True)
            part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
            part.write_text(text + "\n", encoding="utf-8")
            part.replace(self._path)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

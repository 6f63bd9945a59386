"""Notebooks in batch: done once, resumed, never half written, never falsely done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

from simlib.drive import notebooks
from simlib.drive.notebooks import LEDGER, NotebookRun, parameter_names, run_key, run_notebooks
from simlib.errors import InputError
from simlib.results.halfwritten import claimed
from simlib.view.report import render

SOURCE = "open({mark!r}, 'a').write('x'); x"


def _notebook(folder: Path, *, code: str = "x", parameters: str | None = "x = 1\nname = 'a'") -> Path:
    cells = (
        []
        if parameters is None
        else [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    )
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    book = nbformat.v4.new_notebook(cells=[*cells, nbformat.v4.new_code_cell(code)], metadata=spec)
    path = folder / "book.ipynb"
    nbformat.write(book, path)
    return path


def _counted(folder: Path) -> tuple[Path, Path]:
    """A notebook that leaves one mark each time it really runs."""
    mark = folder / "mark"
    return _notebook(folder, code=SOURCE.format(mark=str(mark))), mark


def test_a_notebook_is_run_once_for_its_key_and_again_when_the_data_change(tmp_path: Path) -> None:
    """A batch called again must recompute nothing that is done, and everything that is stale."""
    book, mark = _counted(tmp_path)
    run, out = NotebookRun("a", book, {"x": 2}), tmp_path / "out"

    states = [run_notebooks([run], out, data_digest=digest)[0].state for digest in ("d1", "d1", "d2")]

    assert states == ["done", "kept", "done"]
    assert mark.read_text() == "xx"
    assert nbformat.read(out / "a.ipynb", as_version=4).cells[-1].outputs[0]["data"]["text/plain"] == "2"
    assert sorted(path.name for path in out.iterdir()) == ["a.ipynb", LEDGER]


def test_a_notebook_that_names_no_language_is_run_too(tmp_path: Path) -> None:
    """Notebooks written by other tools say nothing of their kernel; here there is only one."""
    book = _notebook(tmp_path)
    content = json.loads(book.read_text("utf-8")) | {"metadata": {}}
    book.write_text(json.dumps(content), "utf-8")

    assert run_notebooks([NotebookRun("a", book, {"x": 2})], tmp_path / "out", data_digest="d")[0].error == ""


def test_a_result_that_was_lost_or_changed_is_made_again(tmp_path: Path) -> None:
    """The ledger alone is not believed."""
    book, mark = _counted(tmp_path)
    run, out = NotebookRun("a", book), tmp_path / "out"
    run_notebooks([run], out, data_digest="d")
    (out / "a.ipynb").write_text("cut off")

    assert run_notebooks([run], out, data_digest="d")[0].state == "done"
    assert mark.read_text() == "xx"


def test_what_a_killed_batch_left_half_made_is_taken_away(tmp_path: Path) -> None:
    """But not what another batch is at, and its own copies are claimed while they run."""
    out = tmp_path / "out"
    out.mkdir()
    left, under_way = out / "a.1.part.ipynb", out / "b.2.part.ipynb"
    for part in (left, under_way):
        part.write_text("{}")
        os.utime(part, (time.time() - 60, time.time() - 60))
    code = (
        "import os, pathlib\nfrom simlib.results.halfwritten import sweep\n"
        f"out = pathlib.Path({str(out)!r})\n"
        "for part in out.glob('a.*.part.ipynb'): os.utime(part, (1, 1))\n"
        "sweep(out, '.part.ipynb')\nassert [*out.glob('a.*.part.ipynb')]"
    )
    with claimed(under_way):
        done = run_notebooks([NotebookRun("a", _notebook(tmp_path, code=code))], out, data_digest="d")

    assert [each.error for each in done] == [""]
    assert sorted(path.name for path in out.iterdir()) == ["a.ipynb", under_way.name, LEDGER]


def test_a_torn_ledger_costs_work_and_not_the_batch(tmp_path: Path) -> None:
    """A ledger damaged by a full disk must not stop the planner."""
    book, _ = _counted(tmp_path)
    out = tmp_path / "out"
    run_notebooks([NotebookRun("a", book)], out, data_digest="d")
    (out / LEDGER).write_text('{"a": {"key"')

    assert run_notebooks([NotebookRun("a", book)], out, data_digest="d")[0].state == "done"


def test_a_failing_notebook_is_failed_and_the_others_finish(tmp_path: Path) -> None:
    """papermill's own metadata calls even a dead kernel completed; only what is raised counts."""
    good = _notebook(tmp_path)
    (tmp_path / "bad").mkdir()
    bad = _notebook(tmp_path / "bad", code="raise KeyError('no such cell')")
    (tmp_path / "dead").mkdir()
    dead = _notebook(tmp_path / "dead", code="import os; os._exit(9)")
    runs = [NotebookRun("bad", bad), NotebookRun("good", good), NotebookRun("dead", dead)]

    outcomes = run_notebooks(runs, tmp_path / "out", data_digest="d")

    assert [(o.name, o.state) for o in outcomes] == [("bad", "failed"), ("good", "done"), ("dead", "failed")]
    assert "KeyError" in outcomes[0].error
    assert not (tmp_path / "out" / "bad.ipynb").exists()
    assert (tmp_path / "out" / "bad.failed.ipynb").exists()
    assert json.loads((tmp_path / "out" / LEDGER).read_text())["dead"]["state"] == "failed"


def test_a_cell_that_never_ends_fails_in_time(tmp_path: Path) -> None:
    """A batch over night must not hang on one page."""
    book = _notebook(tmp_path, code="import time; time.sleep(60)")

    (outcome,) = run_notebooks([NotebookRun("a", book)], tmp_path / "out", data_digest="d", timeout_seconds=1)

    assert outcome.state == "failed"
    assert outcome.seconds < 20


@pytest.mark.parametrize(
    ("parameters", "given", "said"),
    [
        (None, {}, "parameters"),
        ("x = 1", {"y": 2}, "'y'"),
        ("x = 1", {"x": {1, 2}}, "'x'"),
    ],
)
def test_what_papermill_only_logs_is_an_error_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parameters: str | None, given: dict[str, Any], said: str
) -> None:
    """A misspelt parameter would give a page about the wrong option."""
    monkeypatch.setenv("SIMLIB_LANG", "en")
    book = _notebook(tmp_path, parameters=parameters)

    with pytest.raises(InputError, match=said):
        run_notebooks([NotebookRun("a", book, given)], tmp_path / "out", data_digest="d")
    assert not (tmp_path / "out").exists()


def test_a_missing_notebook_is_an_error(tmp_path: Path) -> None:
    """One clear line, no traceback."""
    with pytest.raises(InputError):
        run_notebooks([NotebookRun("a", tmp_path / "none.ipynb")], tmp_path / "out", data_digest="d")


def test_the_key_covers_notebook_parameters_data_and_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever can change the page changes the key."""
    book = _notebook(tmp_path)
    run = NotebookRun("a", book, {"x": 1})
    keys = [run_key(run, "d"), run_key(run, "e"), run_key(NotebookRun("a", book, {"x": 2}), "d")]
    monkeypatch.setattr(notebooks, "package_digest", lambda: "another")
    keys.append(run_key(run, "d"))
    monkeypatch.undo()
    again = run_key(run, "d")
    _notebook(tmp_path, code="x + 1")

    assert len({*keys, run_key(run, "d")}) == 5
    assert again == keys[0]


def test_parameters_are_read_with_and_without_annotation(tmp_path: Path) -> None:
    """Both forms are plain assignments."""
    book = _notebook(tmp_path, parameters="x: int = 1\ny = 'a'  # z = 3\n")

    assert parameter_names(book) == ("x", "y")


def test_a_batch_that_was_killed_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """kill -9 in the middle: what was done is kept, what was begun is made again, nothing half stays."""
    (tmp_path / "slow").mkdir()
    fast, mark = _counted(tmp_path)
    slow = _notebook(tmp_path / "slow", code="import time; time.sleep(1.5)")
    code = f"""
from pathlib import Path
from simlib.drive.notebooks import NotebookRun, run_notebooks
runs = [NotebookRun("fast", Path({str(fast)!r})), NotebookRun("slow", Path({str(slow)!r}))]
run_notebooks(runs, Path({str(tmp_path / "out")!r}), data_digest="d", workers=1)
"""
    batch = subprocess.Popen([sys.executable, "-c", code], env={**os.environ})
    ledger = tmp_path / "out" / LEDGER
    deadline = time.monotonic() + 30
    while not (ledger.exists() and "fast" in ledger.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    batch.send_signal(signal.SIGKILL)
    batch.wait()

    runs = [NotebookRun("fast", fast), NotebookRun("slow", slow)]
    outcomes = run_notebooks(runs, tmp_path / "out", data_digest="d")

    assert [outcome.state for outcome in outcomes] == ["kept", "done"]
    assert mark.read_text() == "x"


def test_each_end_is_heard_as_it_happens(tmp_path: Path) -> None:
    """The batch shows its progress."""
    heard: list[str] = []
    book = _notebook(tmp_path)
    runs = [NotebookRun(name, book) for name in ("a", "b")]

    run_notebooks(runs, tmp_path / "out", data_digest="d", on_done=lambda outcome: heard.append(outcome.name))

    assert sorted(heard) == ["a", "b"]


def test_what_a_kernel_shows_reaches_the_page(tmp_path: Path) -> None:
    """A block is HTML for the report, not the text of an object."""
    book = _notebook(tmp_path, code="from simlib.view.blocks import paragraph; paragraph('<见>')")
    (outcome,) = run_notebooks([NotebookRun("a", book)], tmp_path / "out", data_digest="d")

    page = render(outcome.path, tmp_path / "p.html", lang="zh", title="T").read_text("utf-8")

    assert '<p class="note" data-claim="note">&lt;见&gt;</p>' in page


NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_of_the_house_is_plain_and_committed_clean(path: Path) -> None:
    """STYLE 19-21: question first, tagged literals second, short cells, no function, no output."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]

    assert all(word in "".join(cells[0]["source"]) for word in ("Question", "Inputs", "Outputs", "Run time"))
    assert "parameters" in cells[1]["metadata"]["tags"]
    assert all(len("".join(cell["source"]).splitlines()) <= 12 for cell in code)
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
    assert not any(
        word in "".join(cell["source"]) for cell in code for word in ("def ", "class ", "%", "lambda")
    )


def test_the_start_notebook_runs_from_top_to_bottom(tmp_path: Path) -> None:
    """It is the first thing a planner opens."""
    run = NotebookRun("start", NOTEBOOKS / "start.ipynb", {"place": "leshan", "lang": "zh"})

    (outcome,) = run_notebooks([run], tmp_path, data_digest="")

    assert outcome.error == ""
    told = (tmp_path / "start.ipynb").read_text("utf-8")
    assert "widget-view" in told

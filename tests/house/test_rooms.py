"""The walls of the house: who imports whom, and which package stays where."""

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from importlib.util import find_spec

import pytest

from tests.house.plan import CONFINED, LAZY, ROOMS, ROOT, imports, inner_imports, modules, room_of

ORDER = {room: n for n, room in enumerate(ROOMS)}
HEAVY = ("altair", "papermill", "dask", "ipywidgets", "scipy.stats")


def test_every_module_stands_in_a_room() -> None:
    """A module outside the plan would escape every other rule."""
    strangers = [name for name in modules() if name != "simlib" and room_of(name) not in ROOMS]

    assert strangers == []


def test_a_room_imports_only_earlier_rooms() -> None:
    """One-way imports keep the law free of the simulation and the simulation free of the report."""
    wrong = [
        f"{name} imports {target}"
        for name in modules()
        if name not in LAZY
        for target in inner_imports(name)
        if target == "simlib" or ORDER[room_of(target)] > ORDER[room_of(name)]
    ]

    assert wrong == []


@pytest.mark.parametrize("room", ROOMS)
def test_inside_a_room_imports_follow_the_order_of_the_plan(room: str) -> None:
    """A later module is built on an earlier one, never the other way."""
    place = {name: n for n, name in enumerate(ROOMS[room])}
    wrong = []
    for name in modules():
        short = name.rpartition(".")[2]
        if room_of(name) != room or short not in place or name in LAZY:
            continue
        for target in inner_imports(name):
            other = target.rpartition(".")[2]
            if room_of(target) == room and target != name and place.get(other, -1) > place[short]:
                wrong.append(f"{name} imports {target}")

    assert wrong == []


def test_no_import_runs_in_a_circle() -> None:
    """A circle of modules is one module in disguise."""
    graph = {name: inner_imports(name) - {name} for name in modules() if name not in LAZY}

    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as circle:
        pytest.fail(" → ".join(circle.args[1]))


@pytest.mark.parametrize("package", CONFINED)
def test_a_package_stays_in_its_modules(package: str) -> None:
    """Where a package is known in one place, it can be replaced in one place."""
    allowed = CONFINED[package]
    wrong = [
        name
        for name in modules()
        if any(target.split(".")[0] == package for target in imports(name))
        and not any(name == room or name.startswith(room + ".") for room in allowed)
    ]

    assert wrong == []


def test_the_law_and_the_frame_hold_data_only() -> None:
    """A rule in Python would be a rule without date and source."""
    assert [name for name in modules() if name.split(".")[1:2] in (["law"], ["frame"])] == []


@pytest.mark.parametrize(
    "name", ["simlib", "simlib.desks.reference", "simlib.years.replication", "simlib.drive.cli"]
)
def test_a_worker_loads_no_chart_notebook_or_cluster(name: str) -> None:
    """Thousands of replications would each pay seconds for packages they never use."""
    if name not in modules():
        pytest.skip(f"{name} is not built yet")
    code = f"import sys, {name}; print(*(set({HEAVY!r}) & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)

    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_a_page_loads_what_it_shows_and_no_more() -> None:
    """Each page has a process of its own: the statistics of SciPy alone would be a second on each."""
    code = "import sys, simlib.view.charts, simlib.drive.runcommands; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)

    assert done.returncode == 0, done.stderr
    assert "altair" in done.stdout.split()
    assert not {"scipy.stats", "lark", "papermill", "ipywidgets"} & set(done.stdout.split())


def test_the_heavy_packages_would_be_seen() -> None:
    """The test above proves nothing about a package that cannot be imported here."""
    assert [name for name in ("altair", "papermill", "ipywidgets") if find_spec(name) is None] == []


def test_every_test_gives_its_reason() -> None:
    """A test nobody can explain is kept for ever or deleted for nothing."""
    silent = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]

    assert silent == []


def test_no_test_reads_outside_the_checkout() -> None:
    """A clone alone must be able to prove itself."""
    outside = re.compile(r"\.\./\.?\.?/?shared|shared/data")
    readers = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if path.name != "test_rooms.py" and outside.search(path.read_text("utf-8"))
    ]

    assert readers == []

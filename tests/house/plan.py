"""The plan of the house: its rooms in order, the modules in each, and what the checkout holds."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "simlib"

ROOMS: dict[str, tuple[str, ...]] = {
    "ground": (
        "words",
        "errors",
        "units",
        "yamlfile",
        "bounds",
        "dated",
        "worktime",
        "compiled",
        "chance",
        "designs",
    ),
    "places": ("encoding", "tables", "place", "synthesis"),
    "policy": ("statutes", "prices", "staffing", "funding", "procedure", "purchasing", "entitlement"),
    "scenario": ("choices", "parts", "assumed", "reading", "scenariofile", "experimentfile", "telling"),
    "desks": (
        *("network", "norms", "terms", "handover", "paths", "trace", "noqueue", "casefile", "casetext"),
        *("reference", "kernel", "engines"),
    ),
    "years": (
        *(
            "records",
            "lifelines",
            "requests",
            "tenure",
            "posts",
            "people",
            "workforce",
            "budget",
            "procurement",
            "delivery",
        ),
        *("county", "setting", "bookkeeping", "caseload", "recorder", "replication"),
    ),
    "results": ("store", "contracts", "measures", "experiment", "findings", "spreads"),
    "runs": ("settings", "live", "work", "pools", "cluster", "runner"),
    "decide": ("intervals", "compare", "select", "frontier", "sensitivity", "points", "indices", "outcomes"),
    "view": ("charts", "tables", "report", "claims"),
    "drive": (
        *("workspace", "notebooks", "batch", "api", "schema", "casestory", "bench", "panel"),
        *("printed", "filecommands", "lawcommands", "runcommands", "resultcommands", "cli", "__main__"),
    ),
}
"""Each room imports only earlier rooms. The modules named are those the plan fixes; a room may hold more, and
imports inside a room never run in a circle."""

CONFINED: dict[str, tuple[str, ...]] = {
    "simpy": ("simlib.desks.reference", "simlib.years", "simlib.drive.bench"),
    "ciw": ("simlib.drive.bench",),
    "numba": ("simlib.compiled", "simlib.desks.kernel"),
    "altair": (
        *("simlib.view.specs", "simlib.view.chartparts", "simlib.view.charts", "simlib.view.placecharts"),
        *("simlib.view.yearcharts", "simlib.view.servicecharts"),
        *("simlib.view.livecharts", "simlib.view.sensitivitycharts", "simlib.view.riskcharts"),
    ),
    "ipywidgets": ("simlib.drive.panel",),
    "papermill": ("simlib.drive.notebooks",),
    "dask": ("simlib.runs.cluster",),
    "distributed": ("simlib.runs.cluster",),
}
"""The only modules, or rooms, that may import a package."""

LAZY = ("simlib", "simlib.drive.cli")
"""These resolve names only when they are asked for."""


def room_of(module: str) -> str:
    """The room a module stands in: "ground" for the loose modules."""
    parts = module.split(".")
    if len(parts) < 2:
        return ""
    if parts[1] in ROOMS["ground"]:
        return "ground"
    return "drive" if parts[1] == "__main__" else parts[1]


@cache
def modules() -> dict[str, Path]:
    """Every module of simlib, by dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _targets(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = ("." * node.level) + (node.module or "")
        return [f"{base}.{alias.name}" for alias in node.names]
    return []


@cache
def imports(module: str) -> frozenset[str]:
    """The dotted names a module imports, wherever in it the import stands.

    A name of simlib is cut to the module it belongs to; `from simlib import load_place` gives "simlib".
    """
    named = set()
    for node in ast.walk(ast.parse(modules()[module].read_text("utf-8"))):
        for target in _targets(node):
            while target.startswith("simlib") and target not in modules() and "." in target:
                target = target.rpartition(".")[0]
            named.add(target)
    return frozenset(named)


def inner_imports(module: str) -> frozenset[str]:
    """The modules of simlib that a module imports."""
    return frozenset(name for name in imports(module) if name.split(".")[0] == "simlib")


@cache
def tracked() -> tuple[Path, ...]:
    """The files git holds or would hold; without git, all but the made folders."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
        names = [name for name in listed.decode("utf-8").split("\0") if name]
        return tuple(path for path in (ROOT / name for name in names) if path.is_file())
    made = {".venv", "wheels", "lab", "build", "dist", "__pycache__"}
    return tuple(
        path
        for path in sorted(ROOT.rglob("*"))
        if path.is_file()
        and not made & set(path.relative_to(ROOT).parts)
        and not any(part.endswith("_cache") for part in path.relative_to(ROOT).parts)
        and (not path.is_relative_to(ROOT / "reports") or path == ROOT / "reports" / "README.md")
    )

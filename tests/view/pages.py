"""Notebooks run in this process against the made-up experiment: their real cells, without a kernel."""

from __future__ import annotations

import ast
import sys
import types
from pathlib import Path
from typing import Any

import nbformat

import simlib.view.method  # noqa: F401  before the module that it reads is replaced
from simlib.view.blocks import Block
from tests.view.synthetic import FakeExperiment

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
MODULE = "simlib.results.experiment"


def executed(name: str, folder: Path, experiment: FakeExperiment, **parameters: Any) -> Path:
    """Run a notebook's cells and write the copy with what each showed."""
    book = nbformat.read(NOTEBOOKS / name, as_version=4)
    module = types.ModuleType(MODULE)
    module.open_experiment = lambda folder: experiment  # type: ignore[attr-defined]
    before, sys.modules[MODULE] = sys.modules.get(MODULE), module
    scope: dict[str, Any] = {}
    try:
        for cell in book.cells:
            if cell.cell_type == "code":
                shown = _run(cell.source, scope)
                if "parameters" in cell.metadata.get("tags", []):
                    scope.update(parameters)
                if isinstance(shown, Block):
                    cell.outputs = [
                        nbformat.v4.new_output("execute_result", shown._repr_mimebundle_(), execution_count=1)
                    ]
    finally:
        del sys.modules[MODULE]
        if before is not None:
            sys.modules[MODULE] = before
    path = folder / name
    nbformat.write(book, path)
    return path


def _run(source: str, scope: dict[str, Any]) -> Any:
    """Execute a cell and return the value of its last expression, as a kernel would show it."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), scope)
    return (
        eval(compile(ast.Expression(last.value), "<cell>", "eval"), scope)
        if isinstance(last, ast.Expr)
        else None
    )

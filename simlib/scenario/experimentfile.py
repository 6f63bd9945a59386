"""Experiment files: a base scenario, axes of alternatives, views that combine them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

from simlib.designs import KEYS as DESIGN_KEYS
from simlib.designs import read_design
from simlib.scenario.choices import SHARED
from simlib.scenario.parts import Cell, Experiment, Frozen, Text, parameter_names
from simlib.scenario.reading import NOTHING, Reader, given, is_parameter, opened
from simlib.scenario.scenariofile import load_scenario
from simlib.yamlfile import nearest

_KEYS = ("kind", "title", "question", "base", "axes", "views", "notes", "goal")
_ID = re.compile(r"\w[\w.%+-]{0,63}")
"""Ids of axes, alternatives and views: results and pages are named by them."""


def load_experiment(path: Path | str, overrides: Sequence[str] = ()) -> Experiment:
    """The experiment of a file, with overrides put into its base. Raises ScenarioError with every problem.

    A scenario file is taken as an experiment of one cell.
    """
    file = Path(path)
    content, reader = opened(file, _Reader, "experiment", _KEYS, also="scenario")
    if content.get("kind") == "scenario":
        scenario = load_scenario(file, overrides)
        cell = Cell(scenario.id, "grid", NOTHING, NOTHING, scenario)
        return Experiment(scenario.id, scenario.title, NOTHING, file, scenario, (cell,), ())
    base_tree = reader.tree(given(content, "base", {}), ("base",))
    reader.override(base_tree, overrides)
    base = reader.scenario(base_tree, file.stem, content.get("title"), file, ("base",))
    if base is None:
        reader.finish()
    axes = reader.axes(given(content, "axes", []))
    cells: list[Cell] = []
    views = reader.views(given(content, "views", []), axes)
    notes = reader.texts(given(content, "notes", []), "notes")
    asked = given(content, "question", None)
    question = NOTHING if asked is None else reader.text(asked, ("question",))
    for view in views:
        for values in itertools.product(*(axes[name] for name in view["axes"])):
            tree = {part: dict(items) for part, items in base_tree.items()}
            reader.stand_in_cell([*values, view])
            for each in (*values, view):
                reader.put(tree, each["set"])
            cell_id = "-".join([view["id"], *(value["id"] for value in values)])
            if cell_id in {cell.id for cell in cells}:
                reader.blame("scenario_twice", ("views",), found=cell_id)
            found = reader.scenario(tree, cell_id, content.get("title"), file)
            if found is not None:
                choices = dict(zip(view["axes"], (value["id"] for value in values), strict=True))
                titles = dict(zip(view["axes"], (value["title"] for value in values), strict=True))
                titles["view"] = view["title"]
                cells.append(Cell(cell_id, view["id"], Frozen(choices), Frozen(titles), found))
    reader.rows = {}
    goal = reader.goal(given(content, "goal", {}))
    reader.finish()
    assert base is not None
    designs = tuple(view["design"] for view in views if view["design"] is not None)
    return Experiment(file.stem, base.title, question, file, base, tuple(cells), notes, goal, designs)


class _Reader(Reader):
    """Reads axes and views besides."""

    def stand_in_cell(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """From now on, rows are those where a cell's parameters stand: in the base, or where they are set."""
        self.rows = {path[1:]: row for path, row in self.lines.items() if path[:1] == ("base",)}
        for entry in entries:
            for name in entry["set"]:
                row = self.lines.get((*entry["path"], "set", name))
                if row is not None:
                    self.rows[tuple(name.split(".", 2))] = row

    def entries(self, found: Any, path: tuple[Any, ...]) -> list[tuple[tuple[Any, ...], Mapping[str, Any]]]:
        """The entries of a list, each with its path; what is no list of mappings is a problem."""
        if not isinstance(found, list):
            self.blame("scenario_list", path)
            return []
        listed = []
        for place, entry in enumerate(found):
            if isinstance(entry, Mapping):
                listed.append(((*path, place), entry))
            else:
                self.blame("scenario_list", (*path, place))
        return listed

    def name(self, entry: Mapping[str, Any], seen: Container[str], path: tuple[Any, ...]) -> str:
        """The id of an entry; a problem where it has none, or one that was there before."""
        found = entry.get("id")
        name = str(found)
        if isinstance(found, bool) or not isinstance(found, (str, int, float)) or not _ID.fullmatch(name):
            self.blame("scenario_id", (*path, "id"), found=found)
        elif name in seen:
            self.blame("scenario_twice", (*path, "id"), found=name)
        return name

    def change(self, entry: Mapping[str, Any], path: tuple[Any, ...]) -> Mapping[str, Any]:
        """What an alternative or a view sets, by dotted name."""
        found = given(entry, "set", {})
        if not isinstance(found, Mapping) or not all(isinstance(name, str) for name in found):
            self.blame("scenario_set", (*path, "set"))
            return {}
        for name in found:
            if not is_parameter(name):
                near = nearest(name, parameter_names())
                self.blame("scenario_unknown", (*path, "set", name), name=name, near=near)
            elif name in SHARED:
                self.blame("scenario_shared", (*path, "set", name), name=name)
        return found

    def axes(self, found: Any) -> dict[str, list[dict[str, Any]]]:
        """Axes by id, each the list of its alternatives."""
        axes: dict[str, list[dict[str, Any]]] = {}
        for path, axis in self.entries(found, ("axes",)):
            self.unknown(axis, ("id", "title", "values"), path)
            if axis.get("title") is not None:
                self.text(axis["title"], (*path, "title"))
            values: dict[str, dict[str, Any]] = {}
            for here, value in self.entries(given(axis, "values", []), (*path, "values")):
                self.unknown(value, ("id", "title", "set"), here)
                name = self.name(value, values, here)
                title = self.text(value.get("title"), (*here, "title"))
                values[name] = {"id": name, "title": title, "set": self.change(value, here), "path": here}
            if not values:
                self.blame("scenario_no_values", (*path, "values"))
            axes[self.name(axis, axes, path)] = list(values.values())
        return axes

    def views(self, found: Any, axes: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Views: which axes they combine and what they set besides."""
        views: dict[str, dict[str, Any]] = {}
        for path, view in self.entries(found, ("views",)):
            self.unknown(view, ("id", "title", "axes", "set", *DESIGN_KEYS), path)
            view_id = self.name(view, views, path)
            known = self.axes_of(given(view, "axes", []), axes, (*path, "axes"))
            told = {"id": view_id, "title": self.text(view.get("title"), (*path, "title"))}
            told |= {"axes": known, "set": self.change(view, path), "path": path}
            views[view_id] = {**told, "design": read_design(view, view_id, path, self.blame)}
        if not views:
            self.blame("scenario_no_view", ("views",))
        return list(views.values())

    def axes_of(self, found: Any, axes: Mapping[str, Any], path: tuple[Any, ...]) -> list[str]:
        """The axes a view names, each once."""
        names = [str(name) for name in found] if isinstance(found, list) else [str(found)]
        for name in names:
            if name not in axes:
                self.blame("scenario_axis", path, found=name, near=nearest(name, list(axes)))
        if len(set(names)) < len(names):
            self.blame("scenario_twice", path, found=max(names, key=names.count))
        return [name for name in dict.fromkeys(names) if name in axes]

    def texts(self, found: Any, key: str) -> tuple[Text, ...]:
        """A list of texts in both languages."""
        return tuple(
            self.text(text, (key, at))
            for at, text in enumerate(found if isinstance(found, list) else [found])
        )

"""Which options are put forward: the one that leads, the cheapest beside it, the best of another formula."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from simlib.decide.compare import Standing, compared_cells
from simlib.view.contract import GRID, STATUS_QUO, ExperimentView
from simlib.view.decision import ON_TIME, options
from simlib.view.names import Names
from simlib.view.serviceproposal import NOTHING, served

MOST_OPTIONS = 3
"""Options that stand side by side, besides staying as today."""
SAME_SHARE = 1e-9
"""Shares closer than this are one: the clerks of the options are the same."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is put forward: the options in order, the recommended one first, and how it stands.

    cells: their ids; today: the cell that stays as today, if there is one. is_sure: no other option may be
    as good; is_feasible: the goal's target, if any, is met.
    """

    cells: tuple[str, ...]
    today: str
    is_sure: bool
    is_feasible: bool

    @property
    def first(self) -> str:
        """The recommended option."""
        return self.cells[0]


def chosen(experiment: ExperimentView, names: Names) -> Choice:
    """The options put forward: the one that leads, the cheapest beside it, the best under other choices.

    The second is the cheapest of those that may be as good, the third the best with another formula; the
    list is filled with the next best. An option that is another by name only is left out, and so is one that
    buys more services than its document allows. Of options whose clerks do as well, the one that meets most
    need for services stands first.
    """
    summary = experiment.summary()
    grid = options(summary, GRID).dropna(subset=[ON_TIME])
    if grid.empty:
        grid = options(summary, next(iter(names.views))).dropna(subset=[ON_TIME])
    services = served(experiment, names)
    bought = [services.get(cell, NOTHING) for cell in grid["scenario"]]
    grid["met"] = [each.met_share for each in bought]
    grid["money_yuan"] = grid["cost_yuan"] + [each.paid_yuan for each in bought]
    lawful = [each.is_lawful for each in bought]
    grid = grid[lawful] if any(lawful) else grid
    seen = experiment.by_replication(ON_TIME)
    aim = replace(experiment.goal, measure=ON_TIME)
    found = compared_cells(seen[seen["scenario"].isin(grid["scenario"])], aim)
    ranked = grid.sort_values([ON_TIME, "met"], ascending=False, kind="stable")
    leading = _leading(ranked, found.leading)
    same = {each.option for each in found.of(Standing.SAME)}
    alike = [each.option for each in found.of(Standing.ALIKE)]
    rest = ranked[~ranked["scenario"].isin({leading, *same})]
    by_cost = rest[rest["scenario"].isin(alike)].sort_values("money_yuan", kind="stable")
    formula = names.keys[leading][0]
    other = rest[rest["formula"] != formula]
    wanted = [leading, *by_cost["scenario"][:1], *other["scenario"][:1], *rest["scenario"]]
    today = next(iter(names.views.get(STATUS_QUO, ())), "")
    cells = tuple(dict.fromkeys(str(cell) for cell in wanted))[:MOST_OPTIONS]
    return Choice(cells, today, found.is_settled, bool(found.leading))


def _leading(ranked: pd.DataFrame, found: str) -> str:
    """Of the options that decide as many in time as the one that leads, the one that meets most need."""
    first = ranked[ranked["scenario"] == (found or ranked["scenario"].iloc[0])].iloc[0]
    close = (ranked[ON_TIME] - first[ON_TIME]).abs() < SAME_SHARE
    return str(ranked[close & (ranked["formula"] == first["formula"])]["scenario"].iloc[0])

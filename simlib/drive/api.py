"""What a notebook calls: the law as tables, posts of a place, a simulation with its summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from simlib.drive import workspace
from simlib.places.place import Place, load_place
from simlib.policy.explain import formulas_table
from simlib.policy.staffing import required_posts
from simlib.policy.statutes import load_law
from simlib.results import measures, store
from simlib.runs.runner import run_scenarios, setting_of
from simlib.scenario import Scenario, load_scenario


def formulas(lang: str | None = None) -> pd.DataFrame:
    """Every formula of the law, one row each, as `simlib formulas` prints them."""
    return formulas_table(load_law(), lang)


def staffing(
    place: Place | Path | str,
    formula: str,
    *,
    reading: Mapping[str, str] | None = None,
    levels: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Posts a formula asks for in a place, by office, as `simlib staffing` prints them."""
    home = place if isinstance(place, Place) else load_place(place)
    return required_posts(home, formula, law=load_law(), reading=reading, levels=levels)


def simulate(
    scenario: Scenario | Path | str,
    *,
    replications: int | None = None,
    workers: int | None = None,
    out: Path | None = None,
) -> pd.DataFrame:
    """Every measure of a scenario: measure, year (0 = the whole plan), mean, low, high, n.

    What is stored under `out` (default: the workspace's reports) is not simulated again.
    """
    if isinstance(scenario, Scenario):
        chosen, home = scenario, workspace.workspace_of(scenario.place)
    else:
        chosen, home = load_scenario(scenario), workspace.workspace_of(Path(scenario))
    if replications is not None:
        chosen = replace(chosen, run=replace(chosen.run, replications=replications))
    law = workspace.law_paths(home, [])
    folder = (out or home / "reports" / chosen.id) / "data"
    stored = run_scenarios([chosen], folder, workers=workers, law_paths=law)[0]
    setting = setting_of(chosen, law)
    frames = measures.Frames.of(
        store.load_run(stored.folder, stored.replications),
        first_year=chosen.run.first_year,
        posts_existing=setting.posts_existing,
        posts_gap=setting.posts_gap,
    )
    return measures.summary(frames)

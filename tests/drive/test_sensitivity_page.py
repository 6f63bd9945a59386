"""Designs from the file to the page: simulated, kept, read again; what commands found stands beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simlib import words
from simlib.decide import outcomes
from simlib.drive.cli import main
from simlib.drive.remake import executed
from simlib.results.experiment import ExperimentResults, open_experiment
from simlib.results.findings import FLIP, FUTURES, ONE_AT_A_TIME, Finding, files, keep, kept
from simlib.results.spreads import StoredSpread, open_spreads
from simlib.view import sensitivityfacts
from simlib.view.names import names_of
from tests.drive.test_plan import EXPERIMENT, workspace
from tests.small import ROOT

DESIGNED = (
    EXPERIMENT[: EXPERIMENT.index("views:")]
    + """\
views:
  - id: grid
    title: {zh: 比较, en: Compared}
    axes: [formula]
    design: one_at_a_time
    over: [minutes.home_visit]
  - id: spread
    title: {zh: 散布, en: Spread}
    axes: [formula]
    design: latin_hypercube
    points: 8
    over: [minutes.home_visit, flow.enquiries_per_household]
"""
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small experiment with two designs, simulated."""
    file = workspace(tmp_path_factory.mktemp("designed"))
    file.write_text(DESIGNED, "utf-8")
    with words.speaking("en"):
        assert main(["plan", str(file), "--no-notebooks", "--workers", "1"]) == 0
    return file.parents[1] / "reports" / "small"


@pytest.fixture(scope="module")
def experiment(folder: Path) -> ExperimentResults:
    return open_experiment(folder)


def spread(folder: Path, kind: str) -> StoredSpread:
    return next(each for each in open_spreads(folder) if each.kind == kind)


@pytest.mark.slow
def test_points_are_no_options(experiment: ExperimentResults) -> None:
    """Pages, choices and forms go by the options as they stand."""
    assert [cell.id for cell in experiment.cells()] == [
        *("grid-guangdong", "grid-hainan", "spread-guangdong", "spread-hainan")
    ]


@pytest.mark.slow
def test_moves_are_paired_differences_from_the_option_as_it_stands(
    folder: Path, experiment: ExperimentResults
) -> None:
    """Longer home visits cannot make decisions earlier; the base is the cell's own value."""
    moves = outcomes.moved(experiment, spread(folder, "one_at_a_time"), "on_time_share")
    seen = experiment.by_replication("on_time_share").groupby("scenario")["value"].mean()
    long = moves[moves["end"] == 90]

    assert len(moves) == 4
    assert (long["mean"] <= 0).all()
    assert list(long["stands"]) == pytest.approx([seen["grid-guangdong"], seen["grid-hainan"]])


@pytest.mark.slow
def test_ranks_and_regret_come_from_the_same_points(folder: Path, experiment: ExperimentResults) -> None:
    """Both options meet the same eight futures."""
    cube = spread(folder, "latin_hypercube")
    ranks = outcomes.rank_table(experiment, cube, "on_time_share")
    regret = outcomes.regret_table(experiment, cube, "on_time_share")

    assert set(ranks["points"]) == {8}
    assert np.isfinite(ranks["partial"]).all()
    assert set(regret["option"]) == {"spread-guangdong", "spread-hainan"}
    assert (regret["regret"] >= 0).all()
    assert regret["best_share"].sum() >= 1


@pytest.mark.slow
def test_the_page_is_made_from_what_is_kept(folder: Path, tmp_path: Path) -> None:
    """In both languages, every section with its content or the command for it."""
    for lang in ("zh", "en"):
        parameters = {"experiment_folder": str(folder), "lang": lang}
        copy = executed(ROOT / "notebooks" / "sensitivity.ipynb", parameters, tmp_path / f"{lang}.ipynb")
        text = copy.read_text("utf-8")

        assert all(f'id=\\"{name}\\"' in text for name in ("tornado", "indices", "regret", "flip"))
        assert "simlib compare" in text


def test_a_finding_is_kept_in_the_same_bytes_and_read_again(tmp_path: Path) -> None:
    """Deterministic, one file a kind and option, in place of the earlier one."""
    table = pd.DataFrame({"key": ["a", "b"], "mean": [0.1, float("nan")]})
    finding = Finding(ONE_AT_A_TIME, "grid-one", {"replications": 2, "cells": {"grid-one": "ab"}}, table)
    first = keep(tmp_path, finding).read_bytes()

    assert keep(tmp_path, finding).read_bytes() == first
    keep(tmp_path, Finding(FLIP, "", {"measure": "cost_yuan"}, table.iloc[:0]))
    assert [path.name for path in files(tmp_path)] == ["flip.json", "one_at_a_time-grid-one.json"]
    (again,) = kept(tmp_path, ONE_AT_A_TIME)
    pd.testing.assert_frame_equal(again.table, table)
    assert kept(tmp_path, FUTURES) == []
    assert list(kept(tmp_path, FLIP)[0].table.columns) == ["key", "mean"]


@pytest.mark.slow
def test_what_commands_find_is_kept_and_shown_until_the_options_change(
    folder: Path, experiment: ExperimentResults
) -> None:
    """`compare --flip` and `run --one-at-a-time` leave their tables; other options make them stale."""
    file = folder.parents[1] / "scenarios" / "small.yaml"
    where = ["--out", str(folder), "--workers", "1"]
    with words.speaking("en"):
        assert main(["compare", str(file), "--view", "grid", "--flip", "minutes.home_visit", *where]) == 0
        one = ["--one-at-a-time", "quits.contract_per_year", "--cell", "grid-hainan", *where]
        assert main(["run", str(file), *one]) == 0
    found = sensitivityfacts.gathered(experiment, names_of(experiment, "en"))

    assert found.flips is not None
    assert found.stale == []
    quits = found.moves[found.moves["key"] == "future.assumptions.quits.contract_per_year"]
    assert list(quits["option"]) == ["grid-hainan", "grid-hainan"]
    flip = kept(folder, FLIP)[0]
    keep(folder, Finding(FLIP, "", {**flip.asked, "cells": {"grid-hainan": "other"}}, flip.table))
    changed = sensitivityfacts.gathered(experiment, names_of(experiment, "en"))
    assert (changed.flips, list(changed.stale)) == (None, [FLIP])

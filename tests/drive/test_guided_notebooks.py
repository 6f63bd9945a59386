"""The guided notebooks: each runs from top to bottom, in both languages, on one's own place, too."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from simlib import words
from simlib.drive.api import funding
from simlib.drive.notebooks import NotebookRun, Outcome, run_notebooks
from simlib.places.importing import import_place, inspect
from simlib.policy.statutes import HOME, law_near
from simlib.results.experiment import open_experiment
from simlib.results.keptlaw import keep_law
from simlib.view.budgeting import under_caps
from simlib.view.names import names_of
from simlib.view.report import render
from tests.drive.test_notebooks import NOTEBOOKS
from tests.places.sheets import SHEETS, A, written

SECTIONS = {
    "explore": ("look", "look_assumed", "look_gaps", "look_loads", "look_cliffs"),
    "budget": ("under_caps", "money", "ledger", "post_steps"),
    "report": ("decision", "filing", "filing_forms", "filing_shown", "filing_commands"),
}
TABLES = {
    "explore": ("families", "assumed", "gaps", "cliffs"),
    "budget": ("under-caps", "by-source"),
    "report": ("forms", "commands"),
}
READ: tuple[tuple[str, words.Lang], ...] = (
    ("explore", "zh"),
    ("explore", "en"),
    ("budget", "zh"),
    ("report", "en"),
)
"""Notebooks and the language each is run in: all of them, both languages, no more starts than that needs."""


@pytest.fixture(scope="module")
def own_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place imported from a sheet of one's own."""
    folder = tmp_path_factory.mktemp("own")
    preview = inspect(written(SHEETS["a total at the end"], folder / "表.xlsx"))
    import_place(preview, folder / "mine", id="mine", title={"zh": "我的区", "en": "My district"})
    return folder / "mine"


@pytest.fixture(scope="module")
def executed(
    small_run: Path, own_place: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Outcome]:
    """Every guided notebook run, by its name and language."""
    given: dict[str, dict[str, Any]] = {
        "explore": {"place": str(own_place), "formula": "leshan-2020"},
        "budget": {"experiment_folder": str(small_run), "caps_wan": [10, 30]},
        "report": {"experiment_folder": str(small_run)},
    }
    runs = [
        NotebookRun(f"{name}.{lang}", NOTEBOOKS / f"{name}.ipynb", {**given[name], "lang": lang})
        for name, lang in READ
    ]
    out = tmp_path_factory.mktemp("guided")
    return {outcome.name: outcome for outcome in run_notebooks(runs, out, data_digest="")}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "lang"), READ)
def test_a_guided_notebook_runs_from_top_to_bottom(
    name: str, lang: words.Lang, executed: dict[str, Outcome], tmp_path: Path
) -> None:
    """Every step is there with its table, in the language asked for alone."""
    outcome = executed[f"{name}.{lang}"]
    assert outcome.error == ""
    page = render(outcome.path, tmp_path / "p.html", lang=lang, title="T").read_text("utf-8")
    other = "en" if lang == "zh" else "zh"
    cells = nbformat.read(outcome.path, as_version=4).cells
    told = [cell.source for cell in cells if cell.metadata.get("tags") == [lang]]
    foreign = [cell.source for cell in cells if cell.metadata.get("tags") == [other]]

    assert [section for section in SECTIONS[name] if f'<h2 id="{section}">' not in page] == []
    assert [table for table in TABLES[name] if f'data-claim="{table}"' not in page] == []
    assert len(told) == len(foreign) >= 3
    assert [text for text in foreign if text[:12] in page] == []


@pytest.mark.slow
def test_ones_own_place_is_told_as_it_was_imported(executed: dict[str, Outcome], small_run: Path) -> None:
    """Its name and township; and the forms of the run lie in its folder."""
    text = executed["explore.zh"].path.read_text("utf-8")

    assert "我的区" in text
    assert A in text
    assert len(list((small_run / "forms").glob("*.xlsx"))) >= 7


@pytest.mark.parametrize("name", SECTIONS)
def test_the_start_notebook_names_the_way_on(name: str) -> None:
    """A planner who opens the first finds the others."""
    assert f"({name}.ipynb)" in (NOTEBOOKS / "start.ipynb").read_text("utf-8")


@pytest.mark.slow
def test_posts_under_a_cap_are_those_of_the_funding_table(small_run: Path) -> None:
    """The notebook and `simlib staffing --fund fixed` are one rule."""
    experiment = open_experiment(small_run)
    block = under_caps(experiment, [10, 30, 0], names_of(experiment, "en"))
    paid = {
        (formula, cap): funding(experiment.place, formula, "fixed", cap_yuan=cap * 10_000, price_yuan=60_000)
        .table["posts_funded"]
        .sum()
        for formula in ("guangdong-2019", "hainan-2n")
        for cap in (10, 30)
    }
    lines = [line.split() for line in block.text.splitlines()]
    shown = {
        line[0]: [float(cell) for cell in line[-4:]]
        for line in lines
        if line[:1] in (["Guangdong"], ["Hainan"])
    }

    assert [shown["Guangdong"][0], shown["Guangdong"][2]] == [paid["guangdong-2019", cap] for cap in (10, 30)]
    assert [shown["Hainan"][0], shown["Hainan"][2]] == [paid["hainan-2n", cap] for cap in (10, 30)]


def test_a_budget_knows_the_law_its_run_was_read_by(small_run: Path, tmp_path: Path) -> None:
    """A formula of one's own counts here as it did in the run, also where the workspace's law has changed."""
    shutil.copytree(small_run.parents[1], tmp_path / "mine")
    shipped, formula = HOME / "formulas", "guangdong-2019"
    folder = tmp_path / "mine" / "reports" / small_run.name
    names = names_of(open_experiment(folder), "en")
    before = under_caps(open_experiment(folder), [10], names).html
    own = (shipped / "leshan-2020.yaml").read_text("utf-8")
    own = own.replace("id: leshan-2020", f"id: {formula}\nreplaces: {formula}")
    (tmp_path / "mine" / "scenarios" / "law").mkdir(exist_ok=True)
    (tmp_path / "mine" / "scenarios" / "law" / "own.yaml").write_text(own, "utf-8")

    assert under_caps(open_experiment(folder), [10], names).html == before

    file = folder / "data" / "experiment.json"
    facts = json.loads(file.read_text("utf-8"))
    facts["law"] = keep_law([tmp_path / "mine" / "scenarios" / "law"], folder / "data")
    file.write_text(json.dumps(facts), "utf-8")

    assert under_caps(open_experiment(folder), [10], names).html != before
    assert law_near(folder).formula(formula).file.endswith("own.yaml")
    assert not law_near(Path("/")).formula(formula).file.endswith("own.yaml")

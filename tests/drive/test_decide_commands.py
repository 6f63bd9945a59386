"""`simlib compare` and `simlib runs` on an experiment that really runs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

import simlib
from simlib import words
from simlib.decide.compare import compared
from simlib.drive.cli import main
from simlib.drive.decidecommands import conclusion
from simlib.errors import ScenarioError
from simlib.results.experiment import open_experiment
from simlib.scenario import Goal
from tests.drive.test_plan import workspace
from tests.small import place, stored


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small experiment, two replications simulated."""
    found = workspace(tmp_path_factory.mktemp("decide"))
    with words.speaking("en"):
        assert main(["plan", str(found), "--no-notebooks", "--workers", "1"]) == 0
    return found


def _rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[list[dict[str, Any]], str]:
    capsys.readouterr()
    assert main([*arguments, "--format", "json"]) == 0
    told = capsys.readouterr()
    rows: list[dict[str, Any]] = json.loads(told.out)
    return rows, told.err


@pytest.mark.slow
def test_compare_prints_paired_differences_and_the_decision(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One row an option of the view; the difference is that of the replications, pair by pair."""
    rows, told = _rows(capsys, "compare", str(file), "--workers", "1", "--measure", "cost_yuan")
    seen = open_experiment(file.parents[1] / "reports" / "small").by_replication("cost_yuan")
    values = seen.pivot(index="replication", columns="scenario", values="value")
    lead = next(row["cell"] for row in rows if row["standing"] == "leads")

    assert [row["cell"] for row in rows] == [
        f"grid-{formula}-{money}" for formula in ("guangdong", "hainan") for money in ("needed", "some")
    ]
    for row in rows:
        assert row["behind"] == pytest.approx((values[row["cell"]] - values[lead]).mean())
        assert row["few"]
    assert min(row["mean"] for row in rows) == next(row["mean"] for row in rows if row["cell"] == lead)
    assert "Fewer than 20 replications" in told


@pytest.mark.slow
def test_python_compares_as_the_command_does(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a notebook the same table; an experiment already loaded, or its file."""
    rows, _ = _rows(capsys, "compare", str(file), "--workers", "1", "--measure", "cost_yuan")
    found = simlib.compare(simlib.load_experiment(file), measure="cost_yuan", workers=1)

    assert found["cell"].tolist() == [row["cell"] for row in rows]
    assert found["behind"].tolist() == pytest.approx([row["behind"] for row in rows])
    assert found.equals(simlib.compare(file, measure="cost_yuan", workers=1))
    with pytest.raises(ScenarioError, match="cost_yuann"):
        simlib.compare(file, measure="cost_yuann")


def test_what_is_found_worse_is_told_with_what_may_not_have_been_seen() -> None:
    """Twenty replications say nothing of what happens in one of a hundred."""
    values = {"a": [0.9 + step / 1000 for step in range(20)], "b": [0.5] * 20}
    with words.speaking("en"):
        lines = conclusion(compared(values), Goal())

    assert lines[-1].startswith("20 replications: what happens in fewer than about one in 7")


@pytest.mark.parametrize("count", [0, -3, 1.5, True])
def test_replications_that_cannot_be_are_refused(tmp_path: Path, count: Any) -> None:
    """None at all would otherwise end deep in the store."""
    stored(place(), tmp_path / "home")
    (tmp_path / "small.yaml").write_text("kind: scenario\nplace: home\n", "utf-8")

    with pytest.raises(ScenarioError, match="replications"):
        simlib.simulate(tmp_path / "small.yaml", replications=count)


def test_no_difference_seen_is_no_difference_of_nothing() -> None:
    """Two options with the same figure in every replication may still differ in what happens seldom."""
    found = compared({"one": [0.9] * 20, "other": [0.9] * 20}, paths={"one": 1, "other": 2})
    with words.speaking("en"):
        lines = conclusion(found, Goal())

    assert "No difference from it was seen in any of 20 replications: other" in lines[1]
    assert not any("below 0" in line for line in lines)


@pytest.mark.slow
def test_compare_says_which_options_meet_the_target(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two replications can decide nothing about 95 %, and the command says so."""
    rows, told = _rows(capsys, "compare", str(file), "--workers", "1", "--target", "0.5")

    assert {row["target"] for row in rows} == {"undecided"}
    assert {row["target_met"] for row in rows} == {2}
    assert "cannot be said yet" in told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--measure", "on_time", "on_time_share"),
        ("--target-measure", "nothing", "on_time_share"),
        ("--demand", "1.5", "--demand"),
        ("--view", "gird", "grid"),
        ("--target", "95", "0.95"),
        ("--measure", "on_time_shar", "did you mean on_time_share?"),
        ("--confirm", "-1", "--confirm"),
        ("--rare-loss", "1.5", "--rare-loss"),
        ("--rivals", "0", "--rivals"),
        ("--budget", "0", "--budget"),
    ],
)
def test_a_goal_that_means_nothing_is_refused(
    file: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, told: str
) -> None:
    """Exit 2 with what there is, before anything is simulated."""
    assert main(["compare", str(file), option, value]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.slow
def test_a_goal_of_the_experiment_is_read_and_checked(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A typing error in the goal must not become a decision on something else."""
    text = file.read_text("utf-8")
    good, bad = file.with_name("aimed.yaml"), file.with_name("wrong.yaml")
    good.write_text(text + "goal: {target: 0.5, demand: 0.2, confidence: 0.6}\n", "utf-8")
    bad.write_text(text + "goal: {taget: 0.5}\n", "utf-8")

    assert main(["check", str(bad)]) == 2
    assert "target" in capsys.readouterr().err
    rows, _ = _rows(capsys, "compare", str(good), "--workers", "1", "--replications", "2")
    assert {row["target"] for row in rows} == {"feasible"}


@pytest.mark.slow
def test_choosing_adds_replications_and_confirms_on_fresh_chance(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole way: first stage, choice, another seed."""
    options = ["--choose", "--confirm", "2", "--most", "20", "--indifference", "0.2", "--workers", "1"]
    rows, told = _rows(capsys, "compare", str(file), *options)
    lead = next(row for row in rows if row["standing"] == "leads")

    assert {row["replications"] for row in rows} == {20}
    assert f"Chosen: {lead['cell']}" in told
    assert lead["fresh_mean"] is not None
    assert "fresh chance" in told
    assert "no more than 50%" in told

    bold = file.with_name("bold.yaml")
    bold.write_text(file.read_text("utf-8") + "goal: {rare_loss: 0.25}\n", "utf-8")
    for source, asked, share in ((bold, [], "25%"), (bold, ["--rare-loss", "0.1"], "10%")):
        assert f"no more than {share}" in _rows(capsys, "compare", str(source), *options, *asked)[1]


@pytest.mark.slow
def test_runs_lists_what_is_stored(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One row a cell, with the hash that other commands take and the replications there are."""
    reports = file.parents[1] / "reports"
    rows, _ = _rows(capsys, "runs", "--reports", str(reports))
    mine = [row for row in rows if row["experiment"] == "small"]

    assert [row["cell"] for row in mine][:2] == ["status_quo", "grid-guangdong-needed"]
    assert all(row["replications"] >= 2 and len(row["hash"]) == 16 for row in mine)


@pytest.mark.slow
def test_runs_sets_runs_side_by_side_pair_by_pair(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run against itself differs by nothing; one on the same chance is paired with the first."""
    reports = file.parents[1] / "reports"
    listed, _ = _rows(capsys, "runs", "--reports", str(reports))
    hashes = {row["cell"]: row["hash"] for row in listed if row["experiment"] == "small"}
    one, other = hashes["status_quo"], hashes["grid-hainan-needed"]
    rows, told = _rows(capsys, "runs", one[:8], other, "--reports", str(reports), "--measure", "posts_filled")
    _, long = _rows(capsys, "runs", one[:8], "--reports", str(reports), "--measure", "wait_days_mean")

    assert [row["hash"] for row in rows] == [one, other]
    assert rows[0]["difference"] == 0
    assert "longer ones as 61" in long and "61" not in told
    assert rows[1]["difference"] == pytest.approx(rows[1]["mean"] - rows[0]["mean"])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["abc", "ffffffffffff"])
def test_a_run_nobody_stored_is_named(file: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Too few digits, or a hash of nothing here."""
    assert main(["runs", name, "--reports", str(file.parents[1] / "reports")]) == 2
    assert name in capsys.readouterr().err


@pytest.mark.slow
def test_csv_holds_the_same_rows(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """stdout holds the data only."""
    capsys.readouterr()
    assert main(["compare", str(file), "--workers", "1", "--replications", "1", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))

    assert len(rows) == 4
    assert rows[1]["behind_low"] == ""


@pytest.mark.slow
def test_flips_are_searched_and_named_by_key(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every row is a world in which another option led; without one, that is said."""
    options = ["--flip", "quits.contract_per_year", "--rivals", "1", "--workers", "1"]
    rows, told = _rows(capsys, "compare", str(file), *options)

    assert "Recommended: grid-" in told
    assert rows or "no change of one or two overturns" in told
    for row in rows:
        assert row["overturned_by"] != row["recommended"]
        assert row["key"].startswith(("quits.", "reading."))
        assert 0 < row["part_of_range"] <= 1


@pytest.mark.slow
def test_regret_is_told_over_the_futures_of_an_axis(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Any axis may hold the futures; an option is what the other axes choose."""
    rows, _ = _rows(capsys, "compare", str(file), "--workers", "1", "--futures", "money")

    assert sorted(row["option"] for row in rows) == ["guangdong", "hainan"]
    assert {row["regret_future"] for row in rows} <= {"needed", "some"}
    assert all(row["regret"] >= 0 for row in rows)
    assert main(["compare", str(file), "--workers", "1", "--futures", "weather"]) == 2

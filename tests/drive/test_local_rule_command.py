"""A planner's own local rule: checked, named in a scenario, told in the trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from simlib.drive.cli import main
from simlib.errors import InputError
from simlib.scenario import load_scenario
from tests.drive.test_cli import SCENARIO
from tests.policy.lawfiles import write_local_rule
from tests.small import place, stored

STOPS = '{route: dibao_application, article: "12", stops: [clocks.dibao.notice_days]}'


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with a small place, a rule and a scenario that names it."""
    (tmp_path / "scenarios" / "law").mkdir(parents=True)
    stored(place(), tmp_path / "scenarios" / "place")
    write_local_rule(tmp_path / "scenarios" / "law", STOPS)
    content = SCENARIO.replace("policy: {", "policy: {local_rule: ours, roll: no, ")
    assert "local_rule" in content
    (tmp_path / "scenarios" / "small.yaml").write_text(content, "utf-8")
    return tmp_path


def test_a_rule_is_checked_with_the_law_and_with_the_scenario_that_names_it(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both are good; a misspelt route is one line, with file and row, from either."""
    law, scenario = workspace / "scenarios" / "law", workspace / "scenarios" / "small.yaml"
    assert main(["check", str(law)]) == 0
    assert main(["check", str(scenario)]) == 0
    capsys.readouterr()
    write_local_rule(law, STOPS.replace("dibao_application", "dibao_aplication"))

    for path in (law, law / "ours.yaml", scenario):
        assert main(["check", str(path)]) == 2
        told = capsys.readouterr().err
        assert told.count("\n") == 1
        assert "ours.yaml, row 16" in told
        assert "dibao_application" in told


def test_a_rule_nobody_wrote_is_named_with_the_nearest(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, one line, no traceback."""
    scenario = workspace / "scenarios" / "small.yaml"
    scenario.write_text(scenario.read_text("utf-8").replace("local_rule: ours", "local_rule: our"), "utf-8")

    assert main(["check", str(scenario)]) == 2
    told = capsys.readouterr().err
    assert "ours" in told and "Traceback" not in told


def test_yes_and_no_may_be_written_as_yaml_reads_them(workspace: Path) -> None:
    """`roll: no` is a truth value to YAML, and a word on the command line."""
    scenario = workspace / "scenarios" / "small.yaml"

    assert load_scenario(scenario).policy.roll == "no"
    assert load_scenario(scenario, ["policy.roll=yes"]).policy.roll == "yes"
    with pytest.raises(InputError):
        load_scenario(scenario, ["policy.roll=perhaps"])


def test_the_trace_shows_what_stopped_the_clock_and_by_which_article(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A jurist sees the rule on the line of what stopped, the days, and the due day they moved."""
    scenario, out = workspace / "scenarios" / "small.yaml", workspace / "out"
    assert main(["run", str(scenario), "--out", str(out), "--workers", "1"]) == 0
    capsys.readouterr()
    assert main(["trace", str(out), "--format", "csv"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if "dibao_application" in line]
    told = ""
    for row in rows[:20]:
        assert main(["trace", str(out), row.split(",")[0]]) == 0
        said = capsys.readouterr()
        told = said.out + said.err
        if "stood still" in told:
            break

    assert "by a local rule the term stood still for 5 working days" in told
    assert "term stands still" in told
    assert "5 working days (Our rule art. 12)" in told

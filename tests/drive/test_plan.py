"""The main job from an experiment file to pages, whole and after a kill."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.small import place, stored

EXPERIMENT = """\
kind: experiment
title: {zh: 小试验, en: Small experiment}
question: {zh: 哪个好, en: Which is better}
base:
  place: places/small
  policy: {price_yuan: 60000}
  run: {years: 1, opening_months: 2, replications: 2}
axes:
  - id: formula
    title: {zh: 标准, en: Formula}
    values:
      - {id: guangdong, title: {zh: 广东, en: Guangdong}, set: {policy.formula: guangdong-2019}}
      - {id: hainan, title: {zh: 海南, en: Hainan}, set: {policy.formula: hainan-2n}}
  - id: money
    title: {zh: 经费, en: Money}
    values:
      - {id: needed, title: {zh: 足额, en: In full}, set: {policy.money: none}}
      - {id: some, title: {zh: 三十万, en: Some}, set: {policy.money: fixed, policy.cap_yuan: 300000}}
views:
  - {id: status_quo, title: {zh: 维持现状, en: As today}, axes: []}
  - {id: grid, title: {zh: 比较, en: Compared}, axes: [formula, money]}
  - id: equal_money
    title: {zh: 同样多的钱, en: The same money}
    axes: [formula]
    set: {policy.money: fixed, policy.cap_yuan: 300000, policy.spend: all}
"""


ONE_FORMULA = "".join(line for line in EXPERIMENT.splitlines(keepends=True) if "hainan" not in line)


def workspace(folder: Path, text: str = EXPERIMENT) -> Path:
    """A workspace with the small experiment, or another text of it; its file."""
    scenarios = folder / "scenarios"
    stored(place(), scenarios / "places" / "small")
    file = scenarios / "small.yaml"
    file.write_text(text, "utf-8")
    return file


def plan(file: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start `simlib plan` as a person would."""
    command = [sys.executable, "-m", "simlib", "plan", str(file), "--workers", "2", *arguments]
    environment = {**os.environ, "SIMLIB_LANG": "en"}
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )


def data(folder: Path) -> dict[str, bytes]:
    """Stored tables and facts, by relative name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in (folder / "data").rglob("*")
        if path.is_file()
    }


@pytest.mark.slow
def test_a_plan_becomes_pages_that_can_be_sent(tmp_path: Path) -> None:
    """Index, comparison and a page for each option; no address of another machine and no path of this one."""
    file = workspace(tmp_path, ONE_FORMULA)
    running = plan(file)
    said, errors = running.communicate(timeout=400)
    folder = tmp_path / "reports" / "small"
    pages = sorted(page.name for page in folder.glob("*.html"))

    assert running.returncode == 0, errors
    assert str(folder / "index.html") in said
    assert "4 options × 2 replications, 7 pages, 0 failed" in errors
    assert len(pages) == 7
    for page in pages:
        text = (folder / page).read_text("utf-8")
        assert str(tmp_path) not in text
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text)
        assert "内部测算" in text


@pytest.mark.slow
def test_a_plan_killed_anywhere_is_finished_by_calling_it_again(tmp_path: Path) -> None:
    """kill −9 in the middle; the second call keeps every finished piece and ends with the same data."""
    undisturbed = workspace(tmp_path / "a", ONE_FORMULA)
    assert plan(undisturbed, "--no-notebooks", "--workers", "1").wait(timeout=400) == 0
    killed = workspace(tmp_path / "b", ONE_FORMULA)
    running = plan(killed, "--no-notebooks")
    folder = tmp_path / "b" / "reports" / "small"
    until = time.monotonic() + 200
    while not list(folder.glob("data/*/**/manifest.json")) and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    kept = {piece: piece.stat().st_mtime_ns for piece in folder.glob("data/openings/*/*.feather")}
    again = plan(killed, "--no-notebooks")

    assert again.wait(timeout=400) == 0
    assert kept
    assert all(piece.stat().st_mtime_ns == when for piece, when in kept.items())
    left = {name: content for name, content in data(folder).items() if ".part" not in name}
    assert left == data(tmp_path / "a" / "reports" / "small")

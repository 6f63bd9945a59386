"""The main job: an experiment file becomes simulated results and a folder of pages that can be sent on.

Everything done is kept: called again after a kill, it goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simlib import words
from simlib.decide.points import Spread, spreads
from simlib.desks.engines import default_engine
from simlib.drive import paper, workspace
from simlib.drive.pages import RESERVED, Wanted, write_pages
from simlib.drive.seal import seal
from simlib.drive.status import SIMULATING, Status
from simlib.drive.timing import Timer
from simlib.errors import LawError, Problem, RunError, ScenarioError
from simlib.places.completion import SHARED_PURSE
from simlib.places.unmanned import some_of, where_nobody
from simlib.policy.notyet import not_yet
from simlib.policy.procedure import PURCHASED, VILLAGE
from simlib.policy.staffing import required_posts
from simlib.results.experiment import ExperimentResults, check_goal, open_experiment
from simlib.results.facts import grounds_of, save_experiment
from simlib.results.spreads import form_spreads, save_spreads
from simlib.runs.runner import default_workers, run_scenarios
from simlib.runs.settings import setting_of
from simlib.scenario import Cell, Experiment, load_experiment, rows_of
from simlib.yamlfile import shown_path
from simlib.years.setting import Setting

if TYPE_CHECKING:
    from simlib.view.contract import Edition

Say = Callable[[str], None]
WORKLOAD = "wisn-workload"
"""The formula that reckons posts from work."""
_QUIET_SECONDS = 10
"""Before this nobody knows how long it will take."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to make of an experiment: where, which pages, with how many workers."""

    file: Path
    out: Path | None = None
    overrides: Sequence[str] = ()
    replications: int | None = None
    workers: int | None = None
    lang: str = "zh"
    edition: Edition = "internal"
    pdf: bool = False
    notebooks: bool = True
    fresh: bool = False
    engine: str | None = None
    law: Sequence[str] = ()
    cluster: str | None = None


@dataclass(slots=True)
class Made:
    """What came of it. failed: names of options and notebooks that failed, with their errors."""

    folder: Path
    index: Path | None
    experiment: ExperimentResults
    failed: list[tuple[str, str]] = field(default_factory=list)
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """An experiment ready to run: its cells' settings, the points of its designs, where everything goes."""

    plan: Experiment
    settings: dict[str, Setting]
    folder: Path
    workspace: Path
    law_paths: tuple[Path, ...]
    spreads: tuple[Spread, ...] = ()

    def point_cells(self) -> list[Cell]:
        """The scenarios at the points of the designs."""
        return [cell for spread in self.spreads for cell in spread.cells]


def prepare_order(order: Order) -> Prepared:
    """Read and check all of an order. Raises InputError with every problem before anything is written.

    A submission of figures that are not found is refused here, before anything runs.
    """
    overrides = [*order.overrides]
    if order.replications is not None:
        overrides.append(f"run.replications={order.replications}")
    if order.workers is not None and order.workers < 1:
        raise ScenarioError(Problem("scenario_workers", values={"found": order.workers}))
    plan = load_experiment(order.file, overrides)
    home = workspace.workspace_of(order.file)
    for name in (cell.id for cell in plan.cells if cell.id in RESERVED):
        raise ScenarioError(Problem("plan_reserved", str(order.file), values={"found": name}))
    law = workspace.law_paths(home, list(order.law))
    try:
        check_goal(plan.goal)
        settings = {cell.id: setting_of(cell.scenario, law) for cell in plan.cells}
        designs = spreads(plan, settings)
    except (ScenarioError, LawError) as error:  # what the law refuses was asked for in the policy
        rows = rows_of(order.file)
        raise error.standing_in(shown_path(order.file), lambda name: rows(name or "policy")) from None
    folder = order.out or home / "reports" / plan.id
    if folder.exists() and not folder.is_dir():
        raise ScenarioError(Problem("plan_out", str(folder)))
    if order.notebooks and order.edition == "submission":
        from simlib.view.unverified import refuse_unverified

        refuse_unverified(grounds_of(plan, settings))
    return Prepared(plan, settings, folder, home, law, designs)


def make(order: Order, say: Say) -> Made:
    """Simulate an experiment, run its notebooks, write its pages.

    Raises InputError for anything wrong with the order, before anything is written.
    """
    began = time.monotonic()
    if order.pdf:
        paper.find_browser()
    prepared = prepare_order(order)
    with Status(prepared.folder, prepared.plan.id) as status:
        prepared, missing = simulate(prepared, order, say, status)
        results = open_experiment(prepared.folder)
        results.form_measures()
        form_spreads(results)
        made = Made(prepared.folder, None, results, failed=missing)
        if order.notebooks:
            wanted = Wanted(
                order.lang,
                order.edition,
                pdf=order.pdf,
                workers=min(order.workers or 2, 2),
                fresh=order.fresh,
            )
            written = write_pages(results, prepared.workspace, wanted, say, status)
            made.index, made.pages = written.first, written.pages
            made.failed += written.failed
        else:
            seal(prepared.folder, prepared.plan.id)
        status.finish([name for name, _ in made.failed])
    if missing:
        say(results.missing_note(words.current_lang()))
    say(
        words.say(
            "plan_done",
            cells=len(prepared.plan.cells),
            replications=prepared.plan.base.run.replications,
            pages=made.pages,
            failed=len(made.failed),
            minutes=f"{(time.monotonic() - began) / 60:.1f}",
        )
    )
    for name, error in made.failed[len(missing) :]:
        say(words.say("plan_failed_page", name=name, error=error))
    return made


def simulate(
    prepared: Prepared, order: Order, say: Say, status: Status | None = None
) -> tuple[Prepared, list[tuple[str, str]]]:
    """Simulate what is missing and write down what the readers need.

    Returns what is there to be read, and the cells that failed with their reasons. Raises RunError where
    nothing is left.
    """
    cells = [*prepared.plan.cells, *prepared.point_cells()]
    told = _Teller(say, status)
    lines = left_aside(next(iter(prepared.settings.values())))
    for line in dict.fromkeys([*lines, *filter(None, map(unaccompanied, prepared.settings.values()))]):
        say(words.say("check_note", line=line))
    for key in unread([*prepared.settings.values()]):
        say(words.say("check_note", line=words.say("assumption_unread", key=key)))
    ready = prepared.settings | {
        cell.id: setting_of(cell.scenario, prepared.law_paths) for cell in prepared.point_cells()
    }
    workers = order.workers or default_workers()
    timer = Timer(prepared.folder, ready.values(), workers=workers, fresh=order.fresh)
    stored = run_scenarios(
        [cell.scenario for cell in cells],
        prepared.folder / "data",
        workers=order.workers,
        law_paths=prepared.law_paths,
        fresh=order.fresh,
        engine=order.engine,
        progress=told.progress,
        cluster=order.cluster,
        go_on=True,
    )
    timer.note()
    failed = [(cell.id, run.failed) for cell, run in zip(cells, stored, strict=True) if run.failed]
    for cell, error in failed:
        say(words.say("plan_failed_cell", cell=cell, error=error))
    lost = {cell for cell, _ in failed}
    left = replace(prepared.plan, cells=tuple(cell for cell in prepared.plan.cells if cell.id not in lost))
    if not left.cells:
        raise RunError(words.say("plan_all_failed"))
    prepared = replace(prepared, plan=left)
    save_spreads(prepared.folder, [_spread_facts(spread, ready, lost) for spread in prepared.spreads])
    save_experiment(
        prepared.folder,
        prepared.plan,
        prepared.settings,
        missing=failed,
        replications=prepared.plan.base.run.replications,
        engine=order.engine or default_engine(),
        version=version("simlib"),
        law_paths=prepared.law_paths,
    )
    return prepared, failed


def _spread_facts(spread: Spread, ready: Mapping[str, Setting], lost: set[str]) -> dict[str, Any]:
    """What readers need of a design. Where a point failed for one option, it is left out for that option."""
    rows = []
    for at, cell in enumerate(spread.cells):
        option, point = spread.options[at // len(spread.points)], at % len(spread.points)
        if not {cell.id, option} & lost:
            setting = ready[cell.id]
            rows.append([option, point, setting.hash, setting.posts_existing, setting.posts_gap])
    design = spread.design
    return {
        "view": design.view,
        "title": dict(spread.cells[0].titles["view"]),
        "kind": design.kind,
        "rows": design.points,
        "seed": design.seed,
        "options": [option for option in spread.options if option not in lost],
        "varied": [
            {
                **{part.name: getattr(item, part.name) for part in fields(item)},
                "title": dict(item.title),
                "is_lever": item.is_lever,
            }
            for item in spread.varied
        ],
        "points": [dict(point) for point in spread.points],
        "cells": rows,
    }


def left_aside(setting: Setting) -> list[str]:
    """What to know of a place before it is simulated: what is not used, not known, or can never be done."""
    lines = [note.line() for note in setting.place.notes if note.key == SHARED_PURSE]
    crowded = _overloaded(setting)
    if crowded:
        lines.append(words.say("aside_backlog", count=len(crowded), towns=some_of(crowded)))
    lines += [words.pick(route.before) for route in not_yet(setting.procedures)]
    nobody = where_nobody(setting.place).items()
    return lines + [
        words.say(f"problem.place_note_nobody_{kind}", count=len(offices), offices=some_of(offices))
        for kind, offices in nobody
    ]


def unaccompanied(setting: Setting) -> str:
    """Where nobody can go along on a visit as the scenario has it today; '' where somebody can everywhere."""
    who = setting.scenario.policy.second_visitor
    lacks = {
        VILLAGE: lambda county: county.assistant_days == 0,
        PURCHASED: lambda county: county.contract[: county.areas] == 0,
    }
    if who not in lacks:
        return ""
    count = sum(int(lacks[who](county).sum()) for county in setting.counties.values())
    return words.say(f"unaccompanied_{who}", count=count) if count else ""


def _overloaded(setting: Setting) -> list[str]:
    """Townships whose posts of today are fewer than their workload asks for, and whose backlog is not stated.

    By the workload formula (WISN), which reckons with the same minutes; other duties take part of a worker.
    """
    if WORKLOAD not in setting.law.formulas:
        return []
    table = required_posts(setting.place, WORKLOAD, law=setting.law, reading={"rounding": "none"})
    asked = table[table["level"] == "township"].set_index("area_code")["posts_required"]
    towns = setting.place.townships.set_index("area_code")
    there = towns["posts_payroll"] * towns["assistance_share"] + towns["posts_contract"]
    is_short = (asked.reindex(towns.index).fillna(0) >= there) & (towns["opening_backlog"] == 0)
    return [str(name) for name, short in zip(towns["area"], is_short, strict=True) if short]


def unread(settings: Sequence[Setting]) -> list[str]:
    """Assumptions a future moves and none of these scenarios reads."""
    moved = {key for setting in settings for key in setting.scenario.future.assumptions}
    return sorted(moved - {key for setting in settings for key in setting.assumed.read})


def progress_of(say: Say) -> Callable[[int, int, float], None]:
    """What a runner tells of its progress, said now and then."""
    return _Teller(say).progress


class _Teller:
    """Says how far the simulation is, a dozen times in all and at least every minute."""

    def __init__(self, say: Say, status: Status | None = None) -> None:
        self.say, self.last_part, self.last_time = say, -1, 0.0
        self.status = status

    def progress(self, done: int, total: int, seconds: float) -> None:
        """Told after each piece of work."""
        part = 12 * done // total
        if self.status is not None:
            self.status.tell(SIMULATING, done, total)
        if done < total and seconds < _QUIET_SECONDS:
            return
        if part == self.last_part and seconds - self.last_time < 60:
            return
        self.last_part, self.last_time = part, seconds
        left = seconds / done * (total - done)
        self.say(words.say("plan_progress", done=done, total=total, left=_duration(left)))


def _duration(seconds: float) -> str:
    if seconds < 90:
        return words.say("duration_seconds", count=round(seconds))
    return words.say("duration_minutes", count=f"{seconds / 60:.0f}")

"""Commands that simulate: a scenario, an experiment with its pages, the benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from numpy.typing import ArrayLike

from simlib import words
from simlib.decide.intervals import Precision, Reached, mean_interval, one_in, until_precise
from simlib.decide.simulated import Simulated
from simlib.drive.asking import at_least, together
from simlib.drive.batch import Order, Prepared, make, prepare_order, progress_of, simulate
from simlib.drive.casestory import case_list
from simlib.drive.cost import cost_table, summary_line
from simlib.drive.pages import Wanted, write_pages
from simlib.drive.printed import UNKNOWN, show, tell, tell_of_waits
from simlib.drive.seal import SEAL
from simlib.drive.status import Status
from simlib.drive.workspace import workspace_of
from simlib.errors import InputError, Problem, ScenarioError, SimlibError
from simlib.results.experiment import open_experiment
from simlib.results.findings import ONE_AT_A_TIME, Finding, keep
from simlib.results.measures import FEW, SPREAD
from simlib.results.store import write_file
from simlib.scenario import Goal, Scenario

if TYPE_CHECKING:
    from simlib.view.contract import Edition


def run(asked: Any) -> None:
    """`simlib run`: simulate a scenario and print its measures with intervals."""
    order = order_of(asked, notebooks=False)
    is_narrowed = asked.half_width is not None or asked.relative is not None
    if asked.one_at_a_time is None:
        together(asked, "one_at_a_time", **({} if is_narrowed else {"measure": None}), cell=None)
    if not is_narrowed:
        together(asked, "half_width", most=None)
    precision = _precision(asked) if is_narrowed else None
    prepared = prepare_order(order)
    if precision is not None:
        table = _until_narrow(prepared, order, asked, precision)
        show(table, asked.format)
        tell_of_waits(table["measure"])
        return
    if asked.one_at_a_time is not None:
        show(_one_at_a_time(prepared, order, asked), asked.format)
        return
    with Status(prepared.folder, prepared.plan.id) as status:
        prepared, failed = simulate(prepared, order, tell, status)
        status.finish([name for name, _ in failed])
    if asked.cases:
        _write_cases(prepared)
    table = open_experiment(prepared.folder).summary().drop(columns=["formula", "money", "view"])
    table.loc[table["n"] < SPREAD, ["low", "high"]] = float("nan")
    show(table, asked.format, missing=UNKNOWN)
    tell_of_waits(table["measure"])
    count = prepared.plan.base.run.replications
    if count < FEW:
        tell(words.say("compare_few" if count >= SPREAD else "run_once", least=FEW))
    if failed:
        raise SimlibError(", ".join(name for name, _ in failed))


def _precision(asked: Any) -> Precision:
    """How narrow an interval is asked for. Raises InputError for what no interval can be."""
    at_least(asked, most=FEW)
    for option, found, high in (("--half-width", asked.half_width, 1e15), ("--relative", asked.relative, 1)):
        if found is not None and not 0 < found <= high:
            values = {"option": option, "found": found, "high": f"{high:g}"}
            raise InputError(Problem("cli_above_zero", values=values))
    return Precision(asked.relative or 0.0, asked.half_width or 0.0, most=asked.most or Precision().most)


def _until_narrow(prepared: Prepared, order: Order, asked: Any, precision: Precision) -> pd.DataFrame:
    """A row a cell and measure: replications until its interval is narrow enough, or as many as given."""
    scenarios = {cell.id: cell.scenario for cell in prepared.plan.cells}
    rows = []
    for measure in asked.measure or [prepared.plan.goal.measure]:
        bench = simulated_by(prepared, order, replace(prepared.plan.goal, measure=measure), scenarios)
        for cell in scenarios:
            reached = _reached(bench, cell, asked.replications, precision)
            found = reached.interval
            if not reached.is_reached:
                blanks = {"cell": cell, "measure": measure, "n": found.n, "half": f"{found.half_width:.3g}"}
                tell(words.say("run_not_reached", **blanks))
            row: dict[str, object] = {"cell": cell, "measure": measure, "mean": found.mean}
            row |= {"low": found.low, "high": found.high, "n": found.n, "reached": reached.is_reached}
            rows.append(row)
    table = pd.DataFrame(rows)
    least = int(table["n"].min())
    if least >= FEW:
        tell(words.say("compare_rare", n=least, one_in=one_in(least)))
    return table


def _reached(bench: Simulated, cell: str, replications: int | None, precision: Precision) -> Reached:
    """The mean once it is narrow enough; with --replications the one of so many, narrow or not."""

    def draw(span: range) -> ArrayLike:
        return bench.draw([cell], span)[cell][0]

    if replications is None:
        return until_precise(draw, precision)
    found = mean_interval(draw(range(replications)))
    return Reached(found, precision.allows(found))


def _one_at_a_time(prepared: Prepared, order: Order, asked: Any) -> pd.DataFrame:
    """How measures move as assumptions go to an end of their range, each by itself."""
    from simlib.decide import sensitivity

    cells = {cell.id: prepared.settings[cell.id] for cell in prepared.plan.cells}
    if (asked.cell is None and len(cells) > 1) or (asked.cell is not None and asked.cell not in cells):
        values = {"found": asked.cell or "", "known": ", ".join(cells)}
        raise ScenarioError(Problem("sensitivity_cell", values=values))
    setting = cells[asked.cell or next(iter(cells))]
    chosen, unread = sensitivity.movable(setting, asked.one_at_a_time)
    if unread:
        tell(words.say("sensitivity_unread", count=len(unread), keys=", ".join(unread)))
    runs = 1 + sum(len(item.ends()) for item in chosen)
    tell(words.say("sensitivity_runs", count=len(chosen), runs=runs))
    moves = sensitivity.one_at_a_time(
        setting,
        chosen,
        prepared.folder / "data",
        measures=asked.measure or sensitivity.CHOSEN,
        workers=order.workers,
        law_paths=prepared.law_paths,
        fresh=order.fresh,
        engine=order.engine,
        cluster=order.cluster,
        progress=progress_of(tell),
    )
    table = moves.table()
    keep_finding(prepared, ONE_AT_A_TIME, setting.scenario.id, table, {"groups": list(asked.one_at_a_time)})
    return table


def keep_finding(
    prepared: Prepared, kind: str, about: str, table: pd.DataFrame, said: Mapping[str, Any]
) -> None:
    """Keep a table that was found in the experiment's folder, where its pages read it."""
    replications = prepared.plan.base.run.replications
    asked = {**said, "replications": replications}
    hashes = {cell.id: prepared.settings[cell.id].hash for cell in prepared.plan.cells}
    path = keep(prepared.folder, Finding(kind, about, {**asked, "cells": hashes}, table))
    tell(words.say("finding_kept", path=path))


def _write_cases(prepared: Prepared) -> None:
    """A Parquet file of every case for each replication of each cell, `data/cases/`."""
    for cell in (cell.id for cell in prepared.plan.cells):
        setting = prepared.settings[cell]
        for replication in range(setting.scenario.run.replications):
            parts = [
                case_list(setting, county, replication).assign(county_code=county)
                for county in setting.counties
            ]
            sink = BytesIO()
            pd.concat(parts, ignore_index=True).to_parquet(sink, index=False)
            path = prepared.folder / "data" / "cases" / f"{cell}-r{replication:04d}.parquet"
            write_file(path, sink.getvalue())
            tell(words.say("cases_written", path=path, count=sum(len(part) for part in parts)))


def plan(asked: Any) -> None:
    """`simlib plan`: simulate an experiment and write its pages, or show what would run."""
    order = replace(
        order_of(asked, notebooks=not asked.no_notebooks), edition=_edition_of(asked), pdf=asked.pdf
    )
    if asked.dry_run:
        prepared = prepare_order(order)
        table = cost_table(prepared, order)
        show(table, asked.format)
        tell(summary_line(prepared, order, table))
        return
    made = make(order, tell)
    print(words.say("plan_report_at", path=made.index or made.folder))
    if made.failed:
        raise SimlibError(", ".join(name for name, _ in made.failed))


def report(asked: Any) -> None:
    """`simlib report`: the pages of an experiment that was run; nothing is simulated."""
    edition, folder = _edition_of(asked), folder_of(asked.run)
    wanted = Wanted(asked.lang or "zh", edition, pdf=asked.pdf, fresh=asked.fresh)
    written = write_pages(open_experiment(folder), workspace_of(folder / SEAL), wanted, tell)
    print(words.say("plan_report_at", path=written.first))
    for name, error in written.failed:
        tell(words.say("plan_failed_page", name=name, error=error))
    if written.failed:
        raise SimlibError(", ".join(name for name, _ in written.failed))


def _edition_of(asked: Any) -> Edition:
    """The edition a command asks for. Raises InputError for a draft of what is not to be submitted."""
    if asked.draft and asked.edition != "submission":
        raise InputError(Problem("submission_option"))
    edition: Edition = "draft" if asked.draft else asked.edition
    return edition


def folder_of(named: Path) -> Path:
    """The folder of results that a word names: itself, or that of an experiment's file. Raises InputError."""
    if not named.is_file():
        return named
    folder = workspace_of(named) / "reports" / named.stem
    if not folder.is_dir():
        raise InputError(Problem("report_not_run", str(named), values={"found": named}))
    return folder


def order_of(asked: Any, *, notebooks: bool) -> Order:
    """What a command asks for. Raises InputError."""
    at_least(asked, replications=1)
    file = asked.scenario if hasattr(asked, "scenario") else asked.experiment
    if not file.is_file():
        raise InputError(Problem("cli_missing", values={"found": file}))
    return Order(
        file,
        out=asked.out,
        overrides=asked.overrides,
        replications=asked.replications,
        workers=asked.workers,
        lang=asked.lang or "zh",
        notebooks=notebooks,
        fresh=asked.fresh,
        engine=asked.engine,
        law=asked.law,
        cluster=asked.cluster,
    )


def simulated_by(
    prepared: Prepared, order: Order, goal: Goal, scenarios: Mapping[str, Scenario]
) -> Simulated:
    """Scenarios as a decision asks for them: simulated beside an experiment's cells, by the order's means."""
    return Simulated(
        scenarios,
        goal,
        prepared.folder / "data",
        law_paths=prepared.law_paths,
        workers=order.workers,
        engine=order.engine,
        cluster=order.cluster,
        progress=progress_of(tell),
    )


def bench(asked: Any) -> None:
    """`simlib bench`: times, ratios and memory of the engines and of whole places."""
    from simlib.drive.bench import SEED, measured
    from simlib.drive.bench.rows import table_of

    rows = []
    try:
        for found in measured(asked.only, tell, seed=SEED if asked.seed is None else asked.seed):
            rows += found
    finally:
        if rows:
            show(table_of(rows), asked.format)

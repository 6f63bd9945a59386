"""Commands that decide: options compared pair by pair, the best one chosen, stored runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from simlib import words
from simlib.decide.compare import Compared, Comparison, Standing, compared_cells
from simlib.decide.intervals import Answer, Interval, one_in
from simlib.decide.select import Chosen, Rule, choose, confirmed
from simlib.drive.asking import at_least
from simlib.drive.batch import Order, Prepared, prepare_order, simulate
from simlib.drive.flipcommand import flip_table, futures_table
from simlib.drive.printed import show, tell, tell_of_waits
from simlib.drive.runcommands import keep_finding, order_of, simulated_by
from simlib.errors import InputError, Problem, RunError, ScenarioError
from simlib.results.experiment import check_goal, open_experiment
from simlib.results.findings import FLIP, FUTURES
from simlib.results.measures import FEW, LARGER_IS_BETTER
from simlib.scenario import RANGES, Goal

_MANY = 1000
GOAL_OPTIONS = (
    *("measure", "indifference", "confidence", "target_measure", "target", "demand", "most"),
    "rare_loss",
)
RARE_LOSS = "choice.rare_loss"
"""The assumption a choice stands on where its goal says nothing of rare replications."""


def compare(asked: Any) -> None:
    """`simlib compare`: simulate what is missing, then the options side by side, pair by pair."""
    order = order_of(asked, notebooks=False)
    at_least(asked, budget=1, rivals=1, confirm=0)
    prepared = prepare_order(order)
    goal = goal_of(asked, prepared.plan.goal)
    cells = cells_of(prepared, asked.view)
    if asked.choose:
        _choose(prepared, order, asked, goal, cells)
        return
    if asked.flip is not None:
        table = flip_table(prepared, order, goal, cells, asked.flip, rivals=asked.rivals, budget=asked.budget)
        keep_finding(prepared, FLIP, "", table, _aim(goal) | {"changed": list(asked.flip)})
        show(table, asked.format)
        return
    prepared, failed = simulate(prepared, order, tell)
    seen = open_experiment(prepared.folder).by_replication(goal.measure, goal)
    seen = seen[seen["scenario"].isin(cells)]
    if asked.futures is not None:
        table = futures_table(prepared, seen, goal, cells, asked.futures)
        keep_finding(prepared, FUTURES, asked.futures, table, _aim(goal))
        show(table, asked.format)
        return
    found = compared_cells(seen, goal)
    show(table_of(found, goal), asked.format)
    tell_of_waits([goal.measure])
    for line in conclusion(found, goal):
        tell(line)
    if failed:
        tell(open_experiment(prepared.folder).missing_note(words.current_lang()))
        raise RunError(", ".join(name for name, _ in failed))


def _aim(goal: Goal) -> dict[str, Any]:
    """What a finding must say of the goal it was found for."""
    return {"measure": goal.measure, "target": goal.target}


def goal_of(asked: Any, stated: Goal) -> Goal:
    """The experiment's goal with what the command line says otherwise. Raises ScenarioError."""
    given = {name: getattr(asked, name) for name in GOAL_OPTIONS if getattr(asked, name, None) is not None}
    problems = []
    for name, value in given.items():
        low, high = RANGES.get(f"goal.{name}", (0.0, 0.0))
        if f"goal.{name}" in RANGES and not low <= value <= high:
            blanks = {"found": value, "low": f"{low:g}", "high": f"{high:g}"}
            problems.append(Problem("scenario_number", column=f"--{name.replace('_', '-')}", values=blanks))
    if problems:
        raise ScenarioError(problems)
    goal = replace(stated, **given)
    check_goal(goal)
    return goal


def cells_of(prepared: Prepared, view: str | None) -> list[str]:
    """Ids of the cells of a view; by default of the one in which options are compared, else of all."""
    views = list(dict.fromkeys(cell.view for cell in prepared.plan.cells))
    if view is not None and view not in views:
        raise InputError(Problem("compare_view", values={"found": view, "known": ", ".join(views)}))
    chosen = view or ("grid" if "grid" in views else None)
    return [cell.id for cell in prepared.plan.cells if chosen in (None, cell.view)]


def table_of(found: Comparison, goal: Goal) -> pd.DataFrame:
    """One row an option: its measure, how far it is behind, whether it meets the target, where it stands."""
    return pd.DataFrame([_row(each, goal) for each in found.options])


def _row(each: Compared, goal: Goal) -> dict[str, object]:
    row: dict[str, object] = {"cell": each.option, "standing": each.standing.value, "measure": goal.measure}
    row |= _ends("", each.value, "mean") | _ends("behind", each.behind, "behind")
    row |= {"n": each.value.n, "few": each.value.is_few}
    if each.met is not None:
        row |= {"target": each.answer.value, "target_met": each.met.met}
        row |= {"target_low": each.met.low, "target_high": each.met.high}
    return row


def _ends(prefix: str, found: Interval, mean: str) -> dict[str, object]:
    start = f"{prefix}_" if prefix else ""
    return {mean: found.mean, f"{start}low": found.low, f"{start}high": found.high}


def conclusion(found: Comparison, goal: Goal) -> list[str]:
    """What the comparison comes to, in a few plain lines."""
    if not found.leading:
        return [words.say("compare_none")]
    counts = {standing: len(found.of(standing)) for standing in Standing}
    lines = [words.say("compare_leads", option=found.leading, measure=goal.measure)]
    same, alike = found.of(Standing.SAME), found.of(Standing.ALIKE)
    if same:
        lines.append(words.say("compare_same", options=", ".join(each.option for each in same)))
    if alike:
        blanks: dict[str, object] = {"options": ", ".join(each.option for each in alike), "n": found.n}
        blanks |= {"bound": _said(found.largest_difference), "needed": found.needed(goal.indifference)}
        blanks |= {"indifference": f"{goal.indifference:g}"}
        key = "compare_unknown" if found.bound_says_nothing else "compare_alike"
        lines.append(words.say(key if found.largest_difference else "compare_equal", **blanks))
        if found.needed(goal.indifference) > found.n and not found.bound_says_nothing:
            lines.append(words.say("compare_needed", **blanks))
    elif counts[Standing.WORSE]:
        lines.append(words.say("compare_apart", confidence=f"{found.confidence * 100:g}%"))
    undecided = [each.option for each in found.options if each.answer is Answer.UNDECIDED]
    if undecided:
        lines.append(words.say("compare_undecided", options=", ".join(undecided)))
    if any(each.value.is_few for each in found.options):
        lines.append(words.say("compare_few", least=FEW))
    elif counts[Standing.WORSE] or counts[Standing.OUT]:
        lines.append(words.say("compare_rare", n=found.n, one_in=one_in(found.n)))
    return lines


def _said(value: float) -> str:
    """A number with three digits that count.

    >>> _said(0.012345), _said(1234567.0)
    ('0.0123', '1,234,567')
    """
    return f"{value:,.0f}" if abs(value) >= _MANY else f"{value:.3g}"


def _choose(prepared: Prepared, order: Order, asked: Any, goal: Goal, cells: Sequence[str]) -> None:
    """Replications where they are needed until the best is known, then a look on fresh chance."""
    rule = Rule(
        goal.indifference,
        confidence=goal.confidence,
        demand=goal.demand if goal.target is not None else 0.0,
        larger_is_better=goal.measure in LARGER_IS_BETTER,
        most=goal.most,
        rare_loss=_rare_loss(prepared, goal),
    )
    scenarios = {cell: prepared.plan.cell(cell).scenario for cell in cells}
    bench = simulated_by(prepared, order, goal, scenarios)
    found = choose(bench.paths(rule.first), bench.draw, rule)
    fresh = confirmed(found, bench.afresh().draw, asked.confirm) if asked.confirm and found.best else None
    show(_chosen_table(found, cells, fresh, goal), asked.format)
    tell_of_waits([goal.measure])
    for line in _chosen_lines(found, fresh):
        tell(line)


def _rare_loss(prepared: Prepared, goal: Goal) -> float:
    """The part of itself that the measure may lose in a rare replication, as the goal or the law says."""
    if goal.rare_loss is not None:
        return goal.rare_loss
    setting = next(iter(prepared.settings.values()))
    return float(setting.law.value(RARE_LOSS, on=setting.assumed.on))


def _chosen_table(found: Chosen, cells: Sequence[str], fresh: Comparison | None, goal: Goal) -> pd.DataFrame:
    """One row an option: replications it took, its answer, how far behind; the same on fresh chance."""
    again = {each.option: each for each in fresh.options} if fresh is not None else {}
    nothing, zero = Interval(float("nan"), float("nan"), float("nan"), 0), Interval(0.0, 0.0, 0.0, 0)
    rows = []
    for cell in cells:
        of = found.same.get(cell, cell)
        behind = zero if of == found.best else found.behind.get(of, nothing)
        row: dict[str, object] = {"cell": cell, "standing": _standing(found, cell, of)}
        row |= {"measure": goal.measure, "replications": found.replications[of]}
        row |= {"target": found.answers[of].value if goal.target is not None else ""}
        row |= _ends("behind", behind, "behind")
        if fresh is not None:
            there = again[of].behind if of in again else nothing
            row |= _ends("fresh_behind", there, "fresh_behind")
            row |= {"fresh_mean": again[of].value.mean if of in again else nothing.mean}
        rows.append(row)
    return pd.DataFrame(rows)


def _standing(found: Chosen, cell: str, of: str) -> str:
    if of == found.best:
        return Standing.LEADS.value if cell == of else Standing.SAME.value
    if found.answers[of] is Answer.INFEASIBLE:
        return Standing.OUT.value
    return Standing.ALIKE.value if of in found.alike() or of in found.open else Standing.WORSE.value


def _chosen_lines(found: Chosen, fresh: Comparison | None) -> list[str]:
    rule = found.rule
    if not found.best:
        return [words.say("compare_none" if found.is_settled else "choose_none_yet")]
    sure = {"confidence": f"{rule.confidence * 100:g}%", "indifference": f"{rule.indifference:g}"}
    sure |= {"rare": f"{rule.rare_loss * 100:g}%"}
    key = "choose_settled" if found.is_settled else "choose_unsettled"
    lines = [words.say(key, option=found.best, open=", ".join(found.open), **sure)]
    alike = found.alike()
    if alike:
        blanks: dict[str, object] = {"options": ", ".join(alike), "bound": _said(max(alike.values()))}
        blanks["n"] = min(found.replications[option] for option in alike)
        lines.append(words.say("compare_alike" if max(alike.values()) else "compare_equal", **blanks))
    if fresh is not None and fresh.options:
        agrees = fresh.leading == found.best
        lines.append(words.say("choose_confirmed" if agrees else "choose_contradicted", option=fresh.leading))
    return lines

"""What a recommendation hangs on: `simlib compare --flip` and `--futures`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from simlib import words
from simlib.decide import sensitivity
from simlib.decide.compare import Comparison, Standing, compared_cells
from simlib.decide.flip import Candidate, Flip, Search, Seen, World, seen_of
from simlib.decide.regret import regrets
from simlib.drive.batch import Order, Prepared
from simlib.drive.printed import tell
from simlib.drive.runcommands import simulated_by
from simlib.errors import InputError, Problem
from simlib.policy.rules import READINGS
from simlib.results.measures import LARGER_IS_BETTER
from simlib.runs.settings import setting_of
from simlib.scenario import NONE, Frozen, Goal, Scenario
from simlib.years.setting import Setting

READING_WORD = "readings"
"""Asks for every answer to what the formulas leave open."""
_READING = "reading."


BUDGET = 60
"""Changed worlds that are simulated where no number is asked for; each holds the option and its rivals."""
_FOR_DISPLAY = {"rounding": ("none",)}
"""Answers that give fractions of posts to be looked at: nobody is hired by them."""


@dataclass(slots=True)
class _Worlds:
    """Options in changed worlds, each simulated once; many worlds side by side where they are told ahead."""

    prepared: Prepared
    order: Order
    goal: Goal
    known: dict[str, pd.DataFrame] = field(default_factory=dict)

    def simulate(self, scenarios: Iterable[Scenario]) -> None:
        """Simulate what is not known yet."""
        missing = {repr(each): each for each in scenarios if repr(each) not in self.known}
        if missing:
            found = simulated_by(self.prepared, self.order, self.goal, missing).seen(
                self.prepared.plan.base.run.replications
            )
            self.known |= {str(name): rows for name, rows in found.groupby("scenario", sort=False)}

    def seen(self, scenarios: Mapping[str, Scenario]) -> pd.DataFrame:
        """The options replication by replication, as `decide.compare` looks at them."""
        self.simulate(scenarios.values())
        return pd.concat(
            [self.known[repr(each)].assign(scenario=cell) for cell, each in scenarios.items()],
            ignore_index=True,
        )


def flip_table(
    prepared: Prepared,
    order: Order,
    goal: Goal,
    cells: Sequence[str],
    asked: Sequence[str],
    *,
    rivals: int,
    budget: int = BUDGET,
) -> pd.DataFrame:
    """One row a change, or pair of changes, that overturns the recommendation; the smallest first.

    rivals: how many of the next best options stand against the recommended one in a changed world; budget:
    changed worlds that are simulated at most. Raises ScenarioError for what is no assumption.
    """
    scenarios = {cell: prepared.plan.cell(cell).scenario for cell in cells}
    worlds = _Worlds(prepared, order, goal)
    found = compared_cells(worlds.seen(scenarios), goal)
    if not found.leading:
        raise InputError(Problem("flip_nothing"))
    kept = _nearest(found, rivals, goal)
    candidates = _candidates(prepared.settings, found.leading, kept, asked)
    tell(words.say("flip_tries", option=found.leading, count=len(candidates), rivals=", ".join(kept[1:])))

    def options(world: World) -> dict[str, Scenario]:
        return {
            cell: _changed(scenarios[cell], prepared.settings[cell], world, prepared.law_paths)
            for cell in kept
        }

    def ahead(several: Sequence[World]) -> None:
        tell(words.say("flip_progress", count=len(several), looked=search.looked, budget=budget))
        worlds.simulate(each for world in several for each in options(world).values())

    def look(world: World) -> Seen:
        return seen_of(compared_cells(worlds.seen(options(world)), goal), found.leading)

    search = Search(look, found.leading, budget=budget, ahead=ahead)
    cards = search.found(candidates)
    if search.untried or search.is_rough:
        tell(words.say("flip_budget", budget=budget, untried=search.untried))
    if not cards:
        tell(words.say("flip_none", option=found.leading))
    bases = {candidate.key: candidate.base for candidate in candidates}
    return pd.DataFrame([_row(card, bases, found.leading) for card in cards], columns=COLUMNS)


COLUMNS = [
    *("recommended", "overturned_by", "key", "base", "value", "key_2", "base_2", "value_2", "part_of_range"),
    *("behind", "behind_low", "behind_high", "sure"),
]


def _row(card: Flip, bases: Mapping[str, object], recommended: str) -> dict[str, object]:
    row: dict[str, object] = {"recommended": recommended, "overturned_by": card.seen.leader}
    for ending, (key, value) in zip(("", "_2"), card.changes.items(), strict=False):
        row |= {f"key{ending}": key, f"base{ending}": bases[key], f"value{ending}": value}
    behind = card.seen.behind
    row |= {"part_of_range": card.part, "behind": behind.mean, "behind_low": behind.low}
    return row | {"behind_high": behind.high, "sure": card.seen.is_sure}


def _nearest(found: Comparison, rivals: int, goal: Goal) -> list[str]:
    """The leading option, then those that come next to it."""
    sign = -1 if goal.measure in LARGER_IS_BETTER else 1
    others = [
        each for each in found.options if each.option != found.leading and each.standing is not Standing.SAME
    ]
    others.sort(key=lambda each: (each.standing is Standing.OUT, sign * each.value.mean))
    return [found.leading, *(each.option for each in others[:rivals])]


def _candidates(
    settings: Mapping[str, Setting], leading: str, kept: Sequence[str], asked: Sequence[str]
) -> list[Candidate]:
    """What may be otherwise: assumptions by key or group, and the answers to what formulas leave open."""
    keys = [name for name in asked if name != READING_WORD]
    found = []
    if keys or not asked:
        for item in sensitivity.movable(settings[leading], keys)[0]:
            ends = tuple(getattr(item, end) for end in item.ends())
            found.append(Candidate(item.key, item.base, ends))
    if READING_WORD in asked:
        answers: dict[str, str] = {}
        for cell in kept:
            answers = {**_answers(settings[cell]), **answers}
        for name, answer in answers.items():
            no_heads = _FOR_DISPLAY.get(name, ())
            ends = tuple(other for other in READINGS[name] if other != answer and other not in no_heads)
            found.append(Candidate(f"{_READING}{name}", answer, ends))
    return found


def _answers(setting: Setting) -> dict[str, str]:
    """What the option's formula leaves open, as it is answered now."""
    policy = setting.scenario.policy
    if policy.formula == NONE:
        return {}
    return {**setting.law.formula(policy.formula).readings, **policy.reading}


def _changed(
    scenario: Scenario, setting: Setting, world: World, law_paths: tuple[Path, ...] = ()
) -> Scenario:
    """The option in a changed world; a reading changes only formulas that leave it open.

    An answer under which every office is asked for the same posts changes nothing: the option as it stands.
    """
    open_readings = _answers(setting)
    answers = {
        key.removeprefix(_READING): str(value)
        for key, value in world.items()
        if key.startswith(_READING) and key.removeprefix(_READING) in open_readings
    }
    numbers = {key: value for key, value in world.items() if not key.startswith(_READING)}
    if answers:
        policy = replace(scenario.policy, reading=Frozen({**scenario.policy.reading, **answers}))
        answered = replace(scenario, policy=policy)
        if not setting_of(answered, law_paths).staffing.equals(setting.staffing):
            scenario = answered
    if not numbers:
        return scenario
    future = replace(scenario.future, assumptions=Frozen({**scenario.future.assumptions, **numbers}))
    return replace(scenario, future=future)


def futures_table(
    prepared: Prepared, seen: pd.DataFrame, goal: Goal, cells: Sequence[str], axis: str
) -> pd.DataFrame:
    """One row an option of the other axes: mean and worst over the futures of an axis, and its regret.

    Raises InputError where no option has a choice on that axis.
    """
    choices = {cell: prepared.plan.cell(cell).choices for cell in cells}
    known = list(dict.fromkeys(name for choice in choices.values() for name in choice))
    if not any(axis in choice for choice in choices.values()):
        raise InputError(Problem("scenario_axis", values={"found": axis, "near": ", ".join(known)}))
    of = {
        cell: "-".join(value for name, value in choice.items() if name != axis) or goal.measure
        for cell, choice in choices.items()
    }
    named = seen.assign(
        option=seen["scenario"].map(of), future=seen["scenario"].map({c: choices[c].get(axis) for c in cells})
    )
    return regrets(named, larger_is_better=goal.measure in LARGER_IS_BETTER)

"""One at a time, expected and seen: does each assumption move results the way a planner expects?"""

from __future__ import annotations

import pandas as pd

from simlib import words
from simlib.decide import outcomes
from simlib.decide.expected import agrees, expectations
from simlib.designs import ONE_AT_A_TIME
from simlib.results import findings
from simlib.results.experiment import ExperimentResults
from simlib.results.spreads import open_spreads
from simlib.view.blocks import Block
from simlib.view.names import Names
from simlib.view.sensitivityfacts import Sensitivity, is_current, option_of, spread_text, title_of, unit_of
from simlib.view.tables import table


def direction_tables(experiment: ExperimentResults, found: Sensitivity, names: Names) -> list[Block]:
    """Where planners expect measures to go as an assumption rises, and where they went.

    Nothing where nothing was moved of which they expect something.
    """
    seen = _seen(experiment)
    if seen.empty:
        return []
    rows = []
    for row in seen.to_dict("records"):
        told = agrees(row["key"], row["measure"], row["seen"]) if row["effect"] else "nothing"
        expected = expectations()[row["key"], row["measure"]]
        effect = spread_text(row["measure"], row["effect"], row["from"], row["to"])
        unit = unit_of(row["measure"], names) if row["measure"].endswith("_share") else ""
        rows.append(
            {
                "item": title_of(found, row["key"]),
                "measure": names.or_code("measure", row["measure"]),
                "expected": expected.arrow,
                "seen": row["seen"],
                "option": option_of(str(row["option"]), names),
                "effect": f"{effect} {unit}".strip(),
                "agrees": names.say(f"view.sensitivity.agrees.{told}"),
                "why": words.pick(dict(expected.why), names.lang),
            }
        )
    frame = pd.DataFrame(rows)
    heads = {str(name): names.say(f"view.sensitivity.column.{name}") for name in frame}
    return [
        table(frame, label=names.say("view.sensitivity.label.directions"), name="directions", titles=heads)
    ]


def _seen(experiment: ExperimentResults) -> pd.DataFrame:
    """Where measures went, of designs and of what `simlib run --one-at-a-time` found and kept."""
    spreads = open_spreads(experiment.folder)
    parts = [outcomes.directions(experiment, each) for each in spreads if each.kind == ONE_AT_A_TIME]
    for each in findings.kept(experiment.folder):
        if each.kind == findings.ONE_AT_A_TIME and is_current(each, experiment):
            table = each.table
            asked = [pair in expectations() for pair in zip(table["key"], table["measure"], strict=True)]
            mine = table[asked].assign(option=each.about, seen=lambda rows: rows["moves"])
            ends = {"effect_from": "from", "effect_to": "to"}
            parts.append(mine.rename(columns=ends)[list(outcomes.DIRECTIONS)])
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=list(outcomes.DIRECTIONS))
    return pd.concat(filled, ignore_index=True).drop_duplicates(["option", "key", "measure"])

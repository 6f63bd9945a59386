"""The documents an option buys under, clause by clause: what each says, and where it is seen at work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from simlib import words
from simlib.view.blocks import Block, escaped
from simlib.view.contract import ExperimentView
from simlib.view.names import Names
from simlib.view.tables import table


def clause_tables(experiment: ExperimentView, scenario: str, names: Names) -> list[Block]:
    """A table a document: its clauses and those it stands under; none where nothing is bought under one."""
    cell = next(cell for cell in experiment.cells() if cell.id == scenario)
    return [_clause_table(entry, number, names) for number, entry in enumerate(cell.clauses)]


def _clause_table(entry: Mapping[str, Any], number: int, names: Names) -> Block:
    rows = [
        {
            "clause": f"{clause['document']} {words.cited(clause['article'], names.lang)}",
            "says": words.pick(clause["says"], names.lang),
            "seen": names.say(f"view.clauses.seen.{clause['rule']}"),
        }
        for clause in entry["clauses"]
    ]
    label = names.say(
        "view.clauses.label",
        document=words.pick(entry["document"], names.lang),
        buys=names.say("services.joint").join(
            names.say(f"view.clauses.buys.{item}") for item in entry["buys"]
        ),
    )
    frame = pd.DataFrame(rows)
    heads = {str(column): names.say(f"view.clauses.column.{column}") for column in frame}
    made = table(frame, label=label, name=f"clauses-{number}", titles=heads, wide=True)
    head = f"<summary>{escaped(label)}</summary>"
    html = f'<details class="steps" data-claim="clauses-of">{head}{made.html}</details>'
    return Block(html, made.text)

"""What keeps an experiment from being sent on: figures that were made up or assumed."""

from __future__ import annotations

from simlib import words
from simlib.errors import InputError, Problem
from simlib.view.annex import MADE_UP
from simlib.view.contract import GroundsView

FIRST_NAMED = 5
"""Rows that are named when there are many."""
FILED = ("posts_", "dibao_", "tekun_", "marginal_", "rigid_", "grant_yuan")
"""Beginnings of the columns of a place that annexes show or money follows from."""


def unverified(experiment: GroundsView) -> list[Problem]:
    """Rows of the place that are synthetic or assumed, columns it does not give, rules of assumed figures.

    One line a file, with how many, the first of them by row, and what to do. Columns count that a form
    shows or money follows from.
    """
    found = []
    frames = {"townships.csv": experiment.place.townships, "counties.csv": experiment.place.counties}
    for file, frame in frames.items():
        if "status" not in frame:
            continue
        rows = [at for at, status in enumerate(frame["status"]) if status in MADE_UP]
        if rows:
            named = words.say("view.list").join(str(at + 2) for at in rows[:FIRST_NAMED])
            told = {"count": len(rows), "total": len(frame), "rows": named}
            place = f"{experiment.place.id}/{file}"
            found.append(Problem("submission_rows", place, rows[0] + 2, "status", told))
    found += [
        Problem("submission_column", values={"told": words.pick(dict(note["text"]))})
        for note in experiment.completed()
        if str(note["column"]).startswith(FILED)
    ]
    for entry in experiment.legal():
        if entry.get("status") == "assumption":
            title = words.pick(dict(entry["title"]))
            found.append(Problem("submission_rule", values={"title": title, "id": entry["id"]}))
    return found


def refuse_unverified(experiment: GroundsView) -> None:
    """Raise InputError naming what keeps an experiment from being sent on, and how to make a draft."""
    found = unverified(experiment)
    if found:
        raise InputError([*found, Problem("submission_draft")])

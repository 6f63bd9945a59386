"""What was found of an experiment's sensitivity, gathered in one place, and how its figures are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from simlib import words
from simlib.decide import outcomes
from simlib.designs import LATIN_HYPERCUBE, ONE_AT_A_TIME, SOBOL
from simlib.results import findings
from simlib.results.experiment import ExperimentResults
from simlib.results.findings import Finding
from simlib.results.spreads import StoredSpread, open_spreads
from simlib.view.names import Names, is_missing, number, wan

ASSUMED, READING = "future.assumptions.", "reading."
MOST_ROWS = 12
MOVES = ("option", "key", "end", "mean", "low", "high", "n")


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """All that is known of what a choice hangs on.

    measure: that the choice is made by. moves: see `decide.outcomes.moved`; indices, ranks: by view; regrets:
    by what the futures are; flips: None where nobody has searched. titles: of what is varied, units: of what
    has one, by key. stale: kinds of findings that were found on other options than there are now.
    """

    measure: str
    moves: pd.DataFrame
    indices: Sequence[pd.DataFrame]
    ranks: Sequence[pd.DataFrame]
    regrets: Mapping[str, pd.DataFrame]
    flips: pd.DataFrame | None
    titles: Mapping[str, str]
    stale: Sequence[str]
    units: Mapping[str, str] = field(default_factory=dict)


def gathered(experiment: ExperimentResults, names: Names) -> Sensitivity:
    """All that is there, for the measure the experiment's choice is made by."""
    measure, spreads = experiment.goal.measure, open_spreads(experiment.folder)
    kept = [each for each in findings.kept(experiment.folder) if _is_asked(each, measure)]
    current = [each for each in kept if is_current(each, experiment)]
    flip = next((each for each in current if each.kind == findings.FLIP), None)
    regrets = {
        names.say(
            "view.sensitivity.points_of", view=words.pick(dict(spread.title), names.lang)
        ): outcomes.regret_table(experiment, spread, measure)
        for spread in spreads
        if spread.kind != ONE_AT_A_TIME and len(spread.options) > 1
    }
    regrets |= {
        names.say("view.sensitivity.axis", axis=each.about): each.table
        for each in current
        if each.kind == findings.FUTURES
    }
    return Sensitivity(
        measure,
        _moves(experiment, spreads, current, measure),
        [outcomes.sobol_table(experiment, each, measure) for each in spreads if each.kind == SOBOL],
        [outcomes.rank_table(experiment, each, measure) for each in spreads if each.kind == LATIN_HYPERCUBE],
        regrets,
        None if flip is None else flip.table,
        _titles(experiment, spreads, current, names),
        sorted({each.kind for each in kept} - {each.kind for each in current}),
        {
            ASSUMED + str(item["key"]): words.pick(dict(item["unit"]), names.lang)
            for item in experiment.assumptions()
            if item.get("unit")
        },
    )


def _is_asked(finding: Finding, measure: str) -> bool:
    """Whether a finding is about the measure."""
    if finding.kind == findings.ONE_AT_A_TIME:
        return measure in set(finding.table["measure"])
    return bool(finding.asked["measure"] == measure)


def is_current(finding: Finding, experiment: ExperimentResults) -> bool:
    """Whether the options a finding is about are those that are there now."""
    known: Mapping[str, str] = finding.asked["cells"]
    about = [cell for cell in experiment.cells() if finding.about in ("", cell.id)] or experiment.cells()
    return all(known.get(cell.id) == cell.hash for cell in about)


def moves_of(experiment: ExperimentResults, measure: str) -> pd.DataFrame:
    """What moving one thing at a time did to a measure, whichever way it was asked for; columns MOVES."""
    kept = [each for each in findings.kept(experiment.folder) if _is_asked(each, measure)]
    current = [each for each in kept if is_current(each, experiment)]
    return _moves(experiment, open_spreads(experiment.folder), current, measure)


def _moves(
    experiment: ExperimentResults, spreads: Sequence[StoredSpread], kept: Sequence[Finding], measure: str
) -> pd.DataFrame:
    """Moves of one thing at a time, from designs and from what `simlib run --one-at-a-time` kept."""
    parts = [
        outcomes.moved(experiment, each, measure)[list(MOVES)]
        for each in spreads
        if each.kind == ONE_AT_A_TIME
    ]
    parts += [_moves_found(each, measure) for each in kept if each.kind == findings.ONE_AT_A_TIME]
    found = pd.concat([pd.DataFrame(columns=list(MOVES)), *parts], ignore_index=True) if parts else None
    return pd.DataFrame(columns=list(MOVES)) if found is None else found.drop_duplicates(list(MOVES[:3]))


def _moves_found(finding: Finding, measure: str) -> pd.DataFrame:
    """The two ends of each assumption as rows."""
    rows = []
    for row in finding.table[finding.table["measure"] == measure].to_dict("records"):
        for end in ("low", "high"):
            if row[end] != row["base"]:
                parts = (row[f"at_{end}"], row[f"at_{end}_from"], row[f"at_{end}_to"], row["n"])
                told = (finding.about, ASSUMED + str(row["key"]), row[end], *parts)
                rows.append(dict(zip(MOVES, told, strict=True)))
    return pd.DataFrame(rows, columns=list(MOVES))


def _titles(
    experiment: ExperimentResults, spreads: Sequence[StoredSpread], kept: Sequence[Finding], names: Names
) -> dict[str, str]:
    """What each varied thing is called."""
    told = {
        ASSUMED + str(item["key"]): words.pick(dict(item["label"]), names.lang)
        for item in experiment.assumptions()
    }
    for spread in spreads:
        told |= {item.key: words.pick(dict(item.title), names.lang) for item in spread.varied}
    keys = set(told) | {str(key) for each in kept for key in each.table.get("key", ())}
    keys |= {str(key) for each in kept for key in each.table.get("key_2", ())}
    known = {key for key in keys if words.has(f"view.parameter.{key}")}
    told |= {key: names.say(f"view.parameter.{key}") for key in known}
    readings = {key for key in keys if key.startswith(READING)}
    return told | {key: names.say(f"view.{key}") for key in readings if words.has(f"view.{key}")}


def title_of(found: Sensitivity, key: str) -> str:
    """What a varied thing is called, by its full key or an assumption's own."""
    return found.titles.get(key) or found.titles.get(ASSUMED + key) or key


def option_of(option: str, names: Names) -> str:
    """What an option is called: a cell by its id, or a choice on the axes but that of the futures."""
    return names.cells.get(option) or names.formulas.get(option) or names.monies.get(option) or option


def size_text(measure: str, value: Any) -> str:
    """A difference of a measure: points of a share, ten thousands of yuan, or a number."""
    if measure.endswith("_share"):
        return "—" if is_missing(value) else f"{round(value * 100, 2) + 0.0:.2f}"
    return wan(value) if measure.endswith("_yuan") else number(value)


def spread_text(measure: str, mean: Any, low: Any, high: Any, *, signed: bool = True) -> str:
    """A difference with its interval; without one where it has none. signed: with a plus where it rises."""

    def write(value: Any) -> str:
        return ("+" if signed and value > 0 else "") + size_text(measure, value)

    if is_missing(low) or f"{low:.9g}" == f"{high:.9g}":
        return write(mean)
    return f"{write(mean)} ({write(low)} – {write(high)})"


def unit_of(measure: str, names: Names) -> str:
    """The unit differences are written in."""
    kind = "share" if measure.endswith("_share") else "yuan" if measure.endswith("_yuan") else "plain"
    return names.say(f"view.sensitivity.unit.{kind}")


def value_text(value: Any, names: Names) -> str:
    """A value that is taken: a number, or a word of a choice."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        text = str(value)
        return (
            names.say(f"view.sensitivity.value.{text}")
            if words.has(f"view.sensitivity.value.{text}")
            else text
        )
    return f"{value:.6g}"


def with_unit(found: Sensitivity, key: str, value: Any, names: Names) -> str:
    """A value that is taken, with its unit where it has one."""
    unit, text = unit_taken(found, key), value_text(value, names)
    return names.say("view.sensitivity.with_unit", value=text, unit=unit) if unit else text


def unit_taken(found: Sensitivity, key: str) -> str:
    """The unit of a varied thing, by its full key or an assumption's own; empty where it has none."""
    return found.units.get(key) or found.units.get(ASSUMED + key) or ""


def strongest(moves: pd.DataFrame) -> pd.DataFrame:
    """The things that move an option most, the strongest first: all rows of each."""
    size = moves.assign(size=moves["mean"].abs()).groupby("key", sort=False)["size"].max()
    keys = list(size.sort_values(ascending=False, kind="stable").index[:MOST_ROWS])
    ranks = {key: at for at, key in enumerate(keys)}
    kept = moves[moves["key"].isin(keys)]
    return kept.assign(rank=kept["key"].map(ranks)).sort_values("rank", kind="stable", ignore_index=True)

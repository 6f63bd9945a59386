"""What a choice hangs on, in answers and tables: what moves it, what makes it uncertain, what overturns it.

Everything is read from the experiment's folder: the points of its designs, and what `simlib run
--one-at-a-time` and `simlib compare --flip` and `--futures` found and kept there.
"""

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
from simlib.view.blocks import Block, bullets, paragraph
from simlib.view.decision import FEW_REPLICATIONS
from simlib.view.names import Names, is_missing, number, percent, wan
from simlib.view.tables import table

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


def _with_unit(found: Sensitivity, key: str, value: Any, names: Names) -> str:
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


def answers(found: Sensitivity, names: Names) -> Block:
    """What is most worth knowing, in a few sentences."""
    lines = [*_said_of_moves(found, names), *_said_of_indices(found, names)]
    measure = names.or_code("measure", found.measure)
    for about, regret in found.regrets.items():
        best = regret.iloc[0]
        told = {"about": about, "option": option_of(str(best["option"]), names), "measure": measure}
        told |= {"regret": size_text(found.measure, best["regret"]), "unit": unit_of(found.measure, names)}
        lines.append(names.say("view.sensitivity.least_regret", **told))
    if found.flips is not None:
        lines.append(names.say("view.sensitivity.flips", count=len(found.flips)))
    least = int(found.moves["n"].min()) if not found.moves.empty else FEW_REPLICATIONS
    if least < FEW_REPLICATIONS:
        lines.append(names.say("view.decision.few", n=least))
    return bullets(lines or [names.say("view.sensitivity.nothing")])


def _said_of_moves(found: Sensitivity, names: Names) -> list[str]:
    """For each option what moves it most, beyond chance."""
    lines = []
    for option, moves in found.moves.groupby("option", sort=False):
        told = {"option": option_of(str(option), names), "measure": names.or_code("measure", found.measure)}
        sure = moves[(moves["low"] > 0) | (moves["high"] < 0)]
        if sure.empty:
            lines.append(names.say("view.sensitivity.moves_none", **told))
            continue
        top = sure.loc[sure["mean"].abs().sort_values(kind="stable").index].iloc[-1]
        told |= {"item": title_of(found, top["key"]), "end": _with_unit(found, top["key"], top["end"], names)}
        told |= {"unit": unit_of(found.measure, names)}
        told["change"] = spread_text(found.measure, top["mean"], top["low"], top["high"])
        lines.append(names.say("view.sensitivity.moves", **told))
    return lines


def _said_of_indices(found: Sensitivity, names: Names) -> list[str]:
    """For each option where most of the spread comes from."""
    lines = []
    for indices in found.indices:
        for option, rows in indices.dropna(subset=["total"]).groupby("option", sort=False):
            top = rows.sort_values("total", kind="stable").iloc[-1]
            told = {"option": option_of(str(option), names), "item": title_of(found, top["key"])}
            told["measure"] = names.or_code("measure", found.measure)
            ends = ("total", "total_low", "total_high")
            shares = [percent(min(max(top[end], 0.0), 1.0)) for end in ends]
            told |= dict(zip(("share", "low", "high"), shares, strict=True))
            lines.append(names.say("view.sensitivity.most", **told))
    return lines


def absent(found: Sensitivity, kind: str, names: Names) -> list[Block]:
    """How to get what is not there yet, or belongs to options as they were; nothing where it is there."""
    there = {
        findings.ONE_AT_A_TIME: not found.moves.empty,
        findings.FLIP: found.flips is not None,
        findings.FUTURES: bool(found.regrets),
        "indices": bool(found.indices or found.ranks),
    }[kind]
    if there:
        return []
    lines = [names.say("view.sensitivity.stale")] if kind in found.stale else []
    return [paragraph(line) for line in (*lines, names.say(f"view.sensitivity.absent.{kind}"))]


def move_tables(found: Sensitivity, names: Names) -> list[Block]:
    """What each thing does at each end, option by option; nothing where nothing was moved."""
    tops = [strongest(moves) for _, moves in found.moves.groupby("option", sort=False)]
    if not tops:
        return []
    top = pd.concat(tops, ignore_index=True)
    rows = pd.DataFrame(
        {
            "option": [option_of(str(option), names) for option in top["option"]],
            "item": [title_of(found, key) for key in top["key"]],
            "end": [value_text(value, names) for value in top["end"]],
            "unit": [unit_taken(found, key) for key in top["key"]],
            "change": [
                spread_text(found.measure, *ends)
                for ends in zip(top["mean"], top["low"], top["high"], strict=True)
            ],
        }
    )
    heads = _heads(names, "option", "item", "end", "unit") | {"change": _change_head(found, names)}
    return [table(rows, label=names.say("view.sensitivity.label.moves"), name="moves", titles=heads)]


def index_tables(found: Sensitivity, names: Names) -> list[Block]:
    """Sobol' indices, a row an option and varied thing, and what of them is chance."""
    blocks = []
    for at, indices in enumerate(found.indices):
        rows = pd.DataFrame(
            {
                "item": [title_of(found, key) for key in indices["key"]],
                "option": [option_of(option, names) for option in indices["option"]],
                "first": _index_texts(indices, "first"),
                "total": _index_texts(indices, "total"),
            }
        )
        label = names.say("view.sensitivity.label.indices")
        heads = _heads(names, "item", "option", "first", "total")
        blocks.append(table(rows, label=label, name=f"indices-{at}", titles=heads))
        told = {"rows": int(indices["rows"].iloc[0]), "noise": percent(indices["noise_share"].max())}
        blocks.append(paragraph(names.say("view.sensitivity.index_remark", **told)))
    return blocks


def rank_tables(found: Sensitivity, names: Names) -> list[Block]:
    """Partial rank correlations, a row an option and varied thing, and how well ranks tell the whole."""
    blocks = []
    for at, ranks in enumerate(found.ranks):
        rows = pd.DataFrame(
            {
                "item": [title_of(found, key) for key in ranks["key"]],
                "option": [option_of(option, names) for option in ranks["option"]],
                "partial": _index_texts(ranks, "partial"),
                "slope": [_two(value) for value in ranks["slope"]],
            }
        )
        label = names.say("view.sensitivity.label.ranks")
        heads = _heads(names, "item", "option", "partial", "slope")
        blocks.append(table(rows, label=label, name=f"ranks-{at}", titles=heads))
        told = {"points": int(ranks["points"].iloc[0]), "fit": percent(ranks["fit"].min())}
        blocks.append(paragraph(names.say("view.sensitivity.rank_remark", **told)))
    return blocks


def _index_texts(frame: pd.DataFrame, name: str) -> list[str]:
    triples = zip(frame[name], frame[f"{name}_low"], frame[f"{name}_high"], strict=True)
    return [
        "—" if is_missing(mean) else f"{_two(mean)} ({_two(low)} – {_two(high)})"
        for mean, low, high in triples
    ]


def _two(value: Any) -> str:
    return "—" if is_missing(value) else f"{value:.2f}"


def regret_tables(found: Sensitivity, names: Names) -> list[Block]:
    """What each option gives away in its worst future, and how often it is best."""
    blocks = []
    for at, (about, regret) in enumerate(found.regrets.items()):
        rows = {
            "option": [option_of(option, names) for option in regret["option"]],
            "regret": [
                spread_text(found.measure, *ends, signed=False)
                for ends in zip(regret["regret"], regret["regret_low"], regret["regret_high"], strict=True)
            ],
            "mean": [_level(found.measure, value) for value in regret["mean"]],
            "worst": [_level(found.measure, value) for value in regret["worst"]],
        }
        keys = ["option", "regret", "mean", "worst"]
        if "best_share" in regret:
            rows["best_share"] = [percent(share) for share in regret["best_share"]]
            keys.append("best_share")
        label = names.say("view.sensitivity.label.regret", about=about)
        heads = _heads(names, *keys)
        heads["regret"] = f"{heads['regret']} ({unit_of(found.measure, names)})"
        blocks.append(table(pd.DataFrame(rows), label=label, name=f"regret-{at}", titles=heads))
    return blocks


def _level(measure: str, value: Any) -> str:
    if measure.endswith("_share"):
        return percent(value)
    return wan(value) if measure.endswith("_yuan") else number(value)


def flip_card(found: Sensitivity, names: Names) -> list[Block]:
    """The smallest changes that overturn the recommendation, each simulated and seen to."""
    if found.flips is None:
        return []
    if found.flips.empty:
        return [paragraph(names.say("view.sensitivity.no_flip"))]
    cards = found.flips.to_dict("records")
    rows = pd.DataFrame(
        {
            "change": [_change(found, card, names) for card in cards],
            "overturned_by": [option_of(card["overturned_by"], names) for card in cards],
            "behind": [
                spread_text(
                    found.measure, card["behind"], card["behind_low"], card["behind_high"], signed=False
                )
                for card in cards
            ],
            "sure": [names.say(f"view.sensitivity.sure.{'yes' if card['sure'] else 'no'}") for card in cards],
        }
    )
    heads = _heads(names, "change", "overturned_by", "behind", "sure")
    heads["behind"] = f"{heads['behind']} ({unit_of(found.measure, names)})"
    option = option_of(str(cards[0]["recommended"]), names)
    label = names.say("view.sensitivity.label.flip", option=option)
    told = paragraph(names.say("view.sensitivity.recommended", option=option))
    return [told, table(rows, label=label, name="flip-card", titles=heads)]


def _change(found: Sensitivity, card: Mapping[Any, Any], names: Names) -> str:
    """The one or two changes of a card in words."""
    parts = [
        names.say(
            "view.sensitivity.change",
            item=title_of(found, card[f"key{ending}"]),
            base=value_text(card[f"base{ending}"], names),
            value=_with_unit(found, str(card[f"key{ending}"]), card[f"value{ending}"], names),
        )
        for ending in ("", "_2")
        if not is_missing(card[f"key{ending}"])
    ]
    return names.say("view.and").join(parts)


def _heads(names: Names, *keys: str) -> dict[str, str]:
    return {key: names.say(f"view.sensitivity.column.{key}") for key in keys}


def _change_head(found: Sensitivity, names: Names) -> str:
    told = {"measure": names.or_code("measure", found.measure), "unit": unit_of(found.measure, names)}
    return names.say("view.sensitivity.column.change_of", **told)

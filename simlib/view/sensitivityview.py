"""What a choice hangs on, in answers and tables: what moves it, what makes it uncertain, what overturns it.

Everything is read from the experiment's folder: the points of its designs, and what `simlib run
--one-at-a-time` and `simlib compare --flip` and `--futures` found and kept there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from simlib.results import findings
from simlib.view.blocks import Block, bullets, paragraph
from simlib.view.decision import FEW_REPLICATIONS
from simlib.view.names import Names, is_missing, number, percent, wan
from simlib.view.sensitivityfacts import (
    Sensitivity,
    option_of,
    size_text,
    spread_text,
    strongest,
    title_of,
    unit_of,
    unit_taken,
    value_text,
    with_unit,
)
from simlib.view.tables import table


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
        told |= {"item": title_of(found, top["key"]), "end": with_unit(found, top["key"], top["end"], names)}
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
            value=with_unit(found, str(card[f"key{ending}"]), card[f"value{ending}"], names),
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

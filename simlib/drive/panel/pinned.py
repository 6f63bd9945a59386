"""Options kept for comparison, side by side on the same chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from simlib import words
from simlib.decide.intervals import says_nothing
from simlib.drive.panel.asked import Asked
from simlib.drive.panel.optionnames import in_interval, names_for
from simlib.policy.statutes import Law
from simlib.results import measures
from simlib.runs.live import Seen
from simlib.scenario.parts import Text
from simlib.view import chartparts, livecharts, tables
from simlib.view.blocks import Block, paragraph
from simlib.view.howtoread import counted_waits
from simlib.view.names import Names, wan


@dataclass(frozen=True, slots=True)
class Pinned:
    """An option kept for comparison: its name in each language, the question, what was seen of it."""

    titles: Text
    asked: Asked
    seen: Seen

    def name(self, lang: str) -> str:
        """What it is called in a language."""
        return words.pick(dict(self.titles), lang)


def compared(pins: Sequence[Pinned], law: Law, lang: str) -> Block:
    """Pinned options side by side: a row each, differences to the first on the same chance, and a chart."""
    if not pins:
        return paragraph(words.say("panel.compare.empty", lang))
    names = names_for({pin.name(lang): pin.asked.scenario for pin in pins}, "", law, lang)
    alike = [pin.name(lang) for pin in pins[1:] if is_alike(pin, pins[0])]
    told = words.say("panel.compare.alike", lang, options=words.say("view.list", lang).join(alike))
    return chartparts.show(
        _side_by_side(pins, lang, label=words.say("panel.tab.compare", lang), name="compared"),
        paragraph(words.say("panel.compare.note", lang) + counted_waits(lang)),
        *([paragraph(told)] if alike else []),
        livecharts.cost_and_time(_points(pins, names), names),
    )


def within(pins: Sequence[Pinned], yuan: int, lang: str, few: str) -> Block:
    """The options within the same money a year, side by side: their distribution alone differs [yuan].

    few: said where there are too few replications for more than a hint, else empty.
    """
    label = words.say("panel.same.title", lang, wan=wan(yuan))
    table = _side_by_side(pins, lang, label=label, name="same-money")
    return chartparts.show(paragraph(label + few), table)


def _side_by_side(pins: Sequence[Pinned], lang: str, *, label: str, name: str) -> Block:
    """A row an option, with its difference to the first."""
    rows = [_compared_row(pin, pins[0], lang) for pin in pins]
    columns = ("option", "on_time", "difference", "cost", "posts", "wait", "lost", "n")
    heads = {column: words.say(f"panel.compare.{column}", lang) for column in columns}
    return tables.table(pd.DataFrame(rows), label=label, name=name, titles=heads)


def _figures(pin: Pinned) -> Any:
    summary = pin.seen.summary()
    return summary[summary["year"] == 0].set_index("measure")


def _compared_row(pin: Pinned, first: Pinned, lang: str) -> dict[str, str]:
    found = _figures(pin)

    def said(measure: str, *, share: bool = False) -> str:
        return in_interval(*(float(found.loc[measure, end]) for end in ("mean", "low", "high")), share=share)

    return {
        "option": pin.name(lang),
        "posts": said("posts_filled"),
        "cost": wan(float(found.loc["cost_yuan", "mean"])),
        "on_time": said("on_time_share", share=True),
        "wait": said("wait_days_mean"),
        "lost": said("excluded_months"),
        "difference": "—" if pin is first else difference(pin, first, lang),
        "n": str(pin.seen.replications),
    }


def difference(pin: Pinned, first: Pinned, lang: str) -> str:
    """The on-time rate less that of the first option, pair by pair on the same chance, with its interval."""
    if not is_comparable(pin, first):
        return words.say("panel.compare.other_place", lang)
    paired = _by_replication(pin) - _by_replication(first)
    if is_alike(pin, first):
        return words.say("panel.compare.same", lang)
    mean, low, high, count = measures.interval(paired)
    if count < measures.SPREAD or says_nothing(
        max(abs(low), abs(high)), [float(_by_replication(first).mean())]
    ):
        return words.say("panel.compare.few_pairs", lang, n=count, needed=measures.FEW)
    told = f"{mean * 100:+.1f} ({low * 100:+.1f}…{high * 100:+.1f})"
    return told if low * high > 0 else f"{told} {words.say('panel.compare.not_apart', lang)}"


def is_comparable(pin: Pinned, first: Pinned) -> bool:
    """Whether two options are of the same counties, years and future, so that they share their chance."""
    one, other = pin.asked.scenario, first.asked.scenario
    is_same_world = one.place.resolve() == other.place.resolve() and one.future == other.future
    return is_same_world and one.run == other.run and pin.asked.counties == first.asked.counties


def is_alike(pin: Pinned, first: Pinned) -> bool:
    """Whether two options came out the same in everything that is measured, replication by replication."""
    many = min(pin.seen.replications, first.seen.replications)
    one, other = (_measured(each, many) for each in (pin, first))
    return is_comparable(pin, first) and one.equals(other)


def _measured(pin: Pinned, many: int) -> pd.Series:
    """What came of the first replications, but for what the formula asks on paper."""
    values = pin.seen.values
    kept = values[(values["replication"] < many) & (values["measure"] != "posts_required")]
    return kept.set_index(["measure", "replication"])["value"].sort_index()


def _by_replication(pin: Pinned) -> pd.Series:
    values = pin.seen.values
    return values[values["measure"] == "on_time_share"].set_index("replication")["value"]


def _points(pins: Sequence[Pinned], names: Names) -> pd.DataFrame:
    rows = []
    for pin in pins:
        found = _figures(pin)
        cost = [float(found.loc["cost_yuan", end]) / 10_000 for end in ("mean", "low", "high")]
        share = [float(found.loc["on_time_share", end]) for end in ("mean", "low", "high")]
        formula, money = names.keys[pin.name(names.lang)]
        rows.append((pin.name(names.lang), formula, money, *cost, *share))
    columns = ["option", "formula", "money", "cost_wan", "cost_low", "cost_high", "on_time", "low", "high"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(money_title=[names.monies[money] for money in frame["money"]])

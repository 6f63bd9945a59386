"""Purchases and contracts: one replication as a timetable beside the law, all replications as frequencies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from simlib.results.contracts import FACTS, contract_facts, gaps, outside_term
from simlib.results.measures import interval as mean_interval
from simlib.units import FEN_PER_YUAN, SHARE_ONE
from simlib.view.blocks import Block, escaped, paragraph
from simlib.view.contract import ExperimentView
from simlib.view.names import Names, interval, is_missing, number, wan
from simlib.view.statusform import first_year
from simlib.view.tables import table
from simlib.years.contracts.contractlog import BEFORE_PLAN

EXAMPLE = 0
"""The replication that is shown as a timetable; dates of several have no mean."""

EVENTS = ("void", "challenge", "complaint", "finding", "termination", "take_over")
"""Steps that are marked in the chart: what goes wrong, and what is done about it."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """One replication of a cell: its contracts, the steps that led to them, and when there was none.

    first, last: of the plan; last is the day after it.
    """

    contracts: pd.DataFrame
    steps: pd.DataFrame
    gaps: pd.DataFrame
    counties: dict[str, str]
    first: date
    last: date

    def row(self, county: object, lot: object, names: Names) -> str:
        """What a row of the timetable is called."""
        called = self.counties.get(str(county), str(county))
        return (
            f"{called}{names.say('view.dot')}{names.say(f'lot_{lot}')}" if self.has_several_lots else called
        )

    @property
    def has_several_lots(self) -> bool:
        """Whether a county buys more than one thing, so that its name alone does not say which."""
        return len({*self.contracts["lot"], *self.steps["lot"]}) > 1


def timetable(experiment: ExperimentView, scenario: str) -> Timetable | None:
    """The timetable of a cell's example replication; nothing where posts need no contract."""
    contracts, steps = experiment.contracts(scenario), experiment.contract_steps(scenario)
    if contracts.empty and steps.empty:
        return None
    mine = contracts[contracts["replication"] == EXAMPLE]
    counties = experiment.place.counties
    called = dict(zip(counties["county_code"].astype(str), counties["county"].astype(str), strict=True))
    begin = first_year(experiment)
    last = date(begin + int(experiment.record()["years"]), 1, 1)
    walked = steps[steps["replication"] == EXAMPLE]
    return Timetable(mine, walked, gaps(mine, last=last), called, date(begin, 1, 1), last)


def no_contracts(names: Names) -> Block:
    """The line that stands instead of a timetable."""
    return paragraph(names.say("view.contracts.none"))


def facts_table(experiment: ExperimentView, scenario: str, names: Names) -> Block:
    """How purchases and contracts went over all replications, with interval."""
    contracts, steps = experiment.contracts(scenario), experiment.contract_steps(scenario)
    facts = contract_facts(contracts, steps, int(experiment.record()["replications"]))
    rows = [
        {"fact": names.say(f"view.contracts.{fact}"), "mean": _fact(fact, facts[fact].astype(float))}
        for fact in FACTS
    ]
    heads = {"fact": names.say("view.column.measure"), "mean": names.say("view.column.mean")}
    label = names.say("view.label.contract_facts")
    return table(pd.DataFrame(rows), label=label, name="contract-facts", titles=heads)


def _fact(fact: str, values: pd.Series) -> str:
    mean, low, high, count = mean_interval(values)
    if not count:
        return "—"
    share = fact.endswith("_share")
    return interval(mean, max(low, 0.0), min(high, 1.0) if share else high, share=share)


def contract_table(times: Timetable, names: Names) -> Block:
    """A row a contract of the example replication: how it was bought, for how much, its dates, its end."""
    found = times.contracts.sort_values(["county_code", "lot", "sequence"])
    rows = pd.DataFrame(
        {"row": [times.row(*key, names) for key in zip(found["county_code"], found["lot"], strict=True)]}
    )
    rows["sequence"] = found["sequence"].astype(str).to_numpy()
    rows["method"] = [names.say(f"method_{method}") for method in found["method"]]
    rows["posts"] = found["posts"].to_numpy()
    bought = (found["method"] != BEFORE_PLAN).to_numpy()
    for column in ("budget_fen", "price_fen"):
        amounts = zip(found[column], bought, strict=True)
        rows[column] = [wan(fen / FEN_PER_YUAN) if known else "—" for fen, known in amounts]
    for column in ("asked_on", "signed_on", "begins_on", "ends_on"):
        rows[column] = [_day(day) for day in found[column]]
    rows["gap_days"] = found["gap_days"].to_numpy()
    rows["end_reason"] = [names.say(f"contract_end_{reason}") for reason in found["end_reason"]]
    heads = {str(column): names.say(f"view.column.contract.{column}") for column in rows}
    over = {names.say("view.column.contract.money"): ["budget_fen", "price_fen"]}
    label = names.say("view.label.contracts")
    return table(rows, label=label, name="contracts", titles=heads, spanners=over, wide=True)


def step_tables(times: Timetable, names: Names) -> Block:
    """For each county and lot the steps of its first purchase, each date beside what the law allows."""
    blocks = []
    for (county, lot), steps in times.steps.groupby(["county_code", "lot"], sort=True):
        first = steps[steps["sequence"] == steps["sequence"].min()].sort_values(["round", "place"])
        title = names.say("view.contracts.first_purchase", row=times.row(county, lot, names))
        inner = _step_table(first, title, f"steps-{county}-{lot}", names)
        head = f"<summary>{escaped(title)}</summary>"
        html = f'<details class="steps" data-claim="steps-of">{head}{inner.html}</details>'
        blocks.append(Block(html, inner.text))
    if not blocks:
        return paragraph(names.say("view.contracts.no_steps"))
    return Block("\n".join(block.html for block in blocks), "\n".join(block.text for block in blocks))


def _step_table(steps: pd.DataFrame, title: str, name: str, names: Names) -> Block:
    kept = ~outside_term(steps)
    rows = pd.DataFrame({"step": [names.say(f"step_{step}") for step in steps["step"]]})
    for column in ("happens_on", "earliest_on", "latest_on"):
        rows[column] = [_day(day) for day in steps[column]]
    rows["kept"] = [names.say(f"view.contracts.kept.{'yes' if one else 'no'}") for one in kept]
    marks = [mark / SHARE_ONE * 100 if mark else None for mark in steps["mark_parts"]]
    rows["mark"] = [number(mark) for mark in marks]
    heads = {str(column): names.say(f"view.column.step.{column}") for column in rows}
    return table(rows, label=title, name=name, titles=heads)


def _day(day: Any) -> str:
    return "—" if is_missing(day) or pd.isna(day) else pd.Timestamp(str(day)).date().isoformat()


def spans(times: Timetable, names: Names) -> pd.DataFrame:
    """Bars of the chart: row, lane, kind (purchase, contract, gap), from_on, to_on, told; cut to the plan."""
    bars: list[tuple[str, str, object, object, int]] = []
    for row in times.contracts.itertuples():
        key = times.row(row.county_code, row.lot, names)
        if row.method != BEFORE_PLAN:
            bars.append((key, "purchase", row.asked_on, row.signed_on, int(str(row.sequence))))
        bars.append((key, "contract", row.begins_on, row.ends_on, int(str(row.sequence))))
    bars += [
        (times.row(row.county_code, row.lot, names), "gap", row.from_on, row.to_on, 0)
        for row in times.gaps.itertuples()
    ]
    bars += _under_way(times, names)
    frame = pd.DataFrame(bars, columns=["row", "kind", "from_on", "to_on", "sequence"])
    for column in ("from_on", "to_on"):
        days: Any = pd.to_datetime(frame[column])
        frame[column] = days.clip(pd.Timestamp(times.first), pd.Timestamp(times.last))
    return frame[frame["to_on"] > frame["from_on"]].reset_index(drop=True)


def _under_way(times: Timetable, names: Names) -> list[tuple[str, str, object, object, int]]:
    """Purchases that have come to no contract by the plan's end."""
    known = set(
        zip(times.contracts["county_code"], times.contracts["lot"], times.contracts["sequence"], strict=True)
    )
    bars: list[tuple[str, str, object, object, int]] = []
    for key, steps in times.steps.groupby(["county_code", "lot", "sequence"], sort=True):
        if isinstance(key, tuple) and key not in known:
            row = times.row(key[0], key[1], names)
            bars.append((row, "purchase", steps["happens_on"].min(), times.last, int(str(key[2]))))
    return bars


def events(times: Timetable, names: Names) -> pd.DataFrame:
    """Marks of the chart: row, step, on."""
    found = times.steps[times.steps["step"].isin(EVENTS)]
    keys = zip(found["county_code"], found["lot"], strict=True)
    frame = pd.DataFrame({"row": [times.row(*key, names) for key in keys]})
    frame["step"] = [names.say(f"step_{step}") for step in found["step"]]
    frame["on"] = pd.to_datetime(found["happens_on"]).to_numpy()
    return frame


def event_titles(names: Names) -> Sequence[str]:
    """What the marks are called, in their order."""
    return [names.say(f"step_{step}") for step in EVENTS]

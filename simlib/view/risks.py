"""What may go wrong under an option: bad years, late townships, advances, gaps, who is missed or overpaid."""

from __future__ import annotations

import pandas as pd

from simlib.view.blocks import Block, bullets
from simlib.view.contract import ALL_YEARS, GRID, ExperimentView
from simlib.view.decision import ON_TIME, options
from simlib.view.names import Names, is_missing, number, percent, wan
from simlib.view.tables import table

WORST = 10
"""Townships that are named as the latest."""
EXCLUSION = ("excluded_unknown_months", "excluded_route_months", "excluded_late_months")
LEAKAGE = ("overpaid_design_yuan", "overpaid_late_yuan")
"""What exclusion and leakage are made of; a part may be negative, the sum is what counts."""


def risks(experiment: ExperimentView, scenario: str, names: Names) -> Block:
    """The risks of an option in sentences, each with its figure."""
    summary = experiment.summary()
    mine = summary[summary["scenario"] == scenario].set_index(["measure", "year"])
    rows = summary[(summary["scenario"] == scenario) & (summary["year"] == ALL_YEARS)]
    whole = {str(row["measure"]): row for _, row in rows.iterrows()}
    lines = [
        _worst_year(mine, names),
        _range(experiment, scenario, whole, names),
        *_townships(experiment, scenario, names),
    ]
    lines += [
        names.say(f"risks.{measure}", amount=wan(row["mean"]), **_highest(experiment, scenario, measure))
        if measure.endswith("_yuan")
        else names.say(f"risks.{measure}", amount=number(row["mean"], digits=0))
        for measure in SAID
        if (row := whole.get(measure)) is not None and not is_missing(row["mean"]) and row["mean"] > 0
    ]
    return bullets((line for line in lines if line), kind="risks", claim="risks")


SAID = (
    "advance_yuan",
    "gap_household_days",
    "unmanned_days",
    "unlawful_visits",
    "visits_missed",
    "reviews_overdue",
)
"""Measures that are told as risks where they are not nought."""


def _worst_year(mine: pd.DataFrame, names: Names) -> str:
    rows = mine.loc[ON_TIME] if ON_TIME in mine.index.get_level_values(0) else pd.DataFrame()
    years = rows[rows.index != ALL_YEARS]["mean"].dropna() if len(rows) else pd.Series(dtype=float)
    if len(years) < 2:
        return ""
    return names.say("risks.worst_year", year=str(years.idxmin()), rate=percent(float(years.min())))


def _range(experiment: ExperimentView, scenario: str, whole: dict[str, pd.Series], names: Names) -> str:
    """How sure the mean is, and the worst single run: an interval of a mean says nothing of a bad run."""
    row = whole.get(ON_TIME)
    if row is None or is_missing(row["low"]) or row["low"] == row["high"]:
        return names.say("risks.no_range")
    seen = _of_replications(experiment, scenario, ON_TIME)
    told = {"low": percent(row["low"]), "high": percent(row["high"]), "n": len(seen)}
    return names.say("risks.range", worst=percent(float(seen.min())), **told)


def _highest(experiment: ExperimentView, scenario: str, measure: str) -> dict[str, object]:
    """The highest single run of a measure of money, and of how many."""
    seen = _of_replications(experiment, scenario, measure)
    return {"highest": wan(float(seen.max())), "n": len(seen)}


def _of_replications(experiment: ExperimentView, scenario: str, measure: str) -> pd.Series:
    rows = experiment.by_replication(measure)
    return rows.loc[rows["scenario"] == scenario, "value"].dropna()


def _townships(experiment: ExperimentView, scenario: str, names: Names) -> list[str]:
    known = experiment.townships(scenario).dropna(subset=["on_time_share"])
    if known.empty:
        return []
    late = known.sort_values(["on_time_share", "area_code"], kind="stable").iloc[0]
    told = {"area": f"{late['county']}{late['area']}", "rate": percent(late["on_time_share"])}
    half = int((known["on_time_share"] < 0.5).sum())
    return [names.say("risks.township", **told, half=half, total=len(known))]


def worst_townships(townships: pd.DataFrame, names: Names) -> Block:
    """The townships that decide least in time: caseload, posts, on-time rate, wait."""
    known = townships.dropna(subset=["on_time_share"])
    rows = known.sort_values(["on_time_share", "area_code"], kind="stable").head(WORST).copy()
    rows["on_time_share"] = [percent(share) for share in rows["on_time_share"]]
    heads = {
        key: names.say(f"view.column.{key}")
        for key in ("area", "county", "households", "posts_required", "posts_existing", "posts_filled")
    }
    heads |= {key: names.say(f"view.measure.{key}") for key in ("on_time_share", "wait_days_mean")}
    label = names.say("risks.label.worst")
    return table(rows, label=label, name="worst-townships", titles=heads)


def leakage_table(summary: pd.DataFrame, names: Names, *, view: str = GRID) -> Block:
    """A row an option: exclusion and leakage over the plan with their parts, recoveries and phase-out."""
    found = options(summary, view)
    pairs = zip(found["formula"], found["money"], strict=True)
    rows = pd.DataFrame({"option": [names.option(*pair) for pair in pairs]})
    shown = [
        measure
        for measure in ("excluded_months", *EXCLUSION, "overpaid_yuan", *LEAKAGE, "recovered_yuan")
        if measure in found
    ]
    for measure in shown:
        write = wan if measure.endswith("_yuan") else lambda value: number(value, digits=0)
        rows[measure] = [write(value) for value in found[measure]]
    heads = {"option": names.say("view.column.option")}
    heads |= {measure: names.say(f"risks.cause.{measure}") for measure in shown}
    over = {
        names.say(f"risks.axis.{kind}"): [measure for measure in shown if measure.endswith(unit)]
        for kind, unit in (("exclusion", "_months"), ("leakage", "_yuan"))
    }
    label = names.say("view.section.leakage")
    spanners = {title: under for title, under in over.items() if under}
    return table(rows, label=label, name=f"leakage-{view}", titles=heads, spanners=spanners, wide=True)

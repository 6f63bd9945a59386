"""Dates of purchases and contracts, as a form states them: the first and last day over the replications."""

from __future__ import annotations

from datetime import date

import pandas as pd

from simlib.view.names import Names
from simlib.years.contracts.contractlog import BEFORE_PLAN


def in_force(contracts: pd.DataFrame, county: str, *, end: date) -> pd.DataFrame:
    """Contracts of a county that run on the day before `end`, of all replications and lots."""
    mine = contracts[contracts["county_code"].astype(str) == county]
    last = pd.Timestamp(end) - pd.Timedelta(days=1)
    begins, ends = (pd.to_datetime(mine[name]) for name in ("begins_on", "ends_on"))
    return mine[(begins <= last) & (last <= ends)]


def dates_text(contracts: pd.DataFrame, names: Names) -> str:
    """From when to when contracts run, or that there is none."""
    if contracts.empty:
        return names.say("forms.status.no_contract")
    begins, ends = span(contracts["begins_on"], names), span(contracts["ends_on"], names)
    return names.say("forms.status.contract_dates", begins=begins, ends=ends)


def span(days: pd.Series, names: Names) -> str:
    """The first and last of several days, one where they are the same."""
    first, last = (f"{day:%Y-%m-%d}" for day in (pd.to_datetime(days).min(), pd.to_datetime(days).max()))
    return first if first == last else names.say("forms.day_span", first=first, last=last)


def first_purchase(contracts: pd.DataFrame, county: str) -> pd.DataFrame:
    """The first contract that a county's plan buys, one a replication."""
    mine = contracts[(contracts["county_code"].astype(str) == county) & (contracts["lot"] == "bought")]
    mine = mine[mine["method"] != BEFORE_PLAN].sort_values("sequence", kind="stable")
    return mine.groupby("replication", as_index=False).head(1)


def step_dates(steps: pd.DataFrame, bought: pd.DataFrame, step: str) -> pd.Series:
    """The days on which a step of these purchases happened; of several rounds, the last."""
    keys = ["replication", "county_code", "lot", "sequence"]
    mine = steps[steps["step"] == step].merge(bought[keys], on=keys)
    return mine.sort_values(["round", "place"]).groupby("replication")["happens_on"].last()

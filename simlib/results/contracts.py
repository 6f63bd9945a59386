"""Purchases and contracts of a run: one replication as a timetable, all of them as frequencies."""

from __future__ import annotations

from datetime import date

import pandas as pd

from simlib.years.contracts.contractlog import BEFORE_PLAN, FAILED, RUNNING

MONTH_DAYS = 365.2425 / 12
FACTS = (
    *("contracts", "challenged_share", "complained_share", "void_share", "failed_share", "take_overs"),
    *("purchase_months", "gap_days", "mark_share", "outside_term"),
)
"""What is told of purchases over the replications: contracts that the plan bought; shares of them that were
challenged, taken to complaint, bought after a void round, ended by breach or cheating; take-overs; months
from asking to beginning; days without a contract before one began; mark of the last evaluation; steps on a
day outside their statutory term."""


def outside_term(steps: pd.DataFrame) -> pd.Series:
    """Whether each step happened before its statutory earliest day or after its latest."""
    on, earliest, latest = (
        pd.to_datetime(steps[name]) for name in ("happens_on", "earliest_on", "latest_on")
    )
    return (on < earliest) | (on > latest)


def contract_facts(contracts: pd.DataFrame, steps: pd.DataFrame, replications: int) -> pd.DataFrame:
    """`FACTS` of each replication: replication and a column a fact; empty where nothing is bought."""
    if contracts.empty:
        return pd.DataFrame(columns=["replication", *FACTS])
    bought = contracts[contracts["method"] != BEFORE_PLAN]
    rows = []
    for replication in range(replications):
        mine = bought[bought["replication"] == replication]
        walked = steps[steps["replication"] == replication]
        months = (pd.to_datetime(mine["begins_on"]) - pd.to_datetime(mine["asked_on"])).dt.days / MONTH_DAYS
        judged = mine[mine["evaluations"] > 0]
        rows.append(
            {
                "replication": replication,
                "contracts": len(mine),
                "challenged_share": mine["challenged"].mean(),
                "complained_share": mine["complained"].mean(),
                "void_share": (mine["rounds"] > 1).mean(),
                "failed_share": mine["end_reason"].isin(FAILED).mean(),
                "take_overs": int((walked["step"] == "take_over").sum()),
                "purchase_months": months.mean(),
                "gap_days": float(mine["gap_days"].sum()),
                "mark_share": judged["mark_parts"].mean() / 65_536,
                "outside_term": int(outside_term(walked).sum()),
            }
        )
    return pd.DataFrame(rows, columns=["replication", *FACTS])


def gaps(contracts: pd.DataFrame, *, last: date) -> pd.DataFrame:
    """When a county's lot stood under no contract: replication, county_code, lot, from_on, to_on.

    Before each contract as many days as its row says; after the last one that ended before `last`, the plan's
    last day, until then.
    """
    columns = ["replication", "county_code", "lot", "from_on", "to_on"]
    before = contracts[contracts["gap_days"] > 0]
    begins = pd.to_datetime(before["begins_on"])
    parts = [before.assign(from_on=begins - pd.to_timedelta(before["gap_days"], unit="D"), to_on=begins)]
    ended = contracts.sort_values("sequence").groupby(["replication", "county_code", "lot"]).tail(1)
    ended = ended.assign(from_on=pd.to_datetime(ended["ends_on"]) + pd.Timedelta(days=1))
    over = ended[(ended["end_reason"] != RUNNING) & (ended["from_on"] < pd.Timestamp(last))]
    parts.append(over.assign(to_on=pd.Timestamp(last)))
    return pd.concat([part[columns] for part in parts], ignore_index=True)

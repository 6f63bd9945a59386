"""Money of a run: the ledger of each fund and year, cost by line and source, what the county advances."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from simlib.policy.services.fund import GRANT
from simlib.units import FEN_PER_YUAN
from simlib.years.money.accounts import ADJUSTMENTS, USED, WORK_FUND
from simlib.years.money.wages import COSTS

LEDGER: Mapping[str, tuple[str, ...]] = {
    "carried_in": ("carried_in",),
    "voted": ("voted",),
    "adjusted": ADJUSTMENTS,
    **{line: (line,) for line in USED},
}
"""Columns of the ledger, and the lines of the money table each adds up."""

_COLUMN = {line: column for column, lines in LEDGER.items() for line in lines}
_FUND_YEAR = ["replication", "county_code", "source", "year"]
WAGES = ("wages_contract", "wages_unmanned", "wages_workload")
"""Lines that make up what bought posts earn."""
COST_LINES = (*WAGES, *COSTS, "wages_existing", "wages_payroll")
"""Lines whose source is the fund they are charged to; benefits name their programme instead."""


def ledger_years(money: pd.DataFrame, services: pd.DataFrame | None = None) -> pd.DataFrame:
    """The year of every fund [fen]: replication, county_code, source, year and the columns of `LEDGER`.

    money: the money table with a calendar `year`; services: the table `service_money`, likewise, whose funds
    that have money follow; nothing of theirs is adjusted or carried out. In every row
    carried_in + voted + adjusted is paid + committed + lapsed + carried_out, to the fen.
    """
    rows = money[money["line"].isin(_COLUMN)]
    column = rows["line"].map(_COLUMN).rename("column")
    sums = rows.groupby([*_FUND_YEAR, column])["fen"].sum().unstack("column", fill_value=0)
    years = sums.reindex(columns=list(LEDGER), fill_value=0).rename_axis(columns=None).reset_index()
    if services is None or services.empty:
        return years
    return pd.concat([years, _service_years(services)], ignore_index=True)


def _service_years(services: pd.DataFrame) -> pd.DataFrame:
    """The year of every fund of services that has money; see `ledger_years`."""
    names = ("carried_in", "voted", "paid", "committed", "lapsed")
    rows = services.rename(columns={"fund": "source", **{f"{name}_fen": name for name in names}})
    sums = rows.groupby(_FUND_YEAR)[list(names)].sum()
    has_money = sums["voted"].groupby(["county_code", "source"]).transform("max") > 0
    return sums[has_money].reindex(columns=list(LEDGER), fill_value=0).reset_index()


def advances(money: pd.DataFrame) -> pd.DataFrame:
    """What each county has advanced at each month's end, all tiers: replication, county_code, month, fen."""
    rows = money[money["line"] == "advance"]
    return rows.groupby(["replication", "county_code", "month"])["fen"].sum().reset_index()


def peak_advance(money: pd.DataFrame) -> pd.Series:
    """The most that counties have advanced at a month's end, by replication [fen].

    Each county's own peak, added up: one county's purse does not help another's.
    """
    peaks = advances(money).groupby(["replication", "county_code"])["fen"].max()
    return peaks.groupby("replication").sum()


def advances_by_month(money: pd.DataFrame) -> pd.DataFrame:
    """What all counties together have advanced at each month's end: replication, month, yuan."""
    sums = advances(money).groupby(["replication", "month"])["fen"].sum() / FEN_PER_YUAN
    return sums.rename("yuan").reset_index()


def cost_by_source(money: pd.DataFrame, services: pd.DataFrame | None = None) -> pd.DataFrame:
    """Cost by year, line and source, mean of the replications: year, line, source, yuan.

    Wages as earned, charged to their fund; benefits as paid out of each tier's money, and what the county
    advanced more than it got back that year as source `advance`. services: the table `service_money` with a
    calendar `year`: what its funds paid for services and for evaluating them.
    """
    count = max(money["replication"].nunique(), 1)
    wages = money[money["line"].isin(COST_LINES)]
    tiers = money[(money["line"] == "paid") & (money["source"] != WORK_FUND)].assign(line="benefits")
    level = money[money["line"] == "advance"].groupby(["year", "month"])["fen"].sum()
    at_end = level.groupby("year").last() if len(level) else pd.Series(dtype="int64")
    change = at_end.diff().fillna(at_end).rename("fen").rename_axis("year").reset_index()
    advanced = change.assign(line="benefits", source="advance")
    keys = ["year", "line", "source"]
    parts = [wages, tiers, advanced, *([] if services is None or services.empty else _served(services))]
    rows = pd.concat([frame[[*keys, "fen"]] for frame in parts])
    sums = rows.groupby(keys)["fen"].sum() / count / FEN_PER_YUAN
    return sums.rename("yuan").reset_index()


def _served(services: pd.DataFrame) -> list[pd.DataFrame]:
    """What the funds of services paid, for services and apart for evaluations."""
    rows = services[services["paid_fen"] > 0].rename(columns={"fund": "source"})
    judged = rows[rows["evaluation_fen"] > 0]
    return [
        rows.assign(line="services", fen=rows["paid_fen"] - rows["evaluation_fen"]),
        judged.assign(line="evaluation_cost", fen=judged["evaluation_fen"]),
    ]


def grant_left(money: pd.DataFrame, services: pd.DataFrame) -> pd.DataFrame:
    """What grants leave for services after benefits, by year, mean of replications; no row without services.

    services: the table `service_money` with a calendar `year`.
    Columns: year, assumed (counties whose rest is an assumed share), own (those whose rest follows from the
    run), bound (counties whose services the rest limits, not the share) [county]; assumed_yuan,
    expected_yuan, left_yuan (the rest assumed; expected in January; as it was in December), squeezed_yuan
    (services the grant paid beyond what was left in the end: nobody could know in January) [yuan].
    """
    rows = money[money["source"] == "assistance_fund"]
    lines = ["cap_services", "grant_left_assumed", "grant_left_expected", "grant_left"]
    table = rows.groupby(["replication", "county_code", "year", "line"])["fen"].sum().unstack("line")
    if "cap_services" not in table or table.reindex(columns=lines[1:]).isna().all(axis=None):
        return pd.DataFrame(columns=["year", "assumed", "own", "bound", *_RESTS])
    table = table.reindex(columns=lines)
    grant = services[services["fund"] == GRANT]
    paid = grant.groupby(["replication", "county_code", "year"])["paid_fen"].sum().reindex(table.index)
    beyond = (paid - table["grant_left"].clip(lower=0)).clip(lower=0)
    rest = table["grant_left_assumed"].fillna(table["grant_left_expected"]).clip(lower=0)
    found = pd.DataFrame(
        {
            "assumed": table["grant_left_assumed"].notna(),
            "own": table["grant_left_expected"].notna(),
            "bound": table["cap_services"] == rest,
            **{name: table[line] / FEN_PER_YUAN for name, line in zip(_RESTS[:3], lines[1:], strict=True)},
            "squeezed_yuan": beyond / FEN_PER_YUAN,
        }
    ).astype(float)
    count = max(money["replication"].nunique(), 1)
    return (found.groupby("year").sum() / count).reset_index()


_RESTS = ("assumed_yuan", "expected_yuan", "left_yuan", "squeezed_yuan")

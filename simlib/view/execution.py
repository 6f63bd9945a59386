"""Budget execution in figures: what is set, paid and left by month and quarter, from the stored money table.

The mean of the replications is no whole number of fen. What stands since January is rounded to the fen for
each county, line and source; every other figure is a sum or difference of these, so months, quarters,
counties and totals add up to the fen. In the ledger of a year the closing figure of a fund takes up what
rounding leaves, so that every fund balances.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from simlib.results.money import LEDGER, advances, ledger_years
from simlib.units import MONTHS_PER_YEAR
from simlib.view.serviceexecution import service_amounts
from simlib.view.sofar import KEYS, half_up, since_january
from simlib.view.statusform import QUARTER, FormsView, first_year
from simlib.years.money.accounts import BUDGETED, TIERS, UPPER_TIERS, USED, WORK_FUND
from simlib.years.money.wages import COSTS

ITEMS: Mapping[str, str] = {WORK_FUND: "wages_contract", **dict.fromkeys(TIERS, "benefits")}
"""What each fund pays; of the work fund, buying and evaluating (`COSTS`) have lines of their own."""

PLANNED: Mapping[str, str] = {"cap_services": "services"}
"""Lines that only plan, and what they plan."""

BOUGHT = ("wages_contract", *COSTS, "services")
"""What a rule may limit together."""

AMOUNTS = ("limit", "paid", "so_far", "left", "held")
"""Columns of amounts: as it stands, in the month, since January, what is left, and held of that."""


def execution(experiment: FormsView, scenario: str) -> pd.DataFrame:
    """What is set, paid and left of each county, line and source at each month's end [fen].

    Columns month, county_code, line, source, has_limit, is_paid (false: planned only), limit (as it stands
    in that month), paid (in the month), so_far (since January), left (limit - so_far; 0 without limit), held
    (of what is left, for orders of services): means of the replications as whole fen. A line is there in
    every month once it is in the table at all. What buying and evaluating cost is set aside in the work fund:
    their budget is what they come to in the year, and that of posts is the rest.
    """
    money, services = experiment.frames(scenario).money, experiment.service_money(scenario)
    if len(services):
        money = money[~money["line"].isin(PLANNED)]
    count = max(int(money["replication"].nunique()), 1)
    months = range(MONTHS_PER_YEAR * int(experiment.record()["years"]))
    limits = since_january(_budgeted(money), months, count).rename(columns={"fen": "fen_limit"})
    paid = since_january(_paid(money), months, count).rename(columns={"fen": "fen_paid"})
    rows = _costs_apart(limits.join(paid, how="outer"), _costs(money), months, count).assign(fen_held=0)
    if len(services):
        rows = pd.concat([rows, service_amounts(services, months)])
    rows = rows.reset_index()
    rows["has_limit"], rows["is_paid"] = rows["fen_limit"].notna(), rows["fen_paid"].notna()
    rows["limit"], rows["so_far"], rows["held"] = (
        rows[name].fillna(0).astype("int64") for name in ("fen_limit", "fen_paid", "fen_held")
    )
    rows = rows.sort_values([*KEYS, "month"], ignore_index=True)
    before = rows.groupby([*KEYS, rows["month"] // MONTHS_PER_YEAR])["so_far"].shift(fill_value=0)
    rows["paid"] = rows["so_far"] - before
    rows["left"] = (rows["limit"] - rows["so_far"]).where(rows["has_limit"], 0)
    return rows[["month", *KEYS, "has_limit", "is_paid", *AMOUNTS]]


def _budgeted(money: pd.DataFrame) -> pd.DataFrame:
    """What every fund was given, under the line it pays; planned money under the line it plans."""
    funds, plans = (money[money["line"].isin(lines)] for lines in (BUDGETED, PLANNED))
    return pd.concat(
        [funds.assign(line=funds["source"].map(ITEMS)), plans.assign(line=plans["line"].map(PLANNED))]
    )


def _paid(money: pd.DataFrame) -> pd.DataFrame:
    """What every fund paid, and what the county advanced (or got back, if negative) in each month."""
    funds = money[money["line"] == "paid"]
    level = advances(money)
    change = level.groupby(["replication", "county_code"])["fen"].diff().fillna(level["fen"])
    advanced = level.assign(fen=change.astype("int64"), line="benefits", source="advance")
    parts = [funds.assign(line=funds["source"].map(ITEMS)), advanced]
    return pd.concat([part[["replication", "month", *KEYS, "fen"]] for part in parts])


def _costs(money: pd.DataFrame) -> pd.DataFrame:
    """What the work fund paid for buying and evaluating: they come before wages, as far as it reaches."""
    own = money[money["source"] == WORK_FUND]
    keys = ["replication", "county_code", "month"]
    left = own[own["line"] == "paid"].groupby(keys)["fen"].sum()
    parts = []
    for line in COSTS:
        asked = own[own["line"] == line].groupby(keys)["fen"].sum()
        paid = asked.clip(upper=left.reindex(asked.index, fill_value=0))
        left = left.sub(paid, fill_value=0)
        parts.append(paid.reset_index().assign(line=line, source=WORK_FUND))
    return pd.concat(parts, ignore_index=True)


def _costs_apart(rows: pd.DataFrame, costs: pd.DataFrame, months: Sequence[int], count: int) -> pd.DataFrame:
    """The rows of `execution` with buying and evaluating taken out of bought posts, to the fen."""
    if costs.empty:
        return rows
    so_far = since_january(costs, months, count)["fen"]
    year = so_far.index.get_level_values("month") // MONTHS_PER_YEAR
    whole = so_far.groupby([*KEYS, year]).transform("max")
    apart = pd.DataFrame({"fen_limit": whole, "fen_paid": so_far})
    taken = apart.groupby(["county_code", "source", "month"]).sum()
    taken = pd.concat({ITEMS[WORK_FUND]: taken}, names=["line"]).reorder_levels([*KEYS, "month"], axis=0)
    posts = rows.sub(taken.reindex(rows.index, fill_value=0))
    return pd.concat([posts, apart.reindex(columns=rows.columns)])


def ledger(experiment: FormsView, scenario: str) -> pd.DataFrame:
    """The year of every fund of each county [fen]: county_code, source, year and the columns of `LEDGER`.

    Means of the replications as whole fen. A fund that lapses gives back, one that carries over keeps, what
    makes its year balance; what a year carries in is what the one before committed and carried out.
    """
    money, begin = experiment.frames(scenario).money, first_year(experiment)
    services = experiment.service_money(scenario)
    if len(services):
        services = services.assign(year=begin + services["month"] // MONTHS_PER_YEAR)
    years = money.assign(year=begin + money["month"] // MONTHS_PER_YEAR)
    return closed_ledger(ledger_years(years, services))


def closed_ledger(years: pd.DataFrame) -> pd.DataFrame:
    """The mean of the replications' ledgers as whole fen, every fund balanced.

    years: what `ledger_years` returns. Columns county_code, source, year and those of `LEDGER` [fen].
    """
    count = max(int(years["replication"].nunique()), 1)
    keys = ["county_code", "source", "year"]
    sums = years.groupby(keys)[list(LEDGER)].sum()
    means: pd.DataFrame = half_up(sums, count)
    means["committed"] = half_up(sums["paid"] + sums["committed"], count) - means["paid"]
    means = means.reset_index()
    rows: list[dict[str, Any]] = []
    for _, fund in means.groupby(["county_code", "source"]):
        carried, rest = 0, "carried_out" if fund["carried_out"].any() else "lapsed"
        for year in fund.to_dict("records"):
            used = sum(year[name] for name in USED if name != rest)
            year = {**year, "carried_in": carried, rest: carried + year["voted"] + year["adjusted"] - used}
            carried = year["committed"] + year["carried_out"]
            rows.append({str(name): value for name, value in year.items()})
    return pd.DataFrame(rows, columns=[*keys, *LEDGER])


def cash(experiment: FormsView, scenario: str) -> pd.DataFrame:
    """Cash of the upper tiers in each month, mean as whole fen: month, source, received, paid, advance."""
    money = experiment.frames(scenario).money
    count = max(int(money["replication"].nunique()), 1)
    rows = money[money["line"].isin(("received", "paid", "advance")) & money["source"].isin(UPPER_TIERS)]
    sums = rows.groupby(["month", "source", "line"])["fen"].sum().unstack("line", fill_value=0)
    whole = half_up(sums.reindex(columns=["received", "paid", "advance"], fill_value=0), count)
    found: pd.DataFrame = whole.astype("int64").rename_axis(columns=None).reset_index()
    return found


def of_quarters(months: pd.DataFrame) -> pd.DataFrame:
    """`execution` by quarter: paid in the quarter, the rest as it stands at its end."""
    last = months[months["month"] % QUARTER == QUARTER - 1].reset_index(drop=True)
    paid = months.groupby([*KEYS, months["month"] // QUARTER])["paid"].sum()
    keys = [*(last[key] for key in KEYS), last["month"] // QUARTER]
    return last.assign(paid=paid.reindex(pd.MultiIndex.from_arrays(keys)).to_numpy())

"""Budget execution: what is set, paid and left, by month and quarter, from the stored money table.

The mean of the replications is no whole number of fen. What stands since January is rounded to the fen for
each county, line and source; every other figure is a sum or difference of these, so months, quarters,
counties and totals add up to the fen. In the ledger of a year the closing figure of a fund takes up what
rounding leaves, so that every fund balances.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from simlib.policy.services.fund import GRANT, OUTSIDE
from simlib.results.money import LEDGER, advances, ledger_years
from simlib.units import FEN_PER_YUAN, MONTHS_PER_YEAR
from simlib.view.names import Names, wan
from simlib.view.serviceexecution import SERVICES, service_amounts
from simlib.view.sheets import Column, Figure, Row, Sheet, figure, yuan_from_fen
from simlib.view.sofar import KEYS, half_up, since_january
from simlib.view.statusform import QUARTER, FormsView, first_year, period_text
from simlib.years.money.accounts import BUDGETED, TIERS, UPPER_TIERS, USED, WORK_FUND
from simlib.years.money.wages import COSTS, EXISTING_POSTS

ITEMS: Mapping[str, str] = {WORK_FUND: "wages_contract", **dict.fromkeys(TIERS, "benefits")}
"""What each fund pays; of the work fund, buying and evaluating (`COSTS`) have lines of their own."""

PLANNED: Mapping[str, str] = {"cap_services": "services"}
"""Lines that only plan, and what they plan."""

BOUGHT = ("wages_contract", *COSTS, "services")
"""What a rule may limit together."""

_AMOUNTS = ("limit", "paid", "so_far", "left", "held")


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
    return rows[["month", *KEYS, "has_limit", "is_paid", *_AMOUNTS]]


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


def budget_execution(experiment: FormsView, scenario: str, names: Names) -> Sequence[Sheet]:
    """The form: the whole place by quarter and by month, then counties by quarter."""
    months = execution(experiment, scenario)
    quarters = of_quarters(months)
    begin = first_year(experiment)
    counties = experiment.place.counties
    called = dict(zip(counties["county_code"].astype(str), counties["county"].astype(str), strict=True))
    notes = [names.say(f"forms.execution.note.{line}") for line in ("mean", "limit", "left")]
    apart = _outside(experiment, scenario)
    if apart:
        notes.append(names.say("forms.execution.note.existing", amount=wan(apart / FEN_PER_YUAN)))
    served = bool((months["line"].eq(SERVICES) & months["is_paid"]).any())
    if served:
        notes.append(names.say("forms.execution.note.held"))
    if not months["is_paid"].all():
        notes.append(names.say("forms.execution.note.services"))

    def sheet(key: str, heads: Sequence[str], rows: Sequence[Row], totals: Sequence[int]) -> Sheet:
        return Sheet(
            names.say(f"forms.sheet.execution.{key}"),
            names.say(f"forms.execution.title.{key}", place=names.place),
            (names.say("forms.execution.unit"),),
            _columns(heads, "month" if key == "month" else "quarter", names, served=served),
            tuple(rows) if served else tuple(_without_held(row) for row in rows),
            frozenset(totals),
            notes=tuple(notes),
        )

    lines = ("line", "source")
    return (
        sheet("quarter", lines, *_by_line(quarters, "quarter", begin, names)),
        sheet("month", lines, *_by_line(months, "month", begin, names)),
        sheet(
            "county", ("county", "line")[: 1 + served], *_by_county(quarters, called, begin, names, served)
        ),
        _ledger_sheet(ledger(experiment, scenario), names),
        _cash_sheet(cash(experiment, scenario), begin, names),
    )


def _outside(experiment: FormsView, scenario: str) -> int:
    """What contract posts of before the plan cost over the plan, outside every fund: mean [fen]."""
    money = experiment.frames(scenario).money
    count = max(int(money["replication"].nunique()), 1)
    return int(money.loc[money["source"] == EXISTING_POSTS, "fen"].sum()) // count


def _plain_sheet(
    key: str, heads: Sequence[str], columns: Sequence[str], rows: list[Row], names: Names
) -> Sheet:
    """A sheet whose columns are words of the form."""
    over = names.say("forms.execution.over")
    return Sheet(
        names.say(f"forms.sheet.execution.{key}"),
        names.say(f"forms.execution.title.{key}", place=names.place),
        (names.say("forms.execution.unit"),),
        (
            Column(names.say("forms.status.period")),
            *(Column(names.say(f"forms.execution.{head}")) for head in heads),
            *(Column(names.say(f"forms.execution.{column}"), over) for column in columns),
        ),
        tuple(rows),
        frozenset(),
        notes=(names.say(f"forms.execution.note.{key}"),),
    )


def _ledger_sheet(years: pd.DataFrame, names: Names) -> Sheet:
    """Each year's ledger of the whole place, fund by fund."""
    sums = years.groupby(["year", "source"])[list(LEDGER)].sum().reset_index()
    rows: list[Row] = [
        (
            str(row["year"]),
            _source(str(row["source"]), names),
            *(yuan_from_fen(int(row[name])) for name in LEDGER),
        )
        for row in sums.to_dict("records")
    ]
    return _plain_sheet("ledger", ("source",), list(LEDGER), rows, names)


def _cash_sheet(months: pd.DataFrame, begin: int, names: Names) -> Sheet:
    """Month by month what came in from each upper tier, what was paid of it, and what counties advanced."""
    columns = ("received", "paid", "advance")
    rows: list[Row] = [
        (
            period_text("month", int(row["month"]), begin, names),
            _source(str(row["source"]), names),
            *(yuan_from_fen(int(row[name])) for name in columns),
        )
        for row in months.to_dict("records")
    ]
    return _plain_sheet("cash", ("source",), columns, rows, names)


def _without_held(row: Row) -> Row:
    """A row without the column on orders of services, which stands before the note."""
    return (*row[:-2], row[-1])


def _columns(heads: Sequence[str], part: str, names: Names, *, served: bool) -> tuple[Column, ...]:
    over = names.say("forms.execution.over")
    return (
        Column(names.say("forms.status.period")),
        *(Column(names.say(f"forms.execution.{key}")) for key in heads),
        *(Column(names.say(f"forms.execution.{key}"), over) for key in ("limit", f"paid.{part}", "so_far")),
        Column(names.say("forms.execution.share")),
        Column(names.say("forms.execution.left")),
        *([Column(names.say("forms.execution.held"))] if served else []),
        Column(names.say("view.annex.note")),
    )


def _by_line(frame: pd.DataFrame, part: str, begin: int, names: Names) -> tuple[list[Row], list[int]]:
    """Rows of each period: lines with a limit, their sum if several, the others, the sum of what is paid."""
    rows: list[Row] = []
    totals = []
    keys = ["month", "has_limit", "is_paid", "line", "source"]
    sums = frame.groupby(keys)[list(_AMOUNTS)].sum().reset_index()
    for month, group in sums.groupby("month", sort=True):
        period = period_text(part, int(str(month)), begin, names)
        limited, paid = group[group["has_limit"]], group[group["is_paid"]]
        both, free = limited[limited["is_paid"]], paid[~paid["has_limit"]]
        rows += [_line_row(period, row, names) for row in limited.itertuples()]
        if len(both) > 1 and len(free):
            totals.append(len(rows))
            rows.append(_sum(period, "subtotal", both, names, has_limit=True))
        rows += [_line_row(period, row, names) for row in free.itertuples()]
        totals.append(len(rows))
        rows.append(_sum(period, "total", paid, names, has_limit=free.empty))
    return rows, totals


def _line_row(period: str, row: Any, names: Names) -> Row:
    figures = _figures(row, row.has_limit) if row.is_paid else (yuan_from_fen(int(row.limit)), *(None,) * 5)
    return (period, names.or_code("line", row.line), _source(row.source, names), *figures, "")


def _by_county(
    frame: pd.DataFrame, called: Mapping[str, str], begin: int, names: Names, served: bool
) -> tuple[list[Row], list[int]]:
    """Rows of each quarter: in every county the lines that a rule may limit together, and their sum.

    Where services are delivered they have a row of their own beside bought posts: two kinds of money.
    """
    rows: list[Row] = []
    totals = []
    bought = frame[frame["line"].isin(BOUGHT) & frame["is_paid"]]
    bought = bought.assign(is_served=bought["source"].isin((GRANT, *OUTSIDE)))
    keys = ["month", "county_code", *(["is_served"] if served else [])]
    sums = (
        bought.groupby(keys)[list(_AMOUNTS)].sum().assign(has_limit=bought.groupby(keys)["has_limit"].all())
    )
    for month, group in sums.reset_index().groupby("month", sort=True):
        period = period_text("quarter", int(str(month)), begin, names)
        for row in group.itertuples():
            county = called.get(str(row.county_code), str(row.county_code))
            figures = _figures(row, bool(row.has_limit))
            line = names.or_code("line", SERVICES if served and row.is_served else ITEMS[WORK_FUND])
            rows.append((period, county, *([line] if served else []), *figures, ""))
        totals.append(len(rows))
        whole = next(group[list(_AMOUNTS)].sum().to_frame().T.itertuples())
        figures = _figures(whole, bool(group["has_limit"].all()))
        rows.append((period, names.say("view.annex.total"), *([""] if served else []), *figures, ""))
    return rows, totals


def _sum(period: str, key: str, rows: pd.DataFrame, names: Names, *, has_limit: bool) -> Row:
    whole = next(rows[list(_AMOUNTS)].sum().to_frame().T.itertuples())
    return (period, names.say(f"forms.execution.{key}"), "", *_figures(whole, has_limit), "")


def _figures(row: object, has_limit: bool) -> tuple[Figure | None, ...]:
    """Limit, paid, so far, share of the year, left, held; what no limit is set for has no share."""
    limit, paid, so_far, left, held = (int(getattr(row, name)) for name in _AMOUNTS)
    holds = held or getattr(row, "line", "") == SERVICES or getattr(row, "is_served", False)
    moved = yuan_from_fen(paid), yuan_from_fen(so_far)
    if not has_limit:
        return (None, *moved, None, None, None)
    share = figure(so_far / limit, "share") if limit else None
    return (yuan_from_fen(limit), *moved, share, yuan_from_fen(left), yuan_from_fen(held) if holds else None)


def _source(source: str, names: Names) -> str:
    """A fund in words; benefits name the programme they are paid under."""
    said = names.or_code("source", source)
    return names.or_programme(source) if said == source else said

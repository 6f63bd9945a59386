"""The form of budget execution: the sheets set from its figures (`execution`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from simlib.policy.services.fund import GRANT, OUTSIDE
from simlib.results.money import LEDGER
from simlib.units import FEN_PER_YUAN
from simlib.view.execution import AMOUNTS, BOUGHT, ITEMS, cash, execution, ledger, of_quarters
from simlib.view.names import Names, wan
from simlib.view.serviceexecution import SERVICES
from simlib.view.sheets import Column, Figure, Row, Sheet, figure, yuan_from_fen
from simlib.view.statusform import FormsView, first_year, period_text
from simlib.years.money.accounts import WORK_FUND
from simlib.years.money.wages import EXISTING_POSTS


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
    sums = frame.groupby(keys)[list(AMOUNTS)].sum().reset_index()
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
    sums = bought.groupby(keys)[list(AMOUNTS)].sum().assign(has_limit=bought.groupby(keys)["has_limit"].all())
    for month, group in sums.reset_index().groupby("month", sort=True):
        period = period_text("quarter", int(str(month)), begin, names)
        for row in group.itertuples():
            county = called.get(str(row.county_code), str(row.county_code))
            figures = _figures(row, bool(row.has_limit))
            line = names.or_code("line", SERVICES if served and row.is_served else ITEMS[WORK_FUND])
            rows.append((period, county, *([line] if served else []), *figures, ""))
        totals.append(len(rows))
        whole = next(group[list(AMOUNTS)].sum().to_frame().T.itertuples())
        figures = _figures(whole, bool(group["has_limit"].all()))
        rows.append((period, names.say("view.annex.total"), *([""] if served else []), *figures, ""))
    return rows, totals


def _sum(period: str, key: str, rows: pd.DataFrame, names: Names, *, has_limit: bool) -> Row:
    whole = next(rows[list(AMOUNTS)].sum().to_frame().T.itertuples())
    return (period, names.say(f"forms.execution.{key}"), "", *_figures(whole, has_limit), "")


def _figures(row: object, has_limit: bool) -> tuple[Figure | None, ...]:
    """Limit, paid, so far, share of the year, left, held; what no limit is set for has no share."""
    limit, paid, so_far, left, held = (int(getattr(row, name)) for name in AMOUNTS)
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

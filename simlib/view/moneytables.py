"""Money in tables: by line and source against its rule, the ledger of each fund, terms of single steps."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from simlib import words
from simlib.policy.services.fund import GRANT, OUTSIDE
from simlib.policy.statutes import Law
from simlib.units import FEN_PER_YUAN
from simlib.view.blocks import Block, paragraph
from simlib.view.contract import ALL_YEARS, GRID
from simlib.view.decision import options
from simlib.view.execution import closed_ledger
from simlib.view.names import YUAN_PER_WAN, Names, interval, is_missing, number, percent, wan
from simlib.view.tables import table
from simlib.years.money.accounts import TIERS, USED, WORK_FUND

HUNDREDTHS = 100
LEDGER_UNIT_FEN = FEN_PER_YUAN * YUAN_PER_WAN // HUNDREDTHS
"""The ledger is shown in hundredths of ten thousand yuan [fen]."""
GIVEN = ("carried_in", "voted", "adjusted")
"""Left side of the ledger."""
FUNDS = (WORK_FUND, *TIERS, GRANT, *OUTSIDE)
"""Funds in the order they are shown."""
_SOURCES = (*FUNDS, "advance")
APART = "wages_payroll"
"""Shown under the sums: outside every fund, at an assumed price."""
SERVICES = "services"
BOUGHT = ("wages_contract", "wages_workload")
"""What the rule for posts limits together."""


def by_source(cost: pd.DataFrame, rule: pd.DataFrame, names: Names) -> Block:
    """Money by line and source, a column a year, then the rule, then payroll apart [10,000 yuan].

    cost: year, line, source, yuan; rule: year, line, yuan, cap_yuan, target_yuan.
    """
    years = sorted(cost["year"].unique().tolist())
    found = cost.groupby(["line", "source", "year"])["yuan"].sum()
    lines = list(dict.fromkeys(zip(cost["line"], cost["source"], strict=True)))
    bought = cost[cost["line"].isin(BOUGHT)].groupby("year")["yuan"].sum()
    ruled = _rules(rule, bought, years, names)
    own = {} if ruled else {WORK_FUND: names.say("view.money.unsettled")}
    rows = [
        _row(
            names.or_code("line", line),
            own.get(source) or names.or_code("source", source),
            years,
            found.loc[line, source],
        )
        for line, source in sorted(lines, key=_place)
        if line != APART
    ]
    rows += ruled + _services_rule(rule, cost, years, names)
    apart = [pair for pair in lines if pair[0] == APART]
    rows += [
        _row(names.say("view.money.payroll"), names.say("view.money.assumed"), years, found.loc[pair])
        for pair in apart
    ]
    heads = {"line": names.say("view.column.line"), "source": names.say("view.column.money_source")}
    heads |= {str(year): str(year) for year in years}
    over = {names.say("view.axis.wan"): [str(year) for year in years]}
    frame = pd.DataFrame(rows, columns=list(heads))
    label = names.say("view.label.by_source")
    made = table(frame, label=label, name="by-source", titles=heads, spanners=over)
    if ruled:
        return made
    told = paragraph(names.say("view.money.no_rule"), claim="words:no_rule")
    return Block(f"{made.html}\n{told.html}", f"{made.text}\n{told.text}")


def _place(pair: tuple[str, str]) -> tuple[bool, str, int]:
    """Where a line and source stand: bought posts first, then by line; sources from the top tier down."""
    line, source = pair
    return line not in BOUGHT, line, _SOURCES.index(source) if source in _SOURCES else len(_SOURCES)


def _row(line: str, source: str, years: Sequence[int], yuan: pd.Series) -> dict[str, str]:
    known = yuan.to_dict()
    return {"line": line, "source": source} | {str(year): wan(known.get(year, 0.0)) for year in years}


def _rules(rule: pd.DataFrame, bought: pd.Series, years: Sequence[int], names: Names) -> list[dict[str, str]]:
    """What the rule sets for bought posts, and what is left of it, or by how much it is missed."""
    rows = []
    for kind in ("cap", "target"):
        by_year = rule[rule["line"] == BOUGHT[0]].set_index("year")[f"{kind}_yuan"].dropna()
        if len(by_year):
            left = by_year - bought.reindex(by_year.index, fill_value=0.0)
            rows += [_row(names.say(f"view.money.{kind}"), names.say("view.money.rule"), years, by_year)]
            rows += [_row(names.say(f"view.money.{kind}_left"), "", years, left)]
    return rows


def _services_rule(
    rule: pd.DataFrame, cost: pd.DataFrame, years: Sequence[int], names: Names
) -> list[dict[str, str]]:
    """What the rule lets services cost out of the grant, and what is left of it; nothing without services."""
    limit = rule[rule["line"] == SERVICES].set_index("year")["cap_yuan"].dropna()
    if SERVICES not in set(cost["line"]) or limit.empty:
        return []
    grant = cost[(cost["source"] == GRANT) & (cost["line"] != "benefits")].groupby("year")["yuan"].sum()
    left = limit - grant.reindex(limit.index, fill_value=0.0)
    return [
        _row(names.say("view.money.services_cap"), names.say("view.money.rule"), years, limit),
        _row(names.say("view.money.services_left"), "", years, left),
    ]


def ledger(years: pd.DataFrame, names: Names) -> Block:
    """The year of each fund of the whole place: carried in … carried out, every row balanced as shown.

    years: what `results.money.ledger_years` returns.
    """
    if years.empty:
        return paragraph(names.say("view.money.no_ledger"))
    sums = ledger_hundredths(closed_ledger(years))
    rows = pd.DataFrame({"source": [names.or_code("source", source) for source in sums["source"]]})
    rows["year"] = sums["year"].astype(str).to_numpy()
    for column in (*GIVEN, *USED):
        rows[column] = [number(value / HUNDREDTHS, digits=2) for value in sums[column]]
    heads = {"source": names.say("view.column.fund"), "year": names.say("view.column.year")}
    heads |= {column: names.say(f"forms.execution.{column}") for column in (*GIVEN, *USED)}
    over = {names.say("view.money.given"): list(GIVEN), names.say("view.money.used"): list(USED)}
    label = names.say("view.label.ledger")
    return table(rows, label=label, name="ledger", titles=heads, spanners=over, wide=True)


def ledger_hundredths(closed: pd.DataFrame) -> pd.DataFrame:
    """The ledger of the whole place in hundredths of ten thousand yuan, by fund and year.

    Every figure is rounded but two: a year carries in what the one before committed and carried out as shown,
    and what was paid takes up what rounding leaves, so that every row balances.
    """
    sums = closed.groupby(["source", "year"])[[*GIVEN, *USED]].sum()
    whole = ((2 * sums + LEDGER_UNIT_FEN) // (2 * LEDGER_UNIT_FEN)).reset_index()
    rows = []
    for _, fund in sorted(whole.groupby("source"), key=lambda pair: FUNDS.index(str(pair[0]))):
        carried = 0
        for year in fund.sort_values("year").to_dict("records"):
            kept = {name: int(year[name]) for name in ("committed", "lapsed", "carried_out")}
            given = carried + int(year["voted"]) + int(year["adjusted"])
            balanced = {"carried_in": carried, **kept, "paid": given - sum(kept.values())}
            rows.append({str(name): value for name, value in year.items()} | balanced)
            carried = kept["committed"] + kept["carried_out"]
    return pd.DataFrame(rows, columns=["source", "year", *GIVEN, *USED])


def decision_cost(summary: pd.DataFrame, names: Names, *, view: str = GRID) -> Block:
    """A row an option: cost per on-time decision with interval, spending, payroll, advance."""
    found = options(summary, view)
    rows = pd.DataFrame(
        {"option": [names.option(*pair) for pair in zip(found["formula"], found["money"], strict=True)]}
    )
    parts = ("", "_low", "_high")
    triples = zip(*(found[f"cost_per_decision_yuan{part}"] for part in parts), strict=True)
    rows["cost_per_decision_yuan"] = [whole_yuan(*triple) for triple in triples]
    for measure in ("cost_yuan", "payroll_yuan", "advance_yuan"):
        rows[measure] = [wan(yuan) for yuan in found[measure]]
    heads = {"option": names.say("view.column.option")}
    heads |= {str(column): names.say(f"view.measure.{column}") for column in rows if column != "option"}
    label = names.say("view.label.decision_cost")
    return table(rows, label=label, name=f"decision-cost-{view}", titles=heads)


def whole_yuan(mean: float, low: float, high: float) -> str:
    """An amount in whole yuan with its interval."""
    if is_missing(mean):
        return "—"
    return interval(round(mean), *(None if is_missing(end) else round(end) for end in (low, high)))


def decision_cost_text(summary: pd.DataFrame, scenario: str, names: Names) -> Block:
    """What a decision in time cost under one option, and what is counted."""
    mine = summary[(summary["scenario"] == scenario) & (summary["year"] == ALL_YEARS)]
    row = mine[mine["measure"] == "cost_per_decision_yuan"].iloc[0]
    cost = whole_yuan(row["mean"], row["low"], row["high"])
    return paragraph(names.say("view.money.per_decision", cost=cost), claim="decision-cost")


def step_terms(terms: pd.DataFrame, names: Names, law: Law) -> Block:
    """Terms of single steps: which rule, how long, how many fell due, how many were kept.

    terms: what `results.measures.by_term` returns; law: that of the experiment.
    """
    shown = zip(terms["term"], terms["due"], terms["on_time_share"], strict=True)
    rows = [
        _rule_of(str(key), names, law) | {"due": number(due, digits=0), "share": percent(share)}
        for key, due, share in shown
    ]
    heads = {key: names.say(f"view.column.step_{key}") for key in ("term", "days", "article", "due", "share")}
    label = names.say("view.label.step_terms")
    return table(pd.DataFrame(rows, columns=list(heads)), label=label, name="step-terms", titles=heads)


def _rule_of(key: str, names: Names, law: Law) -> dict[str, str]:
    """A term in words, with its length and the article it stands in; the key where the law here has none."""
    known = law.values.get(key)
    if known is None:
        return {"term": key, "days": "—", "article": "—"}
    entry = known.entries[-1]
    return {
        "term": words.pick(dict(known.description), names.lang),
        "days": number(entry.value) if isinstance(entry.value, int | float) else "—",
        "article": " ".join(
            part
            for part in (
                words.side(entry.source.title, names.lang),
                words.cited(entry.source.article, names.lang),
            )
            if part
        ),
    }

"""Tables for reading: plain HTML that prints, needs no script and names its rows and columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from great_tables import GT

from simlib import words
from simlib.view.blocks import Block, escaped, paragraph
from simlib.view.contract import ALL_YEARS, GRID, ExperimentView
from simlib.view.decision import options
from simlib.view.names import YUAN_PER_WAN, Names, counted, interval, is_missing, number, percent, wan
from simlib.years.records import LAST_WAIT_BIN

SHARES = (
    *("on_time_share", "reviews_on_time_share", "steps_on_time_share", "utilisation_share"),
    *("need_met_share", "services_on_time_share", "satisfaction_share"),
)
GROUPS = {
    "posts": (
        *("posts_required", "posts_existing", "posts_gap", "posts_funded", "posts_filled"),
        *("households_per_worker", "utilisation_share"),
    ),
    "money": (
        *("cost_yuan", "buying_yuan", "cap_yuan", "headroom_yuan", "payroll_yuan", "existing_yuan"),
        *("advance_yuan", "cost_per_decision_yuan"),
    ),
    "time": (
        *("on_time_share", "wait_days_mean", "wait_days_p90", "steps_on_time_share"),
        *("open_end", "overdue_open"),
    ),
    "reviews": ("reviews_on_time_share", "reviews_overdue", "visits_missed", "unlawful_visits"),
    "families": (
        *("excluded_months", "excluded_unknown_months", "excluded_route_months", "excluded_late_months"),
        *("overpaid_yuan", "overpaid_design_yuan", "overpaid_late_yuan", "recovered_yuan"),
        *("phase_out_months", "phase_out_yuan"),
    ),
    "contracts": (
        *("gap_days", "gap_first_days", "gap_retender_days", "gap_failure_days", "gap_not_continued_days"),
        *("gap_beyond_days", "gap_household_days", "gap_first_household_days", "unmanned_days"),
    ),
    "services": (
        *("services_yuan", "need_met_share", "services_on_time_share", "satisfaction_share"),
        *("families_served", "families_left_out"),
    ),
}
"""Measures that are read together; a part stands after its whole."""
_CLASSES = {"gt_right": "n", "gt_left": "t", "gt_column_spanner": "over"}
MONEY = (
    *("cost_yuan", "cap_yuan", "headroom_yuan", "payroll_yuan", "advance_yuan"),
    *("existing_yuan", "buying_yuan", "services_yuan"),
    *("overpaid_yuan", "overpaid_design_yuan", "overpaid_late_yuan", "recovered_yuan", "phase_out_yuan"),
)


def table(
    frame: pd.DataFrame,
    *,
    label: str,
    name: str,
    titles: Mapping[str, str],
    spanners: Mapping[str, Sequence[str]] | None = None,
    wide: bool = False,
) -> Block:
    """A frame of texts as a table; the first column names the rows.

    titles: heading of each column shown, in order; spanners: headings above several columns.
    name: id of the table on its page; wide: it needs a page on its side when printed.
    Every text is escaped. The table says its name and its columns' (`data-claim`, `data-columns`), so each
    number of it can be named by table, row and column; see `claims`.
    """
    columns = list(titles)
    texts = pd.DataFrame({column: [_cell(value) for value in frame[column]] for column in columns}, dtype=str)
    first = columns[0]
    made = GT(texts, rowname_col=first, id=name).tab_stubhead(titles[first])
    for title, under in (spanners or {}).items():
        made = made.tab_spanner(title, columns=list(under), id=f"over-{under[0]}")
    made = made.cols_label(cases={column: titles[column] for column in columns[1:]})
    numeric = [column for column in columns[1:] if _is_figures(texts[column])]
    made = made.cols_align("left", columns=columns[1:]).cols_align("right", columns=numeric)
    page = made.as_raw_html()
    inner = _light(page[page.index("<table") : page.rindex("</table>") + len("</table>")])
    inner = inner.replace("<table", f"<table{claimed(name, columns)}", 1)
    kind = "table wide" if wide else "table"
    return Block(
        f'<div class="{kind}" role="region" tabindex="0" aria-label="{escaped(label)}">{inner}</div>',
        f"[{label}]\n{texts.to_string(index=False)}",
    )


def _light(page: str) -> str:
    """A table without what is repeated in every cell: ids, classes of other looks, space between tags.

    A column of numbers keeps the class `n`, the heading of one of texts `t`; scopes name rows and columns.
    """
    page = re.sub(r' (?:headers|id)="[^"]*"| data-quarto-\w+(?:-\w+)*="false"| (?:row|col)span="1"', "", page)
    page = re.sub(r' class="([^"]*)"', _light_class, page)
    page = re.sub(r'(<td|<th scope="row") class="t"', r"\1", page)
    return re.sub(r">\s+<", "><", page).replace("</tr>", "</tr>\n")


def _light_class(found: re.Match[str]) -> str:
    kept = [short for name, short in _CLASSES.items() if name in found[1].split()]
    return f' class="{kept[0]}"' if kept else ""


def claimed(name: str, columns: Iterable[str]) -> str:
    """The attributes by which a table says its name and its columns'."""
    listed = " ".join("_".join(str(column).split()) for column in columns)
    return f' data-claim="{escaped(name)}" data-columns="{escaped(listed)}"'


def _cell(value: object) -> str:
    if is_missing(value):
        return "—"
    return number(float(value)) if isinstance(value, int | float) else str(value)


def filled(frame: pd.DataFrame, titles: Mapping[str, str]) -> dict[str, str]:
    """The headings of columns that hold anything: one all of dashes is of something there is not, such as a
    limit where no rule sets one."""
    return {
        column: title
        for column, title in titles.items()
        if any(_cell(value) != "—" for value in frame[column])
    }


def _is_figures(texts: Iterable[str]) -> bool:
    return all(re.fullmatch(r"[-−—+≥\d.,%()–\s]*", text) for text in texts)


def comparison(summary: pd.DataFrame, names: Names, *, view: str = GRID) -> Block:
    """A row a cell: posts in five numbers, money against its rule, on-time rate with interval, waits."""
    found = options(summary, view)
    rows = pd.DataFrame(
        {
            "formula": [names.formulas[code] for code in found["formula"]],
            "money": [names.monies[code] for code in found["money"]],
            **{measure: found[measure] for measure in ("posts_required", "posts_existing", "posts_gap")},
            **{measure: found[measure] for measure in ("posts_funded", "posts_filled")},
            "cost_yuan": [wan(yuan) for yuan in found["cost_yuan"]],
            "cap_yuan": [wan(yuan) for yuan in found["cap_yuan"]],
            "on_time_share": _intervals(found, "on_time_share"),
            "reviews_on_time_share": [percent(share) for share in _column(found, "reviews_on_time_share")],
            "wait_days_mean": _column(found, "wait_days_mean"),
            "wait_days_p90": [_wait(days) for days in _column(found, "wait_days_p90")],
        }
    )
    counts = ["posts_required", "posts_existing", "posts_gap", "posts_funded", "posts_filled"]
    heads = {str(column): names.say(f"view.column.{column}") for column in rows}
    heads["formula"] = names.chosen
    alike = [name for name in ("formula", "money") if len(rows) > 1 and found[name].nunique() == 1]
    if len(alike) == 1:  # one word in every row says nothing
        del heads[alike[0]]
    heads = filled(rows, heads) if len(rows) else heads
    under = {
        "posts": counts,
        "money": ["cost_yuan", "cap_yuan"],
        "waits": ["wait_days_mean", "wait_days_p90"],
    }
    spanners = {
        names.say(f"view.spanner.{over}"): [column for column in columns if column in heads]
        for over, columns in under.items()
    }
    label = names.say(f"view.label.comparison.{view}")
    return table(rows, label=label, name=f"comparison-{view}", titles=heads, spanners=spanners, wide=True)


def _intervals(found: pd.DataFrame, measure: str) -> list[str]:
    triples = zip(found[measure], found[f"{measure}_low"], found[f"{measure}_high"], strict=True)
    return [interval(mean, low, high, share=measure in SHARES) for mean, low, high in triples]


def _column(found: pd.DataFrame, measure: str) -> pd.Series:
    return found[measure] if measure in found else pd.Series([None] * len(found))


def _wait(days: float | None) -> str:
    """A quantile of waits; the last bin has no upper end."""
    return f"≥{LAST_WAIT_BIN}" if not is_missing(days) and (days or 0) >= LAST_WAIT_BIN else number(days)


def measures(summary: pd.DataFrame, scenario: str, names: Names) -> Block:
    """Every measure of one cell: the whole plan and each year, with intervals for the whole plan.

    A measure that has no value anywhere is of something the option does not have, such as services where
    none are bought, and gets no row; nor do gaps of contracts where there never is one.
    """
    mine = summary[(summary["scenario"] == scenario) & summary["mean"].notna()]
    years = sorted(int(year) for year in mine["year"].unique() if year != ALL_YEARS)
    known = list(dict.fromkeys(mine["measure"]))
    asked = {group: [one for one in listed if one in known] for group, listed in GROUPS.items()}
    if not mine.loc[mine["measure"].isin(asked["contracts"]), "mean"].any():
        asked["contracts"] = []
    asked["other"] = [one for one in known if not any(one in listed for listed in GROUPS.values())]
    blocks = [_measure_group(group, listed, mine, years, names) for group, listed in asked.items() if listed]
    return Block("\n".join(block.html for block in blocks), "\n".join(block.text for block in blocks))


def _measure_group(
    group: str, listed: Sequence[str], mine: pd.DataFrame, years: Sequence[int], names: Names
) -> Block:
    rows = []
    for measure in listed:
        found = mine[mine["measure"] == measure].set_index("year")
        whole: Any = found.loc[ALL_YEARS] if ALL_YEARS in found.index else None
        row = {"measure": names.or_code("measure", measure)}
        row["whole"] = "—" if whole is None else _measure_interval(measure, whole)
        row |= {str(year): _measure(measure, found["mean"].get(year)) for year in years}
        rows.append(row)
    heads = {"measure": names.say("view.column.measure"), "whole": names.say("view.column.whole")}
    heads |= {str(year): str(year) for year in years}
    title = names.say(f"view.measures.{group}")
    label = names.say("view.label.measures_of", group=title)
    made = table(pd.DataFrame(rows), label=label, name=f"measures-{group}", titles=heads)
    return Block(f"<h3>{escaped(title)}</h3>{made.html}", f"{title}\n{made.text}")


def _measure(measure: str, value: float | None) -> str:
    if measure in SHARES:
        return percent(value)
    if measure == "wait_days_p90":
        return _wait(value)
    return wan(value) if measure in MONEY else counted(value)


def _measure_interval(measure: str, row: pd.Series) -> str:
    if measure in MONEY:
        return _money_interval(row)
    if measure == "wait_days_p90" and row["mean"] >= LAST_WAIT_BIN:
        return _wait(row["mean"])
    return interval(row["mean"], row["low"], row["high"], share=measure in SHARES)


def _money_interval(row: pd.Series) -> str:
    if is_missing(row["mean"]) or is_missing(row["low"]) or row["low"] == row["high"]:
        return wan(row["mean"])
    return f"{wan(row['mean'])} ({wan(row['low'])}–{wan(row['high'])})"


def townships(frame: pd.DataFrame, names: Names) -> Block:
    """A row a township: families, posts in their numbers, on-time rate and wait; the latest first."""
    rows = frame.sort_values(["on_time_share", "area_code"], kind="stable", na_position="last").copy()
    rows["on_time_share"] = [percent(share) for share in rows["on_time_share"]]
    columns = (
        "area",
        "county",
        "households",
        "persons",
        "posts_required",
        "posts_existing",
        "gap",
        "posts_funded",
        "posts_filled",
    )
    heads = {column: names.say(f"view.column.{column}") for column in columns}
    heads |= {
        measure: names.say(f"view.measure.{measure}") for measure in ("on_time_share", "wait_days_mean")
    }
    return table(rows, label=names.say("view.label.townships"), name="townships", titles=heads, wide=True)


def legal(entries: Sequence[Mapping[str, Any]], names: Names) -> Block:
    """Where each formula and money rule stands: document, article, status, and the readings taken."""
    rows = [
        {
            "title": _text(entry.get("title", entry.get("id", "")), names),
            "document": words.side(_text(entry.get("document"), names), names.lang),
            "article": words.cited(_text(entry.get("article"), names), names.lang),
            "status": names.or_code("status", str(entry.get("status", ""))),
            "readings": readings_text(entry.get("readings") or {}, names),
        }
        for entry in entries
    ]
    rows = [row for at, row in enumerate(rows) if row not in rows[:at]]  # options of one formula
    heads = {
        column: names.say(f"view.column.{column}")
        for column in ("title", "document", "article", "status", "readings")
    }
    return table(
        pd.DataFrame(rows, columns=list(heads)),
        label=names.say("view.label.legal"),
        name="legal",
        titles=heads,
    )


def readings_text(readings: Mapping[str, Any], names: Names) -> str:
    """The readings taken, in words."""
    parts = []
    for key, value in readings.items():
        said = names.or_code("reading", f"{key}.{value}")
        parts.append(f"{names.or_code('reading', key)}: {value if said == f'{key}.{value}' else said}")
    return names.say("view.list").join(parts) or "—"


def assumptions(entries: Sequence[Mapping[str, Any]], names: Names, *, with_effect: bool = False) -> Block:
    """Every figure that was assumed: value, range, unit, standing and source.

    with_effect: the entries tell their effect too.
    """
    rows = [
        {
            "label": _text(entry.get("label", entry.get("key", "")), names),
            "value": _plain(entry.get("value")),
            "range": _range(entry.get("low"), entry.get("high")),
            "unit": _unit(entry, names),
            "status": names.or_code("status", str(entry.get("status", ""))),
            "source": words.side(_text(entry.get("source"), names), names.lang),
            "effect": _text(entry.get("effect"), names),
        }
        for entry in entries
    ]
    shown = ("label", "value", "range", "unit", "status", "source", *(("effect",) if with_effect else ()))
    heads = {c: names.say(f"view.column.{c}") for c in shown}
    label = names.say("view.label.assumptions")
    return table(pd.DataFrame(rows, columns=list(heads)), label=label, name="assumptions", titles=heads)


def assumed(experiment: ExperimentView, names: Names) -> Block:
    """How many assumptions a page rests on, and where they stand."""
    count = len(experiment.assumptions())
    return paragraph(names.say("method.pointer", count=count), claim="words:method.pointer")


def record(entries: Mapping[str, Any], names: Names) -> Block:
    """How the run was made: version, seed, replications, digests."""
    rows = [
        {"item": names.or_code("record", str(key)), "value": _recorded(str(key), value, names)}
        for key, value in sorted(entries.items(), key=_recorded_place)
    ]
    heads = {"item": names.say("view.column.item"), "value": names.say("view.column.value")}
    return table(
        pd.DataFrame(rows, columns=list(heads)),
        label=names.say("view.label.record"),
        name="record",
        titles=heads,
    )


RECORDED = ("place", "experiment", "first_year", "years", "start", "replications", "opening_months", "seed")
"""What a reader looks for first in the record of a run; the rest follows."""


def _recorded_place(entry: tuple[str, Any]) -> tuple[int, str]:
    key = str(entry[0])
    return RECORDED.index(key) if key in RECORDED else len(RECORDED), key


def _recorded(key: str, value: Any, names: Names) -> str:
    return names.or_code("engine", str(value)) if key == "engine" else _text(value, names)


def _range(low: Any, high: Any) -> str:
    return "—" if is_missing(low) or is_missing(high) else f"{_plain(low)}–{_plain(high)}"


def _plain(value: Any) -> str:
    """A value as a person would write it: no trailing zeros, thousands marked from ten thousand on."""
    if is_missing(value):
        return "—"
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= YUAN_PER_WAN:
        return number(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _unit(entry: Mapping[str, Any], names: Names) -> str:
    """The unit in words; of a key that ends in `_month`, a month of the year and not how many."""
    unit = _text(entry.get("unit"), names)
    of_year = unit == "month" and str(entry.get("key", "")).endswith("_month")
    return names.or_code("unit", "month_of_year" if of_year else unit)


def _text(value: Any, names: Names) -> str:
    if is_missing(value) or value == "":
        return "—"
    if isinstance(value, Mapping):
        return str(value.get(names.lang) or next(iter(value.values()), "—"))
    if isinstance(value, list | tuple):
        return names.say("view.list").join(str(part) for part in value)
    return str(value)

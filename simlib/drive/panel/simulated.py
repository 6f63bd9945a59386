"""What the simulation has seen of a question so far: sentences and the pages that need it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from simlib import words
from simlib.drive.panel.asked import Asked
from simlib.drive.panel.optionnames import NOW, in_interval, setting_place
from simlib.results import measures, money, posts
from simlib.runs.live import Seen
from simlib.view import chartparts, charts, livecharts, loads, moneytables, placecharts, tables, yearcharts
from simlib.view.blocks import Block, bullets
from simlib.view.names import Names, percent, wan
from simlib.years.records import LAST_WAIT_BIN


def so_far(seen: Seen, asked: Asked, lang: str) -> Block:
    """What has been seen, in sentences with intervals."""
    found = seen.summary()
    rows = {str(row["measure"]): row for row in found[found["year"] == 0].to_dict("records")}

    def said(measure: str, *, share: bool = False) -> str:
        row = rows[measure]
        return in_interval(row["mean"], row["low"], row["high"], share=share)

    few = "" if seen.replications >= measures.FEW else words.say("panel.so_far.few", lang)
    years = asked.scenario.run.years
    cost = rows["cost_yuan"]
    return bullets(
        [
            words.say(
                "panel.so_far.on_time", lang, share=said("on_time_share", share=True), n=seen.replications
            )
            + few,
            words.say(
                "panel.so_far.wait_long" if _is_long(rows) else "panel.so_far.wait",
                lang,
                days=said("wait_days_mean"),
                p90=said("wait_days_p90"),
                counted=LAST_WAIT_BIN - 1,
            ),
            words.say("panel.so_far.waiting", lang, cases=said("open_end"), overdue=said("overdue_open")),
            words.say(
                "panel.so_far.families",
                lang,
                months=said("excluded_months"),
                late=said("excluded_late_months"),
            ),
            words.say(
                "panel.so_far.cost",
                lang,
                years=years,
                cost=wan(cost["mean"]),
                filled=said("posts_filled"),
                each=said("households_per_worker"),
            ),
        ],
        kind="answer",
    )


def _is_long(rows: Mapping[str, Any]) -> bool:
    """Whether one in ten waits longer than waits are counted, so that all that is known is a lower bound."""
    return float(rows["wait_days_p90"]["mean"]) >= LAST_WAIT_BIN


def time_charts(seen: Seen, asked: Asked, names: Names) -> Block:
    """The on-time rate month by month, and where cases pile up."""
    monthly = measures.monthly(seen.frames).assign(scenario=NOW)
    place = setting_place(asked.scenario)
    areas = pd.Series(place.townships["area"].to_numpy(), index=place.townships["area_code"].astype(str))
    return chartparts.show(
        charts.monthly_on_time(monthly, names), livecharts.waiting_map(seen.frames.desk, areas, names)
    )


def money_tables(seen: Seen, _asked: Asked, names: Names) -> Block:
    """Money by line and source against its rule, and each year against the cap."""
    by_year = measures.cost_by_year(seen.frames)
    drawn = charts.cost_by_year(by_year.assign(scenario=NOW), names)
    return chartparts.show(
        drawn,
        moneytables.by_source(
            money.cost_by_source(seen.frames.money, seen.frames.service_money), by_year, names
        ),
    )


def people_charts(seen: Seen, asked: Asked, names: Names) -> Block:
    """What becomes of posts between the requirement and the desk."""
    place = setting_place(asked.scenario)
    existing = {
        str(code): int(count)
        for frame, key in ((place.townships, "area_code"), (place.counties, "county_code"))
        for code, count in zip(frame[key], frame["posts_payroll"] + frame["posts_contract"], strict=True)
    }
    steps = posts.post_steps(seen.frames.workforce, existing)
    return chartparts.show(yearcharts.post_steps(steps, NOW, names))


def family_charts(seen: Seen, _asked: Asked, names: Names) -> Block:
    """Months of payment families lost and yuan paid on, each by what it was lost to."""
    summary = seen.summary()
    rows: Any = summary[summary["year"] == 0].set_index("measure")
    over = [
        {
            "measure": names.say(f"view.measure.{measure}"),
            "value": wan(rows.loc[measure, "mean"]),
            "interval": f"{wan(rows.loc[measure, 'low'])}–{wan(rows.loc[measure, 'high'])}",
        }
        for measure in ("overpaid_yuan", *livecharts.OVERPAID)
    ]
    heads = {
        "measure": names.say("panel.leakage"),
        "value": names.say("view.axis.wan"),
        "interval": names.say("panel.interval"),
    }
    table = tables.table(pd.DataFrame(over), label=heads["measure"], name="leakage", titles=heads)
    lost, over_time = (draw(summary, NOW, names) for draw in (livecharts.families_lost, livecharts.overpaid))
    return chartparts.show(lost, over_time, table)


def town_charts(seen: Seen, asked: Asked, names: Names) -> Block:
    """Households per filled post as tiles, and the townships as a table, the latest first."""
    place = setting_place(asked.scenario)
    found = measures.by_office(seen.frames).set_index("office")
    towns = place.townships[place.townships["area_code"].astype(str).isin(found.index)]
    codes = towns["area_code"].astype(str)
    frame = pd.DataFrame(
        {
            "county": towns["county"].to_numpy(),
            "area": towns["area"].to_numpy(),
            "households": loads.town_households(place)[towns.index].to_numpy(),
            "posts_filled": codes.map(found["posts_filled"]).to_numpy(),
            "on_time_share": codes.map(found["on_time_share"]).to_numpy(),
            "wait_days_mean": codes.map(found["wait_days_mean"]).to_numpy(),
        }
    )
    rows = frame.sort_values("on_time_share", kind="stable", na_position="last")
    shown = rows.assign(on_time_share=[percent(share) for share in rows["on_time_share"]])
    heads = {
        column: names.say(f"view.column.{column}")
        for column in ("area", "county", "households", "posts_filled")
    }
    heads |= {column: names.say(f"view.measure.{column}") for column in ("on_time_share", "wait_days_mean")}
    label = names.say("view.label.townships")
    return chartparts.show(
        placecharts.township_tiles(frame, names), tables.table(shown, label=label, name="towns", titles=heads)
    )


Simulated = Callable[[Seen, Asked, Names], Block]
SIMULATED: Mapping[str, Simulated] = {
    "time": time_charts,
    "people": people_charts,
    "money": money_tables,
    "families": family_charts,
    "towns": town_charts,
}
"""What a tab shows of a simulation, by its name."""

"""Charts of options: questions answered by pictures, one colour a formula, intervals, zero where it matters.

Only the modules of charts load Altair.
"""

from __future__ import annotations

import altair as alt
import pandas as pd

from simlib.view.chartparts import (
    BAR,
    INK,
    LABEL_LINE,
    ROW,
    SHARE,
    WIDTH,
    Drawing,
    compared,
    finished,
    key_legend,
    label_lines,
    line_legend,
    month_axis,
    option_axis,
    option_colour,
    option_header,
    shades,
    tips,
    titled,
)
from simlib.view.contract import GRID, STATUS_QUO
from simlib.view.decision import LIMITS, options
from simlib.view.names import YUAN_PER_WAN, Names, number, percent, wan, wrapped

MOST_ACROSS = 4
WIDEST_BAR = 70
STAGES = ("posts_required", "posts_funded", "posts_filled")


def posts(summary: pd.DataFrame, names: Names, *, view: str = GRID) -> Drawing:
    """How many posts each formula requires, how many the money pays, how many are filled [post]."""
    table = options(summary, view)
    long = table.melt(["formula", "money"], list(STAGES), "stage", "count")
    existing = table.melt(["formula", "money"], ["posts_existing"], "stage", "count")
    frame = titled(pd.concat([long, existing], ignore_index=True), names)
    frame["stage"] = [names.say(f"view.{stage}") for stage in frame["stage"]]
    stages = [names.say(f"view.{stage}") for stage in STAGES]
    bars = alt.Chart().transform_filter(alt.FieldOneOfPredicate(field="stage", oneOf=stages))
    x = alt.X("count:Q", title=names.say("view.axis.posts"), scale=alt.Scale(zero=True, nice=True))
    y = alt.Y("money_title:N", title=None, sort=None, axis=option_axis())
    offset = alt.YOffset("stage:N", sort=stages)
    drawn = bars.mark_bar(height=BAR - 2).encode(
        x=x,
        y=y,
        yOffset=offset,
        color=option_colour(names, frame, legend=False),
        opacity=shades("stage", stages, names.say("view.legend.stage"), rising=True),
        tooltip=tips(names, "formula_title", "money_title", "stage", "count"),
    )
    number_at_end = {"x": x, "y": y, "yOffset": offset, "text": alt.Text("count:Q", format=",.0f")}
    halo = bars.mark_text(align="left", dx=3, fontSize=11, stroke="white", strokeWidth=3).encode(
        **number_at_end
    )
    values = bars.mark_text(align="left", dx=3, fontSize=11, color=INK).encode(**number_at_end)
    today = (
        alt.Chart()
        .transform_filter(alt.FieldEqualPredicate(field="stage", equal=names.say("view.posts_existing")))
        .mark_rule(strokeDash=[4, 3], color=INK)
        .encode(x=alt.X("count:Q", aggregate="mean", title=names.say("view.axis.posts")))
    )
    rows = alt.layer(drawn, today, halo, values, data=frame).properties(width=WIDTH, height=alt.Step(BAR))
    told = "; ".join(
        names.say("view.alt.posts", option=names.option(row["formula"], row["money"]), **_counts(row))
        for _, row in table.iterrows()
    )
    return finished(rows.facet(row=_formula_rows(names)), "question.posts", told, names)


def on_time(summary: pd.DataFrame, names: Names, *, view: str = GRID) -> Drawing:
    """The share of cases decided by their legal day in each cell, with interval; dashed: staying as today."""
    table = titled(options(summary, view).dropna(subset=["on_time_share"]), names)
    table["label"] = [percent(share) for share in table["on_time_share"]]
    shown = list(dict.fromkeys(table["formula_title"]))
    titles = [title for title in compared(names) if title in shown] or shown
    y = alt.Y("money_title:N", title=None, sort=None, axis=option_axis())
    offset = alt.YOffset("formula_title:N", sort=titles)
    base = alt.Chart(table)
    spread = base.mark_rule(strokeWidth=1.6).encode(
        x="on_time_share_low:Q",
        x2="on_time_share_high:Q",
        y=y,
        yOffset=offset,
        color=option_colour(names, table),
    )
    ends = [
        base.mark_tick(height=9, thickness=1.6).encode(
            x=f"{end}:Q", y=y, yOffset=offset, color=option_colour(names, table)
        )
        for end in LIMITS
    ]
    dots = base.mark_point(filled=True, size=48, opacity=1).encode(
        x=alt.X(
            "on_time_share:Q", title=names.say("view.axis.on_time"), scale=SHARE, axis=alt.Axis(format=".0%")
        ),
        y=y, yOffset=offset, color=option_colour(names, table),
        shape=alt.Shape(
            "formula_title:N",
            sort=titles,
            scale=alt.Scale(domain=titles),
            legend=key_legend(names, "formula") if len(titles) > 1 else None,
        ),
        tooltip=tips(names, "formula_title", "money_title", "on_time_share", *LIMITS),
    )  # fmt: skip
    values = base.mark_text(align="left", dx=8, fontSize=11, color=INK).encode(
        x=alt.value("width"), y=y, yOffset=offset, text="label:N"
    )
    layers: list[alt.Chart] = [spread, *ends, dots, values]
    if view != STATUS_QUO:
        layers.append(_today_line(summary, names))
    step = max(ROW, LABEL_LINE * label_lines(table["money_title"]) // max(len(titles), 1))
    chart = alt.layer(*layers).properties(width=WIDTH, height=alt.Step(step))
    told = "; ".join(
        f"{names.option(row['formula'], row['money'])} {row['label']}" for _, row in table.iterrows()
    )
    return finished(chart, f"question.on_time.{view}", told, names)


def _today_line(summary: pd.DataFrame, names: Names) -> alt.Chart:
    today = options(summary, STATUS_QUO)
    share = today["on_time_share"] if "on_time_share" in today else pd.Series(dtype=float)
    frame = pd.DataFrame(
        {"on_time_share": share.to_numpy(dtype=float), "label": names.say("view.status_quo")}
    )
    line: alt.Chart = alt.Chart(frame).mark_rule(strokeDash=[4, 3], color=INK)
    return line.encode(x="on_time_share:Q", tooltip=tips(names, "label", "on_time_share"))


def cost_by_year(cost: pd.DataFrame, names: Names) -> Drawing:
    """Money spent each year by line against its rule: a limit in black, a target in white [10,000 yuan].

    cost: columns scenario, year, line, yuan, cap_yuan, target_yuan (the rule again in each row of its year).
    Services have funds and a cap of their own: over bought posts they would look like a limit crossed.
    """
    frame = titled(cost[cost["line"] != "services"], names)
    frame["wan"] = frame["yuan"] / YUAN_PER_WAN
    for rule in ("cap", "target"):
        frame[f"{rule}_wan"] = frame[f"{rule}_yuan"].astype(float) / YUAN_PER_WAN
    frame["line_title"] = [names.or_code("line", line) for line in frame["line"]]
    lines = list(dict.fromkeys(frame["line_title"]))
    cells = list(dict.fromkeys(zip(frame["formula_title"], frame["money_title"], strict=True)))
    kinds = frame["money"].nunique()
    across = -(-kinds // -(-kinds // MOST_ACROSS))  # as many in each row: five stand as three and two
    width = WIDTH + 60 if across == 1 else max(110, (WIDTH + 90) // across - 12)
    broad = min(WIDEST_BAR, 0.7 * width / frame["year"].nunique())
    height = alt.Scale(domain=[0, _top(frame)], nice=True)
    ruled = [f"{rule}_wan" for rule in ("cap", "target") if frame[f"{rule}_wan"].notna().any()]
    bars = alt.Chart().mark_bar(stroke="white", size=broad).encode(
        x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("sum(wan):Q", title=names.say("view.axis.wan"), stack="zero", scale=height),
        color=option_colour(names, frame, legend=False),
        opacity=shades("line_title", lines, names.say("view.legend.line")),
        order=alt.Order("line_title:O"),
        tooltip=tips(names, "year", "line_title", "wan", *ruled),
    )  # fmt: skip
    rules = [
        alt.Chart()
        .transform_filter(f"isValid(datum.{rule}_wan)")
        .mark_bar(height=5, fill=fill, stroke=INK, strokeWidth=1.2, width=broad * 1.15)
        .encode(x="year:O", y=alt.Y(f"max({rule}_wan):Q", title=names.say("view.axis.wan"), scale=height))
        for rule, fill in (("cap", INK), ("target", "white"))
    ]
    chart: Drawing = alt.layer(bars, *rules, data=frame).properties(width=width, height=150)
    if len(cells) > 1:
        frame["cell_title"] = _cell_titles(frame, width, names)
        chart = chart.facet(
            alt.Facet(
                "cell_title:N",
                title=None,
                sort=list(dict.fromkeys(frame["cell_title"])),
                header=option_header(),
            ),
            columns=across,
        )
    yearly = frame.groupby(["formula", "money", "year"], sort=False).agg(
        yuan=("yuan", "sum"), cap=("cap_yuan", "max"), target=("target_yuan", "max")
    )
    told = "; ".join(
        names.say(
            "view.alt.cost",
            option=names.option(key[0], key[1]),
            year=key[2],
            cost=wan(row["yuan"]),
            cap=wan(row["cap"]),
            target=wan(row["target"]),
        )
        for key, row in ((key, row) for key, row in yearly.iterrows() if isinstance(key, tuple))
    )
    done = finished(chart, "question.cost", told, names)
    if ruled != ["cap_wan", "target_wan"]:  # what is not drawn is not explained
        done.title = names.say(f"view.question.{ruled[0].removesuffix('_wan') if ruled else 'cost'}_alone")
    return done


def _top(frame: pd.DataFrame) -> float:
    """The height that holds every bar and limit, and is never nothing [10,000 yuan]."""
    highest = frame.groupby(["formula", "money", "year"], sort=False)["wan"].sum().max()
    rules = frame[["cap_wan", "target_wan"]].max().dropna()
    return max(1.0, float(highest), float(rules.max()) if len(rules) else 0.0)


def _cell_titles(frame: pd.DataFrame, width: int, names: Names) -> list[str]:
    limit = max(14, width // 7)
    parts = [
        [] if formula in names.unsaid else [wrapped(names.formulas[formula], limit)]
        for formula in frame["formula"]
    ]
    monies = [[wrapped(money, limit)] if names.tells_money else [] for money in frame["money_name"]]
    return ["\n".join([*said, *money]) for said, money in zip(parts, monies, strict=True)]


def monthly_on_time(monthly: pd.DataFrame, names: Names) -> Drawing:
    """The on-time rate month by month, with its interval; a panel a money rule when there are several.

    monthly: columns scenario, month, on_time_share, low, high.
    """
    frame, title = titled(monthly, names), names.say("view.axis.on_time")
    share = alt.Y("on_time_share:Q", title=title, scale=SHARE, axis=alt.Axis(format=".0%"))
    low = alt.Y("low:Q", title=title, scale=SHARE)
    colour = option_colour(names, frame)
    band = alt.Chart().mark_area(opacity=0.2).encode(x=month_axis(), y=low, y2="high:Q", color=colour)
    line = _line(share, colour, tips(names, "formula_title", "month", "on_time_share", "low", "high"))
    told = _ends(frame, "on_time_share", names, share=True)
    return finished(_panels([band, line], frame), "question.monthly", told, names)


def backlog(monthly: pd.DataFrame, names: Names) -> Drawing:
    """Cases open at the end of each month [case]."""
    frame = titled(monthly, names)
    y = alt.Y("open_end:Q", title=names.say("view.axis.cases"), scale=alt.Scale(zero=True))
    line = _line(y, option_colour(names, frame), tips(names, "formula_title", "month", "open_end"))
    told = _ends(frame, "open_end", names)
    return finished(_panels([line], frame), "question.backlog", told, names)


def workforce(monthly: pd.DataFrame, names: Names) -> Drawing:
    """Posts filled each month, and what they are worth in trained full workers [post]."""
    kinds = ["posts_filled", "posts_effective"]
    frame = titled(monthly.melt(["scenario", "month"], kinds, "kind", "count"), names)
    frame["kind"] = [names.say(f"view.{kind}") for kind in frame["kind"]]
    titles = [names.say(f"view.{kind}") for kind in kinds]
    chart = (
        alt.Chart(frame)
        .mark_line(strokeWidth=2.2)
        .encode(
            x=month_axis(),
            y=alt.Y("count:Q", title=names.say("view.axis.posts"), scale=alt.Scale(zero=True)),
            color=option_colour(names, frame, legend=False),
            strokeDash=alt.StrokeDash("kind:N", sort=titles, legend=line_legend()),
            detail="money_title:N",
            tooltip=tips(names, "month", "kind", "count"),
        )
        .properties(width=WIDTH + 60, height=170)
    )
    return finished(chart, "question.workforce", _ends(titled(monthly, names), "posts_filled", names), names)


def _line(y: alt.Y, colour: alt.Color, tips: list[alt.Tooltip]) -> alt.Chart:
    line: alt.Chart = alt.Chart().mark_line(strokeWidth=2.2)
    return line.encode(x=month_axis(), y=y, color=colour, tooltip=tips)


def _panels(layers: list[alt.Chart], frame: pd.DataFrame) -> Drawing:
    """Lines over months; a panel a money rule when there are several."""
    several = frame["money_title"].nunique() > 1
    chart = alt.layer(*layers, data=frame).properties(width=WIDTH + 60, height=120 if several else 180)
    if not several:
        return chart
    order = list(dict.fromkeys(frame["money_name"]))
    return chart.facet(alt.Facet("money_name:N", title=None, sort=order, header=option_header()), columns=1)


def _ends(frame: pd.DataFrame, column: str, names: Names, *, share: bool = False) -> str:
    """First and last month of each line, in words."""
    said = percent if share else number
    parts = []
    for (formula, money), rows in frame.groupby(["formula", "money"], sort=False):
        known = rows.dropna(subset=[column])
        if len(known):
            first, last = said(known[column].iloc[0]), said(known[column].iloc[-1])
            parts.append(
                names.say(
                    "view.alt.ends", option=names.option(str(formula), str(money)), first=first, last=last
                )
            )
    return "; ".join(parts)


def _counts(row: pd.Series) -> dict[str, str]:
    return {stage.removeprefix("posts_"): number(row[stage]) for stage in (*STAGES, "posts_existing")}


def _formula_rows(names: Names) -> alt.Row:
    header = alt.Header(labelOrient="top", labelAnchor="start", labelFontWeight="bold", labelLimit=560)
    return alt.Row("formula_title:N", title=None, sort=compared(names), header=header)

"""Charts: questions answered by pictures, one colour a formula, intervals shown, zero where zero matters.

Only this module and `yearcharts` load Altair. Every chart carries its question as title, and a description
for those who cannot see it.
"""

from __future__ import annotations

import json
import sys
from typing import Any, TypeAlias

# Altair needs it only to check `iri` formats; without it Altair loads in half the time.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import altair as alt  # noqa: E402
import pandas as pd  # noqa: E402

from simlib.view.blocks import Block  # noqa: E402
from simlib.view.contract import GRID, STATUS_QUO  # noqa: E402
from simlib.view.decision import LIMITS, options, with_options  # noqa: E402
from simlib.view.figures import figure  # noqa: E402
from simlib.view.names import YUAN_PER_WAN, Names, number, percent, wan, wrapped  # noqa: E402
from simlib.view.specs import spec_of  # noqa: E402

FONT = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"
WIDTH = 360
"""Of a plot, without its labels [pixel]: a telephone shows the whole chart without scripts, its letters still
legible; where scripts run the page draws it as wide as there is room."""
MOST_ACROSS = 4
WIDEST_BAR = 70
UNMANNED = "#b9bfc7"
BAR, INK, FAINTEST = 13, "#1b1f24", 0.28
ROW, LABEL_LINE = 20, 16
"""Heights of a row of dots, and of a line of its label."""
STAGES = ("posts_required", "posts_funded", "posts_filled")
DATES = ("from_on", "to_on", "on")
AMOUNTS = (
    *("target_wan", "advance_wan", "low_wan", "high_wan", "cost_per_decision_yuan"),
    *("count", "open_end", "households", "posts", "posts_filled", "load", "cap_wan", "required", "existing"),
)
SHARE = alt.Scale(domain=[0, 1], nice=False)

Drawing: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart


def show(*things: Drawing | Block) -> Block:
    """Charts and blocks, one under the other, as a notebook shows them and the report keeps them."""
    blocks = [thing if isinstance(thing, Block) else figure(spec_of(thing)) for thing in things]
    return Block("\n".join(block.html for block in blocks), "\n".join(block.text for block in blocks))


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
        opacity=_shades("stage", stages, names.say("view.legend.stage"), rising=True),
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
    across = min(MOST_ACROSS, frame["money"].nunique())
    width = WIDTH + 60 if across == 1 else max(110, (WIDTH + 90) // across - 12)
    broad = min(WIDEST_BAR, 0.7 * width / frame["year"].nunique())
    height = alt.Scale(domain=[0, _top(frame)], nice=True)
    bars = alt.Chart().mark_bar(stroke="white", size=broad).encode(
        x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("sum(wan):Q", title=names.say("view.axis.wan"), stack="zero", scale=height),
        color=option_colour(names, frame, legend=False),
        opacity=_shades("line_title", lines, names.say("view.legend.line")),
        order=alt.Order("line_title:O"),
        tooltip=tips(names, "year", "line_title", "wan", "cap_wan", "target_wan"),
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
        frame["cell_title"] = _cell_titles(frame, width)
        chart = chart.facet(
            alt.Facet(
                "cell_title:N", title=None, sort=list(dict.fromkeys(frame["cell_title"])), header=_header()
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
    return finished(chart, "question.cost", told, names)


def _top(frame: pd.DataFrame) -> float:
    """The height that holds every bar and limit, and is never nothing [10,000 yuan]."""
    highest = frame.groupby(["formula", "money", "year"], sort=False)["wan"].sum().max()
    rules = frame[["cap_wan", "target_wan"]].max().dropna()
    return max(1.0, float(highest), float(rules.max()) if len(rules) else 0.0)


def _cell_titles(frame: pd.DataFrame, width: int) -> list[str]:
    limit = max(14, width // 7)
    pairs = zip(frame["formula_name"], frame["money_name"], strict=True)
    return [f"{wrapped(formula, limit)}\n{wrapped(money, limit)}" for formula, money in pairs]


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
            strokeDash=alt.StrokeDash("kind:N", sort=titles, legend=key_legend(names, None)),
            detail="money_title:N",
            tooltip=tips(names, "month", "kind", "count"),
        )
        .properties(width=WIDTH + 60, height=170)
    )
    return finished(chart, "question.workforce", _ends(titled(monthly, names), "posts_filled", names), names)


def township_tiles(townships: pd.DataFrame, names: Names) -> Drawing:
    """Households per filled post in every township, a row a county, the heaviest first; grey: nobody there.

    townships: columns county, area, households, posts_filled.
    """
    frame = townships[["county", "area", "households", "posts_filled"]].copy()
    frame["load"] = (frame["households"] / frame["posts_filled"]).where(frame["posts_filled"] > 0)
    frame = frame.sort_values("load", ascending=False, na_position="first", kind="stable")
    frame["rank"] = frame.groupby("county").cumcount() + 1
    rows = list(dict.fromkeys(townships["county"]))
    x = alt.X("rank:O", title=names.say("view.axis.rank"), axis=alt.Axis(labels=False, ticks=False))
    y = alt.Y("county:N", title=None, sort=rows, axis=alt.Axis(domain=False, ticks=False))
    hints = tips(names, "area", "county", "households", "posts_filled", "load")
    tiles = alt.Chart(frame).mark_rect(stroke="white", strokeWidth=1.5, color=UNMANNED)
    manned = tiles.transform_filter("isValid(datum.load)").encode(
        x=x, y=y, color=_load_colour(names), tooltip=hints
    )
    width = min(WIDTH + 30, int(frame["rank"].max()) * 26)
    chart = alt.layer(tiles.encode(x=x, y=y, tooltip=hints), manned).properties(
        width=width, height=alt.Step(24)
    )
    worst = frame.dropna(subset=["load"]).nlargest(3, "load")
    told = names.say(
        "view.alt.tiles",
        worst=names.say("view.and").join(
            f"{row['area']} {number(row['load'], digits=0)}" for _, row in worst.iterrows()
        ),
        unmanned=int(frame["load"].isna().sum()),
    )
    return finished(chart, "question.tiles", told, names)


def required_by_county(offices: pd.DataFrame, names: Names) -> Drawing:
    """Posts a formula requires in each county and posts existing there, all levels together [post].

    offices: columns formula, county, required, existing.
    """
    frame = offices.assign(formula_title=[names.formulas[formula] for formula in offices["formula"]])
    y = alt.Y("county:N", title=None, sort=None, axis=alt.Axis(domain=False, ticks=False, labelPadding=8))
    bars = alt.Chart(frame).mark_bar(height=BAR).encode(
        x=alt.X("required:Q", title=names.say("view.axis.posts")), y=y, color=option_colour(names, frame),
        tooltip=tips(names, "county", "required", "existing"),
    )  # fmt: skip
    halo, mark = (  # a bar may be as dark as the mark on it
        alt.Chart(frame).mark_tick(thickness=wide, height=BAR + 5, color=colour, aria=False)
        for wide, colour in ((5.5, "white"), (2.5, INK))
    )
    today = (each.encode(x="existing:Q", y=y) for each in (halo, mark))
    told = "; ".join(
        names.say("view.alt.first_look", county=row["county"], required=number(row["required"]),
                  existing=number(row["existing"])) for _, row in frame.iterrows()
    )  # fmt: skip
    chart = alt.layer(bars, *today).properties(width=WIDTH, height=alt.Step(22))
    return finished(chart, "question.first_look", told, names)


def loads(curves: pd.DataFrame, households: pd.Series, names: Names) -> Drawing:
    """Households per worker as a township grows: a panel a formula, the other formulas behind it in grey.

    curves: what `loads.load_curves` returns; households: of each township, the middle half of which is
    shaded. Both axes are logarithmic: a line rises at one slope until the text asks for one more post.
    """
    heads = curves.drop_duplicates("title")
    low, high = float(curves["households"].min()), float(curves["households"].max())
    x = _log_axis("households", low, high, names.say("view.axis.size"))
    y = _log_axis(
        "load", float(curves["load"].min()), float(curves["load"].max()), names.say("view.axis.each")
    )
    shade = alt.Chart().transform_filter("datum.kind == 'half'").mark_rect(color="#e3e8ee", aria=False)
    grey = (
        alt.Chart()
        .transform_filter("datum.kind == 'other'")
        .mark_line(color=UNMANNED, strokeWidth=1, aria=False)
    )
    own = alt.Chart().transform_filter("datum.kind == 'own'").mark_line(strokeWidth=3)
    layers = [
        shade.encode(x=x, x2="to:Q"),
        grey.encode(x=x, y=y, detail="line:N"),
        own.encode(
            x=x, y=y,
            color=alt.Color(
                "panel:N", legend=None,
                scale=alt.Scale(domain=list(range(len(heads))), range=heads["colour"].tolist()),
            ),
            tooltip=tips(names, "title", "households", "posts", "load"),
        ),
    ]  # fmt: skip
    told = "; ".join(_load_told(rows, households, names) for _, rows in curves.groupby("title", sort=False))
    frame = _load_panels(curves, households.clip(low, high))
    chart = alt.layer(*layers, data=frame).properties(width=(WIDTH + 90) // 2 - 30, height=130)
    listed = json.dumps([wrapped(title, 28).split("\n") for title in heads["title"]], ensure_ascii=False)
    header = alt.Header(labelExpr=f"{listed}[datum.value]", labelAnchor="start", labelFontWeight="bold")
    panel = alt.Facet("panel:N", title=None, header=header)
    return finished(chart.facet(panel, columns=2), "question.loads", told, names)


def _load_panels(curves: pd.DataFrame, households: pd.Series) -> pd.DataFrame:
    """The rows of every panel: its own line, the other lines, the middle half of the townships."""
    half = {"households": float(households.quantile(0.25)), "to": float(households.quantile(0.75))}
    named = curves.assign(line=pd.factorize(curves["title"])[0])
    parts: list[pd.DataFrame] = []
    for panel in range(int(named["line"].max()) + 1):
        own, other = named[named["line"] == panel], named[named["line"] != panel]
        parts += [
            own[["title", "households", "posts", "load"]].assign(kind="own", panel=panel),
            other[["line", "households", "load"]].assign(kind="other", panel=panel),
            pd.DataFrame([half | {"kind": "half", "panel": panel}]),
        ]
    return pd.concat(parts, ignore_index=True)


_LOG_STEPS = (1, 2, 5)


def _log_axis(column: str, low: float, high: float, title: str) -> Any:
    """A logarithmic axis with marks at 1, 2 and 5 of each power of ten."""
    marks = [step * 10**power for power in range(7) for step in _LOG_STEPS if low <= step * 10**power <= high]
    axis = alt.Axis(values=marks, format=",.0f", labelOverlap=True)
    channel = alt.X if column == "households" else alt.Y
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    return channel(f"{column}:Q", title=title, scale=scale, axis=axis)


def _load_told(rows: pd.DataFrame, households: pd.Series, names: Names) -> str:
    """The load in the smallest, the middle and the largest township, in words."""
    sizes = [households.min(), households.median(), households.max()]
    said = []
    for size in (max(float(size), float(rows["households"].min())) for size in sizes):
        posts = float(rows.loc[rows["households"] <= size, "posts"].iloc[-1])
        said.append(names.say("view.alt.load", households=number(size, digits=0), load=number(size / posts)))
    return f"{rows['title'].iloc[0]}: {names.say('view.and').join(said)}"


def _load_colour(names: Names) -> alt.Color:
    scale = alt.Scale(scheme="viridis", reverse=True, zero=False)
    legend = alt.Legend(
        orient="bottom", title=names.say("view.axis.load"), gradientLength=260, titleLimit=400
    )
    return alt.Color("load:Q", scale=scale, legend=legend)


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
    return chart.facet(alt.Facet("money_name:N", title=None, sort=order, header=_header()), columns=1)


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


def titled(frame: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The frame with titles of its formula and money rule: `_name` in full, `_title` broken into lines."""
    frame = with_options(frame, names)
    if "month" in frame:
        frame["month"] = pd.to_datetime(frame["month"])
    for column, titles in (("formula", names.formulas), ("money", names.monies)):
        frame[f"{column}_name"] = [titles[code] for code in frame[column]]
    frame["formula_title"] = frame["formula_name"]
    frame["money_title"] = [wrapped(title, 22) for title in frame["money_name"]]
    return frame


def _counts(row: pd.Series) -> dict[str, str]:
    return {stage.removeprefix("posts_"): number(row[stage]) for stage in (*STAGES, "posts_existing")}


def label_lines(titles: pd.Series) -> int:
    """Lines of the tallest label."""
    return max((title.count("\n") + 1 for title in titles), default=1)


def compared(names: Names) -> list[str]:
    """Titles of the formulas that are compared, in their order."""
    return [names.formulas[formula] for formula in names.colours]


def month_axis() -> alt.X:
    """The axis of months."""
    return alt.X(
        "month:T", title=None, axis=alt.Axis(format="%Y-%m", labelAngle=0, labelOverlap=True, grid=False)
    )


def option_colour(names: Names, frame: pd.DataFrame, *, legend: bool = True) -> alt.Color:
    """Each formula's one colour, with a key where the frame holds several; staying as today is in ink."""
    shown = list(dict.fromkeys(frame["formula"]))
    ordered = [f for f in names.colours if f in shown] + [f for f in shown if f not in names.colours]
    scale = alt.Scale(
        domain=[names.formulas[formula] for formula in ordered],
        range=[names.colours.get(formula, INK) for formula in ordered],
    )
    key = key_legend(names, "formula") if legend and len(ordered) > 1 else None
    return alt.Color("formula_title:N", scale=scale, legend=key)


def _shades(field: str, kinds: list[str], title: str, *, rising: bool = False) -> alt.Opacity:
    """Shades of one colour for the kinds of a field, from full to faint (or rising from faint to full)."""
    steps = [1 - (1 - FAINTEST) * i / max(1, len(kinds) - 1) for i in range(len(kinds))]
    scale = alt.Scale(type="ordinal", domain=kinds, range=steps[::-1] if rising else steps)
    legend = alt.Legend(orient="bottom", title=title, symbolType="square", labelLimit=220)
    return alt.Opacity(f"{field}:O", sort=kinds, scale=scale, legend=legend)


def key_legend(names: Names, title: str | None) -> alt.Legend:
    """A key under the chart."""
    heading = names.chosen if title == "formula" else names.say(f"view.{title}") if title else None
    return alt.Legend(orient="bottom", title=heading, labelLimit=420, symbolOpacity=1)


def option_axis() -> alt.Axis:
    """The axis of rows with titles in several lines."""
    return alt.Axis(
        labelExpr="split(datum.label, '\\n')", labelLimit=200, domain=False, ticks=False, labelPadding=8
    )


def _header() -> alt.Header:
    return alt.Header(
        labelExpr="split(datum.label, '\\n')", labelAnchor="start", labelFontWeight="bold", labelLimit=560
    )


def _formula_rows(names: Names) -> alt.Row:
    header = alt.Header(labelOrient="top", labelAnchor="start", labelFontWeight="bold", labelLimit=560)
    return alt.Row("formula_title:N", title=None, sort=compared(names), header=header)


def tips(names: Names, *fields: str) -> list[alt.Tooltip]:
    """Hints that a mark shows for these fields."""
    return [_tip(names, field) for field in fields]


def _tip(names: Names, field: str) -> alt.Tooltip:
    title = names.say(f"view.tip.{field}")
    if field == "month":
        return alt.Tooltip("month:T", title=title, format="%Y-%m")
    if field in ("low", "high") or field.startswith("on_time_share"):
        return alt.Tooltip(f"{field}:Q", title=title, format=".1%")
    if field == "wan":
        return alt.Tooltip("sum(wan):Q", title=title, format=",.1f")
    if field in DATES:
        return alt.Tooltip(f"{field}:T", title=title, format="%Y-%m-%d")
    if field in AMOUNTS:
        return alt.Tooltip(f"{field}:Q", title=title, format=",.1f")
    return alt.Tooltip(f"{field}:N", title=title)


def finished(chart: Drawing, question: str, told: str, names: Names) -> Drawing:
    """The chart with its question as title, its text alternative, fonts and calm axes.

    All is set on one copy: every method of altair's makes another, of all layers.
    """
    calm: dict[str, Any] = {"labelFontSize": 12, "titleFontSize": 12, "labelColor": INK, "titleColor": INK}
    plain = calm | {"titleFontWeight": "normal", "aria": False}
    done: Drawing = chart.copy(deep=False)
    done.title, done.usermeta = names.say(f"view.{question}"), {"claim": question}
    done.description = names.say("view.alt", told=told)
    done.config = alt.Config(
        font=FONT,
        background="white",
        axis=alt.AxisConfig(**plain, gridColor="#e5e8eb"),
        axisX=alt.AxisConfig(labelSeparation=8),
        header=alt.HeaderConfig(**calm),
        legend=alt.LegendConfig(**plain, columns=2),
        view=alt.ViewConfig(stroke=None),
        facet=alt.CompositionConfig(spacing=14),
    )
    return done

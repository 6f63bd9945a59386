"""What the panel shows: at once what the rules say, then what the simulation has seen so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from simlib import words
from simlib.decide.intervals import says_nothing
from simlib.desks.casetext import case_head, case_rows
from simlib.drive.api import funding
from simlib.drive.casestory import case_list, case_story
from simlib.drive.panel.asked import Asked
from simlib.errors import InputError
from simlib.policy.explain import explain
from simlib.policy.money.shortfall import FIXED
from simlib.policy.statutes import Law
from simlib.results import measures, money, posts
from simlib.runs.live import Seen
from simlib.runs.settings import setting_of
from simlib.scenario import NONE, Scenario
from simlib.view import charts, livecharts, loads, moneytables, tables, yearcharts
from simlib.view.blocks import Block, bullets, escaped, paragraph
from simlib.view.names import PALETTE, Names, interval, is_missing, number, percent, wan
from simlib.years.setting import Setting

NOW = "now"
"""Id of the option on the screen."""
PAIRS = 2
"""Fewer pairs than this have no spread."""
WHOLE_FROM = 100
"""Figures from here up are shown whole."""
LISTED = 12
"""Late cases offered to be told."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """An option kept for comparison: its name, the question, what was seen of it."""

    name: str
    asked: Asked
    seen: Seen


def names_for(options: Mapping[str, Scenario], place: str, law: Law, lang: str) -> Names:
    """Names and colours of options by id; a formula has the same colour in all of them."""
    formulas, monies, keys, cells = {}, {}, {}, {}
    for code, scenario in options.items():
        formula, rule = scenario.policy.formula, money_key(scenario)
        formulas[formula] = formula_title(formula, law, lang)
        monies[rule] = money_title(scenario, law, lang)
        keys[code] = (formula, rule)
        cells[code] = words.say("view.option", lang, formula=formulas[formula], money=monies[rule])
    known = list(law.formulas)
    colours = {
        formula: PALETTE[(known.index(formula) if formula in known else 0) % len(PALETTE)]
        for formula in formulas
        if formula != NONE
    }
    return Names(lang, place, cells, formulas, monies, colours, keys, {"grid": tuple(options)})


def formula_title(formula: str, law: Law, lang: str) -> str:
    """A formula in words; having none is staying as today."""
    if formula == NONE:
        return words.say("panel.formula_none", lang)
    return words.pick(dict(law.formula(formula).title), lang)


def money_key(scenario: Scenario) -> str:
    """What tells the money of one option from that of another."""
    policy = scenario.policy
    return f"{policy.money}-{policy.cap_yuan or ''}-{policy.share_for_posts or ''}-{policy.price_yuan or ''}"


def money_title(scenario: Scenario, law: Law, lang: str) -> str:
    """The money of an option in words."""
    policy = scenario.policy
    if policy.money == NONE:
        return words.say("panel.money_none", lang)
    if policy.money == FIXED:
        return words.say("panel.money_fixed_is", lang, wan=wan(policy.cap_yuan))
    return words.pick(dict(law.money_rule(policy.money).title), lang)


# --- at once ------------------------------------------------------------------------------------------------


def at_once(asked: Asked, law: Law, lang: str) -> Block:
    """Posts required, existing, missing and paid, and their first-year cost, by the rules alone.

    For the counties asked and the whole place. Raises InputError where the rules cannot answer.
    """
    policy = asked.scenario.policy
    if policy.formula == NONE:
        return bullets([words.say("panel.at_once.none", lang)])
    found = _funded(asked.scenario, law)
    place = setting_place(asked.scenario)
    lines = []
    if set(found.table["county_code"]) - set(asked.counties) and asked.counties:
        part = found.table[found.table["county_code"].isin(asked.counties)]
        title = words.say("view.list", lang).join(county_names(place.counties, asked.counties))
        lines.append(_in_figures(part, title, policy.money, lang))
    lines.append(_in_figures(found.table, words.pick(dict(place.title), lang), policy.money, lang))
    lines += [note.line(lang) for note in found.notes]
    return bullets(lines)


def _funded(scenario: Scenario, law: Law) -> Any:
    policy = scenario.policy
    return funding(
        setting_place(scenario),
        policy.formula,
        policy.money,
        cap_yuan=policy.cap_yuan,
        share_for_posts=policy.share_for_posts,
        sharing=policy.sharing,  # type: ignore[arg-type]
        method=policy.method,  # type: ignore[arg-type]
        price_yuan=policy.price_yuan,
        reading={**policy.reading, **policy.money_reading},
        law=law,
    )


def _in_figures(table: pd.DataFrame, title: str, money_rule: str, lang: str) -> str:
    sums = table[["posts_required", "posts_existing", "posts_funded", "posts_short", "cost_yuan_year1"]].sum()
    missing = int(sums["posts_funded"] + sums["posts_short"])
    key = "panel.at_once.whole" if money_rule == NONE else "panel.at_once.capped"
    return words.say(
        key,
        lang,
        title=title,
        required=number(float(sums["posts_required"])),
        existing=number(float(sums["posts_existing"])),
        gap=number(missing),
        funded=number(float(sums["posts_funded"])),
        short=number(float(sums["posts_short"])),
        cost=wan(float(sums["cost_yuan_year1"])),
    )


def posts_at_stake(scenario: Scenario, law: Law) -> float:
    """Posts of a place that are required by its formula or existing, whichever are more [post]."""
    place = setting_place(scenario)
    existing = sum(
        float(frame[column].fillna(0).sum())
        for frame in (place.townships, place.counties)
        for column in ("posts_payroll", "posts_contract")
        if column in frame
    )
    if scenario.policy.formula == NONE:
        return existing
    whole = replace(
        scenario, policy=replace(scenario.policy, money=NONE, cap_yuan=None, share_for_posts=None)
    )
    try:
        return max(existing, float(_funded(whole, law).table["posts_required"].sum()))
    except InputError:  # told when the question itself is answered
        return existing


def setting_place(scenario: Scenario) -> Any:
    """The place of a scenario, read once while its files stay as they are."""
    return setting_of(scenario.status_quo()).place


def county_names(counties: pd.DataFrame, codes: Sequence[str]) -> list[str]:
    """Names of counties by their codes."""
    return [str(name) for name in counties.loc[counties["county_code"].isin(codes), "county"]]


def posts_charts(asked: Asked, law: Law, names: Names) -> Block:
    """Posts of each county by the formula beside those existing; of the county looked at, every office."""
    policy = asked.scenario.policy
    if policy.formula == NONE:
        return paragraph(names.say("panel.at_once.none"))
    table = _funded(asked.scenario, law).table
    place = setting_place(asked.scenario)
    county = dict(zip(place.counties["county_code"].astype(str), place.counties["county"], strict=True))
    sums = table.groupby("county_code", sort=False)[["posts_required", "posts_existing"]].sum()
    frame = pd.DataFrame(
        {
            "formula": policy.formula,
            "county": [county.get(str(code), str(code)) for code in sums.index],
            "required": sums["posts_required"].to_numpy(),
            "existing": sums["posts_existing"].to_numpy(),
        }
    )
    parts: list[Any] = [charts.required_by_county(frame, names)] if len(frame) > 1 else []
    rows = table[table["county_code"].isin(asked.counties)] if asked.counties else table
    columns = ("area", "posts_required", "posts_existing", "posts_funded", "posts_short", "cost_yuan_year1")
    shown = rows.assign(cost_yuan_year1=[wan(float(yuan)) for yuan in rows["cost_yuan_year1"]])
    heads = {column: names.say(f"panel.column.{column}") for column in columns}
    parts.append(tables.table(shown, label=names.say("panel.offices"), name="offices", titles=heads))
    return charts.show(*parts)


def load_charts(asked: Asked, law: Law, names: Names) -> Block:
    """Households per worker as a township grows: where a formula takes its next step."""
    place = setting_place(asked.scenario)
    formula = asked.scenario.policy.formula
    mine = {} if formula == NONE else {formula: names.formulas[formula]}
    curves = loads.load_curves(place, law, names.lang, titles=mine, colours=names.colours)
    return charts.show(
        charts.loads(curves, loads.town_households(place), names), loads.load_remark(curves, names)
    )


# --- as simulated -------------------------------------------------------------------------------------------


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
            words.say("panel.so_far.wait", lang, days=said("wait_days_mean"), p90=said("wait_days_p90")),
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


def in_interval(mean: float, low: float, high: float, *, share: bool = False) -> str:
    """A mean with its interval; without decimals from one hundred up, where they say nothing."""
    if share or is_missing(mean) or abs(mean) < WHOLE_FROM:
        return interval(mean, low, high, share=share)
    return interval(round(mean), *(end if is_missing(end) else round(end) for end in (low, high)))


def time_charts(seen: Seen, asked: Asked, names: Names) -> Block:
    """The on-time rate month by month, and where cases pile up."""
    monthly = measures.monthly(seen.frames).assign(scenario=NOW)
    place = setting_place(asked.scenario)
    areas = pd.Series(place.townships["area"].to_numpy(), index=place.townships["area_code"].astype(str))
    return charts.show(
        charts.monthly_on_time(monthly, names), livecharts.waiting_map(seen.frames.desk, areas, names)
    )


def money_tables(seen: Seen, _asked: Asked, names: Names) -> Block:
    """Money by line and source against its rule, and each year against the cap."""
    by_year = measures.cost_by_year(seen.frames)
    drawn = charts.cost_by_year(by_year.assign(scenario=NOW), names)
    return charts.show(
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
    return charts.show(yearcharts.post_steps(steps, NOW, names))


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
    return charts.show(livecharts.families_lost(summary, NOW, names), table)


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
    return charts.show(
        charts.township_tiles(frame, names), tables.table(shown, label=label, name="towns", titles=heads)
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


# --- compared -----------------------------------------------------------------------------------------------


def compared(pins: Sequence[Pinned], law: Law, lang: str) -> Block:
    """Pinned options side by side: a row each, differences to the first on the same chance, and a chart."""
    if not pins:
        return paragraph(words.say("panel.compare.empty", lang))
    names = names_for({pin.name: pin.asked.scenario for pin in pins}, "", law, lang)
    first = pins[0]
    rows = [_compared_row(pin, first, lang) for pin in pins]
    columns = ("option", "posts", "cost", "on_time", "wait", "lost", "difference", "n")
    heads = {column: words.say(f"panel.compare.{column}", lang) for column in columns}
    label = words.say("panel.tab.compare", lang)
    table = tables.table(pd.DataFrame(rows), label=label, name="compared", titles=heads)
    return charts.show(
        table,
        paragraph(words.say("panel.compare.note", lang)),
        livecharts.cost_and_time(_points(pins), names),
    )


def _figures(pin: Pinned) -> Any:
    summary = pin.seen.summary()
    return summary[summary["year"] == 0].set_index("measure")


def _compared_row(pin: Pinned, first: Pinned, lang: str) -> dict[str, str]:
    found = _figures(pin)

    def said(measure: str, *, share: bool = False) -> str:
        return in_interval(*(float(found.loc[measure, end]) for end in ("mean", "low", "high")), share=share)

    return {
        "option": pin.name,
        "posts": said("posts_filled"),
        "cost": wan(float(found.loc["cost_yuan", "mean"])),
        "on_time": said("on_time_share", share=True),
        "wait": said("wait_days_mean"),
        "lost": said("excluded_months"),
        "difference": "—" if pin is first else _difference(pin, first, lang),
        "n": str(pin.seen.replications),
    }


def _difference(pin: Pinned, first: Pinned, lang: str) -> str:
    """The on-time rate less that of the first option, pair by pair on the same chance, with its interval."""
    if pin.asked.counties != first.asked.counties or not _same_world(
        pin.asked.scenario, first.asked.scenario
    ):
        return words.say("panel.compare.other_place", lang)
    paired = _by_replication(pin) - _by_replication(first)
    mean, low, high, count = measures.interval(paired)
    if count < PAIRS or says_nothing(max(abs(low), abs(high)), [float(_by_replication(first).mean())]):
        return words.say("panel.compare.few_pairs", lang, n=count, needed=measures.FEW)
    told = f"{mean * 100:+.1f} ({low * 100:+.1f}…{high * 100:+.1f})"
    return told if low * high > 0 else f"{told} {words.say('panel.compare.not_apart', lang)}"


def _same_world(one: Scenario, other: Scenario) -> bool:
    return (
        one.place.resolve() == other.place.resolve() and one.run == other.run and one.future == other.future
    )


def _by_replication(pin: Pinned) -> pd.Series:
    values = pin.seen.values
    return values[values["measure"] == "on_time_share"].set_index("replication")["value"]


def _points(pins: Sequence[Pinned]) -> pd.DataFrame:
    rows = []
    for pin in pins:
        found = _figures(pin)
        cost = [float(found.loc["cost_yuan", end]) / 10_000 for end in ("mean", "low", "high")]
        share = [float(found.loc["on_time_share", end]) for end in ("mean", "low", "high")]
        rows.append((pin.name, pin.asked.scenario.policy.formula, *cost, *share))
    columns = ["option", "formula", "cost_wan", "cost_low", "cost_high", "on_time", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


# --- why ----------------------------------------------------------------------------------------------------


def rule_in_words(asked: Asked, law: Law, lang: str) -> Block:
    """The formula and money rule chosen, as their texts say."""
    policy = asked.scenario.policy
    told = [
        explain(text, lang, law=law) for text in (policy.formula, policy.money) if text not in (NONE, FIXED)
    ]
    html = "".join(f'<pre class="why">{escaped(text)}</pre>' for text in told)
    return Block(html or escaped(words.say("panel.at_once.none", lang)), "\n\n".join(told))


def late_cases(setting: Setting, county: str) -> pd.DataFrame:
    """A county's decided cases of the first replication, the latest first: as `case_list` returns them."""
    return case_list(setting, county, 0).head(LISTED)


def told_case(setting: Setting, case: str, lang: str) -> Block:
    """One case of the first replication, step by step."""
    story = case_story(setting, case, 0)
    place = setting.place
    areas = dict(zip(place.townships["area_code"].astype(str), place.townships["area"], strict=True))
    areas |= dict(zip(place.counties["county_code"].astype(str), place.counties["county"], strict=True))

    def office(at: int) -> str:
        code = story.offices[at]
        return str(
            areas.get(code) or words.say("trace_verification", lang, county=areas[code.removesuffix("V")])
        )

    with words.speaking(lang):
        head, rows = case_head(story.file), pd.DataFrame(case_rows(story.file, office))
    titles = {str(column): str(column) for column in rows}
    table = tables.table(rows, label=words.say("panel.case", lang), name="case", titles=titles, wide=True)
    return charts.show(bullets(head, kind="case"), table)


def in_words(error: Exception, lang: str) -> str:
    """What went wrong, in one or more lines."""
    if isinstance(error, InputError):
        return "\n".join(problem.line(lang) for problem in error.problems)
    return words.say("panel.failed", lang, error=" ".join(f"{type(error).__name__}: {error}".split()))

"""Services for families in tables: need met for the money, a yuan moved, who is left out, follow-up."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from simlib import words
from simlib.policy.services.items import load_services
from simlib.results.tradeoff import difference, for_yuan, moved
from simlib.units import MINUTES_PER_HOUR
from simlib.view.blocks import Block, paragraph
from simlib.view.differences import change, points, shown
from simlib.view.names import Names, number, percent, wan
from simlib.view.serviceanswers import last_year
from simlib.view.serviceoptions import (
    Option,
    ServicesView,
    has_splits,
    is_split,
    moved_yuan,
    neighbours,
)
from simlib.view.tables import filled, table

MOST_ITEMS, MOST_TOWNS, MOST_COUNTIES = 12, 10, 12
FOLLOWED = ("satisfaction_share", "mid_term_share", "final_share", "passed_share", "renewed_share")
"""Shares told of the follow-up of services."""
FARED = ("wholly", "partly", "left_out", "pending")
NEED_FACTS = ("all_met_share", "need_met_share", "on_time_share")
"""Shares of services that a row of the coverage shows with their interval."""


def coverage_table(options: Sequence[Option], names: Names) -> Block:
    """A row an option: money, need met by number and by money, orders unmet for money, families left out."""
    rows = [
        {
            "option": option.title,
            "law": names.say(f"view.services.law.{'lawful' if option.is_lawful else 'what_if'}"),
            "cap_yuan": wan(option.told("cap_yuan")[0]),
            "paid_yuan": wan(option.told("paid_yuan")[0]),
            "orders": number(option.told("orders")[0], digits=0),
            **{fact: shown(option.told(fact), share=True) for fact in NEED_FACTS},
            "unmet_money": number(option.told("unmet_money")[0], digits=0),
            "households_left_out": number(option.told("households_left_out")[0], digits=0),
        }
        for option in options
    ]
    return _table(rows, "coverage", names, wide=True)


def yuan_table(options: Sequence[Option], names: Names) -> Block:
    """A row a step to the next greater share: what more was paid, what more was met, orders for the yuan."""
    rows = []
    for one, more in neighbours(options):
        if is_split(one, more):
            continue
        paid = difference(more.facts, one.facts, "paid_yuan")
        yuan = float(paid.mean())
        rows.append(
            {
                "step": names.say(
                    "view.services.step",
                    one=one.share_text(names),
                    other=more.share_text(names),
                ),
                "formula": one.group_title,
                "more_yuan": wan(yuan),
                "more_orders": change(moved(more.facts, one.facts, "delivered")),
                "more_met": points(moved(more.facts, one.facts, "all_met_share")),
                "for_yuan": change(for_yuan(more.facts, one.facts, "delivered", yuan)) if yuan > 0 else "—",
            }
        )
    if not rows:
        return paragraph(names.say(f"view.services.{'steps_move' if has_splits(options) else 'no_steps'}"))
    return _table(rows, "yuan", names)


def item_table(option: Option, experiment: ServicesView, names: Names) -> Block:
    """The items most delivered in an option: need met, orders for the yuan, unmet for want of money."""
    called = load_services().items
    found = experiment.service_items(option.id).head(MOST_ITEMS)
    rows = [
        {
            "item": words.pick(dict(called[row["item"]].title), names.lang)
            if row["item"] in called
            else row["item"],
            "assessed": number(row["assessed"], digits=0),
            "delivered": number(row["delivered"], digits=0),
            "need_met_share": percent(row["need_met_share"]),
            "unmet_money": number(row["unmet_money"], digits=0),
            "delivered_per_thousand_yuan": number(row["delivered_per_thousand_yuan"]),
        }
        for row in found.to_dict("records")
    ]
    return _table(rows, "items", names)


def county_table(option: Option, experiment: ServicesView, names: Names) -> Block:
    """Where an option's money was short and where it was left over: the counties most short of it first."""
    counties = experiment.place.counties
    called = dict(zip(counties["county_code"].astype(str), counties["county"].astype(str), strict=True))
    found = experiment.service_counties(option.id)
    found = found.sort_values(["unmet_money", "county_code"], ascending=[False, True]).head(MOST_COUNTIES)
    rows = [
        {
            "county_code": called.get(str(row["county_code"]), str(row["county_code"])),
            **{f"{fact}_yuan": wan(row[f"{fact}_yuan"]) for fact in ("voted", "paid", "lapsed")},
            **{fact: number(row[fact], digits=0) for fact in ("assessed", "delivered", "unmet_money")},
        }
        for row in found.to_dict("records")
    ]
    told = paragraph(names.say("view.services.apart"))
    made = _table(rows, "counties", names)
    return Block(told.html + "\n" + made.html, told.text + "\n" + made.text)


def moved_table(options: Sequence[Option], names: Names) -> Block:
    """A row a split of the same money: services and clerks, and what moving from the split before changes."""
    splits = [option for option in options if option.clerks_yuan is not None]
    before = {more.id: one for one, more in neighbours(splits) if is_split(one, more)}
    if not before:
        return paragraph(names.say("view.services.no_split"))
    rows = []
    for option in splits:
        one = before.get(option.id)
        steps = ("delivered", "excluded_late_months")
        yuan = moved_yuan(one, option) if one else 0.0
        changes = {
            fact: change(for_yuan(option.facts, one.facts, fact, yuan)) if one and yuan > 0 else "—"
            for fact in steps
        }
        rows.append(
            {
                "option": option.title,
                "law": names.say(f"view.services.law.{'lawful' if option.is_lawful else 'what_if'}"),
                "all_met_share": shown(option.told("all_met_share"), share=True),
                "desk_on_time_share": shown(option.told("desk_on_time_share"), share=True),
                "posts_filled": number(option.told("posts_filled")[0]),
                **{f"step_{fact}": text for fact, text in changes.items()},
                "step_on_time": points(moved(option.facts, one.facts, "desk_on_time_share")) if one else "—",
            }
        )
    return _table(rows, "moved", names, wide=True)


def left_out_tables(option: Option, experiment: ServicesView, names: Names) -> Block:
    """Who is left out in an option: by grade, by programme, and the townships with the greatest share."""
    towns = dict(
        zip(
            experiment.place.townships["area_code"].astype(str),
            experiment.place.townships["area"],
            strict=True,
        )
    )
    parts = []
    for key in ("grade", "programme", "area_code"):
        found = last_year(experiment.fared(option.id, key))
        found = found[found["with_need"] > 0]
        if key == "area_code":
            found = found.sort_values("left_out_share", ascending=False, kind="stable").head(MOST_TOWNS)
        rows = [
            {
                key: _called(key, str(row[key]), towns, names),
                "with_need": number(row["with_need"], digits=0),
                **{fate: number(row[fate], digits=0) for fate in FARED},
                "left_out_share": percent(row["left_out_share"]),
            }
            for row in found.to_dict("records")
        ]
        parts.append(_table(rows, f"left_{key}", names))
    return Block("\n".join(part.html for part in parts), "\n".join(part.text for part in parts))


def follow_up(option: Option, experiment: ServicesView, names: Names) -> Block:
    """Who evaluates an option's services and what that costs, then visits, marks and renewal by year."""
    found = experiment.service_follow_up(option.id)
    least, likely, most = option.visit_minutes
    note = names.say(
        "view.services.visits",
        minutes=number(likely, digits=0),
        hours=_hours(float(found["visits"].sum()), likely),
        least=_hours(float(found["visits"].sum()), least),
        most=_hours(float(found["visits"].sum()), most),
    )
    told = paragraph(_evaluators(option, found, names) + note, claim="services-follow_up_note")
    rows = [
        {
            "year": str(int(row["year"])),
            "visits": number(row["visits"], digits=0),
            "visit_hours": _hours(row["visits"], likely),
            **{fact: percent(row[fact]) for fact in FOLLOWED},
            "unjudged": number(row["unjudged"]),
            **{fact: wan(row[fact], digits=2) for fact in ("cost_yuan", "charged_yuan")},
        }
        for row in found.to_dict("records")
    ]
    made = _table(rows, "follow_up", names, wide=True)
    return Block(told.html + "\n" + made.html, told.text + "\n" + made.text)


def _hours(visits: float, minutes: float) -> str:
    """What so many return visits take of village service points."""
    return number(visits * minutes / MINUTES_PER_HOUR, digits=0)


def _evaluators(option: Option, found: pd.DataFrame, names: Names) -> str:
    """Which document's panel evaluates, when, and which money pays it or why none does."""
    panel = option.panel
    if not panel:
        return names.say("view.services.no_panel")
    joint = names.say("services.joint")
    line = names.say(
        "view.services.panel",
        option=option.title,
        document=words.pick(dict(panel["document"]), names.lang),
        members=panel["members"],
        accountants=panel["accountants"],
        stages=joint.join(names.say(f"stage_{stage}") for stage in panel["stages"]),
    )
    cost, charged = (float(found[name].sum()) for name in ("cost_yuan", "charged_yuan"))
    named = joint.join(names.say(f"fund_{fund}") for fund in panel["named"])
    key = (
        "no_fund"
        if not panel["named"]
        else "no_money"
        if not charged
        else "part"
        if charged < cost
        else "charged"
    )
    return line + names.say(
        f"view.services.evaluation_{key}",
        cost=wan(cost, digits=2),
        charged=wan(charged, digits=2),
        fund=named,
    )


def _called(key: str, code: str, towns: dict[str, str], names: Names) -> str:
    if key == "grade":
        return names.say(f"view.grade.{code}")
    return names.or_programme(code) if key == "programme" else towns.get(code, code)


def _table(rows: list[dict[str, str]], name: str, names: Names, *, wide: bool = False) -> Block:
    frame = pd.DataFrame(rows)
    heads = filled(frame, {str(column): names.say(f"view.services.column.{column}") for column in frame})
    label = names.say(f"view.services.label.{name}")
    return table(frame, label=label, name=f"services-{name}", titles=heads, wide=wide)

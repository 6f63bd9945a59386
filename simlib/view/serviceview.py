"""Services for families in answers and tables: need met for the money, a yuan moved, who is left out.

Options share their chance, so every difference told here is paired by replication and has its own interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from simlib import words
from simlib.policy.services.items import load_services
from simlib.results.tradeoff import difference, for_yuan, is_apart, moved
from simlib.view.blocks import Block, bullets, paragraph
from simlib.view.names import Names, interval, is_missing, number, percent, wan
from simlib.view.serviceoptions import (
    Found,
    Option,
    ServicesView,
    best_for_money,
    has_splits,
    is_split,
    moved_yuan,
    neighbours,
    options_of,
    widest,
)
from simlib.view.tables import filled, table

MOST_ITEMS, MOST_TOWNS = 12, 10
FEW_IN_TIME = 0.5
"""Below this share of services begun in time it is hands that lack, not money."""
FOLLOWED = ("satisfaction_share", "mid_term_share", "final_share", "passed_share", "renewed_share")
"""Shares told of the follow-up of services."""
FINE = 1000
"""A difference of so many orders is told without decimals."""
FARED = ("wholly", "partly", "left_out", "pending")
NEED_FACTS = ("all_met_share", "need_met_share", "on_time_share")
"""Shares of services that a row of the coverage shows with their interval."""


def headline(experiment: ServicesView, names: Names) -> list[str]:
    """What an experiment that buys services says of them on its first page; nothing where none buys any.

    The lawful option that meets most need, what it costs at the desks, and whether a what-if is shown.
    """
    options = options_of(experiment, names)
    known = [one for one in options if one.is_lawful and not math.isnan(one.told("all_met_share")[0])]
    if not known:
        return []
    best = max(known, key=lambda option: option.told("all_met_share")[0])
    line = names.say(
        "view.services.headline",
        option=best.title,
        met=_shown(best.told("all_met_share"), share=True),
        on_time=_shown(best.told("desk_on_time_share"), share=True),
        households=number(best.told("households_left_out")[0], digits=0),
    )
    above = [option.title for option in options if not option.is_lawful]
    if above:
        line += names.say("view.services.headline_above", options=names.say("services.joint").join(above))
    return [line]


# --- answers ---------------------------------------------------------------------------------------------


def answers(
    options: Sequence[Option],
    experiment: ServicesView,
    names: Names,
    *,
    covered: Sequence[Option] | None = None,
) -> Block:
    """The four questions answered in plain words.

    covered: options at equal clerks, from which is told what a share meets and leaves out; None: the options.
    """
    covered = options if covered is None else covered
    if not options or not covered:
        return paragraph(names.say("view.services.none"))
    mine = [option for option in covered if option.group == covered[0].group]
    lines = [_covered(option, names) for option in mine if option.share > 0]
    if lines:
        base = number(mine[0].told("all_orders")[0], digits=0)
        lines[0] += names.say("view.services.base", orders=base)
    lines += [_short_of_hands(option, names) for option in mine if _is_short_of_hands(option)]
    best = best_for_money(covered)
    if best is not None:
        lines.append(_best(best, covered, names))
    lines += [
        _moved(one, more, names)
        for one, more in neighbours(options)
        if one.group == options[0].group and is_split(one, more) and more.is_lawful
    ]
    if len({option.world for option in (*options, *covered)}) > 1:
        lines.append(names.say("view.services.worlds"))
    if has_splits(options):
        lines.append(names.say("view.services.law"))
    shown = widest(covered)
    if shown is not None:
        lines.append(_left_out(shown, experiment, names))
    return bullets(lines, claim="services")


def _covered(option: Option, names: Names) -> str:
    key = "covered" if option.is_lawful else "covered_what_if"
    return names.say(
        f"view.services.{key}",
        share=words.stated(option.share, names.lang),
        met=_shown(option.told("all_met_share"), share=True),
        households=number(option.told("households_left_out")[0], digits=0),
        wan=wan(option.told("paid_yuan")[0]),
    )


def _is_short_of_hands(option: Option) -> bool:
    """Whether what money pays is not delivered in time more often than not."""
    in_time = option.told("on_time_share")[0]
    return option.share > 0 and in_time < FEW_IN_TIME


def _short_of_hands(option: Option, names: Names) -> str:
    unpaid, unmet = (option.told(fact)[0] for fact in ("unmet_money", "unmet"))
    return names.say(
        "view.services.short_of_hands",
        share=words.stated(option.share, names.lang),
        in_time=percent(option.told("on_time_share")[0]),
        orders=number(unmet - unpaid, digits=0),
    )


def _best(best: Option, options: Sequence[Option], names: Names) -> str:
    fact = "delivered_per_thousand_yuan"
    equal = [
        option.title
        for option in options
        if option.is_lawful and option.id != best.id and not is_apart(moved(best.facts, option.facts, fact))
        and not math.isnan(option.told(fact)[0])
    ]  # fmt: skip
    line = names.say("view.services.best", option=best.title, rate=_shown(best.told(fact)))
    return line + (
        names.say("view.services.best_not_alone", others=names.say("view.and").join(equal)) if equal else ""
    )


def _moved(one: Option, more: Option, names: Names) -> str:
    yuan = moved_yuan(one, more)
    met, late = (
        for_yuan(more.facts, one.facts, fact, yuan) for fact in ("delivered", "excluded_late_months")
    )
    on_time = moved(more.facts, one.facts, "desk_on_time_share")
    return names.say(
        "view.services.moved",
        one=one.title,
        other=more.title,
        orders=_change(met),
        months=_change(late),
        points=_points(on_time),
    )


def _left_out(option: Option, experiment: ServicesView, names: Names) -> str:
    grades = _last_year(experiment.fared(option.id, "grade"))
    grades = grades[grades["with_need"] > 0]
    if grades.empty:
        return names.say("view.services.nobody")
    worst = grades.sort_values("left_out_share", kind="stable").iloc[-1]
    left, need = float(grades["left_out"].sum()), float(grades["with_need"].sum())
    return names.say(
        "view.services.left_out",
        option=option.title,
        left=number(left, digits=0),
        need=number(need, digits=0),
        share=percent(left / need),
        grade=names.say(f"view.grade.{worst['grade']}"),
        worst=percent(float(worst["left_out_share"])),
    )


def _last_year(fared: pd.DataFrame) -> pd.DataFrame:
    """Families as they stand at the end of the last year."""
    last: pd.DataFrame = fared[fared["year"] == fared["year"].max()]
    return last


# --- tables ----------------------------------------------------------------------------------------------


def coverage_table(options: Sequence[Option], names: Names) -> Block:
    """A row an option: money, need met by number and by money, orders unmet for money, families left out."""
    rows = [
        {
            "option": option.title,
            "law": names.say(f"view.services.law.{'lawful' if option.is_lawful else 'what_if'}"),
            "cap_yuan": wan(option.told("cap_yuan")[0]),
            "paid_yuan": wan(option.told("paid_yuan")[0]),
            "orders": number(option.told("orders")[0], digits=0),
            **{fact: _shown(option.told(fact), share=True) for fact in NEED_FACTS},
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
                    one=words.stated(one.share, names.lang),
                    other=words.stated(more.share, names.lang),
                ),
                "formula": one.group_title,
                "more_yuan": wan(yuan),
                "more_orders": _change(moved(more.facts, one.facts, "delivered")),
                "more_met": _points(moved(more.facts, one.facts, "all_met_share")),
                "for_yuan": _change(for_yuan(more.facts, one.facts, "delivered", yuan)) if yuan > 0 else "—",
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
            fact: _change(for_yuan(option.facts, one.facts, fact, yuan)) if one and yuan > 0 else "—"
            for fact in steps
        }
        rows.append(
            {
                "option": option.title,
                "law": names.say(f"view.services.law.{'lawful' if option.is_lawful else 'what_if'}"),
                "all_met_share": _shown(option.told("all_met_share"), share=True),
                "desk_on_time_share": _shown(option.told("desk_on_time_share"), share=True),
                "posts_filled": number(option.told("posts_filled")[0]),
                **{f"step_{fact}": text for fact, text in changes.items()},
                "step_on_time": _points(moved(option.facts, one.facts, "desk_on_time_share")) if one else "—",
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
        found = _last_year(experiment.fared(option.id, key))
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
    told = paragraph(_evaluators(option, found, names), claim="services-follow_up_note")
    rows = [
        {
            "year": str(int(row["year"])),
            "visits": number(row["visits"], digits=0),
            **{fact: percent(row[fact]) for fact in FOLLOWED},
            **{fact: wan(row[fact], digits=2) for fact in ("cost_yuan", "charged_yuan")},
        }
        for row in found.to_dict("records")
    ]
    made = _table(rows, "follow_up", names, wide=True)
    return Block(told.html + "\n" + made.html, told.text + "\n" + made.text)


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


def _shown(found: Found, *, share: bool = False) -> str:
    mean, low, high, count = found
    if not count or is_missing(mean):
        return "—"
    return interval(mean, max(low, 0.0), min(high, 1.0), share=True) if share else interval(mean, low, high)


def _change(found: Found) -> str:
    """A difference with its sign, and its interval."""
    mean, low, high, count = found
    if not count or is_missing(mean):
        return "—"
    digits = 0 if abs(mean) >= FINE else 1
    ends = "" if f"{low:.6g}" == f"{high:.6g}" else f" ({_signed(low, digits)} … {_signed(high, digits)})"
    return _signed(mean, digits) + ends


def _signed(value: float, digits: int) -> str:
    text = number(value, digits=digits).replace("-", "−")
    return f"+{text}" if value > 0 and text != "0" else text


def _points(found: Found) -> str:
    """A difference of shares in percentage points."""
    mean, low, high, count = found
    return _change((100 * mean, 100 * low, 100 * high, count))

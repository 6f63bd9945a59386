"""What services for families come to, in plain words: need met for the money, a yuan moved, who is left out.

Options share their chance, so every difference told here is paired by replication and has its own interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from simlib.results.tradeoff import for_yuan, is_apart, moved
from simlib.view.blocks import Block, bullets, paragraph
from simlib.view.differences import change, points, shown
from simlib.view.names import Names, number, percent, wan
from simlib.view.serviceoptions import (
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

FEW_IN_TIME = 0.5
"""Below this share of services begun in time it is hands that lack, not money."""
MANY_WAITING = 0.05
"""From this part of the families on, assessments that wait are told."""


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
        met=shown(best.told("all_met_share"), share=True),
        on_time=shown(best.told("desk_on_time_share"), share=True),
        households=number(best.told("households_left_out")[0], digits=0),
    )
    if _has_waiting(best):
        waiting = number(best.told("assessments_waiting")[0], digits=0)
        line += names.say("view.services.headline_waiting", waiting=waiting)
    above = [option.title for option in options if not option.is_lawful]
    if above:
        line += names.say("view.services.headline_above", options=names.say("services.joint").join(above))
    return [line]


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
    most = widest(covered)
    if most is not None:
        lines.append(_left_out(most, experiment, names))
        lines += _waiting(most, names)
        lines += _rest(most, experiment, names)
    return bullets(lines, claim="services")


def _covered(option: Option, names: Names) -> str:
    key = "covered" if option.is_lawful else "covered_what_if"
    return names.say(
        f"view.services.{key}",
        share=option.share_text(names),
        met=shown(option.told("all_met_share"), share=True),
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
        share=option.share_text(names),
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
    line = names.say("view.services.best", option=best.title, rate=shown(best.told(fact)))
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
        orders=change(met),
        months=change(late),
        points=points(on_time),
    )


def _rest(option: Option, experiment: ServicesView, names: Names) -> list[str]:
    """How far what the grant leaves after benefits limits services: assumed, or of the run."""
    found = experiment.grant_left(option.id)
    if found.empty:
        return []
    sums = found.sum()
    kind = "assumed" if not sums["own"] else "own" if not sums["assumed"] else "both"
    blanks = {
        "option": option.title,
        "limits": names.say(
            f"view.services.rest_{'limits' if sums['bound'] else 'never_limits'}",
            bound=number(sums["bound"]),
            all=number(sums["assumed"] + sums["own"], digits=0),
        ),
        "counties": number(found["assumed"].max(), digits=0),
        "expected": wan(sums["expected_yuan"]),
        "left": wan(sums["left_yuan"]),
    }
    line = names.say(f"view.services.rest_{kind}", **blanks)
    squeezed = float(sums["squeezed_yuan"])
    return [line + (names.say("view.services.rest_squeezed", yuan=wan(squeezed)) if squeezed else "")]


def _left_out(option: Option, experiment: ServicesView, names: Names) -> str:
    grades = last_year(experiment.fared(option.id, "grade"))
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


def _has_waiting(option: Option) -> bool:
    """Whether more than a few assessments wait when the plan ends."""
    waiting, covered = (option.told(fact)[0] for fact in ("assessments_waiting", "households_covered"))
    return waiting >= MANY_WAITING * covered


def _waiting(option: Option, names: Names) -> list[str]:
    """How many assessments wait when the plan ends, where that is more than a few."""
    if not _has_waiting(option):
        return []
    waiting, covered = (option.told(fact)[0] for fact in ("assessments_waiting", "households_covered"))
    blanks = {"waiting": number(waiting, digits=0), "covered": number(covered, digits=0)}
    return [names.say("view.services.waiting", option=option.title, **blanks)]


def last_year(fared: pd.DataFrame) -> pd.DataFrame:
    """Families as they stand at the end of the last year."""
    last: pd.DataFrame = fared[fared["year"] == fared["year"].max()]
    return last

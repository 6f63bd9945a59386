"""Rules of formulas and money rules as plain sentences, in Chinese or English."""

from __future__ import annotations

from fractions import Fraction

from simlib import words
from simlib.policy.money.moneyrules import Term
from simlib.policy.rulefile import DRIVER_UNITS
from simlib.policy.rules import (
    READINGS,
    Choice,
    Fixed,
    Interval,
    Linear,
    Number,
    Rule,
    Steps,
    Task,
    Workload,
)


def number_words(number: Number, lang: str | None = None) -> str:
    """A number in words; a choice with the reading that decides it."""
    if isinstance(number, Choice) and number.reading == "figures":
        low, mode, high = (_shown(number.values[side]) for side in READINGS["figures"])
        return f"{mode} ({low}–{high})"
    if isinstance(number, Choice):
        told = {answer: _shown(value) for answer, value in number.values.items()}
        values, answers = "/".join(told.values()), "|".join(told)
        return words.say("rule_choice", lang, values=values, reading=number.reading, answers=answers)
    return _shown(number)


def _shown(number: Fraction) -> str:
    return f"{number.numerator:,}" if number.denominator == 1 else f"{float(number):.4g}"


def rule_words(rule: Rule, lang: str | None = None) -> str:
    """A rule as one plain sentence."""
    if isinstance(rule, Fixed):
        return words.say("rule_fixed", lang, count=number_words(rule.count, lang))
    if isinstance(rule, Steps):
        return _steps_words(rule, lang)
    if isinstance(rule, Linear):
        return _linear_words(rule, lang)
    if isinstance(rule, Interval):
        low, high = rule_words(rule.low, lang), rule_words(rule.high, lang)
        return words.say("rule_interval", lang, low=low, high=high)
    if isinstance(rule, Workload):
        return _workload_words(rule, lang)
    parts = words.say("rule_joint", lang).join(rule_words(part, lang) for part in rule.parts)
    return words.say(f"rule_{rule.how}", lang, parts=parts)


def _steps_words(rule: Steps, lang: str | None) -> str:
    tiers = []
    edges = [None, *rule.edges, None]
    for i, count in enumerate(rule.posts):
        begin, end = edges[i], edges[i + 1]
        low = begin.at if begin else rule.least
        high = rule.most if end is None else end.at if end.side == "reading" else end.at - 1
        key = "rule_tier_top" if high is None else "rule_tier"
        blanks = {"low": f"{low:,}", "high": f"{high or 0:,}", "count": number_words(count, lang)}
        tiers.append(words.say(key, lang, **blanks))
    joint = words.say("rule_joint", lang)
    return words.say("rule_steps", lang, by=words.say(f"driver_{rule.by}", lang), tiers=joint.join(tiers))


def _linear_words(rule: Linear, lang: str | None) -> str:
    blanks = {
        "by": words.say(f"driver_{rule.by}", lang),
        "unit": words.say(f"unit_{DRIVER_UNITS[rule.by].replace('-', '_')}", lang),
        "posts": number_words(rule.posts, lang),
        "per": number_words(rule.per, lang),
        "base": number_words(rule.base, lang),
        "above": f"{rule.above:,}",
    }
    if rule.above:
        key = "rule_linear"
    elif rule.base != 0:
        key = "rule_base_plus"
    else:
        key = "rule_each" if rule.per == 1 else "rule_one_per"
    return words.say(key, lang, **blanks)


def _workload_words(rule: Workload, lang: str | None) -> str:
    tolerance = rule.tolerance.values["yes"] if isinstance(rule.tolerance, Choice) else rule.tolerance
    return words.say(
        "rule_workload",
        lang,
        tasks=len(rule.tasks),
        hours=number_words(rule.available_hours, lang),
        support=number_words(rule.support_share, lang),
        extra=number_words(rule.extra_hours, lang),
        tolerance=_shown(tolerance),
    )


def task_words(task: Task, lang: str | None = None) -> str:
    """A task of a workload as plain words: how often, how many people, how long."""
    return words.say(
        "rule_task",
        lang,
        title=words.pick(dict(task.title), lang),
        by=words.say(f"driver_{task.by}", lang),
        a_year=number_words(task.a_year, lang),
        people=task.people,
        minutes=number_words(task.minutes, lang),
    )


def term_words(term: Term, base: str, lang: str | None = None) -> str:
    """One part of an amount of money as plain words."""
    blanks = {
        "amount": number_words(term.amount, lang),
        "size": term.size,
        "base": words.say(f"base_{base}", lang),
    }
    if term.by:
        blanks["by"] = words.say(f"driver_{term.by}", lang)
    return words.say(f"term_{term.kind}", lang, **blanks)

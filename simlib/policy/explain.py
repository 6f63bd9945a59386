"""The law as tables and as plain sentences with citations, in Chinese or English."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from simlib import words
from simlib.dated import Range, Source
from simlib.policy.formulas import Formula, LevelRule, Version
from simlib.policy.moneyrules import Term
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
)
from simlib.policy.statutes import Law

FORMULA_COLUMNS = ("id", "region", "shape", "level", "status", "modality", "readings", "source")
VALUE_COLUMNS = (
    "key",
    "value",
    "low",
    "high",
    "unit",
    "start",
    "end",
    "status",
    "description",
    "source",
    "article",
    "href",
    "file",
)


def formulas_table(law: Law, lang: str | None = None) -> pd.DataFrame:
    """One row a formula: id, region, shape, level, status, modality, readings, source."""
    rows = []
    for formula in law.formulas.values():
        version = formula.version()
        rules = version.levels.values()
        rows.append(
            {
                "id": formula.id,
                "region": words.pick(dict(formula.region), lang),
                "shape": _listed(rule.rule.shape for rule in rules),
                "level": _listed(version.levels),
                "status": version.status,
                "modality": _listed(rule.modality for rule in rules),
                "readings": "; ".join(f"{name}={'|'.join(READINGS[name])}" for name in formula.readings),
                "source": citation(version.source),
            }
        )
    return pd.DataFrame(rows, columns=list(FORMULA_COLUMNS))


def values_table(law: Law, lang: str | None = None) -> pd.DataFrame:
    """One row a dated value, and a row for each level of each formula and each money rule.

    A value's own number stands in `value` (of a range its mode, the rest in low and high); a formula's
    rule stands there in words.
    """
    rows = [
        _value_row(key, entry.value, dated.unit, entry, words.pick(dict(dated.description), lang), dated.file)
        for key, dated in law.values.items()
        for entry in dated.entries
    ]
    for formula in law.formulas.values():
        for version in formula.versions:
            for level, rule in version.levels.items():
                told = rule_words(rule.rule, lang)
                title = words.pick(dict(formula.title), lang)
                key = f"formulas.{formula.id}.{level}"
                rows.append(_value_row(key, told, "post", version, title, formula.file, rule.article))
    for money in law.money.values():
        for amount in money.versions:
            told = _listed((term_words(term, money.base, lang) for term in amount.terms), "; ")
            title = words.pick(dict(money.title), lang)
            rows.append(_value_row(f"money.{money.id}", told, "yuan", amount, title, money.file))
    table = pd.DataFrame(rows, columns=list(VALUE_COLUMNS))
    return table.sort_values(["key", "start"], kind="stable", ignore_index=True)


def _value_row(
    key: str, value: Any, unit: str, entry: Any, description: str, file: str, article: str = ""
) -> dict[str, Any]:
    low, high = (value.low, value.high) if isinstance(value, Range) else ("", "")
    shown = value.mode if isinstance(value, Range) else value
    source: Source = entry.source
    return {
        "key": key,
        "value": str(shown),
        "low": str(low),
        "high": str(high),
        "unit": unit,
        "start": entry.start.isoformat(),
        "end": entry.end.isoformat() if entry.end else "",
        "status": entry.status,
        "description": description,
        "source": source.title,
        "article": article or source.article,
        "href": source.href,
        "file": file,
    }


def _listed(items: Iterable[str], joint: str = ", ") -> str:
    return joint.join(dict.fromkeys(items))


def citation(source: Source) -> str:
    """A source in one line: title, number, article, address."""
    return " ".join(part for part in (source.title, source.number, source.article, source.href) if part)


def explain(formula_id: str, lang: str | None = None, *, law: Law) -> str:
    """A formula in plain words: what it asks at each level, what it leaves open, where it is written.

    Raises LawError for an unknown formula.
    """
    formula = law.formula(formula_id)
    lines = [
        f"{formula.id} · {words.pick(dict(formula.title), lang)}",
        words.say(
            "explain_issuer",
            lang,
            issuer=words.pick(dict(formula.issuer), lang),
            document=formula.document,
            stated_on=formula.stated_on,
        ),
    ]
    for version in formula.versions:
        lines += _version_lines(version, lang)
    lines += _reading_lines(formula, lang)
    told = (("explain_interpretation", formula.interpretations), ("explain_note", formula.notes))
    for title, texts in told:
        lines += [words.say(title, lang, text=words.pick(dict(text), lang)) for text in texts]
    return "\n".join(lines)


def _version_lines(version: Version, lang: str | None) -> list[str]:
    blanks = {
        "start": version.start,
        "end": version.end or words.say("explain_no_end", lang),
        "status": words.say(f"status_{version.status}", lang),
    }
    lines = [words.say("explain_version", lang, **blanks)]
    lines += [_level_line(rule, lang) for rule in version.levels.values()]
    return [*lines, words.say("explain_source", lang, source=citation(version.source))]


def _level_line(rule: LevelRule, lang: str | None) -> str:
    blanks = {
        "level": words.say(rule.level, lang),
        "modality": words.say(f"modality_{rule.modality}", lang),
        "rule": rule_words(rule.rule, lang),
        "article": f" [{rule.article}]" if rule.article else "",
    }
    return words.say("explain_level", lang, **blanks)


def _reading_lines(formula: Formula, lang: str | None) -> list[str]:
    return [
        words.say(
            "explain_reading",
            lang,
            reading=name,
            meaning=words.say(f"reading_{name}", lang),
            answers="|".join(READINGS[name]),
            default=default,
        )
        for name, default in formula.readings.items()
    ]


# --- rules in words ---------------------------------------------------------------------------------------


def number_words(number: Number) -> str:
    """A number in words; a choice with the reading that decides it."""
    if isinstance(number, Choice):
        told = [f"{answer}: {number_words(value)}" for answer, value in number.values.items()]
        return f"{number.reading}({', '.join(told)})"
    return f"{number.numerator:,}" if number.denominator == 1 else f"{float(number):g}"


def rule_words(rule: Rule, lang: str | None = None) -> str:
    """A rule as one plain sentence."""
    if isinstance(rule, Fixed):
        return words.say("rule_fixed", lang, count=number_words(rule.count))
    if isinstance(rule, Steps):
        return _steps_words(rule, lang)
    if isinstance(rule, Linear):
        return _linear_words(rule, lang)
    if isinstance(rule, Interval):
        low, high = rule_words(rule.low, lang), rule_words(rule.high, lang)
        return words.say("rule_interval", lang, low=low, high=high)
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
        blanks = {"low": f"{low:,}", "high": f"{high or 0:,}", "count": number_words(count)}
        tiers.append(words.say(key, lang, **blanks))
    joint = words.say("rule_joint", lang)
    return words.say("rule_steps", lang, by=words.say(f"driver_{rule.by}", lang), tiers=joint.join(tiers))


def _linear_words(rule: Linear, lang: str | None) -> str:
    blanks = {
        "by": words.say(f"driver_{rule.by}", lang),
        "unit": words.say(f"unit_{DRIVER_UNITS[rule.by].replace('-', '_')}", lang),
        "posts": number_words(rule.posts),
        "per": number_words(rule.per),
        "base": number_words(rule.base),
        "above": f"{rule.above:,}",
    }
    if rule.above:
        key = "rule_linear"
    elif rule.base != 0:
        key = "rule_base_plus"
    else:
        key = "rule_each" if rule.per == 1 else "rule_one_per"
    return words.say(key, lang, **blanks)


def term_words(term: Term, base: str, lang: str | None = None) -> str:
    """One part of an amount of money as plain words."""
    blanks = {"amount": number_words(term.amount), "size": term.size, "base": words.say(f"base_{base}", lang)}
    if term.by:
        blanks["by"] = words.say(f"driver_{term.by}", lang)
    return words.say(f"term_{term.kind}", lang, **blanks)

"""The law as tables and as plain sentences with citations, in Chinese or English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from simlib import words
from simlib.dated import Range, Source
from simlib.errors import LawError, Problem
from simlib.policy.buying.purchasefile import ITEMS, Clause, PurchaseDocument
from simlib.policy.localrule import ORDINARY, LocalRule
from simlib.policy.money.moneyrules import MoneyRule
from simlib.policy.posts.formulas import Formula, LevelRule, Version
from simlib.policy.procedure import Route, load_procedures
from simlib.policy.rules import READINGS, Workload
from simlib.policy.rulewords import rule_words, task_words, term_words
from simlib.policy.statutes import Law
from simlib.worktime import CALENDAR, WORKING
from simlib.yamlfile import nearest

FORMULA_COLUMNS = ("id", "region", "shape", "level", "status", "modality", "readings", "source")
MONEY_COLUMNS = ("id", "region", "pays", "base", "terms", "status", "modality", "readings", "source")
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
                "source": citation(version.source, lang),
            }
        )
    return pd.DataFrame(rows, columns=list(FORMULA_COLUMNS))


def money_table(law: Law, lang: str | None = None) -> pd.DataFrame:
    """One row a money rule: id, region, what it pays, base, terms, status, modality, readings, source."""
    rows = []
    for rule in law.money.values():
        amount = rule.version()
        rows.append(
            {
                "id": rule.id,
                "region": words.pick(dict(rule.region), lang),
                "pays": rule.pays,
                "base": rule.base,
                "terms": _listed((term_words(term, rule.base, lang) for term in amount.terms), "; "),
                "status": amount.status,
                "modality": amount.modality,
                "readings": "; ".join(f"{name}={'|'.join(READINGS[name])}" for name in rule.readings),
                "source": citation(amount.source, lang),
            }
        )
    return pd.DataFrame(rows, columns=list(MONEY_COLUMNS))


def values_table(law: Law, lang: str | None = None) -> pd.DataFrame:
    """One row a dated value, and a row for each level of each formula and each money rule.

    A value's own number stands in `value` (of a range its mode, the rest in low and high); a formula's
    rule stands there in words.
    """
    rows = [
        _value_row(
            key, entry.value, dated.unit, entry, words.pick(dict(dated.description), lang), dated.file, lang
        )
        for key, dated in law.values.items()
        for entry in dated.entries
    ]
    for formula in law.formulas.values():
        for version in formula.versions:
            for level, rule in version.levels.items():
                told = rule_words(rule.rule, lang)
                title = words.pick(dict(formula.title), lang)
                key = f"formulas.{formula.id}.{level}"
                rows.append(_value_row(key, told, "post", version, title, formula.file, lang, rule.article))
    for money in law.money.values():
        for amount in money.versions:
            told = _listed((term_words(term, money.base, lang) for term in amount.terms), "; ")
            title = words.pick(dict(money.title), lang)
            rows.append(_value_row(f"money.{money.id}", told, "yuan", amount, title, money.file, lang))
    table = pd.DataFrame(rows, columns=list(VALUE_COLUMNS))
    return table.sort_values(["key", "start"], kind="stable", ignore_index=True)


def _in_parts(value: Any) -> Any:
    """A value by name in one line, ranges in it as low~mode~high; any other as it is."""
    if not isinstance(value, Mapping):
        return value
    sides = {
        name: f"{part.low}~{part.mode}~{part.high}" if isinstance(part, Range) else str(part)
        for name, part in value.items()
    }
    return "; ".join(f"{name} {side}" for name, side in sides.items())


def _value_row(
    key: str,
    value: Any,
    unit: str,
    entry: Any,
    description: str,
    file: str,
    lang: str | None,
    article: str = "",
) -> dict[str, Any]:
    low, high = (value.low, value.high) if isinstance(value, Range) else ("", "")
    shown = value.mode if isinstance(value, Range) else _in_parts(value)
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
        "article": words.cited(article or source.article, lang),
        "href": source.href,
        "file": file,
    }


def _listed(items: Iterable[str], joint: str = ", ") -> str:
    return joint.join(dict.fromkeys(items))


def citation(source: Source, lang: str | None = None) -> str:
    """A source in one line: title, number, article, address."""
    article = words.cited(source.article, lang)
    return " ".join(part for part in (source.title, source.number, article, source.href) if part)


def explain(text_id: str, lang: str | None = None, *, law: Law) -> str:
    """A text of the law in plain words: what it says, what it leaves open, where it is written.

    text_id: of a formula, a money rule, a document on purchases or a local rule; one city's texts may share
    theirs, and are told one after the other. Raises LawError for an id none of them has.
    """
    told = []
    if text_id in law.formulas:
        formula = law.formulas[text_id]
        versions = [line for version in formula.versions for line in _version_lines(version, lang)]
        told.append([*versions, *_reading_lines(formula, lang), *_remark_lines(formula, lang)])
    if text_id in law.money:
        told.append(_money_lines(law.money[text_id], law, lang))
    if text_id in law.purchasing:
        told.append(_document_lines(law.purchasing[text_id], law, lang))
    if text_id in law.local:
        told.append(_local_lines(law.local[text_id], law, lang))
    if not told:
        known = [*law.formulas, *law.money, *law.purchasing, *law.local]
        raise LawError(Problem("law_no_text_id", values={"found": text_id, "near": nearest(text_id, known)}))
    shelves: tuple[Any, ...] = (law.formulas, law.money, law.purchasing, law.local)
    texts = [shelf[text_id] for shelf in shelves if text_id in shelf]
    parts = [[*_head_lines(text, lang), *lines] for text, lines in zip(texts, told, strict=True)]
    return "\n\n".join("\n".join(lines) for lines in parts)


def _head_lines(text: Any, lang: str | None) -> list[str]:
    issuer = words.pick(dict(text.issuer), lang)
    blanks = {"issuer": issuer, "document": words.side(text.document, lang), "stated_on": text.stated_on}
    title = f"{text.id} · {words.pick(dict(text.title), lang)}"
    return [title, words.say("explain_issuer", lang, **blanks)]


def _remark_lines(text: Any, lang: str | None) -> list[str]:
    told = (("explain_interpretation", getattr(text, "interpretations", ())), ("explain_note", text.notes))
    return [words.say(key, lang, text=words.pick(dict(item), lang)) for key, items in told for item in items]


def _frame_line(version: Any, status: str, lang: str | None) -> str:
    blanks = {
        "start": version.start,
        "end": version.end or words.say("explain_no_end", lang),
        "status": words.say(f"status_{status}", lang),
    }
    return words.say("explain_version", lang, **blanks)


def _money_lines(rule: MoneyRule, law: Law, lang: str | None) -> list[str]:
    lines = []
    for amount in rule.versions:
        terms = _listed((term_words(term, rule.base, lang) for term in amount.terms), "; ")
        modality = words.say(f"modality_{amount.modality}", lang)
        pays = words.say(f"pays_{rule.pays}", lang)
        lines.append(_frame_line(amount, amount.status, lang))
        lines.append(words.say("explain_money", lang, pays=pays, modality=modality, terms=terms))
        if amount.within_remaining:
            lines.append(words.say("explain_within_remaining", lang))
        lines.append(words.say("explain_source", lang, source=citation(amount.source, lang)))
    for key in rule.value_keys():
        dated = law.dated(key)
        value = dated.entries[-1].value
        shown = f"{value.mode:g} ({value.low:g}–{value.high:g})" if isinstance(value, Range) else value
        blanks = {"text": words.pick(dict(dated.description), lang), "value": shown, "key": key}
        lines.append(words.say("explain_value", lang, **blanks))
    return [*lines, *_reading_lines(rule, lang), *_remark_lines(rule, lang)]


def _document_lines(document: PurchaseDocument, law: Law, lang: str | None) -> list[str]:
    lines = []
    for version in document.versions:
        lines.append(_frame_line(version, document.status, lang))
        for clause in version.clauses:
            rule = words.say(f"clause_{clause.rule}", lang)
            said = words.pick(dict(clause.says), lang)
            lines.append(
                words.say(
                    "explain_clause", lang, rule=rule, says=said, article=words.cited(clause.article, lang)
                )
            )
            lines += [f"      {line}" for line in _clause_lines(clause, lang)]
        lines.append(words.say("explain_source", lang, source=citation(version.source, lang)))
    above = [words.pick(dict(law.purchasing[name].title), lang) for name in document.under]
    if above:
        lines.append(
            words.say("explain_under", lang, documents=_listed(above, words.say("rule_joint", lang)))
        )
    return [*lines, *_remark_lines(document, lang)]


def _local_lines(rule: LocalRule, law: Law, lang: str | None) -> list[str]:
    """Which terms hold, what stops a clock, how often is re-verified."""
    lines, joint = [], words.say("explain_comma", lang)

    def amount(key: str) -> Any:
        return law.dated(key).on(law.dated(key).entries[-1].start)

    for version in rule.versions:
        lines.append(_frame_line(version, rule.status, lang))
        for clock in version.clocks:
            route = load_procedures().routes.get(clock.route)
            name = clock.route if route is None else words.pick(dict(route.title), lang)
            for flag, terms in clock.terms.items():
                when = words.say("explain_ordinary" if flag == ORDINARY else f"flag.{flag}", lang)
                told = words.say("case.then", lang).join(
                    words.say("case.term", lang, length=amount(key), unit=words.say(_TERM_UNIT[kind], lang))
                    for kind, key in terms
                )
                lines.append(words.say("explain_term", lang, route=name, when=when, terms=told))
            if clock.stops and route is not None:
                steps = _listed((_step_name(route, stop, lang) for stop in clock.stops), joint)
                article = words.cited(clock.article, lang)
                lines.append(words.say("explain_stop", lang, route=name, steps=steps, article=article))
        for review in version.reviews:
            programmes = _listed((words.say(f"places.programme.{p}", lang) for p in review.programmes), joint)
            for kind, key in (("changing", review.changing), ("stable", review.stable)):
                if key:
                    whose = words.say(f"explain_{kind}", lang)
                    blanks = {"programmes": programmes, "whose": whose, "months": amount(key)}
                    lines.append(words.say("explain_review", lang, **blanks))
        lines.append(words.say("explain_source", lang, source=citation(version.source, lang)))
    return [*lines, *_remark_lines(rule, lang)]


_TERM_UNIT = {WORKING: "case.unit.working", CALENDAR: "case.unit.calendar"}


def _step_name(route: Route, name: str, lang: str | None) -> str:
    """A step of a route as a local rule names it, in words."""
    activities = (step.activity for step in route.steps if step.activity)
    found = next((activity for activity in activities if activity.id == name), None)
    return words.say(f"case.wait.{name}", lang) if found is None else words.pick(dict(found.title), lang)


_PREFIX = {"work": "work", "providers": "provider", "methods": "method", "stages": "stage", "roles": "role"}
_PREFIX |= dict.fromkeys(ITEMS, "fund")
"""Under which prefix the words of a clause's list stand in the catalogue."""


def _clause_lines(clause: Clause, lang: str | None) -> list[str]:
    """What a clause lists: kinds of work, providers, methods, conditions, funds by item."""
    joint = words.say("explain_comma", lang)
    lines = []
    for key, listed in clause.content.items():
        if key in _PREFIX:
            told = joint.join(words.say(f"{_PREFIX[key]}_{word}", lang) for word in listed)
            lines.append(f"{words.say(f'item_{key}', lang)}: {told}" if key in ITEMS else told)
        elif key == "conditions" and isinstance(listed, Mapping):
            lines += [f"{n}. {words.pick(dict(text), lang)}" for n, text in enumerate(listed.values(), 1)]
        elif key == "conditions":
            lines.append(joint.join(words.say(f"condition_{word}", lang) for word in listed))
    return lines


def _version_lines(version: Version, lang: str | None) -> list[str]:
    lines = [_frame_line(version, version.status, lang)]
    for rule in version.levels.values():
        lines.append(_level_line(rule, lang))
        if isinstance(rule.rule, Workload):
            lines += [f"      {task_words(task, lang)}" for task in rule.rule.tasks]
    return [*lines, words.say("explain_source", lang, source=citation(version.source, lang))]


def _level_line(rule: LevelRule, lang: str | None) -> str:
    blanks = {
        "level": words.say(rule.level, lang),
        "modality": words.say(f"modality_{rule.modality}", lang),
        "rule": rule_words(rule.rule, lang),
        "article": f" [{words.cited(rule.article, lang)}]" if rule.article else "",
    }
    return words.say("explain_level", lang, **blanks)


def _reading_lines(text: Formula | MoneyRule, lang: str | None) -> list[str]:
    return [
        words.say(
            "explain_reading",
            lang,
            reading=name,
            meaning=words.say(f"reading_{name}", lang),
            answers="|".join(_answer(name, answer, lang) for answer in READINGS[name]),
            default=_answer(name, default, lang),
        )
        for name, default in text.readings.items()
    ]


def _answer(reading: str, answer: str, lang: str | None) -> str:
    """An answer as it is given on the command line, and in words where there are any."""
    key = f"view.reading.{reading}.{answer}"
    return (
        words.say("explain_answer", lang, answer=answer, told=words.say(key, lang))
        if words.has(key)
        else answer
    )

"""A case's file in words: its head as sentences, its steps as rows of a table."""

from __future__ import annotations

from collections.abc import Callable

from simlib.desks.casefile import CaseFile, CaseLine
from simlib.policy.procedure import TERMS
from simlib.words import cited, pick, say

_UNITS = {number: name for name, number in TERMS.items()}
_MINUTE = "%Y-%m-%d %H:%M"


def case_head(file: CaseFile) -> list[str]:
    """What holds for the whole case: route and source, when it came, flags, term, outcome; a line each."""
    source = file.route.source
    named = say("case.source", title=source["title"], number=source.get("number", "")).strip()
    flags = say("view.list").join(say(f"flag.{flag}") for flag in sorted(file.flags))
    head = [
        say("case.route", title=pick(file.route.title), source=named),
        say("case.came", came=f"{file.came:{_MINUTE}}"),
        say("case.flags", flags=flags or say("case.no_flags")),
        _term(file),
        say("case.outcome", outcome=say(f"case.outcome.{file.outcome.name.lower()}")),
    ]
    if file.settled:
        head.append(say("case.settled", settled=f"{file.settled:{_MINUTE}}"))
    return head


def _term(file: CaseFile) -> str:
    if file.clock is None or file.due is None:
        return say("case.no_term")
    rule = say("case.article", article=cited(file.clock.article)) if file.clock.article else ""
    return say(
        "case.due",
        term=say("case.then").join(
            say("case.term", length=length, unit=say(f"case.unit.{_UNITS[kind]}"))
            for kind, length in ((file.clock.kind, file.term), *file.then)
        ),
        rule=rule if file.clock.is_legal else say("case.assumed"),
        due=f"{file.due:{_MINUTE}}",
    )


def case_rows(file: CaseFile, office: Callable[[int], str]) -> list[dict[str, str]]:
    """The steps in order, a row each, by column title; office: the name of an office by its number."""
    return [_row(line, office) for line in file.lines]


def _row(line: CaseLine, office: Callable[[int], str]) -> dict[str, str]:
    step = line.step
    title = pick(step.activity.title) if step.activity else ""
    people = say("case.payroll" if step.payroll_only else "case.anybody", people=step.people)
    rule = cited(step.article)
    if line.within_days:
        rule = say("case.within", article=rule, days=line.within_days)
    if line.reached_days:
        reached = cited(step.reached_article)
        rule = say("case.reached", rule=rule, article=reached, days=line.reached_days)
    return {
        say("case.step"): say("case.decides", step=title) if step.decides else title,
        say("case.office"): office(line.office),
        say("case.people"): people,
        say("case.wait"): _wait(line),
        say("case.minutes"): f"{line.minutes:.0f}",
        say("case.rule"): rule,
        say("case.came_at"): f"{line.came:{_MINUTE}}" if line.came else "",
        say("case.done_at"): f"{line.finished:{_MINUTE}}" if line.finished else "",
    }


def _wait(line: CaseLine) -> str:
    if not line.wait:
        return ""
    if line.waited_for is None:
        return say("case.hand_over")
    return say(
        "case.wait_of",
        length=line.wait,
        unit=say(f"case.unit.{_UNITS[line.wait_kind]}"),
        reason=say(f"case.wait.{line.waited_for.wait}"),
    )

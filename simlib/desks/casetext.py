"""A case's file in words: its head as sentences, its steps as rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simlib.desks.casefile import CaseFile, CaseLine
from simlib.desks.network import NOBODY, Party
from simlib.policy.procedure import TERMS
from simlib.words import cited, pick, say

_UNITS = {number: name for name, number in TERMS.items()}
_MINUTE = "%Y-%m-%d %H:%M"


def case_head(file: CaseFile) -> list[str]:
    """What holds for the whole case: route and source, when it came, flags, term, outcome; a line each."""
    named = _named(file.route.source)
    flags = say("view.list").join(say(f"flag.{flag}") for flag in sorted(file.flags))
    head = [
        say("case.route", title=pick(file.route.title), source=named),
        say("case.came", came=f"{file.came:{_MINUTE}}"),
        say("case.flags", flags=flags or say("case.no_flags")),
        _term(file),
        say(
            "case.outcome",
            outcome=say(f"case.outcome.{'open' if file.is_open else file.outcome.name.lower()}"),
        ),
    ]
    stood_still = sum(line.stopped_days for line in file.lines)
    if stood_still:
        head.append(say("case.stood_still", days=stood_still))
    if file.settled:
        head.append(say("case.settled", settled=f"{file.settled:{_MINUTE}}"))
    return head


def _named(source: Mapping[str, str]) -> str:
    return say("case.source", title=source["title"], number=source.get("number", "")).strip()


def _term(file: CaseFile) -> str:
    if file.clock is None or file.due is None:
        return say("case.no_term")
    cite = cited(file.clock.article) if file.clock.article else ""
    if file.clock.source:
        cite = say("case.of_text", text=_named(file.clock.source), article=cite)
    if file.clock.rule:
        cite = say("case.local_rule", title=pick(file.clock.rule), article=cite).strip()
    rule = say("case.article", article=cite) if cite else ""
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
    """The steps in order, a row each, by column title; office: the name of an office by its number.

    What stopped the clock stands in a last column, where a local rule stops it for any of them.
    """
    rows = [_row(line, office) for line in file.lines]
    if any(line.stop for line in file.lines):
        for row, line in zip(rows, file.lines, strict=True):
            row[say("case.standstill")] = _standstill(line)
    return rows


def _row(line: CaseLine, office: Callable[[int], str]) -> dict[str, str]:
    step = line.step
    title = pick(step.activity.title) if step.activity else ""
    rule = cited(step.article)
    if line.within_days:
        rule = say("case.within", article=rule, days=line.within_days)
    if line.reached_days:
        reached = cited(step.reached_article)
        rule = say("case.reached", rule=rule, article=reached, days=line.reached_days)
    return {
        say("case.step"): say("case.decides", step=title) if line.decides else title,
        say("case.office"): office(line.office),
        say("case.people"): _people(line),
        say("case.wait"): _wait(line),
        say("case.minutes"): f"{line.minutes:.0f}",
        say("case.rule"): rule,
        say("case.came_at"): f"{line.came:{_MINUTE}}" if line.came else "",
        say("case.done_at"): f"{line.finished:{_MINUTE}}" if line.finished else "",
    }


def _standstill(line: CaseLine) -> str:
    """By which rule the term stands still, and for how long as far as is known."""
    if line.stop is None:
        return ""
    rule = say("case.local_rule", title=pick(line.stop.title), article=cited(line.stop.article))
    return say("case.stopped", rule=rule, days=line.stopped_days) if line.stopped_days else rule


def _people(line: CaseLine) -> str:
    """Who does it of the desks, and who goes along; whether nobody did who had to."""
    people = _asked(line)
    return say("case.unlawful", people=people) if NOBODY in line.workers else people


def _asked(line: CaseLine) -> str:
    if line.party == Party.BOUGHT:
        return say("case.bought")
    count = 2 if line.party == Party.TWO else 1
    people = say("case.payroll" if line.step.payroll_only else "case.anybody", people=count)
    if line.party == Party.LENT:
        return say("case.lent", people=people)
    return say("case.assisted", people=people) if count < line.step.people else people


def _wait(line: CaseLine) -> str:
    if not line.wait:
        return ""
    reasons = [say(f"case.wait.{line.waited_for.wait}")] if line.waited_for else []
    if line.assistant_days:
        reasons.append(say("case.assistant_day"))
    if not reasons:
        return say("case.hand_over")
    return say(
        "case.wait_of",
        length=line.wait,
        unit=say(f"case.unit.{_UNITS[line.wait_kind]}"),
        reason=say("case.and").join(reasons),
    )

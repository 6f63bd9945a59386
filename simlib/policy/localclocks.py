"""Routes under a local rule: which of their steps stop the clock there, which terms hold there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from simlib.errors import LawError, Problem
from simlib.policy.localrule import ORDINARY, ClockRule, LocalRule
from simlib.policy.procedure import Clock, Procedures, Route, Step, Stop
from simlib.worktime import HOURS, WORKING
from simlib.yamlfile import nearest


def under_rule(procedures: Procedures, rule: LocalRule, *, on: date | None = None) -> Procedures:
    """The routes as a local rule has them on a day (its latest version when none is given).

    A step that stops the clock names the rule; terms are the rule's where it has any. Raises LawError, naming
    file and row, for a route, wait, activity or term that is not there, and for a stop of a term that does
    not run in working days alone.
    """
    routes, problems = dict(procedures.routes), list[Problem]()
    for entry in rule.on(on).clocks:
        found = _problems(procedures, rule, entry)
        problems += found
        if not found:
            routes[entry.route] = _with_entry(routes[entry.route], rule, entry)
    if problems:
        raise LawError(problems)
    return replace(procedures, routes=MappingProxyType(routes))


def _with_entry(route: Route, rule: LocalRule, entry: ClockRule) -> Route:
    stop = Stop(rule.title, entry.article)
    steps = tuple(replace(step, stop=stop) if name_of(step) in entry.stops else step for step in route.steps)
    return replace(
        route, steps=steps, clocks=tuple(_with_terms(clock, rule, entry) for clock in route.clocks)
    )


def _with_terms(clock: Clock, rule: LocalRule, entry: ClockRule) -> Clock:
    terms = entry.terms.get(_named(clock))
    if terms is None:
        return clock
    (kind, length), *then = terms
    ours = replace(clock, is_legal=True, article=entry.article, source=None, rule=rule.title)
    return replace(ours, kind=kind, length=length, then=tuple(then))


def _named(clock: Clock) -> str:
    """What a rule calls a term: the flag it hangs on."""
    return clock.condition.when[0] if clock.condition.when else ORDINARY


def name_of(step: Step) -> str:
    """What a rule calls a step: its activity or, of a wait, its key."""
    return step.activity.id if step.activity else step.wait


def _problems(procedures: Procedures, rule: LocalRule, entry: ClockRule) -> list[Problem]:
    if entry.route not in procedures.routes:
        return [_problem("local_no_route", rule, entry, entry.route, procedures.routes)]
    route = procedures.routes[entry.route]
    kinds = {name_of(step): step.wait_kind for step in route.steps if not step.on_duty}
    terms = {_named(clock): clock.terms for clock in route.clocks}
    found = [_problem("local_no_step", rule, entry, name, kinds) for name in entry.stops if name not in kinds]
    found += [
        _problem("local_no_term", rule, entry, name, terms) for name in entry.terms if name not in terms
    ]
    in_hours = any(kinds.get(name) == HOURS for name in entry.stops)
    held = {**terms, **entry.terms}.values()
    in_working_days = held and all(len(each) == 1 and each[0][0] == WORKING for each in held)
    if entry.stops and (in_hours or not in_working_days):
        found.append(_problem("local_not_working_days", rule, entry, entry.route, ()))
    return found


def _problem(key: str, rule: LocalRule, entry: ClockRule, name: str, known: Iterable[str]) -> Problem:
    blanks = {"found": name, "near": nearest(name, list(known))}
    return Problem(key, rule.file, entry.row, values=blanks)

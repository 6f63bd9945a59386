"""Routes under a local rule: which of their steps stop the clock there, which term holds there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from simlib.errors import LawError, Problem
from simlib.policy.localrule import ClockRule, LocalRule
from simlib.policy.procedure import Clock, Condition, Procedures, Route, Step, Stop
from simlib.worktime import HOURS, WORKING
from simlib.yamlfile import nearest

_ALWAYS = Condition((), ())


def under_rule(procedures: Procedures, rule: LocalRule, *, on: date | None = None) -> Procedures:
    """The routes as a local rule has them on a day (its latest version when none is given).

    A step that stops the clock names the rule; the ordinary term is the rule's where it has one. Raises
    LawError, naming file and row, for a route, wait or activity that is not there, and for a stop of a term
    that does not run in working days alone.
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
    clocks = route.clocks
    if entry.term is not None:
        kind, length = entry.term
        ordinary = Clock(length, kind, (), is_legal=True, article=entry.article, condition=_ALWAYS)
        clocks = (*(clock for clock in clocks if clock.condition != _ALWAYS), ordinary)
    return replace(route, steps=steps, clocks=clocks)


def name_of(step: Step) -> str:
    """What a rule calls a step: its activity or, of a wait, its key."""
    return step.activity.id if step.activity else step.wait


def _problems(procedures: Procedures, rule: LocalRule, entry: ClockRule) -> list[Problem]:
    if entry.route not in procedures.routes:
        return [_problem("local_no_route", rule, entry, entry.route, procedures.routes)]
    route = procedures.routes[entry.route]
    kinds = {name_of(step): step.wait_kind for step in route.steps if not step.on_duty}
    found = [
        _problem("local_no_step", rule, entry, name, kinds) for name in entry.stops if kinds.get(name) is None
    ]
    hours = [name for name in entry.stops if kinds.get(name) == HOURS]
    terms = [clock.terms for clock in route.clocks]
    if entry.term is not None:
        terms = [clock.terms for clock in route.clocks if clock.condition != _ALWAYS] + [(entry.term,)]
    in_working_days = terms and all(len(each) == 1 and each[0][0] == WORKING for each in terms)
    if entry.stops and (hours or not in_working_days):
        found.append(_problem("local_not_working_days", rule, entry, entry.route, ()))
    return found


def _problem(key: str, rule: LocalRule, entry: ClockRule, name: str, known: Iterable[str]) -> Problem:
    blanks = {"found": name, "near": nearest(name, list(known))}
    return Problem(key, rule.file, entry.row, values=blanks)

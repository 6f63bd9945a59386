"""Routes of a day before their terms hold: a programme that another text recognises until then.

A route file says in `before` what stands in its place while the law that sets its terms is not in force yet.
A route without that word cannot be left out: a plan that begins before its law is refused with the dates.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import MappingProxyType

from simlib.policy.procedure import Procedures, Route
from simlib.policy.statutes import Law


def in_force(procedures: Procedures, law: Law, *, on: date) -> Procedures:
    """The routes as they are on a day: one whose terms begin to hold later serves no programme and has none.

    >>> from simlib.policy.procedure import load_procedures
    >>> from simlib.policy.statutes import load_law
    >>> early = in_force(load_procedures(), load_law(), on=date(2024, 1, 1))
    >>> early.route_of("rigid", "application") is None
    True
    """
    routes = {
        route.id: replace(route, programmes=(), clocks=()) if _is_early(route, law, on) else route
        for route in procedures.routes.values()
    }
    return replace(procedures, routes=MappingProxyType(routes))


def not_yet(procedures: Procedures) -> tuple[Route, ...]:
    """Routes that serve nobody yet."""
    return tuple(route for route in procedures.routes.values() if not route.programmes)


def _is_early(route: Route, law: Law, on: date) -> bool:
    keys = [key for clock in route.clocks for _, key in clock.terms]
    return bool(route.before) and any(law.dated(key).entries[0].start > on for key in keys)

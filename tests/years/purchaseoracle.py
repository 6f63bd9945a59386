"""The least and greatest terms of a purchase, counted day by day: written from the published rules alone.

Nothing here comes from the package but the question which days are worked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

DAY = timedelta(days=1)
IsWorked = Callable[[date], bool]

LEAST_DAYS = {"open_tender": 20, "invited_tender": 20, "consultation": 10}
LEAST_WORKED = {"negotiation": 3, "inquiry": 3}
FILE_OFFER_WORKED = ("open_tender", "invited_tender", "consultation")
WITHIN_WORKED = (
    ("judged", "report", 2),
    ("report", "choice", 5),
    ("choice", "award", 2),
    ("award", "challenge", 8),
    ("challenge", "answer", 7),
    ("answer", "complaint", 15),
    ("complaint", "decision", 30),
    ("signing", "publication", 2),
    ("signing", "filing", 7),
)
"""Step, the step after it, most working days between."""
ORDER = (
    *("demand", "intention", "prequalification", "issued", "deadline", "judged", "report", "choice"),
    *("award", "challenge_ends"),
    *("signing", "ready"),
)


def worked_between(start: date, end: date, is_worked: IsWorked) -> int:
    """Working days after `start` up to and with `end`."""
    return sum(is_worked(start + n * DAY) for n in range(1, (end - start).days + 1))


def rolled(day: date, is_worked: IsWorked) -> date:
    """The day, or the next working day where it is one of rest."""
    while not is_worked(day):
        day += DAY
    return day


def broken(
    method: str,
    on: Mapping[str, date],
    *,
    is_worked: IsWorked,
    voted: Callable[[int], date],
    repeated: bool = False,
) -> list[str]:
    """What a round of a purchase breaks, in words; empty where it keeps every term."""
    is_local = method == "local_procedure"
    found = [
        f"{later} before {earlier}"
        for at, earlier in enumerate(ORDER)
        for later in ORDER[at + 1 :]
        if earlier in on and later in on and on[later] < on[earlier]
    ]
    found += [
        f"{name} on a day of rest"
        for name in ("issued", "deadline", "award", "signing")
        if name in on and not is_worked(on[name])
    ]
    if not is_local:
        found += _response(method, on, is_worked, repeated=repeated)
        found += _afterwards(on, is_worked)
    if "signing" in on and on["signing"] < voted(on["signing"].year):
        found.append("signed before the vote")
    return found


def _response(method: str, on: Mapping[str, date], is_worked: IsWorked, *, repeated: bool) -> list[str]:
    found = []
    first = "prequalification" if method == "invited_tender" else "issued"
    if not repeated and (on[first] - on["intention"]).days < 30:
        found.append("intention published less than 30 days before")
    if first != "issued" and not repeated and worked_between(on[first], on["issued"], is_worked) < 5:
        found.append("too few working days to apply")
    if "deadline" not in on:
        return found
    if method in LEAST_DAYS and (on["deadline"] - on["issued"]).days < LEAST_DAYS[method]:
        found.append("too few days to respond")
    worked = worked_between(on["issued"], on["deadline"], is_worked)
    least = LEAST_WORKED.get(method, 5 if method in (*FILE_OFFER_WORKED, "single_source") else 0)
    if worked < least:
        found.append("too few working days to respond")
    return found


def _afterwards(on: Mapping[str, date], is_worked: IsWorked) -> list[str]:
    found = [
        f"{later} too late after {earlier}"
        for earlier, later, most in WITHIN_WORKED
        if earlier in on and later in on and worked_between(on[earlier], on[later], is_worked) > most
    ]
    if "suspension_ends" in on and (on["suspension_ends"] - on["complaint"]).days > 30:
        found.append("suspended for more than 30 days")
    if "signing" not in on:
        return found
    if worked_between(on["award"], on["signing"], is_worked) <= 8:
        found.append("signed while challenges can be raised")
    found += [
        f"signed before the {held}"
        for held in ("answer", "decision")
        if held in on and on["signing"] <= on[held]
    ]
    if "challenge" not in on and on["signing"] > rolled(on["award"] + 30 * DAY, is_worked):
        found.append("signed more than 30 days after the award")
    return found

"""By which method an amount may be bought: it follows from the place's thresholds.

The amounts are set by each province, so no number stands here: the planner's own file of law gives them as
the dated values `purchase.limit_yuan` and `purchase.open_tender_yuan`, each with its source.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from simlib.errors import LawError, Problem
from simlib.policy.buying.purchasefile import METHODS
from simlib.policy.purchasing import Purchase, Thresholds, refusals
from simlib.policy.statutes import Law
from simlib.units import fen_from_yuan

LIMIT_KEY, OPEN_TENDER_KEY = "purchase.limit_yuan", "purchase.open_tender_yuan"
PROCUREMENT_LAW = "procurement-law"
LOCAL = "local_procedure"
"""Below the limit and outside the catalogue: the purchaser's own procedure."""

_OF_METHOD = ("purchase_method", "purchase_tender_due", "purchase_split", "purchase_no_method")


def thresholds_of(law: Law, *, on: date) -> Thresholds | None:
    """The place's thresholds on a day, from its own file of law; None where it gives none.

    Raises LawError where only one of the two is given, or on a day outside their dates.
    """
    given = [key for key in (LIMIT_KEY, OPEN_TENDER_KEY) if key in law.values]
    if not given:
        return None
    limit, tender = (fen_from_yuan(law.value(key, on=on)) for key in (LIMIT_KEY, OPEN_TENDER_KEY))
    return Thresholds(limit, tender, law.dated(LIMIT_KEY).entry(on).source.title)


def purchase_methods(
    amount_fen: int,
    thresholds: Thresholds,
    *,
    law: Law,
    on: date,
    document: str = PROCUREMENT_LAW,
    in_catalogue: bool = False,
    alike_fen: int = 0,
    approved: bool = False,
) -> tuple[str, ...]:
    """Methods by which an amount may be bought; `local_procedure` alone below the limit.

    document: id of a text whose list of methods holds beside the procurement law's. alike_fen: other
    purchases of the same thing under the same budget in the same year [fen]. approved: whether a method other
    than the open tender was approved beforehand.
    Raises LawError for a negative amount or an unknown document.
    """
    plan = Purchase(
        work=("care",),
        months=1,
        amount_fen=amount_fen,
        alike_fen=alike_fen,
        in_catalogue=in_catalogue,
        approved=approved,
        thresholds=thresholds,
    )
    return tuple(
        method
        for method in ((LOCAL,) if not _refused(plan, law, on, document) else METHODS)
        if method == LOCAL or not _refused(replace(plan, method=method), law, on, document)
    )


def purchase_method(
    method: str,
    amount_fen: int,
    thresholds: Thresholds,
    *,
    law: Law,
    on: date,
    document: str = PROCUREMENT_LAW,
    in_catalogue: bool = False,
    alike_fen: int = 0,
    approved: bool = False,
) -> str:
    """The method itself where the amount allows it; `local_procedure` for the purchaser's own.

    Arguments as `purchase_methods`. Raises LawError whose problems name the clauses that refuse it.
    """
    plan = Purchase(
        work=("care",),
        months=1,
        method="" if method == LOCAL else method,
        amount_fen=amount_fen,
        alike_fen=alike_fen,
        in_catalogue=in_catalogue,
        approved=approved,
        thresholds=thresholds,
    )
    problems = _refused(plan, law, on, document)
    if problems:
        raise LawError(problems)
    return method


def _refused(plan: Purchase, law: Law, on: date, document: str) -> list[Problem]:
    """What the document and the procurement law hold against the plan's method for its amount."""
    found: list[Problem] = []
    for text in dict.fromkeys((document, PROCUREMENT_LAW)):
        problems = refusals(plan, law=law, document=text, on=on)
        found += [problem for problem in problems if problem.key in _OF_METHOD and problem not in found]
    return found

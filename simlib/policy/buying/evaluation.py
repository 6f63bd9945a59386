"""How a purchase is evaluated: which indicators, how they weigh, what the marks of a panel come to.

The documents name the indicators and, once, which comes first; none gives a weight in numbers, so the
weights behind them are assumptions (`evaluation.weight.*`) that a place replaces with its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from simlib.policy.buying.purchasefile import INDICATORS, RESULTS, Clause, clauses_on
from simlib.policy.purchasing import Panel
from simlib.policy.statutes import Law
from simlib.units import SHARE_ONE, largest_remainder

WEIGHT_KEY, FIRST_KEY = "evaluation.weight.", "evaluation.first_share"
_FINE = 1_000_000


@dataclass(frozen=True, slots=True)
class EvaluationRules:
    """How contracts under a document are evaluated.

    weights: of each indicator, in 2**-16 parts that add up to one. stages: evaluations held. pass_mark: least
    weighted mark that passes [2**-16]. can_appeal: whether the document lets a provider appeal.
    """

    weights: Mapping[str, int]
    stages: tuple[str, ...]
    panel: Panel
    pass_mark: int
    can_appeal: bool


def clauses_of(rule: str, *, law: Law, document: str, on: date) -> tuple[Clause, ...]:
    """Clauses of one rule that hold under a document on a day, its own first.

    Raises LawError for an unknown document and for a day outside its dates.
    """
    found = clauses_on(document, on=on, documents=law.purchasing)
    return tuple(clause for clause in found if clause.rule == rule)


def indicators_of(*, law: Law, document: str, on: date) -> tuple[tuple[str, ...], str]:
    """Indicators a document names, in its order, and the one it puts first ("" where it puts none).

    A document without a list is evaluated by all nine of the fullest list. Raises LawError as `clauses_of`.
    """
    listed = clauses_of("indicators", law=law, document=document, on=on)
    if not listed:
        return tuple(name for name in INDICATORS if name != "project_management"), ""
    return listed[0].content["indicators"], next(iter(listed[0].content.get("first", ())), "")


def weights_of(indicators: Sequence[str], first: str, number: Callable[[str], float]) -> dict[str, int]:
    """Weights of the indicators, in 2**-16 parts that add up to one.

    number: value of a key of the assumptions. The indicator put first has `evaluation.first_share`; the
    others share what is left as their `evaluation.weight.<indicator>` say.

    >>> weights_of(["results", "satisfaction"], "satisfaction", lambda key: 0.75)
    {'results': 16384, 'satisfaction': 49152}
    """
    others = [name for name in indicators if name != first]
    kept = round(SHARE_ONE * number(FIRST_KEY)) if first else 0
    raw = [round(_FINE * number(f"{WEIGHT_KEY}{name}")) for name in others]
    parts = dict(zip(others, largest_remainder(SHARE_ONE - kept, raw), strict=True))
    return {name: kept if name == first else parts[name] for name in indicators}


def panel_mark(marks: Sequence[Sequence[int]], weights: Mapping[str, int]) -> int:
    """The mark of a panel [2**-16]: each indicator's mean over the members, weighted.

    marks: of each member, by indicator in the order of `weights` [2**-16].

    >>> panel_mark([[65536, 0], [32768, 0], [49152, 0]], {"results": 32768, "satisfaction": 32768})
    24576
    """
    members = len(marks)
    whole = sum(
        weight * sum(member[place] for member in marks) for place, weight in enumerate(weights.values())
    )
    return whole // (members * SHARE_ONE)


def expected_marks(weights: Mapping[str, int], *, managed: int, delivered: int) -> tuple[int, ...]:
    """What each indicator would show a panel that never errs [2**-16].

    managed: how well the provider runs the work; delivered: how well it serves, which the indicators of
    results show. Papers can be in order where the service is not.
    """
    return tuple(delivered if name in RESULTS else managed for name in weights)

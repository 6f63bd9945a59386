"""The marks a panel gives a contract: what it sees, with each member's error, weighted and averaged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from simlib.chance import Luck, Purpose, happens
from simlib.policy.buying.evaluation import expected_marks, panel_mark
from simlib.units import SHARE_ONE
from simlib.years.contracts.purchaserules import PurchaseRules

_LOOKS = 4
"""Draws of one evaluation: the panel's, whether there is an appeal, the other panel's."""
_PANEL, _APPEAL, _AGAIN = range(3)


def mark_of(
    luck: Luck, rules: PurchaseRules, *, area: int, subject: int, number: int, quality: int, is_failing: bool
) -> int:
    """What the panel of evaluation `number` of a contract gives it [2**-16].

    A failing provider's papers may be in order: only the indicators of results show what is not delivered.
    """
    return _marked(luck, rules, area, subject, number * _LOOKS + _PANEL, quality, is_failing)


def appeal_of(
    luck: Luck, rules: PurchaseRules, *, area: int, subject: int, number: int, quality: int, is_failing: bool
) -> tuple[int, int] | None:
    """The working days an appeal against evaluation `number` takes and the mark looked at again [2**-16].

    None where the document gives no appeal or the provider makes none.
    """
    if not rules.evaluation.can_appeal:
        return None
    matter = number * _LOOKS
    draws = luck.draws(Purpose.EVALUATION, area=area, subject=subject, matter=matter + _APPEAL, lanes=2)[0]
    if not happens(draws[:1], rules.appeal_share)[0]:
        return None
    days = max(int(rules.appeal_days.at(draws[1:])[0]), 1)
    return days, _marked(luck, rules, area, subject, matter + _AGAIN, quality, is_failing)


def judged(
    luck: Luck, rules: PurchaseRules, seen: Sequence[int], *, area: int, subject: int, number: int = 0
) -> tuple[int, bool]:
    """The mark a panel gives services that show `seen` by indicator, and whether they pass [2**-16].

    number: which evaluation of the subject it is. A failed one may be appealed against, where the document
    lets it: the mark is the other panel's.
    """
    least, purpose = rules.evaluation.pass_mark, Purpose.SERVICE_EVALUATION
    by_panel = partial(_by_panel, luck, rules, seen, purpose=purpose, area=area, subject=subject)
    matter = number * _LOOKS
    mark = by_panel(matter=matter + _PANEL)
    if mark < least and rules.evaluation.can_appeal:
        draw = luck.draws(purpose, area=area, subject=subject, matter=matter + _APPEAL)
        if happens(draw[0], rules.appeal_share)[0]:
            mark = by_panel(matter=matter + _AGAIN)
    return mark, mark >= least


def _marked(
    luck: Luck, rules: PurchaseRules, area: int, subject: int, matter: int, quality: int, is_failing: bool
) -> int:
    delivered = max(quality - rules.conduct.failing_missed, 0) if is_failing else quality
    seen = expected_marks(rules.evaluation.weights, managed=quality, delivered=delivered)
    return _by_panel(luck, rules, seen, purpose=Purpose.EVALUATION, area=area, subject=subject, matter=matter)


def _by_panel(
    luck: Luck,
    rules: PurchaseRules,
    seen: Sequence[int],
    *,
    purpose: Purpose,
    area: int,
    subject: int,
    matter: int,
) -> int:
    """What there is to see by indicator, with each member's error, weighted and averaged [2**-16]."""
    weights, members = rules.evaluation.weights, rules.evaluation.panel.members
    lanes = members * len(weights)
    draws = luck.draws(purpose, area=area, subject=subject, matter=matter, lanes=lanes)[0]
    errors = rules.panel_spread.at(draws).reshape(members, len(weights)).tolist()
    marks = [
        [min(max(mark + error, 0), SHARE_ONE) for mark, error in zip(seen, member, strict=True)]
        for member in errors
    ]
    return panel_mark(marks, weights)

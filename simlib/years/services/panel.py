"""Who evaluates services: the panel of the document they are bought under, when, and which money pays it.

The document of the services contract decides (`policy.services_document`), never the one by which clerks are
bought. It must say who evaluates; a document that does not is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from simlib.dated import Range
from simlib.errors import Problem, ScenarioError
from simlib.policy.buying.evaluation import clauses_of
from simlib.policy.buying.purchasefile import SERVICES
from simlib.policy.statutes import Law
from simlib.scenario import BY_LAW, NONE, Policy
from simlib.years.contracts.purchaserules import PurchaseRules, purchase_rules

FINAL = "final"
STAGES: Mapping[str, int] = {"mid_term": 5, FINAL: 11}
"""Evaluations of a year and the month at whose end each is held (0 = January): its middle and its end."""
_PURSE: Mapping[str, str] = {
    "purchase_fund": "special",
    "work_fund": "special",
    "grant": "grant",
    "lottery": "lottery",
    "donations": "donations",
}
"""The fund of services that each fund a document names is part of."""


@dataclass(frozen=True, slots=True)
class ServicePanel:
    """How services are evaluated under their document.

    stages: evaluations held in a year. named: funds the document charges them to. fund: place, in the order
    of use, of the fund of services that pays them; None where the document names none. They may cost more
    than it has: the rest is not charged.
    """

    purchase: PurchaseRules
    stages: tuple[str, ...]
    named: tuple[str, ...]
    fund: int | None

    @property
    def cost_fen(self) -> int:
        """What one evaluation of one county's provider costs [fen]."""
        return self.purchase.evaluation_fen


def service_panel(
    policy: Policy,
    *,
    law: Law,
    on: date,
    value: Callable[[str], int | float | Range],
    number: Callable[[str], float],
    funds: Sequence[str],
) -> ServicePanel | None:
    """How services are evaluated under a scenario, None where no document is named for them.

    funds: names in the order of use. A final evaluation is always held: renewal follows it.
    Raises ScenarioError for a document without a panel and for a panel that breaks one of its clauses,
    LawError for an unknown document.
    """
    if policy.services_document == NONE:
        return None
    clauses = partial(clauses_of, law=law, document=policy.services_document, on=on)
    if not clauses("panel"):
        raise ScenarioError(Problem("services_no_panel", column=_KEY, values=_told(policy, law, on)))
    stages = {stage for clause in clauses("evaluations") for stage in clause.content["stages"]}
    stages |= {FINAL}
    rules = purchase_rules(
        replace(
            policy,
            purchase=BY_LAW,
            document=policy.services_document,
            contract_work=SERVICES[0],
            contract_years=1,
            contract_conditions=(),
            evaluation_stages=tuple(stage for stage in STAGES if stage in stages),
        ),
        law=law,
        on=on,
        value=value,
        number=number,
    )
    assert rules is not None
    named = [fund for clause in clauses("charges") for fund in clause.content.get("evaluation", ())]
    place = funds.index(_PURSE[named[0]]) if named else None
    return ServicePanel(rules, rules.evaluation.stages, tuple(named), place)


_KEY = "policy.services_document"


def _told(policy: Policy, law: Law, on: date) -> dict[str, str]:
    """The document without a panel, and those that have one on that day."""
    known = [
        name
        for name, document in sorted(law.purchasing.items())
        if document.holds(on) and clauses_of("panel", law=law, document=name, on=on)
    ]
    return {"found": policy.services_document, "known": ", ".join(known)}

"""A scenario's rules of purchase: what levers, document and assumptions come to, checked by clause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from simlib.chance import QuantileTable, triangular_table
from simlib.dated import Range
from simlib.errors import Problem, ScenarioError
from simlib.policy.buying.evaluation import EvaluationRules, clauses_of, indicators_of, weights_of
from simlib.policy.buying.purchasemethod import LOCAL, PROCUREMENT_LAW, purchase_methods, thresholds_of
from simlib.policy.purchasing import Panel, Purchase, refusals
from simlib.policy.statutes import Law
from simlib.scenario import BY_AMOUNT, BY_LAW, NONE, Policy
from simlib.units import FEN_PER_YUAN, MONTHS_PER_YEAR, SHARE_ONE, share_parts
from simlib.years.contracts.bidding import Market
from simlib.years.contracts.provider import Conduct

PREFERRED = ("consultation", "open_tender")
"""Methods in the order they are taken where the amount leaves a choice.

Assumption: services of this kind are mostly bought by consultation; the planner can name another method.
"""
_MOVED = ("prepare", "response", "judging", "signing", "starting", "local")
_SINGLE = 1

Value = Callable[[str], int | float | Range]
Number = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Disputes:
    """How often an award is challenged, a challenge followed by a complaint, a complaint upheld [0..1]."""

    challenge: float
    complaint: float
    upheld: float


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What follows the end of a contract: take-over [working day, 2**-16 of the posts], who is kept on.

    by_plan: whether anybody takes over. keep_share: of the workers [2**-16].
    """

    by_plan: bool
    takeover: QuantileTable
    takeover_share: int
    keep_share: int


@dataclass(frozen=True, slots=True)
class Exclusion:
    """For how many years a provider is out, and for which acts."""

    years: int
    acts: frozenset[str]


@dataclass(frozen=True, slots=True)
class PurchaseRules:
    """How contracts are bought, kept and ended under a scenario.

    method: by_amount or one named; years: length tendered [year]; price_weight: in the score [2**-16]; slack:
    used beyond the least terms, as assumed [working day]; late_days: by which buying again is taken up later
    than in time [working day]; appeal_share: of failed evaluations [0..1]; appeal_days: looking again
    [working day]; panel_spread: error of one member's mark [2**-16]; publishes: whether results are public.
    supplement_share: posts that may be added to a running contract, as a part of its own; purchase_fen: what
    a round of a legal method costs the purchaser, evaluation_fen: what an evaluation costs [fen]. Both are
    charged to the money that pays the contract; a document that names a fund for evaluation names that one.
    """

    document: str
    method: str
    years: int
    price_weight: int
    least_suppliers: int
    market: Market
    conduct: Conduct
    disputes: Disputes
    aftermath: Aftermath
    exclusion: Exclusion
    evaluation: EvaluationRules
    slack: Mapping[str, QuantileTable]
    late_days: int
    appeal_share: float
    appeal_days: QuantileTable
    panel_spread: QuantileTable
    publishes: bool
    supplement_share: Fraction
    purchase_fen: int
    evaluation_fen: int

    def method_for(self, budget_fen: int, *, law: Law, on: date) -> str:
        """The method of a purchase of this much a year [fen], on the day its file is drawn up.

        Without thresholds of the place: the one named, else consultation, which is then an assumption.
        Raises LawError where the law does not reach.
        """
        limits = thresholds_of(law, on=on)
        named = "" if self.method == BY_AMOUNT else self.method
        if limits is None:
            return named or PREFERRED[0]
        allowed = purchase_methods(budget_fen * self.years, limits, law=law, on=on, document=self.document)
        return next((one for one in (named, LOCAL, *PREFERRED) if one in allowed), allowed[0])

    def suppliers_needed(self, method: str, round_number: int) -> int:
        """Offers below which a round is void [offer].

        The law's number is a tender's; that other methods keep it too, and that a second round goes on with
        whoever came, are assumptions.
        """
        return (
            self.least_suppliers if round_number == 0 and method not in (LOCAL, "single_source") else _SINGLE
        )


def planned_purchase(policy: Policy, weights: Mapping[str, int] | None = None) -> Purchase:
    """What a scenario's levers propose, as a purchase the documents can be asked about."""
    return Purchase(
        work=(policy.contract_work,),
        months=policy.contract_years * MONTHS_PER_YEAR,
        met=frozenset(policy.contract_conditions),
        lowest_price_only=policy.award_price_weight == 1,
        panel=Panel(policy.panel_members, policy.panel_accountants, frozenset(policy.panel_roles)),
        stages=policy.evaluation_stages,
        weights=weights,
        takes_over=policy.takeover != NONE,
        double_random=policy.supervision != NONE,
    )


def check_purchase(policy: Policy, weights: Mapping[str, int], *, law: Law, on: date) -> None:
    """Refuse what document and procurement law forbid in a scenario's levers; each problem names its clause.

    Raises ScenarioError, and LawError for an unknown document or a day outside its dates.
    """
    plan = planned_purchase(policy, weights)
    problems = {
        problem.line(): Problem(problem.key, column="policy", values=problem.values)
        for document in (policy.document, PROCUREMENT_LAW)
        for problem in refusals(plan, law=law, document=document, on=on)
    }
    if problems:
        raise ScenarioError(problems.values())


def purchase_rules(
    policy: Policy, *, law: Law, on: date, value: Value, number: Number
) -> PurchaseRules | None:
    """The rules behind a scenario's levers, None where nothing is bought by contract.

    value, number: the assumptions of `law/assumptions/procurement.yaml` as the scenario sees them.
    Raises ScenarioError naming every clause that is broken, LawError for an unknown document.
    """
    if policy.purchase != BY_LAW:
        return None
    indicators, first = indicators_of(law=law, document=policy.document, on=on)
    weights = weights_of(indicators, first, number)
    check_purchase(policy, weights, law=law, on=on)

    def clauses(rule: str) -> tuple[Mapping[str, object], ...]:
        found = clauses_of(rule, law=law, document=policy.document, on=on)
        return tuple(clause.content for clause in found)

    def parts(key: str) -> int:
        return share_parts(number(f"procurement.{key}"))

    excluded = clauses("excludes")
    years = next((int(str(c["years"])) for c in excluded if "years" in c), None)
    acts = frozenset(act for content in excluded for act in _texts(content.get("acts")))
    weight = policy.award_price_weight
    return PurchaseRules(
        document=policy.document,
        method=policy.purchase_method,
        years=policy.contract_years,
        price_weight=parts("price_weight") if weight is None else share_parts(weight),
        least_suppliers=int(number("purchase.least_suppliers")),
        market=_market(value, number),
        conduct=_conduct(policy, value, number),
        disputes=Disputes(
            *(number(f"procurement.{name}_share") for name in ("challenge", "complaint", "upheld"))
        ),
        aftermath=Aftermath(
            policy.takeover != NONE,
            _days(value, "procurement.takeover_working_days"),
            parts("takeover_share"),
            parts("keep_share"),
        ),
        exclusion=Exclusion(round(number("procurement.exclusion_years")) if years is None else years, acts),
        evaluation=EvaluationRules(
            weights,
            policy.evaluation_stages,
            Panel(policy.panel_members, policy.panel_accountants, frozenset(policy.panel_roles)),
            share_parts(number("evaluation.pass_mark")),
            bool(clauses("appeal")),
        ),
        late_days=round(number("procurement.late_working_days")),
        slack={name: _days(value, f"procurement.{name}_working_days") for name in _MOVED},
        appeal_share=number("evaluation.appeal_share"),
        appeal_days=_days(value, "evaluation.appeal_working_days"),
        panel_spread=_error(number("evaluation.panel_spread")),
        publishes=bool(clauses("publishes")),
        supplement_share=Fraction(str(number("purchase.supplement_share"))),
        purchase_fen=round(number("procurement.cost_yuan") * FEN_PER_YUAN),
        evaluation_fen=round(number("evaluation.member_cost_yuan") * FEN_PER_YUAN) * policy.panel_members,
    )


def _texts(found: object) -> tuple[str, ...]:
    return tuple(map(str, found)) if isinstance(found, tuple) else ()


def _table(value: Value, key: str, scale: int) -> QuantileTable:
    found = value(key)
    side = found if isinstance(found, Range) else Range(found, found, found)
    return triangular_table(side.low, side.mode, side.high, scale)


def _days(value: Value, key: str) -> QuantileTable:
    return _table(value, key, 1)


def _error(most: float) -> QuantileTable:
    return triangular_table(-most, 0, most, SHARE_ONE)


def _market(value: Value, number: Number) -> Market:
    return Market(
        providers=round(number("procurement.providers")),
        bidders=_table(value, "procurement.bidders", 1),
        quality=_table(value, "procurement.quality", SHARE_ONE),
        price=_table(value, "procurement.price_share", SHARE_ONE),
        price_of_quality=share_parts(number("procurement.price_of_quality")),
        judging_error=_error(number("procurement.judging_error")),
    )


def _conduct(policy: Policy, value: Value, number: Number) -> Conduct:
    checked = policy.supervision != NONE
    return Conduct(
        missed_best=share_parts(number("procurement.missed_share_best")),
        missed_worst=share_parts(number("procurement.missed_share_worst")),
        default_best=number("procurement.default_best"),
        default_worst=number("procurement.default_worst"),
        failing_missed=share_parts(number("procurement.failing_missed_share")),
        hidden_share=number("procurement.cheating_share"),
        notice=_days(value, "procurement.notice_working_days"),
        termination=_days(value, "procurement.termination_working_days"),
        check_months=number("procurement.supervision_months") if checked else 0,
        detection_share=number("procurement.detection_share"),
    )

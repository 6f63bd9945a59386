"""What a scenario is: a place, a policy, a future, a run; and an experiment of several. Frozen once loaded.

A scenario is one choice under one future: `place`, `policy` (what the planner decides), `future` (what is
uncertain), `run`. An experiment is a base scenario, axes of alternatives and views that combine them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from simlib.designs import Design
from simlib.policy.buying.purchasefile import ROLES, STAGES
from simlib.policy.procedure import TOWNSHIP
from simlib.scenario.choices import BY_AMOUNT, DEDUCTED, NONE, REVIEW, YEARLY, YES, acts_in_run_up

Text = Mapping[str, str]


class Frozen(dict[str, Any]):
    """A mapping that cannot be changed and travels to workers."""

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a loaded scenario is not changed; make another with dataclasses.replace")

    __setitem__ = __delitem__ = update = setdefault = pop = popitem = clear = __ior__ = _refuse

    def __reduce__(self) -> tuple[type[Frozen], tuple[dict[str, Any]]]:
        return Frozen, (dict(self),)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the planner decides.

    formula: id of a staffing formula, or `none`. reading, money_reading: answers that differ from default.
    money: id of a money rule, `fixed` or `none`. cap_yuan: yearly money for posts under `fixed`, for the
    whole place, shared over counties by their dibao spending [yuan]. share_for_posts: part of work funds
    that pays posts [0..1], None: what the rule's assumption says. sharing: proportional, keep_minimum or
    equal_load; method: largest_remainder or webster. spend: gap, or all (equal money). price_yuan: all-in
    price of a bought post in its first year [yuan], None: what the law says for this place; rise_share: its
    yearly rise [0..1]. money_as: whether a money rule is a cap, or a target that spending is compared with
    while every post is funded. workload_pay_share: pay of bought workers goes up and down with their office's
    workload by at most this part [0..0.5].
    The people it buys: term_years: length of their contracts [year]; appraisal: yearly, or none; rollout:
    days by which the plan stands, everybody is hired and all are at work, none: no recruitment campaign.
    services: id of the money rule services for families are bought under, or `none`: none are delivered;
    services_share: of last year's grant that is planned for them [0..1], within the rule's other limits.
    special_yuan, lottery_yuan, donations_yuan: for services in each year, outside that limit, for the whole
    place, shared over counties by their households [yuan]. services_pace: whether the year's money is free
    monthly (a twelfth each month, what is left included) or at_once; services_rationing: who goes first where
    it does not reach everybody: grade, first_come or equal_share; services_contract: paid by unit, or as a
    block. services_townships: codes of the priority townships, none: those with most families;
    services_dates: first day there, first day everywhere, none: those of the pilot, or once it has gone wide
    as far apart, from the plan's first day on. services_document: id of the document services are bought
    under, whose panel evaluates them; none: evaluated by assumed weights. service_workers: of the providers,
    whole place, None: as assumed [person]. mutual_help: none, hardship ("hardship helps hardship"), sixty
    ("60 helps 80") or both.
    How the offices work, in the run-up too: decision: county, or delegated to the townships; duty: who
    answers emergencies outside opening hours, next_opening (nobody) or on_call; order: fifo, or due (the
    earliest term first) within a class; review_months: months of the year in which reviews are held
    (campaigns), none: spread over the year; second_visitor: who goes along on the township's visits for two,
    township (any two of its people), village (its assistant) or purchased (a bought worker beside a clerk).
    How terms are counted, in the run-up too: local_rule: id of a local rule, or none; roll: yes, a term in
    calendar days that ends on a rest day ends on the next working day (民法典 art. 203), or no.
    marginal_renewal: review, a marginal household is re-verified when its validity ends, or application.
    purchase: none (bought posts need no contract) or by_law, under the `document` on purchases.
    contract_work: what is bought; contract_years: length tendered [year]; contract_conditions: what holds of
    those a length above the normal asks for. purchase_method: by_amount, or a legal one where the amount
    allows it. award_price_weight: of the price in the score [0..1], 1: the lowest price alone, None: as
    assumed. evaluation_stages: evaluations held in each year of a contract; panel_members,
    panel_accountants [person] and panel_roles: who evaluates. supervision: none or double_random; takeover:
    none or by_plan. unmanned_pay: whether days a provider leaves unmanned are paid or deducted.
    posts: posts to be bought by code of a township or county bureau, in place of what the formula misses; an
    office that is not named gets none; empty: the formula decides [post].
    """

    formula: str = NONE
    reading: Mapping[str, str] = field(default_factory=Frozen)
    money: str = NONE
    money_reading: Mapping[str, str] = field(default_factory=Frozen)
    cap_yuan: int | None = None
    share_for_posts: float | None = None
    sharing: str = "proportional"
    method: str = "largest_remainder"
    spend: str = "gap"
    price_yuan: int | None = None
    rise_share: float = 0.0
    money_as: str = "cap"
    workload_pay_share: float = 0.0
    term_years: int = 3
    appraisal: str = YEARLY
    rollout: tuple[date, ...] = ()
    services: str = NONE
    services_share: float = 0.0
    special_yuan: int = 0
    lottery_yuan: int = 0
    donations_yuan: int = 0
    services_pace: str = "monthly"
    services_rationing: str = "grade"
    services_contract: str = "unit"
    services_townships: tuple[str, ...] = ()
    services_dates: tuple[date, ...] = ()
    services_document: str = NONE
    service_workers: int | None = None
    mutual_help: str = NONE
    decision: str = "county"
    duty: str = "next_opening"
    order: str = "fifo"
    review_months: tuple[int, ...] = ()
    second_visitor: str = TOWNSHIP
    local_rule: str = NONE
    roll: str = YES
    marginal_renewal: str = REVIEW
    purchase: str = NONE
    document: str = "national-102-2020"
    contract_work: str = "means_survey"
    contract_years: int = 1
    contract_conditions: tuple[str, ...] = ()
    purchase_method: str = BY_AMOUNT
    award_price_weight: float | None = None
    evaluation_stages: tuple[str, ...] = STAGES
    panel_members: int = 5
    panel_accountants: int = 1
    panel_roles: tuple[str, ...] = ROLES
    supervision: str = "double_random"
    takeover: str = "by_plan"
    unmanned_pay: str = DEDUCTED
    posts: Mapping[str, int] = field(default_factory=Frozen)


@dataclass(frozen=True, slots=True)
class Future:
    """What is uncertain. assumptions: `low`, `mode`, `high` or a number, by key of law/assumptions.

    rest_days, work_days: dates off or worked, over the published calendar. closed: dates on which single
    offices do not open, by the code of a township, or of a county for all its offices; terms run on.
    campaign_months: months of the year in which other work takes township clerks away. audit_months: of each
    plan year, in which an audit of the books lists households that must be looked into.
    freeze_month: month of every plan year on whose first day freeze_share of what the work fund still has is
    taken back [0..1]; 0: never. release_delay_months: by which a year's money can be used later than the vote
    allows, and the rest of the grants comes later [month].
    services_side: low, mode or high: side of the ranges of how common needs of services are.
    """

    assumptions: Mapping[str, Any] = field(default_factory=Frozen)
    rest_days: tuple[date, ...] = ()
    work_days: tuple[date, ...] = ()
    campaign_months: tuple[int, ...] = ()
    audit_months: tuple[int, ...] = ()
    closed: Mapping[str, tuple[date, ...]] = field(default_factory=Frozen)
    freeze_month: int = 0
    freeze_share: float = 0.0
    release_delay_months: int = 0
    services_side: str = "mode"


@dataclass(frozen=True, slots=True)
class Run:
    """How it is simulated: plan years, length of the run-up [month], seed, replications."""

    first_year: int = 2027
    years: int = 3
    opening_months: int = 24
    seed: int = 2027
    replications: int = 3


@dataclass(frozen=True, slots=True)
class Scenario:
    """One choice under one future, for one place."""

    id: str
    title: Text
    place: Path
    policy: Policy
    future: Future
    run: Run

    def status_quo(self) -> Scenario:
        """The same place, ways of work, future and run with nobody bought: as the run-up is simulated.

        Of the future, what acts from the plan's first day only is left out: alternatives share the run-up.
        """
        policy, future = self.policy, self.future
        as_today = Policy(
            decision=policy.decision,
            duty=policy.duty,
            order=policy.order,
            review_months=policy.review_months,
            second_visitor=policy.second_visitor,
            local_rule=policy.local_rule,
            roll=policy.roll,
            marginal_renewal=policy.marginal_renewal,
        )
        assumptions = {key: value for key, value in future.assumptions.items() if acts_in_run_up(key)}
        before = Future(
            assumptions=Frozen(assumptions),
            rest_days=future.rest_days,
            work_days=future.work_days,
            campaign_months=future.campaign_months,
            closed=future.closed,
        )
        return replace(self, policy=as_today, future=before)


@dataclass(frozen=True, slots=True)
class Goal:
    """What a choice is made by.

    measure: that is to be best. indifference: its smallest difference worth finding [its unit]. confidence:
    with which the choice shall be right. target: what target_measure must reach in every year of the plan,
    None: nothing; demand: in which share of replications it must [0..1]. most: replications at most.
    rare_loss: the part of itself that the measure may lose or gain in a replication too rare to have been
    seen [0..1], 0: none, None: as assumed.
    """

    measure: str = "on_time_share"
    indifference: float = 0.01
    confidence: float = 0.95
    target_measure: str = "on_time_share"
    target: float | None = None
    demand: float = 0.95
    most: int = 500
    rare_loss: float | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A scenario of an experiment: its view and the choice on each axis."""

    id: str
    view: str
    choices: Mapping[str, str]
    titles: Mapping[str, Text]
    scenario: Scenario


@dataclass(frozen=True, slots=True)
class Experiment:
    """Scenarios to be simulated and compared.

    designs: points at which the cells of a view are simulated besides; its cells are the options as they are.
    """

    id: str
    title: Text
    question: Text
    file: Path
    base: Scenario
    cells: tuple[Cell, ...]
    notes: tuple[Text, ...]
    goal: Goal = field(default_factory=Goal)
    designs: tuple[Design, ...] = ()

    def cell(self, cell_id: str) -> Cell:
        """The cell with this id."""
        return next(cell for cell in self.cells if cell.id == cell_id)


PARTS: dict[str, type] = {"policy": Policy, "future": Future, "run": Run}


def parameter_names() -> list[str]:
    """Names of every parameter a scenario may set, as `--set` takes them."""
    return [f"{part}.{item.name}" for part, shape in PARTS.items() for item in fields(shape)]

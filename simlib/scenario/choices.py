"""What a scenario may say: the words to choose from, the ranges of numbers."""

from __future__ import annotations

from simlib.policy.buying.purchasefile import CONDITIONS, METHODS, ROLES, SERVICES, STAGES, TRANSACTIONAL
from simlib.policy.procedure import SECOND_VISITORS
from simlib.policy.services.items import SIDES
from simlib.policy.services.rationing import RULES
from simlib.units import MONTHS_PER_YEAR

NONE = "none"
"""The formula that buys nobody; the money rule that binds nothing."""
FIXED = "fixed"
"""The money rule that is an amount of the planner's own (`cap_yuan`)."""
YEARLY = "yearly"
"""How often bought workers are appraised, if at all."""
ROLLOUT_DAYS = 3
"""Days a roll-out names: plan, hired, at work."""
SERVICE_DAYS = 2
"""Days of services for families: the first in priority townships, the first everywhere."""
YES, NO = "yes", "no"
REVIEW, APPLICATION = "review", "application"
"""What a marginal household goes through when its validity ends."""
BY_LAW = "by_law"
"""Contracts are bought step by step, as document and procurement law say."""
PAID, DEDUCTED = "paid", "deducted"
"""Whether days on which a bought post stands empty are paid for."""
BY_AMOUNT = "by_amount"
"""The method of purchase follows from the amount and the place's thresholds."""

PLAN_ONLY = ("audit.", "budget.", "choice.", "procurement.", "evaluation.", "services.", "needs.")
"""How the keys of assumptions begin that nothing reads before the plan: audits, money, contracts and services
for families start with it."""
MOST_POSTS = 999
"""Posts that can be given to one office; more is a slip of the pen."""

CHOICES = {
    "policy.sharing": ("proportional", "keep_minimum", "equal_load"),
    "policy.method": ("largest_remainder", "webster"),
    "policy.spend": ("gap", "all"),
    "policy.money_as": ("cap", "target"),
    "policy.appraisal": (YEARLY, NONE),
    "policy.decision": ("county", "delegated"),
    "policy.duty": ("next_opening", "on_call"),
    "policy.order": ("fifo", "due"),
    "policy.second_visitor": SECOND_VISITORS,
    "policy.roll": (YES, NO),
    "policy.marginal_renewal": (REVIEW, APPLICATION),
    "policy.purchase": (NONE, BY_LAW),
    "policy.contract_work": (*TRANSACTIONAL, *SERVICES),
    "policy.contract_conditions": CONDITIONS,
    "policy.purchase_method": (BY_AMOUNT, *METHODS),
    "policy.evaluation_stages": STAGES,
    "policy.panel_roles": ROLES,
    "policy.supervision": (NONE, "double_random"),
    "policy.takeover": (NONE, "by_plan"),
    "policy.unmanned_pay": (PAID, DEDUCTED),
    "policy.services_pace": ("monthly", "at_once"),
    "policy.services_rationing": tuple(RULES),
    "policy.services_contract": ("unit", "block"),
    "policy.mutual_help": (NONE, "hardship", "sixty", "both"),
    "future.services_side": SIDES,
}
RANGES: dict[str, tuple[float, float]] = {
    "policy.cap_yuan": (0, 1e12),
    "policy.share_for_posts": (0, 1),
    "policy.price_yuan": (1, 1e7),
    "policy.rise_share": (0, 1),
    "policy.workload_pay_share": (0, 0.5),
    "policy.term_years": (1, 3),
    "policy.services_share": (0, 1),
    "policy.special_yuan": (0, 1e12),
    "policy.lottery_yuan": (0, 1e12),
    "policy.donations_yuan": (0, 1e12),
    "policy.service_workers": (0, 1e6),
    "future.freeze_month": (0, MONTHS_PER_YEAR),
    "future.freeze_share": (0, 1),
    "future.release_delay_months": (0, 6),
    "policy.contract_years": (1, 10),
    "policy.award_price_weight": (0, 1),
    "policy.panel_members": (1, 99),
    "policy.panel_accountants": (0, 99),
    "run.first_year": (2006, 2095),
    "run.years": (1, 10),
    "run.opening_months": (1, 60),
    "run.seed": (0, 2**32 - 1),
    "run.replications": (1, 100_000),
    "goal.indifference": (1e-9, 1e12),
    "goal.confidence": (0.5, 0.9999),
    "goal.target": (0, 1e12),
    "goal.demand": (0.01, 0.9999),
    "goal.most": (20, 100_000),
    "goal.rare_loss": (0, 1),
}
SHARED = ("place", "run.first_year", "run.replications")
"""What all options of an experiment have in common: pages, pairs and years stand on it."""


def acts_in_run_up(key: str) -> bool:
    """Whether an assumption can move anything before the plan's first day."""
    return not key.startswith(PLAN_ONLY)

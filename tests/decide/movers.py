"""Worlds in which each direction planners expect (`decide.expected`) can be told from chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from simlib.scenario import BY_LAW, Frozen, Future, Policy, Run, Scenario
from simlib.years.cases.households import STOCKS
from tests.small import place, stored

PEOPLE = (
    ("quits.contract_per_year", "posts_filled_mean"),
    ("quits.contract_per_year", "vacancy_share"),
    ("quits.payroll_per_year", "posts_filled_mean"),
    ("recruitment.provider_weeks", "posts_filled_mean"),
    ("recruitment.payroll_months", "posts_filled_mean"),
    ("term.fail_share", "posts_filled_mean"),
    ("term.leave_share", "posts_filled_mean"),
    ("ramp.speed", "on_time_share"),
    ("absence.sick_days", "on_time_share"),
    ("budget.months_before_vote", "posts_filled_mean"),
    ("budget.months_before_vote", "cost_yuan"),
    ("budget.rest_month", "advance_yuan"),
    ("budget.early_share.central", "advance_yuan"),
    ("budget.payroll_yuan", "payroll_yuan"),
    ("procurement.prepare_working_days", "posts_filled_mean"),
    ("procurement.keep_share", "posts_filled_mean"),
)
"""Of people and money: assumption and measure."""

APPRAISED = (("appraisal.fail_share", "posts_filled_mean"),)
"""The same where terms run three years: at a term's end the re-assessment takes the appraisal's place."""

CONTRACTS = (
    ("procurement.default_worst", "gap_days"),
    ("procurement.failing_missed_share", "unmanned_days"),
    ("procurement.missed_share_worst", "unmanned_days"),
    ("procurement.supervision_months", "unmanned_days"),
    ("procurement.termination_working_days", "unmanned_days"),
    ("procurement.takeover_working_days", "posts_filled_mean"),
    ("procurement.takeover_share", "posts_filled_mean"),
)
"""The same of contracts, which are few: many replications of small counties tell."""

CHEATS = (
    ("procurement.detection_share", "unmanned_days"),
    ("procurement.default_worst", "unmanned_days"),
)
"""The same where failing is hidden and lasts: contracts of three years, nobody sent once a provider fails, no
evaluation that would find it. Where failing is open it is soon ended, and days unmanned and days without a
contract trade places, so that no direction of either alone is to be expected."""

DISPUTED = (("procurement.challenge_share", "posts_filled_mean"),)
"""The same where every challenge goes to complaint and is upheld, so that the purchase is repeated, and where
buying again is taken up too late to leave room for it. At the
assumed shares one award in fifty is touched, by days that the successor's early start mostly covers."""


@dataclass(frozen=True, slots=True)
class World:
    """How large the world of a test is, and what is wrong in it.

    fewer: by how much caseloads are cut down; towns: of each county; policy, assumed: what differs from
    `troubled`.
    """

    expected: tuple[tuple[str, str], ...]
    towns: int
    fewer: int
    replications: int
    policy: Mapping[str, Any] = field(default_factory=dict)
    assumed: Mapping[str, float] = field(default_factory=dict)
    years: int = 3

    @property
    def keys(self) -> tuple[str, ...]:
        """The assumptions that are moved."""
        return tuple(dict.fromkeys(key for key, _ in self.expected))

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures looked at."""
        return tuple(dict.fromkeys(measure for _, measure in self.expected))


LONG: Mapping[str, Any] = {
    "contract_years": 3,
    "contract_conditions": (
        *("budget_assured", "content_fixed", "continuous"),
        *("money_stable", "price_steady"),
    ),
    "evaluation_stages": (),
}
HIDDEN = {
    "procurement.cheating_share": 1.0,
    "procurement.failing_missed_share": 1.0,
    "procurement.quality": 0.0,
    "procurement.missed_share_worst": 0.0,
}
ALWAYS_UPHELD = {
    "procurement.complaint_share": 1.0,
    "procurement.upheld_share": 1.0,
    "procurement.late_working_days": 60,
}

WORLDS = {
    "people": World(PEOPLE, 20, 8, 10),
    "appraised": World(APPRAISED, 20, 8, 10, policy={"term_years": 3}),
    "contracts": World(CONTRACTS, 3, 40, 80),
    "cheats": World(CHEATS, 3, 40, 80, policy=LONG, assumed=HIDDEN),
    "disputed": World(DISPUTED, 3, 40, 120, assumed=ALWAYS_UPHELD),
}


def busy_place(folder: Path, world: World) -> Path:
    """Counties with a caseload cut down and one payroll post in each township: most posts are bought."""
    home = place(("640205", "640221", "640202"))
    towns = home.townships.groupby("county_code").head(world.towns).reset_index(drop=True)
    columns: dict[str, Any] = {"posts_payroll": 1, "posts_contract": 0}
    for name in STOCKS:
        persons = towns[f"{name}_persons"] // world.fewer
        households = (towns[f"{name}_households"] // world.fewer).clip(lower=1).where(persons > 0, 0)
        columns |= {f"{name}_persons": persons.clip(lower=households), f"{name}_households": households}
    for name in ("temporary_persontimes", "medical_persontimes"):
        columns[name] = towns[name] // world.fewer
    bureaus = home.counties.copy()
    for money in ("dibao_spending_yuan", "grant_yuan"):
        bureaus[money] = bureaus["county_code"].map(towns.groupby("county_code")[money].sum())
    small = replace(home, townships=towns.assign(**columns), counties=bureaus.astype({"grant_yuan": "int64"}))
    return stored(small, folder)


def troubled(home: Path, world: World) -> Scenario:
    """Contracts of a year with poor providers: everything that can happen happens often."""
    policy = Policy(formula="guangdong-2019", price_yuan=60_000, term_years=1, purchase=BY_LAW)
    poor = {"procurement.quality": 0.2, "procurement.cheating_share": 0.7}
    future = Future(Frozen({**poor, **world.assumed}))
    run = Run(years=world.years, opening_months=1, replications=world.replications)
    return Scenario(
        "troubled", Frozen(zh="难", en="troubled"), home, replace(policy, **world.policy), future, run
    )

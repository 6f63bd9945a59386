"""Where planners expect a measure to go as an assumption goes from its low to its high end, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from simlib.scenario import BY_LAW, Frozen, Future, Policy, Run, Scenario
from simlib.years.cases.households import STOCKS
from tests.small import place, stored

UP, DOWN = 1, -1

PEOPLE: Mapping[tuple[str, str], tuple[int, str]] = {
    ("quits.contract_per_year", "posts_filled_mean"): (DOWN, "whoever quits leaves a post empty for weeks"),
    ("quits.contract_per_year", "vacancy_share"): (UP, "the same, told as a share"),
    ("quits.payroll_per_year", "posts_filled_mean"): (DOWN, "a payroll post waits for the next round"),
    ("recruitment.provider_weeks", "posts_filled_mean"): (DOWN, "every post stands empty for longer"),
    ("recruitment.payroll_months", "posts_filled_mean"): (DOWN, "a round takes longer to appoint"),
    ("term.fail_share", "posts_filled_mean"): (DOWN, "whoever fails at the end of the term leaves"),
    ("term.leave_share", "posts_filled_mean"): (DOWN, "whoever does not sign again leaves"),
    ("ramp.speed", "on_time_share"): (UP, "who learns faster decides more in time"),
    ("absence.sick_days", "on_time_share"): (DOWN, "who is away decides nothing"),
    ("budget.months_before_vote", "posts_filled_mean"): (DOWN, "nothing is bought before the vote"),
    ("budget.months_before_vote", "cost_yuan"): (DOWN, "who comes later earns less"),
    ("budget.rest_month", "advance_yuan"): (UP, "until the grants come the county pays"),
    ("budget.early_share.central", "advance_yuan"): (DOWN, "what is there in January is not advanced"),
    ("budget.payroll_yuan", "payroll_yuan"): (UP, "a dearer post costs more"),
    ("procurement.prepare_working_days", "posts_filled_mean"): (DOWN, "a contract begins later"),
    ("procurement.keep_share", "posts_filled_mean"): (UP, "a successor need not recruit whom it keeps"),
}
"""Of people and money, by assumption and measure: the direction, and the planner's reason."""

APPRAISED: Mapping[tuple[str, str], tuple[int, str]] = {
    ("appraisal.fail_share", "posts_filled_mean"): (DOWN, "whoever fails is not renewed"),
}
"""The same where terms run three years: at a term's end the re-assessment takes the appraisal's place."""

CONTRACTS: Mapping[tuple[str, str], tuple[int, str]] = {
    ("procurement.default_worst", "gap_days"): (UP, "who fails leaves a gap until a successor begins"),
    ("procurement.failing_missed_share", "unmanned_days"): (UP, "a failing provider sends fewer people"),
    ("procurement.missed_share_worst", "unmanned_days"): (UP, "a poor provider sends fewer people"),
    ("procurement.supervision_months", "unmanned_days"): (UP, "cheating goes on until a check finds it"),
    ("procurement.termination_working_days", "unmanned_days"): (UP, "the failing contract runs on"),
    ("procurement.takeover_working_days", "posts_filled_mean"): (DOWN, "until the take-over nobody is there"),
    ("procurement.takeover_share", "posts_filled_mean"): (UP, "more of the posts are taken over"),
}
"""The same of contracts, which are few: many replications of small counties tell."""

CHEATS: Mapping[tuple[str, str], tuple[int, str]] = {
    ("procurement.detection_share", "unmanned_days"): (
        DOWN,
        "a check that finds more ends the cheating sooner",
    ),
    ("procurement.default_worst", "unmanned_days"): (UP, "who fails more often sends fewer people"),
}
"""The same where failing is hidden and lasts: contracts of three years, nobody sent once a provider fails, no
evaluation that would find it. Where failing is open it is soon ended, and days unmanned and days without a
contract trade places, so that no direction of either alone is to be expected."""

DISPUTED: Mapping[tuple[str, str], tuple[int, str]] = {
    ("procurement.challenge_share", "posts_filled_mean"): (DOWN, "a challenge holds the contract up"),
}
"""The same where every challenge goes to complaint and is upheld, so that the purchase is repeated, and where
buying again is taken up too late to leave room for it. At the
assumed shares one award in fifty is touched, by days that the successor's early start mostly covers."""


@dataclass(frozen=True, slots=True)
class World:
    """How large the world of a test is, and what is wrong in it.

    fewer: by how much caseloads are cut down; towns: of each county; policy, assumed: what differs from
    `troubled`.
    """

    expected: Mapping[tuple[str, str], tuple[int, str]]
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

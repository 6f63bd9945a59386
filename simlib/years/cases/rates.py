"""Rates of the caseload: how often need begins, is found, ends and is found out, from law and assumptions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simlib.chance import QuantileTable, triangular_table
from simlib.dated import Range
from simlib.policy.procedure import Procedures
from simlib.units import DAYS_PER_YEAR, FEN_PER_YUAN, MONTHS_PER_YEAR
from simlib.years.cases.households import STOCKS


@dataclass(frozen=True, slots=True)
class LifeRates:
    """Rates of one programme [1/year] and what follows from them.

    detection_years: mean time from the end of eligibility until it is found out under ample staff [year].
    phase_out_share: of the households whose support a decision ends that are paid on for phase_out_months by
    law; 0 where no text lets them be.
    """

    ends: float
    deaths: float
    ineligible_per_eligible: float
    review_months: tuple[int, int]
    half_yearly_share: float
    detection_years: float
    phase_out_share: float
    phase_out_months: int

    @property
    def leaves(self) -> float:
        """Rate at which eligibility or life ends [1/year]."""
        return self.ends + self.deaths

    @property
    def years_on_books(self) -> float:
        """Mean time from entry to exit under ample staff [year]."""
        return (1 + self.ends * self.detection_years) / self.leaves

    def needs_per_household(self, found: NDArray[np.float64]) -> NDArray[np.float64]:
        """New needs a year that keep one supported household in stock, `found` at these rates [1/year]."""
        rate = np.maximum(found, 1e-9)
        needs: NDArray[np.float64] = (rate + self.leaves) / rate / self.years_on_books
        return needs


@dataclass(frozen=True, slots=True)
class CaseloadRates:
    """Rates of all programmes, of discovery and of flows, with the yearly change of need.

    own_per_year: at which a family is found without a village assistant: it applies, somebody calls the
    hotline, data raise an alert; all three draw on one threshold, since no policy here moves one of them.

    season_needs, season_requests: the months of a year against their mean, January first [12, mean 1].
    comparison_months: months between comparisons of the books with other data; comparison_finds: share of the
    no longer eligible that one finds; comparison_false: share of the eligible it raises by mistake.
    audit_finds, audit_false: the same shares of one audit of the books.
    reported_per_year: rate at which a family reports that it no longer qualifies [1/year].
    Dispersed tekun households are visited every visit_days (a share visits_by_the_day of them), else every
    visit_months: first of the two for a share visits_by_the_month, the second for the rest.
    death_noticed: how long the death of a person who lived alone goes unnoticed [day].
    benefit_fen: what a person of each programme is paid a month before any rise [fen]. rise_share: of the
    standard a year, in rise_month (1 = January); rise_share 0: it stays.
    recovered_share: of the households that a review or a comparison found no longer eligible, those that pay
    back what they were paid since.
    backlog_days: how long before the plan an opening backlog came in, at most [day].
    """

    life: dict[str, LifeRates]
    own_per_year: float
    village_per_year: float
    small_share: float
    emergency_share: float
    trend: float
    season_needs: NDArray[np.float64]
    season_requests: NDArray[np.float64]
    comparison_months: int
    comparison_finds: float
    comparison_false: float
    audit_finds: float
    audit_false: float
    reported_per_year: float
    visits_by_the_day: float
    visits_by_the_month: float
    visit_days: int
    backlog_days: int
    death_noticed: QuantileTable
    benefit_fen: Mapping[str, int]
    recovered_share: float
    rise_share: float
    rise_month: int
    visit_months: tuple[int, int]

    def benefits(self, month: int) -> dict[str, int]:
        """What a person of each programme is paid in a month of the plan, risen with the standard [fen]."""
        rises = (month + MONTHS_PER_YEAR - self.rise_month + 1) // MONTHS_PER_YEAR
        factor = (1 + self.rise_share) ** max(rises, 0)
        return {name: round(fen * factor) for name, fen in self.benefit_fen.items()}


@cache
def detection_years(
    review_months: tuple[int, int],
    half_yearly_share: float,
    *,
    reported_per_year: float = 0.0,
    comparison_months: int = 1,
    finds_share: float = 0.0,
) -> float:
    """Mean time from the end of eligibility until a review, a report or a comparison finds it [year].

    The mean of the least of three waits is the integral of the product of their survival functions; reviews
    and comparisons come at fixed intervals from a moment that is uniform on them.
    """
    mean = 0.0
    for months, share in zip(review_months, (half_yearly_share, 1 - half_yearly_share), strict=True):
        years = months / MONTHS_PER_YEAR
        time = (np.arange(1000) + 0.5) * years / 1000
        past, part = np.divmod(time, comparison_months / MONTHS_PER_YEAR)
        part = part * MONTHS_PER_YEAR / comparison_months
        unseen = (1 - finds_share) ** past * (1 - part * finds_share)
        unreported = np.array([math.exp(-reported_per_year * each) for each in time.tolist()])
        still = (1 - time / years) * unreported * unseen
        mean += share * float(still.mean()) * years
    return mean


_STABLE, _CHANGING = "clocks.dibao.rereview_stable_months", "clocks.dibao.rereview_changing_months"
_PERIODS = {
    "tekun_dispersed": "clocks.tekun.rereview_months",
    "tekun_institution": "clocks.tekun.rereview_months",
    "marginal": "clocks.marginal.validity_months",
    "rigid": "clocks.rigid.validity_months",
}
"""After how long a household is looked at again or applies anew; others as dibao with a stable income."""
_BENEFITS = {
    "dibao_urban": "places.benefit_yuan.dibao_urban",
    "dibao_rural": "places.benefit_yuan.dibao_rural",
    "tekun_dispersed": "places.benefit_yuan.tekun",
    "tekun_institution": "places.benefit_yuan.tekun",
}
"""What a person of a programme is paid a month; of others nothing is paid in cash."""


def caseload_rates(
    value: Callable[[str], int | float | Range],
    number: Callable[[str], float],
    procedures: Procedures,
    local: Mapping[str, tuple[str, str]] | None = None,
) -> CaseloadRates:
    """The rates behind the keys of `life_lines` and `desk_work`, with law's review periods [month].

    value, number: the value or range of a key; of a range, the one held most likely. local: keys of the
    periods of a local rule, for changing and stable incomes, by programme; '' where the national text stays.
    """
    local = local or {}
    reported, finds = number("report.end_per_year"), number("comparison.finds_share")
    comparison_months = int(number("clocks.dibao.data_comparison_months"))
    most = number("clocks.dibao.phase_out_months")
    phase_out_months = int(min(number("phase_out.months"), most))
    life = {}
    for programme in STOCKS:
        dibao = programme.startswith("dibao")
        half = number("review.half_yearly_share_dibao") if dibao else 0.0
        changing, stable = local.get(programme, ("", ""))
        yearly = int(number(stable or _PERIODS.get(programme, _STABLE)))
        half_yearly = int(number(changing or _CHANGING))
        applies = programme in procedures.programmes_with("application")
        life[programme] = LifeRates(
            number(f"life.{programme}.ends_per_year"),
            number(f"life.{programme}.deaths_per_year"),
            number(f"life.{programme}.ineligible_per_eligible") if applies else 0.0,
            (half_yearly, yearly),
            half,
            detection_years(
                (half_yearly, yearly),
                half,
                reported_per_year=reported if programme in procedures.programmes_with("change") else 0.0,
                comparison_months=comparison_months,
                finds_share=finds if programme in procedures.programmes_with("alert") else 0.0,
            ),
            number("phase_out.share") if dibao else 0.0,
            phase_out_months if dibao else 0,
        )
    return CaseloadRates(
        life=life,
        own_per_year=sum(number(f"discovery.{by}_per_year") for by in ("own", "hotline", "data")),
        village_per_year=number("discovery.village_per_year"),
        small_share=number("share.temporary_small"),
        emergency_share=number("share.temporary_emergency"),
        trend=number("trend.needs_per_year"),
        season_needs=_season(number, "season.needs_more"),
        season_requests=_season(number, "season.requests_more"),
        comparison_months=comparison_months,
        comparison_finds=finds,
        comparison_false=number("comparison.false_share"),
        audit_finds=number("audit.finds_share"),
        audit_false=number("audit.false_share"),
        reported_per_year=reported,
        visits_by_the_day=number("visits.weekly_share"),
        visits_by_the_month=number("visits.monthly_share"),
        death_noticed=_death_noticed(
            value("death.noticed_months"), number("clocks.dibao.death_check_months")
        ),
        benefit_fen={
            name: round(number(_BENEFITS[name]) * FEN_PER_YUAN) if name in _BENEFITS else 0 for name in STOCKS
        },
        recovered_share=number("recovery.share"),
        rise_share=number("standard.rise_share"),
        rise_month=int(number("standard.rise_month")),
        backlog_days=int(number("opening.backlog_days")),
        visit_days=int(number("clocks.visits.high_risk_days")),
        visit_months=(
            int(number("clocks.visits.key_months")),
            int(number("clocks.visits.general_months")),
        ),
    )


def _death_noticed(months: int | float | Range, most: float) -> QuantileTable:
    """How long a death goes unnoticed: never longer than the text lets the check after it wait [day]."""
    ends = (months.low, months.mode, months.high) if isinstance(months, Range) else (months,) * 3
    low, mode, high = (min(end, most) * DAYS_PER_YEAR / MONTHS_PER_YEAR for end in ends)
    return triangular_table(low, mode, high, 1)


def _season(number: Callable[[str], float], more: str) -> NDArray[np.float64]:
    """The months of a year against their mean, January first: more in the winter season, less in others."""
    values = np.ones(MONTHS_PER_YEAR)
    first, length = int(number("season.from_month")) - 1, int(number("season.months"))
    values[np.arange(first, first + length) % MONTHS_PER_YEAR] += number(more)
    scaled: NDArray[np.float64] = values / values.mean()
    return scaled

"""What services for families run on: the catalogue, needs, terms, money and capacity as plain numbers.

Source: Shizuishan's pilot plan of 2024; minutes, prices, prevalence and capacity are assumptions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from simlib.chance import EXPONENTIAL_ONE, QuantileTable
from simlib.dated import Range
from simlib.errors import LawError, Problem
from simlib.places.place import Place
from simlib.policy.services.fund import FUND_ORDER, fund_order
from simlib.policy.services.items import check_figures, load_services
from simlib.policy.services.needs import load_needs
from simlib.policy.statutes import Law
from simlib.scenario import NONE, Assumed, Scenario
from simlib.units import (
    MINUTES_PER_HOUR,
    MONTHS_PER_YEAR,
    SHARE_ONE,
    TICKS_PER_MINUTE,
    share_parts,
)
from simlib.years.services.countyservices import (
    HELPERS,
    PILOT,
    Cap,
    CountyServices,
    aid_fen_of,
    cap_of,
    counties_of,
    first_service_day,
)
from simlib.years.services.itemtables import (
    LICENSED,
    ItemTable,
    NeedTable,
    item_table,
    need_table,
    quantiles_of,
)
from simlib.years.services.panel import ServicePanel, service_panel

Whole = NDArray[np.int64]

_WORD_BITS = 32


@dataclass(frozen=True, slots=True)
class FollowUp:
    """How satisfaction is modelled, not surveyed, and a year evaluated [2**-16 each].

    visited: share of orders with a return visit. base: of an order in time; late_day, unmet: what it loses
    for each day late, and where all else is unmet. weights: of orders in time, volume and satisfaction.
    visit_minutes: of a return visit, at least, most likely and at most; village service points make it.
    """

    visited: int
    base: int
    late_day: int
    unmet: int
    weights: tuple[int, int, int]
    pass_mark: int
    visit_minutes: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class ServiceRules:
    """Everything services need, but chance.

    cap: see `Cap`. aid_fen: of temporary aid, each time [fen]. funds: names in the order of use.
    at_once: whether the year's money is free from January. block_discount: of a block contract [0..1], None:
    paid by unit. helper_price: what a helper gets of the price [2**-16]; helper_ticks: his most in a month,
    by kind. change_rate: changes of a family in a month [2**-24]. first_months: over which a township's
    families are first assessed. give_up_days: past the due day [working day]. at_work: of the time a worker
    is there, away: of a year's working days he is not, for leave, sickness and training [2**-16]. speed: of a
    provider [2**-16]. panel: who evaluates, None where no document is named for services.
    """

    items: ItemTable
    needs: NeedTable
    follow_up: FollowUp
    names: tuple[str, ...]
    funds: tuple[str, ...]
    cap: Callable[[str, int, int | None], Cap]
    aid_fen: int
    rationing: str
    at_once: bool
    block_discount: Fraction | None
    helper_price: int
    helper_ticks: tuple[int, int]
    change_rate: int
    first_months: int
    give_up_days: int
    at_work: int
    away: int
    speed: QuantileTable
    panel: ServicePanel | None
    counties: Mapping[str, CountyServices]
    read: tuple[str, ...]


def service_rules(scenario: Scenario, *, place: Place, law: Law, assumed: Assumed) -> ServiceRules | None:
    """The rules under a scenario, None where it buys no services.

    Raises LawError for a catalogue or figures that cannot be used and a money rule that pays no services;
    ScenarioError for a priority township that is not there and a document that cannot evaluate.
    """
    policy = scenario.policy
    if policy.services == NONE:
        return None
    rule = law.money_rule(policy.services)
    if rule.pays != "services":
        raise LawError(Problem("services_rule_pays_posts", values={"id": rule.id}))
    services = load_services()
    needs = load_needs(services)
    check_figures(services.value_keys(), law, services.file)
    check_figures(needs.value_keys(), law, needs.file)
    number = assumed.number
    weights = tuple(share_parts(number(f"services.mark_weight.{part}")) for part in _MARK)
    block = policy.services_contract == "block"
    hours = tuple(number(f"services.helper_hours.{kind}") for kind in HELPERS)
    funds = fund_order(law)
    begins = first_service_day(scenario, law)
    panel = service_panel(policy, law=law, on=begins, value=assumed.value, number=number, funds=funds)
    need_keys = tuple(key for key in needs.value_keys() if key.startswith("needs."))
    return ServiceRules(
        items=item_table(services, assumed, law),
        needs=need_table(services, needs, law, scenario),
        follow_up=FollowUp(
            visited=share_parts(number("services.return_visit_share")),
            base=share_parts(number("services.satisfaction.base")),
            late_day=share_parts(number("services.satisfaction.late_day")),
            unmet=share_parts(number("services.satisfaction.unmet")),
            weights=(weights[0], weights[1], weights[2]),
            pass_mark=share_parts(number("services.pass_mark")),
            visit_minutes=_ends(assumed.value("services.return_visit_minutes")),
        ),
        names=tuple(services.items),
        funds=funds,
        cap=cap_of(scenario, place, law, assumed),
        aid_fen=aid_fen_of(assumed),
        rationing=policy.services_rationing,
        at_once=policy.services_pace == "at_once",
        block_discount=Fraction(str(number("services.block_discount_share"))) if block else None,
        helper_price=share_parts(number("services.mutual_help_price_share")),
        helper_ticks=(_hours(hours[0]), _hours(hours[1])),
        change_rate=round(number("flow.changes_per_household") / MONTHS_PER_YEAR * EXPONENTIAL_ONE),
        first_months=max(round(number("services.first_assessment_months")), 1),
        give_up_days=round(number("services.give_up_days")),
        at_work=share_parts(number("services.at_work_share")),
        away=share_parts(
            sum(number(f"services.absence.{why}_days") for why in ("leave", "sick", "training"))
            / number("clocks.work.year_working_days")
        ),
        speed=quantiles_of(assumed.value("services.provider_speed"), SHARE_ONE),
        panel=panel,
        counties=counties_of(scenario, place, law, assumed),
        read=(
            *need_keys,
            *(f"services.left_by_aid.{aid}" for aid in services.aids),
            FUND_ORDER,
            LICENSED,
            *PILOT,
        ),
    )


_MARK = ("on_time", "volume", "satisfaction")


def _ends(found: int | float | Range) -> tuple[float, float, float]:
    """Least, most likely and most of an assumption; a figure set for it is all three."""
    return (found.low, found.mode, found.high) if isinstance(found, Range) else (found, found, found)


def _hours(hours: float) -> int:
    return round(hours * MINUTES_PER_HOUR * TICKS_PER_MINUTE)

"""What services for families run on: the catalogue, needs, terms, money and capacity as plain numbers.

Source: Shizuishan's pilot plan of 2024; minutes, prices, prevalence and capacity are assumptions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simlib.chance import DRAW_ONE, EXPONENTIAL_ONE, QuantileTable, triangular_table
from simlib.dated import Range
from simlib.errors import LawError, Problem, ScenarioError
from simlib.places.columns import PROGRAMMES
from simlib.places.place import Place
from simlib.policy.funding import services_money
from simlib.policy.services.fund import FUND_ORDER, GRANT, OUTSIDE, fund_order
from simlib.policy.services.items import SIDES, URGENCIES, Item, Services, check_figures, load_services
from simlib.policy.services.needs import GRADES, Needs, figures_by, load_needs
from simlib.policy.statutes import Law
from simlib.scenario import NONE, Assumed, Scenario
from simlib.units import (
    FEN_PER_YUAN,
    MINUTES_PER_HOUR,
    MONTHS_PER_YEAR,
    SHARE_ONE,
    TICKS_PER_MINUTE,
    largest_remainder,
    share_parts,
)
from simlib.worktime import month_start
from simlib.yamlfile import nearest
from simlib.years.services.panel import ServicePanel, service_panel

Whole = NDArray[np.int64]

HANDS = ("provider", "hardship", "sixty")
"""Who delivers: the provider's workers; helpers of "hardship helps hardship" and of "60 helps 80"."""
PROVIDER, HARDSHIP, SIXTY = range(len(HANDS))
HELPERS = HANDS[1:]
THOUSANDTHS = 1000
LICENSED = "services.licensed_skills"
_ROUNDS = (12, 6, 4, 3, 2, 1)
"""How often a year an item may be ordered: at equal intervals of whole months."""
_WORD_BITS = 32


class ItemTable(NamedTuple):
    """The items as flat tables, in the order of their numbers [items].

    thousandths: of a unit a family gets in a year. interval: months between its orders. price_fen: of a unit.
    trip: part of the way to a village that one unit bears [2**-16]. helped: whether helpers may do it.
    skilled: whether it takes a licence. urgency: its class, 0 the most urgent. due_days: its term [working
    day]. knots: minutes of one unit at equally likely knots [items × knots, tick].
    """

    thousandths: Whole
    interval: Whole
    price_fen: Whole
    trip: Whole
    helped: Whole
    skilled: Whole
    urgency: Whole
    due_days: Whole
    knots: NDArray[np.int64]


class NeedTable(NamedTuple):
    """Who needs what, as limits of draws.

    kinds: household types, cumulated [programmes × types]. grades: cumulated [programmes × grades].
    indicators: share that have one [programmes × types × indicators]. items: share that need an item, by the
    indicators they have [programmes × sets of indicators, as bits × items]: everybody but those whom each
    indicator of theirs leaves out, and but those whom other aid serves (`needs.profile`). All in 2**-32.
    """

    kinds: NDArray[np.int64]
    grades: NDArray[np.int64]
    indicators: NDArray[np.int64]
    items: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """How satisfaction is modelled, not surveyed, and a year evaluated [2**-16 each].

    visited: share of orders with a return visit. base: of an order in time; late_day, unmet: what it loses
    for each day late, and where all else is unmet. weights: of orders in time, volume and satisfaction.
    """

    visited: int
    base: int
    late_day: int
    unmet: int
    weights: tuple[int, int, int]
    pass_mark: int


@dataclass(frozen=True, slots=True)
class CountyServices:
    """What one county has for services. grant_fen: of the year before the plan; owns_grant: whether that is a
    figure of its own; aid_fen: temporary aid expected in a year; outside_fen: a year, in the
    order of use, the grant's place 0. begins: month of the plan from which each township has services.
    workers, skilled: of its provider. helpers: by kind and township [2 × townships].
    """

    grant_fen: int
    owns_grant: bool
    aid_fen: int
    outside_fen: tuple[int, ...]
    begins: Whole
    workers: int
    skilled: int
    helpers: NDArray[np.int64]


class Cap(NamedTuple):
    """Most that a county's grant may pay for services, and what the grant is held to leave [fen]."""

    fen: int
    left_fen: int


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
    panel = service_panel(policy, law=law, on=assumed.on, value=assumed.value, number=number, funds=funds)
    need_keys = tuple(key for key in needs.value_keys() if key.startswith("needs."))
    return ServiceRules(
        items=_item_table(services, assumed, law),
        needs=_need_table(services, needs, law, scenario),
        follow_up=FollowUp(
            visited=share_parts(number("services.return_visit_share")),
            base=share_parts(number("services.satisfaction.base")),
            late_day=share_parts(number("services.satisfaction.late_day")),
            unmet=share_parts(number("services.satisfaction.unmet")),
            weights=(weights[0], weights[1], weights[2]),
            pass_mark=share_parts(number("services.pass_mark")),
        ),
        names=tuple(services.items),
        funds=funds,
        cap=_cap(scenario, place, law, assumed),
        aid_fen=_aid_fen(assumed),
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
        speed=_table(assumed.value("services.provider_speed"), SHARE_ONE),
        panel=panel,
        counties=_counties(scenario, place, law, assumed),
        read=(
            *need_keys,
            *(f"services.left_by_aid.{aid}" for aid in services.aids),
            FUND_ORDER,
            LICENSED,
            *_PILOT,
        ),
    )


_MARK = ("on_time", "volume", "satisfaction")
_PILOT = ("services.pilot_first_day", "services.pilot_wide_day")


def _hours(hours: float) -> int:
    return round(hours * MINUTES_PER_HOUR * TICKS_PER_MINUTE)


def _table(value: int | float | Range, scale: int) -> QuantileTable:
    sides = value if isinstance(value, Range) else Range(value, value, value)
    return triangular_table(sides.low * scale, sides.mode * scale, sides.high * scale, 1)


def _limit(share: Fraction) -> int:
    """A share as a limit of draws [2**-32]."""
    return round(share * DRAW_ONE)


# --- items and needs ----------------------------------------------------------------------------------------


def _item_table(services: Services, assumed: Assumed, law: Law) -> ItemTable:
    number, items = assumed.number, tuple(services.items.values())
    licensed = tuple(str(skill) for skill in law.dated(LICENSED).entries[-1].value)
    trip = share_parts(number("services.trip_share"))
    thousandths = [round(number(f"services.times_a_year.{item.id}") * THOUSANDTHS) for item in items]
    terms = [round(number(f"services.due_days.{name}")) for name in URGENCIES]
    minutes = [_table(assumed.value(f"services.minutes.{item.id}"), TICKS_PER_MINUTE) for item in items]

    def column(value: Callable[[Item], int]) -> Whole:
        return np.array([value(item) for item in items], dtype=np.int64)

    return ItemTable(
        thousandths=np.array(thousandths, dtype=np.int64),
        interval=np.array([MONTHS_PER_YEAR // _rounds(each) for each in thousandths], dtype=np.int64),
        price_fen=column(lambda item: max(round(number(f"services.price_yuan.{item.id}") * FEN_PER_YUAN), 1)),
        trip=column(lambda item: trip if item.trip else 0),
        helped=column(lambda item: int(item.mutual_help)),
        skilled=column(lambda item: int(item.skill in licensed)),
        urgency=column(lambda item: URGENCIES.index(item.urgency)),
        due_days=column(lambda item: terms[URGENCIES.index(item.urgency)]),
        knots=np.stack([table.knots for table in minutes]),
    )


def _rounds(thousandths: int) -> int:
    """Orders a year for so many units: no more orders than units."""
    return next((rounds for rounds in _ROUNDS if rounds * THOUSANDTHS <= thousandths), 1)


def _need_table(services: Services, needs: Needs, law: Law, scenario: Scenario) -> NeedTable:
    side = next(each for each in SIDES if each == scenario.future.services_side)
    day = date(scenario.run.first_year, 1, 1)
    types, names = tuple(needs.household_types), tuple(needs.indicators)

    def read(key: str, among: tuple[str, ...], whole: bool = False) -> list[Fraction]:
        found = figures_by(law, key, among, on=day, which=side, whole=whole)
        return [found[name] for name in among]

    common = {name: read(f"needs.prevalence.{name}", types) for name in names}
    factor = {each: read(f"needs.programme_factor.{each}", names) for each in PROGRAMMES}
    order, wanted = list(services.items), np.zeros((len(names), len(services.items)), dtype=np.int64)
    for row, (name, indicator) in enumerate(needs.indicators.items()):
        for item, share in zip(indicator.items, read(f"needs.items.{name}", indicator.items), strict=True):
            wanted[row, order.index(item)] = _limit(share)
    left = {aid: read(f"services.left_by_aid.{aid}", PROGRAMMES) for aid in services.aids}
    return NeedTable(
        kinds=_cumulated([read(f"needs.household_types.{each}", types, True) for each in PROGRAMMES]),
        grades=_cumulated([read(f"needs.grades.{each}", GRADES, True) for each in PROGRAMMES]),
        indicators=np.array(
            [
                [
                    [
                        min(_limit(common[name][kind] * factor[each][place]), DRAW_ONE)
                        for place, name in enumerate(names)
                    ]
                    for kind in range(len(types))
                ]
                for each in PROGRAMMES
            ],
            dtype=np.int64,
        ),
        items=_needed(
            wanted,
            np.array(
                [
                    [_limit(_left(item, left, place)) for item in services.items.values()]
                    for place in range(len(PROGRAMMES))
                ],
                dtype=np.int64,
            ),
        ),
    )


def _needed(wanted: NDArray[np.int64], left: NDArray[np.int64]) -> NDArray[np.int64]:
    """Share that need each item, by programme and the indicators they have [2**-32].

    wanted: of those with an indicator [indicators × items]; left: of those, not served by other aid
    [programmes × items].
    """
    count, items = wanted.shape
    spared = np.full((1 << count, items), DRAW_ONE >> 2, dtype=np.int64)
    for place in range(count):
        has = (np.arange(1 << count) >> place & 1).astype(bool)
        spared[has] = spared[has] * ((DRAW_ONE - wanted[place]) >> 1) >> 31
    return ((DRAW_ONE >> 2) - spared)[None] * left[:, None] >> 30


def _left(item: Item, left: Mapping[str, list[Fraction]], programme: int) -> Fraction:
    share = Fraction(1)
    for aid in item.not_beside:
        share *= left[aid][programme]
    return share


def _cumulated(rows: list[list[Fraction]]) -> NDArray[np.int64]:
    """Limits of draws that part each row's kinds; the last one is never reached."""
    return np.array(
        [[_limit(sum(row[: at + 1], Fraction(0))) for at in range(len(row))] for row in rows], dtype=np.int64
    )


# --- counties -----------------------------------------------------------------------------------------------


def _aid_fen(assumed: Assumed) -> int:
    """Temporary aid each time it is granted [fen]."""
    return round(assumed.number("places.benefit_yuan.temporary") * FEN_PER_YUAN)


def _cap(
    scenario: Scenario, place: Place, law: Law, assumed: Assumed
) -> Callable[[str, int, int | None], Cap]:
    """What the money rule lets a county spend out of the grant, from last year's grant and what this year's
    leaves after benefits [fen]; None: not known, an assumed share of last year's.
    """
    policy, day = scenario.policy, date(scenario.run.first_year, 1, 1)
    share = Fraction(str(policy.services_share))
    lacking = set(map(str, place.counties["county_code"])) - place.own_grants()
    assumed_share = Fraction(str(assumed.number("services.grant_left_share"))) if lacking else Fraction(0)
    codes = [str(code) for code in place.counties["county_code"]]

    def cap(code: str, base_fen: int, left_fen: int | None) -> Cap:
        rest = int(base_fen * assumed_share) if left_fen is None else left_fen
        found = services_money(
            policy.services,
            law=law,
            place=place,
            base_fen=dict.fromkeys(codes, base_fen),
            remaining_fen=dict.fromkeys(codes, rest),
            on=day,
            share=share,
        )
        return Cap(found[code], rest)

    return cap


def _counties(scenario: Scenario, place: Place, law: Law, assumed: Assumed) -> Mapping[str, CountyServices]:
    policy, number = scenario.policy, assumed.number
    order = fund_order(law)
    towns = place.townships
    families = towns[[f"{name}_households" for name in PROGRAMMES]].sum(axis=1).to_numpy(np.int64)
    begins = _begins(scenario, towns, families, law, number("services.priority_share"))
    codes = [str(code) for code in place.counties["county_code"]]
    of_county = towns["county_code"].astype(str).to_numpy()
    weights = [int(families[of_county == code].sum()) for code in codes]
    asked = {
        "special": policy.special_yuan,
        "lottery": policy.lottery_yuan,
        "donations": policy.donations_yuan,
    }
    outside = {
        fund: largest_remainder(asked[fund] * FEN_PER_YUAN, weights if sum(weights) else [1] * len(codes))
        for fund in OUTSIDE
    }
    workers = _workers(policy.service_workers, weights, number("services.households_per_worker"))
    rates = [_helpers(kind, policy.mutual_help, number) for kind in HELPERS]
    grants, owners, aid_fen = place.counties["grant_yuan"].to_numpy(), place.own_grants(), _aid_fen(assumed)
    found = {}
    for at, code in enumerate(codes):
        mine = families[of_county == code].tolist()
        found[code] = CountyServices(
            grant_fen=int(grants[at]) * FEN_PER_YUAN,
            owns_grant=code in owners,
            aid_fen=aid_fen * int(towns["temporary_persontimes"].to_numpy(np.int64)[of_county == code].sum()),
            outside_fen=tuple(0 if fund == GRANT else outside[fund][at] for fund in order),
            begins=begins[of_county == code],
            workers=workers[at],
            skilled=-int(-workers[at] * number("services.skilled_share") // 1),
            helpers=np.array(
                [largest_remainder(round(sum(mine) * rate / THOUSANDTHS), mine) for rate in rates],
                dtype=np.int64,
            ),
        )
    return found


def _helpers(kind: str, lever: str, number: Callable[[str], float]) -> float:
    """Helpers of a kind for a thousand families [person]."""
    return number(f"services.helpers.{kind}") if lever in (kind, "both") else 0.0


def _workers(asked: int | None, weights: list[int], households_per_worker: float) -> list[int]:
    """Workers of each county's provider."""
    if asked is not None:
        return largest_remainder(asked, weights)
    return [-int(-weight // households_per_worker) for weight in weights]


def _begins(
    scenario: Scenario, towns: pd.DataFrame, families: Whole, law: Law, priority_share: float
) -> Whole:
    """Month of the plan from which each township has services."""
    policy, first_year = scenario.policy, scenario.run.first_year
    if policy.services_dates:
        first, wide = (_month_of(day, first_year) for day in policy.services_dates)
    else:
        pilot, wide_day = (law.dated(key).entries[-1].value for key in _PILOT)
        first = 0
        wide = (wide_day.year - pilot.year) * MONTHS_PER_YEAR + wide_day.month - pilot.month
    codes = towns["area_code"].astype(str).tolist()
    named = set(policy.services_townships)
    unknown = sorted(named - set(codes))
    if unknown:
        raise ScenarioError(
            [
                Problem("services_no_township", column="policy.services_townships", values=_near(code, codes))
                for code in unknown
            ]
        )
    if not named:
        for _, rows in towns.reset_index(drop=True).groupby("county_code", sort=True):
            order = sorted(rows.index, key=lambda row: (-int(families[row]), codes[row]))
            named |= {codes[row] for row in order[: -int(-len(order) * priority_share // 1)]}
    return np.array([first if code in named else wide for code in codes], dtype=np.int64)


def _near(code: str, codes: list[str]) -> dict[str, str]:
    return {"found": code, "near": nearest(code, codes)}


def _month_of(day: date, first_year: int) -> int:
    """Month of the plan a day lies in; before the plan its first."""
    assert month_start(first_year, 0).year == first_year
    return max((day.year - first_year) * MONTHS_PER_YEAR + day.month - 1, 0)

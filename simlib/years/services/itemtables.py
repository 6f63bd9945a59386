"""The catalogue and the needs as flat tables of plain numbers: what the months of services count with.

Source: Shizuishan's pilot plan of 2024; minutes, prices and prevalence are assumptions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlib.chance import DRAW_ONE, QuantileTable, triangular_table
from simlib.dated import Range
from simlib.places.columns import PROGRAMMES
from simlib.policy.services.items import SIDES, URGENCIES, Item, Services
from simlib.policy.services.needs import GRADES, Needs, figures_by
from simlib.policy.statutes import Law
from simlib.scenario import Assumed, Scenario
from simlib.units import (
    FEN_PER_YUAN,
    MONTHS_PER_YEAR,
    TICKS_PER_MINUTE,
    share_parts,
)

Whole = NDArray[np.int64]

THOUSANDTHS = 1000
LICENSED = "services.licensed_skills"
_ROUNDS = (12, 6, 4, 3, 2, 1)
"""How often a year an item may be ordered: at equal intervals of whole months."""


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


def quantiles_of(value: int | float | Range, scale: int) -> QuantileTable:
    """Equally likely knots of a figure between its ends, times a scale."""
    sides = value if isinstance(value, Range) else Range(value, value, value)
    return triangular_table(sides.low * scale, sides.mode * scale, sides.high * scale, 1)


def _limit(share: Fraction) -> int:
    """A share as a limit of draws [2**-32]."""
    return round(share * DRAW_ONE)


def item_table(services: Services, assumed: Assumed, law: Law) -> ItemTable:
    """The items under a scenario's assumptions."""
    number, items = assumed.number, tuple(services.items.values())
    licensed = tuple(str(skill) for skill in law.dated(LICENSED).entries[-1].value)
    trip = share_parts(number("services.trip_share"))
    thousandths = [round(number(f"services.times_a_year.{item.id}") * THOUSANDTHS) for item in items]
    terms = [round(number(f"services.due_days.{name}")) for name in URGENCIES]
    minutes = [quantiles_of(assumed.value(f"services.minutes.{item.id}"), TICKS_PER_MINUTE) for item in items]

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


def need_table(services: Services, needs: Needs, law: Law, scenario: Scenario) -> NeedTable:
    """Who needs what, at the side of the ranges that a scenario names."""
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

"""What a bought post costs a year: wage floors by region, a draft's first-year price, the yearly step.

Itemised: the all-in wage with the provider's fee, tax, training and equipment; and what villages are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from simlib.dated import Which
from simlib.errors import LawError, Problem
from simlib.policy.statutes import Law
from simlib.units import FEN_PER_YUAN, fen_from_yuan

PRICED_PROVINCE = "广东省"
OPTIONS = ("low", "mid", "high")
"""Prices offered, as labelled assumptions, where no published price is known."""


PRICE_PARTS = ("wage", "training", "equipment", "fee", "tax")
"""Items of a post's price."""


class Paid(Protocol):
    """What a price depends on."""

    @property
    def province(self) -> str:
        """Its province."""

    @property
    def wage_region(self) -> str:
        """`prd` or `other`."""


def price_of_post(
    law: Law, place: Paid, *, on: date | None = None, choice: str | int | Decimal | None = None
) -> int | None:
    """All-in price of a bought clerk's post for its first year [fen], or None where none is known.

    Without a choice: Guangdong's published wage floor of the place's region, elsewhere None. choice:
    `floor`, `city_draft` (Guangdong city's draft of 2019), `low`, `mid`, `high` (assumptions), or an
    amount [yuan]. on: default the latest known. None too on a day before the first published price.
    Source: keys `prices.*` of simlib/law/prices/posts.yaml.
    Raises LawError for another choice.
    """
    if choice is None:
        if not place.province.startswith(PRICED_PROVINCE[:2]):
            return None
        choice = "floor"
    if not isinstance(choice, str):
        return fen_from_yuan(choice)
    keys = {
        "floor": f"prices.guangdong_{'prd' if place.wage_region == 'prd' else 'other'}_wage_floor",
        "city_draft": "prices.guangdong_city_draft_first_year_price",
        **{option: f"prices.assumed_{option}_price" for option in OPTIONS},
    }
    if choice not in keys:
        raise LawError(Problem("law_no_price_choice", values={"found": choice, "known": ", ".join(keys)}))
    dated = law.dated(keys[choice])
    if on is not None and on < dated.entries[0].start:
        return None
    return fen_from_yuan(dated.entries[-1].value if on is None else dated.on(on))


def yearly_price_fen(first_fen: int, step: str | float | Fraction, *, years: int) -> tuple[int, ...]:
    """Price of a post in each year of its contract, if every appraisal is passed [fen].

    step: rise a year (0.05 = 5 %), compounded on the exact amount; half a fen upwards.
    Source: a Guangdong city's draft of 2019, part 2 (7): `prices.guangdong_city_draft_yearly_rise_share`.

    >>> yearly_price_fen(5_000_000, "0.05", years=3)
    (5000000, 5250000, 5512500)
    """
    growth = 1 + Fraction(str(step))
    exact = [first_fen * growth**year for year in range(years)]
    return tuple(_whole(price) for price in exact)


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """The yearly price of one post by item [fen]; assumed: keys of the parts that are assumptions."""

    wage_fen: int
    training_fen: int
    equipment_fen: int
    fee_fen: int
    tax_fen: int
    assumed: tuple[str, ...]

    @property
    def total_fen(self) -> int:
        """What the office pays for the post a year [fen]."""
        return self.wage_fen + self.training_fen + self.equipment_fen + self.fee_fen + self.tax_fen


def itemised_price(
    law: Law,
    wage_fen: int,
    *,
    on: date | None = None,
    which: Which = "mode",
    own: Mapping[str, str | float | Fraction] | None = None,
) -> UnitPrice:
    """The yearly price of a post from its all-in wage (social insurance included), item by item [fen].

    Training and equipment come on top of the wage; the provider's fee is a share of the three, the tax a
    share of what stands before tax; half a fen upwards. on: default the latest known. which: side of each
    range. own: the planner's own parts, by name: `training` and `equipment` [yuan], `fee` and `tax` [share].
    Source: keys `prices.post_*` and `prices.provider_*`, all of them assumptions.
    Raises LawError for another part, one below zero, or a day outside the values' dates.
    """
    keys = {
        "training": "prices.post_training_yuan",
        "equipment": "prices.post_equipment_yuan",
        "fee": "prices.provider_fee_share",
        "tax": "prices.provider_tax_share",
    }
    given = own or {}
    day = on or max(law.dated(key).entries[-1].start for key in keys.values())
    problems = [
        Problem("law_no_price_choice", values={"found": part, "known": ", ".join(keys)})
        for part in given
        if part not in keys
    ]
    parts = {
        part: Fraction(str(given[part] if part in given else law.value(key, on=day, which=which)))
        for part, key in keys.items()
    }
    for part, found in {"wage": Fraction(wage_fen), **parts}.items():
        if found < 0:
            problems.append(Problem("price_bad_part", values={"part": part, "found": str(found)}))
    if problems:
        raise LawError(problems)
    training, equipment = (_whole(parts[part] * FEN_PER_YUAN) for part in ("training", "equipment"))
    fee = _whole((wage_fen + training + equipment) * parts["fee"])
    tax = _whole((wage_fen + training + equipment + fee) * parts["tax"])
    assumed = tuple(
        key
        for part, key in keys.items()
        if part not in given and law.dated(key).entry(day).status == "assumption"
    )
    return UnitPrice(wage_fen, training, equipment, fee, tax, assumed)


def village_money_fen(law: Law, dibao_persons: int, *, on: date, level: str = "village") -> int:
    """Work money that follows the task to a village or township a year [fen]: yuan for each dibao person.

    Source: `prices.village_work_person_yuan`, `prices.township_work_person_yuan` (费随事转).
    Raises LawError for another level or a day outside their dates.
    """
    return dibao_persons * fen_from_yuan(law.value(f"prices.{level}_work_person_yuan", on=on))


def _whole(exact: Fraction) -> int:
    """The nearest whole number, half upwards."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)

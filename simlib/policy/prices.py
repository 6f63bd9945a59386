"""What a bought post costs a year: wage floors by region, a draft's first-year price, the yearly step."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from simlib.errors import LawError, Problem
from simlib.policy.statutes import Law
from simlib.units import fen_from_yuan

PRICED_PROVINCE = "广东省"
OPTIONS = ("low", "mid", "high")
"""Prices offered, as labelled assumptions, where no published price is known."""


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
    return tuple((2 * price.numerator + price.denominator) // (2 * price.denominator) for price in exact)

"""How far the sliders reach: from figures of the law, and multiples of them that are data too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from simlib.dated import Range
from simlib.policy.statutes import Law
from simlib.view.names import YUAN_PER_WAN

PRICE_STEP, CAP_STEP_WAN = 1_000, 10
"""Stops of the price slider [yuan] and of the money slider [10,000 yuan]."""
_YEARLY = "yuan/person-year"


def span(law: Law, key: str, day: date) -> tuple[float, float, float]:
    """Low, likely and high of a dated value on a day; one that is no range reaches from 0 to twice itself."""
    value = law.dated(key).entry(day).value
    if isinstance(value, Range):
        return float(value.low), float(value.mode), float(value.high)
    return 0.0, float(value), 2 * float(value)


def price_reach(law: Law, day: date) -> tuple[int, int, int]:
    """Least, first and greatest price of a post on the slider [yuan a year].

    From a multiple of the least price the law files know to a multiple of the greatest (`panel.price_room`);
    first stands the middle one of those offered where none is published.
    """
    known = [price for _, price in known_prices(law, day)]
    low, _, high = span(law, "panel.price_room", day)
    first = float(law.value("prices.assumed_mid_price", on=day))
    ends = (low * min(known), first, high * max(known))
    least, usual, most = (round(end / PRICE_STEP) * PRICE_STEP for end in ends)
    return least, usual, most


def known_prices(law: Law, day: date) -> list[tuple[str, float]]:
    """Key and yearly price of a post, of every price the law files know on a day [yuan a year]."""
    return [
        (key, float(dated.entry(day).value))
        for key, dated in law.values.items()
        if key.startswith("prices.") and dated.unit == _YEARLY
    ]


def cap_reach(law: Law, day: date, *, posts: float, price_yuan: int) -> tuple[int, int]:
    """First and greatest amount a year on the money slider [10,000 yuan].

    posts: all that are required or existing, whichever are more; the first amount pays as many, the greatest
    a multiple of it (`panel.cap_room`).
    """
    _, usual, most = span(law, "panel.cap_room", day)
    whole = max(posts, 1.0) * price_yuan / YUAN_PER_WAN
    first, last = (max(round(whole * room / CAP_STEP_WAN), 1) * CAP_STEP_WAN for room in (usual, most))
    return first, last


def rise_reach(law: Law, day: date) -> float:
    """The greatest yearly rise on its slider [share]: a multiple of the one a draft names."""
    named = float(law.value("prices.guangdong_city_draft_yearly_rise_share", on=day))
    return round(named * span(law, "panel.rise_room", day)[2], 4)


def longest_term(law: Law, day: date) -> int:
    """The longest term of a contract any price file names [year]."""
    terms: Iterable[int] = (
        int(dated.entry(day).value) for key, dated in law.values.items() if key.endswith("_term_years")
    )
    return max(terms)

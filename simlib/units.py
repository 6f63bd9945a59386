"""Units: ticks of time, fen of money, shares. Whole numbers wherever a sum must be exact.

A tick is 2**-16 minute (int64); a fen is a hundredth of a yuan.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

TICKS_PER_MINUTE = 1 << 16
MINUTES_PER_HOUR = 60
FEN_PER_YUAN = 100
MONTHS_PER_YEAR = 12
DAYS_PER_YEAR = 365.25
SHARE_ONE = 1 << 16
"""One, as a whole number of 2**-16 parts: the scale of integer shares and speeds."""


def ticks_from_minutes(minutes: float) -> int:
    """Ticks nearest to a number of minutes [tick].

    >>> ticks_from_minutes(1.5)
    98304
    """
    return round(minutes * TICKS_PER_MINUTE)


def fen_from_yuan(yuan: float | int | str | Decimal) -> int:
    """Fen in an amount of yuan, half a fen upwards [fen].

    >>> fen_from_yuan("0.125")
    13
    """
    exact = yuan if isinstance(yuan, Decimal) else Decimal(str(yuan))
    return int((exact * FEN_PER_YUAN).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def share_parts(share: float) -> int:
    """A share 0..1 as a whole number of 2**-16 parts.

    >>> share_parts(0.5)
    32768
    """
    return round(share * SHARE_ONE)


def largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """`total` split over `weights` in whole numbers that add up to it exactly.

    Each gets the whole part of its quota; what is left goes one by one to the largest remainders,
    ties to the earlier place. With all weights zero nobody gets any.
    Source: Hamilton's method; Balinski & Young, Fair Representation, 1982, p. 17.

    >>> largest_remainder(5, [1, 1, 2])
    [1, 1, 3]
    """
    whole = sum(weights)
    if total < 0 or any(weight < 0 for weight in weights):
        raise ValueError("a total and its weights are never negative")
    if whole == 0:
        return [0] * len(weights)
    shares = [total * weight // whole for weight in weights]
    left = total - sum(shares)
    order = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in order[:left]:
        shares[i] += 1
    return shares

"""Who responds to a purchase, at what price, and who wins: price and quality in one score.

Every number is drawn by county, lot, purchase, round and provider, so the same providers make the same
offers however they are scored. Shares are whole numbers of 2**-16 parts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlib.chance import Luck, Purpose, QuantileTable
from simlib.units import SHARE_ONE

Whole = NDArray[np.int64]

_ROUND_BITS = 12
_LOT_BITS = 16


@dataclass(frozen=True, slots=True)
class Market:
    """The providers that could deliver in a county and how they offer.

    providers: how many; quality: 0 worst, one best; bidders: how many respond; price: part of the budget that
    is asked; price_of_quality: by how much the best asks more than the worst [part of the budget];
    judging_error: judged less true quality. All shares in 2**-16 parts.
    """

    providers: int
    bidders: QuantileTable
    quality: QuantileTable
    price: QuantileTable
    price_of_quality: int
    judging_error: QuantileTable

    def qualities(self, luck: Luck, area: int) -> Whole:
        """Quality of each provider of a county [2**-16]."""
        draws = luck.draws(Purpose.PROVIDER, area=area, subject=np.arange(self.providers))
        return np.clip(self.quality.at(draws)[:, 0], 0, SHARE_ONE)


@dataclass(frozen=True, slots=True)
class Bid:
    """An offer: the provider, its price for a year [fen] and its quality as judged [2**-16]."""

    provider: int
    price_fen: int
    judged: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered for. lot, sequence, round: its address; budget_fen: for a year [fen]."""

    area: int
    lot: int
    sequence: int
    round: int
    budget_fen: int

    @property
    def subject(self) -> int:
        """Lot and purchase in one number of an address."""
        return self.lot << _LOT_BITS | self.sequence


def bids_for(
    offer: Offer,
    *,
    luck: Luck,
    market: Market,
    qualities: Whole,
    count: int,
    barred: Collection[int],
    known: Mapping[int, int],
    incumbent: int | None = None,
) -> tuple[Bid, ...]:
    """The offers made, by provider; those barred make none and the incumbent is always among them.

    count: how many respond. known: marks of the last evaluation, which stand for the judges' own view of a
    provider [2**-16].
    """
    everyone = np.arange(market.providers)
    matter = offer.round << _ROUND_BITS | everyone
    draws = luck.draws(Purpose.BID, area=offer.area, subject=offer.subject, matter=matter, lanes=3)
    wish = np.where(everyone == incumbent, -1, draws[:, 0].astype(np.int64))
    order = [int(one) for one in np.argsort(wish, kind="stable") if int(one) not in barred]
    asked = market.price.at(draws[:, 1])
    asked += market.price_of_quality * (2 * qualities - SHARE_ONE) // (2 * SHARE_ONE)
    prices = offer.budget_fen * np.clip(asked, 1, SHARE_ONE) // SHARE_ONE
    judged = np.clip(qualities + market.judging_error.at(draws[:, 2]), 0, SHARE_ONE)
    return tuple(
        Bid(one, max(int(prices[one]), 1), known.get(one, int(judged[one]))) for one in sorted(order[:count])
    )


def scores(bids: Collection[Bid], *, price_weight: int) -> dict[int, int]:
    """Score of each offer [2**-16]: weight × lowest price ÷ price, and the rest × quality as judged.

    >>> one, other = Bid(0, 50, 65536), Bid(1, 40, 0)
    >>> scores([one, other], price_weight=65536)
    {0: 52428, 1: 65536}
    """
    lowest = min((bid.price_fen for bid in bids), default=1)
    return {
        bid.provider: (
            price_weight * (lowest * SHARE_ONE // bid.price_fen) + (SHARE_ONE - price_weight) * bid.judged
        )
        // SHARE_ONE
        for bid in bids
    }


def winner(bids: Collection[Bid], *, price_weight: int) -> Bid:
    """The offer with the best score; a tie goes to the lower price, then to the lower number.

    Raises ValueError where there is no offer.
    """
    score = scores(bids, price_weight=price_weight)
    return min(bids, key=lambda bid: (-score[bid.provider], bid.price_fen, bid.provider))

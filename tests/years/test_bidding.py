"""Offers and scores: who bids at what price, and who wins under which weight."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simlib.chance import Luck
from simlib.units import SHARE_ONE
from simlib.years.contracts.bidding import Bid, Offer, bids_for, scores, winner
from tests.years.contracts import AREA, rules

LUCK = Luck(7, 0)
MARKET = rules().market
QUALITY = MARKET.qualities(LUCK, AREA)
OFFER = Offer(AREA, 0, 1, 0, 50_000_000)
BIDS = st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, SHARE_ONE)), min_size=1, max_size=8).map(
    lambda pairs: tuple(Bid(n, price, judged) for n, (price, judged) in enumerate(pairs))
)


def bids(
    offer: Offer = OFFER, count: int = 4, barred: frozenset[int] = frozenset(), **more: int
) -> tuple[Bid, ...]:
    return bids_for(
        offer, luck=LUCK, market=MARKET, qualities=QUALITY, count=count, barred=barred, known={}, **more
    )


@given(offers=BIDS)
def test_the_lowest_price_alone_picks_the_cheapest(offers: tuple[Bid, ...]) -> None:
    """Weight one: nothing but the price counts. (Prices so close that the score ties go to the lower.)"""
    assert winner(offers, price_weight=SHARE_ONE).price_fen == min(bid.price_fen for bid in offers)


@given(offers=BIDS)
def test_quality_alone_picks_the_best_judged(offers: tuple[Bid, ...]) -> None:
    """Weight zero: the price decides only between equals."""
    assert winner(offers, price_weight=0).judged == max(bid.judged for bid in offers)


@given(offers=BIDS, weight=st.integers(0, SHARE_ONE), place=st.integers(0, 7))
def test_a_cheaper_offer_never_scores_less(offers: tuple[Bid, ...], weight: int, place: int) -> None:
    """Otherwise a provider would gain by asking more."""
    mine = offers[place % len(offers)]
    cheaper = Bid(mine.provider, max(mine.price_fen // 2, 1), mine.judged)
    others = tuple(cheaper if bid is mine else bid for bid in offers)

    before, after = (scores(given, price_weight=weight)[mine.provider] for given in (offers, others))
    assert after >= before


def test_offers_do_not_depend_on_how_they_are_scored_or_who_else_bids() -> None:
    """Addressed by provider: with more bidders the same offers are among them."""
    few, many = bids(count=3), bids(count=6)

    assert set(few) < set(many)
    assert bids(Offer(AREA, 1, 1, 0, 50_000_000)) != bids()


def test_those_out_make_no_offer_and_the_incumbent_always_does() -> None:
    """A bar is a bar; who holds the contract wants to keep it."""
    everyone = {bid.provider for bid in bids(count=99)}
    out = frozenset(sorted(everyone)[:3])

    assert len(everyone) == MARKET.providers
    assert not {bid.provider for bid in bids(count=99, barred=out)} & out
    assert all(any(bid.provider == one for bid in bids(count=1, incumbent=one)) for one in everyone)
    assert not bids(count=99, barred=frozenset(everyone))


def test_no_offer_is_above_the_budget() -> None:
    """An offer above the budget would be void (政府采购法 art. 36)."""
    assert all(
        1 <= bid.price_fen <= OFFER.budget_fen
        for n in range(50)
        for bid in bids(Offer(AREA, 0, n, 0, OFFER.budget_fen))
    )


def test_better_providers_ask_more() -> None:
    """The slope is the assumption price_of_quality: over many purchases the best asks that much more."""
    prices: dict[int, list[int]] = {}
    for n in range(400):
        for bid in bids(Offer(AREA, 0, n, 0, 10**8), count=99):
            prices.setdefault(bid.provider, []).append(bid.price_fen)
    mean = {provider: sum(paid) / len(paid) / 10**8 for provider, paid in prices.items()}
    best, worst = int(QUALITY.argmax()), int(QUALITY.argmin())
    gap = (int(QUALITY[best]) - int(QUALITY[worst])) / SHARE_ONE
    slope = MARKET.price_of_quality / SHARE_ONE

    assert abs(mean[best] - mean[worst] - slope * gap) < 0.01

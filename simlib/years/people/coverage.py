"""What contracts do to the posts of a county's offices: the bridge from procurement to the workforce."""

from __future__ import annotations

from collections.abc import Callable

from simlib.years.people.lots import LOTS
from simlib.years.people.workforce import Workforce


class Coverage:
    """The contract posts of a county's offices, as far as contracts cover them; see `contract.Effects`.

    price, promise, spend: told of what a contract costs, of what it binds of later years and of what buying
    costs; money is not this one's matter.
    """

    def __init__(
        self,
        workforce: Workforce,
        offices: slice,
        *,
        price: Callable[[int, int], None],
        promise: Callable[[int, int, int, int], None],
        spend: Callable[[int, str, int], None],
    ) -> None:
        self.workforce, self.offices = workforce, (offices.start, offices.stop)
        self.price, self.promise, self.spend = price, promise, spend
        self.missed = [0] * len(LOTS)

    def begin(self, lot: int, missed_share: int, provider: int, most: int) -> None:
        """From today a contract covers up to `most` posts of the lot."""
        self.missed[lot] = missed_share
        self.workforce.cover(*self.offices, lot, missed_share=missed_share, provider=provider, most=most)

    def renew(self, lot: int, most: int) -> None:
        """The same provider goes on with the same people, for up to `most` posts."""
        self.workforce.renew(*self.offices, lot, missed_share=self.missed[lot], most=most)

    def end(self, lot: int, keep_share: int, cause: int) -> None:
        """Nothing covers the lot from today."""
        self.workforce.uncover(*self.offices, lot, keep_share=keep_share, cause=cause)

    def take_over(self, lot: int, share: int) -> None:
        """This share of the posts is covered from today [2**-16]."""
        self.workforce.cover(*self.offices, lot, posts_share=share)

    def miss(self, lot: int, missed_share: int) -> None:
        """Another share of working days is left unmanned."""
        self.missed[lot] = missed_share
        self.workforce.renew(*self.offices, lot, missed_share=missed_share)

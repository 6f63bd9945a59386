"""How contracts reach the posts of a county: bought posts are held only while a contract covers them.

This is the seam between procurement and workforce. Of what a contract tells, it passes on whether it stands
and which part is taken over; the share of days a provider leaves unmanned, the workers a successor keeps and
the posts there were before the plan are for the workforce to take up.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from simlib.units import SHARE_ONE, largest_remainder
from simlib.years.contractlog import BOUGHT

Whole = NDArray[np.int64]


class Cover:
    """The bought posts of a county's offices, held while covered. hold: sets them from today on."""

    def __init__(self, offices: int, hold: Callable[[Whole], None]) -> None:
        self.hold = hold
        self.funded = np.zeros(offices, dtype=np.int64)
        self.share = 0

    def fund(self, posts: Whole) -> None:
        """Set how many posts are funded by office; they are held as far as they are covered."""
        self.funded = posts
        self._hold()

    def begin(self, lot: int, missed_share: int, provider: int) -> None:  # noqa: ARG002
        """From today a contract covers the lot."""
        self._cover(lot, SHARE_ONE)

    def renew(self, lot: int) -> None:
        """The same provider goes on: nothing changes for the posts."""

    def end(self, lot: int, keep_share: int) -> None:  # noqa: ARG002
        """Nothing covers the lot from today."""
        self._cover(lot, 0)

    def take_over(self, lot: int, share: int) -> None:
        """This share of the posts is covered from today [2**-16]."""
        self._cover(lot, share)

    def miss(self, lot: int, missed_share: int) -> None:
        """Another share of days is left unmanned: for the workforce to take up."""

    def _cover(self, lot: int, share: int) -> None:
        if lot == BOUGHT:
            self.share = share
            self._hold()

    def _hold(self) -> None:
        total = int(self.funded.sum()) * self.share // SHARE_ONE
        self.hold(np.array(largest_remainder(total, self.funded.tolist()), dtype=np.int64))

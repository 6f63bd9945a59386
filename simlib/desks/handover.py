"""Remote applications inside a county: which township handles the case of a family that lives elsewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlib.chance import Luck, Purpose

Whole = NDArray[np.int64]

_CODE = 0xFFFFFFFF


def registered_in(area: Whole, household: Whole, *, area_codes: Whole, bureau: Whole, luck: Luck) -> Whole:
    """The township in whose register each family stands: another one of the county where it lives [areas].

    area: where it lives. area_codes, bureau: of all townships, county by county in ascending order.
    Every other township draws for the family and the highest draw has it, so a new township takes some
    families over and moves none between the others. A county's only township has its own.
    """
    first = np.searchsorted(bureau, bureau[area], side="left")
    end = np.searchsorted(bureau, bureau[area], side="right")
    towns = first[:, None] + np.arange((end - first).max(initial=1))
    is_other = (towns < end[:, None]) & (towns != area[:, None])
    draw = luck.draws(
        Purpose.REGISTER,
        area=area_codes[np.minimum(towns, len(bureau) - 1)].ravel(),
        subject=np.repeat(household, towns.shape[1]),
        matter=np.repeat(area_codes[area] & _CODE, towns.shape[1]),
    )
    chosen: Whole = first + np.where(is_other, draw.reshape(towns.shape).astype(np.int64), -1).argmax(axis=1)
    return chosen

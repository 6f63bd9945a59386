"""What a proposal says of services for families: money paid for them, need it meets, families left out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simlib.policy.services.fund import GRANT, OUTSIDE
from simlib.view.names import Names, number, percent, wan
from simlib.view.serviceoptions import options_of

FUNDS = (GRANT, *OUTSIDE)
"""What pays for services."""


@dataclass(frozen=True, slots=True)
class Served:
    """Services of an option over the whole plan, means of the replications.

    is_lawful: its document allows so much money; met_share: of the most need any option finds; left_out:
    families in need at the end that never got any.
    """

    is_lawful: bool
    paid_yuan: float
    met_share: float
    left_out: float

    @property
    def told(self) -> dict[str, str]:
        """Money in ten thousand yuan, share of need, families."""
        return {
            "services": wan(self.paid_yuan),
            "met": percent(self.met_share),
            "left_out": number(self.left_out, digits=0),
        }


NOTHING = Served(True, 0.0, math.nan, math.nan)
"""Of an option that buys no services."""


def served(experiment: Any, names: Names) -> Mapping[str, Served]:
    """What services come to in each option that buys any, by its id; empty where none does."""
    if not any(cell.buys_services for cell in experiment.cells()):
        return {}
    return {
        option.id: Served(
            option.is_lawful,
            option.told("paid_yuan")[0],
            option.told("all_met_share")[0],
            option.told("households_left_out")[0],
        )
        for option in options_of(experiment, names, tuple(names.views))
    }

"""What money does for clerks and for services: options side by side, replication by replication.

Options of an experiment share their chance, so a difference is formed in each replication and then has an
interval of its own, much narrower than those of the two options.
"""

from __future__ import annotations

import pandas as pd

from simlib.results.measures import MEASURES, Frames, interval
from simlib.results.services import FACTS, ServiceFrames, service_facts

DESK = {
    "desk_on_time_share": "on_time_share",
    "excluded_late_months": "excluded_late_months",
    "posts_filled": "posts_filled",
    "clerks_yuan": "cost_yuan",
}
"""What clerks do, beside the facts of services: name here, and the measure it is."""
ALL = (*FACTS, *DESK, "together_yuan")
"""Every fact of an option; together_yuan: paid for services and earned by bought clerks."""
PER_YUAN = 10_000
"""Effects of money are told for so many yuan."""


def option_facts(frames: Frames, services: ServiceFrames) -> pd.DataFrame:
    """`ALL` over the whole plan, a row a replication: replication, a column a fact; see `service_facts`.

    Without services their facts are empty, and what was paid for them is 0.
    """
    desk = pd.DataFrame({name: MEASURES[measure](frames) for name, measure in DESK.items()})
    known = service_facts(services).set_index("replication").astype(float)
    found = desk.join(known, how="left")
    found["together_yuan"] = found["clerks_yuan"] + found["paid_yuan"].fillna(0.0)
    return found.reindex(columns=list(ALL)).rename_axis("replication").reset_index()


def told(facts: pd.DataFrame, fact: str) -> tuple[float, float, float, int]:
    """Mean of a fact with its 95 % interval, and of how many replications."""
    return interval(facts[fact].astype(float))


def difference(facts: pd.DataFrame, other: pd.DataFrame, fact: str) -> pd.Series:
    """What a fact is in one option less what it is in another, by replication they share."""
    one, less = (frame.set_index("replication")[fact].astype(float) for frame in (facts, other))
    return (one - less).dropna()


def moved(facts: pd.DataFrame, other: pd.DataFrame, fact: str) -> tuple[float, float, float, int]:
    """Mean paired difference of a fact with its 95 % interval, and of how many replications."""
    return interval(difference(facts, other, fact))


def for_yuan(
    facts: pd.DataFrame, other: pd.DataFrame, fact: str, yuan: float
) -> tuple[float, float, float, int]:
    """The paired difference of a fact for every `PER_YUAN` of the yuan that one option gives more.

    Raises ValueError where none is given.
    """
    if yuan <= 0:
        raise ValueError("no yuan more is given")
    return interval(difference(facts, other, fact) * PER_YUAN / yuan)


def is_apart(found: tuple[float, float, float, int]) -> bool:
    """Whether a difference is told from chance: two replications or more, and no 0 in its interval."""
    _, low, high, count = found
    return count > 1 and (low > 0 or high < 0)

"""What becomes of posts: from required to effective, every loss once; who came, who left, and why.

Sums of whole numbers, replication by replication; whoever shows them forms the mean.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

LOSSES = ("unmanned", "absent", "duty", "ramp")
"""What posts that are held lose, as the workforce table names it."""

LEVELS = ("required", "funded", "filled", "effective")
"""Where a count of posts stands; the steps between them add up exactly."""

STEPS = ("unfunded", "beyond", "vacant", "outside", *LOSSES)
"""What is added from one level to the next, with its sign: required + unfunded + beyond = funded; + vacant
= filled; + outside + unmanned + absent + duty + ramp = effective."""

REASONS = ("quit", "appraisal", "term_end", "contract_ended", "post_closed")

_MILLI = 1000


def post_steps(workforce: pd.DataFrame, existing: Mapping[str, int]) -> pd.DataFrame:
    """Posts and their losses: replication, year, months, `LEVELS`, `STEPS` [post-month/1000].

    workforce: the workforce table with a calendar `year`; existing: posts of each office today, by its code.
    Offices outside the formulas (verification centres) stay out. unfunded: what single offices lack of their
    required posts; beyond: what others have over them. outside: the part of a month before one came or after
    one left, measured against the month's end.
    """
    desks = workforce[~workforce["office"].str.endswith("V")]
    milli = [f"{name}_milli" for name in ("filled", *LOSSES, "effective")]
    keys = ["replication", "year", "month", "office"]
    posts = desks.groupby(keys)[["required", "funded", "filled", *milli]].sum()
    has = posts["funded"] + posts.index.get_level_values("office").map(lambda code: existing.get(code, 0))
    over = has - posts["required"]
    steps = {
        "required": posts["required"] * _MILLI,
        "unfunded": over.clip(upper=0) * _MILLI,
        "beyond": over.clip(lower=0) * _MILLI,
        "funded": has * _MILLI,
        "vacant": (posts["filled"] - has) * _MILLI,
        "filled": posts["filled"] * _MILLI,
        "outside": posts["filled_milli"] - posts["filled"] * _MILLI,
        **{name: -posts[f"{name}_milli"] for name in LOSSES},
        "effective": posts["effective_milli"],
    }
    whole = pd.DataFrame(steps).astype("int64").groupby(["replication", "year"]).sum()
    months = desks.groupby(["replication", "year"])["month"].nunique().rename("months")
    return whole.join(months).reset_index()


def staff_changes(workforce: pd.DataFrame) -> pd.DataFrame:
    """Who came and left: replication, year, kind, start, hired, left_…, end [person].

    start + hired − all who left = end, in every row; all offices.
    """
    left = [f"left_{reason}" for reason in REASONS]
    keys = ["replication", "year", "kind"]
    months = workforce.groupby(["replication", "year", "month", "kind"])[["filled", "hired", *left]].sum()
    moved = months.groupby(keys)[["hired", *left]].sum()
    held = months["filled"].groupby(keys)
    first, end = held.first(), held.last()
    opening = months.groupby(keys)[["hired", *left]].first()
    start = first - opening["hired"] + opening[left].sum(axis=1)
    return moved.assign(start=start, end=end)[["start", "hired", *left, "end"]].reset_index()

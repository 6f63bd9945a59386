"""Response surfaces: how breaches of every township fall with its own posts and its bureau's, by simulation.

Every scenario gives all townships one number of posts and all bureaus another; what a township then shows is
its answer to these two. That its neighbours have as many as itself is what a surface leaves out; a simulation
of the allocation itself brings it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from simlib.decide.allocation import Surface
from simlib.decide.simulated import Simulated
from simlib.places.place import Place
from simlib.results.measures import Frames
from simlib.scenario import NONE, Frozen, Scenario


def with_posts(base: Scenario, posts: Mapping[str, int], name: str = "posts") -> Scenario:
    """The scenario with these posts bought, all paid for, and no formula."""
    policy = replace(
        base.policy,
        formula=NONE,
        reading=Frozen(),
        money=NONE,
        cap_yuan=None,
        spend="gap",
        posts=Frozen(posts),
    )
    return replace(base, id=name, policy=policy)


def level_scenarios(base: Scenario, place: Place, most: int, bureau_most: int) -> dict[str, Scenario]:
    """A scenario for every pair of posts of each township, 0 … most, and each bureau, 0 … bureau_most."""
    towns, bureaus = place.townships["area_code"], place.counties["county_code"]
    found = {}
    for bureau in range(bureau_most + 1):
        for own in range(most + 1):
            posts = dict.fromkeys(map(str, bureaus), bureau) | dict.fromkeys(map(str, towns), own)
            found[level_name(own, bureau)] = with_posts(base, posts, level_name(own, bureau))
    return found


def level_name(own: int, bureau: int) -> str:
    """What the scenario of a pair of levels is called."""
    return f"posts-{own}-{bureau}"


def breaches_by_office(frames: Frames) -> pd.DataFrame:
    """Cases that fell due, and of them those not decided in time, by office: means of replications [case]."""
    sums = frames.desk.groupby("office")[["falling_due", "on_time"]].sum()
    count = frames.desk["replication"].nunique()
    due, in_time = sums["falling_due"] / count, sums["on_time"] / count
    return pd.DataFrame({"due": due, "breaches": due - in_time})


def breaches_by_replication(frames: Frames) -> pd.Series:
    """Cases of the whole place not decided in time, by replication [case]."""
    sums = frames.desk.groupby("replication")[["falling_due", "on_time"]].sum()
    return sums["falling_due"] - sums["on_time"]


def surfaces(
    bench: Simulated, place: Place, *, most: int, bureau_most: int, replications: int
) -> list[Surface]:
    """The surfaces of every county of the place; bench holds the scenarios of `level_scenarios`."""
    frames = bench.frames([*bench.scenarios], replications)
    seen = {name: breaches_by_office(each) for name, each in frames.items()}
    found = []
    for county, rows in place.townships.groupby("county_code", sort=False):
        towns = [str(code) for code in rows["area_code"]]
        parts = {
            column: np.array(
                [
                    [_column(seen[level_name(own, bureau)], towns, column) for own in range(most + 1)]
                    for bureau in range(bureau_most + 1)
                ]
            ).transpose(0, 2, 1)
            for column in ("breaches", "due")
        }
        found.append(Surface(str(county), tuple(towns), parts["breaches"], parts["due"]))
    return found


def _column(frame: pd.DataFrame, towns: Sequence[str], column: str) -> list[float]:
    found: list[float] = frame[column].reindex(list(towns), fill_value=0.0).tolist()
    return found

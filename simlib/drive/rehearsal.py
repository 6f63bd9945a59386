"""A small simulation for nobody: it compiles the loops around the desks; no first click waits for them then.

`python -m simlib.drive.rehearsal`, when an environment is made. Its desks are the reference engine's; the
compiled engine is compiled by `python -m simlib.desks.kernel`, which can run at the same time.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from simlib.desks.engines import REFERENCE
from simlib.places.synthesis import build_place
from simlib.policy.statutes import load_law
from simlib.scenario import Frozen, Future, Policy, Run, Scenario
from simlib.years.county import Batch
from simlib.years.replication import open_batch, simulate_batch
from simlib.years.setting import prepare

PLACE = "shizuishan"
POLICY = Policy(
    formula="leshan-2020",
    price_yuan=60_000,
    purchase="by_law",
    services="shizuishan-3pct-cap",
    services_share=0.03,
    services_document="shizuishan-2024",
)
"""Whatever has loops of its own is in it: posts, purchases, services."""


def rehearse() -> None:
    """A year of the smallest county of a place, with posts bought and services for families."""
    with TemporaryDirectory() as folder:
        place = build_place(PLACE, Path(folder) / PLACE)
        run = Run(years=1, opening_months=1, replications=1)
        title = Frozen(zh="试运行", en="rehearsal")
        setting = prepare(
            Scenario("rehearsal", title, Path(folder) / PLACE, POLICY, Future(), run),
            law=load_law(),
            place=place,
        )
    least = min(setting.counties.values(), key=lambda county: county.households)
    batch = Batch(range(1), (least.code,))
    opening = open_batch(setting, batch, engine=REFERENCE)
    simulate_batch(setting, batch, opening, engine=REFERENCE)


if __name__ == "__main__":
    rehearse()

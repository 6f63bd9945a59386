"""A nation of townships under every formula."""

from __future__ import annotations

from collections.abc import Iterator

from simlib import words
from simlib.drive.bench import places
from simlib.drive.bench.meter import Meter
from simlib.drive.bench.rows import Row
from simlib.errors import LawError
from simlib.policy.staffing import required_posts
from simlib.policy.statutes import load_law

NAME = "law"
TOWNSHIPS = 38_000


def law_rows(*, townships: int = TOWNSHIPS) -> Iterator[Row]:
    """Seconds to count the posts of so many townships under every formula, place and law being loaded."""
    law, nation = load_law(), places.many(places.leshan(), townships)
    refused = []
    with Meter() as meter:
        for formula in law.formulas:
            try:
                required_posts(nation, formula, law=law)
            except LawError:  # the text says nothing about some of the figures
                refused.append(formula)
    setting = words.say(
        "bench.law",
        townships=townships,
        counties=len(nation.counties),
        formulas=len(law.formulas) - len(refused),
        refused=", ".join(refused) or "–",
    )
    yield Row(NAME, seconds=meter.seconds, peak_mb=meter.peak_mb, setting=setting)

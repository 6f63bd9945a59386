"""Counties side by side are what each is alone."""

from __future__ import annotations

import numpy as np
import pytest

from simlib.policy.procedure import MATTERS
from simlib.scenario import Policy
from simlib.years.cases.households import KINDS
from simlib.years.county import Batch, batches, side_by_side
from simlib.years.records import SCHEMAS, Tables, join
from simlib.years.replication import Snapshot, open_batch, simulate_batch
from tests.small import COUNTY, ENGINE, place, scenario, setting

OTHER, THIRD = "640221", "640202"
BOTH = (OTHER, COUNTY)
BOUGHT = Policy(formula="guangdong-2019", money="guangdong-3pct", price_yuan=60_000)


def _tables(codes: tuple[str, ...], replications: range = range(1), engine: str = ENGINE) -> Tables:
    ready, batch = setting(scenario(BOUGHT), place(BOTH)), Batch(replications, codes)
    opening = open_batch(ready, batch, engine=engine)
    return simulate_batch(ready, batch, Snapshot.of_arrays(opening.arrays()), engine=engine)


def test_a_batch_of_counties_gives_the_tables_of_each_alone() -> None:
    """How many counties run side by side is a matter of speed and memory, never of results."""
    together, first, second = _tables(BOTH), _tables(BOTH[:1]), _tables(BOTH[1:])

    assert all(together[name].equals(join(name, [first[name], second[name]])) for name in SCHEMAS)


def test_replications_side_by_side_are_those_of_each_alone() -> None:
    """A replication is part of every address; which others stand beside it is not."""
    together = _tables((COUNTY,), range(1, 4))
    alone = [_tables((COUNTY,), range(number, number + 1)) for number in (1, 2, 3)]

    assert all(together[name].equals(join(name, [part[name] for part in alone])) for name in SCHEMAS)


def test_the_order_of_counties_in_a_batch_does_not_matter() -> None:
    """Areas and offices are numbered through, but chance knows them by code."""
    one, other = _tables(BOTH), _tables(BOTH[::-1])

    assert all(one[name].equals(other[name]) for name in SCHEMAS)


def test_both_engines_run_counties_side_by_side() -> None:
    """The reference engine reads the same columns of several counties."""
    compiled, reference = _tables(BOTH), _tables(BOTH, engine="reference")

    assert all(compiled[name].equals(reference[name]) for name in SCHEMAS)


def test_offices_are_numbered_through() -> None:
    """Each township's bureau and verification centre are its own county's."""
    ready = setting(scenario(), place(BOTH))
    both = side_by_side([ready.counties[code] for code in BOTH], range(1))
    named = np.array(both.offices)
    codes = [county.code for county in both.members]
    county = [codes[at] for at in both.county_of_area]

    assert named[both.bureau_of_area].tolist() == county
    assert named[both.verification_of_area].tolist() == [f"{code}V" for code in county]
    assert [int(code) for code in named[both.area_office]] == both.area_codes.tolist()
    assert named[both.bureau].tolist() == [codes[at] for at in both.county_of_office]


@pytest.mark.parametrize(("most", "expected"), [(1, 6), (10**9, 1), (15_000, 3)])
def test_batches_hold_every_county_and_replication_once(most: int, expected: int) -> None:
    """Small places have replications side by side; a county larger than a batch stands alone in one."""
    ready = setting(scenario(), place(BOTH))
    found = batches(list(ready.counties.values()), range(3), most)
    pairs = [(number, code) for batch in found for number in batch.replications for code in batch.counties]

    assert len(found) == expected
    assert sorted(pairs) == [(number, code) for number in range(3) for code in ready.counties]
    assert len({batch.name for batch in found}) == len(found)


@pytest.mark.parametrize(
    ("count", "expected"), [(20, [10, 10]), (10, [5, 5]), (4, [4]), (25, [8, 8, 9]), (1, [1])]
)
def test_batches_share_replications_evenly(count: int, expected: list[int]) -> None:
    """Ten fit into a batch; two processes shall have the same to do as soon as half a batch is full."""
    ready = setting(scenario(), place(BOTH))
    members = list(ready.counties.values())
    most = 10 * sum(county.households for county in members)

    assert [len(batch.replications) for batch in batches(members, range(count), most)] == expected


def test_kinds_of_matters_are_those_of_the_routes() -> None:
    """The law says which matters there are; the model gives each a number that never changes."""
    assert sorted(KINDS) == sorted(MATTERS)
    assert KINDS[:6] == ("application", "review", "request", "care_visit", "alert", "change")

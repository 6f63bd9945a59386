"""Addressed chance: the generator, its tables, and what an address is worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simlib import chance
from simlib.chance import (
    EXPONENTIAL_ONE,
    Luck,
    Purpose,
    happens,
    in_replication,
    philox,
    triangular_table,
    unit_exponential,
)

_ONES = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((_ONES,) * 4, (_ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_its_authors_answers(
    counter: tuple[int, ...], key: tuple[int, ...], words: tuple[int, ...]
) -> None:
    """Known answers of Random123 for philox4x32-10."""
    assert tuple(int(word) for word in philox(counter, key)) == words


@pytest.mark.parametrize("lanes", [1, 2, 3, 4, 5, 9])
def test_compiled_and_plain_chance_are_the_same(lanes: int) -> None:
    """A machine without numba must simulate the same city."""
    rows = 500
    area, subject = np.arange(rows) + 511_102_000, np.arange(rows) * 7919
    fast = Luck(2027, 3).draws(Purpose.LIFE, area=area, subject=subject, matter=5, lanes=lanes)
    address = np.array([area, subject, np.full(rows, 5), np.full(rows, 3)], dtype=np.uint32)
    plain = np.empty(rows * lanes, dtype=np.uint32)
    chance._fill(plain, np.arange(rows + 1) * lanes, address, int(Purpose.LIFE) << 16, 2027)

    assert np.array_equal(fast, plain.reshape(rows, lanes))


def test_addresses_may_draw_as_many_numbers_as_each_needs() -> None:
    """A short route pays for few draws, and none of its numbers depends on what others need."""
    rows = 300
    lanes = np.arange(rows) % 11
    ends = np.concatenate([[0], np.cumsum(lanes)]).astype(np.int64)
    address: dict[str, Any] = {"area": 511_102_000, "subject": np.arange(rows), "matter": 3}
    wide = Luck(9, 1).draws(Purpose.MINUTES, **address, lanes=11)
    ragged = Luck(9, 1).rows_of_draws(Purpose.MINUTES, ends, **address)
    plain = np.empty_like(ragged)
    columns = [np.broadcast_to(part, rows) for part in (*address.values(), 1)]
    chance._fill(plain, ends, np.stack(columns).astype(np.uint32), int(Purpose.MINUTES) << 16, 9)

    assert np.array_equal(ragged, np.concatenate([wide[i, : lanes[i]] for i in range(rows)]))
    assert np.array_equal(ragged, plain)


def test_every_part_of_an_address_matters() -> None:
    """Two addresses that differ anywhere give other numbers."""
    base = {"area": 511_102_004, "subject": 17, "matter": 3}
    first = Luck(1, 0).draws(Purpose.LIFE, **base, lanes=4)
    others = [
        Luck(2, 0).draws(Purpose.LIFE, **base, lanes=4),
        Luck(1, 1).draws(Purpose.LIFE, **base, lanes=4),
        Luck(1, 0).draws(Purpose.MINUTES, **base, lanes=4),
        *(
            Luck(1, 0).draws(Purpose.LIFE, **{**base, name: value + 1}, lanes=4)
            for name, value in base.items()
        ),
    ]

    assert all(not np.array_equal(first, other) for other in others)


def test_replications_side_by_side_draw_as_each_would_alone() -> None:
    """Areas of several replications in one call: each its own luck, whichever the call began from."""
    subject = np.arange(200)
    area = 511_102_004 + subject % 7
    numbers = subject % 5
    mixed = Luck(11, 0).draws(
        Purpose.LIFE, area=in_replication(area, numbers), subject=subject, matter=2, lanes=5
    )
    later = Luck(11, 2).draws(Purpose.LIFE, area=in_replication(area, 3), subject=subject, matter=2, lanes=5)
    alone = [Luck(11, r).draws(Purpose.LIFE, area=area, subject=subject, matter=2, lanes=5) for r in range(6)]

    assert len({each.tobytes() for each in alone}) == 6
    assert all(np.array_equal(mixed[numbers == r], alone[r][numbers == r]) for r in range(5))
    assert np.array_equal(later, alone[5])


def test_a_household_keeps_its_numbers_whoever_else_is_drawn() -> None:
    """Addressed numbers do not depend on what is drawn before or beside them."""
    many = Luck(1, 0).draws(Purpose.LIFE, area=5, subject=np.arange(1000), lanes=3)
    one = Luck(1, 0).draws(Purpose.LIFE, area=5, subject=np.array([700]), lanes=3)

    assert np.array_equal(many[700], one[0])


def _uniform(count: int) -> np.ndarray:
    return Luck(7, 0).draws(Purpose.MINUTES, area=1, subject=np.arange(count))[:, 0]


def test_exponential_numbers_have_mean_and_variance_one() -> None:
    """Within four standard errors; the tail beyond 8 as well, since thresholds live there."""
    count = 1_000_000
    values = unit_exponential(_uniform(count)) / EXPONENTIAL_ONE

    assert abs(values.mean() - 1) < 4 / count**0.5
    assert abs(values.var() - 1) < 4 * (8 / count) ** 0.5
    tail = np.exp(-8)
    assert abs((values > 8).mean() - tail) < 4 * (tail / count) ** 0.5


@pytest.mark.parametrize("ends", [(10, 20, 60), (5, 5, 9), (0, 3, 3), (4, 4, 4)])
def test_a_triangular_table_has_the_mean_of_its_distribution(ends: tuple[float, float, float]) -> None:
    """Mean of the triangular distribution: (low + mode + high) ÷ 3."""
    table = triangular_table(*ends, 65536)

    assert table.mean / 65536 == pytest.approx(sum(ends) / 3, rel=1e-4)


def test_quantiles_of_a_table_are_reached_as_often_as_they_should() -> None:
    """The share below the mode of a triangular distribution is (mode − low) ÷ (high − low)."""
    count = 200_000
    values = triangular_table(10, 20, 60, 65536).at(_uniform(count))
    share = 10 / 50

    assert abs((values < 20 * 65536).mean() - share) < 4 * (share * (1 - share) / count) ** 0.5


def test_events_happen_as_often_as_their_share() -> None:
    """Shares of 0 and 1 are certain; others within four standard errors."""
    draw = _uniform(100_000)

    assert not happens(draw, 0.0).any()
    assert happens(draw, 1.0).all()
    assert abs(happens(draw, 0.3).mean() - 0.3) < 4 * (0.21 / 100_000) ** 0.5


def test_a_triangular_table_refuses_ends_out_of_order() -> None:
    """A mode outside its range is a slip in a file of assumptions."""
    with pytest.raises(ValueError, match="low <= mode <= high"):
        triangular_table(10, 5, 20, 1)

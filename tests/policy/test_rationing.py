"""Who is served when money binds: strict order, whole orders, nothing lost; contracts by unit or block."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlib.errors import LawError
from simlib.policy.services.fund import Block, UnitPrice, block_of, fund_order, paid_in_order
from simlib.policy.services.rationing import RULES, Orders, evenly_mixed, rationed
from simlib.policy.statutes import load_law

ONE = st.tuples(st.integers(0, 6), st.integers(0, 2), st.integers(0, 500))
BATCH = st.lists(ONE, max_size=25)
RULE = st.sampled_from(sorted(RULES))
LAW = load_law()


def orders(rows: list[tuple[int, int, int]]) -> Orders:
    """Orders of (household, grade, cost), as they came."""
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return Orders(columns[0], columns[1], np.arange(len(rows), dtype=np.int64), columns[2])


@given(BATCH, RULE, st.integers(0, 5000), st.integers(0, 500))
def test_more_money_never_lowers_need_met(
    rows: list[tuple[int, int, int]], rule: str, money: int, more: int
) -> None:
    """Strict order that stops at the first unaffordable order: whoever was served stays served."""
    batch = orders(rows)
    few, many = rationed(batch, money, rule), rationed(batch, money + more, rule)

    assert bool(np.all(many.met[few.met]))


@given(BATCH, RULE)
def test_enough_money_meets_all_and_none_meets_only_what_is_free(
    rows: list[tuple[int, int, int]], rule: str
) -> None:
    """The two ends of every rule."""
    batch = orders(rows)

    assert rationed(batch, int(batch.cost_fen.sum()), rule).met.all()
    assert not batch.cost_fen[rationed(batch, 0, rule).met].any()


@given(BATCH, RULE, st.integers(0, 5000))
def test_no_fen_is_lost_and_none_is_overspent(
    rows: list[tuple[int, int, int]], rule: str, money: int
) -> None:
    """Spent is what the met orders cost; spent and left are the money."""
    batch = orders(rows)
    found = rationed(batch, money, rule)

    assert found.spent_fen == batch.cost_fen[found.met].sum()
    assert found.spent_fen + found.left_fen == money
    assert found.left_fen >= 0


@given(BATCH, st.integers(0, 5000))
def test_by_grade_nobody_waits_for_a_lesser_hardship(rows: list[tuple[int, int, int]], money: int) -> None:
    """An unmet order of a harder grade, and one of a lesser grade met, never stand together."""
    batch = orders(rows)
    met = rationed(batch, money, "grade").met

    assert not met.any() or met.all() or batch.grade[met].max() <= batch.grade[~met].min()


@given(BATCH, st.integers(0, 5000))
def test_first_come_serves_a_beginning_of_the_queue(rows: list[tuple[int, int, int]], money: int) -> None:
    """Nobody overtakes, not even with a smaller order."""
    met = rationed(orders(rows), money, "first_come").met

    assert not np.any(np.diff(met.astype(int)) > 0)


@given(BATCH, st.integers(0, 5000))
def test_under_equal_share_households_differ_by_one_order_at_most(
    rows: list[tuple[int, int, int]], money: int
) -> None:
    """Whoever still waits has had no less than any other had before its last order."""
    batch = orders(rows)
    met = rationed(batch, money, "equal_share").met
    got = {int(name): int(batch.cost_fen[met & (batch.household == name)].sum()) for name in batch.household}
    waiting = [got[int(name)] for name in batch.household[~met]]

    for name, sum_fen in got.items():
        mine = batch.cost_fen[met & (batch.household == name)]
        if waiting and len(mine):
            assert sum_fen - int(mine.max()) <= min(waiting)


def test_equal_share_follows_who_has_had_least() -> None:
    """A household's second order waits until the others have had their first; the rules differ."""
    batch = orders([(0, 0, 50), (0, 0, 50), (1, 2, 30), (2, 1, 40)])

    assert rationed(batch, 100, "first_come").met.tolist() == [True, True, False, False]
    assert rationed(batch, 100, "grade").met.tolist() == [True, True, False, False]
    assert rationed(batch, 90, "equal_share").met.tolist() == [True, False, False, True]
    assert rationed(batch, 120, "equal_share").met.tolist() == [True, False, True, True]


def test_it_stops_at_the_first_order_it_cannot_pay() -> None:
    """A smaller order further down would be affordable and is not taken: else more money could meet fewer."""
    assert rationed(orders([(0, 0, 30), (1, 1, 80), (2, 2, 10)]), 50, "grade").met.tolist() == [
        True, False, False,
    ]  # fmt: skip


def test_an_unknown_rule_is_refused() -> None:
    """Nothing is guessed; the rules are named."""
    with pytest.raises(LawError, match="first_come"):
        rationed(orders([]), 0, "lottery")


@given(st.integers(1, 10**6), st.integers(0, 10**9))
def test_doubling_the_unit_cost_halves_the_volume(price_fen: int, money_fen: int) -> None:
    """One item and money alone binding: the volume halves, to rounding."""
    volume = UnitPrice(price_fen).units_for(money_fen)

    assert UnitPrice(2 * price_fen).units_for(money_fen) == volume // 2


@given(st.integers(1, 400), st.integers(1, 300), st.integers(0, 60_000), RULE)
def test_doubling_the_cost_of_one_item_halves_its_orders(
    cost: int, count: int, money: int, rule: str
) -> None:
    """The same through rationing, as long as money and not need is the limit."""
    rows = [(n, n % 3, cost) for n in range(count)]
    once, twice = (
        int(rationed(orders([(h, g, c * k) for h, g, c in rows]), money, rule).met.sum()) for k in (1, 2)
    )

    assert once == min(count, money // cost)
    assert twice == once // 2 or once == count


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6))
def test_an_even_mixture_holds_every_kind_in_proportion(counts: list[int]) -> None:
    """In any beginning of it each kind is within one of its proportion."""
    mixed = evenly_mixed(np.array(counts, dtype=np.int64))
    total = sum(counts)

    assert np.bincount(mixed, minlength=len(counts)).tolist() == counts
    for kind, count in enumerate(counts):
        so_far = np.cumsum(mixed == kind)
        meant = np.arange(1, total + 1) * count / max(1, total)
        assert np.all(np.abs(so_far - meant) <= len(counts))


# --- money ------------------------------------------------------------------------------------------------


@given(st.integers(1, 10**5), st.integers(0, 10**4), st.fractions(0, 1))
def test_a_block_is_paid_whole_and_pays_from_its_break_even(price: int, units: int, off: Fraction) -> None:
    """Below the break-even the unit price is cheaper, from it on the block; a discount never costs more."""
    unit = UnitPrice(price)
    block = block_of(unit, units, off)
    even = block.cheaper_from(unit)

    assert even <= units
    assert block.cost_fen(0) == block.cost_fen(units) <= unit.cost_fen(units)
    assert unit.cost_fen(even) >= block.sum_fen > unit.cost_fen(even - 1)
    assert block.units_for(block.sum_fen) == units
    assert block.units_for(block.sum_fen - 1) == 0


def test_a_contract_refuses_what_it_cannot_be() -> None:
    """A price of nothing buys without end; a block holds no more than its volume."""
    with pytest.raises(LawError, match=r"0"):
        UnitPrice(0)
    with pytest.raises(LawError, match="50"):
        Block(1000, 50).cost_fen(51)


AMOUNTS = st.dictionaries(
    st.sampled_from(["grant", "special", "lottery", "donations"]), st.integers(0, 1000), min_size=1
)


@given(AMOUNTS, st.integers(0, 3000))
def test_a_fund_is_touched_only_when_those_before_it_are_used_up(funds: dict[str, int], spent: int) -> None:
    """The order of use is explicit, and every fund balances to the fen."""
    order = fund_order(LAW)
    year = paid_in_order(spent, funds, order)
    paid = year.paid["services"]

    assert sum(paid.values()) + year.unmet["services"] == spent
    names = [name for name in order if name in funds]
    for earlier, later in pairwise(names):
        assert not paid.get(later, 0) or paid.get(earlier, 0) == funds[earlier]
    for fund in year.funds:
        assert fund.voted_fen == fund.spent_fen + fund.lapsed_fen

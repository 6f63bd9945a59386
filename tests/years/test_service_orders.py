"""Orders, needs and purses by themselves: the statements on rationing, what is drawn, what funds bear."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from simlib.chance import Luck
from simlib.errors import LawError, ScenarioError
from simlib.places.columns import PROGRAMMES
from simlib.policy.services.fund import UnitPrice, block_of, paid_in_order
from simlib.policy.services.items import URGENCIES, load_services
from simlib.policy.services.needs import load_needs, profile
from simlib.policy.services.rationing import RULES, Orders, rationed
from simlib.scenario import Policy, load_scenario, retold, told
from simlib.units import SHARE_ONE
from simlib.years.cases.households import ON_BOOKS, Households, household_number, in_order
from simlib.years.services.families import FIRST, Families, Family
from simlib.years.services.familyloops import NO_NEED
from simlib.years.services.giving import give
from simlib.years.services.orders import (
    COUNTED,
    UNMET,
    New,
    OrderMonth,
    hold,
    in_reach,
    orders_due,
    precedence,
)
from simlib.years.services.purse import Purses
from simlib.years.services.purse import in_order as from_funds
from simlib.years.services.renewal import YearTold, evaluated, marks
from simlib.years.services.servicerules import ServiceRules
from tests.small import HOME, law, scenario, setting

SERVICES = Policy(services="shizuishan-3pct-cap", services_share=0.03)
DAYS, FAMILIES = 31, 6
FOR_ALL = 10**12
Whole = NDArray[np.int64]


@cache
def rules() -> ServiceRules:
    """The rules of the small place."""
    found = setting(scenario(SERVICES)).services
    assert found is not None
    return found


def whole(*numbers: int) -> Whole:
    """An array of whole numbers."""
    return np.array(numbers, dtype=np.int64)


def families(count: int, **columns: Whole) -> Family:
    """Families of one township that have been assessed and need nothing, but for some columns."""
    none = np.zeros(count, dtype=np.int64)
    return replace(Family(*(none.copy() for _ in Family.names())), **columns)


batches = st.lists(
    st.tuples(
        st.integers(0, FAMILIES - 1), st.integers(0, 31), st.integers(1, 5_000), st.integers(0, 65_535)
    ),
    max_size=40,
)


def batch(drawn: list[tuple[int, int, int, int]]) -> tuple[New, Family]:
    """Orders of one county and month, and its families with grades 0, 1, 2, 0, …"""
    columns = np.array(drawn, dtype=np.int64).reshape(-1, 4).T
    none = np.zeros(len(drawn), dtype=np.int64)
    new = New(columns[0], none, columns[1], none + 1, columns[2], columns[3])
    return new.pick(np.argsort(new.family, kind="stable")), families(
        FAMILIES, grade=np.arange(FAMILIES) % 3, unmet=np.full(FAMILIES, 100, dtype=np.int64)
    )


def held(new: New, own: Family, rule: str, money: int) -> NDArray[np.bool_]:
    """Which orders a month's money places."""
    turn = precedence(new, own, OrderMonth(0, DAYS, rule), counties=1)
    counts = np.zeros((len(COUNTED), 1, 32), dtype=np.int64)
    met = np.zeros(len(new), dtype=np.bool_)
    met[hold(new, turn, own, whole(money), counts)] = True
    assert counts[UNMET].sum() == -met.sum()
    return met


@settings(max_examples=60, deadline=None)
@given(drawn=batches, money=st.integers(0, 60_000), rule=st.sampled_from(sorted(RULES)))
def test_orders_of_a_month_are_rationed_as_the_rules_say(
    drawn: list[tuple[int, int, int, int]], money: int, rule: str
) -> None:
    """The same orders under the pure rule: arrival by day, then by family as they stand."""
    new, own = batch(drawn)
    day = new.position * DAYS >> 16
    within = np.lexsort((np.arange(len(new)), new.position if rule == "equal_share" else day, new.family))
    place = np.empty(len(new), dtype=np.int64)
    place[within] = np.arange(len(new))
    arrived = day * 1000 + (0 if rule == "equal_share" else place)
    plain = Orders(new.family, own.grade[new.family], arrived, new.cost_fen)
    expected = rationed(plain, money, rule)
    met = held(new, own, rule, money)

    assert met.sum() == expected.met.sum() or rule == "equal_share"
    assert new.cost_fen[met].sum() <= money
    if rule != "equal_share":
        assert met.tolist() == expected.met.tolist()


@settings(max_examples=60, deadline=None)
@given(
    drawn=batches,
    money=st.integers(0, 60_000),
    more=st.integers(0, 60_000),
    rule=st.sampled_from(sorted(RULES)),
)
def test_more_money_never_lowers_need_met(
    drawn: list[tuple[int, int, int, int]], money: int, more: int, rule: str
) -> None:
    """One batch, strict order, stop at the first unaffordable: whoever was served still is."""
    few = held(*batch(drawn), rule, money)
    many = held(*batch(drawn), rule, money + more)

    assert (few <= many).all()


@pytest.mark.parametrize("money", [0, 999, 10_000, 77_777])
def test_doubling_the_price_halves_the_volume(money: int) -> None:
    """Money alone binding on one item of one price: half as many orders, to rounding."""
    price = 300
    one = [(n % FAMILIES, 0, price, n * 700 % 65_536) for n in range(400)]
    two = [(family, item, 2 * cost, position) for family, item, cost, position in one]
    volumes = [int(held(*batch(each), "grade", money).sum()) for each in (one, two)]

    assert volumes == [money // price, money // (2 * price)]


def test_each_item_comes_at_its_interval_and_adds_up_to_the_year() -> None:
    """A family gets in the twelve months after its assessment what the catalogue says, in whole units."""
    items = rules().items
    own = families(1, items=whole((1 << 32) - 1), grade=whole(0))
    units = np.zeros(32, dtype=np.int64)
    times = np.zeros(32, dtype=np.int64)
    for month in range(1, 13):
        counts = np.zeros((len(COUNTED), 1, 32), dtype=np.int64)
        when = OrderMonth(month, DAYS, "grade")
        by_turn = orders_due(own, items, whole(0), when, counts)
        new = in_reach(own, items, whole(0), when, by_turn=by_turn, free=whole(FOR_ALL))
        assert by_turn.sum(axis=(1, 2)).tolist() == [len(new), new.cost_fen.sum()]
        np.add.at(units, new.item, new.units)
        np.add.at(times, new.item, 1)
        assert (new.cost_fen == new.units * items.price_fen[new.item]).all()

    assert units.tolist() == (items.thousandths // 1000).tolist()
    assert (times == 12 // items.interval).all()
    assert own.ordered.tolist() == own.unmet.tolist() == [int(times.sum())]


@settings(max_examples=30, deadline=None)
@given(
    needed=st.lists(st.integers(0, (1 << 32) - 1), min_size=1, max_size=8),
    money=st.integers(0, 2_000_000),
    rule=st.sampled_from(sorted(RULES)),
)
def test_orders_out_of_reach_of_the_money_are_not_even_written(
    needed: list[int], money: int, rule: str
) -> None:
    """Looking only at those that may be paid places the same orders as looking at all."""
    count, items, when = len(needed), rules().items, OrderMonth(1, DAYS, rule)
    placed = []
    for reach in (money, FOR_ALL):
        own = families(
            count, items=whole(*needed), grade=np.arange(count) % 3, phase=np.arange(count) * 9_973 % 65_536
        )
        counts = np.zeros((len(COUNTED), 1, 32), dtype=np.int64)
        by_turn = orders_due(own, items, whole(0), when, counts)
        new = in_reach(own, items, whole(0), when, by_turn=by_turn, free=whole(reach))
        met = new.pick(hold(new, precedence(new, own, when, counties=1), own, whole(money), counts))
        placed.append([getattr(met, name).tolist() for name in New.names()] + [counts.tolist()])

    assert placed[0] == placed[1]


def in_need(programme: str) -> float:
    """Share of a programme's families that need at least one item, over all sets of indicators."""
    needs, place, one = rules().needs, PROGRAMMES.index(programme), 2.0**32
    kinds = np.diff(needs.kinds[place] / one, prepend=0.0)
    sets = np.arange(needs.items.shape[1])[:, None] >> np.arange(needs.indicators.shape[2]) & 1
    found = 1 - (1 - needs.items[place] / one).prod(axis=1)
    prevalence = needs.indicators[place][:, None] / one
    chance = np.where(sets == 1, prevalence, 1 - prevalence).prod(axis=2)
    return float(kinds @ (chance @ found))


@pytest.mark.parametrize("programme", ["dibao_rural", "tekun_dispersed", "marginal"])
def test_needs_are_drawn_as_common_as_the_profile_says(programme: str) -> None:
    """Shares of families with each indicator, item and grade, within four standard errors.

    Items that answer the same indicator come together here, so fewer families need anything than where items
    come independently, as the profile assumes for want of a joint survey.
    """
    services = load_services()
    needs = load_needs(services)
    known = profile(programme, services=services, needs=needs, law=law(), on=None)
    count = 40_000
    numbers = household_number(np.full(count, PROGRAMMES.index(programme)), 0, np.arange(count))
    book = Families(rules(), Luck(3, 0), whole(640205003), whole(0))
    none = np.zeros(count, dtype=np.int64)
    register = in_order(
        replace(
            Households(*(none.copy() for _ in Households.names())),
            number=numbers,
            programme=none + PROGRAMMES.index(programme),
            stage=none + ON_BOOKS,
        )
    )
    month, rows = 0, np.zeros(0, dtype=np.int64)
    while len(rows) < count:
        when = book.call(register, month).rows
        rows = np.concatenate([rows, when])
        book.assess(book.rows.area[when], book.rows.number[when], -12)
        month += 1
        if month > 12:
            break
    own = book.rows
    assert (own.reason[own.was_assessed == 0] == FIRST).all()
    own = own.pick(own.was_assessed == 1)
    size = len(own)

    def close(found: float, expected: Fraction) -> bool:
        share = float(expected)
        return bool(abs(found - share) <= 4 * (max(share * (1 - share), 1e-9) / size) ** 0.5 + 1e-6)

    has = [(own.indicators >> at & 1).mean() for at in range(len(needs.indicators))]
    gets = [(own.items >> at & 1).mean() for at in range(len(services.items))]
    assert all(close(each, share) for each, share in zip(has, known.indicators.values(), strict=True))
    assert all(close(each, share) for each, share in zip(gets, known.items.values(), strict=True))
    assert close((own.items != 0).mean(), Fraction(in_need(programme)))
    assert in_need(programme) <= known.in_need
    assert ((own.grade == NO_NEED) == (own.items == 0)).all()
    needy = own.grade[own.grade != NO_NEED]
    for grade, share in enumerate(known.grades.values()):
        assert abs((needy == grade).mean() - float(share)) < 4 * 0.5 / len(needy) ** 0.5


@settings(max_examples=50, deadline=None)
@given(
    spent=st.integers(0, 10_000),
    funds=st.lists(st.integers(0, 5_000), min_size=4, max_size=4),
)
def test_funds_bear_what_is_paid_in_their_order(spent: int, funds: list[int]) -> None:
    """The same split as the pure rule of the ledger, to the fen."""
    names = ("a", "b", "c", "d")
    spent = min(spent, sum(funds))
    expected = paid_in_order(spent, dict(zip(names, funds, strict=True)), names).paid["services"]

    assert from_funds(whole(spent), whole(*funds)[None])[0].tolist() == [
        expected.get(name, 0) for name in names
    ]


def test_a_block_buys_the_volume_that_the_pure_rule_prices() -> None:
    """The volume a sum buys at the discount is priced back at no more than the sum."""
    purse = Purses(1, 1, at_once=True, block_discount=Fraction(8, 100))
    purse.open(whole(10_000)[None])

    assert purse.free(0).tolist() == [10_869]
    assert block_of(UnitPrice(1), 10_869, Fraction(8, 100)).sum_fen <= 10_000


def test_money_is_free_month_by_month_or_at_once() -> None:
    """A twelfth more each month, less what is held and charged; the whole year's where it is free at once."""
    monthly, whole_year = (Purses(1, 1, at_once=free, block_discount=None) for free in (False, True))
    for purse in (monthly, whole_year):
        purse.open(whole(1200)[None])
        purse.hold(whole(50))

    assert [int(monthly.free(month)[0]) for month in (0, 1, 11)] == [50, 150, 1150]
    assert whole_year.free(0).tolist() == [1150]


def test_money_held_at_the_years_end_pays_last_years_orders_only() -> None:
    """Committed, carried in, paid or lapsed; it frees nothing for new orders."""
    purse = Purses(1, 1, at_once=True, block_discount=None)
    purse.open(whole(1000)[None])
    purse.hold(whole(400))
    purse.settle(whole(100), whole(100), old=False)
    december = purse.month(11)
    purse.open(whole(500)[None])
    free = purse.free(0)
    purse.settle(whole(300), whole(250), old=True)
    purse.month(0)
    after = purse.month(11)

    assert (december.committed.sum(), december.lapsed.sum()) == (300, 600)
    assert free.tolist() == [500]
    assert (after.lapsed.sum(), after.committed.sum()) == (550, 0)


def test_a_mark_weighs_time_volume_and_satisfaction() -> None:
    """All in time and pleased: full marks; nothing delivered: none; nothing ordered: no blame."""
    follow = rules().follow_up
    one = 1 << 16
    told_marks = marks(
        YearTold(whole(10, 0, 0), whole(0, 0, 0), whole(0, 10, 0), whole(5, 0, 0), whole(5 * one, 0, 0)),
        follow,
    )

    assert told_marks.tolist() == [one, 0, one]


def by_panel(score: int, *, spread: float = 0.0) -> tuple[int, bool]:
    """What Shizuishan's panel makes of a year all in time, 10 families visited and pleased like this."""
    policy = replace(SERVICES, purchase="by_law", document="shizuishan-2024", contract_work="home_visits")
    ready = setting(scenario(policy, evaluation__panel_spread=spread, evaluation__appeal_share=0.0))
    assert ready.services is not None and ready.purchase is not None
    mark, passes = evaluated(
        YearTold(whole(10), whole(0), whole(0), whole(10), whole(10 * score)),
        ready.services.follow_up,
        ready.purchase,
        Luck(1, 0),
        codes=whole(640205),
        provider=whole(0),
        year=2027,
    )
    return int(mark[0]), bool(passes[0])


def test_satisfaction_weighs_in_a_documents_evaluation_as_its_indicator_does() -> None:
    """A panel that never errs: families wholly displeased cost exactly the indicator's weight."""
    policy = replace(SERVICES, purchase="by_law", document="shizuishan-2024", contract_work="home_visits")
    purchase = setting(scenario(policy)).purchase
    assert purchase is not None
    one, weight = 1 << 16, purchase.evaluation.weights["satisfaction"]

    assert by_panel(one) == (one, True)
    assert by_panel(0)[0] == one - weight


def test_without_a_document_the_assumed_weights_evaluate() -> None:
    """No panel errs where none is named: the mark is the plain one."""
    told = YearTold(whole(6), whole(2), whole(2), whole(0), whole(0))
    mark, passes = evaluated(
        told, rules().follow_up, None, Luck(1, 0), codes=whole(1), provider=whole(0), year=2027
    )

    assert mark.tolist() == marks(told, rules().follow_up).tolist()
    assert passes.tolist() == [mark[0] >= rules().follow_up.pass_mark]


def test_a_rule_that_pays_posts_buys_no_services() -> None:
    """The two 3 % are different money."""
    with pytest.raises(LawError, match="guangdong-3pct"):
        setting(scenario(Policy(services="guangdong-3pct")))


def test_keys_of_services_travel_to_a_worker_and_back() -> None:
    """Codes and words, as they are told and told again."""
    case = scenario(replace(SERVICES, services_townships=("640205003",), mutual_help="both"))

    assert retold("small", told(case), HOME).policy == case.policy


@pytest.mark.parametrize(
    ("line", "told_of"),
    [
        ("services_rationing: lottery", "services_rationing"),
        ("mutual_help: often", "mutual_help"),
        ("services_townships: 640205003", "services_townships"),
        ("services_dates: [2027-01-01]", "services_dates"),
        ("service_workers: -1", "service_workers"),
        ("lottery_yuan: -5", "lottery_yuan"),
    ],
)
def test_a_key_of_services_with_a_wrong_value_is_refused(
    line: str, told_of: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With the name of the key and what it may be."""
    file = tmp_path_factory.mktemp("scenario") / "wrong.yaml"
    file.write_text(f"kind: scenario\nplace: {HOME}\npolicy: {{{line}}}\n", "utf-8")

    with pytest.raises(ScenarioError, match=told_of):
        load_scenario(file)


@pytest.mark.parametrize(
    ("urgency", "room", "office"),
    [("urgent", 100, 2), ("urgent", 0, 0), ("planned", 100, 0), ("soon", 0, 0)],
)
def test_what_is_urgent_waits_for_no_helper_while_the_provider_has_room(
    urgency: str, room: int, office: int
) -> None:
    """Helpers cost less and come first elsewhere; respite late for want of one helper helps nobody."""
    one, none = np.ones(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    level = none + URGENCIES.index(urgency)
    orders = (none - 1, none, none, one * 10, none, none, one.copy(), level)
    helpers = np.full((2, 1), 50, dtype=np.int64)
    chosen, where = np.empty(1, dtype=np.int64), np.empty(1, dtype=np.int64)
    places = (np.array([[0], [1]], dtype=np.int64), one * 2, one * SHARE_ONE)
    made, _ = give(none, orders, places, (helpers, one * room, one * room), 1, (chosen, where))

    assert (made, int(where[0])) == (1, office)

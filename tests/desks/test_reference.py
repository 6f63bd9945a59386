"""The numbered rules of `network`, on offices small enough to reckon by hand; both engines keep them."""

from __future__ import annotations

import numpy as np
import pytest

from simlib.desks.network import (
    NOBODY,
    Kind,
    MonthDone,
    Party,
    Standing,
)
from simlib.units import MINUTES_PER_HOUR, SHARE_ONE, TICKS_PER_MINUTE
from simlib.worktime import CALENDAR, HOURS
from tests.desks.networks import Engine
from tests.desks.small import COUNTY, DAY, OTHER, Person, Step, by_case, case, done, month

HOUR = MINUTES_PER_HOUR * TICKS_PER_MINUTE


# Rule 1: events happen in the order (tick, kind, id).


def test_an_entry_comes_before_a_finish_of_the_same_tick(engine: Engine) -> None:
    """So the one who finishes already sees the more urgent case that has just come."""
    cases = [
        case(1, 0, Step(10)),
        case(2, 5, Step(10, priority=1)),
        case(3, 10, Step(10, priority=0)),
    ]

    assert by_case(month(engine, cases, [Person(1)], end=DAY))[3] == (1, 10, 20)


def test_a_finish_comes_before_a_return_of_the_same_tick(engine: Engine) -> None:
    """The one who is at the desk takes the next item, though his id is higher."""
    people = [Person(2, away=((0, 10),)), Person(5)]

    result = by_case(month(engine, [case(1, 0, Step(10)), case(2, 5, Step(10))], people, end=DAY))

    assert result == {1: (5, 0, 10), 2: (5, 10, 20)}


def test_events_of_one_kind_go_by_id(engine: Engine) -> None:
    """Entries by case, finishes by worker; nothing hangs on the order in which they were written down."""
    cases = [case(number, 0, Step(10)) for number in (4, 3, 2, 1)]
    people = [Person(8), Person(7, idle_since=-1)]

    assert by_case(month(engine, cases, people, end=DAY)) == {
        1: (7, 0, 10),
        2: (8, 0, 10),
        3: (7, 10, 20),
        4: (8, 10, 20),
    }


# Rule 2: who is handed an item.


@pytest.mark.parametrize(
    ("people", "chosen"),
    [
        ([Person(1), Person(2, kind=Kind.CONTRACT)], 2),
        ([Person(1, idle_since=-3), Person(2, idle_since=-4), Person(3, idle_since=-2)], 2),
        ([Person(1), Person(2)], 1),
        ([Person(1, away=((0, 9),)), Person(2)], 2),
        ([Person(1, hired=6), Person(2)], 2),
        ([Person(1, leaves=5), Person(2)], 2),
        ([Person(1, away=((2, 4),)), Person(2, idle_since=3)], 2),
    ],
    ids=["contract", "longest idle", "lower id", "away", "not yet", "gone", "idle since the return"],
)
def test_an_item_takes_the_idle_worker_who_comes_first(
    engine: Engine, people: list[Person], chosen: int
) -> None:
    """Contract before payroll keeps the scarce skill free; the rest is an order without chance."""
    assert by_case(month(engine, [case(1, 5, Step(10))], people, end=DAY))[1][0] == chosen


def test_work_for_payroll_waits_for_payroll(engine: Engine) -> None:
    """A contract worker stands idle beside it."""
    people = [Person(1, kind=Kind.CONTRACT), Person(2, hired=50)]

    assert by_case(month(engine, [case(1, 5, Step(10, payroll_only=1))], people, end=DAY))[1] == (2, 50, 60)


# Rule 3: what a free worker takes.


def test_a_free_worker_takes_the_least_of_priority_entry_case(engine: Engine) -> None:
    """Priority first, then who came first, then the lower case."""
    cases = [
        case(1, 0, Step(10)),
        case(2, 4, Step(1, priority=1)),
        case(3, 3, Step(1, priority=1)),
        case(5, 3, Step(1, priority=1)),
        case(4, 9, Step(1, priority=0)),
    ]

    starts = {number: row[1] for number, row in by_case(month(engine, cases, [Person(1)], end=DAY)).items()}

    assert starts == {1: 0, 4: 10, 3: 11, 5: 12, 2: 13}


def test_inside_a_class_the_least_rank_goes_first(engine: Engine) -> None:
    """With due ticks as ranks the earliest term goes first, yet never before a more urgent class."""
    cases = [
        case(1, 0, Step(10)),
        case(2, 1, Step(1, priority=1, rank=9 * DAY)),
        case(3, 2, Step(1, priority=1, rank=3 * DAY)),
        case(4, 3, Step(1, priority=1, rank=3 * DAY)),
        case(5, 4, Step(1, priority=0, rank=20 * DAY)),
    ]

    starts = {number: row[1] for number, row in by_case(month(engine, cases, [Person(1)], end=DAY)).items()}

    assert starts == {1: 0, 5: 10, 3: 11, 4: 12, 2: 13}


def test_a_contract_worker_passes_over_what_he_may_not_do(engine: Engine) -> None:
    """Work for payroll does not block the line behind it."""
    cases = [case(1, 0, Step(10)), case(2, 1, Step(5, payroll_only=1)), case(3, 2, Step(5))]

    result = month(engine, cases, [Person(1, kind=Kind.CONTRACT)], end=DAY)

    assert by_case(result) == {1: (1, 0, 10), 3: (1, 10, 15)}
    assert result.work.case.tolist() == [2]


# Rule 4: a service once started is never interrupted.


@pytest.mark.parametrize(
    ("slowness", "finish"), [(SHARE_ONE, 7), (SHARE_ONE * 3 // 2, 11), (SHARE_ONE + 1, 8)]
)
def test_a_service_lasts_its_ticks_times_slowness_rounded_up(
    engine: Engine, slowness: int, finish: int
) -> None:
    """Rounding up keeps a service from ending before its work is done."""
    assert (
        by_case(month(engine, [case(1, 0, Step(7))], [Person(1, slowness=slowness)], end=DAY))[1][2] == finish
    )


def test_absence_and_leaving_act_when_the_work_in_hand_ends(engine: Engine) -> None:
    """The first is served through the absence; the second waits for the return; the third for ever."""
    cases = [case(number, 0, Step(20)) for number in (1, 2, 3)]

    result = month(engine, cases, [Person(1, away=((10, 30),), leaves=40)], end=DAY)

    assert by_case(result) == {1: (1, 0, 20), 2: (1, 30, 50)}


def test_work_in_hand_is_carried_over_the_month_even_by_one_who_leaves(engine: Engine) -> None:
    """Its finish was settled at the start; a leaver takes nothing more."""
    first = month(engine, [case(1, DAY - 5, Step(20)), case(2, DAY - 4, Step(20))], [Person(1)], end=DAY)
    second = month(engine, [], [Person(1, leaves=DAY)], after=first, start=DAY, end=2 * DAY)

    assert done(first) == []
    assert by_case(second) == {1: (1, DAY - 5, DAY + 15)}
    assert second.work.standing0.tolist() == [Standing.WAITING]


def test_somebody_new_takes_up_what_waited_since_last_month(engine: Engine) -> None:
    """At the opening, after the entries of that tick."""
    first = month(engine, [case(1, 0, Step(20))], [], end=DAY)
    second = month(engine, [], [Person(1, hired=DAY)], after=first, start=DAY, end=2 * DAY)

    assert by_case(second) == {1: (1, DAY, DAY + 20)}


# Rule 5: visits for two.


def test_the_two_items_go_to_two_people_and_the_next_step_waits_for_the_later(engine: Engine) -> None:
    """One person never counts as two; here the second comes late."""
    visit = case(1, 0, Step(10, people=2), Step(5))
    people = [Person(1), Person(2, hired=100)]

    assert done(month(engine, [visit], people, end=DAY)) == [
        (1, 0, 0, 1, 0, 10),
        (1, 0, 1, 2, 100, 110),
        (1, 1, 0, 1, 110, 115),
    ]


def test_the_second_of_a_visit_need_not_be_on_the_payroll(engine: Engine) -> None:
    """Only the first item is bound to the payroll."""
    people = [Person(1), Person(2, kind=Kind.CONTRACT)]

    result = month(engine, [case(1, 0, Step(10, people=2, payroll_only=1))], people, end=DAY)

    assert [row[2:4] for row in done(result)] == [(0, 1), (1, 2)]


def test_who_accompanied_a_visit_may_do_the_next_step(engine: Engine) -> None:
    """Only the two items of one step need two people."""
    visit = case(1, 0, Step(10, people=2), Step(5))

    result = month(engine, [visit], [Person(1, leaves=10), Person(2)], end=DAY)

    assert done(result)[2] == (1, 1, 0, 2, 10, 15)


@pytest.mark.parametrize("helpers", [1, 2])
def test_an_office_of_one_borrows_from_the_county(engine: Engine, helpers: int) -> None:
    """A single person at the county is enough: the first comes from the office."""
    people = [Person(1)] + [Person(10 + n, office=COUNTY) for n in range(helpers)]

    result = month(engine, [case(1, 0, Step(10, people=2))], people, end=DAY)

    assert done(result) == [(1, 0, 0, 1, 0, 10), (1, 0, 1, 10, 0, 10)]
    assert result.services.office.tolist() == [0, COUNTY]


def test_without_a_second_person_anywhere_a_visit_is_unlawful(engine: Engine) -> None:
    """The second item ends as it enters, served by nobody; the case goes on after the first."""
    result = month(engine, [case(1, 3, Step(10, people=2), Step(5))], [Person(1)], end=DAY)

    assert done(result) == [(1, 0, 1, NOBODY, 3, 3), (1, 0, 0, 1, 3, 13), (1, 1, 0, 1, 13, 18)]


def test_the_county_does_not_accompany_itself(engine: Engine) -> None:
    """One person at the county's own desk cannot be both people of a visit."""
    result = month(
        engine, [case(1, 3, Step(10, office=COUNTY, people=2))], [Person(1, office=COUNTY)], end=DAY
    )

    assert done(result) == [(1, 0, 1, NOBODY, 3, 3), (1, 0, 0, 1, 3, 13)]


def test_those_who_have_left_do_not_count_as_people(engine: Engine) -> None:
    """Who is away or comes later this month does: the visit waits for him."""
    visit = [case(1, 20, Step(10, people=2))]

    left = month(engine, visit, [Person(1), Person(2, leaves=20)], end=DAY)
    late = month(engine, visit, [Person(1), Person(2, hired=30)], end=DAY)

    assert done(left)[0][3:] == (NOBODY, 20, 20)
    assert done(late)[1][3:] == (2, 30, 40)


def test_a_second_item_is_sent_on_when_its_office_has_shrunk(engine: Engine) -> None:
    """It would wait for ever for somebody who has left; at the new month the county is asked."""
    first = month(engine, [case(1, 0, Step(10, people=2))], [Person(1), Person(2, hired=DAY)], end=DAY)
    staff = [Person(1), Person(7, office=COUNTY)]
    second = month(engine, [], staff, after=first, start=DAY, end=2 * DAY)
    nobody = month(engine, [], staff[:1], after=first, start=DAY, end=2 * DAY)

    assert done(first) == [(1, 0, 0, 1, 0, 10)]
    assert done(second) == [(1, 0, 1, 7, DAY, DAY + 10)]
    assert done(nobody) == [(1, 0, 1, NOBODY, DAY, DAY)]


CLERKS = [Person(1), Person(2)]
BOUGHT = [Person(3, kind=Kind.CONTRACT)]
ACCOMPANIED = Step(10, payroll_only=1, people=Party.BOUGHT)


@pytest.mark.parametrize(
    ("people", "companion"),
    [
        ([*CLERKS, *BOUGHT], 3),
        ([*CLERKS, Person(4, office=COUNTY, kind=Kind.CONTRACT)], 4),
        ([*CLERKS, Person(4, office=COUNTY)], NOBODY),
        ([*CLERKS, Person(3, kind=Kind.CONTRACT, leaves=3)], NOBODY),
    ],
    ids=["of the office", "lent by the county", "the county has clerks only", "has left"],
)
def test_a_bought_companion_is_never_of_the_payroll(
    engine: Engine, people: list[Person], companion: int
) -> None:
    """Clerks who stand idle do not go along: a contract worker of the office, or of the bureau, or nobody."""
    result = month(engine, [case(1, 3, ACCOMPANIED)], people, end=DAY)

    assert {row[2]: row[3] for row in done(result)} == {0: 1, 1: companion}


def test_a_clerk_with_nothing_else_to_do_leaves_a_bought_companion_waiting(engine: Engine) -> None:
    """He looks at what waits and passes it over; the contract worker takes it when he is free."""
    people = [Person(1), Person(2, hired=20), *BOUGHT]

    result = month(engine, [case(1, 0, Step(50)), case(2, 5, ACCOMPANIED)], people, end=DAY)

    assert done(result)[1:] == [(1, 0, 0, 3, 0, 50), (2, 0, 1, 3, 50, 60)]


@pytest.mark.parametrize(("bought", "companion"), [(1, NOBODY), (2, 4)])
def test_one_bought_worker_cannot_lead_and_go_along(engine: Engine, bought: int, companion: int) -> None:
    """Where anybody may lead he might, and nobody would be left: two are asked for."""
    people = [Person(1), *(Person(3 + n, kind=Kind.CONTRACT) for n in range(bought))]

    result = month(engine, [case(1, 3, Step(10, people=Party.BOUGHT))], people, end=DAY)

    assert {row[2]: row[3] for row in done(result)}[1] == companion


@pytest.mark.parametrize(("helper", "companion"), [(COUNTY, 9), (OTHER, NOBODY)])
def test_a_lent_companion_comes_from_the_bureau_alone(engine: Engine, helper: int, companion: int) -> None:
    """Colleagues who stand idle do not go along."""
    people = [*CLERKS, *BOUGHT, Person(9, office=helper)]

    result = month(engine, [case(1, 3, Step(10, people=Party.LENT))], people, end=DAY)

    assert {row[2]: row[3] for row in done(result)}[1] == companion


def test_a_bought_companion_is_sent_on_when_the_contract_is_over(engine: Engine) -> None:
    """Two clerks stay, and still nobody who may go along: at the new month the county is asked."""
    first = month(
        engine,
        [case(1, 0, ACCOMPANIED)],
        [*CLERKS, Person(3, kind=Kind.CONTRACT, hired=DAY)],
        end=DAY,
    )
    lent = [*CLERKS, Person(7, office=COUNTY, kind=Kind.CONTRACT)]
    second = month(engine, [], lent, after=first, start=DAY, end=2 * DAY)
    nobody = month(engine, [], CLERKS, after=first, start=DAY, end=2 * DAY)

    assert done(first) == [(1, 0, 0, 1, 0, 10)]
    assert done(second) == [(1, 0, 1, 7, DAY, DAY + 10)]
    assert done(nobody) == [(1, 0, 1, NOBODY, DAY, DAY)]


def test_a_second_item_that_comes_home_is_not_for_the_first_person(engine: Engine) -> None:
    """The county has emptied; at home the one who did the first item stands idle, the other comes later."""
    first = month(
        engine, [case(1, 0, Step(10, people=2))], [Person(1), Person(7, office=COUNTY, hired=DAY)], end=DAY
    )
    staff = [Person(1), Person(2, away=((DAY, DAY + 50),))]
    second = month(engine, [], staff, after=first, start=DAY, end=2 * DAY)

    assert done(first) == [(1, 0, 0, 1, 0, 10)]
    assert done(second) == [(1, 0, 1, 2, DAY + 50, DAY + 60)]


# Rule 6: a worker chooses before what he has finished goes on.


def test_a_worker_chooses_before_what_he_has_finished_goes_on(engine: Engine) -> None:
    """Else the next step of the same case, more urgent, would always go first."""
    cases = [case(1, 0, Step(10), Step(5)), case(2, 5, Step(10, priority=9))]

    assert [row[0] for row in done(month(engine, cases, [Person(1)], end=DAY))] == [1, 2, 1]


# Rule 7: who takes up what waits.


def test_when_everyone_is_away_the_first_back_takes_what_waits(engine: Engine) -> None:
    """A whole office can be at a training day."""
    people = [Person(1, away=((0, 90),)), Person(2, away=((0, 60),))]

    result = month(engine, [case(1, 5, Step(10)), case(2, 7, Step(40))], people, end=DAY)

    assert by_case(result) == {1: (2, 60, 70), 2: (2, 70, 110)}


def test_a_month_without_capacity_only_lets_work_wait(engine: Engine) -> None:
    """All away for a month: nothing is done or lost, and the order of coming holds the month after."""
    cases = [case(1, 7, Step(10)), case(2, 5, Step(10)), case(3, 9, Step(10, priority=-1))]
    first = month(engine, cases, [Person(1, away=((0, DAY),))], end=DAY)
    second = month(engine, [], [Person(1)], after=first, start=DAY, end=2 * DAY)

    assert done(first) == []
    assert first.work.standing0.tolist() == [Standing.WAITING] * 3
    assert by_case(second) == {3: (1, DAY, DAY + 10), 2: (1, DAY + 10, DAY + 20), 1: (1, DAY + 20, DAY + 30)}


def test_an_office_closed_for_a_local_holiday_lets_its_work_wait(engine: Engine) -> None:
    """Offices share the axis of working days; one that is closed has all its people away, who still count
    as its people, so that a visit waits for them and is not lent anybody."""
    closed = ((0, DAY),)
    people = [
        Person(1, away=closed),
        Person(2, away=closed),
        Person(3, office=OTHER),
        Person(9, office=COUNTY),
    ]
    cases = [
        case(1, 5, Step(10), Step(10, office=OTHER)),
        case(2, 5, Step(10, office=OTHER), Step(10, people=2)),
    ]

    result = month(engine, cases, people, end=3 * DAY)

    assert done(result) == [
        (2, 0, 0, 3, 5, 15),
        (1, 0, 0, 1, DAY, DAY + 10),
        (2, 1, 0, 2, DAY, DAY + 10),
        (1, 1, 0, 3, DAY + 10, DAY + 20),
        (2, 1, 1, 1, DAY + 10, DAY + 20),
    ]


def test_people_are_away_each_in_his_own_time(engine: Engine) -> None:
    """Duties of one worker take nothing from his colleague."""
    people = [Person(1, away=((10, 20), (30, 60))), Person(2, away=((0, 40),))]
    cases = [case(1, 0, Step(10)), case(2, 12, Step(15)), case(3, 13, Step(5))]

    assert by_case(month(engine, cases, people, end=DAY)) == {1: (1, 0, 10), 2: (1, 20, 35), 3: (2, 40, 45)}


def test_work_without_length_takes_no_time_but_its_turn(engine: Engine) -> None:
    """It is still done by somebody, in order, and its case goes on at the same tick."""
    cases = [case(1, 5, Step(0), Step(0)), case(2, 5, Step(3)), case(3, 5, Step(0))]

    assert done(month(engine, cases, [Person(1)], end=DAY)) == [
        (1, 0, 0, 1, 5, 5),
        (1, 1, 0, 1, 8, 8),
        (2, 0, 0, 1, 5, 8),
        (3, 0, 0, 1, 8, 8),
    ]


def test_what_came_overnight_enters_at_the_opening_by_case(engine: Engine) -> None:
    """All enter at one tick: the lowest case takes the idle worker, then class decides."""
    cases = [
        case(1, DAY, Step(10, priority=2)),
        case(2, DAY, Step(10, priority=2)),
        case(3, DAY, Step(10, priority=1)),
    ]

    starts = {
        number: row[1] for number, row in by_case(month(engine, cases, [Person(1)], end=2 * DAY)).items()
    }

    assert starts == {1: DAY, 3: DAY + 10, 2: DAY + 20}


# Counties.


@pytest.mark.parametrize(
    ("bureau", "words"),
    [
        ([1, 1, 0], "these follow each other"),
        ([0, 1, 0], "these follow each other"),
        ([1, 0], "the bureau of a county is one of its offices"),
        ([0, 5], "the bureau of a county is one of its offices"),
        ([0, 1, 1], "cases stay in their county"),
    ],
)
def test_counties_that_are_mixed_are_refused(engine: Engine, bureau: list[int], words: str) -> None:
    """A case that crossed a border would be half lost without a word."""

    def bordered(*tables: object, **rest: object) -> MonthDone:
        return engine(*tables, **(rest | {"bureau": np.array(bureau)}))

    two = case(1, 0, Step(9, office=0), Step(9, office=1))
    with pytest.raises(ValueError, match=words):
        month(bordered, [two], [Person(1)], end=DAY)


def test_workers_stand_county_by_county(engine: Engine) -> None:
    """Both engines cut the roster at the borders; cases come as they come."""

    def apart(*tables: object, **rest: object) -> MonthDone:
        return engine(*tables, **(rest | {"bureau": np.array([0, 1, 2])}))

    with pytest.raises(ValueError, match="workers ascend county by county"):
        month(apart, [case(1, 0, Step(9))], [Person(1, office=1), Person(2)], end=DAY)
    mixed = month(apart, [case(1, 0, Step(9, office=1)), case(2, 0, Step(9))], [Person(1)], end=DAY)
    assert (mixed.services.case.tolist(), mixed.work.case.tolist()) == ([2], [1])


# Waits between steps.


@pytest.mark.parametrize(
    ("kind", "length", "entry"),
    [
        (0, 0, 10),
        (0, 2, 2 * DAY),
        (CALENDAR, 0, DAY),
        (CALENDAR, 3, 4 * DAY),
        (CALENDAR, 4, 4 * DAY),
        (HOURS, 0, 10),
        (HOURS, 2, 2 * HOUR),
        (HOURS, 24, DAY),
    ],
)
def test_a_step_enters_when_its_wait_is_over(engine: Engine, kind: int, length: int, entry: int) -> None:
    """Tick 0 is the opening of Tuesday 2 January 2024; four days after it is Saturday, then Monday."""
    two = case(1, 0, Step(10), Step(10, office=OTHER, wait_kind=kind, wait_length=length))

    result = month(engine, [two], [Person(1), Person(2, office=OTHER)], end=9 * DAY)

    assert result.services.entry.tolist() == [0, entry]

"""The numbered rules of `network`, on offices small enough to reckon by hand; both engines keep them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlib.desks.network import NOBODY, Absences, Kind, Services, Standing, Steps, canonical
from simlib.units import MINUTES_PER_HOUR, SHARE_ONE, TICKS_PER_MINUTE
from simlib.worktime import CALENDAR, HOURS
from tests.desks.networks import County, Engine, Shape, differences, make, run, shapes
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


# What must hold in any county.


def _everything(engine: Engine, county: County) -> tuple[Services, Steps, np.ndarray]:
    months = list(run(engine, county))
    steps = Steps.join([month.steps for month in county.months])
    steps = steps.pick(np.argsort(steps.case, kind="stable"))
    return canonical(Services.join([month.services for month in months])), steps, months[-1].work.case


@settings(max_examples=60, deadline=None)
@given(shape=shapes(offices=4, people=6, cases=40, months=3))
def test_every_item_is_done_once_or_its_case_is_open(compiled: Engine, shape: Shape) -> None:
    """Nothing is lost, doubled, served before its entry, or served by one person twice."""
    services, steps, still_open = _everything(compiled, make(shape))
    finished = steps.pick(~np.isin(steps.case, still_open))
    closed = services.pick(~np.isin(services.case, still_open))
    keys = np.array([services.case, services.step, services.part])
    both = services.pick(np.lexsort((services.part, services.step, services.case)))
    same_step = (both.case[1:] == both.case[:-1]) & (both.step[1:] == both.step[:-1])
    pair = np.flatnonzero(same_step & (both.worker[1:] >= 0))

    assert len(closed) == finished.people.sum()
    assert len(np.unique(keys, axis=1).T) == len(services)
    assert (services.entry <= services.start).all()
    assert (both.worker[1:][pair] != both.worker[:-1][pair]).all()


@settings(max_examples=60, deadline=None)
@given(shape=shapes(offices=3, people=6, cases=40, months=3))
def test_nobody_serves_two_items_at_once_or_starts_while_away(compiled: Engine, shape: Shape) -> None:
    """A worker is one person, and an absent one is absent."""
    county = make(shape)
    services, _, _ = _everything(compiled, county)
    served = services.pick(services.worker >= 0)
    served = served.pick(np.lexsort((served.finish, served.start, served.worker)))
    same = served.worker[1:] == served.worker[:-1]
    absences = Absences.join([month.absences for month in county.months])
    for worker, begins, ends in zip(*(getattr(absences, name) for name in Absences.names()), strict=True):
        starts = served.start[served.worker == worker]
        assert not ((starts >= begins) & (starts < ends)).any()

    assert (served.start[1:][same] >= served.finish[:-1][same]).all()


@settings(max_examples=40, deadline=None)
@given(
    gaps=st.lists(st.integers(0, 9), min_size=1, max_size=60),
    ticks=st.lists(st.integers(0, 20), min_size=60, max_size=60),
    few=st.integers(1, 4),
)
def test_one_more_worker_in_a_plain_office_never_lengthens_a_wait(
    compiled: Engine, gaps: list[int], ticks: list[int], few: int
) -> None:
    """First come, first served, equal speeds, no skills: the sorted workloads can only fall
    (Wolff, Stochastic Modeling and the Theory of Queues, 1989, sec. 5-16)."""
    cases = [case(n, int(at), Step(ticks[n])) for n, at in enumerate(np.cumsum(gaps))]

    def starts(people: int) -> np.ndarray:
        result = by_case(month(compiled, cases, [Person(n) for n in range(people)], end=DAY))
        return np.array([result[n][1] for n in range(len(cases))])

    assert (starts(few + 1) <= starts(few)).all()


@settings(max_examples=60, deadline=None)
@given(shape=shapes(offices=4, people=5, cases=30, months=4))
def test_months_cut_nothing(compiled: Engine, shape: Shape) -> None:
    """With the same people, several months give what one long month gives, to the last tick."""
    county = make(replace(shape, turnover=0.0))
    steps = Steps.join([month.steps for month in county.months])
    merged = replace(
        county.months[0],
        end=county.months[-1].end,
        steps=steps,
        work=type(county.months[0].work).join([month.work for month in county.months]),
        absences=_joined(Absences.join([month.absences for month in county.months])),
    )
    parts = list(run(compiled, county))
    (whole,) = run(compiled, replace(county, months=(merged,)))
    joined = replace(parts[-1], services=canonical(Services.join([part.services for part in parts])))

    assert differences(joined, whole) == []


def _joined(absences: Absences) -> Absences:
    """Absences that touch as one."""
    absences = absences.pick(np.lexsort((absences.absent_from, absences.worker)))
    touches = (absences.worker[1:] == absences.worker[:-1]) & (
        absences.absent_from[1:] == absences.absent_to[:-1]
    )
    first = np.concatenate([[True], ~touches])[: len(absences)]
    last = np.concatenate([~touches, [True]])[: len(absences)]
    return Absences(absences.worker[first], absences.absent_from[first], absences.absent_to[last])

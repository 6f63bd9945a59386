"""Who goes along on a visit for two (policy.second_visitor), read as a jurist would: step by step."""

from __future__ import annotations

import numpy as np
import pytest

from simlib import words
from simlib.desks.casefile import case_file
from simlib.desks.casetext import case_rows
from simlib.desks.network import Party, Steps
from simlib.policy.procedure import PURCHASED, SECOND_VISITORS, TOWNSHIP, VILLAGE
from simlib.worktime import CALENDAR
from tests.desks.traces import NORMS, PROCEDURES, REPLY, decided, everything, maker, matters

ALL_VISITED = {
    *("share.home_visit_application", "share.home_visit_review", "share.alert_visited"),
    *("share.change_visited", "share.temporary_home_visit", "share.staff_relatives"),
    *("share.notice_objection", "clocks.tekun.spot_check_share"),
}
DAYS = 10
"""An assistant is at hand in each village every so many working days."""


def laid(route: str, second_visitor: str, count: int = 1, days: int = DAYS) -> Steps:
    """The steps of cases of a route, everybody visited."""
    norms = decided(dict.fromkeys(ALL_VISITED, 1.0))
    trace = maker(norms, second_visitor=second_visitor, assistant_days=np.full(8, days))
    return trace.month(matters(route, count))[1]


@pytest.mark.parametrize(
    ("second_visitor", "days", "party", "payroll_only"),
    [
        (TOWNSHIP, DAYS, Party.TWO, 0),
        (VILLAGE, DAYS, Party.ALONE, 0),
        (VILLAGE, 0, Party.LENT, 0),
        (PURCHASED, DAYS, Party.BOUGHT, 1),
    ],
)
@pytest.mark.parametrize("route", [route.id for route in PROCEDURES.routes.values()])
def test_the_lever_says_who_does_each_visit_of_the_township(
    route: str, second_visitor: str, days: int, party: Party, payroll_only: int
) -> None:
    """Any two; one with the assistant, or with one lent where there is none; a clerk and a bought worker.

    Whatever is not a visit for two of the township, the county's own visits included, stays as it was.
    """
    plain, steps = (laid(route, who, days=days) for who in (TOWNSHIP, second_visitor))
    trace = maker()
    visit = (plain.people == Party.TWO) & (plain.office != trace.bureau[0])

    assert steps.people[visit].tolist() == [party] * visit.sum()
    assert steps.payroll_only[visit].tolist() == [payroll_only] * visit.sum()
    assert steps.people[~visit].tolist() == plain.people[~visit].tolist()
    assert steps.payroll_only[~visit].tolist() == plain.payroll_only[~visit].tolist()
    for name in ("case", "office", "activity", "ticks", "priority", "rank"):
        assert getattr(steps, name).tolist() == getattr(plain, name).tolist(), name


def test_the_county_visits_with_two_of_its_own() -> None:
    """Whoever checks the township does not take its village along (art. 20; 43号 art. 16)."""
    bureau = maker().bureau[0]
    seen = 0
    for route in ("dibao_application", "tekun_application", "complaint"):
        for second_visitor in SECOND_VISITORS:
            steps = laid(route, second_visitor)
            theirs = (steps.office == bureau) & (steps.people != Party.ALONE)
            assert set(steps.people[theirs].tolist()) == {Party.TWO}
            seen += int(theirs.sum())

    assert seen == 9


def waits(steps: Steps, activity: str) -> np.ndarray:
    """How long each step of an activity waits."""
    here = steps.activity == PROCEDURES.activities[activity].number
    found: np.ndarray = steps.wait_length[here]
    return found


def test_a_visit_waits_for_the_day_of_the_assistant() -> None:
    """One day in ten he is at hand, whichever it is; the reply to the check takes ten days before that."""
    extra = waits(laid("rigid_application", VILLAGE, 2000), "home_visit") - REPLY

    assert (extra.min(), extra.max()) == (0, DAYS - 1)
    assert extra.mean() == pytest.approx((DAYS - 1) / 2, abs=0.25)
    assert np.bincount(extra).min() > 120


def test_an_assistant_who_is_there_stays_for_what_comes_next() -> None:
    """Visit and assessment of self-care are one trip; an assessment by itself waits for his day."""
    steps, alone = laid("tekun_application", VILLAGE, 400), laid("tekun_reassessment", VILLAGE, 400)

    assert set(waits(steps, "self_care").tolist()) == {0}
    assert waits(alone, "self_care").max() == DAYS - 1


def test_calendar_days_of_notice_are_enough_to_agree_on_a_day() -> None:
    """What follows the public notice is not held up once more."""
    steps = laid("dibao_application", VILLAGE, 200)
    here = steps.activity == PROCEDURES.activities["objection"].number

    assert set(steps.wait_length[here].tolist()) == {7}
    assert set(steps.wait_kind[here].tolist()) == {CALENDAR}


def test_townships_differ_by_their_own_assistants() -> None:
    """A second assistant in one township helps nobody in the next."""
    days = np.array([10, 0, 5, 10, 10, 10, 10, 10])
    norms = decided({"share.home_visit_application": 1.0})
    trace = maker(norms, second_visitor=VILLAGE, assistant_days=days)
    cases, steps = trace.month(matters("dibao_application", 1000))
    visit = steps.activity == PROCEDURES.activities["home_visit"].number
    area = np.repeat(
        cases.area, np.diff(np.flatnonzero(np.append(np.diff(steps.case, prepend=-1) != 0, True)))
    )
    longest = [int(steps.wait_length[visit & (area == town)].max()) - REPLY for town in range(3)]

    assert longest == [9, 0, 4]
    assert set(steps.people[visit & (area == 1)].tolist()) == {Party.LENT}
    assert set(steps.people[visit & (area != 1)].tolist()) == {Party.ALONE}


def test_two_people_as_today_is_what_happens_without_the_lever() -> None:
    """The default adds no draw and moves no step."""
    month = everything(300)
    plain, named = maker(NORMS).month(month), maker(NORMS, second_visitor=TOWNSHIP).month(month)

    assert all(
        getattr(plain[part], name).tolist() == getattr(named[part], name).tolist()
        for part in (0, 1)
        for name in plain[part].names()
    )


@pytest.mark.parametrize(
    ("second_visitor", "days", "told"),
    [
        (TOWNSHIP, DAYS, "2"),
        (VILLAGE, DAYS, "1, with the village's assistant"),
        (VILLAGE, 0, "1, and 1 lent by the county"),
        (PURCHASED, DAYS, "1 (payroll) and 1 bought"),
    ],
)
def test_the_trace_says_who_goes_there_and_for_whom_it_waits(
    second_visitor: str, days: int, told: str
) -> None:
    """A jurist sees the team of two on the line of the visit, and why it could not start before."""
    norms = decided({"share.home_visit_application": 1.0})
    trace = maker(norms, second_visitor=second_visitor, assistant_days=np.full(8, days))
    with words.speaking("en"):
        rows = case_rows(case_file(trace, matters("dibao_application")), str)
    visit = next(row for row in rows if row["step"].startswith("Home visit"))

    assert visit["who"] == told
    assert ("the village assistant's day" in visit["waits before"]) == (told.endswith("assistant"))

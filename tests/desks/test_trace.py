"""Cases as the route files lay them down: which steps, where, after what, due when."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from simlib.chance import Luck
from simlib.desks.trace import NO_CLOCK, Cases, Matters, TraceMaker
from simlib.policy.procedure import Route
from simlib.worktime import CALENDAR, DAY_TICKS, WORKING
from tests.small import COUNTY, place, scenario, setting

READY = setting(scenario())
MAKER: TraceMaker = READY.trace_maker(READY.counties[COUNTY], Luck(1, 0))
ACTIVITIES = {activity.number: name for name, activity in READY.procedures.activities.items()}
ACCEPTED = int(READY.calendar.workday_of_day[READY.calendar.day(date(2026, 3, 2))]) * DAY_TICKS + 1000


def traced(route: str, *, count: int = 400, ineligible: int = 0) -> tuple[Cases, list[list[dict[str, int]]]]:
    """Cases of a route and the steps of each, as rows."""
    number = np.arange(count, dtype=np.int64)
    matters = Matters(number % 5, number, number * 0, number * 0 + ACCEPTED, number * 0 + ineligible)
    cases, steps = MAKER.cases_of(READY.procedures.routes[route], matters)
    rows = [{name: int(getattr(steps, name)[at]) for name in steps.names()} for at in range(len(steps))]
    return cases, [[row for row in rows if row["case"] == case] for case in cases.id.tolist()]


def names(steps: list[dict[str, int]]) -> list[str]:
    """Activities of a case, in order."""
    return [ACTIVITIES[step["activity"]] for step in steps]


def test_a_qualifying_application_goes_through_the_whole_procedure() -> None:
    """57号: intake, check, visit by two, opinion, notice, county review, decision, notification."""
    _, paths = traced("dibao_application")

    assert all(
        names(path)
        == [
            "intake", "information_check", "home_visit", "data_entry", "first_opinion", "county_review",
            "decision", "notification",
        ]
        for path in paths
    )  # fmt: skip


def test_the_information_check_ends_some_hopeless_applications_before_any_visit() -> None:
    """Half of the ineligible (assumption) are refused on the reply; the rest go to the county."""
    cases, paths = traced("dibao_application", count=2000, ineligible=1)
    stopped = [path for path in paths if names(path) == ["intake", "information_check", "refusal"]]
    share = len(stopped) / len(paths)

    assert abs(share - 0.5) < 4 * (0.25 / 2000) ** 0.5
    assert all(names(path)[-1] == "refusal" for path in paths)
    assert all("notification" not in names(path) for path in paths)
    deciding = [names(path)[at] for path, at in zip(paths, cases.deciding_step.tolist(), strict=True)]
    assert set(deciding) == {"refusal", "decision"}


def test_the_reply_comes_from_outside_and_hand_overs_wait_for_morning() -> None:
    """The check is handed over overnight; its reply takes 3 to 20 working days; the notice 7 days."""
    _, paths = traced("dibao_application")
    check, visit, review = (
        [next(step for step in path if ACTIVITIES[step["activity"]] == name) for path in paths]
        for name in ("information_check", "home_visit", "county_review")
    )

    assert {(step["wait_kind"], step["wait_length"]) for step in check} == {(WORKING, 1)}
    assert {step["wait_kind"] for step in visit} == {WORKING}
    assert min(step["wait_length"] for step in visit) >= 3
    assert max(step["wait_length"] for step in visit) <= 20
    assert {(step["wait_kind"], step["wait_length"]) for step in review} == {(CALENDAR, 7)}


def test_steps_stand_at_the_offices_the_procedure_names() -> None:
    """Township, verification centre, county bureau; the decision is for payroll workers only."""
    _, paths = traced("dibao_application")
    offices = {
        ACTIVITIES[step["activity"]]: step["office"] - (step["office"] if step["office"] < 5 else 0)
        for path in paths
        for step in path
    }
    decision = [step for path in paths for step in path if ACTIVITIES[step["activity"]] == "decision"]

    assert offices["information_check"] == MAKER.verification_office
    assert offices["county_review"] == offices["decision"] == MAKER.county_office
    assert offices["intake"] == 0
    assert all(step["payroll_only"] == 1 for step in decision)


@pytest.mark.parametrize(
    ("route", "days"), [("dibao_application", 30), ("rigid_application", 30), ("review", 30)]
)
def test_clocked_routes_are_due_after_their_working_days(route: str, days: int) -> None:
    """The first day is not counted: due at the end of the thirtieth working day after acceptance."""
    cases, _ = traced(route, count=3)

    assert ((cases.due - 1) // DAY_TICKS - ACCEPTED // DAY_TICKS).tolist() == [days] * 3


def test_matters_without_a_legal_clock_have_none() -> None:
    """Care visits and medical aid handed on are work, but no deadline of ours."""
    for route in ("care_visit", "medical_intake"):
        assert set(traced(route, count=3)[0].due.tolist()) == {NO_CLOCK}


def test_a_review_ends_with_the_opinion_or_goes_to_the_county() -> None:
    """Still eligible: decided by the township's opinion. No longer: notice, decision, notification."""
    _, kept = traced("review")
    _, ended = traced("review", ineligible=1)

    assert {names(path)[-1] for path in kept} == {"review_opinion"}
    assert all(names(path)[-3:] == ["review_opinion", "decision", "notification"] for path in ended)


def test_visits_need_two_people_and_carry_a_share_of_a_trip() -> None:
    """Two items of equal length; a visit takes its minutes on site and a part of the round trip."""
    _, paths = traced("dibao_application")
    visits = [step for path in paths for step in path if ACTIVITIES[step["activity"]] == "home_visit"]

    assert {step["people"] for step in visits} == {2}
    assert min(step["ticks"] for step in visits) > READY.norms.minutes["home_visit"].knots[0]


def _route_programmes(route: Route) -> set[str]:
    return set(route.programmes)


def test_every_programme_with_desk_work_has_a_route() -> None:
    """Monitored households are recognised elsewhere; all other programmes come to the desks."""
    routed = set().union(*(_route_programmes(route) for route in READY.procedures.routes.values()))

    assert routed == {
        "dibao_urban", "dibao_rural", "marginal", "rigid", "tekun_dispersed", "tekun_institution",
        "temporary", "medical",
    }  # fmt: skip
    assert place().id == "shizuishan"

"""Every route on every path, by hand: step, place, two people (×2), payroll only (!), wait (+), end (.)."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from simlib.desks.trace import NO_CLOCK, NOT_SETTLED, Outcome
from simlib.worktime import CALENDAR, DAY_TICKS, WORKING
from tests.desks.traces import ANSWER, CAL, MONDAY, PROCEDURES, decided, maker, matters, table

VISIT = "share.home_visit_application"
INTAKE = ["intake own", "information_check verification +1wd"]
RECHECK = ["check_told own +10wd", "recheck own +5wd"]
TO_OPINION = ["home_visit own ×2 +10wd", "data_entry own", "first_opinion own !"]
BY_COUNTY = ["county_review bureau +7d", "decision bureau ! ."]
DIBAO = [*INTAKE, *TO_OPINION, *BY_COUNTY, "notification own +1wd"]
TEKUN = [
    *INTAKE, "home_visit own ×2 +10wd", "self_care own ×2", "data_entry own", "first_opinion own !",
    *BY_COUNTY, "notification own +1wd",
]  # fmt: skip
REVIEW = ["review_papers own", "information_check verification +1wd"]
ENDED = ["decision bureau ! +1wd .", "notification own +1wd"]
TEKUN_ENDED = ["decision bureau ! +7d .", "notification own +1wd"]
TEKUN_DISPUTED = ["objection bureau ×2 +7d", "decision bureau ! .", "notification own +7d"]
DELEGATED_ENDED = ["decision own ! .", "notification own"]
TEKUN_DELEGATED = ["decision own ! +7d .", "notification own"]
OBJECTION = "share.notice_objection"
REMOTE_IN = [
    "remote_receipt own +7wd", "information_check verification +1wd", "data_entry own +10wd",
    "first_opinion own !", *BY_COUNTY, "notification own +1wd",
]  # fmt: skip
CHANGE = ["change_report own", "review_opinion own !", "decision bureau ! +1wd .", "notification own +1wd"]

PATHS = [
    # dibao: granted, refused by the county, stopped by the check, withdrawn
    ("dibao_application", 0, {VISIT}, (), DIBAO),
    ("dibao_application", 0, set(), (), [*INTAKE, "data_entry own +10wd", "first_opinion own !", *DIBAO[5:]]),
    ("dibao_application", 1, {VISIT}, (), [*DIBAO[:-1], "refusal own +1wd"]),
    ("dibao_application", 1, {VISIT, "share.check_negative"}, (), [*INTAKE, "refusal own +10wd ."]),
    ("dibao_application", 1, {VISIT, "share.withdrawn"}, (), [*INTAKE, "withdrawal own +10wd ."]),
    # the check tells against the family and it objects: looked into again, refused or going on (art. 18)
    (
        "dibao_application", 1, {VISIT, "share.check_negative", "share.check_objection"}, (),
        [*INTAKE, *RECHECK, "refusal own ."],
    ),
    (
        "dibao_application", 0, {VISIT, "share.check_mistaken"}, (),
        [*INTAKE, *RECHECK, "home_visit own ×2", *DIBAO[3:]],
    ),
    ("dibao_application", 0, {VISIT, "share.check_negative", "share.check_objection"}, (), DIBAO),
    ("dibao_application", 1, {VISIT, "share.check_objection"}, (), [*DIBAO[:-1], "refusal own +1wd"]),
    # taken in at a village window
    (
        "dibao_application", 0, {VISIT, "share.village_window"}, (),
        ["village_intake own", *DIBAO[1:]],
    ),
    # handed over to the township of its register; the visit stays where the family lives
    (
        "dibao_application", 0, {VISIT, "share.remote_in_county"}, (),
        [
            "remote_intake own", "remote_receipt other +1wd", "information_check verification +1wd",
            "home_visit own ×2 +10wd", "data_entry other +1wd", "first_opinion other !", *BY_COUNTY,
            "notification other +1wd",
        ],
    ),
    # close relatives of staff: a register of their own, and the county visits
    (
        "dibao_application", 0, {VISIT, "share.staff_relatives"}, (),
        [
            "intake own", "relatives_register own", "information_check verification +1wd", *TO_OPINION,
            "county_review bureau +7d", "home_visit bureau ×2", "decision bureau ! .",
            "notification own +1wd",
        ],
    ),
    # an objection to the notice: investigated anew, a new opinion
    (
        "dibao_application", 0, {VISIT, "share.notice_objection"}, (),
        [
            *INTAKE, *TO_OPINION, "objection own ×2 +7d", "first_opinion own !", "county_review bureau +1wd",
            "decision bureau ! .", "notification own +1wd",
        ],
    ),
    # the county sends the file back, the township completes it, the county reviews again
    (
        "dibao_application", 0, {VISIT, "share.file_returned"}, (),
        [
            *INTAKE, *TO_OPINION, "county_review bureau +7d", "papers_completed own +1wd",
            "county_review bureau +1wd", "decision bureau ! .", "notification own +1wd",
        ],
    ),
    # decided by the township: no county desk, no file sent back
    (
        "dibao_application", 0, {VISIT, "share.file_returned"}, ("delegated",),
        [*INTAKE, *TO_OPINION, "decision own ! +7d .", "notification own"],
    ),
    ("dibao_application", 1, {"share.check_negative"}, ("delegated",), [*INTAKE, "refusal own +10wd ."]),
    # tekun
    ("tekun_application", 0, set(), (), TEKUN),
    ("tekun_application", 1, {"share.check_negative"}, (), [*INTAKE, "refusal own +10wd ."]),
    ("tekun_application", 1, {"share.withdrawn"}, (), [*INTAKE, "withdrawal own +10wd ."]),
    ("tekun_application", 0, {"share.village_window"}, (), ["village_intake own", *TEKUN[1:]]),
    (
        "tekun_application", 0, {"clocks.tekun.spot_check_share"}, (),
        [*TEKUN[:-2], "home_visit bureau ×2", *TEKUN[-2:]],
    ),
    (
        "tekun_application", 0, {"share.notice_objection"}, (),
        [*TEKUN[:6], "objection own ×2 +7d", "first_opinion own !", *TEKUN[6:]],
    ),
    (
        "tekun_application", 0, {"share.file_returned"}, (),
        [
            *TEKUN[:6], "county_review bureau +7d", "papers_completed own +1wd", "county_review bureau +1wd",
            *TEKUN[-2:],
        ],
    ),
    ("tekun_application", 0, set(), ("delegated",), [*TEKUN[:6], "decision own ! +7d .", "notification own"]),
    # rigid: as dibao
    ("rigid_application", 0, {VISIT}, (), DIBAO),
    (
        "rigid_application", 0, {VISIT, "share.file_returned"}, ("delegated",),
        [*INTAKE, *TO_OPINION, "decision own ! +7d .", "notification own"],
    ),
    ("rigid_application", 1, {VISIT}, (), [*DIBAO[:-1], "refusal own +1wd"]),
    ("rigid_application", 1, {"share.withdrawn"}, (), [*INTAKE, "withdrawal own +10wd ."]),
    ("rigid_application", 1, {"share.check_negative"}, (), [*INTAKE, "refusal own +10wd ."]),
    (
        "rigid_application", 0, {VISIT, "share.file_returned"}, (),
        [
            *INTAKE, *TO_OPINION, "county_review bureau +7d", "papers_completed own +1wd",
            "county_review bureau +1wd", "decision bureau ! .", "notification own +1wd",
        ],
    ),
    # reviews and alerts
    ("review", 0, set(), (), [*REVIEW, "review_opinion own ! +10wd ."]),
    (
        "review", 0, {"share.home_visit_review"}, (),
        [*REVIEW, "home_visit own ×2 +10wd", "review_opinion own ! ."],
    ),
    ("review", 1, set(), (), [*REVIEW, "review_opinion own ! +10wd", *ENDED]),
    (
        "review", 1, set(), ("delegated",),
        [*REVIEW, "review_opinion own ! +10wd", *DELEGATED_ENDED],
    ),
    ("review", 0, set(), ("delegated",), [*REVIEW, "review_opinion own ! +10wd ."]),
    ("alert", 0, set(), (), ["alert_check own", "review_opinion own ! ."]),
    ("alert", 0, set(), ("delegated",), ["alert_check own", "review_opinion own ! ."]),
    (
        "alert", 1, set(), ("delegated",),
        ["alert_check own", "review_opinion own !", *DELEGATED_ENDED],
    ),
    (
        "alert", 1, {"share.alert_visited"}, (),
        ["alert_check own", "home_visit own ×2", "review_opinion own !", *ENDED],
    ),
    # an audit: visited or not, kept or ended
    (
        "audit_rectification", 0, set(), (),
        ["audit_check own", "information_check verification +1wd", "review_opinion own ! +10wd ."],
    ),
    (
        "audit_rectification", 1, {"share.audit_visited"}, (),
        [
            "audit_check own", "information_check verification +1wd", "home_visit own ×2 +10wd",
            "review_opinion own !", *ENDED,
        ],
    ),
    (
        "audit_rectification", 1, set(), ("delegated",),
        [
            "audit_check own", "information_check verification +1wd", "review_opinion own ! +10wd",
            *DELEGATED_ENDED,
        ],
    ),
    # tekun: the ending is published, an objection looked into and the decision published anew (43号 art. 26)
    ("tekun_review", 0, {OBJECTION}, (), [*REVIEW, "review_opinion own ! +10wd ."]),
    ("tekun_review", 1, set(), (), [*REVIEW, "review_opinion own ! +10wd", *TEKUN_ENDED]),
    (
        "tekun_review", 1, {OBJECTION, "share.home_visit_review"}, (),
        [*REVIEW, "home_visit own ×2 +10wd", "review_opinion own !", *TEKUN_DISPUTED],
    ),
    ("tekun_review", 1, set(), ("delegated",), [*REVIEW, "review_opinion own ! +10wd", *TEKUN_DELEGATED]),
    (
        "tekun_review", 1, {OBJECTION}, ("delegated",),
        [
            *REVIEW, "review_opinion own ! +10wd", "objection own ×2 +7d", "decision own ! .",
            "notification own +7d",
        ],
    ),
    ("tekun_alert", 0, {OBJECTION}, (), ["alert_check own", "review_opinion own ! ."]),
    (
        "tekun_alert", 1, {"share.alert_visited"}, (),
        ["alert_check own", "home_visit own ×2", "review_opinion own !", *TEKUN_ENDED],
    ),
    ("tekun_alert", 1, {OBJECTION}, (), ["alert_check own", "review_opinion own !", *TEKUN_DISPUTED]),
    (
        "tekun_audit", 1, {OBJECTION, "share.audit_visited"}, (),
        [
            "audit_check own", "information_check verification +1wd", "home_visit own ×2 +10wd",
            "review_opinion own !", *TEKUN_DISPUTED,
        ],
    ),
    (
        "tekun_audit", 0, {OBJECTION}, (),
        ["audit_check own", "information_check verification +1wd", "review_opinion own ! +10wd ."],
    ),
    ("tekun_change", 0, {OBJECTION}, (), CHANGE),
    (
        "tekun_change", 1, {"share.change_visited"}, (),
        [CHANGE[0], "home_visit own ×2", "review_opinion own !", *TEKUN_ENDED],
    ),
    ("tekun_change", 1, {OBJECTION}, (), [*CHANGE[:2], *TEKUN_DISPUTED]),
    ("tekun_change", 1, set(), ("delegated",), [*CHANGE[:2], *TEKUN_DELEGATED]),
    # what comes of its own accord
    ("change_report", 0, set(), (), CHANGE),
    ("change_report", 0, {"share.change_visited"}, (), [CHANGE[0], "home_visit own ×2", *CHANGE[1:]]),
    (
        "change_report", 0, set(), ("delegated",),
        ["change_report own", "review_opinion own !", "decision own ! .", "notification own"],
    ),
    (
        "tekun_reassessment", 0, set(), (),
        ["change_report own", "self_care own ×2", "review_opinion own ! .", "notification own"],
    ),
    ("care_visit", 0, set(), (), ["care_visit own ."]),
    ("change_visit", 0, set(), (), ["change_visit own ."]),
    (
        "complaint", 0, set(), (),
        ["complaint_register own", "home_visit bureau ×2 +1wd", "complaint_answer bureau ! ."],
    ),
    ("enquiry", 0, set(), (), ["enquiry own ."]),
    ("service_assessment", 0, set(), (), ["service_assessment own ."]),
    ("referral", 0, set(), (), ["referral own ."]),
    ("recalculation", 0, set(), (), ["recalculation own ."]),
    ("remote_out", 0, set(), (), ["remote_intake own ."]),
    ("remote_in", 0, set(), (), REMOTE_IN),
    ("remote_in", 0, set(), ("delegated",), [*REMOTE_IN[:4], "decision own ! +7d .", "notification own"]),
    # aid for the moment
    ("temporary_emergency", 0, set(), (), ["emergency own .", "emergency_papers own"]),
    ("temporary_small", 0, set(), (), ["temporary_intake own", "temporary_decision own ! ."]),
    (
        "temporary_ordinary", 0, set(), (),
        [
            "temporary_intake own", "first_opinion own !", "temporary_decision bureau ! +7d .",
            "notification own +1wd",
        ],
    ),
    (
        "temporary_ordinary", 0, {"share.temporary_home_visit"}, (),
        [
            "temporary_intake own", "home_visit own ×2", "first_opinion own !",
            "temporary_decision bureau ! +7d .", "notification own +1wd",
        ],
    ),
    ("medical_intake", 0, set(), (), ["medical_intake own ."]),
]  # fmt: skip


PATHS += [("marginal_application", *path[1:]) for path in PATHS if path[0] == "dibao_application"]
"""Marginal households follow by reference, step by step."""


@pytest.mark.parametrize(("route", "ineligible", "up", "levers", "steps"), PATHS)
def test_a_case_takes_the_steps_a_planner_would_write_down(
    route: str, ineligible: int, up: set[str], levers: tuple[str, ...], steps: list[str]
) -> None:
    """The route files are read as tables of steps; these are the tables."""
    trace = maker(decided(dict.fromkeys(up, 1.0)), levers=levers)
    cases, done = trace.month(matters(route, ineligible=ineligible))

    assert table(trace, cases, done) == steps


def test_every_route_and_every_flag_is_written_out_above() -> None:
    """A route or flag without a table would be free to change unseen."""
    seen = {route for route, *_ in PATHS}
    up = {(route, share) for route, _, shares, *_ in PATHS for share in shares}
    drawn = {
        (route.id, flag.share) for route in PROCEDURES.routes.values() for flag in route.flags if flag.share
    }

    assert seen == set(PROCEDURES.routes)
    assert {share for _, share in drawn - up} == {"share.hard_cases"}


@pytest.mark.parametrize(
    ("route", "up", "levers", "days"),
    [
        ("dibao_application", None, (), 30),
        ("dibao_application", "share.hard_cases", (), 45),
        ("dibao_application", "share.notice_objection", (), 45),
        ("dibao_application", "share.remote_in_county", (), 45),
        ("dibao_application", None, ("delegated",), 20),
        ("dibao_application", "share.hard_cases", ("delegated",), 45),
        ("marginal_application", None, (), 30),
        ("marginal_application", "share.hard_cases", (), 45),
        ("marginal_application", None, ("delegated",), 20),
        ("rigid_application", None, ("delegated",), 30),
        ("rigid_application", "share.hard_cases", (), 45),
        ("tekun_application", None, (), 35),
        ("tekun_reassessment", None, (), 10),
        ("review", None, (), 30),
        ("alert", None, (), 15),
        ("audit_rectification", None, (), 40),
        ("tekun_review", None, (), 30),
        ("tekun_alert", None, (), 15),
        ("tekun_audit", None, (), 40),
        ("complaint", None, (), 30),
        ("remote_in", None, (), 45),
        ("temporary_small", None, (), 3),
        ("temporary_ordinary", None, (), 20),
    ],
)
def test_a_case_is_due_after_its_working_days(
    route: str, up: str | None, levers: tuple[str, ...], days: int
) -> None:
    """The day of acceptance is not counted; the last moment is the end of the last working day."""
    trace = maker(decided({up: 1.0} if up else {}), levers=levers)
    cases, _ = trace.month(matters(route))

    assert int(cases.due[0]) == (MONDAY // DAY_TICKS + days + 1) * DAY_TICKS


@pytest.mark.parametrize(
    ("accepted", "objection", "due"),
    [
        # 15 working days, 7 days, 15 working days; no holiday, then National Day 2025 in the second half
        ("2026-03-02", 0, "2026-04-21"),
        ("2025-09-19", 0, "2025-11-13"),
        # the notice lies in National Day: opinion by 28 Sep (worked), notice to 5 Oct, work from 9 Oct
        ("2025-09-08", 0, "2025-10-28"),
        # the notice lies in Spring Festival 2026 (15 to 23 Feb off, 14 and 28 Feb worked)
        ("2026-01-23", 0, "2026-03-13"),
        # over the end of a year: 1 to 3 January 2026 off, Sunday 4 January worked
        ("2025-12-05", 0, "2026-01-22"),
        # an objection: investigated anew within 15 working days and published once more (9 May 2026 worked)
        ("2026-03-02", 1, "2026-05-21"),
        ("2025-09-08", 1, "2025-11-25"),
    ],
)
def test_tekun_terms_follow_each_other_over_holidays(accepted: str, objection: int, due: str) -> None:
    """43号 arts. 13, 15, 16, counted on a wall calendar: a holiday in the notice adds nothing, one in the
    working days does, and an objection brings a term and a notice of its own."""
    day = CAL.day(date.fromisoformat(accepted))
    arrival = int(CAL.workday_of_day[day]) * DAY_TICKS + 7
    trace = maker(decided({"share.notice_objection": float(objection)}))
    cases, _ = trace.month(matters("tekun_application", arrival=arrival))
    last = CAL.day_of_workday[(int(cases.due[0]) - 1) // DAY_TICKS]

    assert CAL.date_of(int(last)).isoformat() == due


@pytest.mark.parametrize(
    "route",
    [
        "service_assessment",
        "care_visit",
        "medical_intake",
        "change_report",
        "tekun_change",
        "enquiry",
        "referral",
        "remote_out",
    ],
)
def test_what_no_text_limits_has_no_term(route: str) -> None:
    """Work without a deadline of ours must not count as kept or broken."""
    assert maker(decided()).month(matters(route))[0].due.tolist() == [NO_CLOCK]


def test_the_notice_runs_inside_the_term() -> None:
    """57号 stops the clock for nothing: a longer notice moves the county's turn, not the due date."""
    short, long = (
        maker(decided(**{"clocks.dibao.notice_days": days})).month(matters("dibao_application"))
        for days in (7, 27)
    )

    assert short[0].due.tolist() == long[0].due.tolist()
    assert [int(steps.wait_length.max()) for _, steps in (short, long)] == [10, 27]


def test_a_withdrawn_application_ends_without_a_term() -> None:
    """Whoever takes his application back was neither served in time nor late."""
    cases, _ = maker(decided({"share.withdrawn": 1.0})).month(matters("dibao_application", ineligible=1))

    assert (cases.outcome.tolist(), cases.due.tolist()) == ([Outcome.WITHDRAWN], [NO_CLOCK])


@pytest.mark.parametrize(("ineligible", "outcome"), [(0, Outcome.GRANTED), (1, Outcome.REFUSED)])
def test_who_qualifies_is_granted_and_who_does_not_is_refused(ineligible: int, outcome: Outcome) -> None:
    """The desk decides rightly; what it costs is time."""
    cases, _ = maker(decided()).month(matters("review", ineligible=ineligible))

    assert cases.outcome.tolist() == [outcome]


def test_papers_from_another_county_reach_the_desk_after_their_journey() -> None:
    """The term runs while they travel: due from acceptance, entry seven working days later."""
    cases, _ = maker(decided()).month(matters("remote_in"))

    assert int(cases.accepted[0]) == MONDAY
    assert int(cases.entry[0]) == (MONDAY // DAY_TICKS + 7) * DAY_TICKS


def test_what_comes_at_the_very_opening_belongs_to_that_day() -> None:
    """The first tick of a day is its own, not the last of the day before."""
    opening = MONDAY // DAY_TICKS * DAY_TICKS
    cases, _ = maker(decided()).month(matters("remote_in", arrival=opening))

    assert int(cases.entry[0]) == opening + 7 * DAY_TICKS


def test_a_first_step_waits_in_the_unit_of_its_wait() -> None:
    """Three working days from a Thursday are Tuesday, three full days and the next opening are Monday."""
    trace = maker(decided())
    _, steps = trace.month(matters("enquiry", 2))
    steps.wait_length[:], steps.wait_kind[:] = 3, (WORKING, CALENDAR)
    thursday = OPENS[0]
    entry = trace.terms.entry(np.full(2, thursday + 5), steps, np.arange(2))

    assert ((entry - thursday) // DAY_TICKS).tolist() == [3, 2]


def minute(day: int, hour: int, past: int = 0) -> int:
    """A civil minute in March 2026 (the 7th and 8th are a weekend)."""
    return (CAL.day(CAL.first_day.replace(2026, 3, day)) * 24 + hour) * 60 + past


def emergency(arrival: int, *, answer: int = ANSWER, on_call: bool = True) -> tuple[list[str], list[int]]:
    """The steps of an emergency, and its due tick, entry and settled tick."""
    norms = decided(**{"duty.answer_minutes": answer})
    trace = maker(norms, levers=("on_call",) if on_call else ())
    matter = matters("temporary_emergency")
    matter.arrival[0] = arrival
    cases, steps = trace.month(matter)
    return table(trace, cases, steps), [int(cases.due[0]), int(cases.entry[0]), int(cases.settled[0])]


OPENS = [
    int(CAL.workday_of_day[CAL.day(CAL.first_day.replace(2026, 3, day))]) * DAY_TICKS for day in (5, 6, 9)
]
"""Opening ticks of Thursday the 5th, Friday the 6th and Monday the 9th."""


def test_on_call_aid_comes_at_night_and_the_papers_in_the_morning() -> None:
    """Thursday 20:00: aid at midnight, papers at the desk when it opens on Friday; due Friday 20:00."""
    steps, (due, entry, settled) = emergency(minute(5, 20))

    assert steps == ["emergency_papers own"]
    assert (due, entry, settled) == (OPENS[1] + DAY_TICKS, OPENS[1], OPENS[1])


def test_papers_never_come_before_the_aid() -> None:
    """Friday 08:00, aid at noon: the desk is open since nine, but there is nothing to write up yet."""
    _, (_, entry, settled) = emergency(minute(6, 8))

    assert entry == settled == OPENS[1] + DAY_TICKS * 3 // 8


def test_on_call_aid_that_comes_too_late_is_late_though_every_desk_is_shut() -> None:
    """Saturday 10:00, answered after 26 hours: the axis of working time cannot tell, the clock can."""
    _, (due, _, settled) = emergency(minute(7, 10), answer=26 * 60)
    _, (_, _, in_time) = emergency(minute(7, 10), answer=24 * 60)

    assert due == OPENS[2]
    assert (settled > due, in_time > due) == (True, False)


@pytest.mark.parametrize("on_call", [True, False])
def test_in_opening_hours_the_desk_gives_the_aid(on_call: bool) -> None:
    """A roster is for the hours when the desk is shut; the noon break is one of them."""
    steps, (due, entry, settled) = emergency(minute(5, 10), on_call=on_call)

    assert steps == ["emergency own .", "emergency_papers own"]
    assert settled == NOT_SETTLED
    assert entry == OPENS[0] + DAY_TICKS // 8
    assert due == OPENS[1] + DAY_TICKS // 8
    assert emergency(minute(5, 12, 30), on_call=on_call)[0][0].startswith("emergency_papers") == on_call


def test_without_a_roster_a_weekend_emergency_waits_for_monday() -> None:
    """Saturday 10:00: due Sunday 10:00, at the desk on Monday: late before anyone can act."""
    steps, (due, entry, settled) = emergency(minute(7, 10), on_call=False)

    assert steps == ["emergency own .", "emergency_papers own"]
    assert (due, entry, settled) == (OPENS[2], OPENS[2], NOT_SETTLED)


@pytest.mark.parametrize("on_call", [True, False])
def test_a_duty_roster_also_visits_after_a_major_change(on_call: bool) -> None:
    """Saturday 10:00, term 24 hours: the roster goes there by night, or the desk on Monday and too late."""
    norms = decided(**{"duty.visit_minutes": ANSWER})
    trace = maker(norms, levers=("on_call",) if on_call else ())
    matter = matters("change_visit")
    matter.arrival[0] = minute(7, 10)
    cases, steps = trace.month(matter)

    assert int(cases.due[0]) == int(cases.entry[0]) == OPENS[2]
    assert table(trace, cases, steps) == (["visit_record own"] if on_call else ["change_visit own ."])
    assert (int(cases.settled[0]) == OPENS[2]) == on_call

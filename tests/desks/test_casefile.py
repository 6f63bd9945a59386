"""The file of a case: what a jurist would check by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from simlib.desks.casefile import case_file, moment
from simlib.desks.casetext import case_head, case_rows
from simlib.desks.network import Services
from simlib.desks.norms import norms_from
from simlib.desks.trace import Outcome
from simlib.policy.localclocks import under_rule
from simlib.policy.procedure import NAMED_FLAGS
from simlib.words import has, speaking
from simlib.worktime import CALENDAR, DAY_TICKS, WORKING
from tests.desks.traces import CAL, LAW, MONDAY, PROCEDURES, decided, everything, maker, matters


def test_a_file_shows_term_due_day_and_the_article_of_every_step() -> None:
    """57号: thirty working days (art. 22) from Monday 2 March 2026 end on Tuesday 14 April, past Qingming."""
    trace = maker(decided({"share.home_visit_application": 1.0}))
    file = case_file(trace, matters("dibao_application"))
    lines = [(line.step.activity.id, line.step.article) for line in file.lines if line.step.activity]

    assert (file.term, file.clock and file.clock.article) == (30, "22")
    assert file.then == ()
    assert (str(file.came.date()), str(file.due)) == ("2026-03-02", "2026-04-14 18:00:00")
    assert file.route.source["number"] == "民发〔2021〕57号"
    assert lines == [
        ("intake", "10"), ("information_check", "17"), ("home_visit", "15, 16"), ("data_entry", ""),
        ("first_opinion", "19"), ("county_review", "20"), ("decision", "20"), ("notification", "21"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("zh", "时限 15个工作日，其后7天，其后15个工作日（第13、15、16条），最迟"),
        ("en", "term of 15 working days, then 7 days, then 15 working days (arts. 13, 15, 16); due"),
    ],
)
def test_terms_that_follow_each_other_are_told_one_by_one(lang: str, told: str) -> None:
    """43号: no article says thirty-five days; whoever checks a file counts the three terms."""
    with speaking(lang):
        said = case_head(case_file(maker(decided()), matters("tekun_application")))[3]

    assert said == f"{told} 2026-04-21 18:00"


def test_a_wait_stands_in_the_line_of_the_step_it_holds_back() -> None:
    """The notice of seven days is why the county has the file no sooner; the county has ten working days."""
    file = case_file(maker(decided()), matters("dibao_application"))
    review = next(
        line for line in file.lines if line.step.activity and line.step.activity.id == "county_review"
    )
    check = file.lines[1]

    assert (review.wait, review.wait_kind, review.within_days) == (7, CALENDAR, 10)
    assert review.waited_for is not None
    assert (review.waited_for.wait, review.waited_for.article) == ("clocks.dibao.notice_days", "19")
    assert (check.wait, check.wait_kind, check.waited_for) == (1, WORKING, None)
    assert [line.waited_for is not None for line in file.lines] == [
        False,
        False,
        True,
        False,
        True,
        False,
        False,
    ]


def test_a_file_of_any_case_has_the_lines_of_its_steps() -> None:
    """The file is read from the route, the steps from the loop: they must tell the same story."""
    trace = maker(levers=("delegated", "on_call"))
    month = everything(12)
    cases, steps = trace.month(month)
    for at in range(len(month)):
        matter = month.pick(np.array([at]))
        file = case_file(trace, matter)
        case = np.flatnonzero((cases.household == matter.household[0]) & (cases.area == matter.area[0]))
        rows = np.flatnonzero(steps.case == cases.id[case[0]])

        assert [line.step.activity.number for line in file.lines if line.step.activity] == (
            steps.activity[rows].tolist()
        )
        assert [line.wait for line in file.lines] == steps.wait_length[rows].tolist()
        assert file.outcome == Outcome(int(cases.outcome[case[0]]))


def test_hours_are_shown_in_civil_time() -> None:
    """An emergency on Saturday at ten is due on Sunday at ten, whatever desks are open."""
    matter = matters("temporary_emergency")
    matter.arrival[0] = (CAL.day(date(2026, 3, 7)) * 24 + 10) * 60
    on_duty, at_desk = (case_file(maker(decided(), levers=lever), matter) for lever in (("on_call",), ()))

    assert {str(file.due) for file in (on_duty, at_desk)} == {"2026-03-08 10:00:00"}
    assert (str(on_duty.came), str(on_duty.settled)) == ("2026-03-07 10:00:00", "2026-03-07 14:00:00")
    assert at_desk.settled is None
    assert (len(on_duty.lines), len(at_desk.lines)) == (1, 2)
    assert on_duty.lines[0].waited_for is None


def test_services_fill_in_who_did_what_when() -> None:
    """Two people at a visit: it began with the first and ended with the last of them."""
    trace = maker(decided())
    matter = matters("tekun_reassessment")
    cases, _ = trace.month(matter)
    case, day = int(cases.id[0]), MONDAY // DAY_TICKS * DAY_TICKS
    rows = [
        (case, 1, 0, 0, 0, 31, day, day, day + DAY_TICKS // 8, 0),
        (case, 1, 1, 0, 0, 32, day, day + DAY_TICKS // 8, day + DAY_TICKS, 1),
    ]
    file = case_file(trace, matter, Services(*np.array(rows, dtype=np.int64).T))
    visit = file.lines[1]

    assert (visit.workers, str(visit.came)) == ((31, 32), "2026-03-02 09:00:00")
    assert (str(visit.started), str(visit.finished)) == ("2026-03-02 09:00:00", "2026-03-02 18:00:00")
    assert (file.lines[0].started, file.lines[0].workers) == (None, ())


def test_a_file_is_made_of_one_matter() -> None:
    """Two matters have two files."""
    with pytest.raises(ValueError, match="one matter"):
        case_file(maker(), matters("review", 2))


@pytest.mark.parametrize(
    ("inside", "is_end", "time"),
    [
        (0, False, "09:00"),
        (DAY_TICKS * 3 // 8, False, "13:00"),
        (DAY_TICKS // 2, False, "14:00"),
        (0, True, "18:00"),
    ],
)
def test_ticks_are_shown_as_times_of_day(inside: int, is_end: bool, time: str) -> None:
    """The end of a working day is its closing time, not the next morning's opening."""
    day = MONDAY // DAY_TICKS * DAY_TICKS + (DAY_TICKS if is_end else 0)

    assert str(moment(CAL, day + inside, is_end=is_end)) == f"2026-03-02 {time}:00"


def test_a_withdrawn_case_shows_no_term() -> None:
    """No deadline counts for what was taken back."""
    norms = decided({"share.withdrawn": 1.0})
    file = case_file(maker(norms), matters("dibao_application", ineligible=1))

    assert (file.outcome, file.clock, file.term, file.due) == (Outcome.WITHDRAWN, None, 0, None)
    assert file.flags == {"ineligible", "withdrawn", "ended"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_file_is_told_in_both_languages(lang: str) -> None:
    """What a jurist reads: term, article and due day; each step with its place, its wait and its rule."""
    trace = maker(decided({"share.hard_cases": 1.0}))
    file = case_file(trace, matters("dibao_application"))
    with speaking(lang):
        head, rows = case_head(file), [list(row.values()) for row in case_rows(file, "office {}".format)]

    zh = lang == "zh"
    assert head[3] == (
        "时限 45个工作日（第22条），最迟 2026-05-08 18:00"
        if zh
        else "term of 45 working days (art. 22); due 2026-05-08 18:00"
    )
    assert rows[4] == (
        ["县级复核", "office 5", "1人", "7天：公示", rows[4][4], "第20条，10个工作日内", "", ""]
        if zh
        else [
            "County review", "office 5", "1", "7 days: public notice", rows[4][4],
            "art. 20, within 10 working days", "", "",
        ]
    )  # fmt: skip


def test_a_term_no_text_sets_is_told_as_assumed() -> None:
    """An alert is looked into within fifteen working days because we say so, not the law."""
    with speaking("en"):
        head = case_head(case_file(maker(decided()), matters("alert")))

    assert head[3] == "term of 15 working days (assumed); due 2026-03-23 18:00"


def test_every_case_can_be_told() -> None:
    """A flag, wait or outcome without words would stop the listing of the one case somebody asks for."""
    waits = {step.wait for route in PROCEDURES.routes.values() for step in route.steps if step.wait} - {
        step.wait for route in PROCEDURES.routes.values() for step in route.steps if step.on_duty
    }
    flags = {flag.id for route in PROCEDURES.routes.values() for flag in route.flags} | {*NAMED_FLAGS}
    keys = [f"case.wait.{wait}" for wait in waits] + [f"flag.{flag}" for flag in flags]

    assert [key for key in sorted(keys) if not has(key)] == []
    trace, month = maker(levers=("delegated", "on_call")), everything(4)
    for at in range(len(month)):
        file = case_file(trace, month.pick(np.array([at])))

        assert len(case_head(file)) == 5 + (file.settled is not None)
        assert len(case_rows(file, str)) == len(file.lines)


def test_a_term_of_a_local_rule_is_told_with_its_title() -> None:
    """A jurist must not take a place's term for that of the national text."""
    procedures = under_rule(PROCEDURES, LAW.local_rule("qingdao"))
    norms = norms_from(procedures, lambda key: LAW.dated(key).entry(date(2026, 1, 1)).value)
    with speaking("en"):
        head = case_head(case_file(maker(norms, procedures=procedures), matters("dibao_application")))

    assert any("working days (Qingdao: terms of dibao)" in line for line in head)


def test_a_term_of_another_text_than_the_route_s_is_told_with_that_text() -> None:
    """The twenty days of a township that decides stand in the notice of 2022, not in 57号."""
    trace = maker(decided(), levers=("delegated",))
    with speaking("zh"):
        told = case_head(case_file(trace, matters("dibao_application")))[3]
    plain = case_head(case_file(maker(decided()), matters("dibao_application")))[3]

    assert (
        "20个工作日（《关于进一步做好最低生活保障等社会救助兜底保障工作的通知》2022-10-20第4部分（1））"
        in told
    )
    assert "2022-10-20" not in plain


@pytest.mark.parametrize(
    ("route", "ineligible", "up", "deciding"),
    [
        ("review", 0, "share.home_visit_review", "review_opinion"),
        ("review", 1, "share.home_visit_review", "decision"),
        ("dibao_application", 1, "share.check_negative", "refusal"),
        ("tekun_review", 1, "share.notice_objection", "decision"),
    ],
)
def test_one_step_is_told_as_the_one_that_decides(
    route: str, ineligible: int, up: str, deciding: str
) -> None:
    """An opinion that somebody no longer qualifies does not end support: the decision after it does."""
    file = case_file(maker(decided({up: 1.0})), matters(route, ineligible=ineligible))
    told = [row["step"] for row in case_rows(file, str) if row["step"].endswith("(decides)")]

    assert [line.step.activity.id for line in file.lines if line.decides and line.step.activity] == [deciding]
    assert len(told) == 1


def test_what_another_text_prescribes_is_not_told_as_an_article_of_this_one() -> None:
    """A tekun person is looked into as 57号 art. 31 says of dibao; art. 31 of 43号 does not exist."""
    articles = [
        (step.activity.id if step.activity else step.wait, step.article)
        for step in PROCEDURES.routes["tekun_review"].steps
    ]
    notice, told = ("clocks.tekun.ending_notice_days", "26"), ("notification", "26")

    assert [article for _, article in articles[:5]] == [""] * 5
    assert [articles[5], *articles[-2:]] == [notice, notice, told]
    assert PROCEDURES.routes["review"].steps[0].article == "31"


def test_an_objection_to_an_ending_is_looked_into_within_fifteen_days() -> None:
    """43号 art. 26, by the county; by the township where it decides (art. 28)."""
    norms = decided({"share.notice_objection": 1.0})
    for levers, article in (((), "art. 26"), (("delegated",), "arts. 26, 28")):
        file = case_file(maker(norms, levers=levers), matters("tekun_change", ineligible=1))
        row = next(row for row in case_rows(file, str) if row["step"] == "Investigation after an objection")

        assert row["rule"] == f"{article}, within 15 working days"
        assert row["waits before"] == "7 days: public notice of the ending"


def test_objecting_to_the_check_is_told_article_by_article() -> None:
    """57号 art. 18: told at once, evidence, looked into again; a family that does not qualify is refused."""
    norms = decided({"share.check_negative": 1.0, "share.check_objection": 1.0})
    rows = case_rows(case_file(maker(norms), matters("dibao_application", ineligible=1)), str)[2:]

    assert [(row["step"], row["waits before"], row["rule"]) for row in rows] == [
        ("Check result told", "10 working days: reply to the check", "art. 18"),
        ("Check looked into again", "5 working days: the family's evidence", "art. 18"),
        ("Refusal notice (decides)", "", "art. 18"),
    ]

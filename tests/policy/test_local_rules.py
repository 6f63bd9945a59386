"""Local rules on terms: what a file may say, what is said about a wrong one, what it does to the routes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from simlib.desks.norms import norms_from
from simlib.errors import LawError
from simlib.policy.explain import explain
from simlib.policy.localclocks import under_rule
from simlib.policy.procedure import Procedures, load_procedures
from simlib.policy.statutes import load_law
from simlib.scenario import Policy
from simlib.worktime import CALENDAR, DAY_TICKS, WORKING
from simlib.years.setting import prepare
from tests.desks.traces import CAL, maker, matters
from tests.policy.lawfiles import write_local_rule
from tests.small import place, scenario

PROCEDURES = load_procedures()
NOTICE, PAPERS = "clocks.dibao.notice_days", "papers_completed"
TOTAL = "clocks.marginal.total_working_days"
NOTICED = f"{{kind: calendar, length: {NOTICE}}}"
WORKING_TERM = f"{{kind: working, length: {TOTAL}}}"
STOPS = f'{{route: dibao_application, article: "12", stops: [{NOTICE}, {PAPERS}]}}'


def routes(folder: Path, *entries: str) -> Procedures:
    """The routes under a rule of these entries."""
    law = load_law([write_local_rule(folder, *entries)])
    return under_rule(PROCEDURES, law.local_rule("ours"), on=date(2027, 1, 1))


def test_no_shipped_text_stops_a_clock() -> None:
    """Default: nothing stops the 30 or 45 days of 57号, in no route and by no local rule that comes along."""
    law = load_law()

    assert not any(step.stop for route in PROCEDURES.routes.values() for step in route.steps)
    assert law.local
    for rule in law.local.values():
        assert not any(entry.stops for version in rule.versions for entry in version.clocks), rule.id


def test_a_rule_marks_the_steps_it_names_and_no_other(tmp_path: Path) -> None:
    """Notice and completion of papers stop the clock of dibao; other routes with the same waits run on."""
    found = routes(tmp_path, STOPS)
    stopping = {
        (route.id, step.activity.id if step.activity else step.wait)
        for route in found.routes.values()
        for step in route.steps
        if step.stop
    }

    assert stopping == {("dibao_application", NOTICE), ("dibao_application", PAPERS)}
    stop = next(step.stop for step in found.routes["dibao_application"].steps if step.stop)
    assert (stop.title["en"], stop.article) == ("Our rule", "12")
    assert found.routes["review"] is PROCEDURES.routes["review"]


def test_a_rule_sets_the_terms_it_names(tmp_path: Path) -> None:
    """The others stay as the national text has them; several follow each other."""
    terms = f"{{ordinary: [{NOTICED}, {WORKING_TERM}], special: {WORKING_TERM}}}"
    entry = f"{{route: dibao_application, terms: {terms}}}"
    clocks = routes(tmp_path, entry).routes["dibao_application"].clocks
    before = PROCEDURES.routes["dibao_application"].clocks

    assert clocks[1] == before[1]
    assert clocks[0].terms == ((WORKING, TOTAL),)
    assert clocks[2].terms == ((CALENDAR, NOTICE), (WORKING, TOTAL))
    assert [clock.condition for clock in clocks] == [clock.condition for clock in before]
    assert [clock.rule is not None for clock in clocks] == [True, False, True]


@pytest.mark.parametrize(
    ("rule", "route", "up", "levers", "accepted", "due"),
    [
        ("qingdao", "dibao_application", None, (), "2026-03-02", "2026-03-30"),
        ("qingdao", "dibao_application", "share.hard_cases", (), "2026-03-02", "2026-04-14"),
        ("qingdao", "dibao_application", None, ("delegated",), "2026-03-02", "2026-03-30"),
        ("qingdao", "rigid_application", None, (), "2026-03-02", "2026-04-14"),
        ("zhongyuan-2023", "dibao_application", None, ("delegated",), "2026-03-02", "2026-04-07"),
        ("zhongyuan-2023", "dibao_application", "share.hard_cases", (), "2026-03-02", "2026-04-28"),
        ("wuhan", "dibao_application", None, (), "2026-03-02", "2026-03-26"),
        # 15 working days to 23 March, 7 days to the 30th, 5 working days (4 to 6 April off)
        ("zhejiang-2020", "dibao_application", None, (), "2026-03-02", "2026-04-07"),
        # the same notice, then 3 and 5 working days
        ("taizhou", "dibao_application", None, (), "2026-03-02", "2026-04-10"),
        # 10 working days to 16 March, 7 days to the 23rd, 3 working days
        ("yantai", "tekun_application", None, (), "2026-03-02", "2026-03-26"),
        ("changle-2024", "tekun_application", None, (), "2026-03-02", "2026-04-14"),
        ("jianshan-2022", "tekun_application", None, (), "2026-03-02", "2026-03-23"),
    ],
)
def test_published_variants_end_where_a_wall_calendar_says(
    rule: str, route: str, up: str | None, levers: tuple[str, ...], accepted: str, due: str
) -> None:
    """Each place's terms, counted by hand from Monday, 2 March 2026; Qingming is 4 to 6 April."""
    law = load_law()
    procedures = under_rule(PROCEDURES, law.local_rule(rule))
    norms = norms_from(procedures, lambda key: law.dated(key).entry(date(2026, 1, 1)).value)
    norms = replace(norms, share={**dict.fromkeys(norms.share, 0.0), **({up: 1.0} if up else {})})
    arrival = int(CAL.workday_of_day[CAL.day(date.fromisoformat(accepted))]) * DAY_TICKS + 7
    trace = maker(norms, procedures=procedures, levers=levers)
    cases, _ = trace.month(matters(route, arrival=arrival))
    last = int(CAL.day_of_workday[(int(cases.due[0]) - 1) // DAY_TICKS])

    assert CAL.date_of(last).isoformat() == due


def test_a_rule_says_how_often_is_looked_again() -> None:
    """Xianyang: class C by the quarter in towns, by the half-year in the country; all else as the nation."""
    home = place()
    case = replace(scenario(Policy(local_rule="xianyang-2024")))
    life = prepare(case, law=load_law(), place=home).caseload.life
    plain = prepare(scenario(), law=load_law(), place=home).caseload.life

    assert life["dibao_urban"].review_months == (3, 12)
    assert life["dibao_rural"].review_months == (6, 12)
    assert {name for name in life if life[name] != plain[name]} == {"dibao_urban"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{route: dibao_aplication, article: 1, stops: [intake]}", "did you mean 'dibao_application'"),
        (
            "{route: dibao_application, article: 1, stops: [papers_complete]}",
            "did you mean 'papers_completed'",
        ),
        (
            f"{{route: tekun_application, article: 1, stops: [{PAPERS}]}}",
            "does not run in working days alone",
        ),
        (
            "{route: temporary_emergency, article: 1, stops: [emergency]}",
            "does not run in working days alone",
        ),
        (
            f"{{route: rigid_application, article: 1, stops: [intake], terms: {{ordinary: {NOTICED}}}}}",
            "does not run in working days alone",
        ),
    ],
)
def test_what_does_not_fit_the_routes_is_one_line_with_file_and_row(
    tmp_path: Path, entry: str, said: str
) -> None:
    """A stop that means nothing would be believed to work."""
    with pytest.raises(LawError) as caught:
        routes(tmp_path, STOPS, entry)

    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].row == 17
    assert said in caught.value.problems[0].line("en")
    assert "ours.yaml" in caught.value.problems[0].line("en")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    source: {title: 我市规定, article: part 2}\n", "", "source"),
        ("source: {title: 我市规定,", "source: {titel: 我市规定,", "source"),
        ('article: "12", ', "", "article"),
        (f"stops: [{NOTICE}, {PAPERS}]", "stops: everything", "a list of names"),
        (f", stops: [{NOTICE}, {PAPERS}]", "", "neither stops nor terms"),
        ("stops: [", "stop: [", "did you mean 'stops'"),
        (f"stops: [{NOTICE}, {PAPERS}]", "terms: {ordinary: {kind: hours, length: clocks.x}}", "calendar"),
        (f"stops: [{NOTICE}, {PAPERS}]", "terms: 30", "terms"),
        (f"stops: [{NOTICE}, {PAPERS}]", "terms: {ordinary: []}", "neither stops nor terms"),
        ('article: "12"', "article: [12]", "neither blank nor a list"),
        ('article: "12"', "article: ' '", "neither blank nor a list"),
        (f"stops: [{NOTICE}, {PAPERS}]", f"stops: [{NOTICE}, {NOTICE}]", "spoken of twice"),
        ("source: {title: 我市规定, article: part 2}", "source: {title: 我市规定, article: [2]}", "a list"),
        ("2026-01-01:", "1526-01-01:", "not a date"),
        (
            f"stops: [{NOTICE}, {PAPERS}]",
            "terms: {ordinary: {kind: working, length: clocks.dibao.totl_working_days}}",
            "clocks.dibao.total_working_days",
        ),
        (
            f"stops: [{NOTICE}, {PAPERS}]",
            "terms: {ordinary: {kind: calendar, length: clocks.dibao.total_working_days}}",
            "is in working_day",
        ),
    ],
)
def test_a_rule_without_source_or_sense_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    """A clock is stopped by a cited text or not at all."""
    file = write_local_rule(tmp_path, STOPS)
    content = file.read_text("utf-8")
    assert content.count(old) == 1, old
    file.write_text(content.replace(old, new), "utf-8")

    with pytest.raises(LawError) as caught:
        load_law([file])

    assert said in "\n".join(problem.line("en") for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{programmes: [dibao_urbn], changing: clocks.dibao.phase_out_months}", "dibao_urban"),
        ("{programmes: [marginal], changing: clocks.dibao.phase_out_months}", "for dibao alone"),
        ("{programmes: [marginal]}", "neither changing nor stable"),
        ("{programmes: marginal, stable: clocks.dibao.phase_out_months}", "programmes should be a list"),
        ("{programmes: [marginal], stable: clocks.dibao.notice_days}", "is in day"),
        ("{stable: clocks.dibao.phase_out_months}", "programmes"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(tmp_path: Path, entry: str, said: str) -> None:
    """Programme, kind of household and unit are told apart."""
    file = write_local_rule(tmp_path, STOPS)
    file.write_text(file.read_text("utf-8") + f"    reviews:\n      - {entry}\n", "utf-8")

    with pytest.raises(LawError) as caught:
        load_law([file])

    assert len(caught.value.problems) == 1
    assert said in caught.value.problems[0].line("en")
    assert caught.value.problems[0].row == 18


def test_an_unknown_rule_names_the_nearest(tmp_path: Path) -> None:
    """The lever takes an id of the planner's own folder."""
    law = load_law([write_local_rule(tmp_path, STOPS)])

    with pytest.raises(LawError, match="ours"):
        law.local_rule("our")


def test_what_a_rule_says_is_in_the_digest_and_where_it_stands_is_not(tmp_path: Path) -> None:
    """A run under another rule must not be taken for this one."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    plain = load_law([write_local_rule(tmp_path, STOPS)]).digest(["local.ours"])
    moved = load_law([write_local_rule(tmp_path / "one", STOPS, comment="# moved\n")]).digest(["local.ours"])
    other = load_law([write_local_rule(tmp_path / "two", STOPS.replace(f", {PAPERS}", ""))])

    assert plain == moved
    assert plain != other.digest(["local.ours"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("taizhou", "Application for dibao (ordinary): 15 working days, then 7 days, then 3 working days"),
        ("zhongyuan-2023", "Application for dibao (decided by the township): 25 working days"),
        ("xianyang-2024", "Urban dibao (changing income or able to work): re-verified every 3 months"),
    ],
)
def test_a_rule_is_said_back_in_words(name: str, said: str) -> None:
    """What a planner takes up he can read first, with its source."""
    told = explain(name, "en", law=load_law())

    assert said in told
    assert "Source: " in told


def test_a_stop_is_said_back_in_words(tmp_path: Path) -> None:
    """Waits by their reason, steps by their title."""
    told = explain("ours", "en", law=load_law([write_local_rule(tmp_path, STOPS)]))

    assert "the term stands still during public notice, Papers completed [art. 12]" in told

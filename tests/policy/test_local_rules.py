"""Local rules on terms: what a file may say, what is said about a wrong one, what it does to the routes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from simlib.errors import LawError
from simlib.policy.localclocks import under_rule
from simlib.policy.procedure import Procedures, load_procedures
from simlib.policy.statutes import load_law
from simlib.worktime import CALENDAR, WORKING
from tests.policy.lawfiles import write_local_rule

PROCEDURES = load_procedures()
NOTICE, PAPERS = "clocks.dibao.notice_days", "papers_completed"
CALENDAR_TERM = f"{{kind: calendar, length: {NOTICE}}}"
STOPS = f'{{route: dibao_application, article: "12", stops: [{NOTICE}, {PAPERS}]}}'


def routes(folder: Path, *entries: str) -> Procedures:
    """The routes under a rule of these entries."""
    law = load_law([write_local_rule(folder, *entries)])
    return under_rule(PROCEDURES, law.local_rule("ours"), on=date(2027, 1, 1))


def test_no_shipped_text_stops_a_clock() -> None:
    """Default: nothing stops the 30 or 45 days of 57号; the package holds no local rule."""
    assert load_law().local == {}
    assert not any(step.stop for route in PROCEDURES.routes.values() for step in route.steps)


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


def test_a_rule_may_set_the_ordinary_term(tmp_path: Path) -> None:
    """The term of hard cases and that of delegation stay as the national text has them."""
    entry = f"{{route: dibao_application, article: 5, term: {{kind: calendar, length: {NOTICE}}}}}"
    clocks = routes(tmp_path, entry).routes["dibao_application"].clocks
    before = PROCEDURES.routes["dibao_application"].clocks

    assert clocks[:2] == before[:2]
    assert clocks[2].terms == ((CALENDAR, NOTICE),)
    assert (clocks[2].article, before[2].kind) == ("5", WORKING)


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
            f"{{route: rigid_application, article: 1, stops: [data_entry], term: {CALENDAR_TERM}}}",
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
        (f", stops: [{NOTICE}, {PAPERS}]", "", "neither stops nor term"),
        ("stops: [", "stop: [", "did you mean 'stops'"),
        (f"stops: [{NOTICE}, {PAPERS}]", "term: {kind: hours, length: clocks.x}", "calendar"),
        (
            f"stops: [{NOTICE}, {PAPERS}]",
            "term: {kind: working, length: clocks.dibao.totl_working_days}",
            "clocks.dibao.total_working_days",
        ),
        (
            f"stops: [{NOTICE}, {PAPERS}]",
            "term: {kind: calendar, length: clocks.dibao.total_working_days}",
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

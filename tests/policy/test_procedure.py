"""Route files: what they may say, and what is said about one that is wrong."""

from __future__ import annotations

import shutil
from itertools import pairwise, product
from pathlib import Path

import pytest

from simlib.errors import LawError
from simlib.policy.catalogue import HOME
from simlib.policy.procedure import GIVEN_FLAGS, NAMED_FLAGS, Route, load_procedures
from simlib.policy.statutes import load_law

PROCEDURES = load_procedures()
ROUTE = "dibao_application.yaml"


def _law_with(folder: Path, old: str, new: str) -> Path:
    """The package's routes with one text replaced in one of them."""
    shutil.copytree(HOME / "routes", folder / "routes")
    shutil.copytree(HOME / "catalogue", folder / "catalogue")
    file = folder / "routes" / ROUTE
    content = file.read_text("utf-8")
    assert content.count(old) == 1, old
    file.write_text(content.replace(old, new), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("old", "new", "column", "found"),
    [
        ("matter: application", "matter: aplication", "matter", "aplication"),
        ("when: village, article", "when: vilage, article", "when", "vilage"),
        ("application, unless: ended}", "application, unless: endet}", "unless", "endet"),
        ("{activity: village_intake,", "{activity: vilage_intake,", "activity", "vilage_intake"),
        ("office: verification", "office: verificaton", "office", "verificaton"),
        ("lag.check_reply, kind: working", "lag.check_reply, kind: workdays", "kind", "workdays"),
        ("{share: share.village_window}", "{shares: share.village_window}", "shares", "shares"),
        ("  ended: {any: [negative, withdrawn]}", "  ended: {any: [special]}", "any", "special"),
        ("  hard: {share", "  delegated: {share", "delegated", "delegated"),
        ("special_working_days, when: special", "special_working_days, if: special", "if", "if"),
        (
            "special_working_days, when:",
            "special_working_days, then: [{kind: hours}], when:",
            "kind",
            "hours",
        ),
        ("special_working_days, when:", "special_working_days, then: [{lenth: a}], when:", "lenth", "lenth"),
        ("within_from: step_before", "within_from: step_befor", "within_from", "step_befor"),
    ],
)
def test_a_wrong_word_in_a_route_is_named_with_its_file_and_line(
    tmp_path: Path, old: str, new: str, column: str, found: str
) -> None:
    """A planner who mends a route must learn which word of which line is not known, and what comes near."""
    home = _law_with(tmp_path, old, new)
    first = (home / "routes" / ROUTE).read_text("utf-8")
    row = first[: first.index(new.strip())].count("\n") + 1

    with pytest.raises(LawError) as caught:
        load_procedures(home)

    problem = caught.value.problems[0]
    assert (problem.column, problem.row) == (column, row)
    assert found in str(caught.value)
    assert ROUTE in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "near"),
    [
        ("follows: dibao_application", "follows: dibao_aplication", "dibao_application"),
        ("follows: dibao_application", "follows: marginal_application", "dibao_application"),
        ("follows: dibao_application", "follows: dibao_application\nsteps: []", "title"),
    ],
)
def test_a_route_follows_one_that_is_there_and_adds_no_steps(
    tmp_path: Path, old: str, new: str, near: str
) -> None:
    """By reference means the whole way; a route cannot follow itself, nor one that follows another."""
    home = _law_with(tmp_path, "priority: 1\n", "priority: 1\n")
    file = home / "routes" / "marginal_application.yaml"
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")

    with pytest.raises(LawError, match="marginal_application") as caught:
        load_procedures(home)

    assert near in str(caught.value) or "steps" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "row", "told"),
    [
        ("through: review_opinion", "through: review_opinions", 10, "'review_opinion'"),
        ("when: objection, article", "when: objektion, article", 21, "'objection'"),
        ("{share: share.notice_objection,", "{shares: share.notice_objection,", 14, "'share'"),
        ("through: review_opinion\n", "", 1, "'steps'"),
    ],
)
def test_a_route_that_leaves_another_half_way_is_read_line_by_line(
    tmp_path: Path, old: str, new: str, row: int, told: str
) -> None:
    """A slip in its own steps stands in its own file; without a place to leave from it has no own steps."""
    home = _law_with(tmp_path, "priority: 1\n", "priority: 1\n")
    file = home / "routes" / "tekun_review.yaml"
    content = file.read_text("utf-8")
    assert content.count(old) == 1
    file.write_text(content.replace(old, new), "utf-8")

    with pytest.raises(LawError) as caught:
        load_procedures(home)

    lines = [problem.line("en") for problem in caught.value.problems]
    assert any(told in line and "tekun_review.yaml" in line for line in lines), lines
    assert caught.value.problems[0].row == row


@pytest.mark.parametrize(
    ("old", "new", "column", "said"),
    [
        (
            "office: window, unless: [village, remote]",
            "office: [window], unless: village",
            "steps.0.office",
            "a name",
        ),
        ("unless: [village, remote]", "unless: true", "steps.0.unless", "a list of names"),
        (
            "  - {activity: village_intake,",
            "  - village_intake\n  - {activity: village_intake,",
            "steps.1",
            "KEY",
        ),
        (
            "home_visit, office: window, people: 2",
            "home_visit, office: window, people: -2",
            ".people",
            "1, 2",
        ),
        ("{activity: intake, office: window,", "{activity: intake,", "steps.0", "'office' is missing"),
        ("{wait: lag.check_reply, kind: working}", "{wait: lag.check_reply}", "steps.6", "'kind' is missing"),
        ("hard: {share: share.hard_cases}", "hard: share.hard_cases", "flags.hard", "KEY: VALUE"),
        ("programmes: [dibao_urban,", "programmes: [dibao_urbn,", "programmes.0", "'dibao_urban'"),
        ("programmes: [dibao_urban, dibao_rural]", "programmes: dibao_urban", "programmes", "a list"),
        ("en: Application for dibao}", "en: 3}", "title", "both languages"),
        ("priority: 1", "priority: first", "priority", "cannot stand here"),
        ("number: 民发〔2021〕57号", "number: [57]", "source.number", "a name"),
        ("id: dibao_application", "id: rigid_application", "id", "stands once"),
    ],
)
def test_a_route_of_another_shape_is_one_line_with_file_and_row(
    tmp_path: Path, old: str, new: str, column: str, said: str
) -> None:
    """No mistake in a file ends in the middle of the program, or is believed."""
    with pytest.raises(LawError) as caught:
        load_procedures(_law_with(tmp_path, old, new))

    told = [(problem.column, problem.line("en")) for problem in caught.value.problems]
    assert any(column in where and said in line for where, line in told), told
    assert all(problem.row and "routes/" in problem.file for problem in caught.value.problems)


def test_tekun_persons_are_looked_into_as_others_and_ended_by_their_own_article() -> None:
    """43号 art. 26: published, objected to, decided, published anew; nobody else's ending is published."""
    for name, other in (
        ("tekun_review", "review"),
        ("tekun_alert", "alert"),
        ("tekun_audit", "audit_rectification"),
        ("tekun_change", "change_report"),
    ):
        route, followed = PROCEDURES.routes[name], PROCEDURES.routes[other]
        own = [step.activity for step in followed.steps]
        through = own.index(PROCEDURES.activities["review_opinion"]) + 1
        assert [step.activity for step in route.steps[:through]] == own[:through], name
        notices = [step for step in route.steps if step.wait == "clocks.tekun.ending_notice_days"]
        assert [step.condition.when for step in notices] == [("ineligible",), ("objection",)], name
        assert not any("notice" in step.wait for step in followed.steps), other
        for programme in ("tekun_dispersed", "tekun_institution"):
            assert PROCEDURES.route_of(programme, route.matter) is route
        assert PROCEDURES.route_of("dibao_urban", route.matter) is followed


def test_marginal_households_follow_dibao_by_reference() -> None:
    """Flags and steps are those of dibao; term and validity have keys of their own (57号 art. 8)."""
    dibao, marginal = (PROCEDURES.routes[name] for name in ("dibao_application", "marginal_application"))
    terms = [[clock.length for clock in route.clocks] for route in (dibao, marginal)]

    assert (marginal.steps, marginal.flags, marginal.priority) == (dibao.steps, dibao.flags, dibao.priority)
    assert terms[0][:2] == terms[1][:2]
    assert (terms[0][2], terms[1][2]) == (
        "clocks.dibao.total_working_days",
        "clocks.marginal.total_working_days",
    )
    assert PROCEDURES.route_of("marginal", "application") is marginal
    assert PROCEDURES.route_of("dibao_rural", "application") is dibao


def test_a_missing_part_of_a_route_is_named(tmp_path: Path) -> None:
    """A route without a clock would count as kept whatever happens."""
    home = _law_with(tmp_path, "priority: 1\n", "")

    with pytest.raises(LawError, match="priority"):
        load_procedures(home)


def test_every_value_the_routes_refer_to_is_dated_with_a_source() -> None:
    """Shares, terms, lags and flows are law or assumption, never numbers of a route file."""
    law, keys = load_law(), PROCEDURES.keys()

    assert sorted(keys - set(law.values)) == []
    assert all(law.dated(key).entries[0].source.title for key in sorted(keys))


def paths(route: Route) -> list[frozenset[str]]:
    """Every set of flags a case of a route could carry."""
    drawn = list(dict.fromkeys(flag.id for flag in route.flags))
    names = [*GIVEN_FLAGS, *drawn]
    possible = []
    for choice in product((False, True), repeat=len(names)):
        up = frozenset(name for name, is_up in zip(names, choice, strict=True) if is_up)
        if all(_follows(route, name, up) for name in drawn):
            possible.append(up)
    return possible


def _follows(route: Route, name: str, up: frozenset[str]) -> bool:
    """Whether a flag may stand as it does: certain ones are up where they hold, drawn ones nowhere else."""
    ways = [flag for flag in route.flags if flag.id == name]
    before = up - {name}
    may = any(flag.condition.holds(before) for flag in ways)
    must = any(not flag.share and flag.condition.holds(before) for flag in ways)
    return name in up if must else name not in up or may


@pytest.mark.parametrize("route", PROCEDURES.routes.values(), ids=lambda route: route.id)
def test_whatever_a_case_turns_out_to_be_it_starts_at_a_desk_and_is_decided(route: Route) -> None:
    """A combination of flags nobody thought of must not leave a case without an end."""
    for up in paths(route):
        taken = [step for step in route.steps if step.condition.holds(up)]
        at_desk = [step for step in taken if step.activity is not None]

        assert at_desk, up
        assert any(step.decides for step in taken) or any(step.on_duty for step in taken), up
        assert taken[-1].activity is not None, up
        assert not any(
            one.activity is None and other.activity is None and not one.on_duty
            for one, other in pairwise(taken)
        ), up


def test_flags_with_a_meaning_keep_their_bits() -> None:
    """The loop that lays the paths knows them by place."""
    assert NAMED_FLAGS == ("ineligible", "delegated", "on_duty", "withdrawn", "remote")


def test_every_programme_with_desk_work_has_its_routes() -> None:
    """Monitored households are recognised elsewhere; all others apply, and those on the books are checked."""
    stocks = {"dibao_urban", "dibao_rural", "marginal", "tekun_dispersed", "tekun_institution"}
    by_matter = {
        matter: {
            name
            for route in PROCEDURES.routes.values()
            if route.matter == matter
            for name in route.programmes
        }
        for matter in ("application", "review", "alert", "request", "care_visit", "reassessment")
    }

    assert by_matter == {
        "application": stocks | {"rigid"},
        "review": stocks,
        "alert": stocks | {"rigid"},
        "request": {"temporary", "medical"},
        "care_visit": {"tekun_dispersed"},
        "reassessment": {"tekun_dispersed", "tekun_institution"},
    }
    route = PROCEDURES.route_of("marginal", "review")
    assert route is not None
    assert route.id == "review"
    assert PROCEDURES.route_of("rigid", "review") is None


def test_decisions_and_opinions_are_for_payroll_workers_and_never_bought() -> None:
    """The documents let routine work be bought, never a decision."""
    steps = [
        step
        for route in PROCEDURES.routes.values()
        for step in route.steps
        if step.activity is not None and not step.activity.may_be_bought
    ]

    assert {step.activity.id for step in steps if step.activity} == {
        "first_opinion", "decision", "review_opinion", "temporary_decision", "complaint_answer",
    }  # fmt: skip
    assert all(step.payroll_only for step in steps)


def test_every_visit_to_a_home_is_made_by_two() -> None:
    """57号 art. 16: at least two investigators; one may make visits of care, or ask what is needed."""
    people = {
        (route.id, step.activity.id): step.people
        for route in PROCEDURES.routes.values()
        for step in route.steps
        if step.activity is not None and step.activity.trip
    }

    assert {key for key, count in people.items() if count != 2} == {
        ("care_visit", "care_visit"),
        ("change_visit", "change_visit"),
        ("temporary_emergency", "emergency"),
        ("service_assessment", "service_assessment"),
    }

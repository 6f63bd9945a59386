"""A month's cases: what belongs to a case's address, its order, its lengths; both ways to run the loop."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from simlib.chance import Luck, Purpose
from simlib.desks.network import Columns, Steps
from simlib.desks.trace import NO_CLOCK, NOT_SETTLED, Cases, Matters, case_id
from simlib.units import TICKS_PER_MINUTE
from simlib.worktime import CALENDAR, HOURS
from tests.desks.traces import (
    COUNTY_TOWNS,
    MONDAY,
    NORMS,
    PROCEDURES,
    decided,
    everything,
    maker,
    matters,
    table,
)
from tests.house.plan import ROOT

MONTH = everything(60)
ACTIVITIES = {activity.number: name for name, activity in PROCEDURES.activities.items()}


def digest(*tables: Columns) -> str:
    """A hash of every column."""
    whole = hashlib.sha256()
    for columns in tables:
        for name in columns.names():
            whole.update(getattr(columns, name).tobytes())
    return whole.hexdigest()


def by_code(cases: Cases, steps: Steps, codes: np.ndarray) -> dict[tuple[int, ...], list[tuple[int, ...]]]:
    """Cases by their address in codes, each with what is drawn for it."""
    found: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for at in range(len(cases)):
        key = (int(codes[cases.area[at]]), int(cases.household[at]), int(cases.matter[at]))
        rows = steps.case == cases.id[at]
        columns = (steps.activity, steps.people, steps.ticks, steps.wait_kind, steps.wait_length)
        found[key] = [
            (int(cases.due[at]), int(cases.entry[at]), int(cases.deciding_step[at]), int(cases.outcome[at])),
            *zip(*(column[rows].tolist() for column in columns), strict=True),
        ]
    return found


def test_cases_come_by_id_and_steps_in_the_same_order() -> None:
    """Whoever reads the month needs no sort."""
    cases, steps = maker().month(MONTH)
    firsts = np.flatnonzero(np.diff(steps.case, prepend=-1))

    assert (np.diff(cases.id) > 0).all()
    assert steps.case[firsts].tolist() == cases.id.tolist()
    assert len(cases) == len(MONTH)


def test_the_order_in_which_matters_come_changes_nothing() -> None:
    """Caseload may list them as it likes."""
    turned = MONTH.pick(np.arange(len(MONTH))[::-1])

    assert digest(*maker().month(MONTH)) == digest(*maker().month(turned))


def test_a_matter_alone_becomes_the_same_case() -> None:
    """What else comes that month is no part of an address."""
    cases, steps = maker().month(MONTH)
    for at in (0, 17, 400):
        ids = case_id(MONTH.area, MONTH.household, MONTH.matter)
        one = maker().month(MONTH.pick(ids == cases.id[at]))

        assert digest(*one) == digest(cases.pick(np.array([at])), steps.pick(steps.case == cases.id[at]))


def test_two_matters_with_one_address_are_refused() -> None:
    """They would share their luck and their id."""
    twice = Matters.join([MONTH.pick(np.array([3])), MONTH.pick(np.array([3]))])

    with pytest.raises(ValueError, match="same address"):
        maker().month(twice)


def test_more_townships_than_an_id_can_tell_are_refused() -> None:
    """Two cases under one id would be one case to the desks."""
    maker(towns=(1 << 15,))
    with pytest.raises(ValueError, match="townships"):
        maker(towns=((1 << 15) + 1,))


def test_no_matters_make_no_cases() -> None:
    """A quiet month of a small place."""
    assert [len(part) for part in maker().month(Matters.empty())] == [0, 0]


def test_another_township_changes_no_case_of_the_others() -> None:
    """Only the code of an area counts, never its place among others."""
    first, second = COUNTY_TOWNS
    plain = maker()
    grown = maker(
        towns=(first + 1, second), codes=[*plain.area_codes[:first], 640_205_900, *plain.area_codes[first:]]
    )
    moved = replace(MONTH, area=MONTH.area + (MONTH.area >= first))
    before = by_code(*plain.month(MONTH), plain.area_codes)

    assert by_code(*grown.month(moved), grown.area_codes) == before


def test_another_county_changes_no_case_of_the_others() -> None:
    """Counties stand side by side for speed alone."""
    plain, wider = maker(), maker(towns=(4, *COUNTY_TOWNS), codes=[*range(1, 5), *maker().area_codes])
    moved = replace(MONTH, area=MONTH.area + 4)
    cases, steps = wider.month(Matters.join([moved, replace(MONTH, area=MONTH.area % 4)]))
    beside = (
        cases.pick(cases.area >= 4),
        steps.pick(steps.case >= int(case_id(np.array(4), np.array(0), np.array(0)))),
    )

    assert by_code(*beside, wider.area_codes) == by_code(*plain.month(MONTH), plain.area_codes)


def test_another_route_in_the_law_changes_no_case() -> None:
    """Draws are addressed by family and matter; the number of a route is no part of that."""
    later = {
        name: replace(route, number=len(PROCEDURES.routes) - 1 - route.number)
        for name, route in PROCEDURES.routes.items()
    }
    turned = maker(procedures=replace(PROCEDURES, routes=later))
    moved = replace(MONTH, route=len(PROCEDURES.routes) - 1 - MONTH.route)

    assert digest(maker().month(MONTH)[1]) == digest(turned.month(moved)[1])


def test_a_delegated_decision_leaves_the_luck_of_the_family() -> None:
    """Alternatives are compared family by family: the same minutes at every step both have."""
    matter = matters("dibao_application", 200)
    by_county, by_township = (maker(levers=levers).month(matter)[1] for levers in ((), ("delegated",)))

    def minutes(steps: Steps) -> dict[tuple[int, int], list[int]]:
        keys = zip(steps.case.tolist(), steps.activity.tolist(), steps.ticks.tolist(), strict=True)
        found: dict[tuple[int, int], list[int]] = {}
        for case, activity, ticks in keys:
            if ACTIVITIES[activity] in ("intake", "home_visit", "data_entry", "notification"):
                found.setdefault((case, activity), []).append(ticks)
        return found

    assert minutes(by_county) == minutes(by_township)


def test_a_remote_case_is_handled_by_another_township_of_the_county() -> None:
    """The register is elsewhere in the county: never at home, never over a border, spread over all others."""
    there = maker(decided({"share.remote_in_county": 1.0}))
    cases, steps = there.month(replace(matters("dibao_application", 600), area=np.arange(600) % 8))
    receipt = steps.pick(steps.activity == PROCEDURES.activities["remote_receipt"].number)
    home = there.area_office[cases.area]

    assert (receipt.office != home).all()
    assert set(zip(home.tolist(), receipt.office.tolist(), strict=True)) == {
        (a, b) for county in ((0, 1, 2, 3, 4), (7, 8, 9)) for a in county for b in county if a != b
    }


def test_a_new_township_takes_remote_cases_over_but_moves_none_between_the_others() -> None:
    """Where a family is registered is its own fact; a new township can only be that place."""
    norms = decided({"share.remote_in_county": 1.0})
    few, more = maker(norms, towns=(5,)), maker(norms, towns=(6,))
    matter = matters("dibao_application", 300)
    before, after = (each.month(matter)[1] for each in (few, more))
    receipt = before.activity == PROCEDURES.activities["remote_receipt"].number
    moved = before.office[receipt] != after.office[receipt]

    assert (after.office[receipt][moved] == 5).all()
    assert 0.1 < moved.mean() < 0.3


def test_another_county_moves_no_remote_case() -> None:
    """Townships draw for a family under their own codes, wherever they stand in the list."""
    norms = decided({"share.remote_in_county": 1.0})
    plain = maker(norms)
    wider = maker(norms, towns=(4, *COUNTY_TOWNS), codes=[*range(1, 5), *plain.area_codes])
    matter = matters("dibao_application", 200)
    one, other = plain.month(matter)[1], wider.month(replace(matter, area=matter.area + 4))[1]

    assert (one.office + 6).tolist() == other.office.tolist()


def test_the_only_township_of_a_county_handles_its_remote_cases_itself() -> None:
    """There is no other desk to hand them to."""
    trace_maker = maker(decided({"share.remote_in_county": 1.0}), towns=(1,))
    cases, steps = trace_maker.month(matters("dibao_application", areas=1))

    assert [line.split()[1] for line in table(trace_maker, cases, steps)].count("own") == 5


@pytest.mark.parametrize(
    ("route", "activity", "share"),
    [
        ("review", "home_visit", NORMS.share["share.home_visit_review"]),
        ("tekun_application", "papers_completed", NORMS.share["share.file_returned"]),
        ("dibao_application", "village_intake", NORMS.share["share.village_window"]),
        ("dibao_application", "remote_receipt", 0.8 * NORMS.share["share.remote_in_county"]),
    ],
)
def test_flags_come_up_as_often_as_their_share(route: str, activity: str, share: float) -> None:
    """Within four standard errors; a remote case is never one of a village window."""
    count = 20_000
    _, steps = maker().month(matters(route, count))
    seen = np.unique(steps.case[steps.activity == PROCEDURES.activities[activity].number]).size / count

    assert abs(seen - share) < 4 * (share * (1 - share) / count) ** 0.5


def test_half_of_the_hopeless_are_stopped_by_the_check_and_some_of_the_rest_withdraw() -> None:
    """Shares hang on those before them: 0.5, then 0.05 of the other half."""
    count = 20_000
    cases, steps = maker().month(matters("rigid_application", count, ineligible=1))
    refused, withdrawn = (PROCEDURES.activities[name].number for name in ("refusal", "withdrawal"))
    lengths = np.bincount(np.searchsorted(cases.id, steps.case))
    stopped = (lengths == 3) & (steps.activity[np.cumsum(lengths) - 1] == refused)

    assert abs(stopped.mean() - 0.5) < 4 * (0.25 / count) ** 0.5
    assert abs((steps.activity == withdrawn).sum() / count - 0.025) < 4 * (0.025 / count) ** 0.5


def test_every_case_is_decided_once_by_a_step_it_has_or_on_duty() -> None:
    """Without a last step a case would stay open for ever."""
    for levers in ((), ("delegated",), ("on_call",)):
        cases, steps = maker(levers=levers).month(MONTH)
        lengths = np.bincount(np.searchsorted(cases.id, steps.case), minlength=len(cases))
        at_desk = cases.settled == NOT_SETTLED

        assert (lengths > 0).all()
        assert ((cases.deciding_step >= 0) == at_desk).all()
        assert (cases.deciding_step < lengths).all()
        assert (cases.entry >= cases.accepted).all()


def test_drawn_lengths_have_the_mean_of_their_distribution() -> None:
    """An intake lasts what its triangle says, stretched by the time for meetings; within four errors."""
    count = 20_000
    _, steps = maker(decided()).month(matters("rigid_application", count))
    minutes = steps.ticks[steps.activity == PROCEDURES.activities["intake"].number] / TICKS_PER_MINUTE
    mean = (30 + 60 + 120) / 3 / (1 - 0.2)

    assert abs(minutes.mean() - mean) < 4 * minutes.std() / count**0.5


def test_a_visit_carries_its_part_of_the_trip() -> None:
    """60 minutes of way for 4 to 8 households: 7.5 to 15 minutes, in whole households as drawn."""
    count = 3000
    near, far = (maker(decided({"share.home_visit_application": 1.0})) for _ in range(2))
    far.trip_ticks = far.trip_ticks * 2
    one, other = (each.month(matters("rigid_application", count))[1] for each in (near, far))
    visit = one.activity == PROCEDURES.activities["home_visit"].number
    part = (other.ticks - one.ticks)[visit] / TICKS_PER_MINUTE

    assert (other.ticks == one.ticks)[~visit].all()
    assert {round(60 / each, 3) for each in np.round(part, 3)} <= {4, 5, 6, 7, 8}
    assert abs((60 / part).mean() - 6) < 0.6


def test_the_earliest_term_goes_first_where_the_planner_says_so() -> None:
    """fifo: all alike; due: by due tick, and what has no term after everything that has one."""
    cases, steps = maker(order="due").month(MONTH)
    rank = dict(zip(steps.case.tolist(), steps.rank.tolist(), strict=True))
    due = dict(zip(cases.id.tolist(), cases.due.tolist(), strict=True))

    assert set(maker().month(MONTH)[1].rank.tolist()) == {0}
    assert all(rank[case] == due[case] for case in due if due[case] != NO_CLOCK)
    assert {rank[case] for case in due if due[case] == NO_CLOCK} == {1 << 60}


def test_one_case_comes_out_as_worked_out_by_hand() -> None:
    """The draws of household 4 put into the tables by themselves, lane by lane."""
    matter = matters("review", 5, ineligible=1).pick(np.array([4]))
    cases, steps = maker().month(matter)
    address = {"area": 640_205_004, "subject": 4, "matter": 9}
    lanes = Luck(7, 0).draws(Purpose.MINUTES, **address, lanes=10)[0]
    visited = int(Luck(7, 0).draws(Purpose.MATTER, **address)[0, 0]) < round(0.15 * 2**32)
    taken = ["review_papers", "information_check", "home_visit", "review_opinion", "decision", "notification"]
    places = [0, 1, 3, 4, 5, 7]
    if not visited:
        taken.remove("home_visit")
        places.remove(3)
    lengths = [
        int(NORMS.minutes[name].at(lanes[None, 1 + place])[0])
        for name, place in zip(taken, places, strict=True)
    ]
    reply = int(NORMS.waits["lag.check_reply"].at(lanes[None, 3])[0]) / 2**16

    assert [ACTIVITIES[number] for number in steps.activity.tolist()] == taken
    assert steps.ticks.tolist() == lengths
    assert steps.wait_length.tolist() == [0, 1, round(reply), 1, 1]
    assert (visited, lengths, cases.deciding_step.tolist()) == (False, KNOWN, [3])


KNOWN = [5_347_593, 441_923, 1_131_870, 703_674, 1_387_066]
"""Ticks of that case's steps; they hold for every processor and release."""


def test_the_loop_runs_the_same_without_a_compiler() -> None:
    """A machine without numba must simulate the same city."""
    pytest.importorskip("numba")
    code = (
        "from tests.desks.test_trace import digest; from tests.desks.traces import everything, maker;"
        "print(digest(*maker(levers=('on_call',)).month(everything(6))))"
    )
    plain = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, cwd=ROOT, env={"NUMBA_DISABLE_JIT": "1", "PATH": ""},
    )  # fmt: skip

    assert plain.stdout.strip() == digest(*maker(levers=("on_call",)).month(everything(6)))


def test_warming_up_compiles_what_a_month_needs() -> None:
    """A first month of a run must not stop for a compiler."""
    pytest.importorskip("numba")
    code = (
        "from simlib.desks import trace; trace.warm(); from simlib.desks.paths import lay;"
        "first = len(lay.signatures); from tests.desks.traces import everything, maker;"
        "maker().month(everything(1)); print(first, len(lay.signatures))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout.split() == ["1", "1"]


def test_terms_in_hours_need_the_minute_of_civil_time() -> None:
    """These are the routes a caller gives civil minutes for."""
    assert {route.id for route in PROCEDURES.routes.values() if route.in_hours} == {
        "temporary_emergency",
        "change_visit",
    }
    assert all(
        (HOURS in {clock.kind for clock in route.clocks}) == route.in_hours
        for route in PROCEDURES.routes.values()
    )
    assert MONDAY > 0


def test_a_term_has_one_length_in_a_place_and_a_lag_one_in_each_case() -> None:
    """How long temporary aid is published is not known, but it is not drawn anew for each family."""
    _, steps = maker().month(matters("temporary_ordinary", 200))
    _, checked = maker().month(matters("review", 200))
    published = steps.wait_length[steps.wait_kind == CALENDAR]

    assert set(published.tolist()) == {7}
    assert len(set(checked.wait_length.tolist())) > 10

"""The calendar of work of a place: what comes in some months only, each entry moved alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from simlib.scenario import Policy, Scenario
from simlib.years.records import SCHEMAS, Tables
from tests.small import frame, opened, place, run, scenario, setting, with_towns

SEPTEMBER = 8


def world(
    policy: Policy | None = None,
    *,
    audit: tuple[int, ...] = (),
    campaign: tuple[int, ...] = (),
    **assumed: Any,
) -> Scenario:
    """A year on the small place with these entries."""
    case = scenario(policy, **assumed)
    return replace(case, future=replace(case.future, audit_months=audit, campaign_months=campaign))


@cache
def tables(audit: tuple[int, ...] = (), **assumed: Any) -> Tables:
    """A year of them, with clerks enough."""
    return run(setting(world(audit=audit, **assumed), with_towns(place(), posts_payroll=8)))


def by_month(found: Tables, column: str) -> list[int]:
    """A column of desk work, month by month."""
    return frame(found, "desk_work").groupby("month")[column].sum().tolist()


def services(found: Tables, activity: str) -> int:
    """How often an activity was done in the year."""
    table = frame(found, "activity")
    return int(table[table["activity"] == activity]["services"].sum())


def test_an_audit_brings_work_in_its_month_and_none_before() -> None:
    """In September some households in a hundred are looked into; until then nothing differs."""
    plain, audited = tables(), tables((9,))
    arrived = [by_month(found, "arrived") for found in (plain, audited)]
    stock = frame(plain, "caseload").query("month == 8")["households"].sum()

    assert arrived[0][:SEPTEMBER] == arrived[1][:SEPTEMBER]
    assert 0.02 * stock < arrived[1][SEPTEMBER] - arrived[0][SEPTEMBER] < 0.06 * stock
    assert services(plain, "audit_check") == 0
    assert services(audited, "audit_check") > 50
    for name in ("busy_ticks", "decided", "falling_due"):
        assert by_month(plain, name)[:SEPTEMBER] == by_month(audited, name)[:SEPTEMBER]


def test_an_audit_ends_what_no_longer_qualifies_and_only_that() -> None:
    """It finds sooner what a review would have found: less is overpaid; whoever qualifies stays."""
    plain, audited = (frame(tables(months), "caseload") for months in ((), (9,)))
    last = [table[table["month"] == 11] for table in (plain, audited)]

    assert last[1]["overpaid_months"].sum() < last[0]["overpaid_months"].sum()
    assert last[1]["excluded_months"].sum() == last[0]["excluded_months"].sum()
    assert last[1]["households"].sum() < last[0]["households"].sum()


def test_an_audit_that_lists_nobody_changes_nothing() -> None:
    """Shares of nought are the null change."""
    nobody = tables((9,), audit__finds_share=0.0, audit__false_share=0.0)

    assert all(nobody[name].equals(tables()[name]) for name in SCHEMAS)


def test_an_audit_acts_in_the_plan_alone() -> None:
    """Alternatives with and without one open alike."""
    plain, audited = setting(world()), setting(world(audit=(1, 9), audit__finds_share=0.8))
    opening = [opened(each).arrays() for each in (plain, audited)]

    assert plain.opening_hash == audited.opening_hash
    assert plain.hash != audited.hash
    assert all((opening[0][name] == opening[1][name]).all() for name in opening[0])


def test_two_entries_add_up() -> None:
    """An audit in two months lists twice; a household under way is not asked twice at once."""
    once, twice = (services(tables(months), "audit_check") for months in ((9,), (9, 10)))

    assert 1.5 * once < twice < 2.5 * once


def test_the_winter_season_has_more_requests_than_the_rest() -> None:
    """Around Spring Festival more temporary aid is asked for; without the season months are alike."""
    winter, even = (tables(season__requests_more=more, season__needs_more=0.0) for more in (0.8, 0.0))
    months = [frame(found, "desk_work").groupby("month")["arrived"].sum() for found in (winter, even)]
    share = [table[[0, 1, 11]].sum() / table.sum() for table in months]

    assert share[0] > share[1] + 0.01
    assert sum(months[0]) == pytest.approx(sum(months[1]), rel=0.05)


def test_every_entry_of_the_calendar_moves_its_own_months() -> None:
    """Campaign for other work, rise of the standard, audit, season, review campaign: each set alone."""
    entries: dict[str, Scenario] = {
        "campaign": world(campaign=(5,)),
        "audit": world(audit=(5,)),
        "rise": world(standard__rise_share=0.05, standard__rise_month=5),
        "season": world(season__from_month=5, season__months=1, season__requests_more=0.5),
        "reviews": world(Policy(review_months=(5,))),
    }
    found = {name: run(setting(case)) for name, case in entries.items()}
    plain = frame(run(setting(world())), "desk_work")
    moved = {name: frame(each, "desk_work") for name, each in found.items()}
    may = {name: table[table["month"] == 4] for name, table in (("plain", plain), *moved.items())}

    assert may["campaign"]["available_ticks"].sum() < 0.8 * may["plain"]["available_ticks"].sum()
    assert services(found["rise"], "recalculation") > 500
    for name in ("audit", "season"):
        assert may[name]["arrived"].sum() > may["plain"]["arrived"].sum(), name
    before = moved["audit"][moved["audit"]["month"] < 4].reset_index(drop=True)
    assert before.equals(plain[plain["month"] < 4].reset_index(drop=True))
    assert not moved["reviews"]["reviews_due"].equals(plain["reviews_due"])

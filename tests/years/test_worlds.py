"""Worlds that differ in one thing, and what must not move with it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from simlib.errors import ScenarioError
from simlib.scenario import Frozen, Policy
from simlib.years.cases.casebook import LEGAL
from simlib.years.records import SCHEMAS
from tests.small import COUNTY, TOWNS, frame, opened, place, run, scenario, setting, with_towns

BOUGHT = Policy(formula="guangdong-2019", price_yuan=60_000)
OTHER = "640221"


def cell(table: pd.DataFrame, row: Hashable, column: str) -> int:
    """One whole number of a table."""
    return int(table[column].to_dict()[row])


def test_a_null_change_changes_nothing() -> None:
    """Setting an assumption to the value it has must give identical tables."""
    plain, null = setting(scenario(BOUGHT)), setting(scenario(BOUGHT, recruitment__months="mode"))
    same = setting(scenario(BOUGHT, share__temporary_small=0.6))

    assert run(plain) == run(same)
    assert null.hash != plain.hash


@pytest.mark.parametrize("county", [COUNTY])
def test_another_county_leaves_this_one_as_it_was(county: str) -> None:
    """Areas enter chance by code: with posts given, a county's tables do not know its neighbours."""
    alone = run(setting(scenario(BOUGHT)), county)
    beside = run(setting(scenario(BOUGHT), place((COUNTY, OTHER))), county)

    assert all(alone[name].equals(beside[name]) for name in SCHEMAS)


def test_another_township_leaves_the_cases_of_the_others() -> None:
    """What comes to a township, month by month, is its own; the added one stands first in order."""
    few = setting(scenario(), place((COUNTY,), TOWNS[1:]))
    more = setting(scenario(), place((COUNTY,), TOWNS))
    columns = ["month", "office", "arrived"]
    first, second = (frame(run(ready), "desk_work")[columns] for ready in (few, more))
    kept = second[second["office"].isin(TOWNS[1:])].reset_index(drop=True)

    assert first[first["office"].isin(TOWNS[1:])].reset_index(drop=True).equals(kept)


def test_the_same_families_come_under_every_formula() -> None:
    """Needs and requests are exogenous: with one opening, first-month arrivals agree."""
    quo, bought = setting(scenario()), setting(scenario(BOUGHT))
    opening = opened(quo)
    first, second = (frame(run(ready, opening=opening), "desk_work") for ready in (quo, bought))

    assert first[first["month"] == 0]["arrived"].tolist() == second[second["month"] == 0]["arrived"].tolist()


def test_engines_give_the_same_tables() -> None:
    """A whole year of a county through both engines."""
    ready = setting(scenario(BOUGHT))
    tables = run(ready, engine="compiled"), run(ready, engine="reference")

    assert all(tables[0][name].equals(tables[1][name]) for name in SCHEMAS)


def test_replications_and_seeds_differ() -> None:
    """Otherwise an interval over replications would mean nothing."""
    ready = setting(scenario())
    first, second = run(ready, replication=0), run(ready, replication=1)

    assert not first["desk_work"]["busy_ticks"].equals(second["desk_work"]["busy_ticks"])


def test_an_assumption_that_is_moved_moves_the_hash_and_the_result() -> None:
    """Minutes are data: half the time for a home visit frees the desks."""
    slow, fast = setting(scenario()), setting(scenario(minutes__home_visit=10))
    busy = [frame(run(ready), "desk_work")["busy_ticks"].sum() for ready in (slow, fast)]

    assert slow.hash != fast.hash
    assert busy[1] < busy[0]


def test_without_staff_nothing_is_decided_in_time() -> None:
    """Zero capacity: clocked cases whose day comes all breach, and none is lost."""
    empty = with_towns(place(), posts_payroll=0, posts_contract=0)
    desk = frame(run(setting(scenario(opening=1), empty)), "desk_work")

    assert desk["falling_due"].sum() > 0
    assert desk["on_time"].sum() == 0
    assert desk["services"].sum() == 0 or desk[desk["office"].isin(TOWNS)]["services"].sum() == 0


def test_ample_staff_decides_nearly_all_in_time() -> None:
    """With twenty at every window only the external reply and the notice take time: no desk wait is left."""
    ample = with_towns(place(), posts_payroll=20, assistance_share=1.0)
    desk = frame(run(setting(scenario(), ample)), "desk_work")
    share = desk["on_time"].sum() / desk["falling_due"].sum()

    assert share > 0.97


def test_readings_reach_the_posts() -> None:
    """existing_counts=no buys the whole requirement, yes only what is missing."""
    counts, new = (
        setting(
            scenario(Policy(formula="leshan-2020", reading=Frozen(existing_counts=say), price_yuan=60_000))
        )
        for say in ("yes", "no")
    )

    assert counts.counties[COUNTY].gap.sum() < new.counties[COUNTY].gap.sum()


def test_a_closed_office_serves_nobody_that_day_and_the_others_do() -> None:
    """Offices may have holidays of their own: shut for the whole of June, nothing is served there in June."""
    june = tuple(date(2027, 6, day) for day in range(1, 31))
    case = scenario()
    shut = replace(case, future=replace(case.future, closed=Frozen({TOWNS[0]: june})))
    desks = [frame(run(setting(each)), "desk_work") for each in (case, shut)]
    june_work = [desk[desk["month"] == 5].set_index("office") for desk in desks]

    assert cell(june_work[1], TOWNS[0], "available_ticks") == 0
    assert cell(june_work[1], TOWNS[0], "services") <= 10
    assert (
        june_work[1]["available_ticks"].drop(TOWNS[0]) == june_work[0]["available_ticks"].drop(TOWNS[0])
    ).all()
    assert cell(june_work[1], TOWNS[0], "queue_end") > cell(june_work[0], TOWNS[0], "queue_end")


def test_an_office_nobody_knows_cannot_be_closed() -> None:
    """A code that is not of this place is a mistake, said at once."""
    case = scenario()
    wrong = replace(case, future=replace(case.future, closed=Frozen({"999999999": (date(2027, 6, 1),)})))

    with pytest.raises(ScenarioError, match="999999999"):
        setting(wrong)


@pytest.mark.parametrize(
    "lever",
    [
        *({"decision": "delegated"}, {"duty": "on_call"}, {"order": "due"}),
        *({"second_visitor": "village"}, {"second_visitor": "purchased"}),
    ],
)
def test_ways_of_work_move_the_desks_and_not_who_comes(lever: dict[str, Any]) -> None:
    """Delegation, duty roster and order change what happens to a matter, never which families have one."""
    plain, changed = (
        frame(run(setting(scenario(policy))), "caseload") for policy in (Policy(), Policy(**lever))
    )
    desks = [frame(run(setting(scenario(policy))), "desk_work") for policy in (Policy(), Policy(**lever))]

    assert not desks[0].equals(desks[1])
    assert (
        plain[plain["month"] == 0]["undiscovered"].tolist()
        == changed[changed["month"] == 0]["undiscovered"].tolist()
    )


def test_review_campaigns_gather_reviews() -> None:
    """Half-yearly and yearly reviews fall into the campaign's months once the stock has turned over."""
    spread, campaign = (
        frame(run(setting(scenario(Policy(review_months=months), years=2, opening=12))), "desk_work")
        for months in ((), (4, 10))
    )
    share = [
        table[table["month"].isin([15, 16, 21, 22])]["reviews_due"].sum()
        / table[table["month"] >= 12]["reviews_due"].sum()
        for table in (spread, campaign)
    ]

    assert share[1] > 1.5 * share[0]


def test_an_opening_backlog_is_there_on_the_first_day() -> None:
    """What the planner states as open is open; a place that states nothing opens from its run-up."""
    stated = with_towns(place(), opening_backlog=[300, 0, 0, 0, 0])
    plain, full = (
        frame(run(setting(scenario(), home)), "desk_work").set_index(["month", "office"])
        for home in (place(), stated)
    )
    more = cell(full, (0, TOWNS[0]), "arrived") - cell(plain, (0, TOWNS[0]), "arrived")
    run_up = opened(setting(scenario()))
    before = run_up.followed.reshape(2, -1)[LEGAL, 0]

    assert more + before == 300
    assert cell(full, (0, TOWNS[0]), "open_end") > cell(plain, (0, TOWNS[0]), "open_end") + 100
    assert cell(full, (0, TOWNS[1]), "arrived") == cell(plain, (0, TOWNS[1]), "arrived")


def test_a_campaign_takes_township_clerks_away() -> None:
    """In its months township payroll has half the time; bureaus and other months are as they were."""
    case = scenario()
    called = replace(case, future=replace(case.future, campaign_months=(5,)))
    desks = [frame(run(setting(each)), "desk_work").set_index(["month", "office"]) for each in (case, called)]
    time = [desk["available_ticks"] for desk in desks]

    assert 0.35 < time[1].loc[4, list(TOWNS)].sum() / time[0].loc[4, list(TOWNS)].sum() < 0.65
    assert time[1].loc[(4, COUNTY)] == time[0].loc[(4, COUNTY)]
    assert time[1].loc[3].tolist() == time[0].loc[3].tolist()


def test_an_individual_allowance_blocks_one_person_of_the_bureau() -> None:
    """WISN: what one named person does besides takes his time alone, in a bureau of four."""
    half, none = (
        frame(
            run(setting(scenario(allowance__individual_share=share, quits__payroll_per_year=0.0))),
            "desk_work",
        )
        for share in (0.5, 0.0)
    )
    time = [table.groupby("office")["available_ticks"].sum() for table in (half, none)]
    posts = int(place().counties["posts_payroll"].iloc[0])

    assert time[0][COUNTY] / time[1][COUNTY] == pytest.approx(1 - 0.5 / posts, abs=0.03)
    assert time[0].drop(COUNTY).tolist() == time[1].drop(COUNTY).tolist()


def test_other_duties_in_longer_blocks_take_the_same_share_of_a_year() -> None:
    """A clerk half of whose time is assistance's gives it a day, or two weeks, at a stretch."""
    short, long = (
        frame(run(setting(scenario(duties__block_days=days))), "desk_work").set_index(["month", "office"])
        for days in (1, 10)
    )
    time = [table["available_ticks"].groupby("office").sum() for table in (short, long)]

    assert short["available_ticks"].loc[0].tolist() != long["available_ticks"].loc[0].tolist()
    assert time[0][list(TOWNS)].sum() / time[1][list(TOWNS)].sum() == pytest.approx(1.0, abs=0.05)
    assert time[0][COUNTY] / time[1][COUNTY] == pytest.approx(1.0, abs=0.01)


def test_a_rise_of_the_standard_raises_what_is_paid_and_brings_work() -> None:
    """From July on a tenth more is paid to each person, and every household is reckoned anew in July."""
    flat, risen = (setting(scenario(standard__rise_share=share)) for share in (0.0, 0.1))
    books = [frame(run(ready), "caseload") for ready in (flat, risen)]
    work = frame(run(risen), "activity").set_index(["office", "activity"])["services"]
    sums = [table.groupby("month")[["benefits_fen", "persons"]].sum() for table in books]
    paid = [months["benefits_fen"] / months["persons"] for months in sums]
    rise = (paid[1] / paid[0]).to_dict()

    assert rise[5] == pytest.approx(1.0, abs=0.02)
    assert rise[7] == pytest.approx(1.1, abs=0.02)
    assert work.xs("recalculation", level="activity").sum() > 500

"""What this year's grant leaves after benefits limits services; the run tells it where the grant is known."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from simlib.places.place import Place
from simlib.results.money import grant_left
from simlib.scenario import Policy
from simlib.years.records import Tables
from tests.small import COUNTY, frame, opened, place, run, scenario, setting, with_bureau, with_towns

SERVICES = Policy(services="shizuishan-3pct-cap", services_share=0.03)
UPPER: dict[str, Any] = {
    "budget__share__central": 0.5,
    "budget__share__province": 0.25,
    "budget__share__city": 0.0,
}
"""Upper tiers bear three quarters of benefits."""
AID_FEN = 1110_00


def granted(share: float) -> Place:
    """The small place with a grant of its own: a share of what it spends."""
    yuan = (place().townships["grant_yuan"] * share).astype("int64")
    return with_bureau(with_towns(place(), grant_yuan=yuan), grant_yuan=int(yuan.sum()))


def ended(home: Place, years: int = 2) -> Tables:
    ready = setting(scenario(SERVICES, years=years, **UPPER), home)
    return run(ready, opening=opened(ready))


def lines(tables: Tables) -> pd.Series:
    """The entries of the assistance grant by line and year [fen]."""
    money = frame(tables, "money")
    money = money[money["source"] == "assistance_fund"]
    return money.groupby(["line", money["month"] // 12])["fen"].sum()


def test_a_grant_reckoned_from_spending_is_nobody_s_own() -> None:
    """The sample's grants are made of the benefits themselves, so they say nothing of what is left."""
    assert place().own_grants() == frozenset()
    assert granted(0.9).own_grants() == {COUNTY}


def test_without_a_grant_of_its_own_what_is_left_is_assumed() -> None:
    """5 % of last year's grant, labelled so; the share of 3 % is the smaller."""
    found = lines(ended(place(), 1))
    grant = int(place().counties["grant_yuan"].iloc[0]) * 100

    assert set(found.index.get_level_values(0)) == {"cap_services", "grant_left_assumed"}
    assert found["grant_left_assumed", 0] == grant * 5 // 100
    assert found["cap_services", 0] == grant * 3 // 100


@pytest.fixture(scope="module")
def own() -> Tables:
    """Two years of a county whose grant is its own, just above the upper tiers' part of benefits."""
    return ended(granted(0.77))


def test_what_the_grant_left_is_the_grant_less_benefits_to_the_fen(own: Tables) -> None:
    """Last year's grant rises as the benefits expected; out of it go three quarters of benefits and aid."""
    found, money = lines(own), frame(own, "money")
    benefits = money[money["line"] == "benefits"].groupby(money["month"] // 12)["fen"].sum()
    grant = int(granted(0.77).counties["grant_yuan"].iloc[0]) * 100
    aid = grant - benefits[0] * 3 // 4 - found["grant_left", 0]

    assert found["grant_left_expected", 0] != found["grant_left", 0]
    assert aid % (AID_FEN * 3 // 4) in (0, AID_FEN * 3 // 4 - 1, 1)
    assert 0.7 < aid / (AID_FEN * 3 // 4) / int(place().townships["temporary_persontimes"].sum()) < 1.3
    tiers = money[money["source"].isin(["central", "province", "city"]) & (money["month"] < 12)]
    advanced = tiers[(tiers["line"] == "advance") & (tiers["month"] == 11)]["fen"].sum()
    borne = tiers[tiers["line"] == "paid"]["fen"].sum() + advanced
    assert abs(grant - borne - aid - found["grant_left", 0]) <= 36


def test_the_smaller_of_share_and_rest_is_the_cap(own: Tables) -> None:
    """Here the rest binds in the first year; the cap is it, to the fen, and no more is voted."""
    found, voted = lines(own), frame(own, "service_money")
    grant = int(granted(0.77).counties["grant_yuan"].iloc[0]) * 100
    in_january = voted[(voted["fund"] == "grant") & (voted["month"] == 0)]["voted_fen"]

    assert found["grant_left_expected", 0] < grant * 3 // 100
    assert found["cap_services", 0] == found["grant_left_expected", 0] == in_january.iloc[0]


def test_the_report_s_table_tells_the_rest_as_expected_and_as_it_was(own: Tables) -> None:
    """In yuan by year, with the counties it limits; nothing is assumed where the grant is its own."""
    money = frame(own, "money").assign(year=lambda rows: 2027 + rows["month"] // 12)
    services = frame(own, "service_money").assign(year=lambda rows: 2027 + rows["month"] // 12)
    told, found = grant_left(money, services).set_index("year"), lines(own)
    grant = services[services["fund"] == "grant"].groupby("year")["paid_fen"].sum()

    assert told["own"].tolist() == [1.0, 1.0]
    assert told["assumed"].sum() == told["assumed_yuan"].sum() == 0
    assert told["bound"][2027] == 1.0
    assert told["expected_yuan"][2028] == found["grant_left_expected", 1] / 100
    assert told["left_yuan"][2027] == found["grant_left", 0] / 100
    assert told["squeezed_yuan"].gt(0).any()
    for at, year in enumerate((2027, 2028)):
        beyond = max(grant[year] - max(found["grant_left", at], 0), 0)
        assert told["squeezed_yuan"][year] == beyond / 100


def test_where_benefits_take_the_whole_grant_no_service_is_bought_from_it() -> None:
    """Services never squeeze benefits: with nothing left the cap is nothing, and nothing is paid."""
    tables = ended(granted(0.6), 1)

    assert lines(tables)["grant_left_expected", 0] < 0
    assert lines(tables)["cap_services", 0] == 0
    assert frame(tables, "service_money")["paid_fen"].sum() == 0

"""What arises in supported households follows how many there are now."""

from __future__ import annotations

from typing import Any

import numpy as np

from simlib.years.cases.households import KINDS, ON_BOOKS, STOCKS, kind_of
from simlib.years.replication import Run
from tests.small import COUNTY, batch, frame, opened, place, run, scenario, setting, with_towns

ENQUIRY = KINDS.index("enquiry")


def _opened(**future: Any) -> Run:
    """A plan about to begin."""
    ready = setting(scenario(opening=2, **future))
    return Run(ready, ready.side_by_side(batch(COUNTY)), opened(ready), engine="compiled")


def _supported(plan: Run) -> np.ndarray:
    """Households on the books [programmes × townships]."""
    own = plan.caseload.register.rows
    counts = np.zeros((len(STOCKS), plan.counties.areas), dtype=np.int64)
    here = own.stage == ON_BOOKS
    np.add.at(counts, (own.programme[here], own.area[here]), 1)
    return counts


def _enquiries(plan: Run, supported: np.ndarray, month: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Township and day of each enquiry of a month, this many households being supported."""
    coming = plan.caseload.requests.matters(plan._span(month), supported)
    found = [part.pick(kind_of(part.matter) == ENQUIRY) for part in coming]
    whole = next(part for part in found if len(part))
    return whole.area, whole.arrival


def test_enquiries_follow_the_stock_of_the_month_before() -> None:
    """Twice the households ask twice as often, within four standard errors; none ask nothing."""
    plan = _opened()
    supported = _supported(plan)
    counts = [
        sum(len(_enquiries(plan, supported * times, month)[0]) for month in range(12)) for times in (1, 2)
    ]
    nobody = plan.caseload.requests.matters(plan._span(0), supported * 0)

    assert counts[0] > 100
    assert abs(counts[1] - 2 * counts[0]) < 4 * np.sqrt(counts[1] + 4 * counts[0])
    assert not any((kind_of(part.matter) == ENQUIRY).any() for part in nobody)


def test_routes_of_one_matter_draw_apart() -> None:
    """Changes of tekun persons have their own route: no address twice, each as often as its stock says."""
    plan = _opened(flow__changes_per_household=2.0)
    supported = _supported(plan)
    routes = plan.setting.procedures.routes
    tekun = [STOCKS.index(name) for name in routes["tekun_change"].programmes]
    others = [STOCKS.index(name) for name in routes["change_report"].programmes]
    counts = dict.fromkeys(("tekun_change", "change_report"), 0)
    addresses: set[tuple[int, int, int]] = set()
    for month in range(12):
        for part in plan.caseload.requests.matters(plan._span(month), supported):
            for name in counts:
                here = part.pick(part.route == routes[name].number)
                counts[name] += len(here)
                rows = zip(here.area.tolist(), here.household.tolist(), here.matter.tolist(), strict=True)
                addresses |= set(rows)

    for name, stocks in (("tekun_change", tekun), ("change_report", others)):
        mean = 2.0 * supported[stocks].sum()
        assert mean > 30
        assert abs(counts[name] - mean) < 4 * np.sqrt(mean), name
    assert len(addresses) == sum(counts.values())


def test_one_household_more_moves_no_other_township_and_takes_no_enquiry_away() -> None:
    """Chance stays addressed: the stock moves the rate of its own township alone."""
    plan = _opened()
    supported = _supported(plan)
    more = supported.copy()
    more[:, 2] += 25
    (area, arrival), (new_area, new_arrival) = (_enquiries(plan, stock) for stock in (supported, more))
    counts = [np.bincount(where, minlength=5) for where in (area, new_area)]

    assert counts[1][2] >= counts[0][2]
    assert np.array_equal(np.delete(counts[0], 2), np.delete(counts[1], 2))
    assert np.array_equal(arrival[area != 2], new_arrival[new_area != 2])


def test_a_trend_of_need_reaches_enquiries_through_the_stock_alone() -> None:
    """Else three years of growth would count twice: once in the households, once in the rate."""
    flat, grows = (_opened(trend__needs_per_year=trend) for trend in (0.0, 0.03))
    supported = _supported(flat)
    told = [_enquiries(plan, supported, month=30) for plan in (flat, grows)]

    assert np.array_equal(told[0][0], told[1][0])
    assert np.array_equal(told[0][1], told[1][1])


def test_a_shrinking_stock_asks_less() -> None:
    """Need falls away and families leave: enquiries of the third year are to the first as the stocks are."""
    staffed = with_towns(place(), posts_payroll=20, assistance_share=1.0)
    rates: dict[str, Any] = {f"life__{name}__ends_per_year": 0.6 for name in STOCKS}
    tables = run(setting(scenario(years=3, trend__needs_per_year=-0.9, **rates), staffed))
    work, books = (frame(tables, name) for name in ("activity", "caseload"))
    asked = work[work["activity"] == "enquiry"].groupby("year")["services"].sum().tolist()
    stock = books.assign(year=books["month"] // 12).groupby("year")["households"].sum().tolist()
    expected = asked[0] * stock[2] / stock[0]

    assert stock[2] < 0.7 * stock[0]
    assert abs(asked[2] - expected) < 4 * np.sqrt(expected * (1 + stock[2] / stock[0])) + 0.03 * expected

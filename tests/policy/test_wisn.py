"""Staff by workload, against the published example and by its own arithmetic."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlib.errors import LawError
from simlib.policy.posts.wisn import Activity, available_days, whole_posts, wisn
from simlib.policy.statutes import load_law

TOLERANCE_KEY = "wisn.rounding_tolerance_share"
VISITS = {"visits": Activity(10_000 * 10, 0.25)}


def test_kisumu_s_clinic_comes_out_as_published() -> None:
    """25,000 h; 234 − 10 − 30 − 15 = 179 days of 8 h: 17.46; 10 days in 179 of support: 18.49; 12 are there.

    Source: Human Resources for Health 15:42 (2017), table 3; factor, total and ratio follow by arithmetic.
    """
    days = available_days(234, 10, 30, 15)
    found = wisn(
        VISITS, available_hours=days * 8, support_shares={"meetings": Fraction(10, 179)}, existing=12
    )

    assert days == 179
    assert float(found.core) == pytest.approx(17.46, abs=0.005)
    assert float(found.category_factor) == pytest.approx(1.0592, abs=5e-5)
    assert float(found.required) == pytest.approx(18.49, abs=0.005)
    assert float(found.ratio) == pytest.approx(0.65, abs=0.005)
    assert float(found.difference) == pytest.approx(-6.49, abs=0.005)
    assert found.whole == 19


def test_extra_work_of_some_adds_posts_and_is_not_multiplied() -> None:
    """716 h of a 1,432 h year are half a post on top, whatever support all have."""
    shares = {"meetings": 0.2}
    plain = wisn(VISITS, available_hours=1432, support_shares=shares)
    more = wisn(VISITS, available_hours=1432, support_shares=shares, extra_hours={"reports": 716})

    assert more.individual_posts == Fraction(1, 2)
    assert more.required == plain.required + Fraction(1, 2)
    assert plain.required == plain.core * Fraction(5, 4)


@pytest.mark.parametrize(
    ("required", "meant"),
    [
        *((0, 0), ("0.1", 1), (1, 1), ("1.1", 1), ("1.11", 2), ("1.9", 2), ("2.2", 2), ("2.21", 3)),
        *(("3.3", 3), ("3.31", 4), ("4.4", 4), ("4.41", 5), ("5.5", 5), ("5.51", 6)),
    ],
)
def test_a_fraction_within_the_tolerance_is_dropped(required, meant) -> None:
    """A tenth of the whole number, by default; an assumption, since the manual could not be read again."""
    law = load_law()

    assert whole_posts(required, tolerance_share=law.value(TOLERANCE_KEY, on=date(2027, 1, 1))) == meant
    assert law.dated(TOLERANCE_KEY).entries[-1].status == "assumption"


@given(st.fractions(0, 50), st.fractions(0, 1))
def test_rounding_stays_within_one_post(required, tolerance) -> None:
    """Never below the whole part, never a full post above; without tolerance nothing is dropped."""
    whole = whole_posts(required, tolerance_share=tolerance)

    assert required - whole <= tolerance * whole
    assert whole - 1 < required
    assert whole_posts(required, tolerance_share=0) >= whole


def test_wisn_refuses_what_has_no_meaning() -> None:
    """No time, nothing but support, negative work, a ratio over nothing."""
    with pytest.raises(LawError, match="above 0"):
        wisn(VISITS, available_hours=0)
    with pytest.raises(LawError, match="below 1"):
        wisn(VISITS, available_hours=1, support_shares={"a": 0.5, "b": 0.5})
    with pytest.raises(LawError, match="-1"):
        wisn({"a": Activity(-1, 1)}, available_hours=1)
    with pytest.raises(LawError, match="difference"):
        _ = wisn({}, available_hours=1, existing=3).ratio
    assert wisn({}, available_hours=1, existing=3).difference == 3

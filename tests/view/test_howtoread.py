"""How the figures of a page are to be read is said once, by the replications there are."""

from __future__ import annotations

import pandas as pd
import pytest

from simlib.view.howtoread import counted_waits, how_to_read
from simlib.view.names import names_of
from simlib.years.records import LAST_WAIT_BIN
from tests.view.synthetic import FakeExperiment


def summary(n: int) -> pd.DataFrame:
    """One option, so many replications; a year's row tells less and does not count."""
    return pd.DataFrame(
        {"measure": ["on_time_share"] * 2, "year": [0, 2027], "n": [n, 1], "mean": [0.9, 0.9]}
    )


@pytest.mark.parametrize(
    ("n", "said", "unsaid"),
    [
        (20, ("means of 20 replications", "fewer than about one in 7"), "hardly"),
        (59, ("means of 59 replications", "fewer than about one in 20"), "hardly"),
        (2, ("means of 2 replications", "rare events have hardly come up"), "one in"),
        (1, ("With 1 replication(s)", "rare events have hardly come up"), "interval"),
    ],
)
def test_what_too_few_replications_show_is_said(n: int, said: tuple[str, ...], unsaid: str) -> None:
    """Twenty replications may all have missed what happens once in eight."""
    told = how_to_read(summary(n), names_of(FakeExperiment(), "en")).text

    assert all(each in told for each in said)
    assert unsaid not in told
    assert told.endswith(counted_waits("en"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_long_waits_are_said_to_be_counted_short(lang: str) -> None:
    """A mean over 60 working days is counted as 61: whoever reads it must know."""
    told = counted_waits(lang)

    assert str(LAST_WAIT_BIN) in told
    assert str(LAST_WAIT_BIN - 1) in told

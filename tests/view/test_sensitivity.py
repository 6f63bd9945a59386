"""The sensitivity page: what it says, what it leaves to chance, and how to get what is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from simlib.view import sensitivitycharts, sensitivityfacts, sensitivityview
from simlib.view.chartparts import show
from simlib.view.names import Names, names_of
from simlib.view.sensitivityfacts import Sensitivity
from tests.view.synthetic import FakeExperiment

QUITS, HOME = "future.assumptions.quits.contract_per_year", "future.assumptions.minutes.home_visit"
TITLES = {QUITS: "quitting", HOME: "home visit"}


def move(key: str, end: object, mean: float, half: float) -> dict[str, Any]:
    return {
        "option": "one",
        "key": key,
        "end": end,
        "mean": mean,
        "low": mean - half,
        "high": mean + half,
        "n": 20,
    }


FOUND = Sensitivity(
    measure="on_time_share",
    moves=pd.DataFrame(
        [
            move(QUITS, 0.08, 0.01, 0.02),
            move(QUITS, 0.2, -0.09, 0.1),
            move(HOME, 24, 0.02, 0.01),
            move(HOME, 90, -0.05, 0.01),
        ]
    ),
    indices=[
        pd.DataFrame(
            {
                "option": ["one", "one"],
                "key": [QUITS, HOME],
                "rows": 64,
                "noise_share": 0.05,
                "first": [0.1, 0.8],
                "first_low": [-0.05, 0.6],
                "first_high": [0.2, 1.1],
                "total": [0.2, 0.9],
                "total_low": [0.1, 0.7],
                "total_high": [0.3, 1.2],
            }
        )
    ],
    ranks=[
        pd.DataFrame(
            {
                "option": ["one", "one"],
                "key": [QUITS, HOME],
                "points": 40,
                "noise_share": 0.05,
                "partial": [-0.1, -0.9],
                "partial_low": [-0.4, -1.0],
                "partial_high": [0.2, -0.8],
                "slope": [-0.1, -0.8],
                "fit": 0.9,
            }
        )
    ],
    regrets={
        "the points": pd.DataFrame(
            {
                "option": ["one", "two"],
                "mean": [0.9, 0.8],
                "worst": [0.7, 0.6],
                "worst_future": ["3", "4"],
                "regret": [0.001, 0.1],
                "regret_low": [0.0, 0.05],
                "regret_high": [0.002, 0.15],
                "regret_future": ["1", "2"],
                "best_share": [0.9, 0.1],
            }
        )
    },
    flips=pd.DataFrame(
        [
            {
                "recommended": "one",
                "overturned_by": "two",
                "key": "quits.contract_per_year",
                "base": 0.12,
                "value": 0.15,
                "key_2": None,
                "base_2": None,
                "value_2": None,
                "part_of_range": 0.375,
                "behind": 0.01,
                "behind_low": -0.01,
                "behind_high": 0.03,
                "sure": False,
            }
        ]
    ),
    titles=TITLES,
    stale=(),
)
NOTHING = replace(FOUND, moves=FOUND.moves.iloc[:0], indices=(), ranks=(), regrets={}, flips=None)


@pytest.fixture(scope="module")
def english(experiment: FakeExperiment) -> Names:
    return names_of(experiment, "en")


def test_what_is_said_to_move_most_is_beyond_chance(english: Names) -> None:
    """The largest difference of all has an interval that holds 0: it is not the one that is named."""
    told = sensitivityview.answers(FOUND, english).text

    assert "'home visit' moves it most; at 90" in told
    assert "-5.00 (-6.00 – -4.00)" in told


def test_where_chance_hides_every_move_the_page_says_so(english: Names) -> None:
    """No name is better than one that another seed would change."""
    unclear = replace(FOUND, moves=FOUND.moves[FOUND.moves["key"] == QUITS])

    assert "beyond chance" in sensitivityview.answers(unclear, english).text


def test_an_index_is_said_with_its_interval_inside_0_and_1(english: Names) -> None:
    """An estimate may leave 0..1; a share a reader is told may not."""
    assert "90.0% of the spread" in sensitivityview.answers(FOUND, english).text
    assert "70.0% – 100.0%" in sensitivityview.answers(FOUND, english).text


def test_the_strongest_thing_stands_on_top(english: Names) -> None:
    """A tornado is read from above."""
    assert list(sensitivityfacts.strongest(FOUND.moves)["key"]) == [QUITS, QUITS, HOME, HOME]


def test_a_flip_card_says_what_changes_and_whether_it_is_sure(english: Names) -> None:
    """In words, with the value at which it was seen."""
    told = "".join(block.text for block in sensitivityview.flip_card(FOUND, english))

    assert "quitting: from 0.12 to 0.15" in told
    assert "no, it may be chance" in told


@pytest.mark.parametrize("kind", ["one_at_a_time", "indices", "futures", "flip"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_not_there_comes_with_the_command_for_it(
    experiment: FakeExperiment, kind: str, lang: str
) -> None:
    """One command each; nothing where it is there."""
    spoken = names_of(experiment, lang)
    (told,) = sensitivityview.absent(NOTHING, kind, spoken)

    assert "simlib " in told.text
    assert sensitivityview.absent(FOUND, kind, spoken) == []
    assert len(sensitivityview.absent(replace(NOTHING, stale=(kind,)), kind, spoken)) == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_chart_and_table_is_drawn_from_what_was_found(experiment: FakeExperiment, lang: str) -> None:
    """Charts carry the option and their figures for those who cannot see them."""
    spoken = names_of(experiment, lang)
    drawn = [
        *sensitivitycharts.tornadoes(FOUND, spoken),
        *sensitivitycharts.index_bars(FOUND, spoken),
        *sensitivitycharts.rank_bars(FOUND, spoken),
    ]
    page = show(
        *drawn,
        *sensitivityview.move_tables(FOUND, spoken),
        *sensitivityview.index_tables(FOUND, spoken),
        *sensitivityview.rank_tables(FOUND, spoken),
        *sensitivityview.regret_tables(FOUND, spoken),
    )

    assert len(drawn) == 3
    assert all("one" in str(chart.to_dict()["title"]) for chart in drawn)
    assert page.html.count("<table") == 4
    assert "view." not in page.text
    assert "nan" not in page.text


def test_nothing_found_makes_an_empty_page_and_no_error(english: Names) -> None:
    """The page of an experiment on which one command alone was run."""
    assert sensitivitycharts.tornadoes(NOTHING, english) == []
    assert sensitivityview.flip_card(NOTHING, english) == []
    assert "nothing to say yet" in sensitivityview.answers(NOTHING, english).text

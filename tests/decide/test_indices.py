"""Indices over the points of a design, against functions whose indices are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from simlib.decide.indices import noise_share, ranked, sobol
from simlib.decide.points import Varied, points_of
from simlib.designs import LATIN_HYPERCUBE, SOBOL, Design, Factor

Reals = NDArray[np.float64]
A, B = 7.0, 0.1
THREE = tuple(Varied(f"x{at}", {"zh": "", "en": ""}, 0.0, -math.pi, math.pi) for at in range(3))


def ishigami(x: Reals) -> Reals:
    """T. Ishigami, T. Homma, ISUMA 1990, p. 398; x: [points × 3]."""
    return np.asarray(np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0]))


def known() -> tuple[list[float], list[float]]:
    """Its first-order and total indices in closed form, from its three variances."""
    one = 0.5 * (1 + B * math.pi**4 / 5) ** 2
    two = A**2 / 8
    with_three = B**2 * math.pi**8 * 8 / 225
    whole = one + two + with_three
    return [one / whole, two / whole, 0.0], [(one + with_three) / whole, two / whole, with_three / whole]


def design(kind: str, points: int, seed: int = 1) -> Reals:
    """The points of a design over three things, as they are simulated."""
    factors = tuple(Factor(item.key) for item in THREE)
    found = points_of(Design("grid", kind, factors, points, seed), THREE)
    return np.array([[point[item.key] for item in THREE] for point in found])


def parts(rows: int, seed: int = 1) -> tuple[Reals, Reals, Reals]:
    """The function at A, B and A with a column from B."""
    values = ishigami(design(SOBOL, rows, seed)).reshape(5, rows)
    return values[0], values[1], values[2:]


def test_sobol_indices_of_the_ishigami_function_are_found() -> None:
    """Within 0.02 at 4,096 rows, in first order and in total."""
    found, (first, total) = sobol(*parts(4096)), known()

    assert [each.first.value for each in found] == pytest.approx(first, abs=0.02)
    assert [each.total.value for each in found] == pytest.approx(total, abs=0.02)


def test_few_rows_have_wide_intervals_that_hold_the_known_index() -> None:
    """At 64 rows of 10 designs at least nine tenths of the 60 intervals hold what they are to hold."""
    first, total = known()
    held = [
        index.low <= truth <= index.high
        for seed in range(10)
        for each, truths in zip(sobol(*parts(64, seed)), zip(first, total, strict=True), strict=True)
        for index, truth in zip((each.first, each.total), truths, strict=True)
    ]

    assert sum(held) >= 54


def test_the_estimators_are_those_of_scipy() -> None:
    """A well-kept library is the second opinion; it takes the same samples."""
    one, other, mixed = parts(64)
    theirs = stats.sobol_indices(
        func={"f_A": one[None], "f_B": other[None], "f_AB": mixed[:, None]}, n=64, dists=None
    )
    found = sobol(one, other, mixed)

    assert [each.first.value for each in found] == pytest.approx(list(theirs.first_order), abs=1e-9)
    assert [each.total.value for each in found] == pytest.approx(list(theirs.total_order), abs=1e-9)


def test_what_never_moves_has_no_index() -> None:
    """A share of nothing is no number; it is not 0 either."""
    still = np.ones(8)

    assert math.isnan(sobol(still, still, np.ones((2, 8)))[0].total.value)
    assert math.isnan(ranked(np.arange(24.0).reshape(12, 2), np.ones(12))[0].partial.value)


def test_ranks_find_sign_and_order_of_what_moves_one_way() -> None:
    """exp(2x) − y³/20 over a Latin hypercube: x up, y down and less, z nothing, and the fit is good."""
    x = design(LATIN_HYPERCUBE, 200)
    found = ranked(x, np.exp(2 * x[:, 0]) - x[:, 1] ** 3 / 20)
    one, two, three = (each.partial for each in found)

    assert one.low > 0.9
    assert two.high < 0
    assert three.low < 0 < three.high
    assert abs(found[0].slope) > abs(found[1].slope) > abs(found[2].slope)
    assert found[0].fit > 0.8


def test_ranks_say_that_they_miss_what_goes_up_and_down() -> None:
    """The second thing of Ishigami moves it most of all, and no rank sees it: the fit tells."""
    x = design(LATIN_HYPERCUBE, 400)
    found = ranked(x, ishigami(x))

    assert abs(found[1].partial.value) < 0.2
    assert found[0].fit < 0.4


def test_chance_that_all_points_share_is_no_noise() -> None:
    """A replication that lifts all points alike moves no index; chance of single points does."""
    means = np.arange(50.0)[:, None]
    lifted = means + np.array([[5.0, -5.0, 9.0, 0.0]])
    shaken = means + 10 * np.random.default_rng(1).normal(size=(50, 4))
    expected = 100 / 4 / float(np.var(shaken.mean(axis=1), ddof=1))

    assert noise_share(lifted) == pytest.approx(0, abs=1e-12)
    assert noise_share(shaken) == pytest.approx(expected, rel=0.3)
    assert math.isnan(noise_share(means))


def test_a_latin_hypercube_has_one_point_in_every_slice() -> None:
    """In each thing, one of n slices of its range holds one of n points."""
    x = design(LATIN_HYPERCUBE, 40)
    slices = np.floor((x + math.pi) / (2 * math.pi) * 40 + 1e-6).astype(int).clip(0, 39)

    assert all(sorted(column) == list(range(40)) for column in slices.T.tolist())


def test_points_hang_on_the_seed_alone() -> None:
    """The same hashes on every machine: six digits, the same seed."""
    assert (design(SOBOL, 16) == design(SOBOL, 16)).all()
    assert (design(SOBOL, 16, seed=2) != design(SOBOL, 16)).any()
    assert all(value == float(f"{value:.6g}") for value in design(SOBOL, 16).ravel())

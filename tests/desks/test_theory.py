"""Queues whose waits are known: the desks' mean waits against formulas, within four standard errors.

Each figure is the mean of 24 replications of one office; the first tenth of a replication is not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import numpy as np
import pytest
from numpy.typing import NDArray

from simlib.chance import EXPONENTIAL_ONE, Luck, Purpose, unit_exponential
from simlib.desks import reference
from simlib.desks.network import Absences, Roster, Services, Steps, Whole, first_entries
from simlib.units import SHARE_ONE, TICKS_PER_MINUTE
from tests.desks.networks import CALENDAR_2024, FOREVER, Engine

REPLICATIONS = 24
SERVICE = 20 * TICKS_PER_MINUTE
Sizes = dict[str, int]


@pytest.fixture(params=["compiled", "reference"])
def office(request: pytest.FixtureRequest) -> tuple[Engine, int]:
    """An engine, and how many cases of a replication it serves in good time."""
    if request.param == "compiled":
        return request.getfixturevalue("compiled"), 40_000
    return reference.run_month, 2_000


def exponential(draws: NDArray[np.uint32], mean: float) -> Whole:
    """Exponential lengths of time [tick]."""
    return (unit_exponential(draws) * round(mean) + EXPONENTIAL_ONE // 2) // EXPONENTIAL_ONE


def one_office(
    engine: Engine,
    *,
    replication: int,
    cases: int,
    people: int,
    load: float,
    length: Callable[[NDArray[np.uint32]], Whole],
    priority: Callable[[NDArray[np.uint32]], Whole] | None = None,
) -> tuple[Services, Steps]:
    """Services of cases that come at random, in the order of their coming, without the first tenth."""
    draws = Luck(11, replication).draws(Purpose.MINUTES, area=0, subject=np.arange(cases), lanes=4)
    entry = np.cumsum(exponential(draws[:, 0], SERVICE / (people * load)))
    none, ids = np.zeros(cases, dtype=np.int64), np.arange(cases)
    classes = priority(draws[:, 3]) if priority else none
    steps = Steps(ids, none, none, none, none + 1, length(draws[:, 1]), none, none, classes, none)
    staff = np.arange(people)
    roster = Roster(
        staff, 0 * staff, 0 * staff, 0 * staff, 0 * staff + FOREVER, 0 * staff + SHARE_ONE, 0 * staff
    )
    done = engine(
        steps,
        first_entries(ids, entry, none),
        roster,
        Absences.empty(),
        calendar=CALENDAR_2024,
        bureau=np.zeros(1, dtype=np.int64),
        start=0,
        end=int(entry[-1]) + 10_000 * SERVICE,
    )
    assert len(done.services) == cases
    in_order = done.services.pick(np.argsort(done.services.case))
    return in_order.pick(np.arange(cases // 10, cases)), steps.pick(np.arange(cases // 10, cases))


def assert_theory(found: list[float], theory: float) -> None:
    """The mean of the replications lies within four standard errors of theory."""
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found) - theory) < 4 * error, (
        f"{np.mean(found):.4g} ± {error:.2g}, theory {theory:.4g}"
    )


def wait(services: Services) -> float:
    """Mean wait in the queue, in mean services."""
    return float((services.start - services.entry).mean() / SERVICE)


def erlang_c(people: int, load: float) -> float:
    """Share of cases that wait in M/M/c (Erlang 1917; Kleinrock, Queueing Systems I, 1975, eq. 3.40)."""
    offered = people * load
    all_busy = offered**people / factorial(people) / (1 - load)
    return all_busy / (sum(offered**n / factorial(n) for n in range(people)) + all_busy)


@pytest.mark.parametrize(("people", "load"), [(1, 0.7), (4, 0.8), (12, 0.9)])
def test_waits_of_many_clerks_follow_erlang_c(office: tuple[Engine, int], people: int, load: float) -> None:
    """M/M/c: mean wait = C(c, a) ÷ (c (1 − ρ)) services (Kleinrock I, 1975, sec. 3.5)."""
    engine, cases = office
    waits = [
        wait(
            one_office(
                engine,
                replication=r,
                cases=cases,
                people=people,
                load=load,
                length=lambda u: exponential(u, SERVICE),
            )[0]
        )
        for r in range(REPLICATIONS)
    ]

    assert_theory(waits, erlang_c(people, load) / (people * (1 - load)))


@pytest.mark.parametrize(
    ("people", "load", "parts"), [(3, 0.85, (0.2, 0.3, 0.5)), (1, 0.7, (0.5, 0.5)), (6, 0.8, (0.1, 0.6, 0.3))]
)
def test_waits_by_priority_follow_cobham(
    office: tuple[Engine, int], people: int, load: float, parts: tuple[float, ...]
) -> None:
    """Classes that do not interrupt each other, M/M/c: W_k = C S/c ÷ ((1 − σ_{k−1}) (1 − σ_k))
    (Cobham, Operations Research 2, 1954, p. 70)."""
    engine, cases = office
    shares = np.array(parts)
    edges = np.round(np.cumsum(shares)[:-1] * 2**32).astype(np.int64)
    waits = []
    for r in range(REPLICATIONS):
        services, steps = one_office(
            engine,
            replication=r,
            cases=cases,
            people=people,
            load=load,
            length=lambda u: exponential(u, SERVICE),
            priority=lambda u: np.searchsorted(edges, u.astype(np.int64), side="right").astype(np.int64),
        )
        waits.append([wait(services.pick(steps.priority == k)) for k in range(len(parts))])

    below = load * np.concatenate([[0], np.cumsum(shares)])
    for k in range(len(parts)):
        theory = erlang_c(people, load) / people / ((1 - below[k]) * (1 - below[k + 1]))
        assert_theory([row[k] for row in waits], theory)


@pytest.mark.parametrize("load", [0.5, 0.75])
@pytest.mark.parametrize(
    ("length", "second_moment"),
    [
        (lambda u: np.full(len(u), SERVICE), 1.0),
        (lambda u: u.astype(np.int64) * 2 * SERVICE >> 32, 4 / 3),
        (lambda u: np.where(u.astype(np.int64) * 10 >> 32 == 0, 11 * SERVICE // 2, SERVICE // 2), 3.25),
    ],
    ids=["all alike", "uniform", "one in ten long"],
)
def test_waits_of_one_clerk_follow_pollaczek_khinchine(
    office: tuple[Engine, int],
    length: Callable[[NDArray[np.uint32]], Whole],
    second_moment: float,
    load: float,
) -> None:
    """M/G/1: mean wait = ρ E[S²] ÷ (2 (1 − ρ)) with E[S] = 1 (Kleinrock I, 1975, eq. 5.113)."""
    engine, cases = office
    waits = [
        wait(one_office(engine, replication=r, cases=cases, people=1, load=load, length=length)[0])
        for r in range(REPLICATIONS)
    ]

    assert_theory(waits, load * second_moment / (2 * (1 - load)))


@pytest.mark.parametrize(("people", "load"), [(4, 0.8), (2, 0.6), (9, 0.9)])
def test_a_case_finds_as_many_waiting_as_little_says(
    office: tuple[Engine, int], people: int, load: float
) -> None:
    """L = λ W (Little, Operations Research 9, 1961), and random arrivals see time averages (Wolff 1982)."""
    engine, cases = office
    gaps = []
    for r in range(REPLICATIONS):
        services, _ = one_office(
            engine,
            replication=r,
            cases=cases,
            people=people,
            load=load,
            length=lambda u: exponential(u, SERVICE),
        )
        started = np.searchsorted(np.sort(services.start), services.entry, side="left")
        waiting = np.arange(len(services)) - started
        gaps.append(float(waiting.mean()) - people * load * wait(services))

    assert_theory(gaps, 0.0)


@pytest.mark.parametrize(("first", "second"), [((2, 0.7), (3, 0.8)), ((1, 0.5), (4, 0.85))])
def test_a_second_office_sees_what_the_first_lets_through(
    office: tuple[Engine, int], first: tuple[int, float], second: tuple[int, float]
) -> None:
    """Two offices in line: what leaves M/M/c is Poisson (Burke, Operations Research 4, 1956): each waits as
    if alone."""
    engine, cases = office
    (ahead, load), (behind, next_load) = first, second
    length = SERVICE * behind * next_load / (ahead * load)
    waits = []
    for r in range(REPLICATIONS):
        draws = Luck(17, r).draws(Purpose.MINUTES, area=0, subject=np.arange(cases), lanes=4)
        entry = np.cumsum(exponential(draws[:, 0], SERVICE / (ahead * load)))
        ids, none = np.repeat(np.arange(cases), 2), np.zeros(2 * cases, dtype=np.int64)
        ticks = np.stack([exponential(draws[:, 1], SERVICE), exponential(draws[:, 2], length)], axis=1)
        where = np.tile([0, 1], cases)
        steps = Steps(ids, where, none, none, none + 1, ticks.ravel(), none, none, none, none)
        staff = np.arange(ahead + behind)
        roster = Roster(
            *(staff, (staff >= ahead).astype(np.int64), 0 * staff, 0 * staff),
            *(0 * staff + FOREVER, 0 * staff + SHARE_ONE, 0 * staff),
        )
        done = engine(
            steps,
            first_entries(np.arange(cases), entry, np.zeros(cases, dtype=np.int64)),
            roster,
            Absences.empty(),
            calendar=CALENDAR_2024,
            bureau=np.ones(2, dtype=np.int64),
            start=0,
            end=int(entry[-1]) + 10_000 * SERVICE,
        ).services
        later = done.pick(done.case >= cases // 10)
        waits.append([wait(later.pick(later.step == step)) for step in (0, 1)])

    for step, (people, busy), mean in ((0, first, SERVICE), (1, second, length)):
        theory = erlang_c(people, busy) / (people * (1 - busy)) * mean / SERVICE
        assert_theory([row[step] for row in waits], theory)

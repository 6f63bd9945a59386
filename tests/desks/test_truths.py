"""What must hold in any county, plain or not: nothing lost, nobody twice, nothing known beforehand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simlib.desks.network import (
    Absences,
    Kind,
    Roster,
    Services,
    Steps,
    canonical,
)
from simlib.units import MINUTES_PER_HOUR, SHARE_ONE, TICKS_PER_MINUTE
from simlib.years.bookkeeping import available
from tests.desks.networks import FOREVER, County, Engine, Shape, differences, make, run, shapes
from tests.desks.small import DAY, Case, Person, Step, by_case, case, month

HOUR = MINUTES_PER_HOUR * TICKS_PER_MINUTE


def _everything(engine: Engine, county: County) -> tuple[Services, Steps, np.ndarray]:
    months = list(run(engine, county))
    steps = Steps.join([month.steps for month in county.months])
    steps = steps.pick(np.argsort(steps.case, kind="stable"))
    services = Services.join([month.services for month in months])
    return canonical(services, county.bureau), steps, months[-1].work.case


@settings(max_examples=60, deadline=None)
@given(shape=shapes(offices=4, people=6, cases=40, months=3))
def test_every_item_is_done_once_or_its_case_is_open(compiled: Engine, shape: Shape) -> None:
    """Nothing is lost, doubled, served before its entry, or served by one person twice."""
    services, steps, still_open = _everything(compiled, make(shape))
    finished = steps.pick(~np.isin(steps.case, still_open))
    closed = services.pick(~np.isin(services.case, still_open))
    keys = np.array([services.case, services.step, services.part])
    both = services.pick(np.lexsort((services.part, services.step, services.case)))
    same_step = (both.case[1:] == both.case[:-1]) & (both.step[1:] == both.step[:-1])
    pair = np.flatnonzero(same_step & (both.worker[1:] >= 0))

    assert len(closed) == np.minimum(finished.people, 2).sum()
    assert len(np.unique(keys, axis=1).T) == len(services)
    assert (services.entry <= services.start).all()
    assert (both.worker[1:][pair] != both.worker[:-1][pair]).all()


@settings(max_examples=60, deadline=None)
@given(shape=shapes(offices=3, people=6, cases=40, months=3))
def test_nobody_serves_two_items_at_once_or_starts_while_away(compiled: Engine, shape: Shape) -> None:
    """A worker is one person, and an absent one is absent."""
    county = make(shape)
    services, _, _ = _everything(compiled, county)
    served = services.pick(services.worker >= 0)
    served = served.pick(np.lexsort((served.finish, served.start, served.worker)))
    same = served.worker[1:] == served.worker[:-1]
    absences = Absences.join([month.absences for month in county.months])
    for worker, begins, ends in zip(*(getattr(absences, name) for name in Absences.names()), strict=True):
        starts = served.start[served.worker == worker]
        assert not ((starts >= begins) & (starts < ends)).any()

    assert (served.start[1:][same] >= served.finish[:-1][same]).all()


@settings(max_examples=40, deadline=None)
@given(
    gaps=st.lists(st.integers(0, 9), min_size=1, max_size=60),
    ticks=st.lists(st.integers(0, 20), min_size=60, max_size=60),
    few=st.integers(1, 4),
)
def test_one_more_worker_in_a_plain_office_never_lengthens_a_wait(
    compiled: Engine, gaps: list[int], ticks: list[int], few: int
) -> None:
    """First come, first served, equal speeds, no skills: the sorted workloads can only fall
    (Wolff, Stochastic Modeling and the Theory of Queues, 1989, sec. 5-16)."""
    cases = [case(n, int(at), Step(ticks[n])) for n, at in enumerate(np.cumsum(gaps))]

    def starts(people: int) -> np.ndarray:
        result = by_case(month(compiled, cases, [Person(n) for n in range(people)], end=DAY))
        return np.array([result[n][1] for n in range(len(cases))])

    assert (starts(few + 1) <= starts(few)).all()


def test_one_more_worker_shortens_the_mean_wait_in_any_network(compiled: Engine) -> None:
    """With skills, absences, speeds and visits one wait may grow; the mean over counties does not."""
    gains = []
    for seed in range(60):
        shape = Shape(
            seed=seed, offices=3, people=4, cases=60, months=1, month_days=4, grid=7919, longest=90,
            visits=0.2, payroll_only=0.2, contract=0.5, away=0.2, turnover=0.2, overnight=0.2, due=0.5,
            lends=True, zero=False,
        )  # fmt: skip
        county = make(shape)
        (only,) = county.months
        one = Roster(*(np.array([n]) for n in (1 << 30, seed % 3, Kind.PAYROLL, 0, FOREVER, SHARE_ONE, 0)))
        waits = []
        for roster in (only.roster, Roster.join([only.roster, one])):
            long = replace(only, roster=roster, end=only.end + 400 * DAY)
            (result,) = run(compiled, replace(county, months=(long,)))
            waits.append((result.services.start - result.services.entry).mean() / HOUR)
        if len(result.work) == 0:
            gains.append(waits[1] - waits[0])
    error = np.std(gains, ddof=1) / np.sqrt(len(gains))

    assert len(gains) > 20
    assert np.mean(gains) <= 4 * error
    assert np.mean(gains) < 0


@settings(max_examples=60, deadline=None)
@given(shape=shapes(offices=3, people=6, cases=0, months=2))
def test_time_is_available_absent_or_not_employed(shape: Shape) -> None:
    """Available + absent + not employed = calendar for every worker and month (WHO, WISN user's manual, 2010:
    available working time is what absences leave); blocked time is an absence here. Counted in half-days."""
    half = DAY // 2
    for span in make(replace(shape, grid=half)).months:
        found = available(span.roster, span.absences, start=span.start, end=span.end)
        for row, worker in enumerate(span.roster.id):
            mine = span.absences.worker == worker
            periods = list(zip(span.absences.absent_from[mine], span.absences.absent_to[mine], strict=True))
            present = [
                span.roster.present_from[row] <= at < span.roster.present_to[row]
                and not any(begins <= at < ends for begins, ends in periods)
                for at in range(span.start, span.end, half)
            ]
            assert found[row] == half * sum(present)


@settings(max_examples=60, deadline=None)
@given(shape=shapes(offices=4, people=5, cases=30, months=4))
def test_months_cut_nothing(compiled: Engine, shape: Shape) -> None:
    """With the same people, several months give what one long month gives, to the last tick."""
    county = make(replace(shape, turnover=0.0))
    steps = Steps.join([month.steps for month in county.months])
    merged = replace(
        county.months[0],
        end=county.months[-1].end,
        steps=steps,
        work=type(county.months[0].work).join([month.work for month in county.months]),
        absences=_joined(Absences.join([month.absences for month in county.months])),
    )
    parts = list(run(compiled, county))
    (whole,) = run(compiled, replace(county, months=(merged,)))
    services = Services.join([part.services for part in parts])
    joined = replace(parts[-1], services=canonical(services, county.bureau))

    assert differences(joined, whole) == []


@settings(max_examples=40, deadline=None)
@given(shape=shapes(offices=4, people=5, cases=30, months=4, least=0.3))
def test_what_an_office_has_and_gets_it_finishes_or_keeps(compiled: Engine, shape: Shape) -> None:
    """Opening + arrived + received = finished + closing, for every office and month: cases where their
    current step is done."""
    county = make(shape)
    count, opening = len(county.bureau), np.zeros(len(county.bureau), dtype=np.int64)
    known = Steps.join([part.steps for part in county.months])
    known = known.pick(np.argsort(known.case, kind="stable"))
    for part, result in zip(county.months, run(compiled, county), strict=True):
        finished = result.services.pick(result.services.part == 0)
        seconds = result.services.pick(result.services.part == 1)
        last = {
            (case, step): first + step
            for case, step, first in zip(
                [*finished.case.tolist(), *seconds.case.tolist()],
                [*finished.step.tolist(), *seconds.step.tolist()],
                np.searchsorted(known.case, np.concatenate([finished.case, seconds.case])).tolist(),
                strict=True,
            )
        }
        at = dict(zip(result.work.case.tolist(), result.work.step.tolist(), strict=True))
        rows = np.array(
            [row for (case, step), row in last.items() if step < at.get(case, 1 << 30)], dtype=int
        )
        ends = np.append(known.case[1:] != known.case[:-1], [True])
        onward = rows[~ends[rows]] + 1
        closing = result.steps.office[np.searchsorted(result.steps.case, result.work.case) + result.work.step]

        assert (
            opening
            + np.bincount(part.work.office0, minlength=count)
            + np.bincount(known.office[onward], minlength=count)
            == np.bincount(known.office[rows], minlength=count) + np.bincount(closing, minlength=count)
        ).all()
        opening = np.bincount(closing, minlength=count)


@settings(max_examples=40, deadline=None)
@given(
    gaps=st.lists(st.integers(0, 9), min_size=2, max_size=60),
    ticks=st.lists(st.integers(0, 20), min_size=60, max_size=60),
    people=st.integers(1, 4),
    extra=st.integers(0, 59),
)
def test_one_extra_family_makes_nobody_earlier_in_a_plain_office(
    compiled: Engine, gaps: list[int], ticks: list[int], people: int, extra: int
) -> None:
    """First come, first served: who came before is served as before, who comes after no sooner."""
    cases = [case(n, int(at), Step(ticks[n])) for n, at in enumerate(np.cumsum(gaps))]
    extra %= len(cases)

    def starts(some: list[Case]) -> dict[int, int]:
        result = by_case(month(compiled, some, [Person(n) for n in range(people)], end=DAY))
        return {number: row[1] for number, row in result.items()}

    with_it, without = starts(cases), starts([c for c in cases if c.id != extra])

    assert all(with_it[n] == without[n] for n in range(extra))
    assert all(with_it[n] >= without[n] for n in range(extra + 1, len(cases)))


@settings(max_examples=40, deadline=None)
@given(shape=shapes(offices=4, people=5, cases=30, months=1, least=0.2))
def test_one_extra_family_changes_nothing_before_it_comes(compiled: Engine, shape: Shape) -> None:
    """Nobody knows who will come: what was started before stands, whatever the network."""
    county = make(shape)
    (all_of,) = county.months
    order = np.argsort(all_of.work.entry, kind="stable")
    if not len(order):
        return
    extra, at = all_of.work.case[order[len(order) // 2]], all_of.work.entry[order[len(order) // 2]]
    fewer = replace(
        all_of,
        steps=all_of.steps.pick(all_of.steps.case != extra),
        work=all_of.work.pick(all_of.work.case != extra),
    )
    before = []
    for one in (all_of, fewer):
        (result,) = run(compiled, replace(county, months=(one,)))
        before.append(result.services.pick(result.services.finish < at))

    assert all((getattr(before[0], n) == getattr(before[1], n)).all() for n in Services.names())


def _joined(absences: Absences) -> Absences:
    """Absences that touch as one."""
    absences = absences.pick(np.lexsort((absences.absent_from, absences.worker)))
    touches = (absences.worker[1:] == absences.worker[:-1]) & (
        absences.absent_from[1:] == absences.absent_to[:-1]
    )
    first = np.concatenate([[True], ~touches])[: len(absences)]
    last = np.concatenate([~touches, [True]])[: len(absences)]
    return Absences(absences.worker[first], absences.absent_from[first], absences.absent_to[last])

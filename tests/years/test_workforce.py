"""Posts over years against theory: vacancies, terms, appraisal, contracts, pay grades, absence."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simlib.dated import Range
from simlib.desks.network import Kind
from simlib.units import SHARE_ONE, share_parts
from simlib.worktime import DAY_TICKS
from simlib.years.people.lots import BOUGHT, EXISTING
from simlib.years.people.staff import HIRED, LEFT, READY, REASON, SINCE, slowness_by_month
from simlib.years.people.tenure import NEVER_DAY, Leaving
from simlib.years.people.workforce import Workforce
from tests.years.crews import CALM, calendar, crew, day, posts

NONE = np.empty(0, dtype=np.int64)


def run_to(workforce: Workforce, until: int) -> None:
    """Let the posts live up to a day."""
    workforce.env.run(until=until)


def left_by_reason(workforce: Workforce, first: int, last: int) -> dict[str, int]:
    """Leavers of all offices and kinds by reason, those that happened."""
    sums = workforce.leavers(first, last).sum(axis=(0, 1))
    return {why.name.lower(): int(sums[why]) for why in Leaving if sums[why]}


def within(values: list[float], expected: float, errors: float = 4) -> bool:
    """Whether the mean of independent values lies within so many standard errors of theory."""
    spread = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return abs(float(np.mean(values)) - expected) < errors * spread


@pytest.mark.parametrize("rate", [0.12, 0.6])
def test_vacancies_are_those_of_theory(rate: float) -> None:
    """MODEL §9: quits alone at rate τ, f years without anybody at the desk: τ·f/(1+τ·f) of posts are empty.

    f is the time to fill plus the training; a tenure counts from the day of hiring, so the training lies
    inside it: of a cycle of 1/τ + fill, fill + training are empty.
    """
    months = Range(2, 3, 4)
    shares = []
    for replication in range(20):
        workforce = crew(
            20, replication=replication, quits_per_year=rate, months_to_fill=months, training_days=10
        )
        workforce.fund(0, posts(20, 2))
        first, last = day(2028), day(2036)
        run_to(workforce, last)
        columns = workforce.people.columns
        at_desk = np.minimum(columns[LEFT], last) - np.maximum(columns[READY], first)
        shares.append(1 - np.maximum(at_desk, 0).sum() / (40 * (last - first)))
    fill, trained = 3 * 30 / 365.25, _training_years(10)
    quits_trained = math.exp(-rate * trained)
    expected = 1 - quits_trained / (1 + rate * fill)

    assert within(shares, expected)
    assert expected == pytest.approx(rate * (fill + trained) / (1 + rate * (fill + trained)), rel=0.02)


def _training_years(days: int) -> float:
    """Mean civil time that so many working days take from any day of three years [year]."""
    whole = calendar()
    begins = np.arange(day(2028), day(2036))
    ready = whole.day_of_workday[whole.workday_of_day[begins] + days]
    return float((ready - begins).mean() / 365.25)


def test_in_an_ideal_world_the_formula_is_at_work() -> None:
    """Nobody leaves, hiring takes a day, money is ample: every post is held from the second day on."""
    workforce = crew(5, payroll=2, contract=1)
    workforce.fund(0, np.array([0, 1, 2, 3, 4]))
    run_to(workforce, day(2035))

    assert workforce.filled(day(2025, 1, 3)).tolist() == [[1 + bought, 2] for bought in range(5)]
    assert workforce.filled(day(2034, 12, 31)).tolist() == [[1 + bought, 2] for bought in range(5)]
    assert left_by_reason(workforce, 0, day(2035)) == {}


def test_no_money_buys_nobody_and_leaves_the_payroll_alone() -> None:
    """Posts that are never funded are never held; who is on the payroll does not notice."""
    rich, poor = (crew(20, payroll=3, payroll_quits_per_year=0.2) for _ in range(2))
    rich.fund(0, posts(20, 4))
    poor.fund(0, posts(20, 0))
    for workforce in (rich, poor):
        run_to(workforce, day(2032))

    assert poor.hired(0, day(2032))[:, Kind.CONTRACT].sum() == 0
    assert (
        poor.filled(day(2030))[:, Kind.PAYROLL].tolist() == rich.filled(day(2030))[:, Kind.PAYROLL].tolist()
    )
    assert poor.leavers(0, day(2032))[:, Kind.PAYROLL].sum() > 0


def test_payroll_posts_are_filled_in_rounds() -> None:
    """A vacancy waits for the next round's month and then for the lag of examination and appointment."""
    workforce = crew(
        200,
        payroll=2,
        payroll_quits_per_year=0.5,
        round_months=(4,),
        round_lag_months=Range(3, 3, 3),
    )
    run_to(workforce, day(2030))
    columns = workforce.people.columns
    began = columns[HIRED][columns[HIRED] >= day(2025)]
    months = {calendar().date_of(int(when)).month for when in began}

    assert len(began) > 200
    assert months <= {6, 7}


def test_a_provider_fills_posts_in_weeks() -> None:
    """The same vacancy is filled sooner by a provider than by recruiting for nobody in particular."""
    filled_after = []
    for provider in (-1, 3):
        workforce = crew(60, months_to_fill=Range(1, 2.5, 5), provider_weeks=Range(2, 4, 8))
        workforce.cover(0, 60, BOUGHT, provider=provider)
        workforce.fund(0, posts(60, 3))
        run_to(workforce, day(2026))
        filled_after.append(workforce.people.columns[HIRED] - day(2025))

    assert filled_after[1].min() >= 14 and filled_after[1].max() <= 56
    assert filled_after[0].min() >= 30 and filled_after[0].max() <= 150
    assert np.mean(filled_after[1]) < np.mean(filled_after[0])


def test_who_fails_an_appraisal_leaves_on_the_day_of_his_hiring() -> None:
    """With a fifth failing each year, a fifth of the first cohort leaves after one year, for that reason."""
    shares = []
    for replication in range(20):
        workforce = crew(100, replication=replication, appraisal_fail_share=0.2)
        workforce.fund(0, posts(100, 2))
        run_to(workforce, day(2026, 1, 3))
        reasons = left_by_reason(workforce, 0, day(2026, 1, 3))
        shares.append(reasons.get("appraisal", 0) / 200)
        assert set(reasons) <= {"appraisal"}
        assert workforce.leavers(0, day(2026, 1, 2)).sum() == 0

    assert within(shares, 0.2)


@pytest.mark.parametrize(("term", "years"), [(1, {1, 2, 3, 4, 5}), (2, {2, 4}), (3, {3})])
def test_terms_end_after_their_years(term: int, years: set[int]) -> None:
    """People go at the end of a term, by re-assessment or of themselves, and at no other time."""
    workforce = crew(200, term_years=term, term_fail_share=0.1, term_leave_share=0.2)
    workforce.fund(0, posts(200, 1))
    run_to(workforce, day(2025 + 6))
    columns = workforce.people.columns
    first_holders = columns[:, (columns[HIRED] == day(2025, 1, 2)) & (columns[LEFT] < NEVER_DAY)]
    stayed = {calendar().date_of(int(when)).year - 2025 for when in first_holders[LEFT]}

    assert stayed == years
    assert set(first_holders[REASON].tolist()) == {int(Leaving.TERM_END)}


def test_at_a_term_end_the_stated_share_leaves() -> None:
    """Of those assessed 10 % fail, and of the others 20 % do not sign again: 28 % go."""
    shares = []
    for replication in range(20):
        workforce = crew(100, replication=replication, term_fail_share=0.1, term_leave_share=0.2)
        workforce.fund(0, posts(100, 2))
        run_to(workforce, day(2029))
        shares.append(left_by_reason(workforce, 0, day(2029)).get("term_end", 0) / 200)

    assert within(shares, 0.28)


def test_the_last_year_of_a_term_has_one_assessment() -> None:
    """The re-assessment stands in place of the yearly appraisal: a term of one year has no appraisal."""
    workforce = crew(200, term_years=1, appraisal_fail_share=0.5)
    workforce.fund(0, posts(200, 1))
    run_to(workforce, day(2030))

    assert left_by_reason(workforce, 0, day(2030)) == {}


def test_appraisals_go_on_in_later_terms() -> None:
    """With terms of three years somebody can fail in the years 1, 2, 4, 5 …, and never in 3 or 6."""
    workforce = crew(300, appraisal_fail_share=0.3)
    workforce.fund(0, posts(300, 1))
    run_to(workforce, day(2032))
    columns = workforce.people.columns
    failed = columns[:, columns[REASON] == Leaving.APPRAISAL]

    assert {round(days / 365.25) for days in (failed[LEFT] - failed[HIRED]).tolist()} == {1, 2, 4, 5}


def test_a_successor_on_the_payroll_has_the_share_of_the_post() -> None:
    """Half of a township post is other work, whoever holds it."""
    workforce = crew(50, payroll=2, payroll_share=0.5, payroll_quits_per_year=1.0)
    run_to(workforce, day(2031))
    roster, absences = workforce.roster(day(2030), day(2031), {}, NONE)
    columns = workforce.people.columns
    whole_year = set(
        workforce.people.ids()[(columns[READY] <= day(2030)) & (columns[LEFT] >= day(2031))].tolist()
    )
    newcomers = np.isin(absences.worker, [who for who in whole_year if who & 0xFFFF])
    hours = (absences.absent_to - absences.absent_from)[newcomers].sum() / DAY_TICKS
    days = calendar().workday_of_day[day(2031)] - calendar().workday_of_day[day(2030)]

    assert newcomers.sum() > 1000
    assert hours / (days * len(set(absences.worker[newcomers].tolist()))) == pytest.approx(0.5, abs=0.02)
    assert len(roster) > 50


def test_without_appraisal_nobody_fails_one() -> None:
    """The lever takes the yearly appraisal away, and nothing else."""
    workforce = crew(200, is_appraised=False, appraisal_fail_share=0.5, term_fail_share=0.5)
    workforce.fund(0, posts(200, 1))
    run_to(workforce, day(2030))

    assert set(left_by_reason(workforce, 0, day(2030))) == {"term_end"}


def test_existing_contracts_have_their_own_term_until_the_plan() -> None:
    """What was agreed before the plan ends as agreed; who is hired under the plan has the plan's term."""
    workforce = crew(
        300, contract=1, plan=date(2027, 1, 1), term_years=1, existing_term_years=3, term_fail_share=0.4
    )
    run_to(workforce, day(2034))
    columns = workforce.people.columns
    gone = columns[:, columns[LEFT] < NEVER_DAY]
    starts, ends = ([calendar().date_of(int(when)) for when in gone[column]] for column in (HIRED, LEFT))
    stays = [(start, round((end - start).days / 365.25)) for start, end in zip(starts, ends, strict=True)]

    assert {years % 3 for start, years in stays if start < date(2027, 1, 1)} == {0}
    assert {1, 2} <= {years for start, years in stays if start >= date(2027, 1, 1)}


def test_a_cohort_is_paid_by_grade_to_the_day() -> None:
    """Hired on 1 January: a whole civil year in each grade, leap years included, so pay can be exact."""
    workforce = crew(3, months_to_fill=Range(0, 0, 0), start=date(2024, 12, 31))
    workforce.fund(0, posts(3, 2))
    run_to(workforce, day(2030))
    table = [
        workforce.pay_days(day(2025 + year), day(2026 + year))[BOUGHT].sum(axis=0)[:5].tolist()
        for year in range(5)
    ]
    lengths = [day(2026 + year) - day(2025 + year) for year in range(5)]

    assert 366 in lengths
    assert table == [[6 * lengths[year] if grade == year else 0 for grade in range(5)] for year in range(5)]
    eleven = workforce.pay_days(day(2027), day(2027, 12))[BOUGHT]
    months = [workforce.pay_days(day(2027, month), day(2027, month + 1))[BOUGHT] for month in range(1, 12)]
    assert np.sum(months, axis=0).tolist() == eleven.tolist()
    assert eleven[:, 2].sum() == 6 * (day(2027, 12) - day(2027))


def test_pay_days_add_up_to_the_days_posts_were_held() -> None:
    """Every day is paid in one grade: summed over grades, lots and days they are the days held."""
    workforce = crew(40, contract=2, quits_per_year=0.5, appraisal_fail_share=0.1, term_fail_share=0.3)
    workforce.fund(0, posts(40, 2))
    run_to(workforce, day(2033))
    for first, last in ((day(2025), day(2026)), (day(2028, 3), day(2028, 4)), (day(2025), day(2033))):
        lots = [workforce.pay_days(first, last)[lot].sum(axis=1) for lot in (EXISTING, BOUGHT)]
        assert (lots[0] + lots[1]).tolist() == workforce.days_held(first, last)[:, Kind.CONTRACT].tolist()
        assert lots[1].tolist() == workforce.days_paid(first, last).tolist()


def test_a_post_that_is_closed_lets_its_holder_go() -> None:
    """Money that shrinks closes the posts opened last; money that comes back opens them again."""
    workforce = crew(1)
    for year, count in ((2025, 3), (2026, 1), (2027, 3)):
        run_to(workforce, day(year) if year > 2025 else day(2025, 1, 2))
        workforce.fund(0, posts(1, count))
    run_to(workforce, day(2028))

    assert [int(workforce.filled(day(year, 6))[0, Kind.CONTRACT]) for year in (2025, 2026, 2027)] == [3, 1, 3]
    assert left_by_reason(workforce, 0, day(2028)) == {"post_closed": 2}
    assert workforce.hired(0, day(2028)).sum() == 5


def _contracts(keep_share: float, successor: date | None, offices: int = 100) -> Workforce:
    """Two bought posts an office under a contract that ends on 1 July 2026."""
    workforce = crew(offices, learning_months=6.0, learning_speed=0.5)
    workforce.cover(0, offices, BOUGHT, provider=1)
    workforce.fund(0, posts(offices, 2))
    run_to(workforce, day(2026, 7))
    workforce.uncover(0, offices, BOUGHT, keep_share=share_parts(keep_share))
    if successor:
        if successor > date(2026, 7, 1):
            run_to(workforce, calendar().day(successor))
        workforce.cover(0, offices, BOUGHT, provider=2)
    run_to(workforce, day(2027))
    return workforce


def test_a_contract_without_successor_leaves_its_posts_empty() -> None:
    """What is no longer bought is held by nobody, however much money there is."""
    workforce = _contracts(1.0, None)

    assert workforce.filled(day(2026, 7)).sum() == 0
    assert workforce.filled(day(2026, 12)).sum() == 0
    assert left_by_reason(workforce, 0, day(2027)) == {"contract_ended": 200}


def test_a_successor_on_the_same_day_keeps_people_without_a_break() -> None:
    """With everybody kept, nobody has left and nobody was hired: the desks notice nothing."""
    workforce = _contracts(1.0, date(2026, 7, 1))

    assert workforce.filled(day(2026, 7)).sum() == 200
    assert left_by_reason(workforce, 0, day(2027)) == {}
    assert workforce.hired(0, day(2027)).sum() == 200


def test_a_later_successor_takes_people_back_who_know_the_work() -> None:
    """In between posts are empty; who comes back begins at once and has nothing to learn again."""
    workforce = _contracts(1.0, date(2026, 9, 1))
    back = workforce.people.columns[:, workforce.people.columns[HIRED] >= day(2026, 9)]

    assert workforce.filled(day(2026, 8)).sum() == 0
    assert workforce.filled(day(2026, 9)).sum() == 200
    assert (back[READY] == day(2026, 9)).all() and (back[SINCE] < day(2026)).all()


@pytest.mark.parametrize("successor", [date(2026, 7, 1), date(2026, 9, 1)])
def test_a_successor_keeps_the_stated_share(successor: date) -> None:
    """Each former holder is kept by a draw of his own; the others' posts are recruited for anew."""
    workforce = _contracts(0.7, successor, offices=1000)
    begins = calendar().day(successor)
    kept = workforce.filled(begins).sum() / 2000

    assert abs(kept - 0.7) < 4 * math.sqrt(0.7 * 0.3 / 2000)
    assert workforce.filled(begins + 60).sum() == 2000


def test_a_contract_renewed_is_no_event_for_people() -> None:
    """The same provider goes on: nobody leaves, only the days left unmanned may change."""
    workforce = crew(10)
    workforce.cover(0, 10, BOUGHT, provider=1)
    workforce.fund(0, posts(10, 2))
    run_to(workforce, day(2026))
    workforce.renew(0, 10, BOUGHT, missed_share=share_parts(0.2))
    run_to(workforce, day(2027))

    assert left_by_reason(workforce, 0, day(2027)) == {}
    assert _away_share(workforce, 2026) > 0.15


def test_a_take_over_is_for_a_part_of_the_posts() -> None:
    """An interim provider mans the share of posts said; the next contract is for all of them again."""
    workforce = crew(500)
    workforce.fund(0, posts(500, 2))
    run_to(workforce, day(2026))
    workforce.uncover(0, 500, BOUGHT, keep_share=0)
    workforce.cover(0, 500, BOUGHT, provider=9, posts_share=share_parts(0.6))
    run_to(workforce, day(2027))
    part = workforce.filled(day(2026, 12)).sum() / 1000
    workforce.cover(0, 500, BOUGHT, provider=10)
    run_to(workforce, day(2028))

    assert abs(part - 0.6) < 4 * math.sqrt(0.6 * 0.4 / 1000)
    assert workforce.filled(day(2027, 12)).sum() == 1000
    assert left_by_reason(workforce, day(2026, 2), day(2028)) == {}


def test_a_lot_is_ended_for_its_own_posts_and_offices() -> None:
    """Contracts of today's posts, of bought posts and of other counties are apart."""
    workforce = crew(4, payroll=1, contract=1)
    workforce.fund(0, posts(4, 1))
    run_to(workforce, day(2026))
    workforce.uncover(0, 2, EXISTING, keep_share=0)
    workforce.uncover(2, 4, BOUGHT, keep_share=0)
    run_to(workforce, day(2027))

    assert workforce.filled(day(2026, 6)).tolist() == [[1, 1]] * 4
    assert workforce.days_paid(day(2026), day(2027)).tolist() == [365, 365, 0, 0]


def _away_share(workforce: Workforce, year: int) -> float:
    """Part of working days the bought workers of a year are not at their desks."""
    first, last = day(year), day(year + 1)
    roster, absences = workforce.roster(first, last, {}, NONE)
    days = int(calendar().workday_of_day[last] - calendar().workday_of_day[first])
    return float((absences.absent_to - absences.absent_from).sum() / DAY_TICKS / (days * len(roster)))


def test_days_a_provider_leaves_unmanned_come_on_top_of_leave() -> None:
    """Of days not away anyhow the stated share is missed: in all 1 − (1 − 0.1)(1 − 0.2) of them."""
    shares = []
    for missed in (0.0, 0.2):
        workforce = crew(100, days_away=24.8)
        workforce.cover(0, 100, BOUGHT, provider=1, missed_share=share_parts(missed))
        workforce.fund(0, posts(100, 2))
        run_to(workforce, day(2027))
        shares.append(_away_share(workforce, 2026))
    error = math.sqrt(0.28 * 0.72 / (200 * 240))

    assert abs(shares[0] - 0.1) < 4 * error
    assert abs(shares[1] - 0.28) < 4 * error


def test_speed_rises_month_by_month_about_its_mean() -> None:
    """A newcomer's speed is the assumed one on average, never falls, and ends at that of the others."""
    rates: Any = {"learning_months": 3.0, "learning_speed": 0.6}
    speeds = [SHARE_ONE / slow for slow in slowness_by_month(crew(1, **rates).rates)]

    assert speeds == pytest.approx([0.4, 0.6, 0.8], abs=1e-4)
    assert slowness_by_month(CALM).tolist() == []
    workforce = crew(1, **rates)
    workforce.fund(0, posts(1, 1))
    run_to(workforce, day(2026))
    seen = [
        SHARE_ONE / workforce.roster(day(2025, month), day(2025, month + 1), {}, NONE)[0].slowness[0]
        for month in range(1, 7)
    ]
    assert seen == pytest.approx([0.4, 0.4, 0.6, 0.8, 1.0, 1.0], abs=1e-4)


def test_a_roll_out_keeps_its_dates() -> None:
    """The city's campaign: plan by 15 April, everybody hired by 10 June, all at work by 15 July."""
    days = tuple(day(2027, *when) for when in ((4, 15), (6, 10), (7, 15)))
    workforce = crew(
        50, start=date(2027, 1, 1), plan=date(2027, 1, 1), training_days=10, quits_per_year=0.3, rollout=days
    )
    workforce.fund(0, posts(50, 2))
    run_to(workforce, day(2028))
    columns = workforce.people.columns
    first, later = (columns[:, columns[1] == number] for number in (0, 1))

    assert (first[HIRED] >= days[0]).all() and (first[HIRED] <= days[1]).all()
    assert len(set(first[HIRED].tolist())) > 20
    assert set(first[READY].tolist()) == {day(2027, 6, 24)}
    assert (later[READY] > later[HIRED]).all() and len(later[0]) > 0


def test_tenures_found_when_a_run_opens_are_those_it_would_lead_to() -> None:
    """Ages drawn for existing holders keep their law: nine years on, the ages of holders look the same."""
    rates: Any = {"quits_per_year": 0.2, "appraisal_fail_share": 0.1, "term_fail_share": 0.2}
    young: list[list[float]] = [[], []]
    for replication in range(20):
        workforce = crew(30, contract=3, replication=replication, **rates)
        run_to(workforce, day(2034))
        columns = workforce.people.columns
        for at, today in enumerate((day(2025), day(2034) - 1)):
            held = columns[:, (columns[HIRED] <= today) & (columns[LEFT] > today)]
            young[at].append(float((today - held[HIRED] < 365).mean()))
    difference = [first - last for first, last in zip(*young, strict=True)]

    assert within(difference, 0.0)
    assert 0.2 < float(np.mean(young[0])) < 0.5


@given(
    begins=st.dates(date(2025, 1, 1), date(2032, 2, 29)),
    subject=st.integers(0, 1 << 20),
    term=st.integers(1, 4),
    shares=st.tuples(*(st.floats(0, 1),) * 2),
    kind=st.sampled_from(Kind),
)
@settings(max_examples=200, deadline=None)
@example(begins=date(2028, 2, 29), subject=3, term=3, shares=(0.5, 0.5), kind=Kind.CONTRACT)
def test_one_newcomer_has_the_fate_the_columns_give_him(
    begins: date, subject: int, term: int, shares: tuple[float, float], kind: Kind
) -> None:
    """A single hire is reckoned without arrays, for speed; day and reason are those of the arrays."""
    known = crew(2, term_years=term, quits_per_year=0.12, payroll_quits_per_year=0.05).tenures
    known.appraisal_fail_share, known.term_fail_share = shares
    today = calendar().day(begins)
    office, subjects, hired = np.array([1]), np.array([subject]), np.array([today])
    days, reasons = known.leaving(office, subjects, hired, kind=kind, today=today)

    assert known.leaving_of(1, subject, kind=kind, today=today) == (days[0], reasons[0])


def test_pay_days_of_some_offices_are_those_of_all() -> None:
    """A county asks for its own offices only; the others' rows are left out, nothing else."""
    workforce = crew(6, contract=1, quits_per_year=0.4)
    workforce.fund(0, posts(6, 2))
    run_to(workforce, day(2027))
    for lot in (EXISTING, BOUGHT):
        whole = workforce.pay_days(day(2026, 6), day(2027))[lot]
        part = workforce.pay_days(day(2026, 6), day(2027), offices=slice(2, 4))[lot]

        assert part[2:4].tolist() == whole[2:4].tolist()
        assert not part[:2].any()
        assert not part[4:].any()
        assert whole[:2].any()

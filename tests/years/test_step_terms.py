"""Terms of single steps: the county's opinion in ten working days, a refusal told in three."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simlib.desks.network import OpenWork, Services, Standing
from simlib.desks.trace import NO_CLOCK, NOT_SETTLED, Cases, Outcome
from simlib.policy.procedure import load_procedures
from simlib.worktime import DAY_TICKS
from simlib.years.cases.casebook import Casebook
from simlib.years.cases.requests import Span
from simlib.years.cases.stepterms import StepTerms
from simlib.years.recorder import Month
from simlib.years.replication import Run
from tests.small import COUNTY, batch, frame, place, run, scenario, setting, with_bureau, with_towns

OPINION = "clocks.dibao.county_working_days"
BEGIN, CHECK = "clocks.dibao.start_working_days", "clocks.dibao.check_start_working_days"
NOON = DAY_TICKS // 2
PATH = ("intake", "relatives_register", "information_check")
ROUTE = load_procedures().routes["dibao_application"]
TIMED = ("dibao_application", "marginal_application", "remote_in")


class Kept(Run):
    """A run that keeps every opinion of the county on a file that came to it for the first time."""

    def __init__(self, *given, **named) -> None:
        self.opinions: dict[int, tuple[int, int, int]] = {}
        super().__init__(*given, **named)

    def _apply(self, month: Month, span: Span) -> None:
        super()._apply(month, span)
        activity = self.setting.procedures.activities["county_review"].number
        timed = [self.setting.procedures.routes[name].number for name in TIMED]
        cases = self.casebook.rows
        route_of = dict(zip(cases.id.tolist(), cases.route.tolist(), strict=True))
        area_of = dict(zip(cases.id.tolist(), cases.area.tolist(), strict=True))
        done = month.done.services
        for row in np.flatnonzero(done.activity == activity).tolist():
            case = int(done.case[row])
            if route_of[case] in timed and case not in self.opinions:
                self.opinions[case] = area_of[case], int(done.entry[row]), int(done.finish[row])

    def still_waiting(self) -> list[tuple[int, int]]:
        """Entry of each file that waits for its first opinion, and its township."""
        activity = self.setting.procedures.activities["county_review"].number
        timed = [self.setting.procedures.routes[name].number for name in TIMED]
        cases = self.casebook.rows
        steps, work = self.docket.open_steps(), self.docket.open_work()
        first = np.searchsorted(steps.case, work.case)
        at = steps.activity[first + work.step] == activity
        found = []
        for case, entry in zip(work.case[at].tolist(), work.entry[at].tolist(), strict=True):
            row = int(self.casebook.find(np.array([case]))[0])
            if cases.route[row] in timed and case not in self.opinions:
                found.append((int(cases.area[row]), entry))
        return found


@pytest.fixture(scope="module")
def short() -> Kept:
    """A year whose bureau has one clerk, so that files lie."""
    bureau = with_bureau(with_towns(place(), posts_payroll=10), posts_payroll=1)
    ready = setting(scenario(opening=3, minutes__county_review=600), bureau)
    before = Kept(ready, ready.side_by_side(batch(COUNTY)), None, engine="compiled")
    for month in range(-3, 0):
        before.month(month)
    plan = Kept(ready, ready.side_by_side(batch(COUNTY)), before.snapshot(), engine="compiled")
    plan.opinions = before.opinions
    for month in range(12):
        plan.month(month)
    return plan


def test_every_opinion_is_counted_once_in_the_year_that_settles_it(short: Kept) -> None:
    """Done in time, or its last day gone by: told again from every single service and what still waits."""
    table = frame(short.tables(), "step_terms")
    told = table[table["term"] == OPINION].set_index("office")[["due", "in_time"]]
    start, end = (short.calendar.tick_of_day(short._span(month).first) for month in (0, 12))
    towns = [short.counties.offices[at] for at in short.counties.area_office]
    expected = pd.DataFrame(0, index=pd.Index(towns, name="office"), columns=["due", "in_time"])
    for area, entry, finish in short.opinions.values():
        due = (entry // DAY_TICKS + 10 + 1) * DAY_TICKS
        expected.loc[towns[area], "due"] += start < min(finish, due) <= end
        expected.loc[towns[area], "in_time"] += finish <= due and start < finish <= end
    for area, entry in short.still_waiting():
        expected.loc[towns[area], "due"] += start < (entry // DAY_TICKS + 10 + 1) * DAY_TICKS <= end

    assert 0 < told["in_time"].sum() < told["due"].sum()
    assert told.astype("int64").equals(expected[expected["due"] > 0].astype("int64"))


def test_every_term_of_a_step_in_the_route_files_is_told() -> None:
    """Under ample staff all of them come up in two years, and nearly all are kept."""
    ample = with_bureau(
        with_towns(place(), posts_payroll=20, assistance_share=1.0), posts_payroll=20, posts_verification=10
    )
    ready = setting(scenario(years=2, opening=6, share__notice_objection=1), ample)
    table = frame(run(ready), "step_terms").groupby("term")[["due", "in_time"]].sum()
    known = {key for route in ready.procedures.routes.values() for step in route.steps for key in step.terms}

    assert set(table.index) == known
    assert (table["in_time"] >= 0.95 * table["due"]).all()


def test_only_the_first_of_two_steps_alike_has_the_term() -> None:
    """A returned file is reviewed a second time; article 20 times the first opinion alone."""
    ready = setting(scenario())
    route = ready.procedures.routes["dibao_application"]
    names = [step.activity.id if step.activity else "" for step in route.steps]
    reviews = [at for at, name in enumerate(names) if name == "county_review"]
    terms = StepTerms(ready.procedures, ready.norms)
    with_term = [bool(route.steps[at].within) for at in reviews]

    assert with_term == [True, False]
    assert OPINION in terms.keys


def test_articles_15_and_17_bind_the_township_and_the_county_in_turn() -> None:
    """57号: the township begins the investigation within three working days of acceptance (art. 15), here by
    asking for the information check; the county begins that within three of being asked (art. 17)."""
    check = next(step for step in ROUTE.steps if step.activity and step.activity.id == "information_check")
    own = {key: check.article for key in check.terms if key == check.within}
    reached = {key: check.reached_article for key in check.terms if key == check.reached_within}

    assert (reached, own) == ({BEGIN: "15"}, {CHECK: "17"})
    assert check.office == "verification"


def _application(*, accepted: int) -> Casebook:
    """A family of staff applying at the window: taken in, registered apart, then the check is asked for."""
    names = [step.activity.id if step.activity else "" for step in ROUTE.steps]
    path = [names.index(name) for name in PATH]
    columns = dict.fromkeys(Cases.names(), 0) | {"route": ROUTE.number, "accepted": accepted}
    columns |= {"due": NO_CLOCK, "settled": NOT_SETTLED, "outcome": int(Outcome.GRANTED)}
    columns["taken"] = sum(1 << place for place in path)
    return Casebook(Cases(*(np.array([columns[name]]) for name in Cases.names())), next_id=1)


def _told(
    book: Casebook, *, step: int, entry: int, finish: int, since: int = 0
) -> dict[str, tuple[int, int]]:
    """What is told of the application's terms, as due and in time, when one of its steps has ended."""
    terms = StepTerms(load_procedures(), setting(scenario()).norms)
    columns = dict.fromkeys(Services.names(), 0) | {"step": step, "entry": entry, "finish": finish}
    columns["activity"] = load_procedures().activities[PATH[step]].number
    services = Services(*(np.array([(columns | {"completes": 1})[name]]) for name in Services.names()))
    counts = np.zeros((2, 1, len(terms.keys)), dtype=np.int64)
    terms.count(book, services, since=since, counts=counts)
    return {
        key: tuple(counts[:, 0, at].tolist()) for at, key in enumerate(terms.keys) if counts[:, 0, at].any()
    }


@pytest.mark.parametrize(("days", "in_time"), [(2, 1), (3, 1), (4, 0)])
def test_three_days_from_acceptance_until_the_county_is_asked(days: int, in_time: int) -> None:
    """Art. 15, accepted on day 10: the county is asked when the register is done, at the latest on day 13."""
    book = _application(accepted=10 * DAY_TICKS + NOON)

    assert _told(book, step=0, entry=10 * DAY_TICKS, finish=12 * DAY_TICKS) == {}
    done = (10 + days) * DAY_TICKS + NOON + 1
    assert _told(book, step=1, entry=12 * DAY_TICKS, finish=done) == {BEGIN: (1, in_time)}


@pytest.mark.parametrize(("days", "in_time"), [(0, 1), (3, 1), (4, 0)])
def test_three_days_from_being_asked_until_the_check_is_begun(days: int, in_time: int) -> None:
    """Art. 17 counts from when the request came, however long the township took for it."""
    book, asked = _application(accepted=10 * DAY_TICKS), 30 * DAY_TICKS

    assert _told(book, step=2, entry=asked, finish=asked + days * DAY_TICKS + NOON) == {CHECK: (1, in_time)}


def _refused() -> tuple[Casebook, int, int]:
    """An application refused: its casebook, the step that tells the family, and its activity."""
    names = [step.activity.id if step.activity else "" for step in ROUTE.steps]
    last = len(names) - 1 - names[::-1].index("refusal")
    columns = dict.fromkeys(Cases.names(), 0) | {"route": ROUTE.number, "due": NO_CLOCK}
    columns |= {"settled": NOT_SETTLED, "outcome": int(Outcome.REFUSED), "taken": 1 << last | 1}
    book = Casebook(Cases(*(np.array([columns[name]]) for name in Cases.names())), next_id=1)
    return book, 1, load_procedures().activities["refusal"].number


@pytest.mark.parametrize(
    ("entry", "finish", "in_time"),
    [
        # decided on day 20 by the county, at the township's desk from the opening of day 21
        (21 * DAY_TICKS, 24 * DAY_TICKS, 1),
        (21 * DAY_TICKS, 24 * DAY_TICKS + 1, 0),
        # decided on day 20 by the township itself and at its desk at once
        (20 * DAY_TICKS + NOON, 24 * DAY_TICKS, 1),
        (20 * DAY_TICKS + NOON, 24 * DAY_TICKS + 1, 0),
        # decided at the last tick of day 19
        (20 * DAY_TICKS, 23 * DAY_TICKS + 1, 0),
    ],
)
def test_a_refusal_is_told_within_three_days_of_the_decision(entry: int, finish: int, in_time: int) -> None:
    """57号 art. 21: from the decision, so the way of the file from the county to the township is inside."""
    book, step, activity = _refused()
    terms = StepTerms(load_procedures(), setting(scenario()).norms)
    columns = dict.fromkeys(Services.names(), 0) | {"step": step, "entry": entry, "finish": finish}
    columns |= {"activity": activity, "completes": 1}
    counts = np.zeros((2, 1, len(terms.keys)), dtype=np.int64)
    terms.count(
        book,
        Services(*(np.array([columns[name]]) for name in Services.names())),
        since=0,
        counts=counts,
    )

    assert counts[:, 0, terms.keys.index("clocks.dibao.refusal_working_days")].tolist() == [1, in_time]


def test_an_application_still_at_the_window_has_broken_article_15_once_its_third_day_is_gone() -> None:
    """It counts in the year of that day, two steps before the check, and not again when it is done later."""
    book, terms = (
        _application(accepted=10 * DAY_TICKS),
        StepTerms(load_procedures(), setting(scenario()).norms),
    )
    columns = dict.fromkeys(OpenWork.names(), 0) | {"standing0": int(Standing.WAITING)}
    waiting = OpenWork(*(np.array([columns[name]]) for name in OpenWork.names()))
    told = []
    for end in (13, 14, 15):
        counts = np.zeros((2, 1, len(terms.keys)), dtype=np.int64)
        terms.overrun(book, waiting, since=0, end=end * DAY_TICKS, counts=counts)
        told.append(counts[:, 0, terms.keys.index(BEGIN)].tolist())

    assert told == [[0, 0], [1, 0], [1, 0]]
    assert _told(book, step=1, entry=0, finish=20 * DAY_TICKS, since=14 * DAY_TICKS) == {}

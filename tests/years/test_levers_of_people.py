"""The planner's levers on the people he buys: read, refused, and felt in the tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from simlib.errors import ScenarioError
from simlib.scenario import Policy, Scenario, load_scenario
from tests.small import ROOT, frame, run, scenario, setting

CITY = ROOT / "scenarios" / "yunfu_rollout_2027.yaml"
DATES = (date(2027, 4, 15), date(2027, 6, 10), date(2027, 7, 15))
BOUGHT = Policy(formula="guangdong-2019", price_yuan=50_000)


def on(path: str) -> Scenario:
    """The city's campaign with something else set."""
    return load_scenario(CITY, [path])


def test_the_city_s_campaign_is_a_scenario() -> None:
    """A Guangdong city's draft, part 3: plan by 15 April, hired by 10 June, complete by 15 July."""
    policy = load_scenario(CITY).policy

    assert (policy.rollout, policy.term_years, policy.appraisal) == (DATES, 3, "yearly")


@pytest.mark.parametrize(
    "wrong",
    ["policy.term_years=4", "policy.term_years=0", "policy.term_years=2.5", "policy.appraisal=monthly"],
)
def test_what_no_document_allows_is_refused(wrong: str) -> None:
    """Contracts end after three years at most; an appraisal is yearly or there is none."""
    with pytest.raises(ScenarioError, match=wrong.partition("=")[0]):
        on(wrong)


def test_a_campaign_needs_three_days(tmp_path: Path) -> None:
    """Two dates leave open which of plan, hired and at work is meant."""
    text = (
        CITY.read_text("utf-8").replace(", 2027-07-15]", "]").replace("places/", f"{ROOT}/scenarios/places/")
    )
    (tmp_path / "two.yaml").write_text(text, "utf-8")

    with pytest.raises(ScenarioError, match=r"three dates|三个日期"):
        load_scenario(tmp_path / "two.yaml")


def test_a_campaign_outside_the_plan_is_refused() -> None:
    """Dates left from the draft of 2019 would silently do nothing."""
    past = tuple(day.replace(year=2019) for day in DATES)

    with pytest.raises(ScenarioError, match="2019-04-15"):
        setting(scenario(replace(BOUGHT, rollout=past)))


def test_a_campaign_over_before_the_vote_is_refused() -> None:
    """Nobody is hired on money not yet voted; the campaign would silently be none. On the day it is one."""
    early = (date(2027, 1, 4), date(2027, 2, 26), date(2027, 4, 1))
    vote = (date(2027, 1, 4), date(2027, 3, 1), date(2027, 4, 1))

    with pytest.raises(ScenarioError, match=r"2027-03-01.*2027-02-26"):
        setting(scenario(replace(BOUGHT, rollout=early)))
    assert setting(scenario(replace(BOUGHT, rollout=early), budget__months_before_vote=0))
    ready = setting(scenario(replace(BOUGHT, rollout=vote), quits__contract_per_year=0.0))
    posts = frame(run(ready), "workforce")
    assert posts[posts["kind"] == "contract"].groupby("month")["filled"].sum()[2] == ready.posts_gap


def test_a_campaign_fills_posts_by_its_dates() -> None:
    """Nobody is hired before the plan stands; in June every post the formula gives is held."""
    ready = setting(scenario(replace(BOUGHT, rollout=DATES), quits__contract_per_year=0.0))
    posts = frame(run(ready), "workforce")
    held = posts[posts["kind"] == "contract"].groupby("month")[["filled", "effective_milli", "hired"]].sum()

    assert held["hired"][:3].sum() == 0
    assert held["filled"][5] == ready.posts_gap > 0
    assert held["effective_milli"][4] == 0 < held["effective_milli"][6]


def test_short_terms_lose_more_people() -> None:
    """One-year terms end three times as often as three-year terms: more leave, more are hired."""
    moved = []
    for term in (1, 3):
        policy = replace(BOUGHT, term_years=term, appraisal="none")
        calm = {"quits__contract_per_year": 0.0, "term__leave_share": 0.25}
        posts = frame(run(setting(scenario(policy, years=3, opening=1, **calm))), "workforce")
        bought = posts[posts["kind"] == "contract"].sum(numeric_only=True)
        moved.append((bought["left_term_end"], bought["hired"]))

    assert moved[0][0] > moved[1][0] and moved[0][1] > moved[1][1]


def test_pay_grades_rise_with_the_years() -> None:
    """In a plan's first year everybody is in grade 0, in the third most are above 1: grade days tell it."""
    calm = {
        "quits__contract_per_year": 0.0,
        "appraisal__fail_share": 0.0,
        "recruitment__months": 0.5,
        "budget__months_before_vote": 0,
    }
    posts = frame(run(setting(scenario(BOUGHT, years=3, opening=1, **calm))), "workforce")
    bought = posts[posts["kind"] == "contract"]
    years = bought.assign(year=bought["month"] // 12).groupby("year")[["grade_days", "paid_days"]].sum()
    grade = years["grade_days"] / years["paid_days"]

    assert grade[0] == 0
    assert 0.9 < grade[1] < 1.0
    assert 1.9 < grade[2] < 2.0

"""Staff by workload as a rule a planner writes: read, counted, explained, refused."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simlib import words
from simlib.errors import LawError
from simlib.policy.explain import explain
from simlib.policy.posts.wisn import Activity, available_days, whole_posts, wisn, with_balance
from simlib.policy.rules import Exact, Workload, chosen, rounded
from simlib.policy.rules import _eased as eased
from simlib.policy.staffing import required_posts
from simlib.policy.statutes import Law, load_law
from tests.policy.towns import towns

LAW: Law = load_law()
ID = "wisn-workload"
MODE = {"figures": "mode", "tolerance": "no"}

HEAD = """\
kind: formula
id: own-load
title: {zh: 本地工作量, en: Own workload}
region: {zh: 某县, en: A county}
issuer: {zh: 某县民政局, en: A county's bureau}
document: 台账 2026
stated_on: 2026-01-01
status: assumption
readings: {rounding: none, existing_counts: yes%s}
versions:
  2024-01-01:
    modality: target
    source: {title: 某县时间测定}
    levels:
      township:
        driver: dibao_rural_households
        unit: household
        rule:
          workload:
"""
KISUMU = """\
            available_hours: {days: 234, less: [10, 30, 15], hours_per_day: 8}
            support_share: 0.0558659217877095
            activities:
              - {title: {zh: 门诊, en: Visit}, minutes: 15, a_year: 10}
"""


def written(folder: Path, rule: str, readings: str = "") -> Law:
    file = folder / "own.yaml"
    file.write_text(HEAD % readings + rule, "utf-8")
    return load_law([file])


def test_kisumu_s_clinic_can_be_written_as_a_file(tmp_path: Path) -> None:
    """10,000 patients × 10 visits × 15 minutes; 234 − 10 − 30 − 15 days; 10 days in 179 of support: 18.49.

    Source: Human Resources for Health 15:42 (2017), table 3.
    """
    law = written(tmp_path, KISUMU)
    place = towns([{"households": 10_000, "posts_payroll": 12}])

    table = with_balance(required_posts(place, "own-load", law=law))

    assert table["posts_required"].item() == pytest.approx(18.49, abs=0.005)
    assert table["ratio"].item() == pytest.approx(0.65, abs=0.005)
    assert table["difference"].item() == pytest.approx(-6.49, abs=0.005)


def test_individual_work_is_added_for_each_office(tmp_path: Path) -> None:
    """716 h of a 1,432 h year are half a post more in every office, support or none."""
    plain = required_posts(towns([{"households": 9}] * 2), "own-load", law=written(tmp_path, KISUMU))
    law = written(tmp_path, KISUMU + "            extra_hours: 716\n")
    more = required_posts(towns([{"households": 9}] * 2), "own-load", law=law)

    assert (more["posts_required"] - plain["posts_required"]).tolist() == pytest.approx([0.5, 0.5])


def test_minutes_come_from_the_catalogue_and_move_with_it(tmp_path: Path) -> None:
    """Nobody types an intake's minutes twice: the file names the activity, an assumption its minutes."""
    rule = "            available_hours: 1000\n            activities: [{do: intake, a_year: 1}]\n"
    law = written(tmp_path, rule, ", figures: mode")
    asked = {side: posts(law, "own-load", 1000, figures=side) for side in ("low", "mode", "high")}

    minutes = {s: LAW.value("minutes.intake", on=date(2026, 1, 1), which=s) for s in asked}  # type: ignore[arg-type]
    assert asked == pytest.approx({side: minutes[side] / 60 for side in asked})


def posts(law: Law, formula: str, households: int, **reading: str) -> float:
    place = towns([{"households": households}])
    table = required_posts(place, formula, law=law, reading=reading, levels=["township"])
    return float(table["posts_required"].sum())


def test_the_shipped_formula_by_hand() -> None:
    """1,000 households: applications 75 + 0.87 × (168 + 90) min at 0.18, reviews 52 + 0.15 × 168 at 1.4.

    Over a year of 248 − 5 − 5 − 4 days of 8 h, a fifth of it support.
    """
    hours = 1000 * (0.18 * (75 + 0.87 * (168 + 90)) + 1.4 * (52 + 0.15 * 168)) / 60
    hand = hours / (234 * 8) / (1 - 0.2)

    assert posts(LAW, ID, 1000, rounding="none") == pytest.approx(hand)
    assert posts(LAW, ID, 1000) == -(-hand // 1)


@pytest.mark.parametrize("households", [1, 300, 5000])
def test_low_figures_ask_the_fewest_posts(households: int) -> None:
    """Fewer and shorter matters and less time away: each range is turned the right way round."""
    low, mode, high = (
        posts(LAW, ID, households, figures=side, rounding="none") for side in ("low", "mode", "high")
    )

    assert low < mode < high


def test_a_worker_s_own_year_may_be_a_range_too(tmp_path: Path) -> None:
    """`low` asks the fewest posts, so it takes the longest year, whether hours or days are given."""
    tasks = "            activities: {dibao_rural_households: 8}\n"
    hours = "            available_hours: {low: 800, mode: 1000, high: 1600}\n" + tasks
    days = "            available_hours: {days: {low: 100, mode: 125, high: 200}, hours_per_day: 8}\n" + tasks
    for rule in (hours, days):
        law = written(tmp_path, rule, ", figures: mode")
        asked = [posts(law, "own-load", 200, figures=side) for side in ("low", "mode", "high")]

        assert asked == [1.0, 1.6, 2.0]


@example(22, 10, "0.1")
@example(23, 10, "0.1")
@given(st.integers(0, 400), st.integers(1, 40), st.sampled_from(["0", "0.1", "0.25", "1"]))
def test_the_tolerance_on_columns_is_that_of_wisn(over: int, under: int, tolerance: str) -> None:
    """Whole columns and single numbers drop the same fractions."""
    kept = eased(Exact(np.array([over]), under), Fraction(tolerance))

    assert rounded(kept, "ceil").item() == whole_posts(Fraction(over, under), tolerance_share=tolerance)


def test_tolerance_is_a_reading() -> None:
    """2.2 posts are 2 with it and 3 without."""
    rule = next(iter(LAW.formula(ID).version().levels.values())).rule
    assert isinstance(rule, Workload)

    assert chosen(rule.tolerance, {"tolerance": "yes"}) == Fraction("0.1")
    assert chosen(rule.tolerance, {"tolerance": "no"}) == 0


@given(st.integers(0, 3000), st.integers(0, 500), st.integers(0, 900))
def test_rule_and_function_reckon_alike(households: int, temporary: int, medical: int) -> None:
    """The rule is the same arithmetic as `wisn`, task by task."""
    place = towns(
        [{"households": households, "temporary_persontimes": temporary, "medical_persontimes": medical}]
    )
    rule = LAW.formula(ID).version().levels["township"].rule
    assert isinstance(rule, Workload)
    volumes = {"households": households, "temporary_persontimes": temporary, "medical_persontimes": medical}
    work = {
        str(n): Activity(
            volumes.get(task.by, 0) * chosen(task.a_year, MODE) * task.people, chosen(task.minutes, MODE) / 60
        )
        for n, task in enumerate(rule.tasks)
    }
    hand = wisn(
        work, available_hours=chosen(rule.available_hours, MODE), support_shares={"all": Fraction(1, 5)}
    )

    table = required_posts(place, ID, law=LAW, levels=["township"])
    assert table["posts_required"].item() == hand.whole


def test_a_year_s_law_holds_from_its_day(tmp_path: Path) -> None:
    """250 working days until 2024, 248 from 2025: the version is cut there, and no day falls between."""
    rule = (
        "            available_hours: {days: clocks.work.year_working_days, hours_per_day: 8}\n"
        "            activities: {dibao_rural_households: 2}\n"
    )
    law = written(tmp_path, rule)
    place = towns([{"households": 1000}])

    spans = [(str(v.start), str(v.end)) for v in law.formula("own-load").versions]
    assert spans == [("2024-01-01", "2024-12-31"), ("2025-01-01", "None")]
    for day, days in ((date(2024, 12, 31), 250), (date(2025, 1, 1), 248)):
        table = required_posts(place, "own-load", law=law, on=day)
        assert table["posts_required"].item() == pytest.approx(2000 / (days * 8))


def test_a_value_that_ended_ends_the_formula(tmp_path: Path) -> None:
    """Nothing is counted with a figure that no longer holds."""
    values = (
        "own.hours:\n  description: {zh: 工时, en: Hours}\n  unit: hour\n  values:\n"
        "    2024-01-01: {value: 1800, until: 2025-06-30, status: assumption, source: {title: 台账}}\n"
    )
    (tmp_path / "values.yaml").write_text(values, "utf-8")
    file = tmp_path / "own.yaml"
    rule = "            available_hours: own.hours\n            activities: {dibao_rural_households: 2}\n"
    file.write_text(HEAD % "" + rule, "utf-8")
    law = load_law([tmp_path])

    assert str(law.formula("own-load").versions[-1].end) == "2025-06-30"
    with pytest.raises(LawError, match="2025-07-01"):
        law.formula("own-load").version(date(2025, 7, 1))


GOOD = (
    "            available_hours: 1800\n            activities:\n"
    "              - {do: intake, a_year: 0.2, by: dibao_rural_households}\n"
)
MISTAKES = {
    "unknown activity": ("do: intake", "do: intakes", 22, "intake"),
    "unknown value": ("a_year: 0.2", "a_year: wisn.aplications_per_household", 22, "wisn.applications"),
    "unknown driver": ("by: dibao_rural_households", "by: dibao_households", 22, "dibao"),
    "no volume": ("a_year: 0.2, ", "", 22, "a_year"),
    "minutes typed again": ("do: intake", "do: intake, minutes: 60", 22, "minutes"),
    "neither do nor title": ("do: intake, ", "", 22, "title"),
    "unknown key": ("do: intake", "do: intake, per_year: 3", 22, "a_year"),
    "half a person": ("do: intake", "do: intake, people: 0.5", 22, "0.5"),
    "range out of order": ("a_year: 0.2", "a_year: {low: 3, mode: 2, high: 4}", 22, "low"),
    "negative": ("a_year: 0.2", "a_year: -1", 22, "-1"),
    "no time": ("available_hours: 1800", "available_hours: 0", 20, "above 0"),
    "more away than there": (
        *("available_hours: 1800", "available_hours: {days: 10, less: [20], hours_per_day: 8}"),
        *(20, "above 0"),
    ),
    "all support": ("available_hours: 1800", "available_hours: 1800\n            support_share: 1", 21, "1"),
    "no tasks": (
        "            activities:\n              - {do: intake, a_year: 0.2, by: dibao_rural_households}\n",
        "",
        19,
        "",
    ),
    "before the figures": ("a_year: 0.2", "a_year: own.late", 22, "2030-01-01"),
}


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.parametrize("lang", words.LANGS)
def test_a_mistake_is_told_with_file_line_and_remedy(name: str, lang: str, tmp_path: Path) -> None:
    """Whoever writes a workload is told where to look and what to write, in either language."""
    old, new, row, says = MISTAKES[name]
    assert old in GOOD
    late = (
        "own.late:\n  description: {zh: 次数, en: Times}\n  unit: 1/year\n  values:\n"
        "    2030-01-01: {value: 1, status: assumption, source: {title: 台账}}\n"
    )
    (tmp_path / "late.yaml").write_text(late, "utf-8")
    text = HEAD % ", figures: mode" + GOOD.replace(old, new)
    (tmp_path / "own.yaml").write_text(text, "utf-8")

    with words.speaking(lang), pytest.raises(LawError) as error:
        load_law([tmp_path])

    first = error.value.problems[0]
    assert first.file.endswith("own.yaml") and first.row == row
    with words.speaking("en"):
        assert says in first.line()


def test_the_formula_is_told_with_every_figure_it_uses() -> None:
    """Minutes, volumes, their ranges and the year of a worker stand in the explanation."""
    told = {lang: explain(ID, lang, law=LAW) for lang in words.LANGS}

    assert "入户调查：救助对象户数 × 每年 0.1566 (0.036–0.38) 次 × 2 人 × 84 (42–150) 分钟" in told["zh"]
    assert "Intake: assisted households × 0.18 (0.09–0.4) a year" in told["en"]
    assert all("1,872 (1,912–1,720)" in text for text in told.values())


def test_volumes_agree_with_the_life_lines_they_are_derived_from() -> None:
    """Reviews: one a year and the half-yearly part again; applications: exits and the unfit, rural dibao."""
    on = date(2027, 1, 1)

    def mode(key: str) -> float:
        return float(LAW.value(key, on=on))

    entries = mode("life.dibao_rural.ends_per_year") + mode("life.dibao_rural.deaths_per_year")
    received = entries * (1 + mode("life.dibao_rural.ineligible_per_eligible"))
    assert mode("wisn.applications_per_household") == pytest.approx(received, abs=0.02)
    assert mode("wisn.reviews_per_household") == 1 + mode("review.half_yearly_share_dibao")
    assert available_days(248, 5, 5, 4) == 234


def test_a_nation_of_townships_is_counted_at_once_under_every_formula() -> None:
    """38,000 townships in 2,800 counties: a row for each office asked; `simlib bench` tells how soon."""
    numbers = np.random.default_rng(7).integers(0, 2_000, 38_000)
    rows = [
        {
            "households": int(n),
            "persons": 2 * int(n),
            "temporary_persontimes": int(n) // 5,
            "population": 9_000,
        }
        | {"population_registered": 9_000, "villages": 8, "county_code": f"{110000 + i % 2800}"}
        for i, n in enumerate(numbers)
    ]
    place = towns(rows)
    for formula in LAW.formulas:
        table = required_posts(place, formula, law=LAW)
        own = table[table["level"] == "township"]

        assert len(own) in (0, len(rows))
        assert not table["posts_required"].isna().any()

"""Tables and annexes: right figures, right totals, safe text."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from simlib import words
from simlib.results.measures import MEASURES
from simlib.view import tables
from simlib.view.annex import annex, annexes
from simlib.view.names import Names, names_of
from tests.view.synthetic import FakeExperiment, FakePlace, fake_place

CELL = "guangdong-2019+double"


def _texts(html: str) -> list[list[str]]:
    bodies = re.findall(r"<tbody[^>]*>(.*?)</tbody>", html, re.DOTALL)
    rows = [row for body in bodies for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.DOTALL)]
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]


def test_a_document_that_several_options_rest_on_is_listed_once(names: Names) -> None:
    """Six futures of one choice rest on one text, not on six."""
    one = {"title": {"zh": "甲", "en": "A"}, "document": "某文", "article": "1", "status": "in_force"}
    rows = _texts(tables.legal([one, dict(one), {**one, "article": "2"}], names).html)

    assert [row[2] for row in rows] == ["第1条", "第2条"]


def test_a_table_escapes_every_text_and_names_rows_and_columns() -> None:
    """Names come from files; a screen reader needs scopes, and no heading may be empty."""
    frame = pd.DataFrame({"name": ["<b>&"], "count": ["<i>"]})

    html = tables.table(frame, label='"x', name="t", titles={"name": "<h1>", "count": "<h2>"}).html

    assert "<b>" not in html
    assert "<h1>" not in html
    assert "<h2>" not in html
    assert "&amp;lt;" not in html
    assert 'scope="row"' in html
    assert not re.search(r"<th[^>]*></th>", html)


def test_the_comparison_shows_five_post_numbers_money_and_the_interval(
    experiment: FakeExperiment, names: Names
) -> None:
    """Required, existing, gap, funded and filled are different numbers; a rate carries its interval."""
    rows = _texts(tables.comparison(experiment.summary(), names).html)
    row = next(r for r in rows if r[:2] == ["广东分档（县、乡两级）", "全市每年1200万元"])

    assert row[2:7] == ["402", "214", "188", "402", "373.9"]
    assert row[7:9] == ["3,384", "3,600"]
    assert re.fullmatch(r"85\.5% \(83\.8–87\.2\)", row[9])
    assert len(rows) == 9


def test_a_column_of_what_no_option_has_is_left_out(experiment: FakeExperiment, names: Names) -> None:
    """A limit that no rule sets would be a column of dashes."""
    summary = experiment.summary()
    unlimited = summary[summary["measure"] != "cap_yuan"]
    nothing = summary[summary["measure"] == "cap_yuan"].assign(mean=float("nan"))
    made = tables.comparison(pd.concat([unlimited, nothing], ignore_index=True), names).html

    assert "cap_yuan" in tables.comparison(summary, names).html
    assert "cap_yuan" not in made
    assert len(_texts(made)[0]) == len(_texts(tables.comparison(summary, names).html)[0]) - 1


def test_a_word_that_stands_in_every_row_has_no_column(experiment: FakeExperiment, names: Names) -> None:
    """“The same money” three times over says nothing that the heading does not."""
    summary = experiment.summary()
    equal = tables.comparison(summary, names, view="equal_money").html
    one = summary[(summary["formula"] == "leshan-2020") | (summary["view"] != "grid")]

    assert 'data-columns="formula posts' in equal
    assert 'data-columns="money posts' in tables.comparison(one, names).html
    assert 'data-columns="formula money posts' in tables.comparison(summary, names).html


def test_measures_show_the_whole_plan_and_every_year(experiment: FakeExperiment, names: Names) -> None:
    """Leadership asks for the plan, finance for the year."""
    html = tables.measures(experiment.summary(), CELL, names).html

    assert all(f">{year}<" in html for year in (2027, 2028, 2029))
    assert len(_texts(html)) == experiment.summary()["measure"].nunique()


def test_a_measure_of_what_the_option_does_not_have_gets_no_row(
    experiment: FakeExperiment, names: Names
) -> None:
    """Six dashes in a row on services that nobody plans look like figures that went missing."""
    summary = experiment.summary()
    first, other = summary["measure"].unique()[:2]
    mine = summary["scenario"] == CELL
    summary.loc[mine & (summary["measure"] == first), ["mean", "low", "high"]] = float("nan")
    summary.loc[mine & (summary["measure"] == other) & (summary["year"] == 2027), "mean"] = float("nan")

    rows = _texts(tables.measures(summary, CELL, names).html)

    assert len(rows) == summary["measure"].nunique() - 1
    assert not any(all(text == "—" for text in row[1:]) for row in rows)


@pytest.mark.parametrize(("gaps", "is_told"), [((0.0, 0.0), False), ((1.0, 2.0), True)])
def test_where_no_contract_ever_gaps_there_is_no_list_of_noughts(
    experiment: FakeExperiment, names: Names, gaps: tuple[float, float], is_told: bool
) -> None:
    """Nine noughts on an option without purchases say nothing."""
    rows = {"scenario": CELL, "measure": "gap_days", "year": [0, 2028], "mean": gaps, "low": 0.0, "high": 3.0}
    summary = pd.concat([experiment.summary(), pd.DataFrame(rows)], ignore_index=True)

    assert ("measures-contracts" in tables.measures(summary, CELL, names).html) is is_told


def test_measures_that_are_read_together_stand_together() -> None:
    """Forty rows in one list are read by nobody; none is in two groups or in none."""
    listed = [measure for group in tables.GROUPS.values() for measure in group]

    assert sorted(listed) == sorted(MEASURES)


def test_a_mean_of_many_cases_has_no_decimals(names: Names) -> None:
    """79,199.5 cases: the half says nothing; of seven posts it does."""
    frame = pd.DataFrame(
        {"scenario": CELL, "measure": "open_end", "year": [0, 2027], "mean": [79_199.5, 999.5]}
    ).assign(low=64_771.6, high=[93_627.4, 1_000.5])

    (row,) = _texts(tables.measures(frame, CELL, names).html)

    assert row[1:] == ["79,200 (64,772–93,627)", "999.5"]


def test_a_month_of_the_year_is_no_number_of_months() -> None:
    """The second submission is in month 11, it does not take eleven months."""
    entries = [
        {"key": key, "label": key, "unit": "month", "value": value, "status": "assumption"}
        for key, value in (("budget.second_submission_month", 11), ("ramp.months", 3), ("x", 100_000))
    ]
    rows = _texts(tables.assumptions(entries, names_of(FakeExperiment(), "zh")).html)

    assert [row[3] for row in rows] == ["月份", "个月", "个月"]
    assert rows[2][1] == "100,000"


def test_every_measure_is_shown_in_the_unit_its_name_says() -> None:
    """Ten million in a row headed 10,000 yuan is a thousandfold error; a share of 0.1 is no rate."""
    called = {measure: words.say(f"view.measure.{measure}", "zh") for measure in MEASURES}

    assert {measure for measure, name in called.items() if "万元" in name} == set(tables.MONEY)
    assert {measure for measure in MEASURES if measure.endswith("_share")} == set(tables.SHARES)


def test_the_slowest_township_stands_first(experiment: FakeExperiment, names: Names) -> None:
    """The reader looks for where families wait."""
    towns = experiment.townships(CELL)
    rows = _texts(tables.townships(towns, names).html)
    slowest = towns.sort_values("on_time_share").iloc[0]

    assert rows[0][0] == slowest["area"]
    assert len(rows) == len(towns)


def test_an_annex_adds_up_and_prices_what_is_bought(experiment: FakeExperiment, names: Names) -> None:
    """The total row is what the finance bureau reads; three years follow the price of each year."""
    prices = [5_000_000, 5_250_000, 5_512_500]
    rows = annex(
        experiment.place, experiment.staffing(CELL), experiment.funded(CELL), prices, "zh", source="县财政"
    )
    shown = _texts(annexes(experiment, CELL, names).html)[-1]

    assert len(rows) == len(experiment.place.townships)
    assert rows["plan_fen"].tolist() == [b * 15_762_500 for b in rows["bought"]]
    assert shown[0] == "合计"
    assert shown[8] == f"{rows['bought'].sum():,}"
    assert float(shown[9].replace(",", "")) == rows["first_year_fen"].sum() / 1_000_000
    assert set(rows.loc[rows["bought"] == 0, "money_source"]) <= {""}


def test_generalists_count_as_the_part_of_their_time() -> None:
    """Hainan's two are civil-affairs officers: three heads are not three full-time posts."""
    experiment = FakeExperiment(place=fake_place(counties=1))
    towns = experiment.place.townships.assign(assistance_share=0.4)
    place = FakePlace("x", {"zh": "x", "en": "x"}, towns, experiment.place.counties)
    required = experiment.staffing(CELL)
    required.loc[0, "posts_required"] = 1

    rows = annex(place, required, experiment.funded(CELL), 1, "zh", generalists=2)

    expected = [round(heads - min(heads, 2) * 0.6, 6) for heads in rows["required"]]
    assert rows["full_time"].round(6).tolist() == expected
    assert rows["note"][0].endswith("折合全时0.4人")


def test_an_annex_counts_the_programmes_asked_for(experiment: FakeExperiment) -> None:
    """A formula that counts dibao alone must not be filed with tekun households."""
    few = annex(
        experiment.place,
        experiment.staffing(CELL),
        experiment.funded(CELL),
        1,
        "zh",
        programmes=("dibao_rural",),
    )
    every = annex(experiment.place, experiment.staffing(CELL), experiment.funded(CELL), 1, "zh")

    assert few["households"].sum() == experiment.place.townships["dibao_rural_households"].sum()
    assert every["households"].sum() > few["households"].sum()


def test_annex_1_holds_the_county_bureaus_and_annex_2_the_townships(
    experiment: FakeExperiment, names: Names
) -> None:
    """Two forms, filed by two levels; a county's families are those of its townships."""
    place = experiment.place
    bureaus = annex(place, experiment.staffing(CELL), experiment.funded(CELL), 1, "zh", form=1)
    both = annexes(experiment, CELL, names).html

    assert len(bureaus) == len(place.counties)
    assert bureaus["persons"].sum() == place.townships.filter(like="_persons").to_numpy().sum()
    assert both.index("附件1") < both.index("附件2")
    assert all(line in both for line in ("填报单位", "填报日期", "审核"))


def test_the_forms_show_the_recipients_the_formula_counts(experiment: FakeExperiment, names: Names) -> None:
    """A form with other households than the tiers were read from contradicts itself."""
    towns = experiment.place.townships.assign(marginal_households=1000, marginal_persons=1000)
    wider = FakeExperiment(place=FakePlace("x", {"zh": "x", "en": "x"}, towns, experiment.place.counties))

    counted = annexes(wider, "leshan-2020+plain", names).html
    every = annexes(wider, "hainan-2n+plain", names).html

    assert "低保和特困" in counted
    assert "全部在册对象" in every
    assert _texts(counted)[-1][2] == _texts(annexes(experiment, "leshan-2020+plain", names).html)[-1][2]
    assert _texts(counted)[-1][2] != _texts(every)[-1][2]


def test_a_row_that_was_made_up_says_so_in_its_note() -> None:
    """Synthetic figures must never be filed as counted ones."""
    experiment = FakeExperiment(place=fake_place(counties=1))
    experiment.place.townships.loc[0, "status"] = "user"

    notes = annex(experiment.place, experiment.staffing(CELL), experiment.funded(CELL), 1, "zh")["note"]

    assert notes.iloc[0] == ""
    assert set(notes.iloc[1:]) == {"对象数为推算，待核实"}

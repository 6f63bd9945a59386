"""The catalogue of 32 services and ten indicators, and what it says of a place's need and money."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlib.errors import LawError
from simlib.places.columns import PROGRAMMES
from simlib.policy.buying.purchasefile import SERVICES as WORK_FOR_FAMILIES
from simlib.policy.explain import values_table
from simlib.policy.funding import services_money
from simlib.policy.services.items import CLASSES, SIDES, load_services
from simlib.policy.services.listing import named_by
from simlib.policy.services.need import Setting, expected_need, households_in_need, orders_of, setting_of
from simlib.policy.services.needs import load_needs, profile
from simlib.policy.services.plan import Asked, items_met, service_plan
from simlib.policy.statutes import HOME, Law, load_law
from tests.policy.towns import Towns, towns

LAW: Law = load_law()
SERVICES = load_services()
NEEDS = load_needs(SERVICES)
SETTING: Setting = setting_of(LAW)
GRANT_YUAN = 10_000_000
RULE = "shizuishan-3pct-cap"


def small(*households: int, grant: int = GRANT_YUAN, **more: int) -> Towns:
    """Towns of one county with so many rural dibao households each, half an hour away."""
    place = towns([{"households": count, **more} for count in households])
    return replace(
        place,
        townships=place.townships.assign(travel_minutes=30),
        counties=place.counties.assign(grant_yuan=grant),
    )


# --- the catalogue ----------------------------------------------------------------------------------------


def test_the_list_has_its_32_items_in_three_classes() -> None:
    """Annex 1: twelve of care, ten of daily life, ten of concern; the slip of the print is kept as such."""
    items = list(SERVICES.items.values())

    assert [item.number for item in items] == list(range(1, 33))
    assert [sum(item.kind == kind for item in items) for kind in CLASSES] == [12, 10, 10]
    assert [item.kind for item in items] == sorted((i.kind for i in items), key=CLASSES.index)
    assert {item.number: item.printed for item in items if item.printed != item.number} == {29: 39}
    assert (SERVICES.item(13).title["zh"], SERVICES.item(32).title["zh"]) == ("助餐服务", "养老服务")


def test_ten_indicators_stand_in_six_dimensions_and_reach_every_item() -> None:
    """Part 2 (4) 4: an item nobody could need, or an indicator nothing answers, would be a hole."""
    assert len(NEEDS.dimensions) == 6
    assert len(NEEDS.indicators) == 10
    assert {need.dimension for need in NEEDS.indicators.values()} == set(NEEDS.dimensions)
    assert all(NEEDS.answered_by(item) for item in SERVICES.items)


def test_every_kind_of_service_work_the_documents_buy_finds_its_items() -> None:
    """Leshan, Hainan and Guangdong name kinds of work, Shizuishan a list: one catalogue holds them all."""
    items = SERVICES.items.values()
    reached = {work for item in items for work in item.work}
    named = {
        name: {
            work
            for clause in document.versions[-1].clauses
            if clause.rule == "buys"
            for work in clause.content["work"]
        }
        for name, document in LAW.purchasing.items()
    }

    assert set(WORK_FOR_FAMILIES) <= reached
    assert all(item.work for item in items)
    for name in ("leshan-2020", "hainan", "guangdong-city-draft-2019", "shizuishan-2024"):
        assert named[name] & set(WORK_FOR_FAMILIES) <= reached
    assert all("shizuishan-2024" in named_by(item, LAW) for item in items)
    escort = next(item for item in items if item.id == "escort")
    repairs = next(item for item in items if item.id == "repairs")
    assert named_by(escort, LAW) == tuple(sorted(name for name in named if "medical_escort" in named[name]))
    assert named_by(repairs, LAW) == ("shizuishan-2024",)


def test_every_figure_of_services_and_needs_is_an_assumption() -> None:
    """No figure was found, so none may stand as found."""
    keys = [*SERVICES.value_keys(), *NEEDS.value_keys(), *(k for k in LAW.values if "services." in k[:9])]
    dated = [LAW.dated(key) for key in keys if "pilot" not in key]

    assert len(dated) > 100
    assert {entry.status for value in dated for entry in value.entries} == {"assumption"}


def test_figures_by_name_are_listed_readably() -> None:
    """`simlib formulas --values` is where a planner finds what to replace."""
    values = values_table(LAW, "en").set_index("key")["value"]

    assert values["services.left_by_aid.elder_care"].startswith("dibao_urban 0.8~0.9~1; dibao_rural ")
    assert values["needs.grades.rigid"] == "first 0.2; second 0.4; third 0.4"


def edited(tmp_path: Path, file: str, old: str, new: str) -> Path:
    """A copy of the catalogue with one thing changed."""
    (tmp_path / "catalogue").mkdir()
    for name in ("services.yaml", "needs.yaml"):
        shutil.copy(HOME / "catalogue" / name, tmp_path / "catalogue" / name)
    text = (tmp_path / "catalogue" / file).read_text("utf-8")
    assert old in text
    (tmp_path / "catalogue" / file).write_text(text.replace(old, new, 1), "utf-8")
    return tmp_path


BROKEN = [
    ("services.yaml", "    number: 2\n", "    number: 3\n", "health_record.number"),
    ("services.yaml", "skill: medical", "skill: medicin", "medical"),
    ("services.yaml", "not_beside: [public_health]", "not_beside: [public_healt]", "public_health"),
    ("services.yaml", "not_beside: [legal_aid]", "not_beside: []", "legal_aid"),
    ("services.yaml", "    trip: true\n", "", "trip"),
    ("services.yaml", "    unit: meal\n", "    unti: meal\n", "unit"),
    ("services.yaml", "delivered_by: [lawyer]", "delivered_by: []", "legal.delivered_by"),
    ("services.yaml", "title: {zh: 助餐服务, en: \"Meals\"}", "title: {zh: 助餐服务}", "meals.title"),
    ("needs.yaml", "dimension: education", "dimension: educaton", "education"),
    ("needs.yaml", 'article: "part 2 (4) 4"', 'articl: "part 2 (4) 4"', "article"),
    ("needs.yaml", "dimension: education", "dimension: health", "education"),
    ("needs.yaml", "moving, ", "", "moving"),
    ("needs.yaml", "moving, ", "movin, ", "moving"),
    ("needs.yaml", "[skills, online_sales, policy_info, legal]", "[]", "employment.items"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "named"), BROKEN, ids=[b[2].strip() or b[1] for b in BROKEN])
def test_a_broken_catalogue_is_refused_by_file_line_and_name(
    tmp_path: Path, file: str, old: str, new: str, named: str
) -> None:
    """Whoever edits the list learns where it is wrong."""
    home = edited(tmp_path, file, old, new)

    with pytest.raises(LawError) as caught:
        load_needs(load_services(home), home)

    assert all(problem.file.endswith(file) and problem.row for problem in caught.value.problems)
    assert any(named in problem.line() for problem in caught.value.problems)


def own_law(tmp_path: Path, text: str) -> Law:
    (tmp_path / "own.yaml").write_text(text, "utf-8")
    return load_law([tmp_path / "own.yaml"])


def test_shares_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    """A composition of 90 % would lose a tenth of the families without a word."""
    law = own_law(
        tmp_path,
        "replaces: needs.grades.rigid\nneeds.grades.rigid:\n  description: {zh: 等级, en: grades}\n"
        "  unit: share\n  values:\n    2018-01-01: {value: {first: 0.2, second: 0.4, third: 0.3}, "
        "status: assumption, source: {title: own}}\n",
    )

    with pytest.raises(LawError, match=r"own\.yaml.*0\.9"):
        setting_of(law)


# --- need -------------------------------------------------------------------------------------------------


def test_an_item_s_share_is_one_minus_those_every_indicator_spares() -> None:
    """Meals for rural dibao by hand: two indicators lead to it, its aid does not touch rural dibao."""
    types = LAW.value("needs.household_types.dibao_rural", on=date(2026, 1, 1))
    disability, family = (
        LAW.value(f"needs.prevalence.{name}", on=date(2026, 1, 1)) for name in ("disability", "family")
    )
    by_disability, by_family = (
        LAW.value(f"needs.items.{name}", on=date(2026, 1, 1))["meals"] for name in ("disability", "family")
    )
    meant = sum(
        share * (1 - (1 - disability[kind] * by_disability) * (1 - family[kind] * by_family))
        for kind, share in types.items()
    )

    found = profile("dibao_rural", services=SERVICES, needs=NEEDS, law=LAW)
    assert float(found.items["meals"]) == pytest.approx(meant)


def test_no_share_is_outside_0_to_1_and_every_side_is_at_least_the_lower() -> None:
    """Low ≤ mode ≤ high for every programme, indicator and item."""
    for programme in PROGRAMMES:
        low, mode, high = (
            profile(programme, services=SERVICES, needs=NEEDS, law=LAW, which=side) for side in SIDES
        )
        for less, more in ((low, mode), (mode, high)):
            assert 0 <= less.in_need <= more.in_need <= 1
            assert all(0 <= less.items[item] <= more.items[item] <= 1 for item in SERVICES.items)
            assert all(less.indicators[i] <= more.indicators[i] <= 1 for i in NEEDS.indicators)


def test_what_material_aid_meets_is_not_given_again() -> None:
    """Part 2 (3): in an institution meals, bathing and cleaning are part of the upkeep."""
    inside = profile("tekun_institution", services=SERVICES, needs=NEEDS, law=LAW)
    at_home = profile("tekun_dispersed", services=SERVICES, needs=NEEDS, law=LAW)

    assert [inside.items[item] for item in ("meals", "bathing", "cleaning", "haircut")] == [0, 0, 0, 0]
    assert inside.items["escort"] > 0
    assert at_home.items["meals"] > 0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 3000), min_size=1, max_size=6))
def test_orders_of_a_county_are_right_to_half_an_order(households: list[int]) -> None:
    """Rounding township by township would lose the rare items everywhere."""
    need = expected_need(small(*households), SETTING)
    found = need.groupby("item")["orders"].sum() if len(need) else pd.Series(dtype="int64")
    shares = SETTING.profiles["dibao_rural"].items

    for item in SERVICES.items:
        meant = sum(households) * shares[item]
        assert abs(int(found.get(item, 0)) - meant) <= Fraction(1, 2) + sum(households) * Fraction(1, 10**6)


def test_hours_and_money_follow_from_orders() -> None:
    """180 meals of 20 minutes and 12 yuan, no trip; 12 visits of 30 minutes and a half of 30 on the way."""
    need = expected_need(small(1000), SETTING).set_index("item")
    meals, visit = need.loc["meals"], need.loc["visit"]

    assert meals["minutes"] == meals["orders"] * 180 * 20
    assert meals["money_fen"] == meals["orders"] * 180 * 1200
    assert meals["units"] == meals["orders"] * 180
    assert visit["minutes"] == visit["orders"] * 12 * (30 + 15)
    assert visit["money_fen"] == visit["orders"] * 12 * 3000


def test_paired_helpers_lower_the_price_of_what_they_may_do() -> None:
    """Part 2 (4) 3: a part of 15 % at 40 % of the price is 9 % less; a doctor's work stays as it is."""
    helped = setting_of(LAW, mutual_help=True)

    assert helped.figures["meals"].cost_fen == SETTING.figures["meals"].cost_fen * 91 // 100
    assert helped.figures["check_up"] == SETTING.figures["check_up"]


def test_grades_add_up_and_orders_become_one_by_one_what_the_table_says() -> None:
    """Every order has a household of its township and programme; each household gets about as many."""
    place = small(400, 37)
    need, households = expected_need(place, SETTING), households_in_need(place, SETTING)
    batch = orders_of(need, households, SETTING)

    assert (households[["first", "second", "third"]].sum(axis=1) == households["in_need"]).all()
    assert (households["in_need"] <= households["households"]).all()
    assert np.bincount(batch.row, minlength=len(need)).tolist() == need["orders"].tolist()
    assert batch.orders.cost_fen.sum() == need["money_fen"].sum()
    assert sorted(batch.orders.arrived.tolist()) == list(range(len(batch.orders)))
    each = np.bincount(batch.orders.household[: int(need[need["area_code"] == "445302100"]["orders"].sum())])
    assert each.max() - each[each > 0].min() <= 1


# --- money ------------------------------------------------------------------------------------------------


def test_a_share_in_the_rule_s_place_scales_its_cap_and_stays_within_what_benefits_leave() -> None:
    """One per cent is a third of three; at the rule's own share nothing changes; benefits come first."""
    place, base = small(10), {"445302": GRANT_YUAN * 100}

    def cap(share: Fraction | None, left: int = 10**12) -> int:
        common = {"law": LAW, "place": place, "base_fen": base, "remaining_fen": {"445302": left}}
        return services_money(RULE, share=share, **common)["445302"]  # type: ignore[arg-type]

    assert cap(Fraction(1, 100)) == 100_000_00
    assert cap(Fraction(3, 100)) == cap(None) == 300_000_00
    assert cap(Fraction(5, 100), left=123) == 123
    with pytest.raises(LawError, match=r"1\.5"):
        cap(Fraction(3, 2))


def test_only_a_what_if_goes_above_the_document_and_it_is_marked() -> None:
    """Five per cent as a plan is refused with the way out; compared, it is marked."""
    place = small(2000)
    with pytest.raises(LawError, match="what-if"):
        service_plan(place, law=LAW, asked=Asked(share=Fraction(5, 100)))

    plan = service_plan(place, law=LAW, asked=Asked(what_ifs=(Fraction(4, 100),)))
    assert [(float(level.share), level.above) for level in plan.years] == [
        (0.01, False), (0.02, False), (0.03, False), (0.04, True),
    ]  # fmt: skip


@pytest.mark.parametrize("rule", ["grade", "first_come", "equal_share"])
def test_a_larger_share_never_lowers_need_met(rule: str) -> None:
    """Over the shares of one plan and every county, whoever is served under one share is under the next."""
    plan = service_plan(small(3000, 500), law=LAW, asked=Asked(rationing=rule))
    years = [year for years in plan.years.values() for year in years]

    for few, many in pairwise(years):
        assert np.all(many.served.met[few.served.met])
    assert years[0].served.met.sum() < years[-1].served.met.sum()


def test_funds_outside_the_cap_add_to_it_and_are_used_first() -> None:
    """Lottery funds and donations stand outside the 3 %; the grant pays last; benefits bind it."""
    asked = Asked(left_fen=1_000_00, outside_fen={"lottery": 5_000_00, "donations": 2_000_00})
    plan = service_plan(small(3000), law=LAW, asked=asked)
    (year,) = plan.years[plan.chosen]

    assert (year.cap_fen, year.by_share, year.money_fen) == (1_000_00, False, 8_000_00)
    assert year.sources_fen["donations"] == 2_000_00
    assert sum(year.sources_fen.values()) == year.served.spent_fen <= 8_000_00
    assert items_met(plan)["spent_fen"].sum() == year.served.spent_fen
    assert year.reached <= year.served.met.sum()


def test_ample_money_meets_all_and_none_meets_nothing() -> None:
    """The ends: every order and every household, or nobody."""
    all_met = service_plan(small(300), law=LAW, asked=Asked(outside_fen={"special": 10**12}))
    none = service_plan(small(300, grant=0), law=LAW, asked=Asked())

    assert all_met.years[all_met.chosen][0].served.met.all()
    assert all_met.years[all_met.chosen][0].reached == all_met.households["in_need"].sum()
    assert not none.years[none.chosen][0].served.met.any()


def test_priority_townships_narrow_the_need_but_not_the_cap() -> None:
    """The pilot begins in some townships; the grant is the county's."""
    place = small(1000, 700)
    whole, part = (
        service_plan(place, law=LAW, asked=Asked(townships=codes)) for codes in ((), ("445302101",))
    )

    assert set(part.need["area_code"]) == {"445302101"}
    assert part.years[part.chosen][0].cap_fen == whole.years[whole.chosen][0].cap_fen


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (Asked(rule="guangdong-3pct"), "guangdong-3pct"),
        (Asked(townships=("445302199",)), "445302199"),
        (Asked(outside_fen={"lotto": 5}), "lotto"),
        (Asked(left_fen=-1), "-0.01"),
        (Asked(rationing="grades"), "grade"),
        (Asked(what_ifs=(Fraction(5),)), "3 %"),
    ],
)
def test_what_cannot_be_planned_is_refused_by_name(asked: Asked, named: str) -> None:
    """One problem, named, before anything is reckoned."""
    with pytest.raises(LawError) as caught:
        service_plan(small(10), law=LAW, asked=asked)

    assert [named in problem.line("en") for problem in caught.value.problems] == [True]

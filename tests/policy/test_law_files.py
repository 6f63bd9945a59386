"""Law files: each mistake gets one line with file, line and remedy; new shapes need no code."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from simlib.errors import LawError
from simlib.policy.explain import explain, formulas_table, values_table
from simlib.policy.staffing import required_posts
from simlib.policy.statutes import Law, load_law
from tests.policy.lawfiles import FORMULA
from tests.policy.towns import towns

LAW: Law = load_law()


def written(folder: Path, text: str, name: str = "own.yaml") -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def level(rule: str, *, driver: str = "persons", unit: str = "person", readings: str = "") -> str:
    head, _, _ = FORMULA.partition("    levels:")
    head = head.replace("boundary: upper, counts: all, existing_counts", f"{readings}existing_counts")
    body = f"    levels:\n      township: {{driver: {driver}, unit: {unit}, rule: {rule}}}\n"
    return head + body


MISTAKES = {
    "unknown key": ("modality: at_least", "modalty: at_least", 12, "modality"),
    "bad word": ("modality: at_least", "modality: must", 12, "at_least, at_most"),
    "bad status": ("status: draft", "status: valid", 8, "in_force"),
    "missing source": ("    source: {title: A note}\n", "", 11, "source"),
    "empty source": ("{title: A note}", "{href: x}", 13, "title"),
    "tier gap": ("from: 300, to: 600", "from: 400, to: 600", 21, "close the gap"),
    "tier overlap": ("from: 300, to: 600", "from: 200, to: 600", 21, "overlap"),
    "tier without edge": ("to: 300, posts", "posts", 21, "'to' or 'below'"),
    "wrong unit": ("unit: household", "unit: person", 17, "household"),
    "unknown driver": ("driver: households", "driver: household", 16, "households"),
    "unknown shape": ("steps:", "step:", 19, "steps"),
    "not a number": ("posts: 4", "posts: four", 21, "four"),
    "undeclared reading": ("boundary: upper, ", "", 9, "boundary"),
    "unused reading": ("boundary: upper", "boundary: upper, rounding: ceil", 9, "rounding"),
    "not a date": ("stated_on: 2026-01-01", "stated_on: 2026", 7, "2020-12-24"),
    "one language": ("{zh: 自拟, en: Own}", "{zh: 自拟}", 3, "zh"),
    "missing key": ("document: none\n", "", 1, "document"),
    "key twice": ("id: own-rule", "id: own-rule\nid: own-rule", 3, "id"),
    "kind unknown": ("kind: formula", "kind: formla", 1, "formula"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_file_line_and_remedy(name: str, tmp_path: Path) -> None:
    """A planner who writes a formula by hand must find the slip without reading code."""
    old, new, row, remedy = MISTAKES[name]
    assert old in FORMULA

    with pytest.raises(LawError) as caught:
        load_law([written(tmp_path, FORMULA.replace(old, new, 1))])
    told = [p for p in caught.value.problems if p.row == row and "own.yaml" in p.file and remedy in p.line()]
    assert told, str(caught.value)


def test_every_mistake_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    """One round of mending, not three."""
    text = FORMULA.replace("posts: 4", "posts: four").replace("unit: household", "unit: person")

    with pytest.raises(LawError) as caught:
        load_law([written(tmp_path, text)])
    assert len(caught.value.problems) == 2


def test_overlapping_versions_are_refused(tmp_path: Path) -> None:
    """Two rules in force on one day are no rule."""
    block = FORMULA[FORMULA.index("  2026-01-01:\n") :]
    later = block.replace("2026-01-01", "2026-06-30")
    text = FORMULA.replace("    modality", "    until: 2026-12-31\n    modality") + later

    with pytest.raises(LawError, match="2026-06-30"):
        load_law([written(tmp_path, text)])


def test_versions_change_on_their_day(tmp_path: Path) -> None:
    """Law tests stand on both sides of each date."""
    block = FORMULA[FORMULA.index("  2026-01-01:\n") :]
    later = block.replace("2026-01-01", "2027-01-01").replace("posts: 2", "posts: 3")
    law = load_law([written(tmp_path, FORMULA + later)])
    found = [
        required_posts(towns([{}]), "own-rule", law=law, on=day)["posts_required"].sum()
        for day in (date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    ]

    assert found == [2, 2, 3]


def test_a_text_that_ended_is_an_error_on_a_later_day(tmp_path: Path) -> None:
    """A rule past its last day is no rule, unless the planner asks for a day on which it held."""
    law = load_law(
        [written(tmp_path, FORMULA.replace("    modality", "    until: 2026-12-31\n    modality"))]
    )

    required_posts(towns([{}]), "own-rule", law=law, on=date(2026, 12, 31))
    with pytest.raises(LawError, match="2027-01-01"):
        required_posts(towns([{}]), "own-rule", law=law, on=date(2027, 1, 1))


def test_the_same_id_twice_needs_replaces(tmp_path: Path) -> None:
    """A planner's own file must not silently take the place of a published one."""
    text = FORMULA.replace("own-rule", "hainan-2n")
    with pytest.raises(LawError, match="replaces: hainan-2n"):
        load_law([written(tmp_path, text)])

    law = load_law([written(tmp_path, text.replace("id: hainan", "replaces: hainan-2n\nid: hainan"))])
    assert law.formula("hainan-2n").version().status == "draft"


def test_replacing_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A misspelt target would leave both files in force."""
    with pytest.raises(LawError, match="not there"):
        load_law([written(tmp_path, FORMULA.replace("id: own-rule", "id: own-rule\nreplaces: own-rul"))])


def test_a_value_s_unit_follows_from_its_key(tmp_path: Path) -> None:
    """Seven days and seven working days are different terms."""
    text = """\
clocks.own.notice_days:
  description: {zh: 公示, en: Notice}
  unit: working_day
  values:
    2026-01-01: {value: 7, status: draft, source: {title: A note}}
"""
    with pytest.raises(LawError, match=r"row 3.*'working_day'.*'day'"):
        load_law([written(tmp_path, text)])


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A misspelt --law must not run on other law."""
    with pytest.raises(LawError, match="no such"):
        load_law([tmp_path / "nowhere"])


RULES = {
    "above and below": ("{bands: [{below: 300, posts: 1}, {from: 300, posts: 2}]}", "", 300, 2),
    "at most and above": ("{steps: [{to: 300, posts: 1}, {above: 300, posts: 2}]}", "", 300, 1),
    "neighbouring numbers": ("{steps: [{to: 299, posts: 1}, {from: 300, posts: 2}]}", "", 300, 2),
    "fixed": ("{fixed: 5}", "", 0, 5),
    "percent": ("{rate: {per_cent: 1}}", "rounding: ceil, ", 301, 4),
    "one per, fixed rounding": ("{one_per: {per: 100, rounding: floor}}", "", 299, 2),
    "blocks of posts": ("{one_per: {per: 1000, posts: 3}}", "rounding: ceil, ", 700, 3),
    "linear": ("{linear: {base: 8, above: 1000, per: 500}}", "rounding: ceil, ", 1501, 10),
    "sum": ("{sum: [{fixed: 1}, {one_per: 300}, {one_per: 700}]}", "rounding: ceil, ", 400, 3),
    "max": ("{max: [{fixed: 2}, {one_per: 100}]}", "rounding: ceil, ", 301, 4),
    "min": ("{min: [{fixed: 2}, {one_per: 100}]}", "rounding: ceil, ", 301, 2),
    "floor": ("{floor: {of: {one_per: 100}, at_least: 3}}", "rounding: ceil, ", 10, 3),
    "ceiling": ("{ceiling: {of: {one_per: 100}, at_most: 3}}", "rounding: ceil, ", 999, 3),
    "interval": ("{interval: {low: {fixed: 1}, high: {fixed: 4}}}", "range: high, ", 0, 4),
    "choice": ("{one_per: {choose: range, low: 1000, high: 800}}", "range: high, rounding: ceil, ", 900, 2),
    "half a post each": ("{each: 0.5}", "rounding: ceil, ", 3, 2),
    "whole numbers past int64": ("{rate: {per_mille: 0.000001}}", "rounding: ceil, ", 10**10, 10),
}


@pytest.mark.parametrize("name", RULES)
def test_a_planner_s_rule_works_without_code(name: str, tmp_path: Path) -> None:
    """The rule language is declarative: each shape and combination is a file."""
    rule, readings, persons, meant = RULES[name]
    fixed = "persons" not in rule and ("fixed" in rule and "one_per" not in rule)
    driver, unit = ("offices", "office") if fixed else ("persons", "person")
    text = level(
        rule, driver=driver, unit=unit, readings=readings + ("" if fixed else "counts: dibao_tekun, ")
    )
    law = load_law([written(tmp_path, text)])

    assert required_posts(towns([{"persons": persons}]), "own-rule", law=law)["posts_required"].tolist() == [
        meant
    ]
    assert explain("own-rule", "zh", law=law) and explain("own-rule", "en", law=law)


def test_wisn_s_published_example_comes_out(tmp_path: Path) -> None:
    """Kisumu HIV clinic: 25,000 h a year, 179 days of 8 h: 17.46 posts; 10 days of support: 18.49.

    Source: Human Resources for Health 15:42 (2017), table 3.
    """
    plain = "{workload: {activities: {persons: 2.5}, available_hours: 1432}}"
    loaded = (
        "{workload: {activities: {persons: 2.5}, available_hours: 1432, support_share: 0.0558659217877095}}"
    )
    for rule, meant in ((plain, 17.46), (loaded, 18.49)):
        text = level(rule, readings="rounding: none, counts: all, ")
        law = load_law([written(tmp_path, text)])
        table = required_posts(towns([{"persons": 10_000}]), "own-rule", law=law)

        assert table["posts_required"].sum() == pytest.approx(meant, abs=0.005)


def test_beyond_the_figures_of_a_text_nothing_is_guessed(tmp_path: Path) -> None:
    """A text known in part runs as far as its figures go, and refuses beyond."""
    text = level(
        "{steps: [{to: 300, posts: 1}, {from: 300, to: 600, posts: 2}]}", readings="boundary: upper, "
    )
    law = load_law([written(tmp_path, text.replace("existing_counts", "counts: all, existing_counts"))])

    assert required_posts(towns([{"persons": 600}]), "own-rule", law=law)["posts_required"].tolist() == [2]
    with pytest.raises(LawError, match="601"):
        required_posts(towns([{"persons": 601}]), "own-rule", law=law)


@pytest.mark.parametrize(
    ("key", "day", "meant"),
    [
        ("clocks.dibao.county_working_days", date(2021, 6, 30), 5),
        ("clocks.dibao.county_working_days", date(2021, 7, 1), 10),
        ("clocks.dibao.total_working_days", date(2027, 1, 1), 30),
        ("clocks.dibao.special_working_days", date(2027, 1, 1), 45),
        ("clocks.dibao.delegated_working_days", date(2027, 1, 1), 20),
        ("clocks.dibao.notice_days", date(2027, 1, 1), 7),
        ("clocks.dibao.start_working_days", date(2027, 1, 1), 3),
        ("clocks.dibao.refusal_working_days", date(2027, 1, 1), 3),
        ("clocks.tekun.investigation_working_days", date(2027, 1, 1), 15),
        ("clocks.tekun.county_working_days", date(2027, 1, 1), 15),
        ("clocks.rigid.total_working_days", date(2025, 1, 1), 30),
        ("clocks.rigid.validity_months", date(2025, 1, 1), 12),
        ("clocks.work.year_working_days", date(2024, 12, 31), 250),
        ("clocks.work.year_working_days", date(2025, 1, 1), 248),
        ("dibao.total_working_days", date(2027, 1, 1), 30),
    ],
)
def test_national_terms_hold_from_their_day(key, day, meant) -> None:
    """Old and new terms, on both sides of the day they changed."""
    assert LAW.value(key, on=day) == meant


def test_the_spot_check_of_dibao_ended_with_the_old_measure() -> None:
    """30 % is the trial measure of 2012; since July 2021 it holds for tekun alone."""
    assert LAW.value("clocks.dibao.spot_check_share", on=date(2021, 6, 30)) == 0.30
    with pytest.raises(LawError):
        LAW.value("clocks.dibao.spot_check_share", on=date(2021, 7, 1))
    assert LAW.value("clocks.tekun.spot_check_share", on=date(2021, 7, 1)) == 0.30


def test_an_unknown_key_names_the_nearest() -> None:
    """A misspelt key must not run on a default."""
    with pytest.raises(LawError, match="total_working_days"):
        LAW.value("clocks.dibao.totl_working_days", on=date(2027, 1, 1))


def test_a_digest_follows_the_numbers_and_not_the_titles(tmp_path: Path) -> None:
    """Stored runs are reused when only a title changed, never when a number did."""
    digests = {
        name: load_law([written(tmp_path, text)]).digest(["own-rule"])
        for name, text in {
            "same": FORMULA,
            "title": FORMULA.replace("自拟", "另拟").replace("A note", "Another note"),
            "posts": FORMULA.replace("posts: 4", "posts: 5"),
            "edge": FORMULA.replace("to: 300,", "below: 300,"),
        }.items()
    }

    assert digests["same"] == digests["title"]
    assert len(set(digests.values())) == 3
    with pytest.raises(LawError):
        LAW.digest(["no-such-rule"])


def test_tables_name_every_formula_and_a_source_for_every_value() -> None:
    """`simlib formulas` prints these."""
    formulas, values = formulas_table(LAW), values_table(LAW)

    assert ",".join(formulas.columns) == "id,region,shape,level,status,modality,readings,source"
    assert formulas["id"].tolist() == sorted(LAW.formulas)
    assert (formulas.drop(columns="readings") != "").all(axis=None)
    assert (values[["key", "value", "start", "status", "source"]] != "").all(axis=None)
    assert set(LAW.values) <= set(values["key"])


@pytest.mark.parametrize("formula_id", sorted(LAW.formulas))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_formula_is_told_in_plain_words(formula_id: str, lang: str) -> None:
    """--explain prints the rule, its readings and its source; no word may be missing."""
    told = explain(formula_id, lang, law=LAW)
    formula = LAW.formula(formula_id)

    assert formula.version().source.title in told
    assert all(reading in told for reading in formula.readings)


@pytest.mark.parametrize("formula", ["hainan-2n", "guangdong-2019"])
def test_chinese_text_cites_articles_in_chinese(formula: str) -> None:
    """Law files write places as English texts do; a Chinese reader is told 第3部分, never "part 3"."""
    told = explain(formula, "zh", law=LAW)
    values = values_table(LAW, "zh")

    assert not re.search(r"\b(arts?\.|part|annex) ?\d", told)
    assert not values["article"].str.contains(r"\b(?:arts?\.|part|annex) ?\d|^\d").any()
    assert values["article"].str.contains("第20条").any()

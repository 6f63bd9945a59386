"""What may be bought, from whom, how long and how: a table a jurist can read, and every refusal once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from simlib import words
from simlib.errors import LawError, Problem
from simlib.policy.buying.purchasefile import (
    CONDITIONS,
    FUNDS,
    ITEMS,
    METHODS,
    PROVIDERS,
    ROLES,
    STAGES,
    WORK,
    clauses_table,
)
from simlib.policy.buying.purchasemethod import LOCAL, purchase_method, purchase_methods, thresholds_of
from simlib.policy.buying.timetable import METHODS as TIMED
from simlib.policy.buying.timetable import earliest_dates, last_intention, latest_dates
from simlib.policy.purchasing import (
    FORMS,
    Panel,
    Provider,
    Purchase,
    Thresholds,
    compliance_notes,
    refusals,
)
from simlib.policy.statutes import load_law
from simlib.worktime import work_calendar

LAW = load_law()
CAL = work_calendar(2024, 2026)
ON = date(2025, 3, 1)
PLACES = ("leshan-2020", "guangdong-city-draft-2019", "hainan", "shizuishan-2024")
SEVEN = (
    *("legal_person", "governance", "accounts", "capacity", "tax_record", "separation"),
    "other_terms",
)
SOUND = Provider("enterprise", frozenset(SEVEN))
SERVICE = Purchase(work=("care",), months=12, provider=SOUND)


def asked(
    purchase: Purchase, document: str, on: date = ON
) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    return (
        refusals(purchase, law=LAW, document=document, on=on),
        compliance_notes(purchase, law=LAW, document=document, on=on),
    )


def keys(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.key.removeprefix("purchase_") for problem in problems]


# yes: may be bought. never: a clause forbids it. no: a closed list leaves it out. ask: an open one does.
WHAT_IS_BOUGHT = """
work                   Leshan  Guangdong  Hainan  Shizuishan
means_survey           yes     yes        yes     no
screening              yes     yes        yes     no
performance_review     yes     yes        yes     no
publicity              yes     yes        yes     yes
care                   yes     yes        yes     yes
counselling            yes     yes        yes     yes
resource_linking       yes     yes        yes     no
meals_and_bathing      ask     no         no      yes
home_adaptation        ask     no         no      yes
decision               never   never      never   never
review_opinion         never   never      never   never
administration         never   never      never   never
recruitment            never   never      never   never
dispatch               never   never      never   never
public_welfare_posts   never   never      never   never
goods_and_works        never   never      never   never
financing              never   never      never   never
outside_duties         never   never      never   never
"""

WHO_MAY_PROVIDE = """
provider                       Leshan  Guangdong  Hainan  Shizuishan
social_organisation            yes     yes        yes     yes
enterprise                     yes     yes        yes     yes
public_institution_second      yes     yes        yes     yes
public_institution_business    yes     yes        yes     yes
public_institution_first       barred  barred     barred  barred
mass_organisation              barred  barred     barred  barred
rural_collective               ask     no         ask     yes
self_governing_body            ask     no         ask     yes
other_body                     yes     yes        yes     no
individual                     ask     no         ask     no
"""


def cells(table: str) -> list[tuple[str, str, str]]:
    _, *rows = [line.split() for line in table.strip().splitlines()]
    return [(row[0], place, meant) for row in rows for place, meant in zip(PLACES, row[1:], strict=True)]


@pytest.mark.parametrize(("work", "place", "meant"), cells(WHAT_IS_BOUGHT))
def test_what_is_bought_where(work: str, place: str, meant: str) -> None:
    """The table above is what the documents say of each work, on a day when all of them hold."""
    refused, noted = asked(replace(SERVICE, work=(work,)), place)

    said = {"never": "never" in keys(refused), "no": "not_listed" in keys(refused)}
    said |= {"ask": "not_listed" in keys(noted)}
    assert [key for key, holds in said.items() if holds] == ([] if meant == "yes" else [meant])
    assert bool(refused) == (meant in ("never", "no"))


@pytest.mark.parametrize(("kind", "place", "meant"), cells(WHO_MAY_PROVIDE))
def test_who_may_provide_where(kind: str, place: str, meant: str) -> None:
    """Shizuishan names collectives and committees and bars mass organisations; some lists are open."""
    refused, noted = asked(replace(SERVICE, provider=replace(SOUND, kind=kind)), place)

    said = {"barred": "barred" in keys(refused), "no": "not_admitted" in keys(refused)}
    said |= {"ask": "not_admitted" in keys(noted)}
    assert [key for key, holds in said.items() if holds] == ([] if meant == "yes" else [meant])


def test_the_tables_name_every_kind_of_work_refused_and_provider() -> None:
    """A kind nobody put in the table is a kind nobody checked."""
    never = {w for d in LAW.purchasing.values() for v in d.versions for c in v.clauses
             if c.rule == "never" for w in c.content["work"]}  # fmt: skip

    assert never <= {work for work, _, _ in cells(WHAT_IS_BOUGHT)}
    assert set(PROVIDERS) == {kind for kind, _, _ in cells(WHO_MAY_PROVIDE)}


LIMITS = Thresholds(limit_fen=100_000_000, open_tender_fen=400_000_000, source="the province's list")
BIG = replace(SERVICE, amount_fen=400_000_000, thresholds=LIMITS, method="open_tender")
ALL = frozenset(CONDITIONS)
GOOD_PANEL = Panel(5, 1, frozenset(ROLES))

REFUSED: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("dispatch itself", {"work": ("dispatch",)}, "leshan-2020", "never", "财政部令第102号 art. 10(5)"),
    ("recruitment itself", {"work": ("recruitment",)}, "hainan", "never", "财政部令第102号 art. 10(5)"),
    ("a decision, by the nation", {"work": ("decision",)}, "hainan", "never", "财政部令第102号 art. 10(2)"),
    ("works", {"work": ("goods_and_works",)}, "hainan", "never", "财政部令第102号 art. 10(3)"),
    ("finance", {"work": ("financing",)}, "hainan", "never", "财政部令第102号 art. 10(4)"),
    ("no duty", {"work": ("outside_duties",)}, "hainan", "never", "财政部令第102号 art. 10(1)"),
    ("clerking", {"work": ("means_survey",)}, "shizuishan-2024", "not_listed", "part 2 (4) 1"),
    ("a women's federation", {"provider": replace(SOUND, kind="mass_organisation")}, "shizuishan-2024",
     "barred", "part 2 (4) 3"),
    ("a first-class institution", {"provider": replace(SOUND, kind="public_institution_first")},
     "leshan-2020", "barred", "财政部令第102号 art. 8"),
    ("an individual", {"provider": replace(SOUND, kind="individual")}, "shizuishan-2024",
     "not_admitted", "part 2 (4) 3"),
    ("37 months", {"months": 37, "met": ALL}, "leshan-2020", "too_long", "part 2 (4)"),
    ("37 months, by the nation", {"months": 37, "met": ALL}, "hainan", "too_long", "财政部令第102号 art. 24"),
    ("13 months, prices move", {"months": 13, "met": ALL - {"price_steady"}}, "hainan",
     "long_condition", "财政部令第102号 art. 24"),
    ("no method", {"amount_fen": 100_000_000, "thresholds": LIMITS}, "leshan-2020",
     "no_method", "政府采购法 art. 26"),
    ("the lowest price", {"amount_fen": 100_000_000, "thresholds": LIMITS, "method": "consultation",
     "lowest_price_only": True}, "hainan", "lowest_price", "part 2 (4)"),
    ("no tender at the limit", {"amount_fen": 400_000_000, "thresholds": LIMITS, "method": "consultation"},
     "leshan-2020", "tender_due", "政府采购法 art. 27"),
    ("split in two", {"amount_fen": 200_000_000, "alike_fen": 200_000_000, "thresholds": LIMITS,
     "method": "consultation"}, "leshan-2020", "split", "政府采购法 art. 28"),
    ("handed on", {"handed_on": True}, "shizuishan-2024", "handed_on", "annex 2 (3)"),
    ("handed on in Hainan", {"handed_on": True}, "hainan", "handed_on", "part 2 (7)"),
    ("no mid-term", {"stages": ("final",)}, "shizuishan-2024", "no_evaluation", "annex 2 (5)"),
    ("panel of one", {"panel": replace(GOOD_PANEL, members=1)}, "shizuishan-2024", "panel_small", "annex 3"),
    ("panel of four", {"panel": replace(GOOD_PANEL, members=4)}, "shizuishan-2024", "panel_even", "annex 3"),
    ("no accountant", {"panel": replace(GOOD_PANEL, accountants=0)}, "shizuishan-2024",
     "panel_accountant", "annex 3"),
    ("no recipient", {"panel": replace(GOOD_PANEL, roles=frozenset(ROLES) - {"recipients"})},
     "shizuishan-2024", "panel_role", "annex 3"),
    ("clerks from the grant", {"charged": {"posts": "grant"}}, "shizuishan-2024", "charge", "part 2 (4) 6"),
    ("a grant for evaluation", {"charged": {"evaluation": "grant"}}, "shizuishan-2024", "charge", "annex 3"),
    ("posts from lottery money", {"charged": {"posts": "lottery"}}, "leshan-2020", "charge", "part 2 (5)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "place", "key", "clause"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_every_refusal_names_its_clause(change: dict[str, Any], place: str, key: str, clause: str) -> None:
    """A planner who is refused must be able to look the clause up, in either language."""
    refused, _ = asked(replace(SERVICE, **change), place)

    found = [problem for problem in refused if problem.key == f"purchase_{key}"]
    assert clause in " ".join(problem.values["clause"] for problem in found)
    for lang in words.LANGS:
        with words.speaking(lang):
            assert all(problem.values["clause"] in problem.line(lang) for problem in found)


def test_a_method_outside_a_closed_list_is_refused() -> None:
    """Guangdong's list is closed and has inquiry; Hainan's is open and lacks it: a question there."""
    plan = replace(SERVICE, amount_fen=100_000_000, thresholds=LIMITS, method="inquiry")

    assert "method" not in keys(asked(plan, "guangdong-city-draft-2019")[0])
    assert "method" in keys(asked(plan, "hainan")[1])


def test_a_sound_purchase_is_refused_nowhere() -> None:
    """The refusals above come from the one thing each changes."""
    for place in PLACES:
        sound = replace(BIG, stages=STAGES, panel=GOOD_PANEL, charged={"services": "grant"})
        assert asked(sound, place)[0] == ()


@pytest.mark.parametrize("number", range(1, 8))
def test_each_of_leshans_seven_conditions_is_asked(number: int) -> None:
    """Part 2 (2): the refusal gives the number of the condition that is not met."""
    provider = replace(SOUND, meets=frozenset(SEVEN) - {SEVEN[number - 1]})

    refused, _ = asked(replace(SERVICE, provider=provider), "leshan-2020")

    assert [(p.key, p.values["number"]) for p in refused] == [("purchase_condition", number)]


@pytest.mark.parametrize(
    ("place", "on", "refused", "noted"),
    [
        ("shizuishan-2024", "2027-11-30", True, False),
        ("shizuishan-2024", "2027-12-01", False, False),
        ("leshan-2020", "2025-01-01", False, True),
        ("hainan", "2025-01-01", False, True),
        ("guangdong-city-draft-2019", "2025-01-01", False, False),
    ],
)
def test_only_shizuishan_says_three_years(place: str, on: str, refused: bool, noted: bool) -> None:
    """Cheating on 1 Dec 2024: out until 1 Dec 2027 there; elsewhere "a period", or nothing is said."""
    provider = replace(SOUND, misconduct_on=date(2024, 12, 1))

    no, note = asked(replace(SERVICE, provider=provider), place, date.fromisoformat(on))

    assert ("excluded" in keys(no), "note_excluded" in keys(note)) == (refused, noted)


@pytest.mark.parametrize(
    ("place", "on", "months", "met", "meant"),
    [
        ("leshan-2020", "2025-03-01", 12, False, "yes"),
        ("leshan-2020", "2025-03-01", 13, False, "no"),
        ("leshan-2020", "2025-03-01", 36, True, "yes"),
        ("leshan-2020", "2025-03-01", 37, True, "no"),
        ("guangdong-city-draft-2019", "2019-06-01", 36, False, "yes"),  # the order was not yet law
        ("guangdong-city-draft-2019", "2020-02-29", 36, False, "yes"),
        ("guangdong-city-draft-2019", "2020-03-01", 36, False, "no"),
        ("guangdong-city-draft-2019", "2020-03-01", 36, True, "yes"),
        ("guangdong-city-draft-2019", "2019-06-01", 48, False, "ask"),
        ("hainan", "2025-03-01", 36, True, "yes"),
        ("shizuishan-2024", "2025-03-01", 24, False, "no"),
    ],
)
def test_how_long_a_contract_may_run(place: str, on: str, months: int, met: bool, meant: str) -> None:
    """Normally a year and under five conditions three, from 1 March 2020; the city's three are "normally"."""
    plan = Purchase(work=("care",), months=months, met=ALL if met else frozenset())

    refused, noted = asked(plan, place, date.fromisoformat(on))

    assert bool(refused) == (meant == "no")
    assert ("note_long" in keys(noted)) == (meant == "ask")


@pytest.mark.parametrize("missing", CONDITIONS)
def test_each_condition_of_a_long_contract_is_asked(missing: str) -> None:
    """Order 102 art. 24 asks for all five."""
    refused, _ = asked(replace(SERVICE, months=24, met=ALL - {missing}), "hainan")

    assert [(p.key, str(p.values["condition"])) for p in refused] == [
        ("purchase_long_condition", words.say(f"condition_{missing}"))
    ]


@pytest.mark.parametrize(
    ("amount", "method", "approved", "meant"),
    [
        (99_999_999, "", False, None),  # below the limit the place's own procedure
        (100_000_000, "", False, "no_method"),  # 以上 includes the number
        (399_999_999, "consultation", False, None),
        (400_000_000, "consultation", False, "tender_due"),
        (400_000_000, "consultation", True, None),
        (400_000_000, "open_tender", False, None),
    ],
)
def test_the_method_follows_from_the_amount(
    amount: int, method: str, approved: bool, meant: str | None
) -> None:
    """Thresholds of 1 and 4 million yuan, the place's own input."""
    plan = replace(SERVICE, amount_fen=amount, method=method, approved=approved, thresholds=LIMITS)

    assert set(keys(asked(plan, "leshan-2020")[0])) == ({meant} if meant else set())


def test_the_catalogue_asks_for_a_method_at_any_amount() -> None:
    """A work in the central catalogue has no lower limit."""
    plan = replace(SERVICE, amount_fen=1, in_catalogue=True)

    assert keys(asked(plan, "leshan-2020")[0]) == ["no_method"]


def test_without_thresholds_the_method_is_a_question() -> None:
    """No amount is guessed for a province."""
    assert "note_thresholds" in keys(asked(replace(SERVICE, amount_fen=10**9), "leshan-2020")[1])


def test_posts_sent_to_desks_get_a_neutral_note_with_both_forms() -> None:
    """Order 102 art. 10(5): no verdict on a provider's own staff; before March 2020 no note at all."""
    plan = replace(SERVICE, work=("means_survey",), form="post_dispatch")

    refused, noted = asked(plan, "guangdong-city-draft-2019")
    _, early = asked(plan, "guangdong-city-draft-2019", date(2019, 6, 1))

    assert (refused, keys(early)) == ((), ["note_thresholds"])
    assert keys(noted) == ["note_forms", "note_thresholds"]
    for lang in words.LANGS:
        with words.speaking(lang):
            line = noted[0].line(lang)
            assert all(words.say(f"form_{form}") in line for form in FORMS)


def test_a_contract_by_service_volume_gets_no_note() -> None:
    """The other form does not touch the clause."""
    assert "note_forms" not in keys(asked(replace(SERVICE, form="service_volume"), "leshan-2020")[1])


def test_a_document_says_nothing_before_it_was_made() -> None:
    """Leshan's opinion is of 24 December 2020."""
    with pytest.raises(LawError, match="2020-12-23"):
        asked(SERVICE, "leshan-2020", date(2020, 12, 23))
    assert asked(SERVICE, "leshan-2020", date(2020, 12, 24))[0] == ()


@pytest.mark.parametrize(
    ("change", "near"),
    [
        ({"work": ("cares",)}, "'care'"),
        ({"method": "open_tenders"}, "'open_tender'"),
        ({"months": 0}, "at least a month"),
        ({"work": ()}, "at least one work"),
        ({"charged": {"posts": "grants"}}, "'grant'"),
    ],
)
def test_a_proposal_with_a_slip_of_the_pen_is_no_proposal(change: dict[str, Any], near: str) -> None:
    """A misspelled work would pass every negative list."""
    with pytest.raises(LawError, match=near):
        replace(SERVICE, **change)


def test_an_unknown_document_names_the_nearest() -> None:
    """Ids are typed by hand."""
    with pytest.raises(LawError, match="leshan-2020"):
        asked(SERVICE, "leshan-2021")


def test_every_word_of_a_purchase_can_be_said() -> None:
    """Forms show works, providers, methods, funds and steps in both languages."""
    steps = set(earliest_dates("open_tender", law=LAW, calendar=CAL, on=ON)) | {
        "notice_ends",
        "prequalification",
    }
    named = [
        *(f"work_{n}" for n in WORK), *(f"provider_{n}" for n in PROVIDERS), *(f"form_{n}" for n in FORMS),
        *(f"method_{n}" for n in METHODS), *(f"condition_{n}" for n in CONDITIONS),
        *(f"stage_{n}" for n in STAGES), *(f"role_{n}" for n in ROLES), *(f"fund_{n}" for n in FUNDS),
        *(f"item_{n}" for n in ITEMS), *(f"step_{n}" for n in steps),
    ]  # fmt: skip
    assert [key for key in named if not words.has(key)] == []


def test_numbers_a_clause_points_to_are_in_the_law() -> None:
    """A contract's length is a dated value with its source, and holds from the clause's first day."""
    for document in LAW.purchasing.values():
        for version in document.versions:
            for clause in version.clauses:
                for key in ("normal", "most"):
                    if clause.rule == "term" and key in clause.content:
                        assert LAW.value(clause.content[key], on=version.start) in (1, 3)


def test_the_table_of_clauses_shows_each_once_with_its_article() -> None:
    """What the forms and the legal-basis page print: every clause of every document that holds."""
    table = clauses_table(LAW.purchasing, on=ON)

    held = [d.on(ON).clauses for d in LAW.purchasing.values()]
    assert len(table) == sum(len(clauses) for clauses in held)
    assert not (table == "").any().any()
    shown = table[(table["id"] == "shizuishan-2024") & (table["article"] == "annex 2 (4)")]
    assert list(shown["says"]) == ["cheating costs a provider its eligibility for three years"]
    assert set(clauses_table(LAW.purchasing, on=date(2019, 6, 1))["id"]) == {
        "procurement-law", "guangdong-city-draft-2019", "hainan",
    }  # fmt: skip
    with words.speaking("zh"):
        assert "转包" in " ".join(clauses_table(LAW.purchasing, on=ON)["says"])


OWN = """\
kind: purchase_document
id: own-county
title: {zh: 本县办法, en: Own county}
region: {zh: 某县, en: A county}
issuer: {zh: 某局, en: A bureau}
document: 本县办法
stated_on: 2026-01-01
status: draft
under: [national-102-2020]
versions:
  2026-01-01:
    source: {title: 本县办法}
    clauses:
      - {rule: buys, article: "art. 1", work: [care], says: {zh: 照料, en: care only}}
      - {rule: excludes, article: "art. 2", years: 5, says: {zh: 五年, en: five years}}
      - {rule: methods, article: "art. 3", methods: [open_tender], says: {zh: 招标, en: by tender}}
"""


def test_a_planners_own_document_works_without_code(tmp_path: Path) -> None:
    """A county's draft can be tried before it is issued, under the national order."""
    (tmp_path / "own.yaml").write_text(OWN, "utf-8")
    law = load_law([tmp_path])
    provider = replace(SOUND, misconduct_on=date(2024, 2, 29))
    plan = replace(SERVICE, work=("care", "dispatch", "errands"), provider=provider)

    plan = replace(plan, method="inquiry", in_catalogue=True)

    found = refusals(plan, law=law, document="own-county", on=date(2029, 2, 28))

    assert keys(found) == ["never", "not_listed", "excluded", "method"]


MISTAKES = {
    "unknown rule": ("rule: buys", "rule: bys", 14, "buys"),
    "unknown work": ("work: [care]", "work: [cares]", 14, "care"),
    "missing list": (", work: [care]", "", 14, "'work' is missing"),
    "no article": ('article: "art. 1", ', "", 14, "'article' is missing"),
    "no wording": ("says: {zh: 照料, en: care only}", "says: care", 14, "both languages"),
    "bad number": ("years: 5", "years: five", 15, "usable number"),
    "no source": ("source: {title: 本县办法}", "source: {}", 12, "source"),
    "bad date": ("  2026-01-01:", "  spring:", 11, "not a date"),
    "unknown key": ("status: draft", "status: draft\ncolour: red", 9, "colour"),
    "nothing above": ("[national-102-2020]", "[national-102]", None, "national-102-2020"),
}


@pytest.mark.parametrize(("old", "new", "row", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_bad_file_is_told_by_line(old: str, new: str, row: int | None, says: str, tmp_path: Path) -> None:
    """Whoever writes a county's document is told the line and the remedy."""
    assert old in OWN
    (tmp_path / "own.yaml").write_text(OWN.replace(old, new), "utf-8")

    with pytest.raises(LawError, match=says) as error:
        load_law([tmp_path])

    assert row is None or row in [problem.row for problem in error.value.problems]


def dates(table: dict[str, date]) -> dict[str, str]:
    return {step: str(day)[5:] for step, day in table.items()}


def test_an_open_tender_over_spring_festival_by_hand() -> None:
    """Issued Tuesday 27 Jan 2026: day 20 is 16 Feb, a holiday, so Tuesday 24 Feb; later terms used up."""
    found = latest_dates("open_tender", law=LAW, calendar=CAL, on=date(2026, 1, 27))

    assert dates(found) == {
        "intention": "12-28",
        "issued": "01-27",
        "file_offer_ends": "02-03",
        "last_clarification": "02-09",
        "deadline": "02-24",
        "report": "02-26",
        "choice": "03-04",  # 28 Feb, a Saturday, is worked
        "award": "03-06",
        "challenge_ends": "03-18",  # its notice stands for 9 March, then seven working days
        "signing": "04-07",  # day 30 is 5 April, in the holiday
        "filing": "04-16",
        "publication": "04-09",
    }


@pytest.mark.parametrize(
    ("method", "issued", "deadline"),
    [
        ("open_tender", "2026-01-12", "2026-02-02"),  # day 20 is a Sunday
        ("open_tender", "2026-01-27", "2026-02-24"),
        ("invited_tender", "2026-01-27", "2026-02-24"),
        ("consultation", "2025-03-03", "2025-03-13"),
        ("consultation", "2025-09-26", "2025-10-10"),  # the file's five working days outlast the ten days
        ("negotiation", "2024-09-30", "2024-10-10"),
        ("inquiry", "2024-09-30", "2024-10-10"),
        ("single_source", "2024-02-07", "2024-02-20"),
    ],
)
def test_nothing_is_signed_before_the_least_terms_are_over(method: str, issued: str, deadline: str) -> None:
    """The earliest signing is the first lawful deadline; the day of issue is not counted."""
    found = earliest_dates(method, law=LAW, calendar=CAL, on=date.fromisoformat(issued))

    assert str(found["signing"]) == deadline
    assert CAL.is_workday(found["signing"])


def test_a_contract_waits_for_the_vote_and_for_challenges_if_asked() -> None:
    """The notice of 24 Feb 2026 stands a day, seven more end on 5 March; voted Saturday, signed Monday."""
    plan: dict[str, Any] = {"law": LAW, "calendar": CAL, "on": date(2026, 1, 27)}

    patient = earliest_dates("open_tender", await_challenges=True, **plan)
    voted = earliest_dates("open_tender", voted=date(2026, 3, 21), **plan)

    assert dates(patient)["challenge_ends"] == "03-05"
    assert dates(patient)["signing"] == "03-06"
    assert dates(voted)["signing"] == "03-23"


@pytest.mark.parametrize("method", TIMED)
def test_earliest_never_lies_after_latest(method: str) -> None:
    """For every method and every working day of a year the two tables hold the same steps in order."""
    for number in range(0, 330, 7):
        on = CAL.date_of(366 + number)
        early = earliest_dates(method, law=LAW, calendar=CAL, on=on)
        late = latest_dates(method, law=LAW, calendar=CAL, on=on)
        assert set(early) == set(late)
        assert all(early[step] <= late[step] for step in early)


def test_methods_and_calendars_that_do_not_reach_are_errors() -> None:
    """A date beyond the calendar is not guessed."""
    with pytest.raises(LawError, match="no timetable"):
        earliest_dates("auction", law=LAW, calendar=CAL, on=ON)
    with pytest.raises(LawError, match="2026-12-31"):
        latest_dates("open_tender", law=LAW, calendar=CAL, on=date(2026, 12, 1))


# --- method by amount ---------------------------------------------------------------------------------

OURS = Thresholds(limit_fen=500_000_00, open_tender_fen=2_000_000_00)
LISTED = ("open_tender", "invited_tender", "consultation", "negotiation", "single_source")


@pytest.mark.parametrize(
    ("yuan", "more", "meant"),
    [
        (499_999, {}, (LOCAL,)),
        (500_000, {}, METHODS),
        (1_999_999, {}, METHODS),
        (2_000_000, {}, ("open_tender",)),
        (2_000_000, {"approved": True}, METHODS),
        (10_000, {"in_catalogue": True}, METHODS),
        (10_000, {"alike_fen": 1_990_000_00}, ("open_tender",)),
        (600_000, {"alike_fen": 1_399_999_00}, METHODS),
    ],
)
def test_the_methods_follow_from_the_amount(yuan: int, more: dict[str, Any], meant: tuple[str, ...]) -> None:
    """Both sides of both thresholds, the catalogue, an approval, and a purchase split in two."""
    assert purchase_methods(yuan * 100, OURS, law=LAW, on=ON, **more) == meant


def test_a_document_s_own_list_holds_beside_the_law(tmp_path: Path) -> None:
    """A closed list leaves only what it names; an open one refuses nothing; silence changes nothing."""
    draft = purchase_methods(600_000_00, OURS, law=LAW, on=ON, document="guangdong-city-draft-2019")
    open_list = purchase_methods(600_000_00, OURS, law=LAW, on=ON, document="shizuishan-2024")

    clause = next(
        c for c in LAW.purchasing["guangdong-city-draft-2019"].on(ON).clauses if c.rule == "methods"
    )
    named = METHODS if clause.content.get("open") else clause.content["methods"]
    assert draft == tuple(method for method in METHODS if method in named)
    assert open_list == METHODS
    alone = OWN.replace("under: [national-102-2020]\n", "").replace("[open_tender]", "[negotiation]")
    (tmp_path / "own.yaml").write_text(alone, "utf-8")
    law, on = load_law([tmp_path]), date(2026, 5, 1)
    assert purchase_methods(600_000_00, OURS, law=law, on=on, document="own-county") == ("negotiation",)
    assert purchase_methods(2_000_000_00, OURS, law=law, on=on, document="own-county") == ()


@pytest.mark.parametrize(
    ("method", "yuan", "more", "article"),
    [
        ("negotiation", 2_000_000, {}, "art. 27"),
        (LOCAL, 2_000_000, {}, "art. 26"),
        ("consultation", 600_000, {"alike_fen": 1_500_000_00}, "art. 28"),
    ],
)
def test_a_refused_method_names_its_clause(
    method: str, yuan: int, more: dict[str, Any], article: str
) -> None:
    """What the planner reads is the article that stands against it."""
    with pytest.raises(LawError, match=f"政府采购法 {article}"):
        purchase_method(method, yuan * 100, OURS, law=LAW, on=ON, **more)


def test_an_allowed_method_comes_back() -> None:
    """So that a plan can be written in one line; slips of the pen are named."""
    assert purchase_method("consultation", 600_000_00, OURS, law=LAW, on=ON) == "consultation"
    assert purchase_method(LOCAL, 1_00, OURS, law=LAW, on=ON) == LOCAL
    with pytest.raises(LawError, match="negotiation"):
        purchase_method("negotiations", 1_00, OURS, law=LAW, on=ON)


def test_thresholds_are_the_planner_s_own_and_dated(tmp_path: Path) -> None:
    """None is shipped, since each province sets them; in a file of law they hold from their day."""
    entry = (
        "  unit: yuan\n  values:\n"
        "    2024-01-01: {value: %d, status: in_force, source: {title: 某省目录及标准}}\n"
    )
    text = "".join(
        f"purchase.{key}:\n  description: {{zh: 标准, en: Threshold}}\n" + entry % yuan
        for key, yuan in (("limit_yuan", 500_000), ("open_tender_yuan", 2_000_000))
    )
    (tmp_path / "own.yaml").write_text(text, "utf-8")
    law = load_law([tmp_path])

    assert thresholds_of(LAW, on=ON) is None
    assert thresholds_of(law, on=ON) == replace(OURS, source="某省目录及标准")
    with pytest.raises(LawError, match="2023-12-31"):
        thresholds_of(law, on=date(2023, 12, 31))
    (tmp_path / "own.yaml").write_text(text[: text.index("purchase.open")], "utf-8")
    with pytest.raises(LawError, match="open_tender_yuan"):
        thresholds_of(load_law([tmp_path]), on=ON)


def test_the_intention_is_announced_thirty_days_before() -> None:
    """1 June less 30 days is 2 May; before 2022 counties were not asked to."""
    assert last_intention(law=LAW, on=date(2026, 6, 1)) == date(2026, 5, 2)
    assert last_intention(law=LAW, on=date(2021, 12, 31)) is None
    found = earliest_dates("consultation", law=LAW, calendar=CAL, on=date(2026, 6, 1))
    assert next(iter(found.items())) == ("intention", date(2026, 5, 2))


def test_a_digest_follows_what_a_document_says(tmp_path: Path) -> None:
    """A document that was read is part of what names a run; its title is not."""
    (tmp_path / "own.yaml").write_text(OWN, "utf-8")
    first = load_law([tmp_path]).digest(["purchasing.own-county"])

    def changed(old: str, new: str) -> str:
        (tmp_path / "own.yaml").write_text(OWN.replace(old, new), "utf-8")
        return load_law([tmp_path]).digest(["purchasing.own-county"])

    assert changed("title: {zh: 本县办法", "title: {zh: 改名") == first
    assert changed("en: care only", "en: only care") == first
    assert changed("years: 5", "years: 4") != first
    with pytest.raises(LawError, match="own-county"):
        load_law([tmp_path]).digest(["purchasing.own-countty"])

"""What is paid after eligibility ends, and under which name: phase-out, recovery, a death not yet known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from simlib.years.cases.caseload import Decided
from simlib.years.cases.households import ALERT, CHANGE, ON_BOOKS, REVIEW, STOCKS
from simlib.years.cases.requests import Span
from simlib.years.recorder import Month
from simlib.years.replication import Run
from tests.small import COUNTY, batch, frame, opened, place, run, scenario, setting, with_towns

LEAKAGE = ["overpaid_months", "overpaid_design", "overpaid_fen", "overpaid_design_fen"]
DIBAO = ["dibao_urban", "dibao_rural"]


def _tables(**future: Any) -> dict[str, pd.DataFrame]:
    staffed = with_towns(place(), posts_payroll=10, assistance_share=1.0)
    tables = run(setting(scenario(opening=9, **future), staffed))
    return {name: frame(tables, name) for name in ("caseload", "money")}


def _sum(tables: dict[str, pd.DataFrame], column: str) -> int:
    return int(tables["caseload"][column].sum())


def test_a_lawful_phase_out_is_no_leakage() -> None:
    """The notice on basic support lets dibao be paid on for up to six months: counted apart, both lines."""
    none, all_of_them = (_tables(phase_out__share=share) for share in (0.0, 1.0))

    assert _sum(none, "phase_out_months") == 0
    assert _sum(all_of_them, "phase_out_months") > 0
    assert none["caseload"][LEAKAGE].equals(all_of_them["caseload"][LEAKAGE])


def test_a_phase_out_is_paid_for_its_months_and_only_to_dibao() -> None:
    """Where nobody dies, what a decision took off this month and the last is paid on, for two months each."""
    books = _tables(phase_out__share=1.0, phase_out__months=2, life__dibao_rural__deaths_per_year=0)[
        "caseload"
    ]
    rural = books[books["programme"] == "dibao_rural"].groupby("month")[["left", "phase_out_months"]].sum()
    others = books[~books["programme"].isin(DIBAO)]
    expected = rural["left"] + rural["left"].shift(1)

    assert rural["phase_out_months"].iloc[1:].tolist() == expected.iloc[1:].tolist()
    assert others["phase_out_months"].sum() == 0


def test_no_phase_out_is_longer_than_the_text_allows() -> None:
    """A future may stretch what places grant, never beyond the law's most: six months."""
    longest, beyond = (_tables(phase_out__share=1.0, phase_out__months=most) for most in (6, 60))

    assert _sum(longest, "phase_out_months") == _sum(beyond, "phase_out_months")


def test_what_is_paid_on_is_money_spent() -> None:
    """Benefits in the accounts are those of the caseload to the fen, phase-out among them."""
    tables = _tables(phase_out__share=1.0)
    money = tables["money"]

    assert money[money["line"] == "benefits"]["fen"].sum() == _sum(tables, "benefits_fen")
    assert _sum(tables, "phase_out_fen") > 0


class Counted(Run):
    """A run that keeps, month by month, what was overpaid and what was recovered [fen]."""

    overpaid = recovered = 0

    def _apply(self, month: Month, span: Span) -> None:
        super()._apply(month, span)
        counts, paid = self.caseload.month_counts(span), self.setting.benefits(span.from_plan)
        rate = np.array([paid[name] for name in STOCKS])
        self.overpaid += int((counts["overpaid_persons"] * rate).sum())
        self.recovered += int(counts["recovered_fen"].sum())


def _recoveries(**future: Any) -> tuple[Counted, Counted]:
    """The run-up and a plan's first year, nobody dying, with a rise of the standard in April."""
    lives: dict[str, Any] = {f"life__{name}__deaths_per_year": 0 for name in STOCKS}
    rises: dict[str, Any] = {"standard__rise_share": 0.1, "standard__rise_month": 4}
    ready = setting(scenario(opening=9, **lives, **rises, **future))
    before = Counted(ready, ready.side_by_side(batch(COUNTY)), None, engine="compiled")
    for month in range(-9, 0):
        before.month(month)
    plan = Counted(ready, ready.side_by_side(batch(COUNTY)), before.snapshot(), engine="compiled")
    for month in range(12):
        plan.month(month)
    return before, plan


def test_what_was_overpaid_is_recovered_or_still_being_paid_to_the_fen() -> None:
    """Everybody pays back, nobody reports himself: overpaid = recovered + what those still paid have had."""
    before, plan = _recoveries(recovery__share=1, report__end_per_year=0, comparison__finds_share=0.5)
    own = plan.caseload.register.rows
    month_of_day = plan.setting.month_of_day
    ends = month_of_day[np.minimum(own.ends_day, len(month_of_day) - 1)]
    still = 0
    for month in range(-9, 12):
        rate = np.array([plan.setting.benefits(month)[name] for name in STOCKS])[own.programme]
        paid_on = (own.stage == ON_BOOKS) & (own.paid_from <= month) & (ends < month)
        still += int((own.persons * rate)[paid_on].sum())

    assert plan.recovered > 0
    assert before.overpaid + plan.overpaid == before.recovered + plan.recovered + still


def test_nobody_pays_back_who_reported_himself() -> None:
    """He did what the law asks of a family; whoever a review or comparison found pays all of it back."""
    before = _recoveries(recovery__share=1)[0]
    caseload, span = before.caseload, before._span(0)
    own = caseload.register.rows
    rows = np.flatnonzero((own.stage == ON_BOOKS) & (own.ends_day < span.first - 40))
    asked_back = []
    for turn, kind in enumerate((CHANGE, REVIEW, ALERT)):
        some = rows[turn::3]
        day = np.full(len(some), span.first)
        ones = np.ones_like(some)
        decided = Decided(own.area[some], own.number[some], ones * kind, ones, day)
        before_it = caseload.books.recovered.sum()
        caseload.apply(decided, span)
        asked_back.append(caseload.books.recovered.sum() - before_it)

    assert asked_back[0] == 0
    assert min(asked_back[1:]) > 0


def test_recoveries_are_taken_off_nothing() -> None:
    """Counted apart: leakage is what was paid, whatever comes back."""
    none, everything = (_tables(recovery__share=share)["caseload"] for share in (0.0, 1.0))

    assert none["recovered_fen"].sum() == 0
    assert everything["recovered_fen"].sum() > 0
    assert none.drop(columns="recovered_fen").equals(everything.drop(columns="recovered_fen"))


def test_a_death_nobody_noticed_is_paid_on_by_design_and_not_by_lateness() -> None:
    """Who lived alone is paid until somebody knows (at most three months), and so is his shadow."""
    at_once, late = (_tables(death__noticed_months=months)["caseload"] for months in (0, 3))
    sums = [table[["overpaid_months", "overpaid_design"]].sum() for table in (at_once, late)]
    lateness = [one["overpaid_months"] - one["overpaid_design"] for one in sums]

    assert sums[1]["overpaid_months"] > sums[0]["overpaid_months"]
    assert lateness[0] == lateness[1]


def test_a_death_is_noticed_within_the_term_of_the_check_and_at_once_where_others_live() -> None:
    """The notice has it checked within three months, whatever a future says; no family hides its dead."""
    own = opened(setting(scenario(opening=3, death__noticed_months=60))).households
    alone, delay = own.persons == 1, own.noticed_day - own.death_day
    untouched = own.death_day > 10_000

    assert delay.max() == 91
    assert (delay[alone & untouched] == 91).all()
    assert (delay[~alone] == 0).all()


def test_whoever_visits_often_notices_sooner() -> None:
    """Weekly visits to dispersed tekun find a death within days; without them the drawn time runs out."""
    months = {"death__noticed_months": 3, "life__tekun_dispersed__deaths_per_year": 1}
    weekly, seldom = (
        _tables(visits__weekly_share=share, visits__monthly_share=0.0, **months)["caseload"]
        for share in (1.0, 0.0)
    )
    leaked = [
        table[table["programme"] == "tekun_dispersed"]["overpaid_months"].sum() for table in (weekly, seldom)
    ]

    assert leaked[0] < leaked[1] / 2

"""What is paid after eligibility ends, and under which name: phase-out, recovery, a death not yet known."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.small import frame, place, run, scenario, setting, with_towns

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
    """Every household a decision took off in April or before is paid on for two months, unless somebody dies."""
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

"""A purchase as a file: what it may say, and what the documents say to it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from simlib.drive.cli import main
from simlib.errors import LawError
from simlib.policy.buying.proposal import KEYS, judged, purchase_schema
from tests.small import law

GOOD: dict[str, Any] = {
    "kind": "purchase",
    "document": "leshan-2020",
    "signed_on": date(2027, 3, 1),
    "work": ["home_visits", "care"],
    "months": 12,
    "amount_yuan": 300_000,
}
FILE = """kind: purchase
document: leshan-2020
signed_on: 2027-03-01
work: [decision, care]
months: 48
"""


def told(**changes: Any) -> str:
    """What the documents refuse."""
    return " | ".join(problem.line() for problem in judged({**GOOD, **changes}, {}, "p.yaml", law()).refused)


def test_a_service_for_a_year_is_not_refused() -> None:
    """Care and visits for twelve months are what the document wants bought."""
    assert told() == ""


@pytest.mark.parametrize(
    ("change", "clause"),
    [
        ({"work": ["decision"]}, "art"),
        ({"work": ["dispatch"]}, "art. 10"),
        ({"months": 60}, "art"),
        ({"provider": {"kind": "public_institution_first"}}, "art"),
    ],
)
def test_a_refusal_names_its_clause(change: dict[str, Any], clause: str) -> None:
    """A decision, dispatched labour, five years, a body that may not deliver: each with the article."""
    found = told(**change)

    assert clause in found
    assert found.startswith("p.yaml")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"wrok": ["care"]}, "did you mean 'work'"),
        ({"work": ["home_visit"]}, "did you mean 'home_visits'"),
        ({"months": "twelve"}, "whole number"),
        ({"amount_yuan": -1}, "whole number"),
        ({"signed_on": "soon"}, "date"),
        ({"approved": "perhaps"}, "yes or no"),
        ({"provider": {"sort": "enterprise"}}, "sort"),
        ({"document": "nowhere-1999"}, "nowhere-1999"),
        ({"method": [1]}, "not a word of a purchase"),
        ({"form": True}, "not a word of a purchase"),
        ({"charged": ["grant"]}, "'key: value' pairs"),
        ({"provider": {}}, "not a word of a purchase"),
        ({"signed_on": None}, "'signed_on' is missing"),
        ({"months": None}, "'months' is missing"),
        ({"panel": {"members": 5, "accountants": 6}}, "cannot hold 6 accountants"),
    ],
)
def test_a_mistake_gets_one_line_with_its_remedy(change: dict[str, Any], said: str) -> None:
    """No traceback: the file, what was found, what was meant."""
    with pytest.raises(LawError) as caught:
        judged({**GOOD, **change}, {}, "p.yaml", law())

    assert said in str(caught.value)
    assert all(line.startswith("p.yaml") for line in str(caught.value).splitlines())


@pytest.mark.parametrize(
    "empty",
    [
        *(
            {name: None}
            for name in ("amount_yuan", "method", "form", "charged", "provider", "panel", "stages")
        ),
        {"panel": {"members": 5, "accountants": None}},
        {"thresholds": {"limit_yuan": None, "open_tender_yuan": 2_000_000}},
    ],
    ids=str,
)
def test_a_key_left_empty_says_nothing(empty: dict[str, Any]) -> None:
    """Whoever has not decided yet leaves the line empty; what is stated is judged."""
    assert "\n" not in told(**empty)


@pytest.mark.parametrize("missing", ["document", "signed_on", "work", "months"])
def test_what_a_purchase_must_say(missing: str) -> None:
    """Without it nothing can be judged."""
    with pytest.raises(LawError, match=f"'{missing}' is missing"):
        judged({name: value for name, value in GOOD.items() if name != missing}, {}, "p.yaml", law())


def test_the_schema_knows_every_key() -> None:
    """An editor offers what the reader takes."""
    assert set(purchase_schema()["properties"]) == set(KEYS)


def test_check_judges_a_purchase(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`simlib check` says every refusal in a line and exits 2; a good purchase passes."""
    file = tmp_path / "purchase.yaml"
    file.write_text(FILE, "utf-8")
    refused = main(["check", str(file), "--lang", "en"])
    lines = capsys.readouterr().err.splitlines()
    file.write_text(FILE.replace("decision, ", "").replace("48", "12"), "utf-8")

    assert refused == 2
    assert len(lines) >= 2
    assert main(["check", str(file), "--lang", "en"]) == 0

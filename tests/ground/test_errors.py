"""What stands in a blank of a message: lists and texts in its language, all else as it was found."""

from __future__ import annotations

import pytest

from simlib.errors import Problem


@pytest.mark.parametrize(
    ("found", "zh", "en"),
    [
        (("甲", "乙"), "甲；乙", "甲; 乙"),
        ({"zh": "低保", "en": "dibao"}, "低保", "dibao"),
        (({"zh": "低保", "en": "dibao"}, "x"), "低保；x", "dibao; x"),
        ({}, "{}", "{}"),
        ({"to": 300}, "{'to': 300}", "{'to': 300}"),
        ({"zh": "低保"}, "{'zh': '低保'}", "{'zh': '低保'}"),
    ],
)
def test_a_value_is_told_as_its_language_has_it_and_what_was_found_as_it_was(
    found: object, zh: str, en: str
) -> None:
    """A planner must find in the file what the message quotes."""
    problem = Problem("law_not_a_number", values={"found": found})

    assert zh in problem.line("zh")
    assert en in problem.line("en")

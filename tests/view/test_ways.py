"""How offices work is told on the method page where it is not as usual."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from simlib import words
from simlib.scenario import CHOICES, Policy
from simlib.view.method import WAYS, ways_of_work
from simlib.view.names import Names


def told(*policies: Policy, lang: str = "en") -> str:
    """What the page says of options with these policies."""
    scenarios = {str(at): SimpleNamespace(policy=policy) for at, policy in enumerate(policies)}
    experiment: Any = SimpleNamespace(
        cells=lambda: [SimpleNamespace(id=name) for name in scenarios],
        scenario=lambda name: scenarios[name],
        law_folders=lambda: (),
    )
    names: Any = SimpleNamespace(
        lang=lang,
        say=lambda key, **values: words.say(key, lang, **values),
        or_code=lambda key, code: Names.or_code(SimpleNamespace(lang=lang), key, code),  # type: ignore[arg-type]
    )
    return ways_of_work(experiment, names)


def test_as_usual_nothing_is_added() -> None:
    """Default pages stay as they were, to the letter."""
    assert told(Policy(), Policy(formula="leshan-2020")) == ""


def test_what_differs_is_told_option_by_option() -> None:
    """The reader of “nothing stops a legal clock by default” must learn what holds here."""
    said = told(
        Policy(second_visitor="village", local_rule="qingdao"),
        Policy(second_visitor="purchased", local_rule="qingdao", review_months=(4, 10)),
    )

    assert "Second person on a visit – the village's assistant or a bought worker" in said
    assert "Local rule on terms – Qingdao: terms of dibao" in said
    assert "Months of review campaigns – spread over the year or 4, 10; " in said
    assert "Order of work" not in said


@pytest.mark.parametrize("lang", words.LANGS)
@pytest.mark.parametrize("lever", WAYS)
def test_every_answer_of_every_lever_has_its_word(lever: str, lang: str) -> None:
    """An id in the middle of a sentence is no answer for a planner."""
    for answer in CHOICES.get(f"policy.{lever}", ()):
        assert words.has(f"view.way.{answer}")
    assert words.has(f"view.parameter.policy.{lever}")
    assert told(Policy(order="due"), lang=lang)

"""How offices work and how terms are counted, as the schema of scenarios offers it: a list or months each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ipywidgets as w

from simlib import words
from simlib.policy.statutes import Law
from simlib.scenario import CHOICES, NONE, PARTS, Future, Policy, Scenario
from simlib.units import MONTHS_PER_YEAR
from simlib.view.blocks import escaped
from simlib.view.method import WAYS

PROCEDURE = tuple(f"policy.{lever}" for lever in WAYS)
"""Levers of the procedure, those that the method page tells where they are not as usual."""
TO_COME = ("future.campaign_months", "future.audit_months")
"""Months of a year that bring other work, or more of it."""
_APART = re.compile(r"[\s,，、;；]+")


class Ways:
    """A list for each lever with named answers, a line for each that is months.

    changed: called after every change by hand that can be understood; what cannot be is told under its line.
    """

    def __init__(self, law: Law, lang: str, changed: Callable[[], None]) -> None:
        self._law, self._lang, self._changed = law, lang, changed
        self._silent = False
        self._months: dict[str, tuple[int, ...]] = {}
        self._said = {key: w.HTML() for key in (*PROCEDURE, *TO_COME) if _is_months(key)}
        self.widgets = {key: self._widget(key) for key in (*PROCEDURE, *TO_COME)}

    def parts(self, keys: tuple[str, ...]) -> list[w.Widget]:
        """The widgets of these levers, each with the line below it."""
        return [part for key in keys for part in (self.widgets[key], self._said.get(key)) if part is not None]

    def put_on(self, scenario: Scenario) -> Scenario:
        """The scenario with these levers as they stand here."""
        told: dict[str, dict[str, Any]] = {part: {} for part in PARTS}
        for key, widget in self.widgets.items():
            part, name = key.split(".")
            told[part][name] = self._months[key] if key in self._said else widget.value
        policy, future = (replace(getattr(scenario, part), **told[part]) for part in ("policy", "future"))
        return replace(scenario, policy=policy, future=future)

    def show(self, scenario: Scenario) -> None:
        """Put the widgets where a scenario stands."""
        self._silent = True
        try:
            for key, widget in self.widgets.items():
                part, name = key.split(".")
                value = getattr(getattr(scenario, part), name)
                if key in self._said:
                    self._months[key], self._said[key].value = value, ""
                    value = ", ".join(map(str, value))
                widget.value = value
        finally:
            self._silent = False

    def _widget(self, key: str) -> w.Dropdown | w.Text:
        title = words.say(f"view.parameter.{key}", self._lang)
        if key in self._said:
            self._months[key] = ()
            hint = words.say("panel.months_hint", self._lang)
            line = w.Text(description=title, placeholder=hint, continuous_update=False)
            line.observe(lambda change: self._on_months(key, change["new"]), names="value")
            return line
        usual = _usual(key)
        box = w.Dropdown(
            description=title,
            options=[(self._told(key, answer, usual), answer) for answer in self._answers(key)],
            value=usual,
        )
        box.observe(lambda _: self._on_change(), names="value")
        return box

    def _answers(self, key: str) -> tuple[str, ...]:
        return (NONE, *self._law.local) if key == "policy.local_rule" else CHOICES[key]

    def _told(self, key: str, answer: str, usual: object) -> str:
        if key == "policy.local_rule" and answer != NONE:
            return words.pick(dict(self._law.local[answer].title), self._lang)
        mark = words.say("panel.usual", self._lang) if answer == usual else ""
        return words.say(f"view.way.{answer}", self._lang) + mark

    def _on_change(self) -> None:
        if not self._silent:
            self._changed()

    def _on_months(self, key: str, text: str) -> None:
        if self._silent:
            return
        months = months_of(text)
        told = "" if months is not None else words.say("panel.months_wrong", self._lang, found=text)
        self._said[key].value = f'<div class="wrong" role="status">{escaped(told)}</div>' if told else ""
        if months is not None:
            self._months[key] = months
            self._changed()


def months_of(text: str) -> tuple[int, ...] | None:
    """The months a text names, in order and once each; nothing for what is no list of months.

    >>> months_of("10、4, 4"), months_of(""), months_of("13")
    ((4, 10), (), None)
    """
    named = [each for each in _APART.split(text) if each]
    if not all(each.isdecimal() and 1 <= int(each) <= MONTHS_PER_YEAR for each in named):
        return None
    return tuple(sorted({int(each) for each in named}))


def _usual(key: str) -> Any:
    part, name = key.split(".")
    return getattr({"policy": Policy(), "future": Future()}[part], name)


def _is_months(key: str) -> bool:
    return isinstance(_usual(key), tuple)

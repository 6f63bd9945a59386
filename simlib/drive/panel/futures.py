"""What may come: sliders over the ranges of assumptions, and what happens to the year's money."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import ipywidgets as w

from simlib import words
from simlib.drive.panel import reach
from simlib.policy.statutes import Law
from simlib.scenario import RANGES, Frozen, Future

FUTURES = (
    *("quits.contract_per_year", "recruitment.provider_weeks", "ramp.months", "discovery.village_per_year"),
    *("share.home_visit_application", "season.needs_more", "procurement.quality"),
)
"""Assumptions with a slider of their own; every other one can be set in the scenario's file."""
STEPS = 20
"""Stops of a slider between the low and the high end of an assumption."""
FREEZE_MONTH = 7
"""The month money is frozen in, unless the scenario names another."""


class Futures:
    """A slider for each assumption of the list, and those of the year's money.

    day: whose law gives the ranges. changed: told of every change by hand.
    """

    def __init__(self, law: Law, lang: str, day: date, changed: Callable[[Any], None]) -> None:
        self._law, self._lang, self._day = law, lang, day
        frozen, late = RANGES["future.freeze_share"], RANGES["future.release_delay_months"]
        self.freeze = w.FloatSlider(
            description=words.say("panel.freeze", lang),
            min=frozen[0],
            max=frozen[1],
            step=0.05,
            readout_format=".0%",
        )
        self.delay = w.IntSlider(description=words.say("panel.delay", lang), min=late[0], max=late[1])
        self.sliders = {key: self._assumption(key) for key in FUTURES}
        for slider in self.all:
            slider.continuous_update = False
            slider.observe(changed, names="value")

    @property
    def all(self) -> list[w.Widget]:
        """Every slider."""
        return [*self.sliders.values(), self.freeze, self.delay]

    def parts(self) -> list[w.Widget]:
        """The sliders, each assumption with its range below it."""
        ranged = [part for key, slider in self.sliders.items() for part in (slider, w.HTML(self.hint(key)))]
        return [*ranged, self.freeze, self.delay]

    def put_on(self, future: Future) -> Future:
        """The future with these as they stand here; what has no slider is kept."""
        assumptions = {key: value for key, value in future.assumptions.items() if key not in self.sliders}
        for key, slider in self.sliders.items():
            if abs(slider.value - self.span(key)[1]) > 1e-9:
                assumptions[key] = round(slider.value, 6)
        freeze = round(self.freeze.value, 4)
        return replace(
            future,
            assumptions=Frozen(assumptions),
            freeze_share=freeze,
            freeze_month=(future.freeze_month or FREEZE_MONTH) if freeze else 0,
            release_delay_months=self.delay.value,
        )

    def show(self, future: Future) -> None:
        """Put the sliders where a future stands."""
        self.freeze.value, self.delay.value = future.freeze_share, future.release_delay_months
        for key, slider in self.sliders.items():
            chosen = future.assumptions.get(key, self.span(key)[1])
            sides = dict(zip(("low", "mode", "high"), self.span(key), strict=True))
            slider.value = sides[chosen] if isinstance(chosen, str) else float(chosen)

    def span(self, key: str) -> tuple[float, float, float]:
        """Low, likely and high of an assumption."""
        return reach.span(self._law, key, self._day)

    def hint(self, key: str) -> str:
        """The range of an assumption, as the line under its slider."""
        low, mode, high = self.span(key)
        ends = {"low": f"{low:g}", "mode": f"{mode:g}", "high": f"{high:g}", "unit": self._unit(key)}
        return f'<span class="hint">{words.say("panel.assumed", self._lang, **ends)}</span>'

    def _unit(self, key: str) -> str:
        unit = self._law.dated(key).unit
        spoken = f"view.unit.{unit}"
        return words.say(spoken, self._lang) if words.has(spoken) else unit

    def _assumption(self, key: str) -> w.FloatSlider:
        low, mode, high = self.span(key)
        title = words.pick(dict(self._law.dated(key).description), self._lang)
        return w.FloatSlider(
            description=title,
            tooltip=title,
            min=low,
            max=high,
            value=mode,
            step=(high - low) / STEPS,
            readout_format=".3g",
        )

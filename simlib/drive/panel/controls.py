"""The left side of the panel: what can be chosen, each with its unit and the range it is taken from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import ipywidgets as w

from simlib import words
from simlib.drive.panel import reach
from simlib.drive.panel.asked import Asked
from simlib.drive.panel.byrules import place_notes, posts_at_stake
from simlib.drive.panel.folds import Folds
from simlib.drive.panel.futures import Futures
from simlib.drive.panel.optionnames import formula_choice, setting_place
from simlib.drive.panel.ways import PROCEDURE, TO_COME, Ways
from simlib.policy.rules import READINGS
from simlib.policy.statutes import Law
from simlib.scenario import BY_LAW, FIXED, NONE, Frozen, Future, Policy, Run, Scenario
from simlib.view.firstlook import place_folders
from simlib.view.names import YUAN_PER_WAN, wan

MOST_YEARS = 5
"""Years on the slider; a scenario's file may hold more."""
WIDE = w.Layout(width="98%")


class Controls:
    """Widgets and the question they stand for.

    changed: called after every change by hand, never while a question is being shown.
    """

    def __init__(self, law: Law, lang: str, changed: Callable[[], None]) -> None:
        self._law, self._lang, self._changed = law, lang, changed
        self._base = Scenario("panel", Frozen(zh="", en=""), Path(), Policy(), Future(), Run())
        self._silent = False
        self._boxes: dict[str, w.Dropdown] = {}
        word = self._say
        self.place = w.Dropdown(description=word("place"), options=self._places())
        self.county = w.Dropdown(description=word("county"), options=[(word("whole_place"), "")])
        self.standing = w.HTML()
        self.formula = w.Dropdown(description=word("formula"), options=self._formulas())
        self.readings = w.VBox([])
        self.money = w.Dropdown(description=word("money"), options=self._monies())
        self._day = date(Run().first_year, 1, 1)
        self.cap = w.IntSlider(
            description=word("cap"), min=0, max=reach.CAP_STEP_WAN, step=reach.CAP_STEP_WAN
        )
        self.futures = Futures(law, lang, self._day, self._on_value)
        low, mode, high = self.futures.span("money.share_for_posts")
        self.share = w.FloatSlider(
            description=word("share"), min=low, max=high, step=0.05, value=mode, readout_format=".0%"
        )
        self._prices = reach.price_reach(law, self._day)
        least, first, most = self._prices
        self.price = w.IntSlider(
            description=word("price"), min=least, max=most, step=reach.PRICE_STEP, value=first
        )
        self.rise = w.FloatSlider(
            description=word("rise"),
            min=0,
            max=reach.rise_reach(law, self._day),
            step=0.01,
            readout_format=".0%",
        )
        self.purchase = w.ToggleButtons(
            description=word("purchase"),
            options=[(word("purchase_none"), NONE), (word("purchase_by_law"), BY_LAW)],
        )
        self.contract_years = w.IntSlider(
            description=word("contract_years"), min=1, max=reach.longest_term(law, self._day), value=1
        )
        self.years = w.IntSlider(description=word("years"), min=1, max=MOST_YEARS, value=3)
        self.ways = Ways(law, lang, changed)
        self._hints = {name: w.HTML() for name in ("share", "price")}
        self._hints["share"].value = self.futures.hint("money.share_for_posts")
        self._hints["price"].value = f'<span class="hint">{self._price_hint()}</span>'
        mine = (
            *(self.place, self.county, self.formula, self.money, self.cap, self.share, self.price, self.rise),
            *(self.purchase, self.contract_years, self.years),
        )
        for widget in mine:
            if hasattr(widget, "continuous_update"):
                widget.continuous_update = False
            widget.observe(self._on_value, names="value")
        for widget in (*mine, *self.futures.all, *self.ways.widgets.values()):
            widget.layout = WIDE
        named = [
            (f"{at} {word(f'step.{name}')}", w.VBox(part))
            for at, (name, part) in enumerate(self._parts().items(), start=1)
        ]
        self.box = Folds(named, unfolded=0).box
        self.box.add_class("asked")

    def _say(self, key: str, **values: object) -> str:
        return words.say(f"panel.{key}", self._lang, **values)

    def _parts(self) -> dict[str, list[w.Widget]]:
        """The widgets of each step, in order."""
        hints = self._hints
        money = [self.money, self.cap, self.share, hints["share"], self.price, hints["price"], self.rise]
        return {
            "place": [self.place, self.county, self.standing],
            "formula": [self.formula, self.readings],
            "money": money,
            "contract": [self.purchase, self.contract_years, self.years],
            "procedure": self.ways.parts(PROCEDURE),
            "future": [*self.futures.parts(), *self.ways.parts(TO_COME)],
        }

    # --- what can be chosen ---

    def _places(self) -> list[tuple[str, str]]:
        found = []
        for folder in place_folders():
            scenario = replace(self._base, place=folder)
            found.append((words.pick(dict(setting_place(scenario).title), self._lang), str(folder)))
        return found

    def _formulas(self) -> list[tuple[str, str]]:
        return [(formula_choice(key, self._law, self._lang), key) for key in (*self._law.formulas, NONE)]

    def _monies(self) -> list[tuple[str, str]]:
        rules = [
            (words.pick(dict(rule.title), self._lang), key)
            for key, rule in self._law.money.items()
            if rule.pays == "posts"
        ]
        return [(self._say("money_none"), NONE), (self._say("money_fixed"), FIXED), *rules]

    def _price_hint(self) -> str:
        known = [price for _, price in reach.known_prices(self._law, self._day)]
        ends = {"low": wan(min(known)), "high": wan(max(known))}
        return self._say("price_hint", **ends)

    # --- the question ---

    def asked(self) -> Asked:
        """The question as it stands."""
        policy = replace(
            self._base.policy,
            formula=self.formula.value,
            reading=self._reading(),
            money=self.money.value,
            cap_yuan=self.cap.value * YUAN_PER_WAN if self.money.value == FIXED else None,
            share_for_posts=self._share(),
            price_yuan=self.price.value,
            rise_share=round(self.rise.value, 4),
            purchase=self.purchase.value,
            contract_years=self.contract_years.value,
        )
        future = self.futures.put_on(self._base.future)
        run = replace(self._base.run, years=self.years.value)
        folder = Path(self.place.value)
        scenario = replace(self._base, place=folder, policy=policy, future=future, run=run)
        return Asked(self.ways.put_on(scenario), (self.county.value,) if self.county.value else ())

    def _share(self) -> float | None:
        if self.money.value in (NONE, FIXED):
            return None
        chosen = round(self.share.value, 4)
        return None if abs(chosen - self.futures.span("money.share_for_posts")[1]) < 1e-9 else chosen

    def _reading(self) -> Mapping[str, str]:
        usual = {} if self.formula.value == NONE else self._law.formula(self.formula.value).readings
        chosen = {name: box.value for name, box in self._boxes.items()}
        return Frozen({name: answer for name, answer in chosen.items() if answer != usual.get(name)})

    def show(self, asked: Asked) -> None:
        """Put the widgets where a question stands; what has no widget is kept as it is."""
        scenario = asked.scenario
        self._silent = True
        try:
            self._base = scenario
            folder = str(scenario.place)
            if folder not in [value for _, value in self.place.options]:
                title = words.pick(dict(setting_place(scenario).title), self._lang)
                self.place.options = [*self.place.options, (title, folder)]
            self.place.value = folder
            self._offer_counties()
            if asked.counties and asked.counties[0] in [code for _, code in self.county.options]:
                self.county.value = asked.counties[0]
            self._show_policy(scenario.policy)
            self.ways.show(scenario)
            self.years.max = max(MOST_YEARS, scenario.run.years)
            self.years.value = scenario.run.years
            self.futures.show(scenario.future)
        finally:
            self._silent = False
        self._grey()

    def _show_policy(self, policy: Policy) -> None:
        self.formula.value = policy.formula
        self._offer_readings(policy.reading)
        self.money.value = policy.money
        self._offer_caps()
        if policy.cap_yuan is not None:
            wan = policy.cap_yuan // YUAN_PER_WAN
            self.cap.max = max(self.cap.max, wan)
            self.cap.value = wan
        if policy.share_for_posts is not None:
            self.share.min = min(self.share.min, policy.share_for_posts)
            self.share.max = max(self.share.max, policy.share_for_posts)
            self.share.value = policy.share_for_posts
        if policy.price_yuan is not None:
            least, _, most = self._prices
            self.price.min, self.price.max = min(least, policy.price_yuan), max(most, policy.price_yuan)
            self.price.value = policy.price_yuan
        self.rise.value, self.purchase.value = policy.rise_share, policy.purchase
        self.contract_years.value = min(policy.contract_years, self.contract_years.max)

    def select_place(self, folder: Path) -> None:
        """Offer a place that is new and choose it, its first county first."""
        title = words.pick(dict(setting_place(replace(self._base, place=folder)).title), self._lang)
        others = [(name, value) for name, value in self.place.options if value != str(folder)]
        self._silent = True
        self.place.options = [*others, (title, str(folder))]
        self._silent = False
        self.place.value = str(folder)

    # --- what follows from a choice ---

    def _on_value(self, change: Mapping[str, Any]) -> None:
        if self._silent:
            return
        self._silent = True
        try:
            if change["owner"] is self.place:
                self._offer_counties()
                self._offer_caps()
            elif change["owner"] is self.formula:
                self._offer_readings({})
                self._offer_caps()
        finally:
            self._silent = False
        self._grey()
        self._changed()

    def _grey(self) -> None:
        """Only what matters under the choice can be moved."""
        money = self.money.value
        self.cap.disabled = money != FIXED
        self.share.disabled = money in (NONE, FIXED)
        self.contract_years.disabled = self.purchase.value == NONE

    def _offer_counties(self) -> None:
        place = setting_place(replace(self._base, place=Path(self.place.value)))
        pairs = zip(place.counties["county"], place.counties["county_code"].astype(str), strict=True)
        with_towns = set(place.townships["county_code"].astype(str))
        counties = [(str(name), code) for name, code in pairs if code in with_towns]
        self.standing.value = place_notes(place, self._lang)
        self.county.options = [*counties, (self._say("whole_place"), "")]
        self.county.value = counties[0][1] if counties else ""

    def _offer_caps(self) -> None:
        """Money to choose from, after the posts the place has or the formula asks for."""
        posts = posts_at_stake(self.asked().scenario, self._law)
        first, most = reach.cap_reach(self._law, self._day, posts=posts, price_yuan=self.price.value)
        self.cap.max = max(most, self.cap.value if self.money.value == FIXED else 0)
        if not self.cap.value:
            self.cap.value = first

    def _offer_readings(self, chosen: Mapping[str, Any]) -> None:
        usual = {} if self.formula.value == NONE else self._law.formula(self.formula.value).readings
        boxes: dict[str, w.Dropdown] = {}
        for name, answer in usual.items():
            options = [(self._answer(name, value), value) for value in READINGS[name]]
            box = w.Dropdown(
                description=self._spoken(f"view.reading.{name}", name),
                options=options,
                value=str(chosen.get(name, answer)),
                layout=WIDE,
            )
            box.observe(self._on_value, names="value")
            boxes[name] = box
        self._boxes, self.readings.children = boxes, tuple(boxes.values())

    def _answer(self, name: str, value: str) -> str:
        usual = self._law.formula(self.formula.value).readings.get(name)
        told = self._spoken(f"view.reading.{name}.{value}", value)
        return f"{told}{self._say('usual')}" if value == usual else told

    def _spoken(self, key: str, code: str) -> str:
        return words.say(key, self._lang) if words.has(key) else code

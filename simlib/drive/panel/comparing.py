"""The page “compare”: what is pinned as it was chosen and, when asked, all of it within the same money."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import ipywidgets as w

from simlib import words
from simlib.drive.panel.asked import Asked, same_money
from simlib.drive.panel.byrules import equal_yuan
from simlib.drive.panel.optionnames import formula_title
from simlib.drive.panel.pinned import Pinned, compared, is_comparable, within
from simlib.drive.panel.underway import UnderWay
from simlib.policy.statutes import Law
from simlib.results.measures import FEW
from simlib.runs.live import Progress, Seen, Stop, watched
from simlib.scenario.parts import Text
from simlib.view import chartparts
from simlib.view.blocks import Block

LawPaths = Callable[[Asked], tuple[Path, ...]]
TWO = 2
"""Options it takes to compare."""


class Comparing:
    """Pinned options, the last of which can be taken out, and a button that asks for the same money.

    pins: kept by whoever owns them; under_way: has work done, and tells; drawn: called when there is more.
    """

    def __init__(
        self,
        lang: str,
        law: Law,
        pins: list[Pinned],
        *,
        law_paths: LawPaths,
        under_way: UnderWay,
        drawn: Callable[[], None],
    ) -> None:
        self._lang, self._law, self._pins = lang, law, pins
        self._law_paths, self._under_way, self._drawn = law_paths, under_way, drawn
        self.same: tuple[int, tuple[Pinned, ...]] = (0, ())
        self.table = w.HTML()
        self.buttons = {"same": self._button("same"), "unpin": self._button("unpin")}
        self.buttons["same"].on_click(lambda _: self.ask_the_same())
        self.buttons["unpin"].on_click(lambda _: self.unpin())
        row = w.Layout(flex_flow="row wrap", grid_gap="6px")
        self.box = w.VBox([w.HBox(list(self.buttons.values()), layout=row), self.table])

    def _say(self, key: str, **values: object) -> str:
        return words.say(f"panel.{key}", self._lang, **values)

    def _button(self, name: str) -> w.Button:
        button = w.Button(description=self._say(f"button.{name}"), tooltip=self._say(f"button.{name}.tip"))
        button.layout.width = "max-content"
        return button

    def pin(self, titles: Text, asked: Asked, seen: Seen) -> str:
        """Keep one more, under these names or the next that are free; its name."""
        taken = {name for pin in self._pins for name in pin.titles.values()}
        numbered = (_numbered(titles, n) for n in range(2, len(self._pins) + 3))
        free = next(each for each in (titles, *numbered) if not taken & set(each.values()))
        self._pins.append(Pinned(free, asked, seen))
        self.same = (0, ())
        return self._pins[-1].name(self._lang)

    def put_back(self, options: Sequence[tuple[Text, Asked]], *, replications: int) -> None:
        """Pin options that were saved, in place of those pinned, each as it is simulated once more."""

        def work(stop: Stop) -> None:
            for told in self._simulated(options, replications, stop):
                self._pins[:], self.same = told, (0, ())
                self._drawn()
                self._under_way.tell(self._say("put_back_at", options=len(told), n=told[0].seen.replications))

        self._under_way.start(work, after=self._say("put_back"))

    def follow(self, asked: Asked, seen: Seen) -> None:
        """What is pinned of the question under way gets what is seen of it since."""
        self._pins[:] = [
            replace(pin, seen=seen)
            if pin.asked == asked and seen.replications > pin.seen.replications
            else pin
            for pin in self._pins
        ]

    def unpin(self) -> None:
        """Take out the one pinned last."""
        if self._pins:
            self._pins.pop()
        self.same = (0, ())
        self._drawn()

    def shown(self) -> Block:
        """What is pinned side by side, and below it the same money for all once that was asked."""
        chosen = compared(self._pins, self._law, self._lang)
        yuan, pins = self.same
        if not pins:
            return chosen
        few = "" if min(pin.seen.replications for pin in pins) >= FEW else self._say("so_far.few")
        return chartparts.show(chosen, within(self._by_formula(pins), yuan, self._lang, few))

    def _by_formula(self, pins: Sequence[Pinned]) -> Sequence[Pinned]:
        """The options under the names of their formulas, in which they differ, where no two have one."""
        called = [formula_title(pin.asked.scenario.policy.formula, self._law, self._lang) for pin in pins]
        if len(set(called)) < len(called):
            return pins
        return [replace(pin, titles={self._lang: name}) for pin, name in zip(pins, called, strict=True)]

    def ask_the_same(self) -> None:
        """Simulate every pinned option within one amount, all of which is spent, once what runs is done."""
        if why_not := self._why_not(self._pins):
            self._under_way.tell(why_not, wrong=True)
            return

        def work(stop: Stop) -> None:
            pins = list(self._pins)  # with what was seen of them meanwhile
            if self._why_not(pins):
                return
            self._under_way.tell(self._say("begins"))
            yuan = self._yuan(pins)
            options = [(pin.titles, _within(pin.asked, yuan)) for pin in pins]
            many = max(pin.seen.replications for pin in pins)
            for told in self._simulated(options, many, stop):
                self.same = (yuan, told)
                self._drawn()
            self._under_way.tell(self._say("same.done", n=many))

        self._under_way.start(work, after=self._say("button.same"))

    def _why_not(self, pins: Sequence[Pinned]) -> str:
        """Why the same money cannot be asked for; empty where it can."""
        if len(pins) < TWO:
            return self._say("same.two")
        if not all(is_comparable(pin, pins[0]) for pin in pins):
            return self._say("compare.other_place")
        return "" if self._yuan(pins) else self._say("same.no_money")

    def _yuan(self, pins: Sequence[Pinned]) -> int:
        return equal_yuan([pin.asked.scenario for pin in pins], self._law)

    def _simulated(
        self, options: Sequence[tuple[Text, Asked]], replications: int, stop: Stop
    ) -> Iterator[tuple[Pinned, ...]]:
        """The options with what is seen of them, all after as many replications."""
        shares = [0.0] * len(options)

        def progress_of(at: int) -> Progress:
            def progress(share: float) -> None:
                shares[at] = share
                self._under_way.share(sum(shares) / len(shares), stop)

            return progress

        runs = [
            watched(
                asked.scenario,
                counties=asked.counties,
                law_paths=self._law_paths(asked),
                replications=replications,
                stop=stop,
                progress=progress_of(at),
            )
            for at, (_, asked) in enumerate(options)
        ]
        for seen in zip(*runs, strict=True):
            stop.check()
            yield tuple(
                Pinned(titles, asked, found) for (titles, asked), found in zip(options, seen, strict=True)
            )


def _numbered(titles: Text, n: int) -> Text:
    return {lang: f"{title} ({n})" for lang, title in titles.items()}


def _within(asked: Asked, yuan: int) -> Asked:
    policy = replace(asked.scenario.policy, **same_money(yuan))
    return replace(asked, scenario=replace(asked.scenario, policy=policy))

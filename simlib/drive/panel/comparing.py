"""The page “compare”: what is pinned as it was chosen and, when asked, all of it within the same money."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import ipywidgets as w

from simlib import words
from simlib.drive.panel.asked import Asked, same_money
from simlib.drive.panel.byrules import equal_yuan
from simlib.drive.panel.jobs import Work
from simlib.drive.panel.optionnames import formula_title
from simlib.drive.panel.pinned import Pinned, compared, is_comparable, within
from simlib.policy.statutes import Law
from simlib.results.measures import FEW
from simlib.runs.live import Progress, Seen, Stop, watched
from simlib.view import chartparts
from simlib.view.blocks import Block

LawPaths = Callable[[Asked], tuple[Path, ...]]
TWO = 2
"""Options it takes to compare."""


class Comparing:
    """Pinned options, the last of which can be taken out, and a button that asks for the same money.

    pins: kept by whoever owns them; start: has work done, in place of what runs; tell: says a line; drawn:
    called when there is more to see.
    """

    def __init__(
        self,
        lang: str,
        law: Law,
        pins: list[Pinned],
        *,
        law_paths: LawPaths,
        start: Callable[[Work], None],
        tell: Callable[..., None],
        drawn: Callable[[], None],
        progress: Callable[[float, Stop], None],
    ) -> None:
        self._lang, self._law, self._pins = lang, law, pins
        self._law_paths, self._start, self._tell = law_paths, start, tell
        self._drawn, self._progress = drawn, progress
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

    def pin(self, name: str, asked: Asked, seen: Seen) -> str:
        """Keep one more, under this name or the next that is free; the name. The same money is asked anew."""
        taken = {pin.name for pin in self._pins}
        numbered = (f"{name} ({n})" for n in range(2, len(taken) + 3))
        free = next(each for each in (name, *numbered) if each not in taken)
        self._pins.append(Pinned(free, asked, seen))
        self.same = (0, ())
        return free

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
        return [replace(pin, name=name) for pin, name in zip(pins, called, strict=True)]

    def ask_the_same(self) -> None:
        """Simulate every pinned option within one amount, all of which is spent."""
        pins = list(self._pins)
        if len(pins) < TWO:
            self._tell(self._say("same.two"), wrong=True)
            return
        if not all(is_comparable(pin, pins[0]) for pin in pins):
            self._tell(self._say("compare.other_place"), wrong=True)
            return
        yuan = equal_yuan([pin.asked.scenario for pin in pins], self._law)
        if not yuan:
            self._tell(self._say("same.no_money"), wrong=True)
            return

        def work(stop: Stop) -> None:
            self._tell(self._say("begins"))
            told = None
            for told in self._simulated(pins, yuan, stop):
                self.same = (yuan, told)
                self._drawn()
            assert told is not None
            self._tell(self._say("same.done", n=told[0].seen.replications))

        self._start(work)

    def _simulated(self, pins: Sequence[Pinned], yuan: int, stop: Stop) -> Iterator[tuple[Pinned, ...]]:
        """The options within this amount, all after as many replications, up to those there are of each."""
        many = max(pin.seen.replications for pin in pins)
        shares = [0.0] * len(pins)

        def progress_of(at: int) -> Progress:
            def progress(share: float) -> None:
                shares[at] = share
                self._progress(sum(shares) / len(shares), stop)

            return progress

        asked = [_within(pin.asked, yuan) for pin in pins]
        runs = [
            watched(
                each.scenario,
                counties=each.counties,
                law_paths=self._law_paths(each),
                replications=many,
                stop=stop,
                progress=progress_of(at),
            )
            for at, each in enumerate(asked)
        ]
        for seen in zip(*runs, strict=True):
            stop.check()
            yield tuple(
                Pinned(pin.name, each, found) for pin, each, found in zip(pins, asked, seen, strict=True)
            )


def _within(asked: Asked, yuan: int) -> Asked:
    policy = replace(asked.scenario.policy, **same_money(yuan))
    return replace(asked, scenario=replace(asked.scenario, policy=policy))

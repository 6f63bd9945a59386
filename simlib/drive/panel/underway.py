"""What is under way at the panel: it is told, its progress is shown, and it can be cancelled."""

from __future__ import annotations

import ipywidgets as w

from simlib import words
from simlib.drive.panel.jobs import Jobs, Work
from simlib.drive.panel.told import in_words
from simlib.runs.live import Stop
from simlib.view.blocks import escaped


class UnderWay:
    """A line that tells, a bar, a button that stops; what is asked replaces what runs or waits its turn."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._next = ""
        self.jobs = Jobs(self.failed, lang)
        self.said = w.HTML()
        self.progress = w.FloatProgress(min=0, max=1, layout=w.Layout(width="240px", display="none"))
        self.cancel = w.Button(
            description=self._say("button.cancel"), tooltip=self._say("button.cancel.tip"), disabled=True
        )
        self.cancel.layout.width = "max-content"
        self.cancel.on_click(lambda _: self.stop(self._say("cancelled")))

    def _say(self, key: str, **values: object) -> str:
        return words.say(f"panel.{key}", self._lang, **values)

    def tell(self, text: str, *, wrong: bool = False) -> None:
        """Say a line, and after it what waits."""
        kind = "wrong" if wrong else "note"
        told = f"{text}{self._say('then', what=self._next)}" if text and self._next else text
        self.said.value = (
            f'<div class="{kind}" role="status" aria-live="polite">{escaped(told)}</div>' if told else ""
        )

    def start(self, work: Work, *, after: str = "") -> None:
        """Have work done in place of whatever runs; with `after`, its name, once that is done."""

        def shown(stop: Stop) -> None:
            if after and self._next == after:
                self._next = ""
            self._running(True)
            work(stop)
            self._running(False)

        if not after:
            self._next = ""
            self._running(True)
            self.jobs.ask(shown)
            return
        self._next = after
        if self.jobs.then(shown):
            self.tell(self._say("waits"))

    def share(self, share: float, stop: Stop) -> None:
        """Show how much of what runs is done, 0..1."""
        if not stop.said:
            self.progress.value = share

    def stop(self, told: str) -> None:
        """Stop what runs, forget what waits, and say so."""
        self.jobs.cancel()
        self._next = ""
        self._running(False)
        self.tell(told)

    def failed(self, error: Exception) -> None:
        """Say what went wrong."""
        self._running(False)
        self.tell(in_words(error, self._lang), wrong=True)

    def _running(self, runs: bool) -> None:
        self.progress.value = 0.0
        self.progress.layout.display = "" if runs else "none"
        self.cancel.disabled = not runs

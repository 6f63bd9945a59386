"""The page “why”: the text a formula and its money rest on, and late cases told step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as w
import pandas as pd

from simlib import words
from simlib.drive.panel import told
from simlib.drive.panel.asked import Asked
from simlib.drive.panel.underway import UnderWay
from simlib.runs.live import Stop
from simlib.years.setting import Setting

SeenOf = Callable[[], tuple[Asked, Setting] | None]


class Why:
    """A button, the late cases it finds, the one that is told; below it the law in words.

    seen: the question simulated last with its setting, None before there is one; under_way: what has it done.
    """

    def __init__(self, lang: str, under_way: UnderWay, seen: SeenOf) -> None:
        self._lang, self._under_way, self._seen = lang, under_way, seen
        self.button = w.Button(description=self._say("button.late"), tooltip=self._say("button.late.tip"))
        self.button.layout.width = "max-content"
        self.button.on_click(lambda _: self._on_button())
        self.case = w.Dropdown(
            description=self._say("case"),
            options=[],
            layout=w.Layout(width="auto", max_width="560px", display="none"),
            style={"description_width": "initial"},
        )
        self.case.observe(self._on_case, names="value")
        self.story, self.rule = w.HTML(), w.HTML()
        self.box = w.VBox([self.button, self.case, self.story, self.rule])

    def _say(self, key: str, **values: object) -> str:
        return words.say(f"panel.{key}", self._lang, **values)

    def clear(self) -> None:
        """Forget the cases of a question that is no longer asked."""
        self._list([])
        self.story.value = self.rule.value = ""

    def _list(self, options: list[tuple[str, str]]) -> None:
        self.case.options = options
        self.case.layout.display = "" if options else "none"

    def _on_button(self) -> None:
        seen = self._seen()
        if seen is None:
            self._under_way.tell(self._say("not_yet"))
            return
        asked, setting = seen
        county = asked.counties[0] if asked.counties else next(iter(setting.counties))

        def work(stop: Stop) -> None:
            self._under_way.tell(self._say("looking"))
            table = told.late_cases(setting, county)
            stop.check()
            rows = table.to_dict("records")
            self._list([(self._listed(row, setting), str(row["case"])) for row in rows])
            self._under_way.tell(self._say("late_listed", n=len(table)))
            if rows:
                self._tell(str(rows[0]["case"]), setting)

        self._under_way.start(work, after=self.button.description)

    def _listed(self, row: Any, setting: Setting) -> str:
        late = "" if row["on_time"] is not False else f" {self._say('late')}"
        due = "" if pd.isna(row["due"]) else f" ({self._say('due', day=row['due'])})"
        route = words.pick(dict(setting.procedures.routes[row["route"]].title), self._lang)
        decided = self._say("still_open") if pd.isna(row["decided"]) else row["decided"]
        return f"{row['area']} · {route} · {row['came']} → {decided}{due}{late}"

    def _on_case(self, change: Any) -> None:
        seen = self._seen()
        if change["new"] and seen is not None and self.story.value:
            case = str(change["new"])
            self._under_way.start(lambda _stop: self._tell(case, seen[1]), after=self._say("case"))

    def _tell(self, case: str, setting: Setting) -> None:
        self.story.value = told.told_case(setting, case, self._lang).html

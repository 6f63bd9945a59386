"""Saving and opening options and comparisons, and sending what is pinned to a batch that runs on its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import ipywidgets as w

from simlib import words
from simlib.drive import workspace
from simlib.drive.panel.asked import (
    Asked,
    experiment_text,
    kept_files,
    options_of,
    save,
    save_comparison,
)
from simlib.drive.panel.byrules import equal_yuan
from simlib.drive.panel.controls import Controls
from simlib.drive.panel.pinned import Pinned
from simlib.drive.panel.told import in_words
from simlib.errors import InputError, Problem
from simlib.policy.statutes import Law
from simlib.scenario import Frozen, Scenario, load_scenario
from simlib.scenario.parts import Text
from simlib.view.blocks import escaped

_UNFIT = re.compile(r'[\\/:*?"<>|\s.]+')


class Bench(Protocol):
    """What the files need of the panel they belong to."""

    lang: str
    law: Law
    pins: list[Pinned]
    controls: Controls

    @property
    def asked(self) -> Asked:
        """The question as it stands."""

    def open(self, asked: Asked) -> None:
        """Put a question on the panel."""

    def compare(self, options: Sequence[tuple[Text, Scenario]]) -> None:
        """Put options on the panel, side by side."""


class Files:
    """The part of the panel that writes and reads files of the workspace."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._running: subprocess.Popen[str] | None = None
        word = self._say
        row = w.Layout(flex_flow="row wrap", grid_gap="6px")
        self.name = w.Text(placeholder=word("file_name"), layout=w.Layout(width="180px"))
        self.saved = w.Dropdown(
            description=word("kept"),
            options=[],
            layout=w.Layout(width="260px"),
            style={"description_width": "initial"},
        )
        acts = {
            "save": self._save,
            "save_pins": self._save_pins,
            "open": self._open,
            "batch": self._send,
            "stop_batch": self._stop,
        }
        self.buttons = buttons = {key: self._button(key, act) for key, act in acts.items()}
        self.said = w.HTML()
        self.box = w.VBox(
            [
                w.HBox([self.name, buttons["save"], buttons["save_pins"]], layout=row),
                w.HBox([self.saved, buttons["open"]], layout=row),
                w.HBox([buttons["batch"], buttons["stop_batch"]], layout=row),
                self.said,
            ]
        )
        self.refresh()

    def _say(self, key: str, **values: object) -> str:
        return words.say(f"panel.{key}", self._bench.lang, **values)

    def _button(self, key: str, act: Callable[[], None]) -> w.Button:
        button = w.Button(description=self._say(f"button.{key}"), tooltip=self._say(f"button.{key}.tip"))
        button.layout.width = "auto"
        button.on_click(lambda _: self._do(act))
        return button

    def _folder(self) -> Path:
        place = Path(self._bench.controls.place.value or ".")
        return workspace.workspace_of(place) / "scenarios"

    def _do(self, act: Callable[[], None]) -> None:
        try:
            with words.speaking(self._bench.lang):
                act()
        except Exception as error:  # noqa: BLE001  the person is told
            self._told(in_words(error, self._bench.lang), wrong=True)

    def _told(self, text: str, *, wrong: bool = False) -> None:
        kind = "wrong" if wrong else "note"
        self.said.value = f'<div class="{kind}" role="status" aria-live="polite">{escaped(text)}</div>'

    def refresh(self) -> None:
        """Offer the files there are, the newest first."""
        chosen, kept = self.saved.value, list(kept_files(self._folder()))
        self.saved.options = [(f"{file.name}{self._say(f'kept.{kind}')}", file.name) for file, kind in kept]
        self._kinds = {file.name: kind for file, kind in kept}
        if kept:  # a list without a choice looks empty
            self.saved.value = chosen if chosen in self._kinds else kept[0][0].name

    def _kept(self, file: Path, verb: str) -> None:
        """Say that a file was saved, and the command that takes it."""
        self.refresh()
        self.saved.value = file.name
        command = workspace.command(verb, file)
        self._told(self._say("saved", file=f"scenarios/{file.name}", command=command))

    def file_of(self, name: str) -> Path:
        """The file a name asks for; it stays in the workspace. Raises InputError for an empty name."""
        stem = _UNFIT.sub("_", name.strip()).strip("_")
        if not stem:
            raise InputError(Problem("panel_no_name"))
        return self._folder() / f"{stem}.yaml"

    def _save(self) -> None:
        file = self.file_of(self.name.value)
        asked = self._bench.asked
        title = self.name.value.strip()
        save(replace(asked.scenario, id=file.stem, title=Frozen(zh=title, en=title)), file)
        self._kept(file, "run")

    def _save_pins(self) -> None:
        file = self.file_of(self.name.value)
        self._kept(save_comparison(self._comparison(self.name.value.strip()), file), "plan")

    def _comparison(self, title: str) -> str:
        """The experiment of what is pinned. Raises InputError where nothing is, or it cannot be compared."""
        pins = self._bench.pins
        if not pins:
            raise InputError(Problem("panel_no_pins"))
        options = [(pin.titles, pin.asked.scenario) for pin in pins]
        same = equal_yuan([scenario for _, scenario in options], self._bench.law)
        return experiment_text(options, self._folder(), {"zh": title, "en": title}, equal_yuan=same)

    def _open(self) -> None:
        if not self.saved.value:
            raise InputError(Problem("panel_no_name"))
        file = self._folder() / self.saved.value
        if self._kinds[file.name] == "experiment":
            options = options_of(file)
            self._bench.compare(options)
            self._told(self._say("opened_options", file=file.name, n=len(options)))
            return
        self._bench.open(Asked(load_scenario(file), self._bench.asked.counties))
        self._told(self._say("opened", file=file.name))

    # --- batch ---

    def _send(self) -> None:
        title = self.name.value.strip() or self._say("batch.title")
        text, file = self._comparison(title), self.file_of(title)
        is_kept = file.exists() and file.read_text("utf-8") == text
        self._start(save_comparison(text, file if is_kept else self._free(file)))

    @staticmethod
    def _free(file: Path) -> Path:
        numbered = (file.with_name(f"{file.stem}_{n}.yaml") for n in range(2, 1000))
        return file if not file.exists() else next(each for each in numbered if not each.exists())

    def _start(self, file: Path) -> None:
        if self._running is not None and self._running.poll() is None:
            raise InputError(Problem("panel_batch_runs"))
        command = [sys.executable, "-m", "simlib", "plan", str(file), "--lang", self._bench.lang]
        self._running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=file.parent.parent
        )
        self._told(self._say("batch_begins", file=f"scenarios/{file.name}"))
        threading.Thread(target=self._follow, args=(self._running, file), daemon=True).start()

    def _follow(self, running: subprocess.Popen[str], file: Path) -> None:
        assert running.stdout is not None
        last, home = "", f"{file.parent.parent}{os.sep}"
        for line in running.stdout:
            last = line.strip().replace(home, "") or last
            self._told(self._say("batch_at", line=last[-160:]))
        code = running.wait()
        if code == 0:
            self._told(self._say("batch_done", page=f"reports/{file.stem}/index.html"))
        else:
            self._told(self._say("batch_failed", code=code, line=last[-300:]), wrong=True)

    def _stop(self) -> None:
        if self._running is not None and self._running.poll() is None:
            self._running.terminate()
            self._told(self._say("batch_stopped"))

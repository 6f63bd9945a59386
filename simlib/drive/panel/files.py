"""Saving and opening scenarios, and sending what is pinned to a batch that runs on its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import ipywidgets as w

from simlib import words
from simlib.drive import workspace
from simlib.drive.panel.asked import Asked, experiment_text, save, scenario_files
from simlib.drive.panel.byrules import equal_yuan
from simlib.drive.panel.controls import Controls
from simlib.drive.panel.pinned import Pinned
from simlib.drive.panel.told import in_words
from simlib.errors import InputError, Problem
from simlib.policy.statutes import Law
from simlib.scenario import Frozen, load_experiment, load_scenario
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


class Files:
    """The part of the panel that writes and reads files of the workspace."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._running: subprocess.Popen[str] | None = None
        word = self._say
        row = w.Layout(flex_flow="row wrap", grid_gap="6px")
        self.name = w.Text(placeholder=word("file_name"), layout=w.Layout(width="180px"))
        self.saved = w.Dropdown(options=[], layout=w.Layout(width="220px"))
        buttons = {}
        for key, act in (
            ("save", self._save),
            ("open", self._open),
            ("batch", self._send),
            ("stop_batch", self._stop),
        ):
            buttons[key] = w.Button(description=word(f"button.{key}"), tooltip=word(f"button.{key}.tip"))
            buttons[key].layout.width = "auto"
            buttons[key].on_click(lambda _, act=act: self._do(act))
        self.said = w.HTML()
        self.box = w.VBox(
            [
                w.HBox([self.name, buttons["save"]], layout=row),
                w.HBox([self.saved, buttons["open"]], layout=row),
                w.HBox([buttons["batch"], buttons["stop_batch"]], layout=row),
                self.said,
            ]
        )
        self.refresh()

    def _say(self, key: str, **values: object) -> str:
        return words.say(f"panel.{key}", self._bench.lang, **values)

    def _folder(self) -> Path:
        place = Path(self._bench.controls.place.value or ".")
        return workspace.workspace_of(place) / "scenarios"

    def _do(self, act: object) -> None:
        try:
            assert callable(act)
            with words.speaking(self._bench.lang):
                act()
        except Exception as error:  # noqa: BLE001  the person is told
            self._told(in_words(error, self._bench.lang), wrong=True)

    def _told(self, text: str, *, wrong: bool = False) -> None:
        kind = "wrong" if wrong else "note"
        self.said.value = f'<div class="{kind}" role="status" aria-live="polite">{escaped(text)}</div>'

    def refresh(self) -> None:
        """Offer the scenario files there are."""
        chosen, files = self.saved.value, [file.name for file in scenario_files(self._folder())]
        self.saved.options = files
        if files:  # a list without a choice looks empty
            self.saved.value = chosen if chosen in files else files[0]

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
        self.refresh()
        self.saved.value = file.name
        self._told(self._say("saved", file=f"scenarios/{file.name}"))

    def _open(self) -> None:
        if not self.saved.value:
            raise InputError(Problem("panel_no_name"))
        self._bench.open(Asked(load_scenario(self._folder() / self.saved.value), self._bench.asked.counties))
        self._told(self._say("opened", file=self.saved.value))

    # --- batch ---

    def _send(self) -> None:
        pins = self._bench.pins
        if not pins:
            raise InputError(Problem("panel_no_pins"))
        title = self.name.value.strip() or self._say("batch.title")
        file = self._free(self.file_of(title))
        options = [(pin.name, pin.asked.scenario) for pin in pins]
        same = equal_yuan([scenario for _, scenario in options], self._bench.law)
        text = experiment_text(options, file.parent, {"zh": title, "en": title}, equal_yuan=same)
        part = file.with_name(f"{file.stem}.part.yaml")
        part.write_text(text, "utf-8")
        load_experiment(part)
        part.replace(file)
        self._start(file)

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

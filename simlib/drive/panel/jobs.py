"""One worker thread: the latest request wins or waits its turn, and whatever runs can be stopped.

Callbacks of widgets only ask; the thread works. So a slider never waits, and Cancel is heard at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from simlib import words
from simlib.runs.live import Stop, StoppedError

Work = Callable[[Stop], None]


class Jobs:
    """Runs what is asked; a new request stops the one under way and replaces any that wait.

    on_error: told, in the thread, of whatever a job raises but being stopped.
    """

    def __init__(self, on_error: Callable[[Exception], None], lang: str) -> None:
        self._on_error, self._lang = on_error, lang
        self._changed = threading.Condition()
        self._waiting: list[Work] = []
        self._stop = Stop()
        self._busy = False
        self._thread: threading.Thread | None = None

    def ask(self, work: Work) -> None:
        """Have this done next, in place of whatever runs or waits."""
        with self._changed:
            self._stop.now()
            self._waiting.clear()
            self.then(work)

    def then(self, work: Work) -> bool:
        """Have this done after whatever runs or waits; whether anything does."""
        with self._changed:
            comes_later = self._busy or bool(self._waiting)
            self._waiting.append(work)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="simlib-panel", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return comes_later

    def cancel(self) -> None:
        """Stop what runs, forget what waits."""
        with self._changed:
            self._stop.now()
            self._waiting.clear()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing runs or waits; whether that came about in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy and not self._waiting, timeout=seconds)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: bool(self._waiting))
                work = self._waiting.pop(0)
                self._stop, self._busy = Stop(), True
                stop = self._stop
            try:
                with words.speaking(self._lang):
                    work(stop)
            except StoppedError:
                continue
            except Exception as error:  # noqa: BLE001  the person is told, the thread lives on
                self._on_error(error)

"""One worker thread: the latest request wins, and whatever runs can be stopped.

Callbacks of widgets only ask; the thread works. So a slider never waits, and Cancel is heard at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from simlib import words
from simlib.runs.live import Stop, StoppedError

Work = Callable[[Stop], None]


class Jobs:
    """Runs what is asked; a new request stops the one under way and replaces any that waits.

    on_error: told, in the thread, of whatever a job raises but being stopped.
    """

    def __init__(self, on_error: Callable[[Exception], None], lang: str) -> None:
        self._on_error, self._lang = on_error, lang
        self._changed = threading.Condition()
        self._waiting: Work | None = None
        self._stop = Stop()
        self._busy = False
        self._thread: threading.Thread | None = None

    def ask(self, work: Work) -> None:
        """Have this done next, in place of whatever runs or waits."""
        with self._changed:
            self._stop.now()
            self._waiting = work
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="simlib-panel", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def cancel(self) -> None:
        """Stop what runs, forget what waits."""
        with self._changed:
            self._stop.now()
            self._waiting = None

    def wait(self, seconds: float) -> bool:
        """Wait until nothing runs or waits; whether that came about in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy and self._waiting is None, timeout=seconds)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting is not None)
                work, self._waiting = self._waiting, None
                self._stop, self._busy = Stop(), True
                stop = self._stop
            assert work is not None
            try:
                with words.speaking(self._lang):
                    work(stop)
            except StoppedError:
                continue
            except Exception as error:  # noqa: BLE001  the person is told, the thread lives on
                self._on_error(error)
